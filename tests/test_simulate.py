"""The synthetic Nanchang study: made to the paper's figures (N01 … N28), for any seed, and read without loss."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

from analysis import simulate, study
from analysis.catalogue import base
from analysis.errors import StudyError
from analysis.simulate import __main__ as simulate_main
from analysis.simulate import province
from analysis.simulate.quotas import TERMS
from analysis.simulate.residents import ANSWER_SHARES

DATA = study.ROOT / "data" / "raw" / "nanchang"
SEEDS = (simulate.SEED, 1, 2)


@pytest.fixture(scope="module", params=SEEDS, ids="seed {}".format)
def made(request):
    return simulate.simulate(request.param)


def teams(made):
    """Persons of each term as (community, person): whoever is listed, and whoever was there on the first day."""
    roster = made.tables["roster"]
    first_day = pd.to_datetime(roster["term"].map(TERMS))
    for rows in (roster, roster[roster["start"] <= first_day]):
        yield {term: set(zip(one["community_id"], one["person_id"], strict=True)) for term, one in rows.groupby("term")}


def staff(made, subdistrict):
    """The staff of a subdistrict with their age in completed years on the first day of the term."""
    roster = made.tables["roster"].merge(made.tables["communities"][["community_id", "subdistrict"]])
    rows = roster[roster["subdistrict"] == subdistrict]
    day = pd.to_datetime(rows["term"].map(TERMS))
    born = rows["birth_date"]
    had_birthday = (day.dt.month * 100 + day.dt.day) >= (born.dt.month * 100 + born.dt.day)
    return rows.assign(age=day.dt.year - born.dt.year - (~had_birthday).astype(int)).groupby("term")


def weighted(values, weights):
    return float(np.average(values.astype(float), weights=weights.astype(float)))


# Teams


def test_n01_n02_twelve_communities_have_eight_staff_each_on_average(made):
    listed, on_the_first_day = teams(made)
    assert len(made.tables["communities"]) == 12
    assert [len(team) / 12 for team in listed.values()] == [8, 8, 8]
    assert {round(len(team) / 12) for team in on_the_first_day.values()} == {8}
    assert all(len({community for community, _ in team}) == 12 for team in on_the_first_day.values())


def test_n03_fewer_than_a_quarter_serve_two_terms_on_both_bases_and_n04_most_of_every_new_team_is_new(made):
    for team in teams(made):
        for before, after in (("2012", "2015"), ("2015", "2018")):
            stayed = len(team[before] & team[after])
            assert 0.15 < stayed / len(team[before]) < 0.25
            assert 0.15 < stayed / len(team[after]) < 0.25
            assert len(team[after] - team[before]) / len(team[after]) > 0.5


def test_n03_holds_where_a_move_to_a_sister_community_counts_as_staying(made):
    people = {term: {person for _, person in team} for term, team in next(teams(made)).items()}
    assert len(people["2012"] & people["2015"]) / len(people["2012"]) < 0.25
    assert len(people["2015"] & people["2018"]) / len(people["2018"]) < 0.25


def test_one_person_of_each_subdistrict_comes_back_after_a_term(made):
    listed = next(teams(made))
    assert len((listed["2012"] & listed["2018"]) - listed["2015"]) == 4


def test_n05_a_large_majority_are_women(made):
    assert made.tables["roster"].groupby("term")["sex"].agg(lambda sex: (sex == "female").mean()).min() > 2 / 3


def test_n06_xujiafang_has_one_party_affairs_worker_with_several_posts(made):
    for _, rows in staff(made, "徐家坊街道"):
        workers = rows[rows["role"] == "party_affairs_worker"]
        assert (len(workers), workers["posts_held"].min() > 1) == (1, True)


def test_n07_the_deputy_is_vacant_in_four_communities_of_xujiafang_and_nowhere_else(made):
    posts = made.tables["posts"].merge(made.tables["communities"][["community_id", "subdistrict"]])
    vacant = posts[(posts["role"] == "deputy_party_secretary") & (posts["filled"] < posts["established"])]
    assert vacant[["subdistrict", "term"]].value_counts().to_dict() == {("徐家坊街道", "2015"): 4}


def test_n08_n09_xujiafang_in_every_term(made):
    for _, rows in staff(made, "徐家坊街道"):
        assert rows["education"].isin(["junior_college", "bachelor"]).mean() == 10 / 32  # 31 %
        assert (rows["age"] >= 45).mean() == 18 / 32  # 56 %


def test_n10_n11_n12_n13_qingyunpu_in_every_term(made):
    for _, rows in staff(made, "青云谱镇"):
        members = rows[rows["is_party_member"]]
        assert ((members["age"] < 35).sum(), (members["age"] >= 50).sum(), len(members)) == (1, 9, 20)  # 9/20 = 45 %
        assert (~rows["education"].isin(["junior_college", "bachelor"])).mean() == 25 / 37  # 68 %
        assert (~rows["skills"].str.contains("computer")).mean() == 26 / 37  # 70 %


def test_the_roster_and_the_posts_say_the_same(made):
    roster = made.tables["roster"]
    first_day = roster[roster["start"] <= pd.to_datetime(roster["term"].map(TERMS))]
    counted = first_day.groupby(["community_id", "role", "term"]).size()
    posts = made.tables["posts"].set_index(["community_id", "role", "term"])
    assert posts["filled"][posts["filled"] > 0].sort_index().astype(int).to_dict() == counted.to_dict()
    assert (posts["filled"] <= posts["established"]).all()
    secretaries = first_day[first_day["role"] == "party_secretary"]
    assert (len(secretaries), secretaries["is_party_member"].all()) == (36, True)


def test_services_begin_before_they_end_and_only_the_last_team_is_in_post(made):
    roster = made.tables["roster"]
    assert (roster["end"].dropna() > roster["start"][roster["end"].notna()]).all()
    assert set(roster["term"][roster["end"].isna()]) == {"2018"}
    by_election = roster["start"] > pd.to_datetime(roster["term"].map(TERMS))
    end_of_term = pd.to_datetime(roster["term"].map({"2012": "2015-07-01", "2015": "2018-07-01", "2018": "2021-07-01"}))
    assert by_election.groupby(roster["term"]).sum().to_dict() == {"2012": 2, "2015": 2, "2018": 2}
    assert (roster["end"] < end_of_term).groupby(roster["term"]).sum().to_dict() == {"2012": 6, "2015": 6, "2018": 6}


# The burden


def test_n14_n15_n16_387_items_are_just_under_four_fifths_and_become_151(made):
    items = made.tables["work_items"]
    administrative = items[items["item_nature"] == "administrative"]
    assert (administrative["is_before"].sum(), administrative["is_after"].sum()) == (387, 151)
    assert 0.75 <= 387 / items["is_before"].sum() < 0.80
    assert administrative["item_fate"].value_counts().idxmax() == "merged"
    own = items[items["item_nature"] == "own"]
    assert own["is_before"].sum() == own["is_after"].sum()


def test_whatever_was_merged_went_into_an_item_that_exists_after(made):
    items = made.tables["work_items"].set_index("item_id")
    merged = items[items["item_fate"] == "merged"]
    assert merged["merged_into"].isin(items.index[items["is_after"]]).all()
    assert items["merged_into"].isna().sum() == len(items) - len(merged)
    assert not merged["is_after"].any()


def test_n17_the_most_burdened_community_keeps_over_300_paper_ledgers(made):
    assert made.tables["ledgers"]["paper_ledgers"].max() > 300


def test_n27_the_administrative_items_are_of_all_four_kinds(made):
    assert set(made.tables["work_items"]["item_kind"].dropna()) == set(base().level_set("item_kind"))


# Residents


def answered(made):
    """First wave: respondents who told their acts of every kind, with the total."""
    acts = (
        made.tables["participation"]
        .query("wave == 'first'")
        .pivot(index="respondent_id", columns="activity", values="acts")
    )
    total = acts.dropna().sum(axis=1).rename("total")
    return made.tables["respondents"].query("wave == 'first'").set_index("respondent_id").join(total, how="inner")


def test_the_sample_is_a_panel_of_two_waves_with_unequal_weights(made):
    rows = made.tables["respondents"]
    waves = {wave: set(one["respondent_id"]) for wave, one in rows.groupby("wave")}
    assert (len(waves["first"]), len(waves["second"]), waves["second"] <= waves["first"]) == (1350, 1050, True)
    assert rows["weight"].nunique() > 12
    assert rows.groupby("stratum")["cluster"].nunique().min() >= 2
    totals = rows.groupby("wave")["weight"].sum()
    adults = (made.tables["communities"]["residents"] * 0.8).astype(int).sum()
    assert totals.to_numpy() == pytest.approx([adults, adults], rel=1e-3)


def test_n18_retired_cadres_party_members_the_hard_up_and_older_women_take_part_more(made):
    rows = answered(made)
    rows["is_older_woman"] = (rows["sex"] == "female") & (rows["birth_year"] <= 2018 - 50)
    takes_part = rows["total"] > 0
    for group in ("is_retired_cadre", "is_party_member", "is_hardship", "is_older_woman"):
        belongs = rows[group].astype(bool)
        inside = weighted(takes_part[belongs], rows["weight"][belongs])
        assert inside > weighted(takes_part, rows["weight"]), group


def test_n19_culture_and_sport_come_before_politics_and_public_benefit(made):
    known = made.tables["participation"].dropna(subset=["acts"])
    rate = (known["acts"] > 0).groupby(known["activity"]).mean()
    assert rate["culture_sport"] > 2 * rate["political"]
    assert rate["culture_sport"] > 2 * rate["public_benefit"]


def test_n20_n21_a_core_that_stays_the_same_does_most_of_it(made):
    rows = answered(made)
    most = rows["total"].sort_values(ascending=False)
    assert most.head(len(most) // 10).sum() / most.sum() > 0.5
    assert made.truth["rate_again"] > made.truth["rate_second"] + 0.1


def test_n28_most_take_part_rarely_or_never(made):
    frequency = made.tables["participation"]["frequency"].dropna()
    passive = frequency.isin(["never", "rarely"]).groupby(made.tables["participation"]["activity"]).mean()
    assert passive.min() > 0.5
    assert made.truth["rate"] < 0.5


def test_the_category_of_frequency_is_that_of_the_acts(made):
    known = made.tables["participation"].dropna(subset=["acts", "frequency"])
    spans = known.groupby("frequency")["acts"].agg(["min", "max"])
    assert spans.loc[["never", "rarely", "sometimes"]].astype(int).to_numpy().tolist() == [[0, 0], [1, 2], [3, 5]]
    assert spans.loc["often", "min"] == 6


@pytest.mark.parametrize("item", ["property_attitude", "property_efficiency"])
def test_n22_just_under_half_are_dissatisfied_with_property_management(made, item):
    scores = made.tables["satisfaction"].query("item == @item").dropna(subset=["score"])
    scores = scores.merge(made.tables["respondents"][["respondent_id", "wave", "weight"]])
    dissatisfied = scores["score"].isin(["very_dissatisfied", "dissatisfied"])
    assert 0.45 <= dissatisfied.mean() < 0.50
    assert 0.45 <= weighted(dissatisfied, scores["weight"]) < 0.50


def test_weighted_estimates_come_near_the_truth(made):
    rows = answered(made)
    assert weighted(rows["total"] > 0, rows["weight"]) == pytest.approx(made.truth["rate"], abs=0.06)
    assert weighted(rows["total"], rows["weight"]) == pytest.approx(made.truth["acts_mean"], rel=0.25)
    scores = made.tables["satisfaction"].dropna(subset=["score"])
    scores = scores.merge(made.tables["respondents"][["respondent_id", "wave", "weight"]])
    for item in ANSWER_SHARES:
        some = scores[scores["item"] == item]
        share = weighted(some["score"].isin(["very_dissatisfied", "dissatisfied"]), some["weight"])
        assert share == pytest.approx(made.truth[f"dissatisfied_{item}"], abs=0.05), item


def test_the_truth_of_the_registers_is_theirs(made):
    truth, listed = made.truth, next(teams(made))
    assert truth["two_term_retention_2012"] == len(listed["2012"] & listed["2015"]) / len(listed["2012"])
    assert truth["renewal_2018"] == len(listed["2018"] - listed["2015"]) / len(listed["2018"])
    assert {key: truth[key] for key in ("deputy_vacant", "items_before", "items_after", "qingyunpu_members")} == {
        "deputy_vacant": 4,
        "items_before": 387,
        "items_after": 151,
        "qingyunpu_members": 20,
    }
    assert truth["xujiafang_college"] == 10 / 32
    assert truth["qingyunpu_members_aged_50"] == 9 / 20


# Files


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The content of every file that the seed makes."""
    folder = tmp_path_factory.mktemp("nanchang")
    simulate.write(folder)
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_committed_files_are_those_that_the_seed_makes(written):
    assert written == {file.name: file.read_bytes() for file in DATA.glob("*.csv")}
    assert sum(map(len, written.values())) < 1_200_000


