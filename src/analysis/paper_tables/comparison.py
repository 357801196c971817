"""Means of groups, and how far they differ."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError
from analysis.inference import Estimates, linear_model, mean, proportion, t_tests, term_tests
from analysis.measure import arranged
from analysis.paper_tables.columns import TABLE, Columns, categories_named, without_counts
from analysis.paper_tables.significance import rows_of_test


def means(columns: Columns, names: Sequence[str], by: str) -> pd.DataFrame:
    """Means of the groups of a column, their differences, and a test of all groups at once.

    Parameters
    ----------
    names
        Columns of numbers; yes or no gives shares, an answer on a scale its position.

    Returns
    -------
    pandas.DataFrame
        Measure table with `variable`, `grouped_by` and `by_category`: `column_mean`, with its interval; of all groups
        `test_statistic` (Wald's F), `test_df`, `test_denominator_df` and `test_p`; by `contrast` `mean_difference`, with its
        interval, `difference_p` and `difference_p_holm`, Holm's over the pairs of one column. A group of whom nobody has a
        value has no mean and no difference (`empty_base`). Respondents of unknown group are not in the table.

    Raises
    ------
    StudyError
        `table_columns_none`; `level_alone`; `table_column_same`.
    """
    if not names:
        raise StudyError("table_columns_none", least=1)
    tables = []
    for name in names:
        if name == by:
            raise StudyError("table_column_same", column=name)
        frame, places = _prepared(columns, name, by)
        tables += [_group_means(columns, frame, name, by), mean_test(columns, name, by)]
        tables += _pairs(columns, frame, name, by, places)
    return columns.named(tables)


def mean_test(columns: Columns, name: str, by: str) -> pd.DataFrame:
    """Wald's test that the groups have the same mean, as rows of a measure table.

    Notes
    -----
    That of the term of a linear model, its denominator with the design's degrees of freedom less the number of slopes; of
    two groups F = t².
    """
    frame, _ = _prepared(columns, name, by)
    model = _model(columns, frame, name, by)
    test = term_tests(model).iloc[0].to_dict()
    return rows_of_test(test, "wald", model.facts["n"], columns[name].place, columns[by].place)


def _prepared(columns: Columns, name: str, by: str) -> tuple[pd.DataFrame, list[str]]:
    """The frame with numbers and groups, and the groups in which somebody has a number."""
    frame = columns.and_categories(columns.numbers(name), by, least=2)
    place = columns[by].place
    known = frame.loc[frame[columns[name].place].notna(), place]
    places = [level for level in frame[place].cat.categories if (known == level).any()]
    if len(places) < 2:
        raise StudyError("level_alone", column=by, list=", ".join(places) or "–")
    return frame, places


def _group_means(columns: Columns, frame: pd.DataFrame, name: str, by: str) -> pd.DataFrame:
    column, group, design = columns[name], columns[by], columns.design_for(by)
    where = frame[group.place].notna().to_numpy()
    facts = {"measure": "column_mean", "unit": column.unit, "where": where}
    if column.kind == "boolean":
        made = proportion(frame, column.place, design, group.place, **facts).table
    else:
        made = without_counts(mean(frame, column.place, design, group.place, **facts).table)
    named = categories_named(made, group, "by_category")
    named = named[named["by_category"] != UNKNOWN]
    return arranged(named.assign(variable=column.place, grouped_by=group.place))


def _model(columns: Columns, frame: pd.DataFrame, name: str, by: str) -> Estimates:
    group = frame[columns[by].place].cat.remove_unused_categories()
    data = frame.assign(_outcome=frame[columns[name].place], _group=group)
    return linear_model(data, "_outcome ~ C(_group)", columns.design_for(by))


def _pairs(columns: Columns, frame: pd.DataFrame, name: str, by: str, places: Sequence[str]) -> list[pd.DataFrame]:
    """The differences of all pairs of groups, the later less the earlier."""
    model, column, group = _model(columns, frame, name, by), columns[name], columns[by]
    of_group = np.eye(len(places))
    of_group[0, 0] = 0  # the first group's mean is the constant, which differences do not have
    pairs = list(combinations(range(len(places)), 2))
    weights = {
        f"{group.values or group.place}={places[second]}|{places[first]}": list(of_group[second] - of_group[first])
        for first, second in pairs
    }
    unit = "points" if column.kind == "boolean" else column.unit
    made = model.contrast(weights, measure="mean_difference", unit=unit)
    tests = t_tests(made)
    counts = frame.loc[frame[column.place].notna(), group.place].value_counts()
    n = [float(min(counts[places[first]], counts[places[second]])) for first, second in pairs]
    facts = {"variable": column.place, "grouped_by": group.place, "table": TABLE}
    rows = [arranged(made.table.assign(n=n, **facts))]
    for measure, source in (("difference_p", "p"), ("difference_p_holm", "p_adjusted")):
        values = tests[source].to_numpy(float)
        told = {"contrast": list(weights), "estimate": values, "n": n, "unit": "p", "measure": measure}
        rows.append(arranged(pd.DataFrame(told).assign(reason=np.where(np.isnan(values), "untestable", ""), **facts)))
    return rows
