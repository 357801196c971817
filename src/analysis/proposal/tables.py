"""Files to tables: which table of the catalogue a file is, and which of its columns are which of the table's."""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from analysis.catalogue import LANGUAGES, Entry, base
from analysis.proposal.draft import Cell, Source, Use
from analysis.proposal.matching import Match, levels_of, likely_level, matches
from analysis.proposal.profile import SEVERAL, Column, Reason
from analysis.proposal.questions import CERTAIN, CLOSED, NOTHING, Asking, Question
from analysis.reading import PLACES, reshape
from analysis.reading.convert import BOOLEANS

LEAST = 0.5
"""Below this confidence a guess is not even asked for."""
BY_HAND = {
    "respondents": ("respondent_id", "community_id", "wave"),
    "roster": ("person_id",),
    "candidacies": ("person_id",),
}
"""What a table needs and a file may lack, since something else can stand for it."""
STILL = ("end", "leave_reason")
"""Columns in which nothing written means that the person is still in post."""
MOST_VALUES = 12
"""Answers without a level of which somebody can be asked what they mean, one by one."""
ROC_YEARS = re.compile(r"(?:0\d\d|1[01]\d)\d{4}")
COMPACT = re.compile(r"(?:19|20)\d{6}")


class Fit(NamedTuple):
    """How well a file fits a table: how many of its columns are the table's, and what the table needs beside them."""

    table: str
    found: int
    lacks: tuple[str, ...]


def fits(columns: Sequence[Column]) -> list[Fit]:
    """The tables that a file may be, the best first: those that lack nothing, then by how many columns they have of it."""
    sure = [{match.target for match in matches(column) if match.confidence >= CERTAIN} for column in columns]
    found = []
    for table in base().tables():
        own = {*base().columns_of(table)} | {*PLACES}
        named = {target for targets in sure for target in targets & own}
        named |= {"community_id"} if "community_name" in named else set()  # whose names tell them apart
        needed = base().table(table)["required"]
        lacks = tuple(name for name in needed if name not in named and name not in BY_HAND.get(table, ()))
        count = sum(bool(targets & own) for targets in sure)
        found.append(Fit(table, count, lacks))
    return sorted(found, key=lambda fit: (bool(fit.lacks), -fit.found, fit.table == "roster"))


def source_of(file: str, sheet: str, table: str, columns: Sequence[Column], asking: Asking) -> Source:
    """The columns of a file as those of a table; what is not sure is asked for."""
    source = Source(file, sheet)
    known = [*base().columns_of(table), *(PLACES if "community_id" in base().columns_of(table) else [])]
    taken: dict[str, tuple[Column, Match]] = {}
    candidates = [(match, column) for column in columns for match in matches(column) if match.target in known]
    for match, column in sorted(candidates, key=lambda one: -one[0].confidence):
        is_used = column.name in {other.name for other, _ in taken.values()}
        if match.confidence >= LEAST and match.target not in taken and not is_used:
            taken[match.target] = (column, match)
    if "community_id" in known and "community_id" not in taken and "community_name" in taken:
        column, match = taken.pop("community_name")
        taken["community_id"] = (column, match._replace(reason=Reason("match_name_as_id")))
    for target in sorted(taken, key=known.index):
        column, match = taken[target]
        chosen = asking.answer(
            Question(
                f"column.{column.file}.{target}",
                "ask_column",
                {"column": column.heading, "target": base().column(target)},
                (column.name, NOTHING),
                column.name,
                match.confidence,
                must=False,
            )
        )
        cell = _cell(target, column, asking) if chosen == column.name else None
        if cell is None:
            source.left_out.append((column, Use(target, match.confidence, match.reason)))
        else:
            cell.use = Use(target, match.confidence, match.reason)
            source.columns[target] = cell
    used = {cell.column for cell in source.columns.values()} | {column.name for column, _ in source.left_out}
    source.left_out += [(column, None) for column in columns if column.name not in used]
    return source


def identified(source: Source, rows: str) -> None:
    """Give a file without ids its rows for ids."""
    if rows not in source.columns:
        source.columns = {rows: Cell(reshape.ROW, use=Use(rows, 1.0, Reason("match_row"))), **source.columns}


def missing_of(column: Column) -> dict[str, str]:
    """What a column's answers that are none are said to be, but for what the file itself declares."""
    return {answer: reason for answer, reason in column.missing.items() if answer not in column.declared}


