"""A report as one page of HTML, which needs no network."""

from pathlib import Path

import mistune

from analysis.reporting import svg
from analysis.reporting.blocks import Block, Figure, Table
from analysis.reporting.documents.model import Report
from analysis.reporting.fonts import carrying
from analysis.reporting.tables import template, three_line

MARKDOWN = mistune.create_markdown(escape=True)
"""Words may come from a user's study: what looks like HTML in them is text."""


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """The page of a report as a file; what it needs is in itself."""
    return {f"index.{report.language}.html": page(report).encode()}


def page(report: Report) -> str:
    """The page of a report: its chapters and what each shows, with links to the page in other languages."""
    made = template("report.html").render(
        report=report,
        words=report.words,
        language=report.language,
        title=report.title,
        chapters=[
            {"name": chapter.name, "title": chapter.title, "body": "\n".join(map(fragment, chapter.blocks))}
            for chapter in report.chapters
        ],
        counts=three_line(report.counts),
    )
    return carrying(svg.with_each_glyph_once(made))


def fragment(block: Block) -> str:
    """A block as a part of a page."""
    if isinstance(block, Table):
        return three_line(block)
    if isinstance(block, Figure):
        return f"<figure>{svg.inline(block.svg)}</figure>"
    return str(MARKDOWN(block.markdown))
