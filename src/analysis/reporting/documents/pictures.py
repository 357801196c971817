"""Figures, which are SVG, as pictures for programs that can't show that."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache, lru_cache
from pathlib import Path

import typst

from analysis.reporting.blocks import Figure
from analysis.reporting.documents.model import Report

PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("figure.svg")'
"""A page of the size of the figure."""
DOTS = 300
"""Dots per inch of a figure as it is printed."""


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """Each figure as PNG and as PDF, beside the SVG that stands in the folder."""
    drawn = {f"figures/{figure.name}.{report.language}": figure.svg for figure in figures(report)}
    with ThreadPoolExecutor() as pool:  # typst lets other threads run
        made = {"png": pool.map(png, drawn.values()), "pdf": pool.map(pdf, drawn.values())}
    return {
        f"{name}.{kind}": content for kind, all_of in made.items() for name, content in zip(drawn, all_of, strict=True)
    }


def figures(report: Report) -> Iterator[Figure]:
    """The figures of a report in their order."""
    blocks = (block for chapter in report.chapters for block in chapter.blocks)
    return (block for block in blocks if isinstance(block, Figure))


@lru_cache(maxsize=128)
def png(svg: str) -> bytes:
    """The figure as PNG, at the resolution of print; each is drawn once for all formats of a report."""
    return _compiled(svg, format="png", ppi=DOTS)


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
