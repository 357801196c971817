"""Stata syntax: `svy: mean` of each headline number, and an assertion that it is ours.

Commands as in help svyset, svy, recode, assert and reldif() of Stata 14.
"""

from collections.abc import Callable, Iterator, Sequence

import pandas as pd

from analysis.export.headlines import Headline, Step
from analysis.inference import SurveyDesign

TOLERANCE = "1e-6"
SINGLE = {
    "refuse": "missing",
    "certainty": "certainty",
    "remove": "certainty",
    "adjust": "centered",
    "average": "scaled",
}
"""What is done with a stratum of one unit → Stata's name of it (help svyset, singleunit())."""


def text(
    found: Sequence[Headline], design: SurveyDesign, notes: Sequence[str], called: Callable[[Headline], str]
) -> str:
    """The text of a do-file."""
    lines = [f"* {note}" for note in notes] + ["", "version 14", "clear all", "set more off"]
    for one in found:
        lines += ["", f"* {called(one)}", *_recomputed(one, design)]
    return "\n".join(lines) + "\n"


def _recomputed(one: Headline, design: SurveyDesign) -> Iterator[str]:
    yield f'use "data/{one.table}.dta", clear'
    yield "generate double value = ."
    for step in one.steps:
        yield from _step(step)
    if one.of_persons:
        yield "egen byte incomplete = max(missing(value)), by(respondent_id wave)"
        yield "egen double highest = max(value), by(respondent_id wave)"
        yield "replace value = cond(incomplete, ., highest)"
        yield "bysort respondent_id wave: keep if _n == 1"
    if one.is_weighted:
        columns = dict.fromkeys([*_listed(design.weights), *_listed(design.strata), *_listed(design.clusters)])
        keep = f" keepusing({' '.join(columns)})" if columns else ""
        yield f'merge m:1 respondent_id wave using "data/respondents.dta", keep(match) nogenerate{keep}'
        yield from _svyset(design)
    has_error = one.is_weighted and is_plain(design)
    for row in one.estimates.to_dict("records"):
        where = " & ".join(f"{column} == {row[column]}" for column in one.by)
        if one.is_weighted:
            yield f"svy, subpop(if {where}): mean value"
            yield f"assert reldif(_b[value], {row['estimate']!r}) < {TOLERANCE}"
            if has_error and pd.notna(row["se"]):
                yield f"assert reldif(_se[value], {row['se']!r}) < {TOLERANCE}"
        else:
            yield f"summarize value if {where}, meanonly"
            yield f"assert reldif(r(mean), {row['estimate']!r}) < {TOLERANCE}"


def is_plain(design: SurveyDesign) -> bool:
    """Whether Stata's linearised error is ours: one stage, drawn with replacement, weights not calibrated."""
    return (
        len(_listed(design.clusters)) < 2
        and len(_listed(design.strata)) < 2
        and not design.fpc
        and design.calibrated is None
    )


def _step(step: Step) -> Iterator[str]:
    if step.kind == "joined":
        yield f"recode term {step.recoded} (else=.), generate(place)"
        yield f"sort {step.column} person_id place"
        yield (
            f"replace value = !({step.column} == {step.column}[_n-1] & person_id == person_id[_n-1] & "
            "place == place[_n-1] + 1) if place > 1 & !missing(place)"
        )
    elif step.kind == "codes":
        yield f"recode {step.column} {step.recoded} (else=.), generate(told_{step.column})"
        yield f"replace value = told_{step.column} if missing(value)"
    else:
        told = f"{step.column} > 0" if step.kind == "positive" else step.column
        yield f"replace value = {told} if missing(value) & !missing({step.column})"


def _svyset(design: SurveyDesign) -> Iterator[str]:
    """The design, its strata and clusters numbered, since they may be texts."""
    clusters, strata = _listed(design.clusters)[:1] or ["respondent_id"], _listed(design.strata)[:1]
    within = [*strata, *clusters] if design.nest else clusters
    yield f"egen long cluster_number = group({' '.join(within)})"
    options = []
    if strata:
        yield f"egen long stratum_number = group({strata[0]})"
        options.append("strata(stratum_number)")
    if design.missing_strata == "set_aside" and strata:
        yield "drop if missing(stratum_number)"
    options.append(f"singleunit({SINGLE[design.lonely]})")
    weight = f" [pweight={design.weights}]" if design.weights else ""
    yield f"svyset cluster_number{weight}, {' '.join(options)}"


def _listed(given: str | Sequence[str | None] | None) -> list[str]:
    return [given] if isinstance(given, str) else [one for one in given or [] if one]
