"""Excel files that we write: text is text, whatever it looks like, and the same content has the same bytes."""

import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from math import ceil
from typing import Any, NamedTuple

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from analysis.reporting.archives import MADE, stamp
from analysis.reporting.tables import FORMULA_STARTS
from analysis.reporting.wording import width

LONGEST = 32_767
"""Characters that Excel keeps in a cell, in units of UTF-16."""
MOST_ROWS = 1_048_576
"""Rows that a sheet has."""
ILLEGAL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
REPLACED = "�"
WIDEST = 60
"""Widths of a Latin letter that a column has at most; longer texts take several lines."""
FILLED = 0.9
"""Of a line, about so much holds letters: it ends with a whole word, and no mark may begin the next."""
LINE = 17.25
"""Points of a line of a cell (23 pixels), with room for Chinese letters of whatever font."""

Look = Mapping[str, Any]
"""How a cell looks, in the properties of XlsxWriter's formats."""
PLAIN: Look = {}
BOLD: Look = {"bold": True}
TOP: Look = {"valign": "top"}
WRAPPED: Look = {"valign": "top", "text_wrap": True}
HEADING: Look = {"bold": True, "bg_color": "#E8EEF2", "bottom": 1}


class Cell(NamedTuple):
    """The content of a cell, how it looks, and the place in the workbook where a text leads; empty text is no cell."""

    value: str | int | float
    look: Look = PLAIN
    link: str = ""


class Sheet:
    """A sheet, which is written row by row.

    Attributes
    ----------
    whole
        XlsxWriter's own, for what is of the sheet as a whole.
    rows
        How many rows are written.
    """

    def __init__(self, book: "Book", made: Worksheet) -> None:
        self._book, self.whole, self.rows = book, made, 0

    def append(self, cells: Iterable[Cell], height: float | None = None) -> None:
        """Write the next row, so high in points, or as high as its font."""
        if height is not None:
            self.whole.set_row(self.rows, height)
        for place, (value, look, link) in enumerate(cells):
            if link:
                self.whole.write_url(self.rows, place, f"internal:{link}", self._book.format(look), str(value))
            elif isinstance(value, str):
                self._write_text(place, storable(value), look)
            elif isinstance(value, bool):
                self.whole.write_boolean(self.rows, place, value, self._book.format(look))
            else:
                self.whole.write_number(self.rows, place, value, self._book.format(look))
        self.rows += 1

    def _write_text(self, place: int, text: str, look: Look) -> None:
        if not text:
            return
        form = self._book.format({**look, "quote_prefix": True} if text.startswith(FORMULA_STARTS) else look)
        if text.startswith("<r>") and text.endswith("</r>"):
            # XlsxWriter would take it for the XML of a text in several fonts, and write it as it is.
            self.whole.write_rich_string(self.rows, place, text[0], text[1:-1], text[-1], *([form] if form else []))
        else:
            self.whole.write_string(self.rows, place, text, form)


class Book:
    """A workbook while it is written.

    Parameters
    ----------
    is_streamed
        Whether a row leaves the memory as soon as the next one begins: for tables of a million rows.
    """

    def __init__(self, title: str, creator: str, is_streamed: bool = False) -> None:
        self._out = io.BytesIO()
        self._made = xlsxwriter.Workbook(self._out, {"in_memory": True, "constant_memory": is_streamed})
        self._made.set_properties({"title": storable(title), "author": creator, "created": MADE})
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}

    def sheet(self, name: str) -> Sheet:
        """Add an empty sheet."""
        return Sheet(self, self._made.add_worksheet(name))

    def format(self, look: Look) -> Format | None:
        """A look as XlsxWriter's format, one for all cells that have it."""
        if not look:
            return None
        key = tuple(look.items())
        if key not in self._formats:
            self._formats[key] = self._made.add_format(dict(look))
        return self._formats[key]

    def as_bytes(self) -> bytes:
        """The bytes of the file, the same for the same content; the workbook ends with them."""
        self._made.close()
        return self._out.getvalue()


def add_table(book: Book, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add a table as a sheet: the header frozen, a filter over it, numbers as numbers and all else as text."""
    rows = [list(row) for row in rows]
    sheet = book.sheet(title)
    sheet.whole.freeze_panes(1, 0)
    sheet.whole.autofilter(0, 0, len(rows), len(headings) - 1)
    sheet.whole.repeat_rows(0)
    set_across(sheet)
    for place, text in enumerate(headings):
        longest = max((width(str(row[place])) for row in rows[:1000]), default=0)
        sheet.whole.set_column(place, place, min(max(width(text) + 4, longest + 2), WIDEST))
    sheet.append(Cell(text, HEADING) for text in headings)
    for row in rows:
        height = height_of(row)
        sheet.append((cell(value, height is not None) for value in row), height)


def height_of(values: Iterable[object], wide: float = WIDEST) -> float | None:
    """Points of a row in which texts take several lines, for not every program finds them by itself; None where none does.

    Parameters
    ----------
    wide
        Widths of a Latin letter that the columns of its long texts have.
    """
    long = (width(text) for text in values if isinstance(text, str) and 2 * len(text) > wide)
    lines = max((ceil(letters / (FILLED * wide)) for letters in long if letters > wide), default=1)
    return LINE * lines if lines > 1 else None


def set_across(sheet: Sheet) -> None:
    """Have a sheet printed across the page, all its columns beside each other."""
    sheet.whole.set_landscape()
    sheet.whole.fit_to_pages(1, 0)


def cell(value: object, is_high: bool) -> Cell:
    """A value as a cell of a table: numbers as they are, all else as text.

    Parameters
    ----------
    is_high
        Whether its row has several lines: all that stands in one begins at the first.
    """
    if isinstance(value, int | float):
        return Cell(value, TOP if is_high else PLAIN)
    text = str(value)
    is_short = 2 * len(text) <= WIDEST or width(text) <= WIDEST
    return Cell(text, PLAIN if is_short and not is_high else WRAPPED)


def storable(text: str) -> str:
    """A text that Excel can keep: control characters become �, and what is too long is cut, which its end shows."""
    kept = ILLEGAL.sub(REPLACED, text)
    if 2 * len(kept) <= LONGEST:
        return kept
    units = kept.encode("utf-16-le")
    if len(units) <= 2 * LONGEST:
        return kept
    return units[: 2 * (LONGEST - 1)].decode("utf-16-le", "ignore") + "…"


def is_as_written(content: bytes) -> bool:
    """Whether a workbook of ours is as it was written: a program in which it was saved has dated it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return stamp() in archive.read("docProps/core.xml").partition(b"<dcterms:modified")[2]
    except (zipfile.BadZipFile, KeyError):
        return False
