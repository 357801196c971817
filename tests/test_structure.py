"""The structure of the staff by hand. Golden values: METHODS §2 (the project's definitions)."""

from dataclasses import replace
from io import StringIO

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import simulate, structure
from analysis.catalogue import base
from analysis.settings import Term

EDUCATION = base().levels_of("education")
TERMS = {"T1": Term(start="2015-07-01", end="2018-07-01"), "T2": Term(start="2018-07-01", end="2021-07-01")}
few = settings(max_examples=15)


def table(rows, columns):
    """A table drawn as text; a dash is a missing value."""
    return pd.read_csv(StringIO(rows), sep=r"\s+", names=columns.split(), dtype="str", na_values=["-"])


def staff(column, counts, term="T1"):
    """So many persons of one term with each value of a column."""
    values = [value for value, count in counts.items() for _ in range(count)]
    people = pd.DataFrame({"person_id": [str(i) for i in range(len(values))], column: values}, dtype="str")
    return people.assign(term=term, community_id="C")


def one(measures, name, **where):
    """The single row of a measure where columns have these values."""
    rows = measures[measures["measure"] == name]
    for column, value in where.items():
        rows = rows[rows[column] == value]
    assert len(rows) == 1
    return rows.iloc[0]


# Schooling

GOLDEN_SCHOOLING = {
    "junior_secondary": 1,
    "senior_secondary": 4,
    "junior_college": 10,
    "bachelor": 9,
    "postgraduate": 1,
}


def test_the_golden_mean_of_schooling_is_14_80_years():
    row = structure.schooling(staff("education", GOLDEN_SCHOOLING), EDUCATION, {}, ["term"]).iloc[0]
    assert row["estimate"] == pytest.approx(14.80, rel=1e-12)  # (9 + 4·12 + 10·15 + 9·16 + 19)/25 = 370/25
    assert (row["numerator"], row["denominator"]) == (370, 25)


def test_a_study_may_declare_other_years():
    row = structure.schooling(staff("education", GOLDEN_SCHOOLING), EDUCATION, {"junior_college": 16}, ["term"]).iloc[0]
    assert row["estimate"] == pytest.approx(380 / 25)


def test_a_level_without_declared_years_leaves_its_group_undefined_and_no_other():
    open_ended = staff("education", {"bachelor": 3, "junior_secondary_or_below": 1})
    people = pd.concat([open_ended, staff("education", {"bachelor": 2}, "T2")], ignore_index=True)
    rows = structure.schooling(people, EDUCATION, {}, ["term"]).set_index("term")
    assert np.isnan(rows.loc["T1", "estimate"])
    assert rows["reason"].to_dict() == {"T1": "years_undeclared", "T2": ""}
    assert rows.loc["T2", "estimate"] == 16
    declared = structure.schooling(people, EDUCATION, {"junior_secondary_or_below": 8}, ["term"]).set_index("term")
    assert declared.loc["T1", "estimate"] == pytest.approx((3 * 16 + 8) / 4)


def attainment(counts, term="T1"):
    return structure.attainment(staff("education", counts, term), base(), ["term"], "census")


def test_attainment_is_cumulative():
    rows = attainment(GOLDEN_SCHOOLING)
    assert one(rows, "college_share")["estimate"] == 20 / 25
    assert one(rows, "senior_secondary_or_below_share")["estimate"] == 5 / 25


def test_a_category_that_straddles_the_cut_leaves_the_share_undefined():
    rows = attainment({"senior_secondary_or_below": 3, "college": 5, "bachelor": 2})
    assert one(rows, "college_share")["estimate"] == 7 / 10  # neither category straddles tertiary
    levels = {"upper_or_college": {"isced": [3, 5]}, "bachelor": {"isced": [6, 6]}}
    reached = structure.attained(pd.Series(["upper_or_college", "bachelor", None], dtype="str"), levels, 5)
    assert reached.isna().tolist() == [True, False, True]
    assert reached[1]


def test_a_straddling_category_undoes_its_group_only():
    catalogue = replace(base(), levels={**base().levels, "education": {**EDUCATION, "some": {"isced": [3, 5]}}})
    people = pd.concat([staff("education", {"some": 1, "bachelor": 9}), staff("education", {"bachelor": 2}, "T2")])
    rows = structure.attainment(people.reset_index(drop=True), catalogue, ["term"], "census")
    first, second = (one(rows, "college_share", term=term) for term in ("T1", "T2"))
    assert np.isnan(first[["estimate", "low", "high"]].astype(float)).all()
    assert (first["reason"], second["reason"], second["estimate"]) == ("level_straddles", "", 1)
    assert "isced_share" not in set(rows["measure"])


