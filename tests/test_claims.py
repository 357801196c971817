"""The rules by which a published figure agrees with a computed one (METHODS, Conventions)."""

from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis import claims
from analysis.catalogue import entries
from analysis.claims.ranges import Range, Widths, published, rounded
from analysis.claims.records import Claim, ComputedBy
from analysis.claims.verdicts import Computed, compute, likely_causes, verdict, why_missing
from analysis.claims.wording import Published
from analysis.errors import StudyError
from analysis.measure import combined
from analysis.registers import quotients

MINIMAL = """
sources: {paper: {citation: A paper}}
groups: {staff: {words: {zh: 工作人员, en: staff}}}
quantities: {women: {zh: 女性, en: women}}
claims:
  - id: A
    figure: A
    sentence: 女性占45%。
    place: 一
    source: paper
    scope: {place: 某市, group: staff}
    quantity: women
    relation: equals
    value: 45
    unit: percent
"""


def claim(**fields: object) -> Claim:
    """A claim about women among staff, with the fields that matter to a test."""
    given_fields: dict[str, object] = {
        "id": "A",
        "figure": "A",
        "sentence": "…",
        "place": "1",
        "source": "paper",
        "scope": {"place": "X", "group": "staff"},
        "quantity": "women",
        "unit": "percent",
        "relation": "equals",
    }
    return Claim.model_validate(given_fields | fields)


def judged(computed: Fraction, parts: tuple[Fraction, ...] = (), /, **fields: object) -> tuple[str, str]:
    """Verdict on a computed value, and the key of why."""
    found, sentence = verdict(claim(**fields), Computed(computed, parts), Widths())
    return found, sentence.key


def shares(rows: list[tuple[str, str, float, float]], excluded: str = "") -> pd.DataFrame:
    """Measure table of female_share by city and term."""
    groups = pd.DataFrame(rows, columns=["city", "term", "numerator", "denominator"]).assign(excluded=excluded)
    return quotients("female_share", groups, unit="proportion", table="roster")


def test_juarez_2021_is_printed_as_the_sum_of_its_rounded_parts() -> None:
    """319 of 1537 is 20.75 %, printed 20.7 = 16.3 + 4.4 (METHODS, Conventions; diario.mx 2022-03-10).

    251 and 68 are the only counts that give both parts and add up to 319.
    """
    parts = (Fraction(100 * 251, 1537), Fraction(100 * 68, 1537))
    assert sum(parts) == Fraction(31900, 1537)
    assert judged(sum(parts), parts, value="20.7", decimals=1) == ("agrees_by_rounding", "rounded_parts")
    assert judged(sum(parts), value="20.7", decimals=1) == ("agrees_by_rounding", "rounded_truncated")
    assert judged(sum(parts), value="20.8", decimals=1) == ("agrees", "agrees")


@pytest.mark.parametrize(
    ("value", "decimals", "how", "expected"),
    [
        ("62.5", 0, "half_away", "63"),  # Python's round gives 62 (METHODS, Conventions)
        ("62.5", 0, "half_even", "62"),
        ("-62.5", 0, "half_away", "-63"),
        ("20.754", 1, "half_away", "20.8"),
        ("20.754", 1, "truncated", "20.7"),
        ("0.145", 2, "half_away", "0.15"),  # as a binary float it is below .145
        ("-0.04", 1, "half_away", "0.0"),
    ],
)
def test_rounding_as_printed(value: str, decimals: int, how: str, expected: str) -> None:
    assert rounded(Fraction(value), decimals, how) == Decimal(expected)


