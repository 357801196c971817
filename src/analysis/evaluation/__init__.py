"""An index of communities, and how much of its ranking stands: weights, normalisation, left-out indicators, sampling error.

The reference is a weighted sum of the indicators between their goalposts (between the least and the greatest value where
study.yml names no goalposts), with the weights that study.yml chooses. Everything else that could as well have been done is
done too, and a rank is given with the ranks that came of it. Definitions and sources: docs/methods.md#evaluation.
"""

from collections.abc import Iterator, Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.evaluation import normalise, ranks, raters, scores, weights
from analysis.evaluation.indicators import Indicators, gathered
from analysis.evaluation.ranks import Ranks
from analysis.measure import arranged, combined
from analysis.settings import Index, Pairwise
from analysis.study import Study
from analysis.survey.respondents import COMMUNITY

Numbers = NDArray[np.float64]

DRAWS = 1000
"""Simulated samples, and resampled sets of communities for the entropy weights."""
SEED = 2020
"""Of the random numbers: the same study gives the same intervals."""
LEVEL = 0.95
FEW = 10
"""Fewer communities than this, and entropy weights are mostly chance."""


class Variant(NamedTuple):
    """One way to make the index: whose weights, which scale, and which indicator is left out (empty: none)."""

    scheme: str
    normalisation: str
    left_out: str = ""


class TieGroup(NamedTuple):
    """Communities whose rank intervals hang together: they take the places from `first` to `last`, in no told order."""

    first: int
    last: int
    communities: list[str]


def reference(index: Index) -> Variant:
    """The way that the published score and rank are made."""
    has_goalposts = all(one.goalposts for one in index.indicators)
    return Variant(index.weights, "goalposts" if has_goalposts else "min_max")


def normalised(x: Numbers, of: Indicators, normalisation: str) -> Numbers:
    """Values of these indicators on one scale: `goalposts`, `min_max` or `vector`."""
    if normalisation == "goalposts" and of.goalposts is not None:
        return normalise.between(x, of.is_positive, *of.goalposts)
    return getattr(normalise, normalisation)(x, of.is_positive)


def weighted(z: Numbers, of: Indicators, scheme: str, pairwise: Pairwise | None) -> Numbers:
    """Weights of these indicators: `equal`, `entropy` or `ahp`; of entropy they depend on the values."""
    if scheme == "entropy":
        return weights.entropy(z)
    if scheme == "ahp" and pairwise:
        return weights.spread(of.groups, judged(pairwise)[0])
    return weights.equal(of.groups)


def judged(pairwise: Pairwise) -> tuple[dict[str, float], weights.Priorities]:
    """The weight of each group by the experts' judgements together, each of them consistent enough.

    Raises
    ------
    StudyError
        `pairwise_shape`, `pairwise_number`, `pairwise_not_reciprocal`, `pairwise_inconsistent`, `pairwise_too_large`.
    """
    matrices = [weights.read_judgements(one, pairwise.groups) for one in pairwise.experts]
    for expert, matrix in enumerate(matrices, start=1):
        weights.require_consistent(matrix, pairwise.groups, expert, pairwise.random_index)
    found = weights.priorities(weights.together(matrices), pairwise.random_index)
    return dict(zip(pairwise.groups, found.weights.tolist(), strict=True)), found


def simulated(drawn: Numbers, of: Indicators, index: Index) -> dict[Variant, Ranks]:
    """The ranks of every variant, draws × communities; one in which no indicator that is left has a weight is none."""
    made = {}
    names = [one.indicator for one in of.declared]
    for left_out in ["", *(names if len(names) > 1 else [])]:
        kept = np.array([name != left_out for name in names])
        part = of.of(kept)
        for normalisation in _normalisations(of):
            z = normalised(drawn[:, :, kept], part, normalisation)
            for scheme in _schemes(index):
                score = scores.weighted_sum(z, weighted(z, part, scheme, index.pairwise))
                if np.isfinite(score).all():
                    made[Variant(scheme, normalisation, left_out)] = ranks.ranks(score)
    return made


def _normalisations(of: Indicators) -> list[str]:
    return [*(["goalposts"] if of.goalposts is not None else []), "min_max", "vector"]


def _schemes(index: Index) -> list[str]:
    return ["equal", "entropy", *(["ahp"] if index.pairwise else [])]


