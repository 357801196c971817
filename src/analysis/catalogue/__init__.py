"""The catalogue: every table, column, level, measure, unit and word once, in Chinese and English.

The files beside this one hold the entries; nothing else in the project holds a word that a reader sees. An unknown key
and a language that an entry lacks are errors.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from analysis.errors import StudyError, nearest

LANGUAGES = ("zh", "en")
UNKNOWN = "unknown"
"""The level of a row whose grouping value is missing: a missing group is a row, never dropped."""

Entry = Mapping[Any, Any]


@cache
def entries(file: str) -> dict[str, Any]:
    """One file of the catalogue, as it stands."""
    text = files("analysis.catalogue").joinpath(f"{file}.yml").read_text(encoding="utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return loaded


def command_text(key: str, language: str) -> str:
    """A word of the command line's own help; apart from the rest, so that `--help` stays fast."""
    text: str = entries("commands")[key][language]
    return text


@dataclass(frozen=True)
class Catalogue:
    """What the project calls things, with what a study adds.

    Attributes
    ----------
    levels
        Level set → level → entry (`zh`, `en`, and what the level means: `isced`, `years`, `from`, `below`).
    headings
        Column → {language: label}, where a study calls a column by another name than the catalogue.
    is_non_probability
        Whether respondents are no sample of chance: the project's own words then speak of respondents where they would
        speak of residents. Entries with `of_population` do not.
    """

    levels: Mapping[str, Mapping[str, Entry]]
    headings: Mapping[str, Entry] = field(default_factory=dict)
    is_non_probability: bool = False

    def table(self, name: str) -> Entry:
        """The entry of a table: its words, what a row is, key, required and optional columns, sensitivity."""
        return _get(entries("tables")["tables"], name, "tables.yml: tables")

    def tables(self) -> list[str]:
        """The names of all tables."""
        return list(entries("tables")["tables"])

    def columns_of(self, table: str) -> list[str]:
        """The columns that a table may have, required ones first."""
        entry = self.table(table)
        return [*entry["required"], *entry["optional"]]

    def column(self, name: str) -> Entry:
        """The entry of a column: type, levels, unit, words."""
        return _get(entries("tables")["columns"], name, "tables.yml: columns")

    def level_set(self, name: str) -> Mapping[str, Entry]:
        """The levels of a level set, in order."""
        return _get(self.levels, name, "levels.yml")

    def levels_of(self, column: str) -> Mapping[str, Entry]:
        """The levels of a column, in order; empty for a column without levels."""
        name = self.column(column).get("levels")
        return self.level_set(name) if name else {}

    def measure(self, name: str) -> Entry:
        """The entry of a measure, or of what the inference kernel estimates: unit, words, definition and its source."""
        return self._spoken(_get(_measures(), name, "measures.yml: measures"))

    def unit(self, name: str) -> Entry:
        """The entry of a unit: words, decimals, and the factor by which its label multiplies."""
        return _get(entries("measures")["units"], name, "measures.yml: units")

    def heading(self, column: str, language: str) -> str:
        """What a column is called."""
        if column in self.headings:
            return _word(self.headings[column], language, f"study.yml: headings.{column}")
        return _word(self._spoken(self.column(column)), language, f"column {column}")

    def label(self, column: str, value: object, language: str) -> str:
        """What a value of a column is called: its level's word, or the value itself where the column has no levels."""
        if value == UNKNOWN:
            return self.text(UNKNOWN, language)
        kind = self.column(column)["type"]
        if kind == "question":
            return self._question(str(value), language)
        if kind == "table":
            return self._table_word(str(value), language)
        if kind == "rule":
            return self.text(f"rule_{value}", language)
        if kind == "flow":
            return self._step(str(value), language)
        if kind == "contrast" and "=" not in str(value):  # named by who made it
            return str(value)
        if kind in ("predictor", "contrast"):
            return self._composed(kind, str(value), language)
        levels = self.levels_of(column)
        if kind == "id" and str(value) not in levels:
            return str(value)
        reasons = self.level_set("missing_reason")
        if levels and str(value) not in levels and str(value) in reasons:  # a group of those who gave no answer
            return _word(reasons[str(value)], language, f"level missing_reason.{value}")
        if levels:
            return _word(_get(levels, str(value), f"levels of {column}"), language, f"level {column}.{value}")
        if kind == "boolean":
            return self.text("yes" if value in (True, "True", "true") else "no", language)
        said = self.column(column).get("said")
        return _word(said, language, f"column {column}").format(value=value) if said else str(value)

    def _step(self, value: str, language: str) -> str:
        """The words of a step from received to analysed, such as `set_aside`, or of a part of it, `set_aside=<rule>`."""
        step, _, why = value.partition("=")
        if not why:
            return self.text(f"flow_{step}", language)
        return self.text(
            "flow_part", language, why=self.label("rule" if step == "set_aside" else "exclusion", why, language)
        )

    def _composed(self, kind: str, value: str, language: str) -> str:
        """The words of `column`, `column=level`, a contrast `column=level|level compared with`, or a product `a:b`."""
        product = value.split(":")
        if len(product) > 1 and all(part.partition("=")[0] in entries("tables")["columns"] for part in product):
            return " × ".join(self._composed(kind, part, language) for part in product)
        column, _, levels = value.partition("=")
        if not levels:
            return self.heading(column, language)
        named = [self.label(column, level, language) for level in levels.split("|")]
        if kind == "contrast":
            return " − ".join(named)
        return self.text("predictor_level", language, column=self.heading(column, language), level=named[0])

    def _question(self, value: str, language: str) -> str:
        """The words of `column`, of `table.column` (or `table.` of whole rows), or of `column|item column=item`."""
        table, _, name = value.rpartition(".")
        name, _, of = name.partition("|")
        named = self.heading(name, language) if name else ""
        if of:
            item_column, _, level = of.partition("=")
            item = self.label(item_column, level, language)
            return self.text("question_of_item", language, column=named, item=item)
        if table:
            words = self._table_word(table, language)
            return self.text("question_of_table", language, table=words, column=named) if name else words
        return named

    def _table_word(self, name: str, language: str) -> str:
        return _word(self._spoken(self.table(name)["words"]), language, f"table {name}")

    def text(self, key: str, language: str, **facts: object) -> str:
        """A word or a sentence of words.yml, its placeholders filled."""
        entry = self._spoken(_get(entries("words"), key, "words.yml"))
        return _word(entry, language, f"word {key}").format(**facts)

    def _spoken(self, entry: Entry) -> Entry:
        """An entry as it is said of this study's respondents."""
        return of_respondents(entry) if self.is_non_probability else entry


