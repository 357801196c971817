"""What the door looks up in a study's own tables, since a row's counts do not hold it: who does most, and levels of few.

An amount may be that of one resident, and a mean or a diversity is one more equation of the levels that it is made of: with
the sums that are known, it tells how many are of a level that is hidden.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import pandas as pd

from analysis.inference.relations.relation import Relation
from analysis.measure import dimensions
from analysis.on_engine import typed
from analysis.registers import FREQUENCY, frequencies, quotients, sizes
from analysis.reporting.disclosure.margins import UNITS, groupings
from analysis.reporting.disclosure.rules import dominated, hidden_counts
from analysis.study import Study

if TYPE_CHECKING:
    from analysis.participation.activities import Activities

MADE_OF = {
    ("roster", "education"): (
        "mean_years_of_schooling", "education_blau", "education_blau_unbiased", "education_iqv",
    ),
    ("satisfaction", "score"): ("satisfaction_mean", "satisfaction_score"),
    ("participation", "frequency"): ("frequency_mean", "frequency_gini"),
}  # fmt: skip
"""A table and its column of levels → the measures that are made of how many are of each level."""


class Persons:
    """The persons of a study, put together once for all tables that pass the door."""

    def __init__(self, study: Study, places: pd.DataFrame) -> None:
        self._study, self._places = study, places
        self._levels: dict[str, pd.DataFrame] = {}

    @cached_property
    def _activities(self) -> "Activities | None":
        """What residents take part in; nothing where nobody was asked."""
        from analysis.participation.activities import activities_of  # which needs the survey's packages

        if not (self._study.has("participation") and self._study.has("respondents")):
            return None
        return activities_of(self._study)

    def dominate(self, table: pd.DataFrame) -> pd.Series:
        """Rows that are numbers of acts of which one or two residents of their group do most."""
        is_amount = (
            table["measure"].str.contains("acts") & (table["table"] == "participation") & (table["window"] != "")
        )
        if not is_amount.any() or self._activities is None or not self._activities.has_acts:
            return pd.Series(False, index=table.index)
        columns = [column for column in groupings(table) if column in self._activities.people]
        people = self._activities.of_people(["acts", *columns]).people.dropna(subset="acts")

        def is_of_few(rows: pd.DataFrame) -> bool:
            return dominated(rows["acts"], frequencies(rows))

        active = people.assign(window=people["wave"])
        found = _found(table[is_amount], [*columns, "window"], active, is_of_few)
        return found.reindex(table.index, fill_value=False)

    def rates(self, wave: str) -> pd.DataFrame:
        """The rate of participation of each community in a wave, as measure rows."""
        if self._activities is None:
            return pd.DataFrame()
        people = self._activities.of_people(["takes_part", "community_id"]).people.dropna(subset="takes_part")
        rows = people[people["wave"].astype("str") == wave].astype({"community_id": "str"})
        base = sizes(rows, ["community_id"]).rename("denominator")
        counted = sizes(rows[rows["takes_part"] > 0], ["community_id"]).reindex(base.index, fill_value=0)
        made = pd.concat([counted.rename("numerator"), base], axis=1).reset_index().assign(wave=wave)
        return quotients("participation_rate", made, unit="proportion", table="participation")

    def tell_levels(self, table: pd.DataFrame) -> pd.Series:
        """Rows without weights that are made of the levels of their group, one of which is of few.

        A weighted mean is another equation, of weights that are told nowhere; so are the answers of a place, level by level.
        """
        found = pd.Series(False, index=table.index)
        of_place = table[[column for column in UNITS if column in table]].notna().any(axis=1)
        for (name, column), measures in MADE_OF.items():
            is_made = table["measure"].isin(measures) & (table["table"] == name) & ~table["is_weighted"].astype(bool)
            rows = table[is_made & ((name == "roster") | ~of_place)]
            if len(rows) and self._study.has(name) and column in self._study.columns(name):
                people = self._of_levels(name, column, dimensions(table)).dropna(subset=column)
                keys = [key for key in dimensions(table) if key in people and key != column]

                def is_told(group: pd.DataFrame, column: str = column) -> bool:
                    counts = sizes(group.astype({column: "str"}), [column])
                    return bool(hidden_counts(counts, of_levels=True).any())

                found |= _found(rows, keys, people, is_told).reindex(table.index, fill_value=False)
        return found

    def _of_levels(self, name: str, column: str, groups: Sequence[str]) -> pd.DataFrame:
        """The rows of a table of persons or their answers, with all that their groups are named by.

        From an engine they are the classes of a column in some groups.
        """
        if self._study.is_on_engine(name):
            return self._classes(name, [column, *groups])
        if name not in self._levels:
            rows = self._study.table(name)
            if name != "roster":
                people = self._study.table("respondents")
                key = [one for one in ("respondent_id", "wave") if one in people and one in rows]
                rows = rows.merge(people[[*key, *people.columns.difference(rows.columns)]], on=key)
            if len(self._places) and "community_id" in rows:
                further = [one for one in self._places if one not in rows or one == "community_id"]
                rows = rows.merge(self._places[further], on="community_id", how="left")
            self._levels[name] = rows
        return self._levels[name]

    def _classes(self, name: str, wanted: Sequence[str]) -> pd.DataFrame:
        from analysis.survey.laid_out import beside_respondents  # which needs the survey's packages

        relation = (
            Relation.of(self._study.register(name)) if name == "roster" else beside_respondents(self._study, name)
        )
        further = [one for one in self._places if one in wanted and one not in relation]
        keys = [one for one in dict.fromkeys([*wanted, *(["community_id"] if further else [])]) if one in relation]
        rows = typed(relation.classes(keys, {FREQUENCY: []}), relation)
        return rows.merge(self._places[["community_id", *further]], on="community_id", how="left") if further else rows


def _found(
    rows: pd.DataFrame, columns: Sequence[str], people: pd.DataFrame, holds: Callable[[pd.DataFrame], bool]
) -> pd.Series:
    """The rows of whose group something holds; a group is all persons that have what the row says of them."""
    found = pd.Series(False, index=rows.index)
    text = people[[*columns]].astype("str")
    for said, places in _groups(rows, columns):
        is_of = pd.Series(True, index=people.index)
        for column, value in said.items():
            is_of &= text[column] == value
        found.loc[places] = holds(people[is_of])
    return found


def _groups(rows: pd.DataFrame, columns: Sequence[str]) -> Iterator[tuple[dict[str, str], pd.Index]]:
    """What rows say of their group, by column, and which rows say so."""
    text = rows[[*columns]].astype("object").fillna("").astype("str")
    for key, group in text.groupby([*columns], sort=False):
        yield {column: value for column, value in zip(columns, key, strict=True) if value}, group.index
