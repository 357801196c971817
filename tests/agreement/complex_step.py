"""Gini and concentration indices, decompositions by groups and sources, on schools and incomes.

No R package offers them with errors by their textbook definitions; R differentiated these with a complex step, put
the derivatives through survey's variances, and made the jackknife beside.
"""

from functools import partial

from agreement import Answer, data, has_data
from agreement.designs import API
from analysis.inference import (
    ResampledDesign,
    SurveyDesign,
    concentration_index,
    ge_decomposition,
    generalised_entropy,
    gini,
    gini_groups,
    gini_sources,
)

FILE = "13_complexstep_inequality"
NOT_OURS = {
    r"^convey_defect\.": "convey's Gini index of equal incomes, which should be 0 and hangs on the weights' scale",
}

HOUSEHOLDS = SurveyDesign(weights="rb050", strata="db040", clusters="db030")
DESIGNS = {"apistrat": ("strat", "JKn"), "apiclus1": ("clus1", "JK1")}
"""The design of each data set of schools, and the jackknife for it."""
DOMAINS = {"gini_enroll", "ge1", "conc_schwide_by_meals"}
"""What the file has by type of school."""
PARTS = {"W": "within", "B": "between", "Bshare": "between_share"}
SOURCES = {"apistu": "api.stu", "rest": "rest"}
COMPONENTS = {
    "share": "share",
    "Gk": "gini",
    "Rk": "correlation",
    "contrib": "contribution",
    "elast": "marginal_effect",
}


def measures():
    """The calls that answer the rows, each with the names that R gave its rows by ours of the same call."""
    yield partial(gini, column="enroll"), {"gini_enroll": {}}
    yield partial(gini, column="tied"), {"gini_tied": {}}
    for name, outcome, kind in (
        ("conc_apistu", "api.stu", "standard"),
        ("genconc_apistu", "api.stu", "generalised"),
        ("conc_schwide", "is_wide", "standard"),
        ("erreygers_schwide", "is_wide", "erreygers"),
        ("wagstaff_schwide", "is_wide", "wagstaff"),
    ):
        yield partial(concentration_index, outcome=outcome, rank="meals", kind=kind), {f"{name}_by_meals": {}}
    for alpha in (0, 1, 2):
        yield partial(generalised_entropy, column="enroll", alpha=alpha), {f"ge{alpha}": {}}
        names = {f"ge{alpha}_{name}": {"component": ours} for name, ours in PARTS.items()}
        yield partial(ge_decomposition, column="enroll", groups="stype", alpha=alpha), names
    names = {f"ginidec_BM_{name}": {"component": name} for name in ("within", "between", "overlap")}
    yield partial(gini_groups, column="enroll", groups="stype"), names
    names = {
        f"ginidec_{name}_YL": {"component": ours}
        for name, ours in (("within", "within"), ("between", "between"), ("strat", "stratification"))
    }
    yield partial(gini_groups, column="enroll", groups="stype", kind="stratification"), names
    names = {
        f"src_{source}_{name}": {"source": column, "component": ours}
        for source, column in SOURCES.items()
        for name, ours in COMPONENTS.items()
    }
    yield partial(gini_sources, sources=list(SOURCES.values())), names


def answers():
    """Our number for each row of the file."""
    for dataset, (design, kind) in DESIGNS.items():
        if has_data(dataset):
            yield from of_schools(dataset, API[design][1], kind)
    if has_data("eusilc"):
        incomes = data("eusilc")
        for domain, row in [("all", gini(incomes, "eqincome", HOUSEHOLDS).table.iloc[0])] + [
            (row["rb090"], row) for _, row in gini(incomes, "eqincome", HOUSEHOLDS, "rb090").table.iterrows()
        ]:
            yield Answer("eusilc_hh.gini_pairwise", domain, "", "estimate", row["estimate"])
            yield Answer("eusilc_hh.gini_pairwise", domain, "", "se", row["se"])


def of_schools(dataset, design, kind):
    """The answers of one design, linearised and by the jackknife."""
    schools = data(dataset)
    schools = schools.assign(
        tied=schools["enroll"] // 200,
        is_wide=schools["sch.wide"] == "Yes",
        rest=schools["enroll"] - schools["api.stu"],
    )
    linearised = design.sample(schools)
    jackknifed = ResampledDesign(design, kind, is_about_estimate=False).sample(schools)
    for call, names in measures():
        tables = [call(schools, design=sample).table for sample in (linearised, jackknifed)]
        for name, labels in names.items():
            yield from described(f"{dataset}.{name}", name, *(chosen(table, labels) for table in tables))
        for name in DOMAINS & set(names):
            tables = [call(schools, design=sample, by="stype").table for sample in (linearised, jackknifed)]
            for level in ("E", "H", "M"):
                rows = [chosen(table, {"stype": level}) for table in tables]
                yield from described(f"{dataset}.dom_{level}.{name}", name, *rows)


def chosen(table, labels):
    """The row of a table that has some labels."""
    for column, value in labels.items():
        table = table[table[column] == value]
    return table.iloc[0]


def described(case, name, linearised, jackknifed):
    """What the file holds of one estimate."""
    yield Answer(case, "", name, "estimate", linearised["estimate"])
    yield Answer(case, "", "", "se", linearised["se"])
    yield Answer(case, "", "", "se_jackknife", jackknifed["se"])
