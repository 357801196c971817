"""Two columns of categories against each other, and whether they go together."""

import pandas as pd

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError, listing, nearest
from analysis.inference import chi_square, proportion
from analysis.measure import arranged
from analysis.paper_tables.columns import Columns, categories_named
from analysis.paper_tables.significance import rows_of_test

PERCENTS = ("row", "column")
"""What adds up to 100 %: the categories of the columns in each row, or those of the rows in each column."""


def crosstab(columns: Columns, row: str, column: str, percent: str = "row") -> pd.DataFrame:
    """A cross-tabulation with Rao and Scott's test of independence.

    Parameters
    ----------
    percent
        One of `PERCENTS`.

    Returns
    -------
    pandas.DataFrame
        Measure table: `conditional_share`, with `by_category` the group that adds up to 1 and `category` its parts, and
        the numbers of rows; `test_statistic`, `test_df`, `test_denominator_df` and `test_p`. Respondents of whom one of
        the two is unknown are not in the table.

    Raises
    ------
    StudyError
        `percent_unknown`, `table_column_same`; whatever `chi_square` refuses.
    """
    if percent not in PERCENTS:
        raise StudyError("percent_unknown", name=percent, nearest=nearest(percent, PERCENTS), known=listing(PERCENTS))
    if row == column:
        raise StudyError("table_column_same", column=row)
    tests = independence(columns, row, column)
    group, part = (row, column) if percent == "row" else (column, row)
    frame = _both(columns, group, part)
    whole, of = columns[group], columns[part]
    design = columns.design_for(group, part)
    where = frame[[whole.place, of.place]].notna().all(axis=1).to_numpy()
    made = proportion(frame, of.place, design, whole.place, where=where, measure="conditional_share").table
    named = categories_named(categories_named(made, of, "category"), whole, "by_category")
    named = named[named["by_category"] != UNKNOWN]
    return columns.named([arranged(named.assign(variable=of.place, grouped_by=whole.place)), tests])


def independence(columns: Columns, first: str, second: str) -> pd.DataFrame:
    """Rao and Scott's test of two columns, second order, as rows of a measure table."""
    frame = _both(columns, first, second, least=2)
    made = chi_square(frame, columns[first].place, columns[second].place, columns.design_for(first, second))
    return rows_of_test(
        made.facts, "rao_scott", int(made.table["n"].iloc[0]), columns[first].place, columns[second].place
    )


def _both(columns: Columns, first: str, second: str, least: int = 1) -> pd.DataFrame:
    return columns.and_categories(columns.categories(first, least), second, least)
