"""Groups of residents that overlap: women, older women, party members.

A group is a level of the catalogue's set `group`, whose entry says who belongs: `where` (one value of a column, or several),
`age_from` and `age_below` (completed years), `isced` (the range of schooling); all of them must hold.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.catalogue import Entry
from analysis.inference.estimates import Design, base_of
from analysis.inference.sample import Base
from analysis.study import Study


@dataclass(frozen=True, eq=False)
class Group:
    """A group and who of a frame belongs to it.

    Attributes
    ----------
    name
        Its level in the catalogue.
    columns
        The columns that decide it.
    member
        1 or 0 for each row of the frame; NaN where one of the columns is missing.
    """

    name: str
    columns: list[str]
    member: NDArray[np.float64]

    def base(
        self, frame: pd.DataFrame, outcome: str, design: Design, by: Sequence[str]
    ) -> tuple[Base, NDArray[np.float64], NDArray[np.float64]]:
        """The rows of which outcome and membership are known, the outcome, and the membership."""
        coding = {name: np.where(frame[name].isna(), np.nan, 0.0) for name in self.columns}
        coding[self.columns[0]] = self.member
        base, (y, member, *_) = base_of(frame, design, [outcome, *self.columns], by, coding=coding)
        return base, y, member

    @property
    def rows(self) -> NDArray[np.bool_]:
        """The rows that belong."""
        return self.member == 1


def groups_of(study: Study, frame: pd.DataFrame, only: Sequence[str] = ()) -> list[Group]:
    """The named groups, as far as a frame can tell who belongs.

    Without names those of `groups` in study.yml, in its order, else all of the catalogue. A group that nobody or
    everybody belongs to is left out, and so is one of schooling where a category of the study straddles its bounds.
    """
    known, education = study.catalogue.level_set("group"), study.catalogue.levels_of("education")
    made = [_group(name, known[name], frame, education) for name in only or named_groups(study)]
    return [group for group in made if group is not None and {0, 1} <= {*group.member}]


def named_groups(study: Study) -> list[str]:
    """The groups that a study looks at, by name: those of `groups` in study.yml, else all of the catalogue."""
    return list(study.settings.groups or study.catalogue.level_set("group"))


def columns_of(study: Study, *names: str) -> list[str]:
    """The columns that tell who belongs to some groups."""
    entries = [study.catalogue.level_set("group")[name] for name in names]
    return [*dict.fromkeys(column for entry in entries for column in _columns(entry))]


def _columns(entry: Entry) -> list[str]:
    by_age = ["age_years"] if "age_from" in entry or "age_below" in entry else []
    return [*entry.get("where", {}), *by_age, *(["education"] if "isced" in entry else [])]


def _group(name: str, entry: Entry, frame: pd.DataFrame, education: Mapping[str, Entry]) -> Group | None:
    """A group, or None where the frame does not tell who belongs."""
    tests = {column: _is(frame[column], value) for column, value in entry.get("where", {}).items() if column in frame}
    columns = _columns(entry)
    if "age_years" in columns and "age_years" in frame:
        age = frame["age_years"].astype("Float64")
        tests["age_years"] = (age >= entry.get("age_from", 0)) & (age < entry.get("age_below", np.inf))
    if "isced" in entry and "education" in frame:
        tests["education"] = _within(frame["education"], education, *entry["isced"])
    if not columns or any(column not in tests for column in columns):
        return None
    if any((test.isna() & frame[column].notna()).any() for column, test in tests.items()):
        return None
    member = np.logical_and.reduce([test.fillna(value=False).to_numpy(bool) for test in tests.values()])
    unknown = np.logical_or.reduce([test.isna().to_numpy(bool) for test in tests.values()])
    return Group(name, columns, np.where(unknown, np.nan, member.astype(float)))


def _is(values: pd.Series, wanted: str | bool | list[str]) -> pd.Series:
    """Whether a column has a value, or one of several; missing where it has none."""
    several = wanted if isinstance(wanted, list) else [wanted]
    is_it = values.astype("str").str.lower().isin([str(one).lower() for one in several])
    return is_it.astype("boolean").mask(values.isna())


def _within(values: pd.Series, levels: Mapping[str, Entry], low: int, high: int) -> pd.Series:
    """Whether schooling lies in a range of ISCED levels; missing where it is unknown or its category straddles a bound."""
    outcome = {}
    for level, entry in levels.items():
        least, most = entry.get("isced", (0, 8))
        outcome[level] = True if low <= least and most <= high else False if most < low or least > high else pd.NA
    return values.map(outcome).astype("boolean")
