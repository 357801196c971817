"""What is watched of the papers' paths, and the models that one of them names: mapping, values, and what is missing."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest

from analysis import compute, monitoring, reporting, study
from analysis.catalogue import entries
from analysis.errors import StudyError
from analysis.monitoring import city_models
from analysis.reporting import page as pages
from analysis.reporting.monitoring import indicator, lacking_words, models_words, monitored_words
from analysis.reporting.wording import Wording

MODELS = {"taicang", "hangzhou", "xiamen", "hongmenjie", "beilin", "shanghai"}
"""The models that part 一 of the paper names beside Nanchang's."""


@pytest.fixture(scope="module")
def plan(nanchang):
    return monitoring.plan_of(nanchang)


@pytest.fixture(scope="module")
def watched(nanchang, plan):
    return monitoring.monitored(nanchang, plan)


@pytest.fixture(scope="module")
def words(nanchang):
    return {language: Wording(nanchang.catalogue, language) for language in ("zh", "en")}


def bare(text):
    """Letters, digits and characters only: the papers' text has other spaces and quotation marks."""
    return re.sub(r"[\W_]", "", text)


# The mapping


def test_five_paths_of_one_paper_and_four_of_the_other_are_watched(plan):
    assert [len(plan.of(source)) for source in ("nanchang", "jingdezhen")] == [5, 4]
    assert len({path.id for path in plan.paths}) == 9


def test_every_path_has_an_indicator_and_every_indicator_a_measure_that_exists(plan):
    known = entries("measures")["measures"]
    assert all(path.indicators for path in plan.paths)
    assert {one.measure for path in plan.paths for one in path.indicators} <= set(known)


def test_every_path_says_what_has_no_measure_yet(plan, words):
    for path in plan.paths:
        assert all({"zh", "en"} <= set(lacking) for lacking in path.lacking)
        assert lacking_words(path, words["en"])
    (experts,) = [path for path in plan.paths if path.id == "experts"]
    assert "no measure yet" in lacking_words(experts, words["en"])
    assert all(one.is_proxy for one in experts.indicators)  # no table records experts


def test_the_sentences_stand_in_the_papers(plan, nanchang, shared_data):
    sources = shared_data.parent / "sources"
    papers = {"nanchang": "nanchang-2020.txt", "jingdezhen": "jingdezhen.txt"}
    texts = {source: bare((sources / file).read_text(encoding="utf-8")) for source, file in papers.items()}
    for path in plan.paths:
        assert bare(path.sentence) in texts[path.source], path.id
    for model in city_models.models_of(nanchang).models:
        assert bare(model.sentence) in texts["nanchang"], model.id


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"measure": "renewal_rat"}, "renewal_rat"),
        ({"where": {"rol": "x"}}, "rol"),
        ({"where": {"role": "deputy"}}, "deputy"),
    ],
)
def test_a_plan_that_names_what_is_not_there_is_refused(make_study, change, key):
    one = {"measure": "renewal_rate"} | change
    path = {
        "id": "a",
        "source": "s",
        "place": "1",
        "words": {"zh": "甲", "en": "A"},
        "sentence": "甲",
        "indicators": [one],
    }
    made = json.dumps({"sources": {"s": {"zh": "来源", "en": "source"}}, "paths": [path]})  # JSON is YAML
    opened = study.open(str(make_study(files={"monitoring.yml": made})))
    with pytest.raises(StudyError) as refused:
        monitoring.plan_of(opened)
    assert (refused.value.key, refused.value.facts["key"]) == ("settings_key", key)


def test_a_path_without_indicators_and_a_study_without_a_plan_are_refused(make_study):
    path = {"id": "a", "source": "s", "place": "1", "words": {"zh": "甲"}, "sentence": "甲", "indicators": []}
    made = json.dumps({"sources": {"s": {"zh": "来源"}}, "paths": [path]})
    with pytest.raises(StudyError) as refused:
        monitoring.plan_of(study.open(str(make_study(files={"monitoring.yml": made}))))
    assert refused.value.key == "settings_value"
    with pytest.raises(StudyError) as refused:
        monitoring.plan_of(study.open(str(make_study(name="bare"))))
    assert refused.value.key == "settings_file_missing"


# Values


def test_each_indicator_has_one_latest_value_and_at_most_one_before(plan, watched):
    latest = watched[watched["occasion"] == "latest"]
    assert not watched.duplicated(["path", "monitored", "occasion"]).any()
    assert len(latest) == sum(len(path.indicators) for path in plan.paths)
    assert latest["estimate"].notna().all()  # the synthetic study has every table


@pytest.mark.parametrize(
    ("path", "place", "latest", "before"),
    [
        ("burden", "1", 248, 484),  # 387 items made 151, and 97 of the community's own: 151 + 97 and 387 + 97
        ("burden", "6", 186, 312),  # the most ledgers of a community in 2016 and in 2014
        ("staff", "2", 75 / 96, 76 / 96),  # new persons of 96 at the elections of 2018 and 2015
    ],
)
def test_values_are_those_of_the_last_time_and_of_the_one_before(watched, path, place, latest, before):
    rows = watched[(watched["path"] == path) & (watched["monitored"] == place)].set_index("occasion")["estimate"]
    assert (rows["latest"], rows["earlier"]) == pytest.approx((latest, before))


