"""Figures of ordered answers: diverging bars, importance against performance, and estimates with their intervals."""

from collections.abc import Sequence
from itertools import cycle
from typing import Literal

import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.text import Text
from matplotlib.transforms import Bbox

from analysis.reporting.figures import MOST_GROUPS, MUTED, SERIES, canvas, legends, shown_in, tooltips
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.wording import Wording, in_lines

SHADES = ("#B04A00", "#EFC4A0", "#DDDDDD", "#A5CBE8", "#005A94")
"""From the lowest level of a scale over the middle to the highest; levels between are blended."""
BESIDE = [(8, 0), (-8, 0), (0, 12), (0, -12)] + [(x, y) for y in (9, -9, 17, -17, 26, -26) for x in (8, -8)]
"""Where a point's label may stand, in points from it; the first free place is taken."""
MARKERS = ("o", "s", "D", "^", "v")
MOST_NAMED = 8
"""More points than this are numbered, and named beside the axes."""


def diverging(table: pd.DataFrame, words: Wording, rows: str = "item", column: str = "score") -> Figure:
    """Shares of the levels of a scale, one bar for each value of `rows`, about the middle of the scale.

    Every declared level has its colour and its place, whether or not anybody chose it. At the ends stand the sums of the
    shares below and above the middle. A bar of which a part is hidden is not drawn.
    """
    present = set(table[column])
    levels = [level for level in words.catalogue.levels_of(column) if level in present]
    groups = words.ordered(rows, table[rows])[:MOST_GROUPS][::-1]
    wide = table.pivot(index=rows, columns=column, values="estimate").reindex(index=groups, columns=levels)
    is_whole = wide.notna().all(axis=1).to_numpy()
    share = np.where(is_whole[:, None], wide, 0)
    half = len(levels) // 2
    middle = share[:, half] if len(levels) % 2 else np.zeros(len(groups))
    below, above = share[:, :half].sum(axis=1), share[:, len(levels) - half :].sum(axis=1)
    left = -(below + middle / 2)
    names = words.labels(column, levels)
    ncols = legends.columns(names)
    figure, (axes,) = canvas(1.5 + 0.36 * max(len(groups), 2) + 0.18 * (-(-len(levels) // ncols) - 1))
    colours = sns.blend_palette(SHADES, len(levels))
    written: list[tuple[Text, float]] = []
    for level, colour, part in zip(levels, colours, share.T, strict=True):
        axes.barh(range(len(groups)), part, left=left, color=colour, height=0.76)
        dark = np.dot(to_rgb(colour), (0.299, 0.587, 0.114)) < 0.5
        for place, (start, length) in enumerate(zip(left, part, strict=True)):
            if length > 0:
                text, ink = words.number(length, "proportion"), "white" if dark else "black"
                middle_of = (start + length / 2, place)
                written.append((axes.text(*middle_of, text, ha="center", va="center", fontsize=7.5, color=ink), length))
        for _, row in table[(table[column] == level) & table[rows].isin(groups)].iterrows():
            at = groups.index(row[rows])
            if is_whole[at] and part[at] > 0:
                tooltips.bar(axes, tooltips.said(row, words), (left[at], left[at] + part[at]), (at - 0.38, at + 0.38))
        left = left + part
    reach = max(float(np.max(below + middle / 2)), float(np.max(above + middle / 2)), 0.1)
    for place, known in enumerate(is_whole):
        if not known:
            axes.text(0, place, words.text("hidden"), ha="center", va="center")
            continue
        for side, total, align in ((-1, below[place], "right"), (1, above[place], "left")):
            end = side * (total + middle[place] / 2)
            axes.annotate(
                words.number(total, "proportion"),
                (end, place),
                (side * 4, 0),
                textcoords="offset points",
                ha=align,
                va="center",
                fontsize=8,
                color=colours[0] if side < 0 else colours[-1],
            )
    axes.axvline(0, color=MUTED, lw=0.7, zorder=0)
    axes.set_yticks(range(len(groups)), [in_lines(label) for label in words.labels(rows, groups)])
    axes.set_ylim(-0.6, len(groups) - 0.4)
    axes.set_xlim(-1.16 * reach, 1.16 * reach)
    axes.set_xticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    handles = [Patch(color=colour, label=name) for colour, name in zip(colours, names, strict=True)]
    legends.above(axes, handles)
    figure.draw_without_rendering()
    for number, length in written:
        ends = axes.transData.transform([(0, 0), (length, 0)])[:, 0]
        number.set_visible(bool(number.get_window_extent().width < ends[1] - ends[0]))
    return figure


def importance_performance(table: pd.DataFrame, words: Wording) -> Figure:
    """Items by performance (across) and importance (up), with their intervals and the lines at the means of the items.

    An item that is undecided is hollow.
    """
    of = {name: rows.set_index("item", drop=False) for name, rows in table[table["item"].notna()].groupby("measure")}
    across, up = (of[name] for name in ("performance", "derived_importance"))
    items = [
        item
        for item in words.ordered("item", across.index)
        if item in up.index and np.isfinite(across.loc[item, "estimate"]) and np.isfinite(up.loc[item, "estimate"])
    ]
    figure, (axes,) = canvas(4.2)
    for item in items:
        x, y = across.loc[item], up.loc[item]
        is_undecided = x["quadrant"] == "undecided"
        axes.hlines(y["estimate"], x["low"], x["high"], color=SERIES[0], lw=0.9, alpha=0.6)
        axes.vlines(x["estimate"], y["low"], y["high"], color=SERIES[0], lw=0.9, alpha=0.6)
        face = "white" if is_undecided else SERIES[0]
        axes.plot(x["estimate"], y["estimate"], "o", ms=7, mew=1.5, color=SERIES[0], mfc=face, zorder=3)
        told = [tooltips.subject(x, words), tooltips.value(x, words), tooltips.value(y, words), tooltips.base(x, words)]
        tooltips.point(axes, "\n".join(filter(None, told)), x["estimate"], y["estimate"])
    lines = table[table["item"].isna()].set_index("measure")["estimate"]
    if np.isfinite(lines["performance_line"]):
        axes.axvline(lines["performance_line"], color=MUTED, lw=0.8, ls=(0, (4, 3)), zorder=1)
    if np.isfinite(lines["importance_line"]):
        axes.axhline(lines["importance_line"], color=MUTED, lw=0.8, ls=(0, (4, 3)), zorder=1)
    axes.margins(0.12)
    for quadrant, x, y in (
        ("concentrate_here", 0, 1),
        ("keep_up", 1, 1),
        ("low_priority", 0, 0),
        ("possible_overkill", 1, 0),
    ):
        axes.annotate(
            words.label("quadrant", quadrant),
            (x, y),
            (4 - 8 * x, 4 - 8 * y),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right" if x else "left",
            va="top" if y else "bottom",
            fontsize=8.5,
            color=MUTED,
        )
    for label, face in ((words.text("legend_decided"), SERIES[0]), (words.label("quadrant", "undecided"), "white")):
        axes.plot([], [], "o", ms=6, mew=1.4, color=SERIES[0], mfc=face, label=label)
    axes.legend(**ABOVE, ncols=2, handletextpad=0.1, fontsize=8)
    shown_in(axes.xaxis, "value", words)
    shown_in(axes.yaxis, "index", words)
    axes.set_xlabel(words.text("axis_performance"))
    axes.set_ylabel(words.text("axis_importance"))
    points = [(float(across.loc[item, "estimate"]), float(up.loc[item, "estimate"])) for item in items]
    names = words.labels("item", items)
    numbers = [str(place) for place in range(1, len(items) + 1)]
    if len(items) > MOST_NAMED:
        key = "\n".join(in_lines(f"{number}  {name}") for number, name in zip(numbers, names, strict=True))
        axes.text(1.02, 1, key, transform=axes.transAxes, va="top", fontsize=8, linespacing=1.35)
    _write_beside(axes, points, numbers if len(items) > MOST_NAMED else names)
    return figure


def _write_beside(axes: Axes, points: Sequence[tuple[float, float]], labels: Sequence[str]) -> None:
    """Labels beside their points, each where it is on no other label and no point, as far as there is such a place."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    inside = axes.get_window_extent()
    centres = axes.transData.transform(np.reshape(points, (-1, 2)))
    taken = [Bbox.from_bounds(x - 9, y - 9, 18, 18) for x, y in centres]
    taken += [text.get_window_extent() for text in axes.texts]
    for point, label in zip(points, labels, strict=True):
        text = axes.annotate(
            label,
            point,
            BESIDE[0],
            textcoords="offset points",
            va="center",
            fontsize=8.5,
            bbox={"boxstyle": "square,pad=0.1", "fc": "white", "ec": "none", "alpha": 0.75},
            zorder=4,
        )
        costs = []
        for offset in BESIDE:
            text.set_position(offset)
            text.set_horizontalalignment(_alignment(offset))
            box = text.get_window_extent()
            outside = box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1
            costs.append(10 * outside + sum(box.overlaps(other) for other in taken))
        best = BESIDE[int(np.argmin(costs))]
        text.set_position(best)
        text.set_horizontalalignment(_alignment(best))
        taken.append(text.get_window_extent())


def _alignment(offset: tuple[int, int]) -> Literal["left", "center", "right"]:
    return "center" if offset[0] == 0 else "left" if offset[0] > 0 else "right"


def intervals(table: pd.DataFrame, words: Wording, rows: str, series: str = "") -> Figure:
    """Estimates with their intervals, one line for each value of `rows`, lowest first, one marker for each value of `series`.

    Beyond `MOST_GROUPS` the highest and the lowest are shown.
    """
    shown = table.dropna(subset="estimate")
    kinds = words.ordered(series, shown[series]) if series else [""]
    last = shown[shown[series] == kinds[-1]] if series else shown
    groups = list(last.sort_values(["estimate", rows])[rows])
    if len(groups) > MOST_GROUPS:
        groups = [*groups[: MOST_GROUPS // 2], *groups[-MOST_GROUPS // 2 :]]
    labels = [in_lines(label) for label in words.labels(rows, groups)]
    lines = max((label.count("\n") for label in labels), default=0)
    figure, (axes,) = canvas(1.5 + (0.26 + max(0.1 * (len(kinds) - 1), 0.09 * lines)) * max(len(groups), 3))
    for place, (kind, colour, marker) in enumerate(zip(kinds, cycle(SERIES), cycle(MARKERS), strict=False)):
        part = (shown[shown[series] == kind] if series else shown).set_index(rows).reindex(groups)
        y = np.arange(len(groups)) - 0.22 * (place - (len(kinds) - 1) / 2)
        axes.hlines(y, part["low"], part["high"], color=colour, lw=1.4)
        axes.plot(part["estimate"], y, marker, color=colour, ms=5, label=words.label(series, kind) if series else None)
        for at, value in zip(y, part["estimate"], strict=True):
            text = words.number(value, str(table["unit"].iloc[0]))
            spot = (1.0 + 0.075 * place, at if len(kinds) == 1 else round(at))
            axes.annotate(text, spot, xycoords=("axes fraction", "data"), va="center", fontsize=8, color=colour)
        for _, row in (shown[shown[series] == kind] if series else shown).iterrows():
            if row[rows] in groups:
                tooltips.point(axes, tooltips.said(row, words), tooltips.interval(row), y[groups.index(row[rows])])
    axes.set_yticks(range(len(groups)), labels, linespacing=1.0)
    axes.set_ylim(-0.7, len(groups) - 0.3)
    axes.grid(axis="x", color="#E8E8E8", lw=0.7)
    axes.set_axisbelow(True)
    shown_in(axes.xaxis, str(table["unit"].iloc[0]), words)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    if series:
        axes.legend(**ABOVE, ncols=len(kinds), handletextpad=0.2, columnspacing=1.2, fontsize=8)
    return figure
