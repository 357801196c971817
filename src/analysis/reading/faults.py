"""What could not be accepted: a fault is a cell that breaks a rule."""

from typing import NamedTuple


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
    item
        Which item's cell it is, where a file holds several side by side.
    id
        Whose row it is, where its ids could be read.
    """

    file: str
    row: int
    column: str
    value: str
    rule: str
    item: str = ""
    id: str = ""
