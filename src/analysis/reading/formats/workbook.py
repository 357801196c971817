"""The container of a spreadsheet: opened by what it is, refused where it is locked, broken, or packed to fill the memory."""

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from xml.etree import ElementTree

import xlrd
from python_calamine import CalamineWorkbook, PasswordError

from analysis.errors import StudyError
from analysis.reading.formats import dimensions
from analysis.reading.formats.sectors import has_loop

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How .xls files begin, and every workbook with a password."""
LARGEST = 2 * 1024**3
"""Bytes that a workbook may hold unpacked."""
BOMB = (100 * 1024**2, 200)
"""From so many bytes on, so many times the packed size: no table packs like this."""
MOST_CELLS = 100_000_000
"""Cells of a sheet, blank ones between others too."""
WORKBOOK = "xl/workbook.xml"
OPEN_DOCUMENT = "content.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
HEAD = 1 << 16


@contextmanager
def opened(path: Path) -> Iterator[CalamineWorkbook]:
    """A workbook, whichever of the formats it is in; whatever breaks in it is said of the file.

    Raises
    ------
    StudyError
        `not_a_workbook`, `workbook_locked`, `workbook_bomb`, `workbook_unreadable`.
    """
    _require_workbook(path)
    try:
        with path.open("rb") as file, CalamineWorkbook.from_filelike(file) as workbook:
            yield workbook
    except StudyError:
        raise
    except PasswordError:
        raise StudyError("workbook_locked", path) from None
    except BaseException as problem:
        # A panic of the library is no Exception, and a stop by the user must stay one.
        if isinstance(problem, Exception) or type(problem).__name__ == "PanicException":
            raise StudyError("workbook_unreadable", path, problem=problem) from None
        raise


def markup(head: bytes) -> str:
    """What kind of page a file is by its first bytes, where it is one: systems export such pages under the name .xls."""
    text = head.replace(b"\0", b"").lower()
    if b"urn:schemas-microsoft-com:office:spreadsheet" in text:
        return "XML Spreadsheet 2003"
    if b"mime-version:" in text:
        return "MHTML"
    return "HTML" if re.search(rb"<(!doctype html|html|head|body|table|meta)\b", text) else ""


def kind(path: Path) -> str:
    """Which workbook a file is by its content: `.xlsx` (or .xlsm), `.xlsb`, `.ods` or `.xls`."""
    if not zipfile.is_zipfile(path):
        return ".xls"
    with archive(path) as parts:
        names = {*parts.namelist()}
    return ".xlsx" if WORKBOOK in names else ".xlsb" if "xl/workbook.bin" in names else ".ods"


def old(path: Path) -> xlrd.Book:
    """An .xls file by the one reader that tells errors and the year that days are counted from."""
    try:
        return xlrd.open_workbook(path, logfile=io.StringIO(), ignore_workbook_corruption=True)
    except Exception as problem:
        # Damaged records end in whatever error reading them happens to meet.
        raise StudyError("workbook_unreadable", path, problem=problem) from None


def require_size(path: Path, sheet: str) -> None:
    """Refuse a sheet that would not fit into memory as a table, most often for one stray cell far off.

    Raises
    ------
    StudyError
        `sheet_too_large`.
    """
    if kind(path) != ".xlsx":
        return
    with part(path, sheet) as file:
        head = file.read(HEAD)
    found = re.search(rb'<(?:\w+:)?dimension[^>]*ref="(?:[A-Z]+\d+:)?([A-Z]+)(\d+)"', head)
    if not found:
        return
    _require_dimensions(path, [(sheet, int(found[2]), column_number(found[1].decode()) + 1)])


def counts_from_1904(path: Path) -> bool:
    """Whether a workbook counts days from 1904, as those made by old Macs do; not told of .xlsb files, and none of .ods."""
    if kind(path) == ".xls":
        return bool(old(path).datemode)
    if kind(path) != ".xlsx":
        return False
    with archive(path) as parts, parts.open(WORKBOOK) as file:
        found = ElementTree.parse(file).find(".//{*}workbookPr")
    return found is not None and found.get("date1904") in ("1", "true")


def _require_workbook(path: Path) -> None:
    """Refuse what is no workbook, is locked, or would fill the memory."""
    with path.open("rb") as file:
        head = file.read(4096)
        if head.startswith(OLE):
            content = head + file.read()
            if "EncryptedPackage".encode("utf-16-le") in content:
                raise StudyError("workbook_locked", path)
            if has_loop(content):
                raise StudyError("workbook_unreadable", path, problem="a chain of sectors without an end")
            try:
                sheets = [*dimensions.of_xls(content)]
            except Exception as problem:  # as of `old`
                raise StudyError("workbook_unreadable", path, problem=problem) from None
            _require_dimensions(path, sheets)
            return
    if not head.startswith(b"PK"):
        raise StudyError("not_a_workbook", path, found=markup(head) or "–")
    with archive(path) as parts:
        members = parts.infolist()
        unpacked = sum(one.file_size for one in members)
        packed = sum(one.compress_size for one in members)
        if unpacked > LARGEST or (unpacked > BOMB[0] and unpacked > BOMB[1] * packed):
            raise StudyError("workbook_bomb", path, packed=_mega(packed), unpacked=_mega(unpacked))
        if any(one.flag_bits & 1 for one in members):
            raise StudyError("workbook_locked", path)
        # The sizes may be a lie, and a part may be damaged: all of it is unpacked once, and none of it kept.
        if damaged := parts.testzip():
            raise StudyError("workbook_unreadable", path, problem=damaged)
        if OPEN_DOCUMENT in parts.namelist():
            with parts.open(OPEN_DOCUMENT) as file:
                _require_dimensions(path, dimensions.of_ods(file))


def _require_dimensions(path: Path, sheets: Iterable[tuple[str, int, int]]) -> None:
    for sheet, rows, columns in sheets:
        if rows * columns > MOST_CELLS:
            place = f"{path}: {sheet}" if sheet else str(path)
            raise StudyError("sheet_too_large", place, rows=f"{rows:,}", columns=f"{columns:,}")


@contextmanager
def archive(path: Path) -> Iterator[zipfile.ZipFile]:
    """The parts of a workbook; zlib, ElementTree and zipfile each have errors of their own for a damaged one."""
    try:
        with zipfile.ZipFile(path) as parts:
            yield parts
    except StudyError:
        raise
    except Exception as problem:
        raise StudyError("workbook_unreadable", path, problem=problem) from None


@contextmanager
def part(path: Path, sheet: str) -> Iterator[IO[bytes]]:
    """The XML of a sheet of an .xlsx or .xlsm file."""
    with archive(path) as parts:
        with parts.open(WORKBOOK) as file:
            sheets = ElementTree.parse(file).iterfind(".//{*}sheet")
            attributes = next(one.attrib for one in sheets if one.get("name") == sheet)
        key = next(value for name, value in attributes.items() if name.endswith("}id"))
        with parts.open(RELATIONS) as file:
            target = next(one.get("Target", "") for one in ElementTree.parse(file).getroot() if one.get("Id") == key)
        with parts.open(target[1:] if target.startswith("/") else f"xl/{target}") as file:
            yield file


def column_number(letters: str) -> int:
    """The number, from 0, of the column that a spreadsheet calls by these letters."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _mega(size: int) -> str:
    return f"{size / 1024**2:,.0f} MB"
