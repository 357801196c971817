"""Quantiles, with Woodruff's intervals.

A quantile's error is that of the distribution function at it, carried over by inverting the distribution function.
Under replicate weights, too, it is the distribution function that is estimated again, since a jackknife of the quantile
itself is not consistent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Unpack

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import Codes
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated, with_tiers
from analysis.inference.intervals import student
from analysis.inference.moments import share_part
from analysis.inference.ranks import RankedInBands, Ranking, ranks_of
from analysis.inference.relations.bands import BIN, EVERY, WEIGHT, Bands, Ties, in_bands
from analysis.inference.relations.relation import Frame
from analysis.inference.relations.sums import SummedBase
from analysis.inference.sample import Base

Rule = Literal["middle", "lower"]
"""Which value a quantile is where the distribution function equals p between two values."""
RULES = ("middle", "lower")
DOMAIN = "domain_of_row"
BELOW_ALL = np.finfo(float).min
SAME = 1e-9
"""Shares of a domain's weight that differ by no more are the same: sums of weights are known to rounding only."""


def quantile(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    rule: Rule = "middle",
    where: Where = None,
    level: float = 0.95,
    interval: str = "t",
    **named: Unpack[Naming],
) -> Estimates:
    """Quantiles: the values below or at which shares of the population lie. Other parameters and errors as of `total`.

    Parameters
    ----------
    probabilities
        The shares, between 0 and 1.
    rule
        A share p may be reached exactly, so that every number from one value to the next is a quantile: `middle` takes
        the middle of the two, as the usual median of an even number of rows does, and `lower` the smaller one.
    interval
        The interval of the distribution function that is inverted: `t`, `logit`, `beta`, `asin` …, as of `proportion`.

    Returns
    -------
    Estimates
        One row a domain and a share, with the share as the dimension `probability`. A bound that would lie beyond the
        smallest or the largest value is missing, and so is the error with it.

    Raises
    ------
    StudyError
        `probability_outside`, `rule_unknown`.

    Notes
    -----
    `middle` and `lower` are definitions 2 and 1 of Hyndman & Fan (1996), The American Statistician 50: 361–365 (R's
    qrule `school` and `math`). They need nothing but the weighted distribution function, so that neither the scale of
    the weights nor a row that is split matters; the other seven go by ranks among n rows. The interval is Woodruff's
    (1952), JASA 47: 635–646: that of the distribution function at the quantile, inverted. The error is its width over
    2t, and so depends a little on `level`. It implies a density f, by which the covariance is that of the influence
    values (F(q) − 1[y ≤ q])/(f Σw): Francisco & Fuller (1991), Annals of Statistics 19: 454–469.
    """
    wrong = [p for p in probabilities if not 0 < p < 1]
    if wrong or not probabilities:
        raise StudyError("probability_outside", count=len(wrong), list=listing(wrong))
    labels = [{"probability": float(p)} for p in probabilities]
    facts = Naming(measure="quantile", unit="value") | named
    return _quantiles(frame, column, design, by, np.array(probabilities), labels, rule, where, level, interval, facts)


def median(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    rule: Rule = "middle",
    where: Where = None,
    level: float = 0.95,
    interval: str = "t",
    **named: Unpack[Naming],
) -> Estimates:
    """Median: `quantile` at one half, without a dimension for it. Parameters and errors as of `quantile`."""
    facts = Naming(measure="median", unit="value") | named
    return _quantiles(frame, column, design, by, np.array([0.5]), [{}], rule, where, level, interval, facts)


def _quantiles(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str,
    probabilities: Numbers,
    labels: Sequence[Mapping[str, object]],
    rule: Rule,
    where: Where,
    level: float,
    interval: str,
    facts: Naming,
) -> Estimates:
    if rule not in RULES:
        raise StudyError("rule_unknown", name=rule, nearest=nearest(rule, RULES), known=listing(RULES))
    base, (y,) = base_of(frame, design, [column], by, where, summed=in_bands(frame, column, design))
    inverse = distribution(base, ranks_of(base, y))
    found = inverse.quantiles(np.tile(probabilities, (base.domains, 1)), rule)
    below = [y <= base.of_domains(np.nan_to_num(at, nan=BELOW_ALL)) for at in found.T]
    made = estimated(
        base, lambda b: [share_part(b, hit) for hit in below], labels, level=level, interval=interval, **facts
    )
    share, error = made.table["estimate"].to_numpy(float), made.table["se"].to_numpy(float)
    is_known = (error > SAME) & (share < 1 - SAME)  # elsewhere nothing is known of the density at the quantile
    bounds = (
        inverse.quantiles(made.table[side].to_numpy(float).reshape(found.shape), rule).ravel()
        for side in ("low", "high")
    )
    low, high = (np.where(is_known, bound, np.nan) for bound in bounds)
    se = (high - low) / (2 * student(made.table["df"].to_numpy(float), level))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = made.spread.scaled(np.where(is_known, -se / error, np.nan))
    has_bound = ~(np.isnan(low) & np.isnan(high))
    how = np.where(has_bound, "woodruff", np.where(made.table["interval"] == "census", "census", "none"))
    table = made.table.assign(estimate=found.ravel(), se=se, low=low, high=high, interval=how)
    table["coverage"] = np.where(has_bound, level, np.nan)
    return replace(made, table=with_tiers(table), spread=spread)


