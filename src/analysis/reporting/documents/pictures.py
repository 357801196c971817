"""Figures, which are SVG, as pictures for programs that can't show that."""

from functools import cache

import typst

PAGE = b'#set page(width: auto, height: auto, margin: 0pt)\n#image("figure.svg")'
"""A page of the size of the figure."""


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
