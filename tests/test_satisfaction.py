"""Satisfaction by hand. Golden values: METHODS §5 (the project's definitions)."""

import json
from dataclasses import replace
from io import StringIO
from itertools import pairwise
from unittest.mock import MagicMock

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Text
from surveyed import errors_from_truth

from analysis import claims, compute, satisfaction, simulate
from analysis.catalogue import base
from analysis.errors import StudyError
from analysis.inference import SurveyDesign
from analysis.locations import ROOT
from analysis.measure import arranged
from analysis.reporting import disclosure, figures, page
from analysis.reporting.figures import legends
from analysis.reporting.figures import likert as drawings
from analysis.reporting.wording import Wording
from analysis.satisfaction import drivers, fuzzy, likert, questionnaire
from analysis.satisfaction.questionnaire import Questionnaire, positions
from analysis.simulate.residents import ANSWER_SHARES

SCALE = list(base().level_set("satisfaction"))
GOLDEN = (5, 10, 25, 40, 20)
"""METHODS §5: .60 satisfied, .15 dissatisfied, net +.45, mean 3.60, score 65."""


def asked_of(answers, reasons=None, respondents=None, design=None, scale=SCALE):
    """A questionnaire from a frame of positions, one column an item."""
    answers = pd.DataFrame(answers).astype("float64")
    reasons = pd.DataFrame("dont_know", answers.index, answers.columns) if reasons is None else pd.DataFrame(reasons)
    people = pd.DataFrame({"respondent_id": [f"R{i}" for i in answers.index], "wave": "first"})
    people = people.assign(**(respondents or {}))
    return Questionnaire(
        people, answers, reasons.where(answers.isna(), None).astype("str"), scale, design or SurveyDesign()
    )


def golden():
    """A hundred answers with the golden counts."""
    return asked_of({"overall": np.repeat([1, 2, 3, 4, 5], GOLDEN)})


def only(made):
    """The only row of a result."""
    (row,) = (made if isinstance(made, pd.DataFrame) else made.table).to_dict("records")
    return row


@pytest.fixture(scope="module")
def measured(nanchang):
    return satisfaction.measures(nanchang)


def panel(first, second):
    """An item in two waves, drawn as rows `id answer`."""
    waves = {"first": first, "second": second}
    tables = [
        pd.read_csv(StringIO(rows), sep=" ", names=["respondent_id", "overall"]).assign(wave=wave)
        for wave, rows in waves.items()
    ]
    both = pd.concat(tables, ignore_index=True)
    asked = asked_of(both[["overall"]])
    return replace(asked, respondents=both[["respondent_id", "wave"]], declared=SurveyDesign(clusters="respondent_id"))


# Golden values


def test_the_golden_shares_mean_and_score():
    asked = golden()
    values = {
        name: only(call(asked))["estimate"]
        for name, call in (
            ("satisfied", likert.satisfied),
            ("dissatisfied", likert.dissatisfied),
            ("net", likert.net),
            ("mean", likert.mean_score),
            ("score", likert.score_100),
        )
    }
    expected = {"satisfied": 0.60, "dissatisfied": 0.15, "net": 0.45, "mean": 3.60, "score": 65.0}
    assert values == pytest.approx(expected, rel=1e-12)


def test_the_score_is_not_the_mean_over_five():
    assert only(likert.score_100(golden()))["estimate"] != pytest.approx(100 * 3.6 / 5)


def test_the_shares_of_the_levels_are_the_golden_counts_in_the_order_of_the_scale():
    table = likert.shares(golden()).table
    assert table["score"].tolist() == SCALE
    assert table["estimate"].tolist() == pytest.approx([count / 100 for count in GOLDEN])
    assert table["numerator"].tolist() == list(GOLDEN)


def test_net_is_in_points_and_has_the_error_of_a_difference_of_shares_of_the_same_answers():
    row = only(likert.net(golden()))
    # of a simple random sample of n: (p₁ + p₂ − (p₁ − p₂)²)/(n − 1)
    assert row["se"] == pytest.approx(np.sqrt((0.60 + 0.15 - 0.45**2) / 99), rel=1e-12)
    assert row["unit"] == "points"


