"""Ledgers by hand: per community and staff member, the most, and three ways of reducing. Golden values: METHODS §3."""

from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.settings import Term
from analysis.workload import ledgers

few = settings(max_examples=25)
GOLDEN = pd.DataFrame({"before": [120, 80, 10, 0], "after": [45, 60, 12, 3]})
TERMS = {"T1": Term(start="2012-07-01", end="2015-07-01"), "T2": Term(start="2015-07-01", end="2018-07-01")}

# B has no electronic ledgers on record in 2016, D is there in 2016 only, E had none.
LEDGERS = """\
A 2014 100 20
B 2014 50 10
E 2014 0 0
A 2016 40 10
B 2016 60 -
D 2016 5 5
E 2016 3 0
"""


def table(rows=LEDGERS):
    frame = pd.read_csv(
        StringIO(rows), sep=" ", names=["community_id", "year", "paper_ledgers", "electronic_ledgers"], na_values=["-"]
    )
    return frame.astype({"year": "Int64", "paper_ledgers": "Int64", "electronic_ledgers": "Int64"})


def one(measured, name, **where):
    """The single row of a measure where columns have these values."""
    rows = measured[measured["measure"] == name]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


# Reductions


def test_pooled_42_9_and_mean_22_5_and_median_25_0_per_cent_are_of_the_same_communities():
    made = ledgers.reductions(GOLDEN)
    assert one(made, "ledger_reduction_pooled")["estimate"] == pytest.approx(90 / 210, rel=1e-12)
    assert one(made, "ledger_reduction_mean")["estimate"] == pytest.approx((0.625 + 0.25 - 0.2) / 3, rel=1e-12)
    assert one(made, "ledger_reduction_median")["estimate"] == pytest.approx(0.25, rel=1e-12)
    assert [round(100 * value, 1) for value in made["estimate"]] == [42.9, 22.5, 25.0]


def test_a_community_that_had_none_counts_in_the_pooled_rate_only():
    made = ledgers.reductions(GOLDEN).set_index("measure")
    assert made["n"].to_dict() == {
        "ledger_reduction_pooled": 4,
        "ledger_reduction_mean": 3,
        "ledger_reduction_median": 3,
    }
    assert made["excluded"].tolist() == ["", "ledgers zero_base 1", "ledgers zero_base 1"]


def test_where_nobody_had_any_there_is_no_reduction():
    made = ledgers.reductions(pd.DataFrame({"before": [0, 0], "after": [3, 0]}))
    assert made["estimate"].isna().all()
    assert set(made["reason"]) == {"empty_base"}


def test_who_lacks_a_number_is_left_out_and_counted():
    pairs = pd.DataFrame({"before": [10, None, 20], "after": [5, 5, None]}, dtype="Float64")
    made = ledgers.reductions(pairs)
    assert made["estimate"].tolist() == [0.5, 0.5, 0.5]
    assert set(made["excluded"]) == {"ledgers not_recorded 2"}


def test_a_negative_number_is_refused():
    with pytest.raises(StudyError) as problem:
        ledgers.reductions(pd.DataFrame({"before": [10], "after": [-1]}))
    assert problem.value.key == "count_negative"


counts = st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), min_size=1, max_size=30)


@given(counts)
@few
def test_no_reduction_exceeds_all_and_the_pooled_one_is_the_mean_weighted_by_what_there_was(pairs):
    frame = pd.DataFrame(pairs, columns=["before", "after"])
    made = ledgers.reductions(frame).set_index("measure")["estimate"]
    assert not (made > 1).any()
    some = frame[frame["before"] > 0]
    if len(some) == len(frame):
        rates = (some["before"] - some["after"]) / some["before"]
        assert made["ledger_reduction_pooled"] == pytest.approx(np.average(rates, weights=some["before"]), abs=1e-9)
        assert made["ledger_reduction_median"] == pytest.approx(rates.median(), abs=1e-9)


def test_groups_have_reductions_of_their_own():
    made = ledgers.reductions(GOLDEN.assign(district=["x", "x", "y", "y"]))
    assert one(made, "ledger_reduction_pooled", district="x")["estimate"] == 95 / 200
    assert one(made, "ledger_reduction_median", district="y")["estimate"] == pytest.approx(-0.2)
    assert one(made, "ledger_reduction_mean", district="x")["excluded"] == ""


# From year to year


