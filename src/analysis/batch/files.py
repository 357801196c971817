"""What stands in a report's folder, so that a page which was edited or deleted by hand is noticed."""

import hashlib
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from analysis.checksums import digest


def content(folder: Path, language: str, languages: Sequence[str]) -> str:
    """A checksum of what the files of one language hold."""
    return _digest((name, digest(Path(path))) for name, path, _ in _files(folder, language, languages))


def state(folder: Path, language: str, languages: Sequence[str]) -> str:
    """A checksum of the sizes and times of the files of one language: while it is the same, so is what they hold."""
    return _digest((name, seen.st_size, seen.st_mtime_ns) for name, _, seen in _files(folder, language, languages))


def _files(folder: Path, language: str, languages: Sequence[str]) -> Iterator[tuple[str, str, os.stat_result]]:
    """The files below a folder that are not of another language: name, path and what the system says of them."""
    others = tuple(f".{other}." for other in languages if other != language)
    below = [""]
    while below and folder.is_dir():
        under = below.pop()
        for one in sorted(os.scandir(folder / under), key=lambda found: found.name):
            if one.is_dir():
                below.append(f"{under}{one.name}/")
            elif not any(other in one.name for other in others):
                yield under + one.name, one.path, one.stat()


def _digest(facts: Iterable[object]) -> str:
    return hashlib.sha256(repr(list(facts)).encode(errors="surrogatepass")).hexdigest()[:32]