def test_the_score_has_the_mean_s_error_times_what_a_step_is_worth():
    mean, score = only(likert.mean_score(golden())), only(likert.score_100(golden()))
    assert score["se"] == pytest.approx(25 * mean["se"], rel=1e-12)


def test_ends_of_a_scale_of_three_are_one_level_each():
    asked = asked_of({"overall": [1, 2, 2, 3]}, scale=["low", "middle", "high"])
    assert only(likert.satisfied(asked))["estimate"] == 0.25
    assert only(likert.dissatisfied(asked))["estimate"] == 0.25


# What is no answer


def test_a_dont_know_can_not_be_averaged_as_a_number():
    for wrong in ("-1", "-3", "6", "satisfied "):
        with pytest.raises(StudyError) as refused:
            positions(pd.Series(["satisfied", wrong], name="score"), SCALE)
        assert refused.value.key == "answer_off_scale"
        assert wrong in str(refused.value)


def test_positions_are_those_of_the_declared_order_whatever_the_alphabet_says():
    given = pd.Series(["very_satisfied", "dissatisfied", None, "very_dissatisfied"], name="score", dtype="str")
    assert positions(given, SCALE).tolist()[:2] == [5, 2]
    assert positions(given, SCALE).isna().tolist() == [False, False, True, False]


def test_nonresponse_is_of_those_asked_by_reason():
    answers = {"overall": [4, np.nan, np.nan, 2, np.nan, 5, np.nan, 1]}
    reasons = {"overall": [None, "dont_know", "refused", None, "not_asked", None, "dont_know", None]}
    table = likert.nonresponse(asked_of(answers, reasons)).table
    total = table[table["measure"] == "item_nonresponse"].iloc[0]
    assert (total["numerator"], total["denominator"]) == (3, 7)  # who was not asked is not in the base
    by_reason = table.set_index("missing_reason")["estimate"]
    assert by_reason[["dont_know", "refused"]].tolist() == pytest.approx([2 / 7, 1 / 7])
    assert "not_asked" not in by_reason.index


def test_a_missing_answer_is_counted_by_its_reason_and_not_in_the_base():
    asked = asked_of({"overall": [5, 1, np.nan, np.nan]}, {"overall": ["", "", "refused", "dont_know"]})
    row = only(likert.satisfied(asked))
    assert (row["estimate"], row["n"], row["excluded"]) == (0.5, 2, "score dont_know 1; score refused 1")


def test_an_item_that_nobody_was_asked_in_a_wave_has_no_estimate_and_says_so():
    asked = asked_of(
        {"overall": [np.nan, np.nan], "safety": [4, 5]}, {"overall": ["not_asked"] * 2, "safety": [""] * 2}
    )
    row = likert.satisfied(asked).table.set_index("item").loc["overall"]
    assert (row["reason"], np.isnan(row["estimate"])) == ("empty_base", True)


def test_an_empty_level_keeps_its_row_with_nobody_in_it():
    table = likert.shares(asked_of({"overall": [1, 1, 4, 5]})).table.set_index("score")
    assert table.index.tolist() == SCALE
    assert table.loc["neutral", ["estimate", "numerator", "denominator"]].tolist() == [0, 0, 4]


def test_an_item_with_one_level_has_shares_and_no_correlation():
    answers = {"safety": [4, 4, 4, 4, 4], "culture": [1, 2, 3, 4, 5], "environment": [2, 1, 3, 5, 4]}
    asked = asked_of(answers)
    assert likert.satisfied(asked).table.set_index("item").loc["safety", "estimate"] == 1
    table = satisfaction.scale_measures(asked)
    rest = table[table["measure"] == "item_rest_correlation"].set_index("item")
    assert rest.loc["safety", "reason"] == "no_variance"
    assert table.set_index("measure").loc["satisfaction_kmo", "reason"] == "singular"
    assert table.set_index("measure").loc["satisfaction_omega", "reason"] == "improper"


# The design


def test_weights_make_the_shares():
    asked = asked_of({"overall": [5, 1]}, respondents={"w": [3.0, 1.0]}, design=SurveyDesign(weights="w"))
    row = only(likert.satisfied(asked))
    assert (row["estimate"], row["numerator"], row["denominator"]) == (0.75, 1, 2)


