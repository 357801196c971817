"""Pages in a real browser, from the disk and offline: read by everybody, and nothing runs on them but their own script."""

import csv
import io
from types import SimpleNamespace

import openpyxl
import pandas as pd
import pytest
from browser import opened, started, violations

from analysis.catalogue import base
from analysis.citing import marks
from analysis.measure import arranged
from analysis.reporting import site
from analysis.reporting.blocks import Figure, Text
from analysis.reporting.documents import html
from analysis.reporting.documents.model import Chapter, Report
from analysis.reporting.tables import as_block, wide
from analysis.reporting.wording import Wording

WORDS = {language: Wording(base(), language) for language in ("zh", "en")}
SCRIPT = "</script><script>alert(1)</script>"
HOSTILE = [
    SCRIPT,
    '"><img src=x onerror=alert(1)>',
    "two\nlines",
    "\u202egnp.exe",
    "n" * 200,
    "=1+1",
    'O\'Neil & "Co"',
    "\ud800",
]
"""Names that a study may have."""
EVERY_WAY = [(scheme, width) for scheme in ("light", "dark") for width in ("phone", "desktop")]
# Rates of two waves by sex; the last is hidden. n is what the page must say of each.
RATES = [
    {"wave": "first", "sex": "male", "estimate": 0.4874, "low": 0.4508, "high": 0.524, "n": 1233},
    {"wave": "second", "sex": "male", "estimate": 0.4808, "low": 0.44, "high": 0.5216, "n": 982},
    {"wave": "first", "sex": "female", "estimate": 0.5, "low": 0.45, "high": 0.55, "n": 400},
    {"wave": "second", "sex": "female", "reason": "hidden"},
]


def table_of(words):
    facts = {"measure": "participation_rate", "unit": "proportion", "table": "participation", "interval": "t"}
    rows = arranged(pd.DataFrame([{"n": float("nan"), "estimate": float("nan"), **facts, **row} for row in RATES]))
    grid = wide(rows.fillna({"reason": ""}), "sex", "wave", words)
    return as_block("rates", words.text("page_values"), grid.cells, [SCRIPT], grid.ids, grid.counts)


def report_in(language):
    words = WORDS[language]
    tips = "".join(
        f'<rect class="tip" x="{x}" y="1" width="9" height="9" fill="none" pointer-events="all">\n<title>{told}</title></rect>'
        for x, told in ((1, "Women\n62.5%\nPersons: 40"), (20, "&lt;script&gt;alert(1)&lt;/script&gt;"))
    )
    drawing = f'<svg role="img" aria-label="A" viewBox="0 0 30 12"><rect width="9" height="9"/>{tips}</svg>'
    names = as_block("names", SCRIPT, pd.DataFrame({SCRIPT: HOSTILE[:-1]}, index=HOSTILE[:-1]), [])
    blocks = [Text("## 1\n\n" + SCRIPT), table_of(words), names, Figure("one", SCRIPT, [], f"a 1; {SCRIPT}", drawing)]
    facts = {
        "title": SCRIPT,
        "summary": SCRIPT,
        "origin": [("B", SCRIPT)],
        "warnings": [],
        "words": words,
    }
    counts = as_block("counts", "", pd.DataFrame({"B": ["1"]}, index=["a"]), [])
    chapters = [Chapter("5_participation", "A", blocks)]
    return Report(
        name="small", community="", language=language, languages=["zh", "en"], chapters=chapters, counts=counts, **facts
    )


def card_of(name, district, staff, score):
    return {
        "name": name,
        "places": {"district": district},
        "cells": {"staff_count": staff, "satisfaction_score": score},
    }


UNITS = [
    site.Unit("C1", card_of("East", "One", "7", "58.8 (53.8–63.7)"), "C1"),
    site.Unit("C2", card_of("Same", "One", "1,012", "[hidden]"), "C2"),
    site.Unit("C3", card_of("Same", "Two", "9", "−1.5 (−3.0, 0.2)"), "C3"),
    site.Unit("C4", None, ""),
]


def start_page(folder, units, languages=("zh", "en")):
    compared = [
        {"key": "staff_count", "heading": "Staff", "time": "2018", "city": "96"},
        {"key": "satisfaction_score", "heading": "Score", "time": "", "city": "57.0 (55.0–59.0)"},
    ]
    named = {part: dict.fromkeys(languages, part) for part in ("title", "summary")}
    settings = SimpleNamespace(**named, disclosure="on")
    study = SimpleNamespace(settings=settings, is_synthetic=True, catalogue=base(), community="")
    folder.mkdir()
    for language in languages:
        page = site.page(study, language, languages, units, compared)
        (folder / f"index.{language}.html").write_bytes(page.encode("utf-8", errors="xmlcharrefreplace"))
    return folder


