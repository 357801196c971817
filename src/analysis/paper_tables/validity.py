"""Reliability and validity of the items of satisfaction as one scale."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.inference import Estimates
from analysis.measure import arranged, combined
from analysis.satisfaction import OVERALL, scale_measures, scales
from analysis.satisfaction.questionnaire import Questionnaire


def reliability(asked: Questionnaire, items: Sequence[str] = ()) -> pd.DataFrame:
    """Alpha, omega, KMO, Bartlett's test and the items of a scale, with its convergent validity.

    Parameters
    ----------
    asked
        The answers of one wave.
    items
        The items of the scale; without any all but the overall one.

    Returns
    -------
    pandas.DataFrame
        The measures of `satisfaction.scale_measures`, with `average_variance_extracted` and `composite_reliability`.

    Raises
    ------
    StudyError
        `table_column_unknown`; `table_columns_none`, for fewer than two items.
    """
    known = [item for item in asked.items if item != OVERALL]
    for item in items:
        if item not in known:
            wave = listing(asked.waves)
            raise StudyError(
                "table_column_unknown", column=item, wave=wave, nearest=nearest(item, known), known=listing(known, 60)
            )
    chosen = list(items or known)
    if len(chosen) < 2:
        raise StudyError("table_columns_none", least=2)
    part = replace(asked, answers=asked.answers[chosen], reasons=asked.reasons[chosen])
    frame, design = part.complete(chosen), part.design()
    where = frame["score"].notna()
    loadings = scales.loadings(frame, chosen, design, where=where, table="satisfaction")
    return combined([scale_measures(part, ()), *convergent_validity(loadings)])


def convergent_validity(loadings: Estimates) -> list[pd.DataFrame]:
    """Average variance extracted and composite reliability, from standardised loadings.

    Notes
    -----
    AVE = Σλ²/k and CR = (Σλ)²/((Σλ)² + Σ(1 − λ²)): Fornell & Larcker (1981), Journal of Marketing Research 18: 39–50.
    Errors by the delta method from those of the loadings. Missing where the factor is improper.
    """
    n, reason = loadings.table["n"].iloc[0], loadings.table["reason"].iloc[0]
    functions = {
        "average_variance_extracted": lambda own: (own**2).mean(),
        "composite_reliability": lambda own: own.sum() ** 2 / (own.sum() ** 2 + (1 - own**2).sum()),
    }
    tables = []
    for measure, function in functions.items():
        facts: dict[str, Any] = {"measure": measure, "unit": "index"}
        if reason:
            row = {**facts, "estimate": float("nan"), "reason": reason, "table": loadings.table["table"].iloc[0]}
            tables.append(arranged(pd.DataFrame([row | {"n": n}])))
            continue
        table = loadings.contrast(function, **facts).table
        tables.append(arranged(table.drop(columns="contrast").assign(n=n)))
    return tables
