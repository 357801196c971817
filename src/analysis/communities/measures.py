"""One community beside all the others: the measures that a community's page shows, from the whole study.

`city` gives the rows of the whole, the same on every page, and `of_communities` those of every community at once. Dimension
`scope` says of what a row speaks: a `community`, the whole `city`, the `difference` of a community from all the others, or its
`small_area` estimate. Registers have no differences with errors: both numbers are as they stand. Definitions:
docs/methods.md#profile.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import evaluation, participation, structure, turnover
from analysis.ages import completed_years
from analysis.communities import small_areas
from analysis.communities.others import against_the_others
from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign
from analysis.measure import arranged, combined
from analysis.participation.activities import Activities, activities_of
from analysis.satisfaction import OVERALL, likert
from analysis.satisfaction.questionnaire import Questionnaire, questionnaire_of
from analysis.settings import Index
from analysis.study import Study
from analysis.survey.answers import OUTCOMES
from analysis.survey.respondents import COMMUNITY, waves
from analysis.turnover.roster import roster_of
from analysis.workload import ledgers

STAFF = (
    "staff_count", "staff_density", "female_share", "mean_age", "college_share", "mean_years_of_schooling", "posts_held",
    "vacancy_rate",
)  # fmt: skip
"""The structure of a team, by term."""
TURNOVER = ("leaver_rate_per_year", "renewal_rate", "stability_index")
"""What became of a team at an election, by term."""
LEDGERS = ("ledgers_per_community", "ledgers_per_staff")
"""What a community writes, by year."""


@dataclass(frozen=True)
class Asked:
    """What residents were asked in the waves that a page shows; None where that wave did not ask it."""

    activities: Activities | None
    takes_part_in: str
    questionnaire: Questionnaire | None
    rated_in: str


def asked_of(study: Study, wave: str = "") -> Asked:
    """The answers of one wave; without a name, of the last one in which each question was asked.

    Raises
    ------
    StudyError
        `wave_unknown`.
    """
    takes_part_in, rated_in = (wave_of(study, table, wave) for table in (participation.TABLE, likert.TABLE))
    is_rated = rated_in and "score" in study.columns(likert.TABLE)
    return Asked(
        activities_of(study) if takes_part_in else None,
        takes_part_in,
        questionnaire_of(study).of_waves([rated_in]) if is_rated else None,
        rated_in,
    )


def city(study: Study, asked: Asked) -> pd.DataFrame:
    """The measures of the whole, over all communities; of the index the median of the communities is `middle_of`.

    Returns
    -------
    pandas.DataFrame
        Measure table with `scope` `city`: survey estimates have the errors of the declared design, as in the chapters.
    """
    return combined([*_registers(study, ()), *_of_all_respondents(asked)]).assign(scope="city")


def of_communities(study: Study, asked: Asked) -> pd.DataFrame:
    """The measures of every community, each survey estimate with its difference from all the others.

    Returns
    -------
    pandas.DataFrame
        Measure table by `community_id` and `scope`. A community without respondents has no rows of the survey.
    """
    design = study.design("respondents")
    tables = [table.assign(scope="community") for table in _registers(study, (COMMUNITY,))]
    tables += [
        against_the_others(frame, column, design, **named).assign(**labels)
        for frame, column, named, labels in _questions(asked, design)
    ]
    tables += _modelled(study, asked)
    if study.settings.index:
        tables.append(_index(study, study.settings.index))
    return combined(tables)


def wave_of(study: Study, table: str, wave: str = "") -> str:
    """The wave of which a page shows a table of answers: the given one, else the last; empty where nobody was asked.

    Raises
    ------
    StudyError
        `wave_unknown`, where the survey has no wave of that name.
    """
    asked = waves(study)
    if wave and wave not in asked:
        raise StudyError("wave_unknown", wave=wave, nearest=nearest(wave, asked), known=listing(asked))
    if not study.has(table):
        return ""
    told = set(study.rows(table, ["wave"])["wave"].unique())
    return next((one for one in reversed([wave] if wave else asked) if one in told), "")


# Registers


def _registers(study: Study, by: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Staff, turnover and ledgers by community, or over all."""
    if study.has("roster"):
        yield from _chosen(_staff(study, ["term", *by]), STAFF)
        yield from _chosen([turnover.rates(roster_of(study), by)], TURNOVER)
    if study.has("posts") and "filled" in study.columns("posts"):
        yield from _chosen([structure.vacancies(study.table("posts"), ["term", *by])], STAFF)
    if study.has("ledgers"):
        books = ledgers.by_form(study.table("ledgers"))
        made = [ledgers.per_community(books, by)]
        if study.has("roster"):
            made.append(ledgers.per_staff(books, study.rows("roster", [COMMUNITY, "term"]), study.terms, by))
        yield from _chosen(made, LEDGERS)


