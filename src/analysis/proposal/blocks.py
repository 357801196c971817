"""Columns that belong together: neighbours whose names differ in their last part only.

Q5.1 and Q5.2 are a block, and so are 第6题(运动) and 第6题(阅读).
"""

import re
from collections.abc import Sequence
from itertools import groupby

from analysis.proposal.vocabulary import compact, is_question_word

ROMAN = "x{1,2}(?:ix|iv|v?i{0,3})|ix|iv|vi{0,3}|i{1,3}"
LAST_PART = (
    re.compile(r"(?P<stem>.+?)\s*[（(].+[)）]"),  # 第6题(运动)
    re.compile(r"(?P<stem>.+?)\s*[:：/|—–→_]\s*[^:：/|—–→_]+"),  # 6、兴趣:运动, q6/sport
    re.compile(rf"(?P<stem>.*\d)(?:{ROMAN})", re.IGNORECASE),  # Q13iv
    re.compile(rf"(?P<stem>.*\d[a-z])(?:{ROMAN})", re.IGNORECASE),  # Q5axv
    re.compile(r"(?P<stem>.*\d)[a-z]", re.IGNORECASE),  # Q16a
    re.compile(r"(?P<stem>.*?\d)(?:[._-]\d+)+"),  # Q5.1, Q29.10.1
    re.compile(r"(?P<stem>.*[^\W\d_])[._-]?\d+"),  # web1
)
"""How a name is put together, the first that fits and leaves more than a letter for any question."""


def stem(name: str) -> str:
    """What the columns of a block have in common in their names; empty where a name has no last part."""
    for pattern in LAST_PART:
        found = pattern.fullmatch(name.strip())
        if found and (kept := compact(found["stem"])) and not is_question_word(kept):
            return kept
    return ""


def blocks(names: Sequence[str]) -> list[list[str]]:
    """The columns of a file in runs of neighbours with one stem; a column without neighbours is a run by itself."""
    runs: list[list[str]] = []
    for first, run in groupby(names, key=stem):
        together = list(run)
        runs += [together] if first else [[name] for name in together]
    return runs


def is_numbered(name: str) -> bool:
    """Whether a name begins with the number of a question: Q6, Q5a, 第6题, 6、手机."""
    found = re.match(r"\s*([^\W\d_]*)[_ ]?\d", name)
    return found is not None and (not found[1] or is_question_word(compact(found[1])))
