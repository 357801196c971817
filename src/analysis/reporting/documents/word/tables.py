"""Three-line tables in Word, which stay tables: rules of 1.5 pt above and below, 0.75 pt under the header, none upright."""

from collections.abc import Mapping
from functools import cache
from typing import Any

from docx.oxml.ns import nsdecls
from docx.oxml.parser import parse_xml
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from analysis.reporting.blocks import Table
from analysis.reporting.documents.layout import INSET, LITTLE, Way, laid_out, printed_width
from analysis.reporting.documents.word.elements import Element, pieces, storable
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

    rows = [
        ["\n".join(cell) if broken else " ".join(cell) for cell, broken in zip(row, is_broken, strict=True)]
        for row in part["rows"]
    ]
    drawn = _template().render(
        namespace=Markup(nsdecls("w")),
        title=laid["title"],
        rows=[part["columns"], *rows],
        twips=twips,
        sides=sides,
        style=style,
        is_short=laid["is_short"],
        margin=round(10 * INSET),
        thick=THICK,
        thin=THIN,
    )
    made: Element = parse_xml(drawn)
    return made


def _widths(part: dict[str, Any], room: float) -> list[float]:
    """Points of each column: a table with room to spare is a little wider than its words, and none is wider than the page."""
    points: list[float] = part["widths"] or part["wanted"]
    return [one * min(room / sum(points), STRETCH) for one in points]


@cache
def _template() -> Template:
    """A table as XML: reading it is several times as fast as making the dozen elements of each cell."""
    environment = Environment(
        loader=PackageLoader("analysis.reporting.documents"),
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=True,
        undefined=StrictUndefined,
    )
    environment.filters["storable"] = storable
    environment.filters["pieces"] = pieces
    return environment.get_template("table.xml")
