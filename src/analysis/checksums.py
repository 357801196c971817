"""SHA-256 of files and of the program, by which one result is told from another."""

import hashlib
from collections.abc import Collection
from pathlib import Path

from analysis.locations import ROOT


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of_code(without: Collection[str] = ()) -> str:
    """One SHA-256 over names and contents of the program's own files: modules, catalogue, templates with their scripts.

    Parameters
    ----------
    without
        Endings of files that are left out (".yml").
    """
    total = hashlib.sha256()
    for path in sorted((ROOT / "src" / "analysis").rglob("*")):
        if path.is_file() and path.parent.name != "__pycache__" and path.suffix not in without:
            total.update(path.relative_to(ROOT).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()
