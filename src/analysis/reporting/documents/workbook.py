"""The tables of a report as an Excel workbook: a sheet for each, with numbers that show the page's digits, and its notes.

A sheet has the rows of the table's CSV; a number is one, and its format says with how many decimals it is printed. Nothing is a
formula.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from analysis.catalogue import entries
from analysis.reporting import workbooks
from analysis.reporting.blocks import Table
from analysis.reporting.documents.captions import titles
from analysis.reporting.documents.model import Report
from analysis.reporting.tables import FORMULA_STARTS
from analysis.reporting.wording import Wording, rounded, width

IN_UNIT = ("estimate", "low", "high")
"""Columns of a measure table whose numbers are printed in its unit; the standard error is shown with a decimal more."""
PRINTED = re.compile(r"[−-]?(?:0|[1-9]\d{0,2}(?:,\d{3})+|[1-9]\d*)(\.\d+)?(%?)")
"""A number as a page prints it; a code with a zero at its beginning is none."""
LONGEST_NAME = 31
"""Characters of the name of a sheet."""
FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]|^'|'$|^history$", re.IGNORECASE)
"""What the name of a sheet can't have or be."""
COUNT, OTHER = "#,##0", "#,##0.0##"
NUMBER_WIDTH = 10
CONTENTS_WIDTHS = (34, 90)
TITLE = Font(bold=True, size=13)
BOLD = Font(bold=True)
RIGHT = Alignment(horizontal="right", indent=1)
RIGHT_TOP = Alignment(horizontal="right", vertical="top", indent=1)
"""Of numbers and what stands over them; the indent parts them from a text in the next column."""


class Number(NamedTuple):
    """The value of a cell, and how a spreadsheet shows it."""

    value: float
    format: str


@dataclass(frozen=True)
class _Sheet:
    """One CSV of a report: the titles of the tables that show it, its heading and rows, and the tables' notes."""

    name: str
    chapter: str
    titles: Sequence[str]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str]


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """The workbook of a report's tables."""
    return {f"report.{report.language}.xlsx": document(report, folder)}


def document(report: Report, folder: Path) -> bytes:
    """The workbook of a report whose `tables/*.csv` stand in a folder; the same tables have the same bytes."""
    words = report.words
    sheets = [*_sheets(report, folder)]
    names = sheet_names([words.text("document_contents"), *(sheet.name for sheet in sheets)])
    workbook = workbooks.new({"title": workbooks.storable(report.title), "creator": "community-governance"})
    _contents(workbook, report, sheets, names)
    for sheet, name in zip(sheets, names[1:], strict=True):
        _add(workbook.create_sheet(name), sheet, words, report.warnings)
    return workbooks.as_bytes(workbook)


def sheet_names(wanted: Iterable[str]) -> list[str]:
    """Names of sheets, as Excel takes them: of 31 characters at most, and no two alike in small letters."""
    names: list[str] = []
    for name in wanted:
        plain = FORBIDDEN.sub("_", name[:LONGEST_NAME]) or "_"
        tried, number = plain, 1
        while tried.lower() in {other.lower() for other in names}:
            number += 1
            tried = f"{plain[: LONGEST_NAME - len(str(number)) - 1]}~{number}"
        names.append(tried)
    return names


def number_format(value: float, entry: Mapping[str, object]) -> str:
    """How a spreadsheet shows a value as `Wording.number` does: the decimals of its unit, and a minus sign, but no −0."""
    decimals = int(str(entry["decimals"]))
    digits = "#,##0" + ("." + "0" * decimals if decimals else "") + str(entry["suffix"])
    if "least" in entry and abs(value) < float(str(entry["least"])):
        return f'"<{entry["least"]}"'
    if value >= 0:
        return digits
    return (
        f"{digits};{digits}" if rounded(value, decimals, int(str(entry["factor"]))).is_zero() else f"{digits};−{digits}"
    )


