"""Figures from measure tables: each function draws one kind, in the reader's language, and returns the figure.

Same thing, same colour, in every report; colours can be told apart by colour-blind readers (Okabe & Ito 2008) and carry no
meaning alone: every series is labelled where it stands. Title, source and number of persons are added by the page.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import Formatter, FuncFormatter, MaxNLocator

from analysis.reporting.figures import fonts, legends, tooltips
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.wording import Wording, rounded

WIDTH = 7.2
"""Inches; the width of a page's text."""
MOST_GROUPS = 40
"""More groups than this can't be told apart on a page."""
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
COLOURS = {
    "female": "#D55E00",
    "male": "#0072B2",
    "published": "#000000",
    "computed": "#0072B2",
    "synthetic": "#999999",
}
MUTED = "#767676"
UNPLACED = "#D9D9D9"
"""A level that has no place among the others: who is unknown."""
HATCH: dict[str, Any] = {"hatch": "////", "hatchcolor": "white", "hatch_linewidth": 0.7}
"""A level that holds others."""
STYLE: dict[Any, Any] = {
    "font.family": fonts.FAMILIES,
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": MUTED,
    "axes.grid": False,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "figure.constrained_layout.use": True,
    "svg.fonttype": "path",
    "text.parse_math": False,
    "svg.hashsalt": "community-governance",
}


@cache
def _theme() -> dict[Any, Any]:
    """What seaborn's theme sets, and the project's fonts and lines over it: the theme would reset the fonts."""
    colours = sns.color_palette("deep")
    cycled = {"axes.prop_cycle": cycler(color=colours), "patch.facecolor": colours[0]}
    return {**sns.axes_style("ticks"), **sns.plotting_context("paper"), **cycled, **STYLE}


@contextmanager
def house_style() -> Iterator[None]:
    """The project's fonts and lines."""
    fonts.register()
    with mpl.rc_context(_theme()):
        yield


def canvas(height: float, columns: int = 1, share_y: bool = False) -> tuple[Figure, list[Axes]]:
    """A figure as wide as a page's text, and its panels."""
    figure = Figure(figsize=(WIDTH, height))
    axes = figure.subplots(1, columns, squeeze=False, sharey=share_y)[0]
    return figure, list(axes)


class InUnit(Formatter):
    """Ticks in a unit, with as many decimals as they need, all the same."""

    def __init__(self, factor: float, suffix: str) -> None:
        self.factor, self.suffix = factor, suffix

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """The labels of all ticks of an axis."""
        shown = [value * self.factor for value in values]
        decimals = max((len(f"{value:g}".partition(".")[2]) for value in shown), default=0)
        return [f"{value:,.{decimals}f}{self.suffix}".replace("-", "−") for value in shown]

    def __call__(self, x: float, pos: int | None = None) -> str:
        """The label of a value by itself."""
        return self.format_ticks([x])[0]


def shown_in(axis: mpl.axis.Axis, unit: str, words: Wording) -> None:
    """Label an axis in its unit."""
    entry = words.catalogue.unit(unit)
    axis.set_major_formatter(InUnit(entry["factor"], entry["suffix"]))


def _spread(positions: Sequence[float], gap: float) -> list[float]:
    """Positions moved apart so that labels at them keep the gap, in their order."""
    order = np.argsort(positions)
    moved = np.array(positions, dtype=float)[order]
    for _ in range(200):
        for i in range(1, len(moved)):
            short = gap - (moved[i] - moved[i - 1])
            if short > 1e-9:
                moved[i] += short / 2
                moved[i - 1] -= short / 2
    result = np.empty(len(moved))
    result[order] = moved
    return list(result)


