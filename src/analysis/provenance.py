"""What a report was made from: hashes of contents and the parameters, with nothing of place or time.

Two runs on the same contents with the same packages give the same record, on any machine.
"""

import platform
import re
from collections.abc import Iterable, Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.checksums import digest, digest_of_code
from analysis.errors import RunError
from analysis.locations import ROOT
from analysis.settings import FileSource, Settings

if TYPE_CHECKING:
    from analysis.study import Study

PROJECT = "community-governance"


def record(study: "Study", notebooks: Iterable[Path], parameters: Mapping[str, object]) -> dict[str, object]:
    """Hashes of data, study, notebooks, code and lock file, rows and parameters, and the versions of what computed.

    With them two reports can be told apart by what made them (`analysis.reporting.revisions.differences`).

    Raises
    ------
    RunError
        `database_changed` where a database has other rows than those that the study was read from.
    """
    read = inputs(study.folder, study.data, study.settings)
    for file, digest_of_rows in study.reading.digests.items():
        if read["data"][file] != digest_of_rows:
            raise RunError("database_changed", file)
    return {
        "study": study.name,
        "is_synthetic": study.is_synthetic,
        "is_for_release": study.settings.disclosure != "off",
        "sampling_kind": study.origin.sampling_kind,
        "parameters": dict(sorted(parameters.items())),
        **read,
        "rows": _rows(study),
        "notebooks": {path.name: digest(path) for path in notebooks},
        "code": digest_of_code(),
        "lock": digest(ROOT / "uv.lock"),
        "version": metadata.version(PROJECT),
        "python": platform.python_version(),
        "packages": _packages(),
    }


def _rows(study: "Study") -> dict[str, str]:
    """Of each table the rows of its files: how many were read, and how many of them accepted."""
    counts = study.reading.counts.to_dict("records")
    return {f"{row['table']}: {row['file']}": f"{row['accepted']:,} / {row['read']:,}" for row in counts}


def _packages() -> dict[str, str]:
    """The versions of the packages that the project asks for itself."""
    asked = (one for one in metadata.requires(PROJECT) or [] if "extra ==" not in one)
    names = (re.match(r"[\w.-]+", one) for one in asked)
    return {name[0]: metadata.version(name[0]) for name in names if name}


def inputs(folder: Path, data: Path, settings: Settings) -> dict[str, dict[str, str]]:
    """Hashes of a study's raw files, or of the rows that databases give now, and of what was decided for it."""
    sources = {file.file: file for table in settings.tables.values() for file in table.files}
    beside = {name for file in sources.values() for name in file.beside} - {*sources}
    return {
        "data": {
            name: _digest_of(sources[name], data / name) if name in sources else digest(data / name)
            for name in sorted({*sources, *beside})
        },
        "decisions": {path.name: digest(path) for path in sorted(folder.iterdir()) if path.is_file()},
    }


def _digest_of(source: FileSource, path: Path) -> str:
    if source.database is None:
        return digest(path)
    from analysis.reading.formats import database  # SQLAlchemy is long to load, and few studies need it

    return database.digest(database.read(source, path).rows)
