"""Ranks of a column with more values than memory holds: its rows are taken in bands of values, from the smallest up.

What a measure of ranks needs to know of a row is what lies below it. So each band is read with what the bands before add up
to, counted, and forgotten; the file is read once for each band, and nothing is written. A quantile needs only the band that
it lies in.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import reduce
from operator import add
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.inference.coding import Codes, sums_by
from analysis.inference.relations.column import Column, one_if
from analysis.inference.relations.question import Answer, Question
from analysis.inference.relations.relation import Frame, Relation

Numbers = NDArray[np.float64]
BAND = 4_000_000
"""So many rows are taken together."""
BINS = 1024
BIN, EVERY = "bin", "every_row"
WEIGHT, SQUARE = "weight_of_rows", "square_of_weights"


@dataclass(frozen=True, eq=False)
class RankTerm(Column):
    """What lies above a row, over the size of its domain; or its value times its rank.

    Attributes
    ----------
    column
        The column that is ranked.
    is_product
        Which of the two.
    """

    expression: nw.Expr = field(default_factory=lambda: nw.lit(None))
    text: str = ""
    column: str = ""
    is_product: bool = False

    @classmethod
    def above(cls, column: str) -> "RankTerm":
        """The total of what rows above have, with half of the row's own tie, over the domain's size."""
        return cls(text=f"above({column})", column=column)

    @classmethod
    def product(cls, column: str) -> "RankTerm":
        """The value times the mid fractional rank."""
        return cls(text=f"rank({column}) {column}", column=column, is_product=True)


def in_bands(frame: Frame, column: str, design: Any) -> bool:
    """Whether a column is taken in bands: floating-point numbers on an engine, which knows what each row weighs."""
    if isinstance(frame, pd.DataFrame):
        return False
    relation = Relation.of(frame)
    knows_weights = not getattr(design, "fpc", None) or getattr(design, "weights", None)
    return column in relation and relation.is_float(column) and bool(knows_weights)


def edges(relation: Relation, column: str) -> list[float]:
    """Values that part a column into bands of at most about `BAND` rows, unless more of them are equal."""
    low, high, rows = relation.range(column)
    if rows <= BAND or not low < high:
        return []
    width = (high - low) / BINS
    place = ((nw.col(column) - low) / width).floor().cast(nw.Int64)
    counts = relation.with_columns(**{BIN: place}).classes([BIN], {"rows": []})
    found, so_far = [], 0
    for bin_, count in zip(counts[BIN], counts["rows"], strict=True):
        start, end = low + bin_ * width, low + (bin_ + 1) * width
        if so_far and so_far + count > BAND:
            found.append(start)
            so_far = 0
        so_far += count
        if count > BAND and start < end:
            inside = relation.only((nw.col(column) >= start) & (nw.col(column) < end))
            found += [edge for edge in edges(inside, column) if start < edge < end]
            found.append(end)
            so_far = 0
    return sorted({edge for edge in found if low < edge <= high})


@dataclass(frozen=True, eq=False)
class Bands:
    """The bands of a question's only column.

    Attributes
    ----------
    relation
        The rows that count.
    cuts
        The values that part one band from the next.
    """

    relation: Relation
    column: str
    cuts: Sequence[float]

    @classmethod
    def of(cls, question: Question) -> "Bands":
        """The bands of a question."""
        (column,) = question.columns
        relation = question.relation.only(question.is_counted)
        return cls(relation, column, edges(relation, column))

    def __len__(self) -> int:
        return len(self.cuts) + 1

    def read(self, band: int, keys: Sequence[str], sums: Mapping[str, Sequence[nw.Expr]]) -> pd.DataFrame:
        """The classes of some keys and the value in a band."""
        value, inside = nw.col(self.column), self.relation
        inside = inside if band == 0 else inside.only(value >= self.cuts[band - 1])
        inside = inside if band == len(self.cuts) else inside.only(value < self.cuts[band])
        return inside.classes([*keys, self.column], sums, in_order=False)

    def sums(self, keys: Sequence[str], sums: Mapping[str, Sequence[nw.Expr]]) -> pd.DataFrame:
        """The classes of some keys and the number of the band (`BIN`), of all bands at once."""
        band = reduce(add, (one_if(nw.col(self.column) >= cut) for cut in self.cuts), nw.lit(0.0))
        return self.relation.with_columns(**{BIN: band}).classes([*keys, BIN], sums, in_order=False)


def ranked_sums(question: Question, known: Answer, others: Sequence[Column], terms: Sequence[RankTerm]) -> Answer:
    """The sums of an answer with those of rank terms behind them.

    Parameters
    ----------
    known
        The sums of the other terms.
    """
    (column,) = question.columns
    classes, place = known.classes, pd.RangeIndex(len(known.classes))
    is_in = known.is_counted(question)
    by = [*question.by]
    domain = (
        classes.groupby(by, dropna=False, sort=False).ngroup().to_numpy()
        if by
        else np.zeros(len(place), dtype=np.int64)
    )
    domains = int(domain.max()) + 1
    size = sums_by(domain, known.weights * is_in, domains)
    total = sums_by(domain, known.plain(question, column) * is_in, domains)
    sums = {one.text: np.zeros(len(place)) for one in terms}
    count = 1 + len(others)
    squares = None
    if known.squares is not None:
        squares = np.zeros((len(place), count + len(terms), count + len(terms)))
        squares[:, :count, :count] = known.squares
    below, had = np.zeros(domains), np.zeros(domains)
    weighed, squared = question.each + question.weighing, question.each + 2 * question.weighing
    numbered = classes.loc[is_in, question.keys].assign(**{EVERY: 0, BIN: place[is_in]})
    cut, asked = Bands.of(question), {WEIGHT: weighed} | ({SQUARE: squared} if squares is not None else {})
    for table in (cut.read(band, question.keys, asked) for band in range(len(cut))):
        if not len(table):
            continue
        keyed = table[question.keys].assign(**{EVERY: 0})
        at = keyed.merge(numbered, how="left", on=[*question.keys, EVERY])[BIN].to_numpy(np.int64)
        value, weight = table[column].to_numpy(float), table[WEIGHT].to_numpy(float)
        ties = Ties.of(value, domain[at], weight, below)
        amount = ties.weight * ties.value
        middle = _up_to(amount, ties.domain) + had[ties.domain] - amount / 2
        above = (total[ties.domain] - middle) / size[ties.domain]
        product = ties.value * (ties.below - ties.weight / 2) / size[ties.domain]
        values = [(product if one.is_product else above)[ties.tie] for one in terms]
        for one, own in zip(terms, values, strict=True):
            sums[one.text] += sums_by(at, weight * own, len(place))
        if squares is not None:
            rows = nw.from_native(table, eager_only=True)
            every = [
                np.ones(len(at)),
                *(rows.select(one.numbers.alias(BIN))[BIN].to_numpy() for one in others),
                *values,
            ]
            for first in range(count, len(every)):
                for second in range(first + 1):
                    added = sums_by(at, table[SQUARE].to_numpy(float) * every[first] * every[second], len(place))
                    squares[:, first, second] += added
                    squares[:, second, first] = squares[:, first, second]
        below += sums_by(ties.domain, ties.weight, domains)
        had += sums_by(ties.domain, amount, domains)
    return replace(known, sums={**known.sums, **sums}, squares=squares)


@dataclass(frozen=True, eq=False)
class Ties:
    """The ties of a band: rows of one domain and one value.

    Attributes
    ----------
    tie
        The tie of each row of the band's table.
    value, domain, weight
        Of each tie.
    below
        What the rows of the domain weigh up to and with the tie, the bands before included.
    """

    tie: Codes
    value: Numbers
    domain: Codes
    weight: Numbers
    below: Numbers

    @classmethod
    def of(cls, value: Numbers, domain: Codes, weight: Numbers, before: Numbers) -> "Ties":
        """The ties of a band's rows; `before` is what the bands before weigh in each domain."""
        order = np.argsort(value)
        order = order[np.argsort(domain[order], kind="stable")]  # quicker than both in one, above all in one domain
        values, domains = value[order], domain[order]
        is_new = np.ones(len(order), dtype=bool)
        is_new[1:] = (values[1:] != values[:-1]) | (domains[1:] != domains[:-1])
        tie = np.empty(len(order), dtype=np.int64)
        tie[order] = np.cumsum(is_new) - 1
        own = sums_by(tie, weight, int(is_new.sum()))
        kept = domains[is_new]
        return cls(tie, values[is_new], kept, own, _up_to(own, kept) + before[kept])


def _up_to(values: Numbers, domain: Codes) -> Numbers:
    """What values add up to inside their domain, up to and with each; domains lie one behind the other."""
    running = np.concatenate([[0.0], np.cumsum(values)])
    first = np.searchsorted(domain, np.arange(int(domain.max()) + 1 if len(domain) else 0))
    return running[1:] - running[first[domain]]
