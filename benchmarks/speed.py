"""How fast the inference kernel is, beside the least that has to be done and beside svy.

The yardstick is what no implementation can do without: the sums of w and of w·y by cluster and domain, two
`np.bincount` over codes that are ready. Each row of the table is measured in a process of its own, five times after
one warm-up, with the garbage collector off (as `timeit` does): the median, and the process's largest resident memory.

Run from the repository: `.venv/bin/python benchmarks/speed.py`, which writes speed.csv beside itself. svy is measured
where it is installed (`.bootstrap/bin/uv sync --extra benchmarks`).
"""

import gc
import importlib.util
import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

import numpy as np
import pandas as pd
from survey_data import survey

REPEATS = 5
CASES = [
    (rows, domains, keys, what)
    for rows in (100_000, 1_000_000, 10_000_000)
    for domains in (12, 1200)
    for keys, what in (
        ("integer", "yardstick"),
        ("integer", "mean, whole call"),
        ("integer", "mean, keys coded"),
        ("string", "mean, whole call"),
        ("string", "pandas factorises the keys"),
        ("string", "ours codes the keys"),
        ("integer", "gini of a count"),
        ("integer", "gini of an amount"),
        ("integer", "svy mean"),
    )
    if not (what == "svy mean" and rows * domains > 1_000_000_000)
    if not (keys == "string" and rows == 10_000_000 and domains == 1200)
]


def seconds(call: Callable[[], object], repeats: int = REPEATS) -> float:
    """The median time of a call."""
    call()
    gc.disable()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        call()
        times.append(perf_counter() - start)
    gc.enable()
    return median(times)


def prepared(rows: int, domains: int, keys: str, what: str) -> Callable[[], object]:
    """The call that is measured."""
    frame = survey(rows, domains, keys)
    if what == "svy mean":
        return _svy(frame)
    if what == "yardstick":
        codes = frame["cluster"].to_numpy() * domains + frame["group"].to_numpy()
        weight, acts = frame["weight"].to_numpy(), frame["acts"].to_numpy().astype(float)
        return lambda: (np.bincount(codes, weight), np.bincount(codes, weight * acts))
    if what == "pandas factorises the keys":
        return lambda: [pd.factorize(frame[c], sort=c == "group") for c in ("cluster", "stratum", "group")]
    from analysis.inference import SurveyDesign, gini, mean
    from analysis.inference.coding import coded

    if what == "ours codes the keys":
        return lambda: [coded(frame[column], in_order=column == "group") for column in ("cluster", "stratum", "group")]
    design = SurveyDesign(weights="weight", strata="stratum", clusters="cluster")
    if what == "mean, whole call":
        return lambda: mean(frame, "acts", design, "group")
    if what == "mean, keys coded":
        sample = design.sample(frame)
        return lambda: mean(frame, "acts", sample, "group")
    column = "acts" if what == "gini of a count" else "amount"
    by = "group" if domains > 12 else ()
    return lambda: gini(frame, column, design, by)


def _svy(frame: pd.DataFrame) -> Callable[[], object]:
    import polars
    import svy

    sample = svy.Sample(
        data=polars.from_pandas(frame), design=svy.Design(stratum="stratum", psu="cluster", wgt="weight")
    )
    return lambda: sample.estimation.mean(y="acts", by="group")


def measured(rows: int, domains: int, keys: str, what: str) -> dict[str, object]:
    """One row of the table, from this process."""
    call = prepared(rows, domains, keys, what)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    time = seconds(call, 1 if what == "svy mean" and rows * domains > 10_000_000 else REPEATS)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"seconds": time, "peak_mb": peak / 1024, "data_mb": before / 1024}


def table() -> pd.DataFrame:
    """Every case, each from a process of its own, with its time over that of the yardstick."""
    found = []
    for case in CASES:
        if case[3] == "svy mean" and importlib.util.find_spec("svy") is None:
            continue
        ended = subprocess.run([sys.executable, __file__, json.dumps(case)], capture_output=True, text=True, check=True)
        found.append(dict(zip(("rows", "domains", "keys", "what"), case, strict=True)) | json.loads(ended.stdout))
        print(found[-1], file=sys.stderr, flush=True)
    made = pd.DataFrame(found)
    least = made[made["what"] == "yardstick"].set_index(["rows", "domains"])["seconds"]
    made["times_yardstick"] = (
        made["seconds"] / least.reindex(list(zip(made["rows"], made["domains"], strict=True))).to_numpy()
    )
    return made


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measured(*json.loads(sys.argv[1]))))
    else:
        result = table()
        result.to_csv(Path(__file__).with_name("speed.csv"), index=False, float_format="%.4g")
        print(result.to_string(index=False))
