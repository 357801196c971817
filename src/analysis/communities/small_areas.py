"""Estimates for small communities: direct ones, those that borrow strength from the others, and funnel plots.

A direct estimate rests on the few respondents of one community. The model of Fay & Herriot takes what the communities have
in common and moves each estimate towards it, the more the less its own respondents tell. A funnel plot shows which communities
differ from the whole by more than their numbers explain, and ranks none. Formulas and sources: docs/methods.md#small-areas.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, stats

from analysis.errors import StudyError
from analysis.measure import arranged, combined
from analysis.study import Study
from analysis.survey.answers import OUTCOMES, answers, by_community, outcomes
from analysis.survey.respondents import COMMUNITY, waves

Numbers = NDArray[np.float64]
FUNNEL_LEVELS = (0.95, 0.998)
"""Coverage of the two limits of a funnel plot (Spiegelhalter 2005)."""
DEVIATIONS = {"proportion": "points", "score_100": "score_100"}
"""The unit of a deviation between estimates of a unit."""
WINSORISED = 0.1
"""Share of the communities at each end whose distance counts no more than that of the next (Spiegelhalter 2005)."""


@dataclass(frozen=True)
class FayHerriot:
    """The area-level model, fitted: y = Xβ + v + e, var v = A over areas, var e = D of the direct estimate.

    Attributes
    ----------
    area_variance
        A. At 0 the areas do not differ by more than their sampling errors explain, as far as the data tell.
    coefficients
        β.
    estimate, mse
        The empirical best linear unbiased predictor of each area and its mean squared error.
    shrinkage
        1 − γ = D/(A + D), how far each direct estimate is moved towards what the model expects.
    """

    area_variance: float
    coefficients: Numbers
    estimate: Numbers
    mse: Numbers
    shrinkage: Numbers


def fay_herriot(direct: Numbers, variance: Numbers, covariates: Numbers | None = None) -> FayHerriot:
    """Fit the model of Fay & Herriot, A by restricted maximum likelihood.

    Parameters
    ----------
    direct, variance
        Direct estimates and their sampling variances, taken as known.
    covariates
        One row an area; a column of ones where it is left out.

    Raises
    ------
    StudyError
        `areas_too_few`, no more areas than coefficients; `area_variance_invalid`, a variance that is not above 0.

    Notes
    -----
    Fay & Herriot (1979). The mean squared error is g₁ + g₂ + 2g₃ with the asymptotic variance of the REML estimator,
    2/Σ(A + D)⁻² (Prasad & Rao 1990; Datta & Lahiri 2000). At A = 0 it is known to be too small.
    """
    x = np.ones((len(direct), 1)) if covariates is None else covariates
    if len(direct) <= x.shape[1]:
        raise StudyError("areas_too_few", count=len(direct), coefficients=x.shape[1])
    if not (variance > 0).all():
        raise StudyError("area_variance_invalid", count=int((~(variance > 0)).sum()), total=len(variance))
    a = _area_variance(direct, variance, x)
    precision = 1 / (a + variance)
    information = np.linalg.inv(x.T @ (precision[:, None] * x))
    beta = information @ (x.T @ (precision * direct))
    shrinkage = variance * precision
    expected = x @ beta
    g1 = a * shrinkage
    g2 = shrinkage**2 * np.einsum("ij,jk,ik->i", x, information, x)
    g3 = variance**2 * precision**3 * 2 / (precision**2).sum()
    return FayHerriot(a, beta, direct + shrinkage * (expected - direct), g1 + g2 + 2 * g3, shrinkage)


def _area_variance(y: Numbers, d: Numbers, x: Numbers) -> float:
    """The root of the restricted likelihood's score, 0 where it falls from the start."""

    def score(a: float) -> float:
        """Twice the derivative: y′PPy − tr P, where P = V⁻¹ − V⁻¹X(X′V⁻¹X)⁻¹X′V⁻¹."""
        precision = 1 / (a + d)
        weighted = precision[:, None] * x
        inverse = np.linalg.inv(x.T @ weighted)
        residual = precision * (y - x @ (inverse @ (weighted.T @ y)))
        trace = precision.sum() - np.trace(inverse @ (weighted.T @ weighted))
        return float(residual @ residual - trace)

    if score(0) <= 0:
        return 0.0
    upper = float(np.var(y, ddof=0) * len(y) + d.max())
    while score(upper) > 0:
        upper *= 4
    return float(optimize.brentq(score, 0, upper, xtol=1e-15 * upper, rtol=1e-14))


@dataclass(frozen=True)
class Funnel:
    """What a funnel plot is drawn from.

    Attributes
    ----------
    target
        The value of the whole.
    unit_sd
        Standard deviation of a single answer: the limits of n answers lie at z · `unit_sd` · √(`overdispersion`/n).
    overdispersion
        φ, how much more the areas vary than their sampling errors explain; never below 1.
    """

    target: float
    unit_sd: float
    overdispersion: float

    def limits(self, n: Numbers, level: float) -> tuple[Numbers, Numbers]:
        """Between which values an area of n answers lies with this probability, if it is as the whole."""
        half = stats.norm.isf((1 - level) / 2) * self.unit_sd * np.sqrt(self.overdispersion / n)
        return self.target - half, self.target + half


