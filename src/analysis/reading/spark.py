"""Spark as the engine of a study: it computes from the Parquet files that hold the study's tables, here or on a cluster."""

import atexit
import os
import platform
import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from analysis.errors import RunError
from analysis.folders import is_running
from analysis.settings import Engine

HERE = "127.0.0.1"
"""Where a Spark of one machine finds itself: the machine's own name may lead elsewhere, and results then never arrive."""


def tables(engine: Engine, spill: Path, folders: Mapping[str, Path]) -> dict[str, Any]:
    """Tables that lie as Parquet in a folder each, of which nothing is read yet.

    Raises
    ------
    RunError
        `spark_absent`, `spark_not_started`.
    """
    session = _session(engine, spill)
    return {name: session.read.parquet(str(folder.absolute())) for name, folder in folders.items()}


@cache
def own_folder(spill: Path) -> Path:
    """The folder of this process for what does not fit into memory; those of ended processes go when it begins and ends.

    A notebook's process is ended from outside, and can't tidy up by itself.
    """
    machine = f"spark-{platform.node()}-"
    made = spill / f"{machine}{os.getpid()}"

    def tidy() -> None:
        for path in spill.glob(f"{machine}*"):
            process = path.name.removeprefix(machine)
            if path == made or (process.isdecimal() and not is_running(int(process))):
                shutil.rmtree(path, ignore_errors=True)

    tidy()
    made.mkdir()
    atexit.register(tidy)
    return made


def _session(engine: Engine, spill: Path) -> Any:
    """The session of this process: the first that was asked for."""
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise RunError("spark_absent") from None
    builder = SparkSession.builder.appName("community-governance")
    for name, value in _options(engine, spill).items():
        builder = builder.config(name, value)
    try:
        session = builder.getOrCreate()
    except (PySparkException, Py4JError, OSError) as problem:
        first, *_ = str(problem).strip().splitlines() or [type(problem).__name__]
        raise RunError("spark_not_started", problem=first) from None
    session.sparkContext.setLogLevel("ERROR")
    return session


def _options(engine: Engine, spill: Path) -> dict[str, str]:
    memory = f"{engine.memory_bytes // 2**20}m"
    options = {
        "spark.driver.memory": memory,
        "spark.executor.memory": memory,
        "spark.local.dir": str(own_folder(spill).absolute()),
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.session.timeZone": "UTC",
    }
    if engine.master:
        limit = {"spark.cores.max": str(engine.threads)} if engine.threads else {}
        return {**options, "spark.master": engine.master, **limit}
    threads = str(engine.threads or os.cpu_count() or 1)
    here = {"spark.master": f"local[{threads}]", "spark.driver.host": HERE, "spark.sql.shuffle.partitions": threads}
    return options | here
