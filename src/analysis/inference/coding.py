"""Integer codes of keys: what strata, clusters and domains are, before anything is counted.

Coding is the only part of a call that reads the keys themselves; everything after it works on small integers. Integer
and categorical keys are coded by counting, all others by pandas.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Codes = NDArray[np.int64]
Numbers = NDArray[np.float64]
MISSING_CODE = -1
"""The code of a missing key."""
SPARSE = 4
"""A table of counts may have so many cells a row; keys that are spread out more are hashed or sorted."""

BLOCK = 1 << 16
"""Rows that are taken together: what is computed on the way to a sum then stays in the processor's cache."""


def blocks(rows: int, size: int = BLOCK) -> Iterator[slice]:
    """Slices of so many rows that cover all rows."""
    return (slice(start, start + size) for start in range(0, rows, size))


def sums_by(codes: Codes, values: NDArray[Any], size: int) -> Numbers:
    """The sum of some values for each code."""
    sums: Numbers = np.bincount(codes, values, minlength=size).astype(float, copy=False)
    return sums


def coded(keys: pd.Series, in_order: bool = True) -> tuple[Codes, pd.Index]:
    """The codes 0, 1, … of a column's values, and the values in their order; a missing value has the code −1.

    Categories keep their order (those without a row too); other values are sorted, unless their order does not matter
    (`in_order`): sorting the codes of words costs a pass over all rows.
    """
    if isinstance(keys.dtype, pd.CategoricalDtype):
        return keys.cat.codes.to_numpy(np.int64), keys.cat.categories
    if keys.dtype.kind in "iu" and isinstance(keys.dtype, np.dtype) and len(keys):
        values = keys.to_numpy()
        low, high = int(values.min()), int(values.max())
        if high - low < SPARSE * len(values) + 1000:
            codes = np.subtract(values, low, dtype=np.int64) if low else values.astype(np.int64, copy=False)
            return compressed(codes, high - low + 1, low)
    codes, levels = pd.factorize(keys)
    if not in_order:
        return codes, pd.Index(levels)
    order = pd.Index(levels).argsort()
    place = np.empty(len(order) + 1, dtype=np.int64)
    place[order] = np.arange(len(order))
    place[-1] = MISSING_CODE
    return place[codes], pd.Index(levels)[order]


def compressed(codes: Codes, size: int, low: int = 0) -> tuple[Codes, pd.Index]:
    """Codes of `size` possible values as codes of those that occur, and which these are (counted from `low`)."""
    occurs = np.bincount(codes, minlength=size) > 0
    if occurs.all():
        return codes, pd.RangeIndex(low, low + size)
    place = np.cumsum(occurs) - 1
    return place[codes], pd.Index(np.flatnonzero(occurs) + low)


def crossed(first: Codes, second: Codes, size: int) -> tuple[Codes, Codes, Codes]:
    """Two codes as one, of the pairs that occur, in order; and the two members of each pair.

    Parameters
    ----------
    first, second
        Codes without missing ones.
    size
        The number of values of `second`.
    """
    if not len(first):
        return first, first, second
    pairs = first * size + second
    span = (int(first.max()) + 1) * size
    if span <= SPARSE * len(pairs) + 1000:
        codes, occurring = compressed(pairs, span)
        places = occurring.to_numpy()
    else:
        places, codes = np.unique(pairs, return_inverse=True)
    return codes, *np.divmod(places, size)
