"""SPSS files: labels as written values, what the file declares missing, labels encoded twice; and files that are none.

The files are made here by pyreadstat. The survey has five respondents, one row each.
"""

import datetime
import struct
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pandas as pd
import pyreadstat
import pytest
from click.testing import CliRunner

from analysis import cli, locations, study
from analysis.catalogue import extended
from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.convert import convert
from analysis.reading.formats import encoding
from analysis.reading.formats import spss as reader
from analysis.settings import ColumnSource, FileSource, checked

SURVEY = pd.DataFrame(
    {
        "id": [11.0, 12.0, 13.0, 14.0, 15.0],
        "sex": [1.0, 2.0, 2.0, 1.0, 2.0],
        "mark": [10.0, 7.5, 99.0, None, 1.0],
        "answer": [1.0, 2.0, 9.0, 1.0, 3.0],
    }
)
LABELS = {
    "sex": {1: "Hombre", 2: "Mujer"},
    "mark": {99: "NS/NC"},
    "answer": {1: "SÃ\xad", 2: "No", 9: "No contestÃ³"},
}
COLUMNS = {
    "respondent_id": "id",
    "sex": {"column": "sex", "values": {"Hombre": "male", "Mujer": "female"}},
}
ANSWERS = {
    "respondent_id": "id",
    "answer": {"column": "answer", "values": {"Sí": "agrees", "No": "disagrees"}},
    "mark": "mark",
}
LEVELS = {
    "item": {"q1": {"zh": "问一", "en": "Question 1"}},
    "answer": {"agrees": {"zh": "是", "en": "Agrees"}, "disagrees": {"zh": "否", "en": "Disagrees"}},
}


def source(**settings: object) -> FileSource:
    return checked({"file": "survey.sav", "columns": {}, **settings}, FileSource, "study.yml")


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def written(frame: pd.DataFrame = SURVEY, name: str = "survey.sav", **how: object) -> Path:
        pyreadstat.write_sav(frame, tmp_path / name, **how)
        return tmp_path / name

    return written


@pytest.fixture
def survey(make_study: Callable[..., Path]) -> Callable[..., Path]:
    """A study of the five respondents and their answers, one thing changed."""

    def made(frame: pd.DataFrame = SURVEY, answers: dict | None = None, labels: dict = LABELS, **how: object) -> Path:
        tables = {
            table: {"files": [{"file": "survey.sav", "set": {"wave": "first"} | given, "columns": columns}]}
            for table, given, columns in (
                ("respondents", {"community_id": "C1"}, COLUMNS),
                ("answers", {"item": "q1"}, ANSWERS | (answers or {})),
            )
        }
        folder = make_study(settings={"tables": tables, "terms": None, "levels": LEVELS})
        how = {"variable_value_labels": labels, "missing_ranges": {"mark": [99], "answer": [9]}} | how
        pyreadstat.write_sav(frame, folder / "data" / "survey.sav", **how)
        return folder

    return made


class TestCells:
    def test_a_labelled_code_is_its_label_and_another_number_is_written_without_needless_decimals(self, write):
        rows = reader.read(write(variable_value_labels=LABELS), source()).rows
        assert rows["sex"].tolist() == ["Hombre", "Mujer", "Mujer", "Hombre", "Mujer"]
        assert rows["id"].tolist() == ["11", "12", "13", "14", "15"]
        assert rows["mark"].tolist() == ["10", "7.5", "NS/NC", "", "1"]

    def test_an_unlabelled_value_stays_as_it_stands(self, write):
        assert reader.read(write(variable_value_labels=LABELS), source()).rows["answer"].iloc[4] == "3"

    def test_rows_are_numbered_as_spss_numbers_cases(self, write):
        assert reader.read(write(), source()).rows.index.tolist() == [1, 2, 3, 4, 5]

    def test_texts_and_dates(self, write):
        frame = pd.DataFrame({"name": ["是", ""], "day": [datetime.date(2021, 3, 9), None]})
        rows = reader.read(write(frame), source()).rows
        assert rows["name"].tolist() == ["是", ""]
        assert rows["day"].tolist() == ["2021-03-09", ""]

    def test_two_codes_with_the_same_label_are_still_two_answers(self, write):
        labels = {"answer": {1: "Sí", 2: "Sí", 3: "No"}}
        assert reader.read(write(variable_value_labels=labels), source()).rows["answer"].tolist() == [
            "Sí [1]", "Sí [2]", "9", "Sí [1]", "No",
        ]  # fmt: skip

    def test_what_the_file_declares_missing_is_named_by_what_is_written_there(self, write):
        frame = SURVEY.assign(text=["a", "REF", "b", "", "REF"])
        path = write(
            frame,
            variable_value_labels=LABELS,
            missing_ranges={"mark": [{"lo": 97, "hi": 99}], "answer": [9], "text": ["REF"]},
        )
        raw = reader.read(path, source())
        assert raw.missing == {
            "mark": {"NS/NC": "unknown"},
            "answer": {"No contestó": "unknown"},
            "text": {"REF": "unknown"},
        }
        assert raw.rows["text"].tolist() == ["a", "REF", "b", "", "REF"]

    def test_mended_texts_are_told_once_each(self, write):
        assert reader.read(write(variable_value_labels=LABELS), source()).notes == {
            "note_encoded_twice": ["Sí", "No contestó"]
        }


