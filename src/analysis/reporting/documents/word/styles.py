"""The styles of a Word document: built-in ones, so that Word's contents, captions and navigation work, and some for tables.

A bureau's own template keeps its styles; those that it has not are made, in its fonts.
"""

from typing import NamedTuple

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.section import Section
from docx.shared import Cm, Pt
from docx.styles.style import BaseStyle, ParagraphStyle

from analysis.reporting.documents.word.elements import Element, element

LATIN, CHINESE, TYPEWRITER = "Times New Roman", "宋体", "Courier New"
"""Faces that every Word has."""
LEFT, CENTRE, BOTH = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.JUSTIFY


class Look(NamedTuple):
    """How a style looks: sizes and spaces in points; `line` is exact, 0 for a line and a quarter of the text's own size."""

    size: float
    alignment: WD_ALIGN_PARAGRAPH = LEFT
    before: float = 0
    after: float = 0
    line: float = 0
    is_bold: bool = False
    is_kept_with_next: bool = False
    left: float = 0
    hanging: float = 0
    level: int | None = None


STYLES = {
    "Normal": Look(10.5, BOTH, after=4),
    "Title": Look(20, CENTRE, before=24, after=12, is_bold=True),
    "Subtitle": Look(14, CENTRE, after=12),
    "TOC Heading": Look(14, CENTRE, before=18, after=6, is_bold=True, is_kept_with_next=True),
    "toc 1": Look(10.5, before=3),
    "toc 2": Look(10.5, left=21),
    "Heading 1": Look(15, before=24, after=8, is_bold=True, is_kept_with_next=True, level=0),
    "Heading 2": Look(12, before=14, after=6, is_bold=True, is_kept_with_next=True, level=1),
    "Heading 3": Look(10.5, before=10, after=4, is_bold=True, is_kept_with_next=True, level=2),
    "List Bullet": Look(10.5, after=2, left=21, hanging=21),
    "List": Look(10.5, after=2, left=21, hanging=21),
    "Quote": Look(10.5, after=4, left=21),
    "Plain Text": Look(9, after=4),
    "Caption": Look(9, CENTRE, before=8, after=4, is_bold=True),
    "Table Text": Look(9, line=13),
    "Table Text Small": Look(8, line=12),
    "Table Note": Look(8, before=1, line=11),
    "Figure": Look(10.5, CENTRE, before=8, is_kept_with_next=True),
    "Header": Look(8, CENTRE, line=11),
    "Footer": Look(9, CENTRE),
}
"""What a report uses."""
OURS = ("Table Text", "Table Text Small", "Table Note", "Figure")
"""The other styles are Word's."""


def dress(document: Document, width: float, indent: int) -> None:
    """Give a document of ours its fonts and looks, and take away the styles of tables that are not used.

    Parameters
    ----------
    width
        That of its text, in points.
    indent
        Characters by which the first line of a paragraph stands in.
    """
    for style in list(document.styles):
        if style.type == WD_STYLE_TYPE.TABLE and style.name != "Normal Table":
            style.delete()
            continue
        properties = style.element.get_or_add_rPr()
        _set_fonts(properties)
        _drop(style.element, "color", "pBdr", "contextualSpacing")
    defaults = document.styles.element.find(qn("w:docDefaults"))
    properties = defaults.find(f"{qn('w:rPrDefault')}/{qn('w:rPr')}")
    _set_fonts(properties)
    properties.find(qn("w:lang")).set(qn("w:eastAsia"), "zh-CN")
    _drop(defaults, "pPrDefault")
    document.settings.element.find(qn("w:themeFontLang")).set(qn("w:eastAsia"), "zh-CN")
    for name in STYLES:
        style = _style(document, name)
        _look(style, STYLES[name])
        _set_fonts(style.element.get_or_add_rPr(), TYPEWRITER if name == "Plain Text" else LATIN)
    normal = document.styles["Normal"]
    normal.paragraph_format.first_line_indent = Pt(indent * STYLES["Normal"].size)
    normal.element.pPr.ind.set(qn("w:firstLineChars"), str(100 * indent))
    for name in ("toc 1", "toc 2"):
        tab = element("tab", val="right", leader="dot", pos=round(20 * width))
        document.styles[name].element.get_or_add_pPr()._insert_tabs(element("tabs", tab))


def complete(document: Document) -> None:
    """Make the styles that a template has not: headings and lists in proportion to its text, tables and notes in our sizes."""
    ours = STYLES["Normal"].size
    own = document.styles.default(WD_STYLE_TYPE.PARAGRAPH).font.size
    scale = own.pt / ours if own else 1.0
    for name, look in STYLES.items():
        if name not in document.styles:
            size = look.size if look.size < ours else round(2 * look.size * scale) / 2
            _look(_style(document, name), look._replace(size=size))


def set_page(section: Section) -> None:
    """A4 with margins of 2.5 cm, and a little more under the header."""
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.bottom_margin = Cm(2.5)
    section.top_margin = Cm(2.8)


def _style(document: Document, name: str) -> ParagraphStyle:
    if name in document.styles:
        return document.styles[name]
    is_ours = name in OURS
    made = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=not is_ours)
    made.base_style = document.styles.default(WD_STYLE_TYPE.PARAGRAPH)
    made.quick_style = True
    return made


def _look(style: BaseStyle, look: Look) -> None:
    """Set all that a style says of itself, so that nothing comes from the one that it is based on but the fonts."""
    assert isinstance(style, ParagraphStyle)
    style.hidden, style.font.size, style.font.bold = False, Pt(look.size), look.is_bold
    style.font.italic = False  # Chinese has none
    form = style.paragraph_format
    form.alignment, form.keep_with_next = look.alignment, look.is_kept_with_next
    form.space_before, form.space_after = Pt(look.before), Pt(look.after)
    form.line_spacing = Pt(look.line) if look.line else 1.25
    if look.line:
        form.line_spacing_rule = WD_LINE_SPACING.EXACTLY
    form.left_indent, form.first_line_indent = Pt(look.left), Pt(-look.hanging)
    for unit in ("leftChars", "firstLineChars"):  # else a template's indent by characters would hold
        style.element.pPr.ind.set(qn(f"w:{unit}"), "0")
    if look.level is not None:
        _drop(style.element.pPr, "outlineLvl")
        style.element.pPr._insert_outlineLvl(element("outlineLvl", val=look.level))


def _set_fonts(properties: Element, latin: str = LATIN) -> None:
    """Name the faces for Latin and Chinese; those of a theme would go before them."""
    _drop(properties, "rFonts")
    fonts = {"ascii": latin, "hAnsi": latin, "cs": latin, "eastAsia": CHINESE}
    properties.insert(0, element("rFonts", **fonts))


def _drop(within: Element, *tags: str) -> None:
    for tag in tags:
        for found in list(within.iter(qn(f"w:{tag}"))):
            found.getparent().remove(found)
