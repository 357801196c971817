"""Cells to values: what is written in a file becomes what the catalogue's column means.

Three things can come of a cell: a value, a missing value with its reason, or a fault. Nothing is guessed: a level is
accepted as its key, as its Chinese or English word, or as the study maps it, and as nothing else.
"""

import datetime
import math
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.catalogue import LANGUAGES, Catalogue, Entry
from analysis.settings import ColumnSource

Number = TypeVar("Number", int, float)

MISSING = "_missing"
"""Suffix of the companion column that holds the reason why a value is missing."""

ROC_EPOCH = 1911
"""Year 1 of the calendar of the Republic of China is 1912."""

BOOLEANS = {
    "true": True, "yes": True, "y": True, "1": True, "是": True,
    "false": False, "no": False, "n": False, "0": False, "否": False,
}  # fmt: skip
GROUPED = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?")
"""Commas are accepted between groups of three digits only: 1,5 is no fifteen."""
SERIAL = re.compile(r"(\d{1,7})(?:\.0+)?")
FIRST_DAYS = {"excel": datetime.datetime(1899, 12, 30), "excel_1904": datetime.datetime(1904, 1, 1)}
"""Day 0 of a spreadsheet's dates. Excel takes 1900 for a leap year: before day 61 its days are one off."""
LEAP_DAY = 60
LARGEST = 2**53
"""Beyond it not every whole number can be told from its neighbour."""
DTYPES = {"count": "Int64", "year": "Int64", "number": "Float64", "boolean": "boolean", "date": "datetime64[s]"}
"""Types that are not text; every other column is text."""


class Converted(NamedTuple):
    """A column's values, the reasons of its missing ones, and the rules that cells break (missing where all is well)."""

    values: pd.Series
    reasons: pd.Series
    rules: pd.Series


class _Missing(NamedTuple):
    reason: str


class _Broken(Exception):
    """A cell breaks the rule that the exception names."""


def convert(written: pd.Series, column: str, source: ColumnSource, catalogue: Catalogue) -> Converted:
    """One column of text as the catalogue's type; each distinct text is interpreted once."""
    entry = catalogue.column(column)
    interpret = _interpreter(entry["type"], column, source, catalogue)
    has_levels = "levels" in entry and entry["type"] not in ("text", "id")
    codes, texts = pd.factorize(written)
    values = _plain(texts, entry, source)
    others = np.flatnonzero(values.isna())
    outcomes = [_outcome(text, source, has_levels, interpret) for text in texts[others]]

    def spread(told: pd.Series, parts: list[object]) -> pd.Series:
        told.iloc[others] = pd.Series(parts, dtype=told.dtype).array
        return pd.Series(told.array.take(codes), index=written.index, name=column)

    def spread_if_any(parts: list[object]) -> pd.Series:
        if any(parts):
            return spread(pd.Series(None, index=values.index, dtype="str"), parts)
        return pd.Series(pa.nulls(len(written), pa.large_string()), index=written.index, name=column, dtype="str")

    return Converted(
        spread(values, [None if isinstance(one, _Missing | _Broken) else one for one in outcomes]),
        spread_if_any([one.reason if isinstance(one, _Missing) else None for one in outcomes]),
        spread_if_any([str(one) if isinstance(one, _Broken) else None for one in outcomes]),
    )


def _plain(texts: pd.Index, entry: Entry, source: ColumnSource) -> pd.Series:
    """The values of texts that can mean one thing only: an id as it stands, a number in digits; missing for the others.

    Nothing here differs from what `_outcome` makes of them one by one; a million different ids are only faster so.
    """
    kind = entry["type"]
    digits = r"[0-9]{1,15}" if kind in ("count", "year") else r"[0-9]{1,15}(\.[0-9]+)?"
    nothing = pd.Series(None, index=range(len(texts)), dtype=DTYPES.get(kind, "str"))
    if source.pattern or source.values or source.format or kind not in ("id", "text", "count", "year", "number"):
        return nothing
    trimmed = pd.Series(texts, dtype="str").str.strip()
    undeclared = ~trimmed.isin([*source.missing, ""])
    if kind in ("id", "text"):
        return trimmed.where(undeclared)
    plain = trimmed[undeclared & trimmed.str.fullmatch(digits)]
    nothing.loc[plain.index] = plain.to_numpy(dtype=float)
    return nothing


