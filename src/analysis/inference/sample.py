"""A frame under its design, the domains of a call, and estimates that carry their influence values.

The one mechanism of the package. A statistic is made of `Part`s: an estimate for each domain, and its influence
values summed in each *cell* (a sampling unit crossed with a domain). Two parts are given, `Base.total` and
`Base.part`; all others are smooth functions of parts (`smooth`), of which the derivative is taken by machine. What is
left is one function that turns influence values into a covariance (`variance`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.catalogue import UNKNOWN
from analysis.errors import StudyError, listing
from analysis.inference.coding import BLOCK, MISSING_CODE, Codes, blocks, coded, crossed, sums_by
from analysis.inference.relations.relation import rows_named
from analysis.inference.variance import Linearised, Variance

Numbers = NDArray[np.float64]
Values: TypeAlias = Any
"""What rows say: an array of numbers or truths, or a column on an engine, which takes the same operations."""
DENSE = 2
"""A table of cells may have so many cells a row; with more, only those that occur are kept."""
STEP = 1e-100
"""Step of the complex-step derivative: so small that the derivative is exact to rounding."""


@dataclass(frozen=True)
class Groups:
    """The domains of a call: their keys, one row each, and the domain of each row of the frame."""

    keys: pd.DataFrame
    codes: Codes

    def __len__(self) -> int:
        return len(self.keys)


@dataclass(frozen=True)
class Cells:
    """Sampling units crossed with domains: the cell of each row (None where each row is a cell), and what each cell is."""

    codes: NDArray[np.signedinteger] | None
    unit: Codes
    domain: Codes

    def __len__(self) -> int:
        return len(self.unit)


@dataclass(frozen=True, eq=False)
class Sample:
    """A frame under its design.

    Attributes
    ----------
    frame
        The rows that are in the sample.
    weights
        The weight of each row, calibrated where it is.
    variance
        How influence values, or replicates, become a covariance.
    is_weighted
        Whether the rows weigh differently by design.
    kept
        Which rows of the frame that was given these are; None for all of them.
    excluded
        Rows that the design set aside, in the form of the measure table.
    frequency
        How many sampled rows each row stands for; None where each is one. Its weight is that of all of them.
    """

    frame: pd.DataFrame
    weights: Numbers
    variance: Variance
    is_weighted: bool = True
    kept: NDArray[np.bool_] | None = None
    excluded: str = ""
    frequency: Numbers | None = None
    _groups: dict[tuple[str, ...], Groups] = field(default_factory=dict)
    _cells: dict[tuple[str, ...], Cells] = field(default_factory=dict)

    def sample(self, frame: pd.DataFrame) -> "Sample":
        """Itself: a sample is a design that has read its frame already.

        Raises
        ------
        StudyError
            `sample_of_another_frame`.
        """
        if frame is not self.frame:
            raise StudyError("sample_of_another_frame", rows=len(frame), expected=len(self.frame))
        return self

    def groups(self, by: Sequence[str]) -> Groups:
        """The domains of some columns; a missing key is the level `unknown`. Coded once for each `by`."""
        key = tuple(by)
        if key not in self._groups:
            self._groups[key] = _domains(self.frame, key)
        return self._groups[key]

    def cells(self, by: Sequence[str]) -> Cells:
        """Sampling units crossed with the domains of some columns. Coded once for each `by`."""
        key = tuple(by)
        if key not in self._cells:
            self._cells[key] = _cells(self.variance, self.groups(by), len(self.frame))
        return self._cells[key]


def _domains(frame: pd.DataFrame, by: Sequence[str]) -> Groups:
    rows = len(frame)
    if not by:
        return Groups(pd.DataFrame(index=range(1)), np.zeros(rows, dtype=np.int64))
    codes, members, levels = None, [], []
    for column in by:
        own, values = coded(frame[column])
        if isinstance(frame[column].dtype, pd.CategoricalDtype):
            require_rows(column, own, values)
        if rows and int(own.min()) == MISSING_CODE:
            own = np.where(own == MISSING_CODE, len(values), own)
            values = pd.Index([*map(str, values), UNKNOWN])
        levels.append(values)
        if codes is None:
            codes, members = own, [np.arange(len(values))]
            continue
        codes, earlier, last = crossed(codes, own, len(values))
        members = [*(member[earlier] for member in members), last]
    keys = {column: values[member] for column, values, member in zip(by, levels, members, strict=True)}
    assert codes is not None
    return Groups(pd.DataFrame(keys), codes)


def require_rows(column: str, codes: Codes, levels: pd.Index) -> None:
    """Refuse a category that no row has: a domain without rows has no estimate, and may be a misspelt one."""
    empty = np.bincount(codes[codes >= 0], minlength=len(levels)) == 0
    if empty.any():
        raise StudyError("domain_empty", column=column, count=int(empty.sum()), list=listing(levels[empty], 5))


def _cells(variance: Variance, groups: Groups, rows: int) -> Cells:
    if not isinstance(variance, Linearised):
        return Cells(groups.codes, np.zeros(len(groups), dtype=np.int64), np.arange(len(groups)))
    if variance.unit is None:
        return Cells(None, np.arange(rows), groups.codes)
    units, domains = variance.units, len(groups)
    if units * domains <= DENSE * rows + 1000:
        kind = np.int32 if units * domains < np.iinfo(np.int32).max else np.int64
        codes: NDArray[np.signedinteger] = np.empty(rows, dtype=kind)
        for part in blocks(rows):
            codes[part] = variance.unit[part] * domains + groups.codes[part]
        if rows <= units * domains:
            occurs = np.zeros(units * domains, dtype=bool)
            occurs[codes] = True
            if np.count_nonzero(occurs) == rows:
                return Cells(None, variance.unit, groups.codes)  # each row is a cell: nothing is left to be added up
        return Cells(codes, np.repeat(np.arange(units), domains), np.tile(np.arange(domains), units))
    return Cells(*crossed(variance.unit, groups.codes, domains))


@dataclass(frozen=True, eq=False)
class Part:
    """A quantity: its estimate in each domain, and what each cell adds to it.

    Attributes
    ----------
    estimate
        One number a domain.
    scores
        The weighted influence values, summed in each cell; None where no influence is needed (replicates, a census).
    cross
        For a calibrated sample, the influence values' products with the auxiliary variables, one row a variable and
        one column a domain.
    reason
        Why the estimate is missing where it is, a word of the catalogue.
    """

    base: "Base"
    estimate: Numbers
    scores: Numbers | None = None
    cross: Numbers | None = None
    reason: str = "undefined"

    def shifted(self, by: float) -> "Part":
        """The quantity plus a constant."""
        return replace(self, estimate=self.estimate + by)

    def where(self, is_defined: NDArray[np.bool_], reason: str) -> "Part":
        """The quantity, missing in the domains where it is not defined, for a reason."""
        return replace(self, estimate=np.where(is_defined, self.estimate, np.nan), reason=reason)


def smooth(function: Callable[..., Numbers], *parts: Part) -> Part:
    """A smooth function of quantities, and its influence values by the chain rule.

    Parameters
    ----------
    function
        Takes one array of estimates a part, domain by domain, and gives an array; made of analytic operations only
        (no `abs`, `max`, comparison of the values), since its derivatives are taken with a complex step.

    Notes
    -----
    ∂f/∂x = Im f(x + ih)/h for a tiny h, without the cancellation of a difference: Squire & Trapp (1998), SIAM
    Review 40: 110–112.
    """
    base = parts[0].base
    values = [part.estimate for part in parts]
    with np.errstate(divide="ignore", invalid="ignore"):
        estimate = np.asarray(function(*values), dtype=float)
        if parts[0].scores is None:
            return Part(base, estimate)
        scores, cross = np.zeros(len(base.cells)), None
        for place, part in enumerate(parts):
            stepped = [value + 1j * STEP * (other == place) for other, value in enumerate(values)]
            slope = np.broadcast_to(np.imag(function(*stepped)) / STEP, estimate.shape)
            assert part.scores is not None
            scores += _of_cells(slope, base.cells) * part.scores
            if part.cross is not None:
                cross = slope * part.cross + (0 if cross is None else cross)
    return Part(base, estimate, scores, cross)


def _of_cells(values: Numbers, cells: Cells) -> Numbers:
    """A number of each domain as one of each cell."""
    return values if len(values) == 1 else values[cells.domain]


@dataclass(frozen=True, eq=False)
class Base:
    """The rows that a call rests on: those of the sample, less those outside `where` and those with a missing value.

    Rows that are not in the base keep their place in the design and weigh nothing.

    Attributes
    ----------
    weights
        The weight of each row; 0 outside the base.
    is_in
        Which rows are in the base; None where all are.
    missing
        For each column with missing values, the rows that they keep out of the base.
    """

    sample: Sample
    by: tuple[str, ...]
    weights: Numbers
    is_in: NDArray[np.bool_] | None = None
    missing: Mapping[str, NDArray[np.bool_]] = field(default_factory=dict)

    @property
    def groups(self) -> Groups:
        """The domains."""
        return self.sample.groups(self.by)

    @property
    def cells(self) -> Cells:
        """The cells."""
        return self.sample.cells(self.by)

    @property
    def domains(self) -> int:
        """The number of domains."""
        return len(self.groups)

    @property
    def domain(self) -> Codes:
        """The domain of each row."""
        return self.groups.codes

    @property
    def rows(self) -> Numbers:
        """How many sampled rows each row stands for; 0 where it weighs nothing."""
        frequency = self.sample.frequency
        return (self.weights > 0).astype(float) if frequency is None else np.where(self.weights > 0, frequency, 0)

    @cached_property
    def size(self) -> Part:
        """The sum of the weights: the estimated size of each domain."""
        return self.total(None)

    @cached_property
    def n(self) -> Numbers:
        """The unweighted number of rows of the base in each domain that weigh anything."""
        return sums_by(self.cells.domain, self.rows_of_cells, self.domains)

    @cached_property
    def rows_of_cells(self) -> Numbers:
        """The unweighted number of rows of the base in each cell that weigh anything."""
        codes, size = self.cells.codes, len(self.cells)
        if codes is None or self.sample.frequency is not None:
            return self.rows if codes is None else sums_by(codes, self.rows, size)
        counts = np.zeros(size)
        for rows in blocks(len(codes), max(BLOCK, 4 * size)):
            weighs = self.weights[rows] > 0
            counts += np.bincount(codes[rows] if weighs.all() else codes[rows][weighs], minlength=size)
        return counts

    def sum(self, values: Values) -> Numbers:
        """The weighted sum of a column in each domain."""
        return self.sums(self.domain, self.domains, values)

    def estimated(self, statistic: "Callable[[Base], Sequence[Part]]") -> "tuple[Base, Sequence[Part]]":
        """The base with all at hand that a statistic asks for, and its quantities."""
        return self, statistic(self)

    def of_domains(self, values: Numbers) -> Values:
        """A number of each domain as one of each row."""
        return float(values[0]) if self.domains == 1 else values[self.domain]

    def centre(self, values: Values) -> float:
        """About where a column lies: sums of deviations from it keep the digits that those of large numbers lose."""
        return float(values.mean())

    def within(self, values: Values) -> Values:
        """A column, 0 outside the base."""
        return values if self.is_in is None else np.where(self.is_in, values, 0)

    def number(self, wrong: Values) -> int:
        """Of how many rows something is true, those that weigh nothing included."""
        return int(wrong.sum())

    def named(self, wrong: Values) -> str:
        """The first rows of which something is true."""
        return rows_named(self.sample.frame, wrong)

    def total(self, values: Values, about: float = 0.0) -> Part:
        """The total of a column in each domain: the quantity whose influence values are the column itself.

        Parameters
        ----------
        values
            One number a row, finite in the base; None is 1 for every row.
        about
            What is taken from every value first.
        """
        return self._part(None, values, about)

    def part(self, estimate: Numbers, influence: Callable[[], Numbers]) -> Part:
        """A quantity that is no function of totals, with its influence values.

        Parameters
        ----------
        estimate
            One number a domain.
        influence
            Gives the derivative of each row's domain's estimate to the row's weight; called only where it is needed.
        """
        if not isinstance(self.sample.variance, Linearised):
            return Part(self, estimate)
        return self._part(estimate, influence())

    def _part(self, estimate: Numbers | None, values: Numbers | None, about: float = 0.0) -> Part:
        cells = self.cells
        codes = cells.codes
        sums = self.products(values, about) if codes is None else self.sums(codes, len(cells), values, about)
        if estimate is None:
            estimate = sums_by(cells.domain, sums, self.domains)
        if not isinstance(self.sample.variance, Linearised):
            return Part(self, estimate)
        return Part(self, estimate, sums, self._cross(values if values is None or not about else values - about))

    def _cross(self, values: Numbers | None) -> Numbers | None:
        """Sums of the design-weighted products of influence values and auxiliary variables in each domain."""
        assert isinstance(self.sample.variance, Linearised)
        calibration = self.sample.variance.calibration
        if calibration is None:
            return None
        weights = calibration.weights if self.is_in is None else np.where(self.is_in, calibration.weights, 0)
        used = weights if values is None else weights * values
        return np.array([np.bincount(self.domain, used * x, minlength=self.domains) for x in calibration.auxiliary.T])

    def products(self, values: Values, about: float = 0.0) -> Numbers:
        """What each row weighs times what it says."""
        return self.weights if values is None else self.weights * (values - about if about else values)

    def sums(self, codes: NDArray[np.signedinteger], size: int, values: Values, about: float = 0.0) -> Numbers:
        """Sums of weight times value by code."""
        sums = np.zeros(size)
        for rows in blocks(len(codes), max(BLOCK, 4 * size)):
            products = self.weights[rows]
            if values is not None:
                products = products * (values[rows] - about if about else values[rows])
            sums += np.bincount(codes[rows], products, minlength=size)
        return sums

    def counts(self, hit: Values) -> Numbers:
        """The unweighted number of rows of the base in each domain that weigh anything and for which something is true."""
        return sums_by(self.domain, self.rows * hit, self.domains)

    def under(self, weights: Numbers) -> "Base":
        """The same base with other weights, those of a replicate."""
        return replace(self, weights=weights if self.is_in is None else np.where(self.is_in, weights, 0))
