"""Tables held against the catalogue: what a row is, what must be there, and what can't be true."""

from collections.abc import Iterator

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.reading.convert import MISSING
from analysis.reading.repeated import repeated
from analysis.settings import Settings

OLDEST = 120
"""Years; an older age is a mistyped year."""


def broken_rules(
    frame: pd.DataFrame, table: str, catalogue: Catalogue, settings: Settings, *, is_whole: bool = True
) -> pd.DataFrame:
    """The rules that rows of a table break: one row per breach, with `index`, `column` and `rule`.

    Parameters
    ----------
    is_whole
        Whether these are all rows of the table, so that one without its like has none; otherwise nothing is said of that.
    """
    breaches = [
        pd.DataFrame({"index": frame.index[broken.to_numpy(dtype=bool)], "column": column, "rule": rule})
        for column, rule, broken in _rules(frame, table, catalogue, settings, is_whole)
    ]
    return pd.concat(breaches, ignore_index=True)


def _rules(
    frame: pd.DataFrame, table: str, catalogue: Catalogue, settings: Settings, is_whole: bool
) -> Iterator[tuple[str, str, pd.Series]]:
    """Column and name of each rule, and which rows break it."""
    entry = catalogue.table(table)
    key = list(entry["key"])
    for column in entry["required"]:
        missing = frame[column].isna()
        if column + MISSING in frame and column not in key:
            # An answer may be missing for a declared reason, such as a refusal; what tells rows apart may not.
            reason = frame[column + MISSING]
            missing &= reason.isna() | (reason == "not_recorded")
        yield column, "missing", missing
    if is_whole:
        yield key[0], "duplicate", repeated(frame, key)
    if "term" in frame:
        yield "term", "term", frame["term"].notna() & ~frame["term"].isin([*settings.terms])
    if "wave" in frame and settings.waves:
        yield "wave", "wave", frame["wave"].notna() & ~frame["wave"].isin(settings.waves)
    if {"start", "end"} <= {*frame}:
        yield "end", "end_before_start", frame["end"] < frame["start"]
    if "term" in frame:
        begun = frame["term"].map({name: pd.Timestamp(term.start) for name, term in settings.terms.items()})
        if "birth_date" in frame:
            yield "birth_date", "age", frame["birth_date"] >= begun
        if "birth_year" in frame:
            age = begun.astype("datetime64[s]").dt.year.astype("Int64") - frame["birth_year"]
            yield "birth_year", "age", (age.notna() & ~age.between(0, OLDEST)).astype(bool)
