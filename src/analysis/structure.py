"""The structure of the staff: numbers and posts, sex, age, education, skills.

Every measure is per term. Persons whose value is missing are left out of its base, and counted with their reason in
`excluded`. A row is a person, or as many of a register on an engine as its `frequency` says. Sources of the definitions:
docs/methods.md#structure.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.ages import age_bands, completed_years
from analysis.catalogue import Catalogue, Entry
from analysis.measure import arranged, combined, excluded, grouped, with_left_out
from analysis.registers import FREQUENCY, Registers, frequencies, quotients, sizes
from analysis.study import Study

COLLEGE = 5
"""ISCED 2011 level from which schooling is tertiary: 大专."""
SENIOR_SECONDARY = 3
"""ISCED 2011 level of 高中."""
PER = 10_000
"""Residents to whom the density of staff is related (workers per ten thousand residents)."""


def shares(
    people: pd.DataFrame,
    column: str,
    measure: str,
    by: Sequence[str],
    table: str = "roster",
    registers: Registers = "census",
) -> pd.DataFrame:
    """Share of each level of a column among the persons for whom it is known.

    Returns
    -------
    pandas.DataFrame
        Measure table with the columns of `by` and `column`. A level that a group has not stands with 0; one that
        nobody has in a term is not in its rows, since the source of that term may not know it.
    """
    rows = grouped(people, by)
    counts = sizes(rows.dropna(subset=column), [*by, column]).rename("numerator").reset_index()
    groups = rows[list(by)].drop_duplicates().sort_values(list(by))
    levels = counts[["term", column]].drop_duplicates()
    long = groups.merge(levels, on="term").merge(counts, on=[*by, column], how="left").fillna({"numerator": 0})
    long = long.sort_values([*by, column], ignore_index=True)
    long["denominator"] = long.groupby(list(by))["numerator"].transform("sum")
    long = with_left_out(long, rows, column, by, frequencies(rows))
    return quotients(measure, long, unit="proportion", table=table, registers=registers)


def share_where(
    people: pd.DataFrame,
    hit: pd.Series,
    measure: str,
    by: Sequence[str],
    source: str,
    registers: Registers = "census",
) -> pd.DataFrame:
    """Share of the persons for whom `hit` is true among those for whom it is known.

    Parameters
    ----------
    hit
        True, false, or missing, for each row of `people`.
    source
        The column whose reasons say why `hit` is missing.
    """
    return quotients(measure, _known(people, hit, by, source), unit="proportion", table="roster", registers=registers)


def mean_of(
    people: pd.DataFrame,
    values: pd.Series,
    measure: str,
    by: Sequence[str],
    unit: str,
    source: str,
    registers: Registers = "census",
) -> pd.DataFrame:
    """Mean of a quantity over the persons for whom it is known."""
    return quotients(measure, _known(people, values, by, source), unit=unit, table="roster", registers=registers)


def _known(people: pd.DataFrame, values: pd.Series, by: Sequence[str], source: str) -> pd.DataFrame:
    """Each person's value as a numerator over one, and why those of the group are missing that are."""
    rows = grouped(people, by)
    kept = rows[[*by, *([FREQUENCY] if FREQUENCY in rows else [])]]
    made = kept.assign(numerator=values.astype("Float64"), denominator=1)
    return with_left_out(made, rows, source, by, frequencies(rows))


def blau(counts: pd.DataFrame) -> pd.Series:
    """Blau's index of diversity for each row of counts, 1 − Σp², from 0 to 1 − 1/k (Blau 1977)."""
    p = counts.div(counts.sum(axis=1).replace(0, np.nan), axis=0)
    return (1 - (p**2).sum(axis=1)).where(p.notna().all(axis=1))


def blau_unbiased(counts: pd.DataFrame) -> pd.Series:
    """Blau's index times n/(n−1): the chance that two different persons differ. Missing for fewer than two persons."""
    n = counts.sum(axis=1)
    return blau(counts) * n / (n - 1).where(n > 1)


