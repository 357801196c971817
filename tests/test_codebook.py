"""The codebook: what every column is, with counts that are counted by hand in conftest's roster of 17 rows."""

import io

import openpyxl
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from analysis import cli, locations, study
from analysis.catalogue import LANGUAGES, base, entries
from analysis.codebook import codebook
from analysis.reporting import codebook as codebooks
from analysis.reporting.disclosure import LEAST, hidden_counts

WIDE = "id,水,路\nR1,满意,满意\nR2,满意,一般\nR3,非常满意,\n"


@pytest.fixture
def wide(make_study):
    """A function that makes a study of one wide file about two items, with the given answers."""

    def make(text=WIDE, **origin):
        items = {"column": "item", "levels": {"water": {"score": "水"}, "roads": {"score": "路"}}}
        items["cells"] = {"score": {"missing": {"": "dont_know"}}}
        levels = {"item": {"water": {"zh": "供水", "en": "Water"}, "roads": {"zh": "道路", "en": "Roads"}}}
        source = {"file": "wide.csv", "set": {"wave": "first"}, "columns": {"respondent_id": "id"}, "items": items}
        changes = {"tables": {"satisfaction": {"files": [source]}}, "waves": ["first"], "levels": levels}
        folder = make_study(settings={"terms": None, "observed_until": None, **changes}, origin=origin)
        (folder / "data" / "wide.csv").write_text(text, encoding="utf-8")
        return folder

    return make


def told(folder):
    return codebook(study.open(str(folder)))


def counts(frame, column, item=""):
    rows = frame[(frame["column"] == column) & (frame["item"] == item)]
    return {row.key or row.part: row.n for row in rows.itertuples()}


class TestCounts:
    def test_levels_are_counted(self, make_study):
        frame = told(make_study())
        # By hand: 王丽, 张敏, 陈静, 杨帆, 黄梅 in 2015 and 王丽, 张敏, 吴霞, 杨帆, 孙悦, 黄梅 in 2018 are women.
        assert counts(frame, "sex") == {"female": 11, "male": 6}
        # Members are 王丽, 李强, 刘洋, 杨帆 in 2015 and 王丽, 张敏, 刘洋, 吴霞, 杨帆 in 2018.
        assert counts(frame, "is_party_member") == {"yes": 9, "no": 8}
        assert counts(frame, "term") == {"2015": 8, "2018": 9}

    def test_what_is_missing_is_counted_by_reason(self, make_study):
        # Three of 2015 left: 李强, 陈静, 赵军.
        assert counts(told(make_study()), "end") == {"value": 3, "not_applicable": 14}

    def test_a_reason_that_nobody_gave_is_not_recorded(self, make_study, roster_text):
        frame = told(make_study(roster_text.replace("李强,居委会主任,男", "李强,居委会主任,")))
        assert counts(frame, "sex") == {"female": 11, "male": 5, "not_recorded": 1}

    def test_a_level_that_is_mapped_and_that_nobody_has_counts_nothing(self, make_study):
        values = {"女": "female", "男": "male"}
        columns = {"sex": {"column": "性别", "values": values}}
        roster = told(make_study(columns=columns))
        assert counts(roster, "sex") == {"female": 11, "male": 6}

    def test_of_several_levels_a_row_counts_for_each(self, make_study, roster_text):
        lines = roster_text.splitlines()
        skills = ["技能", "会运用电脑;社会工作", "社会工作", *[""] * 15]
        text = "\n".join(f"{line},{skill}" for line, skill in zip(lines, skills, strict=True))
        frame = told(make_study(text, columns={"skills": "技能"}))
        assert counts(frame, "skills") == {"computer": 1, "social_work": 2, "not_recorded": 15}

    def test_items_of_a_table_are_told_apart(self, wide):
        frame = told(wide())
        assert counts(frame, "score", "water") == {"satisfied": 2, "very_satisfied": 1}
        assert counts(frame, "score", "roads") == {"neutral": 1, "satisfied": 1, "dont_know": 1}

    def test_the_parts_of_a_column_are_its_rows(self, make_study):
        frame = told(make_study())
        frame = frame[frame["type"] != "level_set"]
        sums = frame.groupby("column")["n"].sum()
        assert set(sums) == {17}


class TestFacts:
    def test_a_column_has_its_words_source_type_and_rules(self, make_study):
        row = told(make_study()).set_index("column").loc["posts_held"]
        facts = ["heading_zh", "heading_en", "source", "type", "unit", "rules", "rows"]
        assert row[facts].tolist() == [
            "兼任岗位数", "Posts held", "roster.csv L:L 兼任岗位数", "count", "posts", "whole_number;not_negative", 17,
        ]  # fmt: skip

    def test_what_is_set_for_all_rows_and_what_is_computed_say_so(self, wide, make_study):
        frame = told(wide()).drop_duplicates("column").set_index("column")["source"]
        assert frame["wave"] == "study.yml: first"
        assert frame["respondent_id"] == "wide.csv A:A id"
        assert told(make_study(name="roster")).set_index("column").loc["birth_year", "source"] == ""

    def test_names_of_persons_are_told_of_and_not_told(self, make_study):
        frame = told(make_study())
        assert counts(frame, "name") == {"value": 17}
        assert not frame.astype("str").map(lambda cell: "王丽" in cell).to_numpy().any()


