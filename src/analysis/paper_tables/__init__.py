"""The tables that papers need, on any columns of the respondents, with the design in every number.

Each kind is a pure function from `Columns` to a measure table; `reporting.sheets` lays it out.
"""

import re
from collections.abc import Sequence

import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.measure import combined
from analysis.paper_tables.columns import Columns, columns_of
from analysis.paper_tables.comparison import means
from analysis.paper_tables.correlation import correlations
from analysis.paper_tables.crosstabs import crosstab
from analysis.paper_tables.description import characteristics, described
from analysis.paper_tables.regression import regressions
from analysis.paper_tables.validity import reliability
from analysis.satisfaction.questionnaire import Questionnaire, questionnaire_of
from analysis.study import Study

KINDS = ("characteristics", "crosstab", "means", "correlations", "regression", "reliability")

__all__ = [
    "KINDS",
    "Columns",
    "characteristics",
    "columns_of",
    "correlations",
    "crosstab",
    "means",
    "regressions",
    "reliability",
    "table",
]


def table(
    study: Study, kind: str, columns: Sequence[str] = (), *, by: str = "", percent: str = "row", wave: str = ""
) -> pd.DataFrame:
    """A table of a study.

    Parameters
    ----------
    kind
        One of `KINDS`.
    columns
        Names of columns, as `columns_of` knows them; of a regression its formulas; of reliability items.
    by
        The groups of `characteristics` and `means`.
    percent
        What adds up to 100 % in a `crosstab`: `row` or `column`.
    wave
        Without one the last wave in which all columns were answered.

    Raises
    ------
    StudyError
        `table_kind_unknown`, `table_crosstab_columns`, `table_by_absent`; and whatever the table refuses.
    """
    if kind not in KINDS:
        raise StudyError("table_kind_unknown", name=kind, nearest=nearest(kind, KINDS), known=listing(KINDS))
    if kind == "reliability":
        asked = _asked(study, wave)
        return reliability(asked, columns).assign(window=asked.waves[0])
    if kind == "regression":
        return regressions(columns_of(study, re.findall(r"\w+", " ".join(columns)), wave), columns)
    of = columns_of(study, [*columns, *([by] if by else [])], wave)
    if kind == "crosstab":
        if len(columns) != 2:
            raise StudyError("table_crosstab_columns", count=len(columns))
        return crosstab(of, columns[0], columns[1], percent)
    if kind == "correlations":
        return correlations(of, columns)
    if kind == "means":
        if not by:
            raise StudyError("table_by_absent")
        return means(of, columns, by)
    return characteristics(of, columns, by)


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Who the respondents are, by wave and, one at a time, the columns of `by`."""
    if not study.has("respondents") or len(by) > 1 or not {*by} <= {*study.table("respondents")}:
        return combined([])
    group = next((column for column in by if column != "wave"), "")
    waves = [name for name in study.catalogue.level_set("wave") if (study.table("respondents")["wave"] == name).any()]
    found = [columns_of(study, (), wave) for wave in waves]
    able = [one for one in found if not group or (group in one.known and one.frame[group].nunique() > 1)]
    return combined(
        characteristics(one, chosen, group).assign(wave=one.wave)
        for one in able
        if (chosen := [name for name in described(one) if name != group])
    )


def _asked(study: Study, wave: str) -> Questionnaire:
    """The answers of a wave on the scale of satisfaction; without one those of the last."""
    asked = questionnaire_of(study)
    if wave and wave not in asked.waves:
        known = listing(asked.waves)
        raise StudyError("wave_unknown", wave=wave, nearest=nearest(wave, asked.waves), known=known)
    return asked.of_waves([wave or asked.waves[-1]])
