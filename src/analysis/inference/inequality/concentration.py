"""Concentration indices: whether an outcome lies with those who rank low or high in another column, such as income."""

from collections.abc import Sequence
from typing import Literal, Unpack, get_args

import numpy as np
import pandas as pd

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import MISSING_CODE
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated
from analysis.inference.inequality.gini import in_base
from analysis.inference.ranks import Ranking, concentration_part, ranked
from analysis.inference.relations.classes import held
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, smooth

Kind = Literal["standard", "generalised", "erreygers", "wagstaff"]
"""Relative; absolute; and the two corrections for an outcome that has bounds."""
UNITS = {"standard": "index", "generalised": "value", "erreygers": "index", "wagstaff": "index"}


def concentration_index(
    frame: Frame,
    outcome: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    rank: str,
    kind: Kind = "standard",
    bounds: tuple[float, float] = (0, 1),
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Concentration index of an outcome over the ranks of another column, C = 2Σwh R/Σwh − 1. Other parameters as of `total`.

    Parameters
    ----------
    outcome
        The outcome h. A row without outcome or rank is not in the base.
    rank
        The column that people are ranked by: numbers or ordered categories. R is the weighted mid fractional rank, and
        rows of equal value share theirs.
    kind
        `standard` is C, for amounts of which none is negative. `generalised` is the absolute index μC, with μ the mean
        outcome; it stays when a constant is added to the outcome. For an outcome with bounds a and b, `erreygers` is
        4μC/(b − a), which judges by absolute differences, and `wagstaff` (b − a)μC/[(b − μ)(μ − a)], which judges by
        relative ones. Both lie between −1 and 1 and turn their sign when the outcome is turned into its opposite; as
        they may order groups differently, show both.
    bounds
        The least and the greatest outcome that there can be, for `erreygers` and `wagstaff`.

    Returns
    -------
    Estimates
        One row a domain, by `kind` named `concentration_index`, `generalised_concentration_index`, `erreygers_index` or
        `wagstaff_index`. C is missing where nobody has any, and Wagstaff's index where all are at one of the bounds.

    Raises
    ------
    StudyError
        `index_kind_unknown`, `outcome_outside_bounds`, `parameter_outside`, and for C `amounts_negative`.

    Notes
    -----
    Kakwani, Wagstaff & van Doorslaer (1997), Journal of Econometrics 77: 87–103; Wagstaff (2005), Health Economics 14:
    429–432; Erreygers (2009), Journal of Health Economics 28: 504–515. With h′ = (h − a)/(b − a) in place of h they are
    4μ′C′ and C′/(1 − μ′), and so need no outcome that is positive.
    """
    if kind not in UNITS:
        known = get_args(Kind)
        raise StudyError("index_kind_unknown", kind=kind, nearest=nearest(kind, known), known=listing(known))
    frame, design = held(frame, design, [outcome, rank], by, where)
    base, (values, order) = base_of(frame, design, [outcome, rank], by, where, _codes(frame, outcome, rank))
    if kind == "standard":
        values = in_base(base, outcome, values)
    elif kind == "generalised":
        values = values - min(values.min(), 0)
    else:
        values = _within(base, outcome, values, bounds)
    ranking = ranked(base, order)
    name = f"{kind}_index" if kind in ("erreygers", "wagstaff") else "concentration_index"
    facts = Naming(measure=f"generalised_{name}" if kind == "generalised" else name, unit=UNITS[kind]) | named
    return estimated(base, lambda b: [_index(b, ranking, values, kind)], level=level, **facts)


def _index(base: Base, ranking: Ranking, outcome: Numbers, kind: Kind) -> Part:
    """The index of an outcome that is nowhere negative, and for an outcome with bounds from 0 to 1."""
    relative = concentration_part(base, ranking, outcome)
    has_any = base.sum(outcome) > 0
    if kind == "standard":
        return relative.where(has_any, "nothing_to_share")
    size, total = base.size, base.total(outcome)
    if kind == "wagstaff":
        has_all = base.sum(1 - outcome) <= 0
        index = smooth(lambda c, n, t: c / (1 - t / n), relative, size, total)
        return index.where(has_any & ~has_all, "mean_at_bound")
    factor = 4 if kind == "erreygers" else 1
    index = smooth(lambda c, n, t: np.where(has_any, factor * c * t / n, 0), relative, size, total)
    return index.where(base.n > 0, "empty_base")


def _within(base: Base, column: str, outcome: Numbers, bounds: tuple[float, float]) -> Numbers:
    """The outcome on a scale from 0 to 1, 0 outside the base; one that is outside its bounds is refused."""
    low, high = bounds
    if not -np.inf < low < high < np.inf:
        raise StudyError("parameter_outside", name="bounds", value=bounds, range="−∞ < a < b < ∞", usual="(0, 1)")
    wrong = (outcome < low) | (outcome > high)
    if base.is_in is not None:
        wrong &= base.is_in
    if wrong.any():
        rows = base.named(wrong)
        raise StudyError("outcome_outside_bounds", column=column, low=low, high=high, count=int(wrong.sum()), rows=rows)
    scaled = (outcome - low) / (high - low)
    return scaled if base.is_in is None else np.where(base.is_in, scaled, 0)


def _codes(frame: pd.DataFrame, outcome: str, rank: str) -> dict[str, Numbers]:
    """Numbers in the place of ordered categories to rank by."""
    if rank == outcome or rank not in frame:
        return {}
    kind = frame[rank].dtype
    if not (isinstance(kind, pd.CategoricalDtype) and kind.ordered):
        return {}
    codes = frame[rank].cat.codes.to_numpy(float)
    return {rank: np.where(codes == MISSING_CODE, np.nan, codes)}
