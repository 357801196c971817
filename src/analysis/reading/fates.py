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
    keys = {"file": rows["_file"]}
    if "wave" in rows:
        keys["wave"] = rows["wave"].astype("str")
    if isinstance(why, pd.Series):
        keys["why"] = why
    told = pd.DataFrame(keys).groupby(list(keys), sort=False, dropna=False).size().rename("rows").reset_index()
    wave = told["wave"].fillna(UNKNOWN) if "wave" in told else ""
    return told.assign(table=table, fate=fate, wave=wave, why=told.get("why", why))[COLUMNS]
