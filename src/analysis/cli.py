"""The command line: thin, and fast to start, since nothing heavy is imported before a command needs it."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from analysis.catalogue import command_text
from analysis.errors import STOPPED, StudyError, reader_language


def words(key: str, **facts: object) -> str:
    """A sentence of the command line, in the reader's language."""
    return command_text(key, reader_language()).format(**facts)


def told(command: Callable[..., None]) -> Callable[..., None]:
    """Say an error in the reader's language and end with its status: 2 for input, 1 for a failed run, 130 for a stopped one."""

    @wraps(command)
    def guarded(*args: Any, **options: Any) -> None:
        try:
            command(*args, **options)
        except StudyError as error:
            click.echo(error.text(reader_language()), err=True)
            sys.exit(error.exit_status)
        except KeyboardInterrupt:
            sys.exit(STOPPED)

    return guarded


def option(name: str, *flags: str, **settings: Any) -> Callable[..., Any]:
    """An option with its help from the catalogue."""
    return click.option(*flags, name, help=words(f"option_{name}"), **settings)


study_argument = click.argument("study", default="nanchang")
data_dir_option = option("data_dir", "--data-dir", default=None)


@click.group(help=words("study"), context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]


@main.command(help=words("report"))
@study_argument
@data_dir_option
@option("lang", "--lang", default=None)
@option("out", "--out", default=None)
@option("report_to", "--to", default="html", metavar="FORMAT,…")
@option("report_template", "--template", default=None, type=click.Path(path_type=Path), metavar="FILE.docx")
@option("parameter", "-p", "--parameter", nargs=2, multiple=True, metavar="NAME VALUE")
@told
def report(
    study: str,
    data_dir: str | None,
    lang: str | None,
    out: str | None,
    report_to: str,
    report_template: Path | None,
    parameter: tuple[tuple[str, str], ...],
) -> None:
    from analysis import fork_server

    fork_server.begin()
    from analysis import compute
    from analysis import study as studies
    from analysis.reporting import processed
    from analysis.reporting import report as reports

    opened = studies.read(study, data_dir)
    processed.write(opened)
    studies.require_accepted(opened)
    compute.require_sound(opened)
    given = dict(parameter)
    opened = opened.restricted(given.get("community", ""))
    languages = lang.split(",") if lang else list(opened.settings.languages)
    place, named = reports.folder_of(opened, out), (str(opened.folder), str(opened.data))
    forms = report_to.split(",")
    page = reports.build(opened, languages, place, given, *named, formats=forms, template=report_template)
    click.echo(words("report_written", path=_near(page)))


@main.command(help=words("profile"))
@click.argument("study")
@click.argument("community")
@data_dir_option
@option("wave", "--wave", default="")
@option("lang", "--lang", default=None)
@option("pages_to", "--to", default="html", metavar="FORMAT,…")
@option("pages_out", "--out", default=None)
@told
def profile(
    study: str,
    community: str,
    data_dir: str | None,
    wave: str,
    lang: str | None,
    pages_to: str,
    pages_out: str | None,
) -> None:
    from analysis import fork_server

    fork_server.begin()
    from analysis.batch import driver, telling
    from analysis.batch.order import order

    languages = lang.split(",") if lang else ()
    forms = pages_to.split(",")
    asked = order(
        study, data_dir, languages=languages, formats=forms, wave=wave, communities=[community], out=pages_out
    )
    with driver.opened(asked) as batch:
        for outcome in batch.run(jobs=1):
            if outcome.error:
                raise outcome.error
        for line in telling.older(batch):
            click.echo(line, err=True)
    page = asked.place(community) / f"index.{asked.languages[0]}.html"
    click.echo(words("report_written", path=_near(page)))


