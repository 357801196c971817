"""What the columns of a file are, each with the reason and how sure it is.

A kind is told from the column's answers, then from its name and question, then from the columns of its block. The rules stand
in the order in which they are tried; docs/init.md says how often they are right.
"""

import math
import re
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal, NamedTuple

from analysis.catalogue import base, entries
from analysis.proposal import missing
from analysis.proposal.blocks import blocks, is_numbered
from analysis.proposal.grades import grades
from analysis.proposal.vocabulary import boolean_names, column_names, compact, said
from analysis.reading import reshape
from analysis.reading.formats.raw import Raw
from analysis.reading.persons import identifiers

Kind = Literal[
    "empty", "constant", "id", "person", "weight", "date", "time", "year", "duration", "option", "several", "binary",
    "scale", "category", "count", "number", "text",
]  # fmt: skip

SEVERAL = ("┋", ";", "；", "|", "、")
"""What stands between the chosen answers of one cell."""
MOST_LEVELS = 60
"""More different answers than these are no categories, unless they are numbered without a gap."""
TIMES_EACH = 3
"""How often an answer of a category is given on average, at least."""
NEARLY_ALL = 0.97
"""The share of answers that must fit a kind: the others are slips, and are found when the study is checked."""
SLIPS = 0.01
"""The share of numbers that may be slips of the pen."""
INNER_PILE = 0.75
"""People crowd at the ends of a scale; from this share in one grade between the ends on, the codes are no grades."""
RARE = 0.1
"""Below this share, the last of three codes is taken for that of no answer."""
GROWN = 20
"""Ages of persons asked go beyond it; the codes of age bands do not."""
FALLS = 2 / 3
"""Numbers of things fall off: each is at most this part of the one before, and the first at least half of all."""
GRADES = range(4, 8)
"""How many grades a scale mostly has, besides marks out of ten."""
MARKS = 10
RANGE_IN_NAME = re.compile(r"(?<!\d)[01]\s*(?:a|to|al|至|到|-|–|—|~)\s*(?:5|7|10|100)(?!\d)")
TIME = re.compile(r"\d{1,2}:\d{2}(:\d{2})?")
DATE = re.compile(r"\d{4}([-/.年])\d{1,2}[-/.月]\d{1,2}日?")
DIGITS = (
    re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"),
    re.compile(r"(?:0\d\d|1[01]\d)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])$"),
)
"""Dates without separators: years of eight digits, and of seven in the calendar of the Republic of China."""
SPAN = re.compile(r"\d+(\.\d+)?\s*(秒|s|sec|seconds?)", re.IGNORECASE)
FEW_ROWS = 20
LONG_CODES = range(6, 21)
"""How many digits ids have that are no running numbers, all of the same length."""
ID_NAMES = ("person_id", "respondent_id", "item_id", "organisation_id")


class Reason(NamedTuple):
    """Why something is guessed: a sentence of proposal.yml and what it names."""

    key: str
    facts: Mapping[str, object] = {}


class Guess(NamedTuple):
    """What a column is taken for; `confidence` runs from 0 to 1."""

    kind: Kind
    confidence: float
    reason: Reason


NOT_LOOKED_AT = Guess("text", 0.0, Reason("kind_text"))


