"""Spreadsheets: what a cell says as text, headers of several rows, sheets, formulas without a result; and files that are none.

Workbooks are written here by openpyxl, .ods files by `opendocument`; those that neither can write lie in
reference/workbooks. Days of Excel: Microsoft, "Differences between the 1900 and the 1904 date system in Excel"
(support.microsoft.com/kb/214330).
"""

import datetime
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import openpyxl
import pytest
from click.testing import CliRunner
from opendocument import ods, packed

from analysis import cli, locations, study
from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats import excel, workbook
from analysis.settings import FileSource, checked

WORKBOOKS = Path(__file__).parent / "reference" / "workbooks"


def source(**settings: object) -> FileSource:
    return checked({"file": "survey.xlsx", "columns": {}, **settings}, FileSource, "study.yml")


Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """A function that writes a workbook: rows of each sheet by name, merged ranges of the first sheet."""

    def written(*rows: list, merged: tuple[str, ...] = (), name: str = "survey.xlsx", **sheets: list[list]) -> Path:
        book = openpyxl.Workbook()
        first = book.active
        for row in rows:
            first.append(row)
        for one in merged:
            first.merge_cells(one)
        for title, others in sheets.items():
            sheet = book.create_sheet(title)
            for row in others:
                sheet.append(row)
        book.save(tmp_path / name)
        return tmp_path / name

    return written


def cells(path: Path, **settings: object) -> list[list[str]]:
    return excel.read(path, source(**settings)).rows.to_numpy().tolist()


def names(path: Path, **settings: object) -> list[str]:
    return list(excel.read(path, source(**settings)).rows)


def refused(path: Path, **settings: object) -> StudyError:
    with pytest.raises(StudyError) as caught:
        excel.read(path, source(**settings))
    assert caught.value.text("zh")
    assert caught.value.text("en")
    return caught.value


class TestCells:
    def test_text_that_only_looks_like_a_number_stays_text(self, write):
        assert cells(write(["code", "n"], ["001", 1.0], ["1e5", 100000])) == [["001", "1"], ["1e5", "100000"]]

    @pytest.mark.parametrize(
        ("number", "shown"),
        [
            (7, "7"),
            (-3.0, "-3"),
            (0.1 + 0.2, "0.3"),
            (1 / 3, "0.333333333333333"),
            (1.5e-10, "1.5e-10"),
            (1e20, "100000000000000000000"),
            (123456789012345, "123456789012345"),
            (True, "TRUE"),
            (False, "FALSE"),
        ],
    )
    def test_a_number_has_the_fifteen_digits_that_excel_shows(self, write, number, shown):
        assert cells(write(["x", "y"], [number, "."])) == [[shown, "."]]

    def test_dates_are_iso_and_times_of_day_stay_with_them(self, write):
        moments = [
            datetime.date(2014, 11, 29),
            datetime.datetime(2014, 11, 29, 8, 30),
            datetime.time(8, 30),
            datetime.timedelta(hours=30, minutes=5),
        ]
        assert cells(write(["a", "b", "c", "d"], moments)) == [
            ["2014-11-29", "2014-11-29 08:30:00", "08:30:00", "30:05:00"]
        ]

    def test_rare_characters_line_breaks_and_the_longest_cell_are_kept(self, write):
        row = ["䶮𠮷", "😀", "a\nb", "x" * 32767, " spaced "]
        assert cells(write(list("abcde"), row)) == [row]

    def test_rows_are_numbered_as_the_sheet_numbers_them_and_blank_ones_left_out(self, write):
        raw = excel.read(write(["x"], ["a"], [None], [" "], ["b"]), source())
        assert raw.rows.index.tolist() == [2, 5]

    def test_a_table_that_begins_further_down_and_to_the_right_keeps_its_row_numbers_and_columns(self, write):
        raw = excel.read(write([], [], [None, None, "x", None, "y"], [None, None, "a", None, "b"]), source())
        assert raw.rows.to_dict("index") == {4: {"x": "a", "y": "b"}}
        assert raw.positions == {"x": 3, "y": 5}

    def test_numbers_that_lost_digits_are_told_with_their_cells(self, write):
        raw = excel.read(write(["id"], [360102199003078514], ["360102199003078514"]), source())
        assert raw.rows["id"].tolist() == ["360102199003079000", "360102199003078514"]
        assert raw.notes == {"note_digits_lost": ["A2"]}

    def test_a_row_without_header_is_named_by_positions(self, write):
        assert names(write(["a", "b"]), header="false") == ["1", "2"]

    def test_16384_columns(self, write):
        wide = [f"q{number}" for number in range(16384)]
        assert names(write(wide, ["1"] * 16384)) == wide

    @pytest.mark.parametrize(
        ("row", "column", "name"), [(0, 0, "A1"), (16, 1, "B17"), (9, 26, "AA10"), (0, 16383, "XFD1")]
    )
    def test_cells_are_called_as_a_spreadsheet_calls_them(self, row, column, name):
        assert excel.cell_name(row, column) == name
        assert workbook.column_number(name.rstrip("0123456789")) == column


