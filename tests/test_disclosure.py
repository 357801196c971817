"""Small cells stay inside: thresholds on both sides, and every way out of a page. Rules: METHODS §7, primary."""

import warnings
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from analysis import turnover
from analysis.catalogue import entries
from analysis.measure import arranged
from analysis.registers import quotients
from analysis.reporting import figures, open_page, page
from analysis.reporting.disclosure import VALUES, released
from analysis.settings import Term
from analysis.turnover.roster import Roster


def share(numerator, denominator, **more):
    """One row: a share of women."""
    groups = pd.DataFrame({"term": ["2018"], "numerator": [numerator], "denominator": [denominator], **more})
    return quotients("female_share", groups, unit="proportion", table="roster")


def is_hidden(table, sensitivity="staff"):
    rows = released(table, sensitivity)
    hidden = rows["reason"] == "hidden"
    assert rows.loc[hidden, VALUES].isna().all(axis=None)
    assert rows.loc[~hidden, "estimate"].equals(table.loc[~hidden, "estimate"])
    return bool(hidden.iloc[0])


@pytest.mark.parametrize(
    ("numerator", "denominator", "hidden"),
    [
        pytest.param(9, 100, True, id="nine are hidden"),
        pytest.param(10, 100, False, id="ten are shown"),
        pytest.param(1, 100, True, id="one is hidden"),
        pytest.param(91, 100, True, id="nine who remain are hidden"),
        pytest.param(90, 100, False, id="ten who remain are shown"),
        pytest.param(0, 29, True, id="none of 29 is hidden"),
        pytest.param(0, 30, False, id="none of 30 is shown"),
        pytest.param(29, 29, True, id="all of 29 are hidden"),
        pytest.param(30, 30, False, id="all of 30 are shown"),
        pytest.param(4, 9, True, id="a group of nine is hidden"),
    ],
)
def test_a_share_of_staff(numerator, denominator, hidden):
    assert is_hidden(share(numerator, denominator)) is hidden


@pytest.mark.parametrize(
    ("sensitivity", "hidden"),
    [("residents", True), ("staff", True), ("public_office", False), ("public", False), ("synthetic", False)],
)
def test_only_residents_and_staff_are_protected(sensitivity, hidden):
    assert is_hidden(share(3, 100), sensitivity) is hidden


def row(measure, unit, estimate, n, **more):
    facts = {"measure": measure, "unit": unit, "estimate": estimate, "n": n, "term": "2018", "table": "roster", **more}
    return arranged(pd.DataFrame([facts]))


@pytest.mark.parametrize(("n", "hidden"), [(9, True), (10, False)])
@pytest.mark.parametrize(
    ("measure", "unit"),
    [("mean_age", "years"), ("staff_count", "count"), ("education_blau", "index"), ("posts_held", "posts")],
)
def test_whatever_rests_on_fewer_than_ten_persons_is_hidden(measure, unit, n, hidden):
    assert is_hidden(row(measure, unit, 1.5, n)) is hidden


@pytest.mark.parametrize(("leavers", "hidden"), [(9, True), (10, False), (40, False)])
def test_few_leavers_are_hidden(leavers, hidden):
    assert is_hidden(row("leaver_rate", "rate", leavers / 50, 80, numerator=leavers, denominator=50)) is hidden


def test_a_small_net_loss_is_hidden_as_a_small_gain_is():
    for change in (-5, 5):
        assert is_hidden(row("net_change_rate", "rate", change / 50, 80, numerator=change, denominator=50))


def test_rows_are_kept_and_what_is_hidden_says_so():
    table = pd.concat([share(3, 100), share(50, 100).assign(term="2015", window="2015")], ignore_index=True)
    shown = released(table, "staff")
    assert len(shown) == 2
    assert shown["reason"].tolist() == ["hidden", ""]
    assert shown["term"].tolist() == ["2018", "2015"]
    assert list(shown) == list(table)


def test_counts_of_persons_left_out_are_masked_below_ten():
    table = share(50, 100, excluded=["birth_date unknown 9; birth_date refused 10; sex not_recorded 12; sex refused 1"])
    masked = released(table, "staff")["excluded"].iloc[0]
    assert masked == "birth_date unknown <10; birth_date refused 10; sex not_recorded 12; sex refused <10"
    assert released(table, "synthetic")["excluded"].equals(table["excluded"])


@pytest.mark.parametrize(("women", "men"), [pytest.param(3, 60, id="three women"), pytest.param(60, 3, id="three men")])
def test_a_sex_ratio_that_tells_of_few_women_or_men_is_hidden(women, men):
    groups = pd.DataFrame({"term": ["2018"], "numerator": [100 * men], "denominator": [women], "n": [women + men]})
    assert is_hidden(quotients("sex_ratio", groups, unit="per_100", table="roster"))


