"""Exclusion rules, the flow from received to analysed, and skip rules, each counted by hand."""

from itertools import product

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg
from surveyed import one

from analysis import checking, data_quality, locations, study
from analysis.catalogue import base
from analysis.data_quality import decisions
from analysis.errors import StudyError
from analysis.reading import fates
from analysis.reading.correct import EXCLUDED
from analysis.reading.exclude import exclude
from analysis.reporting import cleaning, figures, processed
from analysis.reporting.wording import Wording
from analysis.settings import Settings, checked

ITEMS = ("environment", "safety", "overall")
# Nine forms. R5 is at fault (no such sex); R1 stands in both waves, R6 twice in the first.
PEOPLE = """\
id,community,wave,seconds,sex,age,check
R1,C1,first,100,female,30,true
R2,C1,first,20,female,17,true
R3,C1,first,110,male,40,true
R4,C1,first,,male,50,
R5,C1,first,95,mal,50,true
R1,C1,second,100,female,31,true
R6,C1,first,100,female,16,true
R6,C1,first,90,female,61,false
TEST,C1,first,1,x,1,x
"""
SCORES = {
    "R1,first": ("satisfied", "neutral", "satisfied"),
    "R2,first": ("satisfied", "satisfied", "satisfied"),
    "R3,first": ("neutral", "neutral", "neutral"),
    "R4,first": ("neutral", "", "neutral"),
    "R1,second": ("neutral", "neutral", "neutral"),
    "R6,first": ("neutral", "satisfied", "neutral"),
    "TEST,first": ("neutral", "satisfied", "neutral"),
}
TABLES = {
    "respondents": {
        "set_aside": "1",
        "files": [
            {
                "file": "people.csv",
                "columns": {
                    "respondent_id": "id",
                    "community_id": "community",
                    "wave": "wave",
                    "duration_seconds": "seconds",
                    "sex": "sex",
                    "age_years": "age",
                    "is_party_member": "check",
                },
            }
        ],
    },
    "satisfaction": {
        "files": [
            {
                "file": "scores.csv",
                "columns": {
                    "respondent_id": "id",
                    "wave": "wave",
                    "item": "item",
                    "score": {"column": "score", "missing": {"": "refused"}},
                },
            }
        ],
    },
}
TEST_ROW = {
    "id": "test_form",
    "kind": "exclude",
    "table": "respondents",
    "file": "people.csv",
    "where": {"respondent_id": "TEST"},
    "reason": "filled in before the survey began",
    "source": "the interviewers",
}


def scores(told=SCORES):
    rows = [f"{who},{item},{score}" for who, given in told.items() for item, score in zip(ITEMS, given, strict=True)]
    return "\n".join(["id,wave,item,score", *rows]) + "\n"


def rule(id_, kind, **said):
    return {"id": id_, "rule": kind, "reason": {"zh": f"规则{id_}", "en": f"rule {id_}"}, "source": "a test"} | said


FAST = rule("fast", "duration", below_of_median="0.3")
TWICE = rule("twice", "duplicate", columns=["respondent_id"])
YOUNG = rule("young", "where", where={"age_years": {"below": "18"}})
LINE = rule("line", "straight_lining", least_items="3")


@pytest.fixture
def survey(make_study):
    """A function that writes the small survey with these rules, and opens it."""

    def make(*rules, people=PEOPLE, told=None, name="small_survey"):
        files = {"data/people.csv": people, "data/scores.csv": told or scores()}
        said = {"tables": TABLES, "terms": None, "waves": ["first", "second"], "exclusions": [*rules]}
        return make_study(name=name, settings=said, files=files, corrections=[TEST_ROW])

    return make


def left(opened):
    """Which rule took which row of the file of respondents."""
    gone = opened.reading.exclusions
    return dict(zip(gone["row"], gone["exclusion"], strict=True))


def rules_of(opened):
    told = opened.reading.rules.set_index("exclusion")
    return {id_: tuple(row) for id_, row in told[["excluded", "alone", "unjudged"]].iterrows()}


