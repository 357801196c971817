"""An intruder has all pages of one run: the city's report, its comparison of subdistricts, and pages of 12 communities.

What each page shows of staff and of teams that an election made is an equation over persons, a rounded mean two bounds; the
identities are those of the field (B − L = |S∩E| = N1 − A, posts filled = persons), not the project's own sums. The synthetic
Nanchang is the test bed, as if its persons were real.
"""

from dataclasses import replace

import pandas as pd
import pytest
from intruder import Intruder

from analysis import structure, turnover
from analysis.ages import completed_years
from analysis.communities.measures import Asked, city, of_communities
from analysis.measure import combined
from analysis.reporting import disclosure
from analysis.reporting.disclosure.persons import Persons
from analysis.turnover.roster import roster_of

BANDS = {"under_35": 0, "from_35": 35, "from_45": 45, "from_50": 50, "from_55": 55, "from_60": 60}
ISCED = {"primary": 1, "junior_secondary": 2, "senior_secondary": 3, "junior_college": 5, "bachelor": 6}
YEARS = " + ".join(f"{years} * (isced == {isced})" for isced, years in {1: 6, 2: 9, 3: 12, 5: 15, 6: 16}.items())
KNOWN = {"isced": "isced > 0", "sex": "sex == sex", "age": "age >= 0"}
COUNTED = {
    "isced": {
        "education_share": "isced == {education}", "isced_share": "isced == {isced}",
        "college_share": "isced >= 5", "senior_secondary_or_below_share": "0 < isced <= 3",
    },
    "sex": {"female_share": "sex == 'female'"},
    "age": {"age_band_share": "{low} <= age < {high}", "ageing_share": "age >= {age_from}"},
}  # fmt: skip
"""What divides staff → the shares of it, and who is counted of whom it is known."""
ADDED_UP = {"mean_years_of_schooling": ("isced", YEARS), "mean_age": ("age", "age")}
"""Means → what they divide by persons."""
FLOWS = {
    "leaver_rate": lambda left, joined, stayed: (left, left / 2 + joined / 2 + stayed),
    "leaver_rate_per_year": lambda left, joined, stayed: (left, left / 2 + joined / 2 + stayed),
    "leaving_probability_per_year": lambda left, joined, stayed: (left, left + stayed),
    "accession_rate": lambda left, joined, stayed: (joined, left / 2 + joined / 2 + stayed),
    "stability_index": lambda left, joined, stayed: (stayed, left + stayed),
    "carry_over_rate": lambda left, joined, stayed: (stayed, joined + stayed),
    "renewal_rate": lambda left, joined, stayed: (joined, joined + stayed),
    "overlap_index": lambda left, joined, stayed: (stayed, left + joined + stayed),
}
"""Rates of turnover as quotients of counts (METHODS §1)."""
READ = {"staff_count", "vacancy_rate", *ADDED_UP, *FLOWS, *(one for shares in COUNTED.values() for one in shares)}


@pytest.fixture(scope="module")
def protected(nanchang):
    return replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))


@pytest.fixture(scope="module")
def computed(protected):
    """The tables of all pages of the run, each as it comes to the door."""
    roster = protected.table("roster")
    lies_in = protected.table("communities").set_index("community_id")["subdistrict"]
    tables = protected.reading.tables | {"roster": roster.assign(subdistrict=roster["community_id"].map(lies_in))}
    compared = replace(protected, reading=protected.reading._replace(tables=tables))
    rates = turnover.rates(roster_of(compared), ["subdistrict"])
    chapters = [structure.measures(protected), structure.measures(compared, ["subdistrict"])]
    chapters += [turnover.rates(roster_of(protected)), rates, rates[rates["measure"] == "renewal_rate"]]
    registers = replace(protected, settings=protected.settings.model_copy(update={"index": None}))
    unasked = Asked(None, "", None, "")
    pages = combined([of_communities(registers, unasked), city(registers, unasked)])
    return [part for table in (*chapters, pages) if len(part := table[table["measure"].isin(READ)])]


def shown(opened, computed):
    """All rows of the run as they leave, with their places as text."""
    door = disclosure.Door(opened)
    rows = pd.concat([door.judged(table).shown for table in computed], ignore_index=True)
    places = ["community_id", "subdistrict"]
    return rows.assign(**{column: rows[column].astype("object").fillna("") for column in places})


@pytest.fixture(scope="module")
def published(protected, computed):
    return shown(protected, computed)


def of_place(intruder, row):
    """The cells of the community or subdistrict that a row is of; all cells of the city."""
    for column in ("community_id", "subdistrict"):
        if row[column]:
            return intruder.of(f"{column} == '{row[column]}'")
    return intruder.of("persons == persons")


