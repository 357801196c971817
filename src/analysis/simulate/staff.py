"""The staff: a roster of everybody who served in three terms, and the posts of each community."""

import datetime
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.simulate.careers import draw_careers, established_posts
from analysis.simulate.nonresponse import set_missing
from analysis.simulate.persons import draw_persons
from analysis.simulate.quotas import CALIBRATED, COLLEGE, LEADERS, QINGYUNPU, QUOTAS, TERMS, XUJIAFANG
from analysis.simulate.services import draw_services


def draw_roster(rng: np.random.Generator, communities: pd.DataFrame) -> pd.DataFrame:
    """Draw everybody who served, before values went missing; persons are numbered in no order."""
    subdistricts = communities.groupby("subdistrict", sort=False)["community_id"]
    roster = pd.concat(
        [_draw_subdistrict(rng, str(name), list(ids)).assign(subdistrict=name) for name, ids in subdistricts],
        ignore_index=True,
    )
    codes, persons = pd.factorize(roster["subdistrict"] + roster["person"].astype(str))
    number = pd.Series(1 + rng.permutation(len(persons)))[codes].reset_index(drop=True)
    posts_held = rng.choice([1, 2, 3], len(roster), p=[0.45, 0.4, 0.15])
    return roster.assign(
        person_id=number.map("P{:03d}".format),
        name=number.map("合成{:03d}".format),
        posts_held=np.where(roster["role"] == "party_affairs_worker", 4, posts_held),  # N06
    )


def _draw_subdistrict(rng: np.random.Generator, subdistrict: str, communities: Sequence[str]) -> pd.DataFrame:
    """Draw everybody who served in a subdistrict: one row per seat and term, and one per by-election."""
    quota = QUOTAS[subdistrict]
    careers = draw_careers(rng, subdistrict, communities)
    persons = draw_persons(rng, quota, careers)
    return draw_services(rng, quota, careers, persons).merge(persons, left_on="person", right_index=True)


def as_recorded(rng: np.random.Generator, roster: pd.DataFrame) -> pd.DataFrame:
    """Turn the roster into the one that is kept: in a few rows the education or the date of birth is not recorded."""
    elsewhere = ~roster["subdistrict"].isin(CALIBRATED)
    kept = set_missing(rng, roster, ["education"], 0.05, "not_recorded", among=elsewhere)
    return set_missing(rng, kept, ["birth_date"], 0.04, "not_recorded", among=elsewhere)


def count_posts(communities: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Count the established posts, and those filled on the day the teams were constituted."""
    constituted = roster[roster["start"] <= roster["term"].map(TERMS)]
    filled = Counter(zip(constituted["community_id"], constituted["role"], constituted["term"], strict=True))
    rows = [
        (community, role, term, count, filled[community, role, term])
        for subdistrict, ids in communities.groupby("subdistrict")["community_id"]
        for community, posts in established_posts(str(subdistrict), list(ids)).items()
        for role, count in Counter(posts).items()
        for term in TERMS
    ]
    return pd.DataFrame(rows, columns=["community_id", "role", "term", "established", "filled"])


def truth(roster: pd.DataFrame, posts: pd.DataFrame) -> dict[str, float]:
    """Compute turnover, structure of the latest teams, and vacancies of deputies; everybody listed counts."""
    latest = roster[roster["term"] == max(TERMS)]
    return _turnover(roster) | _structure(latest) | {"deputy_vacant": _deputies_vacant(posts)}


def _turnover(roster: pd.DataFrame) -> dict[str, float]:
    """Compute shares of a team; to stay is to be listed again by the same community."""
    listed = {
        term: set(zip(rows["community_id"], rows["person_id"], strict=True)) for term, rows in roster.groupby("term")
    }
    shares = {}
    for first, second in pairwise(TERMS):
        stayed = len(listed[first] & listed[second])
        shares[f"two_term_retention_{first}"] = stayed / len(listed[first])
        shares[f"carry_over_{second}"] = stayed / len(listed[second])
        shares[f"renewal_{second}"] = 1 - shares[f"carry_over_{second}"]
    return shares


def _structure(team: pd.DataFrame) -> dict[str, float]:
    """Compute counts and shares of the people listed for the latest term, with ages on its first day."""
    age = team["birth_date"].map(lambda born: _completed_years(born, TERMS[max(TERMS)]))
    college = team["education"].isin(COLLEGE)
    xujiafang, qingyunpu = (team["subdistrict"] == name for name in (XUJIAFANG, QINGYUNPU))
    age_of_members = age[qingyunpu & team["is_party_member"]]
    return {
        "staff_per_community": len(team) / team["community_id"].nunique(),
        "female": team["sex"].eq("female").mean(),
        "xujiafang_college": college[xujiafang].mean(),
        "xujiafang_aged_45": (age[xujiafang] >= 45).mean(),
        "qingyunpu_members": len(age_of_members),
        "qingyunpu_members_under_35": (age_of_members < 35).sum(),
        "qingyunpu_members_aged_50": (age_of_members >= 50).mean(),
        "qingyunpu_below_college": 1 - college[qingyunpu].mean(),
        "qingyunpu_no_computer": 1 - team.loc[qingyunpu, "skills"].str.contains("computer").mean(),
    }


def _deputies_vacant(posts: pd.DataFrame) -> int:
    """Count the communities and terms without their deputy party secretary."""
    return len(posts[posts["role"].eq(LEADERS[1]) & (posts["filled"] < posts["established"])])


def _completed_years(born: datetime.date, day: datetime.date) -> int:
    """Compute an age in completed years."""
    return day.year - born.year - ((born.month, born.day) > (day.month, day.day))