def test_a_community_that_is_itself_the_cluster_has_the_error_of_the_sample_inside_it():
    rng = np.random.default_rng(3)
    place = np.repeat(["A", "B", "C"], 40)
    people = {"community_id": place, "w": rng.uniform(1, 2, 120)}
    declared = SurveyDesign(weights="w", clusters="community_id")
    asked = asked_of({"overall": rng.integers(1, 6, 120)}, respondents=people, design=declared)
    inside = asked.design(["community_id"])
    assert (inside.strata, inside.clusters) == (["community_id"], ["respondent_id"])
    assert asked.design(["wave"]) == SurveyDesign(weights="w", clusters=["community_id", "respondent_id"])
    table = likert.mean_score(asked, ["community_id"]).table.set_index("community_id")
    for name in "ABC":
        rows = place == name
        alone = asked_of(
            asked.answers[rows].reset_index(drop=True),
            respondents={"w": people["w"][rows]},
            design=SurveyDesign(weights="w"),
        )
        assert table.loc[name, "se"] == pytest.approx(only(likert.mean_score(alone, []))["se"], rel=1e-12)


def test_without_clusters_a_respondent_of_two_waves_is_one():
    asked = replace(panel("A 1\nB 5\nC 3\n", "A 2\nB 5\nC 4\n"), declared=SurveyDesign())
    assert asked.design(["wave"]).clusters == "respondent_id"


def test_one_community_alone_has_every_measure(nanchang):
    alone = satisfaction.measures(nanchang.restricted("C04"))
    assert set(alone["n"]) <= set(range(101))
    scores = alone[alone["measure"] == "satisfaction_score"]
    assert (scores["se"] > 0).all()


def test_an_answer_of_nobody_is_refused(nanchang):
    tables = dict(nanchang.reading.tables)
    tables["respondents"] = tables["respondents"][tables["respondents"]["respondent_id"] != "R0001"]
    with pytest.raises(StudyError) as refused:
        questionnaire.questionnaire_of(replace(nanchang, reading=nanchang.reading._replace(tables=tables)))
    assert (refused.value.key, refused.value.facts["count"]) == ("respondents_unknown", 7)


# Between waves


def test_a_change_knows_that_the_same_people_answered():
    # scores 0 100 50 75 and 25 100 75 75: differences 25 0 25 0, mean 12.5, deviation² 156.25 · 4/3
    table = satisfaction.changes(panel("A 1\nB 5\nC 3\nD 4\n", "A 2\nB 5\nC 4\nD 4\n"))
    row = only(table[table["measure"] == "score_change"])
    assert row["estimate"] == pytest.approx(12.5)
    assert row["se"] == pytest.approx(np.sqrt(156.25 * 4 / 3 / 4), rel=1e-12)
    assert (row["wave"], row["window"], row["n"]) == ("second", "first→second", 4)


def test_waves_without_respondents_in_common_are_two_samples():
    asked = panel("A 1\nB 5\nC 3\nD 4\n", "E 2\nF 5\nG 4\nH 4\n")
    assert asked.in_both("first", "second") == 0
    row = only(satisfaction.changes(asked)[lambda t: t["measure"] == "score_change"])
    errors = likert.score_100(asked).table["se"]
    assert row["se"] == pytest.approx(np.hypot(*errors), rel=1e-12)


def test_one_wave_has_no_change():
    assert not len(satisfaction.changes(golden()))


def test_a_group_that_was_not_there_in_a_wave_has_no_change_and_says_so():
    asked = panel("A 1\nB 5\nC 3\nD 4\n", "A 2\nB 5\n")
    asked = replace(asked, respondents=asked.respondents.assign(sex=list("mmffmm")))
    table = satisfaction.changes(asked, ["sex"]).set_index(["measure", "sex"])
    assert table.loc[("score_change", "m"), "estimate"] == pytest.approx(12.5)
    gone = table.loc[("score_change", "f")]
    assert (gone["reason"], np.isnan(gone["estimate"])) == ("undefined", True)


# The direction of coding


def likely(seed=2, rows=200):
    """Answers to four items that share a factor, and an overall one."""
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=rows)
    items = ["environment", "safety", "one_stop_service", "culture", "overall"]
    return {item: np.clip(np.round(3 + factor + rng.normal(0, 0.8, rows)), 1, 5) for item in items}