def named(row):
    told = ("measure", "community_id", "subdistrict", "term", "education", "isced", "age_band", "age_from")
    return " ".join(str(row[one]) for one in told if row[one] and not pd.isna(row[one]))


def reads(intruder, row, counted, base, value=None):
    """What one row says: of how many, and how many are counted, or what a mean of two decimals adds up to."""
    if row["reason"] == "hidden":
        if value is None:
            intruder.misses(named(row), counted, None if counted is base else base)
    elif value is None:
        intruder.sees(counted)
        intruder.sees(base)
    else:
        intruder.sees(base)
        intruder.sees(base * value, within=0.005 * row["n"])


def intruder_of_staff(protected, rows, term, by):
    """Who reads all that the pages say of one term's staff as one thing divides it, and of their number."""
    people = protected.table("roster").query(f"term == '{term}'")
    lies_in = protected.table("communities").set_index("community_id")["subdistrict"]
    people = people.assign(
        subdistrict=people["community_id"].map(lies_in),
        isced=people["education"].map(ISCED).fillna(-1),
        age=completed_years(people, protected.terms).astype("float64").fillna(-1),
        sex=people["sex"].astype("str"),
    )
    intruder = Intruder(people, ["community_id", by], within=["subdistrict"])
    edges = dict(zip(BANDS, [*BANDS.values(), 200][1:], strict=True))
    for row in rows[rows["term"] == term].to_dict("records"):
        everybody = of_place(intruder, row)
        known = everybody * intruder.of(KNOWN[by])
        if row["measure"] in ("staff_count", "vacancy_rate"):
            reads(intruder, row, everybody, everybody)
        elif row["measure"] in COUNTED[by]:
            facts = {
                "education": ISCED.get(row["education"]),
                "isced": str(row["isced"])[6:],
                "low": BANDS.get(row["age_band"]),
                "high": edges.get(row["age_band"]),
                "age_from": row["age_from"],
            }
            reads(intruder, row, known * intruder.of(COUNTED[by][row["measure"]].format(**facts)), known)
        elif ADDED_UP.get(row["measure"], ("",))[0] == by:
            reads(intruder, row, known, known, intruder.of(ADDED_UP[row["measure"]][1]))
    return intruder


def intruder_of_turnover(protected, rows, first, second):
    """Who reads what all pages say of who left, stayed and joined at one election."""
    roster = protected.table("roster")
    lies_in = protected.table("communities").set_index("community_id")["subdistrict"]
    team = roster[["community_id", "person_id", "term"]]
    both = team[team["term"] == first].merge(
        team[team["term"] == second], on=["community_id", "person_id"], how="outer", indicator="fate"
    )
    both = both.assign(
        fate=both["fate"].astype("str").map({"left_only": "left", "right_only": "joined", "both": "stayed"}),
        subdistrict=both["community_id"].map(lies_in),
    )
    intruder = Intruder(both, ["community_id", "fate"], within=["subdistrict"])
    fates = {fate: intruder.of(f"fate == '{fate}'") for fate in ("left", "joined", "stayed")}
    for row in rows.to_dict("records"):
        place = of_place(intruder, row)
        if row["measure"] == "staff_count" and row["term"] in (first, second):
            team = place * (fates["left" if row["term"] == first else "joined"] + fates["stayed"])
            reads(intruder, row, team, team)
        elif row["measure"] in FLOWS and row["window"] == f"{first}→{second}":
            counted, base = FLOWS[row["measure"]](**fates)
            reads(intruder, row, place * counted, place * base)
    return intruder


def of_none_or_all(found):
    """Whether a count is one of which all of the city, or none, is told: those aged 60 and over, whom nobody is."""
    return "ageing_share" in found[0] and found[0].endswith(" 60")


@pytest.mark.parametrize("by", KNOWN)
def test_no_count_of_staff_follows_from_all_pages_of_a_run(protected, published, by):
    intruder = intruder_of_staff(protected, published, "2018", by)
    assert len(intruder.hidden) > 20
    assert [one for one in intruder.recovers() if not of_none_or_all(one)] == []


def test_no_count_of_an_election_follows_from_all_pages_of_a_run(protected, published):
    intruder = intruder_of_turnover(protected, published, "2015", "2018")
    assert len(intruder.hidden) > 20
    assert intruder.recovers() == []


def test_posts_would_tell_of_teams_and_means_of_levels(protected, computed, monkeypatch):
    monkeypatch.setattr(Persons, "tell_levels", lambda self, table: pd.Series(False, index=table.index))
    public = replace(protected, settings=protected.settings.model_copy(update={"sensitivity": {"posts": "public"}}))
    found = intruder_of_staff(public, shown(public, computed), "2018", "isced").recovers()
    exact = {name.split()[0] for name, least, most in found if most - least < 1}
    assert exact == {"staff_count", "education_share", "isced_share"}
