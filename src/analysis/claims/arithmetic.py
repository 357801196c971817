"""What published figures imply without any data: counts behind percentages, sizes of groups, contradictions.

Figures are held against each other inside one *population*: the same declared group, at the same place, in the same
year (a figure without a year joins those of any). A percentage printed with d decimals must be k/n for whole k and n:
the GRIM test of Brown & Heathers (2017), doi 10.1177/1948550616673876.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations, product
from math import ceil, floor
from typing import NamedTuple

from analysis.claims.ranges import Range, Widths, published
from analysis.claims.records import ALL, DIVISIBLE, EXACT, Claim, Claims
from analysis.claims.wording import Published, Quantity, Sentence, Series, number_of, shown, width_of
from analysis.settings import Words

LARGEST = 2000
"""The largest group that is tried where only percentages are known."""
LISTED = 5
"""How many possible sizes are listed."""
PERCENT = 100


class Finding(NamedTuple):
    """One thing that figures imply: `possible`, `contradiction`, `not_the_same_group` or `implies`."""

    finding: str
    claims: tuple[Claim, ...]
    quantity: Words
    values: str
    unit: str
    low: Fraction | None
    high: Fraction | None
    why: tuple[Sentence, ...]


class Population(NamedTuple):
    """The claims about one group at one place and time; `sizes` are those that they leave possible, None for any."""

    file: Claims
    widths: Widths
    key: tuple[str, str, str | None]
    claims: tuple[Claim, ...]

    @property
    def words(self) -> Words:
        """What the group is called."""
        return self.file.groups[self.key[0]].words

    @property
    def unit(self) -> str:
        """What the group consists of."""
        return self.file.groups[self.key[0]].unit

    @property
    def stated(self) -> list[Claim]:
        """The claims that state the group's size."""
        return [claim for claim in self._counts if claim.quantity == ALL]

    @property
    def counts(self) -> list[Claim]:
        """The claims that count a part of the group."""
        return [claim for claim in self._counts if claim.quantity != ALL]

    @property
    def shares(self) -> list[Claim]:
        """The claims that give a part as a percentage, from which whole persons can be told."""
        return [
            claim
            for claim in self.claims
            if claim.kind == "share"
            and not claim.weighted
            and None not in self.range(claim)[:2]
            and claim.quantity != ALL
        ]

    @property
    def pairs(self) -> list[tuple[Claim, Claim]]:
        """The same quantity as a count and as a percentage."""
        return [(count, share) for count in self.counts for share in self.shares if count.quantity == share.quantity]

    @property
    def sizes(self) -> range | None:
        """The sizes that pairs leave possible, or else the stated size."""
        known = [sizes_behind(int(count.value or 0), self.range(share)) for count, share in self.pairs]
        known = known or [range(int(claim.value or 0), int(claim.value or 0) + 1) for claim in self.stated]
        return range(max(one.start for one in known), min(one.stop for one in known)) if known else None

    @property
    def _counts(self) -> list[Claim]:
        exact = [
            one for one in self.claims if one.kind == "count" and one.relation == "equals" and one.unit == self.unit
        ]
        return [one for one in exact if one.value and one.value > 0 and one.value == int(one.value)]

    def range(self, claim: Claim) -> Range:
        """The values that a claim allows."""
        return published(claim, self.widths)

    def say(self, claim: Claim) -> Published:
        """A claim in words."""
        return Published(self.file, claim)

    def name(self, claim: Claim) -> Sentence:
        """A claim in words, with what it is of."""
        return Sentence("named", {"quantity": self.file.words_of(claim), "value": self.say(claim)})

    def size(self, number: object) -> Quantity:
        """A size in the group's unit."""
        return Quantity(str(number), self.unit)

    def finding(
        self,
        kind: str,
        key: str,
        claims: Sequence[Claim],
        ends: Sequence[Fraction | int],
        of: Words | None = None,
        unit: str = "",
        /,
        **facts: object,
    ) -> Finding:
        """A finding on this population; `ends` are its value or the least and the greatest, `of` and `unit` what of."""
        low, high = (Fraction(ends[0]), Fraction(ends[-1])) if ends else (None, None)
        values = "–".join(shown(end, 1) for end in ([low] if low == high else [low, high]) if end is not None)
        widths = [width for claim in claims for width in width_of(claim, self.widths)]
        named: dict[str, object] = {"group": self.words, **facts}
        why = (Sentence(key, named), *widths)
        return Finding(kind, tuple(claims), of or self.words, values, unit or self.unit, low, high, why)


def counts_behind(share: Range, n: int) -> range:
    """The counts of a group of n that the percentage can be: none where it is impossible (GRIM)."""
    found = share.times(Fraction(n, PERCENT)).integers()
    return range(max(found.start, 0), min(found.stop, n + 1))


