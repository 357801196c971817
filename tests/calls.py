"""One call of each measure, designs of every kind, and rows few enough to be written out."""

import numpy as np
import pandas as pd

from analysis import inference
from analysis.inference import CalibratedOn, Census, SurveyDesign

NAMES = ("estimate", "se", "df", "low", "high", "n", "numerator", "denominator", "excluded", "reason", "interval")
DESIGNS = {
    "simple": SurveyDesign(frequency="times"),
    "weighted": SurveyDesign(weights="weight", frequency="times"),
    "stratified": SurveyDesign(weights="weight", strata="stratum", fpc="size", frequency="times"),
    "clustered": SurveyDesign(weights="weight", strata="stratum", clusters="cluster", frequency="times"),
    "two stages": SurveyDesign(
        strata="stratum", clusters=["cluster"], fpc=["clusters", "members"], frequency="times", nest=True
    ),
    "lonely": SurveyDesign(strata="rare", lonely="adjust", frequency="times"),
    "strata set aside": SurveyDesign(strata="some", missing_strata="set_aside", frequency="times"),
    "calibrated": SurveyDesign(weights="weight", frequency="times", calibrated=CalibratedOn("stratum")),
    "census": Census(frequency="times"),
}
CALLS = {
    "total": lambda f, d: inference.total(f, "acts", d, "sex"),
    "mean": lambda f, d: inference.mean(f, "acts", d, "sex"),
    "mean of a part": lambda f, d: inference.mean(f, "acts", d, where="is_new"),
    "mean with missing": lambda f, d: inference.mean(f, "hours", d, "sex"),
    "shares of levels": lambda f, d: inference.proportion(f, "sex", d),
    "share": lambda f, d: inference.proportion(f, "is_new", d, "sex"),
    "ratio": lambda f, d: inference.ratio(f, "acts", "age", d, "sex"),
    "variance": lambda f, d: inference.variance(f, "acts", d, "sex"),
    "correlation": lambda f, d: inference.correlation(f, "acts", "age", d),
    "design effect": lambda f, d: inference.design_effect(f, "acts", d),
    "quantiles": lambda f, d: inference.quantile(f, "acts", d, "sex"),
    "gini": lambda f, d: inference.gini(f, "acts", d, "sex", corrected=True),
    "chance": lambda f, d: inference.chance_excess(f, "acts", d),
    "lorenz": lambda f, d: inference.lorenz(f, "acts", d),
    "top share": lambda f, d: inference.top_share(f, "acts", d, "sex"),
    "smallest share": lambda f, d: inference.smallest_share(f, "acts", d),
    "palma": lambda f, d: inference.palma(f, "age", d),
    "theil": lambda f, d: inference.theil(f, "acts", d, "sex"),
    "atkinson": lambda f, d: inference.atkinson(f, "age", d),
    "concentration": lambda f, d: inference.concentration_index(f, "acts", d, rank="age"),
    "entropy of groups": lambda f, d: inference.ge_decomposition(f, "acts", d, groups="sex"),
    "gini of groups": lambda f, d: inference.gini_groups(f, "acts", d, groups="sex"),
    "gini of sources": lambda f, d: inference.gini_sources(f, ["acts", "age"], d),
    "who and how much": lambda f, d: inference.extensive_intensive(f, "acts", d),
    "difference": lambda f, d: inference.difference(f, "acts", d, "sex"),
    "survival": lambda f, d: inference.kaplan_meier(f, "age", "is_new", d, by="sex", least_at_risk=3),
    "mean of many values": lambda f, d: inference.mean(f, "pay", d, "sex"),
    "theil of many values": lambda f, d: inference.theil(f, "pay", d, "sex"),
    "linear": lambda f, d: inference.linear_model(f, "acts ~ age + sex", d),
    "logistic": lambda f, d: inference.logistic_model(f, "is_new ~ age", d),
    "poisson": lambda f, d: inference.poisson_model(f, "acts ~ age", d),
    "negative binomial": lambda f, d: inference.negative_binomial_model(f, "acts ~ age", d),
    "ordinal": lambda f, d: inference.ordinal_model(f, "acts ~ age", d),
    "hazard": lambda f, d: inference.hazard_model(f, "is_new ~ age", d),
    "generalised entropy": lambda f, d: inference.generalised_entropy(f, "acts", d, "sex", alpha=2),
    "mean log deviation": lambda f, d: inference.mean_log_deviation(f, "age", d, "sex"),
    "median survival": lambda f, d: inference.median_survival(f, "age", "is_new", d, by="sex", least_at_risk=3),
    "change": lambda f, d: inference.participation_change(f, "acts", d, "stratum"),
}


def rows():
    """48 rows in two strata of three clusters each, with few values, which stand for one to four rows each."""
    rng = np.random.default_rng(11)
    rows = pd.DataFrame({"stratum": np.repeat(["a", "b"], 24), "cluster": np.repeat([1, 2, 3, 1, 2, 3], 8)})
    rows["cluster"] += 10 * (rows["stratum"] == "b")
    rows["weight"] = np.where(rows["stratum"] == "a", 2.0, 3.5) + rng.integers(0, 2, 48)
    rows["sex"] = rng.choice(["men", "women"], 48)
    rows["acts"] = rng.poisson(1.5, 48)
    rows["age"] = rng.integers(18, 30, 48)
    rows["is_new"] = rng.random(48) < 0.4
    rows["hours"] = pd.Series(rng.integers(1, 9, 48)).where(rng.random(48) < 0.8)
    rows["times"] = rng.integers(1, 5, 48)
    rows["size"] = np.where(rows["stratum"] == "a", 900, 700)
    rows["clusters"], rows["members"] = 30, 200
    rows["rare"] = ["alone", *rows["stratum"][1:]]
    rows.loc[0, "times"] = 1
    rows["pay"] = rng.lognormal(8, 1, 48).round(7)
    rows["some"] = rows["stratum"].where(rng.random(48) < 0.9)
    return rows


def written_out(design):
    """The design of the rows written out."""
    return type(design)(**{**vars(design), "frequency": None})


def same(made, expected, design):
    """Whether two results say the same, in estimates, errors and words."""
    names = [name for name in NAMES if name in expected.table]
    pd.testing.assert_frame_equal(made.table[names], expected.table[names], rtol=1e-9, atol=1e-12)
    assert np.isclose(made.df, expected.df, equal_nan=True)
    if not isinstance(design, Census):
        np.testing.assert_allclose(made.covariance(), expected.covariance(), rtol=1e-8, atol=1e-12)
    return True
