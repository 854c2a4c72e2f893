"""What a project says of itself: manifest with lockfile, read and never judged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked, Lockfile
from agentpm.model.manifest import Manifest
from agentpm.model.name import AgentName
from agentpm.model.tomltext import nearest
from agentpm.ops.answers import MissingLockfile, find
from agentpm.ops.parts import Parts
from agentpm.ops.sources import Sources
from agentpm.values import dataclass


class NotInManifest(AgentpmError):
    """A name that the manifest does not list."""

    code = "not-in-manifest"


@dataclass(frozen=True, slots=True)
class Here:
    """The project as its two shared files describe it; `lockfile` is None where there is none."""

    manifest: Manifest
    lockfile: Lockfile | None
    sources: Sources

    @property
    def agents(self) -> Mapping[AgentName, Locked]:
        """The locked agents by name; none without a lockfile."""
        return self.lockfile.agents if self.lockfile is not None else {}


def look_here(parts: Parts) -> Here:
    """Read manifest and lockfile.

    Raises:
        MalformedManifest, MalformedLockfile, NewerLockfile: one of them cannot be read.
    """
    manifest = parts.workspace.manifest()
    return Here(manifest, parts.workspace.lockfile(), Sources(parts, manifest))


def locked_here(parts: Parts) -> Here:
    """The same, for verbs that are about locked agents.

    Raises:
        MissingLockfile: the manifest asks for agents, and there is no lockfile.
    """
    here = look_here(parts)
    if here.lockfile is None and here.manifest.agents:
        path = parts.workspace.shown(parts.workspace.lockfile_path)
        raise MissingLockfile(f"there is no `{path}`", hint="run `agentpm lock`, and commit it")
    return here


def locked_agent(here: Here, name: str) -> Locked:
    """The locked agent called `name`, or else the one of the package `name`.

    Raises:
        NotInManifest: there is none; with a did-you-mean.
    """
    found = find(here.lockfile, name) if here.lockfile is not None else None
    if found is not None:
        return found
    raise no_agent(name, here.agents)


def no_agent(name: str, known: Iterable[str]) -> NotInManifest:
    """What to raise where a project has no agent `name` among those `known`."""
    near = nearest(name, known)
    return NotInManifest(
        f"`{name}` is not an agent of this project",
        hint=f"did you mean `{near}`?" if near else "`agentpm list` shows them",
    )
