"""What a process was handed at its start, so that it need not open and compute it again.

Whoever starts a process for one community's page (the batch) has everything computed; the notebook asks here first, and does
the work itself where nothing fits.
"""

from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")

_handed: list[object] = []


def hand_over(value: object) -> None:
    """Keep a value for this process, in place of what it was handed before."""
    _handed[:] = [value]


def handed_over(kind: type[Value], fits: Callable[[Value], bool]) -> Value | None:
    """What this process was handed, where it is of this kind and fits; else nothing."""
    return next((value for value in _handed if isinstance(value, kind) and fits(value)), None)
