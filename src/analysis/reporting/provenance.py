"""What a report was made from: hashes of contents and the parameters, with nothing of place or time.

Two runs on the same contents give the same record, on any machine.
"""

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.study import ROOT, Study


def record(study: Study, notebooks: Iterable[Path], parameters: Mapping[str, object]) -> dict[str, object]:
    """Hashes of data, study, notebooks, code and lock file, and the parameters that were given."""
    return {
        "study": study.name,
        "is_synthetic": study.is_synthetic,
        "parameters": dict(sorted(parameters.items())),
        "data": {file: digest(study.data / file) for file in sorted(_files(study))},
        "decisions": {path.name: digest(path) for path in sorted(study.folder.iterdir()) if path.is_file()},
        "notebooks": {path.name: digest(path) for path in notebooks},
        "code": digest_of_all(sorted((ROOT / "src" / "analysis").rglob("*"))),
        "lock": digest(ROOT / "uv.lock"),
    }


def _files(study: Study) -> set[str]:
    return {file.file for table in study.settings.tables.values() for file in table.files}


def digest(path: Path) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest_of_all(paths: Iterable[Path]) -> str:
    """One SHA-256 over names and contents of the source files among the paths."""
    total = hashlib.sha256()
    for path in paths:
        if path.suffix in (".py", ".yml", ".html", ".css"):
            total.update(path.relative_to(ROOT).as_posix().encode())
            total.update(path.read_bytes())
    return total.hexdigest()
