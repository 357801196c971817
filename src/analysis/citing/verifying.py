"""Whether the numbers of a manuscript still hold: those with a mark against its row, and what looks like ours without one.

A mark speaks of the numbers before it, back to the beginning of the sentence or to another mark. Of these the interval is the
last pair in brackets or behind "CI", and the estimate the last number before it that is not in brackets; years, numbers of
persons (n = …) and the level of an interval are passed over.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from analysis.catalogue import base
from analysis.citing import marks
from analysis.citing.cited import numbers, report_of
from analysis.citing.manuscripts import Passage
from analysis.errors import StudyError
from analysis.locations import names
from analysis.reporting.revisions.written import Row, Written, opened
from analysis.reporting.wording import rounded

PLAIN = marks.WIDE | {
    ord(sign): ord(plain)
    for sign, plain in zip("％，．（）－−–—‒﹣～〜＜＝", "%,.()------~~<=", strict=True)
}  # fmt: skip
NUMBER = re.compile(
    r"(?<![A-Za-z0-9_.,])(?P<sign>(?<![\d%])-|<\s?)?(?P<whole>\d{1,3}(?:[,\u2009\u00a0\u202f]\d{3})+(?!\d)|\d+)"
    r"(?P<fraction>\.\d+)?(?![A-Za-z_0-9]|\.\d)\s?(?P<unit>%|万|亿)?"
)
TENS = {"万": 4, "亿": 8}
LEVEL = re.compile(r"\s*%?\s*的?\s*(?:CI\b|confidence|interval|置信|可信)", re.IGNORECASE)
OUT_OF = re.compile(r"(?:\bof|满分|/)\s*$", re.IGNORECASE)
COUNTED = re.compile(r"(?:\b(?:n|SE|df)\s*[=:<]?|第)\s*$", re.IGNORECASE)
YEAR = re.compile(r"(?:19|20)\d\d")
BETWEEN = re.compile(r"\s*(?:-|~|,|;|to|至|到)\s*")
NAMED_INTERVAL = re.compile(r"(?:CI|interval|range|区间)\s*[:,=为是]?\s*[(\[]?\s*$", re.IGNORECASE)
BRACKET = re.compile(r"[(\[]\s*$")
SENTENCE = re.compile(r"[。！？!?|&\t]|\.(?=\s+[^\d\s])")
FEWER = re.compile(r"下降|减少|降低|低于|fell|fall|decreas|drop|lower|less|declin|reduc", re.IGNORECASE)
SIGNIFICANT = 3
"""Digits that a number without a mark must have to look like one of a report."""
EXCERPT = 70
"""Characters of a manuscript that are quoted."""


class Number(NamedTuple):
    """A number as a manuscript has it: `decimals` below zero are zeros that stand for a unit (万)."""

    value: Decimal
    decimals: int
    is_percent: bool
    is_below: bool
    start: int
    end: int


class Said(NamedTuple):
    """What a sentence says before a mark."""

    estimate: Number | None
    interval: tuple[Number, Number] | None
    sentence: str

    @property
    def text(self) -> str:
        """The numbers as they stand there."""
        told = [self.sentence[one.start : one.end].strip() for one in (self.estimate, *(self.interval or ())) if one]
        return f"{told[0]} ({'–'.join(told[1:])})" if len(told) == 3 else "".join(told)


@dataclass(frozen=True)
class Finding:
    """What became of one number of a manuscript.

    Attributes
    ----------
    verdict
        `holds`, `changed`, `withdrawn` (hidden or undefined now), `no_number` (nothing before the mark), `unknown` (no row has
        this mark), `no_report` (there is no report of its study), or `unmarked` (a number without a mark that looks like one
        of ours).
    mark
        As it should stand in the text.
    said, now
        The numbers in the manuscript, and in the report.
    """

    verdict: str
    mark: str
    passage: Passage
    line: int
    excerpt: str
    said: str = ""
    now: str = ""
    row: Row | None = None


def reports_of(passages: Sequence[Passage], folders: Sequence[Path], place: Path) -> list[Written]:
    """The reports in folders, or where none is named the reports of the studies that the marks name, as `cited.report_of`.

    Raises
    ------
    StudyError
        `verify_no_marks` where no report is named and no mark stands in the passages; `report_missing`, `report_damaged`.
    """
    if folders:
        return [opened(folder) for folder in folders]
    named = {mark.study for passage in passages for mark in marks.found(passage.text)}
    if not named:
        raise StudyError("verify_no_marks", place)
    return [report_of(name) for name in names() if marks.named(name) in named]


def verified(passages: Sequence[Passage], reports: Sequence[Written], language: str) -> list[Finding]:
    """The verdicts on a manuscript, in the order of its text.

    Parameters
    ----------
    reports
        In which marks are looked for, one after the other.
    language
        Of the words in which the report's numbers are told.
    """
    index = _printed(reports)
    found = []
    for passage in passages:
        text = passage.text.translate(PLAIN)
        marked: list[tuple[int, int]] = []
        own = []
        for mark, start in _segments(passage.text, text):
            marked.append((start, mark.end))
            own.append(_judged(mark, start, passage, reports, language))
        found += [*own, *_unmarked(passage, text, marked, index, language)]
    return found


def _segments(original: str, text: str) -> Iterator[tuple[marks.Mark, int]]:
    """The marks of a passage, each with where what it speaks of begins; of two beside each other both speak of the same."""
    start = end = 0
    for mark in marks.found(original):
        if not (end and re.fullmatch(r"[\s,;、]*", text[end : mark.start])):
            breaks = [found.end() for found in SENTENCE.finditer(text, end, mark.start)]
            start = breaks[-1] if breaks else end
        end = mark.end
        yield mark, start


def _judged(mark: marks.Mark, start: int, passage: Passage, reports: Sequence[Written], language: str) -> Finding:
    before = passage.text[start : mark.start]
    said = read(marks.MARK.sub("", before.translate(PLAIN)))
    line = passage.number + passage.text[: mark.start].count("\n") * (passage.kind == "line")
    told = f"[{mark.study}::{mark.code}]"

    def finding(verdict: str, now: str = "", row: Row | None = None) -> Finding:
        return Finding(verdict, told, passage, line, _short(before), said.text, now, row)

    own = [report for report in reports if marks.named(report.study) == mark.study]
    if not own:
        return finding("no_report")
    for report in own:
        rows = [words for code, words in report.by_code.items() if code.startswith(mark.code)]
        if not rows:
            continue
        if said.estimate is None:
            return finding("no_number")
        # Two rows may begin alike: the number tells which is meant.
        verdicts = []
        for words in rows:
            row = words.get(language) or next(iter(words.values()))
            spoken = language if language in words else next(iter(words))
            if "estimate" not in row.values:
                verdicts.append(finding("withdrawn", row.reason, row))
                continue
            verdict = "holds" if holds(said, row) else "changed"
            verdicts.append(finding(verdict, numbers(report, row, spoken), row))
        return next((one for one in verdicts if one.verdict == "holds"), verdicts[0])
    return finding("unknown")


def read(sentence: str) -> Said:
    """Estimate and interval of what stands before a mark, in plain signs."""
    found = [*_numbers(sentence)]
    told = [one for one in found if not _is_aside(sentence, one)]
    outside = [one for one in told if _depth(sentence[: one.start]) <= 0]
    interval = None
    for low, high in pairwise(found):
        if BETWEEN.fullmatch(sentence[low.end : high.start]) and _is_interval(sentence, low, high, outside):
            interval = (low._replace(is_percent=low.is_percent or high.is_percent), high)
    if interval:
        first, last = interval[0].start, interval[1].end
        told, outside = (
            [one for one in kind if one.end <= first] or [one for one in kind if one.start >= last]
            for kind in (told, outside)
        )
    return Said(next(reversed(outside or told), None), interval, sentence)


def _is_interval(sentence: str, low: Number, high: Number, outside: Sequence[Number]) -> bool:
    """Whether two numbers are bounds: behind "CI", or in brackets right behind the last number outside of brackets."""
    before = sentence[: low.start]
    if NAMED_INTERVAL.search(before):
        return True
    is_last = any(one.end <= low.start for one in outside) and not any(one.start >= high.end for one in outside)
    return is_last and bool(BRACKET.search(before))


def holds(said: Said, row: Row) -> bool:
    """Whether the numbers of a sentence are those of a row, as printed or at their own rounding."""
    if said.estimate is None:
        return False
    fewer = bool(FEWER.search(said.sentence))
    if not _is(said.estimate, row.values["estimate"], row.unit, fewer):
        return False
    if said.interval is None:
        return True
    bounds = (row.values.get("low", math.nan), row.values.get("high", math.nan))
    return all(
        math.isfinite(bound) and _is(number, bound, row.unit, False)
        for number, bound in zip(said.interval, bounds, strict=True)
    )


def _is(number: Number, value: float, unit: str, fewer: bool) -> bool:
    """Whether a number of a manuscript is a value, as it is printed or rounded to the number's own decimals.

    A rounding that leaves no digit of the value is none: 0 or 1 is not 0.68.
    """
    entry = base().unit(unit)
    values = [value, -value] if fewer and number.value > 0 > value else [value]
    factors = {100} if number.is_percent else {entry["factor"], 1}
    if number.is_below:
        return any(abs(value) * factor < number.value for factor in factors)
    for one in values:
        if number.value == rounded(one, entry["decimals"], entry["factor"]) and entry["factor"] in factors:
            return True
        for factor in factors:
            leaves_a_digit = abs(one) * factor >= Decimal(1).scaleb(-number.decimals) or one == 0
            if leaves_a_digit and rounded(one, number.decimals, factor) == number.value:
                return True
    return False


def _numbers(text: str) -> Iterator[Number]:
    for match in NUMBER.finditer(text):
        tens = TENS.get(match["unit"] or "", 0)
        fraction = match["fraction"] or ""
        value = Decimal(re.sub(r"[^\d]", "", match["whole"]) + fraction).scaleb(tens)
        sign = (match["sign"] or "").strip()
        yield Number(
            -value if sign == "-" else value,
            max(len(fraction) - 1, 0) - tens,
            match["unit"] == "%",
            sign == "<",
            match.start(),
            match.end(),
        )


def _is_aside(text: str, number: Number) -> bool:
    """Whether a number is a year, the end of a scale, a number of persons, an error, an ordinal or an interval's level."""
    before, after = text[: number.start], text[number.end :]
    digits = text[number.start : number.end].strip()
    is_year = bool(YEAR.fullmatch(digits)) and (
        after.startswith("年") or bool(re.search(r"\b(?:in|of|since)\s$", before))
    )
    is_scale = number.value == 100 and bool(OUT_OF.search(before))
    is_level = bool(LEVEL.match(after)) and number.value < 100
    return is_year or is_scale or is_level or bool(COUNTED.search(before))


