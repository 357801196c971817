"""Weights of indicators: equal ones, by entropy, and from judgements in pairs. Definitions: docs/methods.md#evaluation."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from analysis.errors import StudyError, listing

Numbers = NDArray[np.float64]

RANDOM_INDEX = {
    "saaty_1980": (0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49),
    "saaty_2008": (0, 0, 0.52, 0.89, 1.11, 1.25, 1.35, 1.40, 1.45, 1.49),
}
"""Mean consistency index of random matrices of size 1, 2, … 10, by the table that has it."""
ACCEPTED = 0.10
"""Consistency ratio from which judgements contradict each other too much (Saaty 1980)."""
RECIPROCAL = 2e-3
"""How far the product of a judgement and its reverse may be from 1: 3 and 0.333 pass, 3 and 0.33 do not."""


def equal(groups: Sequence[str]) -> Numbers:
    """Every group weighs the same, and every indicator of a group; an indicator without a group is one by itself."""
    return spread(groups, dict.fromkeys(groups, 1.0))


def spread(groups: Sequence[str], of_groups: dict[str, float]) -> Numbers:
    """The weight of each group shared equally by its indicators; all sum to 1."""
    shared = np.array([of_groups[group] / groups.count(group) for group in groups])
    return shared / shared.sum()


def entropy(z: Numbers) -> Numbers:
    """Weights by how unevenly an indicator is spread over the units, d/Σd with d = 1 + Σ p ln p/ln n and p = z/Σz.

    Parameters
    ----------
    z
        Normalised indicators, not negative: units on the last axis but one, indicators on the last. 0 · ln 0 is 0.

    Returns
    -------
    numpy.ndarray
        Weights that sum to 1. An indicator that is the same everywhere, or zero everywhere, weighs 0; where all are so
        there are no weights (NaN).

    Raises
    ------
    StudyError
        `index_one_unit`; `index_negative` for a value below 0.

    Notes
    -----
    Shannon (1948). The base of the logarithm cancels out. Nothing is added to the values to avoid zeros.
    """
    units = z.shape[-2]
    if units < 2:
        raise StudyError("index_one_unit", count=units)
    if (z < 0).any():
        raise StudyError("index_negative", count=int((z < 0).sum()), least=f"{np.nanmin(z):.4g}")
    total = z.sum(axis=-2, keepdims=True)
    p = z / np.where(total > 0, total, np.nan)
    disorder = -(p * np.log(np.where(p > 0, p, 1))).sum(axis=-2) / np.log(units)
    is_constant = np.isclose(z.max(axis=-2), z.min(axis=-2), rtol=1e-12, atol=0) | np.isnan(disorder)
    divergence = np.where(is_constant, 0, 1 - disorder)
    whole = divergence.sum(axis=-1, keepdims=True)
    return divergence / np.where(whole > 0, whole, np.nan)


@dataclass(frozen=True)
class Priorities:
    """What a matrix of judgements in pairs says.

    Attributes
    ----------
    weights
        The principal eigenvector, summing to 1.
    eigenvalue
        The principal eigenvalue, the matrix's size where no judgement contradicts another.
    consistency_ratio
        (λ − n)/(n − 1) over the mean of random matrices; 0 for one or two things compared.
    """

    weights: Numbers
    eigenvalue: float
    consistency_ratio: float


def read_judgements(written: Sequence[Sequence[str]], things: Sequence[str]) -> Numbers:
    """A matrix of judgements as written, such as 3 or 1/3, as numbers.

    Raises
    ------
    StudyError
        `pairwise_shape`, `pairwise_number`, `pairwise_not_reciprocal`, each with the place in the matrix.
    """
    size = len(things)
    if len(written) != size or any(len(row) != size for row in written):
        shape = f"{len(written)} × {max((len(row) for row in written), default=0)}"
        raise StudyError("pairwise_shape", found=shape, count=size, list=listing(things))
    matrix = np.empty((size, size))
    for i, row in enumerate(written):
        for j, text in enumerate(row):
            try:
                matrix[i, j] = float(Fraction(str(text).replace(" ", "")))
            except (ValueError, ZeroDivisionError):
                matrix[i, j] = np.nan
            if not matrix[i, j] > 0:
                raise StudyError("pairwise_number", row=things[i], column=things[j], value=text)
    off = np.abs(matrix * matrix.T - 1)
    if (off > RECIPROCAL).any():
        i, j = divmod(int(np.argmax(off)), size)
        pair = {"row": things[i], "column": things[j], "value": written[i][j], "reverse": written[j][i]}
        raise StudyError("pairwise_not_reciprocal", count=int((off > RECIPROCAL).sum() + 1) // 2, **pair)
    return matrix


def together(matrices: Sequence[Numbers]) -> Numbers:
    """The judgements of several experts as one matrix: their geometric mean, which stays reciprocal."""
    return np.exp(np.mean(np.log(matrices), axis=0))


def priorities(matrix: Numbers, random_index: str = "saaty_1980") -> Priorities:
    """Weights from a reciprocal matrix of judgements, and how consistent they are.

    Raises
    ------
    StudyError
        `pairwise_too_large`, beyond the table of random indices.

    Notes
    -----
    Saaty (1980), The Analytic Hierarchy Process.
    """
    size, table = len(matrix), RANDOM_INDEX[random_index]
    if size > len(table):
        raise StudyError("pairwise_too_large", count=size, most=len(table))
    values, vectors = np.linalg.eig(matrix)
    first = int(np.argmax(values.real))
    weights = np.abs(vectors[:, first].real)
    eigenvalue = float(values[first].real)
    index = (eigenvalue - size) / (size - 1) if size > 2 else 0.0
    return Priorities(weights / weights.sum(), eigenvalue, index / table[size - 1] if size > 2 else 0.0)


def require_consistent(matrix: Numbers, things: Sequence[str], expert: int, random_index: str) -> None:
    """Refuse judgements that contradict each other, and name the one furthest from what the others imply.

    Raises
    ------
    StudyError
        `pairwise_inconsistent`.
    """
    found = priorities(matrix, random_index)
    if found.consistency_ratio >= ACCEPTED:
        implied = found.weights[:, None] / found.weights
        i, j = divmod(int(np.argmax(np.abs(np.log(matrix / implied)))), len(matrix))
        raise StudyError(
            "pairwise_inconsistent",
            expert=expert,
            ratio=f"{found.consistency_ratio:.3f}",
            row=things[i],
            column=things[j],
            value=f"{matrix[i, j]:.3g}",
            implied=f"{implied[i, j]:.3g}",
        )
