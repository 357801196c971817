"""Figures, which are SVG, as pictures for programs that can't show that."""

from functools import cache
from pathlib import Path

import typst

from analysis.reporting.blocks import Figure
from analysis.reporting.documents.model import Report

PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("figure.svg")'
"""A page of the size of the figure."""


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """Each figure as PNG and as PDF, beside the SVG that stands in the folder."""
    figures = [block for chapter in report.chapters for block in chapter.blocks if isinstance(block, Figure)]
    ways = {"png": png, "pdf": pdf}
    return {
        f"figures/{figure.name}.{report.language}.{kind}": draw(figure.svg)
        for figure in figures
        for kind, draw in ways.items()
    }


def png(svg: str, dpi: float = 300) -> bytes:
    """The figure as PNG, at the resolution of print."""
    return _compiled(svg, format="png", ppi=dpi)


def pdf(svg: str) -> bytes:
    """The figure as a PDF of one page, without the date."""
    return _compiled(svg, format="pdf", timestamp=0)


def _compiled(svg: str, **settings: object) -> bytes:
    files = {"main.typ": PAGE, "figure.svg": svg.encode()}
    return typst.compile(files, font_paths=_no_fonts(), **settings)  # type: ignore[call-overload]  # its types know one file


@cache
def _no_fonts() -> typst.Fonts:
    """Texts of our figures are outlines: looking for fonts takes longer than drawing."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False)
