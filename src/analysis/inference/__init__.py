"""Design-based estimates with their uncertainty: the inference kernel.

A call takes a frame, a column and a design, and gives `Estimates`: a measure table with the means to ask for its
covariance. docs/methods.md has the formulas, their sources and how to add a statistic.
"""

from analysis.inference.association import chi_square, difference
from analysis.inference.calibration import (
    CalibratedDesign,
    calibrate,
    post_stratify,
    rake,
    trim_weights,
    weight_summary,
)
from analysis.inference.design import Census, SurveyDesign
from analysis.inference.entropy import atkinson, generalised_entropy, mean_log_deviation, theil
from analysis.inference.estimates import Estimates, joined
from analysis.inference.inequality import chance_excess, gini
from analysis.inference.lorenz import lorenz, palma, quantile_shares, smallest_share, top_share
from analysis.inference.moments import correlation, design_effect, mean, proportion, ratio, total, variance
from analysis.inference.multiplicity import adjusted, differences, sidak, simultaneous, t_tests
from analysis.inference.participation import extensive_intensive, participation_change
from analysis.inference.quantiles import median, quantile
from analysis.inference.replication import ReplicateDesign, ResampledDesign
from analysis.inference.survival import kaplan_meier, median_survival

__all__ = [
    "CalibratedDesign",
    "Census",
    "Estimates",
    "ReplicateDesign",
    "ResampledDesign",
    "SurveyDesign",
    "adjusted",
    "atkinson",
    "calibrate",
    "chance_excess",
    "chi_square",
    "correlation",
    "design_effect",
    "difference",
    "differences",
    "extensive_intensive",
    "generalised_entropy",
    "gini",
    "joined",
    "kaplan_meier",
    "lorenz",
    "mean",
    "mean_log_deviation",
    "median",
    "median_survival",
    "palma",
    "participation_change",
    "post_stratify",
    "proportion",
    "quantile",
    "quantile_shares",
    "rake",
    "ratio",
    "sidak",
    "simultaneous",
    "smallest_share",
    "t_tests",
    "theil",
    "top_share",
    "total",
    "trim_weights",
    "variance",
    "weight_summary",
]
