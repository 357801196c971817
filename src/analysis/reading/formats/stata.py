"""Stata files (.dta): a labelled code is read as its label, any other cell as it stands; .a to .z stay apart.

Files up to Stata 13 do not say in which encoding their text is: it is found as that of a delimited file is, or declared.
"""

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from analysis.errors import StudyError
from analysis.reading.formats.crashes import require_survived
from analysis.reading.formats.encoding import found, mended
from analysis.reading.formats.labelled import distinct, plain, require_names, table, written
from analysis.reading.formats.raw import DECLARED_MISSING, Raw
from analysis.settings import FileSource

RELEASE = re.compile(rb"<stata_dta><header><release>(\d+)</release>")
END = b"</stata_dta>"
UNICODE = 118
"""From this format on, that of Stata 14, all text is UTF-8."""
ONE_TO_ONE = "ISO-8859-1"
"""An encoding in which every byte is a character, so that the bytes can be had back."""


def read(path: Path, source: FileSource) -> Raw:
    """The observations of a Stata file as text, numbered from 1 as Stata does.

    Dates and times are ISO. An extended missing value is written as its label, else as `.a`, and is missing for the reason
    that study.yml gives it.

    Raises
    ------
    StudyError
        `dta_unreadable` where it is no such file, is cut off, or is in another encoding; `encoding_unknown`; `file_empty`.
    """
    release = _release(path)
    encoding = source.encoding
    if encoding is None and release < UNICODE:
        cases, meta = _cases(path, ONE_TO_ONE)
        encoding = _encoding(cases, meta, path)
    if encoding != ONE_TO_ONE:
        cases, meta = _cases(path, encoding)
    if not len(cases):
        raise StudyError("file_empty", path)
    rows, missing, changed = {}, {}, []
    for name in cases:
        labels = {code: label for code, label in meta.variable_value_labels.get(name, {}).items() if label}
        extended = {letter: f".{letter}" for letter in meta.missing_user_values.get(name, [])}
        variable = written(cases[name], extended | labels)
        rows[name] = variable.cells
        changed += variable.mended
        declared = {
            text: DECLARED_MISSING
            for value, text in zip(variable.values, variable.texts, strict=True)
            if isinstance(value, str) and value in extended
        }
        if declared:
            missing[name] = declared
    absent = [name for name, own in meta.variable_to_label.items() if own not in meta.value_labels]
    notes = {"note_encoded_twice": list(dict.fromkeys(changed)), "note_labels_absent": absent}
    return Raw(
        table(rows),
        [],
        missing,
        {note: texts for note, texts in notes.items() if texts},
        {name: mended(label) for name, label in meta.column_names_to_labels.items() if label},
        {
            name: {plain(code): mended(label) for code, label in distinct(own).items()}
            for name, own in meta.variable_value_labels.items()
        },
    )


def _release(path: Path) -> int:
    """The format's number; a file that lacks its end is refused, since its labels stand there."""
    content = path.read_bytes()
    named = RELEASE.match(content)
    if named and not content.rstrip(b"\0\r\n").endswith(END):
        raise StudyError("dta_unreadable", path, problem=f"no {END.decode()}")
    return int(named[1]) if named else content[0] if content else 0


def _cases(path: Path, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    try:
        require_survived(pyreadstat.read_dta, path)
        cases, meta = pyreadstat.read_dta(path, encoding=encoding, user_missing=True)
        require_names(cases)
        return cases, meta
    except Exception as problem:
        # A damaged file ends in whatever error reading it happens to meet.
        raise StudyError("dta_unreadable", path, problem=problem) from None


def _encoding(cases: pd.DataFrame, meta: Any, path: Path) -> str:
    """The encoding of all text of a file, which was read one byte to a character; that of the bytes where it is ASCII."""
    texts = [label for labels in meta.value_labels.values() for label in labels.values()]
    texts += [label for label in meta.column_labels if label]
    for name in cases:
        if meta.readstat_variable_types[name] == "string":
            texts += [text for text in pd.unique(cases[name]) if isinstance(text, str)]
    beyond = [text for text in texts if not text.isascii()]
    return found("\n".join(beyond).encode(ONE_TO_ONE), path) if beyond else ONE_TO_ONE