class TestHeaders:
    def test_a_merged_header_counts_for_its_columns_and_is_joined_with_the_row_below(self, write):
        path = write(
            ["姓名", "满意度", None, "性别"],
            [None, "道路", "绿化", None],
            ["王丽", 5, 4, "女"],
            merged=("A1:A2", "B1:C1", "D1:D2"),
        )
        raw = excel.read(path, source())
        assert raw.rows.to_dict("index") == {
            3: {"姓名": "王丽", "满意度 / 道路": "5", "满意度 / 绿化": "4", "性别": "女"}
        }

    def test_a_header_of_three_rows(self, write):
        path = write(
            ["q", None, None],
            ["a", None, "b"],
            ["x", "y", "x"],
            [1, 2, 3],
            merged=("A1:C1", "A2:B2"),
        )
        assert names(path, header_rows=3) == ["q / a / x", "q / a / y", "q / b / x"]

    def test_a_header_merged_over_columns_only_has_one_more_row(self, write):
        path = write(["id", "q", None], [None, "x", "y"], ["1", "2", "3"], merged=("B1:C1",))
        assert names(path) == ["id", "q / x", "q / y"]

    def test_header_rows_go_before_what_is_merged(self, write):
        path = write(["id", "q", None], ["1", "2", "3"], merged=("B1:C1",))
        assert refused(path, header_rows=1).facts["list"] == "q (B1, C1)"

    def test_merged_cells_right_below_the_header_are_data(self, write):
        path = write(["place", "x"], ["A", "1"], [None, "2"], merged=("A2:A3",))
        assert excel.read(path, source()).rows.index.tolist() == [2, 3]

    def test_a_title_over_the_table_is_no_header(self, write):
        path = write(["名册", None], ["姓名", "性别"], ["王丽", "女"], merged=("A1:B1",))
        error = refused(path)
        assert (error.key, str(error.facts["cell"]), error.facts["rows"]) == ("header_title", "A1:B1", 1)
        assert names(path, skip_rows=1) == ["姓名", "性别"]

    def test_a_blank_header_over_data_names_its_cells(self, write):
        error = refused(write(["a", None, "c", ""], ["1", "2", "3", "4"]))
        assert (error.key, error.facts["list"]) == ("header_blank", "B1, D1")

    def test_a_name_that_stands_twice_is_told_with_both_cells(self, write):
        error = refused(write(["a", "满意", "b", "c", "d", "满意"], ["1", "2", "3", "4", "5", "6"]))
        assert (error.key, error.facts["list"]) == ("column_twice", "满意 (B1, F1)")


class TestMergedCells:
    ROWS = (["place", "x"], ["A", "1"], [None, "2"], ["B", "3"])

    def test_all_but_the_first_cell_is_blank_and_a_note_says_so(self, write):
        raw = excel.read(write(*self.ROWS, merged=("A2:A3",)), source())
        assert raw.rows["place"].tolist() == ["A", "", "B"]
        assert raw.notes == {"note_merged_cells": ["A2:A3"]}

    def test_they_are_filled_downwards_where_the_study_says_so(self, write):
        raw = excel.read(write(*self.ROWS, merged=("A2:A3",)), source(fill_merged="true"))
        assert raw.rows["place"].tolist() == ["A", "A", "B"]
        assert raw.notes == {}

    def test_they_are_never_filled_sideways(self, write):
        raw = excel.read(write(*self.ROWS, merged=("A4:B4",)), source(fill_merged="true"))
        assert raw.rows.loc[4].tolist() == ["B", ""]
        assert raw.notes == {"note_merged_cells": ["A4:B4"]}


