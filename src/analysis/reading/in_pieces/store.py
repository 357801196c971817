"""A reading on the disk: each table a folder of Parquet, and beside them what else reading tells."""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from analysis.reading.faults import Fault
from analysis.reading.in_pieces.stamp import Stamp
from analysis.reading.result import Reading

TOLD = "reading"
"""The folder of what is no table."""
STAMP = "stamp.json"
QUARANTINE = "quarantine.parquet"
LISTED = 100_000
"""So many faults are listed in memory; all of them are on the disk."""
FRAMES = ("counts", "links", "notes", "columns", "fates", "exclusions", "rules", "skips")
FAULT = pa.schema([(name, pa.int64() if name == "row" else pa.large_string()) for name in ("table", *Fault._fields)])


class Quarantine:
    """Writes faults as they are found."""

    def __init__(self, folder: Path) -> None:
        self._file = parquet.ParquetWriter(folder / QUARANTINE, FAULT)

    def add(self, table: str, faults: Iterable[Fault]) -> None:
        """Write the faults of some rows of a table."""
        rows = [(table, *fault) for fault in faults]
        if rows:
            columns = [pa.array(cells, field.type) for cells, field in zip(zip(*rows, strict=True), FAULT, strict=True)]
            self._file.write_table(pa.Table.from_arrays(columns, schema=FAULT))

    def close(self) -> None:
        """Write what is still held."""
        self._file.close()


def write(folder: Path, frames: Mapping[str, pd.DataFrame], digests: Mapping[str, str], stamp: Stamp) -> None:
    """Write what is no table, with the stamp of the reading."""
    for name in FRAMES:
        frames[name].to_parquet(folder / f"{name}.parquet")
    told = {"stamp": stamp._asdict(), "digests": digests}
    (folder / STAMP).write_text(json.dumps(told, indent=1), encoding="utf-8")


def kept_stamp(store: Path) -> Mapping[str, Any] | None:
    """The stamp of the reading that a folder holds; nothing where it holds no whole one."""
    try:
        told: Mapping[str, Any] = json.loads((store / TOLD / STAMP).read_text(encoding="utf-8"))["stamp"]
    except (OSError, ValueError, KeyError):
        return None
    return told


def opened(store: Path, relations: Mapping[str, Any]) -> Reading:
    """The reading that a folder holds, with its tables as an engine reads them."""
    folder = store / TOLD
    frames = {name: pd.read_parquet(folder / f"{name}.parquet") for name in FRAMES}
    digests = json.loads((folder / STAMP).read_text(encoding="utf-8"))["digests"]
    return Reading(
        tables={**relations},
        quarantine=_first_faults(folder / QUARANTINE),
        digests=digests,
        **frames,
    )


def _first_faults(path: Path) -> pd.DataFrame:
    """As many faults as are listed in memory."""
    with parquet.ParquetFile(path) as file:
        batches = islice(file.iter_batches(LISTED), 1)
        return pa.Table.from_batches(batches, FAULT).to_pandas()
