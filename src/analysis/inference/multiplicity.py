"""Tests of estimates one by one, and what many of them at once must pay for.

A family is what is tested together: the estimates, or the p-values, that one call is given.
"""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import StudyError, listing, nearest
from analysis.inference.estimates import Estimates, with_tiers
from analysis.inference.intervals import INTERVALS
from analysis.measure import dimensions

Method = Literal["holm", "bh"]
"""`holm` keeps the chance of any false finding, for what was to be confirmed; `bh` the share of false ones, to explore."""


def t_tests(estimates: Estimates, method: Method = "holm") -> pd.DataFrame:
    """The t test of each estimate that it is 0.

    Parameters
    ----------
    method
        As of `adjusted`.

    Returns
    -------
    pandas.DataFrame
        One row an estimate: its dimensions, `estimate`, `se`, `statistic`, `df`, `p` and `p_adjusted`. Without an error or
        degrees of freedom there is no p.
    """
    table = estimates.table
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.divide(table["estimate"], table["se"])
    df = table["df"].to_numpy(float)
    p = 2 * stats.t.sf(statistic.abs(), np.where(df > 0, df, np.nan))
    return adjusted(table[[*dimensions(table), "estimate", "se"]].assign(statistic=statistic, df=df, p=p), method)


def adjusted(tests: pd.DataFrame | pd.Series | Sequence[float], method: Method = "holm") -> pd.DataFrame:
    """The p-values of a family, each with the one that the others leave of it.

    Parameters
    ----------
    tests
        A table with a column `p`, or p-values. Missing ones are no part of the family.
    method
        `holm`: Holm's step-down procedure, for hypotheses that were to be confirmed. `bh`: Benjamini and Hochberg's false
        discovery rate, to explore.

    Returns
    -------
    pandas.DataFrame
        The table, or the column `p`, with `p_adjusted` beside it.

    Raises
    ------
    StudyError
        `method_unknown`, `p_outside`.

    Notes
    -----
    Holm (1979), Scandinavian Journal of Statistics 6: 65–70; Benjamini & Hochberg (1995), Journal of the Royal Statistical
    Society B 57: 289–300.
    """
    if method not in METHODS:
        raise StudyError("method_unknown", name=method, nearest=nearest(method, METHODS), known=listing(METHODS))
    table = tests if isinstance(tests, pd.DataFrame) else pd.DataFrame({"p": pd.Series(tests, dtype=float)})
    p = table["p"].to_numpy(float)
    wrong = (p < 0) | (p > 1)
    if wrong.any():
        raise StudyError("p_outside", count=int(wrong.sum()), list=listing(p[wrong], 5))
    is_known, corrected = ~np.isnan(p), np.full(len(p), np.nan)
    if is_known.any():
        corrected[is_known] = METHODS[method](p[is_known])
    return table.assign(p_adjusted=corrected)


def _holm(p: np.ndarray) -> np.ndarray:
    """Each p times how many hypotheses are left when it is tested, and no less than the one before it."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    return np.minimum(stepped, 1)[np.argsort(order, kind="stable")]


METHODS = {"holm": _holm, "bh": stats.false_discovery_control}


def differences(estimates: Estimates, level: float = 0.95) -> Estimates:
    """The differences of all pairs of estimates, the later less the earlier, with their errors.

    Pairs without an estimate are left out. `t_tests` gives their p-values, `simultaneous` intervals that hold together.

    Returns
    -------
    Estimates
        One row a pair, with the dimension `contrast`.

    Raises
    ------
    StudyError
        `pairs_none`, with fewer than two estimates.
    """
    is_known = estimates.table["estimate"].notna().to_numpy()
    if is_known.sum() < 2:
        raise StudyError("pairs_none", count=int(is_known.sum()))
    table = estimates.table[is_known].reset_index(drop=True)
    keys = dimensions(table) if dimensions(table) else ["measure"]
    names = [" ".join(map(str, row)) for row in table[keys].itertuples(index=False)]
    pairs = list(combinations(range(len(names)), 2))
    weights = np.zeros((len(pairs), len(names)))
    weights[np.arange(len(pairs)), [first for first, _ in pairs]] = -1
    weights[np.arange(len(pairs)), [second for _, second in pairs]] = 1
    known = replace(estimates, table=table, spread=estimates.spread.chosen(np.flatnonzero(is_known)))
    if len(set(names)) < len(names):
        names = [str(place + 1) for place in range(len(names))]
    rows = {
        f"{names[second]} − {names[first]}": row for (first, second), row in zip(pairs, weights.tolist(), strict=True)
    }
    return known.contrast(rows, level, measure="difference")


def simultaneous(estimates: Estimates, level: float = 0.95) -> Estimates:
    """The same estimates with intervals that all hold together with a probability of at least `level`.

    Each row keeps its kind of interval, at the level that Šidák's inequality asks of one of so many: level^(1/m), with m the
    number of rows that have an interval.

    Raises
    ------
    StudyError
        `interval_fixed`, for a row whose interval does not follow from its estimate and error (Woodruff's, of a quantile):
        ask for it with `level=sidak(level, m)`.

    Notes
    -----
    Šidák (1967), JASA 62: 626–633: whatever the correlation of the estimates the intervals are wide enough; the fewer
    clusters they share the less too wide. The bounds need no simulation.
    """
    table = estimates.table
    has_interval = ~table["interval"].isin(["none", "census"]).to_numpy()
    each = sidak(level, int(has_interval.sum()))
    fixed = sorted(set(table["interval"][has_interval]) - set(INTERVALS))
    if fixed:
        raise StudyError("interval_fixed", list=listing(fixed), level=f"{each:.6g}")
    low, high = (table[name].to_numpy(float, copy=True) for name in ("low", "high"))
    for kind in table["interval"][has_interval].unique():
        rows = (table["interval"] == kind).to_numpy()
        estimate, se, df, n = (table[name].to_numpy(float)[rows] for name in ("estimate", "se", "df", "n"))
        with np.errstate(divide="ignore", invalid="ignore"):
            low[rows], high[rows] = INTERVALS[kind](estimate, se, df, n, each)
    return replace(
        estimates, table=with_tiers(table.assign(low=low, high=high, coverage=np.where(has_interval, each, np.nan)))
    )


def sidak(level: float, count: int) -> float:
    """The level of each of so many intervals that all hold together with a probability of at least `level`."""
    return float(level ** (1 / max(count, 1)))
