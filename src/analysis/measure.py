"""The measure table: the one shape between what is computed and what is shown.

One row per estimate. `COLUMNS` are in every measure table; any other column is a dimension that the estimate is
broken down by (a column of a table, or one that the measure adds, such as `age_from`). Proportions are 0–1; percent
exists in labels only.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import quote

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.catalogue import UNKNOWN
from analysis.reading.convert import MISSING

COLUMNS = (
    "measure", "estimate", "se", "low", "high", "coverage", "df", "n", "numerator", "denominator", "unit", "interval", "table",
    "window", "is_weighted", "excluded", "reason", "reliability",
)  # fmt: skip
"""What every row holds.

measure
    The measure's key in the catalogue.
estimate, se, low, high, coverage, df
    The estimate, its standard error, its interval with the nominal coverage of that, and degrees of freedom; missing
    where there is none.
n
    Unweighted number of rows of the source that the estimate rests on.
numerator, denominator
    What was divided, where the estimate is a quotient, unweighted: disclosure control counts persons by them. The
    estimate of a weighted row is another quotient.
unit
    proportion, points, ratio, count, years …, a unit of the catalogue.
interval
    `census` (no sampling error, so no interval), `none`, or how the interval was made: `t`, `korn_graubard`, `wilson` …
table
    The catalogue's table that the rows come from; disclosure control goes by it.
window
    The time that the estimate speaks of: a term, wave, year or stage, or two of them joined by an arrow.
is_weighted
    Whether sampling weights were used.
excluded
    Rows left out of the base, by reason: `birth_date unknown 12; …`, empty where none was.
reason
    Why the estimate is missing, a word of the catalogue; empty where it is not.
reliability
    `show`, `footnote`, `review` or `suppress` (see `analysis.inference.reliability`); empty without a sampling error.
"""

NUMBERS = ("estimate", "se", "low", "high", "coverage", "df", "n", "numerator", "denominator")
"""Columns of numbers."""
BLANK: Mapping[str, object] = {
    "se": np.nan, "low": np.nan, "high": np.nan, "coverage": np.nan, "df": np.nan, "numerator": np.nan, "denominator": np.nan,
    "window": "", "is_weighted": False, "excluded": "", "reason": "", "interval": "none", "reliability": "",
}  # fmt: skip
"""What stands in a column that nobody filled."""
TIMES = ("term", "wave", "year", "stage")
"""Dimensions that are times."""
ARROW = "→"
"""Between the two times of a window."""


def dimensions(table: pd.DataFrame) -> list[str]:
    """The columns that a measure table's estimates are broken down by."""
    return [column for column in table if column not in COLUMNS]


def identified(table: pd.DataFrame) -> list[str]:
    """An id for each row, the same in every run: its measure and what it is of, as `gini_acts[wave=second;sex=women]`.

    The window is named where no dimension says it. Signs of the id itself are written as in an address (`%5B`).
    """
    named = dimensions(table)
    ids = []
    for row in table[["measure", "window", *named]].to_dict("records"):
        told = {column: row[column] for column in named if not pd.isna(row[column])}
        if row["window"] and str(row["window"]) not in {str(value) for value in told.values()}:
            told["window"] = row["window"]
        of = ";".join(f"{column}={_escaped(str(value))}" for column, value in told.items())
        ids.append(f"{row['measure']}[{of}]")
    return ids


def _escaped(text: str) -> str:
    return re.sub(r"[%\[\];=\s]", lambda found: quote(found[0]), text)


def arranged(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with every column of a measure table, dimensions after `measure`, and the counts as numbers.

    The window of a row that names none is the time among its dimensions.
    """
    filled = dict(rows.items())
    blank = {value: pd.Series(value, index=rows.index) for value in {BLANK[column] for column in BLANK.keys() - filled}}
    filled |= {column: blank[value] for column, value in BLANK.items() if column not in filled}
    filled |= {column: filled[column].astype("float64") for column in NUMBERS if filled[column].dtype != "float64"}
    for time in TIMES:
        if time in filled and (is_blank := filled["window"] == "").any():
            told = filled[time].astype("object").where(filled[time].notna(), "").astype("str")
            filled["window"] = filled["window"].mask(is_blank, told)
    # One frame made of columns: to put columns into a frame one after the other takes five times as long.
    ordered = ["measure", *dimensions(rows), *COLUMNS[1:]]
    return pd.DataFrame({column: filled[column] for column in ordered}, index=rows.index).reset_index(drop=True)


def combined(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Several measure tables as one; a dimension that a table has not is missing in its rows."""
    parts = [table for table in tables if len(table)]
    if not parts:
        return arranged(pd.DataFrame({"measure": [], "estimate": [], "n": [], "unit": [], "table": []}))
    return arranged(pd.concat(parts, ignore_index=True))


def grouped(frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The frame with its grouping columns as text, missing groups being the level `unknown`: no row is dropped."""
    return frame.assign(**{column: frame[column].astype("str").fillna(UNKNOWN) for column in by})


def excluded(
    frame: pd.DataFrame, column: str, by: Sequence[str], frequency: NDArray[np.float64] | None = None
) -> pd.DataFrame:
    """Per group, the reasons for which `column` is missing and how many rows each; the group index is `by`.

    A reason is the companion column's (`<column>_missing`), and `not_recorded` where the source gave none. A row counts as
    one, or as many as `frequency` says.
    """
    gone = frame[column].isna()
    for key in by:
        gone &= frame[key].notna()
    frequency = None if frequency is None else frequency[gone.to_numpy()]
    missing = frame.loc[gone, [name for name in (*by, column + MISSING) if name in frame]]
    if not by:
        alone = np.zeros(len(missing), dtype=np.int64)
        return pd.DataFrame({"excluded": left_out(missing, column, alone, 1, frequency)})
    if not len(missing):
        return missing[list(by)].assign(excluded="")
    groups = missing.groupby(list(by))
    keys = groups.size().reset_index()[list(by)]
    return keys.assign(excluded=left_out(missing, column, groups.ngroup().to_numpy(), len(keys), frequency))


def left_out(
    missing: pd.DataFrame,
    column: str,
    groups: NDArray[np.signedinteger],
    size: int,
    frequency: NDArray[np.float64] | None = None,
) -> list[str]:
    """The text of each of `size` groups, given as a number for each row of `missing`, of why these rows have no `column`."""
    if not len(missing):
        return [""] * size
    reasons = column + MISSING
    codes, names = np.zeros(len(missing), dtype=np.int64), pd.Index(["not_recorded"])
    if reasons in missing:
        codes, names = pd.factorize(missing[reasons].fillna("not_recorded"), sort=True)
    cells, place = np.unique(groups * len(names) + codes, return_inverse=True)
    texts: list[list[str]] = [[] for _ in range(size)]
    for cell, count in zip(cells.tolist(), np.bincount(place, frequency).tolist(), strict=True):
        texts[cell // len(names)].append(f"{column} {names[cell % len(names)]} {round(count)}")
    return ["; ".join(text) for text in texts]


def with_left_out(
    made: pd.DataFrame,
    rows: pd.DataFrame,
    column: str,
    by: Sequence[str],
    frequency: NDArray[np.float64] | None = None,
) -> pd.DataFrame:
    """Rows of the groups of `by` with why the column is missing in rows of each group, which count as in `excluded`."""
    if rows[column].notna().all():
        return made.assign(excluded="")
    reasons = excluded(rows, column, by, frequency)
    if not by:
        return made.assign(excluded=reasons["excluded"].iat[0])
    return made.merge(reasons, on=list(by), how="left").fillna({"excluded": ""})
