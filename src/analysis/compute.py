"""Which room computes a measure: the measures of a study by name, for claims, notebooks and the command line."""

from collections.abc import Sequence
from importlib import import_module

import pandas as pd

from analysis.catalogue import entries
from analysis.errors import StudyError, listing, nearest
from analysis.measure import COLUMNS, combined
from analysis.reading import PLACES
from analysis.study import Study


def chapters() -> list[str]:
    """The modules that compute measures, in the order of the catalogue."""
    return list(dict.fromkeys(entry["chapter"] for entry in entries("measures")["measures"].values()))


def measures(study: Study, measure: str | None = None, by: Sequence[str] = ()) -> pd.DataFrame:
    """The measure table of a study.

    Parameters
    ----------
    measure
        One measure by name; every measure without it.
    by
        Columns of the study's tables to break it down by. A measure whose table lacks one of them is left out.

    Raises
    ------
    StudyError
        `unknown_measure`, where neither the catalogue nor the study's tables have it; `unknown_group`.
    """
    known = entries("measures")["measures"]
    if measure is not None and measure not in known:
        raise StudyError("unknown_measure", measure=measure, nearest=nearest(measure, known), known=listing(known, 60))
    _require_groups(study, by)
    wanted = [known[measure]["chapter"]] if measure else chapters()
    table = combined(import_module(f"analysis.{chapter}").measures(study, list(by)) for chapter in wanted)
    if measure is None:
        return table
    present = table["measure"].unique()
    if measure not in present:
        raise StudyError(
            "unknown_measure",
            study.name,
            measure=measure,
            nearest=nearest(measure, present),
            known=listing(present, 60),
        )
    rows = table[table["measure"] == measure]
    return rows[[column for column in rows if column in COLUMNS or rows[column].notna().any()]].reset_index(drop=True)


def _require_groups(study: Study, by: Sequence[str]) -> None:
    possible = _groups(study)
    for column in by:
        if column not in possible:
            raise StudyError(
                "unknown_group",
                table="roster",
                column=column,
                nearest=nearest(column, possible),
                known=listing(possible, 40),
            )


def _groups(study: Study) -> list[str]:
    """The columns that estimates of this study can be broken down by: levels, places and yes-or-no columns of its tables."""
    named = {"community_id", *PLACES}
    return sorted(
        {
            column
            for frame in study.reading.tables.values()
            for column in frame
            if not column.endswith("_missing")
            and (column in named or study.catalogue.column(column)["type"] in ("level", "boolean"))
        }
    )
