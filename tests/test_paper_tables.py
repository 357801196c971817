"""The tables that papers need: by hand, beside R's survey, and as a reader meets them."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from agreement import data
from click.testing import CliRunner

from analysis import cli, compute, paper_tables, reporting
from analysis.errors import StudyError
from analysis.inference import SurveyDesign
from analysis.inference.estimates import without_errors
from analysis.measure import arranged, identified
from analysis.paper_tables.columns import Column, Columns, columns_of
from analysis.paper_tables.validity import convergent_validity
from analysis.reporting import disclosure, terminal
from analysis.reporting.sheets import sheets, three_lines
from analysis.satisfaction import questionnaire

KINDS = {
    "characteristics": (["age_years", "education", "safety", "income"], {"by": "sex"}),
    "crosstab": (["education", "takes_part"], {}),
    "means": (["acts", "takes_part"], {"by": "education"}),
    "correlations": (["acts", "age_years", "overall"], {}),
    "regression": (["takes_part ~ sex * age_years", "overall ~ C(education)"], {}),
    "reliability": ([], {}),
}


@pytest.fixture(scope="module")
def tables(nanchang):
    """A table of each kind."""
    return {kind: paper_tables.table(nanchang, kind, names, **more) for kind, (names, more) in KINDS.items()}


@pytest.fixture
def run(monkeypatch):
    def call(*arguments, lang="C.UTF-8"):
        for name in ("LC_ALL", "LC_MESSAGES", "STUDY_DATA_DIR"):
            monkeypatch.delenv(name, raising=False)
        return CliRunner().invoke(cli.main, ["tables", "nanchang", *arguments], env={"LANG": lang})

    return call


def columns(frame, design=None, **kinds):
    """A frame as columns: each a `number`, a `boolean`, or the levels of a category."""
    known = {
        "number": Column("", "number"),
        "boolean": Column("", "boolean", unit="proportion", levels=("True", "False")),
    }
    made = {
        name: replace(known[kind] if isinstance(kind, str) else Column("", "category", levels=tuple(kind)), place=name)
        for name, kind in kinds.items()
    }
    return Columns(pd.DataFrame(frame), made, design or SurveyDesign(), "first")


def api():
    """R's stratified sample of Californian schools."""
    frame = data("apistrat").rename(columns={"sch.wide": "wide", "comp.imp": "improved"})
    frame = frame.assign(wide=frame["wide"].eq("Yes"))
    design = SurveyDesign(weights="pw", strata="stype", fpc="fpc")
    numbers = dict.fromkeys(["api00", "ell", "meals", "mobility"], "number")
    return columns(frame, design, wide="boolean", improved=("No", "Yes"), stype=("E", "H", "M"), **numbers)


def one(table, measure, **where):
    """The single row of a measure where columns have these values."""
    rows = table[table["measure"] == measure]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1, rows
    return rows.iloc[0]


# By hand

TEN = {
    "sex": ["female"] * 6 + ["male"] * 4,
    "age": [20, 30, 40, 50, 60, 70, 20, 20, 80, np.nan],
    "votes": [True, True, True, False, False, False, True, False, False, False],
    "w": [1] * 6 + [2] * 4,
}


def ten(**weights):
    return columns(TEN, SurveyDesign(**weights), sex=("female", "male"), age="number", votes="boolean")


def test_shares_are_weighted_and_counts_are_not():
    # Weights 6 and 8: men are 8 of 14, four persons of ten.
    row = one(paper_tables.characteristics(ten(weights="w"), ["sex"]), "category_share", category="sex=male")
    assert (row["estimate"], row["numerator"], row["denominator"]) == (pytest.approx(8 / 14), 4, 10)


def test_numbers_have_mean_deviation_and_median_and_what_is_missing_is_a_row():
    table = paper_tables.characteristics(ten(), ["age"])
    known = pd.Series([20, 30, 40, 50, 60, 70, 20, 20, 80])  # mean 390/9, squares of deviations 4200
    assert one(table, "column_mean")["estimate"] == pytest.approx(390 / 9)
    assert one(table, "column_sd")["estimate"] == pytest.approx(known.std())
    assert one(table, "column_median")["estimate"] == 40
    assert one(table, "missing_share")["numerator"] == 1


