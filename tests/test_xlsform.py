"""Exports of KoboToolbox and ODK read by their XLSForm: names, labels, both layouts of several answers, and who was asked.

Forms and exports are written here by hand, after the sources that docs/formats.md names.
"""

import pandas as pd
import pytest
from exported import ABOUT, ACTIVITIES, COLUMNS, ITEMS, SCORES, measured, original, people, wide, workbook, written
from pandas.testing import assert_frame_equal

from analysis import study
from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats import xlsform
from analysis.settings import FileSource

EN, ZH = "label::English (en)", "label::中文 (zh)"
SURVEY = [
    ["type", "name", EN, ZH, "relevant"],
    ["start", "start", "", "", ""],
    ["note", "hello", "Hello", "您好", ""],
    ["integer", "age", "How old are you?", "您的年龄", ""],
    ["begin_group", "life", "Life", "生活", ""],
    ["select_one yesno", "member", "A member?", "是否党员", "${age} >= 18"],
    [
        "select_multiple acts",
        "took",
        "What did you take part in?",
        "参加过哪些活动",
        "${age} >= 18 and ${member} = 'yes'",
    ],
    ["select_one yesno", "again", "Again?", "还会参加吗", "selected(${took}, 'sport')"],
    ["end_group", "", "", "", ""],
    ["text", "why", "Why?", "为什么", "string-length(${age}) > 1"],
]
CHOICES = [
    ["list_name", "name", EN, ZH],
    ["yesno", "yes", "Yes", "是"],
    ["yesno", "no", "No", "否"],
    ["acts", "sport", "Sport", "文体 活动"],
    ["acts", "council", "Council", "议事"],
    ["acts", "help", "Help", "公益"],
]
SETTINGS = [["form_title", "default_language"], ["Life", "中文 (zh)"]]

HEADINGS = ["start", "age", "life/member", "life/took", "life/again", "why", "_id", "_uuid"]
ANSWERS = [
    ["2024-03-09T10:00", 40, "yes", "sport help", "no", "", 1, "a"],
    ["2024-03-09T10:00", 41, "yes", "", "", "", 2, "b"],
    ["2024-03-09T10:00", 42, "no", "", "", "", 3, "c"],
    ["2024-03-09T10:00", 12, "", "", "", "", 4, "d"],
    ["2024-03-09T10:00", 43, "yes", "council", "", "", 5, "e"],
]
"""Names in one column; five respondents: two acts; none, though asked; not asked, being no member; a child; no sport."""
TOOK = {
    "took/sport": ["1", "0", "[not_asked]", "[not_asked]", "0"],
    "took/council": ["0", "0", "[not_asked]", "[not_asked]", "1"],
    "took/help": ["1", "0", "[not_asked]", "[not_asked]", "0"],
}
"""Of each option, as it must be read from any layout."""


def separate(rows: list[list[object]], place: int, names: list[str], columns: list[str]) -> list[list[object]]:
    """The rows with a column for each option instead of the one with all: 1, 0, and nothing where there is no answer."""
    made = []
    for row in rows:
        chosen = str(row[place]).split()
        made.append([*row[:place], *(int(name in chosen) if chosen else "" for name in names), *row[place + 1 :]])
    return [columns, *made]


OPTIONS = ["sport", "council", "help"]
IN_PARTS = [*HEADINGS[:3], *(f"life/took/{option}" for option in OPTIONS), *HEADINGS[4:]]
PARTS = separate(ANSWERS, 3, OPTIONS, IN_PARTS)


def answered(words: dict[object, object]) -> list[list[object]]:
    """The rows with a column for each option, in these columns other words."""
    return [[words.get(cell, cell) if 3 <= at < 6 else cell for at, cell in enumerate(row)] for row in PARTS[1:]]


