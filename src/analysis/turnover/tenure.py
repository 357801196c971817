"""How long people stay in post: spells of service, what happens inside a term, and the curve of those who stay.

The input is a `Roster` whose rows may carry `start` and `end` of the service. Sources of the definitions:
docs/methods.md#turnover.
"""

import datetime
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.inference.survival import kaplan_meier, median_survival
from analysis.measure import arranged, combined, excluded, grouped
from analysis.registers import quotients
from analysis.turnover.roster import Roster


def spells(roster: Roster) -> pd.DataFrame:
    """Uninterrupted services of a person in a unit.

    Neighbouring terms make one spell, unless the person left more than a month before the next began. A spell starts at its
    recorded `start`, else at the start of its first term; who is in the first term without a recorded start, or is called an
    incumbent and linked to nobody before, has no known start. It ends at its recorded `end`, else at the end of its last
    term; a spell of the last term is still going on at `observed_until`.

    Returns
    -------
    pandas.DataFrame
        One row per spell: `unit`, `person_id`, `start`, `end` (missing while in post), the columns of the roster's first
        row of the spell, and `start_missing` where the start is unknown.
    """
    order = list(roster.terms)
    begun = {term: pd.Timestamp(roster.terms[term].start) for term in order}
    rows = roster.people.assign(unit=roster.people[roster.within].fillna(UNKNOWN))
    rows = rows.assign(position=rows["term"].map({term: i for i, term in enumerate(order)}))
    for column in ("start", "end"):
        rows[column] = rows[column] if column in rows else pd.Series(pd.NaT, index=rows.index, dtype="datetime64[s]")
    rows = _once_a_term(rows)
    previous = rows.groupby(["unit", "person_id"]).shift()
    left_early = previous["end"] < rows["term"].map(begun) - pd.Timedelta(days=31)
    first = ~((previous["position"] == rows["position"] - 1) & ~left_early)
    flag = rows["is_incumbent"] if "is_incumbent" in rows else pd.Series(pd.NA, index=rows.index, dtype="boolean")
    began_before = np.where(rows["position"] == 0, flag.fillna(value=True), flag.fillna(value=False)).astype(bool)
    unknown = rows["start"].isna() & first & began_before
    rows["start"] = rows["start"].fillna(rows["term"].map(begun)).mask(unknown)
    rows["start_missing"] = np.where(unknown, "unknown", "")
    ended = rows["term"].map({term: begun[after] for term, after in pairwise(order)})
    rows["end"] = rows["end"].fillna(ended)
    last = rows.groupby(first.cumsum())["end"].nth(-1)
    return rows[first].assign(end=last.to_numpy())


