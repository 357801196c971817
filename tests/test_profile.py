"""One community beside all the others: differences with their intervals, what is withheld, and the page in both languages."""

import gc
import pickle
import re
from dataclasses import replace

import nbformat
import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from matplotlib.text import Text
from nbformat import NotebookNode

from analysis import cli, folders, participation, prepared, study
from analysis.batch import pages
from analysis.batch.order import order
from analysis.communities import measures, others, profile, small_areas
from analysis.errors import StudyError
from analysis.inference import SurveyDesign, mean, proportion
from analysis.inference.intervals import wilson
from analysis.measure import arranged, combined
from analysis.reporting import blocks, disclosure, figures, page, standings
from analysis.reporting import open_page as open_page
from analysis.reporting import report as reports
from analysis.reporting.documents import html
from analysis.reporting.documents.model import report_of
from analysis.reporting.figures import profiles
from analysis.reporting.notebooks import run
from analysis.reporting.wording import Wording, verbatim
from analysis.satisfaction import likert
from analysis.satisfaction.questionnaire import questionnaire_of
from analysis.survey import answers, respondents

HOSTILE = [
    "$(touch pwned)",
    "'); import os; os.mkdir('pwned') #",
    "../../x",
    "*a* <b>b</b> [c](javascript:d) $x$",
    "={1+1}",
    "c\nd",
]
PAGE = [("index", "html"), ("report", "xlsx")]


@pytest.fixture(scope="module")
def everybody(nanchang):
    return measures.of_communities(nanchang, measures.asked_of(nanchang))


@pytest.fixture(scope="module")
def whole(nanchang):
    return measures.city(nanchang, measures.asked_of(nanchang))


@pytest.fixture(scope="module")
def pages_of(nanchang):
    return {one.community: one for one in profile.profiles(nanchang, nanchang.communities())}


@pytest.fixture(scope="module")
def of_c01(everybody, whole):
    return combined([everybody[everybody["community_id"] == "C01"], whole])


def compared(values, unit="proportion", interval="korn_graubard", **columns):
    """Each community's rows from its answers, by name; a simple random sample."""
    rows = [(name, value) for name, told in values.items() for value in told]
    frame = pd.DataFrame(rows, columns=["community_id", "y"]).astype({"y": "float64"}).assign(**columns)
    named = {"measure": "satisfied_share", "unit": unit, "table": "satisfaction"}
    return others.against_the_others(frame, "y", SurveyDesign(), interval=interval, **named)


def one(table, community, scope):
    rows = table[(table["community_id"] == community) & (table["scope"] == scope)]
    assert len(rows) == 1
    return rows.iloc[0]


class TestTheInterval:
    @pytest.mark.parametrize(
        ("first", "second", "low", "high"),
        [
            ((56, 70), (48, 80), 0.0524, 0.3339),
            ((9, 10), (3, 10), 0.1705, 0.8090),
            ((6, 7), (2, 7), 0.0582, 0.8062),
            ((10, 10), (0, 20), 0.6791, 1.0),
        ],
    )
    def test_with_wilson_intervals_it_is_newcombes(self, first, second, low, high):
        """Newcombe (1998), Statistics in Medicine 17: 873–890, Table II, method 10."""
        sides = [(np.array([x / n]), *wilson([x], [n])) for x, n in (first, second)]
        _, lower, upper = others.independent_difference(*sides)
        assert (round(lower[0], 4), round(upper[0], 4)) == (low, high)

    def test_a_difference_turned_round_is_the_same_with_the_other_sign(self):
        a, b = (0.3, 0.2, 0.5), (0.6, 0.4, 0.7)
        there, back = others.independent_difference(a, b), others.independent_difference(b, a)
        assert there == pytest.approx((-back[0], -back[2], -back[1]))


