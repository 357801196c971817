"""Weights calibrated through study.yml: R's numbers on the school samples, hand counts, the report, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from agreement import SAMPLE

from analysis import data_quality, study
from analysis.errors import StudyError
from analysis.inference import SurveyDesign, mean, rake, total
from analysis.survey.respondents import design_of

# Two waves of six and five. Of the first, raked to 30 women and 24 men, 36 young and 18 old: Deming & Stephan (1940) keep
# the odds ratio of the sample's cells (2, 1; 1, 2), which is 4, and 24, 6, 12, 12 are the cells with these margins.
PEOPLE = """\
id,wave,sex,age,place,w
1,first,female,young,C1,1
2,first,female,young,C2,1
3,first,female,old,C1,1
4,first,male,young,C2,1
5,first,male,old,C1,1
6,first,male,old,C2,1
1,second,female,young,C1,1
2,second,female,young,C2,3
3,second,male,young,C1,1
4,second,male,old,C2,1
5,second,male,old,C2,1
"""
POPULATION = """\
margin,level,count,source,year
sex,女,30,a census,2020
sex,male,24,a census,2020
age_group,old,18,a census,2020
age_group,young,36,a census,2020
sex:age_group,female:young,24,a census,2020
sex:age_group,female:old,6,a census,2020
sex:age_group,male:young,12,a census,2020
sex:age_group,male:old,12,a census,2020
"""
RAKED = [12, 12, 6, 12, 6, 6]
AGES = {"young": {"zh": "青年", "en": "Young"}, "old": {"zh": "老年", "en": "Old"}}


@pytest.fixture
def surveyed(make_study):
    """A function that writes the study of `PEOPLE` with one thing changed, and returns its folder."""

    def make(people=PEOPLE, population=POPULATION, columns=None, settings=None, **calibrate):
        declared = {"population": "margins.csv", "margins": ["sex", "age_group"], "start": "weight"} | calibrate
        source = {
            "respondent_id": "id",
            "community_id": "place",
            "wave": "wave",
            "sex": "sex",
            "age_group": "age",
            "weight": "w",
        }
        source = {name: spec for name, spec in (source | (columns or {})).items() if spec}
        changed = {
            "tables": {"respondents": {"files": [{"file": "people.csv", "columns": source}]}},
            "waves": ["first", "second"],
            "levels": {"age_group": AGES},
            "design": {"respondents": {"weights": "weight"}},
            "calibrate": {"respondents": {name: value for name, value in declared.items() if value is not None}},
            "terms": None,
            "observed_until": None,
            "chapters": ["1_data_quality"],
        }
        files = {"data/people.csv": people, "margins.csv": population}
        return make_study(settings=changed | (settings or {}), files=files)

    return make


def weights(folder, wave="first"):
    people = study.open(str(folder)).table("respondents")
    return people.loc[people["wave"] == wave, "calibrated_weight"].astype(float).to_numpy()


def of_first(table, measure):
    rows = table[(table["measure"] == measure) & (table["wave"] == "first")]
    return rows.set_index(rows["margin_level"].fillna(""))["estimate"].to_dict()


# R's numbers, through study.yml.


@pytest.fixture
def schools(make_study):
    def make(name, margins, method):
        columns = {
            "respondent_id": "#",
            "stratum": "stype",
            "is_migrant": "sch.wide",
            "income": "api00",
            "weight": "pw",
            "population_size": "fpc",
            **({"cluster": "dnum"} if name == "apiclus1" else {}),
        }
        design = {"weights": "weight", "fpc": "population_size"}
        design |= {"clusters": "cluster"} if name == "apiclus1" else {"strata": "stratum"}
        population = "margin,level,count,source,year\n" + "".join(
            f"{margin},{level},{count},California Department of Education,2000\n"
            for margin, counts in (
                ("stratum", {"E": 4421, "H": 755, "M": 1018}),
                ("is_migrant", {"No": 1072, "Yes": 5122}),
            )
            for level, count in counts.items()
        )
        file = {"file": "schools.csv", "set": {"wave": "first", "community_id": "C1"}, "columns": columns}
        calibrate = {"population": "margins.csv", "margins": margins, "method": method, "start": "weight"}
        settings = {
            "tables": {"respondents": {"files": [file]}},
            "waves": ["first"],
            "design": {"respondents": design},
            "calibrate": {"respondents": calibrate},
            "terms": None,
            "observed_until": None,
        }
        text = (SAMPLE / "data" / f"{name}.csv").read_text(encoding="utf-8")
        return study.open(
            str(make_study(settings=settings, files={"data/schools.csv": text, "margins.csv": population}))
        )

    return make


@pytest.mark.parametrize(
    ("name", "margins", "method", "estimate", "se"),
    [
        # tests/reference/05_calibration.csv: clus1.post_stype.mean_api00 and clus1.rake2.mean_api00, R survey 4.5
        ("apiclus1", ["stratum"], "poststratification", 642.31078821158212, 23.920486445090386),
        ("apiclus1", ["stratum"], "linear", 642.31078821158212, 23.920486445090386),
        ("apiclus1", ["stratum", "is_migrant"], "raking", 641.2303209268, 23.703616887929012),
    ],
)
def test_estimates_and_errors_are_those_of_r(schools, name, margins, method, estimate, se):
    opened = schools(name, margins, method)
    row = mean(opened.table("respondents"), "income", opened.design("respondents")).table.iloc[0]
    assert row["estimate"] == pytest.approx(estimate, rel=1e-9)
    assert row["se"] == pytest.approx(se, rel=1e-9)


def test_the_chapters_use_the_calibrated_weights_and_errors(schools):
    opened = schools("apiclus1", ["stratum"], "poststratification")
    design, people = design_of(opened), opened.table("respondents")
    assert (design.weights, design.calibrated.start) == ("calibrated_weight", "weight")
    # what post-stratification fixes has no error left
    row = total(people.assign(is_high=people["stratum"].eq("H").astype(float)), "is_high", design).table.iloc[0]
    assert (row["estimate"], row["se"]) == (pytest.approx(755), pytest.approx(0, abs=1e-9))


# Counted by hand.


def test_raked_weights_keep_the_odds_ratio_and_meet_both_margins(surveyed):
    assert weights(surveyed()) == pytest.approx(RAKED)


@pytest.mark.parametrize("method", ["raking", "poststratification", "linear"])
def test_a_crossed_margin_gives_each_cell_its_number(surveyed, method):
    assert weights(surveyed(margins=["sex:age_group"], method=method, merge_below=1)) == pytest.approx(RAKED)


def test_each_wave_meets_the_margins_by_itself(surveyed):
    # women 1 and 3 of 4 parts of 30, and all women are young: 6 of the 24 men are
    assert weights(surveyed(), "second") == pytest.approx([7.5, 22.5, 6, 9, 9])


def test_start_none_forgets_the_weights_of_the_design(surveyed):
    assert weights(surveyed(start="none"), "second") == pytest.approx([15, 15, 6, 9, 9])


def test_a_wave_can_have_numbers_of_its_own(surveyed):
    lines = ["margin,level,count,source,year,wave"]
    for wave, women in (("first", 30), ("二", 40)):
        named = {"first": "第一次", "二": "第二次"}[wave]
        lines += [f"sex,female,{women},a census,2020,{named}", f"sex,male,24,a census,2020,{named}"]
    folder = surveyed(population="\n".join(lines) + "\n", margins=["sex"])
    assert weights(folder) == pytest.approx([10, 10, 10, 8, 8, 8])
    assert weights(folder, "second") == pytest.approx([10, 30, 8, 8, 8])


def test_trimmed_weights_stay_within_the_limits_and_meet_the_margins(surveyed):
    # 30 for two women whose weights are 1 to 3; the mean weight is 54/5, and 1.6 of it 17.28
    folder = surveyed(margins=["sex"], trim={"low": 0.3, "high": 1.6})
    assert weights(folder, "second") == pytest.approx([12.72, 17.28, 8, 8, 8])
    assert study.open(str(folder)).weighting.waves["trimmed"].tolist() == [0, 1]


def test_a_small_level_is_joined_with_its_smaller_neighbour(surveyed):
    ages = {name: {"zh": name, "en": name} for name in ("a", "b", "c", "d")}
    people = "id,wave,sex,age,place,w\n" + "".join(
        f"{i},first,female,{age},C1,1\n" for i, age in enumerate("aaabccdddd")
    )
    counts = "".join(
        f"age_group,{age},{count},a census,2020\n" for age, count in zip("abcd", (10, 20, 30, 40), strict=True)
    )
    folder = surveyed(
        people,
        "margin,level,count,source,year\n" + counts,
        settings={"levels": {"age_group": ages}, "waves": ["first"]},
        margins=["age_group"],
        merge_below=2,
    )
    # b has one, its neighbours a three and c two: b and c together are 50 for three
    assert weights(folder) == pytest.approx([10 / 3] * 3 + [50 / 3] * 3 + [10] * 4)
    told = study.open(str(folder)).weighting.margins.set_index("level")
    assert told["cell"].to_list() == ["age_group=a", *["age_group=b+age_group=c"] * 2, "age_group=d"]
    assert told.loc["age_group=b", ["unweighted", "calibrated", "population"]].tolist() == pytest.approx(
        [0.1, 1 / 6, 0.2]
    )


def test_levels_of_a_crossed_margin_are_joined_inside_a_row_only(surveyed):
    # nobody of the second wave is female and old, which is joined with female and young, and not with male and young
    opened = study.open(str(surveyed(margins=["sex:age_group"], merge_below=1)))
    told = opened.weighting.margins
    joined = told.loc[(told["wave"] == "second") & told["cell"].str.contains("+", regex=False), "level"]
    assert joined.tolist() == ["sex=female:age_group=young", "sex=female:age_group=old"]


def test_an_age_band_comes_of_the_age(surveyed):
    people = PEOPLE.replace("age,place", "years,place").replace("young", "30").replace("old", "70")
    population = POPULATION.replace("age_group", "age_band").replace(",old", ",from_60").replace(",young", ",under_35")
    folder = surveyed(people, population, {"age_group": None, "age_years": "years"}, margins=["sex", "age_band"])
    assert weights(folder) == pytest.approx(RAKED)


def test_a_workbook_of_numbers_can_have_a_community_for_a_margin(surveyed):
    population = (
        'margin,level,count,source,year\ncommunity_id,C1,"1,200",a census,2020\ncommunity_id,C2,300,a census,2020\n'
    )
    assert weights(surveyed(population=population, margins=["community_id"])) == pytest.approx(
        [400, 100, 400, 100, 400, 100]
    )


def test_rows_that_the_design_sets_aside_are_not_calibrated(surveyed):
    people = "\n".join(f"{line},{'' if line[0] == '6' else 's'}" for line in PEOPLE.splitlines()[:7])
    people = people.replace("w,s", "w,stratum")
    design = {"respondents": {"weights": "weight", "strata": "stratum", "missing_strata": "set_aside"}}
    folder = surveyed(
        people, columns={"stratum": {"column": "stratum", "missing": {"": "unknown"}}}, settings={"design": design}
    )
    # cells 2, 1; 1, 1 have the odds ratio 2
    found = weights(folder)
    assert np.isnan(found[5])
    cells = np.array([found[0] + found[1], found[2], found[3], found[4]])
    assert cells[0] * cells[3] / (cells[1] * cells[2]) == pytest.approx(2)
    assert [cells[0] + cells[1], cells[0] + cells[2]] == pytest.approx([30, 36])


def test_a_respondent_with_several_rows_is_one(surveyed):
    opened = study.open(str(surveyed()))
    people = opened.table("respondents").assign(y=np.arange(11.0))
    first = people[people["wave"] == "first"].reset_index(drop=True)
    declared = opened.design("respondents")
    frame = pd.concat([first.assign(activity="a"), first.assign(activity="b", y=first["y"] ** 2)], ignore_index=True)
    by_person = SurveyDesign(weights="calibrated_weight", clusters="respondent_id", calibrated=declared.calibrated)
    many = mean(frame, "y", by_person, "activity").table.set_index("activity")
    margins = {"sex": {"female": 30, "male": 24}, "age_group": {"young": 36, "old": 18}}
    for activity, values in (("a", first["y"]), ("b", first["y"] ** 2)):
        alone = first.assign(y=values)
        once = mean(alone, "y", rake(alone, SurveyDesign(weights="weight"), margins)).table.iloc[0]
        assert many.loc[activity, ["estimate", "se"]].tolist() == pytest.approx([once["estimate"], once["se"]])


def test_one_community_alone_has_planned_weights(surveyed):
    opened = study.open(str(surveyed()), community="C1")
    assert opened.design("respondents").calibrated is None
    assert opened.design("respondents").weights == "calibrated_weight"


def test_a_study_without_calibration_is_as_it_was(surveyed):
    opened = study.open(str(surveyed(settings={"calibrate": {}})))
    assert opened.weighting is None
    assert opened.design("respondents") == SurveyDesign(weights="weight")


def test_calibration_waits_until_rows_at_fault_are_accepted(surveyed):
    folder = surveyed(PEOPLE.replace("6,first,male", "6,first,man"))
    assert study.read(str(folder)).weighting is None
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    assert caught.value.key == "rows_set_aside"


# The report.


def test_margins_are_told_before_and_after(surveyed):
    made = data_quality.measures(study.open(str(surveyed())))
    women, old = "sex=female", "age_group=old"
    assert of_first(made, "margin_share_unweighted")[women] == pytest.approx(3 / 6)
    assert of_first(made, "margin_share_start")[old] == pytest.approx(3 / 6)
    assert of_first(made, "margin_share_calibrated")[women] == pytest.approx(30 / 54)
    assert of_first(made, "margin_share_population")[old] == pytest.approx(18 / 54)
    assert [*of_first(made, "margin_gap_calibrated").values()] == pytest.approx([0] * 4, abs=1e-9)
    # w = 12, 12, 6, 12, 6, 6: (Σw)²/Σw² = 54²/540
    assert of_first(made, "weight_effective_n") == {"": pytest.approx(5.4)}
    assert of_first(made, "start_effective_n") == {"": pytest.approx(6)}
    assert of_first(made, "factor_greatest") == {"": pytest.approx(12 / 9)}
    assert of_first(made, "levels_joined") == {"": 0}


def test_broken_down_measures_have_no_margins(surveyed):
    made = data_quality.measures(study.open(str(surveyed())), ["sex"])
    assert not made["measure"].str.startswith("margin_").any()


# What is refused.


def changed(old, new):
    assert old in POPULATION
    return {"population": POPULATION.replace(old, new)}


@pytest.mark.parametrize(
    ("change", "key", "facts"),
    [
        pytest.param({"population": None}, "population_file_missing", {"file": "margins.csv"}, id="no file"),
        pytest.param(changed(",year", ",when"), "population_column_missing", {"column": "year"}, id="no column"),
        pytest.param(
            changed("sex,女", "gender,女"), "level_without_population", {"list": "sex=female"}, id="level not counted"
        ),
        pytest.param(
            {"calibrate": {"margins": ["sex", "education"]}},
            "margin_column_absent",
            {"column": "education"},
            id="no such margin",
        ),
        pytest.param(
            {"calibrate": {"margins": ["weight"]}}, "margin_column_absent", {"column": "weight"}, id="a number"
        ),
        pytest.param(
            {"calibrate": {"margins": ["sex:community_id"]}},
            "population_margin_absent",
            {"margin": "sex:community_id"},
            id="margin not counted",
        ),
        pytest.param(
            changed("sex,male", "sex,mlae"),
            "population_level_wrong",
            {"level": "mlae", "nearest": "male"},
            id="misspelt",
        ),
        pytest.param(
            changed("female:young", "female") | {"calibrate": {"margins": ["sex:age_group"]}},
            "population_level_wrong",
            {"level": "female"},
            id="half of a crossed level",
        ),
        pytest.param(
            changed("sex,male", "sex,female"), "population_level_twice", {"level": "sex=female"}, id="a level twice"
        ),
        pytest.param(changed("sex,女,30", "sex,女,0"), "population_count_wrong", {"value": "0"}, id="nobody"),
        pytest.param(
            changed("sex,女,30", "sex,女,−3"), "population_count_wrong", {"value": "−3"}, id="less than nobody"
        ),
        pytest.param(
            changed("sex,女,30", "sex,女,about 30"), "population_count_wrong", {"value": "about 30"}, id="no number"
        ),
        pytest.param(changed("sex,女,30", "sex,女,30,31"), "population_count_wrong", {}, id="a field too many"),
        pytest.param(
            changed("女,30,a census", "女,30,"), "population_source_missing", {"column": "source"}, id="no source"
        ),
        pytest.param(
            changed("sex,女,30", "sex,女,31"),
            "calibration_margins_differ",
            {"first_sum": "54", "second_sum": "55"},
            id="two sizes of the population",
        ),
        pytest.param(
            {
                "people": PEOPLE.replace("1,first,female", "1,first,"),
                "columns": {"sex": {"column": "sex", "missing": {"": "refused"}}},
            },
            "margin_missing",
            {"column": "sex", "count": 1, "total": 11},
            id="a respondent without a level",
        ),
        pytest.param(
            {"people": PEOPLE.replace("old", "young")},
            "cell_without_respondents",
            {"list": "age_group=old"},
            id="an empty level",
        ),
        pytest.param(
            {"calibrate": {"merge_below": 7}},
            "cell_without_respondents",
            {"least": 7},
            id="fewer than joining can make up for",
        ),
        pytest.param(
            {"people": PEOPLE.replace(",female,old", ",female,young").replace(",male,young", ",male,old")},
            "calibration_not_reached",
            {},
            id="margins that contradict the sample",
        ),
        pytest.param(
            {"calibrate": {"trim": {"low": 0.9, "high": 1.05}}}, "calibration_not_reached", {}, id="limits too narrow"
        ),
        pytest.param({"settings": {"design": {}}}, "start_without_weights", {}, id="no weights to start from"),
        pytest.param(
            {"calibrate": {"method": "poststratification"}},
            "settings_value",
            {},
            id="post-stratification of two margins",
        ),
        pytest.param({"calibrate": {"trim": {"low": 1.2, "high": 3}}}, "settings_value", {}, id="limits on one side"),
        pytest.param({"calibrate": {"margins": ["sex", "sex"]}}, "settings_value", {}, id="a margin twice"),
        pytest.param({"calibrate": {"start": None}}, "settings_value", {}, id="no start"),
        pytest.param(
            {"calibrate": {"merge_bellow": 3}}, "settings_key", {"nearest": "merge_below"}, id="a misspelt key"
        ),
    ],
)
def test_a_calibration_refuses(surveyed, change, key, facts):
    given = {name: value for name, value in change.items() if name in ("people", "columns", "settings")}
    declared = change.get("calibrate", {})
    folder = surveyed(population=change.get("population") or POPULATION, **given, **declared)
    if change.get("population", "") is None:
        (folder / "margins.csv").unlink()
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    assert caught.value.key == key
    assert facts.items() <= caught.value.facts.items()
    assert caught.value.place
    for language in ("en", "zh"):
        assert len(caught.value.text(language).splitlines()) == 3
