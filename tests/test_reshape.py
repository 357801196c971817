"""Wide files become long tables: an item a row, with what is written for all items and for one only."""

from collections.abc import Callable
from pathlib import Path

import pytest

from analysis import participation, study
from analysis.errors import StudyError
from analysis.participation.activities import activities_of
from analysis.reading import reshape
from analysis.satisfaction import likert
from analysis.satisfaction.questionnaire import questionnaire_of
from analysis.settings import FileSource, checked

WIDE = """\
序号,性别,水,垃圾,水分,广场舞,开会
1,女,4,5,9,1,0
2,男,9,2,88,1,1
3,女,1,3,2,0,0
"""
LIKERT = {"1": "very_dissatisfied", "2": "dissatisfied", "3": "neutral", "4": "satisfied", "5": "very_satisfied"}
ITEMS = {
    "column": "item",
    "cells": {"score": {"values": LIKERT, "missing": {"9": "dont_know"}}},
    "levels": {
        "environment": {"score": "水", "mark": {"column": "水分", "missing": {"88": "refused"}}},
        "safety": {"score": "垃圾"},
    },
}


PERSONS = {"wave": "first", "community_id": "C1"}


def file(**given: object) -> dict:
    return {"file": "wide.csv", "set": {"wave": "first"}, "columns": {"respondent_id": "序号"}, **given}


def source(**given: object) -> FileSource:
    return checked(file(**given), FileSource, "study.yml")


@pytest.fixture
def wide(make_study: Callable[..., Path]) -> Callable[..., Path]:
    """A study of three respondents in a wide file, their satisfaction with two items in it."""

    def made(
        text: str = WIDE,
        table: str = "satisfaction",
        given: dict | None = None,
        name: str = "small_study",
        **more: object,
    ) -> Path:
        respondents = file(columns={"respondent_id": "序号", "sex": "性别"}, set=PERSONS)
        tables = {
            "respondents": {"files": [respondents]},
            table: {"files": [file(**{"items": ITEMS, **(given or {})})], **more},
        }
        return make_study(name=name, settings={"tables": tables, "terms": None}, files={"data/wide.csv": text})

    return made


def refusal(folder: Path) -> StudyError:
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    return caught.value


def test_each_item_is_a_row_of_each_respondent(wide):
    rows = study.open(str(wide())).table("satisfaction")
    assert rows[["respondent_id", "item", "score"]].fillna("–").to_numpy().tolist() == [
        ["1", "environment", "satisfied"], ["2", "environment", "–"], ["3", "environment", "very_dissatisfied"],
        ["1", "safety", "very_satisfied"], ["2", "safety", "dissatisfied"], ["3", "safety", "neutral"],
    ]  # fmt: skip


def test_the_columns_of_a_file_are_told_whole_whatever_its_last_table_takes(wide):
    told = study.open(str(wide())).reading.columns
    assert told["column"].tolist() == ["序号", "性别", "水", "垃圾", "水分", "广场舞", "开会"]


def test_a_column_that_a_later_table_lacks_is_told_beside_all_that_the_file_has(wide):
    caught = refusal(wide(given={"items": ITEMS | {"levels": {"environment": {"score": "空气"}}}}))
    assert all(name in str(caught) for name in ("空气", "性别", "开会"))


def test_codes_of_all_items_and_of_one(wide):
    rows = study.open(str(wide())).table("satisfaction").set_index(["item", "respondent_id"])
    assert rows.loc[("environment", "2"), "score_missing"] == "dont_know"
    assert rows.loc[("environment", "2"), "mark_missing"] == "refused"
    assert rows.loc["environment", "mark"].tolist()[::2] == [9, 2]


def test_a_scale_on_which_1_is_the_best_is_turned_by_its_declared_codes(wide):
    best_first = dict(zip("54321", LIKERT.values(), strict=True))
    items = {**ITEMS, "cells": {"score": {"values": best_first, "missing": {"9": "dont_know"}}}}
    means = [
        likert.mean_score(questionnaire_of(study.open(str(wide(given=given, name=name))))).table["estimate"].tolist()
        for name, given in (("best_last", {}), ("best_first", {"items": items}))
    ]
    assert means == [[2.5, 10 / 3], [3.5, 8 / 3]]  # 水 4, 1 and 垃圾 5, 2, 3; on the other scale 2, 5 and 1, 4, 3


