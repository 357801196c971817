"""Exports: read back the same from every format, labels and reasons as other programs see them, and syntax that agrees.

The awkward study has four organisations, three indicators and the small roster; what a file must hold is written out by hand
below, and read here by pyreadstat, openpyxl and pyarrow, not by the project's own readers. The numbers in the syntax are
computed again from the exported files with numpy, by the linearisation of Binder (1983), and by GNU PSPP where it is there.
"""

import csv
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyreadstat
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from analysis import cli, export, locations, study
from analysis.errors import RunError, StudyError
from analysis.export import coded, delimited, spss
from analysis.reading.convert import MISSING
from analysis.reporting import codebook, workbooks

PERSONAL = ["name", "birth_date", "birth_date_missing"]
"""Columns of a roster that identify persons."""
LONG = "长" * 200
NAME = '=HYPERLINK(1), "龙"\n第二行'
ORGANISATIONS = f"""\
id,place,kind,name,members,founded,venue,funding
O1,C1,own,"=HYPERLINK(1), ""龙""\n第二行",5,2001,是,1234.5678901234567
O2,C1,twin_a,'quoted' - {"x" * 3000},-1,,否,
O3,C2,twin_b,😀 䶮𠮷 -,-2,1999,-1,0.1
007,C2,volunteers,-,0,2003,是,-2
"""
INDICATORS = """\
place,indicator,year,value
C1,balance,2018,-150.25
C2,balance,2018,-1e-300
C3,balance,2018,-9
"""
TABLES = {
    "organisations": {
        "file": "organisations.csv",
        "columns": {
            "organisation_id": "id",
            "community_id": "place",
            "organisation_kind": "kind",
            "organisation_name": "name",
            "members": {"column": "members", "missing": {"-1": "refused", "-2": "dont_know"}},
            "founded": "founded",
            "has_venue": {"column": "venue", "missing": {"-1": "refused"}},
            "funding": {"column": "funding", "missing": {"-2": "not_asked"}},
        },
    },
    "indicators": {
        "file": "indicators.csv",
        "columns": {
            "community_id": "place",
            "indicator": "indicator",
            "year": "year",
            "value": {"column": "value", "missing": {"-9": "not_applicable"}},
        },
    },
    "ledgers": {
        "file": "ledgers.csv",
        "columns": {"community_id": "place", "year": "year", "paper_ledgers": "paper"},
    },
}
SETTINGS = {
    "levels": {
        "organisation_kind": {
            "own": {"zh": LONG, "en": "x" * 200},
            "twin_a": {"zh": "拒答", "en": "Twins"},
            "twin_b": {"zh": "拒答", "en": "Twins"},
        },
        "indicator": {"balance": {"zh": "结余", "en": "Balance"}},
    },
    "headings": {"organisation_kind": {"zh": "类" * 300, "en": "Kind " * 60}},
    "exclusions": [
        {
            "id": "all_ledgers",
            "rule": "where",
            "table": "ledgers",
            "where": {"community_id": ["C1"]},
            "reason": {"zh": "测试", "en": "A test"},
            "source": "the test",
        }
    ],
}
SKILLS = ["无", "计算机", "计算机;社会工作", "-8"]
"""What stands in the roster's column of skills, in turn."""
COLUMNS = {
    "skills": {
        "column": "技能",
        "values": {"无": "", "计算机": "computer", "社会工作": "social_work"},
        "missing": {"-8": "refused"},
    },
    "start": {"column": "到岗日期", "missing": {"x": "dont_know"}},
}


@pytest.fixture
def awkward(make_study, roster_text):
    """A function that writes the study of organisations, indicators and roster, and opens it."""
    header, *rows = roster_text.splitlines()
    rows[1] = rows[1].replace("2015-07-01", "x", 1)
    told = [f"{header},技能", *(f"{row},{SKILLS[place % 4]}" for place, row in enumerate(rows))]

    def make(organisations=ORGANISATIONS, **changes):
        folder = make_study(
            "\n".join([*told, ""]),
            columns=COLUMNS,
            settings=SETTINGS,
            files={
                "data/organisations.csv": organisations,
                "data/indicators.csv": INDICATORS,
                "data/ledgers.csv": "place,year,paper\nC1,2014,3\n",
            },
            **changes,
        )
        rewrite(folder, lambda tables: tables | {name: {"files": [source]} for name, source in TABLES.items()})
        return study.open(str(folder))

    return make


