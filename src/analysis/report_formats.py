"""The formats in which a report is written; known without the modules that write them, which take long to import."""

from collections.abc import Iterable

from analysis.errors import StudyError, listing, nearest

FORMATS = {"html": "html", "docx": "word", "pdf": "pdf", "xlsx": "workbook", "tex": "latex", "figures": "pictures"}
"""What a format is called by its user, and its module in `analysis.reporting.documents`."""


def known(asked: Iterable[str]) -> list[str]:
    """The formats asked for, each once.

    Raises
    ------
    StudyError
        `report_format`.
    """
    chosen = list(dict.fromkeys(asked))
    for name in chosen:
        if name not in FORMATS:
            raise StudyError("report_format", format=name, nearest=nearest(name, FORMATS), known=listing(FORMATS))
    return chosen
