"""Kaplan–Meier against R's survival 3.5-3 (tests/reference/README.md), row by row, and what R leaves undefined."""

import math
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.inference.survival import kaplan_meier, median_survival
from analysis.study import ROOT

HERE = Path(__file__).parent / "reference"
SHARED = ROOT.parent / "shared" / "reference"

# Unweighted curves; of R's interval types only log-log is ours.
CURVES = {
    "tenure.km": ["estimate", "se", "n.risk"],
    "tenure.km.log-log": ["lower95", "upper95"],
    "lung.km_log-log": ["estimate", "se", "n.risk", "lower95", "upper95"],
    "lung.km_sex": ["estimate", "se", "n.risk"],
}
MEDIANS = {"lung.km_q_log-log": ["estimate", "lower95", "upper95"]}
REPEATED = ["log", "plain", "logit", "arcsin"]
"""R's other interval types: estimate, error, risk set and median stand in the file again with each."""
OURS = {"estimate": "estimate", "se": "se", "n.risk": "at_risk", "lower95": "low", "upper95": "high"}
UNDEFINED_IN_R = ("NA", "NaN")


def rows_of(file):
    """The rows of a reference file whose definition is ours, each a test named after it."""
    if not file.is_file():
        absent = pytest.mark.skip(reason=f"{file.relative_to(ROOT.parent)} is not beside this clone")
        return [pytest.param(None, id=file.stem, marks=absent)]
    table = pd.read_csv(file, dtype="str", keep_default_na=False)
    ours = [
        row
        for row in table.itertuples()
        if row.quantity in CURVES.get(row.case, []) or (row.term == "q50" and row.quantity in MEDIANS.get(row.case, []))
    ]
    ids = [f"{row.case} {row.domain or 'all'} {row.term} {row.quantity}" for row in ours]
    assert len(ids) == len(set(ids))
    return [pytest.param(row, id=name) for row, name in zip(ours, ids, strict=True)]


@cache
def curve(dataset, domain, folder):
    """Our curve of a data set, or of one sex in it."""
    data = pd.read_csv(folder / f"{dataset}.csv")
    if dataset == "tenure":
        part = data[data["sex"] == domain] if domain else data
        return kaplan_meier(part["exit"], part["event"], part["entry"])
    part = data[data["sex"] == int(domain.removeprefix("sex="))] if domain else data
    return kaplan_meier(part["time"], part["status"] == 2)


def hold(row, folder):
    ours, value = curve(row.dataset, row.domain, folder), row.value.strip()
    if not row.term.startswith("t="):
        assert median_survival(ours)[OURS[row.quantity]].iloc[0] == float(value)
        return
    time = float(row.term.removeprefix("t="))
    reached = ours[ours["time"] <= time]
    if row.quantity == "n.risk" and time not in set(ours["time"]):
        # only censoring: our curve has no row, so the risk set is known at events only
        assert float(value) <= (reached["at_risk"].iloc[-1] if row.dataset == "lung" and len(reached) else math.inf)
        return
    if not len(reached):  # before the first event
        assert float(value) == (0 if row.quantity == "se" else 1)
        return
    found = reached[OURS[row.quantity]].iloc[-1]
    if value in UNDEFINED_IN_R:  # S is 0 there
        assert reached["estimate"].iloc[-1] == 0
        assert found == 0 if row.quantity == "se" else np.isnan(found)
        return
    assert found == pytest.approx(float(value), rel=1e-9, abs=0)


@pytest.mark.parametrize("row", rows_of(HERE / "survival.csv"))
def test_a_row_of_r_kept_here(row):
    hold(row, HERE)


@pytest.mark.parametrize("row", rows_of(SHARED / "23_tenure_delayed_entry.csv"))
def test_a_row_of_r_on_tenure(row):
    hold(row, SHARED / "data")


@pytest.mark.parametrize("row", rows_of(SHARED / "20_survival.csv"))
def test_a_row_of_r_on_lung(row):
    hold(row, SHARED / "data")


@pytest.mark.parametrize("kind", REPEATED)
def test_rows_of_r_on_lung_that_another_interval_type_repeats(kind):
    file = SHARED / "20_survival.csv"
    if not file.is_file():
        pytest.skip("shared/reference/20_survival.csv is not beside this clone")
    table = pd.read_csv(file, dtype="str", keep_default_na=False)
    again = table[(table["case"] == f"lung.km_{kind}") & table["quantity"].isin(["estimate", "se", "n.risk"])]
    median = table[
        (table["case"] == f"lung.km_q_{kind}") & (table["term"] == "q50") & (table["quantity"] == "estimate")
    ]
    assert (len(again), len(median)) == (3 * 186, 1)
    for row in pd.concat([again, median]).itertuples():
        hold(row, SHARED / "data")


def test_our_times_are_those_of_r_at_which_somebody_left():
    data = pd.read_csv(HERE / "tenure.csv")
    ours = curve("tenure", "", HERE)
    assert ours["time"].tolist() == sorted(set(data.loc[data["event"] == 1, "exit"]))
    assert ours["events"].sum() == data["event"].sum()


