"""Delimited text to records: a quick way for regular files, a careful one for all, and both give the same.

A record is what a person counts as a row: a quoted field with line breaks in it is one row.
"""

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from analysis.errors import StudyError

DELIMITERS = ",\t;|"
"""What is looked for where study.yml names no delimiter."""
LOOKED_AT = 200
"""Lines from which the delimiter is found."""
BLANKS = "".join(chr(code) for code in range(sys.maxunicode + 1) if chr(code).isspace())
"""What `str.strip` takes off."""
BATCH = 4096
"""Records that the careful way turns into columns at a time."""
BLOCK = 2**24
"""Bytes that are looked at, or parsed, at a time."""
QUOTE = ord('"')


class Records(NamedTuple):
    """The records of a file that are not blank.

    Attributes
    ----------
    cells
        Those as wide as the first, all cells text as written; columns are called "0", "1", …
    numbers
        The number of each in the file, from 1.
    others
        Number and width of those that are wider or narrower.
    total
        How many records there are, blank ones among them.
    """

    cells: pa.Table
    numbers: np.ndarray
    others: list[tuple[int, int]]
    total: int


def records(content: bytes, delimiter: str, path: Path, before: int = 0, width: int = 0) -> Records:
    """The records of a text in UTF-8.

    Parameters
    ----------
    before
        How many records of the file stand before this text, for messages.
    width
        How many fields a record of the file has; without it, as many as the first.

    Raises
    ------
    StudyError
        `quote_unclosed`: a quote mark that is not closed would swallow the rows below it up to the next one, so a field that
        holds what looks like another row is refused.
    """
    quick = quickly(content, delimiter, width)
    return carefully(content, delimiter, path, before, width) if quick is None else quick


def cut(file: BinaryIO, delimiter: str, size: int) -> Iterator[bytes]:
    """A text in UTF-8 in pieces of about a size that end where a record does.

    A line break ends a record where the quote marks before it are even, as long as each opens or closes a field. From where
    they do not, nobody can tell without reading all: the rest is one piece.
    """
    while piece := file.read(size):
        piece += file.readline()
        while piece.count(b'"') % 2 and (more := file.read(len(piece))):
            piece += more + file.readline()
        if b'"' in piece and not _is_well_quoted(piece, delimiter):
            piece += file.read()
        yield piece


def delimiter_of(content: bytes, path: Path) -> str:
    """The delimiter that gives most of the first rows as many fields as the header; a comma where none separates anything.

    Raises
    ------
    StudyError
        `delimiter_unclear` where two do equally well.
    """
    lines = list(islice(_lines(content), LOOKED_AT))
    agreement = {}
    for delimiter in DELIMITERS:
        widths = [len(fields) for fields in _parsed(lines, delimiter, strict=False) if _says_something(fields)]
        if widths and widths[0] > 1:
            agreement[delimiter] = (widths.count(widths[0]) / len(widths), widths[0])
    if not agreement:
        return DELIMITERS[0]
    best = [delimiter for delimiter, found in agreement.items() if found == max(agreement.values())]
    if len(best) > 1:
        raise StudyError("delimiter_unclear", path, list=" ".join(map(repr, best)))
    return best[0]


def quickly(content: bytes, delimiter: str, width: int = 0) -> Records | None:
    """The records of a file that can be read in one way only; nothing where that is not certain."""
    is_quoted = b'"' in content
    if not delimiter.isascii() or (is_quoted and not _is_well_quoted(content, delimiter)):
        return None
    first = next(_parsed(_lines(content), delimiter, strict=False), [])
    if not width and not _says_something(first):
        return None
    width = width or len(first)
    others: list[tuple[int, int]] = []
    skipped: list[int] = []

    def skip(row: pyarrow.csv.InvalidRow) -> str:
        if '"' in row.text or row.number is None:
            return "error"
        skipped.append(row.number)
        if _says_something(row.text.split(delimiter)):
            others.append((row.number, row.actual_columns))
        return "skip"

    names = [str(place) for place in range(width)]

    def read(*, use_threads: bool) -> pa.Table:
        return pyarrow.csv.read_csv(
            pa.BufferReader(content),
            pyarrow.csv.ReadOptions(use_threads=use_threads, column_names=names, block_size=BLOCK),
            pyarrow.csv.ParseOptions(
                delimiter=delimiter,
                quote_char='"' if is_quoted else False,
                newlines_in_values=is_quoted,
                ignore_empty_lines=False,
                invalid_row_handler=skip,
            ),
            pyarrow.csv.ConvertOptions(check_utf8=False, column_types=dict.fromkeys(names, pa.large_string())),
        )

    try:
        try:
            cells = read(use_threads=True)
        except pa.ArrowInvalid:  # a row at fault, perhaps, which has a number only where one thread reads
            cells = read(use_threads=False)
    except pa.ArrowInvalid:
        return None
    if is_quoted and any(_holds_a_row(cell, delimiter, width) for cell in _broken(cells)):
        return None
    total = len(cells) + len(skipped)
    numbers = np.delete(np.arange(1, total + 1), np.array(skipped, dtype=int) - 1)
    blank = _blank(cells)
    if len(blank):
        kept = np.delete(np.arange(len(cells)), blank)
        cells, numbers = cells.take(kept), numbers[kept]
    return Records(cells, numbers, others, total)


