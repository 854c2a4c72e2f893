"""Command lines without options, which need no parser: a command, and perhaps words for it.

They are what people and hooks type most, and loading the parser takes longer than what many of
them do (`docs/adr/0007-start-up.md`). Whatever is out of the ordinary is left to the parser, which
also knows how to complain.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from functools import partial

from agentpm.cli.roster import COMMANDS, GROUPS, PARTS, Words


def plain_call(argv: Sequence[str]) -> Callable[[], int | None] | None:
    """The call that `argv` stands for; None where only the parser can tell."""
    if not argv or any(word.startswith("-") for word in argv):
        return None
    name, *words = argv
    if name in GROUPS and words:
        name, *words = f"{name} {words[0]}", *words[1:]
    command = COMMANDS.get(name) or PARTS.get(name)
    if command is None or command.words is None or not _fits(command.words, len(words)):
        return None
    # The marked place: as in `app`, a command loads here, when it is the one typed.
    module = importlib.import_module(f"agentpm.cli.commands.{command.module}")
    function: Callable[..., int | None] = getattr(module, f"{name.rpartition(' ')[2]}_")
    if not words:
        return function
    return partial(function, words[0] if command.words is Words.ONE else words)


def _fits(wanted: Words, count: int) -> bool:
    match wanted:
        case Words.NONE:
            return count == 0
        case Words.ONE:
            return count == 1
        case Words.SOME:
            return count > 0
        case Words.ANY:
            return True
