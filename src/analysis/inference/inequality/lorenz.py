"""The Lorenz curve and the shares that are read off it.

Those p of the people who have the least have L(p) of all there is. With Q the p-quantile,

    L(p) = [Σw min(y − Q, 0) + p Q Σw]/Σwy,

whose derivative to Q is 0: for every p it is a smooth function of three totals. A person at the cut is divided, so that
ties and split rows do not matter. Where p is reached exactly between two values, every Q between them gives the same;
the smaller one is taken, so that the curve is exactly 0 over those who have nothing.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Unpack

import numpy as np

from analysis.errors import StudyError, listing
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, estimated
from analysis.inference.inequality.gini import amounts
from analysis.inference.quantiles import Distribution, distribution
from analysis.inference.ranks import RankedInBands, Ranking, ranked, ranks_of
from analysis.inference.relations.bands import in_bands
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, smooth

POINTS = tuple(place / 10 for place in range(11))
ROUNDING = 9
"""Decimals of a number of persons; the rest is rounding."""


def lorenz(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    points: Sequence[float] = POINTS,
    where: Where = None,
    level: float = 0.95,
    interval: str = "logit",
    **named: Unpack[Naming],
) -> Estimates:
    """Lorenz curve: what share of the total those p of the people have who have the least. Other parameters as of `gini`.

    Parameters
    ----------
    points
        The shares p of the people, from 0 to 1.

    Returns
    -------
    Estimates
        One row a domain and a point, with p as the dimension `population_share`. The intervals are those of single
        points, not of the whole curve. The curve is 0 at 0 and 1 at 1, without error.

    Raises
    ------
    StudyError
        `parameter_outside`, `amounts_negative`.

    Notes
    -----
    Linear between people: Gastwirth (1971), Econometrica 39: 1037–1039. Influence values
    {(y − Q)1[y ≤ Q] + pQ − L(p)y}/Σwy: Kovačević & Binder (1997), Journal of Official Statistics 13: 41–58.
    """
    outside = [p for p in points if not 0 <= p <= 1]
    if outside or not points:
        _refuse("points", listing(outside), "0 ≤ p ≤ 1", "0.25, 0.5, 0.75")
    base, y = amounts(frame, column, design, by, where, summed=in_bands(frame, column, design))
    ranking, at = ranks_of(base, y), np.array(points, dtype=float)
    labels = [{"population_share": float(p)} for p in points]
    facts = Naming(measure="lorenz", unit="proportion") | named

    def statistic(b: Base) -> list[Part]:
        return _where_any(b, y, ordinates(b, ranking, y, at))

    made = estimated(base, statistic, labels, level=level, interval=interval, **facts)
    return made.counted(*_persons(base, at))


def top_share(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    share: float = 0.1,
    where: Where = None,
    level: float = 0.95,
    interval: str = "logit",
    **named: Unpack[Naming],
) -> Estimates:
    """The share of the total that the top tenth (or another share) of the people have, 1 − L(1 − p). Parameters as of `lorenz`.

    Parameters
    ----------
    share
        The share of the people, between 0 and 1.

    Returns
    -------
    Estimates
        One row a domain. `numerator` is the number of rows that the top share of all n rows is, for disclosure control.
    """
    _require_share("share", share, "0.1")
    base, y = amounts(frame, column, design, by, where, summed=in_bands(frame, column, design))
    ranking = ranks_of(base, y)

    def statistic(b: Base) -> list[Part]:
        below = ordinates(b, ranking, y, np.array([1 - share]))
        return _where_any(b, y, [smooth(lambda others: 1 - others, *below)])

    facts = Naming(measure="top_share", unit="proportion") | named
    made = estimated(base, statistic, level=level, interval=interval, **facts)
    return made.counted(*_persons(base, np.array([share])))


def quantile_shares(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    groups: int = 5,
    where: Where = None,
    level: float = 0.95,
    interval: str = "logit",
    **named: Unpack[Naming],
) -> Estimates:
    """The share of the total that each fifth (or tenth …) of the people has, L(k/m) − L((k − 1)/m). Parameters as of `lorenz`.

    Parameters
    ----------
    groups
        Into how many groups of equal size the people are divided, from those with the least to those with the most.

    Returns
    -------
    Estimates
        One row a domain and a group, with the dimension `quantile_group` from 1; a domain's rows add up to 1.
    """
    if groups != int(groups) or groups < 2:
        _refuse("groups", groups, "2, 3, 4, …", "5")
    base, y = amounts(frame, column, design, by, where, summed=in_bands(frame, column, design))
    ranking, cuts = ranks_of(base, y), np.arange(groups + 1) / groups

    def statistic(b: Base) -> list[Part]:
        curve = ordinates(b, ranking, y, cuts)
        return _where_any(b, y, [smooth(lambda low, high: high - low, *pair) for pair in pairwise(curve)])

    labels = [{"quantile_group": group + 1} for group in range(groups)]
    facts = Naming(measure="quantile_share", unit="proportion") | named
    made = estimated(base, statistic, labels, level=level, interval=interval, **facts)
    return made.counted(*_persons(base, np.full(groups, 1 / groups)))


def smallest_share(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    of: float = 0.5,
    where: Where = None,
    level: float = 0.95,
    interval: str = "logit",
    **named: Unpack[Naming],
) -> Estimates:
    """The smallest share of the people who together have half (or another share) of the total. Parameters as of `lorenz`.

    Parameters
    ----------
    of
        The share of the total, between 0 and 1.

    Returns
    -------
    Estimates
        One row a domain. `numerator` is the number of rows that the estimate is of all n rows, for disclosure control.

    Notes
    -----
    1 − p with L(p) = 1 − `of`: the Lorenz curve inverted, and its error that of L(p) over the curve's slope Q/μ there.
    """
    _require_share("of", of, "0.5")
    base, y = amounts(frame, column, design, by, where)
    ranking = ranked(base, y)

    def statistic(b: Base) -> list[Part]:
        at = _amounts_reached(b, ranking).quantiles(np.full((b.domains, 1), 1 - of), "lower")[:, 0]
        share = smooth(
            lambda below, size, total: 1 - ((1 - of) * total - below) / (at * size),
            _below(b, y, at),
            b.size,
            b.total(y),
        )
        return _where_any(b, y, [share])

    facts = Naming(measure="smallest_share", unit="proportion") | named
    made = estimated(base, statistic, level=level, interval=interval, **facts)
    return made.counted(_whole(made.table["estimate"].to_numpy(float) * base.n), base.n)


def palma(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Palma ratio: the share of the top tenth over that of the bottom four tenths. Parameters as of `lorenz`.

    Returns
    -------
    Estimates
        One row a domain; missing where the bottom four tenths have nothing.

    Notes
    -----
    Cobham & Sumner (2013), after Palma (2011), Development and Change 42: 87–153.
    """
    base, y = amounts(frame, column, design, by, where, summed=in_bands(frame, column, design))
    ranking = ranks_of(base, y)

    def statistic(b: Base) -> list[Part]:
        bottom, rest = ordinates(b, ranking, y, np.array([0.4, 0.9]))
        return [smooth(lambda low, high: (1 - high) / low, bottom, rest).where(bottom.estimate > 0, "empty_base")]

    return estimated(base, statistic, level=level, **(Naming(measure="palma", unit="ratio") | named))


