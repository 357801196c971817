"""The PDF of a report says all that the report says, in pages that repeat what a page needs."""

import io
import json
from dataclasses import replace

import pypdf
import pytest
import reported
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.reporting.blocks import Table, Text
from analysis.reporting.documents import pdf
from analysis.reporting.documents.layout import WAYS, laid_out, printed_width


@pytest.fixture(scope="module")
def document():
    return pdf.document(reported.small())


@pytest.fixture(scope="module")
def pages(document):
    """The text of each page, without the white space that lines and columns bring."""
    return [unspaced(page.extract_text()) for page in pypdf.PdfReader(io.BytesIO(document)).pages]


def unspaced(text):
    return "".join(text.split())


def printed(text):
    return unspaced(pdf._printable(text))


def test_every_cell_of_every_table_can_be_read_back(pages):
    text = "".join(pages)
    for made in (
        block for chapter in reported.small().chapters for block in chapter.blocks if isinstance(block, Table)
    ):
        for said in [made.stub, *made.columns, *made.notes, *(cell for row in made.rows for cell in row)]:
            assert printed(said) in text, said


def test_what_looks_like_code_is_text(pages):
    text = "".join(pages)
    for name in ("#panic()$x$@ref*强调*_a_", r"\input{/etc/passwd}{%}~^[1]", "<script>", "#panic()", "小标题"):
        assert name in text


def test_a_character_that_no_face_has_and_one_that_turns_the_text_are_shown_as_geta(pages):
    text = "".join(pages)
    assert "C7〓gnorts" in text
    assert "C8〓〓" in text


def test_every_page_says_that_the_data_are_synthetic_and_its_number(pages):
    warning = unspaced(reported.small().warnings[0])
    for number, page in enumerate(pages, 1):
        assert warning in page
        assert f"{number}/{len(pages)}" in page


def test_a_caption_has_the_number_that_other_formats_give_it(pages):
    text = "".join(pages)
    for caption in ("表1-1各社区<b>#x</b>", "表1-2长表", "表1-3宽表", "图1-1一个点"):
        assert caption in text


def test_a_table_of_300_rows_repeats_its_header_and_says_that_it_goes_on(pages):
    continued = [page for page in pages if "续表1-2长表" in page]
    assert len(continued) > 3
    assert all("指标1指标2指标3" in page for page in continued)
    assert sum(page.count("同名社区") for page in pages) >= 60


def test_no_page_ends_with_a_title_whose_table_is_on_the_next():
    """Chapters, each on a page of its own, whose tables begin one line after the other nearer to the end of the page."""
    numbers = range(24, 40)
    rows = [["一行", "话"]] * 21
    chapters = [
        [Text("\n\n".join(["一段"] * number)), Table(f"t{number}", f"题<{number}>", "行", [f"列<{number}>"], rows, [])]
        for number in numbers
    ]
    made = pypdf.PdfReader(io.BytesIO(pdf.document(reported.report(*chapters))))
    pages = [unspaced(page.extract_text()) for page in made.pages]
    begun = [page for number in numbers for page in pages if f"题<{number}>" in page]
    assert len(begun) > len(numbers)
    assert all(f"列<{number}>" in page for number in numbers for page in pages if f"题<{number}>" in page)


@pytest.mark.parametrize(("count", "words", "is_split"), [(40, 60, False), (3, 1_200, True)])
def test_a_row_stays_on_one_page_where_a_page_has_room_for_it(count, words, is_split):
    rows = [[f"行{number}", " ".join([f"a{number}z", *["word"] * words, f"b{number}z"])] for number in range(count)]
    made = pdf.document(reported.report([Table("t", "题", "行", ["话"], rows, [])]))
    pages = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
    whole = [any(f"a{number}z" in page and f"b{number}z" in page for page in pages) for number in range(count)]
    assert (not all(whole)) == is_split
    assert sum(page.count("word") for page in pages) == count * words


def test_a_heading_that_is_longer_than_the_numbers_under_it_asks_for_no_room_that_they_need():
    estimate = "16.9 (13.3–20.6)"
    headings = ["估计值", "差异的 p 值（未经校正的）", "差异的 p 值（经 Holm 校正的）"]
    rows = [["参与次数：35–44岁 − 35岁以下", estimate, "0.270", "1.000"] for _ in range(30)]
    (part,) = laid_out(Table("t", "", "比较", headings, rows, []))["parts"]
    assert [place for place in (0, 1) if part["widths"][place] < printed_width(rows[0][place], WAYS[0]) - 0.01] == []
    assert all(
        own < printed_width(heading, WAYS[0]) for own, heading in zip(part["widths"][2:], headings[1:], strict=True)
    )


def test_a_word_with_a_hyphen_asks_for_the_room_of_its_longer_part():
    """`represented` has 11 letters; a day, a range and a negative number stay whole."""
    cells = ["over-represented", "2012-07-01/2021-07-01", "−0.123456789012", "(−12.3–12.345)"]
    rows = [[cell, "word " * 60] for cell in cells]
    parts = [laid_out(Table("t", "", "", [""], [row], []))["parts"][0]["widths"][0] for row in rows]
    assert parts[0] < printed_width("over-represented", WAYS[0])
    assert parts[1:] == pytest.approx([printed_width(cell, WAYS[0]) for cell in cells[1:]])


