"""Tables that lie on an engine, and what of them comes into memory: a part of the rows, or the classes that they fall into.

What comes is in the types of tables in memory, so that whoever works on it need not know where it lay.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import pyarrow as pa

from analysis.inference.relations.relation import Frame, Relation, collected
from analysis.reading.convert import MISSING
from analysis.registers import FREQUENCY

MOST = 1_000_000
"""A table of at most so many rows is read whole: everything works on it."""
COMMUNITY = "community_id"
RESPONDENT = ["respondent_id", "wave"]
"""What names a respondent, and whose an answer is."""
ASKED = "respondents"
"""The table of whom answers are."""
DTYPES: Mapping[pa.DataType, Any] = {
    pa.bool_(): pd.BooleanDtype(),
    pa.float64(): pd.Float64Dtype(),
    **dict.fromkeys((pa.int32(), pa.int64()), pd.Int64Dtype()),
    **dict.fromkeys((pa.string(), pa.large_string()), pd.StringDtype(na_value=np.nan)),
}


def columns_of(table: Frame) -> list[str]:
    """The names of a table's columns; nothing is read."""
    return list(table) if isinstance(table, pd.DataFrame) else Relation.of(table).columns


def kept(tables: Mapping[str, Frame], most: int = MOST) -> dict[str, Frame]:
    """The tables of a study, small ones in memory.

    Answers and respondents are joined, so that one of these tables that stays on the engine keeps the others there.
    """
    relations = {name: Relation.of(table) for name, table in tables.items() if not isinstance(table, pd.DataFrame)}
    large = {name for name, relation in relations.items() if _count(relation) > most}
    if any(RESPONDENT[0] in relations[name] for name in large):
        large |= {name for name, relation in relations.items() if RESPONDENT[0] in relation}
    return {name: in_memory(relations[name]) if name in {*relations} - large else tables[name] for name in tables}


def _count(relation: Relation) -> int:
    return int(relation.classes([], {FREQUENCY: []})[FREQUENCY].iat[0])


def in_memory(relation: Relation) -> pd.DataFrame:
    """All rows of a relation, in the types of tables in memory."""
    frame = collected(relation.rows).to_pandas(types_mapper=DTYPES.get, date_as_object=False)
    dates = frame.select_dtypes("datetime").columns
    return frame.astype(dict.fromkeys(dates, "datetime64[s]"))


def communities_of(table: Frame) -> list[str]:
    """The communities that a table names."""
    if COMMUNITY not in columns_of(table):
        return []
    if isinstance(table, pd.DataFrame):
        return [str(one) for one in table[COMMUNITY].dropna().unique()]
    return [str(one) for one in Relation.of(table).classes([COMMUNITY], {FREQUENCY: []})[COMMUNITY].dropna()]


def between(tables: Mapping[str, Frame], first: str, last: str) -> dict[str, Frame]:
    """The tables with the rows of some communities, from one id to another; what lies on an engine is read for them only.

    Answers name no community: of those on an engine it is the rows of the communities' respondents. A table that names neither
    stays whole.
    """
    return {name: _between(table, tables, first, last) for name, table in tables.items()}


def _between(table: Frame, tables: Mapping[str, Frame], first: str, last: str) -> Frame:
    columns = columns_of(table)
    if isinstance(table, pd.DataFrame):
        if COMMUNITY not in columns:
            return table
        return table[table[COMMUNITY].between(first, last).fillna(value=False)].reset_index(drop=True)
    relation = Relation.of(table)
    is_here = (nw.col(COMMUNITY) >= first) & (nw.col(COMMUNITY) <= last)
    if COMMUNITY in columns:
        return in_memory(relation.only(is_here))
    if RESPONDENT[0] not in columns:
        return table
    asked = Relation.of(tables[ASKED]).only(is_here)
    low, high = (asked.rows.select(edge) for edge in (nw.col(RESPONDENT[0]).min(), nw.col(RESPONDENT[0]).max()))
    ends = [collected(one)[0][0].as_py() for one in (low, high)]
    if None in ends:
        return in_memory(relation.only(nw.lit(value=False)))
    # Ids that follow the communities leave most of the file unread.
    near = relation.only((nw.col(RESPONDENT[0]) >= ends[0]) & (nw.col(RESPONDENT[0]) <= ends[1]))
    rows = near.rows.join(asked.rows.select(*RESPONDENT), on=RESPONDENT, how="semi")
    return in_memory(Relation(rows, relation.types))


def classes(table: Frame, columns: Sequence[str]) -> pd.DataFrame:
    """The classes of a table in some columns and their reasons, with how many rows each is (`FREQUENCY`)."""
    relation = Relation.of(table)
    reasons = [column + MISSING for column in columns if column + MISSING in relation]
    keys = [*dict.fromkeys([*columns, *reasons])]
    counted = relation.classes(keys, {FREQUENCY: []})
    return typed(counted, relation)


def typed(frame: pd.DataFrame, relation: Relation) -> pd.DataFrame:
    """A frame of a relation's columns in the types of tables in memory; floating-point numbers as they are."""
    kinds: dict[str, Any] = {}
    for column in (column for column in frame if column in relation):
        kind = relation.types[column]
        if kind == nw.Boolean:
            kinds[column] = "boolean"
        elif kind.is_integer():
            kinds[column] = "Int64"
        elif kind.is_temporal():
            kinds[column] = "datetime64[s]"
        elif not kind.is_float():
            kinds[column] = "str"
    return frame.astype(kinds)
