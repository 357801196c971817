"""CSV and TSV files: text to rows of cells, nothing interpreted and nothing lost."""

import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import StudyError, listing
from analysis.reading.faults import Fault
from analysis.reading.formats.encoding import as_utf8, utf8
from analysis.reading.formats.records import BLANKS, LOOKED_AT, cut, delimiter_of, place_of, records
from analysis.settings import FileSource

SIZE = 2**23
"""Bytes of a file that are read at a time where it may be larger than memory: some hundred thousand rows."""


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
        `file_empty`, `column_twice`, `column_unnamed`, `quote_unclosed`, `nul_character`, `delimiter_unclear`, or the encoding
        is not the declared one or can't be found.
    """
    [rows] = _pieces(map(utf8, [path], [source.encoding]), path, source, characters)
    return rows


def pieces(
    path: Path, source: FileSource, characters: Mapping[int, str], size: int = SIZE
) -> Iterator[tuple[pd.DataFrame, list[Fault]]]:
    """The rows of a delimited file as `read` gives them, some at a time, so that the file may be larger than memory.

    A file in another encoding than UTF-8 is decoded as a whole.

    Parameters
    ----------
    size
        About so many bytes of the file are read at a time.

    Raises
    ------
    StudyError
        As `read`.
    """
    with as_utf8(path, source.encoding) as file:
        head = b"".join(islice(file, LOOKED_AT))
        file.seek(-len(head), io.SEEK_CUR)
        delimiter = source.delimiter or delimiter_of(head, path)
        yield from _pieces(
            cut(file, delimiter, size), path, source.model_copy(update={"delimiter": delimiter}), characters
        )


def _pieces(
    texts: Iterable[bytes], path: Path, source: FileSource, characters: Mapping[int, str]
) -> Iterator[tuple[pd.DataFrame, list[Fault]]]:
    """The rows of each piece of a file; the first has the header, and says how many fields a row has."""
    header: list[str] = []
    before, is_empty = 0, True
    for text in texts:
        content = text.decode().translate(dict(characters)).encode() if characters else text
        delimiter = source.delimiter or delimiter_of(content, path)
        if (nul := content.find(b"\0")) >= 0:
            row, column = place_of(content, nul, delimiter)
            raise StudyError("nul_character", path, row=before + row, column=column)
        cells, numbers, others, total = records(content, delimiter, path, before, len(header))
        del text, content
        if source.strip:
            cells = pa.table({name: pc.utf8_trim(cells[name], source.strip) for name in cells.column_names})
        if not header:
            header = [str(place) for place in range(1, cells.num_columns + 1)]
            if source.header and len(cells):
                header = [row.strip() for row in (column[0].as_py() for column in cells.columns)]
                cells, numbers = cells.slice(1), numbers[1:]
        is_empty &= not len(cells) and not others
        _require_names(header, cells, path)
        rows = cells.rename_columns(header).select([place for place, name in enumerate(header) if name]).to_pandas()
        width = len(header)
        faults = [
            Fault(source.name, before + number, "", f"{found} ≠ {width}", "field_count") for number, found in others
        ]
        yield rows.set_index(pd.Index(before + numbers)), faults
        before += total
    if is_empty:
        raise StudyError("file_empty", path)


def _require_names(header: list[str], cells: pa.Table, path: Path) -> None:
    """Refuse two columns of one name, and a column without a name in which something stands."""
    twice = sorted(name for name, times in Counter(header).items() if name and times > 1)
    if twice:
        raise StudyError("column_twice", path, list=listing(twice))
    unnamed = [
        place
        for place, name in enumerate(header)
        if not name and pc.any(pc.not_equal(pc.utf8_trim(cells.column(place), BLANKS), "")).as_py()
    ]
    if unnamed:
        raise StudyError("column_unnamed", path, list=listing(place + 1 for place in unnamed))
