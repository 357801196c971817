"""Who takes part against who lives here: groups and their representation ratios, and whether it is the better-off.

Groups overlap (`analysis.survey.groups`), so that their rates and ratios are no parts of a whole. Sources of the definitions:
docs/methods.md#participation.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError
from analysis.inference import adjusted, chi_square, concentration_index, proportion
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, estimated
from analysis.inference.inequality.concentration import Kind
from analysis.inference.sample import Base, Part, smooth
from analysis.measure import arranged, combined
from analysis.participation.activities import Activities
from analysis.survey.groups import Group
from analysis.survey.laid_out import number

TABLE = "participation"
AMONG = {"participants": "takes_part", "acts": "acts"}
"""Among whom, or what, a group's share is taken: those who take part, or all their acts."""
PARTITIONS = (
    "sex", "age_band", "education", "income_band", "social_class", "ethnic_group", "housing_tenure", "is_party_member",
    "is_retired_cadre", "is_hardship", "is_migrant",
)  # fmt: skip
"""Columns that divide the residents, each into groups that do not overlap."""
RANKS = ("education", "income", "income_band", "social_class")
"""What people are ranked by, from low to high."""


def group_rates(activities: Activities, groups: Sequence[Group]) -> pd.DataFrame:
    """The rate of taking part of each group, by wave: `group_rate`; and how far it is from that of all others: `rate_gap`."""
    tables = []
    for group in groups:
        facts = Naming(measure="group_rate", unit="proportion", table=TABLE)
        rate = proportion(activities.people, "takes_part", activities.design, ["wave"], where=group.rows, **facts)
        tables += [rate.table.assign(group=group.name), rate_gap(activities.people, group, activities.design).table]
    return combined(tables)


def rate_gap(frame: pd.DataFrame, group: Group, design: Design, by: Sequence[str] = ("wave",)) -> Estimates:
    """The rate of taking part of a group less that of all others, by wave."""
    base, y, member = group.base(frame, "takes_part", design, by)

    def statistic(b: Base) -> list[Part]:
        parts = [b.total(values) for values in (member * y, member, (1 - member) * y, 1 - member)]
        gap = smooth(lambda acts, size, of_others, others: acts / size - of_others / others, *parts)
        return [gap.where((parts[1].estimate > 0) & (parts[3].estimate > 0), "empty_base")]

    made = estimated(base, statistic, [{"group": group.name}], measure="rate_gap", unit="points", table=TABLE)
    return _of_members(made, base, member, y)


def representation_ratio(
    frame: pd.DataFrame, group: Group, among: str, design: Design, by: Sequence[str] = ("wave",)
) -> Estimates:
    """The share of a group among those who take part, or of all acts, over its share of the residents.

    Parameters
    ----------
    frame
        One row a respondent and wave, with `takes_part` or `acts`.
    among
        `participants` or `acts`.

    Returns
    -------
    Estimates
        One row a domain, with the dimensions `group` and `among`; above 1 where the group is over-represented. `n`
        counts the group's members, `numerator` those of them who take part. Missing where nobody takes part or nobody
        belongs. The interval is symmetric on the scale of the logarithm.

    Notes
    -----
    (Σ_G wy/Σwy)/(Σ_G w/Σw): the same as the group's mean over that of all.
    """
    base, y, member = group.base(frame, AMONG[among], design, by)

    def statistic(b: Base) -> list[Part]:
        parts = [b.total(member * y), b.total(y), b.total(member), b.size]
        ratio = smooth(lambda own, all_, size, everybody: own / all_ / (size / everybody), *parts)
        has_any = (parts[1].estimate > 0) & (parts[2].estimate > 0)
        return [ratio.where(has_any, "nobody_takes_part")]

    label = {"group": group.name, "among": among}
    facts = Naming(measure="representation_ratio", unit="ratio", table=TABLE)
    return _of_members(
        estimated(base, statistic, [label], interval="log", **facts), base, member, y, among == "participants"
    )


def _of_members(made: Estimates, base: Base, member: Numbers, y: Numbers, is_rate: bool = True) -> Estimates:
    """Estimates of a group whose counts are those of its members, for disclosure control.

    Where all of them or none take part, the sample tells nothing of the error of their rate, and there is no interval.
    """
    members, active = base.counts(member), base.counts(member * (y > 0))
    counted = made.counted(active, members)
    is_uniform = (active == 0) | ((active == members) & is_rate)
    errors = {column: counted.table[column].mask(is_uniform) for column in ("se", "low", "high", "coverage")}
    how = counted.table["interval"].mask(is_uniform, "none")
    why = counted.table["reason"].mask(members == 0, "empty_base")
    return replace(counted, table=counted.table.assign(n=members, interval=how, reason=why, **errors))


