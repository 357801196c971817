"""Items that stand side by side in a file of respondents: ratings, other answers, and options, each a row of a long table."""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analysis.catalogue import LANGUAGES, base
from analysis.proposal.draft import Cell, Items, Use
from analysis.proposal.grades import grade
from analysis.proposal.matching import without_number
from analysis.proposal.profile import NEARLY_ALL, Column, number_of
from analysis.proposal.questions import NOTHING, Asking, Question
from analysis.proposal.tables import missing_of
from analysis.proposal.vocabulary import boolean_names, compact, level_names, said
from analysis.reading.convert import BOOLEANS

LEVELS = {
    5: ("very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied"),
    4: ("very_dissatisfied", "dissatisfied", "satisfied", "very_satisfied"),
    3: ("dissatisfied", "neutral", "satisfied"),
}
"""How many grades → the levels of satisfaction that they are, from the lowest."""


class Found(NamedTuple):
    """The items of a table, and what those are called that the catalogue does not know."""

    items: Items
    words: dict[str, str]


def satisfaction(columns: Iterable[Column], asking: Asking) -> Found:
    """The items of satisfaction: ratings whose words say so."""
    found = Found(Items("item"), {})
    for column in columns:
        values = _levels(column, asking) if _is_satisfaction(column) else _coded(column, asking)
        if values is not None:
            _add(found, column, "score", values)
    return found


def answers(columns: Iterable[Column]) -> Found:
    """The other ratings: graded answers as they are called, and marks as numbers.

    Codes of which nothing says that they are marks are left out: which of their ends is the better one is not known.
    """
    found = Found(Items("item"), {})
    for column in columns:
        if column.kind != "scale" or _is_satisfaction(column):
            continue
        if column.places and sum(column.given[answer] for answer in column.places) >= NEARLY_ALL * column.filled:
            labels = {answer: column.labels[answer] for answer in column.places if answer in column.labels}
            _add(found, column, "answer", labels)
        elif column.guess.reason.key == "kind_scale_marks":
            _add(found, column, "mark", {})
    return found


def participation(columns: Sequence[Column], asking: Asking) -> Found:
    """The options of questions of which somebody says that they are activities; "none of these" is not one."""
    found = Found(Items("activity"), {})
    for block in dict.fromkeys(column.block for column in columns if column.kind == "option"):
        options = [
            column
            for column in columns
            if column.name in block and column.kind == "option" and not said("nothing", part_of(column))
        ]
        asked = next(
            (one.heading for one in columns if block[0].startswith(one.name) and one.name != block[0]), block[0]
        )
        if not options or not any(said("took_part", text) for text in (asked, *(one.heading for one in options))):
            continue
        is_known = any(item_of(one) in base().level_set("activity") for one in options)
        facts = {"first": part_of(options[0]), "count": len(options), "asked": asked}
        name = f"{options[0].file}.{options[0].name}"
        question = Question(
            f"participation.{name}",
            "ask_participation",
            facts,
            ("yes", NOTHING),
            "yes",
            0.85 if is_known else 0.6,
            must=False,
        )
        if asking.answer(question) != "yes":
            continue
        blank = ""
        if any(one.blank for one in options):
            blank = asking.answer(Question(f"blank.{name}", "ask_blank", facts, ("not_chosen", "not_asked")))
        for column in options:
            _add(found, column, "took_part", _ticked(column))
            cell = found.items.levels[item_of(column)]["took_part"]
            if blank == "not_chosen":
                cell.values = {"0": "false", "1": "true"} | cell.values | {"": "false"}
            elif blank:
                cell.missing[""] = blank
    return found


def item_of(column: Column) -> str:
    """The level of an item: the catalogue's, where it is called so, else the column's own name."""
    for level_set in ("item", "activity"):
        if known := level_names(level_set).get(compact(part_of(column))):
            return known
    return re.sub(r"\W+", "_", column.name).strip("_")


def part_of(column: Column) -> str:
    """What an option or an item is called: its question, or what stands in brackets behind its number."""
    bracketed = re.fullmatch(r".*?[(（](.+)[)）]", column.name.strip())
    if bracketed and len(column.block) > 1:
        return bracketed[1]
    bare = without_number(column.heading)
    return bare if re.search(r"[^\W\d_]{2}", bare) else column.heading


def _add(found: Found, column: Column, target: str, values: dict[str, str]) -> None:
    level = item_of(column)
    found.items.levels[level] = {target: _cell(column, values)}
    if level not in base().level_set(found.items.column):
        found.words[level] = part_of(column)


def _cell(column: Column, values: dict[str, str]) -> Cell:
    reason = column.guess.reason
    return Cell(column.name, values, missing_of(column), use=Use(column.kind, column.guess.confidence, reason))


def _is_satisfaction(column: Column) -> bool:
    """Whether a column rates in words of satisfaction."""
    worded = [column.labels.get(answer, answer) for answer in column.places or ()]
    return column.kind == "scale" and any(said("satisfaction", word) for word in worded)


def _levels(column: Column, asking: Asking) -> dict[str, str] | None:
    """The levels of satisfaction that the grades of a column are; a middle whose words lean to one side is asked for."""
    places = column.places or {}
    ordered = sorted(places, key=lambda answer: places[answer])
    levels = LEVELS.get(len(ordered))
    if levels is None:
        return None
    middle = column.labels.get(ordered[len(ordered) // 2], ordered[len(ordered) // 2])
    if "neutral" in levels and grade(middle) != 0:
        question = Question(f"middle.{middle}", "ask_middle", {"answer": middle}, ("yes", NOTHING), "yes", 0.6)
        if asking.answer(question) != "yes":
            return None
    words = base().level_set("satisfaction")
    return {
        answer: level
        for answer, level in zip(ordered, levels, strict=True)
        if answer not in (level, *(words[level][language] for language in LANGUAGES))
    }


def _coded(column: Column, asking: Asking) -> dict[str, str] | None:
    """The levels of satisfaction that codes without labels are, as somebody says which end is which."""
    levels = LEVELS.get(max(column.codes, default=0))
    if column.kind != "scale" or column.places or levels is None or not said("satisfaction", column.heading):
        return None
    ways = {f"{ends[0]}…{ends[-1]}": ends for ends in (levels, levels[::-1])}
    facts = {"column": column.heading, "most": len(levels)}
    question = Question(f"direction.{column.file}.{column.name}", "ask_direction", facts, (*ways, NOTHING), must=False)
    ends = ways.get(asking.answer(question))
    return (
        {code: ends[int(float(code)) - 1] for code in column.given if number_of(code) in column.codes} if ends else None
    )


def _ticked(column: Column) -> dict[str, str]:
    """How chosen and not chosen are written, where reading would not know it."""
    values = {answer: boolean_names().get(compact(answer) or answer, "true") for answer in column.given}
    return values if any(answer.lower() not in BOOLEANS for answer in values) else {}
