"""What inequality consists of: differences between groups and within them, or the sources that amounts come from.

A group's own quantities are those of a finer domain; what they add up to in the domains of a call is a sum over groups
(`Grouping.sum`). No domain and no group is visited by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, Unpack, get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import MISSING_CODE, Codes, sums_by
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated
from analysis.inference.inequality.entropy import about_one, entropy_part
from analysis.inference.inequality.gini import amounts, gini_part, in_base
from analysis.inference.ranks import Ranking, concentration_part, ranked
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, smooth

Kind = Literal["overlap", "stratification"]
"""The two decompositions of the Gini index by groups, by the name of what is neither within nor between them."""
COMPONENTS = (
    ("share", "ratio"),
    ("gini", "index"),
    ("correlation", "index"),
    ("contribution", "index"),
    ("relative_contribution", "ratio"),
    ("marginal_effect", "ratio"),
)
"""What is told of a source, and its unit."""
EQUAL = 1e-14
"""An index below it is rounding: all have the same, and there is nothing to take shares of."""
DIGITS = 12
"""Digits by which sums are told apart before they are ranked; what follows depends on the order of adding."""


@dataclass(frozen=True, eq=False)
class Grouping:
    """Groups inside the domains of a base.

    Attributes
    ----------
    column
        The column of the groups; a missing one is the group `unknown`.
    domain
        The domain of each group.
    cell
        The cell of the base that each cell of the groups lies in, −1 where it holds no row; None where each row is a
        cell.
    """

    column: str
    domain: Codes
    cell: Codes | None

    @classmethod
    def of(cls, base: Base, column: str) -> "Grouping":
        """The groups of a column."""
        groups = replace(base, by=(*base.by, column))
        domain = np.zeros(groups.domains, dtype=np.int64)
        domain[groups.domain] = base.domain
        own, codes = groups.cells.codes, base.cells.codes
        if codes is None:
            return cls(column, domain, None)
        cell = np.full(len(groups.cells), MISSING_CODE)
        cell[slice(None) if own is None else own] = codes
        return cls(column, domain, cell)

    def base(self, base: Base) -> Base:
        """The same rows and weights with the groups as domains."""
        return replace(base, by=(*base.by, self.column))

    def sum(self, base: Base, part: Part, is_counted: NDArray[np.bool_]) -> Part:
        """What a quantity of groups adds up to in each domain, over the groups that are counted."""
        domain = self.domain[is_counted]
        estimate = sums_by(domain, part.estimate[is_counted], base.domains)
        if part.scores is None:
            return Part(base, estimate)
        kept = is_counted[part.base.cells.domain]
        if self.cell is None:
            scores = np.where(kept, part.scores, 0)
        else:
            kept &= self.cell != MISSING_CODE
            scores = sums_by(self.cell[kept], part.scores[kept], len(base.cells))
        cross = part.cross
        if cross is not None:
            cross = np.array([sums_by(domain, row[is_counted], base.domains) for row in cross])
        return Part(base, estimate, scores, cross)


def ge_decomposition(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    groups: str,
    alpha: float = 1,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Generalised entropy index within and between groups. Other parameters and errors as of `generalised_entropy`.

    Parameters
    ----------
    groups
        The column of the groups; a missing one is the group `unknown`.
    alpha
        1 is Theil's index, 0 the mean log deviation.

    Returns
    -------
    Estimates
        Four rows a domain, by the dimension `component`: `total`; `within`, which would be left if all groups had the
        same mean; `between`, which would be left if everybody had the mean of their group; and `between_share`, the
        third over the first. The second and the third add up to the first. Where the index is missing, all are; where
        all have the same, there is no share.

    Raises
    ------
    StudyError
        `parameter_outside`, `amounts_negative`; `column_absent` for `groups` too.

    Notes
    -----
    With nᵍ and μᵍ the size and mean of group g, within is Σ(nᵍ/N)(μᵍ/μ)^α GEᵍ: Shorrocks (1980), Econometrica 48:
    613–625, and (1984), Econometrica 52: 1369–1385. A group that has nothing adds nothing.
    """
    if not np.isfinite(alpha):
        raise StudyError("parameter_outside", name="alpha", value=alpha, range="−∞ < alpha < ∞", usual="0, 1, 2")
    base, y, grouping = _grouped(frame, column, design, by, where, groups)
    y = about_one(base, y)

    def statistic(b: Base) -> list[Part]:
        members = grouping.base(b)
        amount = members.total(y)
        weighted = smooth(
            lambda n, t, index: n * (t / n) ** alpha * index, members.size, amount, entropy_part(members, y, alpha)
        )
        summed = grouping.sum(b, weighted, amount.estimate > 0)
        total = entropy_part(b, y, alpha)
        within = smooth(lambda inner, n, t: inner / (n * (t / n) ** alpha), summed, b.size, b.total(y))
        within = within.where(~np.isnan(total.estimate), total.reason)
        between = _rest(total, within)
        share = smooth(lambda part, whole: part / whole, between, total)
        return [total, within, between, share.where(total.estimate > EQUAL, "undefined")]

    labels = [{"component": name, "unit": "index"} for name in ("total", "within", "between")]
    labels.append({"component": "between_share", "unit": "ratio"})
    facts = Naming(measure="ge_decomposition") | named
    return estimated(base, statistic, labels, level=level, **facts)