class TestAgainstTheOthers:
    def test_the_difference_is_from_all_the_others_and_not_from_the_whole(self):
        table = compared({"A": [1, 1, 1, 0], "B": [1, 0, 0, 0], "C": [1, 1, 0, 0]})
        assert one(table, "A", "community")["estimate"] == 0.75
        assert one(table, "A", "difference")["estimate"] == pytest.approx(3 / 4 - 3 / 8)
        assert one(table, "B", "difference")["estimate"] == pytest.approx(1 / 4 - 5 / 8)

    @pytest.mark.parametrize("outcome", ["participation_rate", "satisfaction_score"])
    def test_it_is_what_the_kernel_gives_for_two_domains_of_the_whole_sample(self, nanchang, outcome):
        frame = answers.answers(nanchang, "first")
        design = nanchang.design("respondents")
        unit = answers.OUTCOMES[outcome]
        interval = "korn_graubard" if unit == "proportion" else "t"
        named = {"measure": outcome, "unit": unit, "table": "respondents"}
        made = others.against_the_others(frame, outcome, design, interval=interval, **named)
        for community in frame["community_id"].unique():
            part = np.where(frame["community_id"] == community, "own", "the others")
            parted = frame.assign(part=part)
            sample = respondents.within_communities(design, parted).sample(parted)
            call = proportion if unit == "proportion" else mean
            own, rest = (row for _, row in call(parted, outcome, sample, "part").table.sort_values("part").iterrows())
            found = one(made, community, "difference")
            assert found["estimate"] == pytest.approx(own["estimate"] - rest["estimate"], rel=1e-9, abs=1e-12)
            assert found["se"] == pytest.approx(np.hypot(own["se"], rest["se"]), rel=1e-9)
            bounds = [(row["estimate"], row["low"], row["high"]) for row in (own, rest)]
            expected = others.independent_difference(*bounds)
            assert (found["low"], found["high"]) == pytest.approx(expected[1:], rel=1e-9)

    def test_five_of_five_are_not_taken_for_certain(self):
        """Clopper–Pearson of 5 in 5 begins at .025^(1/5) = .4782."""
        row = one(compared({"A": [1] * 5, "B": [1, 0] * 100}), "A", "difference")
        assert row["low"] < 0.4782 - 0.5 < row["estimate"] == 0.5

    def test_one_respondent_tells_nothing_of_an_error(self):
        row = one(compared({"A": [1], "B": [1, 0] * 10}), "A", "difference")
        assert np.isnan([row["low"], row["high"], row["se"]]).all()
        assert standings.apart(pd.DataFrame([row])).tolist() == ["unknown"]

    def test_a_mean_of_equal_answers_has_no_interval(self):
        table = compared({"A": [75, 75, 75], "B": [0, 100] * 10}, unit="score_100", interval="t")
        assert np.isnan(one(table, "A", "community")["low"])
        assert np.isnan(one(table, "A", "difference")["low"])

    def test_without_others_there_is_no_difference(self):
        row = one(compared({"A": [1, 0, 1]}), "A", "difference")
        assert (row["reason"], np.isnan(row["estimate"])) == ("no_other_community", True)

    def test_nobody_answered(self):
        assert not len(compared({"A": [np.nan], "B": [np.nan]}))

    def test_a_community_that_did_not_answer_a_question_has_an_empty_base(self):
        table = compared({"A": [np.nan, np.nan], "B": [1, 0, 1], "C": [0, 1]})
        assert one(table, "A", "difference")["reason"] == "empty_base"
        assert one(table, "B", "difference")["estimate"] == pytest.approx(2 / 3 - 1 / 2)

    def test_differences_in_percentages_are_points(self):
        assert one(compared({"A": [1, 0], "B": [1, 0]}), "A", "difference")["unit"] == "points"


