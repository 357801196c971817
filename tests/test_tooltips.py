"""What a figure says where it is pointed at: the digits of the row that is drawn there, and not in a rounded SVG's."""

import re
from itertools import product
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import LineCollection

from analysis.catalogue import base
from analysis.measure import arranged
from analysis.reporting import figures
from analysis.reporting.figures import (
    communities,
    distributions,
    groups,
    likert,
    lorenz,
    profiles,
    quality,
    svg,
    tooltips,
)
from analysis.reporting.wording import Wording

WORDS = {language: Wording(base(), language) for language in ("zh", "en")}
SCORES = WORDS["en"].catalogue.levels_of("score")
TERMS, WAVES = ["2015", "2018"], ["first", "second"]


def crossed(measures, unit="proportion", first=0.1, by=0.013, **levels):
    """A row for each combination of levels; no two have the same value, interval or n."""
    rows = pd.DataFrame(product(measures, *levels.values()), columns=["measure", *levels])
    estimate = first + by * np.arange(len(rows))
    about = {
        "estimate": estimate,
        "low": estimate - by * 0.7,
        "high": estimate + by * 0.7,
        "n": 100 + np.arange(len(rows)),
    }
    facts = {"unit": unit, "table": "participation", "interval": "t", "coverage": 0.95}
    return arranged(rows.assign(**about, numerator=10 + np.arange(len(rows)), denominator=about["n"], **facts))


def joined(*tables):
    return arranged(pd.concat(tables, ignore_index=True))


OF_TERMS = {"term": TERMS}
QUADRANTS = {"item": ["safety", "overall"], "quadrant": ["keep_up"]}
CHART = joined(
    crossed(["performance"], "value", 3.1, 0.2, **QUADRANTS),
    crossed(["derived_importance"], "index", 0.2, 0.1, **QUADRANTS),
    crossed(["performance_line"], "value", 3.0),
    crossed(["importance_line"], "index", 0.15),
)
AREAS = joined(
    crossed(
        ["direct_participation_rate", "small_area_participation_rate"],
        outcome=["participation_rate"],
        community_id=["C1", "C2"],
    ),
    crossed(["funnel_participation_rate"], outcome=["participation_rate"], community_id=["C1", "C2"], first=0.3),
)
SCOPES = {"scope": ["city", "community"]}
MODELLED = {"scope": ["city", "small_area", "community"], "outcome": ["participation_rate"]}
RANKS = crossed(["index_rank"], "rank", 2, 1, varied=["all", "sampling"], community_id=["C1", "C2", "C3"])
WEIGHTS = crossed(["weight_band_share"], wave=["first"], weight_from=["0.5", "1.0"]).assign(weight_below=["1.0", "1.5"])
POINTS = {
    "over_terms": (figures.over_terms, crossed(["renewal_rate", "stability_index"], **OF_TERMS), {}),
    "by_group": (figures.by_group, crossed(["renewal_rate"], term=TERMS, sex=["female", "male"]), {"column": "sex"}),
    "intervals": (
        likert.intervals,
        crossed(["satisfaction_score"], "score_100", 50, 2.3, item=["safety", "overall"], wave=WAVES),
        {"rows": "item", "series": "wave"},
    ),
    "ratios": (
        groups.ratios,
        crossed(
            ["representation_ratio"], "ratio", 0.6, 0.3, group=["women", "migrants"], among=["participants", "acts"]
        ),
        {},
    ),
    "breadth": (
        groups.breadth,
        crossed(["activity_group_rate"], activity=["culture_sport", "political"], group=["women", "migrants"]),
        {"floor": 0.05},
    ),
    "curves": (
        lorenz.curves,
        crossed(["acts_lorenz", "acts_lorenz_chance"], wave=WAVES, population_share=[0.25, 0.75]),
        {},
    ),
    "dots": (
        distributions.dots,
        crossed(["ledgers_most"], "ledgers", 40, 7, community_id=["C1", "C2"], year=["2014", "2016"]),
        {"unit": "community_id", "over": "year"},
    ),
    "margins": (
        quality.margins,
        crossed(
            ["sample_share_unweighted", "sample_share_weighted", "census_share"], group=["women"], margin_base=["same"]
        ),
        {},
    ),
    "beside": (communities.beside, AREAS[AREAS["measure"] != "funnel_participation_rate"], {}),
    "rank_intervals": (communities.rank_intervals, RANKS, {}),
    "beside_city": (profiles.beside_city, crossed(["participation_rate", "satisfied_share"], **SCOPES), {}),
    "over_years": (
        profiles.over_years,
        crossed(
            ["ledgers_per_community"], "ledgers_each", 9, 2.1, year=["2014", "2016"], ledger_form=["paper"], **SCOPES
        ),
        {"panels": "ledger_form"},
    ),
    "modelled": (profiles.modelled, crossed(["participation_rate"], **MODELLED), {}),
    "ranks": (profiles.ranks, RANKS[RANKS["community_id"] == "C1"], {"count": 12}),
}
BARS = {
    "composition": (
        figures.composition,
        crossed(["education_share"], term=TERMS, education=["primary", "bachelor"]),
        {"column": "education", "rows": "term"},
    ),
    "pyramid": (
        figures.pyramid,
        crossed(["age_band_share"], term=TERMS, sex=["female", "male"], age_band=["under_35", "from_60"]),
        {},
    ),
    "diverging": (
        likert.diverging,
        crossed(["satisfaction_share"], item=["safety", "overall"], score=SCORES),
        {},
    ),
    "missing": (
        quality.missing,
        crossed(["item_missing_share"], question=["education", "sex"], missing_reason=["refused", "dont_know"]),
        {},
    ),
    "weights": (quality.weights, WEIGHTS, {}),
}


