"""The headline numbers that a colleague can recompute in another program: what each is a mean of, and our own number.

Each is the mean of one value over rows of one table, weighted for residents; the value of a row is told by steps that any
program can repeat. Ages are not among them: dates of birth are not exported.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import pandas as pd

from analysis import participation, structure, turnover
from analysis.errors import StudyError
from analysis.export.coded import positions
from analysis.export.columns import Table
from analysis.participation.activities import activities_of
from analysis.reporting.disclosure import released_of
from analysis.satisfaction import likert
from analysis.satisfaction.questionnaire import questionnaire_of, scale_of
from analysis.study import Study
from analysis.survey.taking_part import DOES, NEVER
from analysis.turnover.roster import roster_of


class Step(NamedTuple):
    """How a column tells the value of a row, where it is not missing.

    `kind` is `number` (as it stands), `positive` (1 above 0, else 0), `codes` (by the code of its level), or `joined` (1
    where the person was not in the same unit one term before; `codes` are then the places of the terms).
    """

    column: str
    kind: Literal["number", "positive", "codes", "joined"]
    codes: Mapping[int, int] = {}

    @property
    def recoded(self) -> str:
        """Which code becomes which value, as SPSS and Stata alike write it."""
        return " ".join(f"({code}={value})" for code, value in self.codes.items())


class Headline(NamedTuple):
    """A number to recompute.

    Attributes
    ----------
    measure
        As the catalogue calls it.
    table
        The table of its rows.
    steps
        How a row's value is told; of several steps the first that tells it.
    by
        Columns that it is broken down by.
    estimates
        One row a group: the code of each column of `by`, `estimate`, and `se`, missing where there is none.
    of_persons
        Whether a row is all rows of a respondent and wave: the highest value, missing where one of them is.
    is_weighted
        Whether rows stand for residents, by the design of the respondents.
    """

    measure: str
    table: str
    steps: Sequence[Step]
    by: Sequence[str]
    estimates: pd.DataFrame
    of_persons: bool = False
    is_weighted: bool = False


def headlines(study: Study, tables: Sequence[Table]) -> tuple[list[Headline], list[StudyError]]:
    """The headline numbers that exported tables allow, and why a chapter has none."""
    exported = {table.name: table for table in tables if table.rows}
    found: list[Headline] = []
    errors = []
    for needs, of in CHAPTERS.items():
        if {*needs} <= {*exported}:
            try:
                found += of(study, exported)
            except StudyError as error:
                errors.append(error)
    return [one for one in found if len(one.estimates)], errors


def _participation(study: Study, tables: Mapping[str, Table]) -> Iterator[Headline]:
    told = {column.name: column for column in tables["participation"].columns}
    codes = {
        "frequency": lambda key: int(key != NEVER),
        "took_part": lambda key: int(key == "true"),
    }
    steps = [
        Step(name, "positive")
        if name == "acts"
        else Step(name, "codes", {place: codes[name](key) for key, place in positions(told[name]).items()})
        for name in DOES
        if name in told
    ]
    made = participation.rates(activities_of(study))
    for measure, by, of_persons in (
        ("participation_rate", ["wave"], True),
        ("activity_rate", ["wave", "activity"], False),
    ):
        yield _headline(study, made, measure, tables["participation"], steps, by, of_persons, is_weighted=True)


def _satisfaction(study: Study, tables: Mapping[str, Table]) -> Iterator[Headline]:
    table = tables["satisfaction"]
    code = positions(next(column for column in table.columns if column.name == "score"))
    scale = scale_of(study, "satisfaction")
    place = {code[level]: number for number, level in enumerate(scale, 1)}
    least = len(scale) - likert.boxes(scale)
    asked = questionnaire_of(study)
    for made, codes in (
        (likert.mean_score(asked).table, place),
        (likert.satisfied(asked).table, {one: int(number > least) for one, number in place.items()}),
    ):
        measure = made["measure"].iloc[0]
        yield _headline(
            study, made, measure, table, [Step("score", "codes", codes)], ["wave", "item"], is_weighted=True
        )


def _roster(study: Study, tables: Mapping[str, Table]) -> Iterator[Headline]:
    table = tables["roster"]
    told = {column.name: column for column in table.columns}
    people, registers = study.table("roster"), study.settings.registers
    if "sex" in told:
        is_female = people["sex"].eq("female").astype("boolean").mask(people["sex"].isna())
        made = structure.share_where(people, is_female, "female_share", ["term"], "sex", registers)
        codes = {place: int(key == "female") for key, place in positions(told["sex"]).items()}
        yield _headline(study, made, "female_share", table, [Step("sex", "codes", codes)], ["term"])
    if "is_party_member" in told:
        name, member = "party_member_share", "is_party_member"
        made = structure.share_where(people, people[member], name, ["term"], member, registers)
        yield _headline(study, made, name, table, [Step(member, "codes", {0: 0, 1: 1})], ["term"])
    if "posts_held" in told:
        posts = people["posts_held"]
        made = structure.mean_of(people, posts, "posts_held", ["term"], "posts", "posts_held", registers)
        yield _headline(study, made, "posts_held", table, [Step("posts_held", "number")], ["term"])
    if len(study.terms) > 1 and not study.settings.absent:
        code = positions(told["term"])
        places = {code[term]: place for place, term in enumerate(study.terms, 1) if term in code}
        step = Step(study.settings.stay_within, "joined", places)
        yield _headline(study, turnover.rates(roster_of(study)), "renewal_rate", table, [step], ["term"])


CHAPTERS: Mapping[tuple[str, ...], Callable[[Study, Mapping[str, Table]], Iterator[Headline]]] = {
    ("roster",): _roster,
    ("respondents", "participation"): _participation,
    ("respondents", "satisfaction"): _satisfaction,
}
"""The tables that headline numbers need, and what makes them."""


def _headline(
    study: Study,
    made: pd.DataFrame,
    measure: str,
    table: Table,
    steps: Sequence[Step],
    by: Sequence[str],
    of_persons: bool = False,
    is_weighted: bool = False,
) -> Headline:
    """A number with our own estimates, as far as they may be shown."""
    shown = released_of(study, made[made["measure"] == measure])
    shown = shown[shown["estimate"].notna()]
    codes = {column.name: positions(column) for column in table.columns if column.name in by}
    groups = {column: shown[column].astype("str").map(codes[column]).astype("int64") for column in by}
    estimates = pd.DataFrame({**groups, "estimate": shown["estimate"], "se": shown["se"]}).reset_index(drop=True)
    return Headline(measure, table.name, steps, by, estimates, of_persons, is_weighted)
