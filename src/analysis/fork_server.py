"""The process that has everything loaded, from which kernels and writers of documents are forked.

Python, pandas, matplotlib and this project take seconds to load; a fork of a process that has them is there in hundredths of
one. That process, the standard library's fork server, starts with the command or its first fork and ends with its driver: all
that a command runs is the code that it began with.
"""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext, ForkServerProcess
from types import ModuleType
from typing import Any, TypeVar

from analysis.errors import RunError

Result = TypeVar("Result")

PRELOADED = ["analysis.unthreaded", "analysis.reporting.notebooks.preloaded"]
"""The modules that the fork server imports."""
OF_SERVER = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    "MPLBACKEND": None,
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}
"""The fork server's environment: no threads, matplotlib's backend left to each kernel, no warning of the debugger."""
PAUSES = (0.01, 0.1, 1)
"""Seconds until a fork is tried again: a killed server takes connections as long as its memory is being given back."""

_starting = threading.Lock()


def available() -> bool:
    """Whether this system can fork from a server."""
    return "forkserver" in multiprocessing.get_all_start_methods()


def begin() -> None:
    """Start that process, which loads all that it needs while this one does."""
    if available():
        with _hidden():
            forkserver.ensure_running()


class Fork(ForkServerProcess):
    """A process that is forked from the server."""

    def start(self) -> None:
        """Fork it; where the server was killed and has not yet ended, from the next one.

        Raises
        ------
        ConnectionError, EOFError
            No server stays alive.
        """
        for pause in PAUSES:
            try:
                with _hidden():
                    return super().start()
            except (ConnectionError, EOFError):
                time.sleep(pause)
        with _hidden():
            super().start()


class _Forks(ForkServerContext):
    Process = Fork


@contextmanager
def _hidden() -> Iterator[None]:
    """Hide what a new process would take over from this one: its main module, which it would run again, and its environment."""
    with _starting:
        multiprocessing.set_forkserver_preload(PRELOADED)
        main, before = sys.modules["__main__"], {name: os.environ.get(name) for name in OF_SERVER}
        sys.modules["__main__"] = ModuleType("__main__")
        _set(OF_SERVER)
        try:
            yield
        finally:
            _set(before)
            sys.modules["__main__"] = main


def results(function: Callable[..., Result], tasks: Sequence[Sequence[Any]]) -> list[Result]:
    """What a function gives for each task, which is its arguments: on all processors, in processes of their own.

    Where a system can't fork they are threads, of which one computes at a time.

    Raises
    ------
    RunError
        `writer_killed`, where a process was ended from outside or none can be started; and what the function raises.
    """
    if not available():
        with ThreadPoolExecutor() as pool:
            return list(pool.map(lambda task: function(*task), tasks))
    with ProcessPoolExecutor(os.cpu_count(), _Forks(), signal.signal, (signal.SIGINT, signal.SIG_IGN)) as forks:
        try:
            begun = [forks.submit(function, *task) for task in tasks]
        except (ConnectionError, EOFError, BrokenProcessPool):
            raise RunError("writer_killed") from None
        try:
            return [one.result() for one in begun]
        except BrokenProcessPool:
            raise RunError("writer_killed") from None


def _set(environment: Mapping[str, str | None]) -> None:
    for name, value in environment.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
