"""What a census counts, as a table in the study's folder: the numbers that weights are calibrated to.

Columns: `margin` (a column of the respondents, or several joined by `:`), `level` (a level of each, joined likewise), `count`,
`source`, `year`, and `wave` where a number is that of one wave only.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading import formats
from analysis.reading.convert import convert
from analysis.settings import ColumnSource, FileSource

CROSSED = ":"
"""Between the columns of a crossed margin, and between its levels."""
NEEDED = ("margin", "level", "count", "source", "year")


def cell(columns: Sequence[str], levels: Sequence[object]) -> str:
    """The name of a level of a margin, as the catalogue can put it in words: `sex=female:age_group=18_29`."""
    return CROSSED.join(f"{column}={level}" for column, level in zip(columns, levels, strict=True))


def read(folder: Path, file: str, margins: Sequence[str], waves: Sequence[str], catalogue: Catalogue) -> pd.DataFrame:
    """The numbers of some margins.

    Parameters
    ----------
    margins
        Which of them; others may stand in the file too.
    waves
        The waves of the survey. A number without a wave is that of every wave.

    Returns
    -------
    pandas.DataFrame
        One row a wave and level, in the order of the catalogue's levels and where it has none of the file: `wave`, `margin`,
        `level` (see `cell`), `count`, `source`, `year`.

    Raises
    ------
    StudyError
        `population_file_missing`, `population_column_missing`, `population_margin_absent`, `population_level_wrong`,
        `population_level_twice`, `population_count_wrong`, `population_source_missing`; and whatever reading the file raises.
    """
    path = folder / file
    if not path.is_file():
        raise StudyError("population_file_missing", folder / "study.yml", file=file, folder=folder)
    raw = formats.read(path, FileSource(file=file, columns={}), folder)
    rows = raw.rows
    for column in NEEDED:
        if column not in rows:
            named = [name for name in rows if name != "#"]
            facts = {"column": column, "nearest": nearest(column, named), "known": listing(named)}
            raise StudyError("population_column_missing", path, **facts)
    for fault in raw.faults:
        raise StudyError("population_count_wrong", f"{path}, row {fault.row}", value=fault.value, level="–")
    text = rows.drop(columns="#").apply(lambda column: column.str.strip())
    parts = [_margin(text, margin, waves, catalogue, path) for margin in margins]
    return pd.concat(parts, ignore_index=True)


def _margin(text: pd.DataFrame, margin: str, waves: Sequence[str], catalogue: Catalogue, path: Path) -> pd.DataFrame:
    rows = text[text["margin"] == margin]
    if not len(rows):
        known = text["margin"].unique()
        facts = {"margin": margin, "nearest": nearest(margin, known), "known": listing(known)}
        raise StudyError("population_margin_absent", path, **facts)
    columns = margin.split(CROSSED)
    written = rows["level"].str.split(CROSSED)
    for row, levels in written.items():
        if len(levels) != len(columns):
            facts = {"margin": margin, "level": rows.at[row, "level"], "nearest": margin, "known": listing(columns)}
            raise StudyError("population_level_wrong", f"{path}, row {row}", **facts)
    known = {
        column: _levels(written.str[place], column, margin, catalogue, path) for place, column in enumerate(columns)
    }
    found = pd.DataFrame(known, index=rows.index)
    found["wave"] = _waves(rows, waves, catalogue, path)
    found["count"] = _counts(rows, path)
    found[["source", "year"]] = rows[["source", "year"]]
    for column in ("source", "year"):
        if (bare := rows.index[rows[column] == ""]).size:
            raise StudyError("population_source_missing", f"{path}, row {bare[0]}", column=column)
    order = [_place(found[column], column, catalogue) for column in columns]
    found = found.assign(**{f"_{place}": of for place, of in enumerate(order)})
    found = found.sort_values([f"_{place}" for place in range(len(order))], kind="stable")
    levels = [cell(columns, row) for row in found[columns].itertuples(index=False)]
    made = found[["wave", "count", "source", "year"]].assign(margin=margin, level=levels)
    return pd.concat(_each_wave(made, waves, path), ignore_index=True)


def _levels(written: pd.Series, column: str, margin: str, catalogue: Catalogue, path: Path) -> pd.Series:
    """Levels as the catalogue's, whichever word the file has for them."""
    converted = convert(written.str.strip(), column, ColumnSource(column=column), catalogue)
    wrong = converted.values.isna()
    if wrong.any():
        row, known = wrong.idxmax(), list(catalogue.levels_of(column))
        facts = {
            "margin": margin,
            "level": written[row],
            "nearest": nearest(written[row], known),
            "known": listing(known),
        }
        raise StudyError("population_level_wrong", f"{path}, row {row}", **facts)
    return converted.values.astype("str")


def _waves(rows: pd.DataFrame, waves: Sequence[str], catalogue: Catalogue, path: Path) -> pd.Series:
    """The wave of each number; empty where it holds for all."""
    if "wave" not in rows:
        return pd.Series("", index=rows.index)
    named = rows["wave"] != ""
    return _levels(rows.loc[named, "wave"], "wave", "wave", catalogue, path).reindex(rows.index, fill_value="")


def _counts(rows: pd.DataFrame, path: Path) -> pd.Series:
    """Numbers above 0."""
    converted = convert(rows["count"], "value", ColumnSource(column="count"), Catalogue(levels={}))
    counts = converted.values.astype("Float64")
    wrong = ~(counts > 0).fillna(value=False)
    if wrong.any():
        row = wrong.idxmax()
        raise StudyError(
            "population_count_wrong", f"{path}, row {row}", value=rows.at[row, "count"], level=rows.at[row, "level"]
        )
    return counts.astype(float)


def _place(levels: pd.Series, column: str, catalogue: Catalogue) -> pd.Series:
    """Where each level stands: in the catalogue's order, else as the file has them."""
    known = list(catalogue.levels_of(column))
    order = [*known, *(level for level in dict.fromkeys(levels) if level not in known)]
    return levels.map({level: place for place, level in enumerate(order)})


def _each_wave(made: pd.DataFrame, waves: Sequence[str], path: Path) -> Iterator[pd.DataFrame]:
    """The numbers of every wave, none of them twice."""
    for wave in waves:
        own = made[made["wave"].isin(["", wave])].assign(wave=wave)
        twice = own.index[own["level"].duplicated()]
        if twice.size:
            raise StudyError(
                "population_level_twice", f"{path}, row {twice[0]}", level=own.at[twice[0], "level"], wave=wave
            )
        yield own
