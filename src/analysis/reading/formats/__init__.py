"""Which module reads a file: the one of its format, which its first bytes say, and its name only where they don't."""

import codecs
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.reading import reshape
from analysis.reading.formats import arrow, delimited, excel, spss, stata, submissions, wjx, workbook, xlsform
from analysis.reading.formats.raw import Raw
from analysis.settings import FORMATS, FileSource

SIGNATURES = (
    (re.compile(rb"PK\x03\x04"), "excel", (".xlsx", ".xlsm", ".xlsb", ".ods")),
    (re.compile(re.escape(workbook.OLE)), "excel", (".xls",)),
    (re.compile(rb"\$FL[23]"), "spss", (".sav", ".zsav")),
    (re.compile(rb".{0,400}SPSS PORT FILE", re.DOTALL), "spss", (".por",)),
    (re.compile(rb"<stata_dta>|[\x69-\x73][\x01\x02]\x01\x00"), "stata", (".dta",)),
    (re.compile(rb"PAR1"), "arrow", (".parquet",)),
    (re.compile(rb"FEA1|ARROW1"), "arrow", (".feather", ".arrow")),
)
"""How files begin, their format, and how their names should end."""
READERS = {"excel": excel.read, "spss": spss.read, "stata": stata.read, "arrow": arrow.read}
BINARY = re.compile(rb"[\x00-\x08\x0e-\x1f]")
HEAD = 4096


def read(path: Path, source: FileSource, folder: Path) -> Raw:
    """A file as text, with a column `#` that names each row.

    Parameters
    ----------
    folder
        The study's folder, where its table of characters lies.

    Raises
    ------
    StudyError
        The file can't be read; each format's module says why.
    """
    return _numbered(_told_apart(_cells(path, source, folder), path, source, folder), path)


def pieces(path: Path, source: FileSource, folder: Path) -> Iterator[Raw]:
    """A file as `read` gives it, some rows at a time where it is delimited text or Parquet; any other as a whole.

    Raises
    ------
    StudyError
        As `read`.
    """
    found = _streamed(path, source, folder)
    first = next(found, None)
    if first is None or wjx.is_export(first.rows):  # what an answer means there stands in all rows
        yield read(path, source, folder)
        return
    for raw in chain([first], found):
        yield _numbered(raw, path)


def _streamed(path: Path, source: FileSource, folder: Path) -> Iterator[Raw]:
    """The pieces of a file whose rows mean what they say one by one; nothing of any other."""
    if source.database or source.form or source.other_coding:
        return
    format_, suffix = format_of(path)
    notes = {"note_other_format": [suffix]} if suffix else {}
    if format_ == "text":
        for rows, faults in delimited.pieces(path, source, _meanings(source, folder)):
            yield Raw(rows, faults, notes=notes)
    elif arrow.is_parquet(path):
        for rows in arrow.pieces(path):
            yield Raw(rows, [], notes=notes)


def _numbered(raw: Raw, path: Path) -> Raw:
    """A file with the column `#`, where it has none."""
    if reshape.ROW in raw.rows:
        return raw
    # With the file's name, so that nobody is taken for the person in the same row of another file.
    numbers = pd.Series(raw.rows.index.astype("str"), index=raw.rows.index)
    return raw._replace(rows=raw.rows.assign(**{reshape.ROW: f"{path.stem}-" + numbers}))


def looks_at_columns(path: Path, source: FileSource) -> bool:
    """Whether how a file is read depends on which of its columns are mapped."""
    return source.database is not None or format_of(path)[0] == "excel"


def _told_apart(raw: Raw, path: Path, source: FileSource, folder: Path) -> Raw:
    """The export of a survey platform as its questions; any other file as it stands."""
    if source.form:
        form = xlsform.read(path.parent / source.form.file)
        return submissions.decoded(raw, form, path, source.nothing_ticked, source.form.language)
    if not source.other_coding:
        return wjx.decoded(raw, path, source.nothing_ticked) if wjx.is_export(raw.rows) else raw
    beside = path.parent / source.other_coding
    other = _cells(beside, source, folder)
    for one, rows in ((path, raw.rows), (beside, other.rows)):
        if not wjx.is_export(rows):
            raise StudyError("wjx_no_export", one, known=listing(rows))
    return wjx.decoded(raw, path, source.nothing_ticked, other)


def _cells(path: Path, source: FileSource, folder: Path) -> Raw:
    """A file as its format's module reads it."""
    format_, suffix = ("database", "") if source.database else format_of(path)
    if format_ == "database":
        from analysis.reading.formats import database  # SQLAlchemy is long to load, and few studies need it

        raw = database.read(source, path)
    elif format_ in READERS:
        raw = READERS[format_](path, source)
    else:
        raw = Raw(*delimited.read(path, source, _meanings(source, folder)))
    return raw._replace(notes={"note_other_format": [suffix], **raw.notes}) if suffix else raw


def format_of(path: Path) -> tuple[str, str]:
    """A file's format by its content, one of READERS or `text`; and how its name should end, where it ends otherwise.

    Content without a signature has the format that its name says, unless it is text under the name of another format.
    """
    with path.open("rb") as file:
        head = file.read(HEAD)
    suffix = path.suffix.lower()
    for signature, format_, suffixes in SIGNATURES:
        if signature.match(head):
            return format_, "" if suffix in suffixes else suffixes[0]
    named = FORMATS.get(suffix, "text")
    if named != "text" and head and _is_text(head) and not workbook.markup(head):
        return "text", ".csv"
    return named, ""


def _is_text(head: bytes) -> bool:
    return head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or not BINARY.search(head)


def _meanings(source: FileSource, folder: Path) -> dict[int, str]:
    return _characters(folder / source.characters, source.file) if source.characters else {}


def _characters(path: Path, file: str) -> dict[int, str]:
    """What a file's private-use characters mean, as the study's cited table reads them."""
    if not path.is_file():
        raise StudyError("file_missing", path.parent, file=path.name, folder=path.parent)
    rows, _ = delimited.read(path, FileSource(file=path.name, encoding="utf-8", columns={}), {})
    for column in ("file", "written", "meant", "evidence"):
        if column not in rows:
            known = rows.columns
            facts = {
                "column": column,
                "target": "characters",
                "nearest": nearest(column, known),
                "known": listing(known),
            }
            raise StudyError("column_missing", path, **facts)
    of_file = rows[rows["file"] == file]
    meant = {}
    for row, written, real in zip(of_file.index, of_file["written"], of_file["meant"], strict=True):
        if not re.fullmatch(r"U\+[0-9A-Fa-f]{4,6}", written):
            raise StudyError(
                "settings_value", f"{path}, row {row}", problem=f"'{written}' is no code point such as U+E01D"
            )
        meant[int(written[2:], 16)] = real
    return meant
