"""What a call gives: the measure table, and the means to ask how its estimates vary together.

`base_of` reads the columns of a call, `estimated` makes the result of a statistic; every public function of the
package is these two around a few lines.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypedDict

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.errors import StudyError, listing, nearest
from analysis.inference.design import absent, numbers
from analysis.inference.intervals import INTERVALS
from analysis.inference.relations.classes import held
from analysis.inference.relations.question import Question
from analysis.inference.relations.relation import Frame, Relation, rows_named
from analysis.inference.relations.sums import SummedBase, can_be_summed
from analysis.inference.reliability import tiers
from analysis.inference.sample import STEP, Base, Part, Sample
from analysis.inference.variance import (
    Linearised,
    NoSpread,
    Replicated,
    ReplicateSpread,
    Scores,
    ScoreSpread,
    Spread,
    stacked,
)
from analysis.measure import COLUMNS, arranged, combined, left_out
from analysis.reading.convert import MISSING

Numbers = NDArray[np.float64]
Where: TypeAlias = str | pd.Series | NDArray[np.bool_] | None
"""A part of the sample: a column of booleans, by name or as it is."""
ROUNDING = 1e-12
"""An error of so small a part of an estimate is none: it is what is left of 0 by rounding."""
Statistic = Callable[[Base], Sequence[Part]]
"""What estimates quantities from a base; called once, or once for each replicate."""


class Design(Protocol):
    """What reads a frame as a sample: a design of any kind, or a `Sample`, which has read it already."""

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame under this design, coded."""
        ...


class Naming(TypedDict, total=False):
    """What a call may be named in the measure table: `measure`, `unit`, `table` and `window` of its rows."""

    measure: str
    unit: str
    table: str
    window: str


@dataclass(frozen=True, eq=False)
class Estimates:
    """The result of a call.

    Attributes
    ----------
    table
        The measure table, one row an estimate.
    spread
        How the estimates vary together.
    df
        Degrees of freedom of the whole sample that the call rests on, for tests of several estimates.
    facts
        What else a model or a test tells of itself.
    """

    table: pd.DataFrame
    spread: Spread
    df: float
    facts: Mapping[str, Any] = field(default_factory=dict)

    def covariance(self) -> Numbers:
        """The covariance of all estimates, in the order of the table's rows."""
        return self.spread.covariance()

    def counted(self, numerator: Numbers, denominator: Numbers) -> "Estimates":
        """The same estimates with the unweighted numbers of rows that they count."""
        return replace(self, table=self.table.assign(numerator=numerator, denominator=denominator))

    def bounded(self, low: Numbers, high: Numbers, interval: str) -> "Estimates":
        """The same estimates with other intervals."""
        has_none = np.isnan(low) & np.isnan(high)
        how = np.where(self.table["interval"] == "census", "census", np.where(has_none, "none", interval))
        table = self.table.assign(low=low, high=high, interval=how)
        return replace(self, table=table.assign(reliability=tiers(table)))

    def with_fewer_df(self, fewer: int, level: float) -> "Estimates":
        """The same estimates, with degrees of freedom taken up by what was estimated beside them."""
        df, is_weighted = self.table["df"].to_numpy(float) - fewer, bool(self.table["is_weighted"].iloc[0])
        made = _completed(dict(self.table.items()), self.spread, df, self.df - fewer, level, "t", is_weighted)
        return replace(made, facts=self.facts)

    def contrast(
        self,
        combination: Mapping[str, Sequence[float]] | Sequence[float] | Callable[[Numbers], Any],
        level: float = 0.95,
        **named: Any,
    ) -> "Estimates":
        """Linear combinations of the estimates, or a smooth function of them, with their errors.

        Parameters
        ----------
        combination
            Weights, one for each row of the table; or several combinations by name; or a function of the array of
            estimates, made of analytic operations only.

        Returns
        -------
        Estimates
            One row a combination, with `contrast` its name; it can be contrasted again.

        Notes
        -----
        A function's error is by the delta method, its derivative taken with a complex step.
        """
        theta = self.table["estimate"].to_numpy(float)
        if callable(combination):
            function = combination
            values = np.atleast_1d(np.asarray(function(theta), dtype=float))
            steps = theta + 1j * STEP * np.eye(len(theta))
            slopes = np.array([np.atleast_1d(np.imag(function(row))) / STEP for row in steps]).T
            names = [str(place + 1) for place in range(len(values))]
        else:
            named_rows = combination if isinstance(combination, Mapping) else {"1": combination}
            names, slopes = list(named_rows), np.array(list(named_rows.values()), dtype=float)
            if slopes.shape[1] != len(theta):
                raise StudyError("contrast_length", found=slopes.shape[1], expected=len(theta))
            values = slopes @ theta
        spread = self.spread.combined(slopes)
        first = self.table.iloc[0]
        facts = {
            "measure": "contrast",
            "unit": first["unit"],
            "table": first["table"],
            "window": first["window"],
        } | named
        columns = {"contrast": names, "estimate": values, "n": np.full(len(values), self.table["n"].sum())} | facts
        df, is_weighted = np.full(len(values), self.df), bool(first["is_weighted"])
        return _completed(columns, spread, df, self.df, level, "t", is_weighted)

    def wald(self, combination: Sequence[Sequence[float]] | None = None) -> pd.Series:
        """Wald's test that all estimates, or several combinations of them, are 0.

        Returns
        -------
        pandas.Series
            `statistic` F, `df`, `denominator_df`, `p`. Without degrees of freedom left there is no p.
        """
        weights = np.eye(len(self.table)) if combination is None else np.asarray(combination, dtype=float)
        values = weights @ self.table["estimate"].to_numpy(float)
        covariance = self.spread.combined(weights).covariance()
        rank = int(np.linalg.matrix_rank(covariance))
        f = float(values @ np.linalg.pinv(covariance, hermitian=True) @ values) / rank
        p = stats.f.sf(f, rank, self.df) if self.df > 0 else np.nan
        return pd.Series({"statistic": f, "df": rank, "denominator_df": self.df, "p": p})