LAYOUTS = {
    "one column": [HEADINGS, *ANSWERS],
    "a column each": PARTS,
    "both": [[*one[:4], *parts[3:6], *one[4:]] for one, parts in zip([HEADINGS, *ANSWERS], PARTS, strict=True)],
    "no groups": [[name.removeprefix("life/") for name in HEADINGS], *ANSWERS],
    "ODK Central": [[name.replace("life/", "life-") for name in HEADINGS], *ANSWERS],
    "0 and 1 where there is no answer": [IN_PARTS, *answered({"": 0})],
    "TRUE and FALSE": [IN_PARTS, *answered({1: "True", 0: "False"})],
    "n/a where there is no answer": [IN_PARTS, *answered({"": "n/a"})],
    "n/a in one column": [HEADINGS, *([*row[:2], *(cell or "n/a" for cell in row[2:5]), *row[5:]] for row in ANSWERS)],
    "English labels": [
        ["start", "How old are you?", "A member?", "What did you take part in?", "Life/Again?", "Why?", "_id", "_uuid"],
        *([row[0], row[1], str(row[2]).title(), str(row[3]).title(), str(row[4]).title(), *row[5:]] for row in ANSWERS),
    ],
    "Chinese labels": [
        ["start", "您的年龄", "是否党员", "参加过哪些活动", "还会参加吗", "为什么", "_id", "_uuid"],
        *(
            [
                row[0], row[1], {"yes": "是", "no": "否"}.get(row[2], ""),
                {"sport help": "文体 活动 公益", "council": "议事"}.get(row[3], ""), {"no": "否"}.get(row[4], ""), *row[5:],
            ]
            for row in ANSWERS
        ),
    ],
}  # fmt: skip


@pytest.fixture
def form(tmp_path):
    return workbook(tmp_path / "form.xlsx", survey=SURVEY, choices=CHOICES, settings=SETTINGS)


@pytest.fixture
def read(tmp_path, form):
    """A function that reads an export by the form."""

    def made(rows, name="export.xlsx", language=None, **settings):
        if name.endswith("xlsx"):
            workbook(tmp_path / name, data=rows)
        else:
            pd.DataFrame(rows[1:], columns=rows[0]).to_csv(tmp_path / name, index=False)
        source = FileSource(file=name, columns={}, form={"file": form.name, "language": language}, **settings)
        return formats.read(tmp_path / name, source, tmp_path)

    return made


def cell(raw, name):
    """Each cell of a column, or the reason why it is missing in brackets."""
    return [f"[{raw.missing[name][text]}]" if text in raw.missing.get(name, {}) else text for text in raw.rows[name]]


def refusal(read, *given, **how):
    with pytest.raises(StudyError) as caught:
        read(*given, **how)
    assert "\n" in caught.value.text("zh")
    assert "\n" in caught.value.text("en")
    return caught.value


