"""corrections.yml: known mistakes of the source."""

import datetime
from typing import Literal, Self

from pydantic import Field, model_validator

from analysis.settings.parts import Strict, require_once


class Correction(Strict):
    """One correction of the source, by somebody who looked: which cells or rows, what is done with them, and why.

    `set` gives cells that say `expect`, in the rows of `where`, another text, `to`. `recode` does so for every cell of a
    column, several texts at once (`values`: what is written → what is meant). `exclude` takes out the rows of `where`. `rows`
    is how many cells, or rows of the file, are expected to be found; the run stops when it finds another number.
    """

    id: str
    kind: Literal["set", "recode", "exclude"] = "set"
    table: str
    file: str
    where: dict[str, str] = {}
    column: str | None = None
    expect: str | None = None
    to: str | None = None
    values: dict[str, str] = {}
    rows: int = Field(default=1, ge=1)
    reason: str
    source: str
    who: str | None = None
    when: datetime.date | None = None

    @model_validator(mode="after")
    def _says_what_its_kind_needs(self) -> Self:
        needed = {
            "set": {"where", "column", "expect", "to"},
            "recode": {"column", "values"},
            "exclude": {"where"},
        }[self.kind]
        given = {"where", "column", "expect", "to", "values"} & self.model_fields_set
        if lacking := sorted(needed - given):
            raise ValueError(f"a correction of the kind `{self.kind}` needs `{lacking[0]}`")
        if idle := sorted(given - needed):
            raise ValueError(f"`{idle[0]}` does nothing in a correction of the kind `{self.kind}`")
        if self.kind == "exclude" and not self.where:
            raise ValueError("`where` names no column, so that every row would be excluded")
        if self.kind == "recode" and not self.values:
            raise ValueError("`values` maps nothing")
        return self

    @property
    def columns(self) -> list[str]:
        """The catalogue's columns that it names."""
        return [*([self.column] if self.column else []), *self.where]


class Corrections(Strict):
    """corrections.yml."""

    corrections: list[Correction]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        require_once([one.id for one in self.corrections], "corrections")
        return self
