"""Every reference row whose definition is ours, against R: tests/agreement says how each is computed."""

from functools import cache
from importlib import import_module

import agreement
import pytest


@cache
def table(file):
    return agreement.answered(import_module(f"agreement.{file}"))


def cases():
    for file in agreement.FILES:
        for case in agreement.cases(import_module(f"agreement.{file}")):
            yield pytest.param(file, case, id=f"{file}:{case}")


@pytest.mark.parametrize(("file", "case"), list(cases()))
def test_every_row_is_ours_or_has_a_reason_not_to_be(file, case):
    rows = table(file)
    rows = rows[rows["case"] == case]
    unanswered = rows[~rows["is_answered"] & (rows["reason"] == "")]
    assert unanswered[agreement.KEY].to_numpy().tolist() == []
    far = rows[rows["is_answered"] & (rows["difference"] > rows["tolerance"])]
    assert far[[*agreement.KEY, "value", "ours", "difference"]].to_numpy().tolist() == []
