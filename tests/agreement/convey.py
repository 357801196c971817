"""Generalised entropy, Atkinson's indices and the Lorenz curve: R's convey on two designs of incomes and three of schools."""

from functools import partial

from scipy import stats

from agreement import Answer, data, has_data
from agreement.designs import API
from analysis.inference import SurveyDesign, atkinson, generalised_entropy, lorenz

FILE = "10_convey_inequality"
CASES = r"^(?!.*dec)"
BETWEEN = {"eusilc": "457", "eusilc_hh": "457", "apistrat": "12346789", "apiclus1": "12345789", "apiclus2": "3456789"}
"""The tenths of the people that fall between two values. convey then interpolates the quantile in the error."""
NOT_OURS = {
    r"\.(zenga|jdiv)\|": "the index is not offered",
    r"\.(arpt|arpr|rmpg|poormed|gpg|richness|watts|fgt\d(_by)?)\|": "measures of poverty, riches and pay gaps are not offered",
    r"\.qsr\|": "convey's groups are those above and not above a quantile; ours divide the person at the cut",
} | {
    rf"^{name}\.lorenz\|\|L\(0\.[{tenths}]\)\|se$": "the error rests on an interpolated quantile, which a split row changes"
    for name, tenths in BETWEEN.items()
}

POINTS = [place / 10 for place in range(11)]
ALPHAS = (-1, 0, 0.5, 1, 2)
EPSILONS = (0.25, 0.5, 1, 2)
INCOMES = {
    "eusilc": SurveyDesign(weights="rb050", strata="db040", clusters="rb030"),
    "eusilc_hh": SurveyDesign(weights="rb050", strata="db040", clusters="db030"),
}
SCHOOLS = {"apistrat": ("strat", "enroll"), "apiclus1": ("clus1", "enroll"), "apiclus2": ("clus2", "api.stu")}


def samples():
    """Each design that there are data for: its name, frame, the design, the amounts, the domains, and who has any."""
    for name, design in INCOMES.items():
        if has_data("eusilc"):
            frame = data("eusilc")
            yield name, frame, design, "eqincome", "rb090", frame["eqincome"] > 0
    for name, (key, column) in SCHOOLS.items():
        dataset, design = API[key]
        if has_data(dataset):
            yield name, data(dataset), design, column, "stype", None


def answers():
    """Our number for each row of the file."""
    for name, frame, design, column, by, has_any in samples():
        sample = design.sample(frame)
        curve = lorenz(frame, column, sample, points=POINTS).table
        for _, row in curve.iterrows():
            term, tenth = f"L({row['population_share']:g})", f"{10 * row['population_share']:g}"
            yield Answer(f"{name}.lorenz", "", term, "estimate", row["estimate"])
            if tenth not in BETWEEN[name]:
                yield Answer(f"{name}.lorenz", "", term, "se", row["se"])
        indices = {f"gei{alpha}": partial(generalised_entropy, alpha=alpha) for alpha in ALPHAS}
        indices |= {f"atk{epsilon}": partial(atkinson, epsilon=epsilon) for epsilon in EPSILONS}
        for index, call in indices.items():
            case = f"{name}.{index}"
            yield from described(case, column, call(frame, column, sample, where=has_any).table.iloc[0])
            for _, row in call(frame, column, sample, by, where=has_any).table.iterrows():
                for quantity in ("estimate", "se"):
                    yield Answer(f"{case}_by", f"{by}={row[by]}", column, quantity, row[quantity])


def described(case, column, row):
    """What the file holds of an index: itself, its error and its interval."""
    yield Answer(case, "", column, "estimate", row["estimate"])
    yield Answer(case, "", column, "se", row["se"])
    for sign, bound in ((-1, "lower95_z"), (1, "upper95_z")):
        yield Answer(case, "", column, bound, row["estimate"] + sign * stats.norm.ppf(0.975) * row["se"])
