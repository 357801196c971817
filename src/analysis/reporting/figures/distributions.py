"""Figures of a quantity over many units: every unit is a dot, so that the most burdened one is seen beside all others."""

from itertools import cycle

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from analysis.reporting.figures import MUTED, SERIES, canvas, tooltips
from analysis.reporting.wording import Wording

BINS = 60
"""Dots closer than this fraction of the axis stand on each other."""


def dots(table: pd.DataFrame, words: Wording, unit: str, over: str) -> Figure:
    """One row of dots for each value of `over`, equal values on each other; the highest is named, the mean is a stroke.

    Parameters
    ----------
    table
        Measure table with a row for each value of `unit` and of `over`; its rows without a unit are means.
    """
    known = table.dropna(subset="estimate")
    rows = known.dropna(subset=unit)
    times = words.ordered(over, known[over])
    figure, (axes,) = canvas(1.3 + 0.75 * len(times))
    most = rows["estimate"].max()
    for place, (time, colour) in enumerate(zip(reversed(times), cycle(SERIES), strict=False)):
        part = rows[rows[over] == time].sort_values(["estimate", unit])
        bins = (part["estimate"] / most * BINS).round() if most > 0 else part["estimate"]
        level = part.groupby(bins).cumcount().to_numpy(float)
        height = place + level * min(0.13, 0.5 / max(level.max(initial=0), 1))
        axes.plot(part["estimate"], height, "o", color=colour, ms=5, alpha=0.75, mew=0)
        for (_, row), at in zip(part.iterrows(), height, strict=True):
            tooltips.point(axes, tooltips.said(row, words), row["estimate"], at)
        for _, highest in part.tail(1).iterrows():
            axes.plot(highest["estimate"], height[-1], "o", ms=10, mfc="none", mec=colour)
            name = f"{words.label(unit, highest[unit])} {words.number(highest['estimate'], highest['unit'])}"
            axes.annotate(
                name, (highest["estimate"], height[-1]), (8, 0), textcoords="offset points", va="center", fontsize=8
            )
        for _, mean in known[known[unit].isna() & (known[over] == time)].iterrows():
            axes.vlines(mean["estimate"], place - 0.12, place + 0.5, color=colour, lw=1.4)
            tooltips.point(axes, tooltips.said(mean, words), mean["estimate"], (place + 0.3, place + 0.5))
            text = words.text("mean_value", value=words.number(mean["estimate"], mean["unit"]))
            axes.annotate(text, (mean["estimate"], place + 0.52), ha="center", va="bottom", fontsize=8, color=colour)
    axes.set_yticks(range(len(times)), words.labels(over, reversed(times)))
    axes.set_ylim(-0.35, len(times) - 0.15)
    axes.set_xlim(0, max(float(np.nan_to_num(most)), 1) * 1.18)
    axes.set_xlabel(words.unit(str(rows["unit"].iloc[0])), color=MUTED)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    return figure
