"""What a format's reader hands on: the cells of one file as text, before anything in them is interpreted."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.reading.faults import Fault

DECLARED_MISSING = "unknown"
"""The reason of what a file declares missing without saying why; `missing` in study.yml goes before."""


class Raw(NamedTuple):
    """One file as text.

    Attributes
    ----------
    rows
        One row per row of data, indexed by its number in the file; columns as the file names them.
    faults
        Rows that could not be read as rows.
    missing
        Column → what is written there in cells that the file itself declares missing → the reason.
    notes
        What a person should know of how the file was read: a word of words.yml → texts or cells that it was so with.
    questions
        Column → the wording of its question, where the file says it.
    labels
        Column → the code of each answer → its label, where the file says it.
    sets
        Question → the columns that hold its options, where several could be chosen.
    positions
        Column → its number in the file, from 1, where columns without a name or data stand between the others.
    sheet
        The sheet that was read, in a workbook.
    """

    rows: pd.DataFrame
    faults: list[Fault]
    missing: Mapping[str, Mapping[str, str]] = {}
    notes: Mapping[str, Sequence[str]] = {}
    questions: Mapping[str, str] = {}
    labels: Mapping[str, Mapping[str, str]] = {}
    sets: Mapping[str, Sequence[str]] = {}
    positions: Mapping[str, int] = {}
    sheet: str = ""
