"""The raw files of a study: there, within its folder, and the ones that origin.yml describes."""

import hashlib
from pathlib import Path

from analysis.errors import StudyError
from analysis.reading.formats.raw import Raw
from analysis.settings import FileSource, Origin


def located(data: Path, source: FileSource, origin: Origin) -> Path:
    """The path of a file of the data folder, and of what is read beside it; a database's is only a name.

    Raises
    ------
    StudyError
        `file_missing`, `file_outside`, `file_not_readable`, `file_changed`.
    """
    path = data / source.file if source.database else _located(data, source.file, origin)
    for beside in source.beside:
        _located(data, beside, origin)
    return path


def _located(data: Path, file: str, origin: Origin) -> Path:
    """The path of a file of the data folder, which is the one that origin.yml describes."""
    path = data / file
    try:
        if not path.is_file():
            raise StudyError("file_missing", data, file=file, folder=data)
        if not path.resolve().is_relative_to(data.resolve()):
            raise StudyError("file_outside", data, file=file, folder=data)
        expected = origin.files.get(file)
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest() if expected else None
    except OSError as problem:
        raise StudyError("file_not_readable", path, problem=problem.strerror or problem) from None
    if expected and found and found != expected:
        raise StudyError("file_changed", path, found=found[:12] + "…", expected=expected[:12] + "…")
    return path


def same_rows(raw: Raw, file: str, origin: Origin) -> str:
    """The checksum of a database's rows, which is the one that origin.yml gives where it gives any."""
    from analysis.reading.formats import database

    found, expected = database.digest(raw.rows), origin.files.get(file)
    if expected and found != expected:
        raise StudyError("file_changed", file, found=found[:12] + "…", expected=expected[:12] + "…")
    return found
