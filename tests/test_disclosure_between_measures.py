"""A reader of the whole report puts measures together that count the same persons in other ways, to recover what is hidden.

Ages reached are sums of age bands, college graduates of levels of education, the satisfied of answers; women and men are all.
Each measure passes the door by itself, as in chapters of their own.
"""

from dataclasses import replace

import pandas as pd
import pytest
from intruder import Intruder

from analysis.ages import completed_years
from analysis.registers import quotients
from analysis.reporting import disclosure
from analysis.reporting.disclosure import levels

BANDS = {"under_35": 0, "from_35": 35, "from_45": 45, "from_50": 50, "from_55": 55, "from_60": 60}
SCALE = ["very_dissatisfied", "dissatisfied", "neutral", "satisfied", "very_satisfied"]
ISCED = {"primary": 1, "junior_secondary": 2, "senior_secondary": 3, "junior_college": 5, "bachelor": 6}
YEARS = " + ".join(f"{years} * (isced == {isced})" for isced, years in {1: 6, 2: 9, 3: 12, 5: 15, 6: 16}.items())


@pytest.fixture(scope="module")
def protected(nanchang):
    return replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))


class Reader(Intruder):
    """An intruder who reads measures, each of which passes the door by itself."""

    def __init__(self, opened, people, columns, table):
        super().__init__(people, columns)
        self.door, self.table = disclosure.Door(opened), table

    def reads(self, measure, parts, unit="proportion", value=None):
        """Read a measure: rows of (dimensions, who is counted, of whom), each a condition on persons.

        A mean adds up a `value` of those who are counted.
        """
        rows = [(told, self.of(of) * (self.of(value) if value else 1), self.of(among)) for told, of, among in parts]
        counts = [
            told | {"numerator": self.count(of * base), "denominator": self.count(base)} for told, of, base in rows
        ]
        made = quotients(measure, pd.DataFrame(counts), unit=unit, table=self.table)
        released = self.door.judged(made).shown
        for told, of, base in rows:
            row = released[(released[[*told]] == pd.Series(told)).all(axis=1)].squeeze()
            if row["reason"] != "hidden":
                self.sees(of * base)
                self.sees(base)
            elif not value:
                self.misses(f"{measure} {told}", of * base, base)


def places(people):
    """All persons, and those of each subdistrict."""
    return [
        ({}, "True"),
        *(({"subdistrict": one}, f"subdistrict == '{one}'") for one in sorted({*people["subdistrict"]})),
    ]


def of_each(groups, conditions):
    """Rows of each condition in each group."""
    return [(told | said, condition, among) for told, among in groups for said, condition in conditions]


def staff(opened):
    roster = opened.table("roster").query("term == '2015'")
    lies_in = opened.table("communities").set_index("community_id")["subdistrict"]
    age = completed_years(roster, opened.terms)
    return roster.assign(age=age.astype("float64").fillna(-1), subdistrict=roster["community_id"].map(lies_in))


def reads_ages(opened):
    reader = Reader(opened, staff(opened), ["age"], "roster")
    edges = [*BANDS.values(), 200]
    bands = [
        ({"age_band": band}, f"{low} <= age < {high}") for band, low, high in zip(BANDS, edges, edges[1:], strict=False)
    ]
    reached = [({"age_from": f"{age}"}, f"age >= {age}") for age in (45, 50, 55, 60)]
    known = [({"term": "2015"}, "age >= 0")]
    reader.reads("age_band_share", of_each(known, bands))
    reader.reads("ageing_share", of_each(known, reached))
    return reader