def _cell(target: str, column: Column, asking: Asking) -> Cell | None:
    """How a column's values are written; nothing where they mean nothing that the catalogue knows."""
    cell = Cell(column.name, missing=missing_of(column))
    kind = base().column(target)["type"]
    if target in STILL and column.blank:
        cell.missing[""] = "not_applicable"
    if kind == "date":
        whole = {"roc": ROC_YEARS, "compact": COMPACT}
        cell.format = next((name for name, form in whole.items() if all(map(form.fullmatch, column.given))), "")
        return cell
    if kind == "boolean":
        said = levels_of(target, column.given)
        if any(level is None for level in said.values()):
            return _asked_levels(cell, target, column, said, ("true", "false"), asking)
        cell.values = {answer: str(level) for answer, level in said.items() if answer.lower() not in BOOLEANS}
        if cell.values:  # what is not named would be at fault
            cell.values = {answer: str(level) for answer, level in said.items()}
        return cell
    if kind == "level_set":
        return _joined(cell, target, column)
    if kind == "level":
        return _leveled(cell, target, column, asking)
    return cell


def _joined(cell: Cell, target: str, column: Column) -> Cell:
    """Several levels in a cell, by their separator; a word for none of them is none."""
    separators = [mark for mark in SEVERAL if any(mark in text for text in column.given)]
    if separators and separators[0] != ";":
        cell.separator = separators[0]
    parts = {part.strip() for text in column.given for part in text.split(cell.separator or ";")} - {""}
    said = levels_of(target, parts)
    names = base().levels_of(target)
    for part, level in said.items():
        if part in ("无", "没有") or part.casefold() == "none":
            cell.values[part] = ""
        elif level is not None and not _is_own_word(part, level, names):
            cell.values[part] = level
    return cell


def _leveled(cell: Cell, target: str, column: Column, asking: Asking) -> Cell | None:
    labels = {answer: column.labels.get(answer, answer) for answer in column.given}
    by_label = levels_of(target, labels.values())
    said = {answer: by_label[label] for answer, label in labels.items()}
    names = base().levels_of(target)
    cell.values = {
        answer: level for answer, level in said.items() if level is not None and not _is_own_word(answer, level, names)
    }
    if None not in said.values():
        return cell
    if column.whole is not None and not column.labels:
        return _coded(cell, target, column, asking)
    if base().column(target)["levels"] in CLOSED:
        return _asked_levels(cell, target, column, said, tuple(names), asking)
    # The file's own words become levels.
    cell.values |= {
        answer: labels[answer] for answer, level in said.items() if level is None and answer in column.labels
    }
    return cell


def _coded(cell: Cell, target: str, column: Column, asking: Asking) -> Cell | None:
    """Codes without labels: of two levels somebody can say which is which; of more, what is not known is left out."""
    names = [*base().levels_of(target)]
    codes = sorted(column.given)
    if len(names) != 2 or len(codes) != 2:
        return None
    ways = [f"{codes[0]}={names[one]}, {codes[1]}={names[1 - one]}" for one in (0, 1)]
    facts = {"column": column.heading, "target": base().column(target)}
    chosen = asking.answer(Question(f"codes.{column.file}.{target}", "ask_codes", facts, (*ways, NOTHING), must=False))
    if chosen not in ways:
        return None
    cell.values = dict(pair.split("=") for pair in chosen.split(", "))
    return cell


def _asked_levels(
    cell: Cell, target: str, column: Column, said: dict[str, str | None], levels: tuple[str, ...], asking: Asking
) -> Cell | None:
    """Ask for each answer that no level is known for; a column with too many of them is left out."""
    unknown = [answer for answer, level in said.items() if level is None]
    if len(unknown) > MOST_VALUES or len(unknown) == len(said):
        return None
    for answer in unknown:
        chosen = asking.answer(
            Question(
                f"values.{column.file}.{target}.{answer}",
                "ask_level",
                {
                    "answer": answer,
                    "column": column.heading,
                    "target": base().column(target),
                    "count": column.given[answer],
                },
                (*levels, NOTHING),
                likely_level(target, answer) if levels != ("true", "false") else NOTHING,
                0.5,
            )
        )
        if chosen in levels:
            cell.values[answer] = chosen
        else:
            cell.missing[answer] = "unknown"
    if cell.values and base().column(target)["type"] == "boolean":
        cell.values |= {answer: str(level) for answer, level in said.items() if level is not None}
    return cell


def _is_own_word(answer: str, level: str, names: Mapping[str, Entry]) -> bool:
    """Whether reading accepts an answer for a level without being told: the level's key, or one of its words."""
    return answer in (level, *(names[level][language] for language in LANGUAGES))
