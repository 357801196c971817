"""What a published figure lets be true: rounding as printed, and the range of values behind a sentence."""

from decimal import Decimal
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, NamedTuple, Self

from analysis.claims.records import SHARES, Claim

if TYPE_CHECKING:
    from analysis.study import Study

HALF = Fraction(1, 2)


class Widths(NamedTuple):
    """How wide the words are: decisions of a study, as proportions.

    "Just under" and "just over" reach so many percentage points (of other units: so large a part of the figure) away; a
    majority is large from `large_majority`.
    """

    just_under: Fraction = Fraction(1, 20)
    just_over: Fraction = Fraction(1, 20)
    large_majority: Fraction = Fraction(2, 3)

    @classmethod
    def of(cls, study: "Study") -> Self:
        """The widths that study.yml declares under `cut_offs`, else the defaults."""
        chosen = (study.cut_off(name, float(otherwise))[0] for name, otherwise in cls()._asdict().items())
        return cls(*(Fraction(repr(value)).limit_denominator(10_000) for value in chosen))

    def reach(self, claim: Claim) -> Fraction:
        """How far the range of a just_under or just_over figure goes, in the figure's unit."""
        width = self.just_under if claim.relation == "just_under" else self.just_over
        return width * (100 if claim.unit in SHARES else abs(Fraction(claim.value or 0)))


class Range(NamedTuple):
    """The values that a sentence allows; None has no bound on that side, an open end is not in it."""

    low: Fraction | None = None
    high: Fraction | None = None
    low_open: bool = False
    high_open: bool = False

    def holds(self, value: Fraction) -> bool:
        """Whether a value lies in the range."""
        above = self.low is None or (value > self.low if self.low_open else value >= self.low)
        below = self.high is None or (value < self.high if self.high_open else value <= self.high)
        return above and below

    def meets(self, other: "Range") -> bool:
        """Whether some value lies in both ranges."""
        return not (_ends_before(self, other) or _ends_before(other, self))

    def integers(self) -> range:
        """The whole numbers in a range that is bounded on both sides."""
        if self.low is None or self.high is None:
            raise ValueError("the range has no end")
        first, last = ceil(self.low), floor(self.high)
        return range(first + (self.low_open and first == self.low), last + 1 - (self.high_open and last == self.high))

    def times(self, factor: Fraction) -> "Range":
        """The range with both ends multiplied by a positive factor."""
        low, high = (None if end is None else end * factor for end in self[:2])
        return Range(low, high, self.low_open, self.high_open)


def _ends_before(one: Range, other: Range) -> bool:
    if one.high is None or other.low is None:
        return False
    return one.high < other.low or (one.high == other.low and (one.high_open or other.low_open))


def rounded(value: Fraction, decimals: int, how: str = "half_away") -> Decimal:
    """A value as it is printed.

    Parameters
    ----------
    how
        `half_away` from zero, as papers and Excel do; `half_even`, as Python's `round`; `truncated`.
    """
    shifted = abs(value) * 10**decimals
    whole = int(shifted)
    rest = shifted - whole
    up = {"half_away": rest >= HALF, "half_even": rest > HALF or (rest == HALF and whole % 2 == 1), "truncated": False}[
        how
    ]
    return Decimal(-(whole + up) if value < 0 else whole + up).scaleb(-decimals)


def printed(value: Decimal, decimals: int) -> Range:
    """What rounds, half away from zero, to a printed number."""
    middle, half = Fraction(value), HALF / 10**decimals
    return Range(middle - half, middle + half, low_open=middle <= 0, high_open=middle >= 0)


def published(claim: Claim, widths: Widths) -> Range:
    """The range that a claim's sentence allows; without bounds for an order, which is no range."""
    value = Fraction(claim.value or 0)
    match claim.relation:
        case "equals":
            return printed(claim.value or Decimal(0), claim.decimals)
        case "digits":
            return Range(value, value + Fraction(1, 10**claim.decimals), high_open=True)
        case "between":
            low, high = (printed(end or Decimal(0), claim.decimals) for end in (claim.low, claim.high))
            return Range(low.low, high.high, low.low_open, high.high_open)
        case "below":
            return Range(high=value, high_open=True)
        case "at_most":
            return Range(high=value)
        case "above" | "largest_exceeds":
            return Range(low=value, low_open=True)
        case "at_least":
            return Range(low=value)
        case "just_under":
            return Range(value - widths.reach(claim), value, high_open=True)
        case "just_over":
            return Range(value, value + widths.reach(claim), low_open=True)
        case "majority":
            return Range(low=Fraction(50), low_open=True)
        case "large_majority":
            return Range(low=100 * widths.large_majority)
        case "over_represented":
            return Range(low=Fraction(1), low_open=True)
        case "order_of":
            return Range(low=Fraction(0), low_open=True)