class TestSheets:
    TWO: ClassVar[dict[str, list[list]]] = {"Other": [["x"], ["2"]]}

    def test_the_only_sheet_with_data_is_read(self, write):
        assert cells(write(["x"], ["1"], Blank=[])) == [["1"]]

    def test_several_with_data_are_listed(self, write):
        error = refused(write(["x"], ["1"], **self.TWO))
        assert (error.key, error.facts["list"]) == ("sheet_unnamed", "Sheet, Other")

    @pytest.mark.parametrize("sheet", ["Other", "2"])
    def test_a_sheet_is_named_or_numbered(self, write, sheet):
        assert cells(write(["x"], ["1"], **self.TWO), sheet=sheet) == [["2"]]

    def test_a_name_goes_before_a_number(self, write):
        assert cells(write(["x"], ["1"], **{"b": [["x"], ["2"]], "2": [["x"], ["3"]]}), sheet="2") == [["3"]]

    @pytest.mark.parametrize("sheet", ["Othr", "0", "3"])
    def test_a_sheet_that_is_not_there(self, write, sheet):
        error = refused(write(["x"], ["1"], **self.TWO), sheet=sheet)
        assert (error.key, error.facts["known"]) == ("sheet_missing", "Sheet, Other")

    def test_a_hidden_sheet_is_read_only_where_it_is_named(self, write):
        path = write(["x"], ["1"], **self.TWO)
        book = openpyxl.load_workbook(path)
        book["Other"].sheet_state = "hidden"
        book.save(path)
        assert cells(path) == [["1"]]
        assert cells(path, sheet="Other") == [["2"]]
        assert excel.sheet_names(path) == ["Sheet", "Other"]


class TestFormulas:
    @pytest.fixture
    def broken(self, write) -> Path:
        """Row 3 has an error in `n`, row 4 a formula that nobody computed in `n`, row 5 an error in `note`."""
        path = write(["id", "n", "note"], ["a", 1, "x"], ["b", None, "x"], ["c", "=1+1", "x"], ["d", 4, None])
        book = openpyxl.load_workbook(path)
        for name, text in (("B3", "#DIV/0!"), ("C5", "#N/A")):
            book.active[name].value = text
            book.active[name].data_type = "e"
        book.save(path)
        return path

    def test_a_formula_without_a_result_in_a_column_that_is_read_is_a_fault_of_its_row(self, broken):
        raw = excel.read(broken, source(columns={"count": "n"}))
        assert [(fault.row, fault.value, fault.rule) for fault in raw.faults] == [
            (3, "B3: #DIV/0!", "formula_error"),
            (4, "B4: =", "formula_error"),
        ]
        assert raw.rows.index.tolist() == [2, 5]

    def test_in_a_column_that_is_not_read_it_sets_no_row_aside_and_is_no_blank(self, broken):
        raw = excel.read(broken, source(columns={"name": "id"}))
        assert raw.faults == []
        assert raw.rows["n"].tolist() == ["1", "#DIV/0!", "=", "4"]
        assert raw.rows["note"].tolist() == ["x", "x", "x", "#N/A"]

    def test_a_result_that_was_saved_is_read_and_an_empty_text_is_one(self, write):
        path = write(["n", "t"], ["=1+1", '=""'])
        parts = contents(path)
        sheet = parts["xl/worksheets/sheet1.xml"].replace(
            b"<v></v>", b"<v />"
        )  # as openpyxl writes with lxml, and without
        sheet = sheet.replace(b"<f>1+1</f><v />", b"<f>1+1</f><v>2</v>")
        sheet = sheet.replace(b'<c r="B2"><f>""</f><v />', b'<c r="B2" t="str"><f>""</f><v></v>')
        packed(path, parts | {"xl/worksheets/sheet1.xml": sheet})
        raw = excel.read(path, source(columns={"count": "n", "name": "t"}))
        assert (raw.rows.to_numpy().tolist(), raw.faults) == ([["2", ""]], [])

    def test_a_note_says_that_errors_of_an_xlsb_file_are_not_seen(self, write, monkeypatch):
        monkeypatch.setattr(workbook, "kind", lambda path: ".xlsb")
        assert excel.read(write(["x"], ["1"]), source()).notes == {"note_errors_unseen": ["Sheet"]}

    def test_an_error_in_an_xls_file(self):
        raw = excel.read(WORKBOOKS / "roster.xls", source(file="roster.xls", skip_rows=1, columns={"count": "人数"}))
        assert [(fault.row, fault.value) for fault in raw.faults] == [(4, "C4: #DIV/0!")]

    def test_an_error_in_an_ods_file(self, tmp_path):
        raw = excel.read(ods(tmp_path / "a.ods"), source(file="a.ods", columns={"count": "人数"}))
        assert [(fault.row, fault.value) for fault in raw.faults] == [(5, "C5: #DIV/0!")]