def over_terms(table: pd.DataFrame, words: Wording) -> Figure:
    """Measures over the terms: one line a measure, each value and the line's name written where it stands."""
    terms = words.ordered("term", table["term"])
    figure, (axes,) = canvas(3.3)
    shown = table.dropna(subset="estimate")
    top = max(shown["estimate"].max() if len(shown) else 1, 0.1)
    ends = []
    for colour, (measure, part) in zip(cycle(SERIES), shown.groupby("measure", sort=False), strict=False):
        rows = part.assign(x=part["term"].map(terms.index)).sort_values("x")
        axes.plot(rows["x"], rows["estimate"], "-o", color=colour, ms=5, lw=1.8)
        if rows["low"].notna().any():
            axes.vlines(rows["x"], rows["low"], rows["high"], color=colour, lw=1, alpha=0.7)
        for _, row in rows.iterrows():
            above = shown.loc[shown["term"] == row["term"], "estimate"] - row["estimate"]
            crowded = bool(above.between(0.001 * top, 0.14 * top).any())
            axes.annotate(
                words.number(row["estimate"], row["unit"]),
                (row["x"], row["estimate"]),
                (0, -6 if crowded else 5),
                textcoords="offset points",
                ha="center",
                va="top" if crowded else "bottom",
                color=colour,
                fontsize=8,
            )
        for _, row in part.iterrows():
            tooltips.point(axes, tooltips.said(row, words), terms.index(row["term"]), tooltips.interval(row))
        ends.append((rows["x"].iloc[-1], rows["estimate"].iloc[-1], str(measure), colour))
    for (x, _, measure, colour), y in zip(ends, _spread([end[1] for end in ends], top * 0.075), strict=True):
        axes.annotate(
            words.measure(measure), (x, y), (14, 0), textcoords="offset points", va="center", color=colour, fontsize=8.5
        )
    axes.set_xticks(range(len(terms)), words.labels("term", terms))
    axes.set_xlim(-0.3, len(terms) - 0.6)
    lowest = shown["estimate"].min()
    room_below = 0.08 * top if 0 <= lowest < 0.12 * top else 0
    axes.set_ylim(min(lowest * 1.15, 0) - room_below, top * 1.18)
    shown_in(axes.yaxis, table["unit"].iloc[0], words)
    axes.set_xlabel(words.heading("term"))
    return figure


