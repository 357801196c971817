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


def tally(counts: pd.DataFrame, fate: pd.DataFrame) -> pd.DataFrame:
    """Rows of each file that were read, accepted, excluded and set aside; a table may take several parts of one file."""
    keys = ["table", "file"]
    counts = counts.groupby(keys, as_index=False, sort=False)["read"].sum()
    told = fate.groupby([*keys, "fate"])["rows"].sum().unstack("fate").reindex(counts[keys])
    told = told.reindex(columns=[ANALYSED, EXCLUDED], fill_value=0).fillna(0).astype(int)
    accepted, excluded = (told[name].to_numpy() for name in told)
    return counts.assign(accepted=accepted, excluded=excluded, set_aside=counts["read"] - accepted - excluded)
