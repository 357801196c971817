"""The synthetic Nanchang study: every table of the mission, made from a seed, with its known truth.

`python -m analysis.simulate` rebuilds data/raw/nanchang byte for byte. Only `analysis.reporting` writes otherwise; this
module is the one exception, because what it writes are raw data and no results.

The data are made *to* the figures that the paper published (N01 … N28 of FIGURES.md), so they can verify none of them.
A figure that must hold does so by quotas, in every term and for every seed: every seat of a team is for one profile,
answers are cut at shares of the whole population, and the sample is drawn systematically from a list in the order of what
it must represent.
"""

import datetime
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.catalogue import base
from analysis.reading.convert import DTYPES, MISSING
from analysis.study import ROOT

SEED = 2020
TERMS = {"2012": datetime.date(2012, 7, 1), "2015": datetime.date(2015, 7, 1), "2018": datetime.date(2018, 7, 1)}
"""The days on which teams were constituted, three years apart: two elections after the first (N04)."""
BEFORE_THE_TERMS = datetime.date(2009, 7, 1)
VACANT = ("2015", "徐家坊街道")
"""Where no community has its deputy party secretary (N07: 4 communities)."""
LEADS = ("party_secretary", "deputy_party_secretary")
POSTS = (*LEADS, "director", "deputy_director", "committee_member", "committee_member", "social_worker", "social_worker",
         "grid_worker", "grid_worker", "grid_worker")  # fmt: skip
"""Established posts of a community: as many of them as its team has people, and the vacant ones."""
ELECTED = POSTS[:6]
BANDS = ((23, 34), (35, 44), (45, 49), (50, 58))
"""Ages on the day of constitution; a quota counts people in each band."""
NARROW = 2
"""The band that nobody stays in for a second election."""


class Quota(NamedTuple):
    """Who serves in a subdistrict on the day its teams are constituted: the same counts in every term.

    Attributes
    ----------
    teams
        People in the team of each community. With those who join later they are 96 in 12 communities (N01, N02).
    members, others
        Party members and others by age band.
    women, computer, education
        Women, users of a computer, and people at each of `LEVELS`.
    stay, move, leave, join
        Who serves again in the same community after the first and the second election (N03: < 25 %), moves to a sister
        community, leaves in mid-term, and comes in a by-election.
    vacant
        Vacant posts in each community.
    """

    teams: tuple[int, ...]
    members: tuple[int, ...]
    others: tuple[int, ...]
    women: int
    computer: int
    education: tuple[int, ...]
    stay: tuple[int, int]
    move: int
    leave: int
    join: int
    vacant: int


LEVELS = ("primary", "junior_secondary", "senior_secondary", "junior_college", "bachelor", "postgraduate")
COLLEGE = ("junior_college", "bachelor", "postgraduate")
QUOTAS = {
    # N08: 10 of 32 have junior college (31 %); N09: 18 of 32 are aged 45 and over (56 %).
    "徐家坊街道": Quota((7, 8, 8, 9), (2, 4, 4, 6), (4, 4, 4, 4), 24, 20, (0, 6, 16, 8, 2, 0), (6, 6), 1, 2, 0, 1),
    # N10, N11: of the 20 party members 1 is under 35 and 9 (45 %) are 50 and over. N12, N13 are of the wider group, all
    # 37: 25 (68 %) have senior secondary education or less, 26 (70 %) do not use a computer.
    "青云谱镇": Quota((9, 9, 9, 10), (1, 5, 5, 9), (4, 5, 4, 4), 27, 11, (2, 9, 14, 9, 3, 0), (8, 8), 1, 2, 0, 0),
    "甲街道": Quota((6, 6), (1, 1, 1, 2), (2, 2, 2, 1), 9, 8, (0, 1, 5, 4, 2, 0), (3, 3), 0, 1, 1, 1),
    "乙街道": Quota((6, 7), (1, 2, 1, 1), (3, 2, 2, 1), 10, 9, (0, 2, 4, 5, 2, 0), (3, 4), 0, 1, 1, 0),
}
CALIBRATED = ("徐家坊街道", "青云谱镇")
"""Their staff have no missing values, so that the shares above are those of the file."""

FATES = {"merged": 340, "kept": 25, "renamed": 12, "removed": 6, "transferred": 4}
"""What became of the 387 administrative items (N14)."""
AFTER = 151
"""Administrative items after the reform (N16): those kept or renamed, and those that others were merged into."""
OWN = 97
"""The communities' own items: 387 of 484 are administrative, just under 80 % (N15)."""
KINDS = {"administrative_affair": 213, "inspection": 58, "ledger_or_meeting": 77, "certificate": 39}
"""The "four too many" (N27)."""
DEPARTMENTS = ("民政", "人社", "卫健", "公安", "城管", "住建", "司法", "宣传", "组织", "统计", "应急", "残联")
BASES = ("法律", "行政法规", "部门文件", None)
LEDGERS = {2014: 312, 2016: 186}
"""Paper ledgers of the most burdened community, before and after the reform (N17: over 300)."""

