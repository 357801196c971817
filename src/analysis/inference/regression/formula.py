"""A model's formula, read against the rows of a base.

Formulas are those of Wilkinson and Rogers as the library formulaic reads them: `满意 ~ 年龄 + C(学历) + 年龄:性别`. A column
whose name is no word stands in back quotes, or in Q("…").
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from formulaic import Formula, ModelSpec, SimpleFormula
from formulaic.errors import FormulaicError
from formulaic.parser.types import Factor
from formulaic.transforms import TRANSFORMS
from formulaic.utils.variables import Variable, get_required_variables
from numpy.typing import NDArray
from scipy import linalg

from analysis.errors import StudyError, listing
from analysis.inference.coding import Codes, coded
from analysis.inference.estimates import Design, Numbers, Where, base_of
from analysis.inference.relations.classes import held
from analysis.inference.relations.relation import Relation
from analysis.inference.sample import Base

Made = TypeVar("Made")

DEPENDENT = 1e-9
"""A column that keeps no more than this of its length beside the columns before it is a combination of them."""


@dataclass(frozen=True, eq=False)
class Terms:
    """What a formula asks for of the rows of a base.

    Attributes
    ----------
    rows
        The places in the sample of the rows in the base; everything below is of these.
    left, right
        Both sides of the formula.
    variables
        The columns that the formula names.
    offset
        What is added to the linear predictor.
    """

    base: Base
    rows: Codes
    left: SimpleFormula
    right: SimpleFormula
    variables: pd.DataFrame
    offset: Numbers

    @cached_property
    def spec(self) -> ModelSpec:
        """How the right side becomes numbers, with the levels that occur."""
        return self._made(self.right).model_spec

    @cached_property
    def matrix(self) -> Numbers:
        """The right side as numbers, one column a coefficient."""
        return self.matrix_of(self.variables)

    @property
    def names(self) -> list[str]:
        """What each coefficient is of."""
        return list(self.spec.column_names)

    @property
    def places(self) -> dict[str, list[int]]:
        """The places of the coefficients of each term, without the constant."""
        every = range(len(self.names))
        return {str(term): list(every[places]) for term, places in self.spec.term_slices.items() if str(term) != "1"}

    def matrix_of(self, variables: pd.DataFrame) -> Numbers:
        """The right side as numbers for other values of its variables.

        Raises
        ------
        StudyError
            `term_not_finite`.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            table = _read(lambda: self.spec.get_model_matrix(variables, context={}))
        return self._finite(table)

    def outcome(self) -> Numbers:
        """The left side as numbers.

        Raises
        ------
        StudyError
            `outcome_not_numeric`, `term_not_finite`.
        """
        table = self._made(self.left)
        if len(table.columns) != 1 or table.columns[0] not in map(str, self.left):
            raise StudyError("outcome_not_numeric", outcome=str(self.left), values=listing(table.columns, 3))
        return self._finite(table)[:, 0]

    def ordered_outcome(self) -> tuple[Codes, pd.Index]:
        """The column on the left side as codes of its levels, and the levels in their order.

        Raises
        ------
        StudyError
            `outcome_not_a_column`, `outcome_unordered`, `outcome_one_level`, `outcome_level_empty`.
        """
        names = [factor.expr for term in self.left for factor in term.factors]
        if len(names) != 1 or names[0] not in self.base.sample.frame:
            raise StudyError("outcome_not_a_column", outcome=str(self.left))
        column = self.base.sample.frame[names[0]].iloc[self.rows]
        codes, levels = coded(column)
        if not (isinstance(column.dtype, pd.CategoricalDtype) or column.dtype.kind in "biuf"):
            raise StudyError("outcome_unordered", column=names[0], list=listing(levels, 5))
        empty = np.bincount(codes, self.base.weights[self.rows], minlength=len(levels)) == 0
        if len(levels) - empty.sum() < 2:
            raise StudyError("outcome_one_level", column=names[0], list=listing(levels[~empty], 5))
        if empty.any():
            raise StudyError(
                "outcome_level_empty", column=names[0], count=int(empty.sum()), list=listing(levels[empty], 5)
            )
        return codes, levels

    def numerical(self) -> dict[str, bool]:
        """The columns on the right side, and whether it takes each as a number only."""
        numerical: dict[str, bool] = {}
        for term in self.right:
            for factor in term.factors:
                for name in _columns(factor, self.variables):
                    kind, _ = self.spec.encoder_state[factor.expr]
                    numerical[name] = numerical.get(name, True) and kind is Factor.Kind.NUMERICAL
        return numerical

    def spread_out(self, values: NDArray[np.floating[Any]]) -> Numbers:
        """Values of the rows in the base (last axis) as values of all rows of the sample, 0 outside the base."""
        spread = np.zeros((*values.shape[:-1], len(self.base.weights)))
        spread[..., self.rows] = values
        return spread

    def _made(self, side: SimpleFormula) -> pd.DataFrame:
        with np.errstate(divide="ignore", invalid="ignore"):
            return _read(lambda: side.get_model_matrix(self.variables, context={}, na_action="ignore", output="pandas"))

    def _finite(self, table: pd.DataFrame) -> Numbers:
        values = table.to_numpy(float)
        if not np.isfinite(values.sum()):
            wrong = ~np.isfinite(values)
            place = int(np.flatnonzero(wrong.any(axis=0))[0])
            rows = listing(self.variables.index[wrong[:, place]], 5)
            raise StudyError("term_not_finite", term=table.columns[place], count=int(wrong[:, place].sum()), rows=rows)
        return values


