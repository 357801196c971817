"""Exports of 问卷星: two codings of the same answers, and the base of a question of several answers.

The real pair (../shared/data/wjx_export_sample, 800 answer sheets) has questions of one and of several answers only. Every
other layout is written here by hand; docs/formats.md names the source of each, and says which were seen in no real file.
"""

from contextlib import suppress
from pathlib import Path

import pandas as pd
import pytest
from exported import (
    ABOUT,
    ACTIVITIES,
    COLUMNS,
    EDUCATION,
    FREQUENCY,
    ITEMS,
    SCORES,
    measured,
    original,
    people,
    wide,
    workbook,
    written,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from python_calamine import CalamineWorkbook

from analysis.errors import StudyError
from analysis.reading import formats
from analysis.reading.formats import wjx
from analysis.reading.formats.raw import Raw
from analysis.settings import FileSource

FIRST = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
HERE = Path("answers.xls")


def export(questions: dict[str, list[str]], **changes: list[str]) -> Raw:
    """An export with these columns of questions, as its format's reader hands it on."""
    size = len(next(iter(questions.values())))
    known = {
        "序号": [str(number) for number in range(1, size + 1)],
        "提交答卷时间": ["2018/6/3 12:33:44"] * size,
        "所用时间": ["123秒"] * size,
        "来源": ["微信"] * size,
        "来源详情": [""] * size,
        "来自IP": [""] * size,
    }
    return Raw(pd.DataFrame(known | changes | questions, index=range(2, size + 2), dtype="str"), [])


def read(questions: dict[str, list[str]], **how: object) -> Raw:
    return wjx.decoded(export(questions), HERE, **how)


def cell(raw: Raw, name: str) -> list[str]:
    """Each cell of a column, or the reason why it is missing in brackets."""
    return [f"[{raw.missing[name][text]}]" if text in raw.missing.get(name, {}) else text for text in raw.rows[name]]


@pytest.fixture(scope="module")
def files(shared_data):
    return shared_data / "wjx_export_sample"


@pytest.fixture(scope="module")
def codings(files):
    """The two files, each read alone, and each with the other beside it."""
    names = {"text": "wjx_800_by_text.xls", "number": "wjx_800_by_number.xls"}
    one, other = names["text"], names["number"]
    pairs = {"text": (one, None), "number": (other, None), "text+": (one, other), "number+": (other, one)}
    return {
        coding: formats.read(files / file, FileSource(file=file, other_coding=beside, columns={}), files)
        for coding, (file, beside) in pairs.items()
    }


@pytest.fixture(scope="module")
def cells(files):
    """The cells of both files as a spreadsheet has them."""
    return {
        coding: CalamineWorkbook.from_path(files / f"wjx_800_by_{coding}.xls").get_sheet_by_index(0).to_python()
        for coding in ("text", "number")
    }


class TestTheRealPair:
    def test_each_coding_decodes_to_the_other_cell_by_cell(self, codings):
        assert_frame_equal(codings["text+"].rows.drop(columns="#"), codings["number+"].rows.drop(columns="#"))
        assert codings["text+"].labels == codings["number+"].labels
        assert codings["text+"].sets == codings["number+"].sets
        assert len(codings["text+"].rows) == 800

    @pytest.mark.parametrize(("number", "wording"), [(6, "6、兴趣爱好"), (8, "8、关注资讯")])
    def test_options_are_those_of_the_file_by_number_in_all_800_rows(self, codings, cells, number, wording):
        heading = cells["number"][0]
        places = [place for place, name in enumerate(heading) if name.startswith(f"第{number}题")]
        for coding in ("text", "number", "text+", "number+"):
            rows = codings[coding].rows
            for place in places:
                ticked = [str(int(row[place])) for row in cells["number"][1:]]
                assert rows[heading[place]].tolist() == ticked
        joined = [
            {heading[place][4:-1] for place in places if row[place]} for row in cells["number"][1:]
        ]  # 第6题(运动) is 运动
        assert [{*text.split("┋")} for text in codings["text"].rows[wording]] == joined
        assert [{*text.split("┋")} for text in codings["number"].rows[f"第{number}题"]] == joined

    def test_a_question_of_one_answer_has_the_text_of_its_number_in_all_800_rows(self, codings, cells):
        for place in (6, 7, 8, 9, 10):
            name = cells["text"][0][place].strip()
            texts = [row[place].split("〖")[0] for row in cells["text"][1:]]
            assert codings["number+"].rows[name].tolist() == texts
        place = cells["number"][0].index("7、爱好投入占收入比重 ")
        labels = codings["text"].rows["7、爱好投入占收入比重"].tolist()
        numbers = [str(int(row[place])) for row in cells["number"][1:]]
        assert [codings["number+"].labels["7、爱好投入占收入比重"][number] for number in numbers] == labels

    def test_labels_stand_in_the_order_of_their_numbers(self, codings):
        """As the questionnaire has them: read off the two files by hand."""
        assert codings["number+"].labels["3、性别"] == {"1": "男", "2": "女"}
        assert list(codings["text+"].labels["5、月收入"].values()) == [
            "3000元以下", "3001-5000元", "5001-8000元", "8001-10000元", "10001-15000元", "15000元以上", "无收入",
            "不知道/拒绝回答",
        ]  # fmt: skip

    def test_what_was_written_beside_an_option_stands_apart(self, codings):
        beside = codings["text"].rows["第6题(其他【请注明】)〖〗"]
        assert sorted(beside[beside != ""]) == ["军事国防", "宠物"]
        assert "〖" not in "".join(codings["text"].rows["6、兴趣爱好"])
        price = codings["text"].rows
        assert set(price.loc[price["2、手机价格〖〗"] != "", "2、手机价格"]) == {"其他【请注明】"}

    def test_the_wording_of_questions(self, codings):
        assert codings["text"].questions["6、兴趣爱好"] == "兴趣爱好"
        assert codings["number"].questions["第6题(IT数码)"] == "IT数码"

    def test_each_column_is_found_where_it_stands_in_its_file(self, codings, cells):
        """By text, joined answers and their options stand in one column; by number, the former with the first option."""
        places = {coding: {name.strip(): at for at, name in enumerate(cells[coding][0], 1)} for coding in cells}
        for coding in ("text", "text+"):
            positions = codings[coding].positions
            assert positions["7、爱好投入占收入比重"] == places["text"]["7、爱好投入占收入比重"]
            assert positions["第6题(影视)"] == positions["6、兴趣爱好"] == places["text"]["6、兴趣爱好"]
        for coding, joined in (("number", "第6题"), ("number+", "6、兴趣爱好")):
            positions = codings[coding].positions
            assert positions["7、爱好投入占收入比重"] == places["number"]["7、爱好投入占收入比重"]
            assert positions["第6题(影视)"] == places["number"]["第6题(影视)"]
            assert positions[joined] == places["number"]["第6题(运动)"]
            assert positions.keys() == {*codings[coding].rows} - {"#"}

    def test_an_option_whose_name_has_brackets_is_whole(self, codings):
        assert "第8题(ACG文化(动漫、游戏等))" in codings["text"].sets["8、关注资讯"]


BY_TEXT = {"1、参加过": ["文体┋公益", "公益", "(跳过)", "(空)", ""]}
BY_NUMBER = {"第1题(文体)": ["1", "0", "-3", "0", ""], "第1题(公益)": ["1", "1", "-3", "0", ""]}


class TestWhoWasAsked:
    @pytest.mark.parametrize("questions", [BY_TEXT, BY_NUMBER])
    def test_who_was_not_asked_took_part_in_nothing_known_and_who_ticked_nothing_in_nothing(self, questions):
        raw = read(questions)
        assert cell(raw, "第1题(文体)") == ["1", "0", "[not_asked]", "0", ""]
        assert cell(raw, "第1题(公益)") == ["1", "1", "[not_asked]", "0", ""]
        assert len(raw.notes["note_nothing_ticked"]) == 1

    @pytest.mark.parametrize("questions", [BY_TEXT, BY_NUMBER])
    def test_a_study_may_take_nothing_ticked_as_no_answer(self, questions):
        raw = read(questions, nothing="no_answer")
        assert cell(raw, "第1题(文体)") == ["1", "0", "[not_asked]", "[no_answer]", ""]
        assert "note_nothing_ticked" not in raw.notes

    def test_the_joined_answers_are_the_same_in_both_codings(self):
        joined = ["文体┋公益", "公益", "(跳过)", "(空)", ""]
        assert read(BY_TEXT).rows["1、参加过"].tolist() == joined
        assert read(BY_NUMBER).rows["第1题"].tolist() == joined

    def test_minus_two_in_every_option_is_nothing_ticked(self):
        raw = read({"第1题(文体)": ["1", "-2"], "第1题(公益)": ["0", "-2"]})
        assert cell(raw, "第1题(文体)") == ["1", "0"]

    def test_an_option_that_alone_was_not_shown_is_not_asked(self):
        raw = read({"第1题(文体)": ["1", "1", "0"], "第1题(公益)": ["0", "-3", "-3"]})
        assert cell(raw, "第1题(公益)") == ["0", "[not_asked]", "[not_asked]"]
        assert cell(raw, "第1题(文体)") == ["1", "1", "0"]

    def test_an_empty_blank_among_numbers_is_no_zero(self):
        """How many children and parents live here: numbers that somebody wrote, in columns like those of options."""
        raw = read({"第1题(子女)": ["1", "0", "-2"], "第1题(父母)": ["1", "1", "0"]})
        assert cell(raw, "第1题(子女)") == ["1", "0", "[no_answer]"]
        assert not raw.sets

    def test_words_for_what_was_not_asked_are_reasons_by_number_too(self):
        questions = {"1、性别": ["1", "2", "1"], "2、意见": ["无", "(空)", "(跳过)"], "3、年龄": ["1", "-3", "2"]}
        raw = read(questions | {"第4题(文体)": ["1", "0", "(跳过)"], "第4题(公益)": ["0", "0", "(跳过)"]})
        assert cell(raw, "2、意见") == ["无", "[no_answer]", "[not_asked]"]
        assert cell(raw, "3、年龄") == ["1", "[not_asked]", "2"]
        assert cell(raw, "第4题(文体)") == ["1", "0", "[not_asked]"]

    def test_minus_three_and_two_are_reasons_by_number(self):
        raw = read({"1、性别": ["1", "2", "-3", "-2"], "2、年龄": ["4", "5", "4", "1"]})
        assert cell(raw, "1、性别") == ["1", "2", "[not_asked]", "[no_answer]"]
        assert raw.notes == {"note_by_number": ["1、性别"]}

    def test_by_text_they_are_numbers_and_words_are_reasons(self):
        """A temperature that somebody filled in stays one."""
        raw = read({"1、性别": ["男", "(跳过)", "（空）"], "2、气温": ["-3", "-2", "(空)"]})
        assert cell(raw, "1、性别") == ["男", "[not_asked]", "[no_answer]"]
        assert cell(raw, "2、气温") == ["-3", "-2", "[no_answer]"]


class TestLayouts:
    def test_rows_of_a_matrix_are_questions_of_one_answer(self):
        raw = read({"第3题(环境)": ["满意", "(跳过)"], "第3题(治安)": ["满意", "(空)"], "4、意见": ["无", "(空)"]})
        assert cell(raw, "第3题(环境)") == ["满意", "[not_asked]"]
        assert raw.questions["第3题(治安)"] == "治安"
        assert not raw.sets

    @pytest.mark.parametrize(
        "headings",
        [
            ["3、请评价—环境", "3、请评价—环保"],
            ["3、请评价(环境)", "3、请评价(环保)"],
            ["3、请评价:环境", "3、请评价:环保"],
            ["3、请评价_环境", "3、请评价_环保"],
        ],
    )
    def test_the_wording_of_a_question_is_told_from_that_of_its_rows(self, headings):
        raw = read({headings[0]: ["满意", "满意"], headings[1]: ["满意", "一般"]})
        assert [raw.questions[name] for name in headings] == ["请评价 — 环境", "请评价 — 环保"]

    def test_a_matrix_by_number_is_no_order(self):
        raw = read({"第3题(环境)": ["4", "4", "-2"], "第3题(治安)": ["4", "2", "3"]})
        assert cell(raw, "第3题(环境)") == ["4", "4", "[no_answer]"]
        assert not raw.sets

    @pytest.mark.parametrize(
        "questions",
        [
            {"5、最需要": ["养老→托育→治安", "治安→养老", "(跳过)", "(空)"]},
            {
                "第5题(养老)": ["1", "2", "-3", "-2"],
                "第5题(托育)": ["2", "-2", "-3", "-2"],
                "第5题(治安)": ["3", "1", "-3", "-2"],
            },
        ],
    )
    def test_an_order_has_the_rank_of_each_option_in_both_codings(self, questions):
        raw = read(questions)
        assert [cell(raw, f"第5题({option})")[:3] for option in ("养老", "托育", "治安")] == [
            ["1", "2", "[not_asked]"],
            ["2", "[not_applicable]", "[not_asked]"],
            ["3", "1", "[not_asked]"],
        ]
        (joined,) = raw.sets
        assert raw.rows[joined].tolist() == ["养老→托育→治安", "治安→养老", "(跳过)", "(空)"]

    @pytest.mark.parametrize(
        "headings", [["6(运动)", "6(阅读)"], ["6、爱好(运动)", "6、爱好(阅读)"], ["6、(运动)", "6、(阅读)"]]
    )
    def test_options_are_told_whichever_way_their_columns_are_called(self, headings):
        raw = read({headings[0]: ["1", "0"], headings[1]: ["0", "1"]})
        assert raw.sets == {"第6题": ["第6题(运动)", "第6题(阅读)"]}

    @pytest.mark.parametrize(
        ("written", "seconds"),
        [("123秒", "123"), ("2分3秒", "123"), ("1小时2分3秒", "3723"), ("5分钟", "300"), ("?", "?")],
    )
    def test_the_time_taken_is_in_seconds(self, written, seconds):
        assert wjx.decoded(export({"1、性别": ["男"]}, 所用时间=[written]), HERE).rows["所用时间"].tolist() == [seconds]

    def test_when_it_was_handed_in(self):
        assert read({"1、性别": ["男"]}).rows["提交答卷时间"].tolist() == ["2018-06-03 12:33:44"]

    def test_a_text_in_which_the_signs_stand_by_chance_is_no_question_of_several_answers(self):
        prose = [f"第{number}次→第{number + 1}次→第{number}次" for number in range(3)]
        assert not read({"1、意见": prose}).sets

    def test_signs_in_what_somebody_wrote_part_no_options(self):
        raw = read({"1、爱好": ["运动┋其他〖下棋┋钓鱼〗", "运动", "其他〖甲→乙〗"]})
        assert raw.sets == {"1、爱好": ["第1题(运动)", "第1题(其他)"]}
        assert raw.rows["第1题(其他)〖〗"].tolist() == ["下棋┋钓鱼", "", "甲→乙"]

    def test_more_options_than_any_question_has_are_prose(self):
        assert not read({"1、意见": [f"甲{number}┋乙{number}" for number in range(wjx.MOST_OPTIONS)]}).sets

    def test_other_columns_stay_as_they_stand(self):
        raw = wjx.decoded(export({"1、性别": ["男"]}, 总分=["80"], 网格员=["甲┋乙"]), HERE)
        assert raw.rows[["总分", "网格员"]].iloc[0].tolist() == ["80", "甲┋乙"]

    def test_only_a_file_with_its_first_columns_is_an_export(self):
        assert wjx.is_export([*FIRST, "1、性别"])
        assert not wjx.is_export([*FIRST, "性别"])
        assert not wjx.is_export(["序号", "1、性别"])


OPTIONS = ["运动", "阅读", "IT数码", "ACG(动漫、游戏)"]
TICKED = st.one_of(st.none(), st.sets(st.sampled_from(OPTIONS)))
"""The options that somebody chose; none at all of who was not asked."""


@settings(max_examples=30)
@given(st.lists(TICKED, min_size=2, max_size=12))
def test_any_answers_are_the_same_from_either_coding(answers):
    several = [
        ["运动", "阅读"],
        *([one for one in OPTIONS if one in ticked] if ticked is not None else None for ticked in answers),
    ]
    by_text = ["(跳过)" if one is None else "┋".join(one) or "(空)" for one in several]
    by_number = {
        f"第2题({option})": ["-3" if one is None else str(int(option in one)) for one in several] for option in OPTIONS
    }
    sex = {"text": ["男"] * len(several), "number": ["1"] * len(several)}
    text = export({"1、性别": sex["text"], "2、爱好": by_text})
    number = export({"1、性别": sex["number"], **by_number})
    one, other = wjx.decoded(text, HERE, other=number), wjx.decoded(number, HERE, other=text)
    assert_frame_equal(one.rows, other.rows)
    for option in OPTIONS:
        asked = ["[not_asked]" if one_ is None else str(int(option in one_)) for one_ in several]
        assert cell(one, f"第2题({option})") == asked
        assert cell(wjx.decoded(number, HERE), f"第2题({option})") == asked


TEXT = {"1、性别": ["男", "女", "女"], "2、爱好": ["运动┋阅读", "阅读", "运动"]}
NUMBER = {"1、性别": ["1", "2", "2"], "第2题(运动)": ["1", "0", "1"], "第2题(阅读)": ["1", "1", "0"]}


HEADING = st.sampled_from(
    [
        "1、甲",
        "2、乙(丙)",
        "2、乙(丁)",
        "2(丙)",
        "第2题(丙)",
        "第2题(丁)",
        "第02题(丁)",
        "第3题",
        "4、",
        "第5题()",
        "6、戊—己",
        "6、戊—庚",
        "总分",
    ]
)
CELL = st.one_of(
    st.sampled_from(
        ["", "0", "1", "2", "-2", "-3", "(跳过)", "(空)", "丙┋丁", "丁→丙", "其他〖甲┋乙〗", "〖", "┋", "9" * 5000]
    ),
    st.text(max_size=5),
)


@settings(max_examples=25)
@given(st.data())
def test_no_cells_are_lost_or_end_in_anything_but_an_error_of_ours(data):
    headings = data.draw(st.lists(HEADING, min_size=1, max_size=6, unique=True))
    size = data.draw(st.integers(1, 4))
    one, other = (
        {name: data.draw(st.lists(CELL, min_size=size, max_size=size)) for name in headings} for _ in range(2)
    )
    raw = read(one)
    assert len(raw.rows) == size
    assert {*raw.positions} == {*raw.rows}
    assert set(raw.positions.values()) == {*range(1, len(headings) + len(FIRST) + 1)}
    with suppress(StudyError):
        wjx.decoded(export(one), HERE, other=export(other))


class TestPairs:
    def pair(self, text=None, number=None, **changes):
        return wjx.decoded(export(text or TEXT), HERE, other=export(number or NUMBER, **changes))

    def refusal(self, *files, **changes):
        with pytest.raises(StudyError) as caught:
            self.pair(*files, **changes)
        assert "\n" in caught.value.text("zh")
        assert "\n" in caught.value.text("en")
        return caught.value

    def test_rows_are_paired_by_the_number_of_the_sheet_and_keep_their_place(self):
        turned = {name: cells[::-1] for name, cells in NUMBER.items()}
        raw = self.pair(None, turned, 序号=["3", "2", "1"])
        assert raw.labels == {"1、性别": {"1": "男", "2": "女"}}
        assert raw.rows.index.tolist() == [2, 3, 4]

    def test_an_option_that_nobody_chose_is_there(self):
        raw = self.pair(None, NUMBER | {"第2题(书法)": ["0", "0", "0"]})
        assert raw.rows["第2题(书法)"].tolist() == ["0", "0", "0"]

    def test_a_question_of_which_everybody_chose_one_option_is_still_one_of_several(self):
        raw = self.pair(
            {"1、性别": ["男", "女", "女"], "2、爱好": ["运动", "阅读", "运动"]},
            NUMBER | {"第2题(运动)": ["1", "0", "1"], "第2题(阅读)": ["0", "1", "0"]},
        )
        assert raw.rows["第2题(阅读)"].tolist() == ["0", "1", "0"]

    def test_two_files_in_the_same_coding(self):
        assert self.refusal(TEXT, TEXT).key == "wjx_pair_coding"

    @pytest.mark.parametrize("sheets", [["1", "2", "4"], ["1", "2", "2"]])
    def test_other_sheets(self, sheets):
        assert self.refusal(None, None, 序号=sheets).key == "wjx_pair_rows"

    def test_other_questions(self):
        error = self.refusal(None, {**NUMBER, "3、年龄": ["1", "2", "3"]})
        assert (error.key, error.facts["list"]) == ("wjx_pair_questions", "第3题")

    def test_an_option_of_another_version(self):
        number = {"1、性别": ["1", "2", "2"], "第2题(跑步)": ["1", "0", "1"], "第2题(阅读)": ["1", "1", "0"]}
        assert self.refusal(None, number).key == "wjx_pair_questions"

    def test_a_tick_that_the_other_file_has_not(self):
        error = self.refusal(None, NUMBER | {"第2题(阅读)": ["1", "0", "0"]})
        assert (error.key, error.facts["row"], error.facts["number"]) == ("wjx_pair_cell", 3, "2")

    def test_a_number_with_two_texts(self):
        error = self.refusal(None, NUMBER | {"1、性别": ["1", "1", "2"]})
        assert (error.key, error.facts["row"]) == ("wjx_pair_cell", 3)


def by_text(frame: pd.DataFrame) -> list[list[str]]:
    """The survey as 问卷星 exports it by option text."""
    several = [
        "(跳过)"
        if row["took 文体活动"] == ""
        else "┋".join(a for a in ACTIVITIES if row[f"took {a}"] == "yes") or "(空)"
        for _, row in frame.iterrows()
    ]
    columns = {f"{number}、{name}": frame[name].replace("", "(空)") for number, name in enumerate(ABOUT, 1)}
    columns |= {"10、参加过的活动": several}
    columns |= {f"第11题({one})": frame[f"often {one}"].replace("", "(跳过)") for one in ACTIVITIES}
    columns |= {f"第12题({one})": frame[f"rated {one}"].replace("", "(空)") for one in ITEMS}
    return _rows(columns, len(frame))


CODES = {
    "性别": {"男": "1", "女": "2"},
    "学历": {text: str(code) for code, text in enumerate(EDUCATION, 1)},
    "中共党员": {"是": "1", "否": "2"},
}


def by_number(frame: pd.DataFrame) -> list[list[object]]:
    """The same by option number."""
    columns = {
        f"{number}、{name}": frame[name].map(CODES[name] | {"": "-2"}) if name in CODES else frame[name]
        for number, name in enumerate(ABOUT, 1)
    }
    columns |= {f"第10题({one})": frame[f"took {one}"].map({"yes": "1", "no": "0", "": "-3"}) for one in ACTIVITIES}
    often = {text: str(code) for code, text in enumerate(FREQUENCY, 1)} | {"": "-3"}
    rated = {text: str(code) for code, text in enumerate(SCORES, 1)} | {"": "-2"}
    columns |= {f"第11题({one})": frame[f"often {one}"].map(often) for one in ACTIVITIES}
    columns |= {f"第12题({one})": frame[f"rated {one}"].map(rated) for one in ITEMS}
    return [[int(text) if text.lstrip("-").isdigit() else text for text in row] for row in _rows(columns, len(frame))]


def _rows(columns: dict, size: int) -> list[list[str]]:
    known = {
        "序号": [str(n) for n in range(1, size + 1)],
        "提交答卷时间": ["2018/6/3 12:33:44"] * size,
        "所用时间": ["123秒"] * size,
    }
    table = pd.DataFrame({name: list(cells) for name, cells in (known | columns).items()})
    return [table.columns.tolist(), *table.to_numpy().tolist()]


@pytest.fixture(scope="module")
def answers():
    return people()


class TestNanchang:
    @pytest.mark.parametrize(
        "coding", ["text", "number", "number with the text beside it", "text with the number beside it"]
    )
    def test_either_coding_gives_the_very_measures_of_the_original(self, make_study, answers, coding):
        own, beside = ("number", "text") if coding.startswith("number") else ("text", "number")
        file = {"file": f"{own}.xlsx"} | ({"other_coding": f"{beside}.xlsx"} if "beside" in coding else {})
        about = {
            column: f"{number}、{name}" for number, (column, name) in enumerate(zip(COLUMNS, ABOUT, strict=True), 1)
        }
        values = {}
        if coding == "number":  # of which the file has no texts
            values = {
                "sex": {"1": "male", "2": "female"},
                "is_party_member": {"1": "yes", "2": "no"},
                "education": {code: text for text, code in CODES["学历"].items()},
                "frequency": {str(code): text for code, text in enumerate(FREQUENCY, 1)},
                "score": {str(code): text for code, text in enumerate(SCORES, 1)},
            }
        headings = [
            {one: f"第{number}题({one})" for one in of}
            for number, of in ((10, ACTIVITIES), (11, ACTIVITIES), (12, ITEMS))
        ]
        folder = written(make_study, "exported", wide(file, about, *headings, values))
        workbook(folder / "data" / "text.xlsx", Sheet1=by_text(answers))
        workbook(folder / "data" / "number.xlsx", Sheet1=by_number(answers))
        assert_frame_equal(measured(folder), measured(original(make_study, answers)))

    def test_the_base_of_the_several_answers_is_who_was_asked(self, make_study, answers):
        """38 of the 450 were not asked; of the others, those who never took part count as well."""
        rates = measured(original(make_study, answers))
        rates = rates[rates["measure"] == "participation_rate"]
        assert set(rates["n"]) == {412}
        took = answers.filter(like="took ")
        weights = answers["抽样权数"].astype(float)[asked := took["took 文体活动"] != ""]
        overall = rates[rates["activity"].isna()]["estimate"].item()
        by_hand = (weights * (took[asked] == "yes").any(axis=1)).sum() / weights.sum()
        assert overall == pytest.approx(by_hand)
