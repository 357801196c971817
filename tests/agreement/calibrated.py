"""Calibrated, post-stratified, raked and trimmed weights: estimates and errors against R's survey."""

import re

from agreement.designs import api
from agreement.means import described
from analysis.inference import calibrate, mean, post_stratify, rake, total, trim_weights

FILE = "05_calibration"
NOT_OURS = {
    r"cal_agg2": "weights that are the same in all of a cluster are not offered",
    r"^strat\.rake2\.(mean|total_enroll|by).*\|(se|lower95_z|upper95_z)$": "R's `rake` takes residuals by equal weights, "
    "not by the design's: tests/test_calibration.py meets its numbers in that way",
}

SCHOOLS = {"E": 4421, "H": 755, "M": 1018}
TOTALS = {"stype": SCHOOLS, "api99": 3914069}
MARGINS = {"stype": SCHOOLS, "sch.wide": {"No": 1072, "Yes": 5122}}
CALLS = {
    "cal_linear_stype": lambda frame, design: calibrate(frame, design, {"stype": SCHOOLS}),
    "cal_linear": lambda frame, design: calibrate(frame, design, TOTALS),
    "cal_raking": lambda frame, design: calibrate(frame, design, TOTALS, "raking"),
    "cal_logit": lambda frame, design: calibrate(frame, design, TOTALS, "logit", (0.5, 1.9)),
    "cal_boundedlin": lambda frame, design: calibrate(frame, design, TOTALS, bounds=(0.6, 1.6)),
    "post_stype": lambda frame, design: post_stratify(frame, design, "stype", SCHOOLS),
    "rake2": lambda frame, design: rake(frame, design, MARGINS),
    "trim": lambda frame, design: trim_weights(frame, design, 20, 40),
}
CASES_OF = {
    "clus1": ["cal_linear_stype", "cal_linear", "cal_raking", "cal_logit", "cal_boundedlin", "post_stype", "rake2"],
    "strat": ["cal_linear", "rake2", "trim"],
    "clus2": ["cal_linear"],
}


def calibrated():
    """Each calibration of the file that there are data for, with its name and frame."""
    for name, frame, design in api():
        for case in CASES_OF.get(name, []):
            yield f"{name}.{case}", frame, CALLS[case](frame, design)


def answers():
    """Our number for each row of the file."""
    for answer in every_answer():
        if not any(re.search(pattern, "|".join(answer[:4])) for pattern in NOT_OURS):
            yield answer


def every_answer():
    """Our numbers, those too whose definition is not R's."""
    for case, frame, design in calibrated():
        for quantity, made, term in (
            ("mean_api00", mean(frame, "api00", design), "api00"),
            ("total_enroll", total(frame, "enroll", design), "enroll"),
        ):
            yield from described(f"{case}.{quantity}", term, made.table.iloc[0], df=made.df)
        levels = [f"stype{level}" for level in SCHOOLS]
        indicators = frame.assign(**{level: (frame["stype"] == level[5:]).astype(float) for level in levels})
        for level in levels:
            row = total(indicators, level, design).table.iloc[0]
            yield from described(f"{case}.total_stype", level, row, df=1)
        for _, row in mean(frame, "api00", design, "sch.wide").table.iterrows():
            yield from described(f"{case}.by_api00_schwide", "api00", row, f"sch.wide={row['sch.wide']}")
