"""The fixed core: how few carry half of all acts, and whether they are the same people from wave to wave.

The core of a wave is the share p of the people with the most acts. Who stand at the cut with equal acts are in it by
a fraction, the same for each of them. Only people seen in both waves are looked at, with their weights of the later
wave. Sources of the definitions: docs/methods.md#participation.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple, Unpack

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference import SurveyDesign, proportion
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, base_of, estimated, joined
from analysis.inference.intervals import logit
from analysis.inference.quantiles import distribution
from analysis.inference.ranks import Ranking, ranked
from analysis.inference.relations.relation import Relation
from analysis.inference.sample import Base, Part, smooth
from analysis.measure import arranged, combined
from analysis.participation.activities import Activities
from analysis.reading.convert import MISSING
from analysis.registers import FREQUENCY
from analysis.survey.laid_out import in_classes, of_design

LEVEL = 0.95
"""Coverage of the intervals."""
BEFORE = "_before"
"""After the name of a column: its value in the earlier wave."""
TOLD = [f"{name}{suffix}" for name in ("acts", "takes_part") for suffix in ("", MISSING)]
"""Columns of the earlier wave that stand beside the later one."""
SHARES = (0.1, 0.2)
"""The shares of the people that are called the core, where a study declares none (`core_share`)."""
TABLE = "participation"
CORE = {"core_overlap": "proportion", "core_kappa": "index", "core_ratio": "ratio"}
"""What is told of a core, and its unit."""


def core_overlap(
    frame: pd.DataFrame,
    first: str,
    second: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    share: float = 0.1,
    **named: Unpack[Naming],
) -> Estimates:
    """How much of the core of one wave is in that of the next.

    Parameters
    ----------
    frame
        One row a person seen in both waves.
    first, second
        Columns of the acts in the earlier and the later wave; a row without one of them is not in the base.
    design, by
        As of `analysis.inference.total`.
    share
        The share p of the people that the core is, between 0 and 1.
    named
        `table` and `window` of the rows.

    Returns
    -------
    Estimates
        Three rows a domain, by `measure`: `core_overlap` P = |C₁∩C₂|/|C₁|; `core_ratio` P/p, how many times as many
        as by chance, and `core_kappa` (P − p)/(1 − p), the agreement beyond chance. Chance is that acts in one wave
        say nothing of those in the other: P is then p. Missing where fewer than p of the people take part in one of
        the waves (`core_beyond_participants`): the rest of the core would be drawn from those who did nothing.

    Notes
    -----
    Where f of those at a cut are in the core, so many of their acts count. The cut moves by steps, so that the
    influence values are those of the sums above it, at it, and of the fraction. κ as Cohen (1960), Educational and
    Psychological Measurement 20: 37–46, with equal margins p.
    """
    base, (before, after) = base_of(frame, design, [first, second], by)
    rankings = [(values, ranked(base, values)) for values in (before, after)]

    def statistic(b: Base) -> list[Part]:
        (above, at, has_core), (above_2, at_2, has_core_2) = (_cut(b, *one, share) for one in rankings)
        sums = [b.total(values) for values in (above, at, above_2, at_2)]
        both = [b.total(one * other) for one in (above, at) for other in (above_2, at_2)]

        def overlap(n: Numbers, a: Numbers, e: Numbers, a2: Numbers, e2: Numbers, *shared: Numbers) -> Numbers:
            f, f2 = (share * n - a) / e, (share * n - a2) / e2
            return (shared[0] + f2 * shared[1] + f * shared[2] + f * f2 * shared[3]) / (share * n)

        part = smooth(overlap, b.size, *sums, *both).where(has_core & has_core_2, "core_beyond_participants")
        kappa = smooth(lambda p: (p - share) / (1 - share), part)
        ratio = smooth(lambda p: p / share, part)
        is_defined = ~np.isnan(part.estimate)
        return [part, *(one.where(is_defined, part.reason) for one in (kappa, ratio))]

    labels = [{"measure": measure, "unit": unit, "core_percent": f"{100 * share:g}"} for measure, unit in CORE.items()]
    return _within_bounds(estimated(base, statistic, labels, **named), share)


def _within_bounds(made: Estimates, share: float) -> Estimates:
    """The intervals of all three from that of the overlap on the logit scale, since they say the same."""
    is_overlap = (made.table["measure"] == "core_overlap").to_numpy()
    estimate, se, df, n = (made.table[name].to_numpy(float)[is_overlap] for name in ("estimate", "se", "df", "n"))
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = logit(estimate, se, df, n, LEVEL)
    low, high = (np.column_stack([end, (end - share) / (1 - share), end / share]).ravel() for end in ends)
    return made.bounded(low, high, "logit")


class _Cut(NamedTuple):
    """Who is above a cut and who at it, and for each domain whether it is above 0."""

    above: Numbers
    at: Numbers
    is_above_none: NDArray[np.bool_]


def _cut(base: Base, values: Numbers, ranking: Ranking, share: float) -> _Cut:
    """The cut of each domain."""
    cuts = distribution(base, ranking).quantiles(np.full((base.domains, 1), 1 - share), "lower")[:, 0]
    known = np.nan_to_num(cuts)[base.domain]
    return _Cut((values > known).astype(float), (values == known).astype(float), cuts > 0)


def _before(column: str) -> str:
    """The name of a column of the earlier wave."""
    return f"{column.removesuffix(MISSING)}{BEFORE}{MISSING if MISSING in column else ''}"


def pairs(people: pd.DataFrame, first: str, second: str) -> pd.DataFrame:
    """The people seen in both waves, one row each: that of the later wave, with what they did before beside it."""
    known = [column for column in TOLD if column in people]
    earlier = people.loc[people["wave"] == first, ["respondent_id", *known]]
    before = {column: _before(column) for column in known}
    later = people[people["wave"] == second].drop(columns="wave")
    return later.merge(earlier.rename(columns=before), on="respondent_id").reset_index(drop=True)


def pairs_of(activities: Activities, first: str, second: str, by: Sequence[str]) -> tuple[pd.DataFrame, SurveyDesign]:
    """The people seen in both waves, for measures by some columns: one row each, or their classes from an engine."""
    if not activities.lying:
        return pairs(activities.people, first, second), activities.design
    people = activities.lying["people"]
    wave = nw.col("wave")
    known = [column for column in TOLD if column in people]
    earlier = people.only(wave == first).rows.select(
        "respondent_id", *(nw.col(name).alias(_before(name)) for name in known)
    )
    later = people.only(wave == second).rows.drop("wave")
    both = Relation.of(later.join(earlier, on="respondent_id", how="inner").to_native())
    if not both.classes([], {FREQUENCY: []})[FREQUENCY].iat[0]:
        return pd.DataFrame(), activities.design
    columns = [column for column in known if not column.endswith(MISSING)]
    told = [*columns, *(_before(column) for column in columns)]
    return of_design(both, in_classes(activities.design, 1), told, by)


def persistence(activities: Activities, shares: Sequence[float], by: Sequence[str] = ()) -> pd.DataFrame:
    """The core of each wave in the next one, and who takes part again.

    Returns
    -------
    pandas.DataFrame
        Measure table by `wave`, the later of the two: the measures of `core_overlap` with `core_percent`;
        `again_rate`, the share of those who took part that take part again, and `new_rate`, the share of those who
        did not that do now. Two waves without respondents in common have one row of each, missing for the reason
        `no_common_respondents`.
    """
    tables = []
    for first, second in pairwise(activities.waves):
        both, design = pairs_of(activities, first, second, by)
        window = f"{first}→{second}"
        if not len(both):
            tables.append(_nobody(second, window, activities.is_weighted))
            continue
        made = [_rates_again(both, design, by, window)]
        if "acts" in both:
            made += [
                core_overlap(both, "acts" + BEFORE, "acts", design, by, share=share, table=TABLE, window=window).table
                for share in shares
            ]
        rows = combined(made).assign(wave=second)
        tables.append(rows.assign(excluded=rows["excluded"].str.replace(BEFORE, "")))
    return combined(tables)


def _rates_again(both: pd.DataFrame, design: Design, by: Sequence[str], window: str) -> pd.DataFrame:
    """The rates of taking part among those who took part before, and among those who did not."""
    sample, rates = design.sample(both), []
    for measure, before in (("again_rate", 1), ("new_rate", 0)):
        where = (both["takes_part" + BEFORE] == before).to_numpy()
        if where.any():
            facts = Naming(measure=measure, unit="proportion", table=TABLE, window=window)
            rates.append(proportion(both, "takes_part", sample, by, where=where, **facts))
    return joined(rates).table if rates else combined([])


def _nobody(wave: str, window: str, is_weighted: bool) -> pd.DataFrame:
    rows = pd.DataFrame({"measure": [*CORE, "again_rate", "new_rate"], "unit": [*CORE.values(), *["proportion"] * 2]})
    facts = {"estimate": np.nan, "n": 0, "table": TABLE, "reason": "no_common_respondents", "is_weighted": is_weighted}
    return arranged(rows.assign(wave=wave, window=window, **facts))