def test_a_change_is_over_communities_that_tell_both_years():
    made = ledgers.changes(ledgers.by_form(table()), [])
    pooled = one(made, "ledger_reduction_pooled", ledger_form="paper")
    assert (pooled["estimate"], pooled["n"], pooled["window"]) == (pytest.approx(47 / 150), 3, "2014→2016")
    assert (pooled["year"], pooled["excluded"]) == ("2016", "ledgers not_recorded 1")  # D
    electronic = one(made, "ledger_reduction_mean", ledger_form="electronic")
    assert (electronic["estimate"], electronic["n"]) == (0.5, 1)  # A; E had none, B and D lack a number
    assert electronic["excluded"] == "ledgers not_recorded 2; ledgers zero_base 1"


def test_one_community_is_its_own_reduction_or_increase():
    made = ledgers.changes(ledgers.by_form(table()), ["community_id"])
    paper = made[made["ledger_form"] == "paper"]
    assert one(paper, "ledger_reduction_pooled", community_id="A")["estimate"] == 0.6
    assert one(paper, "ledger_reduction_pooled", community_id="B")["estimate"] == pytest.approx(-0.2)
    assert one(paper, "ledger_reduction_pooled", community_id="E")["reason"] == "empty_base"


def test_one_year_has_no_change():
    assert len(ledgers.changes(ledgers.by_form(table("A 2014 100 20\n")), [])) == 0


# Per community


def test_the_mean_and_the_most_of_each_year_and_form():
    made = ledgers.per_community(ledgers.by_form(table()), [])
    paper = made[made["ledger_form"] == "paper"]
    assert one(paper, "ledgers_per_community", year="2014")["estimate"] == 50
    assert one(paper, "ledgers_most", year="2014")["estimate"] == 100
    assert one(paper, "ledgers_most", year="2016")["estimate"] == 60


def test_a_number_that_is_not_recorded_is_left_out_and_counted():
    made = ledgers.per_community(ledgers.by_form(table()), [])
    row = one(made, "ledgers_per_community", year="2016", ledger_form="electronic")
    assert (row["estimate"], row["n"], row["excluded"]) == (5, 3, "ledgers not_recorded 1")
    most = one(made, "ledgers_most", year="2016", ledger_form="electronic")
    assert (most["estimate"], most["excluded"]) == (10, "ledgers not_recorded 1")


def test_where_no_number_is_known_mean_and_most_are_missing():
    made = ledgers.per_community(ledgers.by_form(table("A 2014 - 1\n")), [])
    rows = made[made["ledger_form"] == "paper"]
    assert rows["estimate"].isna().all()
    assert set(rows["reason"]) == {"empty_base"}


def test_the_reason_of_a_missing_number_is_that_of_its_form():
    frame = table("A 2014 - 1\n").assign(paper_ledgers_missing=pd.Series(["refused"], dtype="str"))
    made = ledgers.per_community(ledgers.by_form(frame), [])
    assert one(made, "ledgers_most", ledger_form="paper")["excluded"] == "ledgers refused 1"


def test_a_study_without_electronic_ledgers_has_paper_ones_only():
    rows = ledgers.by_form(table().drop(columns="electronic_ledgers"))
    assert set(rows["ledger_form"]) == {"paper"}


# Per staff member

ROSTER = pd.DataFrame(
    [("A", "1", "T1"), ("A", "2", "T1"), ("B", "3", "T1"), ("A", "1", "T2"), ("B", "3", "T2"), ("B", "4", "T2")],
    columns=["community_id", "person_id", "term"],
)


def test_ledgers_are_divided_by_the_staff_of_the_term_in_which_the_year_lies():
    made = ledgers.per_staff(ledgers.by_form(table()), ROSTER, TERMS, [])
    first, second = (one(made, "ledgers_per_staff", year=year, ledger_form="paper") for year in ("2014", "2016"))
    assert (first["numerator"], first["denominator"], first["estimate"]) == (150, 3, 50)  # E has no staff
    assert (second["numerator"], second["denominator"]) == (100, 3)  # D and E have none
    assert first["n"] == 3
    assert first["table"] == "roster"


@pytest.mark.parametrize(("year", "denominator"), [("2015", 1), ("2014", 2)])
def test_a_year_belongs_to_the_term_that_its_first_of_july_lies_in(year, denominator):
    made = ledgers.per_staff(ledgers.by_form(table(f"A {year} 10 1\n")), ROSTER, TERMS, [])
    assert set(made["denominator"]) == {denominator}


def test_a_year_in_no_term_is_undefined_and_says_so():
    made = ledgers.per_staff(ledgers.by_form(table("A 2014 10 1\nA 2019 10 1\n")), ROSTER, TERMS, [])
    row = one(made, "ledgers_per_staff", year="2019", ledger_form="paper")
    assert np.isnan(row["estimate"])
    assert row["reason"] == "no_term_that_year"
    assert one(made, "ledgers_per_staff", year="2014", ledger_form="paper")["reason"] == ""
