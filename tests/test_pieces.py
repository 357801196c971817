"""A file that is read in pieces says what it says when it is read at once."""

from itertools import chain

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats import arrow, delimited
from analysis.settings import FileSource

CELLS = st.sampled_from(["1", "是", "", " a ", '"x"', '"x\ny"', '"x,""y"""', 'x"y', '"', "\r", "\x1f"])
ROWS = st.lists(st.lists(CELLS, min_size=1, max_size=3).map(",".join), max_size=8)


def whole(path, source):
    return delimited.read(path, source, {})


def in_pieces(path, source):
    rows, faults = zip(*delimited.pieces(path, source, {}, size=3), strict=True)
    return pd.concat(rows), [*chain.from_iterable(faults)]


def said(way, path, source):
    try:
        return way(path, source)
    except StudyError as error:
        return error.key, error.place, {name: fact for name, fact in error.facts.items() if name != "list"}


@settings(max_examples=60)
@given(ROWS, st.booleans(), st.sampled_from(["\n", "\r\n"]), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_pieces_of_a_text_are_the_text(tmp_path_factory, rows, has_header, end, encoding):
    path = tmp_path_factory.getbasetemp() / "pieces.csv"
    path.write_bytes((end.join(["a,乙,c", *rows])).encode(encoding))
    source = FileSource(file="pieces.csv", columns={}, delimiter=",", header=has_header)
    once, bit_by_bit = said(whole, path, source), said(in_pieces, path, source)
    if isinstance(once[0], str):
        assert once == bit_by_bit
    else:
        pd.testing.assert_frame_equal(once[0], bit_by_bit[0])
        assert once[1] == bit_by_bit[1]


def test_rows_are_numbered_through_all_pieces(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('a,b\n1,"x\ny"\n\n2\n3,z\n')
    rows, faults = in_pieces(path, FileSource(file="rows.csv", columns={}))
    assert rows.to_dict("index") == {2: {"a": "1", "b": "x\ny"}, 5: {"a": "3", "b": "z"}}
    assert [(fault.row, fault.value) for fault in faults] == [(4, "1 ≠ 2")]


def test_a_broken_place_is_told_by_its_row_in_the_file(tmp_path):
    path = tmp_path / "nul.csv"
    path.write_bytes(b"a,b\n1,2\n3,\0\n")
    with pytest.raises(StudyError) as caught:
        in_pieces(path, FileSource(file="nul.csv", columns={}))
    assert (caught.value.key, caught.value.facts) == ("nul_character", {"row": 3, "column": 2})


def test_pieces_of_a_parquet_file_are_the_file(tmp_path):
    path = tmp_path / "rows.parquet"
    columns = {"n": [1, None, 3], "x": [0.5, 2.0, None], "text": ["a", None, " b "], "yes": [True, False, None]}
    pyarrow.parquet.write_table(pa.table(columns), path, row_group_size=1)
    once = arrow.read(path, FileSource(file="rows.parquet", columns={})).rows
    pd.testing.assert_frame_equal(pd.concat(arrow.pieces(path, 2)), once, check_index_type=False)


@pytest.mark.parametrize("way", [lambda path: [*arrow.pieces(path)], lambda path: arrow.read(path, None)])
def test_a_damaged_parquet_file_is_refused_with_the_column(tmp_path, way):
    path = tmp_path / "damaged.parquet"
    pyarrow.parquet.write_table(
        pa.table({"a": ["x"] * 9, "b": ["y"] * 9}), path, compression="none", use_dictionary=False
    )
    content = bytearray(path.read_bytes())
    place = content.index(b"y")
    content[place - 4 : place] = b"\xff" * 4  # the length of the first text
    path.write_bytes(content)
    with pytest.raises(StudyError) as caught:
        way(path)
    assert (caught.value.key, caught.value.place) == ("arrow_unreadable", str(path))
    assert caught.value.facts["problem"].startswith("b: ")


def test_rows_of_any_other_format_are_one_piece(tmp_path):
    path = tmp_path / "rows.xlsx"
    pd.DataFrame({"a": [1, 2]}).to_excel(path, index=False)
    source = FileSource(file="rows.xlsx", columns={"community_id": {"column": "a"}})
    [raw] = formats.pieces(path, source, tmp_path)
    assert raw.rows.to_dict("list") == {"a": ["1", "2"], "#": ["rows-2", "rows-3"]}


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet"])
def test_rows_are_named_as_they_are_where_the_file_is_read_at_once(tmp_path, name):
    frame = pd.DataFrame({"a": ["1", "2"]})
    frame.to_csv(tmp_path / name, index=False) if name.endswith("csv") else frame.to_parquet(tmp_path / name)
    source = FileSource(file=name, columns={})
    [raw] = formats.pieces(tmp_path / name, source, tmp_path)
    pd.testing.assert_frame_equal(raw.rows, formats.read(tmp_path / name, source, tmp_path).rows)
