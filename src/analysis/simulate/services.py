"""From when to when each person served, why they left, and who replaced them in a by-election."""

import datetime
from collections.abc import Hashable
from itertools import pairwise
from operator import attrgetter

import numpy as np
import pandas as pd

from analysis.simulate.quotas import ELECTED, TERM_BEFORE, TERMS, Quota

RETIREMENT_AGE = 53
"""Whoever is this old in the year when a term begins, or older, leaves in or after that term to retire."""


def draw_services(rng: np.random.Generator, quota: Quota, careers: pd.DataFrame, persons: pd.DataFrame) -> pd.DataFrame:
    """Draw `start`, `end` and `leave_reason` of the careers; some leave in mid-term, and some of those are replaced.

    `careers` has one row per term and seat, `persons` one per number of a person. A row per by-election comes on top.
    """
    services = _full_terms(careers, persons["birth_date"])
    leavers = services[~services["serves_again"]].groupby("term").sample(quota.leave, random_state=rng)
    replaced = leavers.groupby("term").head(quota.join).index
    incumbents = services[services["term"] == min(TERMS)].sample(quota.stay[0], random_state=rng).index
    left, joined = dict[Hashable, tuple[datetime.date, str]](), dict[Hashable, datetime.date]()
    for i, service in leavers.sort_index().iterrows():
        left[i] = _draw_leaving(rng, service["start"], service["can_retire"])
        if i in replaced:
            joined[i] = left[i][0] + datetime.timedelta(int(rng.integers(30, 90)))
    successors = services.loc[[*joined]].assign(start=[*joined.values()])
    successors = successors.assign(person=successors["person"] + quota.persons, leave_reason=successors["usual_reason"])
    services.loc[incumbents, "start"] = TERM_BEFORE
    services.loc[[*left], ["end", "leave_reason"]] = [*left.values()]
    return pd.concat([services, successors]).sort_index(kind="stable")[[*careers, "start", "end", "leave_reason"]]


def _draw_leaving(rng: np.random.Generator, start: datetime.date, can_retire: bool) -> tuple[datetime.date, str]:
    """Draw a day in mid-term, and why someone left on it."""
    day = start + datetime.timedelta(int(rng.integers(120, 900)))
    reason = "retired" if can_retire else str(rng.choice(["resigned", "transferred", "other"], p=[0.6, 0.3, 0.1]))
    return day, reason


def _full_terms(careers: pd.DataFrame, birth_dates: pd.Series) -> pd.DataFrame:
    """Date services from the first day of the term to that of the next; those of the last term have no end yet.

    Who serves again in the same community ends a term for no reason, in another as transferred. `usual_reason` is that
    of everybody else, unless they are old enough to retire.
    """
    following = careers["term"].map(dict(pairwise(TERMS)))
    start, end = careers["term"].map(TERMS), following.map(TERMS)
    birth_year = careers["person"].map(birth_dates).map(attrgetter("year"))
    can_retire = start.map(attrgetter("year")) - birth_year >= RETIREMENT_AGE
    seats = careers.set_index(["term", "person"])["community_id"]
    next_community = pd.Series(seats.reindex([*zip(following, careers["person"], strict=True)]).to_numpy())
    usual = pd.Series(np.where(careers["role"].isin(ELECTED), "not_reelected", "term_of_contract")).mask(end.isna())
    stays = next_community == careers["community_id"]
    reason = usual.mask(can_retire & end.notna(), "retired").mask(next_community.notna(), "transferred").mask(stays)
    return careers.assign(
        start=start,
        end=end,
        leave_reason=reason,
        usual_reason=usual,
        can_retire=can_retire,
        serves_again=next_community.notna(),
    )