def evaluate(study: Study, index: Index) -> pd.DataFrame:
    """Every measure of the index, by community.

    Raises
    ------
    StudyError
        What is wrong with indicators or judgements: `gathered`, `judged`.
    """
    rng = np.random.default_rng(SEED)
    whole = gathered(study, index)
    facts = {"window": str(index.year)}
    if why := _not_told(whole):
        return _undefined([*whole.communities, *whole.incomplete], why, facts)
    drawn = whole.draws(DRAWS, rng)
    is_told = ~whole.is_constant
    told, drawn = whole.of(is_told), drawn[:, :, is_told]
    tables = [
        _values(whole, facts),
        _weights(told, index, rng, facts),
        _undefined_weights(whole, index, facts),
        _undefined(whole.incomplete, "indicator_missing", facts),
    ]
    evaluations = {"all": np.ones(len(told.declared), dtype=bool)}
    if told.is_surveyed.any() and not told.is_surveyed.all():
        evaluations |= {"administrative": ~told.is_surveyed, "residents": told.is_surveyed}
    found = {}
    for evaluation, kept in evaluations.items():
        part = told.of(kept)
        found[evaluation] = simulated(drawn[:, :, kept], part, index), simulated(part.values[None], part, index)
        tables.append(_scores(drawn[:, :, kept], part, index, facts, of_all=evaluation == "all", evaluation=evaluation))
        tables.append(_ranks(part, *found[evaluation], index, evaluation, facts))
        tables.append(_pairs(tables[-1], found[evaluation][0], evaluation, facts))
    if "residents" in found:
        tables.append(
            _differences(told, found["residents"], found["administrative"], "residents_administrative", facts)
        )
        if study.design("respondents").weights:
            as_they_came = gathered(study, index, is_weighted=False).values[:, is_told][:, told.is_surveyed]
            part = told.of(told.is_surveyed)
            shifted = drawn[:, :, told.is_surveyed] - part.values + as_they_came
            of_raters = simulated(shifted, part, index), simulated(as_they_came[None], part, index)
            tables.append(_differences(told, of_raters, found["residents"], "unweighted_weighted", facts))
    return combined(tables)


def standings(study: Study, index: Index) -> pd.DataFrame:
    """The indicators, the reference's score and the rank of every community: of `evaluate`, what is told of each by itself.

    Raises
    ------
    StudyError
        As of `evaluate`.
    """
    whole = gathered(study, index)
    facts = {"window": str(index.year)}
    if why := _not_told(whole):
        return _undefined([*whole.communities, *whole.incomplete], why, facts)
    is_told = ~whole.is_constant
    drawn = whole.draws(DRAWS, np.random.default_rng(SEED))[:, :, is_told]
    told = whole.of(is_told)
    found = simulated(drawn, told, index), simulated(told.values[None], told, index)
    return combined(
        [
            _values(whole, facts),
            _undefined(whole.incomplete, "indicator_missing", facts),
            _scores(drawn, told, index, facts, of_all=False, evaluation="all"),
            _ranks(told, *found, index, "all", facts),
        ]
    )


def _not_told(whole: Indicators) -> str:
    """Why there is no index, and empty where there is one."""
    if len(whole.communities) < 2:
        return "one_community"
    return "constant_indicators" if whole.is_constant.all() else ""


def _undefined(communities: Sequence[str], reason: str, facts: dict[str, str]) -> pd.DataFrame:
    rows = pd.DataFrame({COMMUNITY: communities}).assign(
        estimate=np.nan, n=0, reason=reason, evaluation="all", table="indicators", **facts
    )
    return combined(
        arranged(rows.assign(measure=measure, unit=unit, **more))
        for measure, unit, more in (
            ("index_score", "index", {"aggregation": "weighted_sum"}),
            ("index_rank", "rank", {"varied": "all"}),
        )
    )


def _values(of: Indicators, facts: dict[str, str]) -> pd.DataFrame:
    """Every indicator of every community, as it entered the index."""
    names = [one.indicator for one in of.declared]
    long = pd.DataFrame(of.values, columns=names, index=pd.Index(of.communities, name=COMMUNITY)).reset_index()
    long = long.melt(COMMUNITY, var_name="indicator", value_name="estimate")
    is_surveyed = np.repeat(of.is_surveyed, len(of.communities))
    table = np.where(is_surveyed, "respondents", "indicators")
    n = np.where(is_surveyed, np.tile(of.rows, len(names)), 1)
    return arranged(long.assign(measure="indicator_value", n=n, table=table, unit="value", **facts))


