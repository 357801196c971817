"""Rows that keep every rule of the catalogue are accepted; the others are set aside, each with its faults."""

from collections.abc import Container
from pathlib import Path

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError
from analysis.reading import fates, layout
from analysis.reading.faults import Fault
from analysis.reading.rows import WHERE
from analysis.reading.validate import broken_rules
from analysis.settings import Settings


def accepted(
    frame: pd.DataFrame, table: str, settings: Settings, catalogue: Catalogue
) -> tuple[pd.DataFrame, list[Fault], pd.DataFrame]:
    """The rows that keep every rule, the faults of the others, and how many these are."""
    breaches = broken_rules(frame.drop(columns=WHERE), table, catalogue, settings)
    ids = [column for column in layout.naming(table, catalogue) if column in frame]
    first = breaches.drop_duplicates("index").set_index("index")["rule"]
    if first.empty:
        return frame, [], fates.counted(table, frame.iloc[:0], fates.SET_ASIDE)
    faults = []
    for (column, rule), found in breaches.groupby(["column", "rule"], sort=False)["index"]:
        rows = frame.loc[found]
        written = rows[column].astype("str").fillna("")
        named = rows[ids].astype("str").fillna("").agg(" ".join, axis=1).str.split().str.join(" ") if ids else ""
        told = rows[WHERE].assign(column=column, written=written, rule=rule, named=named)
        columns = [told[name] for name in ("_file", "_row", "column", "written", "rule", "_item", "named")]
        faults += [Fault(*cells) for cells in zip(*columns, strict=True)]
    aside = fates.counted(table, frame.loc[first.index], fates.SET_ASIDE, first)
    return frame.drop(index=first.index), faults, aside


def require_columns(
    columns: Container[str], table: str, settings: Settings, folder: Path, catalogue: Catalogue
) -> None:
    """Refuse a table without a column that it needs; linking gives the ids of persons.

    Raises
    ------
    StudyError
        `required_column_unmapped`.
    """
    is_linked = settings.linkage is not None and settings.linkage.table == table
    for column in catalogue.table(table)["required"]:
        if column not in columns and not (is_linked and column == "person_id"):
            raise StudyError("required_column_unmapped", folder / "study.yml", table=table, column=column)
