"""The tiers of a measure table at their boundaries: METHODS §7, from NCHS Series 2, nos. 175 and 200."""

import numpy as np
import pandas as pd
import pytest

from analysis.inference import Census, SurveyDesign, proportion
from analysis.inference.reliability import tiers

NAN = float("nan")


def tier(estimate, low, high, *, n=1000, se=0.001, df=50, unit="proportion", interval="korn_graubard"):
    row = {
        "estimate": estimate,
        "low": low,
        "high": high,
        "n": n,
        "se": se,
        "df": df,
        "unit": unit,
        "interval": interval,
    }
    return tiers(pd.DataFrame([row])).iloc[0]


def of_effective(size):
    """The error of one half that makes the effective sample size so large."""
    return np.sqrt(0.25 / size)


@pytest.mark.parametrize(
    ("estimate", "low", "high", "others", "expected"),
    [
        pytest.param(0.5, 0.45, 0.55, {"se": of_effective(30.01)}, "show", id="effective sample size 30"),
        pytest.param(0.5, 0.45, 0.55, {"se": of_effective(29.99)}, "suppress", id="effective sample size below 30"),
        pytest.param(0.5, 0.49, 0.51, {"n": 29}, "suppress", id="never more than n, however narrow"),
        pytest.param(0.001, 0, 0.05, {}, "show", id="width .05, whatever its relation"),
        pytest.param(0.001, 0, 0.0501, {}, "suppress", id="wider than .05, and relatively wide"),
        pytest.param(0.5, 0, 0.2999, {}, "show", id="width below .30"),
        pytest.param(0.5, 0, 0.30, {}, "suppress", id="width .30"),
        pytest.param(0.125, 0, 0.1625, {}, "show", id="relative width 1.30"),
        pytest.param(0.125, 0, 0.1626, {}, "suppress", id="relative width above 1.30"),
        pytest.param(0.875, 0, 0.1625, {}, "show", id="complement's relative width 1.30"),
        pytest.param(0.875, 0, 0.1626, {}, "footnote", id="complement's relative width above 1.30"),
        pytest.param(0.999, 0.951, 1, {}, "show", id="a narrow interval needs no footnote"),
        pytest.param(0.5, 0.45, 0.55, {"df": 8}, "show", id="8 degrees of freedom"),
        pytest.param(0.5, 0.45, 0.55, {"df": 7}, "review", id="7 degrees of freedom"),
        pytest.param(0.5, 0, 0.30, {"df": 7}, "suppress", id="what is suppressed is not reviewed"),
        pytest.param(0, 0, 0.09, {"n": 40, "se": 0}, "review", id="none of 40"),
        pytest.param(1, 0.91, 1, {"n": 40, "se": 0}, "review", id="all of 40"),
        pytest.param(0, 0, 0.12, {"n": 29, "se": 0}, "suppress", id="none of 29"),
        pytest.param(
            0, NAN, NAN, {"n": 40, "se": 0, "interval": "none"}, "review", id="none, with an interval not for it"
        ),
        pytest.param(0, NAN, NAN, {"n": 40, "se": 0, "df": 0}, "suppress", id="none, from a single cluster"),
        pytest.param(0.5, NAN, NAN, {"interval": "none"}, "suppress", id="no interval"),
        pytest.param(0.5, NAN, NAN, {"interval": "census"}, "", id="a census has no tier"),
        pytest.param(NAN, NAN, NAN, {}, "", id="no estimate has no tier"),
    ],
)
def test_percentages(estimate, low, high, others, expected):
    assert tier(estimate, low, high, **others) == expected


@pytest.mark.parametrize(
    ("high", "others", "expected"),
    [
        pytest.param(160, {"n": 10}, "show", id="ten rows, relative width 1.60"),
        pytest.param(160, {"n": 9}, "suppress", id="nine rows"),
        pytest.param(160.1, {"n": 10}, "suppress", id="relative width above 1.60"),
        pytest.param(160, {"df": 7}, "review", id="7 degrees of freedom"),
    ],
)
def test_totals(high, others, expected):
    assert tier(100, 0, high, unit="total", **others) == expected


def test_a_mean_goes_by_its_rows_and_degrees_of_freedom_only():
    assert tier(1, -100, 100, unit="", n=10) == "show"
    assert tier(1, -100, 100, unit="", n=9) == "suppress"
    assert tier(1, -100, 100, unit="", df=7) == "review"


def test_all_of_a_weighted_sample_is_reviewed():
    # sums of such weights are not exact: a share of all must be 1 all the same
    drawn = pd.DataFrame({"hit": np.ones(50), "w": np.random.default_rng(1).uniform(0.1, 9, 50)})
    row = proportion(drawn.assign(g=1), "hit", SurveyDesign(weights="w"), "g").table.iloc[0]
    assert (row["estimate"], row["high"], row["reliability"]) == (1, 1, "review")


def test_a_census_is_never_suppressed():
    assert proportion(pd.DataFrame({"hit": [1, 0, 0]}), "hit", Census()).table["reliability"].tolist() == [""]
