"""What the data are worth before anything is estimated: rows, missing values, duplicates, haste, straight lines, weights.

These measures describe the file itself, unweighted, and have no sampling error (`interval` is `file`). Only the shares held
against a census are estimates: `census_margins`. What they find is shown to a person; a row is left out only by a rule that
the study declares (`decisions`).
Sources of the definitions: docs/methods.md#data-quality.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.data_quality.census_margins import against_census
from analysis.data_quality.decisions import exclusions, flow, skipped
from analysis.data_quality.margins_met import calibration
from analysis.inference import weight_summary
from analysis.measure import arranged, combined, grouped, with_left_out
from analysis.reading import PLACES
from analysis.reading.convert import MISSING
from analysis.study import Study
from analysis.survey import careless
from analysis.survey.careless import ANSWERS

RESPONDENT = ["respondent_id", "wave"]
RESPONDENTS = "respondents"
REGISTERS = ("communities", "roster", "candidacies", "posts", "work_items", "ledgers", "organisations", "indicators")
WEIGHTS = {
    "weight_least": ("least", "value"),
    "weight_greatest": ("greatest", "value"),
    "weight_cv": ("cv", "ratio"),
    "weight_design_effect": ("design_effect", "ratio"),
    "weight_effective_n": ("effective_n", "count"),
}
"""Measures of the weights, what `weight_summary` calls them, and their unit."""
BANDS = 30
"""About how many bands a distribution of weights has."""
LEAST_QUESTIONS = 10
"""With fewer questions many agree in all of them by chance."""
LEAST_ITEMS = 2
"""With fewer answers there is no line to be straight."""


def measures(study: Study, by: Sequence[str] = ()) -> pd.DataFrame:
    """Every measure of data quality that the study's tables allow, of the survey by wave, and by the columns of `by`."""
    tables = [] if by else [rows_of_files(study), refused_values(study), flow(study), exclusions(study)]
    if study.has(RESPONDENTS) and {*by} <= {*study.table(RESPONDENTS)}:
        tables += _of_survey(study, ["wave", *by])
    for name in REGISTERS:
        if study.has(name) and {*by} <= {*study.table(name)}:
            tables.append(missing_by_column(study, name, by))
    made = combined(tables)
    when = made["wave"].fillna(study.origin.date) if "wave" in made else study.origin.date
    return made.assign(window=made["window"].where(made["window"] != "", when))


def _of_survey(study: Study, by: Sequence[str]) -> Iterator[pd.DataFrame]:
    people = study.table(RESPONDENTS)
    yield response(people, study.settings.waves, by)
    yield item_missing(study, by)
    yield skipped(study, by)
    yield duplicates(study, by)
    if "duration_seconds" in people and "speeder" in study.settings.cut_offs:
        yield speeders(people, study.cut_off("speeder", [])[0], by)
    if study.has("satisfaction"):
        yield straight_liners(study.table("satisfaction"), people, by)
    weight = study.design(RESPONDENTS).weights
    if weight:
        yield weights(people, weight, by)
    if study.weighting and not study.community and list(by) == ["wave"]:
        yield from calibration(study.weighting)
    if study.settings.margins:
        yield against_census(study, by)


def rows_of_files(study: Study) -> pd.DataFrame:
    """Rows that were read, accepted, excluded and set aside, by table: `rows_read`, `rows_accepted` and so on."""
    kinds = ["read", "accepted", "excluded", "set_aside"]
    counts = study.reading.counts.groupby("table", sort=False)[kinds].sum().reset_index()
    made = counts.melt(["table"], var_name="kind", value_name="estimate")
    rows = made.assign(
        measure="rows_" + made["kind"], data_table=made["table"], n=made["table"].map(counts.set_index("table")["read"])
    )
    return arranged(rows.drop(columns="kind").assign(unit="count", interval="file"))


def refused_values(study: Study) -> pd.DataFrame:
    """Values that no rule of the catalogue accepts, by `question` (table and column) and `rule`: `refused_values`."""
    faults = study.reading.quarantine
    read = study.reading.counts.groupby("table")["read"].sum()
    counts = faults.assign(question=faults["table"] + "." + faults["column"])
    counts = counts.groupby(["table", "question", "rule"], sort=False).size().rename("estimate").reset_index()
    return arranged(counts.assign(measure="refused_values", n=counts["table"].map(read), unit="count", interval="file"))


