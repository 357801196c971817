"""A study whose tables lie on an engine tells what it tells in memory."""

from dataclasses import replace

import pandas as pd
import pytest
from engines import laid_on_engine

from analysis import compute, structure, study
from analysis.errors import StudyError
from analysis.reporting.chapters import require_computable
from analysis.workload import ledgers


@pytest.fixture(scope="module")
def nanchang():
    return study.open("nanchang")


@pytest.fixture(scope="module")
def on_engine(nanchang, tmp_path_factory):
    """Nanchang with every table on an engine."""
    return laid_on_engine(nanchang, tmp_path_factory.mktemp("engine"))


def only(on_engine, nanchang, *tables):
    """Nanchang with some of its tables on an engine."""
    mixed = {**nanchang.reading.tables, **{name: on_engine.register(name) for name in tables}}
    return replace(nanchang, reading=nanchang.reading._replace(tables=mixed))


def in_order(frame):
    return frame.sort_values([*frame], ignore_index=True)


def test_small_tables_are_read_whole_as_the_door_gives_them(nanchang, tmp_path):
    opened = laid_on_engine(nanchang, tmp_path, most=10_000)
    for name, table in nanchang.reading.tables.items():
        pd.testing.assert_frame_equal(in_order(opened.table(name)), in_order(table))


def test_answers_keep_their_respondents_on_the_engine(nanchang, tmp_path):
    opened = laid_on_engine(nanchang, tmp_path, most=2400)
    lying = [name for name in opened.reading.tables if opened.is_on_engine(name)]
    assert lying == ["respondents", "participation", "satisfaction"]


def test_one_community_is_in_memory(nanchang, on_engine):
    own, expected = on_engine.restricted("C03"), nanchang.restricted("C03")
    for name in ("roster", "respondents", "communities", "posts", "indicators"):
        pd.testing.assert_frame_equal(in_order(own.table(name)), in_order(expected.table(name)))
    asked = {*expected.table("respondents")["respondent_id"]}
    answers = expected.table("participation")
    answers = answers[answers["respondent_id"].isin(asked)]
    pd.testing.assert_frame_equal(in_order(own.table("participation")), in_order(answers))


def test_a_community_that_no_table_has(on_engine):
    assert on_engine.communities() == [f"C{place:02d}" for place in range(1, 13)]
    with pytest.raises(StudyError, match="C99"):
        on_engine.restricted("C99")


def test_a_table_on_an_engine_is_not_read_whole(on_engine):
    with pytest.raises(StudyError, match="roster") as caught:
        on_engine.table("roster")
    assert caught.value.key == "table_on_engine"


def test_a_chapter_that_needs_every_row_is_refused_by_name(on_engine, nanchang):
    chapters = {"chapters": ["3_structure", "1_data_quality", "8_published_claims"]}
    asked = replace(nanchang, settings=nanchang.settings.model_copy(update=chapters))
    require_computable(asked)
    with pytest.raises(StudyError) as caught:
        require_computable(only(on_engine, asked, "roster"))
    facts = caught.value.facts
    assert (caught.value.key, facts["chapter"]) == ("chapter_on_engine", "1_data_quality")
    assert (facts["tables"], facts["known"]) == ("roster", "3_structure")
    require_computable(only(on_engine, asked, "roster").restricted("C01"))


def test_columns_of_relations_can_be_grouped_by(on_engine):
    compute.require_groups(on_engine, ["sex", "subdistrict"])
    with pytest.raises(StudyError, match="sexx"):
        compute.require_groups(on_engine, ["sexx"])


@pytest.mark.parametrize(("registers", "by"), [("census", ["community_id"]), ("superpopulation", [])])
def test_structure_of_a_roster_on_an_engine(nanchang, on_engine, registers, by):
    settings = nanchang.settings.model_copy(update={"registers": registers})
    mixed = only(on_engine, replace(nanchang, settings=settings), "roster")
    expected = structure.measures(replace(nanchang, settings=settings), by)
    pd.testing.assert_frame_equal(structure.measures(mixed, by), expected, rtol=1e-9)


def test_persons_of_whom_only_the_year_is_known(on_engine, nanchang):
    people = nanchang.table("roster")
    born = people["birth_date"].mask(people.index < 7)
    dated = replace(nanchang, reading=nanchang.reading._replace(tables={"roster": people.assign(birth_date=born)}))
    assert structure.known_by_year(dated) == 7
    assert structure.known_by_year(on_engine) == 0


def test_ledgers_of_each_of_the_staff(nanchang, on_engine):
    books, keys = ledgers.by_form(nanchang.table("ledgers")), ["community_id", "term"]
    made, expected = (
        ledgers.per_staff(books, study.rows("roster", keys), study.terms, []) for study in (on_engine, nanchang)
    )
    pd.testing.assert_frame_equal(made, expected)
