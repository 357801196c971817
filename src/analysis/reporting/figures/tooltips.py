"""What a figure's marks say when they are pointed at: the measure row that each is drawn from, with the tables' digits.

In SVG a mark is an invisible rectangle with a title over what is drawn; other formats have none. A browser shows the title by
itself, and the script of a report's page shows it to the keyboard and to a finger, too.
"""

import re
from collections.abc import Iterable

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.transforms import Bbox

from analysis.measure import COLUMNS
from analysis.reporting.wording import Wording

LEAST = 8.0
"""How wide and high a mark about a point is at least, in points: as a dot is drawn, and a little more."""
NUMBER = re.compile(r"\d+\.\d+|\d+")
"""A value of a dimension that no level names: years of service, a share of the population."""

Span = float | Iterable[float]
"""A place on an axis, or several, of which the lowest and the highest count; missing ones don't."""


class Tooltip(Artist):
    """A part of a figure that says something.

    Parameters
    ----------
    axes
        What it is a part of; beyond their window it does not reach.
    x, y
        Where it is, in data coordinates.
    least
        How large it is at least, in points, which are the pixels of an SVG.
    """

    def __init__(self, axes: Axes, text: str, x: Span, y: Span, least: float) -> None:
        super().__init__()
        self.text, self.least = text, least
        self.corners = [(np.nanmin([*_several(x)]), np.nanmin([*_several(y)]))]
        self.corners += [(np.nanmax([*_several(x)]), np.nanmax([*_several(y)]))]
        self.set_in_layout(False)
        self.set_zorder(100)
        axes.add_artist(self)

    def draw(self, renderer: RendererBase) -> None:
        """Write it, where what is drawn is SVG."""
        axes, writer = self.axes, getattr(renderer, "writer", None)
        if axes is None or writer is None:
            return
        (left, low), (right, high) = axes.transData.transform(self.corners)
        aside, above = (max(self.least - length, 0) / 2 for length in (right - left, high - low))
        whole = Bbox.from_extents(left - aside, low - above, right + aside, high + above)
        seen = Bbox.intersection(whole, axes.get_window_extent().padded(LEAST))
        if seen is None:
            return
        _, height = renderer.get_canvas_width_height()
        place = {"x": seen.x0, "y": height - seen.y1, "width": seen.width, "height": seen.height}
        shown = {name: f"{length:.1f}" for name, length in place.items()}
        writer.start("rect", attrib={"class": "tip", **shown, "fill": "none", "pointer-events": "all"})
        writer.element("title", self.text)
        writer.end("rect")


def bar(axes: Axes, text: str, x: Span, y: Span) -> None:
    """A mark as large as a bar."""
    Tooltip(axes, text, x, y, 0)


def point(axes: Axes, text: str, x: Span, y: Span) -> None:
    """A mark about a point, or along an interval."""
    Tooltip(axes, text, x, y, LEAST)


def interval(row: pd.Series) -> list[float]:
    """Where an estimate is on its axis, and where its interval begins and ends."""
    return [row["low"], row["estimate"], row["high"]]


def said(row: pd.Series, words: Wording) -> str:
    """What a row of a measure table says: what it is of, its value and interval, and how many it rests on."""
    return "\n".join(filter(None, [subject(row, words), value(row, words), base(row, words)]))


def subject(row: pd.Series, words: Wording) -> str:
    """What a row is of: its dimensions, a number among them with its heading."""
    dimensions = [column for column in row.index if column not in COLUMNS and pd.notna(row[column])]
    return " · ".join(_dimension(column, row[column], words) for column in dimensions)


def _dimension(column: str, value: object, words: Wording) -> str:
    label = words.label(column, value)
    is_bare = label == str(value) and NUMBER.fullmatch(label)
    return f"{words.heading(column)} {float(label):.4g}" if is_bare else label


def value(row: pd.Series, words: Wording) -> str:
    """A row's measure and its value, as a cell of a table has it."""
    return f"{words.measure(row['measure'])} {words.cell(row)}"


def base(row: pd.Series, words: Wording) -> str:
    """How many a row rests on, empty where that is not known."""
    return (
        "" if pd.isna(row["n"]) else words.text(f"note_{words.counted(row.to_frame().T)}", count=words.count(row["n"]))
    )


def _several(span: Span) -> Iterable[float]:
    return span if isinstance(span, Iterable) else [span]
