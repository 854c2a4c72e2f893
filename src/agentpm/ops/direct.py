"""Agents that are in no registry: a file of the project, or of a git repository at a commit."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError, ExitCode
from agentpm.model.agentfile import read_agent
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked
from agentpm.model.manifest import AgentEntry, GitPlace
from agentpm.model.release import PackageId, Release
from agentpm.model.version import parse_version
from agentpm.ops.parts import Parts
from agentpm.ops.placed import placed
from agentpm.registry.access import OfflineMiss
from agentpm.registry.address import public_url
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.registry import gitfile
else:
    gitfile = lazy.module("agentpm.registry.gitfile")

UNVERSIONED = "0.0.0"
"""The version of a file that states none."""
AGENT_LIMIT = fs.MIB


class NotTheLockedBytes(AgentpmError):
    """A source that offers other bytes than the lockfile recorded."""

    code = "not-the-locked-bytes"
    exit_code = ExitCode.CORRUPT


class MissingFile(AgentpmError):
    """A manifest that names a file which is not there."""

    code = "missing-file"


@dataclass(frozen=True, slots=True)
class Direct:
    """The single release of an agent that is in no registry, with its bytes.

    `source` is what the lockfile calls it: `path+relative/path` or `git+URL#commit`. `is_versioned`
    is whether the file states its version.
    """

    source: str
    release: Release
    content: bytes
    is_versioned: bool = True

    @property
    def label(self) -> str:
        """What to tell somebody who needs another version of it."""
        version = (
            f"version {self.release.version}" if self.is_versioned else "which states no version"
        )
        return f"that is the file `{self.source.partition('+')[2]}`, {version}"


def read_direct(parts: Parts, entry: AgentEntry, locked: Locked | None) -> Direct:
    """Read the file that `entry` names; a git revision stays at the commit of `locked`.

    Raises:
        MissingFile: there is no such file.
        MalformedAgent: it is no agent.
    """
    if entry.git is not None:
        with placed(entry.where):
            return _from_git(parts, entry, entry.git, locked)
    path = PurePosixPath((entry.path or "").replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise MissingFile(
            f"`{entry.path}` leads out of the project, where your team cannot follow",
            hint="keep the file in the project, and give its path from there",
            where=entry.where,
        )
    content = fs.read(parts.workspace.home / path, limit=AGENT_LIMIT)
    if content is None:
        raise MissingFile(
            f"`{entry.path}` does not exist", hint="correct the path", where=entry.where
        )
    return _direct(entry, f"path+{path}", content, str(path))


def _from_git(parts: Parts, entry: AgentEntry, place: GitPlace, locked: Locked | None) -> Direct:
    prefix = f"git+{public_url(place.url)}#"
    rev = place.rev
    if locked is not None and _same_place(locked, prefix, place):
        rev = locked.source.removeprefix(prefix)
        content = parts.store.get(locked.checksum) if locked.checksum is not None else None
        if content is not None:
            return _direct(entry, locked.source, content, place.file)
    if parts.surroundings.offline:
        raise OfflineMiss(
            f"`{entry.name}` is in a git repository, and its file is not on this machine yet",
            hint="run the command once without `--offline`",
        )
    with parts.voice.progress(f"fetching {place.file} from {public_url(place.url)}"):
        found = gitfile.read_git_file(place.url, rev, place.file)
    digest = Digest.of(found.content)
    if rev != place.rev and locked is not None and digest != locked.checksum:
        raise NotTheLockedBytes(
            f"`{entry.name}` is not what the lockfile recorded",
            details=(f"locked:  {locked.checksum}", f"offered: {digest}"),
            hint="the repository gives other bytes for the same commit: trust the lockfile",
        )
    parts.store.put_many({digest: found.content})
    return _direct(entry, prefix + found.commit, found.content, place.file)


def _same_place(locked: Locked, prefix: str, place: GitPlace) -> bool:
    """Whether a locked commit is that of this very place, so that it holds."""
    same = (locked.rev, locked.file) == (place.rev, place.file)
    return same and locked.source.startswith(prefix)


def _direct(entry: AgentEntry, source: str, content: bytes, path: str) -> Direct:
    agent = read_agent(content, path)
    release = Release(
        id=PackageId(source, entry.package),
        version=parse_version(agent.version or UNVERSIONED),
        checksum=Digest.of(content),
        size=len(content),
        description=agent.description or "",
        grants=agent.grants,
        dependencies=agent.dependencies,
    )
    return Direct(source, release, content, agent.version is not None)
