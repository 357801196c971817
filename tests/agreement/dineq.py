"""Decompositions of weighted incomes by sex, without errors: R's dineq, and laeken's Gini index by region."""

from agreement import Answer, data, has_data
from analysis.inference import (
    SurveyDesign,
    ge_decomposition,
    generalised_entropy,
    gini,
    gini_groups,
    mean,
    mean_log_deviation,
    proportion,
    theil,
    total,
)

FILE = "12_dineq_laeken"
NOT_OURS = {
    r"^laeken\.arpr\|": "measures of poverty are not offered",
    r"^laeken\.qsr\|": "laeken's groups are those up to and above a quantile; ours divide the person at the cut",
    r"^dineq\.mld_decomp\|\|note\|": "a text that was read as a number",
}

PERSONS = SurveyDesign(weights="rb050")


def answers():
    """Our number for each row of the file."""
    if not has_data("eusilc"):
        return
    incomes = data("eusilc")
    yield Answer("dineq.gini", "", "", "estimate", found(gini(incomes, "eqincome", PERSONS)))
    yield Answer("laeken.gini", "", "total", "estimate", found(gini(incomes, "eqincome", PERSONS)))
    for region, value in by_group(gini(incomes, "eqincome", PERSONS, "db040"), "db040").items():
        yield Answer("laeken.gini", "", region, "estimate", value)
    sample, has_income = PERSONS.sample(incomes), incomes["eqincome"] > 0
    for name, call in (("theil", theil), ("mld", mean_log_deviation)):
        value = found(call(incomes, "eqincome", sample, where=has_income))
        yield Answer(f"dineq.{name}", "", "", "estimate", value)
    for case, terms in (("gini", of_gini(incomes, sample, has_income)), ("mld", of_mld(incomes, sample, has_income))):
        for term, value in (terms | of_groups(incomes, sample, has_income)).items():
            yield Answer(f"dineq.{case}_decomp", "", term, "estimate", value)


def of_gini(incomes, sample, has_income):
    """The Gini index with its decomposition, and what each group adds to that within groups."""
    parts = by_group(gini_groups(incomes, "eqincome", sample, groups="rb090", where=has_income), "component")
    own = by_group(gini(incomes, "eqincome", sample, "rb090", where=has_income), "rb090")
    people, money = shares_by("rb090", incomes, sample, has_income)
    return (
        {f"gini_decomp.gini_{name}": value for name, value in parts.items()}
        | {f"gini_group.gini_group.{sex}": value for sex, value in own.items()}
        | {f"gini_group.gini_group_contribution.{sex}": people[sex] * money[sex] * own[sex] for sex in own}
    )


def of_mld(incomes, sample, has_income):
    """The mean log deviation with its decomposition, and what each group adds to that within groups."""
    made = ge_decomposition(incomes, "eqincome", sample, groups="rb090", alpha=0, where=has_income)
    own = generalised_entropy(incomes, "eqincome", sample, "rb090", alpha=0, where=has_income)
    parts, own = by_group(made, "component"), by_group(own, "rb090")
    people, _ = shares_by("rb090", incomes, sample, has_income)
    return (
        {f"mld_decomp.mld_{name}": value for name, value in parts.items()}
        | {f"mld_group.mld_group.{sex}": value for sex, value in own.items()}
        | {f"mld_group.mld_group_contribution.{sex}": people[sex] * own[sex] for sex in own}
    )


def of_groups(incomes, sample, has_income):
    """Means, shares and sizes of the groups."""
    averages = mean(incomes, "eqincome", sample, "rb090", where=has_income)
    ones = incomes.assign(one=1)
    sizes = by_group(total(ones, "one", PERSONS, "rb090", where=has_income), "rb090")
    rows = dict(zip(averages.table["rb090"], averages.table["n"], strict=True))
    people, money = shares_by("rb090", incomes, sample, has_income)
    return (
        {"mean.mean_total": found(mean(incomes, "eqincome", sample, where=has_income))}
        | {f"mean.mean_group.{sex}": value for sex, value in by_group(averages, "rb090").items()}
        | {f"share_groups.{sex}": value for sex, value in people.items()}
        | {f"share_income_groups.{sex}": value for sex, value in money.items()}
        | {"number_cases.n_unweighted": sum(rows.values()), "number_cases.n_weighted": sum(sizes.values())}
        | {f"number_cases.n_group_unweighted.{sex}": value for sex, value in rows.items()}
        | {f"number_cases.n_group_weighted.{sex}": value for sex, value in sizes.items()}
    )


def shares_by(groups, incomes, sample, has_income):
    """The share of the people and of the money that each group has."""
    people = by_group(proportion(incomes, groups, sample, where=has_income), groups)
    money = by_group(total(incomes, "eqincome", sample, groups, where=has_income), groups)
    return people, {group: value / sum(money.values()) for group, value in money.items()}


def found(made):
    """The only estimate of a call."""
    return made.table["estimate"].item()


def by_group(made, column):
    """The estimates of a call by the levels of a column."""
    return dict(zip(made.table[column], made.table["estimate"], strict=True))