def test_a_reversed_item_is_named_and_the_scale_marked_for_review():
    answers = likely()
    right = satisfaction.scale_measures(asked_of(answers))
    assert satisfaction.perhaps_reversed(right) == []
    assert set(right.loc[right["measure"] == "satisfaction_alpha", "reliability"]) == {"show"}
    wrong = satisfaction.scale_measures(asked_of(answers | {"safety": 6 - answers["safety"]}))
    assert satisfaction.perhaps_reversed(wrong) == ["safety"]
    assert set(wrong.loc[wrong["measure"] == "satisfaction_alpha", "reliability"]) == {"review"}
    text = base().text("satisfaction_reversed", "en", items="Safety")
    assert text.startswith("**Check the direction of coding**: Safety")


def test_the_overall_item_is_no_part_of_the_scale():
    table = satisfaction.scale_measures(asked_of(likely()))
    assert "overall" not in set(table["item"].dropna())
    one_item = asked_of({"overall": [1, 2, 3], "safety": [1, 2, 3]})
    assert not len(satisfaction.scale_measures(one_item))


# Importance and performance


def test_the_lines_are_the_means_of_the_items_and_a_point_is_decided_only_where_its_intervals_are_clear_of_them():
    answers = likely(rows=400)
    answers["culture"] = np.clip(answers["culture"] - 2, 1, 5)
    table = satisfaction.importance_performance(asked_of(answers))
    performance = table[table["measure"] == "performance"].set_index("item")
    line = only(table[table["measure"] == "performance_line"])["estimate"]
    assert line == pytest.approx(performance["estimate"].mean(), rel=1e-12)
    importance = table[table["measure"] == "derived_importance"].set_index("item")
    cross = only(table[table["measure"] == "importance_line"])["estimate"]
    for item in performance.index:
        clear = [
            not low <= at <= high
            for (low, high), at in (
                (performance.loc[item, ["low", "high"]], line),
                (importance.loc[item, ["low", "high"]], cross),
            )
        ]
        assert (performance.loc[item, "quadrant"] == "undecided") == (not all(clear))
    assert performance.loc["culture", "high"] < line


def test_without_an_overall_item_importance_is_the_correlation_with_the_rest():
    answers = likely()
    del answers["overall"]
    asked = asked_of(answers)
    importance = satisfaction.importance_performance(asked)
    importance = importance[importance["measure"] == "derived_importance"].set_index("item")["estimate"]
    rest = satisfaction.scale_measures(asked)
    rest = rest[rest["measure"] == "item_rest_correlation"].set_index("item")["estimate"]
    assert importance.to_dict() == pytest.approx(rest.to_dict())


# Fuzzy evaluation

W = [0.5, 0.3, 0.2]
R = [[0.2, 0.5, 0.2, 0.1], [0.1, 0.4, 0.3, 0.2], [0.3, 0.3, 0.3, 0.1]]


def test_the_golden_weighted_average_scores_73_6():
    made = fuzzy.weighted_average(W, R)
    assert made.tolist() == pytest.approx([0.19, 0.43, 0.25, 0.13])
    assert fuzzy.score(made, [100, 80, 60, 40]) == pytest.approx(73.6)


def test_the_golden_max_min_adds_up_to_1_2_and_loses_information():
    made = fuzzy.max_min(W, R)
    assert made.tolist() == [0.2, 0.5, 0.3, 0.2]
    assert made.sum() == pytest.approx(1.2)
    assert fuzzy.normalised(made).sum() == pytest.approx(1)
    weaker = [R[0], R[1], [0.25, 0.3, 0.3, 0.15]]  # another third item, and yet the same result
    assert fuzzy.max_min(W, weaker).tolist() == [0.2, 0.5, 0.3, 0.2]


def test_a_tie_of_memberships_names_both_levels():
    assert fuzzy.grades([0.3, 0.3 + 1e-12, 0.2, 0.2], list("abcd")) == ["a", "b"]
    assert fuzzy.grades([0.1, 0.6, 0.3], list("abc")) == ["b"]


