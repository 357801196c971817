"""Turnover of a roster that stays on an engine is that of the same roster in memory."""

import re
from dataclasses import replace
from functools import cache
from types import SimpleNamespace

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_turnover import GOLDEN, TERMS, as_roster, people, roster, rosters, team

from analysis import turnover
from analysis.errors import StudyError
from analysis.inference.relations.relation import Relation
from analysis.registers import FREQUENCY, quotients
from analysis.settings import Absent
from analysis.turnover import parts, tenure
from analysis.turnover.roster import Roster


@pytest.fixture(autouse=True, scope="module")
def small_parts():
    """Every unit is a part of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "MOST", 1)
        yield


def in_duckdb(frame):
    engine = duckdb.connect()
    engine.register("frame", frame)
    days = frame.select_dtypes("datetime").columns
    dates = ", ".join(f'"{column}"::date as "{column}"' for column in days)
    engine.execute(f"create table kept as select * {f'replace ({dates})' if dates else ''} from frame")
    return engine.table("kept")


def on_duckdb(roster):
    return replace(roster, people=in_duckdb(roster.people))


ENGINES = {"duckdb": in_duckdb, "polars": pl.from_pandas, "arrow": pa.Table.from_pandas}


def flows(roster, by=()):
    """What every rate is made of, of neighbours and of terms with one between."""
    made = [turnover.flows(roster, first, second, by) for first, second in (("T1", "T2"), ("T1", "T3"))]
    return pd.concat(made).sort_values(["unit", *by], kind="stable").reset_index(drop=True)


def spells(roster, by=()):
    columns, keys = ["unit", "person_id", "start", "end", "start_missing"], ["unit", "person_id", "start"]
    return tenure.spells(roster)[columns].sort_values(keys).reset_index(drop=True)


def years_in_post(roster, by=()):
    return tenure.years_in_post(roster, by, least_at_risk=1)


def linkage_agreement(roster, by=()):
    return turnover.linkage_agreement(roster)


MEASURES = [flows, spells, turnover.rates, turnover.retention, linkage_agreement, tenure.events, years_in_post]


def same(first, second):
    pd.testing.assert_frame_equal(first, second, rtol=1e-9, atol=1e-9)
    return True


# Two communities of one subdistrict, one of another, one of none, and one that was merged away. Person a stands in both
# communities of S with two roles, b comes back after a gap, c came and left inside T2, d changes the community within S.
EVERY = roster(
    "A S a T1 head 2012-07-01 - -\n"
    "B S a T1 clerk 2012-07-01 - no\n"
    "A S a T2 head - - yes\n"
    "A S a T3 head - - no\n"
    "A S b T1 clerk - 2015-06-30 no\n"
    "A S b T3 clerk 2018-07-01 - no\n"
    "B S c T2 clerk 2016-01-01 2017-01-01 no\n"
    "A S d T1 clerk - 2014-01-01 yes\n"
    "B S d T2 - - - yes\n"
    "B S d T3 head - 2019-05-01 yes\n"
    "C R e T1 head - - -\n"
    "C R e T2 head - - -\n"
    "C R f T2 clerk 2015-07-20 - no\n"
    "C R f T3 head - - yes\n"
    "D - e T1 clerk - - yes\n"
    "D unknown g T2 clerk 2015-07-01 2018-07-01 no\n"
    "D - e T2 head - - yes\n"
    "D - g T3 clerk - - no\n"
    "E Q h T1 clerk 2012-07-01 - no\n",
    "community_id subdistrict person_id term role start end is_incumbent",
    within="subdistrict",
    absent=[Absent(term=term, units=["Q"], reason="merged") for term in ("T2", "T3")],
)


@cache
def in_memory(measure, by):
    return measure(EVERY, by)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_measure_on_an_engine_is_that_in_memory(engine, measure):
    lying = replace(EVERY, people=ENGINES[engine](EVERY.people))
    assert same(measure(lying, ("role",)), in_memory(measure, ("role",)))


def test_the_roster_above_by_hand():
    flow = flows(EVERY)[::2].set_index("unit")
    assert flow.loc["S", ["before", "after", "leavers", "joiners", "stayed"]].tolist() == [3, 2, 1, 0, 2]
    assert flow.loc["R", ["before", "after", "leavers", "joiners", "stayed"]].tolist() == [1, 2, 0, 1, 1]
    assert flow.loc["unknown", ["before", "after", "leavers", "joiners", "stayed"]].tolist() == [1, 2, 0, 1, 1]
    assert [*flow.index] == ["R", "S", "unknown"]


def test_a_study_may_have_its_tables_on_an_engine():
    stood = EVERY.people.assign(is_elected=EVERY.people["is_incumbent"])
    tables = {"roster": in_duckdb(EVERY.people.drop(columns="start")), "candidacies": in_duckdb(stood)}
    settings = SimpleNamespace(
        stay_within="subdistrict", registers="census", absent=EVERY.absent, observed_until=EVERY.observed_until
    )
    opened = SimpleNamespace(
        settings=settings,
        terms=EVERY.terms,
        has=lambda name: name in tables,
        register=tables.get,
        columns=lambda name: tables[name].columns,
    )
    made = {*turnover.measures(opened, ["role"])["measure"]}
    assert {"renewal_rate", "returner_share", "reelection_rate"} <= made
    assert not {"linked_only", "hire_rate"} & made  # links of groups are not told, events need both days


def test_a_superpopulation_in_duckdb_has_the_errors_of_the_rows_in_memory():
    drawn = replace(EVERY, registers="superpopulation")
    made = turnover.retention(drawn)
    assert made["se"].notna().any()
    assert same(turnover.retention(on_duckdb(drawn)), made)


@st.composite
def services(draw):
    """Any roster, with days on which persons came and left, flags of incumbents, and communities in one ward or in none."""
    frame = draw(rosters())

    def each(*values):
        return draw(st.lists(st.sampled_from(values), min_size=len(frame), max_size=len(frame)))

    begun = frame["term"].map({name: pd.Timestamp(term.start) for name, term in TERMS.items()})
    # who stands in every term keeps every unit staffed
    has_days = frame["person_id"] != "0"
    came, left = (pd.to_timedelta(pd.Series(each(*days)), unit="D") for days in ((0, 20, 200, None), (400, 1094, None)))
    ward = {"A": "W", "B": draw(st.sampled_from(["W", "V", None]))}
    return frame.assign(
        ward=frame["community_id"].map(ward).astype("str"),
        start=(begun + came).where(has_days).astype("datetime64[s]"),
        end=(begun + left).where(has_days).astype("datetime64[s]"),
        is_incumbent=pd.Series(each(True, False, None), dtype="boolean"),
        role=frame["role"].where(pd.Series(each(True, True, False))),
    )


@pytest.mark.parametrize(("measure", "examples"), [(flows, 5), (spells, 5), (turnover.retention, 2)])
def test_turnover_of_any_roster_in_duckdb_is_that_in_memory(measure, examples):
    within = st.sampled_from(["community_id", "ward"])
    groups = st.sampled_from([[], ["role"], ["community_id"], ["sex", "role"]])

    @settings(max_examples=examples)
    @given(services(), within, groups)
    def holds(frame, within, by):
        made = as_roster(frame, within=within)
        assert same(measure(on_duckdb(made), by), measure(made, by))

    holds()


def test_elections_in_duckdb_are_those_in_memory():
    rows = (
        "T1 head yes yes\nT1 head yes no\nT1 - no yes\nT1 - - yes\nT2 head yes -\nT2 clerk no yes\nT2 clerk yes yes\n"
    )
    stood = people(rows, "term role is_incumbent is_elected")
    stood = stood.assign(is_elected=stood["is_elected"].map({"yes": True, "no": False}).astype("boolean"))
    made = turnover.elections(stood, ["role"])
    by_hand = made.set_index(["measure", "term", "role"])["estimate"].to_dict()
    assert by_hand == {
        ("reelection_rate", "T1", "head"): 1 / 2,
        ("reelection_rate", "T2", "clerk"): 1,
        ("incumbent_share", "T1", "head"): 1,
        ("incumbent_share", "T1", "unknown"): 0,
        ("incumbent_share", "T2", "clerk"): 1 / 2,
    }
    assert all(same(turnover.elections(lay(stood), ["role"]), made) for lay in ENGINES.values())


def test_units_are_read_together_as_long_as_they_are_few_rows(monkeypatch):
    monkeypatch.setattr(parts, "MOST", 3)
    made = on_duckdb(
        roster(team("T1", "ab", "A") + team("T1", "a", "B") + team("T1", "ab", "C") + team("T1", "a", "-"))
    )
    read = [{*part["community_id"].fillna("none")} for part in made.parts()]
    assert read == [{"A", "B"}, {"C"}, {"none"}]


def test_a_part_of_a_sorted_roster_leaves_most_of_the_file_unread(monkeypatch, tmp_path):
    """Ten units of 2,048 rows, a group of rows each: of a part of two units two groups are read."""
    monkeypatch.setattr(parts, "MOST", 2 * 2048)
    connection = duckdb.connect()
    rows = "select printf('C%02d', range // 2048) as community_id, 'T1' as term, range as number from range(20480)"
    connection.execute(f"copy ({rows}) to '{tmp_path}/rows.parquet' (row_group_size 2048)")
    table = Relation.of(connection.read_parquet(f"{tmp_path}/rows.parquet"))
    units = parts.by_units(table, "community_id", ["number"])
    assert next(units)["number"].tolist() == [*range(2 * 2048)]
    said = tmp_path / "profile.json"
    connection.execute(f"set enable_profiling = 'json'; set profiling_output = '{said}'")
    assert next(units)["number"].tolist() == [*range(2 * 2048, 4 * 2048)]
    units.close()
    connection.close()
    assert re.findall(r'"rows_scanned": (\d+)', said.read_text()) == ["4096"]


def test_who_is_in_no_unit_is_in_the_unit_unknown():
    rows = "A S a T1\nB - b T1\nC unknown b T2\nC unknown c T2\nA S a T2\n"
    made = roster(rows, "community_id ward person_id term", terms="T1 T2", within="ward")
    flow = turnover.flows(on_duckdb(made), "T1", "T2").set_index("unit")
    assert flow["stayed"].to_dict() == {"S": 1, "unknown": 1}
    assert flow["joiners"].to_dict() == {"S": 0, "unknown": 1}


def test_who_stands_twice_in_a_unit_has_the_groups_of_the_community_that_is_known():
    rows = "- S a T1 head\nA S a T1 clerk\nA S a T2 clerk\n"
    made = roster(rows, "community_id ward person_id term role", terms="T1 T2", within="ward")
    for one in (made, on_duckdb(made)):
        assert turnover.flows(one, "T1", "T2", ["role"])["role"].tolist() == ["clerk"]


def test_whole_numbers_are_the_same_groups_with_and_without_missing_ones():
    frame = people(team("T1", "abc") + team("T2", "abc")).assign(grade=pd.array([1, 2, None, 1, 2, 2], dtype="Int64"))
    made = Roster(frame, {term: TERMS[term] for term in ("T1", "T2")})
    assert set(turnover.flows(on_duckdb(made), "T1", "T2", ["grade"])["grade"]) == {"1", "2", "unknown"}


def test_a_unit_without_a_roster_is_refused_and_counted_among_all_parts():
    rows = "".join(team(term, "a", unit) for unit in "ABC" for term in ("T1", "T2"))
    made = on_duckdb(roster(rows + "D a T1\n", terms="T1 T2"))
    for ask in (turnover.rates, turnover.retention, turnover.require_units):
        facts = refused("community_without_roster", lambda ask=ask: ask(made))
        assert (facts["count"], facts["total"], facts["list"]) == (1, 4, "D")


def test_a_unit_declared_absent_is_left_out_of_all_parts():
    rows = team("T1", "ab", "A") + team("T2", "ac", "A") + team("T1", "xy", "B")
    gone = [Absent(term="T2", units=["B"], reason="merged")]
    flow = turnover.flows(on_duckdb(roster(rows, terms="T1 T2", absent=gone)), "T1", "T2")
    assert flow[["unit", "before", "leavers"]].to_numpy().tolist() == [["A", 2, 1]]


def test_an_empty_table_has_no_measures():
    empty = on_duckdb(replace(GOLDEN, people=GOLDEN.people[:0]))
    assert not any(len(measure(empty)) for measure in (turnover.rates, turnover.retention))


def test_flows_are_of_any_two_terms():
    made = roster(team("T1", "abdf") + team("T2", "abc") + team("T3", "acde"))
    counts = ["before", "after", "leavers", "joiners", "stayed", "continuing", "overlap"]

    def between(first, second):
        return turnover.flows(made, first, second).iloc[0][counts].tolist()

    assert between("T1", "T3") == [4, 4, 2, 2, 2, 2, 2]
    assert between("T2", "T1") == [3, 4, 1, 2, 2, 2, 2]
    assert between("T2", "T2") == [3, 3, 0, 0, 3, 3, 3]


# What is refused


def refused(key, call):
    with pytest.raises(StudyError) as error:
        call()
    assert error.value.key == key
    return error.value.facts


@pytest.fixture(params=["memory", "duckdb"])
def lay(request):
    """A frame as it is, or as a table in DuckDB."""
    return (lambda frame: frame) if request.param == "memory" else in_duckdb


def asked(frame, by=()):
    return turnover.flows(replace(EVERY, people=frame), "T1", "T2", by)


def test_a_column_that_the_table_has_not_is_refused(lay):
    kept = lay(EVERY.people)
    assert refused("column_absent", lambda: asked(kept, ["rolle"]))["nearest"] == "role"
    for column in ("subdistrict", "person_id", "term"):
        lacking = lay(EVERY.people.drop(columns=column))
        for ask in (asked, lambda frame: tenure.spells(replace(EVERY, people=frame))):
            assert refused("column_absent", lambda ask=ask, one=lacking: ask(one))["column"] == column
    unflagged = replace(EVERY, people=lay(EVERY.people.drop(columns="is_incumbent")))
    assert refused("column_absent", lambda: turnover.linkage_agreement(unflagged))["column"] == "is_incumbent"
    assert refused("column_absent", lambda: turnover.elections(kept))["column"] == "is_elected"


@pytest.mark.parametrize(
    ("column", "wrong", "kind"),
    [
        ("subdistrict", lambda people: people["person_id"].map(ord), "Int64"),
        ("term", lambda people: people["term"].str[1:].astype("int64"), "Int64"),
        ("start", lambda people: people["start"].astype("str"), "String"),
        ("end", lambda people: people["end"].dt.year.astype("Int64"), "Int64"),
        ("is_incumbent", lambda people: people["is_incumbent"].astype("str"), "String"),
    ],
)
def test_a_column_of_another_type_is_refused(lay, column, wrong, kind):
    frame = EVERY.people.rename(columns={"start": "began", "end": "left"})
    frame = lay(frame.assign(**{column: wrong(EVERY.people)}))
    facts = refused("column_type", lambda: asked(frame))
    assert (facts["column"], facts["kind"]) == (column, kind)


def test_times_of_a_zone_are_refused():
    zoned = duckdb.sql("select 'S' as subdistrict, 'a' as person_id, 'T1' as term, now() as start")
    assert refused("column_type", lambda: asked(zoned))["kind"].startswith("Datetime(time_zone=")


def test_an_election_told_in_words_is_refused(lay):
    told = lay(people("T1 yes yes\n", "term is_incumbent is_elected"))
    assert refused("column_type", lambda: turnover.elections(told))["wanted"] == "Boolean"


def test_a_term_that_is_none_is_refused(lay):
    made = replace(EVERY, people=lay(EVERY.people))
    assert refused("term_unknown", lambda: turnover.flows(made, "T1", "T4"))["known"] == "T1, T2, T3"


def test_what_is_no_table_is_refused():
    refused("frame_unknown", lambda: asked([1, 2]))


@pytest.mark.parametrize("registers", ["census", "superpopulation"])
def test_a_row_of_a_register_may_stand_for_several(registers):
    rows = pd.DataFrame({"sex": list("fffmm"), "numerator": [1, 1, 0, 1, 0], "denominator": 1})
    classes = (
        rows.groupby(["sex", "numerator", "denominator"], as_index=False).size().rename(columns={"size": FREQUENCY})
    )
    made = [
        quotients("female_share", one, unit=unit, table="roster", registers=registers)
        for unit in ("proportion", "rate")
        for one in (classes, rows)
    ]
    assert same(made[0], made[1])
    assert same(made[2], made[3])
