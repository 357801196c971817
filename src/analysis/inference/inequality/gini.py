"""How unequally something is spread over people: the Gini index, and how much of it chance alone would make.

Everybody counts, those with nothing too. Shares and the Lorenz curve are in `lorenz`, generalised entropy and
Atkinson's indices in `entropy`.
"""

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd
from scipy.special import ive

from analysis.errors import StudyError
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated, joined
from analysis.inference.moments import mean_part
from analysis.inference.ranks import RankedInBands, Ranking, concentration_part, ranked, ranks_of
from analysis.inference.relations.bands import in_bands
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, smooth


def gini(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    corrected: bool = False,
    where: Where = None,
    level: float = 0.95,
    interval: str = "logit",
    **named: Unpack[Naming],
) -> Estimates:
    """Gini index, Σwᵢwⱼ|yᵢ − yⱼ|/(2N²μ), those with nothing included. Other parameters and errors as of `total`.

    Parameters
    ----------
    column
        Amounts or counts, none negative.
    corrected
        Whether it is multiplied by n/(n − 1), n the number of rows, so that it is 1 where one row has everything. It
        then changes when a row is split.
    interval
        `logit`, which stays between 0 and 1, or another of `INTERVALS`.

    Returns
    -------
    Estimates
        One row a domain; missing where all amounts are 0, or fewer than two rows have any weight.

    Raises
    ------
    StudyError
        `amounts_negative`.

    Notes
    -----
    Formula and influence values are those of `ranks.concentration_part`: Lerman & Yitzhaki (1989), Journal of
    Econometrics 42: 43–47. Ranks are mid-ranks, so that it depends neither on the order of rows nor on the scale of the
    weights.
    """
    base, y = amounts(frame, column, design, by, where, summed=in_bands(frame, column, design))
    ranking, n = ranks_of(base, y), base.n

    def statistic(b: Base) -> list[Part]:
        index = gini_part(b, ranking)
        return [_where_two(b, smooth(lambda g: g * n / (n - 1), index)) if corrected else index]

    facts = Naming(measure="gini", unit="index") | named
    return estimated(base, statistic, level=level, interval=interval, **facts)


def gini_part(base: Base, ranking: Ranking | RankedInBands) -> Part:
    """The Gini index of a ranked column in each domain."""
    return _where_two(base, concentration_part(base, ranking))


def _where_two(base: Base, part: Part) -> Part:
    return part.where(base.n > 1, "nothing_to_share")


def chance_excess(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """The Gini index of a count, that which chance alone would make, and the excess. Parameters and errors as of `gini`.

    Parameters
    ----------
    column
        Counts of acts; whole numbers, none negative.

    Returns
    -------
    Estimates
        Three rows a domain, by `measure`: `gini`, `chance_baseline` and `gini_excess`, the first less the second.

    Raises
    ------
    StudyError
        `counts_not_whole`.

    Notes
    -----
    Were everybody equally inclined, and the acts of each a Poisson number with mean μ, the Gini index of the numbers
    would be e^(−2μ)[I₀(2μ) + I₁(2μ)] with the modified Bessel functions I: half the mean absolute difference of two such
    numbers over μ, from its distribution in Skellam (1946), Journal of the Royal Statistical Society 109: 296. The
    derivative to μ is −e^(−2μ)I₁(2μ)/μ.
    """
    base, y = amounts(frame, column, design, by, where)
    wrong = y != np.floor(y)
    if wrong.any():
        raise StudyError("counts_not_whole", column=column, count=int(wrong.sum()), rows=base.named(wrong))
    ranking = ranked(base, y)

    def against_chance(b: Base) -> list[Part]:
        chance = chance_part(b, y)
        excess = smooth(lambda index, by_chance: index - by_chance, gini_part(b, ranking), chance)
        return [chance, _where_two(b, excess)]

    facts = Naming(unit="index") | named
    labels = [{"measure": "chance_baseline"}, {"measure": "gini_excess"}]
    return joined(
        [
            estimated(
                base,
                lambda b: [gini_part(b, ranking)],
                [{"measure": "gini"}],
                level=level,
                interval="logit",
                **facts,
            ),
            estimated(base, against_chance, labels, level=level, **facts),
        ]
    )


def chance_part(base: Base, y: Numbers) -> Part:
    """The Gini index of a Poisson number that has the domain's mean; missing where that is 0."""
    mean = mean_part(base, y)
    at = mean.estimate
    value = ive(0, 2 * at) + ive(1, 2 * at)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = -ive(1, 2 * at) / at
    # the library's Bessel functions take no complex step, so the derivative is given
    return _where_two(base, smooth(lambda m: value + slope * (m - at), mean))


def amounts(
    frame: pd.DataFrame, column: str, design: Design, by: Sequence[str] | str, where: Where, summed: bool = False
) -> tuple[Base, Numbers]:
    """The base of a measure of inequality and the amounts of its rows, 0 outside it.

    Parameters
    ----------
    summed
        Whether the measure is made of sums.

    Raises
    ------
    StudyError
        `amounts_negative`, and what `base_of` refuses.
    """
    base, (y,) = base_of(frame, design, [column], by, where, summed=summed)
    return base, in_base(base, column, y)


def in_base(base: Base, column: str, y: Numbers) -> Numbers:
    """Amounts, 0 outside the base; a negative one is refused."""
    y = base.within(y)
    if count := base.number(y < 0):
        raise StudyError("amounts_negative", column=column, count=count, rows=base.named(y < 0))
    return y
