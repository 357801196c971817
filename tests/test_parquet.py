"""Parquet and Arrow files: every value as text exactly as it is kept, and what can't be text refused by name."""

import datetime
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import feather, ipc, parquet

from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats import arrow as reader
from analysis.settings import FileSource

SOURCE = FileSource(file="survey.parquet", columns={})


def stream(table: pa.Table, path: Path) -> None:
    with ipc.new_stream(path, table.schema) as out:
        out.write_table(table)


WRITERS = {"parquet": parquet.write_table, "feather": feather.write_feather, "arrow": stream}


@pytest.fixture(params=WRITERS)
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Path]:
    def written(table: pa.Table) -> Path:
        path = tmp_path / f"survey.{request.param}"
        WRITERS[request.param](table, path)
        return path

    return written


def column(values: list, kind: pa.DataType, tmp_path: Path) -> list[str]:
    parquet.write_table(pa.table({"x": pa.array(values, kind)}), tmp_path / "x.parquet")
    return reader.read(tmp_path / "x.parquet", SOURCE).rows["x"].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "texts"),
    [
        ([1, None, -5, 2**62], pa.int64(), ["1", "", "-5", "4611686018427387904"]),
        ([5.0, 7.5, 0.1 + 0.2, float("nan"), None], pa.float64(), ["5", "7.5", "0.30000000000000004", "", ""]),
        ([0.1], pa.float32(), ["0.1"]),
        ([Decimal("12.50"), None], pa.decimal128(10, 2), ["12.50", ""]),
        ([True, False, None], pa.bool_(), ["true", "false", ""]),
        (["001", "", None, "𠮷😀", " a "], pa.string(), ["001", "", "", "𠮷😀", " a "]),
        (["是".encode()], pa.binary(), ["是"]),
        ([datetime.date(2014, 11, 29), None], pa.date32(), ["2014-11-29", ""]),
        ([datetime.datetime(2014, 11, 29), None], pa.timestamp("ns"), ["2014-11-29", ""]),
        ([datetime.datetime(2014, 11, 29, 8, 30)], pa.timestamp("us"), ["2014-11-29 08:30:00"]),
        ([datetime.datetime(2014, 11, 29, 8, 30, 0, 250000)], pa.timestamp("ms"), ["2014-11-29 08:30:00.250"]),
        ([datetime.time(8, 30)], pa.time64("us"), ["08:30:00.000000"]),
        ([None, None], pa.null(), ["", ""]),
    ],
)
def test_values_as_text(values, kind, texts, tmp_path):
    assert column(values, kind, tmp_path) == texts


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1))
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_number_can_be_had_back_from_its_text(tmp_path, values):
    assert [float(text) for text in column(values, pa.float64(), tmp_path)] == values


def test_every_container_and_levels_of_a_dictionary(write):
    table = pa.table({"n": [1, 2, 1], "x": pa.array(["a", None, "b"]).dictionary_encode()})
    raw = reader.read(write(table), SOURCE)
    assert raw.rows.to_numpy().tolist() == [["1", "a"], ["2", ""], ["1", "b"]]
    assert raw.rows.index.tolist() == [1, 2, 3]


@pytest.mark.parametrize("value", [["a", "b"], {"a": 1}])
def test_a_nested_column_is_refused_by_name(write, value):
    with pytest.raises(StudyError) as caught:
        reader.read(write(pa.table({"n": [1], "several": [value]})), SOURCE)
    assert (caught.value.key, caught.value.facts["list"]) == ("column_nested", "several")


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_a_file_that_was_cut_off_is_refused(write, share):
    path = write(pa.table({"x": [f"text {i}" for i in range(5000)]}))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(StudyError) as caught:
        reader.read(path, SOURCE)
    assert caught.value.key == "arrow_unreadable"


@pytest.mark.parametrize("content", [b"", b"PAR1", b"ARROW1\0\0", b"\xff\xff\xff\xff", b"\0" * 100, b"a,b\n1,2\n"])
def test_what_is_no_such_file_is_refused(tmp_path, content):
    (tmp_path / "bad.parquet").write_bytes(content)
    with pytest.raises(StudyError) as caught:
        reader.read(tmp_path / "bad.parquet", SOURCE)
    assert caught.value.key == "arrow_unreadable"


def test_bytes_that_are_no_text_are_refused_with_their_column(tmp_path):
    parquet.write_table(pa.table({"x": pa.array([b"\xff\xfe"])}), tmp_path / "x.parquet")
    with pytest.raises(StudyError) as caught:
        reader.read(tmp_path / "x.parquet", SOURCE)
    assert caught.value.key == "arrow_unreadable"
    assert "x: " in caught.value.facts["problem"]


def test_a_table_without_rows_is_refused(write):
    with pytest.raises(StudyError) as caught:
        reader.read(write(pa.table({"x": pa.array([], pa.string())})), SOURCE)
    assert caught.value.key == "file_empty"


def test_columns_of_one_name_are_refused(tmp_path):
    stream(pa.table([pa.array([1]), pa.array([2])], names=["x", "x"]), tmp_path / "x.arrow")
    with pytest.raises(StudyError) as caught:
        reader.read(tmp_path / "x.arrow", SOURCE)
    assert caught.value.key == "column_twice"


def test_a_file_with_another_name_is_read_as_what_it_is(tmp_path):
    parquet.write_table(pa.table({"x": [1]}), tmp_path / "x.csv")
    raw = formats.read(tmp_path / "x.csv", FileSource(file="x.csv", columns={}), tmp_path)
    assert raw.rows["x"].tolist() == ["1"]
    assert raw.notes == {"note_other_format": [".parquet"]}
