"""Figures of data quality: what is missing and why, how weights are distributed, the sample beside a census."""

from itertools import cycle
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from analysis.reporting.figures import MOST_GROUPS, MUTED, SERIES, canvas, legends, shown_in, tooltips
from analysis.reporting.figures.legends import ABOVE
from analysis.reporting.wording import Wording

REASONS = {
    "not_recorded": "#999999",
    "unknown": "#CCCCCC",
    "refused": "#D55E00",
    "dont_know": "#E69F00",
    "no_answer": "#F0E442",
    "not_applicable": "#56B4E9",
    "not_asked": "#0072B2",
    "set_aside": "#CC79A7",
    "zero_base": "#009E73",
}
"""A reason has one colour in every report."""
LABEL = 44
"""Characters from which on a question takes a second line."""
SHARES = {"sample_share_unweighted": ("s", "white"), "sample_share_weighted": ("o", SERIES[0])}
"""How the sample's shares are marked, and with what they are filled."""


def missing(table: pd.DataFrame, words: Wording) -> Figure:
    """Shares of missing answers, one bar a question, its reasons side by side, the sum at the end."""
    shown = table.dropna(subset="estimate")
    wide = shown.pivot(index="question", columns="missing_reason", values="estimate").fillna(0)
    questions = [name for name in dict.fromkeys(shown["question"]) if wide.loc[name].sum() > 0]
    if len(questions) > MOST_GROUPS:
        questions = list(
            wide.loc[questions].sum(axis=1).sort_values(ascending=False, kind="stable").index[:MOST_GROUPS]
        )
    questions = questions[::-1]
    reasons = [name for name in words.ordered("missing_reason", wide.columns) if wide.loc[questions, name].sum() > 0]
    figure, (axes,) = canvas(1.5 + 0.27 * max(len(questions), 2))
    left = np.zeros(len(questions))
    for reason in reasons:
        part = wide.loc[questions, reason].to_numpy()
        axes.barh(range(len(questions)), part, left=left, color=REASONS[reason], height=0.72)
        for _, row in shown[(shown["missing_reason"] == reason) & (shown["estimate"] > 0)].iterrows():
            if row["question"] in questions:
                at = questions.index(row["question"])
                tooltips.bar(axes, tooltips.said(row, words), (left[at], left[at] + part[at]), (at - 0.36, at + 0.36))
        left += part
    for place, total in enumerate(left):
        text = words.number(total, "proportion")
        axes.annotate(text, (total, place), (4, 0), textcoords="offset points", va="center", fontsize=8)
    labels = [fill(label, LABEL) for label in words.labels("question", questions)]
    axes.set_yticks(range(len(questions)), labels, fontsize=8.5, linespacing=1.0)
    axes.set_ylim(-0.6, len(questions) - 0.4)
    axes.set_xlim(0, max(left.max(initial=0), 0.01) * 1.12)
    shown_in(axes.xaxis, "proportion", words)
    axes.tick_params(axis="y", length=0)
    handles = [Patch(color=REASONS[name], label=words.label("missing_reason", name)) for name in reasons]
    # Flush right, so that many reasons stand above the names of the questions and do not make the axes narrower.
    legends.above(axes, handles, loc="lower right", bbox_to_anchor=(1, 1))
    return figure


def weights(table: pd.DataFrame, words: Wording) -> Figure:
    """The distribution of the weights over their mean, one panel a wave, with the mean as a line."""
    shown = table.dropna(subset="estimate")
    waves = words.ordered("wave", shown["wave"])
    figure, panels = canvas(2.7, len(waves), share_y=True)
    for axes, wave, colour in zip(panels, waves, cycle(SERIES), strict=False):
        rows = shown[shown["wave"] == wave].astype({"weight_from": float, "weight_below": float})
        width = rows["weight_below"] - rows["weight_from"]
        axes.bar(rows["weight_from"], rows["estimate"], width, align="edge", color=colour, ec="white", lw=0.5)
        for (_, row), start, wide in zip(rows.iterrows(), rows["weight_from"], width, strict=True):
            tooltips.bar(axes, tooltips.said(row, words), (start, start + wide), (0, row["estimate"]))
        axes.axvline(1, color="black", lw=0.8, ls=(0, (4, 3)))
        axes.set_title(words.label("wave", wave))
        axes.set_xlabel(words.text("axis_relative_weight"))
    low, high = (shown[edge].astype(float) for edge in ("weight_from", "weight_below"))
    for axes in panels:
        axes.set_xlim(max(min(low.min(), 0.9) - 0.1, 0), max(high.max(), 1.1) + 0.1)
    shown_in(panels[0].yaxis, "proportion", words)
    panels[0].set_ylabel(words.text("axis_share_of_respondents"))
    return figure


