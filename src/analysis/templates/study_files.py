"""study.yml and origin.yml for filled-in templates: every column mapped."""

from collections.abc import Sequence
from typing import Any

import yaml

from analysis.catalogue import base
from analysis.templates import questionnaire, sheets
from analysis.templates.words import TERMS, said

CHAPTERS = {
    "2_turnover": {"roster"},
    "3_structure": {"roster"},
    "4_workload": {"work_items"},
    "5_participation": {"xlsform", "wjx"},
    "6_satisfaction": {"xlsform", "wjx"},
}
"""Chapters and the templates that any of them needs."""
WAVE = "first"
ANSWERS = {"xlsform": "answers.csv", "wjx": "wjx.xlsx"}
"""The files of answers that are looked for."""
RESPONDENT = {"xlsform": "#", "wjx": "序号"}
"""What names a respondent in them: the row, or the number that 问卷星 gave."""


def study_text(kinds: Sequence[str], language: str) -> str:
    """The text of study.yml for some kinds of templates."""
    registers = [kind for kind in kinds if kind in sheets.REGISTERS]
    forms = [kind for kind in kinds if kind in ANSWERS]
    tables: dict[str, Any] = {kind: {"files": [_register(kind, language)]} for kind in registers}
    if forms:
        for table in ("respondents", "participation", "satisfaction"):
            tables[table] = {"files": [_answers(table, form) for form in forms]}
    settings: dict[str, Any] = {
        "title": {language: said("study_title", language)},
        "summary": {language: said("study_summary", language)},
        "languages": [language],
        "chapters": ["1_data_quality", *(one for one, needed in CHAPTERS.items() if needed & {*kinds})],
        "data_dir": "data",
    }
    if any("term" in sheets.columns(kind) for kind in registers):
        settings["terms"] = {name: {"start": start, "end": end} for name, (start, end) in TERMS.items()}
    if forms:
        settings |= {"waves": [WAVE], "wave_years": {WAVE: "2024"}, "design": {"respondents": {"weights": "none"}}}
    body = yaml.safe_dump(
        settings | {"tables": tables}, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120
    )
    return f"# {said('study_head', language)}\n{body}"


def origin_text(language: str) -> str:
    """The text of origin.yml, for somebody to complete."""
    blank = said("origin_blank", language)
    words = {key: {language: blank} for key in ("owner", "sampling", "obtained")}
    origin: dict[str, Any] = {"title": {language: said("study_title", language)}, **words}
    origin |= {"licence": blank, "date": "2024-01-01", "is_synthetic": "false"}
    return _yaml(origin)


def _yaml(content: dict[str, Any]) -> str:
    text: str = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)
    return text


def _register(kind: str, language: str) -> dict[str, Any]:
    catalogue = base()
    mapped: dict[str, Any] = {}
    for column in sheets.columns(kind):
        heading = catalogue.heading(column, language)
        is_none = column in sheets.NONE_IS_BLANK
        mapped[column] = {"column": heading, "missing": {"": "not_applicable"}} if is_none else heading
    return {"file": f"{kind}.xlsx", "sheet": str(catalogue.table(kind)["words"][language]), "columns": mapped}


def _answers(table: str, form: str) -> dict[str, Any]:
    """The file of a form's answers as a table: one row a person, or one an activity or item."""
    asked = list(questionnaire.questions())
    headers = {
        one.name: f"{number}、{one.labels['zh']}" if form == "wjx" else one.name for number, one in enumerate(asked, 1)
    }
    columns = {"respondent_id": RESPONDENT[form]}
    source: dict[str, Any] = {"file": ANSWERS[form], "set": {"wave": WAVE}, "columns": columns}
    if table == "respondents":
        columns |= {one.column: headers[one.name] for one in asked if not one.of}
        return source
    column, of = {"participation": ("acts", "activity"), "satisfaction": ("score", "item")}[table]
    cells = {one.of: {column: headers[one.name]} for one in asked if one.of and one.column == column}
    return source | {"items": {"column": of, "levels": cells}}
