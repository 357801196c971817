"""Samples that are not random: every interval is marked, and the words speak of respondents, in both languages."""

import re
from dataclasses import replace

import pandas as pd
import pytest

from analysis import compute, study
from analysis.catalogue import base, entries, extended, of_respondents
from analysis.errors import StudyError
from analysis.measure import arranged
from analysis.plain_yaml import load_yaml
from analysis.reporting import figures, page
from analysis.reporting.wording import Wording
from analysis.settings import Origin

CONVENIENCE = extended({}, {}, is_non_probability=True)
MARK = {"zh": "非概率样本", "en": "non-probability sample"}
RESIDENTS = {"zh": "居民", "en": "resident"}


@pytest.fixture(params=["zh", "en"])
def language(request):
    return request.param


@pytest.fixture(params=["convenience", "quota"])
def convenience(request, make_study):
    """The small study with intervals, its sample one of convenience, or chosen by quotas."""
    change = {"registers": "superpopulation", "summary": {"zh": "居民的调查", "en": "A survey of residents"}}
    return study.open(str(make_study(settings=change, origin={"sampling_kind": request.param})))


@pytest.fixture
def shows(monkeypatch):
    bundles = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


def noted(catalogue, language, **facts):
    plain = {
        "measure": "college_share",
        "estimate": 0.5,
        "n": 30,
        "unit": "proportion",
        "table": "roster",
        "interval": "t",
    }
    return " ".join(Wording(catalogue, language).notes(arranged(pd.DataFrame([plain | facts])))).lower()


def test_the_notes_of_a_table_with_intervals_say_that_the_sample_is_none_of_chance(language):
    interval = {"low": 0.4, "high": 0.6, "coverage": 0.95}
    assert MARK[language] in noted(CONVENIENCE, language, **interval)
    assert MARK[language] not in noted(base(), language, **interval)
    assert MARK[language] not in noted(CONVENIENCE, language, interval="census")


def test_tables_figures_and_sentences_are_marked(convenience, language, shows):
    rates = compute.measures(convenience, "renewal_rate")
    sheet = page.Page(convenience, Wording(convenience.catalogue, language), None)
    sheet.table("structure", rates)
    drawn = []
    sheet.figure("tenure", lambda table, words: drawn.append(figures.over_terms(table, words)) or drawn[0], rates)
    assert MARK[language] in shows[0]["text/plain"].lower()
    assert MARK[language] in drawn[0].get_supxlabel().lower()
    assert MARK[language] in sheet.value(rates)


def test_nothing_is_marked_in_a_probability_sample(convenience, language, shows):
    told = replace(convenience, catalogue=base())
    sheet = page.Page(convenience, Wording(told.catalogue, language), None)
    assert MARK[language] not in sheet.value(compute.measures(convenience, "renewal_rate"))


def spoken():
    """The words of measures, headings and texts that speak of residents."""
    for file, part in (("measures", "measures"), ("tables", "columns"), ("words", None)):
        for key, entry in (entries(file)[part] if part else entries(file)).items():
            if any(RESIDENTS[one] in str(entry.get(one, "")).lower() for one in RESIDENTS):
                yield pytest.param(entry, id=f"{file}.{key}")


@pytest.mark.parametrize("entry", list(spoken()))
def test_words_speak_of_respondents_unless_they_are_about_a_population(entry):
    words = of_respondents(entry)
    for one, residents in RESIDENTS.items():
        assert (residents in words[one].lower()) == (
            residents in entry[one].lower() and bool(entry.get("of_population"))
        )


def test_the_catalogue_of_such_a_study_speaks_of_respondents(language):
    words = Wording(CONVENIENCE, language)
    assert words.text("chapter_5_participation") == {"zh": "受访者参与", "en": "Respondents' participation"}[language]
    assert (
        words.measure("acts_top_share")
        == {"zh": "最活跃受访者占全部次数", "en": base().measure("acts_top_share")["en"]}[language]
    )
    assert words.label("data_table", "participation") == {"zh": "受访者参与", "en": "Participation"}[language]
    assert words.heading("residents") == {"zh": "常住人口", "en": "Residents"}[language]
    assert words.measure("staff_density") == base().measure("staff_density")[language]


def test_no_placeholder_is_changed_by_it():
    for key, entry in entries("words").items():
        for one in RESIDENTS:
            assert re.findall(r"{\w*}", of_respondents(entry)[one]) == re.findall(r"{\w*}", entry[one]), key


def test_what_a_study_calls_things_itself_is_left_as_it_is(language):
    added = {"activity": {"council": {"zh": "居民议事会", "en": "Residents' council"}}}
    words = Wording(extended(added, {}, is_non_probability=True), language)
    assert words.label("activity", "council") == added["activity"]["council"][language]
    assert words.text("note_source", title="居民 residents", owner="x").count("居民 residents") == 1


def test_a_kind_that_does_not_exist_is_refused(make_study):
    with pytest.raises(StudyError) as refused:
        study.open(str(make_study(origin={"sampling_kind": "random"})))
    assert (refused.value.key, "sampling_kind" in str(refused.value.place)) == ("settings_value", True)


def test_every_kind_has_its_words(language):
    kinds = ("probability", "quota", "convenience", "census")
    assert len({Wording(base(), language).text(f"sampling_{kind}") for kind in kinds}) == 4


def test_shipped_studies_say_their_kind_where_it_is_known():
    kinds = {
        path.parent.name: load_yaml(path).get("sampling_kind") for path in (study.ROOT / "studies").glob("*/origin.yml")
    }
    assert (kinds["nanchang"], kinds["tw_village_chiefs"]) == ("probability", "census")
    assert Origin.model_fields["sampling_kind"].default is None