def _weights(of: Indicators, index: Index, rng: np.random.Generator, facts: dict[str, str]) -> pd.DataFrame:
    """The weights of every scheme on the reference's scale; those of entropy with the range over resampled communities."""
    normalisation = reference(index).normalisation
    z = normalised(of.values, of, normalisation)
    names = [one.indicator for one in of.declared]
    tables = []
    for scheme in _schemes(index):
        rows = pd.DataFrame({"indicator": names, "estimate": weighted(z, of, scheme, index.pairwise)})
        counted = {"n": len(of.communities), "table": "indicators"}
        rows = rows.assign(scheme=scheme, measure="indicator_weight", unit="proportion", **counted, **facts)
        if scheme == "entropy":
            again = rng.integers(0, len(of.communities), (DRAWS, len(of.communities)))
            tails = [(1 - LEVEL) / 2, (1 + LEVEL) / 2]
            low, high = np.nanquantile(weights.entropy(z[again]), tails, axis=0)
            rows = rows.assign(low=low, high=high, coverage=LEVEL, interval="resampled_communities")
        tables.append(rows)
    if index.pairwise:
        ratio = judged(index.pairwise)[1].consistency_ratio
        row = pd.DataFrame({"measure": ["consistency_ratio"], "estimate": ratio, "unit": "index"})
        tables.append(row.assign(n=len(index.pairwise.experts), table="indicators", **facts))
    return combined(arranged(table) for table in tables)


def _undefined_weights(of: Indicators, index: Index, facts: dict[str, str]) -> pd.DataFrame:
    names = [one.indicator for one, is_same in zip(of.declared, of.is_constant, strict=True) if is_same]
    rows = pd.DataFrame(product(names, _schemes(index)), columns=["indicator", "scheme"])
    rows = rows.assign(measure="indicator_weight", estimate=np.nan, unit="proportion", **facts)
    return arranged(rows.assign(n=len(of.communities), table="indicators", reason="constant_indicator"))


def _scores(
    drawn: Numbers, of: Indicators, index: Index, facts: dict[str, str], of_all: bool, evaluation: str
) -> pd.DataFrame:
    """The scores of every scheme, scale and way to sum; of a part of the indicators those of the reference only."""
    chosen = reference(index)
    tables = []
    for normalisation in _normalisations(of) if of_all else [chosen.normalisation]:
        z, varied = normalised(of.values, of, normalisation), normalised(drawn, of, normalisation)
        for scheme in _schemes(index) if of_all else [chosen.scheme]:
            own, under = (weighted(one, of, scheme, index.pairwise) for one in (z, varied))
            for aggregation in ("weighted_sum", "topsis") if of_all else ("weighted_sum",):
                make = getattr(scores, aggregation)
                rows = pd.DataFrame({COMMUNITY: of.communities, "estimate": make(z, own), "n": of.rows})
                if of.is_surveyed.any():
                    again = make(varied, under)
                    low, high = np.quantile(again, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=0)
                    ends = {"low": np.fmin(low, rows["estimate"]), "high": np.fmax(high, rows["estimate"])}
                    error = {"se": again.std(axis=0, ddof=1), **ends}
                    rows = rows.assign(**error, coverage=LEVEL, interval="simulated_samples")
                names = {"scheme": scheme, "normalisation": normalisation, "aggregation": aggregation}
                tables.append(rows.assign(**names))
    made = pd.concat(tables, ignore_index=True).assign(
        measure="index_score", evaluation=evaluation, unit="index", table=of.table, **facts
    )
    return arranged(made.assign(reason=np.where(made["estimate"].isna(), "undefined", "")))


