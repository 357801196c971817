"""Tests of independence and differences of two groups: the textbook's where there is no design, and what must not matter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.errors import StudyError
from analysis.inference import Census, SurveyDesign, chi_square, difference, differences, joined, mean, t_tests

KINDS = ("F", "chi2", "wald", "adjusted_wald")
cells = st.lists(st.integers(1, 12), min_size=6, max_size=6)
NUMBERS = ["statistic", "df", "denominator_df", "p"]


def crossed(counts, columns=3):
    """A frame with so many rows in each cell."""
    rows = [(f"r{i // columns}", f"c{i % columns}") for i, count in enumerate(counts) for _ in range(count)]
    return pd.DataFrame(rows, columns=["a", "b"])


some = settings(max_examples=30)


def facts(frame, design=None, kind="F", **others):
    made = chi_square(frame, "a", "b", design or SurveyDesign(), kind=kind, **others).facts
    return [made[name] for name in NUMBERS]


@some
@given(cells)
def test_in_a_simple_random_sample_it_is_pearsons_test(counts):
    # its design effect is n/(n − 1), of each contrast: the with-replacement variance has n − 1
    drawn = crossed(counts)
    made = chi_square(drawn, "a", "b", SurveyDesign(), kind="chi2").facts
    pearson = stats.chi2_contingency(np.reshape(counts, (2, 3)), correction=False)
    n = sum(counts)
    assert made["pearson"] == pytest.approx(pearson.statistic, abs=1e-9)
    assert made["design_effect"] == pytest.approx(n / (n - 1))
    assert made["statistic"] == pytest.approx(pearson.statistic * (n - 1) / n, abs=1e-9)
    assert (made["df"], made["denominator_df"]) == (2, np.inf)
    statistic, df, below, _ = facts(drawn)
    assert (statistic, df, below) == pytest.approx((made["statistic"] / 2, 2, 2 * (n - 1)), abs=1e-9)


@some
@given(cells)
def test_persons_counted_twice_in_a_cluster_prove_no_more(counts):
    once = crossed(counts).assign(person=lambda d: np.arange(len(d)))
    twice = pd.concat([once, once], ignore_index=True)
    for kind in KINDS:
        assert facts(twice, SurveyDesign(clusters="person"), kind) == pytest.approx(facts(once, kind=kind), abs=1e-9)


@some
@given(cells, st.sampled_from([1e-6, 7.3, 1e8]))
def test_neither_the_scale_of_the_weights_nor_the_order_of_rows_matters(counts, scale):
    drawn = crossed(counts).assign(w=lambda d: 1 + np.arange(len(d)) % 3)
    other = drawn.assign(w=drawn["w"] * scale).iloc[::-1]
    for kind in KINDS:
        expected = facts(drawn, SurveyDesign(weights="w"), kind)
        assert facts(other, SurveyDesign(weights="w"), kind) == pytest.approx(expected, rel=1e-6, abs=1e-9)


@some
@given(cells)
def test_rows_and_columns_may_change_places(counts):
    drawn = crossed(counts).assign(w=lambda d: 1 + np.arange(len(d)) % 3)
    turned = drawn.rename(columns={"a": "b", "b": "a"})
    for kind in KINDS:
        expected = facts(drawn, SurveyDesign(weights="w"), kind)
        assert facts(turned, SurveyDesign(weights="w"), kind) == pytest.approx(expected, abs=1e-9)


def test_proportional_rows_are_independent():
    for kind in KINDS:
        statistic, _, _, p = facts(crossed([2, 4, 6, 4, 8, 12]), kind=kind)
        assert (statistic, p) == pytest.approx((0, 1), abs=1e-12)


def test_a_cell_without_rows_is_no_obstacle():
    made = chi_square(crossed([5, 0, 4, 2, 6, 3]), "a", "b", SurveyDesign())
    assert made.table["estimate"].tolist() == [0.25, 0, 0.2, 0.1, 0.3, 0.15]
    assert made.table["numerator"].tolist() == [5, 0, 4, 2, 6, 3]
    assert 0 < made.facts["p"] < 1


def test_the_table_has_the_cells_as_shares_of_the_population():
    drawn = crossed([1, 1, 1, 1], columns=2).assign(w=[1, 2, 3, 4])
    table = chi_square(drawn, "a", "b", SurveyDesign(weights="w")).table
    assert table[["a", "b", "estimate"]].to_numpy().tolist() == [
        ["r0", "c0", 0.1],
        ["r0", "c1", 0.2],
        ["r1", "c0", 0.3],
        ["r1", "c1", 0.4],
    ]


def test_rows_with_a_missing_value_are_not_in_the_base():
    drawn = crossed([5, 3, 4, 2, 6, 3])
    gone = pd.DataFrame({"a": ["r0", None, None], "b": [None, "c1", None]})
    extended = pd.concat([drawn, gone], ignore_index=True)
    assert chi_square(extended, "a", "b", SurveyDesign()).table["n"].tolist() == [23] * 6
    pearson = stats.chi2_contingency([[5, 3, 4], [2, 6, 3]], correction=False).statistic
    assert chi_square(extended, "a", "b", SurveyDesign()).facts["pearson"] == pytest.approx(pearson)


def test_where_tests_a_part_of_the_sample():
    drawn = crossed([5, 3, 4, 2, 6, 3]).assign(w=2.0)
    extended = pd.concat([drawn, drawn.assign(a="r2")], ignore_index=True)
    with pytest.raises(StudyError, match="r2") as error:
        facts(extended, where=extended["a"] != "r2")
    assert error.value.key == "level_empty"
    again = pd.concat([drawn, drawn.assign(a="r1")], ignore_index=True).assign(first=[True] * 23 + [False] * 23)
    pearson = stats.chi2_contingency([[5, 3, 4], [2, 6, 3]], correction=False).statistic
    assert chi_square(again, "a", "b", SurveyDesign(), where="first").facts["pearson"] == pytest.approx(pearson)


def test_a_single_cluster_gives_no_p():
    drawn = crossed([5, 3, 4, 2, 6, 3]).assign(c=1)
    with pytest.raises(StudyError) as error:
        facts(drawn, SurveyDesign(clusters="c", lonely="certainty"))
    assert error.value.key == "association_untestable"


def test_walds_test_needs_more_clusters_than_the_table_has_contrasts():
    drawn = crossed([5, 3, 4, 2, 6, 3]).assign(c=lambda d: np.arange(len(d)) % 2)
    with pytest.raises(StudyError) as error:
        facts(drawn, SurveyDesign(clusters="c"), "wald")
    assert (error.value.key, error.value.facts["found"], error.value.facts["expected"]) == (
        "association_untestable",
        1,
        2,
    )
    assert 0 < facts(drawn, SurveyDesign(clusters="c"))[-1] < 1


def test_a_census_has_nothing_to_test_with():
    with pytest.raises(StudyError) as error:
        facts(crossed([5, 3, 4, 2, 6, 3]), Census())
    assert error.value.key == "association_untestable"
    assert error.value.text("zh")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        pytest.param(lambda d: d.assign(a="r0"), "level_alone", id="one value"),
        pytest.param(lambda d: d.assign(a=None), "column_all_missing", id="all missing"),
        pytest.param(
            lambda d: d.assign(a=pd.Categorical(d["a"], ["r0", "r1", "r9"])), "domain_empty", id="category without rows"
        ),
        pytest.param(lambda d: d.drop(columns="a"), "column_absent", id="no such column"),
    ],
)
def test_a_table_without_two_full_rows_is_refused(change, key):
    with pytest.raises(StudyError) as error:
        facts(change(crossed([5, 3, 4, 2, 6, 3])))
    assert error.value.key == key


def test_an_unknown_kind_is_refused():
    with pytest.raises(StudyError, match="Did you mean 'chi2'"):
        facts(crossed([5, 3, 4, 2, 6, 3]), kind="chi")


def test_the_difference_of_two_groups_by_hand():
    # means 2 and 5; (y − mean)/size: ∓1/2, and −1, 1/3, 2/3; squares .5 + 14/9; times n/(n − 1) = 5/4
    drawn = pd.DataFrame({"y": [1, 3, 2, 6, 7], "g": ["a", "a", "b", "b", "b"]})
    made = difference(drawn, "y", SurveyDesign(), "g")
    row = made.table.iloc[0]
    assert (row["contrast"], row["estimate"], row["df"], made.df) == ("b − a", 3, 3, 3)
    assert row["se"] == pytest.approx(np.sqrt(1.25 * (0.5 + 14 / 9)))
    test = t_tests(made).iloc[0]
    assert test["statistic"] == pytest.approx(3 / row["se"])
    assert test["p"] == pytest.approx(2 * stats.t.sf(3 / row["se"], 3))


def test_two_waves_of_the_same_persons_are_a_paired_comparison():
    rng = np.random.default_rng(31)
    first = rng.normal(size=40)
    second = first + rng.normal(0.3, 0.5, 40)
    waves = pd.DataFrame({"y": [*first, *second], "wave": [1] * 40 + [2] * 40, "person": [*range(40)] * 2})
    row = difference(waves, "y", SurveyDesign(clusters="person"), "wave").table.iloc[0]
    paired = stats.ttest_rel(second, first)
    assert row["estimate"] / row["se"] == pytest.approx(paired.statistic)


@given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5), st.booleans()), min_size=4, max_size=30))
def test_it_is_the_contrast_of_the_two_means(drawn):
    frame = pd.DataFrame(drawn, columns=["y", "w", "g"])
    assume(frame["g"].nunique() == 2)
    design = SurveyDesign(weights="w")
    row = difference(frame, "y", design, "g").table.iloc[0]
    contrast = mean(frame, "y", design, "g").contrast([-1, 1]).table.iloc[0]
    pair = differences(mean(frame, "y", design, "g")).table.iloc[0]
    for column in ("estimate", "se"):
        assert (row[column], pair[column]) == pytest.approx((contrast[column], contrast[column]), abs=1e-12)
    assert row["df"] == contrast["df"] - 1


def test_differences_of_domains_are_made_at_once():
    rng = np.random.default_rng(32)
    frame = pd.DataFrame({"y": rng.normal(size=120), "g": rng.integers(0, 2, 120), "d": rng.integers(0, 3, 120)})
    table = difference(frame, "y", SurveyDesign(), "g", by="d").table
    for domain in range(3):
        alone = difference(frame, "y", SurveyDesign(), "g", where=frame["d"] == domain).table.iloc[0]
        row = table[table["d"] == domain].iloc[0]
        assert row[["estimate", "se", "df", "low"]].tolist() == pytest.approx(
            alone[["estimate", "se", "df", "low"]].tolist()
        )


def test_a_domain_with_one_group_has_no_difference():
    frame = pd.DataFrame({"y": [1, 2, 3, 4, 5], "g": [0, 0, 1, 1, 1], "d": ["x", "x", "x", "y", "y"]})
    table = difference(frame, "y", SurveyDesign(), "g", by="d").table
    assert table["estimate"].tolist()[0] == 1.5
    assert np.isnan(table.loc[1, ["estimate", "se", "low"]].astype(float)).all()
    assert table["reason"].tolist() == ["", "undefined"]


def test_a_census_has_a_difference_without_an_error():
    frame = pd.DataFrame({"y": [1, 3, 2], "g": [0, 0, 1]})
    row = difference(frame, "y", Census(), "g").table.iloc[0]
    assert (row["estimate"], row["interval"], row["reliability"]) == (0, "census", "")


@pytest.mark.parametrize(("groups", "count"), [([1, 1, 1, 1], 1), ([1, 2, 3, 3], 3), ([1, None, 1, None], 1)])
def test_other_than_two_groups_are_refused(groups, count):
    frame = pd.DataFrame({"y": [1, 2, 3, 4], "g": groups})
    with pytest.raises(StudyError) as error:
        difference(frame, "y", SurveyDesign(), "g")
    assert (error.value.key, error.value.facts["count"]) == ("groups_not_two", count)


def test_two_of_three_groups_are_chosen_by_where():
    frame = pd.DataFrame({"y": [1, 2, 3, 4, 9], "g": [1, 1, 2, 2, 3]})
    row = difference(frame, "y", SurveyDesign(), "g", where=frame["g"] != 2).table.iloc[0]
    assert (row["contrast"], row["estimate"]) == ("3 − 1", 7.5)


def test_differences_of_two_columns_go_by_joined():
    frame = pd.DataFrame({"y": [1, 2, 3, 4, 9], "x": [0, 1, 1, 0, 2]})
    sample = SurveyDesign().sample(frame)
    made = differences(joined([mean(frame, "x", sample), mean(frame, "y", sample)]))
    # 1, 1, 2, 4, 7 person by person: mean 3, s² = 6.5
    assert made.table[["estimate", "se"]].iloc[0].tolist() == pytest.approx([3, np.sqrt(6.5 / 5)])
