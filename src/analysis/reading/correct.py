"""Known mistakes of the source, mended by the study's corrections.yml before anything is interpreted.

A correction says what it expects to find; where the source no longer says it, the run stops, so that a mended source is
not changed once more.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.settings import Correction

EXCLUDED = "_excluded"
"""Names the correction that takes a row out; missing for the rows that stay."""


def correct(rows: pd.DataFrame, corrections: Iterable[Correction]) -> tuple[pd.DataFrame, dict[str, int]]:
    """The rows of one file, in the catalogue's columns and still text, with its corrections made, in their order.

    Rows that a correction excludes are still there, with its id in the column `_excluded`, so that they can be counted and
    whatever else is told of the same respondent can leave with them.

    Returns
    -------
    tuple
        The rows, and how many cells or rows each correction found, by its id.
    """
    corrected, done = rows.copy(), {}
    for one in corrections:
        found = pd.Series(True, index=corrected.index)
        for column, value in one.where.items():
            found &= corrected[column].str.strip() == value
        if one.kind == "exclude":
            done[one.id] = corrected.index[found].nunique()  # a wide file's row stands once for each item
            left = found & corrected[EXCLUDED].isna() if EXCLUDED in corrected else found
            corrected.loc[left, EXCLUDED] = one.id
            continue
        values = one.values if one.kind == "recode" else {str(one.expect): str(one.to)}
        written = corrected[one.column].str.strip()
        found &= written.isin([*values])
        done[one.id] = int(found.sum())
        corrected.loc[found, one.column] = written[found].map(values)
    return corrected, done


def require_found(corrections: Iterable[Correction], done: Mapping[str, int], place: Path) -> None:
    """Refuse a correction that found another number of cells or rows than it expects.

    Raises
    ------
    StudyError
        `correction_stale`.
    """
    for one in corrections:
        _require_found(one, done[one.id], place)


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
