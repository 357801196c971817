"""Who answers higher: an ordered logit of an item on columns of the respondents.

Sources of the definitions: docs/methods.md#satisfaction.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.errors import StudyError
from analysis.inference import SurveyDesign, ordinal_model
from analysis.inference.estimates import with_tiers
from analysis.measure import arranged, combined, excluded
from analysis.reading.convert import MISSING
from analysis.registers import FREQUENCY, frequencies, sizes
from analysis.satisfaction.likert import TABLE
from analysis.satisfaction.questionnaire import Questionnaire
from analysis.survey.laid_out import number

DRIVERS = ("sex", "age_decades", "social_class", "ethnic_group", "is_party_member", "is_hardship", "is_migrant")
"""Columns of the respondents that the model has; one that a study lacks is left out."""
UNFITTED = (
    "model_not_found", "model_rows_few", "outcome_level_empty", "outcome_one_level", "terms_collinear", "terms_separate",
)  # fmt: skip
"""Why a model may have no coefficients."""


def drivers(asked: Questionnaire, item: str, columns: Sequence[str] = DRIVERS) -> pd.DataFrame:
    """Who is more satisfied: an ordered logit of an item on columns of the respondents.

    Parameters
    ----------
    columns
        Columns with numbers, true or false, or levels; one that is absent, or has one value, is left out.

    Returns
    -------
    pandas.DataFrame
        Measure table by `wave` and `predictor`: `satisfaction_odds_ratio`, the odds of a higher answer against those without
        the predictor (or one unit of it less), the other predictors being equal. Levels that nobody chose are no part of the
        model. Where there is no model a row says why.
    """
    tables, asked = [], asked.reading([], [item], [*columns, "age_years", "birth_year"])
    for wave in asked.waves:
        frame = with_decades(asked.answered(item))
        frame = frame[frame["wave"] == wave].reset_index(drop=True)
        named = {"measure": "satisfaction_odds_ratio", "unit": "ratio", "table": TABLE}
        try:
            made = _odds_ratios(frame, asked.design(), columns, asked.scale, named)
        except StudyError as problem:
            if problem.key not in UNFITTED:
                raise
            row = {"estimate": np.nan, "n": number(frame, frame["score"].notna()), "reason": "no_model", **named}
            made = arranged(pd.DataFrame([row]))
        tables.append(made.assign(wave=wave, item=item))
    return combined(tables)


def _odds_ratios(
    frame: pd.DataFrame, design: SurveyDesign, columns: Sequence[str], scale: Sequence[str], named: dict[str, str]
) -> pd.DataFrame:
    predictors, missing = _predictors(frame, columns)
    if not predictors:
        raise StudyError("model_rows_few", count=0, terms=0)
    names = {f"x{place}": label for place, label in enumerate(predictors)}
    is_complete = frame["score"].notna() & ~missing.any(axis=1)
    levels = [place for place in range(1, len(scale) + 1) if (frame.loc[is_complete, "score"] == place).any()]
    data = frame.assign(
        score=pd.Categorical(frame["score"], levels, ordered=True),
        **{name: predictors[label] for name, label in names.items()},
    )
    made = ordinal_model(data, "score ~ " + " + ".join(names), design, where=is_complete, **named)  # type: ignore[arg-type]
    table = made.table[made.table["coefficient"].isin(names)].reset_index(drop=True)
    reasons = (excluded(frame, column, (), frequencies(frame))["excluded"].iloc[0] for column in ("score", *missing))
    left_out = "; ".join(filter(None, reasons))
    odds = {column: np.exp(table[column]) for column in ("estimate", "low", "high")}
    table = table.assign(**odds, se=odds["estimate"] * table["se"], predictor=table["coefficient"].map(names))
    table["interval"] = table["interval"].replace("t", "log")
    return arranged(with_tiers(table.drop(columns="coefficient").assign(excluded=left_out)))


def _predictors(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[dict[str, pd.Series], pd.DataFrame]:
    """Predictors as numbers, by the label `column` or `column=level`, and where each column is missing."""
    found: dict[str, pd.Series] = {}
    missing: dict[str, pd.Series] = {}
    for column in columns:
        if column not in frame or frame[column].nunique() < 2:
            continue
        values = frame[column]
        missing[column] = values.isna()
        if values.dtype.kind in "biuf":
            found[column] = values.astype("Float64").astype("float64")
        else:
            levels = (
                values.value_counts() if FREQUENCY not in frame else sizes(frame, [column]).sort_values(ascending=False)
            )
            for level in sorted(levels.index[1:]):
                found[f"{column}={level}"] = (values == level).astype("float64").where(values.notna())
    return found, pd.DataFrame(missing, index=frame.index)


def with_decades(frame: pd.DataFrame) -> pd.DataFrame:
    """The respondents with their age in decades (from an unimportant zero, where only the year of birth is known)."""
    for column, sign in (("age_years", 1), ("birth_year", -1)):
        if column in frame:
            reasons = {"age_decades" + MISSING: frame[column + MISSING]} if column + MISSING in frame else {}
            return frame.assign(age_decades=sign * frame[column].astype("Float64") / 10, **reasons)
    return frame
