"""The administrative burden: items of work before and after a reform, what became of them, and whose they are.

A list of items is a complete register: nothing here has a sampling error. An item's *nominal* reduction is one in name: k items
merged into one make k − 1 fewer on the list, and nobody knows how much work went away. Only `removed` items are removed; a
transferred item is done elsewhere, and a renamed one is done still. Sources: docs/methods.md#workload.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing
from analysis.measure import ARROW, arranged, combined, grouped, with_left_out
from analysis.registers import quotients, require_counts
from analysis.study import Study
from analysis.workload.ledgers import by_form, changes, per_community, per_staff

ADMINISTRATIVE = "administrative"
"""The nature of an item that a department delegates (协办事项); the others are the community's own."""
STAY = ("kept", "renamed")
GO = ("merged", "removed", "transferred")
STAGES = {"before": "is_before", "after": "is_after"}
REFORM = ARROW.join(STAGES)
"""When an item was on the list, and the column that says so."""
FATES = {"before": (*STAY, *GO), "after": (*STAY, "merged", "new")}
"""What can be said of an item at each stage; after the reform, `merged` is what came of merging."""


# Items


def register(items: pd.DataFrame) -> pd.DataFrame:
    """The items with what their fates imply: when they were on the list, and which of them came of merging or are new.

    Parameters
    ----------
    items
        One row per item: `item_id` and, where the study has them, `is_before`, `is_after`, `item_fate`, `merged_into`.

    Returns
    -------
    pandas.DataFrame
        The same rows, with `is_before` and `is_after` complete, and `came_of_merging` and `is_new` for items that were not
        there before; what others were merged into came of merging, even where it is called new. Without fates, and without
        both columns, the list is of one time, and the rows are as they were.

    Raises
    ------
    StudyError
        `item_presence_unknown`, `item_fate_contradicts`, `merged_into_absent`.
    """
    if "item_fate" not in items and not {*STAGES.values()} <= {*items}:
        return items
    unknown = pd.Series(pd.NA, index=items.index, dtype="str")
    fate, into = items.get("item_fate", unknown), items.get("merged_into", unknown)
    is_target = items["item_id"].isin(into.dropna())
    implied = _implied(fate, is_target)
    was, stays = (
        items[flag].astype("boolean").fillna(implied[flag]) if flag in items else implied[flag]
        for flag in STAGES.values()
    )
    _refuse("item_presence_unknown", items, was.isna() | stays.isna())
    was, stays = was.astype(bool), stays.astype(bool)
    against = fate.notna() & ((was != implied["is_before"]) | (stays != implied["is_after"]))
    belongs_to_none = into.notna() & ~fate.eq("merged").fillna(value=False)
    _refuse("item_fate_contradicts", items, against | (~was & ~stays) | belongs_to_none)
    _refuse("merged_into_absent", items, into.notna() & ~into.isin(items.loc[stays, "item_id"]))
    return items.assign(
        is_before=was, is_after=stays, came_of_merging=~was & is_target, is_new=~was & stays & ~is_target
    )


def _implied(fate: pd.Series, is_target: pd.Series) -> dict[str, pd.Series]:
    """When items were on the list by their fates; of an item without a fate that others were merged into: afterwards."""
    was = fate.map(dict.fromkeys((*STAY, *GO), True) | {"new": False}).astype("boolean")
    stays = fate.map(dict.fromkeys((*STAY, "new"), True) | dict.fromkeys(GO, False)).astype("boolean")
    free = fate.isna() & is_target
    return {"is_before": was.mask(free, other=False), "is_after": stays.mask(free, other=True)}


def _refuse(error: str, items: pd.DataFrame, wrong: pd.Series) -> None:
    if wrong.any():
        raise StudyError(
            error, "work_items", count=int(wrong.sum()), total=len(items), list=listing(items.loc[wrong, "item_id"], 5)
        )


