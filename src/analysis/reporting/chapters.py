"""Which tables a chapter of a report needs in memory as a whole; of all others it takes what an engine computes."""

from collections.abc import Mapping, Sequence

from analysis import on_engine
from analysis.errors import StudyError, listing
from analysis.study import Study

SURVEY = ("respondents", "participation", "satisfaction", "answers")
IN_MEMORY: Mapping[str, Sequence[str]] = {
    "2_turnover": (),
    "3_structure": ("communities", "posts"),
    "4_workload": ("communities", "work_items", "ledgers"),
    "5_participation": (),
    "6_satisfaction": (),
    "7_evaluation": ("communities", "indicators"),
    "10_paper_tables": SURVEY,
}
"""Chapter → its tables; a chapter that is not listed may read any."""


def require_computable(study: Study) -> None:
    """Refuse a report with a chapter that needs a table in memory which lies on an engine, before anything is computed.

    Raises
    ------
    StudyError
        `chapter_on_engine`, `midpoints_on_engine`.
    """
    lying = [name for name in study.reading.tables if study.is_on_engine(name)]
    needed = {
        chapter: [name for name in lying if name in IN_MEMORY.get(chapter, lying)]
        for chapter in study.settings.chapters
    }
    if study.is_on_engine("participation") and study.settings.frequency_midpoints and "5_participation" in needed:
        raise StudyError("midpoints_on_engine", f"{study.folder / 'study.yml'}: frequency_midpoints")
    known = listing([chapter for chapter, tables in needed.items() if not tables], 20)
    for chapter, tables in needed.items():
        if tables:
            facts = {"tables": listing(tables), "most": f"{on_engine.MOST:,}", "known": known or "–"}
            raise StudyError("chapter_on_engine", study.folder / "study.yml", chapter=chapter, **facts)
