"""What a run let out and what it hid, as two files of its folder; and what earlier releases of a study did.

`disclosure.csv` is the log: table, measure, group and rule of each hidden row, without its values. `released.csv` holds the
counts of each row that was shown, so that a later run can hide what the difference of the two releases would tell.
"""

import hashlib
import shutil
from functools import cache
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError
from analysis.measure import identified
from analysis.reporting.disclosure.rules import OF_A_BASE, OF_COUNTS, is_few

HIDDEN, RELEASED = "disclosure.csv", "released.csv"
PARTS = "disclosure"
"""Where the notebooks of a run leave what passed the door, until `gather` joins it."""
KEYS = ["table", "measure", "group"]
COUNTS = ["n", "numerator", "denominator"]


def recorded(table: pd.DataFrame, rule: pd.Series, community: str = "") -> pd.DataFrame:
    """What passed the door, a row each: what it is of, and the rule that hid it, or its counts where none did.

    Parameters
    ----------
    community
        The community that all rows are of, where the study is restricted to one: it is not all of the study.
    """
    of_it = table if not community or "community_id" in table else table.assign(community_id=community)
    group = [one.partition("[")[2][:-1] for one in identified(of_it)]
    counts = table[COUNTS].mask(rule != "")
    return table[["table", "measure"]].assign(group=group, rule=rule, **counts).reset_index(drop=True)


def leave(folder: Path, record: pd.DataFrame) -> None:
    """Leave a record in the folder of a run; the same record is left once."""
    content = record.to_csv(index=False, lineterminator="\n").encode()
    part = folder / PARTS / f"{hashlib.sha256(content).hexdigest()[:32]}.csv"
    part.parent.mkdir(parents=True, exist_ok=True)
    part.write_bytes(content)


def gather(folder: Path) -> None:
    """Join what was left in the folder of a run to its two files; there are none where nothing protected passed."""
    parts = sorted((folder / PARTS).glob("*.csv"))
    if not parts:
        return
    read = {
        "dtype": dict.fromkeys([*KEYS, "rule"], "str"),
        "keep_default_na": False,
        "na_values": {one: [""] for one in COUNTS},
    }
    joined = (
        pd.concat([pd.read_csv(part, **read) for part in parts]).drop_duplicates().sort_values([*KEYS, "rule", *COUNTS])
    )
    is_hidden = joined["rule"] != ""
    joined.loc[is_hidden, [*KEYS, "rule"]].drop_duplicates().to_csv(folder / HIDDEN, index=False, lineterminator="\n")
    joined.loc[~is_hidden, [*KEYS, *COUNTS]].to_csv(folder / RELEASED, index=False, lineterminator="\n")
    shutil.rmtree(folder / PARTS)


def told_by_earlier(table: pd.DataFrame, folders: list[Path], community: str = "") -> pd.Series:
    """The rows that stay hidden since an earlier release hid them, or of which its difference from this one is of few persons.

    Parameters
    ----------
    community
        As of `recorded`.

    Raises
    ------
    StudyError
        `earlier_release_absent`.
    """
    found = pd.Series(False, index=table.index)
    if not folders:
        return found
    keys = recorded(table, pd.Series("", index=table.index), community)[KEYS]
    for folder in folders:
        hidden, shown = _read(folder)
        found |= pd.MultiIndex.from_frame(keys).isin(pd.MultiIndex.from_frame(hidden))
        before = keys.merge(shown.drop_duplicates(KEYS), on=KEYS, how="left").set_index(table.index)
        change = table[COUNTS] - before[COUNTS]
        found |= is_few(change["n"])
        found |= is_few(change["numerator"]) & table["unit"].isin(OF_COUNTS)
        found |= is_few(change["denominator"] - change["numerator"]) & table["unit"].isin(OF_A_BASE)
    return found


@cache
def _read(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    for name in (HIDDEN, RELEASED):
        if not (folder / name).is_file():
            raise StudyError("earlier_release_absent", folder, file=name)
    read = {"dtype": dict.fromkeys(KEYS, "str"), "keep_default_na": False, "na_values": {one: [""] for one in COUNTS}}
    return pd.read_csv(folder / HIDDEN, **read)[KEYS], pd.read_csv(folder / RELEASED, **read)
