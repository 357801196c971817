"""A column of text becomes values: whatever is read many at a time is read as it would be one by one."""

import gc
import weakref

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.catalogue import base
from analysis.reading.convert import convert
from analysis.settings import ColumnSource

WRITTEN = [
    "0",
    "007",
    "-8",
    "99",
    "1.50",
    "0.1",
    "1e3",
    "123456789012345",
    "1234567890123456",
    "9007199254740993",
    "1,000",
]
WRITTEN += [
    "１２",
    "1_000",
    "nan",
    "inf",
    ".5",
    "5.",
    "1.5.2",
    "",
    " ",
    "\u3000",
    "A1",
    " A1 ",
    "王丽",
    "𠮷",
    "\x1c1",
    "2014",
]


@settings(max_examples=300)
@given(
    st.sampled_from(["respondent_id", "name", "residents", "birth_year", "income", "value"]),
    st.lists(st.sampled_from(WRITTEN) | st.from_regex(r"[-+0-9.,]{0,18}", fullmatch=True), max_size=12),
    st.sampled_from([{}, {"99": "unknown"}, {"-8": "refused", "": "not_asked"}]),
)
def test_many_at_a_time_are_read_as_one_by_one(column, written, missing):
    # A pattern that keeps everything: with a pattern, every text is interpreted by itself.
    read = convert(pd.Series(written, dtype="str"), column, ColumnSource(column="x", missing=missing), base())
    single = ColumnSource(column="x", missing=missing, pattern="(?s)^(.*)$")
    for part, other in zip(read, convert(pd.Series(written, dtype="str"), column, single, base()), strict=True):
        pd.testing.assert_series_equal(part, other)


@pytest.mark.parametrize("text", ["0.1", "1.7976931348623157", "123456789012345.678901234567", "0.30000000000000004"])
def test_a_number_is_the_nearest_that_can_be(text):
    # Python's own float() is correctly rounded.
    read = convert(pd.Series([text], dtype="str"), "value", ColumnSource(column="x"), base())
    assert read.values.tolist() == [float(text)]


def test_a_cell_at_fault_does_not_keep_its_column_in_memory():
    written = pd.Series(["?", "女"], dtype="str")
    column = weakref.ref(written)
    gc.disable()  # which would find it at last, when memory has run out
    try:
        convert(written, "sex", ColumnSource(column="x"), base())
        del written
        assert column() is None
    finally:
        gc.enable()
