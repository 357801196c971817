"""Parquet and Arrow files (.parquet, .feather, .arrow): every value as text, exactly as it is kept."""

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
    names = table.column_names
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise StudyError("column_twice", path, list=listing(twice))
    if nested := [field.name for field in table.schema if pa.types.is_nested(_plain(field.type))]:
        raise StudyError("column_nested", path, list=listing(nested))
    if not table.num_rows:
        raise StudyError("file_empty", path)
    columns = {}
    for name in names:
        try:
            columns[name] = pd.Series(_text(table.column(name)), dtype="str")
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError, UnicodeDecodeError) as problem:
            raise StudyError("arrow_unreadable", path, problem=f"{name}: {problem}") from None
    return Raw(pd.DataFrame(columns).set_axis(range(1, table.num_rows + 1)), [])


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
    except (pa.ArrowException, OSError, ValueError, UnicodeDecodeError) as problem:
        raise StudyError("arrow_unreadable", path, problem=problem) from None


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
