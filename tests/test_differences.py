"""What changed between two reports: numbers, rows, texts and figures, and what of their making differs."""

import json
import shutil

import pandas as pd
import pytest
from click.testing import CliRunner
from written_reports import RECORD, ROWS, written

from analysis import cli, provenance, reporting, study, turnover
from analysis.errors import StudyError
from analysis.reporting.revisions import differences, differences_told
from analysis.reporting.revisions import written as reports


def compared(old, new, language="en"):
    return differences.between(reports.opened(old), reports.opened(new), language)


def said(found, language="en"):
    return "\n".join(differences_told.Told(found, language).lines())


def changed(**numbers):
    """The rows, with other numbers in the first."""
    return [ROWS[0] | numbers, *ROWS[1:]]


@pytest.fixture
def old(tmp_path):
    return written(tmp_path / "old")


def run(*arguments, lang="C.UTF-8"):
    result = CliRunner().invoke(cli.main, [str(one) for one in arguments], env={"LANG": lang, "LC_ALL": ""})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


class TestNumbers:
    def test_the_same_report_twice_has_no_differences(self, old, tmp_path):
        found = compared(old, written(tmp_path / "new"))
        assert found.is_same
        assert "Nothing changed" in said(found)

    def test_a_changed_estimate_is_told_with_its_size_in_standard_errors(self, old, tmp_path):
        # 0.5030 − 0.4874 = 0.0156, the earlier run's standard error.
        (change,) = compared(old, written(tmp_path / "new", changed(estimate=0.503, se=0.0312))).changes
        assert (change.kind, change.row.id) == ("changed", "participation_rate[wave=first]")
        assert list(change.numbers) == ["estimate", "se"]
        assert change.by == pytest.approx(0.0156)
        assert change.in_errors == pytest.approx(1)

    @pytest.mark.parametrize("which", ["before", "after"])
    @pytest.mark.parametrize(("language", "says"), [("zh", "不得公开"), ("en", "Not for release")])
    def test_what_is_said_of_a_report_that_is_not_for_release_is_not_either(self, tmp_path, which, language, says):
        reports = [written(tmp_path / one, is_for_release=one != which) for one in ("before", "after")]
        told = differences_told.Told(compared(*reports, language), language)
        assert says in told.page().partition("</header>")[0]
        assert any(says in line for line in told.lines())
        assert json.loads(told.json())["is_for_release"] is False

    def test_of_reports_for_release_no_warning_is_said(self, old, tmp_path):
        new = written(tmp_path / "new", changed(estimate=0.503), is_for_release=True)
        told = differences_told.Told(compared(old, new), "en")
        assert "Not for release" not in told.page()
        assert json.loads(told.json())["is_for_release"] is True

    def test_it_is_said_as_it_is_printed_in_the_readers_language(self, old, tmp_path):
        new = written(tmp_path / "new", changed(estimate=0.503))
        assert "48.7% → 50.3%  (+1.6; 1 standard errors)" in said(compared(old, new))
        assert "参与率（任一类活动）" in said(compared(old, new, "zh"), "zh")

    def test_a_change_below_the_printed_digits_is_told_with_more_digits(self, old, tmp_path):
        assert "0.4874 → 0.48741" in said(compared(old, written(tmp_path / "new", changed(estimate=0.48741))))

    def test_the_largest_change_in_standard_errors_stands_first(self, old, tmp_path):
        # 0.001 / 0.0156 = 0.06 errors, 0.02 / 0.02 = 1 error, and of what has no estimate any more none.
        rows = [ROWS[0] | {"estimate": 0.4884}, ROWS[1] | {"estimate": 0.5008}, ROWS[2], ROWS[3] | {"n": 1204}]
        told = differences_told.Told(compared(old, written(tmp_path / "new", rows)), "en").of_kind("changed")
        assert [row["in_errors"] for row in told] == ["1", "0.064", ""]
        assert told[2]["others"] == "n 1203 → 1204"

    def test_the_last_of_twelve_digits_is_the_processors(self, old, tmp_path):
        assert compared(old, written(tmp_path / "new", changed(estimate=0.4874 * (1 + 1e-12)))).is_same

    def test_a_row_that_is_new_and_one_that_is_gone_are_named(self, old, tmp_path):
        new = written(tmp_path / "new", [*ROWS[1:], ROWS[0] | {"wave": "second", "sex": "male"}])
        kinds = {change.kind: change.row.id for change in compared(old, new).changes}
        assert kinds == {"gone": "participation_rate[wave=first]", "new": "participation_rate[wave=second;sex=male]"}

    def test_a_number_that_is_hidden_now_is_a_change_to_hidden(self, old, tmp_path):
        nothing = dict.fromkeys(["estimate", "se", "low", "high", "n"])
        found = compared(old, written(tmp_path / "new", changed(**nothing, reason="hidden")))
        assert "48.7% → [hidden]" in said(found)
        assert found.changes[0].by != found.changes[0].by

    def test_a_report_of_before_ids_is_compared_by_its_words(self, tmp_path):
        old = written(tmp_path / "old", with_ids=False)
        assert compared(old, written(tmp_path / "same")).is_same
        (change,) = compared(old, written(tmp_path / "new", changed(estimate=0.5))).changes
        assert change.kind == "changed"

    def test_a_dimension_that_is_called_as_a_number_is_stays_a_dimension(self, old, tmp_path):
        for folder in (old, written(tmp_path / "new")):
            for path in (folder / "tables").iterdir():
                path.write_text(path.read_text("utf-8-sig").replace("Sex,", "Low,").replace("性别,", "下限,"), "utf-8")
        assert compared(old, tmp_path / "new").is_same
        rows = reports.opened(old).rows("en")
        assert rows[0].values["low"] == 0.4508
        assert rows[2].of == "Second wave · Women"

    def test_words_that_changed_in_a_table_of_words_are_a_row_gone_and_a_row_new(self, old, tmp_path):
        new = written(tmp_path / "new")
        for folder, verdict in ((old, "agrees"), (new, "disagrees")):
            (folder / "tables" / "verdicts.en.csv").write_text(f"Claim,Verdict\nN01,{verdict}\n", encoding="utf-8")
        assert [change.kind for change in compared(old, new).changes] == ["new", "gone"]


