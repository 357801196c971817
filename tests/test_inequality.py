"""Gini, Lorenz curve, shares, entropy, Atkinson's indices, participation: METHODS §4, hand counts, and what must not matter."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from scipy.stats import poisson

from analysis.errors import StudyError
from analysis.inference import (
    ResampledDesign,
    SurveyDesign,
    atkinson,
    chance_excess,
    extensive_intensive,
    generalised_entropy,
    gini,
    lorenz,
    mean,
    mean_log_deviation,
    palma,
    participation_change,
    quantile_shares,
    smallest_share,
    theil,
    top_share,
)

SIMPLE = SurveyDesign()
CLUSTERED = SurveyDesign(weights="w", clusters="c")
GOLDEN = pd.DataFrame({"y": [0, 0, 0, 0, 0, 0, 1, 1, 2, 6]})
"""The golden vector of METHODS §4."""

MEASURES = {
    "gini": lambda f, d, **more: gini(f, "y", d, **more),
    "chance_excess": lambda f, d, **more: chance_excess(f, "y", d, **more),
    "lorenz": lambda f, d, **more: lorenz(f, "y", d, **more),
    "top_share": lambda f, d, **more: top_share(f, "y", d, **more),
    "quantile_shares": lambda f, d, **more: quantile_shares(f, "y", d, **more),
    "smallest_share": lambda f, d, **more: smallest_share(f, "y", d, **more),
    "theil": lambda f, d, **more: theil(f, "y", d, **more),
    "entropy_2": lambda f, d, **more: generalised_entropy(f, "y", d, alpha=2, **more),
    "atkinson": lambda f, d, **more: atkinson(f, "y", d, **more),
    "extensive_intensive": lambda f, d, **more: extensive_intensive(f, "y", d, **more),
}
"""Every measure that is defined with zeros."""
POSITIVE = {
    "mean_log_deviation": lambda f, d, **more: mean_log_deviation(f, "y", d, **more),
    "entropy_-1": lambda f, d, **more: generalised_entropy(f, "y", d, alpha=-1, **more),
    "atkinson_1": lambda f, d, **more: atkinson(f, "y", d, epsilon=1, **more),
    "atkinson_2": lambda f, d, **more: atkinson(f, "y", d, epsilon=2, **more),
    "palma": lambda f, d, **more: palma(f, "y", d, **more),
}
"""Those that need everybody to have some."""
EVERY = MEASURES | POSITIVE


def value(made):
    return made.table["estimate"].iloc[0]


def clustered(clusters=12, least=0):
    """Counts with many zeros and a few large numbers, in clusters of unequal weight; numbers without exact ties of shares."""
    draw = np.random.default_rng(4)
    cluster = np.repeat(np.arange(clusters), 9)
    y = draw.poisson(draw.gamma(0.5, 4, len(cluster))) + least
    weights = draw.uniform(0.5, 2, len(cluster))
    return pd.DataFrame({"y": y, "w": weights, "c": cluster, "g": draw.choice(["a", "b"], len(cluster))})


# Golden values


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (gini(GOLDEN, "y", SIMPLE), 0.76),
        (gini(GOLDEN, "y", SIMPLE, corrected=True), 0.8444),
        (gini(GOLDEN, "y", SIMPLE, where=GOLDEN["y"] > 0), 0.40),
        (top_share(GOLDEN, "y", SIMPLE, share=0.1), 0.60),
        (top_share(GOLDEN, "y", SIMPLE, share=0.2), 0.80),
        (top_share(GOLDEN, "y", SIMPLE, share=0.25), 0.85),
        (theil(GOLDEN, "y", SIMPLE), 1.2137),
        (generalised_entropy(GOLDEN, "y", SIMPLE, alpha=2), 1.6),
        (atkinson(GOLDEN, "y", SIMPLE, epsilon=0.5), 0.6562),
    ],
)
def test_the_golden_values_of_methods_4(made, expected):
    assert value(made) == pytest.approx(expected, abs=5e-5)


def test_the_gini_index_beyond_chance_is_that_of_methods_4():
    made = chance_excess(GOLDEN, "y", SIMPLE).table.set_index("measure")["estimate"]
    assert made.to_dict() == pytest.approx({"gini": 0.76, "chance_baseline": 0.5238, "gini_excess": 0.236}, abs=3e-4)


def test_rate_and_means_are_those_of_methods_4():
    made = extensive_intensive(GOLDEN, "y", SIMPLE).table.set_index("measure")
    expected = {"participants_share": 0.4, "participants_mean": 2.5, "mean": 1.0}
    assert made["estimate"].to_dict() == pytest.approx(expected)
    assert made.loc["participants_share", ["numerator", "denominator"]].tolist() == [4, 10]


def test_the_change_of_a_mean_splits_as_in_methods_4():
    # (.40, 2.5) → (.30, 4.0): Δr·m̄ = −.1·3.25, r̄·Δm = .35·1.5
    second = pd.DataFrame({"y": [0] * 7 + [4, 4, 4]})
    both = pd.concat([GOLDEN.assign(wave=1), second.assign(wave=2)], ignore_index=True)
    made = participation_change(both, "y", SIMPLE, between="wave").table.set_index("measure")["estimate"]
    expected = {"extensive_change": -0.325, "intensive_change": 0.525, "mean_change": 0.20}
    assert made.to_dict() == pytest.approx(expected)


def test_zeros_make_the_mean_log_deviation_and_the_palma_ratio_missing():
    made = mean_log_deviation(GOLDEN, "y", SIMPLE).table.iloc[0]
    assert np.isnan(made["estimate"])
    assert (made["reason"], made["n"]) == ("has_zeros", 10)
    assert palma(GOLDEN, "y", SIMPLE).table["reason"].tolist() == ["empty_base"]


# Counted by hand


def test_the_lorenz_curve_is_linear_between_people():
    # totals 0, 1, 4, 10 of 10 at 0, 1/3, 2/3, 1 for the amounts 1, 3, 6; halfway to the second person .1 + .3/2
    made = lorenz(pd.DataFrame({"y": [6, 1, 3]}), "y", SIMPLE, points=[0, 1 / 3, 0.5, 2 / 3, 1]).table
    assert made["estimate"].tolist() == pytest.approx([0, 0.1, 0.25, 0.4, 1])
    assert made["population_share"].tolist() == [0, 1 / 3, 0.5, 2 / 3, 1]


def test_the_lorenz_curve_is_flat_over_those_with_nothing():
    made = lorenz(GOLDEN, "y", SIMPLE, points=[0, 0.3, 0.6, 0.65, 0.7]).table["estimate"]
    assert made.tolist() == pytest.approx([0, 0, 0, 0.05, 0.1])
    assert made[:3].tolist() == [0, 0, 0]


def test_the_ends_of_the_lorenz_curve_are_exact_and_have_no_error():
    made = lorenz(clustered(), "y", CLUSTERED, points=[0, 1]).table
    assert made["estimate"].tolist() == [0, 1]
    assert made["se"].tolist() == [0, 0]


def test_the_smallest_share_with_half_divides_the_person_at_the_cut():
    # the one with 6 of 10 has half with 5/6 of herself
    made = smallest_share(GOLDEN, "y", SIMPLE).table.iloc[0]
    assert made["estimate"] == pytest.approx(0.1 * 5 / 6)
    assert value(smallest_share(GOLDEN, "y", SIMPLE, of=0.6)) == pytest.approx(0.1)
    assert value(smallest_share(GOLDEN, "y", SIMPLE, of=0.7)) == pytest.approx(0.15)


def test_fifths_have_shares_from_the_least_to_the_most():
    made = quantile_shares(GOLDEN, "y", SIMPLE).table
    assert made["estimate"].tolist() == pytest.approx([0, 0, 0, 0.2, 0.8])
    assert made["quantile_group"].tolist() == [1, 2, 3, 4, 5]
    assert made["numerator"].tolist() == [2] * 5


def test_the_palma_ratio_of_one_to_ten():
    # the top one has 10, the bottom four 1 + 2 + 3 + 4
    assert value(palma(pd.DataFrame({"y": range(1, 11)}), "y", SIMPLE)) == pytest.approx(1)


def test_a_share_of_few_people_shows_how_few_for_disclosure_control():
    made = top_share(clustered(), "y", CLUSTERED, share=0.05).table.iloc[0]
    assert made[["numerator", "denominator"]].tolist() == [5, 108]  # 5.4 of 108


def test_theils_index_of_one_who_has_everything_is_the_logarithm_of_n():
    rows = pd.DataFrame({"y": [0, 0, 0, 5]})
    assert value(theil(rows, "y", SIMPLE)) == pytest.approx(np.log(4))
    assert value(gini(rows, "y", SIMPLE)) == pytest.approx(3 / 4)
    assert value(gini(rows, "y", SIMPLE, corrected=True)) == pytest.approx(1)


def test_weights_count_as_that_many_people():
    counted = pd.DataFrame({"y": [0, 1, 4], "w": [3, 2, 1]})
    one_each = pd.DataFrame({"y": [0, 0, 0, 1, 1, 4], "w": 1})
    for name, call in MEASURES.items():
        weighted, each = (call(rows, SurveyDesign(weights="w")).table["estimate"] for rows in (counted, one_each))
        assert weighted.tolist() == pytest.approx(each.tolist()), name


def test_the_baseline_is_the_gini_index_of_poisson_numbers():
    number = np.arange(60)
    for mu in (1, 3):
        chance = poisson.pmf(number, mu)
        difference = (np.abs(number[:, None] - number) * np.outer(chance, chance)).sum()
        made = chance_excess(pd.DataFrame({"y": [0, 2 * mu]}), "y", SIMPLE).table.set_index("measure")
        assert made.loc["chance_baseline", "estimate"] == pytest.approx(difference / (2 * mu), rel=1e-12)


def test_the_baselines_error_is_that_of_the_mean_times_its_slope():
    rows, step = clustered(), 1e-5
    index = lambda mu: np.exp(-2 * mu) * (special.iv(0, 2 * mu) + special.iv(1, 2 * mu))  # noqa: E731
    average = mean(rows, "y", CLUSTERED).table.iloc[0]
    slope = (index(average["estimate"] + step) - index(average["estimate"] - step)) / (2 * step)
    made = chance_excess(rows, "y", CLUSTERED).table.set_index("measure")
    assert made.loc["chance_baseline", "se"] == pytest.approx(-slope * average["se"], rel=1e-6)


# Errors


def by_hand(call, rows):
    """Linearised errors from the effect of a cluster's weights on the estimates, by differences."""
    step, clusters = 1e-5, np.unique(rows["c"])
    slopes = []
    for cluster in clusters:
        up, down = (
            call(rows.assign(w=rows["w"].mask(rows["c"] == cluster, rows["w"] * factor)), CLUSTERED).table["estimate"]
            for factor in (1 + step, 1 - step)
        )
        slopes.append((up - down).to_numpy() / (2 * step))
    apart = np.array(slopes) - np.mean(slopes, axis=0)
    return np.sqrt(len(clusters) / (len(clusters) - 1) * (apart**2).sum(axis=0))


