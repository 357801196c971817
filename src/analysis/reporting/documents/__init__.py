"""A report in each format: one model (`model.Report`), and a module a format that renders it.

The module of a format has `files(report, folder)`, which gives the content of its files by their paths in the report's folder,
the one to open first; in the folder stand the report's `tables/*.csv`.
"""

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path

from analysis.errors import StudyError
from analysis.report_formats import FORMATS, known
from analysis.reporting.documents.model import Report

Files = Callable[[Report, Path], dict[str, bytes]]


def formats(asked: Iterable[str], template: Path | None = None) -> list[Files]:
    """What gives the files of each format; only the modules of these are imported.

    Parameters
    ----------
    template
        A .docx file that the Word document is written into.

    Raises
    ------
    StudyError
        `report_format`, `template_unused`, `template_not_readable`, before anything is run.
    """
    modules = {name: import_module(f"{__name__}.{FORMATS[name]}") for name in known(asked)}
    made: dict[str, Files] = {name: module.files for name, module in modules.items()}
    if template and "docx" not in modules:
        raise StudyError("template_unused", template)
    if template:
        modules["docx"].opened(template)
        made["docx"] = partial(modules["docx"].files, template=template)
    return list(made.values())


def write(report: Report, forms: Iterable[Files], folder: Path) -> list[str]:
    """Write a report's files of several formats into its folder; their paths in it, the one to open first at first."""
    made = {path: content for files in forms for path, content in files(report, folder).items()}
    for path, content in made.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_bytes(content)
    return [*made]
