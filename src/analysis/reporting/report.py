"""The report of a study: its chapters' notebooks run, and one page a language that needs no network.

A report is written whole or not at all: it is built beside its place and then takes it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import mistune
from nbformat import NotebookNode
from tqdm import tqdm

from analysis import provenance
from analysis.errors import StudyError, listing, nearest
from analysis.folders import RECORD, replacing, require_replaceable, safe_name
from analysis.locations import ROOT
from analysis.reporting import svg
from analysis.reporting.fonts import carrying
from analysis.reporting.parameters import checked
from analysis.reporting.run import run
from analysis.reporting.tables import template, three_line
from analysis.reporting.wording import Wording
from analysis.study import Study

NOTEBOOKS = ROOT / "notebooks"
MARKDOWN = mistune.create_markdown(escape=True)
"""Words may come from a user's study: what looks like HTML in them is text."""

SET_BY_COMMAND = {"study": "STUDY", "language": "--lang", "data_dir": "--data-dir", "output_dir": "--out"}
"""Parameters of every notebook that the runner sets, and where the user says them."""


def folder_of(study: Study, out: str | None = None) -> Path:
    """Where a study's report belongs: reports/<study>, under its latest wave where it declares waves.

    A report on one community has a folder of its own beside it, reports/<study>@<community>.
    """
    if out:
        return Path(out)
    community = "@" + safe_name(study.community) if study.community else ""
    folder = ROOT / "reports" / (study.name + community)
    return folder / study.settings.waves[-1] if study.settings.waves else folder


def build(
    study: Study,
    languages: Sequence[str],
    out: Path,
    given: Mapping[str, object],
    name: str,
    data_dir: str,
    quiet: bool = False,
) -> Path:
    """Run the chapters of a study and write its report.

    Parameters
    ----------
    languages
        One page for each.
    out
        The report's folder; what stood there is replaced once everything has been built.
    given
        Parameters for the notebooks beside study, language and data folder.
    name, data_dir
        How the study is opened in the notebooks.

    Returns
    -------
    pathlib.Path
        The page in the first language.

    Raises
    ------
    StudyError
        A language or a parameter that can't be given, or a folder that holds something else than a report.
    RunError
        A notebook failed, or the folder can't be written.
    """
    study.settings.require_languages(languages, study.name)
    notebooks = [_notebook(chapter, study) for chapter in study.settings.chapters]
    for name_given in given:
        if name_given in SET_BY_COMMAND:
            raise StudyError("parameter_reserved", name=name_given, option=SET_BY_COMMAND[name_given])
    for notebook in notebooks:
        checked(given, notebook)
    require_replaceable(out)
    with replacing(out) as building:
        opened = {"study": name, "data_dir": data_dir, "output_dir": str(building)}
        steps = [(language, notebook) for language in languages for notebook in notebooks]

        def body(step: tuple[str, Path]) -> str:
            language, notebook = step
            executed = building / "notebooks" / f"{notebook.stem}.{language}.ipynb"
            return body_of(run(notebook, executed, opened | {"language": language} | dict(given)))

        # A thread only waits for its kernel, which is a process of its own.
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            bodies = list(
                tqdm(pool.map(body, steps), total=len(steps), disable=quiet, unit="notebook", desc=study.name)
            )
        shown = dict(zip(steps, bodies, strict=True))
        for language in languages:
            parts = [(notebook.stem, shown[language, notebook]) for notebook in notebooks]
            (building / f"index.{language}.html").write_text(
                page_of(study, language, parts, languages), encoding="utf-8"
            )
        record = provenance.record(study, notebooks, given)
        (building / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return out / f"index.{languages[0]}.html"


def _notebook(chapter: str, study: Study) -> Path:
    known = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    if chapter not in known:
        place = f"{study.folder / 'study.yml'}: chapters"
        raise StudyError("settings_key", place, key=chapter, nearest=nearest(chapter, known), known=listing(known))
    return NOTEBOOKS / f"{chapter}.ipynb"


def body_of(executed: NotebookNode) -> str:
    """What an executed notebook shows, without its code: texts, tables and figures in their order."""
    shown = [
        output.data
        for cell in executed.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "data" in output
    ]
    return "\n".join(_fragment(data) for data in shown)


def _fragment(data: Mapping[str, str]) -> str:
    if "text/html" in data:
        return data["text/html"]
    if "image/svg+xml" in data:
        return f"<figure>{svg.inline(data['image/svg+xml'])}</figure>"
    return str(MARKDOWN(data.get("text/markdown", "")))


def page_of(study: Study, language: str, chapters: Sequence[tuple[str, str]], languages: Sequence[str]) -> str:
    """The page of a report: names of its chapters and what each shows, with the links to the page in other languages."""
    words = Wording(study.catalogue, language)
    page = template("report.html").render(
        words=words,
        language=language,
        languages=languages,
        study=study,
        title=study.settings.title[language],  # type: ignore[index]
        summary=study.settings.summary[language],  # type: ignore[index]
        origin=study.origin,
        chapters=[{"id": name, "title": words.text(f"chapter_{name}"), "body": body} for name, body in chapters],
        counts=_counts(study, words),
    )
    return carrying(svg.with_each_glyph_once(page))


def _counts(study: Study, words: Wording) -> str:
    """How many rows of each file were read, accepted and set aside, as a table."""
    counts = study.reading.counts
    names = []
    for file, table, is_shared in zip(
        counts["file"], counts["table"], counts.duplicated("file", keep=False), strict=True
    ):
        own = words.label("data_table", table)
        names.append(words.text("counts_of_table", file=file, table=own) if is_shared else file)
    grid = counts[["read", "accepted", "excluded", "set_aside"]].map(words.count)
    grid = grid.rename(columns=lambda name: words.text(f"counts_{name}")).set_axis(names)
    notes = [words.text(note["note"], **note) for note in study.reading.notes.to_dict("records")]
    return three_line(grid.rename_axis(words.text("counts_file")), words.text("table_counts"), notes)