def ids(opened, table="respondents"):
    return sorted({*opened.table(table)[["respondent_id", "wave"]].agg("/".join, axis=1)})


def refusal(folder):
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    return caught.value


# The rules


def test_a_test_form_leaves_with_its_answers_and_no_rule_looks_at_it(survey):
    opened = study.open(str(survey(TWICE)))
    assert left(opened)[10] == "test_form"
    assert "TEST/first" not in ids(opened, "satisfaction")
    assert opened.reading.rules.set_index("exclusion")["rows"].to_dict() == {"test_form": 8, "twice": 7}


def test_haste_is_measured_against_the_median_of_the_wave(survey):
    """The first wave's known times are 20, 90, 100, 100, 110, median 100: 20 is below 30, and R4's time is not known."""
    opened = study.open(str(survey(FAST, TWICE)))
    assert left(opened)[3] == "fast"
    assert rules_of(opened)["fast"] == (1, 1, 1)


@pytest.mark.parametrize(
    ("bound", "rows"),
    [
        ({"below_seconds": "100"}, {3, 9}),
        ({"above_seconds": "100"}, {4}),
        ({"below_seconds": "21", "above_seconds": "109"}, {3, 4}),
        ({"above_of_median": "1.05"}, {4}),
        ({"below_of_median": "0.2"}, set()),  # 20 is not below 20
    ],
)
def test_a_bound_of_the_time_is_itself_inside(survey, bound, rows):
    opened = study.read(str(survey(rule("time", "duration", **bound))))
    assert {row for row, why in left(opened).items() if why == "time"} == rows


@pytest.mark.parametrize(("keep", "rows"), [("first", {9}), ("last", {8}), ("none", {8, 9})])
def test_of_forms_with_one_id_those_that_are_not_kept_leave(survey, keep, rows):
    opened = study.open(str(survey(TWICE | {"keep": keep})))
    assert {row for row, why in left(opened).items() if why == "twice"} == rows
    # The answers stand in a file of their own: they are of the form that stays, and leave where none does.
    assert ("R6/first" in ids(opened, "satisfaction")) == (keep != "none")


def test_the_same_id_in_another_wave_is_no_duplicate(survey):
    assert {"R1/first", "R1/second"} <= {*ids(study.open(str(survey(TWICE))))}


def test_forms_with_the_same_answers_are_duplicates(survey):
    """R1 and R7 have the same sex and the same three scores; R8 differs in one of them."""
    people = PEOPLE.replace(
        "R5,C1,first,95,mal,50,true\n", "R7,C2,first,95,female,44,true\nR8,C2,first,9,female,44,true\n"
    )
    told = SCORES | {"R7,first": SCORES["R1,first"], "R8,first": ("satisfied", "neutral", "neutral")}
    same = rule("same", "duplicate", columns=["sex", "satisfaction.score"])
    opened = study.open(str(survey(TWICE, same, people=people, told=scores(told))))
    assert {row for row, why in left(opened).items() if why == "same"} == {6}


def test_without_columns_every_answer_is_compared(survey):
    """R7 agrees with R1 in everything but the age until that is the same too; the time taken is no answer."""
    told = scores(SCORES | {"R7,first": SCORES["R1,first"]})
    for age, rows in ((44, set()), (30, {6})):
        people = PEOPLE.replace("R5,C1,first,95,mal,50,true", f"R7,C2,first,95,female,{age},true")
        opened = study.open(str(survey(TWICE, rule("same", "duplicate"), people=people, told=told, name=f"of_{age}")))
        assert {row for row, why in left(opened).items() if why == "same"} == rows


def test_a_twin_of_somebody_who_has_left_is_no_duplicate(survey):
    """R6's first form is of a minor: once it has left, the second is the only one, and its answers stay."""
    opened = study.open(str(survey(YOUNG, TWICE)))
    assert {8: "young"}.items() <= left(opened).items()
    assert 9 not in left(opened)
    assert rules_of(opened)["twice"] == (0, 1, 0)
    assert "R6/first" in ids(opened, "satisfaction")


