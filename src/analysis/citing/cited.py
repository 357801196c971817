"""A number of a report as text for a manuscript, with the mark that leads back to its row."""

import math
from collections.abc import Sequence
from pathlib import Path

from analysis.catalogue import base, entries
from analysis.citing import marks
from analysis.errors import StudyError, listing, nearest
from analysis.locations import ROOT, folder_of
from analysis.reporting.revisions.written import Row, Written, opened
from analysis.reporting.sentences import spoken
from analysis.reporting.wording import Wording
from analysis.settings import Settings, load

MOST = 12
"""Rows to choose from that an error lists."""
TABLE = "table"
"""As a condition's column: the name of the saved table."""
WINDOW = "window"
"""In an id beside its dimensions, where none of them is the time."""
Condition = tuple[str, str]


def report_of(name: str) -> Written:
    """The report in a folder, or the committed or last one of a study: of its latest wave where it declares waves.

    Raises
    ------
    StudyError
        `unknown_study`; `report_missing`, `report_damaged`.
    """
    if Path(name).is_dir() and not (Path(name) / "study.yml").is_file():
        return opened(Path(name))
    study = folder_of(name)
    waves = load(study / "study.yml", Settings).waves
    return opened(ROOT / "reports" / study.name / (waves[-1] if waves else ""))


def language_of(report: Written, asked: str) -> str:
    """The language that was asked for, or the report's first where it is not written in that."""
    return asked if asked in report.languages else report.languages[0]


def conditions(given: Sequence[str]) -> list[Condition]:
    """Columns and levels, as COLUMN=LEVEL says them.

    Raises
    ------
    StudyError
        `cite_where`.
    """
    for one in given:
        if "=" not in one:
            raise StudyError("cite_where", given=one)
    return [(column, level) for column, _, level in (one.partition("=") for one in given)]


def chosen(report: Written, measure: str, where: Sequence[Condition], language: str) -> Row:
    """The one row of a report that is meant.

    Parameters
    ----------
    measure
        Its key, what it is called in either language, or the whole id of a row.
    where
        Columns and levels, by key or by what they are called; the column `table` is the name of a saved table.

    Raises
    ------
    StudyError
        `cite_unknown`, `cite_none`, `cite_of_many`, `cite_withheld`.
    """
    every = [words for words in report.by_code.values() if language in words]
    rows = [words for words in every if _is_of(words, measure)]
    if not rows:
        names = {name for words in every for name in (_key(words[language]), words[language].measure)}
        raise StudyError("cite_unknown", report.folder, name=measure, nearest=nearest(measure, names))
    fitting = [words[language] for words in rows if all(_holds(words, column, level) for column, level in where)]
    if not fitting:
        known = [_conditions(words[language]) for words in rows]
        raise StudyError("cite_none", report.folder, name=measure, known="\n    " + listing(known, MOST))
    # A whole can't be told from its parts by what it is of, but by what it is not of.
    fitting = [row for row in fitting if len(_named_columns(row)) == len(_asked_columns(where))] or fitting
    # The same row may stand in several tables.
    distinct = {(row.id, tuple(row.values.items()), row.reason): row for row in reversed(fitting)}
    if len(distinct) > 1:
        is_of_tables = len({row.id for row in fitting}) < len(distinct)
        told = [_told(row, language, is_of_tables) for row in reversed(distinct.values())]
        rest = [f"… (+{len(told) - MOST})"] if len(told) > MOST else []
        listed = "\n    ".join(["", *told[:MOST], *rest])
        raise StudyError("cite_of_many", report.folder, count=len(distinct), name=measure, list=listed)
    (row,) = distinct.values()
    if "estimate" not in row.values:
        raise StudyError("cite_withheld", report.folder, id=row.id, reason=row.reason or "–")
    return row


def citation(report: Written, row: Row, language: str) -> str:
    """A row as text: measure, what it is of, estimate, interval, that data are synthetic where they are, and the mark."""
    return _template("citation", language).format(
        measure=_named(row, language), numbers=numbers(report, row, language), mark=mark_of(report, row)
    )


def mark_of(report: Written, row: Row) -> str:
    """The mark of a row, longer where another row of the report has the same first characters."""
    others = [code for code in report.by_code if code != row.code]
    length = marks.SHOWN
    while any(code.startswith(row.code[:length]) for code in others):
        length += 1
    return marks.printed(report.study, row.code, length)


def numbers(report: Written, row: Row, language: str) -> str:
    """The numbers of a row as they are cited: estimate, interval, and what its reader must know."""
    words, sentences = Wording(base(), language), entries("sentences")
    low, high = (row.values.get(bound, math.nan) for bound in ("low", "high"))
    interval = caveat = ""
    if math.isfinite(low) and math.isfinite(high):
        kind = "interval" if "coverage" in row.values else "range"
        bounds = {"low": words.number(low, row.unit), "high": words.number(high, row.unit)}
        template = sentences[f"{kind}_signed" if low < 0 else kind][language]
        interval = template.format(level=f"{100 * row.values.get('coverage', math.nan):.4g}", **bounds)
        is_chosen = report.record.get("sampling_kind") in ("quota", "convenience")
        caveat = sentences["non_probability"][language] if is_chosen else ""
    data = sentences["synthetic"][language] if report.record.get("is_synthetic") else ""
    return spoken(row.values["estimate"], row.unit, words) + interval + caveat + data


def _key(row: Row) -> str:
    return row.id.partition("[")[0]


def _is_of(words: dict[str, Row], measure: str) -> bool:
    rows = words.values()
    asked = measure.casefold()
    return any(asked in (row.id.casefold(), _key(row).casefold(), row.measure.casefold()) for row in rows)


def _holds(words: dict[str, Row], column: str, level: str) -> bool:
    """Whether a row is of a level, by the keys or by the words of any language."""
    asked = (column.casefold(), level.casefold())
    for row in words.values():
        if column == TABLE and row.table == level:
            return True
        for group in row.groups:
            columns, levels = (group.column, group.heading), (group.level, group.label)
            if asked[0] in map(str.casefold, columns) and asked[1] in map(str.casefold, levels):
                return True
    return False


def _named_columns(row: Row) -> list[str]:
    return [group.column for group in row.groups if group.column != WINDOW]


def _asked_columns(where: Sequence[Condition]) -> list[str]:
    return [column for column, _ in where if column not in (TABLE, WINDOW)]


def _distinct(row: Row) -> list[str]:
    return list(dict.fromkeys(group.label for group in row.groups))


def _named(row: Row, language: str) -> str:
    """The measure, and in brackets what the row is of; a measure that ends with brackets has room in them."""
    if not (told := _template("separator", language).join(_distinct(row))):
        return row.measure
    if row.measure.endswith((")", "）")):
        return row.measure[:-1] + _template("separator", language) + told + row.measure[-1]
    return row.measure + _template("of", language).format(list=told)


def _conditions(row: Row) -> str:
    return " ".join(f"--where {_quoted(f'{group.column}={group.level}')}" for group in row.groups) or "–"


def _quoted(condition: str) -> str:
    return f'"{condition}"' if " " in condition else condition


def _told(row: Row, language: str, is_of_tables: bool) -> str:
    """A row to choose: the conditions that name it, and its value where it has one."""
    value = row.values.get("estimate")
    said = Wording(base(), language).number(value, row.unit) if value is not None else row.reason
    table = f" --where table={row.table}" if is_of_tables else ""
    return f"{_conditions(row)}{table}  {said}"


def _template(key: str, language: str) -> str:
    return str(entries("citing")["words"][key][language])