class TestThePagesRows:
    def test_the_city_has_the_numbers_of_the_chapters(self, nanchang, whole):
        activities = participation.rates(participation.activities_of(nanchang))
        chapter = activities[(activities["measure"] == "participation_rate") & (activities["wave"] == "second")].iloc[0]
        own = whole[whole["measure"] == "participation_rate"].iloc[0]
        assert (
            own[["estimate", "se", "low", "high", "n"]].tolist()
            == chapter[["estimate", "se", "low", "high", "n"]].tolist()
        )
        rated = likert.satisfied(questionnaire_of(nanchang)).table.set_index("item")["estimate"]
        shown = whole[whole["measure"] == "satisfied_share"].set_index("item")["estimate"]
        assert shown.to_dict() == pytest.approx(rated.to_dict(), rel=1e-12)

    def test_direct_estimates_are_those_that_the_model_rests_on(self, nanchang, everybody):
        areas = small_areas.areas(nanchang, "second").set_index(["measure", "community_id"])["estimate"]
        rows = everybody[(everybody["measure"] == "participation_rate") & (everybody["scope"] == "community")]
        own = rows.set_index("community_id")["estimate"]
        assert own.to_dict() == pytest.approx(areas["direct_participation_rate"].to_dict())

    def test_every_question_is_of_the_last_wave_in_which_it_was_asked(self, everybody):
        waves = everybody.groupby("measure")["wave"].first()
        assert (waves["participation_rate"], waves["satisfied_share"]) == ("second", "first")

    def test_a_wave_can_be_chosen_and_what_it_did_not_ask_is_not_shown(self, nanchang):
        rows = measures.of_communities(nanchang, measures.asked_of(nanchang, "second"))
        assert "participation_rate" in set(rows["measure"])
        assert "satisfied_share" not in set(rows["measure"])

    def test_a_page_takes_its_rows_from_those_of_all_communities(self, nanchang, everybody):
        (page_of,) = profile.profiles(nanchang, ["C05"])
        own = page_of.rows[page_of.rows["community_id"] == "C05"]
        same = everybody[everybody["community_id"] == "C05"]
        assert own["measure"].tolist() == same["measure"].tolist()
        assert own["estimate"].tolist() == pytest.approx(same["estimate"].tolist(), abs=0.0501, nan_ok=True)

    def test_a_team_is_counted_by_its_own_roster(self, nanchang, everybody):
        people = nanchang.table("roster")
        counts = people[people["term"] == "2018"].groupby("community_id").size().to_dict()
        rows = everybody[(everybody["measure"] == "staff_count") & (everybody["term"] == "2018")]
        assert rows.set_index("community_id")["estimate"].to_dict() == counts

    def test_ranks_overlap_with_those_that_share_a_rank(self):
        ranks = pd.DataFrame(
            {"community_id": list("ABCD"), "low": [1, 2, 3, 4], "high": [2, 3, 3, 4.0], "window": "2018"}
        )
        found = measures._overlaps(ranks).set_index("community_id")["estimate"].to_dict()
        assert found == {"A": 1, "B": 2, "C": 1, "D": 0}

    @pytest.mark.parametrize("name", ["c01", "C1", "", *HOSTILE])
    def test_an_unknown_community_is_refused_with_the_nearest_name(self, nanchang, name):
        with pytest.raises(StudyError) as refused:
            next(profile.profiles(nanchang, [name]))
        assert refused.value.key == "unknown_community"

    def test_an_unknown_wave_is_refused(self, nanchang):
        with pytest.raises(StudyError, match="first"):
            measures.asked_of(nanchang, "frist")

    def test_a_community_without_respondents_has_no_rows_of_the_survey(self, nanchang):
        tables = dict(nanchang.reading.tables)
        people = tables["respondents"]
        tables["respondents"] = people[people["community_id"] != "C01"].reset_index(drop=True)
        for name in ("participation", "satisfaction"):
            known = tables[name]["respondent_id"].isin(tables["respondents"]["respondent_id"])
            tables[name] = tables[name][known].reset_index(drop=True)
        lacking = replace(nanchang, reading=nanchang.reading._replace(tables=tables))
        (page_of,) = profile.profiles(lacking, ["C01"])
        rows = page_of.rows[page_of.rows["community_id"] == "C01"]
        assert page_of.respondents == {"participation": 0, "satisfaction": 0}
        assert "staff_count" in set(rows["measure"])
        assert not set(rows["measure"]) & {"participation_rate", "satisfied_share", "small_area_participation_rate"}
        assert rows.loc[rows["measure"] == "index_rank", "reason"].tolist() == ["indicator_missing"]


