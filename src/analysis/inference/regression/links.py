"""The scales on which a mean is linear: each with the mean of a predictor, and its first two derivatives."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr
from statsmodels.genmod.families import links

from analysis.errors import StudyError, listing, nearest

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Link:
    """A scale: the mean of a predictor, its slope, its curvature, and statsmodels' link for fitting."""

    mean: Callable[[Numbers], Numbers]
    slope: Callable[[Numbers], Numbers]
    curvature: Callable[[Numbers], Numbers]
    fitting: links.Link


def _normal(x: Numbers) -> Numbers:
    return np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi)


IDENTITY = Link(lambda x: x, np.ones_like, np.zeros_like, links.Identity())
LOG = Link(np.exp, np.exp, np.exp, links.Log())
BINARY = {
    "logit": Link(
        expit,
        lambda x: expit(x) * expit(-x),
        lambda x: expit(x) * expit(-x) * (expit(-x) - expit(x)),
        links.Logit(),
    ),
    "probit": Link(ndtr, _normal, lambda x: -x * _normal(x), links.Probit()),
    "cloglog": Link(
        lambda x: -np.expm1(-np.exp(x)),
        lambda x: np.exp(x - np.exp(x)),
        lambda x: np.exp(x - np.exp(x)) * (1 - np.exp(x)),
        links.CLogLog(),
    ),
    "loglog": Link(
        lambda x: np.exp(-np.exp(-x)),
        lambda x: np.exp(-x - np.exp(-x)),
        lambda x: np.exp(-x - np.exp(-x)) * (np.exp(-x) - 1),
        links.LogLog(),
    ),
}
"""Of probabilities p: `cloglog` is log(−log(1 − p)), `loglog` is −log(−log p)."""


def binary_link(name: str) -> Link:
    """The link of a probability by its name.

    Raises
    ------
    StudyError
        `link_unknown`.
    """
    if name not in BINARY:
        raise StudyError("link_unknown", name=name, nearest=nearest(name, BINARY), known=listing(BINARY))
    return BINARY[name]
