"""Negative binomial regression against statsmodels' own maximum likelihood, which shares no code with it."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.discrete.discrete_model import NegativeBinomial

from analysis.errors import StudyError
from analysis.inference import SurveyDesign, average_marginal_effects, negative_binomial_model, poisson_model


@pytest.fixture(scope="module")
def counts():
    random = np.random.default_rng(1)
    frame = pd.DataFrame({"x": random.normal(size=500), "g": random.integers(0, 2, 500)})
    mean = np.exp(0.3 + 0.5 * frame["x"] - 0.4 * frame["g"])
    return frame.assign(y=random.poisson(mean * random.gamma(1.5, 1 / 1.5, 500)), w=random.uniform(0.5, 2, 500))


def test_coefficients_and_dispersion_are_those_of_statsmodels(counts):
    made = negative_binomial_model(counts, "y ~ x + g", SurveyDesign())
    matrix = np.column_stack([np.ones(500), counts["x"], counts["g"]])
    theirs = NegativeBinomial(counts["y"], matrix).fit(disp=0, method="newton", maxiter=200)
    assert made.table["estimate"].to_numpy() == pytest.approx(theirs.params[:3].to_numpy(), abs=1e-7)
    assert made.facts["dispersion"] == pytest.approx(theirs.params.iloc[3], rel=1e-6)
    # the model holds, so that the design's errors are near those of its information
    assert made.table["se"].to_numpy() == pytest.approx(theirs.bse[:3].to_numpy(), rel=0.15)


def test_the_error_is_that_of_the_jackknife(counts):
    few = counts.head(120)
    design = SurveyDesign(weights="w")
    made = negative_binomial_model(few, "y ~ x + g", design).table
    kept = np.array(
        [negative_binomial_model(few.drop(index=row), "y ~ x + g", design).table["estimate"] for row in few.index]
    )
    jackknife = np.sqrt(119 / 120 * ((kept - kept.mean(axis=0)) ** 2).sum(axis=0))
    assert made["se"].to_numpy() == pytest.approx(jackknife, rel=0.15)


def test_an_effect_of_a_group_alone_is_the_difference_of_the_weighted_means(counts):
    design = SurveyDesign(weights="w")
    effect = average_marginal_effects(negative_binomial_model(counts, "y ~ g", design)).table["estimate"].iloc[0]
    means = [np.average(rows["y"], weights=rows["w"]) for _, rows in counts.groupby("g")]
    assert effect == pytest.approx(means[1] - means[0], rel=1e-7)


def test_counts_that_vary_no_more_than_poissons_have_its_coefficients():
    frame = pd.DataFrame({"y": [1, 2, 1, 2, 2, 1, 3, 2, 2, 3], "g": [0, 0, 0, 0, 0, 1, 1, 1, 1, 1]})
    made = negative_binomial_model(frame, "y ~ g", SurveyDesign())
    poisson = poisson_model(frame, "y ~ g", SurveyDesign())
    assert made.table["estimate"].to_numpy() == pytest.approx(poisson.table["estimate"].to_numpy(), abs=1e-4)
    assert made.facts["dispersion"] < 1e-4


@pytest.mark.parametrize(("values", "key"), [((-1, 2, 3, 1), "outcome_negative"), ((0, 0, 0, 0), "outcome_constant")])
def test_what_is_no_count_is_refused(values, key):
    frame = pd.DataFrame({"y": values, "g": [0, 1, 0, 1]})
    with pytest.raises(StudyError) as refused:
        negative_binomial_model(frame, "y ~ g", SurveyDesign())
    assert refused.value.key == key
