"""How a sample was drawn, declared by the names of its columns.

A `SurveyDesign` names weights, strata, clusters and population sizes, and for calibrated weights what they were made from; a
`Census` has no sampling error. Replicate weights are in `replication`, calibration itself in `calibration`. A design reads a
frame once and gives a `Sample` (see `sample`), which every estimate is made from.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import MISSING_CODE, Codes, blocks, coded, compressed, crossed
from analysis.inference.relations.relation import Relation, require_in_memory, rows_named
from analysis.inference.sample import Sample
from analysis.inference.variance import Calibration, Linearised, NoError, Stage

Lonely = Literal["refuse", "certainty", "remove", "adjust", "average"]
"""What a stratum with a single cluster adds to a variance: nothing can be known of it, so somebody must decide."""

MissingStrata = Literal["refuse", "set_aside"]

Numbers = NDArray[np.float64]


BETWEEN_CELLS = "|"
"""Between the cells of a row whose weight was calibrated to several margins."""


@dataclass(frozen=True)
class CalibratedOn:
    """What a column of calibrated weights was made from, by the names of columns.

    Unlike `calibration.CalibratedDesign` it holds for any frame with these columns, such as one with several rows a
    respondent.

    Parameters
    ----------
    cells
        Column of the cells whose totals the weights meet, those of a row joined by `BETWEEN_CELLS`.
    start
        Column of the weights before; without it each was 1.
    unit
        Columns that name what was calibrated: rows with the same are one, and its auxiliary variables are shared among them.
    """

    cells: str
    start: str | None = None
    unit: tuple[str, ...] = ()

    @property
    def columns(self) -> list[str]:
        """The columns that are read."""
        return [self.cells, *([self.start] if self.start else []), *self.unit]

    def read(self, frame: pd.DataFrame) -> Calibration:
        """What errors must know of the calibration, for the rows of a frame.

        A unit with k rows has k times its weight and a k-th of its auxiliary variables in each, so that the regression on
        them is that of the units.

        Raises
        ------
        StudyError
            `calibration_missing`, and what `read_weights` refuses.
        """
        codes, joint = pd.factorize(frame[self.cells])
        if (missing := codes < 0).any():
            facts = {"count": int(missing.sum()), "rows": rows_named(frame, missing)}
            raise StudyError("calibration_missing", column=self.cells, **facts)
        parts = [str(cells).split(BETWEEN_CELLS) for cells in joint]
        known = pd.Index(dict.fromkeys(cell for cells in parts for cell in cells))
        of_joint = np.array([np.isin(known, cells) for cells in parts], dtype=float)
        rows = np.ones(len(frame))
        if self.unit:
            rows = frame.groupby(list(self.unit), observed=True)[self.cells].transform("size").to_numpy(float)
        weights = np.ones(len(frame)) if self.start is None else read_weights(frame, self.start)
        return Calibration(weights * rows, of_joint[codes] / rows[:, None])


@dataclass(frozen=True)
class SurveyDesign:
    """A probability sample: simple, stratified, clustered, in one stage or several.

    Parameters
    ----------
    weights
        Column of the sampling weights. Without it every row weighs the same: its population size over its sample size
        where `fpc` tells them, else 1.
    strata
        Column of the strata; a list has one for each stage (None where a stage has none).
    clusters
        Column of the clusters (primary sampling units); a list has one for each stage. Without it every row is drawn
        by itself.
    fpc
        Column of the number of clusters in the population of the row's stratum, or of the fraction drawn where all
        its values are at most 1; a list has one for each stage. Without it clusters count as drawn with replacement,
        and later stages add nothing.
    nest
        Whether a cluster's id is only unique inside its stratum. Without it an id that lies in two strata is refused.
    lonely
        What a stratum with one cluster does: `certainty` and `remove` add nothing, `adjust` takes its square about the
        mean of all clusters instead of about the stratum's, `average` counts it as the average of the others. By
        default it is refused.
    missing_strata
        Rows without a stratum are refused, or set aside (and counted in `excluded`).
    frequency
        Column that says how many sampled rows each row stands for, equal in all that is used; its weight is that of one.
        Estimates and errors are those of the rows written out.
    calibrated
        What the weights were made from, where they are calibrated: errors are then those of what the cells do not explain.

    Notes
    -----
    Variances are those of the with-replacement approximation within strata, with finite population corrections
    stage by stage: Särndal, Swensson & Wretman (1992), Model Assisted Survey Sampling, § 4.3; Lumley (2010), Complex
    Surveys, § 2.
    """

    weights: str | None = None
    strata: str | Sequence[str | None] | None = None
    clusters: str | Sequence[str] | None = None
    fpc: str | Sequence[str] | None = None
    nest: bool = False
    lonely: Lonely = "refuse"
    missing_strata: MissingStrata = "refuse"
    frequency: str | None = None
    calibrated: CalibratedOn | None = None

    @property
    def columns(self) -> list[str]:
        """Every column of a frame that is read."""
        named = [_per_stage(part) for part in (self.weights, self.strata, self.clusters, self.fpc, self.frequency)]
        return [name for part in named for name in part if name] + (self.calibrated.columns if self.calibrated else [])

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame under this design, coded.

        Raises
        ------
        StudyError
            `design_column_absent`, `weights_missing`, `weights_negative`, `weights_zero`, `strata_missing`,
            `clusters_missing`, `cluster_in_two_strata`, `fpc_invalid`, `fpc_varies`, `fpc_below_sample`,
            `lonely_cluster`, `frame_empty`, `design_rule_unknown`, `frequency_invalid`.
        """
        require_in_memory(frame)
        for setting, rule, rules in (
            ("lonely", self.lonely, get_args(Lonely)),
            ("missing_strata", self.missing_strata, get_args(MissingStrata)),
        ):
            if rule not in rules:
                near, known = nearest(rule, rules), listing(rules)
                raise StudyError("design_rule_unknown", setting=setting, rule=rule, nearest=near, known=known)
        if facts := absent(frame, self.columns):
            raise StudyError("design_column_absent", **facts)
        kept = self._in_strata(frame)
        chosen = frame if kept is None else frame[kept]
        if not len(chosen):
            raise StudyError("frame_empty")
        weights = None if self.weights is None else read_weights(chosen, self.weights)
        frequency = None if self.frequency is None else read_frequency(chosen, self.frequency)
        aside = None if kept is None else float((~kept).sum())
        if kept is not None and self.frequency is not None:
            aside = float(read_frequency(frame[~kept], self.frequency).sum())
        return self._coded(chosen, weights, frequency, kept, aside)

    def sample_of(self, frame: pd.DataFrame, weights: Numbers | None, frequency: Numbers) -> Sample:
        """A frame under this design, each row with a weight and a frequency that are given, in whatever numbers."""
        kept = self._in_strata(frame)
        if kept is None:
            return self._coded(frame, weights, frequency, None, None)
        own = None if weights is None else weights[kept]
        return self._coded(frame[kept], own, frequency[kept], kept, float(frequency[~kept].sum()))

    @property
    def draws_rows(self) -> bool:
        """Whether the last stage that adds to a variance draws rows, and no clusters of them."""
        strata, clusters, sizes = _per_stage(self.strata), _per_stage(self.clusters), _per_stage(self.fpc)
        return min(max(len(clusters), len(sizes), len(strata), 1) - 1, len(sizes)) >= len(clusters)

    def _in_strata(self, frame: pd.DataFrame) -> NDArray[np.bool_] | None:
        """The rows with a stratum, where the others are set aside."""
        first = next(iter(_per_stage(self.strata)), None)
        return frame[first].notna().to_numpy() if first and self.missing_strata == "set_aside" else None

    def _coded(
        self,
        frame: pd.DataFrame,
        weights: Numbers | None,
        frequency: Numbers | None,
        kept: NDArray[np.bool_] | None,
        aside: float | None,
    ) -> Sample:
        strata, clusters, sizes = _per_stage(self.strata), _per_stage(self.clusters), _per_stage(self.fpc)
        stages, fractions = _stages(self, frame, strata, clusters, sizes, frequency)
        if weights is None:
            weights = 1 / fractions if sizes else np.ones(len(frame))
        excluded = f"{strata[0]} set_aside {aside:.0f}" if aside else ""
        calibration = self.calibrated.read(frame) if self.calibrated else None
        if frequency is not None:
            weights = weights * frequency
            calibration = calibration and calibration.of(frequency)
        variance = Linearised(*stages, calibration, None if frequency is None else frame)
        return Sample(frame, weights, variance, self.weights is not None or bool(sizes), kept, excluded, frequency)


