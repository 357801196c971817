"""Fuzzy comprehensive evaluation 模糊综合评价: from the memberships of several items in the levels of a scale to those of all.

B = W ∘ R, with W the weights of the items, R their memberships (one row an item, adding up to 1), and ∘ an operator. On a
survey the memberships are the shares of the answers, and B has their errors.

Sources of the definitions: docs/methods.md#satisfaction.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import StudyError

Numbers = NDArray[np.float64]
SUM = 1e-9
"""Weights and memberships may miss 1 by so much."""


def weighted_average(weights: ArrayLike, memberships: ArrayLike) -> Numbers:
    """M(·,⊕), the default: Σ wᵢ rᵢⱼ. Every item counts by its weight, and the result adds up to 1.

    Raises
    ------
    StudyError
        `fuzzy_sum`, where weights or memberships do not add up to 1; `fuzzy_shape`.
    """
    w, r = _checked(weights, memberships)
    return w @ r


def max_min(weights: ArrayLike, memberships: ArrayLike) -> Numbers:
    """M(∧,∨): maxᵢ min(wᵢ, rᵢⱼ). It keeps the strongest item of each level only, and need not add up to 1.

    Raises
    ------
    StudyError
        As of `weighted_average`.
    """
    w, r = _checked(weights, memberships)
    return np.minimum(w[:, None], r).max(axis=0)


def normalised(memberships: ArrayLike) -> Numbers:
    """Memberships divided by their sum, as is usual after `max_min`."""
    values = np.asarray(memberships, dtype=float)
    return values / values.sum()


def score(memberships: ArrayLike, values: Sequence[float]) -> float:
    """B·V: one number, from a value of each level."""
    return float(np.asarray(memberships, dtype=float) @ np.asarray(values, dtype=float))


def grades(memberships: ArrayLike, levels: Sequence[str]) -> list[str]:
    """The level of greatest membership, or all those that share it: a tie decides nothing."""
    values = np.asarray(memberships, dtype=float)
    return [level for level, value in zip(levels, values, strict=True) if value >= values.max() - SUM]


def _checked(weights: ArrayLike, memberships: ArrayLike) -> tuple[Numbers, Numbers]:
    w, r = np.asarray(weights, dtype=float), np.asarray(memberships, dtype=float)
    if r.ndim != 2 or w.shape != (len(r),):
        raise StudyError("fuzzy_shape", weights=w.size, rows=len(r))
    if not np.abs(w.sum() - 1) <= SUM or (w < 0).any():
        raise StudyError("fuzzy_sum", what="W", sum=f"{w.sum():g}")
    wrong = np.flatnonzero(~(np.abs(r.sum(axis=1) - 1) <= SUM) | (r < 0).any(axis=1))
    if len(wrong):
        raise StudyError("fuzzy_sum", what=f"R[{wrong[0] + 1}]", sum=f"{r[wrong[0]].sum():g}")
    return w, r
