"""Which locked releases are yanked by now, as far as this machine has seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked
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
    signatures = Signatures(sources.remembered, (), lambda _: None)
    seen: dict[str, bool] = {}
    for locked in agents:
        source = registry_source(locked)
        if source is None:
            continue
        reason = None
        # What cannot be told without a network, or not be trusted, is for those who ask for it.
        with suppress(AgentpmError):
            if source not in seen:
                seen[source] = False
                seen[source] = sources.has_seen(source)
            reason = _reason(sources.remembered, signatures, locked) if seen[source] else None
        if reason is not None:
            yield locked, reason


def _reason(sources: Sources, signatures: Signatures, locked: Locked) -> str | None:
    """Why a locked release is yanked; None where it is not."""
    found = sources.registry(locked.id.source).listing(locked.package)
    if found is None or locked.version not in found.versions:
        return None
    return signatures.yanked(found[found.versions.index(locked.version)], found)