def reads_schooling(opened):
    people = staff(opened)
    people = people.assign(isced=people["education"].map(ISCED).fillna(-1))
    reader = Reader(opened, people, ["isced", "subdistrict"], "roster")
    for groups in (
        [({"term": "2015"}, "isced > 0")],
        [({"term": "2015"} | told, f"isced > 0 and {one}") for told, one in places(people)[1:]],
    ):
        reader.reads(
            "education_share",
            of_each(groups, [({"education": level}, f"isced == {number}") for level, number in ISCED.items()]),
        )
        reader.reads(
            "isced_share",
            of_each(groups, [({"isced": f"isced_{number}"}, f"isced == {number}") for number in ISCED.values()]),
        )
        reader.reads("college_share", of_each(groups, [({}, "isced >= 5")]))
        reader.reads("mean_years_of_schooling", of_each(groups, [({}, "isced > 0")]), unit="years", value=YEARS)
        reader.reads("senior_secondary_or_below_share", of_each(groups, [({}, "isced <= 3")]))
    return reader


def reads_groups(opened):
    """Forty women and fifteen men, of whom twenty and five take part; all of the retired cadres, who are women, do."""
    people = pd.DataFrame(
        {"sex": ["female"] * 40 + ["male"] * 15, "takes_part": [1] * 20 + [0] * 20 + [1] * 5 + [0] * 10}
    )
    people["is_retired"] = [True] * 12 + [False] * 43
    reader = Reader(opened, people, [*people], "participation")
    wave = {"wave": "second"}
    groups = {"women": "sex == 'female'", "men": "sex == 'male'", "retired_cadres": "is_retired"}
    parts = [(wave | {"group": group}, "takes_part == 1", one) for group, one in groups.items()]
    reader.reads("participation_rate", [(wave, "takes_part == 1", "takes_part >= 0")])
    reader.reads("group_rate", parts)
    reader.reads("representation_ratio", parts, "ratio")
    return reader


def answers(opened, low, high):
    """Answers to one question, three of them the lowest, and how many gave none, four of whom refused."""
    people = pd.DataFrame({"score": [1] * 3 + [2] * low + [3] * 12 + [4] * high + [5] * 8 + [-1] * 11 + [-3] * 4})
    reader = Reader(opened, people, ["score"], "satisfaction")
    told = {"wave": "first", "item": "overall"}
    known = [(told, "score > 0")]
    reader.reads(
        "satisfaction_share", of_each(known, [({"score": name}, f"score == {k}") for k, name in enumerate(SCALE, 1)])
    )
    reader.reads("satisfied_share", of_each(known, [({}, "score >= 4")]))
    reader.reads("dissatisfied_share", of_each(known, [({}, "score <= 2")]))
    asked = [(told, "score == score")]
    reader.reads("item_nonresponse", of_each(asked, [({}, "score < 0")]))
    reasons = [({"missing_reason": "dont_know"}, "score == -1"), ({"missing_reason": "refused"}, "score == -3")]
    reader.reads("item_nonresponse_by_reason", of_each(asked, reasons))
    return reader


READ = {
    "ages": reads_ages,
    "schooling": reads_schooling,
    "groups": reads_groups,
    "answers": lambda opened: answers(opened, 20, 30),
}


@pytest.mark.parametrize("kind", READ)
def test_no_hidden_count_follows_from_other_measures_of_the_same_persons(protected, kind):
    reader = READ[kind](protected)
    assert len(reader.hidden) > 1
    assert reader.recovers() == []


@pytest.mark.parametrize("kind", READ)
def test_by_itself_each_measure_would_tell_what_another_hides(protected, kind, monkeypatch):
    monkeypatch.setattr(levels, "larger", lambda measure, cells, ages: iter(()))
    assert READ[kind](protected).recovers()


def test_an_age_is_not_shown_beside_a_lower_one_that_few_lie_between(protected):
    reached = [({"term": "2015", "age_from": f"{age}"}, f"age >= {age}", "age >= 0") for age in (45, 50, 55, 60)]
    reader = Reader(protected, staff(protected), ["age"], "roster")
    reader.reads("ageing_share", reached)
    assert [name for name, *_ in reader.hidden] == [
        "ageing_share {'term': '2015', 'age_from': '55'}"
    ]  # 29 − 20 are few