def sizes_behind(count: int, share: Range) -> range:
    """The sizes of a group of which `count` is the percentage; bounded by LARGEST where the percentage may be 0."""
    low, high = share.low or Fraction(0), share.high or Fraction(PERCENT)
    last = PERCENT * count / low if low > 0 else Fraction(LARGEST)
    found = Range(PERCENT * count / high, last, share.high_open, share.low_open and low > 0).integers()
    return range(max(found.start, count), found.stop)


def joint_sizes(shares: Sequence[Range], largest: int = LARGEST) -> list[int]:
    """The sizes up to `largest` of a group of which every one of the percentages is possible."""
    return [n for n in range(1, largest + 1) if all(counts_behind(share, n) for share in shares)]


def findings(file: Claims, widths: Widths) -> list[Finding]:
    """Everything that the figures of a file imply."""
    groups = populations(file, widths)
    rules = (_impossible, _restated, _sizes, _parts, _totals, _added_up)
    found = [one for population in groups for rule in rules for one in rule(population)]
    found += [one for pair in permutations(groups, 2) for one in _another_group(*pair)]
    found += [one for claim in file.claims if claim.change for one in _change(file, widths, claim)]
    once = {(one.finding, *(claim.id for claim in one.claims), one.values, one.why[0].key): one for one in found}
    return list(once.values())


def populations(file: Claims, widths: Widths) -> list[Population]:
    """The claims by group, place and year."""
    places = dict.fromkeys((claim.population, claim.where) for claim in file.claims)
    found = []
    for group, place in places:
        here = [claim for claim in file.claims if (claim.population, claim.where) == (group, place)]
        years: list[str | None] = [*dict.fromkeys(claim.year for claim in here if claim.year)]
        for year in years or [None]:
            claims = tuple(claim for claim in here if claim.year in (year, None))
            found.append(Population(file, widths, (group, place, year), claims))
    return found


def _impossible(group: Population) -> Iterator[Finding]:
    for claim in group.claims:
        if claim.kind == "share" and not group.range(claim).meets(Range(Fraction(0), Fraction(PERCENT))):
            words = group.file.words_of(claim)
            yield group.finding("contradiction", "beyond_the_whole", [claim], [], words, share=group.say(claim))


def _restated(group: Population) -> Iterator[Finding]:
    """The same quantity of the same group, stated twice with values that exclude each other."""
    for one, other in combinations(group.claims, 2):
        same = (one.quantity, one.kind, one.unit) == (other.quantity, other.kind, other.unit)
        if same and "order_of" not in (one.relation, other.relation) and not group.range(one).meets(group.range(other)):
            facts: dict[str, object] = {
                "one": group.say(one),
                "other": group.say(other),
                "quantity": group.file.words_of(one),
            }
            yield group.finding("contradiction", "stated_twice", [one, other], [], group.file.words_of(one), **facts)


def _sizes(group: Population) -> Iterator[Finding]:
    """The size of the group behind a count and its percentage, held against the size that is stated."""
    for count, share in group.pairs:
        sizes = sizes_behind(int(count.value or 0), group.range(share))
        facts: dict[str, object] = {
            "count": group.say(count),
            "share": group.say(share),
            "quantity": group.file.words_of(count),
        }
        if not sizes:
            yield group.finding("contradiction", "no_size", [count, share], [], **facts)
            continue
        facts["size"] = group.size(f"{sizes[0]}–{sizes[-1]}" if len(sizes) > 1 else sizes[0])
        key = "size_is" if len(sizes) == 1 else "size_between"
        yield group.finding("implies", key, [count, share], [sizes[0], sizes[-1]], **facts)
        for stated in group.stated:
            fits = int(stated.value or 0) in sizes
            would = Fraction(PERCENT * int(count.value or 0), int(stated.value or 1))
            facts |= {"stated": group.say(stated), "would": Quantity(shown(would, 1), "percent")}
            other = "two_wholes" if stated.value == count.value else "wrong_whole"
            kind, key = ("possible", "size_fits") if fits else ("contradiction", other)
            yield group.finding(kind, key, [count, share, stated], [sizes[0], sizes[-1]], **facts)
    if group.pairs and not group.sizes:
        yield group.finding("contradiction", "sizes_apart", [claim for pair in group.pairs for claim in pair], [])


