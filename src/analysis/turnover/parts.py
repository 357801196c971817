"""A roster on an engine, read some units at a time: all rows of a unit come together."""

from collections.abc import Iterator, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError
from analysis.inference.design import absent
from analysis.inference.relations.relation import Relation
from analysis.on_engine import in_memory

MOST = 1_000_000
"""About so many rows are read at once, or those of one unit if it has more."""
DATES = ("start", "end")
TEXT = "String"
TYPES = {
    "term": "String, Categorical, Enum",
    **dict.fromkeys(DATES, "Date, Datetime(time_zone=None)"),
    **dict.fromkeys(("is_incumbent", "is_elected"), "Boolean"),
}
"""What columns are to be, by narwhals' names of types."""
ROWS = "rows"


def require_columns(relation: Relation, needed: Sequence[str], within: str = "") -> None:
    """Refuse a table that lacks a column that is needed, or has one of another type than persons are linked by.

    Raises
    ------
    StudyError
        `column_absent`, `column_type`.
    """
    if facts := absent(relation, needed):
        raise StudyError("column_absent", **facts)
    for column, wanted in (TYPES | {within: TEXT}).items():
        if column in relation and (kind := _name(relation.types[column])) not in wanted.split(", "):
            raise StudyError("column_type", column=column, kind=kind, wanted=wanted)


def _name(kind: Any) -> str:
    return f"Datetime(time_zone={kind.time_zone})" if kind == nw.Datetime else type(kind).__name__


def by_units(relation: Relation, within: str, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The columns of a roster in frames that hold units whole."""
    unit = nw.col(within)
    is_unknown = unit.is_null() | (unit == UNKNOWN)
    named = relation.only(~is_unknown)
    sizes = named.classes([within], {ROWS: []})
    parts = [
        (unit >= nw.lit(units.iloc[0])) & (unit <= nw.lit(units.iloc[-1]))
        for _, units in sizes[within].groupby((sizes[ROWS].cumsum() - 1) // MOST)
    ]
    for rows in (*(named.only(part) for part in parts), relation.only(is_unknown)):
        yield in_memory(Relation(rows.rows.select(*columns), relation.types))