class TestDates:
    """Day 41972 from 1900, and day 40510 from 1904, is 29 November 2014; 25569 is 1 January 1970 (KB 214330, DATEVALUE)."""

    def read(self, make_study: Callable[..., Path], written: list, format_: str, at: str = "出生日期") -> list:
        header = [
            "社区编号",
            "人员编号",
            "届次",
            "姓名",
            "岗位",
            "性别",
            "出生日期",
            "学历",
            "党员",
            "到岗日期",
            "离岗日期",
            "兼任岗位数",
        ]
        rows = [
            ["C1", f"P{i}", "2018", "王", "网格员", "女", day, "本科", "是", "2018-07-01", None, 1]
            for i, day in enumerate(written)
        ]
        folder = make_study(
            file={"file": "roster.xlsx"},
            columns={"birth_date": {"column": at, "format": format_}},
            table={"set_aside": "9"},
        )
        book = openpyxl.Workbook()
        book.epoch = datetime.datetime(1904, 1, 1) if format_ == "excel_1904" else datetime.datetime(1899, 12, 30)
        for row in [header, *rows]:
            book.active.append(row)
        book.save(folder / "data" / "roster.xlsx")
        return study.open(str(folder)).table("roster")["birth_date"].dt.strftime("%Y-%m-%d").tolist()

    def test_numbers_are_days_from_1900_where_the_study_says_so(self, make_study):
        days = [41972, 25569, "25569", datetime.date(1962, 11, 30), "1968/12/24"]
        assert self.read(make_study, days, "excel") == [
            "2014-11-29",
            "1970-01-01",
            "1970-01-01",
            "1962-11-30",
            "1968-12-24",
        ]

    def test_or_from_1904(self, make_study):
        assert self.read(make_study, [40510, datetime.date(1962, 11, 30)], "excel_1904") == ["2014-11-29", "1962-11-30"]

    def test_a_number_is_no_date_where_the_study_does_not_say_so(self, make_study):
        assert self.read(make_study, [41972, "1970-01-01"], "iso") == ["1970-01-01"]

    def test_the_day_that_excel_made_up_is_none(self, make_study):
        # Excel numbers 29 February 1900, which never was, as 60.
        assert self.read(make_study, [60, 0, 25569.5, 99999999, 25569], "excel") == ["1970-01-01"]

    @pytest.mark.parametrize(("name", "said"), [("roster.xls", "excel_1904"), ("roster_1904.xls", "excel")])
    def test_a_study_that_counts_from_another_year_than_the_workbook_is_refused(self, name, said):
        columns = {"birth_date": {"column": "出生日期", "format": said}}
        assert refused(WORKBOOKS / name, file=name, skip_rows=1, columns=columns).key == "date_system"

    @pytest.mark.parametrize("name", ["roster.xls", "roster_1904.xls"])
    def test_a_cell_that_is_a_date_is_the_same_in_both_systems(self, name):
        assert cells(WORKBOOKS / name, file=name, skip_rows=1)[0] == ["001", "1970-01-05", "12"]


