"""Turnover, counted by hand on rosters small enough to read. Golden values: METHODS §1 (the project's definitions)."""

import datetime
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import simulate, turnover
from analysis.errors import StudyError
from analysis.measure import COLUMNS
from analysis.settings import Absent, Term
from analysis.turnover import tenure
from analysis.turnover.roster import Roster

TERMS = {
    "T1": Term(start="2012-07-01", end="2015-07-01"),
    "T2": Term(start="2015-07-01", end="2018-07-01"),
    "T3": Term(start="2018-07-01", end="2021-07-01"),
}
DATES = ("start", "end")
few = settings(max_examples=5)


def people(rows, columns="community_id person_id term"):
    """A roster drawn as a table; a dash is a missing value."""
    table = pd.read_csv(StringIO(rows), sep=r"\s+", names=columns.split(), dtype="str", na_values=["-"])
    dates = {column: pd.to_datetime(table[column]).astype("datetime64[s]") for column in DATES if column in table}
    flags = (
        {"is_incumbent": table["is_incumbent"].map({"yes": True, "no": False}).astype("boolean")}
        if "is_incumbent" in table
        else {}
    )
    return table.assign(**dates, **flags)


def roster(rows, columns="community_id person_id term", terms="T1 T2 T3", **how):
    return Roster(people(rows, columns), {term: TERMS[term] for term in terms.split()}, **how)


def team(term, persons, community="C"):
    return "".join(f"{community} {person} {term}\n" for person in persons)


def estimates(table, **where):
    """Measure → estimate, of the rows where columns have these values."""
    for column, value in where.items():
        table = table[table[column] == value]
    assert table["measure"].is_unique
    return table.set_index("measure")["estimate"].to_dict()


# The golden example of METHODS §1: S = A…J, E = A…G with K…O.

GOLDEN = roster(team("T1", "ABCDEFGHIJ") + team("T2", "ABCDEFGKLMNO"), terms="T1 T2")


@pytest.mark.parametrize(
    ("measure", "by_hand"),
    [
        ("leaver_rate", 3 / 11),
        ("accession_rate", 5 / 11),
        ("net_change_rate", 2 / 11),
        ("reallocation_rate", 8 / 11),
        ("churning_rate", 6 / 11),
        ("replacement_rate", 3 / 11),
        ("stability_index", 7 / 10),
        ("carry_over_rate", 7 / 12),
        ("renewal_rate", 5 / 12),
        ("overlap_index", 7 / 15),
    ],
)
def test_the_golden_rates_are_the_hand_counted_fractions(measure, by_hand):
    assert estimates(turnover.rates(GOLDEN))[measure] == by_hand


def test_the_golden_rates_are_the_printed_per_cents():
    printed = {
        "leaver_rate": 27.27,
        "accession_rate": 45.45,
        "net_change_rate": 18.18,
        "reallocation_rate": 72.73,
        "churning_rate": 54.55,
        "replacement_rate": 27.27,
        "stability_index": 70,
        "carry_over_rate": 58.33,
        "renewal_rate": 41.67,
        "overlap_index": 46.67,
    }
    assert {
        name: round(100 * value, 2) for name, value in estimates(turnover.rates(GOLDEN)).items() if name in printed
    } == printed


def test_each_rate_names_its_base():
    rows = turnover.rates(GOLDEN).set_index("measure")
    assert rows.loc["leaver_rate", ["numerator", "denominator", "n"]].tolist() == [3, 11, 15]
    assert rows.loc["stability_index", ["numerator", "denominator", "n"]].tolist() == [7, 10, 15]
    assert rows.loc["renewal_rate", ["numerator", "denominator", "n"]].tolist() == [5, 12, 15]
    assert set(rows["window"]) == {"T1→T2"}
    assert set(rows["term"]) == {"T2"}


def test_leaver_rate_and_stability_index_do_not_add_up_to_one():
    rates = estimates(turnover.rates(GOLDEN))
    assert rates["leaver_rate"] + rates["stability_index"] == pytest.approx(3 / 11 + 7 / 10)
    assert rates["leaver_rate"] + rates["stability_index"] < 0.98


