"""What a claims file may say: published figures, each with its sentence, who was counted, and how exact it is.

A file stands alone: it declares its sources, the groups that were counted and the quantities, so that figures can be
held against each other without any study. docs/claims.md describes the keys.
"""

from collections import Counter
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from analysis.catalogue import entries
from analysis.errors import StudyError, listing, nearest
from analysis.settings import Strict, Words

Relation = Literal[
    "equals", "digits", "between", "below", "at_most", "above", "at_least", "just_under", "just_over", "majority",
    "large_majority", "largest_exceeds", "order_of", "over_represented",
]  # fmt: skip
Statistic = Literal["count", "share", "mean", "maximum", "ratio", "change"]
SIGNS = {"=": "equals", "<": "below", "≤": "at_most", "<=": "at_most", ">": "above", "≥": "at_least", ">=": "at_least"}
NEEDS: dict[str, tuple[str, ...]] = {
    "between": ("low", "high"),
    "majority": (),
    "large_majority": (),
    "order_of": ("order",),
    "over_represented": ("levels",),
}
"""The fields without which a relation says nothing; every other relation needs `value`."""
ALL = "all"
"""The quantity of a figure that counts its whole group: the group's size."""
SHARES = ("percent", "percentage_points")
DIVISIBLE = (*SHARES, "ratio", "index", "points", "years", "yuan", "per_100", "per_10000")
"""Units of which a total need not be a whole number."""
EXACT = ("equals", "digits", "between")
"""The relations that print the number itself."""
BOUNDS = ("below", "at_most", "above", "at_least", "largest_exceeds")
"""The relations that print a bound."""


def _in_both_languages(given: Any) -> Any:
    return {"zh": given, "en": given} if isinstance(given, str) else given


def _as_tiers(given: Any) -> Any:
    return [[tier] if isinstance(tier, str) else tier for tier in given] if isinstance(given, list) else given


Label = Annotated[Words, BeforeValidator(_in_both_languages), Field(min_length=1)]
# Beyond these bounds exact arithmetic on a mistyped exponent would never end.
Number = Annotated[Decimal, Field(ge=-1_000_000_000_000, le=1_000_000_000_000, decimal_places=8)]


class Reference(Strict):
    """Where a figure was published."""

    citation: str
    url: str | None = None
    note: Label | None = None


class Group(Strict):
    """Who or what was counted, and in which unit; figures are held against each other only inside one group."""

    words: Label
    unit: str = "persons"


class Scope(Strict):
    """Where, and which declared group was counted. `group_words` are the sentence's own words for it."""

    place: Label
    group: str
    group_words: str | None = None


class ComputedBy(Strict):
    """Which row of the measure table is the figure.

    `where` names a level for every dimension of the measure. A list of levels is pooled: numerators and denominators
    are summed, and divided once. `parts` names levels that share one base (answers to one question): their shares
    are summed, and their rounded shares are tried as well. `across` is the dimension whose levels are compared
    (order_of, over_represented). `of` takes a count behind the estimate, or its standard error (`se`), `complement` what
    is missing to 100 %.
    """

    measure: str
    table: str | None = None
    by: list[str] = Field(default_factory=list)
    where: dict[str, str | list[str]] = Field(default_factory=dict)
    parts: dict[str, list[str]] = Field(default_factory=dict)
    across: str | None = None
    of: Literal["estimate", "se", "numerator", "denominator", "n"] = "estimate"
    complement: bool = False


class Change(Strict):
    """The claim that was `before`, the one `after` (the claim itself by default), and how the change came about."""

    before: str
    after: str | None = None
    how: Literal["removed", "merged", "unstated"] = "unstated"