def test_isced_levels_are_those_of_isced_2011():
    rows = attainment({"primary": 1, "senior_secondary": 2, "junior_college": 3, "bachelor": 3, "master": 1})
    shares = rows[rows["measure"] == "isced_share"].set_index("isced")["numerator"].to_dict()
    assert shares == {"isced_1": 1, "isced_3": 2, "isced_5": 3, "isced_6": 3, "isced_7": 1}


# Diversity

COUNTS = pd.DataFrame([[5, 3, 2]])


def test_the_golden_blau_index_is_0_62():
    assert structure.blau(COUNTS).iloc[0] == pytest.approx(0.62, rel=1e-12)


def test_the_golden_iqv_is_0_93():
    assert structure.iqv(COUNTS).iloc[0] == pytest.approx(0.93, rel=1e-12)


def test_the_golden_unbiased_blau_index_is_0_6889():
    assert structure.blau_unbiased(COUNTS).iloc[0] == pytest.approx(0.62 * 10 / 9, rel=1e-12)
    assert round(structure.blau_unbiased(COUNTS).iloc[0], 4) == 0.6889


def test_one_level_has_no_diversity_and_equal_levels_have_all_of_it():
    assert structure.blau(pd.DataFrame([[4, 0]])).tolist() == [0]
    assert structure.iqv(pd.DataFrame([[2, 2, 2]])).tolist() == pytest.approx([1])


def test_one_person_has_no_unbiased_index_and_nobody_has_none_at_all():
    assert structure.blau_unbiased(pd.DataFrame([[1, 0]])).isna().all()
    assert structure.blau(pd.DataFrame([[0, 0]])).isna().all()
    row = one(
        structure.diversity(staff("education", {"bachelor": 1}), "education", ["term"]), "education_blau_unbiased"
    )
    assert row["reason"] == "too_few"


# Age


def aged(birth_years, reasons=None):
    """Persons of the term of 2015, which began on 1 July, the day on which a year of birth alone counts as birthday."""
    people = pd.DataFrame({"birth_year": pd.array(birth_years, dtype="Int64"), "term": "2015"})
    missing = people["birth_year"].isna()
    people["birth_year_missing"] = pd.Series([None] * len(people), dtype="str").mask(missing, reasons)
    return people


def test_ageing_share_counts_who_has_reached_the_age(nanchang):
    rows = structure.ages(aged([1955, 1960, 1965, 1970, 1975, 1990]), nanchang, ["term"])  # 60 55 50 45 40 25
    shares = rows[rows["measure"] == "ageing_share"].set_index("age_from")["estimate"].to_dict()
    assert shares == {"45": 4 / 6, "50": 3 / 6, "55": 2 / 6, "60": 1 / 6}
    assert one(rows, "mean_age")["estimate"] == pytest.approx(275 / 6)


def test_an_unknown_age_is_left_out_of_every_base_and_counted_by_reason(nanchang):
    rows = structure.ages(aged([1955, 1990, None, None, None], "refused"), nanchang, ["term"])
    assert set(rows["denominator"]) == {2}
    for row in rows.itertuples():
        assert row.excluded.split(" ", 1)[1] == "refused 3"
    assert one(rows, "ageing_share", age_from="60")["estimate"] == 1 / 2


# Sex


def test_sex_ratio_is_men_per_hundred_women():
    row = structure.sex_ratio(staff("sex", {"female": 8, "male": 6}), ["term"]).iloc[0]
    assert (row["estimate"], row["n"], row["unit"]) == (75, 14, "per_100")


def test_without_women_the_sex_ratio_is_missing_with_a_reason():
    row = structure.sex_ratio(staff("sex", {"male": 6}), ["term"]).iloc[0]
    assert np.isnan(row["estimate"])
    assert row["reason"] == "empty_base"


# What is left out


def shares_of(people, by=("term",)):
    return structure.shares(people, "education", "education_share", list(by))


def test_the_unknown_are_left_out_of_the_base_and_counted_by_reason():
    people = table(
        "1 T1 bachelor -\n2 T1 primary -\n3 T1 - refused\n4 T1 - unknown\n5 T1 - unknown\n",
        "person_id term education education_missing",
    )
    rows = shares_of(people)
    assert rows.set_index("education")["estimate"].to_dict() == {"bachelor": 1 / 2, "primary": 1 / 2}
    assert set(rows["excluded"]) == {"education refused 1; education unknown 2"}


def test_where_the_source_gives_no_reason_the_value_is_not_recorded():
    rows = shares_of(table("1 T1 bachelor\n2 T1 -\n", "person_id term education"))
    assert set(rows["excluded"]) == {"education not_recorded 1"}


