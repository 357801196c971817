"""The conditions of an XLSForm (`relevant`), as far as they are simple: who was asked a question.

A condition compares questions with values (`${age} >= 18`), asks whether an option was chosen (`selected(${q}, 'x')`), and
joins such with `and`, `or`, `not(…)`. It has the meaning that XPath 1.0 gives it; anything else is not understood, and
says so.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

TOKEN = re.compile(
    r"\s*(?:\$\{\s*(?P<question>[^}]+?)\s*\}|(?P<text>'[^']*'|\"[^\"]*\")|(?P<number>-?\d+(?:\.\d+)?)"
    r"|(?P<name>[A-Za-z][\w-]*)|(?P<sign>!=|<=|>=|[=<>(),]))"
)
DEEPEST = 100
"""Brackets; nobody writes more, and each is read inside the other."""
COMPARISONS: Mapping[str, Callable[[pd.Series, pd.Series], pd.Series]] = {
    "=": lambda left, right: left == right,
    "!=": lambda left, right: left != right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


class NotUnderstood(Exception):
    """A condition that is not simple, or names a question that the export has not."""


def holds(condition: str, answers: pd.DataFrame) -> pd.Series:
    """Whether a condition holds for each row.

    Parameters
    ----------
    answers
        A column for each question, of text: a number, the name of an option, or the names of several joined by blanks;
        empty where there is no answer.

    Raises
    ------
    NotUnderstood
    """
    parser = _Parser(_tokens(condition), answers)
    found = parser.disjunction()
    if parser.rest():
        raise NotUnderstood(condition)
    return found


def _tokens(condition: str) -> list[tuple[str, str]]:
    found, place = [], 0
    text = condition.strip()
    if text.count("(") > DEEPEST:
        raise NotUnderstood(condition)
    while place < len(text):
        match = TOKEN.match(text, place)
        if not match or match.lastgroup is None:
            raise NotUnderstood(condition)
        found.append((match.lastgroup, match[match.lastgroup]))
        place = match.end()
    return found


class _Parser:
    """Reads a condition by descent; each part is worth a column of text, of numbers or of truths."""

    def __init__(self, tokens: Sequence[tuple[str, str]], answers: pd.DataFrame) -> None:
        self._tokens = tokens
        self._place = 0
        self._answers = answers

    def rest(self) -> Sequence[tuple[str, str]]:
        """What was not read."""
        return self._tokens[self._place :]

    def disjunction(self) -> pd.Series:
        """Conditions joined by `or`."""
        found = self._conjunction()
        while self._takes("name", "or"):
            found = found | self._conjunction()
        return found

    def _conjunction(self) -> pd.Series:
        found = self._comparison()
        while self._takes("name", "and"):
            found = found & self._comparison()
        return found

    def _comparison(self) -> pd.Series:
        left = self._value()
        for sign, compares in COMPARISONS.items():
            if self._takes("sign", sign):
                right = self._value()
                is_number = sign not in ("=", "!=") or "f" in (left.dtype.kind, right.dtype.kind)
                if "b" in (left.dtype.kind, right.dtype.kind):
                    raise NotUnderstood(sign)
                return compares(_number(left), _number(right)) if is_number else compares(left, right)
        if left.dtype.kind != "b":
            raise NotUnderstood("a value is no condition")
        return left

    def _value(self) -> pd.Series:
        kind, text = self._next()
        if kind == "question":
            return self._answer(text)
        if kind == "text":
            return self._constant(text[1:-1])
        if kind == "number":
            return self._constant(float(text))
        if (kind, text) == ("sign", "("):
            found = self.disjunction()
            self._expect(")")
            return found
        if kind == "name":
            return self._called(text)
        raise NotUnderstood(text)

    def _called(self, name: str) -> pd.Series:
        self._expect("(")
        if name in ("true", "false"):
            self._expect(")")
            return self._constant(name == "true")
        if name == "not":
            found = self.disjunction()
            self._expect(")")
            return ~found
        if name not in ("selected", "count-selected"):
            raise NotUnderstood(name)
        kind, question = self._next()
        if kind != "question":
            raise NotUnderstood(name)
        chosen = self._answer(question).str.split()
        if name == "count-selected":
            self._expect(")")
            return chosen.str.len().astype("float64")
        self._expect(",")
        kind, option = self._next()
        if kind != "text":
            raise NotUnderstood(name)
        self._expect(")")
        return chosen.map(lambda names: option[1:-1].strip() in names).astype("bool")

    def _answer(self, question: str) -> pd.Series:
        if question not in self._answers:
            raise NotUnderstood(question)
        return self._answers[question]

    def _constant(self, value: str | float | bool) -> pd.Series:
        return pd.Series(value, index=self._answers.index)

    def _next(self) -> tuple[str, str]:
        if self._place >= len(self._tokens):
            raise NotUnderstood("the end")
        self._place += 1
        return self._tokens[self._place - 1]

    def _takes(self, kind: str, text: str) -> bool:
        is_next = self._place < len(self._tokens) and self._tokens[self._place] == (kind, text)
        self._place += is_next
        return is_next

    def _expect(self, sign: str) -> None:
        if not self._takes("sign", sign):
            raise NotUnderstood(f"{sign} is expected")


def _number(column: pd.Series) -> pd.Series:
    """A column as numbers; what is none compares with nothing, as in XPath."""
    return column if column.dtype.kind == "f" else pd.to_numeric(column, errors="coerce").astype("float64")
