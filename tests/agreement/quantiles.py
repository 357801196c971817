"""Quantiles and Woodruff's intervals: R's svyquantile on seven designs."""

from agreement import Answer
from agreement.designs import api
from analysis.inference import median, quantile

FILE = "04_quantiles"
NOT_OURS = {
    r"q_(shahvaish|hf[3-9])_": "the rule goes by ranks among n rows, which weights and split rows do not have",
    r"_score\|": "the interval by inverted score tests is not offered",
    r"^srs\..*@0\.[19]\|": "p times n is a whole number of rows; R's sums of weights miss it by rounding and take the next row",
}

RULES = {"math": "lower", "hf1": "lower", "school": "middle", "hf2": "middle"}
"""Our name of each rule that R has."""
INTERVALS = {"mean": "t", "beta": "beta", "xlogit": "logit", "asin": "asin"}
"""Our name of each interval that R has."""
PROBABILITIES = (0.1, 0.25, 0.5, 0.75, 0.9)


def answers():
    """Our number for each row of the file."""
    for name, frame, design in api():
        for theirs, rule in RULES.items():
            for kind, interval in INTERVALS.items():
                for column in ("api00", "enroll"):
                    made = quantile(
                        frame,
                        column,
                        design,
                        probabilities=PROBABILITIES,
                        rule=rule,
                        interval=interval,
                        where=frame["enroll"].notna(),  # the call asks for two columns, and drops rows that miss one
                    )
                    for _, row in made.table.iterrows():
                        if name != "srs" or row["probability"] not in (0.1, 0.9):
                            yield from described(f"{name}.q_{theirs}_{kind}", f"{column}@{row['probability']:g}", row)
        for _, row in median(frame, "api00", design, "stype", rule="lower").table.iterrows():
            for quantity in ("estimate", "se"):
                yield Answer(f"{name}.q_by_stype", f"stype={row['stype']}", "api00", quantity, row[quantity])


def described(case, term, row):
    """What the file holds of one quantile."""
    for quantity, value in (("estimate", "estimate"), ("lower95", "low"), ("upper95", "high"), ("se", "se")):
        yield Answer(case, "", term, quantity, row[value])
