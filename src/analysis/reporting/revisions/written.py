"""A report's folder read again: what it was made from, and the rows of its tables with their numbers.

The saved tables are its data: a row is known by its id, and where a table has none (a report of an earlier version, the
verdicts on claims) by its words.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat

from analysis.catalogue import LANGUAGES, entries
from analysis.citing import marks
from analysis.errors import StudyError
from analysis.folders import RECORD
from analysis.reporting import blocks
from analysis.reporting.tables import FORMULA_STARTS

VALUES = ("estimate", "se", "low", "high", "coverage", "df", "n", "numerator", "denominator")
"""The numbers of a row, in the order of a saved table."""


@dataclass(frozen=True)
class Group:
    """One thing that a row is of: `wave` `second`, and its words."""

    column: str
    level: str
    heading: str
    label: str


@dataclass(frozen=True)
class Row:
    """A row of a saved table.

    Attributes
    ----------
    id
        As of `measure.identified`; empty in a table of words.
    measure
        What the measure is called; in a table of words the first cell.
    cells
        The words of the row, without its numbers, its id and why a number is missing.
    values
        The numbers that it has, of `VALUES`.
    unit
        The unit's key; empty where the table has none.
    reason
        In words, why it has no estimate; empty where it has one.
    code
        Of its mark; empty where it has no id.
    """

    table: str
    id: str
    measure: str
    groups: Sequence[Group]
    cells: tuple[str, ...]
    values: Mapping[str, float]
    unit: str
    reason: str
    code: str

    @property
    def of(self) -> str:
        """What the row is of, in words; the words of its cells where it has no id."""
        labels = [group.label for group in self.groups] if self.id else self.cells[1:]
        return " · ".join(dict.fromkeys(filter(None, labels)))


@dataclass(frozen=True)
class Written:
    """The folder of a report, of a study or of one community."""

    folder: Path
    record: Mapping[str, Any]

    @property
    def study(self) -> str:
        """The study's name."""
        return str(self.record["study"])

    @property
    def community(self) -> str:
        """The community that the report is about; empty where it is about the study."""
        return str(self.record.get("parameters", {}).get("community", ""))

    @property
    def languages(self) -> list[str]:
        """The languages that it is written in."""
        return [language for language in LANGUAGES if (self.folder / f"index.{language}.html").is_file()]

    def figures(self, language: str) -> dict[str, bytes]:
        """Its figures by name, as drawn."""
        paths = sorted((self.folder / "figures").glob(f"*.{language}.svg"))
        return {path.name.split(".")[0]: path.read_bytes() for path in paths}

    def texts(self, language: str) -> dict[str, list[str]]:
        """Of each chapter the texts that its notebook shows; a notebook without blocks (of an earlier version) is left out."""
        found = {}
        for path in sorted((self.folder / "notebooks").glob(f"*.{language}.ipynb")):
            notebook = nbformat.read(path, as_version=4)
            outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
            if any(blocks.MIME in output.get("data", {}) for output in outputs):
                shown = blocks.of_notebook(notebook)
                found[path.name.split(".")[0]] = [block.markdown for block in shown if isinstance(block, blocks.Text)]
        return found

    def rows(self, language: str) -> list[Row]:
        """The rows of all its tables in one language, table by table.

        Raises
        ------
        StudyError
            `report_damaged` where a table is no longer one.
        """
        return [row for path in sorted((self.folder / "tables").glob(f"*.{language}.csv")) for row in self._of(path)]

    @cached_property
    def by_code(self) -> dict[str, dict[str, Row]]:
        """The rows that have a mark, by its code, in each language."""
        found: dict[str, dict[str, Row]] = {}
        for language in self.languages:
            for row in self.rows(language):
                if row.code:
                    found.setdefault(row.code, {})[language] = row
        return found

    def _of(self, path: Path) -> Iterator[Row]:
        name, language, _ = path.name.rsplit(".", 2)
        try:
            header, *lines = csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""))
        except (OSError, ValueError, csv.Error) as problem:
            raise StudyError("report_damaged", path, problem=problem) from None
        keys = [_keys(language).get(heading, "") for heading in header]
        is_of_measures = "unit" in keys and "window" in keys
        first = _first_number(keys) if is_of_measures else len(keys)
        for number, line in enumerate(lines, 2):
            if len(line) != len(header):
                raise StudyError("report_damaged", path, problem=f"{number}: {len(line)} ≠ {len(header)}")
            named = dict(zip(keys[first:], line[first:], strict=True))
            cells = list(map(_unquoted, line[:first]))
            row_id, window = named.get("id", ""), named.get("window", "")
            try:
                values = {key: float(named[key]) for key in VALUES if named.get(key)}
            except ValueError as problem:
                raise StudyError("report_damaged", path, problem=f"{number}: {problem}") from None
            yield Row(
                table=name,
                id=row_id,
                measure=cells[0] if cells else "",
                groups=_groups(row_id, [*zip(header[1:first], cells[1:], strict=True)], window, language),
                cells=(*cells, window),
                values=values,
                unit=_units(language).get(named.get("unit", ""), ""),
                reason=named.get("reason", ""),
                code=marks.code_of(self.study, self.community, name, row_id) if row_id else "",
            )


