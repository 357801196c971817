"""Documents of several formats and languages, written on all processors."""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from multiprocessing import forkserver

import pytest
import reported

from analysis import fork_server, study
from analysis.errors import RunError, StudyError
from analysis.reporting import documents
from analysis.reporting import report as build


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


@pytest.mark.skipif(not fork_server.available(), reason="this system has no fork server")
def test_a_server_that_was_just_killed_and_still_ends_is_replaced():
    assert fork_server.results(abs, [(-1,)]) == [1]
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    assert fork_server.results(abs, [(-1,), (2,)]) == [1, 2]


@pytest.mark.skipif(not fork_server.available(), reason="this system has no fork server")
@pytest.mark.parametrize("ending", [ConnectionRefusedError, EOFError])
def test_without_a_server_that_lives_no_task_is_begun_and_that_is_said(monkeypatch, ending):
    def refuse(*_descriptors):
        raise ending

    monkeypatch.setattr(fork_server, "PAUSES", (0, 0))
    monkeypatch.setattr(forkserver, "connect_to_new_process", refuse)
    with pytest.raises(RunError) as caught:
        fork_server.results(abs, [(-1,)])
    assert caught.value.key == "writer_killed"


@pytest.mark.skipif(not fork_server.available(), reason="this system has no fork server")
def test_the_fork_server_starts_before_its_command_has_loaded_anything_heavy():
    code = (
        "import sys; from analysis import fork_server; fork_server.begin(); loaded = {*sys.modules};"
        "from multiprocessing.forkserver import _forkserver; print(_forkserver._forkserver_pid is not None, 'pandas' in loaded)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout.split() == ["True", "False"]


def test_a_language_is_written_while_the_last_notebooks_of_the_next_run(tmp_path, monkeypatch):
    """The last notebook ends when the first language is written: if that came after it, nothing would be written in time."""
    is_written, was_in_time = threading.Event(), []

    def run(notebook, executed, parameters, **_):
        if (notebook.stem, parameters["language"]) == ("2_turnover", "en"):
            was_in_time.append(is_written.wait(20))

    def write_all(report, *_):
        is_written.set()
        return [f"index.{report.language}.html"]

    monkeypatch.setattr(build.os, "cpu_count", lambda: 2)
    monkeypatch.setattr(build, "run", run)
    monkeypatch.setattr(build.blocks, "of_notebook", lambda _: [])
    monkeypatch.setattr(build.documents, "write_all", write_all)
    opened = study.open("nanchang")
    two = opened.settings.model_copy(update={"chapters": ["1_data_quality", "2_turnover"]})
    named = (str(opened.folder), str(opened.data))
    page = build.build(replace(opened, settings=two), ["zh", "en"], tmp_path / "out", {}, *named, quiet=True)
    assert (was_in_time, page.name) == ([True], "index.zh.html")


def test_an_error_of_a_writer_is_told_with_its_facts(monkeypatch):
    given = StudyError("report_format", "x", format="y", nearest="z", known="z")
    for can_fork in {True, False} & {False, fork_server.available()}:
        monkeypatch.setattr(fork_server, "available", lambda can_fork=can_fork: can_fork)
        with pytest.raises(StudyError) as caught:
            fork_server.results(_raise, [(given,)])
        assert caught.value.text() == given.text()


def _raise(error):
    raise error
