"""Answers that are none: known by their words, or by codes that stand apart from all others."""

import re
from collections.abc import Iterable
from functools import cache

from analysis.catalogue import LANGUAGES, base, entries
from analysis.proposal.vocabulary import compact

APART = frozenset(
    {*range(95, 100), *range(995, 1000), *range(9995, 10000), 99999, 999999, 88, 888, 8888, 77, 777, 7777}
)
"""Codes that surveys keep for answers that are none."""
FAR = 2
"""How many times the greatest other number such a code must be, to be none of them."""
LONGEST = 40
"""Characters; a longer answer says something."""
NEGATIVE = range(-99, 0)


def reason_of(answer: str) -> str | None:
    """The reason that an answer's words give for there being none; what stands in brackets is left aside."""
    bare = re.sub(r"[(（【\[].*?[)）】\]]?$", "", answer)
    if len(bare) > LONGEST:
        return None
    return _words().get(compact(answer)) or _words().get(compact(bare))


def codes(numbers: Iterable[float]) -> set[float]:
    """The numbers of a column that are codes of no answer: below 0 beside whole numbers from 0 on, or far above all others."""
    found = {*numbers}
    whole = {number for number in found if number == int(number)}
    negative = {number for number in whole if int(number) in NEGATIVE}
    others = {number for number in found if number >= 0}
    if negative and (found - negative - others or not others or len(negative) > 4):
        negative = set()  # numbers that can be negative, such as a balance
    high = {number for number in whole if number in APART}
    below = others - high
    while high and below and min(high) < FAR * max(below, default=0) + 1:
        below.add(min(high))
        high.remove(min(high))
    return negative | (high if below else set())


@cache
def _words() -> dict[str, str]:
    listed = {reason: list(words) for reason, words in entries("recognised")["missing"].items()}
    for reason, entry in base().level_set("missing_reason").items():
        listed.setdefault(reason, []).extend(str(entry[language]) for language in LANGUAGES)
    return {compact(word): reason for reason, words in listed.items() for word in words}