@pytest.mark.parametrize(
    ("weights", "memberships", "key"),
    [
        ([0.5, 0.3, 0.3], R, "fuzzy_sum"),
        (W, [[0.2, 0.5, 0.2, 0.2], R[1], R[2]], "fuzzy_sum"),
        ([1.2, -0.2, 0], R, "fuzzy_sum"),
        ([0.5, 0.5], R, "fuzzy_shape"),
    ],
)
def test_weights_and_memberships_that_are_none_are_refused(weights, memberships, key):
    for operator in (fuzzy.weighted_average, fuzzy.max_min):
        with pytest.raises(StudyError) as refused:
            operator(weights, memberships)
        assert refused.value.key == key


def test_weights_of_other_items_are_refused():
    for weights, key in (({"culture": 1.0}, "fuzzy_shape"), (dict.fromkeys(list(likely())[:4], 0.3), "fuzzy_sum")):
        with pytest.raises(StudyError) as refused:
            satisfaction.fuzzy_evaluation(asked_of(likely()), weights=weights)
        assert refused.value.key == key


def test_the_evaluation_of_a_survey_is_the_weighted_average_of_its_shares_with_their_error():
    asked = asked_of(likely())
    items = [item for item in asked.items if item != "overall"]
    weights = dict(zip(items, [0.4, 0.3, 0.2, 0.1], strict=True))
    made = satisfaction.fuzzy_evaluation(asked, weights=weights)
    shares = likert.shares(asked).table.set_index(["item", "score"])["estimate"]
    by_hand = fuzzy.weighted_average(
        list(weights.values()), [[shares[item, level] for level in SCALE] for item in items]
    )
    memberships = made[made["measure"] == "fuzzy_membership"]
    assert memberships["estimate"].tolist() == pytest.approx(by_hand.tolist())
    # the score is the mean of each respondent's weighted score, and so is its error
    weighted = sum(weight * 25 * (asked.answers[item] - 1) for item, weight in weights.items())
    score = only(made[made["measure"] == "fuzzy_score"])
    assert score["estimate"] == pytest.approx(weighted.mean())
    assert score["se"] == pytest.approx(weighted.std() / np.sqrt(len(weighted)), rel=1e-9)


# Who, and where


def test_differences_of_groups_pay_for_their_number():
    rng = np.random.default_rng(5)
    groups = np.repeat(list("ABCD"), 60)
    answers = np.clip(np.round(3 + (groups == "D") * 1.2 + rng.normal(0, 1, 240)), 1, 5)
    asked = asked_of({"overall": answers}, respondents={"community_id": groups})
    table = satisfaction.between(asked, "community_id")
    pairs = table[table["measure"] == "score_difference"].set_index("contrast")
    assert len(pairs) == 6
    p = table[table["measure"] == "difference_p"].set_index("contrast")["estimate"]
    holm = table[table["measure"] == "difference_p_holm"].set_index("contrast")["estimate"]
    assert (holm >= p).all()
    assert holm.min() == pytest.approx(6 * p.min())
    assert set(holm.index[holm < 0.05]) == {f"community_id=D|{other}" for other in "ABC"}
    assert pairs["coverage"].to_numpy() == pytest.approx(0.95 ** (1 / 6))  # Šidák 1967
    score = 25 * (pd.Series(answers).groupby(groups).mean() - 1)
    assert pairs.loc["community_id=B|A", "estimate"] == pytest.approx(score["B"] - score["A"])


def test_one_group_has_a_score_and_nothing_to_differ_from():
    table = satisfaction.between(
        asked_of({"overall": [1, 2, 5]}, respondents={"community_id": ["A"] * 3}), "community_id"
    )
    assert table["measure"].tolist() == ["group_score"]


def test_words_of_a_pair_are_those_of_its_groups():
    for language, words in (("zh", "男 − 女"), ("en", "Men − Women")):
        assert base().label("contrast", "sex=male|female", language) == words
    assert base().label("predictor", "sex=male", "zh") == "性别：男"


