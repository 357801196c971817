"""What a study's own files may say: origin.yml, study.yml and corrections.yml, each key of them once.

A misspelt key is refused by name, with the nearest that could stand there: an ignored setting is a wrong number.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    ValidationError,
    model_validator,
)

from analysis.errors import StudyError, listing, nearest
from analysis.plain_yaml import load_yaml

Language = Literal["zh", "en"]
Words = dict[Language, str]
Part = TypeVar("Part", bound=BaseModel)
Sensitivity = Literal["residents", "staff", "public_office", "synthetic", "public"]


class Strict(BaseModel):
    """A part of a settings file: keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_key(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            for key in given:
                if key not in cls.model_fields:
                    known = cls.model_fields
                    raise StudyError("settings_key", key=key, nearest=nearest(key, known), known=listing(known, 30))
        return given


class Origin(Strict):
    """Where the data come from, and what may be done with them.

    `sampling` says in words how respondents were chosen, `sampling_kind` which kind of sample that is: of a `quota` or
    `convenience` sample every interval is marked, and the words speak of respondents, not of residents.
    """

    title: Words
    owner: Words
    licence: str
    date: str
    sampling: Words
    sampling_kind: Literal["probability", "quota", "convenience", "census"] | None = None
    is_synthetic: bool
    obtained: Words
    citation: str | None = None
    files: dict[str, str | None] = {}

    @property
    def is_non_probability(self) -> bool:
        """Whether respondents were chosen, by interviewers or by themselves, and not drawn at random."""
        return self.sampling_kind in ("quota", "convenience")


class Written(Strict):
    """How a catalogue column's values are written in a file.

    `pattern` keeps the first group of a regular expression. `values` maps what is written to what is meant, `"*"`
    whatever is not named. `missing` names codes that stand for a missing value, each with its reason.
    """

    pattern: str | None = None
    format: Literal["iso", "compact", "roc", "excel", "excel_1904"] | None = None
    separator: str = ";"
    values: dict[str, str] = {}
    missing: dict[str, str] = {}

    @model_validator(mode="after")
    def _keeps_something(self) -> Self:
        if self.pattern is not None:
            try:
                groups = re.compile(self.pattern).groups
            except re.error as problem:
                raise ValueError(f"`pattern` is no regular expression: {problem}") from None
            if not groups:
                raise ValueError("`pattern` needs a group in brackets: what is kept")
        return self


class ColumnSource(Written):
    """Where a catalogue column's values stand in a file, and how they are written there.

    `column` is a header, a position from 1 where the file has no header, or `"#"` for the row itself; `columns` are
    joined by `-`.
    """

    column: str | None = None
    columns: list[str] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.column is None) == (self.columns is None):
            raise ValueError("name either `column` or `columns`")
        return self

    @property
    def sources(self) -> list[str]:
        """The columns of the file that are read, in order."""
        return self.columns if self.columns is not None else [str(self.column)]


def _as_source(given: Any) -> Any:
    return {"column": given} if isinstance(given, str) else given


def _as_file(given: Any) -> Any:
    return {"file": given} if isinstance(given, str) else given


Cells = dict[str, Annotated[ColumnSource, BeforeValidator(_as_source)]]


class Items(Strict):
    """Items that stand side by side in a file, and become a row each.

    `column` is the catalogue's column that names them, such as `item` or `activity`; `levels` says for each item
    which columns of the file are which of the catalogue. `cells` is how these are written in all items; what an item
    says itself goes before.
    """

    column: str
    cells: dict[str, Written] = {}
    levels: dict[str, Cells] = Field(min_length=1)

    @model_validator(mode="after")
    def _cells_of_some_item(self) -> Self:
        read = {name for cells in self.levels.values() for name in cells}
        if unread := sorted({*self.cells} - read):
            raise ValueError(f"no item has the column '{unread[0]}', of which `cells` says how it is written")
        return self


FORMATS = {
    **dict.fromkeys((".xlsx", ".xlsm", ".xlsb", ".xls", ".ods"), "excel"),
    **dict.fromkeys((".sav", ".zsav", ".por"), "spss"),
    ".dta": "stata",
    **dict.fromkeys((".parquet", ".feather", ".arrow"), "arrow"),
}
"""How the names of files end → their format; every other file is delimited text."""
FOR = {
    **dict.fromkeys(("sheet", "skip_rows", "header_rows", "fill_merged"), ("excel",)),
    **dict.fromkeys(("delimiter", "strip", "characters"), ("text",)),
    **dict.fromkeys(("header", "other_coding", "form"), ("text", "excel")),
    "encoding": ("text", "spss", "stata"),
    "nothing_ticked": ("text", "excel", "spss"),
}
"""Key of a file → the formats that it is for."""


