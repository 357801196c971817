"""Generalised entropy and Atkinson's indices of inequality: smooth functions of totals.

A zero is kept: an index that it makes infinite is missing, and one that it makes 1 is 1.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Unpack

import numpy as np
from scipy.special import xlogy

from analysis.errors import StudyError
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, estimated, with_tiers
from analysis.inference.inequality.gini import amounts
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, smooth


def generalised_entropy(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    alpha: float,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Generalised entropy index, [mean (y/μ)^α − 1]/(α(α − 1)). Other parameters and errors as of `gini`.

    Parameters
    ----------
    alpha
        1 is Theil's index and 0 the mean log deviation, the limits of the formula; 2 is half the squared coefficient of
        variation. The larger it is, the more the largest amounts count.

    Returns
    -------
    Estimates
        One row a domain; missing where all amounts are 0, or where any is and `alpha` is 0 or less: the index is then
        infinite, and zeros are not dropped.

    Raises
    ------
    StudyError
        `parameter_outside`, `amounts_negative`.

    Notes
    -----
    Shorrocks (1980), Econometrica 48: 613–625. Influence values by the derivatives of the totals: Biewen & Jenkins
    (2006), Oxford Bulletin of Economics and Statistics 68: 371–383.
    """
    if not np.isfinite(alpha):
        raise StudyError("parameter_outside", name="alpha", value=alpha, range="−∞ < alpha < ∞", usual="0, 1, 2")
    base, y = amounts(frame, column, design, by, where, summed=True)
    y = about_one(base, y)
    facts = Naming(measure="generalised_entropy", unit="index") | named
    return estimated(base, lambda b: [entropy_part(b, y, alpha)], level=level, **facts)


def theil(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Theil's index T, mean (y/μ) ln(y/μ) with 0 ln 0 = 0. Parameters, result and errors as of `generalised_entropy`."""
    facts = Naming(measure="theil") | named
    return generalised_entropy(frame, column, design, by, alpha=1, where=where, level=level, **facts)


def mean_log_deviation(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Mean log deviation, mean ln(μ/y), missing where any y is 0. Other parameters and errors as of `generalised_entropy`."""
    facts = Naming(measure="mean_log_deviation") | named
    return generalised_entropy(frame, column, design, by, alpha=0, where=where, level=level, **facts)


def atkinson(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    epsilon: float = 0.5,
    where: Where = None,
    level: float = 0.95,
    interval: str = "logit",
    **named: Unpack[Naming],
) -> Estimates:
    """Atkinson's index, 1 − (mean y^(1−ε))^(1/(1−ε))/μ. Other parameters and errors as of `gini`.

    Parameters
    ----------
    epsilon
        Aversion to inequality, above 0; 1 is the limit 1 − exp(mean ln y)/μ.

    Returns
    -------
    Estimates
        One row a domain; missing where all amounts are 0. Where any is and `epsilon` is 1 or more, it is exactly 1
        whatever the others have, and has neither error nor interval.

    Raises
    ------
    StudyError
        `parameter_outside`, `amounts_negative`.

    Notes
    -----
    Atkinson (1970), Journal of Economic Theory 2: 244–263; influence values as those of `generalised_entropy`.
    """
    if not 0 < epsilon < np.inf:
        raise StudyError("parameter_outside", name="epsilon", value=epsilon, range="0 < epsilon < ∞", usual="0.5, 1")
    base, y = amounts(frame, column, design, by, where, summed=True)
    y = about_one(base, y)
    facts = Naming(measure="atkinson", unit="index") | named
    is_one = (base.sum(y) > 0) & (base.counts(y == 0) > 0) & (epsilon >= 1)

    def statistic(b: Base) -> list[Part]:
        return [atkinson_part(b, y, epsilon).where((b.sum(y) > 0) & ~is_one, "nothing_to_share")]

    made = estimated(base, statistic, level=level, interval=interval, **facts)
    table = made.table.assign(
        estimate=made.table["estimate"].mask(is_one, 1.0), reason=made.table["reason"].mask(is_one, "")
    )
    return replace(made, table=with_tiers(table), spread=made.spread.scaled(np.where(is_one, np.nan, 1.0)))


def entropy_part(base: Base, y: Numbers, alpha: float) -> Part:
    """A generalised entropy index of each domain; amounts are about 1 (see `about_one`)."""
    size, total = base.size, base.total(y)
    if alpha == 0:
        part = smooth(lambda n, t, logs: np.log(t / n) - logs / n, size, total, base.total(_log(y)))
    elif alpha == 1:
        part = smooth(lambda n, t, product: product / t - np.log(t / n), size, total, base.total(xlogy(y, y)))
    else:
        part = smooth(
            lambda n, t, powers: (powers / n / (t / n) ** alpha - 1) / (alpha * (alpha - 1)),
            size,
            total,
            base.total(_power(y, alpha)),
        )
    if alpha > 0:
        return part.where(total.estimate > 0, "nothing_to_share")
    return part.where(base.counts(y == 0) == 0, "has_zeros")


def atkinson_part(base: Base, y: Numbers, epsilon: float) -> Part:
    """Atkinson's index of each domain without zeros, or with `epsilon` below 1; amounts are about 1."""
    size, total = base.size, base.total(y)
    if epsilon == 1:
        return smooth(lambda n, t, logs: 1 - np.exp(logs / n) / (t / n), size, total, base.total(_log(y)))
    power = 1 - epsilon
    return smooth(
        lambda n, t, powers: 1 - (powers / n) ** (1 / power) / (t / n), size, total, base.total(_power(y, power))
    )


def about_one(base: Base, y: Numbers) -> Numbers:
    """Amounts over their mean: the indices do not depend on the unit, and lose digits far from 1."""
    total = base.sum(y).sum()
    return y * (base.sum(None).sum() / total) if total > 0 else y


def _log(y: Numbers) -> Numbers:
    """Logarithms, 0 for a zero."""
    return np.log(np.where(y > 0, y, 1))


def _power(y: Numbers, power: float) -> Numbers:
    """Powers, 0 for a zero."""
    return np.where(y > 0, np.power(np.where(y > 0, y, 1), power), 0)
