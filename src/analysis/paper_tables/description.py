"""Who the respondents are: shares of categories, means, spread and medians of numbers, and how much is missing."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError
from analysis.inference import Estimates, mean, median, proportion, variance
from analysis.inference.estimates import without_errors
from analysis.measure import arranged
from analysis.paper_tables.columns import Columns, categories_named, without_counts
from analysis.paper_tables.comparison import mean_test
from analysis.paper_tables.crosstabs import independence

PLACES = (
    "community_id",
    "community_name",
    "subdistrict",
    "district",
    "city",
    "stratum",
    "cluster",
    "weight",
    "calibrated_weight",
    "calibration_cell",
)
"""Columns that tell where and how a respondent was drawn, not who the respondent is."""
MOMENTS: tuple[tuple[Callable[..., Estimates], str], ...] = (
    (mean, "column_mean"),
    (variance, "column_sd"),
    (median, "column_median"),
)
"""What is told of numbers."""
MOST = 15
"""A column of more categories is shown only where it is asked for."""
UNTESTABLE = (
    "association_untestable", "domain_empty", "level_alone", "level_empty", "model_rows_few", "terms_collinear", "where_empty",
)  # fmt: skip
"""Why two columns may have no test."""


def characteristics(columns: Columns, names: Sequence[str] = (), by: str = "") -> pd.DataFrame:
    """What the respondents are, weighted, with the number of rows that each estimate rests on.

    Parameters
    ----------
    names
        The columns, in the order of the table; without any all that describe a person.
    by
        A column of groups to put side by side; respondents of unknown group are a group.

    Returns
    -------
    pandas.DataFrame
        Measure table with the dimensions `variable`, `category` and `by_category`. For categories `category_share`; for
        numbers `column_mean`, `column_sd` and `column_median`; for both `missing_share`, of all rows. `group_size` is the
        number of rows of a group; `test_p` that of Rao and Scott's test for categories, of Wald's for means.
    """
    if by in names:
        raise StudyError("table_column_same", column=by)
    chosen = names or [name for name in described(columns) if name != by]
    if not chosen:
        raise StudyError("table_columns_none", least=1)
    grouped = columns.categories(by, least=2) if by else columns.frame
    tables = [_sizes(columns, grouped, by)] if by else []
    for name in chosen:
        tables += _of_column(columns, grouped, name, by)
    return columns.named(tables)


def described(columns: Columns) -> list[str]:
    """The columns that describe a person, each with at least two values."""
    return [
        name
        for name, column in columns.known.items()
        if name not in PLACES
        and not (name == "birth_year" and "age_years" in columns.known)
        and columns.frame[column.place].nunique() > 1
        and (column.kind != "category" or columns.frame[column.place].nunique() <= MOST)
    ]


def _of_column(columns: Columns, grouped: pd.DataFrame, name: str, by: str) -> Iterator[pd.DataFrame]:
    column, design = columns[name], columns.design_for(by) if by else columns.design
    place, groups = column.place, [columns[by].place] if by else []
    if column.kind == "number":
        frame = grouped.assign(**{place: columns.numbers(name)[place]})
        for call, measure in MOMENTS:
            made = call(frame, place, design, groups, measure=measure, unit=column.unit).table
            if measure == "column_sd":
                made = without_errors(made.assign(estimate=np.sqrt(made["estimate"]))).table
            yield _tidy(without_counts(made), columns, by, place)
    else:
        frame = columns.and_categories(grouped, name)
        made = proportion(frame, place, design, groups, measure="category_share").table
        yield _tidy(categories_named(made, column, "category"), columns, by, place)
    is_missing = frame[place].isna()
    if is_missing.any():
        lacking = frame.assign(**{place: is_missing.astype(float)})
        yield _tidy(proportion(lacking, place, design, groups, measure="missing_share").table, columns, by, place)
    if by:
        yield _p(columns, name, by)


def _tidy(table: pd.DataFrame, columns: Columns, by: str, variable: str) -> pd.DataFrame:
    """The table in the terms of all columns."""
    table = categories_named(table, columns[by], "by_category") if by else table
    return arranged(table.assign(variable=variable))


def _sizes(columns: Columns, grouped: pd.DataFrame, by: str) -> pd.DataFrame:
    """How many rows each group has."""
    place = columns[by].place
    counts = grouped[place].value_counts(dropna=False, sort=False)
    rows = pd.DataFrame({place: counts.index.astype("object").fillna(UNKNOWN), "estimate": counts.to_numpy(float)})
    rows = categories_named(rows[rows["estimate"] > 0], columns[by], "by_category")
    rows = rows.assign(n=rows["estimate"], numerator=rows["estimate"], denominator=float(len(grouped)))
    return arranged(rows.assign(measure="group_size", unit="count", table="respondents"))


def _p(columns: Columns, name: str, by: str) -> pd.DataFrame:
    """The p of a column's test against the groups; missing where there is none."""
    try:
        tests = mean_test(columns, name, by) if columns[name].kind == "number" else independence(columns, name, by)
        return tests[tests["measure"] == "test_p"]
    except StudyError as problem:
        if problem.key not in UNTESTABLE:
            raise
    row = {"measure": "test_p", "estimate": np.nan, "n": len(columns.frame), "unit": "p", "reason": "untestable"}
    return arranged(pd.DataFrame([row | {"variable": columns[name].place, "table": "respondents"}]))
