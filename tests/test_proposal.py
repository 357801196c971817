"""study init: from files to a study, with the questions that only a person can answer."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analysis import proposal, study
from analysis.cli import main
from analysis.errors import StudyError
from analysis.proposal import asking, widgets, writing
from analysis.proposal.draft import Draft
from analysis.proposal.place import Place
from analysis.proposal.questions import Question, in_words
from analysis.reading.convert import MISSING
from analysis.settings import Settings, load
from analysis.study import ROOT

ORIGIN = {
    "origin.owner": "某街道",
    "origin.licence": "not for release",
    "origin.date": "2021",
    "origin.sampling": "全部",
    "origin.sampling_kind": "census",
}
SURVEY = ["编号", "所在社区", "您的性别", "年龄", "文化程度", "物业满意度", "环境卫生满意度", "备注"]
GRADES = ["非常满意", "比较满意", "一般", "不太满意", "非常不满意"]


def survey(rows: int = 60, **columns: list[str]) -> str:
    """A survey by its columns, each answer coming round again."""
    made = {
        "编号": [f"R{row:03d}" for row in range(1, rows + 1)],
        "所在社区": ["东湖", "西湖", "滨江"],
        "您的性别": ["男", "女"],
        "年龄": [str(age) for age in range(20, 70)],
        "文化程度": ["初中", "高中", "本科"],
        "物业满意度": GRADES,
        "环境卫生满意度": [*GRADES, "说不清"],
    } | columns
    lines = [",".join(answers[row % len(answers)] for answers in made.values()) for row in range(rows)]
    return "\n".join([",".join(made), *lines]) + "\n"


@pytest.fixture
def proposed(tmp_path):
    """A function that proposes a study from texts of files, writes it, and returns its folder and the draft."""

    def propose(files: dict[str, str], answers: dict[str, str] | None = None, **encoded) -> tuple[Path, Draft]:
        data = tmp_path / "data"
        data.mkdir(exist_ok=True)
        for name, text in files.items():
            (data / name).write_text(text, encoding="utf-8")
        looked = proposal.looked_at([data / name for name in files])
        draft = proposal.drafted(looked, "mine", answers or {})
        place = Place.of([data / name for name in files], "mine", str(tmp_path / "mine"))
        writing.write(draft, place, "en")
        return place.folder, draft

    return propose


def open_ids(draft: Draft) -> list[str]:
    return [question.id for question in draft.questions if question.must]


def test_the_nanchang_files_make_the_tables_of_the_shipped_study(tmp_path):
    files = sorted((ROOT / "data" / "raw" / "nanchang").glob("*.csv"))
    looked = proposal.looked_at(files)
    # Nothing but the days of the terms and what is known of the data is asked.
    days = {"terms.2012": "2012-07-01", "terms.2015": "2015-07-01", "terms.2018": "2018-07-01"}
    draft = proposal.drafted(looked, "n", {})
    assert open_ids(draft) == [*days, *ORIGIN]
    assert [question.proposed for question in draft.questions[:3]] == [
        "2012-07-01/2015-07-01",
        "2015-07-01/2018-07-01",
        "2018-07-01/2021-07-01",
    ]
    answers = {question.id: question.proposed for question in draft.questions[:3]} | ORIGIN
    place = Place.of(files, "n", str(tmp_path / "n"))
    writing.write(proposal.drafted(looked, "n", answers), place, "zh")
    mine, shipped = study.open(str(place.folder)).reading.tables, study.read("nanchang").reading.tables
    assert set(mine) == set(shipped)
    for table, frame in mine.items():
        values = [column for column in shipped[table] if not column.endswith(MISSING)]
        pd.testing.assert_frame_equal(frame[values], shipped[table][values])


def test_an_open_question_stops_every_command(proposed):
    folder, _ = proposed({"a.csv": survey()})
    for command in (["check"], ["report"], ["measures"], ["batch"]):
        result = CliRunner().invoke(main, [*command, str(folder)], env={"LANG": "C"})
        assert result.exit_code == 2
        assert "weights: No weights were found." in result.stderr
        assert "(none)" in result.stderr


def test_a_survey_of_chinese_words_is_read_whole(proposed):
    folder, draft = proposed({"a.csv": survey()}, {"weights": "none"} | ORIGIN)
    assert open_ids(draft) == []
    opened = study.open(str(folder))
    respondents, satisfaction = opened.table("respondents"), opened.table("satisfaction")
    assert len(respondents) == 60
    assert respondents["education"].value_counts().to_dict() == {
        "junior_secondary": 20,
        "senior_secondary": 20,
        "bachelor": 20,
    }
    assert set(satisfaction["item"]) == {"物业满意度", "环境卫生满意度"}
    # Row 4 of the answers is 不太满意; every sixth of the second item is 说不清.
    assert satisfaction["score"].iloc[3] == "dissatisfied"
    assert (satisfaction["score" + MISSING] == "dont_know").sum() == 10
    assert opened.design("respondents").weights is None
    assert load(folder / "study.yml", Settings).chapters == ["1_data_quality", "6_satisfaction", "10_paper_tables"]


def test_every_guess_is_written_with_its_reason_and_every_other_column_named(proposed):
    folder, _ = proposed({"a.csv": survey(手机号=[f"1380000{row:04d}" for row in range(60)])})
    text = (folder / "study.yml").read_text(encoding="utf-8")
    assert "sex: 您的性别  # 1.00; the same name" in text
    assert "手机号: identifies persons" in text
    assert "1380000" not in text


def test_codes_of_sex_are_not_guessed(proposed):
    folder, draft = proposed({"a.csv": survey(您的性别=["1", "2"])})
    question = next(one for one in draft.questions if one.id == "codes.a.csv.sex")
    assert question.choices == ("1=female, 2=male", "1=male, 2=female", "-")
    assert "sex" not in draft.tables["respondents"][0].columns
    chosen = proposal.drafted(
        proposal.looked_at([folder.parent / "data" / "a.csv"]), "m", {question.id: "1=male, 2=female"}
    )
    assert chosen.tables["respondents"][0].columns["sex"].values == {"1": "male", "2": "female"}


def test_the_direction_of_codes_is_not_guessed(proposed):
    codes = ["1", "2", "3", "4", "5"]
    folder, draft = proposed({"a.csv": survey(物业满意度=codes)})
    question = next(one for one in draft.questions if one.id == "direction.a.csv.物业满意度")
    assert not question.must
    items = draft.tables["satisfaction"][0].items
    assert items is not None and set(items.levels) == {"环境卫生满意度"}
    looked = proposal.looked_at([folder.parent / "data" / "a.csv"])
    chosen = proposal.drafted(looked, "m", {question.id: "very_satisfied…very_dissatisfied"})
    values = chosen.tables["satisfaction"][0].items.levels["物业满意度"]["score"].values
    assert (values["1"], values["5"]) == ("very_satisfied", "very_dissatisfied")


def test_a_level_without_a_word_is_asked_for_with_the_most_similar_one(proposed):
    _, draft = proposed({"a.csv": survey(文化程度=["初中", "大学本科学历", "高中"])})
    question = next(one for one in draft.questions if one.id.startswith("values."))
    assert (question.proposed, question.must) == ("bachelor", True)


def test_weights_are_found_or_asked_for(proposed):
    _, without = proposed({"a.csv": survey()})
    assert without.design == {"weights": "none"}
    assert "weights" in open_ids(without)


def test_weights_that_are_found_are_the_design(proposed):
    _, draft = proposed({"a.csv": survey(权重=["0.8", "1.25", "0.95"])})
    assert draft.design == {"weights": "weight"}
    assert "weights" not in open_ids(draft)


def test_one_community_for_all_can_be_said(proposed):
    text = survey().replace("所在社区", "x")
    folder, draft = proposed({"a.csv": text})
    assert "community.a.csv" in open_ids(draft)
    looked = proposal.looked_at([folder.parent / "data" / "a.csv"])
    said = proposal.drafted(looked, "m", {"community.a.csv": "all"})
    assert said.tables["respondents"][0].set == {"wave": "first", "community_id": "all"}
    assert proposal.drafted(looked, "m", {"community.a.csv": "x"}).columns_of("respondents") >= {"community_id"}


def test_a_second_file_of_respondents_is_a_question(proposed):
    _, draft = proposed({"a.csv": survey(), "b.csv": survey()})
    assert [source.set["wave"] for source in draft.tables["respondents"]] == ["first", "second"]
    assert "wave.b.csv" in open_ids(draft)


def test_options_are_activities_where_their_words_say_so(proposed):
    options = {
        "8、您参加过哪些活动(文体活动)": ["1", "0", "1"],
        "8、您参加过哪些活动(议事协商)": ["0", "0", "1", "1"],
    }
    folder, draft = proposed({"a.csv": survey(**options)}, {"weights": "none"} | ORIGIN)
    assert draft.columns_of("participation") == {"respondent_id", "wave", "activity", "took_part"}
    taken = study.open(str(folder)).table("participation").groupby("activity")["took_part"].sum().to_dict()
    assert taken == {"culture_sport": 40, "deliberation": 30}  # two of three rows, and two of four


def test_blanks_of_options_are_asked_for(proposed):
    options = {"8、参加的活动(文体活动)": ["1", ""], "8、参加的活动(议事协商)": ["", "", "1"]}
    folder, draft = proposed({"a.csv": survey(**options)})
    question = next(one for one in draft.questions if one.id.startswith("blank."))
    assert (question.must, question.choices) == (True, ("not_chosen", "not_asked"))
    looked = proposal.looked_at([folder.parent / "data" / "a.csv"])
    for said, written in (("not_chosen", {"": "false", "0": "false", "1": "true"}), ("not_asked", {})):
        cell = (
            proposal.drafted(looked, "m", {question.id: said}).tables["participation"][0].items.levels["culture_sport"]
        )
        assert cell["took_part"].values == written
        assert cell["took_part"].missing.get("") == (said if said == "not_asked" else None)


def test_a_roster_without_ids_follows_persons_by_name_and_birth(proposed, roster_text):
    lines = [line.split(",") for line in roster_text.splitlines()]
    without = "\n".join(",".join(cells[:1] + cells[2:]) for cells in lines) + "\n"
    answers = {"terms.2015": "2015-07-01/2018-07-01", "terms.2018": "2018-07-01/2021-07-01"} | ORIGIN
    folder, draft = proposed({"roster.csv": without}, answers)
    assert draft.linkage == [["name", "birth_date"]]
    assert study.open(str(folder)).table("roster")["person_id"].nunique() == 12


def test_candidates_make_a_roster_of_the_elected(proposed):
    text = "社区,姓名,届次,当选,得票数\n" + "".join(
        f"社区{place % 4},候选人{place},{2018 + 3 * (place % 2)},{'是' if place % 3 else '否'},{100 + 7 * place}\n"
        for place in range(40)
    )
    _, draft = proposed({"a.csv": text})
    assert [*draft.tables] == ["candidacies"]
    assert draft.is_derived_roster


def test_every_sheet_with_data_is_a_file(tmp_path, proposed, roster_text):
    book = tmp_path / "book.xlsx"
    with pd.ExcelWriter(book) as writer:
        for sheet, text in (
            ("名册", roster_text),
            ("台账", "社区编号,年份,纸质台账\nC1,2014,100\nC2,2014,90\nC3,2015,80\n"),
        ):
            lines = [line.split(",") for line in text.splitlines()]
            pd.DataFrame(lines[1:], columns=lines[0]).to_excel(writer, sheet_name=sheet, index=False)
        pd.DataFrame().to_excel(writer, sheet_name="空")
    draft = proposal.drafted(proposal.looked_at([book]), "m", {})
    assert {table: sources[0].sheet for table, sources in draft.tables.items()} == {"roster": "名册", "ledgers": "台账"}


def test_at_the_terminal_every_question_is_asked_until_an_answer_fits(proposed, monkeypatch, tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    (data / "a.csv").write_text(survey(您的性别=["1", "2"]), encoding="utf-8")
    answers = iter(["x", "2", "1", "街道", "?", "2021", "全部", "4"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: next(answers))
    draft = asking.answered(proposal.looked_at([data / "a.csv"]), "m", "zh")
    assert draft.tables["respondents"][0].columns["sex"].values == {"1": "male", "2": "female"}
    assert (draft.origin["owner"], draft.origin["sampling_kind"]) == ("街道", "census")
    assert open_ids(draft) == ["origin.licence"]  # left open by ?


def test_choices_are_said_in_words():
    assert in_words("1=male, 2=female", "zh") == "1=male, 2=female（1=男, 2=女）"
    assert in_words("quota", "en") == "quota (a quota sample)"
    assert in_words("街道", "en") == "街道"


def test_a_term_is_two_days(monkeypatch):
    answers = iter(["2018", "2018-07-01/2021-07-01"])
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda *_: next(answers))
    assert asking._asked(Question("terms.2018", "ask_term", {"term": "2018", "proposed": "–"}), "en").startswith(
        "2018-07"
    )


def test_the_command_writes_what_it_found_and_never_over_a_study(tmp_path):
    (tmp_path / "a.csv").write_text(survey(), encoding="utf-8")
    command = ["init", str(tmp_path / "a.csv"), "--out", str(tmp_path / "a"), "--yes"]
    first = CliRunner().invoke(main, command, env={"LANG": "zh_CN.UTF-8"})
    assert first.exit_code == 0, first.output
    for said in ("a.csv → 受访者", "没有权数：估计值将不加权", "尚不能计算 2_turnover：缺少至少两届的工作人员名册"):
        assert said in first.output
    written = (tmp_path / "a" / "study.yml").read_bytes()
    again = CliRunner().invoke(main, command, env={"LANG": "C"})
    assert (again.exit_code, (tmp_path / "a" / "study.yml").read_bytes()) == (2, written)
    assert "There is a study already." in again.stderr
    # The files lie beside the study's folder, which is called as they would be.
    assert yaml.safe_load(written)["data_dir"] == ".."


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", "file_empty"),
        ("编号,姓名\n", "file_empty"),
        ('a,b\n1,"2\n', "quote_unclosed"),
        ("a,a\n1,2\n", "column_twice"),
    ],
)
def test_a_file_that_cannot_be_read_is_an_error(tmp_path, content, error):
    (tmp_path / "a.csv").write_text(content, encoding="utf-8")
    with pytest.raises(StudyError) as caught:
        proposal.looked_at([tmp_path / "a.csv"])
    assert caught.value.key == error


def test_files_must_be_there_and_lie_together(tmp_path):
    with pytest.raises(StudyError) as caught:
        proposal.looked_at([tmp_path / "nothing.csv"])
    assert caught.value.key == "file_missing"
    (tmp_path / "b").mkdir()
    with pytest.raises(StudyError) as caught:
        proposal.looked_at([tmp_path / "a.csv", tmp_path / "b" / "c.csv"])
    assert caught.value.key == "init_folders"


NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(NAMES, NAMES), min_size=1, max_size=6))
def test_what_is_written_reads_back_as_it_was(pairs):
    values = dict(pairs)
    written = f"values: {writing._flow(values)}\nlisted: {writing._flow([*values])}\n"
    read = yaml.load(written, Loader=yaml.BaseLoader)
    assert read == {"values": values, "listed": [*values]}


@given(NAMES)
def test_a_comment_stays_one_line(text):
    assert yaml.load("a: b  # " + writing._one_line(text) + "\nc: d\n", Loader=yaml.BaseLoader) == {"a": "b", "c": "d"}


@given(
    st.lists(
        st.tuples(
            NAMES,
            st.lists(st.sampled_from(["1", "2", "满意", "", "x", "-9", "2014-01-01", "是"]), min_size=4, max_size=4),
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda column: column[0],
    )
)
def test_any_table_makes_a_study_that_loads(columns):
    from analysis.proposal.profile import profile
    from analysis.reading.formats.raw import Raw

    rows = pd.DataFrame(dict(columns), dtype="str")
    looked = [proposal.Looked(ROOT / "README.md", "", profile("README.md", Raw(rows, [])))]
    text = writing.study_text(proposal.drafted(looked, "m", {}), "..", "zh")
    Settings.model_validate(yaml.load(text, Loader=yaml.BaseLoader) | {"questions": []}, strict=False)


def test_the_table_of_guesses_has_a_row_for_every_column(proposed):
    _, draft = proposed({"a.csv": survey(x=["p", "q", "r"])})
    table = widgets.guesses(draft, "en").set_index("Column")
    assert table.loc["您的性别", ["Kind", "Read as"]].tolist() == ["two answers", "respondents.sex"]
    assert table.loc["物业满意度", "Read as"] == "satisfaction.score"
    assert table.loc["x", ["Kind", "Read as"]].tolist() == ["categories", "not read"]


def test_the_form_asks_and_writes(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.proposal.place.ROOT", tmp_path)
    (tmp_path / "raw" / "mine").mkdir(parents=True)
    (tmp_path / "raw" / "mine" / "a.csv").write_text(survey(您的性别=["1", "2"]), encoding="utf-8")
    form = widgets.Form(tmp_path / "raw", "zh")
    form.shown()
    form.files.value = (tmp_path / "raw" / "mine" / "a.csv",)
    form.name.value = "mine"
    form.look.click()
    fields = {field.tooltip: field for field in form.questions.children}
    assert list(fields) == ["codes.a.csv.sex", "weights", *ORIGIN]
    for name, answer in {"codes.a.csv.sex": "1=male, 2=female", "weights": "none", **ORIGIN}.items():
        next(field for field in form.questions.children if field.tooltip == name).value = answer
    form.write.click()
    assert "study check mine" in form.told.value
    settings = load(tmp_path / "studies" / "mine" / "study.yml", Settings)
    assert settings.questions == []
    assert settings.tables["respondents"].files[0].columns["sex"].values == {"1": "male", "2": "female"}
    form.write.click()  # a second time
    assert "此处已有一项研究" in form.told.value
