"""Rows that a study leaves out by its declared rules, before anything is computed: counted, listed, and never lost.

A rule of `exclusions` in study.yml, or a correction of the kind `exclude`, looks at the rows of one table. Where the table is
about respondents, the respondent is excluded, with every answer; elsewhere the row is. Rules are tried in order, and the
first that fits counts. Who can't be judged, since the answer is missing, stays.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading import fates
from analysis.reading.correct import EXCLUDED
from analysis.settings import (
    AttentionCheck,
    Condition,
    Duplicate,
    Duration,
    Exclusion,
    OutOfPopulation,
    StraightLining,
)
from analysis.survey import careless
from analysis.survey.conditions import holds

PEOPLE = "respondents"
PLACE = ["_file", "_row", "wave"]
"""What an answer has in common with its respondent where both stand in one row of a file."""
PERSON = ["respondent_id", "wave"]
ROWS = ["table", "file", "row", "wave", "exclusion", "also"]
RULES = ["exclusion", "table", "rows", "excluded", "alone", "unjudged"]


class Excluded(NamedTuple):
    """What is left of the tables, and what left.

    Attributes
    ----------
    tables
        The rows that stay.
    fates
        How many rows of each table, file and wave left, by the rule.
    rows
        One row per respondent, or row of a register, that left: `table`, `file`, `row`, `wave`, the `exclusion`, and which
        other rules it fits (`also`). It names nobody; the file and the row do.
    rules
        One row per rule: on how many `rows` of its `table` it looked, how many it `excluded`, how many it would have
        excluded `alone`, how many could not be judged (`unjudged`).
    """

    tables: dict[str, pd.DataFrame]
    fates: pd.DataFrame
    rows: pd.DataFrame
    rules: pd.DataFrame


def exclude(
    tables: Mapping[str, pd.DataFrame], rules: Sequence[Exclusion], catalogue: Catalogue, place: str
) -> Excluded:
    """Apply the rules of a study.

    Parameters
    ----------
    tables
        The tables as read, before rows are held against the catalogue, with `_file` and `_row`.
    place
        The settings file, for errors.

    Raises
    ------
    StudyError
        `settings_key`, where a rule names a column that the table has not.
    """
    steps = [Excluded(dict(tables), *(pd.DataFrame(columns=names) for names in (fates.COLUMNS, ROWS, RULES)))]
    if not rules and not any(EXCLUDED in frame for frame in tables.values()):
        return steps[0]
    for name, first in _by_hand(tables).items():
        fits = pd.DataFrame({id_: first == id_ for id_ in first.dropna().unique()}, index=first.index)
        steps.append(_left(steps[-1].tables, name, first, fits, fits | True))
    owners = _owners(steps[-1].tables)
    for name in [name for name in tables if name not in owners]:
        of_people = (name, *owners) if name == PEOPLE else (name,)
        own = [rule for rule in rules if rule.table in of_people]
        if own:
            left = steps[-1].tables
            survey = Survey({table: left[table] for table in of_people}, owners, left[name], catalogue)
            steps.append(_left(left, name, *_decided(own, survey, place)))
    kept = {name: frame.drop(columns=EXCLUDED, errors="ignore") for name, frame in steps[-1].tables.items()}
    return Excluded(kept, *(pd.concat(parts, ignore_index=True) for parts in list(zip(*steps, strict=True))[1:]))


def _left(
    tables: dict[str, pd.DataFrame], name: str, first: pd.Series, fits: pd.DataFrame, judged: pd.DataFrame
) -> Excluded:
    """The tables without the units for which there is a rule, and without whatever else is told of them."""
    units = tables[name]
    why = {name: first}
    if name == PEOPLE:
        # Of two rows with one id the answers, where they stand in another file, are of the one that stays.
        stay = _owners(tables, units[first.isna()])
        why |= {table: owner.map(first).mask(stay[table].notna()) for table, owner in _owners(tables).items()}
    why |= {
        t: reason.fillna(tables[t][EXCLUDED]) for t, reason in why.items() if EXCLUDED in tables[t]
    }  # of nobody known
    gone = {table: reason.notna() for table, reason in why.items()}
    counts = [fates.counted(t, tables[t][gone[t]], fates.EXCLUDED, why[t][gone[t]]) for t in why]
    kept = tables | {table: tables[table][~left] for table, left in gone.items()}
    return Excluded(kept, pd.concat(counts), _listed(name, units, first, fits), _summed(name, first, fits, judged))


class Survey(NamedTuple):
    """What a rule looks at: the table itself, or the respondents with what they answered.

    `units` are the rows that are excluded or stay; `owners` say for each row of a table of answers which of them it is of.
    """

    tables: Mapping[str, pd.DataFrame]
    owners: Mapping[str, pd.Series]
    units: pd.DataFrame
    catalogue: Catalogue


def _owners(tables: Mapping[str, pd.DataFrame], among: pd.DataFrame | None = None) -> dict[str, pd.Series]:
    """For each table of answers, the respondent of each row: who stands in the same row of the file, else who has the id."""
    if PEOPLE not in tables:
        return {}
    people = tables[PEOPLE] if among is None else among
    people = people.assign(_owner=people.index)
    beside = {*tables[PEOPLE]["_file"]}
    found = {}
    for name in careless.ANSWERS:
        if name in tables:
            answers = tables[name]
            keys = answers["_file"].isin(beside)
            owner = _same(answers[keys], people, PLACE)
            found[name] = pd.concat([owner, _same(answers[~keys], people, PERSON)]).reindex(answers.index)
    return found


def _same(answers: pd.DataFrame, people: pd.DataFrame, keys: list[str]) -> pd.Series:
    """Which respondent has the same keys as each answer."""
    known = people.dropna(subset=keys).drop_duplicates(keys)[[*keys, "_owner"]]
    return answers[keys].merge(known, on=keys, how="left")["_owner"].astype("Int64").set_axis(answers.index)


def _by_hand(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.Series]:
    """For each table of units, the correction that excludes each, since it names it or one of its answers."""
    owners = _owners(tables)
    found = {}
    for name, units in tables.items():
        if name not in owners:
            named = [units[EXCLUDED]] if EXCLUDED in units else []
            if name == PEOPLE:
                told = [
                    tables[table][EXCLUDED].groupby(owners[table]).first()
                    for table in owners
                    if EXCLUDED in tables[table]
                ]
                named += [ids.reindex(units.index) for ids in told]
            if named:
                found[name] = pd.concat(named, axis=1).bfill(axis=1).iloc[:, 0].astype("str")
    return found


def _decided(rules: Sequence[Exclusion], survey: Survey, place: str) -> tuple[pd.Series, pd.DataFrame, pd.DataFrame]:
    """The first rule that fits each unit, and by rule which units it would fit alone, and which it can judge."""
    first = pd.Series(pd.NA, index=survey.units.index, dtype="str")
    fits, judged = {}, {}
    for rule in rules:
        _require_columns(rule, survey, place)
        alone = _verdict(rule, survey)
        fits[rule.id], judged[rule.id] = alone.fillna(value=False).astype(bool), alone.notna()
        now = fits[rule.id]
        if isinstance(rule, Duplicate):  # whose twin has left is no duplicate any more
            now = _duplicate(rule, survey, first.isna()).fillna(value=False).astype(bool)
        first = first.mask(now & first.isna(), rule.id)
    return first, pd.DataFrame(fits), pd.DataFrame(judged)


def _verdict(rule: Exclusion, survey: Survey) -> pd.Series:
    """Whether the rule fits each unit; missing where that can't be judged."""
    if isinstance(rule, Duration):
        return _duration(rule, survey)
    if isinstance(rule, Duplicate):
        return _duplicate(rule, survey, pd.Series(True, index=survey.units.index))
    if isinstance(rule, StraightLining):
        return _straight_lining(rule, survey)
    rows = survey.tables[rule.table]
    if isinstance(rule, AttentionCheck):
        of = careless.ANSWERS.get(rule.table)
        passed = holds(rows[rule.column], Condition(values=rule.equals), rule.column, survey.catalogue)
        failed = ~passed
        return _of_units(failed[rows[of] == rule.item] if of else failed, rule.table, survey)
    assert isinstance(rule, OutOfPopulation)
    outside = pd.Series(True, index=rows.index, dtype="boolean")
    for column, condition in rule.where.items():
        outside &= holds(rows[column], condition, column, survey.catalogue)
    return _of_units(outside, rule.table, survey)