def test_numbers_stand_flush_right_beside_the_word_of_a_reference_and_with_how_many_they_rest_on():
    columns = {
        "coefficient": ["reference", "−0.329 (0.193)", "0.021** (0.005)", "", "982"],
        "crosstab": ["57.1% (34.5%–77.7%), n=38", "–", "1", "", "[hidden]"],
        "before": ["33.3% · 2015", "–", "1", "", "2"],
        "claim": ["21.88%", "12 communities", "1", "", "2"],
    }
    rows = [[f"r{place}", *cells] for place, cells in enumerate(zip(*columns.values(), strict=True))]
    (part,) = laid_out(Table("t", "", "", [*columns], rows, []))["parts"]
    assert part["numeric"] == [False, True, True, False, False]


def test_a_table_of_40_columns_is_cut_into_parts_that_repeat_the_first(pages):
    made = laid_out(reported.table(columns=40))
    assert made["is_wide"]
    assert len(made["parts"]) > 1
    assert all(part["columns"][0] == "社区" for part in made["parts"])
    assert [name for part in made["parts"] for name in part["columns"][1:]] == [f"指标{n}" for n in range(1, 41)]
    text = "".join(pages)
    assert all(f"指标{n}" in text for n in range(1, 41))
    assert "续表1-3宽表" in text


def test_the_figure_has_its_values_in_words_and_the_document_is_tagged_with_title_and_language(document):
    reader = pypdf.PdfReader(io.BytesIO(document))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "zh-CN"
    assert reader.metadata.title == "小研究 #title <script>"
    assert "第一次 62.5%" in alternatives(root["/StructTreeRoot"])
    metadata = reader.xmp_metadata.stream.get_data().decode()
    assert "pdfuaid:part>1<" in metadata
    assert "pdfaid:part>2<" in metadata


def alternatives(node):
    """The alternative texts of a tree of tags."""
    node = node.get_object()
    if isinstance(node, list):
        return [text for part in node for text in alternatives(part)]
    if not isinstance(node, dict):
        return []
    own = [str(node["/Alt"])] if "/Alt" in node else []
    return own + (alternatives(node["/K"]) if "/K" in node else [])


def test_only_faces_that_come_with_the_install_are_embedded(document):
    reader = pypdf.PdfReader(io.BytesIO(document))
    used = {
        font.get_object()["/BaseFont"].split("+")[-1].removesuffix("-Identity-H")
        for page in reader.pages
        for font in page["/Resources"].get("/Font", {}).values()
    }
    assert used <= {
        "NotoSerifSC-Regular",
        "NotoSansSC-Regular",
        "LibertinusSerif-Regular",
        "DejaVuSans",
        "DejaVuSansMono",
    }
    assert {"NotoSerifSC-Regular", "NotoSansSC-Regular"} <= used


def test_the_same_report_has_the_same_bytes(document):
    pdf._faces.cache_clear()
    assert pdf.document(reported.small()) == document


def test_a_report_of_nothing_is_a_document():
    for language in ("zh", "en"):
        assert pdf.document(reported.report(language=language)).startswith(b"%PDF")
    empty = Table("empty", "全部隐去", "社区", [], [], [])
    assert pdf.document(reported.report([empty, Text("")])).startswith(b"%PDF")


@settings(max_examples=10)
@example(["a\tb", "\r\t\f"])
@given(st.lists(st.text(max_size=40), min_size=2, max_size=2))
def test_no_text_breaks_a_document(texts):
    words, cell = texts
    made = Table("t", words, cell, [words], [[cell, words]], [cell])
    assert pdf.document(reported.report([Text(words), made])).startswith(b"%PDF")


@given(st.lists(st.integers(1, 60), min_size=1, max_size=60))
def test_no_column_is_lost_and_no_part_of_several_is_wider_than_the_page(lengths):
    made = Table("t", "", "s", ["字" * n for n in lengths], [["r", *("x" * n for n in lengths)]], [])
    shown = laid_out(made)
    assert [name for part in shown["parts"] for name in part["columns"][1:]] == made.columns
    room = max(way.room for way in WAYS) if shown["is_wide"] else WAYS[0].room
    for part in shown["parts"]:
        assert part["widths"] is None or sum(part["widths"]) <= room + 0.01
    json.dumps(shown)


def test_what_a_title_adds_in_brackets_stays_on_one_line():
    title = "Community governance in a city of a long name (synthetic data)"
    made = pdf.document(replace(reported.report(language="en"), title=title))
    cover = pypdf.PdfReader(io.BytesIO(made)).pages[0].extract_text().splitlines()
    assert any(line.endswith("(synthetic data)") for line in cover)
    assert not any(title in line for line in cover)
