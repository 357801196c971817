"""Columns that look wrong as a whole although every cell of them was accepted. Nothing is changed; a person decides."""

from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from analysis.errors import listing
from analysis.reading import reshape
from analysis.reading.convert import MISSING
from analysis.reading.validate import OLDEST
from analysis.study import Study

NOT_EXPECTED = ("not_applicable", "not_asked")
"""Reasons of cells that nobody expected to be filled."""
LEAST_ROWS = 20
"""In fewer rows a share says little."""
ALMOST_EMPTY = 0.05
"""A column of which fewer of the expected cells have a value is hardly the one that was meant."""
MANY_BLANK = 0.05
"""From this share on, blank cells without a reason are a question to whoever typed them."""
CODES = frozenset(int(f"{'9' * width}{last}") for width in (1, 2, 3, 4) for last in (7, 8, 9))
"""97, 98, 99, 997 … 99999: what missing answers are usually coded as."""
APART = 1.5
"""A code stands so many times beyond the largest other value."""
RESPONDENT = ["respondent_id", "wave"]


class Suspicion(NamedTuple):
    """What looks wrong with a column of a table: its rule, what is written and in how many cells."""

    severity: str
    rule: str
    table: str
    field: str
    item: str
    value: str
    cells: int


def suspicions(study: Study) -> Iterator[Suspicion]:
    """What looks wrong with the columns that a study reads from its files."""
    for table, source in study.settings.tables.items():
        frame = study.table(table)
        for part in {item: part for file in source.files for item, part in reshape.parts(file).items()}.items():
            item, columns = part
            rows = _of_item(frame, item, source.files[0].items.column if item and source.files[0].items else "")
            for field in columns.columns:
                if field in rows:
                    yield from _of_column(study, table, rows, field, item)
        yield from _unchosen(study, table)
    yield from _of_nobody(study)


def _of_item(frame: pd.DataFrame, item: str, column: str) -> pd.DataFrame:
    return frame[frame[column] == item] if column in frame else frame


def _of_column(study: Study, table: str, rows: pd.DataFrame, field: str, item: str) -> Iterator[Suspicion]:
    reasons = rows[field + MISSING] if field + MISSING in rows else pd.Series(pd.NA, index=rows.index)
    expected = ~reasons.isin(NOT_EXPECTED)
    base, given = int(expected.sum()), int((expected & rows[field].notna()).sum())
    blank = int((reasons == "not_recorded").sum())
    if base >= LEAST_ROWS and given < ALMOST_EMPTY * base:
        yield Suspicion("warning", "almost_empty", table, field, item, f"{given} / {base}", base - given)
    elif base >= LEAST_ROWS and blank >= MANY_BLANK * base:
        yield Suspicion("warning", "many_blank", table, field, item, f"{blank} / {base}", blank)
    if study.catalogue.column(field)["type"] in ("count", "number"):
        yield from _of_numbers(table, rows[field].dropna(), field, item)


def _of_numbers(table: str, numbers: pd.Series, field: str, item: str) -> Iterator[Suspicion]:
    counts = numbers.astype("float64").value_counts()
    codes = [code for code in sorted(CODES) if code in counts.index]
    others = counts.index.difference(codes)
    for code in codes:
        if len(others) and code > APART * max(others.max(), 0) and code > 0:
            yield Suspicion("warning", "looks_like_code", table, field, item, str(code), int(counts[code]))
    if field == "age_years" and len(old := others[others > OLDEST]):
        written = listing((f"{age:g}" for age in sorted(old)), 3)
        yield Suspicion("warning", "implausible_age", table, field, item, written, int(counts[old].sum()))


def _unchosen(study: Study, table: str) -> Iterator[Suspicion]:
    """Levels that `values` of study.yml maps to, and that no accepted row has."""
    frame = study.table(table)
    meant: dict[str, dict[str, None]] = {}
    for file in study.settings.tables[table].files:
        for part in reshape.parts(file).values():
            for field, spec in part.columns.items():
                if field in frame and study.catalogue.column(field)["type"] in ("level", "level_set"):
                    meant.setdefault(field, {}).update(dict.fromkeys(spec.values.values()))
    for field, levels in meant.items():
        chosen = {level for text in frame[field].dropna().unique() for level in str(text).split(";")}
        known = study.catalogue.levels_of(field)
        if unchosen := [level for level in levels if level in known and level not in chosen]:
            yield Suspicion("note", "level_unchosen", table, field, "", ";".join(unchosen), len(unchosen))


def _of_nobody(study: Study) -> Iterator[Suspicion]:
    """Answers of respondents whom the table of respondents does not have, and who were not set aside there."""
    if not study.has("respondents"):
        return
    people = study.table("respondents")
    aside = study.reading.quarantine
    aside = {*aside.loc[aside["table"] == "respondents", "id"]}
    for table in ("participation", "satisfaction", "answers"):
        if study.has(table) and not study.settings.tables[table].derived_from:
            rows = study.table(table)[RESPONDENT]
            known = rows.merge(people[RESPONDENT].assign(_known=True), on=RESPONDENT, how="left")["_known"].notna()
            lost = rows[~known.to_numpy() & ~rows["respondent_id"].isin(aside).to_numpy()]
            if len(lost):
                yield Suspicion("warning", "respondent_unknown", table, "respondent_id", "", "…", len(lost))
