"""Estimates of small communities: against R's sae, closed forms, hand counts, and the truth that the synthetic data have."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from analysis import simulate
from analysis.communities import small_areas
from analysis.communities.small_areas import fay_herriot, funnel
from analysis.errors import StudyError
from analysis.inference import SurveyDesign
from analysis.reporting import disclosure
from analysis.simulate import communities, residents
from analysis.survey import answers

# Expenditure on milk in 43 areas of the US (Arora & Lahiri 1997; You & Chapman 2006): direct estimates and their standard
# errors, with what R's sae (Molina & Marhuenda 2015) gives for eblupFH and mseFH(yi ~ as.factor(MajorArea), SD^2), REML, as
# the tests of samplics print it (github.com/samplics-org/samplics, tests/sae/test_eblup_area_model.py).
MILK = """
1.099 1.075 1.105 0.628 0.753 0.981 1.257 1.095 1.405 1.356 0.615 1.46 1.338 0.854 1.176 1.111 1.257 1.43 1.278
1.292 1.002 1.183 1.044 1.267 1.193 0.791 0.795 0.759 0.796 0.565 0.886 0.952 0.807 0.582 0.684 0.787 0.44 0.759
0.77 0.8 0.756 0.865 0.64"""
MILK_SE = """
0.163 0.08 0.083 0.109 0.119 0.141 0.202 0.127 0.168 0.178 0.1 0.201 0.148 0.143 0.149 0.145 0.135 0.172 0.137
0.163 0.125 0.247 0.14 0.171 0.106 0.121 0.121 0.259 0.106 0.089 0.225 0.205 0.119 0.067 0.106 0.126 0.092 0.132
0.1 0.113 0.083 0.121 0.129"""
MILK_EBLUP = """
1.0219703 1.0476018 1.0679513 0.7608170 0.8461574 0.9743727 1.0584523 1.0977762 1.2215449 1.1951455 0.7852155
1.2139456 1.2096593 0.9834967 1.1864247 1.1556982 1.2263411 1.2856486 1.2363247 1.2349600 1.0903019 1.1923057
1.1216470 1.2230296 1.1938054 0.7627195 0.7649550 0.7338443 0.7699294 0.6134418 0.7695558 0.7958250 0.7723187
0.6102302 0.7001782 0.7592787 0.5298867 0.7434466 0.7548996 0.7701918 0.7481164 0.8040773 0.6810870"""
MILK_MSE = """
0.013460220 0.005372876 0.005701990 0.008541740 0.009579594 0.011670632 0.015926137 0.010586518 0.014184043
0.014901472 0.007694262 0.016336469 0.012562726 0.012117378 0.012031229 0.011709147 0.010859780 0.013690860
0.011034674 0.013079686 0.009948636 0.017243977 0.011292325 0.013625297 0.008065787 0.009205133 0.009205133
0.016476912 0.007800626 0.006098668 0.015441564 0.014657866 0.009024699 0.003870786 0.007800626 0.009646139
0.006404335 0.010155645 0.007209937 0.008470277 0.005484860 0.009205133 0.009903626"""


def numbers(text):
    return np.array(text.split(), dtype=float)


@pytest.fixture(scope="module")
def areas(nanchang):
    return small_areas.areas(nanchang, "first")


@pytest.fixture(scope="module")
def truth():
    """What all adults of each community do and think, before sampling."""
    streams = np.random.Generator(np.random.PCG64(simulate.SEED)).spawn(9)
    places = communities.draw_communities(streams[0])
    population = residents.draw_population(streams[4], places)
    items = list(residents.ANSWER_SHARES)
    assert (population.acts[0].sum(axis=1) > 0).mean() == pytest.approx(
        simulate.simulate().truth["rate"]
    )  # the same adults
    people = population.people.assign(
        participation_rate=(population.acts[0].sum(axis=1) > 0).astype(float),
        satisfaction_score=100 * population.scores[:, items.index("overall")] / 4,
    )
    return people.groupby("community_id")[["participation_rate", "satisfaction_score"]].mean()


# The model of Fay & Herriot


def test_milk_is_as_in_r():
    major = np.repeat([1, 2, 3, 4], [7, 7, 11, 18])
    covariates = np.column_stack([np.ones(43), *(major == area for area in (2, 3, 4))])
    model = fay_herriot(numbers(MILK), numbers(MILK_SE) ** 2, covariates)
    # sae stops its scoring at 1e-4 of the variance; ours goes on, so the last digits differ
    assert model.coefficients == pytest.approx([0.9681890, 0.1327801, 0.2269462, -0.2413011], abs=2e-6)
    assert model.estimate == pytest.approx(numbers(MILK_EBLUP), abs=2e-6)
    assert model.mse == pytest.approx(numbers(MILK_MSE), abs=1e-7)


def test_with_equal_variances_everything_is_in_closed_form():
    # y = 2, 4, 6, 8: mean 5, s² = 20/3; D = 2: A = s² − D = 14/3, shrinkage D/(A + D) = .3.
    model = fay_herriot(np.array([2.0, 4, 6, 8]), np.full(4, 2.0))
    assert model.area_variance == pytest.approx(14 / 3)
    assert model.shrinkage == pytest.approx([0.3] * 4)
    assert model.estimate == pytest.approx([2.9, 4.3, 5.7, 7.1])
    # g₁ = AD/(A + D) = 1.4; g₂ = .3²(A + D)/4 = .15; g₃ = 2D²/(4(A + D)) = .3
    assert model.mse == pytest.approx([1.4 + 0.15 + 2 * 0.3] * 4)


def test_areas_that_differ_by_less_than_their_errors_have_a_variance_of_zero_and_one_estimate():
    model = fay_herriot(np.array([4.9, 5.0, 5.1]), np.ones(3))  # s² = .01 < D = 1
    assert model.area_variance == 0
    assert model.estimate == pytest.approx([5, 5, 5])
    assert model.shrinkage == pytest.approx([1, 1, 1])


@given(
    st.lists(st.tuples(st.floats(-5, 5), st.floats(0.05, 3)), min_size=4, max_size=15),
    st.floats(-50, 50),
    st.floats(0.1, 20),
)
def test_an_estimate_lies_between_direct_and_expected_and_goes_with_the_scale(rows, shift, scale):
    y, d = np.array(rows).T
    model, moved = fay_herriot(y, d), fay_herriot(y * scale + shift, d * scale**2)
    expected = model.coefficients[0]
    assert (np.abs(model.estimate - expected) <= np.abs(y - expected) + 1e-9).all()
    assert ((model.shrinkage >= 0) & (model.shrinkage <= 1)).all()
    assert (model.mse >= 0).all()
    assert moved.estimate == pytest.approx(model.estimate * scale + shift, rel=1e-6, abs=1e-6)


def test_the_area_with_the_larger_error_is_moved_more():
    model = fay_herriot(np.array([1.0, 9, 5, 2, 8]), np.array([0.1, 2, 0.5, 1, 0.2]))
    assert (np.argsort(model.shrinkage) == np.argsort([0.1, 2, 0.5, 1, 0.2])).all()


@pytest.mark.parametrize("variance", [[1, 0, 1], [1, -1, 1], [1, np.nan, 1]])
def test_a_variance_that_is_not_above_zero_is_refused(variance):
    with pytest.raises(StudyError) as refused:
        fay_herriot(np.array([1.0, 2, 3]), np.array(variance, dtype=float))
    assert refused.value.key == "area_variance_invalid"


def test_no_more_areas_than_coefficients_are_refused():
    with pytest.raises(StudyError) as refused:
        fay_herriot(np.array([1.0, 2]), np.ones(2), np.eye(2))
    assert refused.value.key == "areas_too_few"


# The funnel


def test_limits_of_a_funnel_by_hand():
    # Four areas of 100 answers, each of variance .0025: an answer's deviation is √(100·.0025) = .5.
    made = funnel(np.array([0.5, 0.55, 0.45, 0.5]), np.full(4, 0.0025), np.full(4, 100.0), target=0.5)
    assert made.unit_sd == pytest.approx(0.5)
    assert made.overdispersion == 1  # z = 0, 1, −1, 0
    low, high = made.limits(np.array([25.0, 100]), 0.95)
    assert high - 0.5 == pytest.approx([1.959964 * 0.1, 1.959964 * 0.05], abs=1e-6)
    assert low + high == pytest.approx([1, 1])
    assert made.limits(np.array([100.0]), 0.998)[1] == pytest.approx(0.5 + 3.090232 * 0.05, abs=1e-6)


def test_over_dispersion_is_the_mean_of_squares_with_the_ends_pulled_in():
    # Eleven areas with z = −5 … 5: the tenths lie at −4 and 4, so that φ = 2(16 + 16 + 9 + 4 + 1)/11 = 92/11.
    z = np.arange(-5.0, 6)
    made = funnel(0.5 + 0.05 * z, np.full(11, 0.0025), np.full(11, 100.0), target=0.5)
    assert made.overdispersion == pytest.approx(92 / 11)


def test_the_unit_variance_is_pooled_by_numbers():
    made = funnel(np.array([0.4, 0.6]), np.array([0.01, 0.002]), np.array([20.0, 80]), target=0.5)
    assert made.unit_sd**2 == pytest.approx((20 * 20 * 0.01 + 80 * 80 * 0.002) / 100)


# The design inside communities


def frame_of(**columns):
    return pd.DataFrame(
        {"community_id": list("AAAABBBB"), "satisfaction_score": [0.0, 50, 50, 100, 25, 25, 75, 75]} | columns
    )


def test_clusters_that_are_communities_tell_nothing_of_an_error_inside_them():
    frame = frame_of(place=list("AAAABBBB"))
    made = answers.by_community(frame, SurveyDesign(clusters="place"), ["satisfaction_score"]).table
    # means 50 and 50; deviations ±50, 0, 0 and ±25: s²/n = (5000/3)/4 and (2500/3)/4
    assert made["estimate"].tolist() == [50, 50]
    assert made["se"].to_numpy() == pytest.approx(np.sqrt([5000 / 12, 2500 / 12]))
    assert made["df"].tolist() == [3, 3]


def test_clusters_inside_a_community_stay():
    frame = frame_of(block=["1", "1", "2", "2", "1", "1", "2", "2"])
    made = answers.by_community(frame, SurveyDesign(clusters="block", nest=True), ["satisfaction_score"]).table
    # cluster means 25 and 75 in each community: se = 25
    assert made["se"].to_numpy() == pytest.approx([25, 25])
    assert made["df"].tolist() == [1, 1]


def test_a_community_with_one_respondent_has_an_estimate_without_an_error():
    frame = frame_of().iloc[:5]
    made = answers.by_community(frame, SurveyDesign(), ["satisfaction_score"]).table.set_index("community_id")
    assert made.loc["B", "estimate"] == 25
    assert made.loc["B", ["se", "low", "high"]].isna().all()


# Answers


def test_scores_run_from_0_to_100_and_keep_the_reason_of_what_is_missing(nanchang):
    frame = answers.answers(nanchang, "first")
    assert set(frame["satisfaction_score"].dropna()) == {0, 25, 50, 75, 100}
    asked = nanchang.table("satisfaction")
    overall = asked[(asked["item"] == "overall") & (asked["wave"] == "first")]
    missing = frame[frame["satisfaction_score"].isna()]
    assert len(missing) == overall["score"].isna().sum()
    assert (
        missing["satisfaction_score_missing"].value_counts().to_dict()
        == overall["score_missing"].value_counts().to_dict()
    )


# The measures of a study


def rows_of(table, measure, outcome):
    return table[(table["measure"] == measure) & (table["outcome"] == outcome)].set_index("community_id")


@pytest.mark.parametrize("outcome", ["participation_rate", "satisfaction_score"])
def test_direct_estimates_lie_within_three_standard_errors_of_the_truth(areas, truth, outcome):
    direct = rows_of(areas, f"direct_{outcome}", outcome)
    assert (((direct["estimate"] - truth[outcome]) / direct["se"]).abs() < 3).all()


@pytest.mark.parametrize("outcome", ["participation_rate", "satisfaction_score"])
def test_small_area_estimates_are_nearer_to_the_truth_than_direct_ones(areas, truth, outcome):
    direct, model = (rows_of(areas, f"{kind}_{outcome}", outcome) for kind in ("direct", "small_area"))
    error = {name: ((rows["estimate"] - truth[outcome]) ** 2).mean() for name, rows in (("d", direct), ("m", model))}
    assert error["m"] < error["d"]
    assert (model["se"] < direct["se"]).all()


def test_no_variance_between_communities_is_said_to_be_zero(areas):
    deviation = areas[(areas["measure"] == "deviation_participation_rate")]
    assert deviation["estimate"].tolist() == [0]
    assert rows_of(areas, "shrinkage", "participation_rate")["estimate"].to_numpy() == pytest.approx(np.ones(12))


def test_limits_hold_the_value_of_the_whole_and_the_wider_ones_the_narrower(areas):
    limits = areas[areas["interval"] == "funnel"]
    for _, own in limits.groupby(["outcome", "community_id"]):
        inner, outer = own.sort_values("coverage").to_dict("records")
        assert outer["low"] < inner["low"] < inner["estimate"] < inner["high"] < outer["high"]
        assert inner["estimate"] == outer["estimate"]


def test_who_lies_outside_is_named_in_the_order_of_the_ids():
    rows = [("direct_participation_rate", "C", 0.9, np.nan, np.nan), ("direct_participation_rate", "A", 0.1, np.nan, np.nan),
            ("direct_participation_rate", "B", 0.5, np.nan, np.nan)]  # fmt: skip
    rows += [("funnel_participation_rate", community, 0.5, 0.3, 0.7) for community in "CAB"]
    table = pd.DataFrame(rows, columns=["measure", "community_id", "estimate", "low", "high"])
    table = table.assign(outcome="participation_rate", coverage=0.95)
    assert small_areas.outside(table, "participation_rate", 0.95) == ["A", "C"]
    assert small_areas.outside(table, "participation_rate", 0.998) == []


def test_measures_are_given_for_each_wave_that_asked(nanchang):
    found = small_areas.measures(nanchang)
    asked = found.groupby("wave")["outcome"].unique().map(set).to_dict()
    assert asked == {"first": {"participation_rate", "satisfaction_score"}, "second": {"participation_rate"}}
    assert not len(small_areas.measures(nanchang, ["sex"]))


def test_one_community_has_its_direct_estimate_and_nothing_from_others(nanchang):
    found = small_areas.areas(nanchang.restricted("C05"), "first")
    deviations = {f"deviation_{outcome}" for outcome in answers.OUTCOMES}
    assert set(found["measure"]) == {f"direct_{outcome}" for outcome in answers.OUTCOMES} | deviations
    assert set(found.loc[found["measure"].isin(deviations), "reason"]) == {"areas_too_few"}


def test_a_small_community_is_hidden_with_what_the_model_makes_of_it(nanchang):
    tables = dict(nanchang.reading.tables)
    people = tables["respondents"]
    few = people[people["community_id"] == "C01"].groupby("wave").head(6)
    tables["respondents"] = pd.concat([people[people["community_id"] != "C01"], few], ignore_index=True)
    made = small_areas.areas(replace(nanchang, reading=nanchang.reading._replace(tables=tables)), "first")
    shown = disclosure.released(made, "residents")
    hidden = shown[shown["community_id"] == "C01"]
    assert len(hidden) == 10  # of two outcomes: direct, model, shrinkage, two limits
    assert hidden["estimate"].isna().all()
    assert set(hidden["reason"]) == {"hidden"}
    assert shown.loc[shown["community_id"] == "C02", "estimate"].notna().all()


def test_an_interval_of_the_model_is_normal_on_its_mean_squared_error(areas):
    model = rows_of(areas, "small_area_satisfaction_score", "satisfaction_score")
    assert (model["high"] - model["low"]).to_numpy() == pytest.approx(
        2 * stats.norm.isf(0.025) * model["se"].to_numpy()
    )
    assert set(model["interval"]) == {"eblup"}