def test_each_group_counts_its_own():
    rows = shares_of(
        table("1 T1 bachelor A\n2 T1 - A\n3 T1 bachelor B\n", "person_id term education role"), ["term", "role"]
    )
    assert rows.set_index("role")["excluded"].to_dict() == {"A": "education not_recorded 1", "B": ""}


def test_an_unknown_group_is_a_row():
    rows = shares_of(table("1 T1 bachelor A\n2 T1 bachelor -\n", "person_id term education role"), ["term", "role"])
    assert set(rows["role"]) == {"A", "unknown"}


def test_a_level_that_a_group_lacks_is_zero_and_one_that_a_term_lacks_is_no_row():
    people = table("1 T1 bachelor A\n2 T1 primary B\n3 T2 bachelor A\n", "person_id term education role")
    rows = shares_of(people, ["term", "role"]).set_index(["term", "role", "education"])["estimate"]
    assert rows["T1", "A", "primary"] == 0
    assert ("T2", "A", "primary") not in rows.index


def test_a_share_of_nobody_known_is_missing_with_a_reason():
    people = table("1 T1 -\n", "person_id term education")
    row = structure.share_where(
        people, pd.Series([pd.NA], dtype="boolean"), "college_share", ["term"], "education"
    ).iloc[0]
    assert np.isnan(row["estimate"])
    assert (row["reason"], row["excluded"]) == ("empty_base", "education not_recorded 1")


def test_a_group_of_whom_nothing_is_known_is_a_row():
    rows = shares_of(table("1 T1 bachelor A\n2 T1 - B\n", "person_id term education role"), ["term", "role"])
    assert set(rows["role"]) == {"A", "B"}


def test_the_sex_ratio_counts_whom_it_leaves_out():
    people = pd.concat([staff("sex", {"female": 2, "male": 2}), staff("sex", {None: 3})], ignore_index=True)
    assert structure.sex_ratio(people, ["term"])["excluded"].tolist() == ["sex not_recorded 3"]


def test_diversity_counts_whom_it_leaves_out():
    people = pd.concat(
        [staff("education", {"bachelor": 2, "master": 2}), staff("education", {None: 3})], ignore_index=True
    )
    assert set(structure.diversity(people, "education", ["term"])["excluded"]) == {"education not_recorded 3"}


# Sets

SKILLED = "1 T1 computer;mediation\n2 T1 computer\n3 T1 mediation\n4 T1 -\n5 T1 computer\n"


def test_a_person_counts_for_each_skill_and_who_has_none_recorded_for_none():
    people = table(SKILLED, "person_id term skills")
    rows = structure.members_of_set(people, "skills", "skill", "skill_share", ["term"]).set_index("skill")
    assert rows["estimate"].to_dict() == {"computer": 3 / 4, "mediation": 2 / 4}
    assert set(rows["excluded"]) == {"skills not_recorded 1"}


def test_skills_have_an_interval_where_the_register_is_read_as_a_superpopulation(nanchang):
    read = replace(nanchang, settings=nanchang.settings.model_copy(update={"registers": "superpopulation"}))
    rows = structure.measures(read)
    shares = rows[rows["measure"].isin(["skill_share", "certificate_share", "party_member_share"])]
    assert set(shares["interval"]) == {"register_wilson"}


# Numbers and posts


def test_staff_and_staff_per_community():
    people = table("A 1 T1\nA 2 T1\nB 3 T1\nB 4 T2\n", "community_id person_id term")
    rows = structure.headcount(people, ["term"])
    assert one(rows, "staff_count", term="T1")["estimate"] == 3
    assert one(rows, "staff_per_community", term="T1")["estimate"] == 3 / 2
    assert one(rows, "staff_per_community", term="T2")["estimate"] == 1


PLACES = pd.DataFrame({"community_id": ["A", "B", "C"], "residents": pd.array([4000, 6000, None], dtype="Int64")})


def test_density_is_per_ten_thousand_residents_where_their_number_is_known():
    people = table("A 1 T1\nA 2 T1\nB 3 T1\nC 4 T1\n", "community_id person_id term")
    row = structure.density(people, PLACES, ["term"]).iloc[0]
    assert (row["estimate"], row["n"], row["unit"]) == (3, 3, "per_10000")


def test_density_counts_the_residents_of_a_community_without_staff():
    row = structure.density(table("A 1 T1\nA 2 T1\n", "community_id person_id term"), PLACES, ["term"]).iloc[0]
    assert row["estimate"] == 2  # two for the ten thousand residents of A and B


# B has one committee member too many; C's posts of T1 are not recorded.
POSTS = "A director T1 1 0\nA member T1 5 4\nB director T1 1 1\nB member T1 4 5\nC member T1 4 -\nA member T2 5 5\n"