@dataclass(frozen=True, eq=False)
class Distribution:
    """The distribution function of a column in each domain: a step at each value that weighs something.

    Attributes
    ----------
    value, domain
        The value and the domain of each step, in order.
    share
        The share of the domain's weight at or below the value.
    """

    value: Numbers
    domain: Codes
    share: Numbers

    def steps(self, probabilities: Numbers) -> Codes:
        """The step at which each share is reached; that of another domain, or none, where it is not."""
        # domains lie two apart on one line, on which all quantiles are found at once
        at = 2 * np.arange(len(probabilities))[:, None] + np.maximum(probabilities - SAME, 0)
        return np.searchsorted(2 * self.domain + self.share, at)

    def quantiles(self, probabilities: Numbers, rule: Rule) -> Numbers:
        """The quantiles of each domain (rows) at some shares (columns); missing for shares outside [0, 1]."""
        if not len(self.value):
            return np.full(probabilities.shape, np.nan)
        domain, step = np.arange(len(probabilities))[:, None], self.steps(probabilities)
        is_found = (step < len(self.value)) & (probabilities >= 0) & (probabilities <= 1)
        step = np.where(is_found, step, 0)
        is_found &= self.domain[step] == domain
        found = self.value[step]
        if rule == "middle":
            after = np.minimum(step + 1, len(self.value) - 1)
            is_flat = (self.share[step] <= probabilities + SAME) & (self.domain[after] == domain)
            found = np.where(is_flat, (found + self.value[after]) / 2, found)
        return np.where(is_found, found, np.nan)


@dataclass(frozen=True, eq=False)
class DistributionInBands:
    """The distribution function of a column on an engine, read where it is asked for."""

    base: SummedBase
    size: Numbers

    def quantiles(self, probabilities: Numbers, rule: Rule) -> Numbers:
        """The quantiles of each domain (rows) at some shares (columns); missing for shares outside [0, 1].

        Only the bands are read in which a domain reaches one of the shares. Of each the steps at the quantiles are kept, those
        after them, and the first of each domain.
        """
        none = np.zeros(0)
        kept = [(none, none.astype(np.int64), none)]
        up_to = np.cumsum(self.weights, axis=0)
        least, most = (self.size[:, None] * (probabilities + near) for near in (-2 * SAME, 2 * SAME))
        for band, (before, after) in enumerate(zip(up_to - self.weights, up_to, strict=True)):
            if not ((before[:, None] <= most) & (least <= after[:, None])).any():
                continue
            table = self.bands.read(band, self.base.by, self.weighing)
            value, weight = table[self.bands.column].to_numpy(float), table[WEIGHT].to_numpy(float)
            ties = Ties.of(value, self._domain(table), weight, before)
            own = Distribution(ties.value, ties.domain, np.minimum(ties.below / self.size[ties.domain], 1))
            step = own.steps(probabilities)
            near = np.concatenate([step.ravel(), step.ravel() + 1, np.flatnonzero(np.diff(ties.domain, prepend=-1))])
            near = np.unique(near[near < len(ties.value)])
            kept.append((own.value[near], own.domain[near], own.share[near]))
        value, domain, share = (np.concatenate(part) for part in zip(*kept, strict=True))
        order = np.lexsort((value, domain))
        return Distribution(value[order], domain[order], share[order]).quantiles(probabilities, rule)

    @cached_property
    def bands(self) -> Bands:
        """The bands of the column."""
        return Bands.of(self.base.question)

    @cached_property
    def weights(self) -> Numbers:
        """What the rows of each domain (columns) weigh in each band (rows)."""
        table, weights = self.bands.sums(self.base.by, self.weighing), np.zeros((len(self.bands), self.base.domains))
        weights[table[BIN].to_numpy(np.int64), self._domain(table)] = table[WEIGHT]
        return weights

    @property
    def weighing(self) -> dict[str, Sequence[nw.Expr]]:
        """What is asked of rows: what they weigh."""
        return {WEIGHT: [*self.base.question.each, *self.base.question.weighing]}

    def _domain(self, table: pd.DataFrame) -> Codes:
        """The domain of each row of a table."""
        by = [*self.base.by]
        keys = self.base.sample.frame[by].assign(**{DOMAIN: self.base.domain, EVERY: 0}).drop_duplicates(DOMAIN)
        return table[by].assign(**{EVERY: 0}).merge(keys, how="left", on=[*by, EVERY])[DOMAIN].to_numpy(np.int64)


def distribution(base: Base, ranking: Ranking | RankedInBands) -> Distribution | DistributionInBands:
    """The distribution function over the ranks of a column."""
    if isinstance(ranking, RankedInBands):
        assert isinstance(base, SummedBase)
        return DistributionInBands(base, base.size.estimate)
    weight = ranking.sums(base)
    weighs = weight > 0
    domain = ranking.domain[weighs]
    share = ranking.up_to(weight)[weighs] / ranking.of_domains(weight)[domain]
    return Distribution(ranking.value[weighs], domain, np.minimum(share, 1))
