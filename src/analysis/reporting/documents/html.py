"""A report as one page of HTML, which needs no network and no script to be read."""

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from pathlib import Path

import mistune
from markupsafe import Markup

from analysis.citing import marks
from analysis.reporting.blocks import Block, Figure, Table
from analysis.reporting.documents.model import Report
from analysis.reporting.figures import svg
from analysis.reporting.figures.fonts import carrying
from analysis.reporting.tables import laid_out, template
from analysis.reporting.wording import Wording

MARKDOWN = mistune.create_markdown(escape=True)
"""Words may come from a user's study: what looks like HTML in them is text."""
SAID_BY_SCRIPT = (
    "page_copy", "page_copied", "page_csv", "page_xlsx", "page_row", "page_n", "page_id", "page_mark", "page_close",
    "page_definition",
)  # fmt: skip
"""Words that report.js puts on a page."""
FILLED_IN = {fact: f"{{{fact}}}" for fact in ("shown", "count", "community")}
"""What scripts put into such words themselves."""


def files(report: Report, folder: Path) -> dict[str, bytes]:
    """The page of a report as a file; what it needs is in itself."""
    return {f"index.{report.language}.html": page(report).encode("utf-8", errors="xmlcharrefreplace")}


def page(report: Report) -> str:
    """The page of a report: its chapters and what each shows, with links to the page in other languages."""
    ids = (
        one
        for chapter in report.chapters
        for block in chapter.blocks
        if isinstance(block, Table)
        for row in block.ids
        for one in row
    )
    made = template("report.html").render(
        report=report,
        title=report.title,
        chapters=[
            {
                "name": chapter.name,
                "title": chapter.title,
                "body": "\n".join(fragment(block, report) for block in chapter.blocks),
            }
            for chapter in report.chapters
        ],
        counts=fragment(report.counts, report),
        definitions=definitions(ids, report.words),
        **frame(report.words, SAID_BY_SCRIPT, ["report.js"]),
    )
    return carrying(svg.with_each_glyph_once(made))


def fragment(block: Block, report: Report) -> str:
    """A block as a part of a page: each number of a table leads to its measure's definition, and has its row's id and mark."""
    if isinstance(block, Table):

        def mark(id_: str) -> str:
            return marks.printed(report.name, marks.code_of(report.name, report.community, block.name, id_))

        return template("table.html").render(block=block, classes=_classes, anchor=anchor, mark=mark, **laid_out(block))
    if isinstance(block, Figure):
        return template("figure.html").render(block=block, words=report.words, drawing=Markup(svg.inline(block.svg)))
    return str(MARKDOWN(block.markdown))


def frame(words: Wording, said: Sequence[str], scripts: Sequence[str]) -> dict[str, object]:
    """What the head and the bar of every page need: its words, its scripts, and the policy that lets no others run.

    Parameters
    ----------
    said
        Words of the catalogue that the scripts put on the page.
    scripts
        Files beside the templates.
    """
    texts = [_script(name) for name in scripts]
    hashes = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'" for text in texts)
    return {
        "words": words,
        "language": words.language,
        "anchor": anchor,
        "spoken": embedded({key: words.text(key, **FILLED_IN) for key in said}),
        "scripts": list(map(Markup, texts)),
        "policy": f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; font-src data:; img-src data:; "
        "base-uri 'none'; form-action 'none'",
    }


def definitions(ids: Iterable[str], words: Wording) -> list[dict[str, str]]:
    """The measures of the rows that these ids name, in their order: name, definition, unit and source of each."""
    measures = dict.fromkeys(_measure(one) for one in ids if one)
    return list(_defined(measures, words))


def _defined(measures: Iterable[str], words: Wording) -> Iterator[dict[str, str]]:
    for key in measures:
        entry = words.catalogue.measure(key)
        definition = entry["definition"]
        yield {
            "key": key,
            "name": words.measure(key),
            "definition": str(definition if isinstance(definition, str) else definition[words.language]),
            "unit": words.unit(str(entry["unit"])),
            "source": str(entry["source"]),
        }


def anchor(id_: str) -> str:
    """Where on a page the measure of a row is defined."""
    return f"measure-{_measure(id_)}"


def embedded(content: object) -> Markup:
    """A value as JSON within a page: whatever its texts are, none ends the element that it stands in."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return Markup(re.sub("[<>&\u2028\u2029\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text))


def _measure(id_: str) -> str:
    return id_.partition("[")[0]


@cache
def _script(name: str) -> str:
    return resources.files("analysis.reporting").joinpath("templates", name).read_text(encoding="utf-8")


def _classes(*styles: str) -> Markup:
    """The classes of a cell: `r` flush right, `s` on one line, `w` no narrower than a few words."""
    known = {"text-align:right": "r", "white-space:nowrap": "s", "min-width:6.5em": "w"}
    names = " ".join(known[style] for style in styles if style in known)
    return Markup(f' class="{names}"') if names else Markup()
