"""What measures of turnover cost on large registers, beside a bare self-join of the same files in the same run.

Run from the repository: `.venv/bin/python benchmarks/scale/turnover.py [FOLDER [ROWS …]]`, which makes the registers in FOLDER
(62 MB for 10 million person-terms; a temporary one without) and writes turnover.csv beside itself. Each case has a process of
its own; `of_yardstick` compares processor seconds, which other programs on the machine change less than those on the clock.
"""

import datetime
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter, process_time

import duckdb
import rosters
import runs

from analysis import turnover
from analysis.turnover import tenure
from analysis.turnover.roster import Roster

ROWS = (1_000_000, 10_000_000)
MEMORY = "4GB"
YARDSTICK = "bare self-join"
TYPES = 'community_id, person_id, term, role, start::timestamp_s as start, "end"::timestamp_s as "end"'
SELF_JOIN = """
with listed as (select distinct community_id, person_id, year("start") - year("start") % 3 as place from '{files}')
select before.community_id, before.place, count(*), count(after.person_id)
from listed before left join listed after
    on before.community_id = after.community_id and before.person_id = after.person_id and after.place = before.place + 3
group by all
"""
MEASURES: dict[str, Callable[[Roster], object]] = {
    "rates": turnover.rates,
    "rates by role": lambda roster: turnover.rates(roster, ["role"]),
    "rates by community": lambda roster: turnover.rates(roster, ["community_id"]),
    "retention": turnover.retention,
    "retention by role": lambda roster: turnover.retention(roster, ["role"]),
    "retention by community": lambda roster: turnover.retention(roster, ["community_id"]),
    "events": tenure.events,
    "years in post": tenure.years_in_post,
    "years in post by role": lambda roster: tenure.years_in_post(roster, ["role"]),
}


def measured(case: str, place: str, folder: Path) -> dict[str, float]:
    """Seconds on the clock and of the processors, reading included, and the largest resident memory of this process."""
    duckdb.sql(f"set memory_limit = '{MEMORY}'; set temp_directory = '{folder.parent / 'spilled'}'")
    files = str(folder / "*.parquet")
    start, busy = perf_counter(), process_time()
    if case == YARDSTICK:
        duckdb.sql(SELF_JOIN.format(files=files)).to_arrow_table()
    else:
        table = duckdb.sql(f"select {TYPES} from '{files}'")
        people = table if place == "DuckDB" else table.df()
        MEASURES[case](Roster(people, rosters.TERMS, observed_until=datetime.date(2020, 6, 30)))
    took = {"seconds": perf_counter() - start, "processor_seconds": process_time() - busy}
    return took | {"peak_mb": runs.peak_mb()}


def main(folder: Path, sizes: list[int]) -> None:
    """Measure every case on registers of every size."""
    rows = []
    for size in sizes:
        register = rosters.roster(folder, size)
        yardstick = None
        for case, place in [
            (YARDSTICK, "DuckDB"),
            *((case, place) for case in MEASURES for place in ("memory", "DuckDB")),
        ]:
            found = runs.measured(__file__, case, place, str(register))
            busy = found["processor_seconds"]
            yardstick = yardstick or busy
            row = [f"{size:,}", case, place, f"{found['seconds']:.2f}", f"{busy:.2f}", f"{busy / yardstick:.1f}"]
            rows.append([*row, f"{found['peak_mb']:.0f}"])
            print(*rows[-1], sep="\t", flush=True)
    runs.write(
        __file__, ["rows", "what", "rows_lie_in", "seconds", "processor_seconds", "of_yardstick", "peak_mb"], rows
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(measured(sys.argv[2], sys.argv[3], Path(sys.argv[4]))))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            place = Path(sys.argv[1]) if sys.argv[1:] else Path(temporary)
            main(place, [int(size) for size in sys.argv[2:]] or list(ROWS))
