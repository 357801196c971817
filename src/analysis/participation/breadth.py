"""Breadth: which activities reach every group of residents ("最大公约数", the greatest common denominator).

A group is reached where the whole interval of its rate lies above a declared floor, and missed where it lies below;
between, nobody can say. An activity reaches every group only if it reaches each, at the level of a single interval,
since all have to hold (Berger 1982). Sources: docs/methods.md#participation.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.inference import proportion
from analysis.inference.estimates import Naming
from analysis.measure import arranged, combined
from analysis.participation.activities import Activities
from analysis.study import Study
from analysis.survey.groups import Group, columns_of, groups_of, named_groups

FLOOR = 0.05
"""The rate that counts as reaching a group, where a study declares none (`participation_floor`)."""
TABLE = "participation"
VERDICTS = ("reached", "undecided", "missed")


def activity_group_rates(activities: Activities, groups: Sequence[Group]) -> pd.DataFrame:
    """The rate of taking part in each kind of activity of each group, by wave.

    Parameters
    ----------
    groups
        Groups of the rows of `activities.answers`.
    """
    facts = Naming(measure="activity_group_rate", unit="proportion", table=TABLE)
    tables = []
    for group in groups:
        rates = proportion(
            activities.answers, "takes_part", activities.design, ["wave", "activity"], where=group.rows, **facts
        )
        tables.append(rates.table.assign(group=group.name))
    return combined(tables)


def breadth(rates: pd.DataFrame, floor: float) -> pd.DataFrame:
    """What the groups' rates say of each kind of activity, by wave.

    Parameters
    ----------
    rates
        Rows of `activity_group_rates`.
    floor
        The rate from which on a group counts as reached.

    Returns
    -------
    pandas.DataFrame
        Measure table: `lowest_group_rate`, the row of the group with the lowest rate, as it stands in `rates` (the
        lowest of several estimates is, by chance, lower than the lowest rate); and `groups_reached`, the number of
        groups by `reach`: reached, missed or undecided. A rate without an interval decides nothing.
    """
    known = rates.dropna(subset="estimate")
    if not len(known):
        return combined([])
    lowest = known.loc[known.groupby(["wave", "activity"], observed=True)["estimate"].idxmin()]
    reach = np.where(rates["low"] > floor, "reached", np.where(rates["high"] < floor, "missed", "undecided"))
    counts = rates.assign(reach=reach).groupby(["wave", "activity"], observed=True)["reach"].value_counts()
    counts = counts.unstack("reach", fill_value=0).reindex(columns=list(VERDICTS), fill_value=0)
    rows = counts.stack().rename("estimate").reset_index()
    of_all = rates.groupby(["wave", "activity"], observed=True)["n"].max().rename("n").reset_index()
    rows = rows.merge(of_all, on=["wave", "activity"]).assign(
        measure="groups_reached", unit="groups", table=TABLE, is_weighted=bool(rates["is_weighted"].any())
    )
    return combined(
        [lowest.assign(measure="lowest_group_rate"), arranged(rows.assign(window=rows["wave"].astype("str")))]
    )


def reach_every_group(table: pd.DataFrame, wave: str) -> list[str]:
    """The kinds of activity that reach every group in a wave, from the rows of `breadth`."""
    rows = table[(table["measure"] == "groups_reached") & (table["wave"] == wave)]
    others = rows[rows["reach"] != "reached"].groupby("activity", observed=True)["estimate"].sum()
    return [str(activity) for activity, count in others.items() if count == 0]


def floor_of(study: Study) -> float:
    """The rate from which on a group counts as reached."""
    return study.cut_off("participation_floor", FLOOR)[0]


def breadth_of(study: Study, activities: Activities) -> pd.DataFrame:
    """The rates of a study's groups in each kind of activity, and what they say of it."""
    tables = []
    for name in named_groups(study):
        told = activities.of_answers(["takes_part", *columns_of(study, name)])
        tables.append(activity_group_rates(told, groups_of(study, told.answers, [name])))
    rates = combined(tables)
    return combined([rates, breadth(rates, floor_of(study))])
