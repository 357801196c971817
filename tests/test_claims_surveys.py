"""The three real surveys: their published figures come out, from the base that each claim names, with the design's errors.

Published figures and the values in the data are those of ../shared/data/PUBLISHED_CHECKS.csv.
"""

from pathlib import Path

import pandas as pd
import pytest

from analysis import claims, study
from analysis.reporting.verdicts import checked_words
from analysis.reporting.wording import Wording
from analysis.study import Study
from analysis.survey import questions

HANSARD, JUAREZ, YRBS = "hansard_audit11_2013", "juarez_aej_2021", "cdc_yrbs2015_design"


def opened(name: str, shared_data: Path) -> Study:
    if not (shared_data / name).is_dir():
        pytest.skip(f"the data of {name} are not at {shared_data}; its origin.yml says where to get them")
    return study.open(name, str(shared_data))


@pytest.fixture(scope="module")
def juarez(shared_data: Path) -> Study:
    return opened(JUAREZ, shared_data)


@pytest.fixture(scope="module")
def hansard(shared_data: Path) -> Study:
    return opened(HANSARD, shared_data)


@pytest.fixture(scope="module")
def yrbs(shared_data: Path) -> Study:
    return opened(YRBS, shared_data)


@pytest.fixture(scope="module")
def verdicts(juarez: Study, hansard: Study, yrbs: Study) -> pd.DataFrame:
    checked = {one.name: claims.check(one).set_index("id") for one in (juarez, hansard, yrbs)}
    return pd.concat(checked)


@pytest.mark.parametrize(
    ("name", "claim", "published", "computed", "verdict"),
    [
        (JUAREZ, "water", "7.98", "7.982", "agrees"),
        (JUAREZ, "streets", "5.24", "5.243", "agrees"),
        (JUAREZ, "libraries", "8.24", "8.243", "agrees"),
        (JUAREZ, "pavements", "6.88", "6.884", "agrees"),
        (JUAREZ, "rubbish", "6.3", "6.334", "agrees"),
        (JUAREZ, "federal-gives", "45.2", "45.2", "agrees"),
        (JUAREZ, "federal-gives-not", "49.8", "49.8", "agrees"),
        (JUAREZ, "federal-dont-know", "4.9", "4.9", "agrees"),
        (JUAREZ, "state-gives", "22.5", "22.5", "agrees"),
        (JUAREZ, "state-gives-not", "70.2", "70.2", "agrees"),
        (JUAREZ, "state-dont-know", "7.3", "7.3", "agrees"),
        (JUAREZ, "municipal-gives", "20.7", "20.75", "agrees_by_rounding"),
        (JUAREZ, "municipal-gives-not", "73.5", "73.5", "agrees"),
        (JUAREZ, "municipal-dont-know", "5.8", "5.8", "agrees"),
        (HANSARD, "certain-to-vote", "49", "49.2", "agrees"),
        (HANSARD, "feel-local", "26", "25.9", "agrees"),
        (HANSARD, "feel-national", "14", "13.8", "agrees"),
        (HANSARD, "want-local", "43", "42.7", "agrees"),
        (HANSARD, "want-national", "38", "37.8", "agrees"),
        (HANSARD, "efficacy", "31", "30.7", "agrees"),
        (YRBS, "share", "81.3623", "81.3623", "agrees"),
        (YRBS, "standard-error", "2.0089", "2.0089", "agrees"),
    ],
)
def test_published_figures(verdicts, name, claim, published, computed, verdict):
    found = verdicts.loc[(name, claim)]
    assert (found["published"], found["verdict"]) == (published, verdict)
    # PUBLISHED_CHECKS.csv prints its own values rounded or cut off: within one unit of their last digit.
    assert found["computed"] == pytest.approx(float(computed), abs=10 ** -len(computed.partition(".")[2]))


def test_the_municipal_share_is_a_sum_of_rounded_parts(verdicts):
    """16.3 + 4.4 = 20.7, while 319 of 1,537 round to 20.8."""
    found = verdicts.loc[(JUAREZ, "municipal-gives")]
    assert found["why"] == "rounded_parts"
    assert found["computed"] == pytest.approx(100 * 319 / 1537)


