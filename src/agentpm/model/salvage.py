"""What can be read of a lockfile that holds merge conflicts."""

from __future__ import annotations

import re

from agentpm.errors import AgentpmError
from agentpm.lazy import pattern
from agentpm.model.lockfile import LOCK_VERSION, Locked, Lockfile, read_lockfile
from agentpm.model.name import AgentName

_MARKS = tuple(7 * each for each in "<=>|")
_MARKER = pattern(r"^(<{7}|={7}|>{7}|\|{7})(?: .*)?$")


def salvage_lockfile(text: str) -> Lockfile | None:
    """What can be read of a lockfile that holds merge conflicts, both sides of each.

    The result is good for preferences and for comparing capabilities, never for installing. None
    where the text holds no conflict markers.
    """
    # Most lockfiles have none, and many lines.
    if not any(mark in text for mark in _MARKS):
        return None
    lines = text.splitlines()
    if not any(map(_MARKER.match, lines)):
        return None
    ours, theirs = (_read_side(lines, side) for side in (0, 1))
    agents = dict(theirs)
    agents.update(ours)
    return Lockfile.of(agents.values(), "")


def _read_side(lines: list[str], side: int) -> dict[AgentName, Locked]:
    """The agents of one side (0 ours, 1 theirs) of a conflicted lockfile; broken blocks left out."""
    kept: list[str] = []
    taking = (True, True)
    for line in lines:
        match = _MARKER.match(line)
        if match is None:
            if taking[side]:
                kept.append(line)
            continue
        taking = {"<": (True, False), "|": (False, False), "=": (False, True), ">": (True, True)}[
            match[1][0]
        ]
    agents: dict[AgentName, Locked] = {}
    for block in re.split(r"(?m)^(?=\[\[agent\]\]\s*$)", "\n".join(kept))[1:]:
        try:
            agents |= read_lockfile(f"lock-version = {LOCK_VERSION}\n{block}").agents
        except AgentpmError:
            continue
    return agents
