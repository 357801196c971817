"""Figures of groups of residents: who is over-represented, and whom an activity reaches."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.reporting.figures import MUTED, SERIES, canvas, shown_in, tooltips
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.wording import Wording, in_lines

TICKS = (0.1, 0.2, 0.33, 0.5, 0.67, 1, 1.5, 2, 3, 5, 10, 20)
"""Ratios that an axis may name."""
NEAR_ONE = (0.8, 0.9, 1.1, 1.25)
"""Those that it names too where it is short: else it might name 1 alone."""
SHORT = 3.0
"""The ratio of an axis's ends up to which it is short."""


def ratios(table: pd.DataFrame, words: Wording, series: str = "among") -> Figure:
    """Ratios of groups with their intervals on a logarithmic axis about 1; hollow where the interval holds 1."""
    shown = table.dropna(subset="estimate")
    shown = shown[shown["estimate"] > 0]
    groups = words.ordered("group", shown["group"])[::-1]
    kinds = words.ordered(series, shown[series])
    figure, (axes,) = canvas(1.6 + (0.2 + 0.09 * len(kinds)) * max(len(groups), 3))
    for place, (kind, colour) in enumerate(zip(kinds, cycle(SERIES), strict=False)):
        part = shown[shown[series] == kind].set_index("group").reindex(groups)
        y = np.arange(len(groups)) - 0.26 * (place - (len(kinds) - 1) / 2)
        is_apart = ((part["low"] > 1) | (part["high"] < 1)).to_numpy()
        axes.hlines(y, part["low"], part["high"], color=colour, lw=1.4)
        axes.plot(part["estimate"], y, "o", ms=5.5, mew=1.4, color=colour, mfc="white", label=words.label(series, kind))
        axes.plot(part["estimate"][is_apart], y[is_apart], "o", ms=5.5, mew=1.4, color=colour)
        for at, value in zip(range(len(groups)), part["estimate"], strict=True):
            spot = (1.01 + 0.075 * place, at)
            text = words.number(value, "ratio")
            axes.annotate(text, spot, xycoords=("axes fraction", "data"), va="center", fontsize=8, color=colour)
        for _, row in shown[shown[series] == kind].iterrows():
            tooltips.point(axes, tooltips.said(row, words), tooltips.interval(row), y[groups.index(row["group"])])
    axes.axvline(1, color=MUTED, lw=0.9, zorder=0)
    low, high = shown["low"].fillna(shown["estimate"]).min(), shown["high"].fillna(shown["estimate"]).max()
    axes.set_xscale("log")
    ends = min(low, 0.8) / 1.06, max(high, 1.25) * 1.06
    axes.set_xlim(*ends)
    axes.xaxis.set_major_locator(FixedLocator(sorted(TICKS + NEAR_ONE) if ends[1] / ends[0] < SHORT else TICKS))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlabel(words.text("axis_representation"), x=1, ha="right")
    axes.set_yticks(range(len(groups)), words.labels("group", groups))
    axes.set_ylim(-0.7, len(groups) - 0.3)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.legend(**ABOVE, ncols=len(kinds), handletextpad=0.2, columnspacing=1.2, fontsize=8)
    return figure


def breadth(table: pd.DataFrame, words: Wording, floor: float) -> Figure:
    """The rates of all groups in each kind of activity, the lowest with its name and interval, and the floor.

    Parameters
    ----------
    table
        Rows of `activity_group_rate` of one wave, with the dimensions `activity` and `group`.
    floor
        From which rate on a group counts as reached.

    Notes
    -----
    Where groups are hidden the lowest that is drawn need not be the lowest of all; their number is told.
    """
    shown = table.dropna(subset="estimate")
    activities = words.ordered("activity", shown["activity"])[::-1]
    figure, (axes,) = canvas(1.5 + 0.62 * max(len(activities), 2))
    for place, activity in enumerate(activities):
        rates = shown[shown["activity"] == activity].sort_values(["estimate", "group"])
        lowest = rates.iloc[0]
        axes.hlines(place, rates["estimate"].min(), rates["estimate"].max(), color="#E5E5E5", lw=1, zorder=0)
        axes.plot(
            rates["estimate"], np.full(len(rates), place), "o", ms=6, mew=0.5, mec="white", color="#9A9A9A", alpha=0.8
        )
        axes.hlines(place, lowest["low"], lowest["high"], color=SERIES[1], lw=1.8, zorder=2)
        axes.plot(lowest["estimate"], place, "o", ms=7, color=SERIES[1], zorder=3)
        tooltips.point(axes, tooltips.said(lowest, words), tooltips.interval(lowest), place)
        for _, row in rates.iloc[1:].iterrows():
            tooltips.point(axes, tooltips.said(row, words), row["estimate"], place)
        said = f"{words.label('group', lowest['group'])} {words.cell(lowest)}"
        if hidden := int(((table["activity"] == activity) & (table["reason"] == "hidden")).sum()):
            said = words.text("breadth_hidden", lowest=said, count=hidden)
        below = axes.annotate(
            said, (0, place), (4, -8), textcoords="offset points", va="top", fontsize=8, color=SERIES[1]
        )
        below.set_bbox({"fc": "white", "ec": "none", "pad": 0.6})
        below.set_in_layout(False)
        highest = rates.iloc[-1]
        end = max(highest["estimate"], np.nan_to_num(lowest["high"]), floor)
        name = words.label("group", highest["group"])
        aside = axes.annotate(
            name, (end, place), (6, 0), textcoords="offset points", va="center", fontsize=8, color=MUTED
        )
        aside.set_in_layout(False)
    axes.axvline(floor, color="black", lw=0.9, ls=(0, (4, 3)), zorder=1)
    axes.annotate(
        words.text("breadth_floor", floor=words.number(floor, "proportion")),
        (floor, 1.0),
        (4, 2),
        xycoords=("data", "axes fraction"),
        textcoords="offset points",
        va="bottom",
        fontsize=8,
    )
    axes.set_yticks(range(len(activities)), [in_lines(words.label("activity", activity)) for activity in activities])
    axes.set_ylim(-0.75, len(activities) - 0.55)
    axes.set_xlim(0, shown["estimate"].max() * 1.7)
    shown_in(axes.xaxis, "proportion", words)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure
