"""Answers that are grades of one thing: recognised by words of degree, and put into their order."""

import re
from collections.abc import Sequence

from analysis.proposal.vocabulary import degrees, plain

FEWEST = 3
"""Two grades are a yes and a no."""
NEITHER = re.compile(r"\bni\b.*\bni\b|\bneither\b|既不.*也不")
NEGATED = re.compile(r"不[太大很够怎么]{0,2}(?=[\u4e00-\u9fff])|\bnot\b")
SIDED = {"none": -3.0, "little": -1.0, "some": 1.0, "much": 3.0, "all": 3.0}
"""How far for something an answer is that is for it to a degree: "not at all satisfied", "a little satisfied"."""
UNSIDED = {"none": 0.0, "little": 1.0, "some": 2.0, "much": 3.0, "all": 4.0}
"""The place of a degree of frequency or amount."""


def grades(answers: Sequence[str]) -> dict[str, float] | None:
    """The place of each answer on one scale, from against to for or from none to all; nothing where they are no grades.

    All answers must be grades, and no two the same one.
    """
    found = {answer: grade(answer) for answer in answers}
    placed = {answer: place for answer, place in found.items() if place is not None}
    if len(placed) < len(found) or len(placed) < FEWEST or len({*placed.values()}) < len(placed):
        return None
    return placed


def grade(answer: str) -> float | None:
    """The place of one answer: below 0 against, 0 in the middle, above 0 for; from 0 to 4 where it has no side."""
    if NEITHER.search(plain(answer)):
        return 0.0
    has = degrees(answer)
    amount = next((kind for kind in SIDED if kind in has), None)
    if has & {"for", "against"}:
        side = -1.0 if "against" in has else 1.0
        if amount:
            return SIDED[amount] if side > 0 else -abs(SIDED[amount])
        strength = 3.0 if "strongly" in has else 1.0 if "rather" in has else 2.0
        return side * strength * (-1 if side > 0 and NEGATED.search(plain(answer)) else 1)
    if amount:
        more = 0.5 if "strongly" in has else 0.0  # very little is less, very much is more
        return UNSIDED[amount] + (more if amount == "much" else -more)
    return 0.0 if "middle" in has else None
