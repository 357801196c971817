"""study.yml on tables that are larger than memory: the engine that holds them, and what it may take up."""

import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, field_validator, model_validator

from analysis.errors import StudyError, nearest
from analysis.settings.parts import Strict

DUCKDB, SPARK = ENGINES = ("duckdb", "spark")
AMOUNT = re.compile(r"(\d+(?:\.\d+)?) ?([KMGT])(i?)B", re.IGNORECASE)
"""An amount of memory."""


class Engine(Strict):
    """The engine that holds a study's tables, so that they may be larger than memory.

    `memory` is what the engine may take of it, `threads` how many processors (all, where it says nothing), and `spill` the
    folder, from the study's own, where it puts what does not fit while a command runs. `master` is where a Spark listens that
    is more than this machine.
    """

    name: str
    memory: str = "4GB"
    threads: int | None = Field(default=None, ge=1)
    spill: Path | None = None
    master: str | None = Field(default=None, min_length=1)

    @property
    def memory_bytes(self) -> int:
        """What the engine may take of memory, in bytes."""
        amount = AMOUNT.fullmatch(self.memory)
        assert amount
        unit = 1024 if amount[3] else 1000
        return int(float(amount[1]) * unit ** ("KMGT".index(amount[2].upper()) + 1))

    @field_validator("name")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ENGINES:
            raise StudyError("settings_key", key=name, nearest=nearest(name, ENGINES), known=", ".join(ENGINES))
        return name

    @field_validator("memory")
    @classmethod
    def _amount(cls, memory: str) -> str:
        amount = AMOUNT.fullmatch(memory.strip())
        if not amount or not float(amount[1]):
            raise ValueError(f"'{memory}' is no amount of memory, such as 4GB or 500MB")
        return memory.strip()

    @model_validator(mode="after")
    def _of_spark(self) -> "Engine":
        if self.master and self.name != SPARK:
            raise ValueError(f"master is where a Spark listens, and the engine is {self.name}")
        return self


def _as_engine(given: Any) -> Any:
    return {"name": given} if isinstance(given, str) else given


NamedEngine = Annotated[Engine, BeforeValidator(_as_engine)]
"""An engine, or its name alone."""
