"""Who rated: how many of a community's residents, and who among them, against whom the survey stands for."""

from collections.abc import Iterator

import pandas as pd

from analysis.inference import Census, proportion
from analysis.inference.estimates import Naming
from analysis.measure import arranged, combined
from analysis.settings import Index
from analysis.study import Study
from analysis.survey.answers import answers, outcomes
from analysis.survey.respondents import COMMUNITY, within_communities

YOUNG, OLD = 35, 60
"""Ages below and from which a rater counts as young and as old."""
COLLEGE = 5
"""ISCED 2011 level from which schooling is tertiary: 大专."""


def measures(study: Study, index: Index) -> pd.DataFrame:
    """Coverage of the raters by community, and their composition beside that of the population.

    Returns
    -------
    pandas.DataFrame
        `rater_coverage` by community, raters over residents; by `rater_group`, `rater_share` (of those who rated, every one
        counting the same) and `population_share` (of all respondents, weighted, with its interval). Who rated is who gave
        an overall answer on satisfaction.
    """
    if index.wave is None:
        return combined([])
    frame = answers(study, index.wave)
    if "satisfaction_score" not in outcomes(frame):
        return combined([])
    rated = frame["satisfaction_score"].notna().to_numpy()
    tables = []
    if study.has("communities") and "residents" in study.table("communities"):
        tables.append(_coverage(frame[rated], study.table("communities"), index))
    design = study.design("respondents")
    if frame[COMMUNITY].nunique() == 1:
        design = within_communities(design, frame)
    for group, belongs in _groups(frame, study, index.year):
        told = frame.assign(belongs=belongs.astype("Float64"))
        facts = Naming(unit="proportion", table="respondents", window=str(index.year))
        own = proportion(told, "belongs", Census(), where=rated, **facts | {"measure": "rater_share"}).table
        whole = proportion(told, "belongs", design, **facts | {"measure": "population_share"}).table
        tables += [table.assign(rater_group=group) for table in (own.assign(interval="none"), whole)]
    return combined(table.drop(columns="excluded") for table in tables)


def _coverage(raters: pd.DataFrame, communities: pd.DataFrame, index: Index) -> pd.DataFrame:
    residents = communities.set_index(COMMUNITY)["residents"].dropna().sort_index().astype(float)
    count = raters.groupby(COMMUNITY).size().reindex(residents.index, fill_value=0)
    rows = pd.DataFrame({"numerator": count, "denominator": residents, "estimate": count / residents, "n": count})
    rows = rows[residents > 0].reset_index().assign(measure="rater_coverage", unit="proportion", table="respondents")
    return arranged(rows.assign(window=str(index.year), interval="census"))


def _groups(frame: pd.DataFrame, study: Study, year: int) -> Iterator[tuple[str, pd.Series]]:
    """Who belongs to each group that the respondents tell of; missing where they do not tell."""
    if "sex" in frame:
        yield "women", frame["sex"].eq("female").astype("boolean").mask(frame["sex"].isna())
    age = year - frame["birth_year"] if "birth_year" in frame else frame.get("age_years")
    if age is not None:
        yield "young", age < YOUNG
        yield "old", age >= OLD
    if "education" in frame:
        levels = study.catalogue.levels_of("education")
        least = frame["education"].map({level: entry["isced"][0] for level, entry in levels.items()})
        yield "college", (least >= COLLEGE).astype("boolean").mask(least.isna())
    for column in ("is_party_member", "is_retired_cadre", "is_hardship", "is_migrant"):
        if column in frame:
            yield column.removeprefix("is_"), frame[column]
