"""What published figures imply by themselves: the findings with which FIGURES.md ends, and the rules behind them."""

from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import claims
from analysis.claims.arithmetic import LARGEST, counts_behind, joint_sizes, sizes_behind
from analysis.claims.ranges import Range, Widths, printed, rounded
from analysis.study import ROOT

NANCHANG = ROOT / "studies" / "nanchang" / "claims.yml"


@pytest.fixture(scope="module")
def nanchang() -> pd.DataFrame:
    return claims.examine(claims.load(NANCHANG)).set_index("claims")


def share(text: str) -> Range:
    """The range of a printed percentage."""
    return printed(rounded(Fraction(text), len(text.partition(".")[2])), len(text.partition(".")[2]))


def examined(tmp_path: Path, rows: str, groups: str = "a: {words: 甲}, b: {words: 乙}") -> pd.DataFrame:
    """Findings on claims written one a line: id, group, quantity, unit, relation, value, and further keys."""
    head = f"sources: {{s: {{citation: s}}}}\ngroups: {{{groups}}}\nquantities: {{q: q, r: r, t: t}}\nclaims:\n"
    lines = []
    for row in rows.strip().splitlines():
        name, group, quantity, unit, relation, value, *more = row.split(maxsplit=6)
        decimals = len(value.partition(".")[2])
        lines.append(
            f"  - {{id: {name}, figure: {name}, sentence: s, place: p, source: s, scope: {{place: x, group: {group}}}, "
            f"quantity: {quantity}, unit: {unit}, relation: '{relation}', value: {value}, decimals: {decimals}"
            + "".join(f", {one}" for one in more)
            + "}\n"
        )
    path = tmp_path / "claims.yml"
    path.write_text(head + "".join(lines), encoding="utf-8")
    return claims.examine(claims.load(path)).set_index("claims")


# What FIGURES.md ends with


def test_nine_persons_being_45_percent_are_twenty_people(nanchang: pd.DataFrame) -> None:
    """FIGURES.md, N11: 9 / 45 % is exactly 20."""
    found = nanchang.loc["N11-count, N11-share"]
    assert (found["finding"], found["values"], found["unit"]) == ("implies", "20", "persons")
    assert "恰为20人" in found["why_zh"]
    assert nanchang.loc["N10, N11-count, N11-share", "why_en"] == "aged under 35: 1 person of 20 persons is 5%."


def test_68_percent_is_impossible_for_twenty_so_another_group_of_at_least_37_is_meant(nanchang: pd.DataFrame) -> None:
    """FIGURES.md, N12 and N13: 14/20 = 70 % and 13/20 = 65 %; 25/37 and 26/37; villages *and communities*."""
    found = nanchang[nanchang["finding"] == "not_the_same_group"]
    assert found[["figures", "values"]].to_numpy().tolist() == [["N12, N13", "37"]]
    for said in ("13/20 = 65%", "14/20 = 70%", "70% (can't use a computer) can be 14/20", "25/37, 26/37"):
        assert said in found["why_en"].iat[0]
    assert nanchang.loc["N12, N13"]["finding"].tolist() == ["possible", "not_the_same_group"]


def test_387_items_are_not_both_a_part_and_all_of_the_work(nanchang: pd.DataFrame) -> None:
    """FIGURES.md, N14 to N16: just under 80 % (75 to 80) means some 484 in all, at most 516."""
    assert nanchang.loc["N14, N15", ["finding", "values"]].tolist() == ["implies", "484–516"]
    found = nanchang.loc["N14, N15, N16-before"]
    assert (found["finding"], found["low"], found["high"]) == ("contradiction", 484, 516)
    assert "5 percentage points" in found["why_en"]
    assert "5个百分点" in found["why_zh"]


def test_the_width_of_just_under_is_the_studys(nanchang: pd.DataFrame) -> None:
    narrow = claims.examine(claims.load(NANCHANG), Widths(just_under=Fraction(1, 50))).set_index("claims")
    assert narrow.loc["N14, N15", "values"] == "484–496"  # 387/.78 = 496.2


