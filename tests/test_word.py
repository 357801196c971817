"""The Word document of a report: read back with python-docx, and opened by LibreOffice where it is here."""

import io
import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import docx
import pytest
import reported
import typst
from docx.oxml.ns import qn
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.figure import Figure as Drawing
from PIL import Image

from analysis.catalogue import Catalogue
from analysis.errors import StudyError
from analysis.reporting import documents, figures
from analysis.reporting.blocks import Figure, Table, Text
from analysis.reporting.documents import pictures, word
from analysis.reporting.documents.model import Chapter, Report
from analysis.reporting.documents.word.elements import HYPHEN
from analysis.reporting.documents.word.tables import three_line
from analysis.reporting.figures import svg
from analysis.reporting.wording import Wording

SYNTHETIC = {"zh": "合成数据", "en": "Synthetic data"}
GINI = Table(
    "gini",
    "表 2-3 参与次数的基尼系数",
    "群体",
    ["第一次", "第二次"],
    [["女性", "0.68 (0.64–0.71)", "0.70 (0.66–0.74)"], ["男性", "〔已隐去〕", "–"]],
    ["括号内为 95% 区间。", "〔已隐去〕：人数过少。"],
    [["gini[sex=female]", "x"], ["y", "z"]],
)
COUNTS = Table("counts", "读取的数据行", "文件", ["读取", "接受"], [["roster.csv", "17", "17"]], [])
WIDE = Table(
    "wide", "Table 2-4. Forty columns", "Group", [f"Column{i:02}" for i in range(40)],
    [[f"row {row}", *(f"{row}.{column}" for column in range(40))] for row in range(3)], ["All of them."],
)  # fmt: skip
LONG = Table("long", "Three hundred rows", "Row", ["Value"], [[f"r{i}", str(i)] for i in range(300)], [])
HOSTILE = [
    "a\x00b\x0bc",
    "\ud800",
    "<w:p>&amp;\"'</w:p>",
    "\u202eright to left",
    "名" * 200,
    "=1+1",
    "a\tb\nc",
    "]]>",
    "../x",
]
NAMES = Table("names", "Names", "Name", ["Said"], [[name, name] for name in HOSTILE], HOSTILE)


@pytest.fixture(scope="module")
def figure():
    with figures.house_style():
        drawing = Drawing(figsize=(7.2, 3))
        drawing.subplots().plot([0, 1], [0, 1])
        drawing.suptitle("更新率", x=0.01, ha="left", fontsize=11, gid=svg.TITLE)
        drawing.supxlabel("来源\n合成数据", x=0.01, ha="left", fontsize=7.5, linespacing=1.5, gid=svg.NOTES)
        drawn = svg.drawn(drawing, "renewal", "更新率", "2015 29.2%; 2018 28.1%")
    return Figure("renewal", "更新率", ["来源", "合成数据"], "2015 29.2%; 2018 28.1%", drawn)


def report(*chapters, language="zh", **changes):
    words = Wording(Catalogue(levels={}), language)
    whole = Report(
        name="small", community="", language=language, languages=["zh", "en"], title="小名册", summary="三个社区。",
        chapters=[Chapter(name, title, blocks) for name, title, blocks in chapters],
        origin=[("所有者", "测试"), ("许可", "CC0")], counts=COUNTS,
        warnings=[SYNTHETIC[language]], words=words,
    )  # fmt: skip
    return replace(whole, **changes)


def read(content):
    return docx.Document(io.BytesIO(content))


def codes(document, name):
    """The instructions of fields of one kind."""
    every = (code.text.strip() for code in document.element.body.iter(qn("w:instrText")))
    return [code for code in every if code.startswith(name)]


