"""The Markdown of texts, as a tree that formats without HTML are written from."""

from typing import Any

import mistune

Token = dict[str, Any]
"""`type` says what it is (mistune's names); `children` or `raw` is what is in it."""
LINKED = ("https://", "http://", "mailto:")
_parser = mistune.create_markdown(renderer=None)


def parsed(text: str) -> list[Token]:
    """The blocks of a text in their order; what looks like HTML in it is text."""
    return [token for token in _parser(text) if token["type"] != "blank_line"]


def address(token: Token) -> str:
    """Where a link goes; empty where a reader's program would do something else than open a page or a letter."""
    url = str(token["attrs"]["url"])
    return url if url.lower().startswith(LINKED) else ""
