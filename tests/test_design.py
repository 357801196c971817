"""Designs: what they refuse, what they read, variances counted by hand, and what no estimate may depend on."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import Census, ResampledDesign, SurveyDesign, joined, mean, proportion, ratio, total, variance

# Two strata. a: 3 of 30 drawn, values 1, 2, 3; b: 2 of 40 drawn, values 4, 8.
STRATA = pd.DataFrame(
    {
        "stratum": ["a", "a", "a", "b", "b"],
        "cluster": ["p", "q", "r", "s", "t"],
        "weight": [10.0, 10, 10, 20, 20],
        "size": [30, 30, 30, 40, 40],
        "y": [1.0, 2, 3, 4, 8],
        "is_big": [0.0, 0, 1, 0, 1],
    }
)
STRATIFIED = SurveyDesign(weights="weight", strata="stratum", clusters="cluster")


def refused(frame, design, call=None):
    """The error of a call (by default the total of y), whose sentences can be said in both languages."""
    with pytest.raises(StudyError) as caught:
        (call or (lambda: total(frame, "y", design)))()
    for language in ("en", "zh"):
        assert len(caught.value.text(language).splitlines()) == 3
    return caught.value.key, caught.value.facts


def changed(**columns):
    """The frame with some cells changed: column={row: value}."""
    frame = STRATA.copy()
    for column, cells in columns.items():
        frame[column] = [cells.get(row, value) for row, value in enumerate(frame[column])]
    return frame


@pytest.mark.parametrize(
    ("frame", "design", "key", "facts"),
    [
        pytest.param(
            changed(weight={1: np.nan, 3: np.nan}),
            STRATIFIED,
            "weights_missing",
            {"column": "weight", "count": 2, "rows": "1, 3"},
            id="missing weights",
        ),
        pytest.param(
            changed(weight={2: -1.0}),
            STRATIFIED,
            "weights_negative",
            {"column": "weight", "count": 1, "rows": "2"},
            id="a negative weight",
        ),
        pytest.param(
            changed(weight=dict.fromkeys(range(5), 0.0)),
            STRATIFIED,
            "weights_zero",
            {"column": "weight", "count": 5},
            id="no weight above 0",
        ),
        pytest.param(
            changed(weight={4: np.inf}),
            STRATIFIED,
            "weights_infinite",
            {"column": "weight", "count": 1, "rows": "4"},
            id="an infinite weight",
        ),
        pytest.param(
            changed(weight={4: "ten"}),
            STRATIFIED,
            "column_not_numeric",
            {"column": "weight", "values": "ten"},
            id="a weight in words",
        ),
        pytest.param(
            STRATA,
            SurveyDesign(weights="weigth"),
            "design_column_absent",
            {"column": "weigth", "nearest": "weight"},
            id="a misspelt column",
        ),
        pytest.param(
            changed(cluster={3: "p"}),
            STRATIFIED,
            "cluster_in_two_strata",
            {"column": "cluster", "strata": "stratum", "count": 1, "total": 4, "list": "p"},
            id="a cluster in two strata",
        ),
        pytest.param(
            changed(cluster={3: None}),
            STRATIFIED,
            "clusters_missing",
            {"column": "cluster", "count": 1, "total": 5},
            id="a row without a cluster",
        ),
        pytest.param(
            changed(stratum={0: None, 4: None}),
            STRATIFIED,
            "strata_missing",
            {"column": "stratum", "count": 2, "total": 5},
            id="rows without a stratum",
        ),
        pytest.param(
            changed(size=dict.fromkeys(range(3), 2)),
            SurveyDesign(strata="stratum", fpc="size"),
            "fpc_below_sample",
            {"column": "size", "count": 1, "size": "2", "drawn": 3, "rows": "0, 1, 2"},
            id="a population below its sample",
        ),
        pytest.param(
            changed(size={1: 31}),
            SurveyDesign(strata="stratum", fpc="size"),
            "fpc_varies",
            {"column": "size", "count": 1},
            id="a population of two sizes",
        ),
        pytest.param(
            changed(size={1: 0, 2: np.nan}),
            SurveyDesign(strata="stratum", fpc="size"),
            "fpc_invalid",
            {"column": "size", "count": 2, "rows": "1, 2"},
            id="a population of 0, and one missing",
        ),
        pytest.param(
            STRATA[:4],
            STRATIFIED,
            "lonely_cluster",
            {"count": 1, "total": 2, "stage": 1, "rows": "3"},
            id="a stratum with a single cluster",
        ),
        pytest.param(
            STRATA[2:4],
            SurveyDesign(strata="stratum", lonely="average"),
            "lonely_everywhere",
            {"count": 2, "stage": 1},
            id="strata with a single cluster, and no other to take their variance from",
        ),
        pytest.param(
            STRATA,
            SurveyDesign(lonely="adjusted"),
            "design_rule_unknown",
            {"setting": "lonely", "rule": "adjusted", "nearest": "adjust"},
            id="a misspelt rule for single clusters",
        ),
        pytest.param(
            STRATA,
            SurveyDesign(missing_strata="drop"),
            "design_rule_unknown",
            {"setting": "missing_strata", "rule": "drop"},
            id="an unknown rule for missing strata",
        ),
        pytest.param(STRATA[:0], STRATIFIED, "frame_empty", {}, id="no rows"),
        pytest.param(STRATA[:0], Census(), "frame_empty", {}, id="a census of nobody"),
        pytest.param(
            changed(y={2: np.inf}),
            STRATIFIED,
            "column_infinite",
            {"column": "y", "count": 1, "rows": "2"},
            id="an infinite value",
        ),
    ],
)
def test_a_design_refuses(frame, design, key, facts):
    found, known = refused(frame, design)
    assert found == key
    assert facts.items() <= known.items()


def test_an_id_that_is_unique_in_its_stratum_only_is_two_clusters():
    frame = changed(cluster={3: "p"})
    nested = SurveyDesign(weights="weight", strata="stratum", clusters="cluster", nest=True)
    assert total(frame, "y", nested).covariance() == total(STRATA, "y", STRATIFIED).covariance()


def test_rows_without_a_stratum_are_set_aside_and_counted():
    frame = changed(stratum={0: None})
    design = SurveyDesign(weights="weight", strata="stratum", missing_strata="set_aside")
    row = total(frame, "y", design).table.iloc[0]
    assert (row["estimate"], row["n"], row["excluded"]) == (290, 4, "stratum set_aside 1")


def test_a_condition_counts_the_rows_that_were_given_though_some_are_set_aside():
    frame = changed(stratum={0: None})
    design = SurveyDesign(weights="weight", strata="stratum", missing_strata="set_aside")
    row = total(frame, "y", design, where=frame["y"] < 3).table.iloc[0]
    assert (row["estimate"], row["n"]) == (20, 1)


def test_a_category_that_nobody_has_is_refused_as_a_domain():
    frame = STRATA.assign(area=pd.Categorical(["x", "x", "y", "y", "y"], categories=["x", "y", "z"]))
    key, facts = refused(frame, STRATIFIED, lambda: total(frame, "y", STRATIFIED, "area"))
    assert (key, facts["column"], facts["count"], facts["list"]) == ("domain_empty", "area", 1, "z")


def test_a_category_that_nobody_has_is_no_stratum_and_no_cluster():
    frame = STRATA.assign(
        stratum=pd.Categorical(STRATA["stratum"], categories=["a", "nobody", "b"]),
        cluster=pd.Categorical(STRATA["cluster"], categories=["nobody", *"pqrst"]),
    )
    assert total(frame, "y", STRATIFIED).covariance() == total(STRATA, "y", STRATIFIED).covariance()


def test_a_condition_that_selects_nobody_is_refused():
    key, facts = refused(STRATA, STRATIFIED, lambda: total(STRATA, "y", STRATIFIED, where=STRATA["y"] > 100))
    assert (key, facts) == ("where_empty", {"total": 5})


def test_a_condition_of_another_length_is_refused():
    key, facts = refused(STRATA, STRATIFIED, lambda: total(STRATA, "y", STRATIFIED, where=[True]))
    assert (key, facts) == ("where_length", {"found": 1, "expected": 5})


def test_a_sample_is_refused_on_another_frame():
    sample = STRATIFIED.sample(STRATA)
    key, facts = refused(STRATA, sample, lambda: total(STRATA[:4], "y", sample))
    assert (key, facts) == ("sample_of_another_frame", {"rows": 4, "expected": 5})


def test_results_of_different_samples_are_not_joined():
    halves = [total(STRATA[:3], "y", SurveyDesign()), total(STRATA, "y", SurveyDesign())]
    assert refused(STRATA, None, lambda: joined(halves)) == ("not_one_sample", {"count": 2})


# Counted by hand.


@pytest.mark.parametrize(
    ("design", "expected"),
    [
        # Σ N²s²/n with s² = 1 and 8: 900·1/3 + 1600·8/2
        pytest.param(STRATIFIED, Fraction(6700), id="with replacement"),
        # each times 1 − n/N: 300·9/10 + 6400·19/20
        pytest.param(SurveyDesign(strata="stratum", fpc="size"), Fraction(6350), id="from finite populations"),
        # one stratum of five: 5/4·Σ(z − 60)² for z = 10, 20, 30, 80, 160
        pytest.param(
            SurveyDesign(weights="weight"), Fraction(5, 4) * (2500 + 1600 + 900 + 400 + 10000), id="without strata"
        ),
    ],
)
def test_variance_of_a_total(design, expected):
    made = total(STRATA, "y", design)
    assert made.table["estimate"].item() == pytest.approx(300)
    assert made.covariance().item() == pytest.approx(float(expected), rel=1e-14)


def test_variance_of_a_stratified_mean_is_that_of_the_total_over_the_population_squared():
    made = mean(STRATA, "y", SurveyDesign(strata="stratum", fpc="size"))
    assert made.table["estimate"].item() == pytest.approx(float(Fraction(300, 70)))
    assert made.covariance().item() == pytest.approx(float(Fraction(6350, 70**2)))


def test_variance_of_a_total_of_clusters():
    # cluster totals, weighted by 2: 6, 6, 12; 3/2·((6−8)² + (6−8)² + (12−8)²)
    frame = pd.DataFrame({"cluster": [1, 1, 2, 3], "weight": 2.0, "y": [1.0, 2, 3, 6]})
    made = total(frame, "y", SurveyDesign(weights="weight", clusters="cluster"))
    assert (made.table["estimate"].item(), made.covariance().item(), made.df) == (24, pytest.approx(36), 2)


def test_variance_of_a_total_in_two_stages():
    # 2 of 4 clusters, 2 of 3 rows in each. First stage 16·(1/2)·s²/2 of the cluster totals 6 and 21, s² = 225/2: 450.
    # Second stage 4/2 times 9·(1/3)·s²/2 in each, s² = 2 and 8: 2·(3 + 12). Cochran (1977), § 11.
    frame = pd.DataFrame(
        {"cluster": [1, 1, 2, 2], "row": [1, 2, 3, 4], "of_clusters": 4, "of_rows": 3, "y": [1.0, 3, 5, 9]}
    )
    made = total(frame, "y", SurveyDesign(clusters=["cluster", "row"], fpc=["of_clusters", "of_rows"]))
    assert (made.table["estimate"].item(), made.covariance().item()) == (pytest.approx(54), pytest.approx(480))


def test_a_fraction_of_the_population_is_as_good_as_its_size():
    frame = STRATA.assign(fraction=[0.1, 0.1, 0.1, 0.05, 0.05])
    by_fraction = total(frame, "y", SurveyDesign(strata="stratum", fpc="fraction"))
    assert by_fraction.covariance().item() == pytest.approx(6350)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        # a has 300; b, with the one value 4, weighted 80, adds nothing, or (80 − (10+20+30+80)/4)², or as much as a
        ("certainty", 300),
        ("remove", 300),
        ("adjust", 300 + 45**2),
        ("average", 600),
    ],
)
def test_a_stratum_with_one_cluster_adds_what_its_rule_says(rule, expected):
    design = SurveyDesign(weights="weight", strata="stratum", lonely=rule)
    assert total(STRATA[:4], "y", design).covariance().item() == pytest.approx(expected)


@pytest.mark.parametrize("rule", ["certainty", "remove", "adjust", "average"])
def test_variances_are_the_diagonal_of_the_covariance_under_every_rule(rule):
    design = SurveyDesign(weights="weight", strata="stratum", lonely=rule)
    made = joined(total(STRATA[:4], column, design) for column in ("y", "is_big", "size"))
    assert made.covariance().diagonal() == pytest.approx(made.table["se"] ** 2)


def test_a_stratum_that_was_drawn_whole_adds_nothing_even_with_one_cluster():
    frame = STRATA[:4].assign(size=[30, 30, 30, 1])
    assert total(frame, "y", SurveyDesign(strata="stratum", fpc="size")).covariance().item() == pytest.approx(270)


def test_a_census_has_no_error_and_no_interval():
    row = mean(STRATA, "y", Census()).table.iloc[0]
    assert row["estimate"] == pytest.approx(18 / 5)
    assert row[["se", "low", "high"]].isna().all()
    assert row["interval"] == "census"


# What no estimate may depend on.

DESIGN = SurveyDesign(weights="weight", strata="stratum", clusters="cluster")
STATISTICS = {
    "mean": lambda frame, design: mean(frame, "y", design),
    "total": lambda frame, design: total(frame, "y", design),
    "ratio": lambda frame, design: ratio(frame, "y", "x", design),
    "proportion": lambda frame, design: proportion(frame, "is_big", design),
    "variance": lambda frame, design: variance(frame, "y", design),
}
SCALE_FREE = [name for name in STATISTICS if name != "total"]
SHOWN = ["estimate", "se", "low", "high", "df"]


def drawn(seed, clusters=6, rows=4):
    """A frame of two strata with so many clusters each, of so many rows on average."""
    generator = np.random.default_rng(seed)
    cluster = np.repeat(np.arange(2 * clusters), 1 + generator.poisson(rows - 1, 2 * clusters))
    size = len(cluster)
    y = generator.gamma(3, 2, size) + generator.normal(0, 0.5, 2 * clusters)[cluster] + 5
    return pd.DataFrame(
        {
            "cluster": cluster,
            "stratum": cluster % 2,
            "weight": generator.uniform(1, 5, size),
            "area": generator.integers(0, 3, size),
            "x": generator.uniform(1, 2, size),
            "y": y,
            "is_big": (y > np.median(y)).astype(float),
        }
    )


def shown(made):
    return made.table[SHOWN].to_numpy(float)


seeds = st.integers(0, 2**32 - 1)
few = settings(max_examples=15)


@pytest.mark.parametrize("statistic", STATISTICS)
@given(seed=seeds)
@few
def test_the_order_of_rows_does_not_matter(statistic, seed):
    frame = drawn(seed)
    again = frame.sample(frac=1, random_state=seed % 1000)
    assert shown(STATISTICS[statistic](again, DESIGN)) == pytest.approx(shown(STATISTICS[statistic](frame, DESIGN)))


@pytest.mark.parametrize("statistic", SCALE_FREE)
@given(seed=seeds, scale=st.floats(1e-6, 1e6))
@few
def test_the_scale_of_the_weights_does_not_matter(statistic, seed, scale):
    frame = drawn(seed)
    scaled = frame.assign(weight=frame["weight"] * scale)
    assert shown(STATISTICS[statistic](scaled, DESIGN)) == pytest.approx(shown(STATISTICS[statistic](frame, DESIGN)))


@pytest.mark.parametrize("statistic", ["mean", "total", "ratio"])
@given(seed=seeds, share=st.floats(0.1, 0.9))
@few
def test_a_row_that_is_split_in_its_cluster_does_not_matter(statistic, seed, share):
    frame = drawn(seed)
    parts = frame.iloc[[0, 0]].assign(weight=frame["weight"].iloc[0] * np.array([share, 1 - share]))
    split = pd.concat([parts, frame.iloc[1:]], ignore_index=True)
    assert shown(STATISTICS[statistic](split, DESIGN)) == pytest.approx(shown(STATISTICS[statistic](frame, DESIGN)))


@given(seed=seeds)
@few
def test_domains_add_up_to_the_total_and_so_does_their_covariance(seed):
    frame = drawn(seed)
    whole, domains = total(frame, "y", DESIGN), total(frame, "y", DESIGN, "area")
    assert domains.table["estimate"].sum() == pytest.approx(whole.table["estimate"].item())
    assert domains.covariance().sum() == pytest.approx(whole.covariance().item())


@given(seed=seeds)
@few
def test_a_share_and_its_complement_mirror_each_other_with_their_intervals(seed):
    frame = drawn(seed)
    hit = proportion(frame, "is_big", DESIGN).table.iloc[0]
    miss = proportion(frame.assign(is_big=1 - frame["is_big"]), "is_big", DESIGN).table.iloc[0]
    assert [miss["estimate"], miss["se"], miss["low"], miss["high"]] == pytest.approx(
        [1 - hit["estimate"], hit["se"], 1 - hit["high"], 1 - hit["low"]]
    )


@pytest.mark.parametrize("statistic", STATISTICS)
@given(seed=seeds)
@few
def test_linearised_and_jackknife_errors_are_nearly_the_same_with_many_clusters(statistic, seed):
    frame = drawn(seed, clusters=60)
    linearised = STATISTICS[statistic](frame, DESIGN).table["se"].item()
    jackknife = STATISTICS[statistic](frame, ResampledDesign(DESIGN, "JKn")).table["se"].item()
    assert jackknife == pytest.approx(linearised, rel=0.05)
