"""The values of a YAML text, each with its place."""

from __future__ import annotations

import re
from math import isfinite, isnan
from typing import Any

from agentpm.lazy import pattern
from agentpm.values import dataclass, replace

MAX_NODES = 20_000
"""How many values a text may hold once its aliases are expanded."""

_MERGE = "<<"
_WORDS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True,
    "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_SUSPECT = frozenset("0123456789+-.~nNtTfF")
"""What begins a scalar that could be other than text."""
_NUMBER = pattern(
    r"""(?P<sign>[-+]?)
        (?: 0x(?P<hex>[0-9a-fA-F]+)
          | 0o(?P<oct>[0-7]+)
          | (?P<decimal>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
          | (?P<inf>\.(?:inf|Inf|INF))
        )\Z""",
    re.VERBOSE,
)
_NAN = frozenset((".nan", ".NaN", ".NAN"))


class YamlFault(Exception):
    """A text that is not read: what is wrong, where (an offset in the text), and a hint.

    `final` are the faults of texts that are YAML, which the client would read and agentpm does not.
    """

    def __init__(
        self, message: str, at: int, hint: str | None = None, *, final: bool = False
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.hint = hint
        self.final = final


@dataclass(frozen=True, slots=True)
class Node:
    """A value and its place in the text.

    `value` is JSON-like data: None, a bool, an int, a float, a str, a list or a dict with str keys.
    `start` and `end` are offsets in the text, `end` exclusive. A list has its members' nodes in
    `items`, a mapping its keys' and values' nodes in `entries`, in the order of the text.
    `size` counts the values within, aliases expanded.
    """

    value: Any
    start: int
    end: int
    items: tuple[Node, ...] = ()
    entries: tuple[tuple[Node, Node], ...] = ()
    size: int = 1

    def at(self, start: int, end: int) -> Node:
        """The same value at another place, which is what an alias is."""
        return replace(self, start=start, end=end)


def list_node(items: list[Node], start: int, end: int) -> Node:
    """The list of `items`."""
    size = _bounded(1 + sum(item.size for item in items), start)
    return Node([item.value for item in items], start, end, items=tuple(items), size=size)


def mapping_node(pairs: list[tuple[Node, Node]], start: int, end: int) -> Node:
    """The mapping of `pairs`: the last of equal keys wins, a key that is no text becomes one.

    A key `<<` with mappings as its value gives their keys where there are none yet
    (<https://yaml.org/type/merge.html>, which YAML 1.2 dropped and the client kept).
    """
    entries = _merged(pairs, start)
    size = _bounded(1 + sum(value.size for _, value in entries), start)
    mapping = {key_text(key.value): value.value for key, value in entries}
    return Node(mapping, start, end, entries=tuple(entries), size=size)


def _merged(pairs: list[tuple[Node, Node]], start: int) -> list[tuple[Node, Node]]:
    """The pairs with those that the values of `<<` give in place of these."""
    if not any(key.value == _MERGE for key, _ in pairs):
        return pairs
    entries: list[tuple[Node, Node]] = []
    known: set[tuple[type, str]] = set()
    looked_at = 0
    for key, value in pairs:
        if key.value != _MERGE or not isinstance(value.value, dict | list):
            entries.append((key, value))
            known.add(_identity(key))
            continue
        for pair in (pair for source in value.items or (value,) for pair in source.entries):
            looked_at = _bounded(looked_at + 1, start)
            if _identity(pair[0]) not in known:
                entries.append(pair)
                known.add(_identity(pair[0]))
    return entries


def _identity(key: Node) -> tuple[type, str]:
    return type(key.value), key_text(key.value)


def _bounded(size: int, at: int) -> int:
    if size > MAX_NODES:
        raise YamlFault(f"it holds more than {MAX_NODES:,} values", at, final=True)
    return size


def resolve(text: str) -> str | int | float | bool | None:
    """What an unquoted scalar means, after YAML 1.2's core schema.

    `yes`, `off` or `2026-01-01` are texts there, `017` is seventeen and `0o17` is fifteen.
    """
    if text and text[0] not in _SUSPECT:
        return text
    if text in _WORDS:
        return _WORDS[text]
    match = _NUMBER.match(text)
    if match is None:
        return float("nan") if text in _NAN else text
    sign = -1 if match["sign"] == "-" else 1
    if match["decimal"]:
        return _number(sign * float(match["decimal"]))
    if match["inf"]:
        return sign * float("inf")
    digits = int(match["hex"], 16) if match["hex"] else int(match["oct"], 8)
    return _number(float(sign * digits)) if digits < 2**64 else text


def _number(value: float) -> int | float:
    # JavaScript has one kind of number: 1.0 and 1 are the same there.
    return int(value) if value.is_integer() and abs(value) < 2**53 else value


def key_text(value: Any) -> str:
    """A key as JavaScript's property names have it."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ",".join("" if item is None else key_text(item) for item in value)
    if isinstance(value, dict):
        return "[object Object]"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    return _number_text(value)


def _number_text(value: int | float) -> str:
    """ECMAScript's Number::toString."""
    if not isfinite(value):
        return "NaN" if isnan(value) else "Infinity" if value > 0 else "-Infinity"
    # Few files have a number that is more than digits.
    from decimal import Decimal  # noqa: PLC0415

    if value == 0 or 1e-6 <= abs(value) < 1e21:
        text = format(Decimal(repr(value)), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    digits, _, exponent = format(Decimal(repr(value)).normalize(), "e").partition("e")
    return f"{digits}e{int(exponent):+d}"