WAVES = ("first", "second")
SURVEYED = 2018
TAKES = {"徐家坊街道": 100, "青云谱镇": 100, "甲街道": 138, "乙街道": 137}
"""Respondents in each community of a subdistrict: 1,350 in the first wave, of whom `AGAIN` are asked a second time."""
AGAIN = 1050
PERSON_EFFECT, WAVE_EFFECT, COMMUNITY_EFFECT = 1.2, 0.5, 0.12
"""Standard deviations of what makes a person take part: mostly the person, who is the same in both waves (N20)."""
ACTIVITIES = {"culture_sport": -1.5, "political": -2.9, "public_benefit": -2.8, "deliberation": -3.3}
"""Log of the usual number of acts in twelve months: culture and sport before all else (N19), for most people none (N28)."""
TAKES_PART = {
    "is_older_woman": 0.9,
    "is_party_member": 0.8,
    "is_retired_cadre": 0.9,
    "is_hardship": 0.7,
    "is_migrant": -0.6,
}
"""Log ratio by which a group takes part more (N18)."""
FREQUENCIES = {"never": 0, "rarely": 1, "sometimes": 3, "often": 6}
"""Least acts of each category."""
ANSWERS = {
    "property_attitude": (0.160, 0.316, 0.290, 0.185, 0.049),  # N22: 47.6 % and 47.2 % dissatisfied, just under half
    "property_efficiency": (0.170, 0.302, 0.285, 0.188, 0.055),
    "environment": (0.05, 0.13, 0.30, 0.39, 0.13),
    "safety": (0.03, 0.09, 0.26, 0.45, 0.17),
    "one_stop_service": (0.04, 0.11, 0.30, 0.40, 0.15),
    "culture": (0.04, 0.12, 0.32, 0.38, 0.14),
    "overall": (0.05, 0.15, 0.34, 0.36, 0.10),
}
"""Shares of the answers, from very dissatisfied to very satisfied."""
INDICATORS = {
    "万人社区工作者数": (17, 3),
    "服务设施面积": (900, 250),
    "网格覆盖率": (0.9, 0.04),
    "诉求办结率": (0.93, 0.03),
    "投诉件数": (60, 18),
}
"""Mean and standard deviation over communities."""
GAPS = {"dont_know": "-1", "not_asked": "-2", "refused": "-3"}
"""What the files write for a value that is missing for a reason; any other is left blank."""


class Simulation(NamedTuple):
    """A synthetic study.

    Attributes
    ----------
    tables
        As `analysis.reading` gives them: the catalogue's keys and types, `<column>_missing` where a reason is declared.
    truth
        What the tables are made of: of the staff, before values went missing; of the residents, of all adults in the 12
        communities, before sampling and non-response.
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, float]


def simulate(seed: int = SEED) -> Simulation:
    """Make the study; each table has a stream of random numbers of its own.

    Parameters
    ----------
    seed
        The same seed makes the same tables, to the byte.
    """
    streams = iter(np.random.Generator(np.random.PCG64(seed)).spawn(9))
    communities = _communities(next(streams))
    roster = _roster(next(streams), communities)
    posts = _posts(communities, roster)
    items = _work_items(next(streams))
    ledgers = _ledgers(next(streams), communities)
    population = _population(next(streams), communities)
    respondents = _respondents(next(streams), population)
    tables = {
        "communities": communities,
        "roster": _with_gaps(next(streams), roster),
        "posts": posts,
        "work_items": items,
        "ledgers": ledgers,
        **_answers(next(streams), respondents, population),
        **_surroundings(next(streams), communities),
    }
    truth = _team_truth(roster, posts) | _burden_truth(items, ledgers) | _resident_truth(population)
    return Simulation(
        {name: _arranged(name, table) for name, table in tables.items()}, {key: float(of) for key, of in truth.items()}
    )


def write(folder: Path, seed: int = SEED) -> None:
    """Write the tables as a clerk would: one CSV each, Chinese headers and words, UTF-8 without a byte order mark."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in simulate(seed).tables.items():
        text = _written(table).to_csv(index=False, lineterminator="\n")
        (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="\n")


