"""What many tests and intervals at once must pay for: corrections by hand, and intervals that hold together."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import StudyError
from analysis.inference import (
    Census,
    SurveyDesign,
    adjusted,
    differences,
    mean,
    median,
    proportion,
    sidak,
    simultaneous,
    t_tests,
)

FRAME = pd.DataFrame(
    {
        "y": [1.0, 2, 3, 4, 6, 8, 2, 2, 5],
        "hit": [1, 0, 0, 1, 1, 0, 1, 0, 1],
        "g": ["a", "a", "a", "b", "b", "b", "c", "c", "c"],
    }
)
p_values = st.lists(st.floats(0, 1), min_size=1, max_size=12)


def test_holms_procedure_by_hand():
    # .005·4 = .02, .01·3 = .03, .03·2 = .06, and .04·1 no less than the one before it
    assert adjusted([0.01, 0.04, 0.03, 0.005])["p_adjusted"].tolist() == pytest.approx([0.03, 0.06, 0.06, 0.02])


def test_benjamini_and_hochbergs_procedure_by_hand():
    # .04·4/4, .03·4/3 = .04, .01·4/2 = .02, .005·4/1 = .02
    made = adjusted([0.01, 0.04, 0.03, 0.005], "bh")["p_adjusted"]
    assert made.tolist() == pytest.approx([0.02, 0.04, 0.04, 0.02])


def test_the_fifteen_hypotheses_of_benjamini_and_hochberg():
    # Benjamini & Hochberg (1995), § 3.2: at .05 four are rejected, and three by Bonferroni's method
    p = [
        0.0001,
        0.0004,
        0.0019,
        0.0095,
        0.0201,
        0.0278,
        0.0298,
        0.0344,
        0.0459,
        0.3240,
        0.4262,
        0.5719,
        0.6528,
        0.7590,
        1,
    ]
    assert (adjusted(p, "bh")["p_adjusted"] <= 0.05).sum() == 4
    assert (adjusted(p, "holm")["p_adjusted"] <= 0.05).sum() == 3


@given(p_values)
def test_an_adjusted_p_is_never_smaller_and_keeps_the_order(p):
    for method in ("holm", "bh"):
        table = adjusted(p, method)
        assert table["p"].tolist() == p
        assert (table["p_adjusted"] >= table["p"] - 1e-15).all()
        assert (table["p_adjusted"] <= 1).all()
        assert table.sort_values(["p", "p_adjusted"])["p_adjusted"].is_monotonic_increasing
    assert (adjusted(p, "bh")["p_adjusted"] <= adjusted(p)["p_adjusted"] + 1e-15).all()


def test_a_missing_p_is_no_part_of_the_family():
    made = adjusted(pd.Series([0.02, np.nan, 0.03], index=["x", "y", "z"]))["p_adjusted"]
    assert made.index.tolist() == ["x", "y", "z"]
    assert made.tolist() == pytest.approx([0.04, np.nan, 0.04], nan_ok=True)
    assert adjusted([np.nan])["p_adjusted"].isna().all()


def test_a_table_keeps_its_columns():
    table = pd.DataFrame({"term": ["age", "sex"], "p": [0.01, 0.2]})
    assert adjusted(table).columns.tolist() == ["term", "p", "p_adjusted"]


def test_a_t_test_of_each_estimate():
    # of a simple random sample the t test of a mean that it is 0: scipy's
    row = t_tests(mean(FRAME, "y", SurveyDesign())).iloc[0]
    plain = stats.ttest_1samp(FRAME["y"], 0)
    assert (row["statistic"], row["p"], row["df"]) == pytest.approx((plain.statistic, plain.pvalue, 8))
    assert row["p_adjusted"] == row["p"]


def test_without_degrees_of_freedom_there_is_no_p():
    lonely = FRAME.assign(c=1)
    assert t_tests(mean(lonely, "y", SurveyDesign(clusters="c", lonely="certainty")))["p"].isna().all()
    assert t_tests(mean(FRAME, "y", Census()))["p"].isna().all()


def test_all_pairs_are_compared():
    made = differences(mean(FRAME, "y", SurveyDesign(), "g"))
    assert made.table["contrast"].tolist() == ["b − a", "c − a", "c − b"]
    assert made.table["estimate"].tolist() == pytest.approx([4, 1, -3])
    assert t_tests(made).columns.tolist() == ["contrast", "estimate", "se", "statistic", "df", "p", "p_adjusted"]


def test_pairs_without_an_estimate_are_left_out():
    frame = FRAME.assign(y=FRAME["y"].where(FRAME["g"] != "b"))
    made = differences(mean(frame, "y", SurveyDesign(), "g"))
    assert made.table["contrast"].tolist() == ["c − a"]
    assert np.isfinite(made.table["se"]).all()


def test_a_single_estimate_has_no_pair():
    with pytest.raises(StudyError) as error:
        differences(mean(FRAME, "y", SurveyDesign()))
    assert error.value.key == "pairs_none"


def test_simultaneous_intervals_are_those_at_sidaks_level():
    made = mean(FRAME, "y", SurveyDesign(), "g")
    table = simultaneous(made).table
    each = 0.95 ** (1 / 3)
    quantile = stats.t.ppf((1 + each) / 2, made.table["df"])
    assert table["high"].tolist() == pytest.approx((made.table["estimate"] + quantile * made.table["se"]).tolist())
    assert table["coverage"].tolist() == pytest.approx([each] * 3)
    assert table["interval"].tolist() == ["t"] * 3


def test_of_one_interval_nothing_changes():
    made = proportion(FRAME, "hit", SurveyDesign())
    pd.testing.assert_frame_equal(simultaneous(made).table, made.table)


def test_proportions_keep_their_kind_of_interval():
    table = simultaneous(proportion(FRAME, "hit", SurveyDesign(), "g")).table
    plain = proportion(FRAME, "hit", SurveyDesign(), "g", level=sidak(0.95, 3)).table
    pd.testing.assert_frame_equal(table, plain)


def test_a_census_has_no_simultaneous_interval_either():
    made = mean(FRAME, "y", Census(), "g")
    pd.testing.assert_frame_equal(simultaneous(made).table, made.table)


def test_woodruffs_interval_must_be_asked_for_at_its_level():
    with pytest.raises(StudyError, match=r"level=0\.983048"):
        simultaneous(median(pd.concat([FRAME] * 9, ignore_index=True), "y", SurveyDesign(), "g"))


@given(st.floats(0.5, 0.999), st.integers(1, 500))
def test_sidaks_level_is_between_the_level_and_bonferronis(level, count):
    assert level - 1e-12 <= sidak(level, count) <= 1 - (1 - level) / count + 1e-12


def test_simultaneous_intervals_hold_together_as_often_as_they_say():
    # ten means of independent groups: all intervals hold in 95 % of samples, give or take three standard errors of 400
    rng, hits = np.random.default_rng(41), 0
    group = np.repeat(np.arange(10), 20)
    for _ in range(400):
        table = simultaneous(
            mean(pd.DataFrame({"y": rng.normal(size=200), "g": group}), "y", SurveyDesign(), "g")
        ).table
        hits += bool(((table["low"] <= 0) & (table["high"] >= 0)).all())
    assert abs(hits / 400 - 0.95) < 3 * np.sqrt(0.95 * 0.05 / 400)


@pytest.mark.parametrize("p", [[-0.1], [0.5, 1.2], [2.0]])
def test_what_is_no_probability_is_refused(p):
    with pytest.raises(StudyError) as error:
        adjusted(p)
    assert error.value.key == "p_outside"


def test_an_unknown_method_is_refused():
    with pytest.raises(StudyError, match="Did you mean 'holm'"):
        adjusted([0.1], "hulm")
