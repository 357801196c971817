"""Parquet: the catalogue's keys in their types, and a second column that says why values are missing."""

from pathlib import Path
from typing import Any

import pyarrow as pa
from pyarrow import parquet

from analysis.export import mapping
from analysis.export.columns import Column, Table, as_text
from analysis.reading.convert import MISSING

TYPES = {"count": pa.int64(), "year": pa.int64(), "number": pa.float64(), "boolean": pa.bool_(), "date": pa.date32()}
"""Types of columns that are not text."""


def write(table: Table, folder: Path) -> tuple[str, dict[str, Any]]:
    """Write `<table>.parquet`, with labels as the metadata of its fields; return its name and how study.yml reads it."""
    fields, arrays, columns = [], [], {}
    for column in table.columns:
        kind = TYPES.get(column.type, pa.string())
        fields.append(pa.field(column.name, kind, metadata={"label": column.label}))
        arrays.append(_array(column, kind))
        reasons = {reason: reason for reason in column.reasons.dropna().unique()}
        if reasons:
            fields.append(pa.field(column.name + MISSING, pa.string()))
            arrays.append(pa.array(column.reasons, pa.string(), from_pandas=True))
        if not column.is_computed:
            columns[column.name] = mapping.beside(column, column.name, column.name + MISSING, reasons)
    file = f"{table.name}.parquet"
    parquet.write_table(pa.Table.from_arrays(arrays, schema=pa.schema(fields)), folder / file)
    return file, {"file": file, "columns": columns}


def _array(column: Column, kind: pa.DataType) -> pa.Array:
    if kind == pa.string():
        return pa.array(as_text(column).where(column.reasons.isna(), None), kind, from_pandas=True)
    if kind == pa.date32():
        return pa.array(column.values.astype("datetime64[s]"), from_pandas=True).cast(kind)
    return pa.array(column.values, kind, from_pandas=True)
