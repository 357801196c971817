"""Numbers in manuscripts: cited with a mark, found again in Word, Markdown and LaTeX, and held against the report of today."""

import io
import zipfile
from decimal import Decimal
from itertools import pairwise

import docx
import pytest
from click.testing import CliRunner
from docx.oxml import parse_xml
from hypothesis import given, settings
from hypothesis import strategies as st
from written_reports import ROWS, written

from analysis import cli, locations
from analysis.citing import cited, manuscripts, marks, verifying
from analysis.citing.manuscripts import Passage
from analysis.errors import StudyError
from analysis.reporting.revisions import written as reports

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    return reports.opened(written(tmp_path_factory.mktemp("reports") / "report"))


@pytest.fixture(scope="module")
def mark(report):
    """The mark of the Gini index, 0.68142 (0.6404–0.7099)."""
    return cited.mark_of(report, cited.chosen(report, "gini", [], "en"))


@pytest.fixture(scope="module")
def rate(report):
    """The mark of the participation rate in the first wave, 48.74 % (45.08–52.4)."""
    return cited.mark_of(report, cited.chosen(report, "participation_rate", [("wave", "first")], "en"))


def run(*arguments, lang="C.UTF-8"):
    result = CliRunner().invoke(cli.main, [str(one) for one in arguments], env={"LANG": lang, "LC_ALL": ""})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def verdicts(text, report, kind="line"):
    return [one.verdict for one in verifying.verified([Passage(text, kind, 1)], [report], "en")]


class TestCite:
    def test_a_number_is_text_with_its_interval_and_its_mark(self, report, mark):
        row = cited.chosen(report, "gini", [], "zh")
        assert cited.citation(report, row, "zh") == f"基尼系数（第一次）0.681（95% CI 0.640–0.710）{mark}"
        row = cited.chosen(report, "gini", [], "en")
        assert cited.citation(report, row, "en") == f"Gini index (First wave) 0.681 (95% CI 0.640–0.710) {mark}"

    def test_what_it_is_of_goes_into_the_brackets_that_its_name_has(self, report, rate):
        row = cited.chosen(report, "participation_rate", [("wave", "first")], "en")
        said = f"Participation rate (any activity, First wave) 48.7% (95% CI 45.1%–52.4%) {rate}"
        assert cited.citation(report, row, "en") == said

    def test_synthetic_data_and_chosen_samples_say_so(self, tmp_path):
        own = reports.opened(written(tmp_path / "report", is_synthetic=True, sampling_kind="quota"))
        said = cited.citation(own, cited.chosen(own, "gini", [], "zh"), "zh")
        assert "（合成数据）" in said
        assert "非概率样本" in said

    @pytest.mark.parametrize("where", [("wave", "second"), ("调查轮次", "第二次"), ("Wave", "second wave")])
    def test_levels_are_named_by_key_or_in_words_of_either_language(self, report, where):
        row = cited.chosen(report, "Participation rate (any activity)", [where, ("table", "participation")], "en")
        assert row.values["estimate"] == 0.4808

    def test_an_id_names_its_row(self, report):
        assert cited.chosen(report, "participation_rate[wave=second]", [], "en").values["estimate"] == 0.4808

    def test_of_several_rows_one_must_be_chosen(self, tmp_path):
        own = reports.opened(
            written(tmp_path / "report", [*ROWS[1:], *(ROWS[0] | {"sex": sex} for sex in ("male", "female"))])
        )
        with pytest.raises(StudyError, match="2 rows of 'participation_rate' fit") as caught:
            cited.chosen(own, "participation_rate", [("wave", "first")], "en")
        assert "--where wave=first --where sex=male" in str(caught.value)

    def test_a_whole_is_named_by_what_it_is_of_and_nothing_else(self, tmp_path):
        rows = [*ROWS, ROWS[0] | {"sex": "male", "estimate": 0.45}]
        own = reports.opened(written(tmp_path / "report", rows))
        assert cited.chosen(own, "participation_rate", [("wave", "first")], "en").values["estimate"] == 0.4874

    def test_the_same_number_in_two_tables_is_one_and_another_number_is_chosen_by_table(self, tmp_path):
        folder = written(tmp_path / "report")
        written(folder, ROWS, name="again")
        assert cited.chosen(reports.opened(folder), "gini", [], "en").table == "again"
        written(folder, [ROWS[3] | {"estimate": 0.7}], name="again")
        with pytest.raises(StudyError, match="--where table=again"):
            cited.chosen(reports.opened(folder), "gini", [], "en")
        assert cited.chosen(reports.opened(folder), "gini", [("table", "again")], "en").values["estimate"] == 0.7

    def test_a_hidden_number_is_not_cited(self, report):
        with pytest.raises(StudyError, match="gives no number"):
            cited.chosen(report, "participation_rate", [("sex", "female")], "en")

    @pytest.mark.parametrize(
        ("measure", "where", "finding"),
        [("participation_ratio", [], "Did you mean 'participation_rate'"), ("gini", [("wave", "third")], "wave=first")],
    )
    def test_what_the_report_has_not_is_refused_with_what_it_has(self, report, measure, where, finding):
        with pytest.raises(StudyError, match=finding):
            cited.chosen(report, measure, where, "en")

    def test_a_condition_without_a_level_is_refused(self, report):
        assert run("cite", report.folder, "gini", "--where", "wave").exit_code == 2

    def test_the_command_prints_it_in_the_readers_language(self, report):
        assert run("cite", report.folder, "gini", lang="zh_CN.UTF-8").stdout.startswith("基尼系数")
        assert run("cite", report.folder, "gini", "--lang", "en", lang="zh_CN.UTF-8").stdout.startswith("Gini index")

    def test_of_a_study_without_a_report_it_says_where_one_would_be(self, monkeypatch, tmp_path):
        monkeypatch.setattr(cited, "ROOT", tmp_path)
        ended = run("cite", "nanchang", "gini")
        assert ended.exit_code == 2
        assert "No report stands here" in ended.stderr


