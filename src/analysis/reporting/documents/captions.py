"""What tables and figures are called: `Table 2-3`, the same in all formats where a title says so itself."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from analysis.reporting.blocks import Block, Figure, Table
from analysis.reporting.documents.model import Report


class Caption(NamedTuple):
    """The caption of a table or figure.

    Attributes
    ----------
    kind, chapter, number, title
        `Table `, `2-`, 3 and the title without them.
    field
        The field that counts: the first number of a chapter, and one that does not follow the one before, is set.
    mark
        The name of a bookmark around kind, chapter and number.
    """

    kind: str
    chapter: str
    number: int
    title: str
    field: str
    mark: str

    @property
    def label(self) -> str:
        """What a text calls it."""
        return f"{self.kind}{self.chapter}{self.number}"


def captions(report: Report) -> dict[int, Caption]:
    """The captions of a report's tables and figures, by the identity of the block."""
    chapters = [*((chapter.name, chapter.blocks) for chapter in report.chapters), ("origin", [report.counts])]
    made: dict[int, Caption] = {}
    for form, word in ((Table, "document_table"), (Figure, "document_figure")):
        kind = report.words.text(word)
        own = {id(block): _own(block, kind) for _, blocks in chapters for block in blocks if isinstance(block, form)}
        last: dict[str, int] = {}
        for chapter, number, _ in filter(None, own.values()):
            last[chapter] = max(last.get(chapter, 0), number)
        for name, blocks in chapters:
            before = None
            for block in (block for block in blocks if isinstance(block, form)):
                chapter, number, title = own[id(block)] or _next(name, block, last)
                reset = "" if number - 1 == before else f" \\r {number}"
                field = f"SEQ {kind.strip()} \\* ARABIC{reset}"
                mark = f"_Ref{form.__name__}{len(made) + 1}"
                made[id(block)] = Caption(kind, chapter, number, title, field, mark)
                before = number
    return made


def titles(report: Report) -> dict[int, str]:
    """The captions of a report's tables and figures in full, by the identity of the block."""
    return {
        block: report.words.text("document_caption", label=caption.label, title=caption.title)
        for block, caption in captions(report).items()
    }


def until_text(blocks: Sequence[Block]) -> list[Table | Figure]:
    """The tables and figures before the next text."""
    shown: list[Table | Figure] = []
    for block in blocks:
        if not isinstance(block, Table | Figure):
            break
        shown.append(block)
    return shown


def _own(block: Table | Figure, kind: str) -> tuple[str, int, str] | None:
    """Chapter, number and title where a title says its own number."""
    found = re.fullmatch(rf"{kind.strip()}\s*(\d+-)?(\d+)[.\s]+(.+)", block.title, re.DOTALL)
    return (found[1] or "", int(found[2]), found[3]) if found else None


def _next(name: str, block: Table | Figure, last: dict[str, int]) -> tuple[str, int, str]:
    """The number after the last of its chapter, which is that of the notebook."""
    found = re.match(r"\d+", name)
    chapter = f"{found[0]}-" if found else ""
    last[chapter] = last.get(chapter, 0) + 1
    return chapter, last[chapter], block.title