def _of_units(verdict: pd.Series, table: str, survey: Survey) -> pd.Series:
    """A verdict on answers as one on those who gave them: true where one is, missing where none is and one can't be judged."""
    if table not in survey.owners:
        return verdict
    owner = survey.owners[table].reindex(verdict.index)
    hit = verdict.fillna(value=False).groupby(owner).any()
    known = verdict.notna().groupby(owner).all()
    return hit.astype("boolean").mask(~hit & ~known).reindex(survey.units.index)


def _duration(rule: Duration, survey: Survey) -> pd.Series:
    """The median is that of all who were read in the wave."""
    seconds, median = careless.seconds_and_median(survey.units)
    hit = pd.Series(False, index=seconds.index)
    for low, high, scale in (
        (rule.below_seconds, rule.above_seconds, 1.0),
        (rule.below_of_median, rule.above_of_median, median),
    ):
        hit |= (seconds < low * scale) if low is not None else False
        hit |= (seconds > high * scale) if high is not None else False
    return hit.astype("boolean").mask(seconds.isna())


def _duplicate(rule: Duplicate, survey: Survey, among: pd.Series) -> pd.Series:
    """Rows that agree in all columns of the rule with one of those among which they stand."""
    sheet = _sheet(rule, survey)[among]
    wave = survey.units.loc[among, "wave"] if "wave" in survey.units else pd.Series("", index=sheet.index)
    again = careless.same_as_another(sheet, wave, rule.keep)
    return again.astype("boolean").mask(sheet.isna().all(axis=1)).reindex(survey.units.index)


