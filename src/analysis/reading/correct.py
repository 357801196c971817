"""Known mistakes of the source, mended by the study's corrections.yml before anything is interpreted.

A correction says what it expects to find; where the source no longer says it, the run stops, so that a mended source is
not changed once more.
"""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.settings import Correction

EXCLUDED = "_excluded"
"""Names the correction that takes a row out; missing for the rows that stay."""


def correct(rows: pd.DataFrame, corrections: Iterable[Correction], place: Path) -> pd.DataFrame:
    """The rows of one file, in the catalogue's columns and still text, with its corrections made, in their order.

    Rows that a correction excludes are still there, with its id in the column `_excluded`, so that they can be counted and
    whatever else is told of the same respondent can leave with them.

    Raises
    ------
    StudyError
        `correction_stale` where the number of cells or rows found is not the number expected.
    """
    corrected = rows.copy()
    for one in corrections:
        found = pd.Series(True, index=corrected.index)
        for column, value in one.where.items():
            found &= corrected[column].str.strip() == value
        if one.kind == "exclude":
            _require_found(one, corrected.index[found].nunique(), place)  # a wide file's row stands once for each item
            left = found & corrected[EXCLUDED].isna() if EXCLUDED in corrected else found
            corrected.loc[left, EXCLUDED] = one.id
            continue
        values = one.values if one.kind == "recode" else {str(one.expect): str(one.to)}
        written = corrected[one.column].str.strip()
        found &= written.isin([*values])
        _require_found(one, int(found.sum()), place)
        corrected.loc[found, one.column] = written[found].map(values)
    return corrected


def _require_found(correction: Correction, found: int, place: Path) -> None:
    if found == correction.rows:
        return
    sought = {
        "set": f"{correction.column} = '{correction.expect}'",
        "recode": f"{correction.column} = '{listing(correction.values)}'",
        "exclude": listing(correction.where),  # the columns only: their values may be personal
    }[correction.kind]
    facts = {"id": correction.id, "sought": sought, "expected_rows": correction.rows, "found_rows": found}
    raise StudyError("correction_stale", place, **facts)
