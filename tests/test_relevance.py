"""Conditions of an XLSForm: what they say of each respondent, and which are not understood.

The meaning is XPath 1.0's (https://www.w3.org/TR/1999/REC-xpath-19991116/, §3.4): `=` of two texts compares texts, any
order and any comparison with a number compares numbers, and a text that is no number compares with nothing but by `!=`.
"""

from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.reading.formats.relevance import NotUnderstood, holds

ANSWERS = pd.DataFrame({"age": ["17", "18", "40", ""], "q": ["a", "b", "a b", ""]}, dtype="str")


@pytest.mark.parametrize(
    ("condition", "true"),
    [
        ("${q} = 'a'", [1, 0, 0, 0]),
        ('${q} != "a"', [0, 1, 1, 1]),
        ("${q} = ''", [0, 0, 0, 1]),
        ("${age} >= 18", [0, 1, 1, 0]),
        ("${age} < 18", [1, 0, 0, 0]),
        ("18 <= ${age}", [0, 1, 1, 0]),
        ("${age} = 18", [0, 1, 0, 0]),
        ("${age} = 18.0", [0, 1, 0, 0]),
        ("${age} != 18", [1, 0, 1, 1]),
        ("${age} > '17'", [0, 1, 1, 0]),
        ("selected(${q}, 'a')", [1, 0, 1, 0]),
        ("not(selected(${q}, 'a'))", [0, 1, 0, 1]),
        ("count-selected(${q}) >= 2", [0, 0, 1, 0]),
        ("${q} = 'a' or ${q} = 'b' and ${age} = 40", [1, 0, 0, 0]),
        ("(${q} = 'a' or ${q} = 'b') and ${age} = 18", [0, 1, 0, 0]),
        ("true()", [1, 1, 1, 1]),
        ("not(false()) and ${ age }>17", [0, 1, 1, 0]),
    ],
)
def test_what_a_condition_says_of_each(condition, true):
    assert holds(condition, ANSWERS).tolist() == [bool(one) for one in true]


@pytest.mark.parametrize(
    "condition",
    [
        "", "${q}", "${unknown} = 'a'", "regex(${q}, 'a')", "${age} + 1 > 2", ". > 5", "selected(${q}, ${age})",
        "${q} = 'a' and", "(${q} = 'a'", "${q} = 'a' ${q}", "selected('a', 'b')", "true() = 1", "not ${q} = 'a'",
        "${q} = 'a", "count-selected(${q}", "selected",
    ],
)  # fmt: skip
def test_what_is_not_simple_is_not_understood(condition):
    with pytest.raises(NotUnderstood):
        holds(condition, ANSWERS)


@given(st.text(alphabet="${}q'\"=<>!() andorselected,.1-", max_size=30))
def test_no_text_is_anything_but_a_condition_or_not_understood(text):
    with suppress(NotUnderstood):
        assert holds(text, ANSWERS).dtype == bool


def test_a_condition_of_more_brackets_than_anybody_writes_is_not_understood():
    with pytest.raises(NotUnderstood):
        holds("(" * 100_000 + "true()" + ")" * 100_000, ANSWERS)