class TestOneValue:
    """What a page is made from."""

    @pytest.fixture
    def handed_over(self, monkeypatch):
        monkeypatch.setattr(prepared, "_handed", [])
        return prepared.hand_over

    def test_it_is_small_and_holds_no_persons(self, pages_of):
        assert pages_of["C01"].study.reading.tables == {}
        assert not len(pages_of["C01"].study.reading.quarantine)
        assert len(pickle.dumps(pages_of["C01"])) < 200_000

    def test_it_is_the_same_by_itself_and_among_all(self, nanchang, pages_of):
        (alone,) = profile.profiles(nanchang, ["C05"])
        pd.testing.assert_frame_equal(alone.rows, pages_of["C05"].rows)
        assert replace(alone, rows=None, study=None) == replace(pages_of["C05"], rows=None, study=None)

    def test_a_process_uses_what_it_was_handed_where_it_fits(self, pages_of, handed_over, monkeypatch):
        given = pages_of["C02"]
        handed_over(given)
        monkeypatch.setattr(profile.studies, "open", lambda *_: pytest.fail("opened files"))
        assert profile.opened("nanchang", "", "C02") is given
        assert profile.opened(str(given.study.folder), str(given.study.data), "C02") is given

    @pytest.mark.parametrize(
        ("community", "wave", "data_dir"), [("C03", "", ""), ("C02", "first", ""), ("C02", "", "data/raw/nanchang")]
    )
    def test_what_does_not_fit_is_computed(self, pages_of, handed_over, community, wave, data_dir):
        handed_over(replace(pages_of["C02"], study=replace(pages_of["C02"].study, data=study.ROOT / "elsewhere")))
        made = profile.opened("nanchang", str(study.ROOT / data_dir) if data_dir else "", community, wave)
        assert (made.community, made.wave) == (community, wave)

    def test_numbers_are_as_they_are_printed(self, nanchang, pages_of):
        words = Wording(nanchang.catalogue, "en")
        for _, row in pages_of["C01"].rows.iterrows():
            unit = nanchang.catalogue.unit(row["unit"])
            for value in (row["estimate"], row["low"], row["high"]):
                if np.isfinite(value):
                    printed = re.sub(r"[^−\d.]", "", words.number(value, row["unit"])).replace("−", "-")
                    assert float(printed) == pytest.approx(value * unit["factor"], abs=1e-9)

    def test_a_page_does_not_change_with_another_community_by_less_than_it_shows(self, nanchang, pages_of):
        """One resident more among 55,184: 96 staff are 17.39603 per ten thousand instead of 17.39635, both printed 17.4."""
        places = nanchang.table("communities")
        more = places["residents"].where(places["community_id"] != "C12", places["residents"] + 1)
        tables = nanchang.reading.tables | {"communities": places.assign(residents=more)}
        changed = replace(nanchang, reading=nanchang.reading._replace(tables=tables))
        (own,) = profile.profiles(changed, ["C01"])
        pd.testing.assert_frame_equal(own.rows, pages_of["C01"].rows)

    def test_an_interval_that_printed_holds_0_holds_it(self, nanchang):
        row = pd.DataFrame({"measure": ["satisfied_share"], "estimate": [0.1], "low": [0.0004], "high": [0.2], "n": 50})
        rows = arranged(row.assign(unit="points", table="satisfaction"))
        assert standings.apart(rows).tolist() == ["above"]
        assert standings.apart(profile._as_shown(rows, nanchang.catalogue)).tolist() == ["undecided"]

    def test_hidden_values_are_not_in_it(self, nanchang):
        protected = replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))
        (own,) = profile.profiles(protected, ["C01"])  # its team has 7 persons
        hidden = own.rows[own.rows["reason"] == "hidden"]
        assert "staff_count" in set(hidden["measure"])
        assert hidden[disclosure.VALUES].isna().all(axis=None)

    def test_it_says_what_the_study_tells_of_the_community(self, nanchang, pages_of):
        place = nanchang.table("communities").set_index("community_id").loc["C01"]
        told = pages_of["C01"].description
        assert (told["community_name"], told["residents"]) == (place["community_name"], place["residents"])
        people = nanchang.table("respondents")
        of_c01 = people[people["community_id"] == "C01"].groupby("wave").size()
        assert pages_of["C01"].respondents == {"participation": of_c01["second"], "satisfaction": of_c01["first"]}


