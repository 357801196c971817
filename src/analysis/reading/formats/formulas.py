"""Formulas without a result: errors, and what no program has computed yet. The cells' library reads them as blank."""

import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import xlrd

from analysis.reading.formats import workbook

CELL = re.compile(r"([A-Z]+)\d+")
CHUNK = 1 << 20
IN_XLSX = re.compile(rb"""<(\w+:)?f[ />]|t=["']e["']""")
IN_ODS = re.compile(rb"""value-type=["']error["']""")
"""What a sheet must hold before any of its formulas can lack a result; most hold none, and need no second look."""


def unresolved(path: Path, sheet: str) -> dict[tuple[int, int], str]:
    """The cells of a sheet that hold a formula without a result; not told of .xlsb files.

    Returns
    -------
    dict
        Row and column, from 0 → the error, or `=` where the formula was never computed.
    """
    kind = workbook.kind(path)
    if kind == ".xls":
        return dict(_of_xls(workbook.old(path), sheet))
    if kind == ".xlsx":
        with workbook.part(path, sheet) as file:
            if not _holds(file, IN_XLSX):
                return {}
        with workbook.part(path, sheet) as file:
            return dict(_of_xlsx(file))
    if kind == ".ods":
        with workbook.archive(path) as parts:
            with parts.open("content.xml") as file:
                if not _holds(file, IN_ODS):
                    return {}
            with parts.open("content.xml") as file:
                return dict(_of_ods(file, sheet))
    return {}


def _holds(file: IO[bytes], pattern: re.Pattern[bytes]) -> bool:
    end = b""
    while chunk := file.read(CHUNK):
        if pattern.search(end + chunk):
            return True
        end = chunk[-64:]
    return False


def _of_xls(book: xlrd.Book, sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    own = book.sheet_by_name(sheet)
    for row in range(own.nrows):
        for column, kind in enumerate(own.row_types(row)):
            if kind == xlrd.XL_CELL_ERROR:
                yield (row, column), xlrd.error_text_from_code.get(own.cell_value(row, column), "#")


def _of_xlsx(file: IO[bytes]) -> Iterator[tuple[tuple[int, int], str]]:
    row = column = -1
    for event, element in ElementTree.iterparse(file, ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "row":
            row, column = int(element.get("r", row + 2)) - 1, -1
        elif event == "end" and tag == "c":
            name = CELL.fullmatch(element.get("r", ""))
            column = workbook.column_number(name[1]) if name else column + 1
            value = element.findtext("{*}v") or ""
            if element.get("t") == "e":
                yield (row, column), value or "="
            elif not value and element.get("t") != "str" and element.find("{*}f") is not None:
                yield (row, column), "="
        elif event == "end" and tag == "row":
            element.clear()


def _of_ods(file: IO[bytes], sheet: str) -> Iterator[tuple[tuple[int, int], str]]:
    row = column = 0
    is_own = False
    for event, element in ElementTree.iterparse(file, ("start", "end")):
        tag = element.tag.rpartition("}")[2]
        if event == "start" and tag == "table":
            is_own, row = _attribute(element, "name") == sheet, 0
        elif event == "start" and tag == "table-row":
            column = 0
        elif event == "end" and tag == "table-row":
            row += int(_attribute(element, "number-rows-repeated") or 1)
            element.clear()
        elif event == "end" and tag in ("table-cell", "covered-table-cell"):
            if is_own and any(name.endswith("value-type") and value == "error" for name, value in element.items()):
                yield (row, column), "".join(chain(*(text.itertext() for text in element.iterfind("{*}p")))) or "="
            column += int(_attribute(element, "number-columns-repeated") or 1)


def _attribute(element: ElementTree.Element, name: str) -> str:
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")
