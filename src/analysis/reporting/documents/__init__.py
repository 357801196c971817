"""A report in each format: one model (`model.Report`), and a module a format that renders it.

The module of a format has `files(report, folder)`, which gives the content of its files by their paths in the report's folder,
the one to open first; in the folder stand the report's `tables/*.csv`.
"""

from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType

from analysis import fork_server
from analysis.errors import StudyError
from analysis.report_formats import FORMATS, known
from analysis.reporting.documents.model import Report

PAINTED = ("docx", "figures")
"""Formats that have figures as PNG."""
SLOWEST = ("docx", "figures", "pdf", "xlsx", "html", "tex")
"""The formats, those first that take longest: begun first, they leave no processor idle at the end."""


def require_writable(formats: Iterable[str], template: Path | None = None) -> list[str]:
    """The formats asked for, each once; only what looks at the template is imported.

    Parameters
    ----------
    template
        A .docx file that the Word document is written into.

    Raises
    ------
    StudyError
        `report_format`, `template_unused`, `template_not_readable`, before anything is run.
    """
    chosen = known(formats)
    if template and "docx" not in chosen:
        raise StudyError("template_unused", template)
    if template:
        _module("docx").opened(template)
    return chosen


def write(report: Report, formats: Sequence[str], folder: Path, template: Path | None = None) -> list[str]:
    """Write a report's files of several formats into its folder; their paths in it, the one to open first at first."""
    made: dict[str, bytes] = {}
    for name in formats:
        into = {"template": template} if name == "docx" else {}
        made |= _module(name).files(report, folder, **into)
    for path, content in made.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return [*made]


def write_all(report: Report, formats: Sequence[str], folder: Path, template: Path | None = None) -> list[str]:
    """Write a report's files of several formats into its folder as `write` does, on all processors.

    Raises
    ------
    RunError
        `writer_killed`.
    """
    tasks = [(report, part, folder, template) for part in _parts(formats)]
    by_time = sorted(range(len(tasks)), key=lambda place: SLOWEST.index(tasks[place][1][0]))
    written = fork_server.results(write, [tasks[place] for place in by_time])
    return [path for _, paths in sorted(zip(by_time, written, strict=True)) for path in paths]


def _parts(formats: Sequence[str]) -> list[list[str]]:
    """Formats that are written apart from each other: those with painted figures together, so that each is painted once."""
    parts: dict[str, list[str]] = {}
    for name in formats:
        parts.setdefault("figures" if name in PAINTED else name, []).append(name)
    return [*parts.values()]


def _module(name: str) -> ModuleType:
    return import_module(f"{__name__}.{FORMATS[name]}")
