"""A study whose tables lie on an engine tells what it tells in memory."""

import re
from dataclasses import replace

import duckdb
import narwhals as nw
import pandas as pd
import pytest
from engines import laid_on_engine

from analysis import compute, participation, satisfaction, structure
from analysis.communities.measures import asked_of, city, of_communities
from analysis.communities.profile import profiles
from analysis.errors import RunError, StudyError
from analysis.measure import combined
from analysis.on_engine import between
from analysis.reporting import disclosure, report
from analysis.reporting.chapters import require_computable
from analysis.satisfaction import likert
from analysis.satisfaction.questionnaire import questionnaire_of
from analysis.settings import Design, Engine
from analysis.survey import laid_out
from analysis.survey.answers import answers
from analysis.workload import ledgers


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


@pytest.fixture(scope="module")
def surveyed(nanchang, tmp_path_factory):
    """Nanchang with few groups, in memory, and with its answers on an engine in several pieces; rated in both waves."""
    few = {"groups": ["women", "older_women", "college"], "model_groups": ["women"]}
    few |= {"frequency_midpoints": None, "index": None, "cut_offs": {}}
    rated, people = nanchang.table("satisfaction"), nanchang.table("respondents")
    rated = rated[rated["item"].isin(["overall", "property_attitude", "property_efficiency"])]
    again = people.loc[people["wave"] == "second", ["respondent_id"]]
    again = rated.merge(again, on="respondent_id").assign(wave="second")
    told = nanchang.table("participation")
    told = told[told["activity"].isin([*told["activity"].unique()][:2])]
    tables = {name: nanchang.table(name) for name in ("communities", "respondents")}
    tables |= {"participation": told, "satisfaction": pd.concat([rated, again.iloc[3:]], ignore_index=True)}
    reading = nanchang.reading._replace(tables=tables)
    own = replace(nanchang, settings=nanchang.settings.model_copy(update=few), reading=reading)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(laid_out, "PIECE", 700)
        lying = laid_on_engine(own, tmp_path_factory.mktemp("surveyed"), most=2399)
        participation.prepared(lying)
        questionnaire_of(lying)
        answers(lying, "second")
        yield own, lying


def as_in_memory(studies, made):
    """The measure table of a study on an engine is that of the same study in memory."""
    expected, found = (made(study) for study in studies)
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9, atol=1e-12)


def test_participation_on_an_engine(surveyed):
    as_in_memory(surveyed, participation.measures)
    as_in_memory(surveyed, lambda study: participation.curve(participation.prepared(study)))


def test_participation_of_groups_on_an_engine(surveyed):
    as_in_memory(surveyed, lambda study: participation.measures(study, ["sex"]))


def test_satisfaction_on_an_engine(surveyed):
    as_in_memory(surveyed, satisfaction.measures)
    as_in_memory(surveyed, lambda study: satisfaction.between(questionnaire_of(study), "sex"))
    asked = questionnaire_of(surveyed[1])
    assert asked.waves == ["first", "second"]
    assert asked.in_both("first", "second") == questionnaire_of(surveyed[0]).in_both("first", "second") > 0


def test_participation_on_spark(surveyed, tmp_path, monkeypatch):
    pytest.importorskip("pyspark.sql", reason="no Spark (the extra `spark`)")
    monkeypatch.setattr(laid_out, "PIECE", 700)
    own = surveyed[0]
    lying = laid_on_engine(own, tmp_path, most=2399, engine="spark")
    assert lying.is_on_engine("respondents")
    as_in_memory((own, lying), participation.measures)
    for name in ("respondents", "communities"):
        one, expected = (study.restricted("C03").table(name) for study in (lying, own))
        pd.testing.assert_frame_equal(in_order(one), in_order(expected))


def test_single_communities_on_an_engine(surveyed):
    as_in_memory(surveyed, lambda study: of_communities(study, asked_of(study)))


def test_the_whole_beside_single_communities_on_an_engine(surveyed):
    as_in_memory(surveyed, lambda study: city(study, asked_of(study)))


def test_pages_are_those_of_the_study_in_memory_and_read_the_register_as_often_as_one(surveyed, monkeypatch):
    read, collect, everybody = [], nw.LazyFrame.collect, surveyed[1].communities()
    monkeypatch.setattr(nw.LazyFrame, "collect", lambda rows, *how: read.append(1) or collect(rows, *how))
    expected, (alone,) = profiles(surveyed[0], ["C01", "C12"]), profiles(surveyed[1], ["C12"])
    reads_of_one = len(read)
    pages = {page.community: page for page in profiles(surveyed[1], everybody)}
    assert 0 < len(read) - reads_of_one <= reads_of_one
    for own in expected:
        page = pages[own.community]
        pd.testing.assert_frame_equal(page.rows, own.rows, check_exact=True)
        assert (page.description, page.asked, page.respondents) == (own.description, own.asked, own.respondents)
    pd.testing.assert_frame_equal(alone.rows, pages["C12"].rows)


