"""Several indicators as one score. Definitions: docs/methods.md#evaluation."""

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.float64]


def weighted_sum(z: Numbers, weights: Numbers) -> Numbers:
    """Σwz of each unit; weights on the last axis."""
    return (z * weights[..., None, :]).sum(axis=-1)


def topsis(z: Numbers, weights: Numbers, is_positive: NDArray[np.bool_] | None = None) -> Numbers:
    """Closeness to the best of all units on every indicator, D⁻/(D⁺ + D⁻) with Euclidean distances.

    Parameters
    ----------
    z
        Normalised indicators; how they were normalised changes the result, so its name goes with it.
    is_positive
        Which indicators are better when more; all of them where it is left out.

    Returns
    -------
    numpy.ndarray
        From 0 for the worst on every indicator to 1; NaN where best and worst are the same.

    Notes
    -----
    Hwang & Yoon (1981), Multiple Attribute Decision Making.
    """
    v = z * weights[..., None, :]
    signed = v if is_positive is None else np.where(is_positive, v, -v)
    to_best, to_worst = (
        np.sqrt(((signed - end(axis=-2, keepdims=True)) ** 2).sum(axis=-1)) for end in (signed.max, signed.min)
    )
    whole = to_best + to_worst
    return to_worst / np.where(whole > 0, whole, np.nan)
