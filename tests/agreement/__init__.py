"""Our numbers beside R's, row by row.

Each module of this folder answers one reference file, or the cases of one that match its `CASES`: it computes what
the file's cases ask for, with the package's public calls, and names the rows whose definition is not ours, each with
the reason. `test_agreement.py` holds the answers to the file, and `python -m agreement` (in this folder's parent)
prints how many rows there are and how close they come.

The whole files lie in `shared/reference` beside the repository; a sample of their rows, with the data that they need,
is in `tests/reference` and stands in for them elsewhere.
"""

import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.study import ROOT

SHARED = ROOT.parent / "shared" / "reference"
SAMPLE = Path(__file__).parents[1] / "reference"
ON_SEVERAL = {"11_inequality_formulas": r"^ineq\."}
"""The cases of a file that were each computed on several data sets: here the data set is a part of their names."""
FILES = (
    "association",
    "calibrated",
    "complex_step",
    "convey",
    "convey_decompositions",
    "decompositions",
    "dineq",
    "formulas",
    "hazard",
    "intervals",
    "likert",
    "lonely",
    "means",
    "quantiles",
    "regression",
    "reliability",
    "replicates",
    "survival",
    "tenure",
)
"""The modules of this folder that answer reference rows."""
KEY = ["case", "domain", "term", "quantity"]
TOLERANCE = 1e-9
"""Relative; a module names the rows that R itself knows less well (`TOLERANCES`)."""
NEARLY_ZERO = 1e-14
"""Differences below so much of a case's largest value are none: an error that is 0 in theory is rounding noise in both."""


class Answer(NamedTuple):
    """One of our numbers and the row that it answers."""

    case: str
    domain: str
    term: str
    quantity: str
    value: float


def has_shared() -> bool:
    """Whether the whole reference files are beside this clone."""
    return SHARED.is_dir()


@cache
def rows(file: str) -> pd.DataFrame:
    """The rows of a reference file, or of its sample, where it has any; values as numbers."""
    path = (SHARED if has_shared() else SAMPLE) / f"{file}.csv"
    if not path.is_file():
        return pd.DataFrame(columns=[*KEY, "dataset", "value"])
    table = pd.read_csv(path, dtype="str", keep_default_na=False)
    if file in ON_SEVERAL:
        is_one = ~table["case"].str.contains(ON_SEVERAL[file])
        table["case"] = table["case"].where(is_one, table["case"] + " of " + table["dataset"])
    return table.assign(value=pd.to_numeric(table["value"], errors="coerce"))


@cache
def data(name: str) -> pd.DataFrame:
    """One of the data sets that R computed on, in R's row order; a missing value is missing."""
    folder = SHARED if has_shared() else SAMPLE
    return pd.read_csv(folder / "data" / f"{name}.csv")


def has_data(name: str) -> bool:
    """Whether a data set is here."""
    return ((SHARED if has_shared() else SAMPLE) / "data" / f"{name}.csv").is_file()


def cases(file: ModuleType) -> list[str]:
    """The cases that a module answers."""
    every = rows(file.FILE)["case"].unique()
    return [case for case in every if re.search(getattr(file, "CASES", ""), case)]


def answered(file: ModuleType) -> pd.DataFrame:
    """The rows of a file with our answer to each (`ours`), or the reason why there is none (`reason`), and their distance.

    Returns
    -------
    pandas.DataFrame
        `difference` is relative; 0 where both are missing, missing where there is no answer.
    """
    table = rows(file.FILE)
    table = table[table["case"].isin(cases(file))]
    answers = pd.DataFrame(file.answers(), columns=[*KEY, "ours"]).drop_duplicates(KEY)
    table = table.merge(answers, on=KEY, how="left", indicator=True)
    table["is_answered"] = table.pop("_merge") == "both"
    table["reason"] = [_reason(file.NOT_OURS, row) for row in table.itertuples()]
    both_missing = table["value"].isna() & table["ours"].isna()
    apart = (table["ours"] - table["value"]).abs()
    largest = table["value"].abs().groupby([table["case"], table["quantity"] == "cov"]).transform("max")
    noise = NEARLY_ZERO * largest.where(
        table["quantity"] != "cov", table.groupby("case")["value"].transform("max") ** 2
    )
    relative = (apart / table["value"].abs().clip(lower=1e-300)).where(apart > noise, 0.0)
    table["difference"] = relative.mask(apart.isna(), np.inf).mask(both_missing, 0.0).where(table["is_answered"])
    table["tolerance"] = [_tolerance(file, row) for row in table.itertuples()]
    return table


def _reason(not_ours: Mapping[str, str], row: NamedTuple) -> str:
    named = "|".join(str(getattr(row, part)) for part in KEY)
    return next((reason for pattern, reason in not_ours.items() if re.search(pattern, named)), "")


def _tolerance(file: ModuleType, row: NamedTuple) -> float:
    named = "|".join(str(getattr(row, part)) for part in KEY)
    special: Iterable[tuple[str, float]] = getattr(file, "TOLERANCES", {}).items()
    return next((tolerance for pattern, tolerance in special if re.search(pattern, named)), TOLERANCE)