def _ranks(
    of: Indicators,
    under_draws: dict[Variant, Ranks],
    once: dict[Variant, Ranks],
    index: Index,
    evaluation: str,
    facts: dict[str, str],
) -> pd.DataFrame:
    """The reference's rank between the ranks that each source of doubt gives, and all together.

    One source that is a choice gives the least and the greatest rank of its choices; sampling, and all together, the
    interval that holds 95 % of the ranks, and the reference's in any case.
    """
    chosen = reference(index)
    rank = once[chosen][0]
    full = [variant for variant in once if not variant.left_out]
    choices = {
        "weights": [variant for variant in full if variant.normalisation == chosen.normalisation],
        "normalisation": [variant for variant in full if variant.scheme == chosen.scheme],
        "indicator_left_out": [variant for variant in once if variant[:2] == chosen[:2]],
    }
    tables = []
    for varied, variants in choices.items():
        seen = np.concatenate([once[variant] for variant in variants])
        ends = {"low": seen.min(axis=0), "high": seen.max(axis=0)}
        tables.append(pd.DataFrame(ends).assign(varied=varied, interval="rank_range"))
    simulations = {"sampling": [chosen] if of.is_surveyed.any() else [], "all": list(under_draws)}
    for varied, variants in simulations.items():
        if variants:
            low, high = ranks.interval(np.concatenate([under_draws[variant] for variant in variants]), LEVEL)
            ends = {"low": np.minimum(low, rank), "high": np.maximum(high, rank)}
            tables.append(pd.DataFrame(ends).assign(varied=varied, interval="rank_interval", coverage=LEVEL))
    rows = pd.concat([table.assign(**{COMMUNITY: of.communities, "estimate": rank, "n": of.rows}) for table in tables])
    return arranged(rows.assign(measure="index_rank", evaluation=evaluation, unit="rank", table=of.table, **facts))


def _pairs(
    rows: pd.DataFrame, under_draws: dict[Variant, Ranks], evaluation: str, facts: dict[str, str]
) -> pd.DataFrame:
    """How many pairs of communities can be told apart, of all pairs."""
    last = rows[rows["varied"] == "all"]
    count = len(last)
    separate = ranks.separate_pairs(last["low"].to_numpy(), last["high"].to_numpy())
    settled = ranks.settled_pairs(np.concatenate(list(under_draws.values())), LEVEL)
    pairs = pd.DataFrame({"measure": ["separate_pairs", "settled_pairs"], "estimate": [separate, settled]})
    pairs = pairs.assign(estimate=pairs["estimate"] / (count * (count - 1) / 2), n=count, unit="proportion")
    return arranged(pairs.assign(evaluation=evaluation, table="indicators", **facts))


def _differences(
    of: Indicators,
    one: tuple[dict[Variant, Ranks], dict[Variant, Ranks]],
    other: tuple[dict[Variant, Ranks], dict[Variant, Ranks]],
    compared: str,
    facts: dict[str, str],
) -> pd.DataFrame:
    """Rank by one evaluation less rank by another, over the same samples, weights and scales."""
    full = [variant for variant in one[0] if not variant.left_out]
    apart = np.concatenate([one[0][variant] - other[0][variant] for variant in full])
    rank = one[1][full[0]][0] - other[1][full[0]][0]
    low, high = ranks.interval(apart, LEVEL)
    rows = pd.DataFrame({COMMUNITY: of.communities, "estimate": rank, "n": of.rows})
    rows = rows.assign(low=np.minimum(low, rank), high=np.maximum(high, rank), coverage=LEVEL, interval="rank_interval")
    return arranged(
        rows.assign(measure="rank_difference", compared=compared, unit="ranks", table="respondents", **facts)
    )


def ties(table: pd.DataFrame, evaluation: str = "all") -> list[TieGroup]:
    """The communities in groups whose rank intervals overlap, from the best to the worst."""
    rows = table[(table["measure"] == "index_rank") & (table["varied"] == "all") & (table["evaluation"] == evaluation)]
    rows = rows.dropna(subset="estimate").reset_index(drop=True)
    return [*_placed(rows)]


def _placed(rows: pd.DataFrame) -> Iterator[TieGroup]:
    first = 1
    for group in ranks.tie_groups(rows["low"].to_numpy(float), rows["high"].to_numpy(float)):
        last = first + len(group) - 1
        yield TieGroup(first, last, sorted(rows.loc[group, COMMUNITY]))
        first = last + 1


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of the index that study.yml declares, and who the raters are; by community and nothing else."""
    index = study.settings.index
    if index is None or not {*by} <= {COMMUNITY}:
        return combined([])
    return combined([evaluate(study, index), raters.measures(study, index)])