def _sheet(rule: Duplicate, survey: Survey) -> pd.DataFrame:
    """The columns that a rule compares, of a table of answers one for each of its questions; without any named, all answers."""
    if rule.table != PEOPLE:
        own = rule.columns or [c for c in survey.units if not c.startswith("_")]
        return survey.units[own]
    asked = {
        name: careless.asked_columns(survey.tables[name], name, survey.catalogue) for name in (PEOPLE, *survey.owners)
    }
    if rule.columns:
        named = [tuple(column.rpartition(".")[::2]) for column in rule.columns]
        asked = {name: [column for table, column in named if (table or PEOPLE) == name] for name in asked}
    told = [
        careless.Told(survey.tables[name], survey.owners[name], asked[name], careless.ANSWERS[name])
        for name in survey.owners
        if asked[name]
    ]
    return careless.answer_sheet(survey.units[asked[PEOPLE]], told)


def _straight_lining(rule: StraightLining, survey: Survey) -> pd.Series:
    rows = survey.tables[rule.table].assign(_owner=survey.owners[rule.table])
    of = careless.ANSWERS[rule.table]
    block = rows[rows[of].isin(rule.items)] if rule.items else rows
    lines = careless.lines(block, "_owner", rule.column).reindex(survey.units.index)
    is_line = lines["nunique"].eq(1).astype("boolean")
    return is_line.mask(~(lines["size"] >= rule.least_items))


def _require_columns(rule: Exclusion, survey: Survey, place: str) -> None:
    """Refuse a rule on a column that the study maps nothing to: nobody would ever be excluded by it."""
    table = rule.table
    if isinstance(rule, Duplicate):
        named = [(part[0] or table, part[2]) for part in (column.rpartition(".") for column in rule.columns)]
    elif isinstance(rule, OutOfPopulation):
        named = [(table, column) for column in rule.where]
    elif isinstance(rule, StraightLining | AttentionCheck):
        named = [(table, rule.column)]
    else:
        named = [(table, "duration_seconds")]
    for name, column in named:
        known = [one for one in survey.tables.get(name, pd.DataFrame()) if not one.startswith("_")]
        if column not in known:
            facts = {"key": column, "nearest": nearest(column, known), "known": listing(known, 40)}
            raise StudyError("settings_key", f"{place}: exclusions.{rule.id}", **facts)


def _listed(table: str, units: pd.DataFrame, first: pd.Series, fits: pd.DataFrame) -> pd.DataFrame:
    """The units that left, each with its rule and the others that it fits."""
    gone = units[first.notna()]
    other = fits[first.notna()]
    also = [
        ";".join(name for name, fit in zip(other, row, strict=True) if fit and name != own)
        for row, own in zip(other.to_numpy(), first.dropna(), strict=True)
    ]
    wave = gone["wave"].astype("str").fillna("") if "wave" in gone else ""
    facts = {"table": table, "file": gone["_file"], "row": gone["_row"], "wave": wave, "exclusion": first.dropna()}
    return pd.DataFrame(facts | {"also": also}, columns=ROWS)


def _summed(table: str, first: pd.Series, fits: pd.DataFrame, judged: pd.DataFrame) -> pd.DataFrame:
    excluded = first.value_counts().reindex(fits.columns, fill_value=0)
    told = {"exclusion": fits.columns, "table": table, "rows": len(first), "excluded": excluded.to_numpy()}
    return pd.DataFrame(told | {"alone": fits.sum().to_numpy(), "unjudged": (~judged).sum().to_numpy()}, columns=RULES)
