"""What the tables on the disk were made from: as long as it is the same, no raw file is read again."""

import hashlib
import hmac
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from analysis.checksums import digest, digest_of_code
from analysis.errors import RunError
from analysis.reading.persons import pseudonyms
from analysis.settings import Settings

DECISIONS = ("study.yml", "origin.yml", "corrections.yml")


class Stamp(NamedTuple):
    """What a reading depends on.

    Attributes
    ----------
    made_with
        Checksums of the study's decisions and of the code, and one that tells keys of pseudonyms apart.
    files
        Raw file → its size, when its content and when its entry last changed.
    digests
        Raw file → its SHA-256.
    """

    made_with: dict[str, str]
    files: dict[str, list[int]]
    digests: dict[str, str]

    def is_same(self, kept: Mapping[str, Any], data: Path) -> bool:
        """Whether a reading of which the stamp was kept is that of the files as they are now.

        A file that was touched or copied is hashed once more; one of which nothing changed is not opened.
        """
        if kept["made_with"] != self.made_with or {*kept["files"]} != {*self.files}:
            return False
        touched = [name for name, told in self.files.items() if kept["files"][name] != told]
        return all(
            kept["files"][name][:1] == self.files[name][:1] and kept["digests"][name] == digest(data / name)
            for name in touched
        )


def stamp_of(folder: Path, data: Path, settings: Settings) -> Stamp:
    """The stamp of a study as it is now, without checksums of its raw files."""
    sources = [file for table in settings.tables.values() for file in table.files]
    tables = {file.characters for file in sources if file.characters}
    decisions = [folder / name for name in sorted({*DECISIONS, *tables})]
    made_with = {path.name: digest(path) for path in decisions if path.is_file()}
    made_with["code"] = digest_of_code()
    if "hash" in settings.identifiers.values():
        made_with["key"] = hmac.digest(pseudonyms.key(), b"stamp", hashlib.sha256).hex()
    names = {name for file in sources for name in (file.file, *file.beside) if not file.database}
    return Stamp(made_with, {name: _told(data / name) for name in sorted(names)}, {})


def with_digests(stamp: Stamp, data: Path) -> Stamp:
    """A stamp with the checksums of the raw files."""
    return stamp._replace(digests={name: digest(data / name) for name in stamp.files})


def require_unchanged(stamp: Stamp, data: Path) -> None:
    """Refuse raw files that became others while they were read.

    Raises
    ------
    RunError
        `file_changed_meanwhile`.
    """
    for name, told in stamp.files.items():
        if _told(data / name) != told:
            raise RunError("file_changed_meanwhile", data / name)


def _told(path: Path) -> list[int]:
    """What the disk says of a file; nothing of one that is not there, of which reading tells."""
    try:
        entry = path.stat()
    except OSError:
        return []
    return [entry.st_size, entry.st_mtime_ns, entry.st_ctime_ns]
