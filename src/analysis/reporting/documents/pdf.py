"""A report as PDF, set by typst: tagged, with its fonts, for printing and for keeping (PDF/UA-1 and PDF/A-2a).

The template is fixed, and a report comes to it as JSON: nothing that stands in data or settings is code to it.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files as within
from pathlib import Path
from typing import Any

import typst

from analysis.reporting.blocks import Block, Figure, Table
from analysis.reporting.documents import markdown
from analysis.reporting.documents.captions import titles
from analysis.reporting.documents.layout import laid_out
from analysis.reporting.documents.model import Report
from analysis.reporting.figures import fonts, svg
from analysis.reporting.wording import Wording

STANDARDS: list["typst.PDFStandard"] = ["a-2a", "ua-1"]
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Control characters, and those that turn the direction of all that follows them."""
BLANK = re.compile(r"[\t\f\r]")
"""No face has these, and a PDF for keeping may not show what its face lacks."""
LINE = 470.0
"""Points: how wide a figure may be."""
TALLEST = 600.0


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """The report as one PDF."""
    return {f"report.{report.language}.pdf": document(report)}


def document(report: Report) -> bytes:
    """The PDF of a report; the same report has the same bytes."""
    inputs = {"report": json.dumps(_content(report), ensure_ascii=False)}
    template = within("analysis.reporting.documents") / "templates" / "report.typ"
    made = typst.compile(str(template), font_paths=_faces(), sys_inputs=inputs, pdf_standards=STANDARDS, timestamp=0)
    assert isinstance(made, bytes)
    return made


@cache
def _faces() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[*fonts.folders()])


def _content(report: Report) -> dict[str, Any]:
    """What the template shows."""
    words, captions = report.words, titles(report)
    content = {
        "language": report.language,
        "title": report.title,
        "community": report.community,
        "summary": report.summary,
        "warnings": [*report.warnings],
        "chapters": [
            {"title": chapter.title, "blocks": [_block(block, captions, words) for block in chapter.blocks]}
            for chapter in report.chapters
        ],
        "origin": report.origin,
        "counts": _block(report.counts, captions, words),
        "words": {
            "contents": words.text("document_contents"),
            "faces": words.text("document_faces"),
            "origin": words.text("chapter_origin"),
            "counts": words.text("counts_intro"),
            "made": words.text("made_by"),
        },
    }
    return _printable(content)


def _block(block: Block, captions: Mapping[int, str], words: Wording) -> dict[str, Any]:
    if isinstance(block, Table):
        title = captions[id(block)]
        continued = words.text("document_continued", title=title)
        return {"kind": "table", **laid_out(block), "title": title, "continued": continued}
    if isinstance(block, Figure):
        drawn = svg.bare(block.svg)
        width, height = svg.size(drawn)
        return {
            "kind": "figure",
            "title": captions[id(block)],
            "alternative": block.alternative,
            "svg": drawn,
            "width": min(width, LINE, width * TALLEST / height),
            "notes": block.notes,
        }
    return {"kind": "text", "nodes": markdown.parsed(block.markdown)}


def _printable(content: Any) -> Any:
    """The content with a 〓 for each character that no face has, and for each that would turn what follows it."""
    if isinstance(content, dict):
        return {key: value if key == "svg" else _printable(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_printable(part) for part in content]
    if isinstance(content, str):
        return fonts.drawable(UNPRINTABLE.sub(fonts.SUBSTITUTE, BLANK.sub(" ", content)))[0]
    return content
