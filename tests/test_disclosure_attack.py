"""A tester takes all that a run over 12 communities and 3 subdistricts publishes, and tries to recover what is hidden of it.

The tester knows the rules, where communities lie, every base that is told of anywhere, and that counts are neither negative nor
greater than their base; builds all sums from that, without the project's own sums, and solves for the least and the most that
each hidden count may be. The synthetic Nanchang is the test bed, as if its persons were real.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from scipy.sparse import csr_array

from analysis.participation.activities import activities_of
from analysis.registers import quotients
from analysis.reporting import disclosure

PLACES = ["community_id", "subdistrict"]
SUBJECT = ["term", "wave", "education", "sex"]
BY = ([], ["subdistrict"], ["community_id"], ["sex"], ["subdistrict", "sex"])


@pytest.fixture(scope="module")
def protected(nanchang):
    return replace(nanchang, origin=nanchang.origin.model_copy(update={"is_synthetic": False}))


def shares(people, column, measure, by, table):
    """Measure rows of the shares of persons of whom a column is true, by groups."""
    rows = people.dropna(subset=column).astype(dict.fromkeys(by, "str"))
    grouped = rows.groupby(by)[column]
    made = grouped.agg(numerator="sum", denominator="size").reset_index()
    return quotients(measure, made, unit="proportion", table=table)


def levels(people, column, measure, by, table):
    """Measure rows of the shares of each level of a column, by groups."""
    rows = people.dropna(subset=column)
    base = rows.groupby(by).size().rename("denominator").reset_index()
    counts = pd.crosstab([rows[key] for key in by], rows[column]).stack().rename("numerator").reset_index()
    return quotients(measure, counts.merge(base, on=by), unit="proportion", table=table)


@pytest.fixture(scope="module")
def published(protected):
    """What chapters and pages publish of staff and residents at three levels of places and by sex, as it was computed."""
    roster = protected.table("roster")
    staff = roster[roster["term"] == "2018"].assign(is_female=lambda rows: rows["sex"].eq("female"))
    residents = activities_of(protected).people
    residents = residents[residents["wave"] == "second"]
    acts = [column for column in residents if column.startswith("acts_") and not column.endswith("_missing")]
    residents = residents.assign(
        **{column: residents[column].gt(0).where(residents[column].notna()) for column in acts}
    )
    tables = []
    for by in BY:
        of_term, of_wave = ["term", *by], ["wave", *by]
        tables.append(levels(staff, "education", "education_share", of_term, "roster"))
        tables.append(shares(staff, "is_party_member", "party_member_share", of_term, "roster"))
        if "sex" not in by:
            tables.append(shares(staff, "is_female", "female_share", of_term, "roster"))
        for column in ("takes_part", "is_hardship", acts[1]):
            tables.append(shares(residents, column, column, of_wave, "participation"))
    return tables


def known(protected, tables):
    """The counts of all shares of protected tables, as the tester sees them: one row a count, NaN where it is hidden."""
    seen, door = [], disclosure.Door(protected)
    for table in tables:
        rows = table.reset_index(drop=True)
        shown = door.judged(rows).shown
        rows = rows.loc[shown.index].assign(shown=shown["numerator"])
        seen.append(rows)
    cells = pd.concat(seen, ignore_index=True).reindex(
        columns=["measure", *PLACES, *SUBJECT, "numerator", "denominator", "shown"]
    )
    cells["base"] = cells["denominator"]
    keys = ["measure", *PLACES, *SUBJECT]
    cells[keys] = cells[keys].astype("object").fillna("").astype("str")
    # A base that any page tells, and the number of persons of a group of which any page tells anything.
    group = [*PLACES, "term", "wave", "sex"]
    cells["denominator"] = cells["denominator"].where(
        cells.groupby(group)["shown"].transform(lambda told: told.notna().any())
    )
    persons = cells.assign(measure="persons", education="", numerator=cells["base"])
    persons["shown"] = persons["numerator"].where(persons["denominator"].notna())
    persons = persons.sort_values("base", ascending=False).assign(denominator=np.nan, base=np.inf)
    cells = pd.concat([cells, persons], ignore_index=True)
    # What one page shows, the tester has, whatever another page hides.
    return cells.groupby(keys, as_index=False).agg(
        numerator=("numerator", "first"),
        denominator=("denominator", "first"),
        base=("base", "first"),
        shown=("shown", "max"),
    )


def sums(cells, lies_in):
    """Every sum that holds in these counts: (parts, whole) by position, or (parts, None) where the parts fill their base."""
    keys = ["measure", *PLACES, *SUBJECT]
    place = {tuple(key): at for at, key in enumerate(cells[keys].to_numpy())}
    found = {}
    for at, key in enumerate(cells[keys].to_numpy()):
        told = dict(zip(keys, key, strict=True))
        above = []
        if told["community_id"]:
            above += [{"community_id": "", "subdistrict": lies_in[told["community_id"]]}, {"community_id": ""}]
        elif told["subdistrict"]:
            above += [{"subdistrict": ""}]
        if told["sex"]:
            above += [{"sex": ""}]
        for change in above:
            whole = tuple((told | change).values())
            if whole in place:
                kind = tuple(sorted(change))
                found.setdefault((kind, whole), []).append(at)
        if told["measure"] == "education_share":
            base = tuple((told | {"education": ""}).values())
            found.setdefault(("levels", base), []).append(at)
    return [(parts, place.get(whole)) for (_, whole), parts in found.items()]


def attack(cells, lies_in):
    """The hidden counts with the least and the most that each may be."""
    hidden = cells["shown"].isna().to_numpy()
    value = cells["numerator"].to_numpy()
    column = np.cumsum(hidden) - 1
    rows, right = [], []
    for parts, whole in sums(cells, lies_in):
        total = value[whole] if whole is not None else cells["denominator"].iloc[parts[0]]
        if whole is None and np.isnan(total):
            continue  # of such a group nothing is told, nor how many it has
        if not np.isclose(value[parts].sum(), total):
            continue  # a person without a place, or in two: no sum holds
        row = np.zeros(hidden.sum())
        for part in parts:
            row[column[part]] += hidden[part]
        if whole is not None:
            row[column[whole]] -= hidden[whole]
        if row.any():
            rows.append(row)
            right.append(row @ value[hidden])
    caps = cells["denominator"].fillna(np.inf).to_numpy()[hidden]
    limits = np.column_stack([np.zeros(len(caps)), np.where(np.isinf(caps), 1000, caps)])
    system = csr_array(np.array(rows))
    least, most = value[hidden].copy(), value[hidden].copy()
    width = np.minimum(disclosure.LEAST, cells["base"][hidden].to_numpy() / 2) - 1e-6
    for one in range(len(caps)):
        for sign in (1, -1):
            if most[one] - least[one] < width[one]:
                goal = np.zeros(len(caps))
                goal[one] = sign
                solved = linprog(goal, A_eq=system, b_eq=right, bounds=limits)
                assert solved.status == 0, solved.message
                least, most = np.minimum(least, solved.x), np.maximum(most, solved.x)
    return cells[hidden].assign(least=least, most=most, width=width)


def recovered(protected, published):
    lies_in = protected.table("communities").set_index("community_id")["subdistrict"].to_dict()
    cells = known(protected, published)
    apart = cells.groupby(["measure", "term", "wave"])  # no sum holds between these
    parts = [attack(rows, lies_in) for _, rows in apart if rows["shown"].isna().any()]
    found = pd.concat(parts)
    return found, found[(found["most"] - found["least"] < found["width"]) & ~of_none_or_all(found, cells, lies_in)]


def of_none_or_all(found, cells, lies_in):
    """The counts of parts of a large group that shows that none, or all, of it are counted: so much is told of any part."""
    shown = cells[(cells["shown"] == 0) | (cells["shown"] == cells["denominator"])]
    told = {tuple(key) for key in shown[["measure", *PLACES, *SUBJECT]].to_numpy()}
    is_told = []
    for row in found[["measure", *PLACES, *SUBJECT]].to_dict("records"):
        street = row["subdistrict"] or lies_in.get(row["community_id"], "")
        above = [
            row | {"community_id": "", "subdistrict": place, "sex": sex}
            for place in (street, "")
            for sex in (row["sex"], "")
        ]
        is_told.append(any(tuple(one.values()) in told for one in above))
    return np.array(is_told)


def test_no_hidden_count_of_a_run_is_recovered(protected, published):
    hidden, told = recovered(protected, published)
    assert len(hidden) > 100
    assert told.empty, told.to_string()


def test_without_complements_the_same_attack_recovers_counts(protected, published, monkeypatch):
    monkeypatch.setattr(disclosure, "closed", lambda sums, hidden: hidden)
    monkeypatch.setattr(disclosure, "safe", lambda sums, hidden: hidden)
    _, told = recovered(protected, published)
    exact = told[told["most"] - told["least"] < 1e-6]
    assert len(exact) > 10
