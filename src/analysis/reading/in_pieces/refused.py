"""What looks at more than one row at a time, and is refused where a table may be larger than memory."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from analysis.errors import StudyError
from analysis.settings import AttentionCheck, Correction, Duration, Exclusion, OutOfPopulation, Settings
from analysis.survey.careless import ANSWERS


def require_possible(settings: Settings, corrections: Iterable[Correction], folder: Path) -> None:
    """Refuse a decision of the study that needs all rows of a table, or those of another, at once.

    Raises
    ------
    StudyError
        `not_in_pieces`, with its place.
    """
    for place in _beyond_one_row(settings, corrections):
        raise StudyError("not_in_pieces", f"{folder}/{place}")


def _beyond_one_row(settings: Settings, corrections: Iterable[Correction]) -> Iterator[str]:
    """The places of such decisions."""
    for key in ("linkage", "calibrate", "skips"):
        if getattr(settings, key):
            yield f"study.yml: {key}"
    for rule in settings.exclusions:
        if not _is_of_a_row(rule):
            yield f"study.yml: exclusions.{rule.id}"
    for one in corrections:
        if one.kind == "exclude" and one.table in ANSWERS and "respondents" in settings.tables:
            yield f"corrections.yml: {one.id}"


def _is_of_a_row(rule: Exclusion) -> bool:
    if rule.table in ANSWERS:
        return False
    if isinstance(rule, Duration):
        return rule.below_of_median is None and rule.above_of_median is None
    return isinstance(rule, AttentionCheck | OutOfPopulation)
