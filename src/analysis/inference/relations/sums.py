"""Measures that are made of sums, on a relation: the engine adds up, in each class, whatever a statistic asks for.

The base is an ordinary one, whose rows are the classes. What a row weighs times what it says is then the sum over the
class, and each statistic is what it is in memory. Where rows are sampled by themselves an error needs their squares too:
a class of n rows is then replaced by as few rows as have the same sums, squares and products (`equivalent`).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
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
from analysis.inference.coding import sums_by
from analysis.inference.design import Census, SurveyDesign
from analysis.inference.relations.bands import RankTerm, ranked_sums
from analysis.inference.relations.classes import WEIGHS, Checks, require, told_apart
from analysis.inference.relations.column import Column
from analysis.inference.relations.relation import Relation, rows_named
from analysis.inference.sample import Base, Part, Sample, Values
from analysis.reading.convert import MISSING

Numbers = NDArray[np.float64]


MOST_DOMAINS = 200
"""So many domains may each have a number of their own in a question."""


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
        ranks = [one for one in terms if isinstance(one, RankTerm)]
        if ranks:
            others = [one for one in terms if not isinstance(one, RankTerm)]
            return ranked_sums(self, self.ask(others, hits), others, ranks)
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


def _times(values: Numbers, factor: Any) -> Numbers:
    """Numbers times a factor of each; millions of them are not copied where there is none."""
    return values if factor is True else values * factor


@dataclass(frozen=True)
class OfClasses:
    """A design on rows of which the weights and the numbers are known."""

    design: SurveyDesign | Census
    weights: Numbers | None
    rows: Numbers

    def sample(self, frame: pd.DataFrame) -> Sample:
        """The frame under the design."""
        return self.design.sample_of(frame, self.weights, self.rows)


def can_be_summed(relation: Relation, design: Any, columns: Sequence[str], by: Sequence[str]) -> bool:
    """Whether a call can leave its columns on the engine: no column tells classes apart, and no weights are calibrated."""
    known = [*by, *getattr(design, "columns", ())]
    return not {*columns} & {*known} and getattr(design, "calibrated", None) is None


Reader = Callable[[pd.DataFrame, OfClasses], Base]
"""What makes the base of a call from a frame in memory."""


@dataclass(frozen=True, eq=False, kw_only=True)
class SummedBase(Base):
    """A base whose rows are the classes of a relation, or rows that are equivalent to them.

    Attributes
    ----------
    question, read
        How further sums are asked for, and how a base is made of them.
    terms
        What is known, by its text.
    sums_of, counts_of
        For each term what it adds up to in each row, and for each truth how many rows of the relation it is true of.
    members
        How many rows of the relation each row stands for; 0 where they weigh nothing or are not in the base.
    unknown
        What a statistic asks for and nobody knows yet; None where it is to be asked at once.
    """

    question: Question
    read: Reader
    terms: Mapping[str, Column]
    sums_of: Mapping[str, Numbers]
    counts_of: Mapping[str, Numbers]
    members: Numbers
    unknown: dict[str, Column] | None = None

    @classmethod
    def of(cls, question: Question, read: Reader, terms: Sequence[Column] = ()) -> "SummedBase":
        """The base of a question, with the sums of the columns themselves, which most statistics need no others than."""
        plain = [column - question.centre(column) for column in question.values]
        every = {one.text: one for one in [*plain, *question.values, *terms]}
        asked = {text: one for text, one in every.items() if one.text not in question.columns}
        truths = [one for one in every.values() if one.is_boolean]
        answer = question.ask([*asked.values()], truths)
        answer = answer if answer.squares is None else answer.by_few_rows(answer.squares)
        weights = answer.weights / answer.rows if question.weight else None
        base = read(answer.classes, OfClasses(question.design, weights, answer.rows))
        kept = slice(None) if base.sample.kept is None else base.sample.kept
        rows = answer.rows[kept]
        is_in: Any = True if base.is_in is None else base.is_in
        if question.weight and not (weighs := answer.classes[WEIGHS].to_numpy(bool)[kept]).all():
            is_in = weighs & is_in
        # without weights of its own a row weighs what its strata say, which the engine does not know
        factor = is_in if question.weight else is_in * base.sample.weights / rows
        sums = {text: _times(values[kept], factor) for text, values in answer.sums.items()}
        counts = {text: _times(own[kept], is_in) for text, own in answer.counts.items()}
        return cls(
            base.sample,
            base.by,
            base.weights,
            base.is_in,
            base.missing,
            question=question,
            read=read,
            terms=every,
            sums_of=sums,
            counts_of=counts,
            members=_times(rows, is_in),
        )

    @property
    def rows(self) -> Numbers:
        """How many rows of the relation each row stands for."""
        return self.members

    def estimated(self, statistic: Callable[[Base], Sequence[Part]]) -> tuple[Base, Sequence[Part]]:
        """The base with all that a statistic asks for, and its quantities: it is tried without, to see what that is."""
        trial = replace(self, unknown={})
        with np.errstate(all="ignore"):
            parts = statistic(trial)
        if not trial.unknown:
            return trial, parts
        base = SummedBase.of(self.question, self.read, [*self.terms.values(), *trial.unknown.values()])
        return base, statistic(base)

    def within(self, values: Values) -> Values:
        """A column, of which nothing outside the base is added up."""
        return values

    def number(self, wrong: Values) -> int:
        """Of how many rows of the relation something is true."""
        return int(self.counts(wrong).sum())

    def named(self, wrong: Values) -> str:
        """The first classes in which something is true of a row."""
        base = self._knowing(wrong)
        return rows_named(base.sample.frame, base.counts_of[wrong.text] > 0)

    def of_domains(self, values: Numbers) -> Values:
        """A number of each domain as one of each row.

        Raises
        ------
        StudyError
            `domains_too_many`.
        """
        if not self.by:
            return float(values[0])
        if self.domains > MOST_DOMAINS:
            raise StudyError("domains_too_many", found=self.domains, most=MOST_DOMAINS)
        first = np.unique(self.domain, return_index=True)[1]
        keys = self.sample.frame[[*self.by]].iloc[first]
        chosen = nw.lit(float(values[0]))
        for (_, key), value in zip(keys.iterrows(), values, strict=True):
            own = [nw.col(n).is_null() if pd.isna(level) else nw.col(n) == level for n, level in key.items()]
            chosen = nw.when(reduce(and_, own)).then(nw.lit(float(value))).otherwise(chosen)
        return Column(chosen, f"of_domains({', '.join(map(repr, values.tolist()))})")

    def centre(self, values: Values) -> float:
        """About where a column lies."""
        return self.question.centre(values)

    def products(self, values: Values, about: float = 0.0) -> Numbers:
        """What each row weighs times what it says."""
        if values is None:
            return self.weights
        if not about and values.text in self.question.columns:  # of which the sum about its centre is known
            about = self.question.centre(values)
            return self.sums_of[(values - about).text] + about * self.weights
        term = values - about if about else values
        return self.sums_of[term.text] if self._knows(term) else np.zeros(len(self.weights))

    def sum(self, values: Values) -> Numbers:
        """The weighted sum of a column in each domain."""
        base = self if values is None else self._knowing(values)
        return sums_by(base.domain, base.products(values), base.domains)

    def sums(self, codes: NDArray[np.signedinteger], size: int, values: Values, about: float = 0.0) -> Numbers:
        """Sums of weight times value by code."""
        return sums_by(codes, self.products(values, about), size)

    def counts(self, hit: Values) -> Numbers:
        """The unweighted number of rows in each domain that weigh anything and of which something is true."""
        base = self._knowing(hit)
        return sums_by(base.domain, base.counts_of.get(hit.text, np.zeros(len(base.weights))), base.domains)

    def _knows(self, term: Column) -> bool:
        """Whether a term's sums are known; what a trial asks for is noted."""
        is_known = term.text in self.sums_of or term.text in self.question.columns
        if not is_known and self.unknown is not None:
            self.unknown[term.text] = term
        return is_known

    def _knowing(self, term: Column) -> "SummedBase":
        """The base with a term's sums, which are asked for at once, or on a trial noted."""
        if self._knows(term) or self.unknown is not None:
            return self
        return SummedBase.of(self.question, self.read, [*self.terms.values(), term])


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
