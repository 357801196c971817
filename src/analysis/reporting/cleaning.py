"""How data were cleaned, as a person reads it: the figure from received to analysed, and the list of corrections."""

import re
from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Rectangle

from analysis.catalogue import Catalogue
from analysis.reporting.figures import MUTED, SERIES, WIDTH
from analysis.reporting.wording import Wording, width
from analysis.settings import Correction

PANELS = 2
"""Panels side by side."""
LETTER = 0.054
"""Inches of a Latin letter in a box."""
LINE = 0.152
"""Inches of a line in a box."""
PAD = 0.09
GAP = 0.14
"""Inches between boxes."""
MARGINS = 1.25
"""Inches of the figure's title and of what stands under it."""
HIDDEN = "…"
PIECE = r"[⺀-鿿豈-﫿！-｠][，。；：、）】！？]*(?:(?<=：)[\d,]+)?|[^ ⺀-鿿豈-﫿！-｠]+| +"
"""What stays on one line: a Chinese character with its closing marks, a word, and a number with what it counts."""
PARTS = {"set_aside": "rule", "excluded": "exclusion"}
"""Steps at which rows leave, and the column that names why."""


def flow(table: pd.DataFrame, words: Wording) -> Figure:
    """From received to analysed in boxes, one panel a wave, or a table: what left stands beside, by rule, with its number.

    The boxes of CONSORT and STROBE: what arrives at the bottom is what came in at the top less what left at the side.

    Parameters
    ----------
    table
        Rows of `flow_count`.
    """
    column = "wave" if table["wave"].notna().any() else "data_table"
    names = words.ordered(column, table[column].dropna())
    side_by_side = min(PANELS, len(names))
    wide = WIDTH / side_by_side - 0.15
    panels = {name: _boxes(table[table[column] == name], wide, words) for name in names}
    tall = max(_height(boxes) for boxes in panels.values())
    rows = -(-len(names) // side_by_side)
    figure = Figure(figsize=(WIDTH, MARGINS + rows * (tall + 0.25)))
    for axes, name in zip(figure.subplots(rows, side_by_side, squeeze=False).flat, names, strict=False):
        _draw(axes, panels[name], wide, tall)
        axes.set_title(words.label(column, name))
    for axes in figure.axes[len(names) :]:
        axes.set_axis_off()
    return figure


def corrections(made: Sequence[Correction], words: Wording) -> pd.DataFrame:
    """Corrections in words, as text: which, what, in how many cells, why, by whom and when; personal values not repeated."""
    return pd.DataFrame(
        {
            words.text("corrections_id"): [one.id for one in made],
            words.text("corrections_what"): [_what(one, words) for one in made],
            words.text("corrections_cells"): [words.count(one.rows) for one in made],
            words.text("corrections_why"): [f"{one.reason} {one.source}" for one in made],
            words.text("corrections_by"): [
                " ".join(str(told) for told in (one.who, one.when) if told) or "–" for one in made
            ],
        }
    )


def _what(one: Correction, words: Wording) -> str:
    table = words.label("data_table", one.table)
    if one.column is None:
        named = ", ".join(words.heading(column) for column in one.where)
        return words.text("corrections_exclude", table=table, columns=named)
    changes = one.values if one.kind == "recode" else {str(one.expect): str(one.to)}
    shown = [
        words.text(
            "corrections_set",
            table=table,
            column=words.heading(one.column),
            before=_value(before, one.column, words.catalogue),
            after=_value(after, one.column, words.catalogue),
        )
        for before, after in changes.items()
    ]
    return "; ".join(shown)


def _value(text: str, column: str, catalogue: Catalogue) -> str:
    return HIDDEN if catalogue.column(column).get("identifying") else f"“{text}”"


def _boxes(rows: pd.DataFrame, wide: float, words: Wording) -> list[tuple[str, list[str]]]:
    """The boxes of a panel from above, each with its step and its lines; the parts that somebody left for are set in."""
    boxes: list[tuple[str, list[str]]] = []
    for _, row in rows.iterrows():
        step, _, why = str(row["flow"]).partition("=")
        if why and row["estimate"] == 0:
            continue
        most = int((_across(step, wide) - 2 * PAD) / LETTER)
        named = words.label(PARTS[step], why) if why else words.label("flow", step)
        text = words.text("flow_line", step=named, count=words.cell(row))
        if why:
            first, *others = _lines(text, most - 3)
            boxes[-1][1].extend([f"– {first}", *(f"   {line}" for line in others)])
        else:
            boxes.append((step, _lines(text, most)))
    return boxes


def _lines(text: str, most: int) -> list[str]:
    """A text in lines of at most so many Latin letters."""
    lines = [""]
    for piece in re.findall(PIECE, text):
        if width((lines[-1] + piece).rstrip()) > most and lines[-1].strip():
            lines.append("")
        lines[-1] += piece if lines[-1] else piece.lstrip()
    return [line.rstrip() for line in lines]


def _across(step: str, wide: float) -> float:
    """How wide a box is: what stays at the left, what leaves at the right."""
    return wide * (0.51 if step in PARTS else 0.40)


def _tall(lines: Sequence[str]) -> float:
    return len(lines) * LINE + 2 * PAD


def _height(boxes: Sequence[tuple[str, list[str]]]) -> float:
    return sum(_tall(lines) for _, lines in boxes) + GAP * (len(boxes) - 1)


def _draw(axes: Axes, boxes: Sequence[tuple[str, list[str]]], wide: float, tall: float) -> None:
    """Boxes below each other: what stays at the left, what leaves at the right of the line that joins them."""
    axes.set_axis_off()
    axes.set_xlim(0, wide)
    axes.set_ylim(-tall, 0)
    middle, side = 0.20 * wide, 0.49 * wide
    top, ends = 0.0, []
    for step, lines in boxes:
        is_main, high = step not in PARTS, _tall(lines)
        left, colour = (0.0, SERIES[0]) if is_main else (side, MUTED)
        box = Rectangle((left, top - high), _across(step, wide), high, fill=False, ec=colour, lw=1, clip_on=False)
        axes.add_patch(box)
        axes.text(left + PAD, top - high / 2, "\n".join(lines), va="center", fontsize=8, linespacing=1.35)
        if is_main:
            ends.append((top, top - high))
        else:
            axes.add_patch(_arrow((middle, top - high / 2), (side, top - high / 2)))
        top -= high + GAP
    axes.add_patch(_arrow((middle, ends[0][1]), (middle, ends[-1][0])))


def _arrow(start: tuple[float, float], end: tuple[float, float]) -> FancyArrowPatch:
    return FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=8, color=MUTED, lw=0.9, shrinkA=0, shrinkB=0)