class TestBadFiles:
    @pytest.fixture
    def bad(self, tmp_path: Path) -> Callable[[bytes], Path]:
        def made(content: bytes) -> Path:
            (tmp_path / "bad.xlsx").write_bytes(content)
            return tmp_path / "bad.xlsx"

        return made

    def test_a_workbook_with_a_password(self):
        assert refused(WORKBOOKS / "locked.xlsx").key == "workbook_locked"

    @pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
    def test_a_workbook_that_was_cut_off(self, write, bad, share):
        content = write(*([str(i), "x"] for i in range(500))).read_bytes()
        assert refused(bad(content[: int(len(content) * share)])).key == "workbook_unreadable"

    @pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
    def test_an_xls_file_that_was_cut_off(self, bad, share):
        content = (WORKBOOKS / "roster.xls").read_bytes()
        assert refused(bad(content[: int(len(content) * share)])).key == "workbook_unreadable"

    def test_a_damaged_byte_is_found_wherever_it_is(self, write, bad):
        content = bytearray(write(["x"], ["1"]).read_bytes())
        with zipfile.ZipFile(write(["x"], ["1"])) as archive:
            place = archive.getinfo("xl/styles.xml").header_offset + 80
        content[place] ^= 0xFF
        assert refused(bad(bytes(content))).key == "workbook_unreadable"

    def test_a_sheet_that_says_it_begins_beyond_its_end_is_not_believed(self, tmp_path):
        content = (WORKBOOKS / "roster.xls").read_bytes()
        record = bytes.fromhex("00020e00 00000000 05000000 0000 0300")  # [MS-XLS] 2.5.35: rows 0 to 5, columns 0 to 3
        assert content.count(record) == 1
        path = tmp_path / "a.xls"
        path.write_bytes(content.replace(record, bytes.fromhex("00020e00 00000080 05000000 0000 0300")))
        error = refused(path)
        assert (error.key, error.facts["rows"], error.facts["columns"]) == ("sheet_too_large", "2,147,483,648", "3")

    def test_an_ods_file_that_repeats_a_cell_too_often_or_is_no_xml(self, tmp_path):
        with zipfile.ZipFile(ods(tmp_path / "a.ods")) as archive:
            parts = {name: archive.read(name).decode() for name in archive.namelist()}
        one = '<table:table-cell office:value-type="float" office:value="12">'
        many = one.replace("table-cell ", 'table-cell table:number-columns-repeated="16000" ')
        text = parts["content.xml"].replace(one, many).replace('rows-repeated="2"', 'rows-repeated="900000"')
        error = refused(packed(tmp_path / "b.ods", parts | {"content.xml": text}))
        # a header, 900,000 rows, a blank one and one with an error; two columns stand before the 16,000
        assert (error.key, error.facts["rows"], error.facts["columns"]) == ("sheet_too_large", "900,003", "16,002")
        text = parts["content.xml"].replace("</table:table>", "</table:tabltable>")
        assert refused(packed(tmp_path / "c.ods", parts | {"content.xml": text})).key == "workbook_unreadable"

    def test_a_bomb_is_not_unpacked(self, write):
        path = write(["x"], ["1"])
        with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/media/image1.png", b"\0" * (101 * 1024**2))
        error = refused(path)
        assert (error.key, error.facts["unpacked"]) == ("workbook_bomb", "101 MB")

    def test_a_stray_cell_far_off_does_not_fill_the_memory(self, write):
        path = write(["x"], ["1"])
        book = openpyxl.load_workbook(path)
        book.active["XFD1048576"] = "."
        book.save(path)
        assert refused(path).key == "sheet_too_large"

    @pytest.mark.parametrize(
        ("content", "found"),
        [
            (b"<html><body><table><tr><td>1</td></tr></table></body></html>", "HTML"),
            (b"\xef\xbb\xbf\r\n<!DOCTYPE html PUBLIC ''>", "HTML"),
            ("<html><meta charset=utf-16>".encode("utf-16"), "HTML"),
            (
                b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
                "XML Spreadsheet 2003",
            ),
            (b"MIME-Version: 1.0\r\nContent-Type: multipart/related", "MHTML"),
            (b"\x00\x01\x02\x03", "–"),
            (b"", "–"),
        ],
    )
    def test_what_is_called_a_workbook_and_is_none(self, bad, content, found):
        path = bad(content)
        assert (refused(path).key, refused(path).facts["found"]) == ("not_a_workbook", found)
        with pytest.raises(StudyError) as caught:
            formats.read(path, source(), path.parent)
        assert caught.value.key == "not_a_workbook"

    def test_another_zip_file(self, bad, tmp_path):
        with zipfile.ZipFile(tmp_path / "letter.docx", "w") as archive:
            archive.writestr("word/document.xml", "<w:document/>")
        assert refused(bad((tmp_path / "letter.docx").read_bytes())).key == "workbook_unreadable"

    def test_broken_xml(self, write):
        path = write(["x"], ["1"])
        parts = contents(path)
        packed(path, parts | {"xl/worksheets/sheet1.xml": parts["xl/worksheets/sheet1.xml"][:-30]})
        assert refused(path).key == "workbook_unreadable"

    def test_a_nul_byte_in_a_sheet(self, write):
        path = write(["x"], ["1"])
        parts = contents(path)
        sheet = parts["xl/worksheets/sheet1.xml"].replace(b"<sheetData>", b"<sheetData>\0<row><c t='e'/></row>")
        packed(path, parts | {"xl/worksheets/sheet1.xml": sheet})
        assert refused(path).key == "workbook_unreadable"

    @pytest.mark.parametrize("rows", [[], [["x"]], [[" ", None]]])
    def test_a_sheet_without_rows(self, write, rows):
        assert refused(write(*rows)).key == "file_empty"

    @pytest.mark.parametrize(
        "setting", [{"delimiter": ";"}, {"strip": "'"}, {"encoding": "gbk"}, {"characters": "c.csv"}]
    )
    def test_a_setting_for_other_files_is_refused(self, setting):
        with pytest.raises(StudyError) as caught:
            source(**setting)
        assert caught.value.key == "settings_value"

    @pytest.mark.parametrize("setting", [{"sheet": "1"}, {"header_rows": 2}, {"skip_rows": 1}, {"fill_merged": "true"}])
    def test_a_setting_for_spreadsheets_is_refused_for_text(self, setting):
        with pytest.raises(StudyError) as caught:
            source(file="survey.csv", **setting)
        assert "is for excel files" in str(caught.value)


