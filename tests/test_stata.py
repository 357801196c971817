"""Stata files: labels as written values, .a to .z apart, encodings of old versions; and files that are none.

The files are made here by pyreadstat; those in an old encoding have the bytes of their text replaced. What a .dta file is:
StataCorp, "File formats .dta" (stata.com/help.cgi?dta).
"""

import datetime
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from analysis import study
from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats import stata as reader
from analysis.settings import FileSource, checked

SURVEY = pd.DataFrame(
    {
        "id": [11.0, 12.0, 13.0, 14.0],
        "mark": pd.Series([1.0, 2.5, "a", "b"], dtype=object),
        "sex": [1.0, 2.0, 2.0, None],
        "town": ["东湖区", "", "𠮷", "a"],
    }
)
LABELS = {"sex": {1: "男", 2: "女"}, "mark": {"a": "拒答"}}
MISSING = {"mark": ["a", "b"]}


def source(**settings: object) -> FileSource:
    return checked({"file": "survey.dta", "columns": {}, **settings}, FileSource, "study.yml")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(frame: pd.DataFrame = SURVEY, **how: object) -> Path:
        if frame is SURVEY:
            how = {"variable_value_labels": LABELS, "missing_user_values": MISSING} | how
        pyreadstat.write_dta(frame, tmp_path / "survey.dta", **how)
        return tmp_path / "survey.dta"

    return written


@pytest.fixture
def old(write: Callable[..., Path]) -> Callable[..., Path]:
    """A file of an old version whose text is in an old encoding: a variable of texts, and a labelled one."""

    def made(encoding: str, first: str = "东湖区青云谱区", second: str = "居民委员会主任", version: int = 12) -> Path:
        texts = {b"FIRSTFIRSTFIRST": first, b"OTHEROTHEROTHER": second}
        frame = pd.DataFrame({"town": ["FIRSTFIRSTFIRST"], "post": [1.0]})
        path = write(frame, version=version, variable_value_labels={"post": {1: "OTHEROTHEROTHER"}})
        content = path.read_bytes()
        for mark, text in texts.items():
            assert mark in content
            content = content.replace(mark, text.encode(encoding).ljust(len(mark), b"\0"))
        path.write_bytes(content)
        return path

    return made


def refused(path: Path, **settings: object) -> StudyError:
    with pytest.raises(StudyError) as caught:
        reader.read(path, source(**settings))
    return caught.value


class TestCells:
    def test_labels_numbers_texts_and_blanks(self, write):
        rows = reader.read(write(), source()).rows
        assert rows["id"].tolist() == ["11", "12", "13", "14"]
        assert rows["sex"].tolist() == ["男", "女", "女", ""]
        assert rows["town"].tolist() == ["东湖区", "", "𠮷", "a"]
        assert rows.index.tolist() == [1, 2, 3, 4]

    def test_each_extended_missing_value_stays_apart_under_its_label_or_its_letter(self, write):
        raw = reader.read(write(), source())
        assert raw.rows["mark"].tolist() == ["1", "2.5", "拒答", ".b"]
        assert raw.missing == {"mark": {"拒答": "unknown", ".b": "unknown"}}

    def test_dates_are_iso(self, write):
        frame = pd.DataFrame(
            {"day": [datetime.date(2014, 11, 29), None], "time": [datetime.datetime(2021, 3, 9, 8, 30), None]}
        )
        rows = reader.read(write(frame), source()).rows
        assert rows["day"].tolist() == ["2014-11-29", ""]
        assert rows["time"].tolist() == ["2021-03-09 08:30:00", ""]

    def test_wording_and_answers_are_told(self, write):
        raw = reader.read(write(column_labels={"sex": "性别？"}), source())
        assert raw.questions == {"sex": "性别？"}
        assert raw.labels["sex"] == {"1": "男", "2": "女"}

    def test_two_codes_with_one_label_are_two_answers(self, write):
        path = write(SURVEY[["sex"]].copy(), variable_value_labels={"sex": {1: "x", 2: "x"}})
        assert reader.read(path, source()).rows["sex"].tolist() == ["x [1]", "x [2]", "x [2]", ""]

    @pytest.mark.parametrize("version", [8, 10, 12, 13, 14, 15])
    def test_every_version(self, write, version):
        raw = reader.read(write(version=version), source())
        assert raw.rows["town"].tolist() == ["东湖区", "", "𠮷", "a"]
        assert raw.rows["mark"].tolist() == ["1", "2.5", "拒答", ".b"]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["gb18030", "big5", "utf-8"])
    @pytest.mark.parametrize("version", [8, 12])
    def test_text_of_an_old_version_is_found(self, old, encoding, version):
        texts = ("居民委", "滿意度調查" if encoding == "big5" else "满意度调查")
        rows = reader.read(old(encoding, *texts, version=version), source()).rows
        assert rows.iloc[0].tolist() == [*texts]

    def test_or_is_as_declared(self, old):
        rows = reader.read(old("cp1252", "señor", "Côté"), source(encoding="cp1252")).rows
        assert rows.iloc[0].tolist() == ["señor", "Côté"]

    def test_and_never_guessed(self, old):
        assert refused(old("cp1252", "señor", "Côté")).key == "encoding_unknown"

    def test_a_wrong_declaration_is_refused(self, old):
        assert refused(old("gb18030", "居民委", "满意"), encoding="utf-8").key == "dta_unreadable"


