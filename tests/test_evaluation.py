"""The index of communities. Golden values: METHODS §6 (the project's definitions); others are counted by hand here."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from analysis import evaluation, study
from analysis.errors import StudyError
from analysis.evaluation import indicators, normalise, ranks, scores, weights
from analysis.settings import Index, checked

X = np.array([[80.0, 10, 3], [90, 30, 1], [70, 20, 2], [60, 20, 4]])
IS_POSITIVE = np.array([True, True, False])
Z = normalise.min_max(X, IS_POSITIVE)
BY_ENTROPY = weights.entropy(Z)
JUDGED = [["1", "3", "5"], ["1/3", "1", "2"], ["1/5", "1/2", "1"]]
few = settings(max_examples=30)


@pytest.fixture(scope="module")
def measured(nanchang):
    return evaluation.measures(nanchang)


def rows_of(table, measure, **where):
    rows = table[table["measure"] == measure]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    return rows


def with_index(opened, **changes):
    """The study with another index: keys of `index` in study.yml."""
    return replace(opened, settings=opened.settings.model_copy(update={"index": index_of(opened, **changes)}))


def index_of(opened, **changes):
    return checked(opened.settings.index.model_dump(exclude_none=True) | changes, Index, "study.yml")


def with_values(opened, change):
    """The study with its table of indicators changed."""
    tables = opened.reading.tables | {"indicators": change(opened.table("indicators").copy())}
    return replace(opened, reading=opened.reading._replace(tables=tables))


def near(values, places=4):
    """Equal to that many printed digits."""
    return pytest.approx(values, abs=0.500001 * 10**-places)


# One scale


def test_min_max_golden():
    assert Z.ravel().tolist() == near([0.667, 0, 0.333, 1, 1, 1, 0.333, 0.5, 0.667, 0, 0.5, 0], 3)


def test_a_constant_column_has_no_place_on_its_own_range():
    z = normalise.min_max(np.array([[1.0, 5], [2, 5]]), np.array([True, True]))
    assert z[:, 0].tolist() == [0, 1]
    assert np.isnan(z[:, 1]).all()


def test_goalposts_do_not_move_when_a_unit_is_added_and_min_max_does():
    low, high = np.array([50.0, 0, 0]), np.array([100.0, 40, 5])
    more = np.vstack([X, [100, 40, 0]])
    assert np.array_equal(
        normalise.between(more, IS_POSITIVE, low, high)[:4], normalise.between(X, IS_POSITIVE, low, high)
    )
    assert not np.allclose(normalise.min_max(more, IS_POSITIVE)[:4], Z)
    assert normalise.between(X, IS_POSITIVE, low, high)[0].tolist() == pytest.approx([0.6, 0.25, 0.4])


def test_what_lies_beyond_a_goalpost_counts_as_at_it():
    z = normalise.between(np.array([[120.0], [-5]]), np.array([True]), np.array([0.0]), np.array([100.0]))
    assert z.ravel().tolist() == [1, 0]


# Entropy


def test_entropy_weights_and_scores_golden():
    assert BY_ENTROPY.tolist() == near([0.3419, 0.3161, 0.3419])
    assert scores.weighted_sum(Z, BY_ENTROPY) == near([0.3419, 1, 0.5, 0.1581])


def test_nothing_is_added_to_zeros_and_the_weights_would_differ_if_it_were():
    assert weights.entropy(Z + 0.01) == near([0.3423, 0.3154, 0.3423])


def test_a_constant_or_empty_column_weighs_nothing():
    z = np.column_stack([Z[:, 0], np.full(4, 0.3), np.zeros(4), Z[:, 2]])
    found = weights.entropy(z)
    assert found[1:3].tolist() == [0, 0]
    assert found[[0, 3]] == pytest.approx([0.5, 0.5])  # both have the values 0, 1/3, 2/3, 1


def test_where_every_column_is_constant_there_are_no_weights():
    assert np.isnan(weights.entropy(np.full((4, 2), 0.3))).all()


def test_one_unit_and_negative_values_are_refused():
    for z, key in ((np.ones((1, 3)), "index_one_unit"), (np.array([[0.5, -0.1], [1, 1]]), "index_negative")):
        with pytest.raises(StudyError) as refused:
            weights.entropy(z)
        assert refused.value.key == key


@few
@given(arrays(float, (6, 3), elements=st.floats(0, 100)), st.permutations(range(6)), st.floats(0.1, 50))
def test_entropy_weights_add_up_to_one_and_know_neither_order_nor_unit(z, order, scale):
    found = weights.entropy(z)
    if np.isnan(found).any():
        assert np.isnan(found).all()
        return
    assert found.sum() == pytest.approx(1)
    assert weights.entropy(z[list(order)]) == pytest.approx(found, abs=1e-9)
    assert weights.entropy(z * scale) == pytest.approx(found, abs=1e-6)


# Judgements in pairs


def test_ahp_golden():
    found = weights.priorities(weights.read_judgements(JUDGED, list("abc")))
    assert found.weights == near([0.6483, 0.2297, 0.1220])
    assert found.eigenvalue == near(3.003695, 6)
    assert found.consistency_ratio == near(0.0032)
    other = weights.priorities(weights.read_judgements(JUDGED, list("abc")), "saaty_2008")
    assert other.consistency_ratio == near(0.0036)


def test_two_things_are_always_consistent():
    found = weights.priorities(np.array([[1, 4], [0.25, 1]]))
    assert found.weights == pytest.approx([0.8, 0.2])
    assert found.consistency_ratio == 0


def test_experts_are_joined_by_the_geometric_mean_and_stay_reciprocal():
    matrix = weights.together([np.array([[1, 2], [1 / 2, 1]]), np.array([[1, 8], [1 / 8, 1]])])
    assert matrix == pytest.approx(np.array([[1, 4], [1 / 4, 1]]))


@pytest.mark.parametrize(
    ("written", "key"),
    [
        ([["1", "3"], ["0.33", "1"]], "pairwise_not_reciprocal"),
        ([["1", "3"], ["3", "1"]], "pairwise_not_reciprocal"),
        ([["2", "3"], ["1/3", "1"]], "pairwise_not_reciprocal"),
        ([["1", "3", "1"], ["1/3", "1", "1"]], "pairwise_shape"),
        ([["1", "3"]], "pairwise_shape"),
        ([["1", "much"], ["1/3", "1"]], "pairwise_number"),
        ([["1", "-3"], ["-1/3", "1"]], "pairwise_number"),
        ([["1", "1/0"], ["0", "1"]], "pairwise_number"),
    ],
)
def test_a_matrix_that_is_none_is_refused(written, key):
    with pytest.raises(StudyError) as refused:
        weights.read_judgements(written, ["a", "b"])
    assert refused.value.key == key


def test_three_decimals_of_a_third_are_read_as_its_reciprocal():
    assert weights.read_judgements([["1", "3"], ["0.333", "1"]], ["a", "b"])[1, 0] == 0.333


def test_judgements_that_contradict_each_other_are_refused_with_the_worst_pair():
    matrix = weights.read_judgements([["1", "9", "1/9"], ["1/9", "1", "9"], ["9", "1/9", "1"]], list("abc"))
    with pytest.raises(StudyError) as refused:
        weights.require_consistent(matrix, list("abc"), 2, "saaty_1980")
    assert refused.value.key == "pairwise_inconsistent"
    assert refused.value.facts["expert"] == 2


def test_eleven_things_are_too_many():
    with pytest.raises(StudyError) as refused:
        weights.priorities(np.ones((11, 11)))
    assert refused.value.key == "pairwise_too_large"


def test_equal_weights_are_equal_by_group_and_inside_it():
    assert weights.equal(["a", "a", "b", "c"]) == pytest.approx([1 / 6, 1 / 6, 1 / 3, 1 / 3])
    assert weights.equal(["a", "b"]) == pytest.approx([0.5, 0.5])


# One score


def test_topsis_golden():
    assert scores.topsis(Z, BY_ENTROPY) == near([0.386, 1, 0.5, 0.237], 3)


def test_the_norm_of_topsis_changes_the_result():
    turned = scores.topsis(normalise.vector(X, IS_POSITIVE), BY_ENTROPY)
    plain = scores.topsis(normalise.vector(X, np.array([True, True, True])), BY_ENTROPY, IS_POSITIVE)
    assert [scores.topsis(Z, BY_ENTROPY)[2], turned[2], plain[2]] == near([0.5, 0.611, 0.579], 3)


def test_units_that_are_all_alike_have_no_closeness():
    assert np.isnan(scores.topsis(np.ones((3, 2)), np.array([0.5, 0.5]))).all()


@few
@given(arrays(float, (5, 3), elements=st.floats(0, 1)))
def test_closeness_and_sum_lie_between_zero_and_one(z):
    w = np.array([0.5, 0.3, 0.2])
    close, total = scores.topsis(z, w), scores.weighted_sum(z, w)
    assert ((close[~np.isnan(close)] >= 0) & (close[~np.isnan(close)] <= 1)).all()
    assert ((total >= 0) & (total <= 1 + 1e-12)).all()


# Ranks


def test_equal_scores_share_the_better_rank_even_where_rounding_parts_them():
    assert ranks.ranks(np.array([0.1 + 0.2, 0.5, 0.3])).tolist() == [2, 1, 2]


def test_a_rank_interval_holds_its_share_of_both_tails():
    simulated = np.repeat([[1.0], [2], [3], [4]], [2, 48, 48, 2], axis=0)
    assert [end.item() for end in ranks.interval(simulated, 0.95)] == [2, 3]
    assert [end.item() for end in ranks.interval(simulated, 0.99)] == [1, 4]


@few
@given(arrays(np.int32, st.tuples(st.integers(1, 60), st.integers(1, 4)), elements=st.integers(-5, 9)))
def test_counted_rank_intervals_are_the_quantiles_of_the_sorted_ranks(simulated):
    """numpy's quantile by the inverted distribution function, which sorts."""
    ends = np.quantile(simulated, [(1 - 0.95) / 2, 1 - (1 - 0.95) / 2], axis=0, method="inverted_cdf")
    assert np.array_equal(ranks.interval(simulated, 0.95), ends)


