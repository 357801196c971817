"""Items answered on one ordered scale, beside the respondents who answered them.

A long table of answers (one row a respondent, wave and item) becomes one row a respondent and wave, so that all items share
the respondents' design and vary together as they do in the sample. Answers are positions on the declared scale, 1 for its
lowest level: what is no level of it, such as the code of a don't-know, can't become a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import reduce

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.inference import SurveyDesign
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.survey.answers import OVERALL
from analysis.survey.respondents import NOT_ASKED, RESPONDENT, TABLE, design_of, is_stranger, of_persons


@dataclass(frozen=True, eq=False)
class Questionnaire:
    """Respondents, and their answers on one scale.

    Attributes
    ----------
    respondents
        One row a respondent and wave, of the waves in which anything was asked.
    answers
        For the same rows and each item the position on the scale, from 1; missing where there is no answer.
    reasons
        For the same rows and each item why there is none.
    scale
        The levels, lowest first.
    declared
        How respondents were drawn.
    scale_items
        The items that make one scale, where the study says which.
    """

    respondents: pd.DataFrame
    answers: pd.DataFrame
    reasons: pd.DataFrame
    scale: list[str]
    declared: SurveyDesign
    scale_items: list[str] = field(default_factory=list)

    @property
    def items(self) -> list[str]:
        """The items, in the catalogue's order."""
        return list(self.answers)

    @property
    def parts(self) -> list[str]:
        """The items of the scale: those that the study names, else all but the overall one."""
        return [item for item in self.items if (item in self.scale_items if self.scale_items else item != OVERALL)]

    @property
    def waves(self) -> list[str]:
        """The waves in which anything was asked, in their order."""
        return list(dict.fromkeys(self.respondents["wave"]))

    def answered(self, item: str) -> pd.DataFrame:
        """The respondents with their answer to an item as the column `score`, and the reason of a missing one."""
        return self.respondents.assign(**{"score": self.answers[item], "score" + MISSING: self.reasons[item]})

    def complete(self, items: Sequence[str]) -> pd.DataFrame:
        """The respondents with a column for each item, and `score` missing where they have not answered all of them.

        The reason of such a row is that of the first item without an answer.
        """
        reasons = reduce(pd.Series.fillna, (self.reasons[item] for item in items))
        score = pd.Series(1.0, index=reasons.index).mask(self.answers[list(items)].isna().any(axis=1))
        return self.respondents.assign(**{"score": score, "score" + MISSING: reasons}, **self.answers[list(items)])

    def of_waves(self, waves: Sequence[str]) -> "Questionnaire":
        """The answers of some waves: each wave is a sample of its own, whose rows can stand without the others'."""
        rows = self.respondents["wave"].isin(list(waves))
        tables = {name: getattr(self, name) for name in ("respondents", "answers", "reasons")}
        return replace(self, **{name: table[rows].reset_index(drop=True) for name, table in tables.items()})

    def in_both(self, first: str, second: str) -> int:
        """How many respondents took part in both of two waves."""
        of = self.respondents.groupby("wave")["respondent_id"]
        return len({*of.get_group(first)} & {*of.get_group(second)})

    def design(self, by: Sequence[str] = ()) -> SurveyDesign:
        """The design for estimates by some columns (`survey.respondents.of_persons`)."""
        return of_persons(self.declared, self.respondents, by)


def positions(score: pd.Series, scale: Sequence[str]) -> pd.Series:
    """The position of each answer on the scale, 1 for the lowest level; a missing answer stays missing.

    Raises
    ------
    StudyError
        `answer_off_scale`.
    """
    wrong = score[score.notna() & ~score.isin(list(scale))]
    if len(wrong):
        raise StudyError(
            "answer_off_scale",
            column=score.name,
            count=len(wrong),
            list=listing(wrong.unique(), 5),
            scale=listing(scale, 12),
        )
    return score.map({level: place for place, level in enumerate(scale, 1)}).astype("float64")


def scale_of(study: Study, levels: str) -> list[str]:
    """The levels of a scale, lowest first: those that the study declares as its own, else the catalogue's."""
    return list(study.settings.levels.get(levels) or study.catalogue.level_set(levels))


def questionnaire_of(study: Study, table: str = "satisfaction", levels: str = "satisfaction") -> Questionnaire:
    """The answers of a table of a study on its scale, with the respondents' design.

    Raises
    ------
    StudyError
        `table_absent`; `answer_off_scale`; `respondents_unknown`, where somebody answered who is no respondent.
    """
    asked, everybody = study.table(table), study.table(TABLE)
    is_stranger(study, table)
    answers = asked.assign(position=positions(asked["score"], scale_of(study, levels)))
    known = everybody[everybody["wave"].isin(asked["wave"].unique())]
    known = known.assign(_place=known["wave"].map({wave: i for i, wave in enumerate(study.settings.waves)}))
    known = known.sort_values("_place", kind="stable").drop(columns="_place").reset_index(drop=True)
    rows = pd.MultiIndex.from_frame(known[RESPONDENT])
    reason = (
        answers["score" + MISSING]
        if "score" + MISSING in answers
        else pd.Series(pd.NA, index=answers.index, dtype="str")
    )
    answers = answers.assign(reason=reason.mask(answers["score"].isna() & reason.isna(), "not_recorded"))
    known_items = list(study.catalogue.levels_of("item"))
    items = sorted(answers["item"].unique(), key=known_items.index)
    wide = answers.set_index([*RESPONDENT, "item"])[["position", "reason"]].unstack("item").reindex(rows)
    given = wide["position"][items].set_axis(known.index)
    reasons = wide["reason"][items].set_axis(known.index)
    return Questionnaire(
        known,
        given,
        reasons.where(reasons.notna() | given.notna(), NOT_ASKED),
        scale_of(study, levels),
        design_of(study),
        study.settings.scale_items,
    )
