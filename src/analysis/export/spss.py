"""SPSS: levels as numbers with labels, and ranges of user-missing codes that say why a value is missing.

Limits: labels of values have 120 bytes, those of variables 256, texts 32,767 (IBM SPSS Statistics 29, Command Syntax
Reference, "Variable labels", "Value labels" and "Strings"); 64 bytes of a name are more than any name of the catalogue has.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from analysis.errors import RunError, StudyError
from analysis.export import coded
from analysis.export.columns import NUMBERS, Column, Table

LABEL, VALUE, TEXT = 256, 120, 32_767
"""Bytes of a variable's label, of a value's, and of a text."""
MOST = 9
"""Reasons that a range of codes such as −99 … −91 holds."""
DATE = 92
"""Where a system file says when it was made (PSPP, System File Format, "File Header Record")."""
MADE = b"01 Jan 0000:00:00"
"""1 January 2000, midnight."""


def write(table: Table, folder: Path, language: str) -> tuple[str, dict[str, Any]]:
    """Write `<table>.sav`; return its name and how study.yml reads it.

    Raises
    ------
    StudyError
        `export_too_long` for a text that SPSS can't hold.
    RunError
        `export_failed`.
    """
    made, columns = coded.variables(table, codes, lambda text: coded.shortened(text, _fits(VALUE)), language)
    for name, variable in made.items():
        require_length(table, name, variable.cells, TEXT)
    file = f"{table.name}.sav"
    frame = pd.DataFrame({name: variable.cells for name, variable in made.items()})
    for name, variable in made.items():
        if variable.missing:
            frame[name] = frame[name].astype("float64")
    try:
        pyreadstat.write_sav(
            frame,
            folder / file,
            file_label=coded.shortened(table.label, _fits(60)),
            column_labels={name: coded.shortened(one.label, _fits(LABEL)) for name, one in made.items()},
            variable_value_labels={name: dict(one.labels) for name, one in made.items() if one.labels},
            missing_ranges={
                name: [{"lo": min(one.missing), "hi": max(one.missing)}] for name, one in made.items() if one.missing
            },
            variable_format={
                name: "F12.4" if one.type == "number" else "F8.0"
                for name, one in made.items()
                if frame[name].dtype == "float64"
            },
            variable_measure={
                name: "scale" if one.type in (*NUMBERS, "date") else "nominal" for name, one in made.items()
            },
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as problem:
        raise RunError("export_failed", file, problem=problem) from None
    with (folder / file).open("r+b") as header:
        header.seek(DATE)
        header.write(MADE)
    return file, {"file": file, "columns": columns}


def codes(column: Column, reasons: list[str]) -> dict[str, Any]:
    """A code for each reason, from −99 up, or from −999, … where the column has numbers that low."""
    numbers = column.values.dropna() if column.is_number else pd.Series(dtype="float64")
    lowest = float(numbers.min()) if len(numbers) else 0.0
    first = -99.0
    while lowest <= first + MOST:
        first = first * 10 - 9
    return {reason: first + place for place, reason in enumerate(reasons)}


def _fits(most: int) -> Callable[[str], bool]:
    return lambda text: len(text.encode()) <= most


def require_length(table: Table, name: str, cells: pd.Series, most: int) -> None:
    """Refuse a text that is longer than the program allows, in bytes of UTF-8."""
    if cells.dtype == object and len(cells) and isinstance(cells.iloc[0], str):
        sizes = cells.map(lambda text: len(text.encode()))
        if sizes.max() > most:
            row = int(sizes.to_numpy().argmax()) + 1
            raise StudyError("export_too_long", f"{table.name}, row {row}, {name}", bytes=sizes.max(), most=most)
