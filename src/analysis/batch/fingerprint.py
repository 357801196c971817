"""What a community's page is made from, as one checksum for each part of it, so that a changed one has a name.

The parts are those of `PARTS`, whose words are in the catalogue. What a page shows of its community and of all communities
comes from its `Profile`, which is rounded to what is printed: another community's row changes a page only where the page shows
it. Words are those of the page's own language.
"""

import hashlib
import json
import sys
from collections.abc import Mapping
from typing import Any

import pandas as pd

from analysis.batch.order import Order
from analysis.catalogue import LANGUAGES, entries
from analysis.checksums import digest, digest_of_code
from analysis.communities.profile import Profile
from analysis.locations import ROOT
from analysis.reporting.notebooks.parameters import source
from analysis.study import Study

PARTS = ("data", "city", "notebook", "parameters", "code", "lock", "catalogue", "settings", "format")
FORMAT = 3
"""What a page's folder holds: to be counted up when files of another kind or name are written."""
WORDS = ("words", "tables", "measures", "sentences", "claims")
"""The catalogue's files that a page may speak from; of its levels a study has its own."""

Prints = Mapping[str, str]


def shared(study: Study, order: Order, language: str) -> Prints:
    """The parts that the pages of an order have in common, in one language; every page links to those in the others."""
    catalogue = [study.catalogue.levels, study.catalogue.headings, study.catalogue.is_non_probability]
    words = [*catalogue, *(entries(file) for file in WORDS)]
    read = {"tables", "files", "data_dir"}  # how files are read: their rows tell
    decided = [part.model_dump(mode="json", exclude=read) for part in (study.settings, study.origin)]
    return {
        "notebook": _digest([[cell.cell_type, cell.source] for cell in source(order.notebook).cells]),
        "parameters": _digest([study.name, str(study.folder), str(study.data), language, order.wave]),
        "code": digest_of_code(without=[".yml"]),
        "lock": _digest([digest(ROOT / "uv.lock"), sys.version_info[:3]]),
        "catalogue": _digest(_spoken(words, language)),
        "settings": _digest(_spoken(decided, language)),
        "format": _digest([FORMAT, order.formats, order.languages]),
    }


def own(profile: Profile) -> Prints:
    """The parts of one page: what it shows of its community, and of all communities and the files that were read."""
    is_city = profile.rows["scope"] == "city"
    reading = profile.study.reading
    about = [profile.community, profile.description, profile.respondents]
    return {
        "data": _digest([*about, _text(profile.rows[~is_city])]),
        "city": _digest([profile.asked, *map(_text, (profile.rows[is_city], reading.counts, reading.notes))]),
    }


def _text(frame: pd.DataFrame) -> str:
    return frame.to_csv(index=False, na_rep="\0")


def _digest(content: object) -> str:
    text = json.dumps(content, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _spoken(entry: Any, language: str) -> Any:
    """Entries of the catalogue or of settings, without the words of other languages."""
    if isinstance(entry, Mapping):
        others = {*LANGUAGES} - {language} if language in entry else set()
        return {str(key): _spoken(value, language) for key, value in entry.items() if key not in others}
    return [_spoken(one, language) for one in entry] if isinstance(entry, list) else entry
