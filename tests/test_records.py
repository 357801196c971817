"""Delimited text becomes records: the quick way and the careful one give the same, and rows are counted as a person counts."""

import csv
import io
from pathlib import Path

import pyarrow.csv
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.reading.formats.records import carefully, delimiter_of, place_of, quickly, records

PATH = Path("answers.csv")

cell = st.text(st.sampled_from('a1 ,;"\n\r\t　是𠮷'), max_size=4)
written = st.one_of(cell.map(lambda text: '"' + text.replace('"', '""') + '"'), cell, st.just(""))
line = st.lists(written, max_size=4).map(",".join)
text = st.lists(st.tuples(line, st.sampled_from(["\n", "\r\n", "\r"])).map("".join), max_size=8).map("".join)


def told(content: str, way=carefully) -> object:
    """Rows, their numbers, and those of another width; or the error."""
    try:
        found = quickly(content.encode(), ",") if way is quickly else way(content.encode(), ",", PATH)
    except StudyError as error:
        return error.key, error.facts
    if found is None:
        return None
    cells = [row.values() for row in found.cells.to_pylist()]
    return [[*row] for row in cells], found.numbers.tolist(), found.others


@settings(max_examples=600)
@given(text)
@example('a,b\n"x\ny",1\n1\n2,3\n')
@example('a,b\n1\n\n2,3\n"x\r\ny",4\r5,6,7\n8,9')
@example("a,b\n,\n1,2\n\u3000, \n")
@example('a,b\n1,"2')
def test_the_quick_way_gives_what_the_careful_one_gives(content):
    quick = told(content, quickly)
    assert quick is None or quick == told(content)


def test_two_processors_read_a_file_and_one_where_rows_have_to_be_numbered(monkeypatch):
    ways = []
    options = pyarrow.csv.ReadOptions
    monkeypatch.setattr(pyarrow.csv, "ReadOptions", lambda **how: ways.append(how["use_threads"]) or options(**how))
    assert told("a,b\n1,2\n", quickly) == ([["a", "b"], ["1", "2"]], [1, 2], [])
    assert ways == [True]
    assert told("a,b\n1\n2,3\n", quickly) == ([["a", "b"], ["2", "3"]], [1, 3], [(2, 1)])
    assert ways == [True, True, False]


plain = st.text(st.sampled_from("a1是𠮷|"), min_size=1, max_size=3)


@settings(max_examples=200)
@given(st.lists(st.lists(plain | st.just("x,y") | st.just('q"q'), min_size=2, max_size=5), min_size=2, max_size=9))
def test_whatever_a_program_writes_is_read_quickly_and_comes_back(rows):
    # Each row of another width than the first is told, with its number; no row is lost.
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL if len(rows) % 2 else csv.QUOTE_MINIMAL).writerows(rows)
    width = len(rows[0])
    cells, numbers, others = told(out.getvalue(), records)
    assert cells == [row for row in rows if len(row) == width]
    assert numbers == [number for number, row in enumerate(rows, 1) if len(row) == width]
    assert others == [(number, len(row)) for number, row in enumerate(rows, 1) if len(row) != width]


@pytest.mark.parametrize(
    "content", ['a,b\n"1","2"\n', "a,b\r\n1,2\r\n", '"a","b"\n"1,5","say ""yes"""\n', "a,b\n1\n2,3\n"]
)
def test_a_regular_file_is_read_the_quick_way(content):
    assert quickly(content.encode(), ",") is not None


@pytest.mark.parametrize(
    "content", ['a,b\n"1"x,2\n', 'a,b\n"1,2\n', 'a,b\n1"2,3\n', 'a,b\n"1\n1,2\n",3\n', "\na,b\n1,2\n"]
)
def test_a_file_that_is_not_regular_is_left_to_the_careful_way(content):
    assert quickly(content.encode(), ",") is None


def test_a_cell_longer_than_any_spreadsheet_allows_is_whole():
    # Excel's cells end at 32,767 characters; Python's csv module would refuse 131,073.
    for length in (32_767, 200_000):
        long = "长" * length
        for content in (f"a,b\n{long},1\n", f'a,b\n"{long}",1\n', f'a,b\n{long}"",1\n'):
            found = records(content.encode(), ",", PATH).cells
            assert found["0"][1].as_py().strip('"') == long


def test_ten_thousand_columns():
    names = [f"q{number}" for number in range(10_000)]
    found = records((",".join(names) + "\n" + ",".join(["是"] * 10_000)).encode(), ",", PATH)
    assert (found.cells.num_columns, found.cells["9999"].to_pylist()) == (10_000, ["q9999", "是"])


class TestDelimiter:
    @pytest.mark.parametrize(
        ("content", "delimiter"),
        [
            ("a,b,c\n1,2,3\n", ","),
            ("a;b\n1,5;2,5\n3,5;4,5\n", ";"),
            ("a|b|c\n1|2,3|4\n", "|"),
            ("名称;说明,备注\n甲;乙\n丙;丁\n", ";"),  # the first line alone would leave it open
            ("a\tb\n1\t2\n", "\t"),
            ("姓名\n王丽\n", ","),
            ('"a;b","c"\n"1;2;3","4"\n', ","),
        ],
    )
    def test_it_is_the_one_that_agrees_with_the_header_in_most_rows(self, content, delimiter):
        assert delimiter_of(content.encode(), PATH) == delimiter

    def test_two_that_do_equally_well_are_refused(self):
        with pytest.raises(StudyError) as caught:
            delimiter_of(b"a,b;c\n1,2;3\n4,5;6\n", PATH)
        assert caught.value.key == "delimiter_unclear"
        assert caught.value.facts["list"] == "',' ';'"


@pytest.mark.parametrize(
    ("content", "place"),
    [("\0", (1, 1)), ("a,\0", (1, 2)), ("a,b\n\0,2", (2, 1)), ("a,b\n1,2\n3,4\0", (3, 2)), ('a,b\n"1\n\0",2', (2, 1))],
)
def test_the_place_of_a_byte(content, place):
    assert place_of(content.encode(), content.index("\0"), ",") == place