def iqv(counts: pd.DataFrame) -> pd.Series:
    """Index of qualitative variation, Blau's index over its largest value (1 − 1/k for k columns), from 0 to 1."""
    k = counts.shape[1]
    return blau(counts) * k / (k - 1) if k > 1 else blau(counts) * np.nan


def diversity(people: pd.DataFrame, column: str, by: Sequence[str]) -> pd.DataFrame:
    """The three indices for a column, over the levels that occur anywhere in `people`: `<column>_blau` and so on."""
    rows = grouped(people, by)
    counts = sizes(rows.dropna(subset=column), [*by, column]).unstack(column, fill_value=0)
    groups = counts.index.to_frame(index=False)
    groups = with_left_out(groups, rows, column, by, frequencies(rows))
    tables = []
    for index in (blau, blau_unbiased, iqv):
        values = index(counts).to_numpy()
        facts = {"measure": f"{column}_{index.__name__}", "unit": "index", "table": "roster", "interval": "census"}
        reason = np.where(np.isnan(values), "too_few", "")
        tables.append(groups.assign(estimate=values, n=counts.sum(axis=1).to_numpy(), reason=reason, **facts))
    return combined(arranged(table) for table in tables)


def attained(education: pd.Series, levels: Mapping[str, Entry], at_least: int) -> pd.Series:
    """Whether schooling reached an ISCED level: true, false, or missing where it is unknown or its category straddles it."""
    outcome = {}
    for level, entry in levels.items():
        if "isced" in entry:
            low, high = entry["isced"]
            outcome[level] = True if low >= at_least else False if high < at_least else pd.NA
    return education.map(outcome).astype("boolean")


def attainment(people: pd.DataFrame, catalogue: Catalogue, by: Sequence[str], registers: Registers) -> pd.DataFrame:
    """Education: shares by level and by ISCED level, junior college and above, senior secondary and below.

    A group in which a category straddles the cut has no such share, with the reason `level_straddles`; ISCED shares are given
    only where every category is one ISCED level.
    """
    levels = catalogue.levels_of("education")
    education = people["education"]
    tables = [
        shares(people, "education", "education_share", by, registers=registers),
        diversity(people, "education", by),
    ]
    single = {
        level: f"isced_{entry['isced'][0]}"
        for level, entry in levels.items()
        if len({*entry.get("isced", (0, 1))}) == 1
    }
    if education.dropna().isin(single).all():
        isced = people.assign(isced=education.map(single))
        tables.append(shares(isced, "isced", "isced_share", by, registers=registers))
    for measure, at_least, wanted in (
        ("college_share", COLLEGE, True),
        ("senior_secondary_or_below_share", SENIOR_SECONDARY + 1, False),
    ):
        reached = attained(education, levels, at_least)
        straddles = reached.isna() & education.notna()
        table = share_where(people, reached == wanted, measure, by, "education", registers)
        tables.append(_undefined_where(table, people, straddles, by, "level_straddles"))
    return combined(tables)


def schooling(
    people: pd.DataFrame,
    levels: Mapping[str, Entry],
    declared: Mapping[str, float],
    by: Sequence[str],
    registers: Registers = "census",
) -> pd.DataFrame:
    """Mean years of schooling by a printed map of years per level.

    A group with a level for which neither the catalogue nor the study declares years has none (`years_undeclared`).
    """
    years = {level: float(entry["years"]) for level, entry in levels.items() if "years" in entry} | dict(declared)
    values = people["education"].map(years)
    table = mean_of(people, values, "mean_years_of_schooling", by, "years", "education", registers)
    return _undefined_where(table, people, values.isna() & people["education"].notna(), by, "years_undeclared")


def _undefined_where(
    table: pd.DataFrame, people: pd.DataFrame, rows: pd.Series, by: Sequence[str], reason: str
) -> pd.DataFrame:
    """The table with the groups that hold one of the rows left undefined, for the reason."""
    affected = pd.MultiIndex.from_frame(grouped(people[rows], by)[list(by)])
    undefined = pd.MultiIndex.from_frame(table[list(by)]).isin(affected)
    values = ["estimate", "low", "high", "numerator"]
    return table.assign(
        **{column: table[column].mask(undefined) for column in values}, reason=table["reason"].mask(undefined, reason)
    )


