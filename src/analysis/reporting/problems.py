"""The problems of a study's files in words: on the terminal, as a page, as a workbook, and for machines.

A rule is said once with what to do, and below it where: a clerk mends all cells of one kind together.
"""

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import UNKNOWN, entries
from analysis.checking import COLUMNS, SEVERITIES, problems
from analysis.errors import StudyError
from analysis.folders import unwritable
from analysis.reporting.figures.fonts import carrying
from analysis.reporting.tables import template
from analysis.reporting.wording import Wording
from analysis.reporting.workbooks import Book, add_table
from analysis.study import Study

SCREEN = 20
"""Lines of problems that the terminal shows."""
OF_A_RULE = 6
"""Lines that one rule takes up, so that it does not hide all others."""
OF_A_LINE = 3
"""Cells and values that a line names."""
OF_A_VALUE = 40
"""Characters of a value that a line shows."""
CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
OF_A_TABLE = 500
"""Rows of one rule that the page shows."""
MOST = 20_000
"""Problems that the workbook lists; quarantine.csv has all rows that were set aside."""
SHOWN = ("severity", "file", "sheet", "cell", "row", "column", "id", "asked", "value", "count", "what", "todo")
"""The workbook's columns."""


class Report(NamedTuple):
    """The problems of a study in one language.

    Attributes
    ----------
    study
        What the study is called.
    counts
        Rows `read`, `accepted` and `set_aside`, by table and file.
    problems
        `checking.problems` with `asked` (the question, or what the catalogue calls the column), `what` and `todo`.
    synthetic
        That the data are synthetic, where the study could be read and they are.
    """

    study: str
    language: str
    counts: pd.DataFrame
    problems: pd.DataFrame
    synthetic: str = ""

    def text(self, key: str, **facts: object) -> str:
        """A word of the report."""
        return str(entries("checking")["words"][key][self.language]).format(**facts)

    def severity(self, name: str) -> str:
        """What a severity is called."""
        return str(entries("checking")["severity"][name][self.language])


def of(study: Study, language: str) -> Report:
    """The problems of a study that could be read."""
    found, words = problems(study), Wording(study.catalogue, language)
    said = [_said(row, study, words) for row in found.to_dict("records")]
    added = pd.DataFrame(said, columns=["value", "asked", "what", "todo"], index=found.index)
    title = study.settings.title.get(language) or study.name  # type: ignore[call-overload]
    synthetic = words.text("note_synthetic") if study.is_synthetic else ""
    return Report(title, language, study.reading.counts, found.assign(**added), synthetic)


def of_error(error: StudyError, name: str, language: str) -> Report:
    """The one problem of a study that could not be read."""
    first, *others = error.text(language).split("\n  ")
    what = first.removeprefix(error.place).lstrip(":： ")
    row = dict.fromkeys(COLUMNS, "") | {
        "severity": "stops",
        "rule": error.key,
        "file": error.place,
        "row": 0,
        "count": 1,
    }
    row |= {"asked": "", "what": what, "todo": " ".join(others)}
    return Report(name, language, pd.DataFrame(columns=["read", "accepted", "set_aside"]), pd.DataFrame([row]))


def _said(row: dict[str, object], study: Study, words: Wording) -> tuple[str, str, str, str]:
    """A problem's value, question, what is wrong and what to do, in words."""
    rule, value, field = str(row["rule"]), str(row["value"]), str(row["field"])
    asked = str(row["question"]) or _asked(str(row["table"]), field, str(row["item"]), study, words)
    if rule.startswith("note_"):
        return value, asked, words.text(rule, file=row["file"], count=row["count"], examples=value), ""
    known = entries("checking")
    suspicion = known["suspicion"].get(rule)
    what = str(suspicion[words.language]) if suspicion else words.text(f"rule_{rule}")
    todo = str(known["todo"][rule][words.language])
    between = str(known["words"]["separator"][words.language])
    if rule == "level":
        levels = [words.label(field, level) for level in study.catalogue.levels_of(field) if level != UNKNOWN]
        named = between.join(levels[:12]) + (f" … (+{len(levels) - 12})" if len(levels) > 12 else "")
        todo += ("" if words.language == "zh" else " ") + str(known["words"]["levels"][words.language]).format(
            list=named
        )
    if rule == "level_unchosen":
        value = between.join(words.labels(field, value.split(";")))
    return value, asked, what, todo


def _asked(table: str, field: str, item: str, study: Study, words: Wording) -> str:
    """What the catalogue, or the study, calls the column, and its item."""
    if not field:
        return ""
    named = next((file.items.column for file in study.settings.tables[table].files if file.items and item), "")
    return words.label("question", f"{field}|{named}={item}") if named else words.heading(field)


def as_text(report: Report, page: Path | str) -> str:
    """The problems as lines for a terminal: a screen at most, and how many more the page has."""
    found = report.problems
    lines: list[str] = []
    shown = 0
    for severity in SEVERITIES:
        of_it = found[found["severity"] == severity]
        if len(of_it) and len(lines) < SCREEN:
            lines.append(report.severity(severity))
            for what, rows in of_it.groupby("what", sort=False):
                if len(lines) >= SCREEN:
                    break
                body = [*_lines(report, rows)]
                lines += _rule_lines(report, str(what), rows, [line for line, _ in body[:OF_A_RULE]])
                shown += sum(count for _, count in body[:OF_A_RULE])
    if not len(found):
        return report.text("nothing")
    rest = [report.text("more", count=len(found) - shown, path=page)] if len(found) > shown else []
    return "\n".join([*lines, *rest])