@pytest.mark.parametrize(
    ("twice", "once"),
    [
        ("SÃ\xad", "Sí"),
        ("18 a 29 aÃ±os", "18 a 29 años"),
        ("EjÃ©rcito", "Ejército"),
        ("60 aÃ±os o mÃ¡s", "60 años o más"),
        ("â€œyaâ€\x9d", "“ya”"),
        ("æ»¡æ„\x8f", "满意"),
        ("él es el sÃ\xadndico", "él es el síndico"),  # only one of two was encoded twice
    ],
)
def test_what_was_encoded_twice_is_mended(twice: str, once: str) -> None:
    assert encoding.mended(twice) == once


@pytest.mark.parametrize("text", ["Sí", "años", "满意", "« CAFÉ »", "CAFÉ»", "IRMÃ", "Ã", "50 %", "naïve–über", "À ½"])
def test_what_was_encoded_once_is_left_alone(text: str) -> None:
    assert encoding.mended(text) == text


@pytest.mark.parametrize("text", ["años", "Ejército", "¿Qué?", "½ “sí” – no", "是的，满意"])
def test_mending_undoes_a_second_encoding(text: str) -> None:
    assert encoding.mended(text.encode().decode("latin-1")) == text


class TestSets:
    """Multiple response sets, which pyreadstat reads and can't write.

    They are put into a file that it wrote, as extension record 7 before the end of the dictionary: GNU PSPP, "System File
    Format", Multiple Response Sets Records (gnu.org/software/pspp/pspp-dev).
    """

    FRAME = pd.DataFrame(
        {
            "radio": [1.0, 0, 0, None, 1],
            "tv": [1.0, 0, 1, None, 9],
            "first": [1.0, 2, None, None, 3],
            "second": [2.0, None, None, 1, 9],
        }
    )
    HOW: ClassVar[dict] = {
        "column_labels": {"radio": "广播", "tv": "电视"},
        "variable_value_labels": {name: {1: "A", 2: "B", 3: "C", 9: "拒答"} for name in ("first", "second")},
        "missing_ranges": {"tv": [9], "second": [9]},
    }

    @pytest.fixture
    def with_sets(self, write) -> Callable[..., Path]:
        def made(*sets: str, **how: object) -> Path:
            path = write(self.FRAME, **(self.HOW | how))
            text = "".join(f"{one}\n" for one in sets).encode()
            content = path.read_bytes()
            end = content.index(struct.pack("<ii", 999, 0))
            path.write_bytes(content[:end] + struct.pack("<iiii", 7, 7, 1, len(text)) + text + content[end:])
            return path

        return made

    def test_a_dichotomous_set_is_the_labels_of_what_has_the_counted_value(self, with_sets):
        raw = reader.read(with_sets("$heard=D1 1 5 Where radio tv"), source())
        assert raw.rows["$heard"].tolist() == ["广播;电视", "(空)", "电视", "", "广播"]
        assert raw.sets == {"$heard": ["radio", "tv"]}
        assert raw.questions["$heard"] == "Where"
        assert raw.notes == {"note_nothing_ticked": ["$heard (2)"]}

    def test_a_set_of_categories_is_the_labels_in_its_variables_without_what_is_missing(self, with_sets):
        raw = reader.read(with_sets("$why=C 3 Why first second"), source())
        assert raw.rows["$why"].tolist() == ["A;B", "B", "", "A", "C"]

    def test_that_nothing_was_chosen_may_be_no_answer(self, with_sets):
        raw = reader.read(with_sets("$heard=D1 1 0  radio tv"), source(nothing_ticked="no_answer"))
        assert raw.missing["$heard"] == {"(空)": "no_answer"}
        assert "note_nothing_ticked" not in raw.notes

    def test_its_variables_are_still_there(self, with_sets):
        rows = reader.read(with_sets("$heard=D1 1 0  radio tv"), source()).rows
        assert rows["radio"].tolist() == ["1", "0", "0", "", "1"]

    def test_options_that_look_the_same_are_refused(self, with_sets):
        path = with_sets("$heard=D1 1 0  radio tv", column_labels={"radio": "媒体", "tv": "媒体"})
        with pytest.raises(StudyError) as caught:
            reader.read(path, source())
        assert (caught.value.key, caught.value.facts["list"]) == ("set_ambiguous", "媒体")

    def test_a_column_of_a_study_takes_it_as_a_set_of_levels(self, with_sets):
        raw = reader.read(with_sets("$heard=D1 1 0  radio tv"), source())
        catalogue = extended({"skill": {"radio": {"zh": "广播", "en": "Radio"}, "tv": {"zh": "电视", "en": "TV"}}}, {})
        spec = ColumnSource(column="$heard", missing={"(空)": "not_applicable"})
        converted = convert(raw.rows["$heard"], "skills", spec, catalogue)
        assert converted.values.fillna("").tolist() == ["radio;tv", "", "tv", "", "radio"]
        assert converted.reasons.fillna("").tolist() == ["", "not_applicable", "", "not_recorded", ""]