class TestMarks:
    def test_a_mark_is_the_same_in_every_run_and_another_for_every_row_table_study_and_community(self):
        codes = {
            marks.code_of(*of)
            for of in [
                ("s", "", "t", "r"),
                ("s", "", "t", "q"),
                ("s", "", "u", "r"),
                ("z", "", "t", "r"),
                ("s", "C", "t", "r"),
            ]
        }
        assert len(codes) == 5
        # base32 of the first bytes of SHA-256 of "s\0\0t\0r", by coreutils: printf | sha256sum | xxd -r -p | base32.
        assert marks.printed("s", marks.code_of("s", "", "t", "r")) == "[s::npujxyim]"

    @pytest.mark.parametrize(
        "text",
        [
            "[small-study::k3f7a2xq]",
            "［small-study：：k3f7a2xq］",
            r"\[small-study::k3f7a2xq\]",
            "[Small-study::K3F7A2XQ]",
            "[ｓｍａｌｌ-study::k3f7a2xq ]",
        ],
    )
    def test_a_mark_is_found_as_word_markdown_latex_and_input_methods_leave_it(self, text):
        (found,) = marks.found(f"0.68{text}，")
        assert (found.study, found.code) == ("small-study", "k3f7a2xq")

    def test_a_mark_has_no_sign_that_latex_or_markdown_takes_for_its_own(self):
        assert marks.printed("tw_village chiefs#1", "k3f7a2xq" * 3) == "[tw-village-chiefs-1::k3f7a2xq]"

    @pytest.mark.parametrize(
        "text", ["[@smith2020]", "[12]", "[fig:abcdef]", "[a::b]", "std::vector[i]", "[text](link)"]
    )
    def test_other_brackets_are_no_marks(self, text):
        assert [*marks.found(text)] == []

    def test_rows_that_begin_alike_have_longer_marks_and_a_short_one_takes_the_row_that_has_the_number(self, tmp_path):
        own = reports.opened(written(tmp_path / "report"))
        one, other = [words for code, words in own.by_code.items() if "estimate" in words["en"].values][:2]
        rows = [words["en"] for words in (one, other)]
        codes = ["a" * 10 + end * 16 for end in "bc"]
        alike = {
            code: {"en": reports.Row(**{**vars(row), "code": code})} for code, row in zip(codes, rows, strict=True)
        }
        vars(own)["by_code"] = alike
        assert cited.mark_of(own, alike[codes[0]]["en"]) == "[small-study::aaaaaaaaaab]"
        for row in rows:
            said = f"{100 * row.values['estimate']:.1f}% [small-study::aaaaaaaa]"
            assert verdicts(said, own) == ["holds"]


