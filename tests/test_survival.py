"""Kaplan–Meier by hand, against its own derivative, and where R leaves it undefined; against R: tests/agreement."""

import math

import agreement
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import (
    Census,
    ResampledDesign,
    SurveyDesign,
    joined,
    kaplan_meier,
    median_survival,
    post_stratify,
)
from analysis.inference.estimates import base_of, estimated
from analysis.inference.sample import Sample
from analysis.inference.variance import NoError

few = settings(max_examples=40)


def persons(times, events, entries=None, **columns):
    frame = pd.DataFrame({"exit": times, "event": events, **columns})
    return frame if entries is None else frame.assign(entry=entries)


def fitted(times, events, entries=None, **how):
    frame = persons(times, events, entries)
    return kaplan_meier(frame, "exit", "event", entry="entry" if "entry" in frame else None, **how)


def curve(*rows, **how):
    return fitted(*rows, **how).table


def median(*rows, **how):
    frame = persons(*rows)
    entry = "entry" if "entry" in frame else None
    return median_survival(frame, "exit", "event", entry=entry, **how).table.iloc[0]


# By hand


def test_a_small_curve_by_hand():
    made = fitted([1.0, 2.0, 2.0, 3.0, 4.0], [1, 1, 0, 1, 0])
    assert made.table["time"].tolist() == [1, 2, 3]
    assert made.table["n"].tolist() == [5, 4, 2]  # censored at 2 counts as at risk at 2
    assert made.facts["events"].tolist() == [1, 1, 1]
    assert made.table["estimate"].tolist() == pytest.approx([4 / 5, 3 / 5, 3 / 10])
    assert made.table["se"].iloc[1] == pytest.approx(3 / 5 * math.sqrt(1 / (5 * 4) + 1 / (4 * 3)))


def test_a_log_log_interval_by_hand():
    row = curve([1.0, 2.0, 3.0, 4.0], [1, 0, 0, 0]).iloc[0]
    spread = 1.959963984540054 * math.sqrt(1 / (4 * 3)) / abs(math.log(0.75))
    assert (row["low"], row["high"]) == pytest.approx((0.75 ** math.exp(spread), 0.75 ** math.exp(-spread)))
    assert (row["interval"], row["coverage"]) == ("greenwood_log_log", 0.95)


def test_weights_count_persons_and_n_does_not():
    frame = persons([1.0, 2.0, 2.0, 3.0], [1, 1, 0, 0], w=[1.0, 2.0, 1.0, 4.0])
    made = kaplan_meier(frame, "exit", "event", SurveyDesign(weights="w"))
    assert made.facts["at_risk"].tolist() == [8, 7]
    assert made.facts["events"].tolist() == [1, 2]
    assert made.table["n"].tolist() == [4, 3]
    assert made.table["estimate"].tolist() == pytest.approx([7 / 8, 7 / 8 * 5 / 7])
    assert made.table["interval"].tolist() == ["log_log", "log_log"]
    assert made.table["df"].tolist() == [3, 3]


def test_who_enters_at_the_time_of_an_event_is_not_at_risk_of_it():
    made = curve([2.0, 5.0, 5.0], [1, 0, 1], [0.0, 0.0, 2.0])
    assert made["n"].tolist() == [2, 2]
    assert made["estimate"].tolist() == pytest.approx([1 / 2, 1 / 4])


def test_once_nobody_remains_survival_stays_exactly_zero():
    made = curve([1.0, 4.0, 5.0, 6.0], [1, 1, 1, 0], [0.0, 2.0, 2.0, 2.0])
    assert made["n"].tolist() == [1, 3, 2]
    assert made["estimate"].tolist() == [0, 0, 0]
    assert made["se"].tolist() == [0, 0, 0]
    assert made[["low", "high"]].isna().all(axis=None)
    assert set(made["interval"]) == {"none"}


def test_survival_is_exactly_zero_at_the_end_with_weights_that_do_not_add_up_exactly():
    frame = persons([1.0, 2.0, 3.0], [1, 1, 1], w=[0.1, 0.2, 0.3])
    made = kaplan_meier(frame, "exit", "event", SurveyDesign(weights="w")).table
    assert made["estimate"].iloc[-1] == 0
    assert made["se"].iloc[-1] == 0


