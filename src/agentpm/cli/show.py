"""How agents read on one line: what moves, what it can do, what is odd about it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache

from agentpm.cli.screen import paint
from agentpm.model.version import written
from agentpm.ops.moves import Move
from agentpm.permissions.report import Report

EVERYTHING = "every tool"
NOTHING = "no tools"


def painted_signs() -> dict[str, str]:
    """The signs that moves begin with, as they are shown on standard output."""
    return {sign: paint(sign, sys.stdout) for sign in ("+", "-", "~")}


def move_line(move: Move, powers: str, signs: Mapping[str, str] | None = None) -> str:
    """`+ name 1.0.0  Bash Read`, `~ name 1.0.0 -> 1.1.0, because ...`, `- name 1.0.0`.

    What else than the version changes stands behind it: `~ name 1.0.0, now from SOURCE`. `signs` are
    those of `painted_signs` where the line begins with it.
    """
    sign = move.sign if signs is None else signs[move.sign]
    if move.before is None and move.after is not None:
        line = f"{sign} {move.name} {written(move.after.version)}"
    elif move.after is None and move.before is not None:
        return f"{sign} {move.name} {move.before.version}"
    else:
        line = f"{sign} {move.name} {_changes(move)}"
    if move.reason is not None and move.before is not None:
        line += f", because {move.reason}"
    return f"{line}  {powers}" if powers else line


def _changes(move: Move) -> str:
    before, after = move.before, move.after
    if before is None or after is None:
        return ""
    if before.version != after.version:
        line = f"{before.version} -> {after.version}"
    else:
        line = str(after.version)
    if "package" in move.changed:
        line += f", now the package {after.package}"
    if "source" in move.changed:
        line += f", now from {after.source.partition('+')[2]}"
    # Another version or another place has other bytes anyway.
    return f"{line}, with other bytes" if move.changed == ("checksum",) else line


# Most agents can do the same as many others.
@lru_cache(maxsize=4096)
def capability_line(report: Report) -> str:
    """The tools as the file lists them, sorted, with what goes beyond tools."""
    literal = " ".join(sorted(report.literal or ()))
    tools = EVERYTHING if report.literal is None else literal or NOTHING
    beyond = [word for word in report.capabilities.words() if word.startswith(_BEYOND)]
    return " ".join([tools, *(short(word) for word in beyond)])


_BEYOND = ("exec.", "mode:", "memory:")


def short(word: str) -> str:
    """A capability word with its digest cut to what a person compares."""
    head, marker, digest = word.partition(":sha256:")
    return f"{head}:{digest[:12]}" if marker else word


def finding_notes(report: Report) -> Iterator[str]:
    """What is odd about a tool list, a note each."""
    for finding in report.findings:
        yield f"note: {finding.text}"
