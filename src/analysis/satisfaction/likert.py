"""Items answered on an ordered scale, one by one: shares of the levels, both ends of the scale, means, and who gave no answer.

Every function takes a `Questionnaire` and columns of its respondents, and gives one row an item and domain with the errors
of the respondents' design. Who gave no answer is not in the base and is counted by reason.

Sources of the definitions: docs/methods.md#satisfaction.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from analysis.inference import Estimates, joined, mean, proportion
from analysis.inference.estimates import base_of, estimated
from analysis.inference.moments import share_part
from analysis.reading.convert import MISSING
from analysis.satisfaction.questionnaire import Questionnaire
from analysis.survey.respondents import NOT_ASKED

TABLE = "satisfaction"


def boxes(scale: Sequence[str]) -> int:
    """How many levels at each end count as satisfied, or dissatisfied: two, and one on a scale of fewer than four."""
    return 2 if len(scale) > 3 else 1


def shares(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """Share of each level of the scale among the answers; a level that nobody chose keeps its row, with 0.

    Parameters
    ----------
    by
        Columns of the respondents.

    Returns
    -------
    Estimates
        One row an item, a domain and a level, with the dimensions `item` and `score`.
    """
    asked = asked.reading(by)
    design, labels = asked.design(by), [{"score": level} for level in asked.scale]

    def of(item: str) -> Estimates:
        base, (place,) = base_of(asked.answered(item), design, ["score"], by)
        hits = [place == position for position in range(1, len(labels) + 1)]
        made = estimated(
            base,
            lambda b: [share_part(b, hit) for hit in hits],
            labels,
            interval="korn_graubard",
            measure="satisfaction_share",
            unit="proportion",
            table=TABLE,
        )
        counts = np.column_stack([base.counts(hit) for hit in hits]).ravel()
        return made.counted(counts, np.repeat(base.n, len(hits)))

    return _each(asked.items, of)


def satisfied(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """Share of the answers in the two highest levels. Parameters as of `shares`; one row an item and domain."""
    least = len(asked.scale) - boxes(asked.scale)
    return _proportions(asked, "satisfied_share", by, lambda score: score > least)


def dissatisfied(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """Share of the answers in the two lowest levels. Parameters as of `shares`; one row an item and domain."""
    return _proportions(asked, "dissatisfied_share", by, lambda score: score <= boxes(asked.scale))


def net(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """The satisfied less the dissatisfied, a difference of shares of the same answers. Parameters as of `shares`."""
    few, many = boxes(asked.scale), len(asked.scale)
    return _means(asked, "net_satisfaction", "points", by, lambda x: (x > many - few) * 1.0 - (x <= few))


def mean_score(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """Mean position on the scale, from 1. Parameters as of `shares`."""
    return _means(asked, "satisfaction_mean", "value", by, lambda x: x)


def score_100(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """The mean from 0 to 100, 100(x̄ − 1)/(k − 1): 3.6 of 5 is 65, not 72. Parameters as of `shares`."""
    return _means(asked, "satisfaction_score", "score_100", by, lambda x: 100 * (x - 1) / (len(asked.scale) - 1))


def nonresponse(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> Estimates:
    """Share of those asked who gave no answer, and the share of each reason. Parameters as of `shares`.

    Who was not asked is not in the base.
    """
    asked = asked.reading(by)
    reasons = sorted({*asked.reasons.to_numpy().ravel()} - {NOT_ASKED, np.nan, None}, key=str)
    design = asked.design(by)

    def of(item: str) -> Estimates:
        reason = asked.reasons[item]
        was_asked = reason.ne(NOT_ASKED).to_numpy()
        frame = asked.respondents.assign(**{"score" + MISSING: reason})

        def share(hit: pd.Series, **named: Any) -> Estimates:
            made = frame.assign(score=hit.astype("float64").where(was_asked))
            return proportion(made, "score", design, by, unit="proportion", table=TABLE, **named)

        total = share(reason.notna(), measure="item_nonresponse")
        parts = [
            labelled(share(reason == one, measure="item_nonresponse_by_reason"), missing_reason=one) for one in reasons
        ]
        return joined([total, *parts])

    return _each(asked.items, of)


def _proportions(
    asked: Questionnaire, measure: str, by: Sequence[str], hit: Callable[[pd.Series], pd.Series]
) -> Estimates:
    asked = asked.reading(by)
    design = asked.design(by)

    def of(item: str) -> Estimates:
        frame = asked.answered(item)
        scored = frame.assign(score=hit(frame["score"]).astype("float64").where(frame["score"].notna()))
        return proportion(scored, "score", design, by, measure=measure, unit="proportion", table=TABLE)

    return _each(asked.items, of)


def _means(
    asked: Questionnaire, measure: str, unit: str, by: Sequence[str], value: Callable[[pd.Series], pd.Series]
) -> Estimates:
    asked = asked.reading(by)
    design = asked.design(by)

    def of(item: str) -> Estimates:
        frame = asked.answered(item)
        scored = frame.assign(score=value(frame["score"]).where(frame["score"].notna()))
        made = mean(scored, "score", design, by, measure=measure, unit=unit, table=TABLE)
        return replace(made, table=made.table.drop(columns=["numerator", "denominator"], errors="ignore"))

    return _each(asked.items, of)


def _each(items: Sequence[str], of: Callable[[str], Estimates]) -> Estimates:
    """The estimates of each item, with their covariance."""
    return joined(labelled(of(item), item=item) for item in items)


def labelled(made: Estimates, **dimensions: object) -> Estimates:
    """The estimates with further dimensions, or another measure."""
    return replace(made, table=made.table.assign(**dimensions))
