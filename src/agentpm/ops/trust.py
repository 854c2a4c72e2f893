"""What this machine has confirmed: programs and modes that a project's manifest approves.

A repository that somebody clones must not approve its own programs, so such an approval counts
only after the person at this machine has said so once, for this project, agent and capability.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from agentpm import fs
from agentpm.model.name import AgentName
from agentpm.permissions.capability import CapabilitySet
from agentpm.workspace import Workspace

_KINDS = ("exec.", "mode:")


class Trust:
    """The confirmations of one machine for one workspace, kept in `file`.

    The user's own global workspace is nobody else's word, so everything in it is trusted; so it is
    where the person says that it shall be, with `--trust-programs` (`assumed`). `said` is what that
    person has agreed to just now, before it is written down.
    """

    def __init__(
        self,
        file: Path,
        workspace: Workspace,
        *,
        assumed: bool = False,
        said: Mapping[AgentName, CapabilitySet] | None = None,
    ) -> None:
        self._file = file
        self._project = str(workspace.home)
        self._everything = assumed or workspace.scope == "global"
        self._said = said or {}

    def untrusted(self, agent: AgentName, approved: CapabilitySet) -> CapabilitySet:
        """The part of `approved` that this machine has still to confirm."""
        if self._everything:
            return CapabilitySet.from_words(())
        said = self._said[agent].words() if agent in self._said else ()
        words = [word for word in approved.words() if word.startswith(_KINDS)]
        if not words:
            return CapabilitySet.from_words(())
        known = [*self._read().get(self._project, {}).get(agent, []), *said]
        return CapabilitySet.from_words(word for word in words if word not in known)

    def confirm(self, approvals: Mapping[AgentName, CapabilitySet]) -> None:
        """Confirm, for this project, the programs and modes among `approvals`."""
        every = self._read()
        project = every.setdefault(self._project, {})
        for agent, approved in approvals.items():
            words = {w for w in approved.words() if w.startswith(_KINDS)}
            if words:
                project[agent] = sorted(words | set(project.get(agent, [])))
        if any(project.values()):
            fs.write(self._file, (json.dumps(every, indent=1) + "\n").encode(), sync=True)

    def _read(self) -> dict[str, dict[str, list[str]]]:
        content = fs.read(self._file)
        try:
            data = json.loads(content or b"{}")
        except ValueError:
            return {}  # nothing confirmed: every program is asked about again
        return data if isinstance(data, dict) else {}
