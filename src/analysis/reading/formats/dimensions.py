"""How large the sheets of an .xls or .ods file are, before its cells are read: their library believes what a file says.

Sources: [MS-XLS], 2.5.35 (Dimensions); OASIS OpenDocument 1.3, part 3, 9.1 and 19.675–19.677.
"""

import io
from collections.abc import Iterator
from typing import IO
from xml.parsers import expat

from xlrd.compdoc import CompDoc

DIMENSIONS = 0x0200
"""The record that says how large a sheet is."""
STREAMS = ("Workbook", "Book")


def of_xls(content: bytes) -> Iterator[tuple[str, int, int]]:
    """An empty name, and the rows and columns that a sheet says it has, for each sheet: the larger of its first and last."""
    compound = CompDoc(content, logfile=io.StringIO(), ignore_workbook_corruption=True)
    found = (compound.locate_named_stream(name) for name in STREAMS)
    memory, place, size = next((stream for stream in found if stream[0]), (b"", 0, 0))
    end = place + size

    def word(start: int, length: int = 2) -> int:
        return int.from_bytes(memory[start : start + length], "little")

    while place + 4 <= end:
        kind, length = word(place), word(place + 2)
        if kind == DIMENSIONS:
            first, row = place + 4, 4 if length >= 14 else 2  # two bytes in files of Excel 95
            rows = max(word(first, row), word(first + row, row))
            columns = max(word(first + 2 * row), word(first + 2 * row + 2))
            yield "", rows, columns
        place += 4 + length


def of_ods(file: IO[bytes]) -> list[tuple[str, int, int]]:
    """Name, rows and columns of each sheet, as far as anything stands in them.

    Raises
    ------
    xml.parsers.expat.ExpatError
        The file is cut off, or no XML.
    ValueError
        A number of repeats is none.
    """
    sheets: list[tuple[str, int, int]] = []
    state = {"row": 0, "rows": 1, "column": 0}

    def start(tag: str, attributes: dict[str, str]) -> None:
        kind = tag.rpartition(":")[2]
        told = {name.rpartition(":")[2]: value for name, value in attributes.items()}
        if kind == "table":
            sheets.append((told.get("name", ""), 0, 0))
            state["row"] = 0
        elif kind == "table-row":
            state["rows"] = int(told.get("number-rows-repeated", 1))
            state["row"] += state["rows"]
            state["column"] = 0
        elif kind in ("table-cell", "covered-table-cell") and sheets:
            state["column"] += int(told.get("number-columns-repeated", 1))
            if "value-type" in told or "formula" in told:
                name, rows, columns = sheets[-1]
                sheets[-1] = (name, max(rows, state["row"]), max(columns, state["column"]))

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.ParseFile(file)
    return sheets
