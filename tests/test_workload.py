"""Workload by hand: lists of items before and after, whose they are, departments. Golden values: METHODS §3."""

from io import StringIO
from math import log

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import simulate, workload
from analysis.catalogue import entries
from analysis.errors import StudyError

few = settings(max_examples=25)


def items(rows, columns="item_id item_nature item_fate merged_into department"):
    """A register drawn as text; a dash is a missing value."""
    names = columns.split()
    frame = pd.read_csv(StringIO(rows), sep=r"\s+", names=names, dtype="str", na_values=["-"])
    for flag in ("is_before", "is_after"):
        if flag in frame:
            frame[flag] = frame[flag].map({"y": True, "n": False}).astype("boolean")
    return frame


def measured(register, by=()):
    return pd.concat(workload.of_items(register, by), ignore_index=True)


def one(table, name, **where):
    """The single row of a measure where columns have these values."""
    rows = table[table["measure"] == name]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


def reform(delegated_before, delegated_after, own=80):
    """Delegated items of which some are removed and the rest kept, beside items of the community's own."""
    fates = ["kept"] * delegated_after + ["removed"] * (delegated_before - delegated_after)
    rows = pd.DataFrame({"item_nature": ["administrative"] * delegated_before + ["own"] * own}, dtype="str")
    rows["item_fate"] = pd.Series(fates + ["kept"] * own, dtype="str")
    return rows.assign(item_id=[f"i{n}" for n in range(len(rows))])


# The reform of METHODS §3: 120 delegated items become 45, the community's own 80 stay


@pytest.fixture(scope="module")
def golden():
    return measured(reform(120, 45))


def test_120_items_that_become_45_are_a_reduction_of_62_5_per_cent():
    by_nature = measured(reform(120, 45), ["item_nature"])
    assert one(by_nature, "reduction_rate", item_nature="administrative")["estimate"] == 0.625
    assert one(by_nature, "reduction_rate", item_nature="own")["estimate"] == 0


def test_the_delegated_share_falls_from_60_to_36_per_cent(golden):
    assert one(golden, "administrative_share", stage="before")["estimate"] == 120 / 200
    assert one(golden, "administrative_share", stage="after")["estimate"] == 45 / 125


def test_that_is_24_points_and_40_per_cent_while_the_items_fell_by_62_5(golden):
    assert one(golden, "administrative_share_points")["estimate"] == pytest.approx(-0.24, rel=1e-12)
    assert one(golden, "administrative_share_relative")["estimate"] == pytest.approx(-0.40, rel=1e-12)
    assert one(golden, "administrative_share_points")["unit"] == "points"


def test_the_change_of_the_odds_is_all_of_the_delegated_items_where_the_own_stay(golden):
    assert one(golden, "administrative_odds_log")["estimate"] == pytest.approx(log(45 / 80) - log(120 / 80), rel=1e-12)
    assert one(golden, "odds_log_from_administrative")["estimate"] == pytest.approx(log(45 / 120), rel=1e-12)
    assert one(golden, "odds_log_from_own")["estimate"] == 0


NUMBERS = ["administrative_before", "own_before", "administrative_after", "own_after"]


def changes(*numbers):
    return workload.share_changes(pd.DataFrame([numbers], columns=NUMBERS)).set_index("measure")


def test_own_items_that_became_fewer_raise_the_odds():
    table = changes(100, 50, 100, 25)
    assert table.loc["odds_log_from_administrative", "estimate"] == 0
    assert table.loc["odds_log_from_own", "estimate"] == pytest.approx(log(2), rel=1e-12)


@given(st.lists(st.integers(1, 500), min_size=4, max_size=4))
@few
def test_the_change_of_the_odds_is_the_sum_of_its_parts_and_has_the_sign_of_the_points(numbers):
    table = changes(*numbers)["estimate"]
    parts = table["odds_log_from_administrative"] + table["odds_log_from_own"]
    assert table["administrative_odds_log"] == pytest.approx(parts, abs=1e-12)
    assert table["administrative_odds_log"] * table["administrative_share_points"] >= -1e-12


