"""Which module reads a file: the one of its format."""

import re
from pathlib import Path

from analysis.errors import StudyError, listing, nearest
from analysis.reading import delimited, reshape, spss
from analysis.reading.raw import Raw
from analysis.settings import FileSource


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
    if path.suffix.lower() in spss.SPSS:
        raw = spss.read(path, source)
    else:
        characters = _characters(folder / source.characters, source.file) if source.characters else {}
        raw = Raw(*delimited.read(path, source, characters))
    if reshape.ROW in raw.rows:
        return raw
    # With the file's name, so that nobody is taken for the person in the same row of another file.
    return raw._replace(rows=raw.rows.assign(**{reshape.ROW: [f"{path.stem}-{row}" for row in raw.rows.index]}))


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