def ordinates(base: Base, ranking: Ranking | RankedInBands, y: Numbers, points: Numbers) -> list[Part]:
    """The Lorenz curve of each domain at some points."""
    cuts = distribution(base, ranking).quantiles(np.tile(points, (base.domains, 1)), "lower")
    total = base.total(y)
    return [_ordinate(base, y, float(p), cut, total) for p, cut in zip(points, cuts.T, strict=True)]


def _where_any(base: Base, y: Numbers, parts: Sequence[Part]) -> list[Part]:
    """Shares of a total, missing where it is 0."""
    has_any = base.sum(y) > 0
    return [part.where(has_any, "nothing_to_share") for part in parts]


def _ordinate(base: Base, y: Numbers, p: float, cut: Numbers, total: Part) -> Part:
    if p == 1:
        return smooth(lambda size: 0 * size + 1, base.size)  # exact, as the quotient of two sums is not
    return smooth(lambda below, size, whole: (below + p * cut * size) / whole, _below(base, y, cut), base.size, total)


def _below(base: Base, y: Numbers, cut: Numbers) -> Part:
    """What those below a cut are short of it, a negative total; nothing where there is no cut."""
    return base.total(np.minimum(y - base.of_domains(np.nan_to_num(cut)), 0))


def _amounts_reached(base: Base, ranking: Ranking) -> Distribution:
    """The share of the total that those up to each value have, in place of their share of the people."""
    amount = ranking.sums(base) * ranking.value
    holds = amount > 0
    domain = ranking.domain[holds]
    share = ranking.up_to(amount)[holds] / ranking.of_domains(amount)[domain]
    return Distribution(ranking.value[holds], domain, np.minimum(share, 1))


def _persons(base: Base, shares: Numbers) -> tuple[Numbers, Numbers]:
    """The number of rows that each share of a domain's rows is, and the domain's rows; domain by domain."""
    return _whole(np.outer(base.n, shares)).ravel(), np.repeat(base.n, len(shares))


def _whole(persons: Numbers) -> Numbers:
    return np.floor(np.round(persons, ROUNDING))


def _require_share(name: str, value: float, usual: str) -> None:
    if not 0 < value < 1:
        _refuse(name, value, f"0 < {name} < 1", usual)


def _refuse(name: str, value: object, possible: str, usual: str) -> None:
    raise StudyError("parameter_outside", name=name, value=value, range=possible, usual=usual)