def test_a_least_risk_set_lets_the_curve_begin_after_a_risk_set_of_one():
    made = curve([1.0, 4.0, 5.0, 6.0], [1, 1, 1, 0], [0.0, 2.0, 2.0, 2.0], least_at_risk=2)
    assert made["time"].tolist() == [4, 5]
    assert made["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_a_least_risk_set_ends_the_curve_too():
    made = curve([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], least_at_risk=3)
    assert made["n"].tolist() == [4, 3]
    assert made["estimate"].tolist() == pytest.approx([3 / 4, 1 / 2])


def test_a_least_risk_set_keeps_a_risk_set_of_one_in_the_middle_from_ending_the_curve():
    # three from 0 on, of whom one is left at 2.5; three others enter at 3
    made = curve([1.0, 2.0, 2.5, 4.0, 5.0, 6.0], [1, 1, 1, 1, 1, 0], [0.0, 0.0, 0.0, 3.0, 3.0, 3.0], least_at_risk=2)
    assert (made["estimate"] > 0).all()


def test_a_risk_set_that_is_never_large_enough_leaves_no_curve():
    assert not len(curve([1.0, 2.0], [1, 1], least_at_risk=3))
    assert median([1.0, 2.0], [1, 1], least_at_risk=3)["reason"] == "not_reached"


def test_without_an_event_there_is_no_curve():
    assert not len(curve([1.0, 2.0], [0, 0]))
    assert median([1.0, 2.0], [0, 0])["reason"] == "not_reached"


def test_an_event_of_who_weighs_nothing_is_none():
    frame = persons([1.0, 2.0, 3.0], [1, 1, 0], w=[0.0, 1.0, 1.0])
    assert kaplan_meier(frame, "exit", "event", SurveyDesign(weights="w")).table["time"].tolist() == [2]


@pytest.mark.skipif(not agreement.has_data("tenure"), reason="the spells of service are not here")
def test_without_delayed_entry_the_early_risk_sets_are_overstated():
    frame = agreement.data("tenure")
    ours, ignored = (kaplan_meier(frame, "exit", "event", entry=entry).table for entry in ("entry", None))
    assert ours["time"].tolist() == sorted(set(frame.loc[frame["event"] == 1, "exit"]))
    assert ignored["n"].iloc[0] > ours["n"].iloc[0]
    assert (ignored["estimate"] >= ours["estimate"]).all()


# Medians


def test_the_median_is_the_first_time_at_which_half_or_fewer_remain():
    assert median([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1])["estimate"] == 2


def test_half_is_reached_though_a_product_is_known_to_rounding_only():
    # 9/10 · 8/9 · 7/8 · 6/7 · 5/6 is one half
    assert median(np.arange(1.0, 11.0), [1] * 10)["estimate"] == 5


def test_a_median_that_is_not_reached_is_missing_with_a_reason():
    row = median([1.0, 2.0, 3.0], [1, 0, 0])
    assert np.isnan(row["estimate"])
    assert row["reason"] == "not_reached"


def test_the_interval_of_a_median_is_where_the_bounds_of_the_curve_pass_one_half():
    times, events = np.arange(1.0, 41.0), [1, 0] * 20
    bounds = curve(times, events)
    row = median(times, events)
    assert row["low"] == bounds.loc[bounds["low"] <= 0.5, "time"].iloc[0]
    assert row["high"] == bounds.loc[bounds["high"] <= 0.5, "time"].iloc[0]
    assert row["low"] < row["estimate"] < row["high"]


def test_medians_by_domain_name_those_that_have_none():
    frame = persons([1.0, 2.0, 3.0, 4.0, np.nan], [1, 1, 0, 0, 0], g=["a", "a", "b", "b", "c"])
    made = median_survival(frame, "exit", "event", by="g").table
    assert made["g"].tolist() == ["a", "b", "c"]
    assert made["n"].tolist() == [2, 2, 0]
    assert made["reason"].tolist() == ["", "not_reached", "empty_base"]
    assert made["excluded"].tolist() == ["", "", "exit not_recorded 1"]
    assert made["estimate"].iloc[0] == 1


# Errors


def test_a_census_a_design_with_nothing_drawn_and_no_design_are_the_same_process():
    frame = persons([1.0, 2.0, 2.0, 3.0], [1, 1, 0, 1])
    whole = Sample(frame, np.ones(4), NoError())
    tables = [kaplan_meier(frame, "exit", "event", design).table for design in (None, Census())]
    pd.testing.assert_frame_equal(*tables)
    pd.testing.assert_frame_equal(
        tables[0], kaplan_meier(frame, "exit", "event", whole).table.assign(is_weighted=False)
    )


def test_errors_of_a_process_are_no_sampling_errors_and_have_no_reliability():
    assert set(curve([1.0, 2.0, 3.0], [1, 0, 0])["reliability"]) == {""}


def test_greenwoods_covariance_by_hand():
    made = fitted([1.0, 2.0, 3.0, 4.0], [1, 1, 0, 0])
    first, second = 3 / 4, 2 / 4
    steps = np.array([1 / (4 * 3), 1 / (3 * 2)])
    expected = [[first**2 * steps[0], first * second * steps[0]], [first * second * steps[0], second**2 * steps.sum()]]
    assert made.covariance() == pytest.approx(np.array(expected))
    drop = made.contrast([1, -1]).table.iloc[0]
    assert drop["se"] ** 2 == pytest.approx(np.array([1, -1]) @ np.array(expected) @ np.array([1, -1]))


def test_curves_of_two_domains_are_independent_processes():
    frame = persons([1.0, 2.0, 1.0, 2.0, 3.0], [1, 0, 1, 0, 0], g=["a", "a", "b", "b", "b"])
    made = kaplan_meier(frame, "exit", "event", by="g")
    difference = made.contrast([1, -1]).table.iloc[0]
    assert difference["estimate"] == pytest.approx(1 / 2 - 2 / 3)
    # binomial: Greenwood's error at the first time
    assert difference["se"] ** 2 == pytest.approx(1 / 2 * 1 / 2 / 2 + 2 / 3 * 1 / 3 / 3)
    again = made.contrast({"a": [1, 0], "b": [0, 1]}).contrast([1, -1]).table.iloc[0]
    assert again["se"] == pytest.approx(difference["se"])


def test_curves_of_two_calls_of_a_process_are_not_joined():
    frame = persons([1.0, 2.0], [1, 0])
    with pytest.raises(StudyError) as error:
        joined(kaplan_meier(frame, "exit", "event") for _ in range(2))
    assert error.value.key == "not_one_sample"


def test_curves_of_two_domains_of_a_clustered_sample_vary_together():
    frame = people(np.random.default_rng(3), 60)
    made = kaplan_meier(frame, "exit", "event", CLUSTERS, by="g")
    names = made.table["g"].to_numpy()
    between = made.covariance()[np.ix_(names == "a", names == "b")]
    assert np.abs(between).max() > 0
    assert np.diag(made.covariance()) == pytest.approx(made.table["se"].to_numpy() ** 2)


CLUSTERS = SurveyDesign(weights="w", clusters="c")


def people(random, rows):
    entry = random.integers(0, 3, rows) / 2
    return pd.DataFrame(
        {
            "entry": entry,
            "exit": entry + random.integers(1, 7, rows) / 2,
            "event": random.random(rows) < 0.6,
            "w": random.uniform(0.5, 3, rows),
            "c": random.integers(0, 6, rows),
            "g": random.choice(["a", "b"], rows),
            "h": random.choice(["x", "y"], rows),
        }
    )


def by_the_definition(frame, weights):
    """Survival by domain and time, a loop over the times of events; missing where a domain has no further time."""
    curves = []
    for _, rows in frame.assign(w=weights).groupby("g"):
        survival, steps = 1.0, []
        for time in sorted(set(rows.loc[rows["event"], "exit"])):
            at_risk = rows["w"][(rows["entry"] < time) & (time <= rows["exit"])].sum()
            survival *= 1 - rows["w"][(rows["exit"] == time) & rows["event"]].sum() / at_risk
            steps.append(survival)
        curves.append(steps)
    width = max(map(len, curves))
    return np.array([steps + [np.nan] * (width - len(steps)) for steps in curves])


def by_differences(frame, design):
    """The curves with influence values from numerical derivatives to each weight, through the kernel's own mechanism."""
    base, _ = base_of(frame, design, ["exit"], "g")
    weights, rows = base.weights, np.arange(len(frame))
    slopes = []
    for row in rows:
        step = 1e-5 * weights[row] * (rows == row)
        change = by_the_definition(frame, weights + step) - by_the_definition(frame, weights - step)
        slopes.append(change[base.domain[row]] / (2e-5 * weights[row]))
    slopes, values = np.array(slopes), by_the_definition(frame, weights)
    parts = [base.part(value, lambda slope=slope: slope) for value, slope in zip(values.T, slopes.T, strict=True)]
    made = estimated(base, lambda _: parts, [{}] * len(parts))
    kept = np.flatnonzero(~np.isnan(values.ravel()))
    return made.table["estimate"].to_numpy()[kept], made.covariance()[np.ix_(kept, kept)]


@pytest.mark.parametrize("calibrated", [False, True], ids=["design weights", "post-stratified"])
@pytest.mark.parametrize("design", [CLUSTERS, SurveyDesign(weights="w")], ids=["clusters", "rows"])
@pytest.mark.parametrize("seed", range(3))
def test_influence_values_are_the_derivatives_to_the_weights(seed, design, calibrated):
    frame = people(np.random.default_rng(seed), 40)
    if calibrated:
        design = post_stratify(frame, design, "h", {"x": 50.0, "y": 30.0})
    ours = kaplan_meier(frame, "exit", "event", design, "entry", "g")
    estimate, covariance = by_differences(frame, design)
    assert ours.table["estimate"].to_numpy() == pytest.approx(estimate, rel=1e-12)
    assert ours.covariance() == pytest.approx(covariance, rel=1e-6, abs=1e-9)


def test_a_jackknife_makes_the_curve_again_without_each_cluster():
    frame = people(np.random.default_rng(11), 80)
    design = ResampledDesign(CLUSTERS, kind="JK1")
    ours = kaplan_meier(frame, "exit", "event", design, "entry").table
    again = []
    for cluster in range(6):
        rest = kaplan_meier(frame[frame["c"] != cluster], "exit", "event", SurveyDesign(weights="w"), "entry").table
        again.append(rest.set_index("time")["estimate"].reindex(ours["time"]).ffill().fillna(1))
    squares = (np.array(again) - ours["estimate"].to_numpy()) ** 2
    assert ours["se"].to_numpy() == pytest.approx(np.sqrt(5 / 6 * squares.sum(axis=0)))


people_of = st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 3)), min_size=2, max_size=25)


