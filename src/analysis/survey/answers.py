"""What residents answered, one row a respondent, for estimates of single communities (`within_communities`)."""

from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from analysis.inference import Estimates, SurveyDesign, joined, mean, proportion
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.survey.laid_out import laid_out, of_communities
from analysis.survey.respondents import COMMUNITY, TABLE, within_communities
from analysis.survey.taking_part import taking_part, together

OUTCOMES = {"participation_rate": "proportion", "satisfaction_score": "score_100"}
"""What is estimated for single communities, with its unit."""
ANSWERED = ("participation", "satisfaction")
"""The tables that tell it."""
OVERALL = "overall"
"""The item of satisfaction that stands for all."""


def answers(study: Study, wave: str) -> pd.DataFrame:
    """The respondents of a wave with what they answered.

    Returns
    -------
    pandas.DataFrame
        The rows of `respondents`, with `participation_rate` (whether they took part in anything in the window, 1 or 0)
        and `satisfaction_score` (overall satisfaction, from 0 for the lowest answer to 100 for the highest), each where
        the study asked and somebody answered. `<column>_missing` says why an answer is missing. Of more respondents than
        memory holds, the classes that estimates of single communities need.
    """
    return _lying(study, wave) if study.is_on_engine(TABLE) else _in_memory(study, wave)


@lru_cache(maxsize=2)
def _lying(study: Study, wave: str) -> pd.DataFrame:
    asked, columns = [name for name in ANSWERED if study.has(name)], [*OUTCOMES, *(one + MISSING for one in OUTCOMES)]

    def made(piece: Study) -> dict[str, pd.DataFrame]:
        own = _in_memory(piece, wave)
        lacking = {column: pd.Series(index=own.index, dtype="str") for column in columns if column not in own}
        numbers = dict.fromkeys(OUTCOMES, "Float64")
        return {"answered": own.assign(**lacking).astype(numbers)}

    answered = laid_out(study, asked, made)["answered"]
    return of_communities(answered, study.design(TABLE), [*OUTCOMES])


def _in_memory(study: Study, wave: str) -> pd.DataFrame:
    people = study.table("respondents")
    people = people[people["wave"] == wave].reset_index(drop=True)
    found = {}
    if study.has("participation"):
        told = together(taking_part(_of_wave(study, "participation", wave)))
        told = told.droplevel("wave")
        found["participation_rate"] = told["takes_part"].astype("Float64")
        found["participation_rate" + MISSING] = told["takes_part" + MISSING]
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
