"""The checksum of the program: what changes a page is a part of it, what Python leaves beside it is not."""

import pytest

from analysis import checksums


@pytest.fixture
def program(tmp_path, monkeypatch):
    folder = tmp_path / "src" / "analysis"
    for name in (
        "study.py",
        "catalogue/words.yml",
        "templates/report.js",
        "templates/report.typ",
        "templates/style.css",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("one", encoding="utf-8")
    monkeypatch.setattr(checksums, "ROOT", tmp_path)
    return folder


@pytest.mark.parametrize("name", ["study.py", "catalogue/words.yml", "templates/report.js", "templates/report.typ"])
def test_every_kind_of_file_that_a_page_is_made_with_counts(program, name):
    before = checksums.digest_of_code()
    (program / name).write_text("another", encoding="utf-8")
    assert checksums.digest_of_code() != before


def test_what_is_compiled_does_not_count(program):
    before = checksums.digest_of_code()
    (program / "__pycache__").mkdir()
    (program / "__pycache__" / "study.cpython-311.pyc").write_bytes(b"compiled")
    assert checksums.digest_of_code() == before


def test_files_of_an_ending_can_be_left_out(program):
    before = checksums.digest_of_code(without=[".yml"])
    (program / "catalogue" / "words.yml").write_text("another", encoding="utf-8")
    assert checksums.digest_of_code(without=[".yml"]) == before
