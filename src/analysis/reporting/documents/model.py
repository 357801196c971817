"""The one model of a report: texts, tables, figures, notes and where the data come from, in one language.

Every format is rendered from it, so that all carry the same words and digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.reporting import disclosure
from analysis.reporting.blocks import Block, Table
from analysis.reporting.tables import as_block
from analysis.reporting.wording import Wording
from analysis.study import Study


@dataclass(frozen=True)
class Chapter:
    """What one notebook shows; `name` is the notebook's."""

    name: str
    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Report:
    """A report in one language.

    Attributes
    ----------
    name, community
        The study, and the community that the report is about; empty for a report on the study.
    language, languages
        Its own, and all in which it is written.
    origin
        Heading and text: who owns the data, their licence, and so on.
    counts
        How many rows of each file were read, accepted and set aside.
    warnings
        What every page must say (`warnings_of`).
    words
        For what a format says by itself.
    """

    name: str
    community: str
    language: str
    languages: Sequence[str]
    title: str
    summary: str
    chapters: Sequence[Chapter]
    origin: Sequence[tuple[str, str]]
    counts: Table
    warnings: Sequence[str]
    words: Wording


def report_of(
    study: Study, language: str, languages: Sequence[str], chapters: Sequence[tuple[str, Sequence[Block]]]
) -> Report:
    """The report of a study, from the names of its notebooks and what each shows."""
    words = Wording(study.catalogue, language)
    origin = study.origin
    kind = f"{words.text(f'sampling_{origin.sampling_kind}')} " if origin.sampling_kind else ""
    facts = {
        "owner": origin.owner[language],  # type: ignore[index]
        "licence": origin.licence,
        "date": origin.date,
        "sampling": kind + origin.sampling[language],  # type: ignore[index]
        "obtained": origin.obtained[language],  # type: ignore[index]
        "numbering": words.text("numbering"),
    }
    return Report(
        name=study.name,
        community=study.community,
        language=language,
        languages=languages,
        title=study.settings.title[language],  # type: ignore[index]
        summary=study.settings.summary[language],  # type: ignore[index]
        chapters=[Chapter(name, words.text(f"chapter_{name}"), blocks) for name, blocks in chapters],
        origin=[(words.text(f"origin_{fact}"), str(told)) for fact, told in facts.items()],
        counts=_counts(study, words),
        warnings=warnings_of(study, words),
        words=words,
    )


def warnings_of(study: Study, words: Wording) -> list[str]:
    """What every page must say: that data are synthetic, that a sample was not drawn at random, what is not for release."""
    said = {
        "note_synthetic": study.is_synthetic,
        "note_non_probability": study.catalogue.is_non_probability,
        "not_for_release": disclosure.is_off(study),
        "not_beside_others": disclosure.is_alone(study),
    }
    return [words.text(key) for key, is_so in said.items() if is_so]


def _counts(study: Study, words: Wording) -> Table:
    counts = study.reading.counts
    names = []
    for file, table, is_shared in zip(
        counts["file"], counts["table"], counts.duplicated("file", keep=False), strict=True
    ):
        own = words.label("data_table", table)
        names.append(words.text("counts_of_table", file=file, table=own) if is_shared else file)
    grid: pd.DataFrame = counts[["read", "accepted", "excluded", "set_aside"]].map(words.count)
    grid = grid.rename(columns=lambda name: words.text(f"counts_{name}")).set_axis(names)
    notes = [words.text(note["note"], **note) for note in study.reading.notes.to_dict("records")]
    return as_block("counts", words.text("table_counts"), grid.rename_axis(words.text("counts_file")), notes)
