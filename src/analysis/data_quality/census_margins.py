"""The sample against margins of a census: who is there too often or too seldom, before and after weighting.

A census counts all ages, a survey mostly adults. Shares are compared only on one base: the sample is restricted to the
margin's ages where these begin later; where they begin earlier the bases are unlike, and nothing is compared unless the
study says why they are near enough. Source: docs/methods.md#data-quality.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.ages import with_age
from analysis.inference import Estimates, SurveyDesign
from analysis.inference.estimates import Naming, base_of, estimated
from analysis.inference.moments import share_part
from analysis.measure import arranged, combined
from analysis.settings import Margin
from analysis.study import Study
from analysis.survey.groups import Group, groups_of
from analysis.survey.respondents import design_of, of_persons

TABLE = "respondents"
UNLIKE = "unlike"


def against_census(study: Study, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Shares of groups in the sample, unweighted and weighted, in the census, and the differences in points.

    Returns
    -------
    pandas.DataFrame
        Measure table by `group` and `margin_base` (`same`, `near`, `unlike`): `sample_share_unweighted`,
        `sample_share_weighted` (where the design has weights), `census_share`, and `census_gap_unweighted`,
        `census_gap_weighted`, sample less census. A gap of unlike bases is missing (`bases_differ`). The census has no
        error, so that a gap's interval is as wide as the share's.
    """
    declared = study.settings.margins
    assert declared is not None
    people = with_age(study.table(TABLE), study.settings.wave_years)
    groups = {group.name: group for group in groups_of(study, people, [margin.group for margin in declared.margins])}
    design = of_persons(design_of(study), people)
    designs = {"unweighted": replace(design, weights=None, calibrated=None)} | (
        {"weighted": design} if design.weights else {}
    )
    tables = []
    for margin in declared.margins:
        kind_of_base = base_kind(margin, declared.sample_age_from)
        for kind, used in designs.items():
            tables += _compared(
                people, groups.get(margin.group), margin, kind_of_base, kind, used, declared.sample_age_from, by
            )
        domains = people[list(by)].drop_duplicates().sort_values(list(by))
        facts = {
            "unit": "proportion",
            "table": TABLE,
            "interval": "census",
            "window": str(declared.year),
            "n": margin.of,
        }
        known = domains.assign(numerator=margin.count, denominator=margin.of, estimate=margin.count / margin.of)
        tables.append(
            arranged(known.assign(measure="census_share", group=margin.group, margin_base=kind_of_base, **facts))
        )
    return combined(tables)


def base_kind(margin: Margin, sample_age_from: int) -> str:
    """Whether a margin and the sample can have one base: `same`, `near` where the study says why, else `unlike`."""
    if margin.age_from >= sample_age_from:
        return "same"
    return "near" if margin.near else UNLIKE


def _compared(
    people: pd.DataFrame,
    group: Group | None,
    margin: Margin,
    kind_of_base: str,
    kind: str,
    design: SurveyDesign,
    sample_age_from: int,
    by: Sequence[str],
) -> list[pd.DataFrame]:
    """The share of a group in the sample by one design, and how far it is from the census."""
    facts = {"group": margin.group, "margin_base": kind_of_base}
    if group is None:
        rows = (
            people[list(by)]
            .drop_duplicates()
            .sort_values(list(by))
            .assign(estimate=np.nan, n=0, reason="bases_differ", table=TABLE)
        )
        named = {f"sample_share_{kind}": "proportion", f"census_gap_{kind}": "points"}
        return [arranged(rows.assign(measure=measure, unit=unit, **facts)) for measure, unit in named.items()]
    where = None if margin.age_from <= sample_age_from else _of_age(people, margin.age_from)
    share = _share(people, group, design, by, where, f"sample_share_{kind}").table.assign(**facts)
    gap = share.assign(measure=f"census_gap_{kind}", unit="points")
    values = ["estimate", "low", "high"]
    gap[values] = gap[values] - margin.count / margin.of
    if kind_of_base == UNLIKE:
        gap = gap.assign(
            **dict.fromkeys([*values, "se"], np.nan), reason="bases_differ", interval="none", reliability=""
        )
    return [share, gap]


def _of_age(people: pd.DataFrame, age_from: int) -> NDArray[np.bool_]:
    """The rows of those who have reached an age; who has none recorded has not."""
    return (people["age_years"].astype("Float64") >= age_from).fillna(value=False).to_numpy(bool)


def _share(
    people: pd.DataFrame,
    group: Group,
    design: SurveyDesign,
    by: Sequence[str],
    where: NDArray[np.bool_] | None,
    measure: str,
) -> Estimates:
    """The share of a group; rows of which membership is unknown are not in the base."""
    coding = {name: np.where(people[name].isna(), np.nan, 0.0) for name in group.columns}
    coding[group.columns[0]] = group.member
    base, (hit, *_) = base_of(people, design, group.columns, by, where, coding)
    facts = Naming(measure=measure, unit="proportion", table=TABLE)
    made = estimated(base, lambda b: [share_part(b, hit)], interval="korn_graubard", **facts)
    return made.counted(base.counts(hit), base.n)
