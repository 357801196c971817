"""The page of one community written to its folder, whole or not at all, in the languages that are out of date."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.communities.profile import Profile
from analysis.folders import RECORD, replacing, require_replaceable
from analysis.reporting import blocks, documents
from analysis.reporting.documents.model import report_of
from analysis.reporting.notebooks.run import run


@dataclass(frozen=True)
class Task:
    """One community's folder to be written.

    Attributes
    ----------
    profile
        What the page shows.
    notebook
        The notebook that shows it.
    folder
        The community's own folder.
    parts
        Language → the checksums of what its page is made from; the folder holds these languages, and no others.
    stale
        Those of them that are made anew; the files of the others are kept.
    formats
        In which the page is written.
    """

    profile: Profile
    notebook: Path
    folder: Path
    parts: Mapping[str, Mapping[str, str]]
    stale: Sequence[str]
    formats: Sequence[str]


Maker = Callable[[Task, Path], None]
"""Makes the files of a task's stale languages in an empty folder."""


def write(task: Task, maker: Maker) -> None:
    """Write a community's folder.

    Raises
    ------
    StudyError
        `folder_taken`, `folder_of_another`, and what the notebook finds to mend in the study.
    RunError
        The notebook failed, or the folder can't be written.
    """
    study = task.profile.study
    require_replaceable(task.folder, study.name, task.profile.community)
    with replacing(task.folder) as building:
        maker(task, building)
        for language in task.parts:
            if language not in task.stale:
                _keep(task.folder, language, building)
        parameters = {"community": task.profile.community, "wave": task.profile.wave}
        record = {
            "study": study.name,
            "is_synthetic": study.is_synthetic,
            "is_for_release": study.settings.disclosure != "off",
            "parameters": parameters,
            **task.parts,
        }
        text = json.dumps(record, indent=1, ensure_ascii=False) + "\n"
        (building / RECORD).write_bytes(text.encode("utf-8", errors="backslashreplace"))


def make(task: Task, building: Path) -> None:
    """Make the files of a task's stale languages in a folder, on kernels of this process."""
    for language in task.stale:
        _make(task, language, building)


def _make(task: Task, language: str, building: Path) -> None:
    own, name = task.profile, task.notebook.stem
    parameters = {
        "study": str(own.study.folder),
        "data_dir": str(own.study.data),
        "language": language,
        "community": own.community,
        "wave": own.wave,
        "output_dir": str(building),
    }
    executed = run(task.notebook, building / "notebooks" / f"{name}.{language}.ipynb", parameters, own)
    report = report_of(own.study, language, list(task.parts), [(name, blocks.of_notebook(executed))])
    documents.write(report, task.formats, building)


def _keep(folder: Path, language: str, building: Path) -> None:
    for path in folder.rglob(f"*.{language}.*"):
        kept = building / path.relative_to(folder)
        kept.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, kept)
