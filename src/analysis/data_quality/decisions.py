"""From received to analysed: what was set aside and excluded, by rule, and which answers break a skip rule.

These count the file itself and have no sampling error. The figure of the flow follows STROBE (von Elm et al. 2007,
Bulletin of the World Health Organization 85: 867–872, item 13) and CONSORT: every box adds up to the one above it.
"""

from collections.abc import Iterator, Sequence

import pandas as pd

from analysis.measure import arranged, combined, grouped
from analysis.reading.fates import ANALYSED, EXCLUDED, SET_ASIDE
from analysis.settings import Skip
from analysis.study import Study
from analysis.survey import skips
from analysis.survey.careless import ANSWERS

RECEIVED = "received"
RESPONDENT = ["respondent_id", "wave"]


def flow(study: Study) -> pd.DataFrame:
    """How many rows of each table with files were received, set aside, excluded and analysed, by wave: `flow_count`.

    `flow` is the step, or a part of it: `set_aside=<rule>`, `excluded=<rule>`, each row by the first rule that fits. The
    steps add up to what was received. A row whose wave can't be read is of the wave `unknown`.
    """
    fates, order = study.reading.fates, list(study.reading.rules["exclusion"])
    return combined(_steps(rows, str(table), order) for table, rows in fates.groupby("table", sort=False))


def _steps(fates: pd.DataFrame, table: str, order: list[str]) -> pd.DataFrame:
    """The steps of one table; exclusion rules in their order, other rules by how many rows they set aside."""
    counts = fates.groupby(["fate", "why", "wave"])["rows"].sum().unstack("wave", fill_value=0)
    steps = {RECEIVED: counts.sum()}
    for fate in (SET_ASIDE, EXCLUDED):
        part = counts[counts.index.get_level_values("fate") == fate].droplevel("fate")
        steps[fate] = part.sum()
        often = part.sum(axis=1).sort_values(ascending=False, kind="stable").index
        named = [why for why in order if why in often] if fate == EXCLUDED else often
        steps |= {f"{fate}={why}": part.loc[why] for why in named}
    steps[ANALYSED] = counts[counts.index.get_level_values("fate") == ANALYSED].sum()
    told = pd.DataFrame(steps).rename_axis(columns="flow").stack().rename("estimate").reset_index()
    received = told["wave"].map(steps[RECEIVED])
    facts = {"measure": "flow_count", "unit": "count", "interval": "file", "table": table, "data_table": table}
    return arranged(told.assign(wave=told["wave"].mask(told["wave"] == ""), n=received, **facts))


def exclusions(study: Study) -> pd.DataFrame:
    """What each exclusion rule did: `excluded_count`, `excluded_alone_count`, and `unjudged_count`, of those who were read."""
    names = {"excluded": "excluded_count", "alone": "excluded_alone_count", "unjudged": "unjudged_count"}
    rules = study.reading.rules
    made = rules.melt(["exclusion", "table", "rows"], list(names), var_name="measure", value_name="estimate")
    made = made.assign(measure=made["measure"].map(names), n=made["rows"], data_table=made["table"])
    return arranged(made.drop(columns="rows").assign(unit="count", interval="file")) if len(made) else combined([])


def skipped(study: Study, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Answers that break a skip rule, by `question` and `skip_breach`, and how many can't be judged.

    Returns
    -------
    pandas.DataFrame
        Measure table: `skip_breach_share` and `skip_breach_count`, of those who were not to be asked who answered, and of those
        who were to be asked who was not; `skip_unjudged_count`, rows of which a condition is missing, so that nobody knows.
    """
    return combined(table for rule in study.settings.skips for table in _breaches(study, rule, by))


def _breaches(study: Study, rule: Skip, by: Sequence[str]) -> Iterator[pd.DataFrame]:
    asked = skips.question(rule.question)
    rows = skips.judged(rule, study.reading.tables, study.catalogue)
    if asked.table in ANSWERS:
        people = study.table("respondents")
        rows = rows.merge(people[[*RESPONDENT, *(column for column in by if column not in rows)]], on=RESPONDENT)
    of = ANSWERS.get(asked.table)
    question = asked.column + (f"|{of}={asked.item}" if asked.item else "")
    rows = grouped(rows, by).assign(question=question)
    groups = [*by, "question"]
    facts = {"table": asked.table, "interval": "file"}
    for breach, due in ((skips.ANSWERED, False), (skips.NOT_PUT, True)):
        base = rows[rows["_due"].eq(due).fillna(value=False).astype(bool)]
        sums = base.assign(hit=base["_breach"].eq(breach).fillna(value=False)).groupby(groups)["hit"]
        sums = sums.agg(numerator="sum", denominator="size").astype("float64").reset_index()
        share = sums["numerator"] / sums["denominator"]
        made = sums.assign(n=sums["denominator"], skip_breach=breach, **facts)
        yield arranged(made.assign(measure="skip_breach_share", estimate=share, unit="proportion"))
        count = made.assign(measure="skip_breach_count", estimate=made["numerator"], unit="count")
        yield arranged(count.drop(columns=["numerator", "denominator"]))
    unknown = rows.assign(hit=rows["_due"].isna()).groupby(groups)["hit"].agg(estimate="sum", n="size").reset_index()
    yield arranged(unknown.assign(measure="skip_unjudged_count", unit="count", **facts))