class TestWhatIsWithheld:
    ROWS = compared({"A": [1] * 3 + [0] * 40, "B": [1, 0] * 60, "C": [1, 0] * 70})

    def test_with_a_small_cell_its_difference_is_hidden_and_the_next_community_from_which_it_would_follow(self):
        shown = disclosure.released(self.ROWS, "residents").set_index("community_id")
        for community, reason in (("A", "hidden"), ("B", "hidden"), ("C", "")):
            assert shown.loc[community, "reason"].tolist() == [reason, reason]
            assert shown.loc[community, "estimate"].isna().all() == (reason == "hidden")

    def test_nothing_is_said_of_a_hidden_cell(self, nanchang):
        shown = disclosure.released(self.ROWS[self.ROWS["community_id"] == "A"].assign(item="safety"), "residents")
        for language in ("zh", "en"):
            words = Wording(nanchang.catalogue, language)
            facts = standings.told(shown, words)
            none = words.text("standing_none")
            assert (facts["above"], facts["below"], facts["hidden"], facts["compared"]) == (none, none, "1", "0")


class TestWords:
    def test_a_difference_whose_interval_holds_0_is_undecided(self):
        ends = pd.DataFrame({"low": [-0.1, 0.01, -0.3, np.nan], "high": [0.1, 0.2, -0.1, np.nan], "reason": ""})
        assert standings.apart(ends).tolist() == ["undecided", "above", "below", "unknown"]

    def test_both_languages_carry_the_same_numbers(self, nanchang, of_c01):
        zh, en = (standings.told(of_c01, Wording(nanchang.catalogue, language)) for language in ("zh", "en"))
        for key in zh:
            assert re.findall(r"[−\d.]+", zh[key]) == re.findall(r"[−\d.]+", en[key])

    def test_all_differences_are_counted_once(self, nanchang, of_c01):
        facts = standings.told(of_c01, Wording(nanchang.catalogue, "en"))
        kinds = standings.apart(of_c01[of_c01["scope"] == "difference"]).value_counts()
        assert int(facts["compared"]) == 15  # any activity, acts, 4 activities, 7 items, dissatisfied, score
        assert int(facts["undecided"]) == kinds["undecided"]

    def test_a_name_is_shown_as_it_is_on_one_line(self):
        assert verbatim("a\n# *b*") == r"a \# \*b\*"
        assert str(html.MARKDOWN(verbatim("<b> [x](javascript:y)"))).strip() == "<p>&lt;b&gt; [x](javascript:y)</p>"


KINDS = {
    "participation": (profiles.beside_city, ["participation_rate", "activity_rate"], {}),
    "satisfaction": (profiles.beside_city, ["satisfied_share"], {}),
    "ledgers": (profiles.over_years, ["ledgers_per_community"], {"panels": "ledger_form"}),
    "ranks": (profiles.ranks, ["index_rank"], {"count": 12}),
    "small_areas": (profiles.modelled, ["participation_rate", "small_area_participation_rate"], {}),
}


def drawn(table, words, draw, options):
    with figures.house_style():
        figure = draw(table, words, **options)
        figure.draw_without_rendering()
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


