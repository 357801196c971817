"""Residents' satisfaction: what they answer, what the items measure together, what goes with it, and where it differs.

Every estimate is one of the survey, with the respondents' design; nothing but a level of the declared scale becomes a number.
Sources of the definitions: docs/methods.md#satisfaction.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.errors import StudyError
from analysis.inference import Estimates, differences, mean, simultaneous, t_tests
from analysis.measure import arranged, combined, grouped, with_left_out
from analysis.registers import frequencies
from analysis.satisfaction import drivers, scales
from analysis.satisfaction.likert import (
    TABLE,
    dissatisfied,
    labelled,
    mean_score,
    net,
    nonresponse,
    satisfied,
    score_100,
    shares,
)
from analysis.satisfaction.questionnaire import Questionnaire, questionnaire_of
from analysis.study import Study
from analysis.survey.answers import OVERALL as OVERALL
from analysis.survey.pooling import pooled

"""The item that asks for satisfaction as a whole: no part of the scale; the other items' importance is derived from it."""


def changes(asked: Questionnaire, by: Sequence[str] = ()) -> pd.DataFrame:
    """What changed from each wave to the next: satisfied, dissatisfied and the score, with the waves' covariance.

    Respondents who took part in both waves make the error of the difference smaller; where there are none the waves are two
    samples, which share at most their clusters.

    Returns
    -------
    pandas.DataFrame
        Measure table with `item`, `wave` (the later one) and the columns of `by`; none with one wave.
    """
    tables = []
    for first, second in pairwise(asked.waves):
        for measure, unit, of in (
            ("satisfied_change", "points", satisfied),
            ("dissatisfied_change", "points", dissatisfied),
            ("score_change", "score_100", score_100),
        ):
            made = of(asked.of_waves([first, second]), ["wave", *by])
            weight = made.table["wave"].map({first: -1.0, second: 1.0}).to_numpy()
            used = replace(made, table=made.table.assign(wave=second))
            named = {"measure": measure, "unit": unit, "window": f"{first}→{second}"}
            tables.append(pooled(used, ["item", "wave", *by], weight, 2, **named))
    return combined(tables)


