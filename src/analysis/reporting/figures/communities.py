"""Figures of single communities: ranks with what they could as well be, direct and modelled estimates, and funnels.

Only the ranks are in an order, with the intervals that qualify it; elsewhere communities stand by their ids.
"""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.reporting.figures import MOST_GROUPS, MUTED, SERIES, canvas, shown_in, tooltips
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.wording import Wording
from analysis.survey.respondents import COMMUNITY

PALE, DARK = "#C9DDEA", SERIES[0]
HALF = 0.3
"""How far a rank's mark reaches to each side: a rank alone is seen, too."""


def rank_intervals(table: pd.DataFrame, words: Wording, highlight: str = "") -> Figure:
    """Rank of each community as a dot, in the ranks that sampling alone (dark) and all choices together (pale) give.

    Parameters
    ----------
    table
        `index_rank` of one evaluation; rows of other sources of doubt are not drawn.
    highlight
        A community whose name is marked.
    """
    drawn = table.dropna(subset="estimate")
    whole = drawn[drawn["varied"] == "all"].sort_values(["estimate", "low", "high", COMMUNITY])
    whole = whole.head(MOST_GROUPS) if len(whole) > MOST_GROUPS else whole
    place = {community: i for i, community in enumerate(reversed(list(whole[COMMUNITY])))}
    figure, (axes,) = canvas(1.7 + 0.24 * max(len(place), 3))
    for varied, colour, width in (("all", PALE, 9), ("sampling", DARK, 2.2)):
        rows = drawn[(drawn["varied"] == varied) & drawn[COMMUNITY].isin(place)]
        if len(rows):
            heights = rows[COMMUNITY].map(place)
            label = words.label("varied", varied)
            axes.hlines(heights, rows["low"] - HALF, rows["high"] + HALF, color=colour, lw=width, label=label, zorder=2)
        for _, row in rows.iterrows():
            span = row["low"] - HALF, row["high"] + HALF
            tooltips.point(axes, tooltips.said(row, words), span, place[row[COMMUNITY]])
    axes.plot(
        whole["estimate"],
        whole[COMMUNITY].map(place),
        "o",
        color=DARK,
        ms=6,
        zorder=3,
        label=words.text("rank_of_index"),
    )
    for _, row in whole.iterrows():
        text = f"{row['low']:.0f}–{row['high']:.0f}"
        axes.annotate(text, (1.01, place[row[COMMUNITY]]), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    _named(axes, place, words, highlight)
    axes.set_xlim(0.4, drawn["high"].max() + 0.6)
    axes.set_xticks(sorted({1, *range(5, int(drawn["high"].max()) + 1, 5), int(drawn["high"].max())}))
    axes.set_xlabel(words.text("axis_rank"), fontsize=8.5)
    axes.legend(**ABOVE, ncols=3, handletextpad=0.6, columnspacing=1.2)
    return figure


def beside(table: pd.DataFrame, words: Wording, highlight: str = "") -> Figure:
    """Direct estimates and those of the model beside each other, one panel an outcome, by the communities' ids."""
    rows = table[table["measure"].str.startswith(("direct_", "small_area_"))].dropna(subset="estimate")
    asked = words.ordered("outcome", rows["outcome"])
    communities = sorted(rows[COMMUNITY].unique(), reverse=True)[-MOST_GROUPS:]
    place = {community: i for i, community in enumerate(communities)}
    figure, panels = canvas(1.5 + 0.3 * max(len(place), 3), len(asked), share_y=True)
    for axes, outcome in zip(panels, asked, strict=True):
        part = rows[(rows["outcome"] == outcome) & rows[COMMUNITY].isin(place)]
        for kind, colour, shift in (("direct", MUTED, 0.16), ("small_area", DARK, -0.16)):
            own = part[part["measure"] == f"{kind}_{outcome}"]
            heights = own[COMMUNITY].map(place) + shift
            axes.hlines(heights, own["low"], own["high"], color=colour, lw=1.4)
            axes.plot(own["estimate"], heights, "o", color=colour, ms=4.5, label=words.text(f"estimate_{kind}"))
            for _, row in own.iterrows():
                tooltips.point(axes, tooltips.said(row, words), tooltips.interval(row), place[row[COMMUNITY]] + shift)
        city = table[table["measure"] == f"funnel_{outcome}"]["estimate"].dropna()
        if len(city):
            axes.axvline(city.iloc[0], color=MUTED, lw=0.8, ls=(0, (4, 3)), zorder=1)
        axes.set_title(words.label("outcome", outcome), pad=24)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        shown_in(axes.xaxis, part["unit"].iloc[0], words)
    _named(panels[0], place, words, highlight)
    panels[0].legend(**ABOVE, ncols=2, handletextpad=0.1, columnspacing=1)
    return figure


def funnel(table: pd.DataFrame, words: Wording) -> Figure:
    """Direct estimates against their numbers of answers, between the limits of the whole; who lies outside is named."""
    drawn = table.dropna(subset="estimate")
    limits, direct = (drawn[drawn["measure"].str.startswith(kind)] for kind in ("funnel_", "direct_"))
    asked = words.ordered("outcome", limits["outcome"])
    figure, panels = canvas(3.5, len(asked))
    for axes, outcome in zip(panels, asked, strict=True):
        own = limits[limits["outcome"] == outcome]
        points = direct[direct["outcome"] == outcome].set_index(COMMUNITY).reindex(own[COMMUNITY].unique())
        city = own["estimate"].iloc[0]
        n = np.linspace(own["n"].min() * 0.8, own["n"].max() * 1.08, 200)
        for (coverage, rows), style in zip(own.groupby("coverage"), ("-", "--"), strict=False):
            reach = ((rows["high"] - rows["low"]) / 2 * np.sqrt(rows["n"])).iloc[0] / np.sqrt(n)
            name = words.text("funnel_limit_at", level=f"{coverage * 100:g}")
            for side, label in ((-1, None), (1, name)):
                axes.plot(n, city + side * reach, color=MUTED, lw=1, ls=style, label=label)
        axes.axhline(city, color=MUTED, lw=0.8)
        axes.plot(points["n"], points["estimate"], "o", color=DARK, ms=5)
        for _, row in direct[direct["outcome"] == outcome].iterrows():
            tooltips.point(axes, tooltips.said(row, words), row["n"], row["estimate"])
        nearest = own.sort_values("coverage").groupby(COMMUNITY).first().reindex(points.index)
        is_outside = (points["estimate"] < nearest["low"]) | (points["estimate"] > nearest["high"])
        for community, row in points[is_outside].iterrows():
            name = words.label(COMMUNITY, community)
            at = (row["n"], row["estimate"])
            axes.annotate(name, at, (6, 0), textcoords="offset points", va="center", fontsize=8)
        axes.set_title(words.label("outcome", outcome), pad=24)
        axes.set_xlabel(words.text("axis_answers"), fontsize=8.5)
        shown_in(axes.yaxis, own["unit"].iloc[0], words)
    panels[0].legend(**ABOVE, ncols=2, handletextpad=0.4, columnspacing=1)
    return figure


def _named(axes: Axes, place: dict[str, int], words: Wording, highlight: str) -> None:
    """Communities on the vertical axis, an arrow before the one that is asked for: the Chinese font has no bold face."""
    names = {community: words.label(COMMUNITY, community) for community in place}
    shown = [f"→ {name}" if community == highlight else name for community, name in names.items()]
    axes.set_yticks(list(place.values()), shown)
    for label, community in zip(axes.get_yticklabels(), place, strict=True):
        label.set_color(SERIES[1] if community == highlight else "#333333")
    axes.set_ylim(-0.7, len(place) - 0.3)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
