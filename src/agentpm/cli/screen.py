"""Lines as they reach a terminal: what came from elsewhere is spelt out, our own colour stays.

Every line of every command goes through `on_screen`, on its way to standard output (`session`) as to
standard error (`talk`, `main`), so that no message can forget it.
"""

from __future__ import annotations

import os
from typing import TextIO

from agentpm.lazy import pattern
from agentpm.visible import visible

_COLOURS = {"error": "31;1", "warning": "33;1", "hint": "36;1", "note": "36", "+": "32", "-": "31"}
_PAINTED = pattern(r"\x1b\[([0-9;]+)m([^\x1b]*)\x1b\[0m")


def on_screen(line: str) -> str:
    """`line` with nothing in it that a terminal would hide or obey, and no line break.

    Tabs stay, and the colour of a first word that `paint` painted. Text of several lines is to be
    split by whoever knows that its line breaks are our own.
    """
    if line.isprintable():
        return line
    painted = _PAINTED.match(line)
    ours = painted is not None and painted[1] in _COLOURS.values() and painted[2].isprintable()
    start = painted.end() if painted is not None and ours else 0
    return line[:start] + "\t".join(visible(part) for part in line[start:].split("\t"))


def hidden(line: str) -> int:
    """How many characters of a line are its colour, and take no room on a terminal."""
    painted = _PAINTED.match(line)
    return len(painted[0]) - len(painted[2]) if painted is not None else 0


def paint(word: str, stream: TextIO) -> str:
    """`word` in its colour where `stream` shows colours, else as it is; for the start of a line."""
    code = _COLOURS.get(word)
    if code is None or not shows_colour(stream):
        return word
    return f"\033[{code}m{word}\033[0m"


def hint_lines(hint: str, stream: TextIO) -> list[str]:
    """A hint, whose line breaks are our own: what follows the first line is indented."""
    first, *rest = hint.split("\n")
    return [f"{paint('hint', stream)}: {first}", *(f"      {line}" for line in rest)]


def shows_colour(stream: TextIO) -> bool:
    """Whether `stream` is a terminal whose user did not ask for plain text."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