def bookmarks(document):
    """Name → text of each bookmark."""
    found = {}
    for paragraph in document.element.body.iter(qn("w:p")):
        inside = {}
        for part in paragraph:
            if part.tag == qn("w:bookmarkStart"):
                inside[part.get(qn("w:id"))] = part.get(qn("w:name"))
                found[part.get(qn("w:name"))] = ""
            elif part.tag == qn("w:bookmarkEnd"):
                del inside[part.get(qn("w:id"))]
            for name in inside.values():
                written = part.iter(qn("w:t"), qn("w:noBreakHyphen"))
                found[name] += "".join(text.text if text.tag == qn("w:t") else "-" for text in written)
    return found


@pytest.fixture(scope="module")
def made(figure):
    text = Text("### 各届\n更新率为 **28.1%**。\n\n- 一\n- 二")
    after = Text("参与次数不平等。")
    return word.document(report(("2_turnover", "人员流动", [text, figure, after, GINI]), ("9_empty", "空章", [])))


class TestWhatStandsInIt:
    def test_each_cell_of_each_table_in_order(self, made):
        cells = [
            [[cell.text.replace("\n", " ") for cell in row.cells] for row in table.rows] for table in read(made).tables
        ]
        assert cells == [[[table.stub, *table.columns], *table.rows] for table in (GINI, COUNTS)]

    def test_headings_are_words_own_and_stand_in_the_contents(self, made):
        document = read(made)
        headings = [(p.style.name, p.text) for p in document.paragraphs if p.style.name.startswith("Heading")]
        expected = ["人员流动", "各届", "空章", "数据来源"]
        assert headings == [
            ("Heading 1", "人员流动"),
            ("Heading 2", "各届"),
            ("Heading 1", "空章"),
            ("Heading 1", "数据来源"),
        ]
        assert codes(document, "TOC") == ['TOC \\o "1-2" \\h \\z \\u']
        links = [link for link in document.element.body.iter(qn("w:hyperlink")) if link.get(qn("w:anchor"))]
        marked = bookmarks(document)
        assert [marked[link.get(qn("w:anchor"))] for link in links] == expected

    def test_captions_count_and_are_referred_to_from_the_text_before(self, made):
        document = read(made)
        captions = [p.text for p in document.paragraphs if p.style.name == "Caption"]
        assert captions == ["图2-1　更新率", "表2-3　参与次数的基尼系数", "表1　读取的数据行"]
        assert codes(document, "SEQ") == [
            "SEQ 图 \\* ARABIC \\r 1",
            "SEQ 表 \\* ARABIC \\r 3",
            "SEQ 表 \\* ARABIC \\r 1",
        ]
        (text,) = (p.text for p in document.paragraphs if p.text.startswith("参与次数不平等"))
        assert text == "参与次数不平等。（见表2-3。）"
        marked = bookmarks(document)
        assert [marked[code.split()[1]] for code in codes(document, "REF")] == ["表2-3"]

    def test_the_number_of_a_table_is_not_parted_by_the_end_of_a_line(self, made):
        """Once where it is marked and once where it is referred to, so that Word's own copy has it too."""
        paragraphs = read(made).paragraphs
        kept = {p.text for p in paragraphs for _ in p._element.iter(qn("w:noBreakHyphen"))}
        assert kept == {"参与次数不平等。（见表2-3。）", "图2-1　更新率", "表2-3　参与次数的基尼系数"}

    def test_notes_stand_below_their_table(self, made):
        document = read(made)
        notes = [p.text for p in document.paragraphs if p.style.name == "Table Note"]
        assert notes[:4] == ["来源", "合成数据", *GINI.notes]

    def test_markdown_becomes_formats_and_not_signs(self, made):
        (text,) = (p for p in read(made).paragraphs if p.text.startswith("更新率为"))
        assert [(run.text, bool(run.bold)) for run in text.runs][:3] == [
            ("更新率为 ", False),
            ("28.1%", True),
            ("。", False),
        ]
        assert [p.text for p in read(made).paragraphs if p.style.name == "List Bullet"] == ["一", "二"]

    def test_where_the_data_come_from(self, made):
        texts = [p.text for p in read(made).paragraphs]
        assert "所有者：测试" in texts
        assert "许可：CC0" in texts

    def test_every_page_says_that_data_are_synthetic(self, made):
        assert SYNTHETIC["zh"] in [p.text for p in read(made).sections[0].header.paragraphs]

    def test_the_same_report_is_the_same_file(self, made, figure):
        text = Text("### 各届\n更新率为 **28.1%**。\n\n- 一\n- 二")
        after = Text("参与次数不平等。")
        again = word.document(report(("2_turnover", "人员流动", [text, figure, after, GINI]), ("9_empty", "空章", [])))
        assert again == made
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            assert {entry.date_time for entry in archive.infolist()} == {(2000, 1, 1, 0, 0, 0)}
            core = archive.read("docProps/core.xml").decode()
        assert set(re.findall(r"\d{4}-\d\d-\d\dT[\d:]+Z", core)) == {"2000-01-01T00:00:00Z"}


