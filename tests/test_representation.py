"""Who takes part against who lives here, by hand. Golden values: METHODS §4, concentration."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from surveyed import answers, one, small, small_study

from analysis import participation
from analysis.catalogue import base, extended
from analysis.inference import SurveyDesign
from analysis.measure import arranged
from analysis.participation import breadth, propensity, representation
from analysis.survey.groups import groups_of

# Four women with 0, 1, 2, 3 acts; six men with 0, 0, 0, 0, 1, 5: five of the ten take part, in all twelve acts.
SEX = ["female"] * 4 + ["male"] * 6
ACTS = (0, 1, 2, 3, 0, 0, 0, 0, 1, 5)
SCHOOLING = [
    "primary",
    "primary",
    "primary",
    "senior_secondary",
    "senior_secondary",
    "senior_secondary",
    *["bachelor"] * 4,
]
HIT = (0, 0, 0, 1, 0, 0, 1, 0, 1, 1)


def ratios(opened):
    activities = participation.prepared(opened)
    return representation.representation(activities, groups_of(opened, activities.people))


def test_women_are_over_represented_by_hand():
    rows = ratios(small_study(answers(ACTS), sex=SEX))
    # 3 of the 5 who take part, 4 of the 10 who live there; 6 of the 12 acts
    row = one(rows, "representation_ratio", group="women", among="participants")
    assert (row["estimate"], row["numerator"], row["n"]) == (pytest.approx((3 / 5) / (4 / 10)), 3, 4)
    assert one(rows, "representation_ratio", group="women", among="acts")["estimate"] == pytest.approx(
        (6 / 12) / (4 / 10)
    )
    assert one(rows, "representation_ratio", group="men", among="participants")["estimate"] == pytest.approx(
        (2 / 5) / (6 / 10)
    )


def test_the_shares_of_groups_that_divide_everybody_weigh_their_ratios_to_one():
    rows = ratios(small_study(answers(ACTS), sex=SEX)).set_index(["group", "among"])["estimate"]
    for among in ("participants", "acts"):
        assert 0.4 * rows["women", among] + 0.6 * rows["men", among] == pytest.approx(1)


def test_the_interval_of_a_ratio_is_symmetric_on_the_log_scale():
    row = one(
        ratios(small_study(answers(ACTS * 8), sex=SEX * 8)), "representation_ratio", group="women", among="participants"
    )
    assert row["low"] * row["high"] == pytest.approx(row["estimate"] ** 2)
    assert row["interval"] == "log"


def test_the_error_of_a_ratio_is_that_of_the_jackknife():
    acts, sex = np.array(ACTS * 6), np.array(SEX * 6)
    row = one(ratios(small_study(answers(acts), sex=list(sex))), "representation_ratio", group="women", among="acts")
    kept = []
    for left_out in range(len(acts)):
        own = np.delete(acts, left_out), np.delete(sex, left_out) == "female"
        kept.append((own[0][own[1]].sum() / own[0].sum()) / own[1].mean())
    jackknife = np.sqrt(59 / 60 * ((np.array(kept) - np.mean(kept)) ** 2).sum())
    assert row["se"] == pytest.approx(jackknife, rel=0.05)  # of first order both, with 60 rows


def test_a_gap_is_the_difference_of_two_rates_and_a_group_rate_is_one_of_them():
    opened = small_study(answers(ACTS), sex=SEX)
    activities = participation.prepared(opened)
    rows = representation.group_rates(activities, groups_of(opened, activities.people))
    assert one(rows, "group_rate", group="women")["estimate"] == pytest.approx(3 / 4)
    assert one(rows, "rate_gap", group="women")["estimate"] == pytest.approx(3 / 4 - 2 / 6)


def test_where_all_of_a_group_take_part_there_is_no_interval():
    opened = small_study(answers((1, 2, 0, 0, 1, 0)), sex=["female"] * 2 + ["male"] * 4)
    activities = participation.prepared(opened)
    rows = representation.group_rates(activities, groups_of(opened, activities.people))
    gap = one(rows, "rate_gap", group="women")
    assert gap["estimate"] == pytest.approx(1 - 1 / 4)
    assert (np.isnan(gap["low"]), gap["interval"]) == (True, "none")
    by_acts = one(ratios(opened), "representation_ratio", group="women", among="acts")
    assert np.isfinite(by_acts["low"])  # acts vary


def test_who_is_not_known_to_belong_is_in_no_base():
    rows = ratios(small_study(answers((1, 0, 1, 0)), sex=["female", "female", "male", None]))
    row = one(rows, "representation_ratio", group="women", among="participants")
    assert row["estimate"] == pytest.approx((1 / 2) / (2 / 3))
    assert row["excluded"] == "sex not_recorded 1"


# Groups


def test_groups_overlap_and_need_all_that_their_entry_says():
    people = {"sex": ["female", "female", "male", "female"], "birth_year": [1960, 1990, 1950, 1968]}
    opened = small_study(answers((1, 0, 1, 0)), settings={"wave_years": {"first": 2018}}, **people)
    activities = participation.prepared(opened)
    members = {group.name: list(group.member) for group in groups_of(opened, activities.people)}
    assert members["women"] == [1, 1, 0, 1]
    assert members["older_women"] == [1, 0, 0, 1]  # 50 counts
    assert members["aged_60_and_over"] == [0, 0, 1, 0]
    assert "party_members" not in members  # nobody was asked


def test_a_group_of_nobody_has_no_rows_and_of_nobody_in_a_wave_no_estimate_there():
    first, second = answers((1, 0, 2, 0, 1, 0)), answers((0, 1, 3), wave="second", start=3)
    opened = small_study(first, second, is_party_member=[True] * 3 + [False] * 3, is_migrant=[False] * 6)
    activities = participation.prepared(opened)
    groups = groups_of(opened, activities.people)
    assert "migrants" not in [group.name for group in groups]
    party = [group for group in groups if group.name == "party_members"]
    rows = [representation.group_rates(activities, party), representation.representation(activities, party)]
    rows = pd.concat(rows, ignore_index=True)
    assert rows.groupby("wave", observed=True)["n"].agg(set).to_dict() == {"first": {3}, "second": {0}}
    nobody = rows[rows["wave"] == "second"]
    assert nobody[["estimate", "se", "low", "high"]].isna().all(axis=None)
    assert set(nobody["reason"]) == {"empty_base"}


def test_a_group_of_schooling_is_not_formed_where_a_category_straddles_its_bounds():
    frame = pd.DataFrame({"education": ["senior_secondary_or_below", "bachelor", "junior_college"]})
    opened = small_study(answers((1, 0, 1)))
    names = [group.name for group in groups_of(opened, frame)]
    assert names == ["college"]  # neither category straddles tertiary, one straddles senior secondary


def test_a_group_may_have_several_levels_of_a_column():
    opened = small_study(answers((1, 0, 1, 0)), education=["primary", "bachelor", "master", None])
    either = {"graduates": {"zh": "学士及以上", "en": "Graduates", "where": {"education": ["bachelor", "master"]}}}
    group = groups_of(
        replace(opened, catalogue=extended({"group": either}, {})), opened.table("respondents"), ["graduates"]
    )[0]
    assert list(group.member[:3]) == [0, 1, 1]
    assert np.isnan(group.member[3])


# Concentration


@pytest.mark.parametrize(("income", "expected"), [(range(1, 11), 0.40), ((1, 1, 1, 2, 2, 2, 3, 3, 3, 3), 0.425)])
def test_the_golden_concentration_of_taking_part(income, expected):
    activities = small(answers(HIT), income=[float(value) for value in income])
    rows = representation.concentration(activities, base())
    assert one(rows, "participation_concentration_index")["estimate"] == pytest.approx(expected)
    assert one(rows, "participation_erreygers_index")["estimate"] == pytest.approx(4 * 0.4 * expected)
    assert one(rows, "participation_wagstaff_index")["estimate"] == pytest.approx(expected / 0.6)


def test_schooling_is_ranked_by_its_order_and_not_by_its_spelling():
    rows = representation.concentration(small(answers(HIT), education=SCHOOLING), base())
    # ranks as those of the incomes 1, 1, 1, 2, 2, 2, 3, 3, 3, 3; "bachelor" is spelt first
    assert one(rows, "participation_concentration_index", ranked_by="education")["estimate"] == pytest.approx(0.425)


def test_schooling_that_holds_other_schooling_has_no_order():
    open_ended = ["senior_secondary_or_below", "primary", "bachelor"]
    assert not len(representation.concentration(small(answers((1, 0, 1)), education=open_ended), base()))


def test_classes_are_ranked_in_the_order_in_which_the_study_declares_them_low_to_high():
    classes = {one: {"zh": one, "en": one} for one in ("lower", "middle", "higher")}
    people = small(answers(HIT), social_class=["lower"] * 3 + ["middle"] * 3 + ["higher"] * 4)
    rows = representation.concentration(people, extended({"social_class": classes}, {}))
    # ranks as those of the incomes 1, 1, 1, 2, 2, 2, 3, 3, 3, 3
    assert one(rows, "participation_concentration_index", ranked_by="social_class")["estimate"] == pytest.approx(0.425)


def test_classes_ethnic_groups_and_housing_are_tested_too():
    halves = {column: ["a"] * 5 + ["b"] * 5 for column in ("social_class", "ethnic_group", "housing_tenure")}
    rows = representation.associations(small(answers(HIT), **halves))
    assert set(rows["grouped_by"]) == {*halves}


# Tests of independence


def test_a_column_with_one_value_cannot_be_tested_and_says_so():
    rows = representation.associations(small(answers(ACTS), sex=["female"] * 10, is_migrant=[True, False] * 5))
    row = one(rows, "association_p", grouped_by="sex")
    assert (np.isnan(row["estimate"]), row["reason"]) == (True, "untestable")
    assert 0 <= one(rows, "association_p", grouped_by="is_migrant")["estimate"] <= 1
    # it is no part of the family either
    alone = one(rows, "association_p_holm", grouped_by="is_migrant")["estimate"]
    assert alone == one(rows, "association_p", grouped_by="is_migrant")["estimate"]


# Breadth


def rates(*rows):
    """Rates of groups, drawn as a table: activity, group, estimate, low, high."""
    table = pd.DataFrame(rows, columns=["activity", "group", "estimate", "low", "high"])
    facts = {"measure": "activity_group_rate", "unit": "proportion", "table": "participation", "wave": "first", "n": 40}
    return arranged(table.assign(**facts))


def test_an_activity_reaches_every_group_only_where_every_interval_lies_above_the_floor():
    made = breadth.breadth(
        rates(
            ("culture_sport", "women", 0.40, 0.30, 0.50),
            ("culture_sport", "men", 0.20, 0.06, 0.35),
            ("political", "women", 0.10, 0.04, 0.20),  # below and above: nobody can say
            ("political", "men", 0.01, 0.00, 0.03),
        ),
        0.05,
    )
    counts = made[made["measure"] == "groups_reached"].set_index(["activity", "reach"])["estimate"].to_dict()
    assert counts == {
        ("culture_sport", "reached"): 2,
        ("culture_sport", "undecided"): 0,
        ("culture_sport", "missed"): 0,
        ("political", "reached"): 0,
        ("political", "undecided"): 1,
        ("political", "missed"): 1,
    }
    assert breadth.reach_every_group(made, "first") == ["culture_sport"]
    lowest = made[made["measure"] == "lowest_group_rate"].set_index("activity")["group"].to_dict()
    assert lowest == {"culture_sport": "men", "political": "men"}


def test_a_rate_without_an_interval_reaches_nobody():
    made = breadth.breadth(rates(("culture_sport", "women", 0.9, np.nan, np.nan)), 0.05)
    assert breadth.reach_every_group(made, "first") == []


# Models


def test_the_effect_of_a_single_group_is_the_difference_of_two_rates_and_of_two_means():
    opened = small_study(answers(ACTS * 3), settings={"model_groups": ["women"]}, sex=SEX * 3)
    activities = participation.prepared(opened)
    rows = propensity.effects(activities, propensity.model_groups(opened, activities.people))
    assert one(rows, "participation_effect", group="women")["estimate"] == pytest.approx(3 / 4 - 2 / 6)
    assert one(rows, "acts_effect", group="women")["estimate"] == pytest.approx(6 / 4 - 6 / 6)


def test_a_group_of_which_all_take_part_is_left_out_with_its_members_and_says_so():
    migrants = [True, True, *[False] * 8]
    acts = (4, 2, 0, 1, 0, 0, 0, 1, 3, 0)
    opened = small_study(
        answers(acts * 3),
        settings={"model_groups": ["women", "migrants"]},
        sex=["female", "male"] * 15,
        is_migrant=migrants * 3,
    )
    activities = participation.prepared(opened)
    rows = propensity.effects(activities, propensity.model_groups(opened, activities.people))
    left_out = one(rows, "participation_effect", group="migrants")
    assert (np.isnan(left_out["estimate"]), left_out["reason"]) == (True, "all_or_none")
    # without the migrants: women 0, 0, 0, 3 → 1 of 4; men 1, 0, 1, 0 → 2 of 4
    assert one(rows, "participation_effect", group="women")["estimate"] == pytest.approx(1 / 4 - 2 / 4)


def test_weights_move_a_ratio():
    frame = pd.DataFrame(
        {"takes_part": [1.0, 0, 1, 0], "sex": ["female", "female", "male", "male"], "w": [3.0, 1, 1, 3]}
    )
    group = groups_of(small_study(answers((1, 0, 1, 0)), sex=list(frame["sex"])), frame, ["women"])[0]
    made = representation.representation_ratio(frame, group, "participants", SurveyDesign(weights="w"), [])
    assert made.table["estimate"].iloc[0] == pytest.approx((3 / 4) / (4 / 8))
