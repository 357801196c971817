"""Gini, entropy, Atkinson's indices and Lorenz curves without errors: R's ineq on four vectors, IC2 on weighted incomes."""

import pandas as pd

from agreement import Answer, data, has_data, rows
from analysis.inference import Census, SurveyDesign, atkinson, generalised_entropy, gini, lorenz

FILE = "11_inequality_formulas"
CASES = r"^(ineq\.|IC2\.(gini|gei|atk))"
NOT_OURS = {
    r"^ineq\.(RS|Kolm_1) ": "the index is not offered",
    r"^ineq\.(Rosenbluth|Herfindahl) ": "an index of the concentration of a market, in which the number of firms counts too",
    r"^ineq\.Theil_0 of counts_with_zeros": "ineq drops the zeros, and takes the mean of the others; ours has 0 ln 0 = 0",
    r"^ineq\.Theil_1 of counts_with_zeros": "infinite; ours is missing, with the reason",
    r"^IC2\..*\|parameter\.": "the row says what was asked for",
}

VECTORS = {
    "apistrat$enroll": lambda: data("apistrat")["enroll"] if has_data("apistrat") else None,
    "lung$meal.cal (non-NA)": lambda: data("lung")["meal.cal"].dropna() if has_data("lung") else None,
    "1:10": lambda: range(1, 11),
    "counts_with_zeros": lambda: [0, 0, 0, 1, 1, 2, 3, 5, 8, 40],
}


def answers():
    """Our number for each row of the file."""
    for name, values in VECTORS.items():
        if values() is not None:
            yield from of_vector(name, pd.DataFrame({"y": values()}, dtype=float))
    if has_data("eusilc"):
        yield from of_incomes(data("eusilc"))


def of_vector(name, frame):
    """The answers on one vector. What ineq calls var is the coefficient of variation, and its Theil_1 is the limit at 0."""
    half_square = entropy(frame, 2)
    numbers = {
        "Gini": estimate(gini(frame, "y", Census())),
        "Gini_corr": estimate(gini(frame, "y", Census(), corrected=True)),
        "Atkinson_0.5": estimate(atkinson(frame, "y", Census(), epsilon=0.5)),
        "Atkinson_0.75": estimate(atkinson(frame, "y", Census(), epsilon=0.75)),
        "entropy_0.5": entropy(frame, 0.5),
        "entropy_2": half_square,
        "var": (2 * half_square) ** 0.5,
        "square.var": 2 * half_square,
    }
    if (frame["y"] > 0).all():
        numbers |= {"Theil_0": entropy(frame, 1), "Theil_1": entropy(frame, 0)}
    for kind, value in numbers.items():
        yield Answer(f"ineq.{kind} of {name}", "", "", "estimate", value)
    case = f"ineq.Lc of {name}"
    table = rows(FILE)
    terms = table.loc[table["case"] == case, "term"].tolist()
    if terms:
        curve = lorenz(frame, "y", Census(), points=[float(term.removeprefix("p=")) for term in terms]).table
        for term, value in zip(terms, curve["estimate"], strict=True):
            yield Answer(case, "", term, "estimate", value)


def of_incomes(frame):
    """The answers on the weighted incomes; all but the Gini index of those who have any."""
    design, has_any = SurveyDesign(weights="rb050"), frame["eqincome"] > 0
    yield Answer("IC2.gini", "", "index.SGini", "estimate", estimate(gini(frame, "eqincome", design)))
    for alpha in (0, 1, 2):
        made = generalised_entropy(frame, "eqincome", design, alpha=alpha, where=has_any)
        yield Answer(f"IC2.gei{alpha}", "", "index.GEI", "estimate", estimate(made))
    for epsilon in (0.5, 1, 2):
        made = atkinson(frame, "eqincome", design, epsilon=epsilon, where=has_any)
        yield Answer(f"IC2.atk{epsilon}", "", "index.Atk", "estimate", estimate(made))


def entropy(frame, alpha):
    """One generalised entropy index."""
    return estimate(generalised_entropy(frame, "y", Census(), alpha=alpha))


def estimate(made):
    """The estimate of a single row."""
    return made.table["estimate"].iloc[0]
