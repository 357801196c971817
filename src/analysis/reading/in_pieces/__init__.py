"""The door for tables larger than memory: the same rules and messages, a piece of a file at a time.

Each piece goes through the functions that a file goes through at once, and its rows go to the disk. What needs all rows of a
table (two of one key, answers of excluded respondents, the order of communities) is asked of the engine. The tables are then
Parquet under data/processed/<study>, replaced whole or not at all, and read from there as long as the raw files are the same.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from analysis import locations
from analysis.catalogue import Catalogue
from analysis.folders import replacing
from analysis.reading import fates, layout
from analysis.reading.accept import require_columns
from analysis.reading.convert import MISSING
from analysis.reading.correct import require_found
from analysis.reading.derive import derived
from analysis.reading.engine import connect, limits_told, opened, spill_folder
from analysis.reading.exclude import PEOPLE, ROWS, RULES
from analysis.reading.in_pieces import stamp as stamps
from analysis.reading.in_pieces import store as on_disk
from analysis.reading.in_pieces.held import HeldTable
from analysis.reading.in_pieces.refused import require_possible
from analysis.reading.in_pieces.staging import Piece, Staging, columns_of
from analysis.reading.located import located
from analysis.reading.result import Reading
from analysis.reading.rows import PLACES
from analysis.settings import Correction, FileSource, Origin, Settings
from analysis.survey.careless import ANSWERS
from analysis.survey.skips import COLUMNS as SKIPS


def read(
    folder: Path,
    data: Path,
    settings: Settings,
    origin: Origin,
    corrections: list[Correction],
    catalogue: Catalogue,
) -> Reading:
    """Read all tables of a study; those that were read before from the same files are only opened.

    Parameters
    ----------
    folder, data
        As `analysis.reading.read` has them.

    Raises
    ------
    StudyError
        `not_in_pieces`; `spill_not_writable`; whatever reading the files at once raises.
    RunError
        `spill_full`, `engine_memory`, `file_changed_meanwhile`; `spark_absent`, `spark_not_started`.
    """
    assert settings.engine
    require_possible(settings, corrections, folder)
    store = locations.processed_folder(folder.name)
    spill = spill_folder(settings.engine, folder)
    connection = connect(settings.engine, spill)
    stamp = stamps.stamp_of(folder, data, settings)
    kept = on_disk.kept_stamp(store)
    if kept is None or not stamp.is_same(kept, data):
        made = _Making(folder, data, settings, origin, corrections, catalogue, connection)
        with ExitStack() as stack:
            # What is entered first takes its place last: the stamp comes when all tables are there.
            told = stack.enter_context(replacing(store / on_disk.TOLD))
            tables = {name: stack.enter_context(replacing(store / name)) for name in settings.tables}
            staged = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="staged-", dir=spill)))
            stack.enter_context(limits_told(settings.engine, spill))
            made.tables(staged, tables, told)
            stamps.require_unchanged(stamp, data)
            on_disk.write(told, made.frames(), made.digests, stamps.with_digests(stamp, data))
            (store / on_disk.TOLD / on_disk.STAMP).unlink(missing_ok=True)
    relations = opened(settings.engine, connection, spill, {name: store / name for name in settings.tables})
    return on_disk.opened(store, relations)


@dataclass
class _Making:
    """A reading while it is made."""

    folder: Path
    data: Path
    settings: Settings
    origin: Origin
    corrections: list[Correction]
    catalogue: Catalogue
    connection: duckdb.DuckDBPyConnection
    counts: list[dict[str, object]] = field(default_factory=list)
    fates: list[pd.DataFrame] = field(default_factory=list)
    listed: list[pd.DataFrame] = field(default_factory=list)
    rules: list[pd.DataFrame] = field(default_factory=list)
    excluded: list[pd.DataFrame] = field(default_factory=list)
    readable: Counter[str] = field(default_factory=Counter)
    notes: dict[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)
    columns: dict[str, pd.DataFrame] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)

    def tables(self, staged: Path, into: dict[str, Path], told: Path) -> None:
        """Write the accepted rows of each table into its folder, and the faults of the others."""
        quarantine = on_disk.Quarantine(told)
        held = {name: self._staged(name, staged, quarantine) for name in self.settings.tables if self._files(name)}
        if self.excluded:
            everybody = pd.concat(self.excluded, ignore_index=True)
            everybody["by_hand"] = everybody["exclusion"].isin([one.id for one in self.corrections])
            for name in ANSWERS:
                if name in held:
                    self.fates.append(held[name].leave_out_answers_of(everybody, held[PEOPLE]))
        for name, table in held.items():
            for faults, aside in table.set_aside(self.settings, self.catalogue):
                quarantine.add(name, faults)
                self.fates.append(aside)
            self.fates.append(table.accepted())
        quarantine.close()
        self._write(held, into)

    def frames(self) -> dict[str, pd.DataFrame]:
        """What is told of all tables."""
        fate = _summed([pd.DataFrame(columns=fates.COLUMNS), *self.fates], "rows")
        return {
            "counts": fates.tally(pd.DataFrame(self.counts), fate),
            "links": pd.DataFrame(columns=["rule", "joined", "ties"]),
            "notes": layout.noted(self.notes),
            "columns": pd.concat([pd.DataFrame(columns=layout.COLUMNS), *self.columns.values()], ignore_index=True),
            "fates": fate,
            "exclusions": pd.concat([pd.DataFrame(columns=ROWS), *self.listed], ignore_index=True),
            "rules": self._rules(),
            "skips": pd.DataFrame(columns=SKIPS),
        }

    def _rules(self) -> pd.DataFrame:
        """What each rule did; those of corrections go before the others, and have looked at all rows."""
        rules = _summed([pd.DataFrame(columns=RULES), *self.rules], *RULES[2:])
        by_hand = rules["exclusion"].isin([one.id for one in self.corrections])
        rules["rows"] = rules["rows"].mask(by_hand, rules["table"].map(self.readable))
        return pd.concat([rules[by_hand], rules[~by_hand]], ignore_index=True)

    def _files(self, table: str) -> list[FileSource]:
        return self.settings.tables[table].files

    def _staged(self, table: str, staged: Path, quarantine: on_disk.Quarantine) -> HeldTable:
        """The rows of a table on the disk, not yet held against the catalogue."""
        files = self._files(table)
        require_columns(columns_of(files), table, self.settings, self.folder, self.catalogue)
        place = staged / table
        place.mkdir()
        engine = self.settings.engine
        threads = (engine.threads if engine else None) or os.cpu_count() or 1
        staging = Staging(
            table, place, self.folder, self.settings, self.origin, self.corrections, self.catalogue, threads
        )
        columns: dict[str, None] = {}
        for number, file in enumerate(files):
            path = located(self.data, file, self.origin)
            done: Counter[str] = Counter()
            found: set[str] = set()
            for piece in staging.pieces(number, path, file):
                quarantine.add(table, piece.faults)
                self._add(table, file, piece)
                done.update(piece.corrected)
                found.update(piece.columns)
            require_found(staging.corrections_of(file), done, self.folder / "corrections.yml")
            of_file = [name + end for name in columns_of([file]) for end in ("", MISSING)]
            columns |= dict.fromkeys(name for name in of_file if name in found)
        return HeldTable(self.connection, table, place, [*columns])

    def _add(self, table: str, file: FileSource, piece: Piece) -> None:
        """Keep what a piece tells."""
        self.counts.append({"table": table, "file": file.name, "read": piece.read})
        self.fates.append(piece.fates)
        self.listed.append(piece.listed)
        self.rules.append(piece.rules)
        self.readable[table] += piece.readable
        if len(piece.excluded):
            self.excluded.append(piece.excluded)
        self.notes.setdefault(file.name, piece.notes)
        self.columns.setdefault(file.name, piece.layout)
        if file.database:
            self.digests[file.file] = piece.digest

    def _write(self, held: dict[str, HeldTable], into: dict[str, Path]) -> None:
        """Write the accepted rows, and the tables that are part of another one, with the places of communities."""
        parts = {name: (table, table.columns, "true") for name, table in held.items()}
        for name, source in self.settings.tables.items():
            if source.derived_from:
                table, columns, where = parts[source.derived_from]
                columns, wanted = derived(columns, name, source, self.catalogue, self.folder)
                parts[name] = (table, columns, " and ".join([where, *(_equals(*one) for one in wanted.items())]))
        places = None
        if "communities" in held:
            communities = held["communities"]
            known = ["community_id", *(name for name in PLACES if name in communities.columns)]
            places = communities.rows(known)
        for name, (table, columns, where) in parts.items():
            named = places if name != "communities" and "community_id" in columns else None
            lacking = (
                named[["community_id", *(one for one in named if one not in columns)]] if named is not None else None
            )
            table.write(into[name], [one for one in columns if self._may_be_kept(one)], where, lacking)

    def _may_be_kept(self, column: str) -> bool:
        """Whether a column may lie on the disk: ages are told from dates of birth, nothing is from names."""
        return column.removesuffix(MISSING) != "name"


def _equals(column: str, value: str | bool) -> str:
    """A condition of SQL."""
    written = str(value).lower() if isinstance(value, bool) else "'" + value.replace("'", "''") + "'"
    return f'"{column}"::varchar = {written}::varchar'


def _summed(parts: list[pd.DataFrame], *numbers: str) -> pd.DataFrame:
    """The rows of all parts, those that differ in numbers only added up."""
    rows = pd.concat(parts, ignore_index=True)
    keys = [name for name in rows if name not in numbers]
    return rows.groupby(keys, sort=False, dropna=False, as_index=False)[[*numbers]].sum()[[*rows]]
