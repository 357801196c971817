"""Blank templates: filled in, they are read by the study beside them as it stands, in both languages."""

import csv
import datetime
import io
import re

import openpyxl
import pytest
from click.testing import CliRunner

from analysis import compute, study, templates
from analysis.catalogue import base
from analysis.cli import main
from analysis.errors import StudyError
from analysis.reading.formats import xlsform
from analysis.reporting.wording import width
from analysis.templates import questionnaire, sheets

LANGUAGES = ("zh", "en")
KEYS = {
    "communities": {"community_id": ["001", "002"]},
    "roster": {"community_id": ["001", "001"], "person_id": ["P001", "P002"]},
    "posts": {"community_id": ["001", "001"], "term": ["2021", "2024"]},
    "work_items": {"item_id": ["W001", "W002"]},
    "ledgers": {"community_id": ["001", "001"], "year": [2021, 2022]},
    "indicators": {"community_id": ["001", "001"], "year": [2021, 2022]},
}
"""What tells two rows apart; an id keeps its zeros."""


def typed(column, language):
    """The example of a column as Excel has it when a clerk types it."""
    text = sheets.example(column, language)
    kind = base().column(column)["type"]
    if kind in ("count", "year"):
        return int(text)
    return datetime.date.fromisoformat(text) if kind == "date" else text


def filled(folder, kind, language):
    """Fill in two rows of a template, and save it."""
    path = folder / "data" / f"{kind}.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = sheets.columns(kind)
    assert [cell.value for cell in sheet[1]] == [base().heading(column, language) for column in columns]
    for row in range(2):
        for place, column in enumerate(columns, 1):
            known = KEYS[kind].get(column)
            sheet.cell(2 + row, place, known[row] if known else typed(column, language))
    book.save(path)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", sheets.REGISTERS)
def test_a_filled_in_register_is_read_without_a_change(tmp_path, kind, language):
    templates.write([kind], tmp_path, language)
    filled(tmp_path, kind, language)
    table = study.open(str(tmp_path)).table(kind)
    assert len(table) == 2
    assert {*sheets.columns(kind)} <= {*table}
    if "community_id" in table:
        assert table["community_id"].iloc[0] == "001"
    if kind == "roster":
        row = table.iloc[0]
        assert (row["sex"], row["education"], row["is_party_member"]) == ("female", "no_schooling", True)
        assert str(row["start"].date()) == "2021-07-01"
    if kind == "work_items":
        assert table["item_nature"].iloc[0] == "administrative"


def test_what_is_left_blank_is_missing_with_a_reason(tmp_path):
    templates.write(["roster"], tmp_path, "zh")
    book = openpyxl.load_workbook(tmp_path / "data" / "roster.xlsx")
    sheet = book.worksheets[0]
    for place, column in enumerate(sheets.columns("roster"), 1):
        if column in base().table("roster")["required"]:
            sheet.cell(2, place, sheets.example(column, "zh"))
    book.save(tmp_path / "data" / "roster.xlsx")
    row = study.open(str(tmp_path)).table("roster").iloc[0]
    assert row["end_missing"] == "not_applicable"
    assert row["sex_missing"] == "not_recorded"


def test_lists_offer_what_the_catalogue_knows_and_notes_say_how(tmp_path):
    templates.write(["roster"], tmp_path, "zh")
    book = openpyxl.load_workbook(tmp_path / "data" / "roster.xlsx")
    sheet, levels, example = book.worksheets
    assert levels.sheet_state == "hidden"
    lists = {}
    for rule in sheet.data_validations.dataValidation:
        if rule.type == "list":
            letter = str(rule.sqref)[0]
            at = re.fullmatch(r"'选项'!\$([A-Z])\$2:\$[A-Z]\$(\d+)", rule.formula1)
            lists[sheet[f"{letter}1"].value] = [levels[f"{at[1]}{row}"].value for row in range(2, int(at[2]) + 1)]
    assert lists["性别"] == ["女", "男"]
    assert lists["届次"] == ["2021", "2024"]
    assert lists["中共党员"] == ["是", "否"]
    assert "初中及以下" not in lists["学历"]
    for cell in sheet[1]:
        assert cell.comment.text
        assert ("必填" in cell.comment.text) == (cell.value in ("社区编号", "人员编号", "届次"))
    assert "不会被读取" in example["A1"].value
    long = [row[2] for row in example if width(str(row[2].value)) > sheets.HOW]
    assert long and all(example.row_dimensions[cell.row].height for cell in long)
    assert "姓名" not in [cell.value for cell in sheet[1]]


def test_an_empty_template_is_no_study_of_nobody(tmp_path):
    templates.write(["posts"], tmp_path, "en")
    with pytest.raises(StudyError):
        study.open(str(tmp_path))


def test_a_value_off_the_list_is_set_aside_with_its_cell(tmp_path):
    templates.write(["ledgers"], tmp_path, "en")
    filled(tmp_path, "ledgers", "en")
    book = openpyxl.load_workbook(tmp_path / "data" / "ledgers.xlsx")
    book.worksheets[0]["C2"] = "many"
    book.save(tmp_path / "data" / "ledgers.xlsx")
    found = study.read(str(tmp_path)).reading.quarantine
    assert found[["row", "column", "value"]].to_numpy().tolist() == [[2, "paper_ledgers", "many"]]


# The questionnaire.


def answer(question, place, language=None):
    """One of the answers to a question, as a form has it: the option's name, or its words."""
    if question.options:
        names = list(question.options)
        name = names[place % len(names)]
        return question.options[name][language] if language else name
    return {"community_id": "001", "birth_year": "1970"}.get(question.column, str(place))


