"""Three-line tables in Word, which stay tables: rules of 1.5 pt above and below, 0.75 pt under the header, none upright."""

from collections.abc import Sequence

from analysis.reporting.blocks import Table
from analysis.reporting.documents.word.columns import needed, widths
from analysis.reporting.documents.word.elements import Element, element, paragraph, run
from analysis.reporting.tables import INTERVAL, is_numeric

THICK, THIN = 12, 6
"""Rules in eighths of a point."""
SHORT = 15
"""Rows of a table that stays on one page; a longer one goes on on the next, under its header."""


def three_line(table: Table, columns: Sequence[int], available: float, style: str) -> Element:
    """A table with these columns, 0 being the stub.

    Parameters
    ----------
    available
        The width of the page's text, in points.
    style
        The id of the style of the text in cells.
    """
    points = widths(table, columns, available)
    twips = [round(20 * one) for one in points]
    headings = [table.stub, *table.columns]
    sides = ["right" if one and is_numeric(row[one] for row in table.rows) else "left" for one in columns]
    is_short = len(table.rows) <= SHORT

    lines = [one for one, own in zip(columns, points, strict=True) if needed(table, one) > own]

    def line(cells: Sequence[str], is_kept: bool, is_header: bool) -> Element:
        marks = [element("cantSplit"), *([element("tblHeader")] if is_header else [])]
        made = [
            _cell(_in_lines(cells[one]) if one in lines else cells[one], side, twip, style, is_kept, is_header)
            for one, side, twip in zip(columns, sides, twips, strict=True)
        ]
        return element("tr", element("trPr", *marks), *made)

    header = line(headings, True, True)
    rows = [line(row, is_short and row is not table.rows[-1], False) for row in table.rows]
    grid = element("tblGrid", *(element("gridCol", w=twip) for twip in twips))
    return element("tbl", _properties(table, sum(twips)), grid, header, *rows)


def _in_lines(cell: str) -> str:
    """An estimate with its interval on a line of its own; a dash in that would be a place to break."""
    found = INTERVAL.fullmatch(cell)
    return "\n".join(found.groups()) if found else cell


def _properties(table: Table, width: int) -> Element:
    rule: dict[str, object] = {"val": "single", "sz": THICK, "space": 0, "color": "auto"}
    none: dict[str, object] = {"val": "nil"}
    sides = {"top": rule, "left": none, "bottom": rule, "right": none, "insideH": none, "insideV": none}
    borders = [element(side, **drawn) for side, drawn in sides.items()]
    margins = [element(side, w=60, type="dxa") for side in ("left", "right")]
    return element(
        "tblPr",
        element("tblW", w=width, type="dxa"),
        element("jc", val="center"),
        element("tblBorders", *borders),
        element("tblLayout", type="fixed"),
        element("tblCellMar", *margins),
        element("tblLook", firstRow=1, firstColumn=1, noHBand=1, noVBand=1),
        element("tblCaption", val=table.title),
    )


def _cell(text: str, side: str, width: int, style: str, is_kept: bool, is_header: bool) -> Element:
    rule = element("tcBorders", element("bottom", val="single", sz=THIN, space=0, color="auto"))
    properties = element("tcPr", element("tcW", w=width, type="dxa"), *([rule] if is_header else []))
    properties.append(element("vAlign", val="bottom" if is_header else "top"))
    form = [*([element("keepNext")] if is_kept else []), element("jc", val=side)]
    return element("tc", properties, paragraph(style, run(text), properties=form))
