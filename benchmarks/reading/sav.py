"""How long an SPSS file of 200,000 cases × 100 variables takes to become text, beside pyreadstat alone.

Run from the repository: `.venv/bin/python benchmarks/reading/sav.py`, which makes the file in a temporary folder (80 MB) and
writes sav.csv beside itself: the least of the repeats, since other programs only add to it.
"""

import datetime
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pyreadstat

from analysis.reading.formats import spss
from analysis.settings import FileSource

CASES = 200_000
REPEATS = 7
LABELS = {1: "非常满意", 2: "满意", 3: "一般", 4: "不满意", 5: "非常不满意", 98: "不知道", 99: "拒答"}
SHARES = [0.2, 0.2, 0.2, 0.2, 0.1, 0.04, 0.03, 0.03]


def survey() -> pd.DataFrame:
    """70 labelled codes (three in a hundred missing), 15 numbers, 5 ids, 8 texts and 2 dates."""
    generator = np.random.default_rng(1)
    days = np.array([datetime.date(2021, 1, 1) + datetime.timedelta(day) for day in range(365)], dtype=object)
    texts = ["", "东湖区", "西湖区", "青云谱区", "其他原因，请说明"]
    columns: dict[str, object] = {f"q{i}": generator.choice([*LABELS, np.nan], CASES, p=SHARES) for i in range(70)}
    columns |= {f"number{i}": generator.normal(size=CASES).round(2) for i in range(15)}
    columns |= {f"id{i}": np.arange(CASES, dtype=float) for i in range(5)}
    columns |= {f"text{i}": generator.choice(texts, CASES).astype(object) for i in range(8)}
    columns |= {f"day{i}": days[generator.integers(0, len(days), CASES)] for i in range(2)}
    return pd.DataFrame(columns)


def seconds(*actions: Callable[[], object]) -> list[float]:
    """The least time that each of some actions took, which take turns."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(REPEATS):
        for times, action in zip(taken, actions, strict=True):
            start = perf_counter()
            action()
            times.append(perf_counter() - start)
    return [min(times) for times in taken]


def main() -> None:
    """Make the file, time both, and write sav.csv."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "survey.sav"
        labelled = [f"q{i}" for i in range(70)]
        pyreadstat.write_sav(
            survey(),
            path,
            row_compress=True,
            variable_value_labels=dict.fromkeys(labelled, LABELS),
            missing_ranges={name: [98, 99] for name in labelled},
        )
        source = FileSource(file=path.name, columns={})
        alone, ours = seconds(lambda: pyreadstat.read_sav(path), lambda: spss.read(path, source))
    rows = pd.DataFrame({"what": ["pyreadstat", "analysis.reading.formats.spss"], "seconds": [alone, ours]})
    rows["of_yardstick"] = rows["seconds"] / alone
    rows.round(2).to_csv(Path(__file__).with_name("sav.csv"), index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
