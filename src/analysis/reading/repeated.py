"""Which values and which rows of a long table occur more than once, without looking twice at what was read once.

Of items that stand side by side in a file, all rows share their respondent's cells: one array stands in the column once
for each item.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

LARGEST = 2**62
"""Numbers of rows stay below it."""


def factorised(column: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """What `pandas.factorize` gives: a code for each cell (−1 where it is missing), and the value of each code."""
    written = pa.array(column.array) if column.dtype == "str" else None
    if not isinstance(written, pa.ChunkedArray) or not written.chunks:
        codes, values = pd.factorize(column)
        return codes, pd.Series(values)
    arrays = [
        (len(part), part.offset, *(one.address if one else 0 for one in part.buffers())) for part in written.chunks
    ]
    different = dict(zip(arrays, written.chunks, strict=True))
    codes, values = pd.factorize(pd.Series(pa.chunked_array(different.values(), written.type), dtype="str"))
    ends = np.cumsum([len(part) for part in different.values()])
    of_array = dict(zip(different, np.split(codes, ends[:-1]), strict=True))
    return np.concatenate([codes[:0], *(of_array[one] for one in arrays)]), pd.Series(values)


def repeated(rows: pd.DataFrame, key: Sequence[str]) -> pd.Series:
    """Whether another row has the same key; a row that lacks a part of it is like no other."""
    whole = rows[list(key)].dropna()
    number, numbers = np.zeros(len(whole), dtype=np.int64), 1
    for column in key:
        codes, values = factorised(whole[column])
        if numbers * len(values) > LARGEST:
            number, different = pd.factorize(number)
            numbers = len(different)
        number, numbers = number * len(values) + codes, numbers * len(values)
    ordered = np.sort(number)
    if not (ordered[1:] == ordered[:-1]).any():  # as it should be, and sooner seen than which rows they are
        return pd.Series(False, index=rows.index)
    return pd.Series(number, index=whole.index).duplicated(keep=False).reindex(rows.index, fill_value=False)