class TestReading:
    @pytest.mark.parametrize(
        ("text", "estimate", "interval"),
        [
            ("Gini 0.68 (95% CI 0.64–0.71) ", "0.68", ("0.64", "0.71")),
            ("基尼系数０．６８（９５％ＣＩ　０．６４－０．７１）", "0.68", ("0.64", "0.71")),
            ("基尼系数为0.68（95%置信区间：0.64～0.71；n＝1203）", "0.68", ("0.64", "0.71")),
            ("the change, −0.7 points (95% CI −4.6 to 3.3), ", "-0.7", ("-4.6", "3.3")),
            ("占46.9%-56.7%之间的51.8%", "51.8", None),
            ("In 2018, 1,350 residents answered", "1350", None),
            ("2018年有1，350人", "1350", None),
            ("in all 51.8% of them (n = 553; SE 2.1)", "51.8", None),
            ("51.8% of women, n = 553, ", "51.8", None),
            ("[95% CI, 0.64; 0.71] 0.68", "0.68", ("0.64", "0.71")),
            ("p < 0.001 ", "0.001", None),
            ("共3.1万人", "31000", None),
            ("C01 and version 1.2.3 and 35px", None, None),
            ("no number", None, None),
        ],
    )
    def test_estimate_and_interval_are_read_from_a_sentence(self, text, estimate, interval):
        said = verifying.read(text.translate(verifying.PLAIN))
        assert (said.estimate and said.estimate.value) == (estimate and Decimal(estimate))
        if interval:
            assert tuple(bound.value for bound in said.interval) == tuple(map(Decimal, interval))

    @settings(max_examples=100)
    @given(st.text(max_size=80))
    def test_no_text_is_too_odd(self, text):
        verifying.read(text.translate(verifying.PLAIN))
        [*marks.found(text)]


