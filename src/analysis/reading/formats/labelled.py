"""Files of statistics programs (SPSS, Stata): a labelled code is read as its label, any other cell as it stands."""

from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.reading.formats.encoding import mended


class Written(NamedTuple):
    """One variable as text.

    Attributes
    ----------
    cells
        What each case says; blank where the program's own missing value stands.
    codes, values, texts
        Which of the distinct values each case has (−1: none), these values, and how each is written.
    mended
        Texts that had been encoded twice, as they read now.
    """

    cells: pa.LargeStringArray
    codes: np.ndarray
    values: np.ndarray
    texts: list[str]
    mended: list[str]


def require_names(cases: pd.DataFrame) -> None:
    """Refuse variables without a name, or two of one name, as a damaged file has them.

    Raises
    ------
    ValueError
        Which is no name.
    """
    if wrong := [name for name in cases if not isinstance(name, str)]:
        raise ValueError(f"a variable is called {wrong[0]!r}")
    if twice := cases.columns[cases.columns.duplicated()].tolist():
        raise ValueError(f"two variables are called {twice[0]}")


def written(variable: pd.Series, labels: Mapping[Any, str]) -> Written:
    """The cells of a variable as text.

    Where two codes have the same label, each is written as `label [code]`. What was encoded twice is mended.
    """
    codes, values = pd.factorize(variable.to_numpy())
    plain = _plain(values)
    if labels or not pd.api.types.is_numeric_dtype(variable.dtype):
        own = distinct(labels)
        before = [own.get(value) or text for value, text in zip(values, plain, strict=True)]
        texts = [mended(text) for text in before]
    else:
        before = texts = plain
    changed = [text for text, was in zip(texts, before, strict=True) if text != was]
    places = pa.array(np.where(codes < 0, len(texts), codes).astype(np.int32))
    # The system's memory takes half as long here as Arrow's own, whose pages are new each time.
    cells = pc.take(pa.array([*texts, ""], pa.large_string()), places, memory_pool=pa.system_memory_pool())
    return Written(cells, codes, values, texts, changed)


def table(variables: Mapping[str, pa.Array]) -> pd.DataFrame:
    """The variables side by side, cases numbered from 1."""
    rows = pa.table(dict(variables)).to_pandas()
    return rows.set_axis(range(1, len(rows) + 1))


def distinct(labels: Mapping[Any, str]) -> dict[Any, str]:
    """The labels of a variable, each of one code only: two codes that look the same are still two answers."""
    times = Counter(labels.values())
    return {code: f"{label} [{plain(code)}]" if times[label] > 1 else label for code, label in labels.items()}


def plain(value: object) -> str:
    """A value without a label: 5.0 is 5."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _plain(values: np.ndarray) -> list[str]:
    """`plain` of many values; numbers all at once."""
    if values.dtype.kind == "i":
        return pa.array(values).cast(pa.string()).to_pylist()
    if values.dtype.kind == "M":
        return [str(moment) for moment in pd.to_datetime(values)]
    if values.dtype.kind != "f":
        return [plain(value) for value in values]
    is_whole = (values == np.trunc(values)) & (np.abs(values) < 2**63)
    texts = np.empty(len(values), dtype=object)
    texts[is_whole] = pa.array(values[is_whole].astype(np.int64)).cast(pa.string()).to_pylist()
    texts[~is_whole] = [plain(value) for value in values[~is_whole].tolist()]
    return texts.tolist()