def read_back(folder):
    opened = study.open(str(folder))
    people = opened.table("respondents")
    assert people["sex"].tolist() == ["female", "male", "female"]
    assert people["education"].tolist() == ["no_schooling", "primary", "junior_secondary"]
    assert people["is_party_member"].tolist() == [True, False, True]
    acts = opened.table("participation")
    assert acts.groupby("activity")["acts"].apply(list).to_dict() == {
        activity: [0, 1, 2] for activity in base().levels_of("activity")
    }
    scores = opened.table("satisfaction")
    assert scores.groupby("item")["score"].apply(list).to_dict() == {
        item: ["very_dissatisfied", "dissatisfied", "neutral"] for item in base().levels_of("item")
    }
    return opened


def test_answers_to_the_xlsform_fit_the_catalogue(tmp_path):
    templates.write(["xlsform"], tmp_path, "en")
    form = xlsform.read(tmp_path / "xlsform.xlsx")
    asked = list(questionnaire.questions())
    assert [question.name for question in form.questions] == [one.name for one in asked]
    assert list(form.languages) == ["中文 (zh)", "English (en)"]
    for question, one in zip(form.questions, asked, strict=True):
        assert [option.name for option in question.options] == list(one.options)
        assert question.labels["English (en)"] == one.labels["en"]
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";")  # as KoboToolbox exports it
    writer.writerow([*(one.name for one in asked), "_id", "_submission_time"])
    for place in range(3):
        writer.writerow([*(answer(one, place) for one in asked), place, "2024-05-01T10:00:00"])
    (tmp_path / "data" / "answers.csv").write_text(out.getvalue(), encoding="utf-8")
    opened = read_back(tmp_path)
    # of three respondents two took part: 0, 1 and 2 acts of each kind
    assert compute.measures(opened, "participation_rate")["estimate"].tolist() == pytest.approx([2 / 3])


def test_answers_to_the_text_for_wjx_fit_the_catalogue(tmp_path):
    templates.write(["wjx"], tmp_path, "zh")
    asked = list(questionnaire.questions())
    headers = [f"{number}、{one.labels['zh']}" for number, one in enumerate(asked, 1)]
    book = openpyxl.Workbook()
    book.active.append(["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", *headers])
    for place in range(3):
        about = [str(place + 1), "2024/5/1 10:00:00", "120秒", "微信", "N/A", ""]
        book.active.append([*about, *(answer(one, place, "zh") for one in asked)])
    book.save(tmp_path / "data" / "wjx.xlsx")
    read_back(tmp_path)


def test_the_text_for_wjx_is_in_the_layout_of_its_maker():
    # github.com/wjxcom/wjx-ai-kit, text-to-survey.ts: title, introduction, `1. wording[type]`, then one option a line
    title, intro, _, *lines = questionnaire.wjx_text().splitlines()
    assert (title, intro) == ("社区治理居民调查", "本调查不收集姓名与电话；回答只用于统计。")
    found = []
    for line in filter(None, lines):
        question = re.fullmatch(r"(\d+)\.\s*(.+?)\s*\[([^\]]+)\]", line)
        if question:
            found.append((int(question[1]), question[2], question[3], []))
        else:
            assert not re.match(r"[A-Za-z]\s", line)  # a letter in front would be taken off
            found[-1][3].append(line)
    asked = list(questionnaire.questions())
    assert [one[0] for one in found] == list(range(1, len(asked) + 1))
    for (_, wording, kind, options), one in zip(found, asked, strict=True):
        assert wording == one.labels["zh"]
        assert kind == ("单选题" if one.options else "填空题")
        assert options == [words["zh"] for words in one.options.values()]


# Files and commands.


def test_templates_have_the_same_bytes_every_time(tmp_path):
    for folder in ("one", "two"):
        templates.write(templates.KINDS, tmp_path / folder, "en")
    names = [path.relative_to(tmp_path / "one") for path in (tmp_path / "one").rglob("*") if path.is_file()]
    assert len(names) == len(templates.KINDS) + 2
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes(), name


def test_nothing_is_written_over(tmp_path):
    templates.write(["roster"], tmp_path, "en")
    before = (tmp_path / "data" / "roster.xlsx").read_bytes()
    (tmp_path / "study.yml").unlink()
    with pytest.raises(StudyError) as caught:
        templates.write(["posts", "roster"], tmp_path, "zh")
    assert caught.value.key == "template_exists"
    assert (tmp_path / "data" / "roster.xlsx").read_bytes() == before
    assert not (tmp_path / "data" / "posts.xlsx").exists()


@pytest.mark.parametrize(
    ("locale", "said", "heading"), [("zh_CN.UTF-8", "已写入", "届次"), ("en_GB.UTF-8", "Written", "Term")]
)
def test_the_command_speaks_the_readers_language(tmp_path, monkeypatch, locale, said, heading):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", locale)
    done = CliRunner().invoke(main, ["template", "roster", "--out", str(tmp_path / "new")])
    assert (done.exit_code, said in done.output) == (0, True)
    sheet = openpyxl.load_workbook(tmp_path / "new" / "data" / "roster.xlsx").worksheets[0]
    assert heading in [cell.value for cell in sheet[1]]


def test_a_template_that_there_is_not_is_refused(tmp_path):
    done = CliRunner().invoke(main, ["template", "rooster", "--lang", "en", "--out", str(tmp_path / "new")])
    assert done.exit_code == 2
    assert "roster" in done.output
    assert not (tmp_path / "new").exists()


def test_every_column_of_a_template_has_a_note_and_an_example_in_both_languages():
    for kind in sheets.REGISTERS:
        for column in sheets.columns(kind):
            for language in LANGUAGES:
                assert sheets.note(kind, column, language)
                assert sheets.example(column, language)
