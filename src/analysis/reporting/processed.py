"""What reading accepted and what it set aside, as files for the researcher's own eyes: data/processed/<study>/.

They hold persons, though nothing that names one, and are not in git; what leaves the project goes through a page.
"""

import codecs
import os
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.csv

from analysis import locations
from analysis.catalogue import Catalogue
from analysis.errors import RunError
from analysis.reading.convert import MISSING
from analysis.reading.persons.protection import masked
from analysis.reporting.tables import FORMULA_STARTS
from analysis.study import Study


def folder_of(name: str) -> Path:
    """Where the files of a study lie."""
    return locations.processed_folder(name)


def write(study: Study) -> Path:
    """Write the accepted tables, the quarantine, what was excluded, the counts and what linking did, each whole or not at all.

    Columns that identify a person are left out, but for the ids that hold tables together; a fault's personal value is not
    repeated, since file, row and column say where it stands.

    Raises
    ------
    RunError
        `not_writable`.
    """
    folder = folder_of(study.name)
    reading = study.reading
    in_memory = [name for name in reading.tables if not study.is_on_engine(name)]  # the others lie there as Parquet
    frames = {name: without_identity(study.table(name), name, study.catalogue) for name in in_memory}
    for name in ("quarantine", "skips"):
        told = getattr(reading, name)
        frames[name] = told.assign(value=masked(told, study.catalogue))
    frames |= {name: getattr(reading, name) for name in ("counts", "links", "notes", "exclusions", "rules")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            write_table(folder / f"{name}.csv", frame)
    except OSError as problem:
        raise RunError("not_writable", folder, problem=problem.strerror or str(problem)) from None
    return folder


def without_identity(frame: pd.DataFrame, table: str, catalogue: Catalogue) -> pd.DataFrame:
    """A table without the columns that identify its persons, birth dates among them; years of birth stay."""
    key = catalogue.table(table)["key"]
    personal = [name for name in catalogue.columns_of(table) if catalogue.column(name).get("identifying")]
    left_out = {name + end for name in personal if name not in key for end in ("", MISSING)}
    return frame[[name for name in frame if name not in left_out]]


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table as CSV, whole or not at all; a text that a spreadsheet would take for a formula gets a quote mark."""
    beside = path.with_suffix(f".{os.getpid()}.part")
    table = _cells(frame)
    try:
        _write_csv(table, beside, "none")
    except pa.ArrowInvalid:  # a text holds a comma, a quote mark or a line break
        _write_csv(table, beside, "needed")
    beside.replace(path)


def _write_csv(table: pa.Table, path: Path, quoting: str) -> None:
    with path.open("wb") as file:
        file.write(codecs.BOM_UTF8 + (",".join(table.column_names) + "\n").encode())
        pyarrow.csv.write_csv(table, file, pyarrow.csv.WriteOptions(include_header=False, quoting_style=quoting))


def _cells(frame: pd.DataFrame) -> pa.Table:
    """Numbers as numbers, anything else as text that no spreadsheet takes for a formula."""
    texts = {
        name: _harmless(frame[name].astype("str"))
        for name in frame
        if not pd.api.types.is_any_real_numeric_dtype(frame[name])
    }
    return pa.Table.from_pandas(frame.assign(**texts), preserve_index=False)


def _harmless(column: pd.Series) -> pd.Series:
    risky = column.str[:1].isin(FORMULA_STARTS)
    return column.mask(risky, "'" + column) if risky.any() else column