def service(persons, start, end):
    return "".join(f"C {person} {start} {end}\n" for person in persons)


SERVICES = people(
    service("ABCDEFG", "2012-07-01", "-")  # stay
    + service("HIJ", "2012-07-01", "2014-01-31")  # leave
    + service("KLMNO", "2014-03-01", "-")  # come
    + service("X", "2013-01-01", "2013-06-30"),  # comes and leaves inside
    "unit person_id start end",
)


def test_events_count_the_person_who_came_and_left_inside():
    rows = tenure.event_rates(SERVICES, datetime.date(2012, 7, 1), datetime.date(2015, 7, 1)).set_index("measure")
    assert rows["estimate"].to_dict() == {"separation_rate": 4 / 11, "hire_rate": 6 / 11}
    assert rows["n"].to_dict() == {"separation_rate": 16, "hire_rate": 16}


def test_an_event_on_the_first_day_is_before_the_window_and_one_on_the_last_day_in_it():
    rows = people(
        "C a 2012-07-01 -\nC b 2015-07-01 -\nC c - 2012-07-01\nC d - 2015-07-01\n", "unit person_id start end"
    )
    rates = tenure.event_rates(rows, datetime.date(2012, 7, 1), datetime.date(2015, 7, 1)).set_index("measure")
    assert rates["numerator"].to_dict() == {"separation_rate": 1, "hire_rate": 1}  # d left, b came
    assert rates["denominator"].to_dict() == {"separation_rate": 2, "hire_rate": 2}  # a and d before, a and b after


def test_the_transient_of_the_golden_example_is_not_of_the_first_team():
    listed = "".join(f"C {p} T1 2012-07-01 -\n" for p in "ABCDEFGHIJ") + "C X T1 2013-01-01 2014-01-01\n"
    listed += "".join(f"C {p} T2 2015-07-01 -\n" for p in "ABCDEFGKLMNO")
    rates = estimates(turnover.rates(roster(listed, "community_id person_id term start end", terms="T1 T2")))
    assert rates["leaver_rate"] == 3 / 11
    assert rates["stability_index"] == 7 / 10


# Who stays, who leaves

# A1 is promoted; A2 leaves; A3 moves to B, the sister community; B4 stays; A5 is new.
MOVES = "A 1 T1 clerk\nA 2 T1 clerk\nA 3 T1 head\nB 4 T1 clerk\nA 1 T2 head\nA 5 T2 clerk\nB 3 T2 head\nB 4 T2 clerk\n"
WITH_ROLE = "community_id person_id term role"


def test_a_promotion_inside_is_neither_leaving_nor_joining_and_a_move_is_both():
    flow = turnover.flows(roster(MOVES, WITH_ROLE, terms="T1 T2"), "T1", "T2").set_index("unit")
    assert flow.loc["A", ["before", "after", "leavers", "joiners", "stayed"]].tolist() == [
        3,
        2,
        2,
        1,
        1,
    ]  # 2 and 3 left A
    assert flow.loc["B", ["before", "after", "leavers", "joiners", "stayed"]].tolist() == [1, 2, 0, 1, 1]  # 3 joined B


def test_a_leaver_counts_in_the_role_before_and_a_joiner_in_the_role_after():
    flow = turnover.flows(roster(MOVES, WITH_ROLE, terms="T1 T2"), "T1", "T2", ["role"])
    total = flow.groupby("role")[["before", "after", "leavers", "joiners", "stayed", "continuing", "overlap"]].sum()
    #                                      before after leavers joiners stayed continuing overlap
    assert total.loc["clerk"].tolist() == [3, 2, 1, 1, 2, 1, 1]
    assert total.loc["head"].tolist() == [1, 2, 1, 1, 0, 1, 0]


def test_inside_a_wider_unit_a_move_is_a_stay():
    rows = MOVES.replace("A ", "A S ").replace("B ", "B S ")
    within = roster(rows, "community_id subdistrict person_id term role", terms="T1 T2", within="subdistrict")
    rates = estimates(turnover.rates(within))
    assert rates["stability_index"] == 3 / 4  # 1, 3 and 4 of 1, 2, 3, 4
    assert rates["renewal_rate"] == 1 / 4  # 5 of 1, 3, 4, 5