def test_an_odds_ratio_is_that_of_a_table_where_the_answers_are_two():
    # 30 of 40 women and 20 of 40 men are very satisfied: odds 3 and 1
    answers = [5] * 30 + [1] * 10 + [5] * 20 + [1] * 20
    people = {"sex": ["female"] * 40 + ["male"] * 40}
    row = only(drivers.drivers(asked_of({"overall": answers}, respondents=people), "overall", ["sex"]))
    assert (row["predictor"], row["window"]) == ("sex=male", row["wave"])
    assert row["estimate"] == pytest.approx(1 / 3, rel=1e-6)
    assert row["interval"] == "log"
    assert row["low"] * row["high"] == pytest.approx(row["estimate"] ** 2, rel=1e-9)


def test_a_model_that_can_not_be_is_missing_with_a_reason():
    people = {"sex": ["female"] * 10 + ["male"] * 10}
    apart = drivers.drivers(asked_of({"overall": [5] * 10 + [1] * 10}, respondents=people), "overall", ["sex"])
    same = drivers.drivers(asked_of({"overall": [3] * 20}, respondents=people), "overall", ["sex"])
    without = drivers.drivers(asked_of({"overall": [3, 4] * 10}), "overall", ["sex"])
    for table in (apart, same, without):
        assert (only(table)["reason"], np.isnan(only(table)["estimate"])) == ("no_model", True)


# Nanchang


def test_every_measure_is_in_the_catalogue_and_in_its_unit(measured, nanchang):
    by_place = satisfaction.measures(nanchang, ["community_id"])
    for table in (measured, by_place):
        for name, unit in table[["measure", "unit"]].drop_duplicates().itertuples(index=False):
            assert nanchang.catalogue.measure(name)["chapter"] == "satisfaction"
            assert nanchang.catalogue.measure(name)["unit"] == unit


def test_the_shares_of_nanchang_are_within_three_errors_of_the_truth(measured):
    truth = simulate.simulate().truth
    rows = measured[measured["measure"] == "dissatisfied_share"].set_index("item")
    for item in ANSWER_SHARES:
        assert abs(rows.loc[item, "estimate"] - truth[f"dissatisfied_{item}"]) < 3 * rows.loc[item, "se"], item


def test_every_estimate_of_the_chapter_lies_within_three_standard_errors_of_the_truth(measured):
    distance = errors_from_truth(measured)
    assert len(distance) > 120
    assert distance.max() < 3


def test_nothing_that_residents_are_goes_with_their_satisfaction_in_the_simulation_and_the_model_finds_nothing(
    measured,
):
    rows = measured[measured["measure"] == "satisfaction_odds_ratio"]
    assert len(rows) == 5
    assert (np.abs(np.log(rows["estimate"])) < 3 * rows["se"] / rows["estimate"]).all()


def test_nanchang_s_just_under_half_can_not_be_told_from_half(measured):
    rows = measured[measured["measure"] == "dissatisfied_share"].set_index("item")
    for item in ("property_attitude", "property_efficiency"):
        assert 0.45 <= rows.loc[item, "estimate"] < 0.5 < rows.loc[item, "high"]


def test_a_measure_is_found_by_name_and_by_group(nanchang):
    table = compute.measures(nanchang, "satisfied_share", ["sex"])
    assert set(table["sex"]) == {"female", "male"}
    assert len(table) == 2 * 7


def test_a_study_without_answers_has_no_measures(nanchang):
    tables = {name: table for name, table in nanchang.reading.tables.items() if name != "satisfaction"}
    bare = replace(nanchang, reading=nanchang.reading._replace(tables=tables))
    assert not len(satisfaction.measures(bare))
    assert not len(satisfaction.measures(nanchang, ["role"]))


# Figures


def drawn(draw, table, words, **options):
    """A figure and its texts."""
    with figures.house_style():
        figure = draw(table, words, **options)
        figure.draw_without_rendering()
    return figure, [text.get_text() for text in figure.findobj(Text) if text.get_text()]


@pytest.fixture(params=["zh", "en"])
def words(request, nanchang):
    return Wording(nanchang.catalogue, request.param)


def colours_of(table, words):
    figure, _ = drawn(drawings.diverging, table, words)
    return [to_hex(handle.get_facecolor()) for handle in figure.axes[0].get_legend().legend_handles]


