"""The residents: all adults, the sample of them that was asked in two waves, and what respondents answered."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.catalogue import base
from analysis.simulate.nonresponse import set_missing
from analysis.simulate.quotas import EDUCATION

WAVES = ("first", "second")
SURVEY_YEAR = 2018
SAMPLE_SIZES = {"徐家坊街道": 100, "青云谱镇": 100, "甲街道": 138, "乙街道": 137}
"""Respondents in each community of a subdistrict: 1,350 in the first wave."""
PANEL_SHARE = 7 / 9
"""How many of them are asked again in the second wave: 1,050."""

ACTIVITIES = {"culture_sport": -1.5, "political": -2.9, "public_benefit": -2.8, "deliberation": -3.3}
"""Log of the usual number of acts in a year: culture and sport before all else (N19), for most people none (N28)."""
GROUP_EFFECTS = {
    "is_older_woman": 0.9,
    "is_party_member": 0.8,
    "is_retired_cadre": 0.9,
    "is_hardship": 0.7,
    "is_migrant": -0.6,
}
"""Log rate ratio of taking part in a group (N18)."""
PERSON_SD, WAVE_SD, COMMUNITY_SD = 1.2, 0.5, 0.12
"""Standard deviations of the random effects on taking part: mostly the person, who is the same in both waves (N20)."""
FREQUENCIES = {"never": 0, "rarely": 1, "sometimes": 3, "often": 6}
"""Least acts of each category."""

ANSWER_SHARES = {
    "property_attitude": (0.160, 0.316, 0.290, 0.185, 0.049),  # N22: 47.6 % and 47.2 % dissatisfied, just under half
    "property_efficiency": (0.170, 0.302, 0.285, 0.188, 0.055),
    "environment": (0.05, 0.13, 0.30, 0.39, 0.13),
    "safety": (0.03, 0.09, 0.26, 0.45, 0.17),
    "one_stop_service": (0.04, 0.11, 0.30, 0.40, 0.15),
    "culture": (0.04, 0.12, 0.32, 0.38, 0.14),
    "overall": (0.05, 0.15, 0.34, 0.36, 0.10),
}
"""Shares of the answers in the population, from very dissatisfied to very satisfied."""


class Population(NamedTuple):
    """All adults of the communities: what they are, do and think.

    Attributes
    ----------
    people
        One row per adult, with the columns of `respondents`.
    acts
        Acts in the twelve months before a wave: wave × person × activity.
    scores
        Position of the answer on the scale of satisfaction, from 0: person × item.
    property_satisfaction
        The latent variable behind the answers on property management.
    """

    people: pd.DataFrame
    acts: np.ndarray
    scores: np.ndarray
    property_satisfaction: np.ndarray


def draw_population(rng: np.random.Generator, communities: pd.DataFrame) -> Population:
    """Draw all adults, four fifths of the residents of each community."""
    adults = (communities["residents"] * 0.8).astype(int)
    community = np.repeat(np.arange(len(communities)), adults)
    places = communities[["community_id", "subdistrict"]].iloc[community].reset_index(drop=True)
    people = _draw_adults(rng, len(community)).assign(
        community_id=places["community_id"], stratum=places["subdistrict"], cluster=places["community_id"]
    )
    return Population(people, _draw_acts(rng, people, community), *_draw_scores(rng, community))


def _draw_adults(rng: np.random.Generator, size: int) -> pd.DataFrame:
    """Draw who the adults are; the old have less schooling and are more often party members, less often migrants."""
    age = 18 + (67 * rng.beta(1.5, 1.9, size)).astype(int)
    schooling = np.digitize(rng.normal(0, 1, size) - 0.03 * (age - 45), [-1.8, -0.8, 0.2, 0.9, 1.9])
    is_cadre = (age >= 60) & (rng.random(size) < 0.08)
    is_hardship = rng.random(size) < 0.07
    income = np.exp(7.8 + 0.2 * schooling - 0.6 * is_hardship + rng.normal(0, 0.4, size))
    return pd.DataFrame(
        {
            "sex": np.where(rng.random(size) < 0.51, "female", "male"),
            "birth_year": SURVEY_YEAR - age,
            "education": np.array(EDUCATION)[schooling],
            "income": (income / 100).round() * 100,
            "is_party_member": rng.random(size) < np.where(is_cadre, 0.9, np.where(age >= 50, 0.14, 0.08)),
            "is_retired_cadre": is_cadre,
            "is_hardship": is_hardship,
            "is_migrant": rng.random(size) < np.where(age < 45, 0.3, 0.12),
        }
    )


def _groups(people: pd.DataFrame) -> dict[str, pd.Series]:
    """Find who belongs to the groups that take part more, or less (N18)."""
    is_older_woman = (people["sex"] == "female") & (SURVEY_YEAR - people["birth_year"] >= 50)
    return {group: is_older_woman if group == "is_older_woman" else people[group] for group in GROUP_EFFECTS}


def _draw_acts(rng: np.random.Generator, people: pd.DataFrame, community: np.ndarray) -> np.ndarray:
    """Draw Poisson counts, wave × person × activity, with effects of the groups, person, community and wave."""
    belongs = np.column_stack(list(_groups(people).values()))
    person = belongs @ np.array(list(GROUP_EFFECTS.values())) + rng.normal(0, PERSON_SD, len(people))
    person += rng.normal(0, COMMUNITY_SD, community.max() + 1)[community]
    wave = rng.normal(0, WAVE_SD, (len(WAVES), len(people), len(ACTIVITIES)))
    return rng.poisson(np.exp(person[None, :, None] + wave + np.array(list(ACTIVITIES.values()))))


def _draw_scores(rng: np.random.Generator, community: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Draw scores, and the latent satisfaction with property management.

    The latent variable of each item is cut so that the whole population has the shares of `ANSWER_SHARES`.
    """
    size = len(community)
    general = rng.normal(0, 1, size) + rng.normal(0, COMMUNITY_SD, community.max() + 1)[community]
    with_manager = rng.normal(0, 1, size)
    latent, scores = {}, []
    for item, shares in ANSWER_SHARES.items():
        specific = 0.9 * with_manager if item.startswith("property") else 0
        latent[item] = 0.7 * general + specific + rng.normal(0, 0.5, size)
        rank = latent[item].argsort(kind="stable").argsort(kind="stable") + 0.5
        scores.append(np.searchsorted(np.cumsum(shares)[:-1], rank / size))
    return np.column_stack(scores), latent["property_attitude"] + latent["property_efficiency"]


