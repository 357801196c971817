"""Measure tables in words: labels, numbers and notes in the reader's language.

Numbers are rounded half away from zero, as a person and a spreadsheet do: 62.5 % without decimals is 63 %, not 62 %.
"""

import math
import re
import textwrap
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from typing import Any

import pandas as pd

from analysis.catalogue import UNKNOWN, Catalogue, entries
from analysis.measure import ARROW, TIMES
from analysis.reporting.figures.fonts import drawable

MISSING = "–"
LINE = 34
"""Characters of a line of a figure's label."""


def rounded(value: float, decimals: int, factor: int = 1) -> Decimal:
    """A number times a factor, rounded half away from zero, from the number's shortest decimal form; never −0."""
    shown = (Decimal(repr(float(value))) * factor).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return abs(shown) if shown.is_zero() else shown


def verbatim(name: str) -> str:
    """A name from the data as Markdown that shows just that name, on one line: what looks like markup in it is text."""
    return re.sub(r"([\\`*_\[\]<>#$~|!&])", r"\\\1", " ".join(name.split()))


def width(text: str) -> int:
    """How wide a text is, in Latin letters; a Chinese character is two."""
    return len(text) if text.isascii() else len(text) + sum(map(_is_wide, text))


@cache
def _is_wide(letter: str) -> bool:
    return unicodedata.east_asian_width(letter) in "WF"


def in_lines(label: str) -> str:
    """A long label on several lines."""
    return "\n".join(textwrap.wrap(label, LINE)) if label.isascii() or " " in label else label


