"""Figures as SVG: with a text alternative, no more decimals than can be seen, and glyphs once a page."""

import io
import re
import warnings
from functools import lru_cache
from xml.sax.saxutils import escape

from lxml import etree
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis.reporting.figures import fonts

GLYPH = re.compile(r'<path id="([^"]+)" d="[^"]*" transform="scale\(0\.015625\)"/>\n?')
"""A glyph's outline, which matplotlib names by its font and number in it."""
TITLE, NOTES = "drawn-title", "drawn-notes"
"""The ids of the groups in which a figure's title and notes are drawn."""
LINE = re.compile(r"translate\((\S+) (\S+)\) scale\((\S+) ")
"""Where a line of text begins, and a hundredth of its size."""
VIEW = re.compile(r'width="([\d.]+)pt" height="([\d.]+)pt" viewBox="0 ([\d.]+) [\d.]+ [\d.]+"')


def drawn(figure: Figure, name: str, title: str, description: str) -> str:
    """A figure as SVG with a title and a description.

    Parameters
    ----------
    name
        The figure's name: the ids of title and description begin with it, so that many figures may stand on one page.

    Raises
    ------
    StudyError
        `glyph_missing`, where the fonts lack a character.
    """
    out = io.StringIO()
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message="Glyph")
        try:
            _draw(figure, out)
        except UserWarning:
            texts = "".join(text.get_text() for text in figure.findobj(Text))
            fonts.require_glyphs(texts)
            raise
    head, body = _rounded(out.getvalue()).split("<svg ", 1)
    opening, rest = body.split(">", 1)
    ids = f"{name}-title", f"{name}-values"
    label = f'<title id="{ids[0]}">{escape(title)}</title><desc id="{ids[1]}">{escape(description)}</desc>'
    opening = f'<svg role="img" aria-labelledby="{" ".join(ids)}" {opening}>'
    svg = f"{head[head.index('<?xml') :]}{opening}{label}{rest}"
    return "\n".join(line.strip() for line in svg.splitlines()) + "\n"


class _Canvas(FigureCanvasSVG):
    """A canvas on which a figure is laid out and drawn with one renderer: `savefig` would measure every text twice."""

    def __init__(self, figure: Figure, out: io.StringIO) -> None:
        super().__init__(figure)
        figure.set_dpi(self.fixed_dpi)
        width, height = figure.get_size_inches() * self.fixed_dpi
        drawing = RendererSVG(width, height, out, image_dpi=self.fixed_dpi, metadata={"Date": None})
        self.renderer = MixedModeRenderer(figure, width, height, self.fixed_dpi, drawing)

    def get_renderer(self) -> MixedModeRenderer:
        """What matplotlib's layout asks for the sizes of texts."""
        return self.renderer


def _draw(figure: Figure, out: io.StringIO) -> None:
    """Place the parts of a figure, for good, and draw it."""
    canvas = _Canvas(figure, out)
    for axis in (axis for axes in figure.axes for axis in (axes.xaxis, axes.yaxis) if not axis.get_label_text()):
        axis.set_label_coords(0, 0)  # else the place of what is not there is measured from all ticks, again and again
    if engine := figure.get_layout_engine():
        engine.execute(figure)
        figure.set_layout_engine("none")
    figure.draw(canvas.renderer)  # type: ignore[arg-type]  # a renderer in all but name
    canvas.renderer.finalize()


def _rounded(svg: str) -> str:
    """Lengths to the hundredth of a point; scales, and comments and titles, which hold texts, as they are."""
    kept = r"scale\([^)]*\)|<!--.*?-->|<title>.*?</title>"
    return re.sub(rf"{kept}|-?\d+\.\d{{3,}}", lambda found: _length(found[0]), svg, flags=re.DOTALL)


def _length(text: str) -> str:
    return text if text[0] in "s<" else f"{float(text):.2f}".rstrip("0").rstrip(".")


def bare(svg: str) -> str:
    """A figure without the title and the notes that are drawn in it, for a document that sets them: they are cut off."""
    width, _ = size(svg)
    top, left = (f"{length:g}" for length in between(svg))
    return VIEW.sub(f'width="{width:g}pt" height="{left}pt" viewBox="0 {top} {width:g} {left}"', svg, count=1)


@lru_cache(maxsize=128)
def between(svg: str) -> tuple[float, float]:
    """Where what stands between the title and the notes that are drawn in a figure begins, and how high it is, in points."""
    root = etree.fromstring(svg.encode())
    below_title = [line + 0.35 * text for line, text in _lines(root, TITLE)]
    above_notes = [line - text for line, text in _lines(root, NOTES)]
    top, bottom = max(below_title, default=0), min(above_notes, default=size(svg)[1])
    return round(top, 2), round(bottom - top, 2)


def size(svg: str) -> tuple[float, float]:
    """Width and height of a figure, in points."""
    width, height, _ = VIEW.search(svg).groups()  # type: ignore[union-attr]
    return float(width), float(height)


def _lines(root: etree._Element, group: str) -> list[tuple[float, float]]:
    """For each line of the text in a group, its baseline and the size of its letters."""
    placed = [LINE.match(part.get("transform", "")) for part in root.iterfind(f".//{{*}}g[@id='{group}']//{{*}}g")]
    return [(float(found[2]), 100 * float(found[3])) for found in placed if found]


def inline(svg: str) -> str:
    """A figure as a part of an HTML page: without prolog, comments and the ids of its groups."""
    body = re.sub(r"<!--.*?-->\n?", "", svg[svg.index("<svg ") :], flags=re.DOTALL)
    return re.sub(r'<g id="[^"]*"', "<g", body).replace("xlink:href=", "href=")


def with_each_glyph_once(page: str) -> str:
    """A page of which each glyph's outline stands in the first figure that has it: the others refer to it."""
    known: set[str] = set()

    def once(found: re.Match[str]) -> str:
        is_known = found[1] in known
        known.add(found[1])
        return "" if is_known else found[0]

    return GLYPH.sub(once, page).replace("<defs>\n</defs>\n", "")
