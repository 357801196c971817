"""The mark of a number in a manuscript, `[nanchang::k3f7a2xq]`: the study, and a piece of a checksum that finds the row.

It is made of letters, digits, hyphens, colons and square brackets only, which Word, Markdown and LaTeX leave as they are
(`#`, `_`, `@` and `^` mean something in one of them). Full-width signs, which an input method may put in their place, and
capitals are the same mark. As with the commits of git, any beginning of six characters or more names a row as long as no
other row begins so.
"""

import base64
import hashlib
import re
from collections.abc import Iterator
from typing import NamedTuple

SHOWN = 8
"""Characters of a code that are printed: of 10,000 rows two have the same ones in one report of 20,000."""
FULL = 26
"""Characters of a whole code: 130 bits."""
WIDE = {ord(wide): ord(plain) for wide, plain in zip("［］：－　", "[]:- ", strict=True)} | {
    code: code - 0xFEE0 for first, last in ("０９", "ａｚ", "ＡＺ") for code in range(ord(first), ord(last) + 1)
}
MARK = re.compile(r"\\?\[[ ]*(?P<study>[\w-]+)::(?P<code>[a-z2-7]{6,26})[ ]*\\?\]", re.IGNORECASE)


class Mark(NamedTuple):
    """A mark found in a text: its study and code in small letters, and where it begins and ends."""

    study: str
    code: str
    start: int
    end: int


def named(study: str) -> str:
    """A study's name as a mark has it: what is neither letter nor digit becomes a hyphen."""
    return re.sub(r"[\W_]", "-", study).lower()


def code_of(study: str, community: str, table: str, row: str) -> str:
    """The whole code of a row: of a table of the report on a study, or on one community of it, and the row's id."""
    content = "\0".join([study, community, table, row]).encode(errors="surrogatepass")
    return base64.b32encode(hashlib.sha256(content).digest()).decode().lower()[:FULL]


def printed(study: str, code: str, length: int = SHOWN) -> str:
    """The mark as it stands in a text."""
    return f"[{named(study)}::{code[:length]}]"


def found(text: str) -> Iterator[Mark]:
    """The marks of a text, in their order."""
    for match in MARK.finditer(text.translate(WIDE)):
        yield Mark(match["study"].lower(), match["code"].lower(), match.start(), match.end())
