"""Reliability of scales. Golden values: METHODS §5; R's psych and lavaan answer in tests/agreement/reliability.py."""

import warnings
from math import erfc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import Census, ResampledDesign, SurveyDesign
from analysis.satisfaction import factor, scales

SRS = SurveyDesign()
few = settings(max_examples=15)
ABC = ["a", "b", "c"]
GOLDEN = pd.DataFrame({"a": [4, 3, 5, 2, 4], "b": [5, 3, 5, 3, 4], "c": [4, 4, 5, 2, 3]})
"""METHODS §5: alpha .9130."""


def value(made):
    """The only estimate of a call."""
    (row,) = made.table.to_dict("records")
    return row["estimate"]


def with_correlations(correlations, rows=60, seed=0):
    """A frame whose columns have exactly these correlations, with divisor n, mean 0 and variance 1."""
    size = len(correlations)
    drawn = np.random.default_rng(seed).normal(size=(rows, size))
    drawn -= drawn.mean(axis=0)
    white = drawn @ np.linalg.inv(np.linalg.cholesky(np.cov(drawn.T, ddof=0))).T
    return pd.DataFrame(white @ np.linalg.cholesky(np.array(correlations)).T, columns=list("abcdefgh")[:size])


def one_factor(*loadings):
    """The correlations that one factor leaves of items with these loadings."""
    loading = np.array(loadings)
    table = np.outer(loading, loading)
    np.fill_diagonal(table, 1)
    return table