def _outcome(text: str, source: ColumnSource, has_levels: bool, interpret: Callable[[str], object]) -> object:
    text = text.strip()
    if text in source.missing:
        return _Missing(source.missing[text])
    if source.pattern:
        found = re.search(source.pattern, text)
        if not found:
            return _Broken("pattern")
        text = found.group(1)
    if text not in source.values and not text:
        return _Missing("not_recorded")
    if source.values and not has_levels and text not in source.values and "*" not in source.values:
        return _Broken("unmapped")
    text = source.values.get(text, source.values.get("*", text))
    try:
        return interpret(text)
    except _Broken as broken:
        return broken.with_traceback(None)  # which would keep the whole table alive


def _interpreter(kind: str, column: str, source: ColumnSource, catalogue: Catalogue) -> Callable[[str], object]:
    if kind == "level":
        known = _known_levels(column, catalogue)
        return lambda text: _level(text, known)
    if kind == "level_set":
        known = _known_levels(column, catalogue)
        return lambda text: ";".join(_level(source.values.get(part, part), known) for part in _parts(text, source))
    if kind == "term":
        known = _known_levels(column, catalogue)
        return lambda text: known.get(text, text)
    if kind == "date":
        return lambda text: _date(text, source.format)
    if kind == "year":
        return lambda text: _whole(text) + (ROC_EPOCH if source.format == "roc" else 0)
    if kind == "number" and catalogue.column(column).get("not_negative"):
        return lambda text: _not_negative(_number(text))
    return {"count": _count, "number": _number, "boolean": _boolean}.get(kind, str)


def _known_levels(column: str, catalogue: Catalogue) -> Mapping[str, str]:
    known = {}
    for level, entry in catalogue.levels_of(column).items():
        words = entry.get("words", entry)
        known.update({level: level} | {words[language]: level for language in LANGUAGES if language in words})
    return known


def _parts(text: str, source: ColumnSource) -> list[str]:
    return [part.strip() for part in text.split(source.separator) if part.strip()]


def _level(text: str, known: Mapping[str, str]) -> str:
    if text not in known:
        raise _Broken("level")
    return known[text]


def _boolean(text: str) -> bool:
    if text.lower() not in BOOLEANS:
        raise _Broken("boolean")
    return BOOLEANS[text.lower()]


def _number(text: str) -> float:
    try:
        number = float(text.replace(",", "") if GROUPED.fullmatch(text) else text)
    except ValueError:
        raise _Broken("number") from None
    if not math.isfinite(number):
        raise _Broken("number")
    return number


def _whole(text: str) -> int:
    number = _number(text)
    if number != int(number):
        raise _Broken("whole_number")
    if abs(number) > LARGEST:
        raise _Broken("number")
    return int(number)


def _count(text: str) -> int:
    return _not_negative(_whole(text))


def _not_negative(number: Number) -> Number:
    if number < 0:
        raise _Broken("negative")
    return number


def _date(text: str, written: str | None) -> datetime.datetime:
    """A date as `2014-11-29` (also with / or .), `20141129` (compact), ROC `1031129` (roc), or a spreadsheet's `41972`."""
    if written in FIRST_DAYS and (days := SERIAL.fullmatch(text)):
        return _counted(int(days[1]), written)
    pattern = {"compact": r"(\d{4})(\d\d)(\d\d)", "roc": r"(\d{2,3})(\d\d)(\d\d)"}.get(
        written or "iso", r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[ T]00:00(?::00)?)?"
    )
    found = re.fullmatch(pattern, text)
    if not found:
        raise _Broken("date")
    year, month, day = (int(part) for part in found.groups())
    try:
        return datetime.datetime(year + (ROC_EPOCH if written == "roc" else 0), month, day)
    except ValueError:
        raise _Broken("date") from None


def _counted(days: int, system: str) -> datetime.datetime:
    """The date of a spreadsheet's day: 41972 is 2014-11-29 where days count from 1900, and 40510 where from 1904."""
    if system == "excel":
        if days in (0, LEAP_DAY):
            raise _Broken("date")
        days += days < LEAP_DAY
    try:
        return FIRST_DAYS[system] + datetime.timedelta(days)
    except OverflowError:
        raise _Broken("date") from None