class TestVerdicts:
    @pytest.mark.parametrize(
        ("said", "verdict"),
        [
            ("0.681 (95% CI 0.640–0.710)", "holds"),  # as printed
            ("0.68 (95% CI 0.64–0.71)", "holds"),  # rounded further
            ("0.7", "holds"),
            ("0.6814", "holds"),  # more digits of the same value
            ("0.69", "changed"),
            ("1", "changed"),  # a rounding that leaves no digit
            ("0.68 (95% CI 0.65–0.71)", "changed"),
            ("68%", "holds"),
            ("0.68", "holds"),
            ("−0.68", "changed"),
            ("", "no_number"),
        ],
    )
    def test_a_number_holds_as_printed_or_at_its_own_rounding(self, report, mark, said, verdict):
        assert verdicts(f"The Gini index was {said} {mark}.", report) == [verdict]

    @pytest.mark.parametrize(
        ("said", "verdict"),
        [
            ("48.7%", "holds"), ("48.7％", "holds"), ("49%", "holds"), ("0.487", "holds"), ("48.7", "holds"),
            ("48.8%", "changed"), ("50%", "changed"), ("48.7%（95% CI 45.1%–52.4%）", "holds"),
            ("48.7% (45.1–52.4%)", "holds"), ("48.7% (45.1–52.5%)", "changed"), ("0.487%", "changed"),
        ],
    )  # fmt: skip
    def test_a_proportion_holds_in_per_cent_or_as_a_share(self, report, rate, said, verdict):
        assert verdicts(f"参与率为{said}{rate}。", report) == [verdict]

    def test_a_number_is_rounded_once(self, tmp_path):
        """0.645 is 64.5 %, which is 65 % by hand; 0.6449 is printed 64.5 % and is 64 %."""
        own = reports.opened(written(tmp_path / "report", [ROWS[0] | {"estimate": 0.6449}]))
        (row,) = (words["en"] for words in own.by_code.values())
        own_mark = cited.mark_of(own, row)
        assert verdicts(f"64% {own_mark}", own) == ["holds"]
        assert verdicts(f"65% {own_mark}", own) == ["changed"]

    def test_a_decrease_may_be_told_without_its_sign(self, tmp_path):
        change = ROWS[0] | {"measure": "rate_gap", "estimate": -0.0065, "unit": "points"}
        own = reports.opened(written(tmp_path / "report", [change]))
        (row,) = (words["en"] for words in own.by_code.values())
        own_mark = cited.mark_of(own, row)
        assert verdicts(f"参与率下降了0.7个百分点{own_mark}", own) == ["holds"]
        assert verdicts(f"参与率上升了0.7个百分点{own_mark}", own) == ["changed"]

    def test_each_mark_speaks_of_the_numbers_since_the_last(self, report, mark, rate):
        text = f"In 2018 the index was 0.99. It is 0.68 {mark}, and 48.7% {rate} took part; 48.7% {mark}{rate}."
        assert verdicts(text, report) == ["holds", "holds", "changed", "holds"]

    def test_marks_of_no_row_and_of_no_report_are_told_apart(self, report):
        assert verdicts("0.68 [small-study::aaaaaaaa] 0.68 [other-study::aaaaaaaa]", report) == ["unknown", "no_report"]

    def test_a_number_that_is_hidden_now_is_withdrawn(self, report):
        (row,) = (words["en"] for words in report.by_code.values() if words["en"].reason)
        assert verdicts(f"52% {marks.printed('small_study', row.code)}", report) == ["withdrawn"]

    @pytest.mark.parametrize(
        ("text", "verdict"),
        [
            ("The Gini index was 0.681.", ["unmarked"]),
            ("基尼系数为０．６８１。", ["unmarked"]),
            ("参与率达48.7%。", ["unmarked"]),
            ("参与率达48.7。", []),
            ("The Gini index was 0.68.", []),  # two digits are too few
            ("The rent was 0.681.", []),  # no measure is named
            ("The Gini index was high. Of rents 0.681 was paid.", []),
        ],
    )
    def test_a_number_without_a_mark_that_looks_like_ours_is_listed(self, report, text, verdict):
        assert verdicts(text, report) == verdict

    @settings(max_examples=50)
    @given(value=st.floats(0.001, 0.999), language=st.sampled_from(["zh", "en"]))
    def test_every_citation_holds(self, report, value, language):
        bounds = {"low": value / 2, "high": (1 + value) / 2, "coverage": 0.95}
        for unit in ("proportion", "index", "points", "p", "per_100"):
            row = reports.Row("t", "r[]", "m", [], ("m",), {"estimate": value, **bounds}, unit, "", "a" * 26)
            said = verifying.read(cited.numbers(report, row, language).translate(verifying.PLAIN))
            assert verifying.holds(said, row), (said.text, row.values)

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_a_whole_citation_holds_whatever_numbers_its_words_have(self, tmp_path, language):
        rows = [
            {"measure": "renewal_rate", "wave": "first", "window": "2015→2018", "estimate": 0.781, "n": 90},
            {"measure": "satisfaction_score", "wave": "first", "estimate": 41.52, "low": 40.4, "high": 42.61,
             "unit": "score_100"},
            {"measure": "rate_gap", "wave": "first", "estimate": -0.0653, "low": -0.2153, "high": 0.0881,
             "unit": "points"},
            {"measure": "ageing_share", "age_from": "45", "estimate": 0.5579, "n": 95},
        ]  # fmt: skip
        own = reports.opened(written(tmp_path / "report", rows))
        said = [cited.citation(own, words[language], language) for words in own.by_code.values()]
        assert verdicts("。".join(said), own) == ["holds"] * 4

    def test_an_interval_of_the_words_is_not_that_of_the_number(self, report, mark):
        assert verdicts(f"Gini (ages 15–64) 0.68 {mark}", report) == ["holds"]
        assert verdicts(f"Of ten, 5 (15–64) had an index of 0.68 {mark}", report) == ["holds"]


