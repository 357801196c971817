"""Intervals of proportions against published values; agreement with R is in tests/agreement.

METHODS §7, and for Wilson's Newcombe, R. G. (1998), Statistics in Medicine 17: 857–872, Table I, method 3.
"""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference import SurveyDesign, proportion
from analysis.inference.intervals import INTERVALS, effective_n, korn_graubard_n, wilson

counts = st.integers(1, 500).flatmap(lambda base: st.tuples(st.integers(0, base), st.just(base)))


@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [
        pytest.param(0, 20, 0, 0.1611, id="METHODS §7 and Newcombe: 0 of 20"),
        pytest.param(3, 25, 0.0417, 0.2996, id="METHODS §7: 3 of 25"),
        pytest.param(81, 263, 0.2553, 0.3662, id="Newcombe: 81 of 263"),
        pytest.param(15, 148, 0.0624, 0.1605, id="Newcombe: 15 of 148"),
        pytest.param(1, 29, 0.0061, 0.1718, id="Newcombe: 1 of 29"),
    ],
)
def test_published_intervals(count, base, low, high):
    assert np.array(wilson(count, base)).round(4).tolist() == [low, high]


def test_the_interval_solves_the_score_equation():
    # its bounds are the π with |p − π| = z·√(π(1 − π)/n): Wilson (1927)
    z = 1.959963984540054
    for bound in wilson(7, 30):
        assert abs(7 / 30 - bound) == pytest.approx(z * math.sqrt(bound * (1 - bound) / 30))


def test_a_base_of_zero_has_no_interval():
    low, high = wilson([0, 1], [0, 2])
    assert np.isnan([low[0], high[0]]).all()
    assert np.isfinite([low[1], high[1]]).all()


def test_none_and_all_have_exact_bounds():
    low, high = wilson([0, 20], [20, 20])
    assert low[0] == 0
    assert high[1] == 1


def test_more_coverage_is_a_wider_interval():
    narrow, wide = wilson(3, 25, level=0.90), wilson(3, 25, level=0.99)
    assert wide[0] < narrow[0] < 3 / 25 < narrow[1] < wide[1]


@given(counts)
def test_the_interval_holds_the_share_and_lies_between_none_and_all(drawn):
    count, base = drawn
    low, high = wilson(count, base)
    assert 0 <= low <= count / base + 1e-12
    assert count / base - 1e-12 <= high <= 1


@given(counts)
def test_the_interval_of_the_rest_is_the_mirror_image(drawn):
    count, base = drawn
    low, high = wilson(count, base)
    rest_low, rest_high = wilson(base - count, base)
    assert (rest_low, rest_high) == pytest.approx((1 - high, 1 - low), abs=1e-12)


def bounds(kind, estimate, se, df, n, level=0.95):
    """An interval of one proportion."""
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = INTERVALS[kind](*(np.array([float(value)]) for value in (estimate, se, df, n)), level)
    return low[0], high[0]


def test_korn_and_graubards_golden_value():
    # METHODS §7: p = .12, n = 250, error .03, 24 degrees of freedom
    estimate, se, df, n = (np.array([value]) for value in (0.12, 0.03, 24.0, 250.0))
    assert effective_n(estimate, se).round(2).tolist() == [117.33]
    assert korn_graubard_n(estimate, se, df, n).round(2).tolist() == [106.85]
    assert np.round(bounds("korn_graubard", 0.12, 0.03, 24, 250), 4).tolist() == [0.0651, 0.1971]
    assert np.round(bounds("logit", 0.12, 0.03, 24, 250), 4).tolist() == [0.0705, 0.1969]


@pytest.mark.parametrize(
    ("count", "base", "low", "high"),
    [pytest.param(0, 20, 0, 0.1684, id="0 of 20"), pytest.param(3, 25, 0.0255, 0.3122, id="3 of 25")],
)
def test_with_a_large_effective_size_it_is_clopper_and_pearsons(count, base, low, high):
    # METHODS §7: the cap makes n of any effective sample size above it
    made = bounds("korn_graubard", count / base, 1e-4 if count else 0, 24, base)
    assert np.round(made, 4).tolist() == [low, high]


@given(st.floats(0.01, 0.99), st.floats(0.001, 0.2), st.integers(1, 60), st.integers(2, 2000))
def test_korn_and_graubards_is_never_narrower_than_that_of_n_persons(p, se, df, n):
    size = korn_graubard_n(*(np.array([float(value)]) for value in (p, se, df, n)))
    assert size[0] <= n
    low, high = bounds("korn_graubard", p, se, df, n)
    exact_low, exact_high = bounds("korn_graubard", p, 1e-9, df, n)
    assert 0 <= low <= exact_low + 1e-12
    assert exact_high - 1e-12 <= high <= 1


@pytest.mark.parametrize("kind", [kind for kind in INTERVALS if kind != "fisher"])
@pytest.mark.parametrize("df", [0, -1, float("nan")])
@pytest.mark.parametrize(("estimate", "se"), [(0.3, 0.05), (0.3, 0), (0, 0), (1, 0)])
def test_without_degrees_of_freedom_there_is_no_interval(kind, df, estimate, se):
    assert np.isnan(bounds(kind, estimate, se, df, 50)).all()


@pytest.mark.parametrize("kind", [kind for kind in INTERVALS if kind != "fisher"])
@given(st.floats(0.01, 0.99), st.floats(0.001, 0.1), st.integers(1, 200), st.integers(5, 2000))
def test_every_interval_holds_its_estimate(kind, p, se, df, n):
    low, high = bounds(kind, p, se, df, n)
    assert low - 1e-9 <= p <= high + 1e-9


def test_a_share_that_the_strata_fix_has_an_interval_as_if_they_did_not():
    # ten of 50 rows by design: no error, and Clopper and Pearson's interval of 10 of 50 (R: binom.test(10, 50))
    drawn = pd.DataFrame({"g": ["a"] * 10 + ["b"] * 40, "hit": [1] * 10 + [0] * 40})
    design = SurveyDesign(strata="g")
    row = proportion(drawn, "hit", design).table.iloc[0]
    assert row["se"] == pytest.approx(0, abs=1e-15)
    assert (row["low"], row["high"]) == pytest.approx((0.1003022, 0.3371831), abs=1e-7)
    for interval in ("t", "logit", "beta", "asin", "wilson"):
        other = proportion(drawn, "hit", design, interval=interval).table.iloc[0]
        assert (other["low"], other["high"]) == pytest.approx((0.2, 0.2))


def test_an_interval_that_goes_beyond_the_arcsine_scale_ends_at_0():
    # asin √.02 = .1419, and t(14)·se/(2√(p(1 − p))) = 2.1448·.02/.28 = .1532 is more
    low, high = bounds("asin", 0.02, 0.02, 14, 183)
    assert low == 0
    assert high == pytest.approx(np.sin(0.1419 + 0.1532) ** 2, abs=1e-4)