def test_churning_is_computed_unit_by_unit_and_from_totals_would_be_overstated():
    shrinks = team("T1", "abcde", "X") + team("T2", "ab", "X")
    grows = team("T1", "pq", "Y") + team("T2", "pqrst", "Y")
    rates = estimates(turnover.rates(roster(shrinks + grows, terms="T1 T2")))
    assert rates["churning_rate"] == 0  # nobody in X or Y was replaced; from the totals 3 left, 3 came: 2·3/7
    assert rates["replacement_rate"] == 0
    assert rates["leaver_rate"] == rates["accession_rate"] == 3 / 7


def test_churning_is_weighted_by_mean_staff():
    replaces = team("T1", "abcd", "X") + team("T2", "abcz", "X")
    stays = team("T1", "pq", "Y") + team("T2", "pq", "Y")
    assert estimates(turnover.rates(roster(replaces + stays, terms="T1 T2")))["churning_rate"] == 2 / 6


def test_an_unknown_group_is_a_row():
    rows = "A 1 T1 clerk\nA 2 T1 -\nA 3 T1 -\nA 1 T2 clerk\nA 2 T2 -\n"
    table = turnover.rates(roster(rows, WITH_ROLE, terms="T1 T2"), ["role"])
    stability = table[table["measure"] == "stability_index"].set_index("role")["estimate"]
    assert stability.to_dict() == {"clerk": 1, "unknown": 1 / 2}


def test_an_empty_base_is_missing_with_a_reason_and_never_zero():
    rows = "A 1 T1 clerk\nA 1 T2 clerk\nA 2 T2 head\n"
    table = turnover.rates(roster(rows, WITH_ROLE, terms="T1 T2"), ["role"])
    head = table[table["role"] == "head"].set_index("measure")
    assert np.isnan(head.loc["stability_index", "estimate"])  # no head was there before
    assert head.loc["stability_index", "reason"] == "empty_base"
    assert head.loc["renewal_rate", "estimate"] == 1


# Rosters that are not there


def test_a_unit_without_a_later_roster_is_refused_not_counted_as_gone():
    with pytest.raises(StudyError) as refused:
        turnover.rates(roster(team("T1", "ab", "A") + team("T1", "cd", "B") + team("T2", "ab", "A"), terms="T1 T2"))
    assert refused.value.key == "community_without_roster"
    assert {key: refused.value.facts[key] for key in ("count", "total", "term", "other", "list")} == {
        "count": 1,
        "total": 2,
        "term": "T2",
        "other": "T1",
        "list": "B",
    }


def test_a_unit_without_an_earlier_roster_is_refused_too():
    with pytest.raises(StudyError, match="community_id"):
        turnover.rates(roster(team("T1", "ab", "A") + team("T2", "ab", "A") + team("T2", "cd", "B"), terms="T1 T2"))


def test_a_unit_declared_absent_is_left_out():
    rows = team("T1", "ab", "A") + team("T2", "ac", "A") + team("T2", "de", "B")
    absent = [Absent(term="T1", units=["B"], reason="founded in 2014")]
    assert estimates(turnover.rates(roster(rows, terms="T1 T2", absent=absent)))["renewal_rate"] == 1 / 2


def test_a_unit_absent_in_the_first_term_counts_between_the_second_and_the_third():
    rows = "".join(team(term, "ab", "A") for term in TERMS) + team("T2", "de", "B") + team("T3", "dx", "B")
    absent = [Absent(term="T1", units=["B"], reason="founded in 2014")]
    rates = estimates(turnover.rates(roster(rows, absent=absent)), term="T3")
    assert rates["renewal_rate"] == 1 / 4  # x of a, b, d, x


def test_retention_refuses_a_unit_without_roster():
    with pytest.raises(StudyError):
        turnover.retention(roster(team("T1", "ab", "A") + team("T1", "cd", "B") + team("T2", "ab", "A"), terms="T1 T2"))


