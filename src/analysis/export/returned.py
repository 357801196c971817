"""Whether what was exported is the same when it is read back: every export is tried before it is handed over."""

from pathlib import Path

import numpy as np
import pandas as pd

from analysis import study as studies
from analysis.errors import StudyError
from analysis.reading.convert import MISSING
from analysis.reporting.processed import without_identity
from analysis.study import Study

DIGITS = {"xlsx": 1e-14}
"""Formats that do not keep every digit of a number, and how far it may be off."""


def require_same(study: Study, folder: Path, tables: list[str], format_: str) -> None:
    """Refuse an export that is read back as anything else than the study's tables.

    Where and why a value is missing is compared too; a missing value without a reason is one that was not recorded.

    Raises
    ------
    StudyError
        `export_differs`, with the first cell that does.
    """
    back = studies.read(str(folder))
    for name in tables:
        before = without_identity(study.table(name), name, study.catalogue)
        after = back.table(name) if back.has(name) else before.iloc[:0]
        place = f"{name} ({format_})"
        if len(before) != len(after):
            raise StudyError("export_differs", place, column="–", row="–", before=len(before), after=len(after))
        for column in before:
            if not column.endswith(MISSING) and column not in after:
                raise StudyError("export_differs", place, column=column, row="–", before=column, after="–")
            own, read = (_told(frame, column) for frame in (before, after))
            differs = np.flatnonzero(~_alike(own, read, DIGITS.get(format_, 0.0)))
            if len(differs):
                row = differs[0]
                facts = {"column": column, "row": row + 1, "before": own.iloc[row], "after": read.iloc[row]}
                raise StudyError("export_differs", place, **facts)


def _told(frame: pd.DataFrame, column: str) -> pd.Series:
    """A column, or the reasons why one is missing."""
    if not column.endswith(MISSING):
        return frame[column]
    of = column.removesuffix(MISSING)
    reasons = frame[column] if column in frame else pd.Series(None, index=frame.index, dtype="str")
    return reasons.fillna("not_recorded").where(frame[of].isna(), None)


def _alike(own: pd.Series, read: pd.Series, off: float) -> np.ndarray:
    """Which values are the same, missing ones being the same as missing ones."""
    missing = own.isna().to_numpy() & read.isna().to_numpy()
    if pd.api.types.is_float_dtype(own.dtype) and off:
        one, other = (column.astype("Float64").to_numpy(dtype=float, na_value=np.nan) for column in (own, read))
        return missing | np.isclose(one, other, rtol=off, atol=0)
    return missing | (own == read).fillna(value=False).to_numpy(dtype=bool)
