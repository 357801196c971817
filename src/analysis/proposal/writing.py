"""A proposed study as study.yml and origin.yml: every guess with its reason beside it, and what is open as questions."""

import json
import re
from collections.abc import Iterable, Mapping
from itertools import groupby

from analysis.catalogue import entries
from analysis.errors import listing
from analysis.proposal.chapters import lacking, possible
from analysis.proposal.draft import Cell, Draft, Source, Use
from analysis.proposal.place import Place
from analysis.proposal.profile import Column
from analysis.proposal.questions import CERTAIN, in_both, sentence

PLAIN = re.compile(r"[^\W_](?:[\w./()（）、%+-]| (?! ))*(?<! )")
"""Text that YAML reads as it stands."""
NAMED = 3
"""Files that are named before "and more"."""
LONGEST = 60
"""Characters of a heading in a comment."""


def write(draft: Draft, place: Place, language: str) -> None:
    """Write study.yml and origin.yml; comments are in `language`."""
    place.folder.mkdir(parents=True, exist_ok=True)
    (place.folder / "origin.yml").write_text(origin_text(draft), encoding="utf-8")
    (place.folder / "study.yml").write_text(study_text(draft, place.data_dir, language), encoding="utf-8")


def study_text(draft: Draft, data_dir: str, language: str) -> str:
    """The text of study.yml."""
    files = listing(draft.checksums, NAMED)
    summary = sentence("file_summary", draft.language, files=files)
    lines = [
        *_comment(sentence("file_head", language, files=files)),
        "",
        f"title: {_flow({draft.language: draft.name})}",
        f"summary: {_flow({draft.language: summary})}",
        f"languages: [{draft.language}]",
        f"chapters: {_flow(possible(draft))}",
        *_comment(sentence("file_chapters", language)),
        *(f"#   {one.chapter}: {sentence(one.needs, language)}" for one in lacking(draft)),
        *([f"data_dir: {_scalar(data_dir)}"] if data_dir else []),
        "",
    ]
    dates = {term: {"start": start, "end": end} for term, (start, end) in draft.terms.items() if start}
    lines += _mapping("terms", dates)
    lines += [f"waves: {_flow(draft.waves)}", ""] if draft.waves else []
    if draft.design and "respondents" in draft.tables:
        lines += ["design:", f"  respondents: {_flow(draft.design)}", ""]
    if draft.linkage:
        lines += ["linkage:", f"  table: {'candidacies' if draft.is_derived_roster else 'roster'}"]
        lines += [f"  rules: {_flow(draft.linkage)}", ""]
    if draft.levels:
        lines.append("levels:")
        for level_set, levels in draft.levels.items():
            lines += [f"  {_scalar(level_set)}:"]
            lines += [f"    {_scalar(level)}: {_flow({draft.language: words})}" for level, words in levels.items()]
        lines.append("")
    lines.append("tables:")
    for table, sources in draft.tables.items():
        lines += [f"  {table}:", "    files:"]
        for source in sources:
            lines += _source(source, language)
    if draft.is_derived_roster:
        lines += ["  roster:", "    derived_from: candidacies", '    where: {is_elected: "true"}']
    if must := [question for question in draft.questions if question.must]:
        lines += ["", *_comment(sentence("file_questions", language)), "questions:"]
        for question in must:
            lines += [
                f"  - id: {_scalar(question.id)}",
                f"    asked: {_flow(in_both(question.asked, **question.facts))}",
            ]
            lines += [f"    choices: {_flow([*question.choices])}"] if question.choices else []
    return "\n".join(lines) + "\n"


