"""What a study says of disclosure control: off, rounding, earlier releases; the log of a run; numbers that one person makes."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis import structure, study
from analysis.communities import profile
from analysis.errors import StudyError
from analysis.measure import arranged, combined
from analysis.registers import quotients
from analysis.reporting import codebook, disclosure, open_page, page, site
from analysis.reporting.disclosure import releases, rounding, rules
from analysis.reporting.documents import html
from analysis.reporting.documents.model import report_of
from analysis.settings import load
from analysis.settings.study import Disclosure, Settings


@pytest.fixture(scope="module")
def nanchang(nanchang):
    return replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))


def saying(opened, **settings):
    if isinstance(settings.get("disclosure"), dict):
        settings["disclosure"] = Disclosure(**settings["disclosure"])
    return replace(opened, settings=opened.settings.model_copy(update=settings))


def renewals(**numbers):
    """The share of each term's staff that is new, of a hundred."""
    groups = pd.DataFrame(
        {"term": [f"20{term}" for term in numbers], "numerator": numbers.values(), "denominator": 100}
    )
    return quotients(
        "renewal_rate", groups.assign(term=[key[1:] for key in numbers]), unit="proportion", table="roster"
    )


def hidden(shown):
    return (shown["reason"] == "hidden").tolist()


# Off


@pytest.mark.parametrize(("language", "says"), [("zh", "不得公开"), ("en", "Not for release")])
def test_off_shows_everything_and_marks_tables_files_and_pages(nanchang, monkeypatch, tmp_path, language, says):
    shown = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: shown.append(bundle))
    off = saying(nanchang, disclosure="off")
    open_page(off, language, tmp_path).table("turnover", renewals(t2015=7, t2018=60))
    saved = (tmp_path / f"tables/turnover.{language}.csv").read_text(encoding="utf-8-sig")
    assert "7.0%" in shown[0]["text/html"]
    assert says in shown[0]["text/html"]
    assert [says in line for line in saved.splitlines()[1:]] == [True, True]
    assert any(says in warning for warning in report_of(off, language, [language], []).warnings)
    assert not any(says in warning for warning in report_of(nanchang, language, [language], []).warnings)
    codebook_page = codebook.as_page(off, codebook.codebook(off), language)
    pages = [
        html.page(report_of(off, language, [language], [])),
        codebook_page,
        site.page(off, language, [language], [], []),
    ]
    assert [says in one.partition("</header>")[0] for one in pages] == [True, True, True]
    assert not (tmp_path / releases.PARTS).exists()


def test_nothing_else_is_understood_as_off(make_study):
    for wrong in ("none", {"round": 5}, {"round_to": 1}):
        with pytest.raises(StudyError):
            load(make_study(name=f"s{len(str(wrong))}", settings={"disclosure": wrong}) / "study.yml", Settings)


# A report on one community


@pytest.mark.parametrize(
    ("language", "says"), [("zh", "不得与全市或其他社区的报告一并公开"), ("en", "Not for release beside reports")]
)
def test_a_report_that_knows_one_community_only_says_that_it_must_not_stand_beside_others(nanchang, language, says):
    alone = nanchang.restricted("C01")
    handed_over = replace(alone, reading=alone.reading._replace(tables={}))
    told = {
        name: report_of(one, language, [language], []).warnings
        for name, one in {
            "alone": alone,
            "of a batch": handed_over,
            "all": nanchang,
            "synthetic": study.open("nanchang", community="C01"),
        }.items()
    }
    assert {name: any(says in warning for warning in warnings) for name, warnings in told.items()} == {
        "alone": True, "of a batch": False, "all": False, "synthetic": False
    }  # fmt: skip
    assert says in open_page(alone, language).labelled(renewals(t2018=60)).to_csv()


def test_the_log_of_a_report_on_one_community_is_not_taken_for_that_of_all(nanchang, tmp_path):
    shown = renewals(t2018=60)
    of_c01 = releases.recorded(shown, pd.Series("", index=shown.index), "C01")
    assert of_c01["group"].tolist() == ["term=2018;community_id=C01"]
    releases.leave(tmp_path, of_c01)
    releases.leave(tmp_path, releases.recorded(renewals(t2015=7), pd.Series("few", index=[0]), "C01"))
    releases.gather(tmp_path)
    later = saying(nanchang, earlier_releases=[str(tmp_path)])
    assert hidden(disclosure.released_of(later, renewals(t2018=63))) == [False]
    assert hidden(disclosure.released_of(later.restricted("C01"), renewals(t2018=63))) == [True]


