"""How long a million respondents × 60 columns take from CSV to data/processed, and how much memory, beside bare reading.

Run from the repository: `.venv/bin/python benchmarks/reading/reading.py [FOLDER]`, which makes the file in FOLDER (0.4 GB;
a temporary one without) and writes reading.csv beside itself. Each case has a process of its own; the file is in the
system's cache, and nothing is said of the disk.
"""

import json
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import made
import pandas as pd
import yaml

ROWS = 1_000_000
REPEATS = 3
YARDSTICK = "pyarrow, columns typed by themselves"
CASES = (YARDSTICK, "the same as text", "one table of 26 columns", "three tables of all 60, 18 million rows")


def steps(case: str, folder: Path) -> dict[str, Callable[[], object]]:
    """What is timed, in order."""
    import pyarrow as pa
    import pyarrow.csv

    if case == YARDSTICK:
        return {"read": lambda: pyarrow.csv.read_csv(folder / "survey.csv")}
    if case == "the same as text":
        names = pyarrow.csv.open_csv(folder / "survey.csv").schema.names
        as_text = pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()))
        return {"read": lambda: pyarrow.csv.read_csv(folder / "survey.csv", convert_options=as_text)}
    from analysis import locations, study
    from analysis.reporting import processed

    locations.PROCESSED = folder / "written"
    name = str(folder / ("one" if case.startswith("one") else "three"))
    opened = []
    return {
        "read": lambda: opened.append(study.open(name, str(folder))),
        "write": lambda: processed.write(opened[0]),
    }


def measured(case: str, folder: Path) -> dict[str, float]:
    """Seconds of each step and the largest resident memory of this process."""
    times = {}
    for step, call in steps(case, folder).items():
        start = perf_counter()
        call()
        times[step] = perf_counter() - start
    return times | {"peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def studies(folder: Path) -> None:
    """The study as it is made, and the same with the table of respondents only."""
    whole = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
    parts = {"three": whole, "one": whole | {"tables": {"respondents": whole["tables"]["respondents"]}}}
    for name, content in parts.items():
        (folder / name).mkdir(exist_ok=True)
        (folder / name / "study.yml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        (folder / name / "origin.yml").write_bytes((folder / "origin.yml").read_bytes())


def table(folder: Path) -> pd.DataFrame:
    """Every case: the median of the runs, and its time over that of the yardstick."""
    made.write(folder, ROWS)
    studies(folder)
    found = []
    for case in CASES:
        runs = []
        for _ in range(REPEATS):
            command = [sys.executable, __file__, str(folder), case]
            runs.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
            print(case, runs[-1], file=sys.stderr, flush=True)
        found.append({"case": case} | pd.DataFrame(runs).median().to_dict())
    result = pd.DataFrame(found)
    total = result["read"] + result["write"].fillna(0)
    return result.assign(seconds=total, times_yardstick=total / total[0])


if __name__ == "__main__":
    if len(sys.argv) > 2:
        print(json.dumps(measured(sys.argv[2], Path(sys.argv[1]))))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            result = table(Path(sys.argv[1] if len(sys.argv) > 1 else temporary))
        result.to_csv(Path(__file__).with_name("reading.csv"), index=False, float_format="%.4g")
        print(result.to_string(index=False))
