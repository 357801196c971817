"""Intervals of proportions: R's svyciprop on seven designs, whole samples and subpopulations."""

from agreement import Answer
from agreement.designs import api
from analysis.inference import proportion

FILE = "02_proportion_ci"
NOT_OURS = {
    r"ciprop_likelihood": "likelihood intervals are not offered",
    r"ciprop_logit\|\|~I\(api00>950\)": "R fits a logistic regression, which ends near 0 where nobody is counted",
    r"strat(_nofpc)?\.ciprop_(beta|wilson)\|\|~I\(stype=='H'\)\|(lower|upper)": (
        "the strata fix the share, so that its error is 0: R's bounds are then .5 or not a number, ours the share"
    ),
    r"ciprop_asin\|\|~I\((ell==0|api00>950)\)\|lower": (
        "the bound lies beyond the end of the scale: R's comes back from 0 as a small positive number, ours stays at 0"
    ),
}
TOLERANCES = {r"ciprop_(sub_)?logit": 1e-8}
"""R's `logit` comes from an iterated logistic regression, good to its convergence; its `xlogit`, the same interval in closed
form, is met to 1e-9."""

NAMES = {"mean": "t", "logit": "logit", "xlogit": "logit", "asin": "asin", "beta": "beta", "wilson": "wilson"}
"""Our name of each interval that R has."""


def answers():
    """Our number for each row of the file."""
    for name, frame, design in api():
        hits = {
            "~I(stype=='H')": frame["stype"] == "H",
            "~I(ell==0)": frame["ell"] == 0,
            "~I(sch.wide=='Yes')": frame["sch.wide"] == "Yes",
            "~I(api00>950)": frame["api00"] > 950,
        }
        for kind, interval in NAMES.items():
            for term, hit in hits.items():
                row = proportion(frame.assign(hit=hit), "hit", design, interval=interval).table.iloc[0]
                if kind == "logit" and row["estimate"] == 0:
                    continue
                yield Answer(f"{name}.ciprop_{kind}", "", term, "estimate", row["estimate"])
                yield Answer(f"{name}.ciprop_{kind}", "", term, "se", row["se"])
                if kind in ("beta", "wilson") and name.startswith("strat") and "stype" in term:
                    continue
                if row["low"] != 0 or kind != "asin":
                    yield Answer(f"{name}.ciprop_{kind}", "", term, "lower95", row["low"])
                yield Answer(f"{name}.ciprop_{kind}", "", term, "upper95", row["high"])
        for kind in ("logit", "beta", "xlogit"):
            improved = frame.assign(hit=frame["comp.imp"] == "Yes")
            for stype in ("E", "H", "M"):
                made = proportion(improved, "hit", design, where=frame["stype"] == stype, interval=NAMES[kind])
                row = made.table.iloc[0]
                for quantity, value in (
                    ("estimate", "estimate"),
                    ("df", "df"),
                    ("lower95", "low"),
                    ("upper95", "high"),
                ):
                    yield Answer(f"{name}.ciprop_sub_{kind}", stype, "comp.imp==Yes", quantity, row[value])