@few
@given(people_of)
def test_with_everybody_there_from_the_start_greenwood_and_influence_values_agree(drawn):
    # Σ of squared influence values is then Greenwood's formula; a simple random sample has n/(n − 1) of it
    frame = persons([float(time) for time, _, _ in drawn], [event for _, event, _ in drawn])
    process, sample = (kaplan_meier(frame, "exit", "event", design).table for design in (None, SurveyDesign()))
    factor = math.sqrt(len(frame) / (len(frame) - 1))
    assert sample["se"].to_numpy() == pytest.approx(process["se"].to_numpy() * factor, abs=1e-12)


@few
@given(people_of, st.randoms())
def test_the_order_of_persons_changes_nothing_and_survival_only_falls(drawn, random):
    rows = [(entry + years, event, entry) for years, event, entry in drawn]
    ours = curve(*map(list, zip(*rows, strict=True)))
    random.shuffle(rows)
    pd.testing.assert_frame_equal(ours, curve(*map(list, zip(*rows, strict=True))))
    assert ours["estimate"].is_monotonic_decreasing
    assert ours["estimate"].between(0, 1).all()
    inside = ours.dropna(subset="low")
    assert ((inside["low"] <= inside["estimate"]) & (inside["estimate"] <= inside["high"])).all()


@few
@given(people_of, st.floats(0.01, 100))
def test_the_scale_of_the_weights_and_a_row_split_in_two_change_no_curve(drawn, scale):
    frame = persons(
        [float(entry + years) for years, _, entry in drawn],
        [event for _, event, _ in drawn],
        [float(entry) for _, _, entry in drawn],
        w=[1.0 + years for years, _, _ in drawn],
    )
    halves = pd.concat([frame.assign(w=frame["w"] * scale / 2)] * 2, ignore_index=True)
    once, twice = (
        kaplan_meier(rows, "exit", "event", SurveyDesign(weights="w"), "entry").table for rows in (frame, halves)
    )
    assert once["time"].tolist() == twice["time"].tolist()
    assert once["estimate"].to_numpy() == pytest.approx(twice["estimate"].to_numpy(), abs=1e-12)


