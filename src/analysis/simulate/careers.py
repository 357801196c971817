"""Who has which seat in each term.

A *seat* is a post in a community, a *profile* what its holder must be. A seat is for one profile, so that the quotas
hold in every term: whoever serves again has the same profile, and nobody outgrows its age band.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.simulate.quotas import DEPUTY_VACANT, LEADERS, NARROW_BAND, POSTS, QUOTAS, TERMS, XUJIAFANG, Quota


class Seat(NamedTuple):
    """A post in a community."""

    community_id: str
    role: str


def established_posts(subdistrict: str, communities: Sequence[str]) -> dict[str, list[str]]:
    """List the posts of each community.

    One party-affairs worker serves all of 徐家坊街道, from its first community (N06).
    """
    quota = QUOTAS[subdistrict]
    posts = {id_: list(POSTS[: size + quota.vacant]) for id_, size in zip(communities, quota.teams, strict=True)}
    if subdistrict == XUJIAFANG:
        posts[communities[0]][POSTS.index("social_worker")] = "party_affairs_worker"
    return posts


def draw_careers(rng: np.random.Generator, subdistrict: str, communities: Sequence[str]) -> pd.DataFrame:
    """Draw the teams on the day they are constituted: one row per term and seat, with the number of the `person`.

    At each election one person may move to a sister community.
    """
    quota, posts = QUOTAS[subdistrict], established_posts(subdistrict, communities)
    seats = _draw_seats(rng, posts, quota)
    persons = _draw_holders(rng, quota)
    rows = list[tuple[str, str, str, int]]()
    for number, term in enumerate(TERMS):
        if number and quota.move:
            seats = _with_a_move(rng, seats, serves_again=persons[number] == persons[number - 1])
        rows += [(term, *seat, person) for seat, person in zip(seats, persons[number], strict=True)]
    careers = pd.DataFrame(rows, columns=["term", "community_id", "role", "person"])
    return _without_deputies(careers, posts) if subdistrict == DEPUTY_VACANT[1] else careers


def _draw_seats(rng: np.random.Generator, posts: dict[str, list[str]], quota: Quota) -> list[Seat]:
    """Draw the seat of each profile, leaders first: the first profiles are those of party members."""
    teams = zip(posts.items(), quota.teams, strict=True)
    seats = [Seat(community, role) for (community, roles), size in teams for role in roles[:size]]
    return sorted((seats[i] for i in rng.permutation(len(seats))), key=lambda seat: seat.role not in LEADERS)


def _draw_holders(rng: np.random.Generator, quota: Quota) -> np.ndarray:
    """Draw who has which profile: numbers of persons, term × profile. One person comes back after a term."""
    persons = np.arange(quota.persons).reshape(len(TERMS), quota.size)
    is_narrow = np.array(quota.bands) == NARROW_BAND
    first = np.isin(np.arange(quota.size), rng.permutation(quota.size)[: quota.stay[0] + quota.move])
    persons[1, first] = persons[0, first]
    second = rng.permutation(np.flatnonzero(~(first & is_narrow)))[: quota.stay[1] + quota.move]
    persons[2, second] = persons[1, second]
    back = rng.choice(np.setdiff1d(np.flatnonzero(~first & ~is_narrow), second))
    persons[2, back] = persons[0, back]
    return persons


def _with_a_move(rng: np.random.Generator, seats: list[Seat], serves_again: np.ndarray) -> list[Seat]:
    """Let one who serves again change seats with a newcomer of a sister community."""
    is_leader = np.array([seat.role in LEADERS for seat in seats])
    community = np.array([seat.community_id for seat in seats])
    mover = rng.choice(np.flatnonzero(serves_again & ~is_leader))
    other = rng.choice(np.flatnonzero(~serves_again & ~is_leader & (community != community[mover])))
    moved = seats.copy()
    moved[mover], moved[other] = seats[other], seats[mover]
    return moved


def _without_deputies(careers: pd.DataFrame, posts: dict[str, list[str]]) -> pd.DataFrame:
    """Leave the deputies' posts of one term vacant (N07): who had one has the last of the community's posts instead."""
    vacant = careers["role"].eq(LEADERS[1]) & careers["term"].eq(DEPUTY_VACANT[0])
    last_post = careers["community_id"].map({community: roles[-1] for community, roles in posts.items()})
    return careers.assign(role=careers["role"].mask(vacant, last_post))
