"""What residents take part in, read for estimates: one row an answer, and one row a respondent with all answers together.

A survey of participation is long: one row a respondent, wave and kind of activity, with the number of acts in the
window or a category of frequency. An answer that is missing leaves the base with its reason; it is never a zero.
"""

from dataclasses import dataclass

import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.survey.respondents import NOT_ASKED, RESPONDENT, TABLE, design_of, is_stranger, of_persons, with_age
from analysis.survey.taking_part import require_counts, taking_part, together


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
    told, everybody = study.table("participation"), study.table(TABLE)
    require_counts(told)
    told = told[~is_stranger(study, "participation")]
    asked = set(told["wave"])
    waves = [wave for wave in study.catalogue.level_set("wave") if wave in asked]
    names = [name for name in study.catalogue.level_set("activity") if (told["activity"] == name).any()]
    respondents = with_age(everybody[everybody["wave"].isin(waves)], study.settings.wave_years)
    respondents = respondents.assign(wave=pd.Categorical(respondents["wave"], waves, ordered=True))
    respondents = respondents.sort_values("wave", kind="stable").reset_index(drop=True)
    told = told.assign(wave=pd.Categorical(told["wave"], waves, ordered=True))
    told = told.assign(activity=pd.Categorical(told["activity"], names, ordered=True))
    answers = told.merge(respondents, on=RESPONDENT)
    design = of_persons(design_of(study), everybody)
    first = design.strata if isinstance(design.strata, str) else next(iter(design.strata or []), None)
    if first and design.missing_strata == "set_aside":  # a person once, by the rows of `people`
        answers = answers[answers[first].notna()]
    answers = taking_part(answers.reset_index(drop=True))
    people = respondents.join(together(answers), on=RESPONDENT)
    for column in ("acts", "takes_part", "is_passive"):
        if column in people:
            is_bare = people[column].isna() & people[column + MISSING].isna()
            people[column + MISSING] = people[column + MISSING].mask(is_bare, NOT_ASKED)
    return Activities(answers, people, design, waves, names)
