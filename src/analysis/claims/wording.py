"""The words of verdicts and findings: sentences of `catalogue/claims.yml`, their placeholders filled in a language."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from analysis.catalogue import entries
from analysis.claims.ranges import Widths, rounded
from analysis.claims.records import Claim, Claims
from analysis.settings import Words


class Sentence(NamedTuple):
    """An entry of `claims.yml: sentences`, and the facts that it names; a fact may itself be a sentence, or words."""

    key: str
    facts: Mapping[str, Any] = {}

    def text(self, language: str) -> str:
        """The sentence in a language."""
        return word("sentences", self.key, language).format(
            **{name: _said(fact, language) for name, fact in self.facts.items()}
        )


class Quantity(NamedTuple):
    """A number with its unit, as a reader sees it."""

    number: str
    unit: str

    def text(self, language: str) -> str:
        """The number in its unit."""
        entry = entries("claims")["units"][self.unit]
        template: str = entry.get(f"{language}_one", entry[language]) if self.number == "1" else entry[language]
        number = f"{int(self.number):,}" if self.number.isdecimal() else self.number
        return template.format(n=number)


class Published(NamedTuple):
    """What a claim says, in words."""

    claims: Claims
    claim: Claim

    def text(self, language: str) -> str:
        """Relation, number and unit."""
        claim = self.claim
        named = {
            name: _said(self.claims.quantities[name], language)
            for tier in [*claim.order, claim.levels]
            for name in tier
        }
        joined = [Series([named[level] for level in tier]).text(language) for tier in claim.order]
        levels = Series([named[level] for level in claim.levels]).text(language)
        value = Quantity(number_of(claim), claim.unit).text(language)
        return word("relations", claim.relation, language).format(value=value, order=" > ".join(joined), levels=levels)


class Series(NamedTuple):
    """Several facts, one after the other."""

    items: list[Any]

    def text(self, language: str) -> str:
        """The facts with the language's comma between them."""
        return ("、" if language == "zh" else ", ").join(_said(item, language) for item in self.items)


def word(kind: str, key: str, language: str) -> str:
    """A word of `claims.yml`: of the verdicts, findings, relations, units or sentences."""
    text: str = entries("claims")[kind][key][language]
    return text


def text(sentences: Iterable[Sentence], language: str) -> str:
    """Several sentences as a paragraph."""
    return ("" if language == "zh" else " ").join(sentence.text(language) for sentence in sentences)


def in_language(words: Words, language: str) -> str:
    """Words in a language, or in the one that there is: a reader's own file may have one only."""
    return next(text for key, text in sorted(words.items(), key=lambda item: item[0] != language))


def number_of(claim: Claim) -> str:
    """The number of a claim as it was printed; empty where the sentence has none."""
    if claim.relation == "between":
        return f"{claim.low}–{claim.high}"
    if claim.value is None:
        return ""
    digits = f"{claim.value:.{claim.decimals}f}"
    return digits + ("x" if claim.decimals else ".x") if claim.relation == "digits" else digits


def shown(value: Fraction, decimals: int) -> str:
    """A computed number: whole where it is whole, else rounded to so many decimals."""
    return str(rounded(value, 0 if value.denominator == 1 else decimals)).replace("-", "−")


def width_of(claim: Claim, widths: Widths) -> list[Sentence]:
    """How wide the claim's word is taken to be, where it is a matter of decision."""
    if claim.relation in ("just_under", "just_over"):
        unit = "percentage_points" if claim.unit == "percent" else claim.unit
        return [Sentence(f"width_{claim.relation}", {"width": Quantity(shown(widths.reach(claim), 2), unit)})]
    if claim.relation == "large_majority":
        return [Sentence("width_large_majority", {"width": Quantity(shown(100 * widths.large_majority, 2), "percent")})]
    return []


def _said(fact: Any, language: str) -> str:
    if isinstance(fact, (Sentence, Quantity, Published, Series)):
        return fact.text(language)
    if isinstance(fact, Mapping):
        return in_language(dict(fact), language)
    return f"{fact:f}" if isinstance(fact, Decimal) else str(fact)
