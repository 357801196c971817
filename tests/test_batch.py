"""A batch of pages: exactly what is out of date is made, whole or not at all, whatever stops it."""

import errno
import gc
import hashlib
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
import yaml
from click.testing import CliRunner

from analysis import cli, folders
from analysis import study as studies
from analysis.batch import driver, fingerprint, pages, store
from analysis.batch.order import order
from analysis.errors import STOPPED, RunError, StudyError
from analysis.report_formats import FORMATS
from analysis.reporting.documents import pdf

RAW = studies.ROOT / "data" / "raw" / "nanchang"
STUDY = Path(sys.executable).parent / "study"


@pytest.fixture(autouse=True)
def collected():
    """Sockets and event loops of kernels' clients stay open until they are collected."""
    yield
    gc.collect()


def all_that_is_handed_over(notebook, executed, parameters, own):
    """A page that shows all that a kernel would be handed, made without one."""
    text = f"{own.rows.to_csv()}\n{own.description} {own.respondents} {own.asked}"
    output = nbformat.v4.new_output("display_data", data={"text/markdown": text})
    shown = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(outputs=[output], id="one")])
    executed.parent.mkdir(exist_ok=True)
    nbformat.write(shown, executed)
    return shown


@pytest.fixture
def made(monkeypatch):
    """Pages made without a kernel, each showing all that it was handed; the list of what was made."""
    calls = []

    def run(notebook, executed, parameters, own):
        calls.append((parameters["community"], parameters["language"]))
        return all_that_is_handed_over(notebook, executed, parameters, own)

    monkeypatch.setattr(pages, "run", run)
    return calls


@pytest.fixture
def make_small(make_study, roster_text):
    """A function that writes a study of one term and few columns: a page of few measures is soon made."""
    first, *rows = roster_text.splitlines(keepends=True)
    late = "".join([first, *(row for row in rows if row.split(",")[2] == "2018")])
    terms = {"2018": {"start": "2018-07-01", "end": "2021-07-01"}}
    without = dict.fromkeys(["name", "sex", "education", "is_party_member", "posts_held"])

    def make(change=str):
        return make_study(change(late), settings={"terms": terms}, columns=without)

    return make


@pytest.fixture
def small(make_small):
    return make_small()


@pytest.fixture
def asked(small, tmp_path):
    """An order of the small study's pages, C1 to C3, in English."""
    return order(str(small), languages=["en"], out=str(tmp_path / "pages"))


def carried_out(one):
    """Each community's outcome."""
    with driver.opened(one) as batch:
        return {outcome.community: outcome for outcome in batch.run(2)}


def statuses(outcomes):
    return {community: outcome.status for community, outcome in outcomes.items()}


def content(out):
    """Every file of the pages; logs, which tell times, and the store apart."""
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.relative_to(out).parts[0] not in (store.NAME, driver.LOGS)
    }


