"""Figures of one community beside all the others: estimates, a course over the years, modelled estimates, and its ranks."""

from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.reporting.figures import MUTED, SERIES, canvas, shown_in, tooltips
from analysis.reporting.figures.communities import HALF, PALE
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.standings import SUBJECTS, apart, named
from analysis.reporting.wording import Wording

DARK = SERIES[0]
KEYS = ("measure", *SUBJECTS)


def beside_city(table: pd.DataFrame, words: Wording) -> Figure:
    """A community's estimates as dots, those of all communities as strokes, each with its interval.

    Parameters
    ----------
    table
        Rows of `scope` community and city of one unit; where it has rows of `difference`, a dot is hollow unless the interval
        of that lies on one side of 0.
    """
    keys = [column for column in KEYS if column in table]
    rows = table.assign(key=table[keys].astype("object").fillna("").agg("|".join, axis=1))
    order = list(dict.fromkeys(rows.loc[rows["scope"] != "difference", "key"]))[::-1]
    subjects = rows.drop_duplicates("key").set_index("key")
    of = {scope: rows[rows["scope"] == scope].set_index("key").reindex(order) for scope in ("city", "community")}
    differences = rows[rows["scope"] == "difference"].set_index("key")
    figure, (axes,) = canvas(1.25 + 0.36 * max(len(order), 3))
    place = pd.Series(range(len(order)), index=order, dtype=float)
    unit = str(rows.loc[rows["scope"] != "difference", "unit"].iloc[0])
    city, own = of["city"], of["community"]
    axes.hlines(place - 0.17, city["low"], city["high"], color=MUTED, lw=1.2)
    axes.plot(city["estimate"], place - 0.17, "|", color=MUTED, ms=9, mew=2, label=words.label("scope", "city"))
    axes.hlines(place + 0.12, own["low"], own["high"], color=DARK, lw=1.6)
    is_apart = (
        apart(differences).isin(["above", "below"]).reindex(order, fill_value=not len(differences)).to_numpy(bool)
    )
    dots: dict[str, Any] = {"marker": "o", "ls": "", "color": DARK, "ms": 6, "mew": 1.5}
    is_known = own["estimate"].notna().to_numpy()
    for is_drawn, fill in ((is_known & ~is_apart, "white"), (is_known & is_apart, DARK)):
        if is_drawn.any():
            axes.plot(own["estimate"][is_drawn], (place + 0.12)[is_drawn], mfc=fill, clip_on=False, **dots)
    for key in order:
        row = own.loc[key]
        said = words.text("hidden") if row["reason"] == "hidden" else words.number(row["estimate"], unit)
        axes.annotate(said, (1.01, place[key]), xycoords=("axes fraction", "data"), va="center", fontsize=8, color=DARK)
    shifts = {"city": -0.17, "community": 0.12}
    for _, row in rows[rows["scope"].isin(shifts)].dropna(subset="estimate").iterrows():
        at = place[row["key"]] + shifts[row["scope"]]
        tooltips.point(axes, tooltips.said(row.drop("key"), words), tooltips.interval(row), at)
    axes.plot([], [], **dots, label=words.label("scope", "community"))
    if len(differences):
        axes.plot([], [], mfc="white", **dots, label=words.text("standing_hollow"))
    _named(axes, [named(subjects.loc[key], words) for key in order])
    _from_zero(axes, table)
    shown_in(axes.xaxis, unit, words)
    axes.legend(**ABOVE, ncols=3, handletextpad=0.4, columnspacing=1.4)
    return figure


def over_years(table: pd.DataFrame, words: Wording, panels: str) -> Figure:
    """A community's value and that of all communities over the years, one panel for each value of a dimension."""
    shown = table.dropna(subset="estimate")
    years, kinds = sorted(shown["year"].unique()), words.ordered(panels, shown[panels])
    figure, axes_of = canvas(2.7, len(kinds))
    for axes, kind in zip(axes_of, kinds, strict=True):
        part = shown[shown[panels] == kind]
        ends: dict[tuple[str, str], pd.Series] = {}
        for scope, colour in (("city", MUTED), ("community", DARK)):
            line = part[part["scope"] == scope].sort_values("year")
            axes.plot(
                line["year"].map(years.index),
                line["estimate"],
                "-o",
                color=colour,
                ms=5,
                lw=1.8,
                label=words.label("scope", scope),
            )
            ends |= {(scope, row["year"]): row for _, row in line.iterrows()}
            for _, row in line.iterrows():
                tooltips.point(axes, tooltips.said(row, words), years.index(row["year"]), row["estimate"])
        for (scope, year), row in ends.items():
            other = ends.get(("city" if scope == "community" else "community", year))
            is_above = other is None or (row["estimate"], scope) > (
                other["estimate"],
                "community" if scope == "city" else "city",
            )
            at = (years.index(year), row["estimate"])
            colour = DARK if scope == "community" else MUTED
            axes.annotate(
                words.number(row["estimate"], row["unit"]), at, (0, 6 if is_above else -6), textcoords="offset points",
                ha="center", va="bottom" if is_above else "top", fontsize=8, color=colour,
            )  # fmt: skip
        axes.set_title(words.label(panels, kind), pad=22)
        axes.set_xticks(range(len(years)), words.labels("year", years))
        axes.set_xlim(-0.4, len(years) - 0.6)
        axes.set_ylim(0, max(part["estimate"].max() * 1.2, 1))
        shown_in(axes.yaxis, str(part["unit"].iloc[0]), words)
    axes_of[0].legend(**ABOVE, ncols=2, handletextpad=0.4, columnspacing=1.2)
    return figure


