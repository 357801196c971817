"""The one door in: raw files become validated tables, and whatever can't be accepted is set aside and counted.

Read, correct, convert, exclude, link, validate; nothing under data/raw is written. Accepted rows plus rows excluded by the
study's decisions plus rows set aside are the rows that were read.
"""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading import fates, formats, layout, reshape
from analysis.reading.convert import BOOLEANS, MISSING, Converted, convert
from analysis.reading.correct import EXCLUDED, correct
from analysis.reading.exclude import exclude
from analysis.reading.faults import Fault
from analysis.reading.formats.raw import Raw
from analysis.reading.linkage import link
from analysis.reading.persons.protection import protected, repeatable
from analysis.reading.validate import broken_rules
from analysis.settings import ColumnSource, Correction, FileSource, Origin, Settings, TableSource
from analysis.survey import skips

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
        One row per table and file: rows `read`, `accepted`, `excluded` and `set_aside`.
    links
        What each linking rule did; empty where persons have ids.
    notes
        What reading changed in a file: `file`, `note` (a word of words.yml), `count` and `examples`.
    columns
        The columns of each file in their order: `file`, `sheet`, `position`, `column`, `question`.
    fates
        What became of the rows of each table, file and wave (`analysis.reading.fates`).
    exclusions
        One row per respondent, or row of a register, that the study's decisions left out (`analysis.reading.exclude`).
    rules
        One row per exclusion rule: how many it left out, and how many it would have by itself.
    skips
        One row per answer that breaks a skip rule (`analysis.survey.skips`).
    digests
        The SHA-256 of the rows that each database gave.
    """

    tables: dict[str, pd.DataFrame]
    quarantine: pd.DataFrame
    counts: pd.DataFrame
    links: pd.DataFrame
    notes: pd.DataFrame
    columns: pd.DataFrame
    fates: pd.DataFrame
    exclusions: pd.DataFrame
    rules: pd.DataFrame
    skips: pd.DataFrame
    digests: Mapping[str, str]


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
    met: list[pd.DataFrame] = []
    notes: dict[str, Mapping[str, Sequence[str]]] = {}
    digests: dict[str, str] = {}
    columns: dict[str, pd.DataFrame] = {}
    held: dict[str, Raw] = {}
    for table, source in settings.tables.items():
        parts = []
        for file in source.files:
            path = data / file.file if file.database else _located(data, file.file, origin)
            for beside in file.beside:
                _located(data, beside, origin)
            mended = [one for one in corrections if one.table == table and one.file in (file.file, file.name)]
            raw = _text_of(path, file, folder, held)
            part, found, aside = _values_of(raw, path, folder, table, file, mended, catalogue)
            if file.database:
                digests[file.file] = _same_rows(raw, file.file, origin)
            part, found = protected(part, found, table, file, raw.questions, settings, catalogue, path)
            notes[file.name], columns[file.name] = repeatable(raw), layout.columns_of(file.name, raw)
            parts.append(part)
            quarantine += [(table, *fault) for fault in found]
            read_rows = len(reshape.parts(file)) * (len(raw.rows) + len(raw.faults))
            counts.append({"table": table, "file": file.name, "read": read_rows})
            met.append(aside)
        if parts:
            tables[table] = _with_birth_year(pd.concat(parts, ignore_index=True))
            _require_columns(tables[table], table, settings, folder, catalogue)

    held.clear()  # a large file's text is not kept beside its values
    left = exclude(tables, settings.exclusions, catalogue, str(folder / "study.yml"))
    tables = left.tables
    met.append(left.fates)
    for table in tables:
        frame, report = _linked(tables[table], table, settings)
        links.append(report)
        tables[table], found, aside = _accepted(frame, table, settings, catalogue)
        quarantine += [(table, *fault) for fault in found]
        met += [aside, fates.counted(table, tables[table], fates.ANALYSED)]

    refused = pd.DataFrame(quarantine, columns=["table", *Fault._fields])
    fate = pd.concat([pd.DataFrame(columns=fates.COLUMNS), *met], ignore_index=True)
    tally = _tally(pd.DataFrame(counts), fate)
    broken = skips.breaches(settings.skips, tables, catalogue, str(folder / "study.yml"))
    tables = {name: frame.drop(columns=WHERE).reset_index(drop=True) for name, frame in tables.items()}
    for table, source in settings.tables.items():
        if source.derived_from:
            tables[table] = _derived(tables[source.derived_from], table, source, catalogue, folder)
    linked = pd.concat(links, ignore_index=True)
    laid_out = pd.concat([pd.DataFrame(columns=layout.COLUMNS), *columns.values()], ignore_index=True)
    return Reading(
        _placed(tables), refused, tally, linked, _noted(notes), laid_out, fate, left.rows, left.rules, broken, digests
    )


def _noted(notes: Mapping[str, Mapping[str, Sequence[str]]]) -> pd.DataFrame:
    """What a person should know of how each file was read, one row per file and note."""
    rows = [
        {"file": file, "note": note, "count": len(texts), "examples": listing(texts, 3)}
        for file, of_file in notes.items()
        for note, texts in of_file.items()
    ]
    return pd.DataFrame(rows, columns=["file", "note", "count", "examples"])


def _require_columns(frame: pd.DataFrame, table: str, settings: Settings, folder: Path, catalogue: Catalogue) -> None:
    """Refuse a table without a column that it needs; linking gives the ids of persons."""
    is_linked = settings.linkage is not None and settings.linkage.table == table
    for column in catalogue.table(table)["required"]:
        if column not in frame and not (is_linked and column == "person_id"):
            raise StudyError("required_column_unmapped", folder / "study.yml", table=table, column=column)


def _linked(frame: pd.DataFrame, table: str, settings: Settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The table with persons linked where the study says how; and what the rules did."""
    if settings.linkage is None or settings.linkage.table != table:
        return frame, pd.DataFrame()
    if not len(frame):
        return frame.assign(person_id=pd.Series(dtype="str")), pd.DataFrame()
    linked = link(frame, settings.linkage.rules, table)
    return frame.assign(person_id=linked.person_id), linked.report