class TestHowItLooks:
    def test_tables_have_three_rules_and_no_upright_one(self, made):
        table = read(made).tables[0]._element
        borders = {side.tag.split("}")[1]: side.attrib for side in table.tblPr.find(qn("w:tblBorders"))}
        assert {name: (one[qn("w:val")], one.get(qn("w:sz"))) for name, one in borders.items()} == {
            "top": ("single", "12"), "bottom": ("single", "12"), "left": ("nil", None), "right": ("nil", None),
            "insideH": ("nil", None), "insideV": ("nil", None),
        }  # fmt: skip
        rules = [
            [rule.get(qn("w:sz")) for rule in row.iter(qn("w:bottom")) if rule.getparent().tag == qn("w:tcBorders")]
            for row in table.tr_lst
        ]
        assert rules == [["6", "6", "6"], [], []]

    def test_the_header_is_repeated_and_no_row_is_split(self, made):
        rows = read(made).tables[0]._element.tr_lst
        marks = [[mark.tag.split("}")[1] for mark in row.trPr] for row in rows]
        assert marks == [["cantSplit", "tblHeader"], ["cantSplit"], ["cantSplit"]]

    def test_every_style_names_the_chinese_face_and_none_a_theme(self, made):
        document = read(made)
        for style in document.styles:
            fonts = style.element.rPr.find(qn("w:rFonts"))
            assert fonts.get(qn("w:eastAsia")) == "宋体"
            assert fonts.get(qn("w:ascii")) in ("Times New Roman", "Courier New")
        assert not document.styles["Subtitle"].font.italic
        with zipfile.ZipFile(io.BytesIO(made)) as archive:
            styles = archive.read("word/styles.xml").decode()
            assert not [name for name in archive.namelist() if "Effects" in name or "thumbnail" in name]
        assert not re.findall(r'w:(?:ascii|hAnsi|eastAsia|cs)\w*Theme="', styles)
        assert 'w:eastAsia="zh-CN"' in styles

    def test_a_figure_has_its_values_in_words_and_at_least_300_dots_an_inch(self, made):
        document = read(made)
        (shape,) = document.inline_shapes
        assert shape._inline.docPr.get("descr") == "更新率: 2015 29.2%; 2018 28.1%"
        (relation,) = shape._inline.iter(qn("a:blip"))
        picture = Image.open(io.BytesIO(document.part.related_parts[relation.get(qn("r:embed"))].blob))
        (cut,) = shape._inline.iter(qn("a:srcRect"))
        shown = 1 - (int(cut.get("t")) + int(cut.get("b"))) / 100_000
        assert shown < 0.9  # title and notes are cut off
        for pixels, length in ((picture.width, shape.width), (shown * picture.height, shape.height)):
            # 7.2 inches are printed on the 6.3 of a page of A4
            assert pixels / (length / 914400) == pytest.approx(300 * 7.2 / 6.3, rel=0.01)

    def test_a_figure_is_drawn_once_for_all_formats(self, monkeypatch, tmp_path):
        report, drawn, compiled = reported.small("zh"), [], typst.compile
        monkeypatch.setattr(
            typst, "compile", lambda *args, **how: drawn.append(how["format"]) or compiled(*args, **how)
        )
        pictures.png.cache_clear()
        pictures.pdf.cache_clear()
        word.document(report)
        pictures.files(report, tmp_path)
        assert drawn == ["pdf"]

    def test_title_and_notes_are_set_and_not_drawn(self, figure):
        def lines(group):
            within = ElementTree.fromstring(figure.svg).iterfind(f".//{{*}}g[@id='{group}']//{{*}}g[@transform]")
            return [float(re.search(r"translate\(\S+ (\S+)\)", part.get("transform"))[1]) for part in within]

        cut = svg.bare(figure.svg)
        _, top, _, height = map(float, re.search(r'viewBox="([^"]+)"', cut)[1].split())
        assert max(lines(svg.TITLE)) < top < 30
        assert top + height < min(lines(svg.NOTES))
        assert height > 150
        without = figure.svg.replace(svg.TITLE, "x").replace(svg.NOTES, "x")
        assert svg.bare(without) == without