def test_the_files_that_the_seed_makes_have_the_checksums_of_origin_yml(written, nanchang):
    assert {name: hashlib.sha256(content).hexdigest() for name, content in written.items()} == nanchang.origin.files


def test_the_module_writes_to_the_raw_data_of_the_study(monkeypatch):
    folders = []
    monkeypatch.setattr(simulate_main, "write", folders.append)
    monkeypatch.setattr(simulate_main.answer_sheets, "write", folders.append)
    assert CliRunner().invoke(simulate_main.main, []).exit_code == 0
    assert folders == [DATA, study.ROOT / "data" / "examples"]


def test_files_are_as_a_clerk_writes_them():
    tables = simulate.simulate().tables
    for file in DATA.glob("*.csv"):
        content = file.read_bytes()
        assert not content.startswith(b"\xef\xbb\xbf")
        assert b"\r" not in content
        header = content.decode("utf-8").split("\n", 1)[0].split(",")
        assert header == [base().column(column)["zh"] for column in tables[file.stem] if "_missing" not in column]


def test_the_same_seed_makes_the_same_study_and_another_another():
    first, again, other = simulate.simulate(5), simulate.simulate(5), simulate.simulate(6)
    assert first.truth == again.truth
    for name, table in first.tables.items():
        pd.testing.assert_frame_equal(table, again.tables[name])
    assert not first.tables["roster"].equals(other.tables["roster"])


