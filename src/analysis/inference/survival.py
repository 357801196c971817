"""How long until an event: Kaplan–Meier's curve with delayed entry, and the median duration.

Under a design that samples, the errors are those of the draw, from influence values or replicates. Where everybody is in
the data they are those of the process that the durations come from, which is seen only in part: Greenwood's.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import Codes, sums_by
from analysis.inference.design import Census
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated, with_tiers
from analysis.inference.greenwood import Greenwood
from analysis.inference.intervals import Bounds, Interval, logit, student
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part
from analysis.inference.variance import Linearised, NoError, NoSpread
from analysis.measure import arranged

Band: TypeAlias = Literal["log_log", "log", "plain", "logit", "arcsin"]
"""The scale on which the interval of a curve is symmetric."""
SAME = 1e-9
"""Survival that is above one half by no more has reached it: products are known to rounding only."""


def kaplan_meier(
    frame: Frame,
    exit: str,  # noqa: A002
    event: str,
    design: Design | None = None,
    entry: str | None = None,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    least_at_risk: int = 1,
    interval: Band = "log_log",
    **named: Unpack[Naming],
) -> Estimates:
    """Share that remains after each duration (Kaplan–Meier). Other parameters and errors as of `total`.

    Parameters
    ----------
    exit, event
        Column of the duration at the end of observation, and of whether it ended with the event (true or 1; otherwise it
        was censored).
    design
        How the rows were drawn. Without one, and under a `Census`, the durations themselves are what varies.
    entry
        Column of the duration already reached when observation began (delayed entry); without it a row is at risk from
        the start.
    least_at_risk
        A curve begins where at least so many rows are at risk, and ends before fewer are; it is then conditional on
        reaching its begin.
    interval
        `log_log`, `log`, `plain`, `logit` or `arcsin`: the scale on which the interval is symmetric.

    Returns
    -------
    Estimates
        One row a domain and a time of an event in it, with the dimension `time`; `n` is the unweighted number at risk.
        `facts` has the weighted numbers `at_risk` and of `events`. At a survival of 0 there is no interval.

    Raises
    ------
    StudyError
        `duration_negative`, `exit_before_entry`, `event_not_binary`, `interval_unknown`.

    Notes
    -----
    S(t) = ∏(1 − dⱼ/nⱼ) over the times tⱼ ≤ t, with weighted events dⱼ, and nⱼ those with entry < tⱼ ≤ exit: Kaplan & Meier
    (1958), JASA 53: 457–481. Greenwood's covariance within a domain is S(s)S(t)·Σdⱼ/(nⱼ(nⱼ − dⱼ)) over tⱼ ≤ min(s, t); its
    intervals are of the normal distribution. The influence value of a row is S(t) times the derivative of ln S(t) to its
    weight: Σdⱼ/(nⱼ(nⱼ − dⱼ)) over the times tⱼ ≤ t at which it is at risk, less 1/(nⱼ − dⱼ) at its own event. It is the
    infinitesimal jackknife of R's `survfit(robust = TRUE)`, here under the design; intervals are of t. Scales of intervals:
    Kalbfleisch & Prentice (2002), The Statistical Analysis of Failure Time Data; the arcsine: Thomas & Grunkemeier (1975),
    JASA 70: 865–871. R's `svykm` with errors is another estimator, exp(−Σdⱼ/nⱼ).
    """
    facts = Naming(measure="survival", unit="proportion") | named
    columns = [exit, event] if entry is None else [exit, event, entry]
    return _curves(frame, columns, design, by, where, level, least_at_risk, interval, facts).curve


def median_survival(
    frame: Frame,
    exit: str,  # noqa: A002
    event: str,
    design: Design | None = None,
    entry: str | None = None,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    least_at_risk: int = 1,
    interval: Band = "log_log",
    **named: Unpack[Naming],
) -> Estimates:
    """Median duration: the first time at which half or fewer remain. Parameters and errors as of `kaplan_meier`.

    Returns
    -------
    Estimates
        One row a domain; `n` counts its rows. Where more than half remain at the curve's end the estimate is missing,
        with the reason `not_reached`. It has an interval but no error.

    Notes
    -----
    The interval holds the times at which that of the curve holds one half: Brookmeyer & Crowley (1982), Biometrics 38: 29–41.
    """
    columns = [exit, event] if entry is None else [exit, event, entry]
    made = _curves(frame, columns, design, by, where, level, least_at_risk, interval, named)
    curve = made.curve.table
    estimate, low, high = (
        _first_reached(curve[bound].to_numpy() <= 0.5 + SAME, curve["time"].to_numpy(), made.domain, len(made.domains))
        for bound in ("estimate", "low", "high")
    )
    has_none = np.isnan(low) & np.isnan(high)
    is_missing = np.isnan(estimate)
    reason = np.where(is_missing, np.where(made.domains["n"] > 0, "not_reached", "empty_base"), "")
    facts = Naming(measure="median_survival", unit="value") | named
    rows = made.domains.assign(**facts, estimate=estimate, se=np.nan, low=low, high=high, reason=reason)
    rows = rows.assign(interval=np.where(has_none, "none", made.band), coverage=np.where(has_none, np.nan, level))
    return Estimates(_tiered(rows, made.is_process), NoSpread(len(rows)), made.curve.df)


def _first_reached(is_reached: NDArray[np.bool_], time: Numbers, domain: Codes, domains: int) -> Numbers:
    """For each domain the first of its times at which something is true; missing where it never is."""
    found = np.full(domains, np.nan)
    reached, first = np.unique(domain[is_reached], return_index=True)
    found[reached] = time[is_reached][first]
    return found


# Risk sets and the product of what remains


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Which rows are at risk at which times of events; of weights it depends only on which are 0.

    Attributes
    ----------
    time
        The times of events in each domain (rows), in order (columns); missing behind a domain's last one.
    entered, left
        For each row, how many of its domain's times are at or before its entry, and at or before its exit: it is at risk
        at those between.
    has_event
        Whether the row has its event at the last of these times.
    """

    time: Numbers
    entered: Codes
    left: Codes
    has_event: NDArray[np.bool_]

    def sums(self, codes: Codes, size: int, weights: Numbers) -> tuple[Numbers, Numbers]:
        """The weights of those at risk, and of those with their event, at each time (columns) for each code (rows)."""
        width = self.time.shape[1] + 1
        line = codes * width

        def at(place: Codes, weights: Numbers) -> Numbers:
            return sums_by(line + place, weights, size * width).reshape(size, width)

        remaining = (at(self.left, weights) - at(self.entered, weights))[:, ::-1].cumsum(axis=1)[:, ::-1]
        return remaining[:, 1:], at(self.left, weights * self.has_event)[:, 1:]

    def restricted(self, is_kept: NDArray[np.bool_], domain: Codes) -> "RiskSets":
        """The risk sets at some of the times, neighbours in each domain."""
        begin, kept = is_kept.argmax(axis=1), is_kept.sum(axis=1)
        places = begin[:, None] + np.arange(max(int(kept.max()), 1))
        time = np.take_along_axis(self.time, np.minimum(places, self.time.shape[1] - 1), axis=1)
        before, end = begin[domain], (begin + kept)[domain]
        return RiskSets(
            np.where(places < (begin + kept)[:, None], time, np.nan),
            np.clip(self.entered, before, end) - before,
            np.clip(self.left, before, end) - before,
            self.has_event & (self.left > before) & (self.left <= end),
        )


