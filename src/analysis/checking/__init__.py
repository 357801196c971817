"""What somebody should look at in a study's files before its numbers are believed: every problem, worst first.

Rows that were set aside come from reading. Everything else is about rows that were accepted: it changes nothing, and a
person decides.
"""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from analysis.checking.columns import suspicions
from analysis.checking.places import Places
from analysis.errors import listing
from analysis.reading.persons.protection import masked
from analysis.study import Study

SEVERITIES = ("stops", "set_aside", "warning", "note")
"""From worst: the study can't go on; a row is not used, which somebody has accepted; to be looked at; good to know."""
COLUMNS = [
    "severity", "rule", "table", "file", "sheet", "cell", "row", "column", "field", "item", "id", "question", "value", "count",
]  # fmt: skip


def problems(study: Study) -> pd.DataFrame:
    """Everything that was found in a study's files.

    Returns
    -------
    pandas.DataFrame
        One row per problem, worst first: `severity`, `rule`, the `table`, and where it is: `file`, `sheet`, `cell` as a
        spreadsheet calls it (`B17`, `17:17` a whole row, `F:F` a whole column; empty where the file is none), `row`
        (0 where a whole column is meant), `column` of the file, `field` of the catalogue, `item`, `id` of the row; the
        `question` as the file words it, what is written (`value`; personal values are not repeated) and how many cells
        are meant (`count`).
    """
    places = Places(study)
    found = [*_faults(study, places), *_skips(study, places), *_notes(study, places), *_suspicions(study, places)]
    frame = pd.DataFrame(found, columns=COLUMNS)
    order = frame["severity"].map({severity: place for place, severity in enumerate(SEVERITIES)})
    often = frame.groupby(["severity", "rule"])["rule"].transform("size")
    return frame.iloc[
        frame.assign(_order=order, _often=-often)
        .sort_values(["_order", "_often", "rule", "file", "sheet", "row"], kind="stable")
        .index
    ].reset_index(drop=True)


def _faults(study: Study, places: Places) -> Iterator[Mapping[str, object]]:
    aside = study.reading.counts.groupby("table")["set_aside"].sum()
    stopping = {str(table) for table, rows in aside.items() if rows > study.settings.tables[str(table)].set_aside}
    faults = study.reading.quarantine
    shown = masked(faults, study.catalogue)
    for fault, value in zip(faults.to_dict("records"), shown, strict=True):
        yield {
            **places.of(fault["table"], fault["file"], fault["item"], fault["column"], int(fault["row"])),
            "severity": "stops" if fault["table"] in stopping else "set_aside",
            "rule": fault["rule"],
            "id": fault["id"],
            "value": value.removesuffix(" 00:00:00"),
            "count": 1,
        }


def _skips(study: Study, places: Places) -> Iterator[Mapping[str, object]]:
    """Answers that break a skip rule: they are kept, since the answer or the filter may be wrong."""
    broken = study.reading.skips
    for one, value in zip(broken.to_dict("records"), masked(broken, study.catalogue), strict=True):
        yield {
            **places.of(one["table"], one["file"], one["item"], one["column"], int(one["row"])),
            "severity": "warning",
            "rule": one["breach"],
            "id": one["id"],
            "value": value,
            "count": 1,
        }


def _notes(study: Study, places: Places) -> Iterator[Mapping[str, object]]:
    for note in study.reading.notes.to_dict("records"):
        yield {
            **places.of("", note["file"]),
            "severity": "note",
            "rule": note["note"],
            "value": note["examples"],
            "count": note["count"],
        }


def _suspicions(study: Study, places: Places) -> Iterable[Mapping[str, object]]:
    for one in suspicions(study):
        files = list(dict.fromkeys(places.files_of(one.table, one.item, one.field)))
        place = places.of(one.table, files[0] if files else "", one.item, one.field)
        if len(files) > 1:  # a column that several files have has no one place
            place |= {"file": listing(files, 2), "sheet": "", "cell": ""}
        yield {**place, "severity": one.severity, "rule": one.rule, "id": "", "value": one.value, "count": one.cells}
    for unused in places.unused():
        yield {**unused, "severity": "note", "rule": "column_unused", "id": "", "value": unused["column"], "count": 1}