# The study


def test_the_study_reads_back_what_was_made(nanchang):
    for name, table in simulate.simulate().tables.items():
        read = nanchang.table(name)
        pd.testing.assert_frame_equal(read[list(table)], table)


def test_accepted_and_set_aside_are_what_was_read(nanchang):
    counts = nanchang.reading.counts
    assert len(counts) == 10
    assert (counts["accepted"] + counts["set_aside"] == counts["read"]).all()


TABLES = sorted(file.stem for file in DATA.glob("*.csv"))


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_set_aside(nanchang, table):
    counts = nanchang.reading.counts.set_index("table")
    assert counts.loc[table, "set_aside"] == 0


def test_missing_codes_have_their_reasons(nanchang):
    acts = nanchang.table("participation")["acts_missing"].dropna()
    assert set(acts) == {"dont_know", "not_asked", "not_recorded"}
    assert set(nanchang.table("respondents")["income_missing"].dropna()) == {"refused"}
    assert set(nanchang.table("roster")["end_missing"].dropna()) == {"not_applicable"}


def test_an_unanswered_item_of_satisfaction_is_read_with_its_reason(nanchang):
    read, made = nanchang.table("satisfaction"), simulate.simulate().tables["satisfaction"]
    asked = 1350 * len(ANSWER_SHARES)
    dont_know = round(0.04 * asked)
    refused = round(0.01 * (asked - dont_know))
    assert read["score_missing"].value_counts().to_dict() == {"dont_know": dont_know, "refused": refused}
    assert made["score_missing"].value_counts().to_dict() == {"dont_know": 378, "refused": 91}
    pd.testing.assert_series_equal(read["score_missing"], made["score_missing"])
    assert read["score"].isna().equals(read["score_missing"].notna())


