"""Raw files become tables: what is accepted, what is set aside and why, and what is refused as a whole.

The small study of conftest has 17 rows. Rows are numbered as in a spreadsheet: its first person stands in row 2.
"""

import csv
import hashlib
import io
from collections import Counter
from contextlib import suppress

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import study
from analysis.catalogue import base
from analysis.errors import StudyError
from analysis.reading.convert import convert
from analysis.settings import ColumnSource, checked

NAMES = ["王丽", "李强", "张敏", "刘洋", "陈静", "杨帆", "赵军", "黄梅"]
"""The persons of 2015, in the order of the small study's roster."""

TRADITIONAL = """\
社區編號,人員編號,屆次,姓名
C1,P01,2015,王麗
C1,P02,2015,李強
C2,P03,2018,張敏
C2,P04,2018,劉洋
"""
FOUR_COLUMNS = {"community_id": "cid", "person_id": "pid", "term": "term", "name": "name"}
ASCII_HEADER = "cid,pid,term,name\nC1,P1,2015,王丽\nC1,P2,2015,李强\nC2,P3,2018,张敏\n"
"""Only names are Chinese, of two characters each: six bytes of UTF-8 that are three of GBK's pairs as well."""


def only(roster_columns):
    """The roster mapped to these columns and no others."""
    unmapped = ["community_id", "person_id", "term", "name", "role", "sex", "birth_date", "education"]
    unmapped += ["is_party_member", "start", "end", "posts_held"]
    return dict.fromkeys(unmapped) | roster_columns


def faults(folder):
    """Where the quarantine says that something is wrong: (row, column, rule)."""
    aside = study.read(str(folder)).reading.quarantine
    return set(zip(aside["row"], aside["column"], aside["rule"], strict=True))


def counted(folder):
    """Rows read, accepted and set aside, for each file."""
    counts = study.read(str(folder)).reading.counts
    return [tuple(row) for row in counts[["read", "accepted", "set_aside"]].to_numpy().tolist()]


def refusal(folder):
    """The error that opening a study ends with."""
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    return caught.value


def cells(column, written, **source):
    """Each cell as it is read: its value, or `missing: <reason>`, or `fault: <rule>`."""
    done = convert(
        pd.Series(written, dtype="str"), column, checked({"column": "x", **source}, ColumnSource, "test"), base()
    )
    return [
        f"fault: {rule}" if pd.notna(rule) else f"missing: {reason}" if pd.notna(reason) else value
        for value, reason, rule in zip(done.values, done.reasons, done.rules, strict=True)
    ]


class TestEncodings:
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
    def test_the_encoding_is_found(self, make_study, roster_text, encoding):
        roster = study.open(str(make_study(roster_text.encode(encoding)))).table("roster")
        assert roster["name"].tolist()[:8] == NAMES

    def test_big5_is_found(self, make_study):
        columns = only({"community_id": "社區編號", "person_id": "人員編號", "term": "屆次", "name": "姓名"})
        roster = study.open(str(make_study(TRADITIONAL.encode("big5"), columns=columns))).table("roster")
        assert roster["name"].tolist() == ["王麗", "李強", "張敏", "劉洋"]

    @pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "gbk", "utf-16"])
    def test_the_declared_encoding_is_used(self, make_study, roster_text, encoding):
        folder = make_study(roster_text.encode(encoding), file={"encoding": encoding})
        assert study.open(str(folder)).table("roster")["name"].tolist()[:8] == NAMES

    def test_a_byte_order_mark_is_no_part_of_the_first_column(self, make_study, roster_text):
        folder = make_study(roster_text.encode("utf-8-sig"), file={"encoding": "utf-8"})
        assert study.open(str(folder)).table("roster")["community_id"].iloc[0] == "C1"

    def test_a_utf_8_file_is_never_read_as_gbk_though_gbk_decodes_it(self, make_study):
        assert "鐜嬩附" in ASCII_HEADER.encode().decode("gbk")
        folder = make_study(ASCII_HEADER, columns=only(FOUR_COLUMNS))
        assert study.open(str(folder)).table("roster")["name"].tolist() == ["王丽", "李强", "张敏"]

    def test_a_wrong_declared_encoding_is_refused_with_the_byte_and_the_encodings_that_fit(self, make_study):
        error = refusal(make_study(file={"encoding": "ascii"}))
        assert error.key == "encoding_declared"
        assert error.place.endswith("roster.csv")
        assert error.facts["byte"] == 1
        assert "utf-8" in error.facts["known"]

    def test_an_encoding_that_does_not_exist_is_refused(self, make_study):
        assert refusal(make_study(file={"encoding": "utf-88"})).key == "settings_value"

    def test_bytes_of_no_encoding_are_refused(self, make_study):
        assert refusal(make_study(b"a,b\n\xff\xff,\x81\n")).key == "encoding_unknown"

    def test_a_damaged_utf_8_file_is_refused_and_not_read_as_gbk(self, make_study):
        error = refusal(make_study(ASCII_HEADER.encode()[:-3], columns=only(FOUR_COLUMNS)))
        assert (error.key, error.facts["row"]) == ("encoding_damaged", 4)

    @pytest.mark.parametrize("other", ["gb18030", "big5"])
    def test_a_file_in_two_encodings_is_refused_with_the_lines(self, make_study, other):
        # Each half has whole characters, so that GB18030 may decode all of it, the first half to other characters.
        lines = ASCII_HEADER.replace("丽", "明").replace("强", "明").replace("张敏", "王明").splitlines(keepends=True)
        content = "".join(lines[:3]).encode() + lines[3].encode(other) * 3
        error = refusal(make_study(content, columns=only(FOUR_COLUMNS)))
        assert error.key == "encoding_mixed"
        assert (error.facts["other"], error.facts["row"]) == (2, 4)

    @pytest.mark.parametrize("encoding", ["rot13", "base64", "undefined", "utf-88"])
    def test_what_is_no_encoding_of_text_is_refused(self, make_study, encoding):
        assert refusal(make_study(file={"encoding": encoding})).key == "settings_value"

    def test_a_utf_8_file_declared_as_gbk_is_refused(self, make_study):
        folder = make_study(ASCII_HEADER, columns=only(FOUR_COLUMNS), file={"encoding": "gbk"})
        assert refusal(folder).key == "encoding_declared"


class TestLines:
    @pytest.mark.parametrize("delimiter", [",", ";", "\t"])
    def test_the_delimiter_is_found(self, make_study, roster_text, delimiter):
        assert counted(make_study(roster_text.replace(",", delimiter))) == [(17, 17, 0)]

    def test_a_declared_delimiter_is_used(self, make_study, roster_text):
        assert counted(make_study(roster_text.replace(",", "|"), file={"delimiter": "|"})) == [(17, 17, 0)]

    def test_a_quoted_field_may_hold_the_delimiter_and_line_breaks_and_is_one_row(self, make_study, roster_text):
        roster = roster_text.replace("王丽", '"王,\n丽"', 1).replace("张敏,网格员,女", "张敏,网格员,?", 1)
        assert study.read(str(make_study(roster))).table("roster")["name"].iloc[0] == "王,\n丽"

    def test_rows_are_numbered_as_a_spreadsheet_shows_them(self, make_study, roster_text):
        # Row 2 holds a line break, row 3 is blank, so that the third person stands in row 5.
        lines = roster_text.replace("王丽", '"王\n丽"', 1).replace("张敏,网格员,女", "张敏,网格员,?", 1).split("\n")
        assert faults(make_study("\n".join([*lines[:3], "", *lines[3:]]))) == {(5, "sex", "level")}

    def test_blank_lines_are_not_rows(self, make_study, roster_text):
        assert counted(make_study(roster_text.replace("\nC2", "\n\n , ,\nC2", 1))) == [(17, 17, 0)]

    def test_rows_with_more_or_fewer_fields_than_the_header_are_set_aside(self, make_study, roster_text):
        roster = roster_text.replace("王丽,党组织书记", "王丽,党组织,书记", 1).replace("李强,", "", 1)
        folder = make_study(roster)
        assert faults(folder) == {(2, "", "field_count"), (3, "", "field_count")}
        assert counted(folder) == [(17, 15, 2)]
        assert set(study.read(str(folder)).reading.quarantine["value"]) == {"13 ≠ 12", "11 ≠ 12"}

    @pytest.mark.parametrize("content", [b"", b" \n\n", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n,,\n"])
    def test_an_empty_file_is_refused(self, make_study, content):
        error = refusal(make_study(content))
        assert (error.key, error.place.endswith("roster.csv")) == ("file_empty", True)

    def test_a_file_with_a_header_only_is_refused(self, make_study, roster_text):
        assert refusal(make_study(roster_text.split("\n")[0])).key == "file_empty"

    def test_a_file_without_a_header_is_read_by_position(self, make_study, roster_text):
        columns = only({"community_id": "1", "person_id": "2", "term": "3", "name": "4"})
        folder = make_study(roster_text.split("\n", 1)[1], file={"header": "false"}, columns=columns)
        assert study.open(str(folder)).table("roster")["name"].tolist()[:8] == NAMES
        assert counted(folder) == [(17, 17, 0)]

    def test_a_position_that_the_file_has_not_is_refused(self, make_study, roster_text):
        columns = only({"community_id": "1", "person_id": "2", "term": "3", "name": "13"})
        error = refusal(make_study(roster_text.split("\n", 1)[1], file={"header": "false"}, columns=columns))
        assert (error.key, error.facts["column"]) == ("column_missing", "13")

    def test_an_unclosed_quote_does_not_swallow_the_rows_below_it(self, make_study, roster_text):
        first, *rows = roster_text.strip().split("\n")
        remarks = [f'{row},"临时' if number == 2 else f"{row},无" for number, row in enumerate(rows)]
        folder = make_study("\n".join([f"{first},备注", *remarks]))
        with suppress(StudyError):
            assert counted(folder)[0][0] == 17

    def test_an_unclosed_quote_in_a_long_file_is_refused_with_a_message(self, make_study, roster_text):
        refusal(make_study(roster_text.replace("王丽", '"王丽', 1) + roster_text.split("\n", 1)[1] * 200))

    def test_a_header_that_stands_twice_is_refused(self, make_study, roster_text):
        refusal(make_study(roster_text.replace("党员", "性别", 1), columns={"is_party_member": None}))

    @pytest.mark.parametrize("delimiter", ["||", '"', "\n", ""])
    def test_a_delimiter_that_is_no_single_sign_is_refused(self, make_study, delimiter):
        assert refusal(make_study(file={"delimiter": delimiter})).key == "settings_value"

    def test_a_bar_is_found(self, make_study, roster_text):
        assert counted(make_study(roster_text.replace(",", "|"))) == [(17, 17, 0)]

    @pytest.mark.parametrize("delimiter", ["┋", "，", "、"])
    def test_a_chinese_delimiter_is_used_where_it_is_declared(self, make_study, roster_text, delimiter):
        folder = make_study(roster_text.replace(",", delimiter), file={"delimiter": delimiter})
        assert counted(folder) == [(17, 17, 0)]

    def test_a_column_without_a_name_is_refused_where_something_stands_in_it(self, make_study, roster_text):
        first, *rows = roster_text.strip().split("\n")
        folder = make_study("\n".join([f"{first},", *(f"{row}," for row in rows)]))
        assert counted(folder) == [(17, 17, 0)]
        error = refusal(make_study("\n".join([f"{first},", *(f"{row},x" for row in rows)]), name="other"))
        assert (error.key, error.facts["list"]) == ("column_unnamed", "13")

    def test_a_nul_character_is_refused_with_its_row_and_column(self, make_study, roster_text):
        error = refusal(make_study(roster_text.replace("李强", "李\0强", 1)))
        assert (error.key, error.facts) == ("nul_character", {"row": 3, "column": 4})

    def test_utf_16_without_a_mark_is_refused_and_read_where_it_is_declared(self, make_study):
        # Text of Latin letters has a NUL in every second byte.
        content = ASCII_HEADER.replace("王丽", "A").replace("李强", "B").replace("张敏", "C").encode("utf-16-le")
        assert refusal(make_study(content, columns=only(FOUR_COLUMNS))).key == "nul_character"
        folder = make_study(content, name="other", columns=only(FOUR_COLUMNS), file={"encoding": "utf-16-le"})
        assert study.open(str(folder)).table("roster")["name"].tolist() == ["A", "B", "C"]

    def test_emoji_and_rare_characters_stay_what_they_are(self, make_study, roster_text):
        roster = roster_text.replace("王丽", "䶮𠮷👩‍👧", 1).replace("张敏,网格员,女", "张敏,网格员,?", 1)
        for encoding in ("utf-8", "gb18030", "utf-16"):
            read = study.read(str(make_study(roster.encode(encoding), name=encoding))).table("roster")
            assert read["name"].iloc[0] == "䶮𠮷👩‍👧"


class TestColumns:
    def test_a_column_that_the_file_has_not_is_refused_with_the_nearest(self, make_study):
        error = refusal(make_study(columns={"sex": "姓别"}))
        assert error.key == "column_missing"
        assert error.place.endswith("roster.csv")
        assert error.facts["target"] == "sex"
        assert error.facts["nearest"] in ("性别", "姓名")

    def test_a_column_that_no_table_has_is_refused_with_the_nearest(self, make_study):
        error = refusal(make_study(columns={"educaton": "学历"}))
        assert (error.key, error.facts["nearest"]) == ("unknown_table_column", "education")

    @pytest.mark.parametrize("column", ["community_id", "person_id", "term"])
    def test_a_required_column_that_no_file_gives_is_refused(self, make_study, column):
        error = refusal(make_study(columns={column: None}))
        assert (error.key, error.facts["column"]) == ("required_column_unmapped", column)

    def test_a_table_that_the_catalogue_has_not_is_refused_with_the_nearest(self, make_study):
        tables = {"rosters": {"files": [{"file": "roster.csv", "columns": {"name": "姓名"}}]}}
        error = refusal(make_study(settings={"tables": tables}))
        assert (error.key, error.facts["nearest"]) == ("settings_key", "roster")

    def test_a_value_may_be_set_for_all_rows_of_a_file(self, make_study):
        folder = make_study(file={"set": {"city": "南昌"}})
        assert study.open(str(folder)).table("roster")["city"].tolist() == ["南昌"] * 17

    def test_columns_are_joined_by_a_hyphen(self, make_study):
        folder = make_study(columns={"community_id": {"columns": ["社区编号", "届次"]}})
        ids = study.open(str(folder)).table("roster")["community_id"]
        assert (ids.iloc[0], ids.iloc[-1]) == ("C1-2015", "C3-2018")

    def test_a_pattern_that_is_no_regular_expression_is_refused(self, make_study):
        refusal(make_study(columns={"sex": {"column": "性别", "pattern": "(["}}))

    def test_a_pattern_without_a_group_is_refused(self, make_study):
        refusal(make_study(columns={"sex": {"column": "性别", "pattern": "."}}))


class TestCells:
    def test_a_level_is_accepted_as_its_key_its_chinese_and_its_english_word(self):
        assert cells("sex", ["female", "女", "Women", " 男 "]) == ["female", "female", "female", "male"]

    def test_a_level_is_accepted_as_nothing_else(self):
        assert cells("sex", ["Female", "女性", "F"]) == ["fault: level"] * 3

    def test_a_level_is_accepted_as_the_study_maps_it(self):
        assert cells("sex", ["1", "2", "女", "3"], values={"1": "male", "2": "女"}) == [
            "male", "female", "female", "fault: level",
        ]  # fmt: skip

    def test_a_star_maps_whatever_is_not_named(self):
        assert cells("is_elected", ["*", "", "!"], values={"*": "true", "": "false"}) == [True, False, True]

    @pytest.mark.parametrize("column", ["city", "community_id"])
    def test_a_text_that_values_does_not_map_is_at_fault(self, column):
        assert cells(column, ["01", "02"], values={"01": "宜蘭縣"}) == ["宜蘭縣", "fault: unmapped"]

    def test_a_code_for_a_missing_value_keeps_its_reason(self):
        assert cells("age_years", ["45", "99", "9"], missing={"99": "unknown"}) == [45, "missing: unknown", 9]

    def test_a_blank_cell_is_not_recorded(self):
        written = ["", "  ", "\u3000"]
        for column in ("name", "sex", "age_years", "birth_date", "is_elected", "skills"):
            assert cells(column, written) == ["missing: not_recorded"] * 3

    def test_a_pattern_keeps_its_first_group(self):
        assert cells("city", ["臺北市松山區莊敬里", "北"], pattern="^(.{3})") == ["臺北市", "fault: pattern"]

    def test_a_date_of_the_roc_calendar(self):
        # 0521115 is the example of SOURCE.md; 1031129 is the election of 29 November 2014; 2004 was a leap year.
        written = ["0521115", "1031129", "521115", "0930229"]
        days = ["1963-11-15", "2014-11-29", "1963-11-15", "2004-02-29"]
        assert cells("birth_date", written, format="roc") == [pd.Timestamp(day) for day in days]

    def test_a_day_that_no_calendar_has_is_at_fault(self):
        assert cells("birth_date", ["0920229", "0521315", "0520631"], format="roc") == ["fault: date"] * 3
        assert cells("birth_date", ["2003-02-29", "1963-13-01", "1963-06-31"]) == ["fault: date"] * 3

    def test_an_iso_date_with_its_usual_variants(self):
        written = ["2014-11-09", "2014/11/9", "2014.11.09", "2014-11-09 00:00:00", "2014-11-09T00:00"]
        assert cells("birth_date", written) == [pd.Timestamp("2014-11-09")] * 5

    def test_a_compact_date_is_read_only_where_it_is_declared(self):
        assert cells("birth_date", ["20141109"], format="compact") == [pd.Timestamp("2014-11-09")]
        assert cells("birth_date", ["20141109", "1031109", "09.11.2014"]) == ["fault: date"] * 3

    def test_a_year_of_the_roc_calendar(self):
        # SOURCE.md: the counties' file of 2010 gives the birth year only, such as 056.
        assert cells("birth_year", ["056", "100"], format="roc") == [1967, 2011]
        assert cells("birth_year", ["1967"]) == [1967]

    def test_a_set_of_levels(self):
        assert cells("skills", ["会运用电脑;social_work", "Mediation; ", "会运用电脑;弹琴"]) == [
            "computer;social_work", "mediation", "fault: level",
        ]  # fmt: skip
        assert cells("skills", ["会运用电脑、人民调解"], separator="、") == ["computer;mediation"]

    def test_nobody_without_a_skill_is_missing_where_the_study_says_so(self):
        assert cells("skills", ["无", ""], values={"无": ""}) == ["", "missing: not_recorded"]

    def test_yes_and_no(self):
        assert cells("is_elected", ["是", "Y", "yes", "TRUE", "1"]) == [True] * 5
        assert cells("is_elected", ["否", "N", "no", "False", "0"]) == [False] * 5
        assert cells("is_elected", ["2", "有", "t"]) == ["fault: boolean"] * 3

    def test_numbers_may_have_thousand_separators(self):
        assert cells("residents", ["12,345", "1,234,567", "3.0"]) == [12345, 1234567, 3]
        assert cells("income", ["1,234.5"]) == [1234.5]
        assert cells("value", ["-3"]) == [-3.0]  # an indicator may be negative

    @pytest.mark.parametrize("column", ["income", "mark", "weight", "duration_seconds", "acts"])
    def test_an_undeclared_code_for_a_missing_answer_is_never_a_number_to_average(self, column):
        assert cells(column, ["8", "-3"]) == [8, "fault: negative"]
        assert cells(column, ["8", "-3"], missing={"-3": "refused"}) == [8, "missing: refused"]

    def test_a_number_is_finite(self):
        assert cells("income", ["inf", "-Infinity", "nan", "1e999", "千"]) == ["fault: number"] * 5

    def test_a_count_is_whole_and_not_negative(self):
        assert cells("residents", ["1.5", "-1"]) == ["fault: whole_number", "fault: negative"]

    def test_a_comma_that_separates_no_thousands_is_at_fault(self):
        assert cells("residents", ["1,5", "12,34", "1,2345"]) == ["fault: number"] * 3

    @pytest.mark.parametrize("written", ["99999999999999999999", "1e300"])
    def test_a_count_beyond_all_bounds_is_at_fault(self, written):
        assert cells("votes", [written])[0].startswith("fault:")


class TestCharactersAndCorrections:
    def test_private_use_characters_are_read_by_the_table_of_characters(self, make_study, roster_text):
        roster = roster_text.replace("王丽", "王\ue000").replace("李强", "李\ue001")
        table = "file,written,meant,evidence\nroster.csv,U+E000,𦰡,x\nother.csv,U+E001,强,x\n"
        folder = make_study(roster, file={"characters": "characters.csv"}, files={"characters.csv": table})
        names = study.open(str(folder)).table("roster")["name"]
        assert names.iloc[0] == "王𦰡"
        assert names.iloc[1] == "李\ue001"  # the table speaks of another file

    def test_a_table_of_characters_that_is_not_there_is_refused(self, make_study):
        refusal(make_study(file={"characters": "characters.csv"}))

    def test_a_table_of_characters_with_other_columns_is_refused(self, make_study):
        refusal(make_study(file={"characters": "c.csv"}, files={"c.csv": "written,meant\nU+E000,x\n"}))

    @staticmethod
    def correction(**changes):
        entry = {"id": "sex_of_p02", "table": "roster", "file": "roster.csv", "where": {"person_id": "P02"}}
        return entry | {"column": "sex", "expect": "男", "to": "女", "reason": "ID card", "source": "test"} | changes

    def test_a_correction_changes_the_cells_it_names_and_no_others(self, make_study):
        sexes = study.open(str(make_study(corrections=[self.correction()]))).table("roster")["sex"]
        assert sexes.iloc[1] == "female"
        assert Counter(sexes) == {"female": 12, "male": 5}  # by hand: 11 and 6 in the file

    def test_a_correction_may_mend_what_would_be_set_aside(self, make_study, roster_text):
        folder = make_study(roster_text.replace("1962-11-30", "1962-11-31"))
        assert faults(folder) == {(3, "birth_date", "date")}
        change = {"column": "birth_date", "expect": "1962-11-31", "to": "1962-11-30"}
        mended = make_study(
            roster_text.replace("1962-11-30", "1962-11-31"), name="mended", corrections=[self.correction(**change)]
        )
        assert counted(mended) == [(17, 17, 0)]

    @pytest.mark.parametrize(
        "change", [{"expect": "未知"}, {"rows": 2}, {"where": {"person_id": "P99"}}, {"where": {}, "rows": 1}]
    )
    def test_a_correction_that_no_longer_fits_stops_the_run(self, make_study, change):
        error = refusal(make_study(corrections=[self.correction(**change)]))
        assert (error.key, error.facts["id"]) == ("correction_stale", "sex_of_p02")

    def test_a_misspelt_key_of_a_correction_is_refused(self, make_study):
        assert refusal(make_study(corrections=[self.correction(reasn="x")])).facts["nearest"] == "reason"

    @pytest.mark.parametrize("change", [{"column": "sexx"}, {"where": {"personid": "P02"}}])
    def test_a_correction_of_a_column_that_the_table_has_not_is_refused(self, make_study, change):
        refusal(make_study(corrections=[self.correction(**change)]))

    @pytest.mark.parametrize("change", [{"table": "rosters"}, {"file": "rosters.csv"}])
    def test_a_correction_of_a_table_or_file_that_the_study_has_not_is_refused(self, make_study, change):
        refusal(make_study(corrections=[self.correction(**change)]))


CANDIDACIES = {
    "files": [
        {
            "file": "roster.csv",
            "columns": {
                "community_id": "社区编号",
                "person_id": "人员编号",
                "term": "届次",
                "role": "岗位",
                "is_elected": "党员",
            },
        }
    ]
}


class TestTables:
    def derived(self, make_study, where, parent="candidacies"):
        tables = {"candidacies": CANDIDACIES, "roster": {"derived_from": parent, "where": where}}
        return make_study(settings={"tables": tables})

    def test_a_table_may_be_part_of_another(self, make_study):
        # By hand: 党员 is 是 for P01 twice, P02, P05 twice, P09 twice, P03 of 2018 and P07.
        opened = study.open(str(self.derived(make_study, {"is_elected": "true"})))
        assert Counter(opened.table("roster")["person_id"]) == {
            "P01": 2, "P02": 1, "P03": 1, "P05": 2, "P07": 1, "P09": 2,
        }  # fmt: skip
        assert len(opened.table("candidacies")) == 17

    def test_part_of_a_table_that_is_not_there_is_refused(self, make_study):
        assert refusal(self.derived(make_study, {}, "candidates")).key == "settings_key"

    def test_part_of_a_table_by_a_column_that_is_not_there_is_refused(self, make_study):
        assert refusal(self.derived(make_study, {"elected": "true"})).facts["nearest"] == "is_elected"

    def test_a_condition_that_is_neither_yes_nor_no_is_refused(self, make_study):
        refusal(self.derived(make_study, {"is_elected": "maybe"}))

    def test_a_condition_on_an_unknown_level_is_refused(self, make_study):
        refusal(self.derived(make_study, {"role": "directr"}))

    def test_tables_that_name_communities_have_their_places(self, make_study, roster_text):
        places = {"file": "places.csv", "columns": {"community_id": "编号", "subdistrict": "街道"}}
        columns = only({"community_id": "社区编号", "person_id": "人员编号", "term": "届次"})
        roster = {"file": "roster.csv", "columns": {key: value for key, value in columns.items() if value}}
        tables = {"communities": {"files": [places]}, "roster": {"files": [roster]}}
        csv_text = "编号,街道\nC1,东街道\nC2,西街道\n"
        folder = make_study(settings={"tables": tables}, files={"data/places.csv": csv_text})
        found = study.open(str(folder)).table("roster")
        assert len(found) == 17
        # C1 has three rows in each term, C2 two and three, C3 three and three, and no place is known for it.
        assert Counter(found["subdistrict"].fillna("-")) == {"东街道": 6, "西街道": 5, "-": 6}

    def test_a_year_of_birth_is_completed_from_the_date(self, make_study):
        assert study.open(str(make_study())).table("roster")["birth_year"].tolist()[:2] == [1970, 1962]

    def test_files_of_one_table_are_counted_apart(self, make_study, roster_text):
        header, *rows = roster_text.strip().split("\n")
        former, latter = ("\n".join([header, *part]) for part in (rows[:8], rows[8:]))
        folder = make_study(former)
        (folder / "data" / "later.csv").write_text(latter.replace("吴霞,居委会主任,女", "吴霞,居委会主任,?"), "utf-8")
        text = (folder / "study.yml").read_text("utf-8")
        head, entry = text.split("    files:\n")
        (folder / "study.yml").write_text(
            f"{head}    files:\n{entry}{entry.replace('roster.csv', 'later.csv')}", encoding="utf-8"
        )
        assert counted(folder) == [(8, 8, 0), (9, 8, 1)]


class TestQuarantine:
    def test_a_row_with_several_faults_is_set_aside_once(self, make_study, roster_text):
        folder = make_study(roster_text.replace("男,1962-11-30", "?,1962-11-31"))
        assert faults(folder) == {(3, "sex", "level"), (3, "birth_date", "date")}
        assert counted(folder) == [(17, 16, 1)]

    def test_the_quarantine_names_file_row_column_value_and_rule(self, make_study, roster_text):
        aside = study.read(str(make_study(roster_text.replace("1962-11-30", "1962-11-31")))).reading.quarantine
        assert list(aside) == ["table", "file", "row", "column", "value", "rule", "item", "id"]
        assert aside.to_numpy().tolist() == [
            ["roster", "roster.csv", 3, "birth_date", "1962-11-31", "date", "", "C1 P02"]
        ]

    def test_all_copies_of_a_person_listed_twice_are_set_aside(self, make_study, roster_text):
        # P02 once more, in another role: nobody can say which row is true. P03 three times.
        again = "C1,P02,2015,李强,网格员,男,1962-11-30,大专,是,2015-07-01,,1\n"
        third = "C1,P03,2015,张敏,网格员,女,1985-02-28,大专,否,2015-07-01,,1\n"
        folder = make_study(roster_text + again + third + third)
        assert {(row, rule) for row, _, rule in faults(folder)} == {(n, "duplicate") for n in (3, 4, 19, 20, 21)}
        assert counted(folder) == [(20, 15, 5)]

    def test_the_same_person_in_another_community_or_term_is_no_duplicate(self, make_study, roster_text):
        moved = "C2,P02,2015,李强,网格员,男,1962-11-30,大专,是,2015-07-01,,1\n"
        assert counted(make_study(roster_text + moved)) == [(18, 18, 0)]

    def test_an_end_before_the_start_is_set_aside_and_one_on_the_same_day_is_not(self, make_study, roster_text):
        folder = make_study(
            roster_text.replace("2017-03-31", "2015-06-30").replace("07-01,2018-07-01", "07-01,2015-07-01")
        )
        assert faults(folder) == {(6, "end", "end_before_start")}

    def test_a_birth_after_the_term_began_is_set_aside(self, make_study, roster_text):
        folder = make_study(roster_text.replace("1962-11-30", "2015-07-01").replace("1964-09-09", "2015-06-30"))
        assert faults(folder) == {(3, "birth_date", "age")}

    @pytest.mark.parametrize("year", ["2050", "53"])
    def test_a_year_of_birth_that_can_not_be_true_is_set_aside(self, make_study, roster_text, year):
        columns = {"birth_date": None, "birth_year": {"column": "出生日期", "pattern": "^([0-9]+)"}}
        assert len(faults(make_study(roster_text.replace("1962-11-30", year), columns=columns))) == 1

    def test_a_term_that_is_not_declared_is_set_aside(self, make_study, roster_text):
        folder = make_study(roster_text.replace("C1,P04,2018", "C1,P04,2081"))
        assert faults(folder) == {(12, "term", "term")}

    def test_a_term_may_be_written_as_its_label(self, make_study, roster_text):
        label = {"start": "2018-07-01", "end": "2021-07-01", "label": {"zh": "2018届", "en": "Term of 2018"}}
        terms = {"2015": {"start": "2015-07-01", "end": "2018-07-01"}, "2018": label}
        assert counted(make_study(roster_text.replace(",2018,", ",2018届,"), settings={"terms": terms})) == [
            (17, 17, 0)
        ]

    def test_a_row_without_what_tells_rows_apart_is_set_aside(self, make_study, roster_text):
        folder = make_study(roster_text.replace("C1,P04", "C1,").replace("C2,P07", ",P07"))
        assert faults(folder) == {(12, "person_id", "missing"), (14, "community_id", "missing")}

    def test_a_study_opens_with_the_rows_set_aside_that_it_accepts_and_with_no_more(self, make_study, roster_text):
        roster = roster_text.replace("李强,居委会主任,男", "李强,居委会主任,?")
        assert len(study.open(str(make_study(roster, table={"set_aside": "1"}))).table("roster")) == 16
        error = refusal(make_study(roster, name="none_accepted"))
        assert error.key == "rows_set_aside"
        assert (error.facts["aside"], error.facts["read"], error.facts["accepted"]) == (1, 17, 0)
        assert "roster.csv, row 3, column sex, '?': not a known level" in str(error)

    def test_the_message_never_repeats_a_birth_date(self, make_study, roster_text):
        error = refusal(make_study(roster_text.replace("1962-11-30", "1962-11-31")))
        assert "1962" not in str(error)
        assert "row 3, column birth_date, '…'" in str(error)

    def test_a_roster_all_of_whose_rows_are_at_fault_is_refused(self, make_study, roster_text):
        folder = make_study(roster_text.replace("男", "?").replace("女", "?"))
        assert counted(folder) == [(17, 0, 17)]
        assert refusal(folder).key == "rows_set_aside"

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(data=st.data())
    def test_accepted_and_set_aside_rows_add_up_to_the_rows_read(self, make_study_once, roster_text, data):
        written = st.sampled_from(
            [
                "C1",
                "P1",
                "2015",
                "1",
                "-1",
                "1,000",
                "x",
                "",
                " ",
                "女",
                "2015-07-01",
                "2015-02-30",
                "a,b",
                "a\nb",
                'a"b',
            ]
        )
        likely = st.tuples(
            st.sampled_from(["C1", "C2", ""]),
            st.sampled_from(["P1", "P2", "P3"]),
            st.sampled_from(["2015", "2018", "1999"]),
            *[written] * 9,
        ).map(list)
        rows = data.draw(st.lists(st.one_of(likely, likely, st.lists(written, max_size=14)), max_size=8))
        out = io.StringIO()
        csv.writer(out).writerows([roster_text.split("\n")[0].split(","), *rows])
        folder = make_study_once
        (folder / "data" / "roster.csv").write_text(out.getvalue(), encoding="utf-8", newline="")
        lines = sum(any(cell.strip() for cell in row) for row in rows)
        if not lines:
            assert refusal(folder).key == "file_empty"
            return
        read = study.read(str(folder)).reading
        count = read.counts.iloc[0]
        assert count["read"] == lines
        assert count["accepted"] + count["set_aside"] == lines
        assert count["accepted"] == len(read.tables["roster"])
        assert count["set_aside"] == len(set(read.quarantine["row"]))


@pytest.fixture
def make_study_once(make_study):
    """The folder of one small study, whose roster a property test writes again and again."""
    return make_study()


class TestFiles:
    def test_a_file_that_is_not_there_is_refused_with_where_it_was_looked_for(self, make_study):
        folder = make_study()
        (folder / "data" / "roster.csv").unlink()
        error = refusal(folder)
        assert (error.key, error.facts["file"]) == ("file_missing", "roster.csv")
        assert str(folder / "data") in str(error)
        assert "--data-dir" in str(error)

    @pytest.mark.parametrize("file", ["../outside.csv", "/etc/passwd"])
    def test_a_file_outside_the_data_folder_is_refused(self, make_study, roster_text, file):
        folder = make_study(file={"file": file}, files={"outside.csv": roster_text})
        assert refusal(folder).key == "file_outside"

    def test_a_link_out_of_the_data_folder_is_refused(self, make_study, roster_text):
        folder = make_study(files={"outside.csv": roster_text})
        (folder / "data" / "roster.csv").unlink()
        (folder / "data" / "roster.csv").symlink_to(folder / "outside.csv")
        assert refusal(folder).key == "file_outside"

    def test_the_data_folder_itself_may_be_a_link(self, make_study):
        folder = make_study()
        (folder / "data").rename(folder / "elsewhere")
        (folder / "data").symlink_to(folder / "elsewhere")
        assert len(study.open(str(folder)).table("roster")) == 17

    @pytest.mark.parametrize("file", ["a" * 5000, "a\0b", "data", "."])
    def test_what_can_be_no_file_is_refused(self, make_study, file):
        assert refusal(make_study(file={"file": file})).key in ("file_missing", "file_not_readable")

    def test_a_file_other_than_the_one_that_origin_yml_describes_is_refused(self, make_study, roster_text):
        sha256 = hashlib.sha256(roster_text.encode()).hexdigest()
        origin = {"files": {"roster.csv": sha256}}
        assert len(study.open(str(make_study(origin=origin))).table("roster")) == 17
        error = refusal(make_study(roster_text.replace("王丽", "王莉"), name="changed", origin=origin))
        assert (error.key, error.facts["expected"]) == ("file_changed", sha256[:12] + "…")

    def test_the_data_folder_may_hold_one_folder_a_study(self, make_study, tmp_path, monkeypatch):
        folder = make_study(settings={"data_dir": None})
        (folder / "data").rename(tmp_path / "elsewhere")
        (tmp_path / "all" / "small_study").mkdir(parents=True)
        (tmp_path / "elsewhere" / "roster.csv").rename(tmp_path / "all" / "small_study" / "roster.csv")
        assert len(study.open(str(folder), str(tmp_path / "all")).table("roster")) == 17
        monkeypatch.setenv("STUDY_DATA_DIR", str(tmp_path / "all"))
        assert len(study.open(str(folder)).table("roster")) == 17

    def test_the_data_folder_that_the_caller_names_comes_first(self, make_study, tmp_path):
        (tmp_path / "none").mkdir()
        with pytest.raises(StudyError) as caught:
            study.open(str(make_study()), str(tmp_path / "none"))
        assert (caught.value.key, caught.value.place) == ("file_missing", str(tmp_path / "none"))

    def test_raw_files_are_never_modified(self, make_study, roster_text):
        folder = make_study(
            roster_text.replace("王丽", "王\ue000").encode("gb18030"),
            file={"characters": "c.csv"},
            files={"c.csv": "file,written,meant,evidence\nroster.csv,U+E000,莉,x\n"},
            corrections=[TestCharactersAndCorrections.correction()],
        )
        raw = folder / "data" / "roster.csv"
        before = raw.read_bytes(), raw.stat().st_mtime_ns, sorted(raw.parent.iterdir())
        study.open(str(folder))
        assert (raw.read_bytes(), raw.stat().st_mtime_ns, sorted(raw.parent.iterdir())) == before


class TestWaves:
    def test_a_wave_that_is_not_declared_is_set_aside(self, make_study):
        table = {
            "files": [{"file": "r.csv", "columns": {"respondent_id": "id", "community_id": "cid", "wave": "wave"}}],
        }
        text = "id,cid,wave\nR1,C1,first\nR1,C1,第二次\nR2,C1,third\n"
        folder = make_study(settings={"tables": {"respondents": table}, "waves": ["first"]}, files={"data/r.csv": text})
        assert faults(folder) == {(3, "wave", "wave"), (4, "wave", "level")}
