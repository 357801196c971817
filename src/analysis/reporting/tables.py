"""Three-line tables in HTML, and the same numbers as CSV for a spreadsheet."""

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import groupby, pairwise
from typing import NamedTuple

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from analysis.catalogue import entries
from analysis.errors import StudyError, listing
from analysis.measure import dimensions, identified
from analysis.reporting.blocks import Table
from analysis.reporting.wording import Wording, width
from analysis.workload.matching import Matches

SHORT = 24
"""Widths of a Latin letter up to which words stay on one line; a Chinese character has two."""
INTERVAL = re.compile(r"(.*\d.*) (\([−\d][^()]*\d%?\))")
"""An estimate and its interval, which may stand on a line of its own."""
NUMERIC = re.compile(r"(?:[−–*<\d.,%() ]|n=)*")
"""Stars stand beside numbers, for p, and how many they rest on."""
WORDS_AMONG_NUMBERS = ("hidden", "sheet_reference")
"""What is said where a number is hidden, or where there is none, since others are compared with it."""
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class Grid(NamedTuple):
    """A measure table as it is printed, and of each cell the id of the row that it shows and how many that rests on."""

    cells: pd.DataFrame
    ids: list[list[str]]
    counts: list[list[str]]


def wide(table: pd.DataFrame, rows: str, columns: str, words: Wording) -> Grid:
    """Estimates in words, one row per value of `rows` and one column per value of `columns` (one of all without), labelled.

    Raises
    ------
    StudyError
        `cell_of_many`, where several rows have one place.
    """
    heading = words.text("measure") if rows == "measure" else words.heading(rows)
    down = words.ordered(rows, table[rows])
    across = words.ordered(columns, table[columns]) if columns else [""]
    places = [*zip(map(str, table[rows]), map(str, table[columns]) if columns else [""] * len(table), strict=True)]
    counts = ["" if pd.isna(n) else words.count(n) for n in table["n"]]
    printed = zip(map(words.cell, table.to_dict("records")), identified(table), counts, strict=True)
    shown = dict(zip(places, printed, strict=True))
    if len(shown) < len(table):
        several = [name for name in ("measure", *dimensions(table)) if table[name].nunique() > 1]
        raise StudyError("cell_of_many", count=len(table), cells=len(shown), columns=listing(several))
    grid = [[shown.get((row, column), ("", "", "")) for column in across] for row in down]
    headings = words.labels(columns, across) if columns else [words.text("column_estimate")]
    cells = pd.DataFrame(
        [[cell for cell, *_ in line] for line in grid], words.labels(rows, down), headings, dtype="str"
    )
    ids, counted = ([[place[part] for place in line] for line in grid] for part in (1, 2))
    return Grid(cells.rename_axis(heading), ids, counted)


def matched_words(found: Matches, words: Wording) -> pd.DataFrame:
    """Pairs of items in words, as text: both names, their likeness, whether they are the same, and room for a decision."""
    parts = {"exact": found.exact, "candidate": found.candidates}
    pairs = pd.concat([part.assign(finding=words.text(f"matches_{key}")) for key, part in parts.items()])
    return pd.DataFrame(
        {
            words.text("matches_before"): pairs["item_id_before"] + " " + pairs["item_name_before"],
            words.text("matches_after"): pairs["item_id_after"] + " " + pairs["item_name_after"],
            words.text("matches_score"): [words.number(score, "proportion") for score in pairs["score"]],
            words.text("matches_is"): pairs["finding"],
            words.text("matches_decision"): "",
        }
    )


def as_block(
    name: str,
    title: str,
    grid: pd.DataFrame,
    notes: Sequence[str],
    ids: Sequence[Sequence[str]] = (),
    counts: Sequence[Sequence[str]] = (),
) -> Table:
    """A frame of text as a table of a report; its index is the first column."""
    rows = [[str(heading), *cells] for heading, cells in zip(grid.index, grid.to_numpy().tolist(), strict=True)]
    stub, columns = str(grid.index.name or ""), list(map(str, grid.columns))
    return Table(name, title, stub, columns, rows, [*notes], [*map(list, ids)], [*map(list, counts)])


def three_line(table: Table) -> str:
    """A table in HTML, which brings its style: rules above, below the header, and below; notes under it."""
    return template("three_line.html").render(laid_out(table))


def laid_out(table: Table) -> dict[str, object]:
    """A table as the templates take it: how each column is aligned and what of a cell stays on one line."""
    columns = [
        {"heading": heading, **_style([row[place] for row in table.rows])}
        for place, heading in enumerate(table.columns, 1)
    ]
    return {
        "index": table.stub,
        "width": _width_of_words(row[0] for row in table.rows),
        "columns": columns,
        "rows": [{"heading": heading, "cells": list(map(_parts, cells))} for heading, *cells in table.rows],
        "caption": table.title,
        "notes": table.notes,
    }


