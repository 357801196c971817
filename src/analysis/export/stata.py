"""Stata: levels as numbers with labels, and extended missing values .a to .z that say why a value is missing.

Limits: labels of variables have 80 characters, those of values 32,000 bytes, names 32 characters ([R] Limits; help
data_types). The format is 118, that of Stata 14 and later, in which all text is UTF-8.
"""

import re
import string
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from analysis.errors import RunError
from analysis.export import coded
from analysis.export.columns import Column, Table

LABEL = 80
"""Characters of a variable's label."""
VALUE = 32_000
"""Bytes of a value's label."""
RELEASE = 14
MADE = re.compile(rb"<timestamp>\x11.{17}</timestamp>", re.DOTALL)
"""Where a file says when it was made."""


def write(table: Table, folder: Path, language: str) -> tuple[str, dict[str, Any]]:
    """Write `<table>.dta`; return its name and how study.yml reads it.

    Raises
    ------
    RunError
        `export_failed`.
    """
    made, columns = coded.variables(table, codes, lambda text: coded.shortened(text, _fits_value), language)
    file = f"{table.name}.dta"
    try:
        pyreadstat.write_dta(
            pd.DataFrame({name: _with_letters(variable) for name, variable in made.items()}),
            folder / file,
            file_label=coded.shortened(table.label, _fits_label),
            column_labels={name: coded.shortened(one.label, _fits_label) for name, one in made.items()},
            version=RELEASE,
            variable_value_labels={name: _as_integers(one) for name, one in made.items() if one.labels},
            missing_user_values={name: list(one.missing) for name, one in made.items() if one.missing},
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError) as problem:
        raise RunError("export_failed", file, problem=problem) from None
    content = (folder / file).read_bytes()
    (folder / file).write_bytes(MADE.sub(b"<timestamp>\x1101 Jan 2000 00:00</timestamp>", content, count=1))
    return file, {"file": file, "columns": columns}


def codes(column: Column, reasons: list[str]) -> dict[str, Any]:
    """A letter for each reason: `a` is Stata's .a."""
    return dict(zip(reasons, string.ascii_lowercase, strict=False))


def _with_letters(variable: coded.Variable) -> pd.Series:
    """Numbers and letters as categories, the numbers first: pyreadstat tells the type of a column by the first hundred."""
    if not variable.missing:
        return variable.cells
    numbers = sorted({one for one in variable.cells.unique() if isinstance(one, float)})
    return variable.cells.astype(pd.CategoricalDtype(pd.Index([*numbers, *variable.missing], dtype=object)))


def _as_integers(variable: coded.Variable) -> dict[Any, str]:
    return {int(code) if isinstance(code, float) else code: label for code, label in variable.labels.items()}


def _fits_label(text: str) -> bool:
    return len(text) <= LABEL


def _fits_value(text: str) -> bool:
    return len(text.encode()) < VALUE
