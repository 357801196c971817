"""What only a person can say: asked, answered or left open; nothing that is not sure is taken in silence."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from analysis.catalogue import LANGUAGES, base, entries

CLOSED = ("sex", "education", "satisfaction", "frequency", "item_nature")
"""Level sets that a file's own words may not widen: what computes with them knows each of their levels."""
CERTAIN = 0.8
"""From this confidence on a guess is taken without being asked for; study.yml says so beside it."""
NOTHING = "-"
"""The answer by which a column or a value is left out."""


class Question(NamedTuple):
    """Something that is asked.

    Attributes
    ----------
    id
        What its answer is called, such as `terms.2018`.
    asked
        A sentence of proposal.yml; `facts` what it names.
    choices
        The answers that can be given; any text where there are none.
    proposed
        What is guessed, or empty.
    confidence
        How sure the guess is.
    must
        Whether a study without an answer would give a wrong number, or none; other open questions only leave something out.
    """

    id: str
    asked: str
    facts: Mapping[str, object] = {}
    choices: tuple[str, ...] = ()
    proposed: str = ""
    confidence: float = 0.0
    must: bool = True

    def words(self, language: str) -> str:
        """The question in a language."""
        return sentence(self.asked, language, **self.facts)


@dataclass
class Asking:
    """The questions of one proposal, and the answers that were given so far."""

    answers: Mapping[str, str]
    asked: list[Question] = field(default_factory=list)

    def answer(self, question: Question) -> str:
        """The answer that was given; else the guess, which is asked for unless it is sure."""
        if question.id in self.answers:
            return self.answers[question.id]
        if question.confidence >= CERTAIN:
            return question.proposed
        if question.id not in {one.id for one in self.asked}:
            self.asked.append(question)
        return question.proposed if question.must else NOTHING


def sentence(key: str, language: str, **facts: object) -> str:
    """A sentence of proposal.yml; a fact that is itself one is given as a pair of languages."""
    said = {name: fact[language] if isinstance(fact, dict) else fact for name, fact in facts.items()}
    return str(entries("proposal")[key][language]).format(**said)


def in_words(choice: str, language: str) -> str:
    """A choice with what it means in brackets, where it is no word of the files."""
    words = {level: entry[language] for name in CLOSED for level, entry in base().level_set(name).items()}
    words |= {name: base().table(name)["words"][language] for name in base().tables()}
    words |= entries("proposal")["choice"][language]
    meant = re.sub("[a-z_]{3,}", lambda found: str(words.get(found[0], found[0])), choice)
    if meant == choice:
        return choice
    return f"{choice}（{meant}）" if language == "zh" else f"{choice} ({meant})"


def in_both(key: str, **facts: object) -> dict[str, str]:
    """A sentence of proposal.yml in each language."""
    return {language: sentence(key, language, **facts) for language in LANGUAGES}
