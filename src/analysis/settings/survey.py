"""study.yml on the survey: its design and weights, levels, cut-offs, and numbers of a census."""

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from analysis.settings.parts import Strict, Words


class CutOff(Strict):
    """A number that decides something, with its source."""

    value: float | list[float]
    source: str


class Schooling(Strict):
    """Years of schooling for levels, beside or instead of the catalogue's, with their source."""

    years: dict[str, float]
    source: str


class Midpoint(Strict):
    """How many acts a category of frequency stands for: a usual number, and the least and the most that it may be."""

    value: float = Field(ge=0)
    low: float = Field(ge=0)
    high: float

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if not self.low <= self.value <= self.high:
            raise ValueError("a category's numbers stand in the order `low` ≤ `value` ≤ `high`")
        return self


class Midpoints(Strict):
    """Numbers of acts for the categories of frequency, with their source: categories by themselves are no counts."""

    levels: dict[str, Midpoint]
    source: Words


class Margin(Strict):
    """How many a census counts of a group, and among how many, who are those from an age on.

    `near` is why this may be held against the sample although the ages differ.
    """

    group: str
    count: int = Field(ge=0)
    of: int = Field(gt=0)
    age_from: int = 0
    near: Words | None = None

    @model_validator(mode="after")
    def _part_of_it(self) -> Self:
        if self.count > self.of:
            raise ValueError(f"`count` is a part of `of`; {self.count} are more than {self.of}")
        return self


class Margins(Strict):
    """Numbers of a census that the sample is held against, their year and source, and from which age on people were sampled."""

    source: Words
    year: int
    sample_age_from: int
    margins: list[Margin] = Field(min_length=1)


class Level(Strict):
    """A level that a study adds, with what it means where it extends the levels of education or age, or the groups."""

    zh: str | None = None
    en: str | None = None
    isced: tuple[int, int] | None = None
    years: float | None = None
    where: dict[str, str | list[str]] | None = None
    age_from: int | None = None
    age_below: int | None = None


def _weights(given: Any) -> Any:
    return None if given == "none" else given


class Design(Strict):
    """How a table was sampled: the columns that describe it, and the rules of `analysis.inference.SurveyDesign`.

    `weights: none` says that there are no weights, where one would look for them.
    """

    weights: Annotated[str | None, BeforeValidator(_weights)] = None
    strata: str | list[str] | None = None
    clusters: str | list[str] | None = None
    fpc: str | list[str] | None = None
    nest: bool = False
    lonely: Literal["refuse", "certainty", "remove", "adjust", "average"] = "refuse"
    missing_strata: Literal["refuse", "set_aside"] = "refuse"

    @property
    def columns(self) -> dict[str, list[str]]:
        """The columns that each key names."""
        named = {key: getattr(self, key) for key in ("weights", "strata", "clusters", "fpc")}
        return {key: [name] if isinstance(name, str) else name for key, name in named.items() if name}


class Trim(Strict):
    """The least and the greatest weight, over the mean weight."""

    low: float = Field(ge=0, lt=1)
    high: float = Field(gt=1)


class Calibrate(Strict):
    """How a table's weights are made to meet numbers of the population.

    `population` is a table in the study's folder. A margin is a column of the respondents, or several crossed
    (`sex:age_group`). `start` says whether calibration begins with the weights of `design`, or with 1 for each.
    `merge_below` joins a level that fewer respondents have with its neighbour.
    """

    population: str
    margins: list[str] = Field(min_length=1)
    method: Literal["raking", "poststratification", "linear"] = "raking"
    start: Literal["weight", "none"]
    trim: Trim | None = None
    merge_below: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_margin(self) -> Self:
        if self.method == "poststratification" and len(self.margins) > 1:
            crossed = ":".join(self.margins)
            raise ValueError(
                f"`poststratification` has one margin, crossed where there are several columns: [{crossed}]"
            )
        if twice := sorted({name for name in self.margins if self.margins.count(name) > 1}):
            raise ValueError(f"the margin '{twice[0]}' stands twice")
        return self