def test_an_undeclared_term_is_refused():
    with pytest.raises(StudyError) as refused:
        turnover.flows(GOLDEN, "T1", "T9")
    assert refused.value.key == "term_unknown"


# Terms of different length


def test_a_third_leaving_in_three_years_is_0_1121_a_year_and_not_0_10():
    assert turnover.annual_probability(pd.Series([0.30]), 3).iloc[0] == pytest.approx(0.1121, abs=5e-5)


def test_leaving_is_annualised_over_the_years_between_the_teams():
    rows = turnover.rates(roster(team("T1", "abcdefghij") + team("T2", "abcdefg"), terms="T1 T2")).set_index("measure")
    years = 1095 / 365.25  # 1 July 2012 to 1 July 2015, no 29 February in between
    assert rows.loc["leaver_rate_per_year", "estimate"] == pytest.approx(3 / (8.5 * years), rel=1e-12)
    assert rows.loc["leaving_probability_per_year", "estimate"] == pytest.approx(1 - 0.7 ** (1 / years), rel=1e-12)


# Several terms in a row
#        T1 T2 T3
#   a    x  x  x   three terms
#   b    x  x
#   c       x  x
#   d    x     x   comes back after a gap
#   e          x
#   f    x

SERVED = roster(team("T1", "abdf") + team("T2", "abc") + team("T3", "acde"))


def test_retention_is_counted_over_both_bases():
    table = turnover.retention(SERVED).set_index(["measure", "term", "terms_served"])["estimate"]
    assert table["term_retention", "T2", "2"] == 2 / 4  # a, b of the four of T1
    assert table["term_retention", "T3", "2"] == 2 / 3  # a, c of the three of T2
    assert table["term_retention", "T3", "3"] == 1 / 4  # a of the four of T1
    assert table["long_serving_share", "T2", "2"] == 2 / 3  # a, b of the three of T2
    assert table["long_serving_share", "T3", "2"] == 2 / 4  # a, c of the four of T3
    assert table["long_serving_share", "T3", "3"] == 1 / 4


def test_who_comes_back_after_a_gap_is_apart():
    table = turnover.retention(SERVED)
    back = table[table["measure"] == "returner_share"]
    assert back[["term", "estimate", "numerator", "denominator"]].to_numpy().tolist() == [["T3", 1 / 4, 1, 4]]


def test_two_term_retention_is_the_stability_index_over_one_election():
    rates, kept = turnover.rates(SERVED), turnover.retention(SERVED)
    for term in ("T2", "T3"):
        stability = estimates(rates, term=term)["stability_index"]
        assert estimates(kept, term=term, terms_served="2")["term_retention"] == stability


def test_retention_goes_by_the_group_of_its_base():
    rows = "A 1 T1 clerk\nA 2 T1 clerk\nA 3 T1 head\nA 1 T2 head\nA 3 T2 head\nA 4 T2 clerk\n"
    table = turnover.retention(roster(rows, WITH_ROLE, terms="T1 T2"), ["role"]).set_index(["measure", "role"])[
        "estimate"
    ]
    assert table["term_retention", "clerk"] == 1 / 2  # 1, promoted, of the clerks of T1
    assert table["term_retention", "head"] == 1
    assert table["long_serving_share", "head"] == 1  # 1 and 3 of the heads of T2
    assert table["long_serving_share", "clerk"] == 0


def test_the_known_truth_of_the_synthetic_study_is_found(nanchang):
    truth = simulate.simulate().truth  # counted over sets of persons, apart from the measures
    rates = turnover.measures(nanchang).set_index(["measure", "term"])["estimate"]
    for first, second in (("2012", "2015"), ("2015", "2018")):
        assert rates["stability_index", second] == truth[f"two_term_retention_{first}"]
        assert rates["carry_over_rate", second] == truth[f"carry_over_{second}"]
        assert rates["renewal_rate", second] == pytest.approx(truth[f"renewal_{second}"])


# Census or superpopulation


def test_a_census_has_no_interval():
    for table in (turnover.rates(SERVED), turnover.retention(SERVED)):
        assert set(table["interval"]) == {"census"}
        assert table[["se", "low", "high"]].isna().all(axis=None)