def test_groups_stand_side_by_side_with_their_sizes():
    table = paper_tables.characteristics(ten(), ["age", "votes"], by="sex")
    assert one(table, "group_size", by_category="sex=female")["estimate"] == 6
    assert one(table, "column_mean", by_category="sex=male")["estimate"] == pytest.approx(40)
    assert one(table, "category_share", by_category="sex=female", category="votes=True")["estimate"] == 0.5
    assert one(table, "missing_share", by_category="sex=male")["estimate"] == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("percent", "group", "part", "share"),
    [
        ("row", "sex=male", "votes=True", 1 / 4),
        ("column", "votes=True", "sex=male", 1 / 4),
        ("column", "votes=False", "sex=male", 3 / 6),
    ],
)
def test_a_crosstab_counts_within_rows_or_within_columns(percent, group, part, share):
    table = paper_tables.crosstab(ten(), "sex", "votes", percent)
    assert one(table, "conditional_share", by_category=group, category=part)["estimate"] == pytest.approx(share)


def test_a_correlation_by_hand_and_its_p():
    # x = 1 … 5 and y = 2, 1, 4, 3, 5: Σdxdy = 8, Σdx² = Σdy² = 10.
    pair = columns({"x": [1.0, 2, 3, 4, 5], "y": [2.0, 1, 4, 3, 5]}, x="number", y="number")
    table = paper_tables.correlations(pair, ["x", "y"])
    row, p = one(table, "column_correlation"), one(table, "correlation_p")
    assert row["estimate"] == pytest.approx(0.8)
    assert (p["estimate"] < 0.05) == (row["low"] > 0)


def test_convergent_validity_of_three_loadings():
    # λ = .8, .7, .6: Σλ² = 1.49; (Σλ)² = 4.41 and Σθ = 1.51.
    rows = pd.DataFrame({"item": ["a", "b", "c"], "estimate": [0.8, 0.7, 0.6], "n": 100.0})
    made = without_errors(arranged(rows.assign(measure="loading", unit="index", table="satisfaction")))
    extracted, composite = (table.iloc[0] for table in convergent_validity(made))
    assert extracted["estimate"] == pytest.approx(1.49 / 3)
    assert composite["estimate"] == pytest.approx(4.41 / 5.92)
    assert (extracted["n"], composite["n"]) == (100, 100)


def test_a_group_without_anybody_has_no_mean_and_no_difference():
    frame = {"g": list("aaabbbccc"), "y": [1.0, 2, 3, 2, 3, 5, *[np.nan] * 3]}
    table = paper_tables.means(columns(frame, g=tuple("abc"), y="number"), ["y"], "g")
    assert one(table, "column_mean", by_category="g=c")["reason"] == "empty_base"
    assert list(table.loc[table["measure"] == "mean_difference", "contrast"]) == ["g=b|a"]
    assert one(table, "test_df")["estimate"] == 1


def test_the_reference_has_a_row_and_n_is_the_fewest_rows():
    table = paper_tables.regressions(ten(), ["age ~ sex"])
    assert one(table, "regression_coefficient", predictor="sex=female")["reason"] == "reference"
    assert one(table, "regression_coefficient", predictor="sex=male")["n"] == 3
    assert one(table, "regression_coefficient", predictor="constant")["estimate"] == pytest.approx(45)
    assert one(table, "model_rows")["estimate"] == 9


# Beside R's survey 4.5 (the rows' cases are named)


def test_a_crosstab_has_the_test_of_r():
    # 03, strat.chisq_schwide_stype.F
    table = paper_tables.crosstab(api(), "wide", "stype")
    found = [one(table, f"test_{part}")["estimate"] for part in ("statistic", "df", "denominator_df", "p")]
    assert found == pytest.approx([17.247443963888788, 1.8286715041635826, 360.24828632022576, 2.0350463594652059e-07])


def test_the_shares_of_a_crosstab_are_those_of_r():
    # 03, strat.table: 4023.11 of 397.89 + 4023.11
    table = paper_tables.crosstab(api(), "stype", "wide")
    share = one(table, "conditional_share", by_category="stype=E", category="wide=True")["estimate"]
    assert share == pytest.approx(4023.1099166870117 / (397.88999176025391 + 4023.1099166870117))


def test_two_means_differ_as_in_r():
    # 03, strat.ttest: difference 40.98993, t = 2.08424 with 196 degrees of freedom
    table = paper_tables.means(api(), ["api00"], "improved")
    assert one(table, "mean_difference")["estimate"] == pytest.approx(40.989930035176386)
    assert one(table, "test_statistic")["estimate"] == pytest.approx(2.0842432955170507**2)
    assert one(table, "test_denominator_df")["estimate"] == 196
    for measure in ("test_p", "difference_p", "difference_p_holm"):
        assert one(table, measure)["estimate"] == pytest.approx(0.038434187951207253)


