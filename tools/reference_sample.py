"""Take the sample of reference rows, and the data that they need, that every clone tests against.

`python tools/reference_sample.py ../shared/reference` writes tests/reference/NN_*.csv and tests/reference/data. Rows are taken
unchanged: for each file, those of the cases on the small public data sets below, thinned so that each case keeps its first few.
"""

import shutil
import sys
from pathlib import Path

import pandas as pd

TARGET = Path(__file__).parents[1] / "tests" / "reference"
SCHOOLS = [
    "stype",
    "sch.wide",
    "comp.imp",
    "api00",
    "api99",
    "enroll",
    "api.stu",
    "ell",
    "meals",
    "mobility",
    "avg.ed",
    "pw",
]
DATA = {
    "apistrat": ["rowid", *SCHOOLS, "fpc"],
    "apiclus1": ["rowid", "dnum", *SCHOOLS, "fpc"],
    "apiclus2": ["rowid", "dnum", "snum", *SCHOOLS, "fpc1", "fpc2"],
    "scd": None,
    "hospital": None,
    "tenure": None,
    "reps_scd.BRR_given": None,
}
"""The data sets and their columns; None is all of them."""
WRITTEN_OUT = ["1:10", "counts_with_zeros", "apistrat$enroll"]
"""Data sets that need no file."""
LARGE = "bootstrap"
"""Cases that need a large matrix of replicate weights."""
ROWS_A_CASE = 4
CASES_A_FILE = 40


def sampled(table: pd.DataFrame) -> pd.DataFrame:
    """Some rows of a reference file, of many cases, on the data sets that are given."""
    here = table[table["dataset"].isin([*DATA, *WRITTEN_OUT])]
    cases = here.loc[~here["case"].str.contains(LARGE), "case"].drop_duplicates()
    chosen = cases.iloc[:: max(1, -(-len(cases) // CASES_A_FILE))]
    return here[here["case"].isin(chosen)].groupby("case", sort=False).head(ROWS_A_CASE)


def main(source: Path) -> None:
    """Write the sample."""
    (TARGET / "data").mkdir(exist_ok=True)
    for name, columns in DATA.items():
        table = pd.read_csv(source / "data" / f"{name}.csv", dtype="str", keep_default_na=False)
        table[columns or list(table)].to_csv(TARGET / "data" / f"{name}.csv", index=False)
        described = source / "data" / f"{name}.json"
        if described.is_file():
            shutil.copy(described, TARGET / "data")
    for file in sorted(source.glob("[0-9]*.csv")):
        sample = sampled(pd.read_csv(file, dtype="str", keep_default_na=False))
        if len(sample):
            sample.to_csv(TARGET / file.name, index=False)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
