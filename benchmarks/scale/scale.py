"""What measures of large registers cost on DuckDB, beside bare sums of the same columns in the same run.

Run from the repository: `.venv/bin/python benchmarks/scale/scale.py [FOLDER [ROWS …]]`, which makes the registers in FOLDER
(1.1 GB for 100 million rows; a temporary one without) and writes scale.csv beside itself. Each case has a process of its own.
"""

import csv
import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import duckdb
import made

ROWS = (1_000_000, 10_000_000, 100_000_000)
MEMORY = "4GB"
YARDSTICK = "bare sums, 12 domains"
IN_MEMORY_MOST = 10_000_000


def cases() -> dict[str, Callable[[object, str], object]]:
    """What is measured: takes the table and the pattern of its files."""
    from analysis import inference

    clustered = inference.SurveyDesign(weights="weight", strata="stratum", clusters="cluster")
    by_rows = inference.SurveyDesign(weights="weight", strata="stratum")

    def bare(domain: str) -> Callable[[object, str], object]:
        sums = "count(*), sum(weight), sum(weight * hours)"
        return lambda table, files: duckdb.sql(
            f"select stratum, cluster, {domain}, {sums} from '{files}' group by all"
        ).to_arrow_table()

    def in_memory(table: object, files: str) -> object:
        frame = duckdb.sql(f"select stratum, cluster, domain, weight, hours from '{files}'").df()
        return inference.mean(frame, "hours", clustered, "domain")

    return {
        YARDSTICK: bare("domain"),
        "means, 12 domains": lambda table, _: inference.mean(table, "hours", clustered, "domain"),
        "means, 12 domains, rows drawn": lambda table, _: inference.mean(table, "hours", by_rows, "domain"),
        "means, 12 domains, read into memory": in_memory,
        "bare sums, 1,200 domains": bare("small_domain"),
        "means, 1,200 domains": lambda table, _: inference.mean(table, "hours", clustered, "small_domain"),
        "shares, 12 domains": lambda table, _: inference.proportion(table, "is_volunteer", clustered, "domain"),
        "Gini of a count, 12 domains": lambda table, _: inference.gini(table, "acts", clustered, "domain"),
        "Theil, 12 domains": lambda table, _: inference.theil(table, "hours", clustered, "domain"),
        "Gini of amounts": lambda table, _: inference.gini(table, "hours", clustered),
        "median of amounts": lambda table, _: inference.median(table, "hours", clustered),
        "Rao–Scott test": lambda table, _: inference.chi_square(table, "domain", "is_volunteer", clustered),
    }


def measured(case: str, folder: Path) -> dict[str, float]:
    """Seconds, and the largest resident memory of this process."""
    duckdb.sql(f"set memory_limit = '{MEMORY}'; set temp_directory = '{folder.parent / 'spilled'}'")
    files = str(folder / "*.parquet")
    call = cases()[case]
    table = duckdb.read_parquet(files)
    start = perf_counter()
    call(table, files)
    seconds = perf_counter() - start
    return {"seconds": seconds, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def main(folder: Path, sizes: list[int]) -> None:
    """Measure every case on registers of every size."""
    rows = []
    for size in sizes:
        register = made.register(folder, size)
        yardstick = None
        for case in cases():
            if case.endswith("memory") and size > IN_MEMORY_MOST:
                continue
            command = [sys.executable, __file__, "--case", case, str(register)]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            yardstick = yardstick or found["seconds"]
            row = [f"{size:,}", case, f"{found['seconds']:.2f}", f"{found['seconds'] / yardstick:.2f}"]
            rows.append([*row, f"{found['peak_mb']:.0f}"])
            print(*rows[-1], sep="\t", flush=True)
    with Path(__file__).with_name("scale.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["rows", "what", "seconds", "of_yardstick", "peak_mb"])
        writer.writerows(rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(measured(sys.argv[2], Path(sys.argv[3]))))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            place = Path(sys.argv[1]) if sys.argv[1:] else Path(temporary)
            main(place, [int(size) for size in sys.argv[2:]] or list(ROWS))
