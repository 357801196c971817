"""Concentration indices: the golden values of METHODS §4, published formulas, and what must not change them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import Census, SurveyDesign, concentration_index, gini, joined, mean

few = settings(max_examples=40)

KINDS = ["standard", "generalised", "erreygers", "wagstaff"]
WEIGHTED = SurveyDesign(weights="w")
# METHODS §4: ten people in the order of their incomes, of whom the 4th, 7th, 9th and 10th take part
GOLDEN = pd.DataFrame(
    {
        "income": range(1, 11),
        "class": [1, 1, 1, 2, 2, 2, 3, 3, 3, 3],
        "h": [0, 0, 0, 1, 0, 0, 1, 0, 1, 1],
        "district": list("aabbabbaab"),
    }
)

rows = st.lists(
    st.tuples(st.integers(0, 1), st.integers(-3, 3), st.integers(1, 9), st.sampled_from("ab")),
    min_size=4,
    max_size=30,
)


def framed(drawn):
    return pd.DataFrame(drawn, columns=["h", "x", "w", "g"]).astype({"h": float, "w": float})


def found(made):
    return made.table["estimate"].tolist()


def index(frame, design, **named):
    return concentration_index(frame, "h", rank="x", design=design, **named)


@pytest.mark.parametrize(
    ("kind", "rank", "value"),
    [
        ("standard", "income", 0.40),
        ("standard", "class", 0.425),
        ("generalised", "income", 0.16),
        ("erreygers", "income", 0.64),
        ("wagstaff", "income", 2 / 3),
    ],
)
def test_golden_values(kind, rank, value):
    assert found(concentration_index(GOLDEN, "h", SurveyDesign(), rank=rank, kind=kind)) == pytest.approx([value])


def test_the_error_is_that_of_kakwani_wagstaff_and_van_doorslaer():
    # Kakwani, Wagstaff & van Doorslaer (1997), Journal of Econometrics 77, eq. 14: var C = [mean a² − (1 + C)²]/n with
    # a = h/μ (2R − 1 − C) + 2 − q(i − 1) − q(i), q the concentration curve; it divides by n and not by n − 1
    h, n = GOLDEN["h"].to_numpy(), 10
    curve = np.concatenate([[0], np.cumsum(h) / h.sum()])
    a = h / h.mean() * (2 * (np.arange(n) + 0.5) / n - 1 - 0.4) + 2 - curve[:-1] - curve[1:]
    expected = (np.mean(a**2) - 1.4**2) / n * n / (n - 1)
    row = concentration_index(GOLDEN, "h", SurveyDesign(), rank="income").table.iloc[0]
    assert row["se"] ** 2 == pytest.approx(expected)


def test_over_its_own_ranks_it_is_the_gini_index():
    ours = concentration_index(GOLDEN, "income", SurveyDesign(), rank="income", by="district").table
    other = gini(GOLDEN, "income", SurveyDesign(), by="district").table
    np.testing.assert_allclose(ours[["estimate", "se"]], other[["estimate", "se"]])


@pytest.mark.parametrize("weight", [1, 2, 100])
def test_equal_amounts_have_an_index_of_0_whatever_they_weigh(weight):
    # the reference file records that convey gives 0, .05 and .099 here
    equal = pd.DataFrame({"y": np.full(10, 5.0), "w": weight})
    assert found(concentration_index(equal, "y", WEIGHTED, rank="y")) == pytest.approx([0], abs=1e-15)


def test_the_generalised_index_is_the_mean_times_the_relative_one():
    parts = joined([mean(GOLDEN, "h", SurveyDesign()), concentration_index(GOLDEN, "h", SurveyDesign(), rank="income")])
    expected = parts.contrast(lambda theta: theta[0] * theta[1]).table.iloc[0]
    row = concentration_index(GOLDEN, "h", SurveyDesign(), rank="income", kind="generalised").table.iloc[0]
    assert row["estimate"] == pytest.approx(expected["estimate"])
    assert row["se"] == pytest.approx(expected["se"])


@pytest.mark.parametrize("constant", [-3, 100])
def test_a_constant_changes_no_absolute_index(constant):
    moved = GOLDEN.assign(h=GOLDEN["h"] + constant)
    for kind, bounds in (("generalised", (0, 1)), ("erreygers", (constant, constant + 1))):
        before = concentration_index(GOLDEN, "h", SurveyDesign(), rank="income", kind=kind).table
        after = concentration_index(moved, "h", SurveyDesign(), rank="income", kind=kind, bounds=bounds).table
        np.testing.assert_allclose(after[["estimate", "se"]], before[["estimate", "se"]])


@pytest.mark.parametrize("kind", ["erreygers", "wagstaff"])
def test_the_opposite_outcome_turns_the_sign_of_a_bounded_index(kind):
    turned = GOLDEN.assign(h=1 - GOLDEN["h"])
    ours, theirs = (
        concentration_index(frame, "h", SurveyDesign(), rank="income", kind=kind).table for frame in (GOLDEN, turned)
    )
    assert ours["estimate"].item() == pytest.approx(-theirs["estimate"].item())
    assert ours["se"].item() == pytest.approx(theirs["se"].item())


def test_wagstaffs_index_of_a_scale_is_by_its_own_formula():
    # answers 1 to 5; (b − a)μC/[(b − μ)(μ − a)], Wagstaff (2005)
    answers = GOLDEN.assign(h=[1, 2, 2, 4, 1, 3, 5, 3, 4, 5])
    mu, c = 3, found(concentration_index(answers, "h", SurveyDesign(), rank="income"))[0]
    made = concentration_index(answers, "h", SurveyDesign(), rank="income", kind="wagstaff", bounds=(1, 5))
    assert found(made) == pytest.approx([4 * mu * c / ((5 - mu) * (mu - 1))])


def test_where_nobody_takes_part_only_the_absolute_indices_are_known():
    nobody = GOLDEN.assign(h=0)
    made = {
        kind: concentration_index(nobody, "h", SurveyDesign(), rank="income", kind=kind).table.iloc[0] for kind in KINDS
    }
    assert {kind: row["reason"] for kind, row in made.items()} == {
        "standard": "nothing_to_share",
        "generalised": "",
        "erreygers": "",
        "wagstaff": "mean_at_bound",
    }
    assert made["erreygers"]["estimate"] == made["generalised"]["estimate"] == 0
    everybody = concentration_index(GOLDEN.assign(h=1), "h", SurveyDesign(), rank="income", kind="wagstaff")
    assert everybody.table["reason"].item() == "mean_at_bound"


def test_people_can_be_ranked_by_ordered_categories():
    named = pd.Categorical.from_codes(GOLDEN["class"] - 1, ["low", "middle", "high"], ordered=True)
    made = concentration_index(GOLDEN.assign(band=named), "h", SurveyDesign(), rank="band")
    assert found(made) == pytest.approx([0.425])


def test_a_row_without_a_rank_is_not_in_the_base():
    named = pd.Categorical.from_codes([-1, *GOLDEN["income"].to_numpy()[1:] - 1], list("abcdefghij"), ordered=True)
    made = concentration_index(GOLDEN.assign(band=named), "h", SurveyDesign(), rank="band")
    assert found(made) == found(concentration_index(GOLDEN[1:], "h", SurveyDesign(), rank="income"))
    assert made.table["n"].item() == 9


def test_unordered_text_ranks_nobody():
    with pytest.raises(StudyError, match="'district'"):
        concentration_index(GOLDEN, "h", SurveyDesign(), rank="district")


def test_amounts_below_0_are_refused_where_the_index_is_relative():
    with pytest.raises(StudyError, match=r"'h' is negative in 4 row\(s\)"):
        concentration_index(GOLDEN.assign(h=-GOLDEN["h"]), "h", SurveyDesign(), rank="income")


@pytest.mark.parametrize("kind", ["erreygers", "wagstaff"])
def test_an_outcome_outside_its_bounds_is_refused(kind):
    with pytest.raises(StudyError, match=r"'income' lies outside 0 to 9 in 1 row\(s\): 9"):
        concentration_index(GOLDEN, "income", SurveyDesign(), rank="class", kind=kind, bounds=(0, 9))
    inside = GOLDEN["income"] < 10
    concentration_index(GOLDEN, "income", SurveyDesign(), rank="class", kind=kind, bounds=(0, 9), where=inside)


@pytest.mark.parametrize("bounds", [(1, 0), (0, 0), (0, np.inf), (np.nan, 1)])
def test_bounds_are_two_numbers_in_order(bounds):
    with pytest.raises(StudyError, match="bounds"):
        concentration_index(GOLDEN, "h", SurveyDesign(), rank="income", kind="erreygers", bounds=bounds)


def test_an_unknown_kind_is_refused_with_the_nearest():
    with pytest.raises(StudyError, match="'erreygers'"):
        concentration_index(GOLDEN, "h", SurveyDesign(), rank="income", kind="erreyger")


def test_a_register_has_no_error():
    row = concentration_index(GOLDEN, "h", Census(), rank="income").table.iloc[0]
    assert row["interval"] == "census"
    assert np.isnan(row["se"])


@few
@given(rows, st.sampled_from(KINDS))
def test_a_domain_is_what_the_call_on_its_rows_gives(drawn, kind):
    frame = framed(drawn)
    made = index(frame, WEIGHTED, kind=kind, by="g").table
    for _, row in made.iterrows():
        alone = index(frame, WEIGHTED, kind=kind, where=frame["g"] == row["g"]).table.iloc[0]
        assert row["reason"] == alone["reason"]
        np.testing.assert_allclose([row["estimate"], row["se"]], [alone["estimate"], alone["se"]], atol=1e-12)


@few
@given(rows, st.sampled_from(KINDS), st.sampled_from([1e-7, 1 / 3, 30.97, 1e9]), st.randoms())
def test_neither_the_order_of_rows_nor_the_scale_of_weights_matters(drawn, kind, scale, random):
    frame, order = framed(drawn), list(range(len(drawn)))
    random.shuffle(order)
    before, after = (index(one, WEIGHTED, kind=kind).table for one in (frame, frame.iloc[order]))
    scaled = index(frame.assign(w=frame["w"] * scale), WEIGHTED, kind=kind).table
    for other in (after, scaled):
        np.testing.assert_allclose(other[["estimate", "se"]], before[["estimate", "se"]], atol=1e-12)


@few
@given(rows, st.sampled_from(KINDS))
def test_splitting_a_row_in_two_changes_nothing(drawn, kind):
    frame = framed(drawn).assign(person=range(len(drawn)))
    split = pd.concat([frame, frame[:1]], ignore_index=True)
    split["w"] *= np.where(split["person"] == 0, np.where(split.index == 0, 1 / 3, 2 / 3), 1)
    design = SurveyDesign(weights="w", clusters="person")
    before, after = (index(one, design, kind=kind).table for one in (frame, split))
    np.testing.assert_allclose(after[["estimate", "se"]], before[["estimate", "se"]], atol=1e-12)


@few
@given(rows)
def test_the_corrected_indices_lie_between_minus_1_and_1(drawn):
    frame = framed(drawn)
    assume(0 < frame["h"].sum() < len(frame))
    for kind in ("erreygers", "wagstaff"):
        assert abs(found(index(frame, WEIGHTED, kind=kind))[0]) <= 1 + 1e-12