def gini_groups(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    groups: str,
    kind: Kind = "overlap",
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Gini index within and between groups, and what is neither. Other parameters and errors as of `gini`.

    Parameters
    ----------
    groups
        The column of the groups; a missing one is the group `unknown`.
    kind
        `overlap`: `within` is Σ(nᵍ/N)(Yᵍ/Y)Gᵍ, with nᵍ, Yᵍ and Gᵍ the size, total and Gini index of group g; `between`
        is the index if everybody had the mean of their group; what is left is `overlap`, 0 where the ranges of the
        groups do not. `stratification`: `within` is Σ(Yᵍ/Y)Gᵍ; `between` is 2 cov(μᵍ, F̄ᵍ)/μ, with F̄ᵍ the mean rank of
        the group's members among all; what is left is `stratification`, the more negative the more the groups are
        layers.

    Returns
    -------
    Estimates
        Four rows a domain, by the dimension `component`: `total`, `within`, `between`, and `overlap` or
        `stratification`. The last three add up to the first; all are missing where the index is.

    Raises
    ------
    StudyError
        `index_kind_unknown`, `amounts_negative`; `column_absent` for `groups` too.

    Notes
    -----
    Overlap: Bhattacharya & Mahalanobis (1967), JASA 62: 143–161, and Pyatt (1976), Economic Journal 86: 243–255.
    Stratification: Yitzhaki & Lerman (1991), Review of Income and Wealth 37: 313–329. `between` is a concentration
    index: of the amounts over the ranks of the groups' means, or of the groups' means over the ranks of the amounts. The
    first has no derivative where two groups have the same mean, and its error is too small there.
    """
    known = get_args(Kind)
    if kind not in known:
        raise StudyError("index_kind_unknown", kind=kind, nearest=nearest(kind, known), known=listing(known))
    base, y, grouping = _grouped(frame, column, design, by, where, groups)
    ranking, ranking_of_members = ranked(base, y), ranked(grouping.base(base), y)

    def statistic(b: Base) -> list[Part]:
        total, members = gini_part(b, ranking), grouping.base(b)
        size, amount, index = members.size, members.total(y), concentration_part(members, ranking_of_members)
        if kind == "overlap":
            weighted = smooth(lambda n, t, g: n * t * g, size, amount, index)
            summed = grouping.sum(b, weighted, amount.estimate > 0)
            within = smooth(lambda inner, n, t: inner / (n * t), summed, b.size, b.total(y))
            between = concentration_part(b, ranked(b, _told_apart(_means(size, amount))), y)
        else:
            weighted = smooth(lambda t, g: t * g, amount, index)
            summed = grouping.sum(b, weighted, amount.estimate > 0)
            within = smooth(lambda inner, t: inner / t, summed, b.total(y))
            between = _concentration_of_means(b, grouping, ranking, size, amount)
        is_defined = ~np.isnan(total.estimate)
        within, between = within.where(is_defined, total.reason), between.where(is_defined, total.reason)
        return [total, within, between, _rest(total, within, between)]

    labels = [{"component": name} for name in ("total", "within", "between", kind)]
    facts = Naming(measure="gini_groups", unit="index") | named
    return estimated(base, statistic, labels, level=level, **facts)


def gini_sources(
    frame: Frame,
    sources: Sequence[str],
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """What each source of an amount adds to its Gini index. Other parameters and errors as of `gini`.

    Parameters
    ----------
    sources
        Columns of the sources, whose sum the index is of: kinds of activity, of income. A source may be negative, as a
        tax is; their sum may not. A row in which one is missing is not in the base.

    Returns
    -------
    Estimates
        Six rows a domain and a source, with the dimensions `source` and `component`: `share`, the source's share S of
        the total; its own Gini index, `gini`; its Gini `correlation` R with the total; its `contribution` S·G·R (these
        add up to the index of the total, their `relative_contribution` to 1, and a source that nobody has adds 0);
        and the `marginal_effect` S·G·R/G − S, by which the index changes, as a share of it, for each per cent more of
        the source. A source of which all have the same has no correlation.

    Raises
    ------
    StudyError
        `sources_repeated`, `amounts_negative`.

    Notes
    -----
    Lerman & Yitzhaki (1985), Review of Economics and Statistics 67: 151–156. G·R is the concentration index of the
    source over the ranks of the total.
    """
    if len(set(sources)) < len(sources):
        raise StudyError("sources_repeated", list=listing(sources))
    base, values = base_of(frame, design, sources, by, where)
    total = in_base(base, " + ".join(sources), _told_apart(np.sum(values, axis=0)))
    ranking, rankings = ranked(base, total), [ranked(base, y) for y in values]

    def statistic(b: Base) -> list[Part]:
        index, amount = gini_part(b, ranking), b.total(total)
        return [
            part for y, own in zip(values, rankings, strict=True) for part in _source(b, y, ranking, own, index, amount)
        ]

    labels = [{"source": source, "component": name, "unit": unit} for source in sources for name, unit in COMPONENTS]
    return estimated(base, statistic, labels, level=level, **(Naming(measure="gini_sources") | named))


def _source(base: Base, y: Numbers, ranking: Ranking, own: Ranking, index: Part, amount: Part) -> list[Part]:
    """The components of one source.

    Covariances with ranks do not change when a constant is added, so that they are taken where nothing is negative.
    """
    raised = y - min(float(y.min()), 0)
    own_amount, height = base.total(y), base.total(raised)
    by_total, by_own = concentration_part(base, ranking, raised), concentration_part(base, own, raised)
    has_any, is_shared = height.estimate > 0, ~np.isnan(index.estimate)
    share = smooth(lambda part, whole: part / whole, own_amount, amount)
    own_index = smooth(lambda g, high, part: g * high / part, by_own, height, own_amount)
    correlation = smooth(lambda c, g: c / g, by_total, by_own)
    contribution = smooth(
        lambda c, high, whole: np.where(has_any, c * high / whole, 0 * whole), by_total, height, amount
    )
    relative = smooth(lambda part, whole: part / whole, contribution, index)
    effect = smooth(lambda part, s: part - s, relative, share)
    return [
        share.where(amount.estimate > 0, index.reason),
        own_index.where((own_amount.estimate != 0) & (base.n > 1), index.reason),
        correlation.where(by_own.estimate > EQUAL, "undefined"),
        contribution.where(is_shared, index.reason),
        relative.where(index.estimate > EQUAL, "undefined"),
        effect.where(index.estimate > EQUAL, "undefined"),
    ]


def _grouped(
    frame: pd.DataFrame, column: str, design: Design, by: Sequence[str] | str, where: Where, groups: str
) -> tuple[Base, Numbers, Grouping]:
    """The base of a decomposition, the amounts and the groups."""
    by = (by,) if isinstance(by, str) else tuple(by)
    finer, y = amounts(frame, column, design, (*by, groups), where)
    base = replace(finer, by=by)
    return base, y, Grouping.of(base, groups)


def _means(size: Part, amount: Part) -> Numbers:
    """The mean of each row's group."""
    mean = np.divide(amount.estimate, size.estimate, out=np.zeros(len(size.estimate)), where=size.estimate > 0)
    return mean[size.base.domain]


def _rest(total: Part, *parts: Part) -> Part:
    """What is left of a total."""
    rest = smooth(lambda whole, *others: whole - sum(others), total, *parts)
    return rest.where(~np.isnan(total.estimate), total.reason)


def _concentration_of_means(base: Base, grouping: Grouping, ranking: Ranking, size: Part, amount: Part) -> Part:
    """The concentration index of the groups' means over the ranks of the amounts.

    To its influence values for given means comes what the means themselves move: ∂C/∂μᵍ is 2(Hᵍ − nᵍ(C + 1)/2)/Y, with
    Hᵍ the sum of the ranks of the group.
    """
    members, domain = size.base, grouping.domain
    total = sums_by(domain, amount.estimate, base.domains)
    index = concentration_part(base, ranking, _means(size, amount))
    if index.scores is None:
        return index
    with np.errstate(divide="ignore", invalid="ignore"):
        rank = ranking.to_the_middle(ranking.sums(base)) / base.size.estimate[ranking.domain]
        spared = size.estimate * (index.estimate[domain] + 1) / 2
        slope = 2 * (members.sum(rank[ranking.tie]) - spared) / total[domain]
    moved = grouping.sum(base, smooth(lambda n, t: slope * t / n, size, amount), amount.estimate > 0)
    return smooth(lambda c, zero: c + zero, index, moved)


def _told_apart(values: Numbers) -> Numbers:
    """Sums or means without the rounding of their last digits, so that equal ones are ties."""
    largest = float(np.abs(values).max())
    return np.round(values, DIGITS - int(np.ceil(np.log10(largest)))) if largest > 0 else values
