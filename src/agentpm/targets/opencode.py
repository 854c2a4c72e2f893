"""OpenCode: Markdown agents in `.opencode/agents`, with identity in the path.

Observed with OpenCode 1.18.33: `.opencode/agent` is read as well; a `name` in the front matter wins
over the path; one file with a value of the wrong kind keeps the whole program from starting, and a
key that it does not know is handed on to the provider of the model.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.model.manifest import Overrides
from agentpm.model.name import AgentName
from agentpm.targets.target import Target

if TYPE_CHECKING:
    from agentpm.permissions import conversion
    from agentpm.targets import converted
else:
    # A project that installs for other harnesses knows this one by its name and directories alone.
    conversion = lazy.module("agentpm.permissions.conversion")
    converted = lazy.module("agentpm.targets.converted")

NAME = "opencode"
DIRECTORY = ".opencode/agents"

_MODEL = lazy.pattern(r"[A-Za-z0-9_.-]+/\S+\Z")
"""A model with its provider; the short names of Claude Code mean nothing here."""


def file_name(agent: AgentName) -> str:
    """The name of the file that holds `agent`."""
    return f"{agent}.md"


def render(published: AgentFile, _name: AgentName, overrides: Overrides, path: str = "") -> bytes:
    """The published file in the form of OpenCode: an agent for others to call, never more powerful.

    Raises:
        NotConvertible: the file is not UTF-8.
    """
    model = overrides.model or published.front.get("model")
    turns = published.front.get("maxTurns")
    front = {
        "description": published.description,
        "mode": "subagent",
        "model": model if isinstance(model, str) and _MODEL.match(model) else None,
        "steps": turns if type(turns) is int and turns > 0 else None,
        **conversion.convert(converted.grants_after(published, overrides), NAME).front,
    }
    return converted.assemble(published, front, path)


def claimed_names(directory: Path) -> Iterator[tuple[str, Path]]:
    """Each agent name that a file below `directory` claims, with the file."""
    for folder, folders, files in os.walk(directory):
        folders.sort()
        for file in sorted(files):
            if file.endswith(".md"):
                path = Path(folder) / file
                yield _claimed(path) or path.relative_to(directory).as_posix()[:-3], path


def _claimed(path: Path) -> str | None:
    try:
        raw = fs.read(path)
        return None if raw is None else read_agent(raw, str(path)).name
    except AgentpmError:
        return None


TARGET = Target(
    NAME,
    "OpenCode",
    lambda _scope: DIRECTORY,
    file_name,
    render,
    claimed_names,
    also=(".opencode/agent",),
)
