"""The bytes of locked agents: from the store, else from their registries, a batch for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.model.digest import Digest
from agentpm.model.lockfile import SHIPPED_SOURCE, Locked
from agentpm.model.manifest import AgentEntry, Manifest, Overrides
from agentpm.model.name import AgentName
from agentpm.model.release import Release
from agentpm.ops.answers import StaleLockfile
from agentpm.ops.direct import NotTheLockedBytes, read_direct
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources, registry_source
from agentpm.plan import Wanted
from agentpm.targets.known import TARGETS
from agentpm.values import dataclass

_NO_OVERRIDES = Overrides()


class GoneRelease(AgentpmError):
    """A locked release that its registry does not have."""

    code = "gone-release"


@dataclass(frozen=True, slots=True)
class Ready:
    """An agent as it will stand on disk for one target: published file, final bytes, place."""

    locked: Locked
    published: AgentFile
    content: bytes
    wanted: Wanted


def published_bytes(
    parts: Parts,
    sources: Sources,
    manifest: Manifest,
    agents: Iterable[Locked],
    releases: Mapping[AgentName, Release] = MappingProxyType({}),
) -> dict[AgentName, bytes]:
    """The bytes of each of `agents` as published, every one checked against its locked digest.

    `releases` are those that the registries were just asked for, and need not be asked for again.

    Raises:
        NotTheLockedBytes, GoneRelease: the registry disagrees with the lockfile.
        StaleLockfile: an agent in no registry, which the manifest does not name any more.
        AgentpmError: a registry cannot be reached, or an agent's file cannot be read.
    """
    agents = list(agents)
    found: dict[AgentName, bytes] = {}
    wanted = [agent for agent in agents if agent.checksum is not None]
    in_store = parts.store.get_many([a.checksum for a in wanted if a.checksum is not None])
    missing: dict[str, list[Locked]] = defaultdict(list)
    for agent in agents:
        source = registry_source(agent)
        if agent.checksum is not None and agent.checksum in in_store:
            found[agent.name] = in_store[agent.checksum]
        elif source is not None:
            missing[source].append(agent)
        else:
            found[agent.name] = read_direct(parts, _entry(manifest, agent), agent).content
    for source, group in missing.items():
        sources.registry(source).prefetch([a.package for a in group if a.name not in releases])
        wanted_releases = {
            agent.name: releases.get(agent.name) or locked_release(sources, agent)
            for agent in group
        }
        found |= _fetch(parts, sources, source, wanted_releases)
    return found


def _entry(manifest: Manifest, agent: Locked) -> AgentEntry:
    """The line of the manifest that says where the file of an agent in no registry is."""
    entry = manifest.agents.get(agent.name)
    if entry is None:
        raise StaleLockfile(
            f"`{agent.name}` is in the lockfile, and the manifest does not say any more "
            "where its file is",
            hint="run `agentpm lock`, look at the difference, and commit it",
        )
    return entry


def _fetch(
    parts: Parts, sources: Sources, source: str, releases: Mapping[AgentName, Release]
) -> dict[AgentName, bytes]:
    registry = sources.registry(source)
    with parts.voice.progress(f"fetching {len(releases)} agents from {sources.label(source)}"):
        contents = registry.fetch(releases.values())
    parts.store.put_many(contents)
    return {name: contents[release.checksum] for name, release in releases.items()}


def locked_release(sources: Sources, agent: Locked) -> Release:
    """The release that a locked agent is, as its registry describes it today.

    Raises:
        GoneRelease: the registry does not have it.
        NotTheLockedBytes: it has another checksum there: the lockfile wins over everything.
    """
    source = registry_source(agent) or ""
    offered = sources.registry(source).releases(agent.package)
    release = next((item for item in offered if item.version == agent.version), None)
    if release is None:
        raise _gone(sources, agent, source)
    if release.checksum != agent.checksum:
        raise NotTheLockedBytes(
            f"`{agent.package}` {agent.version} is not what the lockfile recorded",
            details=(f"locked:  {agent.checksum}", f"offered: {release.checksum}"),
            hint=f"the registry `{sources.label(source)}` has changed a published release: "
            "trust the lockfile, and ask who runs the registry",
        )
    return release


def _gone(sources: Sources, agent: Locked, source: str) -> GoneRelease:
    what = f"`{agent.package}` {agent.version}"
    if agent.source == SHIPPED_SOURCE:
        needs = agent.needs_agentpm
        return GoneRelease(
            f"{what} is not in the registry of this agentpm"
            + (f", it needs agentpm >= {needs}" if needs else ""),
            hint="upgrade agentpm: `pip install --upgrade agentpm-cli`"
            if needs
            else "it was published into somebody's own registry: they can share it with "
            "`agentpm publish --registry NAME`",
        )
    return GoneRelease(
        f"{what} is not in the registry `{sources.label(source)}`",
        hint="run `agentpm update --refresh` to choose another release",
    )


def _check_size(locked: Locked, content: bytes) -> None:
    if locked.size is not None and locked.size != len(content):
        raise NotTheLockedBytes(
            f"the lockfile gives `{locked.name}` {locked.size} bytes, it has {len(content)}",
            hint="somebody edited the lockfile: take it back with git",
        )


def make_ready(
    parts: Parts, manifest: Manifest, agents: Iterable[Locked], raw: Mapping[AgentName, bytes]
) -> tuple[Ready, ...]:
    """Each agent read, with the manifest's overrides applied, at its place for every target.

    Raises:
        MalformedAgent: an agent's file is not one.
        NotConvertible: it cannot be written for one of the targets.
    """
    ready = []
    for locked in agents:
        content = raw[locked.name]
        _check_size(locked, content)
        path = f"{locked.package} {locked.version}"
        published = read_agent(content, path)
        entry = manifest.agents.get(locked.name)
        overrides = entry.overrides if entry is not None else _NO_OVERRIDES
        for target in (TARGETS[name] for name in manifest.targets if name in TARGETS):
            final = target.render(published, locked.name, overrides, path)
            wanted = Wanted(
                locked.name,
                target.name,
                target.path(parts.workspace.scope, locked.name),
                locked.checksum if final is content and locked.checksum else Digest.of(final),
            )
            ready.append(Ready(locked, published, final, wanted))
    return tuple(ready)
