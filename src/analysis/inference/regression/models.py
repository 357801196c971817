"""Regression: generalised linear models under a design.

The coefficients are those that the model would have in the population; statsmodels finds them. Their errors are the
design's: a coefficient is a quantity with influence values like any other.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import digamma
from statsmodels.genmod.families import Binomial, Family, Gaussian, NegativeBinomial, Poisson
from statsmodels.genmod.generalized_linear_model import GLM
from statsmodels.tools.sm_exceptions import PerfectSeparationWarning

from analysis.errors import StudyError, listing
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, estimated
from analysis.inference.regression.formula import Terms, require_independent, terms_of
from analysis.inference.regression.links import IDENTITY, LOG, Link, binary_link
from analysis.inference.regression.separation import CERTAIN, require_overlap
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part

BinaryLink = Literal["logit", "probit", "cloglog", "loglog"]
STEPS = 100
"""Iterations after which a fit is given up."""
DISPERSIONS = (-10.0, 10.0)
"""Log dispersions that are searched; at the lower end counts are Poisson's."""
STEADY = 1e-10
"""Relative change of the deviance that ends the iterations; two of Newton's steps then reach the last digits."""


def linear_model(
    frame: Frame,
    formula: str,
    design: Design,
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Linear regression, E(y) = xβ.

    Parameters
    ----------
    frame
        One row a sampled unit.
    formula
        Outcome and terms, such as `y ~ x + C(group) + x:z`; `C(…)` takes numbers as categories, a name that is no word
        stands in back quotes. Rows in which one of its columns is missing are not in the base.
    design
        How the rows were drawn.
    where
        A part of the sample, by a column of booleans; the rest keeps its place in the design.
    level
        Coverage of the interval.
    named
        `measure`, `unit`, `table` and `window` of the rows.

    Returns
    -------
    Estimates
        One row a coefficient, named by the dimension `coefficient`. Its degrees of freedom are those of the design less the
        number of slopes. `facts` has `n`, `df_residual`, `formula`, `link`, the `places` of each term's coefficients in the
        table and the `model` itself, for `term_tests` and `average_marginal_effects`.

    Raises
    ------
    StudyError
        Whatever the design refuses; `formula_unreadable`, `formula_without_outcome`, `column_absent`, `column_infinite`,
        `term_not_finite`, `outcome_not_numeric`, `model_rows_few`, `terms_collinear`, `where_empty`.

    Notes
    -----
    Weighted least squares; the influence values of β are A⁻¹x(y − xβ) with A = Σwxx′: Fuller (1975), Sankhyā C 37:
    117–132; Binder (1983), International Statistical Review 51: 279–292.
    """
    terms = terms_of(frame, formula, design, where)
    return _estimated(
        GeneralisedLinear(terms, terms.outcome(), Gaussian(), IDENTITY), formula, "identity", level, named
    )


def logistic_model(
    frame: Frame,
    formula: str,
    design: Design,
    *,
    link: BinaryLink = "logit",
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Regression of an outcome that is 0 or 1, logit P(y = 1) = xβ. Other parameters, result and errors as of `linear_model`.

    Parameters
    ----------
    link
        The scale on which the probability is linear: `logit`, `probit`, `cloglog`, log(−log(1 − p)), or `loglog`, −log(−log p).

    Raises
    ------
    StudyError
        `link_unknown`; `outcome_not_binary`; `outcome_constant`; `terms_separate`, where terms tell the outcomes apart
        without error, so that a coefficient would be infinite; `model_not_found`.

    Notes
    -----
    Pseudo-maximum likelihood: Binder (1983), International Statistical Review 51: 279–292. The influence values are
    A⁻¹xu, with u a row's derivative of the log-likelihood to its linear predictor and A the expected information, as R's
    `svyglm` has it.
    """
    scale = binary_link(link)
    terms = terms_of(frame, formula, design, where)
    outcome = terms.outcome()
    _require(terms, (outcome == 0) | (outcome == 1), "outcome_not_binary")
    _require_variety(terms, outcome, (0, 1))
    return _estimated(GeneralisedLinear(terms, outcome, Binomial(scale.fitting), scale), formula, link, level, named)


def poisson_model(
    frame: Frame,
    formula: str,
    design: Design,
    *,
    offset: str | None = None,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Regression of a count, log E(y) = offset + xβ. Other parameters, result and errors as of `linear_model`.

    Parameters
    ----------
    offset
        Column of what is added to the linear predictor: the logarithm of the time or the persons that the row counts over.

    Raises
    ------
    StudyError
        `outcome_negative`, `outcome_constant` where all counts are 0, `terms_separate`, `model_not_found`.

    Notes
    -----
    The errors do not rest on the variance being the mean, since they are the design's.
    """
    terms = terms_of(frame, formula, design, where, offset)
    outcome = terms.outcome()
    _require(terms, outcome >= 0, "outcome_negative")
    _require_variety(terms, outcome, (0,))
    return _estimated(GeneralisedLinear(terms, outcome, Poisson(), LOG), formula, "log", level, named)


def negative_binomial_model(
    frame: Frame,
    formula: str,
    design: Design,
    *,
    offset: str | None = None,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Regression of a count that varies more than Poisson's, log E(y) = offset + xβ. All else as of `poisson_model`.

    Returns
    -------
    Estimates
        As of `linear_model`; `facts` has the `dispersion` α too: the variance is μ + αμ².

    Notes
    -----
    NB2 of Cameron & Trivedi (1986), Journal of Applied Econometrics 1: 29–53, by pseudo-maximum likelihood. α and β are
    estimated in turn; as they are orthogonal (Lawless 1987, Canadian Journal of Statistics 15: 209–225), the influence values
    of β are those for a given α, and replicates keep it. Large counts weigh less than in `poisson_model`.
    """
    terms = terms_of(frame, formula, design, where, offset)
    outcome = terms.outcome()
    _require(terms, outcome >= 0, "outcome_negative")
    _require_variety(terms, outcome, (0,))
    model = GeneralisedLinear(terms, outcome, Poisson(), LOG)
    beta, alpha = model.coefficients(terms.base), 0.0
    for _ in range(STEPS):
        found = _dispersion(terms, outcome, np.exp(terms.matrix @ beta + terms.offset))
        model = replace(model, family=NegativeBinomial(alpha=found))
        beta = model.coefficients(terms.base, beta)
        if abs(found - alpha) <= STEADY * found:
            return _estimated(model, formula, "log", level, named, {"dispersion": found})
        alpha = found
    raise StudyError("model_not_found", steps=STEPS, terms=len(terms.names), rows=len(outcome))


def _dispersion(terms: Terms, counts: Numbers, mean: Numbers) -> float:
    """The most likely dispersion of negative binomial counts with given means."""
    weights = terms.base.weights[terms.rows]

    def score(log_alpha: float) -> float:
        """The derivative of the log-likelihood to 1/α, less than 0 where α is too small."""
        shape = np.exp(-log_alpha)
        of_shape = digamma(counts + shape) - digamma(shape)
        return float(weights @ (of_shape - np.log1p(mean / shape) + (mean - counts) / (shape + mean)))

    low, high = DISPERSIONS
    if score(low) >= 0:
        return float(np.exp(low))
    if score(high) <= 0:
        return float(np.exp(high))
    return float(np.exp(brentq(score, low, high, xtol=1e-13)))


def _require(terms: Terms, is_right: NDArray[np.bool_], key: str) -> None:
    """Refuse outcomes that the model has no place for."""
    if not is_right.all():
        rows = listing(terms.variables.index[~is_right], 5)
        raise StudyError(key, outcome=str(terms.left), count=int((~is_right).sum()), rows=rows)


def _require_variety(terms: Terms, outcome: Numbers, values: Sequence[float]) -> None:
    """Refuse an outcome that is the same in all rows, and at its bound."""
    weighing = outcome[terms.base.weights[terms.rows] > 0]
    for value in values:
        if (weighing == value).all():
            raise StudyError("outcome_constant", outcome=str(terms.left), value=f"{value:g}", count=len(weighing))


@dataclass(frozen=True, eq=False)
class GeneralisedLinear:
    """A generalised linear model of the rows of a base."""

    terms: Terms
    outcome: Numbers
    family: Family
    link: Link

    def coefficients(self, base: Base, start: Numbers | None = None) -> Numbers:
        """The coefficients under the weights of a base.

        Raises
        ------
        StudyError
            `terms_collinear`, `terms_separate`, `model_not_found`.
        """
        weights = base.weights[self.terms.rows]
        used = weights > 0
        matrix, outcome, offset = self.terms.matrix[used], self.outcome[used], self.terms.offset[used]
        require_independent(matrix, self.terms.names)
        scaled = weights[used] / weights[used].mean()
        model = GLM(outcome, matrix, self.family, offset=offset, var_weights=scaled)
        scale = float(scaled @ outcome**2)
        with warnings.catch_warnings(), np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            warnings.simplefilter("ignore", PerfectSeparationWarning)  # tested below, without its false alarms
            found = model.fit(start, STEPS, atol=STEADY**2 * scale, rtol=STEADY, wls_method="qr")
        if not isinstance(self.family, Gaussian):
            self._require_maximum(matrix, outcome, found.fittedvalues, bool(found.converged))
        beta: Numbers = found.params
        for _ in range(2):
            beta = beta - np.linalg.solve(model.hessian(beta, scale=1), model.score(beta, scale=1))
        return beta

    def _require_maximum(self, matrix: Numbers, outcome: Numbers, mean: Numbers, has_converged: bool) -> None:
        """Refuse a fit that has no maximum, or was not brought to it."""
        is_low = outcome == 0
        missed = np.where(is_low, mean, 1 - mean if isinstance(self.family, Binomial) else 1)
        if has_converged and missed.min() > CERTAIN:
            return
        limits = np.where(is_low | isinstance(self.family, Binomial), 1.0, 0.0)
        require_overlap(np.where(is_low[:, None], -matrix, matrix), limits, self.terms.names)
        if not has_converged:
            raise StudyError("model_not_found", steps=STEPS, terms=len(self.terms.names), rows=len(matrix))

    def influence(self, base: Base, beta: Numbers) -> Numbers:
        """The influence values of the coefficients, one row each, of all rows of the sample."""
        matrix = self.terms.matrix
        predictor = matrix @ beta + self.terms.offset
        mean, slope = self.link.mean(predictor), self.link.slope(predictor)
        variance = self.family.variance(mean)
        information = (matrix * (base.weights[self.terms.rows] * slope**2 / variance)[:, None]).T @ matrix
        scores = matrix * ((self.outcome - mean) * slope / variance)[:, None]
        return self.terms.spread_out(np.linalg.solve(information, scores.T))


def coefficient_parts(base: Base, beta: Numbers, influence: Callable[[], Numbers]) -> list[Part]:
    """The coefficients of a fit, from the influence values of all of them, one row each."""
    rows = cache(influence)
    return [base.part(beta[[place]], lambda place=place: rows()[place]) for place in range(len(beta))]  # type: ignore[misc]


def _estimated(
    model: GeneralisedLinear, formula: str, link: str, level: float, named: Naming, told: dict[str, Any] | None = None
) -> Estimates:
    terms = model.terms
    start = model.coefficients(terms.base)

    def statistic(b: Base) -> list[Part]:
        beta = start if b is terms.base else model.coefficients(b, start)
        return coefficient_parts(b, beta, lambda: model.influence(b, beta))

    labels = [{"coefficient": name} for name in terms.names]
    made = estimated(
        terms.base, statistic, labels, level=level, **(Naming(measure="coefficient", unit="coefficient") | named)
    )
    facts = {"formula": formula, "link": link, "places": terms.places, "model": model}
    return with_fewer_df(made, len(start) - 1, level, facts | (told or {}))


def with_fewer_df(made: Estimates, fewer: int, level: float, facts: dict[str, Any]) -> Estimates:
    """The estimates of a model, with its slopes taken from their degrees of freedom, and what it tells of itself."""
    known = {"n": int(made.table["n"].iloc[0]), "df_residual": made.df - fewer}
    return replace(made.with_fewer_df(fewer, level), facts=known | facts)


def term_tests(model: Estimates) -> pd.DataFrame:
    """Wald's test of each term of a model: that all its coefficients are 0.

    Returns
    -------
    pandas.DataFrame
        One row a term of the formula: `term`, `statistic` F, `df`, `denominator_df` and `p`.

    Raises
    ------
    StudyError
        `model_without_terms`.

    Notes
    -----
    As R's `regTermTest(method = "Wald")`; the denominator has the model's residual degrees of freedom.
    """
    if "places" not in model.facts:
        raise StudyError("model_without_terms", rows=len(model.table))
    every = np.eye(len(model.table))
    tests = {term: model.wald(every[places]) for term, places in model.facts["places"].items()}
    return pd.DataFrame({"term": list(tests)}).join(pd.DataFrame(list(tests.values())))
