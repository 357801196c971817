"""The one door in: raw files become validated tables, and whatever can't be accepted is set aside and counted.

Read, correct, convert, link, validate; nothing under data/raw is written. Accepted rows plus rows set aside are the rows
that were read.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading import formats, layout, reshape
from analysis.reading.convert import BOOLEANS, MISSING, convert
from analysis.reading.correct import correct
from analysis.reading.faults import Fault
from analysis.reading.linkage import link
from analysis.reading.protection import protected
from analysis.reading.raw import Raw
from analysis.reading.validate import broken_rules
from analysis.settings import ColumnSource, Correction, FileSource, Origin, Settings, TableSource

PLACES = ["community_name", "subdistrict", "district", "city"]
"""Where a community is: any table that names communities may carry these columns, or has them from `communities`."""
WHERE = ["_file", "_item", "_row"]
"""Where a row stands while it is being read."""


class Reading(NamedTuple):
    """What reading a study gave.

    Attributes
    ----------
    tables
        Validated tables, in the catalogue's columns and types; `<column>_missing` says why a value is missing.
    quarantine
        One row per fault: `table`, `file`, `row`, `column`, `value`, `rule`, `item`, `id`.
    counts
        One row per table and file: rows `read`, `accepted` and `set_aside`.
    links
        What each linking rule did; empty where persons have ids.
    notes
        What reading changed in a file: `file`, `note` (a word of words.yml), `count` and `examples`.
    columns
        The columns of each file in their order: `file`, `position`, `column`, `question`.
    """

    tables: dict[str, pd.DataFrame]
    quarantine: pd.DataFrame
    counts: pd.DataFrame
    links: pd.DataFrame
    notes: pd.DataFrame
    columns: pd.DataFrame


def read(
    folder: Path,
    data: Path,
    settings: Settings,
    origin: Origin,
    corrections: list[Correction],
    catalogue: Catalogue,
) -> Reading:
    """Read all tables of a study.

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
    tables: dict[str, pd.DataFrame] = {}
    quarantine, counts, links = [], [], [pd.DataFrame(columns=["rule", "joined", "ties"])]
    notes: dict[str, Mapping[str, Sequence[str]]] = {}
    columns: dict[str, pd.DataFrame] = {}
    for table, source in settings.tables.items():
        parts = []
        for file in source.files:
            path = _located(data, file.file, origin)
            mended = [one for one in corrections if one.table == table and one.file == file.file]
            part, found, read_rows, raw = _read_file(path, folder, table, file, mended, catalogue)
            part, found = protected(part, found, table, file, raw.questions, settings, catalogue, path)
            notes[file.file], columns[file.file] = raw.notes, layout.columns_of(file.file, raw)
            parts.append(part)
            quarantine += [(table, *fault) for fault in found]
            counts.append({"table": table, "file": file.file, "read": read_rows})
            del raw  # a large file's text is not kept beside its values
        if parts:
            frame, report = _linked(
                _with_birth_year(pd.concat(parts, ignore_index=True)), table, settings, folder, catalogue
            )
            links.append(report)
            tables[table], found = _accepted(frame, table, settings, catalogue)
            quarantine += [(table, *fault) for fault in found]

    aside = pd.DataFrame(quarantine, columns=["table", *Fault._fields])
    tally = _tally(pd.DataFrame(counts), tables)
    tables = {name: frame.drop(columns=WHERE).reset_index(drop=True) for name, frame in tables.items()}
    for table, source in settings.tables.items():
        if source.derived_from:
            tables[table] = _derived(tables[source.derived_from], table, source, catalogue, folder)
    linked = pd.concat(links, ignore_index=True)
    laid_out = pd.concat([pd.DataFrame(columns=layout.COLUMNS), *columns.values()], ignore_index=True)
    return Reading(_placed(tables), aside, tally, linked, _noted(notes), laid_out)


