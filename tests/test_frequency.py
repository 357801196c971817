"""A row that stands for several: every measure is what it is when the rows are written out."""

import numpy as np
import pandas as pd
import pytest

from analysis import inference
from analysis.errors import StudyError
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
    "linear": lambda f, d: inference.linear_model(f, "acts ~ age + sex", d),
    "logistic": lambda f, d: inference.logistic_model(f, "is_new ~ age", d),
}


@pytest.fixture(scope="module")
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
    rows["some"] = rows["stratum"].where(rng.random(48) < 0.9)
    return rows


def written_out(design):
    return type(design)(**{**vars(design), "frequency": None})


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_row_that_stands_for_several_is_as_many_rows(rows, design, call):
    every = rows.loc[rows.index.repeat(rows["times"])].reset_index(drop=True)
    short, long = call(rows, design), call(every, written_out(design))
    names = [name for name in NAMES if name in long.table]
    pd.testing.assert_frame_equal(short.table[names], long.table[names], rtol=1e-9, atol=1e-12)
    assert short.df == pytest.approx(long.df, nan_ok=True)
    if not isinstance(design, Census):
        np.testing.assert_allclose(short.covariance(), long.covariance(), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("kind", ["F", "chi2", "adjusted_wald"])
def test_independence_is_tested_as_with_the_rows_written_out(rows, kind):
    design = DESIGNS["clustered"]
    every = rows.loc[rows.index.repeat(rows["times"])]
    short, long = (
        inference.chi_square(frame, "sex", "is_new", one, kind=kind).facts
        for frame, one in ((rows, design), (every, written_out(design)))
    )
    assert {k: v for k, v in short.items() if k != "kind"} == pytest.approx(
        {k: v for k, v in long.items() if k != "kind"}, rel=1e-9
    )


@pytest.mark.parametrize("wrong", [0, -1, 1.5, np.nan, np.inf])
@pytest.mark.parametrize("design", [SurveyDesign(frequency="times"), Census(frequency="times")])
def test_what_is_no_number_of_rows_is_refused(rows, design, wrong):
    with pytest.raises(StudyError) as refused:
        inference.mean(rows.assign(times=rows["times"].astype(float).replace(4.0, wrong)), "acts", design)
    assert refused.value.key == "frequency_invalid"
    assert refused.value.facts["count"] == (rows["times"] == 4).sum()


def test_a_column_that_is_not_there_is_named(rows):
    with pytest.raises(StudyError) as refused:
        inference.mean(rows, "acts", Census(frequency="time"))
    assert (refused.value.key, refused.value.facts["nearest"]) == ("design_column_absent", "times")