def word_file(path, *paragraphs, cell="", insertion="", deletion="", footnote=""):
    """A Word file; each paragraph is a list of runs."""
    document = docx.Document()
    for runs in paragraphs:
        paragraph = document.add_paragraph()
        for run_text in runs:
            paragraph.add_run(run_text).bold = True
    if cell:
        document.add_table(rows=1, cols=1).cell(0, 0).text = cell
    if insertion or deletion:
        paragraph = document.add_paragraph()._p
        paragraph.append(parse_xml(f'<w:ins {W} w:id="1"><w:r><w:t>{insertion}</w:t></w:r></w:ins>'))
        paragraph.append(parse_xml(f'<w:del {W} w:id="2"><w:r><w:delText>{deletion}</w:delText></w:r></w:del>'))
    document.save(path)
    if footnote:
        with zipfile.ZipFile(path, "a") as package:
            note = f'<w:footnote w:id="1"><w:p><w:r><w:t>{footnote}</w:t></w:r></w:p></w:footnote>'
            package.writestr("word/footnotes.xml", f"<w:footnotes {W}>{note}</w:footnotes>")
    return path


class TestManuscripts:
    def test_word_runs_cells_insertions_and_notes_are_read_and_deletions_are_not(self, tmp_path, report, mark):
        path = word_file(
            tmp_path / "paper.docx", ["The Gini index was 0.6", "8 " + mark[:5], mark[5:]], cell=f"0.68 {mark}",
            insertion=f"0.69 {mark}", deletion=f"0.70 {mark}", footnote=f"0.71 {mark}",
        )  # fmt: skip
        found = verifying.verified(manuscripts.passages(path), [report], "en")
        assert [(one.passage.kind, one.verdict) for one in found] == [
            ("document", "holds"), ("document", "holds"), ("document", "changed"), ("footnotes", "changed"),
        ]  # fmt: skip

    def test_a_text_box_is_read_once(self, tmp_path, report, mark):
        path = word_file(tmp_path / "paper.docx", ["The index is 0.68 "])
        document = docx.Document(path)
        box = f"<w:txbxContent {W}><w:p><w:r><w:t>0.69 {mark}</w:t></w:r></w:p></w:txbxContent>"
        compatible = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
        both = f"<mc:Choice Requires='wps'>{box}</mc:Choice><mc:Fallback>{box}</mc:Fallback>"
        document.paragraphs[0].runs[0]._r.append(
            parse_xml(f"<mc:AlternateContent {compatible}>{both}</mc:AlternateContent>")
        )
        document.save(path)
        found = verifying.verified(manuscripts.passages(path), [report], "en")
        assert [one.verdict for one in found] == ["changed"]
        with zipfile.ZipFile(io.BytesIO(manuscripts.without_marks(path))) as package:
            assert b"small-study" not in package.read("word/document.xml")

    def test_a_copy_of_a_word_file_has_no_marks_and_is_otherwise_the_same(self, tmp_path, mark):
        path = word_file(
            tmp_path / "paper.docx", ["It was ", "0.68 " + mark[:5], mark[5:] + ". And 0.7."], cell=f"0.68{mark}",
            insertion=f"0.69 {mark}", deletion=f"0.70 {mark}", footnote=f"0.71 {mark}",
        )  # fmt: skip
        copy = tmp_path / "copy.docx"
        copy.write_bytes(manuscripts.without_marks(path))
        document = docx.Document(copy)
        assert [run.text for run in document.paragraphs[0].runs] == ["It was ", "0.68", ". And 0.7."]
        assert all(run.bold for run in document.paragraphs[0].runs)
        assert document.tables[0].cell(0, 0).text == "0.68"
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(copy) as new:
            assert old.namelist() == new.namelist()
            for name in old.namelist():
                assert b"small-study" not in new.read(name)
                if name not in ("word/document.xml", "word/footnotes.xml"):
                    assert old.read(name) == new.read(name)

    @settings(max_examples=25)
    @given(
        pieces=st.lists(st.text("基尼 0.68%()，", max_size=6), min_size=1, max_size=4),
        bounds=st.lists(st.integers(0, 120), max_size=6),
    )
    def test_marks_cut_into_any_runs_leave_the_text_as_it_was(self, tmp_path_factory, pieces, bounds):
        words = [piece.strip() for piece in pieces]
        text = "[small-study::k3f7a2xq]".join(words)
        cuts = [0, *sorted(min(bound, len(text)) for bound in bounds), len(text)]
        path = word_file(tmp_path_factory.mktemp("any") / "paper.docx", [text[a:b] for a, b in pairwise(cuts)])
        copy = docx.Document(io.BytesIO(manuscripts.without_marks(path)))
        assert copy.paragraphs[0].text == "".join(words)

    def test_a_text_in_traditional_characters_may_be_big5(self, tmp_path, report, mark):
        text = f"社區居民參與的不平等程度很高，而且長期沒有變化，居民委員會的工作有待改進。基尼係數為0.68{mark}。"
        (tmp_path / "paper.txt").write_bytes(text.encode("big5"))
        (found,) = verifying.verified(manuscripts.passages(tmp_path / "paper.txt"), [report], "zh")
        assert found.verdict == "holds"

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
    def test_a_text_is_read_and_stripped_in_its_own_encoding(self, tmp_path, report, mark, encoding):
        text = (
            "社区居民参与的不平等程度很高，而且长期没有变化。\r\n\r\n基尼系数为0.68{}，居民委员会的工作有待改进。\r\n"
        )
        path = tmp_path / "paper.md"
        path.write_bytes(text.format(mark).encode(encoding))
        (found,) = verifying.verified(manuscripts.passages(path), [report], "zh")
        assert (found.verdict, found.line) == ("holds", 3)
        assert manuscripts.without_marks(path).decode(encoding) == text.format("")

    def test_latex_is_read_as_it_is_printed(self, tmp_path, report, mark, rate):
        path = tmp_path / "paper.tex"
        path.write_text(
            "% 0.99 [small-study::aaaaaaaa]\n"
            rf"The Gini index was $0.68$~(95\,\% CI 0.64--0.71)~{mark}."
            "\n"
            rf"Women & \textbf{{48.7\%}} {rate} \\"
            "\n",
            encoding="utf-8",
        )
        found = verifying.verified(manuscripts.passages(path), [report], "en")
        assert [(one.verdict, one.line) for one in found] == [("holds", 2), ("holds", 3)]

    def test_a_table_in_markdown_is_read_cell_by_cell(self, report, mark, rate):
        assert verdicts(f"| 0.99 | 0.68 {mark} | 51% | 48.7% {rate} | {mark} |", report) == [
            "holds",
            "holds",
            "no_number",
        ]

    def test_the_space_before_a_mark_stays_where_it_keeps_words_apart(self, tmp_path, mark):
        path = tmp_path / "paper.txt"
        path.write_text(f"0.68 {mark}and 0.68 {mark} and ({mark})", encoding="utf-8")
        assert manuscripts.without_marks(path) == b"0.68 and 0.68 and ()"


