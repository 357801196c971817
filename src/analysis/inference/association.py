"""Whether two columns go together, and whether two groups differ."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal, Unpack

import numpy as np
import pandas as pd
from scipy import linalg, stats

from analysis.errors import StudyError, listing, nearest
from analysis.inference.coding import MISSING_CODE, coded
from analysis.inference.estimates import Design, Estimates, Naming, Numbers, Where, base_of, estimated
from analysis.inference.moments import share_part
from analysis.inference.relations.classes import held
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, require_rows, smooth

Kind = Literal["F", "chi2", "wald", "adjusted_wald"]
"""The tests of independence."""
Facts = dict[str, Any]
KINDS = ("F", "chi2", "wald", "adjusted_wald")
NO_VARIANCE = 1e-12
"""A design effect below which the strata leave a table no error."""


def chi_square(
    frame: Frame,
    rows: str,
    columns: str,
    design: Design,
    *,
    where: Where = None,
    kind: Kind = "F",
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Test of independence of two columns, and the cells of their table. Other parameters and errors as of `total`.

    Parameters
    ----------
    rows, columns
        Columns of categories; rows of the frame in which one of them is missing are not in the base.
    kind
        `F`: Rao and Scott's second-order correction of Pearson's statistic, as F. `chi2`: their first-order correction.
        `wald`: Wald's test of observed less expected totals, which needs many clusters; `adjusted_wald` the same with its
        denominator's degrees of freedom lowered.

    Returns
    -------
    Estimates
        One row a cell, its share of the population. `facts` has the test: `kind`, `statistic`, `df`, `denominator_df`
        (infinite for `chi2`) and `p`; `pearson` is the statistic without correction, scaled to the number of rows, and
        `design_effect` what it was divided by for `chi2`.

    Raises
    ------
    StudyError
        `kind_unknown`; `level_alone`, `level_empty`, `domain_empty`, where a column has one level only, or a level without
        rows; `association_untestable`, where the sample has no error to compare with, or too few clusters for Wald's test.

    Notes
    -----
    Rao & Scott (1981), JASA 76: 221–230, and (1984), Annals of Statistics 12: 46–60: Pearson's statistic is distributed as
    Σδᵢχ²₁ with δ the eigenvalues of (C′D⁻¹C/n)⁻¹(C′D⁻¹VD⁻¹C), D the cells' shares, V their covariance and C the contrasts
    of interaction. The first order divides it by the mean of δ; the second takes Σδ and Satterthwaite's degrees of freedom
    (Σδ)²/Σδ², the denominator's being so many times the design's, as Thomas & Rao (1987), JASA 82: 630–636, advise. A cell
    without rows takes no part in V. Wald's test: Koch, Freeman & Freeman (1975), International Statistical Review 43: 59–78.
    """
    if kind not in KINDS:
        raise StudyError("kind_unknown", name=kind, nearest=nearest(kind, KINDS), known=listing(KINDS))
    frame, design = held(frame, design, [rows, columns], (), where)
    base, codes, levels = _grouped(frame, [rows, columns], design, (), where)
    shape = (len(levels[0]), len(levels[1]))
    for column, own, known in zip((rows, columns), codes, levels, strict=True):
        _require_levels(column, base, own, known)
    cells = [(codes[0] == i) & (codes[1] == j) for i, j in np.ndindex(shape)]
    labels = [{rows: levels[0][i], columns: levels[1][j]} for i, j in np.ndindex(shape)]
    facts = Naming(measure="cell_share", unit="proportion") | named
    made = estimated(
        base,
        lambda b: [share_part(b, cell) for cell in cells],
        labels,
        level=level,
        interval="korn_graubard",
        **facts,
    ).counted(np.array([base.counts(cell)[0] for cell in cells]), np.repeat(base.n, len(cells)))
    interaction = np.kron(linalg.helmert(shape[0]), linalg.helmert(shape[1]))
    if kind in ("F", "chi2"):
        return replace(made, facts=_rao_scott(made, shape, interaction, kind))
    totals = estimated(base, lambda b: [b.total(cell.astype(float)) for cell in cells], labels)
    return replace(made, facts=_wald(totals, shape, interaction, kind))


def _rao_scott(made: Estimates, shape: tuple[int, int], interaction: Numbers, kind: str) -> Facts:
    """Rao and Scott's tests from the shares of the cells."""
    share, n, count = made.table["estimate"].to_numpy(float), float(made.table["n"].iloc[0]), len(interaction)
    expected = _expected(share, shape)
    pearson = n * float(((share - expected) ** 2 / expected).sum())
    logs = interaction * np.divide(1, share, out=np.zeros_like(share), where=share > 0)
    simple = (logs * share) @ logs.T / n
    effects = np.linalg.solve(simple, made.spread.combined(logs).covariance())
    total = float(np.trace(effects))
    if not total > NO_VARIANCE * count:
        raise StudyError("association_untestable", kind=kind, found=0, expected=count)
    facts: Facts = {"kind": kind, "pearson": pearson, "design_effect": total / count}
    if kind == "chi2":
        statistic = pearson * count / total
        p = float(stats.chi2.sf(statistic, count))
        return facts | {"statistic": statistic, "df": count, "denominator_df": np.inf, "p": p}
    df = total**2 / float(np.trace(effects @ effects))
    below = df * made.df if made.df > 0 else np.nan
    statistic = pearson / total
    return facts | {
        "statistic": statistic,
        "df": df,
        "denominator_df": below,
        "p": float(stats.f.sf(statistic, df, below)),
    }