def test_every_community_and_respondent_exists(nanchang):
    communities = set(nanchang.table("communities")["community_id"])
    for name in nanchang.reading.tables:
        if "community_id" in nanchang.table(name):
            assert set(nanchang.table(name)["community_id"]) <= communities, name
    asked = nanchang.table("respondents")[["respondent_id", "wave"]].drop_duplicates()
    for name in ("participation", "satisfaction"):
        assert len(nanchang.table(name).merge(asked)) == len(nanchang.table(name))


def test_the_study_says_that_it_is_synthetic_and_has_the_terms_of_the_generator(nanchang):
    assert nanchang.is_synthetic
    assert nanchang.sensitivity("roster") == "synthetic"
    assert {name: term.start for name, term in nanchang.terms.items()} == TERMS
    assert set(nanchang.origin.files) == {file.name for file in DATA.glob("*.csv")}


# The province


@pytest.fixture(scope="module")
def province_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "province"
    province.write_province(folder, 14)
    return folder


@pytest.fixture(scope="module")
def opened_province(province_folder):
    return study.open(str(province_folder))


def test_a_province_has_the_tables_of_the_study_and_is_accepted(opened_province):
    assert set(opened_province.reading.tables) == {*TABLES}
    assert opened_province.communities() == [f"C{number:05d}" for number in range(1, 15)]
    assert opened_province.reading.counts["set_aside"].sum() == 0
    assert set(opened_province.table("communities")["city"]) == {"合成001市", "合成002市"}