def test_a_value_is_that_of_its_chapter(nanchang, watched):
    rate = compute.measures(nanchang, "activity_rate")
    rate = rate[(rate["activity"] == "public_benefit") & (rate["wave"] == "second")].iloc[0]
    row = watched[
        (watched["path"] == "volunteers") & (watched["monitored"] == "1") & (watched["occasion"] == "latest")
    ].iloc[0]
    assert row[["estimate", "low", "high", "n"]].tolist() == rate[["estimate", "low", "high", "n"]].tolist()


def test_a_change_is_dated_by_both_of_its_times_in_words(plan, watched, words):
    shown = monitored_words(watched, plan, "nanchang", words["zh"])
    assert list(shown.loc[shown["指标"] == "实际取消", "时间"]) == ["改革前→改革后"]


@pytest.mark.parametrize(
    ("language", "column", "told"),
    [("zh", "时间", "2012-07-01 至 2021-07-01"), ("en", "When", "2012-07-01 to 2021-07-01")],
)
def test_a_period_is_told_in_words(plan, watched, words, language, column, told):
    assert told in set(monitored_words(watched, plan, "nanchang", words[language])[column])


def test_without_its_table_an_indicator_says_that_there_are_no_data(nanchang, plan, words):
    kept = {name: table for name, table in nanchang.reading.tables.items() if name != "satisfaction"}
    without = replace(nanchang, reading=nanchang.reading._replace(tables=kept))
    made = monitoring.monitored(without, plan)
    row = made[(made["path"] == "one_window") & (made["monitored"] == "1")].iloc[0]
    assert (row["reason"], np.isnan(row["estimate"])) == ("no_data", True)
    shown = monitored_words(made, plan, "jingdezhen", words["en"])
    assert list(shown.loc[shown["Path"] == "One-window service", "Estimate"]) == ["no data", "no data"]
    text = reporting.open_page(without, "zh").sentence(made, path="one_window", monitored="1")
    assert "本研究的数据没有该指标" in text


# On a page


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_table_of_a_paper_has_a_row_for_each_indicator_and_no_bare_key(plan, watched, words, language):
    for source in plan.sources:
        frame = monitored_words(watched, plan, source, words[language])
        assert len(frame) == sum(len(path.indicators) for path in plan.of(source))
        assert not frame.apply(lambda column: column.str.contains("_")).any().any()


def test_an_indicator_is_called_by_its_measure_and_its_levels(words):
    one = monitoring.Watched(measure="ageing_share", where={"age_from": "45"})
    assert indicator(one, words["zh"]) == "年龄达到者占比（45岁及以上）"
    assert indicator(monitoring.Watched(measure="renewal_rate"), words["en"]) == "Renewal at the election"


def test_an_unreliable_value_is_withheld_and_one_to_be_looked_at_is_marked(plan, watched, words):
    changed = watched.assign(reliability="suppress")
    frame = monitored_words(changed, plan, "nanchang", words["en"])
    assert set(frame["Estimate"]) == {"withheld (unreliable)"}
    frame = monitored_words(watched.assign(reliability="review"), plan, "nanchang", words["en"])
    assert frame["Estimate"].str.endswith("†").all()


def test_the_page_shows_both_papers_and_saves_them(nanchang, plan, watched, tmp_path, monkeypatch):
    shown = []
    monkeypatch.setattr(pages, "display", lambda bundle, raw: shown.append(bundle))
    page = reporting.open_page(nanchang, "en", tmp_path)
    for source in plan.sources:
        page.monitoring(watched, plan, source)
    page.city_models(city_models.models_of(nanchang))
    assert "Synthetic data" in shown[0]["text/html"]
    assert "Synthetic data" not in shown[2]["text/html"]  # quotations are no data
    saved = {path.name for path in (tmp_path / "tables").iterdir()}
    assert saved == {"monitoring_nanchang.en.csv", "monitoring_jingdezhen.en.csv", "city_models.en.csv"}


# The models


def test_the_models_are_those_that_the_paper_names_and_nanchangs_own(nanchang):
    models = city_models.models_of(nanchang)
    assert {model.id for model in models.models} == MODELS | {"nanchang"}
    assert all(
        {"zh", "en"} <= set(words) for model in models.models for words in (model.place, model.name, model.features)
    )


def test_a_year_that_a_model_began_stands_in_its_sentence(nanchang):
    for model in city_models.models_of(nanchang).models:
        assert model.since is None or model.since in model.sentence


def test_the_table_of_models_has_every_sentence_as_printed(nanchang, words):
    models = city_models.models_of(nanchang)
    frame = models_words(models, words["en"])
    assert list(frame["Sentence (as printed)"]) == [model.sentence for model in models.models]
    assert (frame["Results as the paper states them"] != "").all()


def test_a_study_without_models_has_none(make_study):
    assert city_models.models_of(study.open(str(make_study()))) is None
