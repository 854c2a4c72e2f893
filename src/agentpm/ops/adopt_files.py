"""The agent files below a directory, each read as it stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from agentpm import fs
from agentpm.errors import AgentpmError
from agentpm.model.agentfile import AgentFile, read_agent
from agentpm.model.digest import Digest
from agentpm.values import dataclass

LINK = "a symbolic link, which agentpm does not follow"
NAMELESS = "it has no `name`, so Claude Code passes over it"


@dataclass(frozen=True, slots=True)
class AgentOnDisk:
    """A file that is an agent, or should be one: `problem` says why it is none.

    `agent` is None exactly where there is a problem.
    """

    path: Path
    agent: AgentFile | None = None
    problem: str | None = None

    @property
    def name(self) -> str:
        """The name inside; empty where there is none."""
        return (self.agent.name if self.agent is not None else None) or ""

    @property
    def digest(self) -> Digest | None:
        """The digest of its bytes, where they could be read."""
        return Digest.of(self.agent.raw) if self.agent is not None else None


def agent_files(directory: Path) -> Iterator[AgentOnDisk]:
    """Every `*.md` below `directory`, sorted within each folder; links are told, never followed."""
    try:
        inside = fs.entries(directory)
    except AgentpmError as error:
        yield AgentOnDisk(directory, problem=error.message)
        return
    for name, stamp in inside.items():
        path = directory / name
        if stamp.is_directory:
            yield from agent_files(path)
        elif stamp.kind == "link":
            if name.endswith(".md") or path.is_dir():
                yield AgentOnDisk(path, problem=LINK)
        elif name.endswith(".md"):
            yield _read(path)


def _read(path: Path) -> AgentOnDisk:
    try:
        raw = fs.read(path, limit=fs.MIB, follow=False)
        agent = read_agent(raw or b"", str(path))
    except AgentpmError as error:
        return AgentOnDisk(path, problem=error.message)
    if not agent.name:
        return AgentOnDisk(path, problem=NAMELESS)
    return AgentOnDisk(path, agent)
