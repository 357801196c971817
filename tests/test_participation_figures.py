"""The figures of participation draw in both languages, the same bytes each time, and mark what nobody can tell."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from surveyed import answers, small_study

from analysis import participation
from analysis.catalogue import base
from analysis.measure import arranged
from analysis.reporting import figures, open_page, page
from analysis.reporting.figures import groups, lorenz
from analysis.reporting.wording import Wording


@pytest.fixture
def shows(monkeypatch):
    """What a page shows, collected."""
    bundles = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def measured(measure, columns, rows, unit="proportion"):
    """Measure rows drawn as a table: dimensions, estimate, low, high."""
    table = pd.DataFrame(rows, columns=[*columns, "estimate", "low", "high"])
    facts = {"measure": measure, "unit": unit, "table": "participation", "n": 400, "interval": "log", "coverage": 0.95}
    return arranged(table.assign(**facts))


RATIOS = measured(
    "representation_ratio",
    ["group", "among"],
    [
        ("women", "participants", 1.4, 1.2, 1.7),
        ("women", "acts", 1.1, 0.8, 1.5),
        ("migrants", "participants", 0.5, 0.3, 0.8),
        ("migrants", "acts", np.nan, np.nan, np.nan),
    ],
    "ratio",
)
RATES = measured(
    "activity_group_rate",
    ["activity", "group"],
    [
        ("culture_sport", "women", 0.4, 0.3, 0.5),
        ("culture_sport", "migrants", 0.2, 0.1, 0.3),
        ("political", "women", 0.04, 0.02, 0.08),
        ("political", "migrants", 0.1, 0.06, 0.2),
    ],
)
CURVES = participation.curve(
    participation.prepared(small_study(answers((0, 0, 1, 2, 6)), answers((0, 0, 0, 2, 3), "second")))
)
KINDS = {
    "ratios": (groups.ratios, RATIOS, {}, "representation"),
    "breadth": (groups.breadth, RATES, {"floor": 0.05}, "breadth"),
    "curves": (lorenz.curves, CURVES, {}, "lorenz"),
}


@pytest.fixture(params=KINDS)
def kind(request):
    return KINDS[request.param]


def drawn(draw, table, words, **options):
    with figures.house_style():
        figure = draw(table, words, **options)
        figure.draw_without_rendering()
    return figure


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_figure_is_drawn_saved_and_described_the_same_each_time(nanchang, shows, tmp_path, kind, language):
    draw, table, options, name = kind
    for folder in ("one", "two"):
        open_page(nanchang, language, tmp_path / folder).figure(name, draw, table, **options)
    saved = [(tmp_path / folder / "figures" / f"{name}.{language}.svg").read_bytes() for folder in ("one", "two")]
    assert saved[0] == saved[1]
    assert b"<desc" in saved[0]
    assert ("女" if language == "zh" else "Women") in shows[0]["text/plain"] or name == "lorenz"


def test_a_ratio_is_hollow_where_its_interval_holds_one():
    figure = drawn(groups.ratios, RATIOS, Wording(base(), "en"))
    full = [line for line in figure.axes[0].lines if line.get_marker() == "o" and line.get_markerfacecolor() != "white"]
    marked = {(round(x, 2)) for line in full for x in np.asarray(line.get_xdata(), dtype=float) if np.isfinite(x)}
    assert marked == {1.4, 0.5}  # 1.1 could as well be below 1
    assert "Women" in texts(figure)


def test_ratios_stand_on_a_logarithmic_axis_with_a_line_at_one():
    axes = drawn(groups.ratios, RATIOS, Wording(base(), "en")).axes[0]
    assert axes.get_xscale() == "log"
    assert any(list(line.get_xdata()) == [1, 1] for line in axes.lines)


@pytest.mark.parametrize(("highest", "named"), [(1.24, "0.8 0.9 1 1.1 1.25"), (6.9, "0.5 0.67 1 1.5 2 3 5")])
def test_an_axis_of_ratios_names_several_however_short_it_is(nanchang, highest, named):
    rows = measured(
        "representation_ratio", ["group", "among"], [("women", "acts", 0.91, 0.8 if highest < 2 else 0.5, 1)]
    )
    rows = rows.assign(high=highest)
    axes = drawn(groups.ratios, rows, Wording(nanchang.catalogue, "en")).axes[0]
    low, high = axes.get_xlim()
    ticks = [tick.get_text() for tick in axes.get_xticklabels() if low <= tick.get_position()[0] <= high]
    assert ticks == named.split()


def test_a_ratio_of_zero_and_one_without_a_value_are_not_drawn_on_a_log_axis():
    table = pd.concat(
        [RATIOS, measured("representation_ratio", ["group", "among"], [("men", "acts", 0, 0, 0)], "ratio")]
    )
    assert "Men" not in texts(drawn(groups.ratios, table, Wording(base(), "en")))


def test_the_lowest_group_of_each_activity_is_named_with_its_interval_and_the_floor_is_drawn():
    figure = drawn(groups.breadth, RATES, Wording(base(), "en"), floor=0.05)
    said = texts(figure)
    assert "Migrants 20.0% (10.0%–30.0%)" in said
    assert "Women 4.0% (2.0%–8.0%)" in said
    assert "Floor 5.0%" in said
    lowest = [line for line in figure.axes[0].lines if to_hex(line.get_color()) == figures.SERIES[1].lower()]
    assert sorted(float(line.get_xdata()[0]) for line in lowest) == [0.04, 0.2]


def test_where_groups_are_hidden_the_lowest_that_is_drawn_is_not_called_the_lowest_of_all(nanchang, shows):
    row = (RATES["activity"] == "political") & (RATES["group"] == "women")
    hidden = RATES.assign(estimate=RATES["estimate"].mask(row), reason=RATES["reason"].mask(row, "hidden"))
    said = texts(drawn(groups.breadth, hidden, Wording(base(), "en"), floor=0.05))
    assert "Migrants 10.0% (6.0%–20.0%); 1 hidden" in said
    assert "Migrants 20.0% (10.0%–30.0%)" in said  # of the other activity all are drawn


@pytest.mark.parametrize(
    ("language", "says"), [("zh", "人数过少的数值已隐去"), ("en", "Values of too few persons are hidden")]
)
def test_a_figure_says_that_values_are_hidden_where_some_are(nanchang, shows, language, says):
    row = RATES["group"] == "women"
    hidden = RATES.assign(estimate=RATES["estimate"].mask(row), reason=RATES["reason"].mask(row, "hidden"))
    sheet, footers = open_page(nanchang, language), []
    for table in (hidden, RATES):
        sheet.figure(
            "breadth",
            lambda *given, **options: footers.append(groups.breadth(*given, **options)) or footers[-1],
            table,
            floor=0.05,
        )
    assert [says in figure.get_supxlabel() for figure in footers] == [True, False]


def test_each_wave_has_its_curve_and_its_chance_curve():
    figure = drawn(lorenz.curves, CURVES, Wording(base(), "en"))
    legend = {text.get_text() for text in figure.axes[0].get_legend().get_texts()}
    assert legend == {"First wave", "Second wave", "First wave: chance", "Second wave: chance"}
    assert len(figure.axes[0].collections) == 2  # a band each


def test_where_nobody_takes_part_the_page_says_so_instead_of_an_empty_panel(nanchang, shows):
    rows = participation.curve(participation.prepared(small_study(answers([0] * 12))))
    open_page(nanchang, "en").figure("lorenz", lorenz.curves, rows)
    assert "there is nothing to show" in shows[0]["text/plain"]
    assert "nobody has any" in shows[0]["text/plain"]


def test_few_members_of_a_group_are_hidden_where_the_data_are_of_real_residents(nanchang, shows):
    real = replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))
    few = RATIOS.assign(n=[400, 400, 7, 7])
    open_page(real, "en").table("representation", few, rows="group", columns="among")
    shown = shows[0]["text/plain"]
    assert "0.50" not in shown
    assert "1.40" in shown


def test_a_table_of_groups_says_how_large_they_are():
    assert page.persons(RATIOS.assign(n=[400, 400, 23, 23]), Wording(base(), "en")) == "23–400"
