"""Shares and means of ordered answers, as R's likert has them, on ten items of the bfi data with six levels."""

import pandas as pd

from agreement import Answer, data, has_data
from analysis.inference import SurveyDesign, variance
from analysis.satisfaction import likert
from analysis.satisfaction.questionnaire import Questionnaire

FILE = "22_likert"
NOT_OURS = {}
ITEMS = [f"{letter}{number}" for letter in "AC" for number in range(1, 6)]


def answers():
    """Our number for each row of the file."""
    if not has_data("bfi"):
        return
    frame = data("bfi").rename(columns={"rowid": "respondent_id"})
    scale = [str(level) for level in range(1, 7)]
    given = frame[ITEMS].astype("float64")
    asked = Questionnaire(
        frame, given, given.isna().replace({True: "not_recorded", False: None}), scale, SurveyDesign()
    )
    for case, by in (("bfi.likert_pct", []), ("bfi.likert_pct_by_gender", ["gender"])):
        for _, row in likert.shares(asked, by).table.iterrows():
            domain = str(row["gender"]) if by else ""
            yield Answer(case, domain, row["item"], f"pct_level{row['score']}", 100 * row["estimate"])
    low = pd.Series(0.0, index=ITEMS)
    for _, row in likert.shares(asked, []).table.iterrows():
        low[row["item"]] += 100 * row["estimate"] * (row["score"] <= "3")
    for item in ITEMS:
        yield Answer("bfi.likert_summary", "", item, "low", low[item])
        yield Answer("bfi.likert_summary", "", item, "high", 100 - low[item])
        yield Answer("bfi.likert_summary", "", item, "neutral", 0.0)
        spread = variance(asked.answered(item), "score", SurveyDesign()).table["estimate"].iloc[0]
        yield Answer("bfi.likert_summary", "", item, "sd", spread**0.5)
    for _, row in likert.mean_score(asked, []).table.iterrows():
        yield Answer("bfi.likert_summary", "", row["item"], "mean", row["estimate"])