class TestPortable:
    """Portable files (.por) as pyreadstat writes them: without labels; names in them are capital letters."""

    def test_numbers_and_texts(self, tmp_path):
        frame = pd.DataFrame({"ID": [11.0, 12.5], "SEX": [1.0, 2.0], "TOWN": ["East", ""]})
        pyreadstat.write_por(frame, tmp_path / "survey.por")
        raw = formats.read(tmp_path / "survey.por", source(file="survey.por"), tmp_path)
        assert raw.rows.iloc[:, :3].to_numpy().tolist() == [["11", "1", "East"], ["12.5", "2", ""]]
        assert raw.notes == {}

    @pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
    def test_a_file_that_was_cut_off_is_refused(self, tmp_path, share):
        frame = pd.DataFrame({"ID": [float(i) for i in range(500)]})
        pyreadstat.write_por(frame, tmp_path / "survey.por")
        content = (tmp_path / "survey.por").read_bytes()
        (tmp_path / "survey.por").write_bytes(content[: int(len(content) * share)])
        with pytest.raises(StudyError) as caught:
            reader.read(tmp_path / "survey.por", source(file="survey.por"))
        assert caught.value.key == "sav_unreadable"


class TestStudies:
    def test_labels_are_mapped_as_any_other_written_value(self, survey):
        tables = study.open(str(survey(SURVEY.iloc[:4]))).reading.tables
        assert tables["respondents"]["sex"].tolist() == ["male", "female", "female", "male"]
        assert tables["answers"]["answer"].tolist()[:2] == ["agrees", "disagrees"]

    def test_a_code_that_the_file_declares_missing_is_never_a_number(self, survey):
        answers = study.open(str(survey(SURVEY.iloc[:4]))).table("answers")
        assert answers["mark"].tolist()[:2] == [10, 7.5]
        assert answers["mark"].isna().tolist() == [False, False, True, True]
        assert answers["mark_missing"].tolist()[2:] == ["unknown", "not_recorded"]
        assert answers["answer_missing"].iloc[2] == "unknown"

    def test_the_study_may_say_why_it_is_missing(self, survey):
        mark = {"column": "mark", "missing": {"NS/NC": "dont_know", "": "not_asked"}}
        answers = study.open(str(survey(SURVEY.iloc[:4], answers={"mark": mark}))).table("answers")
        assert answers["mark_missing"].tolist()[2:] == ["dont_know", "not_asked"]

    def test_an_unlabelled_value_that_nothing_maps_is_set_aside_with_its_row(self, survey):
        aside = study.read(str(survey())).reading.quarantine
        assert aside[["file", "row", "column", "value", "rule"]].to_numpy().tolist() == [
            ["survey.sav", 5, "answer", "3", "level"]
        ]

    def test_mended_labels_are_reported_once_a_file(self, survey):
        notes = study.read(str(survey())).reading.notes
        assert notes.to_dict("records") == [
            {"file": "survey.sav", "note": "note_encoded_twice", "count": 2, "examples": "Sí, No contestó"}
        ]

    def test_the_command_line_tells_of_mended_labels(self, survey, tmp_path, monkeypatch):
        monkeypatch.setattr(locations, "PROCESSED", tmp_path / "data" / "processed")
        told = CliRunner().invoke(cli.main, ["check", str(survey(SURVEY.iloc[:4]))], env={"LANG": "C.UTF-8"})
        assert told.exit_code == 0
        assert "survey.sav: 2 texts had been encoded twice and were mended, such as Sí, No contestó." in told.output
        notes = tmp_path / "data" / "processed" / "small_study" / "notes.csv"
        assert "note_encoded_twice" in notes.read_text(encoding="utf-8-sig")

    def test_a_file_with_nothing_to_mend_has_no_note(self, survey):
        labels = LABELS | {"answer": {1: "Sí", 2: "No", 9: "No contestó"}}
        assert study.read(str(survey(labels=labels))).reading.notes.empty

    def test_zsav_is_read_as_well(self, write):
        path = write(SURVEY, "survey.zsav", compress=True)
        assert len(reader.read(path, source(file="survey.zsav")).rows) == 5

    def test_a_column_that_the_file_has_not_is_named_with_the_nearest(self, survey):
        with pytest.raises(StudyError) as caught:
            study.open(str(survey(answers={"mark": "marc"})))
        assert (caught.value.key, caught.value.facts["nearest"]) == ("column_missing", "mark")


