"""Ranks, between which ranks a unit lies, and which units can't be told apart. Definitions: docs/methods.md#evaluation."""

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Numbers = NDArray[np.float64]
Ranks = NDArray[np.int32]
DECIMALS = 12
"""Scores that differ by less than rounding are the same score."""
BLOCK = 1000
"""Simulations that are counted at once."""


def ranks(scores: Numbers) -> Ranks:
    """Rank of each unit on the last axis, 1 for the highest score; equal scores share the better rank."""
    return stats.rankdata(-np.round(scores, DECIMALS), method="min", axis=-1).astype(np.int32)


def interval(simulated: Ranks, level: float) -> tuple[Ranks, Ranks]:
    """Between which ranks each unit lies in this share of the simulations (on the first axis), both tails alike.

    Each end is the least rank up to which that share of a unit's ranks lies (Hyndman & Fan 1996, definition 1). Ranks are
    counted, not sorted, so that thousands of simulations of a thousand units need no copy.
    """
    count, units = simulated.shape
    least, most = int(simulated.min()), int(simulated.max())
    up_to = np.zeros((units, most - least + 1), dtype=np.int64)
    for block in np.array_split(simulated, -(-count // BLOCK)):
        places = block.astype(np.int64) - least + np.arange(units) * up_to.shape[1]
        up_to += np.bincount(places.ravel(), minlength=up_to.size).reshape(up_to.shape)
    up_to = up_to.cumsum(axis=1)
    tail = (1 - level) / 2
    low, high = (least + (up_to > max(np.ceil(count * q - 1), 0)).argmax(axis=1) for q in (tail, 1 - tail))
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


def settled_pairs(simulated: Ranks, share: float) -> int:
    """How many pairs of units stand in the same order in at least this share of the simulations (on the first axis)."""
    ahead = np.array([(simulated[:, [unit]] < simulated).mean(axis=0) for unit in range(simulated.shape[1])])
    return int((ahead >= share).sum())


def separate_pairs(low: Numbers, high: Numbers) -> int:
    """How many pairs of units have intervals that do not overlap."""
    return int((high[:, None] < low).sum())
