"""Whether people take part, and how often those who do: a mean as a rate times the mean of the participants."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np

from analysis.errors import StudyError, listing
from analysis.inference.coding import MISSING_CODE, coded
from analysis.inference.design import absent
from analysis.inference.estimates import Design, Estimates, Naming, Where, base_of, estimated, joined
from analysis.inference.inequality.gini import amounts, in_base
from analysis.inference.moments import mean_part, share_part
from analysis.inference.relations.classes import held
from analysis.inference.relations.relation import Frame
from analysis.inference.sample import Base, Part, smooth


def extensive_intensive(
    frame: Frame,
    column: str,
    design: Design,
    by: Sequence[str] | str = (),
    *,
    where: Where = None,
    level: float = 0.95,
    **named: Unpack[Naming],
) -> Estimates:
    """Participation rate r, mean of the participants m, and mean of all, μ = r·m. Parameters and errors as of `gini`.

    Parameters
    ----------
    column
        Acts of each person, none negative; who has any takes part.

    Returns
    -------
    Estimates
        Three rows a domain, by `measure`: `participants_share`, `participants_mean` (missing where nobody takes part)
        and `mean`.
    """
    base, y = amounts(frame, column, design, by, where)
    takes_part = (y > 0).astype(float)

    def means(b: Base) -> list[Part]:
        of_participants = smooth(lambda acts, participants: acts / participants, b.total(y), b.total(takes_part))
        return [of_participants.where(b.sum(takes_part) > 0, "empty_base"), mean_part(b, y)]

    facts = Naming(unit="value") | named
    rate = estimated(
        base,
        lambda b: [share_part(b, takes_part)],
        [{"measure": "participants_share", "unit": "proportion"}],
        level=level,
        interval="korn_graubard",
        **facts,
    ).counted(base.counts(takes_part), base.n)
    labels = [{"measure": "participants_mean"}, {"measure": "mean"}]
    return joined([rate, estimated(base, means, labels, level=level, **facts)])


def participation_change(
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
    """The difference of two means as that of the rates and that of the participants' means. Other parameters as of `gini`.

    Parameters
    ----------
    between
        A column with two values, such as two waves: the difference is the second's mean less the first's.

    Returns
    -------
    Estimates
        Three rows a domain, by `measure`: `extensive_change`, `intensive_change` and their sum `mean_change`; the parts
        are missing where nobody takes part in one of the two.

    Raises
    ------
    StudyError
        `values_not_two`, `amounts_negative`.

    Notes
    -----
    Δμ = Δr·m̄ + r̄·Δm, with r̄ and m̄ the averages of the two: each change counts with the other factor halfway, which is
    Shapley's value of it: Shorrocks (2013), Journal of Economic Inequality 11: 99–126.
    """
    frame, design = held(frame, design, [column, between], by, where)
    if facts := absent(frame, [between]):
        raise StudyError("column_absent", **facts)
    codes, levels = coded(frame[between])
    coding = {between: np.where(codes == MISSING_CODE, np.nan, codes)}
    base, (y, place) = base_of(frame, design, [column, between], by, where, coding)
    y = in_base(base, column, y)
    present = np.bincount(place.astype(np.int64), base.weights, minlength=len(levels)) > 0
    if present.sum() != 2:
        raise StudyError("values_not_two", column=between, count=int(present.sum()), list=listing(levels[present], 5))
    sides = [(place == code).astype(float) for code in np.flatnonzero(present)]

    def statistic(b: Base) -> list[Part]:
        sums = [b.total(values) for side in sides for values in (side, side * (y > 0), side * y)]
        has_both = np.logical_and.reduce([part.estimate > 0 for part in sums])
        extensive = smooth(lambda n, k, t, n2, k2, t2: (k2 / n2 - k / n) * (t / k + t2 / k2) / 2, *sums)
        intensive = smooth(lambda n, k, t, n2, k2, t2: (k / n + k2 / n2) / 2 * (t2 / k2 - t / k), *sums)
        change = smooth(lambda n, t, n2, t2: t2 / n2 - t / n, sums[0], sums[2], sums[3], sums[5])
        has_rows = (sums[0].estimate > 0) & (sums[3].estimate > 0)
        return [
            extensive.where(has_both, "empty_base"),
            intensive.where(has_both, "empty_base"),
            change.where(has_rows, "empty_base"),
        ]

    labels = [{"measure": measure} for measure in ("extensive_change", "intensive_change", "mean_change")]
    return estimated(base, statistic, labels, level=level, **(Naming(unit="value") | named))
