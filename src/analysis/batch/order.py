"""What a batch is asked for, and where it belongs; nothing here reads the study's data."""

import hashlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis import folders, provenance, report_formats
from analysis.checksums import digest, digest_of_code
from analysis.errors import StudyError, listing, nearest
from analysis.locations import ROOT, data_folder, folder_of
from analysis.settings import Settings, load

if TYPE_CHECKING:
    from analysis.study import Study

NOTEBOOK = ROOT / "notebooks" / "community_profile.ipynb"


@dataclass(frozen=True)
class Order:
    """The pages of which communities, in which languages, and where.

    Attributes
    ----------
    folder, data
        Of the study: where study.yml and the raw files lie.
    languages, formats
        Those of every folder that is written; HTML is one of the formats, for a start page leads to it.
    wave
        The wave of the survey; empty for the last one of each question.
    where
        Columns of the communities' table and the values that they must have.
    communities
        Ids; all where there are none.
    out
        The folder in which every community has one.
    notebook
        The notebook of a page.
    """

    folder: Path
    data: Path
    settings: Settings
    languages: tuple[str, ...]
    formats: tuple[str, ...]
    wave: str
    where: tuple[tuple[str, str], ...]
    communities: tuple[str, ...]
    out: Path
    notebook: Path = NOTEBOOK

    def source(self) -> str:
        """A checksum of all files that the pages depend on; empty where one can't be read, of which opening the study tells."""
        try:
            read = provenance.inputs(self.folder, self.data, self.settings)
            files = [digest(path) for path in (self.notebook, ROOT / "uv.lock")]
        except (OSError, StudyError):
            return ""
        code = digest_of_code()
        places = [str(self.folder), str(self.data), self.wave, sys.version_info[:3], self.languages, self.formats]
        return hashlib.sha256(json.dumps([read, files, code, *places]).encode()).hexdigest()[:32]

    @property
    def choice(self) -> str:
        """What is asked for among the communities, as a key; empty for all of them."""
        return json.dumps([self.where, self.communities]) if self.where or self.communities else ""

    def place(self, community: str) -> Path:
        """The folder of one community."""
        return self.out / folders.safe_name(community)

    def chosen(self, study: "Study") -> list[str]:
        """The communities of the study that are asked for, in the order of their ids.

        Raises
        ------
        StudyError
            `unknown_community`, `no_communities`, `batch_column`, `batch_nothing`.
        """
        known = study.communities()
        if not known:
            raise StudyError("no_communities", study.folder / "study.yml")
        study.require_communities(self.communities)
        chosen = {*(self.communities or known)}
        for column, value in self.where:
            values = _column(study, column, known)
            found = {community for community, told in values.items() if told == value}
            if not found:
                told = sorted({*values.values()})
                raise StudyError("batch_nothing", column=column, value=value, nearest=nearest(value, told))
            chosen &= found
        if not chosen:
            asked = listing(f"{column}={value}" for column, value in self.where)
            raise StudyError("batch_none_together", asked=asked)
        return [community for community in known if community in chosen]


def conditions(given: Sequence[str]) -> list[tuple[str, str]]:
    """Columns and values, as COLUMN=VALUE says them.

    Raises
    ------
    StudyError
        `batch_where`.
    """
    for one in given:
        if "=" not in one:
            raise StudyError("batch_where", given=one)
    return [(column, value) for column, _, value in (one.partition("=") for one in given)]


def _column(study: "Study", column: str, known: Sequence[str]) -> dict[str, str]:
    """Each community's value of a column of the communities' table."""
    if column == "community_id":
        return dict(zip(known, known, strict=True))
    table = study.table("communities")
    if column not in table:
        columns = list(table)
        raise StudyError("batch_column", column=column, nearest=nearest(column, columns), known=listing(columns, 30))
    return dict(zip(table["community_id"].astype(str), table[column].astype(str), strict=True))


def order(
    study: str,
    data_dir: str | None = None,
    *,
    languages: Sequence[str] = (),
    formats: Sequence[str] = (),
    wave: str = "",
    where: Sequence[tuple[str, str]] = (),
    communities: Sequence[str] = (),
    out: str | None = None,
) -> Order:
    """An order, its study found and its languages checked.

    Parameters
    ----------
    study, data_dir
        As of `analysis.study.read`.
    formats
        Beside HTML.
    out
        By default reports/<study>.communities, and of one wave reports/<study>.communities.<wave>.

    Raises
    ------
    StudyError
        `unknown_study`, `language_unknown`, `report_format`, and what is wrong in study.yml.
    """
    folder = folder_of(study)
    settings = load(folder / "study.yml", Settings)
    settings.require_languages(languages, folder.name)
    data = data_folder(folder, data_dir, settings)
    more = report_formats.known(formats)
    name = f"{folder.name}.communities" + (f".{folders.safe_name(wave)}" if wave else "")
    return Order(
        folder=folder,
        data=data,
        settings=settings,
        languages=tuple(dict.fromkeys(languages or settings.languages)),
        formats=tuple(name for name in report_formats.FORMATS if name == "html" or name in more),
        wave=wave,
        where=tuple(where),
        communities=tuple(communities),
        out=Path(out).absolute() if out else ROOT / "reports" / name,
    )
