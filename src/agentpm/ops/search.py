"""`agentpm search`: packages by the words in them, over all registries or in one."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.ops.last_seen import as_last_seen
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Hit:
    """One package: `registry` is what its registry is called here, `version` its newest release.

    `version` is empty where all releases are yanked, `view.UNREADABLE` where none can be read.
    """

    name: PackageName
    version: str
    registry: str
    description: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, the best of each registry before the second best of any; `more` is whether there was more."""

    hits: tuple[Hit, ...]
    registries: tuple[str, ...]
    more: bool = False


def search(parts: Parts, text: str, registry: str | None = None, limit: int = 20) -> Hits:
    """Look for packages that have every word of `text` in name, description or tools.

    Without `registry`, in every registry that has a name here. One that cannot be asked is warned
    of: what was seen of it last answers, or where nothing was, the others.

    Raises:
        UnknownRegistry: nothing is called `registry`.
        AgentpmError: the one registry that was asked for cannot be read.
    """
    sources = Sources(parts, parts.workspace.manifest())
    names = sources.names()
    if registry is not None:
        names = {registry: sources.source_of(registry)}
    asked = _once(names)
    ranked: list[tuple[int, Hit]] = []
    for source, name in asked.items():
        try:
            registered = sources.registry(source)
            find = partial(registered.search, text, limit + 1)
            found = as_last_seen(parts, sources, find)
        except AgentpmError as error:
            if registry is not None:
                raise
            parts.voice.warn(f"`{name}` was not searched: {error.message}", error.hint)
            continue
        described = (Hit(item.name, item.version, name, item.description) for item in found)
        ranked += enumerate(described)
    # The best of each registry first, and whatever has the very name before all others.
    ranked.sort(key=lambda pair: (pair[1].name != text.strip().lower(), pair[0]))
    hits = tuple(hit for _, hit in ranked[:limit])
    return Hits(hits, tuple(asked.values()), more=len(ranked) > limit)


def _once(names: Mapping[str, str]) -> dict[str, str]:
    """The names by source: a registry with two names is one registry."""
    first: dict[str, str] = {}
    for name, source in names.items():
        first.setdefault(source, name)
    return first
