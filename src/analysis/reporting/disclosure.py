"""Disclosure control at the one door out: small cells of tables about residents or staff are hidden.

Public officials, synthetic data and tables that are about no person are shown as they are. The rules are METHODS §7's primary
suppression, closed: where one part of a whole is hidden another goes with it, and rates that follow from each other are hidden
together. A place is a part of the whole, and a community of the subdistrict, district and city that it lies in, since these
may be shown elsewhere. What else follows from several tables together is not looked at here.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.catalogue import entries
from analysis.measure import dimensions
from analysis.reading import PLACES
from analysis.study import Study

PROTECTED = ("residents", "staff")
"""What a table is about when its small cells are hidden."""
LEAST = 10
"""Counts below it, other than zero, are hidden, and so is what remains beside them of a base."""
LEAST_FOR_ALL_OR_NONE = 30
"""A share of 0 or 100 % tells something of everybody in a group: it is hidden in smaller groups."""
VALUES = ["estimate", "se", "low", "high", "coverage", "df", "n", "numerator", "denominator"]
OF_A_BASE = ("proportion", "proportion_per_year", "points")
"""Units of which the denominator is the base that the numerator is a part of; a difference in points has those of its group."""
OF_COUNTS = (*OF_A_BASE, "rate", "rate_per_year")
"""Units of which the numerator is a number of persons."""


UNITS = ("community_id", *PLACES)
"""Columns of places, from the smallest."""


def released_of(study: Study, table: pd.DataFrame) -> pd.DataFrame:
    """A measure table as it may leave the project, each row by what its table is about in the study."""
    of_table = {name: study.sensitivity(str(name)) if name else "public" for name in table["table"].unique()}
    if not {*of_table.values()} & {*PROTECTED}:
        return table.iloc[table["table"].map([*of_table].index).argsort(kind="stable")]
    wholes = _wholes(study)
    return pd.concat(released(rows, of_table[name], wholes) for name, rows in table.groupby("table", sort=False))


def _wholes(study: Study) -> list[dict[str, str]]:
    """For each kind of place the place that a community lies in."""
    communities = study.table("communities") if study.has("communities") else pd.DataFrame()
    known = communities.set_index("community_id") if "community_id" in communities else communities
    return [known[place].dropna().to_dict() for place in PLACES if place in known]


def released(table: pd.DataFrame, sensitivity: str, wholes: Sequence[Mapping[str, str]] = ()) -> pd.DataFrame:
    """A measure table as it may leave the project.

    Parameters
    ----------
    sensitivity
        `residents` and `staff` are protected; `public_office`, `public` and `synthetic` are shown.
    wholes
        What communities lie in: for each kind of place the place of each community.

    Returns
    -------
    pandas.DataFrame
        The same rows; hidden ones have no values and the reason `hidden`.
    """
    if sensitivity not in PROTECTED or not len(table):
        return table
    closed = _small_cells(table)
    hidden = ~closed
    while not hidden.equals(closed):
        hidden, closed = closed, _closed(table, closed, wholes)
    shown = table.assign(**{column: table[column].mask(hidden) for column in VALUES})
    counts_hidden = shown["excluded"].str.replace(r"\b[1-9]\b(?=;|$)", f"<{LEAST}", regex=True)
    return shown.assign(
        reason=table["reason"].mask(hidden & table["estimate"].notna(), "hidden"),
        excluded=counts_hidden.mask(hidden, ""),
    )


def _small_cells(table: pd.DataFrame) -> pd.Series:
    """The rows that tell of fewer than `LEAST` persons, or of all or none of a small group."""
    numerator, denominator = table["numerator"], table["denominator"]
    part = numerator.where(table["unit"].isin(OF_COUNTS))
    rest = (denominator - numerator).where(table["unit"].isin(OF_A_BASE))
    per_hundred = table["unit"] == "per_100"
    sides = _small((numerator / 100).where(per_hundred)) | _small(denominator.where(per_hundred))
    base = denominator.where(table["unit"].isin(OF_A_BASE), table["n"])
    all_or_none = ((part == 0) | (rest == 0)) & (base < LEAST_FOR_ALL_OR_NONE) & (base > 0)
    of_persons = table["unit"] != "communities"
    return _small(part) | _small(rest) | sides | (_small(table["n"]) & of_persons) | all_or_none


def hidden_counts(parts: pd.Series, of_levels: bool = False) -> pd.Series:
    """Which counts of the parts of one whole are not told: small ones, those of all but a few, and what would tell them.

    Parameters
    ----------
    of_levels
        Whether a part says what its persons are, so that all or none of a small group tells of each of them.
    """
    total = parts.sum()
    hidden = _small(parts) | _small(total - parts)
    if of_levels and total < LEAST_FOR_ALL_OR_NONE:
        hidden |= (parts == 0) | (parts == total)
    if hidden.sum() == 1 and len(parts) > 1:
        others = parts[~hidden]
        hidden |= parts.index == (others[others > 0] if (others > 0).any() else others).idxmin()
    return hidden


def _small(count: pd.Series) -> pd.Series:
    return pd.Series(np.abs(count).between(1e-9, LEAST - 1e-9), index=count.index)


def _closed(table: pd.DataFrame, hidden: pd.Series, wholes: Sequence[Mapping[str, str]]) -> pd.Series:
    """The hidden rows with those from which they would follow."""
    measures = entries("measures")["measures"]
    where = table[[*dimensions(table), "window"]].astype("str").fillna("")
    family = table["measure"].map(lambda name: measures.get(name, {}).get("family", ""))
    keys = [where[column] for column in where]
    together = hidden.groupby([family, *keys]).transform("any")
    hidden = hidden | (together & family.ne(""))
    if "side" in table:  # a difference and one of its sides tell the other
        rest = [where[column] for column in where if column not in ("side", "basis", "window")]
        hidden = hidden.groupby([table["measure"], *rest]).transform("any")
    for name in table["measure"].unique():
        whole = measures.get(name, {}).get("whole")
        if whole in where:
            others = [where[column] for column in where if column != whole]
            hidden = hidden | _next_smallest(table["numerator"], hidden, table["measure"] == name, others)
    unit = next((column for column in UNITS if column in where), None)
    if unit:
        others = [table["measure"], *(where[column] for column in where if column not in UNITS)]
        places = [where[unit].map(lies_in).fillna("") for lies_in in wholes] if unit == UNITS[0] else []
        for within in ([], *([place] for place in places)):
            hidden = hidden | _next_smallest(table["n"], hidden, where[unit] != "", [*others, *within])
    return hidden | _of_hidden_groups(table, hidden)


def _next_smallest(counts: pd.Series, hidden: pd.Series, parts: pd.Series, keys: Sequence[pd.Series]) -> pd.Series:
    """Of each whole of which a single part is hidden, the part with the next smallest count."""
    is_alone = (hidden & parts).groupby(list(keys)).transform("sum") == 1
    return counts.where(parts & is_alone & ~hidden).groupby(list(keys)).rank(method="first") == 1


def _of_hidden_groups(table: pd.DataFrame, hidden: pd.Series) -> pd.Series:
    """Differences of which one side is hidden: it would follow from the other side."""
    if not {"variable", "by_category", "contrast"} <= {*table}:
        return pd.Series(False, index=table.index)
    gone = {*table.loc[hidden, ["variable", "by_category"]].dropna().itertuples(index=False, name=None)}
    follows = []
    for variable, contrast in table[["variable", "contrast"]].itertuples(index=False):
        column, _, sides = str(contrast).partition("=")
        follows.append(any((variable, f"{column}={side}") in gone for side in sides.split("|")))
    return pd.Series(follows, index=table.index)
