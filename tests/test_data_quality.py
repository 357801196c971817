"""Data quality by hand: missing answers, duplicates, haste, straight lines, weights, and the sample against a census."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import synthetic
from hypothesis import given, settings
from hypothesis import strategies as st
from surveyed import answers, errors_from_truth, one, small_study

from analysis import compute, data_quality, simulate, study
from analysis.data_quality import census_margins, margins_met
from analysis.errors import StudyError
from analysis.reporting import page
from analysis.reporting.figures import quality
from analysis.reporting.wording import Wording
from analysis.settings import CutOff, Design, Margin, Margins, checked

ITEMS = ("property_attitude", "environment", "safety", "overall")


@pytest.fixture(scope="module")
def measured(nanchang):
    return data_quality.measures(nanchang)


def people(count, wave="first", **columns):
    ids = [f"R{number:02d}" for number in range(count)]
    return pd.DataFrame({"respondent_id": ids, "community_id": "C1", "wave": wave, **columns})


def scored(rows, wave="first"):
    """Satisfaction of persons in order; None is no answer, refused."""
    long = [
        (f"R{i:02d}", wave, item, score) for i, row in enumerate(rows) for item, score in zip(ITEMS, row, strict=False)
    ]
    table = pd.DataFrame(long, columns=["respondent_id", "wave", "item", "score"])
    return table.assign(score_missing=pd.Series(pd.NA, table.index, dtype="str").mask(table["score"].isna(), "refused"))


def with_tables(**tables):
    """Nanchang with these tables only."""
    opened = synthetic.nanchang()
    plain = opened.settings.model_copy(update={"design": {"respondents": Design()}, "margins": None})
    return replace(opened, settings=plain, reading=opened.reading._replace(tables=tables))


# Rows and values that were not accepted


def test_rows_accepted_and_set_aside_are_those_read(measured):
    rows = measured[measured["measure"].str.startswith("rows_")].pivot(
        index="data_table", columns="measure", values="estimate"
    )
    assert (rows["rows_accepted"] + rows["rows_excluded"] + rows["rows_set_aside"] == rows["rows_read"]).all()
    assert rows.loc["respondents", "rows_read"] == 2400


def test_values_out_of_range_and_ids_listed_twice_are_counted_by_column_and_rule(make_study, roster_text):
    lines = roster_text.replace("2015-07-01,,2", "2015-07-01,,-2").splitlines()
    folder = make_study("\n".join([*lines, lines[3]]) + "\n", table={"set_aside": "4"})
    refused = data_quality.refused_values(study.open(str(folder))).set_index(["question", "rule"])["estimate"]
    assert refused.to_dict() == {("roster.posts_held", "negative"): 2, ("roster.community_id", "duplicate"): 2}


# Who was asked


def test_a_panel_counts_who_came_again_and_who_is_new():
    told = pd.concat([people(5), people(4, "second").iloc[1:], people(7, "second").iloc[5:]])
    rows = data_quality.response(told, ["first", "second"])
    again, new = (one(rows, measure) for measure in ("panel_again_share", "panel_new_share"))
    assert (again["numerator"], again["denominator"], new["numerator"], new["denominator"]) == (3, 5, 2, 5)
    assert (again["wave"], again["window"]) == ("second", "first→second")
    assert not np.isfinite(again["low"])


def test_a_single_wave_has_no_panel():
    assert set(data_quality.response(people(5), ["first", "second"])["measure"]) == {"respondent_count"}


def test_the_panel_of_nanchang_is_that_of_its_simulation(measured):
    row = one(measured, "panel_again_share")
    assert (row["numerator"], row["denominator"]) == (1050, 1350)


# Missing answers


def test_missing_answers_are_shares_of_all_respondents_by_reason():
    told = answers((1, None, 0, None, 2))
    told.loc[1, "acts_missing"] = "dont_know"
    rows = data_quality.item_missing(small_study(told))
    of_acts = rows[rows["question"] == "acts|activity=culture_sport"].set_index("missing_reason")
    assert of_acts["estimate"].to_dict() == {"dont_know": 1 / 5, "not_asked": 1 / 5}
    assert set(of_acts["interval"]) == {"file"}


def test_a_missing_answer_without_a_reason_is_not_recorded():
    opened = with_tables(respondents=people(4, sex=["female", None, "male", None]))
    row = one(data_quality.item_missing(opened), "item_missing_share", question="sex")
    assert (row["missing_reason"], row["estimate"]) == ("not_recorded", 0.5)


def test_a_column_that_a_form_does_not_have_for_an_item_is_no_missing_answer():
    told = scored([("satisfied", "neutral"), ("neutral", None)]).assign(mark=np.nan)
    rows = data_quality.item_missing(with_tables(respondents=people(2), satisfaction=told))
    assert set(rows["question"]) == {"score|item=property_attitude", "score|item=environment"}


def test_the_missing_answers_of_nanchang_are_those_of_its_simulation(measured):
    rows = measured[(measured["measure"] == "item_missing_share") & (measured["missing_reason"] == "refused")]
    income = rows[rows["question"] == "income"]
    assert income["numerator"].sum() / income["denominator"].sum() == pytest.approx(0.06)


def test_a_register_tells_what_is_missing_by_column(measured):
    rows = measured[measured["measure"] == "column_missing_share"].set_index(["question", "missing_reason"])["estimate"]
    assert rows["roster.education", "not_recorded"] == pytest.approx(4 / 288)
    assert rows["roster.role", "not_recorded"] == 0


@settings(max_examples=8)
@given(st.lists(st.sampled_from(["refused", "dont_know", None]), min_size=1, max_size=30))
def test_reasons_and_answers_add_up_to_all_respondents(reasons):
    frame = people(len(reasons), sex=["female" if reason is None else None for reason in reasons])
    frame["sex_missing"] = pd.Series(reasons, dtype="str")
    rows = data_quality.item_missing(with_tables(respondents=frame))
    assert rows["numerator"].sum() == sum(reason is not None for reason in reasons)


# Duplicates, haste, straight lines


def sheet(rows):
    """Respondents with ten answers each."""
    return people(len(rows), **{f"question_{i}": list(values) for i, values in enumerate(zip(*rows, strict=True))})


def test_persons_with_the_same_answers_are_all_counted_and_others_are_not(monkeypatch):
    frame = sheet([(1,) * 10, (1,) * 10, (2,) * 10, (1,) * 9 + (3,)])
    asked = [column for column in frame if column.startswith("question_")]
    monkeypatch.setattr(data_quality, "_asked_columns", lambda study, name: asked)
    rows = data_quality.duplicates(with_tables(respondents=frame))
    row = one(rows, "duplicate_share")
    assert (row["numerator"], row["denominator"], one(rows, "questions_asked")["estimate"]) == (2, 4, 10)


def test_the_same_person_in_two_waves_is_no_duplicate(monkeypatch):
    frame = pd.concat([sheet([(1,) * 10]), sheet([(1,) * 10]).assign(wave="second")], ignore_index=True)
    asked = [column for column in frame if column.startswith("question_")]
    monkeypatch.setattr(data_quality, "_asked_columns", lambda study, name: asked)
    assert data_quality.duplicates(with_tables(respondents=frame))["numerator"].sum() == 0


def test_with_few_questions_nothing_is_said_of_duplicates():
    row = one(data_quality.duplicates(with_tables(respondents=people(4, sex="female"))), "duplicate_share")
    assert (np.isnan(row["estimate"]), row["reason"]) == (True, "questions_few")


def test_a_speeder_takes_less_than_the_declared_part_of_the_median():
    frame = people(7, duration_seconds=[100, 29, 30, 100, 200, 500, None])  # median 100 of the six known
    rows = data_quality.speeders(frame, 0.3)
    row = one(rows, "speeder_share")
    assert (row["numerator"], row["denominator"], row["excluded"]) == (1, 6, "duration_seconds not_recorded 1")
    assert one(rows, "duration_median")["estimate"] == 100


def test_haste_is_judged_by_a_declared_cut_off_only():
    opened = with_tables(respondents=people(3, duration_seconds=[10.0, 100.0, 100.0]))
    assert "speeder_share" not in set(data_quality.measures(opened)["measure"])
    cut = {"speeder": CutOff(value=0.3, source="a test")}
    declared = replace(opened, settings=opened.settings.model_copy(update={"cut_offs": cut}))
    assert one(data_quality.measures(declared), "speeder_share")["estimate"] == pytest.approx(1 / 3)


def test_straight_lines_are_counted_by_how_many_items_were_answered():
    told = scored(
        [
            ("satisfied",) * 4,  # four the same
            ("satisfied", "satisfied", "satisfied", "neutral"),
            ("neutral", "neutral", None, None),  # two the same
            ("neutral", None, None, None),  # one answer is no line
            (None,) * 4,
        ]
    )
    rows = data_quality.straight_liners(told, people(5))
    row = one(rows, "straight_liner_share")
    assert (row["numerator"], row["denominator"]) == (2, 3)
    by_items = rows[rows["measure"] == "straight_liner_share_by_items"].set_index("items_answered")["estimate"]
    assert by_items.to_dict() == {"4": 1 / 2, "2": 1}


# Weights


def test_the_golden_weights_have_the_golden_effective_size_and_design_effect():
    """METHODS §7: w = (1, 1, 2, 4), n_eff 2.909, deff 1.375; cv = √(deff − 1)."""
    rows = data_quality.weights(people(4, weight=[1, 1, 2, 4]), "weight").set_index("measure")["estimate"]
    assert rows["weight_effective_n"] == pytest.approx(2.909, abs=5e-4)
    assert rows["weight_design_effect"] == pytest.approx(1.375)
    assert rows["weight_cv"] == pytest.approx(np.sqrt(0.375))
    assert (rows["weight_least"], rows["weight_greatest"]) == (1, 4)


@settings(max_examples=30)
@given(st.lists(st.floats(0.01, 1000), min_size=1, max_size=40), st.floats(0.01, 100))
def test_the_bands_hold_every_weight_and_no_scale_changes_the_design_effect(weights, factor):
    rows, scaled = (
        data_quality.weights(people(len(weights), weight=np.array(weights) * by), "weight") for by in (1, factor)
    )
    bands = rows[rows["measure"] == "weight_band_share"]
    assert bands["estimate"].sum() == pytest.approx(1)
    effects = [one(table, "weight_design_effect")["estimate"] for table in (rows, scaled)]
    assert effects[0] == pytest.approx(effects[1])
    assert effects[0] >= 1 - 1e-12


# The sample against a census


def declared(**margin):
    """A study of four persons, three of them women, aged 20 to 80, with weights; and one margin."""
    plain = {"group": "women", "count": 60, "of": 100, "age_from": 18}
    margins = Margins(
        source={"zh": "测试", "en": "a test"}, year=2010, sample_age_from=18, margins=[Margin(**plain | margin)]
    )
    frame = people(
        4, sex=["female", "female", "female", "male"], age_years=[20, 40, 80, 70], weight=[1.0, 1.0, 1.0, 5.0]
    )
    opened = with_tables(respondents=frame)
    design = {"respondents": Design(weights="weight")}
    return replace(opened, settings=opened.settings.model_copy(update={"margins": margins, "design": design}))


def test_a_sample_is_held_against_a_census_before_and_after_weighting():
    rows = census_margins.against_census(declared())
    values = rows.set_index("measure")["estimate"]
    assert values["census_share"] == 0.6
    assert (values["sample_share_unweighted"], values["sample_share_weighted"]) == pytest.approx((3 / 4, 3 / 8))
    assert (values["census_gap_unweighted"], values["census_gap_weighted"]) == pytest.approx((0.15, -0.225))
    share, gap = (one(rows, f"{kind}_unweighted") for kind in ("sample_share", "census_gap"))
    assert (gap["high"] - gap["low"], gap["se"]) == pytest.approx((share["high"] - share["low"], share["se"]))


def test_unlike_bases_are_not_subtracted():
    rows = census_margins.against_census(declared(age_from=0))
    gaps = rows[rows["measure"].str.startswith("census_gap")]
    assert gaps[["estimate", "se", "low", "high"]].isna().all(axis=None)
    assert (set(gaps["reason"]), set(rows["margin_base"])) == ({"bases_differ"}, {"unlike"})


def test_near_bases_are_compared_where_the_study_says_why():
    rows = census_margins.against_census(declared(age_from=15, near={"zh": "相近", "en": "near"}))
    assert one(rows, "census_gap_weighted")["estimate"] == pytest.approx(-0.225)
    assert set(rows["margin_base"]) == {"near"}


def test_a_margin_of_older_people_is_held_against_those_of_the_sample():
    row = one(census_margins.against_census(declared(age_from=60)), "sample_share_unweighted")
    assert (row["numerator"], row["denominator"]) == (1, 2)


def test_a_group_that_no_sample_of_adults_holds_is_not_compared():
    rows = census_margins.against_census(declared(group="under_15", age_from=0))
    assert rows.set_index("measure")["reason"].to_dict() == {
        "sample_share_unweighted": "bases_differ",
        "sample_share_weighted": "bases_differ",
        "census_gap_unweighted": "bases_differ",
        "census_gap_weighted": "bases_differ",
        "census_share": "",
    }


def test_a_part_larger_than_its_whole_is_refused():
    with pytest.raises(StudyError) as refused:
        checked({"group": "women", "count": "5", "of": "4"}, Margin, "study.yml")
    assert refused.value.key == "settings_value"


def test_the_census_of_nanchang_adds_up(nanchang):
    counts = {margin.group: margin for margin in nanchang.settings.margins.margins}
    assert counts["women"].count + counts["men"].count == counts["women"].of == 5_042_565
    assert counts["under_15"].count + counts["aged_65_and_over"].of == 5_042_565
    assert counts["aged_65_and_over"].of == 3_722_485 + 388_945


def test_the_weighted_shares_of_nanchang_are_near_those_of_its_simulation(nanchang, measured):
    adults = simulate.residents.draw_population(np.random.default_rng(1), nanchang.table("communities")).people
    age = simulate.residents.SURVEY_YEAR - adults["birth_year"]
    truth = {"women": (adults["sex"] == "female").mean(), "aged_65_and_over": (age >= 65).mean()}
    for group, share in truth.items():
        row = one(measured, "sample_share_weighted", group=group, wave="first")
        assert abs(row["estimate"] - share) < 3 * row["se"]


# The chapter


def test_shares_in_the_sample_of_nanchang_lie_within_three_standard_errors_of_the_truth(measured):
    distance = errors_from_truth(measured)
    assert len(distance) == 16
    assert distance.max() < 3


def test_every_measure_of_the_chapter_is_computed_for_nanchang_but_those_that_need_what_it_has_not(measured):
    known = {
        name for name, entry in compute.entries("measures")["measures"].items() if entry["chapter"] == "data_quality"
    }
    of_calibration = {name for name in known if name.startswith("margin_") or name in margins_met.WAVES}
    of_decisions = {name for name in known if name.startswith(("excluded_", "skip_")) or name == "unjudged_count"}
    lacking = known - of_calibration - of_decisions - set(measured["measure"])
    assert lacking == {"duration_median", "speeder_share", "refused_values"}


def test_data_quality_by_a_column_of_the_respondents(nanchang):
    rows = data_quality.measures(nanchang, ["sex"])
    assert {"rows_read", "column_missing_share"} & set(rows["measure"]) == {"column_missing_share"}
    counts = rows[rows["measure"] == "respondent_count"]
    assert counts["estimate"].sum() == 2400
    assert set(counts["sex"]) == {"female", "male"}


def test_a_study_without_a_survey_has_its_registers_only(make_study):
    kinds = set(data_quality.measures(study.open(str(make_study())))["measure"])
    of_rows = {"rows_read", "rows_accepted", "rows_excluded", "rows_set_aside", "flow_count"}
    assert kinds == of_rows | {"column_missing_share"}


@pytest.mark.parametrize(
    ("draw", "measure"),
    [(quality.missing, "item_missing_share"), (quality.weights, "weight_band_share"), (quality.margins, "")],
)
def test_the_figures_have_the_same_numbers_in_both_languages_and_no_cut_label(
    nanchang, measured, draw, measure, monkeypatch
):
    shown = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: shown.append(bundle))
    now = measured[measured["wave"] == "first"]
    rows = now[now["measure"] == measure] if measure else now[now["measure"].str.match("sample_share|census_share")]
    for language in ("zh", "en"):
        page.Page(nanchang, Wording(nanchang.catalogue, language), None).figure("missing", draw, rows)
    numbers = [{*map(float, pd.Series(b["text/plain"]).str.findall(r"\d+\.\d+(?=%)").iloc[0])} for b in shown]
    assert numbers[0] == numbers[1]
    assert numbers[0]
