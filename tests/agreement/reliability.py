"""Reliability of the five scales of the bfi data: R's psych, lavaan and survey."""

import numpy as np

from agreement import Answer, data, has_data
from analysis.inference import SurveyDesign
from analysis.satisfaction import scales

FILE = "21_reliability"
NOT_OURS = {
    r"\.pairwise\|": "respondents who have not answered all items are left out, instead of using what each pair has",
    r"alpha\..*\.complete\|\|(std\.alpha|G6\(smc\)|average_r|S/N|median_r)\|": "these coefficients of psych are not offered",
    r"alpha\..*\.complete\|\|ase\|": "psych supposes normal answers; our error is linearised and supposes no distribution",
    r"alpha\..*\.complete\|\|(mean|sd)\|": "these are of the mean of the items, which is no coefficient of the scale",
    r"alpha_feldt\..*\|\|(lower|upper)\.ci\||alpha_feldt\..*\|\|r\.bar\|": "Feldt supposes parallel items and a simple random "
    "sample; our interval is that of the linearised coefficient",
    r"omega1\..*\|\|omega\.tot\|": "psych divides by the observed variance of the sum, and the items are standardised",
    r"omega1\..*\|\|(alpha|G6)\|": "these are of standardised items",
    r"omega3": "three factors are not offered",
    r"(polychoric|ordinal_alpha)": "polychoric correlations are not offered",
}
TOLERANCES = {r"cfa_omega.*\|loading$": 2e-6, r"cfa_omega": 1e-6}
"""lavaan stops iterating some 1e-6 before the solution; ours solves the likelihood equations to rounding (test_scales)."""

SCALES = {"agree": "A", "consc": "C", "extra": "E", "neuro": "N", "open": "O"}
REVERSED = {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}


def answers():
    """Our number for each row of the file."""
    if not has_data("bfi"):
        return
    every = data("bfi")
    for name, letter in SCALES.items():
        items = [f"{letter}{number}" for number in range(1, 6)]
        frame = every[items].dropna().reset_index(drop=True)
        frame = frame.assign(**{item: 7 - frame[item] for item in items if item in REVERSED})
        yield from of_scale(name, frame, items)


def of_scale(name, frame, items):
    """The answers of one scale."""
    design = SurveyDesign()
    alpha = scales.cronbach_alpha(frame, items, design).table["estimate"].iloc[0]
    yield Answer(f"bfi.alpha.{name}.complete", "", "raw_alpha", "estimate", alpha)
    yield Answer(f"bfi.alpha_feldt.{name}", "", "alpha", "estimate", alpha)
    for call, prefix, quantity in (
        (scales.alpha_without, "drop", "alpha_drop"),
        (scales.item_rest, "r.drop", "r_drop"),
    ):
        for _, row in call(frame, items, design).table.iterrows():
            yield Answer(f"bfi.alpha.{name}.complete", "", f"{prefix}.{row['item']}", quantity, row["estimate"])
    omega = scales.omega(frame, items, design).table["estimate"].iloc[0]
    yield Answer(f"bfi.cfa_omega.{name}", "", "omega", "estimate", omega)
    for _, row in scales.loadings(frame, items, design).table.iterrows():
        loading = row["estimate"] * frame[row["item"]].std(ddof=0)  # lavaan's are in the units of the items
        yield Answer(f"bfi.cfa_omega.{name}", "", row["item"], "loading", loading)
    weighted = frame.assign(w=1 + np.arange(1, len(frame) + 1) % 3)
    alpha = scales.cronbach_alpha(weighted, items, SurveyDesign(weights="w")).table["estimate"].iloc[0]
    yield Answer(f"bfi.svycralpha.{name}", "", "alpha", "estimate", alpha)
