"""YAML as text: every scalar as it stands, no key twice, no tag, and nothing that grows when it is written out."""

from pathlib import Path
from typing import Any

import yaml

from analysis.errors import StudyError

MOST = 1_000_000
"""Values of a file, what its anchors repeat written out."""
DEEPEST = 50
"""Levels of nesting; libyaml's own way down has no floor."""
PLAIN_TAGS = (None, "!", "tag:yaml.org,2002:str")
"""Tags under which a value is text anyway."""


class _Loader(getattr(yaml, "CBaseLoader", yaml.BaseLoader)):  # type: ignore[misc]
    """Every scalar as text, and no key twice: YAML would silently keep the last."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            if isinstance(key.value, str) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    problem=f"the key '{key.value}' stands twice", problem_mark=key.start_mark
                )
            seen.add(key.value if isinstance(key.value, str) else None)
        return super().construct_mapping(node, deep)


def load_yaml(path: Path) -> Any:
    """The content of a YAML file, every scalar as the text that stands there: a code 01 stays 01, and `no` stays `no`.

    Raises
    ------
    StudyError
        `settings_syntax` where it is not YAML, with line and column; `settings_tag`, `settings_too_large` and
        `settings_too_deep` for what would make objects or fill the memory; `encoding_declared` where it is not UTF-8.
    """
    try:
        text = path.read_text(encoding="utf-8")
        _require_plain(text, path)
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        place = _place(path, mark) if mark else path
        raise StudyError("settings_syntax", place, problem=getattr(problem, "problem", problem)) from None
    except UnicodeDecodeError as problem:
        raise StudyError("encoding_declared", path, encoding="UTF-8", byte=problem.start + 1, known="UTF-8") from None
    except OSError as problem:
        raise StudyError("file_not_readable", path, problem=problem.strerror or problem) from None


def _require_plain(text: str, path: Path) -> None:
    """Refuse a text before anything is made of it."""
    size = 0
    anchored: dict[str, tuple[int, int]] = {}  # how many values an anchor repeats, and over how many levels
    entered: list[tuple[str | None, int, int]] = []  # collections not yet left: anchor, values before, levels below
    for event in yaml.parse(text, Loader=_Loader):
        place = _place(path, event.start_mark)
        anchor: Any = getattr(event, "anchor", None)
        if (tag := getattr(event, "tag", None)) not in PLAIN_TAGS:
            raise StudyError("settings_tag", place, tag=tag.replace("tag:yaml.org,2002:", "!!"))
        repeated, levels = 1, 0
        if isinstance(event, yaml.CollectionStartEvent):
            entered.append((anchor, size, 0))
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, before, levels = entered.pop()
            repeated, levels = 0, levels + 1
            anchored |= {anchor: (size - before, levels)} if anchor else {}
        elif isinstance(event, yaml.AliasEvent):
            holds_itself = anchor in [name for name, *_ in entered]
            repeated, levels = (0, DEEPEST) if holds_itself else anchored.get(anchor, (1, 0))
        elif isinstance(event, yaml.ScalarEvent):
            anchored |= {anchor: (1, 0)} if anchor else {}
        else:
            continue
        size += repeated
        if entered:
            entered[-1] = (*entered[-1][:2], max(entered[-1][2], levels))
        if len(entered) + levels > DEEPEST:
            raise StudyError("settings_too_deep", place, most=DEEPEST)
        if size > MOST:
            raise StudyError("settings_too_large", place, most=f"{MOST:,}")


def _place(path: Path, mark: Any) -> str:
    return f"{path}, line {mark.line + 1}, column {mark.column + 1}"
