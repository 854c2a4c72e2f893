"""What agents were locked as before: by the lockfile, else by the last one committed to git.

So deleting the lockfile, or a block of it, does not make a release that asks for more look new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.git import Git
from agentpm.model.lockfile import Locked, Lockfile, read_lockfile
from agentpm.model.name import AgentName
from agentpm.workspace import Workspace


def earlier(
    workspace: Workspace, known: Mapping[AgentName, Locked], chosen: Iterable[Locked]
) -> Mapping[AgentName, Locked]:
    """The last known state of each agent in `chosen`, where there is one."""
    if all(locked.name in known for locked in chosen):
        return known
    committed = last_committed(workspace)
    return {**committed.agents, **known} if committed is not None else known


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
            with Git(directory).objects() as objects:
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
