"""What a report on a register of residents costs that stays on DuckDB: its chapters, and the pages of communities.

Run from the repository: `.venv/bin/python benchmarks/scale/reports.py [FOLDER [ROWS …]]`, which makes the registers in FOLDER
(a temporary one without) and writes reports.csv beside itself. Each register has a process of its own. Residents live in 1,000
communities; half of them have two kinds of activity to tell of. Seconds are those of the processor, of all threads.
"""

import csv
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import process_time

import duckdb
import runs

from analysis import on_engine, participation, study
from analysis.communities.profile import profiles

ROWS = (1_000_000, 10_000_000)
COMMUNITIES, PAGES = 1000, 20
MEMORY = "4GB"
PEOPLE = f"""
select
    printf('R%09d', row) as respondent_id,
    printf('C%04d', row * {COMMUNITIES} // $rows) as community_id,
    'first' as wave,
    case when hash(row * 8 + 1) % 2 = 0 then 'female' else 'male' end as sex,
    (1940 + hash(row * 8 + 2) % 60)::bigint as birth_year,
    (['primary', 'junior_secondary', 'senior_secondary', 'bachelor'])[(1 + hash(row * 8 + 3) % 4)::bigint] as education,
    hash(row * 8 + 4) % 10 = 0 as is_party_member
from (select range as row from range($rows))
"""
TOLD = """
select
    respondent_id, wave, activity,
    floor(-2 * ln((hash(respondent_id || activity) % 1000000 + 1) / 1000001.0))::bigint as acts
from people, (select unnest(['cultural', 'voluntary']) as activity)
where hash(respondent_id) % 2 = 0
order by respondent_id
"""


def register(folder: Path, rows: int, kinds: tuple[str, str]) -> Path:
    """The folder of a register's tables, written where they are not there yet."""
    place = folder / f"residents_{rows}"
    if not place.exists():
        building = folder / f".residents_{rows}"
        building.mkdir(parents=True, exist_ok=True)
        told = TOLD.replace("cultural", kinds[0]).replace("voluntary", kinds[1])
        with duckdb.connect() as engine:
            engine.execute(f"create temp table people as {PEOPLE}", {"rows": rows})
            for name, made in (
                ("respondents", "from people order by community_id, respondent_id"),
                ("participation", told),
            ):
                engine.execute(f"copy ({made}) to '{building}/{name}.parquet' (format parquet, row_group_size 100000)")
        building.rename(place)
    return place


def opened(folder: Path, rows: int) -> study.Study:
    """The register as a study of the form of the synthetic Nanchang one, without its sample's design."""
    base = study.open("nanchang")
    decided = {"design": {}, "index": None, "frequency_midpoints": None, "waves": ["first"]}
    decided |= {
        "groups": ["women", "older_women", "college", "party_members"],
        "model_groups": ["women", "party_members"],
    }
    kinds = [*base.catalogue.level_set("activity")][:2]
    place = register(folder, rows, (kinds[0], kinds[1]))
    engine = duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(folder)})
    tables = {name: engine.read_parquet(str(place / f"{name}.parquet")) for name in ("respondents", "participation")}
    content = base.reading._replace(tables=on_engine.kept(tables, most=0))
    return replace(base, settings=base.settings.model_copy(update=decided), reading=content)


def cases() -> dict[str, Callable[[study.Study], object]]:
    """What is measured, one after the other: what was laid out for one is there for the next."""
    return {
        "laid out": participation.prepared,
        "participation": participation.measures,
        f"{PAGES} communities": lambda own: [*profiles(own, own.communities()[:PAGES])],
        "one community": lambda own: own.restricted("C0500"),
    }


def measured(folder: Path, rows: int) -> list[dict[str, object]]:
    """Each case of a register: seconds of the processor and the peak of memory so far."""
    own, found = opened(folder, rows), []
    for name, call in cases().items():
        begun = process_time()
        call(own)
        peak = runs.peak_mb() / 1024
        found.append({"rows": rows, "case": name, "seconds": f"{process_time() - begun:.1f}", "peak_gb": f"{peak:.2f}"})
        print(*found[-1].values(), sep="\t", file=sys.stderr, flush=True)
    return found


def main(folder: Path, sizes: list[int]) -> None:
    """Measure each register in a process of its own, and write what it took."""
    rows: list[dict[str, object]] = []
    for size in sizes:
        made = subprocess.run(
            [sys.executable, __file__, "--one", str(folder), str(size)], check=True, stdout=subprocess.PIPE
        )
        rows += json.loads(made.stdout)
    with Path(__file__).with_suffix(".csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    given = sys.argv[1:]
    if given[:1] == ["--one"]:
        print(json.dumps(measured(Path(given[1]), int(given[2]))))
    else:
        chosen = [int(size) for size in given[1:]] or [*ROWS]
        with tempfile.TemporaryDirectory() as temporary:
            main(Path(given[0] if given else temporary), chosen)