class TestStudies:
    @pytest.fixture
    def roster(self, make_study: Callable[..., Path], roster_text: str) -> Callable[..., Path]:
        """The small study over a workbook with its roster, the file's name and settings given."""

        def made(name: str = "roster.xlsx", **settings: object) -> Path:
            folder = make_study(file={"file": name, **settings})
            book = openpyxl.Workbook()
            for line in roster_text.splitlines():
                book.active.append([cell or None for cell in line.split(",")])
            book.save(folder / "data" / "roster.xlsx")
            if name != "roster.xlsx":
                (folder / "data" / "roster.xlsx").rename(folder / "data" / name)
            return folder

        return made

    def test_the_same_tables_as_from_csv(self, roster, make_study):
        from_csv = study.open(str(make_study(name="csv"))).table("roster")
        assert study.open(str(roster())).table("roster").equals(from_csv)

    def test_a_file_with_another_name_is_read_as_what_it_is_and_a_note_says_so(self, roster, tmp_path, monkeypatch):
        monkeypatch.setattr(locations, "PROCESSED", tmp_path / "data" / "processed")
        folder = roster("roster.xls")
        notes = study.read(str(folder)).reading.notes
        assert notes[["file", "note", "examples"]].to_numpy().tolist() == [["roster.xls", "note_other_format", ".xlsx"]]
        told = CliRunner().invoke(cli.main, ["check", str(folder)], env={"LANG": "zh_CN.UTF-8"})
        assert "roster.xls 的内容与扩展名不符" in told.output

    def test_text_under_the_name_of_a_workbook_is_read_as_text(self, make_study, roster_text):
        folder = make_study(file={"file": "roster.xls"})
        (folder / "data" / "roster.xls").write_bytes(roster_text.encode("utf-16"))
        reading = study.open(str(folder)).reading
        assert len(reading.tables["roster"]) == 17
        assert reading.notes[["note", "examples"]].to_numpy().tolist() == [["note_other_format", ".csv"]]

    def test_a_fault_names_row_and_cell(self, roster):
        folder = roster()
        book = openpyxl.load_workbook(folder / "data" / "roster.xlsx")
        book.active["G3"].value, book.active["G3"].data_type = "#REF!", "e"
        book.save(folder / "data" / "roster.xlsx")
        reading = study.read(str(folder)).reading
        assert reading.quarantine[["row", "value", "rule"]].to_numpy().tolist() == [[3, "G3: #REF!", "formula_error"]]
        assert reading.counts[["read", "accepted", "set_aside"]].to_numpy().tolist() == [[17, 16, 1]]


class TestOpenDocument:
    def test_cells_repeated_rows_and_row_numbers(self, tmp_path):
        raw = excel.read(ods(tmp_path / "a.ods"), source(file="a.ods"))
        assert raw.rows.to_dict("index") == {
            2: {"编号": "001", "出生日期": "1970-01-05", "人数": "12"},
            3: {"编号": "001", "出生日期": "1970-01-05", "人数": "12"},
            5: {"编号": "𠮷䶮", "出生日期": "", "人数": "#DIV/0!"},
        }


def contents(path: Path) -> dict[str, bytes]:
    """The parts of a zip file."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
