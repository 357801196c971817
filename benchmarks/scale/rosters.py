"""A synthetic register of persons in office, one row a person and term, as Parquet: any number of rows, the same each time."""

from itertools import pairwise
from pathlib import Path

import duckdb

from analysis.settings import Term

POSTS = 20
"""In each community."""
STARTS = (2006, 2009, 2012, 2015, 2018, 2021)
TERMS = {str(first): Term(start=f"{first}-07-01", end=f"{last}-07-01") for first, last in pairwise(STARTS)}
PART = 100_000
"""Posts in a file."""

ROWS = f"""
with held as (
    select
        unnest(range({len(TERMS)})) as place,
        post,
        -- a post's holder is followed by another in about a third of the elections
        list_sum([(hash(post * 64 + before) % 3 = 0)::integer for before in range(1, place + 1)])::integer as successor,
    from (select range as post from range($first, $last))
)
select
    printf('C%07d', post // {POSTS}) as community_id,
    printf('P%09d', post * {len(TERMS)} + coalesce(successor, 0)) as person_id,
    (list_value({", ".join(f"'{term}'" for term in TERMS)}))[place + 1] as term,
    case when post % {POSTS} = 0 then 'head' when post % 5 = 0 then 'deputy' else 'member' end as role,
    case when hash(person_id) % 5 < 3 then 'female' else 'male' end as sex,
    (date '1950-01-01' + (hash(person_id || 'born') % 16000)::integer) as birth_date,
    -- one in ten began late, and one in ten left early
    make_date({STARTS[0]} + 3 * place, 7, 1)
        + case when hash(post * 64 + place + 32) % 10 = 0 then 100 + (hash(post * 64 + place) % 500)::integer else 0 end
        as start,
    case when hash(post * 64 + place + 16) % 10 = 0
        then make_date({STARTS[0]} + 3 * place, 7, 1) + 700 + (hash(post * 64 + place + 48) % 300)::integer end as "end",
from held
"""


def roster(folder: Path, rows: int) -> Path:
    """The folder of the register's files, written where they are not there yet."""
    place = folder / f"roster_{rows}"
    if not place.exists():
        building = folder / f".roster_{rows}"
        building.mkdir(parents=True)
        posts = rows // len(TERMS)
        with duckdb.connect() as engine:
            for part, first in enumerate(range(0, posts, PART)):
                span = {"first": first, "last": min(first + PART, posts)}
                made = engine.execute(f"create or replace temp table part as {ROWS}", span)
                made.execute(f"copy part to '{building}/{part:04}.parquet' (format parquet, row_group_size 100000)")
        building.rename(place)
    return place