@dataclass(frozen=True)
class Column:
    """A column of a file as it is looked at, and what it is taken for.

    Attributes
    ----------
    answers
        How often each text stands there, blanks left out, the most frequent first.
    blank
        How many cells are empty.
    missing
        Text of an answer that is none → its reason.
    block
        The columns that belong together with this one, in their order; the column alone where none does.
    places
        Where its answers are grades in words: each answer's place on the scale.
    """

    file: str
    name: str
    question: str
    answers: Mapping[str, int]
    blank: int
    labels: Mapping[str, str] = field(default_factory=dict)
    declared: Mapping[str, str] = field(default_factory=dict)
    block: tuple[str, ...] = ()
    guess: Guess = NOT_LOOKED_AT

    @property
    def kind(self) -> Kind:
        """What the column is taken for."""
        return self.guess.kind

    @property
    def heading(self) -> str:
        """Its question, or its name where the file has no wording."""
        return self.question or self.name

    @cached_property
    def missing(self) -> dict[str, str]:
        """Answers that are none, each with its reason: as the file declares, by their words, or by codes that stand apart."""
        by_words = {answer: reason for answer in self.answers if (reason := missing.reason_of(answer))}
        by_label = {code: reason for code, label in self.labels.items() if (reason := missing.reason_of(label))}
        numbers = {answer: number for answer in self.answers if (number := number_of(answer)) is not None}
        words = len(self.answers) - len(by_words) - len(numbers)
        apart = {number for number in numbers.values() if number < 0} if words else missing.codes(numbers.values())
        by_code = {answer: "unknown" for answer, number in numbers.items() if number in apart}
        return {
            answer: reason
            for answer, reason in (by_code | dict(self.declared) | by_label | by_words).items()
            if answer in self.answers
        }

    @cached_property
    def given(self) -> dict[str, int]:
        """The answers that are some."""
        return {answer: times for answer, times in self.answers.items() if answer not in self.missing}

    @cached_property
    def filled(self) -> int:
        """How many cells have an answer that is one."""
        return sum(self.given.values())

    @cached_property
    def numbers(self) -> dict[float, int] | None:
        """How often each number stands there; nothing where hardly all answers are numbers."""
        found: Counter[float] = Counter()
        if any(re.match(r"0\d", answer) for answer in self.given):
            return None  # codes such as 04 and 10, all of them
        for answer, times in self.given.items():
            if (number := number_of(answer)) is not None:
                found[number] += times
        enough = found and sum(found.values()) >= NEARLY_ALL * self.filled
        return dict(sorted(found.items())) if enough else None

    @cached_property
    def whole(self) -> dict[int, int] | None:
        """How often each whole number stands there; nothing where other numbers or words do."""
        if self.numbers is None:
            return None
        found = {int(number): times for number, times in self.numbers.items() if number == int(number)}
        return found if sum(found.values()) >= NEARLY_ALL * self.filled else None

    @cached_property
    def codes(self) -> dict[int, int]:
        """Its whole numbers without a few far above the others, which are slips, such as 79 among marks up to 10."""
        kept = dict(self.whole or {})
        slips = 0
        while len(kept) > 2:
            most, next_to = sorted(kept)[-1:-3:-1]
            slips += kept[most]
            if most - next_to == 1 or slips > SLIPS * self.filled:
                break
            del kept[most]
        return kept

    @cached_property
    def places(self) -> dict[str, float] | None:
        """Where its answers, or their labels, are grades: the place of each, as the file writes it."""
        worded = {answer: self.labels.get(answer, answer) for answer in self.given}
        words = {answer: label for answer, label in worded.items() if number_of(label) is None}
        placed = grades([*words.values()])
        if placed is None or any(not 0 <= (number_of(answer) or 0) <= MARKS for answer in {*worded} - {*words}):
            return None
        return {answer: placed[label] for answer, label in words.items()}


def profile(file: str, raw: Raw) -> list[Column]:
    """What the columns of a file are, in their order."""
    names = [name for name in raw.rows if name != reshape.ROW]
    of_block = {name: tuple(run) for run in [*blocks(names), *raw.sets.values()] for name in run}
    columns = []
    for name in names:
        cells = raw.rows[name].fillna("").astype("str").str.strip().value_counts()
        answers = {str(text): int(times) for text, times in cells.items() if text}
        columns.append(
            Column(
                file,
                name,
                raw.questions.get(name, ""),
                answers,
                int(cells.get("", 0)),
                raw.labels.get(name, {}),
                raw.missing.get(name, {}),
                of_block[name],
            )
        )
    # First what a column says by itself, then what its neighbours add.
    alone = [replace(column, guess=_alone(column)) for column in columns]
    known = {column.name: column for column in alone}
    return [replace(column, guess=_beside(column, [known[name] for name in column.block])) for column in alone]


