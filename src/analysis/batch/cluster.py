"""Pages made by the workers of a Dask cluster, on warm kernels of each worker; their files come back to the driver.

Nothing but the network is shared. Scheduler and workers need the repository, as the driver has it, and no file of the study: a
task brings what its page shows. The driver writes what comes back, whole or not at all, and keeps the store. A task whose
worker is lost is done by another one.

Sources
-------
dask.distributed, *Client*, *Resilience* and *Worker*: https://distributed.dask.org/en/stable/
"""

import asyncio
import multiprocessing
import os
import pickle
import platform
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import folders
from analysis.checksums import digest, digest_of_code
from analysis.errors import MachineError, RunError, StudyError, listing
from analysis.locations import ROOT

if TYPE_CHECKING:
    from distributed import Client, Future, Worker

    from analysis.batch.pages import Task

IN_FLIGHT = 2
"""Pages at once for each thread of a worker: the one being made, and the one that comes next."""
CONNECT = 10
"""Seconds until a scheduler must have answered."""
NO_HISTORY = {"distributed.admin.low-level-log-length": 0}
"""A client otherwise keeps its last thousand messages, and with them their tasks."""
ALONE = 60
"""Seconds that a page waits for a scheduler that has no worker left."""

Installed = Mapping[str, str]
"""What pages are made with on a machine, by its place in the repository → its checksum or version."""


@dataclass(frozen=True)
class Workers:
    """The workers of a scheduler; made by `connected`.

    Attributes
    ----------
    address
        Of the scheduler.
    notebook
        Of the pages, from the repository's folder.
    installed
        What the driver has, and every worker must have.
    """

    address: str
    notebook: str
    installed: Installed
    _client: "Client"

    @property
    def at_once(self) -> int:
        """How many pages the workers that are there are asked for at once."""
        return IN_FLIGHT * sum(self._client.nthreads().values())

    def make(self, task: "Task", building: Path) -> None:
        """Have the files of a task's stale languages made by a worker, and put them in a folder.

        Raises
        ------
        MachineError
            `scheduler_lost`, `workers_gone`, `worker_full`, `machine_differs`, `worker_unfit`.
        StudyError, RunError
            Those of `pages.make`; and `workers_killed`, where one worker after the other was lost with this page.
        """
        from distributed import KilledWorker

        # The scheduler only hands bytes on: it would unpickle the task itself.
        parcel = pickle.dumps(task, protocol=pickle.HIGHEST_PROTOCOL)
        try:
            future = self._client.submit(_made, parcel, self.notebook, self.installed, pure=False)
            files = self._result(future)
        except KilledWorker as problem:
            facts = {"count": problem.allowed_failures + 1, "worker": problem.last_worker.address}
            raise RunError("workers_killed", task.notebook.name, **facts) from None
        except CancelledError:
            raise MachineError("scheduler_lost", self.address) from None
        for name, content in files.items():
            path = building / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def require_fit(self) -> None:
        """Refuse a scheduler without workers, and workers that would make other pages than the driver.

        Raises
        ------
        MachineError
            `scheduler_alone`, `machine_differs`, `worker_unfit`.
        """
        asked = (self.notebook, self.installed)
        try:
            self._client.run_on_scheduler(_require_same, self.address, *asked)
        except StudyError:
            raise
        except Exception as problem:
            raise _unlike(self.address, problem) from None
        checked = self._client.run(_require_fit, *asked, on_error="return")
        if not checked:
            raise MachineError("scheduler_alone", self.address, address=self.address)
        for worker, refused in sorted(checked.items()):
            if refused:
                raise refused if isinstance(refused, StudyError) else _unlike(worker, refused)

    def _result(self, future: "Future[Mapping[str, bytes]]") -> Mapping[str, bytes]:
        while True:
            try:
                return future.result(timeout=ALONE)
            except TimeoutError:
                if future.done():
                    return future.result()
                if not self._client.nthreads():
                    raise MachineError("workers_gone", self.address, seconds=ALONE) from None


@contextmanager
def connected(address: str, notebook: Path) -> Iterator[Workers]:
    """The workers of a scheduler, each of them checked, until the end of the block.

    Parameters
    ----------
    address
        Such as tcp://HOST:8786; with tls:// the certificates are those of Dask's configuration.
    notebook
        Of the pages.

    Raises
    ------
    StudyError
        `cluster_not_installed`.
    RunError
        `scheduler_unreachable`.
    MachineError
        Those of `Workers.require_fit`.
    """
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise StudyError("cluster_not_installed") from None
    try:
        asyncio.run(_reach(address))
        with dask.config.set(NO_HISTORY):
            client = Client(address, timeout=CONNECT, set_as_default=False)
    except (OSError, RuntimeError, TypeError, ValueError) as problem:
        raise RunError("scheduler_unreachable", address, problem=problem) from None
    with client:
        own = os.path.relpath(notebook, ROOT)
        workers = Workers(address, own, _installed(own), client)
        workers.require_fit()
        yield workers


async def _reach(address: str) -> None:
    """Connect once with the configured certificates: a client that can't connect takes long to say so, and longer to end."""
    from distributed import Security
    from distributed.comm.core import connect

    comm = await connect(address, timeout=CONNECT, **Security().get_connection_args("client"))
    await comm.close()


def _installed(notebook: str) -> Installed:
    return {
        "src/analysis": digest_of_code(),
        notebook: digest(ROOT / notebook),
        "uv.lock": digest(ROOT / "uv.lock"),
        "Python": platform.python_version(),
    }


_installed_at_first = cache(_installed)
"""A machine goes on with the code that it began with, whatever its files hold later."""


def _require_fit(notebook: str, expected: Installed, dask_worker: "Worker") -> None:
    """Refuse to be a worker that has something else than the driver, that can't fork kernels, or that pickles to its disk."""
    if multiprocessing.current_process().daemon or not isinstance(dask_worker.data, dict):
        raise MachineError("worker_unfit", dask_worker.address)
    _require_same(dask_worker.address, notebook, expected)


def _require_same(machine: str, notebook: str, expected: Installed) -> None:
    found = _installed_at_first(notebook)
    if differing := [place for place, known in expected.items() if found[place] != known]:
        raise MachineError("machine_differs", machine, what=listing(differing))


def _unlike(machine: str, problem: Exception) -> MachineError:
    """The error of a machine that has no version of the project, or one that can't be asked."""
    return MachineError("machine_differs", machine, what=f"{type(problem).__name__}: {problem}")


def _made(parcel: bytes, notebook: str, expected: Installed) -> Mapping[str, bytes]:
    """The files of a task's stale languages by name, made in a folder of the worker's own."""
    from distributed import get_worker

    from analysis.batch import pages

    worker = get_worker()
    _require_fit(notebook, expected, worker)
    task = pickle.loads(parcel)
    with _told_if_full(worker.address), tempfile.TemporaryDirectory(dir=worker.local_directory) as scratch:
        building = Path(scratch)
        pages.make(replace(task, notebook=ROOT / notebook), building)
        found = [path for path in sorted(building.rglob("*")) if path.is_file()]
        return {path.relative_to(building).as_posix(): path.read_bytes() for path in found}


@contextmanager
def _told_if_full(worker: str) -> Iterator[None]:
    """Name the worker where it is its disk that is full."""
    try:
        yield
    except (OSError, StudyError) as problem:
        error = problem if isinstance(problem, StudyError) else folders.unwritable(Path(worker), problem)
        if folders.is_full(error):
            raise MachineError("worker_full", worker, problem=os.strerror(folders.FULL[0])) from None
        raise
