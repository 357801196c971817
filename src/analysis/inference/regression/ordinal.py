"""Regression of an ordered outcome."""

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Unpack

import numpy as np
from scipy.optimize import minimize

from analysis.errors import StudyError
from analysis.inference.coding import Codes
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, estimated
from analysis.inference.regression.formula import Terms, require_independent, terms_of
from analysis.inference.regression.links import Link, binary_link
from analysis.inference.regression.models import BinaryLink, coefficient_parts, with_fewer_df
from analysis.inference.regression.separation import CERTAIN, require_overlap
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part

END = 500.0
"""A predictor that stands for infinity: every mean of it is 0 or 1, and every derivative 0."""
FLAT = 1e-8
"""Slope of the mean log-likelihood that ends the search; two of Newton's steps then reach the last digits."""


def ordinal_model(
    frame: Frame,
    formula: str,
    design: Design,
    *,
    link: BinaryLink = "logit",
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Cumulative model of an ordered outcome, logit P(y ≤ j) = αⱼ − xβ. Other parameters and errors as of `linear_model`.

    Parameters
    ----------
    formula
        The outcome is a column of ordered categories, or of numbers, whose order is that of the levels.
    link
        `logit`: proportional odds. Also `probit`, `cloglog`, log(−log(1 − p)) and `loglog`, −log(−log p).

    Returns
    -------
    Estimates
        One row a coefficient, then one a threshold αⱼ, whose name is the two levels that it lies between. A positive
        coefficient goes with higher levels. `facts` as of `linear_model`, with the `levels`; there is no `model`.

    Raises
    ------
    StudyError
        `link_unknown`, `outcome_not_a_column`, `outcome_unordered`, `outcome_one_level`, `outcome_level_empty`,
        `terms_separate`, `model_not_found`.

    Notes
    -----
    McCullagh (1980), Journal of the Royal Statistical Society B 42: 109–142, with the sign of polr, ologit and SPSS (SAS
    has the other). The influence values are A⁻¹u with A the observed information, taken by formula.
    """
    scale = binary_link(link)
    terms = terms_of(frame, formula, design, where)
    codes, levels = terms.ordered_outcome()
    model = Cumulative(terms, codes, [f"{low}|{high}" for low, high in pairwise(levels)], scale)
    start = model.coefficients(terms.base)

    def statistic(b: Base) -> list[Part]:
        theta = start if b is terms.base else model.coefficients(b, start)
        return coefficient_parts(b, theta, lambda: model.influence(b, theta))

    labels = [{"coefficient": name} for name in model.names]
    made = estimated(
        terms.base, statistic, labels, level=level, **(Naming(measure="coefficient", unit="coefficient") | named)
    )
    facts = {"formula": formula, "link": link, "places": model.places, "levels": list(levels)}
    return with_fewer_df(made, len(model.slopes), level, facts)


@dataclass(frozen=True, eq=False)
class Cumulative:
    """A cumulative model of the rows of a base: slopes, then thresholds."""

    terms: Terms
    codes: Codes
    thresholds: list[str]
    link: Link

    @cached_property
    def slopes(self) -> list[int]:
        """The places of the slopes among the columns of the terms: all but the constant."""
        return [place for place, name in enumerate(self.terms.names) if name != "Intercept"]

    @property
    def names(self) -> list[str]:
        """What each coefficient is of."""
        return [*(self.terms.names[place] for place in self.slopes), *self.thresholds]

    @property
    def places(self) -> dict[str, list[int]]:
        """The places of the slopes of each term."""
        place_of = {column: place for place, column in enumerate(self.slopes)}
        return {term: [place_of[column] for column in columns] for term, columns in self.terms.places.items()}

    @cached_property
    def above(self) -> Numbers:
        """The derivatives of αⱼ − xβ to all coefficients, j being each row's level; 0 in the last level."""
        return self._derivatives(self.codes)

    @cached_property
    def below(self) -> Numbers:
        """The same with j the level below each row's; 0 in the first level."""
        return self._derivatives(self.codes - 1)

    def _derivatives(self, level: Codes) -> Numbers:
        is_threshold = level[:, None] == np.arange(len(self.thresholds))
        slopes = -self.terms.matrix[:, self.slopes] * is_threshold.any(axis=1)[:, None]
        return np.hstack([slopes, is_threshold])

    def coefficients(self, base: Base, start: Numbers | None = None) -> Numbers:
        """The coefficients under the weights of a base.

        Raises
        ------
        StudyError
            `terms_collinear`, `terms_separate`, `model_not_found`.
        """
        weights = base.weights[self.terms.rows]
        weighs = weights > 0
        constant = np.ones((int(weighs.sum()), 1))
        slopes = [self.terms.names[place] for place in self.slopes]
        require_independent(np.hstack([constant, self.terms.matrix[weighs][:, self.slopes]]), ["Intercept", *slopes])
        shares = weights / weights.sum()
        unit = np.sqrt(shares @ self.above**2 + shares @ self.below**2)
        found = minimize(
            lambda steps: self._deviance(steps / unit, shares),
            (self._first() if start is None else start) * unit,
            jac=lambda steps: -(shares @ self._scores(steps / unit)) / unit,
            hess=lambda steps: self._information(steps / unit, shares) / np.outer(unit, unit),
            method="trust-exact",
            options={"gtol": FLAT},
        )
        theta: Numbers = found.x / unit
        if not found.success or (1 - self._parts(theta)[0][weighs]).min() < CERTAIN:
            gains = np.vstack([self.above[weighs], -self.below[weighs]])
            require_overlap(gains[gains.any(axis=1)], 1.0, self.names)
        if not found.success:
            raise StudyError("model_not_found", steps=int(found.nit), terms=len(theta), rows=int(weighs.sum()))
        for _ in range(2):
            theta = theta + np.linalg.solve(self._information(theta, shares), shares @ self._scores(theta))
        return theta

    def influence(self, base: Base, theta: Numbers) -> Numbers:
        """The influence values of the coefficients, one row each, of all rows of the sample."""
        information = self._information(theta, base.weights[self.terms.rows])
        return self.terms.spread_out(np.linalg.solve(information, self._scores(theta).T))

    def _first(self) -> Numbers:
        """Where the search begins: no slopes, and thresholds that part equal steps of the predictor."""
        return np.concatenate([np.zeros(len(self.slopes)), np.linspace(-1, 1, len(self.thresholds) + 2)[1:-1]])

    def _parts(self, theta: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """The chance of each row's level, and the predictors at its upper and its lower end."""
        upper = np.where(self.codes < len(self.thresholds), self.above @ theta, END)
        lower = np.where(self.codes > 0, self.below @ theta, -END)
        return self.link.mean(upper) - self.link.mean(lower), upper, lower

    def _deviance(self, theta: Numbers, shares: Numbers) -> float:
        chance = self._parts(theta)[0]
        return float(-(shares @ np.log(chance))) if (chance > 0).all() else np.inf

    def _scores(self, theta: Numbers) -> Numbers:
        """The derivatives of each row's log-likelihood."""
        chance, upper, lower = self._parts(theta)
        rise, fall = self.link.slope(upper) / chance, self.link.slope(lower) / chance
        return rise[:, None] * self.above - fall[:, None] * self.below

    def _information(self, theta: Numbers, weights: Numbers) -> Numbers:
        """The negative second derivatives of the log-likelihood."""
        chance, upper, lower = self._parts(theta)
        scores = self._scores(theta)
        rise, fall = self.link.curvature(upper) / chance, self.link.curvature(lower) / chance
        bent = (self.above * (weights * rise)[:, None]).T @ self.above
        bent -= (self.below * (weights * fall)[:, None]).T @ self.below
        return (scores * weights[:, None]).T @ scores - bent
