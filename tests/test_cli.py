"""The command line: what it answers, and how it refuses: with place, consequence and way out, nothing half-written."""

import csv
import gc
import io
import os
import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest
from click.testing import CliRunner
from nbformat import NotebookNode

from analysis import cli, locations
from analysis.errors import RunError
from analysis.reporting import report as reports

# Kernels' sockets and a font stay open until they are collected; a warning of that would hit whichever test runs then.

STUDY = Path(sys.executable).parent / ("study.exe" if os.name == "nt" else "study")
Ended = namedtuple("Ended", "status out err")


@pytest.fixture
def run(monkeypatch, tmp_path):
    """A function that runs a command in this process; what it reads is kept below tmp_path, not in data/processed."""
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "processed_root" / "data" / "processed")
    for name in ("LC_ALL", "LC_MESSAGES", "STUDY_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)

    def call(*arguments, lang="C.UTF-8"):
        result = CliRunner().invoke(cli.main, [str(one) for one in arguments], env={"LANG": lang})
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise AssertionError(f"a traceback instead of a message: {result.exception!r}")
        assert "Traceback" not in result.output
        return Ended(result.exit_code, result.stdout, result.stderr)

    return call


@pytest.fixture
def no_kernels(monkeypatch):
    """Notebooks that show nothing, so that a report is made without starting a kernel."""
    monkeypatch.setattr(reports, "run", lambda *_, limits: NotebookNode(cells=[]))
    yield
    gc.collect()


@pytest.fixture
def out(tmp_path):
    """A report's folder in which a former report stands."""
    folder = tmp_path / "reports" / "small"
    folder.mkdir(parents=True)
    (folder / "index.zh.html").write_text("the former report", encoding="utf-8")
    (folder / "provenance.json").write_text("{}", encoding="utf-8")
    yield folder
    gc.collect()


def is_as_before(out):
    """Whether the former report is all that stands in the folder of reports."""
    page = out / "index.zh.html"
    kept = {out, page, out / "provenance.json"}
    return page.read_text("utf-8") == "the former report" and {*out.parent.rglob("*")} == kept


def in_a_shell(*arguments, cwd, lang="C.UTF-8"):
    env = {key: value for key, value in os.environ.items() if not key.startswith(("LC_", "STUDY_"))} | {"LANG": lang}
    command = [str(STUDY), *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False)
    return Ended(done.returncode, done.stdout, done.stderr)


class TestHelp:
    def test_help_is_in_the_language_of_the_environment(self, tmp_path):
        english, chinese = (in_a_shell("--help", cwd=tmp_path, lang=lang) for lang in ("C.UTF-8", "zh_CN.UTF-8"))
        assert english.status == chinese.status == 0
        assert "Studies of urban community governance" in english.out
        assert "城市社区治理研究" in chinese.out
        for command in ("check", "claims", "list", "measures", "notebooks", "profile", "report"):
            assert f"  {command} " in english.out
            assert f"  {command} " in chinese.out

    def test_the_help_of_a_command_names_its_options_in_chinese_too(self, tmp_path):
        chinese = in_a_shell("report", "--help", cwd=tmp_path, lang="zh_CN.UTF-8")
        assert "原始数据所在文件夹" in chinese.out
        assert "--data-dir" in chinese.out

    @pytest.mark.parametrize(
        ("variables", "language"),
        [
            ({"LANG": "zh_CN.UTF-8"}, "zh"),
            ({"LANG": "zh_TW.Big5"}, "zh"),
            ({"LANG": "en_GB.UTF-8"}, "en"),
            ({"LANG": "de_DE.UTF-8"}, "en"),
            ({}, "en"),
            ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
            ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ],
    )
    def test_the_language_is_found_as_other_programs_find_it(self, monkeypatch, variables, language):
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        assert cli.reader_language() == language

    def test_where_the_environment_says_nothing_the_system_does(self, monkeypatch):
        """As on Windows, which names languages in words."""
        for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
            monkeypatch.delenv(name, raising=False)
        for found, language in {"Chinese (Simplified)_China": "zh", "zh_CN": "zh", "German_Germany": "en"}.items():
            monkeypatch.setattr("locale.getlocale", lambda found=found: (found, "utf8"))
            assert cli.reader_language() == language

    def test_help_imports_nothing_heavy(self):
        heavy = "{'pandas', 'numpy', 'scipy', 'matplotlib', 'papermill', 'pydantic', 'pyarrow', 'nbformat'}"
        script = f"import sys, analysis.cli; print(sorted({heavy} & set(sys.modules)))"
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
        assert done.stdout.strip() == "[]"


class TestList:
    def test_list_names_the_studies_with_their_titles(self, run):
        lines = dict(line.split("\t") for line in run("list").out.splitlines())
        assert lines["tw_village_chiefs"] == "Taiwan's village chiefs, 2010–2022"
        assert "synthetic" in lines["nanchang"]

    def test_list_names_the_titles_in_chinese(self, tmp_path):
        assert "台湾村里长 2010–2022" in in_a_shell("list", cwd=tmp_path, lang="zh_CN.UTF-8").out


class TestMeasures:
    @staticmethod
    def rows(ended):
        assert ended.status == 0, ended.err
        return list(csv.DictReader(io.StringIO(ended.out)))

    def test_measures_prints_one_measure_as_csv(self, run, make_study):
        # Counted in conftest: nine persons in 2018, four of whom came with the election.
        (row,) = self.rows(run("measures", make_study(), "--measure", "renewal_rate"))
        assert (row["numerator"], row["denominator"], row["term"]) == ("4.0", "9.0", "2018")
        assert float(row["estimate"]) == pytest.approx(4 / 9)
        assert row["data"] == "synthetic"

    def test_measures_breaks_down_by_a_column(self, run, make_study):
        # Of the women of 2018 (P01, P03, P07, P09, P11, P12) P07 and P11 are new, of the men all but P05.
        rows = self.rows(run("measures", make_study(), "--measure", "renewal_rate", "--by", "sex"))
        assert {row["sex"]: (row["numerator"], row["denominator"]) for row in rows} == {
            "female": ("2.0", "6.0"), "male": ("2.0", "3.0"),
        }  # fmt: skip

    def test_small_cells_about_staff_are_hidden_unless_raw_is_asked_for(self, run, make_study):
        real = make_study(origin={"is_synthetic": "false"})
        (hidden,) = self.rows(run("measures", real, "--measure", "renewal_rate"))
        assert (hidden["estimate"], hidden["numerator"], hidden["reason"]) == ("", "", "hidden")
        (raw,) = self.rows(run("measures", real, "--measure", "renewal_rate", "--raw"))
        assert (raw["numerator"], raw["release"]) == ("4.0", "not_for_release")

    def test_a_group_that_no_measure_can_be_broken_down_by_gets_an_answer(self, run):
        run("measures", "nanchang", "--by", "activity")

    def test_a_group_given_twice_counts_once(self, run, make_study):
        rows = self.rows(run("measures", make_study(), "--measure", "renewal_rate", "--by", "sex", "--by", "sex"))
        assert len(rows) == 2

    def test_a_study_without_any_measure_gets_an_answer(self, run, make_study):
        table = {"files": [{"file": "roster.csv", "columns": {"community_id": "人员编号"}}], "set_aside": "10"}
        run("measures", make_study(settings={"tables": {"communities": table}}))

    def test_a_unit_to_stay_within_that_the_roster_has_not_is_refused(self, run, make_study):
        assert run("measures", make_study(settings={"stay_within": "comunity_id"})).status == 2


class TestNamesThatDoNotExist:
    def test_an_unknown_study_is_refused_with_the_nearest(self, tmp_path):
        ended = in_a_shell("report", "nanchan", cwd=tmp_path)
        assert (ended.status, ended.out) == (2, "")
        assert "There is no study 'nanchan'." in ended.err
        assert "Nothing was run." in ended.err
        assert "Did you mean 'nanchang'?" in ended.err
        assert "Traceback" not in ended.err
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_study_is_refused_in_chinese(self, tmp_path):
        ended = in_a_shell("check", "nanchan", cwd=tmp_path, lang="zh_CN.UTF-8")
        assert ended.status == 2
        assert "没有名为“nanchan”的研究。" in ended.err
        assert "是否要找“nanchang”？" in ended.err

    def test_a_folder_without_a_study_is_refused(self, run, tmp_path):
        ended = run("check", tmp_path)
        assert ended.status == 2
        assert f"{tmp_path / 'study.yml'}: This file is missing." in ended.err

    @pytest.mark.parametrize(
        ("arguments", "message", "nearest"),
        [
            (["--measure", "renewal_rat"], "There is no measure 'renewal_rat'.", "renewal_rate"),
            (["--measure", "vacancy_rate"], "There is no measure 'vacancy_rate'.", None),
            (["--by", "rol"], "no column 'rol' to group by", "role"),
            (["--by", "name"], "no column 'name' to group by", None),
        ],
    )
    def test_an_unknown_measure_or_group_is_refused(self, run, make_study, arguments, message, nearest):
        ended = run("measures", make_study(), *arguments)
        assert (ended.status, ended.out) == (2, "")
        assert message in ended.err
        assert "Nothing was computed." in ended.err
        assert (f"Did you mean '{nearest}'?" if nearest else "Did you mean '") in ended.err

    @pytest.mark.parametrize(
        ("arguments", "message", "way_out"),
        [
            (["-p", "comunity", "C1"], "no parameter 'comunity'", "Did you mean 'community'?"),
            (["-p", "community", "C9"], "no community 'C9'", "Did you mean 'C"),
            (["--lang", "fr"], "no language 'fr'", "Possible: zh, en."),
            (["--lang", "zh,"], "no language ''", "Possible: zh, en."),
        ],
    )
    def test_an_unknown_parameter_or_language_is_refused(
        self, run, make_study, out, no_kernels, arguments, message, way_out
    ):
        ended = run("report", make_study(), "--out", out, *arguments)
        assert ended.status == 2
        assert message in ended.err
        assert way_out in ended.err
        assert is_as_before(out)

    def test_an_unknown_chapter_is_refused_with_the_nearest(self, run, make_study, out):
        ended = run("report", make_study(settings={"chapters": ["2_turnovr"]}), "--out", out)
        assert ended.status == 2
        assert "study.yml: chapters: '2_turnovr'" in ended.err
        assert "Did you mean '2_turnover'?" in ended.err
        assert is_as_before(out)

    def test_an_option_that_does_not_exist_is_refused(self, run):
        assert run("measures", "--measur", "renewal_rate").status == 2

    def test_a_format_that_no_report_has_is_refused_with_the_nearest(self, run, make_study, out, no_kernels):
        ended = run("report", make_study(), "--out", out, "--to", "html,htm")
        assert ended.status == 2
        assert "'htm' is no format of a report" in ended.err
        assert "Did you mean 'html'?" in ended.err
        assert is_as_before(out)

    def test_a_template_that_is_no_word_document_is_refused(self, run, make_study, out, no_kernels, tmp_path):
        (tmp_path / "letter.docx").write_text("Dear sirs", encoding="utf-8")
        ended = run("report", make_study(), "--out", out, "--to", "docx", "--template", tmp_path / "letter.docx")
        assert ended.status == 2
        assert "letter.docx: This is no Word document" in ended.err
        assert is_as_before(out)

    @pytest.mark.parametrize("name", ["study", "language", "data_dir", "output_dir"])
    def test_a_parameter_that_the_report_sets_itself_is_refused(self, run, make_study, out, no_kernels, name):
        assert run("report", make_study(), "--out", out, "-p", name, "en").status == 2


TWICE = "C1,P02,2015,李强,网格员,男,1962-11-30,大专,是,2015-07-01,,1\n"
BAD_INPUT = {
    "a missing column": (
        lambda roster: {"columns": {"sex": "姓别"}},
        ["roster.csv: There is no column '姓别'", "sex would have been missing for every row", "Did you mean '"],
        "没有“姓别”列",
    ),
    "an unknown level": (
        lambda roster: {"roster": roster.replace("李强,居委会主任", "李强,楼长")},
        ["roster.csv, row 3, column role, '楼长': not a known level", "computed without them", "set_aside: 1"],
        "roster.csv 第 3 行，role 列“楼长”：不是已知的类别",
    ),
    "a duplicated person in a term": (
        lambda roster: {"roster": roster + TWICE},
        ["2 of 18 rows were set aside", "row 3, 19", "listed more than once", "corrections.yml"],
        "同一行重复登记",
    ),
    "an end before a start": (
        lambda roster: {"roster": roster.replace("2017-03-31", "2007-03-31")},
        ["row 6, column end, '2007-03-31", "ends before it starts", "computed without them"],
        "离岗早于到岗",
    ),
    "a broken date": (
        lambda roster: {"roster": roster.replace("07-01,2018-07-01,1\nC1,P03", "07-01,2018-02-30,1\nC1,P03")},
        ["row 3, column end, '2018-02-30': not a date", "computed without them", "corrections.yml"],
        "第 3 行，end 列“2018-02-30”：不是有效日期",
    ),
    "an empty file": (
        lambda roster: {"roster": ""},
        ["roster.csv: The file has no rows.", "every measure of it undefined", "Export it again"],
        "文件没有任何数据行",
    ),
    "a file in the wrong encoding": (
        lambda roster: {"roster": roster.encode("gbk"), "file": {"encoding": "utf-8"}},
        ["roster.csv: The file is not utf-8: byte 1", "turned into other characters", "can be read as: gb18030"],
        "文件不是 utf-8 编码",
    ),
    "a study.yml with a misspelt key": (
        lambda roster: {"settings": {"regsiters": "census"}},
        ["study.yml: 'regsiters' is not a key", "would have been ignored", "Did you mean 'registers'?"],
        "此处不能使用键“regsiters”",
    ),
    "a study.yml that is not YAML": (
        lambda roster: {"files": {"study.yml": "title: {zh: 甲, en: A}\n\tsummary: x\n"}},
        ["study.yml, line 2", "This is not valid YAML", "Nothing of the file can be read.", "Mend that line"],
        "不是有效的 YAML",
    ),
    "a file that is not there": (
        lambda roster: {"file": {"file": "staff.csv"}},
        ["The data file staff.csv is not here.", "on a part of its data", "--data-dir"],
        "找不到数据文件 staff.csv",
    ),
    "a changed file": (
        lambda roster: {"origin": {"files": {"roster.csv": "0" * 64}}},
        ["roster.csv: The file is not the one that origin.yml describes", "made for another file", "new checksum"],
        "SHA-256",
    ),
}


@pytest.mark.parametrize("case", BAD_INPUT)
def test_bad_input_ends_with_status_2_and_a_message_and_nothing_half_written(
    run, make_study, roster_text, out, no_kernels, case
):
    change, sentences, chinese = BAD_INPUT[case]
    folder = make_study(**change(roster_text))
    for arguments in (["check", folder], ["measures", folder], ["report", folder, "--out", out]):
        ended = run(*arguments)
        assert ended.status == 2
        # What `check` says of rows stands in its list of problems: test_check.py.
        assert "check" in arguments or [sentence for sentence in sentences if sentence not in ended.err] == []
    assert is_as_before(out)
    assert chinese in run("measures", folder, lang="zh_CN.UTF-8").err
    new = out.parent / "new"
    assert run("report", folder, "--out", new).status == 2
    assert not new.exists()


def test_bad_input_in_a_shell_leaves_nothing_behind(make_study, tmp_path):
    folder = make_study(settings={"regsiters": "census"})
    ended = in_a_shell("report", folder, "--out", tmp_path / "report", cwd=tmp_path, lang="zh_CN.UTF-8")
    assert (ended.status, ended.out) == (2, "")
    assert "此处不能使用键“regsiters”。" in ended.err
    assert "是否要写“registers”？" in ended.err
    assert "Traceback" not in ended.err
    assert list(tmp_path.iterdir()) == [folder]


class TestACommunityWithoutARoster:
    @pytest.fixture
    def lacking(self, roster_text):
        """C3 has no roster for 2018."""
        return "".join(
            line for line in roster_text.splitlines(keepends=True) if not line.startswith("C3") or ",2015," in line
        )

    def test_it_is_refused(self, run, make_study, lacking):
        ended = run("measures", make_study(lacking))
        assert (ended.status, ended.out) == (2, "")
        assert "1 of 3 units (community_id) have no roster for term 2018 but one for term 2015: C3." in ended.err
        assert "Their whole staff would seem to have left" in ended.err
        assert "`absent:`" in ended.err

    def test_it_is_refused_in_chinese(self, run, make_study, lacking):
        ended = run("measures", make_study(lacking), lang="zh_CN.UTF-8")
        assert "3 个单位（community_id）中有 1 个缺少 2018 届名册，却有 2015 届名册：C3。" in ended.err

    def test_it_is_accepted_where_the_study_declares_that_the_community_was_not_there(self, run, make_study, lacking):
        # C1 and C2 of 2018: P01, P03, P04, P05, P07, P08, of whom P04, P07 and P08 are new.
        absent = [{"term": "2018", "units": ["C3"], "reason": "merged into another community"}]
        ended = run("measures", make_study(lacking, settings={"absent": absent}), "--measure", "renewal_rate")
        (row,) = TestMeasures.rows(ended)
        assert (row["numerator"], row["denominator"]) == ("3.0", "6.0")

    def test_a_community_founded_later_counts_from_then_on(self, run, make_study, roster_text):
        # In 2012 there were C1 and C2 only. From 2015 to 2018 all three were there: 4 of 9 are new.
        earlier = "".join(line.replace(",2015,", ",2012,", 1) for line in roster_text.splitlines(keepends=True)[1:6])
        terms = {str(year): {"start": f"{year}-07-01", "end": f"{year + 3}-07-01"} for year in (2012, 2015, 2018)}
        absent = [{"term": "2012", "units": ["C3"], "reason": "founded in 2014"}]
        folder = make_study(roster_text + earlier, settings={"terms": terms, "absent": absent})
        rows = TestMeasures.rows(run("measures", folder, "--measure", "renewal_rate"))
        assert {row["term"]: (row["numerator"], row["denominator"]) for row in rows}["2018"] == ("4.0", "9.0")

    def test_check_refuses_it_too(self, run, make_study, lacking):
        assert run("check", make_study(lacking)).status == 2

    def test_a_report_refuses_it_as_input_in_the_readers_language(self, run, make_study, lacking, out):
        ended = run("report", make_study(lacking), "--out", out, "--lang", "zh", lang="zh_CN.UTF-8")
        assert is_as_before(out)
        assert "C3" in ended.err
        assert ended.status == 2
        assert "have no roster" not in ended.err


class TestReport:
    def test_a_report_is_written_whole_from_the_notebooks(self, run, make_study, out):
        ended = run("report", make_study(), "--out", out, "--lang", "zh")
        assert ended.status == 0, ended.err
        assert str(out / "index.zh.html") in ended.out
        page = (out / "index.zh.html").read_text("utf-8")
        assert "小名册" in page
        assert "44.4%" in page  # renewal: 4 of 9
        assert {path.name for path in out.iterdir()} == {
            "index.zh.html",
            "figures",
            "notebooks",
            "provenance.json",
            "tables",
        }
        assert [path.name for path in out.parent.iterdir()] == [out.name]

    def test_a_page_a_language_is_written(self, run, make_study, out, no_kernels):
        assert run("report", make_study(), "--out", out).status == 0
        assert {path.name for path in out.iterdir()} == {"index.zh.html", "index.en.html", "provenance.json"}

    def test_a_report_in_several_formats_has_a_file_of_each_in_each_language(self, run, make_study, out, no_kernels):
        ended = run("report", make_study(), "--out", out, "--to", "docx,html")
        assert ended.status == 0
        assert "report.zh.docx" in ended.out
        names = {path.name for path in out.iterdir() if path.suffix != ".json"}
        assert names == {"report.zh.docx", "report.en.docx", "index.zh.html", "index.en.html"}

    def test_a_failed_run_ends_with_status_1_and_leaves_the_former_report(self, run, make_study, out, monkeypatch):
        def fail(*_, limits):
            raise RunError("notebook_failed", "2_turnover.ipynb", cell=3, error="ZeroDivisionError: division by zero")

        monkeypatch.setattr(reports, "run", fail)
        ended = run("report", make_study(), "--out", out)
        assert ended.status == 1
        assert "2_turnover.ipynb: Cell 3 stopped with ZeroDivisionError" in ended.err
        assert is_as_before(out)
        assert run("report", make_study(name="other"), "--out", out.parent / "new").status == 1
        assert is_as_before(out)

    def test_a_report_does_not_replace_that_of_another_study_or_community(self, run, make_study, tmp_path, no_kernels):
        out = tmp_path / "written"
        assert run("report", make_study(), "--out", out).status == 0
        first = (out / "provenance.json").read_bytes()
        for given in ([make_study(name="other")], [make_study(name="again/small_study"), "-p", "community", "C1"]):
            ended = run("report", *given, "--out", out)
            assert ended.status == 2
            assert f"{out}: This folder holds the report on small_study." in ended.err
            assert (out / "provenance.json").read_bytes() == first
        assert run("report", make_study(name="elsewhere/small_study"), "--out", out).status == 0

    def test_an_export_is_not_taken_for_a_report(self, run, make_study, tmp_path, no_kernels):
        study = make_study()
        assert run("export", study, "--to", "csv", "--out", tmp_path / "export").status == 0
        before = sorted(tmp_path.joinpath("export").rglob("*"))
        assert run("report", study, "--out", tmp_path / "export").status == 2
        assert sorted(tmp_path.joinpath("export").rglob("*")) == before

    def test_a_folder_that_can_not_be_written_ends_with_status_1(self, run, make_study, tmp_path, no_kernels):
        (tmp_path / "file").write_text("not a folder", encoding="utf-8")
        ended = run("report", make_study(), "--out", tmp_path / "file" / "report")
        assert ended.status == 1
        assert f"{tmp_path / 'file' / 'report'}: This can't be written:" in ended.err
        assert "No report was written; what stood there before is as it was." in ended.err
        assert "--out" in ended.err
        assert (tmp_path / "file").read_text("utf-8") == "not a folder"

    @pytest.mark.parametrize("command", ["check", "report"])
    def test_processed_data_that_can_not_be_written_end_with_status_1(
        self, run, make_study, tmp_path, monkeypatch, out, no_kernels, command
    ):
        (tmp_path / "file").write_text("not a folder", encoding="utf-8")
        monkeypatch.setattr(locations, "PROCESSED", tmp_path / "file" / "data" / "processed")
        ended = run(command, make_study(), *(["--out", out] if command == "report" else []))
        assert ended.status == 1
        assert "This can't be written" in ended.err
        assert is_as_before(out)

    def test_a_folder_with_other_things_in_it_is_not_deleted(self, run, make_study, tmp_path, no_kernels):
        (tmp_path / "documents").mkdir()
        (tmp_path / "documents" / "thesis.txt").write_text("five years of work", encoding="utf-8")
        run("report", make_study(), "--out", tmp_path / "documents")
        assert (tmp_path / "documents" / "thesis.txt").read_text("utf-8") == "five years of work"

    def test_a_file_in_the_place_of_the_folder_is_refused(self, run, make_study, tmp_path, no_kernels):
        (tmp_path / "thesis.txt").write_text("five years of work", encoding="utf-8")
        run("report", make_study(), "--out", tmp_path / "thesis.txt")
        assert (tmp_path / "thesis.txt").is_file()

    def test_a_title_that_lacks_a_language_of_the_study_is_refused(self, run, make_study, out, no_kernels):
        ended = run("report", make_study(settings={"title": {"zh": "小名册"}}), "--out", out)
        assert ended.status == 2
        assert is_as_before(out)

    def test_a_study_without_languages_is_refused(self, run, make_study, out, no_kernels):
        assert run("report", make_study(settings={"languages": []}), "--out", out).status == 2
        assert is_as_before(out)


class TestCheck:
    def test_check_says_what_was_read_and_where_the_accepted_tables_are(self, run, make_study, tmp_path):
        ended = run("check", make_study())
        assert ended.status == 0
        assert "roster.csv (roster): 17 rows read, 17 accepted, 0 excluded, 0 set aside" in ended.out
        folder = tmp_path / "processed_root" / "data" / "processed" / "small_study"
        assert str(folder) in ended.out
        with (folder / "roster.csv").open(encoding="utf-8-sig", newline="") as lines:
            assert len(list(csv.DictReader(lines))) == 17

    def test_check_speaks_chinese(self, run, make_study):
        ended = run("check", make_study(), lang="zh_CN.UTF-8")
        assert "roster.csv（roster）：读取 17 行，接受 17 行，排除 0 行，搁置 0 行" in ended.out

    def test_the_rows_that_were_set_aside_can_be_looked_at(self, run, make_study, roster_text, tmp_path):
        ended = run("check", make_study(roster_text.replace("李强,居委会主任", "李强,楼长")))
        assert ended.status == 2
        assert "17 rows read, 16 accepted, 0 excluded, 1 set aside" in ended.out
        aside = tmp_path / "processed_root" / "data" / "processed" / "small_study" / "quarantine.csv"
        with aside.open(encoding="utf-8-sig", newline="") as lines:
            (row,) = csv.DictReader(lines)
        assert (row["row"], row["column"], row["value"], row["rule"]) == ("3", "role", "楼长", "level")
