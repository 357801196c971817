"""Ranks, between which ranks a unit lies, and which units can't be told apart. Definitions: docs/methods.md#evaluation."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Numbers = NDArray[np.float64]
DECIMALS = 12
"""Scores that differ by less than rounding are the same score."""


def ranks(scores: Numbers) -> Numbers:
    """Rank of each unit on the last axis, 1 for the highest score; equal scores share the better rank."""
    return stats.rankdata(-np.round(scores, DECIMALS), method="min", axis=-1)


def interval(simulated: Numbers, level: float) -> tuple[Numbers, Numbers]:
    """Between which ranks each unit lies in this share of the simulations (on the first axis), both tails alike."""
    tail = (1 - level) / 2
    low, high = np.quantile(simulated, [tail, 1 - tail], axis=0, method="inverted_cdf")
    return low, high


def tie_groups(low: Numbers, high: Numbers) -> list[list[int]]:
    """Units whose intervals overlap, directly or over others, from the best group to the worst.

    Between two groups no interval reaches from one to the other; inside a group the order is not told.
    """
    groups: list[list[int]] = []
    reach = -np.inf
    for unit in np.lexsort((high, low)):
        if low[unit] > reach:
            groups.append([])
        groups[-1].append(int(unit))
        reach = max(reach, high[unit])
    return groups


def settled_pairs(simulated: Numbers, share: float) -> int:
    """How many pairs of units stand in the same order in at least this share of the simulations (on the first axis)."""
    ahead = np.array([(simulated[:, [unit]] < simulated).mean(axis=0) for unit in range(simulated.shape[1])])
    return int((ahead >= share).sum())


def separate_pairs(low: Numbers, high: Numbers) -> int:
    """How many pairs of units have intervals that do not overlap."""
    return int((high[:, None] < low).sum())
