"""What columns are taken for: real surveys against what was written down of them by hand, and each rule by itself."""

import csv
from pathlib import Path

import pandas as pd
import pytest

from analysis.proposal import missing
from analysis.proposal.blocks import blocks, is_numbered, stem
from analysis.proposal.grades import grades
from analysis.proposal.profile import Column, profile
from analysis.reading import formats
from analysis.reading.formats.raw import Raw
from analysis.settings import FileSource
from analysis.study import ROOT

TRUTH = Path(__file__).parent / "reference" / "column_types"
REAL = {
    "wjx_export_sample/wjx_800_by_text.xls": "wjx_by_text",
    "wjx_export_sample/wjx_800_by_number.xls": "wjx_by_number",
    "juarez_aej_2021/aej_percepcion_2021_subset.sav": "juarez_percepcion",
    "juarez_aej_2021/aej_percepcion_2021_subset.csv": "juarez_percepcion",
    "juarez_aej_2021/aej_participacion_2021_subset.sav": "juarez_participacion",
    "juarez_aej_2021/aej_participacion_2021_subset.csv": "juarez_participacion",
    "hansard_audit11_2013/SN7577.tab": "hansard",
}
"""File → the table of what its columns are."""


def truth(name: str) -> dict[str, str]:
    with (TRUTH / f"{name}.csv").open(encoding="utf-8", newline="") as rows:
        return {row["column"]: row["kind"] for row in csv.DictReader(rows)}


def columns_of(path: Path) -> dict[str, Column]:
    raw = formats.read(path, FileSource(file=path.name, columns={}), path.parent)
    return {column.name: column for column in profile(path.name, raw)}


def column(
    answers: dict[str, int], name: str = "x", question: str = "", labels: dict[str, str] | None = None
) -> Column:
    """The only column of a file, with each answer as often as it is said."""
    return beside({name: answers}, {name: question}, {name: labels or {}})[name]


def beside(answers: dict[str, dict[str, int]], questions=None, labels=None) -> dict[str, Column]:
    """The columns of a file of which the answers are known; shorter ones end in blanks."""
    cells = {name: [text for text, times in counts.items() for _ in range(times)] for name, counts in answers.items()}
    longest = max(map(len, cells.values()))
    rows = pd.DataFrame({name: texts + [""] * (longest - len(texts)) for name, texts in cells.items()}, dtype="str")
    raw = Raw(rows, [], questions=questions or {}, labels=labels or {})
    return {one.name: one for one in profile("file.csv", raw)}


@pytest.mark.parametrize("file", REAL)
def test_the_columns_of_real_surveys_are_recognised(file, shared_data):
    known, found = truth(REAL[file]), columns_of(shared_data / file)
    wrong = [name for name, kind in known.items() if name not in found or found[name].kind != kind]
    assert len(wrong) <= 0.05 * len(known), wrong
    for kind in ("scale", "id", "weight"):
        assert [name for name in wrong if known[name] == kind] == []
        assert [name for name in wrong if found[name].kind == kind and kind != "scale"] == []
    # docs/init.md says how many of how many, and names each miss.
    told = (ROOT / "docs" / "init.md").read_text(encoding="utf-8")
    line = next(line for line in told.splitlines() if line.startswith(f"| `{Path(file).name}`"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1] == f"{len(known) - len(wrong)} of {len(known)}"
    assert [name for name in wrong if f"`{name}`" not in cells[3]] == []


@pytest.mark.parametrize(
    ("answers", "ordered"),
    [
        ("满意 一般 非常满意 非常不满意 不满意", "非常不满意 不满意 一般 满意 非常满意"),
        ("比较满意 不太满意 非常满意 很不满意 一般", "很不满意 不太满意 一般 比较满意 非常满意"),
        ("总是 从不 有时 偶尔 经常", "从不 偶尔 有时 经常 总是"),
        ("完全同意 不同意 同意 完全不同意 不确定", "完全不同意 不同意 不确定 同意 完全同意"),
    ],
)
def test_chinese_grades_are_put_into_their_order(answers, ordered):
    places = grades(answers.split())
    assert places is not None
    assert sorted(places, key=places.get) == ordered.split()


@pytest.mark.parametrize(
    "ordered",
    [
        ["Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree"],
        ["Not at all satisfied", "Not very satisfied", "Fairly satisfied", "Very satisfied"],
        ["Very dissatisfied", "Somewhat dissatisfied", "Neutral", "Somewhat satisfied", "Very satisfied"],
        ["Never", "Rarely", "Sometimes", "Often", "Always"],
        ["Nada", "Muy poco", "Poco", "Algo", "Mucho"],
        ["Mucha desconfianza", "Algo de desconfianza", "Algo de confianza", "Mucha confianza"],
    ],
)
def test_other_grades_are_put_into_their_order(ordered):
    places = grades(ordered[::-1])
    assert places is not None
    assert sorted(places, key=places.get) == ordered


@pytest.mark.parametrize(
    "answers",
    [
        ["满意", "不满意"],  # two are a yes and a no
        ["小学", "初中", "高中"],
        ["文体活动", "好人好事", "议事协商"],
        ["Married", "Single", "Never married"],
        ["满意", "比较满意", "满意的"],  # two of one place
    ],
)
def test_other_answers_are_no_grades(answers):
    assert grades(answers) is None


def test_columns_of_a_block_differ_in_the_last_part_of_their_names():
    names = ["Q1", "Q5ai", "Q5aii", "Q5axv", "Q6", "第7题(运动)", "第7题(阅读)", "Q8.1", "Q8.10", "sex", "web1", "web2"]
    together = [["Q5ai", "Q5aii", "Q5axv"], ["第7题(运动)", "第7题(阅读)"], ["Q8.1", "Q8.10"], ["web1", "web2"]]
    assert [run for run in blocks(names) if len(run) > 1] == together
    assert stem("Q7") == ""
    assert [is_numbered(name) for name in ("Q7", "3、性别", "第6题", "web1", "性别")] == [
        True,
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("numbers", "apart"),
    [
        ([0, 1, -1], {-1}),
        ([1, 2, 3, 4, 5, 99], {99}),
        ([1, 2, 3, -8, -9, 998, 999], {-8, -9, 998, 999}),
        (range(18, 100), set()),  # ages
        ([-2.5, 0, 3.5], set()),  # a balance
        ([96, 97, 99], set()),
    ],
)
def test_codes_of_no_answer_stand_apart(numbers, apart):
    assert missing.codes(numbers) == apart


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("拒答", "refused"), ("不知道", "dont_know"), ("Don't know", "dont_know"), ("NS/NC", "dont_know"),
        ("NA (No aplica)", "not_applicable"), ("Prefer not to say", "refused"), ("(跳过)", "not_asked"), ("无", None),
        ("No", None),
    ],
)  # fmt: skip
def test_answers_that_are_none_are_known_by_their_words(answer, reason):
    assert missing.reason_of(answer) == reason


