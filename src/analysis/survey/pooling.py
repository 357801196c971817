"""Weighted sums of estimates that vary together: means over items, changes between waves."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.inference import Estimates
from analysis.inference.estimates import with_tiers
from analysis.measure import arranged


def pooled(made: Estimates, keys: Sequence[str], weights: np.ndarray, rows: int, **named: Any) -> pd.DataFrame:
    """Weighted sums of the rows with the same keys, with their errors.

    Parameters
    ----------
    keys
        Dimensions of the result.
    weights
        One for each row of the estimates.
    rows
        How many rows make up a sum. One that lacks some of them, or of which a row that counts is missing, is missing.

    Returns
    -------
    pandas.DataFrame
        Measure table, one row for each value of the keys. `n` is the least of the rows'.
    """
    used = weights != 0
    groups = made.table.groupby(list(keys), sort=False)
    code = groups.ngroup().to_numpy()
    sums = np.where(code == np.arange(groups.ngroups)[:, None], weights, 0.0)
    known = replace(made, table=made.table.assign(estimate=made.table["estimate"].fillna(0)))
    table = known.contrast({str(place): row for place, row in enumerate(sums)}, **named).table.drop(columns="contrast")
    facts = made.table.assign(known=made.table["estimate"].notna() | ~used)
    facts = facts.assign(n=facts["n"].where(used), excluded=facts["excluded"].where(used))
    facts = facts.groupby(code).agg({"n": "min", "known": "all", "excluded": _together})
    is_known = facts["known"].to_numpy() & (np.bincount(code) == rows)
    values = {column: table[column].where(is_known) for column in ("estimate", "se", "low", "high", "coverage")}
    table = table.assign(
        **groups.head(1)[list(keys)].reset_index(drop=True),
        **values,
        n=facts["n"].to_numpy(),
        excluded=facts["excluded"].to_numpy(),
        reason=np.where(is_known, "", "undefined"),
        interval=table["interval"].where(is_known, "none"),
    )
    return arranged(with_tiers(table))


def _together(texts: pd.Series) -> str:
    """What several rows left out, each text once."""
    return "; ".join(dict.fromkeys(text for text in texts.dropna() if text))
