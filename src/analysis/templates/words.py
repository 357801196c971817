"""Words of the templates, and which levels they offer."""

from collections.abc import Mapping

from analysis.catalogue import Catalogue, base, entries

OFFERED = {
    "education": (
        "no_schooling", "primary", "junior_secondary", "senior_secondary", "junior_college", "bachelor", "master", "doctor",
    ),
    "satisfaction": ("very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied"),
}  # fmt: skip
"""Level sets of which a template offers a part: the catalogue's others overlap with these."""
TERMS = {"2021": ("2021-01-01", "2024-01-01"), "2024": ("2024-01-01", "2027-01-01")}
"""The terms that a template begins with, for somebody to correct."""


def said(key: str, language: str, **facts: object) -> str:
    """A word of templates.yml."""
    text: str = entries("templates")[key][language]
    return text.format(**facts)


def offered(column: str) -> Mapping[str, Mapping[str, str]]:
    """The levels of a column that can be chosen, with their words; empty where anything can be written."""
    catalogue: Catalogue = base()
    entry = catalogue.column(column)
    if entry["type"] not in ("level", "level_set"):
        return {}
    levels = catalogue.levels_of(column)
    return {level: levels[level] for level in OFFERED.get(str(entry["levels"]), levels)}
