"""Larger levels that the levels of a measure lie in, as communities lie in subdistricts: other measures show how many they are.

Who knows the share of college graduates knows what junior colleges and universities add up to; ages reached are sums of age
bands, the satisfied are the two highest answers, and women and men are all. As with places, such sums are taken to be known.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import pandas as pd

from analysis.catalogue import entries

PARTITIONS = (
    ("women", "men"),
    ("under_35", "aged_35_59", "aged_60_and_over"),
    ("junior_secondary_or_below", "senior_secondary", "college"),
)
"""Groups of residents (levels.yml) that each resident is in one of."""
SCHOOLING = {"college_share": (5, 8), "senior_secondary_or_below_share": (0, 3)}
"""Measures of schooling → the ISCED levels that they count."""
BOXES = 2
"""Levels at each end of a scale that are satisfied, or not."""
SAME_MEASURE = ""


class Larger(NamedTuple):
    """Levels of a column that a larger level holds.

    Attributes
    ----------
    measure
        The measure that shows how many they are; `SAME_MEASURE` where it is none in particular.
    told
        What else is said of it, beside the column itself, which names no level.
    levels
        The levels that add up to it.
    is_group
        Whether the levels are groups of persons, whose bases add up as well.
    """

    column: str
    measure: str
    told: Mapping[str, str]
    levels: Sequence[str]
    is_group: bool = False


def larger(measure: str, cells: pd.DataFrame, ages: Sequence[float]) -> Iterator[Larger]:
    """The larger levels of the levels of one measure.

    Parameters
    ----------
    cells
        The cells of the measure, their dimensions as text.
    ages
        The ages of which a study shows how many have reached them.
    """

    def occurring(column: str) -> list[str]:
        return sorted({*cells[column]} - {""}) if column in cells else []

    if measure in ("education_share", "isced_share"):
        column = measure.removesuffix("_share")
        for name, reach in SCHOOLING.items():
            yield Larger(column, name, {}, [one for one in occurring(column) if _within(one, reach)])
    if measure == "age_band_share":
        bands = entries("levels")["age_band"]
        for age in ages:
            reached = [one for one in occurring("age_band") if bands.get(one, {}).get("from", -1) >= age]
            is_edge = age in {band["from"] for band in bands.values()}
            yield Larger("age_band", "ageing_share", {"age_from": f"{age:g}"}, reached if is_edge else [])
    if measure == "satisfaction_share" and len(scale := _in_order(occurring("score"))) > BOXES + 1:
        yield Larger("score", "satisfied_share", {}, scale[-BOXES:])
        yield Larger("score", "dissatisfied_share", {}, scale[:BOXES])
    if measure == "frequency_share":
        yield Larger("frequency", "activity_rate", {}, [one for one in occurring("frequency") if one != "never"])
    if reasons := occurring("missing_reason"):  # how many have none at all, n tells
        yield Larger("missing_reason", "item_nonresponse", {}, reasons)
    for group in PARTITIONS:
        if {*group} <= {*occurring("group")}:
            yield Larger("group", SAME_MEASURE, {"group": "|".join(group)}, group, is_group=True)
    for variable, partition in (("age_band", PARTITIONS[1]), ("education", PARTITIONS[2])):
        named = [one for one in occurring("category") if one.startswith(f"{variable}=")]
        for name in partition:
            held = [one for one in named if _is_of_group(one.partition("=")[2], variable, name)]
            yield Larger("category", SAME_MEASURE, {"category": f"{variable}={name}|"}, held)


def _in_order(scores: Sequence[str]) -> list[str]:
    """The answers of a scale, from the lowest."""
    known = [*entries("levels")["satisfaction"]]
    return sorted(scores, key=lambda one: (known.index(one) if one in known else len(known), len(one), one))


def _within(level: str, reach: Sequence[int]) -> bool:
    number = level.removeprefix("isced_")
    low, high = entries("levels")["education"].get(level, {}).get("isced", (number, number))
    return str(low).isdigit() and reach[0] <= int(low) <= int(high) <= reach[1]


def _is_of_group(level: str, variable: str, group: str) -> bool:
    told = entries("levels")["group"][group]
    if variable == "education":
        return _within(level, told["isced"])
    band = entries("levels")["age_band"].get(level, {})
    return (
        bool(band) and told.get("age_from", 0) <= band["from"] and band.get("below", 200) <= told.get("age_below", 200)
    )
