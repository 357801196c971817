"""From influence values to the covariance of all estimates of a call.

What a sampling unit adds to an estimate is the sum of its rows' weighted influence values: its *score*. The
design-based covariance of any number of estimates is that of the scores' totals. It is the only place where a
variance is computed from influence values.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import sparse

from analysis.errors import StudyError
from analysis.inference.coding import Codes, crossed, sums_by
from analysis.inference.relations.relation import READ

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Scores:
    """What sampling units add to estimates: (unit, estimate, value) triples; a pair that is not named adds 0."""

    unit: Codes
    estimate: Codes
    value: Numbers
    estimates: int

    def of(self, parent: Codes) -> "Scores":
        """The scores of the units that these units lie in."""
        codes, unit, estimate = crossed(parent[self.unit], self.estimate, self.estimates)
        return Scores(unit, estimate, sums_by(codes, self.value, len(unit)), self.estimates)

    def matrix(self, units: int) -> sparse.csr_array:
        """One row a unit, one column an estimate."""
        return sparse.csr_array((self.value, (self.unit, self.estimate)), shape=(units, self.estimates))

    def combined(self, weights: Numbers, units: int) -> "Scores":
        """The scores of linear combinations of the estimates, one row of `weights` each."""
        product = (self.matrix(units) @ sparse.csr_array(weights.T)).tocoo()
        return Scores(product.row.astype(np.int64), product.col.astype(np.int64), product.data, len(weights))

    def chosen(self, places: Codes) -> "Scores":
        """The scores of some of the estimates, given in order."""
        place = np.full(self.estimates, -1)
        place[places] = np.arange(len(places))
        estimate = place[self.estimate]
        kept = estimate >= 0
        return Scores(self.unit[kept], estimate[kept], self.value[kept], len(places))


@dataclass(frozen=True, eq=False)
class Stage:
    """One stage of sampling, coded.

    Attributes
    ----------
    stratum
        The stratum of each unit of the stage.
    drawn
        The number of units in each stratum.
    scale
        What a stratum's squares are multiplied by: n/(n − 1), what is left of the population at this stage, and the
        fractions drawn at the stages before.
    is_centred
        Whether a stratum's squares are about its own mean, or about that of all units of the stage.
    frequency
        How many units each stands for, all of which add the same; None where each is one.
    parent
        The unit of this stage that each unit of the last stage lies in; None where they are the same.
    """

    stratum: Codes
    drawn: Numbers
    scale: Numbers
    is_centred: NDArray[np.bool_]
    frequency: Numbers | None = None
    parent: Codes | None = None

    def lying(self, parent: Codes | None) -> "Stage":
        """The stage with its place above the last one."""
        return replace(self, parent=parent)

    def variances(self, scores: Scores) -> Numbers:
        """What the stage adds to the variance of each estimate; squares about the mean keep their last digits."""
        cell, shape = self._cells(scores)
        units = None if self.frequency is None else self.frequency[scores.unit]
        present = np.bincount(cell, units, minlength=shape[0] * shape[1]).reshape(shape)
        mean = self._means(_table(cell, scores.value, shape))
        if units is None:
            squares = (scores.value - mean.ravel()[cell]) ** 2
        else:
            squares = units * (scores.value / units - mean.ravel()[cell]) ** 2
        squares = _table(cell, squares, shape)
        added: Numbers = self.scale @ (squares + (self.drawn[:, None] - present) * mean**2)
        return added

    def covariance(self, scores: Scores) -> Numbers:
        """What the stage adds to the covariance of all estimates."""
        cell, shape = self._cells(scores)
        table, sums = scores.matrix(len(self.stratum)), _table(cell, scores.value, shape)
        scale = self.scale[self.stratum] / (1 if self.frequency is None else self.frequency)
        within: Numbers = (table.T @ (sparse.diags_array(scale) @ table)).toarray()
        mean = self._means(sums)
        product = sums.T @ (self.scale[:, None] * mean)
        return within - product - product.T + mean.T @ ((self.scale * self.drawn)[:, None] * mean)

    def _means(self, sums: Numbers) -> Numbers:
        """What a stratum's squares are about."""
        own = sums / np.maximum(self.drawn, 1)[:, None]
        return own if self.is_centred.all() else np.where(self.is_centred[:, None], own, sums.sum(0) / self.drawn.sum())

    def _cells(self, scores: Scores) -> tuple[Codes, tuple[int, int]]:
        """The stratum and estimate of each score as one code, and how many of both there are."""
        strata, estimates = len(self.drawn), scores.estimates
        if strata == 1:
            return scores.estimate, (1, estimates)
        return self.stratum[scores.unit] * estimates + scores.estimate, (strata, estimates)


def _table(cell: Codes, values: Numbers, shape: tuple[int, int]) -> Numbers:
    """The sums of values in the cells of a table."""
    return sums_by(cell, values, shape[0] * shape[1]).reshape(shape)


