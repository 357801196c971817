"""What residents take part in, read for estimates: one row an answer, and one row a respondent with all answers together.

A survey of participation is long: one row a respondent, wave and kind of activity, with the number of acts in the
window or a category of frequency. An answer that is missing leaves the base with its reason; it is never a zero.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import pandas as pd

from analysis.ages import age_bands, with_age
from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign
from analysis.inference.relations.relation import Relation
from analysis.reading.convert import MISSING
from analysis.registers import FREQUENCY
from analysis.study import Study
from analysis.survey.laid_out import answers_of, in_classes, laid_out, of_communities, of_design
from analysis.survey.respondents import (
    NOT_ASKED,
    RESPONDENT,
    TABLE,
    design_of,
    is_stranger,
    of_persons,
    stages_of,
)
from analysis.survey.taking_part import ACTS_OF, require_counts, taking_part, together

ANSWERS = "participation"


@dataclass(frozen=True)
class Activities:
    """Respondents and what they take part in.

    Of more than memory holds the frames are empty: a measure asks for the rows that it reads with `of_people` or `of_answers`.

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
    lying
        What the frames hold, by their names, where it lies on an engine.
    """

    answers: pd.DataFrame
    people: pd.DataFrame
    design: SurveyDesign
    waves: list[str]
    names: list[str]
    lying: Mapping[str, Relation] = field(default_factory=dict)

    def of_people(self, columns: Sequence[str]) -> "Activities":
        """The same with people for measures that read some columns: all of them in memory, or their classes from an engine."""
        return self._read("people", columns, ["wave"])

    def of_answers(self, columns: Sequence[str]) -> "Activities":
        """The same with answers for measures that read some columns: all of them in memory, or their classes from an engine."""
        return self._read("answers", columns, ["wave", "activity"])

    def _read(self, name: str, columns: Sequence[str], by: Sequence[str]) -> "Activities":
        if name not in self.lying:
            return self
        frame, design = of_design(self.lying[name], in_classes(self.design, len(self.waves)), columns, by)
        return replace(self, **{name: self._in_order(frame)}, design=design, lying={})

    def in_communities(self, name: str, columns: Sequence[str], declared: SurveyDesign) -> pd.DataFrame:
        """The rows of a frame, for estimates of single communities that read some columns, under the respondents' design."""
        if name not in self.lying:
            return self.people if name == "people" else self.answers
        by = ["wave", *(["activity"] if name == "answers" else [])]
        return self._in_order(of_communities(self.lying[name], declared, columns, by))

    def _in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        levels = {"wave": self.waves, "activity": self.names}
        ordered = {name: pd.Categorical(frame[name], levels[name], ordered=True) for name in levels if name in frame}
        return frame.assign(**ordered)

    @property
    def is_weighted(self) -> bool:
        """Whether respondents weigh differently by design."""
        return self.design.weights is not None

    @cached_property
    def has_acts(self) -> bool:
        """Whether acts were counted, and not only put into categories."""
        return self._is_told("acts")

    @cached_property
    def has_frequency(self) -> bool:
        """Whether there are categories of frequency."""
        return self._is_told("frequency")

    def _is_told(self, column: str) -> bool:
        return column in self.answers and bool(self.of_answers([column]).answers[column].notna().any())

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
        return self._asked[wave]

    @cached_property
    def _asked(self) -> dict[str, list[str]]:
        pairs = {
            *self.of_answers([]).answers[["wave", "activity"]].drop_duplicates().itertuples(index=False, name=None)
        }
        return {wave: [name for name in self.names if (wave, name) in pairs] for wave in self.waves}


def activities_of(study: Study) -> Activities:
    """The participation of a study, with ages and the respondents' design.

    Raises
    ------
    StudyError
        `table_absent`; `respondents_unknown`, where somebody answered who is no respondent; `categories_as_counts`.
    """
    told = ("acts", "frequency")
    require_counts(study.rows(ANSWERS, [column for column in told if column in study.columns(ANSWERS)]))
    if study.is_on_engine(ANSWERS):
        return _lying(study)
    answers = study.table(ANSWERS)
    answers = answers[~is_stranger(study, ANSWERS)]
    return _in_memory(study, answers, *_occurring(study, answers))


def _occurring(study: Study, told: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The waves and the kinds of activity that answers speak of, in the catalogue's order."""
    found = {column: {*told[column]} for column in ("wave", "activity")}
    waves, names = ([one for one in study.catalogue.level_set(name) if one in found[name]] for name in found)
    return waves, names


def _in_memory(study: Study, told: pd.DataFrame, waves: list[str], names: list[str]) -> Activities:
    everybody = study.table(TABLE)
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


@lru_cache(maxsize=1)
def _lying(study: Study) -> Activities:
    """The participation of more respondents than memory holds."""
    waves, names = _occurring(study, answers_of(study, ANSWERS).classes(["wave", "activity"], {FREQUENCY: []}))
    has_acts = "acts" in study.columns(ANSWERS)

    def made(piece: Study) -> dict[str, pd.DataFrame]:
        own = with_bands(_in_memory(piece, piece.table(ANSWERS), waves, names), study)
        people = own.people.reindex(
            columns=[*dict.fromkeys([*own.people, *(ACTS_OF + one for one in names if has_acts)])]
        )
        text = {"wave": "str", "activity": "str"}
        return {"people": people.astype({"wave": "str"}), "answers": own.answers.astype(text)}

    lying = laid_out(study, [ANSWERS], made)
    declared = design_of(study)
    design = of_persons(declared, study.rows(TABLE, stages_of(declared)))
    people, answers = (pd.DataFrame(columns=lying[name].columns) for name in ("people", "answers"))
    return Activities(answers, people, design, waves, names, lying)


def with_bands(activities: Activities, study: Study) -> Activities:
    """The participation of a study, with age bands of the people."""
    if "age_years" not in activities.people or activities.lying:
        return activities
    bands = age_bands(activities.people["age_years"], study.catalogue.level_set("age_band"))
    return replace(activities, people=activities.people.assign(age_band=bands))