def _wald(totals: Estimates, shape: tuple[int, int], interaction: Numbers, kind: str) -> Facts:
    """Wald's tests from the totals of the cells."""
    excess = totals.contrast(lambda total: interaction @ (total - _expected(total, shape)))
    test = excess.wald()
    count, df = len(interaction), totals.df
    if test["df"] < count:
        raise StudyError("association_untestable", kind=kind, found=int(test["df"]), expected=count)
    if kind == "wald":
        return {"kind": kind, **test}
    below = df - count + 1
    statistic = test["statistic"] * below / df
    p = float(stats.f.sf(statistic, count, below)) if below > 0 else np.nan
    return {"kind": kind, "statistic": statistic, "df": count, "denominator_df": below, "p": p}


def _expected(cells: Numbers, shape: tuple[int, int]) -> Numbers:
    """The cells of a table with the same margins, of independent columns."""
    table = cells.reshape(shape)
    return (table.sum(axis=1)[:, None] * table.sum(axis=0) / table.sum()).ravel()


def difference(
    frame: Frame,
    column: str,
    design: Design,
    between: str,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Difference of the means of two groups, or of two waves. Other parameters, result and errors as of `total`.

    Parameters
    ----------
    between
        A column with two values in the base, in order: the mean of the second less that of the first. Rows in which it is
        missing are not in the base.

    Returns
    -------
    Estimates
        One row a domain, with the dimension `contrast`. The groups may share clusters: their covariance is in the error.
        `t_tests` gives t and p.

    Raises
    ------
    StudyError
        `groups_not_two`.

    Notes
    -----
    The t test of a regression on one dummy variable, as R's `svyttest`. Its degrees of freedom are one fewer than the
    design's: n − 2 for a simple random sample.
    """
    frame, design = held(frame, design, [column, between], by, where)
    coding, levels = _coding(frame, between)
    base, (y, group) = base_of(frame, design, [column, between], by, where, {between: coding})
    weighs = base.weights > 0
    found = np.unique(group[weighs]).astype(int)
    if len(found) != 2:
        raise StudyError("groups_not_two", column=between, count=len(found), list=listing(levels[found], 5))
    is_second = (group == found[1]) & weighs
    is_first = (group == found[0]) & weighs
    first, second = is_first.astype(float), is_second.astype(float)
    centre = float(y[weighs].mean())

    def statistic(b: Base) -> list[Part]:
        parts = [b.total(values) for values in (second * (y - centre), second, first * (y - centre), first)]
        return [smooth(lambda of_second, size, of_first, other: of_second / size - of_first / other, *parts)]

    label = {"contrast": f"{levels[found[1]]} − {levels[found[0]]}"}
    made = estimated(base, statistic, [label], level=level, **(Naming(measure="difference", unit="value") | named))
    return made.with_fewer_df(1, level)


def _grouped(
    frame: pd.DataFrame, columns: Sequence[str], design: Design, by: Sequence[str] | str, where: Where
) -> tuple[Base, list[Numbers], list[pd.Index]]:
    """The rows in which no column of categories is missing, the columns' codes and their levels."""
    made = [_coding(frame, column) for column in columns]
    coding = {column: codes for column, (codes, _) in zip(columns, made, strict=True)}
    base, codes = base_of(frame, design, columns, by, where, coding)
    return base, codes, [levels for _, levels in made]


def _coding(frame: pd.DataFrame, column: str) -> tuple[Numbers, pd.Index]:
    """The codes of a column's values as numbers, and its levels."""
    if column not in frame:  # refused, with the nearest name, where the base is made
        return np.zeros(0), pd.Index([])
    codes, levels = coded(frame[column])
    if not len(levels):
        raise StudyError("column_all_missing", column=column, count=len(frame))
    require_rows(column, codes, levels)
    return np.where(codes == MISSING_CODE, np.nan, codes), levels


def _require_levels(column: str, base: Base, codes: Numbers, levels: pd.Index) -> None:
    """Refuse a column with one level, or with a level that has no rows in the base."""
    if len(levels) < 2:
        raise StudyError("level_alone", column=column, list=listing(levels))
    empty = np.bincount(codes.astype(int), base.weights, minlength=len(levels)) == 0
    if empty.any():
        raise StudyError("level_empty", column=column, count=int(empty.sum()), list=listing(levels[empty], 5))
