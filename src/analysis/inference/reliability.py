"""Whether an estimate is reliable enough to be shown.

The tiers of the National Center for Health Statistics, Series 2, no. 175 (percentages) and no. 200 (counts and
others), as CDC's surveytable has them: METHODS §7.
"""

import numpy as np
import pandas as pd

from analysis.inference.intervals import effective_n

LEAST_EFFECTIVE = 30
"""Effective sample size below which a percentage is not shown."""
NARROW, WIDE = 0.05, 0.30
"""Widths of a percentage's interval below which it is shown and from which it is not, whatever its size."""
RELATIVE = 1.30
"""Width of the interval over the percentage above which it is not shown."""
LEAST_DF = 8
"""Degrees of freedom below which a person should look at the row."""
LEAST_COUNT = 10
"""Rows below which an estimate that is no percentage is not shown."""
RELATIVE_COUNT = 1.60
"""Width of the interval over a total above which it is not shown."""


def tiers(table: pd.DataFrame) -> pd.Series:
    """The tier of each row of a measure table.

    Returns
    -------
    pandas.Series
        `show`, `footnote` (the complement is unreliable), `review` (few degrees of freedom, or all or none are
        counted), `suppress`, or empty where the row has no estimate or no sampling error.

    Notes
    -----
    The effective sample size is p(1 − p)/se², at most n. Where all or none are counted it is n, and the width counts
    as 0, so that such a row is looked at rather than hidden. A row that is neither a percentage nor a total has no
    rule of its own there: it is suppressed with fewer than 10 rows or without an interval, and to be looked at with
    fewer than 8 degrees of freedom.
    """
    estimate, n, df = (table[column].to_numpy(float) for column in ("estimate", "n", "df"))
    se, width = table["se"].to_numpy(float), (table["high"] - table["low"]).to_numpy(float)
    is_share, is_total = (table["unit"] == "proportion").to_numpy(), (table["unit"] == "total").to_numpy()
    is_extreme = is_share & ((estimate == 0) | (estimate == 1))
    width = np.where(is_extreme & (df > 0), 0, width)
    with np.errstate(divide="ignore", invalid="ignore"):
        effective = np.where(is_extreme, n, np.fmin(effective_n(estimate, se), n))
        unreliable = (
            (effective < LEAST_EFFECTIVE) | (width >= WIDE) | ((width > NARROW) & (width / estimate > RELATIVE))
        )
        complement = (width > NARROW) & (width / (1 - estimate) > RELATIVE)
        too_few = (n < LEAST_COUNT) | (is_total & (width / np.abs(estimate) > RELATIVE_COUNT))
    suppressed = np.where(is_share, unreliable, too_few) | np.isnan(width)
    tier = np.select(
        [suppressed.astype(bool), (df < LEAST_DF) | is_extreme, is_share & complement],
        ["suppress", "review", "footnote"],
        "show",
    )
    has_error = ~np.isnan(estimate) & (table["interval"] != "census").to_numpy()
    return pd.Series(np.where(has_error, tier, ""), index=table.index)
