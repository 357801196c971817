"""Ciudad Juárez: numbers of its chapters, counted again from the SPSS files with nothing but pandas.

Q130 and Q144 are the household's income a week in 18 bands, the first below 1,494 pesos and the fourth from 4,481 on; 19 in
Q130 has no label. Q29 asks who organised what one went to (3: did not go), Q125 and Q129 for yes (1) or no (2). Of the
perception survey two rows have no district, and are set aside.
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from surveyed import one

from analysis import participation, satisfaction, study
from analysis.study import Study

NAME = "juarez_aej_2021"
WENT = [f"Q29.{kind}.1" for kind in range(1, 11)]
DID = [f"Q125.{kind}" for kind in range(1, 12)] + [f"Q129.{kind}" for kind in range(1, 15)]
SERVICES = ["Q57.1", "Q58.1", "Q59.1", "Q60.1", "Q61.1", "AreasVerdes1a5", "Pavimento1a5", "Electrica1a5"]


@pytest.fixture(scope="module")
def juarez(shared_data: Path) -> Study:
    if not (shared_data / NAME).is_dir():
        pytest.skip(f"the data of {NAME} are not at {shared_data}; its origin.yml says where to get them")
    return study.open(NAME, str(shared_data))


@pytest.fixture(scope="module")
def asked_what_they_do(shared_data: Path, juarez: Study) -> pd.DataFrame:
    rows, _ = pyreadstat.read_sav(str(shared_data / NAME / "aej_participacion_2021_subset.sav"))
    return rows.assign(takes_part=_any(rows[DID].eq(1), rows[DID]))


@pytest.fixture(scope="module")
def asked_of_services(shared_data: Path, juarez: Study) -> pd.DataFrame:
    rows, _ = pyreadstat.read_sav(str(shared_data / NAME / "aej_percepcion_2021_subset.sav"))
    rows = rows[pd.to_numeric(rows["Q2"]).notna()]
    return rows.assign(takes_part=_any(rows[WENT].isin([1, 2, 4]), rows[WENT]))


def _any(is_yes: pd.DataFrame, answers: pd.DataFrame) -> pd.Series:
    """Whether somebody did any of them; missing where an answer is."""
    return is_yes.any(axis=1).astype(float).mask(answers.isna().any(axis=1))


@pytest.fixture(scope="module")
def taking_part(juarez: Study) -> pd.DataFrame:
    return participation.measures(juarez)


@pytest.fixture(scope="module")
def satisfied(juarez: Study) -> pd.DataFrame:
    return satisfaction.measures(juarez)


def test_who_takes_part_in_anything(taking_part, asked_what_they_do, asked_of_services):
    for wave, rows in (("participation", asked_what_they_do), ("perception", asked_of_services)):
        row = one(taking_part, "participation_rate", wave=wave)
        assert row["estimate"] == pytest.approx(rows["takes_part"].mean())
        assert row["n"] == rows["takes_part"].notna().sum()


@pytest.mark.parametrize(
    ("group", "bands"), [("lowest_income", [1]), ("higher_income", range(4, 19))], ids=["lowest", "higher"]
)
def test_who_takes_part_by_the_households_income(taking_part, asked_what_they_do, group, bands):
    rows = asked_what_they_do[asked_what_they_do["Q144"].isin(list(bands))]
    row = one(taking_part, "group_rate", group=group, wave="participation")
    assert row["estimate"] == pytest.approx(rows["takes_part"].mean())
    assert row["n"] == rows["takes_part"].notna().sum()


def test_concentration_by_income_ranks_the_bands_with_ties_in_their_middle(taking_part, asked_what_they_do):
    # C = 2 cov(y, r) / mean(y), r the fractional rank: Kakwani, Wagstaff & van Doorslaer (1997), J. of Econometrics 77
    known = asked_what_they_do.dropna(subset=["Q144", "takes_part"])
    band = known["Q144"].clip(upper=6)
    rank = (band.rank(method="average") - 0.5) / len(band)
    covariance = np.cov(known["takes_part"], rank, bias=True)[0, 1]
    row = one(taking_part, "participation_concentration_index", ranked_by="income_band", wave="participation")
    assert row["estimate"] == pytest.approx(2 * covariance / known["takes_part"].mean())


def test_what_is_not_told_of_income_is_missing_and_no_band(juarez):
    people = juarez.table("respondents")
    perception = people[people["wave"] == "perception"]
    assert (perception["income_band_missing"] == "unknown").sum() == 72  # the code 19, as SOURCE and file have it
    assert people.loc[people["wave"] == "participation", "income_band"].isna().sum() == 339


def test_the_scale_is_made_of_the_services_that_everybody_was_asked_for(satisfied, asked_of_services):
    # Cronbach's alpha from the file: k/(k − 1) (1 − Σ variances / variance of the sum), 6 being don't know
    answers = asked_of_services[SERVICES].mask(asked_of_services[SERVICES] == 6).dropna()
    k = len(SERVICES)
    alpha = k / (k - 1) * (1 - answers.var().sum() / answers.sum(axis=1).var())
    row = one(satisfied, "satisfaction_alpha")
    assert row["n"] == len(answers)
    assert row["estimate"] == pytest.approx(alpha)


def test_who_has_no_sports_ground_nearby_was_not_asked_for_it(satisfied, asked_of_services):
    row = one(satisfied, "item_nonresponse", item="sports_grounds")
    assert row["n"] == asked_of_services["Q66.1"].notna().sum()
    assert row["estimate"] == 0


def test_surveys_of_other_activities_have_no_change_between_them(taking_part):
    row = one(taking_part, "rate_change")
    assert np.isnan(row["estimate"])
    assert row["reason"] == "activities_differ"
