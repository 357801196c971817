"""CSV and TSV files: text to rows of cells, nothing interpreted and nothing lost."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.reading.encoding import decode
from analysis.reading.faults import Fault
from analysis.settings import FileSource

DELIMITERS = ",\t;"


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
        `file_empty`, `column_twice`, `quote_unclosed`, or the encoding is not the declared one or can't be found.
    """
    text = decode(path, source.encoding)
    records = _records(text.translate(dict(characters)) if characters else text, source.delimiter, path)
    lines = [(number, fields) for number, fields in records if any(map(str.strip, fields))]
    if source.strip:
        lines = [(number, [cell.strip(source.strip) for cell in fields]) for number, fields in lines]
    body = lines[1:] if source.header else lines
    if not body:
        raise StudyError("file_empty", path)
    header = [cell.strip() for cell in lines[0][1]] if source.header else [str(i + 1) for i in range(len(body[0][1]))]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    if twice:
        raise StudyError("column_twice", path, list=listing(twice))
    faults = [
        Fault(source.file, number, "", f"{len(fields)} ≠ {len(header)}", "field_count")
        for number, fields in body
        if len(fields) != len(header)
    ]
    whole = [(number, fields) for number, fields in body if len(fields) == len(header)]
    numbers = [number for number, _ in whole]
    return pd.DataFrame([fields for _, fields in whole], columns=header, index=numbers, dtype=str), faults


def _records(text: str, delimiter: str | None, path: Path) -> list[tuple[int, list[str]]]:
    """Rows numbered as a person counts them: from 1, a quoted field with line breaks in it being one row.

    A quote mark that is not closed would swallow the rows below it up to the next one, so a field that holds what looks like
    another row is refused.
    """
    separator = delimiter or max(DELIMITERS, key=text.split("\n", 1)[0].count)
    is_quoted = '"' in text
    records: list[tuple[int, list[str]]] = []
    try:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            width = len(records[0][1]) if records else len(fields)
            if is_quoted and any(_holds_a_row(cell, separator, width) for cell in fields):
                raise StudyError("quote_unclosed", path, row=number)
            records.append((number, fields))
    except csv.Error:
        raise StudyError("quote_unclosed", path, row=len(records) + 1) from None
    return records


def _holds_a_row(cell: str, separator: str, width: int) -> bool:
    return width > 1 and "\n" in cell and any(line.count(separator) >= width - 1 for line in cell.split("\n"))
