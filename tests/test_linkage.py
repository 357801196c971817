"""Persons followed over terms: small rosters linked by hand, and Taiwan's against its own flag of incumbents."""

import csv
import unicodedata

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis import study
from analysis.errors import StudyError
from analysis.reading.linkage import link

NAME_AND_DATE = [["name", "birth_date"]]
THEN_CITY = [*NAME_AND_DATE, ["name", "birth_date", "city"]]
THEN_YEAR = [*NAME_AND_DATE, ["name", "birth_year", "city"]]


def records(rows):
    """Rows of term, name, birth date (- where only the year is known), birth year and city."""
    table = pd.DataFrame([row.split() for row in rows], columns=["term", "name", "birth_date", "birth_year", "city"])
    return table.assign(
        birth_date=pd.to_datetime(table["birth_date"].replace("-", None)).astype("datetime64[s]"),
        birth_year=table["birth_year"].astype("Int64"),
    )


def persons(rows, rules):
    """The rows that are one person, as sets of row numbers."""
    return partition(link(records(rows) if isinstance(rows, list) else rows, rules).person_id)


def partition(person_id):
    return {frozenset(rows) for rows in person_id.groupby(person_id).groups.values()}


def test_the_same_name_and_birth_date_is_one_person_over_terms():
    rows = ["2014 王伟 1970-01-01 1970 A", "2018 王伟 1970-01-01 1970 B", "2018 王伟 1971-01-01 1971 A"]
    assert persons(rows, NAME_AND_DATE) == {frozenset({0, 1}), frozenset({2})}


def test_who_is_not_listed_in_a_term_between_is_still_the_same_person():
    rows = ["2010 王伟 1970-01-01 1970 A", "2014 李娜 1980-01-01 1980 A", "2018 王伟 1970-01-01 1970 A"]
    assert persons(rows, NAME_AND_DATE) == {frozenset({0, 2}), frozenset({1})}


def test_two_of_one_name_born_the_same_day_in_one_term_stay_unlinked_and_are_counted():
    rows = ["2014 王伟 1970-01-01 1970 A", "2014 王伟 1970-01-01 1970 B", "2018 王伟 1970-01-01 1970 A"]
    linked = link(records(rows), NAME_AND_DATE)
    assert partition(linked.person_id) == {frozenset({0}), frozenset({1}), frozenset({2})}
    assert linked.report.to_dict("records") == [{"rule": "name + birth_date", "joined": 0, "ties": 2}]


def test_a_tie_in_one_term_leaves_other_persons_linked():
    rows = [
        "2014 王伟 1970-01-01 1970 A", "2014 王伟 1970-01-01 1970 B",
        "2014 李娜 1980-01-01 1980 A", "2018 李娜 1980-01-01 1980 B",
    ]  # fmt: skip
    assert frozenset({2, 3}) in persons(rows, NAME_AND_DATE)


def test_a_later_rule_settles_a_tie_of_an_earlier_one():
    rows = ["2014 王伟 1970-01-01 1970 A", "2014 王伟 1970-01-01 1970 B", "2018 王伟 1970-01-01 1970 A"]
    linked = link(records(rows), THEN_CITY)
    assert partition(linked.person_id) == {frozenset({0, 2}), frozenset({1})}
    assert linked.report["joined"].tolist() == [0, 1]
    assert linked.report["ties"].tolist() == [2, 0]


def test_a_later_rule_joins_a_record_that_has_only_a_year_of_birth():
    rows = ["2010 王伟 - 1970 A", "2014 王伟 1970-01-01 1970 A", "2018 王伟 1970-01-01 1970 B"]
    linked = link(records(rows), THEN_YEAR)
    assert partition(linked.person_id) == {frozenset({0, 1, 2})}
    assert linked.report["joined"].tolist() == [1, 1]


def test_a_later_rule_never_joins_two_birth_dates():
    assert persons(["2014 王伟 1970-01-01 1970 A", "2018 王伟 1970-05-05 1970 A"], THEN_YEAR) == {
        frozenset({0}),
        frozenset({1}),
    }


