"""A report in each format: one model (`model.Report`), and a module a format that renders it.

The module of a format has `suffix`, how the names of its files end, and `render(report, folder)`, which gives the bytes of a
file; in the folder stand the report's `tables/*.csv`.
"""

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from analysis.errors import StudyError, listing, nearest

FORMATS = {"html": "html"}
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


def file_name(form: ModuleType, language: str) -> str:
    """What the file of a format and language is called: `report.<language>.<suffix>`, and a page `index`, as the web has it."""
    return f"{'index' if form.suffix == 'html' else 'report'}.{language}.{form.suffix}"
