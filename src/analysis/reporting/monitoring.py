"""What is watched on each path, and the models that a paper names, in words: frames for three-line tables."""

import re

import pandas as pd

from analysis.measure import TIMES
from analysis.monitoring import OCCASIONS, Course, Plan, Watched
from analysis.monitoring.city_models import CityModels
from analysis.reporting.wording import MISSING, Wording

PERIOD = re.compile(r"(?P<start>\d{4}-\d\d-\d\d)/(?P<end>\d{4}-\d\d-\d\d)")
"""From one day to another, as ISO 8601 has it."""


def monitored_words(table: pd.DataFrame, plan: Plan, source: str, words: Wording) -> pd.DataFrame:
    """The indicators of one source's paths: measure, time, value, the value before, and how near it is to the path.

    Parameters
    ----------
    table
        What `monitoring.monitored` gives, as it may be shown.
    """
    rows = []
    for path in plan.of(source):
        for place, watched in enumerate(path.indicators, 1):
            own = table[(table["path"] == path.id) & (table["monitored"] == str(place))]
            before, latest = (own[own["occasion"] == occasion] for occasion in OCCASIONS)
            row = latest.iloc[0]
            rows.append(
                {
                    "monitoring_path": path.words[words.language],  # type: ignore[index]
                    "measure": indicator(watched, words),
                    "monitoring_when": _when(row, words),
                    "column_estimate": words.text("monitoring_no_data")
                    if row["reason"] == "no_data"
                    else _cell(row, words),
                    "monitoring_before": f"{_cell(before.iloc[0], words)} · {_when(before.iloc[0], words)}"
                    if len(before)
                    else MISSING,
                    "monitoring_kind": _kind(watched, words),
                }
            )
    return pd.DataFrame(rows).rename(columns={key: words.text(key) for key in rows[0]})


def indicator(watched: Watched, words: Wording) -> str:
    """What an indicator is called: its measure, and the levels that the plan names."""
    named = [words.label(column, level) for column, level in watched.where.items()]
    if not named:
        return words.measure(watched.measure)
    return words.text("monitoring_of", measure=words.measure(watched.measure), levels=words.text("and").join(named))


def lacking_words(path: Course, words: Wording) -> str:
    """What of a path has no measure yet, as one text."""
    named = [one[words.language] for one in path.lacking]  # type: ignore[index]
    return words.text("and_then").join(named) if named else words.text("monitoring_nothing_lacking")


def models_words(models: CityModels, words: Wording) -> pd.DataFrame:
    """The models with headings in words; the sentence stays as it was printed."""
    language = words.language
    rows = [
        {
            "models_place": model.place[language],  # type: ignore[index]
            "models_name": model.name[language],  # type: ignore[index]
            "models_since": model.since or MISSING,
            "models_features": model.features[language],  # type: ignore[index]
            "models_result": model.said_result[language] if model.said_result else MISSING,  # type: ignore[index]
            "models_sentence": model.sentence,
        }
        for model in models.models
    ]
    return pd.DataFrame(rows).rename(columns={key: words.text(key) for key in rows[0]})


def _cell(row: pd.Series, words: Wording) -> str:
    """An estimate with its interval; an unreliable one is withheld, and one to be looked at is marked."""
    if row["reliability"] == "suppress":
        return words.text("withheld")
    return words.cell(row) + (words.text("mark_review") if row["reliability"] in ("footnote", "review") else "")


def _when(row: pd.Series, words: Wording) -> str:
    """The time of a row in words."""
    named = [words.label(column, row[column]) for column in TIMES if column in row and pd.notna(row[column])]
    if named:
        return named[0]
    period = PERIOD.fullmatch(row["window"])
    return words.text("monitoring_period", **period.groupdict()) if period else words.window(row["window"]) or MISSING


def _kind(watched: Watched, words: Wording) -> str:
    """Whether the indicator is what the path wants, or near to it, and how."""
    kind = words.text("monitoring_proxy" if watched.is_proxy else "monitoring_direct")
    note = watched.note[words.language] if watched.note else ""  # type: ignore[index]
    return words.text("monitoring_noted", kind=kind, note=note) if note else kind