def test_a_simulated_sample_gives_no_share_below_0_or_above_1(nanchang):
    found = indicators.gathered(nanchang, nanchang.settings.index)
    place = [one.survey for one in found.declared].index("participation_rate")
    values = found.values.copy()
    values[:, place] = np.linspace(0.001, 0.999, len(values))
    drawn = replace(found, values=values).draws(200, np.random.default_rng(1))[:, :, place]
    assert (drawn.min(), drawn.max()) == (0, 1)


def test_the_standings_are_those_of_the_whole_evaluation(nanchang, measured):
    made = evaluation.standings(nanchang, nanchang.settings.index)
    chosen = evaluation.reference(nanchang.settings.index)
    of_reference = {"scheme": chosen.scheme, "normalisation": chosen.normalisation, "aggregation": "weighted_sum"}
    for measure, where in (("indicator_value", {}), ("index_rank", {}), ("index_score", of_reference)):
        same = rows_of(measured, measure, **where)
        same = same[same["evaluation"].isna() | (same["evaluation"] == "all")].reset_index(drop=True)
        own = rows_of(made, measure).reset_index(drop=True)
        columns = ["community_id", "estimate", "low", "high", "n"]
        pd.testing.assert_frame_equal(own[columns], same[columns])


def test_intervals_that_overlap_over_others_are_one_group():
    low, high = np.array([1.0, 2, 3, 6, 7, 9]), np.array([2.0, 4, 5, 8, 8, 9])
    assert ranks.tie_groups(low, high) == [[0, 1, 2], [3, 4], [5]]
    # (0,2) (0,3) (0,4) (0,5) (1,3) (1,4) (1,5) (2,3) (2,4) (2,5) (3,5) (4,5)
    assert ranks.separate_pairs(low, high) == 12


