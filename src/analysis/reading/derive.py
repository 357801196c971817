"""A table that is the part of another one in which columns have the given values."""

from collections.abc import Iterable
from pathlib import Path

from analysis.catalogue import Catalogue
from analysis.errors import StudyError, listing, nearest
from analysis.reading.convert import BOOLEANS, MISSING
from analysis.reading.rows import PLACES
from analysis.settings import TableSource


def derived(
    columns: Iterable[str], table: str, source: TableSource, catalogue: Catalogue, folder: Path
) -> tuple[list[str], dict[str, str | bool]]:
    """The columns of another table that a derived one has, and the values of its rows.

    Parameters
    ----------
    columns
        The columns of the other table.

    Raises
    ------
    StudyError
        `settings_key` where a value is asked of a column that it has not.
    """
    has = [*columns]
    wanted: dict[str, str | bool] = {}
    for column, value in source.where.items():
        if column not in has:
            place = f"{folder / 'study.yml'}: tables.{table}.where"
            raise StudyError("settings_key", place, key=column, nearest=nearest(column, has), known=listing(has, 40))
        wanted[column] = BOOLEANS[value] if catalogue.column(column)["type"] == "boolean" else value
    known = [*catalogue.columns_of(table), *PLACES]
    return [column for column in has if column.removesuffix(MISSING) in known], wanted
