"""Legends above the axes: in as many columns as fit, and read row by row."""

from collections.abc import Sequence
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes

from analysis.reporting.wording import width

ABOVE: dict[str, Any] = {"loc": "lower left", "bbox_to_anchor": (0, 1), "borderaxespad": 0.2, "frameon": False}
"""Where a legend stands: above the axes, flush left."""
ROW = 90
"""Width of a row, in Latin letters."""


def columns(labels: Sequence[str]) -> int:
    """How many entries fit in a row."""
    widths = [width(label) + 5 for label in labels]
    return len(labels) if sum(widths) <= ROW else max(1, ROW // max(widths))


def above(axes: Axes, handles: Sequence[Artist], **placed: Any) -> None:
    """A legend of these handles, each with its label, above the axes.

    Parameters
    ----------
    placed
        What is said otherwise than in `ABOVE`.
    """
    ncols = columns([str(handle.get_label()) for handle in handles])
    # matplotlib fills a legend column by column
    by_row = [handle for start in range(ncols) for handle in handles[start::ncols]]
    axes.legend(handles=by_row, **(ABOVE | placed), ncols=ncols, handlelength=1, columnspacing=1.2, fontsize=8)