def _parts(group: Population) -> Iterator[Finding]:
    """The other figures of a group whose size is known; and the sizes that fit all its percentages where none is."""
    paired = {claim.quantity for pair in group.pairs for claim in pair}
    fixed_by = [claim for pair in group.pairs for claim in pair] or group.stated
    sizes = group.sizes
    exact = [claim for claim in group.shares if claim.relation in EXACT]
    if sizes is None:
        if len(exact) > 1:
            yield from _joint(group, exact, "joint_size")
        return
    for claim in [share for share in group.shares if share.quantity not in paired]:
        allowed, words = group.range(claim), group.file.words_of(claim)
        facts: dict[str, object] = {
            "share": group.say(claim),
            "quantity": words,
            "size": group.size(sizes[0] if sizes else 0),
        }
        if sizes and not any(counts_behind(allowed, n) for n in sizes[:LARGEST]):
            facts["neighbours"] = _neighbours(claim, sizes[0])
            yield group.finding("contradiction", "impossible_share", [claim, *fixed_by], [], words, **facts)
        elif len(sizes) == 1:
            counts = counts_behind(allowed, sizes[0])
            facts["count"] = group.size(_span(counts))
            yield group.finding(
                "possible", "share_possible", [claim, *fixed_by], [counts[0], counts[-1]], words, **facts
            )
    if len(sizes) == 1:
        for claim in [count for count in group.counts if count.quantity not in paired]:
            part, words = Fraction(PERCENT * int(claim.value or 0), sizes[0] or 1), group.file.words_of(claim)
            facts = {"count": group.say(claim), "quantity": words, "size": group.size(sizes[0])}
            if part > PERCENT:
                yield group.finding("contradiction", "part_exceeds_whole", [claim, *fixed_by], [], words, **facts)
            else:
                facts["share"] = Quantity(shown(part, 1), "percent")
                yield group.finding("implies", "count_is_share", [claim, *fixed_by], [part], words, "percent", **facts)


def _joint(
    group: Population, shares: Sequence[Claim], key: str, kind: str = "possible", **facts: object
) -> Iterator[Finding]:
    sizes = joint_sizes([group.range(claim) for claim in shares])
    if sizes:
        named: dict[str, object] = {
            "shares": Series([group.name(claim) for claim in shares]),
            "size": group.size(sizes[0]),
            "parts": Series([f"{_span(counts_behind(group.range(claim), sizes[0]))}/{sizes[0]}" for claim in shares]),
            "sizes": Series([*sizes[:LISTED], *(["…"] if len(sizes) > LISTED else [])]),
            "largest": LARGEST,
        }
        yield group.finding(kind, key, shares, [sizes[0]], **named | facts)


def _another_group(known: Population, group: Population) -> Iterator[Finding]:
    """Percentages that a group of known size can't have, under another group's name: another group is meant."""
    sizes, shares = known.sizes, [claim for claim in group.shares if claim.relation in EXACT]
    same_text = {claim.source for claim in known.claims} & {claim.source for claim in shares}
    if known.key[1:] != group.key[1:] or known.unit != group.unit or not same_text or group.sizes is not None:
        return
    if sizes is None or len(sizes) != 1:
        return
    fits = [claim for claim in shares if counts_behind(group.range(claim), sizes[0])]
    if len(fits) == len(shares):
        return
    if (
        not fits and not known.pairs
    ):  # a size that is stated for one group says nothing of another, unless some of it fits
        return
    tried = Series([_tried(group, claim, sizes[0]) for claim in shares])
    facts: dict[str, object] = {"known": known.words, "known_size": known.size(sizes[0]), "tried": tried}
    yield from _joint(group, shares, "another_group", "not_the_same_group", **facts)


def _tried(group: Population, claim: Claim, n: int) -> Sentence:
    """What a percentage would be of another group."""
    counts = counts_behind(group.range(claim), n)
    if counts:
        return Sentence("could_be", {"share": group.name(claim), "counts": f"{_span(counts)}/{n}"})
    return Sentence("could_not_be", {"share": group.name(claim), "neighbours": _neighbours(claim, n)})


def _neighbours(claim: Claim, n: int) -> Series:
    """The shares of n that come nearest to a percentage, on both sides."""
    near = Fraction(claim.value if claim.value is not None else claim.low or 0) * n / PERCENT
    counts = sorted({max(floor(near), 0), min(ceil(near), n)})
    return Series([f"{k}/{n} = {shown(Fraction(PERCENT * k, n), claim.decimals + 1)}%" for k in counts])


def _span(counts: range) -> str:
    return str(counts[0]) if len(counts) == 1 else f"{counts[0]}–{counts[-1]}"


def _totals(group: Population) -> Iterator[Finding]:
    """A mean times the number of units: the whole number that it implies, if there is one."""
    means = [one for one in group.claims if one.kind == "mean" and one.relation in EXACT and one.unit not in DIVISIBLE]
    for mean, stated in product(means, group.stated):
        words, size = group.file.words_of(mean), int(stated.value or 0)
        facts: dict[str, object] = {"mean": group.say(mean), "size": group.say(stated), "quantity": words}
        total = group.range(mean).times(Fraction(size)).integers()
        if not total:
            yield group.finding("contradiction", "mean_impossible", [stated, mean], [], words, mean.unit, **facts)
            continue
        facts["middle"] = Quantity(shown(Fraction(mean.value or 0) * size, 1), mean.unit)
        facts["total"] = Quantity(_span(total), mean.unit)
        ends = [total[0], total[-1]]
        yield group.finding("implies", "mean_implies_total", [stated, mean], ends, words, mean.unit, **facts)