def test_the_counts_of_an_undefined_estimate_are_hidden_too():
    groups = pd.DataFrame({"term": ["2018"], "numerator": [400], "denominator": [0], "n": [4]})
    shown = released(quotients("sex_ratio", groups, unit="per_100", table="roster"), "staff")  # four men, no women
    assert shown[["n", "numerator", "denominator"]].isna().all(axis=None)


def test_all_of_a_small_team_being_new_is_hidden_however_many_left():
    people = [("A", f"old{i}", "T1") for i in range(20)] + [("A", f"new{i}", "T2") for i in range(20)]
    terms = {"T1": Term(start="2015-07-01", end="2018-07-01"), "T2": Term(start="2018-07-01", end="2021-07-01")}
    roster = Roster(pd.DataFrame(people, columns=["community_id", "person_id", "term"], dtype="str"), terms)
    rates = turnover.rates(roster)
    assert is_hidden(rates[rates["measure"] == "renewal_rate"])  # 20 of 20


def test_the_only_hidden_level_of_a_whole_does_not_follow_from_the_others():
    groups = pd.DataFrame(
        {"term": "2018", "education": ["primary", "bachelor", "master"], "numerator": [5, 50, 40], "denominator": 95}
    )
    shown = released(quotients("education_share", groups, unit="proportion", table="roster"), "staff")
    assert (shown["reason"] == "hidden").sum() != 1  # 95 − 50 − 40 = 5


def test_hidden_leavers_do_not_follow_from_the_other_rates():
    people = [("A", f"p{i}", term) for term, numbers in (("T1", range(0, 50)), ("T2", range(5, 70))) for i in numbers]
    terms = {"T1": Term(start="2015-07-01", end="2018-07-01"), "T2": Term(start="2018-07-01", end="2021-07-01")}
    roster = Roster(pd.DataFrame(people, columns=["community_id", "person_id", "term"], dtype="str"), terms)
    shown = released(turnover.rates(roster), "staff").set_index("measure")["numerator"]
    assert np.isnan(shown["leaver_rate"])  # five left, twenty came
    assert shown["reallocation_rate"] - shown["accession_rate"] != 5


def women_of_communities(**numbers):
    """Women among the hundred staff of each community, and where each lies: A1 to A3 in street A, B1 and B2 in street B."""
    groups = pd.DataFrame(
        {"community_id": [*numbers], "term": "2018", "numerator": numbers.values(), "denominator": 100}
    )
    return quotients("female_share", groups, unit="proportion", table="roster")


def hidden_communities(table, **streets):
    places = pd.DataFrame({"community_id": [*streets], "subdistrict": [*streets.values()]}, dtype="str")
    shown = released(table, "staff", places)
    return shown.loc[shown["reason"] == "hidden", "community_id"].tolist()


def test_the_only_hidden_community_does_not_follow_from_all_and_the_others():
    table = women_of_communities(A1=4, A2=60, A3=30)
    assert hidden_communities(table) == ["A1", "A3"]  # 94 in all, less 60, are 34 in two of them
    assert hidden_communities(women_of_communities(A1=40, A2=60, A3=30)) == []


def test_the_only_hidden_community_of_a_street_does_not_follow_from_the_street_and_the_others():
    table = women_of_communities(A1=4, A2=60, A3=30, B1=5, B2=50)
    streets = {"A1": "A", "A2": "A", "A3": "A", "B1": "B", "B2": "B"}
    assert hidden_communities(table) == ["A1", "A3", "B1"]  # A1 and B1 alone would be 9 together
    assert hidden_communities(table, **streets) == ["A1", "A3", "B1", "B2"]  # but 55 of street B less 50 are 5


def test_a_rate_that_goes_with_a_hidden_one_takes_its_like_of_another_community_with_it():
    people = [
        (community, f"{community}{i}", term)
        for community, gone, come in (("A", 5, 20), ("B", 20, 20), ("C", 30, 30))
        for term, numbers in (("T1", range(100)), ("T2", range(gone, 100 + come)))
        for i in numbers
    ]
    terms = {"T1": Term(start="2015-07-01", end="2018-07-01"), "T2": Term(start="2018-07-01", end="2021-07-01")}
    roster = Roster(pd.DataFrame(people, columns=["community_id", "person_id", "term"], dtype="str"), terms)
    shown = released(turnover.rates(roster, ["community_id"]), "staff").set_index(["measure", "community_id"])["reason"]
    for measure in ("leaver_rate", "accession_rate", "reallocation_rate"):
        assert (shown[measure] == "hidden").tolist().count(True) == 2, measure


