"""What a report is made of: texts, tables and figures, as values that every format is written from.

A notebook that saves its page puts each block beside what JupyterLab shows of it, so that the executed notebook is the report
in all formats, and none of them parses another.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from nbformat import NotebookNode

MIME = "application/vnd.community-governance.block+json"
"""The type of a block among the outputs of a notebook; what it shows has its own types beside it."""
SVG = "image/svg+xml"


@dataclass(frozen=True)
class Text:
    """A text in Markdown, as it stands between tables and figures."""

    markdown: str


@dataclass(frozen=True)
class Table:
    """A three-line table: every cell is text as it is printed.

    Attributes
    ----------
    name
        Beside the page stands `tables/<name>.<language>.csv` with the values that the cells are printed from.
    stub
        The heading of the first column.
    columns
        The headings of the others.
    rows
        For each row its heading and its cells.
    ids
        For each row, for each of its cells, the id of the row of the measure table that it shows (`measure.identified`);
        empty where cells are no estimates.
    counts
        The same for how many the estimate rests on, as printed; empty text where it is hidden or not known.
    """

    name: str
    title: str
    stub: str
    columns: list[str]
    rows: list[list[str]]
    notes: list[str]
    ids: list[list[str]] = field(default_factory=list)
    counts: list[list[str]] = field(default_factory=list)


@dataclass(frozen=True)
class Figure:
    """A figure: SVG with title and notes drawn in it, which are also here, and its values in words."""

    name: str
    title: str
    notes: list[str]
    alternative: str
    svg: str


Block = Text | Table | Figure
KINDS = {"text": Text, "table": Table, "figure": Figure}


def carried(block: Block) -> dict[str, object]:
    """A block as a notebook's output carries it; the drawing of a figure stands there under its own type."""
    (kind,) = (name for name, form in KINDS.items() if isinstance(block, form))
    content = {name: value for name, value in asdict(block).items() if name != "svg"}
    return {MIME: {"kind": kind, **content}}


def of_notebook(executed: NotebookNode) -> Sequence[Block]:
    """The blocks of an executed notebook in their order; what a cell shows by itself is a text."""
    shown = (
        output.data
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    )
    return [_block(data) for data in shown]


def _block(data: NotebookNode) -> Block:
    if MIME not in data:
        return Text(f"```\n{data.get('text/plain', '')}\n```")
    content = dict(data[MIME])
    form = KINDS[content.pop("kind")]
    return form(**content, **({"svg": data[SVG]} if form is Figure else {}))
