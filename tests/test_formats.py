"""The tables of Nanchang in each format give the very same tables and measures as the CSV files that they were written from.

Numbers and dates are written as such, and texts of few values as codes with labels where the format has labels. No package
here writes .xls, .xlsb or .por files; .ods is written by hand.
"""

import datetime
import re
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

import openpyxl
import pandas as pd
import pyarrow as pa
import pyreadstat
import pytest
import yaml
from pandas.testing import assert_frame_equal
from pyarrow import feather, ipc, parquet

from analysis import compute, study

NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
DATE = re.compile(r"\d{4}-\d\d-\d\d")
FEW = 30
"""Distinct texts up to which a column is written as labelled codes."""
MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
CHAPTERS = ("turnover", "workload", "monitoring.organisations")
"""Of which measures are computed; the tables of all chapters are compared."""
ORIGINAL = study.ROOT / "studies" / "nanchang"
RAW = study.ROOT / "data" / "raw" / "nanchang"

Frames = Mapping[str, pd.DataFrame]


@pytest.fixture(scope="module")
def measures(nanchang: study.Study) -> Frames:
    """The measures of some chapters, from the CSV files."""
    return {chapter: compute.chapter_of(chapter).measures(nanchang, []) for chapter in CHAPTERS}


@pytest.fixture(scope="module")
def frames() -> Frames:
    """The raw tables with numbers, dates and texts as such; blank cells are missing."""
    return {path.stem: _typed(pd.read_csv(path, dtype=str, keep_default_na=False)) for path in RAW.glob("*.csv")}


def _typed(text: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({name: _column(cells.tolist()) for name, cells in text.items()})


def _column(cells: list[str]) -> pd.Series:
    given = [cell for cell in cells if cell]
    if all(map(NUMBER.fullmatch, given)):
        return pd.Series([float(cell) if cell else None for cell in cells], dtype=float)
    kind = datetime.date.fromisoformat if all(map(DATE.fullmatch, given)) else str
    return pd.Series([kind(cell) if cell else None for cell in cells], dtype=object)


def _xlsx(frames: Frames, folder: Path) -> dict[str, dict[str, str]]:
    """All tables in one workbook, a sheet each."""
    book = openpyxl.Workbook(write_only=True)
    for name, frame in frames.items():
        sheet = book.create_sheet(name)
        for row in [[*frame], *frame.astype(object).where(frame.notna(), None).to_numpy().tolist()]:
            sheet.append(row)
    book.save(folder / "all.xlsx")
    return {name: {"file": "all.xlsx", "sheet": name} for name in frames}


def _ods(frames: Frames, folder: Path) -> dict[str, dict[str, str]]:
    """All tables in one OpenDocument file (OASIS OpenDocument 1.3, part 3, section 9.1)."""

    def cell(value: object) -> str:
        if pd.isna(value):
            return "<table:table-cell/>"
        if isinstance(value, float):
            return f'<table:table-cell office:value-type="float" office:value="{value!r}"/>'
        if isinstance(value, datetime.date):
            return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    tables = []
    for name, frame in frames.items():
        rows = ["".join(map(cell, row)) for row in [[*frame], *frame.to_numpy(dtype=object).tolist()]]
        body = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
        tables.append(f'<table:table table:name="{name}">{body}</table:table>')
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = f"<office:body><office:spreadsheet>{''.join(tables)}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(folder / "all.ods", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", f'<m:manifest xmlns:m="{MANIFEST}"/>')
        archive.writestr("content.xml", f"<office:document-content {spaces}>{content}</office:document-content>")
    return {name: {"file": "all.ods", "sheet": name} for name in frames}


def _coded(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, dict[int, str]]]:
    """Columns of few texts as codes from 1, and their labels."""
    coded, labels = frame.copy(), {}
    for name, cells in frame.items():
        texts = [text for text in cells.dropna().unique() if isinstance(text, str)]
        if 0 < len(texts) <= FEW and cells.dtype == object:
            codes = {text: code for code, text in enumerate(sorted(texts), 1)}
            coded[name] = cells.map(codes).astype(float)
            labels[name] = {code: text for text, code in codes.items()}
    return coded, labels


def _each_file(suffix: str, write: Callable[[pd.DataFrame, Path], None]) -> Callable[[Frames, Path], dict]:
    def written(frames: Frames, folder: Path) -> dict[str, dict[str, str]]:
        for name, frame in frames.items():
            write(frame, folder / f"{name}{suffix}")
        return {name: {"file": f"{name}{suffix}"} for name in frames}

    return written


def _sav(frame: pd.DataFrame, path: Path) -> None:
    coded, labels = _coded(frame)
    pyreadstat.write_sav(coded, path, variable_value_labels=labels, row_compress=True)


def _dta(frame: pd.DataFrame, path: Path) -> None:
    coded, labels = _coded(frame)
    pyreadstat.write_dta(coded, path, variable_value_labels=labels)


def _stream(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame)
    with ipc.new_stream(path, table.schema) as out:
        out.write_table(table)


WRITERS: dict[str, Callable[[Frames, Path], dict]] = {
    "xlsx": _xlsx,
    "ods": _ods,
    "sav": _each_file(".sav", _sav),
    "dta": _each_file(".dta", _dta),
    "parquet": _each_file(".parquet", lambda frame, path: parquet.write_table(pa.Table.from_pandas(frame), path)),
    "feather": _each_file(".feather", lambda frame, path: feather.write_feather(pa.Table.from_pandas(frame), path)),
    "arrow": _each_file(".arrow", _stream),
}


@pytest.fixture(scope="module", params=WRITERS)
def copy(request: pytest.FixtureRequest, frames: Frames, tmp_path_factory: pytest.TempPathFactory) -> study.Study:
    """The study of Nanchang over its tables in another format."""
    folder = tmp_path_factory.mktemp(request.param)
    where = WRITERS[request.param](frames, folder)
    settings = yaml.safe_load((ORIGINAL / "study.yml").read_text(encoding="utf-8"))
    for table in settings["tables"].values():
        for file in table["files"]:
            del file["encoding"]
            file.update(where[Path(file["file"]).stem])
    origin = yaml.safe_load((ORIGINAL / "origin.yml").read_text(encoding="utf-8"))
    origin["files"] = {}
    for name, content in (("study.yml", settings), ("origin.yml", origin)):
        (folder / name).write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return study.open(str(folder), data_dir=str(folder))


def test_all_tables_are_the_same(copy, nanchang):
    assert [*copy.reading.tables] == [*nanchang.reading.tables]
    for name, table in nanchang.reading.tables.items():
        assert_frame_equal(copy.table(name), table)
    assert copy.reading.notes.empty


def test_and_so_are_the_measures(copy, measures):
    for chapter, table in measures.items():
        assert_frame_equal(compute.chapter_of(chapter).measures(copy, []), table)
