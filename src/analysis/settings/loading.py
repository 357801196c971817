"""Settings files read and checked key by key."""

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analysis.errors import StudyError
from analysis.plain_yaml import load_yaml
from analysis.settings.parts import Part


def load(path: Path, part: type[Part]) -> Part:
    """A settings file, checked key by key.

    Raises
    ------
    StudyError
        `settings_key` for a key that can't stand there, `settings_value` for a value that does not fit.
    """
    return checked(load_yaml(path), part, path)


def checked(content: Any, part: type[Part], place: object) -> Part:
    """Content of a settings file as the part it should be; errors name the place in it."""
    try:
        return part.model_validate(content if content is not None else {})
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        at = f"{place}: {where}" if where else str(place)
        cause = first.get("ctx", {}).get("error")
        if isinstance(cause, StudyError):
            raise StudyError(cause.key, at, **cause.facts) from None
        raise StudyError("settings_value", at, problem=cause or first["msg"]) from None
