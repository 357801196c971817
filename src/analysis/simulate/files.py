"""The two forms of a table: as `analysis.reading` gives it, and as a clerk writes it into a file."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.catalogue import base
from analysis.reading.convert import DTYPES, MISSING

MISSING_CODES = {"dont_know": "-1", "not_asked": "-2", "refused": "-3"}
"""What the files write for a value that is missing for a reason; any other is left blank."""


def as_read(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """Put a table in the catalogue's order of columns, with its types, sorted by its key."""
    catalogue = base()
    columns = [column for column in catalogue.columns_of(name) if column in table]
    types: dict[str, Any] = {column: DTYPES.get(catalogue.column(column)["type"], "str") for column in columns}
    typed = {column: table[column].astype(dtype) for column, dtype in types.items()}
    reasons = {c + MISSING: table[c + MISSING].astype("str") for c in columns if c + MISSING in table}
    return pd.DataFrame(typed | reasons).sort_values(list(catalogue.table(name)["key"]), ignore_index=True)


def as_written(table: pd.DataFrame) -> pd.DataFrame:
    """Turn a table, in the form of `as_read`, into text under Chinese headers."""
    catalogue = base()
    columns = [column for column in map(str, table) if not column.endswith(MISSING)]
    return pd.DataFrame({catalogue.column(column)["zh"]: _column_as_written(table, column) for column in columns})


def write_tables(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write tables as a clerk would: one CSV each, Chinese headers and words, UTF-8 without a byte order mark."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        text = as_written(table).to_csv(index=False, lineterminator="\n")
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


def _column_as_written(table: pd.DataFrame, column: str) -> pd.Series:
    """Turn a column into text, with the code of its reason where a value is missing."""
    words = {level: entry["zh"] for level, entry in base().levels_of(column).items()}
    as_text: dict[str, Callable[[Any], Any]] = {
        "level": words.get,
        "level_set": partial(_set_in_words, words),
        "boolean": {True: "是", False: "否"}.get,
        "number": "{:.10g}".format,
        "date": "{:%Y-%m-%d}".format,
    }
    text = table[column].dropna().map(as_text.get(base().column(column)["type"], str)).reindex(table.index)
    reasons = table.get(column + MISSING, pd.Series(index=table.index, dtype="str"))
    return text.fillna(reasons.map(MISSING_CODES)).fillna("")


def _set_in_words(words: Mapping[str, str], levels: str) -> str:
    """List a set of levels as a clerk does, such as 会运用电脑;调解, and 无 for the empty set."""
    return ";".join(words[level] for level in levels.split(";") if level) or "无"