def test_a_community_leaves_most_of_a_file_unread(tmp_path):
    """Of ten groups of rows, in order of their communities, one is read."""
    connection = duckdb.connect()
    rows = "select printf('C%02d', range // 2048) as community_id, range as number from range(20480)"
    connection.execute(f"copy ({rows}) to '{tmp_path}/rows.parquet' (row_group_size 2048)")
    table = connection.read_parquet(f"{tmp_path}/rows.parquet")
    said = tmp_path / "profile.json"
    connection.execute(f"set enable_profiling = 'json'; set profiling_output = '{said}'")
    own = between({"numbers": table}, "C03", "C03")["numbers"]
    connection.close()
    assert own["number"].tolist() == [*range(3 * 2048, 4 * 2048)]
    assert re.findall(r'"rows_scanned": (\d+)', said.read_text()) == ["2048"]


def test_a_person_of_two_waves_is_one_where_persons_were_drawn(surveyed):
    simple = {"design": {"respondents": Design(weights="weight")}}
    studies = [replace(one, settings=one.settings.model_copy(update=simple)) for one in surveyed]
    as_in_memory(studies, lambda study: participation.changes(participation.activities_of(study)))


def test_what_is_hidden_of_persons_on_an_engine(surveyed):
    def judged(study):
        protected = replace(study, origin=study.origin.model_copy(update={"is_synthetic": False}))
        by = ["community_id"]
        means = likert.mean_score(questionnaire_of(protected), ["wave", "sex"]).table
        tables = [participation.amounts(participation.activities_of(protected), by), means.assign(is_weighted=False)]
        return disclosure.judged(protected, combined(tables)).shown

    as_in_memory(surveyed, judged)
    assert (judged(surveyed[1])["reason"] == "hidden").any()


def test_answers_of_nobody_are_refused(nanchang, tmp_path):
    people = nanchang.table("respondents")
    fewer = {
        **nanchang.reading.tables,
        "respondents": people[people["respondent_id"] != people["respondent_id"].iloc[0]],
    }
    lying = laid_on_engine(replace(nanchang, reading=nanchang.reading._replace(tables=fewer)), tmp_path, most=2000)
    with pytest.raises(StudyError) as caught:
        participation.activities_of(lying)
    assert (caught.value.key, caught.value.facts["total"]) == ("respondents_unknown", 9600)


def test_numbers_of_categories_are_refused_on_an_engine(nanchang, surveyed):
    settings = nanchang.settings.model_copy(update={"engine": surveyed[1].settings.engine})
    lying = replace(surveyed[1], settings=settings)
    with pytest.raises(StudyError) as caught:
        participation.measures(lying)
    assert caught.value.key == "midpoints_on_engine"
    asked = settings.model_copy(update={"chapters": ["5_participation"]})
    with pytest.raises(StudyError) as caught:
        require_computable(replace(lying, settings=asked))
    assert caught.value.key == "midpoints_on_engine"


def test_a_roster_and_candidacies_on_an_engine_make_the_chapter_of_turnover(on_engine, nanchang):
    asked = replace(nanchang, settings=nanchang.settings.model_copy(update={"chapters": ["2_turnover"]}))
    lying = dict.fromkeys(("roster", "candidacies"), on_engine.register("roster"))
    require_computable(replace(asked, reading=asked.reading._replace(tables=lying)))


def test_columns_of_relations_can_be_grouped_by(on_engine):
    compute.require_groups(on_engine, ["sex", "subdistrict"])
    with pytest.raises(StudyError, match="sexx"):
        compute.require_groups(on_engine, ["sexx"])


def test_structure_of_a_roster_on_an_engine(nanchang, on_engine):
    settings = nanchang.settings.model_copy(update={"registers": "superpopulation"})
    mixed = only(on_engine, replace(nanchang, settings=settings), "roster")
    expected = structure.measures(replace(nanchang, settings=settings))
    pd.testing.assert_frame_equal(structure.measures(mixed), expected, rtol=1e-9)


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


def test_a_notebook_may_use_the_memory_of_its_studys_engine_besides(nanchang, tmp_path, monkeypatch):
    def told(*_, limits):
        raise RunError("notebook_memory", "x", limit=limits.memory, cell=0)

    monkeypatch.setattr(report, "run", told)
    for engine, memory in ((None, 4 << 30), (Engine(name="duckdb", memory="1GiB"), 5 << 30)):
        settings = nanchang.settings.model_copy(update={"engine": engine, "chapters": ["3_structure"]})
        study = replace(nanchang, settings=settings)
        with pytest.raises(RunError) as caught:
            report.build(study, ["en"], tmp_path / "report", {}, name="nanchang", data_dir="", quiet=True)
        assert caught.value.facts["limit"] == memory


def test_an_engine_at_the_end_of_its_memory_is_told_where_persons_are_laid_out(on_engine, monkeypatch):
    def fail(*_):
        raise duckdb.OutOfMemoryException("could not allocate")

    monkeypatch.setattr(laid_out, "handed_on", fail)
    with pytest.raises(RunError) as caught:
        laid_out.laid_out(on_engine, ["participation"], lambda part: {"people": part.table("respondents")})
    assert (caught.value.key, caught.value.facts) == ("engine_memory", {"memory": "4GB"})
