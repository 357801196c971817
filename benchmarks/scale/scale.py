"""What measures of large registers cost in memory, on DuckDB and on Spark, beside bare sums on the same engine in the same run.

Run from the repository: `.venv/bin/python benchmarks/scale/scale.py [FOLDER [ROWS …]]`, which makes the registers in FOLDER
(1.1 GB for 100 million rows; a temporary one without) and writes scale.csv beside itself. Each case has a process of its own.
Spark wants Java and `uv sync --extra spark`.
"""

import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb
import made
import runs

ROWS = (1_000_000, 10_000_000, 100_000_000)
MEMORY = "4GB"
YARDSTICK = "bare sums, 12 domains"
IN_MEMORY_MOST = 10_000_000
ON_SPARK = (
    YARDSTICK,
    "means, 12 domains",
    "bare sums, 1,200 domains",
    "means, 1,200 domains",
    "shares, 12 domains",
    "Gini of a count, 12 domains",
    "Rao–Scott test",
)
Call = Callable[[Any], object]


def cases() -> dict[str, Call]:
    """What is measured, of a table."""
    from analysis import inference

    clustered = inference.SurveyDesign(weights="weight", strata="stratum", clusters="cluster")
    by_rows = inference.SurveyDesign(weights="weight", strata="stratum")

    def bare(domain: str) -> Call:
        keys, sums = ["stratum", "cluster", domain], ["count(*)", "sum(weight)", "sum(weight * hours)"]

        def call(table: Any) -> object:
            if isinstance(table, duckdb.DuckDBPyRelation):
                return table.aggregate(", ".join([*keys, *sums])).to_arrow_table()
            from pyspark.sql.functions import expr

            return table.groupBy(*keys).agg(*map(expr, sums)).toArrow()

        return call

    return {
        YARDSTICK: bare("domain"),
        "means, 12 domains": lambda table: inference.mean(table, "hours", clustered, "domain"),
        "means, 12 domains, rows drawn": lambda table: inference.mean(table, "hours", by_rows, "domain"),
        "bare sums, 1,200 domains": bare("small_domain"),
        "means, 1,200 domains": lambda table: inference.mean(table, "hours", clustered, "small_domain"),
        "bare sums, 1,200 communities": bare("community"),
        "means, 1,200 communities": lambda table: inference.mean(table, "hours", clustered, "community"),
        "shares, 12 domains": lambda table: inference.proportion(table, "is_volunteer", clustered, "domain"),
        "Gini of a count, 12 domains": lambda table: inference.gini(table, "acts", clustered, "domain"),
        "Theil, 12 domains": lambda table: inference.theil(table, "hours", clustered, "domain"),
        "Gini of amounts": lambda table: inference.gini(table, "hours", clustered),
        "median of amounts": lambda table: inference.median(table, "hours", clustered),
        "Rao–Scott test": lambda table: inference.chi_square(table, "domain", "is_volunteer", clustered),
    }


def places(case: str, rows: int) -> list[str]:
    """Where the table of a case lies."""
    is_bare = case.startswith("bare")
    in_memory = ["memory"] if rows <= IN_MEMORY_MOST and not is_bare else []
    return [*in_memory, "DuckDB", *(["Spark"] if case in ON_SPARK else [])]


def opened(place: str, folder: Path) -> object:
    """The table; on an engine nothing of it is read yet."""
    if place == "Spark":
        from pyspark.sql import SparkSession

        session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
        session = session.config("spark.driver.host", "127.0.0.1").config("spark.driver.memory", "4g")
        return session.config("spark.sql.shuffle.partitions", "4").getOrCreate().read.parquet(str(folder))
    duckdb.sql(f"set memory_limit = '{MEMORY}'; set temp_directory = '{folder.parent / 'spilled'}'")
    table = duckdb.read_parquet(str(folder / "*.parquet"))
    return table.df() if place == "memory" else table


def measured(case: str, place: str, folder: Path) -> dict[str, float]:
    """Seconds to open the table (to start the engine, or to read it into memory) and of the measure, and the peak of memory.

    Of Spark, whose engine is another process, only the memory of this one is known.
    """
    call, start = cases()[case], perf_counter()
    table, at = opened(place, folder), perf_counter()
    call(table)
    return {"opening": at - start, "seconds": perf_counter() - at, "peak_mb": runs.peak_mb()}


def main(folder: Path, sizes: list[int]) -> None:
    """Measure every case on registers of every size."""
    rows = []
    for size in sizes:
        register, yardstick = made.register(folder, size), None
        for case, place in ((one, place) for one in cases() for place in places(one, size)):
            found = runs.measured(__file__, case, place, str(register))
            yardstick = yardstick or found["seconds"]
            row = [f"{size:,}", case, place, f"{found['opening']:.2f}", f"{found['seconds']:.2f}"]
            rows.append([*row, f"{found['seconds'] / yardstick:.2f}", f"{found['peak_mb']:.0f}"])
            print(*rows[-1], sep="\t", flush=True)
    runs.write(__file__, ["rows", "what", "rows_lie_in", "opening", "seconds", "of_yardstick", "peak_mb"], rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(measured(sys.argv[2], sys.argv[3], Path(sys.argv[4]))))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            chosen = Path(sys.argv[1]) if sys.argv[1:] else Path(temporary)
            main(chosen, [int(size) for size in sys.argv[2:]] or list(ROWS))
