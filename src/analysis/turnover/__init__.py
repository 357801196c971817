"""Staff turnover between terms of office.

The input is the *roster*: one row per person, community and term. To stay is to be listed again by the same unit (`within`,
by default the community), in any role: whoever moves to a sister unit has left one and joined the other. Each pair of
neighbouring terms gives one row per group; its `term` is the later one, the team that the election constituted. Who came
and left inside a term is in no team, and counts in the rates of events only.

Sources of the definitions: docs/methods.md#turnover.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise

import narwhals as nw
import numpy as np
import pandas as pd

from analysis import on_engine
from analysis.errors import StudyError, listing
from analysis.inference.coding import crossed
from analysis.inference.relations.relation import Frame, Relation
from analysis.measure import combined, grouped
from analysis.registers import FREQUENCY, Registers, quotients
from analysis.study import Study
from analysis.turnover.careers import Careers
from analysis.turnover.parts import require_columns
from analysis.turnover.roster import Roster, roster_of
from analysis.turnover.tenure import events, years_in_post

COUNTS = ["before", "after", "leavers", "joiners", "stayed", "continuing", "overlap"]


def flows(roster: Roster, first: str, second: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """Who was there before, who came, who left: the counts that every turnover rate is made of.

    Returns
    -------
    pandas.DataFrame
        One row per unit and group: persons `before` (S) and `after` (E), `leavers` (S∖E), `joiners` (E∖S), `stayed` (S∩E by
        their group of the first term), `continuing` (S∩E by their group of the second) and `overlap` (S∩E in the same group).
        A change of group inside the unit is neither a leaving nor a joining.

    Raises
    ------
    StudyError
        `community_without_roster`: a unit lists nobody in one of the terms, so that its whole staff would seem to have left
        or come; `term_unknown`.
    """
    for term in (first, second):
        if term not in roster.terms:
            raise StudyError("term_unknown", "study.yml: terms", term=term, known=listing(roster.terms))
    return _flows(roster, [(first, second)], by)[0]


def require_units(roster: Roster) -> None:
    """Refuse a roster in which a unit lists nobody in one of two neighbouring terms.

    Raises
    ------
    StudyError
        `community_without_roster`.
    """
    terms = list(roster.terms)
    roster.require_staffed(pd.concat([Careers.of(roster, people).staffed(terms) for people in roster.parts()]), terms)


def _flows(roster: Roster, windows: Sequence[tuple[str, str]], by: Sequence[str]) -> list[pd.DataFrame]:
    """The flows between the two terms of each window."""
    made, staffed, terms = [], [], list(roster.terms)
    for people in roster.parts(by):
        careers = Careers.of(roster, people, by)
        staffed.append(careers.staffed(terms))
        made.append([_flow(careers, roster, *window) for window in windows])
    for window in windows:
        roster.require_staffed(pd.concat(staffed), window)
    return [pd.concat(parts, ignore_index=True) for parts in zip(*made, strict=True)]


def _flow(careers: Careers, roster: Roster, first: str, second: str) -> pd.DataFrame:
    places = [list(roster.terms).index(term) for term in (first, second)]
    chosen = np.flatnonzero(np.isin(careers.place, places) & ~careers.are_in(roster.gone([first, second])))
    person, group = careers.person[chosen], careers.group[chosen]
    is_same = person[1:] == person[:-1]  # neighbours, since they are ordered by person
    before, after = (careers.place[chosen] == place for place in places)
    stays, keeps = (
        before & after | np.append(pairs, False)[: len(chosen)] | np.append(False, pairs)[: len(chosen)]
        for pairs in (is_same, is_same & (group[1:] == group[:-1]))
    )
    counted = (before, after, before & ~stays, after & ~stays, before & stays, after & stays, before & keeps)
    cell, unit, own = crossed(careers.unit[chosen], group, len(careers.groups))
    cells = careers.groups.iloc[own].reset_index(drop=True)
    cells.insert(0, "unit", careers.units[unit])
    sums = (np.bincount(cell[hit], minlength=len(cells)) for hit in counted)
    return cells.assign(**dict(zip(COUNTS, sums, strict=True)))


Formula = Callable[[pd.DataFrame], tuple[pd.Series, pd.Series]]
"""Numerator and denominator of a rate for each unit of a table of flows; both are summed over units before they divide."""


def _mean_staff(flow: pd.DataFrame) -> pd.Series:
    return (flow["before"] + flow["after"]) / 2


def leaver_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Leavers over the mean of the staff before and after, L / N̄ (NHS Digital, headcount turnover)."""
    return flow["leavers"], _mean_staff(flow)


def accession_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Joiners over mean staff, A / N̄ (BLS, JOLTS hires rate)."""
    return flow["joiners"], _mean_staff(flow)


def net_change_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Joiners less leavers over mean staff, (A − L) / N̄ (Abowd & Vilhuber 2011)."""
    return flow["joiners"] - flow["leavers"], _mean_staff(flow)


