"""Item non-response: values that go missing at random, for a reason that a file or a codebook states."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.reading.convert import MISSING


def set_missing(
    rng: np.random.Generator,
    table: pd.DataFrame,
    columns: Sequence[str],
    rate: float,
    reason: str,
    among: pd.Series | bool = True,
) -> pd.DataFrame:
    """Take the values of some columns out of a simple random sample of rows.

    Parameters
    ----------
    rng
        The stream of random numbers.
    table
        Any table, with or without reasons from an earlier call.
    columns
        Columns that go missing together; rows that lack one of them already are left as they are.
    rate
        Share of the eligible rows, in [0, 1].
    reason
        The level that goes into `<column>_missing`.
    among
        The rows that may lose their values.
    """
    eligible = table.index[table[list(columns)].notna().all(axis=1) & among]
    lost = table.index.isin(rng.choice(eligible, round(rate * len(eligible)), replace=False))
    no_reason = pd.Series(index=table.index, dtype="str")
    values = {column: table[column].mask(lost) for column in columns}
    reasons = {column + MISSING: table.get(column + MISSING, no_reason).mask(lost, reason) for column in columns}
    return table.assign(**values, **reasons)
