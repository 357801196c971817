"""Discrete-time hazards on person-weeks against R's glm and svyglm, for the Rossi recidivism data."""

import pandas as pd

from agreement import Answer, data, has_data
from agreement.regression import of_r
from analysis.inference import SurveyDesign, hazard_model, person_periods

FILE = "20_survival"
CASES = r"^rossi\.discrete"
NOT_OURS = {r"rossi\.discrete_(cloglog|logit)\|.*\|se$": "the errors of R's glm are the model's; ours are the design's"}

TOLERANCES = {r"rossi\.discrete_svy_": 2e-7}  # R stops short of the maximum: see agreement.regression


def answers():
    """Our number for each row of the cases."""
    if not has_data("rossi"):
        return
    weeks = person_periods(data("rossi"), "week", "arrest", period="t")
    weeks["tb"] = pd.cut(weeks["t"], [0, 13, 26, 39, 52]).astype("str").str.replace(", ", ",")
    for link in ("cloglog", "logit"):
        model = hazard_model(weeks, "arrest ~ tb + fin + age + prio", SurveyDesign(clusters="rowid"), link=link)
        for _, row in model.table.iterrows():
            yield Answer(f"rossi.discrete_{link}", "", of_r(row["coefficient"]), "estimate", row["estimate"])
            yield Answer(f"rossi.discrete_svy_{link}", "", of_r(row["coefficient"]), "estimate", row["estimate"])
            yield Answer(f"rossi.discrete_svy_{link}", "", of_r(row["coefficient"]), "se", row["se"])
