"""The folders of reports: names that are safe, and contents that are written whole or not at all."""

import errno
import glob
import hashlib
import json
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.errors import RunError, StudyError

LONGEST = 60
"""Characters of a name that a folder's name takes up."""
TAKEN_BY_WINDOWS = re.compile(r"CON|PRN|AUX|NUL|COM\d|LPT\d")
RECORD = "provenance.json"
"""In every report, so that a folder that has it may be replaced by the next one."""
FULL = (errno.ENOSPC, errno.EDQUOT) if os.name == "posix" else (errno.ENOSPC,)


def safe_name(name: str) -> str:
    """A name from the data as that of a folder: letters, digits, - and _ only, and no two names alike in upper case.

    A name that can't stand as it is, small letters included, has a piece of its checksum at the end: many disks take `a` and
    `A` for one.
    """
    plain = re.sub(r"^-|[^\w-]", "_", name)[:LONGEST]
    stands = plain == name == unicodedata.normalize("NFC", name).upper() and not TAKEN_BY_WINDOWS.fullmatch(name)
    return plain if stands else f"{plain}-{hashlib.sha256(name.encode(errors='surrogatepass')).hexdigest()[:8]}"


def require_replaceable(out: Path, study: str, community: str = "") -> None:
    """Refuse a folder whose content a report would replace, where that is anything else than an earlier report of the same.

    A folder that lies within a report is refused too: that report is replaced whole.

    Parameters
    ----------
    out
        The folder.
    study, community
        What the report is about; no community where it is about the study.

    Raises
    ------
    StudyError
        `folder_taken`, `folder_of_another`, `folder_within_report`.
    RunError
        `not_writable`.
    """
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or _is_report(out))):
        raise StudyError("folder_taken", out)
    require_subject(out, study, community)
    for parent in out.absolute().parents:
        if (parent / RECORD).is_file():
            raise StudyError("folder_within_report", out, report=parent)


def require_subject(folder: Path, study: str, community: str = "") -> None:
    """Refuse a folder that holds the report on another study or community.

    Raises
    ------
    StudyError
        `folder_of_another`.
    """
    about, held = (study, community), _subject(folder)
    if held and held != about:
        raise StudyError("folder_of_another", folder, held=_words(held), about=_words(about))


def _is_report(folder: Path) -> bool:
    """Whether a folder holds one report, and no other within it."""
    return [*folder.rglob(RECORD)] == [folder / RECORD] and "exported" not in record(folder)


def _subject(folder: Path) -> tuple[str, str] | None:
    """The study and community that a folder's report is about; none where there is no report, or its record is damaged."""
    held = record(folder)
    parameters = held.get("parameters")
    if "study" not in held or not isinstance(parameters, dict):
        return None
    return str(held["study"]), str(parameters.get("community", ""))


def record(folder: Path) -> dict[str, Any]:
    """What a folder's record says; nothing where there is none, or it is damaged.

    Raises
    ------
    RunError
        `not_writable`, where it may not be read.
    """
    try:
        held = json.loads((folder / RECORD).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return {}
    except OSError as problem:
        raise unwritable(folder, problem) from None
    return held if isinstance(held, dict) else {}


def _words(subject: tuple[str, str]) -> str:
    return " ".join(filter(None, subject))


@contextmanager
def replacing(out: Path) -> Iterator[Path]:
    """A folder to build in, beside the place that it takes when all went well; otherwise it is removed.

    It is on the disk before it takes its place, so that no failure of power leaves half a report there.

    Raises
    ------
    RunError
        `disk_full`, `not_writable`.
    """
    building = out.parent / f".{out.name}.building-{os.getpid()}"
    former = out.parent / f".{out.name}.former-{os.getpid()}"
    try:
        building.mkdir(parents=True)
        yield building
        for path in [*building.rglob("*"), building]:
            _to_disk(path)
        if out.exists():
            out.rename(former)
        building.rename(out)
        _to_disk(out.parent)
    except OSError as problem:
        raise unwritable(out, problem) from None
    finally:
        if former.exists() and not out.exists():
            former.rename(out)
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def settle(parent: Path) -> None:
    """Remove what a run that was killed left among its reports, and put back a report that it had moved away.

    The folder is the caller's alone: nobody else builds in it.
    """
    _settle([*parent.glob(".*.former-*"), *parent.glob(".*.building-*")])


def settle_one(out: Path) -> None:
    """Do so for one report, beside which others may be built; what a process that is there has begun is left to it."""
    name = glob.escape(out.name)
    left = [*out.parent.glob(f".{name}.former-*"), *out.parent.glob(f".{name}.building-*")]
    of_process = {path: path.name.rpartition("-")[2] for path in left}
    _settle(path for path, process in of_process.items() if process.isdecimal() and not is_running(int(process)))


def _settle(left: Iterable[Path]) -> None:
    for path in left:
        name, _, _ = path.name[1:].rpartition(".")
        if ".former-" in path.name and not (path.parent / name).exists():
            path.rename(path.parent / name)
        else:
            shutil.rmtree(path)


def is_running(process: int) -> bool:
    """Whether there is a process with this number; where only asking would end it, it is taken to be there."""
    if os.name != "posix":
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def unwritable(out: Path, problem: OSError) -> RunError:
    """The error of a folder that can't be written."""
    said = problem.strerror or str(problem)
    return RunError("disk_full" if problem.errno in FULL else "not_writable", out, problem=said)


def is_full(error: StudyError) -> bool:
    """Whether an error says that a disk is full, be it in a notebook's process."""
    codes = tuple(f"[Errno {code}]" for code in FULL)
    return error.key == "disk_full" or any(code in str(error.facts.get("error")) for code in codes)


def _to_disk(path: Path) -> None:
    if os.name != "posix" and path.is_dir():
        return  # only POSIX opens folders
    opened = os.open(path, os.O_RDONLY if os.name == "posix" else os.O_RDWR)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
