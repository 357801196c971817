"""Manuscripts as passages of text: Word files with their tables, notes and tracked insertions; Markdown, LaTeX and plain text.

Of a Word file its own XML is read, and written again without marks: nothing else in it changes.
"""

import codecs
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from analysis.citing import marks
from analysis.errors import StudyError
from analysis.reading.formats import encoding

TEXTS = (".md", ".markdown", ".qmd", ".rmd", ".txt", ".tex")
LARGEST = 200_000_000
"""Bytes of a Word file, unpacked: a file that is made to fill the memory has more."""
STORIES = ("document", "footnotes", "endnotes")
"""The parts of a Word file that hold an author's text, by their root."""
NOT_SHOWN = ("del", "moveFrom", "Fallback")
"""What a Word file has taken out, or holds twice."""
SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How an old .doc begins, and a file that has a password."""
BROKEN = (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, EOFError, OSError)
"""What reading a damaged package ends with."""
Parts = list[tuple[zipfile.ZipInfo, bytes]]
SPACES = " \u00a0\u2009\u202f~"


class Passage(NamedTuple):
    """A paragraph, a cell or a note.

    `kind` is `line` (the number is that of its first line), or the part of a Word file that it stands in (the number counts
    paragraphs).
    """

    text: str
    kind: str
    number: int


def passages(path: Path) -> list[Passage]:
    """The passages of a manuscript, in their order.

    Raises
    ------
    StudyError
        `manuscript_missing`, `manuscript_kind`, `manuscript_locked`, `manuscript_broken`; `encoding_unknown`.
    """
    if path.suffix.lower() == ".docx":
        roots = [root for _, root in _stories(path, _parts(path, _content(path)))]
        return [one for root in roots for one in _paragraphs(root)]
    text, _ = _text(path)
    return [*_blocks(text, is_tex=path.suffix.lower() == ".tex")]


def without_marks(path: Path) -> bytes:
    """The manuscript without its marks, and without the space before each.

    Raises
    ------
    StudyError
        As `passages`.
    """
    if path.suffix.lower() != ".docx":
        text, codec = _text(path)
        for start, end in reversed([*_cuts(text)]):
            text = text[:start] + text[end:]
        return text.encode(codec)
    parts = _parts(path, _content(path))
    changed = {}
    for name, root in _stories(path, parts):
        for paragraph in root.iter("{*}p"):
            _cut(paragraph)
        changed[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as copy:
        for entry, part in parts:
            copy.writestr(entry, changed.get(entry.filename, part), entry.compress_type)
    return out.getvalue()


def copy_without_marks(path: Path, copy: Path) -> bytes:
    """What is to be written as a copy for submission.

    Raises
    ------
    StudyError
        `strip_taken` where something is there already, or the copy would be of another kind; as `passages`.
    """
    if copy.exists() or copy.suffix.lower() != path.suffix.lower():
        raise StudyError("strip_taken", copy, suffix=path.suffix)
    return without_marks(path)


def _content(path: Path) -> bytes:
    suffix = path.suffix.lower()
    if path.is_file() and suffix not in (".docx", *TEXTS):
        raise StudyError("manuscript_kind", path, kind=suffix or "–")
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise StudyError("manuscript_missing", path, problem=problem.strerror) from None
    if content.startswith(OLE) and "EncryptedPackage".encode("utf-16-le") in content:
        raise StudyError("manuscript_locked", path)
    for kind, start in {".doc": OLE, ".pdf": b"%PDF", ".docx": b"PK\x03\x04"}.items():
        if content.startswith(start) and suffix != kind:
            raise StudyError("manuscript_kind", path, kind=kind)
    return content


def _parts(path: Path, content: bytes) -> Parts:
    """Everything in a Word file."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            if (size := sum(entry.file_size for entry in package.infolist())) > LARGEST:
                raise StudyError("manuscript_broken", path, problem=f"{size:,} > {LARGEST:,} B")
            return [(entry, package.read(entry)) for entry in package.infolist()]
    except StudyError:
        raise
    except BROKEN as problem:
        raise StudyError("manuscript_broken", path, problem=problem) from None


