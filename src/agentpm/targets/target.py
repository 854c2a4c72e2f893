"""What a target is: a harness for which agents can be installed into a project."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from agentpm.model.manifest import Overrides
from agentpm.model.name import AgentName
from agentpm.values import dataclass

if TYPE_CHECKING:
    from agentpm.model.agentfile import AgentFile

Render: TypeAlias = "Callable[[AgentFile, AgentName, Overrides, str], bytes]"
Claims = Callable[[Path], Iterator[tuple[str, Path]]]


@dataclass(frozen=True, slots=True)
class Target:
    """One harness as a place for agents.

    `title` is what people call it. `directory` gives the agents directory for a scope, relative to
    the workspace's root; `also` are further directories of a project that the harness reads.
    `file_name` names the file of an agent, `render` makes its bytes from the published file,
    `claims` tells which names the files below a directory claim.
    """

    name: str
    title: str
    directory: Callable[[str], str]
    file_name: Callable[[AgentName], str]
    render: Render
    claims: Claims
    also: tuple[str, ...] = ()

    def path(self, scope: str, agent: AgentName) -> str:
        """Where the file of `agent` is, relative to the workspace's root, with forward slashes."""
        return f"{self.directory(scope)}/{self.file_name(agent)}"
