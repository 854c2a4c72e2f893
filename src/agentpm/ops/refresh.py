"""`agentpm registry update`: look at registries now, and say what is new in them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress

from agentpm.errors import AgentpmError
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.registry.access import OfflineMiss
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class News:
    """What is new in one registry, by package: the newest release before, and now (None: none).

    `first` is whether this machine had never looked at it before, so that all of it is new.
    `packages` is how many it has. `problem` is why it could not be asked.
    """

    name: str
    source: str
    first: bool = False
    packages: int = 0
    changes: Mapping[str, tuple[str | None, str | None]] | None = None
    problem: AgentpmError | None = None


def refresh(parts: Parts, names: Iterable[str]) -> tuple[News, ...]:
    """Look at the registries called `names`, or at every one that has a name here.

    A registry that cannot be asked is told of in its news, and the others are asked.

    Raises:
        UnknownRegistry: nothing is called one of `names`.
    """
    sources = Sources(parts, parts.workspace.manifest())
    wanted = {name: sources.source_of(name) for name in names} or sources.names()
    return tuple(_news(parts, sources, name, source) for name, source in wanted.items())


def _news(parts: Parts, sources: Sources, name: str, source: str) -> News:
    registry = sources.registry(source)
    try:
        first = not _is_remembered(parts, source)
        with parts.voice.progress(f"asking {name}"):
            registry.refresh(force=True)
        news, count = registry.news(), registry.count()
    except AgentpmError as error:
        return News(name, source, problem=error)
    changes: dict[str, tuple[str | None, str | None]] = {
        package: news[package] for package in sorted(news) if len(set(news[package])) > 1
    }
    return News(name, source, first, count, changes)


def _is_remembered(parts: Parts, source: str) -> bool:
    """Whether this machine has looked at the registry before."""
    registry = parts.open_remembered(source, True)  # noqa: FBT003 # a protocol; nothing is sent anywhere
    try:
        # What is here already is no news, also where nobody has asked for it yet.
        with suppress(OfflineMiss):
            registry.count()
        return registry.was_seen()
    finally:
        registry.close()