def _added_up(group: Population) -> Iterator[Finding]:
    """The parts of one whole: shares make 100 within their rounding, counts make the group."""
    for name in dict.fromkeys(claim.partition for claim in group.claims if claim.partition):
        parts = [claim for claim in group.claims if claim.partition == name]
        ranges = [group.range(claim) for claim in parts]
        least = sum((one.low or Fraction(0) for one in ranges), Fraction(0))
        most = sum((Fraction(PERCENT) if one.high is None else one.high for one in ranges), Fraction(0))
        said: dict[str, object] = {"parts": Series([group.name(claim) for claim in parts])}
        if all(claim.kind == "share" for claim in parts):
            fits = least <= PERCENT <= most
            facts: dict[str, object] = said | {"sum": Quantity(_sum(parts, least, most), "percent")}
            kind, key = ("possible" if fits else "contradiction"), f"shares_add_up_{fits}".lower()
            yield group.finding(kind, key, parts, [least, most], group.words, "percent", **facts)
        elif all(claim in group.counts for claim in parts):
            total = sum(int(claim.value or 0) for claim in parts)
            facts = said | {"sum": group.size(total)}
            for stated in group.stated:
                fits = stated.value == total
                key = f"counts_add_up_{fits}".lower()
                named: dict[str, object] = facts | {"stated": group.say(stated)}
                yield group.finding("possible" if fits else "contradiction", key, [*parts, stated], [total], **named)
            if not group.stated:
                yield group.finding("implies", "counts_imply_total", parts, [total], **facts)


def _sum(parts: Sequence[Claim], least: Fraction, most: Fraction) -> str:
    if all(claim.relation == "equals" for claim in parts):
        return number_of(parts[0].model_copy(update={"value": sum(claim.value or 0 for claim in parts)}))
    return f"{shown(least, 1)}–{shown(most, 1)}"


def _change(file: Claims, widths: Widths, claim: Claim) -> Iterator[Finding]:
    """A change in name and in fact; and whether a stated change is in per cent or in percentage points."""
    by_id = {one.id: one for one in file.claims}
    change = claim.change
    before, after = by_id[change.before if change else ""], by_id[(change and change.after) or claim.id]
    group = Population(file, widths, (claim.population, claim.where, claim.year), (before, after, claim))
    printed_both = {before.relation, after.relation} <= {"equals", "digits"}
    if not printed_both or before.value is None or after.value is None or before.value <= 0:
        return
    relative = PERCENT * (Fraction(after.value) / Fraction(before.value) - 1)
    both = [before, after]
    facts: dict[str, object] = {"before": group.say(before), "after": group.say(after)}
    facts |= {"relative": Quantity(_signed(relative, 1), "percent")}
    if claim.kind != "change":
        key = f"change_{change.how if change else 'unstated'}"
        yield group.finding("implies", key, both, [relative], file.words_of(after), "percent", **facts)
        return
    allowed = group.range(claim)
    start, end = group.range(before), group.range(after)
    outcomes = {"percent": _relative(start, end)}
    if before.unit == after.unit == "percent":
        points = [abs(one - other) for one in _ends(end) for other in _ends(start)]
        outcomes["percentage_points"] = Range(min(points), max(points))
        facts["points"] = Quantity(
            _signed(Fraction(after.value) - Fraction(before.value), before.decimals), "percentage_points"
        )
    met = [unit for unit, values in outcomes.items() if allowed.meets(values)]
    if "points" in facts:
        key = "change_as_stated" if claim.unit in met else "change_other_unit" if met else "change_wrong"
    else:
        key = "change_as_stated_of_counts" if claim.unit in met else "change_wrong_of_counts"
    kind = "possible" if claim.unit in met else "contradiction"
    facts["stated"] = group.say(claim)
    yield group.finding(kind, key, [*both, claim], [relative], file.words_of(claim), "percent", **facts)


def _ends(values: Range) -> list[Fraction]:
    return [end for end in values[:2] if end is not None]


def _relative(before: Range, after: Range) -> Range:
    """The size of the relative changes, in per cent, that two ranges allow."""
    changes = [abs(PERCENT * (late / early - 1)) for late in _ends(after) for early in _ends(before) if early]
    return Range(min(changes), max(changes))


def _signed(value: Fraction, decimals: int) -> str:
    return ("+" if value > 0 else "") + shown(value, decimals)