def carefully(content: bytes, delimiter: str, path: Path, before: int = 0, width: int = 0) -> Records:
    """The records of any file.

    Raises
    ------
    StudyError
        `quote_unclosed`.
    """
    is_quoted = b'"' in content
    others: list[tuple[int, int]] = []
    numbers: list[int] = []
    batch: list[list[str]] = []
    chunks: list[pa.RecordBatch] = []
    first_width, number = width, 0
    csv.field_size_limit(sys.maxsize)
    try:
        for number, fields in enumerate(_parsed(_lines(content), delimiter, strict=True), 1):
            first_width = first_width or len(fields)
            if is_quoted and any(_holds_a_row(cell, delimiter, first_width) for cell in fields):
                raise StudyError("quote_unclosed", path, row=before + number)
            if not _says_something(fields):
                continue
            width = width or len(fields)
            if len(fields) != width:
                others.append((number, len(fields)))
                continue
            numbers.append(number)
            batch.append(fields)
            if len(batch) == BATCH:
                chunks.append(_columns(batch))
                batch = []
    except csv.Error:
        raise StudyError("quote_unclosed", path, row=before + number + 1) from None
    chunks += [_columns(batch)] if batch else []
    cells = pa.Table.from_batches(chunks, pa.schema([(str(place), pa.large_string()) for place in range(width)]))
    return Records(cells, np.array(numbers, dtype=int), others, number)


def place_of(content: bytes, byte: int, delimiter: str) -> tuple[int, int]:
    """In which row and column, both from 1, a byte stands (counted from 0)."""
    row, fields = 0, [""]
    for row, fields in enumerate(_parsed(_lines(content[:byte] + b"x"), delimiter, strict=False), 1):  # noqa: B007
        pass
    return row, len(fields)


def _lines(content: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8", newline="")


def _parsed(lines: Iterable[str], delimiter: str, strict: bool) -> Iterator[list[str]]:
    return csv.reader(lines, delimiter=delimiter, strict=strict)


def _says_something(fields: Iterable[str]) -> bool:
    return any(map(str.strip, fields))


def _holds_a_row(cell: str, delimiter: str, width: int) -> bool:
    return width > 1 and "\n" in cell and any(line.count(delimiter) >= width - 1 for line in cell.split("\n"))


def _broken(cells: pa.Table) -> Iterator[str]:
    """The cells that hold a line break."""
    for column in cells.columns:
        yield from column.filter(pc.match_substring(column, "\n")).to_pylist()


def _columns(batch: list[list[str]]) -> pa.RecordBatch:
    columns = [pa.array(cells, pa.large_string()) for cells in zip(*batch, strict=True)]
    return pa.RecordBatch.from_arrays(columns, names=[str(place) for place in range(len(columns))])


def _is_well_quoted(content: bytes, delimiter: str) -> bool:
    """Whether each quote mark opens at the start of a field, closes at the end of one, or stands twice in between."""
    codes = np.frombuffer(content, dtype=np.uint8)
    ends = np.zeros(256, dtype=bool)
    ends[[ord(delimiter), QUOTE, *b"\r\n"]] = True
    seen = 0
    for start in range(0, len(codes), BLOCK):
        marks = np.flatnonzero(codes[start : start + BLOCK] == QUOTE) + start
        opening, closing = marks[seen % 2 :: 2], marks[1 - seen % 2 :: 2]
        opening, closing = opening[opening > 0], closing[closing < len(codes) - 1]
        if not (ends[codes[opening - 1]].all() and ends[codes[closing + 1]].all()):
            return False
        seen += len(marks)
    return seen % 2 == 0


def _blank(cells: pa.Table) -> np.ndarray:
    """The places of rows in which no cell says anything."""
    places = np.arange(len(cells))
    for column in cells.columns:
        if not len(places):
            break
        chosen = column if len(places) == len(cells) else column.take(places)
        places = places[pc.equal(pc.utf8_trim(chosen, BLANKS), "").to_numpy()]
    return places