def test_a_superpopulation_has_wilson_intervals_for_proportions():
    rows = team("T1", "abcdefghijklmnopqrstuvwxy") + team("T2", "abc")
    table = turnover.rates(roster(rows, terms="T1 T2", registers="superpopulation")).set_index("measure")
    assert table.loc["stability_index", "interval"] == "register_wilson"  # 3 of 25: METHODS §7
    assert table.loc["stability_index", ["low", "high"]].tolist() == pytest.approx([0.0417, 0.2996], abs=5e-5)


def test_a_rate_of_one_unit_read_as_a_superpopulation_has_no_error():
    rows = team("T1", "abcde") + team("T2", "abc")
    rate = (
        turnover.rates(roster(rows, terms="T1 T2", registers="superpopulation")).set_index("measure").loc["leaver_rate"]
    )
    assert rate["estimate"] == 2 / 4
    assert rate["interval"] == "none"
    assert rate[["se", "low", "high"]].isna().all()


# Spells

SPELL_COLUMNS = "community_id person_id term start end"


def spells(rows, columns=SPELL_COLUMNS, **how):
    table = tenure.spells(roster(rows, columns, **how)).sort_values(["person_id", "start"])
    return [(one.person_id, str(one.start)[:10], str(one.end)[:10], one.start_missing) for one in table.itertuples()]


def test_neighbouring_terms_make_one_spell():
    rows = "C a T1 2012-07-01 -\nC a T2 2012-07-01 -\nC a T3 2012-07-01 2019-05-01\n"
    assert spells(rows) == [("a", "2012-07-01", "2019-05-01", "")]


def test_a_gap_makes_two_spells():
    rows = "C a T1 2012-07-01 -\nC a T3 2018-07-01 -\n"
    assert spells(rows) == [("a", "2012-07-01", "2015-07-01", ""), ("a", "2018-07-01", "NaT", "")]


def test_leaving_more_than_a_month_before_the_next_term_makes_two_spells_and_less_makes_one():
    early = "C a T1 2012-07-01 2015-05-15\nC a T2 2015-07-01 2017-01-01\n"
    assert spells(early) == [("a", "2012-07-01", "2015-05-15", ""), ("a", "2015-07-01", "2017-01-01", "")]
    late = "C a T1 2012-07-01 2015-06-15\nC a T2 2015-07-01 2017-01-01\n"
    assert spells(late) == [("a", "2012-07-01", "2017-01-01", "")]


def test_a_spell_without_dates_runs_from_its_first_term_to_the_end_of_its_last():
    assert spells("C a T2\n", "community_id person_id term") == [("a", "2015-07-01", "2018-07-01", "")]


def test_who_is_in_the_first_term_without_a_start_began_at_an_unknown_time():
    assert spells("C a T1 - -\nC a T2 - -\n") == [("a", "NaT", "2018-07-01", "unknown")]


def test_an_incumbent_who_is_linked_to_nobody_began_at_an_unknown_time():
    rows = "C a T1 no\nC b T2 yes\nC c T2 no\nC a T2 yes\n"
    assert spells(rows, "community_id person_id term is_incumbent") == [
        ("a", "2012-07-01", "2018-07-01", ""),
        ("b", "NaT", "2018-07-01", "unknown"),
        ("c", "2015-07-01", "2018-07-01", ""),
    ]


def test_two_units_are_two_spells():
    assert spells("A a T1 2012-07-01 -\nB a T2 2015-07-01 -\n") == [
        ("a", "2012-07-01", "2015-07-01", ""),
        ("a", "2015-07-01", "2018-07-01", ""),
    ]


def test_a_person_of_two_communities_of_the_unit_at_once_has_one_spell():
    rows = "A S a T1 2012-07-01 -\nB S a T1 2012-07-01 -\nA S a T2 2012-07-01 -\n"
    within = roster(rows, "community_id subdistrict person_id term start end", terms="T1 T2", within="subdistrict")
    assert len(tenure.spells(within)) == 1