class TestWideAndLong:
    @pytest.mark.parametrize(
        ("language", "title", "continued"),
        [
            (
                "zh",
                "表2-1　Table 2-4. Forty columns",
                "续表2-1　Table 2-4. Forty columns",
            ),  # no number in this language
            ("en", "Table 2-4. Forty columns", "Table 2-4. Forty columns (continued)"),
        ],
    )
    def test_a_wide_table_goes_on_with_its_first_column(self, language, title, continued):
        made = read(word.document(report(("2_turnover", "T", [WIDE]), language=language)))
        tables = made.tables[:-1]
        captions = [p.text for p in made.paragraphs if p.style.name == "Caption"][:-1]
        assert len(tables) == len(captions) > 2
        assert captions == [title, *[continued] * (len(tables) - 1)]
        read_back = [[cell.text for cell in row.cells] for row in tables[0].rows]
        for table in tables[1:]:
            for whole, row in zip(read_back, table.rows, strict=True):
                first, *others = [cell.text for cell in row.cells]
                assert first == whole[0]
                whole.extend(others)
        assert read_back == [[WIDE.stub, *WIDE.columns], *WIDE.rows]

    def test_a_long_table_is_one_table(self):
        table = read(word.document(report(("2_turnover", "T", [LONG])))).tables[0]
        assert [row.tc_lst[0].xpath("string(.)") for row in table._element.tr_lst[1:]] == [f"r{i}" for i in range(300)]

    @settings(max_examples=25)
    @given(
        st.lists(st.lists(st.text(max_size=30), min_size=3, max_size=3), max_size=4),
        st.lists(st.text(max_size=60), min_size=2, max_size=2),
        st.floats(min_value=50, max_value=800),
    )
    def test_no_part_is_wider_than_the_page(self, rows, columns, room):
        for part in three_line(
            Table("t", "t", "s", columns, rows, []), room, {"Table Text": "a", "Table Text Small": "b"}
        ):
            twips = [int(column.get(qn("w:w"))) for column in part.iter(qn("w:gridCol"))]
            assert sum(twips) <= 20 * room + len(twips)
            assert min(twips) > 0

    def test_a_column_of_just_the_width_of_its_intervals_keeps_them_on_one_line(self):
        """However sums of widths are rounded: only headings are longer than their columns here."""
        headings = ["均值之差", "差异 p 值（未校正）", "差异 p 值（Holm 校正）"]
        made = Table(
            "t", "t", "比较", headings, [["是否参与：50–54岁 − 35岁以下", "−13.4 (−14.3, 13.2)", "0.27", "1"]] * 3, []
        )
        for room in range(420, 460):
            (part,) = three_line(made, room, {"Table Text": "a", "Table Text Small": "b"})
            assert [*part.iter(qn("w:br"))] == []

    def test_a_table_without_columns_or_rows_is_written(self):
        made = read(
            word.document(
                report(
                    ("2_turnover", "T", [Table("t", "t", "s", [], [["a"]], []), Table("u", "u", "s", ["c"], [], [])])
                )
            )
        )
        assert [len(table.rows) for table in made.tables] == [2, 1, 2]