def test_a_pair_is_settled_where_one_is_ahead_in_most_simulations():
    simulated = np.array([[1.0, 2, 3]] * 95 + [[3.0, 2, 1]] * 5)
    assert ranks.settled_pairs(simulated, 0.95) == 3
    assert ranks.settled_pairs(simulated, 0.96) == 0


def test_tie_groups_say_which_places_they_take():
    rows = pd.DataFrame(
        {"community_id": list("CABD"), "low": [1, 3, 2, 4], "high": [1, 3, 3, 4], "estimate": [1, 3, 2, 4]}
    )
    found = evaluation.ties(rows.assign(measure="index_rank", varied="all", evaluation="all"))
    assert found == [(1, 1, ["C"]), (2, 3, ["A", "B"]), (4, 4, ["D"])]


# The index of a study


def test_the_reference_score_of_a_community_by_hand(nanchang, measured):
    value = rows_of(measured, "indicator_value", community_id="C01").set_index("indicator")["estimate"]
    z = {
        "万人社区工作者数": (value["万人社区工作者数"] - 10) / 15,
        "服务设施面积": (value["服务设施面积"] - 400) / 1000,
        "网格覆盖率": (value["网格覆盖率"] - 0.8) / 0.2,
        "诉求办结率": (value["诉求办结率"] - 0.8) / 0.2,
        "投诉件数": (130 - value["投诉件数"]) / 110,
        "参与率": (value["参与率"] - 0.25) / 0.5,
        "总体满意度": (value["总体满意度"] - 40) / 40,
    }
    assert value["万人社区工作者数"] == 15.266  # the file's first row
    expected = sum(list(z.values())[:3]) / 9 + sum(list(z.values())[3:]) / 6
    reference = {"scheme": "equal", "normalisation": "goalposts", "aggregation": "weighted_sum", "evaluation": "all"}
    found = rows_of(measured, "index_score", community_id="C01", **reference)
    assert found["estimate"].item() == pytest.approx(expected)
    assert found["low"].item() < expected < found["high"].item()


