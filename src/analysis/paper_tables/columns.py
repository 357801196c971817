"""The columns that a table may name: what respondents are, and what they answered, one row a respondent of one wave.

Beside the columns of `respondents` there are `age_years`, `age_band`, what they take part in (`takes_part`, `acts`,
`is_passive`, and `acts_<activity>`), `satisfaction_score`, and each item that was asked, by the item's own name.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.ages import age_bands, with_age
from analysis.catalogue import UNKNOWN, Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign
from analysis.measure import arranged, combined
from analysis.participation.activities import activities_of
from analysis.reading.convert import MISSING
from analysis.satisfaction.questionnaire import questionnaire_of
from analysis.study import Study
from analysis.survey.answers import answers
from analysis.survey.respondents import COMMUNITY, design_of, within_communities
from analysis.survey.taking_part import ACTS_OF

Kind = Literal["number", "category", "boolean", "scale"]
TABLE = "respondents"
RESPONDENT = "respondent_id"
NUMBERS = ("number", "count", "year")
"""Types of the catalogue that are numbers; all others have categories."""


@dataclass(frozen=True)
class Column:
    """A column that a table may name.

    Attributes
    ----------
    place
        Its column of the frame, which is what the catalogue can put in words: `sex`, `item=safety`.
    kind
        `scale` has ordered categories, whose positions from 1 are its numbers.
    values
        The column of the catalogue whose levels its categories are.
    unit
        The unit of its numbers.
    levels
        Its categories, in order; all of a scale's, those that occur of others.
    """

    place: str
    kind: Kind
    values: str = ""
    unit: str = "value"
    levels: tuple[str, ...] = ()

    def category(self, level: object) -> str:
        """A category as the catalogue can put it in words: `sex=female`."""
        return f"{self.values or self.place}={level}"


@dataclass(frozen=True, eq=False)
class Columns:
    """The respondents of a wave with the columns that a table may name.

    Attributes
    ----------
    frame
        One row a respondent; the reason of a missing value is in `<place>_missing`.
    known
        The columns, by the name that a user gives.
    design
        How the respondents were drawn.
    """

    frame: pd.DataFrame
    known: dict[str, Column]
    design: SurveyDesign
    wave: str = ""

    def __getitem__(self, name: str) -> Column:
        """A column by its name.

        Raises
        ------
        StudyError
            `table_column_unknown`, with the nearest name.
        """
        if name not in self.known:
            raise StudyError(
                "table_column_unknown",
                column=name,
                wave=self.wave or "–",
                nearest=nearest(name, self.known),
                known=listing(self.known, 60),
            )
        return self.known[name]

    def numbers(self, name: str) -> pd.DataFrame:
        """The frame with a column as numbers: yes is 1 and no 0, an answer on a scale is its position.

        Raises
        ------
        StudyError
            `table_column_without_numbers`.
        """
        column = self[name]
        if column.kind == "category":
            raise StudyError("table_column_without_numbers", column=name, list=listing(column.levels, 5))
        values = self.frame[column.place]
        if column.kind == "scale":
            values = values.map({level: place for place, level in enumerate(column.levels, 1)})
        return self.frame.assign(**{column.place: values.astype("Float64").astype("float64")})

    def categories(self, name: str, least: int = 1) -> pd.DataFrame:
        """The frame with a column as categories, those that occur.

        Parameters
        ----------
        least
            How many categories there must be.

        Raises
        ------
        StudyError
            `table_column_without_categories`; `level_alone`.
        """
        column = self[name]
        if column.kind == "number":
            raise StudyError("table_column_without_categories", column=name, count=self.frame[column.place].nunique())
        values = self.frame[column.place]
        text = values.astype("boolean").astype("str") if column.kind == "boolean" else values.astype("str")
        text = text.where(values.notna())
        occurring = [level for level in column.levels if (text == level).any()]
        if len(occurring) < least:
            raise StudyError("level_alone", column=name, list=listing(occurring))
        return self.frame.assign(**{column.place: pd.Categorical(text, occurring, ordered=column.kind == "scale")})

    def and_categories(self, frame: pd.DataFrame, name: str, least: int = 1) -> pd.DataFrame:
        """A frame of these respondents with another column as categories."""
        place = self[name].place
        return frame.assign(**{place: self.categories(name, least)[place]})

    def design_for(self, *groups: str) -> SurveyDesign:
        """The design for estimates by some columns; of groups that each lie in one community, that of the sampling inside."""
        if COMMUNITY not in self.frame or self.frame[COMMUNITY].nunique() < 2:
            return self.design
        for name in groups:
            of_group = self.frame.groupby(self[name].place, observed=True)[COMMUNITY].nunique()
            if self[name].kind == "category" and len(of_group) > 1 and of_group.max() == 1:
                return within_communities(self.design, self.frame)
        return self.design

    def named(self, tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
        """Several measure tables as one, after a row with the number of respondents."""
        size = {"measure": "sample_size", "estimate": len(self.frame), "n": len(self.frame), "unit": "count"}
        rows = pd.DataFrame([{**size, "numerator": np.nan}])
        return combined([arranged(rows.assign(table=TABLE)), *tables]).assign(table=TABLE, window=self.wave)


def columns_of(study: Study, names: Sequence[str] = (), wave: str = "") -> Columns:
    """The columns of a study in a wave; without one the last in which most of what is named was answered.

    Raises
    ------
    StudyError
        `table_absent`, `wave_unknown`.
    """
    people = study.table(TABLE)
    waves = [name for name in study.catalogue.level_set("wave") if (people["wave"] == name).any()]
    if wave and wave not in waves:
        raise StudyError("wave_unknown", wave=wave, nearest=nearest(wave, waves), known=listing(waves))
    found = [_of_wave(study, one) for one in ([wave] if wave else reversed(waves))]
    return max(found, key=lambda one: len({*names} & {*one.known}))


def _of_wave(study: Study, wave: str) -> Columns:
    frame = with_age(answers(study, wave), study.settings.wave_years).drop(
        columns="participation_rate", errors="ignore"
    )
    if "age_years" in frame:
        reasons = {"age_band" + MISSING: frame["age_years" + MISSING]} if "age_years" + MISSING in frame else {}
        bands = age_bands(frame["age_years"], study.catalogue.level_set("age_band"))
        frame = frame.assign(age_band=bands, **reasons)
    told: dict[str, Column] = {}
    for added, known in (_participation(study, wave, frame), _satisfaction(study, wave), _questions(study, wave)):
        frame = frame.join(added, on=RESPONDENT)
        told |= known
    own = {str(name): made for name in frame if (made := _column(study.catalogue, frame, str(name))) is not None}
    known = {name: column for name, column in (own | told).items() if frame[column.place].notna().any()}
    design = design_of(study)
    return Columns(frame.reset_index(drop=True), known, design, wave)


def _participation(study: Study, wave: str, respondents: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, Column]]:
    """What respondents take part in, and the acts of each kind of activity."""
    if not study.has("participation"):
        return pd.DataFrame(), {}
    activities = activities_of(study)
    people = activities.people[activities.people["wave"].astype("str") == wave].set_index(RESPONDENT)
    places = {f"{ACTS_OF}{name}": f"activity={name}" for name in activities.names}
    added = people[[column for column in people if column not in respondents]].rename(columns=places)
    return added, {name: Column(place, "number", unit="acts") for name, place in places.items() if place in added}


def _satisfaction(study: Study, wave: str) -> tuple[pd.DataFrame, dict[str, Column]]:
    """The items of satisfaction, answered on its scale."""
    if not study.has("satisfaction") or "score" not in study.table("satisfaction"):
        return pd.DataFrame(), {}
    every = questionnaire_of(study)
    if wave not in every.waves:
        return pd.DataFrame(), {}
    asked = every.of_waves([wave])
    levels = dict(enumerate(asked.scale, 1))
    parts = {f"item={item}": asked.answers[item].map(levels) for item in asked.items}
    parts |= {f"item={item}{MISSING}": asked.reasons[item] for item in asked.items}
    known = {item: Column(f"item={item}", "scale", "score", levels=tuple(asked.scale)) for item in asked.items}
    return pd.DataFrame(parts).set_index(asked.respondents[RESPONDENT]), known


def _questions(study: Study, wave: str) -> tuple[pd.DataFrame, dict[str, Column]]:
    """The questions of `answers`, in the study's categories or, where there are none, in marks."""
    if not study.has("answers"):
        return pd.DataFrame(), {}
    rows = study.table("answers")
    parts, known = [], {}
    for item, told in rows[rows["wave"] == wave].groupby("item", sort=False):
        by_person = told.set_index(RESPONDENT)
        source = next((name for name in ("answer", "mark") if name in told and told[name].notna().any()), None)
        if source is None:
            continue
        place = f"item={item}"
        renamed = {source: place, source + MISSING: place + MISSING}
        parts.append(by_person[[name for name in renamed if name in told]].rename(columns=renamed))
        given = [level for level in study.catalogue.level_set("answer") if (told[source] == level).any()]
        is_mark = source == "mark"
        known[str(item)] = (
            Column(place, "number", unit="marks")
            if is_mark
            else Column(place, "category", "answer", levels=tuple(given))
        )
    return (pd.concat(parts, axis=1) if parts else pd.DataFrame()), known


