"""Text that is given a shape: one line of it, a paragraph, as much as there is room for.

What a terminal would hide or obey needs no care here: `screen` spells that out on the way.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable

from agentpm.visible import visible

_NARROWEST = 20


def one_line(text: str, room: int | None = None) -> str:
    """`text` on one line, cut to `room` characters where that is given."""
    line = visible(" ".join(text.split()))
    if room is None or len(line) <= room:
        return line
    return f"{line[: max(room, _NARROWEST) - 1].rstrip()}…"


def wrapped(text: str, width: int, indent: str = "") -> list[str]:
    """`text` in lines of at most `width` characters, each after `indent`."""
    # Only two commands print paragraphs.
    import textwrap  # noqa: PLC0415

    return textwrap.wrap(
        one_line(text), width, initial_indent=indent, subsequent_indent=indent
    ) or [indent]


def terminal_width() -> int | None:
    """How many characters fit on a line of standard output; None where that is no terminal."""
    if not sys.stdout.isatty():
        return None
    # Loads every way of packing archives, for a number that only terminals have.
    import shutil  # noqa: PLC0415

    return shutil.get_terminal_size().columns


def room_beside(rows: Iterable[Iterable[str]], gap: int = 2) -> int | None:
    """How much of the terminal's width is left beside the columns of `rows`; None without one."""
    width = terminal_width()
    if width is None:
        return None
    columns = zip(*rows, strict=True)
    return max(width - sum(max(map(len, column)) + gap for column in columns), _NARROWEST)


def size_in_words(size: int) -> str:
    """A number of bytes as people read it: `12.3 MB`."""
    amount, unit = float(size), "bytes"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{size} {unit}" if unit == "bytes" else f"{amount:.1f} {unit}"