def by_group(table: pd.DataFrame, words: Wording, column: str, over: str = "term") -> Figure:
    """One measure by group: groups ordered by their latest value, earlier terms as lighter points on the same line.

    `over` is the dimension of time. Beyond `MOST_GROUPS` the highest and the lowest groups are shown.
    """
    terms = words.ordered(over, table[over])
    latest = table[(table[over] == terms[-1]) & table["estimate"].notna()].sort_values(["estimate", column])
    groups = list(latest[column])
    if len(groups) > MOST_GROUPS:
        groups = [*groups[: MOST_GROUPS // 2], *groups[-MOST_GROUPS // 2 :]]
    figure, (axes,) = canvas(1.6 + 0.24 * max(len(groups), 3))
    place = {group: i for i, group in enumerate(groups)}
    shades = sns.color_palette("light:#0072B2", len(terms) + 1)[1:]
    for shade, term in zip(shades, terms, strict=True):
        rows = table[(table[over] == term) & table[column].isin(groups)]
        last = term == terms[-1]
        axes.plot(
            rows["estimate"],
            rows[column].map(place),
            "o",
            color=shade,
            ms=6 if last else 4.5,
            label=words.label(over, term),
            zorder=3 if last else 2,
        )
        for _, row in rows.dropna(subset="estimate").iterrows():
            tooltips.point(axes, tooltips.said(row, words), row["estimate"], place[row[column]])
    for _, row in latest[latest[column].isin(groups)].iterrows():
        value = words.number(row["estimate"], row["unit"])
        axes.annotate(
            value,
            (1.01, place[row[column]]),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color=shades[-1],
        )
    axes.annotate(
        words.label(over, terms[-1]),
        (1.01, len(groups) - 0.3),
        xycoords=("axes fraction", "data"),
        va="bottom",
        fontsize=8,
        color=shades[-1],
    )
    axes.set_yticks(range(len(groups)), words.labels(column, groups))
    axes.hlines(
        range(len(groups)),
        0,
        table.loc[table[column].isin(groups), "estimate"].max(),
        color="#E5E5E5",
        lw=0.7,
        zorder=1,
    )
    axes.set_xlim(min(table["estimate"].min() * 1.08, 0), table["estimate"].max() * 1.08)
    axes.set_ylim(-0.7, len(groups) - 0.3)
    shown_in(axes.xaxis, table["unit"].iloc[0], words)
    axes.legend(
        **ABOVE,
        ncols=len(terms),
        handletextpad=0.1,
        columnspacing=1,
    )
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0)
    return figure


def survival(table: pd.DataFrame, words: Wording) -> Figure:
    """The curve of those still in post by years of service, its interval, and the persons at risk under it."""
    rows = table.dropna(subset="estimate").sort_values("tenure_years")
    years = np.concatenate([[0.0], rows["tenure_years"].astype(float)])
    figure, (axes,) = canvas(3.6)
    low, high = (np.concatenate([[1.0], rows[bound].fillna(rows["estimate"])]) for bound in ("low", "high"))
    axes.fill_between(years, low, high, step="post", color=SERIES[0], alpha=0.18, lw=0)
    axes.step(years, np.concatenate([[1.0], rows["estimate"]]), where="post", color=SERIES[0], lw=1.8)
    axes.axhline(0.5, color=MUTED, lw=0.7, ls=(0, (4, 3)))
    end = float(years[-1]) * 1.05
    for (_, row), since, until in zip(rows.iterrows(), years[1:], [*years[2:], end], strict=True):
        tooltips.bar(axes, tooltips.said(row, words), (since, until), (0, 1))
    times = _labelled(rows["tenure_years"].astype(float).to_numpy())
    for time in times:
        at = rows[rows["tenure_years"].astype(float) <= time]
        if len(at):
            row = at.iloc[-1]
            axes.annotate(
                words.number(row["estimate"], "proportion"),
                (time, row["estimate"]),
                (4, -13),
                textcoords="offset points",
                fontsize=8,
                color=SERIES[0],
            )
    risk = [rows.loc[rows["tenure_years"].astype(float) >= time, "n"].iloc[0] for time in times]
    axes.set_xticks([0, *times], ["0", *(f"{time:g}\n{words.count(n)}" for time, n in zip(times, risk, strict=True))])
    axes.set_xlabel(words.text("axis_tenure"))
    axes.set_xlim(0, end)
    axes.set_ylim(0, 1.03)
    shown_in(axes.yaxis, "proportion", words)
    return figure


def _labelled(times: np.ndarray) -> list[float]:
    """Where the curve is labelled: its own times where they are few, else round years."""
    if len(times) <= 6:
        return [float(time) for time in times]
    ticks = MaxNLocator(nbins=6, integer=True).tick_values(0, times.max())
    return [float(tick) for tick in ticks if 0 < tick <= times.max()]


def pyramid(table: pd.DataFrame, words: Wording) -> Figure:
    """Persons by age band and sex, one panel a term, women to the left."""
    terms = words.ordered("term", table["term"])[-4:]
    bands = list(words.catalogue.level_set("age_band"))
    figure, panels = canvas(3.2, len(terms), share_y=True)
    most = table["numerator"].max()
    for axes, term in zip(panels, terms, strict=True):
        for sex, side in (("female", -1), ("male", 1)):
            rows = (
                table[(table["term"] == term) & (table["sex"] == sex)].set_index("age_band", drop=False).reindex(bands)
            )
            counts = rows["numerator"].fillna(0).to_numpy()
            axes.barh(range(len(bands)), side * counts, color=COLOURS[sex], height=0.82)
            for i, count in enumerate(counts):
                text = words.count(count) if np.isfinite(rows["numerator"].iloc[i]) else ""
                axes.annotate(
                    text,
                    (side * count, i),
                    (side * 3, 0),
                    textcoords="offset points",
                    ha="left" if side > 0 else "right",
                    va="center",
                    fontsize=7,
                )
            for _, row in rows.dropna(subset="numerator").iterrows():
                part = words.text("tooltip_part", part=words.count(row["numerator"]), whole=words.count(row["n"]))
                text = "\n".join([tooltips.subject(row, words), tooltips.value(row, words), part])
                at = bands.index(row["age_band"])
                tooltips.bar(axes, text, (0, side * row["numerator"]), (at - 0.41, at + 0.41))
        axes.axvline(0, color="white", lw=1)
        axes.set_title(words.label("term", term), loc="center")
        axes.set_xlim(-most * 1.4, most * 1.4)
        axes.set_xticks([])
        axes.spines[["bottom", "left"]].set_visible(False)
        axes.tick_params(axis="y", length=0)
        for sex, place, align in (("female", 0.3, "center"), ("male", 0.7, "center")):
            axes.text(
                place,
                -0.04,
                words.label("sex", sex),
                transform=axes.transAxes,
                ha=align,
                va="top",
                fontsize=8,
                color=COLOURS[sex],
            )
    panels[0].set_yticks(range(len(bands)), words.labels("age_band", bands))
    return figure


def published(checked: pd.DataFrame, words: Wording, value: str) -> Figure:
    """Published percentages and the computed ones beside them: what a sentence admits as a band, a stated figure as a diamond.

    Parameters
    ----------
    checked
        Rows of `claims.check` in per cent, with `value` (`computed` or `synthetic_value`) known.
    """
    rows = checked.iloc[::-1].reset_index(drop=True)
    figure, (axes,) = canvas(1.3 + 0.3 * max(len(rows), 3))
    labels = [f"{row['id']}  {row['published_' + words.language]}" for _, row in rows.iterrows()]
    bands = {
        "below": (0, None),
        "at_most": (0, None),
        "just_under": (0, None),
        "above": (None, 100),
        "at_least": (None, 100),
        "just_over": (None, 100),
    }
    for i, row in rows.iterrows():
        stated = pd.to_numeric(row["published"], errors="coerce")
        stated = {"majority": 50.0, "large_majority": 200 / 3}.get(row["relation"], stated)
        low, high = bands.get(row["relation"], (None, 100) if "majority" in row["relation"] else (None, None))
        if low is not None or high is not None:
            axes.barh(
                i,
                (high or stated) - (stated if low is None else low),
                left=stated if low is None else low,
                height=0.55,
                color="#E5E5E5",
            )
        if np.isfinite(stated):
            axes.plot(
                stated, i, "D", color=COLOURS["published"], mfc="none", ms=8, label=words.text("claims_published")
            )
        is_synthetic = value == "synthetic_value"
        axes.plot(
            row[value],
            i,
            "o",
            ms=5,
            mew=1.4,
            color=COLOURS["computed"],
            mfc="white" if is_synthetic else COLOURS["computed"],
            label=words.text(f"claims_{value}"),
        )
        computed = f"{rounded(row[value], 1)}%"
        told = [
            labels[i],
            f"{words.text(f'claims_{value}')} {computed}",
            words.text("note_persons", count=words.count(row["n"])),
        ]
        tooltips.point(axes, "\n".join(told), [stated, row[value]], i)
        axes.annotate(
            computed,
            (1.01, i),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=8,
            color=COLOURS["computed"],
        )
    axes.set_yticks(range(len(rows)), labels, fontsize=8)
    axes.set_xlim(0, 100)
    axes.set_ylim(-0.6, len(rows) - 0.4)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda percent, _: f"{percent:.0f}%"))
    axes.tick_params(axis="y", length=0)
    handles = dict(zip(*reversed(axes.get_legend_handles_labels()), strict=True))
    axes.legend(
        handles.values(),
        handles.keys(),
        **ABOVE,
        ncols=2,
        handletextpad=0.1,
    )
    return figure


