"""The ledgers that communities keep: how many, the most that one has, how many per staff member, and how their number changed.

Every community tells its own: nothing here has a sampling error. Sources: docs/methods.md#workload.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.measure import arranged, combined, grouped, with_left_out
from analysis.registers import quotients, require_counts, sizes
from analysis.settings import Term

FORMS = {"paper": "paper_ledgers", "electronic": "electronic_ledgers"}
"""Ledgers by form. They are not added up: an electronic copy of a paper ledger is one ledger, and counts do not tell copies."""


def by_form(ledgers: pd.DataFrame) -> pd.DataFrame:
    """The table with one row per community, year and `ledger_form`, and the number as `ledgers`."""
    blank = pd.Series(pd.NA, index=ledgers.index, dtype="str")
    parts = [
        ledgers.assign(
            ledger_form=form, ledgers=ledgers[column], ledgers_missing=ledgers.get(f"{column}_missing", blank)
        )
        for form, column in FORMS.items()
        if column in ledgers
    ]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(year=rows["year"].astype("str"))


def per_community(ledgers: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Ledgers per community and year, and those of the community that has the most.

    Parameters
    ----------
    ledgers
        What `by_form` gives; a community whose number is missing is left out.

    Returns
    -------
    pandas.DataFrame
        Measure table by `year`, `ledger_form` and `by`: `ledgers_per_community`, `ledgers_most`; `n` counts communities.
    """
    groups_by = ["year", "ledger_form", *by]
    rows = grouped(ledgers, groups_by)
    each = rows[groups_by].assign(numerator=rows["ledgers"], denominator=1, window=rows["year"])
    each = with_left_out(each, rows, "ledgers", groups_by)
    mean = quotients("ledgers_per_community", each, unit="ledgers_each", table="ledgers")
    most = rows.groupby(groups_by, as_index=False)["ledgers"].max().rename(columns={"ledgers": "estimate"})
    known = mean[[*groups_by, "n", "window", "excluded", "reason"]]
    facts = {"measure": "ledgers_most", "unit": "ledgers", "table": "ledgers", "interval": "census"}
    return combined([mean, arranged(most.merge(known, on=groups_by).assign(**facts))])


def per_staff(
    ledgers: pd.DataFrame, roster: pd.DataFrame, terms: Mapping[str, Term], by: Sequence[str]
) -> pd.DataFrame:
    """Ledgers per staff member: those of a year over the persons listed for the term that 1 July of that year lies in.

    Returns
    -------
    pandas.DataFrame
        Measure table by `year`, `ledger_form` and `by`; `n` counts persons, and the rows are protected as those of the
        roster. Communities without staff in that term, or without a number, are left out; a year in no term is undefined
        (`no_term_that_year`).
    """
    groups_by = ["year", "ledger_form", *by]
    day = pd.to_datetime(ledgers["year"] + "-07-01")
    term = pd.Series(pd.NA, index=ledgers.index, dtype="str")
    for name, one in terms.items():
        term = term.mask(day.between(pd.Timestamp(one.start), pd.Timestamp(one.end), inclusive="left"), name)
    staff = sizes(roster, ["community_id", "term"]).rename("staff").reset_index()
    rows = grouped(ledgers.assign(term=term).merge(staff, on=["community_id", "term"], how="left"), groups_by)
    counted = rows["ledgers"].notna() & rows["staff"].notna()
    made = rows[groups_by].assign(
        numerator=rows["ledgers"].where(counted), denominator=rows["staff"].where(counted, 0), window=rows["year"]
    )
    table = quotients("ledgers_per_staff", made, unit="ledgers_each", table="roster")
    outside = ~table["year"].isin(rows.loc[rows["term"].notna(), "year"])
    return table.assign(reason=table["reason"].mask(outside, "no_term_that_year"))


def changes(ledgers: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Reductions of the ledgers from each year to the next that has any; `year` is the later one."""
    groups_by = ["ledger_form", *by]
    key = list(dict.fromkeys(["community_id", *groups_by]))
    rows = grouped(ledgers, groups_by)
    tables = []
    for first, second in pairwise(sorted(rows["year"].unique())):
        numbers = [
            rows.loc[rows["year"] == year, [*key, "ledgers"]].rename(columns={"ledgers": when})
            for year, when in ((first, "before"), (second, "after"))
        ]
        pairs = numbers[0].merge(numbers[1], on=key, how="outer")[[*groups_by, "before", "after"]]
        table = reductions(pairs)
        tables.append(table.assign(year=second, window=f"{first}→{second}"))
    return combined(tables)


def reductions(pairs: pd.DataFrame) -> pd.DataFrame:
    """The reduction of ledgers over several communities, in three ways that do not give the same number.

    Parameters
    ----------
    pairs
        One row per community with `before` and `after`; any other column is a dimension. Who lacks one of them is left
        out.

    Returns
    -------
    pandas.DataFrame
        Measure table: `ledger_reduction_pooled`, Σ(b − a)/Σb; `ledger_reduction_mean` and `ledger_reduction_median` of
        (b − a)/b over the communities that had any before; the others are counted in `excluded`. Negative is an increase;
        none exceeds 1. All are undefined where nobody had any before.

    Raises
    ------
    StudyError
        `count_negative`.
    """
    require_counts(pairs, ["before", "after"])
    before, after = (pairs[column].astype("Float64") for column in ("before", "after"))
    groups = pairs.drop(columns=["before", "after"])
    known = before.notna() & after.notna()
    has_any = known & (before > 0).fillna(value=False)
    fewer = (before - after).where(known)
    rate = (fewer / before.where(has_any)).where(has_any)
    pooled = _without(
        groups.assign(numerator=fewer, denominator=before.where(known, 0), n=known.astype(int)), known, known
    )
    each = _without(groups.assign(numerator=rate, denominator=1), known, has_any)
    mean = quotients("ledger_reduction_mean", each, unit="rate", table="ledgers")
    by = list(groups)
    rates = groups.assign(middle=rate.to_numpy("float64", na_value=np.nan), everything="")
    middle = rates.groupby(["everything", *by])["middle"].median().reset_index()
    median = mean.merge(middle, on=by) if by else mean.assign(middle=middle["middle"].iat[0])
    median = median.assign(measure="ledger_reduction_median", estimate=median["middle"], numerator=np.nan)
    return combined(
        [
            quotients("ledger_reduction_pooled", pooled, unit="rate", table="ledgers"),
            mean,
            arranged(median.drop(columns=["middle", "everything"], errors="ignore")),
        ]
    )


def _without(made: pd.DataFrame, known: pd.Series, counted: pd.Series) -> pd.DataFrame:
    """Rows of communities with how many of each group do not count, and why."""
    by = [column for column in made if column not in ("numerator", "denominator", "n")]
    reason = pd.Series("zero_base", index=made.index, dtype="str").where(known, "not_recorded")
    rows = made.assign(ledgers=counted.astype("boolean").mask(~counted), ledgers_missing=reason)
    return with_left_out(made, rows, "ledgers", by)
