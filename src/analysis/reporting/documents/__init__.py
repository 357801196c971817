"""A report in each format: one model (`model.Report`), and a module a format that renders it.

The module of a format has `files(report, folder)`, which gives the content of its files by their paths in the report's folder,
the one to open first; in the folder stand the report's `tables/*.csv`.
"""

from collections.abc import Callable, Iterable
from functools import partial
from importlib import import_module
from pathlib import Path

from analysis.errors import StudyError, listing, nearest
from analysis.reporting.documents.model import Report

FORMATS = {"html": "html", "docx": "word", "pdf": "pdf", "xlsx": "workbook", "tex": "latex", "figures": "pictures"}
"""What a format is called by its user, and its module."""
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
    for name in (chosen := list(dict.fromkeys(asked))):
        if name not in FORMATS:
            raise StudyError("report_format", format=name, nearest=nearest(name, FORMATS), known=listing(FORMATS))
    modules = {name: import_module(f"{__name__}.{FORMATS[name]}") for name in chosen}
    made: dict[str, Files] = {name: module.files for name, module in modules.items()}
    if template and "docx" not in modules:
        raise StudyError("template_unused", template)
    if template:
        modules["docx"].opened(template)
        made["docx"] = partial(modules["docx"].files, template=template)
    return list(made.values())
