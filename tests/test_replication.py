"""Replicate weights: made here against R's matrices and against linearised variances, and brought along."""

import agreement
import numpy as np
import pandas as pd
import pytest
from agreement import replicates
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import (
    Census,
    ReplicateDesign,
    ResampledDesign,
    SurveyDesign,
    joined,
    mean,
    post_stratify,
    ratio,
    total,
)

# Two clusters in each of three strata: every method gives a total the variance Σ(z₁ − z₂)² = 1 + 4 + 16, by hand.
PAIRS = pd.DataFrame({"stratum": [1, 1, 2, 2, 3, 3], "weight": 2.0, "y": [1.0, 1.5, 3, 4, 6, 8], "size": 8})
PAIRED = SurveyDesign(weights="weight", strata="stratum")
KINDS = {"JKn": {}, "BRR": {}, "Fay": {"rho": 0.3}, "successive_differences": {}}


def refused(call):
    with pytest.raises(StudyError) as caught:
        call()
    for language in ("en", "zh"):
        assert len(caught.value.text(language).splitlines()) == 3
    return caught.value.key, caught.value.facts


@pytest.mark.parametrize("case", replicates.MADE)
def test_jackknife_weights_are_those_of_r(case):
    if not agreement.has_data(f"reps_{case}"):
        pytest.skip(f"shared/reference/data/reps_{case}.csv is not beside this clone")
    frame, design = replicates.made(case)
    variance = design.sample(frame).variance
    with_weights, given_here = replicates.brought(case, replicates.API[replicates.MADE[case][0]][0])
    brought = given_here.sample(with_weights).variance
    ours, theirs = (one.weights.argmin(axis=0).argsort() for one in (variance, brought))  # by the row left out
    assert variance.weights[:, ours] == pytest.approx(brought.weights[:, theirs], rel=1e-12)
    assert (variance.scale * variance.rscales)[ours] == pytest.approx(
        brought.scale * brought.rscales[theirs], rel=1e-12
    )
    assert variance.is_about_estimate == brought.is_about_estimate
    assert variance.df == brought.df == replicates.facts(case)["degf"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("is_about_estimate", [True, False])
def test_variance_of_a_total_of_pairs(kind, is_about_estimate):
    design = ResampledDesign(PAIRED, kind, is_about_estimate=is_about_estimate, **KINDS[kind])
    made = total(PAIRS, "y", design)
    assert made.covariance().item() == pytest.approx(21)
    assert made.df == 3  # six clusters less three strata


@pytest.mark.parametrize("kind", KINDS)
def test_a_finite_population_takes_its_part_of_the_variance(kind):
    # 2 of 8 drawn in each stratum: weight 4, so that (z₁ − z₂)² is four times as large, and 1 − 2/8 is left
    design = ResampledDesign(SurveyDesign(strata="stratum", fpc="size"), kind, **KINDS[kind])
    assert total(PAIRS, "y", design).covariance().item() == pytest.approx(4 * 21 * 0.75)


def test_successive_differences_compare_neighbours_in_a_ring():
    # one list of six, weighted 2: half of 1² + 3² + 2² + 4² + 4² + (16 − 2)²; Fay & Train (1995)
    design = ResampledDesign(SurveyDesign(weights="weight"), "successive_differences")
    assert total(PAIRS, "y", design).covariance().item() == pytest.approx((1 + 9 + 4 + 16 + 16 + 196) / 2)


def test_successive_differences_follow_the_rows_and_not_the_names_of_clusters():
    named = PAIRS.assign(cluster=list("qbzacm"))
    by_name = SurveyDesign(weights="weight", clusters="cluster")
    assert total(named, "y", ResampledDesign(by_name, "successive_differences")).covariance().item() == pytest.approx(
        121
    )


def test_successive_differences_with_few_replicates_are_right_on_average():
    # a random order has no neighbours: on average the variance is that of a simple random sample
    generator = np.random.default_rng(3)
    frame = pd.DataFrame({"y": generator.normal(size=60)})
    expected = total(frame, "y", SurveyDesign()).covariance().item()
    few = ResampledDesign(SurveyDesign(), "successive_differences", replicates=16)
    found = [total(frame.sample(frac=1, random_state=seed), "y", few).covariance().item() for seed in range(200)]
    assert few.sample(frame).variance.weights.shape == (60, 16)
    assert np.mean(found) == pytest.approx(expected, rel=0.05)


def test_the_bootstrap_comes_near_the_linearised_variance():
    # 1000 replicates know a standard error to 1/√2000, 2.2 %; three times that is allowed
    frame = pd.DataFrame({"stratum": np.repeat([1, 2, 3], 8), "y": np.arange(24.0) ** 1.5, "size": 20})
    for design in (SurveyDesign(strata="stratum"), SurveyDesign(strata="stratum", fpc="size")):
        expected = total(frame, "y", design).table["se"].item()
        again = total(frame, "y", ResampledDesign(design, "bootstrap", replicates=1000, seed=1))
        assert again.table["se"].item() == pytest.approx(expected, rel=0.067)


def test_bootstrap_multipliers_draw_one_cluster_fewer_and_never_fall_below_zero():
    # Rao & Wu (1988): n/(n − 1) times how often a cluster is drawn; each stratum keeps its sum
    design = ResampledDesign(SurveyDesign(strata="stratum", clusters="stratum_cluster"), "bootstrap", replicates=50)
    frame = pd.DataFrame({"stratum": [1] * 4 + [2] * 6, "stratum_cluster": range(10), "y": 1.0})
    multipliers = design.sample(frame).variance.weights
    assert (multipliers >= 0).all()
    for rows, drawn in ((slice(0, 4), 3), (slice(4, 10), 5)):
        times = multipliers[rows] * drawn / (drawn + 1)
        assert times == pytest.approx(times.round(), abs=1e-12)
        assert times.sum(axis=0) == pytest.approx(np.full(50, drawn))


def test_the_same_seed_gives_the_same_replicates_and_another_gives_others():
    frame = pd.DataFrame({"y": np.arange(12.0)})
    weights = [
        ResampledDesign(SurveyDesign(), "bootstrap", replicates=20, seed=seed).sample(frame).variance.weights
        for seed in (7, 7, 8)
    ]
    assert (weights[0] == weights[1]).all()
    assert (weights[0] != weights[2]).any()


def test_results_of_one_seed_can_be_joined():
    frame = pd.DataFrame({"y": np.arange(12.0), "x": 1.0})
    design = ResampledDesign(SurveyDesign(), "bootstrap", replicates=20)
    pair = joined([mean(frame, "y", design), mean(frame, "y", design)])
    assert pair.contrast([1, -1]).table["se"].item() == pytest.approx(0, abs=1e-12)


@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(sorted(KINDS)))
@settings(max_examples=25)
def test_replicates_of_any_pairs_have_the_linearised_variance_of_a_total(seed, kind):
    generator = np.random.default_rng(seed)
    pairs = int(generator.integers(2, 12))
    cluster = np.repeat(np.arange(2 * pairs), 1 + generator.poisson(2, 2 * pairs))
    size = len(cluster)
    frame = pd.DataFrame({"cluster": cluster, "stratum": cluster // 2, "y": generator.normal(size=size)})
    frame["weight"] = generator.uniform(1, 3, size)
    design = SurveyDesign(weights="weight", strata="stratum", clusters="cluster")
    expected = total(frame, "y", design)
    made = total(frame, "y", ResampledDesign(design, kind, **KINDS[kind]))
    assert made.covariance() == pytest.approx(expected.covariance())
    assert made.df == expected.df


@pytest.mark.parametrize("rule", ["certainty", "remove", "adjust", "average"])
def test_the_jackknife_follows_the_rule_for_single_clusters(rule):
    design = SurveyDesign(weights="weight", strata="stratum", lonely=rule)
    expected = total(PAIRS[:5], "y", design).covariance().item()
    assert total(PAIRS[:5], "y", ResampledDesign(design, "JKn")).covariance().item() == pytest.approx(expected)


@pytest.mark.parametrize("kind", ["BRR", "bootstrap", "successive_differences"])
def test_a_single_cluster_that_counts_for_certain_is_never_moved(kind):
    design = SurveyDesign(weights="weight", strata="stratum", lonely="certainty")
    weights = ResampledDesign(design, kind).sample(PAIRS[:5]).variance.weights
    assert (weights[4] == 2).all()


def test_rows_that_the_design_sets_aside_stay_aside():
    frame = PAIRS.assign(stratum=[1, 1, 2, 2, None, None])
    design = SurveyDesign(weights="weight", strata="stratum", missing_strata="set_aside")
    row = total(frame, "y", ResampledDesign(design, "JKn")).table.iloc[0]
    assert (row["estimate"], row["se"], row["excluded"]) == (19, pytest.approx(5**0.5), "stratum set_aside 2")


@pytest.mark.parametrize(
    ("frame", "design", "key", "facts"),
    [
        pytest.param(
            PAIRS,
            ResampledDesign(PAIRED, "JK1"),
            "jackknife_of_strata",
            {"count": 3},
            id="a jackknife without strata of a stratified sample",
        ),
        pytest.param(
            PAIRS.assign(stratum=[1, 1, 1, 2, 2, 2]),
            ResampledDesign(PAIRED, "BRR"),
            "half_samples_of_pairs",
            {"kind": "BRR", "count": 2, "list": "1, 2"},
            id="half-samples of three",
        ),
        pytest.param(
            PAIRS,
            ResampledDesign(PAIRED, "jackknife"),
            "replicate_kind_unknown",
            {"kind": "jackknife"},
            id="an unknown kind",
        ),
        pytest.param(PAIRS, ResampledDesign(PAIRED, "Fay"), "fay_rho_invalid", {"rho": 0.0}, id="Fay without rho"),
        pytest.param(PAIRS, ResampledDesign(PAIRED, "Fay", rho=1), "fay_rho_invalid", {"rho": 1}, id="rho of 1"),
        pytest.param(
            PAIRS, ResampledDesign(PAIRED, "BRR", rho=0.5), "fay_rho_invalid", {"rho": 0.5}, id="BRR with rho"
        ),
        pytest.param(
            PAIRS,
            ResampledDesign(PAIRED, "bootstrap", replicates=1),
            "replicates_too_few",
            {"count": 1},
            id="one bootstrap replicate",
        ),
        pytest.param(
            PAIRS[:5],
            ResampledDesign(SurveyDesign(strata="stratum", lonely="average"), "bootstrap"),
            "replicates_of_lonely",
            {"count": 1, "rule": "average"},
            id="a single cluster that counts as the average of others",
        ),
        pytest.param(
            PAIRS.assign(row=range(6), rows=3),
            ResampledDesign(SurveyDesign(clusters=["stratum", "row"], fpc=["size", "rows"]), "JKn"),
            "replicates_of_stages",
            {"count": 2},
            id="two stages",
        ),
        pytest.param(
            PAIRS,
            ResampledDesign(post_stratify(PAIRS, PAIRED, "stratum", {1: 3, 2: 4, 3: 5}), "JKn"),
            "replicates_of_design",
            {"design": "CalibratedDesign"},
            id="calibrated weights",
        ),
        pytest.param(
            PAIRS[:5], ResampledDesign(PAIRED, "JKn"), "lonely_cluster", {"count": 1}, id="what the design refuses"
        ),
    ],
)
def test_replicates_that_are_not_made(frame, design, key, facts):
    found, known = refused(lambda: design.sample(frame))
    assert found == key
    assert facts.items() <= known.items()


# Brought along: Korn and Graubard's ambulances, with the half-samples that R's manual gives (tests/agreement/replicates.py).

HALVES = 2 * np.array([[1, 0, 1, 0, 1, 0], [1, 0, 0, 1, 0, 1], [0, 1, 1, 0, 0, 1], [0, 1, 0, 1, 1, 0]]).T
BROUGHT = PAIRS.assign(**{f"w{place}": 2.0 * column for place, column in enumerate(HALVES.T, 1)})


def test_half_samples_that_were_brought_along():
    assert total(BROUGHT, "y", ReplicateDesign("weight", "w", "BRR")).covariance().item() == pytest.approx(21)


def test_columns_of_replicates_are_found_by_their_number_and_in_its_order():
    frame = BROUGHT.rename(columns={"w4": "w10"}).assign(w=0.0, wide=0.0)[["w10", *BROUGHT.columns[:-1], "w", "wide"]]
    replicates_of = ReplicateDesign("weight", "w", "BRR").sample(frame).variance.weights
    assert replicates_of.T.tolist() == [BROUGHT[name].tolist() for name in ("w1", "w2", "w3", "w4")]


def test_multipliers_are_weights_once_the_sampling_weights_are_in():
    frame = PAIRS.assign(**{f"m{place}": column for place, column in enumerate(HALVES.T, 1)})
    by_multipliers = ReplicateDesign("weight", "m", "BRR", is_combined=False)
    assert ratio(frame, "y", "size", by_multipliers).covariance() == pytest.approx(
        ratio(BROUGHT, "y", "size", ReplicateDesign("weight", "w", "BRR")).covariance()
    )


@pytest.mark.parametrize(
    ("kind", "rho", "expected"),
    [
        # Σ of the four squared deviations is 4·21
        ("BRR", 0.0, 21),
        ("Fay", 0.5, 84),
        ("JK1", 0.0, 63),
        ("bootstrap", 0.0, 21),
        ("successive_differences", 0.0, 84),
    ],
)
def test_a_kind_tells_its_scale(kind, rho, expected):
    design = ReplicateDesign("weight", ["w1", "w2", "w3", "w4"], kind, rho=rho)
    assert total(BROUGHT, "y", design).covariance().item() == pytest.approx(expected)


def test_about_the_mean_of_the_replicates_the_bootstrap_loses_one():
    design = ReplicateDesign("weight", "w", "bootstrap", is_about_estimate=False)
    assert total(BROUGHT, "y", design).covariance().item() == pytest.approx(84 / 3)


def test_scales_of_the_documentation_go_before_the_kind():
    design = ReplicateDesign("weight", "w", "JKn", scale=0.5, rscales=[1, 0, 0, 0])
    first = total(BROUGHT, "y", SurveyDesign("w1")).table["estimate"].item()
    assert total(BROUGHT, "y", design).covariance().item() == pytest.approx((first - 47) ** 2 / 2)


def test_degrees_of_freedom_are_the_rank_less_one_or_what_is_said():
    assert mean(BROUGHT, "y", ReplicateDesign("weight", "w", "BRR")).df == 3
    assert mean(BROUGHT, "y", ReplicateDesign("weight", "w", "BRR", df=30)).df == 30


@pytest.mark.parametrize(
    ("frame", "design", "key", "facts"),
    [
        pytest.param(
            BROUGHT,
            ReplicateDesign("weight", "rep", "BRR"),
            "replicates_absent",
            {"prefix": "rep"},
            id="no such prefix",
        ),
        pytest.param(
            BROUGHT,
            ReplicateDesign("weight", ["w1", "w9"], "BRR"),
            "design_column_absent",
            {"column": "w9"},
            id="no such column",
        ),
        pytest.param(
            BROUGHT, ReplicateDesign("weight", ["w1"], "BRR"), "replicates_too_few", {"count": 1}, id="one only"
        ),
        pytest.param(
            BROUGHT.assign(w2=[1, np.nan, 1, 1, np.inf, 1]),
            ReplicateDesign("weight", "w", "BRR"),
            "replicates_missing",
            {"column": "w2", "count": 2, "rows": "1, 4"},
            id="missing and infinite replicates",
        ),
        pytest.param(
            BROUGHT.assign(weight=-1.0), ReplicateDesign("weight", "w", "BRR"), "weights_negative", {}, id="its weights"
        ),
        pytest.param(BROUGHT, ReplicateDesign("weight", "w"), "replicate_scale_unknown", {"count": 4}, id="no scale"),
        pytest.param(
            BROUGHT, ReplicateDesign("weight", "w", "JKn"), "replicate_scale_unknown", {"kind": "JKn"}, id="JKn"
        ),
        pytest.param(
            BROUGHT,
            ReplicateDesign("weight", "w", rscales=[1, 1]),
            "replicate_scales_length",
            {"found": 2, "expected": 4},
            id="too few scales",
        ),
        pytest.param(
            BROUGHT, ReplicateDesign("weight", "w", "brr"), "replicate_kind_unknown", {"kind": "brr"}, id="a kind"
        ),
        pytest.param(BROUGHT[:0], ReplicateDesign("weight", "w", "BRR"), "frame_empty", {}, id="no rows"),
    ],
)
def test_replicates_that_are_not_read(frame, design, key, facts):
    found, known = refused(lambda: total(frame, "y", design))
    assert found == key
    assert facts.items() <= known.items()


def test_results_under_replicates_and_without_an_error_are_not_joined():
    pair = [mean(BROUGHT, "y", ReplicateDesign("weight", "w", "BRR")), mean(BROUGHT, "y", Census())]
    assert refused(lambda: joined(pair))[0] == "not_one_sample"