def test_a_spell_has_the_columns_of_its_first_row_unknown_or_not():
    rows = "C a T1 2012-07-01 - -\nC a T2 2012-07-01 - head\n"
    services = tenure.spells(roster(rows, SPELL_COLUMNS + " role"))
    assert services["role"].isna().tolist() == [True]


# Tenure

# Observed 2010-01-01 to 2016-01-01; years of 365.25 days.
#      start        end           entry  exit  left
#   a  2008-01-01   2011-01-01    731 d  1096  yes   in post before the window: delayed entry
#   b  2010-01-01   2012-01-01      0     730  yes
#   c  2010-01-01   -               0    2191  no
#   d  2011-01-01   2015-01-01      0    1461  yes
#   e  2014-01-01   -               0     730  no    censored when b leaves: at risk then
TENURE_TERMS = {"T1": Term(start="2010-01-01", end="2013-01-01"), "T2": Term(start="2013-01-01", end="2016-01-01")}
TENURE_ROWS = """
C a T1 2008-01-01 2011-01-01
C b T1 2010-01-01 2012-01-01
C c T1 2010-01-01 -
C c T2 2010-01-01 -
C d T1 2011-01-01 -
C d T2 2011-01-01 2015-01-01
C e T2 2014-01-01 -
"""


def years_in_post(rows=TENURE_ROWS, until=datetime.date(2016, 1, 1), by=(), columns=SPELL_COLUMNS, least=1):
    return tenure.years_in_post(
        Roster(people(rows, columns), TENURE_TERMS, observed_until=until), by, least_at_risk=least
    )


def test_tenure_by_hand_with_delayed_entry():
    curve = years_in_post()
    curve = curve[curve["measure"] == "tenure_survival"]
    assert (curve["tenure_years"] * 365.25).tolist() == pytest.approx([730, 1096, 1461], rel=1e-12)
    assert curve["n"].tolist() == [4, 3, 2]  # b c d e; a c d; c d
    assert curve["estimate"].tolist() == pytest.approx([3 / 4, 1 / 2, 1 / 4], rel=1e-12)
    # Greenwood: S·√Σ d/(n(n−d))
    sums = np.cumsum([1 / (4 * 3), 1 / (3 * 2), 1 / (2 * 1)])
    assert curve["se"].tolist() == pytest.approx(np.array([3 / 4, 1 / 2, 1 / 4]) * np.sqrt(sums), rel=1e-12)
    assert set(curve["interval"]) == {"greenwood_log_log"}
    assert set(curve["window"]) == {"2010-01-01→2016-01-01"}


def test_median_tenure_is_the_first_time_at_which_half_or_fewer_remain():
    median = years_in_post().set_index("measure").loc["tenure_median"]
    assert median["estimate"] * 365.25 == pytest.approx(1096)
    assert (median["unit"], median["reason"], median["n"]) == ("years", "", 5)


def test_a_later_last_day_turns_censoring_into_leaving_only_where_somebody_left():
    known = years_in_post(TENURE_ROWS.replace("2015-01-01", "2016-01-02"))
    curve = known[known["measure"] == "tenure_survival"]
    assert curve["estimate"].tolist() == pytest.approx([3 / 4, 1 / 2])  # d left the day after the last day known


def test_without_a_last_day_the_start_of_the_last_term_is_the_end_of_what_is_known():
    rows = years_in_post(until=None)
    assert set(rows["window"]) == {"2010-01-01→2013-01-01"}
    assert rows.loc[rows["measure"] == "tenure_survival", "estimate"].tolist() == pytest.approx(
        [2 / 3, 1 / 3]
    )  # b c d; a c d → c d


def test_a_median_that_is_not_reached_is_missing_with_its_reason():
    median = years_in_post("C a T1 2010-01-01 -\nC a T2 2010-01-01 -\n").set_index("measure").loc["tenure_median"]
    assert np.isnan(median["estimate"])
    assert median["reason"] == "not_reached"


def test_services_with_an_unknown_start_are_left_out_and_counted():
    table = years_in_post(TENURE_ROWS + "C f T1 - -\nC g T1 - -\n")
    assert set(table["excluded"]) == {"start unknown 2"}
    assert table.loc[table["measure"] == "tenure_survival", "n"].tolist() == [4, 3, 2]