def composition(table: pd.DataFrame, words: Wording, column: str, rows: str) -> Figure:
    """Shares or counts of a whole, one bar for each value of `rows`, levels from light to dark, written into the bar.

    A level that holds others is hatched: of another year or source, it stands beside them in nearly their shade. Bars of shares
    are equally long; those of counts are as long as their sum, which is written at the end.
    """
    levels = [
        level
        for level in words.ordered(column, table[column])
        if table.loc[table[column] == level, "estimate"].max() > 0
    ]
    groups = list(reversed(words.ordered(rows, table[rows])))[-MOST_GROUPS:]
    figure, (axes,) = canvas(1.35 + 0.34 * max(len(groups), 2))
    shades, hatched = _shades(column, levels, words), _holding_others(column, words)
    hatches = {level: HATCH if level in hatched else {} for level in levels}
    unit = str(table["unit"].iloc[0])
    whole = 1.0 if unit == "proportion" else float(table.groupby(rows)["estimate"].sum().max())
    left = np.zeros(len(groups))
    for level in levels:
        colour = shades[level]
        part = table[table[column] == level].set_index(rows)["estimate"].reindex(groups).fillna(0).to_numpy()
        axes.barh(range(len(groups)), part, left=left, color=colour, height=0.78, **hatches[level])
        dark = np.dot(colour[:3], (0.299, 0.587, 0.114)) < 0.55
        for i, share in enumerate(part):
            if share >= 0.05 * whole:
                axes.text(
                    left[i] + share / 2,
                    i,
                    words.number(share, unit),
                    ha="center",
                    va="center",
                    fontsize=7.5,
                    color="white" if dark else "black",
                    bbox={"fc": colour, "ec": "none", "pad": 2} if level in hatched else None,
                )
        for _, row in table[(table[column] == level) & table[rows].isin(groups) & (table["estimate"] > 0)].iterrows():
            i = groups.index(row[rows])
            tooltips.bar(axes, tooltips.said(row, words), (left[i], left[i] + part[i]), (i - 0.39, i + 0.39))
        left += part
    if unit != "proportion":
        for i, total in enumerate(left):
            axes.annotate(
                words.number(total, unit), (total, i), (4, 0), textcoords="offset points", va="center", fontsize=8
            )
    axes.set_yticks(range(len(groups)), words.labels(rows, groups))
    axes.set_ylim(-0.6, len(groups) - 0.4)
    axes.set_xlim(0, whole if unit == "proportion" else whole * 1.08)
    axes.set_xticks([])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    legends.above(
        axes, [Patch(fc=shades[level], label=words.label(column, level), **hatches[level]) for level in levels]
    )
    return figure


def _shades(column: str, levels: Sequence[str], words: Wording) -> dict[str, tuple[float, float, float]]:
    """A level's shade, light to dark by its place among all levels of the column: the same in every figure."""
    known = list(words.catalogue.levels_of(column)) or list(levels)
    shades = dict(zip(known, sns.color_palette("viridis_r", max(len(known), 3)), strict=False))
    return {level: shades.get(level, to_rgb(UNPLACED)) for level in levels}


def _holding_others(column: str, words: Wording) -> set[str]:
    """The levels of education that others lie in, such as junior college or bachelor."""
    spans = {level: entry["isced"] for level, entry in words.catalogue.levels_of(column).items() if "isced" in entry}
    return {
        level
        for level, (low, high) in spans.items()
        if any(low <= least and most <= high for other, (least, most) in spans.items() if other != level)
    }