def draw_sample(rng: np.random.Generator, population: Population) -> pd.DataFrame:
    """Draw both waves, one row per respondent and wave; `person` is the respondent's row in the population."""
    sample = _draw_first_wave(rng, population).sample(frac=1, random_state=rng).reset_index(drop=True)
    sample["respondent_id"] = [f"R{number:04d}" for number in range(1, len(sample) + 1)]
    first = sample.join(population.people, on="person")
    second = draw_second_wave(rng, first)
    waves = pd.concat([first.assign(wave=WAVES[0]), second.assign(wave=WAVES[1])], ignore_index=True)
    return waves.round({"weight": 2})


def _draw_first_wave(rng: np.random.Generator, population: Population) -> pd.DataFrame:
    """Draw persons, with their design weights, at equal intervals from a list of each community.

    The list is in the order of satisfaction with property management: by this implicit stratification every sample has
    nearly the population's shares (N22).
    """
    samples = []
    for _, adults in population.people.groupby("community_id"):
        listed = adults.index[population.property_satisfaction[adults.index].argsort(kind="stable")]
        size = SAMPLE_SIZES[adults["stratum"].iloc[0]]
        interval = len(listed) / size
        positions = ((rng.random() + np.arange(size)) * interval).astype(int)
        samples.append(pd.DataFrame({"person": listed[positions], "weight": interval}))
    return pd.concat(samples)


def draw_second_wave(rng: np.random.Generator, first: pd.DataFrame) -> pd.DataFrame:
    """Draw the respondents of the second wave from those of the first; those lost are mostly young or migrants.

    Weighting classes are community by age under 35: in each, those left take over the weights of those lost.
    """
    is_young = SURVEY_YEAR - first["birth_year"] < 35
    attrition = 0.8 * is_young + 0.8 * first["is_migrant"] + rng.gumbel(0, 1, len(first))
    second = first.loc[attrition.sort_values(kind="stable").index[: round(PANEL_SHARE * len(first))]]
    weighting_class = first["cluster"] + is_young.map(str)
    class_left = weighting_class.loc[second.index]
    adjustment = first["weight"].groupby(weighting_class).sum() / second["weight"].groupby(class_left).sum()
    return second.assign(weight=second["weight"] * class_left.map(adjustment))


