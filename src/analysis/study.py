"""A study: its tables, its origin, and what was decided for it. What a notebook opens.

A study is a folder with origin.yml and study.yml, and corrections.yml and claims.yml where it has any. The shipped ones lie
under studies/; any other folder can be named by its path.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis import on_engine, reading, references
from analysis.catalogue import LANGUAGES, Catalogue, Entry, extended
from analysis.errors import StudyError, listing, nearest, reader_language
from analysis.inference import SurveyDesign
from analysis.inference.relations.relation import Frame
from analysis.locations import DEFAULT, data_folder
from analysis.locations import ROOT as ROOT
from analysis.locations import folder_of as folder_of
from analysis.locations import names as names
from analysis.reading import Reading
from analysis.reading.persons.protection import masked
from analysis.settings import Correction, Corrections, Origin, Settings, Term, load
from analysis.survey.weighting import Weighting, weigh


@dataclass(frozen=True, eq=False)
class Study:
    """An opened study.

    Attributes
    ----------
    name
        The name of its folder.
    folder
        Where study.yml lies.
    data
        Where the raw files lie.
    reading
        Tables, quarantine, counts and what linking did.
    community
        The one community that the study is restricted to, or empty.
    weighting
        What calibrating the weights did; None where the study does not.
    corrections
        What somebody decided about cells and rows of the source.
    """

    name: str
    folder: Path
    data: Path
    settings: Settings
    origin: Origin
    catalogue: Catalogue
    reading: Reading
    community: str = ""
    weighting: Weighting | None = None
    corrections: Sequence[Correction] = ()

    @property
    def is_synthetic(self) -> bool:
        """Whether the data were made by a program."""
        return self.origin.is_synthetic

    @property
    def terms(self) -> dict[str, Term]:
        """The declared terms, in order of time."""
        return dict(sorted(self.settings.terms.items(), key=lambda term: term[1].start))

    def has(self, table: str) -> bool:
        """Whether the study has a table."""
        return table in self.reading.tables

    def is_on_engine(self, name: str) -> bool:
        """Whether a table lies on an engine, so that only parts and classes of it come into memory."""
        return self.has(name) and not isinstance(self.reading.tables[name], pd.DataFrame)

    def register(self, name: str) -> Frame:
        """A table of the study as it lies: a frame, or a relation of an engine.

        Raises
        ------
        StudyError
            `table_absent`.
        """
        if not self.has(name):
            known = listing(self.reading.tables)
            raise StudyError("table_absent", self.folder / "study.yml", table=name, known=known)
        return self.reading.tables[name]

    def table(self, name: str) -> pd.DataFrame:
        """A table of the study, all its rows in memory.

        Raises
        ------
        StudyError
            `table_absent`; `table_on_engine`, where it has more rows than are read into memory.
        """
        table = self.register(name)
        if not isinstance(table, pd.DataFrame):
            raise StudyError("table_on_engine", self.folder / "study.yml", table=name, most=f"{on_engine.MOST:,}")
        return table

    def columns(self, name: str) -> list[str]:
        """The columns of a table, wherever it lies."""
        return on_engine.columns_of(self.register(name))

    def rows(self, name: str, columns: Sequence[str]) -> pd.DataFrame:
        """The rows of a table, for who reads these columns: all of a table in memory, the classes of one on an engine.

        Classes say how many rows they are (`registers.FREQUENCY`).
        """
        return on_engine.classes(self.register(name), columns) if self.is_on_engine(name) else self.table(name)

    def sensitivity(self, table: str) -> str:
        """What disclosure control takes a table to be about: as study.yml says, else as the catalogue does."""
        if self.is_synthetic:
            return "synthetic"
        declared = self.settings.sensitivity.get(table)
        return declared if declared else str(self.catalogue.table(table)["sensitivity"])

    def design(self, table: str) -> SurveyDesign:
        """How a table was sampled, as study.yml says; a simple random sample with equal weights where it says nothing.

        Errors know of calibrated weights, except in a study that is restricted to one community: its own population was not
        calibrated to, and the weights count as planned.
        """
        declared = self.settings.design.get(table)
        design = SurveyDesign(**declared.model_dump()) if declared else SurveyDesign()
        if table != "respondents" or self.weighting is None:
            return design
        made_from = None if self.community else self.weighting.made_from
        return replace(design, weights=self.weighting.column, calibrated=made_from)

    def cut_off(self, name: str, otherwise: float | list[float]) -> list[float]:
        """The values of a cut-off that study.yml sets, else those of METHODS."""
        chosen = self.settings.cut_offs[name].value if name in self.settings.cut_offs else otherwise
        return chosen if isinstance(chosen, list) else [chosen]

    def communities(self) -> list[str]:
        """The communities that any table of the study has, in the order of their ids."""
        return sorted({one for table in self.reading.tables.values() for one in on_engine.communities_of(table)})

    def require_communities(self, communities: Sequence[str]) -> None:
        """Refuse a community that no table of the study has.

        Raises
        ------
        StudyError
            `unknown_community`.
        """
        known = self.communities()
        for community in sorted({*communities} - {*known}):
            raise StudyError("unknown_community", community=community, nearest=nearest(community, known))

    def restricted(self, community: str) -> "Study":
        """The same study with the rows of one community only; all of it where the name is empty.

        Raises
        ------
        StudyError
            `unknown_community`.
        """
        if not community:
            return self
        self.require_communities([community])
        tables = on_engine.between(self.reading.tables, community, community)
        return replace(self, reading=self.reading._replace(tables=tables), community=community)


def read(name: str, data_dir: str | None = None) -> Study:
    """Read a study, whatever had to be set aside.

    Parameters
    ----------
    name
        The study's name, or the path of its folder.
    data_dir
        The folder of the raw files, or one that holds a folder of that name per study.
    """
    folder = folder_of(name)
    settings = load(folder / "study.yml", Settings)
    require_answered(settings, folder)
    if not (folder / "origin.yml").is_file():
        raise StudyError("settings_file_missing", folder / "origin.yml", file="origin.yml", what="origin")
    origin = load(folder / "origin.yml", Origin)
    corrected = folder / "corrections.yml"
    corrections = load(corrected, Corrections).corrections if corrected.is_file() else []
    added: dict[str, dict[str, Entry]] = {
        name: {level: entry.model_dump(exclude_none=True) for level, entry in levels.items()}
        for name, levels in settings.levels.items()
    }
    for name, term in settings.terms.items():
        label = {str(language): words for language, words in (term.label or {}).items()}
        added.setdefault("term", {})[name] = {"zh": name, "en": name} | label
    by_hand = [one for one in corrections if one.kind == "exclude"]
    # Words of the study's own exclusions; a correction's reason is in one language, so that it is called by its id.
    added["exclusion"] = {one.id: dict(one.reason) for one in settings.exclusions}
    added["exclusion"] |= {one.id: dict.fromkeys(LANGUAGES, one.id) for one in by_hand}
    catalogue = extended(added, settings.headings, origin.is_non_probability)
    references.require_known(settings, catalogue, corrections, folder)
    references.require_languages(settings, origin, folder)
    data = data_folder(folder, data_dir, settings)
    content = reading.read(folder, data, settings, origin, corrections, catalogue)
    content = content._replace(tables=on_engine.kept(content.tables))
    made = Study(folder.name, folder, data, settings, origin, catalogue, content, corrections=corrections)
    return _weighed(made) if settings.calibrate and _not_accepted(made).empty else made


def _weighed(study: Study) -> Study:
    """The study with calibrated weights."""
    people, did = weigh(study.table("respondents"), study.settings, study.catalogue, study.folder)
    tables = {**study.reading.tables, "respondents": people}
    return replace(study, reading=study.reading._replace(tables=tables), weighting=did)


def open(name: str = DEFAULT, data_dir: str | None = None, community: str = "") -> Study:  # noqa: A001
    """Read a study and make sure that no more rows were set aside than study.yml accepts.

    Raises
    ------
    StudyError
        `rows_set_aside`, with where and why; and whatever reading raises.
    """
    study = read(name, data_dir or None)
    require_accepted(study)
    return study.restricted(community)


def require_answered(settings: Settings, folder: Path) -> None:
    """Refuse a study of which study.yml still asks something.

    Raises
    ------
    StudyError
        `question_open`, with the first question.
    """
    for question in settings.questions[:1]:
        language = reader_language()
        asked = question.asked.get("zh" if language == "zh" else "en") or next(iter(question.asked.values()))
        choices = f" ({listing(question.choices, 12)})" if question.choices else ""
        raise StudyError(
            "question_open", folder / "study.yml", id=question.id, asked=asked + choices, count=len(settings.questions)
        )


def require_accepted(study: Study, listed: str = "") -> None:
    """Refuse a study of which more rows were set aside than somebody has accepted.

    Parameters
    ----------
    listed
        Where all faults are told of already; without it the error lists the first.
    """
    for table, row in _not_accepted(study).iterrows():
        faults = study.reading.quarantine[study.reading.quarantine["table"] == table]
        raise StudyError(
            "rows_set_aside",
            study.folder / "study.yml",
            aside=int(row["set_aside"]),
            read=int(row["read"]),
            accepted=study.settings.tables[str(table)].set_aside,
            list=listed or fault_lines(faults, study.catalogue, reader_language()),
            study=study.name,
        )


def _not_accepted(study: Study) -> pd.DataFrame:
    """The tables of which more rows were set aside than somebody has accepted, with how many were read and set aside."""
    counts = study.reading.counts.groupby("table", sort=False)[["read", "set_aside"]].sum()
    accepted = [study.settings.tables[str(table)].set_aside for table in counts.index]
    return counts[counts["set_aside"] > accepted]


def fault_lines(faults: pd.DataFrame, catalogue: Catalogue, language: str, most: int = 8) -> str:
    """Faults as a person reads them, one line for each file, column, value and rule; personal values are not repeated."""
    shown = faults.assign(
        item=[f" ({item})" if item and column else "" for item, column in faults[["item", "column"]].to_numpy()],
        value=masked(faults, catalogue),
    )
    lines = []
    grouped = shown.groupby(["file", "column", "item", "value", "rule"], sort=False)["row"]
    for (file, column, item, value, rule), rows in grouped:
        lines.append(
            catalogue.text(
                "fault_line",
                language,
                file=file,
                rows=listing(rows.unique(), 5),
                column=column + item,
                value=value,
                rule=catalogue.text(f"rule_{rule}", language),
            )
        )
    rest = [f"    … (+{len(lines) - most})"] if len(lines) > most else []
    return "\n".join([*(f"    {line}" for line in lines[:most]), *rest])
