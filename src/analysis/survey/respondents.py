"""Who was asked, and how they were drawn: one row a person and wave, the base of every answer."""

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.errors import StudyError, listing
from analysis.inference import SurveyDesign
from analysis.on_engine import ASKED
from analysis.on_engine import COMMUNITY as COMMUNITY
from analysis.on_engine import RESPONDENT as RESPONDENT
from analysis.registers import FREQUENCY
from analysis.study import Study

TABLE = ASKED
NOT_ASKED = "not_asked"
"""Why somebody has no answer to what was not put to them; they are not in the base of its non-response."""


def waves(study: Study) -> list[str]:
    """The waves in which residents were asked."""
    if not study.has(TABLE):
        return []
    asked = set(study.rows(TABLE, ["wave"])["wave"].dropna())
    return [wave for wave in study.catalogue.level_set("wave") if wave in asked]


def is_stranger(study: Study, table: str) -> pd.Series:
    """Which answers of a table are of nobody among the respondents; in one community, those of the others.

    Raises
    ------
    StudyError
        `respondents_unknown`, unless the study is restricted to a community, or respondents were set aside.
    """
    told = study.table(table)
    known = pd.MultiIndex.from_frame(study.table(TABLE)[RESPONDENT])
    strangers = pd.Series(~pd.MultiIndex.from_frame(told[RESPONDENT]).isin(known), index=told.index)
    if strangers.any() and not study.community and not study.settings.tables[TABLE].set_aside:
        raise StudyError(
            "respondents_unknown",
            study.name,
            table=table,
            count=int(strangers.sum()),
            total=len(told),
            waves=listing(told.loc[strangers, "wave"].unique(), 5),
        )
    return strangers


def design_of(study: Study) -> SurveyDesign:
    """How the respondents were drawn, as the study declares it; of a single community, how they were drawn inside it."""
    declared = study.design(TABLE)
    return within_communities(declared, study.table(TABLE)) if study.community else declared


def of_persons(declared: SurveyDesign, respondents: pd.DataFrame, by: Sequence[str] = ()) -> SurveyDesign:
    """A design with the person as its last stage, for estimates by some columns.

    A person is one, in however many waves or rows. Where each group is a single cluster, the clusters themselves are
    compared, and not what they were drawn from: they then are strata, in which the next stage was drawn. Otherwise nothing
    would be known of the error of a community that is itself a sampling unit. Without population sizes only the first stage
    adds to a variance, so that a person matters only where there are no clusters.
    """
    stages = stages_of(declared)
    if not stages:
        return replace(declared, clusters="respondent_id", nest=True)
    first, *later = stages
    groups = respondents.groupby(list(by), dropna=False) if by else [("", respondents)]
    if max(group[first].nunique() for _, group in groups) > 1:
        return replace(declared, clusters=[*stages, "respondent_id"])
    strata = declared.strata[1:] if isinstance(declared.strata, list) else []
    sizes = declared.fpc[1:] if isinstance(declared.fpc, list) else []
    return replace(
        declared, strata=[first, *strata], clusters=[*later, "respondent_id"], fpc=list(sizes) or None, nest=True
    )


def within_communities(design: SurveyDesign, frame: pd.DataFrame) -> SurveyDesign:
    """The design for estimates of single communities, each of them a stratum.

    A survey of many communities is also a sample inside each. A cluster that holds whole communities was drawn before the
    sampling inside a community began, and tells nothing of its error: such stages are left out. Where a community has one
    row or cluster only, its error is not known. Rows of the frame may be classes (`survey.laid_out`).
    """
    each = FREQUENCY if FREQUENCY in frame else None
    clusters = [stage for stage in stages_of(design) if (frame.groupby(COMMUNITY)[stage].nunique() > 1).any()]
    return SurveyDesign(
        weights=design.weights,
        strata=COMMUNITY,
        clusters=clusters or None,
        nest=True,
        lonely="certainty",
        frequency=each,
    )


def stages_of(design: SurveyDesign) -> list[str]:
    """The columns of the clusters of each stage, the first stage first."""
    return [design.clusters] if isinstance(design.clusters, str) else list(design.clusters or [])
