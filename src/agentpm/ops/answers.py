"""Whether a lockfile answers a manifest: the whole closure, line by line.

A clean merge of two branches may still be unsolved, so nothing is installed from a lockfile before
this has looked at it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked, Lockfile
from agentpm.model.manifest import AgentEntry, Manifest
from agentpm.model.name import AgentName, PackageName
from agentpm.model.release import PackageId, Requirement

Locate = Callable[[PackageId, Requirement], PackageId]


class StaleLockfile(AgentpmError):
    """A lockfile that does not answer the manifest any more."""

    code = "stale-lockfile"


class MissingLockfile(AgentpmError):
    """No lockfile where only a lockfile may decide."""

    code = "missing-lockfile"


def unanswered(
    manifest: Manifest,
    lockfile: Lockfile,
    source: Callable[[AgentEntry], str | None],
    locate: Locate,
) -> tuple[str, ...]:
    """What of `manifest` the lockfile does not answer, a sentence each; empty where it does.

    `source` gives the source an entry must be locked from (None where any revision will do),
    `locate` the package that a dependency of a locked one means.
    """
    return (
        *_entries(manifest, lockfile, source),
        *_dependencies(lockfile, locate),
        *_strays(manifest, lockfile, locate),
    )


def _entries(
    manifest: Manifest, lockfile: Lockfile, source: Callable[[AgentEntry], str | None]
) -> Iterator[str]:
    for name, entry in manifest.agents.items():
        locked = lockfile.agents.get(name)
        if locked is None:
            yield f"`{name}` is in the manifest, not in the lockfile"
            continue
        wanted = source(entry)
        if locked.package != entry.package or (wanted is not None and locked.source != wanted):
            yield f"`{name}` comes from somewhere else in the manifest than in the lockfile"
        elif locked.version not in entry.range:
            yield f"`{name}` is locked at {locked.version}, the manifest asks for {entry.range}"
        elif locked.requirement != entry.range and entry.path is None and entry.git is None:
            yield f"`{name}` is asked for as `{entry.range}`, locked as `{locked.requirement}`"
    for name, locked in lockfile.agents.items():
        if locked.requirement is not None and name not in manifest.agents:
            yield f"`{name}` is in the lockfile as asked for, not in the manifest"


def _dependencies(lockfile: Lockfile, locate: Locate) -> Iterator[str]:
    by_id = lockfile.by_id()
    for locked in lockfile.agents.values():
        for requirement in locked.dependencies:
            found = by_id.get(locate(locked.id, requirement))
            if found is None:
                yield f"`{locked.name}` depends on `{requirement}`, which is not in the lockfile"
            elif found.version not in requirement.range:
                yield (
                    f"`{locked.name}` depends on `{requirement}`, "
                    f"but `{found.name}` is locked at {found.version}"
                )


def _strays(manifest: Manifest, lockfile: Lockfile, locate: Locate) -> Iterator[str]:
    for name in lockfile.agents.keys() - reachable(manifest.agents, lockfile, locate):
        yield f"`{name}` is in the lockfile, and nothing asks for it"


def reachable(roots: Container[AgentName], lockfile: Lockfile, locate: Locate) -> set[AgentName]:
    """The names of the locked agents that the names in `roots` lead to, themselves included."""
    by_id = lockfile.by_id()
    todo = [name for name in lockfile.agents if name in roots]
    seen: set[AgentName] = set()
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        locked = lockfile.agents[name]
        targets = (by_id.get(locate(locked.id, item)) for item in locked.dependencies)
        todo += [target.name for target in targets if target is not None]
    return seen


def locate_by(
    entries: Iterable[AgentEntry], package: Callable[[AgentEntry], PackageId], default: str
) -> Locate:
    """Where a dependency resolves: as the manifest says, else in its dependent's registry.

    `entries` are the manifest's lines, `package` what each of them asks for; `default` is the
    registry for the dependencies of agents that are in none (a path, a git revision). A line that
    gives its agent another name says nothing of what others mean by the package's own
    (`docs/adr/0015-whose-name-a-dependency-means.md`).
    """
    named = {
        entry.package: package(entry) for entry in entries if entry.name == entry.package.agent
    }

    known: dict[tuple[str, PackageName], PackageId] = {}

    def found(dependent: PackageId, requirement: Requirement) -> PackageId:
        place = source, name = dependent.source, requirement.package
        meant = known.get(place)
        if meant is None:
            home = default if source.startswith(("path+", "git+")) else source
            meant = known[place] = named.get(name) or PackageId(home, name)
        return meant

    return found


def stale(path: str, reasons: tuple[str, ...]) -> StaleLockfile:
    """The refusal to install from a lockfile that does not answer the manifest."""
    return StaleLockfile(
        f"`{path}` does not answer the manifest",
        details=reasons,
        hint="run `agentpm lock`, look at the difference, and commit it",
    )


def find(lockfile: Lockfile, name: str) -> Locked | None:
    """The locked agent that is installed as `name`, or else of the package `name`."""
    if name in lockfile.agents:
        return lockfile.agents[AgentName(name)]
    return next((x for x in lockfile.agents.values() if str(x.package) == name), None)
