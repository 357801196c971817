"""A study as it is proposed, before it is written: what study.yml and origin.yml will say, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from analysis.proposal.profile import Column, Reason
from analysis.proposal.questions import Question

Words = dict[str, str]


class Use(NamedTuple):
    """What a column of a file is used for: a catalogue column, how sure that is, and why; nothing where it is left out."""

    target: str
    confidence: float
    reason: Reason


@dataclass
class Cell:
    """Where a catalogue column's values stand in a file: the keys of `ColumnSource`, and why."""

    column: str
    values: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    format: str = ""
    separator: str = ""
    use: Use | None = None


@dataclass
class Items:
    """Items of a wide file: the catalogue column that names them, and each item's columns."""

    column: str
    levels: dict[str, dict[str, Cell]] = field(default_factory=dict)


@dataclass
class Source:
    """One file of a table."""

    file: str
    sheet: str = ""
    set: dict[str, str] = field(default_factory=dict)
    columns: dict[str, Cell] = field(default_factory=dict)
    items: Items | None = None
    left_out: list[tuple[Column, Use | None]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """The file, and the sheet of a workbook with several."""
        return f"{self.file}/{self.sheet}" if self.sheet else self.file

    def cells(self) -> list[tuple[str, Cell]]:
        """Every catalogue column that is read from the file, those of items too."""
        of_items = self.items.levels.values() if self.items else ()
        return [*self.columns.items(), *(cell for item in of_items for cell in item.items())]


@dataclass
class Draft:
    """A proposed study.

    Attributes
    ----------
    name
        Of its folder.
    language
        The language of the files: that of the words that a study adds.
    tables
        Table → the files that it comes from.
    levels
        Level set → level → how it is called.
    design
        Key of `design` → catalogue column, or `none`; empty where there are no respondents.
    profiles
        The columns of each file.
    checksums
        File → SHA-256.
    questions
        What is still open.
    """

    name: str
    language: str
    tables: dict[str, list[Source]] = field(default_factory=dict)
    is_derived_roster: bool = False
    terms: dict[str, tuple[str, str]] = field(default_factory=dict)
    waves: list[str] = field(default_factory=list)
    wave_years: dict[str, str] = field(default_factory=dict)
    levels: dict[str, dict[str, str]] = field(default_factory=dict)
    design: dict[str, str] = field(default_factory=dict)
    linkage: list[list[str]] = field(default_factory=list)
    origin: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, list[Column]] = field(default_factory=dict)
    checksums: Mapping[str, str] = field(default_factory=dict)
    questions: list[Question] = field(default_factory=list)

    def columns_in(self, source: Source) -> dict[str, Column]:
        """The columns of the file that a source is, by name."""
        return {column.name: column for column in self.profiles[source.place]}

    def sources(self) -> list[Source]:
        """The files of all tables."""
        return [source for sources in self.tables.values() for source in sources]

    def columns_of(self, table: str) -> set[str]:
        """The catalogue columns that a table will have."""
        found = set()
        for source in self.tables.get(table, []):
            found |= {*source.set, *source.columns}
            if source.items:
                found |= {source.items.column, *(name for cells in source.items.levels.values() for name in cells)}
        return found
