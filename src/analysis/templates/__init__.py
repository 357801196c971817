"""Blank templates: sheets for registers, a questionnaire, and the study that reads them when they are filled in."""

from collections.abc import Sequence
from pathlib import Path

from analysis.errors import StudyError, listing, nearest
from analysis.templates import questionnaire, sheets, study_files

KINDS = (*sheets.REGISTERS, "xlsform", "wjx")
"""What there are templates of."""


def write(kinds: Sequence[str], folder: Path, language: str) -> list[Path]:
    """Write templates and the study.yml and origin.yml that read them.

    Parameters
    ----------
    kinds
        Some of `KINDS`.
    folder
        The folder of the study; the tables to be filled in lie in its folder data.
    language
        Of headings, lists and notes; the XLSForm has both, the text for 问卷星 is Chinese.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    StudyError
        `template_unknown`, `template_exists`.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise StudyError("template_unknown", kind=kind, nearest=nearest(kind, KINDS), known=listing(KINDS, 20))
    chosen = [kind for kind in KINDS if kind in kinds]
    parts = {f"data/{kind}.xlsx": sheets.workbook(kind, language) for kind in chosen if kind in sheets.REGISTERS}
    if "xlsform" in chosen:
        parts["xlsform.xlsx"] = questionnaire.xlsform()
    if "wjx" in chosen:
        parts["wjx.txt"] = questionnaire.wjx_text().encode()
    parts["study.yml"] = study_files.study_text(chosen, language).encode()
    parts["origin.yml"] = study_files.origin_text(language).encode()
    for name in parts:
        if (folder / name).exists():
            raise StudyError("template_exists", folder / name)
    (folder / "data").mkdir(parents=True, exist_ok=True)
    for name, content in parts.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in parts]
