"""What residents take part in, read for estimates: one row an answer, and one row a respondent with all answers together.

A survey of participation is long: one row a respondent, wave and kind of activity, with the number of acts in the
window or a category of frequency. An answer that is missing leaves the base with its reason; it is never a zero.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.survey.answers import COMMUNITY, within_communities

RESPONDENT = ["respondent_id", "wave"]
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
NOT_ASKED = "not_asked"
LEAST_CATEGORIES, LEAST_ROWS = 3, 20
"""From so many categories and answers on, one number for each category is no chance: it is the category's code."""
ACTS_OF = "acts_"
"""Before an activity's name: the column of its acts."""


@dataclass(frozen=True)
class Activities:
    """Respondents and what they take part in.

    Attributes
    ----------
    answers
        One row a respondent, wave and activity, with the respondent's columns; `takes_part` is 1 or 0.
    people
        One row a respondent and wave. `acts` is the sum over all activities of the wave and `takes_part` whether any
        of them, `is_passive` whether none more often than rarely; each is missing where an activity's answer is. The
        acts of each activity stand in `acts_<activity>`.
    design
        How the respondents were drawn, for rows of either frame: a person is a sampling unit of the last stage, however
        many rows the person has.
    waves, names
        The waves and the kinds of activity that occur, in the catalogue's order.
    """

    answers: pd.DataFrame
    people: pd.DataFrame
    design: SurveyDesign
    waves: list[str]
    names: list[str]

    @property
    def is_weighted(self) -> bool:
        """Whether respondents weigh differently by design."""
        return self.design.weights is not None

    @property
    def has_acts(self) -> bool:
        """Whether acts were counted, and not only put into categories."""
        return "acts" in self.answers and bool(self.answers["acts"].notna().any())

    @property
    def has_frequency(self) -> bool:
        """Whether there are categories of frequency."""
        return "frequency" in self.answers and bool(self.answers["frequency"].notna().any())

    def wave(self, name: str = "") -> str:
        """A wave by its name, and the last one without a name.

        Raises
        ------
        StudyError
            `wave_unknown`.
        """
        if name and name not in self.waves:
            raise StudyError("wave_unknown", wave=name, nearest=nearest(name, self.waves), known=listing(self.waves))
        return name or self.waves[-1]

    def asked(self, wave: str) -> list[str]:
        """The kinds of activity that were asked for in a wave."""
        rows = self.answers[self.answers["wave"] == wave]
        return [name for name in self.names if (rows["activity"] == name).any()]


def activities_of(study: Study) -> Activities:
    """The participation of a study, with ages and the respondents' design.

    Raises
    ------
    StudyError
        `table_absent`; `respondents_unknown`, where somebody answered who is no respondent; `categories_as_counts`.
    """
    told, everybody = study.table("participation"), study.table("respondents")
    require_counts(told)
    asked = set(told["wave"])
    waves = [wave for wave in study.catalogue.level_set("wave") if wave in asked]
    names = [name for name in study.catalogue.level_set("activity") if (told["activity"] == name).any()]
    respondents = with_age(everybody[everybody["wave"].isin(waves)], study.settings.wave_years)
    respondents = respondents.assign(wave=pd.Categorical(respondents["wave"], waves, ordered=True))
    respondents = respondents.sort_values("wave", kind="stable").reset_index(drop=True)
    told = told.assign(wave=pd.Categorical(told["wave"], waves, ordered=True))
    told = told.assign(activity=pd.Categorical(told["activity"], names, ordered=True))
    answers = told.merge(respondents, on=RESPONDENT, how="left", indicator=True)
    strangers = answers["_merge"] == "left_only"
    if strangers.any() and not study.community and not study.settings.tables["respondents"].set_aside:
        raise StudyError(
            "respondents_unknown",
            table="participation",
            count=int(strangers.sum()),
            total=len(answers),
            waves=listing(answers.loc[strangers, "wave"].unique(), 5),
        )
    design = design_of(study, everybody)
    first = design.strata if isinstance(design.strata, str) else next(iter(design.strata or []), None)
    if first and design.missing_strata == "set_aside":  # a person once, by the rows of `people`
        strangers |= answers[first].isna()
    answers = taking_part(answers[~strangers].drop(columns="_merge").reset_index(drop=True))
    people = respondents.join(together(answers), on=RESPONDENT)
    for column in ("acts", "takes_part", "is_passive"):
        if column in people:
            is_bare = people[column].isna() & people[column + MISSING].isna()
            people[column + MISSING] = people[column + MISSING].mask(is_bare, NOT_ASKED)
    return Activities(answers, people, design, waves, names)


