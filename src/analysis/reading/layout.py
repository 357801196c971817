"""Where things stand in a file, for whoever mends it: the file's columns in their order, and what names a row."""

from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import listing
from analysis.reading import reshape
from analysis.reading.faults import Fault
from analysis.reading.formats.raw import Raw

COLUMNS = ["file", "sheet", "position", "column", "question"]


def columns_of(file: str, raw: Raw) -> pd.DataFrame:
    """One row per column of a file: `file`, `sheet`, `position` from 1, `column`, and the `question` where it is worded."""
    names = [name for name in raw.rows if name != reshape.ROW]
    positions = [raw.positions.get(name, place) for place, name in enumerate(names, 1)]
    questions = [raw.questions.get(name, "") for name in names]
    columns = {"file": file, "sheet": raw.sheet, "position": positions, "column": names, "question": questions}
    return pd.DataFrame(columns, columns=COLUMNS)


def naming(table: str, catalogue: Catalogue) -> list[str]:
    """The columns that say whose a row of a table is: the ids of its key."""
    return [column for column in catalogue.table(table)["key"] if catalogue.column(column)["type"] == "id"]


def named(faults: Iterable[Fault], rows: pd.DataFrame, columns: Sequence[str]) -> list[Fault]:
    """The faults with the ids of their rows as they are written; without one where the row could not be read."""
    known = [column for column in columns if column in rows]
    faults = list(faults)
    at_fault = rows.loc[rows.index.isin({fault.row for fault in faults}), known].fillna("").astype("str")
    at_fault = at_fault[~at_fault.index.duplicated()]  # an item's row has the ids of all others
    ids = dict(zip(at_fault.index, at_fault.agg(" ".join, axis=1) if known else "", strict=False))
    return [fault._replace(id=ids.get(fault.row, "").strip()) for fault in faults]


def noted(notes: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.DataFrame:
    """What a person should know of how each file was read, one row per file and note."""
    rows = [
        {"file": file, "note": note, "count": len(texts), "examples": listing(texts, 3)}
        for file, of_file in notes.items()
        for note, texts in of_file.items()
    ]
    return pd.DataFrame(rows, columns=["file", "note", "count", "examples"])
