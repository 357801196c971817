"""What every column of a study's tables is: words, question, where it is read from, levels, and how many rows have each.

Counts are of rows, unweighted, and pass disclosure control like everything that leaves the project.
"""

from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.catalogue import LANGUAGES, Catalogue
from analysis.checking.places import Places
from analysis.errors import StudyError, listing
from analysis.reading import PLACES, reshape
from analysis.reading.convert import MISSING
from analysis.reporting.disclosure import PROTECTED, hidden_counts
from analysis.study import Study

COLUMNS = [
    "table", "column", "item", "heading_zh", "heading_en", "question", "source", "type", "unit", "rules",
    "rows", "part", "key", "label_zh", "label_en", "n", "hidden",
]  # fmt: skip
ITEMS = ("item", "activity", "indicator")
"""Columns of a key that say which question a row answers: what such a table holds is told for each of them."""
COUNTED = ("level", "boolean", "term")
"""Types of columns of which every row has one level."""
MOST_SOURCES = 3


def codebook(study: Study) -> pd.DataFrame:
    """The codebook of a study.

    Returns
    -------
    pandas.DataFrame
        One row per table, column, item and what a cell of it can be. `part` says what: a `level` (`key`, `label_zh`,
        `label_en`), a `value` of a column without levels, or a `missing` value with its reason as `key`. `n` is the number of
        rows, missing where `hidden` says that it is too small to be told; of a column of several levels a row counts for
        each. `rows` is the number of rows of the table, or of the item. `question` is the wording in the file, `source` where
        the column is read from, `rules` what its cells must keep. Columns of persons' names and the like are in it, without
        their values.
    """
    places = Places(study)
    made = [
        row
        for table in study.reading.tables
        for column in _columns(study, table)
        for row in _of_column(study, places, table, column)
    ]
    return pd.DataFrame(made, columns=COLUMNS).astype({"n": "Int64", "rows": "Int64", "hidden": "bool"})


def _columns(study: Study, table: str) -> list[str]:
    frame = study.table(table)
    known = dict.fromkeys([*study.catalogue.columns_of(table), *PLACES])
    return [column for column in known if column in frame]


def _of_column(study: Study, places: Places, table: str, column: str) -> Iterator[dict[str, object]]:
    frame = study.table(table)
    key = study.catalogue.table(table)["key"]
    item_column = next((name for name in key if name in ITEMS and name in frame), "")
    if not item_column or column in key:
        yield from _told(study, places, table, column, "", frame)
        return
    levels = study.catalogue.levels_of(item_column)
    present = [str(item) for item in frame[item_column].dropna().unique()]
    for item in sorted(present, key=lambda one: [*levels].index(one) if one in levels else len(levels)):
        rows = frame[frame[item_column] == item]
        if rows[column].notna().any() or _reasons(rows, column).ne("not_recorded").any():
            yield from _told(study, places, table, column, item, rows)


def _told(
    study: Study, places: Places, table: str, column: str, item: str, rows: pd.DataFrame
) -> Iterator[dict[str, object]]:
    catalogue, entry = study.catalogue, study.catalogue.column(column)
    question, source = _source(study, places, table, column, item)
    is_protected = study.sensitivity(table) in PROTECTED
    base = {
        "table": table,
        "column": column,
        "item": item,
        **{f"heading_{language}": _heading(catalogue, column, language) for language in LANGUAGES},
        "question": question,
        "source": source,
        "type": entry["type"],
        "unit": entry.get("unit", ""),
        "rules": ";".join(_rules(catalogue, table, column)),
        "rows": pd.NA if is_protected and hidden_counts(pd.Series([len(rows)])).any() else len(rows),
    }
    parts = _parts(study, table, column, rows)
    hidden = _hidden(parts) if is_protected else pd.Series(False, index=parts.index)
    for place, (part, name, count, _) in enumerate(parts.itertuples(index=False)):
        is_hidden = bool(hidden.iloc[place])
        yield {
            **base,
            "part": part,
            "key": name,
            **{f"label_{language}": _label(catalogue, column, part, name, language) for language in LANGUAGES},
            "n": pd.NA if is_hidden else count,
            "hidden": is_hidden,
        }


