"""Disclosure control at the one door out: what would tell of few residents or staff is hidden.

Public officials, synthetic data and tables that are about no person are shown as they are. A row is hidden by a rule of its
own (`rules`), with a group that is withheld as a whole, because another number would follow from it, because it would follow
from sums (`complements`), or because an earlier release would tell it (`releases`). What is decided for a row depends on
counts of persons and the places that communities lie in, and not on which of its margins a chapter shows, so that the
chapters, pages and batches of a study hide the same. Rules, sources and what this does not protect against: docs/disclosure.md.
"""

import hashlib
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object

from analysis.catalogue import entries
from analysis.measure import dimensions
from analysis.reporting.disclosure.complements import closed, safe
from analysis.reporting.disclosure.margins import ADDS_UP, UNITS, groupings, sums_of
from analysis.reporting.disclosure.persons import Persons
from analysis.reporting.disclosure.releases import told_by_earlier
from analysis.reporting.disclosure.rounding import rounded_to
from analysis.reporting.disclosure.rules import LEAST as LEAST
from analysis.reporting.disclosure.rules import hidden_counts as hidden_counts
from analysis.reporting.disclosure.rules import primary
from analysis.study import Study

PROTECTED = ("residents", "staff")
"""What a table is about when its small cells are hidden."""
VALUES = ["estimate", "se", "low", "high", "coverage", "df", "n", "numerator", "denominator"]
REACHED = [50.0, 55.0, 60.0]
"""Ages of which shares are shown where the study does not say."""
NO_PLACES = pd.DataFrame()
OF_THE_INDEX = ("index_score", "index_rank", "rank_difference")
"""What is made of all indicators of a community."""


class Judged(NamedTuple):
    """A measure table at the door: as it may leave, and the rule that hides each row; missing where none is looked at."""

    shown: pd.DataFrame
    rule: pd.Series


def is_off(study: Study) -> bool:
    """Whether the study shows everything, so that nothing of it is for release."""
    return study.settings.disclosure == "off"


def is_alone(study: Study) -> bool:
    """Whether the study is of one community without the others, so that sums over them are not known.

    What a batch hands over for a page has no tables, and was judged with all communities.
    """
    return bool(study.community) and any(is_protected(study, name) for name in study.reading.tables)


def is_protected(study: Study, table: str) -> bool:
    """Whether small cells of a table are hidden."""
    return study.sensitivity(table) in PROTECTED and not is_off(study)


