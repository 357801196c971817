"""The columns of a table on a page: how wide each is, and where a wide table is cut."""

import re
from collections.abc import Sequence

from analysis.reporting.blocks import Table
from analysis.reporting.tables import INTERVAL
from analysis.reporting.wording import width

UNIT = 4.8
"""Points that a Latin letter of a table takes at 9 pt; a Chinese character takes two of them."""
PADDING = 6.0
"""Points on both sides of a cell together."""
LONGEST = 22
"""Widths of a Latin letter above which a word is broken."""
TOGETHER = 8
"""Widths of Chinese characters that stay on a line: four of them."""
WIDEST = 120
"""Widths of a Latin letter above which a longer text asks for no more room."""
STRETCH = 1.6
"""How much wider than its content a table may be."""


def parts(table: Table, available: float) -> list[list[int]]:
    """The columns of each part of a table that is cut where the page ends; column 0, the stub, is in each."""
    least = _least(table)
    made: list[list[int]] = [[0]]
    for column in range(1, len(least)):
        taken = sum(least[one] for one in made[-1])
        if taken + least[column] > available and len(made[-1]) > 1:
            made.append([0])
        made[-1].append(column)
    return made


def widths(table: Table, columns: Sequence[int], available: float) -> list[float]:
    """Points of each of these columns: what their words need, and of the rest in proportion to what they hold."""
    all_least = _least(table)
    least = [all_least[column] for column in columns]
    headings = [table.stub, *table.columns]
    natural = [
        max(own, needed(table, one), min(width(headings[one]), WIDEST) * UNIT + PADDING)
        for one, own in zip(columns, least, strict=True)
    ]
    if (whole := sum(natural)) <= available:
        return [one * min(available / whole, STRETCH) for one in natural]
    if sum(least) >= available:
        return [one * available / sum(least) for one in least]
    share = (available - sum(least)) / (whole - sum(least))
    return [own + (one - own) * share for own, one in zip(least, natural, strict=True)]


def needed(table: Table, column: int) -> float:
    """Points that a column needs for each of its cells to stand on one line, up to the widest of all."""
    cells = (row[column] for row in table.rows)
    return min(max(map(width, cells), default=0), WIDEST) * UNIT + PADDING


def _least(table: Table) -> list[float]:
    headings = [table.stub, *table.columns]
    return [
        max(map(_piece, [heading, *(row[place] for row in table.rows)]), default=0) * UNIT + PADDING
        for place, heading in enumerate(headings)
    ]


def _piece(cell: str) -> int:
    """The longest piece of a cell that stays on one line."""
    found = INTERVAL.fullmatch(cell)
    pieces = found.groups() if found else re.split(r"\s+|(?<=[/;,，；、])|(?<=-)(?=\D)", cell)
    return min(max(width(one) if width(one) == len(one) else min(width(one), TOGETHER) for one in pieces), LONGEST)
