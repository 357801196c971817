"""A published figure against a computed one: agrees, agrees by rounding, disagrees, or cannot be checked, and why."""

import re
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise, product
from math import isclose, isnan
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import base as catalogue
from analysis.catalogue import entries
from analysis.claims.ranges import Range, Widths, published, rounded
from analysis.claims.records import BOUNDS, EXACT, SHARES, Claim, ComputedBy
from analysis.claims.wording import Quantity, Sentence, Series, shown
from analysis.errors import StudyError, listing
from analysis.measure import dimensions

PERCENT = 100


class Computed(NamedTuple):
    """The figure as the study's data give it, in the published unit.

    Attributes
    ----------
    value
        None where the estimate is missing.
    parts
        The shares that the value is the sum of, where the claim names such parts.
    n
        Persons or rows that it rests on.
    reason
        Why the value is missing, a key of the measure table's `reason`.
    with_missing
        What it would be with the rows of unknown value in its base.
    """

    value: Fraction | None
    parts: tuple[Fraction, ...] = ()
    n: float = float("nan")
    reason: str = ""
    with_missing: Fraction | None = None


def verdict(claim: Claim, computed: Computed, widths: Widths) -> tuple[str, Sentence]:
    """Whether a computed value is what was published, by the rules of METHODS (Conventions).

    Returns
    -------
    tuple
        `agrees`, `agrees_by_rounding` or `disagrees`, and the sentence that says why.
    """
    value, decimals, allowed = computed.value, claim.decimals, published(claim, widths)
    if value is None:
        raise ValueError("there is no computed value to compare")
    facts: dict[str, object] = {"computed": Quantity(shown(value, decimals + 2), claim.unit)}
    if allowed.holds(value):
        return "agrees", Sentence("agrees", facts)
    facts["rounded"] = Quantity(str(rounded(value, decimals)), claim.unit)
    if computed.parts:
        each = [rounded(part, decimals) for part in computed.parts]
        if _same_when_printed(claim, sum(each, Decimal(0)), allowed):
            named = [Quantity(str(part), claim.unit) for part in each]
            return "agrees_by_rounding", Sentence("rounded_parts", facts | {"parts": Series(named)})
    for how in ("truncated", "half_even", "half_away"):
        if _same_when_printed(claim, rounded(value, decimals, how), allowed):
            return "agrees_by_rounding", Sentence(f"rounded_{how}", facts)
    is_cut_short = claim.relation in EXACT and value.denominator > 1
    return "disagrees", Sentence("disagrees_when_rounded" if is_cut_short else "disagrees", facts)


def _same_when_printed(claim: Claim, value: Decimal, allowed: Range) -> bool:
    """Whether a rounded value is the printed number, or keeps the printed bound; a word's width is not rounded."""
    if claim.relation == "equals":
        return value == claim.value
    return claim.relation in (*BOUNDS, "between") and allowed.holds(Fraction(value))


def compute(table: pd.DataFrame, claim: Claim, source: ComputedBy) -> Computed:
    """The figure of a claim, from the rows of the measure table that it names.

    Parameters
    ----------
    table
        Measure table of the claim's measure, by the claim's columns.

    Raises
    ------
    StudyError
        `claim_field` where the claim names no row, or more than one, or one that is in another unit.
    """
    rows = table[table["table"] == source.table] if source.table else table
    if claim.relation == "order_of" or source.across:
        return _across(rows, claim, source)
    where = dict(source.where) | source.parts
    if claim.relation == "largest_exceeds":
        found = _filtered(rows, claim, where)
        if found.empty:
            raise _rows_wrong(rows, claim, where)
        return max((_of_rows(found.loc[[row]], claim, source) for row in found.index), key=lambda one: one.value or 0)
    return _of_rows(_selected(rows, claim, where), claim, source)