class TestBadInput:
    @pytest.mark.parametrize(
        ("name", "content", "key"),
        [
            ("paper.pdf", b"%PDF-1.7", "manuscript_kind"),
            ("paper.doc", manuscripts.OLE, "manuscript_kind"),
            ("paper.docx", manuscripts.OLE + b"\0" * 512, "manuscript_kind"),
            ("paper.docx", b"%PDF-1.7", "manuscript_kind"),
            ("paper.md", b"PK\x03\x04rest", "manuscript_kind"),
            ("paper.docx", manuscripts.OLE + "EncryptedPackage".encode("utf-16-le"), "manuscript_locked"),
            ("paper.docx", b"", "manuscript_broken"),
            ("paper.docx", b"PK\x03\x04 cut off", "manuscript_broken"),
            ("paper.odt", b"PK\x03\x04", "manuscript_kind"),
            ("paper.md", b"\xff\xfe\x00", "manuscript_broken"),
        ],
    )
    def test_what_is_no_manuscript_is_refused(self, tmp_path, name, content, key):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(StudyError) as caught:
            manuscripts.passages(path)
        assert caught.value.key == key

    def test_a_file_that_is_not_there_is_refused(self, tmp_path):
        with pytest.raises(StudyError, match="can't be read"):
            manuscripts.passages(tmp_path / "paper.docx")

    @pytest.mark.parametrize("document", ["<w:document", "<other/>"])
    def test_a_word_file_without_a_document_is_refused(self, tmp_path, document):
        with zipfile.ZipFile(tmp_path / "paper.docx", "w") as package:
            package.writestr("word/document.xml", document)
        with pytest.raises(StudyError, match="damaged"):
            manuscripts.passages(tmp_path / "paper.docx")

    @settings(max_examples=50)
    @given(st.data())
    def test_a_word_file_with_broken_bytes_is_read_or_refused(self, tmp_path_factory, data):
        path = word_file(tmp_path_factory.mktemp("any") / "paper.docx", ["0.68 [small-study::k3f7a2xq]"])
        content = bytearray(path.read_bytes())
        # The names and sizes of a package stand at its end.
        start = data.draw(st.sampled_from([0, len(content) - 2500]))
        for place in data.draw(st.lists(st.integers(start, len(content) - 1), min_size=1, max_size=5)):
            content[place] = data.draw(st.integers(0, 255))
        path.write_bytes(content[: data.draw(st.sampled_from([len(content), place]))])
        try:
            manuscripts.passages(path)
            manuscripts.without_marks(path)
        except StudyError as error:
            assert error.key in ("manuscript_broken", "manuscript_kind")

    def test_a_word_file_made_to_fill_the_memory_is_refused(self, tmp_path, monkeypatch):
        monkeypatch.setattr(manuscripts, "LARGEST", 1000)
        with pytest.raises(StudyError, match="damaged"):
            manuscripts.passages(word_file(tmp_path / "paper.docx", ["0.68"]))

    def test_an_entity_of_a_word_file_is_not_resolved(self, tmp_path):
        (tmp_path / "secret").write_text("0.681", encoding="utf-8")
        content = (
            f'<!DOCTYPE d [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
            f"<w:document {W}><w:p><w:r><w:t>a&x;</w:t></w:r></w:p></w:document>"
        )
        with zipfile.ZipFile(tmp_path / "paper.docx", "w") as package:
            package.writestr("word/document.xml", content)
        assert "0.681" not in "".join(one.text for one in manuscripts.passages(tmp_path / "paper.docx"))