def _risk_sets(base: Base, values: Sequence[Numbers], least: int) -> RiskSets:
    until, event, *since = values
    has_event = (base.weights > 0) & (event == 1)
    every = np.unique(until[has_event])
    line = base.domain * (len(every) + 1)  # the domains lie one behind the other on one line of places
    ends = line + np.searchsorted(every, until, "right")
    points = np.unique(ends[has_event])
    domain, place = np.divmod(points, len(every) + 1)
    first = np.searchsorted(domain, np.arange(base.domains))
    time = np.full((base.domains, max(int(np.bincount(domain, minlength=1).max()), 1)), np.nan)
    time[domain, np.arange(len(points)) - first[domain]] = every[place - 1]
    left = np.searchsorted(points, ends, "right") - first[base.domain]
    entered = np.zeros_like(left)
    for own in since:
        begins = line + np.searchsorted(every, own, "right")
        entered = np.searchsorted(points, begins, "right") - first[base.domain]
    every_set = RiskSets(time, entered, left, has_event)
    if least <= 1:
        return every_set
    n, _ = every_set.sums(base.domain, base.domains, base.rows)
    has_begun = np.maximum.accumulate(n >= least, axis=1)
    return every_set.restricted(has_begun & ~np.maximum.accumulate(has_begun & (n < least), axis=1), base.domain)


