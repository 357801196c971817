"""Rows of a measure table as sentences, in the reader's language.

A sentence is tied to what the row says of itself: its interval or that there is none, its reliability, its suppression. A
number that is hidden, undefined or unreliable is not in it, and where the interval of a difference holds the value of no
difference, it says that the two can't be told apart. The templates are in `catalogue/sentences.yml`.
"""

import math
from typing import Any

import pandas as pd

from analysis.catalogue import UNKNOWN, entries
from analysis.measure import dimensions
from analysis.reporting.wording import Wording

NAMED_BY_LEVEL = ("level", "term", "text", "id")
"""Types of columns whose labels say by themselves what they are."""
UNTOLD = ("basis", "path", "monitored", "occasion")
"""Dimensions that a sentence does not name."""


def sentence(row: pd.Series, words: Wording, table: pd.DataFrame | None = None, is_synthetic: bool = False) -> str:
    """What a row of a measure table says.

    Parameters
    ----------
    row
        A row that has passed disclosure control.
    table
        The table that the row is from, in which a measure finds the one that belongs beside it (the Gini index and its level
        of chance).
    is_synthetic
        Whether the sentence says that the data are synthetic.
    """
    facts = {"where": _where(row, words), "measure": words.measure(row["measure"])}
    facts["data"] = _template("synthetic", words) if is_synthetic else ""
    if why := _withheld(row, words):
        return _template("withheld", words).format(why=why, **facts)
    return _template("sentence", words).format(
        value=spoken(row["estimate"], row["unit"], words),
        interval=_interval(row, words),
        beside=_beside(row, table, words),
        null=_null(row, words),
        caveat=_caveat(row, words),
        **facts,
    )


def spoken(value: float, unit: str, words: Wording) -> str:
    """A number with its unit, as a sentence says it."""
    number = words.number(value, unit)
    return _entry("units", unit, words).format(n=number) or number


def _where(row: pd.Series, words: Wording) -> str:
    """The row's dimensions in words; empty where it has none."""
    named = []
    for column in dimensions(row.to_frame().T):
        value = row[column]
        if column in UNTOLD or pd.isna(value):
            continue
        label, heading = words.label(column, value), words.heading(column)
        entry = words.catalogue.column(column)
        says_it = (entry["type"] in NAMED_BY_LEVEL or "said" in entry) and value != UNKNOWN
        named.append(label if says_it else _template("with_heading", words).format(heading=heading, label=label))
    if not named:
        return ""
    return _template("where", words).format(list=_template("separator", words).join(named))


def _withheld(row: pd.Series, words: Wording) -> str:
    """Why the row's number is not told, and empty where it is."""
    if row["reason"] == "hidden":
        return _template("hidden", words)
    if row["reliability"] == "suppress":
        return _template("suppressed", words)
    if row["reason"] or not math.isfinite(row["estimate"]):
        return words.text(f"reason_{row['reason'] or 'undefined'}").removeprefix("–").strip().rstrip("。.")
    return ""


def _interval(row: pd.Series, words: Wording) -> str:
    low, high = row["low"], row["high"]
    if row["interval"] == "census":
        return _template("census", words)
    if not (math.isfinite(low) and math.isfinite(high)):
        return _template("no_interval", words)
    kind = "interval" if math.isfinite(row["coverage"]) else "range"
    level = f"{100 * row['coverage']:.4g}"
    bounds = {"low": words.number(low, row["unit"]), "high": words.number(high, row["unit"])}
    return _template(f"{kind}_signed" if low < 0 else kind, words).format(level=level, **bounds)


def _caveat(row: pd.Series, words: Wording) -> str:
    """What the reader must know of the row's reliability, and of its sample where that was not drawn at random."""
    is_chosen = words.catalogue.is_non_probability and math.isfinite(row["low"])
    return _entry("tiers", row["reliability"], words) + (_template("non_probability", words) if is_chosen else "")


def _null(row: pd.Series, words: Wording) -> str:
    """That the row can't be told apart from no difference, where its interval holds that value."""
    is_difference = row.get("side") == "difference"
    null = 0 if is_difference else entries("sentences")["nulls"].get(row["measure"])
    if null is None or not row["low"] <= null <= row["high"]:
        return ""
    return _template("not_apart", words).format(null=null)


def _beside(row: pd.Series, table: pd.DataFrame | None, words: Wording) -> str:
    """What belongs beside the measure, where the table has it and it may be told."""
    entry = entries("sentences")["beside"].get(row["measure"])
    if entry is None or table is None:
        return ""
    rows = table[table["measure"] == entry["measure"]]
    for column in dimensions(table):
        rows = rows[rows[column].isna() if pd.isna(row[column]) else rows[column] == row[column]]
    if len(rows) != 1 or _withheld(rows.iloc[0], words):
        return ""
    other = rows.iloc[0]
    return str(entry[words.language]).format(value=spoken(other["estimate"], other["unit"], words))


def _template(key: str, words: Wording) -> str:
    return str(entries("sentences")[key][words.language])


def _entry(kind: str, key: str, words: Wording) -> str:
    """A template of one of the lists, empty where the list has none."""
    known: dict[str, dict[str, Any]] = entries("sentences")[kind]
    return str(known[key][words.language]) if key in known else ""
