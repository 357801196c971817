"""Social organisations of the communities: how many, of which kind, with how many members, venues and funds.

The list of organisations is a full register and has no sampling error. An organisation whose value is missing is left out of
the base of that measure, and counted with its reason. Sources of the definitions: docs/methods.md#organisations.
"""

from collections.abc import Sequence

import pandas as pd

from analysis.measure import arranged, combined, excluded, grouped
from analysis.registers import quotients
from analysis.study import Study

TABLE = "organisations"
PER = 10_000
"""Residents to whom the number of organisations is related."""


def numbers(listed: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Organisations, and those of each kind: `organisation_count` and `organisation_kind_count`."""
    rows = grouped(listed, by).assign(organisation_kind=grouped(listed, ["organisation_kind"])["organisation_kind"])
    total = rows.assign(everywhere="").groupby(["everywhere", *by]).size().rename("estimate").reset_index()
    facts = {"unit": TABLE, "table": TABLE, "interval": "census"}
    tables = [total.drop(columns="everywhere").assign(measure="organisation_count", n=total["estimate"], **facts)]
    if "organisation_kind" not in by:
        keys = [*by, "organisation_kind"]
        kinds = (
            rows.groupby(keys)
            .size()
            .rename("estimate")
            .reset_index()
            .assign(measure="organisation_kind_count", **facts)
        )
        tables.append(kinds.assign(n=kinds["estimate"]))
    return combined(arranged(table) for table in tables)


def density(listed: pd.DataFrame, communities: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Organisations per ten thousand residents, over the communities whose number of residents is known.

    The residents are those of the group's places, whether or not a community of them has an organisation.
    """
    known = communities.dropna(subset="residents")
    places = [column for column in by if column in known]
    counts = grouped(listed[listed["community_id"].isin(known["community_id"])], by).assign(everywhere="")
    counts = counts.groupby(["everywhere", *by]).size().rename("n").reset_index()
    residents = (
        grouped(known, places).assign(everywhere="").groupby(["everywhere", *places], as_index=False)["residents"].sum()
    )
    groups = counts.merge(residents, on=["everywhere", *places])
    groups = groups.assign(numerator=groups["n"] * PER, denominator=groups["residents"])
    return quotients(
        "organisation_density", groups.drop(columns=["everywhere", "residents"]), unit="per_10000", table=TABLE
    )


def means(listed: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Members and funds of an organisation (means, and the median of the funds), and the share that has a venue."""
    tables = []
    for column, measure, unit in (
        ("members", "organisation_members", "persons"),
        ("has_venue", "organisation_venue_share", "proportion"),
        ("funding", "organisation_funding", "yuan"),
    ):
        if column in listed:
            rows = _with_left_out(grouped(listed, by)[list(by)], listed, column, by)
            values = listed[column].astype("Float64").reset_index(drop=True)
            tables.append(quotients(measure, rows.assign(numerator=values, denominator=1), unit=unit, table=TABLE))
    if "funding" in listed:
        known = grouped(listed.dropna(subset="funding"), by).assign(everywhere="")
        middle = known.groupby(["everywhere", *by])["funding"].agg(estimate="median", n="size").reset_index()
        middle = _with_left_out(middle.drop(columns="everywhere"), listed, "funding", by)
        facts = {"measure": "organisation_funding_median", "unit": "yuan", "table": TABLE, "interval": "census"}
        tables.append(arranged(middle.assign(**facts)))
    return combined(tables)


def _with_left_out(groups: pd.DataFrame, listed: pd.DataFrame, column: str, by: Sequence[str]) -> pd.DataFrame:
    """The groups, in their order, with why the column is missing in organisations of each."""
    left_out = excluded(grouped(listed, by), column, by)
    if not by:
        return groups.reset_index(drop=True).assign(excluded=left_out["excluded"].iat[0])
    return groups.merge(left_out, on=list(by), how="left").fillna({"excluded": ""})


def without(listed: pd.DataFrame, communities: pd.DataFrame, by: Sequence[str] = ()) -> pd.DataFrame:
    """Communities without any organisation on the list."""
    has_none = ~communities["community_id"].isin(listed["community_id"])
    rows = grouped(communities, by).assign(estimate=has_none.astype(int), n=1, everywhere="")
    sums = rows.groupby(["everywhere", *by], as_index=False)[["estimate", "n"]].sum().drop(columns="everywhere")
    facts = {
        "measure": "communities_without_organisation",
        "unit": "communities",
        "table": "communities",
        "interval": "census",
    }
    return arranged(sums.assign(**facts))


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of organisations that the study's tables allow, by the columns of `by`."""
    by = [column for column in by if column != "term"]
    if not study.has(TABLE) or not {*by} <= {*study.table(TABLE)}:
        return combined([])
    listed = study.table(TABLE)
    tables = [numbers(listed, by), means(listed, by)]
    if study.has("communities"):
        communities = study.table("communities")
        if "residents" in communities:
            tables.append(density(listed, communities, by))
        if {*by} <= {*communities}:
            tables.append(without(listed, communities, by))
    return combined(tables).assign(window=study.origin.date)