def test_a_code_of_no_answer_is_none_of_the_answers():
    found = column({"1": 40, "2": 50, "-9": 3}, "sex")
    assert found.kind == "binary"
    assert found.missing == {"-9": "unknown"}


def test_words_are_no_amounts_and_bands_no_ages():
    assert column({str(code): 30 for code in range(1, 9)}, "income").kind == "category"
    assert column({str(code): 30 for code in range(1, 8)}, "age").kind == "category"
    assert column({str(age): 3 for age in range(18, 80)}, "age").kind == "count"


def test_a_leading_zero_makes_codes():
    assert column({"01": 20, "02": 30, "10": 25}, "区划").kind == "category"


def test_what_identifies_persons_is_no_id():
    phones = {f"138{number:08d}": 1 for number in range(10_000_000, 10_000_040)}
    assert column(phones, "手机号").kind == "person"
    assert column({f"W{number:03d}": 1 for number in range(1, 41)}, "编号").kind == "id"
    assert column({str(number): 1 for number in range(1, 41)}, "any").kind == "id"


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ({f"2014-11-{day:02d}": 3 for day in range(1, 29)}, "date"),
        ({f"201411{day:02d}": 3 for day in range(1, 29)}, "date"),
        ({f"10311{day:02d}": 3 for day in range(1, 29)}, "date"),
        ({f"2014/11/{day} 9:05:07": 3 for day in range(1, 29)}, "time"),
        ({f"{second}秒": 1 for second in range(60, 99)}, "duration"),
        ({"1998": 3, "2001": 5, "1970": 2}, "year"),
    ],
)
def test_dates_times_and_years(answers, kind):
    assert column(answers).kind == kind


def test_several_answers_in_a_cell():
    assert column({"运动┋阅读": 5, "运动": 3, "阅读┋影视": 2, "运动┋影视": 1}).kind == "several"


def test_options_are_told_beside_each_other_only():
    three = beside({"q5.1": {"0": 20, "1": 9}, "q5.2": {"0": 29}, "q5.3": {"1": 4, "0": 25}})
    assert {one.kind for one in three.values()} == {"option"}
    assert column({"0": 20, "1": 9}, "q5.1").kind == "binary"
    assert column({"0": 29}, "q5.2").kind == "constant"


def test_codes_that_pile_up_between_the_ends_are_no_scale():
    spread = {"1": 20, "2": 30, "3": 40, "4": 25, "5": 10}
    assert column(spread, "Q8").kind == "scale"
    assert column({"1": 5, "2": 8, "3": 110, "4": 2}, "Q8").kind == "category"
    # What has a name of its own is not taken for a scale by its codes alone.
    assert column(spread, "tenure").kind == "category"
    assert column(spread, "q8", "Marital status").kind == "category"
    assert column(spread, "q8", "How satisfied are you with the water?").kind == "scale"


def test_a_weight_is_told_by_its_name_or_its_mean():
    numbers = {f"{0.5 + place / 40:.3f}": 2 for place in range(41)}
    assert column(numbers, "wts").kind == "weight"
    assert column(numbers, "x").kind == "weight"
    assert column({f"{10 + place / 40:.3f}": 2 for place in range(41)}, "x").kind == "number"
    assert column({f"{place - 20}.5": 2 for place in range(41)}, "wt.loss").kind == "number"


def test_labels_say_what_codes_mean():
    labels = {"1": "非常满意", "2": "满意", "3": "一般", "4": "不满意", "5": "非常不满意", "9": "说不清"}
    found = column({str(code): 20 for code in (1, 2, 3, 4, 5, 9)}, "Q1", labels=labels)
    assert (found.kind, found.missing) == ("scale", {"9": "dont_know"})
    # 1 is very satisfied: the direction is that of the words, not of the codes.
    assert found.places["1"] > found.places["2"] > found.places["5"]


def test_nothing_at_all():
    assert beside({"a": {"x": 3}, "b": {}})["b"].kind == "empty"
