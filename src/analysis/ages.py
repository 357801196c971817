"""Ages of persons, from what was recorded of them: years, a year of birth or a date."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis.catalogue import Entry
from analysis.reading.convert import MISSING
from analysis.settings import Term


def completed_years(people: pd.DataFrame, terms: Mapping[str, Term]) -> pd.Series:
    """Age in completed years on the first day of the term.

    Where only the year of birth is known the birthday is taken to be 1 July, so that the age can be one year off.
    """
    on = people["term"].map({name: pd.Timestamp(term.start) for name, term in terms.items()}).astype("datetime64[s]")
    mid_year = pd.to_datetime(people["birth_year"].astype("str") + "-07-01", errors="coerce").astype("datetime64[s]")
    born = people["birth_date"].fillna(mid_year) if "birth_date" in people else mid_year
    before_birthday = (on.dt.month < born.dt.month) | ((on.dt.month == born.dt.month) & (on.dt.day < born.dt.day))
    return (on.dt.year - born.dt.year - before_birthday.astype(int)).astype("Int64")


def age_bands(ages: pd.Series, bands: Mapping[str, Entry]) -> pd.Series:
    """The band of each age: bands are closed on the left and leave no gap; missing stays missing."""
    edges = [int(band["from"]) for band in bands.values()]
    return pd.Series(pd.cut(ages.astype("Float64"), [*edges, np.inf], right=False, labels=list(bands)).astype("str"))


def with_age(respondents: pd.DataFrame, wave_years: dict[str, int]) -> pd.DataFrame:
    """Respondents with `age_years`: as recorded, or the wave's year less the year of birth, which may be one year off."""
    if "age_years" in respondents or "birth_year" not in respondents:
        return respondents
    year = respondents["wave"].astype("str").map(wave_years).astype("Int64")
    if year.isna().all():
        return respondents
    aged = respondents.assign(age_years=year - respondents["birth_year"].astype("Int64"))
    reasons = "birth_year" + MISSING
    return aged.assign(**{"age_years" + MISSING: respondents[reasons]}) if reasons in respondents else aged