class FormSource(Strict):
    """The XLSForm that an export of KoboToolbox or ODK was asked with, and the language that wordings are taken from."""

    file: str
    language: str | None = None


def _as_list(given: Any) -> Any:
    return [given] if isinstance(given, str) else given


VARIABLE = re.compile(r"\$\{(\w+)\}")
"""Where a value of the environment stands in the URL of a database."""
SECRET = re.compile(r"(?i)[?&](?:[a-z_]*(?:password|passwd|pwd|token|secret|key))=(?!\$\{\w+\}(?:&|$))")
"""A credential written out among a URL's options."""


class DatabaseSource(Strict):
    """A table of a database, or what a query gives; `order_by` names the columns that tell its rows apart and order them.

    `url` is SQLAlchemy's, with credentials as `${NAME}` of the environment.
    """

    url: str
    table: str | None = None
    query: str | None = None
    order_by: Annotated[list[str], BeforeValidator(_as_list)] = Field(min_length=1)
    timeout_seconds: int = Field(default=120, gt=0)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.table is None) == (self.query is None):
            raise ValueError("name either `table` or `query`")
        return self

    @model_validator(mode="after")
    def _no_password(self) -> Self:
        account = self.url.rpartition("@")[0].rpartition("://")[2]
        password = account.partition(":")[2]
        if (password and not VARIABLE.fullmatch(password)) or SECRET.search(self.url):
            raise StudyError("database_password_written")
        return self


class FileSource(Strict):
    """One file of a table: how it is written, and which columns of it are which of the catalogue.

    Of a `database`, `file` is what messages call it. `sheet` is a name, or a number from 1. `skip_rows` stand above the
    header, which has `header_rows`; `fill_merged` gives the value of a merged cell to all of its rows. `other_coding` is the
    same export of 问卷星 in the other coding, `form` the XLSForm of an export; `nothing_ticked` says what it means that
    somebody was asked a question of several answers and chose none.
    """

    file: str
    database: DatabaseSource | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header: bool = True
    strip: str | None = None
    characters: str | None = None
    sheet: str | None = None
    skip_rows: int = Field(default=0, ge=0)
    header_rows: int | None = Field(default=None, ge=1)
    fill_merged: bool = False
    other_coding: str | None = None
    form: Annotated[FormSource, BeforeValidator(_as_file)] | None = None
    nothing_ticked: Literal["none", "no_answer"] = "none"
    set: dict[str, str] = {}
    columns: Cells
    items: Items | None = None

    @property
    def name(self) -> str:
        """What it is called where something is said of its rows: with its sheet where the study names one."""
        return f"{self.file} [{self.sheet}]" if self.sheet else self.file

    @model_validator(mode="after")
    def _read_once(self) -> Self:
        for cells in self.items.levels.values() if self.items else []:
            if twice := sorted({*self.columns, *self.set} & {*cells, self.items.column if self.items else ""}):
                raise ValueError(f"`{twice[0]}` stands both in `items` and beside it")
        return self

    @model_validator(mode="after")
    def _readable(self) -> Self:
        format_ = "database" if self.database else FORMATS.get(Path(self.file).suffix.lower(), "text")
        for key in sorted(FOR.keys() & self.model_fields_set):
            if format_ not in FOR[key]:
                raise ValueError(
                    f"`{key}` is for {' and '.join(f'{one} files' for one in FOR[key])}; this one is {format_}"
                )
        if self.delimiter is not None and (len(self.delimiter) != 1 or self.delimiter in '"\r\n\0'):
            raise ValueError('`delimiter` is one character (a tab is "\\t" in quotes), and no quote mark or line break')
        if self.encoding is not None:
            try:
                b"".decode(self.encoding)
            except (LookupError, UnicodeError):
                raise ValueError(f"there is no encoding '{self.encoding}'; try utf-8, gb18030 or big5") from None
        return self

    @property
    def beside(self) -> list[str]:
        """Other files of the data folder that are read with this one."""
        return [name for name in (self.other_coding, self.form.file if self.form else None) if name]


class TableSource(Strict):
    """A table comes from files, or is that part of another table where columns have the given values.

    `set_aside` is the number of rows that the study accepts to do without, after somebody looked at them.
    """

    files: list[FileSource] = []
    derived_from: str | None = None
    where: dict[str, str] = {}
    set_aside: int = 0

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if bool(self.files) == bool(self.derived_from):
            raise ValueError("a table has either `files` or `derived_from`")
        return self


