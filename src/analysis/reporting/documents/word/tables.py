"""Three-line tables in Word, which stay tables: rules of 1.5 pt above and below, 0.75 pt under the header, none upright."""

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.reporting.blocks import Table
from analysis.reporting.documents.layout import INSET, LITTLE, Way, laid_out, printed_width
from analysis.reporting.documents.word.elements import Element, element, paragraph, run, storable
from analysis.reporting.documents.word.styles import STYLES

THICK, THIN = 12, 6
"""Rules in eighths of a point."""
TEXT = ("Table Text", "Table Text Small")
"""The styles of the text in cells: the smaller one where all columns have room with it, and not with the other."""
STRETCH = 1.5
"""How much wider than its words a table may be."""


def three_line(table: Table, room: float, styles: Mapping[str, str]) -> list[Element]:
    """The parts of a table, each a table by itself: one, where all columns have room.

    Parameters
    ----------
    room
        The width of the page's text, in points.
    styles
        The id of each style, by name.
    """
    ways = {STYLES[name].size: Way(STYLES[name].size, room, False) for name in TEXT}
    laid = laid_out(table, [*ways.values()])
    (style,) = (styles[name] for name in TEXT if STYLES[name].size == laid["size"])
    return [_part(part, laid, ways[laid["size"]], style) for part in laid["parts"]]


def _part(part: dict[str, Any], laid: dict[str, Any], way: Way, style: str) -> Element:
    points = _widths(part, way.room)
    twips = [round(20 * one) for one in points]
    sides = ["right" if is_numeric else "left" for is_numeric in part["numeric"]]
    is_broken = [
        any(printed_width(" ".join(row[place]), way) > own + LITTLE for row in part["rows"])
        for place, own in enumerate(points)
    ]

    def line(cells: Sequence[str], is_kept: bool, is_header: bool) -> Element:
        marks = [element("cantSplit"), *([element("tblHeader")] if is_header else [])]
        drawn = [
            _cell(text, side, twip, style, is_kept, is_header)
            for text, side, twip in zip(cells, sides, twips, strict=True)
        ]
        return element("tr", element("trPr", *marks), *drawn)

    rows = [
        ["\n".join(cell) if broken else " ".join(cell) for cell, broken in zip(row, is_broken, strict=True)]
        for row in part["rows"]
    ]
    lines = [line(part["columns"], True, True), *(line(row, laid["is_short"], False) for row in rows)]
    grid = element("tblGrid", *(element("gridCol", w=twip) for twip in twips))
    return element("tbl", _properties(laid["title"], sum(twips)), grid, *lines)


def _widths(part: dict[str, Any], room: float) -> list[float]:
    """Points of each column: a table with room to spare is a little wider than its words, and none is wider than the page."""
    points: list[float] = part["widths"] or part["wanted"]
    return [one * min(room / sum(points), STRETCH) for one in points]


def _properties(title: str, width: int) -> Element:
    rule: dict[str, object] = {"val": "single", "sz": THICK, "space": 0, "color": "auto"}
    none: dict[str, object] = {"val": "nil"}
    sides = {"top": rule, "left": none, "bottom": rule, "right": none, "insideH": none, "insideV": none}
    borders = [element(side, **drawn) for side, drawn in sides.items()]
    margins = [element(side, w=round(10 * INSET), type="dxa") for side in ("left", "right")]
    return element(
        "tblPr",
        element("tblW", w=width, type="dxa"),
        element("jc", val="center"),
        element("tblBorders", *borders),
        element("tblLayout", type="fixed"),
        element("tblCellMar", *margins),
        element("tblLook", firstRow=1, firstColumn=1, noHBand=1, noVBand=1),
        element("tblCaption", val=storable(title)),
    )


def _cell(text: str, side: str, width: int, style: str, is_kept: bool, is_header: bool) -> Element:
    rule = element("tcBorders", element("bottom", val="single", sz=THIN, space=0, color="auto"))
    properties = element("tcPr", element("tcW", w=width, type="dxa"), *([rule] if is_header else []))
    properties.append(element("vAlign", val="bottom" if is_header else "top"))
    form = [*([element("keepNext")] if is_kept else []), element("jc", val=side)]
    return element("tc", properties, paragraph(style, run(text), properties=form))
