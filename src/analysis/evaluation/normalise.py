"""Indicators on one scale, more being better on each.

Units stand on the last axis but one, indicators on the last; before them there may be draws. A column that says the same of
every unit tells none apart: on its own range it has no values (NaN). Definitions: docs/methods.md#evaluation.
"""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def between(x: Numbers, is_positive: NDArray[np.bool_], low: Numbers, high: Numbers) -> Numbers:
    """Position between fixed goalposts, from 0 at the worse to 1 at the better; what lies beyond them counts as at them.

    A unit's value does not change when another unit comes or goes, nor from year to year.
    """
    position = np.clip((x - low) / (high - low), 0, 1)
    return np.where(is_positive, position, 1 - position)


def min_max(x: Numbers, is_positive: NDArray[np.bool_]) -> Numbers:
    """Position between the least and the greatest value observed, (x − min)/(max − min), or (max − x)/(max − min)."""
    low, high = x.min(axis=-2, keepdims=True), x.max(axis=-2, keepdims=True)
    span = np.where(high > low, high - low, np.nan)
    return np.where(is_positive, x - low, high - x) / span


def vector(x: Numbers, is_positive: NDArray[np.bool_]) -> Numbers:
    """Value over the column's length, x/√Σx²; a negative column is turned into max − x first."""
    turned = np.where(is_positive, x, x.max(axis=-2, keepdims=True) - x)
    length = np.sqrt((turned**2).sum(axis=-2, keepdims=True))
    return turned / np.where(length > 0, length, np.nan)
