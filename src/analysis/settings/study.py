"""study.yml: what was decided for a study."""

import datetime
from collections.abc import Iterable
from itertools import pairwise
from typing import Literal, Self

from pydantic import Field, model_validator

from analysis.errors import StudyError, listing
from analysis.settings.engine import NamedEngine
from analysis.settings.exclusions import Rule, Skip
from analysis.settings.files import TableSource
from analysis.settings.index import Index
from analysis.settings.parts import Language, Sensitivity, Strict, Words, require_once
from analysis.settings.persons import Absent, Identifiers, Linkage, Term
from analysis.settings.survey import Calibrate, CutOff, Design, Level, Margins, Midpoints, Schooling


class Question(Strict):
    """Something that only a person can say; the study is not read before it is answered and taken out of study.yml."""

    id: str
    asked: Words
    choices: list[str] = []


class Disclosure(Strict):
    """How protected tables are shown; `round_to` is the step of all counts."""

    round_to: int | None = Field(default=None, ge=2)


class Settings(Strict):
    """study.yml: what was decided."""

    title: Words
    summary: Words
    languages: list[Language] = Field(min_length=1)
    data_dir: str | None = None
    engine: NamedEngine | None = None
    tables: dict[str, TableSource] = Field(min_length=1)
    terms: dict[str, Term] = {}
    waves: list[str] = []
    wave_years: dict[str, int] = {}
    sensitivity: dict[str, Sensitivity] = {}
    disclosure: Literal["off"] | Disclosure = Disclosure()
    earlier_releases: list[str] = []
    registers: Literal["census", "superpopulation"] = "census"
    stay_within: str = "community_id"
    observed_until: datetime.date | None = None
    report_by: str | None = None
    cut_offs: dict[str, CutOff] = {}
    years_of_schooling: Schooling | None = None
    frequency_midpoints: Midpoints | None = None
    groups: list[str] = []
    model_groups: list[str] = []
    scale_items: list[str] = []
    absent: list[Absent] = []
    exclusions: list[Rule] = []
    skips: list[Skip] = []
    linkage: Linkage | None = None
    identifiers: Identifiers = {}
    design: dict[str, Design] = {}
    calibrate: dict[Literal["respondents"], Calibrate] = {}
    margins: Margins | None = None
    index: Index | None = None
    levels: dict[str, dict[str, Level]] = {}
    headings: dict[str, Words] = {}
    chapters: list[str] = Field(min_length=1)
    questions: list[Question] = []

    @model_validator(mode="after")
    def _terms_follow(self) -> Self:
        files = [file for table in self.tables.values() for file in table.files]
        if not self.terms and any("term" in {**file.columns, **file.set} for file in files):
            raise ValueError("rows have a term, so `terms` must say when each began and ended")
        terms = sorted(self.terms.items(), key=lambda term: term[1].start)
        for (first, one), (second, other) in pairwise(terms):
            if other.start < one.end:
                raise ValueError(f"the term {second} starts {other.start}, before the term {first} ends on {one.end}")
        return self

    @model_validator(mode="after")
    def _each_named_once(self) -> Self:
        require_once([one.id for one in self.exclusions], "exclusions")
        files = [file for table in self.tables.values() for file in table.files]
        require_once([file.file for file in files if file.database], "tables")
        return self

    def require_languages(self, languages: Iterable[str], study: str) -> None:
        """Refuse a language that the study does not have.

        Raises
        ------
        StudyError
            `language_unknown`.
        """
        for language in languages:
            if language not in self.languages:
                raise StudyError("language_unknown", study, language=language, known=listing(self.languages))