def rewrite(folder, change):
    """Change the tables of a study.yml."""
    settings = yaml.safe_load((folder / "study.yml").read_text(encoding="utf-8"))
    settings["tables"] = change(settings["tables"])
    (folder / "study.yml").write_text(yaml.safe_dump(settings, allow_unicode=True, sort_keys=False), encoding="utf-8")


@pytest.fixture
def no_codebook(monkeypatch):
    """Exports without a codebook, whose fonts take the longest."""
    monkeypatch.setattr(codebook, "write", lambda *_: [])


def write(opened, format_, out, tables=(), language="zh"):
    export.write(opened, format_, tables, language, out)
    return out


def as_read_back(opened, name):
    """A table as an export of it must be read: nothing that identifies a person, each missing value with its reason."""
    frame = opened.reading.tables[name].drop(columns=PERSONAL, errors="ignore")
    for column in [one for one in frame if not one.endswith(MISSING)]:
        reasons = frame[column + MISSING] if column + MISSING in frame else pd.Series(None, frame.index, dtype="str")
        frame[column + MISSING] = reasons.fillna("not_recorded").where(frame[column].isna(), None).astype("str")
    return frame[sorted(frame)]


def require_same(before, after, names, **how):
    for name in names:
        pd.testing.assert_frame_equal(as_read_back(before, name), as_read_back(after, name), **how)


@pytest.mark.usefixtures("no_codebook")
@pytest.mark.parametrize("format_", export.FORMATS)
def test_an_awkward_study_is_read_back_the_same(awkward, tmp_path, format_):
    opened = awkward()
    out = write(opened, format_, tmp_path / "out")
    back = study.open(str(out))
    assert [*back.reading.tables] == ["roster", "organisations", "indicators"]  # ledgers has no row
    how = {"rtol": 1e-14, "atol": 0} if format_ == "xlsx" else {"check_exact": True}
    require_same(opened, back, back.reading.tables, **how)


@pytest.mark.usefixtures("no_codebook")
@pytest.mark.parametrize(
    ("format_", "tables"),
    [
        ("sav", ()),
        ("dta", ()),
        ("csv", ()),
        ("parquet", ()),
        ("xlsx", ("communities", "roster", "posts", "respondents", "indicators")),
    ],
)
def test_nanchang_is_read_back_the_same(nanchang, tmp_path, format_, tables):
    back = study.open(str(write(nanchang, format_, tmp_path / "out", tables)))
    assert [*back.reading.tables] == [*(tables or nanchang.reading.tables)]
    require_same(nanchang, back, back.reading.tables, check_exact=True)
    if not tables:
        assert back.settings.design == nanchang.settings.design


@pytest.mark.usefixtures("no_codebook")
def test_spss_sees_labels_and_reasons(awkward, tmp_path):
    out = write(awkward(), "sav", tmp_path / "out")
    frame, meta = pyreadstat.read_sav(out / "data" / "organisations.sav", user_missing=True)
    assert frame["organisation_id"].tolist() == ["O1", "O2", "O3", "007"]
    # refused comes before dont_know among the catalogue's reasons, so that they are −99 and −98.
    assert frame["members"].tolist() == [5, -99, -98, 0]
    assert meta.variable_value_labels["members"] == {-99: "拒答", -98: "说不清"}
    assert meta.missing_ranges["members"] == [{"lo": -99, "hi": -98}]
    assert pyreadstat.read_sav(out / "data" / "organisations.sav")[0]["members"].isna().tolist() == [
        False,
        True,
        True,
        False,
    ]
    assert meta.variable_value_labels["has_venue"] == {0: "否", 1: "是", -99: "拒答"}
    assert frame["organisation_name"][0] == NAME
    kinds = meta.variable_value_labels["organisation_kind"]
    assert max(len(label.encode()) for label in kinds.values()) == 120
    assert "长" * 39 + "…" in kinds.values()
    assert len(meta.column_names_to_labels["organisation_kind"].encode()) <= 256
    values, meta = pyreadstat.read_sav(out / "data" / "indicators.sav", user_missing=True)
    assert values["value"].tolist() == [-150.25, -1e-300, -999]  # −99 to −91 would hide −150.25
    assert meta.missing_ranges["value"] == [{"lo": -999, "hi": -999}]
    roster, meta = pyreadstat.read_sav(out / "data" / "roster.sav")
    assert str(roster["start"][0]) == "2015-07-01"
    assert meta.variable_value_labels["start_missing"] == {1: "说不清"}
    assert roster["start_missing"].tolist()[:3] == pytest.approx([np.nan, 1, np.nan], nan_ok=True)


