"""A synthetic register of persons, as Parquet: any number of rows, the same each time."""

from pathlib import Path

import duckdb

STRATA, CLUSTERS, DOMAINS, MANY_DOMAINS = 20, 5000, 12, 1200
PART = 5_000_000

ROWS = f"""
select
    cluster % {STRATA} as stratum,
    cluster,
    cluster * {MANY_DOMAINS} // {CLUSTERS} as community,
    hash(row * 8 + 1) % {DOMAINS} as domain,
    hash(row * 8 + 2) % {MANY_DOMAINS} as small_domain,
    1 + (hash(row * 8 + 3) % 16) / 4.0 as weight,
    floor(-ln((hash(row * 8 + 4) % 1000000 + 1) / 1000001.0) * (1 + (cluster % 7) / 4.0))::integer as acts,
    exp(2 + 0.8 * sqrt(-2 * ln((hash(row * 8 + 5) % 1000000007 + 1) / 1000000008.0))
        * cos(2 * pi() * (hash(row * 8 + 6) % 1000000007) / 1000000007.0)) as hours,
    hash(row * 8 + 7) % 3 = 0 as is_volunteer
from (select range as row, (range * {CLUSTERS} // $rows)::integer as cluster from range($first, $last))
"""


def register(folder: Path, rows: int) -> Path:
    """The folder of the register's files, written where they are not there yet."""
    place = folder / f"register_{rows}"
    if not place.exists():
        building = folder / f".register_{rows}"
        building.mkdir(parents=True)
        with duckdb.connect() as engine:
            for part, first in enumerate(range(0, rows, PART)):
                span = {"rows": rows, "first": first, "last": min(first + PART, rows)}
                made = engine.execute(f"create or replace temp table part as {ROWS}", span)
                made.execute(f"copy part to '{building}/{part:04}.parquet' (format parquet, row_group_size 500000)")
        building.rename(place)
    return place
