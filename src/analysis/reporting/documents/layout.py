"""How a table fits on a page of A4: the size of its type, upright or across, the widths of its columns, and in how many parts.

Lengths are points.
"""

import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from analysis.reporting.blocks import Table
from analysis.reporting.tables import INTERVAL, is_number
from analysis.reporting.wording import width


class Way(NamedTuple):
    """A way to set a table: the size of its type, how wide the page is, and whether it is turned."""

    size: float
    room: float
    is_wide: bool


WAYS = (Way(9, 470, False), Way(8, 470, False), Way(8, 716, True))
"""Tried in this order."""
INSET = 8.0
"""Left and right of a cell together."""
LETTER = 0.54
"""How wide a Latin letter or digit is, of its type's size; a Chinese character has two."""
WIDEST = 44
"""Letters of a column that may take several lines."""
LITTLE = 0.01
"""Points that make no difference."""
LEAST = 10
"""Letters of a column that has several lines."""
LONGEST_WORD = 24
"""Letters of a word that is never broken."""
LETTERS = r"[^\s\u2e80-\u9fff\uff00-\uffef]"
"""Of other words than Chinese."""
PIECE = re.compile(rf"\([−\d][^()]*\d%?\)|{LETTERS}+?(?:(?<=\w-)(?=[a-z])|(?!{LETTERS}))|\S")
"""What of a cell stays on one line: an interval, a word or its part before a hyphen, a Chinese character."""
MOST_LINES = 20
"""Of a row that is not broken over pages."""
FEW_ROWS, FEW_LETTERS = 20, 2_000
"""A table of no more is not broken over pages."""


def laid_out(table: Table, ways: Sequence[Way] = WAYS) -> dict[str, Any]:
    """A table as it is printed: its parts have the first column each, and go on with the others in order."""
    columns = [table.stub, *table.columns]
    cells = [[heading, *(row[place] for row in table.rows)] for place, heading in enumerate(columns)]
    needed = [max(map(_needed, column)) for column in cells]
    longest = [max(map(width, column)) for column in cells]
    wanted = [max(least, min(most, WIDEST)) for least, most in zip(needed, longest, strict=True)]
    way = next((way for way in ways if sum(_points(needed, way)) <= way.room), ways[-1])
    numeric = [all(map(is_number, column[1:])) for column in cells]
    parts = []
    for places in _parts(_points(needed, way), way.room):
        widths = _widths([(needed[place], [*map(width, cells[place])]) for place in places], way)
        lines = _most_lines([longest[place] for place in places], widths, way) if widths else 1
        parts.append(
            {
                "columns": [columns[place] for place in places],
                "rows": [[_pieces(row[place]) for place in places] for row in table.rows],
                "numeric": [numeric[place] and place > 0 for place in places],
                "wanted": _points([wanted[place] for place in places], way),
                "widths": widths,
                "has_whole_rows": lines <= MOST_LINES,
            }
        )
    letters = sum(width(cell) for column in cells for cell in column)
    return {
        "title": table.title,
        "notes": table.notes,
        "size": way.size,
        "is_wide": way.is_wide,
        "is_short": len(parts) == 1 and len(table.rows) <= FEW_ROWS and letters <= FEW_LETTERS,
        "parts": parts,
    }


def printed_width(text: str, way: Way) -> float:
    """Points of a cell that holds a text on one line."""
    return _points([width(text)], way)[0]


def _pieces(cell: str) -> list[str]:
    """A cell, and its interval by itself, which stays on one line."""
    found = INTERVAL.fullmatch(cell)
    return list(found.groups()) if found else [cell]


def _needed(cell: str) -> int:
    """Letters of a line that a cell can't do without: its longest word, and of Chinese a few characters."""
    return max(min(_longest_word(cell), LONGEST_WORD), min(width(cell), LEAST))


def _longest_word(cell: str) -> int:
    return max(map(width, PIECE.findall(cell)), default=0)


def _points(letters: Sequence[int], way: Way) -> list[float]:
    return [count * LETTER * way.size + INSET for count in letters]


def _most_lines(longest: Sequence[int], widths: Sequence[float], way: Way) -> float:
    """About how many lines the highest row has, from the letters of each column's longest cell."""
    return max(points / own for points, own in zip(_points(longest, way), widths, strict=True))


def _parts(widths: Sequence[float], room: float) -> list[list[int]]:
    """The places of the columns of each part: as many as there is room for beside the first."""
    parts = [[0]]
    for place, points in enumerate(widths[1:], 1):
        if len(parts[-1]) > 1 and sum(widths[other] for other in parts[-1]) + points > room:
            parts.append([0])
        parts[-1].append(place)
    return parts


def _widths(columns: Sequence[tuple[int, Sequence[int]]], way: Way) -> list[float] | None:
    """The widths of columns from the letters that each needs and those of its cells; None where each cell has one line.

    Else each has what it needs, and what is left goes to those with more to set, by how much more in all their cells: a
    heading that is longer than the numbers under it asks for little. None is wider than its longest cell.
    """
    points = _points([least for least, _ in columns], way)
    longest = _points([max(cells) for _, cells in columns], way)
    if sum(longest) <= way.room:
        return None
    more = [sum(max(cell - least, 0) for cell in cells) for least, cells in columns]
    while (left := way.room - sum(points)) > LITTLE:
        asked = [ask if own < most else 0 for ask, own, most in zip(more, points, longest, strict=True)]
        part = left / sum(asked)
        points = [min(own + part * ask, most) for own, ask, most in zip(points, asked, longest, strict=True)]
    return points