@main.command(help=words("batch"))
@click.argument("study")
@option("units", "--by", default="community")
@data_dir_option
@option("wave", "--wave", default="")
@option("lang", "--lang", default=None)
@option("where", "--where", multiple=True)
@option("jobs", "--jobs", type=click.IntRange(min=1), default=None)
@option("scheduler", "--scheduler", default=None)
@option("pages_to", "--to", default="html", metavar="FORMAT,…")
@option("pages_out", "--out", default=None)
@option("explain", "--explain", is_flag=True)
@option("json", "--json", is_flag=True)
@told
def batch(
    study: str,
    units: str,
    data_dir: str | None,
    wave: str,
    lang: str | None,
    where: tuple[str, ...],
    jobs: int | None,
    scheduler: str | None,
    pages_to: str,
    pages_out: str | None,
    explain: bool,
    json: bool,
) -> None:
    from analysis.batch import driver, telling
    from analysis.batch.order import conditions, order
    from analysis.errors import StudyError

    if units != "community":
        raise StudyError("batch_by", by=units)
    languages = lang.split(",") if lang else ()
    forms, chosen = pages_to.split(","), conditions(where)
    asked = order(study, data_dir, languages=languages, formats=forms, wave=wave, where=chosen, out=pages_out)
    with driver.opened(asked) as begun:
        if explain:
            code = telling.told(begun, begun.plan(), json)
        elif scheduler is None:
            code = telling.told(begun, begun.run(jobs or os.cpu_count() or 1), json)
        else:
            from analysis.batch import cluster

            with cluster.connected(scheduler, asked.notebook) as workers:
                code = telling.told(begun, begun.run(jobs or workers.at_once, workers.make), json)
    sys.exit(code)  # not before: what became known of the pages is kept at the end of the block


@main.command(help=words("check"))
@study_argument
@data_dir_option
@option("check_out", "--out", default=None)
@option("mark", "--mark", is_flag=True)
@option("check_json", "--json", is_flag=True)
@told
def check(study: str, data_dir: str | None, check_out: str | None, mark: bool, check_json: bool) -> None:
    from analysis import compute
    from analysis import study as studies
    from analysis.reporting import marked, problems, processed

    language = reader_language()
    name = studies.folder_of(study).name
    folder = Path(check_out) if check_out else processed.folder_of(name)
    try:
        opened = studies.read(study, data_dir)
    except StudyError as error:
        report = problems.of_error(error, name, language)
        problems.write(report, folder)
        if check_json:
            click.echo(problems.as_json(report))
        raise
    marked.require_apart(folder, opened)
    accepted = processed.write(opened)
    report = problems.of(opened, language)
    page, workbook = problems.write(report, folder)
    if check_json:
        click.echo(problems.as_json(report))
    else:
        for row in opened.reading.counts.to_dict("records"):
            click.echo(words("check_read", **row))
        click.echo(problems.as_text(report, _near(page)))
        click.echo(report.text("written", page=_near(page), workbook=_near(workbook)))
    for copy in marked.write(opened, report, folder) if mark else []:
        click.echo(report.text("marked", path=_near(copy)), err=check_json)
    studies.require_accepted(opened, listed=f"    {_near(page)}")
    compute.require_sound(opened)
    if not check_json:
        click.echo(words("check_done", path=_near(accepted)))


@main.command(help=words("init"))
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@option("name", "--name", default=None)
@option("yes", "--yes", is_flag=True)
@option("study_out", "--out", default=None)
@told
def init(files: tuple[Path, ...], name: str | None, yes: bool, study_out: str | None) -> None:
    from analysis import proposal
    from analysis.proposal import asking, writing
    from analysis.proposal.place import Place

    place = Place.of(files, name, study_out)
    looked = proposal.looked_at(files)
    is_asked = not yes and sys.stdin.isatty()
    language = reader_language()
    draft = asking.answered(looked, place.name, language) if is_asked else proposal.drafted(looked, place.name, {})
    writing.write(draft, place, language)
    click.echo(asking.told(draft, language))
    click.echo(words("init_written", path=_near(place.folder), study=place.called))


@main.command(help=words("codebook"))
@study_argument
@data_dir_option
@option("lang", "--lang", default=None)
@option("codebook_out", "--out", default=None)
@told
def codebook(study: str, data_dir: str | None, lang: str | None, codebook_out: str | None) -> None:
    from analysis import study as studies
    from analysis.reporting import codebook as codebooks
    from analysis.reporting import processed

    opened = studies.open(study, data_dir)
    languages = tuple(lang.split(",") if lang else opened.settings.languages)
    folder = Path(codebook_out) if codebook_out else processed.folder_of(opened.name)
    for path in codebooks.write(opened, languages, folder):
        click.echo(words("codebook_written", path=_near(path)))


