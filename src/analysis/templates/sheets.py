"""Blank workbooks for registers: a sheet to fill in, with lists to choose from and notes, and an example on another sheet."""

from openpyxl import Workbook
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from analysis.catalogue import base
from analysis.reporting.wording import width
from analysis.reporting.workbooks import as_bytes
from analysis.templates.words import TERMS, offered, said

REGISTERS = ("communities", "roster", "posts", "work_items", "ledgers", "indicators")
"""Tables that a clerk keeps."""
ROWS = 5000
"""Rows that are checked while they are typed."""
NONE_IS_BLANK = ("end", "leave_reason", "merged_into")
"""Columns of which blank says that there is none."""
AUTHOR = "study template"
NEEDED, FREE = PatternFill("solid", fgColor="F6D5A8"), PatternFill("solid", fgColor="E8EEF2")
"""The header's colours: of what is required, and of the rest."""
FORMATS = {"date": "yyyy-mm-dd", "year": "0", "count": "0", "number": "General"}
"""How the cells of a type are shown; all others are text, so that an id keeps its zeros."""


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
    made = Workbook()
    sheet = made.active
    assert isinstance(sheet, Worksheet)
    sheet.title = str(catalogue.table(table)["words"][language])
    levels = made.create_sheet(said("sheet_levels", language))
    levels.sheet_state = "hidden"
    for place, column in enumerate(columns(table), 1):
        is_required = column in catalogue.table(table)["required"]
        heading, letter = catalogue.heading(column, language), get_column_letter(place)
        cell = sheet.cell(1, place, heading)
        cell.font, cell.fill = Font(bold=True), NEEDED if is_required else FREE
        cell.comment = Comment(note(table, column, language), AUTHOR, height=110, width=300)
        sheet.column_dimensions[letter].width = max(width(heading) + 4, 12)
        sheet.column_dimensions[letter].number_format = FORMATS.get(catalogue.column(column)["type"], "@")
        _validated(sheet, levels, column, letter, language)
    sheet.freeze_panes = "A2"
    _example(made, table, language)
    for one in made.worksheets:
        one.page_setup.orientation, one.page_setup.fitToHeight = "landscape", 0
        one.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    return as_bytes(made)


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


def _validated(sheet: Worksheet, levels: Worksheet, column: str, letter: str, language: str) -> None:
    """Let a column's cells be chosen from a list, or be of their type only."""
    kind = base().column(column)["type"]
    cells = f"{letter}2:{letter}{ROWS}"
    choices = {
        "level": [level[language] for level in offered(column).values()],
        "term": [*TERMS],
        "boolean": [said("answer_yes", language), said("answer_no", language)],
    }.get(kind)
    if choices:
        place = levels.max_column + 1 if levels["A1"].value else 1
        for row, text in enumerate([column, *choices], 1):
            levels.cell(row, place, text)
        at = get_column_letter(place)
        rule = DataValidation("list", f"'{levels.title}'!${at}$2:${at}${len(choices) + 1}")
    elif kind == "count":
        rule = DataValidation("whole", operator="greaterThanOrEqual", formula1="0")
    elif kind == "year":
        rule = DataValidation("whole", operator="between", formula1="1900", formula2="2100")
    elif kind == "date":
        rule = DataValidation("date", operator="greaterThan", formula1="DATE(1900,1,1)")
    elif kind == "number":
        rule = DataValidation("decimal", operator="between", formula1="-1E+15", formula2="1E+15")
    else:
        return
    rule.allow_blank, rule.showErrorMessage = True, True
    rule.errorTitle = said("wrong_title", language)
    rule.error = said("note_level" if choices else f"note_{kind}", language, unit="–")
    sheet.add_data_validation(rule)
    rule.add(cells)


def _example(made: Workbook, table: str, language: str) -> None:
    """A sheet that is not read: each column with a value and what to write."""
    sheet = made.create_sheet(said("sheet_example", language))
    sheet["A1"] = said("example_head", language)
    sheet["A1"].font = Font(bold=True, color="C00000")
    for place, key in enumerate(("example_column", "example_value", "example_note"), 1):
        sheet.cell(3, place, said(key, language)).font = Font(bold=True)
    for row, column in enumerate(columns(table), 4):
        how = note(table, column, language).replace("\n", " ")
        told = (base().heading(column, language), example(column, language), how)
        for place, text in enumerate(told, 1):
            cell = sheet.cell(row, place, text)
            cell.number_format, cell.alignment = "@", Alignment(vertical="top", wrap_text=True)
            cell.font = Font(italic=place == 2)
    for letter, wide in (("A", 24), ("B", 24), ("C", 70)):
        sheet.column_dimensions[letter].width = wide