def _rule_lines(report: Report, what: str, rows: pd.DataFrame, body: Sequence[str]) -> list[str]:
    is_note = str(rows["rule"].iloc[0]).startswith("note_")
    if is_note:
        return [f"  {what}"]
    todo = entries("checking")["todo"].get(rows["rule"].iloc[0], {}).get(report.language)
    common = [f"    {report.text('to_do', todo=todo)}"] if todo else []
    return [
        f"  {report.text('group', what=what, count=int(rows['count'].sum()))}",
        *common,
        *(f"    {line}" for line in body),
    ]


def _lines(report: Report, rows: pd.DataFrame) -> Iterator[tuple[str, int]]:
    """One line for each column of a file, and how many problems it stands for."""
    is_unused = rows["rule"].iloc[0] == "column_unused"
    colon = "：" if report.language == "zh" else ": "
    for (file, sheet, asked), own in rows.groupby(
        ["file", "sheet", "asked"] if not is_unused else ["file", "sheet", "rule"], sort=False
    ):
        place = f"{file} [{sheet}]" if sheet else str(file)
        cells = _listed(report, [where for row in own.itertuples() if (where := _where(report, row))])
        written = [report.text("value", value=_short(value)) for value in own["value"].unique() if value]
        said = " ".join(filter(None, [place, cells]))
        about = " ".join(filter(None, ["" if is_unused else str(asked), _listed(report, written)]))
        yield said + (colon + about if about else ""), len(own)


def _listed(report: Report, named: Sequence[str]) -> str:
    rest = len(named) - OF_A_LINE
    return report.text("separator").join(named[:OF_A_LINE]) + (f" … (+{rest})" if rest > 0 else "")


def _short(value: object) -> str:
    """A value on a line of a terminal: a control character in it does nothing there."""
    text = CONTROL.sub(" ", str(value))
    return text if len(text) <= OF_A_VALUE else text[: OF_A_VALUE - 1] + "…"


def _where(report: Report, row: tuple) -> str:  # type: ignore[type-arg]
    cell = row.cell or (report.text("row", row=row.row) if row.row else "")  # type: ignore[attr-defined]
    return f"{cell} ({row.id})" if row.id else cell  # type: ignore[attr-defined]


def as_page(report: Report) -> str:
    """The problems as a page that needs no network: by severity and rule, what to do once, and a table of the cells."""
    sections = []
    for severity in SEVERITIES:
        of_it = report.problems[report.problems["severity"] == severity]
        groups = [
            {
                "what": what,
                "count": int(rows["count"].sum()),
                "todo": todo,
                "rows": rows.head(OF_A_TABLE).to_dict("records"),
                "more": max(len(rows) - OF_A_TABLE, 0),
                "columns": [name for name in ("sheet", "id", "asked", "value") if rows[name].astype("str").any()],
            }
            for (what, todo), rows in of_it.groupby(["what", "todo"], sort=False)
        ]
        if groups:
            sections.append({"severity": severity, "title": report.severity(severity), "groups": groups})
    totals = {name: int(report.counts[name].sum()) for name in ("read", "accepted", "set_aside")}
    made = template("check.html").render(
        report=report,
        language=report.language,
        title=report.text("title", study=report.study),
        summary=report.text("summary", problems=len(report.problems), **totals),
        sections=sections,
    )
    return carrying(made)


def as_workbook(report: Report) -> bytes:
    """The problems as one sheet, a row each."""
    rows = []
    for row in report.problems.head(MOST).to_dict("records"):
        said = row | {"severity": report.severity(row["severity"]), "row": row["row"] or ""}
        rows.append([said[name] for name in SHOWN])
    if len(report.problems) > MOST:
        rows.append([report.text("more_in_quarantine", count=len(report.problems) - MOST), *[""] * (len(SHOWN) - 1)])
    book = Book(report.text("title", study=report.study), "study check")
    add_table(book, report.text("sheet_name"), [report.text(f"column_{name}") for name in SHOWN], rows)
    return book.as_bytes()


def as_json(report: Report) -> str:
    """The problems for machines: keys of the catalogue beside the words of the report's language."""
    counts = report.counts.to_dict("records")
    content = {
        "study": report.study, "language": report.language, "counts": counts, "problems": report.problems.to_dict("records"),
    }  # fmt: skip
    return json.dumps(content, ensure_ascii=False, indent=1, default=int)


def write(report: Report, folder: Path) -> tuple[Path, Path]:
    """Write check.html and check.xlsx, each whole or not at all.

    Raises
    ------
    RunError
        `not_writable`, `disk_full`.
    """
    page, workbook = folder / "check.html", folder / "check.xlsx"
    whole(page, as_page(report).encode())
    whole(workbook, as_workbook(report))
    return page, workbook


def whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    RunError
        `not_writable`, `disk_full`.
    """
    beside = path.with_name(f"{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as problem:
        beside.unlink(missing_ok=True)
        raise unwritable(path, problem) from None