def response(people: pd.DataFrame, waves: Sequence[str], by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Respondents of each wave, and how many of a wave were there again in the next.

    Parameters
    ----------
    waves
        In order of time; those that nobody took part in are left out.
    by
        Columns of the respondents, of which a panel's are those of the earlier wave.

    Returns
    -------
    pandas.DataFrame
        Measure table: `respondent_count`; `panel_again_share`, of the earlier wave's respondents those of the later one;
        `panel_new_share`, of the later wave's respondents those who were not in the earlier one. The latter two stand at
        the later wave, with the two waves as `window`.

    Notes
    -----
    A response rate needs who was approached (AAPOR, Standard Definitions); a file of respondents does not know it.
    """
    others = [column for column in by if column != "wave"]
    counts = grouped(people, others).groupby(list(by)).size().rename("estimate").reset_index()
    tables = [arranged(counts.assign(measure="respondent_count", n=counts["estimate"], **_facts("count")))]
    present = [wave for wave in waves if (people["wave"] == wave).any()]
    for first, second in pairwise(present):
        before, after = (people[people["wave"] == wave] for wave in (first, second))
        stayed = before["respondent_id"].isin(after["respondent_id"])
        is_new = ~after["respondent_id"].isin(before["respondent_id"])
        for measure, rows, hit in (("panel_again_share", before, stayed), ("panel_new_share", after, is_new)):
            made = _shares(measure, rows.assign(wave=second), hit, by)
            tables.append(made.assign(window=f"{first}→{second}"))
    return combined(tables)


def item_missing(study: Study, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Share of the respondents without a value, by `question` and reason: `item_missing_share`.

    The base is every row that the file has for the question, those not asked included: their reason is one of the reasons.
    """
    people = study.table(RESPONDENTS)
    columns = [column for column in _asked_columns(study, RESPONDENTS) if column not in by]
    tables = [_missing(_told(people, columns, by), by, "item_missing_share", RESPONDENTS)]
    for name, of in ANSWERS.items():
        if study.has(name):
            items = list(study.catalogue.levels_of(of))
            rows = _with_groups(study.table(name), people, by).sort_values(
                of, key=lambda item, at=items.index: item.map(at)
            )
            told = _told(rows, _asked_columns(study, name), by, of)
            tables.append(_missing(_once(told), by, "item_missing_share", name))
    return _ordered_reasons(combined(tables), study)


def missing_by_column(study: Study, name: str, by: Sequence[str] = ()) -> pd.DataFrame:
    """Share of the rows of a register without a value, by `question` (table and column) and reason: `column_missing_share`."""
    rows = study.table(name)
    told = _told(rows, [column for column in _asked_columns(study, name) if column not in by], by)
    made = _missing(told, by, "column_missing_share", name)
    if not len(made):
        return made
    return _ordered_reasons(made.assign(question=name + "." + made["question"]), study)


def _asked_columns(study: Study, name: str) -> list[str]:
    """The columns of a table that somebody filled in: neither keys and places, nor the design."""
    asked = careless.asked_columns(study.table(name), name, study.catalogue)
    return [column for column in asked if column not in PLACES]


def _told(rows: pd.DataFrame, columns: Sequence[str], by: Sequence[str], of: str = "") -> pd.DataFrame:
    """One row a row and column: its groups, its `question`, and the `reason` where it has no value."""
    parts = []
    for column in columns:
        reason = pd.Series("not_recorded", index=rows.index, dtype="str")
        if column + MISSING in rows:
            reason = rows[column + MISSING].fillna(reason)
        question = column + "|" + of + "=" + rows[of].astype("str") if of else column
        parts.append(rows[list(by)].assign(question=question, reason=reason.where(rows[column].isna())))
    return pd.concat(parts, ignore_index=True) if parts else rows[list(by)].iloc[:0].assign(question="", reason="")


def _once(told: pd.DataFrame) -> pd.DataFrame:
    """Without questions that the form does not have, and without the mark of an item that was answered in words too."""
    given = told.loc[told["reason"].ne("not_recorded").fillna(value=True), "question"].unique()
    named = {question.replace("mark|", f"{words}|", 1): question for question in given for words in ("answer", "score")}
    again = {mark for words, mark in named.items() if words in given and mark.startswith("mark|")}
    return told[told["question"].isin({*given} - again)]


def _missing(told: pd.DataFrame, by: Sequence[str], measure: str, table: str) -> pd.DataFrame:
    """Shares of each reason of a table, 0 where a question has none of it."""
    if not len(told):
        return combined([])
    groups = [*by, "question"]
    rows = grouped(told, by)
    sizes = rows.groupby(groups).size()
    order = list(dict.fromkeys(told["question"]))
    sizes = sizes.iloc[sizes.index.get_level_values("question").map(order.index).argsort(kind="stable")]
    counts = rows.dropna(subset="reason").groupby([*groups, "reason"]).size().unstack("reason", fill_value=0)
    if counts.empty:
        counts = pd.DataFrame({"not_recorded": 0}, index=sizes.index)
    counts = counts.reindex(sizes.index, fill_value=0).rename_axis(columns="missing_reason")
    long = counts.stack().rename("numerator").reset_index()
    long["denominator"] = np.repeat(sizes.to_numpy(), counts.shape[1])
    return _quotients(measure, long, table)


def _ordered_reasons(table: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Rows by question, as they come, and by reason in the catalogue's order."""
    if not len(table):
        return table
    reasons = list(study.catalogue.level_set("missing_reason"))
    questions = list(dict.fromkeys(table["question"]))
    keys = {"question": questions.index, "missing_reason": reasons.index}
    place = table[list(keys)].apply(lambda column: column.map(keys[column.name]))
    return table.loc[place.sort_values(list(keys), kind="stable").index].reset_index(drop=True)


def duplicates(study: Study, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Share of the respondents who have, in all that they were asked, the same as another of their wave: `duplicate_share`.

    Rows of one id twice in a wave are no respondents: reading sets them aside, and `refused_values` counts them. The fewer
    the questions, the more rows agree by chance; `questions_asked` says how many there are, and with fewer than
    `LEAST_QUESTIONS` the share is missing (`questions_few`).
    """
    people = study.table(RESPONDENTS)
    sheet = answer_sheet(study)
    is_again = careless.same_as_another(sheet, people["wave"])
    asked = sheet.notna().groupby(people["wave"].to_numpy()).any().sum(axis=1)
    counted = pd.DataFrame({"wave": asked.index, "estimate": asked.to_numpy()})
    counted["n"] = counted["wave"].map(people["wave"].value_counts())
    made = _shares("duplicate_share", people, is_again, by)
    is_few = made["wave"].map(asked) < LEAST_QUESTIONS
    values = {column: made[column].mask(is_few) for column in ("estimate", "numerator")}
    tables = [made.assign(**values, reason=made["reason"].mask(is_few, "questions_few"))]
    if list(by) == ["wave"]:
        tables.append(arranged(counted.assign(measure="questions_asked", **_facts("count"))))
    return combined(tables)


def answer_sheet(study: Study) -> pd.DataFrame:
    """One row a respondent and wave, as in `respondents`, with a column for each question and its answer."""
    people = study.table(RESPONDENTS)
    keys = pd.MultiIndex.from_frame(people[RESPONDENT])
    told = []
    for name, of in ANSWERS.items():
        if study.has(name):
            rows = study.table(name)
            place = pd.Series(keys.get_indexer(pd.MultiIndex.from_frame(rows[RESPONDENT])), index=rows.index)
            owner = pd.Series(people.index.take(place), index=rows.index).where(place >= 0)
            told.append(careless.Told(rows, owner, _asked_columns(study, name), of))
    return careless.answer_sheet(people[_asked_columns(study, RESPONDENTS)], told)


def speeders(people: pd.DataFrame, of_median: float, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Share of the respondents who took less than a fraction of the median time of their wave: `speeder_share`.

    Parameters
    ----------
    people
        With `duration_seconds`; who has none is not in the base.
    of_median
        The fraction, as the study declares it.

    Returns
    -------
    pandas.DataFrame
        Measure table: `speeder_share`, and `duration_median`, the median time itself.
    """
    seconds, median = careless.seconds_and_median(people)
    known = seconds.notna()
    hit = (seconds < of_median * median)[known]
    made = _shares("speeder_share", people[known], hit, by)
    rows = grouped(people, [column for column in by if column != "wave"])
    tables = [arranged(with_left_out(made.drop(columns="excluded"), rows, "duration_seconds", by))]
    times = rows.assign(seconds=seconds)[known].groupby(list(by))["seconds"].agg(["median", "size"])
    times = times.reset_index().rename(columns={"median": "estimate", "size": "n"})
    return combined([*tables, arranged(times.assign(measure="duration_median", **_facts("seconds")))])


def straight_liners(answers: pd.DataFrame, people: pd.DataFrame, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """Share of the respondents who gave the same answer to every item that they answered, two of them at least.

    Returns
    -------
    pandas.DataFrame
        Measure table: `straight_liner_share` of all who answered two items or more, and `straight_liner_share_by_items`
        by `items_answered`: two equal answers are often honest, seven seldom.
    """
    given = careless.lines(answers, RESPONDENT, "score").reset_index()
    rows = given[given["size"] >= LEAST_ITEMS].merge(
        people[[*RESPONDENT, *(c for c in by if c != "wave")]], on=RESPONDENT
    )
    hit = rows["nunique"] == 1
    rows = rows.assign(items_answered=rows["size"].astype("str"))
    by_items = _shares("straight_liner_share_by_items", rows, hit, [*by, "items_answered"])
    by_items = by_items.sort_values("items_answered", key=lambda count: -count.astype(int), kind="stable")
    made = combined([_shares("straight_liner_share", rows, hit, by), by_items])
    return made.assign(table="satisfaction")


def weights(people: pd.DataFrame, weight: str, by: Sequence[str] = ("wave",)) -> pd.DataFrame:
    """How uneven the weights are, and how they are distributed.

    Returns
    -------
    pandas.DataFrame
        Measure table: least and greatest weight, coefficient of variation, Kish's design effect of weighting and effective
        sample size; `weight_band_share`, the share of the rows whose weight over the mean weight of the group lies from
        `weight_from` to below `weight_below`.

    Notes
    -----
    Kish (1992), Journal of Official Statistics 8: 183–200: n_eff = (Σw)²/Σw², deff = n/n_eff.
    """
    rows = grouped(people, [column for column in by if column != "wave"])
    used = rows.assign(_weight=rows[weight].astype("float64"))
    used = used[used["_weight"] > 0]
    groups = used.groupby(list(by))["_weight"]
    summary = groups.apply(weight_summary).unstack()
    sizes = groups.size()
    tables = []
    for measure, (column, unit) in WEIGHTS.items():
        values = summary[column].rename("estimate").reset_index()
        tables.append(arranged(values.assign(measure=measure, n=sizes.to_numpy(), **_facts(unit))))
    relative = used.assign(_weight=used["_weight"] / groups.transform("mean"))
    return combined([*tables, _bands(relative, by)])


def _bands(relative: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Shares of the rows by bands of their relative weight, all of one round width."""
    values = relative["_weight"]
    width = _round_width((values.max() - values.min()) / BANDS)
    place = np.floor(values / width + 1e-9).astype(int)
    rows = relative.assign(_place=place)
    sizes = rows.groupby(list(by)).size()
    counts = rows.groupby([*by, "_place"]).size().rename("numerator").reset_index()
    counts["denominator"] = counts[list(by)].merge(sizes.rename("size").reset_index(), on=list(by))["size"].to_numpy()
    edges = {"weight_from": counts["_place"] * width, "weight_below": (counts["_place"] + 1) * width}
    named = {name: values.map("{:.6g}".format) for name, values in edges.items()}
    return _quotients("weight_band_share", counts.drop(columns="_place").assign(**named), RESPONDENTS)


def _round_width(width: float) -> float:
    """The next of 1, 2 or 5 times a power of ten; 0.1 where all weights are equal."""
    if width <= 0:
        return 0.1
    power = 10.0 ** np.floor(np.log10(width))
    return float(next(step * power for step in (1, 2, 5, 10) if step * power >= width * (1 - 1e-9)))


def _with_groups(rows: pd.DataFrame, people: pd.DataFrame, by: Sequence[str]) -> pd.DataFrame:
    """Answers with the columns of `by` of those who gave them; answers of nobody are left out."""
    return rows.merge(people[[*RESPONDENT, *(column for column in by if column not in rows)]], on=RESPONDENT)


def _shares(measure: str, rows: pd.DataFrame, hit: pd.Series, by: Sequence[str]) -> pd.DataFrame:
    """Share of the rows of each group for which something is true."""
    counted = grouped(rows, [column for column in by if column != "wave"]).assign(_hit=hit)
    sums = counted.groupby(list(by))["_hit"].agg(numerator="sum", denominator="size").reset_index()
    return _quotients(measure, sums, RESPONDENTS)


def _quotients(measure: str, rows: pd.DataFrame, table: str) -> pd.DataFrame:
    """Measure rows from counts of rows of the file."""
    share = rows["numerator"].astype("float64") / rows["denominator"]
    facts = {"measure": measure, "unit": "proportion", "table": table, "interval": "file"}
    return arranged(rows.assign(estimate=share, n=rows["denominator"], **facts))


def _facts(unit: str) -> dict[str, str]:
    return {"unit": unit, "table": RESPONDENTS, "interval": "file"}