def test_what_an_item_says_itself_goes_before():
    own = {"column": "x", "missing": {"9": "refused"}, "values": {"1": "neutral"}}
    items = ITEMS | {"levels": {"environment": {"score": own}}}
    score = reshape.parts(source(items=items))["environment"].columns["score"]
    assert score.missing == {"9": "refused"}
    assert score.values == LIKERT | {"1": "neutral"}
    assert score.column == "x"


def test_a_file_without_items_is_one_part():
    plain = source()
    assert reshape.parts(plain) == {"": plain}


def test_yes_or_no_columns_become_activities(wide):
    items = {
        "column": "activity",
        "levels": {"culture_sport": {"took_part": "广场舞"}, "deliberation": {"took_part": "开会"}},
    }
    rows = study.open(str(wide(table="participation", given={"items": items}))).table("participation")
    assert rows.groupby("activity")["took_part"].sum().to_dict() == {"culture_sport": 2, "deliberation": 1}
    assert len(rows) == 6


def test_the_base_of_a_question_with_several_ticks_is_who_was_asked_and_not_the_ticks(wide):
    levels = {name: {"took_part": column} for name, column in (("culture_sport", "广场舞"), ("deliberation", "开会"))}
    items = {"column": "activity", "cells": {"took_part": {"missing": {"7": "not_asked"}}}, "levels": levels}
    ticked = WIDE + "4,男,4,4,9,0,7\n5,男,4,4,9,1,7\n"
    told = activities_of(study.open(str(wide(ticked, table="participation", given={"items": items}))))
    rates = participation.rates(told).set_index("activity")[["numerator", "denominator", "estimate"]]
    # three ticks of 5 and one of the 3 who were asked: of the four ticks they would be 75 and 25 per cent
    assert rates.loc[["culture_sport", "deliberation"]].to_numpy().tolist() == [[3, 5, 3 / 5], [1, 3, 1 / 3]]


def test_rows_read_are_respondents_times_items_and_add_up(wide):
    counts = study.read(str(wide(WIDE.replace("3,女,1,3", "3,女,1,7")))).reading.counts.set_index("table")
    assert counts.loc["satisfaction", ["read", "accepted", "set_aside"]].tolist() == [6, 5, 1]
    assert counts.loc["respondents", ["read", "accepted", "set_aside"]].tolist() == [3, 3, 0]


def test_a_fault_names_file_row_column_and_item(wide):
    error = refusal(wide(WIDE.replace("3,女,1,3", "3,女,1,7")))
    assert error.key == "rows_set_aside"
    assert "wide.csv, row 4, column score (safety), '7': not a known level" in str(error)


def test_only_the_item_at_fault_is_set_aside(wide):
    reading = study.read(str(wide(WIDE.replace("3,女,1,3", "3,女,8,7")))).reading
    aside = reading.quarantine
    assert aside[["row", "column", "value", "item"]].to_numpy().tolist() == [
        [4, "score", "8", "environment"], [4, "score", "7", "safety"],
    ]  # fmt: skip
    assert reading.tables["satisfaction"]["respondent_id"].tolist() == ["1", "2", "1", "2"]


def test_a_required_cell_that_is_blank_names_its_item(wide):
    aside = study.read(str(wide(WIDE.replace("1,女,4,5", "1,女,4,")))).reading.quarantine
    assert aside[["row", "column", "rule", "item"]].to_numpy().tolist() == [[2, "score", "missing", "safety"]]


def test_a_row_that_can_not_be_read_is_counted_for_each_item(wide):
    reading = study.read(str(wide(WIDE + "4,女\n"))).reading
    counts = reading.counts.set_index("table")
    assert counts.loc["satisfaction", ["read", "accepted", "set_aside"]].tolist() == [8, 6, 2]
    assert len(reading.tables["respondents"]) == 3


def test_an_item_listed_twice_is_a_duplicate(wide):
    aside = study.read(str(wide(WIDE.replace("3,女,1,3", "2,女,1,3")))).reading.quarantine
    rows = aside[aside["table"] == "satisfaction"]
    assert set(rows["rule"]) == {"duplicate"}
    assert len(rows) == 4


