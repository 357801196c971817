"""Excel files that we write: text is text, whatever it looks like, and the same content has the same bytes."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, Cell
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from analysis.reporting.archives import MADE, stamp, with_fixed_dates
from analysis.reporting.tables import FORMULA_STARTS
from analysis.reporting.wording import width

LONGEST = 32_767
"""Characters that Excel keeps in a cell."""
MOST_ROWS = 1_048_576
"""Rows that a sheet has."""
REPLACED = "�"
WIDEST = 60
"""Widths of a Latin letter that a column has at most; longer texts take several lines."""
FILLED = 0.9
"""Of a line, about so much holds letters: it ends with a whole word, and no mark may begin the next."""
LINE = 17
"""Points of a line of a cell, with room for Chinese letters of whatever font."""
TOP = Alignment(vertical="top")
WRAPPED = Alignment(vertical="top", wrap_text=True)
HEADING = Font(bold=True), PatternFill("solid", fgColor="E8EEF2"), Border(bottom=Side("thin"))


def sheet(workbook: Workbook, title: str, headings: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Add a table as a sheet: the header frozen, a filter over it, numbers as numbers and all else as text.

    Parameters
    ----------
    workbook
        A write-only workbook.
    """
    rows = [list(row) for row in rows]
    made = workbook.create_sheet(title)
    made.freeze_panes = "A2"
    made.auto_filter.ref = f"A1:{get_column_letter(len(headings))}{len(rows) + 1}"
    made.print_title_rows = "1:1"
    set_across(made)
    for place, text in enumerate(headings):
        longest = max((width(str(row[place])) for row in rows[:1000]), default=0)
        made.column_dimensions[get_column_letter(place + 1)].width = min(max(width(text) + 4, longest + 2), WIDEST)
    made.append([heading(made, text) for text in headings])
    for place, row in enumerate(rows, 2):
        is_high = set_height(made, place, row)
        made.append([cell(made, value, is_high) for value in row])


def set_height(made: Worksheet, row: int, values: Iterable[object], wide: int = WIDEST) -> bool:
    """Give a row that is not written yet room for what takes several lines in it: not every program finds it by itself.

    Whether it has several lines.

    Parameters
    ----------
    wide
        Widths of a Latin letter that the columns of its long texts have.
    """
    long = (width(text) for text in values if isinstance(text, str) and 2 * len(text) > wide)
    lines = max((ceil(letters / (FILLED * wide)) for letters in long if letters > wide), default=1)
    if lines > 1:
        made.row_dimensions[row].height = LINE * lines
    return lines > 1


def set_across(made: Worksheet) -> None:
    """Have a sheet printed across the page, all its columns beside each other."""
    made.page_setup.orientation = "landscape"
    made.page_setup.fitToHeight = 0
    made.sheet_properties.pageSetUpPr.fitToPage = True


def heading(made: Worksheet, text: str) -> Cell:
    """The heading of a column."""
    shown = WriteOnlyCell(made)
    write_text(shown, text)
    shown.font, shown.fill, shown.border = HEADING
    return shown


def cell(made: Worksheet, value: object, is_high: bool) -> Cell | int | float | str | None:
    """A value as it can be appended: an object only where it needs more than its value, since objects are slow.

    Parameters
    ----------
    is_high
        Whether its row has several lines: all that stands in one begins at the first.
    """
    if isinstance(value, int | float):
        if not is_high:
            return value
        number = WriteOnlyCell(made, value)
        number.alignment = TOP
        return number
    text = str(value)
    if not text:
        return None
    if not is_high and not text.startswith(FORMULA_STARTS) and (2 * len(text) <= WIDEST or width(text) <= WIDEST):
        return storable(text)
    shown = WriteOnlyCell(made)
    write_text(shown, text)
    shown.alignment = WRAPPED
    return shown


def write_text(cell: Cell, text: str) -> None:
    """Put a text into a cell as text: what begins like a formula is none, and stays none when it is edited."""
    if not text:
        return
    cell.value = storable(text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA_STARTS)


def storable(text: str) -> str:
    """A text that Excel can keep: control characters become �, and what is too long is cut, which its end shows."""
    kept = ILLEGAL_CHARACTERS_RE.sub(REPLACED, text)
    return kept if len(kept) <= LONGEST else kept[: LONGEST - 1] + "…"


def as_bytes(workbook: Workbook) -> bytes:
    """A workbook as the bytes of its file, the same for the same content."""
    workbook.properties.created = MADE
    out = io.BytesIO()
    workbook.save(out)
    return with_fixed_dates(out.getvalue())


def is_as_written(content: bytes) -> bool:
    """Whether a workbook of ours is as it was written: a program in which it was saved has dated it."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return stamp() in archive.read("docProps/core.xml").partition(b"<dcterms:modified")[2]
    except (zipfile.BadZipFile, KeyError):
        return False


def new(properties: Mapping[str, str]) -> Workbook:
    """An empty write-only workbook with a title and a creator."""
    workbook = Workbook(write_only=True)
    for name, value in properties.items():
        setattr(workbook.properties, name, value)
    return workbook
