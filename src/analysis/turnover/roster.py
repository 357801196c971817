"""A staff roster and how it is read: who was in which unit's team in which term."""

import datetime
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing
from analysis.inference.coding import Codes, coded
from analysis.inference.relations.relation import Frame, Relation
from analysis.registers import Registers
from analysis.settings import Absent, Term
from analysis.study import Study
from analysis.turnover.parts import by_units, require_columns

MONTH = np.timedelta64(31, "D")
"""Who comes so much later than a term began, or leaves so much earlier than it ended, did so inside it."""


@dataclass(frozen=True)
class Roster:
    """A staff roster and how it is to be read.

    Attributes
    ----------
    people
        One row per person, community and term: `community_id`, `person_id`, `term`, grouping columns, and where known
        `start` and `end` of the service and `is_incumbent`. A frame, or a table on an engine such as a DuckDB relation.
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

    people: Frame
    terms: Mapping[str, Term]
    within: str = "community_id"
    registers: Registers = "census"
    absent: Sequence[Absent] = ()
    observed_until: datetime.date | None = None

    def parts(self, by: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
        """The people in memory: all of them, or from an engine those of some units after the others, with the columns needed.

        Nobody is linked beyond a unit, so that counts of the parts add up to those of the whole.

        Raises
        ------
        StudyError
            `column_absent`, `column_type`.
        """
        relation = Relation.of(self.people)
        require_columns(relation, [self.within, "person_id", "term", *by], self.within)
        if isinstance(self.people, pd.DataFrame):
            yield self.people
            return
        known = (self.within, "community_id", "person_id", "term", "start", "end", "is_incumbent", *by)
        yield from by_units(relation, self.within, [*dict.fromkeys(column for column in known if column in relation)])

    def places(self, people: pd.DataFrame) -> Codes:
        """The place of each row's term among the terms, in order; −1 where it is none of them."""
        codes, terms = coded(people["term"], in_order=False)
        place = pd.Index([*self.terms]).get_indexer(terms)
        return np.append(place, -1).astype(np.int64)[codes]

    def listed(self, people: pd.DataFrame) -> pd.DataFrame:
        """The rows of persons in a team of one of the terms.

        Who came after a term began and left before it ended is in no team that an election met or made.
        """
        place = self.places(people)
        is_listed = place >= 0
        if {"start", "end"} <= {*people}:
            begun, ended = (
                np.array([getattr(term, at) for term in self.terms.values()], dtype="datetime64[s]")[place]
                for at in ("start", "end")
            )
            came, left = (people[column].to_numpy("datetime64[s]") for column in ("start", "end"))
            is_listed &= ~((came > begun + MONTH) & (left < ended - MONTH))
        return people if is_listed.all() else people[is_listed]

    def gone(self, terms: Collection[str]) -> set[str]:
        """The units that were not there in one of several terms."""
        return {unit for one in self.absent if one.term in terms for unit in one.units}

    def require_staffed(self, staffed: pd.DataFrame, terms: Sequence[str]) -> None:
        """Refuse a roster in which a unit lists nobody in one of two neighbouring terms.

        Parameters
        ----------
        staffed
            Whether each unit (rows) lists anybody in each term (columns).

        Raises
        ------
        StudyError
            `community_without_roster`: the whole staff of a unit would seem to have left or come.
        """
        for first, second in pairwise(terms):
            there = staffed.loc[
                staffed[[first, second]].any(axis=1) & ~staffed.index.isin([*self.gone([first, second])])
            ]
            for term, other in ((second, first), (first, second)):
                lacking = sorted(there.index[~there[term]])
                if lacking:
                    raise StudyError(
                        "community_without_roster",
                        "roster",
                        count=len(lacking),
                        total=len(there),
                        unit=self.within,
                        term=term,
                        other=other,
                        list=listing(lacking, 5),
                    )

    def years_between(self, first: str, second: str) -> float:
        """Years from the constitution of one team to that of another."""
        return (self.terms[second].start - self.terms[first].start).days / 365.25


def roster_of(study: Study) -> Roster:
    """The roster of a study, read as its study.yml says."""
    settings = study.settings
    return Roster(
        study.register("roster"),
        study.terms,
        settings.stay_within,
        settings.registers,
        settings.absent,
        settings.observed_until,
    )
