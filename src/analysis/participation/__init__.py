"""Residents' participation: who takes part in what, how much, how unequally, and how that changes from wave to wave.

Every number is an estimate for the residents that the respondents were drawn from, with the design's error. Rates and
means have all respondents in their base who were asked and answered, those who do nothing included. Groups are in
`representation`, the fixed core in `fixed_core`, breadth in `breadth`, categories of frequency in `frequencies`,
models in `propensity`. Sources of the definitions: docs/methods.md#participation.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from analysis.inference import (
    atkinson,
    chance_excess,
    difference,
    extensive_intensive,
    ge_decomposition,
    generalised_entropy,
    gini_sources,
    lorenz,
    mean,
    median,
    participation_change,
    proportion,
    smallest_share,
    theil,
    top_share,
)
from analysis.inference.estimates import Estimates, Naming
from analysis.inference.intervals import INTERVALS
from analysis.measure import arranged, combined
from analysis.participation import breadth, fixed_core, frequencies, propensity, representation
from analysis.participation.activities import Activities, activities_of, with_bands
from analysis.study import Study
from analysis.survey.groups import Group, columns_of, groups_of, named_groups
from analysis.survey.taking_part import ACTS_OF

TABLE = "participation"
LEVEL = 0.95
"""Coverage of the intervals."""
TOPS = (0.1, 0.2)
"""The shares of the residents whose share of all acts is told."""
CURVE = tuple(round(point / 50, 2) for point in range(51))
"""Points of a Lorenz curve that is drawn."""
UNITS = {
    "share": "proportion",
    "relative_contribution": "proportion",
    "between_share": "proportion",
    "marginal_effect": "index",
}
"""Components of inequality that are shares, or smaller than a ratio is shown."""
RENAMED = {
    "mean": "acts_mean",
    "participants_mean": "participants_acts_mean",
    "gini": "acts_gini",
    "chance_baseline": "acts_gini_chance",
    "gini_excess": "acts_gini_excess",
    "extensive_change": "acts_change_by_rate",
    "intensive_change": "acts_change_by_participants",
    "mean_change": "acts_mean_change",
}
"""What the kernel calls a quantity of any column, and what it is called of acts."""


def rates(activities: Activities, by: Sequence[str] = ()) -> pd.DataFrame:
    """Rates of taking part, by wave.

    Returns
    -------
    pandas.DataFrame
        Measure table: `activity_rate` by kind of activity; `participation_rate`, in any of them, among those who
        answered for all; `passive_share`, who does nothing more often than rarely, where there are categories of
        frequency.
    """
    facts = Naming(measure="activity_rate", unit="proportion", table=TABLE)
    told = activities.of_answers(["takes_part", *by])
    tables = [proportion(told.answers, "takes_part", told.design, ["wave", "activity", *by], **facts).table]
    for column, measure in (("takes_part", "participation_rate"), ("is_passive", "passive_share")):
        if column in activities.people:
            facts = Naming(measure=measure, unit="proportion", table=TABLE)
            told = activities.of_people([column, *by])
            tables.append(proportion(told.people, column, told.design, ["wave", *by], **facts).table)
    return combined(tables)


def amounts(activities: Activities, by: Sequence[str] = ()) -> pd.DataFrame:
    """Acts in the window, by wave: mean and median of all, mean of those who take part, and of each kind of activity."""
    told, groups = activities.of_people(["acts", *by]), ["wave", *by]
    parts = extensive_intensive(told.people, "acts", told.design, groups, unit="acts", table=TABLE)
    of_all = _renamed(_on_scale(parts, "log"))
    of_all = of_all[of_all["measure"] != "participants_share"]  # told by `rates`, of all who told whether
    facts = Naming(measure="acts_median", unit="acts", table=TABLE)
    middle = median(told.people, "acts", told.design, groups, **facts).table
    facts = Naming(measure="activity_acts_mean", unit="acts", table=TABLE)
    told = activities.of_answers(["acts", *by])
    each = mean(told.answers, "acts", told.design, ["wave", "activity", *by], interval="log", **facts).table
    return combined([of_all, middle, each])


def inequality(activities: Activities, by: Sequence[str] = ()) -> pd.DataFrame:
    """How unequally acts are spread over all residents, by wave.

    Returns
    -------
    pandas.DataFrame
        Measure table: `acts_gini`, `acts_gini_chance` (what chance alone would make, were all equally inclined) and
        `acts_gini_excess`; `acts_theil`, `acts_ge2`, `acts_atkinson`; `acts_top_share` by `top_percent`;
        `acts_half_share`, the smallest share of the residents who do half of all acts.
    """
    told, groups = activities.of_people(["acts", *by]), ["wave", *by]
    people, design = told.people, told.design
    theil_index = theil(people, "acts", design, groups, measure="acts_theil", table=TABLE)
    ge2 = generalised_entropy(people, "acts", design, groups, alpha=2, measure="acts_ge2", table=TABLE)
    tables = [
        _renamed(chance_excess(people, "acts", design, groups, table=TABLE)),
        _on_scale(theil_index, "log").table,
        _on_scale(ge2, "log").table,
        atkinson(people, "acts", design, groups, epsilon=0.5, measure="acts_atkinson", table=TABLE).table,
        smallest_share(people, "acts", design, groups, of=0.5, measure="acts_half_share", table=TABLE).table,
    ]
    for top in TOPS:
        share = top_share(people, "acts", design, groups, share=top, measure="acts_top_share", table=TABLE)
        tables.append(share.table.assign(top_percent=f"{100 * top:g}"))
    return combined(tables)


def curve(activities: Activities, points: Sequence[float] = CURVE, by: Sequence[str] = ()) -> pd.DataFrame:
    """Lorenz curves of the acts by wave, `acts_lorenz`, and those that chance alone would make, `acts_lorenz_chance`.

    The second is that of Poisson numbers with the estimated mean; it has no interval of its own. The interval of a point ends
    where a Lorenz curve can't be, below 0 and above p.
    """
    groups, facts, told = ["wave", *by], Naming(measure="acts_lorenz", table=TABLE), activities.of_people(["acts", *by])
    made = lorenz(told.people, "acts", told.design, groups, points=points, interval="t", **facts).table
    made = made.assign(low=made["low"].clip(lower=0), high=made["high"].clip(upper=made["population_share"]))
    means = mean(told.people, "acts", told.design, groups, unit="acts").table
    chance = (
        means[[*groups, "estimate", "n"]]
        .rename(columns={"estimate": "acts_mean"})
        .merge(made[[*groups, "population_share"]].drop_duplicates(), on=groups)
    )
    chance["estimate"] = [
        poisson_lorenz(mu, p) for mu, p in zip(chance["acts_mean"], chance["population_share"], strict=True)
    ]
    reason = np.where(chance["estimate"].isna(), "nothing_to_share", "")
    facts = Naming(measure="acts_lorenz_chance", unit="proportion", table=TABLE)
    rows = chance.drop(columns="acts_mean").assign(reason=reason, is_weighted=activities.is_weighted, **facts)
    return combined([made, arranged(rows)])


def poisson_lorenz(mu: float, p: float) -> float:
    """The Lorenz curve of Poisson numbers with mean μ at p; missing where μ is 0.

    With k the smallest number with F(k) ≥ p, those below k have F(k − 2) of the total, since k f(k) = μ f(k − 1), and
    of those at k just p − F(k − 1) count.
    """
    if not mu > 0:
        return np.nan
    if p >= 1:
        return 1.0
    k = stats.poisson.ppf(p, mu)
    return float(stats.poisson.cdf(k - 2, mu) + (p - stats.poisson.cdf(k - 1, mu)) * k / mu)


def sources(activities: Activities, by: Sequence[str] = ()) -> pd.DataFrame:
    """Which kind of activity adds how much to the inequality of all acts, by wave; with the dimension `component`."""
    told, tables = activities.of_people(["acts", *(f"{ACTS_OF}{name}" for name in activities.names), *by]), []
    people = told.people
    for wave in activities.waves:
        asked = activities.asked(wave)
        where = ((people["wave"] == wave) & people["acts"].notna()).to_numpy()
        if not where.any() or len(asked) < 2:
            continue
        columns = [f"{ACTS_OF}{name}" for name in asked]
        known = people.assign(**{column: people[column].where(where, 0.0) for column in columns})
        made = gini_sources(known, columns, told.design, by, where=where, table=TABLE, window=wave).table
        made["source"] = made["source"].str.removeprefix(ACTS_OF)
        made["unit"] = made["component"].map(UNITS).fillna(made["unit"])
        tables.append(made.rename(columns={"source": "activity"}).assign(wave=wave, measure="acts_gini_sources"))
    return combined(tables)


def between_groups(activities: Activities) -> pd.DataFrame:
    """How much of Theil's index of the acts lies between the groups that a column divides the residents into, by wave."""
    tables = []
    for column in (*representation.PARTITIONS, "community_id"):
        if column not in activities.people:
            continue
        told = activities.of_people(["acts", column])
        if told.people[column].nunique() > 1:
            parts = ge_decomposition(
                told.people,
                "acts",
                told.design,
                ["wave"],
                groups=column,
                measure="acts_theil_groups",
                table=TABLE,
            )
            is_share = parts.table["component"] == "between_share"
            within_bounds = _on_scale(parts, "logit").table
            table = within_bounds.where(is_share, parts.table).assign(grouped_by=column)
            tables.append(table.assign(unit=table["component"].map(UNITS).fillna(table["unit"])))
    return combined(tables)


