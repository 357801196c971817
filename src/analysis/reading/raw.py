"""What a format's reader hands on: the cells of one file as text, before anything in them is interpreted."""

from typing import NamedTuple

import pandas as pd

from analysis.reading.faults import Fault


class Raw(NamedTuple):
    """One file as text.

    Attributes
    ----------
    rows
        One row per row of data, indexed by its number in the file; columns as the file names them.
    faults
        Rows that could not be read as rows.
    missing
        Column → what is written there in cells that the file itself declares missing.
    mended
        Texts that had been encoded twice, as they read now.
    """

    rows: pd.DataFrame
    faults: list[Fault]
    missing: dict[str, set[str]]
    mended: list[str]