class TestTextsAndFigures:
    def test_a_changed_text_is_no_changed_number(self, old, tmp_path):
        found = compared(old, written(tmp_path / "new", texts=["Residents take no part."]))
        assert found.changes == []
        assert found.texts == {"5_participation": (["Residents take part."], ["Residents take no part."])}
        assert "No number changed" in said(found)

    def test_a_figure_drawn_otherwise_is_named(self, old, tmp_path):
        new = written(tmp_path / "new")
        (new / "figures" / "rates.en.svg").write_text("<svg>1</svg>", encoding="utf-8")
        assert compared(old, new).figures == ["rates"]

    def test_a_report_whose_notebooks_are_not_kept_says_nothing_of_texts(self, old, tmp_path):
        new = written(tmp_path / "new", texts=["Another."])
        shutil.rmtree(old / "notebooks")
        assert compared(old, new).is_same


class TestCauses:
    @pytest.mark.parametrize(
        ("record", "line"),
        [
            ({"data": {"respondents.csv": "a2", "roster.csv": "bb"}}, "Data: respondents.csv"),
            ({"data": {"respondents.csv": "aa", "roster.csv": "bb", "new.csv": "ff"}}, "Data: new.csv (new)"),
            ({"rows": {"respondents: respondents.csv": "1,205 / 1,352"}},
             "Rows: respondents: respondents.csv 1,203 / 1,350 → 1,205 / 1,352"),
            ({"decisions": {"study.yml": "cc", "corrections.yml": "ff"}}, "Settings and corrections: corrections.yml (new)"),
            ({"parameters": {"wave": "second"}}, "Parameters: wave second (new)"),
            ({"code": "d2"}, "The program's code"),
            ({"packages": {"pandas": "3.0.1"}}, "Packages: pandas 3.0.0 → 3.0.1"),
            ({"python": "3.12.1"}, "Nothing in their records differs"),
        ],
    )  # fmt: skip
    def test_what_differs_between_the_runs_is_told(self, old, tmp_path, record, line):
        new = written(tmp_path / "new", changed(estimate=0.5), **record)
        assert line in said(compared(old, new)).replace("\n", "  ")

    def test_a_page_of_a_community_tells_of_its_own_language(self, tmp_path):
        parts = {language: {"data": "1", "code": "2"} for language in ("zh", "en")}
        old = written(tmp_path / "old", parameters={"community": "C01"}, **parts)
        parts["en"] = {"data": "1", "code": "3"}
        new = written(tmp_path / "new", changed(estimate=0.5), parameters={"community": "C01"}, **parts)
        assert [cause.part for cause in compared(old, new).causes] == ["code"]
        assert compared(old, new, "zh").causes == []

    def test_the_record_of_a_run_has_rows_and_packages(self, make_study):
        record = provenance.record(study.open(str(make_study())), [], {})
        assert record["rows"] == {"roster: roster.csv": "17 / 17"}
        assert {"pandas", "numpy", "scipy"} <= {*record["packages"]}


