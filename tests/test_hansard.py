"""The Hansard audit: weighted numbers of its chapters, counted again from the file with nothing but pandas.

Codes are those of SN7577.tab; studies/hansard_audit11_2013/study.yml says what they mean. Of Q5a the answers i to xiii
are activities, xiv is "don't know" and xv "none of these".
"""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from surveyed import one

from analysis import data_quality, participation, satisfaction, study
from analysis.reporting.wording import Wording
from analysis.study import Study

NAME = "hansard_audit11_2013"
NUMBERS = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii", "xiii")
KINDS = [f"Q5a{number}" for number in NUMBERS]


@pytest.fixture(scope="module")
def hansard(shared_data: Path) -> Study:
    if not (shared_data / NAME).is_dir():
        pytest.skip(f"the data of {NAME} are not at {shared_data}; its origin.yml says where to get them")
    return study.open(NAME, str(shared_data))


@pytest.fixture(scope="module")
def written(shared_data: Path, hansard: Study) -> pd.DataFrame:
    """The file as it stands, with whether somebody did any of the thirteen; missing for who said don't know."""
    columns = [*KINDS, "Q5axiv", "Q8", "numage", "class", "gor", "qual", "ethnic", "tenure", "wts"]
    rows = pd.read_csv(shared_data / NAME / "SN7577.tab", sep="\t", usecols=columns)
    any_of_them = rows[KINDS].max(axis=1).astype(float).mask(rows["Q5axiv"] == 1)
    return rows.assign(takes_part=any_of_them, score=(4 - rows["Q8"].mask(rows["Q8"] == 5)) / 3 * 100)


@pytest.fixture(scope="module")
def taking_part(hansard: Study) -> pd.DataFrame:
    return participation.measures(hansard)


@pytest.fixture(scope="module")
def satisfied(hansard: Study) -> pd.DataFrame:
    return satisfaction.measures(hansard)


def weighted(values: pd.Series, weights: pd.Series) -> float:
    known = values.notna()
    return float((values * weights)[known].sum() / weights[known].sum())


def test_who_does_any_of_the_thirteen_with_the_error_of_a_weighted_sample(taking_part, written):
    row = one(taking_part, "participation_rate")
    known = written[written["takes_part"].notna()]
    share = weighted(known["takes_part"], known["wts"])
    scores = known["wts"] * (known["takes_part"] - share) / known["wts"].sum()
    assert row["estimate"] == pytest.approx(share)
    n = len(written)  # who is not in the base is sampled nevertheless, as a domain has it
    assert row["se"] == pytest.approx(np.sqrt(n / (n - 1) * (scores**2).sum()))
    assert row["n"] == 1286 - 9


@pytest.mark.parametrize(
    ("activity", "column"), [("politician", "Q5ai"), ("e_petition", "Q5av"), ("vote", "Q5axi"), ("online", "Q5axii")]
)
def test_how_many_did_each_thing(taking_part, written, activity, column):
    known = written[written["Q5axiv"] == 0]
    row = one(taking_part, "activity_rate", activity=activity)
    assert row["estimate"] == pytest.approx(weighted(known[column], known["wts"]))
    assert row["excluded"] == "takes_part dont_know 9"


GROUPS = {
    "class_ab": lambda rows: rows["class"] == 1,
    "class_de": lambda rows: rows["class"] == 4,
    "graduates": lambda rows: rows["qual"].isin([4, 5]),
    "social_tenants": lambda rows: rows["tenure"].isin([3, 5]),
    "other_ethnic_groups": lambda rows: rows["ethnic"] == 2,
    "under_35": lambda rows: rows["numage"].between(1, 34),
}


@pytest.mark.parametrize("group", GROUPS)
def test_the_rate_of_a_group(taking_part, written, group):
    members = written[GROUPS[group](written)]
    expected = weighted(members["takes_part"], members["wts"])
    assert one(taking_part, "group_rate", group=group)["estimate"] == pytest.approx(expected)


def test_social_tenants_are_half_as_many_among_those_who_take_part(taking_part, written):
    known = written[written["takes_part"].notna() & (written["tenure"] != 7)]  # 7: refused
    tenants, active = known["tenure"].isin([3, 5]), known["takes_part"] == 1
    weight = known["wts"]
    ratio = (weight[tenants & active].sum() / weight[active].sum()) / (weight[tenants].sum() / weight.sum())
    row = one(taking_part, "representation_ratio", group="social_tenants", among="participants")
    assert row["estimate"] == pytest.approx(ratio)
    assert ratio == pytest.approx(0.52, abs=0.005)


def test_taking_part_is_ranked_by_class_from_de_to_ab(taking_part, written):
    known = written[written["takes_part"].notna()].sort_values("class", ascending=False)
    share = known["wts"] / known["wts"].sum()
    of_class = share.groupby(known["class"]).sum().sort_index(ascending=False)
    middle = (of_class.cumsum() - of_class / 2).reindex(known["class"]).to_numpy()  # ties in their middle
    mean = (share * known["takes_part"]).sum()
    expected = 2 / mean * (share * known["takes_part"] * (middle - 0.5)).sum()
    row = one(taking_part, "participation_concentration_index", ranked_by="social_class")
    assert row["estimate"] == pytest.approx(expected)
    assert expected > 0


def test_schooling_of_which_one_category_is_open_has_no_rank(taking_part):
    ranked = taking_part.loc[taking_part["measure"].str.endswith("concentration_index"), "ranked_by"]
    assert set(ranked) == {"social_class"}


def test_satisfaction_has_four_levels_and_no_middle(satisfied, written):
    known = written[written["Q8"] != 5]
    shares = {
        "satisfied_share": weighted(known["Q8"].isin([1, 2]), known["wts"]),
        "dissatisfied_share": weighted(known["Q8"].isin([3, 4]), known["wts"]),
        "satisfaction_score": weighted(written["score"], written["wts"]),
    }
    for measure, expected in shares.items():
        assert one(satisfied, measure)["estimate"] == pytest.approx(expected)
    assert shares["satisfied_share"] + shares["dissatisfied_share"] == pytest.approx(1)
    assert one(satisfied, "item_nonresponse")["estimate"] == pytest.approx(weighted(written["Q8"] == 5, written["wts"]))


@pytest.mark.parametrize(("region", "code"), [("scotland", 6), ("south_west", 8), ("london", 3), ("wales", 9)])
def test_the_score_of_a_region(hansard, written, region, code):
    scores = satisfaction.measures(hansard, ["community_id"])
    there = written[written["gor"] == code]
    row = one(scores, "group_score", community_id=region)
    assert row["estimate"] == pytest.approx(weighted(there["score"], there["wts"]))


def test_weights_leave_959_of_1286(hansard, written):
    weights = written["wts"]
    row = one(data_quality.measures(hansard), "weight_effective_n")
    assert row["estimate"] == pytest.approx(weights.sum() ** 2 / (weights**2).sum())
    assert row["estimate"] == pytest.approx(959, abs=0.5)


@pytest.mark.parametrize(("language", "name"), [("zh", "苏格兰"), ("en", "Scotland")])
def test_regions_are_named_in_both_languages(hansard, language, name):
    words = Wording(hansard.catalogue, language)
    assert words.label("community_id", "scotland") == name
    assert words.place("community_id") == {"zh": "大区", "en": "region"}[language]


def test_every_estimate_is_marked_as_one_of_a_quota_sample(hansard, taking_part):
    assert hansard.origin.sampling_kind == "quota"
    assert Wording(hansard.catalogue, "zh").notes(taking_part)[0].startswith("非概率样本")
