"""Whether a column says what a condition of study.yml asks for."""

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.reading.convert import BOOLEANS
from analysis.settings import Condition

NUMBERS = ("count", "number", "year")
"""Types of columns that have bounds."""


def holds(values: pd.Series, condition: Condition, column: str, catalogue: Catalogue) -> pd.Series:
    """Whether each value of a column is one of the condition's, or lies beyond its bounds; missing where it is missing."""
    kind = catalogue.column(column)["type"]
    if condition.values and kind == "boolean":
        held = values.isin([BOOLEANS[value] for value in condition.values])
    elif condition.values and kind in NUMBERS:
        held = values.astype("Float64").isin([float(value) for value in condition.values])
    elif condition.values:
        held = values.astype("str").isin(condition.values)
    else:
        number = values.astype("Float64")
        held = pd.Series(True, index=values.index)
        if condition.below is not None:
            held &= (number < condition.below).fillna(value=False).astype(bool)
        if condition.above is not None:
            held &= (number > condition.above).fillna(value=False).astype(bool)
    return held.astype("boolean").mask(values.isna())
