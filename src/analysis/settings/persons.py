"""study.yml on staff and persons: terms, who was not there, how persons are followed, and how they are protected."""

import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from analysis.settings.parts import Strict, Words


class Term(Strict):
    """A term of office: from the day the team was constituted to the day its successor was."""

    start: datetime.date
    end: datetime.date
    label: Words | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.end <= self.start:
            raise ValueError(f"a term ends after it starts; this one starts {self.start} and ends {self.end}")
        return self

    @property
    def years(self) -> float:
        """Length in years of 365.25 days."""
        return (self.end - self.start).days / 365.25


class Absent(Strict):
    """Units that were not there in a term, so that their staff neither left nor came."""

    term: str
    units: list[str]
    reason: str


class Linkage(Strict):
    """How persons are followed over terms where no id exists: rules of exact agreement, tried in this order."""

    table: str
    rules: list[list[str]]


class Kept(Strict):
    """A column that looks as if it identified persons and does not; `keep` is why it may pass."""

    keep: str = Field(min_length=1)


def _as_decision(given: Any) -> Any:
    if isinstance(given, str) and given != "hash":
        raise ValueError("write `hash`, or `keep:` with the reason; to do without a column, take it out of `columns`")
    return given


Identifiers = dict[str, Annotated[Literal["hash"] | Kept, BeforeValidator(_as_decision)]]
"""Column → what is done with values that look as if they identified persons."""