def test_a_correction_can_name_the_item(make_study):
    tables = {"satisfaction": {"files": [file(items=ITEMS)]}}
    correction = {
        "id": "c1", "table": "satisfaction", "file": "wide.csv", "where": {"item": "safety", "respondent_id": "2"},
        "column": "score", "expect": "2", "to": "4", "reason": "typing error", "source": "the paper form",
    }  # fmt: skip
    folder = make_study(
        settings={"tables": tables, "terms": None}, files={"data/wide.csv": WIDE}, corrections=[correction]
    )
    rows = study.open(str(folder)).table("satisfaction").set_index(["item", "respondent_id"])["score"]
    assert rows["safety"].tolist() == ["very_satisfied", "satisfied", "neutral"]


class TestRowNumbers:
    def test_a_file_without_ids_tells_respondents_apart_by_their_row(self, make_study):
        named = {"columns": {"respondent_id": "#"}}
        tables = {
            "respondents": {"files": [file(**named, set=PERSONS)]},
            "satisfaction": {"files": [file(items=ITEMS, **named)]},
        }
        opened = study.open(str(make_study(settings={"tables": tables, "terms": None}, files={"data/wide.csv": WIDE})))
        ids = ["wide-2", "wide-3", "wide-4"]
        assert opened.table("respondents")["respondent_id"].tolist() == ids
        assert opened.table("satisfaction")["respondent_id"].tolist() == ids * 2

    def test_the_same_row_of_two_files_is_two_persons(self, make_study):
        named = {"columns": {"respondent_id": "#"}, "set": PERSONS}
        files = [file(**named), file(**named, file="other.csv")]
        folder = make_study(
            settings={"tables": {"respondents": {"files": files}}, "terms": None},
            files={"data/wide.csv": WIDE, "data/other.csv": WIDE},
        )
        assert study.open(str(folder)).table("respondents")["respondent_id"].nunique() == 6

    def test_a_column_of_that_name_goes_before(self, make_study):
        folder = make_study(
            settings={
                "tables": {"respondents": {"files": [file(set=PERSONS, columns={"respondent_id": "#"})]}},
                "terms": None,
            },
            files={"data/wide.csv": WIDE.replace("序号", "#")},
        )
        assert study.open(str(folder)).table("respondents")["respondent_id"].tolist() == ["1", "2", "3"]


class TestRefused:
    @pytest.mark.parametrize(
        ("items", "key", "said"),
        [
            (ITEMS | {"levels": {"enviroment": {"score": "水"}}}, "settings_key", "Did you mean 'environment'?"),
            (ITEMS | {"levels": {"safety": {"score": "拉圾"}}}, "column_missing", "Did you mean '垃圾'?"),
            (ITEMS | {"levels": {"safety": {"scores": "垃圾"}}, "cells": {}}, "unknown_table_column", "'score'"),
            (ITEMS | {"column": "itme"}, "settings_key", "Did you mean 'item'?"),
            (ITEMS | {"levels": {}}, "settings_value", "items.levels"),
            (
                ITEMS | {"cells": {"marks": {"missing": {"": "refused"}}}},
                "settings_value",
                "no item has the column 'marks'",
            ),
            (ITEMS | {"cells": {"score": {"missing": {"9": "refuse"}}}}, "settings_key", "Did you mean 'refused'?"),
            (
                ITEMS | {"levels": {"safety": {"score": {"column": "垃圾", "missing": {"9": "x"}}}}},
                "settings_key",
                "missing",
            ),
            (ITEMS | {"levels": {"safety": {"score": "垃圾", "respondent_id": "序号"}}}, "settings_value", "beside it"),
            (ITEMS | {"level": {}}, "settings_key", "Did you mean 'levels'?"),
        ],
    )
    def test_items_that_can_not_be(self, wide, items, key, said):
        error = refusal(wide(given={"items": items}))
        assert error.key == key
        assert said in str(error)

    def test_an_item_that_is_also_set(self, wide):
        error = refusal(wide(given={"set": {"wave": "first", "item": "safety"}}))
        assert (error.key, "`item` stands both" in str(error)) == ("settings_value", True)