@dataclass(frozen=True, eq=False)
class Products:
    """Survival at each time (columns) in each domain (rows), and what it is made of.

    Attributes
    ----------
    survival
        The product of the shares that remain; exactly 0 once all who are at risk leave.
    n, at_risk, events
        Rows at risk, unweighted and weighted, and weighted events.
    remaining
        At risk less events; infinite where nobody remains, so that what is divided by it is 0.
    """

    risk: RiskSets
    survival: Numbers
    n: Numbers
    at_risk: Numbers
    events: Numbers
    remaining: Numbers

    @property
    def increments(self) -> Numbers:
        """Greenwood's d/(n(n − d)): how much of the variance of ln S each time adds."""
        with np.errstate(invalid="ignore"):
            return np.where(self.n > 0, self.events / (self.at_risk * self.remaining), 0.0)

    def scores(self, codes: Codes, domain: Codes, weights: Numbers) -> Numbers:
        """The sums of weights times influence values, one row a code and one column a time.

        Parameters
        ----------
        domain
            The domain of each code.
        """
        at_risk, events = self.risk.sums(codes, len(domain), weights)
        own = at_risk * self.increments[domain] - events / self.remaining[domain]
        summed: Numbers = self.survival[domain] * own.cumsum(axis=1)
        return summed


def _products(base: Base, risk: RiskSets) -> Products:
    at_risk, events = risk.sums(base.domain, base.domains, base.weights)
    n, left = risk.sums(base.domain, base.domains, base.rows)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > left, 1 - events / at_risk, n == 0)
    remaining = np.where(n > left, at_risk - events, np.inf)
    return Products(risk, share.cumprod(axis=1), n, at_risk, events, remaining)


def _parts(base: Base, risk: RiskSets) -> list[Part]:
    """Survival at the first time of each domain, the second …, with the scores of all sampling units at once."""
    made = _products(base, risk)
    estimate = np.where(np.isnan(risk.time), np.nan, made.survival)
    variance = base.sample.variance
    if not isinstance(variance, Linearised):
        return [Part(base, column) for column in estimate.T]
    cells, calibration = base.cells, variance.calibration
    codes = np.arange(len(cells)) if cells.codes is None else cells.codes
    scores = made.scores(codes, cells.domain, base.weights)
    if calibration is None:
        return [Part(base, *columns) for columns in zip(estimate.T, scores.T, strict=True)]
    weights = calibration.weights if base.is_in is None else np.where(base.is_in, calibration.weights, 0)
    domains = np.arange(base.domains)
    cross = np.stack([made.scores(base.domain, domains, weights * x) for x in calibration.auxiliary.T])
    columns = zip(estimate.T, scores.T, np.moveaxis(cross, 2, 0), strict=True)
    return [Part(base, *column) for column in columns]


# Rows and their spread


@dataclass(frozen=True, eq=False)
class Curves:
    """The curves of a call, the domain of each of their rows, and one row a domain, also where it has no curve."""

    curve: Estimates
    domain: Codes
    domains: pd.DataFrame
    band: str
    is_process: bool