def test_a_year_of_birth_that_fits_two_persons_is_joined_to_neither():
    rows = ["2010 王伟 - 1970 A", "2014 王伟 1970-01-01 1970 A", "2018 王伟 1970-05-05 1970 A"]
    assert persons(rows, THEN_YEAR) == {frozenset({0}), frozenset({1}), frozenset({2})}


def test_a_later_rule_never_gives_a_person_two_records_of_one_term():
    # Row 0 fits row 1 by year and city, but row 1 is the person of row 2, who stands in 2010 too.
    rows = ["2010 王伟 - 1970 A", "2014 王伟 1970-01-01 1970 A", "2010 王伟 1970-01-01 1970 B"]
    assert persons(rows, THEN_YEAR) == {frozenset({0}), frozenset({1, 2})}


def test_a_record_that_lacks_a_value_of_a_rule_is_not_linked_by_it():
    assert len(persons(["2010 王伟 - 1970 A", "2014 王伟 - 1970 A"], NAME_AND_DATE)) == 2


@pytest.mark.parametrize("other", ["王 伟", "王\u3000伟", " 王伟", "王伟\n"])
def test_names_are_compared_without_white_space(other):
    table = records(["2014 王伟 1970-01-01 1970 A", "2018 王伟 1970-01-01 1970 A"])
    table.loc[1, "name"] = other
    assert persons(table, NAME_AND_DATE) == {frozenset({0, 1})}


def test_names_are_compared_in_the_composed_form_of_unicode():
    table = records(["2014 Jos\u00e9 1970-01-01 1970 A", "2018 Jose\u0301 1970-01-01 1970 A"])
    assert persons(table, NAME_AND_DATE) == {frozenset({0, 1})}


def test_the_records_themselves_are_not_changed():
    table = records(["2014 王伟 1970-01-01 1970 A"])
    table.loc[0, "name"] = "王 伟"
    link(table, NAME_AND_DATE)
    assert table.loc[0, "name"] == "王 伟"


def test_a_rule_with_a_column_that_the_table_has_not_is_refused():
    with pytest.raises(StudyError, match="The linking rules need the column birthday, which roster has not") as caught:
        link(records(["2014 王伟 1970-01-01 1970 A"]), [["name", "birthday"]])
    assert caught.value.key == "link_ambiguous"


ROWS = st.lists(
    st.tuples(
        st.sampled_from(["2010", "2014", "2018"]),
        st.sampled_from(["王伟", "李娜"]),
        st.sampled_from(["-", "1970-01-01", "1970-05-05"]),
        st.just("1970"),
        st.sampled_from(["A", "B"]),
    ).map(" ".join),
    min_size=1,
    max_size=12,
)


@settings(max_examples=60)
@given(rows=ROWS, random=st.randoms(use_true_random=False))
def test_who_is_one_person_does_not_depend_on_the_order_of_rows(rows, random):
    table = records(rows)
    order = list(table.index)
    random.shuffle(order)
    rules = [*THEN_CITY, ["name", "birth_year", "city"]]
    assert persons(table, rules) == persons(table.loc[order], rules)


@settings(max_examples=60)
@given(rows=ROWS)
def test_nobody_has_two_birth_dates_or_two_records_of_one_term(rows):
    table = records(rows)
    table["person_id"] = link(table, [*THEN_CITY, ["name", "birth_year", "city"]]).person_id
    assert table.groupby("person_id")["birth_date"].nunique().max() <= 1
    assert not table.duplicated(["person_id", "term"]).any()


@settings(max_examples=50)
@given(rows=ROWS)
def test_each_link_makes_one_person_less(rows):
    linked = link(records(rows), THEN_YEAR)
    assert linked.person_id.nunique() == len(rows) - linked.report["joined"].sum()


