"""A table on an engine, and the classes that its rows fall into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from operator import mul
from typing import Any, TypeAlias

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa
from narwhals.typing import IntoFrame
from numpy.typing import NDArray

from analysis.errors import RunError, StudyError, listing

Frame: TypeAlias = pd.DataFrame | IntoFrame
"""A frame of pandas, or whatever else narwhals reads: polars, Arrow, DuckDB, Spark, Ibis."""
MOST = 10_000_000
"""So many classes are held in memory; a relation that falls into more is refused."""
FEW = 3
ROWS = "rows_of_class"
"""The column of how many rows each class has."""
READ = "reading"
"""The attribute of a frame that says which reading its rows are of."""
NUMBERS = count(-1, -1)
ENGINES = {"_duckdb": "DuckDB", "duckdb": "DuckDB", "pyspark": "Spark", "py4j": "Spark"}
"""Whose an error is, by the package of its type."""
FIRST = 1000
"""So many rows tell about where a column lies."""


@dataclass(frozen=True, eq=False)
class Relation:
    """A table that is read by its engine.

    Attributes
    ----------
    rows
        The table, of which nothing is computed yet.
    types
        The type of each column.
    """

    rows: "nw.LazyFrame[Any]"
    types: Mapping[str, Any]

    @classmethod
    def of(cls, frame: Any) -> "Relation":
        """The relation that an object of another library is.

        Raises
        ------
        StudyError
            `frame_unknown`.
        """
        try:
            rows = nw.from_native(frame).lazy()
        except TypeError:
            raise StudyError("frame_unknown", kind=f"{type(frame).__module__}.{type(frame).__qualname__}") from None
        return cls(rows, dict(rows.collect_schema()))

    def __contains__(self, name: object) -> bool:
        return name in self.types

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [*self.types]

    def require_numbers(self, column: str) -> None:
        """Refuse a column that holds neither numbers nor truths.

        Raises
        ------
        StudyError
            `column_not_numeric`.
        """
        kind = self.types[column]
        if not (kind.is_numeric() or kind == nw.Boolean):
            first = _collected(self.rows.select(nw.col(column).cast(nw.String)).unique().head(FEW))[column].dropna()
            raise StudyError("column_not_numeric", column=column, kind=str(kind), values=listing(sorted(first), FEW))

    def is_truth(self, column: str) -> bool:
        """Whether a column is true or false."""
        return bool(self.types.get(column) == nw.Boolean)

    def is_float(self, column: str) -> bool:
        """Whether a column holds floating-point numbers."""
        return bool(self.types[column].is_float())

    def infinite(self, column: str) -> nw.Expr:
        """Where a column of floating-point numbers is infinite."""
        return self.known(column) & ~nw.col(column).is_finite()

    def known(self, column: str) -> nw.Expr:
        """Where a column is not missing: neither null nor, in floating point, no number."""
        known = ~nw.col(column).is_null()
        return known & ~nw.col(column).is_nan() if self.is_float(column) else known

    def with_columns(self, **expressions: nw.Expr) -> "Relation":
        """The relation with further columns."""
        rows = self.rows.with_columns(**expressions)
        return Relation(rows, dict(rows.collect_schema()))

    def classes(
        self, keys: Sequence[str], sums: Mapping[str, Sequence[nw.Expr]], in_order: bool = True
    ) -> pd.DataFrame:
        """One row for each class, with sums over its rows.

        Parameters
        ----------
        sums
            For each sum the factors of what is added up; without any, the rows are counted.
        in_order
            Whether the classes come in the order of the keys; to sort millions of them costs as much as to find them.

        Raises
        ------
        StudyError
            `classes_too_many`.
        """
        added = {name: reduce(mul, factors).cast(nw.Float64) for name, factors in sums.items() if factors}
        rows = self.rows.select(*keys, **added) if added else self.rows
        found = {name: nw.col(name).sum() if factors else nw.len() for name, factors in sums.items()}
        if not keys:
            return _collected(rows.select(**found))
        classes = rows.group_by(*keys).agg(**found)
        table = _collected((classes.sort(*keys, nulls_last=True) if in_order else classes).head(MOST + 1))
        if len(table) > MOST:
            raise StudyError("classes_too_many", columns=", ".join(keys), most=f"{MOST:,}")
        return table

    def only(self, condition: nw.Expr) -> "Relation":
        """The rows of which something is true."""
        return Relation(self.rows.filter(condition), self.types)

    def range(self, column: str) -> tuple[float, float, int]:
        """The smallest and the largest value of a column (missing where there is none), and the number of rows."""
        value = nw.col(column)
        found = _collected(self.rows.select(low=value.min(), high=value.max(), rows=nw.len())).astype(float).iloc[0]
        return float(found["low"]), float(found["high"]), int(found["rows"])

    def mean_of_first(self, expression: nw.Expr) -> float:
        """About where an expression lies: its mean over the first rows, 0 where these have none."""
        found = _collected(self.rows.head(FIRST).select(first=expression))["first"].mean()
        return 0.0 if pd.isna(found) else float(found)


def require_in_memory(frame: Any) -> None:
    """Refuse a table that is no frame of pandas, where every row is needed.

    Raises
    ------
    StudyError
        `frame_in_memory`.
    """
    if not isinstance(frame, pd.DataFrame):
        raise StudyError("frame_in_memory", kind=f"{type(frame).__module__}.{type(frame).__qualname__}")


def one_reading(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame, of which frames made by further columns are known to have the same rows."""
    frame.attrs[READ] = next(NUMBERS)
    return frame


def rows_named(frame: pd.DataFrame, wrong: NDArray[np.bool_]) -> str:
    """Which rows of a frame are wrong: their labels, or for classes what the rows in them have in common."""
    if ROWS not in frame:
        return listing(frame.index[wrong], 5)
    classes = frame[wrong].drop(columns=ROWS)
    first = classes.sort_values([*classes]).head(FEW)
    return "; ".join(", ".join(f"{key} = {value}" for key, value in row.items()) for _, row in first.iterrows())


def collected(rows: "nw.LazyFrame[Any]") -> pa.Table:
    """The rows of a query, which its engine computes.

    Raises
    ------
    RunError
        `engine_stopped`: its memory or disk came to an end, a file is damaged, a cluster is lost.
    """
    try:
        return rows.collect("pyarrow").to_native()
    except Exception as problem:
        engine = ENGINES.get(type(problem).__module__.partition(".")[0])
        if engine is None:
            raise
        first, _, _ = str(problem).strip().partition("\n")
        raise RunError("engine_stopped", engine=engine, problem=first) from problem


def _collected(rows: "nw.LazyFrame[Any]") -> pd.DataFrame:
    return collected(rows).to_pandas(split_blocks=True, self_destruct=True)
