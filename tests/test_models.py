"""Regression: coefficients that can be counted by hand, what must not change them, and what is refused."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from analysis.errors import StudyError
from analysis.inference import (
    Census,
    ResampledDesign,
    SurveyDesign,
    average_marginal_effects,
    difference,
    hazard_model,
    linear_model,
    logistic_model,
    mean,
    ordinal_model,
    person_periods,
    poisson_model,
    post_stratify,
    term_tests,
)
from analysis.inference.regression.links import BINARY, IDENTITY, LOG

SIMPLE = SurveyDesign()


def coefficients(model):
    return model.table.set_index("coefficient")["estimate"].to_dict()


def residents(seed=1, clusters=24, size=8):
    """A clustered, weighted sample with a binary, a count, an ordered and a numeric outcome."""
    draw = np.random.default_rng(seed)
    rows = clusters * size
    cluster = np.repeat(np.arange(clusters), size)
    age, group = draw.normal(45, 12, rows), draw.choice(["a", "b", "c"], rows)
    linear = 0.03 * (age - 45) + 0.5 * (group == "b") + draw.normal(0, 0.6, clusters)[cluster]
    score = linear + draw.logistic(size=rows)
    return pd.DataFrame(
        {
            "cluster": cluster,
            "weight": draw.uniform(1, 3, rows),
            "age": age,
            "group": group,
            "member": draw.integers(0, 2, rows),
            "took_part": (score > 0).astype(int),
            "acts": draw.poisson(np.exp(linear)),
            "satisfied": pd.cut(score, [-np.inf, -1, 0, 1, np.inf], labels=False) + 1,
            "score": score,
        }
    )


CLUSTERED = SurveyDesign(weights="weight", clusters="cluster")
MODELS = {
    "linear": lambda frame, design, **more: linear_model(frame, "score ~ age + group", design, **more),
    "logistic": lambda frame, design, **more: logistic_model(frame, "took_part ~ age + group", design, **more),
    "probit": lambda frame, design, **more: logistic_model(
        frame, "took_part ~ age + group", design, link="probit", **more
    ),
    "poisson": lambda frame, design, **more: poisson_model(frame, "acts ~ age + group", design, **more),
    "ordinal": lambda frame, design, **more: ordinal_model(frame, "satisfied ~ age + group", design, **more),
}
each_model = pytest.mark.parametrize("fit", MODELS.values(), ids=MODELS.keys())

# 10 of 40 without and 15 of 30 with: the odds are 1/3 and 1.
TWO_GROUPS = pd.DataFrame({"group": np.repeat([0, 1], [40, 30]), "hit": np.repeat([1, 0, 1, 0], [10, 30, 15, 15])})


def test_a_linear_model_on_two_groups_has_their_difference_of_means_and_its_error():
    frame = pd.DataFrame({"y": [1, 3, 4, 8, 6], "x": [0, 0, 1, 1, 1]})
    model = linear_model(frame, "y ~ x", SIMPLE)
    assert coefficients(model) == pytest.approx({"Intercept": 2, "x": 4})
    row, other = model.table.iloc[1], difference(frame, "y", SIMPLE, "x").table.iloc[0]
    assert row[["se", "df", "low", "high"]].to_numpy(float) == pytest.approx(
        other[["se", "df", "low", "high"]].to_numpy(float)
    )


def test_a_logistic_model_on_two_groups_has_the_logarithm_of_their_odds_ratio():
    model = logistic_model(TWO_GROUPS, "hit ~ group", SIMPLE)
    assert coefficients(model) == pytest.approx({"Intercept": np.log(1 / 3), "group": np.log(3)}, rel=1e-13)
    variances = 70 / 69 * np.array([1 / (40 * 0.25 * 0.75), 1 / (40 * 0.25 * 0.75) + 1 / (30 * 0.5 * 0.5)])
    assert model.table["se"].to_numpy() == pytest.approx(np.sqrt(variances), rel=1e-13)


@pytest.mark.parametrize("link", list(BINARY))
def test_every_link_gives_the_shares_of_the_groups(link):
    model = coefficients(logistic_model(TWO_GROUPS, "hit ~ group", SIMPLE, link=link))
    shares = BINARY[link].mean(np.array([model["Intercept"], model["Intercept"] + model["group"]]))
    assert shares == pytest.approx([0.25, 0.5], rel=1e-13)


def test_a_poisson_model_with_offset_has_the_logarithm_of_the_rate_ratio():
    frame = pd.DataFrame({"acts": [5, 7, 10, 20], "years": [10, 30, 20, 30], "group": [0, 0, 1, 1]})
    frame["log_years"] = np.log(frame["years"])
    model = poisson_model(frame, "acts ~ group", SIMPLE, offset="log_years")
    assert coefficients(model) == pytest.approx({"Intercept": np.log(12 / 40), "group": np.log(2)}, rel=1e-13)


def test_thresholds_without_terms_are_the_logits_of_cumulative_shares():
    """The counts (5, 10, 25, 40, 20) of METHODS § 5."""
    frame = pd.DataFrame({"satisfied": np.repeat([1, 2, 3, 4, 5], [5, 10, 25, 40, 20])})
    model = ordinal_model(frame, "satisfied ~ 1", SIMPLE)
    shares = np.array([0.05, 0.15, 0.40, 0.80])
    assert list(model.table["coefficient"]) == ["1|2", "2|3", "3|4", "4|5"]
    assert model.table["estimate"].to_numpy() == pytest.approx(logit(shares), rel=1e-13)
    assert model.table["se"].to_numpy() == pytest.approx(np.sqrt(1 / (99 * shares * (1 - shares))), rel=1e-12)


def test_an_ordinal_model_of_two_levels_is_the_logistic_one_with_the_threshold_for_the_negative_constant():
    frame = residents()
    logistic = logistic_model(frame, "took_part ~ age + group", CLUSTERED)
    ordinal = ordinal_model(frame, "took_part ~ age + group", CLUSTERED)
    order = [1, 2, 3, 0]
    signs = np.array([1, 1, 1, -1])
    assert ordinal.table["estimate"].to_numpy() == pytest.approx(
        signs * logistic.table["estimate"].to_numpy()[order], rel=1e-11
    )
    assert ordinal.covariance() == pytest.approx(
        np.outer(signs, signs) * logistic.covariance()[np.ix_(order, order)], rel=1e-9, abs=1e-15
    )
    assert ordinal.df == logistic.df == 23 - 3


def test_a_positive_coefficient_of_an_ordinal_model_goes_with_higher_levels():
    frame = pd.DataFrame({"level": [1, 1, 1, 2, 3, 1, 2, 3, 3, 3], "x": np.repeat([0, 1], 5)})
    assert coefficients(ordinal_model(frame, "level ~ x", SIMPLE))["x"] > 0


@pytest.mark.parametrize(
    "design",
    [
        CLUSTERED,
        SurveyDesign(weights="weight", strata="group"),
        post_stratify(residents(), CLUSTERED, "group", {"a": 100, "b": 150, "c": 90}),
        ResampledDesign(CLUSTERED, "JK1"),
        Census(),
    ],
    ids=["clustered", "stratified", "calibrated", "replicated", "census"],
)
def test_a_model_of_nothing_but_the_constant_is_the_mean_under_every_design(design):
    frame = residents()
    model, of_mean = linear_model(frame, "score ~ 1", design), mean(frame, "score", design)
    columns = ["estimate", "se", "low", "high", "df", "n"]
    assert model.table[columns].to_numpy() == pytest.approx(of_mean.table[columns].to_numpy(), rel=1e-10, nan_ok=True)
    assert list(model.table["interval"]) == list(of_mean.table["interval"])


def test_a_part_of_the_sample_keeps_its_place_in_the_design():
    frame = residents()
    part = frame["group"] == "a"
    model, of_mean = (
        linear_model(frame, "score ~ 1", CLUSTERED, where=part),
        mean(frame, "score", CLUSTERED, where=part),
    )
    assert model.table["se"].to_numpy() == pytest.approx(of_mean.table["se"].to_numpy(), rel=1e-12)


def test_a_category_outside_the_part_is_no_term():
    frame = residents().assign(group=lambda rows: pd.Categorical(rows["group"]))
    model = linear_model(frame, "score ~ group", CLUSTERED, where=frame["group"] != "a")
    assert list(model.table["coefficient"]) == ["Intercept", "group[T.c]"]


def test_rows_with_a_missing_value_are_counted_by_column():
    frame = residents()
    frame.loc[[0, 1], "age"] = np.nan
    frame.loc[[5], "group"] = None
    model = linear_model(frame, "score ~ age + group", CLUSTERED)
    assert model.facts["n"] == len(frame) - 3
    assert model.table["excluded"].iloc[0] == "age not_recorded 2; group not_recorded 1"


@each_model
def test_linearised_errors_are_near_those_of_the_jackknife(fit):
    frame = residents(clusters=40)
    linearised, replicated = fit(frame, CLUSTERED), fit(frame, ResampledDesign(CLUSTERED, "JK1"))
    assert replicated.table["estimate"].to_numpy() == pytest.approx(linearised.table["estimate"].to_numpy())
    assert linearised.table["se"].to_numpy() == pytest.approx(replicated.table["se"].to_numpy(), rel=0.1)


@each_model
@settings(max_examples=8)
@given(seed=st.integers(0, 1000), scale=st.floats(0.01, 100))
def test_row_order_and_the_scale_of_the_weights_change_nothing(fit, seed, scale):
    frame = residents()
    other = frame.sample(frac=1, random_state=seed).assign(weight=lambda rows: rows["weight"] * scale)
    before, after = fit(frame, CLUSTERED), fit(other, CLUSTERED)
    assert after.table["estimate"].to_numpy() == pytest.approx(before.table["estimate"].to_numpy(), rel=1e-9)
    assert after.table["se"].to_numpy() == pytest.approx(before.table["se"].to_numpy(), rel=1e-9)


@each_model
def test_a_row_split_in_two_of_half_the_weight_changes_nothing(fit):
    frame = residents()
    split = pd.concat([frame, frame.iloc[::3]], ignore_index=True)
    split.loc[[*range(0, len(frame), 3), *range(len(frame), len(split))], "weight"] /= 2
    before, after = fit(frame, CLUSTERED), fit(split, CLUSTERED)
    assert after.table["estimate"].to_numpy() == pytest.approx(before.table["estimate"].to_numpy(), rel=1e-9)
    assert after.covariance() == pytest.approx(before.covariance(), rel=1e-8, abs=1e-16)


@each_model
def test_another_unit_of_a_variable_changes_its_coefficient_only(fit):
    frame = residents()
    before, after = fit(frame, CLUSTERED), fit(frame.assign(age=frame["age"] * 1e6), CLUSTERED)
    place = list(before.table["coefficient"]).index("age")
    factor = np.where(np.arange(len(before.table)) == place, 1e6, 1)
    assert after.table["estimate"].to_numpy() * factor == pytest.approx(before.table["estimate"].to_numpy(), rel=1e-8)
    assert after.table["se"].to_numpy() * factor == pytest.approx(before.table["se"].to_numpy(), rel=1e-8)


def test_degrees_of_freedom_are_those_of_the_design_less_the_slopes():
    model = linear_model(residents(), "score ~ age + group", CLUSTERED)
    assert model.df == model.facts["df_residual"] == 23 - 3
    assert set(model.table["df"]) == {20}


def test_the_test_of_a_term_is_waldes_of_its_coefficients():
    model = logistic_model(residents(), "took_part ~ age + C(group)", CLUSTERED)
    tests = term_tests(model).set_index("term")
    assert list(tests.index) == ["age", "C(group)"]
    t = model.table["estimate"] / model.table["se"]
    assert tests.loc["age", "statistic"] == pytest.approx(t[1] ** 2)
    assert tests.loc["C(group)", "df"] == 2


@pytest.mark.parametrize(
    "formula",
    [
        "满意 ~ 年龄 + 性别",
        "满意 ~ `居住 年限` + C(性别)",
        '满意 ~ Q("居住 年限") + np.log(Q("a.b"))',
        "满意 ~ np.log(`a.b`)",
    ],
)
def test_columns_may_have_chinese_names_and_names_that_are_no_words(formula):
    frame = residents().rename(columns={"score": "满意", "age": "年龄", "group": "性别"})
    frame["居住 年限"], frame["a.b"] = frame["年龄"] ** 2, frame["weight"]
    assert average_marginal_effects(linear_model(frame, formula, CLUSTERED)).table["se"].gt(0).all()


def test_nullable_columns_are_read_as_numbers():
    frame = residents()
    nullable = frame.astype({"took_part": "boolean", "member": "Int64", "age": "Float64"})
    nullable.loc[0, "member"] = pd.NA
    model = logistic_model(nullable, "took_part ~ age + C(member)", CLUSTERED)
    other = logistic_model(frame, "took_part ~ age + C(member)", CLUSTERED, where=frame.index > 0)
    assert list(model.table["coefficient"]) == ["Intercept", "age", "C(member)[T.1]"]
    assert model.table["estimate"].to_numpy() == pytest.approx(other.table["estimate"].to_numpy())


def test_a_census_has_coefficients_without_errors():
    model = logistic_model(residents(), "took_part ~ age", Census())
    assert model.table["se"].isna().all()
    assert set(model.table["interval"]) == {"census"}


# --- marginal effects


def test_the_marginal_effect_of_a_group_is_the_difference_of_shares_with_its_error():
    effect = average_marginal_effects(logistic_model(TWO_GROUPS, "hit ~ group", SIMPLE)).table.iloc[0]
    other = difference(TWO_GROUPS, "hit", SIMPLE, "group").table.iloc[0]
    assert effect["contrast"] == "1 − 0"
    assert effect["estimate"] == pytest.approx(0.25, rel=1e-12)
    assert effect[["se", "low", "high"]].to_numpy(float) == pytest.approx(other[["se", "low", "high"]].to_numpy(float))


def test_marginal_effects_are_what_a_hand_count_over_the_rows_gives():
    frame = residents()
    model = logistic_model(frame, "took_part ~ age + group", CLUSTERED)
    b, share = coefficients(model), frame["weight"] / frame["weight"].sum()
    rest = b["Intercept"] + b["age"] * frame["age"]
    predictor = rest + b["group[T.b]"] * (frame["group"] == "b") + b["group[T.c]"] * (frame["group"] == "c")
    chance = expit(predictor)
    counted = [
        (share * chance * (1 - chance)).sum() * b["age"],
        (share * (expit(rest + b["group[T.b]"]) - expit(rest))).sum(),
        (share * (expit(rest + b["group[T.c]"]) - expit(rest))).sum(),
    ]
    effects = average_marginal_effects(model).table
    assert list(effects["contrast"]) == ["dy/dx", "b − a", "c − a"]
    assert effects["estimate"].to_numpy() == pytest.approx(counted, rel=1e-9)


def test_the_marginal_effect_of_an_interaction_goes_by_the_mean_of_the_other_variable():
    frame = residents()
    model = linear_model(frame, "score ~ age * member + I(age**2)", CLUSTERED)
    b, share = coefficients(model), frame["weight"] / frame["weight"].sum()
    effects = average_marginal_effects(model).table.set_index("effect_of")["estimate"]
    by_hand = b["age"] + b["age:member"] * (share @ frame["member"]) + 2 * b["I(age ** 2)"] * (share @ frame["age"])
    assert effects["age"] == pytest.approx(by_hand, rel=1e-8)
    assert effects["member"] == pytest.approx(b["member"] + b["age:member"] * (share @ frame["age"]), rel=1e-9)


def test_the_marginal_effect_of_a_logarithm_is_the_mean_of_its_derivatives():
    frame = residents().assign(income=lambda rows: np.exp(rows["age"] / 5 - 9))  # a thousandth to a thousand
    model = linear_model(frame, "score ~ np.log(income)", CLUSTERED)
    share = frame["weight"] / frame["weight"].sum()
    by_hand = coefficients(model)["np.log(income)"] * (share / frame["income"]).sum()
    assert average_marginal_effects(model).table["estimate"].iloc[0] == pytest.approx(by_hand, rel=1e-8)


@pytest.mark.parametrize("kind", ["logistic", "poisson", "probit"])
def test_errors_of_marginal_effects_are_near_those_of_a_jackknife_of_our_own(kind):
    frame, fit = residents(clusters=40), MODELS[kind]
    effects = average_marginal_effects(fit(frame, CLUSTERED)).table
    again = np.array(
        [
            average_marginal_effects(fit(frame[frame["cluster"] != left_out], CLUSTERED)).table["estimate"]
            for left_out in range(40)
        ]
    )
    jackknife = np.sqrt(39 / 40 * ((again - effects["estimate"].to_numpy()) ** 2).sum(axis=0))
    assert effects["se"].to_numpy() == pytest.approx(jackknife, rel=0.08)
    replicated = average_marginal_effects(fit(frame, ResampledDesign(CLUSTERED, "JK1"))).table
    assert replicated["se"].to_numpy() == pytest.approx(jackknife, rel=1e-7)


@pytest.mark.parametrize("link", [*BINARY.values(), LOG, IDENTITY])
def test_the_derivatives_of_a_link_are_those_of_its_mean(link):
    x, step = np.linspace(-3, 2, 11), 1e-5
    assert link.slope(x) == pytest.approx((link.mean(x + step) - link.mean(x - step)) / (2 * step), abs=1e-9)
    assert link.curvature(x) == pytest.approx((link.slope(x + step) - link.slope(x - step)) / (2 * step), abs=1e-9)
    assert link.mean(x) == pytest.approx(link.fitting.inverse(x), rel=1e-9)


# --- discrete time


def test_person_periods_are_those_at_risk_with_the_event_in_the_last():
    frame = pd.DataFrame({"person": [7, 8, 9], "last": [2, 3, 3], "left": [True, False, True], "before": [0, 0, 1]})
    rows = person_periods(frame, "last", "left", entry="before")
    assert rows["person"].tolist() == [7, 7, 8, 8, 8, 9, 9]
    assert rows["period"].tolist() == [1, 2, 1, 2, 3, 2, 3]
    assert rows["left"].tolist() == [0, 1, 0, 0, 0, 0, 1]


def test_a_hazard_model_of_the_periods_alone_has_the_life_table():
    """At risk 10 then 7; 2 and 3 events: hazards 2/10 and 3/7."""
    frame = pd.DataFrame({"person": range(10), "last": [1] * 3 + [2] * 7, "left": [1, 1, 0, 1, 1, 1, 0, 0, 0, 0]})
    model = hazard_model(person_periods(frame, "last", "left"), "left ~ 0 + C(period)", SurveyDesign(clusters="person"))
    hazards = 1 - np.exp(-np.exp(model.table["estimate"]))
    assert hazards.to_numpy() == pytest.approx([2 / 10, 3 / 7], rel=1e-12)
    assert model.df == 9 - 1


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"last": [1.5, 2]}, "duration_not_whole"),
        ({"last": [1, None]}, "duration_missing"),
        ({"left": [2, 0]}, "event_not_binary"),
        ({"before": [1, 0]}, "exit_before_entry"),
        ({"before": [-1, 0]}, "duration_negative"),
        ({"period": [1, 1]}, "column_taken"),
    ],
)
def test_durations_that_make_no_periods_are_refused(change, key):
    frame = pd.DataFrame({"last": [1, 2], "left": [1, 0], "before": [0, 0]}).assign(**change)
    refused(key, lambda: person_periods(frame, "last", "left", "before"))
    refused("column_absent", lambda: person_periods(frame, "lost", "left"))


# --- bad input


def refused(key, call):
    with pytest.raises(StudyError) as error:
        call()
    assert error.value.key == key
    assert all(len(error.value.text(language).splitlines()) == 3 for language in ("zh", "en"))
    return error.value.facts


def test_a_term_that_is_no_column_is_refused_with_the_nearest_name():
    facts = refused("column_absent", lambda: linear_model(residents(), "score ~ agee", CLUSTERED))
    assert (facts["column"], facts["nearest"]) == ("agee", "age")


@pytest.mark.parametrize(
    ("formula", "key"),
    [
        ("score ~ age +* group", "formula_unreadable"),
        ("score ~ nolog(age)", "formula_unreadable"),
        ("score ~ age)", "formula_unreadable"),
        ("age", "formula_without_outcome"),
        ("score ~ age | group", "formula_without_outcome"),
        ("group ~ age", "outcome_not_numeric"),
        ("score ~ np.log(member)", "term_not_finite"),
        ("score ~ age + I(2 * age)", "terms_collinear"),
        ("score ~ group + C(group == 'b')", "terms_collinear"),
    ],
)
def test_formulas_that_say_no_model_are_refused(formula, key):
    refused(key, lambda: linear_model(residents(), formula, CLUSTERED))


def test_a_collinear_term_is_named():
    facts = refused("terms_collinear", lambda: linear_model(residents(), "score ~ age + I(2 * age)", CLUSTERED))
    assert facts["list"] == "I(2 * age)"


def test_more_terms_than_rows_are_refused():
    frame = residents()
    refused("model_rows_few", lambda: linear_model(frame, "score ~ age + member", CLUSTERED, where=frame.index < 2))
    refused("model_rows_few", lambda: linear_model(frame.assign(age=np.nan), "score ~ age", CLUSTERED))


@pytest.mark.parametrize(
    ("call", "outcome", "key"),
    [
        (logistic_model, [0, 1, 2, 1], "outcome_not_binary"),
        (logistic_model, [1, 1, 1, 1], "outcome_constant"),
        (poisson_model, [0, 1, -1, 2], "outcome_negative"),
        (poisson_model, [0, 0, 0, 0], "outcome_constant"),
        (ordinal_model, [3, 3, 3, 3], "outcome_one_level"),
        (ordinal_model, ["good", "bad", "bad", "fair"], "outcome_unordered"),
        (ordinal_model, pd.Categorical(list("aabb"), list("abc")), "outcome_level_empty"),
    ],
)
def test_outcomes_that_a_model_has_no_place_for_are_refused(call, outcome, key):
    frame = pd.DataFrame({"y": outcome, "x": [1, 2, 4, 3]})
    refused(key, lambda: call(frame, "y ~ x", SIMPLE))


def test_an_ordinal_outcome_that_is_no_column_and_a_link_that_is_none_are_refused():
    refused("outcome_not_a_column", lambda: ordinal_model(residents(), "I(satisfied > 2) ~ age", CLUSTERED))
    for call in (logistic_model, ordinal_model):
        facts = refused("link_unknown", lambda call=call: call(residents(), "took_part ~ age", CLUSTERED, link="logt"))
        assert facts["nearest"] == "logit"


@pytest.mark.parametrize(
    ("call", "outcome", "term"),
    [
        (logistic_model, [0, 0, 0, 1, 1, 1], [1, 2, 3, 4, 5, 6]),  # complete
        (logistic_model, [0, 1, 0, 1, 1, 1], [0, 0, 0, 0, 1, 1]),  # in one group all are 1
        (poisson_model, [2, 1, 0, 3, 0, 0], [0, 0, 0, 0, 1, 1]),  # in one group nothing happened
        (ordinal_model, [1, 1, 2, 2, 3, 3], [1, 2, 3, 4, 5, 6]),
        (ordinal_model, [1, 2, 3, 1, 3, 3], [0, 0, 0, 0, 1, 1]),
    ],
)
def test_terms_that_tell_outcomes_apart_without_error_are_refused_and_named(call, outcome, term):
    frame = pd.DataFrame({"y": outcome, "x": term, "z": [1.0, 2, 1, 3, 1, 2]})
    facts = refused("terms_separate", lambda: call(frame, "y ~ x", SIMPLE))
    assert "x" in facts["list"]


def test_outcomes_that_are_nearly_certain_are_no_separation():
    frame = pd.DataFrame({"x": [*range(-40, 41)], "y": np.arange(-40, 41) > 0})
    frame.loc[[39, 42], "y"] = [True, False]
    assert coefficients(logistic_model(frame, "y ~ x", SIMPLE))["x"] > 0


def test_a_replicate_without_a_level_is_refused():
    frame = residents().assign(only=lambda rows: (rows["cluster"] == 3).astype(int))
    refused("terms_collinear", lambda: linear_model(frame, "score ~ only", ResampledDesign(CLUSTERED, "JK1")))


def test_estimates_that_are_no_model_have_no_terms_to_test():
    refused("model_without_terms", lambda: term_tests(mean(residents(), "score", CLUSTERED)))


def test_an_ordinal_model_has_no_marginal_effects():
    model = ordinal_model(residents(), "satisfied ~ age", CLUSTERED)
    refused("model_without_margins", lambda: average_marginal_effects(model))


def test_the_rows_of_a_model_have_a_time_only_where_they_are_given_one():
    """A column `term` would be taken for a term of office."""
    frame = pd.DataFrame({"y": [1.0, 2.0, 4.0, 3.0, 6.0], "x": [0.0, 1.0, 2.0, 3.0, 4.0]})
    model = linear_model(frame, "y ~ x", SurveyDesign())
    for made in (model, average_marginal_effects(model)):
        assert "term" not in made.table and set(made.table["window"]) == {""}
    assert set(linear_model(frame, "y ~ x", SurveyDesign(), window="2018").table["window"]) == {"2018"}