def _sheets(report: Report, folder: Path) -> Iterator[_Sheet]:
    """The tables of a report in their order: those that show one CSV as one."""
    shown: dict[str, tuple[str, list[Table]]] = {}
    captions = titles(report)
    for chapter in report.chapters:
        for block in chapter.blocks:
            if isinstance(block, Table):
                shown.setdefault(block.name, (chapter.title, []))[1].append(block)
    for name, (title, tables) in shown.items():
        file = folder / "tables" / f"{name}.{report.language}.csv"
        headings, *rows = _read(file) if file.is_file() else _grid(tables[0])
        notes = dict.fromkeys(note for table in tables for note in table.notes)
        yield _Sheet(name, title, [captions[id(table)] for table in tables], headings, rows, [*notes])
    headings, *rows = _grid(report.counts)
    yield _Sheet(
        report.counts.name,
        report.words.text("chapter_origin"),
        [captions[id(report.counts)]],
        headings,
        rows,
        report.counts.notes,
    )


def _read(file: Path) -> list[list[str]]:
    """The cells of a CSV of ours, without the quote marks before what looks like a formula."""
    text = file.read_text(encoding="utf-8-sig")
    return [
        [cell[1:] if cell[:1] == "'" and cell[1:].startswith(FORMULA_STARTS) else cell for cell in row]
        for row in csv.reader(io.StringIO(text, newline=""))
    ]


def _grid(table: Table) -> list[list[str]]:
    return [[table.stub, *table.columns], *table.rows]


def _contents(workbook: Workbook, report: Report, sheets: Sequence[_Sheet], names: Sequence[str]) -> None:
    made = workbook.create_sheet(names[0])
    for place, wide in enumerate(CONTENTS_WIDTHS, 1):
        made.column_dimensions[get_column_letter(place)].width = wide
    workbooks.set_across(made)
    lines: list[list[Cell | None]] = [[_text(made, report.title, TITLE)]]
    for told in filter(None, [report.community, report.summary, *report.warnings]):
        lines.append([_text(made, told)])
    lines.append([])
    chapter = ""
    for sheet, name in zip(sheets, names[1:], strict=True):
        if sheet.chapter != chapter:
            lines.append([_text(made, sheet.chapter, BOLD)])
            chapter = sheet.chapter
        link = _text(made, name)
        link.hyperlink = Hyperlink(ref="", location="'{}'!A1".format(name.replace("'", "''")))
        link.style = "Hyperlink"
        lines += [[place, _text(made, title)] for place, title in zip_longest([link], sheet.titles)]
    lines.append([])
    for heading, told in report.origin:
        lines.append([_text(made, heading, BOLD), _text(made, told)])
    for place, line in enumerate(lines, 1):
        for cell in filter(None, line[:1]):
            cell.alignment = workbooks.TOP
        for cell in filter(None, line[1:]):
            cell.alignment = workbooks.WRAPPED
            workbooks.set_height(made, place, [cell.value], CONTENTS_WIDTHS[1])
        made.append(line)


def _add(made: Worksheet, sheet: _Sheet, words: Wording, warnings: Sequence[str]) -> None:
    """Fill a sheet: titles, headings and rows, notes, and what every page must say."""
    cells = values(sheet.headings, sheet.rows, words)
    columns = [[row[place] for row in cells] for place in range(len(sheet.headings))]
    ids = words.text("column_id")  # for programs: on one line, and not printed
    shown = sheet.headings.index(ids) if ids in sheet.headings else len(sheet.headings)
    room = 0
    for place, (heading, column) in enumerate(zip(sheet.headings, columns, strict=True)):
        wide = max(width(heading), max(map(_width, column), default=0)) + 3
        if place < shown:
            wide = min(wide, workbooks.WIDEST)
            room += wide
        made.column_dimensions[get_column_letter(place + 1)].width = wide
    workbooks.set_across(made)
    head = len(sheet.titles) + 1
    made.print_title_rows = f"{head}:{head}"
    made.freeze_panes = f"B{head + 1}"
    for title in sheet.titles:
        made.append([_text(made, title, TITLE)])
    made.append([_heading(made, *one) for one in zip(sheet.headings, columns, strict=True)])
    for place, row in enumerate(cells, head + 1):
        is_high = workbooks.set_height(made, place, row[:shown])
        printed = [
            _number(made, cell, is_high) if isinstance(cell, Number) else workbooks.cell(made, cell, is_high)
            for cell in row[:shown]
        ]
        made.append([*printed, *(_text(made, str(cell)) for cell in row[shown:])])
    made.append([])
    notes = [*dict.fromkeys([*sheet.notes, *warnings])]
    for place, note in enumerate(notes, head + len(cells) + 2):
        told = _text(made, note)
        if workbooks.set_height(made, place, [note], room):
            # Else it would run on beyond the last column, and be cut there on paper.
            told.alignment = workbooks.WRAPPED
            made.merged_cells.add(f"A{place}:{get_column_letter(shown)}{place}")
        made.append([told])
    made.print_area = f"A1:{get_column_letter(shown)}{head + len(cells) + 1 + len(notes)}"


