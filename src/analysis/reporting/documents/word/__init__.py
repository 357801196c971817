"""A report as a Word document: headings, contents, captions with cross-references, and tables that stay tables."""

import io
import zipfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import count, groupby
from pathlib import Path

import docx
from docx.document import Document
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.exceptions import PackageNotFoundError
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.shape import CT_Inline
from docx.shared import Emu, Pt
from lxml.etree import XMLSyntaxError

from analysis.errors import StudyError
from analysis.reporting.archives import MADE, with_fixed_dates
from analysis.reporting.blocks import Block, Figure, Table, Text
from analysis.reporting.documents.captions import captions, until_text
from analysis.reporting.documents.model import Report
from analysis.reporting.documents.pictures import figures, png
from analysis.reporting.documents.word.elements import (
    HYPHEN,
    Element,
    bookmarked,
    element,
    field_of,
    paragraph,
    run,
    storable,
)
from analysis.reporting.documents.word.styles import STYLES, complete, dress, set_page
from analysis.reporting.documents.word.tables import three_line
from analysis.reporting.documents.word.texts import Texts, level
from analysis.reporting.figures import svg

NOT_OURS = (RELATIONSHIP_TYPE.THUMBNAIL, "http://schemas.microsoft.com/office/2007/relationships/stylesWithEffects")
"""What python-docx's own document has beside its styles: a picture of its first page, and the styles again for Word 2010."""
TALLEST = 0.8
"""The part of a page's height that a figure may take: its caption and notes stand below it."""
PICTURE = "/word/media/figure{number}.png"
"""The names of the parts that hold figures."""
LIST_LEVELS = "1-2"
"""Levels of headings in the contents."""


def files(report: Report, folder: Path, template: Path | None = None) -> dict[str, bytes]:
    """The document of a report as a file."""
    return {f"report.{report.language}.docx": document(report, template)}


def document(report: Report, template: Path | None = None) -> bytes:
    """A report as the bytes of a .docx file, the same for the same report.

    Parameters
    ----------
    template
        A .docx file: its page, header, footer, styles and text are kept, and the report comes after the text. Without one the
        page is A4 and the faces are 宋体 and Times New Roman.

    Raises
    ------
    StudyError
        `template_not_readable`.
    """
    made = opened(template) if template else docx.Document()
    return _Writer(made, report, is_ours=template is None).written()


def opened(template: Path) -> Document:
    """A template of a bureau.

    Raises
    ------
    StudyError
        `template_not_readable`, where it is no Word document (.docx).
    """
    try:
        made = docx.Document(str(template))
        made.element.body.get_or_add_sectPr()
        return made
    except (
        PackageNotFoundError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        AttributeError,
        XMLSyntaxError,
        OSError,
    ) as problem:
        said = str(problem) or type(problem).__name__
        raise StudyError("template_not_readable", template, problem=said) from None


