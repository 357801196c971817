"""Known mistakes of the source, mended by the study's corrections.yml before anything is interpreted.

A correction says what it expects to find; where the source no longer says it, the run stops, so that a mended source is
not changed once more.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError
from analysis.settings import Correction


def correct(rows: pd.DataFrame, corrections: Iterable[Correction], place: Path) -> pd.DataFrame:
    """The rows of one file, in the catalogue's columns and still text, with its corrections made.

    Raises
    ------
    StudyError
        `correction_stale` where the number of cells found is not the number expected.
    """
    corrected = rows.copy()
    for correction in corrections:
        found = corrected[correction.column].str.strip() == correction.expect
        for column, value in correction.where.items():
            found &= corrected[column].str.strip() == value
        if int(found.sum()) != correction.rows:
            raise StudyError(
                "correction_stale",
                place,
                id=correction.id,
                column=correction.column,
                expected=correction.expect,
                expected_rows=correction.rows,
                found_rows=int(found.sum()),
            )
        corrected.loc[found, correction.column] = correction.to
    return corrected
