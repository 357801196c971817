"""The validated tables of a study as files of other programs, with all that is needed to check us there.

Beside the files stand a codebook, the study.yml that reads them back, and for SPSS and Stata syntax that recomputes the
headline numbers. Columns that identify persons are not exported.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from analysis import folders, provenance
from analysis.checksums import digest
from analysis.errors import StudyError, listing, nearest
from analysis.export import delimited, excel, parquet, readme, returned, spss, stata, study_files, syntax
from analysis.export.columns import Table, table_of
from analysis.reporting import codebook
from analysis.study import Study

FORMATS = ("sav", "dta", "xlsx", "csv", "parquet")
"""How the names of exported files end."""


def write(study: Study, format_: str, tables: Sequence[str], language: str, out: Path) -> list[Path]:
    """Write an export, whole or not at all, after it was read back and found the same.

    Parameters
    ----------
    format_
        One of `FORMATS`.
    tables
        The tables to export; without any, all of the study.
    language
        Of labels, the syntax's comments and README.md.
    out
        A new folder, or an export that nobody has changed.

    Returns
    -------
    list of pathlib.Path
        What was written.

    Raises
    ------
    StudyError
        `export_format`, `export_table`, `language_unknown`; `export_taken`; `export_too_long`, `export_too_many_rows` and
        `export_differs` where the format can't hold what the tables hold.
    RunError
        `not_writable`, `disk_full`, `export_failed`.
    """
    if format_ not in FORMATS:
        raise StudyError("export_format", format=format_, nearest=nearest(format_, FORMATS), known=listing(FORMATS))
    study.settings.require_languages([language], study.name)
    chosen = _chosen(study, tables)
    _require_replaceable(out)
    told = [table_of(chosen, name, language) for name in chosen.reading.tables]
    with folders.replacing(out) as folder:
        (folder / study_files.DATA).mkdir()
        sources = _files(told, format_, folder / study_files.DATA, chosen, language)
        read = {name: sources[name] for name, table in zip(sources, told, strict=True) if table.rows}
        _settings(chosen, read, folder, language)
        codebook.write(chosen, (language,), folder)
        _write(folder / "README.md", readme.text(chosen, told, format_, language))
        for name, content in syntax.files(chosen, told, format_, language):
            _write(folder / name, content)
        returned.require_same(chosen, folder, [*read], format_)
        asked = {"to": format_, "tables": [*chosen.reading.tables], "language": language}
        record = provenance.record(study, [], asked) | {"exported": _digests(folder)}
        _write(folder / folders.RECORD, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    return sorted(path for path in out.rglob("*") if path.is_file())


def _chosen(study: Study, tables: Sequence[str]) -> Study:
    """The study with the tables that were asked for."""
    known = study.reading.tables
    for name in tables:
        if name not in known:
            raise StudyError(
                "export_table", study.name, table=name, nearest=nearest(name, known), known=listing(known, 20)
            )
    kept = {name: frame for name, frame in known.items() if name in tables or not tables}
    return replace(study, reading=study.reading._replace(tables=kept))


def _files(
    tables: Sequence[Table], format_: str, folder: Path, study: Study, language: str
) -> dict[str, dict[str, Any]]:
    """Write the tables; how study.yml reads each."""
    if format_ == "xlsx":
        return excel.write(tables, folder, study.settings.title[language], language)  # type: ignore[index]
    if format_ in ("sav", "dta"):
        labelled = {"sav": spss, "dta": stata}[format_]
        return {table.name: labelled.write(table, folder, language)[1] for table in tables}
    plain = {"csv": delimited, "parquet": parquet}[format_]
    return {table.name: plain.write(table, folder)[1] for table in tables}


def _settings(study: Study, sources: dict[str, dict[str, Any]], folder: Path, language: str) -> None:
    """Write study.yml, origin.yml and the tables of the population that weights are calibrated to."""
    _write(folder / "study.yml", study_files.study_text(study, sources, language))
    data = folder / study_files.DATA
    checksums = {path.name: digest(path) for path in sorted(data.iterdir())}
    _write(folder / "origin.yml", study_files.origin_text(study, checksums))
    for table, calibrated in study.settings.calibrate.items():
        if table in sources:
            (folder / calibrated.population).write_bytes((study.folder / calibrated.population).read_bytes())


def _require_replaceable(out: Path) -> None:
    """Refuse a folder that holds anything else than an export as it was written.

    Raises
    ------
    StudyError
        `export_taken`.
    """
    if not out.exists():
        return
    try:
        is_ours = out.is_dir() and (not any(out.iterdir()) or folders.record(out).get("exported") == _digests(out))
    except OSError as problem:
        raise folders.unwritable(out, problem) from None
    if not is_ours:
        raise StudyError("export_taken", out)


def _digests(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): digest(path) for path in _files_in(folder)}


def _files_in(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.rglob("*")) if path.is_file() and path != folder / folders.RECORD)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")
