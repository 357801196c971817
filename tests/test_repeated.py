"""Which rows of a long table have the key of another, and which values are in it, as pandas says."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.reading import repeated as module
from analysis.reading.repeated import factorised, repeated

text = st.sampled_from(["a", "b", ""]) | st.none()


def side_by_side(ids, items):
    """The rows of some respondents, once for each item: the array of their ids stands in the column as often."""
    ids = pd.Series(ids, dtype="str")
    rows = [pd.DataFrame({"id": ids, "item": pd.Series(item, ids.index, dtype="str")}) for item in items]
    return pd.concat(rows, ignore_index=True)


@settings(max_examples=100, deadline=None)
@given(st.lists(text, max_size=5), st.lists(st.sampled_from("xy"), min_size=1, max_size=3), st.booleans())
def test_repeated_rows_and_different_values_are_those_of_pandas(ids, items, renumbers):
    rows = side_by_side(ids, items).assign(wave=1)
    with pytest.MonkeyPatch.context() as changed:
        changed.setattr(module, "LARGEST", 1 if renumbers else module.LARGEST)
        found = repeated(rows, ["id", "wave", "item"])
    assert found.tolist() == (rows.duplicated(keep=False) & rows["id"].notna()).tolist()
    for column in rows:
        codes, values = factorised(rows[column])
        expected, different = pd.factorize(rows[column])
        assert codes.tolist() == expected.tolist()
        assert values.tolist() == different.tolist()


def test_what_was_read_once_is_looked_at_once(monkeypatch):
    rows = side_by_side(["a", "b"], "xyz")
    looked_at = []
    factorize = pd.factorize
    monkeypatch.setattr(pd, "factorize", lambda column: looked_at.append(len(column)) or factorize(column))
    codes, _ = factorised(rows["id"])
    assert looked_at == [2]
    assert np.array_equal(codes, [0, 1] * 3)


def test_a_column_without_any_array_has_no_values():
    empty = pd.Series(pa.chunked_array([], pa.large_string()), dtype="str")
    codes, values = factorised(empty)
    assert (len(codes), len(values)) == (0, 0)
