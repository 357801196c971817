"""Counts rounded to multiples, for studies that ask for it (`disclosure: {round_to: 5}`)."""

import numpy as np
import pandas as pd

DIGITS = 2
"""Significant digits that errors and bounds keep: with more, they would tell the counts."""


def rounded_to(table: pd.DataFrame, step: int) -> pd.DataFrame:
    """A measure table whose counts are multiples of a step, and whose unweighted quotients are those of these counts.

    Errors and bounds keep `DIGITS` significant digits. A weighted estimate stays: its weights keep the counts apart from it.
    """
    counts = {name: (table[name] / step).round() * step for name in ("n", "numerator", "denominator")}
    with np.errstate(divide="ignore", invalid="ignore"):
        factor = (counts["numerator"] / counts["denominator"]) / (table["numerator"] / table["denominator"])
    is_quotient = ~table["is_weighted"].astype(bool) & np.isfinite(factor)
    estimate = (table["estimate"] * factor).where(is_quotient, table["estimate"])
    estimate = estimate.where(table["unit"] != "count", (estimate / step).round() * step)
    rough = {name: table[name].map(_rough) for name in ("se", "low", "high")}
    return table.assign(**counts, **rough, estimate=estimate)


def _rough(value: float) -> float:
    return float(f"{value:.{DIGITS - 1}e}")
