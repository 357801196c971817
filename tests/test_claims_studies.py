"""The claims of the shipped studies: every figure is entered, and each has the verdict that it should have."""

from pathlib import Path

import pandas as pd
import pytest

from analysis import claims, study
from analysis.errors import StudyError
from analysis.study import ROOT, Study

SHARED = ROOT.parent / "shared" / "data"
TAIWAN = SHARED / "tw_village_chiefs"
FIGURES = {f"N{number:02d}" for number in range(1, 29)}
"""The figures of Liu & Zhang (2020) as FIGURES.md numbers them."""


@pytest.fixture(scope="module")
def checked(nanchang: Study) -> pd.DataFrame:
    return claims.check(nanchang).set_index("id")


@pytest.fixture(scope="module")
def taiwan() -> pd.DataFrame:
    if not TAIWAN.is_dir():
        pytest.skip(f"the Taiwan rosters are not at {TAIWAN}; origin.yml says where to get them")
    return claims.check(study.open("tw_village_chiefs", str(SHARED))).set_index("id")


@pytest.mark.parametrize("name", study.names())
def test_the_claims_of_a_shipped_study_are_named_in_both_languages(name: str) -> None:
    path = ROOT / "studies" / name / "claims.yml"
    file = claims.load(path)
    labels = [*(group.words for group in file.groups.values()), *file.quantities.values()]
    labels += [claim.scope.place for claim in file.claims]
    labels += [label for claim in file.claims for label in (claim.likely_cause, claim.note) if label]
    assert all({*label} == {"zh", "en"} for label in labels)


def test_every_figure_of_the_paper_is_entered() -> None:
    file = claims.load(ROOT / "studies" / "nanchang" / "claims.yml")
    assert {claim.figure for claim in file.claims} == FIGURES
    assert sum(claim.figure == "N03" for claim in file.claims) == 2, "both bases"
    assert sum(claim.figure == "N04" for claim in file.claims) == 2, "both elections"


def test_nothing_is_verified_by_synthetic_data(checked: pd.DataFrame) -> None:
    assert set(checked["verdict"]) == {"cannot_be_checked"}
    assert checked["computed"].isna().all()
    computed = checked["synthetic_value"].notna()
    assert set(checked.loc[computed, "why"]) == {"synthetic"}
    assert {"N02", "N03-first", "N03-present", "N04-last", "N05", "N07", "N08", "N09", "N11-share", "N12", "N13"} <= {
        *checked.index[computed]
    }


def test_the_synthetic_values_are_those_that_the_data_were_made_to(checked: pd.DataFrame) -> None:
    """FIGURES.md: N02 8, N07 4, N10 1, N11 9 and 45 %; N12 25/37 and N13 26/37 as found by `examine`."""
    values = checked["synthetic_value"]
    assert values[["N02", "N07", "N10", "N11-count", "N11-share"]].tolist() == [8, 4, 1, 9, 45]
    assert values[["N12", "N13"]].tolist() == pytest.approx([100 * 25 / 37, 100 * 26 / 37])


def test_the_synthetic_values_of_the_papers_figures_on_workload(checked: pd.DataFrame) -> None:
    """FIGURES.md N14 387 items, N15 just under 80 %, N16 387 to 151, N17 over 300 ledgers."""
    rows = checked.loc[["N14", "N15", "N16-before", "N16-after", "N17"]]
    assert set(rows["verdict"]) == {"cannot_be_checked"}
    assert set(rows["why"]) == {"synthetic"}
    assert rows["synthetic_value"].tolist() == pytest.approx([387, 100 * 387 / 484, 387, 151, 312])


def test_the_claims_on_participation_have_a_synthetic_value_and_no_verdict(checked: pd.DataFrame) -> None:
    rows = checked.loc[["N18-groups", "N18-women", "N19", "N20", "N28"]]
    assert (rows["verdict"] == "cannot_be_checked").all()
    values = rows["synthetic_value"]
    assert values["N18-groups"] > 1  # the least of the three ratios
    assert values["N18-women"] > 1
    assert values["N19"] > 0  # by how much culture and sport lead
    assert values["N20"] > 1  # how many times as many as by chance
    assert values["N28"] > 50


def test_a_restricted_study_checks_no_figure_of_all(nanchang: Study) -> None:
    assert set(claims.check(nanchang.restricted("C01"))["verdict"]) == {"cannot_be_checked"}