class Term(Strict):
    """A term of office: from the day the team was constituted to the day its successor was."""

    start: datetime.date
    end: datetime.date
    label: Words | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"a term ends after it starts; this one starts {self.start} and ends {self.end}")
        return self

    @property
    def years(self) -> float:
        """Length in years of 365.25 days."""
        return (self.end - self.start).days / 365.25


class Absent(Strict):
    """Units that were not there in a term, so that their staff neither left nor came."""

    term: str
    units: list[str]
    reason: str


class Linkage(Strict):
    """How persons are followed over terms where no id exists: rules of exact agreement, tried in this order."""

    table: str
    rules: list[list[str]]


class Kept(Strict):
    """A column that looks as if it identified persons and does not; `keep` is why it may pass."""

    keep: str = Field(min_length=1)


def _as_decision(given: Any) -> Any:
    if isinstance(given, str) and given != "hash":
        raise ValueError("write `hash`, or `keep:` with the reason; to do without a column, take it out of `columns`")
    return given


class CutOff(Strict):
    """A number that decides something, with its source."""

    value: float | list[float]
    source: str


class Schooling(Strict):
    """Years of schooling for levels, beside or instead of the catalogue's, with their source."""

    years: dict[str, float]
    source: str


class Midpoint(Strict):
    """How many acts a category of frequency stands for: a usual number, and the least and the most that it may be."""

    value: float = Field(ge=0)
    low: float = Field(ge=0)
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("a category's numbers stand in the order `low` ≤ `value` ≤ `high`")
        return self


class Midpoints(Strict):
    """Numbers of acts for the categories of frequency, with their source: categories by themselves are no counts."""

    levels: dict[str, Midpoint]
    source: Words


class Margin(Strict):
    """How many a census counts of a group, and among how many, who are those from an age on.

    `near` is why this may be held against the sample although the ages differ.
    """

    group: str
    count: int = Field(ge=0)
    of: int = Field(gt=0)
    age_from: int = 0
    near: Words | None = None

    @model_validator(mode="after")
    def _part_of_it(self) -> Self:
        if self.count > self.of:
            raise ValueError(f"`count` is a part of `of`; {self.count} are more than {self.of}")
        return self


class Margins(Strict):
    """Numbers of a census that the sample is held against, their year and source, and from which age on people were sampled."""

    source: Words
    year: int
    sample_age_from: int
    margins: list[Margin] = Field(min_length=1)


class Level(Strict):
    """A level that a study adds, with what it means where it extends the levels of education or age, or the groups."""

    zh: str | None = None
    en: str | None = None
    isced: tuple[int, int] | None = None
    years: float | None = None
    where: dict[str, str | list[str]] | None = None
    age_from: int | None = None
    age_below: int | None = None


def _weights(given: Any) -> Any:
    return None if given == "none" else given


class Design(Strict):
    """How a table was sampled: the columns that describe it, and the rules of `analysis.inference.SurveyDesign`.

    `weights: none` says that there are no weights, where one would look for them.
    """

    weights: Annotated[str | None, BeforeValidator(_weights)] = None
    strata: str | list[str] | None = None
    clusters: str | list[str] | None = None
    fpc: str | list[str] | None = None
    nest: bool = False
    lonely: Literal["refuse", "certainty", "remove", "adjust", "average"] = "refuse"
    missing_strata: Literal["refuse", "set_aside"] = "refuse"

    @property
    def columns(self) -> dict[str, list[str]]:
        """The columns that each key names."""
        named = {key: getattr(self, key) for key in ("weights", "strata", "clusters", "fpc")}
        return {key: [name] if isinstance(name, str) else name for key, name in named.items() if name}


class Trim(Strict):
    """The least and the greatest weight, over the mean weight."""

    low: float = Field(ge=0, lt=1)
    high: float = Field(gt=1)


class Calibrate(Strict):
    """How a table's weights are made to meet numbers of the population.

    `population` is a table in the study's folder. A margin is a column of the respondents, or several crossed
    (`sex:age_group`). `start` says whether calibration begins with the weights of `design`, or with 1 for each.
    `merge_below` joins a level that fewer respondents have with its neighbour.
    """

    population: str
    margins: list[str] = Field(min_length=1)
    method: Literal["raking", "poststratification", "linear"] = "raking"
    start: Literal["weight", "none"]
    trim: Trim | None = None
    merge_below: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_margin(self) -> Self:
        if self.method == "poststratification" and len(self.margins) > 1:
            crossed = ":".join(self.margins)
            raise ValueError(
                f"`poststratification` has one margin, crossed where there are several columns: [{crossed}]"
            )
        if twice := sorted({name for name in self.margins if self.margins.count(name) > 1}):
            raise ValueError(f"the margin '{twice[0]}' stands twice")
        return self