def call(*arguments):
    result = CliRunner().invoke(cli.main, ["batch", *map(str, arguments)], env={"LANG": "C.UTF-8"})
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def replaced(path, old, new):
    text = path.read_text("utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


class TestWhatIsMade:
    def test_a_second_run_does_nothing_and_does_not_open_the_study(self, asked, made, monkeypatch):
        assert statuses(carried_out(asked)) == dict.fromkeys(["C1", "C2", "C3"], "written")
        made.clear()
        monkeypatch.setattr(driver, "_read", lambda _: pytest.fail("the study was opened"))
        assert statuses(carried_out(asked)) == dict.fromkeys(["C1", "C2", "C3"], "unchanged")
        assert made == []

    def test_a_second_command_does_nothing_and_does_not_open_the_study(self, small, made, tmp_path, monkeypatch):
        """What the command line ends with is no reason to forget what was found and written."""
        call(small, "--lang", "en", "--out", tmp_path / "pages")
        start = tmp_path / "pages" / "index.en.html"
        before = start.stat().st_mtime_ns
        made.clear()
        monkeypatch.setattr(driver, "_read", lambda _: pytest.fail("the study was opened"))
        result = call(small, "--lang", "en", "--out", tmp_path / "pages")
        assert (result.exit_code, made, start.stat().st_mtime_ns) == (0, [], before)

    def test_the_start_page_lists_all_and_is_made_again_only_when_a_page_is(self, asked, made):
        carried_out(asked)
        start = asked.out / "index.en.html"
        written, before = start.read_text("utf-8"), start.stat().st_mtime_ns
        assert [written.count(f'href="{name}/index.en.html"') for name in ("C1", "C2", "C3")] == [1, 1, 1]
        assert '["C1","C1","C1",[],["3",' in written  # of the small study's roster three persons are C1's in 2018
        carried_out(asked)
        assert start.stat().st_mtime_ns == before
        start.unlink()
        carried_out(asked)
        assert start.read_text("utf-8") == written

    def test_without_disclosure_control_every_page_says_that_it_is_not_for_release(self, small, asked, made):
        carried_out(asked)
        pages_of_run = [asked.place("C1") / "index.en.html", asked.out / "index.en.html"]
        record = asked.place("C1") / "provenance.json"
        assert not any("Not for release" in path.read_text("utf-8") for path in pages_of_run)
        assert json.loads(record.read_text("utf-8"))["is_for_release"] is True
        with (small / "study.yml").open("a", encoding="utf-8") as settings:
            settings.write("disclosure: off\n")
        carried_out(order(str(small), languages=["en"], out=str(asked.out)))
        assert all("Not for release" in path.read_text("utf-8") for path in pages_of_run)
        assert json.loads(record.read_text("utf-8"))["is_for_release"] is False

    def test_the_start_page_follows_a_page_and_lists_one_that_failed_without_a_link(
        self, small, asked, made, monkeypatch
    ):
        carried_out(asked)
        replaced(small / "data" / "roster.csv", "C1", "C2")
        real = pages.run

        def run(notebook, executed, parameters, own):
            if parameters["community"] == "C1":
                raise RunError("page_failed", "notebook", error="no", traceback="")
            return real(notebook, executed, parameters, own)

        monkeypatch.setattr(pages, "run", run)
        assert statuses(carried_out(asked))["C1"] == "failed"
        start = (asked.out / "index.en.html").read_text("utf-8")
        assert 'href="C1/index.en.html"' not in start
        assert 'href="C2/index.en.html"' in start
        assert "Without an up-to-date page: 1." in start

    def test_a_page_that_was_edited_is_made_again_and_one_that_was_only_touched_is_not(self, asked, made):
        carried_out(asked)
        before = content(asked.out)
        (asked.place("C1") / "index.en.html").write_text("edited", encoding="utf-8")
        (asked.place("C2") / "index.en.html").touch()
        shutil.rmtree(asked.place("C3") / "notebooks")
        outcomes = carried_out(asked)
        assert {name: outcome.reasons for name, outcome in outcomes.items()} == {
            "C1": {"en": ["files"]},
            "C2": {},
            "C3": {"en": ["files"]},
        }
        assert content(asked.out) == before

    def test_a_folder_that_was_deleted_is_made_again(self, asked, made):
        carried_out(asked)
        shutil.rmtree(asked.place("C2"))
        assert statuses(carried_out(asked)) == {"C1": "unchanged", "C2": "written", "C3": "unchanged"}

    def test_one_more_language_leaves_no_page_that_does_not_link_to_it(self, small, asked, made, tmp_path):
        carried_out(asked)
        both = order(str(small), languages=["en", "zh"], out=str(asked.out))
        assert carried_out(both)["C1"].reasons == {"en": ["format"], "zh": ["new"]}
        assert "index.zh.html" in (asked.place("C1") / "index.en.html").read_text("utf-8")
        assert carried_out(asked)["C1"].reasons == {"en": ["format"]}
        assert not (asked.place("C1") / "index.zh.html").exists()

    def test_words_of_one_language_leave_the_other_as_it_is(self, small, tmp_path, made):
        both = order(str(small), out=str(tmp_path / "pages"))
        carried_out(both)
        page = both.place("C1") / "index.zh.html"
        before = page.stat().st_mtime_ns
        made.clear()
        replaced(small / "study.yml", "A small roster", "A little roster")
        assert carried_out(both)["C1"].reasons == {"en": ["settings"]}
        assert {language for _, language in made} == {"en"}
        assert page.stat().st_mtime_ns == before
        assert "A little roster" in (both.place("C1") / "index.en.html").read_text("utf-8")
        assert set(statuses(carried_out(both)).values()) == {"unchanged"}

    def test_formats_asked_for_stand_beside_the_page_and_a_second_run_does_nothing(self, small, tmp_path, made):
        asked = order(str(small), formats=["tex", "docx", "pdf", "docx"], out=str(tmp_path / "pages"))
        carried_out(asked)
        assert {path.name for path in asked.place("C1").glob("*.*")} == {
            *(f"{name}.{language}.{kind}" for name, kind in FILES_OF_A_PAGE for language in ("zh", "en")),
            "provenance.json",
        }
        assert all(is_whole(path) for path in asked.out.glob("*/report.*"))
        assert (asked.place("C1") / "tables" / "counts.zh.tex").is_file()
        made.clear()
        again = order(str(small), formats=["pdf", "tex", "docx"], out=str(asked.out))
        assert set(statuses(carried_out(again)).values()) == {"unchanged"}
        assert made == []

    def test_a_format_more_is_made_and_one_that_is_not_asked_for_again_goes(self, small, asked, made):
        carried_out(asked)
        before = content(asked.out)
        with_word = order(str(small), languages=["en"], formats=["docx"], out=str(asked.out))
        assert carried_out(with_word)["C1"].reasons == {"en": ["format"]}
        assert {name for name in content(asked.out) if name not in before} == {
            f"C{number}/report.en.docx" for number in (1, 2, 3)
        }
        assert carried_out(asked)["C1"].reasons == {"en": ["format"]}
        assert {*content(asked.out)} == {*before}

    def test_a_document_that_was_deleted_is_made_again_and_the_other_language_kept(self, small, tmp_path, made):
        asked = order(str(small), formats=["docx"], out=str(tmp_path / "pages"))
        carried_out(asked)
        before = content(asked.out)
        (asked.place("C2") / "report.zh.docx").unlink()
        outcomes = carried_out(asked)
        assert [outcome.reasons for outcome in outcomes.values() if outcome.reasons] == [{"zh": ["files"]}]
        assert content(asked.out) == before

    @pytest.mark.parametrize("part", fingerprint.PARTS)
    def test_every_part_of_the_fingerprint_makes_a_page_anew(self, asked, made, monkeypatch, part):
        carried_out(asked)
        whole, own = fingerprint.shared, fingerprint.own
        changed = {part: "changed"}
        known = {"data", "city"}
        monkeypatch.setattr(fingerprint, "shared", lambda *a: {**whole(*a), **({} if part in known else changed)})
        monkeypatch.setattr(fingerprint, "own", lambda p: {**own(p), **(changed if part in known else {})})
        monkeypatch.setattr(type(asked), "source", lambda _: "another")
        assert carried_out(asked)["C1"].reasons == {"en": [part]}

    def test_a_changed_notebook_makes_all_anew_and_its_outputs_do_not_count(self, small, asked, made, tmp_path):
        notebook = tmp_path / "community_profile.ipynb"
        shutil.copy(asked.notebook, notebook)
        own = driver.Order(**{**vars(asked), "notebook": notebook})
        assert statuses(carried_out(own)) == dict.fromkeys(["C1", "C2", "C3"], "written")
        read = nbformat.read(notebook, as_version=4)
        for cell in read.cells:
            if cell.cell_type == "code":
                cell.outputs = []
        nbformat.write(read, notebook)
        assert set(statuses(carried_out(own)).values()) == {"unchanged"}
        read.cells[-1].source += "\npage.text('profile_question', community='')"
        nbformat.write(read, notebook)
        assert {tuple(one.reasons["en"]) for one in carried_out(own).values()} == {("notebook",)}

    def test_pages_of_other_numbers_are_named_and_the_start_page_shows_none_of_them(self, small, asked, made):
        """What one run hides on a page may follow from the page that another run left beside it."""
        carried_out(asked)
        start = asked.out / "index.en.html"
        before = start.read_text("utf-8")
        assert '["C1","C1","C1",[],["3",' in before
        assert '["C3","C3","C3",[],["3",' in before
        replaced(small / "data" / "roster.csv", "C1", "C3")  # one of C1's three persons is C3's now
        one = [small, "--lang", "en", "--out", asked.out, "--where", "community_id=C1"]
        assert json.loads(call(*one, "--json").stdout.splitlines()[-1])["older"] == ["C3"]
        assert re.search(r"not to be given out beside .*: C3\n", call(*one).stdout)  # though this run has made nothing
        mixed = start.read_text("utf-8")
        assert '["C1","C1","C1",[],["2",' in mixed
        assert '"C3",[],["3",' not in mixed
        assert 'href="C3/index.en.html"' not in mixed
        assert json.loads(call(*one[:-2], "--json").stdout.splitlines()[-1])["older"] == []
        assert '["C3","C3","C3",[],["4",' in start.read_text("utf-8")

    def test_a_page_in_another_format_or_language_is_not_of_other_numbers(self, small, asked, made):
        carried_out(asked)
        one = [small, "--lang", "zh", "--to", "tex", "--out", asked.out, "--where", "community_id=C1"]
        assert json.loads(call(*one, "--json").stdout.splitlines()[-1])["older"] == []

    def test_a_community_that_left_the_study_is_named_and_its_page_stays(self, small, asked, made):
        carried_out(asked)
        roster = small / "data" / "roster.csv"
        lines = roster.read_text("utf-8").splitlines(keepends=True)
        roster.write_text("".join(line for line in lines if not line.startswith("C3,")), encoding="utf-8")
        result = call(small, "--lang", "en", "--out", asked.out)
        assert "No longer in the study, their pages still in" in result.stdout
        assert "C3" in result.stdout
        assert (asked.place("C3") / "index.en.html").is_file()


FILES_OF_A_PAGE = [("index", "html"), ("report", "docx"), ("report", "pdf")]


def is_whole(document):
    """Whether a PDF or Word document can be read to its end."""
    if document.suffix == ".pdf":
        return document.read_bytes().rstrip().endswith(b"%%EOF")
    with zipfile.ZipFile(document) as parts:
        return parts.testzip() is None


CHANGES = {
    "nothing that a page shows": ("communities.csv", "4376,1463", "4376,1464", set()),
    "one community's own words": ("communities.csv", "4376,1463", "4377,1463", {"C01"}),
    "a row of the roster": ("roster.csv", "P003,2012,合成003,居委会委员,女", "P003,2012,合成003,居委会委员,男", None),
    "one respondent's answer": ("satisfaction.csv", "R0001,第一次,文化活动,满意", "R0001,第一次,文化活动,不满意", None),
    "a number of ledgers": ("ledgers.csv", "C01,2014,188,84", "C01,2014,189,84", None),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    """A copy of the study of 12 communities."""
    folder = tmp_path_factory.mktemp("city")
    shutil.copytree(studies.ROOT / "studies" / "nanchang", folder / "nanchang")
    shutil.copytree(RAW, folder / "raw")
    return folder


def of_city(folder, out, **more):
    return order(str(folder / "nanchang"), str(folder / "raw"), languages=["zh"], out=str(out), **more)


@contextmanager
def with_change(folder, file, old, new):
    """One cell of the study changed, and its new checksum entered in origin.yml."""
    raw, origin = folder / "raw" / file, folder / "nanchang" / "origin.yml"
    originals = {path: path.read_bytes() for path in (raw, origin)}
    replaced(raw, old, new)
    replaced(origin, digest_of(originals[raw]), digest_of(raw.read_bytes()))
    yield
    for path, original in originals.items():
        path.write_bytes(original)


def digest_of(content):
    return hashlib.sha256(content).hexdigest()


@pytest.fixture(scope="module")
def small_city(city, tmp_path_factory):
    """The same communities with fewer measures: what the changed cells tell, and no more."""
    folder = tmp_path_factory.mktemp("small") / "city"
    shutil.copytree(city, folder)
    path = folder / "nanchang" / "study.yml"
    settings = yaml.safe_load(path.read_text("utf-8"))
    del settings["index"]
    tables = settings["tables"]
    settings["tables"] = {
        name: tables[name] for name in ("communities", "roster", "ledgers", "respondents", "satisfaction")
    }
    (staff,) = tables["roster"]["files"]
    for column in (
        "birth_date",
        "education",
        "skills",
        "certificates",
        "is_party_member",
        "leave_reason",
        "posts_held",
    ):
        del staff["columns"][column]
    path.write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def pages_of_city(small_city, tmp_path_factory):
    """The folder of a batch of all 12 communities."""
    out = tmp_path_factory.mktemp("pages") / "kept"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pages, "run", all_that_is_handed_over)
        carried_out(of_city(small_city, out))
    return out


@pytest.mark.parametrize("changed", CHANGES)
def test_exactly_the_pages_are_made_whose_content_would_change(small_city, pages_of_city, made, tmp_path, changed):
    file, old, new, expected = CHANGES[changed]
    kept = tmp_path / "kept"
    shutil.copytree(pages_of_city, kept)
    before = content(kept)
    with with_change(small_city, file, old, new):
        outcomes = carried_out(of_city(small_city, kept))
        carried_out(of_city(small_city, tmp_path / "anew"))
    anew = content(tmp_path / "anew")
    assert content(kept) == anew
    different = {name.split("/")[0] for name in anew if "/" in name and anew[name] != before[name]}
    assert {name for name, outcome in outcomes.items() if outcome.status == "written"} == different
    assert expected is None or different == expected


def test_the_notebooks_own_pages_are_the_same_made_alone_and_together(city, tmp_path):
    """On kernels: what is kept, what is made anew and a full rebuild, byte by byte, in all formats."""
    chosen = {"communities": ["C01", "C02"], "formats": FORMATS}
    kept = tmp_path / "kept"
    first = carried_out(of_city(city, kept, **chosen))
    assert set(statuses(first).values()) == {"written"}
    with with_change(city, "communities.csv", "4376,1463", "4377,1463"):
        second = statuses(carried_out(of_city(city, kept, **chosen)))
        carried_out(of_city(city, tmp_path / "anew", **chosen))
    assert [name for name, status in second.items() if status == "written"] == ["C01"]
    assert content(kept) == content(tmp_path / "anew")
    assert "4,377" in (kept / "C01" / "index.zh.html").read_text("utf-8")
    with zipfile.ZipFile(kept / "C01" / "report.zh.docx") as document:
        assert "4,377" in document.read("word/document.xml").decode()
    assert all(is_whole(kept / "C01" / f"report.zh.{kind}") for kind in ("docx", "pdf", "xlsx"))
    drawn = {path.name.split(".")[0]: path for path in (kept / "C01" / "figures").glob("*.svg")}
    assert drawn
    assert all(path.with_suffix(kind).is_file() for path in drawn.values() for kind in (".png", ".pdf"))


class TestWhatIsAsked:
    def test_explain_says_why_and_makes_nothing(self, small, asked, made):
        result = call(small, "--lang", "en", "--out", asked.out, "--explain")
        assert result.exit_code == 0
        assert "all 3 communities: en: new" in result.stdout
        assert made == []
        carried_out(asked)
        (asked.place("C2") / "index.en.html").write_text("edited", encoding="utf-8")
        assert (
            "C2: en: written files were changed" in call(small, "--lang", "en", "--out", asked.out, "--explain").stdout
        )

    def test_every_part_has_words_in_both_languages(self):
        for part in (*fingerprint.PARTS, "new", "files"):
            assert all(cli.command_text(f"batch_part_{part}", language) for language in ("zh", "en"))

    def test_json_has_a_line_for_each_community_and_one_for_all(self, small, asked, made):
        result = call(small, "--lang", "en", "--out", asked.out, "--json")
        *lines, summary = map(json.loads, result.stdout.splitlines())
        assert {line["community"]: line["status"] for line in lines} == dict.fromkeys(["C1", "C2", "C3"], "written")
        assert (summary["written"], summary["reports"], summary["failed"]) == (3, 3, 0)

    def test_where_chooses_by_columns_of_the_communities(self, small_city, made, tmp_path):
        asked = of_city(small_city, tmp_path / "pages", where=[("subdistrict", "徐家坊街道")])
        with (RAW / "communities.csv").open(encoding="utf-8") as lines:
            counted = [line.split(",")[0] for line in lines if "徐家坊街道" in line]
        assert sorted(carried_out(asked)) == sorted(counted)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["nanchang", "--by", "street"], "no pages by 'street'"),
            (["nanchang", "--where", "street"], "'street' is not COLUMN=VALUE"),
            (["nanchang", "--where", "colour=red"], "no column 'colour'"),
            (["nanchang", "--where", "community_id=C99"], "No community has community_id=C99"),
            (["nanchang", "--where", "community_id=C01", "--where", "community_id=C02"], "all of these at once"),
            (["nanchang", "--wave", "frist"], "no wave 'frist'"),
            (["nanchang", "--lang", "fr"], "no language 'fr'"),
            (["nanchang", "--to", "docx,pdx"], "'pdx' is no format of a report"),
            (["nanschang"], "nanchang"),
        ],
    )
    def test_what_cannot_be_done_is_refused_in_words_and_nothing_written(self, made, tmp_path, arguments, said):
        result = call(*arguments, "--out", tmp_path / "pages")
        assert result.exit_code == 2
        assert said in result.stderr
        assert not (tmp_path / "pages").exists()

    def test_a_study_without_communities_is_refused(self, monkeypatch, small, tmp_path):
        monkeypatch.setattr(studies.Study, "communities", lambda _: [])
        with pytest.raises(StudyError) as refused:
            carried_out(order(str(small), out=str(tmp_path / "pages")))
        assert refused.value.key == "no_communities"
        assert not (tmp_path / "pages").exists()

    def test_hostile_names_are_data_and_their_folders_safe(self, make_small, made, tmp_path):
        names = {"C1": "../../x", "C2": "$(touch pwned)", "C3": "c\nd"}

        def renamed(text):
            return re.sub("|".join(names), lambda found: f'"{names[found[0]]}"', text)

        out = tmp_path / "pages"
        result = call(make_small(renamed), "--lang", "en", "--out", out, "--json")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        assert {line["community"] for line in lines[:-1]} == set(names.values()) == {name for name, _ in made}
        assert {path.name for path in out.iterdir()} == {
            *(folders.safe_name(name) for name in names.values()),
            "index.en.html",
            store.NAME,
            driver.LOGS,
        }


