"""SPSS files (.sav, .zsav): a labelled code is read as its label, any other cell as it stands.

What the file declares missing stays as it is written, and is named, so that no code for a refusal is ever a number.
"""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from analysis.errors import StudyError
from analysis.reading.encoding import mended
from analysis.reading.raw import DECLARED_MISSING, Raw
from analysis.settings import FileSource


def read(path: Path, source: FileSource) -> Raw:
    """The cases of an SPSS file as text, numbered from 1 as SPSS does.

    Where two codes of a variable have the same label, each is read as `label [code]`. Labels and texts that were encoded
    twice are mended.

    Raises
    ------
    StudyError
        `sav_unreadable` where it is no such file, is cut off, or is in another encoding; `file_empty`.
    """
    try:
        cases, meta = pyreadstat.read_sav(path, encoding=source.encoding, user_missing=True)
        known, _ = pyreadstat.read_sav(path, encoding=source.encoding)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as problem:
        raise StudyError("sav_unreadable", path, problem=problem) from None
    if not len(cases):
        raise StudyError("file_empty", path)
    cells, missing, changed = {}, {}, []
    for name in cases:
        labels = _distinct(meta.variable_value_labels.get(name, {}))
        codes, values = pd.factorize(cases[name])
        written = [labels.get(value) or _written(value) for value in values]
        texts = [mended(text) for text in written]
        changed += [text for text, before in zip(texts, written, strict=True) if text != before]
        cells[name] = pd.Series([*texts, ""], dtype="str").array.take(codes)
        declared = set(codes[(cases[name].notna() & known[name].isna()).to_numpy()])
        if declared:
            missing[name] = {texts[code]: DECLARED_MISSING for code in declared}
    rows = pd.DataFrame(cells, index=range(1, len(cases) + 1))
    notes = {"note_encoded_twice": list(dict.fromkeys(changed))} if changed else {}
    return Raw(rows, [], missing, notes)


def _distinct(labels: Mapping[Any, str]) -> dict[Any, str]:
    """The labels of a variable, each of one code only: two codes that look the same are still two answers."""
    times = Counter(labels.values())
    return {code: f"{label} [{_written(code)}]" if times[label] > 1 else label for code, label in labels.items()}


def _written(value: object) -> str:
    """A cell without a label: 5.0 is 5."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