def test_tenure_by_group_counts_who_is_left_out_of_each_group():
    rows = "C a T1 2010-01-01 2012-01-01 f\nC b T1 2010-01-01 2012-06-01 m\nC c T1 - - m\n"
    table = years_in_post(rows, by=["sex"], columns=SPELL_COLUMNS + " sex")
    assert table.groupby("sex")["excluded"].first().to_dict() == {"f": "", "m": "start unknown 1"}


def test_a_group_without_a_known_start_is_a_row_with_a_reason():
    rows = "C a T1 2010-01-01 2012-01-01 f\nC c T1 - - m\n"
    table = years_in_post(rows, by=["sex"], columns=SPELL_COLUMNS + " sex")
    assert set(table["sex"]) == {"f", "m"}


def test_the_curve_runs_where_enough_are_at_risk():
    curve = years_in_post(least=3)
    assert curve.loc[curve["measure"] == "tenure_survival", "n"].tolist() == [4, 3]


def test_nobody_observed_gives_a_median_that_is_missing_with_a_reason():
    table = years_in_post("C a T1 - -\n")
    assert table["measure"].tolist() == ["tenure_median"]
    assert np.isnan(table["estimate"].iloc[0])
    assert table["reason"].iloc[0] != ""


def test_events_of_a_roster_go_by_term_without_the_last_whose_end_is_not_known():
    table = tenure.events(
        Roster(people(TENURE_ROWS, SPELL_COLUMNS), TENURE_TERMS, observed_until=datetime.date(2014, 6, 30))
    )
    rows = table.set_index("measure")
    assert rows["term"].tolist() == ["T1", "T1"]
    assert rows.loc["separation_rate", ["numerator", "denominator"]].tolist() == [2, 2.5]  # a, b; a b c → c d
    assert rows.loc["hire_rate", ["numerator", "window"]].tolist() == [1, "2010-01-01→2013-01-01"]  # d


# What candidates and rosters say of incumbents

#  term incumbent elected
CANDIDATES = """
A 1 T1 yes yes
A 2 T1 yes no
A 3 T1 no  yes
A 4 T1 no  no
B 5 T1 yes yes
B 6 T1 -   yes
B 7 T2 no  yes
"""


def candidates():
    table = people(CANDIDATES, "community_id person_id term is_incumbent is_elected")
    return table.assign(is_elected=table["is_elected"].map({"yes": True, "no": False}).astype("boolean"))


def test_elections_by_hand():
    rows = turnover.elections(candidates()).set_index(["measure", "term"])
    assert rows.loc[("reelection_rate", "T1"), ["numerator", "denominator"]].tolist() == [2, 3]  # 1, 5 of 1, 2, 5
    assert rows.loc[("incumbent_share", "T1"), ["numerator", "denominator"]].tolist() == [
        2,
        3,
    ]  # 1, 5 of 1, 3, 5; 6 not recorded
    assert rows.loc[("incumbent_share", "T2"), "estimate"] == 0


def test_elections_where_no_incumbent_stood_have_no_rate_of_zero():
    rows = turnover.elections(candidates())
    none_stood = rows[(rows["measure"] == "reelection_rate") & (rows["term"] == "T2")]
    assert none_stood["estimate"].notna().sum() == 0


def test_linkage_agreement_by_hand():
    # T2: b linked and flagged, c linked only, d flagged only, e neither, f without a flag is left out
    rows = "C b T1 no\nC c T1 no\nC f T1 no\nC b T2 yes\nC c T2 no\nC d T2 yes\nC e T2 no\nC f T2 -\n"
    table = turnover.linkage_agreement(
        roster(rows, "community_id person_id term is_incumbent", terms="T1 T2")
    ).set_index("measure")
    assert table["numerator"].to_dict() == {"linked_and_flagged": 1, "linked_only": 1, "flagged_only": 1}
    assert set(table["denominator"]) == {4}


# Whatever the roster


