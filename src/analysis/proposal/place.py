"""Where a proposed study is written, and where it finds its files."""

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple, Self

from analysis.errors import StudyError
from analysis.locations import ROOT

RAW = ROOT / "data" / "raw"
WRITTEN = ("study.yml", "origin.yml")


class Place(NamedTuple):
    """The name of a study, its folder, and the folder of its files."""

    name: str
    folder: Path
    files: Path

    @classmethod
    def of(cls, files: Sequence[Path], name: str | None = None, out: str | None = None) -> Self:
        """The place for a study of some files: studies/<name>, unless another folder is named.

        Raises
        ------
        StudyError
            `init_exists` where there is a study already, which is never written over.
        """
        lie_in = Path(files[0]).expanduser().absolute().parent
        chosen = (
            name or (Path(out).name if out else "") or (lie_in.name if lie_in.parent == RAW else Path(files[0]).stem)
        )
        name = re.sub(r"[^\w-]+", "_", chosen).strip("_") or "study"
        folder = Path(out).expanduser().absolute() if out else ROOT / "studies" / name
        for written in WRITTEN:
            if (folder / written).exists():
                raise StudyError("init_exists", folder / written)
        return cls(name, folder, lie_in)

    @property
    def data_dir(self) -> str:
        """What `data_dir` of study.yml says; empty where the files lie where they are looked for anyway."""
        return "" if self.files == RAW / self.folder.name else os.path.relpath(self.files, self.folder)

    @property
    def called(self) -> str:
        """How the commands are told which study this is."""
        if self.folder == ROOT / "studies" / self.name:
            return self.name
        return os.path.relpath(self.folder) if self.folder.is_relative_to(Path.cwd()) else str(self.folder)