def terms_of(
    frame: pd.DataFrame, formula: str, design: Design, where: Where = None, offset: str | None = None
) -> Terms:
    """A formula read against the rows in which none of its columns is missing.

    Raises
    ------
    StudyError
        `formula_unreadable`, `formula_without_outcome`, `column_absent` for a name that is no column, `model_rows_few`, and
        whatever `base_of` refuses.
    """
    sides = _read(lambda: Formula(formula))
    left, right = getattr(sides, "lhs", None), getattr(sides, "rhs", None)
    if not isinstance(left, SimpleFormula) or not isinstance(right, SimpleFormula):
        raise StudyError("formula_without_outcome", formula=formula)
    table = frame if isinstance(frame, pd.DataFrame) else Relation.of(frame)
    named = {name for side in (left, right) for term in side for own in term.factors for name in _columns(own, table)}
    columns = [column for column in table.columns if column in named]
    columns += sorted(named.difference(columns))
    extra = [] if offset is None else [offset]
    frame, design = held(frame, design, [*columns, *extra], (), where)
    words = {
        column: np.where(frame[column].isna(), np.nan, 0.0)
        for column in columns
        if column in frame and frame[column].dtype.kind not in "biuf"
    }
    base, values = base_of(frame, design, [*columns, *extra], (), where, words)
    rows = np.arange(len(base.weights)) if base.is_in is None else np.flatnonzero(base.is_in)
    if len(rows) < len(right):
        raise StudyError("model_rows_few", count=len(rows), terms=len(right))
    table = base.sample.frame[columns].iloc[rows]
    variables = table.assign(**{column: _plain(table[column]) for column in columns})
    added = values[-1][rows] if extra else np.zeros(len(rows))
    return Terms(base, rows, left, right, variables, added)


def _columns(factor: Factor, frame: pd.DataFrame | Relation) -> list[str]:
    """The columns that a factor names: of `a.b` the column of that name, or else `a`, of which b would be a part."""
    if factor.eval_method is Factor.EvalMethod.LITERAL:
        return []
    if factor.eval_method is Factor.EvalMethod.LOOKUP:
        return [factor.expr]
    found = []
    for name in sorted(_read(lambda: get_required_variables(factor.expr, TRANSFORMS))):
        parts = str(name).split(".")
        is_function = parts[0] in TRANSFORMS or (len(parts) == 1 and Variable.Role.CALLABLE in name.roles)
        if not is_function:
            possible = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
            found.append(next((own for own in possible if own in frame), parts[0]))
    return found


def _plain(column: pd.Series) -> pd.Series:
    """A column without missing values as numpy's numbers, or with the categories that it has."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.remove_unused_categories()
    if column.dtype.kind in "biuf":
        return pd.Series(column.to_numpy(dtype=f"{column.dtype.kind}{column.dtype.itemsize}"), index=column.index)
    return column


def _read(reading: Callable[[], Made]) -> Made:
    """What formulaic makes, or its complaint as an error of ours."""
    try:
        return reading()
    except (FormulaicError, SyntaxError) as error:
        problem = re.sub(r"\x1b\[[\d;]*m|[⧛⧚]", "", str(error)).strip().replace("\n", " ")
        raise StudyError("formula_unreadable", problem=problem) from error


def require_independent(matrix: Numbers, names: list[str]) -> None:
    """Refuse a column that is a combination of those before it.

    Raises
    ------
    StudyError
        `terms_collinear`.
    """
    lengths = np.sqrt((matrix**2).sum(axis=0))
    triangle = linalg.qr(matrix / np.where(lengths > 0, lengths, 1), mode="r", check_finite=False)[0]
    diagonal = np.zeros(len(names))
    diagonal[: len(matrix)] = np.abs(np.diag(triangle))
    if (diagonal <= DEPENDENT).any():
        wrong = [name for name, own in zip(names, diagonal, strict=True) if own <= DEPENDENT]
        raise StudyError("terms_collinear", count=len(wrong), list=listing(wrong, 5), rows=len(matrix))
