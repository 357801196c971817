"""Questions that are put only to some: who was to be asked, and whose answers say otherwise.

`skips` in study.yml says of a question whom it was put to. An answer of somebody else is no fault: it may be the answer or the
filter that is wrong, and nobody knows which. It stays, and is listed.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading.convert import MISSING
from analysis.settings import Skip
from analysis.survey.careless import ANSWERS
from analysis.survey.conditions import holds

PEOPLE = "respondents"
PERSON = ["respondent_id", "wave"]
UNASKED = ("not_asked", "not_applicable")
"""Reasons which say that a question was not put to somebody."""
ANSWERED, NOT_PUT = "answered_unasked", "unasked_due"
"""An answer of somebody who was not to be asked; somebody who was to be asked, and was not."""
COLUMNS = ["table", "file", "row", "id", "wave", "column", "item", "value", "skip", "breach"]


class Question(NamedTuple):
    """A question: a column of a table, of one item where the table has a row for each."""

    table: str
    column: str
    item: str = ""


def question(text: str) -> Question:
    """A question as study.yml names it: `column`, `table.column` or `table.column.item`."""
    parts = text.split(".", 2)
    return Question(PEOPLE, *parts) if len(parts) == 1 else Question(*parts)


def judged(skip: Skip, tables: Mapping[str, pd.DataFrame], catalogue: Catalogue) -> pd.DataFrame:
    """The rows of a question with whether it was to be asked, and which of them say otherwise.

    Returns
    -------
    pandas.DataFrame
        The rows of its table, of its item where it has one, with `_due`: whether every condition holds, missing where one
        can't be told; and `_breach`: `answered_unasked`, `unasked_due`, or missing.
    """
    asked = question(skip.question)
    rows = _of_item(tables[asked.table], asked)
    due = pd.Series(True, index=rows.index, dtype="boolean")
    for text, condition in skip.asked_where.items():
        gate = question(text)
        due &= holds(_gate(gate, asked, rows, tables), condition, gate.column, catalogue)
    given = rows[asked.column]
    reason = rows[asked.column + MISSING] if asked.column + MISSING in rows else pd.Series(pd.NA, index=rows.index)
    breach = pd.Series(pd.NA, index=rows.index, dtype="str")
    breach = breach.mask((given.notna() & ~due).fillna(value=False).astype(bool), ANSWERED)
    breach = breach.mask((given.isna() & reason.isin(UNASKED) & due).fillna(value=False).astype(bool), NOT_PUT)
    return rows.assign(_due=due, _breach=breach)


def breaches(
    skips: Sequence[Skip], tables: Mapping[str, pd.DataFrame], catalogue: Catalogue, place: str
) -> pd.DataFrame:
    """Every answer that breaks a skip rule, with its file, row and, in a wide file, item, while the tables still know them.

    Parameters
    ----------
    place
        The settings file, for errors.

    Raises
    ------
    StudyError
        `settings_key`, where a rule names a column that the study maps nothing to.
    """
    found = [pd.DataFrame(columns=COLUMNS)]
    for skip in skips:
        asked = question(skip.question)
        for one in (asked, *(question(text) for text in skip.asked_where)):
            known = [column for column in tables[one.table] if not column.startswith("_")]
            if one.column not in known:
                facts = {"key": one.column, "nearest": nearest(one.column, known), "known": listing(known, 40)}
                raise StudyError("settings_key", f"{place}: skips.{skip.question}", **facts)
        rows = judged(skip, tables, catalogue)
        rows = rows[rows["_breach"].notna()]
        facts = {
            "table": asked.table,
            "file": rows["_file"],
            "row": rows["_row"],
            "id": rows["respondent_id"],
            "wave": rows["wave"],
            "column": asked.column,
            "item": rows["_item"],
            "value": rows[asked.column].astype("str").fillna(""),
            "skip": skip.question,
            "breach": rows["_breach"],
        }
        found.append(pd.DataFrame(facts, columns=COLUMNS))
    return pd.concat(found, ignore_index=True)


def _of_item(rows: pd.DataFrame, asked: Question) -> pd.DataFrame:
    return rows[rows[ANSWERS[asked.table]] == asked.item] if asked.item else rows


def _gate(gate: Question, asked: Question, rows: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.Series:
    """What each row's respondent answered to the question that decides; in the same row where that is of the same item."""
    if gate.table == asked.table and gate.item in ("", asked.item):
        return rows[gate.column]
    told = _of_item(tables[gate.table], gate).drop_duplicates(PERSON)
    found = rows[PERSON].merge(told[[*PERSON, gate.column]], on=PERSON, how="left")[gate.column]
    return found.set_axis(rows.index)