@pytest.mark.usefixtures("no_codebook")
def test_stata_sees_labels_and_extended_missing_values(awkward, tmp_path):
    out = write(awkward(), "dta", tmp_path / "out")
    frame, meta = pyreadstat.read_dta(out / "data" / "organisations.dta", user_missing=True)
    assert frame["members"].tolist() == [5, "a", "b", 0]
    assert meta.variable_value_labels["members"] == {"a": "拒答", "b": "说不清"}
    assert LONG in meta.variable_value_labels["organisation_kind"].values()
    assert len(meta.column_names_to_labels["organisation_kind"]) == 80
    assert all(len(name) <= 32 for name in frame)
    assert (out / "data" / "organisations.dta").read_bytes()[28:31] == b"118"  # that of Stata 14


@pytest.mark.usefixtures("no_codebook")
def test_stata_gets_a_column_that_begins_with_many_missing_values(awkward, tmp_path):
    rows = [f"O{place},C1,volunteers,,{-1 if place < 150 else 3},,是," for place in range(151)]
    header = ORGANISATIONS.splitlines()[0]
    out = write(awkward(organisations="\n".join([header, *rows, ""])), "dta", tmp_path / "out", ["organisations"])
    frame = pyreadstat.read_dta(out / "data" / "organisations.dta", user_missing=True)[0]
    assert frame["members"].tolist() == ["a"] * 150 + [3]


@pytest.mark.usefixtures("no_codebook")
def test_a_workbook_holds_words_and_no_formula(awkward, tmp_path):
    out = write(awkward(), "xlsx", tmp_path / "out", language="en")
    sheet = openpyxl.load_workbook(out / "data" / "tables.xlsx")["Organisations"]
    cells = {cell.value: [row[place] for row in sheet.iter_rows(min_row=2)] for place, cell in enumerate(sheet[1])}
    assert [cell.value for cell in cells["Members (persons)"]] == [5, None, None, 0]
    assert [cell.value for cell in cells["Members (persons): why missing"]] == [None, "Refused", "Don't know", None]
    assert cells["Organisation"][0].value == NAME
    assert {cell.data_type for cell in cells["Organisation"]} == {"s"}
    assert cells["Organisation"][0].quotePrefix
    assert [cell.value for cell in cells["Has a venue"]] == ["Yes", "No", None, "Yes"]
    twins = next(column for heading, column in cells.items() if heading.startswith("Kind"))
    assert [cell.value for cell in twins][1:] == ["Twins [twin_a]", "Twins [twin_b]", "Volunteers"]