class TestBadInput:
    def test_names_are_text_and_none_is_lost(self):
        named = report(
            ("2_turnover", HOSTILE[0], [NAMES, Text(" ".join(HOSTILE))]), community=HOSTILE[2], title=HOSTILE[1]
        )
        cells = [row.tc_lst[0] for row in read(word.document(named)).tables[0]._element.tr_lst[1:]]
        shown = ["".join(text.text for text in cell.iter(qn("w:t"))) for cell in cells]
        expected = ["a�b�c", "�", HOSTILE[2], "�right to left", HOSTILE[4], "=1+1", "abc", "]]>", "../x"]
        assert shown == expected

    def test_everything_is_hidden(self):
        hidden = replace(GINI, rows=[["女性", "〔已隐去〕", "〔已隐去〕"]])
        assert read(word.document(report(("2_turnover", "T", [hidden])))).tables[0].cell(1, 2).text == "〔已隐去〕"

    def test_a_link_opens_a_page_or_nothing(self):
        links = Text(
            "[***a***](https://example.org/x) [b](javascript:alert(1)) [c](file:///etc/passwd) \\*d\\* <b>e</b>"
        )
        document = read(word.document(report(("2_turnover", "T", [links]))))
        targets = [one.target_ref for one in document.part.rels.values() if one.is_external]
        assert targets == ["https://example.org/x"]
        assert "a b c *d* <b>e</b>" in [p.text for p in document.paragraphs]
        (formats,) = (run.rPr for link in document.element.body.iter(qn("w:hyperlink")) for run in link if link.rId)
        assert [one.tag.split("}")[1] for one in formats] == ["b", "i", "u"]


@pytest.fixture
def template(tmp_path):
    """A bureau's template: wide margins, a header of its own on the first page, few styles, and a text."""
    made = docx.Document()
    for style in list(made.styles):
        if style.name not in ("Normal", "Header", "Footer", "Heading 1", "Default Paragraph Font"):
            style.delete()
    made.styles["Normal"].font.size = docx.shared.Pt(21)  # twice that of ours
    made.styles["Heading 1"].font.size = docx.shared.Pt(22)
    section = made.sections[0]
    section.left_margin = docx.shared.Cm(5)
    section.different_first_page_header_footer = True
    section.first_page_header.paragraphs[0].text = "民政局"
    section.header.paragraphs[0].text = "内部资料"
    made.add_paragraph("封面")
    path = tmp_path / "bureau.docx"
    made.save(path)
    return path