class TestBadInput:
    def test_what_is_no_report_is_refused_and_reports_below_it_are_named(self, old, tmp_path):
        with pytest.raises(StudyError, match="Reports below this one: old"):
            compared(tmp_path, old)

    def test_an_export_has_a_record_and_is_no_report(self, old, tmp_path):
        (tmp_path / "export").mkdir()
        (tmp_path / "export" / "provenance.json").write_text(json.dumps(RECORD), encoding="utf-8")
        with pytest.raises(StudyError, match="No report stands here"):
            compared(old, tmp_path / "export")

    @pytest.mark.parametrize("record", [{"study": "other"}, {"parameters": {"community": "C01"}}])
    def test_reports_about_different_things_are_refused(self, old, tmp_path, record):
        with pytest.raises(StudyError, match="about different things"):
            compared(old, written(tmp_path / "new", **record))

    def test_reports_without_a_language_in_common_are_refused(self, old, tmp_path):
        new = written(tmp_path / "new")
        (old / "index.zh.html").unlink()
        (new / "index.en.html").unlink()
        with pytest.raises(StudyError, match="share no language"):
            compared(old, new)

    @pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"Measure,Estimate\nA\n"])
    def test_a_damaged_table_is_refused(self, old, content):
        (old / "tables" / "participation.en.csv").write_bytes(content)
        with pytest.raises(StudyError, match="can't be read"):
            compared(old, old)

    @pytest.mark.parametrize("content", ["", "[]", "{}", "null"])
    def test_a_damaged_record_is_refused(self, old, content):
        (old / "provenance.json").write_text(content, encoding="utf-8")
        with pytest.raises(StudyError, match="can't be read"):
            compared(old, old)

    def test_a_number_that_is_none_any_more_is_refused(self, old):
        path = old / "tables" / "participation.en.csv"
        path.write_text(path.read_text("utf-8-sig").replace("0.4874", "about half"), encoding="utf-8")
        with pytest.raises(StudyError, match="about half"):
            compared(old, old)

    def test_names_from_the_data_are_text_on_the_page(self, old, tmp_path):
        rows = [ROWS[0] | {"community_id": "<script>alert(1)</script>"}]
        page = differences_told.Told(compared(old, written(tmp_path / "new", rows)), "en").page()
        assert "<script>" not in page
        assert "&lt;script&gt;" in page


class TestCommand:
    def test_its_status_is_1_where_numbers_changed_and_0_where_not(self, old, tmp_path):
        assert run("diff", old, written(tmp_path / "same", texts=["Another."])).exit_code == 0
        assert run("diff", old, written(tmp_path / "new", changed(estimate=0.5))).exit_code == 1

    def test_its_status_is_2_for_what_can_not_be_compared(self, old, tmp_path):
        ended = run("diff", old, tmp_path / "nowhere", lang="zh_CN.UTF-8")
        assert ended.exit_code == 2
        assert "这里没有报告" in ended.stderr

    def test_it_writes_a_page_and_json(self, old, tmp_path):
        new = written(tmp_path / "new", changed(estimate=0.503))
        ended = run("diff", old, new, "--json", "--out", tmp_path / "page.html")
        (change,) = json.loads(ended.stdout)["changes"]
        assert (change["before"]["estimate"], change["after"]["estimate"]) == (0.4874, 0.503)
        assert "50.3%" in (tmp_path / "page.html").read_text(encoding="utf-8")

    def test_a_terminal_is_told_a_screen_and_how_many_more(self, old, tmp_path):
        many = [ROWS[0] | {"community_id": f"C{number}"} for number in range(50)]
        ended = run("diff", old, written(tmp_path / "new", many))
        assert len(ended.stdout.splitlines()) < 50
        assert "… and 24 more" in ended.stdout


def test_a_page_saves_each_row_with_its_id_and_its_mark_in_all_languages(make_study, tmp_path):
    opened = study.open(str(make_study()))
    for language in ("zh", "en"):
        page = reporting.open_page(opened, language, tmp_path)
        page.table(
            "turnover", turnover.measures(opened, [])[lambda rows: rows["tenure_years"].isna() & rows["term"].notna()]
        )
    for language, (named, marked) in {"zh": ("行标识", "引用标记"), "en": ("Row id", "Mark for citing")}.items():
        saved = pd.read_csv(tmp_path / "tables" / f"turnover.{language}.csv", dtype=str)
        assert saved[named].is_unique
        assert saved[named].str.fullmatch(r"\w+\[.*\]").all()
        assert saved[marked].str.fullmatch(r"\[small-study::[a-z2-7]{8}\]").all()
    in_chinese = pd.read_csv(tmp_path / "tables" / "turnover.zh.csv", dtype=str)
    assert in_chinese["引用标记"].tolist() == saved["Mark for citing"].tolist()
