"""Who the staff are: sex, date of birth, education, skills and party membership of each person."""

import datetime

import numpy as np
import pandas as pd

from analysis.simulate.quotas import AGE_BANDS, COLLEGE, EDUCATION, TERMS, Quota


def draw_persons(rng: np.random.Generator, quota: Quota, careers: pd.DataFrame) -> pd.DataFrame:
    """Draw what each person is, by number: as the quotas say of the profile, the older with less schooling.

    `careers` has one row per term and seat. Nobody outgrows the age band of the profile in the terms that they serve.
    """
    numbers, bands = np.arange(2 * quota.persons), np.array(quota.bands)
    profile = numbers % quota.size
    youth_rank = np.argsort(-bands + rng.normal(0, 0.8, quota.size), kind="stable").argsort(kind="stable")
    first_day, years_served = _served(careers, numbers % quota.persons)
    youngest, oldest = np.array(AGE_BANDS)[bands[profile]].T
    age = rng.integers(youngest, oldest - years_served, endpoint=True)
    education = np.repeat(EDUCATION, quota.education)[youth_rank[profile]]
    return pd.DataFrame(
        {
            "education": education,
            "skills": _draw_skills(rng, uses_computer=(youth_rank >= quota.size - quota.computer)[profile]),
            "certificates": _draw_certificates(rng, education),
            "sex": rng.permutation(np.repeat(["female", "male"], [quota.women, quota.size - quota.women]))[profile],
            "birth_date": _draw_birth_dates(rng, age, first_day),
            "is_party_member": profile < sum(quota.members),
        }
    )


def _served(careers: pd.DataFrame, numbers: np.ndarray) -> tuple[list[datetime.date], list[int]]:
    """Find the first day of the first term that persons serve, and the years from it to that of their last term.

    A number that nobody has gets the first of all terms.
    """
    days = careers["term"].map(TERMS).groupby(careers["person"])
    first, last = (served.reindex(numbers, fill_value=min(TERMS.values())) for served in (days.min(), days.max()))
    return list(first), [end.year - start.year for start, end in zip(first, last, strict=True)]


def _draw_skills(rng: np.random.Generator, uses_computer: np.ndarray) -> list[str]:
    """Draw the set of skills of each person."""
    skills = {
        "computer": uses_computer,
        "social_work": rng.random(len(uses_computer)) < 0.3,
        "mediation": rng.random(len(uses_computer)) < 0.35,
    }
    return [";".join(skill for skill in skills if skills[skill][i]) for i in range(len(uses_computer))]


def _draw_certificates(rng: np.random.Generator, education: np.ndarray) -> np.ndarray:
    """Draw certificates of social work, which those with college hold more often; empty for none."""
    is_certified = rng.random(len(education)) < np.where(np.isin(education, COLLEGE), 0.3, 0.06)
    certificates = rng.choice(["assistant_social_worker", "social_worker"], len(education), p=[0.75, 0.25])
    return np.where(is_certified, certificates, "")


def _draw_birth_dates(rng: np.random.Generator, age: np.ndarray, days: list[datetime.date]) -> list[datetime.date]:
    """Draw the dates of birth of persons who have these ages, in completed years, on these days."""
    return [
        day.replace(year=day.year - int(years)) - datetime.timedelta(int(since_birthday))
        for day, years, since_birthday in zip(days, age, rng.integers(0, 365, len(age)), strict=True)
    ]
