"""A column that stays on its engine, and takes the operations that measures are written with.

It answers numpy's functions as an array does, and gives an expression in place of numbers.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from scipy.special import xlogy

BOOLEAN = {np.equal, np.not_equal, np.less, np.less_equal, np.greater, np.greater_equal, np.bitwise_and, np.invert}


def one_if(condition: nw.Expr) -> nw.Expr:
    """1 where something is true, else 0; PostgreSQL makes no number of a truth."""
    return _if(condition, nw.lit(1), nw.lit(0)).cast(nw.Float64)


def _if(condition: nw.Expr, then: Any, otherwise: Any) -> nw.Expr:
    return nw.when(condition).then(then).otherwise(otherwise)


def _number(value: Any) -> nw.Expr:
    return value if isinstance(value, nw.Expr) else nw.lit(value)


OPERATIONS: dict[np.ufunc, Callable[..., nw.Expr]] = {
    np.add: lambda x, y: x + y,
    np.subtract: lambda x, y: x - y,
    np.multiply: lambda x, y: x * y,
    np.divide: lambda x, y: x / y,
    np.negative: lambda x: 0 - x,
    np.power: lambda x, y: x**y,
    np.log: lambda x: x.log(),
    np.minimum: lambda x, y: _if(_number(x) <= y, x, y),
    np.maximum: lambda x, y: _if(_number(x) >= y, x, y),
    np.equal: lambda x, y: x == y,
    np.not_equal: lambda x, y: x != y,
    np.less: lambda x, y: x < y,
    np.less_equal: lambda x, y: x <= y,
    np.greater: lambda x, y: x > y,
    np.greater_equal: lambda x, y: x >= y,
    np.bitwise_and: lambda x, y: x & y,
    np.invert: lambda x: ~x,
    xlogy: lambda x, y: _if(_number(x) == 0, 0.0, x * _if(_number(x) == 0, 1.0, y).log()),
}
"""What each of numpy's functions is on an engine."""


@dataclass(frozen=True, eq=False)
class Column(np.lib.mixins.NDArrayOperatorsMixin):
    """An expression over the rows of a relation.

    Attributes
    ----------
    expression
        What the engine computes.
    text
        The expression in words: two with the same text are the same.
    is_boolean
        Whether it is true or false.
    """

    expression: nw.Expr
    text: str
    is_boolean: bool = False

    def __array_ufunc__(self, function: np.ufunc, method: str, *inputs: Any, **options: Any) -> "Column":
        if method != "__call__" or options or function not in OPERATIONS:
            return NotImplemented
        made = OPERATIONS[function](*_expressions(inputs, of_truths=function in (np.bitwise_and, np.invert)))
        return Column(made, f"{function.__name__}({_text(inputs)})", function in BOOLEAN)

    def __array_function__(self, function: Callable[..., Any], _: Any, inputs: Sequence[Any], options: Any) -> "Column":
        if function is not np.where or options:
            return NotImplemented
        condition, *values = inputs
        made = _if(*_expressions([condition], of_truths=True), *_expressions(values))
        return Column(made, f"where({_text(inputs)})")

    @property
    def numbers(self) -> nw.Expr:
        """The expression as floating-point numbers."""
        return one_if(self.expression) if self.is_boolean else self.expression.cast(nw.Float64)


def _expressions(inputs: Sequence[Any], of_truths: bool = False) -> list[Any]:
    """Columns as numbers, or as the truths that they are; and single numbers."""
    return [(one.expression if of_truths else one.numbers) if isinstance(one, Column) else float(one) for one in inputs]


def _text(inputs: Sequence[Any]) -> str:
    return ", ".join(one.text if isinstance(one, Column) else repr(float(one)) for one in inputs)
