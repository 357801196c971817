"""CSV and TSV files: bytes to rows of text, nothing interpreted and nothing lost.

The encoding is the declared one, or found: UTF-8 (with or without BOM) first, since nearly every UTF-8 text is also valid
GB18030 and would turn into other characters; then GB18030 or Big5, whichever reads as everyday Chinese.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.reading.faults import Fault
from analysis.settings import FileSource

LEGACY = ("gb18030", "big5")
EVERYDAY = {"gb18030": re.compile(rb"[\xb0-\xd7][\xa1-\xfe]"), "big5": re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]")}
"""The two-byte codes of each encoding's first level: the 3,755 and 5,401 characters of everyday use."""
CLEARLY = 0.2
"""By how much the share of everyday characters must differ before one encoding is preferred."""


def read(path: Path, source: FileSource, characters: Mapping[int, str]) -> tuple[pd.DataFrame, list[Fault]]:
    """The rows of a delimited file as text.

    Parameters
    ----------
    characters
        What each private-use code point of this file means.

    Returns
    -------
    tuple
        One row per line of data, indexed by its row number in the file (the header is row 1), all cells text as written,
        columns named by the header or by position from "1"; and the rows that have more or fewer fields than that.

    Raises
    ------
    StudyError
        `file_empty`, or the encoding is not the declared one or can't be found.
    """
    lines = [
        (number, [cell.strip(source.strip) if source.strip else cell for cell in fields])
        for number, fields in _records(decode(path, source.encoding).translate(characters), source.delimiter)
        if any(cell.strip() for cell in fields)
    ]
    body = lines[1:] if source.header else lines
    if not body:
        raise StudyError("file_empty", path)
    header = [cell.strip() for cell in lines[0][1]] if source.header else [str(i + 1) for i in range(len(body[0][1]))]
    faults = [
        Fault(source.file, number, "", f"{len(fields)} ≠ {len(header)}", "field_count")
        for number, fields in body
        if len(fields) != len(header)
    ]
    whole = [(number, fields) for number, fields in body if len(fields) == len(header)]
    rows = pd.DataFrame(
        [fields for _, fields in whole], columns=header, index=[number for number, _ in whole], dtype=str
    )
    return rows, faults


def decode(path: Path, encoding: str | None) -> str:
    """The text of a file in its declared encoding, or in the one that is found."""
    content = path.read_bytes()
    if not content.strip():
        raise StudyError("file_empty", path)
    candidates = [encoding] if encoding else ["utf-16"] if content[:2] in (b"\xff\xfe", b"\xfe\xff") else ["utf-8-sig"]
    for candidate in candidates:
        try:
            return content.decode("utf-8-sig" if candidate.lower() in ("utf-8", "utf8") else candidate)
        except (UnicodeDecodeError, LookupError) as problem:
            if encoding:
                byte = problem.start + 1 if isinstance(problem, UnicodeDecodeError) else 0
                readable = [name for name in ("utf-8", *LEGACY) if _decodes(content, name)]
                raise StudyError(
                    "encoding_declared", path, encoding=encoding, byte=byte, known=listing(readable)
                ) from None
    return content.decode(_legacy_encoding(content, path))


def _decodes(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _legacy_encoding(content: bytes, path: Path) -> str:
    """GB18030 or Big5: the only one that decodes the file, or the one in which its characters are clearly more everyday."""
    possible = [encoding for encoding in LEGACY if _decodes(content, encoding)]
    pairs = max(sum(byte > 0x7F for byte in content) / 2, 1)
    everyday = {encoding: len(EVERYDAY[encoding].findall(content)) / pairs for encoding in possible}
    ranked = sorted(possible, key=lambda encoding: everyday[encoding], reverse=True)
    if not ranked or (len(ranked) > 1 and everyday[ranked[0]] - everyday[ranked[1]] < CLEARLY):
        raise StudyError("encoding_unknown", path)
    return ranked[0]


def _records(text: str, delimiter: str | None) -> Iterator[tuple[int, list[str]]]:
    """Rows numbered as a person counts them: from 1, a quoted field with line breaks in it being one row."""
    first = text.split("\n", 1)[0]
    separator = delimiter or max(",\t;", key=first.count)
    return enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), start=1)
