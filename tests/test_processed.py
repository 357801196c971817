"""Accepted tables as files: read back as text they are what was accepted, and no cell of them runs as a formula."""

import csv

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reporting.processed import write_table
from analysis.reporting.tables import harmless

text = st.text(st.sampled_from('a1 ,"\n\r\t;=+-@是𠮷'), max_size=4) | st.none()


def read(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


@settings(max_examples=100)
@given(st.lists(st.tuples(text, st.booleans() | st.none(), st.integers(-9, 9) | st.none()), min_size=1, max_size=5))
def test_a_table_comes_back_as_it_was_but_for_what_would_be_a_formula(tmp_path_factory, rows):
    path = tmp_path_factory.getbasetemp() / "table.csv"
    words, marks, numbers = zip(*rows, strict=True)
    frame = {"words": pd.Series(words, dtype="str"), "marks": pd.Series(marks, dtype="boolean")}
    write_table(path, pd.DataFrame(frame | {"numbers": pd.Series(numbers, dtype="Int64")}))
    written = [["" if cell is None else str(harmless(cell)) for cell in row] for row in rows]
    assert read(path) == [["words", "marks", "numbers"], *written]


def test_dates_have_no_time_and_a_negative_number_is_no_formula(tmp_path):
    dates = pd.Series(["2015-07-01", None], dtype="datetime64[s]")
    write_table(tmp_path / "t.csv", pd.DataFrame({"day": dates, "value": pd.Series([-1.5, None], dtype="Float64")}))
    assert read(tmp_path / "t.csv") == [["day", "value"], ["2015-07-01", "-1.5"], ["", ""]]


@pytest.mark.parametrize("dtype", ["str", "object"])
def test_a_table_without_rows_has_its_header(tmp_path, dtype):
    write_table(tmp_path / "t.csv", pd.DataFrame(columns=["a", "b"], dtype=dtype))
    assert read(tmp_path / "t.csv") == [["a", "b"]]
