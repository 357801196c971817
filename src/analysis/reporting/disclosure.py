"""Disclosure control at the one door out: small cells of tables about residents or staff are hidden.

Public officials, synthetic data and tables that are about no person are shown as they are. The rules are METHODS §7's primary
suppression, in the order of `_hidden`.
"""

import numpy as np
import pandas as pd

PROTECTED = ("residents", "staff")
"""What a table is about when its small cells are hidden."""
LEAST = 10
"""Counts below it, other than zero, are hidden, and so is what remains beside them of a base."""
LEAST_FOR_ALL_OR_NONE = 30
"""A share of 0 or 100 % tells something of everybody in a group: it is hidden in smaller groups."""
VALUES = ["estimate", "se", "low", "high", "df", "n", "numerator", "denominator"]


def released(table: pd.DataFrame, sensitivity: str) -> pd.DataFrame:
    """A measure table as it may leave the project.

    Parameters
    ----------
    sensitivity
        `residents` and `staff` are protected; `public_office`, `public` and `synthetic` are shown.

    Returns
    -------
    pandas.DataFrame
        The same rows; hidden ones have no values and the reason `hidden`.
    """
    if sensitivity not in PROTECTED:
        return table
    hidden = _hidden(table)
    shown = table.assign(**{column: table[column].mask(hidden) for column in VALUES})
    counts_hidden = shown["excluded"].str.replace(r"\b[1-9]\b(?=;|$)", f"<{LEAST}", regex=True)
    return shown.assign(reason=table["reason"].mask(hidden, "hidden"), excluded=counts_hidden.mask(hidden, ""))


def _hidden(table: pd.DataFrame) -> pd.Series:
    counted = table["unit"].isin(["proportion", "rate", "rate_per_year", "proportion_per_year", "per_100"])
    numerator = table["numerator"].where(counted)
    rest = (table["denominator"] - table["numerator"]).where(table["unit"].isin(["proportion", "proportion_per_year"]))
    all_or_none = counted & ((numerator == 0) | (rest == 0)) & (table["n"] < LEAST_FOR_ALL_OR_NONE)
    of_people = table["measure"].ne("communities_with_vacancy")
    return (_small(numerator) | _small(rest) | (_small(table["n"]) & of_people) | all_or_none) & table[
        "estimate"
    ].notna()


def _small(count: pd.Series) -> pd.Series:
    return pd.Series(np.abs(count).between(1e-9, LEAST - 1e-9), index=count.index)
