"""CSV: the catalogue's keys in UTF-8, and a second column that says why values are missing."""

from pathlib import Path
from typing import Any

import pandas as pd

from analysis.export import mapping
from analysis.export.columns import Column, Table, as_text
from analysis.reading.convert import MISSING
from analysis.reporting.processed import write_table
from analysis.reporting.tables import FORMULA_STARTS

RISKY = (*FORMULA_STARTS, "'")
"""How a text begins that gets a quote mark before it; one that has its own gets a second, so that one can be taken off."""


def write(table: Table, folder: Path) -> tuple[str, dict[str, Any]]:
    """Write `<table>.csv`; return its name and how study.yml reads it.

    A text that a spreadsheet would take for a formula has a quote mark before it.
    """
    cells, columns = {}, {}
    for column in table.columns:
        text, is_quoted = _cells(column)
        cells[column.name] = text
        if column.has_missing:
            cells[column.name + MISSING] = column.reasons.fillna("")
        if not column.is_computed:
            reasons = {reason: reason for reason in column.reasons.dropna().unique()}
            columns[column.name] = mapping.beside(
                column, column.name, column.name + MISSING, reasons, is_quoted=is_quoted
            )
    file = f"{table.name}.csv"
    write_table(folder / file, pd.DataFrame(cells))
    return file, {"file": file, "encoding": "utf-8", "delimiter": ",", "columns": columns}


def _cells(column: Column) -> tuple[pd.Series, bool]:
    """The cells of a column, and whether any has a quote mark before it."""
    if column.is_number:
        return column.values, False
    text = as_text(column)
    risky = text.str.startswith(RISKY)
    return text.mask(risky, "'" + text), bool(risky.any())