def test_the_error_of_a_score_is_that_of_the_survey_indicators(nanchang, measured):
    # Weighted sums are linear, so the simulated error is close to the exact one: weights 1/6 over the goalposts' widths.
    reference = {"scheme": "equal", "normalisation": "goalposts", "aggregation": "weighted_sum", "evaluation": "all"}
    found = indicators.gathered(nanchang, nanchang.settings.index)
    slopes = np.concatenate([np.eye(12) / 6 / 0.5, np.eye(12) / 6 / 40])
    exact = np.sqrt(np.diag(slopes.T @ found.covariance @ slopes))
    assert rows_of(measured, "index_score", **reference)["se"].to_numpy() == pytest.approx(exact, rel=0.1)


def test_a_rank_lies_in_its_interval_and_ranks_are_within_the_number_of_communities(measured):
    rows = rows_of(measured, "index_rank")
    assert (rows["low"] <= rows["estimate"]).all()
    assert (rows["estimate"] <= rows["high"]).all()
    assert rows["low"].min() >= 1
    assert rows["high"].max() <= 12


def test_the_ranks_of_choices_are_their_least_and_greatest_by_hand(nanchang, measured):
    found = indicators.gathered(nanchang, nanchang.settings.index)
    z = normalise.between(found.values, found.is_positive, *found.goalposts)
    own = {"equal": [1 / 9] * 3 + [1 / 6] * 4, "entropy": weights.entropy(z)}
    own["ahp"] = np.repeat([0.1220 / 3, 0.2297 / 2, 0.6483 / 2], [3, 2, 2])
    of_schemes = np.array([ranks.ranks(z @ np.array(one)) for one in own.values()])
    rows = rows_of(measured, "index_rank", evaluation="all", varied="weights").set_index("community_id")
    assert rows["low"].tolist() == of_schemes.min(axis=0).tolist()
    assert rows["high"].tolist() == of_schemes.max(axis=0).tolist()


def test_a_difference_of_ranks_is_one_rank_less_the_other(measured):
    residents, administrative = (
        rows_of(measured, "index_rank", evaluation=one, varied="all").set_index("community_id")["estimate"]
        for one in ("residents", "administrative")
    )
    difference = rows_of(measured, "rank_difference", compared="residents_administrative").set_index("community_id")
    assert difference["estimate"].to_dict() == (residents - administrative).to_dict()


def test_without_sampling_error_only_the_choices_are_left(measured):
    rows = rows_of(measured, "index_rank", evaluation="administrative")
    assert "sampling" not in set(rows["varied"])
    assert rows_of(measured, "index_score", evaluation="administrative")["se"].isna().all()


def test_the_same_study_gives_the_same_intervals(nanchang, measured):
    pd.testing.assert_frame_equal(evaluation.measures(nanchang), measured)


def test_weights_add_up_to_one_in_every_scheme(measured):
    sums = rows_of(measured, "indicator_weight").groupby("scheme")["estimate"].sum()
    assert sums.to_dict() == pytest.approx({"equal": 1, "entropy": 1, "ahp": 1})
    entropy = rows_of(measured, "indicator_weight", scheme="entropy")
    assert ((entropy["low"] < entropy["estimate"]) & (entropy["estimate"] < entropy["high"])).all()