@pytest.mark.parametrize(
    ("item", "answers", "without", "with_dont_knows"),
    [
        ("involvement_local", ["very", "fairly"], 42.7, 42.3),
        ("involvement_national", ["very", "fairly"], 37.8, 37.4),
        ("efficacy", ["strongly_agree", "tend_to_agree"], 30.7, 30.2),
        ("influence_local", ["great_deal", "some"], 25.9, 25.6),
    ],
)
def test_what_a_published_share_is_of(hansard, item, answers, without, with_dont_knows):
    found = []
    for table in (questions.answer_share(hansard), questions.answer_share_of_asked(hansard)):
        rows = table[(table["item"] == item) & table["answer"].isin(answers)]
        found.append(100 * rows["estimate"].sum())
    assert found == pytest.approx([without, with_dont_knows], abs=0.1)


@pytest.mark.parametrize(
    ("column", "note"),
    [
        ("why_zh", "注：计入说不清者为 42.3%，印作 42%。"),
        ("why_en", "Note: with don't-knows in the base it is 42.3%, printed 42%."),
    ],
)
def test_what_a_claims_note_says_stands_behind_its_verdict(verdicts, column, note):
    assert verdicts.loc[(HANSARD, "want-local"), column].endswith(note)
    assert "注" not in verdicts.loc[(YRBS, "share"), "why_zh"]  # it has none


def test_yrbs_comes_out_as_linearised_software_gives_it(yrbs):
    """0.813623 with the error 0.020089: R survey, and by its help SUDAAN and SPSS (CDC, June 2018)."""
    people = yrbs.table("respondents")
    assert (people["stratum"].nunique(), people["cluster"].nunique()) == (13, 54)
    row = questions.answer_share(yrbs).set_index("answer").loc["yes"]
    assert row["estimate"] == pytest.approx(0.813623, abs=5e-7)
    assert row["se"] == pytest.approx(0.020089, abs=5e-7)
    assert row["n"] == 8757


@pytest.mark.parametrize(("language", "error"), [("zh", "2.0089个百分点"), ("en", "2.0089 percentage points")])
def test_a_computed_figure_stands_beside_the_published_one_with_as_many_decimals(yrbs, hansard, language, error):
    words = Wording(yrbs.catalogue, language)
    column = words.text("claims_computed")
    assert list(checked_words(claims.check(yrbs), words, is_synthetic=False)[column]) == ["81.3623%", error]
    assert checked_words(claims.check(hansard), words, is_synthetic=False)[column].iloc[0] == "49.22%"  # 49 published


def test_the_near_empty_row_of_juarez_is_in_no_estimate(juarez):
    aside = juarez.reading.quarantine
    assert set(zip(aside["file"], aside["row"], strict=True)) == {("aej_percepcion_2021_subset.sav", 330)}
    excluded = set(questions.mean_mark(juarez)["excluded"])
    assert all(text.startswith("stratum set_aside 2") for text in excluded)


def test_every_respondent_of_the_participation_survey_is_in_the_base(juarez):
    """The published figures count the three without a district, so they are a stratum of their own."""
    table = questions.answer_share_of_asked(juarez)
    assert set(table.loc[table["item"] == "federal_gives_account", "denominator"]) == {1537}


def test_labels_of_juarez_that_were_encoded_twice_are_mended_and_told(juarez):
    notes = juarez.reading.notes
    assert set(notes["note"]) == {"note_encoded_twice"}
    assert "Sí" in notes["examples"].iat[0]
    took_part = juarez.table("participation").query("activity == 'member_party'")["took_part"]
    assert int(took_part.sum()) == 109  # Q125.1 "SÃ\xad"


def test_every_row_of_published_checks_is_entered(verdicts, shared_data):
    rows = pd.read_csv(shared_data / "PUBLISHED_CHECKS.csv")["dataset"].value_counts()
    for name in (HANSARD, JUAREZ, YRBS):
        assert verdicts.loc[name, "figure"].nunique() == rows[name]
