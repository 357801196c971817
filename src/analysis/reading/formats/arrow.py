"""Parquet and Arrow files (.parquet, .feather, .arrow): every value as text, exactly as it is kept."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather, ipc, parquet

from analysis.errors import StudyError, listing
from analysis.reading.formats.raw import Raw
from analysis.settings import FileSource

PARQUET = b"PAR1"
FEATHER = (b"FEA1", b"ARROW1")
UNREADABLE = (pa.ArrowException, OSError, ValueError, UnicodeDecodeError)
"""What reading a damaged file raises."""
SIZE = 2**19
"""Rows that are read at a time where a file may be larger than memory."""


def read(path: Path, source: FileSource) -> Raw:
    """The rows of a columnar file as text, numbered from 1.

    A date is ISO, a moment without its time of day where that is midnight in all rows; a number has every digit that it is
    kept with, and 5.0 is 5. What is null is blank, and so is what is no number.

    Raises
    ------
    StudyError
        `arrow_unreadable` where it is no such file, is cut off or damaged; `column_nested` where a column holds lists or
        records; `column_twice`; `file_empty`.
    """
    table = _table(path)
    _require_flat(table.schema, path)
    if not table.num_rows:
        raise StudyError("file_empty", path)
    return Raw(_rows(table, path, 0), [])


def pieces(path: Path, size: int = SIZE) -> Iterator[pd.DataFrame]:
    """The rows of a Parquet file as `read` gives them, about so many at a time; what is midnight is said of these only.

    Raises
    ------
    StudyError
        As `read`.
    """
    before = 0
    try:
        with parquet.ParquetFile(path) as file:
            _require_flat(file.schema_arrow, path)
            for batch in file.iter_batches(size):
                yield _rows(pa.Table.from_batches([batch]), path, before)
                before += batch.num_rows
    except (StudyError, FileNotFoundError):
        raise
    except UNREADABLE as problem:
        raise StudyError("arrow_unreadable", path, problem=f"{_damaged(path)}{problem}") from None
    if not before:
        raise StudyError("file_empty", path)


def is_parquet(path: Path) -> bool:
    """Whether a file begins as a Parquet file does."""
    with path.open("rb") as file:
        return file.read(len(PARQUET)) == PARQUET


def _damaged(path: Path) -> str:
    """Which column of a damaged Parquet file can't be read; nothing where that can't be told."""
    try:
        with parquet.ParquetFile(path) as file:
            for name in file.schema_arrow.names:
                try:
                    for _ in file.iter_batches(columns=[name]):
                        pass
                except UNREADABLE:
                    return f"{name}: "
    except UNREADABLE:
        pass
    return ""


def _require_flat(schema: pa.Schema, path: Path) -> None:
    """Refuse two columns of one name, and columns whose cells are lists or records."""
    if twice := sorted({name for name in schema.names if schema.names.count(name) > 1}):
        raise StudyError("column_twice", path, list=listing(twice))
    if nested := [field.name for field in schema if pa.types.is_nested(_plain(field.type))]:
        raise StudyError("column_nested", path, list=listing(nested))


def _rows(table: pa.Table, path: Path, before: int) -> pd.DataFrame:
    """Rows as text, numbered from the first after those before."""
    columns = {}
    for name in table.column_names:
        try:
            columns[name] = pd.Series(_text(table.column(name)), dtype="str")
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as problem:
            raise StudyError("arrow_unreadable", path, problem=f"{name}: {problem}") from None
    return pd.DataFrame(columns).set_axis(range(before + 1, before + table.num_rows + 1))


def _table(path: Path) -> pa.Table:
    with path.open("rb") as file:
        head = file.read(6)
    try:
        if head.startswith(PARQUET):
            return parquet.read_table(path, partitioning=None)
        if head.startswith(FEATHER):
            return feather.read_table(path)
        with pa.memory_map(str(path)) as source:
            return ipc.open_stream(source).read_all()
    except UNREADABLE as problem:
        named = _damaged(path) if head.startswith(PARQUET) else ""
        raise StudyError("arrow_unreadable", path, problem=f"{named}{problem}") from None


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """A column as text; null and "not a number" are blank."""
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    kind = column.type
    if pa.types.is_null(kind):
        text = pa.chunked_array([pa.array([None] * len(column), pa.large_string())])
    elif pa.types.is_floating(kind):
        text = _numbers(column.cast(pa.float32()) if pa.types.is_float16(kind) else column)
    elif pa.types.is_timestamp(kind):
        text = _moments(column)
    elif pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        text = column.cast(pa.large_binary()).cast(pa.large_string())
    else:
        text = column.cast(pa.large_string())
    return pc.fill_null(text, "")


def _numbers(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Numbers in the fewest digits that give them back; whole ones without a point."""
    column = pc.if_else(pc.is_nan(column), None, column)
    text = column.cast(pa.large_string())
    is_whole = pc.and_(pc.equal(pc.trunc(column), column), pc.less(pc.abs(column), 2.0**53))
    whole = pc.if_else(is_whole, column, 0).cast(pa.int64()).cast(pa.large_string())
    return pc.if_else(is_whole, whole, text)


def _moments(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Moments in ISO; dates only where the time of day is midnight in every row."""
    if pc.all(pc.equal(pc.floor_temporal(column, unit="day"), column)).as_py() in (True, None):
        return pc.strftime(column, format="%Y-%m-%d").cast(pa.large_string())
    seconds = pa.timestamp("s", column.type.tz)
    if pc.all(pc.equal(pc.floor_temporal(column, unit="second"), column)).as_py():
        column = column.cast(seconds)
    return column.cast(pa.large_string())
