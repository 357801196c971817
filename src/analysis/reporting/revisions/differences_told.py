"""What `study diff` says of two reports: a screen of a terminal, a page, or JSON."""

import json
import math
from collections.abc import Iterator
from functools import cached_property
from itertools import islice

from analysis.catalogue import base, entries
from analysis.reporting.figures.fonts import carrying
from analysis.reporting.revisions.differences import Cause, Change, Differences
from analysis.reporting.revisions.written import Row
from analysis.reporting.tables import template
from analysis.reporting.wording import Wording

SCREEN = 30
"""Rows that a terminal is told."""
OF_A_PART = 8
"""Causes of one kind that a terminal is told."""
COLUMNS = ("table", "measure", "of", "before", "after", "by", "in_errors", "others", "id")


class Told:
    """The differences between two reports in words, in the reader's language.

    Attributes
    ----------
    found
        The differences; the words of rows and texts are in the language in which they were compared.
    """

    def __init__(self, found: Differences, language: str) -> None:
        self.found = found
        self.language = language
        self._numbers = Wording(base(), language)

    def text(self, key: str, **facts: object) -> str:
        """A word or sentence of the catalogue."""
        return self._word("words", key).format(**facts)

    @property
    def title(self) -> str:
        """What is compared."""
        about = " ".join(filter(None, [self.found.after.study, self.found.after.community]))
        return self.text("title", study=about)

    @property
    def compared(self) -> str:
        """The two folders, and how many rows there are."""
        folders = {"before": self.found.before.folder, "after": self.found.after.folder}
        return self.text("compared", rows=f"{self.found.rows:,}", **folders)

    @property
    def summary(self) -> str:
        """How much has changed."""
        if self.found.is_same:
            return self.text("nothing")
        counts = {kind: f"{len(self.of_kind(kind)):,}" for kind in ("changed", "new", "gone")}
        texts = sum(max(map(len, both)) for both in self.found.texts.values())
        key = "counts" if self.found.changes else "no_numbers"
        return self.text(key, texts=texts, figures=len(self.found.figures), **counts)

    @property
    def warnings(self) -> list[str]:
        """That the data are synthetic, and that numbers of either report are not for release, where it is so."""
        said = {
            "synthetic": self.found.after.record.get("is_synthetic"),
            "not_for_release": not self.is_for_release,
        }
        return [self.text(key) for key, is_so in said.items() if is_so]

    @property
    def is_for_release(self) -> bool:
        """Whether both reports passed disclosure control, as far as their records tell."""
        return all(report.record.get("is_for_release", True) for report in (self.found.before, self.found.after))

    def of_kind(self, kind: str) -> list[dict[str, str]]:
        """The rows that changed, are new, or gone, in words; of those that changed the largest in standard errors first."""
        changes = [change for change in self.found.changes if change.kind == kind]
        return [self._row(change) for change in sorted(changes, key=_size, reverse=True)]

    @cached_property
    def causes(self) -> list[tuple[str, list[str]]]:
        """What differs between the runs, part by part."""
        parts: dict[str, list[str]] = {}
        for cause in self.found.causes:
            parts.setdefault(self._word("part", cause.part), []).append(self._cause(cause))
        return list(parts.items())

    def columns(self) -> list[tuple[str, str]]:
        """The columns of the table of rows, with their headings."""
        return [(name, self._word("column", name)) for name in COLUMNS]

    def lines(self) -> Iterator[str]:
        """The differences as lines of a terminal: what differs between the runs, and a screen of rows."""
        yield self.title
        yield self.compared
        yield from self.warnings
        yield self.summary
        if self.found.is_same:
            return
        colon, separator = self.text("colon"), self.text("separator")
        yield self.text("causes") + colon.rstrip() if self.causes else self.text("no_cause")
        for part, told in self.causes:
            rest = len(told) - OF_A_PART
            more = f" … (+{rest})" if rest > 0 else ""
            named = separator.join(told[:OF_A_PART]) + more
            yield f"  {part}{colon}{named}" if named else f"  {part}"
        left = SCREEN
        for kind in ("changed", "gone", "new"):
            rows = self.of_kind(kind)
            if not rows:
                continue
            yield self._word("words", kind) + colon.rstrip()
            yield from (f"  {self._line(row)}" for row in islice(rows, left))
            if len(rows) > left:
                yield f"  {self.text('more', count=len(rows) - left)}"
            left = max(left - len(rows), 3)
        for kind, names in (("texts", [*self.found.texts]), ("figures", self.found.figures)):
            if names:
                yield f"{self._word('words', kind)}{colon}{separator.join(names)}"

    def page(self) -> str:
        """The differences as a page that needs no network."""
        kinds = [(self._word("words", kind), self.of_kind(kind)) for kind in ("changed", "gone", "new")]
        made = template("differences.html").render(told=self, language=self.language, title=self.title, kinds=kinds)
        return carrying(made)

    def json(self) -> str:
        """The differences for machines, with keys in place of words."""
        content = {
            "study": self.found.after.study,
            "community": self.found.after.community,
            "before": str(self.found.before.folder),
            "after": str(self.found.after.folder),
            "language": self.found.language,
            "is_for_release": self.is_for_release,
            "rows": self.found.rows,
            "changes": [_as_json(change) for change in self.found.changes],
            "texts": {chapter: {"before": gone, "after": new} for chapter, (gone, new) in self.found.texts.items()},
            "figures": list(self.found.figures),
            "causes": [vars(cause) for cause in self.found.causes],
        }
        return json.dumps(content, ensure_ascii=False, indent=1)

    def _row(self, change: Change) -> dict[str, str]:
        before, after = self._estimates(change)
        others = [self._other(change, name) for name in change.numbers if name != "estimate"]
        return {
            "table": change.row.table,
            "measure": change.row.measure,
            "of": change.row.of,
            "before": before,
            "after": after,
            "by": self._difference(change),
            "in_errors": "" if math.isnan(change.in_errors) else f"{abs(change.in_errors):.2g}",
            "others": self.text("separator").join(others),
            "id": change.row.id,
        }

    def _line(self, row: dict[str, str]) -> str:
        about = " · ".join(filter(None, [row["measure"], row["of"]]))
        said = " → ".join(filter(None, [row["before"], row["after"]]))
        errors = self.text("in_errors", count=row["in_errors"]) if row["in_errors"] else ""
        size = "; ".join(filter(None, [row["by"], errors]))
        return "  ".join(filter(None, [f"[{row['table']}]", about, said, f"({size})" if size else "", row["others"]]))

    def _estimates(self, change: Change) -> tuple[str, str]:
        """The estimates before and after, with more digits where they are printed alike and are not."""
        rows = (change.before, change.after)
        before, after = (self._estimate(row) for row in rows)
        if before == after and "estimate" in change.numbers:
            before, after = (f"{row.values['estimate']:.8g}" for row in rows if row)
        return before, after

    def _estimate(self, row: Row | None) -> str:
        if row is None or not (row.values or row.reason):
            return ""
        if "estimate" not in row.values:
            return row.reason or self.text("missing")
        return self._number(row.values["estimate"], row.unit)

    def _number(self, value: float, unit: str) -> str:
        return self._numbers.number(value, unit) if unit else f"{value:.6g}"

    def _difference(self, change: Change) -> str:
        if math.isnan(change.by):
            return ""
        unit = change.row.unit
        entry = self._numbers.catalogue.unit(unit) if unit else {"factor": 1}
        said = self._number(abs(change.by), unit)
        if not any(digit in said for digit in "123456789") or said.startswith("<"):
            said = f"{abs(change.by) * entry['factor']:.2g}"
        return ("+" if change.by > 0 else "−") + said.removesuffix("%")

    def _other(self, change: Change, name: str) -> str:
        before, after = change.before, change.after
        assert before is not None and after is not None
        if name == "reason":
            said = [row.reason or self.text("missing") for row in (before, after)]
        else:
            unit = before.unit if name in ("low", "high") else ""
            said = [
                self._number(row.values[name], unit) if name in row.values else self.text("missing")
                for row in (before, after)
            ]
            if said[0] == said[1]:
                said = [f"{row.values[name]:.8g}" for row in (before, after)]
        return f"{self._word('number', name)} {' → '.join(said)}"

    def _cause(self, cause: Cause) -> str:
        if cause.before is None or cause.after is None:
            said = self.text("added" if cause.before is None else "removed")
            told = cause.after or cause.before
            return " ".join(filter(None, [cause.name, told, f"({said})"]))
        return " ".join(filter(None, [cause.name, " → ".join(filter(None, [cause.before, cause.after]))]))

    def _word(self, kind: str, key: str) -> str:
        return str(entries("differences")[kind][key][self.language])


def _size(change: Change) -> tuple[float, float]:
    """How large a change is in standard errors, or, where there are none, whether the estimate changed at all."""
    return (0 if math.isnan(change.in_errors) else abs(change.in_errors), 0 if math.isnan(change.by) else 1)


def _as_json(change: Change) -> dict[str, object]:
    def finite(value: float) -> float | None:
        return value if math.isfinite(value) else None

    return {
        "kind": change.kind,
        "table": change.row.table,
        "id": change.row.id,
        "measure": change.row.measure,
        "of": change.row.of,
        "unit": change.row.unit,
        "numbers": list(change.numbers),
        "before": dict(change.before.values) if change.before else None,
        "after": dict(change.after.values) if change.after else None,
        "by": finite(change.by),
        "in_standard_errors": finite(change.in_errors),
    }
