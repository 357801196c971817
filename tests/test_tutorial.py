"""docs/tutorial, in both languages: its commands on its own files, as a reader copies them."""

import re
import shlex
import subprocess

import openpyxl
import pytest
from click.testing import CliRunner

from analysis import cli, locations, proposal, study
from analysis.locations import ROOT
from analysis.proposal import place
from analysis.simulate import answer_sheets

LANG = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}
TEXTS = {"en": "tutorial.md", "zh": "tutorial.zh.md"}
STUDY = ".venv/bin/study "
SLOW = "report"
"""A command that is only looked at: a page takes a while, and has tests of its own."""


def text_of(language):
    return (ROOT / "docs" / TEXTS[language]).read_text(encoding="utf-8")


def blocks(language, kind):
    """What stands between fences of a kind."""
    return re.findall(rf"^```{kind}\n(.*?)^```$", text_of(language), re.MULTILINE | re.DOTALL)


def table(language, number):
    """The cells of a table of the text, without its header's rule."""
    found = re.findall(r"(?:^\|.*\|\n)+", text_of(language), re.MULTILINE)[number]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in found.splitlines()]
    return [rows[0], *rows[2:]]


@pytest.fixture(params=LANG)
def language(request):
    return request.param


@pytest.fixture
def reader(tmp_path, monkeypatch, language):
    """A function that does what a block of commands says, in a checkout without studies, and gives all that was said."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "examples").symlink_to(ROOT / "data" / "examples")
    for module in (locations, place, study):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "data" / "processed")
    monkeypatch.setattr(place, "RAW", tmp_path / "data" / "raw")
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    monkeypatch.chdir(tmp_path)

    def follow(block, typed="", status=0):
        said = ""
        for line in block.splitlines():
            if not line.startswith(STUDY):
                subprocess.run(["sh", "-c", line], check=True)
                continue
            command = shlex.split(line.removeprefix(STUDY))
            if command[0] == SLOW:
                assert study.open(command[1]).name == command[1]
                continue
            result = CliRunner().invoke(cli.main, command, input=typed, env={"LANG": LANG[language]})
            assert result.exit_code == status, result.output
            said += result.output
        return said

    return follow


def test_answers_become_a_study_that_one_correction_mends(reader, language, tmp_path):
    init, check, again, numbers, *_ = blocks(language, "sh")
    answers = [row[1].strip("`") for row in table(language, 0)[1:]]
    told = reader(init, "\n".join(answers) + "\n")
    assert "study check my_survey" in told
    # What the terminal shows is what the text shows.
    (shown,) = blocks(language, "text")
    said = reader(check, status=2)
    for line in shown.splitlines():
        assert line in said, said
    (correction,) = blocks(language, "yaml")
    path, _, _ = correction.removeprefix("# ").partition("\n")
    (tmp_path / path).write_text(correction, encoding="utf-8")
    reader(again)
    mine = study.open("my_survey")
    # data/examples/README.md: 240 sheets; each has 4 activities and 7 items.
    assert {name: len(frame) for name, frame in mine.reading.tables.items()} == {
        "respondents": 240,
        "participation": 4 * 240,
        "satisfaction": 7 * 240,
    }
    assert mine.settings.chapters == ["1_data_quality", "5_participation", "6_satisfaction", "10_paper_tables"]
    assert mine.origin.sampling_kind == "convenience"
    assert "participation_rate" in reader(numbers)


def test_a_roster_is_typed_into_its_template(reader, language, tmp_path):
    *_, template, check = blocks(language, "sh")
    reader(template)
    path = tmp_path / "studies" / "my_roster" / "data" / "roster.xlsx"
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    headings = {cell.value: cell.column for cell in sheet[1]}
    header, *rows = table(language, 1)
    for number, row in enumerate(rows, 2):
        for heading, text in zip(header, row, strict=True):
            sheet.cell(number, headings[heading], text)
    book.save(path)
    reader(check)
    roster = study.open("my_roster").table("roster")
    # The table of the text: ten rows, seven persons, of whom three are there in both terms.
    assert (len(roster), roster["person_id"].nunique()) == (10, 7)
    terms = roster.groupby("term")["person_id"].agg(set)
    assert terms["2021"] & terms["2024"] == {"P01", "P03", "P05"}


def test_both_texts_have_the_same_commands():
    def commands(language):
        found = "".join(blocks(language, "sh"))
        return found.replace(f"answers.{language}", "answers").replace(f"--lang {language}", "--lang")

    assert commands("en") == commands("zh")
    assert blocks("en", "python") == blocks("zh", "python")


def test_the_example_files_are_what_the_seed_makes(tmp_path):
    answer_sheets.write(tmp_path)
    for made in tmp_path.iterdir():
        rows = [
            [*openpyxl.load_workbook(path).active.values] for path in (made, ROOT / "data" / "examples" / made.name)
        ]
        assert len(rows[0]) == 241
        assert rows[0] == rows[1]


def test_none_of_these_is_no_activity():
    looked = proposal.looked_at([ROOT / "data" / "examples" / "answers.en.xlsx"])
    items = proposal.drafted(looked, "m", {}).tables["participation"][0].items
    assert items is not None
    assert {*items.levels} == {"culture_sport", "political", "public_benefit", "deliberation"}
