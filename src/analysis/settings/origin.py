"""origin.yml: where the data come from, and what may be done with them."""

from typing import Literal

from analysis.settings.parts import Strict, Words


class Origin(Strict):
    """Where the data come from, and what may be done with them.

    `sampling` says in words how respondents were chosen, `sampling_kind` which kind of sample that is: of a `quota` or
    `convenience` sample every interval is marked, and the words speak of respondents, not of residents.
    """

    title: Words
    owner: Words
    licence: str
    date: str
    sampling: Words
    sampling_kind: Literal["probability", "quota", "convenience", "census"] | None = None
    is_synthetic: bool
    obtained: Words
    citation: str | None = None
    files: dict[str, str | None] = {}

    @property
    def is_non_probability(self) -> bool:
        """Whether respondents were chosen, by interviewers or by themselves, and not drawn at random."""
        return self.sampling_kind in ("quota", "convenience")
