"""Whatever a call of the inference kernel gives can be said: its names and units stand in the catalogue."""

from functools import partial
from inspect import signature

import pandas as pd
import pytest

from analysis import inference
from analysis.catalogue import base, entries
from analysis.inference import Estimates, SurveyDesign, logistic_model, mean
from analysis.measure import dimensions
from analysis.reporting.wording import Wording

DESIGN = SurveyDesign(weights="w", clusters="cluster")
ROWS = pd.DataFrame(
    {
        "w": [1.0, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 1],
        "cluster": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6],
        "y": [0, 3, 1, 2, 0, 5, 2, 1, 4, 1, 3, 2],
        "x": [1.0, 2, 4, 3, 2, 6, 3, 5, 4, 2, 1, 5],
        "hit": [0, 1, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0],
        "group": list("abababababba"),
        "grade": pd.Categorical(list("lmhlmhmlhmlh"), list("lmh"), ordered=True),
    }
)
BY_GROUP = mean(ROWS, "y", DESIGN, by=["group"])
LOGIT = logistic_model(ROWS, "hit ~ x", DESIGN)
OF_A_COLUMN = (
    "total", "mean", "variance", "quantile", "median", "gini", "chance_excess", "lorenz", "quantile_shares", "smallest_share",
    "palma", "theil", "mean_log_deviation", "extensive_intensive", "design_effect",
)  # fmt: skip
MORE = {
    "ratio": {"numerator": "y", "denominator": "x"},
    "proportion": {"column": "group"},
    "correlation": {"first": "x", "second": "y"},
    "top_share": {"column": "y"},
    "generalised_entropy": {"column": "y", "alpha": 2},
    "atkinson": {"column": "y", "epsilon": 0.5},
    "participation_change": {"column": "y", "between": "group"},
    "concentration_index": {"outcome": "y", "rank": "x"},
    "ge_decomposition": {"column": "y", "groups": "group", "alpha": 1},
    "gini_groups": {"column": "y", "groups": "group"},
    "gini_sources": {"sources": ["x", "y"]},
    "chi_square": {"rows": "group", "columns": "hit"},
    "difference": {"column": "y", "between": "group"},
    "kaplan_meier": {"exit": "x", "event": "hit"},
    "median_survival": {"exit": "x", "event": "hit"},
}
MODELS = {
    "linear_model": "y ~ x",
    "logistic_model": "hit ~ x",
    "poisson_model": "y ~ x",
    "negative_binomial_model": "y ~ x",
    "hazard_model": "hit ~ x",
    "ordinal_model": "grade ~ x",
}
CALLS = {
    **{name: partial(getattr(inference, name), ROWS, "y", DESIGN) for name in OF_A_COLUMN},
    **{name: partial(getattr(inference, name), ROWS, design=DESIGN, **more) for name, more in MORE.items()},
    **{name: partial(getattr(inference, name), ROWS, formula, DESIGN) for name, formula in MODELS.items()},
    "average_marginal_effects": partial(inference.average_marginal_effects, LOGIT),
    "differences": partial(inference.differences, BY_GROUP),
    "contrast": partial(BY_GROUP.contrast, {"b less a": [-1, 1]}),
    "simultaneous": partial(inference.simultaneous, BY_GROUP),
    "joined": partial(inference.joined, [BY_GROUP]),
    **{
        f"{kind} index": partial(
            inference.concentration_index, ROWS, "hit", DESIGN, rank="x", kind=kind, bounds=(0, 1)
        )
        for kind in ("generalised", "erreygers", "wagstaff")
    },
}  # fmt: skip


def test_every_public_call_that_estimates_is_looked_at():
    public = {name: getattr(inference, name) for name in inference.__all__}
    estimating = {
        name
        for name, call in public.items()
        if not isinstance(call, type) and signature(call).return_annotation is Estimates
    }
    assert estimating <= set(CALLS)


@pytest.mark.parametrize("name", CALLS)
def test_what_a_call_names_its_rows_their_units_and_dimensions_is_in_both_languages(name):
    table = CALLS[name]().table
    for language in ("zh", "en"):
        words = Wording(base(), language)
        assert all(words.measure(measure) for measure in table["measure"])
        assert all(words.unit(unit) for unit in table["unit"])
        assert all(words.cell(row) for _, row in table.iterrows())
        named = [dimension for dimension in dimensions(table) if dimension not in ROWS]
        assert all(words.heading(dimension) and words.labels(dimension, table[dimension]) for dimension in named)


@pytest.mark.parametrize("name", [name for name in CALLS if name not in ("ge_decomposition", "gini_sources")])
def test_a_call_has_the_unit_of_its_entry(name):
    table = CALLS[name]().table
    for measure, unit in table[["measure", "unit"]].drop_duplicates().itertuples(index=False):
        known = base().measure(measure)["unit"]
        assert unit == known or measure in ("difference", "contrast")  # those have the unit of what they are taken from


def test_an_estimator_is_no_measure_of_a_chapter_and_every_one_is_given_by_a_call():
    estimators, measures = entries("measures")["estimators"], entries("measures")["measures"]
    given = {measure for call in CALLS.values() for measure in call().table["measure"]}
    assert not set(estimators) & set(measures)
    assert set(estimators) == given - set(measures)
