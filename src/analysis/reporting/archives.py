"""Files that are zip archives (.xlsx, .docx), the same to the byte for the same content."""

import datetime
import io
import re
import zipfile
from collections.abc import Mapping

MADE = datetime.datetime(2000, 1, 1)
"""The date that every file of ours says it was made on: the day of writing would make each of them differ."""


def with_fixed_dates(content: bytes, pictures: Mapping[str, bytes] | None = None) -> bytes:
    """The archive with one date for all its parts, and no other date inside.

    Parameters
    ----------
    pictures
        The content of parts that stand in the archive without one, by name; it is compressed already, and kept as it is.
    """
    out = io.BytesIO()
    pictures = pictures or {}
    with zipfile.ZipFile(io.BytesIO(content)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as fixed:
        for name in given.namelist():
            part = pictures[name] if name in pictures else given.read(name)
            if name == "docProps/core.xml":
                part = re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + stamp(), part)
            entry = zipfile.ZipInfo(name, date_time=MADE.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_STORED if name in pictures else zipfile.ZIP_DEFLATED
            fixed.writestr(entry, part)
    return out.getvalue()


def stamp() -> bytes:
    """The date as the properties of a document have it."""
    return MADE.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
