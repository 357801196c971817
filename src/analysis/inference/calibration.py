"""Weights that meet known population totals: post-stratified, raked, calibrated, and trimmed.

Each call gives a design again, under which estimates know that their weights were calibrated: their errors are those
of what the auxiliary variables do not explain.
"""

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from analysis.errors import StudyError, listing, nearest
from analysis.inference.design import absent, numbers
from analysis.inference.estimates import Design
from analysis.inference.sample import Sample
from analysis.inference.variance import Calibration, Linearised

Numbers = NDArray[np.float64]
Levels: TypeAlias = Mapping[Hashable, float]
"""How many of the population have each level of a column."""
Distance = Literal["linear", "raking", "logit"]
CLOSE = 1e-12
"""Totals are met when they are off by no more than this part of the sum of the absolute weighted values."""
COLLINEAR = 1e-10
"""What is left of an auxiliary variable beside the others counts as nothing below so much of its square."""
STEPS, HALVINGS = 100, 50
"""Newton's method takes a handful of steps, rarely a halved one; where it has taken so many there is no solution."""
RISES, FALLS = 0.9, 0.1
"""A step ends where the function rises less than so much of its first rise, and falls no more than so much of it."""


@dataclass(frozen=True, eq=False)
class CalibratedDesign:
    """A design whose weights were changed; made by `post_stratify`, `rake`, `calibrate` and `trim_weights`.

    Attributes
    ----------
    design
        The design that the weights come from.
    weights
        The new weight of each row.
    g
        The new weights over those of the design.
    calibration
        What errors must know of the calibration; None for weights that were only trimmed.
    steps
        How many steps Newton's method took; 0 where there was nothing to solve.
    """

    design: Design
    weights: pd.Series
    g: pd.Series
    calibration: Calibration | None
    steps: int = 0

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame with the calibrated weights.

        Raises
        ------
        StudyError
            `calibration_of_another_frame`, and whatever the design refuses.
        """
        before = self.design.sample(frame)
        weights = self.weights.to_numpy()
        if not before.frame.index.equals(self.weights.index) or not np.allclose(
            before.weights * self.g, weights, rtol=CLOSE
        ):
            raise StudyError("calibration_of_another_frame", rows=len(before.frame), expected=len(weights))
        assert isinstance(before.variance, Linearised)
        variance = replace(before.variance, calibration=self.calibration)
        return replace(before, weights=weights, variance=variance, is_weighted=True)

    def summary(self) -> pd.Series:
        """How uneven the weights are: see `weight_summary`; and the least and greatest of `g`."""
        return pd.concat(
            [weight_summary(self.weights), pd.Series({"least_g": self.g.min(), "greatest_g": self.g.max()})]
        )


def weight_summary(weights: pd.Series) -> pd.Series:
    """How uneven some weights are.

    Returns
    -------
    pandas.Series
        `least`, `greatest`, `cv` (standard deviation over mean), Kish's `design_effect` of weighting, n Σw²/(Σw)², and
        `effective_n`, (Σw)²/Σw². n counts the rows that weigh anything.

    Notes
    -----
    Kish (1992), Journal of Official Statistics 8: 183–200.
    """
    used = weights[weights > 0]
    effective = used.sum() ** 2 / (used**2).sum()
    effect = len(used) / effective
    cv = np.sqrt(max(effect - 1, 0))
    return pd.Series(
        {"least": used.min(), "greatest": used.max(), "cv": cv, "design_effect": effect, "effective_n": effective}
    )


def post_stratify(frame: pd.DataFrame, design: Design, column: str, totals: Levels) -> CalibratedDesign:
    """Weights that meet the population's number in each level of one column.

    Parameters
    ----------
    frame
        One row a sampled unit.
    design
        How the rows were drawn, with clusters and strata.
    column
        A column without missing values.
    totals
        How many of the population have each of its levels.

    Raises
    ------
    StudyError
        `column_absent`, `calibration_missing`, `calibration_level_without_total`,
        `calibration_level_empty`, `calibration_total_invalid`, `calibration_twice`, `calibration_of_replicates`, and
        whatever the design refuses.

    Notes
    -----
    Holt & Smith (1979), Journal of the Royal Statistical Society A 142: 33–46.
    """
    return calibrate(frame, design, {column: totals})


def rake(
    frame: pd.DataFrame, design: Design, margins: Mapping[str, Levels], limits: tuple[float, float] | None = None
) -> CalibratedDesign:
    """Weights that meet the population's margins of several columns, each weight multiplied by a factor of every level.

    Parameters
    ----------
    margins
        For each column how many of the population have each of its levels. The margins have the same sum.
    limits
        Least and greatest weight, as of `calibrate`.

    Raises
    ------
    StudyError
        As of `post_stratify`; `calibration_margins_differ`, `calibration_not_reached`.

    Notes
    -----
    The weights are those that iterative proportional fitting ends in: Deming & Stephan (1940), Annals of Mathematical
    Statistics 11: 427–444; found by Newton's method: Deville, Särndal & Sautory (1993), JASA 88: 1013–1020.
    """
    return calibrate(frame, design, margins, "raking", limits=limits)


def calibrate(
    frame: pd.DataFrame,
    design: Design,
    totals: Mapping[str, float | Levels],
    kind: Distance = "linear",
    bounds: tuple[float, float] | None = None,
    limits: tuple[float, float] | None = None,
) -> CalibratedDesign:
    """Weights near the design's that meet the population totals of auxiliary variables.

    Parameters
    ----------
    totals
        For each column its total, or for each of its levels how many of the population have it. The size of the
        population is the total of a column of ones, and the sum of any levels.
    kind
        How the factor g of a weight hangs on the auxiliary variables: 1 + x′λ (`linear`), exp x′λ (`raking`: never
        negative) or a logistic curve between the `bounds` (`logit`).
    bounds
        Least and greatest factor, around 1; for `linear` the factor is cut off there.
    limits
        Least and greatest weight: a factor is cut off where the weight would pass them, and the totals are met all the
        same.

    Raises
    ------
    StudyError
        As of `rake`; `calibration_kind_unknown`, `calibration_bounds_invalid`, `calibration_bounds_narrow`,
        `calibration_weights_negative`, `calibration_totals_absent`, `column_not_numeric`.

    Notes
    -----
    Deville & Särndal (1992), JASA 87: 376–382: the three kinds are their cases 1, 2 and 6, and 7 is the linear one
    with bounds. Of all weights within `limits` that meet the totals, those found are nearest to the design's by the
    distance of the kind: a factor at its limit is what the conditions for an optimum under inequalities give there.
    """
    factor = _factor(kind, bounds)
    sample = design.sample(frame)
    if not isinstance(sample.variance, Linearised):
        raise StudyError("calibration_of_replicates", design=type(design).__name__)
    if sample.variance.calibration is not None:
        raise StudyError("calibration_twice", columns=listing(totals))
    if not totals:
        raise StudyError("calibration_totals_absent")
    if facts := absent(sample.frame, list(totals)):
        raise StudyError("column_absent", **facts)
    named = [_auxiliary(sample, column, total) for column, total in totals.items()]
    _require_one_sum(totals)
    auxiliary, wanted = np.hstack([one.values for one in named]), np.concatenate([one.totals for one in named])
    names = [name for one in named for name in one.names]
    _require_within(auxiliary, wanted, names, sample.weights, bounds)
    combinations = _combinations(auxiliary, sample.weights)
    if limits is not None:
        factor = _limited(factor, limits, sample.weights)
    g, steps = _solved(auxiliary, combinations, wanted, names, sample.weights, factor)
    weights = g * sample.weights
    if weights.min() < 0:
        raise StudyError("calibration_weights_negative", count=int((weights < 0).sum()), least=f"{weights.min():.4g}")
    return _designed(design, sample, weights, Calibration(sample.weights, auxiliary @ combinations), steps)


def trim_weights(frame: pd.DataFrame, design: Design, lower: float, upper: float) -> CalibratedDesign:
    """Weights within limits; what is cut off is spread equally over the other rows, so that the sum stays.

    Rows that weigh nothing stay out. Errors count the new weights as if they had been planned.

    Parameters
    ----------
    lower, upper
        Least and greatest weight.

    Raises
    ------
    StudyError
        `trim_limits_invalid`, where no weights between them have the sum of the old ones; `calibration_of_replicates`,
        and whatever the design refuses.

    Notes
    -----
    Potter (1990), Proceedings of the Section on Survey Research Methods, American Statistical Association: 225–230.
    A row that would pass a limit by what it is given stops there, and the others share the rest.
    """
    sample = design.sample(frame)
    if not isinstance(sample.variance, Linearised):
        raise StudyError("calibration_of_replicates", design=type(design).__name__)
    used = sample.weights > 0
    before, total = sample.weights[used], sample.weights.sum()
    mean = total / len(before)
    if not lower <= mean <= upper:
        raise StudyError("trim_limits_invalid", lower=lower, upper=upper, mean=f"{mean:.6g}")
    weights = np.zeros(len(used))
    weights[used] = _shifted(before, max(lower, 0), min(upper, total))
    return _designed(design, sample, weights, sample.variance.calibration)


def _shifted(weights: Numbers, lower: float, upper: float) -> Numbers:
    """Weights moved by one amount and cut off at the limits, so that their sum stays.

    The sum as a function of the amount is a line from knot to knot: at each a weight leaves one limit or meets the other.
    """
    knots = np.concatenate([lower - weights, upper - weights])
    order = np.argsort(knots, kind="stable")
    knots = knots[order]
    moving = np.cumsum(np.where(order < len(weights), 1, -1))
    sums = len(weights) * lower + np.append(0, np.cumsum(moving[:-1] * np.diff(knots)))
    return np.clip(weights + np.interp(weights.sum(), sums, knots), lower, upper)


def _designed(
    design: Design, sample: Sample, weights: Numbers, calibration: Calibration | None, steps: int = 0
) -> CalibratedDesign:
    index = sample.frame.index
    g = np.divide(weights, sample.weights, out=np.ones(len(weights)), where=sample.weights > 0)
    return CalibratedDesign(design, pd.Series(weights, index), pd.Series(g, index), calibration, steps)


class _Auxiliary(NamedTuple):
    """The columns of the auxiliary matrix that one variable has, their totals and their names."""

    values: Numbers
    totals: Numbers
    names: list[str]


def _auxiliary(sample: Sample, column: str, total: float | Levels) -> _Auxiliary:
    keys = sample.frame[column]
    missing = keys.isna().to_numpy()
    if missing.any():
        rows = listing(sample.frame.index[missing], 5)
        raise StudyError("calibration_missing", column=column, count=int(missing.sum()), rows=rows)
    totals = np.array([*total.values()] if isinstance(total, Mapping) else [total], dtype=float)
    names = [f"{column}={level}" for level in total] if isinstance(total, Mapping) else [column]
    wrong = ~np.isfinite(totals) | (totals <= 0 if isinstance(total, Mapping) else False)
    if wrong.any():
        first = int(np.flatnonzero(wrong)[0])
        raise StudyError("calibration_total_invalid", name=names[first], total=f"{totals[first]:g}")
    if not isinstance(total, Mapping):
        return _Auxiliary(numbers(sample.frame, column)[:, None], totals, names)
    code = pd.Index(list(total)).get_indexer(pd.Index(keys.astype(object)))
    unknown = keys[code < 0]
    if len(unknown):
        levels = listing(unknown.unique(), 5)
        raise StudyError("calibration_level_without_total", column=column, list=levels, count=len(unknown))
    size = np.bincount(code, sample.weights, minlength=len(totals))
    if (size == 0).any():
        empty = [name for name, weighs in zip(names, size, strict=True) if not weighs]
        raise StudyError("calibration_level_empty", count=len(empty), list=listing(empty, 5))
    return _Auxiliary((code[:, None] == np.arange(len(totals))).astype(float), totals, names)


def _require_one_sum(totals: Mapping[str, float | Levels]) -> None:
    """Refuse levels of two columns whose totals have different sums: the population has one size."""
    sums = {column: sum(total.values()) for column, total in totals.items() if isinstance(total, Mapping)}
    if sums and max(sums.values()) - min(sums.values()) > CLOSE * max(sums.values()):
        least, greatest = min(sums, key=sums.__getitem__), max(sums, key=sums.__getitem__)
        raise StudyError(
            "calibration_margins_differ",
            first=least,
            first_sum=f"{sums[least]:.10g}",
            second=greatest,
            second_sum=f"{sums[greatest]:.10g}",
        )


def _require_within(
    auxiliary: Numbers, wanted: Numbers, names: list[str], weights: Numbers, bounds: tuple[float, float] | None
) -> None:
    """Refuse bounds within which one of the totals alone cannot be met."""
    if bounds is None:
        return
    low, high = bounds
    above, below = weights @ np.maximum(auxiliary, 0), weights @ np.minimum(auxiliary, 0)
    least, greatest = low * above + high * below, high * above + low * below
    outside = (wanted < least) | (wanted > greatest)
    if outside.any():
        first = int(np.flatnonzero(outside)[0])
        raise StudyError(
            "calibration_bounds_narrow",
            name=names[first],
            total=f"{wanted[first]:.10g}",
            least=f"{least[first]:.10g}",
            greatest=f"{greatest[first]:.10g}",
        )


class _Factor(NamedTuple):
    """The factor of a weight as a function of x′λ, and its derivative."""

    of: Callable[[Numbers], Numbers]
    slope: Callable[[Numbers], Numbers]


def _factor(kind: str, bounds: tuple[float, float] | None) -> _Factor:
    if kind not in ("linear", "raking", "logit"):
        known = ("linear", "raking", "logit")
        raise StudyError("calibration_kind_unknown", kind=kind, nearest=nearest(kind, known), known=listing(known))
    is_fit = kind != "logit" if bounds is None else kind != "raking" and 0 <= bounds[0] < 1 < bounds[1]
    if not is_fit:
        raise StudyError("calibration_bounds_invalid", kind=kind, bounds=bounds)
    if kind == "raking":
        return _Factor(np.exp, np.exp)
    if bounds is None:
        return _Factor(lambda u: 1 + u, np.ones_like)
    low, high = bounds
    if kind == "linear":
        return _Factor(lambda u: np.clip(1 + u, low, high), lambda u: ((1 + u > low) & (1 + u < high)).astype(float))
    width, middle = (high - low) / ((1 - low) * (high - 1)), np.log((1 - low) / (high - 1))

    def logistic(u: Numbers) -> Numbers:
        return low + (high - low) * expit(width * u + middle)

    return _Factor(logistic, lambda u: width * (logistic(u) - low) * (high - logistic(u)) / (high - low))


def _limited(factor: _Factor, limits: tuple[float, float], weights: Numbers) -> _Factor:
    """A factor that is cut off, row by row, where the weight would pass a limit; rows that weigh nothing have none."""
    low, high = (np.divide(limit, weights, out=np.ones(len(weights)), where=weights > 0) for limit in limits)

    def within(u: Numbers) -> NDArray[np.bool_]:
        free = factor.of(u)
        return (free > low) & (free < high)

    return _Factor(lambda u: np.clip(factor.of(u), low, high), lambda u: factor.slope(u) * within(u))


def _combinations(auxiliary: Numbers, weights: Numbers) -> Numbers:
    """Combinations of the auxiliary variables, one a column, that are orthonormal under the weights and none too many."""
    length = np.sqrt(weights @ auxiliary**2)
    length[length == 0] = 1
    scaled = auxiliary / length
    values, vectors = np.linalg.eigh((scaled * weights[:, None]).T @ scaled)
    kept = values > COLLINEAR * values[-1]
    return vectors[:, kept] / np.sqrt(values[kept]) / length[:, None]


def _length(rise: Callable[[float], float], first: float) -> float | None:
    """How far to go along a step: to where the function still rises less than at first, and does not fall much.

    Parameters
    ----------
    rise
        The derivative along the step, which falls as a concave function's does.
    first
        That at the start.
    """
    length, low, high = 1.0, 0.0, np.inf
    for _ in range(HALVINGS):
        found = rise(length)
        if not found >= -FALLS * first:
            high = length
        elif found > RISES * first:
            low = length
        else:
            return length
        length = 2 * length if np.isinf(high) else (low + high) / 2
    return None


def _solved(
    auxiliary: Numbers, combinations: Numbers, wanted: Numbers, names: list[str], weights: Numbers, factor: _Factor
) -> tuple[Numbers, int]:
    """The factors of the weights by Newton's method, and its steps.

    What is sought is the maximum of a concave function of λ whose gradient is the gap between totals wanted and reached
    (Deville & Särndal 1992, eq. 2.5). Where all factors of a cell are cut off the function is a plane there, and the step
    follows the gradient until one of them is not.
    """
    x, target = auxiliary @ combinations, wanted @ combinations
    scale = np.maximum(weights @ np.abs(auxiliary), np.abs(wanted))

    def gap_at(slopes: Numbers) -> Numbers:
        with np.errstate(over="ignore", invalid="ignore"):
            gap: Numbers = target - (factor.of(x @ slopes) * weights) @ x
        return gap

    slopes = np.zeros(x.shape[1])
    for step_count in range(STEPS):
        g = factor.of(x @ slopes)
        off = (wanted - (g * weights) @ auxiliary) / scale
        if np.abs(off).max() <= CLOSE:
            return g, step_count
        gap = gap_at(slopes)
        curvature = (x * (weights * factor.slope(x @ slopes))[:, None]).T @ x
        step = np.linalg.lstsq(curvature, gap)[0]
        step = step + (gap - curvature @ step)
        length = _length(lambda t: float(gap_at(slopes + t * step) @ step), float(gap @ step))  # noqa: B023
        if length is None:
            break
        slopes = slopes + length * step
    worst = int(np.argmax(np.abs(off)))
    reached = f"{wanted[worst] - off[worst] * scale[worst]:.10g}"
    raise StudyError("calibration_not_reached", name=names[worst], total=f"{wanted[worst]:.10g}", reached=reached)