def changes(activities: Activities, by: Sequence[str] = ()) -> pd.DataFrame:
    """What changed from one wave to the next.

    Returns
    -------
    pandas.DataFrame
        Measure table by `wave`, the later of the two: `rate_change` of taking part in anything and
        `activity_rate_change` by kind of activity, in points; `acts_mean_change` and its Shapley parts,
        `acts_change_by_rate` and `acts_change_by_participants`. Waves that asked for different kinds of activity are
        compared only in those that both asked for; what rests on all of them is missing, for the reason
        `activities_differ`.
    """
    tables = []
    told, known = activities.of_answers(["takes_part", *by]), activities.of_people(["takes_part", "acts", *by])
    answers, people = told.answers, known.people
    for first, second in pairwise(activities.waves):
        both = [name for name in activities.asked(first) if name in activities.asked(second)]
        is_same = activities.asked(first) == activities.asked(second)
        window = f"{first}→{second}"
        chosen = (answers["wave"].isin([first, second]) & answers["activity"].isin(both)).to_numpy()
        made = []
        if chosen.any():
            facts = Naming(measure="activity_rate_change", unit="points", table=TABLE, window=window)
            made.append(_points(answers, told, ["activity", *by], chosen, facts))
        chosen = people["wave"].isin([first, second]).to_numpy()
        facts = Naming(measure="rate_change", unit="points", table=TABLE, window=window)
        whole = [_points(people, known, by, chosen, facts)]
        if activities.has_acts:
            facts = Naming(unit="acts", table=TABLE, window=window)
            change = participation_change(people, "acts", known.design, "wave", by, where=chosen, **facts)
            whole.append(_renamed(change))
        made += whole if is_same else [_incomparable(one) for one in whole]
        tables.append(combined(made).assign(wave=second))
    return combined(tables)


