"""What all settings are made of: strict parts, words in both languages, lists that may be one text."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, model_validator

from analysis.errors import StudyError, listing, nearest

Language = Literal["zh", "en"]


Words = dict[Language, str]


Part = TypeVar("Part", bound=BaseModel)


Sensitivity = Literal["residents", "staff", "public_office", "synthetic", "public"]


class Strict(BaseModel):
    """A part of a settings file: keys that it does not know are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _no_unknown_key(cls, given: Any) -> Any:
        if isinstance(given, Mapping):
            for key in given:
                if key not in cls.model_fields:
                    known = cls.model_fields
                    raise StudyError("settings_key", key=key, nearest=nearest(key, known), known=listing(known, 30))
        return given


def as_list(given: Any) -> Any:
    """One text as a list of it; anything else as it stands."""
    return [given] if isinstance(given, str) else given


Values = Annotated[list[str], BeforeValidator(as_list)]
"""One text, or a list of them."""


def require_once(names: list[str], of: str) -> None:
    """Refuse an id that stands twice in a list of the settings."""
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"the id '{twice[0]}' stands twice in `{of}`")
