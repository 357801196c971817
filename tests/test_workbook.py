"""The workbook twin of a report: its numbers, shown with their formats, have the digits of the page."""

import io
import re
from decimal import Decimal

import numpy as np
import openpyxl
import pandas as pd
import pytest
import reported
from hypothesis import example, given
from hypothesis import strategies as st
from reported import shown

from analysis.catalogue import base, entries
from analysis.measure import arranged
from analysis.reporting import tables
from analysis.reporting.blocks import Table
from analysis.reporting.documents import workbook
from analysis.reporting.wording import Wording

WORDS = Wording(base(), "zh")
UNITS = entries("measures")["units"]


def measured(*rows):
    """Measure rows of (term, estimate, low, high, unit, reason)."""
    facts = {"measure": "education_share", "n": 40, "table": "roster"}
    named = ("term", "estimate", "low", "high", "unit", "reason")
    return arranged(pd.DataFrame([facts | dict(zip(named, row, strict=True)) for row in rows]))


MEASURED = measured(
    ("2012", 0.625, 0.601, 0.6485, "proportion", ""),
    ("2015", -0.190715809118, -0.25, -0.0004, "points", ""),
    ("2018", np.nan, np.nan, np.nan, "proportion", "hidden"),
    ("2021", 0.0004, np.nan, np.nan, "p", ""),
    ("=1+1", 9463.4, np.nan, np.nan, "acts", ""),
)
ESTIMATES = ["62.5%", "−19.1", "〔已隐去〕", "<0.001", "9,463.40"]
"""As the page prints them: by hand, from the decimals of the units."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A report's folder with one CSV."""
    made = tmp_path_factory.mktemp("report")
    (made / "tables").mkdir()
    (made / "tables" / "measured.zh.csv").write_bytes(tables.as_csv(tables.labelled(MEASURED, WORDS)))
    return made


@pytest.fixture(scope="module")
def content(folder):
    grid = Table("measured", "表 1 <b>=1", "届次", ["值"], [["2012", "62.5%"]], ["人数：40", "=注"])
    twice = Table("measured", "乙", "届次", ["值"], [["2012", "62.5%"]], ["人数：40"])
    return workbook.document(reported.report([grid, twice, reported.table()]), folder)


@pytest.fixture(scope="module")
def book(content):
    return openpyxl.load_workbook(io.BytesIO(content))


def rows_of(sheet):
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_number_is_a_number_that_shows_the_digits_of_the_page(book):
    sheet = book["measured"]
    heading = next(row for row in sheet.iter_rows() if row[0].value == WORDS.text("measure"))
    place = {cell.value: cell.column - 1 for cell in heading}
    rows = list(sheet.iter_rows(min_row=heading[0].row + 1))[:5]
    page = [WORDS.cell(row) for row in MEASURED.to_dict("records")]
    for row, estimate, printed in zip(rows, ESTIMATES, page, strict=True):
        cells = [row[place[name]] for name in ("估计值", "下限", "上限")]
        said = [shown(cell.value, cell.number_format) for cell in cells if cell.value is not None]
        assert said == ([] if estimate == "〔已隐去〕" else re.findall(r"[−<]?\d[\d,]*(?:\.\d+)?%?", printed))
        assert printed.partition(" ")[0] == estimate
    assert rows[0][place["估计值"]].value == 0.625
    assert rows[1][place["估计值"]].value == pytest.approx(-19.0715809118)
    assert [row[place["人数"]].value for row in rows] == [40] * 5
    assert rows[2][place["缺失原因"]].value == WORDS.text("hidden")


def test_a_standard_error_is_shown_with_a_decimal_more_than_its_estimate():
    headings = [WORDS.text("measure"), *(WORDS.text(f"column_{name}") for name in ("estimate", "se", "unit"))]
    cells = workbook.values(headings, [["x", "0.625", "0.0123456", "比例"], ["y", "1.5", "", "次"]], WORDS)
    assert [cells[0][1].format, cells[0][2].format] == ["#,##0.0%", "#,##0.00%"]
    assert cells[1][2] == ""


def test_headings_stand_over_their_numbers_and_ids_for_programs_are_not_printed(book):
    sheet = book["measured"]
    heading = next(row for row in sheet.iter_rows() if row[0].value == WORDS.text("measure"))
    below = sheet[heading[0].row + 1]
    right = [cell.value for cell in heading if cell.alignment.horizontal == "right"]
    assert {"估计值", "下限", "上限", "人数"} <= {*right}
    assert [one.alignment.horizontal for one in below if isinstance(one.value, float)] == ["right"] * 3
    assert WORDS.text("measure") not in right
    ids = next(cell for cell in heading if cell.value == WORDS.text("column_id"))
    assert sheet.print_area == f"'measured'!$A$1:${sheet.cell(1, ids.column - 1).column_letter}${sheet.max_row}"


