"""What could not be accepted: one fault for each cell that breaks a rule, and the table of rows that are set aside."""

from collections.abc import Iterable
from typing import NamedTuple

import pandas as pd


class Fault(NamedTuple):
    """A cell that breaks a rule.

    Attributes
    ----------
    file, row
        Where it is; rows are counted from 1 with the header, as a spreadsheet shows them.
    column
        The catalogue's column, or empty where the whole row is at fault.
    value
        What stands there.
    rule
        The rule's key, `rule_<rule>` in words.yml.
    """

    file: str
    row: int
    column: str
    value: str
    rule: str


def table_of(faults: Iterable[Fault]) -> pd.DataFrame:
    """The quarantine: one row per fault, in the order of files and rows."""
    frame = pd.DataFrame(list(faults), columns=list(Fault._fields))
    return frame.drop_duplicates().sort_values(["file", "row", "column"], kind="stable", ignore_index=True)


def rows_at_fault(quarantine: pd.DataFrame) -> int:
    """How many rows are set aside; a row with several faults counts once."""
    return len(quarantine[["file", "row"]].drop_duplicates())
