"""What the rows of a measure table add up to: cells, the margins that may be known of them, and lines of cells that sum up.

A table by community is published beside others by subdistrict and of the whole city, by other chapters, pages and runs. So the
margins of a table are taken to be known whether they stand in it or not, and what is hidden of a table does not depend on
which of its margins a chapter shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.catalogue import entries
from analysis.measure import dimensions
from analysis.reading import PLACES
from analysis.reporting.disclosure import levels
from analysis.reporting.disclosure.rules import LEAST, OF_A_BASE, OF_COUNTS

Numbers = NDArray[np.float64]
Cells = NDArray[np.int64]
UNITS = ("community_id", *PLACES)
"""Columns of places, from the smallest."""
SEVERAL = ("name", "skills", "certificates")
"""Columns of persons that hold several values, or that no table is broken down by."""
ADDS_UP = ("", "community", "city")
"""Scopes of which the rows are numbers of persons: not a difference, nor what a model says."""
SUMS = ["numerator", "denominator", "n"]
CROSSED = "by_category"
"""The dimension of tables for a paper whose values name their column: `sex=male`."""
BASE = -1
"""The whole of a line whose sum is a base, which other rows tell."""


@dataclass(frozen=True)
class Sums:
    """Cells that add up in lines.

    Attributes
    ----------
    cells
        One row a cell, in the columns of a measure table that tell what it counts: those of the table's rows, then the margins.
    of_row
        The cell of each row of the table.
    counts
        How many persons each cell counts: the numerator of a share, else n.
    caps
        How many they can be at most: a base that may be known.
    sizes
        n of each cell.
    line, part
        Which cells the parts of each line are; a cell is a part of as many lines as it has.
    wholes
        The cell of each line's sum, or `BASE`.
    """

    cells: pd.DataFrame
    of_row: Cells
    counts: Numbers
    caps: Numbers
    sizes: Numbers
    line: Cells
    part: Cells
    wholes: Cells


def groupings(table: pd.DataFrame) -> list[str]:
    """The dimensions of which each person has one value, so that their groups add up; places last, from the smallest."""
    tables = entries("tables")["tables"]
    persons = [tables[name] for name in ("roster", "candidacies", "respondents")]
    of_persons = {column for one in persons for column in (*one["required"], *one["optional"])} | {"age_band", CROSSED}
    of_persons -= {column for one in persons for column in one["key"]} | {*SEVERAL, *UNITS}
    named = dimensions(table)
    return [column for column in named if column in of_persons] + [column for column in UNITS if column in named]


def sums_of(
    table: pd.DataFrame, places: pd.DataFrame, withheld: pd.Series | None = None, ages: Sequence[float] = ()
) -> Sums:
    """The cells of the rows of one source, their margins, and what adds up.

    Parameters
    ----------
    places
        One row a community, with the places that it lies in.
    withheld
        The rows of groups of which nothing is told, so that nobody knows their base.
    ages
        As of `levels.larger`.
    """
    around = {column: _around(column, places) for column in UNITS}
    rows, keys, groups = _rows(table, around)
    cells = rows.drop_duplicates(keys).reset_index(drop=True)
    of_row = _found(rows, cells, keys)
    cells, parts, wholes = _larger(cells, keys, ages)
    for column in groups:
        part = np.flatnonzero(_is_group(cells, column))
        above = cells.iloc[part].copy()
        above[column] = _variable(above[column])
        if place := around.get(column):
            lies_in = places.dropna(subset=[place]).drop_duplicates(column).set_index(column)[place].astype("str")
            above[place] = above[place].mask(above[place] == "", cells[column].iloc[part].map(lies_in).fillna(""))
        margins = above.groupby([*keys, "whole"], sort=False, as_index=False)[SUMS].sum(min_count=1)
        cells = pd.concat([cells, margins], ignore_index=True).drop_duplicates(keys).reset_index(drop=True)
        parts.append(part)
        wholes.append(_found(above, cells, keys))
    counts = cells["numerator"].where(cells["unit"].isin(OF_COUNTS), cells["n"]).abs()
    is_unknown = np.isin(np.arange(len(cells)), of_row[withheld] if withheld is not None else [])
    is_base = cells["unit"].isin(OF_A_BASE) & (cells["denominator"] >= LEAST) & ~is_unknown
    filling, base = _levels(cells[~is_unknown], keys, counts)
    kinds = [
        np.full(len(whole), kind) for kind, whole in enumerate(wholes)
    ]  # sums over different columns are different lines
    of_line = np.stack([np.concatenate([*one, np.array([], np.int64)]) for one in (wholes, kinds)], axis=1)
    told, line = np.unique(of_line, axis=0, return_inverse=True)
    known = told[:, 0]
    part = np.concatenate([*parts, filling])
    is_counted = counts.notna().to_numpy()[part]
    return Sums(
        cells=cells,
        of_row=of_row,
        counts=counts.fillna(0).to_numpy(),
        caps=cells["denominator"].where(is_base, np.inf).to_numpy(),
        sizes=cells["n"].fillna(0).to_numpy(),
        line=np.concatenate([line, len(known) + base])[is_counted],
        part=part[is_counted],
        wholes=np.concatenate([known, np.full(len(np.unique(base)), BASE)]),
    )


def _rows(table: pd.DataFrame, around: dict[str, str]) -> tuple[pd.DataFrame, list[str], list[str]]:
    """The rows with what tells them apart as text, the columns of that, and those of groups, larger places last."""
    groups = groupings(table)
    further = {around[column] for column in UNITS if column in groups and around[column]}
    for column in UNITS:
        further |= {around[column]} if column in further and around[column] else set()
    further -= {*groups}
    further |= {"age_from"} if "age_band" in table and "age_from" not in table else set()
    keys = ["measure", "unit", *dimensions(table), "window", *sorted(further)]
    rows = table.reindex(columns=[*keys, *SUMS]).reset_index(drop=True)
    rows[keys] = rows[keys].astype("object").fillna("").astype("str").astype("object")  # which is grouped faster
    if "scope" in rows:
        rows["scope"] = rows["scope"].where(~rows["scope"].isin(ADDS_UP), "")
    measures = entries("measures")["measures"]
    whole_of = {name: measures.get(name, {}).get("whole", "") for name in rows["measure"].unique()}
    persons = [column for column in groups if column not in UNITS]
    return (
        rows.assign(whole=rows["measure"].map(whole_of)),
        keys,
        [*persons, *(c for c in UNITS if c in {*groups, *further})],
    )


def _larger(
    cells: pd.DataFrame, keys: Sequence[str], ages: Sequence[float]
) -> tuple[pd.DataFrame, list[Cells], list[Cells]]:
    """The cells with those of larger levels, and for each larger level the cells of its parts and that which they add up to."""
    lines = [
        (one, measure, part)
        for measure, of_it in cells.groupby("measure", sort=False)
        for one in levels.larger(str(measure), of_it, ages)
        if one.levels and len(part := of_it[of_it[one.column].isin(one.levels)])
    ]
    if not lines:
        return cells, [], []
    above = pd.concat(
        [
            part.assign(
                **{one.column: "", **one.told, "measure": one.measure or measure, "whole": ""},
                line=number,
                is_group=one.is_group,
            )
            for number, (one, measure, part) in enumerate(lines)
        ]
    )
    grouped = above.groupby(["line", *keys, "whole"], sort=False)
    sums, firsts = grouped[SUMS].sum(), grouped[["is_group", *SUMS]].first()
    bases = ["denominator", "n"]
    sums[bases] = sums[bases].where(firsts["is_group"].astype(bool), firsts[bases])
    cells = pd.concat([cells, sums.reset_index().drop(columns="line")], ignore_index=True).drop_duplicates(keys)
    cells = cells.reset_index(drop=True)
    ends = np.cumsum([len(part) for _, _, part in lines])[:-1]
    return cells, [part.index.to_numpy() for _, _, part in lines], np.split(_found(above, cells, keys), ends)


def _around(column: str, places: pd.DataFrame) -> str:
    """The next larger kind of place, of which each place of this kind lies in one; empty where the study tells none."""
    if column not in places:
        return ""
    known = places[places[column].notna()]
    for larger in PLACES[PLACES.index(column) + 1 :] if column in PLACES else PLACES[1:]:
        if larger in known and known.groupby(column)[larger].nunique().max() == 1 < known[larger].nunique():
            return larger
    return ""


def _is_group(cells: pd.DataFrame, column: str) -> pd.Series:
    """The cells that count one of the groups of a column; of a measure's own levels the margin is the base."""
    told = cells[column].str.contains("=", regex=False) if column == CROSSED else cells[column] != ""
    if "scope" in cells:
        told &= cells["scope"] == ""
    return told & (cells["whole"] != column)


