"""Claude Code: Markdown agents in `.claude/agents`, with identity in the `name` inside.

Every `*.md` below the directory is an agent, whatever its path (observed with 2.1.330; the
extension is matched by case). Without overrides a file is installed as it was published.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError
from agentpm.model.manifest import Overrides
from agentpm.model.name import AgentName

if TYPE_CHECKING:
    from agentpm.model import agentfile
    from agentpm.model.agentfile import AgentFile
else:
    # What only locks reads no files.
    agentfile = lazy.module("agentpm.model.agentfile")

NAME = "claude"


def file_name(agent: AgentName) -> str:
    """The name of the file that holds `agent`."""
    return f"{agent}.md"


def render(published: AgentFile, name: AgentName, overrides: Overrides, path: str = "") -> bytes:
    """The bytes to install for a published file: the same ones, but for the lines overridden.

    Raises:
        MalformedAgent: the file cannot be edited.
    """
    changes: dict[str, str | Sequence[str] | None] = {}
    if overrides.tools is not None:
        changes["tools"] = overrides.tools
    if overrides.disallowed_tools is not None:
        changes["disallowedTools"] = overrides.disallowed_tools
    if overrides.model is not None:
        changes["model"] = overrides.model
    if published.name != name:
        changes["name"] = str(name)
    return agentfile.edit_agent(published.raw, changes, path) if changes else published.raw


def claimed_names(directory: Path) -> Iterator[tuple[str, Path]]:
    """Each agent name that a file below `directory` claims, with the file.

    What Claude Code would skip (unreadable, without a name) claims nothing. Links are read, since
    the client follows them; folders behind links are not entered.
    """
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for file in sorted(files):
            if file.endswith(".md"):
                name = _claimed(Path(folder) / file)
                if name is not None:
                    yield name, Path(folder) / file


def _claimed(path: Path) -> str | None:
    try:
        raw = fs.read(path)
        return None if raw is None else agentfile.read_agent(raw, str(path)).name
    except AgentpmError:
        return None