def _parts(study: Study, table: str, column: str, rows: pd.DataFrame) -> pd.DataFrame:
    """What the cells of a column are, with counts: `part`, `key`, `n`, and whether the parts make up all rows."""
    kind = study.catalogue.column(column)["type"]
    values = rows[column].dropna()
    if kind == "level_set":
        counts = values.str.split(";").explode().replace("", pd.NA).dropna().value_counts()
    elif kind == "boolean":
        counts = values.map({True: "yes", False: "no"}).value_counts()
    elif kind in COUNTED:
        counts = values.astype("str").value_counts()
    else:
        counts = pd.Series({"": len(values)})
    order = [*study.catalogue.levels_of(column)] or ["yes", "no", ""]
    names = [name for name in order if name in counts.index or name in _mapped(study, table, column)]
    names += [name for name in counts.index if name not in names]
    part = "level" if kind in (*COUNTED, "level_set") else "value"
    told = [(part, name, int(counts.get(name, 0)), kind != "level_set") for name in names]
    reasons = _reasons(rows, column).value_counts()
    known = [reason for reason in study.catalogue.level_set("missing_reason") if reason in reasons.index]
    told += [("missing", reason, int(reasons[reason]), True) for reason in known]
    return pd.DataFrame(told, columns=["part", "key", "n", "is_part"])


def _mapped(study: Study, table: str, column: str) -> set[str]:
    """The levels that study.yml maps something to."""
    source = study.settings.tables[table]
    files = study.settings.tables[source.derived_from].files if source.derived_from else source.files
    parts = [part for file in files for part in reshape.parts(file).values()]
    return {level for part in parts if column in part.columns for level in part.columns[column].values.values()}


def _reasons(rows: pd.DataFrame, column: str) -> pd.Series:
    """Why cells are missing; without a reason they were not recorded."""
    lacking = rows[column].isna()
    if column + MISSING not in rows:
        return pd.Series("not_recorded", index=rows.index[lacking])
    return rows.loc[lacking, column + MISSING].fillna("not_recorded").astype("str")


def _hidden(parts: pd.DataFrame) -> pd.Series:
    """Which counts are too small to be told, or would tell one that is."""
    is_part = parts["is_part"]
    hidden = pd.Series(False, index=parts.index)
    hidden[is_part] = hidden_counts(parts.loc[is_part, "n"], of_levels=bool((parts["part"] == "level").any()))
    hidden[~is_part] = parts.loc[~is_part, "n"].map(lambda count: bool(hidden_counts(pd.Series([count])).any()))
    return hidden


def _rules(catalogue: Catalogue, table: str, column: str) -> Iterator[str]:
    entry, kind = catalogue.table(table), catalogue.column(column)["type"]
    if column in entry["key"]:
        yield "key"
    elif column in entry["required"]:
        yield "required"
    if kind in ("count", "year"):
        yield "whole_number"
    if kind == "count" or catalogue.column(column).get("not_negative"):
        yield "not_negative"


def _source(study: Study, places: Places, table: str, column: str, item: str) -> tuple[str, str]:
    """The question as the file words it, and the columns of the files that a column is read from."""
    table = study.settings.tables[table].derived_from or table
    files = study.settings.tables[table].files
    questions, sources = [], []
    for file in files:
        is_common = not item and file.items is not None and column in file.columns
        for part in [item, "", *(file.items.levels if file.items and is_common else [])]:
            if column in places.fields_of(table, file.name, part):
                place = places.of(table, file.name, part, column)
                questions.append(str(place["question"]))
                where = [place["file"], place["sheet"] and f"[{place['sheet']}]", place["cell"], place["column"]]
                sources.append(" ".join(str(one) for one in where if one))
                break
        else:
            sources += [f"study.yml: {file.set[column]}"] if column in file.set else []
            sources += ["study.yml: items"] if file.items and column == file.items.column else []
    return next(filter(None, questions), ""), listing(dict.fromkeys(sources), MOST_SOURCES) if sources else ""


def _heading(catalogue: Catalogue, column: str, language: str) -> str:
    try:
        return catalogue.heading(column, language)
    except StudyError:
        return ""  # a study in one language need not say its words in the other


def _label(catalogue: Catalogue, column: str, part: str, key: str, language: str) -> str:
    if part == "value":
        return ""
    known: Mapping[str, object] = catalogue.level_set("missing_reason")
    try:
        if part == "missing":
            return str(known[key][language])  # type: ignore[index]
        is_yes = catalogue.column(column)["type"] == "boolean"
        return catalogue.text(key, language) if is_yes else catalogue.label(column, key, language)
    except StudyError:
        return ""