def _staff(study: Study, by: Sequence[str]) -> Iterator[pd.DataFrame]:
    known, registers, catalogue = study.columns("roster"), study.settings.registers, study.catalogue

    def people(*columns: str) -> pd.DataFrame:
        return study.rows("roster", [*by, *(column for column in columns if column in known)])

    yield structure.headcount(people(COMMUNITY), by)
    if study.has("communities") and "residents" in study.columns("communities"):
        yield structure.density(people(COMMUNITY), study.table("communities"), by)
    if "sex" in known:
        persons = people("sex")
        is_female = persons["sex"].eq("female").astype("boolean").mask(persons["sex"].isna())
        yield structure.share_where(persons, is_female, "female_share", by, "sex", registers)
    if "birth_year" in known:
        persons = people("birth_year", "birth_date")
        age = completed_years(persons, study.terms)
        yield structure.mean_of(persons, age, "mean_age", by, "years", "birth_year", registers)
    if "education" in known:
        declared, persons = study.settings.years_of_schooling, people("education")
        years = declared.years if declared else {}
        yield structure.attainment(persons, catalogue, by, registers)
        yield structure.schooling(persons, catalogue.levels_of("education"), years, by, registers)
    if "posts_held" in known:
        persons = people("posts_held")
        yield structure.mean_of(persons, persons["posts_held"], "posts_held", by, "posts", "posts_held", registers)


def _chosen(tables: Sequence[pd.DataFrame] | Iterator[pd.DataFrame], measures: Sequence[str]) -> Iterator[pd.DataFrame]:
    for table in tables:
        rows = table[table["measure"].isin(measures)]
        yield rows[[column for column in rows if column not in ("education", "isced")]]


# The survey


def _of_all_respondents(asked: Asked) -> Iterator[pd.DataFrame]:
    """The city's rows of what `_questions` asks, as the chapters compute them."""
    if activities := asked.activities:
        wave = asked.takes_part_in
        made = [participation.rates(activities)]
        if activities.has_acts:
            made.append(participation.amounts(activities))
        rows = combined(made)
        wanted = rows["measure"].isin(["participation_rate", "activity_rate", "acts_mean"])
        rows = rows[wanted & (rows["wave"] == wave)]
        text = {column: rows[column].astype("object") for column in ("wave", "activity")}
        outcome = rows["measure"].where(rows["measure"] == "participation_rate")
        yield rows.assign(**text, outcome=outcome, window=wave)
    if rated := asked.questionnaire:
        wave = asked.rated_in
        yield likert.satisfied(rated).table.assign(window=wave)
        rows = combined([likert.dissatisfied(rated).table, likert.score_100(rated).table])
        rows = rows[rows["item"] == OVERALL]
        outcome = rows["measure"].where(rows["measure"] == "satisfaction_score")
        yield rows.assign(outcome=outcome, window=wave)


Question = tuple[pd.DataFrame, str, dict[str, str], dict[str, str]]
"""Respondents, the column of their answers, what its measure rows are called, and the dimensions of these."""


