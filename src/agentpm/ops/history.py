"""What agents were before: by the lockfile, as far as the last one in git bears it out, else on disk.

So neither deleting the lockfile, or a block of it, nor writing more powers into it by hand makes a
release that asks for more look as if it had been there all along.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError
from agentpm.model.digest import Digest
from agentpm.model.lockfile import Locked, Lockfile, read_lockfile
from agentpm.model.name import AgentName
from agentpm.permissions.capability import CapabilitySet
from agentpm.permissions.harnesses import load_table
from agentpm.permissions.report import capabilities
from agentpm.targets import claude
from agentpm.targets.known import TARGETS
from agentpm.values import replace
from agentpm.workspace import Workspace

if TYPE_CHECKING:
    from agentpm import git
    from agentpm.model import agentfile
else:
    # Most lockfiles are as the last install left them.
    git = lazy.module("agentpm.git")
    agentfile = lazy.module("agentpm.model.agentfile")


def earlier(
    workspace: Workspace, known: Mapping[AgentName, Locked], chosen: Iterable[Locked]
) -> Mapping[AgentName, Locked]:
    """The last known state of each agent in `chosen`, where there is one.

    A lockfile that is as the last install left it is believed. Of any other one git's HEAD is
    asked, and an agent had before what both say. Of an agent that neither knows, the file that
    agentpm installed is, where it still stands.
    """
    chosen = tuple(chosen)
    if _as_installed(workspace) and all(locked.name in known for locked in chosen):
        return known
    committed = last_committed(workspace)
    if committed is None:
        return {**_installed(workspace, chosen), **known}
    borne_out = {
        name: _both(locked, committed.agents[name])
        for name, locked in known.items()
        if name in committed.agents
    }
    return {**_installed(workspace, chosen), **committed.agents, **known, **borne_out}


def _installed(workspace: Workspace, chosen: Iterable[Locked]) -> Mapping[AgentName, Locked]:
    """The agents that agentpm's own, untouched files were, by name; their versions are not known."""
    paths = {row.agent: row for row in workspace.receipt().written if row.target == claude.NAME}
    found: dict[AgentName, Locked] = {}
    for locked in chosen:
        row = paths.get(locked.name)
        if row is None or row.path != TARGETS[claude.NAME].path(workspace.scope, locked.name):
            continue
        content = fs.read(workspace.root / row.path)
        if content is None or Digest.of(content) != row.digest:
            continue
        with suppress(AgentpmError):
            grants = agentfile.read_agent(content, row.path).grants
            words = capabilities(grants, load_table(claude.NAME)).capabilities.words()
            powers = {**locked.capabilities, claude.NAME: words}
            found[locked.name] = replace(locked, checksum=row.digest, capabilities=powers)
    return found


def _as_installed(workspace: Workspace) -> bool:
    recorded, content = workspace.receipt().lockfile, fs.read(workspace.lockfile_path)
    return recorded is not None and content is not None and Digest.of(content) == recorded


def _both(here: Locked, committed: Locked) -> Locked:
    """An agent of the lockfile with no more power than the committed one gives the same package."""
    if here.package != committed.package or here.capabilities == committed.capabilities:
        return here
    powers = {
        target: (
            CapabilitySet.from_words(words)
            & CapabilitySet.from_words(committed.capabilities.get(target, words))
        ).words()
        for target, words in here.capabilities.items()
    }
    return replace(here, capabilities=powers)


def last_committed(workspace: Workspace) -> Lockfile | None:
    """The lockfile in git's HEAD, None where there is none that can be read."""
    try:
        text = _at_head(workspace.lockfile_path)
        return None if text is None else read_lockfile(text.decode("utf-8", "replace"))
    except AgentpmError:
        return None  # no git, or a lockfile that proves nothing: not what the user asked about


def _at_head(path: Path) -> bytes | None:
    """The bytes that git's HEAD has for the file at `path`; None outside a repository."""
    for folder in path.parents:
        directory = _git_directory(folder / ".git")
        if directory is not None:
            name = f"HEAD:{path.relative_to(folder).as_posix()}"
            with git.Git(directory).objects() as objects:
                return next(
                    (f.content for _, f in objects.read([name], limit=16 * fs.MIB) if f), None
                )
    return None


def _git_directory(marker: Path) -> Path | None:
    """The repository that `.git` is, or names, as it does in a further work tree."""
    if marker.is_dir():
        return marker
    content = fs.read(marker, limit=4096)
    if content is None or not content.startswith(b"gitdir: "):
        return None
    return marker.parent / content[8:].decode("utf-8", "replace").strip()