def test_a_straight_line_needs_enough_answers(survey):
    """R2, R3 and R1 in the second wave give one answer to three items; R4 answers two, and R6's second form has none."""
    opened = study.read(str(survey(LINE)))
    assert {row for row, why in left(opened).items() if why == "line"} == {3, 4, 7}
    assert rules_of(opened)["line"] == (3, 3, 2)


def test_a_straight_line_in_a_block_of_items(survey):
    block = LINE | {"items": ["environment", "overall"], "least_items": "2"}
    opened = study.read(str(survey(block)))
    assert {row for row, why in left(opened).items() if why == "line"} == {2, 3, 4, 5, 7, 8}


def test_an_attention_check_that_was_not_answered_is_not_failed(survey):
    check = rule("check", "attention_check", column="is_party_member", equals="true")
    opened = study.read(str(survey(check)))
    assert {row for row, why in left(opened).items() if why == "check"} == {9}
    assert rules_of(opened)["check"] == (1, 1, 1)


def test_an_attention_check_among_the_items(survey):
    check = rule(
        "check", "attention_check", table="satisfaction", item="safety", column="score", equals=["neutral", "satisfied"]
    )
    told = scores(SCORES | {"R3,first": ("neutral", "very_dissatisfied", "neutral")})
    opened = study.read(str(survey(check, told=told)))
    assert {row for row, why in left(opened).items() if why == "check"} == {4}
    assert rules_of(opened)["check"] == (1, 1, 2)  # R4 refused; R6's second form has no answers


def test_conditions_of_a_population_hold_together_and_what_is_missing_is_not_outside(survey):
    old = rule("old", "where", where={"sex": ["male"], "age_years": {"above": "45"}, "is_party_member": "false"})
    opened = study.read(str(survey(old)))
    assert "old" not in left(opened).values()  # R4 is a man of 50, but nobody knows of the party
    assert rules_of(opened)["old"] == (0, 0, 1)


def test_respondents_leave_by_what_they_answered(survey):
    said = rule("said", "where", table="satisfaction", where={"item": "safety", "score": "neutral"})
    opened = study.read(str(survey(said)))
    assert {row for row, why in left(opened).items() if why == "said"} == {2, 4, 7}
    assert ids(opened, "satisfaction") == ["R2/first", "R4/first", "R6/first"]


def test_answers_in_the_row_of_the_respondent_leave_with_it(make_study):
    """A wide file: of two forms with one id the first is kept, with its own answers and not those of the second."""
    wide = "id,wave,a,b\nR1,first,satisfied,neutral\nR1,first,neutral,neutral\nR2,first,neutral,satisfied\n"
    items = {"column": "item", "levels": {"safety": {"score": "a"}, "overall": {"score": "b"}}}
    common = {"file": "wide.csv", "columns": {"respondent_id": "id", "wave": "wave"}}
    tables = {
        "respondents": {"files": [common | {"set": {"community_id": "C1"}}]},
        "satisfaction": {"files": [common | {"items": items}]},
    }
    said = {"tables": tables, "terms": None, "waves": ["first"], "exclusions": [TWICE]}
    opened = study.open(str(make_study(settings=said, files={"data/wide.csv": wide})))
    told = opened.table("satisfaction").set_index(["respondent_id", "item"])["score"]
    assert told.to_dict() == {
        ("R1", "safety"): "satisfied",
        ("R1", "overall"): "neutral",
        ("R2", "safety"): "neutral",
        ("R2", "overall"): "satisfied",
    }


def test_rows_of_a_register_leave_by_themselves(make_study, roster_text):
    """A row typed twice, and the five rows of grid workers (网格员): P03, P10 in 2015, P04, P08, P11 in 2018."""
    twice = roster_text + roster_text.splitlines()[1] + "\n"
    rules = [
        rule("typed_twice", "duplicate", table="roster"),
        rule("grid", "where", table="roster", where={"role": "grid_worker"}),
    ]
    opened = study.open(str(make_study(twice, settings={"exclusions": rules})))
    assert rules_of(opened) == {"typed_twice": (1, 1, 0), "grid": (5, 5, 0)}
    assert opened.reading.counts.iloc[0][["read", "accepted", "excluded", "set_aside"]].to_list() == [18, 12, 6, 0]