def design_of(study: Study, respondents: pd.DataFrame) -> SurveyDesign:
    """The declared design with the person as its last stage; of a single community, that of the sampling inside it.

    Without population sizes only the first stage adds to a variance, so that a person matters only where there are no
    clusters.
    """
    design = study.design("respondents")
    if respondents[COMMUNITY].nunique() == 1:
        design = within_communities(design, respondents)
    clusters = [design.clusters] if isinstance(design.clusters, str) else list(design.clusters or [])
    return replace(design, clusters=[*clusters, "respondent_id"])


def with_age(respondents: pd.DataFrame, wave_years: dict[str, int]) -> pd.DataFrame:
    """Respondents with `age_years`: as recorded, or the wave's year less the year of birth, which may be one year off."""
    if "age_years" in respondents or "birth_year" not in respondents:
        return respondents
    year = respondents["wave"].astype("str").map(wave_years).astype("Int64")
    if year.isna().all():
        return respondents
    aged = respondents.assign(age_years=year - respondents["birth_year"].astype("Int64"))
    reasons = "birth_year" + MISSING
    return aged.assign(**{"age_years" + MISSING: respondents[reasons]}) if reasons in respondents else aged


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
    made = {"takes_part": _complete(answers, "takes_part").max()}
    if "acts" in answers:
        made["acts"] = _complete(answers, "acts").sum(min_count=1).astype("float64")
    if "frequency" in answers:
        active = (~answers["frequency"].isin(PASSIVE)).astype("float64").mask(answers["frequency"].isna())
        made["is_passive"] = 1 - _complete(answers.assign(active=active), "active").max()
    reasons = {}
    for column in made:
        source = {"is_passive": "frequency"}.get(column, column)
        told = (
            answers[source + MISSING] if source + MISSING in answers else pd.Series(pd.NA, answers.index, dtype="str")
        )
        one = answers.assign(why=told).groupby(RESPONDENT, observed=True)["why"].min()  # of several the first by name
        reasons[column + MISSING] = one.where(made[column].isna())
    complete = pd.DataFrame(made | reasons, index=by_person.size().index)
    if "acts" not in answers:
        return complete
    wide = answers.set_index([*RESPONDENT, "activity"])["acts"].astype("float64").unstack("activity")
    return complete.join(wide.rename(columns=lambda name: f"{ACTS_OF}{name}"))


def _complete(answers: pd.DataFrame, column: str) -> "pd.core.groupby.SeriesGroupBy":
    """A column by person, all its values missing where one of them is."""
    lacks = answers[column].isna().groupby([answers[key] for key in RESPONDENT], observed=True).transform("any")
    return answers.assign(**{column: answers[column].mask(lacks)}).groupby(RESPONDENT, observed=True)[column]


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
    codes = known.groupby("frequency", observed=True)["acts"].agg(["nunique", "first"])
    is_one_each = (codes["nunique"] == 1).all() and codes["first"].is_unique
    if len(known) >= LEAST_ROWS and len(codes) >= LEAST_CATEGORIES and is_one_each:
        pairs = [f"{category} = {code:g}" for category, code in codes["first"].astype(float).items()]
        raise StudyError("categories_as_counts", "participation", count=len(known), list=listing(pairs, 6))
