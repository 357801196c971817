"""A table's files piece by piece, each through the functions that a file goes through at once, to rows on the disk."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from analysis.catalogue import Catalogue
from analysis.errors import StudyError
from analysis.reading import formats, layout, reshape
from analysis.reading.convert import DTYPES
from analysis.reading.exclude import PEOPLE, exclude
from analysis.reading.faults import Fault
from analysis.reading.formats.raw import Raw
from analysis.reading.located import same_rows
from analysis.reading.persons.protection import repeatable, require_unidentifying
from analysis.reading.rows import WHERE, part_of
from analysis.reading.validate import broken_rules
from analysis.settings import Correction, FileSource, Origin, Settings

Given = TypeVar("Given")
Made = TypeVar("Made")

NUMBER = "_number"
"""Numbers the rows of a table in the order in which they stand in it: file after file, item after item."""
SUSPECT = "_suspect"
"""Marks the rows that break a rule by themselves."""
OF_FILE, OF_ITEM = 2**52, 2**40
"""How far apart the numbers of two files, and of two items of one file, are."""


class Piece(NamedTuple):
    """What a piece of a file gave; its rows are on the disk.

    Attributes
    ----------
    columns
        The columns of its rows, but for those that say where they stand.
    faults
        What could not be read.
    fates
        How many rows were set aside so, and how many excluded.
    excluded
        The respondents that the study's decisions leave out: `_file`, `_row`, `respondent_id`, `wave`, and the `exclusion`.
    listed, rules
        `rows` and `rules` of `analysis.reading.exclude.Excluded`.
    corrected
        How many cells or rows each correction found.
    readable, read
        How many rows could be read, of how many.
    notes, layout
        What is told of the file.
    digest
        The checksum of a database's rows.
    questions
        The wording of its columns.
    some
        Some different values of each column that could identify persons.
    """

    columns: list[str]
    faults: list[Fault]
    fates: pd.DataFrame
    excluded: pd.DataFrame
    listed: pd.DataFrame
    rules: pd.DataFrame
    corrected: Mapping[str, int]
    readable: int
    read: int
    notes: Mapping[str, Sequence[str]]
    layout: pd.DataFrame
    digest: str
    questions: Mapping[str, str]
    some: Mapping[str, pd.Series]


def columns_of(files: Iterable[FileSource]) -> list[str]:
    """The catalogue's columns that files are mapped to, in their order; a year of birth is told from the date."""
    names: dict[str, None] = {}
    for file in files:
        own = dict.fromkeys(name for part in reshape.parts(file).values() for name in (*part.columns, *part.set))
        names |= own | ({"birth_year": None} if "birth_date" in own else {})
    return [*names]


class Staging(NamedTuple):
    """How the files of one table are staged.

    Attributes
    ----------
    table
        The table.
    into
        The folder for its rows.
    study
        The study's folder.
    settings, origin, corrections, catalogue
        As the file that is read at once knows them.
    threads
        How many pieces are worked on at a time.
    """

    table: str
    into: Path
    study: Path
    settings: Settings
    origin: Origin
    corrections: Sequence[Correction]
    catalogue: Catalogue
    threads: int

    def pieces(self, number: int, path: Path, source: FileSource) -> Iterator[Piece]:
        """Put the rows of one file on the disk, and tell what is told of them.

        Parameters
        ----------
        number
            Which file of the table it is, from 0.

        Raises
        ------
        StudyError
            As reading the file at once does.
        """

        def staged(numbered: tuple[int, Raw]) -> Piece:
            place, raw = numbered
            file = self.into / f"{number:05}-{place:06}.parquet"
            return self._staged(raw, number, path, source, file, is_first=not place)

        some: dict[str, dict[str, None]] = {}
        questions: Mapping[str, str] = {}
        try:
            for piece in _in_turn(staged, enumerate(formats.pieces(path, source, self.study)), self.threads):
                questions = questions or piece.questions
                for column, texts in piece.some.items():
                    some.setdefault(column, {}).update(dict.fromkeys(texts))
                yield piece
            require_unidentifying(some, self.table, source, questions, self.catalogue, path)
        except FileNotFoundError:
            raise StudyError("file_missing", path.parent, file=source.file, folder=path.parent) from None

    def corrections_of(self, source: FileSource) -> list[Correction]:
        """The corrections of one of the table's files."""
        return [one for one in self.corrections if one.table == self.table and one.file in (source.file, source.name)]

    def _staged(self, raw: Raw, number: int, path: Path, source: FileSource, file: Path, is_first: bool) -> Piece:
        digest = same_rows(raw, source.file, self.origin) if source.database else ""
        corrections = self.corrections_of(source)
        # The first piece says at once what a column is; the others are looked at together, when all are read.
        part = part_of(raw, path, self.table, source, corrections, self.settings, self.catalogue, is_judged=is_first)
        item = part.rows["_item"].cat.codes.astype("int64")
        rows = part.rows.assign(**{NUMBER: number * OF_FILE + item * OF_ITEM + part.rows["_row"]})
        rules = [rule for rule in self.settings.exclusions if rule.table == self.table]
        left = exclude({self.table: rows}, rules, self.catalogue, str(self.study / "study.yml"))
        kept = self._completed(left.tables[self.table])
        broken = broken_rules(kept.drop(columns=WHERE), self.table, self.catalogue, self.settings, is_whole=False)[
            "index"
        ]
        suspect = kept.index.isin(broken)
        parquet.write_table(pa.Table.from_pandas(kept.assign(**{SUSPECT: suspect}), preserve_index=False), file)
        return Piece(
            columns=[name for name in kept if name not in (*WHERE, NUMBER)],
            faults=part.faults,
            fates=pd.concat([part.fates, left.fates]),
            excluded=self._excluded(rows.loc[rows.index.difference(kept.index)], left.rows),
            listed=left.rows,
            rules=left.rules,
            corrected=part.corrected,
            readable=len(rows),
            read=len(reshape.parts(source)) * (len(raw.rows) + len(raw.faults)),
            notes=repeatable(raw),
            layout=layout.columns_of(source.name, raw),
            digest=digest,
            questions=raw.questions,
            some=part.some,
        )

    def _excluded(self, rows: pd.DataFrame, listed: pd.DataFrame) -> pd.DataFrame:
        """The respondents among excluded rows, with the rule; other rows have no answers that leave with them."""
        if self.table != PEOPLE:
            return pd.DataFrame()
        why = listed.set_index("row")["exclusion"].rename(index=int)
        told = rows[["_file", "_row", "respondent_id", "wave", NUMBER]]
        return told.assign(_file=told["_file"].astype("str"), exclusion=told["_row"].map(why))

    def _completed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Rows with the columns that only other files of the table have, missing."""
        names = columns_of(self.settings.tables[self.table].files)
        kinds = {name: DTYPES.get(self.catalogue.column(name)["type"], "str") for name in names if name not in rows}
        return rows.assign(**{name: pd.Series(None, index=rows.index, dtype=kind) for name, kind in kinds.items()})


def _in_turn(work: Callable[[Given], Made], items: Iterable[Given], threads: int) -> Iterator[Made]:
    """What is made of each item, in their order; no more are taken than are worked on."""
    with ThreadPoolExecutor(threads) as pool:
        waiting: deque[Future[Made]] = deque()
        for item in items:
            waiting.append(pool.submit(work, item))
            if len(waiting) > threads:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
