"""Kaplan–Meier: R's survival, plain, weighted, by sex, and with errors from clusters."""

import numpy as np
from scipy import stats

from agreement import Answer, data, has_data
from analysis.inference import SurveyDesign, kaplan_meier, median_survival
from analysis.inference.sample import Sample
from analysis.inference.variance import NoError

FILE = "20_survival"
CASES = r"^(?!rossi\.discrete_)"
NOT_OURS = {
    r"km_.*\|n\.risk$": "the curve has a row for each time of an event; between them the risk set is not told",
    r"km_q_.*\|q(25|75)\|": "of the quantiles only the median is offered",
    r"na_breslow": "survival as the exponential of Nelson and Aalen's estimate is not offered",
    r"svykm": "R's svykm with errors is exp(−Σd/n), with a row an event; its var_log is the variance of Σd/n",
    r"survdiff|svylogrank": "rank tests of curves are not offered",
    r"rmst": "the restricted mean is not offered",
    r"cox": "Cox's model is not offered",
    r"aalen_johansen": "curves of competing events are not offered",
}
SCALES = {"log-log": "log_log", "log": "log", "plain": "plain", "logit": "logit", "arcsin": "arcsin"}


def of_curve(case, domain, made, times):
    """What the file holds of a curve at all its times, also those at which only censored rows leave."""
    table = made.table
    hazard = np.cumsum(made.facts["events"] / made.facts["at_risk"])
    columns = {"estimate": "estimate", "se": "se", "lower95": "low", "upper95": "high"}
    for time in np.unique(times):
        term, place = f"t={time:.15g}", int((table["time"] <= time).sum()) - 1
        if place < 0:
            for quantity, value in {"estimate": 1, "se": 0, "lower95": 1, "upper95": 1, "cumhaz": 0}.items():
                yield Answer(case, domain, term, quantity, value)
            continue
        for quantity, column in columns.items():
            if quantity != "se" or table["estimate"].iloc[place] > 0:
                yield Answer(case, domain, term, quantity, table[column].iloc[place])
        yield Answer(case, domain, term, "cumhaz", hazard[place])
        if table["time"].iloc[place] == time:
            yield Answer(case, domain, term, "n.risk", made.facts["at_risk"][place])


def answers():
    """Our number for each row of the file."""
    if has_data("lung"):
        frame = data("lung")
        frame = frame.assign(died=frame["status"] == 2)
        for name, scale in SCALES.items():
            made = kaplan_meier(frame, "time", "died", interval=scale)
            yield from of_curve(f"lung.km_{name}", "", made, frame["time"])
            median = median_survival(frame, "time", "died", interval=scale).table.iloc[0]
            for quantity, column in {"estimate": "estimate", "lower95": "low", "upper95": "high"}.items():
                yield Answer(f"lung.km_q_{name}", "", "q50", quantity, median[column])
        for sex in (1, 2):
            made = kaplan_meier(frame, "time", "died", where=frame["sex"] == sex, interval="log")
            yield from of_curve("lung.km_sex", f"sex={sex}", made, frame["time"][frame["sex"] == sex])
    if has_data("lung_weighted"):
        yield from weighted(data("lung_weighted"))


def weighted(frame):
    """The weighted curve, with Greenwood's error and with one from clusters."""
    frame = frame.assign(died=frame["status"] == 2)
    census = Sample(frame, frame["w"].to_numpy(), NoError())
    yield from of_curve(
        "lungw.km_model", "", kaplan_meier(frame, "time", "died", census, interval="log"), frame["time"]
    )
    made = kaplan_meier(frame, "time", "died", SurveyDesign(weights="w", clusters="inst"), interval="log")
    # R's infinitesimal jackknife sums the clusters' squares without n/(n − 1), and its intervals are of the normal
    # distribution, not of t.
    clusters = frame["inst"].nunique()
    survival, se = made.table["estimate"], made.table["se"] * np.sqrt((clusters - 1) / clusters)
    factor = np.exp(stats.norm.ppf(0.975) * se / survival)
    made.table[["se", "low", "high"]] = np.column_stack([se, survival / factor, np.minimum(survival * factor, 1)])
    yield from of_curve("lungw.km_robust", "", made, frame["time"])