def _curves(
    frame: Frame,
    columns: Sequence[str],
    design: Design | None,
    by: Sequence[str] | str,
    where: Where,
    level: float,
    least_at_risk: int,
    interval: str,
    facts: Naming,
) -> Curves:
    if interval not in BANDS:
        raise StudyError("interval_unknown", name=interval, nearest=nearest(interval, BANDS), known=listing(BANDS))
    base, values = base_of(frame, Census() if design is None else design, columns, by, where)
    _require_durations(base, columns, values)
    risk = _risk_sets(base, values, least_at_risk)
    made = estimated(base, lambda b: _parts(b, risk), [{}] * risk.time.shape[1], level=level, **facts)
    products = _products(base, risk)
    is_time = ~np.isnan(risk.time)
    domain = np.nonzero(is_time)[0]
    is_process = isinstance(base.sample.variance, NoError)
    spread = made.spread.chosen(np.flatnonzero(is_time))
    rows = made.table[is_time.ravel()].assign(time=risk.time[is_time], n=products.n[is_time])
    estimate, se, df = (rows[name].to_numpy(float) for name in ("estimate", "se", "df"))
    if is_process:
        spread = Greenwood(estimate, products.increments.cumsum(axis=1)[is_time], domain)
        se, df = np.sqrt(spread.variances()), np.full(len(rows), np.inf)
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = BANDS[interval](np.where(estimate < 1, estimate, np.nan), se, df, rows["n"].to_numpy(float), level)
    has_none = np.isnan(low) & np.isnan(high)
    band = f"greenwood_{interval}" if is_process else interval
    rows = rows.assign(se=se, low=low, high=high, interval=np.where(has_none, "none", band))
    rows = rows.assign(coverage=np.where(has_none, np.nan, level))
    counts = {"at_risk": products.at_risk[is_time], "events": products.events[is_time]}
    curve = Estimates(_tiered(rows, is_process), spread, np.inf if is_process else made.df, counts)
    return Curves(curve, domain, made.table.iloc[:: risk.time.shape[1]], band, is_process)


def _require_durations(base: Base, columns: Sequence[str], values: Sequence[Numbers]) -> None:
    """Refuse durations below 0, rows that leave before they enter, and events that are neither true nor false."""
    is_in = np.ones(len(base.weights), dtype=bool) if base.is_in is None else base.is_in

    def refuse(key: str, wrong: NDArray[np.bool_], **facts: str) -> None:
        if (wrong & is_in).any():
            rows = base.named(wrong & is_in)
            raise StudyError(key, count=int((wrong & is_in).sum()), rows=rows, **facts)

    until, event, *since = values
    for column, own in zip([columns[0], *columns[2:]], [until, *since], strict=True):
        refuse("duration_negative", own < 0, column=column)
    for own in since:
        refuse("exit_before_entry", until <= own, exit=columns[0], entry=columns[2])
    refuse("event_not_binary", (event != 0) & (event != 1), column=columns[1])


def _tiered(rows: pd.DataFrame, is_process: bool) -> pd.DataFrame:
    """Rows with their reliability, which speaks of sampling errors only."""
    return arranged(rows.assign(reliability="")) if is_process else with_tiers(rows)


# Intervals


def _log_log(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    inside = np.where(estimate > 0, estimate, np.nan)
    spread = student(df, level) * se / (inside * np.abs(np.log(inside)))
    return inside ** np.exp(spread), inside ** np.exp(-spread)


def _log(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    inside = np.where(estimate > 0, estimate, np.nan)
    factor = np.exp(student(df, level) * se / inside)
    return inside / factor, np.minimum(inside * factor, 1)


def _plain(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    inside = np.where(estimate > 0, estimate, np.nan)
    spread = student(df, level) * se
    return np.maximum(inside - spread, 0), np.minimum(inside + spread, 1)


def _arcsin(estimate: Numbers, se: Numbers, df: Numbers, n: Numbers, level: float) -> Bounds:
    inside = np.where(estimate > 0, estimate, np.nan)
    middle, spread = np.arcsin(np.sqrt(inside)), student(df, level) * se / (2 * np.sqrt(inside * (1 - inside)))
    return np.sin(np.maximum(middle - spread, 0)) ** 2, np.sin(np.minimum(middle + spread, np.pi / 2)) ** 2


BANDS: dict[str, Interval] = {
    "log_log": _log_log,
    "log": _log,
    "plain": _plain,
    "logit": logit,
    "arcsin": _arcsin,
}
"""The intervals of a curve, by the name that a call gives."""
