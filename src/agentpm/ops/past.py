"""What agents were before the command at hand: as they were locked, and what their files said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.model.grants import Grants
from agentpm.model.lockfile import Locked
from agentpm.model.name import AgentName
from agentpm.ops.content import locked_release
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources, registry_source

if TYPE_CHECKING:
    from agentpm.model import agentfile
else:
    # Few commands need what a file said before.
    agentfile = lazy.module("agentpm.model.agentfile")


class Past(Mapping[AgentName, Locked]):
    """The last known state of agents, with a way to the files that they had then."""

    def __init__(self, parts: Parts, sources: Sources, locked: Mapping[AgentName, Locked]) -> None:
        self._parts = parts
        self._sources = sources
        self._locked = locked

    def __getitem__(self, name: AgentName) -> Locked:
        return self._locked[name]

    def __contains__(self, name: object) -> bool:
        return name in self._locked

    def __iter__(self) -> Iterator[AgentName]:
        return iter(self._locked)

    def __len__(self) -> int:
        return len(self._locked)

    def grants(self, name: AgentName) -> Grants | None:
        """What the agent's file said before; None where that cannot be known any more."""
        old = self._locked.get(name)
        if old is None:
            return None
        try:
            return self._grants(old)
        except AgentpmError:
            return None  # it only explains a decision, and the decision does not need it

    def _grants(self, old: Locked) -> Grants | None:
        content = self._parts.store.get(old.checksum) if old.checksum is not None else None
        if content is not None:
            return agentfile.read_agent(content, old.name).grants
        return locked_release(self._sources, old).grants if registry_source(old) else None