@dataclass(frozen=True, eq=False)
class Calibration:
    """What calibrated weights were made from: the design's own weights and the auxiliary variables of each row."""

    weights: Numbers
    auxiliary: Numbers

    def of(self, frequency: Numbers) -> "Calibration":
        """The calibration of rows that stand for so many rows each."""
        return replace(self, weights=self.weights * frequency)

    def residual(self, scores: Scores, cross: Numbers, calibrated: Numbers, variance: "Linearised") -> Scores:
        """Scores of influence values less their regression on the auxiliary variables.

        Parameters
        ----------
        cross
            Design-weighted products of auxiliary variables (rows) and influence values of each estimate (columns).
        calibrated
            The calibrated weight of each row.

        Notes
        -----
        Deville & Särndal (1992), JASA 87: 376–382: residuals by the design's weights, times the calibrated ones.
        """
        products = (self.auxiliary * self.weights[:, None]).T @ self.auxiliary
        slopes = np.linalg.pinv(products, hermitian=True) @ cross
        unit = np.arange(len(calibrated)) if variance.unit is None else variance.unit
        rows = sparse.csr_array((calibrated, (unit, np.arange(len(unit)))), shape=(variance.units, len(unit)))
        value = scores.matrix(variance.units).toarray() - (rows @ self.auxiliary) @ slopes
        units, estimates = np.indices(value.shape)
        return Scores(units.ravel(), estimates.ravel(), value.ravel(), scores.estimates)


@dataclass(frozen=True, eq=False)
class Linearised:
    """Variances from influence values.

    Attributes
    ----------
    unit
        The unit of the last stage that each row lies in; None where each row is one.
    stages
        The stages that add to a variance, first to last.
    calibration
        How the weights were calibrated; influence values are then residuals from the auxiliary variables.
    short
        The frame whose rows stand for several each, where they do: the units are of no other sample.
    """

    unit: Codes | None
    stages: list[Stage]
    calibration: Calibration | None = None
    short: pd.DataFrame | None = None

    @property
    def units(self) -> int:
        """The number of units of the last stage."""
        return len(self.stages[-1].stratum)

    @property
    def shape(self) -> tuple[int, ...]:
        """The number of units and of strata at each stage: those of one sample are the same."""
        counts = (count for stage in self.stages for count in (len(stage.stratum), len(stage.drawn)))
        return (*counts, 0 if self.short is None else self.short.attrs.get(READ, id(self.short)))

    def degrees_of_freedom(self, unit: Codes, domain: Codes, domains: int) -> Numbers:
        """For each domain, the first-stage units that have rows in it less their strata.

        Parameters
        ----------
        unit, domain
            The pairs of last-stage unit and domain that have rows.
        """
        first = self.stages[0]
        if first.parent is not None:
            _, unit, domain = crossed(first.parent[unit], domain, domains)
        stratum = first.stratum[unit]
        used = np.bincount(stratum * domains + domain, minlength=len(first.drawn) * domains).reshape(-1, domains) > 0
        units = None if first.frequency is None else first.frequency[unit]
        return (np.bincount(domain, units, minlength=domains) - used.sum(axis=0)).astype(float)

    def variances(self, scores: Scores) -> Numbers:
        """The variance of each estimate."""
        return sum((stage.variances(own) for stage, own in self._staged(scores)), np.zeros(scores.estimates))

    def covariance(self, scores: Scores) -> Numbers:
        """The covariance of all estimates."""
        empty = np.zeros((scores.estimates, scores.estimates))
        return sum((stage.covariance(own) for stage, own in self._staged(scores)), empty)

    def _staged(self, scores: Scores) -> Iterator[tuple[Stage, Scores]]:
        for stage in self.stages:
            yield stage, scores if stage.parent is None else scores.of(stage.parent)


@dataclass(frozen=True, eq=False)
class Replicated:
    """Variances from estimates made again under replicate weights.

    Attributes
    ----------
    weights
        The replicate weights, one row a row of the frame and one column a replicate.
    scale, rscales
        A variance is `scale` times the sum of the replicates' squared deviations, each times its `rscales`.
    is_about_estimate
        Whether deviations are from the estimate itself, or from the replicates' mean.
    df
        Degrees of freedom of the whole sample.
    """

    weights: Numbers
    scale: float
    rscales: Numbers
    is_about_estimate: bool
    df: float

    def deviations(self, estimates: Numbers, replicates: Numbers) -> Numbers:
        """The replicates' deviations, scaled so that the sum of their squares is the variance."""
        used = self.rscales > 0
        centre = estimates if self.is_about_estimate else replicates[used].mean(axis=0)
        return np.sqrt(self.scale * self.rscales)[:, None] * (replicates - centre)


@dataclass(frozen=True)
class NoError:
    """A census: nothing was drawn, so nothing varies."""