def _across(rows: pd.DataFrame, claim: Claim, source: ComputedBy) -> Computed:
    """The least of the levels' values (over-represented), or the least lead of a tier over the next (order)."""
    if source.across is None:
        raise StudyError(
            "claim_field", id=claim.id, problem="`computed_by` needs `across`, the dimension that is compared."
        )
    tiers = claim.order or [claim.levels]
    found = [
        [_of_rows(_selected(rows, claim, source.where | {source.across: level}), claim, source) for level in tier]
        for tier in tiers
    ]
    n = sum(one.n for tier in found for one in tier)
    values = [[one.value for one in tier if one.value is not None] for tier in found]
    if any(one.value is None for tier in found for one in tier):
        return Computed(None, n=n, reason=next(one.reason for tier in found for one in tier if one.value is None))
    if claim.relation != "order_of":
        return Computed(min(values[0]), n=n)
    return Computed(min(min(first) - max(second) for first, second in pairwise(values)), n=n)


def _text(value: object) -> str:
    """A level as claims.yml writes it: 2.0 is 2, True is true."""
    return (f"{value:g}" if isinstance(value, float) else str(value)).casefold()


def _filtered(rows: pd.DataFrame, claim: Claim, where: dict[str, str | list[str]]) -> pd.DataFrame:
    for dimension, levels in where.items():
        if dimension not in dimensions(rows):
            problem = f"{rows['measure'].iat[0]} has no dimension '{dimension}'; it has: {listing(dimensions(rows))}."
            raise StudyError("claim_field", id=claim.id, problem=problem)
        wanted = {_text(level) for level in ([levels] if isinstance(levels, str) else levels)}
        rows = rows[rows[dimension].map(_text).isin(wanted)]
    return rows


def _selected(rows: pd.DataFrame, claim: Claim, where: dict[str, str | list[str]]) -> pd.DataFrame:
    """Exactly one row for each combination of the named levels."""
    found = _filtered(rows, claim, where)
    levels = [[_text(level) for level in ([named] if isinstance(named, str) else named)] for named in where.values()]
    given = (
        sorted(zip(*(found[dimension].map(_text) for dimension in where), strict=True)) if where else [()] * len(found)
    )
    if given != sorted(product(*levels)):
        raise _rows_wrong(rows, claim, where)
    return found


def _rows_wrong(rows: pd.DataFrame, claim: Claim, where: dict[str, str | list[str]]) -> StudyError:
    found = _filtered(rows, claim, where)
    possible = (
        "; ".join(f"{name}: {listing(rows[name].map(_text).unique(), 30)}" for name in dimensions(rows)) or "none"
    )
    problem = (
        f"`computed_by` selects {len(found)} rows of {rows['measure'].iat[0]}, and must select one for each level that "
        f"it names. Dimensions and their levels: {possible}."
    )
    return StudyError("claim_field", id=claim.id, problem=problem)


def _of_rows(rows: pd.DataFrame, claim: Claim, source: ComputedBy) -> Computed:
    """The value of rows that are one figure: a single row, groups pooled, or parts of one base."""
    factor = _factor(rows, claim, source)
    n = float(rows["n"].max() if source.parts else rows["n"].sum())
    if source.of == "se":
        error = rows["se"].iat[0] if len(rows) == 1 else float("nan")
        return Computed(None if isnan(error) else factor * Fraction(repr(float(error))), n=n, reason="undefined")
    if source.of != "estimate":
        counts = rows[source.of]
        return Computed(
            None if counts.isna().any() else sum(map(Fraction, counts), Fraction(0)), n=n, reason="empty_base"
        )
    if rows["estimate"].isna().any():
        return Computed(None, n=n, reason=str(rows.loc[rows["estimate"].isna(), "reason"].iat[0]))
    if len(rows) == 1:
        value = _exact(rows.iloc[0])
        base = float(rows["denominator"].fillna(0).sum())
    elif source.parts:
        if factor != PERCENT:
            raise StudyError("claim_field", id=claim.id, problem=f"{source.measure} is no share, so it has no parts.")
        value = sum((_exact(row) for _, row in rows.iterrows()), Fraction(0))
        base = float(rows["denominator"].max())
    else:
        if rows[["numerator", "denominator"]].isna().any(axis=None) or rows["is_weighted"].any():
            problem = f"{source.measure} is no quotient of counts, so its rows can't be pooled."
            raise StudyError("claim_field", id=claim.id, problem=problem)
        base = float(rows["denominator"].sum())
        value = sum(map(Fraction, rows["numerator"]), Fraction(0)) / Fraction(base)
    parts = tuple(factor * _exact(row) for _, row in rows.iterrows()) if source.parts else ()
    out = sum(int(count) for text in rows["excluded"] for count in re.findall(r" (\d+)(?=;|$)", text))
    is_count_share = factor == PERCENT and not rows["is_weighted"].any()
    wider = value * Fraction(base) / (Fraction(base) + out) if is_count_share and out and base > 0 else None
    if source.complement:
        value, wider, parts = 1 - value, None, ()
    return Computed(value * factor, parts, n, with_missing=None if wider is None else wider * factor)