def test_without_own_items_there_are_no_odds():
    table = changes(120, 0, 45, 0)
    assert table["reason"].to_dict() == {
        "administrative_share_points": "",
        "administrative_share_relative": "",
        "administrative_odds_log": "no_items_of_a_kind",
        "odds_log_from_administrative": "",
        "odds_log_from_own": "no_items_of_a_kind",
    }
    assert table.loc["administrative_share_points", "estimate"] == 0
    assert np.isnan(table.loc["administrative_odds_log", "estimate"])


def test_without_any_items_before_there_is_no_change():
    table = changes(0, 0, 45, 10)
    assert table["estimate"].isna().all()
    assert table.loc["administrative_share_points", "reason"] == "empty_base"


def test_from_no_delegated_items_a_change_has_points_and_no_per_cent():
    table = changes(0, 10, 10, 10)
    assert table.loc["administrative_share_points", "estimate"] == 0.5
    assert table.loc["administrative_share_relative", "reason"] == "empty_base"


def test_a_negative_number_of_items_is_refused():
    with pytest.raises(StudyError) as problem:
        changes(120, 80, -1, 80)
    assert (problem.value.key, problem.value.facts["column"]) == ("count_negative", "administrative_after")


# Fates. Ten items: 1 kept, 1 renamed, 2 removed, 1 transferred, 5 merged into two (3 → 1 and 2 → 1); one is new after.

TEN = """\
a1 administrative kept - civil
a2 administrative renamed - civil
a3 administrative removed - civil
a4 administrative removed - health
a5 administrative transferred - health
a6 administrative merged b1 health
a7 administrative merged b1 health
a8 administrative merged b1 police
a9 administrative merged b2 police
a10 administrative merged b2 police
b1 administrative - - health
b2 administrative - - police
n1 administrative new - police
"""


@pytest.fixture(scope="module")
def ten():
    return measured(items(TEN))


def test_a_merging_of_k_items_into_one_is_a_nominal_reduction_of_k_less_one(ten):
    assert one(ten, "nominal_reduction")["estimate"] == (2 + 1) / 10


def test_only_what_is_removed_is_removed(ten):
    assert one(ten, "gross_reduction")["estimate"] == 2 / 10
    assert one(ten, "transfer_rate")["estimate"] == 1 / 10


def test_what_came_of_merging_is_not_new(ten):
    assert one(ten, "rebound_rate")["estimate"] == 1 / 10
    after = ten[(ten["measure"] == "item_fate_count") & (ten["stage"] == "after")].set_index("item_fate")["estimate"]
    assert after.to_dict() == {"kept": 1, "renamed": 1, "merged": 2, "new": 1}


def test_the_net_reduction_is_the_list_before_less_the_list_after(ten):
    assert one(ten, "item_count", stage="before")["estimate"] == 10
    assert one(ten, "item_count", stage="after")["estimate"] == 5
    assert one(ten, "reduction_rate")["estimate"] == 5 / 10


def test_fates_are_counted_and_shared_over_the_items_before(ten):
    before = ten[ten["stage"].eq("before") & ten["item_fate"].notna()]
    counts = before[before["measure"] == "item_fate_count"].set_index("item_fate")["estimate"].to_dict()
    assert counts == {"kept": 1, "merged": 5, "removed": 2, "renamed": 1, "transferred": 1}
    shares = before[before["measure"] == "item_fate_share"]
    assert shares.set_index("item_fate")["estimate"].to_dict() == {name: n / 10 for name, n in counts.items()}
    assert set(shares["denominator"]) == {10}


def test_an_item_merged_into_one_that_was_there_counts_whole():
    """Three items become one of them: two fewer, as for three that become a new one."""
    table = measured(items("a administrative kept - x\nb administrative merged a x\nc administrative merged a x\n"))
    assert one(table, "nominal_reduction")["estimate"] == 2 / 3
    assert one(table, "reduction_rate")["estimate"] == 2 / 3


fate = st.sampled_from(["kept", "renamed", "removed", "transferred", "merged", "new"])


