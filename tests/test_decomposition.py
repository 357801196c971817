"""Inequality by groups and by sources: METHODS §4, hand counts, and what adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analysis.errors import StudyError
from analysis.inference import (
    Census,
    ResampledDesign,
    SurveyDesign,
    ge_decomposition,
    generalised_entropy,
    gini,
    gini_groups,
    gini_sources,
    joined,
    post_stratify,
    total,
)

few = settings(max_examples=10)

WEIGHTED = SurveyDesign(weights="w")
CLUSTERED = SurveyDesign(weights="w", clusters="c")
# METHODS §4: ten people in two groups, and their acts from two sources
GOLDEN = pd.DataFrame({"y": [0, 0, 0, 1, 2, 0, 0, 0, 1, 6], "g": list("aaaaabbbbb")})
SOURCES = pd.DataFrame({"y1": [0, 0, 0, 0, 0, 0, 1, 0, 1, 2], "y2": [0, 0, 0, 0, 0, 0, 0, 1, 1, 4]})

rows = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 3), st.sampled_from("abc"), st.integers(1, 9), st.sampled_from("xz")),
    min_size=4,
    max_size=30,
)


def framed(drawn):
    frame = pd.DataFrame(drawn, columns=["y", "other", "g", "w", "d"])
    return frame.astype({"y": float, "other": float, "w": float}).assign(c=frame.index % 3)


def parts(made):
    return made.table.set_index("component")["estimate"].to_dict()


def decompositions(frame, design, **named):
    """Every decomposition of this module."""
    design = design.sample(frame)
    for alpha in (0, 0.5, 1, 2):
        yield ge_decomposition(frame, "y", design, groups="g", alpha=alpha, **named)
    for kind in ("overlap", "stratification"):
        yield gini_groups(frame, "y", design, groups="g", kind=kind, **named)
    yield gini_sources(frame, ["y", "other"], design, **named)


def same(made, other, columns=("estimate", "se")):
    for one, two in zip(made, other, strict=True):
        np.testing.assert_allclose(one.table[list(columns)], two.table[list(columns)], rtol=1e-8, atol=1e-11)


def test_theils_index_within_and_between_groups():
    # METHODS §4: 1.1314 + .0823 = 1.2137
    found = parts(ge_decomposition(GOLDEN, "y", SurveyDesign(), groups="g"))
    assert {name: round(value, 4) for name, value in found.items()} == {
        "total": 1.2137,
        "within": 1.1314,
        "between": 0.0823,
        "between_share": 0.0678,
    }


def test_the_gini_index_within_and_between_groups():
    # Gini indices of the groups 20/30 and 52/70 with .3 and .7 of the acts: within .5(.3 · 2/3 + .7 · 52/70) = .36;
    # means .6 and 1.4 of five people each: between .2; .76 in all (METHODS §4)
    found = parts(gini_groups(GOLDEN, "y", SurveyDesign(), groups="g"))
    assert found == pytest.approx({"total": 0.76, "within": 0.36, "between": 0.2, "overlap": 0.2})


def test_the_gini_index_by_stratification():
    # within .3 · 2/3 + .7 · 52/70 = .72; mean ranks of the groups .49 and .51: between 2(.4 · .01 + .4 · .01)/2 = .008
    found = parts(gini_groups(GOLDEN, "y", SurveyDesign(), groups="g", kind="stratification"))
    assert found == pytest.approx({"total": 0.76, "within": 0.72, "between": 0.008, "stratification": 0.032})


def test_the_sources_of_the_gini_index():
    # METHODS §4: contributions .3816 and .6184 of .76, marginal effects −.0184 and .0184
    table = gini_sources(SOURCES, ["y1", "y2"], SurveyDesign()).table.set_index(["source", "component"])["estimate"]
    assert table.xs("relative_contribution", level=1).round(4).tolist() == [0.3816, 0.6184]
    assert table.xs("marginal_effect", level=1).round(4).tolist() == [-0.0184, 0.0184]
    assert table.xs("contribution", level=1).sum() == pytest.approx(0.76)
    product = table.xs("share", level=1) * table.xs("gini", level=1) * table.xs("correlation", level=1)
    assert product.tolist() == pytest.approx(table.xs("contribution", level=1).tolist())


def test_the_marginal_effect_is_the_change_of_the_index_for_more_of_a_source():
    found = gini_sources(SOURCES, ["y1", "y2"], SurveyDesign()).table.set_index(["source", "component"])["estimate"]
    more, less = (
        gini(SOURCES.eval(f"total = {factor} * y1 + y2"), "total", SurveyDesign()).table["estimate"].item()
        for factor in (1 + 1e-7, 1 - 1e-7)
    )
    assert found["y1", "marginal_effect"] == pytest.approx((more - less) / 2e-7 / 0.76, rel=1e-6)


def test_a_group_that_has_nothing_adds_nothing_within():
    frame = pd.DataFrame({"y": [0, 0, 1, 3], "g": list("aabb")})
    found = parts(ge_decomposition(frame, "y", SurveyDesign(), groups="g"))
    # the other group has everything: ln 2 between, and its own index within
    own = np.mean([0.5 * np.log(0.5), 1.5 * np.log(1.5)])
    assert (found["within"], found["between"]) == pytest.approx((own, np.log(2)))
    made = ge_decomposition(frame, "y", SurveyDesign(), groups="g")
    assert (made.table["se"] > 0).all()


def test_a_zero_makes_the_mean_log_deviation_and_its_parts_missing():
    table = ge_decomposition(GOLDEN, "y", SurveyDesign(), groups="g", alpha=0).table
    assert table["estimate"].isna().all()
    assert table["reason"].tolist() == ["has_zeros", "has_zeros", "has_zeros", "undefined"]


def test_where_nobody_has_anything_there_is_nothing_to_decompose():
    nothing = GOLDEN.assign(y=0, z=0)
    for made in (
        ge_decomposition(nothing, "y", SurveyDesign(), groups="g"),
        gini_groups(nothing, "y", SurveyDesign(), groups="g"),
        gini_groups(nothing, "y", SurveyDesign(), groups="g", kind="stratification"),
        gini_sources(nothing, ["y", "z"], SurveyDesign()),
    ):
        assert made.table["estimate"].isna().all()
        assert "nothing_to_share" in set(made.table["reason"])


def test_where_all_have_the_same_there_is_no_share_of_the_index():
    table = ge_decomposition(GOLDEN.assign(y=0.1), "y", SurveyDesign(), groups="g").table
    assert table["estimate"].tolist()[:3] == pytest.approx([0, 0, 0], abs=1e-15)
    assert table["reason"].tolist() == ["", "", "", "undefined"]


def test_groups_that_do_not_overlap_have_no_overlap():
    frame = pd.DataFrame({"y": [1, 2, 3, 3, 5, 9, 10, 20], "g": list("aaabbbcc"), "w": [1, 2, 3, 4, 1, 2, 3, 4]})
    assert parts(gini_groups(frame, "y", WEIGHTED, groups="g"))["overlap"] == pytest.approx(0, abs=1e-15)


def test_one_group_is_all_within_and_rows_of_their_own_all_between():
    alone, together = GOLDEN.assign(g=range(10)), GOLDEN.assign(g=1)
    for frame, part in ((alone, "between"), (together, "within")):
        for made in decompositions_by_groups(frame):
            found = parts(made)
            assert found[part] == pytest.approx(found["total"])


def decompositions_by_groups(frame):
    yield ge_decomposition(frame, "y", SurveyDesign(), groups="g")
    yield gini_groups(frame, "y", SurveyDesign(), groups="g")
    yield gini_groups(frame, "y", SurveyDesign(), groups="g", kind="stratification")


def test_a_missing_group_is_a_group_of_its_own():
    gaps = GOLDEN.assign(g=GOLDEN["g"].where(GOLDEN["g"] == "a"))
    for made, other in zip(decompositions_by_groups(gaps), decompositions_by_groups(GOLDEN), strict=True):
        assert parts(made) == pytest.approx(parts(other))


def test_a_source_that_nobody_has_adds_nothing():
    made = gini_sources(SOURCES.assign(none=0), ["y1", "y2", "none"], SurveyDesign()).table
    row = made[made["source"] == "none"].set_index("component")
    assert (
        row.loc[["share", "contribution", "relative_contribution", "marginal_effect"], "estimate"].tolist() == [0] * 4
    )
    assert row.loc[["gini", "correlation"], "reason"].tolist() == ["nothing_to_share", "undefined"]


def test_a_source_of_which_all_have_the_same_makes_the_index_smaller():
    made = gini_sources(SOURCES.assign(flat=1), ["y1", "y2", "flat"], SurveyDesign()).table
    row = made[made["source"] == "flat"].set_index("component")["estimate"]
    assert row["contribution"] == pytest.approx(0, abs=1e-15)
    assert row["marginal_effect"] == pytest.approx(-row["share"])
    assert np.isnan(row["correlation"])


def test_a_source_may_be_negative_as_a_tax_is():
    taxed = pd.DataFrame({"wage": [1, 2, 3, 10], "tax": [0, 0, -1, -4]})
    made = gini_sources(taxed, ["wage", "tax"], SurveyDesign()).table
    added = made.loc[made["component"] == "contribution", "estimate"]
    net = gini(taxed.eval("net = wage + tax"), "net", SurveyDesign()).table["estimate"].item()
    assert added.sum() == pytest.approx(net)
    assert added.iloc[1] < 0


def test_sums_that_only_rounding_tells_apart_are_ties():
    # .1 + .2 is not .3 for a computer; the two persons share their rank, so that neither source follows it
    frame = pd.DataFrame({"a": [0.1, 0.3], "b": [0.2, 0.0]})
    made = gini_sources(frame, ["a", "b"], SurveyDesign()).table
    contributions = made.loc[made["component"] == "contribution", "estimate"]
    assert contributions.tolist() == pytest.approx([0, 0], abs=1e-12)


def test_the_error_of_a_decomposition_is_that_of_the_function_of_totals_it_is():
    generator = np.random.default_rng(3)
    frame = pd.DataFrame(
        {"y": generator.gamma(2, 2, 90), "g": generator.integers(0, 3, 90), "w": generator.uniform(1, 4, 90)}
    )
    frame = frame.assign(one=1, c=frame.index // 5, s=np.where(frame.index < 45, "n", "s"))

    def between(theta):
        n, t = theta[:3], theta[3:]
        return (t / t.sum() * np.log(t / n / (t.sum() / n.sum()))).sum()

    for design in (CLUSTERED, WEIGHTED, post_stratify(frame, CLUSTERED, "s", {"n": 130, "s": 90})):
        sample = design.sample(frame)
        made = ge_decomposition(frame, "y", sample, groups="g").table.set_index("component").loc["between"]
        expected = joined(total(frame, column, sample, "g") for column in ("one", "y")).contrast(between).table
        assert made["estimate"] == pytest.approx(expected["estimate"].item())
        assert made["se"] == pytest.approx(expected["se"].item())


def test_the_error_of_calibrated_weights_knows_the_calibration_in_every_part():
    # post-stratified by the groups themselves, the size of each is known: what is left of the error of the mean log
    # deviation within is that of the groups' own indices, with the known shares
    generator = np.random.default_rng(4)
    frame = pd.DataFrame({"y": generator.gamma(2, 2, 60), "g": list("ab") * 30, "w": generator.uniform(1, 4, 60)})
    sample = post_stratify(frame, WEIGHTED, "g", {"a": 30, "b": 70}).sample(frame)
    made = ge_decomposition(frame, "y", sample, groups="g", alpha=0).table.set_index("component").loc["within"]
    own = generalised_entropy(frame, "y", sample, "g", alpha=0)
    expected = own.contrast([0.3, 0.7]).table
    assert made["estimate"] == pytest.approx(expected["estimate"].item())
    assert made["se"] == pytest.approx(expected["se"].item())


def test_a_register_has_no_error():
    for made in decompositions(GOLDEN.assign(other=1), Census()):
        assert set(made.table["interval"]) == {"census"}
        assert made.table["se"].isna().all()


def test_the_jackknife_is_near_the_linearised_error():
    generator = np.random.default_rng(5)
    frame = pd.DataFrame({"y": generator.gamma(2, 2, 300), "other": generator.gamma(1, 1, 300), "d": "x", "w": 1.0})
    frame = frame.assign(g=generator.integers(0, 3, 300), c=frame.index // 3)
    again = ResampledDesign(CLUSTERED, "JK1").sample(frame)
    for one, two in zip(decompositions(frame, CLUSTERED), decompositions(frame, again), strict=True):
        np.testing.assert_allclose(two.table["estimate"], one.table["estimate"])
        large = one.table["estimate"].abs() > 0.01
        np.testing.assert_allclose(two.table["se"][large], one.table["se"][large], rtol=0.1)


@few
@given(rows)
def test_the_parts_add_up_to_the_index(drawn):
    frame = framed(drawn)
    assume(frame["y"].sum() > 0)
    for alpha in (0.5, 1, 2):
        found = parts(ge_decomposition(frame, "y", WEIGHTED, groups="g", alpha=alpha))
        whole = generalised_entropy(frame, "y", WEIGHTED, alpha=alpha).table["estimate"].item()
        assert found["within"] + found["between"] == pytest.approx(whole, abs=1e-12)
        assert min(found["within"], found["between"]) > -1e-12
        assert np.isnan(found["between_share"]) or -1e-9 < found["between_share"] < 1 + 1e-9
    whole = gini(frame, "y", WEIGHTED).table["estimate"].item()
    for kind in ("overlap", "stratification"):
        found = parts(gini_groups(frame, "y", WEIGHTED, groups="g", kind=kind))
        assert found["within"] + found["between"] + found[kind] == pytest.approx(whole, abs=1e-12)
    assert parts(gini_groups(frame, "y", WEIGHTED, groups="g"))["overlap"] > -1e-12


@few
@given(rows)
def test_contributions_add_up_to_the_gini_index_and_effects_to_0(drawn):
    frame = framed(drawn)
    frame["both"] = frame["y"] + frame["other"]
    assume(frame["both"].nunique() > 1)
    table = gini_sources(frame, ["y", "other"], WEIGHTED).table.set_index(["component", "source"])["estimate"]
    assert table["contribution"].sum() == pytest.approx(gini(frame, "both", WEIGHTED).table["estimate"].item())
    assert table["relative_contribution"].sum() == pytest.approx(1)
    assert table["marginal_effect"].sum() == pytest.approx(0, abs=1e-12)
    assert table["correlation"].dropna().abs().max() <= 1 + 1e-12


@few
@given(rows)
def test_a_domain_is_what_the_call_on_its_rows_gives(drawn):
    frame = framed(drawn)
    for domain in frame["d"].unique():
        for made, alone in zip(
            decompositions(frame, CLUSTERED, by="d"),
            decompositions(frame, CLUSTERED, where=frame["d"] == domain),
            strict=True,
        ):
            table = made.table[made.table["d"] == domain]
            np.testing.assert_allclose(table["estimate"], alone.table["estimate"], rtol=1e-8, atol=1e-11)
            has_error = table["df"] > 0
            np.testing.assert_allclose(
                table["se"][has_error], alone.table["se"][has_error.to_numpy()], rtol=1e-8, atol=1e-11
            )
            assert table["reason"].tolist() == alone.table["reason"].tolist()


@few
@given(rows, st.sampled_from([1e-7, 1 / 3, 30.97, 1e9]), st.randoms())
def test_neither_the_order_of_rows_nor_the_scale_of_weights_nor_the_unit_matters(drawn, scale, random):
    frame, order = framed(drawn), list(range(len(drawn)))
    random.shuffle(order)
    before = list(decompositions(frame, CLUSTERED))
    same(before, decompositions(frame.iloc[order], CLUSTERED))
    same(before, decompositions(frame.assign(w=frame["w"] * scale), CLUSTERED))
    same(before, decompositions(frame.assign(y=frame["y"] * 64, other=frame["other"] * 64), CLUSTERED))


@few
@given(rows)
def test_splitting_a_row_in_two_changes_nothing(drawn):
    frame = framed(drawn).assign(person=range(len(drawn)))
    split = pd.concat([frame, frame[:1]], ignore_index=True)
    split["w"] *= np.where(split["person"] == 0, np.where(split.index == 0, 1 / 3, 2 / 3), 1)
    design = SurveyDesign(weights="w", clusters="person")
    same(decompositions(frame, design), decompositions(split, design))


def test_bad_input_is_refused():
    negative = GOLDEN.assign(y=-GOLDEN["y"])
    for call in (ge_decomposition, gini_groups):
        with pytest.raises(StudyError, match=r"'y' is negative in 4 row\(s\)"):
            call(negative, "y", SurveyDesign(), groups="g")
        with pytest.raises(StudyError, match="'group'"):
            call(GOLDEN, "y", SurveyDesign(), groups="group")
    with pytest.raises(StudyError, match=r"'y1 \+ y2' is negative"):
        gini_sources(SOURCES.assign(y2=-5), ["y1", "y2"], SurveyDesign())
    with pytest.raises(StudyError, match="named twice"):
        gini_sources(SOURCES, ["y1", "y1"], SurveyDesign())
    with pytest.raises(StudyError, match="'overlap'"):
        gini_groups(GOLDEN, "y", SurveyDesign(), groups="g", kind="overlaps")
    with pytest.raises(StudyError, match="alpha"):
        ge_decomposition(GOLDEN, "y", SurveyDesign(), groups="g", alpha=np.inf)
