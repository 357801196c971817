"""A synthetic province: as many communities as asked for, in cities that are each a study of the simulator with its own seed.

The example of scale. Nothing in it stands for a real place: its cities have the teams, burdens and answers of the synthetic
Nanchang study, under other names. The folder holds data/, study.yml and origin.yml, so that it opens like any other study.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

from analysis.errors import StudyError
from analysis.locations import DEFAULT, folder_of
from analysis.simulate import SEED, files, simulate

ONE_IN = 3
"""Of the persons whom a city's survey drew, one in this many is asked in a province."""
NUMBERED = ("person_id", "respondent_id", "organisation_id")
"""Ids that are unique in a city only, until the city's number stands before them."""
NOT_BY_COMMUNITY = ("work_items",)
"""One list for the whole province: that of the first city."""
CHAPTERS = (
    "1_data_quality",
    "2_turnover",
    "3_structure",
    "4_workload",
    "5_participation",
    "6_satisfaction",
    "7_evaluation",
)
WITHOUT = ("margins",)
"""Decisions about Nanchang that say nothing of a province."""


def draw_province(communities: int, seed: int = SEED) -> dict[str, pd.DataFrame]:
    """Draw the tables of a province, in the form of `Simulation.tables`.

    Parameters
    ----------
    communities
        How many; the last city has what is left of its twelve.
    seed
        The same seed makes the same tables; a smaller province is the beginning of a larger one.
    """
    cities = list(_draw_cities(communities, seed))
    joined = {name: pd.concat([city[name] for city in cities], ignore_index=True) for name in cities[0]}
    return {name: files.as_read(name, table) for name, table in joined.items()}


def _draw_cities(communities: int, seed: int) -> Iterator[dict[str, pd.DataFrame]]:
    seeds, before, number = np.random.SeedSequence(seed), 0, 0
    while before < communities:
        number += 1
        tables = simulate(int(seeds.spawn(1)[0].generate_state(1)[0])).tables
        ids = tables["communities"]["community_id"]
        kept = {id_: f"C{before + place:05d}" for place, id_ in enumerate(ids[: communities - before], start=1)}
        yield _renamed(tables, kept, number)
        before += len(kept)


def _renamed(tables: dict[str, pd.DataFrame], kept: dict[str, str], number: int) -> dict[str, pd.DataFrame]:
    """The tables of a city with the communities that are kept, everything under names that no other city has."""
    city = f"合成{number:03d}市"
    subdistricts = {
        name: f"{city}{place}号街道"
        for place, name in enumerate(tables["communities"]["subdistrict"].unique(), start=1)
    }
    people = _asked(tables["respondents"])
    tables = tables | {"respondents": people}
    asked = people.loc[people["community_id"].isin(kept), "respondent_id"]
    renamed = {}
    for name, table in tables.items():
        if name in NOT_BY_COMMUNITY:
            rows = table if number == 1 else table[:0]
        elif "respondent_id" in table:
            rows = table[table["respondent_id"].isin(asked)]
        else:
            rows = table[table["community_id"].isin(kept)]
        new = {column: f"{number:03d}" + rows[column] for column in NUMBERED if column in rows}
        new |= {column: rows[column].map(kept) for column in ("community_id", "cluster") if column in rows}
        new |= {column: rows[column].map(subdistricts) for column in ("subdistrict", "stratum") if column in rows}
        renamed[name] = rows.assign(**new)
    places = renamed["communities"]
    named = {"community_name": "合成社区" + places["community_id"].str.removeprefix("C"), "city": city}
    return renamed | {"communities": places.assign(**named)}


def _asked(people: pd.DataFrame) -> pd.DataFrame:
    """One in `ONE_IN` of the respondents of each community; in each wave they have the weights of all of them."""
    drawn = people[["community_id", "respondent_id"]].drop_duplicates()
    is_asked = drawn.groupby("community_id").cumcount() % ONE_IN == 0
    asked = people[people["respondent_id"].isin(drawn["respondent_id"][is_asked])]
    cell = ["community_id", "wave"]
    share = asked.groupby(cell)["weight"].sum() / people.groupby(cell)["weight"].sum()
    return asked.assign(weight=asked["weight"] / share.loc[[*asked[cell].itertuples(index=False)]].to_numpy())


def write_province(folder: Path, communities: int, seed: int = SEED) -> None:
    """Write a province as a study: data/, study.yml and origin.yml.

    Raises
    ------
    StudyError
        `folder_not_empty`: nothing that stands there is overwritten.
    """
    if folder.exists() and any(folder.iterdir()):
        raise StudyError("folder_not_empty", folder)
    files.write_tables(folder / "data", draw_province(communities, seed))
    for name, content in (("study.yml", _settings(communities)), ("origin.yml", _origin(communities, seed))):
        text = yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=120)
        (folder / name).write_text(f"# Made by analysis.simulate; everything in it is synthetic.\n{text}", "utf-8")


def _settings(communities: int) -> dict[str, object]:
    """The decisions of the synthetic Nanchang study, of which the tables have the form, under a title of their own."""
    decided: dict[str, object] = yaml.safe_load((folder_of(DEFAULT) / "study.yml").read_text("utf-8"))
    own = {
        "title": {"zh": "合成省（合成数据）", "en": "A synthetic province (synthetic data)"},
        "summary": {
            "zh": f"{communities:,} 个合成社区，由程序生成；不是任何真实社区或个人的数据。",
            "en": f"{communities:,} synthetic communities made by a program; not data on any real community or person.",
        },
        "data_dir": "data",
        "report_by": "city",
        "chapters": list(CHAPTERS),
    }
    return {key: value for key, value in (decided | own).items() if key not in WITHOUT}


def _origin(communities: int, seed: int) -> dict[str, object]:
    told: dict[str, object] = yaml.safe_load((folder_of(DEFAULT) / "origin.yml").read_text("utf-8"))
    command = f"python -m analysis.simulate --communities {communities}"
    own = {
        "title": {"zh": "合成省数据", "en": "Synthetic province"},
        "sampling": {
            "zh": "名册、岗位、事项与台账为合成的全部登记；居民样本以街道为层、以社区为初级抽样单元，"
            "从合成的全部成年人中等距抽取，其中部分人第二次追访。",
            "en": "Rosters, posts, items and ledgers are complete synthetic registers. Residents are a systematic sample of "
            "all synthetic adults, with subdistricts as strata and communities as primary units; part were asked again.",
        },
        "obtained": {
            "zh": f"由 `{command}` 按种子 {seed} 生成；不是任何真实社区或个人的数据。",
            "en": f"Made by `{command}` from the seed {seed}. Not data on any real community or person.",
        },
    }
    return {key: value for key, value in (told | own).items() if key not in ("files", "citation")}
