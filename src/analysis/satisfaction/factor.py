"""One common factor of correlations by maximum likelihood, in a form of which derivatives can be taken.

Jöreskog (1967), Psychometrika 32: 443–482. Matrices may be complex: a complex step (Squire & Trapp 1998) then comes out as the
derivative of the solution, since a solution is defined by the likelihood equations.
"""

from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from analysis.inference.estimates import Numbers
from analysis.inference.sample import STEP

LEAST_UNIQUE = 0.005
"""Share of an item's variance that the factor must leave: at or below it the solution is improper (Heywood's case)."""
SINGULAR = 1e-9
"""Eigenvalues of correlations below so much of the largest are 0."""
Matrices = NDArray[Any]
"""One matrix a domain; complex where a derivative is taken."""


def correlations_of(s: Matrices) -> Matrices:
    """The correlations that belong to covariances; not finite where a column does not vary."""
    deviation = np.sqrt(np.einsum("dii->di", s))
    return s / (deviation[:, :, None] * deviation[:, None, :])


def is_regular(correlations: Matrices) -> NDArray[np.bool_]:
    """Whether each matrix can be inverted; one that is not finite cannot."""
    known = np.where(np.isfinite(correlations), correlations, 0).real
    return np.linalg.matrix_rank(known, rtol=SINGULAR, hermitian=True) == known.shape[1]


class _Solution(NamedTuple):
    """Standardised loadings and unique variances, in one array, and the second derivatives of the likelihood there."""

    estimates: Numbers
    curvature: Numbers


class OneFactor:
    """One common factor of correlations; each matrix is solved once, however often its derivatives are asked for."""

    def __init__(self) -> None:
        self._solved = cache(lambda content, size: _solution(np.frombuffer(content).reshape(size, size)))

    def omega(self, s: Matrices) -> Matrices:
        """The share of the sum's variance that is the factor's."""
        found, deviation = self._found(s), np.sqrt(np.einsum("dii->di", s))
        count = s.shape[1]
        common = (deviation * found[:, :count]).sum(axis=1) ** 2
        return common / (common + (deviation**2 * found[:, count:]).sum(axis=1))

    def loadings(self, s: Matrices) -> Matrices:
        """The standardised loadings."""
        return self._found(s)[:, : s.shape[1]]

    def _found(self, s: Matrices) -> Matrices:
        """Loadings and unique variances of each matrix, missing where there is no proper solution."""
        correlations, count = correlations_of(s), s.shape[1]
        found = np.full((len(s), 2 * count), np.nan, dtype=correlations.dtype)
        if count < 3:
            return found
        for place in np.flatnonzero(is_regular(correlations)):
            own = correlations[place]
            solution = self._solved(np.ascontiguousarray(own.real).tobytes(), count)
            if solution is not None:
                # one step of Newton's from the solution carries a complex step's derivative over exactly
                step = np.linalg.solve(solution.curvature, _slopes(solution.estimates, own))
                found[place] = solution.estimates - step
        return found


def _solution(correlations: Numbers) -> _Solution | None:
    """The factor of one matrix by maximum likelihood; None where the solution is improper."""
    count = len(correlations)

    def discrepancy(unique: Numbers) -> tuple[float, Numbers]:
        scale = np.sqrt(unique)
        roots, vectors = np.linalg.eigh(correlations / np.outer(scale, scale))
        rest = roots[:-1]
        loading = scale * vectors[:, -1] * np.sqrt(max(roots[-1] - 1, 0))
        model = np.outer(loading, loading) + np.diag(unique)
        return float((rest - np.log(rest) - 1).sum()), np.diag(model - correlations) / unique**2

    start = np.clip(0.5 / np.diag(np.linalg.inv(correlations)), 2 * LEAST_UNIQUE, 1)
    bounds = [(LEAST_UNIQUE, 1)] * count
    unique = optimize.minimize(discrepancy, start, jac=True, method="L-BFGS-B", bounds=bounds).x
    scale = np.sqrt(unique)
    roots, vectors = np.linalg.eigh(correlations / np.outer(scale, scale))
    if (unique <= LEAST_UNIQUE * (1 + 1e-6)).any() or roots[-1] <= 1:
        return None
    loading = scale * vectors[:, -1] * np.sqrt(roots[-1] - 1)
    found = np.concatenate([loading * np.sign(loading.sum()), unique])
    for _ in range(5):
        curvature = _curvature(found, correlations)
        if np.linalg.matrix_rank(curvature) < len(found):
            return None
        found = found - np.linalg.solve(curvature, _slopes(found, correlations))
    return _Solution(found, _curvature(found, correlations)) if (found[count:] > LEAST_UNIQUE).all() else None


def _slopes(estimates: Matrices, correlations: Matrices) -> Matrices:
    """The derivatives of ln|Σ| + tr(RΣ⁻¹), Σ = λλ′ + Θ, to loadings and unique variances."""
    loading, unique = np.split(estimates, 2)
    inverse = np.linalg.inv(np.outer(loading, loading) + np.diag(unique))
    apart = inverse - inverse @ correlations @ inverse
    return np.concatenate([2 * apart @ loading, np.diag(apart)])


def _curvature(estimates: Numbers, correlations: Numbers) -> Numbers:
    """The second derivatives, by complex steps of the first."""
    steps = 1j * STEP * np.eye(len(estimates))
    return np.array([np.imag(_slopes(estimates + step, correlations)) / STEP for step in steps]).T