def representation(activities: Activities, groups: Sequence[Group]) -> pd.DataFrame:
    """Representation ratios of all groups, among participants and, where acts are counted, among acts."""
    among = [name for name, column in AMONG.items() if column in activities.people]
    return combined(
        representation_ratio(activities.people, group, one, activities.design).table
        for group in groups
        for one in among
    )


def associations(activities: Activities) -> pd.DataFrame:
    """Whether taking part differs between the groups that a column divides the residents into, by wave.

    Returns
    -------
    pandas.DataFrame
        Measure table with the dimension `grouped_by`: `association_p`, the p-value of Rao and Scott's test (second
        order, F), and `association_p_holm`, what Holm's procedure makes of it over the columns of a wave. A test that
        cannot be made is missing, for the reason `untestable`.
    """
    rows: list[pd.DataFrame] = []
    columns = [column for column in PARTITIONS if column in activities.people]
    told = [activities.of_people([column, "takes_part"]) for column in columns]
    for wave in activities.waves:
        tests = [_test(of_column, column, wave) for of_column, column in zip(told, columns, strict=True)]
        made = pd.DataFrame(tests, columns=["p", "n"]).assign(wave=wave, grouped_by=columns, window=wave)
        for measure, p in (("association_p", made["p"]), ("association_p_holm", adjusted(made["p"])["p_adjusted"])):
            reason = np.where(p.isna(), "untestable", "")
            rows.append(made.drop(columns="p").assign(measure=measure, estimate=p.to_numpy(), reason=reason))
    tables = [arranged(one.assign(unit="p", table=TABLE, is_weighted=activities.is_weighted)) for one in rows]
    return combined(tables)


def _test(activities: Activities, column: str, wave: str) -> tuple[float, float]:
    """The p-value of a test and the rows that it rests on."""
    people = activities.people
    known = ((people["wave"] == wave) & people[column].notna() & people["takes_part"].notna()).to_numpy(bool)
    try:
        test = chi_square(people, column, "takes_part", activities.design, where=known)
    except StudyError:
        return np.nan, number(people, known)
    return float(test.facts["p"]), number(people, known)


def concentration(activities: Activities, catalogue: Catalogue) -> pd.DataFrame:
    """Whether taking part lies with those of more schooling, more income or a higher class, by wave.

    Returns
    -------
    pandas.DataFrame
        Measure table with the dimension `ranked_by`: of taking part `participation_concentration_index` C,
        `participation_erreygers_index` and `participation_wagstaff_index`, which judge by different differences and are
        shown together; of the acts
        `acts_concentration_index`. All are above 0 where participation lies with those ranked high.
    """
    tables = []
    for rank, told in _ranked(activities, catalogue):
        indices: list[tuple[str, Kind, str]] = [
            ("takes_part", "standard", "participation_concentration_index"),
            ("takes_part", "erreygers", "participation_erreygers_index"),
            ("takes_part", "wagstaff", "participation_wagstaff_index"),
        ]
        if "acts" in activities.people:
            indices.append(("acts", "standard", "acts_concentration_index"))
        for outcome, kind, measure in indices:
            index = concentration_index(
                told.people, outcome, told.design, ["wave"], rank=rank, kind=kind, measure=measure, table=TABLE
            )
            tables.append(index.table.assign(ranked_by=rank))
    return combined(tables)


def _ranked(activities: Activities, catalogue: Catalogue) -> Iterator[tuple[str, Activities]]:
    """What people can be ranked by, and the people with its categories in order.

    Categories of schooling of which one holds several of the others have no order, and are left out.
    """
    for column in RANKS:
        if column not in activities.people:
            continue
        told = activities.of_people([column, "takes_part", "acts"])
        people = told.people
        if people[column].isna().all():
            continue
        known = catalogue.levels_of(column)
        if not known:
            yield column, told
            continue
        levels = [level for level in known if (people[column] == level).any()]
        spans = [known[level].get("isced", (0, 8)) for level in levels]
        if column != "education" or all(one[1] < other[0] or one == other for one, other in pairwise(spans)):
            ordered = people.assign(**{column: pd.Categorical(people[column], levels, ordered=True)})
            yield column, replace(told, people=ordered)
