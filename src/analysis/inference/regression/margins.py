"""What a model's terms do to the mean of its outcome."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Unpack

import numpy as np
import pandas as pd

from analysis.errors import StudyError
from analysis.inference.coding import coded
from analysis.inference.estimates import Estimates, Naming, Numbers, estimated
from analysis.inference.regression.models import GeneralisedLinear, with_fewer_df
from analysis.inference.sample import Base, Part

STEP = 1e-5
"""Step of a derivative to a variable, in parts of its value: logarithms and roots stay defined."""
NEAR_ZERO = 1e-4
"""Values below so much of a variable's size have steps as if they were so large."""


def average_marginal_effects(model: Estimates, level: float = 0.95, **named: Unpack[Naming]) -> Estimates:
    """What a change of each variable does to the mean of the outcome, on average over the population.

    Parameters
    ----------
    model
        The result of `linear_model`, `logistic_model`, `poisson_model` or `hazard_model`.

    Returns
    -------
    Estimates
        One row a variable, with the dimensions `effect_of` and `contrast`: the derivative (`dy/dx`) for a number, the change
        from 0 to 1 for a number that is nothing else, and from the first level to each other one for categories. The
        degrees of freedom are the model's.

    Raises
    ------
    StudyError
        `model_without_margins`.

    Notes
    -----
    The mean over the rows of the base of m = ∂μ/∂x or μ(x₁) − μ(x₀), other variables as they are: Bartus (2005), Stata
    Journal 5: 309–329; Graubard & Korn (1999), Biometrics 55: 652–659. The influence values (m − AME)/Σw + D′φ, with φ
    those of the coefficients and D the mean derivative of m to these, hold both that the rows are a sample and that the
    coefficients are estimates.
    """
    fitted = model.facts.get("model")
    if not isinstance(fitted, GeneralisedLinear):
        raise StudyError("model_without_margins", formula=model.facts.get("formula", "–"))
    start, base, rows = model.table["estimate"].to_numpy(float), fitted.terms.base, fitted.terms.rows
    changes = list(_changes(fitted))

    def statistic(b: Base) -> list[Part]:
        beta = start if b is base else fitted.coefficients(b, start)
        size = b.weights[rows].sum()
        share, influence = b.weights[rows] / size, cache(lambda: fitted.influence(b, beta))

        def part(change: Derivative | Step) -> Part:
            effect = change.effect(beta)
            mean = share @ effect
            return b.part(
                np.array([mean]),
                lambda: fitted.terms.spread_out((effect - mean) / size) + change.slopes(beta, share) @ influence(),
            )

        return [part(change) for change in changes]

    labels = [{"effect_of": change.variable, "contrast": change.contrast} for change in changes]
    made = estimated(base, statistic, labels, level=level, **(Naming(measure="marginal_effect", unit="value") | named))
    return with_fewer_df(made, len(start) - 1, level, {"formula": model.facts["formula"], "link": model.facts["link"]})


@dataclass(frozen=True, eq=False)
class Derivative:
    """A small change of a number: ∂μ/∂x, with `moved` the derivative of the terms to it."""

    variable: str
    contrast: str
    model: GeneralisedLinear
    moved: Numbers

    def effect(self, beta: Numbers) -> Numbers:
        """The derivative of each row's mean."""
        return self.model.link.slope(self._predictor(beta)) * (self.moved @ beta)

    def slopes(self, beta: Numbers, share: Numbers) -> Numbers:
        """The derivative of the mean effect to the coefficients."""
        predictor = self._predictor(beta)
        bent = share * self.model.link.curvature(predictor) * (self.moved @ beta)
        return bent @ self.model.terms.matrix + (share * self.model.link.slope(predictor)) @ self.moved

    def _predictor(self, beta: Numbers) -> Numbers:
        return self.model.terms.matrix @ beta + self.model.terms.offset


@dataclass(frozen=True, eq=False)
class Step:
    """A change from one value to another: μ(x₁) − μ(x₀)."""

    variable: str
    contrast: str
    model: GeneralisedLinear
    before: Numbers
    after: Numbers

    def effect(self, beta: Numbers) -> Numbers:
        """The difference of each row's means."""
        return self.model.link.mean(self._predictor(self.after, beta)) - self.model.link.mean(
            self._predictor(self.before, beta)
        )

    def slopes(self, beta: Numbers, share: Numbers) -> Numbers:
        """The derivative of the mean effect to the coefficients."""
        after, before = (
            (share * self.model.link.slope(self._predictor(matrix, beta))) @ matrix
            for matrix in (self.after, self.before)
        )
        return after - before

    def _predictor(self, matrix: Numbers, beta: Numbers) -> Numbers:
        return matrix @ beta + self.model.terms.offset


def _changes(model: GeneralisedLinear) -> Iterator[Derivative | Step]:
    """The changes of each variable."""
    terms = model.terms
    for variable, is_number in terms.numerical().items():
        column = terms.variables[variable]
        _, levels = coded(column)
        if is_number and not set(levels) <= {0, 1}:
            x = column.to_numpy(float)
            step = STEP * np.maximum(np.abs(x), NEAR_ZERO * np.sqrt((x**2).mean()))
            up, down = (terms.matrix_of(terms.variables.assign(**{variable: column + by})) for by in (step, -step))
            yield Derivative(variable, "dy/dx", model, (up - down) / (2 * step[:, None]))
            continue
        at = [terms.matrix_of(terms.variables.assign(**{variable: _constant(column, level)})) for level in levels]
        for level, after in zip(levels[1:], at[1:], strict=True):
            names = (int(level), int(levels[0])) if is_number else (level, levels[0])
            yield Step(variable, "{} − {}".format(*names), model, at[0], after)


def _constant(column: pd.Series, value: object) -> pd.Series:
    """A column of the same kind with one value only."""
    return pd.Series([value] * len(column), index=column.index).astype(column.dtype)