def test_a_merger_is_a_reduction_in_name(nanchang: pd.DataFrame) -> None:
    """FIGURES.md, N16: 151/387 − 1 = −61.0 %."""
    found = nanchang.loc["N16-before, N16-after"]
    assert (found["finding"], found["values"], found["unit"]) == ("implies", "−61.0", "percent")
    assert "in name only" in found["why_en"]


def test_a_mean_of_eight_in_twelve_communities_is_90_to_101_persons(nanchang: pd.DataFrame) -> None:
    """N01 and N02: 7.5 × 12 = 90, and 8.5 × 12 = 102 would be rounded to 9."""
    assert nanchang.loc["N01, N02", ["finding", "values", "unit"]].tolist() == ["implies", "90–101", "persons"]


def test_the_committee_of_n23_has_eight_members(nanchang: pd.DataFrame) -> None:
    assert nanchang.loc["N23-leader, N23-representatives, N23-treasurers", "values"] == "8"


def test_only_the_figures_that_contradict_are_called_a_contradiction(nanchang: pd.DataFrame) -> None:
    assert nanchang.index[nanchang["finding"] == "contradiction"].tolist() == ["N14, N15, N16-before"]


# The rules


def test_counts_and_sizes_by_hand() -> None:
    assert [*counts_behind(share("70"), 20)] == [14]
    assert [*counts_behind(share("68"), 20)] == []
    assert [*sizes_behind(9, share("45"))] == [20]
    assert joint_sizes([share("68"), share("70")])[0] == 37
    assert [*sizes_behind(5, Range(Fraction(0), Fraction(1)))] == [*range(500, LARGEST + 1)]


@given(n=st.integers(1, 400), part=st.floats(0, 1), decimals=st.integers(0, 2))
def test_grim_finds_the_true_count_and_the_true_size(n: int, part: float, decimals: int) -> None:
    count = round(part * n)
    said = printed(rounded(Fraction(100 * count, n), decimals), decimals)
    assert count in counts_behind(said, n)
    assert all(
        rounded(Fraction(100 * k, n), decimals) == rounded(Fraction(100 * count, n), decimals)
        for k in counts_behind(said, n)
    )
    assert n in joint_sizes([said], 400)
    if count:
        assert n in sizes_behind(count, said)


@given(n=st.integers(1, 60), k=st.integers(1, 60), decimals=st.integers(0, 2))
def test_sizes_are_just_those_that_a_search_finds(n: int, k: int, decimals: int) -> None:
    k = min(k, n)
    said = printed(rounded(Fraction(100 * k, n), decimals), decimals)
    if said.low is not None and said.low > 0:
        last = int(100 * k / said.low) + 2
        searched = [size for size in range(k, last + 1) if said.holds(Fraction(100 * k, size))]
        assert [*sizes_behind(k, said)] == searched


CHANGE = "statistic: change, change: {before: A, after: B}"
SHARES = "A a q percent = 60\nB b q percent = 36"
ITEMS = "A a q items = 120\nB b q items = 45"
COUNTED = "A a q persons = 5 partition: p\nB a r persons = 4 partition: p"
SHARED_OUT = "A a q percent = 45.2 partition: p\nB a r percent = 49.8 partition: p"


