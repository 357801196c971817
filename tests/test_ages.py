"""Ages by hand. Golden values: METHODS §2 (the project's definitions)."""

import pandas as pd
import pytest

from analysis.ages import age_bands, completed_years
from analysis.catalogue import base
from analysis.settings import Term

TERMS = {"T1": Term(start="2015-07-01", end="2018-07-01")}


def age(born, on, year_only=False):
    people = pd.DataFrame({"term": ["T"], "birth_year": pd.array([int(born[:4])], dtype="Int64")})
    if not year_only:
        people["birth_date"] = pd.to_datetime([born]).astype("datetime64[s]")
    years, month_and_day = int(on[:4]), on[4:]
    return completed_years(people, {"T": Term(start=on, end=f"{years + 3}{month_and_day}")}).iloc[0]


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        pytest.param("1970-06-30", "2015-07-01", 45, id="the day after the birthday"),
        pytest.param("1970-07-01", "2015-07-01", 45, id="on the birthday"),
        pytest.param("1970-07-02", "2015-07-01", 44, id="the day before the birthday"),
        pytest.param("1980-02-29", "2015-02-28", 34, id="29 February, the day before 1 March of a common year"),
        pytest.param("1980-02-29", "2015-03-01", 35, id="29 February, on 1 March of a common year"),
        pytest.param("1980-02-29", "2016-02-28", 35, id="29 February, the day before it in a leap year"),
    ],
)
def test_age_is_in_completed_years_on_the_first_day_of_the_term(born, on, years):
    assert age(born, on) == years


@pytest.mark.parametrize(("on", "years"), [("2015-06-30", 44), ("2015-07-01", 45)])
def test_who_has_a_year_of_birth_only_has_the_birthday_on_1_july(on, years):
    assert age("1970", on, year_only=True) == years


def test_a_date_is_used_where_it_is_known_and_the_year_where_it_is_not():
    people = pd.DataFrame({"term": ["T1"] * 3, "birth_year": pd.array([1970, 1970, None], dtype="Int64")})
    people["birth_date"] = pd.to_datetime(["1970-12-31", None, None]).astype("datetime64[s]")
    ages = completed_years(people, TERMS)
    assert ages.tolist()[:2] == [44, 45]
    assert ages.isna().tolist() == [False, False, True]


def test_bands_are_closed_on_the_left_and_leave_no_gap():
    years = pd.Series([0, 34, 35, 44, 45, 49, 50, 54, 55, 59, 60, 99, None], dtype="Int64")
    bands = age_bands(years, base().level_set("age_band"))
    by_hand = ["under_35"] * 2 + ["from_35"] * 2 + ["from_45"] * 2 + ["from_50"] * 2 + ["from_55"] * 2 + ["from_60"] * 2
    assert bands.tolist()[:-1] == by_hand
    assert pd.isna(bands.iloc[-1])