def test_a_province_says_everywhere_that_it_is_synthetic_and_names_no_real_place(opened_province, province_folder):
    assert opened_province.is_synthetic
    assert opened_province.sensitivity("roster") == "synthetic"
    for words in (opened_province.settings.title, opened_province.settings.summary):
        assert "合成" in words["zh"]
        assert "synthetic" in words["en"]
    for file in province_folder.glob("data/*.csv"):
        text = file.read_text("utf-8")
        assert not [name for name in ("南昌", "徐家坊", "青云谱") if name in text]


def test_cities_differ_and_ids_belong_to_one_city_each(opened_province):
    roster = opened_province.table("roster").assign(city=lambda rows: rows["community_id"].gt("C00012"))
    assert (roster.groupby("person_id")["city"].nunique() == 1).all()
    people = opened_province.table("respondents")
    assert (people.groupby("respondent_id")["community_id"].nunique() == 1).all()
    first = opened_province.table("communities").set_index("community_id")["residents"]
    assert first["C00001"] != first["C00013"]


def test_a_smaller_province_is_the_beginning_of_a_larger_one(opened_province):
    small = province.draw_province(2)
    for name in ("communities", "roster", "respondents", "indicators"):
        rows = opened_province.table(name)
        rows = rows[rows["community_id"].isin(["C00001", "C00002"])].reset_index(drop=True)
        pd.testing.assert_frame_equal(rows[list(small[name])], small[name])


def test_the_weights_of_those_asked_add_up_to_the_adults(opened_province):
    """Adults are four fifths of the residents, by the generator; weights in the file have two decimals."""
    people = opened_province.table("respondents")
    weights = people[people["wave"] == "first"].groupby("community_id")["weight"].sum()
    adults = (opened_province.table("communities").set_index("community_id")["residents"] * 0.8).astype(int)
    assert weights.to_dict() == pytest.approx(adults.to_dict(), rel=1e-3)


def test_a_province_does_not_overwrite_what_is_there(tmp_path):
    (tmp_path / "study.yml").write_text("mine")
    with pytest.raises(StudyError) as refused:
        province.write_province(tmp_path, 1)
    assert refused.value.key == "folder_not_empty"
    assert (tmp_path / "study.yml").read_text() == "mine"


def test_one_command_writes_a_province(tmp_path):
    result = CliRunner().invoke(simulate_main.main, ["--communities", "3", "--out", str(tmp_path / "p")])
    assert result.exit_code == 0, result.output
    assert len(study.open(str(tmp_path / "p")).communities()) == 3