@dataclass(frozen=True)
class Wording:
    """The catalogue in one language."""

    catalogue: Catalogue
    language: str

    def text(self, key: str, **facts: object) -> str:
        """A word or sentence of words.yml."""
        return self.catalogue.text(key, self.language, **facts)

    def heading(self, column: str) -> str:
        """What a column is called."""
        return self.catalogue.heading(column, self.language)

    def measure(self, name: str) -> str:
        """What a measure is called."""
        return str(self.catalogue.measure(name)[self.language])

    def unit(self, name: str) -> str:
        """What a unit is called."""
        return str(self.catalogue.unit(name)[self.language])

    def counted(self, table: pd.DataFrame) -> str:
        """What the rows of a measure table count: the key of a unit, `persons` where any of them counts persons."""
        own = {self.catalogue.measure(name).get("counted") for name in table["measure"].unique()}
        if len(own) == 1 and (said := own.pop()):
            return str(said)
        kinds = [self.counted_in(name) for name in table["table"].unique()]
        return kinds[0] if kinds and "persons" not in kinds else "persons"

    def counted_in(self, name: str) -> str:
        """What the rows of a table of the study count, `persons` where the catalogue says nothing else."""
        is_known = name in self.catalogue.tables()
        return str(self.catalogue.table(name).get("counted", "persons")) if is_known else "persons"

    def place(self, column: str) -> str:
        """What a unit of this column is called: a community is named by its id, and is no id; a study may call it otherwise."""
        is_plain = column == "community_id" and column not in self.catalogue.headings
        name = self.text("community") if is_plain else self.heading(column)
        return name if self.language == "zh" else name[:1].lower() + name[1:]

    def label(self, column: str, value: object) -> str:
        """What a value of a dimension is called; a character of the data that no font has becomes 〓."""
        if column == "measure":
            return self.measure(str(value))
        return drawable(self.catalogue.label(column, value, self.language))[0]

    def labels(self, column: str, values: Iterable[object]) -> list[str]:
        """What several values are called."""
        return [self.label(column, value) for value in values]

    def window(self, told: str) -> str:
        """What the time of an estimate is called; of two times, both."""
        return ARROW.join(self._time(part) for part in told.split(ARROW))

    def _time(self, name: str) -> str:
        column = next((time for time in TIMES if name in self.catalogue.levels_of(time)), None)
        return self.label(column, name) if column else name

    def ordered(self, column: str, values: Iterable[object]) -> list[str]:
        """The distinct values of a dimension: catalogue's order, others as they come, unknown last."""
        distinct = list(dict.fromkeys(str(value) for value in values))
        levels = list(entries("measures")["measures"] if column == "measure" else self.catalogue.levels_of(column))
        place = {level: i for i, level in enumerate(levels)}
        return sorted(distinct, key=lambda value: (value == UNKNOWN, place.get(value, len(levels))))

    def number(self, value: float, unit: str) -> str:
        """A value as it is printed: proportions in per cent, with the unit's decimals."""
        if not math.isfinite(value):
            return MISSING
        entry = self.catalogue.unit(unit)
        if abs(value) < entry.get("least", 0):
            return f"<{entry['least']}"
        shown = rounded(value, entry["decimals"], entry["factor"])
        return f"{shown:,}".replace("-", "−") + entry["suffix"]

    def count(self, value: float) -> str:
        """A number of persons."""
        return f"{rounded(value, 0):,}" if math.isfinite(value) else MISSING

    def cell(self, row: Mapping[str, Any] | pd.Series) -> str:
        """An estimate with its interval where it has one; a dash where it is undefined, and a word where it is hidden."""
        if row["reason"]:
            return self.text("hidden") if row["reason"] == "hidden" else MISSING
        value = self.number(row["estimate"], row["unit"])
        if not (math.isfinite(row["low"]) and math.isfinite(row["high"])):
            return value
        low, high = (self.number(row[bound], row["unit"]) for bound in ("low", "high"))
        return f"{value} ({low}{', ' if low.startswith('−') else '–'}{high})"  # a dash beside a minus is misread

    def notes(self, table: pd.DataFrame) -> list[str]:
        """What the reader of a table must know: who is not in the base, why cells are empty, what the interval is."""
        notes = self.sampling(table)
        if left_out := _left_out(table):
            between = "；" if self.language == "zh" else "; "
            said = between.join(self._left_out(column, reasons) for column, reasons in left_out.items())
            notes.append(self.text("note_excluded", list=said, unit=self.unit(self.counted(table))))
        reasons = [reason for reason in table["reason"].unique() if reason]
        notes += [self.text("note_hidden" if reason == "hidden" else f"reason_{reason}") for reason in sorted(reasons)]
        kinds = table.loc[table["reason"] == "", ["interval", "coverage"]].drop_duplicates()
        for kind, coverage in kinds.sort_values(["interval", "coverage"]).itertuples(index=False):
            level = "" if math.isnan(coverage) else f"{100 * coverage:.4g}"
            notes.append(self.text(f"interval_{kind}", level=level))
        return notes

    def sampling(self, table: pd.DataFrame) -> list[str]:
        """That a sample was none of chance, where a measure table has intervals."""
        has_intervals = bool(table["low"].notna().any())
        return [self.text("note_non_probability")] if has_intervals and self.catalogue.is_non_probability else []

    def _left_out(self, column: str, reasons: Mapping[str, tuple[str, str]]) -> str:
        known = self.catalogue.level_set("missing_reason")
        said = []
        for reason, span in reasons.items():
            counts = [count if count.startswith("<") else f"{int(count):,}" for count in dict.fromkeys(span)]
            name = known[reason][self.language].lower()
            said.append(self.text("note_reason", reason=name, rows="–".join(counts)))
        between = "、" if self.language == "zh" else ", "
        return self.text("note_left_out", column=self.label("predictor", column), reasons=between.join(said))


def _left_out(table: pd.DataFrame) -> dict[str, dict[str, tuple[str, str]]]:
    """For each column and reason, the least and the most rows that a group leaves out."""
    found: dict[str, dict[str, list[str]]] = {}
    for text in table["excluded"].unique():
        for part in filter(None, text.split("; ")):
            column, reason, rows = part.rsplit(" ", 2)
            found.setdefault(column, {}).setdefault(reason, []).append(rows)
    return {column: {reason: _span(rows) for reason, rows in reasons.items()} for column, reasons in found.items()}


def _span(counts: list[str]) -> tuple[str, str]:
    ordered = sorted(counts, key=lambda count: int(count.lstrip("<")))
    return ordered[0], ordered[-1]
