"""Totals, means, proportions, ratios, variances and correlations."""

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing
from analysis.inference.coding import MISSING_CODE, coded
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated, without_errors
from analysis.inference.relations.classes import held
from analysis.inference.relations.relation import Frame, Relation
from analysis.inference.sample import Base, Part, require_rows, smooth
from analysis.measure import COLUMNS


def total(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    interval: str = "t",
    **named: Unpack[Naming],
) -> Estimates:
    """Population total, Σwy.

    Parameters
    ----------
    frame
        One row a sampled unit; or a table that stays where it is, in DuckDB, Spark, polars, Arrow or Ibis (docs/scale.md).
    column
        A numeric column; rows in which it is missing are not in the base.
    design
        How the rows were drawn.
    by
        Columns whose values are the domains; a missing one is the domain `unknown`.
    where
        A part of the sample, by a column of booleans; the rest keeps its place in the design.
    level
        Coverage of the interval.
    interval
        `t`, or `log` for a quantity that can't be negative, above all the mean of a skewed count from few clusters
        (docs/methods.md#coverage).
    named
        `measure`, `unit`, `table` and `window` of the rows.

    Returns
    -------
    Estimates
        One row a domain.

    Raises
    ------
    StudyError
        Whatever the design refuses; `column_absent`, `column_not_numeric`, `column_infinite`, `domain_empty`,
        `where_empty`.

    Notes
    -----
    Horvitz & Thompson (1952), JASA 47: 663–685. Of a domain, the total of a column that is 0 outside it.
    """
    base, (y,) = base_of(frame, design, [column], by, where, summed=True)
    facts = Naming(measure="total", unit="total") | named
    return estimated(base, lambda b: [b.total(y)], level=level, interval=interval, **facts)


def mean(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    interval: str = "t",
    **named: Unpack[Naming],
) -> Estimates:
    """Mean, Σwy/Σw. Parameters, result and errors as of `total`.

    Notes
    -----
    The ratio estimator of Hájek (1971); its influence values are (y − ȳ)/Σw: Lumley (2010), Complex Surveys, § 2.
    """
    base, (y,) = base_of(frame, design, [column], by, where, summed=True)
    facts = Naming(measure="mean", unit="value") | named
    made = estimated(base, lambda b: [mean_part(b, y)], level=level, interval=interval, **facts)
    return made if base.sample.is_weighted else made.counted(base.sum(y), base.n)


def mean_part(base: Base, y: Numbers) -> Part:
    """The mean of each domain; deviations are from about the mean of all, so that a large mean costs no digits."""
    centre = base.centre(y)
    return smooth(lambda above, size: above / size, base.total(y, centre), base.size).shifted(centre)


def share_part(base: Base, hit: NDArray[Any]) -> Part:
    """The share of each domain for which something is true; exactly 0 of none and 1 of all."""
    return smooth(lambda above, size: above / size, base.total(hit), base.size)


def ratio(
    frame: Frame,
    numerator: str,
    denominator: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    interval: str = "t",
    **named: Unpack[Naming],
) -> Estimates:
    """Ratio of two totals, Σwy/Σwx. Parameters, result and errors as of `total`.

    Notes
    -----
    Influence values (y − Rx)/Σwx: Cochran (1977), Sampling Techniques, § 6.
    """
    base, (y, x) = base_of(frame, design, [numerator, denominator], by, where, summed=True)
    facts = Naming(measure="ratio", unit="ratio") | named
    made = estimated(base, lambda b: [ratio_part(b, y, x)], level=level, interval=interval, **facts)
    return made if base.sample.is_weighted else made.counted(base.sum(y), base.sum(x))


def ratio_part(base: Base, numerator: Numbers, denominator: Numbers) -> Part:
    """The ratio of two columns' totals in each domain."""
    return smooth(lambda above, below: above / below, base.total(numerator), base.total(denominator))