@pytest.fixture(scope="module")
def browser():
    with started() as one:
        yield one


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    folder = tmp_path_factory.mktemp("report")
    for language in WORDS:
        (folder / f"index.{language}.html").write_text(html.page(report_in(language)), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    return start_page(tmp_path_factory.mktemp("start") / "pages", UNITS)


def saved(page, button):
    with page.expect_download() as waiting:
        button.click()
    return waiting.value.suggested_filename, waiting.value.path().read_bytes()


def names(page):
    return page.locator("#list tbody th > bdi, #list tbody th > a > bdi").all_text_contents()


class TestReport:
    @pytest.mark.parametrize(("scheme", "width"), EVERY_WAY)
    def test_everybody_can_read_it(self, browser, report, scheme, width):
        with opened(browser, report / "index.zh.html", scheme, width) as page:
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
            page.locator("a.n").first.click()
            assert violations(page) == []

    def test_what_is_wrong_would_be_found(self, browser, report):
        with opened(browser, report / "index.en.html") as page:
            page.evaluate("document.documentElement.removeAttribute('lang')")
            page.evaluate("document.querySelector('h1').style.color = '#ccc'")
            assert {one.partition(":")[0] for one in violations(page)} == {"html-has-lang", "color-contrast"}

    def test_a_number_says_what_it_is_and_how_to_cite_it(self, browser, report):
        with opened(browser, report / "index.en.html") as page:
            page.get_by_role("link", name="48.7% (45.1%–52.4%)").click()
            said = page.get_by_role("dialog").inner_text()
            row = "participation_rate[wave=first;sex=male]"
            mark = marks.printed("small", marks.code_of("small", "", "rates", row))
            for fact in ("48.7%", "1,233", row, mark, WORDS["en"].measure("participation_rate"), "Σw 1[y>0] / Σw"):
                assert fact in said
            page.get_by_role("button", name="Copy").last.click()
            page.keyboard.press("Escape")
            page.evaluate("document.body.append(document.createElement('textarea'))")
            page.locator("textarea").focus()
            page.keyboard.press("Control+V")
            assert page.locator("textarea").input_value() == f"48.7% (45.1%–52.4%) {mark}"

    def test_of_a_hidden_number_no_n_is_told(self, report):
        text = (report / "index.en.html").read_text("utf-8")
        assert text.count("data-n=") == 3
        assert text.count("data-id=") == 4

    def test_arrow_keys_go_from_number_to_number_and_escape_comes_back(self, browser, report):
        with opened(browser, report / "index.en.html") as page:
            page.locator("a.n").first.focus()
            page.keyboard.press("ArrowDown")
            page.keyboard.press("ArrowRight")
            page.keyboard.press("ArrowUp")
            assert page.evaluate("document.activeElement.dataset.id") == "participation_rate[wave=second;sex=female]"
            page.keyboard.press("Enter")
            assert page.get_by_role("dialog").is_visible()
            page.keyboard.press("Escape")
            assert page.evaluate("document.activeElement.dataset.id") == "participation_rate[wave=second;sex=female]"

    def test_tables_are_saved_as_they_are_printed_and_no_cell_is_a_formula(self, browser, report):
        with opened(browser, report / "index.en.html") as page:
            tools = page.locator('figure[data-name="names"]')
            name, content = saved(page, tools.get_by_role("button", name="CSV"))
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
            assert name == "names.en.csv"
            assert rows[1:][0] == [SCRIPT, SCRIPT]
            assert ["'=1+1", "'=1+1"] in rows
            name, content = saved(page, page.locator('figure[data-name="rates"]').get_by_role("button", name="Excel"))
            sheet = openpyxl.load_workbook(io.BytesIO(content)).active
            assert name == "rates.en.xlsx"
            cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
            assert ["Men", "48.7% (45.1%–52.4%)", "48.1% (44.0%–52.2%)"] in cells
            assert cells[-1][0] == SCRIPT

    def test_a_copied_table_is_text_with_tabs(self, browser, report):
        with opened(browser, report / "index.zh.html") as page:
            page.locator('figure[data-name="rates"]').get_by_role("button", name="复制").click()
            page.evaluate("document.body.append(document.createElement('textarea'))")
            page.locator("textarea").focus()
            page.keyboard.press("Control+V")
            assert page.locator("textarea").input_value().splitlines()[2].split("\t")[1] == "48.7% (45.1%–52.4%)"

    def test_dark_is_remembered_by_the_page_in_the_other_language_and_paper_stays_white(self, browser, report):
        with opened(browser, report / "index.zh.html") as page:
            page.get_by_role("button", name="深色").click()
            page.get_by_role("link", name="English").click()
            assert page.get_by_role("button", name="Dark").get_attribute("aria-pressed") == "true"
            colour = "getComputedStyle(document.body).backgroundColor"
            assert page.evaluate(colour) == "rgb(22, 25, 29)"
            page.emulate_media(media="print")
            assert page.evaluate(colour) == "rgb(255, 255, 255)"

    def test_a_mark_of_a_figure_says_what_it_is_to_the_mouse(self, browser, report):
        with opened(browser, report / "index.en.html") as page:
            told, marks = page.locator("#told"), page.locator(".tip")
            assert told.is_hidden()
            marks.first.hover()
            assert told.inner_text() == "Women\n62.5%\nPersons: 40"
            told.hover()  # what is shown can be pointed at itself
            assert told.is_visible()
            marks.last.hover()
            assert told.inner_text() == "<script>alert(1)</script>"
            assert violations(page) == []
            page.keyboard.press("Escape")
            assert told.is_hidden()
            marks.last.hover()
            page.locator("h1").hover()
            assert told.is_hidden()

    def test_a_figure_is_one_stop_of_the_tab_key_and_arrows_go_from_mark_to_mark(self, browser, report):
        with opened(browser, report / "index.en.html", width="phone") as page:
            told = page.locator("#told")
            page.locator("figure.drawing summary").focus()
            page.keyboard.press("Shift+Tab")
            assert told.inner_text() == "Women\n62.5%\nPersons: 40"
            page.keyboard.press("ArrowRight")
            assert "alert" in told.inner_text()
            assert page.get_by_role("img", name="alert").evaluate("one => one === document.activeElement")
            box = told.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            page.keyboard.press("ArrowLeft")
            assert "Women" in told.inner_text()
            page.keyboard.press("Tab")
            assert told.is_hidden()
            assert page.evaluate("document.activeElement.localName") == "summary"

    def test_without_scripts_the_browser_shows_what_a_mark_says(self, browser, report):
        with opened(browser, report / "index.en.html", scripts=False) as page:
            assert page.locator(".tip title").first.text_content() == "Women\n62.5%\nPersons: 40"
            assert page.locator(".tip").first.evaluate("one => getComputedStyle(one).pointerEvents") == "all"

    def test_a_finger_shows_what_a_mark_says(self, browser, report):
        with opened(browser, report / "index.en.html", width="phone", touch=True) as page:
            page.locator(".tip").first.tap()
            assert page.locator("#told").inner_text() == "Women\n62.5%\nPersons: 40"
            page.locator("h1").tap()
            assert page.locator("#told").is_hidden()

    def test_without_scripts_a_number_leads_to_the_definition_of_its_measure(self, browser, report):
        with opened(browser, report / "index.en.html", scripts=False) as page:
            page.locator("a.n").first.click()
            assert page.url.endswith("#measure-participation_rate")
            assert page.locator("#measure-participation_rate").is_visible()
            assert page.get_by_role("button").count() == 0

    def test_no_other_script_runs_and_nothing_is_fetched(self, browser, report):
        problems = []
        with opened(browser, report / "index.en.html", problems=problems) as page:
            page.evaluate(
                "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = 1'}))"
            )
            page.evaluate(
                "document.body.append(Object.assign(document.createElement('img'), {src: 'https://example.org/x'}))"
            )
            page.wait_for_timeout(100)
            assert page.evaluate("window.ran") is None
        assert sum("Content Security Policy" in problem for problem in problems) == 2


class TestStartPage:
    @pytest.mark.parametrize(("scheme", "width"), EVERY_WAY)
    def test_everybody_can_read_it(self, browser, start, scheme, width):
        with opened(browser, start / "index.en.html", scheme, width) as page:
            page.get_by_role("checkbox", name="Compare East").check()
            assert violations(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]

    def test_communities_are_searched_by_name_and_place(self, browser, start):
        with opened(browser, start / "index.en.html") as page:
            page.get_by_label("Search").fill("same two")
            assert names(page) == ["Same"]
            assert page.locator("#shown").inner_text() == "1 of 1 shown"
            page.get_by_label("Search").fill("nowhere")
            assert page.locator("#shown").inner_text() == "No community fits."
            page.get_by_role("button", name="Reset").click()
            page.locator("#shown", has_text="4 of 4 shown").wait_for()
            assert names(page) == ["East", "Same", "Same", "C4"]

    def test_they_are_sorted_as_numbers_and_what_has_none_comes_last(self, browser, start):
        with opened(browser, start / "index.en.html") as page:
            links = page.locator("#list tbody th a")
            page.get_by_role("button", name="Staff").click()
            assert [link.get_attribute("href")[:2] for link in links.all()] == ["C2", "C3", "C1"]
            assert page.locator("#list th[aria-sort]").get_attribute("aria-sort") == "descending"
            page.get_by_role("button", name="Score").click()
            assert names(page) == ["East", "Same", "Same", "C4"]
            page.get_by_role("button", name="Score").click()
            assert [link.get_attribute("href")[:2] for link in links.all()] == ["C3", "C1", "C2"]

    def test_they_are_filtered_by_place_and_by_what_is_printed(self, browser, start):
        with opened(browser, start / "index.en.html") as page:
            page.get_by_label("District").select_option("One")
            assert names(page) == ["East", "Same"]
            page.get_by_label("Indicator").select_option(label="Staff · 2018")
            page.get_by_label("At least").fill("1000")
            assert names(page) == ["Same"]
            page.get_by_label("At most").fill("1011")
            assert names(page) == []

    def test_a_few_are_compared_and_the_other_language_shows_the_same(self, browser, start):
        with opened(browser, start / "index.en.html") as page:
            page.get_by_role("checkbox", name="Compare East").check()
            page.get_by_role("checkbox", name="Compare Same").last.check()
            page.get_by_label("District").select_option("Two")
            page.get_by_role("link", name="中文").click()
            assert page.locator("html").get_attribute("lang") == "zh-Hans"
            assert names(page) == ["Same"]
            text = page.locator("#compared").inner_text()
            for told in ("East", "C1", "C3", "57.0", "58.8", "−1.5", "(−3.0, 0.2)"):
                assert told in text

    def test_keys_choose_one_after_another_and_lead_to_the_comparison_and_back(self, browser, start):
        with opened(browser, start / "index.en.html", width="phone") as page:
            label = "document.activeElement.getAttribute('aria-label')"
            assert page.locator("#to-compare").is_hidden()
            page.get_by_role("checkbox", name="Compare East").focus()
            page.keyboard.press("Space")
            assert page.evaluate(label) == "Compare East"
            page.keyboard.press("Tab")
            page.keyboard.press("Tab")
            page.keyboard.press("Space")
            assert page.evaluate(label) == "Compare Same"
            page.get_by_role("button", name="Compare (2/6)").press("Enter")
            assert page.evaluate("document.activeElement.id") == "clear"
            assert 0 <= page.locator("#compare").bounding_box()["y"] < 450
            assert "with=C1" in page.url
            page.keyboard.press("Enter")
            assert page.evaluate("document.activeElement.id") == "search"
            assert page.locator("#to-compare").is_hidden()

    def test_what_is_found_is_saved(self, browser, start):
        with opened(browser, start / "index.en.html") as page:
            page.get_by_label("District").select_option("One")
            name, content = saved(page, page.get_by_role("button", name="CSV").first)
            rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
            assert name == "communities.en.csv"
            assert rows == [
                ["id", "Communities", "District", "Staff (2018)", "Score"],
                ["C1", "East", "One", "7", "58.8 (53.8–63.7)"],
                ["C2", "Same", "One", "1,012", "[hidden]"],
            ]

    def test_a_community_without_a_page_is_listed_without_a_link(self, browser, start):
        for scripts in (True, False):
            with opened(browser, start / "index.en.html", scripts=scripts) as page:
                assert page.get_by_role("link", name="East").get_attribute("href") == "C1/index.en.html"
                assert page.get_by_role("link", name="C4").count() == 0
                assert "no page" in page.locator("main").inner_text()

    def test_names_are_text_and_a_thousand_are_found_at_once(self, browser, tmp_path):
        hostile = [site.Unit(f"H{i}", card_of(name, name, "1", name), "H") for i, name in enumerate(HOSTILE)]
        many = [site.Unit(f"M{i:04}", card_of(f"社区{i:04}", "One", str(i), "–"), f"M{i}") for i in range(1000)]
        folder = start_page(tmp_path / "pages", [*hostile, *many], ["en"])
        with opened(browser, folder / "index.en.html", width="phone") as page:
            assert names(page)[:7] == HOSTILE[:7]
            assert page.locator("#list tbody tr").count() == 100
            page.locator("#list tbody input").first.check()
            seen = page.locator("#to-compare").bounding_box()
            assert 0 <= seen["y"] <= 900 - seen["height"]  # wherever in the list
            page.locator("#list tbody input").first.uncheck()
            page.get_by_role("button", name="Show more").click()
            assert page.locator("#list tbody tr").count() == 200
            assert page.evaluate("document.activeElement.closest('tr').rowIndex") == 101
            page.get_by_label("Search").fill("社区0999")
            assert names(page) == ["社区0999"]
            page.get_by_label("Search").fill("alert(1)")
            for box in page.locator("#list input").all():
                box.check()
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
