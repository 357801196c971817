"""Single questions: shares of answers with don't-knows in the base and without, mean marks; counted by hand.

Six respondents in two strata of two clusters answered one question; the seventh was not asked, and the eighth refused.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import claims, compute, study
from analysis.errors import StudyError
from analysis.inference import SurveyDesign, mean, proportion
from analysis.study import Study
from analysis.survey import questions

PEOPLE = """\
id,cid,sex,weight,stratum,cluster
1,C1,女,1,a,a1
2,C1,男,3,a,a1
3,C1,女,1,a,a2
4,C1,男,1,a,a2
5,C2,女,2,b,b1
6,C2,女,1,b,b1
7,C2,男,1,b,b2
8,C2,男,1,b,b2
"""
ANSWERS = """\
id,item,answer,mark
1,trust,yes,8
2,trust,no,4
3,trust,yes,99
4,trust,dk,6
5,trust,yes,10
6,trust,no,2
8,trust,rf,88
1,pride,yes,5
"""
LEVELS = {
    "item": {"trust": {"zh": "信任", "en": "Trust"}, "pride": {"zh": "自豪", "en": "Pride"}},
    "answer": {"agrees": {"zh": "同意", "en": "Agrees"}, "disagrees": {"zh": "不同意", "en": "Disagrees"}},
}


@pytest.fixture
def make(make_study: Callable[..., Path]) -> Callable[..., Study]:
    """The small survey, one thing changed."""

    def made(answers: str = ANSWERS, people: str = PEOPLE, **settings: object) -> Study:
        columns = {c: c for c in ("sex", "weight", "stratum", "cluster")} | {
            "respondent_id": "id",
            "community_id": "cid",
        }
        answered = {
            "respondent_id": "id",
            "item": "item",
            "answer": {
                "column": "answer",
                "values": {"yes": "agrees", "no": "disagrees"},
                "missing": {"dk": "dont_know", "rf": "refused", "na": "not_applicable"},
            },
            "mark": {"column": "mark", "missing": {"99": "dont_know", "88": "refused"}},
        }
        given = {"set": {"wave": "first"}}
        tables = {
            "respondents": {"files": [{"file": "people.csv", "columns": columns, **given}]},
            "answers": {"files": [{"file": "answers.csv", "columns": answered, **given}]},
        }
        design = {"respondents": {"weights": "weight", "strata": "stratum", "clusters": "cluster"}}
        changed = {"tables": tables, "terms": None, "levels": LEVELS, "design": design} | settings
        return study.open(
            str(make_study(settings=changed, files={"data/people.csv": people, "data/answers.csv": answers}))
        )

    return made


def shares(table, item="trust"):
    rows = table[table["item"] == item]
    return dict(zip(rows["answer"], rows["estimate"], strict=True))


def test_whoever_gave_no_answer_is_not_in_the_base(make):
    """Weights 1 + 1 + 2 agree and 3 + 1 disagree, of 8."""
    assert shares(questions.answer_share(make())) == pytest.approx({"agrees": 4 / 8, "disagrees": 4 / 8})


def test_not_knowing_and_refusing_are_answers_of_those_who_were_asked(make):
    """The same over 10: with the weight 1 each of who does not know and who refused."""
    assert shares(questions.answer_share_of_asked(make())) == pytest.approx(
        {"agrees": 0.4, "disagrees": 0.4, "dont_know": 0.1, "refused": 0.1}
    )


def test_the_two_bases_are_counted_unweighted(make):
    opened = make()
    answered, asked = questions.answer_share(opened), questions.answer_share_of_asked(opened)
    of_trust = [table[table["item"] == "trust"] for table in (answered, asked)]
    assert [set(table["denominator"]) for table in of_trust] == [{5}, {7}]
    assert of_trust[0]["excluded"].iat[0] == "answer dont_know 1; answer not_asked 1; answer refused 1"
    assert of_trust[1]["excluded"].iat[0] == "answer not_asked 1"


def test_shares_of_the_asked_add_up_to_one(make):
    table = questions.answer_share_of_asked(make())
    assert table.groupby(["item", "wave"])["estimate"].sum().tolist() == pytest.approx([1, 1])


def test_whom_a_question_does_not_apply_to_is_in_neither_base(make):
    opened = make(ANSWERS.replace("6,trust,no", "6,trust,na"))
    assert shares(questions.answer_share(opened)) == pytest.approx({"agrees": 4 / 7, "disagrees": 3 / 7})
    assert sum(shares(questions.answer_share_of_asked(opened)).values()) == pytest.approx(1)


def test_the_mean_mark_is_of_those_who_gave_one(make):
    """(8 + 3·4 + 6 + 2·10 + 2) / (1 + 3 + 1 + 2 + 1): 99 and 88 are no marks."""
    table = questions.mean_mark(make()).set_index("item")
    assert table.loc["trust", "estimate"] == pytest.approx(48 / 8)
    assert table.loc["trust", "n"] == 5
    assert (table.loc["trust", "unit"], table.loc["trust", "table"]) == ("marks", "answers")


def test_errors_are_those_of_the_design_with_everybody_in_it(make):
    """The kernel, asked directly: those who were not asked keep their place, so no cluster is lost."""
    opened = make()
    people = opened.table("respondents")
    mark = people["respondent_id"].map({"1": 8, "2": 4, "4": 6, "5": 10, "6": 2})
    agrees = people["respondent_id"].map({"1": 1, "2": 0, "3": 1, "5": 1, "6": 0})
    design = SurveyDesign(weights="weight", strata="stratum", clusters="cluster")
    frame = people.assign(mark=mark, agrees=agrees)
    direct = [mean(frame, "mark", design).table.loc[0, "se"], proportion(frame, "agrees", design).table.loc[0, "se"]]
    marks = questions.mean_mark(opened).set_index("item").loc["trust", "se"]
    table = questions.answer_share(opened).set_index(["item", "answer"])
    assert [marks, table.loc[("trust", "agrees"), "se"]] == pytest.approx(direct, rel=1e-12)


def test_by_a_column_of_the_respondents(make):
    table = questions.answer_share(make(), by=["sex"])
    women = table[(table["item"] == "trust") & (table["sex"] == "female")].set_index("answer")["estimate"]
    assert women.to_dict() == pytest.approx({"agrees": 4 / 5, "disagrees": 1 / 5})


def test_a_column_that_respondents_have_not_gives_no_rows(make):
    assert questions.measures(make(), ["item_nature"]).empty


def test_a_study_without_answers_has_no_such_measures(nanchang):
    assert questions.measures(nanchang).empty


def test_an_item_without_any_answer_has_no_rows(make):
    table = questions.answer_share(make(ANSWERS.replace("1,pride,yes,5", "1,pride,dk,99")))
    assert set(table["item"]) == {"trust"}


def test_answers_of_somebody_who_is_no_respondent_are_refused(make):
    with pytest.raises(StudyError) as caught:
        questions.answer_share(make(ANSWERS + "9,trust,yes,1\n"))
    assert (caught.value.key, caught.value.facts["count"]) == ("respondents_unknown", 1)


def test_marks_of_satisfaction_are_averaged_as_well(make_study):
    likert = {"1": "dissatisfied", "2": "satisfied"}
    columns = {"respondent_id": "id", "item": "item", "score": {"column": "s", "values": likert}, "mark": "m"}
    tables = {
        "respondents": {
            "files": [
                {
                    "file": "people.csv",
                    "set": {"wave": "first"},
                    "columns": {"respondent_id": "id", "community_id": "cid"},
                }
            ]
        },
        "satisfaction": {"files": [{"file": "s.csv", "set": {"wave": "first"}, "columns": columns}]},
    }
    files = {"data/people.csv": PEOPLE, "data/s.csv": "id,item,s,m\n1,safety,1,3\n2,safety,2,8\n5,safety,2,\n"}
    table = questions.measures(study.open(str(make_study(settings={"tables": tables, "terms": None}, files=files))))
    assert table[["measure", "item", "estimate", "n", "table"]].to_numpy().tolist() == [
        ["mean_mark", "safety", 5.5, 2, "satisfaction"]
    ]


def test_the_command_line_s_measures_have_them_by_sex(make):
    table = compute.measures(make(), "mean_mark", ["sex"])
    assert set(table["sex"]) == {"female", "male"}


def claimed(opened: Study, computed_by: str, value: float, unit: str = "percent", weighted: bool = True) -> Study:
    (opened.folder / "claims.yml").write_text(
        "sources: {s: {citation: s}}\ngroups: {a: {words: a}}\nquantities: {q: q}\nclaims:\n"
        "  - {id: A, figure: A, sentence: s, place: p, source: s, scope: {place: x, group: a}, quantity: q, relation: '=',\n"
        f"     value: {value}, decimals: 1, unit: {unit}, weighted: {str(weighted).lower()}, computed_by: {computed_by}}}\n",
        encoding="utf-8",
    )
    return Study(**{**vars(opened), "origin": opened.origin.model_copy(update={"is_synthetic": False})})


class TestClaims:
    def test_parts_of_a_weighted_question_add_up_by_their_weights(self, make):
        """.4 + .1, where unweighted counts would give 4 of 7."""
        by = "{measure: answer_share_of_asked, where: {item: trust, wave: first}, parts: {answer: [agrees, dont_know]}}"
        found = claims.check(claimed(make(), by, 50.0)).iloc[0]
        assert (found["verdict"], found["computed"]) == ("agrees", pytest.approx(50))

    def test_a_claim_says_which_base_it_uses(self, make):
        opened = make()
        for measure, value in (("answer_share", 50.0), ("answer_share_of_asked", 40.0)):
            by = f"{{measure: {measure}, where: {{item: trust, wave: first, answer: agrees}}}}"
            assert claims.check(claimed(opened, by, value)).iloc[0]["verdict"] == "agrees"

    def test_weighted_groups_can_not_be_pooled(self, make):
        by = (
            "{measure: answer_share, by: [sex], where: {item: trust, wave: first, answer: agrees, sex: [female, male]}}"
        )
        with pytest.raises(StudyError) as caught:
            claims.check(claimed(make(), by, 50.0))
        assert "can't be pooled" in str(caught.value)

    def test_means_have_no_parts(self, make):
        by = "{measure: mean_mark, where: {wave: first}, parts: {item: [trust, pride]}}"
        with pytest.raises(StudyError) as caught:
            claims.check(claimed(make(), by, 5.0, unit="points"))
        assert "is no share" in str(caught.value)

    def test_a_standard_error_can_be_claimed(self, make):
        opened = make()
        by = "{measure: mean_mark, where: {item: trust, wave: first}, of: se}"
        se = questions.mean_mark(opened).set_index("item").loc["trust", "se"]
        found = claims.check(claimed(opened, by, round(se, 1), unit="points")).iloc[0]
        assert (found["verdict"], found["computed"]) == ("agrees", pytest.approx(se))