def test_two_communities_far_apart_are_told_apart_and_two_alike_are_not():
    one = {
        "indicator": "a",
        "direction": "positive",
        "survey": "participation_rate",
        "goalposts": ("0", "1"),
        "source": "x",
    }
    index = Index.model_validate(
        {"year": 2018, "wave": "first", "indicators": [one, one | {"indicator": "b", "survey": "satisfaction_score"}]}
    )

    def interval(first, second, se):
        found = indicators.Indicators(
            ["A", "B"],
            list(index.indicators),
            np.array([[first] * 2, [second] * 2]),
            np.eye(4) * se**2,
            np.full(2, 99.0),
            [],
        )
        drawn = found.draws(1000, np.random.default_rng(1))
        under = evaluation.simulated(drawn, found, index)
        return ranks.interval(np.concatenate(list(under.values())), 0.95)

    # .5 apart with an error of .05 each: 7 standard errors of the difference
    assert np.array(interval(0.7, 0.2, 0.05)).T.tolist() == [[1, 1], [2, 2]]
    assert np.array(interval(0.51, 0.5, 0.05)).T.tolist() == [[1, 2], [1, 2]]


# Who rated


def test_coverage_is_raters_over_residents(nanchang, measured):
    asked = nanchang.table("satisfaction")
    rated = asked[(asked["item"] == "overall") & asked["score"].notna()]
    where = nanchang.table("respondents").query("wave == 'first'").set_index("respondent_id")["community_id"]
    count = rated["respondent_id"].map(where).value_counts()
    rows = rows_of(measured, "rater_coverage").set_index("community_id")
    assert rows["numerator"].to_dict() == count.to_dict()
    assert rows.loc["C01", "denominator"] == 4376


def test_raters_stand_beside_the_residents_they_speak_for(nanchang, measured):
    people = nanchang.table("respondents").query("wave == 'first'")
    weight = people["weight"].astype(float)
    share = weight[people["is_migrant"].astype(bool)].sum() / weight.sum()
    row = rows_of(measured, "population_share", rater_group="migrant")
    assert row["estimate"].item() == pytest.approx(share)
    assert row["low"].item() < share < row["high"].item()
    assert len(rows_of(measured, "rater_share")) == len(rows_of(measured, "population_share")) == 8


# What can't be compared


def test_one_community_has_no_index_and_it_is_said_why(nanchang):
    found = evaluation.measures(nanchang.restricted("C05"))
    rows = found[found["measure"].isin(["index_score", "index_rank"])]
    assert rows["estimate"].isna().all()
    assert set(rows["reason"]) == {"one_community"}


def test_a_constant_indicator_is_flagged_and_left_out(nanchang, measured):
    def same(rows):
        return rows.assign(value=rows["value"].mask(rows["indicator"] == "网格覆盖率", 0.9))

    found = evaluation.measures(with_values(nanchang, same))
    flagged = rows_of(found, "indicator_weight", indicator="网格覆盖率")
    assert flagged["estimate"].isna().all()
    assert set(flagged["reason"]) == {"constant_indicator"}
    others = rows_of(found, "indicator_weight", scheme="equal").dropna(subset="estimate")
    assert others["estimate"].sum() == pytest.approx(1)
    # Three groups of equal weight, one of them now of two indicators
    assert others.set_index("indicator").loc["服务设施面积", "estimate"] == pytest.approx(1 / 6)
    assert rows_of(found, "index_rank", evaluation="all", varied="all")["estimate"].notna().all()


def test_where_every_indicator_is_constant_there_is_no_index(nanchang):
    plain = [one for one in nanchang.settings.index.model_dump(exclude_none=True)["indicators"] if "survey" not in one]
    opened = with_index(nanchang, indicators=plain, pairwise=None)
    found = evaluation.measures(with_values(opened, lambda rows: rows.assign(value=0.9)))
    assert set(rows_of(found, "index_rank")["reason"]) == {"constant_indicators"}


def test_a_community_that_lacks_an_indicator_has_no_rank_and_it_is_said_why(nanchang):
    def without(rows):
        return rows[~((rows["community_id"] == "C03") & (rows["indicator"] == "投诉件数"))]

    found = evaluation.measures(with_values(nanchang, without))
    rows = rows_of(found, "index_rank", evaluation="all", varied="all").set_index("community_id")
    assert rows.loc["C03", "reason"] == "indicator_missing"
    assert sorted(rows["estimate"].dropna()) == list(range(1, 12))


