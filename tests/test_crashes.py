"""A file that crashes its reader is refused, and Python goes on."""

import os
import signal
import sys

import pandas as pd
import pyreadstat
import pytest

from analysis.errors import StudyError
from analysis.reading.formats import spss
from analysis.reading.formats.crashes import Crash, require_survived
from analysis.settings import FileSource


def crashes(path, metadataonly):
    os.kill(os.getpid(), signal.SIGSEGV)


def fails(path, metadataonly):
    raise ValueError(path)


needs_fork = pytest.mark.skipif(sys.platform != "linux", reason="a function of a test can't be sent to another process")


@needs_fork
def test_what_kills_a_reader_is_told_and_what_it_says_itself_is_not(tmp_path):
    with pytest.raises(Crash):
        require_survived(crashes, tmp_path)
    require_survived(fails, tmp_path)


@needs_fork
def test_a_reader_that_does_not_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("analysis.reading.formats.crashes.SECONDS", 0.1)
    with pytest.raises(Crash):
        require_survived(lambda path, metadataonly: signal.pause(), tmp_path)


def test_labels_of_a_variable_far_beyond_the_last(tmp_path):
    """PSPP's "System File Format", value labels records: after a 4 and a count follow the indices of the variables."""
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(pd.DataFrame({"sex": [1.0, 2.0]}), path, variable_value_labels={"sex": {1.0: "Men"}})
    content = path.read_bytes()
    record = bytes.fromhex("04000000 01000000 01000000")
    assert content.count(record) == 1
    path.write_bytes(content.replace(record, bytes.fromhex("04000000 01000000 0100007f")))
    with pytest.raises(StudyError) as refused:
        spss.read(path, FileSource(file="a.sav", columns={}))
    assert refused.value.key == "sav_unreadable"
