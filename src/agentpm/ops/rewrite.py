"""`agentpm registry update --accept-rewrite`: go on with a registry that is not what it was."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from agentpm.errors import AgentpmError
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.registry.history import Evidence, RegistryTampered
from agentpm.values import dataclass


class NothingToAccept(AgentpmError):
    """A registry whose rewriting cannot be accepted, since it has no memory of what it was."""

    code = "nothing-to-accept"


@runtime_checkable
class Remembering(Protocol):
    """A registry that remembers what it showed, and can be told to forget."""

    def refresh(self, *, force: bool = False) -> None:
        """Look for news."""
        ...

    def accept_rewrite(self, evidence: Evidence) -> None:
        """Take what it showed, as the evidence has it, for what it always showed."""
        ...


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The registry called `name`, with the `problem` that it was rewritten.

    None where it shows everything that was seen before.
    """

    name: str
    source: str
    problem: RegistryTampered | None
    registry: Remembering


def find_rewrite(parts: Parts, name: str) -> Rewritten:
    """Look at the registry called `name` now, for what is no longer as it was.

    Raises:
        UnknownRegistry: nothing is called that.
        NothingToAccept: it is one that nobody else could rewrite.
        RegistryUnreachable, OfflineMiss: it cannot be asked.
    """
    sources = Sources(parts, parts.workspace.manifest())
    source = sources.source_of(name)
    registry = sources.registry(source)
    if not isinstance(registry, Remembering):
        raise NothingToAccept(
            f"`{name}` is on this machine only, so nobody else could have rewritten it",
            hint="`agentpm registry list` shows the others",
        )
    try:
        with parts.voice.progress(f"asking {name}"):
            registry.refresh(force=True)
    except RegistryTampered as problem:
        return Rewritten(name, source, problem, registry)
    return Rewritten(name, source, None, registry)


def accept_rewrite(found: Rewritten) -> None:
    """Trust the registry as the evidence shows it, from now on.

    Whatever else was changed since the evidence was shown stops this again. Lockfiles are not
    touched: their checksums hold against any registry.

    Raises:
        RegistryTampered: it was rewritten once more in between.
    """
    if found.problem is not None:
        found.registry.accept_rewrite(found.problem.evidence)
