"""Folders of reports: none is lost within another, and what a killed run left is put right."""

import json
import os
import subprocess
import sys

import pytest

from analysis import folders
from analysis.errors import RunError, StudyError


def report_in(folder, text="report", **record):
    folder.mkdir(parents=True)
    (folder / folders.RECORD).write_text(json.dumps({"study": "mine", "parameters": {}} | record), encoding="utf-8")
    (folder / "index.en.html").write_text(text, encoding="utf-8")
    return folder


def refused(out, *about):
    with pytest.raises(StudyError) as caught:
        folders.require_replaceable(out, *(about or ["mine"]))
    return caught.value.key


def test_a_report_is_not_written_into_another_nor_over_one_that_holds_others(tmp_path):
    """A study that declares waves for the first time, and one that takes them back."""
    before = report_in(tmp_path / "mine")
    assert refused(before / "second") == "folder_within_report"
    report_in(before / "first")
    assert refused(before) == "folder_taken"
    folders.require_replaceable(report_in(tmp_path / "mine@C01"), "mine")
    folders.require_replaceable(tmp_path / "new", "mine")


def test_a_report_replaces_only_one_on_the_same_study_and_community(tmp_path):
    of_study = report_in(tmp_path / "mine", parameters={"wave": "first"})
    of_community = report_in(tmp_path / "mine@C01", parameters={"community": "C01"})
    folders.require_replaceable(of_study, "mine")
    folders.require_replaceable(of_community, "mine", "C01")
    assert refused(of_study, "yours") == "folder_of_another"
    assert refused(of_study, "mine", "C01") == "folder_of_another"
    assert refused(of_community, "mine") == "folder_of_another"
    assert refused(of_community, "mine", "C02") == "folder_of_another"
    assert refused(report_in(tmp_path / "export", exported={"data/roster.csv": "0"})) == "folder_taken"


@pytest.mark.parametrize("text", ["", "{", "[]", '{"study": "mine"}', '{"study": "mine", "parameters": 1}', "\x00"])
def test_a_report_whose_record_is_damaged_is_replaced(tmp_path, text):
    (report_in(tmp_path / "mine") / folders.RECORD).write_text(text, encoding="utf-8")
    folders.require_replaceable(tmp_path / "mine", "yours")


def test_a_record_that_can_not_be_read_is_an_error_that_names_the_folder(tmp_path):
    (tmp_path / "mine" / folders.RECORD).mkdir(parents=True)
    with pytest.raises(RunError) as caught:
        folders.require_replaceable(tmp_path / "mine", "mine")
    assert (caught.value.key, caught.value.place) == ("not_writable", str(tmp_path / "mine"))


def test_a_report_that_a_killed_run_had_moved_away_comes_back_and_what_another_builds_is_left(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    report_in(tmp_path / f".mine.former-{ended.pid}", "moved away")
    (tmp_path / f".mine.building-{ended.pid}").mkdir()
    others = [tmp_path / f".mine.building-{os.getppid()}", tmp_path / f".yours.building-{ended.pid}"]
    others.append(tmp_path / ".mine.building-plan")  # somebody's own
    for path in others:
        path.mkdir()
    folders.settle_one(tmp_path / "mine")
    assert (tmp_path / "mine" / "index.en.html").read_text("utf-8") == "moved away"
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "mine", *others])
