"""The door for tables larger than memory: the same tables, faults and counts as at once, and nothing half-written."""

import errno
import os
import shutil
from functools import partial
from itertools import count
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet
import pytest
import yaml
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from analysis import locations, study
from analysis.checksums import digest
from analysis.errors import RunError, StudyError
from analysis.reading import engine, fates, formats
from analysis.reading.formats import delimited
from analysis.reading.in_pieces import held, staging, stamp, store

NANCHANG = locations.folder_of("nanchang")
RAW = locations.ROOT / "data" / "raw" / "nanchang"
NUMBERS = count()


@pytest.fixture(autouse=True)
def processed(monkeypatch, tmp_path):
    """Where tables are written, below tmp_path; pieces are small, so that there are several."""
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "processed")
    monkeypatch.setattr(delimited, "pieces", partial(delimited.pieces, size=60_000))
    return tmp_path / "processed"


def written(folder: Path, given: dict) -> None:
    """Write study.yml."""
    (folder / "study.yml").write_text(yaml.safe_dump(given, allow_unicode=True, sort_keys=False), encoding="utf-8")


def with_engine(folder: Path, **engine) -> Path:
    """A copy of a study, that names an engine."""
    into = folder.with_name(f"{folder.name}_on_engine_{next(NUMBERS)}")
    shutil.copytree(folder, into)
    given = yaml.load((into / "study.yml").read_text(encoding="utf-8"), yaml.BaseLoader)
    written(into, given | {"engine": {"name": "duckdb", "memory": "256MB", "threads": "2", **engine}})
    return into


def by_community(frame: pd.DataFrame) -> pd.DataFrame:
    """A table in memory as it lies on the disk."""
    kept = frame.drop(columns=["name", "name_missing"], errors="ignore")
    return kept.sort_values("community_id", kind="stable", ignore_index=True) if "community_id" in kept else kept


def assert_same(opened, at_once):
    """Hold every part of two readings against each other."""
    tables = opened.reading.tables
    assert [*tables] == [*at_once.reading.tables]
    for name, frame in tables.items():
        pd.testing.assert_frame_equal(frame, by_community(at_once.reading.tables[name]))
    for name in ("counts", "links", "notes", "columns", "rules", "skips"):
        assert told(opened, name) == told(at_once, name)
    for name in ("quarantine", "exclusions"):
        assert sorted(told(opened, name), key=str) == sorted(told(at_once, name), key=str)
    keys = fates.COLUMNS[:-1]
    there, here = (one.reading.fates.groupby(keys)["rows"].sum().to_dict() for one in (opened, at_once))
    assert there == here
    assert opened.reading.digests == at_once.reading.digests


def told(opened, name):
    frame = getattr(opened.reading, name)
    return [[*frame], *frame.to_dict("records")]


def test_nanchang_is_the_same_in_pieces(tmp_path):
    shutil.copytree(NANCHANG, tmp_path / "nanchang")
    opened = study.open(str(with_engine(tmp_path / "nanchang")), str(RAW))
    assert_same(opened, study.open(str(NANCHANG), str(RAW)))


