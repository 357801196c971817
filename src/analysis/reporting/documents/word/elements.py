"""The elements of a Word document (WordprocessingML, ECMA-376 part 1, § 17) that a report is made of."""

import re
from collections.abc import Iterable
from functools import cache

from docx.oxml.ns import nspfxmap, qn
from docx.oxml.parser import oxml_parser
from docx.oxml.xmlchemy import BaseOxmlElement

Element = BaseOxmlElement

NAMESPACE = nspfxmap("w")
ILLEGAL = re.compile("[^\t\n\r\u0020-~\u00a0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|[\u202a-\u202e\u2066-\u2069]")
"""What XML can't hold or should not (§ 2.2 of XML 1.0), and characters that turn the direction of what follows, digits too."""
REPLACED = "�"
HYPHEN = "\u2011"
"""A hyphen where no line ends."""
FORMATS: dict[str, dict[str, object]] = {"b": {}, "i": {}, "u": {"val": "single"}}
"""Bold, italic and underlined, in the schema's order."""


def element(tag: str, *children: Element, **attributes: object) -> Element:
    """An element of the namespace `w:`, with its attributes of the same."""
    named = {_name(name): str(value) for name, value in attributes.items()}
    made: Element = oxml_parser.makeelement(_name(tag), named, NAMESPACE)
    made.extend(children)
    return made


@cache
def _name(name: str) -> str:
    """A name with its namespace: tens of thousands of elements have a few dozen."""
    return qn(f"w:{name}")


def storable(text: str) -> str:
    """A text as a document can hold it: other characters become �."""
    return ILLEGAL.sub(REPLACED, text)


def pieces(text: str) -> list[str]:
    """A text as a document can hold it, parted at tabs, ends of lines and hyphens that keep a line together: elements there."""
    return [piece for piece in re.split(rf"(\t|\r\n|\n|\r|{HYPHEN})", storable(text)) if piece]


def run(text: str, *formats: str) -> Element:
    """Text in some of the `FORMATS`."""
    drawn = [element(name, **settings) for name, settings in FORMATS.items() if name in formats]
    made = element("r", element("rPr", *drawn)) if drawn else element("r")
    for piece in pieces(text):
        if piece == "\t":
            made.append(element("tab"))
        elif piece in ("\n", "\r", "\r\n"):
            made.append(element("br"))
        elif piece == HYPHEN:
            made.append(element("noBreakHyphen"))
        else:
            written = element("t")
            written.text = piece
            written.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
            made.append(written)
    return made


def field_of(instruction: str, shown: str, *formats: str, **begin: object) -> list[Element]:
    """A field, which Word computes again when it is asked to, and what it shows until then."""
    code = element("instrText")
    code.text = f" {instruction} "
    code.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    return [
        element("r", element("fldChar", fldCharType="begin", **begin)),
        element("r", code),
        element("r", element("fldChar", fldCharType="separate")),
        run(shown, *formats),
        element("r", element("fldChar", fldCharType="end")),
    ]


def paragraph(style: str, *content: Element, properties: Iterable[Element] = ()) -> Element:
    """A paragraph in the style with this id; further properties in the schema's order."""
    return element("p", element("pPr", element("pStyle", val=style), *properties), *content)


def bookmarked(number: int, name: str, content: Iterable[Element]) -> list[Element]:
    """Content between the marks of a bookmark, whose number is its own in the document."""
    return [element("bookmarkStart", id=number, name=name), *content, element("bookmarkEnd", id=number)]
