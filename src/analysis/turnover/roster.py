"""A staff roster and how it is read: who was in which unit's team in which term."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError, listing
from analysis.measure import grouped
from analysis.registers import Registers
from analysis.settings import Absent, Term
from analysis.study import Study


@dataclass(frozen=True)
class Roster:
    """A staff roster and how it is to be read.

    Attributes
    ----------
    people
        One row per person, community and term: `community_id`, `person_id`, `term`, grouping columns, and where known
        `start` and `end` of the service and `is_incumbent`.
    terms
        The terms with their dates, in order.
    within
        The column of units inside which a person stays.
    registers
        `census`, or `superpopulation` for intervals.
    absent
        Units that did not exist in a term.
    observed_until
        The last day that the roster knows of; without it the start of the last term.
    """

    people: pd.DataFrame
    terms: Mapping[str, Term]
    within: str = "community_id"
    registers: Registers = "census"
    absent: Sequence[Absent] = ()
    observed_until: datetime.date | None = None

    def listed(self, term: str, by: Sequence[str] = ()) -> pd.DataFrame:
        """The persons listed for a term: one row per `unit` and `person_id`, with the columns of `by` as groups.

        Who is listed by two communities of one unit stands once, with the groups of the first community by id.
        """
        if term not in self.terms:
            raise StudyError("term_unknown", "study.yml: terms", term=term, known=listing(self.terms))
        rows = grouped(self.people[(self.people["term"] == term) & ~self._in_between(term)], by)
        rows = rows.assign(unit=rows[self.within].fillna(UNKNOWN))
        ordered = rows.sort_values(["community_id", *by]) if "community_id" in rows else rows.sort_values(list(by))
        return ordered[["unit", "person_id", *by]].drop_duplicates(["unit", "person_id"])

    def _in_between(self, term: str) -> pd.Series:
        """Who came after the term began and left before it ended: in no team that an election met or made."""
        people, month = self.people, pd.Timedelta(days=31)
        if not {"start", "end"} <= {*people}:
            return pd.Series(False, index=people.index)
        begun, ended = (pd.Timestamp(day) for day in (self.terms[term].start, self.terms[term].end))
        came, left = people["start"] > begun + month, people["end"] < ended - month
        return (came & left).fillna(value=False).astype(bool)

    def teams(self, terms: Sequence[str], by: Sequence[str] = ()) -> list[pd.DataFrame]:
        """The persons listed for each of several terms, without the units that were not there in one of them."""
        gone = {unit for one in self.absent if one.term in terms for unit in one.units}
        listed = [self.listed(term, by) for term in terms]
        return [team[~team["unit"].isin(gone)] for team in listed]

    def years_between(self, first: str, second: str) -> float:
        """Years from the constitution of one team to that of another."""
        return (self.terms[second].start - self.terms[first].start).days / 365.25


def roster_of(study: Study) -> Roster:
    """The roster of a study, read as its study.yml says."""
    settings = study.settings
    return Roster(
        study.table("roster"),
        study.terms,
        settings.stay_within,
        settings.registers,
        settings.absent,
        settings.observed_until,
    )
