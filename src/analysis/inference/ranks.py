"""Rows of equal value, in order within each domain: what every measure of ranks, shares and quantiles starts from.

A ranking depends on values only, not on weights, so that replicates use it again. Ties are ranked in their middle,
which makes the measures indifferent to the order of rows and to a row being split in two.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.inference.coding import SPARSE, Codes, blocks, sums_by
from analysis.inference.relations.bands import RankTerm
from analysis.inference.relations.column import Column
from analysis.inference.sample import Base, Part, Values, smooth

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ranking:
    """The ties of a column: rows of one domain and one value.

    Attributes
    ----------
    tie
        The tie of each row; ties are numbered by domain, and by value inside it. Some may hold no row.
    value, domain
        The value and the domain of each tie.
    first
        For each domain its first tie, and behind them the number of ties.
    """

    tie: Codes
    value: Numbers
    domain: Codes
    first: Codes

    def sums(self, base: Base, values: Numbers | None = None) -> Numbers:
        """The weighted sum of a column (of 1 without one) in each tie."""
        return base.sums(self.tie, len(self.value), values)

    def up_to(self, sums: Numbers) -> Numbers:
        """What the ties of a domain add up to, up to and with each tie."""
        running = np.concatenate([[0.0], np.cumsum(sums)])
        return running[1:] - running[self.first[self.domain]]

    def to_the_middle(self, sums: Numbers) -> Numbers:
        """What lies below each tie, with half of the tie itself."""
        return self.up_to(sums) - sums / 2

    def of_domains(self, sums: Numbers) -> Numbers:
        """The sum over the ties of each domain."""
        return sums_by(self.domain, sums, len(self.first) - 1)


@dataclass(frozen=True, eq=False)
class RankedInBands:
    """The ranks of a column on an engine, which are never all in memory."""

    column: Column


def ranks_of(base: Base, values: Values) -> Ranking | RankedInBands:
    """The ranks of a column in memory or on an engine."""
    return RankedInBands(values) if isinstance(values, Column) else ranked(base, values)


def ranked(base: Base, values: Numbers) -> Ranking:
    """The ties of a column in the domains of a base; counts and other small whole numbers need no sorting."""
    domains = base.domains
    low, high = float(values.min()), float(values.max())
    span = high - low + 1
    if span * domains <= SPARSE * len(values) + 1000 and _are_whole(values):
        width = int(span)
        tie = (values - low).astype(np.int64)
        if domains > 1:
            tie += base.domain * width
        value = np.tile(np.arange(width) + low, domains)
        return Ranking(tie, value, np.repeat(np.arange(domains), width), np.arange(domains + 1) * width)
    order = np.argsort(values, kind="stable") if domains == 1 else np.lexsort((values, base.domain))
    sorted_values, sorted_domains = values[order], base.domain[order]
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (sorted_values[1:] != sorted_values[:-1]) | (sorted_domains[1:] != sorted_domains[:-1])
    tie = np.empty(len(order), dtype=np.int64)
    tie[order] = np.cumsum(is_new) - 1
    domain = sorted_domains[is_new]
    return Ranking(tie, sorted_values[is_new], domain, np.searchsorted(domain, np.arange(domains + 1)))


def _are_whole(values: Numbers) -> bool:
    return all((values[rows] == np.floor(values[rows])).all() for rows in blocks(len(values)))


def concentration_part(base: Base, ranking: Ranking | RankedInBands, outcome: Numbers | None = None) -> Part:
    """The concentration index of an outcome over the ranks of a column, 2Σwh R/Σwh − 1, with R the mid fractional rank.

    Parameters
    ----------
    outcome
        One number a row, h. Without it the ranked column itself, whose concentration index is its Gini index,
        Σwᵢwⱼ|yᵢ − yⱼ|/(2N²μ), zeros included.

    Notes
    -----
    Kakwani, Wagstaff & van Doorslaer (1997), Journal of Econometrics 77: 87–103; Lerman & Yitzhaki (1989),
    Journal of Econometrics 42: 43–47. Influence values, with A = Σwh R, H = Σwh, N = Σw and M the total of h above a
    row (with half of its tie): 2(hR + M/N − A/N − Ah/H)/H.
    """
    if isinstance(ranking, RankedInBands):
        return _in_bands(base, ranking.column)
    weight = ranking.sums(base)
    amount = weight * ranking.value if outcome is None else ranking.sums(base, outcome)
    size, total = ranking.of_domains(weight), ranking.of_domains(amount)
    domain = ranking.domain
    with np.errstate(divide="ignore", invalid="ignore"):
        rank = ranking.to_the_middle(weight) / size[domain]
        product = ranking.of_domains(np.where(weight > 0, amount * rank, 0))
        estimate = np.where(total != 0, 2 * product / total - 1, np.nan)

    def influence() -> Numbers:
        with np.errstate(divide="ignore", invalid="ignore"):
            above = (total[domain] - ranking.to_the_middle(amount)) / size[domain]
            constant = np.nan_to_num(2 * (above - (product / size)[domain]) / total[domain], posinf=0, neginf=0)
            slope = np.nan_to_num(2 * (rank - (product / total)[domain]) / total[domain], posinf=0, neginf=0)
        if outcome is None:
            return (constant + slope * ranking.value)[ranking.tie]
        return constant[ranking.tie] + slope[ranking.tie] * outcome

    return base.part(estimate, influence)


def _in_bands(base: Base, column: Column) -> Part:
    """The Gini index of a column on an engine, by the same formula: its rank terms are summed like any others."""
    size, total = base.size, base.total(column)
    above, product = base.total(RankTerm.above(column.text)), base.total(RankTerm.product(column.text))
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.where(total.estimate != 0, 2 * product.estimate / total.estimate - 1, np.nan)
        rank, mean = product.estimate / total.estimate, product.estimate / size.estimate
        whole = total.estimate
    part = smooth(lambda n, t, a, p: 2 * (p + a - mean * n - rank * t) / whole, size, total, above, product)
    return replace(part, estimate=estimate)