REASON = {"reason": {"en": "x"}, "source": "x"}
SURVEY = {
    "title": {"en": "x"},
    "summary": {"en": "x"},
    "languages": ["en"],
    "chapters": ["5_participation"],
    "data_dir": "data",
    "waves": ["first", "second"],
    "exclusions": [
        {"id": "hasty", "rule": "duration", "below_seconds": "20", **REASON},
        {"id": "young", "rule": "where", "where": {"age_years": {"below": "18"}}, **REASON},
    ],
    "tables": {
        "communities": {
            "files": [{"file": "communities.csv", "columns": {"community_id": "c", "district": "district"}}]
        },
        "respondents": {
            "files": [
                {
                    "file": file,
                    **given,
                    "columns": {
                        "respondent_id": "id",
                        "community_id": "c",
                        "sex": {"column": "sex", "values": {"1": "male", "2": "female"}, "missing": {"9": "refused"}},
                        "age_years": "age",
                        "duration_seconds": "seconds",
                        **columns,
                    },
                }
                for file, given, columns in (
                    ("first.csv", {"set": {"wave": "first"}}, {}),
                    ("others.parquet", {}, {"wave": "wave", "is_party_member": "party"}),
                )
            ]
        },
        "participation": {
            "files": [
                {
                    "file": "acts.csv",
                    "columns": {
                        "respondent_id": "id",
                        "wave": "wave",
                        "acts": {"column": "acts", "missing": {"-1": "refused"}},
                    },
                    "set": {"activity": "deliberation"},
                },
                {
                    "file": "first.csv",
                    "set": {"wave": "first"},
                    "columns": {"respondent_id": "id"},
                    "items": {
                        "column": "activity",
                        "levels": {"culture_sport": {"took_part": "took_a"}, "political": {"took_part": "took_b"}},
                    },
                },
            ]
        },
    },
}
ORIGIN = {
    **{key: {"en": "x"} for key in ("title", "owner", "sampling", "obtained")},
    "licence": "x",
    "date": "2020",
    "is_synthetic": "true",
}
CORRECTIONS = [
    {
        "id": "recoded",
        "kind": "recode",
        "table": "respondents",
        "file": "first.csv",
        "column": "sex",
        "values": {"m": "1"},
    },
    {
        "id": "left_out",
        "kind": "exclude",
        "table": "respondents",
        "file": "first.csv",
        "where": {"respondent_id": "r3"},
    },
]
IDS = st.sampled_from(["r1", "r2", "r3", "r4", "r5", "r6", "", " r1 "])
PERSON = st.fixed_dictionaries(
    {
        "id": IDS,
        "c": st.sampled_from(["C1", "C2", "C3", ""]),
        "sex": st.sampled_from(["1", "2", "男", "m", "9", "", "x"]),
        "age": st.sampled_from(["17", "40", "40.0", "1,000", "-1", "old", ""]),
        "seconds": st.sampled_from(["10", "100", ""]),
    }
)
FIRST = PERSON.flatmap(
    lambda person: st.fixed_dictionaries(
        {
            **{key: st.just(cell) for key, cell in person.items()},
            "took_a": st.sampled_from("10x"),
            "took_b": st.just("1"),
        }
    )
)
OTHER = PERSON.flatmap(
    lambda person: st.fixed_dictionaries(
        {
            **{key: st.just(cell) for key, cell in person.items()},
            "wave": st.sampled_from(["second", "first", "third", None]),
            "party": st.sampled_from([True, False, None]),
        }
    )
)
ACT = st.fixed_dictionaries(
    {
        "id": IDS,
        "wave": st.sampled_from(["first", "second"]),
        "acts": st.sampled_from(["0", "3", "-1", "-2", "many", ""]),
    }
)


def some(row):
    return st.lists(row, min_size=5, max_size=20)


R3 = {"id": "r3", "c": "C1", "sex": "1", "age": "40", "seconds": "100"}
# Of two with one id a correction excludes the first, a rule the other: with the latter the answers leave.
TWICE = (
    [R3 | {"took_a": "1", "took_b": "1"}],
    [R3 | {"seconds": "10", "wave": "first", "party": None}],
    [{"id": "r3", "wave": "first", "acts": "3"}],
)


