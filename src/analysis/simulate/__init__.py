"""The synthetic Nanchang study: every table of the mission, made from a seed, with its known truth.

`python -m analysis.simulate` rebuilds data/raw/nanchang byte for byte. Only `analysis.reporting` writes otherwise; this
package is the one exception, because what it writes are raw data and no results.

The data are made *to* the figures that the paper published (N01 … N28 of FIGURES.md), so they can verify none of them.
A figure that must hold does so by quotas, in every term and for every seed: every seat of a team is for one profile,
answers are cut at shares of the whole population, and the sample is drawn systematically from a list in the order of
what it must represent.
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from analysis.simulate import burden, communities, files, residents, staff

SEED = 2020
"""The seed of the committed files."""


class Simulation(NamedTuple):
    """A synthetic study.

    Attributes
    ----------
    tables
        As `analysis.reading` gives them: the catalogue's keys and types, `<column>_missing` for item non-response.
    truth
        What the tables are made of: of the staff, before values went missing; of the residents, of all adults in the 12
        communities, before sampling and non-response. Proportions are in [0, 1].
    """

    tables: dict[str, pd.DataFrame]
    truth: dict[str, float]


def simulate(seed: int = SEED) -> Simulation:
    """Make the study. Each step has a stream of random numbers of its own, in the order in which the steps are called.

    Parameters
    ----------
    seed
        The same seed makes the same tables, to the byte.
    """
    streams = iter(np.random.Generator(np.random.PCG64(seed)).spawn(9))
    places = communities.draw_communities(next(streams))
    roster = staff.draw_roster(next(streams), places)
    posts = staff.count_posts(places, roster)
    items = burden.draw_work_items(next(streams))
    ledgers = burden.draw_ledgers(next(streams), places)
    population = residents.draw_population(next(streams), places)
    respondents = residents.draw_sample(next(streams), population)
    tables = {
        "communities": places,
        "roster": staff.as_recorded(next(streams), roster),
        "posts": posts,
        "work_items": items,
        "ledgers": ledgers,
        **residents.interview(next(streams), respondents, population),
        **communities.draw_surroundings(next(streams), places),
    }
    truth = staff.truth(roster, posts) | burden.truth(items, ledgers) | residents.truth(population)
    return Simulation(
        {name: files.as_read(name, table) for name, table in tables.items()},
        {name: float(value) for name, value in truth.items()},
    )


def write(folder: Path, seed: int = SEED) -> None:
    """Write the tables of the study as files."""
    files.write_tables(folder, simulate(seed).tables)