class TestLayouts:
    @pytest.mark.parametrize("file", ["export.xlsx", "export.csv"])
    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_every_layout_gives_the_same(self, read, layout, file):
        raw = read(LAYOUTS[layout], file)
        assert {name: cell(raw, name) for name in TOOK} == TOOK
        assert cell(raw, "member") == ["yes", "yes", "no", "[not_asked]", "yes"]
        assert cell(raw, "age") == ["40", "41", "42", "12", "43"]
        assert raw.sets == {"took": list(TOOK)}

    @pytest.mark.parametrize("layout", LAYOUTS)
    def test_the_joined_answers(self, read, layout):
        joined = ["sport help", "(no answer)", "[not_asked]", "[not_asked]", "council"]
        assert cell(read(LAYOUTS[layout]), "took") == joined

    def test_each_column_is_found_where_it_stands_in_the_file(self, read):
        positions = read(LAYOUTS["both"]).positions
        assert [positions[name] for name in ("age", "took", "took/help", "_uuid")] == [2, 4, 7, 11]
        assert read(LAYOUTS["one column"]).positions["took/help"] == 4

    def test_the_next_question_is_asked_by_what_was_ticked(self, read):
        assert cell(read(LAYOUTS["both"]), "again") == ["no", *["[not_asked]"] * 4]

    def test_nothing_ticked_may_be_no_answer(self, read):
        raw = read(LAYOUTS["both"], nothing_ticked="no_answer")
        assert cell(raw, "took/sport") == ["1", "[no_answer]", "[not_asked]", "[not_asked]", "0"]
        assert "note_nothing_ticked" not in raw.notes
        assert len(read(LAYOUTS["both"]).notes["note_nothing_ticked"]) == 1

    def test_a_condition_that_is_not_understood_leaves_it_open_who_was_asked_and_is_named(self, read):
        raw = read(LAYOUTS["both"])
        assert cell(raw, "why") == [""] * 5
        assert raw.notes["note_condition_unclear"] == ["why: string-length(${age}) > 1"]

    def test_an_answer_that_should_not_have_been_asked_for_is_kept_and_told(self, read):
        rows = [HEADINGS, *ANSWERS[:3], ["", 12, "no", "", "", "", 4, "d"]]
        raw = read(rows)
        assert cell(raw, "member")[3] == "no"
        assert raw.notes["note_answered_unasked"] == ["member (5)"]

    def test_columns_that_are_no_question_stay(self, read):
        assert read(LAYOUTS["both"]).rows["_uuid"].tolist() == list("abcde")

    def test_an_option_that_the_form_has_not_is_kept_and_told(self, read):
        rows = [HEADINGS, *ANSWERS[:4], ["", 43, "yes", "council chess", "", "", 5, "e"]]
        raw = read(rows)
        assert cell(raw, "took/chess") == ["0", "0", "[not_asked]", "[not_asked]", "1"]
        assert raw.notes["note_option_unknown"] == ["took: chess"]

    def test_labels_that_can_be_told_apart_in_no_way_stay_as_they_stand(self, read):
        rows = [
            LAYOUTS["Chinese labels"][0],
            *LAYOUTS["Chinese labels"][1:5],
            ["", 43, "是", "文体 议事", "", "", 5, "e"],
        ]
        assert cell(read(rows), "took/sport")[4] == "文体 议事"


class TestWords:
    def test_labels_are_in_the_language_that_the_form_opens_in(self, read):
        raw = read(LAYOUTS["both"])
        assert raw.labels["member"] == {"yes": "是", "no": "否"}
        assert raw.questions["took"] == "参加过哪些活动"
        assert raw.questions["took/sport"] == "参加过哪些活动 — 文体 活动"

    def test_or_in_another(self, read):
        raw = read(LAYOUTS["both"], language="English (en)")
        assert raw.labels["took"] == {"sport": "Sport", "council": "Council", "help": "Help"}

    def test_a_language_that_the_form_has_not(self, read):
        error = refusal(read, LAYOUTS["both"], language="English")
        assert (error.key, error.facts["nearest"]) == ("xlsform_language", "English (en)")

    def test_a_form_in_one_language(self, tmp_path):
        survey = [["type", "name", "label"], ["select_one yesno or_other", "member", "A member?"]]
        choices = [["list name", "name", "label"], ["yesno", "yes", "Yes"], ["yesno", "no", "No"]]
        form = xlsform.read(workbook(tmp_path / "form.xlsx", survey=survey, choices=choices))
        assert [option.name for option in form.questions[0].options] == ["yes", "no", "other"]
        assert form.languages == [""]

    def test_questions_of_the_same_name_are_told_apart_by_their_groups(self, tmp_path):
        survey = [["type", "name", "label"]]
        for group in ("a", "b"):
            survey += [["begin group", group, ""], ["text", "x", ""], ["end group", "", ""]]
        form = xlsform.read(workbook(tmp_path / "form.xlsx", survey=survey))
        assert [question.name for question in form.questions] == ["a/x", "b/x"]


