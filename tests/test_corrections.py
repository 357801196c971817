"""Corrections of the source: cells set, a column recoded, rows excluded; each stops the run when the source changes."""

from collections import Counter

import pytest

from analysis import reporting, study
from analysis.errors import StudyError
from analysis.locations import ROOT
from analysis.reporting import cleaning
from analysis.reporting.wording import Wording
from analysis.settings import Corrections, load


def correction(**changes):
    plain = {"id": "one", "table": "roster", "file": "roster.csv", "reason": "ID card", "source": "the roster of 2018"}
    return plain | changes


def excluded(**changes):
    return correction(kind="exclude", where={"person_id": "P02"}, **changes)


def refusal(folder):
    with pytest.raises(StudyError) as caught:
        study.open(str(folder))
    return caught.value


# Recoding a column


def test_a_recode_changes_every_cell_of_a_column_and_several_values_at_once(make_study):
    """By hand: of the roster's 17 rows 11 are 女 and 6 男; all are swapped, none twice."""
    swap = correction(kind="recode", column="sex", values={"男": "女", "女": "男"}, rows=17)
    sexes = study.open(str(make_study(corrections=[swap]))).table("roster")["sex"]
    assert Counter(sexes) == {"male": 11, "female": 6}


def test_a_recode_counts_the_cells_that_it_expects(make_study):
    recode = correction(kind="recode", column="education", values={"研究生": "本科", "小学": "初中"}, rows=2)
    error = refusal(make_study(corrections=[recode]))  # 研究生 stands twice and 小学 once
    assert (error.key, error.facts["expected_rows"], error.facts["found_rows"]) == ("correction_stale", 2, 3)


def test_corrections_are_made_in_their_order(make_study):
    """P02's 男 becomes 女, and the recode then finds twelve of them."""
    first = correction(column="sex", expect="男", to="女", where={"person_id": "P02"})
    then = correction(id="two", kind="recode", column="sex", values={"女": "男"}, rows=12)
    assert set(study.open(str(make_study(corrections=[first, then]))).table("roster")["sex"]) == {"male"}


# Excluding rows


def test_a_row_that_is_excluded_leaves_and_is_counted_and_listed(make_study):
    opened = study.open(str(make_study(corrections=[excluded()])))
    assert "P02" not in set(opened.table("roster")["person_id"])
    counts = opened.reading.counts.iloc[0]
    assert (counts["read"], counts["accepted"], counts["excluded"], counts["set_aside"]) == (17, 16, 1, 0)
    row = opened.reading.exclusions.iloc[0]
    assert (row["table"], row["file"], row["row"], row["exclusion"]) == ("roster", "roster.csv", 3, "one")


def test_a_row_that_is_excluded_is_not_at_fault_as_well(make_study, roster_text):
    folder = make_study(roster_text.replace("1962-11-30", "1962-11-31"), corrections=[excluded()])
    assert not len(study.open(str(folder)).reading.quarantine)


def test_a_row_at_fault_that_nobody_excluded_is_still_set_aside(make_study, roster_text):
    folder = make_study(roster_text.replace("1985-02-28,大专,否", "1985-02-31,大专,否"), corrections=[excluded()])
    assert study.read(str(folder)).reading.counts.iloc[0][["excluded", "set_aside"]].to_list() == [1, 1]


def test_of_two_rows_with_one_id_one_can_be_excluded_by_hand(make_study, roster_text):
    twice = roster_text + "C1,P01,2018,王丽,网格员,女,1970-01-05,本科,是,2015-07-01,,1\n"
    where = {"person_id": "P01", "role": "网格员"}
    opened = study.open(str(make_study(twice, corrections=[correction(kind="exclude", where=where)])))
    assert opened.reading.counts.iloc[0][["read", "accepted", "excluded"]].to_list() == [18, 17, 1]


def test_an_exclusion_that_finds_another_number_of_rows_stops_the_run_and_repeats_no_value(make_study):
    error = refusal(make_study(corrections=[correction(kind="exclude", where={"name": "王丽"})]))  # in both terms
    assert (error.key, error.facts["found_rows"]) == ("correction_stale", 2)
    assert "王丽" not in error.text("zh") + error.text("en")


# What is refused


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"kind": "exclude"},
        {"kind": "exclude", "where": {}},
        {"kind": "exclude", "where": {"person_id": "P02"}, "to": "x"},
        {"kind": "recode", "column": "sex"},
        {"kind": "recode", "column": "sex", "values": {}},
        {"kind": "recode", "column": "sex", "values": {"男": "女"}, "expect": "男"},
        {"kind": "recode", "column": "sex", "values": {"男": "女"}, "where": {"person_id": "P02"}},
        {"column": "sex", "expect": "男", "where": {}},
        {"kind": "replace", "column": "sex"},
        {"kind": "exclude", "where": {"person_id": "P02"}, "rows": 0},
        {"kind": "exclude", "where": {"person_id": "P02"}, "when": "yesterday"},
    ],
)
def test_a_correction_that_does_not_say_what_its_kind_needs_is_refused(make_study, change):
    error = refusal(make_study(corrections=[correction(**change)]))
    assert (error.key, "corrections.0" in error.place) == ("settings_value", True)


def test_two_corrections_with_one_id_are_refused(make_study):
    assert refusal(make_study(corrections=[excluded(), excluded()])).key == "settings_value"


def test_an_exclusion_by_a_column_that_the_file_does_not_map_is_refused(make_study):
    assert refusal(make_study(corrections=[correction(kind="exclude", where={"votes": "1"})])).key == "settings_key"


# What is told of them


def test_corrections_are_listed_with_what_they_did_and_no_personal_value(make_study):
    made = [
        correction(column="name", expect="李强", to="李刚", where={"person_id": "P02"}, who="Zhang", when="2024-03-01"),
        correction(id="two", kind="recode", column="sex", values={"男": "女"}, rows=6),
        correction(id="three", kind="exclude", where={"name": "赵军"}),
    ]
    opened = study.open(str(make_study(corrections=made)))
    for language in ("zh", "en"):
        told = cleaning.corrections(opened.corrections, Wording(opened.catalogue, language))
        assert told.shape == (3, 5)
        assert list(told.iloc[:, 2]) == ["1", "6", "1"]
        assert "Zhang 2024-03-01" in told.iloc[0, 4]
        assert "男" in told.iloc[1, 1]
        assert not any(name in text for name in ("李强", "李刚", "赵军", "P02") for text in told.to_numpy().ravel())


def test_a_page_shows_and_saves_the_corrections(make_study, tmp_path):
    opened = study.open(str(make_study(corrections=[excluded()])))
    reporting.open_page(opened, "zh", tmp_path / "out").corrections("corrections")
    saved = (tmp_path / "out" / "tables" / "corrections.zh.csv").read_text(encoding="utf-8-sig")
    assert "ID card the roster of 2018" in saved
    assert "P02" not in saved


def test_the_corrections_of_shipped_studies_are_read_as_they_were():
    made = load(ROOT / "studies" / "tw_village_chiefs" / "corrections.yml", Corrections).corrections
    assert [(one.kind, one.expect, one.to, one.rows) for one in made] == [
        ("set", "N", "", rows) for rows in (1883, 1252, 1417, 1731)
    ]