@st.composite
def rosters(draw, terms=("T1", "T2", "T3")):
    """Two communities, each with somebody in every term; persons of a fixed sex and with any role."""
    places = st.tuples(st.sampled_from("AB"), st.integers(1, 8), st.sampled_from(terms))
    listed = draw(st.sets(places, max_size=30)) | {(unit, 0, term) for unit in "AB" for term in terms}
    rows = [(unit, str(person), term, "female" if person % 3 else "male") for unit, person, term in sorted(listed)]
    frame = pd.DataFrame(rows, columns=["community_id", "person_id", "term", "sex"], dtype="str")
    frame["role"] = pd.Series(
        draw(st.lists(st.sampled_from(["clerk", "head"]), min_size=len(rows), max_size=len(rows))), dtype="str"
    )
    return frame


def as_roster(frame, **how):
    return Roster(frame, TERMS, observed_until=datetime.date(2020, 1, 1), **how)


@few
@given(rosters(), st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(frame, seed):
    shuffled = frame.sample(frac=1, random_state=seed)
    for measure in (turnover.rates, turnover.retention, tenure.years_in_post, tenure.events):
        pd.testing.assert_frame_equal(measure(as_roster(frame), ["role"]), measure(as_roster(shuffled), ["role"]))


def test_the_order_of_the_rows_changes_nothing_for_a_person_with_two_roles_in_the_unit():
    rows = ["A S 1 T1 clerk\n", "B S 1 T1 head\n", "A S 1 T2 clerk\n", "B S 2 T2 head\n"]
    columns = "community_id subdistrict person_id term role"
    tables = [
        turnover.rates(roster("".join(order), columns, terms="T1 T2", within="subdistrict"), ["role"])
        for order in (rows, rows[::-1])
    ]
    pd.testing.assert_frame_equal(*tables)


@few
@given(rosters())
def test_net_change_is_joining_less_leaving(frame):
    table = turnover.rates(as_roster(frame)).pivot(index="term", columns="measure", values="estimate")
    assert table["net_change_rate"].to_numpy() == pytest.approx(
        (table["accession_rate"] - table["leaver_rate"]).to_numpy()
    )


@few
@given(rosters())
def test_who_stayed_and_who_left_are_all_who_were_there(frame):
    rates = turnover.rates(as_roster(frame))
    for term, before in (("T2", "T1"), ("T3", "T2")):
        flow = turnover.flows(as_roster(frame), before, term)
        left = flow["leavers"].sum() / flow["before"].sum()
        stability = estimates(rates, term=term)["stability_index"]
        assert stability + left == pytest.approx(1)


@few
@given(rosters())
def test_results_are_in_range_and_missing_only_with_a_reason(frame):
    for table in (turnover.rates(as_roster(frame), ["role"]), turnover.retention(as_roster(frame), ["role"])):
        assert {*COLUMNS} <= {*table}
        assert (table["estimate"].isna() == (table["reason"] != "")).all()
        proportions = table.loc[table["unit"].isin(["proportion", "proportion_per_year"]), "estimate"].dropna()
        assert proportions.between(0, 1).all()
        rates = table[table["unit"] == "rate"].dropna(subset="estimate")
        assert rates["estimate"].between(-2, 2).all()
        assert rates.loc[rates["measure"] != "net_change_rate", "estimate"].ge(0).all()


@few
@given(rosters())
def test_groups_of_an_attribute_that_does_not_change_add_up_to_the_total(frame):
    made = as_roster(frame)
    for before, after in (("T1", "T2"), ("T2", "T3")):
        counts = ["before", "after", "leavers", "joiners", "stayed", "continuing", "overlap"]
        total, by_sex = turnover.flows(made, before, after), turnover.flows(made, before, after, ["sex"])
        assert by_sex[counts].sum().to_dict() == total[counts].sum().to_dict()
    kept, kept_by_sex = turnover.retention(made), turnover.retention(made, ["sex"])
    keys = ["measure", "term", "window"]
    sums = kept_by_sex.groupby(keys)[["numerator", "denominator"]].sum()
    assert sums.to_dict() == kept.groupby(keys)[["numerator", "denominator"]].sum().to_dict()
