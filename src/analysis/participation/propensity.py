"""How taking part goes with what people are, several groups at once: who takes part, and how many acts.

Both models have the errors of the design. They describe who takes part; they say nothing of what would make people do
so. Sources of the definitions: docs/methods.md#participation.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from analysis.errors import StudyError
from analysis.inference import Estimates, average_marginal_effects, logistic_model, negative_binomial_model
from analysis.inference.estimates import Naming
from analysis.measure import arranged, combined, excluded
from analysis.participation.activities import Activities
from analysis.registers import frequencies
from analysis.study import Study
from analysis.survey.groups import Group, columns_of, groups_of
from analysis.survey.laid_out import number

GROUPS = ("women", "aged_60_and_over", "college", "party_members", "retired_cadres", "in_hardship", "migrants")
"""The groups that a model looks at together, where a study declares none (`model_groups`)."""
MODELS: dict[str, tuple[str, str, Callable[..., Estimates]]] = {
    "takes_part": ("participation_effect", "points", logistic_model),
    "acts": ("acts_effect", "acts", negative_binomial_model),
}
"""For each outcome the measure, its unit and its model."""
UNFITTABLE = (
    "outcome_constant",
    "terms_separate",
    "terms_collinear",
    "model_rows_few",
    "model_not_found",
    "where_empty",
)
"""Errors that say that the data bear no such model."""


def model_groups(study: Study, frame: pd.DataFrame) -> list[Group]:
    """The groups that the models look at."""
    return groups_of(study, frame, _named(study))


def _named(study: Study) -> Sequence[str]:
    return study.settings.model_groups or GROUPS


def effects_of(study: Study, activities: Activities) -> pd.DataFrame:
    """The effects of a study's groups, as `effects` gives them."""
    told = activities.of_people([*MODELS, *columns_of(study, *_named(study))])
    return effects(told, model_groups(study, told.people))


def effects(activities: Activities, groups: Sequence[Group]) -> pd.DataFrame:
    """Average marginal effects of belonging to each group, the other groups being equal, by wave.

    Returns
    -------
    pandas.DataFrame
        Measure table with the dimension `group`. `participation_effect` is in the probability of taking part (logit);
        `acts_effect` in the number of acts (negative binomial regression), both of all respondents. A group of which
        all or none take part has no effect in the first (`all_or_none`): its members are left out of the model. Where
        the data bear no model at all, all rows are missing (`no_model`).
    """
    people = activities.people.assign(**{group.name: group.member for group in groups})
    outcomes = [outcome for outcome in MODELS if outcome in people and groups]
    return combined(
        _effects(people, outcome, groups, activities, wave) for wave in activities.waves for outcome in outcomes
    )


def _effects(
    people: pd.DataFrame, outcome: str, groups: Sequence[Group], activities: Activities, wave: str
) -> pd.DataFrame:
    """The effects of a model in a wave."""
    measure, unit, model = MODELS[outcome]
    facts = Naming(measure=measure, unit=unit, table="participation", window=wave)
    names = [group.name for group in groups]
    belongs_known = (people["wave"] == wave) & people[names].notna().all(axis=1)
    chosen = belongs_known & people[outcome].notna()
    variety = [people.loc[chosen & (people[name] == 1), outcome].nunique() for name in names]
    uniform = [name for name, kinds in zip(names, variety, strict=True) if outcome == "takes_part" and kinds < 2]
    kept = [name for name in names if name not in uniform]
    where = belongs_known & ~(people[uniform] == 1).any(axis=1)
    tables = [_missing(uniform, "all_or_none", number(people, chosen), activities, facts)]
    try:
        fitted = model(people, f"{outcome} ~ {' + '.join(kept) or 1}", activities.design, where=where.to_numpy())
        table = average_marginal_effects(fitted, **facts).table
        tables.append(table.drop(columns="contrast", errors="ignore").rename(columns={"effect_of": "group"}))
    except StudyError as problem:
        if problem.key not in UNFITTABLE:
            raise
        tables.append(_missing(kept, "no_model", number(people, chosen), activities, facts))
    made = combined(tables).assign(wave=wave)
    unknown = _unknown(people[people["wave"] == wave], groups)
    return made.assign(
        excluded=[text + "; " + unknown if text and unknown else text or unknown for text in made["excluded"]]
    )


def _unknown(people: pd.DataFrame, groups: Sequence[Group]) -> str:
    """Of whom it is not known whether they belong, by column and reason."""
    columns = dict.fromkeys(column for group in groups for column in group.columns if np.isnan(group.member).any())
    each = frequencies(people)
    return "; ".join(text for column in columns for text in excluded(people, column, [], each)["excluded"] if text)


def _missing(names: Sequence[str], reason: str, n: float, activities: Activities, facts: Naming) -> pd.DataFrame:
    """Rows without an effect."""
    rows = pd.DataFrame({"group": list(names), "n": n, "estimate": np.nan})
    return arranged(rows.assign(reason=reason, is_weighted=activities.is_weighted, **facts))