class Indicator(Strict):
    """An indicator of the index: where its values come from, which way is better, and from where to where it runs.

    `survey` names what residents answered (`analysis.survey.answers`); without it the values stand in the table `indicators`.
    `goalposts` are the lowest and the highest value that count.
    """

    indicator: str
    direction: Literal["positive", "negative"]
    group: str = ""
    survey: Literal["participation_rate", "satisfaction_score"] | None = None
    goalposts: tuple[float, float] | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _goalposts_apart(self) -> Self:
        if self.goalposts and self.goalposts[0] >= self.goalposts[1]:
            raise ValueError("`goalposts` are a low and a high value, the low one first")
        if self.goalposts and not self.source:
            raise ValueError("`goalposts` need a `source`: who says that they are the ends")
        return self


class Pairwise(Strict):
    """What experts judged in pairs: how many times as important the group of a row is as that of a column, such as 3 or 1/3."""

    groups: list[str]
    experts: list[list[list[str]]] = Field(min_length=1)
    random_index: Literal["saaty_1980", "saaty_2008"] = "saaty_1980"
    source: Words


class Index(Strict):
    """The evaluation index of communities: its indicators, their year, the survey's wave, and its weights."""

    year: int
    wave: str | None = None
    indicators: list[Indicator] = Field(min_length=2)
    weights: Literal["equal", "entropy", "ahp"] = "equal"
    pairwise: Pairwise | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [one.indicator for one in self.indicators]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the indicator '{twice[0]}' stands twice")
        if self.wave is None and any(one.survey for one in self.indicators):
            raise ValueError("an indicator comes from the survey, so `wave` must say from which wave")
        if self.pairwise and (
            bare := {one.group or one.indicator for one in self.indicators} ^ {*self.pairwise.groups}
        ):
            raise ValueError(
                f"`pairwise.groups` are the groups of the indicators; only one of the two has '{min(bare)}'"
            )
        if self.weights == "ahp" and not self.pairwise:
            raise ValueError("`weights: ahp` needs `pairwise`")
        return self


Values = Annotated[list[str], BeforeValidator(_as_list)]
"""One text, or a list of them."""


class Condition(Strict):
    """What a column must say: one of some values, or a number below or above a bound, the bound itself left out."""

    values: list[str] = []
    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.values) == (self.below is not None or self.above is not None):
            raise ValueError("name either values, or `below` and `above`")
        return self


def _as_condition(given: Any) -> Any:
    return given if isinstance(given, Mapping) else {"values": _as_list(given)}


Conditions = dict[str, Annotated[Condition, BeforeValidator(_as_condition)]]
"""Columns, and what each must say: a text, a list of texts, or bounds."""


class Exclusion(Strict):
    """A rule by which respondents, or rows of a register, are left out of every chapter.

    `reason` stands in the figure of the flow. Who can't be judged, since the answer is missing, is not left out.
    """

    id: str
    table: str = "respondents"
    reason: Words
    source: str


class Duration(Exclusion):
    """Who took less, or more, than some seconds, or than a part of the median time of the wave."""

    rule: Literal["duration"]
    below_seconds: float | None = None
    above_seconds: float | None = None
    below_of_median: float | None = None
    above_of_median: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        bounds = ("below_seconds", "above_seconds", "below_of_median", "above_of_median")
        if all(getattr(self, bound) is None for bound in bounds):
            raise ValueError(f"name one of {', '.join(f'`{bound}`' for bound in bounds)}")
        return self


class Duplicate(Exclusion):
    """Rows that agree with another of their wave in some columns, or in every answer; `keep` says which of them stays."""

    rule: Literal["duplicate"]
    columns: list[str] = []
    keep: Literal["first", "last", "none"] = "first"


class StraightLining(Exclusion):
    """Who gave one and the same answer to all items of a block, of which `least_items` at least were answered."""

    rule: Literal["straight_lining"]
    table: str = "satisfaction"
    column: str = "score"
    items: list[str] = []
    least_items: int = Field(ge=2)


class AttentionCheck(Exclusion):
    """Who gave another answer than the question asked for; in a table of answers, to the `item`."""

    rule: Literal["attention_check"]
    column: str
    item: str | None = None
    equals: Values


class OutOfPopulation(Exclusion):
    """Rows in which every column has one of the values, or lies beyond the bounds: outside the target population."""

    rule: Literal["where"]
    where: Conditions = Field(min_length=1)