@pytest.mark.parametrize("interval", ["log_log", "log", "plain", "logit", "arcsin"])
def test_every_interval_holds_the_curve_and_stays_within_none_and_all(interval):
    made = curve([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1, 1, 0, 1, 1, 0], interval=interval)
    assert ((made["low"] >= 0) & (made["low"] <= made["estimate"])).all()
    assert ((made["high"] <= 1) & (made["high"] >= made["estimate"])).all()


@pytest.mark.parametrize("by", [(), "g"])
def test_a_part_of_the_sample_has_the_curve_of_its_rows(by):
    frame = people(np.random.default_rng(5), 60)
    ours = kaplan_meier(frame, "exit", "event", CLUSTERS, "entry", by, where=frame["h"] == "x").table
    alone = kaplan_meier(frame[frame["h"] == "x"], "exit", "event", CLUSTERS, "entry", by).table
    for column in ("time", "estimate", "n"):
        assert ours[column].tolist() == alone[column].tolist()


# Bad input


def test_missing_durations_and_events_leave_the_base_and_are_counted():
    frame = persons([1.0, np.nan, 2.0, 3.0], [1, 1, np.nan, 0], exit_missing=[None, "unknown", None, None])
    made = kaplan_meier(frame, "exit", "event").table
    assert made["n"].tolist() == [2]
    assert made["excluded"].tolist() == ["exit unknown 1; event not_recorded 1"]


