"""Spreadsheets (.xlsx, .xlsm, .xlsb, .xls, .ods): the cells of one sheet as text, in the rows that a person sees.

A cell is what its author typed: text stays text (001 stays 001), a number has the 15 digits that Excel keeps, a date is
ISO. A formula without a result is a fault of its row, never an empty cell.
"""

import datetime
from collections.abc import Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

import pandas as pd
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from analysis.errors import StudyError, listing, nearest
from analysis.reading import reshape
from analysis.reading.faults import Fault
from analysis.reading.formats import formulas, workbook
from analysis.reading.formats.raw import Raw
from analysis.settings import FileSource

JOINT = " / "
"""Between the levels of a header of several rows."""
EXACT = 10**15
"""Excel keeps 15 digits of a number; the rest it writes as zeros."""
SYSTEMS = ("excel", "excel_1904")
"""The formats of dates that are numbers of days."""


class Range(NamedTuple):
    """A merged cell: its first and its last row and column, counted from 0."""

    top: int
    left: int
    bottom: int
    right: int

    def __str__(self) -> str:
        return f"{cell_name(self.top, self.left)}:{cell_name(self.bottom, self.right)}"


class Grid(NamedTuple):
    """A sheet as text.

    Attributes
    ----------
    sheet
        Its name.
    cells
        All rows from A1, blank ones too and all equally long: `cells[16][1]` is B17.
    merged
        The merged cells; none are told of .ods and .xlsb files.
    unresolved
        Row and column, from 0, of each formula without a result → its error, or `=` where it was never computed.
    inexact
        Names of the cells with numbers of more than 15 digits, of which Excel kept 15.
    """

    sheet: str
    cells: list[list[str]]
    merged: list[Range]
    unresolved: Mapping[tuple[int, int], str]
    inexact: list[str]


def read(path: Path, source: FileSource) -> Raw:
    """The rows of a sheet as text, indexed by their numbers in the sheet; blank rows are left out.

    A header of several rows is joined from above by " / ", a merged cell counting for all its columns; without
    `header_rows` its height is that of the merged cells in it. A row with a formula error in a column that the study
    reads is set aside; all other columns say the error as it stands.

    Raises
    ------
    StudyError
        `workbook_locked`, `workbook_bomb`, `workbook_unreadable`, `not_a_workbook`; `sheet_unnamed` where several sheets
        hold data, `sheet_missing`, `sheet_too_large`; `header_title`, `header_blank`, `column_twice`, `file_empty`;
        `date_system` where the study counts days from another year than the workbook.
    """
    grid = sheet_grid(path, source.sheet)
    _require_system(path, source)
    place = f"{path}: {grid.sheet}"
    names, first = _header(grid, source, place)
    notes = _filled(grid, first, fill=source.fill_merged)
    if workbook.kind(path) == ".xlsb":
        notes["note_errors_unseen"] = [grid.sheet]
    numbers = [i + 1 for i in range(first, len(grid.cells)) if any(map(str.strip, grid.cells[i]))]
    if not numbers:
        raise StudyError("file_empty", place)
    body = [grid.cells[number - 1] for number in numbers]
    _require_named(names, body, first, place)
    faults = _faults(grid, names, first, source)
    aside = {fault.row for fault in faults}
    kept = [number for number in numbers if number not in aside]
    positions = {name: column + 1 for column, name in enumerate(names) if name}
    columns = {
        name: pd.array([grid.cells[row - 1][place - 1] for row in kept], dtype="str")
        for name, place in positions.items()
    }
    rows = pd.DataFrame(columns, index=kept)
    return Raw(rows, faults, notes=notes, positions=positions, sheet=grid.sheet)


def sheet_names(path: Path) -> list[str]:
    """The names of a workbook's sheets of cells, hidden ones too, in their order."""
    with workbook.opened(path) as book:
        return [one.name for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]


def sheet_grid(path: Path, sheet: str | None = None) -> Grid:
    """A sheet by its name or its number from 1; without either the only visible one that holds data.

    Raises
    ------
    StudyError
        As `read`, but for what concerns the header.
    """
    with workbook.opened(path) as book:
        name = _chosen(book, sheet, path)
        workbook.require_size(path, name)
        found = book.get_sheet_by_name(name)
        rows = found.to_python(skip_empty_area=False)
        merged = _within(found.merged_cell_ranges or [], rows)
    inexact = [
        cell_name(i, j)
        for i, row in enumerate(rows)
        for j, value in enumerate(row)
        if type(value) is float and abs(value) >= EXACT
    ]
    cells = [[value if type(value) is str else _text(value) for value in row] for row in rows]
    unresolved = formulas.unresolved(path, name)
    for (row, column), text in unresolved.items():
        if row < len(cells) and column < len(cells[row]):
            cells[row][column] = text
    return Grid(name, cells, merged, unresolved, inexact)