def test_nothing_is_a_formula(content, book):
    values = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in values} <= {"s", "n"}
    texts = [cell.value for cell in values if cell.data_type == "s"]
    assert {"=1+1", '=HYPERLINK("http://x")', "=注", "来源：=某处 #1"} <= set(texts)
    assert "C8 \U0010fffd�" in texts


def test_every_sheet_has_title_notes_and_that_data_are_synthetic(book):
    for sheet in book:
        assert reported.report().warnings[0] in [value for row in rows_of(sheet) for value in row]
    first = [row[0] for row in rows_of(book["measured"])]
    assert first[:2] == ["表1　<b>=1", "表1-2　乙"]
    assert first.count("人数：40") == 1
    assert book.sheetnames == ["目录", "measured", "named", "counts"]


def test_the_contents_lead_to_each_sheet(book):
    links = {cell.value: cell.hyperlink.location for row in book["目录"].iter_rows() for cell in row if cell.hyperlink}
    assert links == {name: f"'{name}'!A1" for name in ("measured", "named", "counts")}


def test_a_table_without_csv_has_its_cells_as_numbers_where_all_of_a_cell_is_one(book):
    rows = rows_of(book["named"])[2:12]
    assert rows[0][1:] == ["62.5% (60.1%–64.9%)", -3, 1234]
    assert rows[1][1:] == ["〔已隐去〕", "–", "<5"]
    assert [row[0] for row in rows][7:9] == ["同名社区", "同名社区"]
    assert rows_of(book["counts"])[2] == ["roster.csv", 17]
    assert workbook.values(["x", "y"], [["01", "007"]], WORDS) == [["01", "007"]]


@given(st.floats(-1e6, 1e6, allow_nan=False), st.sampled_from(sorted(UNITS)))
@example(-0.00004, "proportion")
@example(0.625, "count")
@example(2.5, "count")
@example(-1234.5678, "acts")
def test_a_format_shows_what_is_printed(value, unit):
    entry = UNITS[unit]
    scaled = value * 100 if entry["factor"] == 100 and not entry["suffix"] else value
    if scaled == value or Decimal(repr(scaled)) == Decimal(repr(value)) * 100:
        assert shown(scaled, workbook.number_format(value, entry)) == WORDS.number(value, unit)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_units_of_one_name_are_printed_alike(language):
    printed = {}
    for entry in UNITS.values():
        form = (entry["factor"], entry["decimals"], entry["suffix"], entry.get("least"))
        assert printed.setdefault(entry[language], form) == form


@given(st.lists(st.text(max_size=40), max_size=12))
@example(["a/b", "A:b", "a" * 40, "a" * 41, "", "'x'", "History"])
def test_names_of_sheets_are_taken_by_excel(wanted):
    names = workbook.sheet_names(wanted)
    assert len({name.lower() for name in names}) == len(wanted)
    for name in names:
        assert 0 < len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]", name)
        assert name[0] != "'" != name[-1]
        assert name.lower() != "history"


def test_the_same_tables_have_the_same_bytes(folder, content):
    grid = Table("measured", "表 1 <b>=1", "届次", ["值"], [["2012", "62.5%"]], ["人数：40", "=注"])
    twice = Table("measured", "乙", "届次", ["值"], [["2012", "62.5%"]], ["人数：40"])
    assert workbook.document(reported.report([grid, twice, reported.table()]), folder) == content


def test_a_report_of_nothing_300_rows_or_40_columns_is_a_workbook(tmp_path):
    assert openpyxl.load_workbook(
        io.BytesIO(workbook.document(reported.report(language="en"), tmp_path))
    ).sheetnames == [
        "Contents",
        "counts",
    ]
    made = openpyxl.load_workbook(io.BytesIO(workbook.document(reported.small(), tmp_path)))
    assert made["long"].max_row > 300
    assert made["broad"].max_column == 41


