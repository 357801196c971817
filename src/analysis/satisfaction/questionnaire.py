"""Items answered on one ordered scale, beside the respondents who answered them.

A long table of answers (one row a respondent, wave and item) becomes one row a respondent and wave, so that all items share
the respondents' design and vary together as they do in the sample. Answers are positions on the declared scale, 1 for its
lowest level: what is no level of it, such as the code of a don't-know, can't become a number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache, reduce

import narwhals as nw
import pandas as pd

from analysis.errors import StudyError, listing
from analysis.inference import SurveyDesign
from analysis.inference.relations.relation import Relation
from analysis.reading.convert import MISSING
from analysis.registers import FREQUENCY
from analysis.study import Study
from analysis.survey.answers import OVERALL
from analysis.survey.laid_out import answers_of, in_classes, laid_out, of_communities, of_design
from analysis.survey.respondents import NOT_ASKED, RESPONDENT, TABLE, design_of, is_stranger, of_persons, stages_of

ANSWER = "answer_"
"""Before an item's name: the column of its answers, where respondents and answers are one table."""


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
    lying
        Respondents and their answers in one table of an engine, where they are more than memory holds. The frames then are
        empty, and a measure asks for the rows that it reads with `reading`.
    order
        The waves of the study, as it declares them.
    """

    respondents: pd.DataFrame
    answers: pd.DataFrame
    reasons: pd.DataFrame
    scale: list[str]
    declared: SurveyDesign
    scale_items: list[str] = field(default_factory=list)
    lying: Relation | None = None
    order: list[str] = field(default_factory=list)

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
        if self.lying is None:
            return list(dict.fromkeys(self.respondents["wave"]))
        return self._in_order(self.lying.classes(["wave"], {FREQUENCY: []}))["wave"].tolist()

    def reading(
        self, by: Sequence[str], items: Sequence[str] | None = None, columns: Sequence[str] = ()
    ) -> "Questionnaire":
        """The same for measures by some columns: all rows in memory, or from an engine the classes of what they read.

        Parameters
        ----------
        items, columns
            Items, all of them without it, and further columns of the respondents.
        """
        if self.lying is None:
            return self
        asked = self.items if items is None else [*items]
        groups = [column for column in by if column != "wave"]
        wanted = [*(ANSWER + item for item in asked), *(column for column in columns if column not in groups)]
        frame, design = of_design(self.lying, self.design(by), wanted, ["wave", *groups])
        return self._of_classes(self._in_order(frame), asked, design)

    def in_communities(self, item: str) -> pd.DataFrame:
        """The respondents with their answer to an item, for estimates of single communities."""
        if self.lying is None:
            return self.answered(item)
        frame = of_communities(self.lying, self.declared, [ANSWER + item])
        return self._of_classes(frame, [item], self.declared).answered(item)

    def _of_classes(self, frame: pd.DataFrame, items: Sequence[str], design: SurveyDesign) -> "Questionnaire":
        answers, reasons = (
            frame[[ANSWER + item + suffix for item in items]].set_axis([*items], axis=1) for suffix in ("", MISSING)
        )
        own = frame[[column for column in frame if not column.startswith(ANSWER)]]
        return replace(self, respondents=own, answers=answers, reasons=reasons, declared=design, lying=None)

    def _in_order(self, frame: pd.DataFrame) -> pd.DataFrame:
        place = {wave: place for place, wave in enumerate(self.order)}
        return frame.sort_values("wave", key=lambda wave: wave.map(place), kind="stable", ignore_index=True)

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
        if self.lying is not None:
            return replace(self, lying=self.lying.only(nw.col("wave").is_in(list(waves))))
        rows = self.respondents["wave"].isin(list(waves))
        tables = {name: getattr(self, name) for name in ("respondents", "answers", "reasons")}
        return replace(self, **{name: table[rows].reset_index(drop=True) for name, table in tables.items()})

    def in_both(self, first: str, second: str) -> int:
        """How many respondents took part in both of two waves."""
        if self.lying is not None:
            people = (self.lying.only(nw.col("wave") == wave).rows.select("respondent_id") for wave in (first, second))
            both = next(people).join(next(people), on="respondent_id", how="semi")
            return int(Relation(both, {}).classes([], {FREQUENCY: []})[FREQUENCY].iat[0])
        of = self.respondents.groupby("wave")["respondent_id"]
        return len({*of.get_group(first)} & {*of.get_group(second)})

    def design(self, by: Sequence[str] = ()) -> SurveyDesign:
        """The design for estimates by some columns (`survey.respondents.of_persons`)."""
        if FREQUENCY in self.respondents:  # classes were read with the design that they have
            return self.declared
        if self.lying is None:
            return of_persons(self.declared, self.respondents, by)
        keys = [*dict.fromkeys([*stages_of(self.declared), *by])]
        return in_classes(of_persons(self.declared, self.lying.classes(keys, {FREQUENCY: []}), by), len(self.waves))


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
    scale = scale_of(study, levels)
    if study.is_on_engine(table):
        return _lying(study, table, tuple(scale))
    is_stranger(study, table)
    waves = [*study.table(table)["wave"].unique()]
    return _in_memory(study, table, scale, waves, _occurring(study, study.table(table)["item"]))


def _occurring(study: Study, items: pd.Series) -> list[str]:
    """The items that answers speak of, in the catalogue's order."""
    return sorted(items.unique(), key=list(study.catalogue.levels_of("item")).index)


