"""Tables as they are read: three lines in HTML, and a CSV that a spreadsheet opens without running it."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest

from analysis.catalogue import extended
from analysis.measure import arranged
from analysis.reporting.documents.model import report_of
from analysis.reporting.tables import as_block, as_csv, harmless, labelled, plain, three_line, wide
from analysis.reporting.wording import Wording

TERMS = {"term": {"2015": {"zh": "2015 届", "en": "Term of 2015"}, "2018": {"zh": "2018 届", "en": "Term of 2018"}}}
CATALOGUE = extended(TERMS, {})
ZH, EN = (Wording(CATALOGUE, language) for language in ("zh", "en"))


def measured(*rows):
    """Measure rows of (term, education, estimate, reason)."""
    facts = {"measure": "education_share", "n": 40, "unit": "proportion", "table": "roster", "interval": "census"}
    return arranged(
        pd.DataFrame([facts | dict(zip(("term", "education", "estimate", "reason"), row, strict=True)) for row in rows])
    )


TABLE = measured(
    ("2018", "unknown", 0.1, ""),
    ("2018", "bachelor", 0.625, ""),
    ("2015", "bachelor", np.nan, "hidden"),
    ("2018", "primary", np.nan, "empty_base"),
)


def test_rows_and_columns_stand_in_the_order_of_the_catalogue_and_unknown_last():
    grid = wide(TABLE, "education", "term", EN).cells
    assert list(grid.index) == ["Primary", "Bachelor", "Unknown"]
    assert list(grid.columns) == ["Term of 2015", "Term of 2018"]
    assert grid.index.name == "Education"
    assert grid.to_numpy().tolist() == [["", "–"], ["[hidden]", "62.5%"], ["", "10.0%"]]


def test_the_numbers_are_the_same_in_chinese_and_english():
    zh, en = wide(TABLE, "education", "term", ZH).cells, wide(TABLE, "education", "term", EN).cells
    assert zh.replace("〔已隐去〕", "[hidden]").to_numpy().tolist() == en.to_numpy().tolist()
    assert list(zh.index) == ["小学", "本科", "不详"]
    saved_zh, saved_en = labelled(TABLE, ZH), labelled(TABLE, EN)
    assert saved_zh["估计值"].tolist() == saved_en["Estimate"].tolist()
    assert saved_zh["人数"].tolist() == saved_en["n"].tolist()


def test_a_csv_has_levels_in_the_order_of_the_catalogue_where_the_kernel_gave_them_in_that_of_their_keys():
    rows = [("2015", level, 0.5, "") for level in ("bachelor", "primary", "unknown")] + [("2018", "bachelor", 0.5, "")]
    assert labelled(measured(*rows), EN)["Education"].tolist() == ["Primary", "Bachelor", "Unknown", "Bachelor"]
    ranked = [rows[place] for place in (1, 0, 2)]
    assert labelled(measured(*ranked), EN)["Education"].tolist() == ["Primary", "Bachelor", "Unknown"]
    arranged_by_somebody = [rows[place] for place in (2, 0, 1)]
    assert labelled(measured(*arranged_by_somebody), EN)["Education"].tolist() == ["Unknown", "Bachelor", "Primary"]
    assert labelled(measured(*rows)[:0], EN).empty


# Three lines


@pytest.fixture
def grid():
    return pd.DataFrame({"A <b>": ["1 < 2", "-"]}, index=pd.Index(["<script>", "x & y"], name="<i>"))


def test_what_looks_like_markup_is_escaped(grid):
    shown = three_line(as_block("", "<caption>", grid, ["note <1>"]))
    for written in ("<script>", "A <b>", "1 < 2", "x & y", "<i>", "note <1>"):
        assert written not in shown
    for escaped in (
        "&lt;script&gt;",
        "A &lt;b&gt;",
        "1 &lt; 2",
        "x &amp; y",
        "&lt;i&gt;",
        "note &lt;1&gt;",
        "&lt;caption&gt;",
    ):
        assert escaped in shown


def test_a_table_has_a_caption_a_header_a_row_for_each_row_and_its_notes(grid):
    shown = three_line(as_block("", "Table 1", grid, ["first", "second"]))
    assert len(re.findall("<tr", shown)) == 3
    assert len(re.findall('scope="row"', shown)) == 2
    assert re.search("<(fig)?caption[^>]*>Table 1</(fig)?caption>", shown)
    assert shown.index("</table>") < shown.index("first") < shown.index("second")


def test_the_table_as_text_has_caption_cells_and_notes():
    text = plain(as_block("", "Table 1", wide(TABLE, "education", "term", EN).cells, ["a note"]))
    assert text.startswith("Table 1\n")
    assert text.endswith("\na note")
    assert "62.5%" in text


# Width


def test_an_interval_may_go_below_its_estimate_and_is_not_broken():
    grid = pd.DataFrame(
        {"A": ["−5.0 (−7.1, −2.9)", "62.5% (51.0%–72.9%)", "–", "[hidden]"]}, index=pd.Index(["a", "b", "c", "d"])
    )
    shown = three_line(as_block("", "", grid, []))
    assert re.findall(r'>([^<>]+) <span style="white-space:nowrap">(.*?)</span>', shown) == [
        ("−5.0", "(−7.1, −2.9)"),
        ("62.5%", "(51.0%–72.9%)"),
    ]
    cells = re.findall(r'<td style="([^"]*)"', shown)
    assert all("text-align:right" in style and "nowrap" not in style for style in cells)


@pytest.mark.parametrize(
    ("words", "is_broken"), [("社区" * 6, False), ("社区" * 7, True), ("a" * 24, False), ("a" * 25, True)]
)
def test_words_wider_than_twelve_chinese_characters_may_take_several_lines(words, is_broken):
    shown = three_line(as_block("", "", pd.DataFrame({"A": [words]}, index=pd.Index(["a"])), []))
    (style,) = re.findall(r'<td style="([^"]*)"', shown)
    assert ("nowrap" not in style) is is_broken


def test_a_wide_table_scrolls_in_a_box_of_its_own():
    shown = three_line(as_block("", "", pd.DataFrame({"A": ["1"]}, index=pd.Index(["a"])), []))
    assert re.search(r'<div style="overflow-x:auto"><table.*</table></div>', shown, re.DOTALL)


# CSV


def rows_of(content):
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_csv_begins_with_a_byte_order_mark_so_that_excel_reads_chinese():
    content = as_csv(pd.DataFrame({"指标": ["更新率"]}))
    assert content.startswith(b"\xef\xbb\xbf")
    assert rows_of(content) == [["指标"], ["更新率"]]
    assert content.endswith(b"\r\n")


@pytest.mark.parametrize("text", ["=1+1", "+86 10", "-cmd", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")'])
def test_text_that_a_spreadsheet_would_run_is_neutralised(text):
    assert harmless(text) == "'" + text
    assert rows_of(as_csv(pd.DataFrame({text: [text]}))) == [["'" + text], ["'" + text]]


@pytest.mark.parametrize("text", ["社区", "a=b", "1-2", "−5.0%", "–", "*", ""])
def test_other_text_is_left_alone(text):
    assert harmless(text) == text


def test_numbers_are_numbers_also_when_they_are_negative():
    frame = pd.DataFrame({"estimate": [-0.25, 0.1], "n": [-3, 4]})
    assert rows_of(as_csv(frame)) == [["estimate", "n"], ["-0.25", "-3"], ["0.1", "4"]]


def test_quotes_commas_and_line_ends_survive():
    cells = ['a "quoted" word', "a, b", "two\nlines"]
    assert [row[0] for row in rows_of(as_csv(pd.DataFrame({"x": cells})))[1:]] == cells


def test_a_saved_table_has_headings_in_words_and_numbers_as_they_are():
    frame = labelled(TABLE, EN)
    assert list(frame) == ["Measure", "Term", "Education", "Estimate", "n", "Unit", "Window", "Why missing", "Row id"]
    assert frame["Estimate"].tolist() == [0.1, 0.625, "", ""]
    assert frame["n"].tolist() == [40, 40, 40, 40]
    assert frame["Why missing"].tolist() == ["", "", EN.text("hidden"), "– Undefined: the base is zero."]


def test_a_name_of_the_data_that_looks_like_a_formula_is_harmless_in_the_saved_table():
    facts = {"measure": "female_share", "estimate": 0.5, "n": 40, "unit": "proportion", "table": "roster"}
    saved = as_csv(labelled(arranged(pd.DataFrame([facts | {"subdistrict": "=1+1"}])), EN))
    assert rows_of(saved)[1][:3] == ["Share of women", "'=1+1", "0.5"]


def test_a_window_is_named_by_its_times():
    assert [EN.window(told) for told in ("2015→2018", "before→after", "2012-01-01→2013-01-01", "")] == [
        "Term of 2015→Term of 2018", "Before→After", "2012-01-01→2013-01-01", "",
    ]  # fmt: skip
    assert ZH.window("before→after") == "改革前→改革后"


@pytest.mark.parametrize(("language", "says"), [("zh", "编号相同"), ("en", "the same number in every study")])
def test_a_report_says_why_a_number_of_a_table_is_missing(nanchang, language, says):
    assert any(says in told for _, told in report_of(nanchang, language, [language], []).origin)
