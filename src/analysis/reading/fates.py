"""What became of the rows that were read: each was set aside, excluded or accepted, and is counted once."""

import pandas as pd

from analysis.catalogue import UNKNOWN

SET_ASIDE, EXCLUDED, ANALYSED = "set_aside", "excluded", "analysed"
COLUMNS = ["table", "file", "wave", "fate", "why", "rows"]


def counted(table: str, rows: pd.DataFrame, fate: str, why: "pd.Series | str" = "") -> pd.DataFrame:
    """How many rows of each file and wave met a fate, by the rule that decided it.

    Parameters
    ----------
    rows
        Rows of the table with `_file`, and `wave` where the table has waves; a wave that can't be read is `unknown`.
    why
        The rule, or for each row its rule; empty for the rows that are analysed.
    """
    wave = rows["wave"].astype("str").fillna(UNKNOWN) if "wave" in rows else ""
    told = pd.DataFrame({"table": table, "file": rows["_file"], "wave": wave, "fate": fate, "why": why})
    return told.groupby(COLUMNS[:-1], sort=False).size().rename("rows").reset_index()
