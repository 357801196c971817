"""How long people stay in post: spells of service, what happens inside a term, and the curve of those who stay.

The input is a `Roster` whose rows may carry `start` and `end` of the service. Sources of the definitions:
docs/methods.md#turnover.
"""

import datetime
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.inference import Census
from analysis.inference.coding import Codes, coded
from analysis.inference.survival import kaplan_meier, median_survival
from analysis.measure import arranged, combined, excluded, grouped
from analysis.registers import FREQUENCY, quotients
from analysis.turnover.careers import community_of, person_in
from analysis.turnover.parts import DATES
from analysis.turnover.roster import MONTH, Roster

SECONDS = "datetime64[s]"


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
        row of the spell (from an engine only those of units, persons and services), and `start_missing` where the start is
        unknown.
    """
    return pd.concat([_spells(roster, people) for people in roster.parts()])


def _spells(roster: Roster, people: pd.DataFrame) -> pd.DataFrame:
    rows, person, place = _once_a_term(roster, people)
    begun = np.array([term.start for term in roster.terms.values()], dtype=SECONDS)
    start, end = (rows[column].to_numpy(SECONDS) for column in DATES)
    continues = (person[1:] == person[:-1]) & (place[1:] == place[:-1] + 1) & ~(end[:-1] < begun[place[1:]] - MONTH)
    first, last = np.append(True, ~continues)[: len(rows)], np.append(~continues, True)[: len(rows)]
    if "is_incumbent" in rows:
        began_before = rows["is_incumbent"].astype("boolean").fillna(pd.Series(place == 0, rows.index)).to_numpy(bool)
    else:
        began_before = place == 0
    unknown = np.isnat(start) & began_before
    known_start = np.where(np.isnat(start) & ~unknown, begun[place], start)
    ended = np.where(np.isnat(end), np.append(begun[1:], np.datetime64("NaT"))[place], end)
    return rows[first].assign(
        start=known_start[first], end=ended[last], start_missing=np.where(unknown, "unknown", "")[first]
    )


def _once_a_term(roster: Roster, people: pd.DataFrame) -> tuple[pd.DataFrame, Codes, Codes]:
    """Rows by unit, person and term, with the codes of the person in the unit and of the term.

    Who is listed twice for a term by one unit serves from the first start to the last end.
    """
    place = roster.places(people)
    known, place = people[place >= 0], place[place >= 0]
    lacking = {column: np.datetime64("NaT", "s") for column in DATES if column not in known}
    rows = known.assign(unit=known[roster.within].fillna(UNKNOWN), **lacking)
    person = person_in(coded(rows["unit"])[0], rows["person_id"])
    key = person * len(roster.terms) + place
    order = np.argsort(key, kind="stable")
    if (key[order][1:] == key[order][:-1]).any():
        start, end = (rows[column].to_numpy(SECONDS) for column in DATES)
        order = np.lexsort((community_of(rows), start, key))  # missing dates come last
        last = pd.Series(end).groupby(key).transform("max").mask(pd.Series(np.isnat(end)).groupby(key).transform("any"))
        rows = rows.assign(end=last.to_numpy(SECONDS))
        order = order[np.append(True, key[order][1:] != key[order][:-1])]
    return rows.iloc[order], person[order], place[order]


def spell_counts(roster: Roster, by: Sequence[str] = ()) -> pd.DataFrame:
    """The spells that begin and end on the same days in a group as one row, with how many they are (`FREQUENCY`)."""
    keys = [*by, "start", "end", "start_missing"]
    parts = (
        grouped(_spells(roster, people), by).groupby(keys, as_index=False, dropna=False, sort=False).size()
        for people in roster.parts(by)
    )
    return pd.concat(parts, ignore_index=True).rename(columns={"size": FREQUENCY})


def event_rates(
    services: pd.DataFrame, start: datetime.date, end: datetime.date, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Separations and hires as events of a window, so that who came and left inside it counts too.

    Parameters
    ----------
    services
        One row per spell with `start` and `end`, as `spells` gives them, or one for several with their `FREQUENCY`; a spell
        without a known start is in post from before.
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
    each = rows.get(FREQUENCY, 1)
    counts = rows.assign(
        staff=each
        * (((began <= first) & (gone > first)).astype(int) + ((began <= last) & (gone > last)).astype(int))
        / 2,
        separations=each * ((gone > first) & (gone <= last)),
        hires=each * ((began > first) & (began <= last)),
        n=each * ((began <= last) & (gone > first)),
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
    served = spell_counts(roster, by)
    terms = list(roster.terms)[:-1] or list(roster.terms)
    windows = {name: (roster.terms[name].start, roster.terms[name].end) for name in terms}
    return combined(event_rates(served, *window, by).assign(term=name) for name, window in windows.items())


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
    served = _observed(spell_counts(roster, by), seen_from, seen_until)
    window = f"{seen_from.date()}→{seen_until.date()}"
    curve = kaplan_meier(
        served, "exit", "has_left", Census(FREQUENCY), "entry", by,
        least_at_risk=least_at_risk, measure="tenure_survival", table="roster", window=window,
    ).table  # fmt: skip
    median = median_survival(
        served, "exit", "has_left", Census(FREQUENCY), "entry", by,
        least_at_risk=least_at_risk, measure="tenure_median", unit="years", table="roster", window=window,
    ).table  # fmt: skip
    table = combined([curve.rename(columns={"time": "tenure_years"}), median]).drop(columns="excluded")
    unknown = excluded(served, "start", by, served[FREQUENCY].to_numpy(float))
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
