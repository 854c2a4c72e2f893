"""GitHub Copilot: Markdown agents in `.github/agents`, with identity in the file's name.

Observed with Copilot CLI 1.0.102, which reads `.claude/agents` too: a file there is an agent of
Copilot's, its `tools` read by Copilot's rules. Of two files with one name the one in
`.github/agents` counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from agentpm import fs, lazy
from agentpm.model.agentfile import AgentFile
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

NAME = "copilot"
DIRECTORY = ".github/agents"
LONGEST_PROMPT = 30_000
"""Characters that GitHub's reference of custom agents allows; the command line takes more."""

_ENDINGS = (".agent.md", ".md")


def file_name(agent: AgentName) -> str:
    """The name of the file that holds `agent`."""
    return f"{agent}.agent.md"


def render(published: AgentFile, name: AgentName, overrides: Overrides, path: str = "") -> bytes:
    """The published file in the form of GitHub Copilot: never more powerful.

    Raises:
        NotConvertible: the file is not UTF-8.
    """
    front = {
        "name": str(name),
        "description": published.description or "",
        **conversion.convert(converted.grants_after(published, overrides), NAME).front,
    }
    return converted.assemble(published, front, path)


def claimed_names(directory: Path) -> Iterator[tuple[str, Path]]:
    """Each agent name that a file in `directory` claims, with the file."""
    for name, stamp in sorted(fs.entries(directory).items()):
        ending = next((end for end in _ENDINGS if name.endswith(end)), None)
        if ending is not None and not stamp.is_directory:
            yield name.removesuffix(ending), directory / name


TARGET = Target(NAME, "GitHub Copilot", lambda _scope: DIRECTORY, file_name, render, claimed_names)
