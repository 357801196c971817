"""The report of a study: its chapters' notebooks run, and one page a language that needs no network.

A report is written whole or not at all: it is built beside its place and then takes it.
"""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tqdm import tqdm

from analysis import provenance
from analysis.errors import StudyError, listing, nearest
from analysis.folders import RECORD, replacing, require_replaceable, safe_name, settle_one
from analysis.locations import ROOT
from analysis.reporting import blocks, documents
from analysis.reporting.chapters import require_computable
from analysis.reporting.disclosure.releases import gather
from analysis.reporting.documents.model import report_of
from analysis.reporting.notebooks.parameters import checked
from analysis.reporting.notebooks.run import limits_of, run
from analysis.study import Study

NOTEBOOKS = ROOT / "notebooks"
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
    formats: Sequence[str] = ("html",),
    template: Path | None = None,
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
    formats
        Of `report_formats.FORMATS`.
    template
        A .docx file that the Word document is written into.

    Returns
    -------
    pathlib.Path
        The file of the first format in the first language.

    Raises
    ------
    StudyError
        A language, a format or a parameter that can't be given, a chapter that an engine can't compute, or a folder that holds
        something else than a report on the same.
    RunError
        A notebook failed, or the folder can't be written.
    """
    study.settings.require_languages(languages, study.name)
    require_computable(study)
    chosen = documents.require_writable(formats, template)
    notebooks = [_notebook(chapter, study) for chapter in study.settings.chapters]
    for name_given in given:
        if name_given in SET_BY_COMMAND:
            raise StudyError("parameter_reserved", name=name_given, option=SET_BY_COMMAND[name_given])
    for notebook in notebooks:
        checked(given, notebook)
    settle_one(out)
    require_replaceable(out, study.name, str(given.get("community", "")))
    with replacing(out) as building:
        opened = {"study": name, "data_dir": data_dir, "output_dir": str(building)}
        steps = [(language, notebook) for language in languages for notebook in notebooks]

        def shown(step: tuple[str, Path]) -> Sequence[blocks.Block]:
            language, notebook = step
            executed = building / "notebooks" / f"{notebook.stem}.{language}.ipynb"
            parameters = opened | {"language": language} | dict(given)
            return blocks.of_notebook(run(notebook, executed, parameters, limits=limits_of(study.settings.engine)))

        # A thread only waits for its processes. Documents of a language come after all notebooks in the pool's queue: they take
        # the processors that the last notebooks leave.
        progress = tqdm(total=len(steps), disable=quiet, unit="notebook", desc=study.name)
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool, progress:
            all_shown = pool.map(shown, steps)
            writing = []
            for language in languages:
                chapters = []
                for notebook in notebooks:
                    chapters.append((notebook.stem, next(all_shown)))
                    progress.update()
                report = report_of(study, language, languages, chapters)
                writing.append(pool.submit(documents.write_all, report, chosen, building, template))
            written = [path for one in writing for path in one.result()]
        gather(building)
        record = provenance.record(study, notebooks, given)
        (building / RECORD).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return out / written[0]


def _notebook(chapter: str, study: Study) -> Path:
    known = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))
    if chapter not in known:
        place = f"{study.folder / 'study.yml'}: chapters"
        raise StudyError("settings_key", place, key=chapter, nearest=nearest(chapter, known), known=listing(known))
    return NOTEBOOKS / f"{chapter}.ipynb"