def scale_measures(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """What the items (without the overall one) measure together: reliability, one factor, adequacy for factor analysis.

    Returns
    -------
    pandas.DataFrame
        Measure table: `satisfaction_alpha`, `satisfaction_omega`, `satisfaction_kmo`, `bartlett_chi_square`, `bartlett_p`;
        by `item`: `item_rest_correlation`, `alpha_without_item`, `factor_loading`. Respondents who answered all of the items
        are in the base.
    """
    items = asked.parts
    if len(items) < 2:
        return combined([])
    asked = asked.reading(by)
    frame, design = asked.complete(items), asked.design(by)
    where, facts = frame["score"].notna(), {"table": TABLE}
    made: Iterator[Estimates] = (
        call(frame, items, design, by, where=where, **facts, **({"measure": measure} if measure else {}))
        for call, measure in (
            (scales.cronbach_alpha, "satisfaction_alpha"),
            (scales.omega, "satisfaction_omega"),
            (scales.item_rest, "item_rest_correlation"),
            (scales.alpha_without, "alpha_without_item"),
            (scales.loadings, "factor_loading"),
            (scales.sampling_adequacy, "satisfaction_kmo"),
            (scales.sphericity, ""),
        )
    )
    return _reviewed(_with_excluded(combined(one.table for one in made), frame, by), by)


def _with_excluded(table: pd.DataFrame, frame: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The table with the reasons for which respondents have not answered all items."""
    return arranged(with_left_out(table.drop(columns="excluded"), grouped(frame, by), "score", by, frequencies(frame)))


def perhaps_reversed(table: pd.DataFrame) -> list[str]:
    """The items of a measure table that correlate negatively with the rest of the scale: their coding may be reversed."""
    rows = table[(table["measure"] == "item_rest_correlation") & (table["estimate"] < 0)]
    return list(dict.fromkeys(rows["item"]))


def _reviewed(table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The table with the rows of a group that has a perhaps reversed item to be looked at by a person."""
    key = table[list(by)].astype("str").agg("|".join, axis=1) if by else pd.Series("", index=table.index)
    is_negative = (table["measure"] == "item_rest_correlation") & (table["estimate"] < 0)
    hit = key.isin(key[is_negative]) & table["reliability"].isin(["show", "footnote"])
    return table.assign(reliability=table["reliability"].mask(hit, "review"))


def importance_performance(asked: Questionnaire, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """How content people are with each item, and how much it goes with their satisfaction as a whole.

    Importance is derived, not asked: the correlation with the overall item that is left when the other items are held
    fixed; without an overall item the correlation with the sum of the others.

    Returns
    -------
    pandas.DataFrame
        Measure table by `item`: `performance`, the mean, and `derived_importance`, each with the `quadrant`, which is
        `undecided` where one of the two intervals crosses its line; and the lines, `performance_line` and
        `importance_line`, the means over the items.

    Notes
    -----
    Martilla & James (1977), Journal of Marketing 41: 77–79.
    """
    items = asked.parts
    if len(items) < 2:
        return combined([])
    asked = asked.reading(by)
    design, has_overall = asked.design(by), OVERALL in asked.items
    frame = asked.complete([*items, OVERALL] if has_overall else items)
    facts: dict[str, Any] = {"where": frame["score"].notna(), "measure": "derived_importance", "table": TABLE}
    if has_overall:
        importance = scales.partial_correlations(frame, items, OVERALL, design, by, **facts)
    else:
        importance = scales.item_rest(frame, items, design, by, **facts)
    importance = replace(importance, table=_with_excluded(importance.table, frame, by)[list(importance.table)])
    performance = labelled(mean_score(replace(asked, answers=asked.answers[items]), by), measure="performance")
    tables, sides = [], []
    for made, name in ((performance, "performance_line"), (importance, "importance_line")):
        weights = np.full(len(made.table), 1 / len(items))
        line = pooled(labelled(made, everywhere=""), [*by, "everywhere"], weights, len(items), measure=name)
        lines = line.drop(columns="everywhere")
        at = (
            made.table.merge(line[[*by, "everywhere", "estimate"]], on=list(by), suffixes=("", "_line"))
            if by
            else (made.table.assign(estimate_line=line["estimate"].iloc[0]))
        )
        side = np.select([at["low"] > at["estimate_line"], at["high"] < at["estimate_line"]], ["high", "low"], "")
        sides.append(at[[*by, "item"]].assign(side=side))
        tables += [made.table, lines]
    both = sides[0].merge(sides[1], on=[*by, "item"], suffixes=("_performance", "_importance"))
    both["quadrant"] = (both["side_performance"] + "|" + both["side_importance"]).map(QUADRANTS).fillna("undecided")
    quadrants = both[[*by, "item", "quadrant"]]
    return combined(table.merge(quadrants, on=[*by, "item"]) if "item" in table else table for table in tables)


QUADRANTS = {
    "high|high": "keep_up",
    "low|high": "concentrate_here",
    "low|low": "low_priority",
    "high|low": "possible_overkill",
}
"""Performance and importance, against their lines."""


def fuzzy_evaluation(
    asked: Questionnaire, by: Sequence[str] = ("wave",), weights: Mapping[str, float] | None = None
) -> pd.DataFrame:
    """Fuzzy comprehensive evaluation of the items, M(·,⊕), with the errors of the shares that it is made of.

    Parameters
    ----------
    weights
        The weight of each item, adding up to 1; equal without it.

    Returns
    -------
    pandas.DataFrame
        Measure table: `fuzzy_membership` by `score`, and `fuzzy_score`, from 0 for the lowest level to 100 for the highest.

    Raises
    ------
    StudyError
        `fuzzy_shape`, where an item has no weight or a weight no item; `fuzzy_sum`.
    """
    items = asked.parts
    if not items:
        return combined([])
    given = dict.fromkeys(items, 1 / len(items)) if weights is None else weights
    if {*given} != {*items}:
        raise StudyError("fuzzy_shape", weights=len(given), rows=len(items))
    if not np.isclose(sum(given.values()), 1) or min(given.values()) < 0:
        raise StudyError("fuzzy_sum", what="W", sum=f"{sum(given.values()):g}")
    made = shares(replace(asked, answers=asked.answers[items]), by)
    of_item = made.table["item"].map(given).to_numpy(float)
    values = made.table["score"].map({level: 100 * i / (len(asked.scale) - 1) for i, level in enumerate(asked.scale)})
    count, whole = len(items), labelled(made, everywhere="")
    worth = of_item * values.to_numpy(float)
    named = {"measure": "fuzzy_score", "unit": "score_100"}
    score = pooled(whole, [*by, "everywhere"], worth, count * len(asked.scale), **named)
    memberships = pooled(made, [*by, "score"], of_item, count, measure="fuzzy_membership")
    return combined([memberships, score.drop(columns="everywhere")])


def between(asked: Questionnaire, group: str, item: str = OVERALL) -> pd.DataFrame:
    """The score of each group, and all differences of two groups, with a rule for so many comparisons.

    Returns
    -------
    pandas.DataFrame
        Measure table by `wave`: `group_score`, with intervals that all hold together; by `contrast`, `score_difference`,
        with intervals that all hold together, `difference_p` and `difference_p_holm` (Holm). The family is one item in
        one wave.
    """
    asked = asked.reading([group], [item])
    design, frame, top = asked.design([group]), asked.answered(item), len(asked.scale) - 1
    scored = frame.assign(score=100 * (frame["score"] - 1) / top)
    tables = []
    for wave in asked.waves:
        here = scored["wave"] == wave
        facts = {"measure": "group_score", "unit": "score_100", "table": TABLE, "where": here}
        made = mean(scored, "score", design, group, **facts)
        made = replace(made, table=made.table.drop(columns=["numerator", "denominator"], errors="ignore"))
        rows = [simultaneous(made).table]
        if made.table["estimate"].notna().sum() > 1:
            keys = made.table.loc[made.table["estimate"].notna(), group].astype("str").tolist()
            pairs = [f"{group}={second}|{first}" for place, first in enumerate(keys) for second in keys[place + 1 :]]
            apart = differences(made)
            apart = labelled(apart, contrast=pairs, measure="score_difference")
            tests = t_tests(apart)
            count = made.table["n"].to_numpy()[made.table["estimate"].notna()]
            least = [min(a, b) for place, a in enumerate(count) for b in count[place + 1 :]]
            rows.append(simultaneous(apart).table.assign(n=least))
            plain = {
                "contrast": pairs,
                "n": least,
                "unit": "p",
                "table": TABLE,
                "is_weighted": apart.table["is_weighted"],
            }
            for measure, column in (("difference_p", "p"), ("difference_p_holm", "p_adjusted")):
                values = tests[column].to_numpy()
                reason = np.where(np.isnan(values), "undefined", "")
                rows.append(pd.DataFrame({"estimate": values, **plain}).assign(measure=measure, reason=reason))
        tables += [arranged(row.assign(wave=wave, item=item)) for row in rows]
    return combined(tables)


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of satisfaction that the study's tables allow, by wave and the columns of `by`.

    By one column it also compares its groups; without any it has the model of who is more satisfied.
    """
    if not (study.has(TABLE) and study.has("respondents") and "score" in study.columns(TABLE)):
        return combined([])
    if not {*by} <= {*study.columns("respondents")}:
        return combined([])
    asked = questionnaire_of(study)
    groups = ["wave", *(column for column in by if column != "wave")]
    tables = [
        made(asked, groups).table for made in (shares, satisfied, dissatisfied, net, mean_score, score_100, nonresponse)
    ]
    tables += [made(asked, groups) for made in (scale_measures, importance_performance, fuzzy_evaluation)]
    tables.append(changes(asked, groups[1:]))
    compared = [OVERALL] if OVERALL in asked.items else asked.items
    if len(groups) == 2:
        tables += [between(asked, groups[1], item) for item in compared]
    if len(groups) == 1:
        tables += [drivers.drivers(asked, item) for item in compared]
    return combined(tables)
