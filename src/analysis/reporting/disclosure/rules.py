"""Primary suppression: which rows of a measure table tell of too few persons by themselves (METHODS §7)."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.measure import dimensions

LEAST = 10
"""Counts below it, other than zero, are hidden, and so is what remains beside them of a base."""
LEAST_FOR_ALL_OR_NONE = 30
"""A share of 0 or 100 % tells something of everybody in a group: it is hidden in smaller groups."""
LARGEST, TWO_LARGEST = 0.5, 0.8
"""One person who does more than this part of all acts, or two who do, dominate an amount."""
OF_A_BASE = ("proportion", "proportion_per_year", "points", "ratio")
"""Units of which the denominator is the base that the numerator is a part of; a difference in points, and a ratio of shares,
have those of their group."""
OF_COUNTS = (*OF_A_BASE, "rate", "rate_per_year")
"""Units of which the numerator is a number of persons."""


def primary(table: pd.DataFrame) -> pd.Series:
    """The rule by which each row is hidden, empty where it is not.

    `few`, `few_beside`, `few_persons`, `all_or_none`, or `few_between`: of those who have reached an age, 1–9 have not reached
    the next one that is shown.
    """
    numerator, denominator, unit = table["numerator"], table["denominator"], table["unit"]
    is_share, per_hundred = unit.isin(OF_A_BASE), unit == "per_100"
    part = numerator.where(unit.isin(OF_COUNTS)).fillna((numerator / 100).where(per_hundred))
    rest = (denominator - numerator).where(is_share).fillna(denominator.where(per_hundred))
    base = denominator.where(is_share, table["n"])
    all_or_none = ((part == 0) | (rest == 0)) & (base < LEAST_FOR_ALL_OR_NONE) & (base > 0) & ~per_hundred
    found = {
        "few_persons": is_few(table["n"]) & (unit != "communities"),
        "few": is_few(part),
        "few_beside": is_few(rest),
        "all_or_none": all_or_none,
    }
    rule = pd.Series("", index=table.index)
    for name, breaks in found.items():
        rule = rule.mask(breaks & (rule == ""), name)
    return rule.mask((rule == "") & _few_between(table, rule), "few_between") if "age_from" in table else rule


def _few_between(table: pd.DataFrame, rule: pd.Series) -> pd.Series:
    """Shares of those who have reached an age, of whom too few have not reached the next lower age that is shown."""
    found = pd.Series(False, index=table.index)
    age = pd.to_numeric(table["age_from"], errors="coerce")
    rows = table[age.notna() & (rule == "")]
    keys = ["measure", "unit", "window", *(column for column in dimensions(table) if column != "age_from")]
    of_group = rows[[key for key in keys if key in rows]].astype("object").fillna("").astype("str")
    for _, group in rows.groupby([of_group[key] for key in of_group], sort=False):
        last = np.nan
        for place in age[group.index].sort_values(kind="stable").index:
            reached = rows.at[place, "numerator"]
            if 0 < last - reached < LEAST:
                found[place] = True
            else:
                last = reached
    return found


def hidden_counts(parts: pd.Series, of_levels: bool = False) -> pd.Series:
    """Which counts of the parts of one whole are not told: small ones, those of all but a few, and what would tell them.

    Parameters
    ----------
    of_levels
        Whether a part says what its persons are, so that all or none of a small group tells of each of them.
    """
    total = parts.sum()
    hidden = is_few(parts) | is_few(total - parts)
    if of_levels and total < LEAST_FOR_ALL_OR_NONE:
        hidden |= (parts == 0) | (parts == total)
    if hidden.sum() == 1 and len(parts) > 1:
        others = parts[~hidden]
        hidden |= parts.index == (others[others > 0] if (others > 0).any() else others).idxmin()
    return hidden


def dominated(amounts: pd.Series, frequency: NDArray[np.float64] | None = None) -> bool:
    """Whether one or two persons do most of what a group does, so that its amount tells of them.

    Parameters
    ----------
    amounts
        One number a person, none negative.
    frequency
        Of how many persons each is the number; of one without it.
    """
    each = np.ones(len(amounts)) if frequency is None else frequency
    total, largest = (amounts * each).sum(), amounts.repeat(np.minimum(each, 2).astype(int)).nlargest(2)
    return bool(
        total > 0 and len(largest) and (largest.iloc[0] > LARGEST * total or largest.sum() > TWO_LARGEST * total)
    )


def is_few(count: pd.Series) -> pd.Series:
    """Counts other than zero that are below `LEAST`."""
    return pd.Series(np.abs(count).between(1e-9, LEAST - 1e-9), index=count.index)
