"""Documents of several formats and languages, written on all processors."""

import os

import pytest
import reported

from analysis.errors import RunError, StudyError
from analysis.reporting import documents, fork_server


def test_what_is_written_at_once_is_what_is_written_one_after_the_other(tmp_path):
    report = reported.small("en")
    formats = ["tex", "docx", "html", "figures"]
    for name in ("one", "all"):
        (tmp_path / name).mkdir()
    one_by_one = documents.write(report, formats, tmp_path / "one")
    at_once = documents.write_all(report, formats, tmp_path / "all")
    assert sorted(at_once) == sorted(one_by_one)
    assert at_once[0] == one_by_one[0]
    for path in at_once:
        assert (tmp_path / "all" / path).read_bytes() == (tmp_path / "one" / path).read_bytes()


@pytest.mark.skipif(not fork_server.available(), reason="this system has no fork server")
def test_each_task_has_a_process_whose_end_is_told():
    assert os.getpid() not in fork_server.results(os.getpid, [(), ()])
    with pytest.raises(RunError) as caught:
        fork_server.results(os._exit, [(1,)])
    assert caught.value.key == "writer_killed"
    assert fork_server.results(abs, [(-1,), (2,)]) == [1, 2]


def test_an_error_of_a_writer_is_told_with_its_facts(monkeypatch):
    given = StudyError("report_format", "x", format="y", nearest="z", known="z")
    for can_fork in {True, False} & {False, fork_server.available()}:
        monkeypatch.setattr(fork_server, "available", lambda can_fork=can_fork: can_fork)
        with pytest.raises(StudyError) as caught:
            fork_server.results(_raise, [(given,)])
        assert caught.value.text() == given.text()


def _raise(error):
    raise error
