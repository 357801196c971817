"""Every figure draws in both languages, the same bytes each time, and says what it shows to who can't see it."""

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from matplotlib.patches import Patch
from matplotlib.text import Text

from analysis.catalogue import base
from analysis.errors import StudyError
from analysis.measure import arranged
from analysis.reporting import disclosure, figures, open_page, page
from analysis.reporting.figures import fonts, legends
from analysis.reporting.wording import Wording

NO_GLYPH = "\U0010fffd"
"""A character for private use, which no font has."""


@pytest.fixture(scope="module")
def of_staff(nanchang):
    return replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))


@pytest.fixture
def shows(monkeypatch):
    """What a page shows, collected."""
    bundles = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def measured(measure, columns, rows, **facts):
    """Measure rows of shares, drawn as a table: dimensions, numerator, denominator."""
    table = pd.DataFrame(rows, columns=[*columns, "numerator", "denominator"])
    plain = {"unit": "proportion", "table": "roster", "interval": "census", "measure": measure}
    share = table["numerator"] / table["denominator"]
    return arranged(table.assign(**{"estimate": share, "n": table["denominator"], **plain, **facts}))


RENEWAL = pd.concat(
    [
        measured("renewal_rate", ["term"], [("2018", 75, 96), ("2015", 76, 96)]),
        measured("stability_index", ["term"], [("2015", 20, 96), ("2018", 21, 96)]),
    ],
    ignore_index=True,
)
PLACES = measured(
    "renewal_rate",
    ["subdistrict", "term"],
    [
        ("徐家坊街道", "2015", 30, 40),
        ("徐家坊街道", "2018", 28, 40),
        ("青云谱镇", "2015", 20, 40),
        ("青云谱镇", "2018", 31, 40),
        ("湖坊镇", "2015", 25, 40),
        ("湖坊镇", "2018", 34, 40),
    ],
)
CURVE = arranged(
    pd.DataFrame(
        {
            "tenure_years": [1.0, 2.0, 3.5],
            "estimate": [0.9, 0.6, 0.4],
            "low": [0.8, 0.5, np.nan],
            "high": [0.95, 0.7, np.nan],
            "n": [100, 60, 20],
        }
    ).assign(measure="tenure_survival", unit="proportion", table="roster", interval="greenwood_log_log")
)
PYRAMID = measured(
    "age_band_share",
    ["term", "sex", "age_band"],
    [
        ("2018", "female", "under_35", 20, 60),
        ("2018", "female", "from_45", 40, 60),
        ("2018", "male", "under_35", 15, 30),
        ("2018", "male", "from_60", 15, 30),
    ],
)
EDUCATION = measured(
    "education_share",
    ["term", "education"],
    [
        ("2015", "primary", 40, 90),
        ("2015", "bachelor", 50, 90),
        ("2018", "primary", 30, 90),
        ("2018", "bachelor", 60, 90),
    ],
)
KINDS = {
    "over_terms": (figures.over_terms, RENEWAL, {}, "renewal"),
    "by_group": (figures.by_group, PLACES, {"column": "subdistrict"}, "renewal_by_place"),
    "survival": (figures.survival, CURVE, {}, "tenure"),
    "pyramid": (figures.pyramid, PYRAMID, {}, "age_and_sex"),
    "composition": (figures.composition, EDUCATION, {"column": "education", "rows": "term"}, "education"),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def drawn(draw, table, words, **options):
    """The texts of a figure."""
    with figures.house_style():
        figure = draw(table, words, **options)
        figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


def svg_of(opened, kind, folder, language="en"):
    draw, table, options, name = kind
    open_page(opened, language, folder).figure(name, draw, table, **options)
    return (folder / f"figures/{name}.{language}.svg").read_bytes()


def test_a_level_that_holds_others_is_hatched_in_bar_and_legend(nanchang):
    levels = ["junior_college", "college", "bachelor"]  # the second is the first or the third
    table = measured("education_share", ["term", "education"], [("2018", level, 30, 90) for level in levels])
    with figures.house_style():
        figure = figures.composition(table, Wording(nanchang.catalogue, "en"), "education", "term")
    (axes,) = figure.axes
    assert [bool(bar.get_hatch()) for bar in axes.patches] == [False, True, False]
    assert [bool(key.get_hatch()) for key in axes.get_legend().get_patches()] == [False, True, False]


# Each kind, in each language


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_figure_is_an_svg_with_a_title_and_a_description_and_without_a_date(
    nanchang, kind, shows, tmp_path, language
):
    svg = svg_of(nanchang, kind, tmp_path, language).decode()
    title = nanchang.catalogue.text(f"figure_{kind[3]}", language)
    assert f'<title id="{kind[3]}-title">{title}</title>' in svg
    assert re.search(f'<desc id="{kind[3]}-values">[^<]+</desc>', svg)
    assert f'role="img" aria-labelledby="{kind[3]}-title {kind[3]}-values"' in svg
    assert "<text" not in svg  # letters are outlines, so that no reader lacks the font
    assert "dc:date" not in svg
    assert shows[0]["text/plain"].startswith(title)


def test_a_second_run_gives_the_same_bytes(nanchang, kind, shows, tmp_path):
    assert svg_of(nanchang, kind, tmp_path / "first", "zh") == svg_of(nanchang, kind, tmp_path / "second", "zh")


def test_the_order_of_the_rows_changes_no_byte_of_a_sorted_figure(nanchang, shows, tmp_path):
    for kind in (KINDS["survival"], KINDS["pyramid"]):
        draw, table, options, name = kind
        again = (draw, table.iloc[::-1], options, name)
        first, second = (
            re.sub(r"<desc.*?</desc>", "", svg_of(nanchang, one, tmp_path / place).decode(), flags=re.DOTALL)
            for one, place in ((kind, "first"), (again, "second"))
        )
        assert first == second


def test_the_numbers_in_a_figure_are_the_same_in_both_languages(nanchang, kind):
    draw, table, options, _ = kind

    def numbers(language):
        words = Wording(nanchang.catalogue, language)
        terms = words.labels("term", ["2015", "2018"])
        return sorted(
            text
            for text in drawn(draw, table, words, **options)
            if re.fullmatch(r"[−\d.,%]+", text) and text not in terms
        )

    assert numbers("zh") == numbers("en") != []


def test_a_figure_of_terms_writes_each_value_and_the_name_of_each_line(nanchang):
    texts = drawn(figures.over_terms, RENEWAL, Wording(nanchang.catalogue, "en"))
    # 76/96 = .7917, 75/96 = .78125, 20/96 = .2083, 21/96 = .21875
    assert {"79.2%", "78.1%", "20.8%", "21.9%", "Renewal at the election", "Stability index"} <= set(texts)


def test_a_figure_of_groups_puts_the_lowest_first(nanchang):
    with figures.house_style():
        figure = figures.by_group(PLACES, Wording(nanchang.catalogue, "en"), "subdistrict")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert labels == ["徐家坊街道", "青云谱镇", "湖坊镇"]  # 28, 31 and 34 of 40 in the latest term


def test_a_pyramid_writes_persons(nanchang):
    texts = drawn(figures.pyramid, PYRAMID, Wording(nanchang.catalogue, "en"))
    assert [texts.count(count) for count in ("20", "40", "15")] == [1, 1, 2]


def test_a_survival_curve_begins_at_one_and_writes_who_is_at_risk(nanchang):
    with figures.house_style():
        figure = figures.survival(CURVE, Wording(nanchang.catalogue, "en"))
    (line, _) = figure.axes[0].get_lines()
    assert line.get_xydata().tolist() == [[0, 1], [1, 0.9], [2, 0.6], [3.5, 0.4]]
    assert [tick.get_text() for tick in figure.axes[0].get_xticklabels()] == ["0", "1\n100", "2\n60", "3.5\n20"]


def test_the_parts_of_a_composition_make_up_the_whole(nanchang):
    with figures.house_style():
        figure = figures.composition(EDUCATION, Wording(nanchang.catalogue, "en"), column="education", rows="term")
    ends = {}
    for bar in figure.axes[0].patches:
        ends[bar.get_y()] = max(ends.get(bar.get_y(), 0), bar.get_x() + bar.get_width())
    assert list(ends.values()) == pytest.approx([1, 1])


# Many groups


@pytest.mark.parametrize(("groups", "shown"), [(40, 40), (41, 40), (97, 40)])
def test_at_most_forty_groups_are_drawn_the_highest_and_the_lowest(nanchang, groups, shown):
    rows = [(f"C{i:02d}", "2018", i + 10, 200) for i in range(groups)]
    table = measured("renewal_rate", ["subdistrict", "term"], rows)
    with figures.house_style():
        figure = figures.by_group(table, Wording(nanchang.catalogue, "en"), "subdistrict")
    labels = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert len(labels) == shown
    assert (labels[0], labels[-1]) == ("C00", f"C{groups - 1:02d}")


def test_at_most_forty_bars_of_a_composition_are_drawn(nanchang):
    rows = [(f"C{i:02d}", level, 50, 100) for i in range(45) for level in ("primary", "bachelor")]
    table = measured("education_share", ["subdistrict", "education"], rows)
    with figures.house_style():
        figure = figures.composition(table, Wording(nanchang.catalogue, "en"), column="education", rows="subdistrict")
    assert len(figure.axes[0].get_yticks()) == 40


def test_every_measure_over_the_terms_is_drawn_or_refused(nanchang):
    names = [
        "stability_index", "carry_over_rate", "renewal_rate", "overlap_index", "college_share", "female_share",
        "party_member_share", "senior_secondary_or_below_share",
    ]  # fmt: skip
    table = pd.concat([measured(name, ["term"], [("2015", 30, 100), ("2018", 40, 100)]) for name in names])
    words = Wording(nanchang.catalogue, "en")
    texts = drawn(figures.over_terms, table.reset_index(drop=True), words)
    assert {words.measure(name) for name in names} <= set(texts)


# Values that are no shares


def test_a_net_loss_is_inside_the_axes(nanchang):
    table = measured("net_change_rate", ["term"], [("2015", -20, 100), ("2018", 10, 100)], unit="rate")
    with figures.house_style():
        figure = figures.over_terms(table, Wording(nanchang.catalogue, "en"))
    assert figure.axes[0].get_ylim()[0] <= -0.2


def test_an_axis_of_years_is_not_in_per_cent(nanchang):
    table = measured("mean_age", ["term"], [("2015", 4000, 100), ("2018", 4200, 100)], unit="years")
    with figures.house_style():
        figure = figures.over_terms(table, Wording(nanchang.catalogue, "en"))
        figure.draw_without_rendering()
    assert not [tick for tick in figure.axes[0].get_yticklabels() if "%" in tick.get_text()]


# What is hidden or not there


def hide(table, rows):
    hidden = np.isin(np.arange(len(table)), rows)
    values = {column: table[column].mask(hidden) for column in disclosure.VALUES}
    return table.assign(**values, reason=table["reason"].mask(hidden, "hidden"))


def test_a_hidden_row_does_not_stop_a_figure(nanchang, kind, shows, tmp_path):
    draw, table, options, name = kind
    for row in range(len(table)):
        svg_of(nanchang, (draw, hide(table, [row]), options, name), tmp_path)
    assert "[hidden]" in shows[-1]["text/plain"]


@pytest.mark.parametrize("name", KINDS)
def test_a_figure_of_which_everything_is_hidden_is_said_to_be_and_not_drawn(nanchang, name, shows, tmp_path):
    draw, table, options, word = KINDS[name]
    open_page(nanchang, "en", tmp_path).figure(word, draw, hide(table, range(len(table))), **options)
    assert not list(tmp_path.glob("figures/*"))
    (bundle,) = shows
    assert "[hidden]: too few persons" in bundle["text/plain"]
    assert "image/svg+xml" not in bundle


def test_a_figure_of_groups_whose_latest_term_is_hidden_is_drawn(nanchang, shows, tmp_path):
    latest = np.flatnonzero(PLACES["term"] == "2018")
    svg_of(nanchang, (figures.by_group, hide(PLACES, latest), {"column": "subdistrict"}, "renewal_by_place"), tmp_path)


@pytest.mark.parametrize("name", KINDS)
def test_small_groups_of_staff_leave_no_number_in_a_figure(of_staff, name, shows):
    draw, table, options, _ = KINDS[name]
    small = table.assign(n=5, numerator=table["numerator"] * 0 + 3, denominator=table["denominator"] * 0 + 5)
    part = pd.concat([small.iloc[:1], table.iloc[1:]], ignore_index=True)
    shown = disclosure.released(part, of_staff.sensitivity("roster"))
    assert shown["reason"].iloc[0] == "hidden"
    if shown["estimate"].isna().all():
        return  # and no figure is drawn
    texts = drawn(draw, shown, Wording(of_staff.catalogue, "en"), **options)
    hidden = Wording(of_staff.catalogue, "en").number(table["estimate"].iloc[0], "proportion")
    assert hidden not in texts


# Glyphs


def test_a_character_of_the_data_that_no_font_has_becomes_a_geta_mark():
    assert fonts.drawable(f"徐{NO_GLYPH}坊") == ("徐〓坊", 1)
    assert fonts.drawable("青云谱镇 −5 %") == ("青云谱镇 −5 %", 0)
    assert Wording(base(), "en").label("subdistrict", f"{NO_GLYPH}镇") == "〓镇"


def test_a_figure_with_such_a_name_is_drawn(nanchang, shows, tmp_path):
    table = PLACES.assign(subdistrict=PLACES["subdistrict"].str.replace("徐", NO_GLYPH))
    svg_of(nanchang, (figures.by_group, table, {"column": "subdistrict"}, "renewal_by_place"), tmp_path, "zh")
    assert "〓家坊街道" in shows[0]["text/plain"]


def test_a_word_of_our_own_that_no_font_has_is_refused(nanchang, tmp_path):
    def draw(table, words):
        figure = figures.over_terms(table, words)
        figure.axes[0].set_xlabel(f"届次{NO_GLYPH}")
        return figure

    with pytest.raises(StudyError) as refused:
        open_page(nanchang, "zh", tmp_path).figure("renewal", draw, RENEWAL)
    assert refused.value.key == "glyph_missing"
    assert "U+10FFFD" in str(refused.value)
    assert not list(tmp_path.iterdir())


def test_the_minus_sign_and_the_signs_of_the_catalogue_have_glyphs():
    fonts.require_glyphs("−–—“”、，。%*〓→∏²⁴ 届社区")
    with pytest.raises(StudyError):
        fonts.require_glyphs(NO_GLYPH)


def test_characters_of_the_data_without_a_glyph_are_counted_below_the_figure(nanchang, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "display", lambda *_, **__: None)
    rows = [("2018", "\ue01d里", 30, 100), ("2018", "\ue01d\ue008里", 40, 100), ("2018", "甲里", 50, 100)]
    table = measured("renewal_rate", ["term", "subdistrict"], rows)
    assert page.undrawable(table) == 3  # one in the first name, two in the second
    shown = page.open_page(nanchang, "en")
    assert shown._footer(table)[1] == "〓: characters of the data that no font has (3)"


# What all figures share


def composed(level, column, words):
    """A composition of all persons at one level, and the colour of its bar."""
    table = measured("education_share", [column, "term"], [(level, "2015", 40, 40)])
    with figures.house_style():
        (bar,) = figures.composition(table, words, column=column, rows="term").axes[0].patches
    return bar.get_facecolor()


def test_a_level_has_the_same_shade_whichever_other_levels_are_in_the_figure(nanchang):
    words = Wording(nanchang.catalogue, "en")
    with figures.house_style():
        figure = figures.composition(EDUCATION, words, column="education", rows="term")
    shades = {text.get_text(): patch.get_facecolor() for text, patch in named(figure)}
    for level in EDUCATION["education"].unique():
        assert composed(level, "education", words) == shades[words.label("education", level)]


def named(figure):
    legend = figure.axes[0].get_legend()
    return zip(legend.get_texts(), legend.get_patches(), strict=True)


def test_who_is_unknown_has_a_shade_that_is_no_level_s(nanchang):
    words = Wording(nanchang.catalogue, "en")
    levels = [composed(level, "education", words) for level in words.catalogue.levels_of("education")]
    assert len(set(levels)) == len(levels)
    assert composed("unknown", "education", words) not in levels


def test_a_legend_of_two_rows_is_read_row_by_row(nanchang):
    axes = figures.canvas(2.0)[1][0]
    names = ["a" * 30, "b" * 30, "c" * 30, "d" * 30, "e"]
    legends.above(axes, [Patch(label=name) for name in names])
    axes.figure.draw_without_rendering()
    places = {text.get_text(): text.get_window_extent() for text in axes.get_legend().get_texts()}
    assert sorted(names, key=lambda name: (-round(places[name].y0), places[name].x0)) == names


@pytest.mark.parametrize(
    ("unit", "top", "ticks"),
    [("value", 0.2, ["0.00", "0.05", "0.10", "0.15", "0.20"]), ("proportion", 1, ["0%", "25%", "50%", "75%", "100%"])],
)
def test_the_ticks_of_an_axis_have_as_many_decimals_as_one_of_them_needs(nanchang, unit, top, ticks):
    axes = figures.canvas(2.0)[1][0]
    axes.set_xticks([top * part / 4 for part in range(5)])
    figures.shown_in(axes.xaxis, unit, Wording(nanchang.catalogue, "en"))
    axes.figure.draw_without_rendering()
    assert [label.get_text() for label in axes.get_xticklabels()] == ticks


def test_a_pages_font_has_just_its_characters_its_spacing_and_the_same_bytes_twice():
    text = "（青云谱区），12,345 χ²"
    made = fonts.subset(text)
    face = TTFont(io.BytesIO(made))
    assert face.flavor == "woff"
    assert {*face.getBestCmap()} == {*map(ord, text)}
    assert {one.FeatureTag for one in face["GPOS"].table.FeatureList.FeatureRecord} == {"kern", "palt"}
    fonts.subset.cache_clear()
    assert fonts.subset(text) == made


def test_a_character_that_is_not_common_is_in_its_pages_font():
    assert ord("臺") in TTFont(io.BytesIO(fonts.subset("臺北"))).getBestCmap()
