"""The text of a lockfile, as `tomli_w` writes it, several times as quickly.

A lockfile of a thousand agents has ten thousand values, all of three kinds: texts, whole numbers,
lists of texts. Everything else, which only a newer agentpm can have put there, is left to the
library.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from agentpm.lazy import pattern

_SPECIAL = pattern(r'[\x00-\x08\x0a-\x1f"\\\x7f]')
_BARE = pattern(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def lock_text(head: Mapping[str, Any], tables: Sequence[str]) -> str:
    """The keys of `head`, then the `tables` of agents."""
    if not tables:
        return _library({**head, "agent": []})
    try:
        first = "".join([_line(key, value) for key, value in head.items()])
    except TypeError:
        first = _library(head)
    return "\n".join([first, *tables])


def table_text(block: Mapping[str, Any]) -> str:
    """An `[[agent]]` table with the keys of `block`, whatever they are."""
    # Alone, a short table would be written on one line, and lockfiles are merged by their tables.
    text = _library({"agent": [block, {"long": "-" * 100}]})
    return text.rpartition("\n[[agent]]\n")[0]


def list_text(key: str, items: Sequence[str]) -> str:
    """The lines of a list of texts under a key that needs no quotes."""
    if not items:
        return f"{key} = []\n"
    if _is_plain("".join(items)):
        lines = '",\n    "'.join(items)
        return f'{key} = [\n    "{lines}",\n]\n'
    lines = "".join([f"    {quoted(item)},\n" for item in items])
    return f"{key} = [\n{lines}]\n"


def quoted(text: str) -> str:
    """A text in quotes."""
    return f'"{text}"' if _is_plain(text) else f'"{_SPECIAL.sub(_escaped, text)}"'


# Most agents can do the same as many others, and few registries have all of them.
words_text: Callable[[str, tuple[str, ...]], str] = lru_cache(maxsize=4096)(list_text)
"""`list_text` of what many agents have."""

repeated: Callable[[str], str] = lru_cache(maxsize=256)(quoted)
"""`quoted` of what many agents have."""


def _is_plain(text: str) -> bool:
    """Whether nothing in a text has to be escaped; some texts of which nothing has are not plain."""
    return text.isprintable() and '"' not in text and "\\" not in text


def _library(data: Mapping[str, Any]) -> str:
    # Only a run that changes the lockfile writes it, and most write nothing that is new to them.
    import tomli_w  # noqa: PLC0415

    return tomli_w.dumps(data)


def _line(key: str, value: Any) -> str:
    """The lines of one key; a `TypeError` where it or its value is of a kind that is not written here."""
    kind = type(value)
    if is_bare(key):
        if kind is str:
            return f"{key} = {quoted(value)}\n"
        if kind is int:
            return f"{key} = {value}\n"
        if kind is list and all(isinstance(item, str) for item in value):
            return list_text(key, value)
    raise TypeError(kind)


# A lockfile has the same dozen in every block.
@lru_cache(maxsize=256)
def is_bare(key: str) -> bool:
    """Whether a key needs no quotes."""
    return _BARE.fullmatch(key) is not None


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
