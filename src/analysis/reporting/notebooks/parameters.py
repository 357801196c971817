"""A notebook's parameters: what it declares, and whether what is given fits.

papermill only warns of a name that the notebook has not, and turns values into others; so both are settled before it is called.
"""

import ast
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from analysis.errors import StudyError, listing, nearest

Value = str | int | float | bool


def source(notebook: Path) -> NotebookNode:
    """A notebook without its outputs, read once for as long as its file stays as it is; not to be changed."""
    state = notebook.stat()
    return _source(notebook, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _source(notebook: Path, *state: int) -> NotebookNode:
    read = nbformat.read(notebook, as_version=4)
    for cell in read.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    return read


def declared(notebook: Path) -> dict[str, Value]:
    """The parameters of a notebook with their defaults, from its cell tagged `parameters`."""
    cells = source(notebook).cells
    assigned = next((cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])), "")
    defaults = {}
    for statement in ast.parse(assigned).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            defaults[statement.targets[0].id] = ast.literal_eval(statement.value)
    return defaults


def checked(given: Mapping[str, object], notebook: Path) -> dict[str, Value]:
    """The given values in the types that the notebook declares; text is read as the declared type.

    Raises
    ------
    StudyError
        `parameter_unknown`, `parameter_type`.
    """
    known = declared(notebook)
    values = {}
    for name, value in given.items():
        if name not in known:
            raise StudyError(
                "parameter_unknown", notebook.name, name=name, nearest=nearest(name, known), known=listing(known)
            )
        values[name] = _fitting(name, value, type(known[name]), notebook)
    return values


def _fitting(name: str, value: object, kind: type, notebook: Path) -> Value:
    if type(value) is kind:
        return value  # type: ignore[return-value]
    if isinstance(value, str) and kind is bool and value.lower() in ("true", "false"):
        return value.lower() == "true"
    if isinstance(value, str) and kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            pass
    raise StudyError("parameter_type", notebook.name, name=name, expected=kind.__name__, found=repr(value))