def margins(table: pd.DataFrame, words: Wording) -> Figure:
    """Shares of the sample, before and after weighting, with their intervals, beside those of the census as a diamond.

    Groups whose bases are unlike are not drawn.
    """
    shown = table[(table["margin_base"] != "unlike") & table["estimate"].notna()]
    groups = words.ordered("group", shown["group"])[::-1]
    near_or_same = shown.drop_duplicates("group").set_index("group")["margin_base"]
    figure, (axes,) = canvas(1.5 + 0.6 * max(len(groups), 2))
    present = [name for name in SHARES if (shown["measure"] == name).any()]
    offsets = np.linspace(0.17, -0.17, len(present)) if len(present) > 1 else [0.0]
    for measure, offset in zip(present, offsets, strict=True):
        marker, face = SHARES[measure]
        part = shown[shown["measure"] == measure].set_index("group").reindex(groups)
        y = np.arange(len(groups)) + offset
        axes.hlines(y, part["low"], part["high"], color=SERIES[0], lw=1.3)
        axes.plot(part["estimate"], y, marker, ms=6, mew=1.4, color=SERIES[0], mfc=face, label=words.measure(measure))
        for at, (_, row) in zip(y, part.iterrows(), strict=True):
            if np.isfinite(row["estimate"]):
                end = row["high"] if np.isfinite(row["high"]) else row["estimate"]
                text = words.number(row["estimate"], row["unit"])
                axes.annotate(
                    text, (end, at), (5, 0), textcoords="offset points", va="center", fontsize=8, color=SERIES[0]
                )
        for _, row in shown[shown["measure"] == measure].iterrows():
            tooltips.point(axes, tooltips.said(row, words), tooltips.interval(row), y[groups.index(row["group"])])
    census = shown[shown["measure"] == "census_share"].set_index("group").reindex(groups)
    axes.plot(
        census["estimate"],
        range(len(groups)),
        "D",
        ms=7,
        color="black",
        mfc="none",
        label=words.measure("census_share"),
    )
    for _, row in shown[shown["measure"] == "census_share"].iterrows():
        tooltips.point(axes, tooltips.said(row, words), row["estimate"], groups.index(row["group"]))
    for place, share in enumerate(census["estimate"]):
        text = f"{words.measure('census_share')} {words.number(share, 'proportion')}"
        axes.annotate(text, (1.01, place), xycoords=("axes fraction", "data"), va="center", fontsize=8)
    names = [words.label("group", group) for group in groups]
    near = [words.text("margins_near_group", group=name) for name in names]
    labels = [
        other if near_or_same[group] == "near" else name for group, name, other in zip(groups, names, near, strict=True)
    ]
    axes.set_yticks(range(len(groups)), labels)
    axes.set_ylim(-0.6, len(groups) - 0.4)
    axes.set_xlim(0, min(max(shown["estimate"].max(), shown["high"].max()) * 1.15, 1.05))
    shown_in(axes.xaxis, "proportion", words)
    axes.grid(axis="x", color="#E8E8E8", lw=0.7)
    axes.set_axisbelow(True)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_color(MUTED)
    axes.tick_params(axis="y", length=0)
    axes.legend(**ABOVE, ncols=3, handletextpad=0.2, columnspacing=1.2, fontsize=8)
    return figure