@settings(
    max_examples=4, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(some(FIRST), some(OTHER), some(ACT))
@example(*TWICE)
def test_faulty_rows_are_the_same_in_pieces(tmp_path, first, others, acts):
    folder = tmp_path / f"survey_{next(NUMBERS)}"
    (folder / "data").mkdir(parents=True)
    written(folder, SURVEY)
    (folder / "origin.yml").write_text(yaml.safe_dump(ORIGIN), encoding="utf-8")
    found = {"recoded": sum(row["sex"] == "m" for row in first), "left_out": sum(row["id"] == "r3" for row in first)}
    corrections = [
        {**one, "rows": found[one["id"]], "reason": "x", "source": "x"} for one in CORRECTIONS if found[one["id"]]
    ]
    (folder / "corrections.yml").write_text(yaml.safe_dump({"corrections": corrections}), encoding="utf-8")
    (folder / "data" / "communities.csv").write_text("c,district\nC1,East\nC2,West\n", encoding="utf-8")
    pd.DataFrame(first).to_csv(folder / "data" / "first.csv", index=False)
    pd.DataFrame(others).to_parquet(folder / "data" / "others.parquet")
    pd.DataFrame(acts).to_csv(folder / "data" / "acts.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delimited, "pieces", partial(delimited.pieces.func, size=300))
        patch.setattr(held, "AT_A_TIME", 5)
        opened = study.read(str(with_engine(folder)))
    assert_same(opened, study.read(str(folder)))


def register(tmp_path, tables: dict[str, dict], **settings) -> Path:
    """A study of respondents with an engine, from files that are frames or texts, with the columns `id` and `c`."""
    folder = tmp_path / f"register_{next(NUMBERS)}"
    (folder / "data").mkdir(parents=True)
    files = []
    for name, content in tables.items():
        path = folder / "data" / name
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        else:
            content.to_parquet(path)
        columns = {"respondent_id": "id", "community_id": "c"} | settings.get("columns", {})
        files.append({"file": name, "set": {"wave": "first"}, "columns": columns})
    given = {key: SURVEY[key] for key in ("title", "summary", "languages", "chapters", "data_dir", "waves")}
    others = {key: value for key, value in settings.items() if key != "columns"}
    written(folder, given | {"tables": {"respondents": {"files": files}}, "engine": "duckdb"} | others)
    (folder / "origin.yml").write_text(yaml.safe_dump(ORIGIN), encoding="utf-8")
    return folder


def people(*ids, c="C1", **columns):
    return pd.DataFrame({"id": [*ids], "c": c, **columns})


def refusal(folder) -> StudyError:
    with pytest.raises(StudyError) as caught:
        study.read(str(folder))
    return caught.value


def left_behind(processed) -> list[str]:
    """What stands beside the folder for what does not fit into memory, which is empty."""
    found = [path for path in processed.glob("*/*") if path.name != engine.SPILL or any(path.iterdir())]
    return sorted(path.name for path in found)


class TestBadInput:
    def test_a_damaged_file_of_many_is_told_with_its_column_and_nothing_is_written(self, tmp_path, processed):
        folder = register(tmp_path, {f"{part}.parquet": people(f"r{part}") for part in range(3)})
        damaged = folder / "data" / "1.parquet"
        table = pa.table({"id": ["r1"] * 9, "c": ["C1"] * 9})
        pyarrow.parquet.write_table(table, damaged, compression="none", use_dictionary=False)
        content = damaged.read_bytes()
        place = content.index(b"C1")
        damaged.write_bytes(content[: place - 4] + b"\xff" * 4 + content[place:])
        error = refusal(folder)
        assert (error.key, error.place, error.facts["problem"][:3]) == ("arrow_unreadable", str(damaged), "c: ")
        assert not left_behind(processed)

    def test_a_column_of_another_type_in_one_file_is_read_as_what_is_written(self, tmp_path):
        columns = {"birth_year": "born"}
        parts = {
            "a.parquet": people("r1", born=1950),
            "b.parquet": people("r2", born="1951"),
            "c.parquet": people("r3", born=1952.5),
        }
        found = study.read(str(register(tmp_path, parts, columns=columns))).reading
        assert found.tables["respondents"]["birth_year"].tolist() == [1950, 1951]
        [fault] = found.quarantine.to_dict("records")
        told = {
            "file": "c.parquet",
            "row": 1,
            "column": "birth_year",
            "value": "1952.5",
            "rule": "whole_number",
            "id": "r3 first",
        }
        assert fault == {"table": "respondents", "item": "", **told, "id": "r3"}

    def test_what_may_not_be_missing_is_set_aside_with_its_file_and_column(self, tmp_path):
        folder = register(tmp_path, {"a.parquet": people("r1"), "b.parquet": people("r2", "r3", c=["C1", None])})
        found = study.read(str(folder)).reading
        assert found.tables["respondents"]["respondent_id"].tolist() == ["r1", "r2"]
        assert found.quarantine[["file", "row", "column", "rule"]].to_numpy().tolist() == [
            ["b.parquet", 2, "community_id", "missing"]
        ]
        with pytest.raises(StudyError) as caught:
            study.open(str(folder))
        assert (caught.value.key, caught.value.facts["aside"], caught.value.facts["read"]) == ("rows_set_aside", 1, 3)

    def test_two_rows_of_one_key_in_two_files_are_both_set_aside(self, tmp_path):
        parts = {"a.parquet": people("r1", "r2"), "b.parquet": people("r3", "r1", c="C2")}
        found = study.read(str(register(tmp_path, parts))).reading
        assert found.counts[["accepted", "set_aside"]].to_numpy().tolist() == [[1, 1], [1, 1]]
        assert found.quarantine[["file", "row", "rule"]].to_numpy().tolist() == [
            ["a.parquet", 1, "duplicate"],
            ["b.parquet", 2, "duplicate"],
        ]

    def test_a_spill_folder_that_is_not_there_is_refused(self, tmp_path, processed):
        folder = register(tmp_path, {"a.parquet": people("r1")}, engine={"name": "duckdb", "spill": "nowhere"})
        error = refusal(folder)
        assert (error.key, error.place) == ("spill_not_writable", str(folder / "nowhere"))
        assert not left_behind(processed)

    def test_a_full_spill_folder_leaves_the_tables_of_before(self, tmp_path, processed, monkeypatch):
        folder = register(tmp_path, {"a.csv": "id,c\nr1,C1\n"})
        study.read(str(folder))
        before = left_behind(processed)
        (folder / "data" / "a.csv").write_text("id,c\nr2,C1\n", encoding="utf-8")

        def full(*_, **__):
            raise OSError(errno.ENOSPC, "No space left on device")

        with monkeypatch.context() as patch:
            patch.setattr(staging.parquet, "write_table", full)
            error = refusal(folder)
        assert (type(error), error.key, error.place) == (
            RunError,
            "spill_full",
            str(processed / folder.name / engine.SPILL),
        )
        assert left_behind(processed) == before
        assert study.read(str(folder)).table("respondents")["respondent_id"].tolist() == ["r2"]

    def test_a_file_that_vanishes_is_told(self, tmp_path, processed, monkeypatch):
        folder = register(tmp_path, {"a.parquet": people("r1"), "b.parquet": people("r2")})
        read = formats.pieces

        def vanishing(path, source, folder):
            if path.name == "b.parquet":
                path.unlink()
            return read(path, source, folder)

        monkeypatch.setattr(formats, "pieces", vanishing)
        error = refusal(folder)
        assert (error.key, error.facts["file"]) == ("file_missing", "b.parquet")
        assert not left_behind(processed)

    def test_a_file_that_becomes_another_one_is_told(self, tmp_path, processed, monkeypatch):
        folder = register(tmp_path, {"a.csv": "id,c\nr1,C1\n"})
        read = formats.pieces

        def changing(path, source, folder):
            yield from read(path, source, folder)
            path.write_text("id,c\nr1,C1\nr2,C1\n", encoding="utf-8")

        monkeypatch.setattr(formats, "pieces", changing)
        error = refusal(folder)
        assert (error.key, error.place) == ("file_changed_meanwhile", str(folder / "data" / "a.csv"))
        assert not left_behind(processed)


class TestOpenedAgain:
    @pytest.fixture
    def folder(self, tmp_path):
        folder = register(tmp_path, {"a.csv": "id,c\nr1,C2\nr2,C1\nr3,\n"})
        study.read(str(folder))
        return folder

    @pytest.fixture
    def reads(self, folder, monkeypatch):
        """The raw files that are read from here on."""
        names = []
        read = formats.pieces
        monkeypatch.setattr(formats, "pieces", lambda path, *others: names.append(path.name) or read(path, *others))
        return names

    def test_no_raw_file_is_read_again(self, folder, reads, monkeypatch):
        monkeypatch.setattr(
            stamp, "digest", lambda path: pytest.fail("hashed") if path.suffix == ".csv" else digest(path)
        )
        again = study.read(str(folder)).reading
        assert again.tables["respondents"]["respondent_id"].tolist() == ["r2", "r1"]
        assert again.quarantine["rule"].tolist() == ["missing"]
        assert not reads

    def test_a_file_that_was_only_touched_is_not_read_again(self, folder, reads):
        os.utime(folder / "data" / "a.csv")
        study.read(str(folder))
        assert not reads

    @pytest.mark.parametrize("what", ["content", "decisions", "code"])
    def test_what_changed_is_read(self, folder, reads, monkeypatch, what):
        if what == "content":
            (folder / "data" / "a.csv").write_text("id,c\nr4,C2\nr2,C1\nr3,\n", encoding="utf-8")
        elif what == "decisions":
            (folder / "corrections.yml").write_text("corrections: []", encoding="utf-8")
        else:
            monkeypatch.setattr(stamp, "digest_of_code", lambda: "another")
        study.read(str(folder))
        assert reads == ["a.csv"]

    def test_another_key_of_pseudonyms_is_another_reading(self, tmp_path, monkeypatch):
        folder = register(tmp_path, {"a.csv": "id,c\nr1,C1\n"}, identifiers={"respondent_id": "hash"})
        found = []
        for key in ("k" * 40, "l" * 40, "k" * 40):
            monkeypatch.setenv("STUDY_HASH_KEY", key)
            found.append(study.read(str(folder)).table("respondents")["respondent_id"].iat[0])
        assert found[0] == found[2] != found[1]


class TestPersons:
    PHONES = "".join(f"r{row},C1,{text}\n" for row, text in enumerate(["x"] * 9000 + ["13812345678"]))

    def test_a_number_in_a_later_piece_is_refused_with_its_row(self, tmp_path):
        columns = {"district": "note"}
        error = refusal(register(tmp_path, {"a.csv": "id,c,note\n" + self.PHONES}, columns=columns))
        assert (error.key, error.facts["row"]) == ("identifier_within", 9002)

    def test_names_in_later_pieces_are_refused(self, tmp_path):
        names = [f"{a}{b}" for a in "王李张刘陈杨黄赵吴周" for b in "伟芳娜敏静丽强磊军洋"]
        rows = [("x", row) for row in range(7000)] + [(name, row) for name in names for row in range(20)]
        text = "id,c,姓名\n" + "".join(f"{name}{row},C1,{name}\n" for name, row in rows)
        error = refusal(register(tmp_path, {"a.csv": text}, columns={"district": "姓名"}))
        assert (error.key, error.facts["target"]) == ("identifier_mapped", "district")

    def test_pseudonyms_are_those_of_a_file_that_is_read_at_once(self, tmp_path, monkeypatch):
        monkeypatch.setenv("STUDY_HASH_KEY", "k" * 40)
        folder = register(tmp_path, {"a.csv": "id,c\n13812345678,C1\n"}, identifiers={"respondent_id": "hash"})
        in_pieces_of_file = study.read(str(folder)).table("respondents")
        given = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
        written(folder, {key: value for key, value in given.items() if key != "engine"})
        pd.testing.assert_frame_equal(study.read(str(folder)).table("respondents"), in_pieces_of_file)

    def test_no_name_is_written(self, tmp_path, make_study, processed):
        study.read(str(with_engine(make_study())))
        [roster] = processed.rglob("roster/part-*.parquet")
        assert {"name"} & {*pyarrow.parquet.read_schema(roster).names} == set()


@pytest.mark.parametrize(
    ("settings", "place"),
    [
        ({"linkage": {"table": "respondents", "rules": [["sex"]]}}, "study.yml: linkage"),
        ({"skips": [{"question": "sex", "asked_where": {"sex": "male"}, "source": "x"}]}, "study.yml: skips"),
        (
            {
                "exclusions": [
                    {"id": "fast", "rule": "duration", "below_of_median": "0.3", "reason": {"en": "x"}, "source": "x"}
                ]
            },
            "study.yml: exclusions.fast",
        ),
        (
            {"exclusions": [{"id": "twin", "rule": "duplicate", **REASON}]},
            "study.yml: exclusions.twin",
        ),
    ],
)
def test_what_looks_at_several_rows_is_refused_by_name(tmp_path, settings, place):
    error = refusal(register(tmp_path, {"a.csv": "id,c\nr1,C1\n"}, **settings))
    assert error.key == "not_in_pieces"
    assert error.place.endswith(place)


def test_rows_of_a_community_stand_beside_each_other_in_the_order_of_the_file(tmp_path, processed, monkeypatch):
    monkeypatch.setattr(held, "ROWS_OF_GROUP", 2048)
    rows = [(f"r{row}", f"C{row % 2}") for row in range(5000)]
    study.read(str(register(tmp_path, {"a.csv": "id,c\n" + "".join(f"{id_},{c}\n" for id_, c in rows)})))
    [path] = processed.rglob("respondents/part-*.parquet")
    with pyarrow.parquet.ParquetFile(path) as file:
        assert file.read()["respondent_id"].to_pylist() == [id_ for id_, c in sorted(rows, key=lambda row: row[1])]
        assert file.metadata.num_row_groups == 3


def test_faults_beyond_what_is_listed_are_on_the_disk(tmp_path, processed, monkeypatch):
    monkeypatch.setattr(store, "LISTED", 2)
    found = study.read(str(register(tmp_path, {"a.csv": "id,c\n" + "r1,C1\n" * 5}))).reading
    assert (len(found.quarantine), found.counts["set_aside"].tolist()) == (2, [5])
    [path] = processed.rglob(store.QUARANTINE)
    assert pyarrow.parquet.read_table(path)["row"].to_pylist() == [2, 3, 4, 5, 6]


def test_a_table_that_is_a_part_of_another(make_study):
    table = {"derived_from": "roster", "where": {"is_party_member": "false", "role": "grid_worker"}}
    folder = make_study()
    given = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    given["tables"]["candidacies"] = table
    given["tables"]["roster"]["files"][0]["set"] = {"is_elected": "true"}
    written(folder, given)
    opened, at_once = study.read(str(with_engine(folder))), study.read(str(folder))
    assert len(at_once.table("candidacies"))
    assert_same(opened, at_once)
