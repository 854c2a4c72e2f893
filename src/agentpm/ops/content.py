"""The files of locked agents: from the store, else from their registries, a batch for each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from agentpm import lazy
from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.lockfile import SHIPPED_SOURCE, Locked
from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.name import AgentName
from agentpm.model.release import Release
from agentpm.ops.answers import StaleLockfile
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources, registry_source
from agentpm.plan import Wanted
from agentpm.registry.protocol import Registry
from agentpm.targets.known import TARGETS
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.model import agentfile
    from agentpm.model.agentfile import AgentFile
    from agentpm.ops import direct
    from agentpm.registry import record_of
else:
    # What only locks reads no files, and most agents are in a registry.
    agentfile = lazy.module("agentpm.model.agentfile")
    direct = lazy.module("agentpm.ops.direct")
    record_of = lazy.module("agentpm.registry.record_of")


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


def published_files(
    parts: Parts,
    sources: Sources,
    manifest: Manifest,
    agents: Iterable[Locked],
    releases: Mapping[AgentName, Release] = MappingProxyType({}),
) -> dict[AgentName, AgentFile]:
    """The file of each of `agents` as published, its bytes those that are locked, its record true.

    `releases` are those that the registries were just asked for, and need not be asked for again.

    Raises:
        NotTheLockedBytes, GoneRelease: the registry disagrees with the lockfile.
        UnfaithfulRecord: a record, or what the lockfile repeats of it, disagrees with the file.
        StaleLockfile: an agent in no registry, which the manifest does not name any more.
        MalformedAgent: an agent's file is not one.
        AgentpmError: a registry cannot be reached, or an agent's file cannot be read.
    """
    agents = list(agents)
    found: dict[AgentName, AgentFile] = {}
    in_store = parts.store.get_many([a.checksum for a in agents if a.checksum is not None])
    missing: dict[str, list[Locked]] = defaultdict(list)
    for agent in agents:
        source = registry_source(agent)
        if agent.checksum is not None and agent.checksum in in_store:
            found[agent.name] = read_published(agent, in_store[agent.checksum])
            if source is not None:
                _hold(agent, releases.get(agent.name), found[agent.name])
        elif source is not None:
            missing[source].append(agent)
        else:
            content = direct.read_direct(parts, _entry(manifest, agent), agent).content
            found[agent.name] = read_published(agent, content)
    for source, group in missing.items():
        unasked = [a for a in group if a.name not in releases]
        sources.registry(source).prefetch([a.package for a in unasked])
        wanted = {**releases, **_locked_releases(sources, source, unasked)}
        found |= _fetch(parts, sources, group, {a.name: wanted[a.name] for a in group})
    return found


def read_published(locked: Locked, content: bytes) -> AgentFile:
    """The file of a locked agent, given its bytes.

    Raises:
        MalformedAgent: it is not one.
    """
    return agentfile.read_agent(content, _called(locked))


def _called(locked: Locked) -> str:
    """What messages call the file of a locked agent."""
    return f"{locked.package} {locked.version}"


def _hold(locked: Locked, release: Release | None, file: AgentFile) -> None:
    """Hold a file against its record, where somebody was asked for that, and what is locked of it."""
    if release is not None:
        record_of.check_record(release, file)
    pairs = (
        ("name", str(locked.package.agent), file.name or ""),
        ("dependencies", *(", ".join(map(str, x.dependencies)) for x in (locked, file))),
    )
    wrong = [
        f"{what}: locked `{ours}`, in the file `{its}`" for what, ours, its in pairs if ours != its
    ]
    if wrong:
        raise record_of.UnfaithfulRecord(
            f"`{locked.package}` {locked.version} is locked as something else than its file says",
            details=tuple(wrong),
            hint="if nobody edited the lockfile, the record in the registry is wrong: do not use "
            "the agent, and tell the people who keep the registry",
        )


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
    parts: Parts, sources: Sources, agents: list[Locked], releases: Mapping[AgentName, Release]
) -> dict[AgentName, AgentFile]:
    """The files of agents from the registry that all of them come from, each held to its record."""
    source = registry_source(agents[0]) or ""
    registry = sources.registry(source)
    with parts.voice.progress(f"fetching {len(releases)} agents from {sources.label(source)}"):
        contents = registry.fetch(releases.values())
    files = {}
    for agent in agents:
        release = releases[agent.name]
        files[agent.name] = read_published(agent, contents[release.checksum])
        _hold(agent, release, files[agent.name])
    parts.store.put_many(contents)
    return files


def locked_release(sources: Sources, agent: Locked) -> Release:
    """The release that a locked agent is, as its registry describes it today.

    Raises:
        GoneRelease: the registry does not have it.
        NotTheLockedBytes: it has another checksum there: the lockfile wins over everything.
    """
    return _locked_releases(sources, registry_source(agent) or "", [agent])[agent.name]


def _locked_releases(
    sources: Sources, source: str, agents: list[Locked]
) -> dict[AgentName, Release]:
    """The same for agents of one registry, which is looked at once more where it lacks one.

    Whoever locked it may have published it just now, while what is known here still counts as new.
    """
    registry = sources.registry(source)
    found = {agent.name: _offered(registry, agent) for agent in agents}
    lacking = [agent for agent in agents if found[agent.name] is None]
    if lacking and registry.look_again([agent.package for agent in lacking]):
        found |= {agent.name: _offered(registry, agent) for agent in lacking}
    return {agent.name: _as_locked(sources, agent, found[agent.name]) for agent in agents}


def _offered(registry: Registry, agent: Locked) -> Release | None:
    offered = registry.releases(agent.package)
    return next((item for item in offered if item.version == agent.version), None)


def _as_locked(sources: Sources, agent: Locked, release: Release | None) -> Release:
    """The release of a locked agent, which must be there and be the one that was locked."""
    source = registry_source(agent) or ""
    if release is None:
        raise _gone(sources, agent, source)
    if release.checksum != agent.checksum:
        raise direct.NotTheLockedBytes(
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
        hint="run the command once without `--offline`, which looks for it"
        if sources.offline
        else f"run `agentpm update {agent.name}` to choose another release",
    )


def _check_size(locked: Locked, content: bytes) -> None:
    if locked.size is not None and locked.size != len(content):
        raise direct.NotTheLockedBytes(
            f"the lockfile gives `{locked.name}` {locked.size} bytes, it has {len(content)}",
            hint="somebody edited the lockfile: take it back with git",
        )


def make_ready(
    parts: Parts,
    manifest: Manifest,
    agents: Iterable[Locked],
    files: Mapping[AgentName, AgentFile],
) -> tuple[Ready, ...]:
    """Each agent with the manifest's overrides applied, at its place for every target.

    Raises:
        NotTheLockedBytes: the lockfile gives it another size.
        NotConvertible: it cannot be written for one of the targets.
    """
    ready = []
    for locked in agents:
        published = files[locked.name]
        _check_size(locked, published.raw)
        overrides = manifest.overrides_of(locked.name)
        for target in (TARGETS[name] for name in manifest.targets if name in TARGETS):
            final = target.render(published, locked.name, overrides, _called(locked))
            wanted = Wanted(
                locked.name,
                target.name,
                target.path(parts.workspace.scope, locked.name),
                locked.checksum if final is published.raw and locked.checksum else Digest.of(final),
            )
            ready.append(Ready(locked, published, final, wanted))
    return tuple(ready)
