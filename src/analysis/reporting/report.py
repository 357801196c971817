"""The report of a study: its chapters' notebooks run, and one page a language that needs no network.

A report is written whole or not at all: it is built beside its place and then takes it.
"""

import base64
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import mistune
from nbformat import NotebookNode
from tqdm import tqdm

from analysis.errors import RunError, StudyError, listing, nearest
from analysis.reporting import provenance, svg
from analysis.reporting.fonts import subset
from analysis.reporting.parameters import checked
from analysis.reporting.run import run
from analysis.reporting.tables import template, three_line
from analysis.reporting.wording import Wording
from analysis.study import ROOT, Study

NOTEBOOKS = ROOT / "notebooks"
MARKDOWN = mistune.create_markdown(escape=True)
"""Words may come from a user's study: what looks like HTML in them is text."""

SET_BY_COMMAND = {"study": "STUDY", "language": "--lang", "data_dir": "--data-dir", "output_dir": "--out"}
"""Parameters of every notebook that the runner sets, and where the user says them."""
PROFILE = "community_profile"
"""The notebook of one community, which is no chapter of a study's report."""
LONGEST = 60
"""Characters of a name that a folder's name takes up."""
RECORD = "provenance.json"
"""In every report, so that a folder that has it may be replaced by the next one."""


def folder_of(study: Study, out: str | None = None) -> Path:
    """Where a study's report belongs: reports/<study>, under its latest wave where it declares waves.

    A report on one community has a folder of its own beside it, reports/<study>@<community>.
    """
    if out:
        return Path(out)
    community = "@" + safe_name(study.community) if study.community else ""
    folder = ROOT / "reports" / (study.name + community)
    return folder / study.settings.waves[-1] if study.settings.waves else folder


def safe_name(name: str) -> str:
    """A name from the data as that of a folder: letters, digits, - and _ only, and no two names alike.

    A name that can't stand as it is has a piece of its checksum at the end.
    """
    plain = re.sub(r"[^\w-]", "_", name)[:LONGEST]
    return plain if plain == name else f"{plain}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def profile(
    study: Study, community: str, wave: str, languages: Sequence[str], out: str | None = None, quiet: bool = False
) -> Path:
    """Write the page of one community, by default under reports/<study>.communities/.

    Other parameters, result and errors as of `build`.

    Parameters
    ----------
    study
        The whole study: a community stands beside all the others.
    community, wave
        A community of it, and the wave of the survey; the last one where it is empty.
    """
    folder = Path(out) if out else ROOT / "reports" / f"{study.name}.communities" / wave / safe_name(community)
    named = replace(study, community=community)
    given = {"community": community} | ({"wave": wave} if wave else {})
    return build(named, languages, folder, given, str(study.folder), str(study.data), quiet, chapters=[PROFILE])


def build(
    study: Study,
    languages: Sequence[str],
    out: Path,
    given: Mapping[str, object],
    name: str,
    data_dir: str,
    quiet: bool = False,
    chapters: Sequence[str] = (),
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
    chapters
        The notebooks; those that the study names where none is given.

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
    for language in languages:
        if language not in study.settings.languages:
            raise StudyError("language_unknown", study.name, language=language, known=listing(study.settings.languages))
    notebooks = [_notebook(chapter, study) for chapter in chapters or study.settings.chapters]
    for name_given in given:
        if name_given in SET_BY_COMMAND:
            raise StudyError("parameter_reserved", name=name_given, option=SET_BY_COMMAND[name_given])
    for notebook in notebooks:
        checked(given, notebook)
    if out.exists() and not (out.is_dir() and (not any(out.iterdir()) or (out / RECORD).is_file())):
        raise StudyError("folder_taken", out)
    with _replacing(out) as building:
        opened = {"study": name, "data_dir": data_dir, "output_dir": str(building)}
        steps = [(language, notebook) for language in languages for notebook in notebooks]

        def body(step: tuple[str, Path]) -> str:
            language, notebook = step
            executed = building / "notebooks" / f"{notebook.stem}.{language}.ipynb"
            return _body(run(notebook, executed, opened | {"language": language} | dict(given)))

        # A thread only waits for its kernel, which is a process of its own.
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            bodies = list(
                tqdm(pool.map(body, steps), total=len(steps), disable=quiet, unit="notebook", desc=study.name)
            )
        shown = dict(zip(steps, bodies, strict=True))
        for language in languages:
            parts = [(notebook.stem, shown[language, notebook]) for notebook in notebooks]
            (building / f"index.{language}.html").write_text(_page(study, language, parts, languages), encoding="utf-8")
        record = provenance.record(study, notebooks, given)
        (building / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return out / f"index.{languages[0]}.html"


def _notebook(chapter: str, study: Study) -> Path:
    known = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    if chapter not in known:
        place = f"{study.folder / 'study.yml'}: chapters"
        raise StudyError("settings_key", place, key=chapter, nearest=nearest(chapter, known), known=listing(known))
    return NOTEBOOKS / f"{chapter}.ipynb"


@contextmanager
def _replacing(out: Path) -> Iterator[Path]:
    """A folder to build in, beside the place that it takes when all went well; otherwise it is removed."""
    building = out.parent / f".{out.name}.building-{os.getpid()}"
    former = out.parent / f".{out.name}.former-{os.getpid()}"
    try:
        building.mkdir(parents=True)
        yield building
        if out.exists():
            out.rename(former)
        building.rename(out)
    except OSError as problem:
        if former.exists() and not out.exists():
            former.rename(out)
        raise RunError("not_writable", out, problem=problem.strerror or str(problem)) from None
    finally:
        shutil.rmtree(building, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


def _body(executed: NotebookNode) -> str:
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


def _page(study: Study, language: str, chapters: Sequence[tuple[str, str]], languages: Sequence[str]) -> str:
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
    page = svg.with_each_glyph_once(page)
    shown = "".join(sorted(set(re.sub(r"<[^>]*>", "", page))))
    return page.replace("data:font/woff;base64,", "data:font/woff;base64," + base64.b64encode(subset(shown)).decode())


def _counts(study: Study, words: Wording) -> str:
    """How many rows of each file were read, accepted and set aside, as a table."""
    counts = study.reading.counts
    names = []
    for file, table, is_shared in zip(
        counts["file"], counts["table"], counts.duplicated("file", keep=False), strict=True
    ):
        own = words.label("data_table", table)
        names.append(words.text("counts_of_table", file=file, table=own) if is_shared else file)
    grid = counts[["read", "accepted", "set_aside"]].map(words.count)
    grid = grid.rename(columns=lambda name: words.text(f"counts_{name}")).set_axis(names)
    notes = [words.text(note["note"], **note) for note in study.reading.notes.to_dict("records")]
    return three_line(grid.rename_axis(words.text("counts_file")), words.text("table_counts"), notes)
