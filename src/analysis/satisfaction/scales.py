"""Scales of several items: whether the items measure one thing, and how reliably.

Every coefficient is a function of the covariances of the items, which are smooth functions of weighted totals; so it has
the errors of its design like any other estimate. Rows in which an item is missing are not in the base (complete cases).

Sources of the definitions: docs/methods.md#satisfaction.
"""

from collections.abc import Callable, Sequence
from itertools import combinations_with_replacement
from typing import Unpack

import numpy as np
import pandas as pd
from scipy import stats

from analysis.inference.estimates import (
    Design,
    Estimates,
    Naming,
    Where,
    base_of,
    estimated,
    without_errors,
)
from analysis.inference.sample import Base, Part, smooth
from analysis.measure import combined
from analysis.satisfaction.factor import Matrices, OneFactor, correlations_of, is_regular


def cronbach_alpha(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Cronbach's alpha, k/(k − 1) · (1 − Σs²ᵢ/s²_T).

    Parameters
    ----------
    frame
        One row a respondent.
    items
        Numeric columns, coded in the same direction.
    design, by, where, level, named
        As of `analysis.inference.total`.

    Returns
    -------
    Estimates
        One row a domain. Missing with fewer than two items (`items_few`), or where the sum of the items does not vary
        (`no_variance`). It can be negative, where items are coded in opposite directions.

    Notes
    -----
    Cronbach (1951), Psychometrika 16: 297–334. The error is that of the linearised coefficient, which supposes no
    distribution: Maydeu-Olivares, Coffman & Hartmann (2007), Psychological Methods 12: 157–176, here under any design.
    The interval is symmetric on the scale of log(1 − α): Bonett (2002), Journal of Educational and Behavioral Statistics
    27: 335–340.
    """
    moments = _Moments(frame, items, design, by, where)
    facts = Naming(measure="cronbach_alpha", unit="index") | named
    reason = "items_few" if len(items) < 2 else "no_variance"
    return moments.estimated([_alpha], [{}], reason, "complementary_log", level, facts)


def alpha_without(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Cronbach's alpha of the items without one of them, with the dimension `item`. All else as of `cronbach_alpha`.

    The base stays that of all items.
    """
    moments = _Moments(frame, items, design, by, where)
    facts = Naming(measure="alpha_without", unit="index") | named
    reason = "items_few" if len(items) < 3 else "no_variance"
    functions = [lambda s, place=place: _alpha(_without(s, place)) for place in range(len(items))]
    return moments.estimated(functions, _labels(items), reason, "complementary_log", level, facts)


def item_rest(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Correlation of each item with the sum of the others, with the dimension `item`. All else as of `cronbach_alpha`.

    A negative one says that the item may be coded in the opposite direction. The interval is Fisher's.
    """
    moments = _Moments(frame, items, design, by, where)
    facts = Naming(measure="item_rest", unit="index") | named

    def correlation(s: Matrices, place: int) -> Matrices:
        rest = _without(s, place).sum(axis=(1, 2))
        shared = s[:, place].sum(axis=1) - s[:, place, place]
        return shared / np.sqrt(s[:, place, place] * rest)

    functions = [lambda s, place=place: correlation(s, place) for place in range(len(items))]
    reason = "items_few" if len(items) < 2 else "no_variance"
    return moments.estimated(functions, _labels(items), reason, "fisher", level, facts)


def partial_correlations(
    frame: pd.DataFrame,
    items: Sequence[str],
    outcome: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Correlation of each item with an outcome, the other items being held fixed. Other parameters as of `cronbach_alpha`.

    Returns
    -------
    Estimates
        One row a domain and item, with the dimension `item`; missing where the items depend on each other (`singular`).

    Notes
    -----
    −pᵢₒ/√(pᵢᵢpₒₒ) from the inverse of the covariances. The interval is Fisher's.
    """
    moments = _Moments(frame, [*items, outcome], design, by, where)
    facts = Naming(measure="partial_correlation", unit="index") | named

    def correlation(s: Matrices, place: int) -> Matrices:
        inverse = _inverse(correlations_of(s))
        return -inverse[:, place, -1] / np.sqrt(inverse[:, place, place] * inverse[:, -1, -1])

    functions = [lambda s, place=place: correlation(s, place) for place in range(len(items))]
    return moments.estimated(functions, _labels(items), "singular", "fisher", level, facts)


def omega(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """McDonald's omega of one common factor, (Σλ)²/((Σλ)² + Σθ). Parameters as of `cronbach_alpha`.

    Returns
    -------
    Estimates
        One row a domain. Missing with fewer than three items (`items_few`), and where the factor leaves an item nothing
        of its own, an item does not vary, or there is no common factor (`improper`).

    Notes
    -----
    McDonald (1999), Test Theory, § 6. Loadings λ and unique variances θ of the items' covariances by maximum likelihood:
    Jöreskog (1967), Psychometrika 32: 443–482. Their derivatives are those of the likelihood equations, so that the error
    supposes no distribution either. The interval is that of `cronbach_alpha`.
    """
    moments = _Moments(frame, items, design, by, where)
    facts = Naming(measure="omega", unit="index") | named
    reason = "items_few" if len(items) < 3 else "improper"
    return moments.estimated([OneFactor().omega], [{}], reason, "complementary_log", level, facts)


def loadings(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Standardised loadings of the items on one common factor, with the dimension `item`. All else as of `omega`."""
    moments = _Moments(frame, items, design, by, where)
    facts = Naming(measure="loading", unit="index") | named
    factor = OneFactor()
    functions = [lambda s, place=place: factor.loadings(s)[:, place] for place in range(len(items))]
    reason = "items_few" if len(items) < 3 else "improper"
    return moments.estimated(functions, _labels(items), reason, "t", level, facts)


def sampling_adequacy(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Kaiser–Meyer–Olkin measure of sampling adequacy, Σr²/(Σr² + Σq²) with q the partial correlations, i ≠ j.

    Parameters as of `cronbach_alpha`; missing where the correlations are singular (`singular`).

    Notes
    -----
    Kaiser (1974), Psychometrika 39: 31–36.
    """
    moments = _Moments(frame, items, design, by, where)
    facts = Naming(measure="sampling_adequacy", unit="index") | named

    def adequacy(s: Matrices) -> Matrices:
        correlations = correlations_of(s)
        inverse = _inverse(correlations)
        own = np.einsum("dii->di", inverse)
        partial = inverse**2 / (own[:, :, None] * own[:, None, :])
        together = (correlations**2).sum(axis=(1, 2)) - len(items)
        return together / (together + partial.sum(axis=(1, 2)) - len(items))

    reason = "items_few" if len(items) < 2 else "singular"
    return moments.estimated([adequacy], [{}], reason, "t", level, facts)


def sphericity(
    frame: pd.DataFrame,
    items: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    **named: Unpack[Naming],
) -> Estimates:
    """Bartlett's test that the items are not correlated, χ² = −(n − 1 − (2p + 5)/6) ln|R| with p(p − 1)/2 degrees of freedom.

    Parameters as of `cronbach_alpha`.

    Returns
    -------
    Estimates
        Two rows a domain, without errors: `bartlett_chi_square`, with its degrees of freedom in `df`, and `bartlett_p`.
        Missing where the correlations are singular (`singular`).

    Notes
    -----
    Bartlett (1951), Biometrika 38: 337–344. R is weighted and n counts rows: the test supposes a simple random sample of
    normal answers, and is given since readers of factor analyses ask for it.
    """
    moments = _Moments(frame, items, design, by, where)
    p = len(items)

    def log_determinant(s: Matrices) -> Matrices:
        correlations = correlations_of(s)
        return np.where(is_regular(correlations), np.linalg.slogdet(_regular(correlations))[1], np.nan)

    made = moments.estimated([log_determinant], [{}], "singular", "t", 0.95, {})
    table = made.table
    factor, df = table["n"] - 1 - (2 * p + 5) / 6, p * (p - 1) / 2
    statistic = -factor * table["estimate"]
    chi_square = table.assign(measure="bartlett_chi_square", unit="statistic", estimate=statistic)
    p_value = table.assign(measure="bartlett_p", unit="p", estimate=stats.chi2.sf(statistic, df))
    rows = [
        part.assign(**{key: value for key, value in named.items() if key != "measure"})
        for part in (chi_square, p_value)
    ]
    result = without_errors(combined(rows))
    return Estimates(result.table.assign(df=df), result.spread, result.df)


class _Moments:
    """The covariances of some columns in each domain, as quantities that carry their influence values."""

    def __init__(
        self, frame: pd.DataFrame, columns: Sequence[str], design: Design, by: Sequence[str] | str, where: Where
    ) -> None:
        self.base, values = base_of(frame, design, columns, by, where)
        self.deviations = [y - y.mean() for y in values]

    def estimated(
        self,
        functions: Sequence[Callable[[Matrices], Matrices]],
        labels: Sequence[dict[str, object]],
        reason: str,
        interval: str,
        level: float,
        named: Naming,
    ) -> Estimates:
        """Functions of the covariances, one quantity each; missing where they are not finite, for a reason."""
        count = len(self.deviations)
        rows, columns = np.array(list(combinations_with_replacement(range(count), 2))).T

        def matrices(size: Matrices, *totals: Matrices) -> Matrices:
            means = np.array(totals[:count]) / size
            own = np.array(totals[count:]) / size - means[rows] * means[columns]
            table = np.zeros((count, count, len(size)), dtype=own.dtype)
            table[rows, columns] = table[columns, rows] = own
            return np.moveaxis(table, 2, 0)

        def statistic(base: Base) -> list[Part]:
            products = [self.deviations[i] * self.deviations[j] for i, j in zip(rows, columns, strict=True)]
            totals = [base.size, *(base.total(values) for values in (*self.deviations, *products))]
            parts = [smooth(lambda *t, function=function: function(matrices(*t)), *totals) for function in functions]
            return [part.where(np.isfinite(part.estimate), reason) for part in parts]

        return estimated(self.base, statistic, labels, level=level, interval=interval, **named)


def _labels(items: Sequence[str]) -> list[dict[str, object]]:
    return [{"item": item} for item in items]


def _without(s: Matrices, place: int) -> Matrices:
    return np.delete(np.delete(s, place, axis=1), place, axis=2)


def _alpha(s: Matrices) -> Matrices:
    k = s.shape[1]
    if k < 2:
        return np.full(len(s), np.nan)
    return k / (k - 1) * (1 - np.einsum("dii->d", s) / s.sum(axis=(1, 2)))


def _regular(matrices: Matrices) -> Matrices:
    """The matrices, with 1 in the place of those that cannot be inverted."""
    return np.where(is_regular(matrices)[:, None, None], matrices, np.eye(matrices.shape[1]))


def _inverse(matrices: Matrices) -> Matrices:
    """The inverse of each matrix, missing where there is none."""
    return np.where(is_regular(matrices)[:, None, None], np.linalg.inv(_regular(matrices)), np.nan)