@pytest.mark.parametrize(
    ("fields", "value", "expected"),
    [
        ({"value": "45"}, "45.499", "agrees"),
        ({"value": "45"}, "44.5", "agrees"),
        ({"value": "45"}, "45.5", "agrees_by_rounding"),  # 46 when rounded, 45 when cut off
        ({"value": "62"}, "62.5", "agrees_by_rounding"),
        ({"value": "45"}, "44.49", "disagrees"),
        ({"value": "3", "relation": "digits"}, "3.99", "agrees"),  # "3.x %"
        ({"value": "3", "relation": "digits"}, "4", "disagrees"),
        ({"value": "3", "relation": "digits"}, "2.99", "disagrees"),
        ({"low": "20", "high": "30", "relation": "between"}, "30.4", "agrees"),
        ({"low": "20", "high": "30", "relation": "between"}, "31", "disagrees"),
        ({"value": "25", "relation": "below"}, "24.99", "agrees"),
        ({"value": "25", "relation": "<"}, "25", "disagrees"),
        ({"value": "25", "relation": "≤"}, "25.4", "agrees_by_rounding"),
        ({"value": "70", "relation": ">"}, "70.001", "agrees"),
        ({"value": "70", "relation": "above"}, "70", "disagrees"),
        ({"value": "70", "relation": "≥"}, "69.6", "agrees_by_rounding"),
        ({"value": "80", "relation": "just_under"}, "75", "agrees"),  # within five points below (FIGURES)
        ({"value": "80", "relation": "just_under"}, "74.9", "disagrees"),
        ({"value": "80", "relation": "just_under"}, "80", "disagrees"),
        ({"value": "80", "relation": "just_over"}, "84", "agrees"),
        ({"relation": "majority"}, "50", "disagrees"),
        ({"relation": "majority"}, "50.1", "agrees"),
        ({"relation": "large_majority"}, "66.6", "disagrees"),  # from two thirds on (FIGURES)
        ({"relation": "large_majority"}, "66.7", "agrees"),
    ],
)
def test_relations(fields: dict[str, str], value: str, expected: str) -> None:
    assert judged(Fraction(value), **fields)[0] == expected


def test_just_under_a_count_is_a_part_of_it() -> None:
    assert published(claim(value="400", relation="just_under", unit="items"), Widths()) == Range(
        Fraction(380), Fraction(400), high_open=True
    )


@given(n=st.integers(1, 5000), part=st.floats(0, 1), decimals=st.integers(0, 4))
def test_a_share_printed_half_away_from_zero_always_agrees(n: int, part: float, decimals: int) -> None:
    share = Fraction(100 * round(part * n), n)
    value = rounded(share, decimals)
    assert judged(share, value=str(value), decimals=decimals) == ("agrees", "agrees")


@given(
    n=st.integers(1, 5000),
    part=st.floats(0, 1),
    decimals=st.integers(0, 3),
    how=st.sampled_from(["truncated", "half_even"]),
)
def test_another_rounding_agrees_or_agrees_by_rounding(n: int, part: float, decimals: int, how: str) -> None:
    share = Fraction(100 * round(part * n), n)
    found, _ = judged(share, value=str(rounded(share, decimals, how)), decimals=decimals)
    assert found == ("agrees" if rounded(share, decimals, how) == rounded(share, decimals) else "agrees_by_rounding")


@given(n=st.integers(1, 5000), part=st.floats(0, 1), off=st.integers(2, 50))
def test_a_figure_that_is_off_disagrees(n: int, part: float, off: int) -> None:
    share = Fraction(100 * round(part * n), n)
    assert judged(share, value=str(rounded(share, 1) + Decimal(off).scaleb(-1)), decimals=1)[0] == "disagrees"


def test_levels_are_pooled_by_their_counts_not_by_their_shares() -> None:
    table = shares([("A", "1", 1, 10), ("B", "1", 45, 90), ("A", "2", 5, 10)])
    source = ComputedBy(measure="female_share", by=["city"], where={"term": "1", "city": ["A", "B"]})
    found = compute(table, claim(value="46"), source)
    assert (found.value, found.n) == (46, 100)
    assert compute(table, claim(value="54"), source.model_copy(update={"complement": True})).value == 54
    assert compute(table, claim(value="46", unit="persons"), source.model_copy(update={"of": "numerator"})).value == 46


