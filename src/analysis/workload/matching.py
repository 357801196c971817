"""Names of two lists matched: what is the same after normalisation, and what a person must look at.

For a study that has the items before and after a reform as two lists instead of one register with fates. Nothing is matched
silently: every pair is given back with both names as they stand, and only a person can say that a candidate is the same item.
"""

import re
import unicodedata
from typing import NamedTuple

import pandas as pd
from rapidfuzz import process
from rapidfuzz.distance import Indel

LEAST = 0.6
"""Pairs less alike than this are no candidates."""
MOST = 5
"""Candidates of one item that a person is asked to look at."""
PAIR = ["item_id_before", "item_name_before", "item_id_after", "item_name_after", "score"]


class Matches(NamedTuple):
    """What two lists have in common.

    Attributes
    ----------
    exact
        One row per pair whose names are the same after `normalised`, each name once in its list: the columns of `PAIR`.
    candidates
        Pairs that are alike, the most alike first for each earlier item: `score` is the share of characters that both names
        have in the same order, 2·LCS/(m + n). A later item that has an exact match stands here too, since another earlier
        one may have been merged into it; so does a name that its own list has twice.
    only_before, only_after
        Items in no pair at all.
    """

    exact: pd.DataFrame
    candidates: pd.DataFrame
    only_before: pd.DataFrame
    only_after: pd.DataFrame


def normalised(name: str) -> str:
    """A name as it is compared: full width as half width (NFKC), lower case, without white space and marks."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name).casefold())


def matches(before: pd.DataFrame, after: pd.DataFrame, least: float = LEAST, most: int = MOST) -> Matches:
    """Hold the items before against those after by their names.

    Parameters
    ----------
    before, after
        One row per item: `item_id` and `item_name`.
    least, most
        How alike a candidate must be, and how many an item may have.

    Returns
    -------
    Matches
        Every item of both lists is in a pair, or is listed as having none.

    Notes
    -----
    The score is the normalised similarity of insertions and deletions, as rapidfuzz computes it.
    """
    names, others = (_names(listed) for listed in (before, after))
    once, once_after = names[~names.duplicated(keep=False)], others[~others.duplicated(keep=False)]
    places = pd.Series(once_after.index, index=once_after)
    same = once[once.isin(once_after)]
    exact = [(row, place, 1.0) for row, place in zip(same.index, places[same], strict=True)]
    possible = others.to_dict()
    alike = [
        (row, place, score)
        for row, name in names.drop(same.index).items()
        for _, score, place in process.extract(
            name, possible, scorer=Indel.normalized_similarity, score_cutoff=least, limit=most
        )
    ]
    used, used_after = ({pair[side] for pair in exact + alike} for side in (0, 1))
    return Matches(
        _pairs(before, after, exact),
        _pairs(before, after, alike),
        before[~before.index.isin(used)].reset_index(drop=True),
        after[~after.index.isin(used_after)].reset_index(drop=True),
    )


def _names(listed: pd.DataFrame) -> pd.Series:
    """The names of a list as they are compared; an item without a name is in no pair."""
    names = listed["item_name"].dropna().map(normalised)
    return names[names.ne("")]


def _pairs(before: pd.DataFrame, after: pd.DataFrame, pairs: list[tuple[object, object, float]]) -> pd.DataFrame:
    """Pairs of rows, told by their ids and names."""
    rows, places, scores = ([pair[part] for pair in pairs] for part in range(3))
    first, second = (listed[["item_id", "item_name"]] for listed in (before.loc[rows], after.loc[places]))
    sides = [side.reset_index(drop=True) for side in (first, second)]
    return pd.concat([*sides, pd.Series(scores, dtype="float64")], axis=1).set_axis(PAIR, axis=1)
