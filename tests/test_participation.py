"""Participation by hand. Golden values: METHODS §4 (the project's definitions), y = (0×6, 1, 1, 2, 6)."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.special import ive
from surveyed import GOLDEN, answers, errors_from_truth, one, small, small_study

from analysis import participation, simulate
from analysis.catalogue import entries
from analysis.errors import StudyError
from analysis.participation.activities import activities_of
from analysis.survey.taking_part import taking_part, together

few = settings(max_examples=5)


@pytest.fixture(scope="module")
def golden():
    return small(answers(GOLDEN))


@pytest.fixture(scope="module")
def measured(nanchang):
    return participation.measures(nanchang)


# Golden values


def test_the_golden_rate_is_two_in_five_with_those_who_do_nothing_in_its_base(golden):
    row = one(participation.rates(golden), "participation_rate")
    assert (row["estimate"], row["numerator"], row["denominator"]) == (pytest.approx(0.40), 4, 10)


@pytest.mark.parametrize(
    ("measure", "expected"), [("acts_mean", 1.0), ("participants_acts_mean", 2.5), ("acts_median", 0)]
)
def test_the_golden_amounts(golden, measure, expected):
    assert one(participation.amounts(golden), measure)["estimate"] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("acts_gini", 0.7600),  # .40 among those who take part only: zeros are included
        ("acts_gini_chance", 0.5238),
        ("acts_gini_excess", 0.2362),
        ("acts_theil", 1.2137),
        ("acts_ge2", 1.6),
        ("acts_atkinson", 0.6562),
    ],
)
def test_the_golden_inequality(golden, measure, expected):
    assert one(participation.inequality(golden), measure)["estimate"] == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(("percent", "expected"), [("10", 0.60), ("20", 0.80)])
def test_the_golden_shares_of_the_most_active(golden, percent, expected):
    assert one(participation.inequality(golden), "acts_top_share", top_percent=percent)["estimate"] == pytest.approx(
        expected
    )


def test_half_of_all_acts_are_done_by_five_sixths_of_the_one_who_does_six(golden):
    assert one(participation.inequality(golden), "acts_half_share")["estimate"] == pytest.approx(5 / 6 / 10)


def test_the_golden_change_is_less_by_the_rate_and_more_by_those_who_take_part():
    second = answers((0, 0, 0, 0, 0, 0, 0, 2, 4, 6), "second")  # rate .30, mean of participants 4.0
    rows = participation.changes(small(answers(GOLDEN), second))
    parts = [
        one(rows, name)["estimate"]
        for name in ("acts_change_by_rate", "acts_change_by_participants", "acts_mean_change")
    ]
    assert parts == pytest.approx([-0.325, 0.525, 0.20])
    assert one(rows, "rate_change")["estimate"] == pytest.approx(-0.10)
    assert one(rows, "rate_change")["window"] == "first→second"


def test_the_golden_sources_add_up_to_the_gini_index():
    first = answers((0, 0, 0, 0, 0, 0, 1, 0, 1, 2))
    second = answers((0, 0, 0, 0, 0, 0, 0, 1, 1, 4), activity="political")
    rows = participation.sources(small(first, second))
    of = {(row["activity"], row["component"]): row["estimate"] for _, row in rows.iterrows()}
    assert of["culture_sport", "contribution"] == pytest.approx(0.76 * 0.3816, abs=5e-5)
    assert of["political", "contribution"] == pytest.approx(0.76 * 0.6184, abs=5e-5)
    assert of["culture_sport", "relative_contribution"] == pytest.approx(0.3816, abs=5e-5)
    assert of["culture_sport", "marginal_effect"] == pytest.approx(-0.0184, abs=5e-5)
    assert of["political", "marginal_effect"] == pytest.approx(0.0184, abs=5e-5)
    total = sum(value for (_, component), value in of.items() if component == "contribution")
    assert total == pytest.approx(0.76)


def test_the_golden_theil_index_lies_within_the_groups():
    groups = ["female"] * 5 + ["male"] * 5
    acts = (0, 0, 0, 1, 2, 0, 0, 0, 1, 6)
    rows = participation.between_groups(small(answers(acts), sex=groups))
    assert one(rows, "acts_theil_groups", grouped_by="sex", component="within")["estimate"] == pytest.approx(
        1.1314, abs=5e-5
    )
    assert one(rows, "acts_theil_groups", grouped_by="sex", component="between")["estimate"] == pytest.approx(
        0.0823, abs=5e-5
    )
    share = one(rows, "acts_theil_groups", grouped_by="sex", component="between_share")
    assert share["estimate"] == pytest.approx(0.0823 / 1.2137, abs=5e-5)
    assert 0 < share["low"] < share["high"] < 1


# Chance


@given(st.floats(0.05, 8))
@few
def test_the_chance_curve_has_the_area_of_the_chance_baseline(mu):
    points = np.concatenate([[0.0], stats.poisson.cdf(np.arange(60), mu), [1.0]])  # it is straight between these
    curve = [participation.poisson_lorenz(mu, p) for p in points]
    area = np.trapezoid(curve, points)
    assert 1 - 2 * area == pytest.approx(ive(0, 2 * mu) + ive(1, 2 * mu), abs=1e-9)  # METHODS §4; at μ = 1, .5238


def test_the_chance_curve_by_hand():
    # Poisson with mean 1: e⁻¹ have none and as many have one, with e⁻¹ of all acts
    none = np.exp(-1)
    assert participation.poisson_lorenz(1, none) == pytest.approx(0, abs=1e-12)
    assert participation.poisson_lorenz(1, 1.5 * none) == pytest.approx(0.5 * none)
    assert participation.poisson_lorenz(1, 2 * none) == pytest.approx(none)
    assert participation.poisson_lorenz(1, 1.0) == 1
    assert np.isnan(participation.poisson_lorenz(0, 0.5))


def test_a_curve_is_flat_over_those_who_do_nothing_and_its_band_stays_where_a_curve_can_be(golden):
    rows = participation.curve(golden, points=(0.0, 0.3, 0.6, 0.9, 1.0))
    own = rows[rows["measure"] == "acts_lorenz"].set_index("population_share")
    assert own["estimate"].to_dict() == pytest.approx({0.0: 0, 0.3: 0, 0.6: 0, 0.9: 0.4, 1.0: 1})
    assert (own["low"].dropna() >= 0).all()
    assert (own["high"].dropna() <= own.index[own["high"].notna()]).all()
    assert set(rows["measure"]) == {"acts_lorenz", "acts_lorenz_chance"}


# Missing answers


def test_who_was_not_asked_is_in_no_base_and_is_no_zero():
    rows = participation.rates(small(answers((0, 0, 1, None, None))))
    row = one(rows, "activity_rate")
    assert (row["estimate"], row["n"], row["excluded"]) == (pytest.approx(1 / 3), 3, "takes_part not_asked 2")
    assert one(participation.amounts(small(answers((0, 3, None)))), "acts_mean")["estimate"] == pytest.approx(1.5)


def test_who_remembers_the_category_only_takes_part_but_adds_no_acts():
    told = answers((0, 0, 4, None)).assign(frequency=["never", "never", "sometimes", "often"])
    told["acts_missing"] = told["acts_missing"].mask(told["acts"].isna(), "dont_know")
    activities = small(told)
    assert one(participation.rates(activities), "participation_rate")["estimate"] == pytest.approx(2 / 4)
    mean = one(participation.amounts(activities), "acts_mean")
    assert (mean["estimate"], mean["n"], mean["excluded"]) == (pytest.approx(4 / 3), 3, "acts dont_know 1")


def test_yes_and_no_are_enough_for_rates_and_for_nothing_else():
    told = answers((0, 1, 1, None)).drop(columns=["acts", "acts_missing"])
    told["took_part"] = pd.array([False, True, True, None], dtype="boolean")
    opened = small_study(told)
    rows = participation.measures(opened)
    assert one(rows, "participation_rate")["estimate"] == pytest.approx(2 / 3)
    assert not {"acts_mean", "acts_gini", "frequency_share", "passive_share"} & set(rows["measure"])


def test_somebody_with_one_answer_missing_is_not_in_the_base_of_any_activity_whatever_the_other_says():
    # kept for a yes and left out for a no, the rate would rise with the missing answers
    first = answers((0, 0, 1, 1))
    second = answers((0, None, None, 0), activity="political")
    row = one(participation.rates(small(first, second)), "participation_rate")
    assert (row["estimate"], row["n"]) == (pytest.approx(1 / 2), 2)


def test_passive_is_nothing_more_often_than_rarely():
    first = answers((0, 1, 4, 9)).assign(frequency=["never", "rarely", "sometimes", "often"])
    second = answers((0, 0, 0, 0), activity="political").assign(frequency="never")
    assert one(participation.rates(small(first, second)), "passive_share")["estimate"] == pytest.approx(2 / 4)


# What must be said in words


def test_where_nobody_takes_part_the_rate_is_zero_and_all_else_is_missing_with_a_reason():
    groups = ["female", "male"] * 10
    told = [answers([0] * 20, wave) for wave in ("first", "second")]
    rows = participation.measures(small_study(*told, sex=groups))
    rate = rows[rows["measure"] == "participation_rate"]
    assert (rate["estimate"] == 0).all()
    assert (rate["high"] > 0).all()
    for measure, reason in (
        ("acts_gini", "nothing_to_share"),
        ("acts_theil", "nothing_to_share"),
        ("acts_top_share", "nothing_to_share"),
        ("acts_lorenz", "nothing_to_share"),
        ("representation_ratio", "nobody_takes_part"),
        ("core_overlap", "core_beyond_participants"),
        ("acts_effect", "no_model"),
        ("acts_change_by_rate", "empty_base"),
        ("participation_concentration_index", "nothing_to_share"),
    ):
        own = rows[rows["measure"] == measure]
        if measure == "acts_lorenz":
            own = participation.curve(activities_of(small_study(*told, sex=groups)))
        assert own["estimate"].isna().all(), measure
        assert set(own["reason"]) <= {reason}, measure


def test_waves_without_respondents_in_common_have_no_core():
    rows = participation.measures(small_study(answers(GOLDEN), answers(GOLDEN, "second", start=50)))
    core = rows[rows["measure"].isin(["core_overlap", "again_rate"])]
    assert core["estimate"].isna().all()
    assert set(core["reason"]) == {"no_common_respondents"}


def test_waves_that_asked_for_different_activities_are_compared_in_those_in_common_only():
    first = [answers(GOLDEN), answers(GOLDEN, activity="political")]
    rows = participation.changes(small(*first, answers(GOLDEN, "second")))
    assert one(rows, "activity_rate_change", activity="culture_sport")["estimate"] == pytest.approx(0)
    for measure in ("rate_change", "acts_mean_change"):
        row = one(rows, measure)
        assert (np.isnan(row["estimate"]), row["reason"]) == (True, "activities_differ")


def test_of_one_community_only_the_errors_are_those_inside_it(nanchang):
    alone = participation.measures(nanchang.restricted("C04"))
    rate = one(alone, "participation_rate", wave="first")
    assert 0 < rate["low"] < rate["estimate"] < rate["high"] < 1
    assert rate["df"] > 8  # persons, not communities


def test_codes_of_categories_are_refused_as_counts():
    category = ["never", "rarely", "sometimes", "often"] * 6
    told = answers([0, 1, 2, 3] * 6).assign(frequency=category)
    with pytest.raises(StudyError) as refused:
        small(told)
    assert refused.value.key == "categories_as_counts"
    assert "24" in str(refused.value)
    small(told.assign(acts=pd.array([0, 1, 4, 9, 0, 2, 3, 7] * 3, dtype="Int64")))  # counts in categories are fine


def test_an_answer_of_nobody_is_refused():
    opened = small_study(answers(GOLDEN))
    people = opened.table("respondents").iloc[1:]
    tables = {**opened.reading.tables, "respondents": people.reset_index(drop=True)}
    with pytest.raises(StudyError) as refused:
        activities_of(replace(opened, reading=opened.reading._replace(tables=tables)))
    assert refused.value.key == "respondents_unknown"


def test_a_wave_that_the_study_has_not_is_refused(golden):
    assert golden.wave() == golden.wave("first") == "first"
    with pytest.raises(StudyError) as refused:
        golden.wave("frist")
    assert refused.value.key == "wave_unknown"


def test_a_study_without_respondents_has_no_measure_of_participation(nanchang):
    tables = {"participation": nanchang.table("participation")}
    assert not len(participation.measures(replace(nanchang, reading=nanchang.reading._replace(tables=tables))))


# Properties


@given(st.lists(st.integers(0, 9), min_size=8, max_size=24), st.permutations(range(8)))
@few
def test_the_order_of_rows_changes_nothing(acts, order):
    told = answers(acts)
    mixed = pd.concat([told.iloc[list(order)], told.iloc[8:]], ignore_index=True)
    one_way, other = (
        participation.measures(small_study(rows)).set_index("measure")["estimate"] for rows in (told, mixed)
    )
    rows = ~one_way.index.isin(["groups_reached", "lowest_group_rate", "activity_group_rate"])
    assert one_way[rows].to_numpy() == pytest.approx(other[rows].to_numpy(), nan_ok=True)


@given(st.lists(st.integers(0, 9), min_size=6, max_size=20).filter(any))
@few
def test_rate_times_mean_of_participants_is_the_mean(acts):
    rows = pd.concat([participation.rates(small(answers(acts))), participation.amounts(small(answers(acts)))])
    mean, rate, own = (
        one(rows, name)["estimate"] for name in ("acts_mean", "participation_rate", "participants_acts_mean")
    )
    assert mean == pytest.approx(rate * own)


# Nanchang


def test_every_measure_is_in_the_catalogue_and_is_of_its_unit(measured):
    known = entries("measures")["measures"]
    assert set(measured["measure"]) <= set(known)
    assert {known[name]["chapter"] for name in measured["measure"].unique()} == {"participation"}
    assert set(measured["unit"]) <= set(entries("measures")["units"])


def test_every_estimate_has_an_error_or_says_why_not(measured):
    without = measured[measured["estimate"].notna() & measured["se"].isna()]
    assert set(without["measure"]) <= {
        "association_p", "association_p_holm", "groups_reached", "group_rate", "rate_gap", "representation_ratio"
    }  # fmt: skip
    assert (measured.loc[measured["estimate"].isna(), "reason"] != "").all()
    assert measured["is_weighted"].all()


@pytest.mark.parametrize(
    ("measure", "where", "truth"),
    [
        ("participation_rate", {"wave": "first"}, "rate"),
        ("participation_rate", {"wave": "second"}, "rate_second"),
        ("activity_rate", {"wave": "first", "activity": "culture_sport"}, "rate_culture_sport"),
        ("activity_rate", {"wave": "first", "activity": "political"}, "rate_political"),
        ("activity_rate", {"wave": "first", "activity": "public_benefit"}, "rate_public_benefit"),
        ("activity_rate", {"wave": "first", "activity": "deliberation"}, "rate_deliberation"),
        ("acts_mean", {"wave": "first"}, "acts_mean"),
        ("acts_gini", {"wave": "first"}, "acts_gini"),
        ("acts_top_share", {"wave": "first", "top_percent": "10"}, "acts_top_tenth"),
        ("again_rate", {"wave": "second"}, "rate_again"),
        ("group_rate", {"wave": "first", "group": "older_women"}, "rate_of_is_older_woman"),
        ("group_rate", {"wave": "first", "group": "party_members"}, "rate_of_is_party_member"),
        ("group_rate", {"wave": "first", "group": "retired_cadres"}, "rate_of_is_retired_cadre"),
        ("group_rate", {"wave": "first", "group": "in_hardship"}, "rate_of_is_hardship"),
        ("group_rate", {"wave": "first", "group": "migrants"}, "rate_of_is_migrant"),
    ],
)
def test_estimates_lie_within_three_standard_errors_of_the_known_truth(measured, measure, where, truth):
    row = one(measured, measure, **where)
    assert abs(row["estimate"] - simulate.simulate().truth[truth]) < 3 * row["se"]


def test_hardly_an_estimate_of_the_chapter_lies_more_than_three_standard_errors_from_the_truth(measured):
    distance = errors_from_truth(measured)
    assert len(distance) > 490
    assert (distance > 3).mean() < 0.017  # Student's t with 8 degrees of freedom


def test_the_core_is_the_same_people_far_beyond_chance(measured):
    assert one(measured, "core_ratio", core_percent="10")["low"] > 1
    assert one(measured, "again_rate")["estimate"] > one(measured, "new_rate")["estimate"]


def test_measures_by_a_column_add_up_in_n(nanchang, measured):
    by_sex = participation.measures(nanchang, ["sex"])
    for wave in ("first", "second"):
        parts = by_sex[(by_sex["measure"] == "participation_rate") & (by_sex["wave"] == wave)]
        assert parts["n"].sum() == one(measured, "participation_rate", wave=wave)["n"]
    assert not len(participation.measures(nanchang, ["role"]))


def test_who_did_nothing_takes_part_in_nothing_only_where_every_activity_is_known():
    rows = pd.DataFrame(
        [
            ("a", 0, "never"), ("a", 2, "rarely"),
            ("b", 0, "never"), ("b", 0, "never"),
            ("c", None, None), ("c", 0, "never"),
            ("d", None, "often"), ("d", 0, "never"),
            ("e", None, None), ("e", 3, "often"),
        ],
        columns=["respondent_id", "acts", "frequency"],
    ).astype({"acts": "Int64", "frequency": "str"})  # fmt: skip
    rows = rows.assign(wave="first", activity=["choir", "march"] * 5)
    takes_part = together(taking_part(rows))["takes_part"].droplevel("wave")
    assert takes_part.dropna().to_dict() == {"a": 1, "b": 0, "d": 1}  # c and e have a gap