def _variable(values: pd.Series) -> pd.Series:
    """The variable of which a value is a level, where it names one (`sex=male`)."""
    return values.str.replace(r"=.*|^[^=]*$", "", regex=True)


def _levels(cells: pd.DataFrame, keys: Sequence[str], counts: pd.Series) -> tuple[Cells, Cells]:
    """The cells that are levels of a whole, and a number for each whole that they fill."""
    parts, lines, count = [], [], 0
    for whole in sorted({*cells["whole"]} & {*keys}):
        of_it = cells[(cells["whole"] == whole) & (cells[whole] != "")]
        others = [of_it[key] for key in keys if key != whole]
        line = of_it.groupby([*others, _variable(of_it[whole])], sort=False).ngroup()
        total = counts[of_it.index].groupby(line).transform("sum")
        is_told = np.isclose(total, of_it["denominator"]) & (total >= LEAST)  # a smaller base is told nowhere
        fills = ~of_it["unit"].isin(OF_A_BASE) | is_told
        line = line[fills.groupby(line).transform("all")]
        parts.append(line.index.to_numpy())
        lines.append(count + np.unique(line, return_inverse=True)[1])
        count += line.nunique()
    empty = [np.array([], np.int64)]
    return np.concatenate([*parts, *empty]), np.concatenate([*lines, *empty])


def _found(rows: pd.DataFrame, cells: pd.DataFrame, keys: Sequence[str]) -> Cells:
    """The cell of each row."""
    both = pd.concat([cells[[*keys]], rows[[*keys]]], ignore_index=True)
    number = both.groupby([*keys], sort=False).ngroup().to_numpy()
    place = np.empty(len(cells), np.int64)
    place[number[: len(cells)]] = np.arange(len(cells))
    found: Cells = place[number[len(cells) :]]
    return found
