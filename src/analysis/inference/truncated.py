"""Regression of a count that is above 0: how often those do something who do it at all."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import loggamma

from analysis.errors import StudyError, listing
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, estimated
from analysis.inference.formula import Terms, require_independent, terms_of
from analysis.inference.models import coefficient_parts, with_fewer_df
from analysis.inference.sample import STEP, Base, Part

NUDGE = 1e-5
"""Step of the second derivatives, taken between exact first ones."""
STEADY = 1e-9
"""Slope of the mean log-likelihood that ends the search."""
LIMIT = 12.0
"""Log dispersion beyond which the data tell nothing of it: the counts are of another distribution, at its edge."""
Any_numbers = NDArray[Any]


def truncated_model(
    frame: pd.DataFrame,
    formula: str,
    design: Design,
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Negative binomial regression of a count of at least 1, truncated at zero. Parameters and errors as of `linear_model`.

    Returns
    -------
    Estimates
        One row a coefficient of log μ = xβ, then the logarithm of the dispersion α, the `term` `log(alpha)`: before zeros are cut
        off, counts have the mean μ and the variance μ + αμ². `facts` as of `linear_model`, for `truncated_effects`.

    Raises
    ------
    StudyError
        `outcome_not_positive`, for a count below 1 or no whole number; `terms_collinear`, `model_rows_few`; `model_not_found`,
        also where the dispersion has no estimate.

    Notes
    -----
    Pseudo-maximum likelihood of log f(y) − log(1 − f(0)): Grogger & Carson (1991), Journal of Applied Econometrics 6: 225–238,
    with f of Cameron & Trivedi (1986), ibid. 1: 29–53 (NB2). The influence values are A⁻¹s, with s a row's derivative
    of the log-likelihood and A the observed information: Binder (1983), International Statistical Review 51: 279–292.
    """
    terms = terms_of(frame, formula, design, where)
    counts = terms.outcome()
    wrong = (counts < 1) | (counts != np.floor(counts))
    if wrong.any():
        rows = listing(terms.variables.index[wrong], 5)
        raise StudyError("outcome_not_positive", outcome=str(terms.left), count=int(wrong.sum()), rows=rows)
    model = Truncated(terms, counts)
    start = model.coefficients(terms.base)

    def statistic(b: Base) -> list[Part]:
        theta = start if b is terms.base else model.coefficients(b, start)
        return coefficient_parts(b, theta, lambda: model.influence(b, theta))

    labels = [{"term": name} for name in (*terms.names, "log(alpha)")]
    made = estimated(terms.base, statistic, labels, level=level, **(Naming(measure="coefficient") | named))
    facts = {"formula": formula, "link": "log", "places": terms.places, "model": model}
    return with_fewer_df(made, len(terms.names) - 1, level, facts)


@dataclass(frozen=True, eq=False)
class Truncated:
    """A zero-truncated negative binomial model of the rows of a base: coefficients, then the log dispersion."""

    terms: Terms
    counts: Numbers

    def coefficients(self, base: Base, start: Numbers | None = None) -> Numbers:
        """The coefficients under the weights of a base.

        Raises
        ------
        StudyError
            `terms_collinear`, `model_not_found`.
        """
        weights = base.weights[self.terms.rows]
        require_independent(self.terms.matrix[weights > 0], self.terms.names)
        share = weights / weights.sum()
        if start is None:
            start = np.zeros(len(self.terms.names) + 1)
            start[0] = np.log(share @ self.counts) if self.terms.names[0] == "Intercept" else 0.0

        def loss(theta: Numbers) -> tuple[float, Numbers]:
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                value = share @ self._log_likelihood(self.terms.matrix @ theta[:-1], theta[-1])
                slope = share @ self.scores(theta)
            return (-float(value), -slope) if np.isfinite(value) else (np.inf, np.zeros_like(theta))

        found = minimize(loss, start, jac=True, method="BFGS", options={"gtol": STEADY, "maxiter": 500})
        theta: Numbers = found.x
        if np.abs(found.jac).max() < np.sqrt(STEADY) and abs(theta[-1]) < LIMIT:
            for _ in range(2):
                theta = theta + np.linalg.solve(self.information(theta, share), share @ self.scores(theta))
            if np.abs(share @ self.scores(theta)).max() < STEADY:
                return theta
        raise StudyError("model_not_found", steps=int(found.nit), terms=len(start), rows=len(self.counts))

    def influence(self, base: Base, theta: Numbers) -> Numbers:
        """The influence values of the coefficients, one row each, of all rows of the sample."""
        information = self.information(theta, base.weights[self.terms.rows])
        return self.terms.spread_out(np.linalg.solve(information, self.scores(theta).T))

    def scores(self, theta: Numbers) -> Numbers:
        """The derivatives of each row's log-likelihood to the coefficients."""
        to_predictor, to_dispersion = self._slopes(self.terms.matrix @ theta[:-1], theta[-1])
        return np.column_stack([self.terms.matrix * to_predictor[:, None], to_dispersion])

    def information(self, theta: Numbers, weights: Numbers) -> Numbers:
        """The observed information: less the weighted sum of second derivatives."""
        predictor, matrix = self.terms.matrix @ theta[:-1], self.terms.matrix
        near = [
            self._slopes(predictor + by * NUDGE, theta[-1] + other * NUDGE)
            for by, other in ((1, 0), (-1, 0), (0, 1), (0, -1))
        ]
        bent, mixed = ((near[0][of] - near[1][of]) / (2 * NUDGE) for of in (0, 1))
        own = (near[2][1] - near[3][1]) / (2 * NUDGE)
        beside = matrix.T @ (weights * mixed)
        corner = np.array([[weights @ own]])
        return -np.block([[matrix.T @ (matrix * (weights * bent)[:, None]), beside[:, None]], [beside[None, :], corner]])

    def mean(self, predictor: Any_numbers, dispersion: Any) -> Any_numbers:
        """The mean of the counts above 0, μ/(1 − f(0))."""
        return np.exp(predictor) / -np.expm1(_log_of_zero(predictor, dispersion))

    def _slopes(self, predictor: Numbers, dispersion: float) -> tuple[Numbers, Numbers]:
        """The derivatives of each row's log-likelihood to its predictor and to the log dispersion."""
        return _derivative(self._log_likelihood, predictor, dispersion)

    def _log_likelihood(self, predictor: Any_numbers, dispersion: Any) -> Any_numbers:
        y, inverse = self.counts, np.exp(-dispersion)
        spread = dispersion + predictor  # log αμ
        odds = spread - np.log1p(np.exp(spread))
        at_zero = _log_of_zero(predictor, dispersion)
        shape = loggamma(y + inverse) - loggamma(inverse) - loggamma(y + 1)
        return shape + y * odds + at_zero - np.log(-np.expm1(at_zero))


