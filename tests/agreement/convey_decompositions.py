"""Generalised entropy and J-divergence within and between groups: R's convey on incomes and schools."""

from agreement import Answer, data, has_data
from agreement.convey import ALPHAS, INCOMES, SCHOOLS
from agreement.designs import API
from agreement.means import matrix
from analysis.inference import ge_decomposition, joined

FILE = "10_convey_inequality"
CASES = "dec"
NOT_OURS = {}

COMPONENTS = ["total", "within", "between"]


def answers():
    """Our number for each row of the file."""
    if has_data("eusilc"):
        incomes = data("eusilc")
        for name, design in INCOMES.items():
            where = incomes["eqincome"] > 0
            yield from of_design(name, incomes, design, "eqincome", {"": "rb090", "_by2_": "db040"}, where)
    for name, (design, column) in SCHOOLS.items():
        dataset, drawn = API[design]
        if has_data(dataset):
            yield from of_design(name, data(dataset), drawn, column, {"": "stype", "_by2_": "sch.wide"}, None)


def of_design(name, frame, design, column, groupings, where):
    """The decompositions of one column by two columns of groups."""
    sample = design.sample(frame)
    for infix, groups in groupings.items():
        for alpha in ALPHAS:
            made = ge_decomposition(frame, column, sample, groups=groups, alpha=alpha, where=where)
            yield from described(f"{name}.geidec{infix}{alpha:g}", made)
    both = joined(
        ge_decomposition(frame, column, sample, groups=groupings[""], alpha=alpha, where=where) for alpha in (0, 1)
    )
    # the J-divergence is the mean log deviation and Theil's index together
    yield from described(f"{name}.jdivdec", both.contrast(lambda theta: theta[:3] + theta[4:7]))


def described(case, made):
    """The components with their errors and covariances."""
    for name, (_, row) in zip(COMPONENTS, made.table.iterrows(), strict=False):
        yield Answer(case, "", name, "estimate", row["estimate"])
        yield Answer(case, "", name, "se", row["se"])
    yield from matrix(case, COMPONENTS, made.covariance())
