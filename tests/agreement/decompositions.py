"""Concentration and decompositions of weighted incomes, without errors: R's IC2.

Where ties matter, as among the members of a household, IC2 ranks them in the order of their rows. Ours share a rank;
given IC2's ranks as a column they give its numbers.
"""

from agreement import Answer, data, has_data
from agreement.dineq import PERSONS, by_group, found, shares_by
from analysis.inference import concentration_index, ge_decomposition, generalised_entropy, gini, gini_groups, mean

FILE = "11_inequality_formulas"
CASES = r"^(rineq|IC2\.(conc|decomp))"
NOT_OURS = {
    r"^rineq": "the data set, `housing` of the R package rineq, did not come with the rows",
    r"\|(ineq\.)?parameter\.": "the row says what was asked for",
    r"^IC2\.decompAtkinson": "decompositions of Atkinson's indices are not offered",
    r"\|decomp\.betweenELMO\|": "the greatest `between` that groups of these sizes could have (Elbers et al.) is not offered",
    r"\|stratif\.": "the stratification of single groups is not offered; their sum is",
}

KINDS = {"BM": "overlap", "YL": "stratification"}


def answers():
    """Our number for each row of the file."""
    if not has_data("eusilc"):
        return
    incomes = data("eusilc")
    incomes = incomes.assign(place=incomes["eqincome"].rank(method="first"))
    sample, has_income = PERSONS.sample(incomes), incomes["eqincome"] > 0
    made = concentration_index(incomes, "py010n", sample, rank="place")
    yield Answer("IC2.conc", "", "index.SConc", "estimate", found(made))
    people, money = shares_by("rb090", incomes, sample, has_income)
    for alpha in (0, 1, 2):
        made = ge_decomposition(incomes, "eqincome", sample, groups="rb090", alpha=alpha, where=has_income)
        own = generalised_entropy(incomes, "eqincome", sample, "rb090", alpha=alpha, where=has_income)
        own = by_group(own, "rb090")
        added = {sex: people[sex] ** (1 - alpha) * money[sex] ** alpha * own[sex] for sex in own}
        yield from described(f"IC2.decompGEI{alpha}", "GEI", by_group(made, "component"), own, added, people, money)
    for groups in ("rb090", "db040"):
        people, money = shares_by(groups, incomes, sample, has_income)
        own = by_group(gini(incomes, "eqincome", sample, groups, where=has_income), groups)
        for name, kind in KINDS.items():
            made = gini_groups(incomes, "eqincome", sample, groups=groups, kind=kind, where=has_income)
            added = {one: money[one] * own[one] * (people[one] if name == "BM" else 1) for one in own}
            parts = by_group(made, "component")
            if (kind, groups) == ("stratification", "rb090"):  # a household is in one region, but of both sexes
                average = by_group(mean(incomes, "eqincome", sample, groups, where=has_income), groups)
                means = incomes.assign(mean=incomes[groups].map(average))
                parts["between"] = found(concentration_index(means, "mean", PERSONS, rank="place", where=has_income))
                parts[kind] = parts["total"] - parts["within"] - parts["between"]
            yield from described(f"IC2.decompGini_{name}_{groups}", "SGini", parts, own, added, people, money)


def described(case, index, parts, own, added, people, money):
    """What the file holds of a decomposition: the components, each group's index and what it adds, and the shares."""
    yield Answer(case, "", f"ineq.index.{index}", "estimate", parts["total"])
    for name, ours in (("within",) * 2, ("between",) * 2, ("overlap",) * 2, ("stratif", "stratification")):
        if ours in parts:
            yield Answer(case, "", f"decomp.{name}", "estimate", parts[ours])
    for name, values in (
        (f"intra.{index}Groups", own),
        (f"intra.contrib{index}Groups", added),
        ("ws.wIntra", people),
        ("ws.sIntra", money),
    ):
        for group, value in values.items():
            yield Answer(case, "", f"{name}.{group}", "estimate", value)