def _factor(rows: pd.DataFrame, claim: Claim, source: ComputedBy) -> int:
    """What turns the stored number into the published unit; percentages come from proportions only."""
    is_in_unit = source.of in ("estimate", "se")
    stored = entries("measures")["units"][rows["unit"].iat[0]]["factor"] if is_in_unit else 1
    wanted = PERCENT if claim.unit in SHARES else 1
    if stored != wanted or (source.complement and stored != PERCENT):
        problem = f"it is published in {claim.unit}, and {source.measure} ({source.of}) is in another unit."
        raise StudyError("claim_field", id=claim.id, problem=problem)
    return int(stored)


def _exact(row: pd.Series) -> Fraction:
    """An estimate without the error of binary fractions, where it is the quotient of its counts."""
    over, under, estimate = row["numerator"], row["denominator"], row["estimate"]
    if (
        pd.notna(over)
        and pd.notna(under)
        and under > 0
        and isclose(over / under, estimate, rel_tol=1e-9, abs_tol=1e-12)
    ):
        return Fraction(over) / Fraction(under)
    return Fraction(repr(float(estimate)))


def likely_causes(
    table: pd.DataFrame, claim: Claim, source: ComputedBy, computed: Computed, widths: Widths
) -> list[Sentence]:
    """What a disagreement may come from: what the file says, and what was tried and would agree."""

    def said(value: Fraction) -> Quantity:
        return Quantity(shown(value, claim.decimals + 2), claim.unit)

    def agrees(value: Fraction) -> bool:
        return verdict(claim, Computed(value), widths)[0] == "agrees"

    causes = [Sentence("cause_declared", {"cause": claim.likely_cause})] if claim.likely_cause else []
    others = {term: value for term, value in _other_terms(table, claim, source) if agrees(value)}
    if others:
        named = [Sentence("term_value", {"term": term, "value": said(value)}) for term, value in others.items()]
        causes.append(Sentence("cause_other_term", {"terms": Series(named)}))
    alternatives = {"cause_with_missing": computed.with_missing}
    # A bound is met by half of all numbers, so only a number that is met says something.
    if computed.value is not None and claim.unit in SHARES and claim.relation in EXACT:
        alternatives |= {"cause_complement": PERCENT - computed.value, "cause_proportion": computed.value / PERCENT}
    tried = [(key, value) for key, value in alternatives.items() if value is not None and agrees(value)]
    causes += [Sentence(key, {"value": said(value)}) for key, value in tried]
    return causes or [Sentence("cause_unknown")]


def _other_terms(table: pd.DataFrame, claim: Claim, source: ComputedBy) -> Iterator[tuple[str, Fraction]]:
    term = source.where.get("term")
    if isinstance(term, str):
        for other in sorted({_text(level) for level in table["term"].dropna()} - {_text(term)}):
            try:
                there = compute(table, claim, source.model_copy(update={"where": source.where | {"term": other}}))
            except StudyError:  # the measure has no such row for that term
                continue
            if there.value is not None:
                yield other, there.value


def why_missing(reason: str) -> Sentence:
    """Why there is no estimate to compare, in the words of the measure tables."""
    words = entries("words").get(f"reason_{reason}")
    if not words:
        return Sentence("estimate_missing", {"reason": reason})
    said = {
        language: catalogue().text(f"reason_{reason}", language).lstrip("– ").rstrip("。.") for language in ("zh", "en")
    }
    return Sentence("estimate_missing", {"reason": said})
