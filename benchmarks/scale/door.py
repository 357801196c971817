"""What the door in costs for a large register, beside DuckDB's bare reading of the same file in the same run.

Run from the repository: `.venv/bin/python benchmarks/scale/door.py [FOLDER [ROWS …]]`, which makes the registers in FOLDER
(1.2 GB for 20 million rows; a temporary one without) and writes door.csv beside itself. Each case has a process of its own;
`of_yardstick` compares processor seconds, which other programs on the machine change less than those on the clock.
"""

import json
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter

import duckdb
import runs

ROWS = (1_000_000, 20_000_000)
IN_MEMORY_MOST = 1_000_000
COMMUNITIES = 2000
YARDSTICK = "bare reading"
REGISTER = f"""
select
    'R' || lpad(range::varchar, 9, '0') as 编号,
    'C' || lpad((range * {COMMUNITIES} // $rows)::varchar, 4, '0') as 社区编号,
    if(hash(range * 8 + 1) % 2 = 0, '男', '女') as 性别,
    1930 + (hash(range * 8 + 2) % 75)::integer as 出生年份,
    ['小学', '初中', '高中', '大专', '本科'][1 + (hash(range * 8 + 3) % 5)::integer] as 学历,
    round(0.5 + (hash(range * 8 + 4) % 3000) / 1000, 3) as 权数,
    if(hash(range * 8 + 5) % 7 = 0, '是', '否') as 党员,
    if(hash(range * 8 + 6) % 4 = 0, '是', '否') as 外来
from range($rows)
"""
STUDY = """
title: {{en: A register}}
summary: {{en: A register}}
languages: [en]
chapters: [3_structure]
data_dir: {data}
waves: [first]
{engine}
tables:
  respondents:
    files:
      - file: {file}
        set: {{wave: first}}
        columns:
          respondent_id: 编号
          community_id: 社区编号
          sex: 性别
          birth_year: 出生年份
          education: {{column: 学历, values: {{小学: primary, 初中: junior_secondary, 高中: senior_secondary}}}}
          weight: 权数
          is_party_member: 党员
          is_migrant: 外来
"""
ORIGIN = """
title: {en: A register}
owner: {en: Nobody}
licence: CC0-1.0
date: "2026"
sampling: {en: All}
is_synthetic: true
obtained: {en: Made}
"""
ENGINE = "engine: {name: duckdb, memory: 4GB, threads: 2}"


def register(folder: Path, rows: int) -> Path:
    """A folder with the register as CSV and as Parquet, made where they are not there yet."""
    place = folder / f"door_{rows}"
    if not place.exists():
        building = folder / f".door_{rows}"
        building.mkdir(parents=True)
        with duckdb.connect() as engine:
            engine.execute(f"create temp table register as {REGISTER}", {"rows": rows})
            engine.execute(f"copy register to '{building}/register.csv' (header)")
            engine.execute(f"copy register to '{building}/register.parquet'")
        building.rename(place)
    return place


def study_of(place: Path, file: str, engine: str) -> Path:
    """A study of a file of the register."""
    folder = place / f"{Path(file).suffix[1:]}_{'engine' if engine else 'memory'}"
    folder.mkdir(exist_ok=True)
    (folder / "study.yml").write_text(STUDY.format(data=place, file=file, engine=engine), encoding="utf-8")
    (folder / "origin.yml").write_text(ORIGIN, encoding="utf-8")
    return folder


def measured(case: str, file: str, place: Path) -> dict[str, float]:
    """Seconds on the clock and of the processors, and the largest resident memory of this process."""
    from analysis import locations, study

    locations.PROCESSED = place / "processed"
    folder = study_of(place, file, "" if case == "in memory" else ENGINE)
    start, before = perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
    if case == YARDSTICK:
        duckdb.sql("set threads = 2")
        reader = duckdb.read_csv if file.endswith(".csv") else duckdb.read_parquet
        reader(str(place / file)).aggregate("bit_xor(hash(columns(*)))").fetchall()
    else:
        study.read(str(folder))
    after = resource.getrusage(resource.RUSAGE_SELF)
    busy = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"seconds": perf_counter() - start, "busy": busy, "peak_mb": runs.peak_mb()}


def main(folder: Path, sizes: list[int]) -> None:
    """Measure every case on registers of every size."""
    rows = []
    for size in sizes:
        # In a process of its own, so that none of those measured begins with the memory that this takes.
        subprocess.run([sys.executable, __file__, "--make", str(folder), str(size)], check=True)
        place = register(folder, size)
        for file in ("register.csv", "register.parquet"):
            shutil.rmtree(place / "processed", ignore_errors=True)
            yardstick = None
            for case in (YARDSTICK, "the door", "opened again", "in memory"):
                if case == "in memory" and size > IN_MEMORY_MOST:
                    continue
                found = runs.measured(__file__, case, file, str(place))
                yardstick = yardstick or found["busy"]
                told = [f"{size:,}", file.rpartition(".")[2], case, f"{found['seconds']:.1f}", f"{found['busy']:.1f}"]
                rows.append([*told, f"{found['busy'] / yardstick:.1f}", f"{found['peak_mb']:.0f}"])
                print(*rows[-1], sep="\t", flush=True)
    runs.write(__file__, ["rows", "file", "what", "seconds", "processor_seconds", "of_yardstick", "peak_mb"], rows)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(measured(sys.argv[2], sys.argv[3], Path(sys.argv[4]))))
    elif sys.argv[1:2] == ["--make"]:
        register(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            place = Path(sys.argv[1]).absolute() if sys.argv[1:] else Path(temporary)
            main(place, [int(size) for size in sys.argv[2:]] or list(ROWS))
