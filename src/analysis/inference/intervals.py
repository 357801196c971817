"""Confidence intervals: of any estimate with its error, and of proportions, which have better ones.

Every function takes arrays, one element an estimate. Where the degrees of freedom are 0 or fewer, or nothing is known
of the error, there is no interval (missing).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats
from statsmodels.stats.proportion import proportion_confint

Numbers = NDArray[np.float64]
Bounds = tuple[Numbers, Numbers]
Interval = Callable[[Numbers, Numbers, Numbers, Numbers, float], Bounds]
"""Bounds from estimate, standard error, degrees of freedom, unweighted n and level."""

EXACT = 1e15
"""Effective sample size above which an error is rounding: the strata fix the proportion."""


def wilson(count: ArrayLike, base: ArrayLike, level: float = 0.95) -> Bounds:
    """Wilson's score interval of a proportion, for simple random samples of any size.

    Parameters
    ----------
    count, base
        Number of successes and of trials; a base of 0 has no interval (missing).
    level
        Coverage.

    Returns
    -------
    tuple of arrays
        Lower and upper bounds, within [0, 1]. 0 of 20 gives [0, .1611].

    Notes
    -----
    Wilson, E. B. (1927), JASA 22: 209–212; recommended for small n by Newcombe, R. G. (1998), Statistics in
    Medicine 17: 857–872.
    """
    counts, bases = np.asarray(count, dtype=float), np.asarray(base, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = proportion_confint(counts, bases, alpha=1 - level, method="wilson")
    has_base = bases > 0
    return np.where(has_base, np.clip(low, 0, 1), np.nan), np.where(has_base, np.clip(high, 0, 1), np.nan)


def student(df: Numbers, level: float) -> Numbers:
    """The quantile of t with so many degrees of freedom that leaves half of 1 − level above it; missing for 0 or fewer."""
    return stats.t.ppf((1 + level) / 2, np.where(df > 0, df, np.nan))


def t(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Estimate ± t·se."""
    spread = student(df, level) * se
    return estimate - spread, estimate + spread


def logit(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Symmetric on the logit scale; missing at 0 and 1. As R's `svyciprop(method = "xlogit")`, SUDAAN and SPSS."""
    return _on_scale(estimate, se, df, level, lambda p: np.log(p / (1 - p)), lambda p: p * (1 - p), special.expit)


def asin(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Symmetric on the scale of asin √p, whose variance hardly depends on p, and ends with it; missing at 0 and 1."""
    scale = lambda p: np.arcsin(np.sqrt(p))  # noqa: E731
    back = lambda x: np.sin(np.clip(x, 0, np.pi / 2)) ** 2  # noqa: E731
    return _on_scale(estimate, se, df, level, scale, lambda p: 2 * np.sqrt(p * (1 - p)), back)


def log(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Symmetric on the log scale, for means and totals of what can't be negative; missing at 0 and below."""
    above = np.where(estimate > 0, estimate, np.nan)
    factor = np.exp(student(df, level) * se / above)
    return above / factor, above * factor


def fisher(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Fisher's interval of a correlation, symmetric on the scale of artanh r; missing at −1 and 1."""
    inside = np.where(np.abs(estimate) < 1, estimate, np.nan)
    middle, spread = np.arctanh(inside), student(df, level) * se / (1 - inside**2)
    return np.tanh(middle - spread), np.tanh(middle + spread)


def _on_scale(
    estimate: Numbers,
    se: Numbers,
    df: Numbers,
    level: float,
    scale: Callable[[Numbers], Numbers],
    density: Callable[[Numbers], Numbers],
    back: Callable[[Numbers], Numbers],
) -> Bounds:
    inside = np.where((estimate > 0) & (estimate < 1), estimate, np.nan)
    middle, spread = scale(inside), student(df, level) * se / density(inside)
    return back(middle - spread), back(middle + spread)


def effective_n(estimate: Numbers, se: Numbers) -> Numbers:
    """The size of a simple random sample with the same error of a proportion, p(1 − p)/se²; missing at 0 and 1."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where((estimate > 0) & (estimate < 1), estimate * (1 - estimate) / se**2, np.nan)


def korn_graubard_n(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float = 0.95) -> Numbers:
    """The effective sample size that Korn and Graubard's interval rests on.

    p(1 − p)/se², less what few degrees of freedom cost, and never more than n; n itself where all or none are
    counted, or where the strata leave the proportion no error.

    Notes
    -----
    Korn & Graubard (1998), Survey Methodology 24: 193–201; the cap and the rule for 0 and 1 as CDC's
    surveytable has them.
    """
    adjusted = effective_n(estimate, se) * (student(n - 1, level) / student(df, level)) ** 2
    size = np.where((estimate <= 0) | (estimate >= 1) | np.isinf(adjusted), n, np.fmin(adjusted, n))
    return np.where(df > 0, size, np.nan)


def korn_graubard(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Korn and Graubard's interval: Clopper and Pearson's for the effective sample size. The default for proportions."""
    return _beta(estimate, korn_graubard_n(estimate, se, df, n, level), level)


def beta(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Korn and Graubard's interval without the cap, missing at 0 and 1: as R's `svyciprop(method = "beta")`.

    A proportion that the strata leave no error has its interval's bounds on it.
    """
    size = effective_n(estimate, se) * (student(n - 1, level) / student(df, level)) ** 2
    return _beta(estimate, size, level)


def _beta(estimate: Numbers, size: Numbers, level: float) -> Bounds:
    is_exact = size > EXACT
    size, tail = np.where(is_exact, 1, size), (1 - level) / 2
    hits, rest = np.clip(size * estimate, 0, None), np.clip(size * (1 - estimate), 0, None)
    low = np.where(hits > 0, stats.beta.ppf(tail, hits, rest + 1), np.where(np.isnan(size), np.nan, 0.0))
    high = np.where(rest > 0, stats.beta.ppf(1 - tail, hits + 1, rest), np.where(np.isnan(size), np.nan, 1.0))
    return np.where(is_exact, estimate, low), np.where(is_exact, estimate, high)


def effective_wilson(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Wilson's interval for the effective sample size, with t instead of z: as R's `svyciprop(method = "wilson")`."""
    size, quantile = effective_n(estimate, se), student(df, level)
    share = quantile**2 / size
    middle = (estimate + share / 2) / (1 + share)
    spread = quantile * np.sqrt(estimate * (1 - estimate) / size + share / (4 * size)) / (1 + share)
    return np.clip(middle - spread, 0, 1), np.clip(middle + spread, 0, 1)


def complementary_log(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    """Symmetric on the scale of log(1 − estimate), for what cannot be above 1, such as a reliability."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.exp(student(df, level) * se / (1 - estimate))
    return 1 - (1 - estimate) * spread, 1 - (1 - estimate) / spread


INTERVALS: dict[str, Interval] = {
    "t": t,
    "korn_graubard": korn_graubard,
    "logit": logit,
    "xlogit": logit,
    "wilson": effective_wilson,
    "beta": beta,
    "asin": asin,
    "log": log,
    "fisher": fisher,
    "complementary_log": complementary_log,
}
"""The intervals by the name that a call gives and the measure table shows."""
