"""Discrete-time survival: whether who is still there leaves in the next period."""

from typing import Unpack

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing
from analysis.inference.design import absent, numbers
from analysis.inference.estimates import Design, Estimates, Naming, Where
from analysis.inference.regression.models import BinaryLink, logistic_model
from analysis.inference.relations.relation import Frame, require_in_memory


def person_periods(
    frame: pd.DataFrame,
    exit: str,  # noqa: A002
    event: str,
    entry: str | None = None,
    period: str = "period",
) -> pd.DataFrame:
    """One row for each period in which somebody could have had the event, from one row a person.

    Parameters
    ----------
    exit
        Column of the last period that somebody was observed in, a whole number.
    event
        Column that is true, or 1, for those who had the event in that period, and false, or 0, for the censored.
    entry
        Column of the number of periods that had passed before somebody came under observation; 0 without it.
    period
        What the column of the period is to be called.

    Returns
    -------
    pandas.DataFrame
        The frame's columns, those of the design too, with `period` from entry + 1 to exit, and the event only in the
        last one. A person's rows are one cluster: name a column of persons in the design.

    Raises
    ------
    StudyError
        `column_absent`, `column_not_numeric`, `column_taken`, `duration_missing`, `duration_not_whole`,
        `duration_negative`, `exit_before_entry`, `event_not_binary`.

    Notes
    -----
    Allison (1982), Sociological Methodology 13: 61–98.
    """
    columns = [exit, event, *([] if entry is None else [entry])]
    require_in_memory(frame)
    if facts := absent(frame, columns):
        raise StudyError("column_absent", **facts)
    if period in frame:
        raise StudyError("column_taken", column=period)
    last, had = numbers(frame, exit), numbers(frame, event)
    before = np.zeros(len(frame)) if entry is None else numbers(frame, entry)

    def refuse(key: str, wrong: NDArray[np.bool_], **facts: str) -> None:
        if wrong.any():
            raise StudyError(key, count=int(wrong.sum()), rows=listing(frame.index[wrong], 5), **facts)

    for column, values in zip(columns, (last, had, before), strict=False):
        refuse("duration_missing", np.isnan(values), column=column)
    refuse("event_not_binary", (had != 0) & (had != 1), column=event)
    for column, values in ((exit, last), (entry or "", before)):
        refuse("duration_not_whole", values != np.floor(values), column=column)
        refuse("duration_negative", values < 0, column=column)
    refuse("exit_before_entry", last <= before, exit=exit, entry=entry or "0")

    counts = (last - before).astype(int)
    person = np.repeat(np.arange(len(frame)), counts)
    is_last = np.zeros(len(person), dtype=bool)
    is_last[np.cumsum(counts) - 1] = True
    step = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    rows = frame.iloc[person].reset_index(drop=True)
    return rows.assign(
        **{event: (is_last & (had[person] == 1)).astype(int), period: step + 1 + before[person].astype(int)}
    )


def hazard_model(
    frame: Frame,
    formula: str,
    design: Design,
    *,
    link: BinaryLink = "cloglog",
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Regression of the hazard on person-periods. Other parameters, result and errors as of `logistic_model`.

    Parameters
    ----------
    frame
        One row a person and period, as `person_periods` makes it; the design names the column of persons, or of what
        persons were drawn in, as clusters.
    formula
        The event and its terms; the period is among these, as categories or as a function: `event ~ C(period) + age`.
    link
        `cloglog`: exp β is the ratio of hazards of the continuous time that the periods were cut from. `logit`: exp β is
        the ratio of the odds to leave in a period.

    Notes
    -----
    Prentice & Gloeckler (1978), Biometrics 34: 57–67; Allison (1982), Sociological Methodology 13: 61–98.
    """
    return logistic_model(frame, formula, design, link=link, where=where, level=level, **named)
