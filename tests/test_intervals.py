"""Wilson's interval against published values.

METHODS §7, and Newcombe, R. G. (1998), Statistics in Medicine 17: 857–872, Table I, method 3.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.inference.intervals import wilson

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
