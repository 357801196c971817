"""How often: categories of frequency, and what they can say of numbers.

A category is no count. Its shares need nothing else. A mean or a Gini index needs a number for each category, which
the study declares with its source (`frequency_midpoints`): a usual one, and the least and the most that the category
may be. Each measure then comes with the least and the most that it can be, whatever the numbers inside the
categories. Sources of the definitions: docs/methods.md#participation.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing
from analysis.inference import gini, mean, proportion
from analysis.inference.estimates import Estimates, Naming
from analysis.measure import combined
from analysis.participation.activities import Activities
from analysis.reading.convert import MISSING
from analysis.settings import Midpoint, Midpoints
from analysis.study import Study

Numbers = NDArray[np.float64]
TABLE = "participation"
NUMBER = "frequency_number"
"""The column of the numbers that categories stand for."""
STEPS = 400
"""Cuts that are tried between the least and the largest number for the ends of a Gini index."""


def frequency_shares(activities: Activities, levels: Sequence[str], by: Sequence[str] = ()) -> pd.DataFrame:
    """The share of each category of frequency by wave and activity, among those whose category is known."""
    told = activities.of_answers(["frequency", *by])
    present = [level for level in levels if (told.answers["frequency"] == level).any()]
    frame = told.answers.assign(frequency=pd.Categorical(told.answers["frequency"], present, ordered=True))
    facts = Naming(measure="frequency_share", unit="proportion", table=TABLE)
    return proportion(frame, "frequency", told.design, ["wave", "activity", *by], **facts).table


def scored(frequency: pd.Series, midpoints: Midpoints | None, of: str = "value") -> pd.Series:
    """The numbers that a study declares for categories of frequency.

    Parameters
    ----------
    of
        `value`, `low` or `high`.

    Raises
    ------
    StudyError
        `frequency_without_midpoints`, where the study declares none, or none for one of the categories.
    """
    known: Mapping[str, Midpoint] = midpoints.levels if midpoints else {}
    lacking = sorted(set(frequency.dropna().astype("str")) - set(known))
    if lacking:
        raise StudyError("frequency_without_midpoints", count=len(lacking), list=listing(lacking, 6))
    numbers = {level: float(getattr(midpoint, of)) for level, midpoint in known.items()}
    return frequency.astype("object").map(numbers).astype("float64")


def frequency_numbers(activities: Activities, midpoints: Midpoints, by: Sequence[str] = ()) -> pd.DataFrame:
    """Mean and Gini index of the numbers that categories stand for, by wave and activity.

    Returns
    -------
    pandas.DataFrame
        Measure table with the dimension `numbers`: `frequency_mean` and `frequency_gini` at the usual numbers
        (`usual`), and the least and the most that they can be (`least`, `most`). The intervals are those of the
        sample; the numbers are taken as given.

    Raises
    ------
    StudyError
        `frequency_without_midpoints`; `midpoints_on_engine`, where the answers are more than memory holds.
    """
    if activities.lying:
        raise StudyError("midpoints_on_engine", "study.yml: frequency_midpoints")
    frame = activities.answers
    if "frequency" + MISSING in frame:
        frame = frame.assign(**{NUMBER + MISSING: frame["frequency" + MISSING]})
    scores = {of: scored(frame["frequency"], midpoints, of) for of in ("value", "low", "high")}
    groups = ["wave", "activity", *by]
    tables = []
    for numbers, of in (("usual", "value"), ("least", "low"), ("most", "high")):
        with_score = frame.assign(**{NUMBER: scores[of]})
        facts = Naming(measure="frequency_mean", unit="acts", table=TABLE)
        made = mean(with_score, NUMBER, activities.design, groups, interval="log", **facts)
        tables.append(_named(made, numbers))
    column = activities.design.weights
    weights = frame[column].to_numpy(float) if column else np.ones(len(frame))
    rank, _ = pd.factorize(frame["respondent_id"], sort=True)
    ends = gini_ends(frame[groups], scores["low"].to_numpy(), scores["high"].to_numpy(), weights, rank)
    for numbers, values in (("usual", scores["value"].to_numpy()), ("least", ends[0]), ("most", ends[1])):
        with_score = frame.assign(**{NUMBER: values})
        made = gini(with_score, NUMBER, activities.design, groups, measure="frequency_gini", table=TABLE)
        tables.append(_named(made, numbers))
    return combined(tables)


def _named(made: Estimates, numbers: str) -> pd.DataFrame:
    """Rows with their dimension, whose excluded answers are those of the category."""
    table = made.table.assign(numbers=numbers)
    return table.assign(excluded=table["excluded"].str.replace(NUMBER, "frequency"))


def gini_ends(
    groups: pd.DataFrame, low: Numbers, high: Numbers, weights: Numbers, rank: NDArray[np.intp]
) -> tuple[Numbers, Numbers]:
    """Numbers within their ranges that make the Gini index of each group least, and most.

    Parameters
    ----------
    groups
        The columns of the groups, one row a number.
    low, high
        The least and the most that each number can be; where one is larger at one end it is not smaller at the other.
    rank
        Tells rows of the same range apart, so that a cut between them does not hang on their order in the frame.

    Returns
    -------
    tuple of arrays
        Numbers that are as equal as they can be, and as unequal.

    Notes
    -----
    Among all numbers with the same sum, those drawn towards one level t, min(max(t, low), high), have the highest
    Lorenz curve, and those at their least below a cut and at their most above it the lowest (Gastwirth 1972, Review
    of Economics and Statistics 54: 306–316, for grouped data). What is left is one number to search for. At its best
    value the index does not move with it, so that the error is that of the index of these numbers.
    """
    least, most = low.copy(), low.copy()
    codes = groups.groupby(list(groups), observed=True, dropna=False).ngroup().to_numpy()
    for code in np.unique(codes):
        known = np.flatnonzero((codes == code) & ~np.isnan(low))
        if not len(known) or not high[known].max() > 0:
            continue
        a, b, w = low[known], high[known], weights[known]
        ranges, of = np.unique(np.column_stack([a, b]), axis=0, return_inverse=True)
        (lows, highs), held = ranges.T, np.bincount(of, w).astype(np.float64)
        levels = np.unique(np.concatenate([np.linspace(a.min(), b.max(), STEPS), lows, highs]))
        candidates = [_gini(np.clip(level, lows, highs), held) for level in levels]
        least[known] = np.clip(levels[np.argmin(candidates)], a, b)
        order = np.lexsort((rank[known], b, a))
        cuts = np.unique(np.linspace(0, len(known), STEPS).astype(int))
        below = np.concatenate([[0.0], np.cumsum(w[order])])[cuts]
        at_least = np.clip(below[:, None] - (np.cumsum(held) - held), 0, held)
        candidates = [_gini(np.concatenate([lows, highs]), np.concatenate([part, held - part])) for part in at_least]
        is_below = np.isin(np.arange(len(known)), order[: cuts[np.argmax(candidates)]])
        most[known] = np.where(is_below, a, b)
    return least, most


def _gini(y: Numbers, weights: Numbers) -> float:
    """The Gini index, to compare candidates with."""
    order = np.argsort(y, kind="stable")
    w, amount = weights[order], (weights * y)[order]
    total = amount.sum()
    if not total > 0:
        return 0.0
    return float(2 * (amount @ (np.cumsum(w) - w / 2)) / (w.sum() * total) - 1)


def frequencies_of(study: Study, activities: Activities, by: Sequence[str] = ()) -> pd.DataFrame:
    """Shares of the categories and, where the study declares their numbers, mean and Gini index with their ends."""
    if not activities.has_frequency:
        return combined([])
    tables = [frequency_shares(activities, list(study.catalogue.levels_of("frequency")), by)]
    if study.settings.frequency_midpoints:
        tables.append(frequency_numbers(activities, study.settings.frequency_midpoints, by))
    return combined(tables)