class TestRefusals:
    def test_a_form_without_its_sheets(self, read, form):
        workbook(form, answers=[["a"], ["1"]])
        assert refusal(read, LAYOUTS["both"]).key == "xlsform_sheet"

    def test_a_form_without_its_columns(self, read, form):
        workbook(form, survey=[["type", "label"], ["text", "Why?"]])
        error = refusal(read, LAYOUTS["both"])
        assert (error.key, error.facts["missing"]) == ("xlsform_sheet", "name")

    def test_a_form_without_a_list(self, read, form):
        workbook(form, survey=SURVEY, choices=CHOICES[:3])
        error = refusal(read, LAYOUTS["both"])
        assert (error.key, error.facts["options"]) == ("xlsform_list", "acts")

    def test_the_form_of_another_survey(self, read):
        assert refusal(read, [["sex", "height"], ["f", "170"]]).key == "xlsform_no_match"

    def test_a_heading_of_two_questions(self, read, form):
        workbook(form, survey=[*SURVEY, ["text", "what", "Why?", "为什么", ""]], choices=CHOICES)
        assert refusal(read, LAYOUTS["English labels"]).key == "xlsform_heading_twice"

    def test_two_layouts_that_contradict_each_other(self, read):
        rows = [list(row) for row in LAYOUTS["both"]]
        rows[1][4] = 0
        error = refusal(read, rows)
        assert (error.key, error.facts["row"], error.facts["question"]) == ("xlsform_columns_differ", 2, "took")

    def test_a_repeated_group_side_by_side(self, read, form):
        survey = [
            *SURVEY,
            ["begin_repeat", "child", "Child", "子女", ""],
            ["text", "name", "Name", "姓名", ""],
            ["end_repeat", "", "", "", ""],
        ]
        workbook(form, survey=survey, choices=CHOICES)
        rows = [[*HEADINGS, "child[1]/name", "child[2]/name"], [*ANSWERS[0], "x", "y"]]
        assert refusal(read, rows).key == "xlsform_repeat"

    def test_a_repeated_group_is_read_from_its_own_sheet(self, tmp_path, read, form):
        survey = [
            *SURVEY,
            ["begin_repeat", "child", "Child", "子女", ""],
            ["integer", "years", "Age", "年龄", ""],
            ["end_repeat", "", "", "", ""],
        ]
        workbook(form, survey=survey, choices=CHOICES)
        sheets = {"data": LAYOUTS["both"], "child": [["child/years", "_index", "_parent_index"], [7, 1, 1], [9, 2, 1]]}
        workbook(tmp_path / "two.xlsx", **sheets)
        source = FileSource(file="two.xlsx", sheet="child", columns={}, form=form.name)
        raw = formats.read(tmp_path / "two.xlsx", source, tmp_path)
        assert cell(raw, "years") == ["7", "9"]
        assert cell(raw, "_parent_index") == ["1", "1"]

    def test_a_missing_form_is_named(self, make_study):
        folder = make_study(file={"form": "form.xlsx"})
        with pytest.raises(StudyError) as caught:
            study.open(str(folder))
        assert (caught.value.key, caught.value.facts["file"]) == ("file_missing", "form.xlsx")


def test_a_form_that_is_not_the_one_of_origin_yml_is_refused(make_study):
    folder = make_study(file={"form": "form.xlsx"}, origin={"files": {"form.xlsx": "0" * 64}})
    workbook(folder / "data" / "form.xlsx", survey=SURVEY, choices=CHOICES)
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    assert caught.value.key == "file_changed"
    assert caught.value.place.endswith("form.xlsx")


NAMES = {
    "sex": {"女": "female", "男": "male"},
    "education": dict(zip(["小学", "初中", "高中（中专、职高）", "大专", "本科", "研究生"], "abcdef", strict=True)),
    "is_party_member": {"是": "yes", "否": "no"},
    "frequency": {"从不": "never", "偶尔": "rarely", "有时": "sometimes", "经常": "often"},
    "score": dict(
        zip(SCORES, ["very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied"], strict=True)
    ),
}
"""Column → what the original says → the name of the option in the form."""


