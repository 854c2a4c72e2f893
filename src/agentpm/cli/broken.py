"""A sentence that is broken between its words where a terminal is too narrow for it."""

from __future__ import annotations

import os
from typing import TextIO

from agentpm.cli.screen import hidden
from agentpm.lazy import pattern

_NARROWEST = 40
_WORD = pattern(r"(?:`[^`]*`|\S)+")
"""What stays in one piece: what is in backticks is there to be copied."""


def width_of(stream: TextIO) -> int | None:
    """How many columns a line has; None where `stream` is no terminal, or one that does not say."""
    if not stream.isatty():
        return None
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return None
    return max(columns, _NARROWEST) if columns else None


def broken(line: str, width: int | None, indent: int) -> list[str]:
    """`line` in lines of at most `width` columns, those after the first one indented.

    A word that is longer than that sticks out. Without a width the line stays whole.
    """
    if width is None or _columns(line) <= width:
        return [line]
    lines: list[str] = []
    start, end, room, before = 0, 0, width + hidden(line), ""
    for word in _WORD.finditer(line):
        if start < end and _columns(line[start : word.end()]) > room:
            lines.append(before + line[start:end])
            start, room, before = word.start(), width - indent, " " * indent
        end = word.end()
    return [*lines, before + line[start:]]


def _columns(text: str) -> int:
    """How many columns a text takes: Chinese characters take two, accents of their own none."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 # most of what is said is ASCII

    wide = sum(unicodedata.east_asian_width(each) in "WF" for each in text)
    return len(text) + wide - sum(unicodedata.combining(each) > 0 for each in text)