class TestDisclosure:
    def test_small_counts_of_protected_tables_are_hidden(self, wide):
        text = "id,水,路\n" + "".join(f"R{i},{'满意' if i < 37 else '一般'},满意\n" for i in range(40))
        frame = told(wide(text, is_synthetic="false"))
        water = frame[(frame["column"] == "score") & (frame["item"] == "water")]
        # 3 are few, and 37 would tell them.
        assert water["n"].isna().all()
        assert water["hidden"].all()
        assert counts(frame, "score", "roads") == {"satisfied": 40}

    def test_a_count_alone_is_not_hidden_alone(self):
        hidden = hidden_counts(pd.Series([60, 5, 35]), of_levels=True)
        assert hidden.tolist() == [False, True, True]

    def test_all_of_a_small_group_is_hidden(self):
        assert hidden_counts(pd.Series([20, 0]), of_levels=True).all()
        assert not hidden_counts(pd.Series([20, 0])).any()

    @given(st.lists(st.integers(0, 60), min_size=1, max_size=8))
    def test_what_is_hidden_does_not_follow_from_the_total(self, parts):
        counts = pd.Series(parts)
        hidden = hidden_counts(counts)
        assert not counts[~hidden].between(1, LEAST - 1).any()
        assert len(parts) == 1 or hidden.sum() != 1

    def test_synthetic_and_public_tables_are_told_whole(self, wide):
        assert not told(wide())["hidden"].any()


class TestWritten:
    def test_pages_and_workbook(self, make_study, tmp_path, monkeypatch):
        monkeypatch.setattr(locations, "PROCESSED", tmp_path / "root" / "data" / "processed")
        folder = make_study()
        done = CliRunner().invoke(cli.main, ["codebook", str(folder), "--out", str(tmp_path / "out")])
        assert done.exit_code == 0, done.output
        assert {path.name for path in (tmp_path / "out").iterdir()} == {
            "codebook.en.html", "codebook.zh.html", "codebook.xlsx",
        }  # fmt: skip
        page = (tmp_path / "out" / "codebook.zh.html").read_text("utf-8")
        assert "数据字典：小名册" in page
        assert "合成数据" in page
        sheet = openpyxl.load_workbook(tmp_path / "out" / "codebook.xlsx").active
        heading = {cell.value: cell.column - 1 for cell in sheet[1]}
        rows = {row[heading["代码"]]: row for row in sheet.iter_rows(values_only=True) if row[heading["列"]] == "sex"}
        assert (rows["female"][heading["行数"]], rows["female"][heading["标签（英文）"]]) == (11, "Women")

    def test_a_hostile_header_is_text(self, make_study, roster_text, tmp_path):
        hostile = "<script>alert(1)</script>"
        folder = make_study(roster_text.replace("岗位,", f"{hostile},", 1), columns={"role": hostile})
        opened = study.open(str(folder))
        page = codebooks.as_page(opened, codebook(opened), "en")
        assert "<script" not in page
        assert "&lt;script&gt;" in page

    def test_a_header_that_begins_like_a_formula_is_text(self, make_study, roster_text):
        folder = make_study(roster_text.replace("岗位,", "=1+1,", 1), columns={"role": "=1+1"})
        opened = study.open(str(folder))
        content = codebooks.as_workbook(opened, codebook(opened), "en")
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
        assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
        assert content == codebooks.as_workbook(opened, codebook(opened), "en")

    def test_a_study_in_one_language_has_one_page(self, make_study, tmp_path):
        folder = make_study()
        settings = yaml.safe_load((folder / "study.yml").read_text("utf-8"))
        changes = {"languages": ["zh"], "title": {"zh": "小名册"}, "summary": {"zh": "两届"}}
        (folder / "study.yml").write_text(yaml.safe_dump(settings | changes, allow_unicode=True), encoding="utf-8")
        written = codebooks.write(study.open(str(folder)), ("zh",), tmp_path / "out")
        assert [path.name for path in written] == ["codebook.zh.html", "codebook.xlsx"]

    def test_a_language_that_the_study_has_not_is_refused(self, make_study, tmp_path):
        done = CliRunner().invoke(
            cli.main, ["codebook", str(make_study()), "--lang", "fr", "--out", str(tmp_path / "out")]
        )
        assert done.exit_code == 2
        assert not (tmp_path / "out").exists()

    def test_every_word_is_there_in_both_languages(self):
        known = entries("codebook")
        for part in known.values():
            assert all([*words] == list(LANGUAGES) for words in part.values())
        columns = {name for table in base().tables() for name in base().columns_of(table)}
        assert {base().column(name)["type"] for name in columns} <= {*known["type"]}
