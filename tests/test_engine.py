"""The engine that holds a study's tables: what study.yml may say of it, and what it says when it comes to an end."""

import platform
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from analysis.errors import RunError, StudyError
from analysis.reading import spark
from analysis.reading.engine import connect, limits_told
from analysis.settings import Engine, Settings, checked

SETTINGS = {
    "title": {"en": "x"},
    "summary": {"en": "x"},
    "languages": ["en"],
    "tables": {"respondents": {"files": [{"file": "a.csv", "columns": {}}]}},
    "chapters": ["6_satisfaction"],
}


def engine_of(given):
    return checked({**SETTINGS, "engine": given}, Settings, "study.yml").engine


def test_an_engine_is_named_or_described():
    assert engine_of("duckdb") == Engine(name="duckdb", memory="4GB", threads=None, spill=None)
    described = engine_of({"name": "duckdb", "memory": "1.5 GiB", "threads": "2", "spill": "/fast"})
    assert described == Engine(name="duckdb", memory="1.5 GiB", threads=2, spill=Path("/fast"))
    cluster = engine_of({"name": "spark", "master": "spark://10.0.0.1:7077"})
    assert cluster == Engine(name="spark", memory="4GB", master="spark://10.0.0.1:7077")
    assert checked(SETTINGS, Settings, "study.yml").engine is None


@pytest.mark.parametrize(
    ("memory", "size"), [("4GB", 4_000_000_000), ("1.5 GiB", 1_610_612_736), ("500mb", 500_000_000), ("64KiB", 65_536)]
)
def test_memory_is_in_decimal_or_binary_units(memory, size):
    assert Engine(name="duckdb", memory=memory).memory_bytes == size


@pytest.mark.parametrize(
    ("given", "key", "place"),
    [
        ("duckbd", "settings_key", "study.yml: engine.name"),
        ({"name": "duckdb", "master": "spark://10.0.0.1:7077"}, "settings_value", "study.yml: engine"),
        ({"name": "spark", "master": ""}, "settings_value", "study.yml: engine.master"),
        ({"memory": "4GB"}, "settings_value", "study.yml: engine.name"),
        ({"name": "duckdb", "memory": "much"}, "settings_value", "study.yml: engine.memory"),
        ({"name": "duckdb", "memory": "4"}, "settings_value", "study.yml: engine.memory"),
        ({"name": "duckdb", "memory": "0GB"}, "settings_value", "study.yml: engine.memory"),
        ({"name": "duckdb", "threads": "0"}, "settings_value", "study.yml: engine.threads"),
    ],
)
def test_what_is_no_engine_is_refused_by_name(given, key, place):
    with pytest.raises(StudyError) as caught:
        engine_of(given)
    assert (caught.value.key, caught.value.place) == (key, place)
    assert caught.value.facts.get("nearest", "duckdb") == "duckdb"


def test_the_engine_keeps_to_its_limits(tmp_path):
    with connect(Engine(name="duckdb", memory="64MiB", threads=1), tmp_path) as connection:
        said = connection.sql("select current_setting('memory_limit'), current_setting('threads')").fetchall()
        drawn = connection.sql("select current_setting('enable_progress_bar')").fetchall()
    assert (said, drawn) == ([("64.0 MiB", 1)], [(False,)])


@pytest.mark.parametrize("there", ["a file", "nothing"])
def test_a_spill_folder_that_is_none_is_refused(tmp_path, there):
    spill = tmp_path / "spill"
    if there == "a file":
        spill.touch()
    with pytest.raises(StudyError) as caught:
        connect(Engine(name="duckdb"), spill)
    assert (caught.value.key, caught.value.place) == ("spill_not_writable", str(spill))


SORTED = "create table sorted as select hash(range) as a, hash(range + 1) as b from range(2_000_000) order by a"


def test_a_spill_folder_that_is_full_is_told(tmp_path):
    engine = Engine(name="duckdb", memory="32MB", threads=1)
    with pytest.raises(RunError) as caught, connect(engine, tmp_path) as connection, limits_told(engine, tmp_path):
        connection.sql("set max_temp_directory_size = '1MB'")
        connection.sql(SORTED)
    assert (caught.value.key, caught.value.place) == ("spill_full", str(tmp_path))


def test_too_little_memory_is_told(tmp_path):
    engine = Engine(name="duckdb", memory="4MB", threads=1)
    with pytest.raises(RunError) as caught, connect(engine, tmp_path) as connection, limits_told(engine, tmp_path):
        connection.sql("set temp_directory = ''")
        connection.sql(SORTED)
    assert (caught.value.key, caught.value.facts) == ("engine_memory", {"memory": "4MB"})


def test_other_errors_of_the_engine_are_its_own(tmp_path):
    engine = Engine(name="duckdb")
    with pytest.raises(duckdb.CatalogException), connect(engine, tmp_path) as connection, limits_told(engine, tmp_path):
        connection.sql("select * from nothing")


def test_what_ended_processes_of_this_machine_left_to_spark_goes_and_nothing_else(tmp_path):
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    kept = [f"spark-elsewhere-{ended.pid}", f"spark-{platform.node()}-1", f"spark-{platform.node()}-notes"]
    for name in [*kept, f"spark-{platform.node()}-{ended.pid}"]:
        (tmp_path / name).mkdir()
    made = spark.own_folder(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {*kept, made.name}


def test_a_spark_that_is_not_installed_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(RunError) as caught:
        spark.tables(Engine(name="spark"), tmp_path, {})
    assert caught.value.key == "spark_absent"


def test_a_spark_that_does_not_start_is_told(tmp_path):
    """Without a Java; in a process of its own, which has no Spark yet."""
    pytest.importorskip("pyspark.sql", reason="no Spark (the extra `spark`)")
    code = """
import sys
from pathlib import Path
from analysis.errors import RunError
from analysis.reading import spark
from analysis.settings import Engine
try:
    spark.tables(Engine(name="spark"), Path(sys.argv[1]), {})
except RunError as problem:
    print(problem.key, *problem.facts)
"""
    without = {"PATH": "", "JAVA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    command = [sys.executable, "-c", code, tmp_path]
    ran = subprocess.run(command, env=without, capture_output=True, text=True, timeout=120, check=False)
    assert ran.stdout.split() == ["spark_not_started", "problem"], ran.stderr
