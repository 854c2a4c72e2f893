"""How a harness cuts the value of `tools` into names.

Observed with Claude Code 2.1.330: a text is cut at commas and at U+0020, but not inside
parentheses, which do not nest, and one that is never closed swallows the rest; tabs and line ends
do not cut. Names are trimmed of every blank that JavaScript trims. The items of a list are texts of
their own; what is no text in it is passed over. Anything but a text or a list names nothing.
"""

from __future__ import annotations

from typing import Any

WILDCARD = "*"

_BLANKS = "\t\n\v\f\r \u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def tokens(value: Any) -> tuple[str, ...]:
    """The names in a value of `tools` or `disallowedTools`, as written, in their order."""
    if isinstance(value, str):
        return tuple(_cut(value))
    if isinstance(value, list):
        return tuple(name for item in value if isinstance(item, str) for name in _cut(item))
    return ()


def _cut(text: str) -> list[str]:
    if "(" not in text:
        return _trimmed(text.replace(",", " ").split(" "))
    parts: list[str] = []
    start, inside = 0, False
    for place, character in enumerate(text):
        if character == "(":
            inside = True
        elif character == ")":
            inside = False
        elif character in ", " and not inside:
            parts.append(text[start:place])
            start = place + 1
    return _trimmed([*parts, text[start:]])


def _trimmed(parts: list[str]) -> list[str]:
    return [trimmed for part in parts if (trimmed := part.strip(_BLANKS))]


def bare(token: str) -> str:
    """The tool that a token names, without its specifier: `Bash` for `Bash(git diff:*)`.

    A specifier restricts nothing in an agent file, so every decision is about the bare tool.
    """
    name, opened, _ = token.partition("(")
    return name if opened and name and name != WILDCARD and token.endswith(")") else token