def drawn(draw, table, options, language="en"):
    with figures.house_style():
        return draw(table, WORDS[language], **options)


def told(figure):
    return [one for axes in figure.axes for one in axes.get_children() if isinstance(one, tooltips.Tooltip)]


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("kind", {**POINTS, **BARS})
def test_a_tooltip_has_the_digits_of_its_row_and_what_that_is_of(kind, language):
    draw, table, options = {**POINTS, **BARS}[kind]
    words = WORDS[language]
    said = [one.text for one in told(drawn(draw, table, options, language))]
    assert len(said) == len(table)
    for _, row in table.iterrows():
        (own,) = (text for text in said if f" {words.cell(row)}\n" in text)
        assert words.measure(row["measure"]) in own
        assert re.search(rf"\b{words.count(row['n'])}\b", own.splitlines()[-1], re.ASCII)
        for column in {"item", "sex", "education", "group", "community_id", "scope"} & {*row.index}:
            assert words.label(column, row[column]) in own.splitlines()[0]


@pytest.mark.parametrize("kind", POINTS)
def test_a_tooltip_is_where_its_point_is(kind):
    figure = drawn(*POINTS[kind])
    for axes in figure.axes:
        lines = [line.get_xydata() for line in axes.lines]
        ends = [
            part for drawn in axes.collections if isinstance(drawn, LineCollection) for part in drawn.get_segments()
        ]
        points = np.concatenate([*lines, *ends]).astype(float)
        for one in (one for one in told(figure) if one.axes is axes):
            low, high = np.array(one.corners)
            assert ((points >= low - 1e-9) & (points <= high + 1e-9)).all(axis=1).any()


@pytest.mark.parametrize("kind", BARS)
def test_a_tooltip_is_where_its_bar_is(kind):
    figure = drawn(*BARS[kind])
    for axes in figure.axes:
        bars = {tuple(np.sort(bar.get_bbox().get_points(), axis=0).ravel().round(6)) for bar in axes.patches}
        own = [tuple(np.ravel(one.corners).round(6)) for one in told(figure) if one.axes is axes]
        assert own
        assert set(own) <= bars


