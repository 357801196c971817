"""The classes of a relation as a frame: rows that are equal in all that a call reads, each with how many they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from analysis.errors import StudyError
from analysis.inference.design import Census, SurveyDesign, absent
from analysis.inference.relations.column import one_if
from analysis.inference.relations.relation import ROWS, Frame, Relation, rows_named
from analysis.reading.convert import MISSING

EVERY, USUAL, UNUSUAL = "every_row", "usual_rows", "unusual_rows"
WEIGHS = "row_weighs"
"""The key that tells rows that weigh something from those that do not."""


def held(
    frame: Frame, design: Any, columns: Sequence[str], by: Sequence[str] | str = (), where: Any = None
) -> tuple[pd.DataFrame, Any]:
    """A frame as it is, or the classes of a relation; and the design for either.

    Raises
    ------
    StudyError
        `frame_unknown`, `frame_empty`, `column_absent`, `design_column_absent`, `design_in_memory`, `where_in_memory`,
        `frequency_invalid`, `classes_too_many`.
    """
    if isinstance(frame, pd.DataFrame):
        return frame, design
    relation, by = Relation.of(frame), (by,) if isinstance(by, str) else tuple(by)
    require(relation, design, [*columns, *by], where)
    reasons = [column + MISSING for column in columns if column + MISSING in relation]
    taken = [column for column in design.columns if column != design.frequency]
    keys = [*dict.fromkeys([*taken, *by, *([] if where is None else [where]), *columns, *reasons])]
    each = [] if design.frequency is None else [nw.col(design.frequency)]
    rows: dict[str, Sequence[nw.Expr]] = {ROWS: each}
    weight = design.weights if isinstance(design, SurveyDesign) else None
    if weight is None or weight in (*by, *columns) or design.draws_rows or design.calibrated is not None:
        return _not_empty(relation.classes(keys, rows)), replace(design, frequency=ROWS)
    keys.remove(weight)
    sums = {weight: [*each, nw.col(weight).cast(nw.Float64)]}
    weighs, checks = {WEIGHS: nw.col(weight) > 0}, Checks.of(relation, [], weight)
    table = _not_empty(told_apart(relation, keys, weighs, rows | sums, checks))
    table[weight] /= table[ROWS]  # of clusters only the sum of their weights counts
    return table.drop(columns=WEIGHS), replace(design, frequency=ROWS)


def _not_empty(classes: pd.DataFrame) -> pd.DataFrame:
    if not classes[ROWS].sum():
        raise StudyError("frame_empty")
    return classes


def told_apart(
    relation: Relation,
    keys: Sequence[str],
    usual: Mapping[str, nw.Expr],
    sums: Mapping[str, Sequence[nw.Expr]],
    checks: "Checks",
    in_order: bool = True,
) -> pd.DataFrame:
    """The classes of a relation, with some truths of their rows as further keys.

    Nearly always all are true of every row, and nothing is wrong. So the classes are asked for without them first, which is
    much faster, with how many rows are not as usual.
    """
    counts = {UNUSUAL: [1 - one_if(reduce(and_, usual.values()))]} if usual else {}
    table = relation.classes(keys, {**sums, **counts}, in_order)
    if all(np.isfinite(table[name].to_numpy().sum()) for name in sums) and not table[[*counts]].to_numpy().any():
        return table.drop(columns=[*counts]).assign(**dict.fromkeys(usual, True))
    table = relation.with_columns(**usual).classes([*keys, *usual], {**sums, **checks.expressions}, in_order)
    checks.require(table, keys)
    return table


@dataclass(frozen=True)
class Checks:
    """What must be true of no row: sums that are 0 where all is well.

    Attributes
    ----------
    expressions
        How many rows of a class are wrong, for each error and column.
    """

    expressions: Mapping[str, Sequence[nw.Expr]]
    of_columns: Mapping[str, tuple[str, str]]

    @classmethod
    def of(cls, relation: Relation, columns: Sequence[str], weight: str | None) -> "Checks":
        """The checks of numbers and of weights."""
        wrong = {("column_infinite", name): relation.infinite(name) for name in columns if relation.is_float(name)}
        if weight is not None:
            relation.require_numbers(weight)
            wrong[("weights_missing", weight)] = ~relation.known(weight)
            wrong[("weights_negative", weight)] = nw.col(weight) < 0
            if relation.is_float(weight):
                wrong[("weights_infinite", weight)] = relation.infinite(weight)
        named = {f"{key} {column}": (key, column) for key, column in wrong}
        return cls({name: [one_if(wrong[pair])] for name, pair in named.items()}, named)

    def require(self, table: pd.DataFrame, keys: Sequence[str]) -> None:
        """Refuse a relation of which a row is wrong.

        Raises
        ------
        StudyError
            `column_infinite`, `weights_missing`, `weights_negative`, `weights_infinite`.
        """
        for name, (key, column) in self.of_columns.items():
            if count := int(table[name].sum()):
                wrong = table[name].to_numpy() > 0
                classes = table[[*keys]].assign(**{ROWS: 0})
                raise StudyError(key, column=column, count=count, rows=rows_named(classes, wrong))


def require(relation: Relation, design: Any, columns: Sequence[str], where: Any) -> None:
    """Refuse a call on a relation that cannot be answered by its classes."""
    if not isinstance(design, SurveyDesign | Census):
        raise StudyError("design_in_memory", kind=type(design).__name__)
    if where is not None and not isinstance(where, str):
        raise StudyError("where_in_memory")
    if facts := absent(relation, [*columns, *([] if where is None else [where])]):
        raise StudyError("column_absent", **facts)
    if facts := absent(relation, design.columns):
        raise StudyError("design_column_absent", **facts)
    if design.frequency is not None:
        _require_frequency(relation, design.frequency)


def _require_frequency(relation: Relation, column: str) -> None:
    """Refuse numbers of rows that are missing, below 1 or no whole numbers."""
    relation.require_numbers(column)
    rows = nw.col(column).cast(nw.Float64)
    is_right = relation.known(column) & (rows >= 1) & (rows == rows.floor())
    is_right = is_right & rows.is_finite() if relation.is_float(column) else is_right
    wrong = relation.with_columns(**{USUAL: is_right}).classes([column, USUAL], {EVERY: []})
    wrong = wrong[~wrong[USUAL].fillna(value=False).astype(bool)]
    if len(wrong):
        rows_of = rows_named(wrong[[column]].assign(**{ROWS: 0}), np.ones(len(wrong), dtype=bool))
        raise StudyError("frequency_invalid", column=column, count=int(wrong[EVERY].sum()), rows=rows_of)
