"""`agentpm search`: packages by the words in them, over all registries or in one."""

from __future__ import annotations

from dataclasses import dataclass

from agentpm.errors import AgentpmError
from agentpm.model.name import PackageName
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources


@dataclass(frozen=True, slots=True)
class Hit:
    """One package: `registry` is what its registry is called here, `version` its newest release.

    `version` is empty where all releases are yanked.
    """

    name: PackageName
    version: str
    registry: str
    description: str


@dataclass(frozen=True, slots=True)
class Hits:
    """What was found, the best first within each registry; `more` is whether there was more."""

    hits: tuple[Hit, ...]
    registries: tuple[str, ...]
    more: bool = False


def search(parts: Parts, text: str, registry: str | None = None, limit: int = 20) -> Hits:
    """Look for packages that have every word of `text` in name, description or tools.

    Without `registry`, in every registry that has a name here; one that cannot be asked is warned
    of, and the others answer.

    Raises:
        UnknownRegistry: nothing is called `registry`.
        AgentpmError: the one registry that was asked for cannot be read.
    """
    sources = Sources(parts, parts.workspace.manifest())
    names = sources.names()
    if registry is not None:
        names = {registry: sources.source_of(registry)}
    hits: list[Hit] = []
    for name, source in names.items():
        try:
            found = sources.registry(source).search(text, limit + 1)
        except AgentpmError as error:
            if registry is not None:
                raise
            parts.voice.warn(f"`{name}` was not searched: {error.message}", error.hint)
            continue
        hits += [Hit(item.name, item.version, name, item.description) for item in found]
    return Hits(tuple(hits[:limit]), tuple(names), more=len(hits) > limit)