class TestWhatFails:
    @pytest.fixture
    def failing(self, made, monkeypatch):
        """A function that makes one community's page fail with what is given."""
        well = pages.run

        def fail(community, problem):
            def run(notebook, executed, parameters, own):
                if own.community == community:
                    raise problem
                return well(notebook, executed, parameters, own)

            monkeypatch.setattr(pages, "run", run)

        return fail

    def test_one_page_that_fails_does_not_stop_the_others_and_is_tried_again(self, small, asked, failing, monkeypatch):
        facts = {"cell": 4, "error": "KeyError: 'x'", "traceback": "line 1 of the cell"}
        failing("C2", RunError("notebook_failed", "community_profile.ipynb", **facts))
        result = call(small, "--lang", "en", "--out", asked.out)
        assert result.exit_code == 1
        assert "failed C2: community_profile.ipynb: Cell 4 stopped with KeyError: 'x'." in result.stdout
        assert "line 1 of the cell" in driver.log_of(asked, "C2").read_text("utf-8")
        assert not asked.place("C2").exists()
        failing("", None)
        assert statuses(carried_out(asked)) == {"C1": "unchanged", "C2": "written", "C3": "unchanged"}

    def test_a_page_that_fails_leaves_the_former_one(self, small, asked, failing, made):
        carried_out(asked)
        before = content(asked.out)
        (small / "data" / "roster.csv").write_bytes(
            (small / "data" / "roster.csv").read_bytes().replace(b"1970", b"1990")
        )
        failing("C1", RunError("kernel_killed", "community_profile.ipynb", cell=2))
        assert carried_out(asked)["C1"].status == "failed"
        assert {k: v for k, v in content(asked.out).items() if k.startswith("C1")} == {
            k: v for k, v in before.items() if k.startswith("C1")
        }
        assert not list(asked.out.glob(".*"))

    def test_a_format_that_fails_leaves_the_former_page_in_all_its_formats(self, small, asked, made, monkeypatch):
        carried_out(asked)
        before = content(asked.out)

        def broken(report, folder):
            raise ValueError(f"no page of {report.community}")

        monkeypatch.setattr(pdf, "files", broken)
        more = order(str(small), languages=["en"], formats=["docx", "pdf"], out=str(asked.out))
        outcomes = carried_out(more)
        assert {outcome.error.key for outcome in outcomes.values()} == {"page_failed"}
        assert "no page of C1" in driver.log_of(asked, "C1").read_text("utf-8")
        assert {name: text for name, text in content(asked.out).items() if "/" in name} == {
            name: text for name, text in before.items() if "/" in name
        }
        assert not list(asked.out.glob(".*"))

    def test_what_nobody_foresaw_is_told_with_its_place(self, asked, failing):
        failing("C3", ZeroDivisionError("by nothing"))
        outcome = carried_out(asked)["C3"]
        assert (outcome.status, outcome.error.key) == ("failed", "page_failed")
        assert "in run" in driver.log_of(asked, "C3").read_text("utf-8")

    @pytest.mark.parametrize(
        "problem",
        [
            OSError(errno.ENOSPC, "No space left on device"),
            RunError(
                "notebook_failed", "x.ipynb", cell=3, error=f"OSError: [Errno {errno.ENOSPC}] No space left on device"
            ),
        ],
    )
    def test_a_full_disk_stops_it_and_what_is_whole_stays(self, small, asked, failing, problem):
        failing("C2", problem)
        result = call(small, "--lang", "en", "--out", asked.out, "--jobs", 1)
        assert result.exit_code == 1
        assert f"{asked.out}: The disk of this folder is full" in result.stderr
        assert (asked.place("C1") / "index.en.html").is_file()
        assert not list(asked.out.glob(".*"))

    def test_a_folder_of_something_else_is_not_replaced(self, asked, made):
        asked.place("C1").mkdir(parents=True)
        (asked.place("C1") / "thesis.docx").write_text("mine", encoding="utf-8")
        outcome = carried_out(asked)["C1"]
        assert (outcome.status, outcome.error.key) == ("failed", "folder_taken")
        assert (asked.place("C1") / "thesis.docx").read_text("utf-8") == "mine"

    def test_the_pages_of_another_study_are_not_replaced(self, small, asked, made, tmp_path):
        carried_out(asked)
        before = content(asked.out)
        shutil.copytree(small, tmp_path / "other")
        result = call(tmp_path / "other", "--lang", "en", "--out", asked.out)
        assert result.exit_code == 2
        assert f"{asked.place('C1')}: This folder holds the report on {small.name} C1." in result.stderr
        assert content(asked.out) == before

    def test_a_folder_that_cannot_be_made_is_refused(self, small, made, tmp_path):
        (tmp_path / "file").write_text("", encoding="utf-8")
        with pytest.raises(RunError) as refused:
            carried_out(order(str(small), out=str(tmp_path / "file" / "pages")))
        assert refused.value.key == "not_writable"


