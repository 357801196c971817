"""Quotients over full registers: rosters, posts, lists of candidates.

A register holds everybody, so that its quotients have no sampling error (`census`). It can also be read as one draw
of what might have been (`superpopulation`): its rows then count as a simple random sample, and the errors are those
of the inference kernel.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing
from analysis.inference import Census, SurveyDesign, ratio
from analysis.inference.coding import sums_by
from analysis.inference.intervals import wilson
from analysis.inference.relations.relation import ROWS
from analysis.measure import arranged

Registers = Literal["census", "superpopulation"]
"""How a full register is read: as the whole population, or as one draw of what might have been."""

FREQUENCY = ROWS
"""The column of how many rows of the register a row stands for."""
COUNTS = ("numerator", "denominator", "n", FREQUENCY)
CARRIED = ("window", "excluded")


def quotients(
    measure: str,
    rows: pd.DataFrame,
    *,
    unit: str,
    table: str,
    registers: Registers = "census",
    level: float = 0.95,
) -> pd.DataFrame:
    """Measure rows from numerators and denominators, summed over the rows of each group.

    Parameters
    ----------
    rows
        One row per person or other unit of the register, with `numerator` and `denominator`, and `n` where that is
        not the denominator; `FREQUENCY` where a row stands for several of the register; `window` and `excluded` of the
        group; all other columns are its dimensions. Where the numerator is missing the row is not in the base.

    Returns
    -------
    pandas.DataFrame
        Measure table, one row a group. A denominator of 0 leaves the estimate missing, for the reason `empty_base`.
        As a superpopulation, a proportion of persons has a Wilson interval, other quotients have Student's over the
        rows of the register.
    """
    if not len(rows):
        return arranged(
            rows.assign(measure=measure, estimate=rows["numerator"], n=rows["denominator"], unit=unit, table=table)
        )
    by = [column for column in rows if column not in (*COUNTS, *CARRIED)]
    each = FREQUENCY if FREQUENCY in rows else None
    design = Census(each) if registers == "census" else SurveyDesign(lonely="certainty", frequency=each)
    named = {"measure": measure, "unit": unit, "table": table}
    known = rows["numerator"].notna()
    counted = rows.assign(
        numerator=rows["numerator"].astype("Float64"), denominator=rows["denominator"].astype("Float64")
    )
    sample = design.sample(counted)
    made = ratio(sample.frame, "numerator", "denominator", sample, by, level=level, **named).table
    base = rows["n"] if "n" in rows else rows["denominator"].where(known, 0)
    base = base if each is None else base * rows[each]
    groups = sample.groups(by).codes
    first = np.unique(groups, return_index=True)[1]
    facts = {column: rows[column].array[first] for column in CARRIED if column in rows}
    made = made.assign(n=sums_by(groups, base.fillna(0).to_numpy(float), len(made)), **({"excluded": ""} | facts))
    made["reason"] = made["reason"].mask(made["denominator"] == 0, "empty_base")
    are_parts = (rows["numerator"] <= rows["denominator"])[known].all()
    if registers == "superpopulation" and unit == "proportion" and are_parts:
        low, high = wilson(made["numerator"].to_numpy(), made["denominator"].to_numpy(), level)
        made = made.assign(low=low, high=high, coverage=np.where(np.isnan(low), np.nan, level), interval="wilson")
        made["interval"] = made["interval"].mask(made["low"].isna(), "none")
    if registers == "superpopulation":
        made["interval"] = ("register_" + made["interval"]).mask(made["interval"] == "none", "none")
    return arranged(made) if "window" in facts else made


def frequencies(rows: pd.DataFrame) -> NDArray[np.float64] | None:
    """How many rows of the register each row stands for; None where each is one."""
    return rows[FREQUENCY].to_numpy(float) if FREQUENCY in rows else None


def sizes(rows: pd.DataFrame, by: Sequence[str]) -> pd.Series:
    """How many rows of the register each group has."""
    groups = rows.groupby(list(by))
    return groups[FREQUENCY].sum() if FREQUENCY in rows else groups.size()


def require_counts(rows: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse numbers below zero, with which a reduction would exceed 100 %.

    Raises
    ------
    StudyError
        `count_negative`.
    """
    for column in columns:
        negative = rows.index[rows[column].lt(0).fillna(value=False)]
        if len(negative):
            raise StudyError("count_negative", column=column, count=len(negative), rows=listing(negative, 5))