# Order, lists and counts


def test_the_first_rule_that_fits_counts_and_the_others_are_told(survey):
    opened = study.open(str(survey(FAST, TWICE, YOUNG, LINE)))
    assert left(opened) == {3: "fast", 4: "line", 7: "line", 8: "young", 9: "twice", 10: "test_form"}
    also = opened.reading.exclusions.set_index("row")["also"]
    assert (also[3], also[9]) == ("young;line", "")
    assert rules_of(opened) == {
        "test_form": (1, 1, 0),
        "fast": (1, 1, 1),
        "twice": (1, 1, 0),
        "young": (1, 2, 0),
        "line": (2, 3, 2),
    }
    assert ids(opened) == ["R1/first", "R4/first"]
    assert ids(opened, "satisfaction") == ["R1/first", "R4/first"]


def test_what_was_received_is_set_aside_excluded_or_analysed(survey):
    """Nine forms: eight of the first wave, of which R5 is at fault and five leave; one of the second, which leaves."""
    rows = decisions.flow(study.open(str(survey(FAST, TWICE, YOUNG, LINE))))
    people = rows[rows["data_table"] == "respondents"].pivot(index="flow", columns="wave", values="estimate")
    assert people["first"].to_dict() == {
        "received": 8,
        "set_aside": 1,
        "set_aside=level": 1,
        "excluded": 5,
        "excluded=test_form": 1,
        "excluded=fast": 1,
        "excluded=twice": 1,
        "excluded=young": 1,
        "excluded=line": 1,
        "analysed": 2,
    }
    assert people["second"][["received", "set_aside", "excluded", "excluded=line", "analysed"]].to_list() == [
        1,
        0,
        1,
        1,
        0,
    ]
    answers = (
        rows[rows["data_table"] == "satisfaction"].pivot(index="flow", columns="wave", values="estimate").sum(axis=1)
    )
    assert answers[["received", "excluded", "analysed"]].to_list() == [21, 15, 6]


def test_a_row_whose_wave_cannot_be_read_is_counted_as_such(survey):
    people = PEOPLE + "R8,C1,third\n"
    rows = decisions.flow(study.read(str(survey(TWICE, people=people))))
    unknown = rows[(rows["data_table"] == "respondents") & (rows["wave"] == "unknown")].set_index("flow")["estimate"]
    assert unknown[["received", "set_aside", "set_aside=field_count", "analysed"]].to_list() == [1, 1, 1, 0]


def test_a_study_without_decisions_has_the_same_numbers_at_both_ends(nanchang):
    rows = decisions.flow(nanchang)
    wide = rows.pivot(index=["data_table", "wave"], columns="flow", values="estimate")
    assert (wide["received"] == wide["analysed"]).all()
    assert wide.loc[("respondents", "first"), "received"] == 1350


def test_the_list_of_exclusions_names_nobody(survey, monkeypatch, tmp_path):
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "data" / "processed")
    folder = processed.write(study.open(str(survey(FAST, TWICE, YOUNG, LINE))))
    written = (folder / "exclusions.csv").read_text(encoding="utf-8-sig")
    assert written.splitlines()[0] == "table,file,row,wave,exclusion,also"
    assert len(written.splitlines()) == 7
    assert "R2" not in written


KINDS = [
    rule("a", "where", where={"sex": "female"}),
    rule("b", "where", where={"age_years": {"below": "30"}}),
    rule("c", "duration", below_of_median="0.9"),
    rule("d", "duplicate", columns=["sex", "age_years"], keep="last"),
]
FORMS = st.lists(
    st.tuples(
        st.sampled_from(["first", "second"]),
        st.sampled_from(["female", "male", None]),
        st.sampled_from([20, 30, 40, None]),
        st.sampled_from([50.0, 100.0, None]),
    ),
    max_size=25,
)


