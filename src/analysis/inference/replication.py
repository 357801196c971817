"""Replicate weights: brought along with the data, or made from a design.

An estimate's error is then how far it moves when it is made again under each replicate. `ReplicateDesign` reads
weights that whoever published the data has made; `ResampledDesign` makes them from a `SurveyDesign`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import hadamard

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import Codes, sums_by
from analysis.inference.design import SurveyDesign, absent, numbers, read_weights
from analysis.inference.sample import Sample
from analysis.inference.variance import Linearised, Replicated, Stage

Numbers = NDArray[np.float64]
Kind = Literal["JK1", "JKn", "BRR", "Fay", "bootstrap", "successive_differences"]
"""Jackknife without and with strata, balanced half-samples, Fay's variant of them, bootstrap, successive differences."""
RANK_TOLERANCE = 1e-5
"""Singular values below so much of the largest are 0 for the degrees of freedom, as in R's `degf`."""


@dataclass(frozen=True)
class ReplicateDesign:
    """Replicate weights that came with the data.

    Parameters
    ----------
    weights
        Column of the sampling weights.
    replicates
        Columns of the replicate weights, or what their names have before a number.
    kind
        How they were made, which tells `scale`. With None, `scale` or `rscales` must be given.
    scale, rscales
        A variance is `scale` times the sum of the squared deviations, each times its `rscales` (by default 1). The
        documentation of the data names them; those of JKn cannot be told without it.
    rho
        Fay's coefficient.
    is_about_estimate
        Whether deviations are from the estimate, as most documentations have it, or from the replicates' mean (R's
        `mse = FALSE`).
    is_combined
        Whether the columns are weights; else they are multipliers of the sampling weights.
    df
        Degrees of freedom; by default the rank of the replicate weights less 1.

    Notes
    -----
    Wolter (2007), Introduction to Variance Estimation, § 3–5. Fay's factor: Judkins (1990), Journal of Official
    Statistics 6: 223–239.
    """

    weights: str
    replicates: str | Sequence[str]
    kind: Kind | None = None
    scale: float | None = None
    rscales: Sequence[float] | None = None
    rho: float = 0.0
    is_about_estimate: bool = True
    is_combined: bool = True
    df: float | None = None

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame with its replicate weights.

        Raises
        ------
        StudyError
            `design_column_absent`, `frame_empty`, `replicates_absent`, `replicates_missing`, `replicates_too_few`,
            `replicate_kind_unknown`, `replicate_scale_unknown`, `replicate_scales_length`, `fay_rho_invalid`, and what
            is wrong with the sampling weights.
        """
        columns = self._columns(frame)
        if facts := absent(frame, [self.weights, *columns]):
            raise StudyError("design_column_absent", **facts)
        if not len(frame):
            raise StudyError("frame_empty")
        scale, rscales = self._scales(len(columns))
        weights = read_weights(frame, self.weights)
        replicates = np.column_stack([_replicate(frame, column) for column in columns])
        if not self.is_combined:
            replicates = replicates * weights[:, None]
        df = _rank(replicates) - 1 if self.df is None else self.df
        return Sample(frame, weights, Replicated(replicates, scale, rscales, self.is_about_estimate, df))

    def _columns(self, frame: pd.DataFrame) -> list[str]:
        if not isinstance(self.replicates, str):
            columns = list(self.replicates)
        else:
            named = [(re.fullmatch(re.escape(self.replicates) + r"(\d+)", str(name)), name) for name in frame.columns]
            columns = [name for _, name in sorted((int(match[1]), name) for match, name in named if match)]
            if not columns:
                raise StudyError("replicates_absent", prefix=self.replicates, known=listing(frame.columns, 20))
        _require_several(len(columns))
        return columns

    def _scales(self, count: int) -> tuple[float, Numbers]:
        if self.rscales is not None and len(self.rscales) != count:
            raise StudyError("replicate_scales_length", found=len(self.rscales), expected=count)
        rscales = np.ones(count) if self.rscales is None else np.asarray(self.rscales, dtype=float)
        if self.scale is not None:
            return self.scale, rscales
        if self.kind not in (None, "JKn"):
            return _scale(_known(self.kind), count, self.rho, self.is_about_estimate), rscales
        if self.rscales is None:
            raise StudyError("replicate_scale_unknown", kind=self.kind or "–", count=count)
        return 1.0, rscales


@dataclass(frozen=True)
class ResampledDesign:
    """Replicate weights made from a design: clusters of the first stage are left out, doubled or drawn again.

    Parameters
    ----------
    design
        How the sample was drawn, in one stage with a known population or with clusters drawn with replacement.
    kind
        `JK1` leaves out one cluster at a time and `JKn` does so inside strata; `BRR` takes one of the two clusters of
        every stratum, and `Fay` a part of the other too; `bootstrap` draws one cluster fewer than a stratum has, with
        replacement; `successive_differences` compares each cluster with the next, in the order of the frame, for
        samples drawn systematically from a sorted list.
    rho
        Fay's coefficient, at least 0 and below 1: the part of a weight that the clusters not taken keep.
    replicates
        The number of bootstrap replicates, and the greatest number of those for successive differences; for the other
        kinds the design tells it.
    seed
        Start of the random numbers of the bootstrap. The same seed gives the same replicates, so that results of
        several calls can be joined.
    is_about_estimate
        Whether deviations are from the estimate or from the replicates' mean (R's `mse = FALSE`).

    Notes
    -----
    Each multiplies the weights so that the replicates of a total have the variance that its linearisation has.
    Jackknife: Wolter (2007), Introduction to Variance Estimation, § 4; with finite populations as R's `survey` has it.
    Balanced half-samples: McCarthy (1969), Review of the International Statistical Institute 37: 239–264; Judkins
    (1990), Journal of Official Statistics 6: 223–239. Bootstrap: Rao & Wu (1988), JASA 83: 231–241, with one cluster
    fewer. Successive differences: Fay & Train (1995), Proceedings of the Section on Government Statistics, American
    Statistical Association: 154–159; each stratum is a ring. Where they have fewer replicates than clusters their
    variance is only right on average. A finite population brings multipliers nearer to 1 by √(1 − fraction drawn), as
    in Rao & Wu; in the jackknife it scales the squares.
    """

    design: SurveyDesign
    kind: Kind
    rho: float = 0.0
    replicates: int = 200
    seed: int = 0
    is_about_estimate: bool = True

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame with replicate weights.

        Raises
        ------
        StudyError
            Whatever the design refuses; `replicate_kind_unknown`, `fay_rho_invalid`, `replicates_too_few`,
            `replicates_of_design`, `replicates_of_stages`, `replicates_of_lonely`, `jackknife_of_strata`,
            `half_samples_of_pairs`.
        """
        kind = _known(self.kind)
        if not isinstance(self.design, SurveyDesign):
            raise StudyError("replicates_of_design", design=type(self.design).__name__)
        if self.design.calibrated:
            raise StudyError("replicates_of_design", design="calibrated SurveyDesign")
        whole = self.design.sample(frame)
        assert isinstance(whole.variance, Linearised)
        stage, *later = whole.variance.stages
        if later:
            raise StudyError("replicates_of_stages", count=len(later) + 1)
        unit = np.arange(len(whole.frame)) if whole.variance.unit is None else whole.variance.unit
        if kind.startswith("JK"):
            multipliers, rscales = self._jackknife(stage)
            scale = 1.0
        else:
            multipliers = self._perturbed(kind, stage, unit, whole)
            rscales = np.ones(multipliers.shape[1])
            scale = _scale(kind, len(rscales), self.rho, self.is_about_estimate)
        df = _rank(multipliers * sums_by(unit, whole.weights, len(multipliers))[:, None]) - 1
        weights = multipliers[unit]
        weights *= whole.weights[:, None]
        variance = Replicated(weights, scale, rscales, self.is_about_estimate, df)
        return Sample(whole.frame, whole.weights, variance, whole.is_weighted, whole.kept, whole.excluded)

    def _jackknife(self, stage: Stage) -> tuple[Numbers, Numbers]:
        """One replicate for each cluster that can be left out, and what its square is multiplied by.

        The others of its stratum stand in for it; for a single cluster whose square counts, those of all strata.
        """
        if self.kind == "JK1" and len(stage.drawn) > 1:
            raise StudyError("jackknife_of_strata", count=len(stage.drawn))
        left_out = np.flatnonzero(((stage.drawn > 1) | (stage.scale > 0))[stage.stratum])
        _require_several(len(left_out))
        stratum = stage.stratum[left_out]
        is_alone = stage.drawn[stratum] == 1
        drawn = np.where(is_alone, stage.drawn.sum(), stage.drawn[stratum])
        others = drawn / (drawn - 1)
        multipliers = np.where((stage.stratum[:, None] == stratum) | is_alone, others, 1.0)
        multipliers[left_out, np.arange(len(left_out))] = 0
        return multipliers, stage.scale[stratum] / others**2

    def _perturbed(self, kind: Kind, stage: Stage, unit: Codes, whole: Sample) -> Numbers:
        """Multipliers about 1 that are wide enough for the variance in each stratum."""
        alone = stage.drawn == 1
        if alone.any() and self.design.lonely in ("adjust", "average"):
            raise StudyError("replicates_of_lonely", count=int(alone.sum()), rule=self.design.lonely, kind=kind)
        drawn = stage.drawn[stage.stratum]
        width = np.sqrt(stage.scale * (stage.drawn - 1) / stage.drawn)[stage.stratum]
        if kind == "bootstrap":
            moves = _draws_again(stage, self.replicates, self.seed)
        elif kind == "successive_differences":
            moves = _differences(stage, unit, self.replicates)
        else:
            uneven = (drawn > 2)[unit]
            if uneven.any():
                column = self.design.strata if isinstance(self.design.strata, str) else None
                named = [] if column is None else whole.frame.loc[uneven, column].unique()
                count = int((stage.drawn > 2).sum())
                raise StudyError("half_samples_of_pairs", kind=kind, count=count, list=listing(named, 5))
            moves = (1 - self.rho) * _halves(stage)
        return 1 + width[:, None] * moves


