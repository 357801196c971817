"""The notebooks as they are committed: executed on the default study, without what varies from run to run."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from analysis.errors import RunError
from analysis.locations import ROOT
from analysis.reporting.notebooks.run import private_transport, settled


def refresh(write: bool) -> list[str]:
    """Execute every notebook of notebooks/ with its own defaults.

    Parameters
    ----------
    write
        Bring the files up to date; otherwise only compare.

    Returns
    -------
    list of str
        Names of the notebooks whose file was not what a fresh run gives.

    Raises
    ------
    RunError
        A cell failed.
    """
    stale = []
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        text = executed(path)
        if path.read_text(encoding="utf-8") != text:
            stale.append(path.name)
            if write:
                path.write_text(text, encoding="utf-8")
    return stale


def executed(path: Path) -> str:
    """The text of a notebook after a fresh run, the same to the byte on every run."""
    notebook = nbformat.read(path, as_version=4)
    with private_transport() as transport:
        client = NotebookClient(
            notebook,
            record_timing=False,
            coalesce_streams=True,
            config=transport,
            resources={"metadata": {"path": str(path.parent)}},
            kernel_name="python3",
        )
        try:
            client.execute()
        except CellExecutionError as problem:
            cell = len([one for one in notebook.cells if one.get("execution_count")])
            raise RunError(
                "notebook_failed", path.name, cell=cell, error=f"{problem.ename}: {problem.evalue}"
            ) from None
    return str(nbformat.writes(settled(notebook))) + "\n"