@settings(max_examples=25)
@given(FORMS, st.permutations(KINDS), st.integers(0, 4))
def test_every_row_is_excluded_once_or_stays_and_the_order_of_rules_moves_nobody_in_or_out(forms, rules, count):
    people = pd.DataFrame(forms, columns=["wave", "sex", "age_years", "duration_seconds"])
    people = people.astype({"wave": "str", "sex": "str", "age_years": "Int64", "duration_seconds": "Float64"})
    people = people.assign(
        respondent_id=[f"R{i}" for i in range(len(people))], _file="f.csv", _item="", _row=range(2, len(people) + 2)
    )
    answers = people[["respondent_id", "wave"]].assign(item="safety", score="neutral", _file="s.csv", _item="", _row=1)
    made = study_settings(rules[:count]).exclusions
    out = exclude({"respondents": people, "satisfaction": answers}, made, base(), "study.yml")
    of_people = out.fates[out.fates["table"] == "respondents"]["rows"].sum()
    assert of_people + len(out.tables["respondents"]) == len(people)
    assert of_people == len(out.rows) == out.rules["excluded"].sum()
    assert len(out.tables["satisfaction"]) == len(out.tables["respondents"])
    assert (out.rules["excluded"] <= out.rules["alone"]).all()
    if not any(one_rule.id == "d" for one_rule in made):  # whether a twin counts depends on who has left
        again = exclude({"respondents": people, "satisfaction": answers}, made[::-1], base(), "study.yml")
        assert [*again.tables["respondents"].index] == [*out.tables["respondents"].index]


def test_a_table_of_which_no_row_was_excluded_by_hand_keeps_all():
    """As a piece of a table is, where the rows that a correction excludes are in another piece."""
    said = pd.Series([None, None], dtype="str")
    rows = pd.DataFrame({"person_id": ["P1", "P2"], EXCLUDED: said, "_file": "roster.csv", "_row": [2, 3], "_item": ""})
    out = exclude({"roster": rows}, [], base(), "study.yml")
    assert out.tables["roster"]["person_id"].tolist() == ["P1", "P2"]
    assert (len(out.rows), len(out.fates), out.rules["excluded"].sum()) == (0, 0, 0)


def study_settings(exclusions):
    """Settings that hold these rules and little else."""
    plain = {"title": {"zh": "", "en": ""}, "summary": {"zh": "", "en": ""}, "languages": ["zh"], "chapters": ["x"]}
    tables = {"respondents": {"files": [{"file": "f.csv", "columns": {}}]}}
    return checked(plain | {"tables": tables, "exclusions": exclusions}, Settings, "study.yml")


# What is refused


@pytest.mark.parametrize(
    ("said", "key"),
    [
        (rule("x", "haste"), "settings_value"),
        ({"id": "x", "reason": {"zh": "a", "en": "b"}, "source": "s"}, "settings_value"),
        (rule("x", "duration"), "settings_value"),
        (rule("x", "duration", below_seconds="soon"), "settings_value"),
        (rule("x", "duration", below="30"), "settings_key"),
        (rule("x", "where", where={}), "settings_value"),
        (rule("x", "where", where={"age_years": {}}), "settings_value"),
        (rule("x", "where", where={"age": {"below": "18"}}), "settings_key"),
        (rule("x", "where", where={"sex": {"below": "18"}}), "settings_key"),
        (rule("x", "where", where={"sex": "woman"}), "settings_key"),
        (rule("x", "where", where={"is_party_member": "maybe"}), "settings_key"),
        (rule("x", "where", where={"age_years": "young"}), "settings_key"),
        (rule("x", "where", where={"income": {"below": "1"}}), "settings_key"),  # the file has no income
        (rule("x", "duplicate", columns=["respondent"]), "settings_key"),
        (rule("x", "duplicate", columns=["satisfaction.scor"]), "settings_key"),
        (rule("x", "duplicate", columns=["participation.acts"]), "settings_key"),
        (rule("x", "duplicate", keep="best"), "settings_value"),
        (rule("x", "duplicate", table="satisfaction"), "settings_key"),
        (rule("x", "straight_lining", least_items="1"), "settings_value"),
        (rule("x", "straight_lining", least_items="3", table="respondents"), "settings_key"),
        (rule("x", "straight_lining", least_items="3", items=["safty"]), "settings_key"),
        (rule("x", "straight_lining", least_items="3", column="mark"), "settings_key"),  # the file has no marks
        (rule("x", "attention_check", column="score", equals="neutral", table="satisfaction"), "settings_key"),
        (rule("x", "attention_check", column="sex", equals="F"), "settings_key"),
        (rule("x", "duration", below_seconds="30") | {"reason": {"en": "fast"}}, "language_missing"),
        (rule("test_form", "duration", below_seconds="30"), "settings_key"),  # the id of a correction
    ],
)
def test_a_rule_that_could_not_be_followed_is_refused(survey, said, key):
    assert refusal(survey(said)).key == key


