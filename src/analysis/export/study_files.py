"""study.yml and origin.yml of an export: the study's own decisions, with tables that are read from the exported files."""

from collections.abc import Mapping
from typing import Any

import yaml

from analysis.export.columns import said
from analysis.plain_yaml import load_yaml
from analysis.study import Study

DATA = "data"
"""The folder of the exported files, beside study.yml."""
DECIDED = ("data_dir", "tables", "linkage", "exclusions", "identifiers", "design", "sensitivity", "skips", "calibrate")
"""Keys of study.yml that an export writes anew, or that reading has done already and must not do twice."""


def study_text(study: Study, sources: Mapping[str, Mapping[str, Any]], language: str) -> str:
    """The text of study.yml.

    Parameters
    ----------
    sources
        Table → how the exported file is read; a table without rows is not among them.
    """
    given = load_yaml(study.folder / "study.yml")
    settings = {key: value for key, value in given.items() if key not in DECIDED} | {"data_dir": DATA}
    for key in ("design", "sensitivity", "calibrate"):
        if kept := {table: value for table, value in given.get(key, {}).items() if table in sources}:
            settings[key] = kept
    if "skips" in given and {*study.reading.tables} <= {*sources}:
        settings["skips"] = given["skips"]
    if identifiers := _identifiers(study, language):
        settings["identifiers"] = identifiers
    settings["tables"] = {table: _table(study, table, sources) for table in sources}
    return f"# {said('study_head', language, study=study.name)}\n{_yaml(settings)}"


def origin_text(study: Study, checksums: Mapping[str, str]) -> str:
    """The text of origin.yml: the study's, with the checksums of the exported files."""
    given = load_yaml(study.folder / "origin.yml")
    return _yaml({key: value for key, value in given.items() if key != "files"} | {"files": dict(checksums)})


def _table(study: Study, table: str, sources: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """A table that is part of another stays so, where that is exported too."""
    source = study.settings.tables[table]
    if source.derived_from and source.derived_from in sources:
        return {"derived_from": source.derived_from, "where": dict(source.where)}
    return {"files": [dict(sources[table])]}


def _identifiers(study: Study, language: str) -> dict[str, Any]:
    """What may pass: as the study says, and pseudonyms, which are not made twice."""
    return {
        column: {"keep": said("pseudonyms", language) if decision == "hash" else decision.keep}
        for column, decision in study.settings.identifiers.items()
    }


def _yaml(content: Mapping[str, Any]) -> str:
    text: str = yaml.safe_dump(
        dict(content), allow_unicode=True, sort_keys=False, default_flow_style=None, width=120, default_style=None
    )
    return text