def test_a_linear_model_is_that_of_r():
    # 08, strat.glm_gaussian
    table = paper_tables.regressions(api(), ["api00 ~ ell + meals + mobility"])
    known = {
        "constant": 820.88731590562315,
        "ell": -0.48058661217195053,
        "meals": -3.1415353099845609,
        "mobility": 0.2257132102296367,
    }
    for predictor, value in known.items():
        assert one(table, "regression_coefficient", predictor=predictor)["estimate"] == pytest.approx(value)


def test_a_logistic_model_is_that_of_r_and_its_odds_ratios_are_exponentials():
    # 08, strat.glm_logistic
    table = paper_tables.regressions(api(), ["wide ~ ell + meals + stype"])
    known = {
        "constant": (2.8861016138184703, 0.64384356468732273),
        "stype=H": (-2.5152288439504238, 0.55120691464113847),
        "stype=M": (-1.5985947908127833, 0.5021650548670421),
    }
    for predictor, (value, se) in known.items():
        row = one(table, "regression_coefficient", predictor=predictor)
        assert (row["estimate"], row["se"]) == (pytest.approx(value), pytest.approx(se))
    assert one(table, "regression_odds_ratio", predictor="stype=H")["estimate"] == pytest.approx(
        np.exp(-2.5152288439504238)
    )
    assert one(table, "regression_coefficient", predictor="stype=E")["reason"] == "reference"


def test_a_mean_of_the_sample_is_that_of_r():
    # 01, strat.mean_deff
    row = one(paper_tables.characteristics(api(), ["api00"]), "column_mean")
    assert (row["estimate"], row["se"]) == (pytest.approx(662.28736315932076), pytest.approx(9.4089408027845831))


# What a reader meets


def test_both_languages_carry_the_same_numbers(nanchang, tables):
    pages = [reporting.open_page(nanchang, language) for language in ("zh", "en")]
    for kind, table in tables.items():
        chinese, english = ([sheet.grid for sheet in page.sheets(kind, table)] for page in pages)
        for one_grid, other in zip(chinese, english, strict=True):
            cells = [[re.findall(r"[\d.,]*\d", cell) for cell in grid.to_numpy().ravel()] for grid in (one_grid, other)]
            assert cells[0] == cells[1]
            assert any(cells[0])


