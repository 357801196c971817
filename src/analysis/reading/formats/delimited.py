"""CSV and TSV files: text to rows of cells, nothing interpreted and nothing lost."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import StudyError, listing
from analysis.reading.faults import Fault
from analysis.reading.formats.encoding import utf8
from analysis.reading.formats.records import BLANKS, delimiter_of, place_of, records
from analysis.settings import FileSource


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
    content = utf8(path, source.encoding)
    if characters:
        content = content.decode().translate(dict(characters)).encode()
    delimiter = source.delimiter or delimiter_of(content, path)
    if (nul := content.find(b"\0")) >= 0:
        row, column = place_of(content, nul, delimiter)
        raise StudyError("nul_character", path, row=row, column=column)
    cells, numbers, others = records(content, delimiter, path)
    del content
    if source.strip:
        cells = pa.table({name: pc.utf8_trim(cells[name], source.strip) for name in cells.column_names})
    width = cells.num_columns
    header = [str(place) for place in range(1, width + 1)]
    if source.header and len(cells):
        header = [row.strip() for row in (column[0].as_py() for column in cells.columns)]
        cells, numbers = cells.slice(1), numbers[1:]
    if not len(cells) and not others:
        raise StudyError("file_empty", path)
    _require_names(header, cells, path)
    rows = cells.rename_columns(header).select([place for place, name in enumerate(header) if name]).to_pandas()
    faults = [Fault(source.name, number, "", f"{found} ≠ {width}", "field_count") for number, found in others]
    return rows.set_index(pd.Index(numbers)), faults


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
