"""The start page of a batch: its communities on one page, to be searched, sorted, filtered and compared without network.

It shows what the communities' own pages print, after disclosure control and with their digits, and computes nothing.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd

from analysis.communities.profile import DESCRIBED, Profile
from analysis.reporting.documents.html import definitions, embedded, frame
from analysis.reporting.documents.model import warnings_of
from analysis.reporting.figures.fonts import carrying
from analysis.reporting.tables import template
from analysis.reporting.wording import Wording
from analysis.study import Study

NAME, RESIDENTS = DESCRIBED[0], DESCRIBED[-1]
HEADLINES = (
    "staff_count", "renewal_rate", "ledgers_per_community", "participation_rate", "satisfaction_score", "index_rank",
)  # fmt: skip
"""Measures that stand first, in this order; a list shows them, and any other that its reader asks for."""
OF_ALL: Mapping[str, str | None] = {
    "activity": None,
    "indicator": None,
    "item": "overall",
    "ledger_form": "paper",
    "varied": "all",
}
"""Dimensions within a community → the one value by which a community is compared; none where it is compared by no such row."""
SAID_BY_SCRIPT = (
    "page_copy", "page_copied", "page_csv", "page_xlsx", "site_shown", "site_none", "site_no_page", "site_compare_one",
)  # fmt: skip
"""Words that report.js and site.js put on a page."""

Row = dict[str, Any]
"""A row of a measure table."""
Card = Mapping[str, Any]
"""What one community's page prints, as JSON holds it: `name`, `places` by column, and `cells` by measure."""


class Unit(NamedTuple):
    """A community on the start page: its card, none before its first page, and its page's folder, empty without one."""

    community: str
    card: Card | None
    folder: str


def compared(profile: Profile) -> list[Row]:
    """The rows by which communities are compared: of the whole community, at the last time of each measure, one a measure.

    Beside each stands that of all communities, of `scope` city, where there is one.
    """
    needed = profile.rows[
        ["measure", "scope", "term", "year", *OF_ALL, "window", "estimate", "low", "high", "unit", "reason"]
    ]
    rows = [row for row in needed.to_dict("records") if _is_of_all(row)]
    place = {term: place for place, term in enumerate(profile.study.terms)}
    of_measure: dict[tuple[str, str], Row] = {}
    for row in rows:
        row["when"] = place.get(row["term"], -1), -1.0 if pd.isna(row["year"]) else float(row["year"])
        scope = "city" if row["scope"] == "city" else "community"
        known = of_measure.get((row["measure"], scope))
        if known is None or known["when"] < row["when"]:
            of_measure[row["measure"], scope] = row
    return [*of_measure.values()]


def card(profile: Profile, rows: Sequence[Row], words: Wording) -> Card:
    """What one community shows on the start page, from the rows that `compared` gives."""
    told = profile.description
    cells = {RESIDENTS: words.count(float(told[RESIDENTS]))} if RESIDENTS in told else {}  # type: ignore[arg-type]
    return {
        "name": str(told.get(NAME, words.label("community_id", profile.community))),
        "places": {column: words.label(column, told[column]) for column in DESCRIBED[1:-1] if column in told},
        "cells": cells | {row["measure"]: words.cell(row) for row in rows if row["scope"] != "city"},
    }


def columns(rows: Sequence[Row], words: Wording) -> list[Card]:
    """What the communities are compared by: for each measure its heading, its time, and the value of all communities."""
    city = {row["measure"]: words.cell(row) for row in rows if row["scope"] == "city"}
    own = {row["measure"]: row for row in rows if row["scope"] != "city"}
    return [
        {
            "key": measure,
            "heading": _heading(own[measure], words),
            "time": words.window(str(own[measure]["window"])),
            "city": city.get(measure, ""),
        }
        for measure in sorted(words.ordered("measure", own), key=_place)
    ]


def page(study: Study, language: str, languages: Sequence[str], units: Sequence[Unit], compared: Sequence[Card]) -> str:
    """The start page in one language.

    Parameters
    ----------
    units
        The communities in the order of their ids.
    compared
        What `columns` gave of the last page that was made.
    """
    words = Wording(study.catalogue, language)
    cards = [unit.card or {"name": unit.community, "places": {}, "cells": {}} for unit in units]
    places = [column for column in DESCRIBED[1:-1] if len({one["places"].get(column, "") for one in cards}) > 1]
    residents = {"key": RESIDENTS, "heading": words.heading(RESIDENTS), "time": "", "city": ""}
    has_residents = any(RESIDENTS in one["cells"] for one in cards)
    shown = [*([residents] if has_residents else []), *compared]
    content = {
        "all": words.label("scope", "city"),
        "places": [words.heading(column) for column in places],
        "columns": [[one["heading"], one["time"], one["city"]] for one in shown],
        "units": [
            [
                unit.community,
                one["name"],
                quote(unit.folder),
                [one["places"].get(column, "") for column in places],
                [one["cells"].get(column["key"], "") for column in shown],
            ]
            for unit, one in zip(units, cards, strict=True)
        ],
    }
    made = template("site.html").render(
        title=study.settings.title[language],  # type: ignore[index]
        summary=study.settings.summary[language],  # type: ignore[index]
        warnings=warnings_of(study, words),
        languages=languages,
        places=content["places"],
        compared=shown,
        units=[(unit.community, one["name"], quote(unit.folder)) for unit, one in zip(units, cards, strict=True)],
        counts={"all": len(units), "without": sum(not unit.folder for unit in units)},
        content=embedded(content),
        definitions=definitions((one["key"] for one in compared), words),
        **frame(words, SAID_BY_SCRIPT, ["report.js", "site.js"]),
    )
    return carrying(made)


def _is_of_all(row: Row) -> bool:
    is_own = row["scope"] in ("community", "city") or row["measure"] == "index_rank"
    return is_own and all(pd.isna(row[column]) or row[column] == value for column, value in OF_ALL.items())


def _place(measure: str) -> int:
    return HEADLINES.index(measure) if measure in HEADLINES else len(HEADLINES)


def _heading(row: Row, words: Wording) -> str:
    named = [words.label(column, row[column]) for column in ("ledger_form", "item") if not pd.isna(row[column])]
    measure = words.measure(row["measure"])
    return words.text("site_of", measure=measure, of=named[0]) if named else measure
