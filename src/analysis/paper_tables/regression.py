"""Regressions side by side: linear, and logistic where the outcome is yes or no."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing
from analysis.inference import Estimates, linear_model, logistic_model, t_tests
from analysis.inference.regression.formula import Terms
from analysis.measure import arranged
from analysis.paper_tables.columns import TABLE, Columns
from analysis.reading.convert import MISSING

FACTOR = re.compile(r"(?:C\()?`?(?P<name>\w+)`?\)?(?:\[(?:T\.)?(?P<level>.+)\])?")
"""A coefficient's factor that is a column, or one of its categories."""
CONSTANT = "Intercept"


def regressions(columns: Columns, formulas: Sequence[str]) -> pd.DataFrame:
    """Models of the respondents, each in a column of its own.

    Parameters
    ----------
    formulas
        `outcome ~ column + column:column`; an outcome of yes or no makes a logistic model, any other a linear one.

    Returns
    -------
    pandas.DataFrame
        Measure table with `model` (from 1), `explained` (the outcome) and `predictor`: `regression_coefficient`, with its
        interval, and `regression_p`; of a logistic model `regression_odds_ratio` too; `model_rows` and `model_df`. The
        first category that occurs is what the others are compared with (`reference`). n of a coefficient is the fewest
        rows that it tells of: of a category's, the category or the rest; in a logistic model those with one outcome.

    Raises
    ------
    StudyError
        `table_columns_none`, without a formula; `table_term_unnamed`; whatever the models refuse.
    """
    if not formulas:
        raise StudyError("table_formulas_none")
    return columns.named(
        table for place, formula in enumerate(formulas, 1) for table in _model(columns, formula, str(place))
    )


def _model(columns: Columns, formula: str, place: str) -> list[pd.DataFrame]:
    frame = _by_name(columns)
    outcome = formula.split("~")[0].strip().strip("`")
    is_logistic = outcome in columns.known and columns[outcome].kind == "boolean"
    named = {"measure": "regression_coefficient", "unit": "coefficient", "table": TABLE}
    fit = logistic_model if is_logistic else linear_model
    made = fit(frame, formula, columns.design, **named)  # type: ignore[arg-type]
    facts = {"model": place, "explained": columns[outcome].place}
    predictors = [_predictor(columns, term) for term in made.table["coefficient"]]
    terms: Terms = made.facts["model"].terms
    table = made.table.drop(columns="coefficient").assign(n=_counts(terms, is_logistic), predictor=predictors, **facts)
    table = table.assign(excluded=_in_words(columns, str(table["excluded"].iloc[0])))
    p = t_tests(made)["p"].to_numpy(float)
    plain = table[["predictor", *facts, "n", "table", "is_weighted"]]
    reason = np.where(np.isnan(p), "untestable", "")
    rows = [
        arranged(table),
        arranged(plain.assign(measure="regression_p", unit="p", estimate=p, reason=reason)),
        *_references(columns, terms, predictors, facts),
        *_sizes(made, facts),
    ]
    if is_logistic:
        odds = {column: np.exp(table[column]) for column in ("estimate", "low", "high")}
        ratio = table.assign(**odds, se=odds["estimate"] * table["se"], measure="regression_odds_ratio", unit="ratio")
        kind = ratio["interval"].replace("t", "log")
        rows.append(arranged(ratio.assign(interval=kind)[ratio["predictor"] != "constant"]))
    return rows


def _by_name(columns: Columns) -> pd.DataFrame:
    """The frame with the columns by the names that a user gives, each as what a model takes it for, beside the design's."""
    made = {}
    for name, column in columns.known.items():
        is_group = column.kind == "category"
        source = columns.categories(name) if is_group else columns.numbers(name)
        made[name] = source[column.place]
        if column.place + MISSING in columns.frame:
            made[name + MISSING] = columns.frame[column.place + MISSING]
    of_design = columns.design.columns
    own = [name for name in columns.frame if name not in made and name in of_design]
    drawn = {name: columns.frame[name] for name in of_design if name in made}
    return columns.frame[own].assign(**{**made, **drawn})


def _predictor(columns: Columns, term: str) -> str:
    """A coefficient in the terms of the catalogue: `sex=female`, `sex=female:age_years`."""
    if term == CONSTANT:
        return "constant"
    parts = []
    for factor in term.split(":"):
        found = FACTOR.fullmatch(factor)
        if found is None or found["name"] not in columns.known:
            raise StudyError("table_term_unnamed", term=term, known=listing(columns.known, 12))
        column = columns[found["name"]]
        parts.append(column.place if found["level"] is None else column.category(found["level"]))
    return ":".join(parts)


def _counts(terms: Terms, is_logistic: bool) -> list[float]:
    """The fewest rows that each coefficient tells of, for disclosure control.

    Of a category these are its own rows, or those without it; of the constant beside categories the rows of none of them; in
    a logistic model, those of them with one of the outcomes.
    """
    matrix, outcome = terms.matrix, terms.outcome()
    sides = [outcome == 0, outcome == 1] if is_logistic else [np.ones(len(matrix), dtype=bool)]
    is_dummy = np.array([name != CONSTANT and "[" in name for name in terms.names])
    counts = []
    for place, name in enumerate(terms.names):
        values = matrix[:, place]
        if name == CONSTANT:
            parts = [(matrix[:, is_dummy] == 0).all(axis=1)]
        else:
            parts = [values == 1, values == 0] if np.isin(values, (0, 1)).all() else [np.ones(len(matrix), dtype=bool)]
        cells = [int((part & side).sum()) for part in parts for side in sides if part.any()]
        counts.append(float(min(cells, default=len(matrix))))
    return counts


def _references(columns: Columns, terms: Terms, predictors: Sequence[str], facts: dict[str, str]) -> list[pd.DataFrame]:
    """A row without an estimate for each category that the others of its column are compared with."""
    rows = []
    for name in terms.variables:
        column, values = columns.known.get(name), terms.variables[name]
        if column is None or column.kind != "category":
            continue
        occurring = [level for level in column.levels if (values == level).any()]
        absent = [level for level in occurring if column.category(level) not in predictors]
        if len(absent) == 1 and len(occurring) > 1:
            n = float((values == absent[0]).sum())
            rows.append({"predictor": column.category(absent[0]), "estimate": np.nan, "n": n, "reason": "reference"})
    told = {"measure": "regression_coefficient", "unit": "coefficient", "table": TABLE}
    return [arranged(pd.DataFrame(rows).assign(**told, **facts))] if rows else []


def _sizes(made: Estimates, facts: dict[str, str]) -> list[pd.DataFrame]:
    """The rows that a model rests on, and its degrees of freedom."""
    n = float(made.facts["n"])
    values = {"model_rows": n, "model_df": float(made.facts["df_residual"])}
    rows = [
        {"measure": key, "estimate": value, "n": n, "unit": "count", "table": TABLE} for key, value in values.items()
    ]
    return [arranged(pd.DataFrame(rows).assign(**facts))]


def _in_words(columns: Columns, excluded: str) -> str:
    """What the model left out, its columns in the terms of the catalogue."""
    parts = [part.split(" ", 1) for part in excluded.split("; ") if part]
    return "; ".join(f"{columns[name].place if name in columns.known else name} {rest}" for name, rest in parts)