def answers(respondents: pd.DataFrame, population: Population) -> dict[str, pd.DataFrame]:
    """What respondents would tell if they answered everything: the acts of every wave, the scores of the first.

    `respondents` has one row per person and wave, with the `person`'s row in the population.
    """
    acts = population.acts[respondents["wave"].map(WAVES.index), respondents["person"]]
    told = _long(respondents, "activity", ACTIVITIES, acts)
    names, least = np.array(list(FREQUENCIES)), np.array(list(FREQUENCIES.values()))
    frequency = names[np.searchsorted(least, told["value"], side="right") - 1]
    first = respondents[respondents["wave"] == WAVES[0]]
    rated = _long(first, "item", ANSWER_SHARES, population.scores[first["person"]])
    levels = np.array(list(base().level_set("satisfaction")))
    return {
        "respondents": respondents,
        "participation": told.assign(acts=told["value"].astype("Int64"), frequency=frequency),
        "satisfaction": rated.assign(score=levels[rated["value"]]),
    }


def interview(rng: np.random.Generator, respondents: pd.DataFrame, population: Population) -> dict[str, pd.DataFrame]:
    """Ask who the respondents are, what they do, and how content they are; some answers are missing.

    Some recall the category of frequency of their acts only; of the scores some do not know, fewer refuse.
    """
    people, told, rated = answers(respondents, population).values()
    people = set_missing(rng, people, ["income"], 0.06, "refused")
    people = set_missing(rng, people, ["education"], 0.01, "not_recorded")
    told = set_missing(rng, told, ["acts", "frequency"], 0.01, "not_asked")
    told = set_missing(rng, told, ["acts", "frequency"], 0.01, "not_recorded")
    told = set_missing(rng, told, ["acts"], 0.03, "dont_know", among=told["value"] > 0)
    rated = set_missing(rng, rated, ["score"], 0.04, "dont_know")
    rated = set_missing(rng, rated, ["score"], 0.01, "refused")
    return {"respondents": people, "participation": told, "satisfaction": rated}


def _long(respondents: pd.DataFrame, column: str, questions: Iterable[str], values: np.ndarray) -> pd.DataFrame:
    """Make one row per respondent, wave and question, from `values` (respondent × question)."""
    wide = pd.DataFrame(values, columns=list(questions)).assign(**respondents[["respondent_id", "wave"]])
    return wide.melt(["respondent_id", "wave"], var_name=column, value_name="value")


def truth(population: Population) -> dict[str, float]:
    """Compute shares of all adults, of the first wave unless it says otherwise; an act of any kind is to take part."""
    first, second = population.acts.sum(axis=2)
    takes_part, takes_part_second = first > 0, second > 0
    values = {
        "rate": takes_part.mean(),
        "rate_second": takes_part_second.mean(),
        "rate_again": takes_part_second[takes_part].mean(),
    }
    values |= _concentration(first)
    values |= {f"rate_{activity}": (population.acts[0, :, i] > 0).mean() for i, activity in enumerate(ACTIVITIES)}
    values |= {f"rate_of_{group}": takes_part[belongs].mean() for group, belongs in _groups(population.people).items()}
    return values | {
        f"dissatisfied_{item}": (population.scores[:, i] < 2).mean() for i, item in enumerate(ANSWER_SHARES)
    }


def _concentration(acts: np.ndarray) -> dict[str, float]:
    """Compute the mean of the acts, their Gini coefficient, and the share of the most active tenth."""
    ordered = np.sort(acts)
    rank = (np.arange(len(ordered)) + 0.5) / len(ordered)
    return {
        "acts_mean": ordered.mean(),
        "acts_gini": 2 * (rank * ordered).mean() / ordered.mean() - 1,
        "acts_top_tenth": ordered[-(len(ordered) // 10) :].sum() / ordered.sum(),
    }