def origin_text(draft: Draft) -> str:
    """The text of origin.yml; what nobody has said yet is a question mark."""

    def said(part: str) -> str:
        return draft.origin.get(part) or "?"

    lines = [
        f"title: {_flow({draft.language: draft.name})}",
        f"owner: {_flow({draft.language: said('owner')})}",
        f"licence: {_scalar(said('licence'))}",
        f"date: {_scalar(said('date'))}",
        f"sampling: {_flow({draft.language: said('sampling')})}",
        *([f"sampling_kind: {draft.origin['sampling_kind']}"] if draft.origin.get("sampling_kind") else []),
        'is_synthetic: "false"',
        f"obtained: {_flow({draft.language: said('obtained')})}",
        *_mapping("files", draft.checksums),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _source(source: Source, language: str) -> list[str]:
    lines = [f"      - file: {_scalar(source.file)}"]
    lines += [f"        sheet: {_scalar(source.sheet)}"] if source.sheet else []
    lines += [f"        set: {_flow(source.set)}"] if source.set else []
    lines.append("        columns:")
    lines += [f"          {target}: {_cell(cell)}{_why(cell, language)}" for target, cell in source.columns.items()]
    if source.items:
        lines += ["        items:", f"          column: {source.items.column}", "          levels:"]
        for level, cells in source.items.levels.items():
            written = ", ".join(f"{target}: {_cell(cell)}" for target, cell in cells.items())
            why = _why(next(iter(cells.values())), language)
            lines.append(f"            {_scalar(level)}: {{{written}}}{why}")
    if source.left_out:
        lines += [f"        # {sentence('file_left_out', language)}"]
        for _, alike in groupby(source.left_out, key=_sort_of):
            lines.append(f"        #   {_left_out(list(alike), language)}")
    return lines


def _sort_of(left: tuple[Column, Use | None]) -> tuple[object, ...]:
    """What columns have in common that are told of together: a block of one kind."""
    column, use = left
    return (column.block if len(column.block) > 1 else column.name, column.kind, use)


def _left_out(alike: list[tuple[Column, Use | None]], language: str) -> str:
    (column, use), last = alike[0], alike[-1][0]
    name = _short(column.name) + (f" … {_short(last.name)} ({len(alike)})" if len(alike) > 1 else "")
    kind = entries("proposal")["kind"][language][column.kind]
    maybe = sentence("file_maybe", language, target=use.target) + ", " if use else ""
    reason = sentence(column.guess.reason.key, language, **column.guess.reason.facts)
    return _one_line(f"{name}: {maybe}{kind}, {column.guess.confidence:.2f}, {reason}")


def _cell(cell: Cell) -> str:
    more: dict[str, object] = {"column": cell.column}
    for key in ("format", "separator", "values", "missing"):
        if given := getattr(cell, key):
            more[key] = given
    return _scalar(cell.column) if len(more) == 1 else _flow(more)


def _why(cell: Cell, language: str) -> str:
    """Why a cell is read so: how sure its column is, and what was decided of its answers."""
    if cell.use is None:
        return ""
    mark = "" if cell.use.confidence >= CERTAIN else "? "
    reasons = [f"{mark}{cell.use.confidence:.2f}", sentence(cell.use.reason.key, language, **cell.use.reason.facts)]
    codes = [code for code, reason in cell.missing.items() if reason == "unknown"]
    reasons += [sentence("file_codes", language, codes=listing(codes))] if codes else []
    reasons += [sentence("file_still_in_post", language)] if cell.missing.get("") == "not_applicable" else []
    return "  # " + _one_line("; ".join(reasons))


def _mapping(key: str, named: Mapping[str, object]) -> list[str]:
    if not named:
        return []
    return [f"{key}:", *(f"  {_scalar(name)}: {_flow(value)}" for name, value in named.items()), ""]


def _comment(text: str) -> list[str]:
    return [f"# {_one_line(text)}"]


def _flow(value: object) -> str:
    """A value on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_scalar(str(key))}: {_flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, Iterable) and not isinstance(value, str):
        return "[" + ", ".join(_flow(one) for one in value) + "]"
    return _scalar(str(value))


def _scalar(text: str) -> str:
    """A text as YAML reads it back, in quotes where it would not."""
    if PLAIN.fullmatch(text) and text.isprintable():
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08X}" for one in quoted)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _one_line(text: str) -> str:
    """A text that can stand in a comment."""
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())
