"""`study check`: every problem of a study's files with its place and what to do; marked copies of the files.

The small study of conftest has 17 rows; its first person stands in row 2, the role in column E, the sex in F.
"""

import io
import json
import re
from collections import namedtuple

import openpyxl
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.chart import BarChart
from python_calamine import CalamineWorkbook

from analysis import checking, cli, locations, study
from analysis.catalogue import LANGUAGES, entries
from analysis.reporting import problems, workbooks

Ended = namedtuple("Ended", "status out err")
HOSTILE = '=HYPERLINK("http://x"),<script>alert(1)</script>'


@pytest.fixture
def check(monkeypatch, tmp_path):
    """A function that checks a study and returns how it ended; what it writes is below tmp_path."""
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "root" / "data" / "processed")
    for name in ("LC_ALL", "LC_MESSAGES", "STUDY_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)

    def call(folder, *arguments, lang="C.UTF-8"):
        result = CliRunner().invoke(cli.main, ["check", str(folder), *map(str, arguments)], env={"LANG": lang})
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return Ended(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def workbook_study(make_study, roster_text):
    """A function that makes the small study with its roster in a workbook, of which a function may change the sheet."""

    def make(change=lambda sheet: None, **file):
        folder = make_study(file={"file": "roster.xlsx", **file})
        workbook = openpyxl.Workbook()
        workbook.active.title = "名册"
        for row in roster_text.splitlines():
            workbook.active.append(row.split(","))
        change(workbook.active)
        workbook.save(folder / "data" / "roster.xlsx")
        return folder

    return make


def found(folder):
    """The problems of a study by their severity, rule, sheet and cell."""
    frame = checking.problems(study.read(str(folder)))
    return frame[["severity", "rule", "sheet", "cell"]].to_numpy().tolist()


def respondents(make_study, **columns):
    """A study of thirty respondents with these columns, each as a list of thirty texts or one for all."""
    names = ["respondent_id", "community_id", "wave", *columns]
    values = {"community_id": "C1", "wave": "first", **columns}
    rows = [
        [f"R{i:02}", *((given if isinstance(given, str) else given[i]) for given in values.values())] for i in range(30)
    ]
    text = "\n".join([",".join(names), *map(",".join, rows)]) + "\n"
    tables = {"respondents": {"files": [{"file": "people.csv", "columns": {name: name for name in names}}]}}
    folder = make_study(settings={"tables": tables, "terms": None, "observed_until": None, "waves": ["first"]})
    (folder / "data" / "people.csv").write_text(text, encoding="utf-8")
    return folder


class TestPlaces:
    def test_a_cell_is_named_as_a_spreadsheet_shows_it(self, make_study, roster_text):
        folder = make_study(roster_text.replace("李强,居委会主任", "李强,楼长"))
        assert found(folder) == [["stops", "level", "", "E3"]]

    def test_a_row_that_could_not_be_read_is_named_as_a_row(self, make_study, roster_text):
        assert found(make_study(roster_text.replace("李强,", "", 1))) == [["stops", "field_count", "", "3:3"]]

    def test_a_workbook_names_its_sheet(self, workbook_study):
        folder = workbook_study(lambda sheet: sheet.cell(3, 5, "楼长"))
        assert found(folder) == [["stops", "level", "名册", "E3"]]

    def test_columns_without_a_name_are_counted_as_columns(self, workbook_study):
        def change(sheet):
            sheet.insert_cols(1)
            sheet.cell(3, 6, "楼长")

        assert found(workbook_study(change)) == [["stops", "level", "名册", "F3"]]

    def test_two_sheets_of_one_file_are_told_apart(self, workbook_study):
        def change(sheet):
            other = sheet.parent.create_sheet("later")
            for row in [*sheet.iter_rows(min_row=1, max_row=1), *sheet.iter_rows(min_row=10)]:
                other.append([cell.value for cell in row])
            sheet.delete_rows(10, 20)
            sheet.cell(3, 5, "楼长")
            other.cell(3, 6, "?")

        folder = workbook_study(change)
        settings = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
        (source,) = settings["tables"]["roster"]["files"]
        settings["tables"]["roster"]["files"] = [source | {"sheet": name} for name in ("名册", "later")]
        (folder / "study.yml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        assert found(folder) == [["stops", "level", "later", "F3"], ["stops", "level", "名册", "E3"]]

    def test_columns_that_are_joined_are_both_named(self, make_study, roster_text):
        lines = [line + "," + ("月" if i == 0 else "x") for i, line in enumerate(roster_text.splitlines())]
        folder = make_study("\n".join(lines), columns={"posts_held": {"columns": ["兼任岗位数", "月"]}})
        assert found(folder)[0] == ["stops", "number", "", "L2, M2"]

    def test_the_row_is_named_by_its_ids(self, make_study, roster_text):
        frame = checking.problems(study.read(str(make_study(roster_text.replace("李强,居委会主任", "李强,楼长")))))
        assert frame["id"].tolist() == ["C1 P02"]

    def test_a_breach_that_only_all_rows_show_has_its_place_too(self, make_study, roster_text):
        again = "C1,P02,2015,李强,网格员,男,1962-11-30,大专,是,2015-07-01,,1\n"
        assert found(make_study(roster_text + again)) == [
            ["stops", "duplicate", "", "A3"],
            ["stops", "duplicate", "", "A19"],
        ]

    def test_a_wide_file_names_item_and_question(self, make_study):
        text = "id,水,路\nR1,满意,满意\nR2,满意,好\n"
        items = {"column": "item", "levels": {"water": {"score": "水"}, "roads": {"score": "路"}}}
        levels = {"item": {"water": {"zh": "供水", "en": "Water"}, "roads": {"zh": "道路", "en": "Roads"}}}
        source = {"file": "wide.csv", "set": {"wave": "first"}, "columns": {"respondent_id": "id"}, "items": items}
        tables = {"satisfaction": {"files": [source]}}
        changes = {"tables": tables, "terms": None, "observed_until": None, "waves": ["first"], "levels": levels}
        folder = make_study(settings=changes)
        (folder / "data" / "wide.csv").write_text(text, encoding="utf-8")
        report = problems.of(study.read(str(folder)), "zh")
        row = report.problems.iloc[0]
        assert (row["cell"], row["item"], row["id"], row["value"]) == ("C3", "roads", "R2", "好")
        assert "道路" in row["asked"]


class TestSeverity:
    def test_worst_first(self, make_study, roster_text):
        folder = make_study(
            roster_text.replace("李强,居委会主任", "李强,楼长").replace("兼任岗位数", "兼任岗位数,备注").replace("\n", ",\n")
            .replace("备注,", "备注", 1)
        )  # fmt: skip
        assert [severity for severity, *_ in found(folder)] == ["stops", "note"]

    def test_rows_that_somebody_accepts_do_not_stop_the_study(self, make_study, roster_text, check):
        folder = make_study(roster_text.replace("李强,居委会主任", "李强,楼长"), table={"set_aside": 1})
        assert found(folder) == [["set_aside", "level", "", "E3"]]
        assert check(folder).status == 0

    def test_a_study_without_a_fault_has_nothing_to_mend(self, make_study, check, tmp_path):
        ended = check(make_study())
        assert ended.status == 0
        assert "There is nothing to mend." in ended.out
        assert "There is nothing to mend." in (tmp_path / "root/data/processed/small_study/check.html").read_text(
            "utf-8"
        )
        assert "没有需要改正之处。" in check(make_study(name="other"), lang="zh_CN.UTF-8").out


class TestSuspicions:
    def test_a_column_that_is_almost_empty(self, make_study):
        folder = respondents(make_study, income=["1200", *[""] * 29])
        assert found(folder) == [["warning", "almost_empty", "", "D:D"]]

    def test_many_blank_cells_without_a_reason(self, make_study):
        # 1 of 30 is less than a twentieth, 2 of 30 are more.
        assert found(respondents(make_study, income=["", *["1200"] * 29])) == []

    def test_two_blank_cells_of_thirty_are_many(self, make_study):
        folder = respondents(make_study, income=["", "", *["1200"] * 28])
        assert found(folder) == [["warning", "many_blank", "", "D:D"]]

    def test_a_number_that_looks_like_a_code(self, make_study):
        folder = respondents(make_study, age_years=["999", *map(str, range(20, 49))])
        frame = checking.problems(study.read(str(folder)))
        assert frame[["rule", "value", "count"]].to_numpy().tolist() == [["looks_like_code", "999", 1]]

    def test_an_age_beyond_every_life(self, make_study):
        # 1956 is a year of birth; it is no code.
        folder = respondents(make_study, age_years=["1956", *map(str, range(20, 49))])
        frame = checking.problems(study.read(str(folder)))
        assert frame[["rule", "value", "count"]].to_numpy().tolist() == [["implausible_age", "1956", 1]]

    def test_an_age_of_ninety_nine_among_the_old_is_an_age(self, make_study):
        assert found(respondents(make_study, age_years=["99", *map(str, range(60, 89))])) == []

    def test_a_level_that_is_mapped_and_that_nobody_chose(self, make_study, roster_text):
        values = {"女": "female", "男": "male", "M": "male"}
        assert found(make_study(columns={"sex": {"column": "性别", "values": values}})) == []

    def test_a_level_that_nobody_has_is_named(self, make_study, roster_text):
        values = {"女": "female", "男": "male"}
        folder = make_study(roster_text.replace(",男,", ",女,"), columns={"sex": {"column": "性别", "values": values}})
        report = problems.of(study.read(str(folder)), "zh")
        assert report.problems[["rule", "value"]].to_numpy().tolist() == [["level_unchosen", "男"]]

    def test_answers_of_nobody(self, make_study):
        folder = respondents(make_study)
        text = "respondent_id,wave,activity,took_part\n" + "".join(
            f"R{i:02},first,political,是\n" for i in range(28, 33)
        )
        (folder / "data" / "acts.csv").write_text(text, encoding="utf-8")
        settings = (folder / "study.yml").read_text("utf-8")
        extra = (
            "  participation:\n    files:\n    - file: acts.csv\n      columns: {respondent_id: respondent_id, wave: wave, "
            "activity: activity, took_part: took_part}\n"
        )
        (folder / "study.yml").write_text(settings.replace("tables:\n", "tables:\n" + extra), encoding="utf-8")
        frame = checking.problems(study.read(str(folder)))
        # R28 and R29 are among the thirty, R30, R31 and R32 are not.
        assert frame[["rule", "count"]].to_numpy().tolist() == [["respondent_unknown", 3]]

    def test_an_answer_that_breaks_a_skip_rule_is_told_with_its_cell(self, make_study):
        # R00 says no and gives an income all the same; all others say yes.
        folder = respondents(make_study, is_migrant=["否", *["是"] * 29], income="1200")
        settings = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
        settings["skips"] = [{"question": "income", "asked_where": {"is_migrant": "true"}, "source": "by hand"}]
        (folder / "study.yml").write_text(yaml.safe_dump(settings, allow_unicode=True), encoding="utf-8")
        assert found(folder) == [["warning", "answered_unasked", "", "E2"]]

    def test_suspicions_change_no_table(self, make_study):
        folder = respondents(make_study, age_years=["999", *map(str, range(20, 49))])
        assert study.read(str(folder)).table("respondents")["age_years"].max() == 999


class TestTerminal:
    def test_a_rule_is_said_once_with_what_to_do_and_then_where(self, make_study, roster_text, check):
        folder = make_study(
            roster_text.replace("李强,居委会主任", "李强,楼长").replace("张敏,网格员,女", "张敏,楼长,女")
        )
        told = check(folder, lang="zh_CN.UTF-8").out
        assert told.count("不是已知的类别") == told.count("→ 改为下列类别之一") == 1
        assert "roster.csv E3 (C1 P02)、E4 (C1 P03)：岗位 “楼长”" in told

    def test_ten_thousand_faults_are_a_screen_and_how_many_more(self, make_study, roster_text, check):
        header = roster_text.splitlines()[0]
        rows = [f"C1,P{i},2015,某,楼长,?,1970-01-{i},x,z,a,,-{i}" for i in range(2500)]
        folder = make_study("\n".join([header, *rows]))
        ended = check(folder)
        shown = ended.out[ended.out.index("To be mended") : ended.out.index("All of it is in")].splitlines()
        assert len(shown) <= problems.SCREEN + problems.OF_A_RULE + 2
        assert "roster.csv E2 (C1 P0), E3 (C1 P1), E4 (C1 P2) … (+2497): Role '楼长'" in ended.out
        # In 2,500 rows role, sex, education, party and start are wrong; in all but the first -0 is; and of the birth
        # dates all but the 31 days of January.
        faults = 5 * 2500 + 2499 + 2469
        content = json.loads(check(folder, "--json").out)["problems"]
        assert sum(one["severity"] == "stops" for one in content) == faults

    def test_one_rule_does_not_hide_the_others(self, make_study, check):
        # Forty items answered wrongly take six lines; the column that nobody uses is told all the same.
        items = [f"i{place}" for place in range(40)]
        levels = {"item": {item: {"zh": item, "en": item} for item in items}}
        of_items = {"column": "item", "levels": {item: {"score": item} for item in items}}
        source = {"file": "wide.csv", "set": {"wave": "first"}, "columns": {"respondent_id": "id"}, "items": of_items}
        changes = {"terms": None, "observed_until": None, "waves": ["first"], "levels": levels}
        folder = make_study(settings={"tables": {"satisfaction": {"files": [source]}}, **changes})
        text = ",".join(["id", *items, "spare"]) + "\n" + ",".join(["R1", *["好"] * 40, "x"]) + "\n"
        (folder / "data" / "wide.csv").write_text(text, encoding="utf-8")
        ended = check(folder)
        assert ended.out.count("'好'") == problems.OF_A_RULE
        assert "wide.csv AP:AP: 'spare'" in ended.out
        assert "and 34 more, in" in ended.out

    def test_names_of_persons_are_not_repeated(self, make_study, roster_text, check, tmp_path):
        folder = make_study(roster_text.replace("1962-11-30", "1962年冬"))
        ended = check(folder)
        assert "1962年冬" not in ended.out + ended.err
        assert "G3 (C1 P02): Date of birth '…'" in ended.out
        for name in ("check.html", "check.xlsx"):
            assert "1962年冬".encode() not in (tmp_path / "root/data/processed/small_study" / name).read_bytes()

    @given(st.text(max_size=80))
    def test_no_value_writes_to_the_terminal_more_than_its_letters(self, value):
        shown = problems._short(value)
        assert len(shown) <= problems.OF_A_VALUE
        assert not problems.CONTROL.search(shown)


class TestFiles:
    def test_json_has_keys_and_words(self, make_study, roster_text, check):
        folder = make_study(roster_text.replace("李强,居委会主任", "李强,楼长"))
        ended = check(folder, "--json", lang="zh_CN.UTF-8")
        assert ended.status == 2
        content = json.loads(ended.out)
        (problem,) = content["problems"]
        expected = {
            "severity": "stops", "rule": "level", "table": "roster", "file": "roster.csv", "sheet": "", "cell": "E3",
            "row": 3, "column": "岗位", "field": "role", "id": "C1 P02", "value": "楼长", "what": "不是已知的类别",
        }  # fmt: skip
        assert {key: problem[key] for key in expected} == expected
        assert "网格员" in problem["todo"]
        assert (content["counts"][0]["read"], content["counts"][0]["set_aside"]) == (17, 1)

    @pytest.mark.parametrize("is_synthetic", [True, False])
    def test_the_page_of_synthetic_data_says_so(self, make_study, check, tmp_path, is_synthetic):
        folder = make_study()
        origin = yaml.safe_load((folder / "origin.yml").read_text("utf-8")) | {"is_synthetic": is_synthetic}
        (folder / "origin.yml").write_text(yaml.safe_dump(origin), encoding="utf-8")
        check(folder, "--out", tmp_path / "out")
        page = (tmp_path / "out" / "check.html").read_text("utf-8")
        assert ("made by a program" in page) == is_synthetic

    def test_the_page_shows_a_hostile_value_as_text(self, make_study, roster_text, check, tmp_path):
        quoted = '"' + HOSTILE.replace('"', '""') + '"'
        check(make_study(roster_text.replace("李强,居委会主任", f"李强,{quoted}")), "--out", tmp_path / "out")
        page = (tmp_path / "out" / "check.html").read_text("utf-8")
        assert "<script" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
        assert not re.search(r"(src|href)=.?https?:", page)

    def test_the_workbook_has_a_filter_a_frozen_header_and_no_formula(self, make_study, roster_text, check, tmp_path):
        quoted = '"' + HOSTILE.replace('"', '""') + '"'
        check(make_study(roster_text.replace("李强,居委会主任", f"李强,{quoted}")), "--out", tmp_path / "out")
        sheet = openpyxl.load_workbook(tmp_path / "out" / "check.xlsx").active
        heading = {cell.value: cell.column for cell in sheet[1]}
        value = sheet.cell(2, heading["What is written"])
        assert (value.value, value.data_type, value.quotePrefix) == (HOSTILE, "s", True)
        assert sheet.cell(2, heading["Row"]).value == 3
        assert sheet.cell(2, heading["Cell"]).value == "E3"
        assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:L2")

    def test_a_workbook_that_is_cut_says_how_many_more_there_are(self, make_study, roster_text, monkeypatch):
        monkeypatch.setattr(problems, "MOST", 3)
        report = problems.of(study.read(str(make_study(roster_text.replace(",女,", ",?,")))), "en")
        sheet = openpyxl.load_workbook(io.BytesIO(problems.as_workbook(report))).active
        # Eleven rows of the seventeen are women's.
        assert sheet.max_row == 1 + 3 + 1
        assert sheet["A5"].value == "… and 8 more, in quarantine.csv"

    def test_the_same_data_give_the_same_bytes(self, make_study, roster_text):
        report = problems.of(study.read(str(make_study(roster_text.replace("李强,居委会主任", "李强,楼长")))), "zh")
        first = problems.as_workbook(report)
        assert first == problems.as_workbook(report)
        assert workbooks.is_as_written(first)

    def test_what_excel_can_not_keep_is_replaced_and_cut(self):
        book = workbooks.Book("t", "tests")
        workbooks.add_table(book, "s", ["a"], [["x\x00y"], ["z" * 40_000], ["\U00020000" * 20_000]])
        sheet = openpyxl.load_workbook(io.BytesIO(book.as_bytes())).active
        assert sheet["A2"].value == "x�y"
        assert len(sheet["A3"].value) == 32_767
        assert sheet["A3"].value.endswith("…")
        # Excel counts units of UTF-16, of which a letter beyond 65,535 takes two: 16,383 of them and the mark.
        assert len(sheet["A4"].value) == 16_384
        assert sheet["A4"].value.endswith("…")

    @pytest.mark.parametrize("is_streamed", [False, True])
    def test_a_text_is_the_same_text_in_a_workbook(self, is_streamed):
        """XlsxWriter takes a text between <r> and </r> for XML, and Excel _x0041_ for A."""
        texts = ["<r><t>x</t></r>", "<r>&</r>", "<r></r>", "=1+1", " a ", "_x0041_", "a\nb", "http://x.y", "12", "{=1}"]
        book = workbooks.Book("t", "tests", is_streamed=is_streamed)
        workbooks.add_table(book, "s", ["a"], [[text] for text in texts])
        content = book.as_bytes()
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert [sheet.cell(row, 1).value for row in range(2, len(texts) + 2)] == texts
        assert {sheet.cell(row, 1).data_type for row in range(2, len(texts) + 2)} == {"s"}
        grid = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
        assert [row[0] for row in grid[1:]] == texts

    def test_a_study_that_can_not_be_read_is_one_problem(self, make_study, roster_text, check, tmp_path):
        folder = make_study(roster_text.replace("岗位", "职务"))
        ended = check(folder, "--json", "--out", tmp_path / "out")
        assert ended.status == 2
        (problem,) = json.loads(ended.out)["problems"]
        assert (problem["severity"], problem["rule"]) == ("stops", "column_missing")
        assert problem["file"].endswith("roster.csv")
        assert "职务" in problem["todo"]
        assert "column_missing" not in (page := (tmp_path / "out" / "check.html").read_text("utf-8"))
        assert "岗位" in page

    def test_a_page_of_a_former_run_does_not_stay(self, make_study, roster_text, check, tmp_path):
        folder = make_study(roster_text.replace("李强,居委会主任", "李强,楼长"))
        check(folder, "--out", tmp_path / "out")
        (folder / "data" / "roster.csv").write_text("", encoding="utf-8")
        check(folder, "--out", tmp_path / "out")
        assert "楼长" not in (tmp_path / "out" / "check.html").read_text("utf-8")

    def test_nothing_is_written_among_the_files_as_received(self, make_study, check):
        folder = make_study()
        ended = check(folder, "--out", folder / "data" / "checked")
        assert ended.status == 2
        assert "among the files as received" in ended.err
        assert [path.name for path in (folder / "data").iterdir()] == ["roster.csv"]


class TestMarked:
    def copy(self, folder, check, tmp_path, file, *arguments):
        ended = check(folder, "--mark", "--out", tmp_path / "out", *arguments)
        assert f"{file}.marked.xlsx" in ended.out, ended
        return openpyxl.load_workbook(tmp_path / "out" / f"{file}.marked.xlsx")

    def filled(self, sheet):
        return {cell.coordinate for row in sheet.iter_rows() for cell in row if cell.fill.fgColor.rgb == "00FFD9A0"}

    def test_a_workbook_keeps_what_it_has_and_its_faults_are_marked(self, workbook_study, check, tmp_path):
        def change(sheet):
            sheet.cell(3, 5, "楼长")
            sheet["A1"].font = openpyxl.styles.Font(bold=True)
            sheet["M1"] = "合计"
            sheet["M2"] = "=L2+1"
            sheet.column_dimensions["D"].width = 33
            sheet.parent.create_sheet("other")["A1"] = "kept"

        folder = workbook_study(change, sheet="名册")
        before = (folder / "data" / "roster.xlsx").read_bytes()
        sheet = self.copy(folder, check, tmp_path, "roster.xlsx")["名册"]
        assert self.filled(sheet) == {"E3"}
        assert "not a known level" in sheet["E3"].comment.text
        assert "Grid worker" in sheet["E3"].comment.text
        assert (sheet["M2"].value, sheet["A1"].font.bold, sheet.column_dimensions["D"].width) == ("=L2+1", True, 33)
        assert sheet.parent["other"]["A1"].value == "kept"
        assert (folder / "data" / "roster.xlsx").read_bytes() == before

    def test_a_comment_that_stood_there_is_kept(self, workbook_study, check, tmp_path):
        def change(sheet):
            sheet.cell(3, 5, "楼长").comment = openpyxl.comments.Comment("asked twice", "clerk")

        text = self.copy(workbook_study(change), check, tmp_path, "roster.xlsx")["名册"]["E3"].comment.text
        assert text.startswith("asked twice\nnot a known level")

    def test_text_that_begins_like_a_formula_stays_text(self, workbook_study, check, tmp_path):
        def change(sheet):
            sheet.cell(3, 5).value = HOSTILE
            sheet.cell(3, 5).data_type = "s"

        cell = self.copy(workbook_study(change), check, tmp_path, "roster.xlsx")["名册"]["E3"]
        assert (cell.value, cell.data_type) == (HOSTILE, "s")

    def test_csv_becomes_a_sheet_of_text_with_its_rows_and_also_those_that_could_not_be_read(
        self, make_study, roster_text, check, tmp_path
    ):
        text = roster_text.replace("李强,居委会主任", "李强,=1+1").replace("张敏,网格员", "张敏,网,格员", 1)
        sheet = self.copy(make_study(text.replace("P01", "007")), check, tmp_path, "roster.csv")["data"]
        assert [cell.value for cell in sheet[1]][:3] == ["社区编号", "人员编号", "届次"]
        assert (sheet["B2"].value, sheet["E3"].value, sheet["E3"].data_type) == ("007", "=1+1", "s")
        assert self.filled(sheet) == {"E3", *(f"{letter}4" for letter in "ABCDEFGHIJKLM")}
        assert "another number of fields" in sheet["A4"].comment.text

    def test_a_copy_in_which_somebody_worked_is_not_written_over(self, make_study, roster_text, check, tmp_path):
        folder = make_study(roster_text.replace("李强,居委会主任", "李强,楼长"))
        workbook = self.copy(folder, check, tmp_path, "roster.csv")
        check(folder, "--mark", "--out", tmp_path / "out")  # as it was written it may be replaced
        place = tmp_path / "out" / "roster.csv.marked.xlsx"
        workbook["data"]["E3"] = "网格员"
        workbook.save(place)
        before = place.read_bytes()
        ended = check(folder, "--mark", "--out", tmp_path / "out")
        assert ended.status == 2
        assert "Somebody has worked in this marked copy" in ended.err
        assert place.read_bytes() == before

    def test_a_workbook_with_macros_is_refused(self, workbook_study, check, tmp_path):
        folder = workbook_study(lambda sheet: sheet.cell(3, 5, "楼长"))
        (folder / "data" / "roster.xlsx").rename(folder / "data" / "roster.xlsm")
        text = (folder / "study.yml").read_text("utf-8").replace("roster.xlsx", "roster.xlsm")
        (folder / "study.yml").write_text(text, encoding="utf-8")
        ended = check(folder, "--mark", "--out", tmp_path / "out")
        assert ended.status == 2
        assert "with macros" in ended.err
        assert not [*(tmp_path / "out").glob("*.marked.xlsx")]

    def test_a_study_without_faults_has_no_copy(self, make_study, check, tmp_path):
        assert check(make_study(), "--mark", "--out", tmp_path / "out").status == 0
        assert not [*(tmp_path / "out").glob("*.marked.xlsx")]

    def test_merged_cells_are_marked_in_the_first(self, workbook_study, check, tmp_path):
        def change(sheet):
            sheet.merge_cells("E3:E4")
            sheet["E3"] = "楼长"

        folder = workbook_study(change, fill_merged="true")
        assert self.filled(self.copy(folder, check, tmp_path, "roster.xlsx")["名册"]) == {"E3"}

    def test_charts_come_along(self, workbook_study, check, tmp_path):
        def change(sheet):
            sheet.cell(3, 5, "楼长")
            chart = BarChart()
            chart.add_data(openpyxl.chart.Reference(sheet, min_col=12, min_row=1, max_row=5))
            sheet.add_chart(chart, "O2")

        assert len(self.copy(workbook_study(change), check, tmp_path, "roster.xlsx")["名册"]._charts) == 1


class TestWords:
    def test_every_rule_says_what_to_do_in_both_languages(self):
        known = entries("checking")
        rules = {key.removeprefix("rule_") for key in entries("words") if key.startswith("rule_")}
        assert sorted(known["todo"]) == sorted(rules | {*known["suspicion"]})
        for part in known.values():
            for key, words in part.items():
                assert [*words] == list(LANGUAGES), key
                assert all(text.strip() for text in words.values()), key

    def test_every_severity_has_words(self):
        assert tuple(entries("checking")["severity"]) == checking.SEVERITIES