def _column(catalogue: Catalogue, frame: pd.DataFrame, name: str) -> Column | None:
    """A column of the frame that the catalogue knows and that does not name a person."""
    if name.endswith(MISSING) or "=" in name or name == "wave" or catalogue.column(name).get("identifying"):
        return None
    entry = catalogue.column(name)
    if entry["type"] in NUMBERS:
        return Column(name, "number", unit=entry.get("unit", "value"))
    if entry["type"] == "boolean":
        return Column(name, "boolean", unit="proportion", levels=("True", "False"))
    occurring = sorted(frame[name].dropna().astype("str").unique())
    levels = [level for level in catalogue.levels_of(name) if level in occurring] or occurring
    return Column(name, "category", levels=tuple(levels))


def categories_named(table: pd.DataFrame, column: Column, dimension: str) -> pd.DataFrame:
    """A measure table whose column of categories is a dimension of all tables, in the catalogue's terms."""
    values = table[column.place].astype("object")
    named = [UNKNOWN if value == UNKNOWN else column.category(value) for value in values]
    return table.assign(**{dimension: named}).drop(columns=column.place)


def without_counts(table: pd.DataFrame) -> pd.DataFrame:
    """A measure table of means: what was summed is no number of persons."""
    return table.assign(numerator=np.nan, denominator=np.nan)