@main.command(help=words("template"))
@click.argument("kinds", nargs=-1, required=True, metavar="KIND...")
@option("template_lang", "--lang", type=click.Choice(["zh", "en"]), default=None)
@option("template_out", "--out", default="templates", type=click.Path(path_type=Path))
@told
def template(kinds: tuple[str, ...], template_lang: str | None, template_out: Path) -> None:
    from analysis import templates

    for path in templates.write(kinds, template_out.absolute(), template_lang or reader_language()):
        click.echo(words("template_written", path=_near(path)))
    click.echo(words("template_next", folder=_near(template_out.absolute())))


@main.command(help=words("export"))
@study_argument
@data_dir_option
@option("to", "--to", required=True, metavar="FORMAT")
@option("export_table", "--table", multiple=True)
@option("export_lang", "--lang", default=None)
@option("export_out", "--out", default=None, type=click.Path(path_type=Path))
@told
def export(
    study: str,
    data_dir: str | None,
    to: str,
    export_table: tuple[str, ...],
    export_lang: str | None,
    export_out: Path | None,
) -> None:
    from analysis import export as exports
    from analysis import study as studies
    from analysis.reporting import disclosure, processed

    opened = studies.open(study, data_dir)
    spoken = reader_language() if reader_language() in opened.settings.languages else opened.settings.languages[0]
    folder = (export_out or processed.folder_of(opened.name) / f"export_{to}").absolute()
    exports.write(opened, to, export_table, export_lang or spoken, folder)
    written = [name for name in opened.reading.tables if name in export_table or not export_table]
    rows = sum(len(opened.table(name)) for name in written)
    click.echo(words("export_written", tables=len(written), rows=f"{rows:,}", path=_near(folder)))
    if protected := [name for name in written if opened.sensitivity(name) in disclosure.PROTECTED]:
        click.echo(words("export_protected", list=", ".join(protected)))


@main.command(help=words("measures"))
@study_argument
@data_dir_option
@option("measure", "--measure", default=None)
@option("by", "--by", multiple=True)
@option("raw", "--raw", is_flag=True)
@told
def measures(study: str, data_dir: str | None, measure: str | None, by: tuple[str, ...], raw: bool) -> None:
    from analysis import compute
    from analysis import study as studies
    from analysis.reporting import terminal

    opened = studies.open(study, data_dir)
    click.echo(terminal.measures(opened, compute.measures(opened, measure, by), raw), nl=False)


@main.command(help=words("compare"))
@study_argument
@click.argument("other", required=False)
@option("data_dirs", "--data-dir", multiple=True)
@option("waves", "--waves", is_flag=True)
@option("measure", "--measure", default=None)
@option("by", "--by", multiple=True)
@told
def compare(
    study: str, other: str | None, data_dirs: tuple[str, ...], waves: bool, measure: str | None, by: tuple[str, ...]
) -> None:
    from analysis import study as studies
    from analysis.errors import StudyError
    from analysis.reporting import terminal

    if waves == bool(other):
        raise StudyError("compare_with_what", study=study)
    folders = (*data_dirs, *(data_dirs or (None, None)))
    opened = studies.open(study, folders[0])
    beside = studies.open(other, folders[1]) if other else None
    click.echo(terminal.compared(opened, beside, measure, by), nl=False)


@main.command(help=words("tables"))
@click.argument("study")
@click.argument("kind")
@click.argument("columns", nargs=-1)
@data_dir_option
@option("group", "--by", default="")
@option("percent", "--percent", default="row")
@option("wave", "--wave", default="")
@option("one_lang", "--lang", default=None)
@option("csv", "--csv", is_flag=True)
@told
def tables(
    study: str,
    kind: str,
    columns: tuple[str, ...],
    data_dir: str | None,
    group: str,
    percent: str,
    wave: str,
    one_lang: str | None,
    csv: bool,
) -> None:
    from analysis import paper_tables, reporting
    from analysis import study as studies
    from analysis.reporting import terminal

    opened = studies.open(study, data_dir)
    spoken = reader_language() if reader_language() in opened.settings.languages else opened.settings.languages[0]
    page = reporting.open_page(opened, one_lang or spoken)
    made = paper_tables.table(opened, kind, columns, by=group, percent=percent, wave=wave)
    click.echo(terminal.paper(page, kind, made, csv), nl=False)


