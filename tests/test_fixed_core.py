"""The fixed core by hand. Golden values: METHODS §4, persistence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surveyed import answers, one, small

from analysis.inference import SurveyDesign
from analysis.participation import fixed_core

FIRST = (0, 0, 1, 1, 2, 6, 0, 3, 0, 0)
SECOND = (0, 1, 0, 2, 1, 5, 0, 0, 0, 1)
few = settings(max_examples=25)


def core(first, second, share, design=None, **columns):
    frame = pd.DataFrame({"first": first, "second": second, **columns}).astype({"first": float, "second": float})
    return fixed_core.core_overlap(frame, "first", "second", design or SurveyDesign(), share=share).table


def test_the_golden_core_of_two_keeps_one_of_them():
    # the two most active are those with 6 and 3 acts, then those with 5 and 2: one of two is in both
    rows = core(FIRST, SECOND, 0.2)
    assert one(rows, "core_overlap")["estimate"] == pytest.approx(0.50)
    assert one(rows, "core_kappa")["estimate"] == pytest.approx(0.375)
    assert one(rows, "core_ratio")["estimate"] == pytest.approx(0.50 / 0.20)


def test_ties_at_the_cut_are_in_the_core_by_equal_fractions():
    # of four the core is one; two share its place in each wave by half, and one of them does in both: ½ · ½
    rows = core((1, 1, 0, 0), (1, 0, 1, 0), 0.25)
    assert one(rows, "core_overlap")["estimate"] == pytest.approx(0.25)
    assert one(rows, "core_kappa")["estimate"] == pytest.approx(0, abs=1e-12)  # as by chance


def test_the_same_acts_twice_keep_all_of_a_core_without_ties():
    rows = core((0, 0, 1, 2, 3), (0, 0, 1, 2, 3), 0.4)
    assert one(rows, "core_overlap")["estimate"] == pytest.approx(1)


def test_a_core_that_holds_more_than_take_part_is_undefined():
    rows = core((0, 0, 0, 0, 1), (0, 0, 0, 2, 1), 0.4)
    assert rows["estimate"].isna().all()
    assert set(rows["reason"]) == {"core_beyond_participants"}


def test_a_weight_of_two_is_two_persons():
    doubled = core((0, 1, 3, 3, 0, 2), (1, 0, 2, 2, 0, 4), 0.3)
    weighted = core((0, 1, 3, 0, 2), (1, 0, 2, 0, 4), 0.3, SurveyDesign(weights="w"), w=[1.0, 1, 2, 1, 1])
    assert weighted["estimate"].to_numpy() == pytest.approx(doubled["estimate"].to_numpy())


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=6, max_size=30), st.randoms())
@few
def test_an_overlap_is_a_share_that_no_order_of_rows_changes(acts, random):
    first, second = zip(*acts, strict=True)
    row = one(core(first, second, 0.2), "core_overlap")
    mixed = list(acts)
    random.shuffle(mixed)
    assert one(core(*zip(*mixed, strict=True), 0.2), "core_overlap")["estimate"] == pytest.approx(
        row["estimate"], nan_ok=True
    )
    if np.isfinite(row["estimate"]):
        assert -1e-12 <= row["estimate"] <= 1 + 1e-12


def test_the_error_is_that_of_the_jackknife():
    random = np.random.default_rng(4)
    inclined = random.gamma(0.5, 2, 400)
    first, second = random.poisson(inclined), random.poisson(inclined)
    row = one(core(first, second, 0.1), "core_overlap")
    kept = [one(core(np.delete(first, i), np.delete(second, i), 0.1), "core_overlap")["estimate"] for i in range(400)]
    jackknife = np.sqrt(399 / 400 * ((np.array(kept) - np.mean(kept)) ** 2).sum())
    assert row["se"] == pytest.approx(jackknife, rel=0.05)
    assert 0 < row["low"] < row["estimate"] < row["high"] < 1


def test_only_people_seen_in_both_waves_are_looked_at():
    activities = small(answers(FIRST), answers(SECOND[:8], "second"), answers((9, 9), "second", start=40))
    rows = fixed_core.persistence(activities, [0.25])
    assert set(rows.loc[rows["measure"].isin(fixed_core.CORE), "n"]) == {8}
    assert set(rows["window"]) == {"first→second"}
    # of the eight, 5 took part (1, 1, 2, 6, 3), of whom 3 again (2, 1, 5); of the three others 1 newly
    assert one(rows, "again_rate")["estimate"] == pytest.approx(3 / 5)
    assert one(rows, "new_rate")["estimate"] == pytest.approx(1 / 3)


def test_a_missing_answer_in_either_wave_leaves_the_base_and_is_counted():
    activities = small(answers((None, *FIRST[1:])), answers((*SECOND[:9], None), "second"))
    row = one(fixed_core.persistence(activities, [0.25]), "core_overlap")
    assert (row["n"], row["excluded"]) == (8, "acts not_asked 1; acts not_asked 1")