@given(st.lists(st.tuples(fate, st.integers(0, 3)), min_size=1, max_size=40))
@few
def test_net_is_removed_and_merged_and_transferred_less_new(drawn):
    rows = [(f"i{n}", name, f"t{into}" if name == "merged" else None) for n, (name, into) in enumerate(drawn)]
    rows += [(target, None, None) for target in sorted({into for _, _, into in rows if into})]
    register = pd.DataFrame(rows, columns=["item_id", "item_fate", "merged_into"], dtype="str").assign(
        item_nature="own"
    )
    table = measured(register)
    gross, nominal, transferred, new, net = (
        one(table, name)["estimate"]
        for name in ("gross_reduction", "nominal_reduction", "transfer_rate", "rebound_rate", "reduction_rate")
    )
    if {name for name, _ in drawn} == {"new"}:
        assert np.isnan(net)
    else:
        assert net == pytest.approx(gross + nominal + transferred - new, abs=1e-12)
        assert net <= 1


def test_a_list_that_grew_is_an_increase_and_no_reduction():
    table = measured(items("a own kept - x\nb own new - x\nc own new - x\n"))
    assert one(table, "reduction_rate")["estimate"] == -2
    assert one(table, "rebound_rate")["estimate"] == 2
    assert workload.direction(1, 3) == "more"
    assert (workload.direction(3, 1), workload.direction(3, 3), workload.direction(0, 3)) == ("fewer", "same", "more")


def test_a_list_that_is_gone_is_a_reduction_of_all_and_no_more():
    table = measured(items("a own removed - x\nb own removed - x\n"))
    assert one(table, "reduction_rate")["estimate"] == 1


def test_without_items_before_a_reduction_is_missing_with_a_reason():
    table = measured(items("a own new - x\n"))
    for name in ("reduction_rate", "gross_reduction", "nominal_reduction", "transfer_rate", "rebound_rate"):
        assert np.isnan(one(table, name)["estimate"])
        assert one(table, name)["reason"] == "empty_base"


def test_where_a_merged_item_does_not_say_into_what_nominal_and_new_can_not_be_told_apart():
    table = measured(items("a own merged - x\nb own merged t x\nt own - - x\nu own new - x\nv own kept - x\n"))
    for name in ("nominal_reduction", "rebound_rate"):
        assert one(table, name)["reason"] == "merged_into_unknown"
        assert np.isnan(one(table, name)["estimate"])
    assert one(table, "reduction_rate")["estimate"] == 0  # three before: a, b, v; three after: t, u, v
    after = table[(table["measure"] == "item_fate_count") & (table["stage"] == "after")]
    assert after.set_index("item_fate")["estimate"].to_dict() == {"kept": 1, "merged": 1}
    assert set(after["excluded"]) == {"item_fate not_recorded 1"}


def test_items_of_unknown_fate_are_left_out_of_the_parts_and_counted():
    columns = "item_id item_nature item_fate is_before is_after"
    table = measured(items("a own removed y n\nb own - y n\nc own kept y y\n", columns))
    gross = one(table, "gross_reduction")
    assert (gross["estimate"], gross["excluded"]) == (1 / 2, "item_fate not_recorded 1")
    assert one(table, "reduction_rate")["estimate"] == 2 / 3


# What the register says of when items were there


def test_fates_say_when_an_item_was_there():
    register = workload.register(items(TEN)).set_index("item_id")
    assert register.index[register["is_before"]].tolist() == [f"a{n}" for n in range(1, 11)]
    assert register.index[register["is_after"]].tolist() == ["a1", "a2", "b1", "b2", "n1"]
    assert register.index[register["is_new"]].tolist() == ["n1"]


def test_two_lists_without_fates_give_the_net_reduction_and_no_parts():
    table = measured(items("a own y n\nb own y n\nc own n y\n", "item_id item_nature is_before is_after"))
    assert one(table, "reduction_rate")["estimate"] == 1 / 2
    assert not {"gross_reduction", "nominal_reduction", "rebound_rate", "item_fate_count"} & {*table["measure"]}


def test_one_list_has_counts_and_shares_of_now_and_no_change():
    table = measured(items("a administrative\nb own\nc own\n", "item_id item_nature"))
    assert one(table, "item_count")["stage"] == "now"
    assert one(table, "administrative_share", stage="now")["estimate"] == 1 / 3
    assert {*table["measure"]} == {"item_count", "item_nature_share", "administrative_share"}