@main.command(help=words("claims"))
@study_argument
@data_dir_option
@option("format", "--format", type=click.Choice(["text", "json"]), default="text")
@told
def claims(study: str, data_dir: str | None, format: str) -> None:  # noqa: A002
    from analysis.reporting import terminal

    click.echo(terminal.claims(study, data_dir, format, reader_language()))


@main.command(help=words("diff"))
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@option("diff_out", "--out", default=None, type=click.Path(path_type=Path))
@option("diff_json", "--json", is_flag=True)
@told
def diff(old: Path, new: Path, diff_out: Path | None, diff_json: bool) -> None:
    from analysis.reporting import problems
    from analysis.reporting.revisions import differences, written
    from analysis.reporting.revisions.differences_told import Told

    found = differences.between(written.opened(old), written.opened(new), reader_language())
    said = Told(found, reader_language())
    click.echo(said.json() if diff_json else "\n".join(said.lines()))
    if diff_out:
        problems.whole(diff_out.absolute(), said.page().encode())
        click.echo(said.text("written", path=_near(diff_out.absolute())), err=diff_json)
    sys.exit(1 if found.changes else 0)


@main.command(help=words("cite"))
@click.argument("report", metavar="STUDY_OR_REPORT")
@click.argument("measure")
@option("cite_where", "--where", multiple=True, metavar="COLUMN=LEVEL")
@option("cite_lang", "--lang", type=click.Choice(["zh", "en"]), default=None)
@told
def cite(report: str, measure: str, cite_where: tuple[str, ...], cite_lang: str | None) -> None:
    from analysis.citing import cited

    found = cited.report_of(report)
    language = cited.language_of(found, cite_lang or reader_language())
    row = cited.chosen(found, measure, cited.conditions(cite_where), language)
    click.echo(cited.citation(found, row, language))


@main.command(help=words("verify"))
@click.argument("manuscript", type=click.Path(path_type=Path))
@option("verify_report", "--report", multiple=True, type=click.Path(path_type=Path))
@option("strip", "--strip", default=None, type=click.Path(path_type=Path))
@told
def verify(manuscript: Path, verify_report: tuple[Path, ...], strip: Path | None) -> None:
    from analysis.citing import manuscripts, telling, verifying
    from analysis.reporting import problems

    passages = manuscripts.passages(manuscript)
    reports = verifying.reports_of(passages, verify_report, manuscript)
    copy = manuscripts.copy_without_marks(manuscript, strip) if strip else b""
    findings = verifying.verified(passages, reports, reader_language())
    synthetic = any(report.record.get("is_synthetic") for report in reports)
    click.echo("\n".join(telling.lines(manuscript, findings, synthetic, reader_language())))
    if strip:
        problems.whole(strip.absolute(), copy)
        click.echo(words("strip_written", path=_near(strip.absolute())))
    sys.exit(1 if any(one.verdict not in ("holds", "unmarked") for one in findings) else 0)


@main.command("list", help=words("list"))
@told
def list_studies() -> None:
    from analysis import locations
    from analysis.settings import Settings, load

    for name in locations.names():
        settings = load(locations.folder_of(name) / "study.yml", Settings)
        title = settings.title.get(reader_language()) or next(iter(settings.title.values()))  # type: ignore[call-overload]
        click.echo(f"{name}\t{title}")


@main.command(help=words("notebooks"))
@option("check", "--check", is_flag=True)
@told
def notebooks(check: bool) -> None:
    from analysis.reporting.notebooks import committed

    stale = committed.refresh(write=not check)
    for name in stale if check else []:
        click.echo(words("notebook_stale", name=name), err=True)
    sys.exit(1 if check and stale else 0)


def _near(path: Path) -> str:
    """A path as short as it can be from here."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)
