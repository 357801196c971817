"""What a call of the kernel gives: rows, reasons, covariance, contrasts; counted by hand unless a source is named."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import Census, SurveyDesign, joined, mean, proportion, ratio, total
from analysis.inference.sample import smooth

SIMPLE = SurveyDesign()


def frame(**columns):
    return pd.DataFrame(columns)


# Rows


def test_a_domain_with_a_missing_key_is_a_row_of_its_own():
    made = mean(frame(y=[1, 3, 5, 7], g=["a", "a", None, "b"]), "y", SIMPLE, by=["g"]).table
    assert made["g"].tolist() == ["a", "b", "unknown"]
    assert made["estimate"].tolist() == [2, 7, 5]
    assert made["n"].tolist() == [2, 1, 1]


def test_integer_keys_stay_numbers_and_categories_keep_their_order():
    ordered = pd.Categorical(["low", "high", "low"], categories=["low", "high"])
    made = mean(frame(y=[1, 2, 3], year=[2018, 2015, 2018], rank=ordered), "y", SIMPLE, by=["rank", "year"]).table
    assert made[["rank", "year"]].to_numpy().tolist() == [["low", 2018], ["high", 2015]]


def test_several_keys_give_the_combinations_that_occur():
    rows = frame(y=[1, 2, 3], g=["b", "a", "b"], h=[2, 1, 1])
    made = mean(rows, "y", SIMPLE, by=["g", "h"]).table
    assert made[["g", "h", "estimate"]].to_numpy().tolist() == [["a", 1, 2], ["b", 1, 3], ["b", 2, 1]]


def test_missing_answers_leave_the_base_and_are_counted_by_their_reason():
    rows = frame(y=[1.0, np.nan, np.nan, 3.0], y_missing=[None, "refused", "dont_know", None], g=["a", "a", "b", "b"])
    made = mean(rows, "y", SIMPLE, by=["g"]).table
    assert made["n"].tolist() == [1, 1]
    assert made["excluded"].tolist() == ["y refused 1", "y dont_know 1"]


def test_a_missing_answer_without_a_reason_counts_as_not_recorded():
    assert mean(frame(y=[1.0, np.nan]), "y", SIMPLE).table["excluded"].tolist() == ["y not_recorded 1"]


def test_a_domain_in_which_all_answers_are_missing_has_no_estimate_and_says_why():
    made = mean(frame(y=[1.0, np.nan, 3.0], g=["a", "b", "a"]), "y", SIMPLE, by=["g"]).table.set_index("g")
    assert np.isnan(made.loc["b", "estimate"])
    assert made.loc["b", "reason"] == "empty_base"
    assert made.loc["a", "reason"] == ""


def test_rows_that_weigh_nothing_do_not_count_in_n():
    made = mean(frame(y=[1, 2, 9], w=[1, 1, 0]), "y", SurveyDesign(weights="w")).table.iloc[0]
    assert (made["estimate"], made["n"]) == (1.5, 2)


def test_a_census_has_neither_error_nor_interval():
    made = mean(frame(y=[1, 2, 6]), "y", Census()).table.iloc[0]
    assert (made["estimate"], made["interval"], made["reliability"]) == (3, "census", "")
    assert made[["se", "low", "high", "df"]].isna().all()


def test_one_unit_has_an_estimate_and_no_error():
    made = mean(frame(y=[4.0, 5.0], c=[1, 1]), "y", SurveyDesign(clusters="c", lonely="certainty")).table.iloc[0]
    assert made["estimate"] == 4.5
    assert made[["se", "low", "high"]].isna().all()
    assert made["interval"] == "none"


def test_a_domain_in_one_cluster_has_no_interval_of_any_width():
    rows = frame(y=[1, 2, 4, 8], c=[1, 1, 2, 3], g=["a", "a", "b", "b"])
    made = mean(rows, "y", SurveyDesign(clusters="c"), by=["g"]).table
    assert made["df"].tolist() == [0, 1]
    assert made["low"].isna().tolist() == [True, False]


def test_the_mean_of_a_simple_random_sample_has_the_textbook_error():
    # s² = 14/3 for 1, 2, 3, 6; with N = 8, se² = (1 − 4/8)·s²/4 = 7/12
    made = mean(frame(y=[1, 2, 3, 6], size=[8] * 4), "y", SurveyDesign(fpc="size")).table.iloc[0]
    assert (made["estimate"], made["se"] ** 2) == pytest.approx((3, 7 / 12))
    assert total(frame(y=[1, 2, 3, 6], size=[8] * 4), "y", SurveyDesign(fpc="size")).table["estimate"].iloc[0] == 24


def test_shares_by_level_stand_beside_the_rows_that_they_count():
    made = proportion(frame(kind=["x", "y", "x", None]), "kind", SIMPLE).table.set_index("kind")
    assert made["estimate"].to_dict() == pytest.approx({"x": 2 / 3, "y": 1 / 3})
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[2, 3], [1, 3]]
    assert made["excluded"].tolist() == ["kind not_recorded 1"] * 2


def test_a_boolean_column_with_missing_values_is_a_share():
    answers = pd.array([True, False, None, True], dtype="boolean")
    assert proportion(frame(yes=answers), "yes", SIMPLE).table["estimate"].iloc[0] == pytest.approx(2 / 3)


def test_the_interval_on_the_log_scale_is_as_far_in_factors_on_both_sides():
    # 1, 2, 3, 6: mean 3, se √(7/6), t(3) = 3.182446: exp(±3.182446·1.080123/3) = 3.1452
    made = mean(frame(y=[1, 2, 3, 6]), "y", SIMPLE, interval="log").table.iloc[0]
    assert made[["low", "high"]].tolist() == pytest.approx([3 / 3.1452, 3 * 3.1452], rel=1e-4)


def test_the_interval_on_the_log_scale_is_missing_where_the_mean_is_not_positive():
    made = mean(frame(y=[-1.0, -2.0, 4.0, -3.0]), "y", SIMPLE, interval="log").table.iloc[0]
    assert made["estimate"] == -0.5
    assert (made["interval"], np.isnan(made["low"])) == ("none", True)


# Bad input


@pytest.mark.parametrize(
    ("call", "key", "facts"),
    [
        (lambda f: mean(f, "yy", SIMPLE), "column_absent", {"column": "yy", "nearest": "y"}),
        (lambda f: mean(f, "word", SIMPLE), "column_not_numeric", {"column": "word", "values": "a, b"}),
        (lambda f: mean(f, "y", SIMPLE, by=["gg"]), "column_absent", {"column": "gg", "nearest": "g"}),
        (lambda f: mean(f, "endless", SIMPLE), "column_infinite", {"count": 1, "rows": "1"}),
        (lambda f: mean(f, "y", SIMPLE, where=f["y"] > 99), "where_empty", {"total": 2}),
        (lambda f: mean(f, "y", SIMPLE, where=np.array([True])), "where_length", {"found": 1, "expected": 2}),
        (lambda f: mean(f, "y", SIMPLE, by=["kind"]), "domain_empty", {"column": "kind", "count": 1, "list": "z"}),
        (lambda f: proportion(f, "kind", SIMPLE), "domain_empty", {"column": "kind", "count": 1, "list": "z"}),
        (lambda f: proportion(f, "nothing", SIMPLE), "column_all_missing", {"column": "nothing", "count": 2}),
        (lambda f: proportion(f, "y", SIMPLE, interval="logits"), "interval_unknown", {"nearest": "logit"}),
        (lambda f: mean(f, "y", SIMPLE, by=["unit"]), "column_reserved", {"column": "unit"}),
        (lambda f: proportion(f, "unit", SIMPLE), "column_reserved", {"column": "unit"}),
        (lambda f: mean(f.iloc[:0], "y", SIMPLE), "frame_empty", {}),
        (lambda f: mean(f.copy(), "y", SIMPLE.sample(f)), "sample_of_another_frame", {"rows": 2, "expected": 2}),
        (lambda f: mean(f, "y", SIMPLE).contrast([1, -1]), "contrast_length", {"found": 2, "expected": 1}),
        (lambda f: joined([mean(f, "y", SIMPLE), mean(f, "y", Census())]), "not_one_sample", {"count": 2}),
    ],
)
def test_bad_input_is_refused_with_the_place_and_the_way_out(call, key, facts):
    rows = frame(
        y=[1, 2],
        g=["a", "b"],
        word=["a", "b"],
        endless=[1, np.inf],
        unit=["a", "b"],
        kind=pd.Categorical(["x", "y"], categories=["x", "y", "z"]),
        nothing=pd.Series([None, None], dtype="str"),
    )
    with pytest.raises(StudyError) as refused:
        call(rows)
    assert refused.value.key == key
    assert {name: refused.value.facts[name] for name in facts} == facts
    for language in ("zh", "en"):
        assert len(refused.value.text(language).splitlines()) == 3


# Covariance, contrasts, tests

CLUSTERED = SurveyDesign(weights="w", strata="h", clusters="c")


def clustered():
    random = np.random.default_rng(7)
    cluster = np.repeat(np.arange(12), 5)
    return frame(
        c=cluster,
        h=cluster // 4,
        w=random.uniform(1, 3, 60),
        y=random.normal(50, 9, 60),
        x=random.uniform(5, 9, 60),
        g=random.choice(["a", "b", "c"], 60),
    )


def test_the_covariance_has_the_variances_on_its_diagonal():
    made = mean(clustered(), "y", CLUSTERED, by=["g"])
    assert np.diag(made.covariance()) == pytest.approx((made.table["se"] ** 2).to_list(), rel=1e-10)


def test_the_difference_of_two_domains_takes_their_covariance_into_account():
    made = mean(clustered(), "y", CLUSTERED, by=["g"])
    covariance = made.covariance()
    difference = made.contrast({"a less b": [1, -1, 0]}).table.iloc[0]
    assert difference["contrast"] == "a less b"
    assert difference["se"] ** 2 == pytest.approx(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    assert difference["df"] == 12 - 3


def test_a_ratio_of_two_totals_is_the_ratio_and_has_its_error():
    rows = clustered()
    totals = joined([total(rows, "y", CLUSTERED), total(rows, "x", CLUSTERED)])
    by_contrast = totals.contrast(lambda t: t[0] / t[1]).table.iloc[0]
    direct = ratio(rows, "y", "x", CLUSTERED).table.iloc[0]
    assert by_contrast[["estimate", "se"]].tolist() == pytest.approx(direct[["estimate", "se"]].tolist(), rel=1e-10)


def test_a_ratio_is_that_of_its_totals_in_every_domain():
    rows = clustered()
    made = ratio(rows, "y", "x", CLUSTERED, by=["g"]).table
    whole = rows.assign(wy=rows["w"] * rows["y"], wx=rows["w"] * rows["x"]).groupby("g")[["wy", "wx"]].sum()
    assert made["estimate"].to_list() == pytest.approx((whole["wy"] / whole["wx"]).to_list())


def test_a_contrast_can_be_contrasted_again():
    made = mean(clustered(), "y", CLUSTERED, by=["g"])
    steps = made.contrast({"ab": [1, -1, 0], "bc": [0, 1, -1]}).contrast([1, 1]).table.iloc[0]
    direct = made.contrast([1, 0, -1]).table.iloc[0]
    assert steps[["estimate", "se"]].tolist() == pytest.approx(direct[["estimate", "se"]].tolist(), rel=1e-10)


def test_walds_test_of_one_difference_is_the_square_of_its_t():
    made = mean(clustered(), "y", CLUSTERED, by=["g"])
    difference = made.contrast([1, -1, 0]).table.iloc[0]
    tested = made.wald([[1, -1, 0]])
    assert tested["statistic"] == pytest.approx((difference["estimate"] / difference["se"]) ** 2)
    assert (tested["df"], tested["denominator_df"]) == (1, 9)


def test_what_was_coded_once_gives_the_same_numbers():
    rows = clustered()
    sample = CLUSTERED.sample(rows)
    for by in ([], ["g"]):
        pd.testing.assert_frame_equal(mean(rows, "y", sample, by).table, mean(rows, "y", CLUSTERED, by).table)


def test_a_new_statistic_is_a_function_of_parts():
    # the coefficient of variation is a function of two means, so the delta method on their covariance has to give the same
    from analysis.inference.estimates import base_of, estimated

    rows = clustered().assign(y2=lambda f: f["y"] ** 2)
    base, (y,) = base_of(rows, CLUSTERED, ["y"])

    def variation(b):
        return [smooth(lambda n, s, q: np.sqrt(q / n - (s / n) ** 2) / (s / n), b.size, b.total(y), b.total(y**2))]

    made = estimated(base, variation, measure="variation").table.iloc[0]
    two = joined([mean(rows, "y", CLUSTERED), mean(rows, "y2", CLUSTERED)])
    delta = two.contrast(lambda m: np.sqrt(m[1] - m[0] ** 2) / m[0]).table.iloc[0]
    assert made[["estimate", "se"]].tolist() == pytest.approx(delta[["estimate", "se"]].tolist(), rel=1e-8)


@settings(max_examples=25)
@given(st.floats(-1e9, 1e9), st.floats(0.01, 100))
def test_an_error_keeps_its_digits_far_from_zero(offset, scale):
    rows = clustered()
    moved = rows.assign(y=rows["y"] * scale + offset)
    se = mean(moved, "y", CLUSTERED, by=["g"]).table["se"]
    assert se.to_list() == pytest.approx((mean(rows, "y", CLUSTERED, by=["g"]).table["se"] * scale).to_list(), rel=1e-5)