def test_two_rules_with_one_id_are_refused(survey):
    assert refusal(survey(FAST, FAST)).key == "settings_value"


# The figure


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_figure_has_the_numbers_of_the_flow_and_every_word_inside_its_box(survey, language):
    long = {
        "zh": "未满十八岁，不属于本次调查所说的成年居民总体",
        "en": "younger than eighteen, and so not of the adults whom it is about",
    }
    opened = study.open(str(survey(FAST, TWICE, YOUNG | {"reason": long}, LINE)))
    rows = decisions.flow(opened)
    with figures.house_style():
        drawn = cleaning.flow(rows[rows["data_table"] == "respondents"], Wording(opened.catalogue, language))
        canvas = FigureCanvasAgg(drawn)
        canvas.draw()
        assert len(drawn.axes) == 2
        texts, boxes = drawn.axes[0].texts, [box for box in drawn.axes[0].patches if hasattr(box, "get_xy")]
        inside = 0
        for text, box in zip(texts, boxes, strict=False):
            words, frame = text.get_window_extent(canvas.get_renderer()), box.get_window_extent()
            assert frame.x0 <= words.x0 and words.x1 <= frame.x1 and frame.y0 <= words.y0 and words.y1 <= frame.y1
            inside += 1
    assert inside == 4
    said = [text.get_text().splitlines()[0][-1] for text in texts]
    assert said == ["8", "1", "5", "2"]


def test_registers_have_their_flow_by_table(make_study):
    opened = study.open(
        str(make_study(settings={"exclusions": [rule("grid", "where", table="roster", where={"role": "grid_worker"})]}))
    )
    drawn = cleaning.flow(decisions.flow(opened), Wording(opened.catalogue, "en"))
    assert [axes.get_title(loc="left") or axes.get_title() for axes in drawn.axes] == ["Staff roster"]


# Skip rules

SKIPS = [
    {"question": "satisfaction.score.safety", "asked_where": {"sex": "female"}, "source": "the questionnaire"},
]
ASKED = """\
id,wave,item,score
R1,first,safety,neutral
R2,first,safety,-2
R3,first,safety,satisfied
R4,first,safety,-2
R5,first,safety,satisfied
R6,first,safety,-3
"""
OF_BOTH = "id,community,wave,sex\n" + "".join(
    f"R{i},C1,first,{sex}\n" for i, sex in enumerate(["female", "female", "male", "male", "", "female"], 1)
)


@pytest.fixture
def filtered(make_study):
    """A survey in which safety is asked of women only: R2 was not asked, R3 answered, and of R5 nobody knows."""

    def make(skips=SKIPS, people=OF_BOTH, told=ASKED):
        columns = {"respondent_id": "id", "community_id": "community", "wave": "wave", "sex": "sex"}
        score = {"column": "score", "missing": {"-2": "not_asked", "-3": "refused"}}
        tables = {
            "respondents": {"files": [{"file": "people.csv", "columns": columns}]},
            "satisfaction": {
                "files": [
                    {
                        "file": "scores.csv",
                        "columns": {"respondent_id": "id", "wave": "wave", "item": "item", "score": score},
                    }
                ]
            },
        }
        said = {"tables": tables, "terms": None, "waves": ["first"], "skips": skips}
        return make_study(settings=said, files={"data/people.csv": people, "data/scores.csv": told})

    return make


