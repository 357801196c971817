"""The engine of a study whose tables may be larger than memory: DuckDB, with what study.yml lets it take up."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from analysis import locations
from analysis.errors import RunError, StudyError
from analysis.folders import FULL
from analysis.settings import Engine

OFFLOADED = "max_temp_directory_size"
"""In the message of DuckDB when it may not, or can't, put more into its spill folder."""
NO_SPACE = "No space left on device"


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
    return duckdb.connect(config=options)


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
