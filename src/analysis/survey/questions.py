"""Single questions of a survey: how often each answer was given, and the mean of the marks.

Input are long tables: `answers`, and the marks of `satisfaction`, one row per respondent, wave and item. Each is held
against all respondents of the design, so that whoever was not asked keeps his place in it.
"""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from analysis.inference import Estimates, SurveyDesign, mean, proportion
from analysis.measure import combined
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.survey.respondents import NOT_ASKED, RESPONDENT, is_stranger

WITHOUT_OPINION = ("dont_know", "refused", "no_answer")
"""Reasons for which an answer is missing though the question was heard."""
WITH_MARKS = ("answers", "satisfaction")
"""Tables in which respondents gave marks."""


def answer_share(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of each answer to a question among those who answered it: whoever does not know or refuses is not in the base.

    Parameters
    ----------
    by
        Columns of `respondents` to break it down by.

    Returns
    -------
    pandas.DataFrame
        Measure table by item, wave and answer; an answer that nobody gave has no row.

    Raises
    ------
    StudyError
        `respondents_unknown`, and whatever the design refuses.
    """
    rows = ((item, frame) for item, frame in _by_item(study, "answers", "answer"))
    return _estimated(study, "answers", rows, "answer", by, proportion, measure="answer_share", unit="proportion")


def answer_share_of_asked(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of each answer among all who heard the question: not knowing, refusing and giving no answer are answers too.

    Parameters, result and errors as of `answer_share`; `answer` is also `dont_know`, `refused` or `no_answer`.
    """
    rows = ((item, _with_reasons(frame)) for item, frame in _by_item(study, "answers", "answer"))
    return _estimated(
        study, "answers", rows, "answer", by, proportion, measure="answer_share_of_asked", unit="proportion"
    )


def mean_mark(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Mean mark of an item among those who gave one. Parameters and errors as of `answer_share`.

    Returns
    -------
    pandas.DataFrame
        Measure table by item and wave; `table` says where the marks stand.
    """
    return combined(
        _estimated(study, table, _by_item(study, table, "mark"), "mark", by, mean, measure="mean_mark", unit="marks")
        for table in WITH_MARKS
    )


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of single questions that the study's tables allow."""
    if not study.has("respondents") or not {*by} <= {*study.table("respondents")}:
        return combined([])
    return combined(measure(study, by) for measure in (answer_share, answer_share_of_asked, mean_mark))


def _by_item(study: Study, table: str, column: str) -> Iterator[tuple[str, pd.DataFrame]]:
    """For each item that somebody answered, all respondents with their answer; `not_asked` where they have no row."""
    if not study.has(table) or column not in study.table(table):
        return
    rows, people = study.table(table), study.table("respondents")
    is_stranger(study, table)
    reason = column + MISSING
    rows = rows if reason in rows else rows.assign(**{reason: pd.Series(pd.NA, index=rows.index, dtype="str")})
    answered = {*rows.loc[rows[column].notna(), "item"]}
    for item in (level for level in study.catalogue.levels_of("item") if level in answered):
        own = rows.loc[rows["item"] == item, [*RESPONDENT, column, reason]]
        frame = people.merge(own, on=RESPONDENT, how="left", indicator="asked")
        yield item, frame.assign(**{reason: frame[reason].mask(frame["asked"] == "left_only", NOT_ASKED)})


def _with_reasons(frame: pd.DataFrame) -> pd.DataFrame:
    """The reasons that are answers in a way, in the place of the missing answers."""
    reason = frame["answer" + MISSING]
    return frame.assign(answer=frame["answer"].where(~reason.isin(WITHOUT_OPINION), reason))


def _estimated(
    study: Study,
    table: str,
    items: Iterator[tuple[str, pd.DataFrame]],
    column: str,
    by: Sequence[str],
    estimate: Callable[..., Estimates],
    **named: str,
) -> pd.DataFrame:
    """Estimates of a column for each item and each wave in which it was asked."""
    design: SurveyDesign = study.design("respondents")
    groups = list(dict.fromkeys(["wave", *by]))
    made = []
    for item, frame in items:
        found = estimate(frame, column, design, groups, table=table, **named).table
        asked = frame.loc[frame["asked"] == "both", "wave"].unique()
        made.append(found[found["wave"].isin(asked)].assign(item=item))
    return combined(made)