def members_of_set(
    people: pd.DataFrame, column: str, into: str, measure: str, by: Sequence[str], registers: Registers = "census"
) -> pd.DataFrame:
    """For a column that holds a set (skills, certificates), the share of persons who have each of its levels.

    A blank cell is missing, and such persons are left out: nobody can tell none from not recorded. A study that writes "none"
    maps it to the empty set.
    """
    known = people.dropna(subset=column)
    held = known[column].str.get_dummies(";").astype(bool)
    held = held.loc[:, held.columns != ""]  # pandas on pyarrow counts the empty set as a level
    tables = [
        share_where(people, held[level].reindex(people.index), measure, by, column, registers).assign(**{into: level})
        for level in held
    ]
    return combined(tables)


def headcount(people: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Persons, and persons per community that lists any."""
    rows = grouped(people, by)
    communities = rows.groupby(list(by))["community_id"].nunique()
    counts = pd.DataFrame({"numerator": sizes(rows, by), "denominator": communities}).reset_index()
    total = counts[list(by)].assign(measure="staff_count", estimate=counts["numerator"], n=counts["numerator"])
    return combined(
        [
            arranged(total.assign(unit="count", table="roster", interval="census")),
            quotients(
                "staff_per_community",
                counts.assign(n=counts["numerator"]),
                unit="persons",
                table="roster",
            ),
        ]
    )


def density(people: pd.DataFrame, communities: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Staff per ten thousand residents, over the communities whose number of residents is known.

    The residents are those of the group's places, whether or not a community of them has staff of the group.
    """
    known = communities.dropna(subset="residents")
    staff = grouped(people[people["community_id"].isin(known["community_id"])], by)
    counts = sizes(staff, by).rename("n").reset_index()
    places = [column for column in by if column in known]
    residents = grouped(known, places).assign(everywhere="")
    base = residents.groupby(["everywhere", *places], as_index=False)["residents"].sum()
    groups = counts.assign(everywhere="").merge(base, on=["everywhere", *places])
    groups = groups.assign(numerator=groups["n"] * PER, denominator=groups["residents"])
    return quotients(
        "staff_density",
        groups.drop(columns=["everywhere", "residents"]),
        unit="per_10000",
        table="roster",
    )


def vacancies(posts: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Posts that are established and not filled; posts filled beyond the establishment are apart, not negative vacancies.

    Parameters
    ----------
    posts
        One row per community, role and term with `established` and `filled`; a row without either is left out.

    Returns
    -------
    pandas.DataFrame
        Measure table: `vacancy_rate`, vacant over established posts; `posts_over_establishment`; and
        `communities_with_vacancy`, the communities where a post is vacant.
    """
    known = grouped(posts.dropna(subset=["established", "filled"]), by)
    left_out = excluded(grouped(posts.dropna(subset="established"), by), "filled", by)
    gap = (known["established"] - known["filled"]).astype("Int64")
    rows = known.assign(vacant=gap.clip(lower=0), over=(-gap).clip(lower=0))
    sums = rows.groupby(list(by), as_index=False)[["vacant", "over", "established"]].sum()
    lacking = rows[rows["vacant"] > 0].groupby(list(by))["community_id"].nunique()
    sums = sums.merge(lacking.rename("lacking").reset_index(), on=list(by), how="left").fillna({"lacking": 0})
    sums = sums.merge(left_out, on=list(by), how="left").fillna({"excluded": ""})
    groups = sums[[*by, "excluded"]]
    rate = groups.assign(numerator=sums["vacant"], denominator=sums["established"])
    facts = {"n": sums["established"], "table": "posts", "interval": "census"}
    return combined(
        [
            quotients("vacancy_rate", rate, unit="proportion", table="posts"),
            arranged(groups.assign(measure="posts_over_establishment", estimate=sums["over"], unit="posts", **facts)),
            arranged(
                groups.assign(measure="communities_with_vacancy", estimate=sums["lacking"], unit="communities", **facts)
            ),
        ]
    )


def ages(people: pd.DataFrame, study: Study, by: Sequence[str]) -> pd.DataFrame:
    """Mean age, shares by band, and shares of those who have reached each of the study's ages."""
    registers = study.settings.registers
    age = completed_years(people, study.terms)
    source = "birth_year" if "birth_year" in people else "birth_date"
    banded = people.assign(age_band=age_bands(age, study.catalogue.level_set("age_band")))
    if source + "_missing" in people:
        banded["age_band_missing"] = people[source + "_missing"]
    tables = [
        mean_of(people, age, "mean_age", by, "years", source, registers),
        shares(banded, "age_band", "age_band_share", by, registers=registers),
    ]
    for cut in study.cut_off("ageing", [50, 55, 60]):
        share = share_where(people, age >= cut, "ageing_share", by, source, registers)
        tables.append(share.assign(age_from=f"{cut:g}"))
    return combined(tables)


def known_by_year(study: Study) -> int:
    """Of how many persons of the roster the year of birth is known, but not the day."""
    dated = "birth_date" in study.columns("roster")
    people = study.rows("roster", ["birth_year", *(["birth_date"] if dated else [])])
    is_known = people["birth_year"].notna() & (people["birth_date"].isna() if dated else True)
    each = frequencies(people)
    return int((is_known if each is None else is_known * each).sum())


def sex_ratio(people: pd.DataFrame, by: Sequence[str], registers: Registers = "census") -> pd.DataFrame:
    """Men per hundred women; missing where there are no women."""
    rows = _known(people, 100.0 * people["sex"].eq("male").where(people["sex"].notna()), by, "sex")
    is_known = rows["numerator"].notna()
    rows = rows.assign(denominator=(is_known & (rows["numerator"] == 0)).astype(int), n=is_known.astype(int))
    return quotients("sex_ratio", rows, unit="per_100", table="roster", registers=registers)


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of structure that the study's tables allow, by term and the columns of `by`."""
    groups = ["term", *(column for column in by if column != "term")]
    tables = []
    if study.has("roster") and {*groups} <= {*study.columns("roster")}:
        tables += [*_of_persons(study, groups)]
        if study.has("communities") and "residents" in study.columns("communities"):
            staff = study.rows("roster", ["community_id", *groups])
            tables.append(density(staff, study.table("communities"), groups))
    if study.has("posts") and {"filled", *groups} <= {*study.columns("posts")}:
        tables.append(vacancies(study.table("posts"), groups))
    return combined(tables)


def _of_persons(study: Study, groups: Sequence[str]) -> Iterator[pd.DataFrame]:
    """The measures of the roster, each where the roster has its column."""
    known, registers = study.columns("roster"), study.settings.registers

    def people(*columns: str) -> pd.DataFrame:
        return study.rows("roster", [*groups, *(column for column in columns if column in known)])

    yield headcount(people("community_id"), groups)
    if "sex" in known:
        persons = people("sex")
        is_female = persons["sex"].eq("female").astype("boolean").mask(persons["sex"].isna())
        yield share_where(persons, is_female, "female_share", groups, "sex", registers)
        yield sex_ratio(persons, groups, registers)
    if "birth_year" in known:
        yield ages(people("birth_year", "birth_date"), study, groups)
    if "education" in known:
        declared, persons = study.settings.years_of_schooling, people("education")
        yield attainment(persons, study.catalogue, groups, registers)
        years = declared.years if declared else {}
        yield schooling(persons, study.catalogue.levels_of("education"), years, groups, registers)
    if "is_party_member" in known:
        persons = people("is_party_member")
        is_member = persons["is_party_member"]
        yield share_where(persons, is_member, "party_member_share", groups, "is_party_member", registers)
    if "party_affiliation" in known:
        persons = people("party_affiliation")
        yield shares(persons, "party_affiliation", "party_affiliation_share", groups, registers=registers)
    for column, into in (("skills", "skill"), ("certificates", "certificate")):
        if column in known:
            yield members_of_set(people(column), column, into, f"{into}_share", groups, registers)
    if "posts_held" in known:
        persons = people("posts_held")
        yield mean_of(persons, persons["posts_held"], "posts_held", groups, "posts", "posts_held", registers)
