"""Fonts that come with the install, and what to do with a character that they have not."""

import base64
import io
import re
import unicodedata
from functools import cache, lru_cache
from importlib.util import find_spec
from pathlib import Path

import matplotlib
from fontTools.ttLib import TTFont
from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from uharfbuzz import Face, SubsetFlags, SubsetInput
from uharfbuzz import subset as harfbuzz_subset

from analysis.errors import StudyError, listing

FAMILIES = ["Noto Sans SC", "DejaVu Sans"]
"""The Chinese face first: after a Latin one, a label that mixes Chinese and mathematics would turn into boxes."""
SUBSTITUTE = "〓"
"""Stands for a character of the data that no installed font has (geta mark, U+3013)."""
FEATURES = (b"kern", b"palt")
"""Features of the face that a page's own keeps: spacing, and narrow punctuation."""


def _files() -> list[Path]:
    package = find_spec("zhplot")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("zhplot, which carries Noto Sans SC, is not installed: run `make test` or `uv sync`")
    chinese = Path(package.origin).parent / "fonts" / "NotoSansSC-Regular.ttf"
    return [chinese, Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"]


def folders() -> list[Path]:
    """Where the faces of printed documents lie: the two above, and Noto Serif SC."""
    package = find_spec("pylopdf_fonts_zh_cn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("pylopdf-fonts-zh-cn, which carries Noto Serif SC, is not installed: run `uv sync`")
    return [*(file.parent for file in _files()), Path(package.origin).parent]


@cache
def register() -> None:
    """Make the faces known to matplotlib by their files, so that a stale font cache does not matter."""
    for file in _files():
        font_manager.fontManager.addfont(str(file))


@cache
def _drawn() -> frozenset[int]:
    return frozenset().union(*(FT2Font(str(file)).get_charmap() for file in _files()))


@lru_cache(maxsize=4096)
def drawable(text: str) -> tuple[str, int]:
    """The text with a 〓 for each character that no installed font has, and how many these are."""
    known = _drawn()
    drawn = [c if ord(c) in known or unicodedata.category(c) in ("Cc", "Cf") else SUBSTITUTE for c in text]
    return "".join(drawn), sum(a != b for a, b in zip(drawn, text, strict=True))


@lru_cache(maxsize=128)
def subset(text: str) -> bytes:
    """The Chinese face with just the characters of a text, as WOFF, so that a page brings what its reader may lack."""
    wanted = SubsetInput()
    wanted.unicode_set.update(map(ord, text))
    wanted.layout_feature_tag_set.clear()
    wanted.layout_feature_tag_set.update(int.from_bytes(feature) for feature in FEATURES)
    wanted.flags |= SubsetFlags.NOTDEF_OUTLINE
    face = TTFont(io.BytesIO(harfbuzz_subset(_face(), wanted).blob.data), recalcBBoxes=False, recalcTimestamp=False)
    face.flavor = "woff"
    out = io.BytesIO()
    face.save(out)
    return out.getvalue()


def carrying(page: str) -> str:
    """A page with the characters of the Chinese face that it shows, so that it needs no font and no network."""
    shown = "".join(sorted(set(re.sub(r"<[^>]*>|[\ud800-\udfff]", "", page))))
    return page.replace("data:font/woff;base64,", "data:font/woff;base64," + base64.b64encode(subset(shown)).decode())


@cache
def _face() -> Face:
    return Face(_files()[0].read_bytes())


def require_glyphs(text: str) -> None:
    """Refuse a word of our own that the fonts can't draw.

    Raises
    ------
    StudyError
        `glyph_missing`, with the characters.
    """
    lacking = sorted({c for c in text if ord(c) not in _drawn() and unicodedata.category(c) not in ("Cc", "Cf")})
    if lacking:
        raise StudyError("glyph_missing", list=listing(f"{c} (U+{ord(c):04X})" for c in lacking))