def linking(rule, **changes):
    return {"columns": {"person_id": None} | changes, "settings": {"linkage": {"table": "roster", "rules": [rule]}}}


def test_a_study_without_ids_has_the_persons_that_its_ids_would_tell(make_study):
    # All twelve persons of the small study differ in name and date, and 17 rows less 12 persons are 5 links.
    opened = study.open(str(make_study(**linking(["name", "birth_date"]))))
    known = study.open(str(make_study(name="with_ids"))).table("roster")["person_id"]
    assert partition(opened.table("roster")["person_id"]) == partition(known)
    assert opened.reading.links.to_dict("records") == [{"rule": "name + birth_date", "joined": 5, "ties": 0}]


def test_a_study_without_terms_to_link_is_refused_with_a_message(make_study):
    with pytest.raises(StudyError):
        study.open(str(make_study(**linking(["name", "birth_date"], term=None))))


def test_a_roster_without_an_acceptable_row_is_refused_and_not_linked(make_study, roster_text):
    with pytest.raises(StudyError):
        study.open(
            str(make_study(roster_text.replace("男", "?").replace("女", "?"), **linking(["name", "birth_date"])))
        )


@pytest.fixture(scope="module")
def taiwan(shared_data):
    return study.open("tw_village_chiefs", str(shared_data)).table("roster")


def served(roster, *terms):
    """How many persons were elected in all of these terms."""
    return len(set.intersection(*(set(roster.loc[roster["term"] == term, "person_id"]) for term in terms)))


def test_the_elected_of_taiwan_are_those_of_the_source(taiwan):
    # SOURCE.md: "elected 7,848/7,744/7,740".
    assert taiwan["term"].value_counts().loc[["2014", "2018", "2022"]].tolist() == [7848, 7744, 7740]


@pytest.mark.parametrize(
    ("terms", "collector"),
    [(("2014", "2018"), 5247), (("2018", "2022"), 5504), (("2014", "2018", "2022"), 3768)],
)
def test_winners_linked_in_taiwan_come_within_20_of_the_collectors_count(taiwan, terms, collector):
    # SOURCE.md: "linked by name+birthday 2014->2018 5,247, 2018->2022 5,504, all three 3,768". The collector joined
    # equal strings; here private-use characters are read and white space is dropped, so that a few more are found.
    assert collector <= served(taiwan, *terms) <= collector + 20


def winners(path, characters=None):
    """Name and birthday of the elected, as written, or with these private-use characters read; without pandas."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["is_victor"] == "Y":
                name = row["cand_name"]
                if characters is not None:
                    name = "".join(unicodedata.normalize("NFC", name.translate(characters)).split())
                yield name, row["cand_birthday"]


def test_winners_linked_in_taiwan_are_the_collectors_once_private_use_characters_are_read(taiwan, shared_data):
    # The collector's 5,247 are equal strings; 14 more are equal once private-use characters and blanks are read.
    files = [f"cunlizhang_{year}.csv" for year in (2014, 2018)]
    with (study.ROOT / "studies" / "tw_village_chiefs" / "characters.csv").open(encoding="utf-8", newline="") as lines:
        table = [(row["file"], int(row["written"][2:], 16), row["meant"]) for row in csv.DictReader(lines)]
    meant = {file: {code: read for name, code, read in table if name == file} for file in files}
    folder = shared_data / "tw_village_chiefs"
    as_written = [set(winners(folder / file)) for file in files]
    as_read = [set(winners(folder / file, meant[file])) for file in files]
    assert len(as_written[0] & as_written[1]) == 5247
    assert served(taiwan, "2014", "2018") == len(as_read[0] & as_read[1]) == 5261


def test_the_winners_of_2018_flagged_as_incumbents_are_5447(taiwan):
    # Issue 2, item 6; SOURCE.md gives 70.34 % of 7,744.
    assert taiwan.loc[taiwan["term"] == "2018", "is_incumbent"].sum() == 5447
    assert round(100 * 5447 / 7744, 2) == 70.34
