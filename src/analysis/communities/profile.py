"""What the page of one community shows, as one value: small, after disclosure control, and made for all communities at once.

A page's notebook asks for it with `opened`. A batch makes the values of all its pages with `profiles` and hands each kernel
its own (`analysis.prepared`): the same notebook, the same outputs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import participation, prepared
from analysis import study as studies
from analysis.catalogue import Catalogue
from analysis.communities.measures import asked_of, city, middle_of, of_communities
from analysis.locations import data_folder, folder_of
from analysis.measure import COLUMNS, combined, dimensions
from analysis.reading import PLACES
from analysis.registers import sizes
from analysis.reporting import disclosure
from analysis.reporting.disclosure import releases
from analysis.reporting.wording import rounded
from analysis.satisfaction import likert
from analysis.study import Study
from analysis.survey.respondents import COMMUNITY

FEW = 30
"""Fewer respondents than this, and a direct estimate says little (METHODS §7)."""
DIMENSIONS = (
    COMMUNITY, "scope", "term", "year", "wave", "ledger_form", "activity", "item", "outcome", "indicator", "varied",
)  # fmt: skip
"""Dimensions that the rows of every page have, whether or not the study tells them."""
DESCRIBED = (*PLACES, "residents")
"""What a page says of its community, as far as the study tells."""


@dataclass(frozen=True)
class Profile:
    """Everything that one community's page shows.

    Attributes
    ----------
    study
        The study without its tables: what a page says of origin, terms and words.
    community, wave
        The community, and the wave that was asked for; empty for the last one of each question.
    rows
        Measure rows of the community and of all communities (`scope`), after disclosure control, estimates and bounds rounded
        to what a page prints, so that a page changes only where what it shows does.
    description
        What the study tells of the community, in the columns of `DESCRIBED`.
    asked
        The tables of answers that the page shows → the wave of each.
    respondents
        The same tables → how many of the community's residents that wave reached.
    """

    study: Study
    community: str
    wave: str
    rows: pd.DataFrame
    description: Mapping[str, object]
    asked: Mapping[str, str]
    respondents: Mapping[str, int]


def opened(study: str, data_dir: str, community: str, wave: str = "") -> Profile:
    """The page of a community: what this process was handed, else computed from the study.

    Parameters
    ----------
    study, data_dir
        As of `analysis.study.open`.

    Raises
    ------
    StudyError
        `unknown_community`, `wave_unknown`; and what opening the study raises.
    """

    def fits(one: Profile) -> bool:
        places = (one.study.folder, one.study.data)
        if (one.community, one.wave) != (community, wave):
            return False
        if (study, data_dir) == tuple(map(str, places)):
            return True  # nothing lies there on a machine that was only handed the page
        folder = folder_of(study)
        return places == (folder, data_folder(folder, data_dir or None, one.study.settings))

    given = prepared.handed_over(Profile, fits)
    return given or next(profiles(studies.open(study, data_dir), [community], wave))


def profiles(study: Study, communities: Sequence[str], wave: str = "", log: Path | None = None) -> Iterator[Profile]:
    """The pages of communities, one after the other; what they have in common is computed once.

    Parameters
    ----------
    study
        The whole study.
    communities
        Ids, in the order of the pages; any of them that the study does not have is refused before anything is computed.
    log
        The folder that is told what was shown and what was hidden of all communities (`disclosure.releases`).

    Raises
    ------
    StudyError
        `unknown_community`, `wave_unknown`.
    """
    study.require_communities(communities)
    answers = asked_of(study, wave)
    of_each = of_communities(study, answers)
    middle = [middle_of(of_each)] if study.settings.index else []
    rows, rule = disclosure.judged(study, combined([of_each, city(study, answers), *middle]))
    if log and rule.notna().any():
        releases.leave(log, releases.recorded(rows[rule.notna()], rule[rule.notna()]))
        releases.gather(log)
    rows = rows.sort_index()
    told_in = {participation.TABLE: answers.takes_part_in, likert.TABLE: answers.rated_in}
    asked = {table: told for table, told in told_in.items() if told}
    whole = _without_counts(rows[rows["scope"] == "city"])
    own = rows.groupby(COMMUNITY).indices if COMMUNITY in rows else {}
    reached = _reached(study)
    described = _described(study)
    without_tables = replace(study, reading=study.reading._replace(tables={}, quarantine=study.reading.quarantine[:0]))
    for community in communities:
        shown = combined([rows.iloc[own.get(community, [])], whole])
        yield Profile(
            study=replace(without_tables, community=community),
            community=community,
            wave=wave,
            rows=_as_shown(_of_a_page(shown), study.catalogue),
            description=described.get(community, {}),
            asked=asked,
            respondents={table: reached.get((community, told), 0) for table, told in asked.items()},
        )


def _without_counts(whole: pd.DataFrame) -> pd.DataFrame:
    """The rows of all communities without what was divided: no page shows it, and every page would change with it."""
    return whole.assign(numerator=np.nan, denominator=np.nan)


def _of_a_page(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows in the columns of a page: its dimensions, and others that these rows tell."""
    told = [name for name in dimensions(rows) if name not in DIMENSIONS and rows[name].notna().any()]
    return rows.reindex(columns=["measure", *DIMENSIONS, *told, *COLUMNS[1:]])


def _as_shown(rows: pd.DataFrame, catalogue: Catalogue) -> pd.DataFrame:
    """The rows with estimates, errors and bounds as they are printed; an interval that printed holds 0 holds it."""
    units = [catalogue.unit(unit) for unit in rows["unit"]]
    shown = {
        column: [
            float(rounded(value, unit["decimals"], unit["factor"]) / unit["factor"]) if np.isfinite(value) else value
            for value, unit in zip(rows[column], units, strict=True)
        ]
        for column in ("estimate", "se", "low", "high")
    }
    return rows.assign(**shown, df=rows["df"].round(1))


def _reached(study: Study) -> Mapping[tuple[str, str], int]:
    """How many residents the survey reached, by community and wave."""
    if not study.has("respondents"):
        return {}
    counts: dict[tuple[str, str], int] = sizes(
        study.rows("respondents", [COMMUNITY, "wave"]), [COMMUNITY, "wave"]
    ).to_dict()
    return counts


def _described(study: Study) -> Mapping[str, Mapping[str, object]]:
    if not study.has("communities"):
        return {}
    rows = study.table("communities")
    known = rows[[COMMUNITY, *(column for column in DESCRIBED if column in rows)]].set_index(COMMUNITY)
    return {
        str(community): {column: value for column, value in row.items() if pd.notna(value)}
        for community, row in zip(known.index, known.to_dict("records"), strict=True)
    }
