"""XLSForms, the spreadsheets that KoboToolbox and ODK make a questionnaire from: questions, options, languages, conditions."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from analysis.errors import StudyError, listing
from analysis.reading.formats import excel

LABEL = re.compile(r"label(?:\s*::?\s*(.+))?")
"""`label`, or `label::中文 (zh)` in one of several languages; older forms have one colon."""
OTHER = {"": "Other"}
"""The label of the option that `or_other` adds."""


class Named(NamedTuple):
    """An option or a group: its name, and its label in each language."""

    name: str
    labels: Mapping[str, str]


class Question(NamedTuple):
    """A question of a form.

    Attributes
    ----------
    name
        Its name, with its groups before it where another question has the same.
    bare
        Its name as the form has it.
    labels
        Its wording in each language.
    groups
        The groups that it stands in, from the outermost.
    conditions
        Under which it is asked, its groups' too; all must hold.
    options
        Its options; empty where it is no choice.
    is_several
        Whether several options may be chosen.
    repeat
        The repeated group that it stands in, or empty.
    """

    name: str
    bare: str
    labels: Mapping[str, str]
    groups: Sequence[Named]
    conditions: Sequence[str]
    options: Sequence[Named]
    is_several: bool
    repeat: str


class Form(NamedTuple):
    """A form: its questions, and its languages, of which the first is the one that it opens in."""

    questions: Sequence[Question]
    languages: Sequence[str]


def read(path: Path) -> Form:
    """The questions of an XLSForm, in their order.

    Raises
    ------
    StudyError
        `xlsform_sheet` where a sheet or a column is missing, `xlsform_list` where the options of a question are;
        and whatever reading a workbook raises.
    """
    survey = _sheet(path, "survey", ("type", "name"))
    sheets = excel.sheet_names(path)
    lists: dict[str, list[Named]] = {}
    for row in _sheet(path, "choices", ("name",)) if "choices" in sheets else []:
        lists.setdefault(row.get("list_name") or row.get("list name", ""), []).append(Named(row["name"], _labels(row)))
    opens = [row.get("default_language", "") for row in _sheet(path, "settings", ())] if "settings" in sheets else []
    languages = list(dict.fromkeys(language for row in survey for language in _labels(row)))
    return Form(_distinct(_questions(survey, lists, path)), sorted(languages, key=lambda one: [one] != opens[:1]))


def _sheet(path: Path, sheet: str, needed: Iterable[str]) -> list[dict[str, str]]:
    """The rows of a sheet by their headings, without blank ones."""
    if sheet not in excel.sheet_names(path):
        raise StudyError("xlsform_sheet", path, missing=sheet)
    rows = [[cell.strip() for cell in row] for row in excel.sheet_grid(path, sheet).cells]
    heading, *filled = [row for row in rows if any(row)] or [[]]
    for column in needed:
        if column not in heading:
            raise StudyError("xlsform_sheet", f"{path}: {sheet}", missing=column)
    return [dict(zip(heading, row, strict=True)) for row in filled]


def _labels(row: Mapping[str, str]) -> dict[str, str]:
    """The label of a row in each language; an empty language where the form has but one."""
    found = {match[1] or "": text for key, text in row.items() if (match := LABEL.fullmatch(key))}
    return {language: " ".join(text.split()) for language, text in found.items()}


def _questions(survey: Iterable[Mapping[str, str]], lists: Mapping[str, Sequence[Named]], path: Path) -> list[Question]:
    found = []
    groups: list[tuple[Named, str, str]] = []
    for row in survey:
        kind, _, rest = re.sub(r"^(begin|end)[ _]", r"\1_", row["type"]).partition(" ")
        condition = row.get("relevant", "")
        if kind in ("begin_group", "begin_repeat"):
            groups.append((Named(row["name"], _labels(row)), condition, row["name"] if kind == "begin_repeat" else ""))
        elif kind in ("end_group", "end_repeat"):
            groups = groups[:-1]
        elif row["name"] and kind != "note":
            found.append(
                Question(
                    name=row["name"],
                    bare=row["name"],
                    labels=_labels(row),
                    groups=[group for group, _, _ in groups],
                    conditions=[text for text in [*(of for _, of, _ in groups), condition] if text],
                    options=_options(rest.split(), row["name"], lists, path) if kind.startswith("select_") else [],
                    is_several=kind == "select_multiple",
                    repeat="".join(repeat for _, _, repeat in groups if repeat),
                )
            )
    return found


def _options(words: Sequence[str], question: str, lists: Mapping[str, Sequence[Named]], path: Path) -> Sequence[Named]:
    """The options of a list, which the form has unless they stand in a file of their own."""
    of = words[0] if words else ""
    if of not in lists and not of.endswith((".csv", ".xml", ".geojson")):
        raise StudyError("xlsform_list", path, options=of or "–", question=question, known=listing(lists))
    return [*lists.get(of, []), *([Named("other", OTHER)] if words[-1] == "or_other" else [])]


def _distinct(questions: Sequence[Question]) -> list[Question]:
    """The questions, those with the same name told apart by their groups."""
    names = [question.bare for question in questions]
    return [
        one._replace(name="/".join([*(group.name for group in one.groups), one.bare]))
        if names.count(one.bare) > 1
        else one
        for one in questions
    ]
