"""Who served a unit in which terms: the rows of a roster as codes, in an order in which a person's terms are neighbours.

Every link between terms is then a comparison of neighbours.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.catalogue import UNKNOWN
from analysis.inference.coding import Codes, coded, crossed
from analysis.turnover.roster import Roster


@dataclass(frozen=True, eq=False)
class Careers:
    """One row per unit, person and term, ordered by them.

    Attributes
    ----------
    units, groups
        The units, in order, and the groups that occur, in the order of their columns.
    unit, group, place
        The unit of each row, its group, and its term's place among the terms.
    person
        Which rows are one person's in one unit.
    in_a_row, to_come
        How many terms without a gap the person has served up to this one, and how many it will from this one on.
    has_come_back
        Whether the person served before, but not in the term just before.
    """

    units: pd.Index
    groups: pd.DataFrame
    unit: Codes
    person: Codes
    place: Codes
    group: Codes
    in_a_row: Codes
    to_come: Codes
    has_come_back: NDArray[np.bool_]

    @classmethod
    def of(cls, roster: Roster, people: pd.DataFrame, by: Sequence[str] = ()) -> "Careers":
        """The careers of people of a roster, with the columns of `by` as groups.

        Who is listed by two communities of one unit stands once, with the groups of the first community by id.
        """
        rows = roster.listed(people)
        unit, units = coded(rows[roster.within].fillna(UNKNOWN))
        person = person_in(unit, rows["person_id"])
        place = roster.places(rows)
        group, groups = _groups(rows, by)
        key = person * len(roster.terms) + place
        order = np.argsort(key, kind="stable")
        is_again = key[order][1:] == key[order][:-1]
        if is_again.any():
            order = np.lexsort((group, community_of(rows), key))
            order = order[np.append(True, ~is_again)]
        person, place = person[order], place[order]
        is_same = person[1:] == person[:-1]
        follows = is_same & (place[1:] == place[:-1] + 1)
        begins, ends = np.append(True, ~follows)[: len(person)], np.append(~follows, True)[: len(person)]
        run, number = np.cumsum(begins) - 1, np.arange(len(person))
        return cls(
            units,
            groups,
            unit[order],
            person,
            place,
            group[order],
            in_a_row=number - np.flatnonzero(begins)[run] + 1,
            to_come=np.flatnonzero(ends)[run] - number + 1,
            has_come_back=np.append(False, is_same & ~follows)[: len(person)],
        )

    def staffed(self, terms: Sequence[str]) -> pd.DataFrame:
        """Whether each unit lists anybody in each term."""
        is_staffed = np.zeros((len(self.units), len(terms)), dtype=bool)
        is_staffed[self.unit, self.place] = True
        return pd.DataFrame(is_staffed, index=self.units, columns=[*terms])

    def are_in(self, units: Collection[str]) -> NDArray[np.bool_]:
        """Which rows are of some units."""
        is_one: NDArray[np.bool_] = self.units.isin([*units])[self.unit]
        return is_one


def person_in(unit: Codes, person: pd.Series) -> Codes:
    """A code for each pair of unit and person, in the order of units."""
    codes, persons = coded(person, in_order=False)
    own: Codes = unit * (len(persons) + 1) + codes
    return own


def community_of(rows: pd.DataFrame) -> Codes:
    """A code of each row's community, in the order of ids; unknown ones come last."""
    if "community_id" not in rows:
        return np.zeros(len(rows), dtype=np.int64)
    codes, communities = coded(rows["community_id"])
    return np.where(codes < 0, len(communities), codes)


def _groups(rows: pd.DataFrame, by: Sequence[str]) -> tuple[Codes, pd.DataFrame]:
    """The group of each row as a code, and the groups that occur, as text."""
    codes, groups = np.zeros(len(rows), dtype=np.int64), pd.DataFrame(index=range(1))
    for column in by:
        raw, values = pd.factorize(rows[column], use_na_sentinel=False)
        text, levels = coded(pd.Series(values).astype("str").fillna(UNKNOWN))
        codes, before, own = crossed(codes, text[raw], len(levels))
        groups = groups.iloc[before].assign(**{column: levels[own]}).reset_index(drop=True)
    return codes, groups
