r"""The tables of a report as LaTeX: a file for each, to be put into a manuscript with `\input`.

What stands in a table is text: a sign that is a command to LaTeX is written as the sign.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from analysis.reporting.blocks import Table
from analysis.reporting.documents.layout import INSET, laid_out
from analysis.reporting.documents.model import Report
from analysis.reporting.wording import Wording

SIGNS = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\textquotedbl{}",
    "`": r"\textasciigrave{}",
    "-": "{-}",
    "[": "{[}",
    "]": "{]}",
    "*": "{*}",
}
"""Commands, and signs that LaTeX joins (`--`), or takes for an option of the end of a row (`[`, `*`)."""
ESCAPES = str.maketrans(SIGNS)
UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]")
"""Control characters, and those that turn the direction of what follows them."""
OWN_NUMBER = re.compile(r"^(?:表|Table) ?\d[\d-]*[.:：]? *")
"""The number of a table in the report: a manuscript has its own."""
SIZES = {9: r"\small", 8: r"\footnotesize"}
"""Commands for the sizes of type of `layout.WAYS`, in a manuscript of 10 points."""


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """A file for each table of a report: `tables/<name>.<language>.tex`, with several tables where they have one name."""
    named: dict[str, list[Table]] = {}
    shown = [block for chapter in report.chapters for block in chapter.blocks if isinstance(block, Table)]
    for block in [*shown, report.counts]:
        named.setdefault(block.name, []).append(block)
    return {f"tables/{name}.{report.language}.tex": document(blocks, report).encode() for name, blocks in named.items()}


def document(tables: Sequence[Table], report: Report) -> str:
    """The tables of one name as LaTeX, each on one page or as a long table, in parts where it is too wide for a page."""
    words = report.words
    return _template().render(
        inset=INSET,
        packages=words.text("latex_packages"),
        warnings=[_one_line(warning) for warning in report.warnings],
        tables=[_shown(table, words) for table in tables],
    )


def escaped(text: str) -> str:
    """A text as LaTeX that shows just that text, on one line."""
    return _one_line(text).translate(ESCAPES)


def _one_line(text: str) -> str:
    return UNPRINTABLE.sub("", " ".join(text.split()))


def _shown(table: Table, words: Wording) -> dict[str, Any]:
    made = laid_out(table)
    title = OWN_NUMBER.sub("", table.title)
    return made | {
        "title": title,
        "continued": words.text("document_continued", title=title),
        "label": table.name,
        "size": SIZES[made["size"]],
        "parts": [part | {"columns_spec": _columns(part["numeric"], part["widths"])} for part in made["parts"]],
    }


def _columns(numeric: Sequence[bool], widths: Sequence[float] | None) -> str:
    """The columns' types: numbers flush right, and a width where a column may take several lines."""
    if widths is None:
        return "".join("r" if is_number else "l" for is_number in numeric)
    sides = ("raggedleft" if is_number else "raggedright" for is_number in numeric)
    inner = (f"{width - INSET:.1f}pt" for width in widths)
    return "".join(f">{{\\{side}\\arraybackslash}}p{{{width}}}" for side, width in zip(sides, inner, strict=True))


@cache
def _template() -> Template:
    """The template, with signs around what is put in that LaTeX does not use."""
    environment = Environment(
        loader=PackageLoader("analysis.reporting.documents"),
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
        undefined=StrictUndefined,
    )
    environment.filters["escaped"] = escaped
    environment.filters["cell"] = _cell
    return environment.get_template("tables.tex")


def _cell(pieces: Sequence[str]) -> str:
    """A cell, of which an interval stays on one line."""
    value, *interval = map(escaped, pieces)
    return " ".join([value, *(f"\\mbox{{{text}}}" for text in interval)])