def nanchang_form() -> dict[str, list[list[str]]]:
    survey = [["type", "name", "label", "relevant"]]
    for column, label in zip(COLUMNS, ABOUT, strict=True):
        survey.append([f"select_one {column}" if column in NAMES else "text", column, label, ""])
    survey += [
        ["select_one is_party_member", "willing", "愿意谈参与吗", ""],
        ["begin_group", "part", "参与", "${willing} = 'yes'"],
    ]
    survey.append(["select_multiple activity", "acts", "参加过的活动", ""])
    survey += [["select_one frequency", f"often_{name}", f"{word}多久一次", ""] for word, name in ACTIVITIES.items()]
    survey.append(["end_group", "", "", ""])
    survey += [["select_one score", f"rated_{name}", f"对{word}满意吗", ""] for word, name in ITEMS.items()]
    choices = [["list_name", "name", "label"]]
    choices += [[column, name, label] for column, names in NAMES.items() for label, name in names.items()]
    choices += [["activity", name, word] for word, name in ACTIVITIES.items()]
    return {"survey": survey, "choices": choices}


def nanchang_export(frame: pd.DataFrame, layout: str) -> list[list[str]]:
    """The survey as KoboToolbox exports it; by labels, all words are those of the form."""
    is_labelled = layout == "labels"

    def word(column: str, text: str) -> str:
        return text if is_labelled or column not in NAMES else NAMES[column].get(text, "")

    columns = {}
    for column, label in zip(COLUMNS, ABOUT, strict=True):
        columns[label if is_labelled else column] = [word(column, text) for text in frame[label]]
    asked = frame["took 文体活动"] != ""
    columns["愿意谈参与吗" if is_labelled else "willing"] = [
        word("is_party_member", "是" if one else "否") for one in asked
    ]
    group, heading = ("参与", "参加过的活动") if is_labelled else ("part", "acts")
    names = {one: one if is_labelled else name for one, name in ACTIVITIES.items()}
    chosen = [[one for one in ACTIVITIES if row[f"took {one}"] == "yes"] for _, row in frame.iterrows()]
    if layout != "a column each":
        columns[f"{group}/{heading}"] = [" ".join(names[one] for one in ticked) for ticked in chosen]
    if layout != "one column":
        for one, name in names.items():
            columns[f"{group}/{heading}/{name}"] = [str(int(one in ticked)) if ticked else "" for ticked in chosen]
    for one, name in ACTIVITIES.items():
        called = f"{group}/{one}多久一次" if is_labelled else f"{group}/often_{name}"
        columns[called] = [word("frequency", text) for text in frame[f"often {one}"]]
    for one, name in ITEMS.items():
        columns[f"对{one}满意吗" if is_labelled else f"rated_{name}"] = [
            word("score", text) for text in frame[f"rated {one}"]
        ]
    return [list(columns), *(list(row) for row in zip(*columns.values(), strict=True))]


@pytest.mark.parametrize("layout", ["one column", "a column each", "both", "labels"])
def test_a_survey_gives_the_very_measures_of_the_original(make_study, layout):
    """38 of the 450 were not asked what they take part in: the form's condition says so, where the cells say nothing."""
    answers = people()
    values = {"education": {name: label for label, name in NAMES["education"].items()}}
    headings = (
        {word: f"acts/{name}" for word, name in ACTIVITIES.items()},
        {word: f"often_{name}" for word, name in ACTIVITIES.items()},
        {word: f"rated_{name}" for word, name in ITEMS.items()},
    )
    file = {"file": "export.xlsx", "form": "form.xlsx"}
    folder = written(make_study, "exported", wide(file, {column: column for column in COLUMNS}, *headings, values))
    workbook(folder / "data" / "form.xlsx", **nanchang_form())
    workbook(folder / "data" / "export.xlsx", data=nanchang_export(answers, layout))
    assert_frame_equal(measured(folder), measured(original(make_study, answers)))
