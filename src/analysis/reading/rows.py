"""Text to rows: what was read of one file, corrected and interpreted, in the catalogue's columns and types."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading import fates, layout, reshape
from analysis.reading.convert import MISSING, Converted, convert
from analysis.reading.correct import EXCLUDED, correct
from analysis.reading.faults import Fault
from analysis.reading.formats.raw import Raw
from analysis.reading.persons.protection import protected
from analysis.settings import ColumnSource, Correction, FileSource, Settings

PLACES = ["community_name", "subdistrict", "district", "city"]
"""Where a community is: any table that names communities may carry these columns, or has them from `communities`."""
WHERE = ["_file", "_item", "_row"]
"""Where a row stands while it is being read."""


class Part(NamedTuple):
    """What a file, or a piece of one, gave for a table.

    Attributes
    ----------
    rows
        The rows that could be read, in the catalogue's columns and types, with `_file`, `_item` and `_row`.
    faults
        The faults of the others.
    fates
        How many these are (`analysis.reading.fates`).
    corrected
        How many cells or rows each correction found.
    some
        Some different values of each column that could identify persons.
    """

    rows: pd.DataFrame
    faults: list[Fault]
    fates: pd.DataFrame
    corrected: Mapping[str, int]
    some: Mapping[str, pd.Series]


def part_of(
    raw: Raw,
    path: Path,
    table: str,
    source: FileSource,
    corrections: Sequence[Correction],
    settings: Settings,
    catalogue: Catalogue,
    *,
    is_judged: bool = True,
) -> Part:
    """A file's text as rows of a table, of which nothing identifies a person.

    Parameters
    ----------
    is_judged
        Whether these rows say if a column identifies persons (`analysis.reading.persons.protection`).

    Raises
    ------
    StudyError
        `unknown_table_column`, `column_missing`; whatever `protected` raises.
    """
    rows, faults, aside, corrected = _values_of(raw, path, table, source, corrections, catalogue)
    found = protected(rows, faults, table, source, raw.questions, settings, catalogue, path, is_judged=is_judged)
    return Part(_with_birth_year(found.rows), found.faults, aside, corrected, found.some)


def _values_of(
    raw: Raw,
    path: Path,
    table: str,
    source: FileSource,
    corrections: Sequence[Correction],
    catalogue: Catalogue,
) -> tuple[pd.DataFrame, list[Fault], pd.DataFrame, Mapping[str, int]]:
    """The rows that could be read, the faults of the others, how many these are, and what was corrected."""
    parts = reshape.parts(source)
    text = [_arranged(raw.rows, path, table, part, catalogue) for part in parts.values()]
    done: Mapping[str, int] = {}
    if corrections:
        corrected, done = correct(pd.concat(text), corrections)
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
    beside = [] if corrections or len(parts) == 1 else [*source.columns, *source.set]
    same = _interpreted(text[0][beside], source, raw, catalogue)
    for (item, part), own in zip(parts.items(), text, strict=True):
        cells = own[[*part.columns, *part.set]]
        own_cells = _interpreted(cells.drop(columns=beside), part, raw, catalogue)
        frame, found = _converted(cells, item, [*parts], source.name, same | own_cells)
        del own_cells  # they are in the frame
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
        ids = [column for column in layout.naming(table, catalogue) if column in text[0]]
        faults = layout.named(faults, pd.concat([own[ids] for own in text]), ids)
    rows = pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0].reset_index(drop=True)
    return rows, faults, pd.concat(aside), done


def _interpreted(text: pd.DataFrame, source: FileSource, raw: Raw, catalogue: Catalogue) -> dict[str, Converted]:
    """Each column of text as what it means."""

    def one(column: str) -> Converted:
        spec = source.columns.get(column, ColumnSource(column=column))
        declared = raw.missing.get(spec.sources[0], {}) if len(spec.sources) == 1 else {}
        spec = spec.model_copy(update={"missing": {**declared, **spec.missing}})
        return convert(text[column], column, spec, catalogue)

    with ThreadPoolExecutor() as pool:  # Arrow lets other threads run while it tells texts apart
        return dict(zip(text, pool.map(one, text), strict=True))


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