def proportion(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    interval: str = "korn_graubard",
    **named: Unpack[Naming],
) -> Estimates:
    """Share of the rows for which a column is true, or share of each of its levels. Other parameters and errors as of `total`.

    Parameters
    ----------
    column
        True and false, or 1 and 0: the share of the true. Anything else: the share of each level, with the column as
        a dimension. Rows in which it is missing are not in the base.
    interval
        `korn_graubard` (capped, defined at 0 and 1), `logit` (= `xlogit`), `wilson` (effective sample size), `beta`,
        `asin` or `t`.

    Returns
    -------
    Estimates
        One row a domain, and a level. `numerator` and `denominator` count rows, unweighted, for disclosure control.

    Raises
    ------
    StudyError
        `domain_empty` for a category that no row has.
    """
    facts = Naming(measure="proportion", unit="proportion") | named

    def of_the_true(rows: Frame, design: Design) -> Estimates:
        base, (hit,) = base_of(rows, design, [column], by, where, summed=True)
        made = estimated(base, lambda b: [share_part(b, hit)], level=level, interval=interval, **facts)
        return made.counted(base.counts(hit), base.n)

    if not isinstance(frame, pd.DataFrame) and Relation.of(frame).is_truth(column):
        return of_the_true(frame, design)
    rows, design = held(frame, design, [column], by, where)
    if column not in rows or _is_zero_or_one(rows[column]):
        return of_the_true(rows, design)
    if column in COLUMNS:
        raise StudyError("column_reserved", column=column, known=listing(COLUMNS, 30))
    codes, levels = coded(rows[column])
    if not len(levels):
        raise StudyError("column_all_missing", column=column, count=len(rows))
    require_rows(column, codes, levels)
    coding = {column: np.where(codes == MISSING_CODE, np.nan, codes)}
    base, (code,) = base_of(rows, design, [column], by, where, coding)
    hits = [(code == place).astype(float) for place in range(len(levels))]
    labels = [{column: value} for value in levels]
    made = estimated(
        base, lambda b: [share_part(b, hit) for hit in hits], labels, level=level, interval=interval, **facts
    )
    counts = np.column_stack([base.counts(hit) for hit in hits])
    return made.counted(counts.ravel(), np.repeat(base.n, len(levels)))


def _is_zero_or_one(values: pd.Series) -> bool:
    return values.dtype.kind in "biuf" and bool(values.dropna().isin((0, 1)).all())


def variance(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Population variance, n/(n − 1) · Σw(y − ȳ)²/Σw. Parameters, result and errors as of `total`.

    Notes
    -----
    As R's `svyvar`; n counts the rows of the domain.
    """
    base, (y,) = base_of(frame, design, [column], by, where, summed=True)
    facts = Naming(measure="variance", unit="value") | named
    return estimated(base, lambda b: [covariance_part(b, y, y).where(b.n > 1, "too_few")], level=level, **facts)


def covariance_part(base: Base, x: Numbers, y: Numbers) -> Part:
    """The population covariance of two columns, with n/(n − 1)."""
    dx, dy = x - base.centre(x), y - base.centre(y)
    bias = base.n / np.maximum(base.n - 1, 1)
    return smooth(
        lambda xy, sx, sy, size: bias * (xy - sx * sy / size) / size,
        base.total(dx * dy),
        base.total(dx),
        base.total(dy),
        base.size,
    )


def correlation(
    frame: Frame,
    first: str,
    second: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Pearson's correlation in the population. Parameters, result and errors as of `total`.

    Notes
    -----
    The interval is Fisher's: symmetric on the scale of artanh r.
    """
    base, (x, y) = base_of(frame, design, [first, second], by, where, summed=True)
    facts = Naming(measure="correlation", unit="index") | named

    def statistic(b: Base) -> list[Part]:
        return [
            smooth(
                lambda xy, xx, yy: xy / np.sqrt(xx * yy),
                covariance_part(b, x, y),
                covariance_part(b, x, x),
                covariance_part(b, y, y),
            )
        ]

    return estimated(base, statistic, level=level, interval="fisher", **facts)


def design_effect(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    **named: Unpack[Naming],
) -> Estimates:
    """What the design does to the error of a mean: variance over that of a simple random sample of the same size.

    Returns
    -------
    Estimates
        Two rows a domain: `design_effect`, and `effective_sample_size`, n over it. Neither has an error.

    Notes
    -----
    Kish (1965), Survey Sampling, § 8.2; the simple random sample is drawn with replacement, as R's `deff = "replace"`.
    """
    mean_of, variance_of = (call(frame, column, design, by, where=where, **named) for call in (mean, variance))
    n = mean_of.table["n"]
    effect = mean_of.table["se"] ** 2 / (variance_of.table["estimate"] / n)
    tables = [
        mean_of.table.assign(measure=name, estimate=values, unit=unit)
        for name, values, unit in (("design_effect", effect, "ratio"), ("effective_sample_size", n / effect, "count"))
    ]
    return without_errors(pd.concat(tables, ignore_index=True))