@pytest.mark.parametrize(
    ("rows", "columns", "key", "listed"),
    [
        ("a own kept y n\nb own kept y y\n", "item_id item_nature item_fate is_before is_after", "item_fate_contradicts", "a"),
        ("a own removed y y\n", "item_id item_nature item_fate is_before is_after", "item_fate_contradicts", "a"),
        ("a own new y y\n", "item_id item_nature item_fate is_before is_after", "item_fate_contradicts", "a"),
        ("a own n n\nb own y y\n", "item_id item_nature is_before is_after", "item_fate_contradicts", "a"),
        ("a own kept b\nb own kept -\n", "item_id item_nature item_fate merged_into", "item_fate_contradicts", "a"),
        ("a own merged zz\nb own kept -\n", "item_id item_nature item_fate merged_into", "merged_into_absent", "a"),
        ("a own merged b\nb own removed -\n", "item_id item_nature item_fate merged_into", "merged_into_absent", "a"),
        ("a own merged b\nb own merged c\nc own - -\n", "item_id item_nature item_fate merged_into", "merged_into_absent", "a"),
        ("a own kept\nb own -\n", "item_id item_nature item_fate", "item_presence_unknown", "b"),
        ("a own y -\n", "item_id item_nature is_before is_after", "item_presence_unknown", "a"),
    ],
)  # fmt: skip
def test_a_register_that_contradicts_itself_is_refused(rows, columns, key, listed):
    with pytest.raises(StudyError) as problem:
        workload.register(items(rows, columns))
    assert (problem.value.key, problem.value.facts["list"], problem.value.facts["count"]) == (key, listed, 1)
    assert listed in problem.value.text("zh")


# Departments


def delegated(sizes, stage_fate="kept"):
    rows = [(f"{d}{n}", d) for d, size in sizes.items() for n in range(size)]
    register = pd.DataFrame(rows, columns=["item_id", "department"], dtype="str")
    return register.assign(item_nature="administrative", item_fate=stage_fate)


def test_the_golden_concentration_is_0_3086_normalised_0_0782_and_3_24_departments():
    table = measured(delegated({"a": 20, "b": 10, "c": 10, "d": 5}))
    hhi = one(table, "department_hhi", stage="before")
    assert hhi["estimate"] == pytest.approx(625 / 2025, rel=1e-12)  # 20² + 10² + 10² + 5² over 45²
    assert round(hhi["estimate"], 4) == 0.3086
    normalised = one(table, "department_hhi_normalised", stage="before")["estimate"]
    assert normalised == pytest.approx((625 / 2025 - 0.25) / 0.75, rel=1e-12)
    assert round(normalised, 4) == 0.0782
    assert one(table, "department_effective_number", stage="before")["estimate"] == pytest.approx(3.24, rel=1e-12)


def test_one_department_has_no_normalised_index():
    table = measured(delegated({"a": 4}))
    assert one(table, "department_hhi", stage="after")["estimate"] == 1
    row = one(table, "department_hhi_normalised", stage="after")
    assert np.isnan(row["estimate"])
    assert row["reason"] == "one_department"


def test_equal_departments_are_as_many_as_they_are_effective():
    table = measured(delegated({"a": 3, "b": 3, "c": 3}))
    assert one(table, "department_effective_number", stage="before")["estimate"] == pytest.approx(3)
    assert one(table, "department_hhi_normalised", stage="before")["estimate"] == pytest.approx(0, abs=1e-12)


@given(st.lists(st.integers(1, 50), min_size=2, max_size=8))
@few
def test_the_index_is_between_equal_parts_and_one(sizes):
    frame = pd.DataFrame([sizes])
    assert 1 / len(sizes) - 1e-12 <= workload.hhi(frame)[0] <= 1
    assert -1e-12 <= workload.hhi_normalised(frame)[0] <= 1
    assert workload.hhi(pd.DataFrame([[*sizes, 0]]))[0] == pytest.approx(workload.hhi(frame)[0])


def test_concentration_is_of_administrative_items_and_counts_those_without_a_department():
    table = measured(items("a administrative kept - x\nb administrative kept - -\nc own kept - y\n"))
    row = one(table, "department_hhi", stage="before")
    assert (row["estimate"], row["n"], row["excluded"]) == (1, 1, "department not_recorded 1")


