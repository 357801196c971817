"""Measures and verdicts for the command line, through the same disclosure control as a page."""

import json
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis import claims as published
from analysis import comparison, compute
from analysis import study as studies
from analysis.catalogue import base
from analysis.reporting import disclosure, tables, verdicts
from analysis.reporting.page import Page
from analysis.reporting.sheets import three_lines
from analysis.reporting.wording import Wording
from analysis.study import Study


def measures(study: Study, table: pd.DataFrame, raw: bool) -> str:
    """A measure table as CSV, small cells hidden; raw, every row says that it is not for release."""
    if raw:
        return str(table.assign(release="not_for_release").to_csv(index=False))
    data = "synthetic" if study.is_synthetic else "real"
    marks = {"release": "not_for_release"} if disclosure.is_off(study) else {}
    return str(disclosure.released_of(study, table).sort_index().assign(data=data, **marks).to_csv(index=False))


def compared(study: Study, other: Study | None, measure: str | None, by: Sequence[str]) -> str:
    """A study beside another, or its waves beside each other, as CSV; small cells, and what would tell them, are hidden."""
    groups = [column for column in dict.fromkeys(by) if column not in comparison.TIMES]
    opened = [study] if other is None else [study, other]
    for one in opened:
        compute.require_groups(one, groups)
    if other is None:
        table = disclosure.released_of(
            study, comparison.chosen(comparison.of_waves(study, groups), measure)
        ).sort_index()
    else:
        tables = [disclosure.released_of(one, compute.measures(one, measure, groups)).sort_index() for one in opened]
        table = comparison.of_studies(study, tables[0], other, tables[1], groups)
    kinds = dict.fromkeys("synthetic" if one.is_synthetic else "real" for one in opened)
    marks = {"release": "not_for_release"} if any(map(disclosure.is_off, opened)) else {}
    return str(table.assign(data=" | ".join(kinds), **marks).to_csv(index=False))


def paper(page: Page, kind: str, table: pd.DataFrame, as_csv: bool) -> str:
    """One of the tables that papers need, as three-line tables of text or, whole, as CSV."""
    if not as_csv:
        return "\n".join(three_lines(sheet, sheet.notes) for sheet in page.sheets(kind, table))
    return tables.as_csv(page.labelled(table)).decode("utf-8-sig").replace("\r\n", "\n")


def claims(name: str, data_dir: str | None, format: str, language: str) -> str:  # noqa: A002
    """The verdicts on a study's claims and what its figures imply; for a claims file alone, the latter only.

    Parameters
    ----------
    name
        A study, or the path of a claims file.
    format
        `text` or `json`.
    """
    if Path(name).is_file() or name.endswith((".yml", ".yaml")):
        checked, examined = pd.DataFrame(), published.examine(published.load(name))
        words = Wording(base(), language)
        text = _text("findings_question", verdicts.examined_words(examined, words), words)
    else:
        study = studies.open(name, data_dir)
        file, words = published.load_of(study), Wording(study.catalogue, language)
        checked = verdicts.released(published.check(study), study)
        examined = published.examine(file, published.Widths.of(study)) if file else pd.DataFrame()
        said = verdicts.checked_words(checked, words, study.is_synthetic)[
            verdicts.shown_columns(words, study.is_synthetic)
        ]
        synthetic = words.text("claims_synthetic") + "\n\n" if study.is_synthetic else ""
        text = synthetic + _text("claims_question", said, words)
        text += (
            "\n" + _text("findings_question", verdicts.examined_words(examined, words), words) if len(examined) else ""
        )
    if format == "json":
        return json.dumps({"verdicts": _records(checked), "findings": _records(examined)}, ensure_ascii=False, indent=1)
    return text


def _text(heading: str, frame: pd.DataFrame, words: Wording) -> str:
    """A frame of words as paragraphs, one row a paragraph: the last column is a sentence and stands below the others."""
    lines = [words.text(heading).replace("*", "").replace("#", "").strip(), ""]
    for row in frame.itertuples(index=False):
        *facts, sentence = row
        lines += ["  ".join(str(fact) for fact in facts), f"    {sentence}"]
    return "\n".join(lines) + "\n"


def _records(frame: pd.DataFrame) -> list[dict[str, object]]:
    return [{key: None if pd.isna(value) else value for key, value in row.items()} for row in frame.to_dict("records")]