@pytest.mark.parametrize(
    ("rows", "finding", "why"),
    [
        ("A a all persons = 20\nB a q percent = 68", "contradiction", "impossible_share"),
        ("A a all persons = 20\nB a q percent = 70", "possible", "share_possible"),
        ("A a q persons = 9\nB a q percent = 45\nC a r percent = 68", "contradiction", "impossible_share"),
        ("A a q persons = 9\nB a q percent = 45\nC b r percent = 68", "not_the_same_group", "another_group"),
        ("A a q persons = 9\nB a q percent = 45\nC a all persons = 20", "possible", "size_fits"),
        ("A a q persons = 9\nB a q percent = 45\nC a all persons = 21", "contradiction", "wrong_whole"),
        ("A a q persons = 9\nB a q percent = 45\nC a r persons = 21", "contradiction", "part_exceeds_whole"),
        ("A a q persons = 3\nB a q percent = 70.1", "contradiction", "no_size"),
        ("A a q persons = 9\nB a q percent = 45\nC a r persons = 9\nD a r percent = 30",
         "contradiction", "sizes_apart"),
        ("A a q percent = 45\nB a q percent = 46", "contradiction", "stated_twice"),
        ("A a q percent < 45\nB a q percent > 50", "contradiction", "stated_twice"),
        ("A a q percent = 120", "contradiction", "beyond_the_whole"),
        ("A a all persons = 12\nB a q persons = 8.30 statistic: mean", "contradiction", "mean_impossible"),
        # Juárez 2021, federal: 45.2 / 49.8 / 4.9 make 99.9 (PUBLISHED_CHECKS.csv)
        (f"{SHARED_OUT}\nC a t percent = 4.9 partition: p", "possible", "shares_add_up_true"),
        (f"{SHARED_OUT}\nC a t percent = 4.7 partition: p", "contradiction", "shares_add_up_false"),
        (f"{COUNTED}\nC a all persons = 9", "possible", "counts_add_up_true"),
        (f"{COUNTED}\nC a all persons = 8", "contradiction", "counts_add_up_false"),
        (COUNTED, "implies", "counts_imply_total"),
        ("A a q persons = 120\nB b q persons = 45 change: {before: A, how: removed}", "implies", "change_removed"),
        # METHODS §3: 60 % → 36 % is −24 percentage points and −40 % relative; 120 → 45 is −62.5 %.
        (f"{SHARES}\nC b q percent = 24 {CHANGE}", "contradiction", "change_other_unit"),
        (f"{SHARES}\nC b q percentage_points = 24 {CHANGE}", "possible", "change_as_stated"),
        (f"{SHARES}\nC b q percent = 40 {CHANGE}", "possible", "change_as_stated"),
        (f"{SHARES}\nC b q percent = 62.5 {CHANGE}", "contradiction", "change_wrong"),
        (f"{ITEMS}\nC b q percent = 62.5 {CHANGE}", "possible", "change_as_stated_of_counts"),
        (f"{ITEMS}\nC b q percent = 24 {CHANGE}", "contradiction", "change_wrong_of_counts"),
    ],
)  # fmt: skip
def test_each_rule(tmp_path: Path, rows: str, finding: str, why: str) -> None:
    found = examined(tmp_path, rows)
    assert finding in found.loc[found["why"] == why, "finding"].tolist()
    assert found["why_zh"].str.len().all()


def test_other_years_and_places_and_weighted_shares_are_kept_apart(tmp_path: Path) -> None:
    apart = "A a q percent = 45 year: 2014\nB a q percent = 46 year: 2018\nC a all persons = 20 year: 2016"
    assert examined(tmp_path, apart).empty
    weighted = "A a all persons = 20\nB a q percent = 68 weighted: true"
    assert examined(tmp_path, weighted).empty


def test_a_stated_group_says_nothing_of_another_that_it_could_not_be(tmp_path: Path) -> None:
    assert examined(tmp_path, "A a all persons = 1\nB b q percent = 31").empty
    communities = "a: {words: 甲, unit: communities}, b: {words: 乙}"
    assert examined(tmp_path, "A a all communities = 20\nB b q percent = 70\nC b r percent = 68", communities)[
        "finding"
    ].tolist() == ["possible"]


@pytest.mark.parametrize("value", ["0", "0.0", "1000000000000"])
def test_odd_counts_raise_nothing(tmp_path: Path, value: str) -> None:
    examined(tmp_path, f"A a all persons = {value}\nB a q percent = 68\nC a q persons = {value}\nD a r percent = 0")
    examined(
        tmp_path,
        f"A a all persons = 12\nB a q persons = {value} statistic: mean\nC b q persons = {value} change: {{before: B}}",
    )


def test_a_group_named_in_one_language_is_named_in_both(tmp_path: Path) -> None:
    found = examined(tmp_path, "A a q persons = 9\nB a q percent = 45", "a: {words: {zh: 甲}}")
    assert "甲" in found["why_en"].iat[0]
