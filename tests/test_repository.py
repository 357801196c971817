"""The repository itself: environment.yml, committed notebooks and reports, what texts name, and what must not be in it."""

import csv
import html
import io
import json
import math
import re
import subprocess
import sys
import tomllib
from itertools import chain
from zipfile import ZipFile

import docx
import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pypdfium2 as pdfium
import pytest
import yaml
from docx.oxml.ns import qn
from rattler import MatchSpec, Version, VersionSpec
from reported import shown
from test_latex import read

from analysis import study
from analysis.catalogue import base, entries
from analysis.reporting import blocks, report
from analysis.reporting.notebooks.run import settled
from analysis.reporting.revisions import differences
from analysis.reporting.revisions import written as written_reports
from analysis.reporting.revisions.differences_told import Told
from analysis.reporting.wording import Wording
from analysis.study import ROOT

UNCOMMITTED = (".ipynb", ".docx", ".pdf", ".xlsx", ".tex")
"""Files of a report that are not committed."""
REQUIRED = {"jupyterlab", "pandas", "statsmodels", "matplotlib", "seaborn", "scipy", "papermill", "nbval"}
"""The packages that the project's brief requires."""


def conda_specs():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    return [spec for spec in environment["dependencies"] if isinstance(spec, str)], environment


def test_environment_yml_is_what_pyproject_gives():
    command = [sys.executable, str(ROOT / "tools" / "environment.py"), "--check"]
    assert subprocess.run(command, check=False).returncode == 0


def test_environment_yml_names_the_required_packages_and_every_spec_parses():
    specs, environment = conda_specs()
    assert set(environment) == {"name", "channels", "dependencies"}
    assert {MatchSpec(spec).name.normalized for spec in specs} >= REQUIRED


def test_every_locked_version_satisfies_its_conda_spec():
    specs, _ = conda_specs()
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    locked = {}
    for package in lock["package"]:
        locked.setdefault(package["name"], []).append(package.get("version"))
    for spec in map(MatchSpec, specs):
        name = spec.name.normalized
        for version in locked.get(name, []):
            assert VersionSpec(str(spec.version)).matches(Version(version)), f"{name} {version}"


EACH_NOTEBOOK = pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.name
)


