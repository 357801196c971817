"""Figures of single communities: what they draw, in both languages, and what they leave out."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis.measure import arranged
from analysis.reporting import disclosure, figures, open_page, page
from analysis.reporting.figures import communities
from analysis.reporting.wording import Wording

RANKS = arranged(
    pd.DataFrame(
        [
            ("C01", "all", 1, 1, 3), ("C02", "all", 2, 1, 3), ("C03", "all", 3, 2, 3),
            ("C01", "sampling", 1, 1, 1), ("C02", "sampling", 2, 2, 3), ("C03", "sampling", 3, 2, 3),
            ("C01", "weights", 1, 1, 2), ("C02", "weights", 2, 1, 2), ("C03", "weights", 3, 3, 3),
        ],
        columns=["community_id", "varied", "estimate", "low", "high"],
    ).assign(measure="index_rank", evaluation="all", unit="rank", table="respondents", n=90.0, interval="rank_interval")
)  # fmt: skip


def areas_of(rows):
    table = pd.DataFrame(rows, columns=["measure", "community_id", "estimate", "low", "high", "n", "coverage"])
    facts = {"outcome": "participation_rate", "unit": "proportion", "table": "respondents", "interval": "t"}
    return arranged(table.assign(**facts))


DIRECT = {"C01": (0.5, 100), "C02": (0.9, 50), "C03": (0.45, 80)}
AREAS = areas_of(
    [
        ("direct_participation_rate", name, value, value - 0.1, value + 0.1, n, 0.95)
        for name, (value, n) in DIRECT.items()
    ]
    + [("small_area_participation_rate", name, 0.52, 0.45, 0.59, n, 0.95) for name, (_, n) in DIRECT.items()]
    + [
        ("funnel_participation_rate", name, 0.5, 0.5 - z * 0.5 / np.sqrt(n), 0.5 + z * 0.5 / np.sqrt(n), n, level)
        for name, (_, n) in DIRECT.items()
        for z, level in ((1.96, 0.95), (3.09, 0.998))
    ]
)
KINDS = {
    "rank_intervals": (communities.rank_intervals, RANKS, "rank_intervals"),
    "beside": (communities.beside, AREAS, "small_areas"),
    "funnel": (communities.funnel, AREAS, "funnel"),
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
def test_a_figure_is_saved_with_its_title_in_each_language_and_the_same_bytes_each_time(
    nanchang, kind, language, tmp_path, monkeypatch
):
    monkeypatch.setattr(page, "display", lambda bundle, raw: None)
    draw, table, name = kind
    for place in ("first", "second"):
        open_page(nanchang, language, tmp_path / place).figure(name, draw, table)
    first, second = (
        (tmp_path / place / f"figures/{name}.{language}.svg").read_bytes() for place in ("first", "second")
    )
    assert first == second
    assert f'<title id="{name}-title">{nanchang.catalogue.text(f"figure_{name}", language)}</title>' in first.decode()


def test_the_numbers_of_a_figure_are_the_same_in_both_languages(nanchang, kind):
    draw, table, _ = kind
    found = []
    for language in ("zh", "en"):
        written = texts(drawn(draw, table, Wording(nanchang.catalogue, language)))
        found.append(sorted(text for text in written if re.fullmatch(r"[−–\d.,%]+", text)))
    assert found[0] == found[1] != []


def test_ranks_stand_in_their_order_with_their_intervals(nanchang):
    figure = drawn(communities.rank_intervals, RANKS, Wording(nanchang.catalogue, "en"), highlight="C02")
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["C03", "→ C02", "C01"]  # the first at the top
    assert {"1–3", "2–3"} <= set(texts(figure))


def test_other_sources_of_doubt_are_not_drawn(nanchang):
    figure = drawn(communities.rank_intervals, RANKS, Wording(nanchang.catalogue, "en"))
    assert len(figure.axes[0].collections) == 2


def test_estimates_stand_by_id_and_not_by_value(nanchang):
    figure = drawn(communities.beside, AREAS, Wording(nanchang.catalogue, "en"))
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["C03", "C02", "C01"]


def test_only_who_lies_outside_the_funnel_is_named(nanchang):
    found = texts(drawn(communities.funnel, AREAS, Wording(nanchang.catalogue, "en")))
    assert "C02" in found  # .9 of 50, where .998 limits are .5 ± .219
    assert not {"C01", "C03"} & set(found)


def test_limits_of_the_funnel_narrow_with_the_root_of_the_answers(nanchang):
    axes = drawn(communities.funnel, AREAS, Wording(nanchang.catalogue, "en")).axes[0]
    upper = next(line for line in axes.get_lines() if line.get_label() == "95% limits").get_xydata()
    assert (upper[:, 1] - 0.5) * np.sqrt(upper[:, 0]) == pytest.approx(np.full(len(upper), 1.96 * 0.5))


def test_a_hidden_community_does_not_stop_a_figure(nanchang, kind):
    draw, table, _ = kind
    for community in ("C01", "C02", "C03"):
        hidden = table["community_id"] == community
        values = {column: table[column].mask(hidden) for column in disclosure.VALUES}
        shown = table.assign(**values, reason=table["reason"].mask(hidden, "hidden"))
        drawn(draw, shown, Wording(nanchang.catalogue, "en"))


def test_of_very_many_communities_no_more_are_drawn_than_can_be_told_apart(nanchang):
    rows = pd.concat([RANKS[RANKS["varied"] == "all"].iloc[:1]] * 60, ignore_index=True)
    rows = rows.assign(community_id=[f"C{i:02d}" for i in range(60)], estimate=np.arange(1.0, 61))
    figure = drawn(communities.rank_intervals, rows, Wording(nanchang.catalogue, "en"))
    assert len(figure.axes[0].get_yticks()) == figures.MOST_GROUPS