def cell_name(row: int, column: int) -> str:
    """How a spreadsheet calls a cell; both are counted from 0, and (16, 1) is B17."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(ord("A") + letter) + letters
    return f"{letters}{row + 1}"


def _within(ranges: Sequence[tuple[tuple[int, int], tuple[int, int]]], rows: Sequence[Sequence[object]]) -> list[Range]:
    """The merged cells as far as anything stands beside or below them."""
    height, width = len(rows), len(rows[0]) if rows else 0
    clipped = [
        Range(top, left, min(bottom, height - 1), min(right, width - 1)) for (top, left), (bottom, right) in ranges
    ]
    return [one for one in clipped if one.top <= one.bottom and one.left <= one.right]


def _header(grid: Grid, source: FileSource, place: str) -> tuple[list[str], int]:
    """The names of the columns, empty where the header is blank, and the first row of data."""
    rows = range(source.skip_rows, len(grid.cells))
    top = next((row for row in rows if any(map(str.strip, grid.cells[row]))), None)
    if top is None:
        raise StudyError("file_empty", place)
    width = len(grid.cells[0])
    if not source.header:
        return [str(column + 1) for column in range(width)], top
    title = next((one for one in grid.merged if one.top == top and one.right > one.left), None)
    is_alone = sum(bool(cell.strip()) for cell in grid.cells[top]) == 1
    if title and is_alone and source.header_rows is None:
        raise StudyError("header_title", place, cell=title, text=grid.cells[top][title.left], rows=title.bottom + 1)
    height = source.header_rows or _height(grid.merged, top)
    levels = [list(row) for row in grid.cells[top : top + height]]
    for one in grid.merged:
        if top <= one.top < top + height:
            for column in range(one.left, one.right + 1):
                levels[one.top - top][column] = grid.cells[one.top][one.left]
    parts = [[level[column].strip() for level in levels] for column in range(width)]
    return [JOINT.join(filter(None, names)) for names in parts], top + height


def _height(merged: Sequence[Range], top: int) -> int:
    """How many rows the header has: down to where its merged cells end, and one more under a cell over several columns."""
    last = top
    for one in sorted(merged):
        if top <= one.top <= last:
            last = max(last, one.bottom + 1 if one.right > one.left else one.bottom)
    return last - top + 1


def _filled(grid: Grid, first: int, fill: bool) -> dict[str, list[str]]:
    """Fill merged cells of the data downwards where the study says so; what a reader should know of the others."""
    unfilled = []
    for one in grid.merged:
        if one.top >= first and fill and one.left == one.right:
            for row in grid.cells[one.top : one.bottom + 1]:
                row[one.left] = grid.cells[one.top][one.left]
        elif one.top >= first:
            unfilled.append(str(one))
    notes = {"note_merged_cells": unfilled, "note_digits_lost": grid.inexact}
    return {note: texts for note, texts in notes.items() if texts}


def _require_named(names: Sequence[str], body: Sequence[Sequence[str]], first: int, place: str) -> None:
    """Refuse a header that is blank over data, or names two columns alike; both say which cells."""
    cells = [cell_name(first - 1, column) for column in range(len(names))]
    blank = [
        cell for column, cell in enumerate(cells) if not names[column] and any(row[column].strip() for row in body)
    ]
    if blank:
        raise StudyError("header_blank", place, list=listing(blank), row=first)
    named: dict[str, list[str]] = {}
    for name, cell in zip(names, cells, strict=True):
        named.setdefault(name, []).append(cell)
    twice = [f"{name} ({listing(where)})" for name, where in named.items() if name and len(where) > 1]
    if twice:
        raise StudyError("column_twice", place, list=listing(twice))


def _faults(grid: Grid, names: Sequence[str], first: int, source: FileSource) -> list[Fault]:
    """One fault for each row that has a formula without a result in a column that the study reads."""
    read = {name for part in reshape.parts(source).values() for one in part.columns.values() for name in one.sources}
    of_row: dict[int, list[str]] = {}
    for (row, column), text in sorted(grid.unresolved.items()):
        if row >= first and column < len(names) and names[column] in read:
            of_row.setdefault(row + 1, []).append(f"{cell_name(row, column)}: {text}")
    return [Fault(source.name, row, "", listing(cells, 3), "formula_error") for row, cells in of_row.items()]


def _chosen(book: CalamineWorkbook, sheet: str | None, path: Path) -> str:
    """The name of the sheet that is meant."""
    known = [one for one in book.sheets_metadata if one.typ == SheetTypeEnum.WorkSheet]
    names = [one.name for one in known]
    if sheet is not None:
        if sheet in names:
            return sheet
        if sheet.isdecimal() and 0 < int(sheet) <= len(names):
            return names[int(sheet) - 1]
        raise StudyError("sheet_missing", path, sheet=sheet, nearest=nearest(sheet, names), known=listing(names, 40))
    visible = [one.name for one in known if one.visible == SheetVisibleEnum.Visible]
    if len(visible) > 1:
        for name in visible:
            workbook.require_size(path, name)
        visible = [name for name in visible if book.get_sheet_by_name(name).start is not None]
    if not visible:
        raise StudyError("file_empty", path)
    if len(visible) > 1:
        raise StudyError("sheet_unnamed", path, list=listing(visible, 40))
    return visible[0]


def _require_system(path: Path, source: FileSource) -> None:
    """Refuse a study that counts the days of its dates from another year than the workbook: they are four years apart."""
    kinds = {one.format for part in reshape.parts(source).values() for one in part.columns.values()}
    if kinds & {*SYSTEMS}:
        system = "excel_1904" if workbook.counts_from_1904(path) else "excel"
        for other in kinds & ({*SYSTEMS} - {system}):
            raise StudyError("date_system", path, said=other, found=system)


def _text(value: object) -> str:
    """What a cell that is no text shows."""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float):
        if value.is_integer() and abs(value) < EXACT:
            return str(int(value))
        digits = format(value, ".15g")
        return format(Decimal(digits), "f") if "e+" in digits else digits
    if isinstance(value, datetime.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return str(value)