def test_without_delayed_entry_the_early_risk_sets_are_overstated():
    data = pd.read_csv(HERE / "tenure.csv")
    ignored = kaplan_meier(data["exit"], data["event"])
    assert ignored["at_risk"].iloc[0] > curve("tenure", "", HERE)["at_risk"].iloc[0]
    assert (ignored["estimate"] >= curve("tenure", "", HERE)["estimate"]).all()


# By hand


def fitted(times, events, entries=None, **how):
    return kaplan_meier(pd.Series(times), pd.Series(events), None if entries is None else pd.Series(entries), **how)


def test_a_small_curve_by_hand():
    ours = fitted([1.0, 2.0, 2.0, 3.0, 4.0], [1, 1, 0, 1, 0])
    assert ours["time"].tolist() == [1, 2, 3]
    assert ours["at_risk"].tolist() == [5, 4, 2]  # censored at 2 counts as at risk at 2
    assert ours["events"].tolist() == [1, 1, 1]
    assert ours["estimate"].tolist() == pytest.approx([4 / 5, 3 / 5, 3 / 10])


def test_a_log_log_interval_by_hand():
    ours = fitted([1.0, 2.0, 3.0, 4.0], [1, 0, 0, 0]).iloc[0]
    spread = 1.959963984540054 * math.sqrt(1 / (4 * 3)) / abs(math.log(0.75))
    assert (ours["low"], ours["high"]) == pytest.approx((0.75 ** math.exp(spread), 0.75 ** math.exp(-spread)))


def test_who_enters_at_the_time_of_an_event_is_not_at_risk_of_it():
    ours = fitted([2.0, 5.0, 5.0], [1, 0, 1], [0.0, 0.0, 2.0])
    assert ours["at_risk"].tolist() == [2, 2]
    assert ours["estimate"].tolist() == pytest.approx([1 / 2, 1 / 4])


def test_once_nobody_remains_survival_stays_exactly_zero():
    ours = fitted([1.0, 4.0, 5.0, 6.0], [1, 1, 1, 0], [0.0, 2.0, 2.0, 2.0])
    assert ours["at_risk"].tolist() == [1, 3, 2]
    assert ours["estimate"].tolist() == [0, 0, 0]
    assert ours["se"].tolist() == [0, 0, 0]
    assert ours[["low", "high"]].isna().all(axis=None)


def test_a_least_risk_set_lets_the_curve_begin_after_a_risk_set_of_one():
    ours = fitted([1.0, 4.0, 5.0, 6.0], [1, 1, 1, 0], [0.0, 2.0, 2.0, 2.0], least_at_risk=2)
    assert ours["time"].tolist() == [4, 5]
    assert ours["estimate"].tolist() == pytest.approx([2 / 3, 1 / 3])


def test_a_least_risk_set_ends_the_curve_too():
    ours = fitted([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1], least_at_risk=3)
    assert ours["at_risk"].tolist() == [4, 3]
    assert ours["estimate"].tolist() == pytest.approx([3 / 4, 1 / 2])


def test_a_least_risk_set_keeps_a_risk_set_of_one_in_the_middle_from_ending_the_curve():
    # three from 0 on, of whom one is left at 2.5; three others enter at 3
    ours = fitted([1.0, 2.0, 2.5, 4.0, 5.0, 6.0], [1, 1, 1, 1, 1, 0], [0.0, 0.0, 0.0, 3.0, 3.0, 3.0], least_at_risk=2)
    assert (ours["estimate"] > 0).all()


def test_a_risk_set_that_is_never_large_enough_leaves_no_curve():
    ours = fitted([1.0, 2.0], [1, 1], least_at_risk=3)
    assert not len(ours)
    assert median_survival(ours)["reason"].tolist() == ["not_reached"]


def test_nobody_and_no_event_leave_no_curve():
    assert not len(fitted(np.array([], dtype=float), np.array([], dtype=int)))
    assert not len(fitted([1.0, 2.0], [0, 0]))


def test_the_median_is_the_first_time_at_which_half_or_fewer_remain():
    assert median_survival(fitted([1.0, 2.0, 3.0, 4.0], [1, 1, 1, 1]))["estimate"].tolist() == [2]


def test_a_median_that_is_not_reached_is_missing_with_a_reason():
    median = median_survival(fitted([1.0, 2.0, 3.0], [1, 0, 0])).iloc[0]
    assert np.isnan(median["estimate"])
    assert median["reason"] == "not_reached"


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.integers(1, 9), st.booleans(), st.integers(0, 3)), min_size=1, max_size=25), st.randoms())
def test_the_order_of_persons_changes_nothing_and_survival_only_falls(persons, random):
    drawn = [(entry + years, event, entry) for years, event, entry in persons]
    ours = fitted(*map(list, zip(*drawn, strict=True)))
    random.shuffle(drawn)
    pd.testing.assert_frame_equal(ours, fitted(*map(list, zip(*drawn, strict=True))))
    assert ours["estimate"].is_monotonic_decreasing
    assert ours["estimate"].between(0, 1).all()
    inside = ours.dropna(subset="low")
    assert ((inside["low"] <= inside["estimate"]) & (inside["estimate"] <= inside["high"])).all()
