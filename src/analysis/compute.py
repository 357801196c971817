"""Which room computes a measure: the measures of a study by name, for claims, notebooks and the command line."""

from collections.abc import Sequence
from importlib import import_module
from types import ModuleType

import pandas as pd

from analysis.catalogue import entries
from analysis.errors import StudyError, listing, nearest
from analysis.measure import COLUMNS, combined
from analysis.reading import PLACES
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.turnover.roster import roster_of


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
        Columns of the study's tables to break it down by (every measure has its term anyway). A measure whose table
        lacks one of them is left out.

    Raises
    ------
    StudyError
        `unknown_measure`, where neither the catalogue nor the study's tables have it; `unknown_group`.
    """
    known = entries("measures")["measures"]
    if measure is not None and measure not in known:
        raise StudyError("unknown_measure", measure=measure, nearest=nearest(measure, known), known=listing(known, 60))
    groups = [column for column in dict.fromkeys(by) if column != "term"]
    require_groups(study, groups)
    wanted = [known[measure]["chapter"]] if measure else chapters()
    table = combined(chapter_of(chapter).measures(study, groups) for chapter in wanted)
    present = table["measure"].unique()
    if measure is None and len(present):
        return table
    if measure not in present:
        raise StudyError(
            "unknown_measure",
            study.name,
            measure=measure or "–",
            nearest=nearest(measure, present),
            known=listing(present, 60),
        )
    rows = table[table["measure"] == measure]
    return rows[[column for column in rows if column in COLUMNS or rows[column].notna().any()]].reset_index(drop=True)


def require_sound(study: Study) -> None:
    """Refuse a study whose tables would give wrong numbers, before anything is computed or written.

    Raises
    ------
    StudyError
        `community_without_roster`.
    """
    if study.has("roster"):
        chapter_of("turnover").require_units(roster_of(study))


def chapter_of(name: str) -> ModuleType:
    """The module that computes a chapter."""
    return import_module(f"analysis.{name}")


def require_groups(study: Study, by: Sequence[str]) -> None:
    """Refuse a column that no table of a measure can be grouped by: levels, places, and what is yes or no.

    Raises
    ------
    StudyError
        `unknown_group`.
    """
    named = ("community_id", *PLACES, "department", "legal_basis")
    possible = {
        column
        for table in ("roster", "candidacies", "respondents", "posts", "work_items", "ledgers", "organisations")
        if study.has(table)
        for column in study.columns(table)
        if not column.endswith(MISSING)
        and (column in named or study.catalogue.column(column)["type"] in ("level", "term", "boolean"))
    }
    for column in by:
        if column not in possible:
            known = listing(sorted(possible), 40)
            raise StudyError(
                "unknown_group", table="roster", column=column, nearest=nearest(column, possible), known=known
            )
