"""Notebooks executed by papermill, each on a kernel of its own."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis import fork_server
from analysis.errors import RunError, StudyError
from analysis.reporting.notebooks import kernels
from analysis.reporting.notebooks.parameters import checked, source
from analysis.settings import Engine


@dataclass(frozen=True)
class Limits:
    """What a notebook may use.

    Attributes
    ----------
    seconds
        Of each cell.
    memory
        Bytes of data of its kernel; a stock kernel has no such limit.
    """

    seconds: int = 600
    memory: int = 4 << 30


LIMITS = Limits()


def limits_of(engine: Engine | None) -> Limits:
    """What a notebook may use that opens a study: what the study's engine may take of memory comes on top."""
    return replace(LIMITS, memory=LIMITS.memory + engine.memory_bytes) if engine else LIMITS


@contextmanager
def private_transport() -> Iterator[Config]:
    """A kernel's configuration: socket files of its own, where the system has them, in a folder that only its user can open.

    On a TCP port ipykernel warns at every start that the transport is not encrypted; and without a folder of their own the
    socket files of two kernels in one place would be the same.
    """
    ends_at_once = {"NotebookClient": {"shutdown_kernel": "immediate"}}
    if os.name != "posix":
        yield Config(ends_at_once)
        return
    with tempfile.TemporaryDirectory(prefix="study-", ignore_cleanup_errors=True) as folder:
        sockets = {"transport": "ipc", "ip": f"{folder}/k", "connection_file": f"{folder}/kernel.json"}
        yield Config(ends_at_once | {"KernelManager": sockets})


def run(
    notebook: Path, executed: Path, parameters: Mapping[str, object], handed: object = None, limits: Limits = LIMITS
) -> NotebookNode:
    """Execute a notebook with parameters.

    Parameters
    ----------
    notebook
        The notebook; it is not changed.
    executed
        Where its executed copy is written, without what varies from run to run.
    parameters
        Values for the names of its parameters cell.
    handed
        What the kernel is handed at its start (`analysis.prepared`); a stock kernel is handed nothing.
    limits
        What it may use.

    Raises
    ------
    StudyError
        A parameter is unknown or does not fit, or a cell found something to mend in the study.
    RunError
        A cell failed, took too long or too much memory, or its kernel was killed twice.
    """
    values = checked(parameters, notebook)
    try:
        shown = _attempt(notebook, values, handed, limits)
    except _Killed:
        try:
            shown = _attempt(notebook, values, handed, limits)
        except _Killed as problem:
            if not problem.cell:
                raise RunError("kernel_not_started", notebook.name) from None
            raise RunError("kernel_killed", notebook.name, cell=problem.cell) from None
    executed.parent.mkdir(parents=True, exist_ok=True)
    # A lone surrogate of a parameter is no UTF-8 and stands as JSON's own escape.
    executed.write_bytes(nbformat.v4.writes(shown).encode("utf-8", errors="backslashreplace") + b"\n")
    return shown


class _Killed(Exception):
    """The kernel died while it executed a cell, or before the first one (0)."""

    def __init__(self, cell: int) -> None:
        self.cell = cell


def _attempt(notebook: Path, values: Mapping[str, object], handed: object, limits: Limits) -> NotebookNode:
    begun = [0]

    def begin(cell: NotebookNode, cell_index: int) -> None:
        begun.append(cell_index)

    try:
        with private_transport() as config:
            if fork_server.available():
                config.merge(kernels.configuration(handed, limits.memory))
            shown = papermill.execute_notebook(
                source(notebook),
                None,
                dict(values),
                progress_bar=False,
                record_timing=False,
                coalesce_streams=True,
                execution_timeout=limits.seconds,
                on_cell_execute=begin,
                config=config,
            )
    except PapermillExecutionError as problem:
        raise _failure(problem, notebook, limits) from None
    except CellTimeoutError:
        raise RunError("cell_too_slow", notebook.name, cell=begun[-1], seconds=limits.seconds) from None
    except DeadKernelError:
        raise _Killed(begun[-1]) from None
    return settled(shown)


def _failure(problem: PapermillExecutionError, notebook: Path, limits: Limits) -> StudyError:
    if problem.ename == "StudyError":
        return StudyError("notebook_study_error", notebook.name, text=problem.evalue)
    # Papermill's own cell of parameters shifts the cells by one, so that this counts the notebook's cells from 1.
    where = {"cell": problem.cell_index, "traceback": _plain("\n".join(problem.traceback))}
    if problem.ename.endswith("MemoryError"):
        return RunError("notebook_memory", notebook.name, limit=limits.memory >> 20, **where)
    error = f"{problem.ename}: {_plain(problem.evalue).split(chr(10))[0][:300]}"
    return RunError("notebook_failed", notebook.name, error=error, **where)


def _plain(text: str) -> str:
    """A text without a terminal's colours."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip()


def settled(executed: NotebookNode) -> NotebookNode:
    """Take from an executed notebook what varies from run to run."""
    for number, cell in enumerate(executed.cells, start=1):
        cell["id"] = f"cell-{number:02d}"
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        if "injected-parameters" in cell.metadata.get("tags", []):  # the folder in which the report was built is gone
            cell["source"] = re.sub(r'^output_dir = ".*"$', 'output_dir = ""', cell.source, flags=re.MULTILINE)
    executed.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    return executed