def template(name: str) -> Template:
    """One of the templates beside this module; what is put into it is escaped."""
    return templates().get_template(name)


@cache
def templates() -> Environment:
    """All of them."""
    return Environment(
        loader=PackageLoader("analysis.reporting"), autoescape=True, undefined=StrictUndefined, auto_reload=False
    )


def _style(cells: Sequence[str]) -> dict[str, str]:
    """Numbers, dashes and what is hidden stand flush right; short words are not broken."""
    if all(map(is_number, cells)):
        has_intervals = any(map(INTERVAL.fullmatch, cells))
        return {"align": "text-align:right", "width": "" if has_intervals else "white-space:nowrap"}
    return {"align": "text-align:left", "width": _width_of_words(cells)}


def is_number(cell: str) -> bool:
    """Whether a cell stands where numbers do: one, none, or what is said in its place."""
    words = entries("words")
    return bool(NUMERIC.fullmatch(cell)) or any(cell in words[key].values() for key in WORDS_AMONG_NUMBERS)


def _width_of_words(cells: Iterable[str]) -> str:
    return "white-space:nowrap" if max(map(width, cells), default=0) <= SHORT else "min-width:6.5em"


def _parts(cell: str) -> list[str]:
    """What of a cell stays on one line: an interval may go below its estimate, and is not broken itself."""
    found = INTERVAL.fullmatch(cell)
    return list(found.groups()) if found else [cell]


def plain(table: Table) -> str:
    """The same table as text."""
    grid = pd.DataFrame(table.rows, columns=[table.stub, *table.columns])
    return "\n".join([table.title, grid.to_string(index=False), *table.notes])


def labelled(table: pd.DataFrame, words: Wording) -> pd.DataFrame:
    """A measure table with headings and labels in words, numbers as they are (proportions 0–1), and the id of each row.

    Rows of a measure that came in the order of their keys, as the kernel gives them, come in the catalogue's order of levels.
    """
    table = table.iloc[_in_order(table, words)]
    named: dict[str, Sequence[object]] = {words.text("measure"): words.labels("measure", table["measure"])}
    for column in dimensions(table):
        if table[column].notna().any():
            named[words.heading(column)] = ["" if pd.isna(v) else words.label(column, v) for v in table[column]]
    counted = words.counted(table)
    for column in ("estimate", "se", "low", "high", "coverage", "df", "n", "numerator", "denominator"):
        if table[column].notna().any():
            key = f"column_{column}" if column != "n" or counted == "persons" else f"column_n_{counted}"
            named[words.text(key)] = [_plain_number(value) for value in table[column]]
    named[words.text("column_unit")] = [words.unit(unit) for unit in table["unit"]]
    named[words.text("column_window")] = [words.window(told) for told in table["window"]]
    reasons = [words.text("hidden" if r == "hidden" else f"reason_{r}") if r else "" for r in table["reason"]]
    if any(reasons):
        named[words.text("column_reason")] = reasons
    named[words.text("column_id")] = identified(table)
    return pd.DataFrame(named)


def _in_order(table: pd.DataFrame, words: Wording) -> list[int]:
    """The places of the rows: those of a measure that were arranged otherwise than by their keys stay as they are."""
    names = dimensions(table)
    keys = [
        tuple("" if pd.isna(level) else str(level) for level in row) for row in table[names].itertuples(index=False)
    ]
    ranks = [
        {level: rank for rank, level in enumerate(["", *words.ordered(name, filter(None, levels))])}
        for name, levels in zip(names, zip(*keys, strict=True), strict=False)
    ]
    places: list[int] = []
    for _, run in groupby(range(len(table)), table["measure"].tolist().__getitem__):
        rows = [*run]
        if all(keys[one] <= keys[other] for one, other in pairwise(rows)):
            rows.sort(key=lambda row: [rank[level] for rank, level in zip(ranks, keys[row], strict=True)])
        places += rows
    return places


def _plain_number(value: float) -> object:
    return "" if not math.isfinite(value) else int(value) if value == int(value) else float(f"{value:.12g}")


def as_csv(frame: pd.DataFrame) -> bytes:
    """A frame as CSV that Excel opens: UTF-8 with a byte-order mark, and no text cell that would run as a formula."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([harmless(column) for column in frame.columns])
    writer.writerows([[harmless(cell) for cell in row] for row in frame.itertuples(index=False)])
    return out.getvalue().encode("utf-8-sig")


def harmless(cell: object) -> object:
    """A text cell that a spreadsheet would take for a formula, with a quote mark before it; numbers are left alone."""
    return "'" + cell if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell
