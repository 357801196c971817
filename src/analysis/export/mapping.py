"""How study.yml reads an exported column back: from its cell, and from a second column that says why it is missing."""

from collections.abc import Mapping
from typing import Any

from analysis.export.columns import Column

JOINED = r"(?s)^(.*)-$"
"""A cell and no reason, joined by `-` as study.yml joins columns."""
QUOTED = r"(?s)^'?(.*)$"
"""A cell with the quote mark taken off that stands before what looks like a formula."""
QUOTED_JOINED = r"(?s)^'?(.*)-$"


def beside(column: Column, name: str, companion: str, words: Mapping[str, str], is_quoted: bool = False) -> Any:
    """The source of a column whose reasons stand in a second one.

    Parameters
    ----------
    name, companion
        What the column and the one of its reasons are called in the file; the second is read where anything is missing.
    words
        What is written there → the reason.
    """
    if not column.has_missing:
        how: dict[str, Any] = {"column": name} | ({"pattern": QUOTED} if is_quoted else {})
    else:
        how = {"columns": [name, companion], "pattern": QUOTED_JOINED if is_quoted else JOINED}
        how["missing"] = {f"-{word}": reason for word, reason in words.items()}
    return _with_values(column, how, {})


def inside(column: Column, name: str, written: Mapping[str, str], missing: Mapping[str, str]) -> Any:
    """The source of a column in whose cells a code says why they are missing.

    Parameters
    ----------
    written
        What is written in a cell → the level.
    missing
        What is written in a cell → the reason.
    """
    return _with_values(column, {"column": name} | ({"missing": dict(missing)} if missing else {}), written)


def _with_values(column: Column, how: dict[str, Any], written: Mapping[str, str]) -> Any:
    values = {text: key for text, key in written.items() if text != key}
    if column.type == "level_set":
        values[""] = ""  # none of the levels, which is no missing answer
    if values:
        how["values"] = dict(written) | values
    return how["column"] if set(how) == {"column"} else how