def test_an_empty_level_keeps_its_colour_and_its_place_in_the_bars(words):
    full = likert.shares(asked_of({"overall": [1, 2, 3, 4, 5]})).table
    gap = likert.shares(asked_of({"overall": [1, 1, 4, 5, 5]})).table
    assert colours_of(gap, words) == colours_of(full, words)
    assert len(set(colours_of(gap, words))) == 5
    figure, texts = drawn(drawings.diverging, gap, words)
    assert set(words.labels("score", SCALE)) <= set(texts)
    bars = figure.axes[0].patches
    assert [bar.get_width() for bar in bars] == pytest.approx([0.4, 0, 0, 0.2, 0.4])
    assert [bar.get_x() for bar in bars] == pytest.approx([-0.4, 0, 0, 0, 0.2])  # nobody in the middle


def test_the_middle_level_stands_half_on_either_side(words):
    figure, texts = drawn(drawings.diverging, likert.shares(golden()).table, words)
    middle = figure.axes[0].patches[2]
    assert (middle.get_x(), middle.get_width()) == pytest.approx((-0.125, 0.25))
    assert {"15.0%", "60.0%"} <= set(texts)


def test_a_bar_of_which_a_part_is_hidden_is_not_drawn(words):
    table = likert.shares(golden()).table
    hidden = disclosure.released(table, "residents")
    assert (hidden["reason"] == "hidden").any()  # five persons are very dissatisfied
    figure, texts = drawn(drawings.diverging, hidden, words)
    assert not any(bar.get_width() for bar in figure.axes[0].patches)
    assert words.text("hidden") in texts


def test_undecided_points_are_hollow_and_decided_ones_are_not(measured, words):
    names = ["performance", "derived_importance", "performance_line", "importance_line"]
    table = measured[measured["measure"].isin(names)]
    figure, texts = drawn(drawings.importance_performance, table, words)
    points = [line for line in figure.axes[0].get_lines() if line.get_marker() == "o" and len(line.get_xdata())]
    hollow = [line for line in points if line.get_markerfacecolor() == "white"]
    quadrants = table[table["measure"] == "performance"]["quadrant"]
    assert len(points) == len(quadrants)
    assert len(hollow) == (quadrants == "undecided").sum() > 0
    assert words.label("quadrant", "undecided") in texts


def test_intervals_are_drawn_for_each_wave_with_its_own_marker(words):
    table = likert.score_100(panel("A 1\nB 5\nC 3\nD 4\n", "A 2\nB 5\nC 4\nD 4\n")).table
    figure, texts = drawn(drawings.intervals, table, words, rows="item", series="wave")
    lines = figure.axes[0].get_lines()
    assert [line.get_marker() for line in lines] == ["o", "s"]
    assert set(words.labels("wave", ["first", "second"])) <= set(texts)
    assert {"56.3", "68.8"} <= set(texts)  # (0 + 100 + 50 + 75)/4 and (25 + 100 + 75 + 75)/4


def test_numbers_are_the_same_in_both_languages(measured, nanchang):
    table = measured[measured["measure"] == "satisfaction_share"]
    numbers = []
    for language in ("zh", "en"):
        _, texts = drawn(drawings.diverging, table, Wording(nanchang.catalogue, language))
        numbers.append(sorted(text for text in texts if text.endswith("%")))
    assert numbers[0] == numbers[1] != []


def test_many_groups_are_the_highest_and_the_lowest(words):
    groups = [f"C{place:03d}" for place in range(60)]
    frame = pd.DataFrame({"community_id": np.repeat(groups, 3), "x": np.tile([1, 2, 3], 60) % 5 + 1})
    table = likert.score_100(
        asked_of({"overall": frame["x"]}, respondents={"community_id": frame["community_id"]}), ["community_id"]
    ).table
    figure, _ = drawn(drawings.intervals, table, words, rows="community_id")
    assert len(figure.axes[0].get_yticklabels()) == 40


def test_names_of_two_lines_do_not_touch_each_other(words, monkeypatch):
    items = list(base().level_set("item"))[:6]
    asked = asked_of({item: np.tile([1, 2, 3], 60) % 5 + 1 for item in items})
    monkeypatch.setattr(drawings, "in_lines", lambda label: f"{label}\n{label}")
    figure, _ = drawn(drawings.intervals, likert.score_100(asked, []).table, words, rows="item")
    boxes = [label.get_window_extent() for label in figure.axes[0].get_yticklabels()]
    assert len(boxes) == 6
    assert all(lower.y1 < upper.y0 for lower, upper in pairwise(boxes))


