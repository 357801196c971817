"""Notebooks executed by papermill, each on a kernel of its own."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analysis.errors import RunError, StudyError
from analysis.reporting.parameters import checked


@contextmanager
def private_transport() -> Iterator[Config]:
    """A kernel's configuration: socket files of its own, where the system has them.

    On a TCP port ipykernel warns at every start that the transport is not encrypted; and without a folder of their own the
    socket files of two kernels in one place would be the same.
    """
    ends_at_once = {"NotebookClient": {"shutdown_kernel": "immediate"}}
    if os.name != "posix":
        yield Config(ends_at_once)
        return
    with tempfile.TemporaryDirectory(prefix="study-", ignore_cleanup_errors=True) as folder:
        yield Config(ends_at_once | {"KernelManager": {"transport": "ipc", "ip": f"{folder}/k"}})


def run(notebook: Path, executed: Path, parameters: Mapping[str, object]) -> NotebookNode:
    """Execute a notebook with parameters.

    Parameters
    ----------
    notebook
        The notebook; it is not changed.
    executed
        Where its executed copy is written.
    parameters
        Values for the names of its parameters cell.

    Raises
    ------
    StudyError
        A parameter is unknown or does not fit, or a cell found something to mend in the study.
    RunError
        A cell failed; the executed copy shows where.
    """
    values = checked(parameters, notebook)
    executed.parent.mkdir(parents=True, exist_ok=True)
    try:
        with private_transport() as transport:
            papermill.execute_notebook(
                str(notebook),
                str(executed),
                values,
                progress_bar=False,
                record_timing=False,
                coalesce_streams=True,
                config=transport,
            )
    except PapermillExecutionError as problem:
        if problem.ename == "StudyError":
            raise StudyError("notebook_study_error", notebook.name, text=problem.evalue) from None
        error = f"{problem.ename}: {_first_line(problem.evalue)}"
        raise RunError("notebook_failed", notebook.name, cell=problem.cell_index, error=error) from None
    return nbformat.read(executed, as_version=4)


def _first_line(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text).strip().split("\n")[0][:300]