def test_parts_share_one_base() -> None:
    table = shares([("A", "1", 163, 1000), ("B", "1", 44, 1000)]).rename(columns={"city": "answer"})
    source = ComputedBy(measure="female_share", where={"term": "1"}, parts={"answer": ["A", "B"]})
    found = compute(table, claim(value="20.7", decimals=1), source)
    assert (found.value, found.parts, found.n) == (Fraction("20.7"), (Fraction("16.3"), Fraction("4.4")), 1000)


@pytest.mark.parametrize(
    ("where", "problem"),
    [
        ({"term": "1"}, "selects 2 rows"),
        ({"term": "1", "city": "C"}, "selects 0 rows"),
        ({"term": "1", "city": ["A", "C"]}, "selects 1 rows"),
        ({"term": "1", "town": "A"}, "has no dimension 'town'"),
    ],
)
def test_a_claim_that_names_no_row_or_several_is_refused(where: dict[str, str], problem: str) -> None:
    table = shares([("A", "1", 1, 10), ("B", "1", 45, 90)])
    with pytest.raises(StudyError, match=problem):
        compute(table, claim(value="46"), ComputedBy(measure="female_share", where=where))


def test_a_percentage_is_not_compared_with_a_count() -> None:
    table = shares([("A", "1", 1, 10)])
    with pytest.raises(StudyError, match="in another unit"):
        compute(table, claim(value="10", unit="persons"), ComputedBy(measure="female_share", where={}))


def test_orders_maxima_and_over_representation() -> None:
    table = shares([("A", "1", 6, 10), ("B", "1", 3, 10), ("C", "1", 2, 10)])
    across = ComputedBy(measure="female_share", where={"term": "1"}, across="city")
    order = claim(relation="order_of", order=["A", ["B", "C"]])
    assert compute(table, order, across).value == 30
    assert verdict(order, compute(table, order, across), Widths())[0] == "agrees"
    wrong = claim(relation="order_of", order=[["A", "C"], "B"])
    assert verdict(wrong, compute(table, wrong, across), Widths())[0] == "disagrees"
    largest = claim(relation="largest_exceeds", value="55")
    assert compute(table, largest, ComputedBy(measure="female_share", where={"term": "1"})).value == 60
    ratios = table.assign(unit="ratio", estimate=[1.4, 1.2, 0.9], numerator=np.nan, denominator=np.nan)
    over = claim(relation="over_represented", levels=["A", "B"], unit="ratio")
    assert verdict(over, compute(ratios, over, across), Widths())[0] == "agrees"
    also = claim(relation="over_represented", levels=["A", "C"], unit="ratio")
    assert verdict(also, compute(ratios, also, across), Widths())[0] == "disagrees"


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"value": "50"}, "cause_other_term"),  # term 2
        ({"value": "90"}, "cause_complement"),
        ({"value": "0.1", "decimals": 1}, "cause_proportion"),
        ({"value": "8"}, "cause_with_missing"),  # 1 of 12, the two of unknown sex being in the base
        ({"value": "33"}, "cause_unknown"),
        ({"value": "33", "likely_cause": "补选"}, "cause_declared"),
    ],
)
def test_likely_causes(fields: dict[str, str], key: str) -> None:
    table = shares([("A", "1", 1, 10), ("A", "2", 5, 10)], excluded="sex not_recorded 2")
    source = ComputedBy(measure="female_share", where={"term": "1"})
    one = claim(**fields)
    found = compute(table, one, source)
    assert verdict(one, found, Widths())[0] == "disagrees"
    assert [cause.key for cause in likely_causes(table, one, source, found, Widths())] == [key]


def test_a_missing_estimate_has_its_reason() -> None:
    table = combined([shares([("A", "1", 0, 0)])])
    found = compute(table, claim(value="46"), ComputedBy(measure="female_share"))
    assert (found.value, found.reason) == (None, "empty_base")
    assert "base is zero" in why_missing(found.reason).text("en")