def _accepted(
    frame: pd.DataFrame, table: str, settings: Settings, catalogue: Catalogue
) -> tuple[pd.DataFrame, list[Fault], pd.DataFrame]:
    """The rows that keep every rule, the faults of the others, and how many these are."""
    breaches = broken_rules(frame.drop(columns=WHERE), table, catalogue, settings)
    ids = [column for column in layout.naming(table, catalogue) if column in frame]
    first = breaches.drop_duplicates("index").set_index("index")["rule"]
    if first.empty:
        return frame, [], fates.counted(table, frame.iloc[:0], fates.SET_ASIDE)
    faults = []
    for (column, rule), found in breaches.groupby(["column", "rule"], sort=False)["index"]:
        rows = frame.loc[found]
        written = rows[column].astype("str").fillna("")
        named = rows[ids].astype("str").fillna("").agg(" ".join, axis=1).str.split().str.join(" ") if ids else ""
        told = rows[WHERE].assign(column=column, written=written, rule=rule, named=named)
        columns = [told[name] for name in ("_file", "_row", "column", "written", "rule", "_item", "named")]
        faults += [Fault(*cells) for cells in zip(*columns, strict=True)]
    aside = fates.counted(table, frame.loc[first.index], fates.SET_ASIDE, first)
    return frame.drop(index=first.index), faults, aside


def _located(data: Path, file: str, origin: Origin) -> Path:
    """The path of a file of the data folder, which is the one that origin.yml describes."""
    path = data / file
    try:
        if not path.is_file():
            raise StudyError("file_missing", data, file=file, folder=data)
        if not path.resolve().is_relative_to(data.resolve()):
            raise StudyError("file_outside", data, file=file, folder=data)
        expected = origin.files.get(file)
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest() if expected else None
    except OSError as problem:
        raise StudyError("file_not_readable", path, problem=problem.strerror or problem) from None
    if expected and found and found != expected:
        raise StudyError("file_changed", path, found=found[:12] + "…", expected=expected[:12] + "…")
    return path


def _same_rows(raw: Raw, file: str, origin: Origin) -> str:
    """The checksum of a database's rows, which is the one that origin.yml gives where it gives any."""
    from analysis.reading.formats import database

    found, expected = database.digest(raw.rows), origin.files.get(file)
    if expected and found != expected:
        raise StudyError("file_changed", file, found=found[:12] + "…", expected=expected[:12] + "…")
    return found


def _text_of(path: Path, source: FileSource, folder: Path, held: dict[str, Raw]) -> Raw:
    """A file as text; the one that was read last is still held, since tables often come from the same file."""
    of_table = {"set"} if formats.looks_at_columns(path, source) else {"set", "columns", "items"}
    key = f"{path} {source.model_dump_json(exclude=of_table)}"
    if key not in held:
        held.clear()
        held[key] = formats.read(path, source, folder)
    return held[key]


