"""Texts in Markdown as paragraphs of Word."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from docx.oxml.ns import qn

from analysis.reporting.documents.markdown import Token, address, parsed
from analysis.reporting.documents.word.elements import Element, element, paragraph, run

HIGHEST, LOWEST = 2, 3
"""Levels of headings in a text: those of chapters, and of the page of HTML, are above them."""


@dataclass(frozen=True)
class Texts:
    """How texts are written in one document.

    Attributes
    ----------
    styles
        The id of each style, by name.
    has_bullets
        Whether `List Bullet` brings its own bullets; else they are written.
    linked
        Gives the id of a relationship of the document for an address.
    """

    styles: dict[str, str]
    has_bullets: bool
    linked: Callable[[str], str]

    def written(self, text: str) -> Iterator[tuple[Token, Element]]:
        """The paragraphs of a text, each with what it was in Markdown."""
        for token in parsed(text):
            yield from ((token, made) for made in self._block(token))

    def _block(self, token: Token, style: str = "Normal") -> Iterator[Element]:
        kind = token["type"]
        if kind == "heading":
            yield self._paragraph(f"Heading {level(token)}", self._inline(token["children"]))
        elif kind == "list":
            yield from self._list(token)
        elif kind == "block_quote":
            for child in token["children"]:
                yield from self._block(child, "Quote")
        elif kind in ("block_code", "block_html"):
            yield self._paragraph("Plain Text" if kind == "block_code" else style, [run(token["raw"].rstrip("\n"))])
        elif "children" in token:
            yield self._paragraph(style, self._inline(token["children"]))

    def _list(self, token: Token) -> Iterator[Element]:
        is_numbered = token["attrs"]["ordered"]
        first = token["attrs"].get("start", 1)
        style = "List" if is_numbered else "List Bullet"
        for number, item in enumerate(token["children"], first):
            mark = f"{number}.\t" if is_numbered else "" if self.has_bullets else "•\t"
            for place, child in enumerate(item["children"]):
                if child["type"] == "list":
                    yield from self._list(child)
                elif "children" in child:
                    marked = [run(mark)] if mark and not place else []
                    yield self._paragraph(style, [*marked, *self._inline(child["children"])])
                else:
                    yield from self._block(child)

    def _inline(self, tokens: Sequence[Token], *formats: str) -> Iterator[Element]:
        for token in tokens:
            kind = token["type"]
            if kind in ("softbreak", "linebreak"):
                yield run(" " if kind == "softbreak" else "\n", *formats)
            elif kind in ("strong", "emphasis"):
                yield from self._inline(token["children"], *formats, "b" if kind == "strong" else "i")
            elif kind == "link" and (url := address(token)):
                shown = list(self._inline(token["children"], *formats, "u"))
                link = element("hyperlink", *shown)
                link.set(qn("r:id"), self.linked(url))
                yield link
            elif "children" in token:
                yield from self._inline(token["children"], *formats)
            else:
                yield run(token["raw"], *formats)

    def _paragraph(self, style: str, content: Iterator[Element] | Sequence[Element]) -> Element:
        return paragraph(self.styles[style], *content)


def level(heading: Token) -> int:
    """The level of a heading of a text among those of a document."""
    return min(max(heading["attrs"]["level"] - 1, HIGHEST), LOWEST)
