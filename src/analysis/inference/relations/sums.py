"""Measures that are made of sums, on a relation: the engine adds up, in each class, whatever a statistic asks for.

The base is an ordinary one, whose rows are the classes. What a row weighs times what it says is then the sum over the
class, and each statistic is what it is in memory.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError
from analysis.inference.coding import sums_by
from analysis.inference.design import Census, SurveyDesign
from analysis.inference.relations.bands import RankTerm, ranked_sums
from analysis.inference.relations.classes import WEIGHS
from analysis.inference.relations.column import Column
from analysis.inference.relations.question import Answer, Question
from analysis.inference.relations.relation import Relation, rows_named
from analysis.inference.sample import Base, Part, Sample, Values

Numbers = NDArray[np.float64]
MOST_DOMAINS = 200
"""So many domains may each have a number of their own in a question."""


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
        answer = _answer(question, [*asked.values()], truths)
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


def _answer(question: Question, terms: Sequence[Column], hits: Sequence[Column]) -> Answer:
    """The answer to a question; that of rank terms is made of the others', and of the rows in bands."""
    ranks = [one for one in terms if isinstance(one, RankTerm)]
    others = [one for one in terms if not isinstance(one, RankTerm)]
    known = question.ask(others, hits)
    return ranked_sums(question, known, others, ranks) if ranks else known
