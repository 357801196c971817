"""The door for tables larger than memory: the same tables, faults and counts as at once, and nothing half-written."""

import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml

from analysis import locations, study
from analysis.reading import fates
from analysis.reading.formats import delimited

NANCHANG = locations.folder_of("nanchang")
RAW = locations.ROOT / "data" / "raw" / "nanchang"
TOLD = ("quarantine", "counts", "links", "notes", "columns", "exclusions", "rules", "skips")


@pytest.fixture(autouse=True)
def processed(monkeypatch, tmp_path):
    """Tables are written below tmp_path; pieces are small, so that there are several."""
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "processed")
    monkeypatch.setattr(delimited.pieces, "__defaults__", (20_000,))
    return tmp_path / "processed"


def with_engine(folder: Path, into: Path, **engine) -> Path:
    """A copy of a study that names an engine."""
    shutil.copytree(folder, into)
    settings = yaml.load((into / "study.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    settings["engine"] = {"name": "duckdb", "memory": "256MB", "threads": "2", **engine}
    (into / "study.yml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return into


def by_community(frame: pd.DataFrame) -> pd.DataFrame:
    """A table in memory as it lies on the disk."""
    kept = frame.drop(columns=["name", "name_missing"], errors="ignore")
    return kept.sort_values("community_id", kind="stable", ignore_index=True) if "community_id" in kept else kept


def assert_same(opened, in_memory):
    """Hold every part of two readings against each other."""
    tables = opened.reading.tables
    assert [*tables] == [*in_memory.reading.tables]
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, by_community(in_memory.reading.tables[name]))
    for name in TOLD:
        there, here = getattr(opened.reading, name), getattr(in_memory.reading, name)
        assert there.to_dict("records") == here.to_dict("records"), name
        assert [*there] == [*here]
    keys = fates.COLUMNS[:-1]
    there, here = (one.reading.fates.groupby(keys)["rows"].sum().to_dict() for one in (opened, in_memory))
    assert there == here


def test_nanchang_is_the_same_in_pieces(tmp_path):
    opened = study.open(str(with_engine(NANCHANG, tmp_path / "large")), str(RAW))
    assert_same(opened, study.open(str(NANCHANG), str(RAW)))