def base_of(
    frame: Frame,
    design: Design,
    columns: Sequence[str],
    by: Sequence[str] | str = (),
    where: Where = None,
    coding: Mapping[str, Numbers] | None = None,
    *,
    summed: bool = False,
) -> tuple[Base, list[Any]]:
    """The rows that a call rests on, and the columns as numbers (0 outside the base).

    A row with a missing value in one of the columns is not in the base.

    Parameters
    ----------
    coding
        For columns that hold no numbers, the numbers that stand for their values, NaN where these are missing.
    summed
        Whether the columns are only added up: those of a relation then stay on its engine.

    Raises
    ------
    StudyError
        `column_absent`, `column_not_numeric`, `column_infinite`, `where_empty`, and whatever the design refuses.
    """
    by = (by,) if isinstance(by, str) else tuple(by)
    if isinstance(frame, pd.DataFrame) and (facts := absent(frame, [*columns, *by])):
        raise StudyError("column_absent", **facts)
    if reserved := [column for column in by if column in COLUMNS]:
        raise StudyError("column_reserved", column=reserved[0], known=listing(COLUMNS, 30))
    if not isinstance(frame, pd.DataFrame):
        relation = Relation.of(frame)
        if summed and can_be_summed(relation, design, columns, by):
            question = Question.of(relation, design, columns, by, where)
            made = SummedBase.of(question, lambda classes, given: base_of(classes, given, columns, by, where)[0])
            return made, question.values
        frame, design = held(frame, design, columns, by, where)
    sample = design.sample(frame)
    is_in = None if where is None else _chosen(sample, frame, where)
    given = {} if coding is None else coding
    values = [_kept(sample, given[column]) if column in given else numbers(sample.frame, column) for column in columns]
    missing = {}
    for place, (column, own) in enumerate(zip(columns, values, strict=True)):
        if np.isfinite(own.sum()):
            continue
        infinite = np.isinf(own)
        if infinite.any():
            rows = rows_named(sample.frame, infinite)
            raise StudyError("column_infinite", column=column, count=int(infinite.sum()), rows=rows)
        known = ~np.isnan(own)
        missing[column] = ~known if is_in is None else ~known & is_in
        values[place] = np.where(known, own, 0)
    for gone in missing.values():
        is_in = ~gone if is_in is None else is_in & ~gone
    weights = sample.weights if is_in is None else np.where(is_in, sample.weights, 0)
    return Base(sample, by, weights, is_in, missing), values


