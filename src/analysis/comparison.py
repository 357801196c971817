"""Two studies, or two waves of one, side by side on the same measures: difference, interval and test.

Waves of one study share clusters and often respondents, so that their covariance is in the error of a difference: it comes
from one call of the kernel. Two studies are independent samples: their variances add up. Registers have no sampling error, so
that the difference of two is a number without an interval. What can't be compared is missing, with its reason.

Every comparison is a measure table with the dimension `side`; `side` is a measure of each of the two, their `difference` (the
second less the first), `p` of a t test that it is 0, and `p_adjusted` for all tests of the table. The definitions are in
docs/methods.md#comparison.
"""

import datetime
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import stats

from analysis import participation
from analysis.errors import StudyError, listing, nearest
from analysis.inference import Estimates, adjusted, chance_excess, mean, proportion, top_share
from analysis.inference.estimates import Naming
from analysis.inference.intervals import t
from analysis.inference.reliability import tiers
from analysis.measure import ARROW, COLUMNS, arranged, combined, dimensions
from analysis.participation.activities import Activities
from analysis.satisfaction import likert
from analysis.satisfaction.questionnaire import questionnaire_of
from analysis.study import Study
from analysis.survey.pooling import pooled

LEVEL = 0.95
"""Coverage of the interval of a difference."""
WAVES, STUDIES = ("earlier", "later"), ("first_study", "second_study")
"""What the two sides of a comparison are called."""
SHARES = ("proportion", "rate", "rate_per_year", "proportion_per_year")
"""Units whose difference is in percentage points."""
NOT_COMPARED = ("p", "statistic", "rank", "ranks")
"""Units of numbers whose difference says nothing."""
TIMES = ("term", "wave", "year")
"""Of a study's terms, waves or years, the last is compared."""
TIERS = ["", "show", "footnote", "review", "suppress"]
"""Reliability from the best to the worst."""
MONTH = 1 / 12
"""Windows that differ by more years than this do not have the same length."""