def _known(kind: str | None) -> Kind:
    known = get_args(Kind)
    if kind not in known:
        raise StudyError("replicate_kind_unknown", kind=kind, nearest=nearest(kind, known), known=listing(known))
    return cast("Kind", kind)


def _scale(kind: Kind, count: int, rho: float, is_about_estimate: bool) -> float:
    """What the sum of squares is multiplied by."""
    if not 0 <= rho < 1 or (rho > 0 and kind != "Fay") or (rho == 0 and kind == "Fay"):
        raise StudyError("fay_rho_invalid", kind=kind, rho=rho)
    scales: dict[Kind, Callable[[], float]] = {
        "JK1": lambda: (count - 1) / count,
        "BRR": lambda: 1 / count,
        "Fay": lambda: 1 / (count * (1 - rho) ** 2),
        "bootstrap": lambda: 1 / (count if is_about_estimate else count - 1),
        "successive_differences": lambda: 4 / count,
    }
    return scales[kind]()


def _require_several(count: int) -> None:
    if count < 2:
        raise StudyError("replicates_too_few", count=count)


def _replicate(frame: pd.DataFrame, column: str) -> Numbers:
    weights = numbers(frame, column)
    wrong = ~np.isfinite(weights)
    if wrong.any():
        rows = listing(frame.index[wrong], 5)
        raise StudyError("replicates_missing", column=column, count=int(wrong.sum()), rows=rows)
    return weights