def test_each_number_has_the_id_of_its_row_and_how_many_that_rests_on(nanchang, tables):
    page = reporting.open_page(nanchang, "en")
    for kind, table in tables.items():
        rows = dict(zip(identified(table), table.to_dict("records"), strict=True))
        shown = [
            (cell, rows[id_], n)
            for sheet in page.sheets(kind, table)
            for cells, ids, counts in zip(sheet.grid.to_numpy(), sheet.ids, sheet.counts, strict=True)
            for cell, id_, n in zip(cells, ids, counts, strict=True)
            if id_
        ]
        assert shown, kind
        for cell, row, n in shown:
            assert cell.startswith(page.words.number(row["estimate"], row["unit"])), kind
            assert n == ("" if pd.isna(row["n"]) else f"{row['n']:,.0f}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_kind_is_in_words_to_the_last_note(nanchang, tables, language):
    page = reporting.open_page(nanchang, language)
    for kind, table in tables.items():
        text = terminal.paper(page, kind, table, as_csv=False)
        assert not re.search(r"\bnan\b|\{|sex=|item=|_", text), text
        assert ("合成数据" in text) and text.count("─\n") >= 3


def test_stars_stand_only_with_their_legend(nanchang):
    page = reporting.open_page(nanchang, "en")
    for names, has_stars in ((["acts", "age_years"], True), (["overall", "age_years"], False)):
        (sheet,) = page.sheets("correlations", paper_tables.table(nanchang, "correlations", names))
        assert any("*" in cell for cell in sheet.grid.to_numpy().ravel()) == has_stars
        assert any(note.startswith("***") for note in sheet.notes) == has_stars


def test_a_small_p_is_below_a_thousandth_and_never_0(nanchang):
    made = paper_tables.crosstab(api(), "wide", "stype")
    assert reporting.open_page(nanchang, "en").words.number(one(made, "test_p")["estimate"], "p") == "<0.001"


def test_small_cells_about_residents_are_hidden_and_so_is_what_they_would_follow_from():
    # Ten men of whom three vote: the share, the rest of it, and its difference from the women's would tell of them.
    frame = {"sex": ["female"] * 80 + ["male"] * 40, "votes": [True] * 40 + [False] * 40 + [True] * 3 + [False] * 37}
    small = columns(frame, sex=("female", "male"), votes="boolean")
    shown = disclosure.released(paper_tables.means(small, ["votes"], "sex"), "residents")
    assert one(shown, "column_mean", by_category="sex=male")["reason"] == "hidden"
    assert one(shown, "column_mean", by_category="sex=female")["reason"] == "hidden"  # 43 of all less 40 are 3
    assert one(shown, "mean_difference")["reason"] == "hidden"
    table = disclosure.released(paper_tables.crosstab(small, "sex", "votes"), "residents")
    hidden = table[(table["by_category"] == "sex=male")]
    assert set(hidden["reason"]) == {"hidden"}
    assert hidden[["estimate", "n", "numerator", "denominator"]].isna().all(axis=None)
    odds = disclosure.released(paper_tables.regressions(small, ["votes ~ sex"]), "residents")
    assert one(odds, "regression_odds_ratio", predictor="sex=male")["reason"] == "hidden"


def test_nothing_is_printed_of_a_hidden_cell(nanchang):
    frame = {
        "is_migrant": [False] * 80 + [True] * 40,
        "is_hardship": [True] * 40 + [False] * 40 + [True] * 3 + [False] * 37,
    }
    small = columns(frame, is_migrant="boolean", is_hardship="boolean")
    words = reporting.open_page(nanchang, "en").words
    shown = disclosure.released(paper_tables.crosstab(small, "is_migrant", "is_hardship"), "residents")
    (sheet,) = sheets("crosstab", shown, words)
    assert list(sheet.grid.loc["Yes"]) == ["[hidden]"] * 3
    assert "[hidden]: too few persons." in sheet.notes
    shown = disclosure.released(paper_tables.characteristics(small, by="is_migrant"), "residents")
    (sheet,) = sheets("characteristics", shown, words)
    assert not re.search(r"\b3\b|7\.5", three_lines(sheet, []))


def test_chinese_characters_are_two_wide_in_the_terminal(nanchang, tables):
    (sheet,) = reporting.open_page(nanchang, "zh").sheets("correlations", tables["correlations"])
    head, first = three_lines(sheet, []).splitlines()[2], three_lines(sheet, []).splitlines()[4]
    assert (
        head.index("1") + 2 == first.index("1", 3) + 4
    )  # 变量 beside 1. 参与次数: two characters more, two columns each


# Columns of a study


def test_every_kind_of_column_is_there_by_its_name(nanchang):
    first = columns_of(nanchang, wave="first").known
    assert {
        "sex",
        "income",
        "age_years",
        "age_band",
        "takes_part",
        "acts",
        "acts_political",
        "satisfaction_score",
        "safety",
    } <= set(first)
    assert "respondent_id" not in first  # it names a person
    assert not any(name.endswith("_missing") for name in first)


def test_without_a_wave_it_is_the_last_in_which_the_columns_were_answered(nanchang):
    assert columns_of(nanchang, ["acts"]).wave == "second"
    assert columns_of(nanchang, ["acts", "safety"]).wave == "first"  # satisfaction was asked in the first only


def test_an_answer_on_a_scale_is_its_position_and_is_the_mean_of_the_chapter(nanchang, tables):
    known = one(compute.measures(nanchang, "satisfaction_mean"), "satisfaction_mean", item="overall", wave="first")
    made = paper_tables.table(nanchang, "characteristics", ["overall"])
    shares = made[made["measure"] == "category_share"]["estimate"].to_numpy()
    assert shares @ np.arange(1, 6) == pytest.approx(known["estimate"])


def test_groups_that_are_single_communities_have_the_errors_of_the_sampling_inside(nanchang):
    table = paper_tables.table(nanchang, "means", ["acts"], by="community_id")
    assert table.loc[table["measure"] == "column_mean", "se"].gt(0).all()


def test_the_scale_has_the_coefficients_of_the_chapter(nanchang, tables):
    chapter = compute.measures(nanchang, "satisfaction_alpha")
    assert one(tables["reliability"], "satisfaction_alpha")["estimate"] == chapter["estimate"].iloc[0]
    asked = questionnaire.questionnaire_of(nanchang)
    few = paper_tables.reliability(asked, ["safety", "culture"])
    assert one(few, "composite_reliability")["reason"] == "items_few"


def test_the_measures_of_the_chapter_are_the_characteristics_by_wave(nanchang):
    table = compute.measures(nanchang, "category_share", ["sex"])
    assert set(table["wave"]) == {"first", "second"}
    assert set(table["by_category"]) == {"sex=female", "sex=male"}


# Refused


@pytest.mark.parametrize(
    ("arguments", "sentences"),
    [
        (["crosstabs", "sex"], ["no table 'crosstabs'", "Did you mean 'crosstab'?"]),
        (["crosstab", "educaton", "sex"], ["no column 'educaton'", "Did you mean 'education'?"]),
        (["crosstab", "sex"], ["two columns, and 1 are named"]),
        (["crosstab", "sex", "sex"], ["'sex' is named twice"]),
        (["crosstab", "city", "sex"], ["'city' has one value only"]),
        (["crosstab", "acts", "sex"], ["'acts' holds numbers", "no categories"]),
        (["crosstab", "sex", "education", "--percent", "col"], ["Did you mean 'column'?"]),
        (["means", "acts"], ["No column of groups is named", "--by sex"]),
        (["means", "--by", "sex"], ["Too few columns are named"]),
        (["means", "education", "--by", "sex"], ["'education' has categories and no numbers", "averaged"]),
        (["means", "acts", "--by", "city"], ["'city' has one value only"]),
        (["characteristics", "sex", "--by", "sex"], ["'sex' is named twice"]),
        (["characteristics", "respondent_id"], ["no column 'respondent_id'"]),
        (["characteristics", "sex", "--wave", "third"], ["no wave 'third'"]),
        (["correlations", "acts"], ["at least 2 column"]),
        (["correlations", "acts", "acts"], ["'acts' is named twice"]),
        (["regression"], ["No model is named"]),
        (["regression", "acts ~ log(age_years)"], ["'log(age_years)' is no column"]),
        (["regression", "acts ~ agge"], ["agge"]),
        (["regression", "education ~ sex"], ["education"]),
        (["regression", "acts"], ["acts"]),
        (["reliability", "safty", "culture"], ["Did you mean 'safety'?"]),
        (["reliability", "safety"], ["at least 2 column"]),
        (["reliability", "--wave", "second"], ["no wave 'second'"]),
        (["crosstab", "sex", "education", "--lang", "fr"], ["no language 'fr'"]),
    ],
)
def test_bad_input_is_refused_with_a_way_out(run, arguments, sentences):
    ended = run(*arguments)
    assert ended.exit_code == 2
    assert ended.stdout == ""
    assert "Traceback" not in ended.output
    for sentence in sentences:
        assert sentence in ended.stderr


def test_bad_input_is_refused_in_chinese(run):
    ended = run("crosstab", "educaton", "sex", lang="zh_CN.UTF-8")
    assert "没有名为“educaton”且有回答的列" in ended.stderr
    assert "是否要写“education”？" in ended.stderr


def test_the_command_prints_a_table_in_the_readers_language_or_csv(run):
    assert "列联表：学历 × 性别" in run("crosstab", "education", "sex", lang="zh_CN.UTF-8").stdout
    assert "Cross-tabulation: Education × Sex" in run("crosstab", "education", "sex").stdout
    csv = run("crosstab", "education", "sex", "--csv").stdout
    assert csv.splitlines()[0].startswith("Measure,")
    assert csv.splitlines()[1].endswith("Synthetic")


def test_a_correlation_with_what_does_not_vary_is_refused():
    with pytest.raises(StudyError) as refused:
        paper_tables.correlations(columns({"x": [1.0, 2], "y": [3.0, 3]}, x="number", y="number"), ["x", "y"])
    assert refused.value.key == "table_column_constant"


def test_one_group_with_values_has_no_other_to_be_compared_with():
    pair = columns({"g": list("ab"), "y": [1.0, np.nan]}, g=("a", "b"), y="number")
    with pytest.raises(StudyError) as refused:
        paper_tables.means(pair, ["y"], "g")
    assert refused.value.key == "level_alone"


def test_a_column_of_one_category_is_no_table():
    pair = columns({"a": list("xyxy"), "b": ["u", "u", None, None]}, a=("x", "y"), b=("u",))
    with pytest.raises(StudyError) as refused:
        paper_tables.crosstab(pair, "a", "b")
    assert refused.value.key == "level_alone"


def test_a_real_study_prints_no_mark_of_synthetic_data(nanchang, tables):
    real = replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))
    text = terminal.paper(reporting.open_page(real, "en"), "crosstab", tables["crosstab"], as_csv=False)
    assert "合成" not in text