def _questions(asked: Asked, declared: SurveyDesign) -> Iterator[Question]:
    """What is compared between communities, one row a respondent each."""
    share = {"unit": "proportion", "interval": "korn_graubard"}
    if activities := asked.activities:
        wave = asked.takes_part_in
        people, answers = (
            _of_wave(activities.in_communities(name, ["takes_part", *more], declared), wave)
            for name, more in (("people", ["acts"]), ("answers", []))
        )
        named = {"measure": "participation_rate", "table": participation.TABLE, **share}
        of = {"wave": wave, "window": wave}
        yield people, "takes_part", named, {"outcome": "participation_rate", **of}
        if activities.has_acts:
            named = {"measure": "acts_mean", "table": participation.TABLE, "unit": "acts", "interval": "log"}
            yield people, "acts", named, of
        for activity in activities.asked(wave):
            rows = answers[answers["activity"] == activity].reset_index(drop=True)
            named = {"measure": "activity_rate", "table": participation.TABLE, **share}
            yield rows, "takes_part", named, {"activity": activity, **of}
    if rated := asked.questionnaire:
        wave = asked.rated_in
        few, top = likert.boxes(rated.scale), len(rated.scale)
        of = {"wave": wave, "window": wave}
        for item in rated.items:
            frame = rated.in_communities(item)
            named = {"measure": "satisfied_share", "table": likert.TABLE, **share}
            yield _scored(frame, frame["score"] > top - few), "score", named, {"item": item, **of}
        if OVERALL in rated.items:
            frame, of = rated.in_communities(OVERALL), {"item": OVERALL, **of}
            named = {"measure": "dissatisfied_share", "table": likert.TABLE, **share}
            yield _scored(frame, frame["score"] <= few), "score", named, of
            named = {"measure": "satisfaction_score", "table": likert.TABLE, "unit": "score_100", "interval": "t"}
            score = _scored(frame, 100 * (frame["score"] - 1) / (top - 1))
            yield score, "score", named, {"outcome": "satisfaction_score", **of}


def _of_wave(frame: pd.DataFrame, wave: str) -> pd.DataFrame:
    return frame[frame["wave"] == wave].reset_index(drop=True)


def _scored(frame: pd.DataFrame, value: pd.Series) -> pd.DataFrame:
    return frame.assign(score=value.astype("float64").where(frame["score"].notna()))


def _modelled(study: Study, asked: Asked) -> Iterator[pd.DataFrame]:
    """The small-area estimates of every community, and how far the model moved each direct one."""
    asked_in = {"participation_rate": asked.takes_part_in, "satisfaction_score": asked.rated_in}
    for wave in filter(None, dict.fromkeys(asked_in.values())):
        areas = small_areas.areas(study, wave)
        if len(areas):
            kinds = [*(f"small_area_{outcome}" for outcome in OUTCOMES), "shrinkage"]
            shown = [outcome for outcome, told in asked_in.items() if told == wave]
            rows = areas[areas["measure"].isin(kinds) & areas["outcome"].isin(shown)]
            yield rows.assign(scope="small_area")


# The index


def _index(study: Study, index: Index) -> pd.DataFrame:
    """Indicators, score and ranks of every community, and how many others its rank can't be told from."""
    table = evaluation.standings(study, index)
    is_value = table["measure"] == "indicator_value"
    ranks = table[(table["measure"] == "index_rank") & (table["varied"] == "all")]
    return combined([table[is_value].assign(scope="community"), table[~is_value], _overlaps(ranks)])


def middle_of(rows: pd.DataFrame) -> pd.DataFrame:
    """The median of each indicator over the communities, from their rows, as a row of the whole."""
    values = rows[rows["measure"] == "indicator_value"]
    by_indicator = values.groupby(["indicator", "window"], sort=False)["estimate"].agg(estimate="median", n="size")
    facts = {"measure": "indicator_value", "unit": "value", "table": "indicators", "scope": "city"}
    return arranged(by_indicator.reset_index().assign(**facts))


def _overlaps(ranks: pd.DataFrame) -> pd.DataFrame:
    """With how many others' rank intervals each overlaps: neither wholly before it nor wholly after it."""
    known = ranks.dropna(subset=["low", "high"])
    low, high = known["low"].to_numpy(), known["high"].to_numpy()
    before = np.searchsorted(np.sort(high), low, side="left")
    after = len(known) - np.searchsorted(np.sort(low), high, side="right")
    rows = known[[COMMUNITY, "window"]].assign(estimate=len(known) - 1 - before - after, n=len(known))
    return arranged(rows.assign(measure="rank_overlaps", unit="communities", table="indicators", interval="none"))


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """How many communities each one's rank can't be told from; what else a page shows are other chapters' measures."""
    index = study.settings.index
    if index is None or not {*by} <= {COMMUNITY}:
        return combined([])
    rows = _index(study, index)
    return rows[rows["measure"] == "rank_overlaps"].dropna(axis="columns", how="all").pipe(arranged)