def _log_of_zero(predictor: Any_numbers, dispersion: Any) -> Any_numbers:
    """The logarithm of the chance of a zero, −log(1 + αμ)/α."""
    return -np.exp(-dispersion) * np.log1p(np.exp(dispersion + predictor))


def _derivative(function: Callable[..., Any_numbers], predictor: Numbers, dispersion: float) -> tuple[Numbers, Numbers]:
    """The derivatives of a function of predictor and log dispersion, with a complex step."""
    return (
        np.imag(function(predictor + 1j * STEP, complex(dispersion))) / STEP,
        np.imag(function(predictor + 0j, dispersion + 1j * STEP)) / STEP,
    )


def truncated_effects(model: Estimates, level: float = 0.95, **named: Unpack[Naming]) -> Estimates:
    """What each variable of 0 and 1 does to the mean count of those above 0, on average over them.

    Parameters
    ----------
    model
        The result of `truncated_model`, all variables of which are 0 or 1.

    Returns
    -------
    Estimates
        One row a variable, with the dimensions `term` and `contrast`. The degrees of freedom are the model's.

    Raises
    ------
    StudyError
        `model_without_margins`, where a variable is anything else.

    Notes
    -----
    As `average_marginal_effects`: the errors hold both that the rows are a sample and that the coefficients are estimates.
    """
    fitted = model.facts.get("model")
    if not isinstance(fitted, Truncated) or not _all_binary(fitted.terms):
        raise StudyError("model_without_margins", formula=model.facts.get("formula", "–"))
    terms, start = fitted.terms, model.table["estimate"].to_numpy(float)
    variables = list(terms.numerical())
    changed = {
        name: [terms.matrix_of(terms.variables.assign(**{name: value})) for value in (0.0, 1.0)] for name in variables
    }

    def statistic(b: Base) -> list[Part]:
        theta = start if b is terms.base else fitted.coefficients(b, start)
        size = b.weights[terms.rows].sum()
        share, influence = b.weights[terms.rows] / size, cache(lambda: fitted.influence(b, theta))

        def part(name: str) -> Part:
            before, after = (fitted.mean(matrix @ theta[:-1], theta[-1]) for matrix in changed[name])
            effect = after - before
            mean = share @ effect
            slopes = [_mean_slopes(fitted, matrix, theta, share) for matrix in changed[name]]
            return b.part(
                np.array([mean]),
                lambda: terms.spread_out((effect - mean) / size) + (slopes[1] - slopes[0]) @ influence(),
            )

        return [part(name) for name in variables]

    labels = [{"term": name, "contrast": "1 − 0"} for name in variables]
    made = estimated(terms.base, statistic, labels, level=level, **(Naming(measure="marginal_effect") | named))
    return with_fewer_df(made, len(terms.names) - 1, level, {"formula": model.facts["formula"], "link": "log"})


def _all_binary(terms: Terms) -> bool:
    return all(
        is_number and terms.variables[name].isin((0, 1)).all() for name, is_number in terms.numerical().items()
    )


def _mean_slopes(model: Truncated, matrix: Numbers, theta: Numbers, share: Numbers) -> Numbers:
    """The derivatives of a mean over the rows to the coefficients."""
    to_predictor, to_dispersion = _derivative(model.mean, matrix @ theta[:-1], theta[-1])
    return np.append((share * to_predictor) @ matrix, share @ to_dispersion)
