"""What calibrating the weights did: margins of the sample before and after beside the population's, and how weights moved."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.measure import arranged
from analysis.survey.respondents import TABLE
from analysis.survey.weighting import Weighting

SHARES = ("unweighted", "start", "calibrated", "population")
"""Of `Weighting.margins`, in the order in which they are shown."""
WAVES = {
    "calibration_steps": ("steps", "count"),
    "levels_joined": ("joined", "count"),
    "weights_at_limit": ("trimmed", "count"),
    "factor_least": ("least", "ratio"),
    "factor_greatest": ("greatest", "ratio"),
    "start_design_effect": ("design_effect", "ratio"),
    "start_effective_n": ("effective_n", "count"),
}
"""Measures of a wave, the columns of `Weighting.waves` that they are, and their unit."""


def calibration(weighting: Weighting) -> Iterator[pd.DataFrame]:
    """The report of a calibration.

    Yields
    ------
    pandas.DataFrame
        Measure tables: by wave and `margin_level`, `margin_share_unweighted`, `margin_share_start` (where calibration began
        with weights of the design), `margin_share_calibrated`, `margin_share_population` and `margin_gap_calibrated`, the last
        two less one another in points; and by wave the measures of `WAVES`.
    """
    levels = weighting.margins.rename(columns={"level": "margin_level"})
    sizes = levels.groupby(["wave", "margin"], sort=False)["n"].transform("sum")
    facts = {"table": TABLE, "interval": "calibration"}
    rows = levels[["wave", "margin_level"]].assign(numerator=levels["n"], denominator=sizes, n=sizes, **facts)
    for name in SHARES:
        known = levels[name].notna()
        if known.any():
            measure = f"margin_share_{name}"
            yield arranged(rows.assign(estimate=levels[name], measure=measure, unit="proportion")[known])
    gap = levels["calibrated"] - levels["population"]
    yield arranged(rows.assign(estimate=gap, measure="margin_gap_calibrated", unit="points"))
    waves = weighting.waves
    for measure, (column, unit) in WAVES.items():
        told = waves[["wave", "n"]].assign(estimate=waves[column].astype(float), measure=measure, unit=unit, **facts)
        yield arranged(told.assign(numerator=np.nan))
