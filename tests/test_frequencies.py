"""Categories of frequency: their shares, and the numbers that a study declares for them."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from surveyed import answers, midpoints, one, small, small_study

from analysis import participation
from analysis.errors import StudyError
from analysis.inference import SurveyDesign, gini
from analysis.participation import frequencies

NUMBERS = midpoints(never=(0, 0, 0), rarely=(1.5, 1, 2), sometimes=(4, 3, 5))
few = settings(max_examples=40)


def told(*categories):
    """Answers that say a category and no number."""
    return answers([0] * len(categories)).drop(columns=["acts", "acts_missing"]).assign(frequency=list(categories))


def index(values):
    frame = pd.DataFrame({"y": np.array(values, dtype=float)})
    return float(gini(frame, "y", SurveyDesign()).table["estimate"].iloc[0])


def ends(low, high):
    low, high = np.array(low, dtype=float), np.array(high, dtype=float)
    return frequencies.gini_ends(
        pd.DataFrame({"all": [""] * len(low)}), low, high, np.ones(len(low)), np.arange(len(low))
    )


def test_categories_without_declared_numbers_are_refused_as_counts():
    with pytest.raises(StudyError) as refused:
        frequencies.scored(pd.Series(["never", "often", None], dtype="str"), NUMBERS)
    assert refused.value.key == "frequency_without_midpoints"
    assert "often" in str(refused.value)
    with pytest.raises(StudyError):
        frequencies.scored(pd.Series(["never"], dtype="str"), None)


def test_a_missing_category_has_no_number():
    scores = frequencies.scored(pd.Series(["rarely", None], dtype="str"), NUMBERS)
    assert scores.iloc[0] == 1.5
    assert np.isnan(scores.iloc[1])


@pytest.mark.parametrize("numbers", [(2, 3, 4), (2, 1, 1.5)])
def test_numbers_of_a_category_stand_in_order(numbers):
    with pytest.raises(ValueError, match="low"):
        midpoints(rarely=numbers)


def test_shares_of_categories_are_among_those_who_said_one():
    rows = participation.measures(small_study(told("never", "never", "rarely", "sometimes", None)))
    shares = rows[rows["measure"] == "frequency_share"].set_index("frequency")["estimate"].to_dict()
    assert shares == pytest.approx({"never": 0.5, "rarely": 0.25, "sometimes": 0.25})
    assert not set(rows["measure"]) & {"acts_mean", "acts_gini", "frequency_mean", "frequency_gini"}


def test_means_lie_between_the_least_and_the_most_that_the_categories_allow():
    rows = frequencies.frequency_numbers(small(told("never", "never", "rarely", "sometimes")), NUMBERS)
    means = {
        numbers: one(rows, "frequency_mean", numbers=numbers)["estimate"] for numbers in ("least", "usual", "most")
    }
    assert means == pytest.approx({"least": 4 / 4, "usual": 5.5 / 4, "most": 7 / 4})


def test_the_ends_of_the_gini_index_by_hand():
    # one has nothing, one 1–2, one 3–5: most equal are 0, 2, 3 (differences 2 + 3 + 1 of a sum of 5), least 0, 1, 5
    least, most = ends([0, 1, 3], [0, 2, 5])
    assert least == pytest.approx([0, 2, 3])
    assert most == pytest.approx([0, 1, 5])
    rows = frequencies.frequency_numbers(small(told("never", "rarely", "sometimes")), NUMBERS)
    assert one(rows, "frequency_gini", numbers="least")["estimate"] == pytest.approx(6 / (3 * 5))
    assert one(rows, "frequency_gini", numbers="most")["estimate"] == pytest.approx(10 / (3 * 6))


@given(st.lists(st.integers(0, 3), min_size=3, max_size=12).filter(any), st.data())
@few
def test_no_numbers_inside_the_categories_have_an_index_outside_its_ends(categories, data):
    edges = np.array([(0, 0), (1, 2), (3, 5), (6, 24)], dtype=float)[categories]
    inside = [low + (high - low) * data.draw(st.floats(0, 1)) for low, high in edges]
    least, most = ends(edges[:, 0], edges[:, 1])
    assert index(least) - 2e-3 <= index(inside) <= index(most) + 1e-9  # the level is searched on a grid


def test_groups_are_searched_apart():
    low, high = np.array([0.0, 1, 0, 3]), np.array([0.0, 2, 0, 5])
    least, most = frequencies.gini_ends(
        pd.DataFrame({"wave": ["a", "a", "b", "b"]}), low, high, np.ones(4), np.arange(4)
    )
    # in each group one has nothing and one something, whatever it is
    for numbers in (least[:2], most[:2], least[2:], most[2:]):
        assert index(numbers) == pytest.approx(0.5)


def test_the_counts_of_nanchang_lie_between_the_ends_of_their_categories(nanchang):
    rows = participation.measures(nanchang)
    for activity in ("culture_sport", "political", "public_benefit", "deliberation"):
        where = {"wave": "first", "activity": activity}
        low, high = (one(rows, "frequency_mean", numbers=end, **where)["estimate"] for end in ("least", "most"))
        assert low <= one(rows, "activity_acts_mean", **where)["estimate"] <= high
        low, middle, high = (
            one(rows, "frequency_gini", numbers=end, **where)["estimate"] for end in ("least", "usual", "most")
        )
        assert low <= middle <= high