def _stories(path: Path, parts: Parts) -> list[tuple[str, etree._Element]]:
    """The parts of a Word file that hold text."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    names = [(entry.filename, part) for entry, part in parts if re.fullmatch(r"word/[^/]*\.xml", entry.filename)]
    try:
        read = [(name, etree.fromstring(part, parser)) for name, part in names]
    except etree.XMLSyntaxError as problem:
        raise StudyError("manuscript_broken", path, problem=problem) from None
    stories = [(name, root) for name, root in read if etree.QName(root).localname in STORIES]
    if not stories:
        raise StudyError("manuscript_broken", path, problem="word/document.xml")
    return sorted(stories, key=lambda story: STORIES.index(etree.QName(story[1]).localname))


def _paragraphs(root: etree._Element) -> Iterator[Passage]:
    kind = etree.QName(root).localname
    for number, paragraph in enumerate(root.iter("{*}p"), 1):
        if any(etree.QName(one).localname in NOT_SHOWN for one in paragraph.iterancestors()):
            continue
        pieces = []
        for node in _own(paragraph):
            name = etree.QName(node).localname
            pieces.append(SIGNS.get(name, (node.text or "") if name == "t" else ""))
        if text := "".join(pieces):
            yield Passage(text, kind, number)


def _own(paragraph: etree._Element) -> Iterator[etree._Element]:
    """What a reader sees of a paragraph, without the paragraphs of text boxes in it, which are their own."""
    for child in paragraph:
        if not isinstance(child.tag, str):
            continue
        name = etree.QName(child).localname
        if name in NOT_SHOWN or name == "p":
            continue
        yield child
        yield from _own(child)


def _cut(paragraph: etree._Element) -> None:
    """Take the marks out of a paragraph, whose text may lie in several runs; what was deleted in it is looked at apart."""
    shown = [node for node in _own(paragraph) if etree.QName(node).localname == "t"]
    deleted = [node for node in paragraph.iter("{*}delText", "{*}t") if node not in shown]
    for nodes in (shown, deleted):
        texts = [node.text or "" for node in nodes]
        for start, end in reversed([*_cuts("".join(texts))]):
            at = 0
            for place, text in enumerate(texts):
                first, last = (min(max(bound - at, 0), len(text)) for bound in (start, end))
                at += len(text)
                texts[place] = text[:first] + text[last:]
        for node, text in zip(nodes, texts, strict=True):
            if text != (node.text or ""):
                node.text = text
                node.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")


def _cuts(text: str) -> Iterator[tuple[int, int]]:
    """What of a text goes with its marks: each with the space before it, unless that keeps words apart."""
    for mark in marks.found(text):
        has_space = text[mark.start - 1 : mark.start] in tuple(SPACES)
        keeps_apart = text[mark.end : mark.end + 1].isalnum()
        yield (mark.start - 1 if has_space and not keeps_apart else mark.start), mark.end


def _text(path: Path) -> tuple[str, str]:
    """The text of a file and its encoding."""
    content = _content(path)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        codec = "utf-16"
    elif content.startswith(codecs.BOM_UTF8):
        codec = "utf-8-sig"
    else:
        codec = encoding.found(content, path)
    try:
        return content.decode(codec), codec
    except UnicodeDecodeError as problem:
        raise StudyError("manuscript_broken", path, problem=problem) from None


def _blocks(text: str, is_tex: bool) -> Iterator[Passage]:
    """The paragraphs of a text, which blank lines divide."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    at = 0
    for part in re.split(r"(\n[ \t]*(?:\n[ \t]*)+)", text):
        if part.strip():
            yield Passage(_plain(part) if is_tex else part, "line", 1 + text[:at].count("\n"))
        at += len(part)


def _plain(tex: str) -> str:
    """What LaTeX prints of a paragraph, as far as numbers go; its lines stay."""
    text = re.sub(r"(?<!\\)%[^\n]*", "", tex)
    for written, printed in {r"\%": "%", "{,}": ",", r"\,": "\u2009", "---": "—", "--": "–", "$": "", "~": " "}.items():
        text = text.replace(written, printed)
    return re.sub(r"\\(?:text)?(?:rm|bf|it)?\{([^{}\n]*)\}", r"\1", text)
