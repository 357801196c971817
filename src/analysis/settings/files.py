"""study.yml on files: which hold which table, how they are written, and which columns of them are which of the catalogue."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from analysis.errors import StudyError
from analysis.settings.parts import Strict, as_list


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
    order_by: Annotated[list[str], BeforeValidator(as_list)] = Field(min_length=1)
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
                b"    ".decode(self.encoding)
            except UnicodeDecodeError:
                pass  # one of text, in which four blanks mean nothing
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
