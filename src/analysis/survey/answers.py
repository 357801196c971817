"""What residents answered, one row a respondent, for estimates of single communities.

A survey of many communities is also a sample inside each. `within_communities` gives the design that errors of single
communities rest on: the communities are the strata, since each of them is looked at by itself.
"""

from collections.abc import Sequence

import pandas as pd

from analysis.inference import Estimates, SurveyDesign, joined, mean, proportion
from analysis.reading.convert import MISSING
from analysis.study import Study

COMMUNITY = "community_id"
OUTCOMES = {"participation_rate": "proportion", "satisfaction_score": "score_100"}
"""What is estimated for single communities, with its unit."""
OVERALL = "overall"
"""The item of satisfaction that stands for all."""


def waves(study: Study) -> list[str]:
    """The waves in which residents were asked."""
    if not study.has("respondents"):
        return []
    asked = set(study.table("respondents")["wave"].dropna())
    return [wave for wave in study.catalogue.level_set("wave") if wave in asked]


def answers(study: Study, wave: str) -> pd.DataFrame:
    """The respondents of a wave with what they answered.

    Returns
    -------
    pandas.DataFrame
        The rows of `respondents`, with `participation_rate` (whether they took part in anything in the window, 1 or 0)
        and `satisfaction_score` (overall satisfaction, from 0 for the lowest answer to 100 for the highest), each where
        the study asked and somebody answered. `<column>_missing` says why an answer is missing.
    """
    people = study.table("respondents")
    people = people[people["wave"] == wave].reset_index(drop=True)
    found = {}
    if study.has("participation"):
        found["participation_rate"] = _takes_part(_of_wave(study, "participation", wave))
    if study.has("satisfaction"):
        rated = _of_wave(study, "satisfaction", wave)
        rated = rated[rated["item"] == OVERALL].set_index("respondent_id")
        levels = list(study.catalogue.levels_of("score"))
        position = rated["score"].map({level: place for place, level in enumerate(levels)})
        found["satisfaction_score"] = 100 * position.astype("Float64") / (len(levels) - 1)
        if "score" + MISSING in rated:
            found["satisfaction_score" + MISSING] = rated["score" + MISSING]
    known = {name: values.reindex(people["respondent_id"]).array for name, values in found.items() if len(values)}
    return people.assign(**known)


def outcomes(frame: pd.DataFrame) -> list[str]:
    """The outcomes that somebody answered."""
    return [outcome for outcome in OUTCOMES if outcome in frame and frame[outcome].notna().any()]


def within_communities(design: SurveyDesign, frame: pd.DataFrame) -> SurveyDesign:
    """The design for estimates of single communities, each of them a stratum.

    A cluster that holds whole communities was drawn before the sampling inside a community began, and tells nothing
    of its error: such stages are left out. Where a community has one row or cluster only, its error is not known.
    """
    declared = [design.clusters] if isinstance(design.clusters, str) else list(design.clusters or [])
    clusters = [stage for stage in declared if (frame.groupby(COMMUNITY)[stage].nunique() > 1).any()]
    return SurveyDesign(
        weights=design.weights, strata=COMMUNITY, clusters=clusters or None, nest=True, lonely="certainty"
    )


def by_community(
    frame: pd.DataFrame, design: SurveyDesign, asked: Sequence[str], by: Sequence[str] = (COMMUNITY,)
) -> Estimates:
    """Estimates of several outcomes by community, or over all with an empty `by`, with the covariance between them.

    Parameters
    ----------
    frame
        As `answers` gives it.
    design
        The design of the respondents, as the study declares it.

    Returns
    -------
    Estimates
        Rows by outcome and, inside it, by community; `measure` is the outcome.
    """
    sample = within_communities(design, frame).sample(frame)
    made = []
    for outcome in asked:
        call = proportion if OUTCOMES[outcome] == "proportion" else mean
        made.append(call(frame, outcome, sample, by, measure=outcome, unit=OUTCOMES[outcome], table="respondents"))
    return joined(made)


def _of_wave(study: Study, table: str, wave: str) -> pd.DataFrame:
    rows = study.table(table)
    return rows[rows["wave"] == wave]


def _takes_part(rows: pd.DataFrame) -> pd.Series:
    """Whether a respondent did anything, where every activity is known: to count those who did with a gap would favour them."""
    acts = rows["acts"] > 0 if "acts" in rows else pd.Series(pd.NA, index=rows.index, dtype="boolean")
    if "frequency" in rows:
        does = (rows["frequency"] != "never").astype("boolean").mask(rows["frequency"].isna())
        acts = acts.fillna(does)
    acts = acts.astype("Float64")
    by_person = acts.groupby(rows["respondent_id"])
    return by_person.max().where(by_person.count() == by_person.size())