def reallocation_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Joiners and leavers over mean staff, (A + L) / N̄ (Abowd & Vilhuber 2011)."""
    return flow["joiners"] + flow["leavers"], _mean_staff(flow)


def churning_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Reallocation beyond what net change needs, 2·min(A, L) / N̄, unit by unit (Burgess, Lane & Stevens 2000)."""
    return 2 * flow[["joiners", "leavers"]].min(axis=1), _mean_staff(flow)


def replacement_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Leavers who were replaced over mean staff, min(A, L) / N̄, unit by unit (BLS, former manufacturing series)."""
    return flow[["joiners", "leavers"]].min(axis=1), _mean_staff(flow)


def stability_index(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Share of the first team that stayed, |S∩E| / |S| (NHS Digital); not the complement of the leaver rate."""
    return flow["stayed"], flow["before"]


def carry_over_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Share of the new team that was there before, |S∩E| / |E|."""
    return flow["continuing"], flow["after"]


def renewal_rate(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Share of the new team that is new, |E∖S| / |E|."""
    return flow["joiners"], flow["after"]


def overlap_index(flow: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """Jaccard index of the two teams, |S∩E| / |S∪E|."""
    return flow["overlap"], flow["before"] + flow["after"] - flow["overlap"]


RATES: Mapping[Formula, str] = {
    leaver_rate: "rate",
    accession_rate: "rate",
    net_change_rate: "rate",
    reallocation_rate: "rate",
    churning_rate: "rate",
    replacement_rate: "rate",
    stability_index: "proportion",
    carry_over_rate: "proportion",
    renewal_rate: "proportion",
    overlap_index: "proportion",
}
"""Each rate with its unit; the name of the function is the name of the measure."""


def rates(roster: Roster, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every rate of `RATES` for each pair of neighbouring terms, and the leaver rate made comparable between terms.

    Parameters
    ----------
    by
        Columns of the roster. A leaver counts in the group of the first term, a joiner in that of the second.

    Returns
    -------
    pandas.DataFrame
        Measure table with `term` and the columns of `by`. `n` counts the persons of either term.
    """
    tables = []
    windows = list(pairwise(roster.terms))
    for (first, second), flow in zip(windows, _flows(roster, windows, by), strict=True):
        units = flow[list(by)].assign(term=second, window=f"{first}→{second}", n=flow["before"] + flow["joiners"])
        for formula, unit in RATES.items():
            numerator, denominator = formula(flow)
            rows = units.assign(numerator=numerator, denominator=denominator)
            tables.append(quotients(formula.__name__, rows, unit=unit, table="roster", registers=roster.registers))
        years = roster.years_between(first, second)
        tables += [
            _per_year(units, flow, years, roster.registers),
            _chance_per_year(units, flow, years, roster.registers),
        ]
    return combined(tables)


def _per_year(units: pd.DataFrame, flow: pd.DataFrame, years: float, registers: Registers) -> pd.DataFrame:
    """Leavers per person-year, the staff of the time between taken as the mean of both ends."""
    rows = units.assign(numerator=flow["leavers"], denominator=_mean_staff(flow) * years)
    return quotients("leaver_rate_per_year", rows, unit="rate_per_year", table="roster", registers=registers)


def _chance_per_year(units: pd.DataFrame, flow: pd.DataFrame, years: float, registers: Registers) -> pd.DataFrame:
    """The yearly probability of leaving that, constant over the years, gives the share Q that left: 1 − (1−Q)^(1/T)."""
    rows = units.drop(columns="n").assign(numerator=flow["leavers"], denominator=flow["before"])
    name, unit = "leaving_probability_per_year", "proportion_per_year"
    leaving = quotients(name, rows, unit=unit, table="roster", registers=registers)
    per_year = {column: annual_probability(leaving[column], years) for column in ("estimate", "low", "high")}
    return leaving.assign(**per_year, se=np.nan)


def annual_probability(probability: pd.Series, years: float) -> pd.Series:
    """A probability over several years as one for each year, 1 − (1−Q)^(1/T): .30 in three years is .1121 a year, not .10."""
    return 1 - (1 - probability) ** (1 / years)


def retention(roster: Roster, by: Sequence[str] = ()) -> pd.DataFrame:
    """Persons who served k terms without a gap, over both bases, and persons who came back after a gap.

    Returns
    -------
    pandas.DataFrame
        Measure table with `terms_served` (k ≥ 2, as text) and `term`, the last of the k. `term_retention` divides by the
        staff of the first of the k terms, with the groups of that term; `long_serving_share` divides the same persons by
        the staff now in post, with its groups; `returner_share` is the share of a team that served before, but not in
        the term just before. Units that were not there in one of the terms are left out.
    """
    made, staffed, terms = [], [], list(roster.terms)
    for people in roster.parts(by):
        careers = Careers.of(roster, people, by)
        staffed.append(careers.staffed(terms))
        made.append(list(_retained(careers, roster)))
    roster.require_staffed(pd.concat(staffed), terms)
    tables = []
    for windows in zip(*made, strict=True):
        measure, facts, _ = windows[0]
        tables.append(_proportion(measure, pd.concat([shares for *_, shares in windows]).assign(**facts), roster))
    return combined(tables)


def _retained(careers: Careers, roster: Roster) -> Iterator[tuple[str, dict[str, str], pd.DataFrame]]:
    """For each measure of retention and window its name, what tells the window, and whom it counts."""
    terms = list(roster.terms)

    def shares(first: int, last: int, base: int, hit: np.ndarray) -> pd.DataFrame:
        is_in = (careers.place == base) & ~careers.are_in(roster.gone(terms[first : last + 1]))
        kind = np.bincount(careers.group[is_in] * 2 + hit[is_in])
        occurs = np.flatnonzero(kind)
        counts = {"numerator": occurs % 2, "denominator": 1, FREQUENCY: kind[occurs]}
        return careers.groups.iloc[occurs // 2].assign(**counts)

    for last in range(1, len(terms)):
        for first in range(last - 1, -1, -1):
            served = last - first + 1
            facts = {"terms_served": str(served), "term": terms[last], "window": f"{terms[first]}→{terms[last]}"}
            yield "term_retention", facts, shares(first, last, first, careers.to_come >= served)
            yield "long_serving_share", facts, shares(first, last, last, careers.in_a_row >= served)
        if last > 1:
            facts = {"term": terms[last], "window": f"{terms[0]}→{terms[last]}"}
            yield "returner_share", facts, shares(0, last, last, careers.has_come_back)


def _proportion(measure: str, groups: pd.DataFrame, roster: Roster) -> pd.DataFrame:
    return quotients(measure, groups, unit="proportion", table="roster", registers=roster.registers)


def elections(candidacies: Frame, by: Sequence[str] = (), registers: Registers = "census") -> pd.DataFrame:
    """What the candidates' own files say of incumbents: how many of those who stood won, and their share of the winners.

    Parameters
    ----------
    candidacies
        One row per candidate and election, with `is_incumbent` and `is_elected`; a frame, or a table on an engine.

    Returns
    -------
    pandas.DataFrame
        Measure table by `term`: `reelection_rate`, elected over standing incumbents, and `incumbent_share`, incumbents over
        the elected. Candidates of whom it is not recorded whether they are incumbents are left out of both.
    """
    require_columns(Relation.of(candidacies), ["term", "is_incumbent", "is_elected", *by])
    classes = on_engine.classes(candidacies, ["term", "is_incumbent", "is_elected", *by])
    stood = grouped(classes.dropna(subset=["is_incumbent", "is_elected"]), by)
    incumbent, elected = stood["is_incumbent"].astype(bool), stood["is_elected"].astype(bool)
    counted = stood[["term", *by, FREQUENCY]].assign(
        window=stood["term"], numerator=(incumbent & elected).astype(int), denominator=1
    )
    return combined(
        quotients(name, counted[base], unit="proportion", table="candidacies", registers=registers)
        for name, base in (("reelection_rate", incumbent), ("incumbent_share", elected))
    )


def linkage_agreement(roster: Roster) -> pd.DataFrame:
    """Persons linked to the term before, held against the roster's own flag of incumbents.

    Returns
    -------
    pandas.DataFrame
        Measure table by `term`: shares of the team that are linked and flagged (`linked_and_flagged`), only linked
        (`linked_only`) and only flagged (`flagged_only`). Persons without a flag are left out.
    """
    table = Relation.of(roster.people)
    require_columns(table, ["person_id", "term", "is_incumbent"])
    people = table.rows.select("person_id", "term", "is_incumbent")
    tables = []
    for first, second in pairwise(roster.terms):
        before = people.filter(nw.col("term") == first).select("person_id", is_linked=nw.lit(value=True)).unique()
        team = people.filter(nw.col("term") == second, ~nw.col("is_incumbent").is_null())
        linked_team = team.join(before, on="person_id", how="left").to_native()
        found = on_engine.classes(linked_team, ["is_linked", "is_incumbent"])
        linked, flagged = found["is_linked"].notna(), found["is_incumbent"].astype(bool)
        for name, hit in (
            ("linked_and_flagged", linked & flagged),
            ("linked_only", linked & ~flagged),
            ("flagged_only", flagged & ~linked),
        ):
            rows = found[[FREQUENCY]].assign(numerator=hit.astype(int), denominator=1)
            tables.append(_proportion(name, rows.assign(term=second, window=f"{first}→{second}"), roster))
    return combined(tables)


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every turnover measure that the study's tables allow."""
    tables = []
    if study.has("roster") and {*by} <= {*study.columns("roster")}:
        roster = roster_of(study)
        tables += [rates(roster, by), retention(roster, by), years_in_post(roster, by)]
        columns = {*study.columns("roster")}
        if "is_incumbent" in columns and not by:
            tables.append(linkage_agreement(roster))
        if {"start", "end"} <= columns:
            tables.append(events(roster, by))
    if study.has("candidacies") and {"is_incumbent", *by} <= {*study.columns("candidacies")}:
        tables.append(elections(study.register("candidacies"), by, study.settings.registers))
    return combined(tables)
