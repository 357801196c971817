"""Ids that say nothing: a keyed hash in place of an identity or phone number, so that a person can still be followed.

The same number gives the same pseudonym under the same key, in every file and wave; without the key nobody can try all
numbers to find which gives it. The key lies outside the repository and is never printed or written.
"""

import hmac
import os
import re
from pathlib import Path

import pandas as pd

from analysis.errors import StudyError
from analysis.locations import ROOT
from analysis.reading.persons.identifiers import CHECKS, MOBILE, WEIGHTS, is_old_national_id, plain

KEY = "STUDY_HASH_KEY"
KEY_FILE = "STUDY_HASH_KEY_FILE"
"""Variables of the environment: the key itself, or the path of a file that holds it."""
SHORTEST = 32
"""Characters of a key; fewer could be tried out."""
LENGTH = 16
"""Letters of a pseudonym, four bits each: among a million persons two have the same with a chance of 1 in 37 million."""
PHONE, NO_DIGIT, BETWEEN = re.compile(MOBILE), re.compile(r"\D"), re.compile(r"[\s-]")
LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
"""Letters only, so that no program takes a pseudonym for a number, and none looks like a phone."""


def key() -> bytes:
    """The key that the environment names.

    Raises
    ------
    StudyError
        `hash_key_missing`, `hash_key_short`, or `hash_key_inside` where its file lies in the repository.
    """
    written = os.environ.get(KEY, "")
    named = os.environ.get(KEY_FILE, "")
    if not written and named:
        path = Path(named).expanduser().resolve()
        if path.is_relative_to(ROOT):
            raise StudyError("hash_key_inside", path, variable=KEY_FILE)
        if not path.is_file():
            raise StudyError("hash_key_missing", path, variable=KEY, file=KEY_FILE)
        written = path.read_text(encoding="utf-8", errors="surrogateescape")
    if not written.strip():
        raise StudyError("hash_key_missing", variable=KEY, file=KEY_FILE)
    if len(written.strip()) < SHORTEST:
        raise StudyError("hash_key_short", variable=KEY if os.environ.get(KEY) else KEY_FILE, shortest=SHORTEST)
    return written.strip().encode(errors="surrogateescape")


def pseudonyms(ids: pd.Series, secret: bytes) -> pd.Series:
    """Each id's pseudonym: the first 64 bits of its HMAC-SHA-256, in letters; what is missing stays missing.

    Raises
    ------
    StudyError
        `hash_collision` where two ids have the same pseudonym.
    """
    codes, known = pd.factorize(ids)
    same = [same_for_all(str(one)) for one in known]
    made = [hmac.digest(secret, one.encode(), "sha256").hex()[:LENGTH].translate(LETTERS) for one in same]
    if len(set(made)) < len(set(same)):
        raise StudyError("hash_collision", ids.name, variable=KEY)
    return pd.Series(pd.Series([*made, None], dtype="str").array.take(codes), index=ids.index, name=ids.name)


def same_for_all(text: str) -> str:
    """An id as it is hashed: one number written in two ways is one person.

    Without white space and hyphens, full-width characters narrowed; a mobile number without its country; an identity number
    of 15 digits as the one of 18 that took its place (GB 11643-1999).
    """
    text = plain(text)
    if PHONE.fullmatch(text):
        return NO_DIGIT.sub("", text)[-11:]
    text = BETWEEN.sub("", text).upper()
    if len(text) == 15 and is_old_national_id(text):
        text = f"{text[:6]}19{text[6:]}"
        text += CHECKS[sum(weight * int(digit) for weight, digit in zip(WEIGHTS, text, strict=True)) % 11]
    return text
