"""What `study verify` says of a manuscript: first what no longer holds, then what to look at, then how much holds."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from analysis.catalogue import entries
from analysis.citing.verifying import Finding

ORDER = ("changed", "withdrawn", "no_number", "unknown", "no_report", "unmarked")
MOST = 20
"""Numbers without a mark that a terminal is told."""


def lines(path: Path, findings: Sequence[Finding], is_synthetic: bool, language: str) -> Iterator[str]:
    """The verdicts as lines of a terminal."""
    counts = Counter(finding.verdict for finding in findings)
    for verdict in ORDER:
        own = [finding for finding in findings if finding.verdict == verdict]
        if not own:
            continue
        yield _word("verdict", verdict, language)
        most = MOST if verdict == "unmarked" else len(own)
        for finding in own[:most]:
            yield f"  {place(finding, language)}  {finding.excerpt}  {finding.mark}"
            if told := _told(finding, language):
                yield f"      {told}"
        if len(own) > most:
            yield f"  {_word('words', 'more', language).format(count=len(own) - most)}"
    if is_synthetic:
        yield _word("words", "synthetic", language)
    total = sum(count for verdict, count in counts.items() if verdict != "unmarked")
    summary = _word("words", "summary" if total else "no_marks", language)
    yield summary.format(path=path, total=total, holds=counts["holds"], others=total - counts["holds"])


def place(finding: Finding, language: str) -> str:
    """Where in the manuscript a number stands."""
    return _word("place", finding.passage.kind, language).format(number=finding.line)


def _told(finding: Finding, language: str) -> str:
    """From what to what, and of which row."""
    row = finding.row
    if row is None:
        return ""
    about = " · ".join(filter(None, [row.measure, row.of]))
    changed = " → ".join(filter(None, [finding.said, finding.now])) if finding.now else ""
    return "  ".join(filter(None, [changed, about]))


def _word(kind: str, key: str, language: str) -> str:
    return str(entries("citing")[kind][key][language])
