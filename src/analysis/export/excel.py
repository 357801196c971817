"""Excel: one workbook, a sheet a table, in words; a second column says why values are missing."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.errors import StudyError
from analysis.export import mapping
from analysis.export.columns import Column, Table, as_text, said
from analysis.reading.formats.labelled import distinct
from analysis.reporting import workbooks

FILE = "tables.xlsx"
SEVERAL = ";"
"""Between levels of a cell that has several, and so nowhere in their words."""
UNFIT = re.compile(r"[\[\]:*?/\\']")
LONGEST_TITLE = 31


def write(tables: Sequence[Table], folder: Path, title: str, language: str) -> dict[str, dict[str, Any]]:
    """Write tables.xlsx; return how study.yml reads each table.

    A text is kept as text, whatever it looks like; dates are text such as 2014-11-29; a number has the 15 digits that Excel
    keeps.

    Raises
    ------
    StudyError
        `export_too_many_rows` for a table that a sheet can't hold.
    """
    for table in tables:
        if table.rows >= workbooks.MOST_ROWS:
            raise StudyError("export_too_many_rows", table.name, rows=table.rows, most=workbooks.MOST_ROWS - 1)
    book = workbooks.Book(title, "study export", is_streamed=True)
    sheets = distinct({table.name: UNFIT.sub(" ", table.label)[:LONGEST_TITLE] for table in tables})
    sources = {}
    for table in tables:
        cells, columns = _sheet(table, language)
        name = sheets[table.name] if len(sheets[table.name]) <= LONGEST_TITLE else table.name
        rows = pd.DataFrame(dict(enumerate(cells.values())), dtype=object).to_numpy().tolist()
        workbooks.add_table(book, name, list(cells), rows)
        sources[table.name] = {"file": FILE, "sheet": name, "columns": columns}
    (folder / FILE).write_bytes(book.as_bytes())
    return sources


def _sheet(table: Table, language: str) -> tuple[dict[str, pd.Series], dict[str, Any]]:
    """Heading → cells, and how the columns are read."""
    reasons = distinct(table.reasons)
    headings = distinct({column.name: " ".join(column.label.split()) for column in table.columns})
    cells: dict[str, pd.Series] = {}
    columns = {}
    for column in table.columns:
        heading = headings[column.name]
        companion = said("why_missing", language, label=heading)
        words = distinct({key: " ".join(word.replace(SEVERAL, ",").split()) for key, word in column.levels.items()})
        cells[heading] = _cells(column, words)
        if column.has_missing:
            cells[companion] = column.reasons.map(reasons).fillna("")
        if not column.is_computed:
            written = {reasons[reason]: reason for reason in column.reasons.dropna().unique()}
            how = mapping.beside(column, heading, companion, written)
            columns[column.name] = _with_words(how, {word: key for key, word in words.items()})
    return cells, columns


def _with_words(how: Any, words: Mapping[str, str]) -> Any:
    if not words:
        return how
    given: dict[str, Any] = {"column": how} if isinstance(how, str) else how
    return given | {"values": {**words, **given.get("values", {})}}


def _cells(column: Column, words: Mapping[str, str]) -> pd.Series:
    if column.is_number:
        return column.values.astype(object).where(column.reasons.isna(), "")
    text = as_text(column)
    if column.type == "level_set":
        sets = {
            one: SEVERAL.join(words.get(key, key) for key in one.split(SEVERAL)) if one else "" for one in text.unique()
        }
        return text.map(sets)
    return text.map(lambda key: words.get(key, key)) if words else text
