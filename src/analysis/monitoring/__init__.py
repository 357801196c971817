"""What a study watches: the paths that a paper calls for, each with measures that exist, and what nobody measures yet.

The plan is a file of the study, monitoring.yml. It maps each path to measures of the catalogue and says what it lacks; no
indicator is made here. Where the study's tables give no value the row says so.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pydantic import Field

from analysis import compute
from analysis.catalogue import Catalogue, entries
from analysis.errors import StudyError, listing, nearest
from analysis.measure import TIMES, arranged, combined
from analysis.settings import Strict, Words, load
from analysis.study import Study

FILE = "monitoring.yml"
OCCASIONS = ("earlier", "latest")


class Watched(Strict):
    """A measure that is watched on a path.

    `where` names levels of its dimensions, and `by` those of them that it has only when it is broken down by them. A proxy is
    near to what the path wants and is not it; `note` says how.
    """

    measure: str
    by: list[str] = Field(default_factory=list)
    where: dict[str, str] = Field(default_factory=dict)
    is_proxy: bool = False
    note: Words | None = None


class Course(Strict):
    """A path (路径) that a paper calls for, with the sentence that does, and what of it has no measure yet."""

    id: str
    source: str
    place: str
    words: Words
    sentence: str
    indicators: list[Watched] = Field(min_length=1)
    lacking: list[Words] = Field(default_factory=list)


class Plan(Strict):
    """monitoring.yml."""

    sources: dict[str, Words]
    paths: list[Course] = Field(min_length=1)

    def of(self, source: str) -> list[Course]:
        """The paths of one source."""
        return [path for path in self.paths if path.source == source]


def plan_of(study: Study) -> Plan:
    """The study's plan.

    Raises
    ------
    StudyError
        `settings_file_missing`; `settings_key`, for a measure, a column or a source that nothing bears.
    """
    file = study.folder / FILE
    if not file.is_file():
        raise StudyError("settings_file_missing", file, file=FILE, what="paths")
    plan = load(file, Plan)
    _require_known(plan, study.catalogue, file)
    return plan


def _require_known(plan: Plan, catalogue: Catalogue, file: Path) -> None:
    measures, columns = entries("measures")["measures"], entries("tables")["columns"]
    for path in plan.paths:
        named: list[tuple[str, str, Iterable[str]]] = [("source", path.source, plan.sources)]
        for watched in path.indicators:
            named.append(("measure", watched.measure, measures))
            named += [("where", column, columns) for column in (*watched.by, *watched.where)]
            for column, level in watched.where.items():
                levels = catalogue.levels_of(column) if column in columns else {}
                named += [(f"where.{column}", level, levels)] if levels else []
        for key, name, known in named:
            if name not in known:
                at, possible = f"{file}: paths.{path.id}.{key}", list(known)
                raise StudyError(
                    "settings_key", at, key=name, nearest=nearest(name, possible), known=listing(possible, 30)
                )


def monitored(study: Study, plan: Plan) -> pd.DataFrame:
    """The values of all that is watched, at the latest time and at the one before.

    Returns
    -------
    pandas.DataFrame
        Measure table with the dimensions `path`, `monitored` (the place of the indicator on its path, from 1) and `occasion`
        (`earlier`, `latest`) beside those of the measure. An indicator without a value has one row, for the reason `no_data`.
    """
    made: dict[tuple[str, ...], pd.DataFrame] = {}
    tables = []
    for path in plan.paths:
        for place, watched in enumerate(path.indicators, 1):
            chapter = str(study.catalogue.measure(watched.measure)["chapter"])
            key = (chapter, *watched.by)
            if key not in made:
                made[key] = compute.chapter_of(chapter).measures(study, watched.by)
            rows = _latest(_rows(made[key], watched), study)
            if not len(rows):
                rows = _no_data(watched, study.catalogue)
            tables.append(rows.assign(path=path.id, monitored=str(place)))
    return combined(tables)


def _rows(table: pd.DataFrame, watched: Watched) -> pd.DataFrame:
    """The rows of the measure that the plan names."""
    rows = table[table["measure"] == watched.measure]
    for column, level in watched.where.items():
        rows = rows[rows[column].astype("str") == level] if column in rows else rows[:0]
    return rows.dropna(axis="columns", how="all").assign(
        **{c: rows[c] for c in ("estimate", "n", "reason") if len(rows)}
    )


def _latest(rows: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The rows at the last time and the one before, with `occasion`."""
    time = next((column for column in TIMES if column in rows), None)
    if time is None:
        return rows.assign(occasion=OCCASIONS[1])
    text = rows[time].astype("str")
    declared = list(study.terms) if time == "term" else list(study.catalogue.levels_of(time))
    order = [value for value in declared or sorted(text.unique(), key=float) if (text == value).any()]
    occasions = dict(zip(order[-2:], OCCASIONS[-len(order[-2:]) :], strict=True))
    return rows.assign(occasion=text.map(occasions))[text.isin(order[-2:])]


def _no_data(watched: Watched, catalogue: Catalogue) -> pd.DataFrame:
    entry: Mapping[str, Any] = catalogue.measure(watched.measure)
    facts = {
        "measure": watched.measure,
        "unit": entry["unit"],
        "occasion": OCCASIONS[1],
        "reason": "no_data",
        "table": "",
    }
    return arranged(pd.DataFrame([facts | {"estimate": np.nan, "n": np.nan} | watched.where]))


def of_path(table: pd.DataFrame, path: str, occasions: Sequence[str] = OCCASIONS) -> pd.DataFrame:
    """The rows of one path."""
    return table[(table["path"] == path) & table["occasion"].isin(occasions)]