def _heading(made: Worksheet, text: str, column: Sequence[Number | str]) -> Cell:
    """The heading of a column: over its numbers, where most of what stands there are numbers."""
    shown = workbooks.heading(made, text)
    if 2 * sum(isinstance(cell, Number) for cell in column) > sum(cell != "" for cell in column):
        shown.alignment = RIGHT
    return shown


def values(headings: Sequence[str], rows: Sequence[Sequence[str]], words: Wording) -> list[list[Number | str]]:
    """The cells of a table: numbers with their formats, and texts.

    The rows of a measure table are known by their units; elsewhere a cell is a number where all of it is printed as one.
    """
    unit, estimate = words.text("column_unit"), words.text("column_estimate")
    if unit not in headings or estimate not in headings:
        return [[*row[:1], *map(_as_printed, row[1:])] for row in rows]
    units = {entry[words.language]: entry for entry in entries("measures")["units"].values()}
    last, first = headings.index(unit), headings.index(estimate)
    decimals = {words.text(f"column_{name}"): 0 for name in IN_UNIT} | {words.text("column_se"): 1}
    made: list[list[Number | str]] = []
    for row in rows:
        entry = units[row[last]]
        numbers = [
            _in_unit(cell, entry, decimals[heading]) if heading in decimals else _plain(cell)
            for heading, cell in zip(headings[first:last], row[first:last], strict=True)
        ]
        made.append([*row[:first], *numbers, *row[last:]])
    return made


def _as_printed(cell: str) -> Number | str:
    found = PRINTED.fullmatch(cell)
    if not found:
        return cell
    fraction, percent = found.groups()
    whole = "0" if re.match(r"[−-]?\d{4}", cell) else COUNT  # a year: pages part the thousands of counts
    digits = whole + "." * bool(fraction) + "0" * (len(fraction or ".") - 1) + percent
    value = Decimal(re.sub("[,%]", "", cell).replace("−", "-")) / (100 if percent else 1)
    return Number(float(value), f"{digits};−{digits}")


def _in_unit(cell: str, entry: Mapping[str, object], more: int) -> Number | str:
    """A number in a unit; one that is printed times a hundred and not in per cent stands so, for no format does that.

    Parameters
    ----------
    more
        Decimals that are shown beyond those of the unit.
    """
    if not cell:
        return cell
    scaled = Decimal(cell) * (1 if entry["suffix"] == "%" else int(str(entry["factor"])))
    shown = {**entry, "decimals": int(str(entry["decimals"])) + more}
    return Number(float(scaled), number_format(float(cell), shown))


def _plain(cell: str) -> Number | str:
    return Number(float(cell), COUNT if float(cell).is_integer() else OTHER) if cell else cell


def _width(cell: Number | str) -> int:
    return NUMBER_WIDTH if isinstance(cell, Number) else width(cell)


def _number(made: Worksheet, number: Number, is_high: bool) -> Cell:
    cell = WriteOnlyCell(made, int(number.value) if number.value.is_integer() else number.value)
    cell.number_format = number.format
    cell.alignment = RIGHT_TOP if is_high else RIGHT
    return cell


def _text(made: Worksheet, text: str, font: Font | None = None) -> Cell:
    cell = WriteOnlyCell(made)
    workbooks.write_text(cell, text)
    if font:
        cell.font = font
    return cell