@cache
def base() -> Catalogue:
    """The project's own catalogue, without any study's additions."""
    return Catalogue(levels=entries("levels"))


def of_respondents(entry: Entry) -> Entry:
    """An entry whose words speak of respondents where they spoke of residents, unless it is about a population."""
    if entry.get("of_population"):
        return entry
    residents, respondents = (entries("words")[key] for key in ("word_residents", "word_respondents"))
    words = {language: str(entry[language]) for language in LANGUAGES if language in entry}
    for case in (str.lower, str.capitalize):
        words = {
            language: text.replace(case(residents[language]), case(respondents[language]))
            for language, text in words.items()
        }
    return {**entry, **words}


def extended(
    levels: Mapping[str, Mapping[str, Entry]], headings: Mapping[str, Entry], is_non_probability: bool = False
) -> Catalogue:
    """The catalogue with a study's own levels (after the project's, in the study's order) and headings.

    Raises
    ------
    StudyError
        `unknown_key` for a heading of a column that no table has.
    """
    spoken = of_respondents if is_non_probability else dict
    merged = {name: {level: spoken(entry) for level, entry in known.items()} for name, known in base().levels.items()}
    for name, added in levels.items():
        merged.setdefault(name, {}).update(added)
    for column in headings:
        base().column(column)
    return Catalogue(levels=merged, headings=headings, is_non_probability=is_non_probability)


@cache
def _measures() -> Mapping[str, Entry]:
    """The measures of the chapters, and the estimators."""
    known = entries("measures")
    return known["estimators"] | known["measures"]


def _get(known: Mapping[str, Any], key: str, kind: str) -> Any:
    if key not in known:
        raise StudyError("unknown_key", key=key, kind=kind, nearest=nearest(key, known))
    return known[key]


def _word(entry: Entry, language: str, what: str) -> str:
    words = entry.get("words", entry)
    if language not in words:
        raise StudyError("language_missing", what=what, language=language)
    return str(words[language])
