"""A questionnaire whose answers fit the catalogue: as an XLSForm (KoboToolbox, ODK), and as a text that 问卷星 imports.

The text's layout is that of the vendor's own tool kit (github.com/wjxcom/wjx-ai-kit, text-to-survey): the title, an
introduction, and for each question `1. wording[单选题]` with one option a line.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from analysis.catalogue import LANGUAGES, base
from analysis.reporting.wording import width
from analysis.reporting.workbooks import WIDEST, Book, Cell
from analysis.templates.words import offered, said

PERSON = ("community_id", "sex", "birth_year", "education", "is_party_member", "is_migrant")
"""Columns of `respondents` that are asked for."""
FORM_LANGUAGES = {"zh": "中文 (zh)", "en": "English (en)"}
CHOICES, FILLED_IN = "单选题", "填空题"
"""How the text marks a question with options, and one to be filled in."""


class Question(NamedTuple):
    """A question, the column of the catalogue that it fills, and for which level of `activity` or `item`."""

    name: str
    column: str
    labels: Mapping[str, str]
    of: str = ""

    @property
    def options(self) -> dict[str, dict[str, str]]:
        """Its options with their words; none where it is filled in."""
        if base().column(self.column)["type"] == "boolean":
            return {
                name: {language: said(f"answer_{name}", language) for language in LANGUAGES} for name in ("yes", "no")
            }
        return {level: {one: words[one] for one in LANGUAGES} for level, words in offered(self.column).items()}


def questions() -> Iterator[Question]:
    """Every question, in order."""
    catalogue = base()
    for column in PERSON:
        yield Question(column, column, {one: said(f"ask_{column}", one) for one in LANGUAGES})
    for column, of in (("acts", "activity"), ("score", "item")):
        for level, words in catalogue.levels_of(of).items():
            key = f"ask_{column}_overall" if level == "overall" else f"ask_{column}"
            yield Question(
                f"{column}_{level}", column, {one: said(key, one, level=words[one]) for one in LANGUAGES}, level
            )


def xlsform() -> bytes:
    """The questionnaire as an XLSForm in both languages."""
    labels = [f"label::{FORM_LANGUAGES[one]}" for one in LANGUAGES]
    survey = [["type", "name", *labels, "required", "constraint"]]
    lists: dict[str, dict[str, dict[str, str]]] = {}
    for one in questions():
        kind = str(base().column(one.column)["type"])
        own = {"count": "integer", "year": "integer"}.get(kind, "text")
        if one.options:
            name = "yes_no" if kind == "boolean" else str(base().column(one.column)["levels"])
            own, lists[name] = f"select_one {name}", one.options
        limits = {"count": ". >= 0", "year": ". >= 1900 and . <= 2100"}.get(kind, "")
        survey.append([own, one.name, *(one.labels[language] for language in LANGUAGES), "yes", limits])
    choices = [["list_name", "name", *labels]]
    for name, options in lists.items():
        for option, words in options.items():
            choices.append([name, option, *(words[language] for language in LANGUAGES)])
    settings = [
        ["form_title", "form_id", "default_language"],
        [said("form_title", "zh"), "community_survey", FORM_LANGUAGES["zh"]],
    ]
    book = Book(said("form_title", "zh"), "study template")
    for title, rows in {"survey": survey, "choices": choices, "settings": settings}.items():
        sheet = book.sheet(title)
        for place, column in enumerate(zip(*rows, strict=True)):
            sheet.whole.set_column(place, place, min(max(map(width, column)) + 2, WIDEST))
        for row in rows:
            sheet.append(map(Cell, row))
    return book.as_bytes()


def wjx_text() -> str:
    """The questionnaire as a text for 问卷星, in Chinese."""
    parts = [said("form_title", "zh") + "\n" + said("form_intro", "zh")]
    for number, one in enumerate(questions(), 1):
        mark = CHOICES if one.options else FILLED_IN
        options = [words["zh"] for words in one.options.values()]
        parts.append("\n".join([f"{number}. {one.labels['zh']}[{mark}]", *options]))
    return "\n\n".join(parts) + "\n"