def drawn(rows=120, seed=1):
    """Answers from 1 to 5 to four items that share a factor, in three groups, with weights and clusters."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=rows)
    answers = {
        name: np.clip(np.round(3 + 0.8 * factor + rng.normal(0, 0.9, rows)), 1, 5) for name in ("a", "b", "c", "d")
    }
    place = rng.integers(0, 12, rows)
    return pd.DataFrame(answers).assign(w=rng.uniform(1, 3, rows), g=place % 3, cluster=place)


# Cronbach's alpha


def test_the_golden_alpha_is_0_9130():
    assert round(value(scales.cronbach_alpha(GOLDEN, ABC, SRS)), 4) == 0.9130
    variances, total = GOLDEN.var(), GOLDEN.sum(axis=1).var()
    assert value(scales.cronbach_alpha(GOLDEN, ABC, SRS)) == pytest.approx(3 / 2 * (1 - variances.sum() / total))


def test_alpha_of_equal_items_is_one():
    frame = GOLDEN.assign(b=GOLDEN["a"], c=GOLDEN["a"])
    assert value(scales.cronbach_alpha(frame, ABC, SRS)) == pytest.approx(1)


def test_alpha_of_two_items_coded_in_opposite_directions_is_negative_and_not_hidden():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [5, 4, 3, 1, 2]})
    # variances 2.5 and 2.5; the sums 6, 6, 6, 5, 7 have 0.5: 2(1 − 5/0.5)
    assert value(scales.cronbach_alpha(frame, ["a", "b"], SRS)) == pytest.approx(-18)


def test_alpha_of_one_item_is_missing_with_a_reason():
    row = scales.cronbach_alpha(GOLDEN, ["a"], SRS).table.iloc[0]
    assert np.isnan(row["estimate"])
    assert row["reason"] == "items_few"


def test_alpha_where_nobody_differs_is_missing_with_a_reason():
    frame = pd.DataFrame({"a": [3, 3, 3], "b": [4, 4, 4]})
    row = scales.cronbach_alpha(frame, ["a", "b"], SRS).table.iloc[0]
    assert (row["reason"], np.isnan(row["estimate"])) == ("no_variance", True)


def test_a_respondent_who_left_an_item_out_is_not_in_the_base():
    more = pd.concat([GOLDEN, pd.DataFrame({"a": [1.0], "b": [np.nan], "c": [5.0]})], ignore_index=True)
    made = scales.cronbach_alpha(more, ABC, SRS).table.iloc[0]
    assert made["estimate"] == value(scales.cronbach_alpha(GOLDEN, ABC, SRS))
    assert (made["n"], made["excluded"]) == (5, "b not_recorded 1")


def test_whole_weights_are_repeated_rows():
    weights = [1, 2, 3, 1, 2]
    repeated = GOLDEN.loc[GOLDEN.index.repeat(weights)].reset_index(drop=True)
    weighted = value(scales.cronbach_alpha(GOLDEN.assign(w=weights), ABC, SurveyDesign(weights="w")))
    assert weighted == pytest.approx(value(scales.cronbach_alpha(repeated, ABC, SRS)), rel=1e-12)


def test_each_group_has_the_alpha_of_its_own_rows():
    frame = drawn()
    table = scales.cronbach_alpha(frame, ["a", "b", "c", "d"], SurveyDesign(weights="w"), "g").table.set_index("g")
    for group, rows in frame.groupby("g"):
        alone = scales.cronbach_alpha(rows.reset_index(drop=True), ["a", "b", "c", "d"], SurveyDesign(weights="w"))
        assert table.loc[group, "estimate"] == pytest.approx(value(alone), rel=1e-12)


def test_the_interval_stays_below_one():
    row = scales.cronbach_alpha(GOLDEN, ABC, SRS).table.iloc[0]
    assert row["low"] < row["estimate"] < row["high"] < 1
    assert row["interval"] == "complementary_log"


def test_a_census_has_no_interval():
    row = scales.cronbach_alpha(GOLDEN, ABC, Census()).table.iloc[0]
    assert (row["interval"], np.isnan(row["low"])) == ("census", True)


@few
@given(shift=st.floats(-50, 50), factor=st.floats(0.1, 20))
def test_alpha_does_not_depend_on_the_unit_of_all_items(shift, factor):
    expected = value(scales.cronbach_alpha(GOLDEN, ABC, SRS))
    assert value(scales.cronbach_alpha(GOLDEN * factor + shift, ABC, SRS)) == pytest.approx(expected, rel=1e-8)


def test_alpha_without_an_item_is_that_of_the_others():
    table = scales.alpha_without(GOLDEN, ABC, SRS).table.set_index("item")["estimate"]
    for item in ABC:
        rest = [other for other in ABC if other != item]
        assert table[item] == pytest.approx(value(scales.cronbach_alpha(GOLDEN, rest, SRS)), rel=1e-12)


# Item and rest


def test_item_rest_is_the_correlation_with_the_sum_of_the_others():
    table = scales.item_rest(GOLDEN, ABC, SRS).table.set_index("item")["estimate"]
    for item in ABC:
        rest = GOLDEN.drop(columns=item).sum(axis=1)
        assert table[item] == pytest.approx(GOLDEN[item].corr(rest), rel=1e-12)


def test_a_reversed_item_has_a_negative_correlation_and_the_others_keep_their_sign():
    frame = drawn()
    frame["b"] = 6 - frame["b"]
    table = scales.item_rest(frame, ["a", "b", "c", "d"], SRS).table.set_index("item")["estimate"]
    assert table["b"] < 0 < table[["a", "c", "d"]].min()


def test_an_item_that_does_not_vary_has_none_with_a_reason():
    frame = GOLDEN.assign(b=3)
    table = scales.item_rest(frame, ABC, SRS).table.set_index("item")
    assert table["reason"].to_dict() == {"a": "", "b": "no_variance", "c": ""}


# Omega


def test_the_golden_omega_is_0_7424():
    made = scales.omega(with_correlations(one_factor(0.7, 0.7, 0.7)), ABC, SRS)
    assert value(made) == pytest.approx(4.41 / (4.41 + 3 * 0.51), rel=1e-9)  # (3·.7)² = 4.41
    assert round(value(made), 4) == 0.7424


def test_exact_loadings_come_back():
    truth = [0.5, 0.8, 0.6, 0.9]
    made = scales.loadings(with_correlations(one_factor(*truth)), list("abcd"), SRS).table
    assert made["estimate"].to_numpy() == pytest.approx(truth, rel=1e-9)


def test_loadings_of_a_mostly_negative_item_keep_the_sum_positive():
    made = scales.loadings(with_correlations(one_factor(0.8, -0.6, 0.7, 0.5)), list("abcd"), SRS).table
    assert made["estimate"].to_numpy() == pytest.approx([0.8, -0.6, 0.7, 0.5], rel=1e-9)


def test_the_solution_solves_the_likelihood_equations_to_rounding():
    correlations = drawn()[["a", "b", "c", "d"]].corr().to_numpy()
    solution = factor._solution(correlations)
    assert np.abs(factor._slopes(solution.estimates, correlations)).max() < 1e-13


def test_omega_of_two_items_is_missing_with_a_reason():
    row = scales.omega(GOLDEN, ["a", "b"], SRS).table.iloc[0]
    assert (row["reason"], np.isnan(row["estimate"])) == ("items_few", True)


def test_a_heywood_case_is_missing_with_a_reason_and_never_a_number():
    # r₁₂ r₁₃ / r₂₃ = .9·.8/.6 = 1.2: the first item would have more variance in common than it has
    correlations = [[1, 0.9, 0.8], [0.9, 1, 0.6], [0.8, 0.6, 1]]
    row = scales.omega(with_correlations(correlations), ABC, SRS).table.iloc[0]
    assert (row["reason"], np.isnan(row["estimate"])) == ("improper", True)
    assert set(scales.loadings(with_correlations(correlations), ABC, SRS).table["reason"]) == {"improper"}


def test_items_with_nothing_in_common_have_no_factor():
    row = scales.omega(with_correlations(np.eye(3)), ABC, SRS).table.iloc[0]
    assert (row["reason"], np.isnan(row["estimate"])) == ("improper", True)


def test_omega_of_parallel_items_is_alpha():
    frame = with_correlations(one_factor(0.6, 0.6, 0.6, 0.6))
    alpha, omega = (value(call(frame, list("abcd"), SRS)) for call in (scales.cronbach_alpha, scales.omega))
    assert omega == pytest.approx(alpha, rel=1e-9)


# Errors


@pytest.mark.parametrize(
    "call", [scales.cronbach_alpha, scales.omega, scales.sampling_adequacy], ids=lambda call: call.__name__
)
def test_the_linearised_error_is_near_the_jackknife_s_under_weights_and_clusters(call):
    frame, design = drawn(600, 3), SurveyDesign(weights="w", clusters="cluster")
    items = ["a", "b", "c", "d"]
    linear, jackknife = (call(frame, items, one).table for one in (design, ResampledDesign(design, "JK1")))
    assert linear["estimate"].iloc[0] == pytest.approx(jackknife["estimate"].iloc[0], rel=1e-12)
    assert linear["se"].iloc[0] == pytest.approx(jackknife["se"].iloc[0], rel=0.1)


def test_normal_answers_have_the_error_of_alpha_that_is_known_for_them():
    # parallel normal items: var(α̂) ≈ 2k(1 − α)²/((k − 1)n) (Bonett 2002; van Zyl, Neudecker & Nel 2000)
    rng, rows, k = np.random.default_rng(8), 20_000, 4
    frame = pd.DataFrame(rng.normal(size=(rows, 1)) + rng.normal(size=(rows, k)), columns=list("abcd"))
    row = scales.cronbach_alpha(frame, list("abcd"), SRS).table.iloc[0]
    expected = (1 - row["estimate"]) * np.sqrt(2 * k / ((k - 1) * rows))
    assert row["se"] == pytest.approx(expected, rel=0.03)


# Adequacy


def test_kmo_of_three_equal_correlations_is_by_hand():
    # r = .5: partial (.5 − .25)/(1 − .25) = 1/3, so .25/(.25 + 1/9) = 9/13
    made = scales.sampling_adequacy(with_correlations(one_factor(*[np.sqrt(0.5)] * 3)), ABC, SRS)
    assert value(made) == pytest.approx(9 / 13, rel=1e-9)


def test_bartlett_is_by_hand():
    # |R| = 1 − 3·.25 + 2·.125 = .5, n = 60, p = 3: (59 − 11/6) ln 2 = 39.6249
    made = scales.sphericity(with_correlations(one_factor(*[np.sqrt(0.5)] * 3)), ABC, SRS).table.set_index("measure")
    assert made.loc["bartlett_chi_square", "estimate"] == pytest.approx((59 - 11 / 6) * np.log(2), rel=1e-9)
    assert made.loc["bartlett_chi_square", "df"] == 3
    x = (59 - 11 / 6) * np.log(2)  # with three degrees of freedom the tail has a closed form
    tail = erfc(np.sqrt(x / 2)) + np.sqrt(2 * x / np.pi) * np.exp(-x / 2)
    assert made.loc["bartlett_p", "estimate"] == pytest.approx(tail, rel=1e-6)


def test_bartlett_of_uncorrelated_items_says_nothing_is_there():
    made = scales.sphericity(with_correlations(np.eye(3)), ABC, SRS).table.set_index("measure")["estimate"]
    assert made["bartlett_chi_square"] == pytest.approx(0, abs=1e-9)
    assert made["bartlett_p"] == pytest.approx(1)


@pytest.mark.parametrize("call", [scales.sampling_adequacy, scales.sphericity], ids=lambda call: call.__name__)
@pytest.mark.parametrize("third", [[4, 3, 5, 2, 4], [3, 3, 3, 3, 3]], ids=["a copy", "a constant"])
def test_singular_correlations_are_missing_with_a_reason_and_without_a_warning(call, third):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = call(GOLDEN.assign(c=third), ABC, SRS).table
    assert table["estimate"].isna().all()
    assert set(table["reason"]) == {"singular"}


def test_a_group_with_singular_correlations_leaves_the_others_their_own():
    frame = drawn()
    frame.loc[frame["g"] == 1, "b"] = frame.loc[frame["g"] == 1, "a"]
    table = scales.sampling_adequacy(frame, ABC, SRS, "g").table.set_index("g")
    assert table["reason"].to_dict() == {0: "", 1: "singular", 2: ""}


# Partial correlations


def test_a_partial_correlation_is_that_of_what_the_others_leave():
    frame = drawn()
    table = scales.partial_correlations(frame, ABC, "d", SRS).table.set_index("item")["estimate"]
    for item in ABC:
        rest = np.column_stack([np.ones(len(frame)), frame[[other for other in ABC if other != item]]])
        left = [frame[name] - rest @ np.linalg.lstsq(rest, frame[name], rcond=None)[0] for name in (item, "d")]
        assert table[item] == pytest.approx(np.corrcoef(*left)[0, 1], rel=1e-9)


def test_text_is_no_item():
    with pytest.raises(StudyError) as refused:
        scales.cronbach_alpha(GOLDEN.assign(b=["very", "not", "very", "not", "so"]), ABC, SRS)
    assert refused.value.key == "column_not_numeric"
