"""Replicate weights, made from a design and brought along, against R's survey."""

import json

import pandas as pd

from agreement import SAMPLE, SHARED, Answer, data, has_data, has_shared
from agreement.designs import API
from agreement.means import described
from analysis.inference import (
    ReplicateDesign,
    ResampledDesign,
    SurveyDesign,
    chi_square,
    mean,
    median,
    ratio,
    total,
)
from analysis.inference.regression.models import logistic_model

FILE = "06_replicates"
NOT_OURS = {}
TOLERANCES = {r"\.glm\|.*\|se$": 1e-7}
"""R ends each replicate's fit at a relative change of the deviance of 1e-8; fits that go on to the last digit are ours."""

AMBULANCES = SurveyDesign(strata="ESA", clusters="ambulance", nest=True)
HOSPITALS = SurveyDesign(weights="weighta", strata="oblevel", clusters="hospno", fpc="tothosp")
NHANES = SurveyDesign(weights="WTMEC2YR", strata="SDMVSTRA", clusters="SDMVPSU", nest=True)
MADE = {
    "clus1.JK1": ("clus1", "JK1"),
    "clus1.JK1_mse": ("clus1", "JK1"),
    "clus1.JK1_nofpc": ("clus1_nofpc", "JK1"),
    "strat.JKn": ("strat", "JKn"),
    "strat.JKn_mse": ("strat", "JKn"),
}
"""Cases whose replicates a design of ours makes."""
BROUGHT = {"strat.bootstrap": "strat", "strat.subbootstrap": "strat", "clus2.mrbbootstrap": "clus2"}
"""Cases that hang on R's random numbers, with their data set."""


def improved(frame):
    """The schools with the outcome of the regression as a number."""
    return pd.concat([frame, (frame["comp.imp"] == "Yes").astype(float).rename("is_improved")], axis=1)


def made(case, is_about_estimate=False):
    """The frame and the design of a case whose replicates are made here."""
    name, kind = MADE[case]
    dataset, design = API[name]
    return improved(data(dataset)), ResampledDesign(
        design, kind, is_about_estimate=is_about_estimate or case.endswith("_mse")
    )


def facts(case):
    """What R says of its replicates: their scales, their kind, whether they are about the estimate, degrees of freedom."""
    folder = SHARED if has_shared() else SAMPLE
    return json.loads((folder / "data" / f"reps_{case}.json").read_text())


def brought(case, dataset):
    """A data set with the replicate weights that R made, and their design."""
    known = facts(case)
    rscales = known["rscales"] if isinstance(known["rscales"], list) else None
    design = ReplicateDesign("w0", "r", scale=known["scale"], rscales=rscales, is_about_estimate=known["mse"])
    return data(dataset).join(data(f"reps_{case}").drop(columns="rowid")), design


def schools():
    """Each case on the school samples that there are data for."""
    for case, (name, _) in MADE.items():
        if has_data(API[name][0]):
            yield case, *made(case)
    for case, name in BROUGHT.items():
        if has_data(f"reps_{case}"):
            frame, design = brought(case, API[name][0])
            yield case, improved(frame), design


def answers():
    """Our number for each row of the file."""
    for case, frame, design in schools():
        yield from of_schools(case, design.sample(frame))
    if has_data("scd"):
        yield from of_ambulances()
    if has_data("hospital"):
        frame = data("hospital")
        for case, design in (("taylor_total", HOSPITALS), ("JKn_total", ResampledDesign(HOSPITALS, "JKn"))):
            row = total(frame, "births", design).table.iloc[0]
            yield from described(f"hospital.{case}", "births", row, df=row["df"])
    if has_data("nhanes"):
        frame = data("nhanes")
        sample = ResampledDesign(NHANES, "JKn", is_about_estimate=False).sample(frame)
        row = mean(frame, "HI_CHOL", sample).table.iloc[0]
        yield from described("nhanes.JKn.mean", "HI_CHOL", row, df=row["df"])
        for _, row in mean(frame, "HI_CHOL", sample, "race").table.iterrows():
            yield from described("nhanes.JKn.by", "HI_CHOL", row, f"race={row['race']}")


def of_schools(case, sample):
    """The answers of one set of replicates of the schools."""
    row = mean(sample.frame, "api00", sample).table.iloc[0]
    yield Answer(case, "", "degf", "df", row["df"])
    yield from described(f"{case}.mean", "api00", row, df=row["df"])
    yield from described(f"{case}.total", "enroll", total(sample.frame, "enroll", sample).table.iloc[0], df=1)
    for _, row in mean(sample.frame, "api00", sample, "stype").table.iterrows():
        yield from described(f"{case}.by", "api00", row, f"stype={row['stype']}")
    row = ratio(sample.frame, "api.stu", "enroll", sample).table.iloc[0]
    yield from described(f"{case}.ratio", "api.stu/enroll", row, df=1)
    row = median(sample.frame, "api00", sample, rule="lower").table.iloc[0]
    for quantity, value in (("estimate", "estimate"), ("se", "se"), ("lower95", "low"), ("upper95", "high")):
        yield Answer(f"{case}.median", "", "api00@0.5", quantity, row[value])
    test = chi_square(sample.frame, "sch.wide", "stype", sample).facts
    for term, quantity, value in (
        ("F", "stat", test["statistic"]),
        ("ndf", "df", test["df"]),
        ("ddf", "df", test["denominator_df"]),
        ("", "p", test["p"]),
    ):
        yield Answer(f"{case}.chisq.F", "", term, quantity, value)
    test = chi_square(sample.frame, "sch.wide", "stype", sample, kind="chi2").facts
    for term, quantity, value in (
        ("X-squared", "stat", test["pearson"]),
        ("df", "df", test["df"]),
        ("", "p", test["p"]),
    ):
        yield Answer(f"{case}.chisq.Chisq", "", term, quantity, value)
    model = logistic_model(sample.frame, "is_improved ~ ell + meals", sample).table
    for term, (_, row) in zip(("(Intercept)", "ell", "meals"), model.iterrows(), strict=True):
        yield Answer(f"{case}.glm", "", term, "estimate", row["estimate"])
        yield Answer(f"{case}.glm", "", term, "se", row["se"])


def of_ambulances():
    """The answers on Korn and Graubard's ambulances: three strata of two, so that every half-sample is known."""
    frame = data("scd")
    designs = {
        "taylor_": AMBULANCES,
        "BRR.": ResampledDesign(AMBULANCES, "BRR", is_about_estimate=False),
        "JKn.": ResampledDesign(AMBULANCES, "JKn", is_about_estimate=False),
        "Fay30.": ResampledDesign(AMBULANCES, "Fay", rho=0.3, is_about_estimate=False),
    }
    for name, design in designs.items():
        yield from of_both(f"scd.{name}", frame, design)
    if has_data("reps_scd.BRR_given"):
        yield from of_both("scd.BRR_given.", *brought("scd.BRR_given", "scd"))


def of_both(name, frame, design):
    """Totals and their ratio."""
    for column in ("alive", "arrests"):
        yield from described(f"{name}total", column, total(frame, column, design).table.iloc[0], df=1)
    yield from described(f"{name}ratio", "alive/arrests", ratio(frame, "alive", "arrests", design).table.iloc[0], df=1)