class _Writer:
    """Writes a report into a document, whose bookmarks and pictures have numbers of their own."""

    def __init__(self, document: Document, report: Report, is_ours: bool) -> None:
        self.document, self.report, self.words = document, report, report.words
        self.is_ours = is_ours
        section = document.sections[-1]
        if section.page_width is None or is_ours:
            set_page(section)
        page, margins = section.page_width or 0, (section.left_margin or 0) + (section.right_margin or 0)
        self.width = Emu(page - margins).pt
        self.height = Emu((section.page_height or 0) - (section.top_margin or 0) - (section.bottom_margin or 0)).pt
        has_bullets = "List Bullet" in document.styles
        if is_ours:
            dress(document, self.width, 2 if report.language == "zh" else 0)
        else:
            complete(document)
        self.styles = {name: document.styles[name].style_id for name in STYLES}
        self.texts = Texts(self.styles, has_bullets, self._linked)
        self.numbers = count(max(map(int, document.element.xpath("//w:bookmarkStart/@w:id")), default=0) + 1)
        self.shapes = count(max(map(int, document.element.xpath("//wp:docPr/@id")), default=0) + 1)
        self.captions = captions(report)
        self.headings: list[tuple[int, str, str]] = []
        with ThreadPoolExecutor() as pool:  # typst lets other threads run
            drawn = list(figures(report))
            self.pictures = dict(zip(map(id, drawn), pool.map(png, (figure.svg for figure in drawn)), strict=True))
        self.parts: dict[str, bytes] = {}
        taken = {part.partname for part in document.part.package.iter_parts()}  # a template may be a former report
        places = (PackURI(PICTURE.format(number=number)) for number in count(1))
        self.places = (place for place in places if place not in taken)

    def written(self) -> bytes:
        """The bytes of the file."""
        body = [*self._chapters(), *self._origin()]
        for one in [*self._head(), *self._contents(), *body]:
            self.document.element.body.sectPr.addprevious(one)
        self._set_margins_of_pages()
        properties = self.document.core_properties
        properties.title = storable(self._title())
        properties.created = properties.modified = MADE
        properties.language = {"zh": "zh-CN", "en": "en-US"}.get(self.report.language, self.report.language)
        if self.is_ours:
            properties.author = properties.last_modified_by = properties.comments = ""
            for relations in (self.document.part.rels, self.document.part.package.rels):
                for one in [one for one in relations.values() if one.reltype in NOT_OURS]:
                    del relations[one.rId]
        out = io.BytesIO()
        self.document.save(out)
        return with_fixed_dates(out.getvalue(), self.parts)

    def _title(self) -> str:
        return " · ".join(filter(None, (self.report.community, self.report.title)))

    def _paragraph(self, style: str, text: str, *formats: str) -> Element:
        return paragraph(self.styles[style], run(text, *formats))

    def _head(self) -> Iterator[Element]:
        yield self._paragraph("Title", self.report.title)
        if self.report.community:
            yield self._paragraph("Subtitle", self.report.community)
        yield self._paragraph("Normal", self.report.summary)
        for warning in self.report.warnings:
            yield self._paragraph("Normal", warning, "b")

    def _contents(self) -> Iterator[Element]:
        """The contents as a field: Word sets the numbers of pages when it opens the file."""
        yield self._paragraph("TOC Heading", self.words.text("document_contents"))
        begin, code, separate, _, end = field_of(f'TOC \\o "{LIST_LEVELS}" \\h \\z \\u', "", dirty="true")
        for place, (depth, text, mark) in enumerate(self.headings):
            entry = element("hyperlink", run(text), anchor=mark, history=1)
            before = [begin, code, separate] if place == 0 else []
            after = [end] if place == len(self.headings) - 1 else []
            yield paragraph(self.styles[f"toc {depth}"], *before, entry, *after)

    def _chapters(self) -> Iterator[Element]:
        for chapter in self.report.chapters:
            yield self._heading(1, chapter.title)
            for place, block in enumerate(chapter.blocks):
                if isinstance(block, Text):
                    yield from self._text(block, until_text(chapter.blocks[place + 1 :]))
                elif isinstance(block, Table):
                    yield from self._table(block)
                else:
                    yield from self._figure(block)

    def _origin(self) -> Iterator[Element]:
        yield self._heading(1, self.words.text("chapter_origin"))
        for heading, told in self.report.origin:
            yield paragraph(
                self.styles["Normal"], run(self.words.text("document_fact", heading=heading), "b"), run(told)
            )
        yield self._paragraph("Normal", self.words.text("counts_intro"))
        yield from self._table(self.report.counts)
        yield self._paragraph("Table Note", self.words.text("made_by"))

    def _heading(self, level: int, text: str) -> Element:
        return self._marked(level, self._paragraph(f"Heading {level}", text))

    def _marked(self, level: int, heading: Element) -> Element:
        """A heading with a bookmark, where the contents lead."""
        number = next(self.numbers)
        mark = f"_TocChapter{number}"
        text = heading.text
        if level <= int(LIST_LEVELS[-1]):
            self.headings.append((level, text, mark))
        _, *content = list(heading)
        heading.extend(bookmarked(number, mark, content))
        return heading

    def _text(self, block: Text, shown: Sequence[Block]) -> Iterator[Element]:
        """A text, and at its end the tables and figures that follow it."""
        made = list(self.texts.written(block.markdown))
        for token, one in made:
            if token["type"] == "heading":
                self._marked(level(token), one)
        if made and made[-1][0]["type"] == "paragraph" and shown:
            made[-1][1].extend(self._references(shown))
        yield from (one for _, one in made)

    def _references(self, shown: Sequence[Block]) -> Iterator[Element]:
        """Tables and figures as references to their numbers; of more than two in a row the first and the last."""
        before, after = self._around("document_see")
        between = self.words.text("document_between")
        yield run(before)
        for place, (_, group) in enumerate(groupby(shown, type)):
            blocks = list(group)
            if place:
                yield run(between)
            yield from self._reference(blocks[0])
            if len(blocks) > 1:
                yield run(self.words.text("document_to") if len(blocks) > 2 else between)
                yield from self._reference(blocks[-1])
        yield run(after)

    def _reference(self, block: Block) -> list[Element]:
        caption = self.captions[id(block)]
        return field_of(f"REF {caption.mark} \\h", _kept(caption.label))

    def _around(self, key: str, **facts: str) -> tuple[str, str]:
        """What stands before and after the label in a sentence of the catalogue."""
        before, _, after = self.words.text(key, label="\0", **facts).partition("\0")
        return before, after

    def _caption(self, block: Table | Figure, is_kept: bool) -> Element:
        caption = self.captions[id(block)]
        number = field_of(caption.field, str(caption.number))
        named = bookmarked(next(self.numbers), caption.mark, [run(_kept(caption.kind + caption.chapter)), *number])
        before, after = self._around("document_caption", title=caption.title)
        kept = [element("keepNext")] if is_kept else []
        return paragraph(self.styles["Caption"], run(before), *named, run(after), properties=kept)

    def _continued(self, block: Table) -> Element:
        before, _, after = self.words.text("document_continued", title="\0").partition("\0")
        around = self._around("document_caption", title=self.captions[id(block)].title)
        content = [run(before + around[0]), *self._reference(block), run(around[1] + after)]
        return paragraph(self.styles["Caption"], *content, properties=[element("keepNext")])

    def _table(self, block: Table) -> Iterator[Element]:
        for place, part in enumerate(three_line(block, self.width, self.styles)):
            yield self._continued(block) if place else self._caption(block, True)
            yield part
        yield from self._notes(block.notes or [""])

    def _figure(self, block: Figure) -> Iterator[Element]:
        """The picture of all that is drawn, of which the document shows what it does not set itself."""
        relation = self._with_picture(self.pictures[id(block)])
        top, left = svg.between(block.svg)
        width, height = svg.size(block.svg)
        scale = min(1.0, self.width / width, TALLEST * self.height / left)
        size = Pt(round(width * scale, 1)), Pt(round(left * scale, 1))
        inline = CT_Inline.new_pic_inline(next(self.shapes), relation, f"{block.name}.png", *size)
        inline.docPr.set("descr", storable(f"{block.title}: {block.alternative}"))
        cut = {"t": top / height, "b": 1 - (top + left) / height}
        (fill,) = inline.xpath(".//pic:blipFill")
        fill[0].addnext(OxmlElement("a:srcRect", {side: str(round(100_000 * part)) for side, part in cut.items()}))
        yield paragraph(self.styles["Figure"], element("r", element("drawing", inline)))
        yield self._caption(block, bool(block.notes))
        yield from self._notes(block.notes)

    def _with_picture(self, content: bytes) -> str:
        """The id of a picture, which comes into the file at its end: python-docx would compress it once more, in vain."""
        place = next(self.places)
        self.parts[place.membername] = content
        part = self.document.part
        return part.relate_to(Part(place, CONTENT_TYPE.PNG, package=part.package), RELATIONSHIP_TYPE.IMAGE)

    def _notes(self, notes: Sequence[str]) -> Iterator[Element]:
        for place, note in enumerate(notes, 1):
            gap = [element("spacing", after=160)] if place == len(notes) else [element("keepNext")]
            yield paragraph(self.styles["Table Note"], run(note), properties=gap)

    def _linked(self, url: str) -> str:
        return self.document.part.relate_to(storable(url), RELATIONSHIP_TYPE.HYPERLINK, is_external=True)

    def _set_margins_of_pages(self) -> None:
        """What every page must say above, and below it its number, where no template has its own."""
        said = [*([self._title()] if self.is_ours else []), *self.report.warnings]
        has_even = self.document.settings.odd_and_even_pages_header_footer
        for place, section in enumerate(self.document.sections):
            headers = [section.header]
            headers += [section.first_page_header] if section.different_first_page_header_footer else []
            headers += [section.even_page_header] if has_even else []
            for header in headers:
                if said and (place == 0 or not header.is_linked_to_previous):
                    lines = [self._paragraph("Header", text) for text in said]
                    header._element.extend(lines)
        if self.is_ours:
            footer = self.document.sections[0].footer._element
            footer.append(paragraph(self.styles["Footer"], *field_of("PAGE", "1")))


def _kept(label: str) -> str:
    """The label of a table or figure, whose number is not parted by the end of a line."""
    return label.replace("-", HYPHEN)
