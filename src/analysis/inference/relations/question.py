"""What a call asks of a relation, and the engine's answer: what some terms add up to in each class.

Where rows are sampled by themselves an error needs their squares too: a class of n rows is then replaced by as few rows as have
the same sums, squares and products (`equivalent`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import combinations_with_replacement
from operator import and_
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.linalg import helmert

from analysis.errors import StudyError
from analysis.inference.design import Census, SurveyDesign
from analysis.inference.relations.classes import WEIGHS, Checks, require, told_apart
from analysis.inference.relations.column import Column
from analysis.inference.relations.relation import Relation
from analysis.reading.convert import MISSING

Numbers = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Answer:
    """The sums of some terms in each class.

    Attributes
    ----------
    classes
        The classes: the columns of the design and the domains, and each column of the call: NaN where it is missing, else 0.
    rows, weights
        How many rows each class has, and what they weigh together.
    sums, counts
        For each term, by its text, what it adds up to with the weights, and for truths how many rows they are true of.
    squares
        The sums of squared weights times the products of any two terms, of which the first is 1; None where rows are not
        sampled by themselves.
    """

    classes: pd.DataFrame
    rows: Numbers
    weights: Numbers
    sums: Mapping[str, Numbers]
    counts: Mapping[str, Numbers]
    squares: Numbers | None

    def is_counted(self, question: "Question") -> NDArray[np.bool_]:
        """The classes of rows that are in the base and weigh something."""
        truths = [self.classes[f"{name} is known"] for name in question.columns]
        truths += [self.classes[WEIGHS]] if question.weight else []
        truths += [self.classes[question.where].fillna(value=False)] if question.where else []
        truths += [self.classes[name].notna() for name in question.required]
        return np.logical_and.reduce([truth.to_numpy(bool) for truth in truths])

    def by_few_rows(self, squares: Numbers) -> "Answer":
        """The answer with few rows for each class in its place, which have the same sums, squares and products."""
        made = equivalent(self.rows, np.column_stack([self.weights, *self.sums.values()]), squares)
        times = len(made) // len(self.rows)
        return Answer(
            self.classes.loc[self.classes.index.repeat(times)].reset_index(drop=True),
            np.repeat(self.rows / times, times),
            made[:, 0],
            dict(zip(self.sums, made.T[1:], strict=True)),
            {text: np.repeat(own / times, times) for text, own in self.counts.items()},
            None,
        )

    def plain(self, question: "Question", name: str) -> Numbers:
        """What a column adds up to in each class."""
        (column,) = (one for one in question.values if one.text == name)
        centre = question.centre(column)
        return self.sums[(column - centre).text] + centre * self.weights


@dataclass(frozen=True, eq=False)
class Question:
    """What a call asks of a relation, again and again: the sums of terms in its classes."""

    relation: Relation
    design: SurveyDesign | Census
    columns: Sequence[str]
    by: Sequence[str]
    where: str | None
    centres: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, relation: Relation, design: Any, columns: Sequence[str], by: Sequence[str], where: Any) -> "Question":
        """The question of a call.

        Raises
        ------
        StudyError
            What `require` refuses, and `column_not_numeric`.
        """
        require(relation, design, [*columns, *by], where)
        for column in columns:
            relation.require_numbers(column)
        return cls(relation, design, columns, by, where)

    @property
    def values(self) -> list[Column]:
        """The columns of the call."""
        return [Column(nw.col(name), name, self.relation.types[name] == nw.Boolean) for name in self.columns]

    def centre(self, column: Column) -> float:
        """About where a column lies, by its first rows."""
        if column.text not in self.centres:
            self.centres[column.text] = self.relation.mean_of_first(column.numbers)
        return self.centres[column.text]

    def ask(self, terms: Sequence[Column], hits: Sequence[Column]) -> Answer:
        """The sums of some terms, and how many rows something is true of.

        Raises
        ------
        StudyError
            `frame_empty`, `weights_missing`, `weights_negative`, `weights_infinite`, `column_infinite`.
        """
        each, weight = self.each, self.weighing
        asked = {"rows": each, "weights": [*each, *weight]}
        asked |= {f"sum {place}": [*each, *weight, one.numbers] for place, one in enumerate(terms)}
        asked |= {f"count {place}": [*each, one.numbers] for place, one in enumerate(hits)}
        factors = [[], *([one.numbers] for one in terms)] if self._is_squared else []
        pairs = [*combinations_with_replacement(range(len(factors)), 2)]
        for first, second in pairs:
            asked[f"square {first} {second}"] = [*each, *weight, *weight, *factors[first], *factors[second]]
        table = self._classes(asked)
        if not table["rows"].sum():
            raise StudyError("frame_empty")
        squares = np.zeros((len(table), len(factors), len(factors))) if factors else None
        for first, second in pairs:
            assert squares is not None
            squares[:, first, second] = squares[:, second, first] = _numbers(table, f"square {first} {second}")
        return Answer(
            table.drop(columns=[*asked]),
            _numbers(table, "rows"),
            _numbers(table, "weights"),
            {one.text: _numbers(table, f"sum {place}") for place, one in enumerate(terms)},
            {one.text: _numbers(table, f"count {place}") for place, one in enumerate(hits)},
            squares,
        )

    @property
    def each(self) -> list[nw.Expr]:
        """How many rows each row stands for, where it does."""
        return [] if self.design.frequency is None else [nw.col(self.design.frequency).cast(nw.Float64)]

    @property
    def weighing(self) -> list[nw.Expr]:
        """The weight of each row, where it has one."""
        return [] if self.weight is None else [nw.col(self.weight).cast(nw.Float64)]

    @property
    def keys(self) -> list[str]:
        """What tells classes apart: the columns of the design, the domains, the part, and the reasons of missing values."""
        taken = [name for name in self.design.columns if name not in (self.weight, self.design.frequency)]
        reasons = [name + MISSING for name in self.columns if name + MISSING in self.relation]
        return [*dict.fromkeys([*taken, *self.by, *([] if self.where is None else [self.where]), *reasons])]

    @property
    def required(self) -> list[str]:
        """The stratum, where rows without one are set aside."""
        design = self.design
        if not isinstance(design, SurveyDesign) or design.missing_strata != "set_aside" or not design.strata:
            return []
        first = design.strata if isinstance(design.strata, str) else design.strata[0]
        return [first] if first else []

    @property
    def is_counted(self) -> nw.Expr:
        """Which rows are in the base and weigh something."""
        conditions = [self.relation.known(name) for name in self.columns]
        conditions += [nw.col(self.weight) > 0] if self.weight else []
        conditions += [~nw.col(name).is_null() for name in self.required]
        return reduce(and_, [*conditions, *([nw.col(self.where)] if self.where else [])])

    @property
    def _is_squared(self) -> bool:
        return isinstance(self.design, SurveyDesign) and self.design.draws_rows

    @property
    def weight(self) -> str | None:
        """The column of the weights."""
        return self.design.weights if isinstance(self.design, SurveyDesign) else None

    def _classes(self, asked: Mapping[str, Sequence[nw.Expr]]) -> pd.DataFrame:
        relation, weight = self.relation, self.weight
        known = {f"{name} is known": relation.known(name) for name in self.columns}
        weighs = {} if weight is None else {WEIGHS: nw.col(weight) > 0}
        checks = Checks.of(relation, self.columns, weight)
        table = told_apart(relation, self.keys, known | weighs, asked, checks, in_order=False)
        for name in self.columns:
            table[name] = np.where(table[f"{name} is known"].astype(bool), 0.0, np.nan)
        return table


def _numbers(table: pd.DataFrame, name: str) -> Numbers:
    values: Numbers = table[name].to_numpy(np.float64)
    return values if np.isfinite(values.sum()) else np.nan_to_num(values)


def equivalent(rows: Numbers, sums: Numbers, squares: Numbers) -> Numbers:
    """Few rows for each class that have the same sums, squares and products as its own rows.

    Parameters
    ----------
    rows
        The number n of rows of each class.
    sums, squares
        Their sums t of K quantities, one row a class; and the sums M of the products of any two.

    Returns
    -------
    array
        K + 1 rows a class, one behind the other, each of which stands for n/(K + 1) rows.

    Notes
    -----
    With LL′ = M/n − tt′/n², and the columns of Q orthonormal and orthogonal to 1, the members of row j say t/n + √(K + 1) LQⱼ:
    their mean is t/n and the mean of their products M/n.
    """
    classes, terms = sums.shape
    mean = sums / rows[:, None]
    spread = squares / rows[:, None, None] - mean[:, :, None] * mean[:, None, :]
    deviation = np.sqrt(np.maximum(np.einsum("ckk->ck", spread), 0))
    scale = np.where(deviation > 0, deviation, 1)  # terms of any size keep their digits
    values, vectors = np.linalg.eigh(spread / (scale[:, :, None] * scale[:, None, :]))
    root = deviation[:, :, None] * vectors * np.sqrt(np.maximum(values, 0))[:, None, :]
    directions = helmert(terms + 1).T * np.sqrt(terms + 1)
    own = mean[:, None, :] + np.einsum("ckl,jl->cjk", root, directions)
    made: Numbers = (own * (rows / (terms + 1))[:, None, None]).reshape(classes * (terms + 1), terms)
    return made
