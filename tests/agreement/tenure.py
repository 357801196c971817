"""Kaplan–Meier with delayed entry: R's survival on 60 spells of service."""

from agreement import Answer, data, has_data
from agreement.survival import of_curve
from analysis.inference import kaplan_meier, median_survival

FILE = "23_tenure_delayed_entry"
NOT_OURS = {
    r"\|n\.risk$": "the curve has a row for each time of an event; between them the risk set is not told",
    r"\|(male)?\|t=8\.1\|se$": "nobody remains, where Greenwood's formula divides by 0: R has no number, ours is 0",
}


def answers():
    """Our number for each row of the file."""
    if not has_data("tenure"):
        return
    frame = data("tenure")
    for scale in ("log_log", "log", "plain"):
        for domain, where in {"": None, "female": frame["sex"] == "female", "male": frame["sex"] == "male"}.items():
            how = {"entry": "entry", "where": where, "interval": scale}
            made = kaplan_meier(frame, "exit", "event", **how)
            bounds = f"tenure.km.{scale.replace('_', '-')}"
            for answer in of_curve("tenure.km", domain, made, frame["exit"]):
                yield answer._replace(case=bounds) if answer.quantity.endswith("95") else answer
            median = median_survival(frame, "exit", "event", **how).table["estimate"].iloc[0]
            yield Answer("tenure.km", domain, "median", "estimate", median)