# Rounding


def test_counts_are_rounded_and_a_quotient_is_that_of_rounded_counts():
    shown = rounding.rounded_to(renewals(t2018=57).assign(low=0.47236, high=0.66254), 5)
    assert shown[["numerator", "denominator", "n"]].to_numpy().tolist() == [[55, 100, 100]]
    assert shown["estimate"].tolist() == [pytest.approx(0.55)]  # 55 of 100, not 57
    assert shown[["low", "high"]].to_numpy().tolist() == [[0.47, 0.66]]


def test_a_study_may_ask_for_rounding(nanchang):
    table = renewals(t2015=57, t2018=60)
    assert disclosure.released_of(saying(nanchang, disclosure={"round_to": 5}), table)["numerator"].tolist() == [55, 60]
    assert disclosure.released_of(nanchang, table)["numerator"].tolist() == [57, 60]


# The log, and earlier releases


def test_the_log_names_what_was_hidden_and_by_which_rule_and_not_how_many_it_was(nanchang, tmp_path, monkeypatch):
    monkeypatch.setattr(page, "display", lambda bundle, raw: None)
    for language in ("zh", "en"):
        open_page(nanchang, language, tmp_path).table("turnover", renewals(t2015=7, t2018=60))
    releases.gather(tmp_path)
    log, shown = ((tmp_path / name).read_text() for name in (releases.HIDDEN, releases.RELEASED))
    assert log == "table,measure,group,rule\nroster,renewal_rate,term=2015,few\n"
    assert shown == "table,measure,group,n,numerator,denominator\nroster,renewal_rate,term=2018,100.0,60.0,100.0\n"
    assert not (tmp_path / releases.PARTS).exists()


def earlier(folder, table):
    rule = disclosure.reasons_of(table)
    releases.leave(folder, releases.recorded(table, rule))
    releases.gather(folder)
    return str(folder)


@pytest.mark.parametrize(
    ("now", "is_hidden"),
    [
        pytest.param(60, False, id="the same count"),
        pytest.param(63, True, id="three more"),
        pytest.param(57, True, id="three fewer"),
        pytest.param(75, False, id="fifteen more"),
    ],
)
def test_a_difference_from_an_earlier_release_tells_of_no_few_persons(nanchang, tmp_path, now, is_hidden):
    later = saying(nanchang, earlier_releases=[earlier(tmp_path, renewals(t2018=60))])
    judged = disclosure.judged(later, renewals(t2018=now))
    assert hidden(judged.shown) == [is_hidden]
    assert judged.rule.tolist() == ["earlier_release" if is_hidden else ""]


def test_what_an_earlier_release_hid_stays_hidden(nanchang, tmp_path):
    later = saying(nanchang, earlier_releases=[earlier(tmp_path, renewals(t2015=7, t2018=60))])
    assert hidden(disclosure.released_of(later, renewals(t2015=40, t2018=60))) == [True, False]


def test_an_earlier_release_that_is_not_there_stops_the_run(nanchang, tmp_path):
    with pytest.raises(StudyError, match="earlier_releases"):
        disclosure.released_of(saying(nanchang, earlier_releases=[str(tmp_path)]), renewals(t2018=60))


# Dominance


@pytest.mark.parametrize(
    ("acts", "is_dominated"),
    [
        pytest.param([51, *[7] * 7], True, id="51 of 100"),
        pytest.param([50, 30, *[4] * 5], False, id="50, and two with 80, of 100"),
        pytest.param([45, 36, 19], True, id="two with 81 of 100"),
        pytest.param([0, 0, 0], False, id="nobody did anything"),
        pytest.param([], False, id="nobody"),
    ],
)
def test_one_person_with_half_of_all_or_two_with_four_fifths_dominate(acts, is_dominated):
    assert rules.dominated(pd.Series(acts, dtype="float64")) is is_dominated