def _in_memory(
    study: Study, table: str, scale: Sequence[str], waves: Sequence[str], items: Sequence[str]
) -> Questionnaire:
    asked, everybody = study.table(table), study.table(TABLE)
    answers = asked.assign(position=positions(asked["score"], scale))
    known = everybody[everybody["wave"].isin(waves)]
    known = known.assign(_place=known["wave"].map({wave: i for i, wave in enumerate(study.settings.waves)}))
    known = known.sort_values("_place", kind="stable").drop(columns="_place").reset_index(drop=True)
    rows = pd.MultiIndex.from_frame(known[RESPONDENT])
    reason = (
        answers["score" + MISSING]
        if "score" + MISSING in answers
        else pd.Series(pd.NA, index=answers.index, dtype="str")
    )
    answers = answers.assign(reason=reason.mask(answers["score"].isna() & reason.isna(), "not_recorded"))
    wide = answers.set_index([*RESPONDENT, "item"])[["position", "reason"]].unstack("item").reindex(rows)
    given = wide["position"].reindex(columns=items).set_axis(known.index)
    reasons = wide["reason"].reindex(columns=items).set_axis(known.index)
    return Questionnaire(
        known,
        given,
        reasons.where(reasons.notna() | given.notna(), NOT_ASKED),
        [*scale],
        design_of(study),
        study.settings.scale_items,
    )


@lru_cache(maxsize=1)
def _lying(study: Study, table: str, scale: tuple[str, ...]) -> Questionnaire:
    """The answers of more respondents than memory holds."""
    told = answers_of(study, table).classes(["wave", "item"], {FREQUENCY: []})
    waves, items = [*told["wave"].unique()], _occurring(study, told["item"])

    def made(piece: Study) -> dict[str, pd.DataFrame]:
        own = _in_memory(piece, table, scale, waves, items)
        answers = own.answers.astype("float64").add_prefix(ANSWER)
        reasons = own.reasons.astype("str").add_prefix(ANSWER).add_suffix(MISSING)
        return {"questionnaire": pd.concat([own.respondents, answers, reasons], axis=1)}

    lying = laid_out(study, [table], made)["questionnaire"]
    own = [column for column in lying.columns if not column.startswith(ANSWER)]
    empty = pd.DataFrame(columns=items)
    declared, named = design_of(study), study.settings.scale_items
    return Questionnaire(
        pd.DataFrame(columns=own), empty, empty, [*scale], declared, named, lying, study.settings.waves
    )
