"""Lorenz curves: what share of all there is those have who have least."""

from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure

from analysis.reporting.figures import MUTED, SERIES, canvas, shown_in, tooltips
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.wording import Wording


def curves(table: pd.DataFrame, words: Wording, series: str = "wave", measure: str = "acts_lorenz") -> Figure:
    """Lorenz curves with the band of their single points, dashed those of chance, and the line of equality.

    Parameters
    ----------
    table
        Rows of `measure` and of `<measure>_chance`, with the dimension `population_share`.
    series
        The dimension of which each value is a curve.
    """
    shown = table.dropna(subset="estimate").sort_values("population_share")
    figure, (axes,) = canvas(4.6)
    axes.plot([0, 1], [0, 1], color=MUTED, lw=0.8)
    axes.annotate(
        words.text("lorenz_equality"),
        (0.42, 0.42),
        (-6, 6),
        textcoords="offset points",
        ha="right",
        fontsize=8,
        color=MUTED,
    )
    styles = [(0, (5, 2)), (0, (1, 1.5))]
    names = words.ordered(series, shown[series])
    for name, colour, style in zip(names, cycle(SERIES), cycle(styles), strict=False):
        own = shown[(shown[series] == name) & (shown["measure"] == measure)]
        chance = shown[(shown[series] == name) & (shown["measure"] == f"{measure}_chance")]
        low, high = own["low"].fillna(own["estimate"]), own["high"].fillna(own["estimate"])
        axes.fill_between(own["population_share"], low, high, color=colour, alpha=0.16, lw=0)
        axes.plot(own["population_share"], own["estimate"], color=colour, lw=1.8, label=words.label(series, name))
        label = words.text("lorenz_chance", series=words.label(series, name))
        axes.plot(chance["population_share"], chance["estimate"], color=colour, lw=1.2, ls=style, label=label)
        for _, row in pd.concat([chance, own]).iterrows():
            tooltips.point(axes, tooltips.said(row, words), row["population_share"], row["estimate"])
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    axes.set_box_aspect(0.72)
    axes.set_xlabel(words.heading("population_share"))
    axes.set_ylabel(words.text("axis_lorenz"))
    shown_in(axes.xaxis, "proportion", words)
    shown_in(axes.yaxis, "proportion", words)
    axes.legend(**ABOVE, ncols=2, columnspacing=1.4, fontsize=8)
    return figure