def modelled(table: pd.DataFrame, words: Wording) -> Figure:
    """A community's direct estimate, the model's, and the value of all communities, one panel an outcome."""
    rows = table[table["scope"].isin(["community", "small_area", "city"])].dropna(subset="estimate")
    asked = words.ordered("outcome", rows["outcome"])
    colours = {"city": MUTED, "small_area": SERIES[2], "community": DARK}
    figure, panels = canvas(2.5, len(asked), share_y=True)
    for axes, outcome in zip(panels, asked, strict=True):
        part = rows[rows["outcome"] == outcome]
        for place, (scope, colour) in enumerate(colours.items()):
            for _, row in part[part["scope"] == scope].iterrows():
                axes.hlines(place, row["low"], row["high"], color=colour, lw=1.8)
                axes.plot(row["estimate"], place, "o", color=colour, ms=6)
                tooltips.point(axes, tooltips.said(row, words), tooltips.interval(row), place)
                axes.annotate(
                    words.number(row["estimate"], row["unit"]), (row["estimate"], place), (0, 6),
                    textcoords="offset points", ha="center", va="bottom", fontsize=8, color=colour,
                )  # fmt: skip
        axes.set_title(words.label("outcome", outcome))
        axes.margins(x=0.12)
        shown_in(axes.xaxis, str(part["unit"].iloc[0]), words)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    labels = {
        "city": words.label("scope", "city"),
        "small_area": words.text("estimate_small_area"),
        "community": words.text("estimate_direct"),
    }
    _named(panels[0], [labels[scope] for scope in colours])
    panels[0].set_ylim(-0.5, 2.7)
    return figure


def ranks(table: pd.DataFrame, words: Wording, count: int) -> Figure:
    """The ranks that a community has when each choice is varied, and all together; its rank as a dot.

    Parameters
    ----------
    count
        How many communities are ranked.
    """
    rows = table.dropna(subset="estimate").set_index("varied", drop=False)
    order = words.ordered("varied", rows.index)[::-1]
    figure, (axes,) = canvas(1.3 + 0.32 * len(order))
    for place, varied in enumerate(order):
        row = rows.loc[varied]
        colour = DARK if varied == "all" else PALE
        axes.hlines(
            place, row["low"] - HALF, row["high"] + HALF, color=colour, lw=8, alpha=0.55 if varied == "all" else 1
        )
        axes.plot(
            row["estimate"], place, "o", color=DARK, ms=6, label=words.text("rank_of_index") if not place else None
        )
        tooltips.point(axes, tooltips.said(row, words), (row["low"] - HALF, row["high"] + HALF), place)
        said = f"{row['low']:.0f}–{row['high']:.0f}"
        axes.annotate(said, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    _named(axes, words.labels("varied", order))
    axes.set_xlim(0.4, count + 0.6)
    axes.set_xticks(_places(count))
    axes.set_xlabel(words.text("axis_rank"), fontsize=8.5)
    axes.legend(**ABOVE, handletextpad=0.4)
    return figure


def _places(count: int, most: int = 12) -> list[int]:
    """The first and the last rank, and round ones between them: the last of these is left out where it would touch it."""
    if count <= most:
        return list(range(1, count + 1))
    step = int(
        min(unit for unit in MaxNLocator(most, steps=[1, 2, 5, 10], integer=True).tick_values(0, count) if unit > 0)
    )
    return [1, *range(step, count - step // 2, step), count]


def _named(axes: Axes, labels: list[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(-0.6, len(labels) - 0.4)
    axes.spines["left"].set_visible(False)
    axes.tick_params(axis="y", length=0, pad=8)


def _from_zero(axes: Axes, table: pd.DataFrame) -> None:
    """The axis from 0 to the highest value or bound."""
    shown = table[table["scope"] != "difference"]
    axes.set_xlim(0, max(shown[["estimate", "high"]].max().max() * 1.06, 0.01))