class TestCommand:
    @pytest.fixture
    def paper(self, tmp_path, mark):
        path = tmp_path / "paper.md"
        path.write_text(f"The Gini index was 0.68 {mark}. The Gini index was 0.681.\n", encoding="utf-8")
        return path

    def test_its_status_is_0_where_all_hold_and_what_looks_like_ours_is_listed(self, report, paper):
        ended = run("verify", paper, "--report", report.folder)
        assert ended.exit_code == 0
        assert "1 mark(s); 1 number(s) still hold" in ended.stdout
        assert "look like the report's" in ended.stdout

    def test_its_status_is_1_where_one_does_not_and_it_says_from_what_to_what(self, tmp_path, paper):
        own = written(tmp_path / "report", [*ROWS[:3], ROWS[3] | {"estimate": 0.7}])
        ended = run("verify", paper, "--report", own)
        assert ended.exit_code == 1
        assert "0.68 → 0.700 (95% CI 0.640–0.710)" in ended.stdout
        assert "已变化的数字" in run("verify", paper, "--report", own, lang="zh_CN.UTF-8").stdout

    def test_without_a_report_those_of_the_studies_are_taken(self, monkeypatch, make_study, tmp_path, paper):
        make_study(name="studies/small_study")
        for module in (locations, cited):
            monkeypatch.setattr(module, "ROOT", tmp_path)
        written(tmp_path / "reports" / "small_study")
        ended = run("verify", paper)
        assert (ended.exit_code, ended.stderr) == (0, "")

    def test_a_study_that_is_not_here_can_not_be_verified(self, paper):
        ended = run("verify", paper)
        assert ended.exit_code == 1
        assert "--report" in ended.stdout

    def test_a_manuscript_without_marks_and_no_report_is_refused(self, report, tmp_path):
        path = tmp_path / "paper.md"
        path.write_text("The Gini index was 0.681.", encoding="utf-8")
        assert run("verify", path).exit_code == 2
        ended = run("verify", path, "--report", report.folder)
        assert ended.exit_code == 0
        assert "there are no marks" in ended.stdout

    def test_a_copy_is_written_beside_and_never_over_a_file(self, report, paper, tmp_path):
        before = paper.read_bytes()
        for copy in (paper, tmp_path / "copy.docx"):
            assert run("verify", paper, "--report", report.folder, "--strip", copy).exit_code == 2
        assert paper.read_bytes() == before
        assert run("verify", paper, "--report", report.folder, "--strip", tmp_path / "copy.md").exit_code == 0
        assert (tmp_path / "copy.md").read_text(encoding="utf-8").startswith("The Gini index was 0.68. ")