def vacancies(by):
    posts = table(POSTS, "community_id role term established filled")
    counts = {column: pd.array(pd.to_numeric(posts[column]), dtype="Int64") for column in ("established", "filled")}
    return structure.vacancies(posts.assign(**counts), by)


def test_a_post_over_the_establishment_is_apart_and_fills_no_vacancy():
    rows = vacancies(["term"])
    assert one(rows, "vacancy_rate", term="T1")[["numerator", "denominator"]].tolist() == [2, 11]
    assert one(rows, "posts_over_establishment", term="T1")["estimate"] == 1
    assert one(rows, "communities_with_vacancy", term="T1")["estimate"] == 1
    assert one(rows, "vacancy_rate", term="T2")["estimate"] == 0
    assert one(rows, "communities_with_vacancy", term="T2")["estimate"] == 0


def test_vacancies_by_role():
    rows = vacancies(["term", "role"])
    assert one(rows, "vacancy_rate", term="T1", role="director")["estimate"] == 1 / 2
    assert one(rows, "vacancy_rate", term="T1", role="member")["estimate"] == 1 / 9


def test_no_established_post_gives_no_rate():
    posts = pd.DataFrame({"community_id": ["A"], "role": ["member"], "term": ["T1"]}, dtype="str")
    posts = posts.assign(established=pd.array([0], dtype="Int64"), filled=pd.array([1], dtype="Int64"))
    assert one(structure.vacancies(posts, ["term"]), "vacancy_rate")["reason"] == "empty_base"


def test_vacancies_count_the_posts_that_they_leave_out():
    assert "filled not_recorded 1" in one(vacancies(["term"]), "vacancy_rate", term="T1")["excluded"]


def test_the_known_truth_of_the_synthetic_study_is_found(nanchang):
    truth = simulate.simulate().truth  # of the teams before values went missing; those of two subdistricts lack none
    latest = structure.measures(nanchang, ["subdistrict"]).query("term == '2018'")
    members = nanchang.table("roster").query("is_party_member and subdistrict == '青云谱镇'")
    of_members = structure.ages(members, nanchang, ["term"]).query("term == '2018'")
    xujiafang, qingyunpu = latest[latest["subdistrict"] == "徐家坊街道"], latest[latest["subdistrict"] == "青云谱镇"]
    found = {
        "staff_per_community": one(structure.measures(nanchang), "staff_per_community", term="2018")["estimate"],
        "xujiafang_college": one(xujiafang, "college_share")["estimate"],
        "xujiafang_aged_45": one(xujiafang, "ageing_share", age_from="45")["estimate"],
        "qingyunpu_below_college": one(qingyunpu, "senior_secondary_or_below_share")["estimate"],
        "qingyunpu_no_computer": 1 - one(qingyunpu, "skill_share", skill="computer")["estimate"],
        "qingyunpu_members": one(of_members, "ageing_share", age_from="50")["denominator"],
        "qingyunpu_members_aged_50": one(of_members, "ageing_share", age_from="50")["estimate"],
        "qingyunpu_members_under_35": one(of_members, "age_band_share", age_band="under_35")["numerator"],
        "deputy_vacant": structure.measures(nanchang, ["role"])
        .query("measure == 'communities_with_vacancy' and role == 'deputy_party_secretary'")["estimate"]
        .sum(),
    }
    assert found == pytest.approx({name: truth[name] for name in found})


# Whoever they are

LEVELS = ["primary", "senior_secondary", "bachelor", None]
persons = st.lists(
    st.tuples(st.sampled_from(["T1", "T2"]), st.sampled_from(["clerk", "head", None]), st.sampled_from(LEVELS)),
    min_size=1,
    max_size=30,
)


def drawn(rows):
    people = pd.DataFrame(rows, columns=["term", "role", "education"], dtype="str")
    return people.assign(person_id=[str(i) for i in range(len(rows))], community_id="C")


@few
@given(persons)
def test_shares_of_a_group_add_up_to_one(rows):
    table = shares_of(drawn(rows), ["term", "role"])
    known = table[table["denominator"] > 0]
    sums = known.groupby(["term", "role"])["estimate"].sum()
    assert sums.to_numpy() == pytest.approx(np.ones(len(sums)))
    assert known["estimate"].between(0, 1).all()
    assert set(table.loc[table["denominator"] == 0, "reason"]) <= {"empty_base"}


@settings(few, max_examples=5)
@given(persons, st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(rows, seed):
    people = drawn(rows)
    shuffled = people.sample(frac=1, random_state=seed)
    for by in (["term"], ["term", "role"]):
        pd.testing.assert_frame_equal(
            structure.attainment(people, base(), by, "census"), structure.attainment(shuffled, base(), by, "census")
        )
        pd.testing.assert_frame_equal(structure.headcount(people, by), structure.headcount(shuffled, by))