@pytest.mark.usefixtures("no_codebook")
def test_a_csv_holds_keys_and_no_formula(awkward, tmp_path):
    out = write(awkward(), "csv", tmp_path / "out")
    content = (out / "data" / "organisations.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbforganisation_id,")
    with (out / "data" / "organisations.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["organisation_kind"] for row in rows] == ["own", "twin_a", "twin_b", "volunteers"]
    assert [row["members"] for row in rows] == ["5", "", "", "0"]
    assert [row["members_missing"] for row in rows] == ["", "refused", "dont_know", ""]
    names = [row["organisation_name"] for row in rows]
    assert names[0] == "'" + NAME
    assert names[1].startswith("''quoted'")
    assert names[3] == "'-"
    assert rows[0]["funding"] == "1234.5678901234567"


@pytest.mark.usefixtures("no_codebook")
def test_parquet_keeps_types_and_labels(awkward, tmp_path):
    out = write(awkward(), "parquet", tmp_path / "out", language="en")
    table = parquet.read_table(out / "data" / "organisations.parquet")
    types = {field.name: str(field.type) for field in table.schema}
    assert types["members"] == "int64"
    assert types["has_venue"] == "bool"
    assert types["funding"] == "double"
    assert table["has_venue"].to_pylist() == [True, False, None, True]
    assert table.schema.field("members").metadata == {b"label": b"Members (persons)"}
    roster = parquet.read_table(out / "data" / "roster.parquet")
    assert str(roster.schema.field("start").type) == "date32[day]"
    assert roster["skills"].to_pylist()[:4] == ["", "computer", "computer;social_work", None]
    assert roster["skills_missing"].to_pylist()[:4] == [None, None, None, "refused"]


@pytest.mark.usefixtures("no_codebook")
@pytest.mark.parametrize("format_", ["sav", "dta", "xlsx", "parquet"])
def test_the_same_tables_have_the_same_bytes_and_no_name(awkward, tmp_path, format_):
    opened = awkward()
    tables = ("roster", "organisations")
    first, second = (write(opened, format_, tmp_path / name, tables) for name in ("one", "two"))
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert files
    for file in files:
        content = (first / file).read_bytes()
        assert content == (second / file).read_bytes()
        assert "王丽".encode() not in content
        assert b"1970-01-05" not in content
    headers = {"sav": ("roster.sav", b"01 Jan 0000:00:00"), "dta": ("roster.dta", b"01 Jan 2000 00:00")}
    if format_ in headers:
        file, date = headers[format_]
        assert date in (first / "data" / file).read_bytes()[:200]
        year = str(pd.Timestamp.now().year).encode()
        assert year not in (first / "data" / file).read_bytes()[:200]


def test_an_export_has_a_codebook_and_says_what_must_not_be_released(awkward, tmp_path):
    opened = awkward(origin={"is_synthetic": "false"})
    out = write(opened, "csv", tmp_path / "out", language="en")
    readme = (out / "README.md").read_text(encoding="utf-8")
    assert "**Not for release**: a row of Staff roster is a person." in readme
    assert "Licence: CC0" in readme
    assert "Synthetic data" not in readme
    assert "Tables without rows are not read back: Ledgers." in readme
    assert (out / "codebook.en.html").is_file()
    assert (out / "codebook.xlsx").is_file()
    record = json.loads((out / "provenance.json").read_text(encoding="utf-8"))
    assert record["parameters"]["to"] == "csv"
    assert not record["is_synthetic"]


@pytest.mark.usefixtures("no_codebook")
def test_calibrated_weights_are_computed_again(make_study, tmp_path):
    people = "id,wave,sex,w\n1,first,female,1\n2,first,female,1\n3,first,male,2\n"
    source = {"respondent_id": "id", "wave": "wave", "sex": "sex", "weight": "w"}
    folder = make_study(
        settings={
            "tables": {"respondents": {"files": [{"file": "p.csv", "set": {"community_id": "C1"}, "columns": source}]}},
            "waves": ["first"],
            "terms": None,
            "observed_until": None,
            "design": {"respondents": {"weights": "weight"}},
            "calibrate": {"respondents": {"population": "census.csv", "margins": ["sex"], "start": "weight"}},
        },
        files={
            "data/p.csv": people,
            "census.csv": "margin,level,count,source,year\nsex,female,30,a census,2020\nsex,male,12,a census,2020\n",
        },
    )
    for format_ in export.FORMATS:
        back = study.open(str(write(study.open(str(folder)), format_, tmp_path / format_)))
        assert back.table("respondents")["calibrated_weight"].tolist() == pytest.approx([15, 15, 12])


@pytest.mark.usefixtures("no_codebook")
def test_pseudonyms_are_not_hashed_again(make_study, tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_HASH_KEY", "0123456789abcdef" * 4)
    opened = study.open(str(make_study(settings={"identifiers": {"person_id": "hash"}})))
    back = study.open(str(write(opened, "csv", tmp_path / "out")))
    assert back.table("roster")["person_id"].tolist() == opened.table("roster")["person_id"].tolist()


@pytest.mark.usefixtures("no_codebook")
def test_a_derived_table_stays_derived_and_alone_stands_for_itself(make_study, roster_text, tmp_path):
    header, *rows = roster_text.splitlines()
    candidates = [f"{header},当选", *(f"{row},{'否' if place == 16 else '是'}" for place, row in enumerate(rows))]
    folder = make_study("\n".join([*candidates, ""]), columns={"is_elected": "当选"})
    unknown = ("start", "end", "is_party_member", "posts_held")  # no columns of candidacies

    def derived(tables):
        (source,) = tables["roster"]["files"]
        columns = {name: column for name, column in source["columns"].items() if name not in unknown}
        return {
            "candidacies": {"files": [source | {"columns": columns}]},
            "roster": {"derived_from": "candidacies", "where": {"is_elected": "true"}},
        }

    rewrite(folder, derived)
    opened = study.open(str(folder))
    assert len(opened.table("roster")) == 16
    for tables, key in (((), "derived_from"), (("roster",), "files")):
        out = write(opened, "parquet", tmp_path / key, tables)
        assert key in yaml.safe_load((out / "study.yml").read_text(encoding="utf-8"))["tables"]["roster"]
        require_same(opened, study.open(str(out)), ["roster"])


# Syntax


def asserted(text, what):
    """The numbers that a do-file asserts, in their order."""
    return [float(number) for number in re.findall(rf"assert reldif\({re.escape(what)}, (.*?)\) <", text)]


@pytest.mark.usefixtures("no_codebook")
def test_renewal_in_the_syntax_is_that_of_the_small_roster(make_study, tmp_path):
    opened = study.open(str(make_study()))
    text = (write(opened, "dta", tmp_path / "out", language="en") / "recompute.do").read_text(encoding="utf-8")
    part = text[text.index("(renewal_rate)") :]
    # Of the nine of 2018, P04, P07, P08 and P11 were not there in 2015.
    assert asserted(part, "r(mean)") == pytest.approx([4 / 9])
    assert "recode term (1=1) (2=2) (else=.), generate(place)" in part
    # Women: P01, P03, P06, P09 and P12 of eight; P01, P03, P07, P09, P11 and P12 of nine.
    women = text[text.index("(female_share)") : text.index("(party_member_share)")]
    assert asserted(women, "r(mean)") == pytest.approx([5 / 8, 6 / 9])


@pytest.mark.usefixtures("no_codebook")
def test_the_numbers_of_the_syntax_follow_from_the_exported_files(nanchang, tmp_path):
    tables = ("respondents", "participation", "satisfaction")
    out = write(nanchang, "dta", tmp_path / "out", tables, language="en")
    text = (out / "recompute.do").read_text(encoding="utf-8")
    people = pyreadstat.read_dta(out / "data" / "respondents.dta")[0]
    answers = pyreadstat.read_dta(out / "data" / "participation.dta")[0].merge(
        people, on=["respondent_id", "wave"], validate="m:1"
    )
    marks = pyreadstat.read_dta(out / "data" / "satisfaction.dta")[0].merge(people, on=["respondent_id", "wave"])
    by_acts = (answers["acts"] > 0).where(answers["acts"].notna()).astype(float)
    by_frequency = (answers["frequency"] > 1).where(answers["frequency"].notna()).astype(float)
    answers["value"] = by_acts.fillna(by_frequency)
    of_person = answers.groupby(["respondent_id", "wave"])["value"]
    people = people.merge(
        of_person.max().where(of_person.count() == of_person.size()).rename("value"),
        on=["respondent_id", "wave"],
    )
    marks["mean"] = marks["score"]
    marks["satisfied"] = (marks["score"] >= 4).where(marks["score"].notna()).astype(float)
    for measure, frame, value, by in (
        ("participation_rate", people, "value", ["wave"]),
        ("activity_rate", answers, "value", ["wave", "activity"]),
        ("satisfaction_mean", marks, "mean", ["wave", "item"]),
        ("satisfied_share", marks, "satisfied", ["wave", "item"]),
    ):
        part = text[text.index(f"({measure})") :].split("\n\n")[0]
        groups = [tuple(map(int, re.findall(r"== (\d+)", line))) for line in re.findall(r"subpop\((.*?)\)", part)]
        made = [linearised(frame, value, dict(zip(by, group, strict=True))) for group in groups]
        assert asserted(part, "_b[value]") == pytest.approx([mean for mean, _ in made], rel=1e-10)
        assert asserted(part, "_se[value]") == pytest.approx([se for _, se in made], rel=1e-8)
    assert "svyset cluster_number [pweight=weight], strata(stratum_number) singleunit(missing)" in text


def linearised(frame, value, where):
    """A weighted mean of a domain and its error: with-replacement clusters in strata, as `svy: mean` of Stata."""
    inside = np.logical_and.reduce([frame[column] == code for column, code in where.items()]) & frame[value].notna()
    weight = frame["weight"].where(inside, 0.0)
    mean = (weight * frame[value].fillna(0)).sum() / weight.sum()
    totals = (
        (weight * (frame[value].fillna(0) - mean) / weight.sum()).groupby([frame["stratum"], frame["cluster"]]).sum()
    )
    of_strata = totals.groupby(level=0)
    count = of_strata.size()
    return mean, np.sqrt((of_strata.var(ddof=1) * count).sum())


@pytest.mark.usefixtures("no_codebook")
@pytest.mark.skipif(shutil.which("pspp") is None, reason="GNU PSPP is not here")
def test_pspp_runs_the_syntax_and_finds_no_difference(nanchang, tmp_path):
    tables = ("roster", "respondents", "participation", "satisfaction")
    out = write(nanchang, "sav", tmp_path / "out", tables, language="en")
    ended = subprocess.run(
        ["pspp", "-b", "-o", "listed.csv", "recompute.sps"],
        cwd=out,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"LC_ALL": "C.UTF-8"},
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    with (out / "listed.csv").open(encoding="utf-8", newline="") as file:
        differences = [row[-1] for row in csv.reader(file) if row and re.fullmatch(r"-?[0-9]*\.[0-9]+", row[-1])]
    assert len(differences) == 3 * 3 + 2 + 2 + 8 + 7 + 7
    assert {abs(float(one)) < 1e-9 for one in differences} == {True}
    assert not (out / "recompute_respondents.sav").exists()


@pytest.mark.usefixtures("no_codebook")
def test_small_cells_are_not_told_in_the_syntax(make_study, tmp_path):
    opened = study.open(
        str(make_study(origin={"is_synthetic": "false"}, settings={"sensitivity": {"roster": "staff"}}))
    )
    text = (write(opened, "dta", tmp_path / "out") / "recompute.do").read_text(encoding="utf-8")
    assert not asserted(text, "r(mean)")


# What is refused


@pytest.mark.usefixtures("no_codebook")
def test_what_is_refused(awkward, tmp_path):
    opened = awkward()
    out = tmp_path / "out"
    for facts, key in (
        (("sas", (), "zh"), "export_format"),
        (("csv", ("rooster",), "zh"), "export_table"),
        (("csv", (), "fr"), "language_unknown"),
    ):
        format_, tables, language = facts
        with pytest.raises(StudyError) as refused:
            write(opened, format_, out, tables, language)
        assert refused.value.key == key
        assert not out.exists()
    assert "'roster'" in str(_error(opened, "csv", out, ("rooster",)))


def _error(opened, format_, out, tables=()):
    with pytest.raises(StudyError) as refused:
        write(opened, format_, out, tables)
    return refused.value


@pytest.mark.usefixtures("no_codebook")
def test_only_an_unchanged_export_is_replaced(awkward, tmp_path):
    opened, out = awkward(), tmp_path / "out"
    write(opened, "csv", out, ["roster"])
    write(opened, "csv", out, ["indicators"])
    assert not (out / "data" / "roster.csv").exists()
    settings = (out / "study.yml").read_text(encoding="utf-8")
    (out / "study.yml").write_text(settings + "# mine\n", encoding="utf-8")
    assert _error(opened, "csv", out).key == "export_taken"
    assert (out / "study.yml").read_text(encoding="utf-8").endswith("# mine\n")
    other = tmp_path / "other"
    other.mkdir()
    (other / "provenance.json").write_text("{}", encoding="utf-8")
    assert _error(opened, "csv", other).key == "export_taken"
    assert _error(opened, "csv", other / "provenance.json").key == "export_taken"


@pytest.mark.usefixtures("no_codebook")
def test_a_folder_that_cannot_be_written_and_a_full_disk(awkward, tmp_path, monkeypatch):
    opened = awkward()
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert _error(opened, "csv", tmp_path / "file" / "out").key == "not_writable"

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(delimited, "write_table", full)
    error = _error(opened, "csv", tmp_path / "out")
    assert isinstance(error, RunError)
    assert error.key == "disk_full"
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_codebook")
def test_more_rows_than_a_sheet_holds_are_refused_and_not_cut(awkward, tmp_path, monkeypatch):
    opened = awkward()
    longest = max(len(frame) for frame in opened.reading.tables.values())
    monkeypatch.setattr(workbooks, "MOST_ROWS", longest)  # the heading takes one of them
    error = _error(opened, "xlsx", tmp_path / "out")
    assert (error.key, error.facts["rows"], error.facts["most"]) == ("export_too_many_rows", longest, longest - 1)
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_codebook")
def test_what_a_format_cannot_hold_is_refused_and_not_cut(awkward, tmp_path):
    long = ORGANISATIONS.replace("x" * 3000, "x" * 40_000)
    opened = awkward(organisations=long)
    error = _error(opened, "sav", tmp_path / "out")
    assert error.key == "export_too_long"
    assert "row 2" in error.place
    error = _error(opened, "xlsx", tmp_path / "out")  # Excel keeps 32,767 characters of a cell
    assert (error.key, error.facts["column"], error.facts["row"]) == ("export_differs", "organisation_name", 2)
    assert not (tmp_path / "out").exists()
    write(opened, "dta", tmp_path / "dta", ["organisations"])
    write(opened, "csv", tmp_path / "csv", ["organisations"])


@pytest.mark.usefixtures("no_codebook")
def test_an_export_that_reads_back_differently_is_not_handed_over(awkward, tmp_path, monkeypatch):
    opened = awkward()
    honest = delimited.as_text
    monkeypatch.setattr(delimited, "as_text", lambda column: honest(column).str.replace("O2", "O9"))
    error = _error(opened, "csv", tmp_path / "out", ["organisations"])
    assert (error.key, error.facts["before"], error.facts["after"]) == ("export_differs", "O2", "O9")
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("no_codebook")
def test_the_command(make_study, tmp_path, monkeypatch):
    monkeypatch.setattr(locations, "PROCESSED", tmp_path / "data" / "processed")
    folder = make_study(origin={"is_synthetic": "false"})
    arguments = ["export", str(folder), "--to", "csv"]
    ended = CliRunner(env={"LC_ALL": "en_GB.UTF-8"}).invoke(cli.main, arguments)
    assert ended.exit_code == 0, ended.output
    assert "1 tables with 17 rows" in ended.output
    assert "Not for release, since a row is a person: roster." in ended.output
    assert (tmp_path / "data" / "processed" / "small_study" / "export_csv" / "data" / "roster.csv").is_file()
    ended = CliRunner(env={"LC_ALL": "zh_CN.UTF-8"}).invoke(cli.main, ["export", str(folder), "--to", "cvs"])
    assert ended.exit_code == 2
    assert "是否要写“csv”" in ended.output


@given(st.text(max_size=300), st.integers(1, 150))
def test_a_label_is_cut_to_its_bytes_on_one_line(text, most):
    cut = coded.shortened(text, lambda one: len(one.encode(errors="surrogatepass")) <= max(most, 3))
    assert len(cut.encode(errors="surrogatepass")) <= max(most, 3)
    line = " ".join(text.split())
    assert cut == line or (cut.endswith("…") and line.startswith(cut[:-1]))


@given(st.floats(-1e12, 1e12))
def test_codes_of_missing_values_lie_below_every_number(lowest):
    from analysis.export.columns import Column

    column = Column("value", "number", "", pd.Series([lowest], dtype="Float64"), pd.Series([None], dtype="str"), {})
    codes = spss.codes(column, [f"reason {place}" for place in range(spss.MOST)])
    assert max(codes.values()) < lowest
    assert len({*codes.values()}) == spss.MOST


def test_the_words_of_an_export_are_in_both_languages():
    words = yaml.safe_load((Path(export.__file__).parents[1] / "catalogue" / "export.yml").read_text(encoding="utf-8"))
    for key, said in words.items():
        assert {*said} == {"zh", "en"}, key
