"""study.yml on who is left out of every chapter, and on questions that are put only to some."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from analysis.settings.parts import Strict, Values, Words, as_list


class Condition(Strict):
    """What a column must say: one of some values, or a number below or above a bound, the bound itself left out."""

    values: list[str] = []
    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if bool(self.values) == (self.below is not None or self.above is not None):
            raise ValueError("name either values, or `below` and `above`")
        return self


def _as_condition(given: Any) -> Any:
    return given if isinstance(given, Mapping) else {"values": as_list(given)}


Conditions = dict[str, Annotated[Condition, BeforeValidator(_as_condition)]]
"""Columns, and what each must say: a text, a list of texts, or bounds."""


class Exclusion(Strict):
    """A rule by which respondents, or rows of a register, are left out of every chapter.

    `reason` stands in the figure of the flow. Who can't be judged, since the answer is missing, is not left out.
    """

    id: str
    table: str = "respondents"
    reason: Words
    source: str


class Duration(Exclusion):
    """Who took less, or more, than some seconds, or than a part of the median time of the wave."""

    rule: Literal["duration"]
    below_seconds: float | None = None
    above_seconds: float | None = None
    below_of_median: float | None = None
    above_of_median: float | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Self:
        bounds = ("below_seconds", "above_seconds", "below_of_median", "above_of_median")
        if all(getattr(self, bound) is None for bound in bounds):
            raise ValueError(f"name one of {', '.join(f'`{bound}`' for bound in bounds)}")
        return self


class Duplicate(Exclusion):
    """Rows that agree with another of their wave in some columns, or in every answer; `keep` says which of them stays."""

    rule: Literal["duplicate"]
    columns: list[str] = []
    keep: Literal["first", "last", "none"] = "first"


class StraightLining(Exclusion):
    """Who gave one and the same answer to all items of a block, of which `least_items` at least were answered."""

    rule: Literal["straight_lining"]
    table: str = "satisfaction"
    column: str = "score"
    items: list[str] = []
    least_items: int = Field(ge=2)


class AttentionCheck(Exclusion):
    """Who gave another answer than the question asked for; in a table of answers, to the `item`."""

    rule: Literal["attention_check"]
    column: str
    item: str | None = None
    equals: Values


class OutOfPopulation(Exclusion):
    """Rows in which every column has one of the values, or lies beyond the bounds: outside the target population."""

    rule: Literal["where"]
    where: Conditions = Field(min_length=1)


class Skip(Strict):
    """A question that is put only to those of whom every condition of `asked_where` holds.

    A question is `column` (of the respondents), `table.column`, or `table.column.item`.
    """

    question: str
    asked_where: Conditions = Field(min_length=1)
    source: str


def _named_rule(given: Any) -> str | None:
    return given.get("rule") if isinstance(given, Mapping) else getattr(given, "rule", None)


Rule = Annotated[
    Annotated[Duration, Tag("duration")]
    | Annotated[Duplicate, Tag("duplicate")]
    | Annotated[StraightLining, Tag("straight_lining")]
    | Annotated[AttentionCheck, Tag("attention_check")]
    | Annotated[OutOfPopulation, Tag("where")],
    Discriminator(
        _named_rule,
        custom_error_type="rule",
        custom_error_message="`rule` is one of duration, duplicate, straight_lining, attention_check, where",
    ),
]