def test_an_indicator_that_nobody_has_is_refused(nanchang):
    for changes, key in (({"year": 2019}, "index_indicator_absent"), ({"wave": "second"}, "index_outcome_absent")):
        with pytest.raises(StudyError) as refused:
            evaluation.measures(with_index(nanchang, **changes))
        assert refused.value.key == key


def test_an_index_of_administrative_indicators_needs_no_survey(nanchang):
    plain = [one for one in nanchang.settings.index.model_dump(exclude_none=True)["indicators"] if "survey" not in one]
    found = evaluation.measures(with_index(nanchang, indicators=plain, pairwise=None, wave=None))
    assert set(found["table"]) == {"indicators"}
    assert set(rows_of(found, "index_rank")["evaluation"]) == {"all"}
    assert not len(rows_of(found, "rater_coverage"))


def test_without_goalposts_the_reference_is_the_observed_range(nanchang):
    bare = [
        {key: value for key, value in one.items() if key not in ("goalposts", "source")}
        for one in nanchang.settings.index.model_dump(exclude_none=True)["indicators"]
    ]
    opened = with_index(nanchang, indicators=bare)
    assert evaluation.reference(opened.settings.index).normalisation == "min_max"
    assert set(rows_of(evaluation.measures(opened), "index_score")["normalisation"]) == {"min_max", "vector"}


def test_values_beyond_their_goalposts_are_named(nanchang):
    def high(rows):
        return rows.assign(
            value=rows["value"].mask((rows["community_id"] == "C02") & (rows["indicator"] == "投诉件数"), 500)
        )

    opened = with_values(nanchang, high)
    beyond = indicators.gathered(opened, opened.settings.index).beyond_goalposts()
    low = {"community_id": "C09", "indicator": "服务设施面积"}  # 361.42 in 2018, below the goalpost of 400
    assert beyond.to_dict("records") == [{"community_id": "C02", "indicator": "投诉件数"}, low]


def test_the_index_is_by_community_and_by_nothing_else(nanchang):
    assert not len(evaluation.measures(nanchang, ["sex"]))


# study.yml


@pytest.mark.parametrize(
    "changes",
    [
        {"indicators": [{"indicator": "a", "direction": "positive"}]},
        {"indicators": [{"indicator": "a", "direction": "positive"}] * 2, "pairwise": None},
        {
            "indicators": [
                {"indicator": name, "direction": "positive", "goalposts": ["2", "1"], "source": "x"} for name in "ab"
            ]
        },
        {"indicators": [{"indicator": name, "direction": "positive", "goalposts": ["1", "2"]} for name in "ab"]},
        {"wave": None},
        {"weights": "ahp", "pairwise": None},
        {"pairwise": {"groups": ["residents"], "experts": [[["1"]]], "source": {"en": "x"}}},
    ],
)
def test_an_index_that_contradicts_itself_is_refused(nanchang, changes):
    with pytest.raises(StudyError) as refused:
        index_of(nanchang, **changes)
    assert refused.value.key == "settings_value"


def test_a_wave_that_nothing_bears_is_refused(nanchang, make_study):
    two = [{"indicator": name, "direction": "positive"} for name in "ab"]
    folder = make_study(settings={"index": {"year": "2018", "wave": "third", "indicators": two}})
    with pytest.raises(StudyError) as refused:
        study.read(str(folder))
    assert refused.value.key == "settings_key"


def test_judgements_that_are_wrong_are_refused_when_the_index_is_made(nanchang):
    for matrix, key in (
        ([["1", "9", "1/9"], ["1/9", "1", "9"], ["9", "1/9", "1"]], "pairwise_inconsistent"),
        ([["1", "3", "5"], ["3", "1", "2"], ["1/5", "1/2", "1"]], "pairwise_not_reciprocal"),
    ):
        pairwise = {"groups": ["residents", "response", "capacity"], "experts": [matrix], "source": {"en": "x"}}
        with pytest.raises(StudyError) as refused:
            evaluation.measures(with_index(nanchang, pairwise=pairwise))
        assert refused.value.key == key