def _noted(notes: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.DataFrame:
    """What a person should know of how each file was read, one row per file and note."""
    rows = [
        {"file": file, "note": note, "count": len(texts), "examples": listing(texts, 3)}
        for file, of_file in notes.items()
        for note, texts in of_file.items()
    ]
    return pd.DataFrame(rows, columns=["file", "note", "count", "examples"])


def _linked(
    frame: pd.DataFrame, table: str, settings: Settings, folder: Path, catalogue: Catalogue
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table with every column that it needs, persons linked where the study says how; and what the rules did."""
    is_linked = settings.linkage is not None and settings.linkage.table == table
    for column in catalogue.table(table)["required"]:
        if column not in frame and not (is_linked and column == "person_id"):
            raise StudyError("required_column_unmapped", folder / "study.yml", table=table, column=column)
    if not is_linked:
        return frame, pd.DataFrame()
    if not len(frame):
        return frame.assign(person_id=pd.Series(dtype="str")), pd.DataFrame()
    linked = link(frame, settings.linkage.rules if settings.linkage else [], table)
    return frame.assign(person_id=linked.person_id), linked.report


def _accepted(
    frame: pd.DataFrame, table: str, settings: Settings, catalogue: Catalogue
) -> tuple[pd.DataFrame, list[Fault]]:
    """The rows that keep every rule, and the faults of the others."""
    breaches = broken_rules(frame.drop(columns=WHERE), table, catalogue, settings)
    ids = [column for column in layout.naming(table, catalogue) if column in frame]
    faults = []
    for breach in breaches.itertuples():
        row = frame.loc[breach.index]
        value = row[breach.column]
        written = "" if pd.isna(value) else str(value)
        named = " ".join(row[ids].dropna().astype("str"))
        faults.append(Fault(row["_file"], int(row["_row"]), breach.column, written, breach.rule, row["_item"], named))
    return frame.drop(index=breaches["index"].unique()), faults


def _located(data: Path, file: str, origin: Origin) -> Path:
    path = data / file
    if not path.is_file():
        raise StudyError("file_missing", data, file=file, folder=data)
    expected = origin.files.get(file)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if expected and found != expected:
        raise StudyError("file_changed", path, found=found[:12] + "…", expected=expected[:12] + "…")
    return path


def _read_file(
    path: Path, folder: Path, table: str, source: FileSource, corrections: list[Correction], catalogue: Catalogue
) -> tuple[pd.DataFrame, list[Fault], int, Raw]:
    """The rows of a file that could be read, the faults of the others, how many there were, and the file as text."""
    raw = formats.read(path, source, folder)
    parts = reshape.parts(source)
    text = pd.concat([_arranged(raw.rows, path, table, part, catalogue) for part in parts.values()])
    text = correct(text, corrections, folder / "corrections.yml")
    frames = []
    faults = [fault._replace(item=item) for item in parts for fault in raw.faults]
    for place, (item, part) in enumerate(parts.items()):
        own = text.iloc[place * len(raw.rows) : (place + 1) * len(raw.rows)]
        frame, found = _converted(own[[*part.columns, *part.set]], item, part, raw, catalogue)
        frames.append(frame)
        faults += found
    total = len(parts) * (len(raw.rows) + len(raw.faults))
    faults = layout.named(faults, text, layout.naming(table, catalogue))
    return pd.concat(frames, ignore_index=True), faults, total, raw


def _converted(
    text: pd.DataFrame, item: str, source: FileSource, raw: Raw, catalogue: Catalogue
) -> tuple[pd.DataFrame, list[Fault]]:
    """The cells of one item as the catalogue's values, and the faults of rows that are left out."""
    frame = pd.DataFrame({"_file": source.file, "_item": item, "_row": text.index}, index=text.index)
    found = []
    for column in text:
        spec = source.columns.get(column, ColumnSource(column=column))
        declared = raw.missing.get(spec.sources[0], {}) if len(spec.sources) == 1 else {}
        spec = spec.model_copy(update={"missing": {**declared, **spec.missing}})
        converted = convert(text[column], column, spec, catalogue)
        frame[column] = converted.values
        if converted.reasons.notna().any():
            frame[column + MISSING] = converted.reasons
        for row in converted.rules.dropna().index:
            found.append(Fault(source.file, int(row), column, text.at[row, column], converted.rules[row], item))
    return frame[~frame["_row"].isin({fault.row for fault in found})], found


def _arranged(rows: pd.DataFrame, path: Path, table: str, source: FileSource, catalogue: Catalogue) -> pd.DataFrame:
    """The file's columns under the catalogue's names, still text."""
    known = [*catalogue.columns_of(table), *(PLACES if "community_id" in catalogue.columns_of(table) else [])]
    for column in [*source.columns, *source.set]:
        if column not in known:
            raise StudyError(
                "unknown_table_column",
                f"study.yml: tables.{table}",
                table=table,
                column=column,
                nearest=nearest(column, known),
                known=listing(known, 40),
            )
    arranged = {}
    for column, spec in source.columns.items():
        for name in spec.sources:
            if name not in rows:
                raise StudyError(
                    "column_missing",
                    path,
                    column=name,
                    target=column,
                    nearest=nearest(name, rows.columns),
                    known=listing(rows.columns, 40),
                )
        cells = [rows[name].str.strip() for name in spec.sources]
        arranged[column] = cells[0].str.cat(cells[1:], sep="-") if len(cells) > 1 else rows[spec.sources[0]]
    return pd.DataFrame(arranged | source.set, index=rows.index)


def _with_birth_year(frame: pd.DataFrame) -> pd.DataFrame:
    """Complete the year of birth from the date, so that rows of both kinds can be compared."""
    if "birth_date" not in frame:
        return frame
    from_date = frame["birth_date"].dt.year.astype("Int64")
    return frame.assign(birth_year=frame["birth_year"].fillna(from_date) if "birth_year" in frame else from_date)


def _tally(counts: pd.DataFrame, tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Rows of each file that were read, accepted and set aside; a table may take several parts of one file."""
    counts = counts.groupby(["table", "file"], as_index=False, sort=False)["read"].sum()
    accepted = [int((tables[row.table]["_file"] == row.file).sum()) for row in counts.itertuples()]
    return counts.assign(accepted=accepted, set_aside=counts["read"] - accepted)


def _derived(parent: pd.DataFrame, table: str, source: TableSource, catalogue: Catalogue, folder: Path) -> pd.DataFrame:
    """The rows of a table where columns have the given values, with the columns that the derived table may have."""
    chosen = pd.Series(True, index=parent.index)
    for column, value in source.where.items():
        if column not in parent:
            place = f"{folder / 'study.yml'}: tables.{table}.where"
            has = listing(parent.columns, 40)
            raise StudyError("settings_key", place, key=column, nearest=nearest(column, parent.columns), known=has)
        wanted = BOOLEANS[value] if catalogue.column(column)["type"] == "boolean" else value
        chosen &= (parent[column] == wanted).fillna(value=False).astype(bool)
    known = [*catalogue.columns_of(table), *PLACES]
    return parent.loc[chosen, [c for c in parent if c.removesuffix(MISSING) in known]].reset_index(drop=True)


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