def funnel(direct: Numbers, variance: Numbers, n: Numbers, target: float) -> Funnel:
    """The limits of a funnel plot, with a multiplicative factor for over-dispersion.

    Parameters
    ----------
    direct, variance, n
        Direct estimates, their sampling variances and numbers of answers; the unit variance is pooled over areas,
        Σn(n·variance)/Σn, so that it holds the design effect.
    target
        The value of the whole.

    Notes
    -----
    φ is the mean of z², each z winsorised at the tenths (Spiegelhalter 2005); below 1 it counts as 1.
    """
    unit_sd = float(np.sqrt((n * n * variance).sum() / n.sum()))
    z = (direct - target) / (unit_sd / np.sqrt(n))
    z = np.clip(z, *np.quantile(z, [WINSORISED, 1 - WINSORISED]))
    return Funnel(target, unit_sd, max(float((z**2).mean()), 1.0))


def areas(study: Study, wave: str, level: float = 0.95) -> pd.DataFrame:
    """Every measure of single communities in one wave.

    Returns
    -------
    pandas.DataFrame
        Measure table by `outcome` and `community_id`; an outcome's name ends those of its measures. `direct_…` with its
        interval; `small_area_…`, the predictor of the model, its `se` the root of the mean squared error; `shrinkage`;
        `funnel_…` once for each level, the value of the whole between the limits for this community's n. Without communities:
        `deviation_…`, √A, and `overdispersion_factor`. A community whose error is not known has a direct estimate only.
    """
    frame = answers(study, wave)
    design = study.design("respondents")
    asked = outcomes(frame)
    if not asked:
        return combined([])
    direct = by_community(frame, design, asked).table
    whole = by_community(frame, design, asked, by=()).table.set_index("measure")
    tables = [direct.assign(outcome=direct["measure"], measure="direct_" + direct["measure"])]
    for outcome in asked:
        rows = direct[direct["measure"] == outcome].reset_index(drop=True)
        facts = {"outcome": outcome, "table": "respondents", "is_weighted": rows["is_weighted"].iloc[0]}
        tables.append(_modelled(rows.assign(**facts), facts, level))
        tables.append(_funnelled(rows.assign(**facts), facts, float(whole.loc[outcome, "estimate"])))
    return combined(tables).assign(wave=wave, window=wave)


def _known(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[(rows["se"] > 0) & rows["estimate"].notna()]


def _modelled(rows: pd.DataFrame, facts: dict[str, object], level: float) -> pd.DataFrame:
    known = _known(rows)
    outcome = str(facts["outcome"])
    unit = OUTCOMES[outcome]
    spread = pd.DataFrame({"measure": [f"deviation_{outcome}"], "n": known["n"].sum()}).assign(
        unit=DEVIATIONS[unit], **facts
    )
    if len(known) < 3:  # an area variance takes more than the mean and one deviation from it
        return arranged(spread.assign(estimate=np.nan, reason="areas_too_few"))
    model = fay_herriot(known["estimate"].to_numpy(), known["se"].to_numpy() ** 2)
    half = stats.norm.isf((1 - level) / 2) * np.sqrt(model.mse)
    counted = known[[COMMUNITY, "n", "numerator", "denominator"]].assign(**facts)
    predicted = counted.assign(
        measure=f"small_area_{outcome}", estimate=model.estimate, se=np.sqrt(model.mse), low=model.estimate - half,
        high=model.estimate + half, coverage=level, unit=unit, interval="eblup",
    )  # fmt: skip
    if unit == "proportion":
        predicted = predicted.assign(low=predicted["low"].clip(lower=0), high=predicted["high"].clip(upper=1))
    moved = counted.drop(columns=["numerator", "denominator"]).assign(
        measure="shrinkage", estimate=model.shrinkage, unit="proportion"
    )
    spread = spread.assign(estimate=np.sqrt(model.area_variance))
    return combined(arranged(one) for one in (predicted, moved, spread))


def _funnelled(rows: pd.DataFrame, facts: dict[str, object], target: float) -> pd.DataFrame:
    known = _known(rows)
    if len(known) < 3:
        return combined([])
    n, outcome = known["n"].to_numpy(), str(facts["outcome"])
    made = funnel(known["estimate"].to_numpy(), known["se"].to_numpy() ** 2, n, target)
    tables = []
    for level in FUNNEL_LEVELS:
        low, high = made.limits(n, level)
        ends = known[[COMMUNITY, "n"]].assign(estimate=target, low=low, high=high, coverage=level, limit=f"{level:g}")
        tables.append(ends.assign(measure=f"funnel_{outcome}", unit=OUTCOMES[outcome], interval="funnel", **facts))
    factor = pd.DataFrame({"measure": ["overdispersion_factor"], "estimate": made.overdispersion, "n": n.sum()})
    return combined(arranged(one) for one in (*tables, factor.assign(unit="ratio", **facts)))


def outside(table: pd.DataFrame, outcome: str, level: float) -> list[str]:
    """The communities whose direct estimate lies outside the funnel's limits, in the order of their ids: no ranking."""
    rows = table[table["outcome"] == outcome]
    limits = rows[(rows["measure"] == f"funnel_{outcome}") & (rows["coverage"] == level)].set_index(COMMUNITY)
    direct = rows[rows["measure"] == f"direct_{outcome}"].set_index(COMMUNITY)["estimate"].reindex(limits.index)
    return sorted(limits.index[(direct < limits["low"]) | (direct > limits["high"])])


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of single communities that the study's tables allow, for each wave; by community and nothing else."""
    if not {*by} <= {COMMUNITY}:
        return combined([])
    return combined(areas(study, wave) for wave in waves(study))
