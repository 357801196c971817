"""A study's codebook as a page and as a workbook."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from analysis.catalogue import entries
from analysis.codebook import codebook
from analysis.reporting.documents.model import warnings_of
from analysis.reporting.figures.fonts import carrying
from analysis.reporting.problems import whole
from analysis.reporting.tables import template
from analysis.reporting.wording import Wording
from analysis.reporting.workbooks import Book, add_table
from analysis.study import Study

SHOWN = (
    "table", "column", "item", "heading_zh", "heading_en", "question", "source", "type", "unit", "rules", "rows", "part", "key",
    "label_zh", "label_en", "n",
)  # fmt: skip
"""The workbook's columns."""


def write(study: Study, languages: tuple[str, ...], folder: Path) -> list[Path]:
    """Write codebook.<language>.html for each language and codebook.xlsx, each whole or not at all.

    Raises
    ------
    StudyError
        `language_unknown`.
    RunError
        `not_writable`, `disk_full`.
    """
    study.settings.require_languages(languages, study.name)
    told = codebook(study)
    made = {f"codebook.{language}.html": as_page(study, told, language).encode() for language in languages}
    made["codebook.xlsx"] = as_workbook(study, told, languages[0])
    for name, content in made.items():
        whole(folder / name, content)
    return [folder / name for name in made]


def as_page(study: Study, told: pd.DataFrame, language: str) -> str:
    """The codebook as a page that needs no network, in one language."""
    words = Wording(study.catalogue, language)
    tables = [_table(study, rows, words) for _, rows in told.groupby("table", sort=False)]
    made = template("codebook.html").render(
        language=language,
        say={key: said[language] for key, said in entries("codebook")["words"].items()},
        title=_say("title", language, study=study.settings.title[language]),  # type: ignore[index]
        warnings=warnings_of(study, words),
        has_hidden=bool(told["hidden"].any()),
        tables=tables,
    )
    return carrying(made)


def _table(study: Study, told: pd.DataFrame, words: Wording) -> dict[str, object]:
    name = str(told["table"].iloc[0])
    entry = study.catalogue.table(name)
    rows = told.loc[told["item"] == "", "rows"].iloc[0]
    key = "hidden_rows" if pd.isna(rows) else "rows"
    return {
        "name": name,
        "words": words.label("data_table", name),
        "about": _say(
            key, words.language, row=entry["row"][words.language], count="" if pd.isna(rows) else f"{rows:,}"
        ),
        "columns": [*_columns(study, told, words)],
    }


def _columns(study: Study, told: pd.DataFrame, words: Wording) -> Iterator[dict[str, object]]:
    language = words.language
    known = entries("codebook")
    for (column, item), rows in told.groupby(["column", "item"], sort=False):
        first = rows.iloc[0]
        heading = first[f"heading_{language}"] or column
        if item:
            heading = _say("of_item", language, column=heading, item=_item(study, first, words))
        unit = f" ({words.unit(first['unit'])})" if first["unit"] else ""
        between = "；" if language == "zh" else "; "
        yield {
            "name": f"{column} · {item}" if item else column,
            "heading": heading,
            "question": first["question"],
            "source": first["source"],
            "type": known["type"][first["type"]][language] + unit,
            "rules": between.join(known["rule"][rule][language] for rule in first["rules"].split(";") if rule),
            "parts": [
                {
                    "part": row["part"],
                    "label": row[f"label_{language}"] or row["key"] or known["part"]["value"][language],
                    "key": row["key"],
                    "n": words.text("hidden") if row["hidden"] else f"{row['n']:,}",
                }
                for row in rows.to_dict("records")
            ],
        }


def _item(study: Study, row: pd.Series, words: Wording) -> str:
    key = study.catalogue.table(row["table"])["key"]
    column = next(name for name in key if name in ("item", "activity", "indicator"))
    return words.label(column, row["item"])


def as_workbook(study: Study, told: pd.DataFrame, language: str) -> bytes:
    """The codebook as one sheet, a row for each level, value and reason; words in both languages."""
    known = entries("codebook")
    rows = []
    for row in told.to_dict("records"):
        said = {
            "type": known["type"][row["type"]][language],
            "unit": study.catalogue.unit(row["unit"])[language] if row["unit"] else "",
            "rules": "; ".join(known["rule"][rule][language] for rule in row["rules"].split(";") if rule),
            "part": known["part"][row["part"]][language],
            "rows": "" if pd.isna(row["rows"]) else int(row["rows"]),
            "n": entries("words")["hidden"][language] if row["hidden"] else int(row["n"]),
        }
        rows.append([(row | said)[name] for name in SHOWN])
    title = _say("title", language, study=study.settings.title[language])  # type: ignore[index]
    book = Book(title, "study codebook")
    headings = [_say(f"column_{name}", language) for name in SHOWN]
    add_table(book, _say("sheet_name", language), headings, rows)
    return book.as_bytes()


def _say(key: str, language: str, **facts: object) -> str:
    return str(entries("codebook")["words"][key][language]).format(**facts)