@pytest.mark.parametrize(
    ("rows", "key", "facts"),
    [
        (([1.0, -2.0, -1.0], [1, 0, 0]), "duration_negative", {"count": 2, "column": "exit", "rows": "1, 2"}),
        (([1.0, 2.0], [1, 0], [0.0, -1.0]), "duration_negative", {"count": 1, "column": "entry"}),
        (([1.0, 2.0], [1, 0], [1.0, 0.0]), "exit_before_entry", {"count": 1, "exit": "exit", "entry": "entry"}),
        (([1.0, 2.0, 3.0], [1, 2, 0]), "event_not_binary", {"count": 1, "column": "event", "rows": "1"}),
    ],
)
def test_what_cannot_be_a_duration_is_refused_with_its_place(rows, key, facts):
    with pytest.raises(StudyError) as error:
        fitted(*rows)
    assert error.value.key == key
    assert {name: error.value.facts[name] for name in facts} == facts
    assert "{" not in str(error.value)


def test_an_interval_that_is_not_offered_is_refused_with_the_nearest_one():
    with pytest.raises(StudyError) as error:
        fitted([1.0], [1], interval="loglog")
    assert (error.value.key, error.value.facts["nearest"]) == ("interval_unknown", "log_log")


def test_rows_outside_the_part_asked_for_may_hold_anything():
    frame = persons([1.0, -2.0, 2.0], [1, 7, 0], used=[True, False, True])
    assert kaplan_meier(frame, "exit", "event", where="used").table["n"].tolist() == [2]
