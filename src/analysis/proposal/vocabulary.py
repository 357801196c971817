"""The words by which things are recognised in other people's files: recognised.yml beside the catalogue's own words."""

import re
import unicodedata
from functools import cache

from analysis.catalogue import LANGUAGES, base, entries


@cache
def plain(text: str) -> str:
    """A text without case, accents and punctuation, its words apart by one blank."""
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(re.findall(r"[^\W_]+", unicodedata.normalize("NFC", letters)))


def compact(text: str) -> str:
    """A text as `plain`, without blanks: how two names are compared."""
    return plain(text).replace(" ", "")


@cache
def column_names() -> dict[str, tuple[str, ...]]:
    """Catalogue column → how it is called, compact: its key and its words first, then what recognised.yml adds."""
    also = entries("recognised")["columns"]
    tables = entries("tables")
    known = {column for table in tables["tables"].values() for column in [*table["required"], *table["optional"]]}
    return {
        column: tuple(
            dict.fromkeys(
                compact(name)
                for name in [
                    column,
                    *(tables["columns"][column][language] for language in LANGUAGES),
                    *also.get(column, ()),
                ]
            )
        )
        for column in tables["columns"]
        if column in known
    }


@cache
def level_names(level_set: str) -> dict[str, str]:
    """How a level is written, compact → the level; the catalogue's own words go before those of recognised.yml."""
    names = {}
    for level, words in entries("recognised")["levels"].get(level_set, {}).items():
        names.update({compact(word): level for word in words})
    for level, entry in base().levels.get(level_set, {}).items():
        names.update({compact(level): level} | {compact(str(entry[language])): level for language in LANGUAGES})
    return names


@cache
def boolean_names() -> dict[str, str]:
    """How yes and no are written, compact → `true` or `false`; a mark such as ✓ stands as it is."""
    return {
        compact(word) or word: answer for answer, words in entries("recognised")["booleans"].items() for word in words
    }


def said(kind: str, text: str) -> bool:
    """Whether a heading says that its column is of a kind of `headings`."""
    return bool(_pattern("headings", kind).search(plain(text)))


def is_question_word(name: str) -> bool:
    """Whether a name, compact, only says that something is a question, as the Q of Q7."""
    return name in {compact(word) for word in entries("recognised")["headings"]["question"]}


def degrees(text: str) -> frozenset[str]:
    """The kinds of words of degree that an answer has; of overlapping words the longest counts."""
    found, rest = set(), plain(text)
    for kind, word in _graded_words():
        rest, times = word.subn("|", rest)
        if times:
            found.add(kind)
    return frozenset(found)


@cache
def _graded_words() -> tuple[tuple[str, re.Pattern[str]], ...]:
    listed = [(kind, plain_word) for kind, words in entries("recognised")["grades"].items() for plain_word in words]
    return tuple((kind, _word(word)) for kind, word in sorted(listed, key=lambda one: -len(one[1])))


@cache
def _pattern(part: str, kind: str) -> re.Pattern[str]:
    words: list[str] = entries("recognised")[part][kind]
    return re.compile("|".join(_word(word).pattern for word in words))


def _word(word: str) -> re.Pattern[str]:
    """A word where it begins and ends as one, with any ending where it has a `*`; Chinese ones anywhere."""
    text = re.escape(plain(word))
    if not word.isascii() and not re.search("[a-z]", text):
        return re.compile(text)
    return re.compile(rf"\b{text}" if word.endswith("*") else rf"\b{text}\b")