def _depth(text: str) -> int:
    """How many brackets are open at the end of a text."""
    return sum(text.count(sign) for sign in "([") - sum(text.count(sign) for sign in ")]")


def _printed(reports: Iterable[Written]) -> dict[tuple[Decimal, bool], list[tuple[Written, dict[str, Row]]]]:
    """The rows of reports by their estimate as it is printed, of enough digits."""
    found: dict[tuple[Decimal, bool], list[tuple[Written, dict[str, Row]]]] = {}
    for report in reports:
        for words in report.by_code.values():
            row = next(iter(words.values()))
            if "estimate" in row.values and row.unit:
                entry = base().unit(row.unit)
                value = rounded(row.values["estimate"], entry["decimals"], entry["factor"])
                if len(value.as_tuple().digits) >= SIGNIFICANT:
                    found.setdefault((value, entry["suffix"] == "%"), []).append((report, words))
    return found


def _unmarked(
    passage: Passage,
    text: str,
    marked: Sequence[tuple[int, int]],
    index: dict[tuple[Decimal, bool], list[tuple[Written, dict[str, Row]]]],
    language: str,
) -> Iterator[Finding]:
    """Numbers without a mark that are printed so in a report, in a sentence that names their measure."""
    ends = [0, *(found.end() for found in SENTENCE.finditer(text)), len(text)]
    for start, end in pairwise(ends):
        sentence = text[start:end].casefold()
        for number in _numbers(text[start:end]):
            place = start + number.start
            if any(first <= place < last for first, last in marked):
                continue
            for report, words in index.get((number.value, number.is_percent), []):
                if any(_name(row) in sentence for row in words.values()):
                    row = words.get(language) or next(iter(words.values()))
                    line = passage.number + passage.text[:place].count("\n") * (passage.kind == "line")
                    mark = marks.printed(report.study, row.code)
                    said = text[place : start + number.end].strip()
                    yield Finding(
                        "unmarked", mark, passage, line, _short(passage.text[start : start + number.end]), said, "", row
                    )
                    break


def _name(row: Row) -> str:
    """What a measure is called, without what stands in brackets behind it."""
    return re.split(r"\s*[(（]", row.measure.translate(PLAIN))[0].casefold()


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= EXCERPT else "…" + plain[-EXCERPT:]
