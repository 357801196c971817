"""Quantiles: hand counts, numpy's for equal weights, and what must not change them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import Census, SurveyDesign, joined, median, proportion, quantile
from analysis.inference.sample import Sample
from analysis.inference.variance import Replicated

WEIGHTED = SurveyDesign(weights="w")
EIGHTHS = [place / 8 for place in range(1, 8)]
"""Probabilities that binary numbers hold exactly."""

values = st.lists(st.integers(-5, 5), min_size=3, max_size=40)
rows = st.lists(st.tuples(st.integers(-5, 5), st.integers(1, 9)), min_size=3, max_size=30)


def frame(y, w=None):
    return pd.DataFrame({"y": y, "w": np.ones(len(y)) if w is None else w})


def found(made):
    return made.table["estimate"].tolist()


def test_the_median_of_an_even_number_is_the_middle_of_the_two_in_the_middle():
    assert found(median(frame([4, 1, 3, 2]), "y", SurveyDesign())) == [2.5]


def test_the_lower_rule_takes_the_smaller_of_the_two():
    assert found(median(frame([4, 1, 3, 2]), "y", SurveyDesign(), rule="lower")) == [2]


def test_weights_count_as_rows_would():
    # weights 1, 1, 2: the distribution function is 1/4, 1/2, 1, so that one half is reached at 2 and left at 3
    assert found(median(frame([1, 2, 3], [1, 1, 2]), "y", WEIGHTED)) == [2.5]
    assert found(median(frame([1, 2, 3], [1, 1, 3]), "y", WEIGHTED)) == [3]


def test_missing_values_are_not_in_the_base():
    made = median(frame([1, np.nan, 2, 9]), "y", SurveyDesign())
    assert found(made) == [2]
    assert made.table["n"].tolist() == [3]


def test_a_row_that_weighs_nothing_is_no_end_of_a_flat():
    assert found(median(frame([1, 2, 3, 4], [1, 0, 1, 0]), "y", WEIGHTED)) == [2]


@given(values)
def test_equal_weights_give_the_averaged_inverse_of_the_distribution_function(y):
    for rule, method in (("middle", "averaged_inverted_cdf"), ("lower", "inverted_cdf")):
        made = quantile(frame(y), "y", SurveyDesign(), probabilities=EIGHTHS, rule=rule)
        assert found(made) == np.quantile(y, EIGHTHS, method=method).tolist()


@given(rows, st.sampled_from([1e-7, 0.1, 1 / 3, 30.97, 1e9]))
def test_the_scale_of_the_weights_does_not_matter(drawn, scale):
    y, w = np.array(drawn, dtype=float).T
    every = [place / 10 for place in range(1, 10)]
    before, after = (
        quantile(frame(y, weights), "y", WEIGHTED, probabilities=every).table for weights in (w, w * scale)
    )
    columns = ["estimate", "se", "low", "high"]
    assert after["estimate"].tolist() == before["estimate"].tolist()
    np.testing.assert_allclose(after[columns], before[columns], rtol=1e-9)


@given(rows)
def test_splitting_a_row_in_two_changes_no_quantile(drawn):
    y, w = np.array(drawn, dtype=float).T
    split = frame([*y, y[0]], [w[0] / 3, *w[1:], 2 * w[0] / 3])
    probabilities = [0.1, 0.25, 0.5, 0.9]
    made = quantile(split, "y", WEIGHTED, probabilities=probabilities)
    assert found(made) == found(quantile(frame(y, w), "y", WEIGHTED, probabilities=probabilities))


@given(rows)
def test_the_interval_holds_the_quantile_and_the_error_is_its_width(drawn):
    y, w = np.array(drawn, dtype=float).T
    table = quantile(frame(y, w), "y", WEIGHTED).table
    low, high = table["low"].fillna(-np.inf), table["high"].fillna(np.inf)
    assert ((low <= table["estimate"]) & (table["estimate"] <= high)).all()
    assert (table["se"].isna() == (table["low"].isna() | table["high"].isna())).all()


def test_woodruffs_interval_inverts_that_of_the_distribution_function():
    # 1 … 100: F(50.5) = .5 with error √(.25/99) = .050252; t(99) = 1.984217, so that F's interval is .5 ± .099710.
    # It lies inside the steps from .40 to .41 and from .59 to .60: the bounds are the 41st and the 60th value.
    row = median(frame(np.arange(1, 101)), "y", SurveyDesign()).table.iloc[0]
    assert (row["low"], row["estimate"], row["high"], row["interval"]) == (41, 50.5, 60, "woodruff")
    assert row["se"] == pytest.approx(19 / (2 * 1.984217), rel=1e-6)


def test_domains_are_those_of_each_part():
    rng = np.random.default_rng(20)
    whole = pd.DataFrame({"y": rng.integers(0, 30, 400), "w": rng.uniform(1, 5, 400), "g": rng.integers(0, 7, 400)})
    together = quantile(whole, "y", WEIGHTED, "g").table
    for group in range(7):
        alone = quantile(whole, "y", WEIGHTED, where=whole["g"] == group).table
        columns = ["estimate", "se", "low", "high", "df", "n"]
        np.testing.assert_allclose(together[together["g"] == group][columns], alone[columns], rtol=1e-12)


def test_the_covariance_has_the_errors_on_its_diagonal():
    rng = np.random.default_rng(21)
    made = quantile(frame(rng.normal(size=200), rng.uniform(1, 5, 200)), "y", WEIGHTED)
    covariance = made.covariance()
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), made.table["se"])
    # of the same sample, larger than the median means larger than the quartiles
    assert (covariance > 0).all()


def test_the_median_goes_with_the_mean_and_against_the_share_above_it():
    rng = np.random.default_rng(22)
    drawn = frame(rng.normal(size=400), rng.uniform(1, 5, 400)).assign(above=lambda d: d["y"] > 0)
    sample = WEIGHTED.sample(drawn)
    made = [median(drawn, "y", sample), proportion(drawn, "above", sample)]
    assert joined(made).covariance()[0, 1] > 0


def test_a_jackknife_gives_the_error_of_linearisation():
    # of a mean (here of 1[y ≤ q]) in a simple random sample both are s²/n exactly: Wolter (2007), § 4.2
    y = np.random.default_rng(23).normal(size=30)
    drawn, n = frame(y), 30
    weights = (1 - np.eye(n)) * n / (n - 1)
    replicated = Sample(drawn, np.ones(n), Replicated(weights, (n - 1) / n, np.ones(n), True, n - 1))
    columns = ["estimate", "se", "low", "high", "df"]
    jackknifed, linearised = (median(drawn, "y", design).table for design in (replicated, SurveyDesign()))
    np.testing.assert_allclose(jackknifed[columns].to_numpy(float), linearised[columns].to_numpy(float))


def test_a_bound_beyond_the_sample_is_missing_and_with_it_the_error():
    row = quantile(frame([1, 2, 3, 4]), "y", SurveyDesign(), probabilities=[0.75]).table.iloc[0]
    assert row["estimate"] == 3.5
    assert np.isnan([row["high"], row["se"]]).all()


def test_a_column_of_one_value_has_a_median_and_no_interval():
    row = median(frame([5, 5, 5]), "y", SurveyDesign()).table.iloc[0]
    assert row["estimate"] == 5
    assert np.isnan([row["low"], row["high"], row["se"]]).all()
    assert row["interval"] == "none"


def test_a_census_has_no_interval():
    row = median(frame([1, 2, 3, 4]), "y", Census()).table.iloc[0]
    assert (row["estimate"], row["interval"], row["reliability"]) == (2.5, "census", "")
    assert np.isnan([row["low"], row["high"], row["se"]]).all()


def test_a_domain_without_values_has_no_quantile():
    empty = pd.DataFrame({"y": [1, 2, np.nan], "g": ["a", "a", "b"]})
    table = median(empty, "y", SurveyDesign(), "g").table
    assert table["estimate"].tolist()[0] == 1.5
    assert np.isnan(table["estimate"][1])
    assert table["reason"].tolist() == ["", "empty_base"]


@pytest.mark.parametrize("probabilities", [[0], [0.5, 1], [1.5], [-0.1], [float("nan")], []])
def test_a_probability_outside_0_and_1_is_refused(probabilities):
    with pytest.raises(StudyError) as error:
        quantile(frame([1, 2, 3]), "y", SurveyDesign(), probabilities=probabilities)
    assert error.value.key == "probability_outside"
    assert error.value.text("zh")


def test_an_unknown_rule_is_refused():
    with pytest.raises(StudyError, match="Did you mean 'middle'"):
        median(frame([1, 2, 3]), "y", SurveyDesign(), rule="midle")


def test_text_is_refused():
    with pytest.raises(StudyError) as error:
        median(pd.DataFrame({"y": ["a", "b"]}), "y", SurveyDesign())
    assert error.value.key == "column_not_numeric"
