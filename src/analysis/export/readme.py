"""README.md of an export: what it is, whether it may leave the house, how it is written, and how to read it back."""

from collections.abc import Sequence

from analysis.export.columns import Table, said
from analysis.reporting.disclosure import PROTECTED
from analysis.study import Study


def text(study: Study, tables: Sequence[Table], format_: str, language: str) -> str:
    """The text of README.md."""
    title, origin = study.settings.title[language], study.origin  # type: ignore[index]
    protected = [table.label for table in tables if study.sensitivity(table.name) in PROTECTED]
    notes = [said("readme_about", language, study=study.name)]
    notes += [said("readme_synthetic", language)] if study.is_synthetic else []
    notes += [said("readme_protected", language, tables="、".join(protected))] if protected else []
    notes += [said("readme_identity", language)]
    about = [
        said("readme_owner", language, owner=origin.owner[language]),  # type: ignore[index]
        said("readme_licence", language, licence=origin.licence),
        *([said("readme_citation", language, citation=origin.citation)] if origin.citation else []),
    ]
    parts = [
        f"# {said('readme_title', language, study=title)}",
        "\n\n".join(notes),
        "\n".join(f"- {line}" for line in about),
        f"## {said('readme_tables', language)}",
        "\n".join([*_head(language), *(_row(study, table, language) for table in tables)]),
        f"## {said('readme_written', language)}",
        said(f"written_{format_}", language),
        *([said("readme_sampling", language)] if _designed(study, tables) else []),
        *(
            [said("readme_syntax", language, file={"sav": "recompute.sps", "dta": "recompute.do"}[format_])]
            if format_ in ("sav", "dta")
            else []
        ),
        f"## {said('readme_back', language)}",
        said("readme_back_how", language),
    ]
    empty = [table.label for table in tables if not table.rows]
    if empty:
        parts.append(said("readme_empty", language, tables="、".join(empty)))
    return "\n\n".join(parts) + "\n"


def _designed(study: Study, tables: Sequence[Table]) -> bool:
    return any(table.name in study.settings.design for table in tables)


def _head(language: str) -> list[str]:
    cells = [said(f"readme_column_{name}", language) for name in ("table", "row", "rows", "about")]
    return [_cells(cells), _cells(["---"] * len(cells))]


def _row(study: Study, table: Table, language: str) -> str:
    entry, sensitivity = study.catalogue.table(table.name), study.sensitivity(table.name)
    row = str(entry["row"][language])
    return _cells([f"{table.label} (`{table.name}`)", row, f"{table.rows:,}", said(f"about_{sensitivity}", language)])


def _cells(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
