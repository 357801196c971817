"""What every measure keeps to: one loop over all that the synthetic Nanchang study has."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd
import pytest

from analysis import compute
from analysis.catalogue import entries
from analysis.errors import StudyError
from analysis.measure import COLUMNS, arranged, combined, dimensions, identified
from analysis.registers import quotients

CATALOGUE = entries("measures")
RANGES = {
    "proportion": (0, 1), "proportion_per_year": (0, 1), "index": (0, 1), "rate": (0, 2), "rate_per_year": (0, 2),
    "points": (-1, 1), "ranks": (-np.inf, np.inf),
}  # fmt: skip
"""Other units reach from 0 upwards."""
SIGNED = (
    r"^net_|change|effect|gap|concentration_index|erreygers|wagstaff|importance|odds_log|points|relative|correlation"
    r"|_from_|gini_sources|theil_groups|contrast|difference"
)
"""Measures that may be negative: changes, differences, effects, and indices between −1 and 1."""
UNBOUNDED = r"theil|ge2"
"""Indices without an upper end."""
SEVERAL_UNITS = ("acts_gini_sources", "acts_theil_groups")
"""Measures of which some components are shares of the others."""
BREAKDOWNS = {"in all": (), "by sex": ("sex",)}


@pytest.fixture(scope="module")
def measured(nanchang):
    """A function that gives every measure by some columns, computed once."""
    return cache(lambda by: compute.measures(nanchang, by=list(by)))


@pytest.fixture(params=BREAKDOWNS.values(), ids=BREAKDOWNS)
def table(request, measured):
    return measured(request.param)


def of_each(table):
    """The rows of each measure, with its name and its entry in the catalogue."""
    assert table["measure"].nunique() > 100
    return [(name, rows, CATALOGUE["measures"][name]) for name, rows in table.groupby("measure")]


def named(table, is_wrong):
    """The measures of the rows of which something is true."""
    return sorted({*table.loc[is_wrong, "measure"]})


def test_every_measure_table_has_the_columns(table):
    assert {*COLUMNS} <= {*table}


def test_every_measure_and_its_unit_are_in_the_catalogue(table):
    for name, rows, entry in of_each(table):
        unit = entry["unit"]
        assert unit in CATALOGUE["units"], name
        if name in SEVERAL_UNITS or unit == "value":  # the unit of a column of any kind is the column's
            assert set(rows["unit"]) <= {*CATALOGUE["units"]}, name
        else:
            assert set(rows["unit"]) <= {unit}, name


def test_every_estimate_is_in_the_range_of_its_unit(table):
    for name, rows, entry in of_each(table):
        least, most = RANGES.get(entry["unit"], (0, np.inf))
        if re.search(SIGNED, name):
            least = -np.inf if most == np.inf or rows["unit"].eq("index").any() else -most
        if re.search(UNBOUNDED, name):
            most = np.inf
        assert rows["estimate"].dropna().between(least, most).all(), name


def test_an_estimate_is_missing_if_and_only_if_a_reason_is_given(table):
    assert named(table, table["estimate"].isna() != (table["reason"] != "")) == []


def test_a_census_carries_no_interval(table):
    is_told = table[["se", "low", "high", "df"]].notna().any(axis=1)
    assert named(table, (table["interval"] == "census") & is_told) == []


def test_an_interval_holds_its_estimate(table):
    inside = table.dropna(subset=["low", "high", "estimate"])
    assert named(inside, (inside["low"] > inside["estimate"]) | (inside["estimate"] > inside["high"])) == []


def test_every_row_rests_on_persons_and_names_table_and_window(table, nanchang):
    assert named(table, ~(table["n"] >= 0)) == []
    assert set(table["table"]) <= set(nanchang.reading.tables)
    assert named(table, table["window"] == "") == []
    assert set(table.loc[table["is_weighted"], "table"]) <= {"respondents", "participation", "satisfaction"}


def test_a_share_is_its_numerator_over_its_denominator(table):
    is_counted = (table["unit"] == "proportion") & (table["measure"] != "tenure_survival") & ~table["is_weighted"]
    shares = table[is_counted].dropna(subset=["estimate", "numerator"])
    assert shares["estimate"].to_numpy() == pytest.approx((shares["numerator"] / shares["denominator"]).to_numpy())


def test_a_row_of_a_measure_is_named_by_its_dimensions(table):
    assert named(table, table.duplicated(["measure", *dimensions(table)])) == []


@pytest.mark.parametrize("by", BREAKDOWNS.values(), ids=BREAKDOWNS)
def test_the_order_of_the_rows_changes_no_measure(by, nanchang, measured):
    tables = {table: rows.sample(frac=1, random_state=7) for table, rows in nanchang.reading.tables.items()}
    shuffled = replace(nanchang, reading=nanchang.reading._replace(tables=tables))
    pd.testing.assert_frame_equal(measured(by), compute.measures(shuffled, by=list(by)))


def test_one_measure_by_name_is_its_rows_of_the_whole(nanchang, measured):
    found = compute.measures(nanchang, "renewal_rate")
    whole = measured(())
    assert found["estimate"].tolist() == whole.loc[whole["measure"] == "renewal_rate", "estimate"].tolist()


def test_a_misspelt_measure_is_refused_with_the_nearest_name(nanchang):
    with pytest.raises(StudyError) as refused:
        compute.measures(nanchang, "renewal_rat")
    assert (refused.value.key, refused.value.facts["nearest"]) == ("unknown_measure", "renewal_rate")


def test_a_group_that_no_table_has_is_refused(nanchang):
    with pytest.raises(StudyError) as refused:
        compute.measures(nanchang, by=["sexx"])
    assert (refused.value.key, refused.value.facts["nearest"]) == ("unknown_group", "sex")


# Ids


def test_no_two_rows_have_one_id_and_the_order_changes_none(table):
    ids = identified(table)
    assert len({*ids}) == len(table)
    assert identified(table[::-1]) == ids[::-1]


def test_an_id_names_the_measure_and_what_it_is_of():
    given = {"measure": "share", "estimate": 0.5, "n": 2, "unit": "proportion", "table": "roster"}
    of = ({"sex": "female", "window": "2018"}, {"wave": "a[b;=%] c"}, {})
    table = combined(arranged(pd.DataFrame([given | dimension])) for dimension in of)
    assert identified(table) == ["share[sex=female;window=2018]", "share[wave=a%5Bb%3B%3D%25%5D%20c]", "share[]"]


# Quotients


def groups(numerators, denominators):
    return pd.DataFrame({"term": "T1", "numerator": numerators, "denominator": denominators})


def test_a_base_of_zero_is_missing_with_a_reason_and_not_zero():
    two_terms = groups([0, 1], [0, 2]).assign(term=["T1", "T2"])
    rows = quotients("female_share", two_terms, unit="proportion", table="roster")
    assert rows["estimate"].isna().tolist() == [True, False]
    assert rows["reason"].tolist() == ["empty_base", ""]
    assert rows["n"].tolist() == [0, 2]


def test_a_superpopulation_gives_a_proportion_of_persons_a_wilson_interval():
    share = quotients("female_share", groups([3], [25]), unit="proportion", table="roster", registers="superpopulation")
    assert share["interval"].tolist() == ["register_wilson"]
    assert share[["low", "high"]].to_numpy().ravel() == pytest.approx([0.0417, 0.2996], abs=5e-5)  # METHODS §7


def test_a_superpopulation_gives_a_mean_the_error_of_a_simple_random_sample():
    # 1, 2, 3, 6: mean 3, s² = 14/3, s/√n = √(7/6) = 1.0801; t(3) = 3.1824
    rows = quotients(
        "posts_held", groups([1, 2, 3, 6], [1] * 4), unit="posts", table="roster", registers="superpopulation"
    )
    assert rows[["estimate", "se", "low", "high"]].to_numpy().ravel() == pytest.approx(
        [3, 1.0801, 3 - 3.4374, 3 + 3.4374], abs=1e-4
    )
    assert rows["interval"].tolist() == ["register_t"]


def test_a_rate_over_units_has_the_error_of_a_ratio():
    # 2 of 4, 1 of 6: R = .3; residuals ±.8 over a total of 10: se = √(2/1 · 2 · .8²)/10 = .16
    rows = quotients("leaver_rate", groups([2, 1], [4, 6]), unit="rate", table="roster", registers="superpopulation")
    assert rows[["estimate", "se"]].to_numpy().ravel() == pytest.approx([0.3, 0.16])


def test_tables_of_different_dimensions_become_one():
    first = quotients("female_share", groups([1], [2]), unit="proportion", table="roster")
    second = first.assign(sex="female")
    both = combined([first, second])
    assert dimensions(both) == ["term", "sex"]
    assert both["sex"].isna().tolist() == [True, False]
    assert not len(combined([]))
    assert {*COLUMNS} <= {*combined([])}


def test_a_row_that_names_no_time_takes_it_from_its_dimensions():
    facts = {"measure": "acts_mean", "estimate": [1.0, 2.0], "n": 1, "unit": "acts", "table": "participation"}
    rows = arranged(pd.DataFrame(facts | {"wave": ["first", None], "window": ["", "2018"]}))
    assert list(rows["window"]) == ["first", "2018"]
