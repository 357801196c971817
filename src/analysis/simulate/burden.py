"""The administrative burden: work items and ledgers of the communities, before and after the reform."""

import numpy as np
import pandas as pd

FATES = {"merged": 340, "kept": 25, "renamed": 12, "removed": 6, "transferred": 4}
"""What became of the 387 administrative items (N14)."""
AFTER = 151
"""Administrative items after the reform (N16): those kept or renamed, and those that others were merged into."""
OWN = 97
"""The communities' own items: 387 of 484 are administrative, just under 80 % (N15)."""
KINDS = {"administrative_affair": 213, "inspection": 58, "ledger_or_meeting": 77, "certificate": 39}
"""The "four too many" (N27)."""
DEPARTMENTS = ("民政", "人社", "卫健", "公安", "城管", "住建", "司法", "宣传", "组织", "统计", "应急", "残联")
LEGAL_BASES = {"法律": 0.25, "行政法规": 0.2, "部门文件": 0.4, None: 0.15}
"""Shares of the administrative items by legal basis; some have none."""
LEDGERS = {2014: 312, 2016: 186}
"""Paper ledgers of the most burdened community, before and after the reform (N17: over 300)."""


def draw_work_items(rng: np.random.Generator) -> pd.DataFrame:
    """Draw the administrative items before the reform, those that came of merging, and the communities' own."""
    own = pd.DataFrame({"item_id": [f"C{number:03d}" for number in range(1, OWN + 1)], "item_nature": "own"})
    own = own.assign(department="居委会", item_fate="kept")
    items = pd.concat([_draw_administrative_items(rng), own], ignore_index=True)
    came_of_merging = items["item_fate"].isna()
    return items.assign(
        item_name=items["department"] + "事项" + items["item_id"] + "(合成)",
        is_before=~came_of_merging,
        is_after=items["item_fate"].isin(["kept", "renamed"]) | came_of_merging,
    )


def _draw_administrative_items(rng: np.random.Generator) -> pd.DataFrame:
    """Draw the administrative items; those that came of merging have no fate, and each has taken in at least one."""
    fates = rng.permutation(np.repeat([*FATES], [*FATES.values()]))
    targets = np.array([f"B{number:03d}" for number in range(1, AFTER - FATES["kept"] - FATES["renamed"] + 1)])
    taken_in = np.concatenate([targets, rng.choice(targets, FATES["merged"] - len(targets))])
    size = len(fates) + len(targets)
    departments = rng.choice(DEPARTMENTS, size)
    before = pd.DataFrame({"item_id": [f"A{number:03d}" for number in range(1, len(fates) + 1)], "item_fate": fates})
    before.loc[fates == "merged", "merged_into"] = rng.permutation(taken_in)
    return pd.concat([before, pd.DataFrame({"item_id": targets})], ignore_index=True).assign(
        item_nature="administrative",
        department=departments,
        item_kind=pd.Series(rng.permutation(np.repeat([*KINDS], [*KINDS.values()]))),
        legal_basis=rng.choice(np.array([*LEGAL_BASES], dtype=object), size, p=[*LEGAL_BASES.values()]),
    )


def draw_ledgers(rng: np.random.Generator, communities: pd.DataFrame) -> pd.DataFrame:
    """Draw the ledgers before and after the reform; the most burdened community has as many as `LEDGERS` says."""
    burden = rng.integers(110, 290, len(communities))
    rows = [
        (community, year, round(most * relative), round(most * rng.uniform(0.2, 0.3)))
        for year, most in LEDGERS.items()
        for community, relative in zip(communities["community_id"], burden / burden.max(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["community_id", "year", "paper_ledgers", "electronic_ledgers"])


def truth(items: pd.DataFrame, ledgers: pd.DataFrame) -> dict[str, float]:
    """Count the administrative items, with their reduction and their share of all items."""
    administrative = items[items["item_nature"] == "administrative"]
    before, after = administrative["is_before"].sum(), administrative["is_after"].sum()
    return {
        "items_before": before,
        "items_after": after,
        "reduction": (before - after) / before,
        "administrative_before": before / items["is_before"].sum(),
        "administrative_after": after / items["is_after"].sum(),
        "paper_ledgers_most": ledgers["paper_ledgers"].max(),
    }
