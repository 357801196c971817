"""The chains of sectors in an .xls file: one that comes back to itself is found, a whole file has none."""

from pathlib import Path

import pytest

from analysis.errors import StudyError
from analysis.reading.formats import excel
from analysis.reading.formats.sectors import has_loop
from analysis.settings import FileSource

WHOLE = (Path(__file__).with_name("reference") / "workbooks" / "roster.xls").read_bytes()


def with_word(place: int, number: int) -> bytes:
    return WHOLE[:place] + number.to_bytes(4, "little") + WHOLE[place + 4 :]


def fat() -> int:
    """Where the first table of sectors begins: its number stands at byte 76, sectors have 512 bytes after a header of 512."""
    return (int.from_bytes(WHOLE[76:80], "little") + 1) * 512


def test_a_whole_file_has_no_loop():
    assert not has_loop(WHOLE)


@pytest.mark.parametrize("step", [0, 1, 3])
def test_a_chain_that_comes_back_is_found(step):
    # Sector 3 + step is followed by sector 3, which leads there again where the chain runs on.
    content = with_word(fat() + 4 * (3 + step), 3)
    following = [int.from_bytes(content[fat() + 4 * n : fat() + 4 * n + 4], "little") for n in range(3, 3 + step + 1)]
    assert following == [*range(4, 3 + step + 1), 3]
    assert has_loop(content)


def test_a_list_of_tables_that_comes_back_is_found():
    assert has_loop(with_word(68, 0)[:512] + (0).to_bytes(4, "little") * 128)


def test_a_file_that_ends_early_has_no_loop():
    assert not any(has_loop(WHOLE[:end]) for end in (8, 40, 512, 700))


def test_such_a_workbook_is_refused_and_not_followed(tmp_path):
    (tmp_path / "a.xls").write_bytes(with_word(fat() + 4 * 3, 3))
    with pytest.raises(StudyError) as caught:
        excel.read(tmp_path / "a.xls", FileSource(file="a.xls", columns={}))
    assert caught.value.key == "workbook_unreadable"