@pytest.mark.parametrize("name", EVERY)
def test_the_error_is_that_of_the_estimates_derivatives_to_the_weights(name):
    rows = clustered(least=int(name in POSITIVE))
    made = EVERY[name](rows, CLUSTERED).table
    np.testing.assert_allclose(made["se"], by_hand(EVERY[name], rows), rtol=1e-6, atol=1e-9)


def test_the_error_of_a_change_is_that_of_its_derivatives_to_the_weights():
    rows = clustered()
    call = lambda f, d: participation_change(f, "y", d, between="g")  # noqa: E731
    np.testing.assert_allclose(call(rows, CLUSTERED).table["se"], by_hand(call, rows), rtol=1e-6)


@pytest.mark.parametrize("name", EVERY)
def test_a_jackknife_leaves_out_each_cluster_in_turn(name):
    rows, call = clustered(clusters=7, least=int(name in POSITIVE)), EVERY[name]
    design = ResampledDesign(CLUSTERED, "JK1")
    made = call(rows, design).table
    left_out = np.array([call(rows[rows["c"] != c], CLUSTERED).table["estimate"] for c in range(7)])
    around = {True: made["estimate"].to_numpy(), False: left_out.mean(axis=0)}[
        design.sample(rows).variance.is_about_estimate
    ]
    expected = np.sqrt(6 / 7 * ((left_out - around) ** 2).sum(axis=0))
    np.testing.assert_allclose(made["se"], expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", EVERY)
def test_a_domain_is_the_same_as_a_part_of_the_sample(name):
    rows, call = clustered(least=int(name in POSITIVE)), EVERY[name]
    together = call(rows, CLUSTERED, by="g").table
    for group in ("a", "b"):
        alone = call(rows, CLUSTERED, where=rows["g"] == group).table
        own = together[together["g"] == group]
        for column in ("estimate", "se", "low", "high", "df"):
            np.testing.assert_allclose(own[column], alone[column], rtol=1e-9, atol=1e-14)


def test_the_excess_varies_together_with_its_parts():
    made = chance_excess(clustered(), "y", CLUSTERED)
    difference = made.contrast([1, -1, 0]).table["se"].iloc[0]
    assert difference == pytest.approx(made.table["se"].iloc[2])


def test_intervals_of_shares_and_indices_stay_between_0_and_1():
    rows = clustered(clusters=3)
    for name in ("gini", "top_share", "smallest_share", "atkinson", "lorenz"):
        made = MEASURES[name](rows, CLUSTERED).table
        assert made["low"].dropna().between(0, 1).all()
        assert made["high"].dropna().between(0, 1).all()


# Nothing to compare, and bad input


def test_all_zeros_and_a_single_row_have_no_inequality_and_say_why():
    rows = pd.DataFrame({"y": [0, 0, 3, 1, 2], "g": ["none", "none", "one", "two", "two"]})
    made = gini(rows, "y", SIMPLE, by="g").table.set_index("g")
    assert made["reason"].to_dict() == {"none": "nothing_to_share", "one": "nothing_to_share", "two": ""}
    assert made["estimate"].isna().to_dict() == {"none": True, "one": True, "two": False}
    for name in ("chance_excess", "lorenz", "top_share", "quantile_shares", "smallest_share", "theil", "atkinson"):
        table = MEASURES[name](rows, SIMPLE, by="g").table
        nothing = table[table["g"] == "none"]
        assert nothing["estimate"].isna().all()
        assert set(nothing["reason"]) == {"nothing_to_share"}


def test_where_nobody_takes_part_there_is_a_rate_and_no_mean_of_participants():
    made = extensive_intensive(pd.DataFrame({"y": [0, 0, 0]}), "y", SIMPLE).table.set_index("measure")
    assert made["estimate"].fillna(-1).to_dict() == {"participants_share": 0, "participants_mean": -1, "mean": 0}
    assert made.loc["participants_mean", "reason"] == "empty_base"


def test_a_change_from_nobody_has_no_parts():
    rows = pd.DataFrame({"y": [0, 0, 1, 3], "wave": [1, 1, 2, 2]})
    made = participation_change(rows, "y", SIMPLE, between="wave").table.set_index("measure")
    assert made["estimate"].isna().to_dict() == {
        "extensive_change": True,
        "intensive_change": True,
        "mean_change": False,
    }
    assert made.loc["mean_change", "estimate"] == 2


@pytest.mark.parametrize("design", [CLUSTERED, ResampledDesign(CLUSTERED, "JK1")])
def test_one_zero_makes_strong_aversion_exactly_1_without_an_error(design):
    rows = clustered()
    for epsilon in (1, 2):
        made = atkinson(rows, "y", design, epsilon=epsilon)
        row = made.table.iloc[0]
        assert (row["estimate"], row["reason"], row["interval"]) == (1, "", "none")
        assert row[["se", "low", "high"]].isna().all()
        assert np.isnan(made.contrast([1]).table["se"].iloc[0])


def test_amounts_outside_the_base_may_be_negative():
    rows = pd.DataFrame({"y": [1.0, 3.0, -5.0, np.nan]})
    for call in EVERY.values():
        part = call(rows, SIMPLE, where=rows["y"] > 0).table["estimate"]
        assert part.tolist() == pytest.approx(call(rows[:2], SIMPLE).table["estimate"].tolist(), nan_ok=True)


@pytest.mark.parametrize("name", EVERY)
def test_negative_amounts_are_refused_with_their_rows(name):
    with pytest.raises(StudyError) as refused:
        EVERY[name](pd.DataFrame({"y": [1, -2, 3]}, index=["p", "q", "r"]), SIMPLE)
    assert refused.value.key == "amounts_negative"
    assert refused.value.facts == {"column": "y", "count": 1, "rows": "q"}


@pytest.mark.parametrize(
    ("call", "key", "facts"),
    [
        (lambda f: chance_excess(f, "hours", SIMPLE), "counts_not_whole", {"column": "hours", "count": 1, "rows": "0"}),
        (lambda f: top_share(f, "y", SIMPLE, share=1), "parameter_outside", {"name": "share", "value": 1}),
        (lambda f: smallest_share(f, "y", SIMPLE, of=0), "parameter_outside", {"name": "of", "value": 0}),
        (lambda f: lorenz(f, "y", SIMPLE, points=[0.5, 50]), "parameter_outside", {"name": "points", "value": "50"}),
        (lambda f: lorenz(f, "y", SIMPLE, points=[]), "parameter_outside", {"name": "points"}),
        (lambda f: quantile_shares(f, "y", SIMPLE, groups=1), "parameter_outside", {"name": "groups", "value": 1}),
        (lambda f: atkinson(f, "y", SIMPLE, epsilon=0), "parameter_outside", {"name": "epsilon", "value": 0}),
        (lambda f: generalised_entropy(f, "y", SIMPLE, alpha=np.inf), "parameter_outside", {"name": "alpha"}),
        (lambda f: participation_change(f, "y", SIMPLE, between="wave"), "values_not_two", {"count": 3}),
        (lambda f: participation_change(f, "y", SIMPLE, between="wav"), "column_absent", {"nearest": "wave"}),
    ],
)
def test_bad_input_is_refused_with_the_way_out(call, key, facts):
    with pytest.raises(StudyError) as refused:
        call(pd.DataFrame({"y": [1, 2, 0], "hours": [1.5, 2, 0], "wave": [1, 2, 3]}))
    assert refused.value.key == key
    assert {name: refused.value.facts[name] for name in facts} == facts
    for language in ("zh", "en"):
        assert len(refused.value.text(language).splitlines()) == 3


# What must not matter, and what must hold

amount = st.one_of(st.just(0), st.integers(0, 9), st.integers(0, 4000))


@st.composite
def samples(draw):
    """Rows with something to share, in three to six clusters."""
    clusters = draw(st.integers(3, 6))
    rows = draw(st.lists(st.tuples(amount, st.integers(1, 40)), min_size=clusters, max_size=30))
    frame = pd.DataFrame(rows, columns=["y", "w"], dtype=float)
    frame["w"] /= 8
    frame["c"] = np.arange(len(frame)) % clusters
    frame.loc[draw(st.integers(0, len(frame) - 1)), "y"] += draw(st.integers(1, 20))
    return frame


def of_all(rows):
    """Every estimate and error of every measure that is defined with zeros."""
    tables = [call(rows, CLUSTERED).table for call in MEASURES.values()]
    return pd.concat(tables)[["estimate", "se"]].to_numpy()


few = settings(max_examples=25)


@few
@given(samples(), st.integers(0, 2**32 - 1))
def test_neither_order_nor_scale_of_the_weights_nor_a_split_row_matters(rows, seed):
    draw = np.random.default_rng(seed)
    split = rows.loc[[draw.integers(len(rows))]]
    halved = pd.concat([rows.drop(split.index), *[split.assign(w=split["w"] / 2)] * 2], ignore_index=True)
    shuffled = halved.sample(frac=1, random_state=draw).assign(w=lambda f: f["w"] * draw.uniform(0.01, 1000))
    np.testing.assert_allclose(of_all(shuffled), of_all(rows), rtol=1e-10, atol=1e-10)


@few
@given(st.lists(st.floats(0.01, 1000), min_size=2, max_size=30), st.floats(1e-3, 1e6))
def test_gini_of_equal_values_is_zero_whatever_the_weights(weights, same):
    rows = pd.DataFrame({"y": same, "w": weights})
    for call in (gini, theil, atkinson, mean_log_deviation):
        made = call(rows, "y", SurveyDesign(weights="w")).table.iloc[0]
        assert made["estimate"] == pytest.approx(0, abs=1e-12)
        assert made["se"] == pytest.approx(0, abs=1e-12)


@few
@given(samples())
def test_the_lorenz_curve_rises_ever_more_steeply_below_the_diagonal(rows):
    curve = lorenz(rows, "y", CLUSTERED, points=np.linspace(0, 1, 21).tolist()).table["estimate"].to_numpy()
    assert curve[0] == 0
    assert curve[-1] == 1
    assert (np.diff(curve) >= -1e-12).all()
    assert (np.diff(curve, 2) >= -1e-12).all()
    assert (curve <= np.linspace(0, 1, 21) + 1e-12).all()


@few
@given(samples())
def test_shares_add_up_to_1_and_fit_the_curve(rows):
    fifths = quantile_shares(rows, "y", CLUSTERED).table["estimate"]
    assert fifths.sum() == pytest.approx(1, abs=1e-12)
    assert value(top_share(rows, "y", CLUSTERED, share=0.2)) == pytest.approx(fifths.iloc[-1], abs=1e-12)
    fewest = value(smallest_share(rows, "y", CLUSTERED))
    if 0 < fewest < 1:
        assert value(top_share(rows, "y", CLUSTERED, share=fewest)) == pytest.approx(0.5, abs=1e-9)


@few
@given(samples())
def test_indices_keep_to_their_ranges(rows):
    index, entropy = value(gini(rows, "y", CLUSTERED)), value(theil(rows, "y", CLUSTERED))
    assert -1e-12 <= index < 1
    assert entropy >= -1e-12
    assert -1e-12 <= value(atkinson(rows, "y", CLUSTERED)) < 1
    size = rows["w"].sum() / rows["w"].min()
    assert entropy <= np.log(size) + 1e-9


@few
@given(samples())
def test_the_gini_index_is_the_mean_difference_over_twice_the_mean(rows):
    y, w = rows["y"].to_numpy(), rows["w"].to_numpy()
    difference = (np.outer(w, w) * np.abs(y[:, None] - y)).sum()
    expected = difference / (2 * w.sum() * (w * y).sum())
    assert value(gini(rows, "y", CLUSTERED)) == pytest.approx(expected, abs=1e-12)


@few
@given(samples())
def test_the_gini_index_is_that_of_the_participants_and_those_without(rows):
    # METHODS §4: G = 1 − r(1 − G⁺)
    takes_part = rows["y"] > 0
    rate = rows["w"][takes_part].sum() / rows["w"].sum()
    among = value(gini(rows, "y", CLUSTERED, where=takes_part)) if takes_part.sum() > 1 else 0
    assert value(gini(rows, "y", CLUSTERED)) == pytest.approx(1 - rate * (1 - among), abs=1e-12)


@few
@given(samples())
def test_a_mean_is_its_rate_times_that_of_the_participants(rows):
    rate, participants, all_of_them = extensive_intensive(rows, "y", CLUSTERED).table["estimate"]
    assert rate * participants == pytest.approx(all_of_them)


@few
@given(samples())
def test_the_parts_of_a_change_add_up(rows):
    both = pd.concat([rows.assign(wave=1), rows.assign(wave=2, y=rows["y"] // 2 + 1)])
    parts = participation_change(both, "y", CLUSTERED, between="wave").table["estimate"]
    assert parts.iloc[0] + parts.iloc[1] == pytest.approx(parts.iloc[2], abs=1e-9)


def test_an_odd_power_far_from_the_unit_loses_no_digits():
    rows = clustered(least=1)
    for alpha in (-1, 0.5, 3):
        small, large = (
            generalised_entropy(rows.assign(y=rows["y"] * unit), "y", CLUSTERED, alpha=alpha).table[["estimate", "se"]]
            for unit in (1e-60, 1e60)
        )
        np.testing.assert_allclose(small, large, rtol=1e-12)