class Skip(Strict):
    """A question that is put only to those of whom every condition of `asked_where` holds.

    A question is `column` (of the respondents), `table.column`, or `table.column.item`.
    """

    question: str
    asked_where: Conditions = Field(min_length=1)
    source: str


def _named_rule(given: Any) -> str | None:
    return given.get("rule") if isinstance(given, Mapping) else getattr(given, "rule", None)


Rule = Annotated[
    Annotated[Duration, Tag("duration")]
    | Annotated[Duplicate, Tag("duplicate")]
    | Annotated[StraightLining, Tag("straight_lining")]
    | Annotated[AttentionCheck, Tag("attention_check")]
    | Annotated[OutOfPopulation, Tag("where")],
    Discriminator(
        _named_rule,
        custom_error_type="rule",
        custom_error_message="`rule` is one of duration, duplicate, straight_lining, attention_check, where",
    ),
]


def _require_once(names: list[str], of: str) -> None:
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the id '{twice[0]}' stands twice in `{of}`")


class Question(Strict):
    """Something that only a person can say; the study is not read before it is answered and taken out of study.yml."""

    id: str
    asked: Words
    choices: list[str] = []


class Settings(Strict):
    """study.yml: what was decided."""

    title: Words
    summary: Words
    languages: list[Language] = Field(min_length=1)
    data_dir: str | None = None
    tables: dict[str, TableSource] = Field(min_length=1)
    terms: dict[str, Term] = {}
    waves: list[str] = []
    wave_years: dict[str, int] = {}
    sensitivity: dict[str, Sensitivity] = {}
    registers: Literal["census", "superpopulation"] = "census"
    stay_within: str = "community_id"
    observed_until: datetime.date | None = None
    report_by: str | None = None
    structure_of: list[str] = []
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
    identifiers: dict[str, Annotated[Literal["hash"] | Kept, BeforeValidator(_as_decision)]] = {}
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
        _require_once([one.id for one in self.exclusions], "exclusions")
        files = [file for table in self.tables.values() for file in table.files]
        _require_once([file.file for file in files if file.database], "tables")
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


class Correction(Strict):
    """One correction of the source, by somebody who looked: which cells or rows, what is done with them, and why.

    `set` gives cells that say `expect`, in the rows of `where`, another text, `to`. `recode` does so for every cell of a
    column, several texts at once (`values`: what is written → what is meant). `exclude` takes out the rows of `where`. `rows`
    is how many cells, or rows of the file, are expected to be found; the run stops when it finds another number.
    """

    id: str
    kind: Literal["set", "recode", "exclude"] = "set"
    table: str
    file: str
    where: dict[str, str] = {}
    column: str | None = None
    expect: str | None = None
    to: str | None = None
    values: dict[str, str] = {}
    rows: int = Field(default=1, ge=1)
    reason: str
    source: str
    who: str | None = None
    when: datetime.date | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        needed = {
            "set": {"where", "column", "expect", "to"},
            "recode": {"column", "values"},
            "exclude": {"where"},
        }[self.kind]
        given = {"where", "column", "expect", "to", "values"} & self.model_fields_set
        if lacking := sorted(needed - given):
            raise ValueError(f"a correction of the kind `{self.kind}` needs `{lacking[0]}`")
        if idle := sorted(given - needed):
            raise ValueError(f"`{idle[0]}` does nothing in a correction of the kind `{self.kind}`")
        if self.kind == "exclude" and not self.where:
            raise ValueError("`where` names no column, so that every row would be excluded")
        if self.kind == "recode" and not self.values:
            raise ValueError("`values` maps nothing")
        return self

    @property
    def columns(self) -> list[str]:
        """The catalogue's columns that it names."""
        return [*([self.column] if self.column else []), *self.where]


class Corrections(Strict):
    """corrections.yml."""

    corrections: list[Correction]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        _require_once([one.id for one in self.corrections], "corrections")
        return self


def load(path: Path, part: type[Part]) -> Part:
    """A settings file, checked key by key.

    Raises
    ------
    StudyError
        `settings_key` for a key that can't stand there, `settings_value` for a value that does not fit.
    """
    return checked(load_yaml(path), part, path)


def checked(content: Any, part: type[Part], place: object) -> Part:
    """Content of a settings file as the part it should be; errors name the place in it."""
    try:
        return part.model_validate(content if content is not None else {})
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        at = f"{place}: {where}" if where else str(place)
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, StudyError):
            raise StudyError(cause.key, at, **cause.facts) from None
        raise StudyError("settings_value", at, problem=cause or first["msg"]) from None
