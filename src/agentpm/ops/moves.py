"""How two lockfiles differ, agent by agent: what a plan shows before it happens."""

from __future__ import annotations

from collections.abc import Mapping

from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Move:
    """One agent that comes, goes or changes; `reason` says why where that is not obvious."""

    name: AgentName
    before: Locked | None
    after: Locked | None
    reason: str | None = None

    @property
    def sign(self) -> str:
        """`+` comes, `-` goes, `~` changes."""
        if self.before is None:
            return "+"
        return "-" if self.after is None else "~"

    @property
    def changed(self) -> tuple[str, ...]:
        """What of an agent changes that stays: `version`, `source`, `package`, `checksum`."""
        if self.before is None or self.after is None:
            return ()
        fields = ("version", "source", "package", "checksum")
        return tuple(f for f in fields if getattr(self.before, f) != getattr(self.after, f))

    @property
    def lowers(self) -> bool:
        """Whether the agent goes back to an older version."""
        if self.before is None or self.after is None:
            return False
        return self.after.version < self.before.version


def moves_between(
    before: Mapping[AgentName, Locked],
    after: Mapping[AgentName, Locked],
    reasons: Mapping[AgentName, str],
) -> tuple[Move, ...]:
    """Every agent whose release differs, in the order of names."""
    moves = []
    for name in sorted({*before, *after}):
        old, new = before.get(name), after.get(name)
        if old is None or new is None or _release(old) != _release(new):
            moves.append(Move(name, old, new, reasons.get(name)))
    return tuple(moves)


def _release(locked: Locked) -> tuple[object, ...]:
    return (locked.source, locked.package, locked.version, locked.checksum)
