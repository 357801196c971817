"""Numbers and labels in words: half-up rounding, signs, dashes, stars and order."""

import math
import re
from importlib.resources import files

import numpy as np
import pandas as pd
import pytest
import yaml

from analysis import catalogue
from analysis.catalogue import base, entries, extended
from analysis.errors import StudyError
from analysis.measure import arranged
from analysis.reporting.wording import Wording, rounded

ZH, EN = (Wording(base(), language) for language in ("zh", "en"))


@pytest.mark.parametrize(
    ("value", "decimals", "printed"),
    [
        (62.5, 0, "63"),  # METHODS: Python's round gives 62
        (0.5, 0, "1"),
        (1.5, 0, "2"),
        (2.5, 0, "3"),
        (-0.5, 0, "-1"),  # away from zero
        (-62.5, 0, "-63"),
        (0.145, 2, "0.15"),  # the binary number lies below
        (1.005, 2, "1.01"),
        (2.675, 2, "2.68"),
        (20.75, 1, "20.8"),
        (0.05, 1, "0.1"),
        (0.049, 1, "0.0"),
        (12, 1, "12.0"),
        (99.95, 1, "100.0"),
    ],
)
def test_a_number_is_rounded_half_away_from_zero(value, decimals, printed):
    assert str(rounded(value, decimals)) == printed


@pytest.mark.parametrize(
    ("value", "unit", "printed"),
    [
        (0.625, "proportion", "62.5%"),
        (0.0005, "proportion", "0.1%"),
        (1.0, "proportion", "100.0%"),
        (1.5833, "rate", "158.3%"),
        (-0.25, "rate", "−25.0%"),
        (-0.24, "points", "−24.0"),
        (0.6889, "index", "0.689"),
        (14.85, "years", "14.9"),
        (1234567, "count", "1,234,567"),
        (2.5, "count", "3"),
        (17.35, "per_10000", "17.4"),
    ],
)
def test_a_number_is_printed_with_the_decimals_and_the_sign_of_its_unit(value, unit, printed):
    assert ZH.number(value, unit) == EN.number(value, unit) == printed


def test_the_minus_sign_is_a_minus_sign():
    assert "−" in EN.number(-0.1, "rate")
    assert "-" not in EN.number(-0.1, "rate")


def test_what_is_not_a_number_is_a_dash():
    assert EN.number(math.nan, "proportion") == EN.number(math.inf, "rate") == EN.count(math.nan) == "–"


@pytest.mark.parametrize(
    ("numerator", "denominator", "printed"),
    [(23, 80, "28.8%"), (41, 80, "51.3%"), (29, 400, "7.3%"), (57, 400, "14.3%"), (9, 2000, "0.5%")],
)
def test_a_share_that_is_half_way_between_two_per_cents_is_rounded_up(numerator, denominator, printed):
    assert EN.number(numerator / denominator, "proportion") == printed


def test_nothing_has_no_sign():
    assert EN.number(-0.0004, "rate") == "0.0%"


def test_a_count_is_rounded_half_up_as_every_number_is():
    assert EN.count(2.5) == "3"


# Cells


def cell(**facts):
    plain = {"measure": "renewal_rate", "estimate": 0.5, "n": 30, "unit": "proportion", "table": "roster", "reason": ""}
    return EN.cell(arranged(pd.DataFrame([plain | facts])).iloc[0])


def test_a_cell_is_an_estimate_with_its_interval_where_it_has_one():
    assert cell() == "50.0%"
    assert cell(low=0.331, high=0.669) == "50.0% (33.1%–66.9%)"
    assert cell(low=0.331) == "50.0%"


def test_an_undefined_cell_is_a_dash_and_a_hidden_one_says_so():
    assert cell(estimate=np.nan, reason="empty_base") == "–"
    assert cell(estimate=np.nan, reason="hidden") == "[hidden]"
    assert cell(reason="hidden") == "[hidden]"  # whatever stands there


# Labels


def test_labels_are_those_of_the_catalogue_in_both_languages():
    assert (ZH.label("sex", "female"), EN.label("sex", "female")) == ("女", "Women")
    assert (ZH.label("measure", "renewal_rate"), EN.label("measure", "renewal_rate")) == (
        "换届更新率",
        "Renewal at the election",
    )
    assert (ZH.label("is_party_member", "True"), EN.label("is_party_member", "False")) == ("是", "No")
    assert (ZH.label("role", "unknown"), EN.label("role", "unknown")) == ("不详", "Unknown")
    assert EN.label("subdistrict", "青云谱镇") == "青云谱镇"


def test_a_community_is_called_as_the_study_names_it_in_each_language_and_else_by_its_id():
    named = extended(
        {"community": {"6": {"zh": "苏格兰", "en": "Scotland"}}}, {"community_id": {"zh": "大区", "en": "Region"}}
    )
    for language, expected in (("zh", ["苏格兰", "7"]), ("en", ["Scotland", "7"])):
        assert Wording(named, language).labels("community_id", ["6", "7"]) == expected
    assert (Wording(named, "en").place("community_id"), Wording(base(), "en").place("community_id")) == (
        "region",
        "community",
    )


