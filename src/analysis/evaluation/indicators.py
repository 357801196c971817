"""The indicators of a study's index by community: administrative values as they stand, survey estimates with errors."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.errors import StudyError, listing, nearest
from analysis.inference import SurveyDesign
from analysis.settings import Index, Indicator
from analysis.study import Study
from analysis.survey.answers import OUTCOMES, answers, by_community, outcomes
from analysis.survey.respondents import COMMUNITY

Numbers = NDArray[np.float64]
RANGES = {"proportion": (0, 1), "score_100": (0, 100)}
"""Between which values an outcome lies, by its unit: no sample could have given another."""


@dataclass(frozen=True)
class Indicators:
    """Communities by indicators.

    Attributes
    ----------
    communities, declared
        What the rows and the columns are.
    values
        One row a community, one column an indicator.
    covariance
        Of the survey's estimates among `values`, column by column and inside it by community.
    rows
        The least number of answers that a survey estimate of the community rests on; 1, its row of the table, without a survey.
    incomplete
        Communities that lack an indicator: they have no row.
    """

    communities: list[str]
    declared: list[Indicator]
    values: Numbers
    covariance: Numbers
    rows: Numbers
    incomplete: list[str]

    @property
    def is_positive(self) -> NDArray[np.bool_]:
        """Which indicators are better when more."""
        return np.array([one.direction == "positive" for one in self.declared])

    @property
    def is_surveyed(self) -> NDArray[np.bool_]:
        """Which indicators are estimates from the survey."""
        return np.array([one.survey is not None for one in self.declared])

    @property
    def table(self) -> str:
        """The table that they rest on, of those that they come from the one about persons."""
        return "respondents" if self.is_surveyed.any() else "indicators"

    @property
    def is_constant(self) -> NDArray[np.bool_]:
        """Which indicators say the same of every community."""
        return self.values.max(axis=0) == self.values.min(axis=0)

    @property
    def groups(self) -> list[str]:
        """The weight group of each indicator."""
        return [one.group or one.indicator for one in self.declared]

    @property
    def goalposts(self) -> tuple[Numbers, Numbers] | None:
        """Low and high goalposts, where every indicator has them."""
        ends = [one.goalposts for one in self.declared if one.goalposts]
        if len(ends) < len(self.declared):
            return None
        low, high = np.array(ends, dtype=float).T
        return low, high

    def beyond_goalposts(self) -> pd.DataFrame:
        """The values that lie beyond their goalposts and count as at them: community and indicator."""
        if self.goalposts is None:
            return pd.DataFrame({COMMUNITY: [], "indicator": []})
        low, high = self.goalposts
        place, column = np.nonzero((self.values < low) | (self.values > high))
        names = [one.indicator for one in self.declared]
        return pd.DataFrame({COMMUNITY: [self.communities[i] for i in place], "indicator": [names[j] for j in column]})

    def draws(self, count: int, rng: np.random.Generator) -> Numbers:
        """What a sample could have given instead: draws × communities × indicators, survey estimates with their errors."""
        drawn = np.repeat(self.values[None], count, axis=0)
        if self.is_surveyed.any():
            shape = (count, int(self.is_surveyed.sum()), len(self.communities))
            size = len(self.covariance)
            # An estimate without spread would have no Cholesky root; another root would turn with the last digit.
            spread = self.covariance + 1e-12 * self.covariance.max() * np.eye(size)
            error = rng.multivariate_normal(np.zeros(size), spread, count, method="cholesky")
            told = drawn[:, :, self.is_surveyed] + error.reshape(shape).transpose(0, 2, 1)
            ends = [RANGES[OUTCOMES[one.survey]] for one in self.declared if one.survey]
            drawn[:, :, self.is_surveyed] = np.clip(told, *np.array(ends, dtype=float).T)
        return drawn

    def of(self, kept: NDArray[np.bool_]) -> "Indicators":
        """Only some of the indicators; their draws are made of all."""
        chosen = [one for one, is_in in zip(self.declared, kept, strict=True) if is_in]
        rows = self.rows if (kept & self.is_surveyed).any() else np.ones(len(self.rows))
        return replace(self, declared=chosen, values=self.values[:, kept], covariance=np.empty((0, 0)), rows=rows)


def gathered(study: Study, index: Index, is_weighted: bool = True) -> Indicators:
    """The indicators that study.yml declares, by community.

    Parameters
    ----------
    is_weighted
        Whether survey estimates are weighted to the population; without it every respondent counts the same.

    Raises
    ------
    StudyError
        `index_indicator_absent`, `index_outcome_absent`.
    """
    columns: dict[str, pd.Series] = {}
    if any(one.survey is None for one in index.indicators):
        columns |= _administrative(study, index)
    asked = [one.survey for one in index.indicators if one.survey]
    covariance, estimates = np.empty((0, 0)), pd.DataFrame()
    if asked:
        estimates, covariance = _surveyed(study, index, asked, is_weighted)
        for one in index.indicators:
            if one.survey:
                rows = estimates[(estimates["measure"] == one.survey) & (estimates["se"].notna())]
                columns[one.indicator] = rows.set_index(COMMUNITY)["estimate"]
    table = pd.DataFrame(columns)[[one.indicator for one in index.indicators]].sort_index()
    known = table.dropna()
    least = pd.Series(1.0, index=known.index)
    if asked:
        least = estimates.groupby(COMMUNITY)["n"].min().reindex(known.index)
        keys = pd.MultiIndex.from_frame(estimates[["measure", COMMUNITY]])
        wanted = keys.get_indexer(pd.MultiIndex.from_product([asked, known.index]))
        covariance = covariance[np.ix_(wanted, wanted)]
    return Indicators(
        [str(community) for community in known.index],
        list(index.indicators),
        known.to_numpy(float),
        covariance,
        least.to_numpy(float),
        [str(community) for community in table.index.difference(known.index)],
    )


def _administrative(study: Study, index: Index) -> dict[str, pd.Series]:
    rows = study.table("indicators")
    rows = rows[rows["year"] == index.year].dropna(subset="value")
    present = rows["indicator"].unique()
    for one in index.indicators:
        if one.survey is None and one.indicator not in present:
            facts = {"nearest": nearest(one.indicator, present), "known": listing(present, 30)}
            raise StudyError("index_indicator_absent", "study.yml: index", name=one.indicator, year=index.year, **facts)
    by_name = rows.set_index(COMMUNITY).groupby("indicator")["value"]
    return {
        one.indicator: by_name.get_group(one.indicator).astype(float) for one in index.indicators if one.survey is None
    }


def _surveyed(study: Study, index: Index, asked: Sequence[str], is_weighted: bool) -> tuple[pd.DataFrame, Numbers]:
    frame = answers(study, str(index.wave))
    if lacking := sorted({*asked} - {*outcomes(frame)}):
        raise StudyError("index_outcome_absent", "study.yml: index", name=lacking[0], wave=index.wave)
    design = study.design("respondents") if is_weighted else SurveyDesign()
    made = by_community(frame, design, asked)
    return made.table, made.covariance()