def test_answers_that_break_a_skip_rule_are_listed_with_file_and_row_and_kept(filtered):
    opened = study.open(str(filtered()))
    found = opened.reading.skips
    assert found[["file", "row", "id", "value", "breach"]].to_numpy().tolist() == [
        ["scores.csv", 3, "R2", "", "unasked_due"],
        ["scores.csv", 4, "R3", "satisfied", "answered_unasked"],
    ]
    assert len(opened.table("satisfaction")) == 6


def test_a_check_shows_them_as_something_to_look_at_and_names_the_cell(filtered):
    found = checking.problems(study.open(str(filtered())))
    told = found.loc[
        found["rule"].isin(["answered_unasked", "unasked_due"]), ["severity", "rule", "file", "cell", "id"]
    ]
    assert sorted(told.to_numpy().tolist()) == [
        ["warning", "answered_unasked", "scores.csv", "D4", "R3"],
        ["warning", "unasked_due", "scores.csv", "D3", "R2"],
    ]


def test_breaches_are_shares_of_those_who_were_to_be_asked_or_not(filtered):
    """Three women were to be asked, of whom one was not; two men were not, of whom one answered; of R5 nobody knows."""
    rows = data_quality.measures(study.open(str(filtered())))
    due = one(rows, "skip_breach_share", skip_breach="unasked_due")
    other = one(rows, "skip_breach_share", skip_breach="answered_unasked")
    assert (due["numerator"], due["denominator"], other["numerator"], other["denominator"]) == (1, 3, 1, 2)
    assert one(rows, "skip_breach_count", skip_breach="unasked_due")["estimate"] == 1
    assert one(rows, "skip_unjudged_count")["estimate"] == 1
    assert set(rows.loc[rows["measure"] == "skip_breach_share", "question"]) == {"score|item=safety"}


def test_a_question_can_hang_on_another_answer(filtered):
    """Safety is asked of those who are satisfied overall: of R1, who is neutral, it was not to be asked."""
    told = ASKED + "R1,first,overall,neutral\nR3,first,overall,satisfied\n"
    skip = SKIPS[0] | {"asked_where": {"satisfaction.score.overall": ["satisfied", "very_satisfied"]}}
    found = study.open(str(filtered([skip], told=told))).reading.skips
    assert found[["id", "breach"]].to_numpy().tolist() == [["R1", "answered_unasked"]]


@pytest.mark.parametrize("sexes", list(product(["female", "male"], repeat=2)))
def test_everybody_is_due_or_not(filtered, sexes):
    people = "id,community,wave,sex\n" + "".join(f"R{i},C1,first,{sex}\n" for i, sex in enumerate(sexes, 1))
    told = "id,wave,item,score\nR1,first,safety,neutral\nR2,first,safety,neutral\n"
    found = study.open(str(filtered(people=people, told=told))).reading.skips
    assert len(found) == sexes.count("male")


@pytest.mark.parametrize(
    "change",
    [
        {"question": "satisfaction.score.safty"},
        {"question": "satisfactions.score"},
        {"question": "satisfaction.scores"},
        {"asked_where": {"sexe": "female"}},
        {"asked_where": {"sex": "woman"}},
        {"asked_where": {"participation.acts": "1"}},
    ],
)
def test_a_skip_rule_that_names_nothing_is_refused(filtered, change):
    assert refusal(filtered([SKIPS[0] | change])).key == "settings_key"


def test_a_rule_on_a_column_that_the_study_does_not_map_is_refused(filtered):
    error = refusal(filtered([SKIPS[0] | {"asked_where": {"income": {"above": "0"}}}]))
    assert error.key == "settings_key"


def test_what_is_read_is_counted_once(survey):
    reading = study.open(str(survey(FAST, TWICE, YOUNG, LINE))).reading
    told = reading.fates.groupby("table")["rows"].sum()
    assert told.to_dict() == reading.counts.groupby("table")["read"].sum().to_dict()
    assert set(reading.fates["fate"]) == {fates.SET_ASIDE, fates.EXCLUDED, fates.ANALYSED}