class TestWhatStopsIt:
    def test_two_at_once_on_the_same_pages_are_refused_and_the_first_is_named(self, small, asked, made):
        carried_out(asked)
        with driver.opened(asked):
            result = call(small, "--lang", "en", "--out", asked.out)
            assert result.exit_code == 1
            assert f"by the process {os.getpid()}" in result.stderr
        assert call(small, "--lang", "en", "--out", asked.out).exit_code == 0

    def test_the_lock_is_of_the_system_and_another_process_meets_it(self, small, asked, made):
        carried_out(asked)
        with driver.opened(asked):
            command = [str(STUDY), "batch", str(small), "--lang", "en", "--out", str(asked.out)]
            ended = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, env=_environment())
        assert (ended.returncode, f"by the process {os.getpid()}" in ended.stderr) == (1, True)

    def test_a_store_of_junk_is_set_aside_and_all_is_made_anew(self, small, asked, made):
        carried_out(asked)
        (asked.out / store.NAME).write_bytes(b"junk" * 5000)
        result = call(small, "--lang", "en", "--out", asked.out)
        assert "could not be read and is now" in result.stderr
        assert "written    3" in result.stdout
        assert (asked.out / "batch.unreadable").read_bytes().startswith(b"junk")
        assert set(statuses(carried_out(asked)).values()) == {"unchanged"}

    def test_a_store_that_is_damaged_in_the_middle_is_set_aside(self, asked, made):
        carried_out(asked)
        path = asked.out / store.NAME
        damaged = bytearray(path.read_bytes())
        damaged[4096:] = b"\xff" * (len(damaged) - 4096)
        path.write_bytes(damaged)
        assert set(statuses(carried_out(asked)).values()) == {"written"}

    def test_leftovers_of_a_killed_run_go_and_a_report_that_it_moved_away_comes_back(self, asked, made):
        carried_out(asked)
        before = content(asked.out)
        asked.place("C1").rename(asked.out / ".C1.former-77")
        shutil.copytree(asked.place("C2"), asked.out / ".C2.former-77")
        (asked.out / ".C2.building-77" / "figures").mkdir(parents=True)
        assert set(statuses(carried_out(asked)).values()) == {"unchanged"}
        assert content(asked.out) == before

    def test_ctrl_c_finishes_what_is_at_hand_and_the_next_run_goes_on(self, small, asked, made, monkeypatch):
        well = pages.run

        def run(*given):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(0.05)
            return well(*given)

        monkeypatch.setattr(pages, "run", run)
        result = call(small, "--lang", "en", "--out", asked.out, "--jobs", 1)
        assert result.exit_code == STOPPED
        assert "the same command goes on with the rest" in result.stderr
        first = [name for name, _ in made]
        assert 0 < len(first) < 3
        assert f"written    {len(first)}" in result.stdout
        monkeypatch.setattr(pages, "run", well)
        assert {name for name, one in carried_out(asked).items() if one.status == "written"} == {"C1", "C2", "C3"} - {
            *first
        }

    def test_ctrl_c_while_a_page_is_handed_to_its_thread_waits_for_the_page(self, small, asked, made, monkeypatch):
        class Interrupted(ThreadPoolExecutor):
            def submit(self, *given):
                future = super().submit(*given)
                wait([future])
                os.kill(os.getpid(), signal.SIGINT)
                return future

        monkeypatch.setattr(driver, "ThreadPoolExecutor", Interrupted)
        result = call(small, "--lang", "en", "--out", asked.out)
        assert result.exit_code == STOPPED
        assert made == [("C1", "en")]
        assert "written    1" in result.stdout

    def test_ctrl_c_while_the_study_is_read_ends_as_a_stopped_program_does(self, small, asked, monkeypatch):
        def stopped(_):
            raise KeyboardInterrupt

        monkeypatch.setattr(driver, "_read", stopped)
        assert call(small, "--lang", "en", "--out", asked.out).exit_code == STOPPED
        assert not asked.out.exists()

    def test_a_killed_driver_leaves_whole_pages_and_the_next_run_makes_the_rest(self, small_city, tmp_path):
        out, read = tmp_path / "pages", (str(small_city / "nanchang"), str(small_city / "raw"))
        command = [str(STUDY), "batch", read[0], "--data-dir", read[1], "--lang", "en", "--to", "xlsx"]
        command += ["--out", str(out), "--jobs", "2"]
        begun = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=_environment())
        while begun.poll() is None and not list(out.glob("C*")):
            time.sleep(0.01)
        begun.kill()
        begun.wait()
        standing = {path.name for path in out.glob("C*") if path.is_dir()}
        assert 0 < len(standing) < 12
        assert all((out / name / "index.en.html").read_text("utf-8").endswith("</html>") for name in standing)
        assert all(is_whole(out / name / "report.en.xlsx") for name in standing)
        outcomes = carried_out(order(*read, languages=["en"], formats=["xlsx"], out=str(out)))
        assert len(outcomes) == 12
        assert sum(outcome.status == "unchanged" for outcome in outcomes.values()) >= len(standing) - 2
        assert not list(out.glob(".*"))


class TestTheStore:
    def test_what_was_entered_is_found_again_and_what_is_not_committed_is_not(self, tmp_path):
        entry = store.Entry({"data": "a"}, "source", "content", "state")
        with store.opened(tmp_path) as known:
            known.enter("C1", {"zh": entry, "en": entry})
            known.enter("C1", {"zh": entry})
        with store.opened(tmp_path) as known:
            assert known.entries("C1") == {"zh": entry}
            assert known.communities() == ["C1"]
            known.choose("source", "", ["C1", "C2"])
            known.choose("another", "", ["C1"])
            assert (known.chosen("source", ""), known.chosen("another", "")) == (None, ["C1"])

    def test_a_full_disk_is_told_as_one(self, tmp_path):
        full = sqlite3.OperationalError("database or disk is full")
        full.sqlite_errorcode = sqlite3.SQLITE_FULL
        with pytest.raises(RunError) as told, store.opened(tmp_path):
            raise full
        assert told.value.key == "disk_full"


def _environment():
    return {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "LANG"))} | {
        "LANG": "C.UTF-8"
    }
