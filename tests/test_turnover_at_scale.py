"""Turnover of a roster that stays on an engine is that of the same roster in memory."""

from dataclasses import replace

import duckdb
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_turnover import GOLDEN, TERMS, as_roster, estimates, people, roster, rosters, team

from analysis import study, turnover
from analysis.errors import StudyError
from analysis.registers import quotients
from analysis.settings import Absent
from analysis.turnover import parts, tenure
from analysis.turnover.roster import Roster, roster_of

MEASURES = [turnover.rates, turnover.retention, tenure.events, tenure.years_in_post]


@pytest.fixture(autouse=True, scope="module")
def small_parts():
    """Every community is a part of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST", 1)
        yield


def on_duckdb(roster):
    engine = duckdb.connect()
    engine.register("frame", roster.people)
    dates = ", ".join(f'"{column}"::date as "{column}"' for column in ("start", "end") if column in roster.people)
    engine.execute(f"create table kept as select * {f'replace ({dates})' if dates else ''} from frame")
    return replace(roster, people=engine.table("kept"))


def flows(roster, by):
    """What every rate is made of."""
    return turnover.flows(roster, "T1", "T2", by)


def same(first, second):
    pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=1e-9)
    return True


@pytest.fixture(scope="module")
def nanchang():
    return roster_of(study.open())


@pytest.mark.parametrize("measure", MEASURES)
def test_turnover_of_nanchang_in_duckdb_is_that_in_memory(nanchang, measure):
    assert same(measure(on_duckdb(nanchang), ["role"]), measure(nanchang, ["role"]))


def test_links_held_against_flags_in_duckdb_are_those_in_memory(nanchang):
    flags = pd.Series([True, False, None] * len(nanchang.people), dtype="boolean")[: len(nanchang.people)]
    flagged = replace(nanchang, people=nanchang.people.assign(is_incumbent=flags.to_numpy()))
    assert same(turnover.linkage_agreement(on_duckdb(flagged)), turnover.linkage_agreement(flagged))


def test_a_superpopulation_in_duckdb_has_the_errors_of_the_rows_in_memory(nanchang):
    drawn = replace(nanchang, registers="superpopulation")
    assert same(turnover.retention(on_duckdb(drawn)), turnover.retention(drawn))


def test_spells_in_duckdb_are_those_in_memory(nanchang):
    columns, keys = ["unit", "person_id", "start", "end", "start_missing"], ["unit", "person_id", "start"]
    made = [tenure.spells(one)[columns].sort_values(keys) for one in (on_duckdb(nanchang), nanchang)]
    assert same(*(one.reset_index(drop=True) for one in made))


@settings(max_examples=2)
@given(rosters(), st.sampled_from(["community_id", "ward"]), st.sampled_from([[], ["role"], ["community_id"]]))
@pytest.mark.parametrize("measure", [flows, *MEASURES[1:]])
def test_turnover_of_any_roster_in_duckdb_is_that_in_memory(measure, frame, within, by):
    wards = frame.assign(ward=pd.Series("W", frame.index, dtype="str"))  # in one ward persons stand twice in a term
    made = as_roster(wards, within=within)
    assert same(measure(on_duckdb(made), by), measure(made, by))


def test_a_roster_may_lie_in_polars():
    assert estimates(turnover.rates(replace(GOLDEN, people=pl.from_pandas(GOLDEN.people))))["leaver_rate"] == 3 / 11


def test_who_is_in_no_unit_is_in_the_unit_unknown():
    rows = "A S a T1\nB - b T1\nC unknown b T2\nC unknown c T2\nA S a T2\n"
    made = roster(rows, "community_id ward person_id term", terms="T1 T2", within="ward")
    flow = turnover.flows(on_duckdb(made), "T1", "T2").set_index("unit")
    assert flow["stayed"].to_dict() == {"S": 1, "unknown": 1}
    assert flow["joiners"].to_dict() == {"S": 0, "unknown": 1}


def test_whole_numbers_are_the_same_groups_with_and_without_missing_ones():
    frame = people(team("T1", "abc") + team("T2", "abc")).assign(grade=pd.array([1, 2, None, 1, 2, 2], dtype="Int64"))
    made = Roster(frame, {term: TERMS[term] for term in ("T1", "T2")})
    assert set(turnover.rates(on_duckdb(made), ["grade"])["grade"]) == {"1", "2", "unknown"}


def test_a_unit_without_a_roster_is_refused_and_counted_among_all_parts():
    rows = "".join(team(term, "a", unit) for unit in "ABC" for term in ("T1", "T2"))
    made = on_duckdb(roster(rows + "D a T1\n", terms="T1 T2"))
    for ask in (turnover.rates, turnover.retention, turnover.require_units):
        with pytest.raises(StudyError) as refused:
            ask(made)
        assert (refused.value.key, refused.value.facts["count"], refused.value.facts["total"]) == (
            "community_without_roster",
            1,
            4,
        )


def test_a_unit_declared_absent_is_left_out_of_all_parts():
    rows = team("T1", "ab", "A") + team("T2", "ac", "A") + team("T1", "xy", "B")
    gone = [Absent(term="T2", units=["B"], reason="merged")]
    made = on_duckdb(roster(rows, terms="T1 T2", absent=gone))
    assert estimates(turnover.rates(made))["leaver_rate"] == 1 / 2


def test_a_column_that_the_table_has_not_is_refused():
    with pytest.raises(StudyError) as refused:
        turnover.rates(on_duckdb(GOLDEN), ["rank"])
    assert (refused.value.key, refused.value.facts["column"]) == ("column_absent", "rank")


def test_an_empty_table_has_no_measures():
    empty = on_duckdb(replace(GOLDEN, people=GOLDEN.people[:0]))
    assert not len(turnover.rates(empty))


def test_flows_are_of_any_two_terms():
    made = roster(team("T1", "abdf") + team("T2", "abc") + team("T3", "acde"))
    flow = turnover.flows(made, "T1", "T3").iloc[0]
    assert flow[["before", "after", "leavers", "joiners", "stayed"]].tolist() == [4, 4, 2, 2, 2]


@pytest.mark.parametrize("registers", ["census", "superpopulation"])
def test_a_row_of_a_register_may_stand_for_several(registers):
    rows = pd.DataFrame({"sex": list("fffmm"), "numerator": [1, 1, 0, 1, 0], "denominator": 1})
    classes = (
        rows.groupby(["sex", "numerator", "denominator"], as_index=False).size().rename(columns={"size": "frequency"})
    )
    made = [
        quotients("female_share", one, unit=unit, table="roster", registers=registers)
        for unit in ("proportion", "rate")
        for one in (classes, rows)
    ]
    assert same(made[0], made[1])
    assert same(made[2], made[3])
