"""The errors that a user can meet: each says where, what, with which consequence, and the way out.

An error is a key of `catalogue/errors.yml` and the facts that its sentences need, so it is said in the
reader's language, as the environment names it.
"""

import locale
import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

STOPPED = 130
"""The status of a program that its user stopped."""


class StudyError(ValueError):
    """Something in the input must be mended by the person who runs the study.

    Parameters
    ----------
    key
        The error's entry in `catalogue/errors.yml`.
    place
        Where it is: a file, with row and column where they are known; empty where there is no place.
    facts
        What the entry's sentences name.
    """

    exit_status = 2

    def __init__(self, key: str, /, place: object = "", **facts: Any) -> None:
        self.key = key
        self.place = str(place)
        self.facts = facts
        super().__init__(key)

    def text(self, language: str = "en") -> str:
        """Place and finding on the first line, then the consequence, then the way out."""
        what, *others = (sentence.format(**self.facts) for sentence in _sentences()[self.key][language])
        colon = "：" if language == "zh" else ": "
        first = f"{self.place}{colon}{what}" if self.place else what
        return "\n".join([first, *(f"  {other}" for other in others)])

    def __str__(self) -> str:
        return self.text(reader_language())


class RunError(StudyError):
    """The input was fine and the run failed all the same: a notebook's cell, a folder that can't be written."""

    exit_status = 1


class MachineError(RunError):
    """A machine can make no page, whichever it is asked for; a batch ends with it."""


@cache
def _sentences() -> dict[str, dict[str, list[str]]]:
    """What each error says in each language: finding, consequence, way out."""
    text = Path(__file__).with_name("catalogue").joinpath("errors.yml").read_text(encoding="utf-8")
    entries: dict[str, dict[str, list[str]]] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return entries


def reader_language() -> str:
    """The language of the person at the terminal, as the environment says, or Windows: Chinese, else English."""
    said = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), locale.getlocale()[0]) or ""
    return "zh" if said.lower().startswith(("zh", "chinese")) else "en"


def listing(items: Iterable[object], most: int = 8) -> str:
    """Name the first few items, and how many more there are."""
    named = [str(item) for item in items]
    rest = len(named) - most
    return ", ".join(named[:most]) + (f" … (+{rest})" if rest > 0 else "") if named else "–"


def nearest(name: object, known: Iterable[object]) -> str:
    """The known name that the given one resembles most, for a way out; a dash where nothing is known."""
    matches = get_close_matches(str(name), [str(item) for item in known], n=1, cutoff=0.0)
    return matches[0] if matches else "–"
