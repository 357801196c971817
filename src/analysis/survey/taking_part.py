"""Whether a person takes part, from what was told of each activity: acts, a category of frequency, or yes and no.

An answer that is missing leaves the base with its reason; it is never a zero.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing
from analysis.reading.convert import MISSING
from analysis.registers import FREQUENCY
from analysis.survey.respondents import RESPONDENT

NEVER = "never"
"""The category of frequency that is no act at all."""
PASSIVE = (NEVER, "rarely")
"""The categories of frequency that are to take part passively or not."""
DOES: dict[str, Callable[[pd.Series], pd.Series]] = {
    "acts": lambda acts: acts > 0,
    "frequency": lambda category: category != NEVER,
    "took_part": lambda answer: answer,
}
"""The columns that tell whether somebody takes part, the most exact first, and how."""
LEAST_CATEGORIES, LEAST_ROWS = 3, 20
"""From so many categories and answers on, one number for each category is no chance: it is the category's code."""
ACTS_OF = "acts_"
"""Before an activity's name: the column of its acts."""


def taking_part(answers: pd.DataFrame) -> pd.DataFrame:
    """Answers with `takes_part`: by the acts, where these were not told by the category of frequency, else by yes or no."""
    takes_part, reason = pd.Series(np.nan, index=answers.index), pd.Series(pd.NA, index=answers.index, dtype="str")
    for column, does in DOES.items():
        if column in answers:
            known = does(answers[column]).astype("boolean").mask(answers[column].isna())
            takes_part = takes_part.fillna(known.astype("Float64").astype("float64"))
        if column + MISSING in answers:
            reason = reason.fillna(answers[column + MISSING])
    return answers.assign(takes_part=takes_part, **{"takes_part" + MISSING: reason.where(takes_part.isna())})


def together(answers: pd.DataFrame) -> pd.DataFrame:
    """One row a respondent and wave from the answers: sums and whether any, missing where the answer to an activity is.

    Somebody with one answer missing and all others no is not known to be inactive, and neither is somebody with one
    answer missing and another yes kept: to keep only the latter would raise every rate.
    """
    by_person = answers.groupby(RESPONDENT, observed=True)
    persons, person = by_person.size().index, by_person.ngroup()  # told apart by their ids once
    made = {"takes_part": _complete(answers["takes_part"], person).max()}
    if "acts" in answers:
        made["acts"] = _complete(answers["acts"], person).sum(min_count=1).astype("float64")
    if "frequency" in answers:
        active = (~answers["frequency"].isin(PASSIVE)).astype("float64").mask(answers["frequency"].isna())
        made["is_passive"] = 1 - _complete(active, person).max()
    reasons = {}
    for column in made:
        source = {"is_passive": "frequency"}.get(column, column)
        told = (
            answers[source + MISSING] if source + MISSING in answers else pd.Series(pd.NA, answers.index, dtype="str")
        )
        first = told.dropna().sort_values().groupby(person).first().reindex(range(len(persons)))  # of several by name
        reasons[column + MISSING] = first.where(made[column].isna())
    complete = pd.DataFrame(made | reasons, index=range(len(persons))).set_index(persons)
    if "acts" not in answers:
        return complete
    wide = answers.set_index([*RESPONDENT, "activity"])["acts"].astype("float64").unstack("activity")
    return complete.join(wide.rename(columns=lambda name: f"{ACTS_OF}{name}"))


def _complete(values: pd.Series, person: pd.Series) -> "pd.core.groupby.SeriesGroupBy":
    """A column by person, all its values missing where one of them is."""
    lacks = values.isna().groupby(person).transform("any")
    return values.mask(lacks).groupby(person)


def require_counts(told: pd.DataFrame) -> None:
    """Refuse acts that are nothing but the codes of the categories of frequency.

    Raises
    ------
    StudyError
        `categories_as_counts`.
    """
    if not {"acts", "frequency"} <= {*told}:
        return
    known = told.dropna(subset=["acts", "frequency"])
    count = known[FREQUENCY].sum() if FREQUENCY in told else len(known)
    codes = known.groupby("frequency", observed=True)["acts"].agg(["nunique", "first"])
    is_one_each = (codes["nunique"] == 1).all() and codes["first"].is_unique
    if count >= LEAST_ROWS and len(codes) >= LEAST_CATEGORIES and is_one_each:
        pairs = [f"{category} = {code:g}" for category, code in codes["first"].astype(float).items()]
        raise StudyError("categories_as_counts", "participation", count=count, list=listing(pairs, 6))
