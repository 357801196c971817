"""Names of two lists: the same after normalisation, alike, or neither; nothing is matched silently."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.workload.matching import MOST, PAIR, matches, normalised

few = settings(max_examples=40)


def listed(*names, prefix="a"):
    return pd.DataFrame(
        {"item_id": [f"{prefix}{n}" for n in range(1, len(names) + 1)], "item_name": list(names)}, dtype="str"
    )


def pairs(frame):
    return list(zip(frame["item_id_before"], frame["item_id_after"], strict=True))


@pytest.mark.parametrize(
    ("name", "same"),
    [
        ("低保 审核", "低保审核"),
        ("低保审核（初审）", "低保审核(初审)"),
        ("ＧＩＳ网格", "gis网格"),
        ("计生、卫生", "计生·卫生"),
        ("2020年度统计", "２０２０年度统计"),
    ],
)
def test_width_case_space_and_marks_do_not_tell_names_apart(name, same):
    assert normalised(name) == normalised(same)


def test_a_number_or_a_word_does():
    assert normalised("第1次检查") != normalised("第2次检查")


def test_the_same_name_is_an_exact_match_with_both_names_as_they_stand():
    found = matches(listed("低保 审核", "养犬登记"), listed("低保审核", prefix="b"))
    assert list(found.exact) == PAIR
    assert found.exact.iloc[0].tolist() == ["a1", "低保 审核", "b1", "低保审核", 1.0]
    assert len(found.candidates) == 0
    assert found.only_before["item_id"].tolist() == ["a2"]


def test_the_score_is_the_share_of_characters_in_common_order():
    """居民健康档案管理 has 8 characters, 居民健康档案 6, all six in order: 2·6/(8 + 6)."""
    found = matches(listed("居民健康档案管理"), listed("居民健康档案", prefix="b"))
    assert pairs(found.candidates) == [("a1", "b1")]
    assert found.candidates["score"].tolist() == pytest.approx([12 / 14])
    assert len(found.exact) == 0


def test_a_candidate_is_as_alike_as_asked():
    before, after = listed("居民健康档案管理"), listed("居民健康档案", prefix="b")
    assert len(matches(before, after, least=12 / 14 + 1e-6).candidates) == 0
    assert len(matches(before, after, least=12 / 14 - 1e-6).candidates) == 1


def test_a_name_that_a_list_has_twice_is_no_exact_match_but_a_candidate_for_both():
    found = matches(listed("低保审核", "低保审核"), listed("低保审核", prefix="b"))
    assert len(found.exact) == 0
    assert pairs(found.candidates) == [("a1", "b1"), ("a2", "b1")]
    assert found.candidates["score"].tolist() == [1, 1]
    twice = matches(listed("低保审核"), listed("低保审核", "低保 审核", prefix="b"))
    assert (len(twice.exact), pairs(twice.candidates)) == (0, [("a1", "b1"), ("a1", "b2")])


def test_a_later_item_with_an_exact_match_is_still_a_candidate_for_what_was_merged_into_it():
    found = matches(listed("低保审核", "低保审核复核"), listed("低保审核", prefix="b"))
    assert pairs(found.exact) == [("a1", "b1")]
    assert pairs(found.candidates) == [("a2", "b1")]


def test_a_person_is_asked_about_so_many_candidates_at_most_the_most_alike_first():
    after = listed(*(f"低保审核{n}" for n in "一二三四五六七"), "低保审核甲", prefix="b")
    found = matches(listed("低保审核甲乙"), after)
    assert len(found.candidates) == MOST
    assert found.candidates["item_id_after"].iloc[0] == "b8"
    assert found.candidates["score"].is_monotonic_decreasing
    assert len(matches(listed("低保审核甲乙"), after, most=2).candidates) == 2


@pytest.mark.parametrize(("before", "after"), [([], ["甲"]), (["甲"], []), ([], [])])
def test_an_empty_list_has_no_pairs(before, after):
    found = matches(listed(*before), listed(*after, prefix="b"))
    assert (len(found.exact), len(found.candidates)) == (0, 0)
    assert (len(found.only_before), len(found.only_after)) == (len(before), len(after))


def test_a_name_without_letters_or_a_missing_one_matches_nothing():
    found = matches(listed("——", None), listed("……", None, prefix="b"))
    assert (len(found.exact), len(found.candidates)) == (0, 0)
    assert (len(found.only_before), len(found.only_after)) == (2, 2)


names = st.lists(st.text(alphabet="低保审核登记 （）", max_size=6), max_size=8)


@given(names, names)
@few
def test_no_item_is_lost_and_no_pair_is_made_twice(before, after):
    first, second = listed(*before), listed(*after, prefix="b")
    found = matches(first, second)
    for column, lacking, whole in (
        ("item_id_before", found.only_before, first),
        ("item_id_after", found.only_after, second),
    ):
        in_pairs = {*found.exact[column], *found.candidates[column]}
        assert in_pairs | {*lacking["item_id"]} == {*whole["item_id"]}
        assert not in_pairs & {*lacking["item_id"]}
    every = pairs(found.exact) + pairs(found.candidates)
    assert len(every) == len(set(every))
    assert found.exact["item_id_after"].is_unique


def test_the_rows_of_the_lists_may_have_any_index():
    first = listed("养犬登记", "低保审核").set_axis([7, 7 + 1])
    found = matches(first, listed("低保审核", prefix="b").set_axis([30]))
    assert pairs(found.exact) == [("a2", "b1")]
    assert found.only_before["item_id"].tolist() == ["a1"]
