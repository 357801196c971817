"""Pages made on a Dask cluster: a real scheduler and real workers on this machine."""

import errno
import json
import os
import pickle
import shutil
import subprocess
import sys
import time
from concurrent.futures import CancelledError
from types import SimpleNamespace

import nbformat
import pytest
from click.testing import CliRunner
from distributed import Client, KilledWorker
from nbformat.v4 import new_code_cell
from test_batch import RAW, carried_out, content, statuses

from analysis import cli, fork_server
from analysis import study as studies
from analysis.batch import cluster, driver
from analysis.batch.order import order
from analysis.errors import MachineError, RunError, StudyError

pytestmark = pytest.mark.skipif(not fork_server.available(), reason="this system has no fork server")

FIT = ("--no-nanny", "--memory-limit", "0")
"""How docs/batch.md has workers started."""


def until(happened):
    for _ in range(600):
        if found := happened():
            return found
        time.sleep(0.1)
    pytest.fail("it did not happen within a minute")


def started(*command, **environment):
    return subprocess.Popen(
        [sys.executable, "-m", "dask", *command],
        env=os.environ | environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


@pytest.fixture(scope="module")
def scheduler(tmp_path_factory):
    """The address of a scheduler."""
    file = tmp_path_factory.mktemp("scheduler") / "scheduler.json"
    process = started(
        "scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file)
    )
    until(lambda: file.is_file() and file.stat().st_size)
    yield json.loads(file.read_text())["address"]
    process.kill()
    process.wait()


@pytest.fixture
def client(scheduler):
    """What knows of the scheduler's workers."""
    with Client(scheduler, set_as_default=False) as one:
        yield one


@pytest.fixture
def worker(scheduler, client, tmp_path):
    """A function that starts a worker of one thread and returns its address and its process; they end with the test."""
    begun = []

    def start(*options, **environment):
        before = {*client.nthreads()}
        place = ("--nthreads", "1", "--no-dashboard", "--local-directory", str(tmp_path / "scratch"))
        process = started("worker", scheduler, *place, *options, **environment)
        begun.append(process)
        (address,) = until(lambda: {*client.nthreads()} - before)
        return address, process

    yield start
    for process in begun:
        process.terminate()
        process.wait()
    until(lambda: not client.nthreads())


@pytest.fixture
def asked(make_study, tmp_path):
    """An order of the small study's pages, C1 to C3, in English."""
    return order(str(make_study()), languages=["en"], out=str(tmp_path / "pages"))


def on_cluster(asked, scheduler):
    """Each community's outcome."""
    with driver.opened(asked) as batch, cluster.connected(scheduler, asked.notebook) as workers:
        return {outcome.community: outcome for outcome in batch.run(workers.at_once, workers.make)}


def test_a_worker_that_is_killed_leaves_the_pages_that_one_machine_makes(scheduler, client, worker, tmp_path):
    """And no worker reads a file of the study, which is gone when it makes its pages."""
    shutil.copytree(studies.ROOT / "studies" / "nanchang", tmp_path / "nanchang")
    shutil.copytree(RAW, tmp_path / "raw")
    places = (str(tmp_path / "nanchang"), str(tmp_path / "raw"))
    few = {"languages": ["zh"], "formats": ["xlsx"], "communities": [f"C0{number}" for number in range(1, 6)]}
    alone = order(*places, **few, out=str(tmp_path / "alone"))
    asked = order(*places, **few, out=str(tmp_path / "together"))
    carried_out(alone)
    processes = dict(worker(*FIT) for _ in range(2))
    with driver.opened(asked) as batch, cluster.connected(scheduler, asked.notebook) as workers:
        assert workers.at_once == 4
        outcomes = batch.run(workers.at_once, workers.make)
        made = [next(outcomes)]
        for place in places:
            shutil.move(place, f"{place} no more")
        busy = until(lambda: [address for address, tasks in client.processing().items() if tasks])[0]
        processes[busy].kill()
        made += outcomes
    assert [outcome.status for outcome in made] == ["written"] * 5
    assert [*client.nthreads()] == [address for address in processes if address != busy]
    assert content(asked.out) == content(alone.out)
    assert all((asked.place(one.community) / "report.zh.xlsx").is_file() for one in made)
    assert not list(asked.out.glob(".*"))


def test_a_page_that_fails_is_told_as_on_one_machine_and_the_next_run_makes_only_it(asked, scheduler, worker, tmp_path):
    worker(*FIT)
    read = nbformat.read(asked.notebook, as_version=4)
    read.cells.insert(2, new_code_cell("if community == 'C2':\n    raise KeyError('x')"))
    failing = driver.Order(**{**vars(asked), "notebook": tmp_path / asked.notebook.name})
    nbformat.write(read, failing.notebook)
    outcomes = on_cluster(failing, scheduler)
    assert statuses(outcomes) == {"C1": "written", "C2": "failed", "C3": "written"}
    error = outcomes["C2"].error
    # The third cell of the notebook, counted from 1.
    assert (error.key, error.facts["cell"], error.facts["error"]) == ("notebook_failed", 3, "KeyError: 'x'")
    assert "raise KeyError('x')" in driver.log_of(failing, "C2").read_text("utf-8")
    again = on_cluster(failing, scheduler)
    assert statuses(again) == {"C1": "unchanged", "C2": "failed", "C3": "unchanged"}
    result = CliRunner().invoke(
        cli.main,
        ["batch", str(asked.folder), "--lang", "en", "--out", str(asked.out), "--scheduler", scheduler],
        env={"LANG": "C.UTF-8"},
    )
    assert result.exit_code == 0, result.output
    assert "written    3" in result.stdout


def test_machines_with_another_version_of_the_project_are_named_and_make_nothing(asked, scheduler, worker, tmp_path):
    """Be they there when the batch begins, or join it later."""
    with pytest.raises(MachineError) as refused, cluster.connected(scheduler, asked.notebook):
        pass
    assert (refused.value.key, refused.value.place) == ("scheduler_alone", scheduler)
    other = tmp_path / "other"
    for part in ("src", "notebooks"):
        shutil.copytree(studies.ROOT / part, other / part)
    shutil.copy(studies.ROOT / "uv.lock", other)
    with (other / "src" / "analysis" / "measure.py").open("a", encoding="utf-8") as module:
        module.write("# another version\n")
    _, process = worker(*FIT)
    with driver.opened(asked) as batch, cluster.connected(scheduler, asked.notebook) as workers:
        differing, _ = worker(*FIT, PYTHONPATH=str(other / "src"))
        process.kill()
        outcomes = []
        with pytest.raises(MachineError) as refused:
            outcomes.extend(batch.run(1, workers.make))
    assert (refused.value.key, refused.value.place) == ("machine_differs", differing)
    assert refused.value.facts["what"] == "src/analysis"
    assert not asked.place("C1").exists()
    with pytest.raises(MachineError) as refused, cluster.connected(scheduler, asked.notebook):
        pass
    assert (refused.value.key, refused.value.place) == ("machine_differs", differing)


@pytest.mark.parametrize("options", [("--memory-limit", "0"), ("--no-nanny",)], ids=["nanny", "spills to disk"])
def test_a_worker_that_cannot_fork_or_that_pickles_to_its_disk_is_refused(asked, scheduler, worker, options):
    address, _ = worker(*options)
    with pytest.raises(MachineError) as refused, cluster.connected(scheduler, asked.notebook):
        pass
    assert (refused.value.key, refused.value.place) == ("worker_unfit", address)


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:9", "nowhere", "post://127.0.0.1:1", "tls://127.0.0.1:9", ""])
def test_a_scheduler_that_cannot_be_reached_is_named_and_nothing_made(asked, address, monkeypatch):
    monkeypatch.setattr(cluster, "CONNECT", 0.5)
    command = ["batch", str(asked.folder), "--lang", "en", "--out", str(asked.out), "--scheduler", address]
    for locale, said in {"C.UTF-8": "No Dask scheduler can be reached", "zh_CN.UTF-8": "无法连接此地址"}.items():
        result = CliRunner().invoke(cli.main, command, env={"LANG": locale})
        assert result.exit_code == 1
        assert result.stderr.startswith(address)
        assert said in result.stderr
    assert not asked.place("C1").exists()


def test_without_the_extra_it_is_said_how_to_install_it(asked, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    command = ["batch", str(asked.folder), "--out", str(asked.out), "--scheduler", "tcp://127.0.0.1:9"]
    result = CliRunner().invoke(cli.main, command, env={"LANG": "C.UTF-8"})
    assert result.exit_code == 2
    assert "uv sync --extra cluster" in result.stderr


def test_kernels_and_batches_of_one_machine_do_not_load_it():
    loaded = "import analysis.reporting.notebooks.preloaded, sys; sys.exit('distributed' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0


class TestWhatIsLost:
    """Through a client that answers as Dask's does; the tests above have real ones."""

    @pytest.fixture
    def made(self, asked):
        """A function that has a page made, with what the future's `result` and the scheduler's workers are."""
        task = SimpleNamespace(notebook=asked.notebook)

        def make(result, workers=()):
            future = SimpleNamespace(result=result, done=lambda: not workers)
            client = SimpleNamespace(submit=lambda *_, pure: future, nthreads=lambda: dict.fromkeys(workers, 1))
            cluster.Workers("tcp://scheduler:1", "own.ipynb", {}, client).make(task, asked.out)

        return make

    @staticmethod
    def raising(problem):
        def result(timeout=None):
            raise problem

        return result

    def test_a_page_that_every_worker_is_lost_with_is_given_up(self, made):
        killed = KilledWorker("key", SimpleNamespace(address="tcp://worker:1"), 3)
        with pytest.raises(RunError) as told:
            made(self.raising(killed))
        assert told.value.key == "workers_killed"
        # Dask allows three failures: the fourth worker was the last.
        assert (told.value.facts["count"], told.value.facts["worker"]) == (4, "tcp://worker:1")

    def test_a_lost_scheduler_ends_the_batch(self, made):
        with pytest.raises(MachineError) as told:
            made(self.raising(CancelledError()))
        assert (told.value.key, told.value.place) == ("scheduler_lost", "tcp://scheduler:1")

    def test_a_page_that_stops_with_a_time_out_of_its_own_is_not_waited_for(self, made):
        with pytest.raises(TimeoutError, match="of its own"):
            made(self.raising(TimeoutError("of its own")))

    def test_a_scheduler_without_workers_is_not_waited_for_without_end(self, asked):
        future = SimpleNamespace(result=self.raising(TimeoutError()), done=lambda: False)
        client = SimpleNamespace(submit=lambda *_, pure: future, nthreads=dict)
        with pytest.raises(MachineError) as told:
            cluster.Workers("tcp://scheduler:1", "own.ipynb", {}, client).make(None, asked.out)
        assert told.value.key == "workers_gone"

    @pytest.mark.parametrize(
        "problem",
        [
            OSError(errno.ENOSPC, "No space left on device"),
            RunError("notebook_failed", "x.ipynb", cell=3, error=f"OSError: [Errno {errno.ENOSPC}] No space left"),
        ],
        ids=["worker", "kernel"],
    )
    def test_a_full_disk_of_a_worker_ends_the_batch_with_the_workers_name(self, asked, problem):
        def make(task, building):
            with cluster._told_if_full("tcp://worker:1"):
                raise problem

        with driver.opened(asked) as batch, pytest.raises(MachineError) as told:
            list(batch.run(1, make))
        assert (told.value.key, told.value.place) == ("worker_full", "tcp://worker:1")

    def test_other_errors_of_a_worker_stay_what_they_are(self):
        for problem in (PermissionError(errno.EACCES, "Permission denied"), StudyError("no_communities")):
            with pytest.raises(type(problem)) as told, cluster._told_if_full("tcp://worker:1"):
                raise problem
            assert told.value is problem

    def test_an_error_comes_back_from_a_worker_as_it_was(self):
        error = MachineError("machine_differs", "tcp://worker:1", what="uv.lock")
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), back.text("en"), back.text("zh")) == (MachineError, error.text("en"), error.text("zh"))
