"""A report in each format: one model (`model.Report`), and a module a format that renders it.

The module of a format has `files(report, folder)`, which gives the content of its files by their paths in the report's folder,
the one to open first; in the folder stand the report's `tables/*.csv`.
"""

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from analysis.errors import StudyError, listing, nearest

FORMATS = {"html": "html", "pdf": "pdf"}
"""What a format is called by its user, and its module."""


def formats(asked: Iterable[str]) -> list[ModuleType]:
    """The modules of formats; only these are imported.

    Raises
    ------
    StudyError
        `report_format`, before anything is run.
    """
    for name in (chosen := list(dict.fromkeys(asked))):
        if name not in FORMATS:
            raise StudyError("report_format", format=name, nearest=nearest(name, FORMATS), known=listing(FORMATS))
    return [import_module(f"{__name__}.{FORMATS[name]}") for name in chosen]