def test_a_page_knows_the_street_of_a_community(of_staff):
    ids = of_staff.table("communities")["community_id"]
    by_street = of_staff.table("communities").groupby("subdistrict")["community_id"].agg(list)
    numbers = dict.fromkeys(ids, 50) | {by_street.iloc[0][0]: 4, by_street.iloc[1][0]: 5}
    shown = open_page(of_staff, "en").released(women_of_communities(**numbers))
    hidden = shown.loc[shown["reason"] == "hidden", "community_id"]
    assert [len({*hidden} & {*street}) for street in by_street] == [2, 2, 0, 0]


# What a study is about


@pytest.fixture
def of_staff(nanchang):
    """The synthetic study, were its data not synthetic."""
    return replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))


def test_synthetic_data_are_of_no_person(nanchang):
    assert {nanchang.sensitivity(table) for table in nanchang.catalogue.tables()} == {"synthetic"}


def test_else_a_table_is_about_what_the_catalogue_says(of_staff):
    assert {of_staff.sensitivity(table) for table in ("roster", "candidacies", "posts")} == {"staff"}
    assert of_staff.sensitivity("respondents") == "residents"
    assert of_staff.sensitivity("ledgers") == "public"


def test_a_study_may_say_otherwise(of_staff):
    settings = of_staff.settings.model_copy(update={"sensitivity": {"roster": "public_office"}})
    assert replace(of_staff, settings=settings).sensitivity("roster") == "public_office"


# Every way out. The hidden row: 7 of 123, 5.7 %; the one beside it: 61 of 127, 48.0 %.

SECRETS = ("5.7", "0.0569", "123")
SHOWN = "48.0%"


@pytest.fixture
def table():
    groups = pd.DataFrame({"term": ["2015", "2018"], "numerator": [7, 61], "denominator": [123, 127]})
    return quotients("renewal_rate", groups, unit="proportion", table="roster")


@pytest.fixture
def shows(monkeypatch):
    """What a page shows, collected."""
    bundles = []
    monkeypatch.setattr(page, "display", lambda bundle, raw: bundles.append(bundle))
    return bundles


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_table_of_staff_says_so_and_saves_no_hidden_number(of_staff, table, shows, tmp_path, language):
    open_page(of_staff, language, tmp_path).table("turnover", table)
    (bundle,) = shows
    saved = (tmp_path / f"tables/turnover.{language}.csv").read_text(encoding="utf-8-sig")
    for text in (bundle["text/html"], bundle["text/plain"]):
        assert entries("words")["hidden"][language] in text
        assert SHOWN in text
    assert of_staff.catalogue.text("hidden", language) in saved
    assert "61,127" in saved
    for text in (*map(str, bundle.values()), saved):
        assert not [secret for secret in SECRETS if secret in text.replace(SHOWN, "")]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_figure_of_staff_draws_and_describes_no_hidden_number(of_staff, table, shows, tmp_path, language):
    drawn = []

    def draw(rows, words):
        drawn.append(figures.over_terms(rows, words))
        return drawn[0]

    open_page(of_staff, language, tmp_path).figure("renewal", draw, table)
    texts = " ".join(text.get_text() for text in drawn[0].findobj(Text))
    (bundle,) = shows
    svg = (tmp_path / f"figures/renewal.{language}.svg").read_text(encoding="utf-8")
    description = svg[svg.index("<desc") : svg.index("</desc>")]
    assert entries("words")["hidden"][language] in description
    for text in (texts, description, bundle["text/plain"]):
        assert SHOWN in text
        assert not [secret for secret in SECRETS if secret in text]
    assert not [secret for secret in ("5.7%", "123") if f"<!-- {secret}" in svg]


def test_a_sentence_says_that_a_number_is_hidden(of_staff, table):
    opened = open_page(of_staff, "en")
    assert opened.value(table, term="2015") == of_staff.catalogue.text("hidden", "en")
    assert opened.value(table, term="2018") == SHOWN
    assert opened.value(table, term="1999") == "–"


def test_the_same_table_of_synthetic_data_is_shown_whole_and_says_what_it_is(nanchang, table, shows, tmp_path):
    opened = open_page(nanchang, "en", tmp_path)
    opened.table("turnover", table)
    assert opened.value(table, term="2015") == "5.7%"
    assert "5.7%" in shows[0]["text/html"]
    assert "Synthetic" in shows[0]["text/html"]
    assert "Synthetic" in (tmp_path / "tables/turnover.en.csv").read_text(encoding="utf-8-sig")


def test_a_page_without_a_folder_saves_nothing(of_staff, table, shows, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        open_page(of_staff, "zh").table("turnover", table)
    assert not list(tmp_path.iterdir())
