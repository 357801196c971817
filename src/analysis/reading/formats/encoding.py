"""Bytes to text: the declared encoding, or the one that is found.

UTF-8 (with or without BOM) comes first, since nearly every UTF-8 text is also valid GB18030 and would turn into other
characters; a file that is UTF-8 but for a damaged place is refused, not read as something else, and so is one of which
some lines are UTF-8 and others not. Then GB18030 or Big5, whichever reads as everyday Chinese.
"""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from analysis.errors import StudyError, listing

LEGACY = ("gb18030", "big5")
EVERYDAY = {"gb18030": re.compile(rb"[\xb0-\xd7][\xa1-\xfe]"), "big5": re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")}
"""The two-byte codes of each encoding's first level: the 3,755 and 5,401 characters of everyday use."""
CLEARLY = 0.2
"""By how much the share of everyday characters must differ before one encoding is preferred."""
MOSTLY = 0.8
"""From this share of bytes that are UTF-8 sequences on, a file with a broken one is damaged UTF-8."""
WINDOWS = {byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(0x80, 0x100)}
"""What each byte beyond ASCII is taken for when UTF-8 is read as Western European text."""
FOLLOWS = "".join(f"{chr(byte)}{WINDOWS[byte]}" for byte in range(0x80, 0xC0))
ENCODED_TWICE = re.compile(f"[ÂÃ][{re.escape(FOLLOWS)}]|[à-ï][{re.escape(FOLLOWS)}]{{2}}")
"""A Latin letter (é as Ã©) or a Chinese character (是 as æ˜¯) whose UTF-8 bytes were taken for characters."""


BLANK = codecs.BOM_UTF8 + b" \t\r\n"
UTF_8 = ("utf-8", "utf-8-sig")
BLOCK = 2**24
"""Bytes that are looked at at a time."""
SPACE = 4096
"""Bytes that are looked at before a large file is taken for one of blanks only."""
UTF_8_LINE = re.compile(
    rb"^[\x00-\x09\x0b-\x7f]*(?:[\xe3-\xe9\xef][\x80-\xbf]{2}[\x00-\x09\x0b-\x7f]*){2,}$", re.MULTILINE
)
"""A line with two Chinese characters or more, all of them UTF-8: in GB18030 six such bytes are three rare characters."""


def utf8(path: Path, declared: str | None) -> bytes:
    """The text of a file in UTF-8, without a byte-order mark.

    Raises
    ------
    StudyError
        `file_empty`; `encoding_declared` where the file is not what study.yml says; `encoding_damaged` where a UTF-8 file has a
        broken place; `encoding_mixed` where some lines are UTF-8 and others are not; `encoding_unknown` where none fits, or
        more than one does.
    """
    content = path.read_bytes()
    if not content[:SPACE].strip(BLANK) and not content.strip(BLANK):
        raise StudyError("file_empty", path)
    if declared:
        return _as_declared(content, declared, path)
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return _as_declared(content, "utf-16", path)
    if _is_utf8(content):
        return content.removeprefix(codecs.BOM_UTF8)
    if _share_of_utf8(content) >= MOSTLY:
        byte = _broken_at(content)
        raise StudyError("encoding_damaged", path, byte=byte + 1, row=_row(content, byte))
    if line := UTF_8_LINE.search(content):
        byte = _broken_at(content)
        raise StudyError(
            "encoding_mixed", path, row=_row(content, byte), byte=byte + 1, other=_row(content, line.start())
        )
    return content.decode(_legacy(content, path)).encode()


@contextmanager
def as_utf8(path: Path, declared: str | None) -> Iterator[BinaryIO]:
    """A file that gives what `utf8` gives, bit by bit; where the encoding is another one, all of it is decoded first.

    Raises
    ------
    StudyError
        As `utf8`.
    """
    if (declared is None or codecs.lookup(declared).name in UTF_8) and _is_utf8_throughout(path):
        with path.open("rb") as file:
            file.seek(len(codecs.BOM_UTF8) if file.read(len(codecs.BOM_UTF8)) == codecs.BOM_UTF8 else 0)
            yield file
    else:
        yield io.BytesIO(utf8(path, declared))


def _is_utf8_throughout(path: Path) -> bool:
    with path.open("rb") as file:
        return all(_is_utf8(block + file.readline()) for block in iter(partial(file.read, BLOCK), b""))


def _is_utf8(content: bytes) -> bool:
    """Whether all of a text is UTF-8, without a second copy of it."""
    text = pa.LargeStringArray.from_buffers(1, pa.py_buffer(np.array([0, len(content)])), pa.py_buffer(content))
    try:
        text.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def _broken_at(content: bytes) -> int:
    """The first byte, counted from 0, that is no UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as problem:
        return problem.start
    return len(content)


def _row(content: bytes, byte: int) -> int:
    return content.count(b"\n", 0, byte) + 1


def mended(text: str) -> str:
    """A text without what was encoded twice: "aÃ±os" is "años"."""
    return text if text.isascii() else ENCODED_TWICE.sub(_decoded, text)


def _decoded(found: re.Match[str]) -> str:
    bytes_of = {character: byte for byte, character in WINDOWS.items()}
    content = bytes(bytes_of.get(character, ord(character) & 0xFF) for character in found[0])
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return found[0]


def _as_declared(content: bytes, declared: str, path: Path) -> bytes:
    encoding = codecs.lookup(declared).name
    if encoding in UTF_8 and _is_utf8(content):
        return content.removeprefix(codecs.BOM_UTF8)
    problem = None
    try:
        text = content.decode(encoding).encode()
    except UnicodeError as broken:
        problem = getattr(broken, "start", 0) + 1
    if problem is None and (encoding.startswith("utf") or not _is_utf8_chinese(content)):
        return text
    readable = [name for name in ("utf-8", *LEGACY) if _decodes(content, name)]
    first = next((place for place, byte in enumerate(content, start=1) if byte > 0x7F), 1)
    raise StudyError("encoding_declared", path, encoding=declared, byte=problem or first, known=listing(readable[:1]))


def _is_utf8_chinese(content: bytes) -> bool:
    """Whether the file has characters beyond ASCII, and all of them are UTF-8: another encoding would make others of them."""
    return not content.isascii() and _is_utf8(content)


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _share_of_utf8(content: bytes) -> float:
    """The share of the bytes beyond ASCII that are part of whole UTF-8 sequences."""
    kept = content.decode("utf-8", errors="ignore").encode("utf-8")
    return _beyond_ascii(kept) / max(_beyond_ascii(content), 1)


def _beyond_ascii(content: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(content, dtype=np.uint8) > 0x7F))


def found(content: bytes, path: Path) -> str:
    """The encoding of text that nobody declared: UTF-8, else GB18030 or Big5.

    Raises
    ------
    StudyError
        `encoding_unknown` where none fits, or more than one does.
    """
    return "utf-8" if _is_utf8(content) else _legacy(content, path)


def _legacy(content: bytes, path: Path) -> str:
    """GB18030 or Big5: the only one that decodes the file, or the one in which its characters are clearly more everyday."""
    possible = [encoding for encoding in LEGACY if _decodes(content, encoding)]
    pairs = max(_beyond_ascii(content) / 2, 1)
    everyday = {encoding: len(EVERYDAY[encoding].findall(content)) / pairs for encoding in possible}
    ranked = sorted(possible, key=lambda encoding: everyday[encoding], reverse=True)
    if not ranked or (len(ranked) > 1 and everyday[ranked[0]] - everyday[ranked[1]] < CLEARLY):
        raise StudyError("encoding_unknown", path)
    return ranked[0]
