"""Careless answering: haste, one answer to every item, the same answers as somebody else. What each is, in one place.

These functions say who answered so. Data quality counts them (`analysis.data_quality`), and a study may decide to leave them
out (`exclusions` in study.yml, `analysis.reading.exclude`). Sources of the definitions: docs/methods.md#data-quality.
"""

from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import pandas as pd

from analysis.catalogue import Catalogue

ANSWERS = {"participation": "activity", "satisfaction": "item", "answers": "item"}
"""Tables of answers, and the column that says which question each row answers."""
DESIGN = ("weight", "stratum", "cluster", "population_size", "duration_seconds")
"""Columns of the respondents that nobody answered."""


class Told(NamedTuple):
    """Rows of a table of answers.

    Attributes
    ----------
    rows
        One row a person and question.
    owner
        Whose each row is: the label of the person among the respondents, missing where nobody's.
    columns
        The columns that hold answers.
    of
        The column that names the question.
    """

    rows: pd.DataFrame
    owner: pd.Series
    columns: Sequence[str]
    of: str


def seconds_and_median(people: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    """The time that each respondent took, and the median of the wave: questionnaires differ in length.

    Greszki, Meyer & Schoen (2015), Public Opinion Quarterly 79: 471–503.
    """
    seconds = people["duration_seconds"].astype("Float64").astype("float64")
    return seconds, seconds.groupby(people["wave"], dropna=False).transform("median")


def lines(answers: pd.DataFrame, person: str | Sequence[str], column: str) -> pd.DataFrame:
    """For each person who answered an item, how many items (`size`) and with how many different answers (`nunique`).

    One different answer is a straight line: "simple non-differentiation" of Kim et al. (2019), Social Science Computer
    Review 37: 214–233.
    """
    return answers.dropna(subset=column).groupby(person)[column].agg(["size", "nunique"])


def asked_columns(rows: pd.DataFrame, table: str, catalogue: Catalogue) -> list[str]:
    """The columns of a table that somebody filled in: neither keys and places, nor the design."""
    left_out = {*catalogue.table(table)["key"], "community_id", *DESIGN}
    return [column for column in catalogue.columns_of(table) if column in rows and column not in left_out]


def answer_sheet(people: pd.DataFrame, told: Iterable[Told]) -> pd.DataFrame:
    """One row a respondent, with the columns of `people` and one for each question of the tables of answers.

    Where a question is answered twice by the same person, the first answer counts.
    """
    parts = [people]
    for answers in told:
        rows = answers.rows.assign(_owner=answers.owner).dropna(subset="_owner").drop_duplicates(["_owner", answers.of])
        wide = rows.set_index(["_owner", answers.of])[list(answers.columns)].unstack(answers.of).reindex(people.index)
        parts.append(wide.set_axis([f"{column}|{item}" for column, item in wide.columns], axis=1))
    return pd.concat(parts, axis=1)


def same_as_another(sheet: pd.DataFrame, wave: pd.Series, keep: Literal["first", "last", "none"] = "none") -> pd.Series:
    """Whether a row has in every column the same as another of its wave; what is missing counts as an answer.

    Parameters
    ----------
    keep
        Which row of those that agree is none of them; with `none` all are.

    Notes
    -----
    Blasius & Thiessen (2012), Assessing the Quality of Survey Data; Kuriakose & Robbins (2016), Statistical Journal of
    the IAOS 32: 283–291, who also count near duplicates.
    """
    return sheet.assign(_wave=wave).duplicated(keep=False if keep == "none" else keep)