def number_of(text: str) -> float | None:
    """The number that a text is, or none; digits in groups of three are one number."""
    try:
        number = float(text.replace(",", "") if re.fullmatch(r"-?\d{1,3}(,\d{3})+(\.\d+)?", text) else text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None


def _alone(column: Column) -> Guess:
    """What a column is by its own answers, name and question."""
    for rule in (_nothing, _identifies, _weighs, _dated, _joined, _worded_scale, _two, _marks, _numbered, _worded):
        if guess := rule(column):
            return guess
    return Guess("text", 0.6, Reason("kind_text", {"count": len(column.given)}))


def _beside(column: Column, block: Sequence[Column]) -> Guess:
    """What a column is, seen beside the others of its block."""
    ticked = [one for one in block if _ticks(one)]
    if len(ticked) > 1 and (_ticks(column) or column.kind == "empty"):
        return Guess("option", 0.9, Reason("kind_option", {"count": len(block), "first": block[0].name}))
    if column.kind == "constant" and column.blank:
        return Guess("option", 0.6, Reason("kind_option_alone"))
    wider = [one for one in block if {*one.given} > {*column.given} and one.kind in ("category", "scale")]
    has_gap = column.whole is None or max(column.whole) > min(column.whole) + 1
    if column.kind == "binary" and has_gap and 2 * len(wider) >= len(block):
        return _beside(
            replace(column, guess=Guess("category", 0.8, Reason("kind_as_block", {"name": wider[0].name}))), block
        )
    if column.kind not in ("category", "count") or column.whole is None or column.labels or _is_characteristic(column):
        return column.guess
    alike = [one for one in block if _same_codes(one, column)]
    if len(alike) > 1:
        pooled = sum((Counter(one.codes) for one in alike), Counter[int]())
        scale = Guess("scale", 0.7, Reason("kind_scale_block", {"count": len(alike), "most": max(pooled)}))
        return scale if _could_be_scale(pooled) else column.guess
    least, most = min(column.codes), max(column.codes)
    if said("satisfaction", column.heading) and _could_be_scale(column.codes):
        return Guess("scale", 0.7, Reason("kind_scale_named", {"least": least, "most": most}))
    is_bare = is_numbered(column.name) and not column.question and not re.search(r"\d\W+[^\W\d_]{2}", column.name)
    if is_bare and column.guess.reason.key != "kind_count_falls" and _could_be_scale(column.codes):
        return Guess("scale", 0.5, Reason("kind_scale_codes", {"least": least, "most": most}))
    return column.guess


def _nothing(column: Column) -> Guess | None:
    if not column.given:
        return Guess("empty", 1.0, Reason("kind_empty"))
    if len(column.given) == 1 and sum(column.answers.values()) > 1:
        return Guess("constant", 0.9, Reason("kind_constant", {"value": next(iter(column.given))}))
    return None


def _identifies(column: Column) -> Guess | None:
    """Whose row it is: a running number, what would name a person, or another id."""
    is_named = any(_is_called(column, name) for name in ID_NAMES)
    is_unique = not column.blank and len(column.given) > 1 and all(times == 1 for times in column.given.values())
    if is_unique and (whole := column.whole) and len(whole) == max(whole) - min(whole) + 1 and min(whole) in (0, 1):
        return Guess("id", 0.95, Reason("kind_id", {"count": len(column.given)}))
    finding = identifiers.recognised(column.heading, column.given)
    is_repeated = column.filled >= TIMES_EACH * len(column.given)
    if finding and not (finding.kind == "free_text" and is_repeated):  # long answers that come again are of a list
        kind: Kind = "text" if finding.kind == "free_text" else "person"
        named = base().level_set("identifier")[finding.kind]
        return Guess(kind, min(0.6 + finding.share * 0.4, 1.0), Reason("kind_person", {"kind": named}))
    if is_unique and is_named and _are_codes(column):
        return Guess("id", 0.95, Reason("kind_id", {"count": len(column.given)}))
    has_digits_only = len(column.given) >= FEW_ROWS and all(map(str.isdecimal, column.given))
    if is_unique and has_digits_only and (length := _length(column)) in LONG_CODES:
        return Guess("id", 0.75, Reason("kind_id_digits", {"count": length}))
    if is_named and _are_codes(column) and len(column.given) > MOST_LEVELS:
        return Guess("id", 0.85, Reason("kind_id_repeated", {"count": len(column.given)}))
    return None


def _weighs(column: Column) -> Guess | None:
    if column.numbers is None or min(column.numbers) < 0 or len(column.numbers) < 2 or column.labels:
        return None
    has_parts = any(number != int(number) for number in column.numbers)
    mean = sum(number * times for number, times in column.numbers.items()) / sum(column.numbers.values())
    about_one = abs(mean - 1) < 0.02 and has_parts and len(column.numbers) > 10
    if _is_called(column, "weight") or (has_parts and re.match("wt|wgt|weight|pond|权", compact(column.name))):
        return Guess("weight", 0.95 if has_parts else 0.6, Reason("kind_weight_named", {"mean": f"{mean:.4g}"}))
    return Guess("weight", 0.7, Reason("kind_weight_mean", {"mean": f"{mean:.4g}"})) if about_one else None


def _dated(column: Column) -> Guess | None:
    def share(fits: re.Pattern[str]) -> float:
        return sum(times for text, times in column.given.items() if fits.match(text)) / max(column.filled, 1)

    if share(DATE) >= NEARLY_ALL:
        timed = sum(
            times for text, times in column.given.items() if TIME.search(text) and not text.endswith("00:00:00")
        )
        return Guess("time" if timed else "date", 0.95, Reason("kind_date"))
    for written in DIGITS:
        if share(written) >= NEARLY_ALL and len(column.given) > FEW_ROWS:
            return Guess("date", 0.8, Reason("kind_date"))
    if share(SPAN) >= NEARLY_ALL:
        return Guess("duration", 0.95, Reason("kind_duration"))
    if _is_called(column, "duration_seconds") and column.numbers:
        return Guess("duration", 0.8, Reason("kind_duration"))
    if column.whole and all(1900 <= year <= 2100 for year in column.whole):
        return Guess("year", 0.9, Reason("kind_year", {"least": min(column.whole), "most": max(column.whole)}))
    return None


def _joined(column: Column) -> Guess | None:
    """Several answers in one cell: few different parts, in many combinations."""
    for separator in SEVERAL:
        joined = {text: times for text, times in column.given.items() if separator in text}
        parts = {part.strip() for text in column.given for part in text.split(separator)}
        if joined and len(parts) < len(column.given) and max(map(len, parts)) <= 40 and len(parts) <= MOST_LEVELS:
            return Guess("several", 0.95 if separator == "┋" else 0.8, Reason("kind_several", {"mark": separator}))
    return None


def _worded_scale(column: Column) -> Guess | None:
    if column.places is None:
        return None
    ordered = sorted(column.places, key=lambda answer: column.places[answer] if column.places else 0)
    ends = {answer: column.labels.get(answer, answer) for answer in (ordered[0], ordered[-1])}
    return Guess("scale", 0.95, Reason("kind_scale_words", {"low": ends[ordered[0]], "high": ends[ordered[-1]]}))


def _two(column: Column) -> Guess | None:
    """One of two answers, or three codes of which the last is rare."""
    if _is_drawn(column):
        return Guess("category", 0.85, Reason("kind_drawn"))
    worded = {answer: times for answer, times in column.given.items() if number_of(answer) is None}
    two = worded if len(worded) == 2 and sum(worded.values()) >= NEARLY_ALL * column.filled else column.given
    if (
        len(two) == 2
        and column.filled >= TIMES_EACH * 2
        and (column.labels or column.whole is None or {*column.whole} <= {0, 1, 2, 3})
    ):
        return Guess("binary", 0.95, Reason("kind_binary", {"answers": " / ".join(two)}))
    is_coded = column.whole is not None and {*column.whole} == {1, 2, 3} and not column.labels
    if is_coded and not _asks_how_many(column) and (column.whole or {})[3] < RARE * column.filled:
        return Guess("binary", 0.5, Reason("kind_binary_rare"))
    return None


def _marks(column: Column) -> Guess | None:
    """Numbers of which the name or the question says that they are marks: from 1 to 5, to 7, to 10 or to 100."""
    if column.whole is None or column.labels or max(column.whole) > 100 or len(column.whole) < 3:
        return None
    asked = f"{column.name} {column.question}"
    if (RANGE_IN_NAME.search(asked) or said("marks", asked)) and not _asks_how_many(column):
        return Guess("scale", 0.9, Reason("kind_scale_marks", {"least": min(column.whole), "most": max(column.whole)}))
    return None


def _numbered(column: Column) -> Guess | None:
    """Numbers: of things, amounts, or the codes of answers."""
    if column.numbers is None:
        return None
    if column.labels or column.whole is None:
        return None if column.labels else Guess("number", 0.85, Reason("kind_number"))
    whole = column.whole
    is_age = _is_called(column, "age_years") and max(whole) > GROWN
    if _asks_how_many(column) or is_age:
        return Guess("count", 0.9, Reason("kind_count_asked"))
    least, most = min(whole), max(whole)
    is_gapless = len(whole) >= (most - least + 1) * 0.9
    if _falls_off(whole) and (least == 0 or len(whole) > 2):
        return Guess("count", 0.7, Reason("kind_count_falls", {"least": least}))
    if (
        least in (0, 1, 2)
        and is_gapless
        and column.filled >= TIMES_EACH * len(whole)
        and (least or most > 10 or most < 3)
    ):
        return Guess("category", 0.6, Reason("kind_category_codes", {"count": len(whole)}))
    if least >= 0 and most <= 20 and len(whole) <= 20 and least > 0:
        return Guess("category", 0.5, Reason("kind_category_codes", {"count": len(whole)}))
    return Guess("count", 0.7, Reason("kind_count", {"least": least, "most": most}))


def _worded(column: Column) -> Guess | None:
    is_repeated = column.filled >= TIMES_EACH * len(column.given)
    if column.labels or (is_repeated and len(column.given) <= MOST_LEVELS) or len(column.given) <= GRADES.start:
        return Guess("category", 0.9, Reason("kind_category", {"count": len(column.given)}))
    if is_repeated and statistics.fmean(map(len, column.given)) <= 20:
        return Guess("category", 0.7, Reason("kind_category", {"count": len(column.given)}))
    return None


def _is_called(column: Column, catalogue_column: str) -> bool:
    """Whether a column has one of the names of a catalogue column, or its question one in few words."""
    names = column_names()[catalogue_column]
    return compact(column.name) in names or compact(re.sub(r"^\W*\w{0,3}\d+\W+", "", column.heading)) in names


def _is_drawn(column: Column) -> bool:
    """Whether a column is called as the strata or the clusters of a sample are."""
    named = re.search(r"stra(?:t|$)|estrato|cluster|psu|upm|conglomerad|抽样单元|抽样层", compact(column.name))
    is_called = any(_is_called(column, name) for name in ("stratum", "cluster"))
    return named is not None or is_called or said("drawn", column.question)


def _asks_how_many(column: Column) -> bool:
    """Whether a column's question asks for a number of things, or its name says so, as numhhd."""
    return said("count", column.heading) or bool(re.match(r"num(?=[a-z_])|n_", column.name.casefold()))


def _length(column: Column) -> int:
    """How long all answers are; 0 where they are not equally long."""
    lengths = {len(text) for text in column.given}
    return lengths.pop() if len(lengths) == 1 else 0


def _are_codes(column: Column) -> bool:
    return all(len(text) <= 40 and " " not in text for text in column.given)


def _ticks(column: Column) -> bool:
    """Whether a column only says chosen or not, by 0 and 1, by a word for yes and one for no, or by a mark and nothing."""
    if column.whole is not None:
        return {*column.whole} <= {0, 1} and (0 in column.whole or bool(column.blank))
    words = {boolean_names().get(compact(text) or text) for text in column.given}
    return len(column.given) == 1 and bool(column.blank) and words == {"true"}


def _falls_off(whole: Mapping[int, int]) -> bool:
    """Whether each number is much rarer than the one before, from 0 or 1 on."""
    times = [whole[number] for number in sorted(whole)]
    if min(whole) > 1 or len(times) < 3 or (min(whole) and times[0] < sum(times) / 2):
        return False
    start = 0 if min(whole) else 1  # how many have none says nothing on how the others fall off
    return all(
        after <= max(FALLS * before, TIMES_EACH)
        for before, after in zip(times[start:], times[start + 1 :], strict=False)
    )


def _same_codes(one: Column, other: Column) -> bool:
    """Whether two columns have the codes of one range."""
    return bool(one.codes and other.codes) and max(one.codes) == max(other.codes) and not one.labels


def _could_be_scale(codes: Mapping[int, int]) -> bool:
    """Whether codes run over as many grades as scales have, from 1 on or from 0 to 10, and do not pile up between the ends.

    Two rare ones beyond ten may stand for those who gave no answer.
    """
    least, most, filled = min(codes), max(codes), sum(codes.values())
    beyond = sum(times for code, times in codes.items() if code > MARKS)
    if MARKS <= most <= MARKS + 2:
        runs = (
            least in (0, 1)
            and len(codes) >= MARKS - 2
            and (most == MARKS or (beyond < RARE * filled and len(codes) == most))
        )
    else:
        runs = least == 1 and len(codes) == most and most in GRADES
    inner = [times for code, times in codes.items() if least < code < most]
    return runs and max(inner) <= INNER_PILE * filled


def _is_characteristic(column: Column) -> bool:
    """Whether a column is called as something that people are, and not as something that they were asked to rate."""
    return any(
        _is_called(column, name)
        for name, entry in entries("tables")["columns"].items()
        if name in column_names()
        and name not in ("score", "item")
        and entry["type"] in ("level", "count", "year", "boolean", "id")
    )