def test_a_stage_without_departments_is_undefined_and_not_zero():
    table = measured(items("a administrative kept - -\n"))
    row = one(table, "department_hhi", stage="before")
    assert np.isnan(row["estimate"])
    assert row["reason"] == "empty_base"


def test_a_department_that_lost_all_its_items_has_a_share_of_zero():
    table = measured(items("a administrative removed - x\nb administrative kept - y\n"))
    shares = table[table["measure"] == "department_share"].set_index(["stage", "department"])["estimate"]
    assert shares.to_dict() == {("after", "x"): 0, ("after", "y"): 1, ("before", "x"): 0.5, ("before", "y"): 0.5}
    counts = measured(items("a administrative removed - x\nb administrative kept - y\n"), ["department"])
    assert one(counts, "item_count", stage="after", department="x")["estimate"] == 0


# Groups


def test_an_item_merged_into_another_department_counts_where_it_was():
    table = measured(items("a own merged t x\nb own kept - y\nt own - - y\n"), ["department"])
    assert one(table, "reduction_rate", department="x")["estimate"] == 1
    assert one(table, "reduction_rate", department="y")["estimate"] == -1
    assert one(table, "nominal_reduction", department="y")["estimate"] == -1


def test_a_measure_is_not_broken_down_by_what_it_is_about():
    by_nature = measured(items(TEN), ["item_nature"])
    assert not {"administrative_share", "item_nature_share"} & {*by_nature["measure"]}
    assert "department_hhi" not in set(measured(items(TEN), ["department"])["measure"])


def test_an_unknown_kind_is_left_out_of_the_shares_and_counted():
    table = measured(items("a own kept x\nb own kept -\n", "item_id item_nature item_fate item_kind"))
    row = one(table, "item_kind_share", stage="before")
    assert (row["estimate"], row["denominator"], row["excluded"]) == (1, 1, "item_kind not_recorded 1")


# The study


@pytest.fixture(scope="module")
def all_measures(nanchang):
    return workload.measures(nanchang)


def test_the_known_truth_of_the_synthetic_study_is_found(all_measures, nanchang):
    """Registers have no sampling error, so that three standard errors are none."""
    truth = simulate.simulate().truth
    by_nature = workload.measures(nanchang, ["item_nature"])
    administrative = {"item_nature": "administrative"}
    assert one(by_nature, "item_count", stage="before", **administrative)["estimate"] == truth["items_before"] == 387
    assert one(by_nature, "item_count", stage="after", **administrative)["estimate"] == truth["items_after"] == 151
    assert one(by_nature, "reduction_rate", **administrative)["estimate"] == pytest.approx(truth["reduction"])
    for stage in ("before", "after"):
        share = one(all_measures, "administrative_share", stage=stage)["estimate"]
        assert share == pytest.approx(truth[f"administrative_{stage}"])
    most = all_measures[(all_measures["measure"] == "ledgers_most") & (all_measures["ledger_form"] == "paper")]
    assert most["estimate"].max() == truth["paper_ledgers_most"]


def test_of_236_administrative_items_fewer_226_are_in_name(nanchang):
    """burden.py: 340 merged into 151 − 25 − 12 = 114, 6 removed, 4 transferred; 340 − 114 + 6 + 4 = 387 − 151 = 236."""
    table = workload.measures(nanchang, ["item_nature"])
    rows = table[(table["item_nature"] == "administrative") & (table["unit"] == "rate")].set_index("measure")
    assert rows["numerator"].to_dict() == {
        "reduction_rate": 236, "gross_reduction": 6, "nominal_reduction": 226, "transfer_rate": 4, "rebound_rate": 0,
    }  # fmt: skip


def test_a_list_is_a_census(all_measures):
    assert set(all_measures["interval"]) == {"census"}
    assert all_measures[["se", "low", "high"]].isna().all(axis=None)


def test_every_measure_of_the_chapter_is_in_the_catalogue_and_is_computed(all_measures):
    known = {name for name, entry in entries("measures")["measures"].items() if entry["chapter"] == "workload"}
    assert set(all_measures["measure"]) == known


@pytest.mark.parametrize("column", ["item_fate", "is_before", "merged_into", "year"])
def test_what_says_when_something_was_there_is_no_group(nanchang, column):
    assert len(workload.measures(nanchang, [column])) == 0
