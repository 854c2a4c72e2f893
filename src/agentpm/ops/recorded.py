"""Locked releases as the records say that were seen last: no registry is asked."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked
from agentpm.model.release import Release
from agentpm.ops.sources import Sources, names_by_source, registry_source


def recorded(
    sources: Sources, agents: Iterable[Locked]
) -> list[tuple[Locked, Release, Sequence[Release]]]:
    """Locked agents with their releases, and all releases of their packages.

    What cannot be told without a network, or not be trusted, is left out.
    """
    agents = list(agents)
    seen = _seen(sources, agents)
    releases = []
    for locked in agents:
        if registry_source(locked) not in seen:
            continue
        with suppress(AgentpmError):
            found = _found(sources.remembered, locked)
            if found is not None:
                releases.append((locked, *found))
    return releases


def _found(sources: Sources, locked: Locked) -> tuple[Release, Sequence[Release]] | None:
    package = sources.registry(locked.id.source).listing(locked.package)
    if package is None or locked.version not in package.versions:
        return None
    return package[package.place(locked.version)], package


def _seen(sources: Sources, agents: Iterable[Locked]) -> Container[str | None]:
    """The registries of which something is remembered, which is read for all agents at once."""
    packages = [locked.id for locked in agents if registry_source(locked) is not None]
    seen = set()
    for source, names in names_by_source(packages).items():
        with suppress(AgentpmError):
            if sources.has_seen(source):
                seen.add(source)
                sources.remembered.registry(source).prefetch(names)
    return seen