Variance = Linearised | Replicated | NoError
"""How a sample's estimates get their errors."""


class Spread(Protocol):
    """How the estimates of a call vary together."""

    def variances(self) -> Numbers:
        """The variance of each estimate."""
        ...

    def covariance(self) -> Numbers:
        """The covariance of all estimates."""
        ...

    def combined(self, weights: Numbers) -> "Spread":
        """The spread of linear combinations of the estimates, one row of `weights` each."""
        ...

    def chosen(self, places: Codes) -> "Spread":
        """The spread of some of the estimates, given in order; what the others vary by is not read: it may be missing."""
        ...

    def scaled(self, factors: Numbers) -> "Spread":
        """The spread of the estimates, each multiplied by a factor."""
        ...


@dataclass(frozen=True, eq=False)
class ScoreSpread:
    """A spread from influence values."""

    variance: Linearised
    scores: Scores

    def variances(self) -> Numbers:
        """The variance of each estimate."""
        return self.variance.variances(self.scores)

    def covariance(self) -> Numbers:
        """The covariance of all estimates."""
        return self.variance.covariance(self.scores)

    def combined(self, weights: Numbers) -> "ScoreSpread":
        """The spread of linear combinations of the estimates."""
        return ScoreSpread(self.variance, self.scores.combined(weights, self.variance.units))

    def chosen(self, places: Codes) -> "ScoreSpread":
        """The spread of some of the estimates, given in order."""
        return ScoreSpread(self.variance, self.scores.chosen(places))

    def scaled(self, factors: Numbers) -> "ScoreSpread":
        """The spread of the estimates, each multiplied by a factor."""
        value = self.scores.value * factors[self.scores.estimate]
        return ScoreSpread(self.variance, replace(self.scores, value=value))


@dataclass(frozen=True, eq=False)
class ReplicateSpread:
    """A spread from scaled deviations of replicates, one row each."""

    deviations: Numbers

    def variances(self) -> Numbers:
        """The variance of each estimate."""
        squares: Numbers = (self.deviations**2).sum(axis=0)
        return squares

    def covariance(self) -> Numbers:
        """The covariance of all estimates."""
        return self.deviations.T @ self.deviations

    def combined(self, weights: Numbers) -> "ReplicateSpread":
        """The spread of linear combinations of the estimates."""
        return ReplicateSpread(self.deviations @ weights.T)

    def chosen(self, places: Codes) -> "ReplicateSpread":
        """The spread of some of the estimates, given in order."""
        return ReplicateSpread(self.deviations[:, places])

    def scaled(self, factors: Numbers) -> "ReplicateSpread":
        """The spread of the estimates, each multiplied by a factor."""
        return ReplicateSpread(self.deviations * factors)


@dataclass(frozen=True, eq=False)
class NoSpread:
    """No error is known: all variances are missing."""

    estimates: int

    def variances(self) -> Numbers:
        """The variance of each estimate."""
        return np.full(self.estimates, np.nan)

    def covariance(self) -> Numbers:
        """The covariance of all estimates."""
        return np.full((self.estimates, self.estimates), np.nan)

    def combined(self, weights: Numbers) -> "NoSpread":
        """The spread of linear combinations of the estimates."""
        return NoSpread(len(weights))

    def chosen(self, places: Codes) -> "NoSpread":
        """The spread of some of the estimates, given in order."""
        return NoSpread(len(places))

    def scaled(self, factors: Numbers) -> "NoSpread":
        """The spread of the estimates, each multiplied by a factor."""
        return self


def stacked(spreads: Sequence[Spread]) -> Spread:
    """The spread of the estimates of several calls on one sample, one behind the other.

    Raises
    ------
    StudyError
        `not_one_sample`, where the spreads are of different kinds, or of samples with other units.
    """
    linear = [one for one in spreads if isinstance(one, ScoreSpread)]
    if len(linear) == len(spreads) and len({one.variance.shape for one in linear}) == 1:
        before = np.cumsum([0, *(one.scores.estimates for one in linear)])
        scores = Scores(
            np.concatenate([one.scores.unit for one in linear]),
            np.concatenate([one.scores.estimate + first for one, first in zip(linear, before[:-1], strict=True)]),
            np.concatenate([one.scores.value for one in linear]),
            int(before[-1]),
        )
        return ScoreSpread(linear[0].variance, scores)
    replicated = [one for one in spreads if isinstance(one, ReplicateSpread)]
    if len(replicated) == len(spreads) and len({len(one.deviations) for one in replicated}) == 1:
        return ReplicateSpread(np.hstack([one.deviations for one in replicated]))
    certain = [one for one in spreads if isinstance(one, NoSpread)]
    if len(certain) == len(spreads):
        return NoSpread(sum(one.estimates for one in certain))
    raise StudyError("not_one_sample", count=len(spreads))
