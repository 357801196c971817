"""Blank workbooks for registers: a sheet to fill in, with lists to choose from and notes, and an example on another sheet."""

import datetime
from itertools import zip_longest
from typing import Any

from xlsxwriter.utility import xl_col_to_name

from analysis.catalogue import base
from analysis.reporting.wording import width
from analysis.reporting.workbooks import BOLD, WRAPPED, Book, Cell, Look, Sheet, height_of, set_across
from analysis.templates.words import TERMS, offered, said

REGISTERS = ("communities", "roster", "posts", "work_items", "ledgers", "indicators")
"""Tables that a clerk keeps."""
ROWS = 5000
"""Rows that are checked while they are typed."""
NONE_IS_BLANK = ("end", "leave_reason", "merged_into")
"""Columns of which blank says that there is none."""
AUTHOR = "study template"
NEEDED: Look = {"bold": True, "bg_color": "#F6D5A8"}
FREE: Look = {"bold": True, "bg_color": "#E8EEF2"}
"""The header: of what is required, and of the rest."""
TEXT: Look = {"num_format": "@"}
FORMATS: dict[str, Look] = {
    "date": {"num_format": "yyyy-mm-dd"},
    "year": {"num_format": "0"},
    "count": {"num_format": "0"},
    "number": {},
}
"""How the cells of a type are shown; all others are text, so that an id keeps its zeros."""
HOW = 70
"""The width of the column that says what to write."""
NOTE = {"author": AUTHOR, "width": 300, "height": 110}
"""A note's size in pixels."""
RULES: dict[str, dict[str, Any]] = {
    "count": {"validate": "integer", "criteria": ">=", "value": 0},
    "year": {"validate": "integer", "criteria": "between", "minimum": 1900, "maximum": 2100},
    "date": {"validate": "date", "criteria": ">", "value": datetime.date(1900, 1, 1)},
    "number": {"validate": "decimal", "criteria": "between", "minimum": -1e15, "maximum": 1e15},
}
"""What may be typed into the cells of a type."""


def columns(table: str) -> list[str]:
    """The columns of a table that are asked for: none that names a person, and none whose levels each study makes itself."""
    catalogue = base()

    def is_asked(column: str) -> bool:
        entry = catalogue.column(column)
        return not entry.get("identifying") and (entry["type"] not in ("level", "level_set") or bool(offered(column)))

    required = catalogue.table(table)["required"]
    return [column for column in catalogue.columns_of(table) if column in required or is_asked(column)]


def workbook(table: str, language: str) -> bytes:
    """The blank workbook of a register, the same bytes every time."""
    catalogue = base()
    entry = catalogue.table(table)
    asked = columns(table)
    book = Book(entry["words"][language], AUTHOR)
    sheet, levels = book.sheet(entry["words"][language]), book.sheet(said("sheet_levels", language))
    sheet.append(Cell(catalogue.heading(one, language), NEEDED if one in entry["required"] else FREE) for one in asked)
    lists: dict[str, list[str]] = {}
    for place, column in enumerate(asked):
        kind = catalogue.column(column)["type"]
        wide = max(width(catalogue.heading(column, language)) + 4, 12)
        sheet.whole.set_column(place, place, wide, book.format(FORMATS.get(kind, TEXT)))
        sheet.whole.write_comment(0, place, note(table, column, language), NOTE)
        rule = RULES.get(kind)
        if choices := _choices(column, language):
            at = xl_col_to_name(len(lists), True)
            lists[column] = choices
            rule = {"validate": "list", "source": f"='{levels.whole.name}'!{at}$2:{at}${len(choices) + 1}"}
        if rule:
            said_wrong = said("note_level" if choices else f"note_{kind}", language, unit="–")
            told = {"error_title": said("wrong_title", language), "error_message": said_wrong}
            sheet.whole.data_validation(1, place, ROWS - 1, place, rule | told)
    sheet.whole.freeze_panes(1, 0)
    for row in zip_longest(*([column, *choices] for column, choices in lists.items()), fillvalue=""):
        levels.append(map(Cell, row))
    levels.whole.hide()
    example_sheet = book.sheet(said("sheet_example", language))
    _fill_example(example_sheet, table, language)
    for one in (sheet, levels, example_sheet):
        set_across(one)
    return book.as_bytes()


def _choices(column: str, language: str) -> list[str]:
    """The words from which a column's cells are chosen."""
    kind = base().column(column)["type"]
    if kind == "level":
        return [level[language] for level in offered(column).values()]
    if kind == "boolean":
        return [said("answer_yes", language), said("answer_no", language)]
    return [*TERMS] if kind == "term" else []


def note(table: str, column: str, language: str) -> str:
    """What to write into a column."""
    catalogue = base()
    entry = catalogue.column(column)
    kind = str(entry["type"])
    if kind == "level_set":
        how = said("note_level_set", language, list="; ".join(level[language] for level in offered(column).values()))
    elif kind == "count":
        how = said("note_count", language, unit=catalogue.unit(entry.get("unit", "count"))[language])
    else:
        how = said(f"note_{kind}", language)
    if column in catalogue.table(table)["required"]:
        return said("note_required", language) + "\n" + how
    return how + "\n" + said("note_not_applicable" if column in NONE_IS_BLANK else "note_optional", language)


def example(column: str, language: str) -> str:
    """A value that a column accepts."""
    kind = base().column(column)["type"]
    if kind in ("level", "level_set"):
        return next(iter(offered(column).values()))[language]
    own = {
        "term": next(iter(TERMS)),
        "boolean": said("answer_yes", language),
        "date": "2021-07-01",
        "year": "1985",
        "count": "1",
    }
    if column == "year":
        return "2021"
    return own.get(kind, "12.5" if kind == "number" else "") or said(f"example_{column}", language)


def _fill_example(sheet: Sheet, table: str, language: str) -> None:
    """A sheet that is not read: each column with a value and what to write."""
    for place, wide in enumerate((24, 24, HOW)):
        sheet.whole.set_column(place, place, wide)
    sheet.append([Cell(said("example_head", language), {**BOLD, "font_color": "#C00000"})])
    sheet.append([])
    sheet.append(Cell(said(key, language), BOLD) for key in ("example_column", "example_value", "example_note"))
    text: Look = {**TEXT, **WRAPPED}
    for column in columns(table):
        how = note(table, column, language).replace("\n", " ")
        value = Cell(example(column, language), {**text, "italic": True})
        sheet.append([Cell(base().heading(column, language), text), value, Cell(how, text)], height_of([how], HOW))
