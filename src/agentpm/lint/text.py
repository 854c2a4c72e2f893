"""The text of one agent file, line by line, with the places that findings point to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from agentpm.errors import Excerpt
from agentpm.lazy import pattern
from agentpm.lint.finding import Replacement

_LINE_END = pattern(r"\r\n|\r|\n")


class Text:
    """An agent file as a sequence of lines; what is no UTF-8 in it is shown as U+FFFD.

    `whole` is the text without a byte order mark, `lines` are its lines without their ends.
    """

    __slots__ = ("lines", "path", "raw", "whole")

    def __init__(self, raw: bytes, path: str) -> None:
        self.raw = raw
        self.path = path
        self.whole = raw.decode("utf-8", "replace").removeprefix("\ufeff")
        self.lines: tuple[str, ...] = tuple(_LINE_END.split(self.whole))

    def at(self, line: int, column: int = 1, length: int = 1) -> Excerpt:
        """The place at a line and column; a line past the end becomes the last one."""
        line = min(max(line, 1), len(self.lines))
        return Excerpt(self.path, line, max(column, 1), self.lines[line - 1], max(length, 1))

    def matches(self, pattern: re.Pattern[str]) -> Iterator[tuple[int, re.Match[str]]]:
        """Every match of `pattern` within a line, with the line's number."""
        if pattern.search(self.whole) is None:
            return
        for number, line in enumerate(self.lines, start=1):
            for match in pattern.finditer(line):
                yield number, match

    def find(self, word: str, lines: range) -> Excerpt | None:
        """Where `word` first stands, as a word of its own, in the lines of these numbers."""
        pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])")
        for number in lines:
            match = pattern.search(self.lines[number - 1])
            if match is not None:
                return self.at(number, match.start() + 1, len(word))
        return None


def replaced(
    raw: bytes, replacements: Iterable[Replacement]
) -> tuple[bytes, frozenset[Replacement]]:
    """`raw` with `replacements` made and every other byte as it is, with those that were made.

    Of two that overlap the first in the text is made; one whose place holds something else is left.
    """
    text = raw.decode("utf-8", "surrogateescape")
    starts = [0, *(match.end() for match in _LINE_END.finditer(text))]
    mark = 1 if text.startswith("\ufeff") else 0
    parts: list[str] = []
    made: set[Replacement] = set()
    done = 0
    for item in sorted(set(replacements), key=lambda r: (r.line, r.column)):
        if item.line > len(starts):
            continue
        start = starts[item.line - 1] + item.column - 1 + (mark if item.line == 1 else 0)
        if start < done or not text.startswith(item.old, start):
            continue
        parts += [text[done:start], item.new]
        made.add(item)
        done = start + len(item.old)
    after = "".join([*parts, text[done:]])
    return after.encode("utf-8", "surrogateescape"), frozenset(made)