def _values_of(
    raw: Raw,
    path: Path,
    folder: Path,
    table: str,
    source: FileSource,
    corrections: list[Correction],
    catalogue: Catalogue,
) -> tuple[pd.DataFrame, list[Fault], pd.DataFrame]:
    """The rows of a file that could be read, the faults of the others, and how many these are."""
    parts = reshape.parts(source)
    text = [_arranged(raw.rows, path, table, part, catalogue) for part in parts.values()]
    if corrections:
        corrected = correct(pd.concat(text), corrections, folder / "corrections.yml")
        text = [corrected.iloc[place * len(raw.rows) :][: len(raw.rows)] for place in range(len(parts))]
    faults = [fault._replace(item=item) for item in parts for fault in raw.faults]
    unread = pd.DataFrame({"_file": source.name, "why": [fault.rule for fault in faults]})
    if "wave" in source.set:
        unread["wave"] = convert(
            pd.Series(source.set["wave"], unread.index), "wave", ColumnSource(column="wave"), catalogue
        ).values
    elif "wave" in text[0]:
        unread["wave"] = pd.NA
    frames, aside = [], [fates.counted(table, unread, fates.SET_ASIDE, unread["why"])]
    # What stands beside the items is the same for all of them, unless a correction speaks of one.
    beside = [] if corrections else [*source.columns, *source.set]
    same = _interpreted(text[0][beside], source, raw, catalogue)
    for (item, part), own in zip(parts.items(), text, strict=True):
        cells = own[[*part.columns, *part.set]]
        read = same | _interpreted(cells.drop(columns=beside), part, raw, catalogue)
        frame, found = _converted(cells, item, [*parts], source.name, read)
        if EXCLUDED in own:  # a row that is excluded is not at fault as well
            frame[EXCLUDED] = own[EXCLUDED]
            found = [fault for fault in found if pd.isna(own.at[fault.row, EXCLUDED])]
        if found:
            why = frame["_row"].map({fault.row: fault.rule for fault in reversed(found)})
            aside.append(fates.counted(table, frame[why.notna()], fates.SET_ASIDE, why.dropna()))
            frame = frame[why.isna()]
        frames.append(frame)
        faults += found
    if faults:
        faults = layout.named(faults, pd.concat(text), layout.naming(table, catalogue))
    return pd.concat(frames, ignore_index=True), faults, pd.concat(aside)


def _interpreted(text: pd.DataFrame, source: FileSource, raw: Raw, catalogue: Catalogue) -> dict[str, Converted]:
    """Each column of text as what it means."""
    read = {}
    for column in text:
        spec = source.columns.get(column, ColumnSource(column=column))
        declared = raw.missing.get(spec.sources[0], {}) if len(spec.sources) == 1 else {}
        spec = spec.model_copy(update={"missing": {**declared, **spec.missing}})
        read[column] = convert(text[column], column, spec, catalogue)
    return read


def _converted(
    text: pd.DataFrame, item: str, items: Sequence[str], file: str, read: Mapping[str, Converted]
) -> tuple[pd.DataFrame, list[Fault]]:
    """The cells of one item as the catalogue's values, and their faults."""
    file_and_item = {"_file": _repeated(file, [file], len(text)), "_item": _repeated(item, items, len(text))}
    frame = pd.DataFrame(file_and_item | {"_row": text.index}, index=text.index)
    found = []
    for column in text:
        converted = read[column]
        frame[column] = converted.values
        if converted.reasons.notna().any():
            frame[column + MISSING] = converted.reasons
        broken = converted.rules.dropna()
        for row, written, rule in zip(broken.index, text.loc[broken.index, column], broken, strict=True):
            found.append(Fault(file, int(row), column, written, rule, item))
    return frame, found


def _repeated(text: str, texts: Sequence[str], count: int) -> pd.Categorical:
    """One of some texts, as often as there are rows: a byte for each row."""
    return pd.Categorical([text], [*texts]).repeat(count)


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
        first, *others = (rows[name] for name in spec.sources)
        arranged[column] = (
            first.str.strip().str.cat([cells.str.strip() for cells in others], sep="-") if others else first
        )
    return pd.DataFrame(arranged | source.set, index=rows.index)


def _with_birth_year(frame: pd.DataFrame) -> pd.DataFrame:
    """Complete the year of birth from the date, so that rows of both kinds can be compared."""
    if "birth_date" not in frame:
        return frame
    from_date = frame["birth_date"].dt.year.astype("Int64")
    return frame.assign(birth_year=frame["birth_year"].fillna(from_date) if "birth_year" in frame else from_date)


def _tally(counts: pd.DataFrame, fate: pd.DataFrame) -> pd.DataFrame:
    """Rows of each file that were read, accepted, excluded and set aside; a table may take several parts of one file."""
    keys = ["table", "file"]
    counts = counts.groupby(keys, as_index=False, sort=False)["read"].sum()
    told = fate.groupby([*keys, "fate"])["rows"].sum().unstack("fate").reindex(counts[keys])
    told = told.reindex(columns=[fates.ANALYSED, fates.EXCLUDED], fill_value=0).fillna(0).astype(int)
    accepted, excluded = (told[name].to_numpy() for name in told)
    return counts.assign(accepted=accepted, excluded=excluded, set_aside=counts["read"] - accepted - excluded)


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
