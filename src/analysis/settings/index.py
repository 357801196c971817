"""study.yml on the evaluation index: indicators, their direction and ends, and their weights."""

from typing import Literal, Self

from pydantic import Field, model_validator

from analysis.settings.parts import Strict, Words


class Indicator(Strict):
    """An indicator of the index: where its values come from, which way is better, and from where to where it runs.

    `survey` names what residents answered (`analysis.survey.answers`); without it the values stand in the table `indicators`.
    `goalposts` are the lowest and the highest value that count.
    """

    indicator: str
    direction: Literal["positive", "negative"]
    group: str = ""
    survey: Literal["participation_rate", "satisfaction_score"] | None = None
    goalposts: tuple[float, float] | None = None
    source: str | None = None

    @model_validator(mode="after")
    def _goalposts_apart(self) -> Self:
        if self.goalposts and self.goalposts[0] >= self.goalposts[1]:
            raise ValueError("`goalposts` are a low and a high value, the low one first")
        if self.goalposts and not self.source:
            raise ValueError("`goalposts` need a `source`: who says that they are the ends")
        return self


class Pairwise(Strict):
    """What experts judged in pairs: how many times as important the group of a row is as that of a column, such as 3 or 1/3."""

    groups: list[str]
    experts: list[list[list[str]]] = Field(min_length=1)
    random_index: Literal["saaty_1980", "saaty_2008"] = "saaty_1980"
    source: Words


class Index(Strict):
    """The evaluation index of communities: its indicators, their year, the survey's wave, and its weights."""

    year: int
    wave: str | None = None
    indicators: list[Indicator] = Field(min_length=2)
    weights: Literal["equal", "entropy", "ahp"] = "equal"
    pairwise: Pairwise | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [one.indicator for one in self.indicators]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ValueError(f"the indicator '{twice[0]}' stands twice")
        if self.wave is None and any(one.survey for one in self.indicators):
            raise ValueError("an indicator comes from the survey, so `wave` must say from which wave")
        if self.pairwise and (
            bare := {one.group or one.indicator for one in self.indicators} ^ {*self.pairwise.groups}
        ):
            raise ValueError(
                f"`pairwise.groups` are the groups of the indicators; only one of the two has '{min(bare)}'"
            )
        if self.weights == "ahp" and not self.pairwise:
            raise ValueError("`weights: ahp` needs `pairwise`")
        return self