def test_a_level_that_the_catalogue_has_not_is_refused():
    with pytest.raises(StudyError) as refused:
        EN.label("sex", "femal")
    assert (refused.value.key, refused.value.facts["nearest"]) == ("unknown_key", "female")


def test_levels_stand_in_the_order_of_the_catalogue_and_unknown_last():
    drawn = ["unknown", "bachelor", "primary", "master", "bachelor"]
    assert EN.ordered("education", drawn) == ["primary", "bachelor", "master", "unknown"]
    assert EN.ordered("measure", ["renewal_rate", "leaver_rate"]) == ["leaver_rate", "renewal_rate"]


def test_values_without_levels_stand_as_they_come_and_unknown_last():
    assert EN.ordered("subdistrict", ["b", "unknown", "a", "b"]) == ["b", "a", "unknown"]


# Notes


def noted(words, rows):
    plain = {"measure": "college_share", "estimate": 0.5, "n": 30, "unit": "proportion", "table": "roster"}
    plain |= {"interval": "census", "reason": "", "excluded": ""}
    return words.notes(arranged(pd.DataFrame([plain | row for row in rows])))


def test_notes_say_who_is_not_in_the_base_from_the_least_to_the_most():
    rows = [
        {"excluded": "education unknown 3; education refused 2"},
        {"excluded": "education unknown 12"},
        {"excluded": ""},
    ]
    notes = noted(EN, rows=rows)
    assert notes[0] == "Not in the base (persons): Education: unknown 3–12, refused 2."
    assert notes[1:] == ["A full register: no sampling error."]
    assert noted(ZH, rows=rows)[0] == "未计入基数（人）：学历：不详 3–12、拒答 2。"


def test_a_comma_stands_between_bounds_of_which_one_is_negative():
    row = pd.Series({"estimate": -0.05, "low": -0.071, "high": -0.029, "unit": "points", "reason": ""})
    assert EN.cell(row) == ZH.cell(row) == "−5.0 (−7.1, −2.9)"
    assert EN.cell(row.replace({-0.05: 0.05, -0.071: 0.029, -0.029: 0.071})) == "5.0 (2.9–7.1)"


def test_a_number_of_a_dimension_is_said_as_its_column_says_it():
    assert (ZH.label("top_percent", "10"), EN.label("top_percent", "10")) == ("前10%", "Top 10%")
    assert (ZH.label("age_from", "45"), EN.label("age_from", "45")) == ("45岁及以上", "45 and over")


def test_a_masked_count_stays_masked_in_a_note():
    rows = [{"excluded": "education unknown <10"}, {"excluded": "education unknown 12"}]
    assert noted(EN, rows=rows)[0] == "Not in the base (persons): Education: unknown <10–12."


def test_notes_say_why_a_cell_is_empty():
    notes = noted(EN, rows=[{"reason": "hidden", "estimate": np.nan}, {"reason": "empty_base", "estimate": np.nan}, {}])
    assert notes == [
        "– Undefined: the base is zero.",
        "[hidden]: too few persons.",
        "A full register: no sampling error.",
    ]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_measure_unit_and_level_has_its_words(language):
    words = Wording(base(), language)
    assert all(words.measure(name) for name in entries("measures")["measures"])
    assert all(words.unit(name) for name in entries("measures")["units"])
    for levels in base().levels.values():
        assert all(entry[language] for entry in levels.values())


def test_a_definition_that_has_words_has_them_in_both_languages():
    told = [entry["definition"] for kind in ("measures", "estimators") for entry in entries("measures")[kind].values()]
    for words in (one for one in told if not isinstance(one, str)):
        assert words.keys() == {"zh", "en"}
        english = set(re.findall("[a-z]{5,}", words["zh"]))  # a formula's logit stands in both
        assert english <= {"logit", "artanh"}, words
    assert not re.findall("[a-z]{5,}", " ".join(one for one in told if isinstance(one, str)))


def keys_twice(node, path=""):
    """Keys that stand twice in a mapping: of those YAML keeps the last without a word."""
    if isinstance(node, yaml.MappingNode):
        names = [key.value for key, _ in node.value]
        yield from (f"{path}.{name}" for name in {name for name in names if names.count(name) > 1})
        for key, value in node.value:
            yield from keys_twice(value, f"{path}.{key.value}")


@pytest.mark.parametrize("file", ["commands", "claims", "errors", "levels", "measures", "sentences", "tables", "words"])
def test_no_key_of_the_catalogue_stands_twice(file):
    text = files(catalogue).joinpath(f"{file}.yml").read_text(encoding="utf-8")
    assert list(keys_twice(yaml.compose(text))) == []
