"""Design-based estimates with their uncertainty: the inference kernel.

A call takes a frame, a column and a design, and gives `Estimates`: a measure table with the means to ask for its
covariance. In place of a frame it takes a table that is larger than memory (`relations`). docs/methods.md has the
formulas, their sources and how to add a statistic.
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
from analysis.inference.design import CalibratedOn, Census, SurveyDesign
from analysis.inference.estimates import Estimates, joined
from analysis.inference.inequality.concentration import concentration_index
from analysis.inference.inequality.decomposition import ge_decomposition, gini_groups, gini_sources
from analysis.inference.inequality.entropy import atkinson, generalised_entropy, mean_log_deviation, theil
from analysis.inference.inequality.gini import chance_excess, gini
from analysis.inference.inequality.lorenz import lorenz, palma, quantile_shares, smallest_share, top_share
from analysis.inference.inequality.two_part import extensive_intensive, participation_change
from analysis.inference.moments import correlation, design_effect, mean, proportion, ratio, total, variance
from analysis.inference.multiplicity import adjusted, differences, sidak, simultaneous, t_tests
from analysis.inference.quantiles import median, quantile
from analysis.inference.regression.hazard import hazard_model, person_periods
from analysis.inference.regression.margins import average_marginal_effects
from analysis.inference.regression.models import (
    linear_model,
    logistic_model,
    negative_binomial_model,
    poisson_model,
    term_tests,
)
from analysis.inference.regression.ordinal import ordinal_model
from analysis.inference.replication import ReplicateDesign, ResampledDesign
from analysis.inference.survival import kaplan_meier, median_survival

__all__ = [
    "CalibratedDesign",
    "CalibratedOn",
    "Census",
    "Estimates",
    "ReplicateDesign",
    "ResampledDesign",
    "SurveyDesign",
    "adjusted",
    "atkinson",
    "average_marginal_effects",
    "calibrate",
    "chance_excess",
    "chi_square",
    "concentration_index",
    "correlation",
    "design_effect",
    "difference",
    "differences",
    "extensive_intensive",
    "ge_decomposition",
    "generalised_entropy",
    "gini",
    "gini_groups",
    "gini_sources",
    "hazard_model",
    "joined",
    "kaplan_meier",
    "linear_model",
    "logistic_model",
    "lorenz",
    "mean",
    "mean_log_deviation",
    "median",
    "median_survival",
    "negative_binomial_model",
    "ordinal_model",
    "palma",
    "participation_change",
    "person_periods",
    "poisson_model",
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
    "term_tests",
    "theil",
    "top_share",
    "total",
    "trim_weights",
    "variance",
    "weight_summary",
]