class TestTemplate:
    def test_its_page_styles_text_and_headers_are_kept(self, template):
        document = read(word.document(report(("2_turnover", "人员流动", [GINI, WIDE])), template))
        assert document.paragraphs[0].text == "封面"
        assert document.sections[0].left_margin.cm == pytest.approx(5, abs=0.01)
        assert document.styles["Heading 1"].font.size.pt == 22
        header, first = document.sections[0].header, document.sections[0].first_page_header
        assert [p.text for p in header.paragraphs] == ["内部资料", SYNTHETIC["zh"]]
        assert [p.text for p in first.paragraphs] == ["民政局", SYNTHETIC["zh"]]

    def test_styles_that_it_has_not_are_made(self, template):
        document = read(word.document(report(("2_turnover", "T", [Text("### 小节\n- 一"), GINI])), template))
        assert {"Heading 2", "Caption", "Table Text", "List Bullet"} <= {style.name for style in document.styles}
        assert document.styles["Heading 2"].element.pPr.find(qn("w:outlineLvl")).get(qn("w:val")) == "1"
        assert (document.styles["Heading 2"].font.size.pt, document.styles["Table Text"].font.size.pt) == (24, 9)
        assert [p.text for p in document.paragraphs if p.style.name == "List Bullet"] == ["•\t一"]

    def test_a_template_without_a_page_gets_ours(self, tmp_path):
        made = docx.Document()
        made.element.body.remove(made.element.body.sectPr)
        made.save(tmp_path / "pageless.docx")
        document = read(word.document(report(("2_turnover", "T", [GINI])), tmp_path / "pageless.docx"))
        assert document.sections[0].page_width.cm == pytest.approx(21, abs=0.01)
        assert document.tables[0].cell(1, 0).text == "女性"

    def test_a_document_of_ours_can_be_a_template(self, tmp_path, made):
        (tmp_path / "ours.docx").write_bytes(made)
        document = read(word.document(report(("2_turnover", "T", [GINI])), tmp_path / "ours.docx"))
        numbers = [mark.get(qn("w:id")) for mark in document.element.body.iter(qn("w:bookmarkStart"))]
        assert len(numbers) == len(set(numbers))

    def test_the_figures_of_a_former_report_stay_beside_the_new_ones(self, tmp_path, made, figure):
        (tmp_path / "former.docx").write_bytes(made)
        other = replace(figure, svg=figure.svg.replace("#ffffff", "#eeeeee"))
        assert other.svg != figure.svg
        document = read(word.document(report(("2_turnover", "T", [other])), tmp_path / "former.docx"))
        shown = [next(shape._inline.iter(qn("a:blip"))).get(qn("r:embed")) for shape in document.inline_shapes]
        assert [document.part.related_parts[one].blob for one in shown] == [
            pictures.png(one.svg) for one in (figure, other)
        ]

    @pytest.mark.parametrize(
        "content", [None, b"", b"Dear sirs", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "zip", "dotx", "cut"]
    )
    def test_what_is_no_word_document_is_refused(self, tmp_path, template, content):
        path = tmp_path / "broken.docx"
        if content == "zip":
            with zipfile.ZipFile(path, "w") as archive:
                archive.writestr("a.txt", "a")
        elif content in ("dotx", "cut"):
            with zipfile.ZipFile(template) as given, zipfile.ZipFile(path, "w") as archive:
                for name in given.namelist():
                    part = given.read(name)
                    if content == "dotx" and name == "[Content_Types].xml":
                        part = part.replace(b"document.main+xml", b"template.main+xml")
                    archive.writestr(
                        name, part[: len(part) // 2] if content == "cut" and name == "word/document.xml" else part
                    )
        elif content is not None:
            path.write_bytes(content)
        with pytest.raises(StudyError) as refused:
            documents.require_writable(["docx"], path)
        assert refused.value.key == "template_not_readable"
        assert str(path) in refused.value.text("zh")

    def test_a_template_without_a_word_document_is_refused(self, template):
        with pytest.raises(StudyError) as refused:
            documents.require_writable(["html"], template)
        assert refused.value.key == "template_unused"


def test_libreoffice_opens_it_and_reads_its_chinese(made, tmp_path):
    program = shutil.which("soffice")
    if not program or not (Path(program).resolve().parent / "libswlo.so").exists():
        pytest.skip("LibreOffice Writer is not here")
    (tmp_path / "report.docx").write_bytes(made)
    profile = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    asked = [
        program,
        profile,
        "--headless",
        "--convert-to",
        "txt:Text (encoded):UTF8",
        "--outdir",
        tmp_path,
        tmp_path / "report.docx",
    ]
    subprocess.run(asked, check=True, capture_output=True, timeout=120)
    text = (tmp_path / "report.txt").read_text("utf-8-sig").replace(HYPHEN, "-")
    assert "表2-3　参与次数的基尼系数" in text
    assert "(0.64–0.71)" in text
