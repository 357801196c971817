"""Figures and tables of registers that count no persons: dots of communities, bars of counts, pairs of items."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.measure import arranged, combined
from analysis.reporting import figures, open_page, page, tables
from analysis.reporting.figures import distributions
from analysis.reporting.wording import Wording
from analysis.workload import matching


@pytest.fixture(params=["zh", "en"])
def words(request, nanchang):
    return Wording(nanchang.catalogue, request.param)


@pytest.fixture
def shows(monkeypatch):
    """What a page shows, collected."""
    bundles = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def rows(measure, columns, drawn, unit, table="ledgers"):
    """Measure rows drawn as a table: dimensions, estimate, n."""
    frame = pd.DataFrame(drawn, columns=[*columns, "estimate", "n"])
    return arranged(frame.assign(measure=measure, unit=unit, table=table, interval="census"))


def ledgers(numbers, year="2014"):
    each = [(f"C{n:02d}", year, number, 1) for n, number in enumerate(numbers, 1)]
    mean = rows("ledgers_per_community", ["year"], [(year, float(np.mean(numbers)), len(numbers))], "ledgers_each")
    return combined([rows("ledgers_most", ["community_id", "year"], each, "ledgers"), mean])


LEDGERS = combined([ledgers([100, 312, 100, 40]), ledgers([80, 186, 60], "2016")])
FATES = rows(
    "item_fate_count",
    ["stage", "item_fate"],
    [
        ("before", "kept", 30, 100),
        ("before", "merged", 70, 100),
        ("after", "kept", 30, 50),
        ("after", "merged", 20, 50),
    ],
    "items",
    "work_items",
)
DEPARTMENTS = rows(
    "department_share",
    ["stage", "department"],
    [("before", "民政", 0.4, 10), ("before", "公安", 0.6, 10), ("after", "民政", 0.75, 4), ("after", "公安", 0.25, 4)],
    "proportion",
    "work_items",
)
KINDS = {
    "dots": (distributions.dots, LEDGERS, {"unit": "community_id", "over": "year"}, "ledgers"),
    "counts": (figures.composition, FATES, {"column": "item_fate", "rows": "stage"}, "item_fates"),
    "stages": (figures.by_group, DEPARTMENTS, {"column": "department", "over": "stage"}, "departments"),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def figure_of(draw, table, words, **options):
    with figures.house_style():
        figure = draw(table, words, **options)
        figure.draw_without_rendering()
    return figure


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def test_a_figure_has_a_title_and_a_description_and_the_same_bytes_twice(nanchang, kind, shows, tmp_path):
    draw, table, options, name = kind
    for place in ("first", "second"):
        for language in ("zh", "en"):
            open_page(nanchang, language, tmp_path / place).figure(name, draw, table, **options)
    for language in ("zh", "en"):
        first, second = ((tmp_path / p / f"figures/{name}.{language}.svg").read_bytes() for p in ("first", "second"))
        assert first == second
        assert (
            f'<title id="{name}-title">{nanchang.catalogue.text(f"figure_{name}", language)}</title>'.encode() in first
        )


def test_the_numbers_of_a_figure_are_the_same_in_both_languages(nanchang, kind):
    draw, table, options, _ = kind
    drawn = [texts(figure_of(draw, table, Wording(nanchang.catalogue, one), **options)) for one in ("zh", "en")]
    zh, en = (sorted(re.findall(r"[−\d.,]+%?", " ".join(each))) for each in drawn)
    assert zh == en != []


def test_the_most_burdened_community_is_named_with_its_number_and_the_mean_is_written(words):
    drawn = texts(figure_of(distributions.dots, LEDGERS, words, unit="community_id", over="year"))
    assert {"C02 312", "C02 186"} <= {*drawn}
    assert {words.text("mean_value", value="138.0"), words.text("mean_value", value="108.7")} <= {*drawn}


def test_every_community_is_a_dot_and_equal_numbers_stand_on_each_other(words):
    figure = figure_of(distributions.dots, LEDGERS, words, unit="community_id", over="year")
    dots = [line.get_xydata() for line in figure.axes[0].get_lines() if line.get_markersize() == 5]
    assert [len(one) for one in dots] == [3, 4]  # 2016 below 2014
    (low, high) = (point[1] for point in dots[1] if point[0] == 100)
    assert low < high


@pytest.mark.parametrize("numbers", [[0, 0, 0], [7], list(range(0, 3000, 7)), [5] * 300])
def test_dots_stay_in_their_row(words, numbers):
    figure = figure_of(distributions.dots, ledgers(numbers), words, unit="community_id", over="year")
    heights = np.concatenate([line.get_ydata() for line in figure.axes[0].get_lines()])
    assert (heights.min(), heights.max() <= 0.5 + 1e-9) == (0, True)


def test_a_community_without_a_number_is_no_dot(words):
    table = LEDGERS.assign(estimate=LEDGERS["estimate"].mask(LEDGERS["community_id"] == "C02"))
    drawn = texts(figure_of(distributions.dots, table, words, unit="community_id", over="year"))
    assert not [text for text in drawn if text.startswith("C02")]


def test_a_year_of_which_only_the_mean_is_known_is_drawn(words):
    table = LEDGERS[(LEDGERS["year"] == "2014") | LEDGERS["community_id"].isna()]
    figure_of(distributions.dots, table, words, unit="community_id", over="year")


def test_bars_of_counts_are_as_long_as_their_sum_which_is_written(nanchang):
    english = Wording(nanchang.catalogue, "en")
    figure = figure_of(figures.composition, FATES, english, column="item_fate", rows="stage")
    ends = {}
    for bar in figure.axes[0].patches:
        ends[bar.get_y()] = max(ends.get(bar.get_y(), 0), bar.get_x() + bar.get_width())
    assert [ends[y] for y in sorted(ends)] == [50, 100]  # the first bar is on top
    assert {"100", "50", "70", "20"} <= {*texts(figure)}
    assert not [text for text in texts(figure) if "%" in text]


def test_groups_are_ordered_by_the_later_stage(words):
    figure = figure_of(figures.by_group, DEPARTMENTS, words, column="department", over="stage")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["公安", "民政"]
    assert "75.0%" in texts(figure)


# What the pages say below


@pytest.mark.parametrize(
    ("table", "zh", "en"),
    [
        (FATES, "事项数：100", "Items: 100"),
        (DEPARTMENTS, "事项数：10", "Items: 10"),
        (LEDGERS, "社区数：4", "Communities: 4"),
    ],
)
def test_a_table_counts_items_or_communities_and_calls_them_so(nanchang, shows, tmp_path, table, zh, en):
    column = next(name for name in ("item_fate", "department", "community_id") if name in table)
    shown = table.dropna(subset=column)
    over = "year" if column == "community_id" else "stage"
    for language, said in (("zh", zh), ("en", en)):
        open_page(nanchang, language, tmp_path).table("item_fates", shown, rows=column, columns=over)
        assert said in shows[-1]["text/plain"].splitlines()
        heading = (tmp_path / f"tables/item_fates.{language}.csv").read_text(encoding="utf-8-sig").splitlines()[0]
        assert ("人数" not in heading) if language == "zh" else ("n (" in heading)


def test_items_of_groups_are_added_up(nanchang):
    rates = rows(
        "reduction_rate", ["item_nature"], [("administrative", 0.6, 387), ("own", 0.0, 97)], "rate", "work_items"
    )
    assert page.persons(rates, Wording(nanchang.catalogue, "en")) == "484"


def test_items_that_are_not_in_a_base_are_no_persons(nanchang):
    table = FATES.assign(excluded="item_fate not_recorded 3")
    assert "未计入基数（项）：改革后去向：未登记 3。" in Wording(nanchang.catalogue, "zh").notes(table)
    assert "未计入基数（人）：改革后去向：未登记 3。" in Wording(nanchang.catalogue, "zh").notes(
        table.assign(table="roster")
    )


def test_a_table_of_one_column_has_the_estimates_in_it(words):
    table = rows("reduction_rate", [], [(0.625, 120)], "rate", "work_items")
    grid = tables.wide(table, "measure", "", words).cells
    assert grid.columns.tolist() == [words.text("column_estimate")]
    assert grid.iloc[0, 0] == "62.5%"
    assert grid.index.tolist() == [words.measure("reduction_rate")]


def test_pairs_of_items_are_shown_with_room_for_a_decision(nanchang, shows, tmp_path):
    before = pd.DataFrame({"item_id": ["a1", "a2"], "item_name": ["低保审核", "健康档案管理"]}, dtype="str")
    after = pd.DataFrame({"item_id": ["b1", "b2"], "item_name": ["低保 审核", "健康档案"]}, dtype="str")
    open_page(nanchang, "zh", tmp_path).matches("item_matches", matching.matches(before, after))
    saved = pd.read_csv(tmp_path / "tables/item_matches.zh.csv", encoding="utf-8-sig", keep_default_na=False)
    assert saved["改革前事项"].tolist() == ["a1 低保审核", "a2 健康档案管理"]
    assert saved["比对结果"].tolist() == ["名称相同", "相近，待判断"]
    assert saved["相似度"].tolist() == ["100.0%", "80.0%"]  # 2·4/(6 + 4)
    assert set(saved["人工判断"]) == {""}
    assert "表 4-3" in shows[-1]["text/plain"]
