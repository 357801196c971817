"""Social organisations by hand: three communities, of which one has none."""

import numpy as np
import pandas as pd
import pytest
from surveyed import one

from analysis import study
from analysis.monitoring import organisations

LISTED = pd.DataFrame(
    {
        "organisation_id": ["O1", "O2", "O3", "O4"],
        "community_id": ["C1", "C1", "C2", "C2"],
        "organisation_kind": pd.array(["volunteers", "council", "volunteers", pd.NA], dtype="str"),
        "members": pd.array([10, 20, 30, pd.NA], dtype="Int64"),
        "has_venue": pd.array([True, False, True, True], dtype="boolean"),
        "funding": [1000.0, 3000.0, 8000.0, np.nan],
    }
)
COMMUNITIES = pd.DataFrame(
    {
        "community_id": ["C1", "C2", "C3"],
        "subdistrict": ["S", "S", "T"],
        "residents": pd.array([2000, 3000, pd.NA], dtype="Int64"),
    }
)


def test_organisations_are_counted_and_one_of_unknown_kind_is_a_row():
    table = organisations.numbers(LISTED)
    assert one(table, "organisation_count")["estimate"] == 4
    kinds = table[table["measure"] == "organisation_kind_count"].set_index("organisation_kind")["estimate"]
    assert kinds.to_dict() == {"volunteers": 2, "council": 1, "unknown": 1}


def test_the_density_is_over_residents_of_communities_that_know_theirs():
    row = one(organisations.density(LISTED, COMMUNITIES), "organisation_density")
    assert row["estimate"] == pytest.approx(8)  # 4 of 5,000
    assert (row["n"], row["interval"]) == (4, "census")


def test_means_leave_out_what_is_missing_and_say_so():
    table = organisations.means(LISTED)
    assert one(table, "organisation_members")["estimate"] == 20
    assert one(table, "organisation_members")["excluded"] == "members not_recorded 1"
    assert one(table, "organisation_venue_share")["estimate"] == 0.75
    assert one(table, "organisation_funding")["estimate"] == 4000
    assert one(table, "organisation_funding_median")["estimate"] == 3000
    by_kind = organisations.means(LISTED, ["organisation_kind"])
    assert one(by_kind, "organisation_venue_share", organisation_kind="volunteers")["estimate"] == 1
    row = one(by_kind, "organisation_members", organisation_kind="unknown")
    assert (np.isnan(row["estimate"]), row["reason"]) == (True, "empty_base")


def test_communities_without_an_organisation_are_counted_among_all():
    row = organisations.without(LISTED, COMMUNITIES).iloc[0]
    assert (row["estimate"], row["n"]) == (1, 3)
    by_place = organisations.without(LISTED, COMMUNITIES, ["subdistrict"]).set_index("subdistrict")["estimate"]
    assert by_place.to_dict() == {"S": 0, "T": 1}


def test_the_synthetic_city_has_two_troupes_and_one_of_each_other_kind_in_every_community(nanchang):
    table = organisations.measures(nanchang)
    kinds = table[table["measure"] == "organisation_kind_count"].set_index("organisation_kind")["estimate"]
    assert kinds.to_dict() == {
        "arts_and_sports": 24,
        "council": 12,
        "mutual_aid": 12,
        "volunteers": 12,
    }  # 12 communities
    assert one(table, "communities_without_organisation")["estimate"] == 0
    assert set(table["interval"]) == {"census"}


def test_a_study_without_organisations_has_no_such_measures(make_study, nanchang):
    assert not len(organisations.measures(study.open(str(make_study()))))
    assert not len(organisations.measures(nanchang, ["sex"]))
