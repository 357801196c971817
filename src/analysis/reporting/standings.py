"""What can be said of a community against the others, in words: only what intervals tell, and nothing of a hidden cell."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.reporting.wording import Wording, verbatim
from analysis.survey.respondents import COMMUNITY

SUBJECTS = ("activity", "item")
"""Dimensions that name what was asked, before the measure does."""


def named(row: pd.Series, words: Wording) -> str:
    """What a row of a community's page is about: the activity or the item, else the measure."""
    for column in SUBJECTS:
        if pd.notna(row.get(column)):
            return words.label(column, row[column])
    return words.measure(str(row["measure"]))


def apart(table: pd.DataFrame) -> pd.Series:
    """For each difference `above`, `below`, `undecided` where its interval holds 0, `unknown` without one, or `hidden`."""
    kinds = [
        (table["reason"] == "hidden", "hidden"),
        (table["low"].isna() | table["high"].isna(), "unknown"),
        (table["low"] > 0, "above"),
        (table["high"] < 0, "below"),
    ]
    return pd.Series(np.select([is_so for is_so, _ in kinds], [kind for _, kind in kinds], "undecided"), table.index)


def told(released: pd.DataFrame, words: Wording) -> dict[str, str]:
    """Facts of the sentence on all differences of a page.

    Parameters
    ----------
    released
        The page's measure table after disclosure control.

    Returns
    -------
    dict
        `compared`, how many differences are known; `above` and `below`, those whose interval lies on one side of 0, each with
        its interval; `undecided`, `unknown` and `hidden`, how many of the others; `chance`, how many would lie on one side if
        no community differed from another.
    """
    rows = released[
        (released["scope"] == "difference") & (released["estimate"].notna() | (released["reason"] == "hidden"))
    ]
    kinds = apart(rows)
    joined_by, none = ("、" if words.language == "zh" else "; "), words.text("standing_none")
    lists = {
        kind: joined_by.join(f"{_subject(row, words)} {words.cell(row)}" for _, row in rows[kinds == kind].iterrows())
        for kind in ("above", "below")
    }
    counts = {kind: int((kinds == kind).sum()) for kind in ("undecided", "unknown", "hidden")}
    compared = int(kinds.isin(["above", "below", "undecided"]).sum())
    return {
        "compared": words.count(compared),
        **{kind: text or none for kind, text in lists.items()},
        **{kind: words.count(count) for kind, count in counts.items()},
        "chance": f"{0.05 * compared:.2g}",
    }


def _subject(row: pd.Series, words: Wording) -> str:
    """The measure, and of which activity or item."""
    measure, subject = words.measure(str(row["measure"])), named(row, words)
    return measure if subject == measure else words.text("standing_subject", measure=measure, subject=subject)


def described(community: str, description: Mapping[str, object], words: Wording) -> str:
    """A community's id, its name, its places and its residents, as far as the study tells, as Markdown."""
    parts = [words.label(COMMUNITY, community)]
    parts += dict.fromkeys(words.label(name, value) for name, value in description.items() if name != "residents")
    if "residents" in description:
        parts.append(words.text("standing_residents", count=words.count(float(str(description["residents"])))))
    return " · ".join(verbatim(part) for part in parts)
