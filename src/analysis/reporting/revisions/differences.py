"""Two reports beside each other, number by number, and what differs between the runs that made them."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from analysis.errors import StudyError
from analysis.reporting.revisions.written import VALUES, Row, Written

ALIKE = 1e-10
"""Relatively nearer numbers are the same: what is found by iteration depends on the processor in its last digits."""
PARTS = ("data", "city", "rows", "decisions", "settings", "parameters", "notebook", "notebooks", "catalogue", "code", "version",
    "python", "packages", "lock", "sampling_kind", "is_synthetic", "is_for_release", "format", "languages")  # fmt: skip
"""What provenance tells of a run, from what is likeliest to change a number."""


@dataclass(frozen=True)
class Change:
    """A row that is not as it was.

    Attributes
    ----------
    before, after
        None where the row is new, or gone.
    numbers
        Which of its numbers changed, of `VALUES`; `reason` where why one is missing did.
    """

    before: Row | None
    after: Row | None
    numbers: Sequence[str]

    @property
    def row(self) -> Row:
        """The later of the two."""
        row = self.after or self.before
        assert row is not None
        return row

    @property
    def kind(self) -> str:
        """`new`, `gone` or `changed`."""
        return "new" if self.before is None else "gone" if self.after is None else "changed"

    @property
    def by(self) -> float:
        """The estimate's change; missing where there are not two of them, or it is the same."""
        if "estimate" not in self.numbers or self.before is None or self.after is None:
            return math.nan
        return self.after.values.get("estimate", math.nan) - self.before.values.get("estimate", math.nan)

    @property
    def in_errors(self) -> float:
        """The estimate's change in standard errors, of the earlier run where it has one."""
        rows = [row for row in (self.before, self.after) if row]
        se = next((row.values["se"] for row in rows if row.values.get("se")), math.nan)
        return self.by / se


@dataclass(frozen=True)
class Cause:
    """Something in which the two runs differ: a part of provenance, and of it what, and how it was and is.

    Where only a checksum tells of it, `before` and `after` are `""` (it changed) or None (it was not there).
    """

    part: str
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Differences:
    """What differs between two reports.

    Attributes
    ----------
    language
        The one in which they were compared.
    rows
        How many rows the later one has.
    texts
        Chapter → texts that are no longer there, and texts that are new.
    figures
        Names of figures that are drawn otherwise, are new or gone.
    """

    before: Written
    after: Written
    language: str
    rows: int
    changes: Sequence[Change]
    texts: Mapping[str, tuple[Sequence[str], Sequence[str]]]
    figures: Sequence[str]
    causes: Sequence[Cause]

    @property
    def is_same(self) -> bool:
        """Whether nothing that a reader sees has changed."""
        return not (self.changes or self.texts or self.figures)


def between(before: Written, after: Written, language: str) -> Differences:
    """The differences between two reports on the same study or community.

    Parameters
    ----------
    language
        In which they are compared where both are written in it; their numbers are the same in all.

    Raises
    ------
    StudyError
        `diff_subject` where they are about different things, `diff_languages` where they share no language;
        `report_damaged`.
    """
    if (before.study, before.community) != (after.study, after.community):
        one, other = (f"{report.study} {report.community}".strip() for report in (before, after))
        raise StudyError("diff_subject", after.folder, one=one, other=other)
    shared = [one for one in after.languages if one in before.languages]
    if not shared:
        raise StudyError("diff_languages", after.folder, one=before.languages, other=after.languages)
    spoken = language if language in shared else shared[0]
    rows = after.rows(spoken)
    return Differences(
        before, after, spoken, len(rows), _changes(before.rows(spoken), rows), _texts(before, after, spoken),
        _figures(before.figures(spoken), after.figures(spoken)), _causes(before, after, spoken),
    )  # fmt: skip


def _changes(before: Sequence[Row], after: Sequence[Row]) -> list[Change]:
    """The changed, new and gone rows, in the order of the later report; those gone stand last."""
    without_ids = {row.table for row in (*before, *after) if not row.id}
    old, new = _by_key(before, without_ids), _by_key(after, without_ids)
    changes = []
    for key, row in new.items():
        earlier = old.get(key)
        numbers = _changed(earlier, row) if earlier else []
        if numbers or earlier is None:
            changes.append(Change(earlier, row, numbers))
    return [*changes, *(Change(row, None, []) for key, row in old.items() if key not in new)]


def _by_key(rows: Iterable[Row], without_ids: set[str]) -> dict[Hashable, Row]:
    """Rows by table and id, or by their words where either report has no ids; the like of one is counted."""
    seen: Counter[Hashable] = Counter()
    found: dict[Hashable, Row] = {}
    for row in rows:
        key = (row.table, row.cells if row.table in without_ids else row.id)
        found[*key, seen[key]] = row
        seen[key] += 1
    return found


def _changed(before: Row, after: Row) -> list[str]:
    numbers = [name for name in VALUES if not _alike(before.values.get(name), after.values.get(name))]
    return [*numbers, *(["reason"] if before.reason != after.reason else [])]


def _alike(one: float | None, other: float | None) -> bool:
    if one is None or other is None:
        return one is other
    return math.isclose(one, other, rel_tol=ALIKE)


def _texts(before: Written, after: Written, language: str) -> dict[str, tuple[list[str], list[str]]]:
    """Texts gone and new, of the chapters that both reports have with their texts."""
    old, new = before.texts(language), after.texts(language)
    found = {}
    for chapter in (name for name in new if name in old):
        steps = SequenceMatcher(a=old[chapter], b=new[chapter], autojunk=False).get_opcodes()
        gone = [text for kind, a, b, _, _ in steps if kind != "equal" for text in old[chapter][a:b]]
        come = [text for kind, _, _, a, b in steps if kind != "equal" for text in new[chapter][a:b]]
        if gone or come:
            found[chapter] = (gone, come)
    return found


def _figures(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> list[str]:
    return [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]


def _causes(before: Written, after: Written, language: str) -> list[Cause]:
    old, new = (_recorded(report, language) for report in (before, after))
    known = [(part, name) for part in PARTS for name in sorted({*old.get(part, {}), *new.get(part, {})})]
    causes = []
    for part, name in known:
        was, is_now = old.get(part, {}).get(name), new.get(part, {}).get(name)
        # A part that the record of an earlier version lacks tells nothing.
        if was != is_now and part in old and part in new:
            causes.append(Cause(part, name, _told(part, was), _told(part, is_now)))
    return causes


def _recorded(report: Written, language: str) -> dict[str, dict[str, object]]:
    """What provenance tells, each part by name; a community's page has it by language."""
    own = report.record.get(language)
    record = {**report.record, **(own if isinstance(own, Mapping) else {}), "languages": ", ".join(report.languages)}
    if isinstance(own, Mapping):
        record["parameters"] = report.record.get("parameters", {})
    return {
        part: dict(record[part]) if isinstance(record[part], Mapping) else {"": record[part]}
        for part in PARTS
        if part in record
    }


CHECKSUMS = ("data", "city", "decisions", "settings", "notebook", "notebooks", "catalogue", "code", "lock", "format")
"""Parts of which only a checksum is kept."""


def _told(part: str, value: object) -> str | None:
    return None if value is None else "" if part in CHECKSUMS else str(value)