def _arranged(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A table in the catalogue's order of columns, with its types, sorted by its key."""
    catalogue = base()
    columns = [column for column in catalogue.columns_of(name) if column in table]
    types: dict[str, Any] = {column: DTYPES.get(catalogue.column(column)["type"], "str") for column in columns}
    typed = {column: table[column].astype(dtype) for column, dtype in types.items()}
    reasons = {c + MISSING: table[c + MISSING].astype("str") for c in columns if c + MISSING in table}
    return pd.DataFrame(typed | reasons).sort_values(list(catalogue.table(name)["key"]), ignore_index=True)


def _written(table: pd.DataFrame) -> pd.DataFrame:
    """A table as text under Chinese headers."""
    catalogue, written = base(), {}
    for column in (column for column in map(str, table) if not column.endswith(MISSING)):
        words = {level: entry["zh"] for level, entry in catalogue.levels_of(column).items()}
        as_text: dict[str, Callable[[Any], Any]] = {
            "level": words.get,
            "level_set": partial(_set_in_words, words),
            "boolean": {True: "是", False: "否"}.get,
            "number": "{:.10g}".format,
            "date": "{:%Y-%m-%d}".format,
        }
        text = table[column].dropna().map(as_text.get(catalogue.column(column)["type"], str)).reindex(table.index)
        reasons = table.get(column + MISSING, pd.Series(index=table.index, dtype="str"))
        written[catalogue.column(column)["zh"]] = text.fillna(reasons.map(GAPS)).fillna("")
    return pd.DataFrame(written)


def _set_in_words(words: Mapping[str, str], levels: str) -> str:
    return ";".join(words[level] for level in levels.split(";") if level) or "无"


def _blanked(
    rng: np.random.Generator,
    table: pd.DataFrame,
    columns: Sequence[str],
    share: float,
    reason: str,
    among: pd.Series | bool = True,
) -> pd.DataFrame:
    """The table without the values of some columns in a share of the rows `among`, for a reason."""
    eligible = table.index[table[list(columns)].notna().all(axis=1) & among]
    blank = table.index.isin(rng.choice(eligible, round(share * len(eligible)), replace=False))
    unknown = pd.Series(index=table.index, dtype="str")
    values = {column: table[column].mask(blank) for column in columns}
    reasons = {column + MISSING: table.get(column + MISSING, unknown).mask(blank, reason) for column in columns}
    return table.assign(**values, **reasons)


# Communities and their teams


def _communities(rng: np.random.Generator) -> pd.DataFrame:
    places = [subdistrict for subdistrict, quota in QUOTAS.items() for _ in quota.teams]
    residents = rng.integers(2800, 6400, len(places))
    return pd.DataFrame(
        {
            "community_id": [f"C{number:02d}" for number in range(1, len(places) + 1)],
            "community_name": [f"合成社区{number:02d}" for number in range(1, len(places) + 1)],
            "subdistrict": places,
            "city": "南昌(合成)",
            "residents": residents,
            "households": (residents / rng.uniform(2.4, 3.0, len(places))).round().astype(int),
        }
    )


def _roster(rng: np.random.Generator, communities: pd.DataFrame) -> pd.DataFrame:
    """Everybody who served, before values went missing; persons are numbered in no order."""
    places = communities.groupby("subdistrict", sort=False)["community_id"]
    roster = pd.concat(
        [_served(rng, str(name), list(ids)).assign(subdistrict=name) for name, ids in places], ignore_index=True
    )
    codes, persons = pd.factorize(roster["subdistrict"] + roster["person"].astype(str))
    number = pd.Series(1 + rng.permutation(len(persons)))[codes].reset_index(drop=True)
    posts_held = rng.choice([1, 2, 3], len(roster), p=[0.45, 0.4, 0.15])
    return roster.assign(
        person_id=number.map("P{:03d}".format),
        name=number.map("合成{:03d}".format),
        posts_held=np.where(roster["role"] == "party_affairs_worker", 4, posts_held),  # N06
    )


def _served(rng: np.random.Generator, subdistrict: str, places: Sequence[str]) -> pd.DataFrame:
    """Everybody who served in a subdistrict: one row per seat and term, and one per by-election."""
    quota = QUOTAS[subdistrict]
    seats = [(place, post) for (place, posts), size in zip(_established(subdistrict, places).items(), quota.teams, strict=True)
             for post in posts[:size]]  # fmt: skip
    seats = sorted((seats[i] for i in rng.permutation(len(seats))), key=lambda seat: seat[1] not in LEADS)
    persons = _careers(rng, quota)
    rows, order = [], np.arange(len(seats))
    for t, term in enumerate(TERMS):
        if t and quota.move:
            order = _with_a_move(rng, order, seats, again=persons[t] == persons[t - 1])
        rows += [(term, *seats[order[i]], person) for i, person in enumerate(persons[t])]
    roster = pd.DataFrame(rows, columns=["term", "community_id", "role", "person"])
    if subdistrict == VACANT[1]:
        vacant = (roster["term"] == VACANT[0]) & (roster["role"] == LEADS[1])
        instead = {place: POSTS[size] for place, size in zip(places, quota.teams, strict=True)}
        roster["role"] = roster["role"].mask(vacant, roster["community_id"].map(instead))
    people = _people(rng, quota, persons)
    return _dated(rng, quota, roster, people).merge(people, left_on="person", right_index=True)


def _established(subdistrict: str, places: Sequence[str]) -> dict[str, list[str]]:
    """The posts of each community; one party-affairs worker serves all of 徐家坊街道, from its first community (N06)."""
    quota = QUOTAS[subdistrict]
    posts = {place: list(POSTS[: size + quota.vacant]) for place, size in zip(places, quota.teams, strict=True)}
    if subdistrict == VACANT[1]:
        posts[places[0]][POSTS.index("social_worker")] = "party_affairs_worker"
    return posts


def _careers(rng: np.random.Generator, quota: Quota) -> np.ndarray:
    """Who has which seat in each term: numbers of persons, term × seat.

    A seat is for one profile, so that quotas hold in every term: whoever serves again has the same seat, and nobody outgrows
    the seat's age band. One person comes back after a term.
    """
    size = sum(quota.teams)
    persons = np.arange(len(TERMS) * size).reshape(len(TERMS), size)
    is_narrow = _bands(quota) == NARROW
    first = np.isin(np.arange(size), rng.permutation(size)[: quota.stay[0] + quota.move])
    persons[1, first] = persons[0, first]
    second = rng.permutation(np.flatnonzero(~(first & is_narrow)))[: quota.stay[1] + quota.move]
    persons[2, second] = persons[1, second]
    back = rng.choice(np.setdiff1d(np.flatnonzero(~first & ~is_narrow), second))
    persons[2, back] = persons[0, back]
    return persons


def _with_a_move(
    rng: np.random.Generator, order: np.ndarray, seats: Sequence[tuple[str, str]], again: np.ndarray
) -> np.ndarray:
    """One who serves again changes places with a newcomer of a sister community."""
    is_lead = np.array([seats[i][1] in LEADS for i in order])
    place = np.array([seats[i][0] for i in order])
    mover = rng.choice(np.flatnonzero(again & ~is_lead))
    other = rng.choice(np.flatnonzero(~again & ~is_lead & (place != place[mover])))
    moved = order.copy()
    moved[[mover, other]] = order[[other, mover]]
    return moved


def _bands(quota: Quota) -> np.ndarray:
    """The age band of each seat, those of party members first."""
    return np.repeat(np.tile(np.arange(len(BANDS)), 2), [*quota.members, *quota.others])


def _people(rng: np.random.Generator, quota: Quota, persons: np.ndarray) -> pd.DataFrame:
    """What each person is, by number: the profile of the seat, the older with less schooling, and a date of birth.

    Whoever comes for a person in a by-election has the number of that person, and as many on as there are others.
    """
    size, bands = sum(quota.teams), _bands(quota)
    by_age = np.argsort(-bands + rng.normal(0, 0.8, size), kind="stable").argsort(kind="stable")
    numbers = np.arange(2 * persons.size)
    seat = numbers % size
    served = pd.Series(np.repeat(np.arange(len(TERMS)), size)).groupby(persons.ravel()).agg(["min", "max"])
    terms = served.reindex(numbers % persons.size).fillna(0).astype(int).to_numpy()
    youngest, oldest = np.array(BANDS)[bands[seat]].T
    ages = rng.integers(youngest, oldest + 1 - 3 * (terms[:, 1] - terms[:, 0]))
    starts = np.array(list(TERMS.values()))[terms[:, 0]]
    skills = {
        "computer": (by_age >= size - quota.computer)[seat],
        "social_work": rng.random(len(numbers)) < 0.3,
        "mediation": rng.random(len(numbers)) < 0.35,
    }
    education = np.repeat(LEVELS, quota.education)[by_age[seat]]
    is_certified = rng.random(len(numbers)) < np.where(np.isin(education, COLLEGE), 0.3, 0.06)
    certificates = rng.choice(["assistant_social_worker", "social_worker"], len(numbers), p=[0.75, 0.25])
    return pd.DataFrame(
        {
            "sex": rng.permutation(np.repeat(["female", "male"], [quota.women, size - quota.women]))[seat],
            "birth_date": [
                day.replace(year=day.year - int(age)) - datetime.timedelta(int(days))
                for day, age, days in zip(starts, ages, rng.integers(0, 365, len(numbers)), strict=True)
            ],
            "education": education,
            "skills": [";".join(skill for skill in skills if skills[skill][i]) for i in numbers],
            "certificates": np.where(is_certified, certificates, ""),
            "is_party_member": seat < sum(quota.members),
        }
    )


def _dated(rng: np.random.Generator, quota: Quota, roster: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """The roster with start, end and reason of leaving, and with by-elections for some who leave in mid-term.

    Who serves again ends a term for no reason; who is in post at the end of the last has no end.
    """
    after, rows = dict(pairwise(TERMS)), list[tuple[object, ...]]()
    posts = list(roster.itertuples(index=False, name=None))
    serves = {(term, person): place for term, place, _, person in posts}
    for_good = [(after.get(term), person) not in serves for term, _, _, person in posts]
    leaving = roster[for_good].groupby("term").sample(quota.leave, random_state=rng)
    replaced = set(leaving.groupby("term").head(quota.join).index)
    old_hands = set(roster[roster["term"] == min(TERMS)].sample(quota.stay[0], random_state=rng).index)
    for i, (term, place, role, person) in enumerate(posts):
        start, following = TERMS[term], after.get(term, "")
        successor, goes_to = TERMS.get(following), serves.get((following, person))
        is_older = start.year - people["birth_date"][person].year > 52
        usual = "not_reelected" if role in ELECTED else "term_of_contract"
        first = BEFORE_THE_TERMS if i in old_hands else start
        if i in leaving.index:
            end = start + datetime.timedelta(int(rng.integers(120, 900)))
            reason = "retired" if is_older else rng.choice(["resigned", "transferred", "other"], p=[0.6, 0.3, 0.1])
            rows.append((term, place, role, person, first, end, reason))
            if i in replaced:
                joined = end + datetime.timedelta(int(rng.integers(30, 90)))
                rows.append(
                    (term, place, role, person + len(people) // 2, joined, successor, usual if successor else None)
                )
        else:
            reason = None if not successor or goes_to == place else "transferred" if goes_to else usual
            rows.append(
                (term, place, role, person, first, successor, "retired" if reason == usual and is_older else reason)
            )
    return pd.DataFrame(rows, columns=[*roster, "start", "end", "leave_reason"])


def _with_gaps(rng: np.random.Generator, roster: pd.DataFrame) -> pd.DataFrame:
    """The roster as it is kept: in a few rows the education or the date of birth is not recorded."""
    elsewhere = ~roster["subdistrict"].isin(CALIBRATED)
    kept = _blanked(rng, roster, ["education"], 0.05, "not_recorded", among=elsewhere)
    return _blanked(rng, kept, ["birth_date"], 0.04, "not_recorded", among=elsewhere)


def _posts(communities: pd.DataFrame, roster: pd.DataFrame) -> pd.DataFrame:
    """Established posts, and those filled on the day the teams were constituted."""
    constituted = roster[roster["start"] <= roster["term"].map(TERMS)]
    filled = Counter(zip(constituted["community_id"], constituted["role"], constituted["term"], strict=True))
    rows = [
        (place, role, term, count, filled[place, role, term])
        for subdistrict, places in communities.groupby("subdistrict")["community_id"]
        for place, posts in _established(str(subdistrict), list(places)).items()
        for role, count in Counter(posts).items()
        for term in TERMS
    ]
    return pd.DataFrame(rows, columns=["community_id", "role", "term", "established", "filled"])


# The burden


def _work_items(rng: np.random.Generator) -> pd.DataFrame:
    """Items before the reform, and the ones that came of merging; every such item has taken in at least one."""
    before = sum(FATES.values())
    survivors = AFTER - FATES["kept"] - FATES["renamed"]
    fates = rng.permutation(np.repeat([*FATES], [*FATES.values()]))
    targets = np.array([f"B{number:03d}" for number in range(1, survivors + 1)])
    taken_in = np.concatenate([targets, rng.choice(targets, FATES["merged"] - survivors)])
    departments = rng.choice(DEPARTMENTS, before + survivors)
    old = pd.DataFrame({"item_id": [f"A{number:03d}" for number in range(1, before + 1)], "item_fate": fates})
    old.loc[fates == "merged", "merged_into"] = rng.permutation(taken_in)
    administrative = pd.concat([old, pd.DataFrame({"item_id": targets})], ignore_index=True).assign(
        item_nature="administrative",
        department=departments,
        item_kind=pd.Series(rng.permutation(np.repeat([*KINDS], [*KINDS.values()]))),
        legal_basis=rng.choice(np.array(BASES, dtype=object), before + survivors, p=[0.25, 0.2, 0.4, 0.15]),
    )
    own = pd.DataFrame({"item_id": [f"C{number:03d}" for number in range(1, OWN + 1)], "item_nature": "own"})
    items = pd.concat([administrative, own.assign(department="居委会", item_fate="kept")], ignore_index=True)
    return items.assign(
        item_name=items["department"] + "事项" + items["item_id"] + "(合成)",
        is_before=~items["item_id"].isin(targets),
        is_after=items["item_fate"].isin(["kept", "renamed"]) | items["item_id"].isin(targets),
    )


def _ledgers(rng: np.random.Generator, communities: pd.DataFrame) -> pd.DataFrame:
    """Ledgers before and after the reform; the most burdened community has as many as `LEDGERS` says."""
    burden = rng.integers(110, 290, len(communities))
    rows = [
        (place, year, round(most * relative), round(most * rng.uniform(0.2, 0.3)))
        for year, most in LEDGERS.items()
        for place, relative in zip(communities["community_id"], burden / burden.max(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["community_id", "year", "paper_ledgers", "electronic_ledgers"])


# Residents


class Population(NamedTuple):
    """All adults of the communities: what they are, do and think.

    Attributes
    ----------
    people
        One row per adult, with the columns of `respondents`.
    acts
        Acts in the twelve months before a wave: wave × person × activity.
    answers
        Position of the answer on the scale: person × item.
    property_view
        What decides the answers on property management.
    """

    people: pd.DataFrame
    acts: np.ndarray
    answers: np.ndarray
    property_view: np.ndarray


def _population(rng: np.random.Generator, communities: pd.DataFrame) -> Population:
    adults = (communities["residents"] * 0.8).astype(int)
    where = np.repeat(np.arange(len(communities)), adults)
    places = communities[["community_id", "subdistrict"]].iloc[where].reset_index(drop=True)
    people = _adults(rng, len(where)).assign(
        community_id=places["community_id"], stratum=places["subdistrict"], cluster=places["community_id"]
    )
    return Population(people, _acts(rng, people, where), *_opinions(rng, where))


def _adults(rng: np.random.Generator, size: int) -> pd.DataFrame:
    age = 18 + (67 * rng.beta(1.5, 1.9, size)).astype(int)
    schooling = np.digitize(rng.normal(0, 1, size) - 0.03 * (age - 45), [-1.8, -0.8, 0.2, 0.9, 1.9])
    cadre = (age >= 60) & (rng.random(size) < 0.08)
    hardship = rng.random(size) < 0.07
    income = np.exp(7.8 + 0.2 * schooling - 0.6 * hardship + rng.normal(0, 0.4, size))
    return pd.DataFrame(
        {
            "sex": np.where(rng.random(size) < 0.51, "female", "male"),
            "birth_year": SURVEYED - age,
            "education": np.array(LEVELS)[schooling],
            "income": (income / 100).round() * 100,
            "is_party_member": rng.random(size) < np.where(cadre, 0.9, np.where(age >= 50, 0.14, 0.08)),
            "is_retired_cadre": cadre,
            "is_hardship": hardship,
            "is_migrant": rng.random(size) < np.where(age < 45, 0.3, 0.12),
        }
    )


def _groups(people: pd.DataFrame) -> dict[str, pd.Series]:
    """Who belongs to the groups that take part more, or less (N18)."""
    older_woman = (people["sex"] == "female") & (SURVEYED - people["birth_year"] >= 50)
    return {group: older_woman if group == "is_older_woman" else people[group] for group in TAKES_PART}


def _acts(rng: np.random.Generator, people: pd.DataFrame, where: np.ndarray) -> np.ndarray:
    belongs = np.column_stack(list(_groups(people).values()))
    person = belongs @ np.array(list(TAKES_PART.values())) + rng.normal(0, PERSON_EFFECT, len(people))
    person += rng.normal(0, COMMUNITY_EFFECT, where.max() + 1)[where]
    noise = rng.normal(0, WAVE_EFFECT, (len(WAVES), len(people), len(ACTIVITIES)))
    return rng.poisson(np.exp(person[None, :, None] + noise + np.array(list(ACTIVITIES.values()))))


def _opinions(rng: np.random.Generator, where: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Answers, cut so that the whole population has the shares of `ANSWERS`, and what decides those on property."""
    mood = rng.normal(0, 1, len(where)) + rng.normal(0, COMMUNITY_EFFECT, where.max() + 1)[where]
    manager = rng.normal(0, 1, len(where))
    views, answers = [], []
    for item, shares in ANSWERS.items():
        view = 0.7 * mood + (0.9 * manager if item.startswith("property") else 0) + rng.normal(0, 0.5, len(where))
        rank = view.argsort(kind="stable").argsort(kind="stable") + 0.5
        answers.append(np.searchsorted(np.cumsum(shares)[:-1], rank / len(where)))
        views.append(view)
    return np.column_stack(answers), views[0] + views[1]


def _respondents(rng: np.random.Generator, population: Population) -> pd.DataFrame:
    """Both waves, one row per respondent and wave; `row` is the respondent's in the population.

    Each community's list is sampled systematically in the order of `property_view`, so that a sample has nearly the
    population's shares (N22). Who is lost after the first wave is mostly young or a migrant; those left take the weights.
    """
    chosen = []
    for _, adults in population.people.groupby("community_id"):
        listed = adults.index[population.property_view[adults.index].argsort(kind="stable")]
        take = TAKES[adults["stratum"].iloc[0]]
        step = len(listed) / take
        places = ((rng.random() + np.arange(take)) * step).astype(int)
        chosen.append(pd.DataFrame({"row": listed[places], "weight": step}))
    sample = pd.concat(chosen).sample(frac=1, random_state=rng).reset_index(drop=True)
    sample["respondent_id"] = [f"R{number:04d}" for number in range(1, len(sample) + 1)]
    first = sample.join(population.people, on="row")
    is_young = SURVEYED - first["birth_year"] < 35
    loss = 0.8 * is_young + 0.8 * first["is_migrant"] + rng.gumbel(0, 1, len(first))
    second = first.loc[loss.sort_values(kind="stable").index[:AGAIN]]
    cell = first["cluster"] + is_young.map(str)
    left = cell.loc[second.index]
    carried = first["weight"].groupby(cell).sum() / second["weight"].groupby(left).sum()
    second = second.assign(weight=second["weight"] * left.map(carried))
    waves = pd.concat([first.assign(wave=WAVES[0]), second.assign(wave=WAVES[1])], ignore_index=True)
    return waves.round({"weight": 2})


def _answers(rng: np.random.Generator, respondents: pd.DataFrame, population: Population) -> dict[str, pd.DataFrame]:
    """What respondents said of themselves, what they do, and how content they are, with what they left open."""
    told = _blanked(rng, respondents, ["income"], 0.06, "refused")
    told = _blanked(rng, told, ["education"], 0.01, "not_recorded")
    return {
        "respondents": told,
        "participation": _participation(rng, respondents, population.acts),
        "satisfaction": _satisfaction(rng, respondents[respondents["wave"] == WAVES[0]], population.answers),
    }


def _asked(respondents: pd.DataFrame, column: str, questions: Iterable[str], values: np.ndarray) -> pd.DataFrame:
    """One row per respondent, wave and question, with what `values` (population × question) says of each."""
    wide = pd.DataFrame(values, columns=list(questions)).assign(**respondents[["respondent_id", "wave"]])
    return wide.melt(["respondent_id", "wave"], var_name=column, value_name="value")


def _participation(rng: np.random.Generator, respondents: pd.DataFrame, acts: np.ndarray) -> pd.DataFrame:
    """Acts and their category; some recall the category only."""
    told = _asked(respondents, "activity", ACTIVITIES, acts[respondents["wave"].map(WAVES.index), respondents["row"]])
    names, least = np.array(list(FREQUENCIES)), np.array(list(FREQUENCIES.values()))
    frequency = names[np.searchsorted(least, told["value"], side="right") - 1]
    told = told.assign(acts=told["value"].astype("Int64"), frequency=frequency)
    told = _blanked(rng, told, ["acts", "frequency"], 0.01, "not_asked")
    told = _blanked(rng, told, ["acts", "frequency"], 0.01, "not_recorded")
    return _blanked(rng, told, ["acts"], 0.03, "dont_know", among=told["value"] > 0)


def _satisfaction(rng: np.random.Generator, respondents: pd.DataFrame, answers: np.ndarray) -> pd.DataFrame:
    told = _asked(respondents, "item", ANSWERS, answers[respondents["row"]])
    told["score"] = np.array(list(base().level_set("satisfaction")))[told["value"]]
    return _blanked(rng, _blanked(rng, told, ["score"], 0.04, "dont_know"), ["score"], 0.01, "refused")


def _surroundings(rng: np.random.Generator, communities: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Organisations, at least two troupes in every community (N21), and the indicators of two years."""
    places = communities["community_id"]
    kinds = ["arts_and_sports", "arts_and_sports", "mutual_aid", "volunteers", "council"]
    size = len(places) * len(kinds)
    organisations = pd.DataFrame(
        {
            "organisation_id": [f"O{number:03d}" for number in range(1, size + 1)],
            "community_id": places.repeat(len(kinds)).to_numpy(),
            "organisation_kind": np.tile(kinds, len(places)),
            "organisation_name": [f"合成组织{number:03d}" for number in range(1, size + 1)],
            "members": rng.integers(8, 60, size),
            "founded": rng.integers(2003, 2018, size),
            "has_venue": rng.random(size) < 0.6,
            "funding": rng.integers(0, 40, size) * 500.0,
        }
    )
    indicators = pd.DataFrame(
        [
            (place, name, year, min(value * change, 1.0) if mean < 1 else value * change)
            for name, (mean, spread) in INDICATORS.items()
            for place, value in zip(places, rng.normal(mean, spread, len(places)), strict=True)
            for year, change in ((2018, 1.0), (2020, rng.uniform(0.98, 1.08)))
        ],
        columns=["community_id", "indicator", "year", "value"],
    )
    return {
        "organisations": _blanked(rng, organisations, ["funding"], 0.1, "not_recorded"),
        "indicators": indicators.round({"value": 3}),
    }


# The known truth


def _team_truth(roster: pd.DataFrame, posts: pd.DataFrame) -> dict[str, float]:
    """Shares of everybody listed for a term; to stay is to be listed again by the same community."""
    listed = {
        term: set(zip(rows["community_id"], rows["person_id"], strict=True)) for term, rows in roster.groupby("term")
    }
    truth = {}
    for first, second in pairwise(TERMS):
        stayed = len(listed[first] & listed[second])
        truth[f"two_term_retention_{first}"] = stayed / len(listed[first])
        truth[f"carry_over_{second}"] = stayed / len(listed[second])
        truth[f"renewal_{second}"] = 1 - truth[f"carry_over_{second}"]
    latest = roster[roster["term"] == max(TERMS)]
    start = TERMS[max(TERMS)]
    ages = latest["birth_date"].map(
        lambda born: start.year - born.year - ((born.month, born.day) > (start.month, start.day))
    )
    college = latest["education"].isin(COLLEGE)
    xujiafang, qingyunpu = (latest["subdistrict"] == name for name in CALIBRATED)
    members = ages[qingyunpu & latest["is_party_member"]]
    lacking = posts[posts["role"].eq(LEADS[1]) & (posts["filled"] < posts["established"])]
    return truth | {
        "staff_per_community": len(latest) / latest["community_id"].nunique(),
        "female": latest["sex"].eq("female").mean(),
        "deputy_vacant": len(lacking),
        "xujiafang_college": college[xujiafang].mean(),
        "xujiafang_aged_45": (ages[xujiafang] >= 45).mean(),
        "qingyunpu_members": len(members),
        "qingyunpu_members_under_35": (members < 35).sum(),
        "qingyunpu_members_aged_50": (members >= 50).mean(),
        "qingyunpu_below_college": 1 - college[qingyunpu].mean(),
        "qingyunpu_no_computer": 1 - latest.loc[qingyunpu, "skills"].str.contains("computer").mean(),
    }


def _burden_truth(items: pd.DataFrame, ledgers: pd.DataFrame) -> dict[str, float]:
    administrative = items[items["item_nature"] == "administrative"]
    before, after = administrative["is_before"].sum(), administrative["is_after"].sum()
    return {
        "items_before": before,
        "items_after": after,
        "reduction": (before - after) / before,
        "administrative_before": before / items["is_before"].sum(),
        "administrative_after": after / items["is_after"].sum(),
        "paper_ledgers_most": ledgers["paper_ledgers"].max(),
    }


def _resident_truth(population: Population) -> dict[str, float]:
    """Shares of all adults, of the first wave unless it says otherwise; an act of any kind is to take part."""
    acts = population.acts.sum(axis=2)
    ordered = np.sort(acts[0])
    rank = (np.arange(len(ordered)) + 0.5) / len(ordered)
    truth = {
        "rate": (acts[0] > 0).mean(),
        "rate_second": (acts[1] > 0).mean(),
        "rate_again": (acts[1] > 0)[acts[0] > 0].mean(),
        "acts_mean": acts[0].mean(),
        "acts_gini": 2 * (rank * ordered).mean() / ordered.mean() - 1,
        "acts_top_tenth": ordered[-(len(ordered) // 10) :].sum() / ordered.sum(),
    }
    truth |= {f"rate_{activity}": (population.acts[0, :, i] > 0).mean() for i, activity in enumerate(ACTIVITIES)}
    truth |= {
        f"rate_of_{group}": (acts[0] > 0)[belongs].mean() for group, belongs in _groups(population.people).items()
    }
    return truth | {f"dissatisfied_{item}": (population.answers[:, i] < 2).mean() for i, item in enumerate(ANSWERS)}


if __name__ == "__main__":
    write(ROOT / "data" / "raw" / "nanchang")
