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
from math import ceil
from pathlib import Path
from typing import NamedTuple

from analysis.catalogue import entries
from analysis.reporting import workbooks
from analysis.reporting.blocks import Table
from analysis.reporting.documents.captions import titles
from analysis.reporting.documents.model import Report
from analysis.reporting.tables import FORMULA_STARTS, is_number
from analysis.reporting.wording import Wording, rounded, width
from analysis.reporting.workbooks import BOLD, HEADING, PLAIN, TOP, WRAPPED, Book, Cell, Look, Sheet

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
TITLE: Look = {"bold": True, "font_size": 13}
LINK: Look = {"hyperlink": True}
LEFT: Look = {"align": "left"}
RIGHT: Look = {"align": "right"}
OVER_TEXTS: Look = {**HEADING, "text_wrap": True}
OVER_NUMBERS: Look = {**OVER_TEXTS, **RIGHT, "indent": 1}
GAP = "_)_)_)"
"""At the end of a format: room as wide as an indent, which parts a number from a text in the next column. LibreOffice drops an
indent beside a number of another format."""


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
    book = Book(report.title, "community-governance")
    _contents(book.sheet(names[0]), report, sheets, names[1:])
    for sheet, name in zip(sheets, names[1:], strict=True):
        _add(book.sheet(name), sheet, words, report.warnings)
    return book.as_bytes()


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


def _contents(made: Sheet, report: Report, sheets: Sequence[_Sheet], names: Sequence[str]) -> None:
    for place, wide in enumerate(CONTENTS_WIDTHS):
        made.whole.set_column(place, place, wide)
    workbooks.set_across(made)
    made.append([Cell(report.title, TITLE)])
    for told in filter(None, [report.community, report.summary, *report.warnings]):
        made.append([Cell(told, TOP)])
    made.append([])
    chapter = ""
    for sheet, name in zip(sheets, names, strict=True):
        if sheet.chapter != chapter:
            made.append([Cell(sheet.chapter, BOLD)])
            chapter = sheet.chapter
        lead = Cell(name, {**LINK, **TOP}, "'{}'!A1".format(name.replace("'", "''")))
        for place, title in enumerate(sheet.titles):
            _tell(made, Cell("") if place else lead, title)
    made.append([])
    for heading, told in report.origin:
        _tell(made, Cell(heading, {**BOLD, **TOP}), told)


def _tell(made: Sheet, first: Cell, text: str) -> None:
    """Write a line of the contents, as high as its text needs."""
    made.append([first, Cell(text, WRAPPED)], workbooks.height_of([text], CONTENTS_WIDTHS[1]))


def _add(made: Sheet, sheet: _Sheet, words: Wording, warnings: Sequence[str]) -> None:
    """Fill a sheet: titles, headings and rows, notes, and what every page must say."""
    cells = values(sheet.headings, sheet.rows, words)
    columns = [[row[place] for row in cells] for place in range(len(sheet.headings))]
    ids = words.text("column_id")  # for programs: on one line, and not printed
    shown = sheet.headings.index(ids) if ids in sheet.headings else len(sheet.headings)
    are_right = [*map(_are_numbers, columns)]
    room, lines = 0, 1
    for place, (heading, column) in enumerate(zip(sheet.headings, columns, strict=True)):
        named = _narrow(heading) if are_right[place] else width(heading)
        wide = max(named, max(map(_width, column), default=0)) + 3
        if place < shown:
            wide = min(wide, workbooks.WIDEST)
            room += wide
        if width(heading) >= wide:
            lines = max(lines, ceil(width(heading) / (wide - 2)))
        made.whole.set_column(place, place, wide)
    workbooks.set_across(made)
    for title in sheet.titles:
        made.append([Cell(title, TITLE)])
    made.whole.repeat_rows(made.rows)
    made.whole.freeze_panes(made.rows + 1, 1)
    over = (OVER_NUMBERS if is_right else OVER_TEXTS for is_right in are_right)
    made.append(map(Cell, sheet.headings, over), lines * workbooks.LINE if lines > 1 else None)
    for row in cells:
        height = workbooks.height_of(row[:shown])
        printed = (
            _cell(cell, is_right, height is not None) for cell, is_right in zip(row[:shown], are_right, strict=False)
        )
        made.append([*printed, *map(Cell, map(str, row[shown:]))], height)
    made.append([])
    for note in dict.fromkeys([*sheet.notes, *warnings]):
        height = workbooks.height_of([note], room)
        if height is not None and shown > 1:
            # Else it would run on beyond the last column, and be cut there on paper.
            made.whole.merge_range(made.rows, 0, made.rows, shown - 1, "")
        made.append([Cell(note, PLAIN if height is None else WRAPPED)], height)
    made.whole.print_area(0, 0, made.rows - 1, shown - 1)


def _are_numbers(column: Sequence[Number | str]) -> bool:
    """Whether most of what stands in a column are numbers, with or without an interval: then all of it stands at its right."""
    said = [cell for cell in column if cell != ""]
    are_like = [isinstance(cell, Number) or is_number(cell) for cell in said]
    return any(isinstance(cell, Number) for cell in said) and 2 * sum(are_like) > len(said)


def _narrow(heading: str) -> int:
    """How wide a heading over numbers is in two lines."""
    return max(NUMBER_WIDTH, ceil(width(heading) / 2) + 1, *map(width, heading.split()))


def _cell(cell: Number | str, is_right: bool, is_high: bool) -> Cell:
    shown = workbooks.cell(cell, is_high) if isinstance(cell, str) else Cell(cell.value, TOP if is_high else PLAIN)
    pattern = "@" if isinstance(cell, str) else cell.format
    if is_right:
        spaced = ";".join(section + GAP for section in pattern.split(";"))
        return shown._replace(look={**shown.look, **RIGHT, "num_format": spaced})
    return shown if isinstance(cell, str) else shown._replace(look={**shown.look, **LEFT, "num_format": pattern})


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
