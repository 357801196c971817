"""A community against all the others of a survey: the difference of two independent parts of one sample.

Each community is a stratum of its own (`respondents.within_communities`), so that its estimate and that of the others vary
independently; the whole sample keeps its design, and no community is looked at as a survey of its own. What all the others
give is not computed once a community but from sums over them, so that ten thousand communities cost little more than ten.
Definitions and sources: docs/methods.md#profile.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference import SurveyDesign, mean, proportion
from analysis.inference.estimates import Naming, base_of, estimated
from analysis.inference.intervals import INTERVALS
from analysis.inference.sample import Sample, smooth
from analysis.measure import arranged, combined
from analysis.survey.respondents import COMMUNITY, within_communities

Numbers = NDArray[np.float64]
LEVEL = 0.95
DECIMALS = 12
"""A share of the others that is 0 or 1 but for rounding is 0 or 1."""
IN_POINTS = {"proportion": "points"}
"""The unit of a difference, where it is not that of what is compared."""


def independent_difference(
    first: tuple[Numbers, Numbers, Numbers], second: tuple[Numbers, Numbers, Numbers]
) -> tuple[Numbers, Numbers, Numbers]:
    """The first less the second estimate and the interval of that, from the intervals of both.

    Parameters
    ----------
    first, second
        Estimates that vary independently, their lower and their upper bounds.

    Notes
    -----
    The method of variance estimates recovery: Zou & Donner (2008), Statistics in Medicine 27: 1693–1702; for proportions
    Newcombe (1998), Statistics in Medicine 17: 873–890, method 10. It keeps what the intervals know of few respondents, of 0
    and of 1, where estimate ± t·se would take a share of 5 in 5 for certain.
    """
    (a, a_low, a_high), (b, b_low, b_high) = first, second
    apart = a - b
    low = apart - np.sqrt((a - a_low) ** 2 + (b_high - b) ** 2)
    high = apart + np.sqrt((a_high - a) ** 2 + (b - b_low) ** 2)
    return apart, low, high


def against_the_others(
    frame: pd.DataFrame, column: str, declared: SurveyDesign, *, interval: str, measure: str, unit: str, table: str
) -> pd.DataFrame:
    """Every community's estimate, and how far it is from that of all the others.

    Parameters
    ----------
    frame
        One row a respondent, with `community_id`; rows in which the column is missing are not in the base.
    column
        1 and 0 for a `unit` of `proportion`, else numbers, whose means are compared.
    declared
        The design of the respondents.
    interval
        A name of `INTERVALS`, for the parts.

    Returns
    -------
    pandas.DataFrame
        Measure table by `community_id` and `scope`: `community` and `difference`, both with the community's n. Where the
        answers of a community do not differ, or are those of one respondent, nothing is known of the error of their mean,
        and there is no interval. A difference without others is missing (`no_other_community`).
    """
    if not frame[column].notna().any():
        return combined([])
    sample = within_communities(declared, frame).sample(frame)
    call = proportion if unit == "proportion" else mean
    named = Naming(measure=measure, unit=unit, table=table)
    own = call(frame, column, sample, COMMUNITY, interval=interval, level=LEVEL, **named).table
    if unit != "proportion":
        tells_nothing = ~(own["se"] > 0)
        own = own.assign(low=own["low"].mask(tells_nothing), high=own["high"].mask(tells_nothing))
        own = own.assign(
            interval=own["interval"].mask(tells_nothing, "none"), coverage=own["coverage"].mask(tells_nothing)
        )
    others = _others(frame, column, sample, own, interval)
    apart, low, high = independent_difference(
        (own["estimate"].to_numpy(), own["low"].to_numpy(), own["high"].to_numpy()),
        (others["estimate"].to_numpy(), others["low"].to_numpy(), others["high"].to_numpy()),
    )
    has_interval = np.isfinite(low) & np.isfinite(high)
    is_alone = own["estimate"].notna().to_numpy() & np.isnan(apart)
    difference = own.assign(
        estimate=apart,
        se=np.where(has_interval, np.hypot(own["se"], others["se"]), np.nan),
        low=np.where(has_interval, low, np.nan),
        high=np.where(has_interval, high, np.nan),
        df=np.nan,
        coverage=np.where(has_interval, LEVEL, np.nan),
        interval=np.where(has_interval, "mover", "none"),
        unit=IN_POINTS.get(unit, unit),
        reason=own["reason"].mask(is_alone, "no_other_community"),
        reliability="",
        excluded="",
    )
    return combined([arranged(own.assign(scope="community")), arranged(difference.assign(scope="difference"))])


def _others(frame: pd.DataFrame, column: str, sample: Sample, own: pd.DataFrame, interval: str) -> pd.DataFrame:
    """The estimate of all the others for each community, its error and its interval.

    With Ŷ and Ŵ the totals of the column and of the weights, R = (Ŷ − Ŷ_c)/(Ŵ − Ŵ_c), and its variance is the sum over the
    others of var Ŷ_k − 2R·cov(Ŷ_k, Ŵ_k) + R²·var Ŵ_k, over (Ŵ − Ŵ_c)²: sums over all less the community's own.
    """
    base, (y,) = base_of(frame, sample, [column], [COMMUNITY])
    centre = float((base.weights * y).sum() / base.weights.sum())
    totals = estimated(
        base,
        lambda b: [b.total(y, centre), b.size, smooth(lambda above, size: above + size, b.total(y, centre), b.size)],
        [{"part": part} for part in ("above", "size", "both")],
        measure="total",
        unit="total",
        table="respondents",
    ).table
    above, size, _ = totals["estimate"].to_numpy().reshape(-1, 3).T
    of_above, of_size, of_both = np.nan_to_num(totals["se"].to_numpy().reshape(-1, 3).T) ** 2
    together = (of_both - of_above - of_size) / 2
    n, df = own["n"].to_numpy(), np.nan_to_num(own["df"].to_numpy())
    left, count = (values.sum() - values for values in (size, n))
    has_others = count > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(has_others, (above.sum() - above) / left, np.nan)
        spread = sum(
            factor * (values.sum() - values)
            for factor, values in ((1.0, of_above), (-2 * ratio, together), (ratio**2, of_size))
        )
        se = np.sqrt(np.maximum(spread, 0)) / left
        estimate = np.round(centre + ratio, DECIMALS)
        low, high = INTERVALS[interval](estimate, se, df.sum() - df, count, LEVEL)
    return pd.DataFrame({"estimate": estimate, "se": se, "low": low, "high": high})