class TestFigures:
    @pytest.mark.parametrize("kind", KINDS)
    def test_the_numbers_are_the_same_in_both_languages(self, nanchang, of_c01, kind):
        draw, measures, options = KINDS[kind]
        table = of_c01[of_c01["measure"].isin(measures)]
        found = [drawn(table, Wording(nanchang.catalogue, language), draw, options) for language in ("zh", "en")]
        named = [[text.removesuffix("年") for text in texts] for texts in found]
        numbers = [sorted(text for text in texts if re.fullmatch(r"[−–\d.,%]+", text)) for texts in named]
        assert numbers[0] == numbers[1] != []

    @pytest.mark.parametrize("kind", KINDS)
    def test_hidden_values_of_the_community_do_not_stop_it(self, nanchang, of_c01, kind):
        draw, measures, options = KINDS[kind]
        table = of_c01[of_c01["measure"].isin(measures)]
        hidden = table["community_id"].eq("C01") & (kind != "ranks")
        values = {column: table[column].mask(hidden) for column in disclosure.VALUES}
        shown = table.assign(**values, reason=table["reason"].mask(hidden, "hidden"))
        drawn(shown, Wording(nanchang.catalogue, "en"), draw, options)

    def test_a_name_that_looks_like_mathematics_is_drawn_as_it_is(self, nanchang):
        rows = arranged(
            pd.DataFrame({"item": ["$x_{", "$(rm)$"], "estimate": [0.2, 0.4], "n": 50.0}).assign(
                measure="satisfied_share", unit="proportion", table="satisfaction", scope="community"
            )
        )
        words = Wording(nanchang.catalogue, "en")
        levels = {**nanchang.catalogue.levels, "item": {name: {"zh": name, "en": name} for name in rows["item"]}}
        words = replace(words, catalogue=replace(nanchang.catalogue, levels=levels))
        assert {"$x_{", "$(rm)$"} <= set(drawn(rows, words, profiles.beside_city, {}))

    def test_a_figure_is_saved_the_same_each_time(self, nanchang, of_c01, tmp_path, monkeypatch):
        monkeypatch.setattr(page, "display", lambda bundle, raw: None)
        table = of_c01[of_c01["measure"] == "satisfied_share"]
        for place in ("first", "second"):
            open_page(nanchang, "zh", tmp_path / place).figure("profile_satisfaction", profiles.beside_city, table)
        first, second = (tmp_path / place / "figures/profile_satisfaction.zh.svg" for place in ("first", "second"))
        assert first.read_bytes() == second.read_bytes()


class TestWhatANotebookShows:
    def test_a_saved_figure_is_beside_the_page_and_only_an_unsaved_one_is_also_a_picture(
        self, nanchang, of_c01, tmp_path, monkeypatch
    ):
        shown = []
        monkeypatch.setattr(page, "display", lambda bundle, raw: shown.append(bundle))
        table = of_c01[of_c01["measure"] == "satisfied_share"]
        for output in (tmp_path, ""):
            open_page(nanchang, "zh", output).figure("profile_satisfaction", profiles.beside_city, table)
        saved, unsaved = shown
        assert {*unsaved} - {*saved} == {"image/png"}
        assert saved["image/svg+xml"] == unsaved["image/svg+xml"]