def test_the_acts_of_a_group_that_one_resident_does_most_of_are_hidden(nanchang):
    acts = nanchang.table("participation").copy()
    of_c01 = acts["respondent_id"].isin(nanchang.table("respondents").query("community_id == 'C01'")["respondent_id"])
    acts.loc[of_c01 & (acts["wave"] == "second"), "acts"] = 0
    acts.loc[acts.index[of_c01 & (acts["wave"] == "second")][0], "acts"] = 40
    opened = replace(
        nanchang, reading=nanchang.reading._replace(tables=nanchang.reading.tables | {"participation": acts})
    )
    groups = pd.DataFrame(
        {"community_id": ["C01", "C02", "C03", "C04"], "wave": "second", "numerator": np.nan, "denominator": np.nan}
    )
    table = quotients("acts_mean", groups.assign(n=75), unit="acts", table="participation").assign(
        estimate=0.5, reason=""
    )
    rule = disclosure.judged(opened, table).rule.tolist()
    assert rule[0] == "dominance"
    assert set(disclosure.judged(nanchang, table).rule) == {""}


def test_the_index_of_a_community_does_not_tell_how_few_take_part(nanchang):
    """All other indicators are shown, and so are weights and goalposts: the score would be an equation of one number."""
    acts = nanchang.table("participation").copy()
    of_c01 = nanchang.table("respondents").query("community_id == 'C01' and wave == 'first'")["respondent_id"]
    of_wave = acts["respondent_id"].isin(of_c01) & (acts["wave"] == "first")
    acts.loc[of_wave, "acts"] = np.where(acts.loc[of_wave, "respondent_id"].isin(of_c01[:5]), 1, 0)
    tables = nanchang.reading.tables | {"participation": acts}
    opened = replace(nanchang, reading=nanchang.reading._replace(tables=tables))
    places = pd.DataFrame({"community_id": [f"C{number:02}" for number in range(1, 13)]})
    facts = {"n": 90, "estimate": 0.5, "table": "respondents", "unit": "index", "window": "2018"}
    score = arranged(places.assign(measure="index_score", **facts))
    table = combined([score, arranged(places.assign(measure="indicator_value", indicator="参与率", **facts))])
    assert not any(hidden(disclosure.released_of(nanchang, table)))
    judged = disclosure.judged(opened, table)
    gone = judged.shown[judged.rule == "follows"].groupby("measure")["community_id"].agg(list)
    assert gone["index_score"] == gone["indicator_value"]
    assert gone["index_score"][0] == "C01"
    assert len(gone["index_score"]) == 2  # and another one of its subdistrict, from whose rate it would follow


def test_a_mean_without_weights_does_not_tell_how_few_gave_an_answer(nanchang):
    scores = nanchang.table("satisfaction").copy()
    of_item = (scores["wave"] == "first") & (scores["item"] == "overall")
    scores.loc[of_item & scores["score"].eq("very_dissatisfied"), "score"] = "dissatisfied"
    scores.loc[scores.index[of_item][:4], "score"] = "very_dissatisfied"
    tables = nanchang.reading.tables | {"satisfaction": scores}
    opened = replace(nanchang, reading=nanchang.reading._replace(tables=tables))
    groups = pd.DataFrame({"wave": ["first"], "item": "overall", "n": 1200, "estimate": 3.4})
    mean = arranged(groups.assign(measure="satisfaction_mean", unit="value", table="satisfaction"))
    people = nanchang.table("respondents").set_index("respondent_id")
    place = people.loc[scores.loc[of_item, "respondent_id"].iloc[0], "community_id"].iloc[0]
    assert hidden(disclosure.released_of(opened, mean)) == [True]
    assert hidden(disclosure.released_of(opened, mean.assign(is_weighted=True))) == [False]
    of_place = mean.assign(community_id=place)  # of which no answers are shown
    assert hidden(disclosure.released_of(opened, of_place)) == [False]
    assert hidden(disclosure.released_of(nanchang, mean)) == [False]


def test_a_batch_lists_what_is_hidden_of_all_communities_once(nanchang, tmp_path, monkeypatch):
    people = nanchang.table("roster")
    teams = structure.headcount(people, ["term", "community_id"]).assign(scope="community")
    monkeypatch.setattr(profile, "of_communities", lambda study, asked: teams)
    monkeypatch.setattr(
        profile, "city", lambda study, asked: structure.headcount(people, ["term"]).assign(scope="city")
    )
    next(profile.profiles(saying(nanchang, index=None), ["C01"], log=tmp_path))
    log = pd.read_csv(tmp_path / releases.HIDDEN)
    teams = log[(log["measure"] == "staff_count") & log["group"].str.contains("term=2018")]
    assert set(teams["rule"]) == {"few_persons"}
    assert len(teams) == 11  # of the twelve teams of 2018, C08 alone has ten
    assert not [column for column in log if column not in ("table", "measure", "group", "rule")]
