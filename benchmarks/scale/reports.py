"""What a report on a register of residents costs that stays on DuckDB: its chapters, the pages of communities, and as a whole.

Run from the repository: `.venv/bin/python benchmarks/scale/reports.py [FOLDER [ROWS …]]`, which makes the registers in FOLDER
(a temporary one without) and writes reports.csv beside itself. Each register has a process of its own. Residents live in 1,000
communities; half of them have two kinds of activity to tell of. Seconds are those of the processor, of all threads. The whole
report is that of `study report`, by the clock, first with the door in, then of what has passed it.
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from time import perf_counter, process_time, sleep

import duckdb
import psutil
import runs

from analysis import locations, on_engine, participation, study
from analysis.communities.profile import profiles
from analysis.settings import Engine

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
STUDY = """
title: {{en: A city}}
summary: {{en: A city}}
languages: [en]
chapters: [5_participation]
data_dir: {data}
waves: [first]
wave_years: {{first: 2020}}
groups: [women, older_women, college, party_members]
model_groups: [women, party_members]
engine: {{name: duckdb, memory: {memory}}}
tables:
  respondents:
    files:
      - file: respondents.parquet
        columns: {{{respondents}}}
  participation:
    files:
      - file: participation.parquet
        columns: {{{participation}}}
"""
ORIGIN = """
title: {en: A city}
owner: {en: Nobody}
licence: CC0-1.0
date: "2020"
sampling: {en: All}
is_synthetic: true
obtained: {en: Made}
"""
COLUMNS = {
    "respondents": "respondent_id community_id wave sex birth_year education is_party_member",
    "participation": "respondent_id wave activity acts",
}


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
    decided: dict[str, object] = {"design": {}, "index": None, "frequency_midpoints": None, "waves": ["first"]}
    decided["engine"] = Engine(name="duckdb", memory=MEMORY, spill=folder)
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


def whole_reports(folder: Path, rows: int) -> list[dict[str, object]]:
    """`study report` of the register as files, twice: seconds by the clock, and the most memory that a process of it had."""
    place = folder / f"city_{rows}"
    place.mkdir(exist_ok=True)
    mapped = {name: ", ".join(f"{one}: {one}" for one in columns.split()) for name, columns in COLUMNS.items()}
    settings = STUDY.format(data=folder / f"residents_{rows}", memory=MEMORY, **mapped)
    (place / "study.yml").write_text(settings, encoding="utf-8")
    (place / "origin.yml").write_text(ORIGIN, encoding="utf-8")
    accepted = locations.PROCESSED / place.name
    shutil.rmtree(accepted, ignore_errors=True)
    command = [str(Path(sys.executable).with_name("study")), "report", str(place), "--out", str(place / "report")]
    found: list[dict[str, object]] = []
    for name in ("study report, and the door", "study report again"):
        begun, peak = perf_counter(), 0
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as report:
            while report.poll() is None:
                peak = max([peak, *map(_resident, psutil.Process(report.pid).children(recursive=True))])
                sleep(0.2)
        if report.returncode:
            sys.exit(report.returncode)
        seconds = perf_counter() - begun
        found.append({"rows": rows, "case": name, "seconds": f"{seconds:.1f}", "peak_gb": f"{peak / 1024**3:.2f}"})
        print(*found[-1].values(), sep="\t", file=sys.stderr, flush=True)
    shutil.rmtree(accepted)
    return found


def _resident(process: psutil.Process) -> int:
    """Bytes of memory of a process, which may have ended."""
    try:
        return process.memory_info().rss
    except psutil.NoSuchProcess:
        return 0


def main(folder: Path, sizes: list[int]) -> None:
    """Measure each register in a process of its own, and write what it took."""
    rows: list[dict[str, object]] = []
    for size in sizes:
        made = subprocess.run(
            [sys.executable, __file__, "--one", str(folder), str(size)], check=True, stdout=subprocess.PIPE
        )
        rows += [*json.loads(made.stdout), *whole_reports(folder, size)]
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