def on_the_list(items: pd.DataFrame) -> pd.DataFrame:
    """The register with one row per item and `stage` at which it is on the list; a list of one time is of the stage `now`.

    `item_fate` is what is known of the item at that stage: after the reform an item that was not there before is `merged`
    (it came of merging) or `new`, or has no fate where not every merged item says what it was merged into.
    """
    if "came_of_merging" not in items:
        return items.assign(stage="now")
    parts = [items[items[flag]].assign(stage=stage) for stage, flag in STAGES.items()]
    listed = pd.concat(parts, ignore_index=True)
    if "item_fate" in listed:
        later = {True: "merged"} if _merging_is_unknown(items) else {True: "merged", False: "new"}
        listed["item_fate"] = listed["item_fate"].where(listed["is_before"], listed["came_of_merging"].map(later))
    return listed


def _merging_is_unknown(items: pd.DataFrame) -> bool:
    """Whether some merged item does not say what it was merged into, so that new items can't be told from merged ones."""
    into = items.get("merged_into", pd.Series(pd.NA, index=items.index))
    return bool((items["item_fate"].eq("merged").fillna(value=False) & into.isna()).any())


def counts(listed: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Items on the list; a group that has none at a stage counts 0 there."""
    rows = grouped(listed, by).assign(everything="")
    groups = rows[["stage"]].drop_duplicates().merge(rows[["everything", *by]].drop_duplicates(), how="cross")
    sizes = rows.groupby(["stage", *by]).size().rename("estimate").reset_index()
    made = groups.drop(columns="everything").merge(sizes, on=["stage", *by], how="left").fillna({"estimate": 0})
    made = made.sort_values(["stage", *by], ignore_index=True)
    facts = {"measure": "item_count", "unit": "items", "table": "work_items", "interval": "census"}
    return arranged(made.assign(n=made["estimate"], **facts))


def shares(listed: pd.DataFrame, column: str, measure: str, by: Sequence[str]) -> pd.DataFrame:
    """Share of each value of a column among the items of a stage for which it is known, 0 included.

    Returns
    -------
    pandas.DataFrame
        Measure table with `stage`, the columns of `by`, and `column`; items without a value are in `excluded`.
    """
    groups_by = ["stage", *by]
    rows = grouped(listed, groups_by)
    known = rows.dropna(subset=column)
    sizes = known.groupby([*groups_by, column]).size().rename("numerator").reset_index()
    groups = rows[groups_by].drop_duplicates().merge(known[[column]].drop_duplicates(), how="cross")
    made = groups.merge(sizes, on=[*groups_by, column], how="left").fillna({"numerator": 0})
    made = made.sort_values([*groups_by, column], ignore_index=True)
    made["denominator"] = made.groupby(groups_by)["numerator"].transform("sum")
    made = with_left_out(made, rows, column, groups_by)
    return quotients(measure, made, unit="proportion", table="work_items")


def fates(listed: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Items by fate, as counts and as shares of the items of each stage whose fate is known."""
    share = shares(listed, "item_fate", "item_fate_share", by)
    possible = pd.MultiIndex.from_tuples([(stage, fate) for stage, known in FATES.items() for fate in known])
    share = share[pd.MultiIndex.from_frame(share[["stage", "item_fate"]]).isin(possible)]
    count = share.assign(measure="item_fate_count", estimate=share["numerator"], unit="items", reason="")
    return combined([count.assign(numerator=np.nan, denominator=np.nan), share])


def reductions(items: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The net reduction of the list and its parts, all over the items before: net = removed + merged + transferred − new.

    Parameters
    ----------
    items
        What `register` gives.

    Returns
    -------
    pandas.DataFrame
        Measure table: `reduction_rate` (b − a)/b, negative where the list grew and never above 1; where fates are known
        `gross_reduction`, `nominal_reduction` (items merged, less those that came of it), `transfer_rate`, `rebound_rate`.
        An item that was merged into one of another group counts where it was. Without items before they are undefined.
        Items of unknown fate are left out of the parts; where a merged item does not say what it was merged into, nominal
        reduction and rebound are undefined (`merged_into_unknown`).
    """
    was = items["is_before"].astype("Int64")
    numerators = {"reduction_rate": was - items["is_after"].astype("Int64")}
    rows = grouped(items, by)
    if "item_fate" in items:
        fate = items["item_fate"].where(items["is_before"], "")
        hit = {name: fate.eq(name).astype("Int64").mask(fate.isna()) for name in GO}
        numerators |= {
            "gross_reduction": hit["removed"],
            "nominal_reduction": hit["merged"] - items["came_of_merging"].astype("Int64"),
            "transfer_rate": hit["transferred"],
            "rebound_rate": items["is_new"].astype("Int64"),
        }
    tables = []
    for measure, numerator in numerators.items():
        made = rows[[*by]].assign(numerator=numerator, denominator=was)
        if numerator.isna().any():
            made = with_left_out(made, rows[items["is_before"]], "item_fate", by)
        table = quotients(measure, made, unit="rate", table="work_items")
        if measure in ("nominal_reduction", "rebound_rate") and _merging_is_unknown(items):
            table = table.assign(estimate=np.nan, numerator=np.nan, reason="merged_into_unknown")
        tables.append(table.assign(window=REFORM))
    return combined(tables)


# Whose items they are


def administrative_share(listed: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Share of the items that are delegated by departments, D/(D + O), at each stage."""
    rows = grouped(listed, by)[["stage", *by]]
    rows = rows.assign(numerator=listed["item_nature"].eq(ADMINISTRATIVE).astype(int), denominator=1)
    return quotients("administrative_share", rows, unit="proportion", table="work_items")


def share_changes(numbers: pd.DataFrame) -> pd.DataFrame:
    """How the administrative share changed: in points, in per cent, and by whose numbers.

    Parameters
    ----------
    numbers
        One row per group: items `administrative_before`, `own_before`, `administrative_after`, `own_after`; any other
        column is a dimension.

    Returns
    -------
    pandas.DataFrame
        Measure table: `administrative_share_points`, a difference of shares; `administrative_share_relative`, the same over
        the share before; and the change of ln(D/O), `administrative_odds_log`, which is the sum of the change of ln D
        (`odds_log_from_administrative`) and of −ln O (`odds_log_from_own`). Without items a share is undefined
        (`empty_base`), and so is a logarithm of none (`no_items_of_a_kind`).
    """
    columns = [f"{whose}_{stage}" for whose in ("administrative", "own") for stage in STAGES]
    require_counts(numbers, columns)
    delegated_before, delegated_after, own_before, own_after = (
        numbers[column].to_numpy("float64") for column in columns
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        before = delegated_before / (delegated_before + own_before)
        points = delegated_after / (delegated_after + own_after) - before
        of_delegated = np.log(delegated_after) - np.log(delegated_before)
        of_own = np.log(own_before) - np.log(own_after)
        changes = {
            "administrative_share_points": (points, "points", "empty_base"),
            "administrative_share_relative": (points / before, "rate", "empty_base"),
            "administrative_odds_log": (of_delegated + of_own, "log", "no_items_of_a_kind"),
            "odds_log_from_administrative": (of_delegated, "log", "no_items_of_a_kind"),
            "odds_log_from_own": (of_own, "log", "no_items_of_a_kind"),
        }
    groups = numbers.drop(columns=columns).assign(
        n=delegated_before + own_before, table="work_items", interval="census", window=REFORM
    )
    return combined(
        arranged(
            groups.assign(
                measure=measure,
                estimate=np.where(np.isfinite(values), values, np.nan),
                unit=unit,
                reason=np.where(np.isfinite(values), "", reason),
            )
        )
        for measure, (values, unit, reason) in changes.items()
    )


def _numbers(listed: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Administrative and own items of each group before and after, as `share_changes` takes them."""
    whose = listed["item_nature"].eq(ADMINISTRATIVE).map({True: "administrative", False: "own"})
    rows = grouped(listed, by).assign(kind=whose + "_" + listed["stage"], everything="")
    columns = [f"{one}_{stage}" for one in ("administrative", "own") for stage in STAGES]
    sizes = rows.groupby(["everything", *by, "kind"]).size().unstack("kind", fill_value=0)
    return (
        sizes.reindex(columns=columns, fill_value=0).reset_index().drop(columns="everything").rename_axis(None, axis=1)
    )


def hhi(sizes: pd.DataFrame) -> pd.Series:
    """The Herfindahl–Hirschman index of each row of counts, Σs², from 1/k to 1 (Hirschman 1964)."""
    return (sizes.div(sizes.sum(axis=1).replace(0, np.nan), axis=0) ** 2).sum(axis=1, min_count=1)


def hhi_normalised(sizes: pd.DataFrame) -> pd.Series:
    """The index brought to 0–1 by the number of columns k that a row has any of, (H − 1/k)/(1 − 1/k); missing for k = 1."""
    k = (sizes > 0).sum(axis=1)
    return (hhi(sizes) - 1 / k.where(k > 1)) / (1 - 1 / k.where(k > 1))


def effective_number(sizes: pd.DataFrame) -> pd.Series:
    """How many equal parts would be as concentrated, 1/H (Laakso & Taagepera 1979)."""
    return 1 / hhi(sizes)


def concentration(listed: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Concentration of the administrative items on departments, at each stage; items without a department are left out."""
    groups_by = ["stage", *by]
    rows = grouped(listed[listed["item_nature"].eq(ADMINISTRATIVE)], groups_by)
    sizes = rows.dropna(subset="department").groupby([*groups_by, "department"]).size().unstack(fill_value=0)
    groups = rows[groups_by].drop_duplicates().sort_values(groups_by)
    key = groups["stage"] if not by else pd.MultiIndex.from_frame(groups)
    sizes = sizes.reindex(key, fill_value=0)
    groups = with_left_out(groups, rows, "department", groups_by).assign(n=sizes.sum(axis=1).to_numpy())
    tables = []
    for measure, index, unit in (
        ("department_hhi", hhi, "index"),
        ("department_hhi_normalised", hhi_normalised, "index"),
        ("department_effective_number", effective_number, "effective"),
    ):
        values = index(sizes).to_numpy("float64")
        reason = np.where(np.isfinite(values), "", np.where(groups["n"] > 0, "one_department", "empty_base"))
        facts = {"measure": measure, "unit": unit, "table": "work_items", "interval": "census"}
        tables.append(arranged(groups.assign(estimate=values, reason=reason, **facts)))
    return combined(tables)


# All of them


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of workload that the study's tables allow; columns that say when an item was there are no groups."""
    tables: list[pd.DataFrame] = []
    own = {"item_id", "item_fate", "merged_into", *STAGES.values()}
    if study.has("work_items") and {*by} <= {*study.table("work_items")} - own:
        tables += of_items(study.table("work_items"), by)
    if study.has("ledgers") and {*by} <= {*study.table("ledgers")} - {"year"}:
        tables += _of_ledgers(study, by)
    return combined(tables)


def of_items(items: pd.DataFrame, by: Sequence[str] = ()) -> Iterator[pd.DataFrame]:
    """The measures of a register of items, each where the register has its column."""
    known = register(items)
    listed = on_the_list(known)
    yield counts(listed, by)
    if "is_new" in known:
        yield reductions(known, by)
        if "item_fate" in items:
            yield fates(listed, by)
    for column in ("item_nature", "item_kind", "legal_basis"):
        if column in items and column not in by:
            yield shares(listed, column, f"{column}_share", by)
    if "item_nature" not in by:
        yield administrative_share(listed, by)
        if "is_new" in known:
            yield share_changes(_numbers(listed, by))
    if "department" in items and "department" not in by:
        delegated = listed[listed["item_nature"].eq(ADMINISTRATIVE)]
        yield shares(delegated, "department", "department_share", by)
        yield concentration(listed, by)


def _of_ledgers(study: Study, by: Sequence[str]) -> Iterator[pd.DataFrame]:
    ledgers = by_form(study.table("ledgers"))
    yield per_community(ledgers, by)
    yield changes(ledgers, by)
    if study.has("roster"):
        yield per_staff(ledgers, study.rows("roster", ["community_id", "term"]), study.terms, by)


def direction(before: float, after: float) -> str:
    """Whether there are `fewer`, `more` or the `same` after: an increase is called one, and no negative reduction."""
    return "same" if before == after else "fewer" if after < before else "more"