@EACH_NOTEBOOK
def test_a_committed_notebook_was_run_and_holds_nothing_that_varies_from_run_to_run(path):
    """That its outputs are those of a fresh run is what `pytest --nbval notebooks` looks at."""
    notebook = nbformat.read(path, as_version=4)
    assert all(cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    assert nbformat.writes(settled(notebook)) + "\n" == path.read_text(encoding="utf-8")


@EACH_NOTEBOOK
def test_a_notebook_has_one_title_one_parameters_cell_and_defines_nothing(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    texts = ["".join(cell["source"]) for cell in cells]
    titles = [
        text
        for cell, text in zip(cells, texts, strict=True)
        if cell["cell_type"] == "markdown" and text.startswith("# ")
    ]
    assert len(titles) == 1
    assert sum("parameters" in cell["metadata"].get("tags", []) for cell in cells) == 1
    code = [text for cell, text in zip(cells, texts, strict=True) if cell["cell_type"] == "code"]
    assert not [text for text in code if re.search(r"^\s*(def|class|lambda)\b|lambda ", text, re.MULTILINE)]
    outputs = json.dumps([cell.get("outputs", []) for cell in cells], ensure_ascii=False)
    assert "合成数据" in outputs


def test_no_two_notebooks_save_a_figure_or_table_under_one_name():
    calls = r"\bpage\.(?:(figure)|table|paper|published|verdicts|findings|matches)\(\s*\"([^\"]+)\""
    saved = [
        (kind or "table", name)
        for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        if cell["cell_type"] == "code"
        for kind, name in re.findall(calls, "".join(cell["source"]))
    ]
    assert len(saved) > 50
    assert sorted(set(saved)) == sorted(saved)


@pytest.fixture(scope="module")
def built(nanchang, tmp_path_factory):
    """The folder of Nanchang's report in five formats and two languages."""
    out = tmp_path_factory.mktemp("nanchang") / "report"
    forms = ["html", "docx", "pdf", "xlsx", "tex"]
    report.build(nanchang, ["zh", "en"], out, {}, "nanchang", "", quiet=True, formats=forms)
    return out


def test_the_committed_report_of_nanchang_is_what_a_fresh_run_gives(built):
    assert_same_report(built, ROOT / "reports" / "nanchang" / "second")


def test_a_row_of_a_measure_table_has_the_same_digits_in_five_formats_and_two_languages(built):
    printed = {language: dict(cells_of(built, language)) for language in ("zh", "en")}
    assert len(printed["zh"]) > 500
    assert {key: cell.replace("，", ", ") for key, cell in printed["zh"].items()} == printed["en"]
    for language, cells in printed.items():
        page = (built / f"index.{language}.html").read_text(encoding="utf-8")
        linked = re.findall(r'data-id="([^"]+)"[^>]*>(.*?)</a>', page)
        on_page = {html.unescape(key): html.unescape(re.sub("<[^>]+>", "", cell)) for key, cell in linked}
        assert on_page == {key: cell for key, cell in cells.items() if key in on_page}
        assert {key for key, cell in cells.items() if re.search(r"\d", cell)} <= {*on_page}

        document = docx.Document(built / f"report.{language}.docx")
        in_word = {unspaced("".join(cell.itertext(qn("w:t")))) for cell in document.element.body.iter(qn("w:tc"))}
        pages = pdfium.PdfDocument(built / f"report.{language}.pdf")
        in_pdf = unspaced("".join(page.get_textpage().get_text_bounded() for page in pages))
        sources = (built / "tables").glob(f"*.{language}.tex")
        in_latex = unspaced("".join(read(path.read_text(encoding="utf-8")) for path in sources))
        for cell in {unspaced(cell) for cell in cells.values()}:
            assert cell in in_word and cell in in_pdf and cell in in_latex, cell

        book = openpyxl.load_workbook(built / f"report.{language}.xlsx", read_only=True)
        in_excel = dict(estimates_of(book, language))
        told = {key: re.split(r"[ *，]", cell)[0] for key, cell in cells.items() if re.match(r"[−\d]", cell)}
        assert {key: in_excel[key] for key in told} == told


def cells_of(folder, language):
    """The id of each row that a table of the report shows, and the cell that shows it."""
    for path in sorted((folder / "notebooks").glob(f"*.{language}.ipynb")):
        for block in blocks.of_notebook(nbformat.read(path, as_version=4)):
            if isinstance(block, blocks.Table) and block.ids:
                for (_, *cells), ids in zip(block.rows, block.ids, strict=True):
                    yield from ((key, cell) for key, cell in zip(ids, cells, strict=True) if key)


def estimates_of(book, language):
    """The id of each row of a workbook's sheets, and its estimate as Excel shows it."""
    words = Wording(base(), language)
    named, estimate = words.text("column_id"), words.text("column_estimate")
    for sheet in book.worksheets[1:]:
        places = {}
        for row in sheet.iter_rows():
            told = [cell.value for cell in row]
            if named in told:
                places = {heading: told.index(heading) for heading in (named, estimate) if heading in told}
            elif len(places) == 2 and len(told) > max(places.values()):
                cell = row[places[estimate]]
                if isinstance(cell.value, int | float):
                    yield told[places[named]], shown(cell.value, cell.number_format)


def unspaced(text):
    return "".join(text.split())


@pytest.mark.parametrize(
    ("name", "language"), [("tw_village_chiefs", "zh"), ("juarez_aej_2021", "en"), ("hansard_audit11_2013", "en")]
)
def test_a_committed_report_on_other_peoples_data_is_what_a_fresh_run_gives(tmp_path, shared_data, name, language):
    """Figures and tables, in one of its languages: that both say the same numbers is tested on Nanchang, and so is the page."""
    opened = study.open(name, str(shared_data))
    report.build(opened, [language], tmp_path / "report", {}, name, str(shared_data), quiet=True)
    assert_same_report(tmp_path / "report", ROOT / "reports" / name, language)


def files_of(folder, language):
    """The committed files of a report; of one language only figures and tables, since a page has links to the others."""
    names = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    committed = {name for name in names if name.suffix not in UNCOMMITTED}
    return {name for name in committed if not language or (f".{language}." in name.name and name.suffix != ".html")}


def assert_same_report(fresh, kept, language=""):
    """The same files with the same bytes; provenance.json apart, which changes with every line of code.

    In tables of values the last of twelve digits may differ: what is found by iteration depends on the processor.
    """
    names = files_of(fresh, language)
    assert names == files_of(kept, language)
    changed = [str(name) for name in sorted(names) if not is_same_file(fresh / name, kept / name)]
    if changed := [name for name in changed if name != "provenance.json"]:
        found = differences.between(written_reports.opened(kept), written_reports.opened(fresh), "en")
        said = "\n".join([*Told(found, "en").lines(), *changed])
        pytest.fail(f"accept the change with `make reports`, and say so in CHANGELOG.md:\n{said}", pytrace=False)


def is_same_file(one, other):
    if one.read_bytes() == other.read_bytes() or one.suffix != ".csv":
        return one.read_bytes() == other.read_bytes()
    rows = [[*csv.reader(path.read_text(encoding="utf-8-sig").splitlines())] for path in (one, other)]
    return [*map(len, rows[0])] == [*map(len, rows[1])] and all(map(is_same_cell, *(chain(*table) for table in rows)))


def is_same_cell(one, other):
    try:
        return one == other or math.isclose(float(one), float(other), rel_tol=1e-10)
    except ValueError:
        return False


def test_a_committed_table_may_differ_in_the_last_digit_only(tmp_path):
    kept = tmp_path / "kept.csv"
    kept.write_text("measure,estimate\nGini,0.0418637436516\n", encoding="utf-8")
    for text, is_same in {
        "Gini,0.0418637436517": True,
        "Gini,0.0418637437": False,
        "Theil,0.0418637436516": False,
    }.items():
        fresh = tmp_path / "fresh.csv"
        fresh.write_text(f"measure,estimate\n{text}\n", encoding="utf-8")
        assert is_same_file(fresh, kept) == is_same


def git(*arguments):
    ended = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    if ended.returncode:
        pytest.skip("this is no git checkout")
    return ended.stdout


def test_committed_numbers_change_only_with_an_entry_that_results_changed(tmp_path):
    """From the last state but one of the committed tables to that of the working tree."""
    tables = ":(glob)reports/**/tables/*.csv"
    is_changed = bool(git("status", "--porcelain", "--", tables))
    states = git("log", "--format=%H", "-n", "2", "--", tables).decode().split()[0 if is_changed else 1 :]
    if not states:
        pytest.skip("there is no history of the committed reports here")
    with ZipFile(io.BytesIO(git("archive", "--format=zip", states[0], "reports", "CHANGELOG.md"))) as archive:
        archive.extractall(tmp_path)
    changed = []
    for record in sorted((tmp_path / "reports").rglob("provenance.json")):
        if (now := ROOT / record.parent.relative_to(tmp_path)).is_dir():
            found = differences.between(written_reports.opened(record.parent), written_reports.opened(now), "en")
            if any(change.kind != "new" for change in found.changes):
                changed += Told(found, "en").lines()
    logs = [(folder / "CHANGELOG.md").read_text(encoding="utf-8") for folder in (tmp_path, ROOT)]
    if changed and not results_change(*logs):
        said = "\n".join(changed)
        pytest.fail(f"no new entry of CHANGELOG.md says that results change (**Results:** …):\n{said}", pytrace=False)


def results_change(before, after):
    """Whether an entry that the changelog has now and had not before says that results changed."""
    was, is_now = ({" ".join(entry.split()) for entry in log.split("\n- ")} for log in (before, after))
    told = [entry.partition("**Results:**")[2].strip() for entry in is_now - was]
    return any(results and not results.startswith("unchanged") for results in told)


def test_an_entry_that_says_unchanged_announces_no_change():
    before = "# Changelog\n\n- One. **Results:** unchanged.\n"
    assert not results_change(before, before)
    assert not results_change(before, before + "- Two. **Results:** unchanged; more\n  rows.\n")
    assert not results_change(before, before + "- Two.\n")
    assert results_change(before, before + "- Two. **Results:** the\n  rates of Juárez.\n")


def test_nobody_elses_data_are_tracked():
    assert not [
        name
        for name in git("ls-files").decode().splitlines()
        if re.search(r"cunlizhang|elcand_|aej_p|SN7577|yrbs2015_qn8|wjx_800", name)
    ]


def test_no_page_needs_the_network():
    for page in (ROOT / "reports").rglob("*.html"):
        text = re.sub(r"data:[a-z/+]+;base64,[^\"')]*", "", page.read_text(encoding="utf-8"))
        assert not re.search(r"(src|href)=\"https?:|url\(['\"]?https?:|@import", text), page


NAMED = {name: entry for kind in ("measures", "estimators") for name, entry in entries("measures")[kind].items()}
TEXTS = sorted([*ROOT.glob("*.md"), *(text for folder in ROOT.glob("[!.]*/") for text in folder.rglob("*.md"))])
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)


def written(path):
    """What a reader of a text, or of the texts of a notebook, sees; code left out."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        text = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return CODE.sub("", text)


def anchors(path):
    """What a link into a text can name: its anchors, and its headings as GitHub names them."""
    text = path.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", CODE.sub("", text), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r"<a id=\"([^\"]+)\"", text))


def is_there(link, place):
    """Whether a relative link, from a folder, leads to a file and to an anchor that it has."""
    file, _, anchor = link.partition("#")
    path = (place / file).resolve() if file else None
    return path is None or (path.exists() and (not anchor or anchor in anchors(path)))


@pytest.mark.parametrize("path", [*TEXTS, *NOTEBOOKS], ids=lambda path: str(path.relative_to(ROOT)))
def test_every_relative_link_leads_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)", written(path))
    relative = [link for link in links if not re.match(r"[a-z]+:", link)]
    lost = [link for link in relative if not is_there(path.name + link if link.startswith("#") else link, path.parent)]
    assert lost == []


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_python_of_a_readme_runs(name):
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"stratum": np.repeat([1, 2], 40), "cluster": np.repeat(np.arange(16), 5)})
    frame = frame.assign(weight=random.uniform(1, 2, 80), income=random.normal(5, 1, 80), wave="first")
    frame = frame.assign(acts=random.poisson(1, 80), score=random.integers(1, 6, 80), sex=["female", "male"] * 40)
    frame["takes_part"] = frame["acts"] > 0
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL)
    assert blocks
    for block in blocks:
        exec(block, {"frame": frame})


def test_every_measure_and_every_estimator_is_described_in_the_methods():
    described = (ROOT / "docs" / "methods.md").read_text(encoding="utf-8")
    assert [name for name in NAMED if f"`{name}`" not in described] == []


def test_every_source_of_the_catalogue_is_a_section_of_the_methods_or_in_the_list_of_sources():
    lines = [set(re.findall(r"\w+", line)) for line in (ROOT / "docs" / "sources.md").read_text("utf-8").splitlines()]
    sources = {source.strip() for entry in NAMED.values() for source in entry["source"].split(";")}
    lost = [
        source
        for source in sources
        if not (
            is_there(source, ROOT)
            if source.startswith("docs/")
            else any({*re.findall(r"\w+", source)} <= line for line in lines)
        )
    ]
    assert sorted(lost) == []