def test_many_items_are_numbered_and_named_beside_the_axes(words, monkeypatch):
    monkeypatch.setattr(drawings, "MOST_NAMED", 5)
    items = list(base().level_set("item"))[:6]
    points = pd.DataFrame({"item": items, "estimate": np.linspace(2, 4, 6), "quadrant": "undecided"})
    points = points.assign(low=points["estimate"] - 0.1, high=points["estimate"] + 0.1)
    lines = pd.DataFrame({"measure": ["performance_line", "importance_line"], "estimate": [3.0, 3.0]})
    table = pd.concat([points.assign(measure="performance"), points.assign(measure="derived_importance"), lines])
    table = arranged(table.assign(n=9.0, unit="value", table="satisfaction"))
    _, texts = drawn(drawings.importance_performance, table, words)
    assert {str(place) for place in range(1, 7)} <= set(texts)
    (key,) = [text for text in texts if text.startswith("1  ")]
    assert words.label("item", items[0]) in key


def test_a_legend_of_long_levels_has_several_rows_and_stays_on_the_page():
    assert legends.columns(["非常不满意", "不满意", "一般", "满意", "非常满意"]) == 5
    assert legends.columns(["Mainly works well, could be improved in small ways"] * 4) == 1


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_page_gives_the_same_bytes_twice(measured, nanchang, language, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "display", lambda *_, **__: None)
    kinds = {
        "satisfaction": (drawings.diverging, ["satisfaction_share"], {}),
        "importance": (
            drawings.importance_performance,
            ["performance", "derived_importance", "performance_line", "importance_line"],
            {},
        ),
        "satisfaction_waves": (drawings.intervals, ["satisfaction_score"], {"rows": "item", "series": "wave"}),
    }
    for name, (draw, measures, options) in kinds.items():
        table, written = measured[measured["measure"].isin(measures)], []
        for run in ("first", "second"):
            page.open_page(nanchang, language, tmp_path / run).figure(name, draw, table, **options)
            written.append((tmp_path / run / f"figures/{name}.{language}.svg").read_bytes())
        assert written[0] == written[1]
        assert b"</title><desc id=" in written[0]


def test_a_scale_has_the_items_that_the_study_names():
    answers = {
        "overall": [1, 2, 5, 4],
        "safety": [1, 2, 4, 5],
        "culture": [2, 1, 5, 4],
        "parks": [np.nan, np.nan, 3, np.nan],
    }
    asked = asked_of(answers)
    assert asked.parts == ["safety", "culture", "parks"]
    named = replace(asked, scale_items=["safety", "culture"])
    assert named.parts == ["safety", "culture"]
    alpha = satisfaction.scale_measures(named).set_index("measure").loc["satisfaction_alpha"]
    # variances 10/3 and 10/3, of the sums 3, 3, 9, 9: 12
    assert (alpha["n"], alpha["estimate"]) == (4, pytest.approx(2 * (1 - (20 / 3) / 12)))


@pytest.mark.parametrize("has_claims", [True, False])
def test_what_the_paper_says_stands_only_beside_its_claims(nanchang, has_claims, tmp_path):
    cells = json.loads((ROOT / "notebooks" / "6_satisfaction.ipynb").read_text(encoding="utf-8"))["cells"]
    (cell,) = [source for one in cells if "satisfaction_half" in (source := "".join(one["source"]))]
    opened = nanchang if has_claims else replace(nanchang, folder=tmp_path)
    asked = questionnaire.questionnaire_of(opened)
    page, words, now = MagicMock(), Wording(base(), "zh"), pd.DataFrame({"measure": ["satisfaction_share"]})
    known = {"page": page, "opened": opened, "asked": asked, "words": words, "now": now, "claims": claims}
    exec(cell, known | {"shown": asked.waves[-1], "boxes": likert.boxes, "likert": drawings})
    told = [call.args[0] for call in page.text.call_args_list]
    assert ("satisfaction_half" in told) is has_claims
