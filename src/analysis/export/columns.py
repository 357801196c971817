"""What is exported of a table: its columns with their labels, and why values are missing; nothing that names a person."""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import entries
from analysis.errors import StudyError
from analysis.reading.convert import MISSING
from analysis.reporting.processed import without_identity
from analysis.study import Study

CODED = ("level", "boolean", "term")
"""Types of columns of which a cell has one of some levels."""
NUMBERS = ("count", "number", "year")
"""Types of columns that one reckons with."""
COMPUTED = ("calibrated_weight", "calibration_cell")
"""Columns that calibrating adds: reading computes them again."""


class Column(NamedTuple):
    """A column of an exported table.

    Attributes
    ----------
    name, type
        As the catalogue says.
    label
        What it is called, with its part in the sampling design.
    values
        One a row, in the catalogue's keys; the same as the study's.
    reasons
        Why a value is missing, and missing where there is a value: a level of `missing_reason`.
    levels
        Key → word, in their order; empty for a column without levels.
    """

    name: str
    type: str
    label: str
    values: pd.Series
    reasons: pd.Series
    levels: Mapping[str, str]

    @property
    def has_missing(self) -> bool:
        """Whether any value is missing."""
        return bool(self.reasons.notna().any())

    @property
    def is_number(self) -> bool:
        """Whether it holds numbers that one reckons with."""
        return self.type in NUMBERS

    @property
    def is_computed(self) -> bool:
        """Whether reading the export computes it, and does not look for it in the file."""
        return self.name in COMPUTED


class Table(NamedTuple):
    """An exported table: its name, what it is called, its columns, and the words of reasons why values are missing."""

    name: str
    label: str
    columns: list[Column]
    reasons: Mapping[str, str]

    @property
    def rows(self) -> int:
        """How many rows it has."""
        return len(self.columns[0].values)


def said(key: str, language: str, **facts: object) -> str:
    """A word or sentence of export.yml."""
    return str(entries("export")[key][language]).format(**facts)


def table_of(study: Study, name: str, language: str) -> Table:
    """A table of a study as it is exported, without the columns that identify persons."""
    frame = without_identity(study.table(name), name, study.catalogue)
    columns = [_column(study, name, column, frame, language) for column in frame if not str(column).endswith(MISSING)]
    reasons = {key: str(entry[language]) for key, entry in study.catalogue.level_set("missing_reason").items()}
    return Table(name, study.catalogue.label("data_table", name, language), columns, reasons)


def _column(study: Study, table: str, name: str, frame: pd.DataFrame, language: str) -> Column:
    catalogue, values = study.catalogue, frame[name]
    lacking = values.isna()
    told = frame[name + MISSING] if name + MISSING in frame else pd.Series(None, index=frame.index, dtype="str")
    return Column(
        name,
        str(catalogue.column(name)["type"]),
        _labelled(study, table, name, language),
        values,
        told.astype("str").fillna("not_recorded").where(lacking, None),
        _levels(study, name, values, language),
    )


def _labelled(study: Study, table: str, name: str, language: str) -> str:
    """What a column is called, with its unit and its part in the design."""
    catalogue = study.catalogue
    heading, unit = catalogue.heading(name, language), catalogue.column(name).get("unit")
    design = study.design(table)
    roles = [role for role in ("weights", "strata", "clusters", "fpc") if name in _listed(getattr(design, role, None))]
    notes = [str(catalogue.unit(unit)[language])] if unit else []
    notes += [said(f"role_{role}", language) for role in roles]
    return said("label_with_notes", language, label=heading, notes="; ".join(notes)) if notes else heading


def _listed(given: str | list[str] | None) -> list[str]:
    return [given] if isinstance(given, str) else list(given or [])


def _levels(study: Study, name: str, values: pd.Series, language: str) -> dict[str, str]:
    """The levels of a column with their words: those that it may have, and any other that it has."""
    catalogue, kind = study.catalogue, study.catalogue.column(name)["type"]
    if kind == "boolean":
        return {key: catalogue.text(word, language) for key, word in (("false", "no"), ("true", "yes"))}
    if kind not in (*CODED, "level_set"):
        return {}
    others = [] if kind == "level_set" else [str(one) for one in values.dropna().unique()]
    levels = {}
    for key in [*catalogue.levels_of(name), *others]:
        try:
            levels[str(key)] = catalogue.label(name, key, language)
        except StudyError:  # a level that the study has no word for is called by its key
            levels[str(key)] = str(key)
    return levels


def as_text(column: Column) -> pd.Series:
    """A column's values in the catalogue's keys, as text; blank where they are missing."""
    if column.type == "boolean":
        text = column.values.map({True: "true", False: "false"}).astype("str")
    elif column.type == "date":
        text = column.values.dt.strftime("%Y-%m-%d").astype("str")
    else:
        text = column.values.astype("str")
    return text.where(column.reasons.isna(), "")
