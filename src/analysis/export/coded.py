"""What SPSS and Stata have in common: levels are numbers with labels, and a number may itself say why it is missing.

Texts, ids and dates can't: why these are missing stands in a second variable, as in the other formats. A label is read back
as it was cut to the program's length.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import pandas as pd

from analysis.export import mapping
from analysis.export.columns import CODED, Column, Table, as_text, said
from analysis.reading.convert import MISSING
from analysis.reading.formats.labelled import distinct


class Variable(NamedTuple):
    """A variable of a file.

    Attributes
    ----------
    cells
        What is stored: numbers or codes of missing ones, texts, or dates.
    label
        What it is called.
    labels
        Code → label, those of missing values included.
    missing
        The codes that say why a value is missing.
    type
        The type of the catalogue's column; empty for one of reasons.
    """

    cells: pd.Series
    label: str
    labels: Mapping[Any, str] = {}
    missing: Mapping[Any, str] = {}
    type: str = ""


Cut = Callable[[str], str]
Codes = Callable[[Column, list[str]], dict[str, Any]]
"""A column and the reasons → the code of each."""


def variables(table: Table, codes: Codes, cut: Cut, language: str) -> tuple[dict[str, Variable], dict[str, Any]]:
    """The variables of a file, and how study.yml reads the columns back from them.

    Parameters
    ----------
    codes
        How the program says in a number why it is missing.
    cut
        A label of a value, no longer than the program allows.
    """
    made: dict[str, Variable] = {}
    columns = {}
    for column in table.columns:
        of_column, how = _variables_of(column, table.reasons, codes, cut, language)
        made |= of_column
        if not column.is_computed:
            columns[column.name] = how
    return made, columns


def positions(column: Column) -> dict[str, int]:
    """The number of each level: no 0 and yes 1; of other levels their place, from 1."""
    return {key: place for place, key in enumerate(column.levels, 0 if column.type == "boolean" else 1)}


def _variables_of(
    column: Column, reasons: Mapping[str, str], codes: Codes, cut: Cut, language: str
) -> tuple[dict[str, Variable], Any]:
    told = [reason for reason in reasons if (column.reasons == reason).any()]
    if column.type not in CODED and not column.is_number:
        return _with_companion(column, told, reasons, cut, language)
    code = codes(column, told)
    numbers = column.values.astype("Float64").astype("float64") if column.is_number else None
    levels = positions(column) if numbers is None else {}
    if numbers is None:
        numbers = as_text(column).map(levels).astype("float64")
    cells = numbers.astype(object).where(column.reasons.isna(), column.reasons.map(code)) if told else numbers
    labels: dict[Any, str] = {float(levels[key]): cut(word) for key, word in column.levels.items() if key in levels}
    missing = {code[reason]: cut(reasons[reason]) for reason in told}
    read = distinct(labels | missing)
    how = mapping.inside(
        column,
        column.name,
        {read[float(levels[key])]: key for key in levels},
        {read[code[reason]]: reason for reason in told},
    )
    variable = Variable(cells, column.label, labels | missing, missing, column.type)
    return {column.name: variable}, how


def _with_companion(
    column: Column, told: list[str], reasons: Mapping[str, str], cut: Cut, language: str
) -> tuple[dict[str, Variable], Any]:
    cells = _dates(column) if column.type == "date" else as_text(column).astype(object)
    label = said("several_levels", language, label=column.label) if column.type == "level_set" else column.label
    made = {column.name: Variable(cells, label, type=column.type)}
    labels: dict[Any, str] = {float(place): cut(reasons[reason]) for place, reason in enumerate(told, 1)}
    read = distinct(labels)
    if told:
        places = column.reasons.map({reason: float(place) for place, reason in enumerate(told, 1)})
        label = said("why_missing", language, label=column.label)
        made[column.name + MISSING] = Variable(places.astype("float64"), label, labels)
    words = {read[float(place)]: reason for place, reason in enumerate(told, 1)}
    return made, mapping.beside(column, column.name, column.name + MISSING, words)


def _dates(column: Column) -> pd.Series:
    return column.values.dt.date.astype(object).where(column.reasons.isna(), None)


def shortened(text: str, fits: Callable[[str], bool]) -> str:
    """A text as one line, cut where it is too long, which its end shows."""
    line = " ".join(text.split())
    if fits(line):
        return line
    while not fits(line + "…"):
        line = line[:-1]
    return line + "…"
