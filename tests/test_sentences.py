"""Sentences made from rows of a measure table: bound to interval and reliability, with the same numbers in both languages."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import comparison, compute, reporting
from analysis.catalogue import base, entries
from analysis.errors import StudyError
from analysis.measure import arranged, dimensions
from analysis.reporting import page as pages
from analysis.reporting.sentences import sentence, spoken
from analysis.reporting.wording import Wording

ZH, EN = (Wording(base(), language) for language in ("zh", "en"))
CAUSAL = "导致|因为|由于|影响|造成|使得|促进|归因|because|due to|cause|effect|lead|result in|thanks to|impact|owing"


@pytest.fixture(scope="module")
def measured(nanchang):
    return compute.measures(nanchang)


@pytest.fixture
def shown(monkeypatch):
    """What a page has shown."""
    bundles = []
    monkeypatch.setattr(pages, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def table(*rows):
    """Rows of a measure table; by default an estimate of a sample that may be shown."""
    plain = {
        "measure": "acts_gini",
        "estimate": 0.68,
        "low": 0.64,
        "high": 0.71,
        "coverage": 0.95,
        "n": 500,
        "unit": "index",
    }
    plain |= {"table": "participation", "interval": "t", "reliability": "show", "reason": ""}
    return arranged(pd.DataFrame([plain | row for row in rows]))


def said(words, *rows, **options):
    made = table(*rows)
    return sentence(made.iloc[0], words, made, **options)


def numbers(text):
    return re.findall(r"−?\d[\d,]*(?:\.\d+)?%?", text)


# What a sentence says


CHANCE = {"measure": "acts_gini_chance", "estimate": 0.52, "low": np.nan, "high": np.nan, "interval": "none"}


def test_an_estimate_stands_with_its_interval_and_the_level_of_chance_beside_it():
    assert said(ZH, {}, CHANCE) == "参与基尼系数为 0.680（95% CI 0.640–0.710），其中 0.520 是同等参与倾向下的机会水平。"
    assert (
        said(EN, {}, CHANCE)
        == "Gini index of acts: 0.680 (95% CI 0.640–0.710), of which 0.520 is the level of chance at equal inclination."
    )


def test_what_stands_beside_is_of_the_same_wave_and_is_not_told_where_it_is_hidden():
    first, second = {"wave": "first"}, {"wave": "second"}
    assert "其中 0.520" in said(ZH, first, CHANCE | first, CHANCE | second | {"estimate": 0.9})
    assert "其中" not in said(ZH, first, CHANCE | second)
    assert "其中" not in said(ZH, first, CHANCE | first | {"reason": "hidden", "estimate": np.nan})
    assert "其中" not in said(ZH, first, CHANCE | first | {"reliability": "suppress"})


def test_a_row_is_told_with_its_dimensions_and_a_number_with_its_heading():
    row = {"measure": "activity_rate", "unit": "proportion", "wave": "second", "activity": "culture_sport"}
    assert said(ZH, row).startswith("第二次，文体活动：参与率（分类活动）为 68.0%（95% CI 64.0%–71.0%）")
    assert said(EN, row).startswith("Second wave, Culture and sport: Participation rate by activity: 68.0%")
    assert said(EN, {"measure": "acts_top_share", "unit": "proportion", "top_percent": "10"}).startswith("Top 10%: ")
    assert said(EN, {"measure": "female_share", "unit": "proportion", "is_party_member": "True"}).startswith(
        "Party member Yes: "
    )


def test_a_register_says_that_it_is_one_and_a_number_without_interval_that_it_has_none():
    bare = {"low": np.nan, "high": np.nan, "coverage": np.nan, "reliability": ""}
    assert said(ZH, bare | {"interval": "census"}) == "参与基尼系数为 0.680（全数登记）。"
    assert said(EN, bare | {"interval": "none"}) == "Gini index of acts: 0.680 (no interval)."


# Reliability and suppression


@pytest.mark.parametrize(
    ("tier", "zh", "en"),
    [
        ("show", "0.710）。", "0.710)."),
        ("footnote", "其余部分的占比不可靠", "the share of all others is not reliable"),
        ("review", "须由人复核", "to be looked at by a person"),
        ("", "0.710）。", "0.710)."),
    ],
)
def test_each_tier_has_its_caveat_after_the_number(tier, zh, en):
    assert zh in said(ZH, {"reliability": tier})
    assert en in said(EN, {"reliability": tier})
    assert "0.680" in said(ZH, {"reliability": tier})


@pytest.mark.parametrize("words", [ZH, EN])
@pytest.mark.parametrize(
    "row", [{"reliability": "suppress"}, {"reason": "hidden"}, {"estimate": np.nan, "reason": "empty_base"}]
)
def test_no_number_of_a_withheld_cell_is_told_but_that_it_is_withheld(words, row):
    text = said(words, row, CHANCE)
    assert not numbers(text)
    assert words.measure("acts_gini") in text


def test_the_reason_of_what_is_withheld_is_told():
    assert said(ZH, {"reliability": "suppress"}) == "参与基尼系数：估计不可靠（人数过少或区间过宽），不予给出。"
    assert said(EN, {"reason": "hidden", "estimate": np.nan}) == "Gini index of acts: withheld: too few persons."
    assert said(EN, {"reason": "empty_base", "estimate": np.nan}) == "Gini index of acts: Undefined: the base is zero."
    assert said(EN, {"estimate": np.nan}) == "Gini index of acts: Undefined."


# Differences


@pytest.mark.parametrize(("low", "high", "is_apart"), [(-0.031, 0.012, False), (0.0, 0.02, False), (0.001, 0.02, True)])
def test_a_difference_whose_interval_holds_nothing_cant_be_told_apart(low, high, is_apart):
    row = {"measure": "rate_change", "estimate": 0.008, "unit": "points", "low": low, "high": high}
    assert ("与 0 不能区分" in said(ZH, row)) is not is_apart
    assert ("can't be told apart from 0" in said(EN, row)) is not is_apart


def test_a_ratio_is_held_against_one():
    row = {"measure": "representation_ratio", "estimate": 1.1, "unit": "ratio", "low": 0.9, "high": 1.4}
    assert "can't be told apart from 1" in said(EN, row)
    assert "apart" not in said(EN, row | {"low": 1.05})


def test_the_difference_of_a_comparison_is_held_against_nothing_whatever_its_measure():
    row = {"side": "difference", "basis": "samples", "estimate": -0.01, "low": -0.03, "high": 0.01}
    assert said(ZH, row) == "差（后减前）：参与基尼系数为 −0.010（95% CI −0.030 至 0.010），与 0 不能区分。"
    assert "apart" not in said(EN, row | {"side": "later"})


def test_an_estimate_that_is_no_difference_is_not_held_against_anything():
    assert "区分" not in said(ZH, {"low": -0.1})


# Both languages, and every row that there is


def test_both_languages_say_the_same_numbers_of_every_row(nanchang, measured):
    waves = comparison.of_waves(nanchang)
    texts = [Wording(nanchang.catalogue, language) for language in ("zh", "en")]
    for made in (measured, waves):
        each = made.groupby("measure").sample(frac=1, random_state=1).groupby("measure").head(6)
        for _, row in each.iterrows():
            found = []
            for words in texts:
                text = sentence(row, words, made)
                names = [words.measure(row["measure"])]
                names += [words.label(c, row[c]) for c in dimensions(made) if pd.notna(row[c]) and c != "basis"]
                names += [words.heading(c) for c in dimensions(made) if pd.notna(row[c])]
                for name in sorted(names, key=len, reverse=True):
                    text = text.replace(name, "")
                found.append(numbers(text.replace("0–100", "").replace("满分 100", "").replace("of 100", "")))
            assert found[0] == found[1], row["measure"]


def test_no_sentence_says_what_brought_a_number_about():
    def templates(node):
        if isinstance(node, dict):
            for key, value in node.items():
                if key in ("zh", "en"):
                    yield value
                else:
                    yield from templates(value)

    found = [text for text in templates(entries("sentences")) if re.search(CAUSAL, text, re.IGNORECASE)]
    assert found == []


def test_every_measure_and_unit_that_sentences_name_is_in_the_catalogue():
    known = entries("measures")
    named = entries("sentences")
    beside = [entry["measure"] for entry in named["beside"].values()]
    assert {*named["nulls"], *named["beside"], *beside} <= set(known["measures"])
    assert set(named["units"]) <= set(known["units"])


def test_a_measure_in_points_is_a_difference_unless_it_is_a_spread():
    in_points = {name for name, entry in entries("measures")["measures"].items() if entry["unit"] == "points"}
    assert {name for name in in_points - set(entries("sentences")["nulls"]) if "deviation" not in name} == set()


def test_a_number_is_said_with_its_unit():
    assert (spoken(0.05, "points", ZH), spoken(0.05, "points", EN)) == ("5.0 个百分点", "5.0 percentage points")
    assert spoken(0.5, "proportion", EN) == "50.0%"
    assert spoken(17.4, "per_10000", ZH) == "17.4（每万人）"


def test_of_a_convenience_sample_the_sentence_speaks_of_respondents():
    words = Wording(replace(base(), is_non_probability=True), "zh")
    assert "非概率样本" in said(words, {})
    assert "非概率样本" not in said(words, {"low": np.nan, "high": np.nan, "interval": "census"})


# On a page


def test_a_page_says_a_row_and_that_the_data_are_synthetic(nanchang, measured):
    page = reporting.open_page(nanchang, "zh")
    text = page.sentence(measured, measure="acts_gini", wave="second")
    assert text.startswith("第二次：参与基尼系数为 0.7")
    assert "同等参与倾向下的机会水平" in text
    assert text.endswith("（合成数据）。")
    assert page.sentence(measured, measure="acts_gini", wave="third") == "–"


def test_a_page_refuses_a_sentence_of_several_rows(nanchang, measured):
    with pytest.raises(StudyError) as refused:
        reporting.open_page(nanchang, "en").sentence(measured, measure="acts_gini")
    assert refused.value.key == "sentence_of_many"
    assert "wave" in refused.value.facts["columns"]


def test_a_page_lists_sentences_and_withholds_small_cells(nanchang, shown):
    real = replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))
    few = {
        "measure": "participation_rate",
        "unit": "proportion",
        "estimate": 0.05,
        "numerator": 3,
        "denominator": 60,
        "n": 60,
    }
    reporting.open_page(real, "en").sentences(table(few))
    assert shown[0]["text/markdown"] == "- Participation rate (any activity): withheld: too few persons."
    reporting.open_page(nanchang, "zh").sentences(table(few))
    assert "5.0%" in shown[1]["text/markdown"]
    assert "合成数据" in shown[1]["text/markdown"]