class TestStudies:
    def test_the_study_says_why_a_letter_is_missing_and_it_is_never_a_number(self, make_study):
        columns = {
            "respondent_id": "id",
            "mark": {"column": "mark", "missing": {"拒答": "refused", ".b": "dont_know"}},
        }
        file = {"file": "survey.dta", "set": {"wave": "first", "item": "q1", "answer": "x"}, "columns": columns}
        respondents = {
            "file": "survey.dta",
            "set": {"wave": "first", "community_id": "C1"},
            "columns": {"respondent_id": "id"},
        }
        levels = {"item": {"q1": {"zh": "问", "en": "Q"}}, "answer": {"x": {"zh": "是", "en": "X"}}}
        tables = {"respondents": {"files": [respondents]}, "answers": {"files": [file]}}
        folder = make_study(settings={"tables": tables, "terms": None, "levels": levels})
        pyreadstat.write_dta(
            SURVEY, folder / "data" / "survey.dta", variable_value_labels=LABELS, missing_user_values=MISSING
        )
        answers = study.open(str(folder)).table("answers")
        assert answers["mark"].tolist()[:2] == [1, 2.5]
        assert answers["mark_missing"].tolist()[2:] == ["refused", "dont_know"]


class TestBadFiles:
    @pytest.mark.parametrize(
        "content", [b"", b"id,sex\n1,2\n", b"<stata_dta><header>", b"PK\x03\x04", b"s\x02\x01\x00"]
    )
    def test_what_is_no_dta_file_is_refused(self, tmp_path, content):
        (tmp_path / "survey.dta").write_bytes(content)
        assert refused(tmp_path / "survey.dta").key == "dta_unreadable"

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_a_file_that_was_cut_off_is_never_read_without_its_labels(self, write, share):
        path = write()
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
        assert refused(path).key == "dta_unreadable"

    def test_an_old_file_without_its_labels_says_so(self, write):
        path = write(version=12)
        content = path.read_bytes()
        # Sets of labels stand last, each with its length in four bytes and its name before its texts.
        path.write_bytes(content[: content.rindex(b"sex") - 4])
        raw = reader.read(path, source())
        assert raw.rows["sex"].tolist() == ["1", "2", "2", ""]
        assert raw.notes == {"note_labels_absent": ["sex"]}

    def test_a_file_without_rows(self, write):
        assert refused(write(SURVEY.iloc[:0].astype({"mark": float}), missing_user_values={})).key == "file_empty"

    def test_a_file_with_another_name_is_read_as_what_it_is(self, write, tmp_path):
        path = write().rename(tmp_path / "survey.sav")
        raw = formats.read(path, source(file="survey.sav"), tmp_path)
        assert raw.rows["sex"].tolist() == ["男", "女", "女", ""]
        assert raw.notes == {"note_other_format": [".dta"]}
