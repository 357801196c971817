"""Regression: generalised linear and ordinal models against R's survey."""

import re

import numpy as np
import pandas as pd

from agreement import Answer, data, has_data
from agreement.designs import API
from analysis.inference import (
    SurveyDesign,
    linear_model,
    logistic_model,
    ordinal_model,
    poisson_model,
    t_tests,
    term_tests,
)

FILE = "08_regression"
NOT_OURS = {
    r"regTermTest_LRT": "the likelihood-ratio test of a term is not offered; Wald's is",
    r"svycralpha": "reliability of scales is no part of the regression modules",
}
TOLERANCES = {
    r"olr_.*\|estimate": 1e-6,  # R's optimiser stops there
    r"olr_.*\|se": 1e-3,  # R's Hessian is one of finite differences
    # R stops short of the maximum, and takes the information of the step before. Its steps, followed one by one, end
    # within 1e-11 of these rows; ours are those of the maximum.
    r"glm_(logistic|probit|cloglog)\|.*\|estimate": 1e-6,
    r"glm_(logistic|probit|cloglog)\||regTermTest_Wald": 2e-6,
}
NHANES = SurveyDesign(weights="WTMEC2YR", strata="SDMVSTRA", clusters="SDMVPSU", nest=True)
ORDINAL_LINKS = {"logistic": "logit", "probit": "probit", "cloglog": "loglog"}
"""R's svyolr calls the distribution exp(−exp(−x)) `cloglog`, which is the log-log link."""


def of_r(term):
    """How R calls a coefficient."""
    return "(Intercept)" if term == "Intercept" else re.sub(r"\[T\.(.*)\]$", r"\1", term)


def described(case, model):
    """What the file holds of a generalised linear model."""
    names, covariance = [of_r(term) for term in model.table["coefficient"]], model.covariance()
    yield Answer(case, "", "df.residual", "df", model.df)
    tests = t_tests(model)
    for place, (_, row) in enumerate(model.table.iterrows()):
        values = {"estimate": row["estimate"], "se": row["se"], "lower95": row["low"], "upper95": row["high"]}
        values |= {"t": tests["statistic"].iloc[place], "p": tests["p"].iloc[place]}
        for quantity, value in values.items():
            yield Answer(case, "", names[place], quantity, value)
        for other in range(place + 1):
            yield Answer(case, "", f"{names[place]}|{names[other]}", "cov", covariance[place, other])


def answers():
    """Our number for each row of the file."""
    for name in ("strat", "clus1", "clus2", "strat_nofpc"):
        dataset, design = API[name]
        if has_data(dataset):
            yield from of_design(name, data(dataset), design)
    if has_data("nhanes"):
        model = logistic_model(data("nhanes"), "HI_CHOL ~ race + agecat + RIAGENDR", NHANES)
        yield from described("nhanes.glm_logistic", model)


def of_design(name, frame, design):
    """The answers of one design."""
    frame = frame.assign(
        wide=frame["sch.wide"] == "Yes",
        log_enroll=np.log(frame["enroll"]),
        mealcat=pd.cut(frame["meals"], [0, 25, 50, 75, 100], include_lowest=True).cat.rename_categories(
            ["[0,25]", "(25,50]", "(50,75]", "(75,100]"]
        ),
    )
    terms = "wide ~ ell + meals"
    logistic = logistic_model(frame, f"{terms} + stype", design)
    for case, model in {
        "glm_gaussian": linear_model(frame, "api00 ~ ell + meals + mobility", design),
        "glm_logistic": logistic,
        "glm_probit": logistic_model(frame, terms, design, link="probit"),
        "glm_cloglog": logistic_model(frame, terms, design, link="cloglog"),
        "glm_poisson": poisson_model(frame, "`api.stu` ~ ell", design, offset="log_enroll"),
        "glm_logistic_sub": logistic_model(frame, terms, design, where=frame["stype"] != "H"),
    }.items():
        yield from described(f"{name}.{case}", model)
    test = term_tests(logistic).set_index("term").loc["stype"]
    for quantity, value in (("stat", "statistic"), ("df", "df"), ("ddf", "denominator_df"), ("p", "p")):
        yield Answer(f"{name}.regTermTest_Wald", "", quantity, quantity, test[value])
    for case, link in ORDINAL_LINKS.items():
        if (name, case) in (("clus2", "probit"), ("clus2", "cloglog")):  # not in the file
            continue
        model = ordinal_model(frame, "mealcat ~ `avg.ed` + mobility + stype", design, link=link)
        for _, row in model.table.iterrows():
            yield Answer(f"{name}.olr_{case}", "", of_r(row["coefficient"]), "estimate", row["estimate"])
            yield Answer(f"{name}.olr_{case}", "", of_r(row["coefficient"]), "se", row["se"])