def _chosen(sample: Sample, frame: pd.DataFrame, where: str | pd.Series | NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The rows of the sample that `where` names."""
    if isinstance(where, str):
        if facts := absent(frame, [where]):
            raise StudyError("column_absent", **facts)
        where = frame[where]
    chosen = pd.Series(np.asarray(where)).fillna(value=False).to_numpy(bool)
    if len(chosen) != len(frame):
        raise StudyError("where_length", found=len(chosen), expected=len(frame))
    chosen = _kept(sample, chosen)
    if not chosen.any():
        raise StudyError("where_empty", total=len(chosen))
    return chosen


def _kept(sample: Sample, values: NDArray[Any]) -> NDArray[Any]:
    """Those values, one for each row of the frame that was given, whose rows are in the sample."""
    return values if sample.kept is None else values[sample.kept]


def estimated(
    base: Base,
    statistic: Statistic,
    labels: Sequence[Mapping[str, object]] = ({},),
    *,
    level: float = 0.95,
    interval: str = "t",
    **named: Any,
) -> Estimates:
    """The result of a statistic on a base.

    Parameters
    ----------
    statistic
        Gives the quantities, one part each.
    labels
        For each quantity, what its rows say beside the domain: further dimensions, or another `measure` or `unit`.
    interval
        A name of `INTERVALS`.
    named
        `measure`, `unit`, `table`, `window` of all rows.

    Returns
    -------
    Estimates
        Rows by domain, and by quantity inside it.
    """
    base, parts = base.estimated(statistic)
    theta = np.column_stack([part.estimate for part in parts]).ravel()
    keys = {column: values.array.repeat(len(parts)) for column, values in base.groups.keys.items()}
    said = dict.fromkeys(column for label in labels for column in label)
    told = {column: [label.get(column) for label in labels] * base.domains for column in said}
    n = np.repeat(base.n, len(parts))
    undefined = np.isnan(theta) | np.isinf(theta)
    why = np.where(n > 0, np.tile([part.reason for part in parts], base.domains), "empty_base")
    columns = {
        **named,
        **keys,
        **told,
        "estimate": np.where(undefined, np.nan, theta),
        "n": n,
        "excluded": np.repeat(_excluded(base), len(parts)),
        "reason": np.where(undefined, why, ""),
    }
    df, df_of_all = _degrees_of_freedom(base)
    spread = _spread(base, parts, theta, statistic)
    return _completed(columns, spread, np.repeat(df, len(parts)), df_of_all, level, interval, base.sample.is_weighted)


def _completed(
    columns: Mapping[str, Any],
    spread: Spread,
    df: Numbers,
    df_of_all: float,
    level: float,
    interval: str,
    is_weighted: bool,
) -> Estimates:
    """Rows, given as columns, with errors, intervals and tiers."""
    if interval not in INTERVALS:
        raise StudyError(
            "interval_unknown", name=interval, nearest=nearest(interval, INTERVALS), known=listing(INTERVALS)
        )
    estimate, n = (np.asarray(columns[column], dtype=float) for column in ("estimate", "n"))
    with np.errstate(divide="ignore", invalid="ignore"):
        variances = np.maximum(spread.variances(), 0)
        nothing = (ROUNDING * np.abs(estimate)) ** 2
        is_unknown = np.isnan(estimate) | ((df <= 0) & (variances <= nothing))  # one unit tells nothing of an error
        se = np.where(is_unknown, np.nan, np.sqrt(variances))
        low, high = INTERVALS[interval](estimate, se, df, n, level)
    kind = "census" if isinstance(spread, NoSpread) else interval
    has_none = np.isnan(low) & np.isnan(high)
    # One frame made of columns: to put columns into a frame one after the other takes eight times as long.
    rows = pd.DataFrame(
        {
            "measure": "",
            "unit": "",
            "table": "",
            **columns,
            "se": se,
            "df": df,
            "low": low,
            "high": high,
            "is_weighted": is_weighted,
            "interval": np.where(has_none & (kind != "census"), "none", kind),
            "coverage": np.where(has_none, np.nan, level),
        }
    )
    return Estimates(with_tiers(rows), spread, df_of_all)


def joined(results: Iterable[Estimates]) -> Estimates:
    """The results of several calls on one sample as one, with the covariance between them.

    The calls were made with the same `Sample`, or with the same design on the same frame.

    Raises
    ------
    StudyError
        `not_one_sample`, where the results have errors of different kinds or from samples of different units.
    """
    made = list(results)
    return Estimates(
        combined(one.table for one in made), stacked([one.spread for one in made]), min(one.df for one in made)
    )


def without_errors(table: pd.DataFrame) -> Estimates:
    """Measure rows of quantities that have no error of their own."""
    blank = {
        "se": np.nan,
        "low": np.nan,
        "high": np.nan,
        "coverage": np.nan,
        "df": np.nan,
        "interval": "none",
        "reliability": "",
    }
    return Estimates(arranged(table.assign(**blank)), NoSpread(len(table)), np.nan)


def with_tiers(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows as a measure table, with their reliability."""
    table = arranged(rows)
    return table.assign(reliability=tiers(table))


def _degrees_of_freedom(base: Base) -> tuple[Numbers, float]:
    """Degrees of freedom of each domain, and of all."""
    variance = base.sample.variance
    if isinstance(variance, Linearised):
        has_rows = base.rows_of_cells > 0
        kept = slice(None) if has_rows.all() else has_rows
        unit, domain = base.cells.unit[kept], base.cells.domain[kept]
        df = variance.degrees_of_freedom(unit, domain, base.domains)
        if base.domains == 1:
            return df, float(df[0])
        units = np.flatnonzero(np.bincount(unit))
        return df, float(variance.degrees_of_freedom(units, np.zeros_like(units), 1)[0])
    known = variance.df if isinstance(variance, Replicated) else np.nan
    return np.full(base.domains, known), known


def _spread(base: Base, parts: Sequence[Part], theta: Numbers, statistic: Statistic) -> Spread:
    variance = base.sample.variance
    if isinstance(variance, Linearised):
        return ScoreSpread(variance, _scores(base, parts, variance))
    if isinstance(variance, Replicated):
        again = [
            np.column_stack([part.estimate for part in statistic(base.under(weights))]).ravel()
            for weights in variance.weights.T
        ]
        return ReplicateSpread(variance.deviations(theta, np.array(again)))
    return NoSpread(len(theta))


def _scores(base: Base, parts: Sequence[Part], variance: Linearised) -> Scores:
    """The scores of all quantities; those of calibrated weights are less what the auxiliary variables explain."""
    cells, count = base.cells, len(parts)
    values = [part.scores for part in parts if part.scores is not None]
    unit, estimate, value = cells.unit, cells.domain, values[0]
    if count > 1:
        unit = np.repeat(unit, count)
        estimate = (estimate[:, None] * count + np.arange(count)).ravel()
        value = np.column_stack(values).ravel()
    scores = Scores(unit, estimate, value, base.domains * count)
    if variance.calibration is None:
        return scores
    crosses = [part.cross for part in parts if part.cross is not None]
    cross = np.stack(crosses, axis=2).reshape(len(crosses[0]), -1)
    return variance.calibration.residual(scores, cross, base.sample.weights, variance)


def _excluded(base: Base) -> list[str]:
    """For each domain, the reasons for which rows are not in the base and how many rows each."""
    texts = [[base.sample.excluded] * base.domains]
    for column, gone in base.missing.items():
        if gone.any():
            reasons = [column + MISSING] if column + MISSING in base.sample.frame else []
            rows = base.sample.frame.loc[gone, reasons]
            frequency = None if base.sample.frequency is None else base.sample.frequency[gone]
            texts.append(left_out(rows, column, base.domain[gone], base.domains, frequency))
    return ["; ".join(filter(None, told)) for told in zip(*texts, strict=True)]