def opened(folder: Path) -> Written:
    """The report in a folder.

    Raises
    ------
    StudyError
        `report_missing` where there is none, `report_damaged` where what it was made from can't be read.
    """
    path = folder / RECORD
    if not (path.is_file() and any(folder.glob("index.*.html"))):
        below = sorted(one.parent.relative_to(folder).as_posix() for one in folder.glob(f"*/{RECORD}"))
        raise StudyError("report_missing", folder, record=RECORD, below=", ".join(below[:8]) or "–")
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Written(folder, {**record, "study": record["study"]})
    except (OSError, ValueError, KeyError, TypeError) as problem:
        raise StudyError("report_damaged", path, problem=problem) from None


def _unquoted(cell: str) -> str:
    """A cell without the quote mark that keeps a spreadsheet from running it (`tables.harmless`)."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA_STARTS) else cell


def _first_number(keys: Sequence[str]) -> int:
    """The place behind the dimensions, one of which may be called as a number is."""
    order = {key: place for place, key in enumerate((*VALUES, "unit"))}
    place = len(keys) - 1 - keys[::-1].index("unit")
    while place > 1 and order.get(keys[place - 1], len(order)) < order[keys[place]]:
        place -= 1
    return place


def _groups(row_id: str, cells: Sequence[tuple[str, str]], window: str, language: str) -> list[Group]:
    """What a row is of: the parts of its id, and the words of its cells."""
    _, _, told = row_id.removesuffix("]").partition("[")
    split = (part.partition("=") for part in told.split(";") if part)
    parts = [(unquote(column), unquote(level)) for column, _, level in split]
    words = [(heading, label) for heading, label in cells if label]
    if parts and parts[-1][0] == "window":
        words.append((str(entries("words")["column_window"][language]), window))
    if len(words) != len(parts):
        words = parts
    return [Group(column, level, *word) for (column, level), word in zip(parts, words, strict=True)]


@cache
def _keys(language: str) -> dict[str, str]:
    """What a heading of a saved table stands for, where it is no dimension."""
    words = entries("words")
    told = {key: f"column_{key}" for key in (*VALUES, "unit", "window", "reason", "id", "mark", "data")}
    found = {str(words[word][language]): key for key, word in told.items()}
    counted = {str(entry[language]): "n" for word, entry in words.items() if word.startswith("column_n_")}
    return found | counted


@cache
def _units(language: str) -> dict[str, str]:
    """The key of a unit by its words; units of the same words are printed alike."""
    return {str(entry[language]): key for key, entry in entries("measures")["units"].items()}
