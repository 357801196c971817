"""Broken files: each reader gives rows or an error of ours; nothing else, no warning, no cell lost without a word.

The seeds are the same every time. benchmarks/fuzz/fuzz.py tries many more, each format in a process of its own.
"""

import pytest
from mutated import broken, outcome, whole

NAMES = [
    "a.csv",
    "gbk.csv",
    "utf16.csv",
    "a.xlsx",
    "a.xls",
    "a.ods",
    "a.sav",
    "a.zsav",
    "a.por",
    "a.dta",
    "old.dta",
    "a.parquet",
]
NAMES += ["a.feather", "form.xlsx", "wjx.csv", "study.yml", "origin.yml", "corrections.yml"]
TRIED = 40


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    return whole(tmp_path_factory.mktemp("whole"))


def test_every_file_is_tried_and_the_whole_ones_are_read(files, tmp_path):
    assert {*files} == {*NAMES}
    assert {outcome(name, content, tmp_path) for name, content in files.items()} == {"read"}


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_gives_rows_or_an_error_of_ours(files, tmp_path, name):
    found = {seed: outcome(name, broken(files[name], seed), tmp_path) for seed in range(TRIED)}
    assert {seed: told for seed, told in found.items() if told != "read" and not told.startswith("error ")} == {}
