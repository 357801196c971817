"""A proposal at the terminal: what was found is told, what is open is asked."""

from collections.abc import Callable, Sequence

import click

from analysis.catalogue import base
from analysis.errors import listing
from analysis.proposal import PERIOD, Looked, drafted
from analysis.proposal.chapters import lacking, possible
from analysis.proposal.draft import Draft
from analysis.proposal.questions import NOTHING, Question, in_words, sentence

OPEN = "?"
"""The answer that leaves a question open."""
SHOWN = 20
"""Choices that are shown; more can be named all the same."""


def answered(looked: Sequence[Looked], name: str, language: str) -> Draft:
    """The proposal with every question put to the person at the terminal; `?` leaves one open.

    Each answer may raise other questions, so the study is drafted again after each.
    """
    answers: dict[str, str] = {}
    left_open: set[str] = set()
    while True:
        draft = drafted(looked, name, answers)
        question = next((one for one in draft.questions if one.id not in left_open), None)
        if question is None:
            return draft
        answer = _asked(question, language)
        if answer == OPEN:
            left_open.add(question.id)
        else:
            answers[question.id] = answer


def told(draft: Draft, language: str) -> str:
    """What was found: the tables, the chapters that can be computed, what others lack, and the open questions."""
    lines = []
    for table, sources in draft.tables.items():
        for source in sources:
            facts = {"file": source.place, "table": base().table(table)["words"][language]}
            read, left = len({cell.column for _, cell in source.cells()}), len(source.left_out)
            lines.append(sentence("told_table", language, read=read, left=left, **facts))
    lines.append(sentence("told_chapters", language, chapters=listing(possible(draft), 12)))
    lines += [
        sentence("told_lacking", language, chapter=one.chapter, needs=sentence(one.needs, language))
        for one in lacking(draft)
    ]
    if draft.design.get("weights") == "none":
        lines.append(sentence("told_unweighted", language))
    if must := [question for question in draft.questions if question.must]:
        lines.append(sentence("told_open", language, count=len(must)))
        lines += [sentence("told_question", language, id=one.id, asked=one.words(language)) for one in must]
    return "\n".join(lines)


def _asked(question: Question, language: str) -> str:
    """One question, until an answer fits it."""
    click.echo()
    click.echo(question.words(language))
    shown = [one for one in question.choices if one != NOTHING][:SHOWN]
    for place, choice in enumerate(shown, start=1):
        click.echo(f"  {place}  {in_words(choice, language)}")
    if NOTHING in question.choices:
        click.echo(f"  {NOTHING}  {sentence('told_leave_out', language)}")
    click.echo(f"  {OPEN}  {sentence('told_leave_open', language)}")
    fits: Callable[[str], str] = lambda text: _fitting(text, question, shown, language)  # noqa: E731
    default = question.proposed or OPEN
    return str(click.prompt(sentence("told_answer", language), default=default, value_proc=fits))


def _fitting(text: str, question: Question, shown: Sequence[str], language: str) -> str:
    """An answer by its number or as it stands; anything else is asked for again."""
    text = text.strip()
    if text == OPEN or text in question.choices:
        return text
    if text.isdecimal() and 0 < int(text) <= len(shown):
        return shown[int(text) - 1]
    is_term = question.id.startswith("terms.")
    if text and not question.choices and (not is_term or PERIOD.fullmatch(text)):
        return text
    raise click.UsageError(sentence("told_again", language))
