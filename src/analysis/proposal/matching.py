"""Columns and answers held against the catalogue: which of its columns a column may be, which of its levels an answer means."""

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from rapidfuzz import fuzz, process

from analysis.catalogue import base
from analysis.proposal.profile import GROWN, Column, Reason
from analysis.proposal.questions import CLOSED
from analysis.proposal.vocabulary import boolean_names, column_names, compact, level_names, plain

FITTING = {
    "id": ("id", "person", "category", "text", "count", "binary", "constant"),
    "text": ("text", "category", "person", "constant", "binary", "id"),
    "level": ("category", "binary", "scale", "constant", "count", "text"),
    "level_set": ("several", "category", "text", "binary", "constant"),
    "term": ("category", "year", "count", "binary", "constant", "text", "scale"),
    "boolean": ("binary", "option", "constant"),
    "date": ("date", "time"),
    "year": ("year", "constant"),
    "count": ("count", "category", "number", "scale", "year", "binary", "constant", "weight"),
    "number": ("number", "count", "weight", "duration"),
}
"""Type of a catalogue column → the kinds of columns that can be it."""
SIMILAR = 88
"""From this likeness of two names on (rapidfuzz, 0 to 100) they may be one with a slip of the pen."""
SHORT = 24
"""Letters of a question in which a name may stand among other words and still be what it asks for."""
MOSTLY = 0.6
"""The share of answers that must be levels, for a column to be taken for theirs."""


class Match(NamedTuple):
    """A catalogue column that a column may be, how sure that is and why."""

    target: str
    confidence: float
    reason: Reason


def matches(column: Column) -> list[Match]:
    """The catalogue columns that a column may be, the likeliest first."""
    if column.kind in ("empty", "option"):
        return []
    found = []
    for target, names in column_names().items():
        match = _named(column, target, names)
        if match is None or not _fits(column, target):
            continue
        found.append(_borne_out(match, column))
    return sorted(found, key=lambda match: -match.confidence)


def levels_of(target: str, answers: Iterable[str]) -> dict[str, str | None]:
    """What each answer means as a level of a catalogue column, or as yes or no; nothing where none is known for it."""
    entry = base().column(target)
    is_boolean = entry["type"] == "boolean"
    names: Mapping[str, str] = boolean_names() | level_names(target) if is_boolean else level_names(entry["levels"])
    return {answer: names.get(compact(answer)) or names.get(answer) for answer in answers}


def likely_level(target: str, answer: str) -> str:
    """The level whose name is most like an answer; empty where none is like it."""
    names = level_names(base().column(target)["levels"])
    found = process.extractOne(compact(answer), [*names], scorer=fuzz.ratio, score_cutoff=60)
    return names[found[0]] if found else ""


def _named(column: Column, target: str, names: tuple[str, ...]) -> Match | None:
    """What the name and the question of a column say for a catalogue column."""
    asked = [text for text in (column.name, without_number(column.name), without_number(column.question)) if text]
    written = {compact(text) for text in asked} - {""}
    if written & {*names[:3]}:
        return Match(target, 1.0, Reason("match_own", {"name": names[1]}))
    if also := written & {*names}:
        return Match(target, 0.95, Reason("match_also", {"name": min(also)}))
    for text in asked:
        within = max((name for name in names if _stands_in(name, text)), key=len, default="")
        if within and len(compact(text)) <= SHORT + len(within):
            return Match(
                target, 0.8 if compact(text).endswith(within) else 0.7, Reason("match_within", {"name": within})
            )
    near = process.extractOne(min(written, key=len, default=""), names, scorer=fuzz.ratio, score_cutoff=SIMILAR)
    return Match(target, 0.65, Reason("match_similar", {"name": near[0]})) if near and len(near[0]) > 3 else None


def _fits(column: Column, target: str) -> bool:
    """Whether a column is of a kind that a catalogue column can have; ages are no codes of bands, and amounts no words."""
    kind = base().column(target)["type"]
    if kind in ("count", "number") and (column.numbers is None or bool(column.labels)):
        return False
    if target == "age_years" and max(column.numbers or {0: 0}) <= GROWN:
        return False
    return column.kind in FITTING[kind]


def _borne_out(match: Match, column: Column) -> Match:
    """A match as its answers bear it out or speak against it, where the catalogue knows the answers."""
    entry = base().column(match.target)
    if entry["type"] not in ("level", "boolean") or (entry["type"] == "level" and entry["levels"] not in CLOSED):
        return match
    known = levels_of(match.target, column.given).values()
    share = sum(one is not None for one in known) / max(len(column.given), 1)
    if share >= MOSTLY:
        return match._replace(confidence=min(match.confidence + 0.2 * share, 1.0))
    return match._replace(confidence=match.confidence * (0.9 if column.whole is not None else 0.6))


def _stands_in(name: str, text: str) -> bool:
    """Whether a name stands in a text: a Chinese one of two characters or more anywhere, another as whole words."""
    if name.isascii():
        return len(name) > 2 and bool(re.search(rf"\b{re.escape(name)}\b", plain(text)))
    # The last word of a Chinese heading is what it is about: 社区治安满意度 is no 社区.
    return len(name) > 1 and bool(re.search(rf"{re.escape(name)}(?:$|[是为]|属于|[^\w])", text.strip().casefold()))


def without_number(heading: str) -> str:
    """A heading without the number of its question and whom it asks: 性别 of 3、您的性别."""
    bare = re.sub(r"^\s*(?:第\s*)?[A-Za-z]{0,2}\d+(?:\.\d+)*\s*题?\s*[、.．:：)）_ ]+", "", heading)
    return re.sub(r"^\s*(?:请问)?(?:您的|您|你的|你|your )", "", bare, flags=re.IGNORECASE).strip()
