"""Copies of the received files with the cells at fault marked, for whoever corrects the originals.

A workbook is copied with its formats and formulas; delimited text becomes a sheet of text with the same rows and columns.
Files that no spreadsheet opens (.sav, .dta, …) have no copy. The received file is never written to.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import openpyxl
import pandas as pd
from openpyxl.cell.cell import Cell, MergedCell
from openpyxl.comments import Comment
from openpyxl.styles import PatternFill
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from analysis.errors import StudyError
from analysis.locations import ROOT
from analysis.reading import formats
from analysis.reading.formats import excel
from analysis.reading.formats.encoding import utf8
from analysis.reading.formats.records import delimiter_of
from analysis.reporting.archives import MADE, with_fixed_dates
from analysis.reporting.problems import Report, whole
from analysis.reporting.tables import FORMULA_STARTS
from analysis.reporting.workbooks import is_as_written, storable
from analysis.settings import FileSource
from analysis.study import Study

FILL = PatternFill("solid", fgColor="FFD9A0")
AUTHOR = "study check"
SHEET = "data"
FAULTS = ("stops", "set_aside")
MACROS = (".xlsm", ".xltm", ".xlsb")
"""Workbooks of which a copy would lose its programs, or can't be written."""
MOST_COMMENTS = 10_000
"""Comments of a file; more make a workbook that Excel hardly opens. Cells beyond are filled."""
NOTE = (240, 120)
"""Height and width in points enough for a comment's text."""


def require_apart(folder: Path, study: Study) -> None:
    """Refuse to write among the files as received.

    Raises
    ------
    StudyError
        `out_among_raw`.
    """
    place = folder.resolve()
    for raw in (study.data.resolve(), (ROOT / "data" / "raw").resolve()):
        if place == raw or raw in place.parents:
            raise StudyError("out_among_raw", folder, raw=raw)


def write(study: Study, report: Report, folder: Path) -> list[Path]:
    """Write a marked copy of each file with a fault, `<file>.marked.xlsx`, and say where they are.

    Raises
    ------
    StudyError
        `mark_macros` for a workbook with macros, `mark_edited` where somebody has worked in the former copy.
    """
    made = [(folder / f"{path.name}.marked.xlsx", content) for path, content in _copies(study, report)]
    for path, _ in made:
        if path.is_file() and not is_as_written(path.read_bytes()):
            raise StudyError("mark_edited", path)
    for path, content in made:
        whole(path, content)
    return [path for path, _ in made]


def _copies(study: Study, report: Report) -> Iterator[tuple[Path, bytes]]:
    faults = report.problems[report.problems["severity"].isin(FAULTS)]
    for file, of_file in faults.groupby("file", sort=False):
        path = study.data / str(file)
        if not path.is_file() or not of_file["cell"].any():
            continue
        if path.suffix.lower() in MACROS:
            raise StudyError("mark_macros", path)
        workbook = _workbook(path, _source(study, str(file)))
        for name, rows in of_file.groupby("sheet"):
            _mark(workbook[str(name)] if name in workbook.sheetnames else workbook.worksheets[0], rows, report)
        yield path, _as_bytes(workbook)


def _source(study: Study, file: str) -> FileSource:
    return next(one for table in study.settings.tables.values() for one in table.files if one.file == file)


def _workbook(path: Path, source: FileSource) -> Workbook:
    """A file as a workbook that can be written: itself where it is one, else its cells as text."""
    format_, _ = formats.format_of(path)
    if format_ == "excel" and zipfile.is_zipfile(path) and path.suffix.lower() != ".ods":
        return openpyxl.load_workbook(path, rich_text=True)
    workbook = Workbook()
    workbook.remove(workbook.worksheets[0])
    if format_ == "excel":
        for name in excel.sheet_names(path):
            _fill(workbook.create_sheet(name), enumerate(excel.sheet_grid(path, name).cells, 1))
    else:
        _fill(workbook.create_sheet(SHEET), _rows(path, source))
    return workbook


def _rows(path: Path, source: FileSource) -> Iterator[tuple[int, list[str]]]:
    """The rows of delimited text, also those that have too many fields or too few."""
    content = utf8(path, source.encoding)
    delimiter = source.delimiter or delimiter_of(content, path)
    return enumerate(csv.reader(io.StringIO(content.decode(), newline=""), delimiter=delimiter), 1)


def _fill(sheet: Worksheet, rows: Iterable[tuple[int, list[str]]]) -> None:
    for number, cells in rows:
        for place, text in enumerate(cells, 1):
            if text:
                _write_text(sheet.cell(number, place), text)


def _write_text(cell: Cell, text: str) -> None:
    """Put a text into a cell as text: what begins like a formula is none, and stays none when it is edited."""
    cell.value = storable(text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(FORMULA_STARTS)


def _mark(sheet: Worksheet, rows: pd.DataFrame, report: Report) -> None:
    """Fill the cells at fault, and say in a comment on each what is wrong and what to do."""
    said: dict[str, dict[str, None]] = {}
    for row in rows.itertuples():
        told = report.text("comment", what=row.what, todo=row.todo)
        for place in str(row.cell).split(", "):
            said.setdefault(place, {})[told] = None
    for place, texts in said.items():
        cells = list(sheet[place]) if ":" in place else [sheet[place]]
        cells = [_written(sheet, cell) for cell in cells]
        for cell in cells:
            cell.fill = FILL
        if len(said) <= MOST_COMMENTS:
            former = [cells[0].comment.text] if cells[0].comment else []
            comment = Comment("\n".join([*former, *texts]), AUTHOR)
            comment.height, comment.width = NOTE
            cells[0].comment = comment


def _written(sheet: Worksheet, cell: Cell | MergedCell) -> Cell:
    """The cell, or the first of those that it is merged with: only that one has a content."""
    if isinstance(cell, Cell):
        return cell
    merged = next(one for one in sheet.merged_cells.ranges if cell.coordinate in one)
    return sheet.cell(merged.min_row, merged.min_col)


def _as_bytes(workbook: Workbook) -> bytes:
    """The bytes of the file, the same for the same content."""
    workbook.properties.created = MADE
    out = io.BytesIO()
    workbook.save(out)
    return with_fixed_dates(out.getvalue())
