"""The text of a lockfile, as `tomli_w` writes it, several times as quickly.

A lockfile of a thousand agents has ten thousand values, all of three kinds: texts, whole numbers,
lists of texts. Everything else, which only a newer agentpm can have put there, is left to the
library.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentpm.lazy import pattern

_SPECIAL = pattern(r'[\x00-\x08\x0a-\x1f"\\\x7f]')
_BARE = pattern(r"[A-Za-z0-9_-]+")
_SHORT = {"\b": "\\b", "\n": "\\n", "\f": "\\f", "\r": "\\r", '"': '\\"', "\\": "\\\\"}


def lock_text(head: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]]) -> str:
    """The keys of `head`, then a `[[agent]]` table for each of `blocks`."""
    plain = _plain(head, "") if blocks else None
    parts = [_library(head if blocks else {**head, "agent": []}) if plain is None else plain]
    for block in blocks:
        lines = _plain(block, "agent.")
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


def _plain(block: Mapping[str, Any], above: str) -> str | None:
    """The lines of a block, its tables of lists last; None where it holds anything else.

    `above` is what the names of its tables begin with.
    """
    try:
        lines = [_line(key, value) for key, value in block.items() if type(value) is not dict]
        for key, value in block.items():
            if type(value) is dict:
                lines += ["", f"[{above}{_BARE_KEYS[key]}]"]
                lines += [_line(each, item) for each, item in value.items()]
    except (KeyError, TypeError):
        return None
    lines.append("")
    return "\n".join(lines)


def _line(key: str, value: Any) -> str:
    """One line, or for a list a few; a `KeyError` or `TypeError` where `value` is something else."""
    kind = type(value)
    if kind is str:
        return f"{_BARE_KEYS[key]} = {_QUOTED[value]}"
    if kind is int:
        return f"{_BARE_KEYS[key]} = {value}"
    if kind is not list:
        raise TypeError(kind)
    if not value:
        return f"{_BARE_KEYS[key]} = []"
    items = "".join([f"    {_QUOTED[item]},\n" for item in value])
    return f"{_BARE_KEYS[key]} = [\n{items}]"


class _BareKeys(dict[str, str]):
    """Keys that need no quotes, as themselves: a lockfile has the same dozen in every block."""

    def __missing__(self, key: str) -> str:
        if _BARE.fullmatch(key) is None:
            raise KeyError(key)
        self[key] = key
        return key


class _Quoted(dict[str, str]):
    """Texts in quotes: most sources, tools and powers stand in many blocks."""

    def __missing__(self, text: object) -> str:
        if not isinstance(text, str):
            raise KeyError(text)
        if text.isprintable() and '"' not in text and "\\" not in text:
            quoted = f'"{text}"'
        else:
            quoted = f'"{_SPECIAL.sub(_escaped, text)}"'
        self[text] = quoted
        return quoted


_BARE_KEYS = _BareKeys()
_QUOTED = _Quoted()


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    return _SHORT.get(character) or f"\\u{ord(character):04x}"
