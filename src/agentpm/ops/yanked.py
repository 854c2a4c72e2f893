"""Which locked releases are yanked by now, as far as this machine has seen."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked
from agentpm.model.name import PackageName
from agentpm.ops.parts import Parts
from agentpm.ops.signatures import Signatures
from agentpm.ops.sources import Sources, registry_source


def warn_of_yanked(parts: Parts, sources: Sources, agents: Iterable[Locked]) -> None:
    """Warn of the locked agents whose release is yanked. No registry is asked for this."""
    for locked, reason in _yanked(sources, agents):
        parts.voice.warn(
            f"`{locked.package}` {locked.version} is yanked: {reason}; "
            "it is used because it is locked"
        )


def _yanked(sources: Sources, agents: Iterable[Locked]) -> Iterator[tuple[Locked, str]]:
    agents = list(agents)
    signatures = Signatures(sources.remembered, (), lambda _: None)
    seen = _seen(sources, agents)
    for locked in agents:
        if registry_source(locked) not in seen:
            continue
        reason = None
        # What cannot be told without a network, or not be trusted, is for those who ask for it.
        with suppress(AgentpmError):
            reason = _reason(sources.remembered, signatures, locked)
        if reason is not None:
            yield locked, reason


def _seen(sources: Sources, agents: Iterable[Locked]) -> Container[str | None]:
    """The registries of locked agents of which something is remembered, which is read at once."""
    packages: dict[str, list[PackageName]] = {}
    for locked in agents:
        source = registry_source(locked)
        if source is not None:
            packages.setdefault(source, []).append(locked.package)
    seen = set()
    for source, names in packages.items():
        with suppress(AgentpmError):
            if sources.has_seen(source):
                seen.add(source)
                sources.remembered.registry(source).prefetch(names)
    return seen


def _reason(sources: Sources, signatures: Signatures, locked: Locked) -> str | None:
    """Why a locked release is yanked; None where it is not."""
    found = sources.registry(locked.id.source).listing(locked.package)
    if found is None or locked.version not in found.versions:
        return None
    return signatures.yanked(found[found.place(locked.version)], found)
