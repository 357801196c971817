"""The one door in: raw files become validated tables, and whatever can't be accepted is set aside and counted.

Read, correct, convert, exclude, link, validate; nothing under data/raw is written. Accepted rows plus rows excluded by the
study's decisions plus rows set aside are the rows that were read.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.reading import fates, formats, layout, reshape
from analysis.reading.accept import accepted, require_columns
from analysis.reading.correct import require_found
from analysis.reading.derive import derived
from analysis.reading.exclude import exclude
from analysis.reading.faults import Fault
from analysis.reading.formats.raw import Raw
from analysis.reading.linkage import link
from analysis.reading.located import located, same_rows
from analysis.reading.persons.protection import repeatable
from analysis.reading.result import Reading
from analysis.reading.rows import PLACES, WHERE, part_of
from analysis.settings import Correction, FileSource, Origin, Settings, TableSource
from analysis.survey import skips

__all__ = ["PLACES", "Reading", "read"]


def read(
    folder: Path,
    data: Path,
    settings: Settings,
    origin: Origin,
    corrections: list[Correction],
    catalogue: Catalogue,
) -> Reading:
    """Read all tables of a study; where it names an engine, they may be larger than memory (`analysis.reading.in_pieces`).

    Parameters
    ----------
    folder
        The study's folder (its corrections, tables of characters).
    data
        The folder of the raw files.

    Raises
    ------
    StudyError
        A file or a column is missing, a file is not the one that origin.yml describes, its encoding can't be read, a
        correction no longer fits. Rows at fault are not raised but set aside.
    """
    if settings.engine:
        from analysis.reading import in_pieces  # DuckDB is long to load, and few studies need it

        return in_pieces.read(folder, data, settings, origin, corrections, catalogue)
    tables: dict[str, pd.DataFrame] = {}
    quarantine, counts, links = [], [], [pd.DataFrame(columns=["rule", "joined", "ties"])]
    met: list[pd.DataFrame] = []
    notes: dict[str, Mapping[str, Sequence[str]]] = {}
    digests: dict[str, str] = {}
    columns: dict[str, pd.DataFrame] = {}
    held: dict[str, Raw] = {}
    later = [file for source in settings.tables.values() for file in source.files]
    for table, source in settings.tables.items():
        parts = []
        for file in source.files:
            later.remove(file)
            path = located(data, file, origin)
            mended = [one for one in corrections if one.table == table and one.file in (file.file, file.name)]
            raw = _text_of(path, file, folder, held)
            if file.database:
                digests[file.file] = same_rows(raw, file.file, origin)
            part = part_of(raw, path, table, file, mended, settings, catalogue)
            require_found(mended, part.corrected, folder / "corrections.yml")
            notes[file.name] = repeatable(raw)
            columns.setdefault(file.name, layout.columns_of(file.name, raw))  # all were held when it was first read
            parts.append(part.rows)
            quarantine += [(table, *fault) for fault in part.faults]
            read_rows = len(reshape.parts(file)) * (len(raw.rows) + len(raw.faults))
            counts.append({"table": table, "file": file.name, "read": read_rows})
            met.append(part.fates)
            del raw, part  # a large file's text and rows are not kept beside what comes of them
            if not file.database:  # whose checksum is that of all columns
                to_come = [one for one in later if one.file == file.file]
                held = {key: _narrowed(text, to_come) for key, text in held.items()}
        if parts:
            tables[table] = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
            require_columns(tables[table], table, settings, folder, catalogue)

    left = exclude(tables, settings.exclusions, catalogue, str(folder / "study.yml"))
    tables = left.tables
    met.append(left.fates)
    for table in tables:
        frame, report = _linked(tables[table], table, settings)
        links.append(report)
        tables[table], found, aside = accepted(frame, table, settings, catalogue)
        quarantine += [(table, *fault) for fault in found]
        met += [aside, fates.counted(table, tables[table], fates.ANALYSED)]

    refused = pd.DataFrame(quarantine, columns=["table", *Fault._fields])
    fate = pd.concat([pd.DataFrame(columns=fates.COLUMNS), *met], ignore_index=True)
    tally = fates.tally(pd.DataFrame(counts), fate)
    broken = skips.breaches(settings.skips, tables, catalogue, str(folder / "study.yml"))
    tables = {name: frame.drop(columns=WHERE).reset_index(drop=True) for name, frame in tables.items()}
    for table, source in settings.tables.items():
        if source.derived_from:
            tables[table] = _derived(tables[source.derived_from], table, source, catalogue, folder)
    linked = pd.concat(links, ignore_index=True)
    laid_out = pd.concat([pd.DataFrame(columns=layout.COLUMNS), *columns.values()], ignore_index=True)
    return Reading(
        _placed(tables),
        refused,
        tally,
        linked,
        layout.noted(notes),
        laid_out,
        fate,
        left.rows,
        left.rules,
        broken,
        digests,
    )


def _linked(frame: pd.DataFrame, table: str, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table with persons linked where the study says how; and what the rules did."""
    if settings.linkage is None or settings.linkage.table != table:
        return frame, pd.DataFrame()
    if not len(frame):
        return frame.assign(person_id=pd.Series(dtype="str")), pd.DataFrame()
    linked = link(frame, settings.linkage.rules, table)
    return frame.assign(person_id=linked.person_id), linked.report


def _text_of(path: Path, source: FileSource, folder: Path, held: dict[str, Raw]) -> Raw:
    """A file as text; the one that was read last is still held, since tables often come from the same file."""
    of_table = {"set"} if formats.looks_at_columns(path, source) else {"set", "columns", "items"}
    key = f"{path} {source.model_dump_json(exclude=of_table)}"
    if key not in held:
        held.clear()
        held[key] = formats.read(path, source, folder)
    return held[key]


def _narrowed(raw: Raw, later: Sequence[FileSource]) -> Raw:
    """A file's text without the columns that no later part of it names; all, where one names a column that is not there."""
    specs = (spec for file in later for part in reshape.parts(file).values() for spec in part.columns.values())
    named = {name for spec in specs for name in spec.sources}
    return raw._replace(rows=raw.rows[[*raw.rows.columns.intersection([*named])]]) if named <= {*raw.rows} else raw


def _derived(parent: pd.DataFrame, table: str, source: TableSource, catalogue: Catalogue, folder: Path) -> pd.DataFrame:
    """The rows of a table where columns have the given values, with the columns that the derived table may have."""
    columns, wanted = derived(parent.columns, table, source, catalogue, folder)
    chosen = pd.Series(True, index=parent.index)
    for column, value in wanted.items():
        chosen &= (parent[column] == value).fillna(value=False).astype(bool)
    return parent.loc[chosen, columns].reset_index(drop=True)


def _placed(tables: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Give every table that names communities the place of each, from `communities`."""
    if "communities" not in tables:
        return tables
    places = tables["communities"][["community_id", *(c for c in PLACES if c in tables["communities"])]]
    return {
        name: frame.merge(
            places[["community_id", *(c for c in places if c not in frame)]], on="community_id", how="left"
        )
        if name != "communities" and "community_id" in frame
        else frame
        for name, frame in tables.items()
    }
