"""The text of a lockfile, as `tomli_w` writes it, several times as quickly.

A lockfile of a thousand agents has ten thousand values, all of three kinds: texts, whole numbers,
lists of texts. Everything else, which only a newer agentpm can have put there, is left to the
library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from agentpm.lazy import pattern

_SPECIAL = pattern(r'[\x00-\x08\x0a-\x1f"\\\x7f]')
_BARE = pattern(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def lock_text(head: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> str:
    """The keys of `head`, then a `[[agent]]` table for each of `blocks`."""
    plain = _plain(head) if blocks else None
    parts = [_library(head if blocks else {**head, "agent": []}) if plain is None else plain]
    for block in blocks:
        lines = _plain(block)
        parts.append(_odd(block) if lines is None else f"[[agent]]\n{lines}")
    return "\n".join(parts)


def _odd(block: Mapping[str, Any]) -> str:
    # Alone, a short table would be written on one line, and lockfiles are merged by their tables.
    text = _library({"agent": [block, {"long": "-" * 100}]})
    return text.rpartition("\n[[agent]]\n")[0]


def _library(data: Mapping[str, Any]) -> str:
    # Only a run that changes the lockfile writes it.
    import tomli_w  # noqa: PLC0415

    return tomli_w.dumps(data)


def _plain(block: Mapping[str, Any]) -> str | None:
    """The lines of a block, its one table of lists last; None where it holds anything else."""
    lines: list[str] = []
    tables: list[str] = []
    for key, value in block.items():
        if isinstance(value, dict):
            inner = [_line(each, item) for each, item in value.items()]
            if not _is_bare(key) or None in inner:
                return None
            tables += ["", f"[agent.{key}]", *filter(None, inner)]
            continue
        line = _line(key, value)
        if line is None:
            return None
        lines.append(line)
    return "\n".join([*lines, *tables, ""])


@lru_cache(maxsize=256)
def _is_bare(key: str) -> bool:
    return _BARE.fullmatch(key) is not None


def _line(key: str, value: object) -> str | None:
    if not _is_bare(key):
        return None
    if isinstance(value, str):
        return f"{key} = {_quoted(value)}"
    if type(value) is int:
        return f"{key} = {value}"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        if not value:
            return f"{key} = []"
        items = "".join(f"    {_quoted(item)},\n" for item in value)
        return f"{key} = [\n{items}]"
    return None


def _quoted(text: str) -> str:
    if text.isprintable() and '"' not in text and "\\" not in text:
        return f'"{text}"'
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
