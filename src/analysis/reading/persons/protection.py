"""Persons protected at the door: what identifies them does not pass, or passes as a pseudonym.

Only mapped columns pass at all. Of these, texts, ids and numbers are looked at; a level, a date and a yes or no hold nothing
else by their type. The catalogue's own columns of that kind, `name` and `birth_date`, link persons and tell ages; no page shows
them, and neither is written to data/processed, but for dates of birth in the tables of an engine, which lie there.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, reader_language
from analysis.reading import reshape
from analysis.reading.faults import Fault
from analysis.reading.formats.raw import Raw
from analysis.reading.persons import identifiers, pseudonyms
from analysis.reading.repeated import factorised
from analysis.settings import FileSource, Settings

OPEN = ("text", "id", "count", "number", "year")
"""Types of columns that can hold what identifies a person."""
OF_PERSONS = ("residents", "staff")
"""What a table with rows of persons is about: there a text in a respondent's own words may not pass, a law's name may."""
HIDDEN = "…"
"""Stands for a value that is not repeated."""
ROUGHLY = (
    r"[@０-９＠]|(?:^|[^0-9.])1[3-9][0-9][- ]?[0-9]{4}[- ]?[0-9]{4}|86[- ]?1[3-9]|[1-8][0-9]{16}[0-9Xx]|\+[0-9]"
    r"|0[0-9]{2,3}[-) ]+[2-9]|[48]00[0-9]?-|(?:[0-9]{1,3}\.){3}[0-9]"
)
"""What every text fits in which `identifiers.within` finds something, and few others: quick to see in a million."""


class Protected(NamedTuple):
    """Rows of which nothing identifies a person, their faults, and some different values of each column that could."""

    rows: pd.DataFrame
    faults: list[Fault]
    some: dict[str, pd.Series]


def protected(
    frame: pd.DataFrame,
    faults: Sequence[Fault],
    table: str,
    source: FileSource,
    questions: Mapping[str, str],
    settings: Settings,
    catalogue: Catalogue,
    path: Path,
    *,
    is_judged: bool = True,
) -> Protected:
    """The rows of one file with pseudonyms where study.yml asks for them, and faults that repeat nobody's number.

    Parameters
    ----------
    frame
        Rows in the catalogue's columns and types, with `_row`.
    questions
        Column of the file → the wording of its question, where the file says it.
    path
        The file, for messages.
    is_judged
        Whether a column is judged by these rows; otherwise whoever has all pieces of the file does (`require_unidentifying`).

    Raises
    ------
    StudyError
        `identifier_mapped` for a column that holds what identifies persons, `identifier_within` for a cell that does; where
        a pseudonym is asked for, whatever `pseudonyms.key` raises.
    """
    headings = _headings(source, questions)
    some = {}
    for column in frame.columns.intersection([*headings]):
        if column not in settings.identifiers and _may_identify(column, catalogue):
            _, different = factorised(frame[column])
            some[column] = different[:: max(len(different) // identifiers.SAMPLE, 1)].astype("str")
            if is_judged:
                _require_unidentifying(some[column], column, headings[column], table, catalogue, path)
            _require_none_within(different, frame, column, headings[column], catalogue, path)
    hashed = [column for column, decision in settings.identifiers.items() if decision == "hash" and column in frame]
    if hashed:
        secret = pseudonyms.key()
        frame = frame.assign(**{column: pseudonyms.pseudonyms(frame[column], secret) for column in hashed})
    repeatable_faults = [
        fault._replace(
            value=HIDDEN if fault.column in hashed else unnamed(fault.value),
            id=HIDDEN if hashed and fault.id else unnamed(fault.id),
        )
        for fault in faults
    ]
    return Protected(frame, repeatable_faults, some)


def require_unidentifying(
    some: Mapping[str, Iterable[str]],
    table: str,
    source: FileSource,
    questions: Mapping[str, str],
    catalogue: Catalogue,
    path: Path,
) -> None:
    """Refuse a column that identifies persons, by some of its different values.

    Raises
    ------
    StudyError
        `identifier_mapped`.
    """
    headings = _headings(source, questions)
    for column, texts in some.items():
        _require_unidentifying(texts, column, headings[column], table, catalogue, path)


def repeatable(raw: Raw) -> dict[str, list[str]]:
    """A file's notes, of whose texts those of respondents are not repeated: a label is nobody's, any other text may be."""
    labels = {label for codes in raw.labels.values() for label in codes.values()}
    notes = {note: [unnamed(text) for text in texts] for note, texts in raw.notes.items()}
    if mended := notes.get("note_encoded_twice"):
        shown = [text for text in mended if text in labels]
        notes["note_encoded_twice"] = [*shown, *[HIDDEN] * (len(mended) - len(shown))]
    return notes


def unnamed(text: str) -> str:
    """A text as it may be repeated in a message: not at all where a person's number stands in it."""
    return HIDDEN if identifiers.within(text) else text


def masked(faults: pd.DataFrame, catalogue: Catalogue) -> list[str]:
    """The values of faults as they may be shown and written: personal ones are not repeated."""
    return [
        HIDDEN if column and catalogue.column(column).get("identifying") else value
        for column, value in zip(faults["column"], faults["value"], strict=True)
    ]


def _headings(source: FileSource, questions: Mapping[str, str]) -> dict[str, str]:
    """Catalogue column → what the file's columns are called that it is read from, with their questions."""
    headings: dict[str, str] = {}
    for part in reshape.parts(source).values():
        for column, spec in part.columns.items():
            said = [headings.get(column, ""), *spec.sources, *(questions.get(name, "") for name in spec.sources)]
            headings[column] = " ".join(dict.fromkeys(one for one in said if one))
    return headings


def _may_identify(column: str, catalogue: Catalogue) -> bool:
    """Whether a column could hold what identifies a person, and is not meant to."""
    entry = catalogue.column(column)
    return entry["type"] in OPEN and (entry["type"] == "id" or not entry.get("identifying"))


def _require_unidentifying(
    some: Iterable[str], column: str, heading: str, table: str, catalogue: Catalogue, path: Path
) -> None:
    """Stop at a column that identifies persons."""
    is_of_persons = catalogue.table(table)["sensitivity"] in OF_PERSONS
    found = identifiers.recognised(heading, some)
    if found and (found.kind != "free_text" or is_of_persons):
        facts = {"column": heading, "target": column, "reason": found.reason(catalogue, reader_language())}
        raise StudyError("identifier_mapped", path, **facts)


def _require_none_within(
    different: pd.Series, frame: pd.DataFrame, column: str, heading: str, catalogue: Catalogue, path: Path
) -> None:
    """Stop at a cell that identifies a person; among the numbers of a column, one is 13800138000 by chance."""
    if catalogue.column(column)["type"] not in ("text", "id"):
        return
    for text in different[different.str.contains(ROUGHLY)]:
        if kind := identifiers.within(text):
            row = frame.loc[frame[column] == text, "_row"].iloc[0]
            said = catalogue.level_set("identifier")[kind][reader_language()]
            raise StudyError("identifier_within", path, column=heading, target=column, row=row, kind=said)
