"""`agentpm status`: manifest, lockfile, receipt and files, each against the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from agentpm.errors import AgentpmError
from agentpm.location import stat_of
from agentpm.model.lockfile import locked_source
from agentpm.model.manifest import AgentEntry
from agentpm.model.name import AgentName
from agentpm.ops.answers import unanswered
from agentpm.ops.converted import targets_of
from agentpm.ops.direct import read_direct
from agentpm.ops.disk import claims, shown_directories
from agentpm.ops.graph import locate
from agentpm.ops.here import Here, look_here
from agentpm.ops.installed import OK, UNKNOWN, Standing, installed, places_of
from agentpm.ops.parts import Parts
from agentpm.ops.yanked import warn_of_yanked
from agentpm.registry.address import public_url
from agentpm.values import dataclass


@dataclass(frozen=True, slots=True)
class Status:
    """How the four stand to one another.

    `unanswered` says, a sentence each, what of the manifest the lockfile does not answer; None
    where there is no lockfile. `leftovers` are files of agents that are not locked any more, `own`
    the agents that people put there themselves, by path. `unlike_last_time` are the files that the
    last command looked at and that have changed since. `pending` is whether an interrupted command
    has left work.
    """

    scope: str
    directory: str
    asked: int
    unanswered: tuple[str, ...] | None
    standings: dict[AgentName, Standing]
    leftovers: tuple[str, ...]
    own: dict[str, str]
    unlike_last_time: tuple[str, ...]
    pending: bool

    @property
    def clean(self) -> bool:
        """Whether there is nothing for `agentpm install` to do."""
        fine = all(item.state in (OK, UNKNOWN) for item in self.standings.values())
        answered = not self.unanswered and not (self.unanswered is None and self.asked)
        return fine and answered and not (self.leftovers or self.pending)


def status(parts: Parts) -> Status:
    """Compare them, without a network and without changing anything; warn of what is yanked."""
    here = look_here(parts)
    workspace = parts.workspace
    disk = installed(parts, here)
    warn_of_yanked(parts, here.sources, here.agents.values())
    return Status(
        scope=workspace.scope,
        directory=shown_directories(workspace, targets_of(here.manifest)),
        asked=len(here.manifest.agents),
        unanswered=_unanswered(parts, here),
        standings=dict(disk.standings),
        leftovers=disk.leftovers,
        own=_own(parts, here, disk.leftovers),
        unlike_last_time=tuple(_unlike_last_time(parts)),
        pending=workspace.journal() is not None,
    )


def _unanswered(parts: Parts, here: Here) -> tuple[str, ...] | None:
    if here.lockfile is None:
        return None
    reasons = unanswered(
        here.manifest, here.lockfile, lambda entry: _source(here, entry), locate(here)
    )
    return (*reasons, *_other_revisions(here), *_changed_files(parts, here))


def _source(here: Here, entry: AgentEntry) -> str | None:
    """The source that an entry must be locked from; None for git, where the revision decides."""
    if entry.git is not None:
        return None
    if entry.path is not None:
        return f"path+{PurePosixPath(entry.path.replace(chr(92), '/'))}"
    return locked_source(here.sources.package(entry).source)


def _other_revisions(here: Here) -> Iterator[str]:
    for name, entry in here.manifest.agents.items():
        locked = here.agents.get(name)
        if entry.git is None or locked is None:
            continue
        if (
            not locked.source.startswith(f"git+{public_url(entry.git.url)}#")
            or locked.rev != entry.git.rev
        ):
            yield f"`{name}` is at another revision in the manifest than in the lockfile"


def _changed_files(parts: Parts, here: Here) -> Iterator[str]:
    """Agents whose file in the project says something else than when it was locked."""
    for name, entry in here.manifest.agents.items():
        locked = here.agents.get(name)
        if entry.path is None or locked is None:
            continue
        try:
            release = read_direct(parts, entry, locked).release
        except AgentpmError as error:
            yield error.message
            continue
        if (locked.version, locked.dependencies) != (release.version, release.dependencies):
            yield f"`{name}` says another version or other dependencies than the lockfile"


def _own(parts: Parts, here: Here, leftovers: tuple[str, ...]) -> dict[str, str]:
    known = {*leftovers, *(place.path for place in places_of(parts.workspace, here))}
    found = {
        file.relative_to(parts.workspace.root).as_posix(): name
        for target in targets_of(here.manifest)
        for name, file in claims(parts.workspace, target)
    }
    return {path: name for path, name in found.items() if path not in known}


def _unlike_last_time(parts: Parts) -> Iterator[str]:
    """Settings and policies that changed since the last command looked at them."""
    for name, stat in parts.workspace.receipt().inputs.items():
        path = Path(name)
        # Folders change with every file in them, which is told of the files.
        if stat_of(path) != stat and not path.is_dir():
            yield parts.workspace.shown(path)