class TestTheCommand:
    @pytest.fixture
    def call(self, monkeypatch, tmp_path):
        given = []
        monkeypatch.setattr(pages, "run", lambda *told: given.append(told) or NotebookNode(cells=[]))
        out = tmp_path / "reports"

        def called(*arguments):
            told = ["profile", *map(str, arguments), "--out", str(out)]
            result = CliRunner().invoke(cli.main, told, env={"LANG": "C.UTF-8"})
            assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
            return result, given

        yield called
        gc.collect()

    def test_it_writes_a_page_in_each_language_and_format_and_names_the_community(self, call, tmp_path):
        result, given = call("nanchang", "C02", "--lang", "en,zh", "--to", "xlsx")
        folder = tmp_path / "reports" / "C02"
        assert result.exit_code == 0
        of_each = {f"{name}.{language}.{kind}" for name, kind in PAGE for language in ("en", "zh")}
        assert {path.name for path in folder.iterdir()} == {*of_each, "provenance.json"}
        assert result.stdout.endswith("index.en.html\n")
        assert "<title>C02 · " in (folder / "index.en.html").read_text("utf-8")
        assert {(path.stem, told["community"], handed.community) for path, _, told, handed in given} == {
            ("community_profile", "C02", "C02")
        }

    def test_an_unknown_community_is_refused_with_the_nearest_name_and_nothing_written(self, call, tmp_path):
        result, given = call("nanchang", "c02")
        assert (result.exit_code, given) == (2, [])
        assert "no community 'c02'" in result.stderr
        assert "Did you mean 'C02'?" in result.stderr
        assert not (tmp_path / "reports").exists()

    def test_a_page_of_one_wave_stands_apart_from_a_community_of_that_name(self):
        assert order("nanchang").out.name == "nanchang.communities"
        assert order("nanchang", wave="first").out.name.startswith("nanchang.communities.first")

    @pytest.mark.parametrize("name", HOSTILE)
    def test_a_hostile_name_stays_in_its_folder_and_is_data(self, call, make_study, roster_text, tmp_path, name):
        quoted = '"' + name.replace('"', '""') + '"'
        folder = make_study(roster_text.replace("C1,", f"{quoted},"))
        result, given = call(folder, name, "--lang", "en", "--to", "docx,pdf,xlsx,tex")
        assert result.exit_code == 0, result.stderr
        (place,) = (path for path in (tmp_path / "reports").iterdir() if (path / "index.en.html").is_file())
        assert re.fullmatch(r"[\w-]+", place.name)
        assert given[0][2]["community"] == name
        text = (place / "index.en.html").read_text("utf-8")
        assert "<b>b</b>" not in text


def test_names_of_folders_are_safe_and_no_two_alike():
    names = [
        *HOSTILE,
        "C01",
        "c01",
        "CON",
        "-RF",
        "é",
        "e\u0301",
        "合成社区01",
        "a b",
        "a_b",
        "a/b",
        "a\nb",
        "..",
        "x" * 300,
        "x" * 301,
    ]
    made = [folders.safe_name(name) for name in names]
    assert len({one.casefold() for one in made}) == len(names)
    assert all(re.fullmatch(r"[\w-]{1,80}", name) for name in made)
    assert folders.safe_name("C01") == "C01"
    assert folders.safe_name("合成社区01") == "合成社区01"


def test_the_notebook_takes_a_hostile_name_as_data(make_study, roster_text, tmp_path, monkeypatch):
    name = "'); import os; os.mkdir('pwned') # $(touch pwned) *a* <b>"
    folder = make_study(roster_text.replace("C1,", f'"{name}",'))
    monkeypatch.chdir(tmp_path)
    given = {"study": str(folder), "language": "en", "community": name, "output_dir": str(tmp_path / "out")}
    executed = run.run(reports.NOTEBOOKS / "community_profile.ipynb", tmp_path / "executed.ipynb", given)
    assert not list(tmp_path.rglob("pwned"))
    shown = [("community_profile", blocks.of_notebook(executed))]
    body = html.page(report_of(study.open(str(folder)), "en", ["en"], shown))
    assert "mkdir(&#39;pwned&#39;)" in body or "mkdir('pwned')" in body
    assert "<b>" not in body
    gc.collect()


def test_the_notebook_shows_enough_for_a_page_of_a_community():
    """At least 6 figures and 5 tables, on which the batch is measured: as committed, for the default community."""
    cells = nbformat.read(reports.NOTEBOOKS / "community_profile.ipynb", as_version=4).cells
    shown = [{*output.data} for cell in cells for output in cell.get("outputs", [])]
    assert sum("image/svg+xml" in kinds for kinds in shown) >= 6
    assert sum("text/html" in kinds for kinds in shown) >= 5


@pytest.mark.parametrize("count", [3, 12, 13, 100, 101, 1000, 1234, 25000])
def test_ticks_of_ranks_are_round_and_do_not_touch(count):
    ticks = profiles._places(count)
    assert (ticks[0], ticks[-1]) == (1, count)
    assert min(np.diff(ticks[1:])) >= max(1, count // 50)
    assert len(ticks) <= 14
