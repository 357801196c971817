"""A survey of participation small enough to read: the answers as rows of numbers, one person each."""

from dataclasses import replace

import numpy as np
import pandas as pd
from synthetic import nanchang

from analysis import study
from analysis.participation.activities import activities_of
from analysis.settings import Design, Midpoints

GOLDEN = (0, 0, 0, 0, 0, 0, 1, 1, 2, 6)
"""METHODS §4: acts of ten persons."""
PLAIN = {"respondents": Design()}


def answers(acts, wave="first", activity="culture_sport", start=0):
    """Answers to one activity; None was not asked. Persons are numbered from `start`."""
    values = pd.array(list(acts), dtype="Int64")
    ids = [f"R{number:02d}" for number in range(start, start + len(values))]
    table = pd.DataFrame({"respondent_id": ids, "wave": wave, "activity": activity, "acts": values})
    return table.assign(acts_missing=pd.Series(pd.NA, table.index, dtype="str").mask(table["acts"].isna(), "not_asked"))


def small_study(*told, settings=None, **columns):
    """A study whose respondents are those who answered, each with what `columns` say, in order, in every wave.

    By default it is a simple random sample.
    """
    participation = pd.concat(told, ignore_index=True)
    people = participation[["respondent_id", "wave"]].drop_duplicates(ignore_index=True).assign(community_id="C1")
    place = people["respondent_id"].rank(method="dense").astype(int) - 1
    people = people.assign(
        **{name: pd.Series(values)[place].reset_index(drop=True) for name, values in columns.items()}
    )
    if not {"community_id"} & {*columns}:
        people["community_id"] = [f"C{number % 2}" for number in place]
    opened = nanchang()
    changed = {"design": PLAIN, "groups": [], "model_groups": [], "frequency_midpoints": None, "wave_years": {}}
    tables = {"respondents": people, "participation": participation}
    return replace(
        opened,
        settings=opened.settings.model_copy(update=changed | (settings or {})),
        reading=opened.reading._replace(tables=tables),
    )


def small(*told, **columns):
    """The participation of a small study."""
    return activities_of(small_study(*told, **columns))


def midpoints(**levels):
    """Numbers of categories: usual, least and most."""
    return Midpoints.model_validate(
        {
            "source": {"zh": "测试", "en": "a test"},
            "levels": {
                level: dict(zip(("value", "low", "high"), numbers, strict=True)) for level, numbers in levels.items()
            },
        }
    )


def one(table, measure, **where):
    """The single row of a measure where columns have these values."""
    rows = table[table["measure"] == measure]
    for column, value in where.items():
        rows = rows[rows[column].astype("str") == str(value)]
    assert len(rows) == 1, rows
    return rows.iloc[0]


def errors_from_truth(table):
    """How many standard errors estimates on the simulated study lie from the truth of its process, where both are known.

    The truth is that of those who answer, of benchmarks/truth.
    """
    known = pd.read_csv(study.ROOT / "benchmarks" / "truth" / "truth.csv", dtype="str", keep_default_na=False)
    keys = list(known.columns[: known.columns.get_loc("truth")])
    labelled = table.reindex(columns=keys).astype("object").fillna("").astype("str")
    rows = labelled.assign(estimate=table["estimate"], se=table["se"]).merge(
        known[[*keys, "truth_of_answers"]], on=keys
    )
    rows = rows[rows["se"] > 0]
    return np.abs(rows["estimate"] - rows["truth_of_answers"].astype(float)) / rows["se"]
