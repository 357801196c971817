"""Two studies, and two waves of one, beside each other: differences and their errors by hand."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from surveyed import GOLDEN, answers, one, small_study

from analysis import cli, comparison, compute, participation, structure, study
from analysis.errors import StudyError
from analysis.measure import arranged
from analysis.reporting import disclosure

few = settings(max_examples=8)


@pytest.fixture(scope="module")
def waves(nanchang):
    return comparison.of_waves(nanchang)


def rows(**facts):
    """A row of a measure table; by default a share of a sample."""
    plain = {"measure": "college_share", "estimate": 0.5, "se": 0.03, "df": 10, "n": 100, "unit": "proportion"}
    plain |= {"table": "respondents", "interval": "t", "window": "2018", "reliability": "show"}
    return arranged(pd.DataFrame([plain | facts]))


def compared(nanchang, first, second, by=()):
    return comparison.of_studies(nanchang, rows(**first), nanchang, rows(**second), by)


def difference(table):
    (row,) = table[table["side"] == "difference"].to_dict("records")
    return row


# Two studies


def test_independent_errors_add_up_as_squares_with_satterthwaites_degrees_of_freedom(nanchang):
    row = difference(compared(nanchang, {"estimate": 0.5}, {"estimate": 0.6, "se": 0.04, "df": 20, "n": 150}))
    assert row["estimate"] == pytest.approx(0.10)
    assert row["se"] == pytest.approx(0.05)  # 3, 4, 5
    assert row["df"] == pytest.approx(25**2 / (9**2 / 10 + 16**2 / 20))  # 29.90
    assert (row["low"], row["high"]) == pytest.approx(
        (0.10 - 2.0425 * 0.05, 0.10 + 2.0425 * 0.05), abs=2e-5
    )  # t tables, df 29.9
    assert (row["unit"], row["interval"], row["basis"], row["window"]) == ("points", "t", "samples", "2018 | 2018")
    assert row["n"] == 250


def test_the_test_of_a_difference_is_a_two_sided_t_test(nanchang):
    table = compared(nanchang, {"se": 0.03, "df": 5}, {"estimate": 0.5 + 2.2281 * 0.05, "se": 0.04, "df": 1e9})
    # v²/(v₁²/5) = 5·(25/9)² = 38.58; with two samples of 5 and 5 and equal errors the t table's 10 degrees of freedom
    equal = compared(
        nanchang, {"se": 0.03, "df": 5}, {"estimate": 0.5 + 2.2281 * 0.03 * np.sqrt(2), "se": 0.03, "df": 5}
    )
    assert difference(table)["df"] == pytest.approx(5 * (25 / 9) ** 2)
    assert difference(equal)["df"] == pytest.approx(10)
    assert one(equal, "college_share", side="p")["estimate"] == pytest.approx(0.05, abs=1e-5)


def test_two_registers_have_a_difference_and_neither_interval_nor_test(nanchang):
    census = {"se": np.nan, "df": np.nan, "interval": "census", "reliability": ""}
    table = compared(nanchang, census, census | {"estimate": 0.25})
    row = difference(table)
    assert row["estimate"] == -0.25
    assert np.isnan([row["se"], row["low"], row["high"], row["df"]]).all()
    assert (row["interval"], row["basis"], row["reliability"]) == ("census", "censuses", "")
    assert set(table["side"]) == {"first_study", "second_study", "difference"}


def test_a_register_against_a_sample_has_the_samples_error_and_says_so(nanchang):
    census = {"se": np.nan, "df": np.nan, "interval": "census", "reliability": ""}
    row = difference(compared(nanchang, census, {"estimate": 0.4, "se": 0.03, "df": 10}))
    assert (row["se"], row["df"]) == pytest.approx((0.03, 10))
    assert (row["interval"], row["basis"]) == ("t", "census_and_sample")


def test_a_sample_without_a_standard_error_gives_a_bare_difference(nanchang):
    row = difference(compared(nanchang, {"se": np.nan, "df": np.nan, "interval": "none"}, {}))
    assert (row["estimate"], row["interval"], row["basis"]) == (0, "none", "without_errors")
    assert np.isnan(row["low"])


@pytest.mark.parametrize(
    ("second", "reason"),
    [
        ({"unit": "rate"}, "units_differ"),
        ({"estimate": np.nan, "reason": "empty_base"}, "empty_base"),
        ({"estimate": np.nan, "reason": "hidden"}, "hidden"),
    ],
)
def test_what_cant_be_compared_is_missing_with_its_reason(nanchang, second, reason):
    table = compared(nanchang, {}, second)
    row = difference(table)
    assert np.isnan([row["estimate"], row["se"], row["low"]]).all()
    assert (row["reason"], row["interval"], row["reliability"]) == (reason, "none", "")
    assert not table["side"].isin(["p", "p_adjusted"]).any()


@pytest.mark.parametrize(("tier", "expected"), [("show", "show"), ("review", "review"), ("suppress", "suppress")])
def test_a_difference_is_no_more_reliable_than_its_worse_side(nanchang, tier, expected):
    assert difference(compared(nanchang, {"reliability": tier}, {}))["reliability"] == expected


def test_studies_without_a_row_in_common_are_refused(nanchang):
    with pytest.raises(StudyError) as refused:
        comparison.of_studies(nanchang, rows(), nanchang, rows(measure="female_share"))
    assert refused.value.key == "nothing_to_compare"


def test_a_study_beside_itself_differs_in_nothing(nanchang):
    table = structure.measures(nanchang)
    made = comparison.of_studies(nanchang, table, nanchang, table)
    assert (made.loc[made["side"] == "difference", "estimate"].dropna() == 0).all()
    assert "term" not in made
    latest = made[(made["side"] == "first_study") & (made["measure"] == "female_share")]
    assert latest[["estimate", "window"]].to_numpy().tolist() == [[0.75, "2018"]]  # the last term only


def test_communities_of_two_studies_are_not_taken_for_the_same(nanchang):
    table = pd.concat([rows(), rows().assign(community_id="C1")])
    apart = comparison.of_studies(nanchang, table, nanchang, table)
    asked = comparison.of_studies(nanchang, table, nanchang, table, ["community_id"])
    assert (apart["side"] == "difference").sum() == 1
    assert (asked["side"] == "difference").sum() == 2


def test_rates_of_terms_of_other_lengths_are_compared_a_year_only(make_study):
    three = study.open(str(make_study()))
    terms = {"2015": {"start": "2015-07-01", "end": "2018-07-01"}, "2018": {"start": "2019-07-01", "end": "2021-07-01"}}
    four = study.open(str(make_study(name="four", settings={"terms": terms}, columns={"end": None})))
    tables = [compute.measures(opened) for opened in (three, four)]
    made = comparison.of_studies(three, tables[0], four, tables[1])
    changes = made[made["side"] == "difference"].set_index("measure")
    assert changes.loc["renewal_rate", "reason"] == "terms_of_other_length"
    assert np.isnan(changes.loc["renewal_rate", "estimate"])
    assert changes.loc["leaver_rate_per_year", "reason"] == ""
    # the same 3 leavers of 8.5: over three years, and over four
    assert changes.loc["leaver_rate_per_year", "estimate"] == pytest.approx(3 / 8.5 / 4 - 3 / 8.5 / 3, abs=2e-4)


def test_surveys_that_asked_for_other_activities_are_not_compared_on_all_of_them():
    first = small_study(answers(GOLDEN), answers(GOLDEN, activity="political"))
    second = small_study(answers(GOLDEN))
    tables = [compute.measures(opened, measure) for opened in (first, second) for measure in ("participation_rate",)]
    made = comparison.of_studies(first, tables[0], second, tables[1])
    assert difference(made)["reason"] == "activities_asked_differ"
    tables = [compute.measures(opened, "activity_rate") for opened in (first, second)]
    assert difference(comparison.of_studies(first, tables[0], second, tables[1]))["estimate"] == 0


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99), st.floats(0.001, 0.2), st.floats(0.001, 0.2), st.floats(2, 200))
@few
def test_the_other_way_round_the_sign_changes_and_nothing_else(first, second, se, other_se, df):
    opened = synthetic.nanchang()
    one_way, back = {"estimate": first, "se": se, "df": df}, {"estimate": second, "se": other_se}
    there, again = difference(compared(opened, one_way, back)), difference(compared(opened, back, one_way))
    assert there["estimate"] == pytest.approx(-again["estimate"])
    assert (there["se"], there["df"]) == pytest.approx((again["se"], again["df"]))
    assert (there["low"], there["high"]) == pytest.approx((-again["high"], -again["low"]))
    assert min(df, 10) - 1e-9 <= there["df"] <= df + 10 + 1e-9  # Satterthwaite's lie between the smaller and the sum


# Waves


def test_the_golden_waves_differ_by_hand():
    opened = small_study(answers(GOLDEN), answers((0, 0, 0, 0, 0, 0, 0, 2, 4, 6), "second"))
    made = comparison.of_waves(opened)
    sides = {row["side"]: row["estimate"] for _, row in made[made["measure"] == "participation_rate"].iterrows()}
    assert (sides["earlier"], sides["later"], sides["difference"]) == pytest.approx((0.4, 0.3, -0.1))
    assert one(made, "acts_mean", side="difference")["estimate"] == pytest.approx(0.2)
    # those of ten that changed: two to none, none to two; differences −1, 1, 2 and seven zeros; sd of d over √10
    d = np.array([0, 0, 0, 0, 0, 0, -1, 1, 2, 0])
    assert one(made, "acts_mean", side="difference")["se"] == pytest.approx(d.std(ddof=1) / np.sqrt(10))


def test_who_answers_the_same_twice_leaves_no_error_in_the_difference():
    made = comparison.of_waves(small_study(answers(GOLDEN), answers(GOLDEN, "second")))
    row = one(made, "participation_rate", side="difference")
    assert (row["estimate"], row["se"]) == pytest.approx((0, 0), abs=1e-12)
    assert one(made, "participation_rate", side="earlier")["se"] > 0.1


@pytest.mark.parametrize(
    ("measure", "change"), [("participation_rate", "rate_change"), ("acts_mean", "acts_mean_change")]
)
def test_waves_differ_as_the_chapter_on_participation_says(nanchang, waves, measure, change):
    ours = one(waves, measure, side="difference")
    theirs = one(participation.changes(participation.prepared(nanchang)), change)
    assert (ours["estimate"], ours["se"]) == pytest.approx((theirs["estimate"], theirs["se"]), rel=1e-9)
    assert (ours["window"], ours["basis"]) == ("first→second", "one_sample")


def test_the_waves_covariance_is_in_the_error_and_makes_it_another(waves):
    sides = [one(waves, "participation_rate", side=side)["se"] for side in ("earlier", "later")]
    assert one(waves, "participation_rate", side="difference")["se"] < np.hypot(*sides)


def test_the_adjusted_p_values_are_never_smaller(waves):
    p, adjusted = (waves.loc[waves["side"] == side, "estimate"].to_numpy() for side in ("p", "p_adjusted"))
    assert len(p) == len(adjusted) == (waves["side"] == "difference").sum()
    assert (adjusted >= p).all()
    assert adjusted.max() <= 1


def test_waves_that_asked_for_other_activities_are_compared_in_the_common_ones_only():
    opened = small_study(answers(GOLDEN), answers(GOLDEN, "second"), answers(GOLDEN, "second", activity="political"))
    changes = comparison.of_waves(opened).query("side == 'difference'")
    assert set(changes.loc[changes["activity"].notna(), "activity"].astype(str)) == {"culture_sport"}
    whole = changes[changes["activity"].isna()]
    assert set(whole["reason"]) == {"activities_differ"}
    assert whole["estimate"].isna().all()


def test_one_wave_is_no_comparison():
    with pytest.raises(StudyError) as refused:
        comparison.of_waves(small_study(answers(GOLDEN)))
    assert refused.value.key == "waves_too_few"


def test_by_a_column_each_group_is_compared_with_itself(nanchang):
    made = comparison.of_waves(nanchang, ["sex"])
    assert set(made.loc[made["side"] == "difference", "sex"]) == {"female", "male"}


def test_a_difference_is_hidden_with_one_of_its_sides():
    opened = small_study(answers([1] * 5 + [0] * 55), answers([1] * 20 + [0] * 40, "second"))
    released = disclosure.released(comparison.of_waves(opened), "residents")
    rate = released[released["measure"] == "participation_rate"].set_index("side")
    assert set(rate["reason"]) == {"hidden"}  # 5 of 60; the later side would follow from the difference
    assert rate["estimate"].isna().all()


def test_a_measure_that_no_wave_has_is_refused_with_the_nearest(waves):
    with pytest.raises(StudyError) as refused:
        comparison.chosen(waves, "acts_meen")
    assert (refused.value.key, refused.value.facts["nearest"]) == ("unknown_measure", "acts_mean")


# The command line


def test_the_command_compares_waves_and_studies():
    run = CliRunner().invoke(cli.main, ["compare", "nanchang", "--waves", "--measure", "participation_rate"])
    assert run.exit_code == 0
    assert [line.split(",")[1] for line in run.stdout.splitlines()[1:]] == [
        "earlier",
        "later",
        "difference",
        "p",
        "p_adjusted",
    ]
    run = CliRunner().invoke(cli.main, ["compare", "nanchang", "nanchang", "--measure", "female_share", "--by", "role"])
    assert run.exit_code == 0
    assert "synthetic" in run.stdout


@pytest.mark.parametrize("arguments", [["nanchang"], ["nanchang", "nanchang", "--waves"]])
def test_the_command_refuses_one_side_or_two_questions(arguments):
    run = CliRunner().invoke(cli.main, ["compare", *arguments])
    assert run.exit_code == 2
    assert "compare" in run.stderr


def test_hidden_sides_stay_hidden_between_studies(nanchang):
    roster = structure.measures(nanchang, ["role"])
    protected = replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))
    tables = disclosure.released(roster, protected.sensitivity("roster"))
    made = comparison.of_studies(protected, tables, nanchang, roster, ["role"])
    hidden = made[(made["side"] == "first_study") & (made["reason"] == "hidden")]
    keys = [
        "measure",
        *(c for c in ("role", "education", "age_band", "skill", "certificate", "age_from", "isced") if c in made),
    ]
    changes = made[made["side"] == "difference"].set_index(keys)
    assert len(hidden)
    assert changes.loc[pd.MultiIndex.from_frame(hidden[keys]), "estimate"].isna().all()
