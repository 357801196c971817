"""A row that stands for several: every measure is what it is when the rows are written out."""

import numpy as np
import pytest
from calls import CALLS, DESIGNS, rows, same, written_out

from analysis import inference
from analysis.errors import StudyError
from analysis.inference import Census, SurveyDesign

ROWS = rows()


WRITTEN_OUT = ROWS.loc[ROWS.index.repeat(ROWS["times"])].reset_index(drop=True)


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_row_that_stands_for_several_is_as_many_rows(design):
    for call in CALLS.values():
        assert same(call(ROWS, design), call(WRITTEN_OUT, written_out(design)), design)


@pytest.mark.parametrize("kind", ["F", "chi2", "adjusted_wald"])
def test_independence_is_tested_as_with_the_rows_written_out(kind):
    design = DESIGNS["clustered"]
    every = ROWS.loc[ROWS.index.repeat(ROWS["times"])]
    short, long = (
        inference.chi_square(frame, "sex", "is_new", one, kind=kind).facts
        for frame, one in ((ROWS, design), (every, written_out(design)))
    )
    assert {k: v for k, v in short.items() if k != "kind"} == pytest.approx(
        {k: v for k, v in long.items() if k != "kind"}, rel=1e-9
    )


@pytest.mark.parametrize("wrong", [0, -1, 1.5, np.nan, np.inf])
@pytest.mark.parametrize("design", [SurveyDesign(frequency="times"), Census(frequency="times")])
def test_what_is_no_number_of_rows_is_refused(design, wrong):
    with pytest.raises(StudyError) as refused:
        inference.mean(ROWS.assign(times=ROWS["times"].astype(float).replace(4.0, wrong)), "acts", design)
    assert refused.value.key == "frequency_invalid"
    assert refused.value.facts["count"] == (ROWS["times"] == 4).sum()


def test_a_column_that_is_not_there_is_named():
    with pytest.raises(StudyError) as refused:
        inference.mean(ROWS, "acts", Census(frequency="time"))
    assert (refused.value.key, refused.value.facts["nearest"]) == ("design_column_absent", "times")
