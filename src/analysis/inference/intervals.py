"""Confidence intervals for proportions."""

import numpy as np
from numpy.typing import ArrayLike, NDArray
from statsmodels.stats.proportion import proportion_confint


def wilson(count: ArrayLike, base: ArrayLike, level: float = 0.95) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
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
    Wilson, E. B. (1927), JASA 22: 209–212; recommended for small n by Newcombe, R. G. (1998), Statistics in Medicine 17:
    857–872.
    """
    counts, bases = np.asarray(count, dtype=float), np.asarray(base, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = proportion_confint(counts, bases, alpha=1 - level, method="wilson")
    has_base = bases > 0
    return np.where(has_base, np.clip(low, 0, 1), np.nan), np.where(has_base, np.clip(high, 0, 1), np.nan)