@pytest.mark.parametrize("kind", ["verdicts", "findings", "relations", "units", "sentences"])
def test_every_word_is_there_in_both_languages(kind: str) -> None:
    for key, words in entries("claims")[kind].items():
        assert words["zh"] and words["en"], key


def test_every_relation_has_words(tmp_path: Path) -> None:
    (tmp_path / "claims.yml").write_text(MINIMAL, encoding="utf-8")
    file = claims.load(tmp_path / "claims.yml")
    assert Published(file, file.claims[0].model_copy(update={"relation": "just_under"})).text("zh") == "近45%"
    assert Published(file, file.claims[0].model_copy(update={"relation": "digits"})).text("en") == "45.x%"


@pytest.mark.parametrize(
    ("old", "new", "key", "said"),
    [
        ("    value: 45", "    valeu: 45", "settings_key", "Did you mean 'value'?"),
        ("relation: equals", "relation: roughly", "settings_value", "claims.0.relation"),
        ("    value: 45\n", "", "claim_field", "needs `value`"),
        ("    sentence: 女性占45%。\n", "", "settings_value", "claims.0.sentence: Field required"),
        ("group: staff}", "group: staf}", "claim_reference", "Did you mean 'staff'?"),
        ("quantity: women", "quantity: wmen", "claim_reference", "Did you mean 'women'?"),
        ("source: paper", "source: papers", "claim_reference", "Did you mean 'paper'?"),
        ("unit: percent", "unit: per cent", "claim_reference", "Did you mean 'percent'?"),
        ("value: 45", "value: 45.5", "claim_field", "printed with 1 decimals"),
        ("value: 45", "value: about 45", "settings_value", "claims.0.value"),
        ("value: 45", "value: 1e999999999", "settings_value", "claims.0.value"),
        ("value: 45", "value: .nan", "settings_value", "claims.0.value"),
        ("relation: equals", "relation: order_of", "claim_field", "needs `order`"),
        ("unit: percent", "unit: percent\n    change: {before: B}", "claim_reference", "change.before"),
        ("claims:", "claims: [", "settings_syntax", "line"),
        ("claims:\n", "claims: []\nx:\n", "settings_key", "'x'"),
        (MINIMAL, "", "claims_empty", "empty"),
        (MINIMAL, "sources: {}\ngroups: {}\nclaims: []", "settings_value", "claims"),
        (MINIMAL, "- a\n- b", "settings_value", "claims.yml"),
        (MINIMAL, "just text", "settings_value", "claims.yml"),
    ],
)
def test_bad_claims_files_say_where_and_what(tmp_path: Path, old: str, new: str, key: str, said: str) -> None:
    assert old in MINIMAL
    path = tmp_path / "claims.yml"
    path.write_text(MINIMAL.replace(old, new), encoding="utf-8")
    with pytest.raises(StudyError) as problem:
        claims.load(path)
    assert problem.value.key == key
    assert said in str(problem.value)
    assert str(path) in str(problem.value)
    assert problem.value.text("zh")


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "claims.yml"
    path.write_text(MINIMAL + MINIMAL[MINIMAL.index("  - id") :], encoding="utf-8")
    with pytest.raises(StudyError, match="2 claims have this id"):
        claims.load(path)


@pytest.mark.parametrize("name", ["absent.yml", "."])
def test_a_file_that_is_not_there_or_is_a_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(StudyError) as problem:
        claims.load(tmp_path / name)
    assert problem.value.key == "claims_unreadable"


def test_a_file_in_another_encoding(tmp_path: Path) -> None:
    path = tmp_path / "claims.yml"
    path.write_bytes(MINIMAL.encode("gb18030"))
    with pytest.raises(StudyError, match="UTF-8"):
        claims.load(path)
