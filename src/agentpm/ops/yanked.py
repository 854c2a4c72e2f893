"""Which locked releases are yanked by now, as far as this machine has seen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked
from agentpm.ops.parts import Parts
from agentpm.ops.recorded import recorded
from agentpm.ops.signatures import Signatures
from agentpm.ops.sources import Sources


def warn_of_yanked(parts: Parts, sources: Sources, agents: Iterable[Locked]) -> None:
    """Warn of the locked agents whose release is yanked. No registry is asked for this."""
    for locked, reason in _yanked(sources, agents):
        parts.voice.warn(
            f"`{locked.package}` {locked.version} is yanked: {reason}; "
            "it is used because it is locked"
        )


def _yanked(sources: Sources, agents: Iterable[Locked]) -> Iterator[tuple[Locked, str]]:
    signatures = Signatures(sources.remembered, (), lambda _: None)
    for locked, release, package in recorded(sources, agents):
        reason = None
        # What is not to be trusted is for those who ask the registry.
        with suppress(AgentpmError):
            reason = signatures.yanked(release, package)
        if reason is not None:
            yield locked, reason