class Claim(Strict):
    """One published figure.

    `decimals` are those printed; `base` is the denominator's group where it is not the group itself; `quantity` is what
    was counted in it, `all` its size. Figures with the same `partition` are the parts of one whole. `weighted` shares
    say nothing about whole persons.
    """

    id: str
    figure: str
    sentence: str
    place: str
    year: str | None = None
    source: str
    scope: Scope
    base: str | None = None
    quantity: str
    statistic: Statistic | None = None
    relation: Annotated[
        Relation, BeforeValidator(lambda given: SIGNS.get(given, given) if isinstance(given, str) else given)
    ]
    value: Number | None = None
    low: Number | None = None
    high: Number | None = None
    order: Annotated[list[list[str]], BeforeValidator(_as_tiers), Field(default_factory=list)]
    levels: list[str] = Field(default_factory=list)
    unit: str
    decimals: Annotated[int, Field(ge=0, le=8)] = 0
    partition: str | None = None
    weighted: bool = False
    change: Change | None = None
    computed_by: ComputedBy | None = None
    likely_cause: Label | None = None
    note: Label | None = None

    @property
    def population(self) -> str:
        """The group that the figure is a part, a mean or the size of."""
        return self.base or self.scope.group

    @property
    def kind(self) -> Statistic:
        """What the figure is; by default a share where it is printed as a percentage, else a count."""
        return self.statistic or ("share" if self.unit == "percent" else "count")

    @property
    def where(self) -> str:
        """Place, as text by which two claims are found to speak of the same one."""
        return str(sorted(self.scope.place.items()))

    @model_validator(mode="after")
    def _complete(self) -> Self:
        for needed in NEEDS.get(self.relation, ("value",)):
            if getattr(self, needed) in (None, []):
                raise _wrong(self, f"the relation '{self.relation}' needs `{needed}`.")
        if "majority" in self.relation and self.unit != "percent":
            raise _wrong(self, "a majority is a share: its `unit` is percent.")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise _wrong(self, f"`low` {self.low} is above `high` {self.high}.")
        for number in (self.value, self.low, self.high):
            digits = -int(number.as_tuple().exponent) if number is not None else 0
            if digits > self.decimals:
                raise _wrong(self, f"{number} is printed with {digits} decimals, and `decimals` says {self.decimals}.")
        if self.kind == "change" and (self.change is None or self.change.after is None):
            raise _wrong(self, "a change needs `change:` with the claims `before` and `after`.")
        return self


class Claims(Strict):
    """A claims file."""

    sources: dict[str, Reference]
    groups: dict[str, Group]
    quantities: dict[str, Label] = Field(default_factory=dict)
    claims: Annotated[list[Claim], Field(min_length=1)]

    @model_validator(mode="after")
    def _declared(self) -> Self:
        units, ids = entries("claims")["units"], Counter(claim.id for claim in self.claims)
        for claim in self.claims:
            if ids[claim.id] > 1:
                raise _wrong(claim, f"{ids[claim.id]} claims have this id, so that a verdict could not name one.")
            change = claim.change
            named: list[tuple[str, str | None, Any]] = [
                ("source", claim.source, self.sources),
                ("scope.group", claim.scope.group, self.groups),
                ("base", claim.base, self.groups),
                ("quantity", claim.quantity, [*self.quantities, ALL]),
                ("unit", claim.unit, units),
                ("change.before", change.before if change else None, ids),
                ("change.after", change.after if change else None, ids),
                *(("order", level, self.quantities) for tier in claim.order for level in tier),
                *(("levels", level, self.quantities) for level in claim.levels),
            ]
            for key, name, known in named:
                if name is not None and name not in known:
                    facts = {"nearest": nearest(name, known), "known": listing(known, 40)}
                    raise StudyError("claim_reference", id=claim.id, key=key, name=name, **facts)
        return self

    def words_of(self, claim: Claim) -> Words:
        """What a claim's quantity is called."""
        if claim.quantity == ALL:
            return self.groups[claim.population].words
        return self.quantities[claim.quantity]


def _wrong(claim: Claim, problem: str) -> StudyError:
    return StudyError("claim_field", id=claim.id, problem=problem)
