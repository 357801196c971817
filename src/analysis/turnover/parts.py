"""A roster on an engine, read some units at a time: all rows of a unit come together."""

from collections.abc import Iterator, Sequence

import narwhals as nw
import pandas as pd
import pyarrow as pa

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError
from analysis.inference.design import absent
from analysis.inference.relations.relation import Relation

MOST = 1_000_000
"""About so many rows are read at once, or those of one unit if it has more."""
DATES = ("start", "end")
NULLABLE = {
    pa.bool_(): pd.BooleanDtype(),
    **dict.fromkeys((pa.int8(), pa.int16(), pa.int32(), pa.int64()), pd.Int64Dtype()),
}
ROWS = "rows"


def by_units(relation: Relation, within: str, known: Sequence[str], by: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The rows of a roster, in frames that hold units whole.

    Parameters
    ----------
    known, by
        Columns that are read where they are there, and that must be there.

    Raises
    ------
    StudyError
        `column_absent`.
    """
    if facts := absent(relation, [within, "person_id", "term", *by]):
        raise StudyError("column_absent", **facts)
    columns = [*dict.fromkeys([*(column for column in known if column in relation), *by])]
    unit = nw.col(within)
    is_unknown = unit.is_null() | (unit == UNKNOWN)
    named = relation.only(~is_unknown)
    sizes = named.classes([within], {ROWS: []})
    for _, units in sizes[within].groupby((sizes[ROWS].cumsum() - 1) // MOST):
        first, last = nw.lit(units.iloc[0]), nw.lit(units.iloc[-1])
        yield _read(named.only((unit >= first) & (unit <= last)), columns)
    unknown = _read(relation.only(is_unknown), columns)
    if len(unknown) or not len(sizes):
        yield unknown


def _read(relation: Relation, columns: Sequence[str]) -> pd.DataFrame:
    table = relation.rows.select(*columns).collect("pyarrow").to_native()
    frame = table.to_pandas(types_mapper=NULLABLE.get, date_as_object=False)
    return frame.astype({column: "datetime64[s]" for column in DATES if column in frame})