def test_what_takes_several_lines_has_room_for_them_on_paper_too(folder):
    """62 letters in a column of 60 take two lines of 17.25 points, 130 three."""
    rows = [["a", "x" * 60], ["b", "x " * 31], ["c", "x " * 65]]
    book = openpyxl.load_workbook(
        io.BytesIO(workbook.document(reported.report([Table("t", "t", "a", ["b"], rows, [])]), folder))
    )
    heights = [book["t"].row_dimensions[row].height for row in (3, 4, 5)]
    assert heights == [None, 34.5, 51.75]
    assert all(sheet.page_setup.fitToHeight == 0 and sheet.sheet_properties.pageSetUpPr.fitToPage for sheet in book)


def test_what_stands_beside_a_text_of_several_lines_begins_where_it_begins(folder):
    rows = [["a", "x " * 65, "1.5%", "short"], ["b", "y", "2.5%", "short"]]
    table = Table("t", "t", "a", ["b", "c", "d"], rows, [])
    book = openpyxl.load_workbook(io.BytesIO(workbook.document(reported.report([table]), folder)))
    high, low = ([cell.alignment.vertical for cell in book["t"][row]] for row in (3, 4))
    assert (high, low) == (["top"] * 4, [None] * 4)


def test_all_of_a_column_stands_on_one_side(folder):
    """Numbers and their intervals at the right, years among words at the left."""
    rows = [["a", "2018", "62.5% (60.1%–64.9%)"], ["b", "First wave", "3"], ["c", "Second wave", "–"]]
    table = Table("t", "t", "x", ["When", "Estimate of something long"], rows, [])
    book = openpyxl.load_workbook(io.BytesIO(workbook.document(reported.report([table]), folder)))
    sides = [[cell.alignment.horizontal for cell in row[1:]] for row in book["t"].iter_rows(min_row=2, max_row=5)]
    assert [row[1] for row in sides] == ["right"] * 4
    assert [row[0] for row in sides] == [None, "left", None, None]
    # Room at the right parts a number from a text in the next column.
    assert all(book["t"].cell(row, 3).number_format.endswith("_)") for row in (3, 4, 5))
    assert book["t"]["C2"].alignment.wrap_text
    assert book["t"].row_dimensions[2].height == 2 * 17.25


def test_a_heading_has_room_for_all_its_lines(folder):
    """160 letters in a column of 60, where 58 fit, take three lines of 17.25 points."""
    table = Table("t", "t", "x", ["y " * 80, "z"], [["a", "1", "2"]], [])
    book = openpyxl.load_workbook(io.BytesIO(workbook.document(reported.report([table]), folder)))
    assert book["t"].row_dimensions[2].height == 3 * 17.25
    assert book["t"]["B2"].alignment.wrap_text


def test_tables_have_the_numbers_of_the_other_formats(folder):
    """A title that says no number of its own gets the next of its notebook, which is the first here."""
    grid = ("a", ["b"], [["a", "1"]], [])
    tables = [Table("first", "表 1-1 甲", *grid), Table("second", "乙", *grid)]
    book = openpyxl.load_workbook(io.BytesIO(workbook.document(reported.report(tables), folder)))
    assert [book[name]["A1"].value for name in ("first", "second")] == ["表1-1　甲", "表1-2　乙"]


def test_a_note_that_is_longer_than_the_table_is_wide_goes_on_below(folder):
    """The columns have room for 4 + 3 and 5 + 3 letters: 200 take 15 lines, each nine tenths full, of 17.25 points."""
    notes = ["short", "x " * 100]
    table = Table("t", "t", "a", ["b"], [["five", "fifth"]], notes)
    book = openpyxl.load_workbook(io.BytesIO(workbook.document(reported.report([table]), folder)))
    rows = {cell.value: cell for row in book["t"].iter_rows() for cell in row if cell.value in notes}
    merged = {str(one) for one in book["t"].merged_cells.ranges}
    assert [f"A{rows[note].row}:B{rows[note].row}" in merged for note in notes] == [False, True]
    assert rows[notes[1]].alignment.wrap_text and not rows["short"].alignment.wrap_text
    assert book["t"].row_dimensions[rows[notes[1]].row].height == 15 * 17.25


@pytest.mark.parametrize(
    ("printed", "value", "form"),
    [("2018", 2018, "0"), ("2,018", 2018, "#,##0"), ("96", 96, "#,##0"), ("1.5", 1.5, "#,##0.0")],
)
def test_a_year_is_no_count_of_thousands(printed, value, form):
    """In a table that has no units; a page prints a count of 2018 as 2,018."""
    ((_, number),) = workbook.values(["Measure", "When"], [["x", printed]], WORDS)
    assert (number.value, number.format) == (value, f"{form};−{form}")
