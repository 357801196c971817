"""The classes of a relation as a frame: rows that are equal in all that a call reads, each with how many they are."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import pandas as pd

from analysis.errors import StudyError
from analysis.inference.design import Census, SurveyDesign, absent
from analysis.inference.relations.relation import ROWS, Frame, Relation
from analysis.reading.convert import MISSING

def held(
    frame: Frame, design: Any, columns: Sequence[str], by: Sequence[str] | str = (), where: Any = None
) -> tuple[pd.DataFrame, Any]:
    """A frame as it is, or the classes of a relation; and the design for either.

    Raises
    ------
    StudyError
        `frame_unknown`, `column_absent`, `design_column_absent`, `design_in_memory`, `where_in_memory`, `classes_too_many`.
    """
    if isinstance(frame, pd.DataFrame):
        return frame, design
    relation, by = Relation.of(frame), (by,) if isinstance(by, str) else tuple(by)
    require(relation, design, [*columns, *by], where)
    reasons = [column + MISSING for column in columns if column + MISSING in relation]
    rows = nw.len() if design.frequency is None else nw.col(design.frequency).sum()
    taken = [column for column in design.columns if column != design.frequency]
    keys = dict.fromkeys([*taken, *by, *([] if where is None else [where]), *columns, *reasons])
    return relation.classes([*keys], **{ROWS: rows.cast(nw.Float64)}), replace(design, frequency=ROWS)


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