def of_waves(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Each wave beside the one before it, on the measures of participation and satisfaction.

    Parameters
    ----------
    by
        Columns of the respondents.

    Returns
    -------
    pandas.DataFrame
        Measure table with `side` (`earlier`, `later`, `difference`, `p`, `p_adjusted`).

    Raises
    ------
    StudyError
        `waves_too_few`, where no measure was asked for in two waves.
    """
    tables = [_wave_by_wave(made, is_same) for made, is_same in _by_wave(study, by)]
    table = combined(tables)
    if not len(table):
        raise StudyError("waves_too_few", study.name, by=listing(by), study=study.name)
    return _tested(table)


def _by_wave(study: Study, by: Sequence[str]) -> Iterator[tuple[Estimates, bool]]:
    """Estimates by wave of each pair of waves, and whether both waves asked for the same."""
    columns = [column for column in by if column not in ("wave", "activity", "item")]
    people = study.table("respondents") if study.has("respondents") else pd.DataFrame()
    if not {*columns} <= {*people}:
        return
    if study.has("participation"):
        activities = participation.prepared(study)
        for pair in pairwise(activities.waves):
            is_same = activities.asked(pair[0]) == activities.asked(pair[1])
            for made in _participation(_of_waves(activities, pair), columns):
                yield made, is_same
    if study.has("satisfaction"):
        asked = questionnaire_of(study)
        for pair in pairwise(asked.waves):
            for of in (likert.satisfied, likert.dissatisfied, likert.net, likert.score_100):
                yield of(asked.of_waves(pair), ["wave", *columns]), True


def _of_waves(activities: Activities, waves: Sequence[str]) -> Activities:
    """The participation of two waves."""
    both = [name for name in activities.asked(waves[0]) if name in activities.asked(waves[1])]
    people = activities.people[activities.people["wave"].isin(waves)]
    answers = activities.answers[activities.answers["wave"].isin(waves) & activities.answers["activity"].isin(both)]
    frames = {"people": people, "answers": answers}
    for name, frame in frames.items():
        kept = [column for column in ("wave", "activity") if column in frame]
        used = {column: frame[column].cat.remove_unused_categories() for column in kept}
        frames[name] = frame.assign(**used).reset_index(drop=True)
    return replace(activities, waves=list(waves), **frames)


def _participation(activities: Activities, by: Sequence[str]) -> Iterator[Estimates]:
    people, design, groups, table = activities.people, activities.design, ["wave", *by], participation.TABLE
    for column, measure in (("takes_part", "participation_rate"), ("is_passive", "passive_share")):
        if column in people:
            yield proportion(people, column, design, groups, **Naming(measure=measure, unit="proportion", table=table))
    if len(activities.answers):
        facts = Naming(measure="activity_rate", unit="proportion", table=table)
        yield proportion(activities.answers, "takes_part", design, ["wave", "activity", *by], **facts)
    if activities.has_acts:
        facts = Naming(measure="acts_mean", unit="acts", table=table)
        yield mean(people, "acts", design, groups, interval="log", **facts)
        excess = chance_excess(people, "acts", design, groups, table=table)
        yield replace(excess, table=excess.table.assign(measure=excess.table["measure"].replace(participation.RENAMED)))
        for top in participation.TOPS:
            made = top_share(people, "acts", design, groups, share=top, measure="acts_top_share", table=table)
            yield likert.labelled(made, top_percent=f"{100 * top:g}")


def _wave_by_wave(made: Estimates, is_same: bool) -> pd.DataFrame:
    """The estimates of two waves and their difference."""
    table = made.table.assign(wave=made.table["wave"].astype("object"))
    first, second = dict.fromkeys(table["wave"])
    keys = ["measure", *(column for column in dimensions(table) if column != "wave")]
    weights = table["wave"].map({first: -1.0, second: 1.0}).to_numpy()
    unit = str(table["unit"].iat[0])
    named = {"unit": _unit(unit), "window": f"{first}{ARROW}{second}"}
    change = pooled(replace(made, table=table), keys, weights, 2, **named)
    if not is_same and "activity" not in keys:  # rests on all kinds of activity
        change = _missing(change, pd.Series("activities_differ", index=change.index))
    sides = table.assign(side=table["wave"].map(dict(zip((first, second), WAVES, strict=True))), window=table["wave"])
    return combined(
        [sides.drop(columns="wave"), _no_better(change, sides, keys).assign(side="difference", basis="one_sample")]
    )


def _no_better(difference: pd.DataFrame, sides: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Differences with the tier of their worse side, where that is worse than their own."""
    worst = sides.assign(place=sides["reliability"].map(TIERS.index)).groupby(list(keys), sort=False)["place"].max()
    own = difference["reliability"].map(TIERS.index)
    place = difference[list(keys)].merge(worst.reset_index(), on=list(keys), how="left")["place"].to_numpy()
    tier = [TIERS[max(pair)] for pair in zip(own, place, strict=True)]
    return difference.assign(reliability=np.where(own > 0, tier, difference["reliability"]))


def of_studies(
    study: Study, table: pd.DataFrame, other: Study, other_table: pd.DataFrame, by: Sequence[str] = ()
) -> pd.DataFrame:
    """Two studies on the measures that both have, each at its last term, wave or year.

    Parameters
    ----------
    table, other_table
        Their measure tables, as they may be shown.
    by
        The columns that both were broken down by. Rows by community stay apart unless it is one of them: an id of one study
        is another community in the other.

    Returns
    -------
    pandas.DataFrame
        Measure table with `side` (`first_study`, `second_study`, `difference`, `p`, `p_adjusted`) and, on differences, `basis`:
        what kind of numbers are compared. The window of a difference names both.

    Raises
    ------
    StudyError
        `nothing_to_compare`.
    """
    parts = [_latest(one, rows, by) for one, rows in ((study, table), (other, other_table))]
    first, second = (part.assign(key=_keys(part)) for part in parts)
    both = first[["key"]].merge(second[["key"]], on="key", validate="one_to_one")["key"]
    if not len(both):
        raise StudyError("nothing_to_compare", first=study.name, second=other.name)
    first, second = (part.set_index("key").loc[both].reset_index(drop=True) for part in (first, second))
    reason = _incomparable(study, first, other, second)
    sides = [part.assign(side=side) for part, side in zip((first, second), STUDIES, strict=True)]
    return _tested(combined([*sides, _difference(first, second, reason)]))


def _latest(study: Study, table: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """The rows of each measure at its last term, wave and year, without these columns."""
    known = {"term": list(study.terms), "wave": list(study.catalogue.level_set("wave"))}
    rows = table[~table["unit"].isin(NOT_COMPARED)]
    if "community_id" in rows and "community_id" not in by:
        rows = rows[rows["community_id"].isna()]
    for column in (time for time in TIMES if time in rows):
        text = rows[column].astype("object")
        order = known.get(column) or sorted(text.dropna().unique(), key=float)
        place = text.map({value: position for position, value in enumerate(order)}).astype(float)
        last = place.groupby(rows["measure"]).transform("max")
        named = rows["window"].mask((rows["window"] == "") & text.notna(), text.astype("str"))
        rows = rows.assign(window=named)[place.isna() | (place == last)].drop(columns=column)
    return rows.reset_index(drop=True)


def _keys(table: pd.DataFrame) -> pd.Series:
    """Measure and dimensions of each row as text; a dimension that a row has not is not in it."""
    key = table["measure"].astype("str")
    for column in sorted(dimensions(table)):
        key = key + ("|" + column + "=" + table[column].astype("str")).where(table[column].notna(), "")
    return key


def _incomparable(study: Study, first: pd.DataFrame, other: Study, second: pd.DataFrame) -> pd.Series:
    """Why two rows can't be compared, and an empty text where they can."""
    reason = pd.Series("", index=first.index)
    lengths = [rows["window"].map(_years_of(one)) for one, rows in ((study, first), (other, second))]
    is_per_term = first["unit"].isin(("rate", "proportion", "points"))
    reason = reason.mask(is_per_term & ((lengths[0] - lengths[1]).abs() > MONTH), "terms_of_other_length")
    chapter = first["measure"].map(lambda name: study.catalogue.measure(name)["chapter"])
    if _activities(study) != _activities(other):
        rests_on_all = first["activity"].isna() if "activity" in first else True
        reason = reason.mask((chapter == "participation") & rests_on_all, "activities_asked_differ")
    if study.catalogue.level_set("satisfaction") != other.catalogue.level_set("satisfaction"):
        reason = reason.mask(chapter == "satisfaction", "scales_differ")
    reason = reason.mask(first["unit"] != second["unit"], "units_differ")
    own = first["reason"].mask(first["reason"] == "", second["reason"])
    is_hidden = (first["reason"] == "hidden") | (second["reason"] == "hidden")
    return reason.mask(own != "", own).mask(is_hidden, "hidden")


def _years_of(study: Study) -> Callable[[str], float]:
    """How many years a window between two terms, waves or days spans; missing for one that has no two ends."""
    starts = {name: term.start for name, term in study.terms.items()}
    starts |= {name: datetime.date(year, 1, 1) for name, year in study.settings.wave_years.items()}

    def day(text: str) -> datetime.date | None:
        try:
            return starts[text] if text in starts else datetime.date.fromisoformat(text)
        except ValueError:
            return None

    def years(window: str) -> float:
        ends = [day(text) for text in str(window).split(ARROW)]
        return (ends[1] - ends[0]).days / 365.25 if len(ends) == 2 and ends[0] and ends[1] else np.nan

    return years


def _activities(study: Study) -> set[str]:
    """The kinds of activity that a study asked for in any wave."""
    return {*study.table("participation")["activity"].dropna()} if study.has("participation") else set()


def _difference(first: pd.DataFrame, second: pd.DataFrame, reason: pd.Series) -> pd.DataFrame:
    """The second rows less the first, with the error of the difference of independent estimates.

    Notes
    -----
    Variances add up, with the degrees of freedom of Satterthwaite (1946), Biometrics Bulletin 2: 110–114. A census adds none.
    """
    exact = [part["interval"] == "census" for part in (first, second)]
    variances = [(part["se"] ** 2).mask(is_exact, 0.0) for part, is_exact in zip((first, second), exact, strict=True)]
    variance = (variances[0] + variances[1]).mask(exact[0] & exact[1])
    terms = [(own**2 / part["df"]).mask(own == 0, 0.0) for own, part in zip(variances, (first, second), strict=True)]
    with np.errstate(divide="ignore", invalid="ignore"):
        df = (variance**2 / (terms[0] + terms[1])).to_numpy(float)
    estimate, se, n = second["estimate"] - first["estimate"], np.sqrt(variance), first["n"] + second["n"]
    low, high = t(estimate.to_numpy(float), se.to_numpy(float), df, n.to_numpy(float), LEVEL)
    basis = np.select(
        [exact[0] & exact[1], exact[0] | exact[1], se.notna()],
        ["censuses", "census_and_sample", "samples"],
        "without_errors",
    )
    keys = ["measure", *(column for column in first if column in second and column not in COLUMNS)]
    made = first[keys].assign(
        estimate=estimate,
        se=se,
        low=low,
        high=high,
        df=df,
        n=n,
        coverage=np.where(np.isnan(low), np.nan, LEVEL),
        unit=first["unit"].map(_unit),
        table=first["table"],
        window=first["window"] + " | " + second["window"],
        is_weighted=first["is_weighted"] | second["is_weighted"],
        interval=np.where(exact[0] & exact[1], "census", np.where(np.isnan(low), "none", "t")),
        side="difference",
        basis=basis,
        reason="",
    )
    made = _missing(arranged(made), reason)
    made = made.assign(reliability=tiers(made).where(made["se"].notna(), ""))
    ends = [part["reliability"].map(TIERS.index) for part in (first, second)]
    worst = np.maximum.reduce([made["reliability"].map(TIERS.index), *ends])
    return made.assign(reliability=np.where(made["reliability"] == "", "", np.array(TIERS)[worst]))


def _missing(table: pd.DataFrame, reason: pd.Series) -> pd.DataFrame:
    """The table without the values of the rows that have a reason."""
    gone = reason != ""
    values = {column: table[column].mask(gone) for column in ("estimate", "se", "low", "high", "coverage", "df")}
    interval = table["interval"].mask(gone, "none")
    return table.assign(**values, interval=interval, reliability=table["reliability"].mask(gone, ""), reason=reason)


def _tested(table: pd.DataFrame) -> pd.DataFrame:
    """The comparison with the tests of its differences: two-sided t, and Benjamini and Hochberg's for all of the table."""
    change = table[table["side"] == "difference"]
    tests = tests_of(change)
    facts: Mapping[str, object] = dict.fromkeys(("se", "low", "high", "coverage", "numerator", "denominator"), np.nan)
    rows = [
        change.assign(
            **facts, estimate=tests[column], side=column, unit="p", interval="none", basis=pd.NA, reliability=""
        )
        for column in ("p", "p_adjusted")
    ]
    return combined([table, *(part[part["estimate"].notna()] for part in rows)])


def tests_of(differences: pd.DataFrame) -> pd.DataFrame:
    """`p` of each difference that has an error, and `p_adjusted` among all of them."""
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = np.abs(differences["estimate"] / differences["se"]).to_numpy(float)
    df = differences["df"].to_numpy(float)
    return adjusted(
        pd.DataFrame({"p": 2 * stats.t.sf(statistic, np.where(df > 0, df, np.nan))}, differences.index), "bh"
    )


def _unit(unit: str) -> str:
    return "points" if unit in SHARES else unit


def chosen(table: pd.DataFrame, measure: str | None) -> pd.DataFrame:
    """The rows of one measure; all without one.

    Raises
    ------
    StudyError
        `unknown_measure`.
    """
    known = list(table["measure"].unique())
    if measure is None:
        return table
    if measure not in known:
        raise StudyError("unknown_measure", measure=measure, nearest=nearest(measure, known), known=listing(known, 60))
    return table[table["measure"] == measure].reset_index(drop=True)
