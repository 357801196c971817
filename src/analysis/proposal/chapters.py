"""Which chapters a proposed study can compute, and what each of the others lacks."""

from typing import NamedTuple

from analysis.proposal.draft import Draft


class Lacking(NamedTuple):
    """A chapter that can't be computed, and the sentence of proposal.yml that says what it needs."""

    chapter: str
    needs: str


NEEDS = {
    "2_turnover": "needs_two_terms",
    "3_structure": "needs_roster",
    "4_workload": "needs_work_items",
    "5_participation": "needs_participation",
    "6_satisfaction": "needs_satisfaction",
    "7_evaluation": "needs_index",
    "8_published_claims": "needs_claims",
    "9_monitoring": "needs_monitoring",
    "10_paper_tables": "needs_respondents",
}
"""Chapter → what it needs, in words; `1_data_quality` needs nothing but data."""


def possible(draft: Draft) -> list[str]:
    """The chapters that can be computed, in their order."""
    tables = {*draft.tables} | ({"roster"} if draft.is_derived_roster else set())
    answered = "respondents" in tables
    can = {
        "2_turnover": "roster" in tables and len(draft.terms) > 1,
        "3_structure": "roster" in tables,
        "4_workload": "work_items" in tables,
        "5_participation": answered and bool({"took_part", "acts"} & draft.columns_of("participation")),
        "6_satisfaction": answered and "satisfaction" in tables,
        "10_paper_tables": answered,
    }
    return ["1_data_quality", *(chapter for chapter in NEEDS if can.get(chapter))]


def lacking(draft: Draft) -> list[Lacking]:
    """The other chapters, each with what it needs."""
    computed = possible(draft)
    return [Lacking(chapter, needs) for chapter, needs in NEEDS.items() if chapter not in computed]