@pytest.mark.parametrize(
    ("claim", "published", "computed", "verdict"),
    [
        # ../shared/data/PUBLISHED_CHECKS.csv; published figures from Tang & Yang 2020, Wikipedia and Awakening 2014.
        ("men-2014", "80", 86.05, "agrees"),
        ("men-2018", "80", 83.39, "agrees"),
        ("women-2014", "20", 13.95, "agrees"),
        ("women-2018", "20", 16.61, "agrees"),
        ("no-party-2014", "70", 72.11, "agrees"),
        ("no-party-2018", "80", 80.45, "agrees"),
        ("re-elected-2014", "70", 66.41, "disagrees"),
        ("re-elected-2018", "70", 70.34, "agrees"),
        ("seats-2014", "7851", 7848, "disagrees"),
        ("women-2010-counties", "10.21", 10.14, "disagrees"),
        ("women-2010-municipalities", "14", 14.00, "agrees"),
        ("women-2010-all", "12.03", 11.99, "disagrees"),
    ],
)
def test_taiwan(taiwan: pd.DataFrame, claim: str, published: str, computed: float, verdict: str) -> None:
    found = taiwan.loc[claim]
    assert (found["published"], found["verdict"]) == (published, verdict)
    assert found["computed"] == pytest.approx(computed, abs=0.005)


@pytest.mark.parametrize(
    ("claim", "at_the_election"),
    [("aged-50-2014", 82.17), ("aged-50-2018", 84.32), ("aged-39-2014", 3.15), ("aged-39-2018", 3.23)],
)
def test_taiwan_ages(taiwan: pd.DataFrame, claim: str, at_the_election: float) -> None:
    """PUBLISHED_CHECKS.csv took the age at the election, the measure takes it at the swearing-in a month later."""
    assert taiwan.loc[claim, "verdict"] == "agrees"
    assert taiwan.loc[claim, "computed"] == pytest.approx(at_the_election, abs=0.2)


def test_a_disagreement_names_its_likely_cause(taiwan: pd.DataFrame) -> None:
    assert "three seats were decided later" in taiwan.loc["seats-2014", "why_en"]
    assert "补选" in taiwan.loc["women-2010-all", "why_zh"]
    assert "2018 (70.34%)" in taiwan.loc["re-elected-2014", "why_en"]


def test_every_row_of_published_checks_about_taiwan_is_entered(taiwan: pd.DataFrame) -> None:
    rows = pd.read_csv(SHARED / "PUBLISHED_CHECKS.csv").query("dataset == 'tw_village_chiefs'")
    assert len(rows) == taiwan["figure"].nunique() == 7
    assert (taiwan["verdict"] != "cannot_be_checked").all()


def with_claims(nanchang: Study, folder: Path, computed_by: str) -> Study:
    """The study with one claim in place of its own."""
    (folder / "claims.yml").write_text(
        "sources: {s: {citation: s}}\ngroups: {a: {words: a}}\nclaims:\n"
        "  - {id: A, figure: A, sentence: s, place: p, source: s, scope: {place: x, group: a}, quantity: all,\n"
        f"     relation: '=', value: 8, unit: persons, computed_by: {computed_by}}}\n",
        encoding="utf-8",
    )
    return Study(**{**vars(nanchang), "folder": folder})


@pytest.mark.parametrize(
    ("computed_by", "key", "said"),
    [
        ("{measure: staff_per_community}", "claim_field", "selects 3 rows"),
        ("{measure: staff_per_community, where: {term: 2013}}", "claim_field", "selects 0 rows"),
        (
            "{measure: staff_per_comunity, where: {term: 2018}}",
            "unknown_measure",
            "Did you mean 'staff_per_community'?",
        ),
        ("{measure: staff_per_community, by: [sexx], where: {term: 2018}}", "unknown_group", "Did you mean 'sex'?"),
        ("{measure: female_share, where: {term: 2018}}", "claim_field", "another unit"),
    ],
)
def test_a_claim_that_can_not_be_computed_as_it_says(
    nanchang: Study, tmp_path: Path, computed_by: str, key: str, said: str
) -> None:
    with pytest.raises(StudyError) as problem:
        claims.check(with_claims(nanchang, tmp_path, computed_by))
    assert problem.value.key == key
    assert said in str(problem.value)
    assert "claims.yml" in str(problem.value)


def test_a_measure_that_the_study_has_not(nanchang: Study, tmp_path: Path) -> None:
    found = claims.check(with_claims(nanchang, tmp_path, "{measure: reelection_rate}")).iloc[0]
    assert (found["verdict"], found["why"]) == ("cannot_be_checked", "not_in_study")


def test_a_study_without_claims(nanchang: Study, tmp_path: Path) -> None:
    assert claims.check(Study(**{**vars(nanchang), "folder": tmp_path})).empty
