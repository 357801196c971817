"""Tables as LaTeX: what pylatexenc reads back is what the table says, and nothing in it is a command."""

import re

import pytest
import reported
from hypothesis import given, settings
from hypothesis import strategies as st
from pylatexenc.latex2text import LatexNodes2Text, MacroTextSpec, get_default_latex_context_db

from analysis.reporting.blocks import Table
from analysis.reporting.documents import latex

KNOWN = get_default_latex_context_db()
KNOWN.add_context_category(
    "signs",
    prepend=True,
    macros=[
        MacroTextSpec(name, discard=False, simplify_repl=sign)
        for name, sign in {
            "textquotedbl": '"',
            "textbar": "|",
            "textasciicircum": "^",
            "textasciigrave": "`",
            "textless": "<",
            "textgreater": ">",
            "mbox": "%s",
        }.items()
    ],
)
READER = LatexNodes2Text(latex_context=KNOWN, keep_comments=False, strict_latex_spaces=True)


def read(text):
    return READER.latex_to_text(text)


def unspaced(text):
    return "".join(text.split())


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    return {
        path: content.decode() for path, content in latex.files(reported.small(), tmp_path_factory.mktemp("x")).items()
    }


@pytest.mark.parametrize("name", ["named", "long", "broad"])
def test_every_cell_can_be_read_back(written, name):
    (made,) = (
        block
        for chapter in reported.small().chapters
        for block in chapter.blocks
        if isinstance(block, Table) and block.name == name
    )
    text = unspaced(read(written[f"tables/{name}.zh.tex"]))
    for said in [made.stub, *made.columns, *made.notes, *(cell for row in made.rows for cell in row)]:
        assert unspaced(latex._one_line(said)) in text, said


def test_a_row_is_a_row(written):
    body = written["tables/named.zh.tex"].split(r"\midrule")[1].split(r"\bottomrule")[0]
    rows = [line for line in body.splitlines() if line]
    assert len(rows) == 10
    for row in rows:
        assert row.endswith(r" \\")
        assert len(re.findall(r"(?<!\\)&", row)) == 3


def test_a_long_table_repeats_its_head_and_a_broad_one_is_turned_and_cut(written):
    long, broad = written["tables/long.zh.tex"], written["tables/broad.zh.tex"]
    assert r"\endhead" in long
    assert r"\caption[]{续长表}" in long
    assert long.count("同名社区") == 60
    assert broad.count(r"\begin{longtable}") > 1
    assert broad.count(r"\begin{landscape}") == broad.count(r"\end{landscape}") == 1
    assert r"\begin{table}" in written["tables/counts.zh.tex"]


def test_a_title_has_no_number_of_its_own_and_every_file_says_that_data_are_synthetic(written):
    assert (
        r"\caption{各社区 \textless{}b\textgreater{}\#x\textless{}/b\textgreater{}}" in written["tables/named.zh.tex"]
    )
    assert latex.OWN_NUMBER.sub("", "Table 1-7. Missing") == "Missing"
    assert all(f"% {reported.small().warnings[0]}\n" in text for text in written.values())


def test_comments_are_one_line():
    made = reported.report([reported.table()])
    object.__setattr__(made, "warnings", ["a\n\\input{b}"])
    assert "% a \\input{b}\n" in latex.document([reported.table()], made)


def test_tables_of_one_name_stand_in_one_file(tmp_path):
    several = reported.report([reported.table(title="表 1 甲"), reported.table(title="表 1 乙")])
    text = latex.files(several, tmp_path)["tables/named.zh.tex"].decode()
    assert text.index(r"\caption{甲}") < text.index(r"\caption{乙}")


@settings(max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Cf"])))
def test_any_text_is_read_back_as_it_is(text):
    kept = unspaced(text)
    assert unspaced(read(latex.escaped(text))) == kept


@given(st.text())
def test_a_text_ends_no_cell_row_group_or_comment(text):
    made = latex.escaped(text)
    assert not re.search(r"(?<!\\)[&%$#]|\\\\|\n|--|``", made)
    depth = 0
    for sign in re.findall(r"(?<!\\)[{}]", made):
        depth += 1 if sign == "{" else -1
        assert depth >= 0
    assert depth == 0


def test_the_same_report_has_the_same_bytes(tmp_path):
    assert latex.files(reported.small(), tmp_path) == latex.files(reported.small(), tmp_path)
