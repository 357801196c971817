"""Where studies and their files lie; nothing is read here, so that a command which only looks for them starts fast."""

import os
from pathlib import Path

from analysis.errors import StudyError, listing, nearest
from analysis.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
"""The repository: studies/, notebooks/, data/ and reports/ lie in it."""

PROCESSED = ROOT / "data" / "processed"
"""What reading accepted of each study, for the researcher's own eyes."""

DEFAULT = "nanchang"


def processed_folder(name: str) -> Path:
    """Where what reading accepted of a study lies."""
    return PROCESSED / name


def names() -> list[str]:
    """The studies that the repository ships or a user has put there."""
    return sorted(path.parent.name for path in (ROOT / "studies").glob("*/study.yml"))


def folder_of(name: str) -> Path:
    """The folder of a study, named by its name or by its path.

    Raises
    ------
    StudyError
        `unknown_study`, with the nearest name.
    """
    for folder in (ROOT / "studies" / name, Path(name)):
        if (folder / "study.yml").is_file():
            return folder.resolve()
    if Path(name).is_dir() and name not in (".", ""):
        raise StudyError("settings_file_missing", Path(name) / "study.yml", file="study.yml", what="tables")
    raise StudyError("unknown_study", name=name, nearest=nearest(name, names()), known=listing(names(), 30))


def data_folder(study: Path, chosen: str | None, settings: Settings) -> Path:
    """Where a study's raw files lie.

    A folder that the caller names, then one that study.yml names (from the study's own folder), holds the files or a
    folder of them per study. Then STUDY_DATA_DIR, where it has a folder for the study; otherwise data/raw/<study>.
    """
    for folder in (chosen, str(study / settings.data_dir) if settings.data_dir else None):
        if folder:
            base = Path(folder).expanduser().absolute()
            inner = base / study.name
            return inner if inner.is_dir() and inner.resolve() != study.resolve() else base
    shared = Path(os.environ.get("STUDY_DATA_DIR") or ROOT / "data" / "raw").expanduser() / study.name
    return shared if shared.is_dir() else ROOT / "data" / "raw" / study.name