def _rank(weights: Numbers) -> float:
    """The rank of some replicates, from their cross products: they are few and the rows many."""
    return float(np.linalg.matrix_rank(weights.T @ weights, rtol=RANK_TOLERANCE**2, hermitian=True))


def _order(least: int) -> int:
    """The least power of two that is so large: Sylvester's construction gives Hadamard matrices of these orders."""
    return 1 << (max(least, 2) - 1).bit_length()


def _halves(stage: Stage) -> Numbers:
    """Of each pair one is doubled and one left out, as a row of a Hadamard matrix says: 1 and −1, one column a replicate."""
    pairs = stage.drawn == 2
    signs = hadamard(_order(int(pairs.sum()) + 1), dtype=float)[1:]
    moves = np.zeros((len(stage.stratum), signs.shape[1]))
    order = np.argsort(stage.stratum, kind="stable")
    first, second = order[pairs[stage.stratum[order]]].reshape(-1, 2).T
    moves[first] = signs[: len(first)]
    moves[second] = -signs[: len(first)]
    return moves


def _draws_again(stage: Stage, replicates: int, seed: int) -> Numbers:
    """How often each cluster is drawn, scaled to the number of the stratum's clusters, less 1."""
    _require_several(replicates)
    generator = np.random.default_rng(seed)
    moves = np.zeros((len(stage.stratum), replicates))
    order = np.argsort(stage.stratum, kind="stable")
    for clusters in np.split(order, np.cumsum(stage.drawn.astype(int))[:-1]):
        count = len(clusters)
        if count > 1:
            draws = generator.multinomial(count - 1, np.full(count, 1 / count), size=replicates)
            moves[clusters] = draws.T * count / (count - 1) - 1
    return moves


def _differences(stage: Stage, unit: Codes, most: int) -> Numbers:
    """The difference of two rows of a Hadamard matrix for each cluster, one of which it shares with the next in its ring."""
    _, first_row = np.unique(unit, return_index=True)
    order = np.lexsort((first_row, stage.stratum))
    order = order[stage.drawn[stage.stratum[order]] > 1]
    is_first = np.diff(stage.stratum[order], prepend=-1) > 0
    following = np.arange(1, len(order) + 1)
    following[np.append(is_first[1:], True)] = np.flatnonzero(
        is_first
    )  # the last of a stratum is followed by its first
    signs = hadamard(min(_order(len(order) + 1), _order(most + 1) // 2), dtype=float)[1:]
    _require_several(len(signs))
    row = np.arange(len(order)) % len(signs)
    moves = np.zeros((len(stage.stratum), signs.shape[1]))
    moves[order] = (signs[row] - signs[row[following]]) / np.sqrt(8)
    return moves
