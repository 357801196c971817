"""Tables held against the catalogue: what a row is, what must be there, and what can't be true."""

from collections.abc import Iterable

import pandas as pd
import pandera.pandas as pa

from analysis.catalogue import Catalogue
from analysis.reading.convert import MISSING
from analysis.settings import Settings

OLDEST = 120
"""Years; an older age is a mistyped year."""


def broken_rules(frame: pd.DataFrame, table: str, catalogue: Catalogue, settings: Settings) -> pd.DataFrame:
    """The rules that rows of a table break: one row per breach, with `index`, `column` and `rule`."""
    schema = pa.DataFrameSchema(checks=list(_checks(frame, table, catalogue, settings)))
    try:
        schema.validate(frame, lazy=True)
    except pa.errors.SchemaErrors as breaches:
        found = breaches.failure_cases[["index", "check"]].drop_duplicates()
        found[["column", "rule"]] = found["check"].str.split(":", expand=True)
        return found[["index", "column", "rule"]].reset_index(drop=True)
    return pd.DataFrame(columns=["index", "column", "rule"])


def _checks(frame: pd.DataFrame, table: str, catalogue: Catalogue, settings: Settings) -> Iterable[pa.Check]:
    entry = catalogue.table(table)
    key = list(entry["key"])
    for column in entry["required"]:
        # An answer may be missing for a declared reason, such as a refusal; what tells rows apart may not.
        excused = (
            frame[column + MISSING].ne("not_recorded") & frame[column + MISSING].notna()
            if column + MISSING in frame
            else False
        )
        given = frame[column].notna() | (excused if column not in key else False)
        yield _check(column, "missing", lambda rows, given=given: given)
    yield _check(key[0], "duplicate", lambda rows: ~rows.duplicated(key, keep=False) | rows[key].isna().any(axis=1))
    if "term" in frame:
        yield _check("term", "term", lambda rows: rows["term"].isin([*settings.terms]) | rows["term"].isna())
    if "wave" in frame and settings.waves:
        yield _check("wave", "wave", lambda rows: rows["wave"].isin(settings.waves) | rows["wave"].isna())
    if {"start", "end"} <= {*frame}:
        yield _check("end", "end_before_start", lambda rows: ~(rows["end"] < rows["start"]).fillna(value=False))
    if "term" in frame:
        begun = frame["term"].map({name: pd.Timestamp(term.start) for name, term in settings.terms.items()})
        if "birth_date" in frame:
            yield _check("birth_date", "age", lambda rows: ~(rows["birth_date"] >= begun).fillna(value=False))
        if "birth_year" in frame:
            age = begun.astype("datetime64[s]").dt.year.astype("Int64") - frame["birth_year"]
            yield _check("birth_year", "age", lambda rows: (age.isna() | age.between(0, OLDEST)).astype(bool))


def _check(column: str, rule: str, accepts) -> pa.Check:  # type: ignore[no-untyped-def]
    return pa.Check(accepts, error=f"{column}:{rule}", ignore_na=False)
