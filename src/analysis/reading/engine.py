"""The engine of a study whose tables may be larger than memory, with what study.yml lets it take up.

DuckDB reads the raw files, whichever engine computes from the accepted tables.
"""

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from analysis import locations
from analysis.errors import RunError, StudyError
from analysis.folders import FULL
from analysis.reading import spark
from analysis.settings import Engine
from analysis.settings.engine import SPARK

OFFLOADED = "max_temp_directory_size"
"""In the message of DuckDB when it may not, or can't, put more into its spill folder."""
NO_SPACE = "No space left on device"
PARTS = "part-*.parquet"
"""The files of a table's folder."""
SPILL = ".spill"
"""The folder, beside the tables, for what does not fit into memory, where study.yml names none."""


def spill_folder(engine: Engine, study: Path) -> Path:
    """The folder for what does not fit into memory: that of study.yml, else one that is made beside the study's tables."""
    if engine.spill:
        return study / engine.spill
    made = locations.processed_folder(study.name) / SPILL
    made.mkdir(parents=True, exist_ok=True)
    return made


def connect(engine: Engine, spill: Path) -> duckdb.DuckDBPyConnection:
    """A connection that keeps to what study.yml says of memory, threads and spill.

    Parameters
    ----------
    spill
        The folder for what does not fit into memory, which is there.

    Raises
    ------
    StudyError
        `spill_not_writable`.
    """
    try:
        with tempfile.TemporaryFile(dir=spill):
            pass
    except OSError as problem:
        raise StudyError("spill_not_writable", spill, problem=problem.strerror or problem) from None
    options: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": engine.memory,
        "temp_directory": str(spill),
        **({"threads": str(engine.threads)} if engine.threads else {}),
    }
    connection = duckdb.connect(config=options)
    connection.execute("set enable_progress_bar = false")
    return connection


def opened(
    engine: Engine, connection: duckdb.DuckDBPyConnection, spill: Path, folders: Mapping[str, Path]
) -> dict[str, Any]:
    """Tables that lie as Parquet in a folder each, as the engine reads them.

    Raises
    ------
    RunError
        `spark_absent`, `spark_not_started`.
    """
    if engine.name == SPARK:
        return spark.tables(engine, spill, folders)
    connection.execute("set preserve_insertion_order = true")  # what is read of a table is read in its order
    return {name: connection.read_parquet(f"{folder}/{PARTS}") for name, folder in folders.items()}


def handed_on(
    engine: Engine, connection: duckdb.DuckDBPyConnection, spill: Path, names: Iterable[str]
) -> dict[str, Any]:
    """Tables of a connection as the engine of the study reads them: Spark from files in a folder of this process.

    Raises
    ------
    RunError
        `spark_absent`, `spark_not_started`.
    """
    if engine.name != SPARK:
        return {name: connection.table(name) for name in names}
    place = Path(tempfile.mkdtemp(prefix="laid-out-", dir=spark.own_folder(spill)))
    folders = {name: place / name for name in names}
    for name, folder in folders.items():
        folder.mkdir()
        written_parquet(connection, f"from {name}", folder)
    return spark.tables(engine, spill, folders)


def written_parquet(connection: duckdb.DuckDBPyConnection, rows: str, folder: Path, options: str = "") -> None:
    """Write rows that a connection selects into a folder of Parquet."""
    path = str(folder / PARTS.replace("*", "0000")).replace("'", "''")
    connection.execute(f"copy ({rows}) to '{path}' (format parquet{options})")


@contextmanager
def limits_told(engine: Engine, spill: Path) -> Iterator[None]:
    """Say in the reader's words that the engine came to the end of its memory, or of its spill folder.

    Raises
    ------
    RunError
        `spill_full`, `engine_memory`.
    """
    try:
        yield
    except duckdb.Error as problem:
        if OFFLOADED in str(problem) or NO_SPACE in str(problem):
            raise RunError("spill_full", spill) from None
        if isinstance(problem, duckdb.OutOfMemoryException):
            raise RunError("engine_memory", memory=engine.memory) from None
        raise
    except OSError as problem:
        if problem.errno in FULL:
            raise RunError("spill_full", spill) from None
        raise