class TestBadFiles:
    @pytest.fixture
    def refused(self, tmp_path: Path) -> Callable[[bytes], StudyError]:
        def refusal(content: bytes) -> StudyError:
            (tmp_path / "bad.sav").write_bytes(content)
            with pytest.raises(StudyError) as caught:
                reader.read(tmp_path / "bad.sav", source())
            return caught.value

        return refusal

    @pytest.mark.parametrize("content", [b"", b"id,sex\n1,2\n", b"$FL2", b"PK\x03\x04 a spreadsheet"])
    def test_what_is_no_sav_file_is_refused(self, refused, content):
        error = refused(content)
        assert error.key == "sav_unreadable"
        assert error.place.endswith("bad.sav")

    @pytest.mark.parametrize("how", [{}, {"row_compress": True}, {"compress": True}])
    @pytest.mark.parametrize("share", [0.3, 0.7, 0.98])
    def test_a_file_that_was_cut_off_is_refused_and_never_read_in_part(self, write, refused, how, share):
        frame = pd.DataFrame({"x": range(2000), "y": [float(i % 7) for i in range(2000)]})
        content = write(frame, **how).read_bytes()
        assert refused(content[: int(len(content) * share)]).key == "sav_unreadable"

    def test_a_file_without_cases_is_refused(self, write):
        with pytest.raises(StudyError) as caught:
            reader.read(write(SURVEY.iloc[:0]), source())
        assert caught.value.key == "file_empty"

    @pytest.mark.parametrize(
        "setting", [{"delimiter": ";"}, {"header": "false"}, {"strip": "'"}, {"characters": "c.csv"}]
    )
    def test_a_setting_for_text_files_is_refused(self, setting):
        with pytest.raises(StudyError) as caught:
            source(**setting)
        assert caught.value.key == "settings_value"
        assert "is for text files" in str(caught.value)
