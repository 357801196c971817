"""What reading accepted and what it set aside, as files for the researcher's own eyes: data/processed/<study>/.

They hold persons and are not in git; what leaves the project goes through a page.
"""

import os
from pathlib import Path

import pandas as pd

from analysis.errors import RunError
from analysis.locations import ROOT
from analysis.reporting.tables import as_csv
from analysis.study import Study


def write(study: Study) -> Path:
    """Write the accepted tables, the quarantine, the counts and what linking did, each whole or not at all.

    Raises
    ------
    RunError
        `not_writable`.
    """
    folder = ROOT / "data" / "processed" / study.name
    reading = study.reading
    frames = reading.tables | {name: getattr(reading, name) for name in ("quarantine", "counts", "links", "notes")}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in frames.items():
            _write(folder / f"{name}.csv", frame)
    except OSError as problem:
        raise RunError("not_writable", folder, problem=problem.strerror or str(problem)) from None
    return folder


def _write(path: Path, frame: pd.DataFrame) -> None:
    beside = path.with_suffix(f".{os.getpid()}.part")
    beside.write_bytes(as_csv(frame.astype("str").fillna("")))
    beside.replace(path)
