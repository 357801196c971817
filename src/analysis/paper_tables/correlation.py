"""How several columns of numbers go together, two by two."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import stats

from analysis.errors import StudyError, listing
from analysis.inference import Estimates, correlation
from analysis.measure import arranged
from analysis.paper_tables.columns import Columns


def correlations(columns: Columns, names: Sequence[str]) -> pd.DataFrame:
    """Pearson's correlations of all pairs of columns, of the respondents who have all of them.

    Returns
    -------
    pandas.DataFrame
        Measure table with `variable` and `with_variable`: `column_correlation`, with Fisher's interval, and
        `correlation_p`, of the t test of artanh r, which agrees with that interval.

    Raises
    ------
    StudyError
        `table_columns_none`, for fewer than two columns; `table_column_constant`; `table_column_same`.
    """
    if len(names) < 2:
        raise StudyError("table_columns_none", least=2)
    if len({*names}) < len(names):
        raise StudyError("table_column_same", column=next(name for name in names if list(names).count(name) > 1))
    places = [columns[name].place for name in names]
    frame = columns.frame.assign(
        **{place: columns.numbers(name)[place] for name, place in zip(names, places, strict=True)}
    )
    where = frame[places].notna().all(axis=1).to_numpy()
    constant = [name for name, place in zip(names, places, strict=True) if frame.loc[where, place].nunique() < 2]
    if constant:
        raise StudyError("table_column_constant", column=listing(constant), count=int(where.sum()))
    tables = []
    for first, second in combinations(places, 2):
        made = correlation(frame, first, second, columns.design, where=where, measure="column_correlation")
        facts = {"variable": second, "with_variable": first}
        tables += [arranged(made.table.assign(**facts)), arranged(_p(made).assign(**facts))]
    return columns.named(tables)


def _p(made: Estimates) -> pd.DataFrame:
    """The p-value of a correlation, on the scale of its interval."""
    r, se, df, n = made.table[["estimate", "se", "df", "n"]].iloc[0].astype(float)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.arctanh(r) * (1 - r**2) / np.float64(se)
    p = float(2 * stats.t.sf(abs(t), df)) if df > 0 else np.nan
    reason = "untestable" if np.isnan(p) else ""
    row = {"measure": "correlation_p", "unit": "p", "estimate": p, "df": df, "n": n, "reason": reason}
    return pd.DataFrame([row | {"table": "respondents", "is_weighted": bool(made.table["is_weighted"].iloc[0])}])
