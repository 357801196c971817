"""Whether a likelihood has no maximum, since some terms tell outcomes apart without error.

The likelihood of a model for categories or counts rises for ever along a direction of its coefficients where no row's
outcome becomes less likely. Whether there is one is a question of linear programming, answered exactly: Konis (2007),
Linear Programming Algorithms for Detecting Separated Data in Binary Logistic Regression Models, Oxford.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp

from analysis.errors import StudyError, listing

Numbers = NDArray[np.float64]
CERTAIN = 1e-6
"""A model is only suspected where it leaves some row's outcome no more than this chance not to be as it is."""


def require_overlap(gains: Numbers, limits: Numbers | float, names: list[str]) -> None:
    """Refuse a model whose likelihood rises for ever.

    Parameters
    ----------
    gains
        For each row and coefficient, how a step of the coefficient makes the row's outcome more likely.
    limits
        1 for each row, or 0 where any change makes the outcome less likely.

    Raises
    ------
    StudyError
        `terms_separate`, with the terms along whose direction it does.
    """
    lengths = np.abs(gains).max(axis=0)
    scaled = gains / np.where(lengths > 0, lengths, 1)
    found = milp(
        -scaled.sum(axis=0),
        constraints=LinearConstraint(scaled, 0, limits),
        bounds=Bounds(-np.inf, np.inf),
    )
    if found.x is None or (scaled @ found.x).max() < 0.5:  # a direction that gains at all can be stretched to gain 1
        return
    terms = [name for name, step in zip(names, found.x, strict=True) if abs(step) > CERTAIN]
    raise StudyError("terms_separate", list=listing(terms, 5), count=int((scaled @ found.x > CERTAIN).sum()))
