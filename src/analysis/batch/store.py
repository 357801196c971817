"""What the last runs wrote: the parts of every report, kept beside the reports in a file of SQLite.

The file is locked by the system for as long as a run lasts, a killed one included, so that two runs on the same reports can't
meet. A report is entered in one transaction, after it has taken its place.
"""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.errors import RunError

NAME = "batch.sqlite"
RUNNING = "batch.pid"
"""Which process has the lock, for the others to read."""
UNREADABLE = (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT)
PRIMARY = 0xFF
"""The part of an error code that says its kind."""
TABLES = """
CREATE TABLE IF NOT EXISTS reports (
  community TEXT, language TEXT, parts TEXT, source TEXT, content TEXT, state TEXT, PRIMARY KEY (community, language)
);
CREATE TABLE IF NOT EXISTS cards (community TEXT, language TEXT, card TEXT, PRIMARY KEY (community, language));
CREATE TABLE IF NOT EXISTS starts (language TEXT PRIMARY KEY, made_of TEXT);
CREATE TABLE IF NOT EXISTS chosen (source TEXT, choice TEXT, communities TEXT, PRIMARY KEY (source, choice));
"""


@dataclass(frozen=True)
class Entry:
    """One report as it was written.

    Attributes
    ----------
    parts
        The checksums of what it was made from.
    source
        The checksum of all that was read when it was last found to be up to date.
    content, state
        Of its files: a checksum of what they hold, and of their sizes and times.
    """

    parts: Mapping[str, str]
    source: str
    content: str
    state: str


class Store:
    """The entries of one folder of reports.

    Attributes
    ----------
    set_aside
        Where an unreadable file was moved before this one was begun; none for most runs.
    """

    def __init__(self, connection: sqlite3.Connection, set_aside: Path | None = None) -> None:
        self._connection = connection
        self.set_aside = set_aside

    def entries(self, community: str) -> dict[str, Entry]:
        """The reports of a community by language."""
        found = self._connection.execute(
            "SELECT language, parts, source, content, state FROM reports WHERE community = ?", (community,)
        )
        return {language: Entry(json.loads(parts), *rest) for language, parts, *rest in found}

    def enter(self, community: str, entries: Mapping[str, Entry], cards: Iterable[tuple[str, str, str]] = ()) -> None:
        """Enter the reports of a community in place of what was known of it.

        Parameters
        ----------
        cards
            What the start page shows of it: community (empty for all of them), language, and JSON.
        """
        rows = [
            (community, language, json.dumps(entry.parts), entry.source, entry.content, entry.state)
            for language, entry in entries.items()
        ]
        with self._connection:
            self._connection.execute("DELETE FROM reports WHERE community = ?", (community,))
            self._connection.executemany("INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?)", rows)
            self._connection.executemany("INSERT OR REPLACE INTO cards VALUES (?, ?, ?)", cards)

    def confirm(self, community: str, source: str, states: Mapping[str, str]) -> None:
        """Note that a community's reports are up to date; written with the next entry, or at the end."""
        rows = [(source, state, community, language) for language, state in states.items()]
        self._connection.executemany(
            "UPDATE reports SET source = ?, state = ? WHERE community = ? AND language = ?", rows
        )

    def chosen(self, source: str, choice: str) -> list[str] | None:
        """The communities of a choice, where it was made from this source before."""
        found = self._connection.execute(
            "SELECT communities FROM chosen WHERE source = ? AND choice = ?", (source, choice)
        ).fetchone()
        return json.loads(found[0]) if found else None

    def choose(self, source: str, choice: str, communities: Sequence[str]) -> None:
        """Keep the communities of a choice; those of other sources are forgotten."""
        self._connection.execute("DELETE FROM chosen WHERE source <> ?", (source,))
        row = (source, choice, json.dumps(communities))
        self._connection.execute("INSERT OR REPLACE INTO chosen VALUES (?, ?, ?)", row)

    def cards(self, language: str) -> dict[str, str]:
        """What the start page shows of each community, as JSON; of all of them under an empty id."""
        found = self._connection.execute("SELECT community, card FROM cards WHERE language = ? ORDER BY 1", (language,))
        return dict(found.fetchall())

    def start(self, language: str) -> str:
        """The checksum of what the start page was made of; empty before the first."""
        found = self._connection.execute("SELECT made_of FROM starts WHERE language = ?", (language,)).fetchone()
        return found[0] if found else ""

    def started(self, language: str, made_of: str) -> None:
        """Note what the start page was made of."""
        self._connection.execute("INSERT OR REPLACE INTO starts VALUES (?, ?)", (language, made_of))

    def communities(self) -> list[str]:
        """All communities that have reports, in the order of their ids."""
        return [one for (one,) in self._connection.execute("SELECT DISTINCT community FROM reports ORDER BY 1")]


@contextmanager
def opened(folder: Path) -> Iterator[Store]:
    """The store of a folder of reports, for this process alone until the end of the block.

    A store that can't be read is set aside, and a new one begun.

    Raises
    ------
    RunError
        `batch_running`, `disk_full`, `not_writable`, `store_unreadable`.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise RunError("not_writable", folder, problem=problem.strerror or str(problem)) from None
    path, running = folder / NAME, folder / RUNNING
    try:
        store = _locked(path)
    except sqlite3.DatabaseError as problem:
        if problem.sqlite_errorcode & PRIMARY not in UNREADABLE:
            raise _error(problem, folder) from None
        aside = path.replace(path.with_suffix(".unreadable"))
        path.with_name(f"{NAME}-journal").unlink(missing_ok=True)
        store = _locked(path, aside)
    try:
        running.write_text(f"{os.getpid()}\n", encoding="utf-8")
        yield store
        store._connection.commit()
    except sqlite3.DatabaseError as problem:
        raise _error(problem, folder) from None
    finally:
        running.unlink(missing_ok=True)
        store._connection.close()


def _locked(path: Path, set_aside: Path | None = None) -> Store:
    connection = sqlite3.connect(path, timeout=0)
    try:
        connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        connection.execute("BEGIN EXCLUSIVE")
        connection.commit()
        (sound,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if sound != "ok":
            problem = sqlite3.DatabaseError(sound)
            problem.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise problem
        connection.executescript(TABLES)
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return Store(connection, set_aside)


def _error(problem: sqlite3.DatabaseError, folder: Path) -> RunError:
    code = getattr(problem, "sqlite_errorcode", 0) & PRIMARY
    if code == sqlite3.SQLITE_BUSY:
        running = folder / RUNNING
        process = running.read_text(encoding="utf-8").strip() if running.is_file() else "–"
        return RunError("batch_running", folder, process=process)
    if code == sqlite3.SQLITE_FULL:
        return RunError("disk_full", folder, problem=str(problem))
    if code in UNREADABLE:
        return RunError("store_unreadable", folder / NAME, problem=str(problem))
    return RunError("not_writable", folder, problem=str(problem))
