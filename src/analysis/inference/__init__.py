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
from analysis.inference.estimates import Estimates, joined
from analysis.inference.moments import correlation, design_effect, mean, proportion, ratio, total, variance
from analysis.inference.multiplicity import adjusted, differences, sidak, simultaneous, t_tests
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
    "calibrate",
    "chi_square",
    "correlation",
    "design_effect",
    "difference",
    "differences",
    "joined",
    "kaplan_meier",
    "mean",
    "median",
    "median_survival",
    "post_stratify",
    "proportion",
    "quantile",
    "rake",
    "ratio",
    "sidak",
    "simultaneous",
    "t_tests",
    "total",
    "trim_weights",
    "variance",
    "weight_summary",
]