def _points(
    frame: pd.DataFrame, activities: Activities, by: Sequence[str], where: NDArray[np.bool_], facts: Naming
) -> pd.DataFrame:
    """The difference of the rates of two waves."""
    return difference(frame, "takes_part", activities.design, "wave", by, where=where, **facts).table.drop(
        columns="contrast"
    )


def _incomparable(table: pd.DataFrame) -> pd.DataFrame:
    values = ["estimate", "se", "low", "high", "coverage", "df"]
    return table.assign(**dict.fromkeys(values, np.nan), reason="activities_differ", interval="none", reliability="")


def _on_scale(made: Estimates, kind: str) -> Estimates:
    """The same estimates with an interval on a scale that keeps it where the quantity can be."""
    estimate, se, df, n = (made.table[name].to_numpy(float) for name in ("estimate", "se", "df", "n"))
    with np.errstate(divide="ignore", invalid="ignore"):
        return made.bounded(*INTERVALS[kind](estimate, se, df, n, LEVEL), kind)


def _renamed(made: Estimates) -> pd.DataFrame:
    return made.table.assign(measure=made.table["measure"].replace(RENAMED))


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of participation that the study's tables allow, by wave and the columns of `by`.

    Measures of declared groups, of ranks and of models are there without `by` only.
    """
    by = [column for column in by if column not in ("wave", "activity")]
    if not (study.has("participation") and study.has("respondents")) or not {*by} <= {*study.columns("respondents")}:
        return combined([])
    activities = prepared(study)
    tables = [rates(activities, by), frequencies.frequencies_of(study, activities, by), changes(activities, by)]
    tables.append(fixed_core.persistence(activities, study.cut_off("core_share", list(fixed_core.SHARES)), by))
    if activities.has_acts:
        tables += [amounts(activities, by), inequality(activities, by), sources(activities, by)]
    if not by:
        of_groups = [*_of_groups(study, activities)]
        tables += [
            *(representation.group_rates(told, [group]) for group, told in of_groups),
            *(representation.representation(told, [group]) for group, told in of_groups),
            representation.associations(activities),
            representation.concentration(activities, study.catalogue),
            breadth.breadth_of(study, activities),
            propensity.effects_of(study, activities),
        ]
        if activities.has_acts:
            tables.append(between_groups(activities))
    return _with_window(combined(tables))


def _of_groups(study: Study, activities: Activities) -> Iterator[tuple[Group, Activities]]:
    """Each group of a study, and the participation with what tells who belongs to it."""
    for name in named_groups(study):
        told = activities.of_people(["takes_part", "acts", *columns_of(study, name)])
        yield from ((group, told) for group in groups_of(study, told.people, [name]))


def prepared(study: Study) -> Activities:
    """The participation of a study, with age bands."""
    return with_bands(activities_of(study), study)


def _with_window(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its wave as the window where there is no other, and its levels as text."""
    text = {column: table[column].astype("object") for column in ("wave", "activity") if column in table}
    return table.assign(**text, window=table["window"].mask(table["window"] == "", table["wave"].astype("str")))