@dataclass(frozen=True)
class Census:
    """Everybody is in the data: estimates have no sampling error, and no interval.

    Parameters
    ----------
    frequency
        Column that says how many persons each row stands for.
    """

    frequency: str | None = None

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame, each row with weight 1.

        Raises
        ------
        StudyError
            `frame_empty`, `design_column_absent`, `frequency_invalid`.
        """
        require_in_memory(frame)
        if not len(frame):
            raise StudyError("frame_empty")
        if facts := absent(frame, self.columns):
            raise StudyError("design_column_absent", **facts)
        frequency = None if self.frequency is None else read_frequency(frame, self.frequency)
        weights = np.ones(len(frame)) if frequency is None else frequency
        return Sample(frame, weights, NoError(), is_weighted=False, frequency=frequency)

    def sample_of(self, frame: pd.DataFrame, weights: Numbers | None, frequency: Numbers) -> Sample:
        """A frame, each row with a frequency that is given; nobody weighs more than another."""
        if not len(frame):
            raise StudyError("frame_empty")
        return Sample(frame, frequency, NoError(), is_weighted=False, frequency=frequency)

    @property
    def columns(self) -> list[str]:
        """Every column of a frame that is read."""
        return [] if self.frequency is None else [self.frequency]


def absent(frame: pd.DataFrame | Relation, names: Sequence[str | None]) -> dict[str, str] | None:
    """The first name that is no column of a table, with what an error says of it; None where all are columns."""
    for name in names:
        if name is not None and name not in frame:
            known = list(map(str, frame.columns))
            return {"column": name, "nearest": nearest(name, known), "known": listing(known, 20)}
    return None


def read_weights(frame: pd.DataFrame, column: str) -> Numbers:
    """A column of weights as numbers.

    Raises
    ------
    StudyError
        `column_not_numeric`, `weights_missing`, `weights_negative`, `weights_infinite`, `weights_zero`.
    """
    weights = numbers(frame, column)
    total, least = weights.sum(), weights.min()
    if not np.isfinite(total):
        if (wrong := np.isnan(weights)).any():
            raise StudyError("weights_missing", column=column, count=int(wrong.sum()), rows=rows_named(frame, wrong))
        wrong = np.isinf(weights)
        raise StudyError("weights_infinite", column=column, count=int(wrong.sum()), rows=rows_named(frame, wrong))
    if least < 0:
        wrong = weights < 0
        raise StudyError("weights_negative", column=column, count=int(wrong.sum()), rows=rows_named(frame, wrong))
    if total == 0:
        raise StudyError("weights_zero", column=column, count=len(weights))
    return weights


def read_frequency(frame: pd.DataFrame, column: str) -> Numbers:
    """A column that says how many rows each row stands for.

    Raises
    ------
    StudyError
        `column_not_numeric`; `frequency_invalid`, where one is missing, no whole number, or below 1.
    """
    frequency = numbers(frame, column)
    wrong = ~(frequency >= 1) | (frequency != np.floor(frequency)) | np.isinf(frequency)
    if wrong.any():
        raise StudyError("frequency_invalid", column=column, count=int(wrong.sum()), rows=rows_named(frame, wrong))
    return frequency


def numbers(frame: pd.DataFrame, column: str) -> Numbers:
    """A column as floating-point numbers, missing ones NaN; what needs no conversion is not copied.

    Raises
    ------
    StudyError
        `column_not_numeric`, with the first values that are no numbers.
    """
    values = frame[column]
    if values.dtype.kind not in "biuf":
        wrong = values[pd.to_numeric(values.astype("str"), errors="coerce").isna() & values.notna()]
        kind = str(values.dtype)
        raise StudyError("column_not_numeric", column=column, kind=kind, values=listing(wrong.unique(), 3))
    if isinstance(values.dtype, np.dtype):
        return values.to_numpy().astype(np.float64, copy=False)
    return values.to_numpy(np.float64, na_value=np.nan)


def _per_stage(columns: str | Sequence[str | None] | None) -> list[str | None]:
    return [] if columns is None else [columns] if isinstance(columns, str) else list(columns)


def _stages(
    design: SurveyDesign,
    frame: pd.DataFrame,
    strata: Sequence[str | None],
    clusters: Sequence[str | None],
    sizes: Sequence[str | None],
    frequency: Numbers | None,
) -> tuple[tuple[Codes | None, list[Stage]], Numbers]:
    """The stages that add to a variance, the unit of the last of them for each row, and the fraction of the rows drawn."""
    within = None  # the unit of the stage before; at first there is one, the population
    fractions = np.ones(len(frame) if sizes else 0)
    factors = np.ones(1)  # for each unit of the stage before: the fractions drawn at all stages before this one
    stages: list[Stage] = []
    units: list[Codes | None] = []
    for place in range(max(len(clusters), len(sizes), len(strata), 1)):
        stratum, count, parent = _strata(frame, strata[place] if place < len(strata) else None, within, frequency)
        unit, of_unit = _units(design, frame, clusters, place, stratum, count, frequency)
        each = frequency if unit is None else None
        drawn = np.rint(np.bincount(of_unit, each, minlength=count))
        fraction = _fraction(frame, sizes[place], stratum, drawn) if place < len(sizes) else np.zeros(count)
        stage = _stage(design.lonely, of_unit, drawn, fraction, factors[parent], parent, place, frame, stratum)
        stages.append(replace(stage, frequency=each))
        units.append(unit)
        if place >= len(sizes):
            break
        fractions *= fraction[stratum]
        factors = (factors[parent] * fraction)[of_unit]
        if unit is None:
            break
        within = unit
    last = units[-1]
    above = [None if one is last else _parents(one, last, len(stages[-1].stratum)) for one in units]
    return (last, [stage.lying(parent) for stage, parent in zip(stages, above, strict=True)]), fractions


def _strata(
    frame: pd.DataFrame, column: str | None, within: Codes | None, frequency: Numbers | None
) -> tuple[Codes, int, Codes]:
    """The stratum of each row, their number, and the unit of the stage before that each stratum lies in."""
    if column is None:
        stratum = np.zeros(len(frame), dtype=np.int64) if within is None else within
        count = int(stratum.max()) + 1
        return stratum, count, np.arange(count)
    codes, count, missing = _coded(frame, column)
    if missing:
        raise StudyError("strata_missing", column=column, **_counted(codes, frequency))
    if within is None:
        return codes, count, np.zeros(count, dtype=np.int64)
    stratum, parent, _ = crossed(within, codes, count)
    return stratum, len(parent), parent


def _coded(frame: pd.DataFrame, column: str) -> tuple[Codes, int, int]:
    """The codes of a column, how many values it has, and how many rows have none."""
    codes, levels = coded(frame[column], in_order=False)
    missing = int((codes == MISSING_CODE).sum()) if len(codes) and int(codes.min()) < 0 else 0
    if isinstance(frame[column].dtype, pd.CategoricalDtype) and not missing:
        codes, levels = compressed(codes, len(levels))  # a category without a row is no stratum and no cluster
    return codes, len(levels), missing


def _units(
    design: SurveyDesign,
    frame: pd.DataFrame,
    clusters: Sequence[str | None],
    place: int,
    stratum: Codes,
    strata: int,
    frequency: Numbers | None,
) -> tuple[Codes | None, Codes]:
    """The unit of each row at a stage (None where each row is one), and the stratum of each unit."""
    column = clusters[place] if place < len(clusters) else None
    if column is None:
        return None, stratum
    ids, count, missing = _coded(frame, column)
    if missing:
        raise StudyError("clusters_missing", column=column, **_counted(ids, frequency))
    if place or design.nest:
        unit, of_unit, _ = crossed(stratum, ids, count)
        return unit, of_unit
    of_unit = np.zeros(count, dtype=np.int64)
    of_unit[ids] = stratum
    if strata > 1 and any((of_unit[ids[rows]] != stratum[rows]).any() for rows in blocks(len(ids))):
        named = frame[column][np.isin(ids, ids[of_unit[ids] != stratum])].unique()
        where = design.strata if isinstance(design.strata, str) else listing(_per_stage(design.strata))
        raise StudyError(
            "cluster_in_two_strata", column=column, count=len(named), total=count, strata=where, list=listing(named, 5)
        )
    return ids, of_unit


def _counted(codes: Codes, frequency: Numbers | None) -> dict[str, int]:
    """How many rows have no code, and of how many."""
    rows = np.ones(len(codes)) if frequency is None else frequency
    return {"count": round(rows[codes == MISSING_CODE].sum()), "total": round(rows.sum())}


def _first(codes: Codes, values: Codes, count: int) -> Codes:
    """For each code the value of one of its rows, all of which have the same."""
    found = np.zeros(count, dtype=np.int64)
    found[codes] = values
    return found


def _parents(unit: Codes | None, last: Codes | None, count: int) -> Codes | None:
    if last is None or unit is None:
        return unit
    return _first(last, unit, count)


def _fraction(frame: pd.DataFrame, column: str | None, stratum: Codes, drawn: Numbers) -> Numbers:
    """The fraction drawn in each stratum."""
    assert column is not None
    declared = numbers(frame, column)
    if not (np.isfinite(declared) & (declared > 0)).all():
        wrong = ~(np.isfinite(declared) & (declared > 0))
        raise StudyError("fpc_invalid", column=column, count=int(wrong.sum()), rows=rows_named(frame, wrong))
    size = np.zeros(len(drawn))
    size[stratum] = declared
    varies = size[stratum] != declared
    if varies.any():
        raise StudyError(
            "fpc_varies", column=column, count=len(np.unique(stratum[varies])), rows=rows_named(frame, varies)
        )
    if declared.max() <= 1:
        return size
    short = size < drawn
    if short.any():
        first = int(np.flatnonzero(short)[0])
        raise StudyError(
            "fpc_below_sample",
            column=column,
            count=int(short.sum()),
            size=f"{size[first]:g}",
            drawn=int(drawn[first]),
            rows=rows_named(frame, short[stratum]),
        )
    return drawn / size


def _stage(
    lonely: Lonely,
    stratum: Codes,
    drawn: Numbers,
    fraction: Numbers,
    factor: Numbers,
    parent: Codes,
    place: int,
    frame: pd.DataFrame,
    of_row: Codes,
) -> Stage:
    """A stage with what its squares are multiplied by; a stratum with a single unit is treated as the design says."""
    alone = (drawn == 1) & (fraction < 1)
    if alone.any() and lonely == "refuse":
        rows = rows_named(frame, alone[of_row])
        raise StudyError("lonely_cluster", count=int(alone.sum()), total=len(drawn), stage=place + 1, rows=rows)
    scale = factor * (1 - fraction) * np.where(alone, 1.0, drawn / np.maximum(drawn - 1, 1))
    if lonely == "average":
        every = np.bincount(parent)[parent]
        known = np.bincount(parent, ~alone)[parent]
        if (alone & (known == 0)).any():
            raise StudyError("lonely_everywhere", stage=place + 1, count=int(alone.sum()))
        scale = np.where(alone, 0, scale * every / np.maximum(known, 1))
    elif lonely != "adjust":
        scale = np.where(alone, 0, scale)
    return Stage(stratum=stratum, drawn=drawn, scale=scale, is_centred=~alone)