def released_of(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """A measure table as it may leave the project, each row by what its table is about in the study."""
    return judged(study, table).shown


def judged(study: Study, table: pd.DataFrame) -> Judged:
    """A measure table as it may leave the project, and why rows are hidden.

    Raises
    ------
    StudyError
        `earlier_release_absent`.
    """
    return Door(study).judged(table)


class Door:
    """The door of one study, which looks up persons, places and earlier releases once for all tables that pass it.

    A table that passes again, as it does for each number of it in a sentence, is not judged again.
    """

    def __init__(self, study: Study) -> None:
        self._study = study
        self._passed: dict[bytes, Judged] = {}

    @cached_property
    def _places(self) -> pd.DataFrame:
        return places_of(self._study)

    @cached_property
    def _persons(self) -> Persons:
        return Persons(self._study, self._places)

    def judged(self, table: pd.DataFrame) -> Judged:
        """As `judged`."""
        of_table = {
            name: self._study.sensitivity(str(name)) if name and is_protected(self._study, str(name)) else "public"
            for name in table["table"].unique()
        }
        table = table.iloc[table["table"].map([*of_table].index).argsort(kind="stable")]
        if not {*of_table.values()} & {*PROTECTED}:
            return Judged(table, pd.Series(pd.NA, index=table.index, dtype="str"))
        print_ = _print_of(table)
        if print_ not in self._passed:
            self._passed[print_] = self._judged(table, table["table"].map(of_table))
        return self._passed[print_]

    def _judged(self, table: pd.DataFrame, about: pd.Series) -> Judged:
        study, rule = self._study, pd.Series(pd.NA, index=table.index, dtype="str")
        folders, ages = (
            [study.folder / one for one in study.settings.earlier_releases],
            study.cut_off("ageing", REACHED),
        )
        parts = []
        for told in about.unique():
            rows = table[about == told]
            if told in PROTECTED:
                reasons = reasons_of(_in_persons(rows), self._places, self._given(rows, folders), ages)
                rule = rule.mask(
                    about == told, pd.Series(reasons.to_numpy(), rule.index[about == told]).reindex(rule.index)
                )
                rows = _hidden(rows, reasons != "", getattr(study.settings.disclosure, "round_to", None))
            parts.append(rows)
        order = np.concatenate([np.flatnonzero(about == told) for told in about.unique()])
        return Judged(pd.concat(parts).iloc[np.argsort(order)], rule)

    def _given(self, rows: pd.DataFrame, folders: list[Path]) -> pd.Series:
        """The rules that do not go by what a row counts."""
        given = pd.Series("", index=rows.index)
        given = given.mask(told_by_earlier(rows, folders, self._study.community), "earlier_release")
        given = given.mask((given == "") & self._persons.dominate(rows), "dominance")
        given = given.mask((given == "") & self._persons.tell_levels(rows), "follows")
        return given.mask((given == "") & self._of_hidden_participants(rows), "follows")

    def _of_hidden_participants(self, rows: pd.DataFrame) -> pd.Series:
        """Rows of the index of communities whose rate of participation, one of its indicators, is hidden: it would follow."""
        none, index = pd.Series(False, index=rows.index), self._study.settings.index
        surveyed = [one.indicator for one in index.indicators if one.survey] if index else []
        of_index = rows["measure"].isin(OF_THE_INDEX)
        of_index |= rows["indicator"].isin(surveyed) if "indicator" in rows else none
        if not surveyed or "community_id" not in rows or not of_index.any():
            return none
        return of_index & rows["community_id"].isin(self._hidden_participants)

    @cached_property
    def _hidden_participants(self) -> set[str]:
        """The communities whose rate of participation in the wave of the index is hidden."""
        index = self._study.settings.index
        rates = self._persons.rates(str(index.wave)) if index else pd.DataFrame()
        return {*rates.loc[reasons_of(rates, self._places) != "", "community_id"]} if len(rates) else set()


def _print_of(table: pd.DataFrame) -> bytes:
    """What tells a table from all others."""
    content = hash_pandas_object(table).to_numpy().tobytes()
    return hashlib.sha256("\0".join(table.columns).encode() + content).digest()


def _in_persons(table: pd.DataFrame) -> pd.DataFrame:
    """The rows on posts by how many persons hold these: a vacancy is nobody, but a team must not be told by its posts."""
    is_rate = (table["table"] == "posts") & table["denominator"].notna()
    if not is_rate.any():
        return table
    counts = {name: table[name].mask(is_rate) for name in ("numerator", "denominator")}
    return table.assign(n=table["n"].mask(is_rate, table["denominator"] - table["numerator"]), **counts)


def places_of(study: Study) -> pd.DataFrame:
    """One row a community, with the places that it lies in."""
    communities = study.table("communities") if study.has("communities") else NO_PLACES
    return communities[[column for column in UNITS if column in communities]]


def released(table: pd.DataFrame, sensitivity: str, places: pd.DataFrame = NO_PLACES) -> pd.DataFrame:
    """A measure table as it may leave the project.

    Parameters
    ----------
    sensitivity
        `residents` and `staff` are protected; `public_office`, `public` and `synthetic` are shown.
    places
        One row a community, with the places that it lies in.

    Returns
    -------
    pandas.DataFrame
        The same rows; hidden ones have no values and the reason `hidden`.
    """
    if sensitivity not in PROTECTED or not len(table):
        return table
    return _hidden(table, reasons_of(table, places) != "")


def _hidden(table: pd.DataFrame, hidden: pd.Series, step: int | None = None) -> pd.DataFrame:
    shown = rounded_to(table, step) if step else table
    shown = shown.assign(**{column: shown[column].mask(hidden) for column in VALUES})
    counts_hidden = shown["excluded"].str.replace(r"\b[1-9]\b(?=;|$)", f"<{LEAST}", regex=True)
    return shown.assign(
        reason=table["reason"].mask(hidden & table["estimate"].notna(), "hidden"),
        excluded=counts_hidden.mask(hidden, ""),
    )


def reasons_of(
    table: pd.DataFrame,
    places: pd.DataFrame = NO_PLACES,
    given: pd.Series | None = None,
    ages: Sequence[float] = (),
) -> pd.Series:
    """The rule by which each row of one protected source is hidden; empty where it is shown.

    Parameters
    ----------
    given
        Rules by which rows are hidden whatever they count.
    ages
        As of `levels.larger`.

    Returns
    -------
    pandas.Series
        A rule of `rules.primary`; `group` where the group is withheld, `follows` where another number would follow from it, and
        `complement` where it would follow from sums.
    """
    withheld = _of_withheld_groups(table, places)
    rule = primary(table)
    if given is not None:
        rule = rule.mask((rule == "") & (given != ""), given)
    rule = rule.mask((rule == "") & withheld, "group")
    sums = sums_of(table, places, withheld, ages)
    cells = primary(sums.cells).ne("").to_numpy(copy=True)  # margins that tell of few are hidden wherever they stand
    ties = _ties(table)
    while True:
        followed = _tied(table, rule != "", ties)
        rule = rule.mask((rule == "") & followed, "follows")
        cells[sums.of_row[rule != ""]] = True
        further = closed(sums, cells)
        if (further == cells).all():
            further = safe(sums, cells)
        added = further[sums.of_row] & (rule == "")
        is_done = (further == cells).all() and not added.any()
        cells, rule = further, rule.mask(added, "complement")
        if is_done:
            return rule


def _of_withheld_groups(table: pd.DataFrame, places: pd.DataFrame) -> pd.Series:
    """The rows of groups that are themselves too small, or without which the size of such a group would follow.

    A group is withheld whatever is told of it: were it shown by one measure and not by another, its size would be.
    """
    groups = [column for column in groupings(table) if table[column].notna().any()]
    adds_up = table["scope"].isin(ADDS_UP) if "scope" in table else pd.Series(True, index=table.index)
    keys = [*groups, "window"]
    of_group = table[keys].astype("object").fillna("").astype("str")
    sizes = of_group.assign(n=table["n"])[adds_up & (of_group[groups] != "").any(axis=1)]
    sizes = sizes.groupby(keys, as_index=False, sort=False)["n"].max()
    sizes = sizes.assign(measure="", unit="count", numerator=np.nan, denominator=np.nan)
    if not len(sizes):
        return pd.Series(False, index=table.index)
    sums = sums_of(sizes, places)
    cells, before = primary(sums.cells).ne("").to_numpy(copy=True), None
    while before is None or (cells != before).any():
        before = cells
        cells = safe(sums, closed(sums, cells))
    withheld = sizes.loc[cells[sums.of_row], keys]
    found = pd.MultiIndex.from_frame(of_group).isin(pd.MultiIndex.from_frame(withheld))
    return pd.Series(found, index=table.index)


def _ties(table: pd.DataFrame) -> list[pd.Series]:
    """For each way in which rows tell each other, a number for the rows that do; NaN for the others."""
    measures = entries("measures")["measures"]
    where = table[[*dimensions(table), "window"]].astype("object").fillna("").astype("str")
    family = table["measure"].map(
        {name: measures.get(name, {}).get("family", "") for name in table["measure"].unique()}
    )
    ties = [_number([family, *(where[column] for column in where)]).where(family != "")]
    if "side" in table:  # a difference and one of its sides tell the other
        rest = [where[column] for column in where if column not in ("side", "basis", "window")]
        ties.append(_number([table["measure"], *rest]))
    if {"scope", UNITS[0]} <= {*table}:  # a community, its difference from the others and what a model makes of it
        subject = (
            where["outcome"].mask(where["outcome"] == "", table["measure"]) if "outcome" in where else table["measure"]
        )
        rest = [where[column] for column in where if column not in ("scope", "outcome")]
        ties.append(_number([subject, *rest]).where(where[UNITS[0]] != ""))
    return ties


def _number(keys: Sequence[pd.Series]) -> pd.Series:
    return keys[0].groupby(list(keys), sort=False).ngroup().astype("float64")


def _tied(table: pd.DataFrame, hidden: pd.Series, ties: Sequence[pd.Series]) -> pd.Series:
    """The hidden rows with those that would tell them."""
    before = None
    while before is None or not hidden.equals(before):
        before = hidden
        for tie in ties:
            hidden = hidden | tie.isin(tie[hidden].dropna())
        hidden = hidden | _of_hidden_groups(table, hidden)
    return hidden


def _of_hidden_groups(table: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Differences of which one side is hidden: it would follow from the other side."""
    if not {"variable", "by_category", "contrast"} <= {*table}:
        return pd.Series(False, index=table.index)
    gone = {*table.loc[hidden, ["variable", "by_category"]].dropna().itertuples(index=False, name=None)}
    follows = []
    for variable, contrast in table[["variable", "contrast"]].itertuples(index=False):
        column, _, sides = str(contrast).partition("=")
        follows.append(any((variable, f"{column}={side}") in gone for side in sides.split("|")))
    return pd.Series(follows, index=table.index)