def _once_a_term(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows by unit, person and term; who is listed twice for a term by one unit serves from the first start to the last end."""
    key = ["unit", "person_id", "position"]
    ordered = rows.sort_values([*key, "start"], na_position="last")
    if ordered.duplicated(key).any():
        last = (
            ordered.groupby(key)["end"]
            .transform("max")
            .mask(ordered["end"].isna().groupby([ordered[k] for k in key]).transform("any"))
        )
        ordered = ordered.assign(end=last).drop_duplicates(key)
    return ordered


def event_rates(
    services: pd.DataFrame, start: datetime.date, end: datetime.date, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Separations and hires as events of a window, so that who came and left inside it counts too.

    Parameters
    ----------
    services
        One row per spell with `start` and `end`, as `spells` gives them; a spell without a known start is in post from before.
    start, end
        The window. An event on its first day is before it, one on its last day is in it.

    Returns
    -------
    pandas.DataFrame
        Measure table: `separation_rate` and `hire_rate`, events over the mean of those in post at both ends (BLS, JOLTS).
    """
    first, last = pd.Timestamp(start), pd.Timestamp(end)
    rows = grouped(services, by)
    began, gone = rows["start"].fillna(pd.Timestamp.min.as_unit("s")), rows["end"].fillna(pd.Timestamp.max.as_unit("s"))
    counts = rows.assign(
        staff=(((began <= first) & (gone > first)).astype(int) + ((began <= last) & (gone > last)).astype(int)) / 2,
        separations=((gone > first) & (gone <= last)).astype(int),
        hires=((began > first) & (began <= last)).astype(int),
        n=((began <= last) & (gone > first)).astype(int),
    )
    columns = ["staff", "separations", "hires", "n"]
    sums = counts.groupby(list(by), as_index=False)[columns].sum() if by else counts[columns].sum().to_frame().T
    window = f"{start}→{end}"
    return combined(
        quotients(
            name,
            sums[[*by, "n"]].assign(numerator=sums[events], denominator=sums["staff"], window=window),
            unit="rate",
            table="roster",
        )
        for name, events in (("separation_rate", "separations"), ("hire_rate", "hires"))
    )


def events(roster: Roster, by: Sequence[str] = ()) -> pd.DataFrame:
    """`event_rates` for each term that another followed, from its first day to its successor's.

    The last term is left out, since who leaves at its end is not known yet, unless it is the only one.
    """
    services = spells(roster)
    terms = list(roster.terms)[:-1] or list(roster.terms)
    windows = {name: (roster.terms[name].start, roster.terms[name].end) for name in terms}
    return combined(event_rates(services, *window, by).assign(term=name) for name, window in windows.items())


def years_in_post(roster: Roster, by: Sequence[str] = (), least_at_risk: int = 10) -> pd.DataFrame:
    """How long people stay in post: the Kaplan–Meier curve with delayed entry, and its median.

    Who was already in post when the roster begins enters the risk set then, at the tenure reached; who is still in post is
    censored. Spells without a known start are left out and counted.

    Parameters
    ----------
    least_at_risk
        The curve runs from the first time at which so many are at risk until fewer are: a risk set of one that leaves
        would bring it to zero for good.

    Returns
    -------
    pandas.DataFrame
        Measure table: `tenure_survival` by `tenure_years`, with the Greenwood error and log-log interval and `n` at risk, and
        `tenure_median` in years. Durations are a process, not a count of a register, so they have an interval on a census too.
    """
    seen_from = pd.Timestamp(next(iter(roster.terms.values())).start)
    last = list(roster.terms.values())[-1]
    seen_until = pd.Timestamp(roster.observed_until or last.start)
    services = _observed(grouped(spells(roster), by), seen_from, seen_until)
    window = f"{seen_from.date()}→{seen_until.date()}"
    curve = kaplan_meier(
        services, "exit", "has_left", None, "entry", by,
        least_at_risk=least_at_risk, measure="tenure_survival", table="roster", window=window,
    ).table  # fmt: skip
    median = median_survival(
        services, "exit", "has_left", None, "entry", by,
        least_at_risk=least_at_risk, measure="tenure_median", unit="years", table="roster", window=window,
    ).table  # fmt: skip
    table = combined([curve.rename(columns={"time": "tenure_years"}), median]).drop(columns="excluded")
    unknown = excluded(services, "start", by)
    if not by:
        return arranged(table.assign(excluded=unknown["excluded"].iloc[0]))
    ordered = table.sort_values(list(by), kind="stable").merge(unknown, on=list(by), how="left")
    return arranged(ordered.fillna({"excluded": ""}))


def _observed(services: pd.DataFrame, seen_from: pd.Timestamp, seen_until: pd.Timestamp) -> pd.DataFrame:
    """The services with the tenure at which observation began and ended, and whether it ended by leaving.

    The tenures of a service that was not observed, or of unknown start, are missing.
    """
    stopped = services["end"].fillna(seen_until).clip(upper=seen_until)
    entry = _years(seen_from - services["start"]).clip(lower=0)
    until = _years(stopped - services["start"])
    is_observed = (services["start"] < seen_until) & (until > entry)
    has_left = (services["end"] <= seen_until).fillna(value=False)
    return services.assign(entry=entry.where(is_observed), exit=until.where(is_observed), has_left=has_left)


def _years(duration: pd.Series) -> pd.Series:
    return duration.dt.total_seconds() / (365.25 * 24 * 3600)
