"""What agents were locked as before: by the lockfile, else by the last one committed to git.

So deleting the lockfile, or a block of it, does not make a release that asks for more look new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from agentpm import git
from agentpm.errors import AgentpmError
from agentpm.model.lockfile import Locked, read_lockfile
from agentpm.model.name import AgentName
from agentpm.workspace import Workspace


def earlier(
    workspace: Workspace, known: Mapping[AgentName, Locked], chosen: Iterable[Locked]
) -> Mapping[AgentName, Locked]:
    """The last known state of each agent in `chosen`, where there is one."""
    if all(locked.name in known for locked in chosen):
        return known
    committed = _committed(workspace)
    return {**committed, **known}


def _committed(workspace: Workspace) -> Mapping[AgentName, Locked]:
    text = git.committed(workspace.lockfile_path)
    if text is None:
        return {}
    try:
        return read_lockfile(text.decode("utf-8", "replace")).agents
    except AgentpmError:
        return {}  # it proves nothing, and is not what the user asked about