def test_of_two_numbers_of_a_point_both_are_told():
    figure = drawn(likert.importance_performance, CHART, {})
    first = next(one.text for one in told(figure) if "Safety" in one.text)
    assert first.splitlines()[1:] == [
        "Performance (mean) 3.10 (2.96–3.24)",
        "Derived importance 0.200 (0.130–0.270)",
        "Persons: 100",
    ]


def test_a_curve_says_everywhere_what_it_is_there_and_rounds_the_time():
    table = crossed(["tenure_survival"], first=0.9, by=-0.2, tenure_years=[1.8836413415468858, 3.5])
    said = told(drawn(figures.survival, table.assign(low=np.nan, high=np.nan), {}))
    assert [one.text for one in said] == [
        "Years in post 1.884\nStill in post 90.0%\nPersons: 100",
        "Years in post 3.5\nStill in post 70.0%\nPersons: 101",
    ]
    assert [one.corners for one in said] == [[(1.8836413415468858, 0), (3.5, 1)], [(3.5, 0), (3.5 * 1.05, 1)]]


def test_in_a_funnel_only_communities_are_points():
    assert sorted(one.text.splitlines()[0].split(" · ")[1] for one in told(drawn(communities.funnel, AREAS, {}))) == [
        "C1",
        "C2",
    ]


def test_a_hidden_value_has_no_tooltip():
    draw, table, options = POINTS["intervals"]
    hidden = table.copy()
    hidden.loc[0, ["estimate", "low", "high", "n"]] = np.nan
    hidden.loc[0, "reason"] = "hidden"
    assert len(told(drawn(draw, hidden, options))) == len(table) - 1


def test_in_svg_a_tooltip_is_a_titled_rectangle_over_its_mark_with_its_text_as_it_is():
    with figures.house_style():
        figure, (axes,) = figures.canvas(2.0)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        tooltips.bar(axes, "<C1> & 0.12345", (0, 0.5), (0, 1))
        tooltips.point(axes, "C2", 5, 5)  # outside of the axes
        text = svg.drawn(figure, "one", "A", "B")
    (tip,) = ElementTree.fromstring(text).iterfind(".//{*}rect")
    place = {name: float(tip.get(name)) for name in ("x", "y", "width", "height")}
    assert tip.findtext("{*}title") == "<C1> & 0.12345"
    assert (tip.get("fill"), tip.get("pointer-events")) == ("none", "all")
    window = axes.get_window_extent()
    assert place["x"] == pytest.approx(window.x0, abs=0.05)
    assert place["width"] == pytest.approx(window.width / 2, abs=0.1)
    assert place["y"] == pytest.approx(2.0 * 72 - window.y1, abs=0.05)
    assert place["height"] == pytest.approx(window.height, abs=0.1)


def test_a_point_can_be_hit_and_a_bar_keeps_its_size():
    with figures.house_style():
        figure, (axes,) = figures.canvas(2.0)
        tooltips.point(axes, "a point", 0.5, 0.5)
        tooltips.bar(axes, "a bar", (0.5, 0.501), (0, 1))
        root = ElementTree.fromstring(svg.drawn(figure, "one", "A", "B"))
    least, thin = (float(tip.get("width")) for tip in root.iterfind(".//{*}rect"))
    assert least == tooltips.LEAST > 1 > thin


def test_published_figures_say_the_sentence_and_what_is_computed():
    checked = pd.DataFrame(
        [{"id": "N1", "published": "45", "relation": "equals", "published_en": "45%", "computed": 44.95, "n": 20}]
    )
    (one,) = told(drawn(figures.published, checked, {"value": "computed"}))
    assert one.text == "N1  45%\nComputed 45.0%\nPersons: 20"
    assert one.corners == [(44.95, 0), (45, 0)]
